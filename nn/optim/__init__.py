"""Optimisers: steps along gradients, with PyTorch's names, defaults and update formulas.

The order in which to read: `flat.py`, `options.py`, `optimizer.py`, `sgd.py`, `adam.py`, `adaptive.py`, `rprop.py`,
`closure_optimizer.py`, `lbfgs.py`, `batched_rows.py`, `levenberg_marquardt.py`, `least_squares.py`, `lr_scheduler.py`,
`swa_utils.py`.
"""

from ..absent import refusing
from . import lr_scheduler, swa_utils
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .adaptive import Adadelta, Adagrad, RMSprop
from .lbfgs import LBFGS
from .least_squares import LeastSquaresFit, least_squares_fit
from .levenberg_marquardt import LevenbergMarquardt
from .optimizer import Optimizer
from .rprop import Rprop
from .sgd import SGD

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LeastSquaresFit",
    "LevenbergMarquardt",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "least_squares_fit",
    "lr_scheduler",
    "swa_utils",
]

__getattr__ = refusing(__name__)

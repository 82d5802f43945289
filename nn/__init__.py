"""Small neural networks on `autograd_lite`, with PyTorch's names, shapes and defaults.

The order in which to read: `random.py`, `module.py`, `functional.py`, `layers.py`, `activations.py`, `losses.py`,
`optim.py`, `training.py`. Only public names of `autograd_lite` are used.
"""

from . import functional, optim
from .activations import Identity, ReLU, Sigmoid, Sine, Softplus, Tanh
from .layers import Linear, Sequential
from .losses import CrossEntropyLoss, MSELoss
from .module import Module, Parameter
from .random import manual_seed
from .training import History, fit

__all__ = [
    "CrossEntropyLoss",
    "History",
    "Identity",
    "Linear",
    "MSELoss",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Sine",
    "Softplus",
    "Tanh",
    "fit",
    "functional",
    "manual_seed",
    "optim",
]

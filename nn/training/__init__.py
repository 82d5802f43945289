"""Training: one function with a log.

The order in which to read: `history.py`, `progress.py`, `run.py`, `step.py`, `trainer.py`, `arguments.py`,
`fit.py`.
"""

from .fit import fit
from .history import History
from .step import train_step

__all__ = ["History", "fit", "train_step"]

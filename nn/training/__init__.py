"""Training: one function with a log.

The order in which to read: `history.py`, `progress.py`, `arguments.py`, `run.py`, `step.py`, `trainer.py`, `standstill.py`,
`fit.py`.
"""

from .fit import fit
from .history import History
from .run import TrainingWarning
from .step import train_step

__all__ = ["History", "TrainingWarning", "fit", "train_step"]

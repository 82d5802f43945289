"""Loss functions as modules."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .module import Module

__all__ = ["CrossEntropyLoss", "MSELoss"]


class Loss(Module):
    """What losses share: the way they are reduced to a number."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"


class MSELoss(Loss):
    """The mean squared error; see `nn.functional.mse_loss`.

    >>> import numpy as np, nn
    >>> float(nn.MSELoss()(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        return F.mse_loss(input, target, self.reduction)


class CrossEntropyLoss(Loss):
    """The cross-entropy of unnormalised log-probabilities; see `nn.functional.cross_entropy`."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.cross_entropy(input, target, self.reduction)

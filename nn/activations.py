"""Activation functions as modules."""

from __future__ import annotations

import math
from typing import Any

from . import functional as F
from .module import Module

__all__ = ["Identity", "ReLU", "Sigmoid", "Sine", "Softplus", "Tanh"]


class Identity(Module):
    """The input itself; takes and ignores any arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input


class Tanh(Module):
    """The hyperbolic tangent.

    >>> import numpy as np, nn
    >>> nn.Tanh()(np.zeros(2))
    array([0., 0.])
    """

    def forward(self, input: Any) -> Any:
        return F.tanh(input)


class Sigmoid(Module):
    """The logistic function, `1 / (1 + exp(-x))`."""

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class ReLU(Module):
    """`max(x, 0)`, with derivative 0 at 0."""

    def forward(self, input: Any) -> Any:
        return F.relu(input)


class Softplus(Module):
    """`log(1 + exp(beta * x)) / beta`; see `nn.functional.softplus` for `threshold`."""

    def __init__(self, beta: float = 1.0, threshold: float = math.inf) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Sine(Module):
    """`sin(omega_0 * x)`."""

    def __init__(self, omega_0: float = 1.0) -> None:
        self.omega_0 = omega_0

    def forward(self, input: Any) -> Any:
        return F.sine(input, self.omega_0)

    def extra_repr(self) -> str:
        return f"omega_0={self.omega_0}"

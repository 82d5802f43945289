"""Options that make no sense are refused, in the same words everywhere."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from ..absent import KnowsOptions

__all__ = ["WithOptions", "in_range"]


def in_range(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """True if an option is a finite number in that range.

    >>> in_range(0.5, 0), in_range(-1, 0), in_range(math.nan), in_range(math.inf), in_range("0.5")
    (True, False, False, False, False)
    """
    return isinstance(value, numbers.Real) and math.isfinite(value) and least <= float(value) <= most


class WithOptions(KnowsOptions):
    """The base of optimisers and schedulers: each `require...` raises a ValueError that names the option."""

    @property
    def name(self) -> str:
        """The name of the class, with which messages begin."""
        return type(self).__name__

    def require(self, holds: bool, option: str, value: Any, wanted: str) -> None:
        """Refuse an option that makes no sense."""
        if not holds:
            raise ValueError(f"{self.name}: {option}={value!r} must be {wanted}.")

    def require_whole(self, option: str, value: Any, least: int = 1) -> None:
        """Refuse an option that is no whole number of at least that."""
        holds = isinstance(value, (int, np.integer)) and bool(value >= least)
        self.require(holds, option, value, f"a whole number of at least {least}")

    def require_factor(self, option: str, value: Any, most: float = math.inf) -> None:
        """Refuse an option that is no number, is negative, or is too large."""
        wanted = "a finite number that is not negative" if most == math.inf else f"a number from 0 to {most:g}"
        self.require(in_range(value, 0, most), option, value, wanted)

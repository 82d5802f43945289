"""Options that make no sense are refused, in the same words everywhere."""

from __future__ import annotations

import math
from typing import Any

from ..absent import KnowsOptions
from ..module import in_range, whole_number

__all__ = ["WithOptions"]


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
        whole_number(self.name, option, value, least)

    def require_factor(self, option: str, value: Any, most: float = math.inf) -> None:
        """Refuse an option that is no number, is negative, or is too large."""
        wanted = "a finite number that is not negative" if most == math.inf else f"a number from 0 to {most:g}"
        self.require(in_range(value, 0, most), option, value, wanted)

"""The verdict on a derivative, by the error bar of its own measurement: outside the bar is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerical.estimate import Measured
from ..numerical.point import Array

__all__ = ["OK", "OWN", "VERDICTS", "verdict_codes"]

VERDICTS = (
    "passes",
    "below resolution",
    "kink",
    "fails",
    "kink, not a subgradient",
    "discontinuous",
    "undefined",
    "inconclusive",
    "non-deterministic",
    "argument mutated",
)
PASSES, BELOW, KINK, FAILS, NOT_A_SUBGRADIENT, DISCONTINUOUS, UNDEFINED, INCONCLUSIVE, NON_DETERMINISTIC, MUTATED = range(10)
OK = (PASSES, BELOW, KINK)

OWN = 16  # the error of an analytic derivative by its own rounding, in units of eps


def verdict_codes(found: Measured, a: Array, eps: float, defined: Array, own: Any = None) -> Array:
    """For each analytic derivative `a` its verdict, as a position in VERDICTS; `own` is its own rounding error."""
    own = OWN * eps * np.abs(a) if own is None else own
    size = np.maximum(np.abs(a), np.abs(found.value))
    known = np.isfinite(found.error) & np.isfinite(found.value)
    agrees = np.isfinite(a) & (np.abs(a - found.value) <= found.error + own)
    sharp = found.error <= 0.25 * size
    nothing = (found.error <= 1e3 * found.resolution) & ~found.hidden
    code = np.full(a.shape, INCONCLUSIVE, np.int8)
    code[known & agrees & nothing] = BELOW
    code[known & agrees & (sharp | (a == found.value))] = PASSES
    code[known & ~agrees & ((found.error <= 0.5 * size) | ~np.isfinite(a))] = FAILS
    half = (
        np.abs(a - found.value) <= eps**0.5 * size
    )  # off by half of the digits: the rounding of an ill-conditioned f or gradient
    follows = np.abs(a - found.trend) <= 3 * found.trend_error + own
    code[(code == FAILS) & (found.hidden | half | follows) & np.isfinite(a)] = INCONCLUSIVE
    low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    at_kink = np.isfinite(low)
    between = (a >= low - found.side_error - own) & (a <= high + found.side_error + own)
    code[at_kink] = np.where(between, KINK, NOT_A_SUBGRADIENT)[at_kink]
    code[found.steep | ~defined | (~np.isfinite(found.value) & ~at_kink)] = UNDEFINED
    code[found.jump & defined] = DISCONTINUOUS
    return code

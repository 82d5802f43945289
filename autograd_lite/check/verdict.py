"""The verdict on a derivative, by the error bar of its own measurement: outside the bar is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerical.estimate import Measured
from ..numerical.point import Array

__all__ = ["BELOW", "OK", "OWN_ROUNDINGS", "VERDICTS", "sharp_enough", "verdict_codes"]

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

SHARP = 5e-6  # of the derivative: an error bar up to which agreement says that a gradient is right; in doubles
ROUNDED = 1e-3  # the same for a bar as wide as rounding makes it: what agrees is right as far as f shows
OWN_ROUNDINGS = 16  # the error of an analytic derivative by its own rounding, in units of eps


def verdict_codes(found: Measured, a: Array, eps: float, defined: Array, own: Any = None, whole: Any = 0.0) -> Array:
    """For each analytic derivative `a` its verdict, as a position in VERDICTS.

    `own` is its own rounding error. `whole` is the size of the largest derivative that it stands beside, in its own units:
    where rounding hides whether it is right, an error must be invisible beside that to be below resolution. The noise of the
    gradient itself hides nothing: what is lost in it is inconclusive.
    """
    least = OWN_ROUNDINGS * eps * np.maximum(np.abs(a), whole)
    own = least if own is None else own
    size = np.maximum(np.abs(a), np.abs(found.value))
    off = np.abs(a - found.value)
    known = np.isfinite(found.error) & np.isfinite(found.value)
    half = off <= eps**0.5 * size  # off by half of the digits: the rounding of an ill-conditioned f or gradient
    agrees = np.isfinite(a) & ((off <= found.error + own) | (half & (off <= found.resolution)))
    enough, bar = sharp_enough(eps), found.error + np.where(own > least, own, 0.0)
    beside = bar <= 10 * enough * whole
    unseen = found.error > 0.25 * size
    rounded = found.error <= 1e3 * found.resolution
    nothing = ((rounded & (unseen | (bar <= enough * size))) | beside) & ~found.hidden
    beneath = np.maximum(size, off) <= 4 * found.resolution  # doubles do not show the derivative, whatever else may
    code = np.full(a.shape, INCONCLUSIVE, np.int8)
    code[known & agrees & nothing] = BELOW
    code[known & agrees & ((bar <= (SHARP if eps < 1e-12 else enough) * size) | (a == found.value))] = PASSES
    code[known & ~agrees & ((found.error <= 0.5 * size) | ~np.isfinite(a))] = FAILS
    follows = np.abs(a - found.trend) <= 3 * found.trend_error + own
    flat = found.stepped & (a == 0)  # as round(x, 9) is, though it rises: nobody knows which of both is meant
    code[(code == FAILS) & (found.hidden | half | follows | flat) & np.isfinite(a)] = INCONCLUSIVE
    code[known & ~agrees & beneath & ~found.hidden & np.isfinite(a)] = BELOW
    low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    at_kink = np.isfinite(low)
    between = np.isfinite(a) & (a >= low - found.side_error - own) & (a <= high + found.side_error + own)
    code[at_kink] = np.where(between, KINK, NOT_A_SUBGRADIENT)[at_kink]
    unmeasured = ~np.isfinite(found.value) & ~at_kink  # f is not finite at points nearby
    code[unmeasured & np.isfinite(a)] = INCONCLUSIVE
    code[found.steep | ~defined | (unmeasured & ~np.isfinite(a))] = UNDEFINED
    code[found.jump & defined] = DISCONTINUOUS
    return code


def sharp_enough(eps: float) -> float:
    """The width of an error bar, relative to its derivative, up to which agreement means something, though f rounds."""
    return float(max(ROUNDED, eps**0.25))

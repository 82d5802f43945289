"""The linearity of a gradient in the cotangent, judged by the terms that it adds and not by what is left of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..numerical.point import Array
from .own_rounding import spread
from .trial import Trial, largest

__all__ = ["lack_of_linearity"]


def lack_of_linearity(trial: Trial, cotangents: Sequence[list[Array]], gradients: Sequence[Array], eps: float) -> str:
    """How the gradient for other cotangents is off, in words; "" if it is linear but for rounding.

    Powers of 2 scale numbers without rounding anew: whatever cancels, a gradient for 2**k u is exactly 2**k times that for
    u. For a sum of cotangents it is not exact. Where larger terms cancel, rounding is much more than the gradient's size
    tells. It is measured by scales that are no powers of 2.
    """
    (u, w), (by_u, by_w) = cotangents, gradients
    point = trial.point
    numbers = [np.finfo(x.dtype) for x in point.arrays]
    least = 16 * max(float(n.smallest_normal if eps < 1e-12 else n.smallest_subnormal) for n in numbers)
    mixed = trial.pulled([2 * a - b / 2 for a, b in zip(u, w, strict=True)])
    off = np.abs(mixed - (2 * by_u - by_w / 2))
    terms = np.abs(2 * by_u) + np.abs(by_w / 2)
    known = eps * (64 * terms + 16 * largest(terms) + 64 * largest(point.y) / point.unit) + least
    unlike = lack_of_homogeneity(trial, u, by_u, eps, least)
    if np.any(off > known) and (unlike or np.any(off > known + 16 * largest(np.maximum(spread(trial, u), spread(trial, w))))):
        return f"for the cotangent 2 u - w/2 the gradient is up to {largest(off):.2g} off from those for u and w combined"
    return unlike


def lack_of_homogeneity(trial: Trial, u: list[Array], by_u: Array, eps: float, least: float) -> str:
    """How the gradient for u times a power of 2 is off, in words; "" if it is the same multiple."""
    for scale in (-1.0, 2.0**-10, 2.0**10) if eps < 1e-12 else (-1.0, 0.5, 2.0):
        scaled = trial.pulled([np.asarray(scale * a) for a in u])
        off = np.abs(scaled - scale * by_u)
        if np.any(off > 4 * eps * np.abs(scaled) + max(1.0, scale) * least):
            return f"for the cotangent {scale:g} u the gradient is up to {largest(off):.2g} off from {scale:g} times that for u"
    return ""

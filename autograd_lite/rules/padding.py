"""Padding with what is computed of the array: means, medians, extremes, ramps."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import of_values, overridable
from .order_statistics import quantile_shares
from .row import NOT_GIVEN, Row

STATISTICS = ("mean", "median", "maximum", "minimum")


@overridable
def pad_computed(array: Any, pad_width: Any, mode: Any, stat_length: Any = NOT_GIVEN, end_values: Any = NOT_GIVEN) -> Any:
    """`np.pad` in the modes that compute the border.

    >>> pad_computed(np.array([1.0, 3.0]), 1, "mean")
    array([2., 1., 3., 2.])
    """
    options = {name: x for name, x in (("stat_length", stat_length), ("end_values", end_values)) if x is not NOT_GIVEN}
    return np.pad(array, pad_width, mode, **options)


def pad_computed_array(g: Any, array: Any, pad_width: Any, mode: Any, stat_length: Any) -> Any:
    """NumPy pads one axis after the other, and so makes corners from borders; the gradient goes the way back."""
    widths = pairs(pad_width, array.ndim)
    lengths = pairs(None if stat_length is NOT_GIVEN else stat_length, array.ndim)
    options = {} if stat_length is NOT_GIVEN else {"stat_length": stat_length}
    for axis in reversed(range(array.ndim)):
        if not any(widths[axis]):
            continue
        before = array
        if mode in STATISTICS:
            before = of_values(np.pad, array, [w if i < axis else (0, 0) for i, w in enumerate(widths)], mode, **options)
        g = border_added(g, before, axis, widths[axis], mode, lengths[axis])
    return g


def pairs(given: Any, ndim: int) -> list[tuple[Any, Any]]:
    """A number, a pair, or one pair for each axis, as NumPy takes them for widths and lengths, by axis.

    >>> pairs((2, 1), 2)
    [(2, 1), (2, 1)]
    """
    if isinstance(given, dict):  # by axis, since NumPy 2.2
        given = [given.get(i, given.get(i - ndim, 0)) for i in range(ndim)]
        given = [(w, w) if np.ndim(w) == 0 else w for w in given]
    return [tuple(pair) for pair in np.broadcast_to(np.asarray(given, object), (ndim, 2)).tolist()]


def border_added(g: Any, before: Any, axis: int, widths: tuple[int, int], mode: str, lengths: tuple[Any, Any]) -> Any:
    """The gradient of what was padded along the axis: that of the middle, and of the two borders that were made of it."""
    n = g.shape[axis] - sum(widths)

    def part(x: Any, start: int, stop: int) -> Any:
        return x[(slice(None),) * axis + (slice(start, stop),)]

    total = part(g, widths[0], widths[0] + n)
    for last, (width, length) in enumerate(zip(widths, lengths, strict=True)):
        border = part(g, widths[0] + n, g.shape[axis]) if last else part(g, 0, width)
        if mode == "linear_ramp":  # from the value at the end, whose weight is the rest, to the element at the edge
            ramp = np.arange(width)[::-1] if last else np.arange(width)
            border = border * (ramp / max(width, 1)).reshape([-1 if i == axis else 1 for i in range(g.ndim)])
        k = 1 if mode == "linear_ramp" else n if length is None else min(length, n)
        start = n - k if last else 0
        share = statistic_share(part(before, start, start + k), axis, mode)
        spread = np.sum(border, axis, keepdims=True) * share
        around = [(start, n - start - k) if i == axis else (0, 0) for i in range(g.ndim)]
        total = total + np.pad(np.broadcast_to(spread, [k if i == axis else m for i, m in enumerate(total.shape)]), around)
    return total


def statistic_share(some: Any, axis: int, mode: str) -> Any:
    """The derivative of the statistic by each of the elements that it is made of."""
    if mode == "median":
        return quantile_shares(of_values(np.asarray, some), 0.5, axis, np.quantile, "linear", False)
    if mode in ("maximum", "minimum"):
        attained = some == (np.max if mode == "maximum" else np.min)(some, axis, keepdims=True)
        return attained / np.sum(attained, axis, keepdims=True)
    return 1 if mode == "linear_ramp" else 1 / some.shape[axis]


RULES: dict[Any, Any] = {
    pad_computed: Row("array, pad_width, mode, stat_length=_, end_values=_", selects=True, array=pad_computed_array),
}

__all__ = ["RULES", "STATISTICS", "pad_computed"]

"""Functions that take many numbers to few: sums, means, products, extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import axes, keep, others, ratio
from .row import Row

NOT_GIVEN = np._NoValue


def everywhere(where: Any) -> bool:
    """Whether the option `where` leaves nothing out."""
    return where is NOT_GIVEN or where is True


def masked(g: Any, where: Any) -> Any:
    """0 for the elements that the option `where` left out."""
    return g if everywhere(where) else np.where(where, g, 0)


def count(a_shape: tuple[int, ...], axis: Any, where: Any) -> Any:
    """How many elements each result is made of."""
    if not everywhere(where):
        return np.sum(np.broadcast_to(where, a_shape), axis=axis, keepdims=True)
    return math.prod(a_shape[i] for i in axes(axis, len(a_shape)))


def extreme(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The elements equal to the extreme share its gradient equally, as does `initial`; nan goes to the nans."""
    attained = (a == keep(y, a.shape, axis, keepdims)) | (a != a)
    if not everywhere(where):
        attained = attained & where
    sharers = np.sum(attained, axis=axis, keepdims=True)
    if initial is not NOT_GIVEN:
        sharers = sharers + (keep(y, a.shape, axis, keepdims) == initial)
    return keep(g, a.shape, axis, keepdims) * (attained / np.maximum(sharers, 1))


def product(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The product of the others: y / a, or multiplied out where some element is 0."""
    factors = a if everywhere(where) else np.where(where, a, 1)
    if np.any(factors == 0):
        of_others = others_over(factors, axes(axis, a.ndim)) * (1 if initial is NOT_GIVEN else initial)
    else:
        of_others = keep(y, a.shape, axis, keepdims) / factors
    return masked(keep(g, a.shape, axis, keepdims) * of_others, where)


def others_over(x: Any, reduced: tuple[int, ...]) -> Any:
    """`others` over several axes at once: moved to the end, joined, and put back."""
    last = tuple(range(x.ndim - len(reduced), x.ndim))
    moved = np.moveaxis(x, reduced, last)
    joined = moved.reshape((*moved.shape[: x.ndim - len(reduced)], count(x.shape, reduced, NOT_GIVEN)))
    return np.moveaxis(others(joined, -1).reshape(moved.shape), last, reduced)


def deviation(a: Any, axis: Any, where: Any, mean: Any) -> Any:
    """a minus its mean, which may have been given."""
    options = {} if everywhere(where) else {"where": where}
    return a - (np.mean(a, axis=axis, keepdims=True, **options) if mean is NOT_GIVEN else mean)


def freedom(a_shape: tuple[int, ...], axis: Any, where: Any, ddof: Any, correction: Any) -> Any:
    """The divisor of a variance: the number of elements less ddof, which newer code calls correction."""
    return count(a_shape, axis, where) - (ddof if correction is NOT_GIVEN else correction)


def variance(
    g: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """2 (a - mean) / (n - ddof); what the mean owes to a cancels, because deviations from it sum to 0."""
    n = freedom(a.shape, axis, where, ddof, correction)
    return masked(keep(g, a.shape, axis, keepdims) * 2 / n * deviation(a, axis, where, mean), where)


def standard_deviation(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """(a - mean) / y / (n - ddof), and 0 where y is 0: the least of the subgradients of a norm."""
    n = freedom(a.shape, axis, where, ddof, correction)
    slope = ratio(deviation(a, axis, where, mean), keep(y, a.shape, axis, keepdims)) / n
    return masked(keep(g, a.shape, axis, keepdims) * slope, where)


def cumulated(g: Any, a_shape: tuple[int, ...], axis: int | None) -> Any:
    """Each element is in every later sum: the sums of g from the end."""
    along = 0 if axis is None else axis
    return np.flip(np.cumsum(np.flip(g, along), along), along).reshape(a_shape)


_SUM = "a, axis=None, dtype=None, out=None, keepdims=False, initial=_, where=True"
_MEAN = "a, axis=None, dtype=None, out=None, keepdims=False, *, where=_"
_MAX = "a, axis=None, out=None, keepdims=False, initial=_, where=_"
_VAR = "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=_, mean=_, correction=_"

RULES: dict[Any, Any] = {
    np.sum: Row(
        _SUM, np.add.reduce,
        a=lambda g, a_shape, axis, keepdims, where: masked(keep(g, a_shape, axis, keepdims), where),
    ),
    np.mean: Row(
        _MEAN,
        a=lambda g, a_shape, axis, keepdims, where:
            masked(keep(g, a_shape, axis, keepdims) / count(a_shape, axis, where), where),
    ),
    np.prod: Row(_SUM, np.multiply.reduce, a=product),
    np.max: Row(_MAX, a=extreme),
    np.min: Row(_MAX, a=extreme),
    np.var: Row(_VAR, a=variance),
    np.std: Row(_VAR, a=standard_deviation),
    np.cumsum: Row("a, axis=None, dtype=None, out=None", a=cumulated),
}  # fmt: skip

__all__ = ["RULES"]

"""Functions that take many numbers to few: sums, means, products, extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import axes, before, keep, others, ratio, recur
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
    """The product of the others: y / a, or multiplied out where some element is 0 or y has no digits."""
    factors = a if everywhere(where) else np.where(where, a, 1)
    if np.any((y == 0) | np.isinf(y)):
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


def likely(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, where: Any, exp: Any) -> Any:
    """exp(a - y), a share of 1; where all are -inf they share equally, as two of them do."""
    total = keep(y, a.shape, axis, keepdims)
    least = np.isinf(total) & (total < 0)
    part = exp(np.where(least, 0, a) - np.where(least, 0, total)) / np.where(least, count(a.shape, axis, where), 1)
    return masked(keep(g, a.shape, axis, keepdims) * part, where)


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
    return from_the_end(np.cumsum, g, along).reshape(a_shape)


def from_the_end(function: Any, x: Any, axis: int) -> Any:
    """What `function` accumulates along an axis, starting from its end."""
    return np.flip(function(np.flip(x, axis), axis), axis)


def cumulated_product(g: Any, y: Any, a: Any, axis: int | None) -> Any:
    """Element i is in every later product: the sums of g * y from the end, over a.

    Where that would divide by 0 it is the product of what stands before i, times s[i] = g[i] + a[i + 1] * s[i + 1]: what
    all later products have in common, times Horner's rule.
    """
    if axis is None:
        return cumulated_product(g, y, np.ravel(a), 0).reshape(a.shape)
    if not np.any((y == 0) | np.isinf(y)):
        return from_the_end(np.cumsum, g * y, axis) / a
    x = np.moveaxis(a, axis, -1)
    return np.moveaxis(before(x) * recur_b(np.moveaxis(g, axis, -1), x), -1, axis)


def recur_b(g: Any, x: Any) -> Any:
    """The recurrence from the end: y[i] is multiplied by x[i + 1] before it is added to y[i + 1]."""
    following = np.concatenate([x[..., 1:], x[..., :1]], -1)
    return np.flip(recur(np.flip(g, -1), np.flip(following, -1)), -1)


def recur_x(g: Any, y: Any, x: Any) -> Any:
    """x[i] multiplies y[i - 1]."""
    return recur_b(g, x) * np.concatenate([np.zeros_like(y[..., :1]), y[..., :-1]], -1)


def without_initial(g: Any, axis: int | None, include_initial: bool) -> Any:
    """Without the 0 or 1 that the option `include_initial` puts in front."""
    return np.moveaxis(np.moveaxis(g, axis or 0, 0)[1:], 0, axis or 0) if include_initial else g


def numbers(a: Any, where: Any = NOT_GIVEN) -> Any:
    """Where `a` is not nan, among what the option `where` leaves: for the nan-functions, which are the others on these."""
    return ~np.isnan(a) if everywhere(where) else ~np.isnan(a) & where


def known(a: Any, instead: float = 0) -> Any:
    """`a` with a number instead of nan."""
    return np.where(np.isnan(a), instead, a)


def nan_variance(
    g: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    return variance(g, known(a), axis, ddof, keepdims, numbers(a, where), mean, correction)


def nan_standard_deviation(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    return standard_deviation(g, y, known(a), axis, ddof, keepdims, numbers(a, where), mean, correction)


def nan_extreme(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    return extreme(g, y, known(a), axis, keepdims, initial, numbers(a, where))


_SUM = "a, axis=None, dtype=None, out=None, keepdims=False, initial=_, where=True"
_MEAN = "a, axis=None, dtype=None, out=None, keepdims=False, *, where=_"
_NANSUM = "a, axis=None, dtype=None, out=None, keepdims=False, initial=_, where=_"
_REDUCE = "array, axis=0, dtype=None, out=None, keepdims=False, initial=_, where=True"
_CUM = "a, axis=None, dtype=None, out=None"
_CUMULATIVE = "x, /, *, axis=None, dtype=None, out=None, include_initial=False"
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
    np.amax: Row(_MAX, a=extreme),
    np.amin: Row(_MAX, a=extreme),
    np.var: Row(_VAR, a=variance),
    np.std: Row(_VAR, a=standard_deviation),
    np.cumsum: Row(_CUM, a=cumulated),
    np.cumprod: Row(_CUM, a=cumulated_product),
    recur: Row("b, x", b=recur_b, x=recur_x),
    getattr(np, "cumulative_sum", None): Row(  # since NumPy 2.1
        _CUMULATIVE,
        x=lambda g, x_shape, axis, include_initial: cumulated(without_initial(g, axis, include_initial), x_shape, axis or 0),
    ),
    getattr(np, "cumulative_prod", None): Row(
        _CUMULATIVE,
        x=lambda g, y, x, axis, include_initial: cumulated_product(
            without_initial(g, axis, include_initial), without_initial(y, axis, include_initial), x, axis or 0
        ),
    ),

    # ufunc.reduce where NumPy has no other name for it
    np.fmax.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, initial, where: nan_extreme(g, y, array, axis, keepdims, initial, where),
    ),
    np.fmin.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, initial, where: nan_extreme(g, y, array, axis, keepdims, initial, where),
    ),
    np.logaddexp.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, where: likely(g, y, array, axis, keepdims, where, np.exp),
    ),
    np.logaddexp2.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, where: likely(g, y, array, axis, keepdims, where, np.exp2),
    ),

    # without nan
    np.nansum: Row(
        _NANSUM,
        a=lambda g, a, axis, keepdims, where: masked(keep(g, a.shape, axis, keepdims), numbers(a, where)),
    ),
    np.nanmean: Row(
        _MEAN,
        a=lambda g, a, axis, keepdims, where: masked(
            keep(g, a.shape, axis, keepdims) / np.maximum(count(a.shape, axis, numbers(a, where)), 1), numbers(a, where)
        ),
    ),
    np.nanprod: Row(
        _NANSUM,
        a=lambda g, y, a, axis, keepdims, initial, where:
            product(g, y, known(a, 1), axis, keepdims, initial, numbers(a, where)),
    ),
    np.nanmax: Row(_MAX, a=nan_extreme),
    np.nanmin: Row(_MAX, a=nan_extreme),
    np.nanvar: Row(_VAR, a=nan_variance),
    np.nanstd: Row(_VAR, a=nan_standard_deviation),
    np.nancumsum: Row(_CUM, a=lambda g, a, axis: masked(cumulated(g, a.shape, axis), numbers(a))),
    np.nancumprod: Row(_CUM, a=lambda g, y, a, axis: masked(cumulated_product(g, y, known(a, 1), axis), numbers(a))),
}  # fmt: skip

__all__ = ["RULES"]

"""Functions that take many numbers to few: sums, means, extremes, spreads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import normalize_axes, ratio, restore_axes
from .row import NOT_GIVEN, Row


def everywhere(where: Any) -> bool:
    """True if the option `where` leaves nothing out."""
    return where is NOT_GIVEN or where is True


def masked(g: Any, where: Any) -> Any:
    """0 for the elements that the option `where` left out."""
    return g if everywhere(where) else np.where(where, g, 0)


def count(a_shape: tuple[int, ...], axis: Any, where: Any) -> Any:
    """The number of elements that each result is made of."""
    if not everywhere(where):
        return np.sum(np.broadcast_to(where, a_shape), axis=axis, keepdims=True)
    return math.prod(a_shape[i] for i in normalize_axes(axis, len(a_shape)))


def max_a(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Elements equal to the extreme share its gradient equally, as does `initial`; the gradient of a nan goes to the nans."""
    attained = (a == restore_axes(y, a.shape, axis, keepdims)) | (a != a)
    if not everywhere(where):
        attained = attained & where
    sharers = np.sum(attained, axis=axis, keepdims=True)
    if initial is not NOT_GIVEN:
        sharers = sharers + (restore_axes(y, a.shape, axis, keepdims) == initial)
    return restore_axes(g, a.shape, axis, keepdims) * (attained / np.maximum(sharers, 1))


def logsumexp_gradient(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, where: Any, exp: Any) -> Any:
    """exp(a - y): weights that sum to 1; equal weights where all elements are -inf, as `softmax_weight` gives two of them."""
    total = restore_axes(y, a.shape, axis, keepdims)
    least = np.isinf(total) & (total < 0)
    part = exp(np.where(least, 0, a) - np.where(least, 0, total)) / np.where(least, count(a.shape, axis, where), 1)
    return masked(restore_axes(g, a.shape, axis, keepdims) * part, where)


def deviation(a: Any, axis: Any, where: Any, mean: Any) -> Any:
    """a minus its mean, which is the option `mean` if that is given."""
    options = {} if everywhere(where) else {"where": where}
    return a - (np.mean(a, axis=axis, keepdims=True, **options) if mean is NOT_GIVEN else mean)


def divisor(a_shape: tuple[int, ...], axis: Any, where: Any, ddof: Any, correction: Any) -> Any:
    """The divisor of a variance: the number of elements less ddof, which newer code calls correction."""
    return count(a_shape, axis, where) - (ddof if correction is NOT_GIVEN else correction)


def var_a(
    g: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """2 (a - mean) / (n - ddof); the derivative of the mean cancels, because deviations from it sum to 0."""
    n = divisor(a.shape, axis, where, ddof, correction)
    return masked(restore_axes(g, a.shape, axis, keepdims) * 2 / n * deviation(a, axis, where, mean), where)


def std_a(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """(a - mean) / y / (n - ddof), and 0 where y is 0: the minimum-norm subgradient."""
    n = divisor(a.shape, axis, where, ddof, correction)
    slope = ratio(deviation(a, axis, where, mean), restore_axes(y, a.shape, axis, keepdims)) / n
    return masked(restore_axes(g, a.shape, axis, keepdims) * slope, where)


def cumsum_a(g: Any, a_shape: tuple[int, ...], axis: int | None) -> Any:
    """The sums of g from the end: each element is in every later sum."""
    along = 0 if axis is None else axis
    return from_the_end(np.cumsum, g, along).reshape(a_shape)


def from_the_end(function: Any, x: Any, axis: int) -> Any:
    """`function`, a cumulative one, along an axis but from its end."""
    return np.flip(function(np.flip(x, axis), axis), axis)


def without_initial(g: Any, axis: int | None, include_initial: bool) -> Any:
    """`g` without the 0 or 1 that the option `include_initial` puts in front."""
    return np.moveaxis(np.moveaxis(g, axis or 0, 0)[1:], 0, axis or 0) if include_initial else g


def not_nan(a: Any, where: Any = NOT_GIVEN) -> Any:
    """True where `a` is not nan and `where` is true. The functions that skip nan are the ordinary ones with this as `where`."""
    return ~np.isnan(a) if everywhere(where) else ~np.isnan(a) & where


def without_nan(a: Any, instead: float = 0) -> Any:
    """`a` with a number instead of nan."""
    return np.where(np.isnan(a), instead, a)


def nanvar_a(
    g: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    return var_a(g, without_nan(a), axis, ddof, keepdims, not_nan(a, where), mean, correction)


def nanstd_a(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    return std_a(g, y, without_nan(a), axis, ddof, keepdims, not_nan(a, where), mean, correction)


def nanmax_a(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    return max_a(g, y, without_nan(a), axis, keepdims, initial, not_nan(a, where))


# fmt: off
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
        _SUM, np.add.reduce, moves=True,
        a=lambda g, a_shape, axis, keepdims, where: masked(restore_axes(g, a_shape, axis, keepdims), where),
    ),
    np.mean: Row(
        _MEAN, moves=True,
        a=lambda g, a_shape, axis, keepdims, where:
            masked(restore_axes(g, a_shape, axis, keepdims) / count(a_shape, axis, where), where),
    ),
    np.max: Row(_MAX, selects=True, a=max_a),
    np.min: Row(_MAX, selects=True, a=max_a),
    np.amax: Row(_MAX, selects=True, a=max_a),
    np.amin: Row(_MAX, selects=True, a=max_a),
    np.var: Row(_VAR, a=var_a),
    np.std: Row(_VAR, a=std_a),
    np.cumsum: Row(_CUM, moves=True, a=cumsum_a),
    getattr(np, "cumulative_sum", None): Row(  # since NumPy 2.1
        _CUMULATIVE,
        x=lambda g, x_shape, axis, include_initial: cumsum_a(without_initial(g, axis, include_initial), x_shape, axis or 0),
    ),

    # ufunc.reduce where NumPy has no other name for it
    np.fmax.reduce: Row(
        _REDUCE, selects=True,
        array=lambda g, y, array, axis, keepdims, initial, where: nanmax_a(g, y, array, axis, keepdims, initial, where),
    ),
    np.fmin.reduce: Row(
        _REDUCE, selects=True,
        array=lambda g, y, array, axis, keepdims, initial, where: nanmax_a(g, y, array, axis, keepdims, initial, where),
    ),
    np.logaddexp.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, where: logsumexp_gradient(g, y, array, axis, keepdims, where, np.exp),
    ),
    np.logaddexp2.reduce: Row(
        _REDUCE,
        array=lambda g, y, array, axis, keepdims, where: logsumexp_gradient(g, y, array, axis, keepdims, where, np.exp2),
    ),

    # without nan
    np.nansum: Row(
        _NANSUM, selects=True,
        a=lambda g, a, axis, keepdims, where: masked(restore_axes(g, a.shape, axis, keepdims), not_nan(a, where)),
    ),
    np.nanmean: Row(
        _MEAN, selects=True,
        a=lambda g, a, axis, keepdims, where: masked(
            restore_axes(g, a.shape, axis, keepdims) / np.maximum(count(a.shape, axis, not_nan(a, where)), 1), not_nan(a, where)
        ),
    ),
    np.nanmax: Row(_MAX, selects=True, a=nanmax_a),
    np.nanmin: Row(_MAX, selects=True, a=nanmax_a),
    np.nanvar: Row(_VAR, selects=not_nan, a=nanvar_a),
    np.nanstd: Row(_VAR, selects=not_nan, a=nanstd_a),
    np.nancumsum: Row(_CUM, selects=True, a=lambda g, a, axis: masked(cumsum_a(g, a.shape, axis), not_nan(a))),
}
# fmt: on

__all__ = ["RULES"]

"""Functions that take many numbers to few: sums, means, products, extremes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, normalize_axes, overridable, ratio, restore_axes
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


def beyond_half(g: Any, n: Any) -> bool:
    """True if `g` is in half precision, which ends at 65504, and `n` is larger: then single precision counts."""
    return (n.__class__ is not int or n > 65504) and g.dtype == np.float16 and bool(np.any(n > 65504))


def over(g: Any, n: Any) -> Any:
    """`g / n`, for a number of elements.

    >>> over(np.float16(1.0), 100000)
    np.float32(1e-05)
    """
    return (cast(g, np.float32) if beyond_half(g, n) else g) / n


def max_a(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Elements equal to the extreme share its gradient equally, as does `initial`; the gradient of a nan goes to the nans."""
    attained = (a == restore_axes(y, a.shape, axis, keepdims)) | (a != a)
    if not everywhere(where):
        attained = attained & where
    sharers = np.sum(attained, axis=axis, keepdims=True)
    if initial is not NOT_GIVEN:
        sharers = sharers + (restore_axes(y, a.shape, axis, keepdims) == initial)
    return restore_axes(g, a.shape, axis, keepdims) * (attained / np.maximum(sharers, 1))


def prod_a(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The product of the other elements: y / a, or multiplied out where some element is 0 or y has no digits."""
    factors = a if everywhere(where) else np.where(where, a, 1)
    if np.any((y == 0) | np.isinf(y)):
        slope = product_of_others_over(factors, normalize_axes(axis, a.ndim)) * (1 if initial is NOT_GIVEN else initial)
    else:
        slope = restore_axes(y, a.shape, axis, keepdims) / factors
    return masked(restore_axes(g, a.shape, axis, keepdims) * slope, where)


def product_of_others(x: Any, axis: int) -> Any:
    """At each position, the product of all the other entries along `axis`: exact where entries are 0.

    It is the product of the entries before times the product of those behind, and has derivatives of every order.

    >>> product_of_others(np.array([2.0, 3.0, 0.0]), 0)
    array([0., 0., 6.])
    """
    last = np.moveaxis(x, axis, -1)
    behind = np.flip(exclusive_cumprod(np.flip(last, -1)), -1)
    return np.moveaxis(exclusive_cumprod(last) * behind, -1, axis)


def exclusive_cumprod(x: Any) -> Any:
    """At each position, the product of all earlier entries along the last axis.

    >>> exclusive_cumprod(np.array([2.0, 3.0, 5.0]))
    array([1., 2., 6.])
    """
    return np.cumprod(np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], -1), -1)


def product_of_others_over(x: Any, reduced: tuple[int, ...]) -> Any:
    """`product_of_others` over several axes at once: moved to the end, joined, and put back."""
    last = tuple(range(x.ndim - len(reduced), x.ndim))
    moved = np.moveaxis(x, reduced, last)
    joined = moved.reshape((*moved.shape[: x.ndim - len(reduced)], count(x.shape, reduced, NOT_GIVEN)))
    return np.moveaxis(product_of_others(joined, -1).reshape(moved.shape), last, reduced)


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
    return masked(over(restore_axes(g, a.shape, axis, keepdims) * 2, n) * deviation(a, axis, where, mean), where)


def std_a(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """(a - mean) / y / (n - ddof), and 0 where y is 0: the minimum-norm subgradient."""
    n = divisor(a.shape, axis, where, ddof, correction)
    if beyond_half(g, n):  # where NumPy's own variance is inf
        g, a = cast(g, np.float32), cast(a, np.float32)
        squares = np.square(masked(deviation(a, axis, where, mean), where))
        y = np.sqrt(np.sum(squares, axis=axis, keepdims=True) / n).reshape(y.shape)
    slope = ratio(deviation(a, axis, where, mean), restore_axes(y, a.shape, axis, keepdims)) / n
    return masked(restore_axes(g, a.shape, axis, keepdims) * slope, where)


def cumsum_a(g: Any, a_shape: tuple[int, ...], axis: int | None) -> Any:
    """The sums of g from the end: each element is in every later sum."""
    along = 0 if axis is None else axis
    return from_the_end(np.cumsum, g, along).reshape(a_shape)


def from_the_end(function: Any, x: Any, axis: int) -> Any:
    """`function`, a cumulative one, along an axis but from its end."""
    return np.flip(function(np.flip(x, axis), axis), axis)


@overridable
def linear_recurrence(b: Any, x: Any) -> Any:
    """The linear recurrence `y[0] = b[0]`, `y[i] = b[i] + x[i] * y[i - 1]` along the last axis.

    >>> linear_recurrence(np.array([1.0, 1.0, 1.0]), np.array([9.0, 2.0, 0.5]))
    array([1. , 3. , 2.5])
    """
    y = np.array(np.broadcast_arrays(b, x)[0], np.result_type(b, x))
    steps, factors = np.moveaxis(y, -1, 0), np.moveaxis(x, -1, 0)
    for i in range(1, len(steps)):
        steps[i] += factors[i] * steps[i - 1]
    return y


def linear_recurrence_b(g: Any, x: Any) -> Any:
    """The recurrence from the end: y[i] is multiplied by x[i + 1] before it is added to y[i + 1]."""
    following = np.concatenate([x[..., 1:], x[..., :1]], -1)
    return np.flip(linear_recurrence(np.flip(g, -1), np.flip(following, -1)), -1)


def linear_recurrence_x(g: Any, y: Any, x: Any) -> Any:
    """The gradient of b[i] times y[i - 1], which is the factor of x[i]."""
    return linear_recurrence_b(g, x) * np.concatenate([np.zeros_like(y[..., :1]), y[..., :-1]], -1)


def cumprod_a(g: Any, y: Any, a: Any, axis: int | None) -> Any:
    """The sums of g * y from the end, over a: element i is in every later product.

    Where that would divide by 0 it is the product of the elements before i, which all later products have in common, times
    s[i] = g[i] + a[i + 1] * s[i + 1], which is Horner's rule.
    """
    if axis is None:
        return cumprod_a(g, y, np.ravel(a), 0).reshape(a.shape)
    if not np.any((y == 0) | np.isinf(y)):
        return from_the_end(np.cumsum, g * y, axis) / a
    x = np.moveaxis(a, axis, -1)
    return np.moveaxis(exclusive_cumprod(x) * linear_recurrence_b(np.moveaxis(g, axis, -1), x), -1, axis)


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
            masked(over(restore_axes(g, a_shape, axis, keepdims), count(a_shape, axis, where)), where),
    ),
    np.prod: Row(_SUM, np.multiply.reduce, a=prod_a),
    np.max: Row(_MAX, selects=True, a=max_a),
    np.min: Row(_MAX, selects=True, a=max_a),
    np.amax: Row(_MAX, selects=True, a=max_a),
    np.amin: Row(_MAX, selects=True, a=max_a),
    np.var: Row(_VAR, a=var_a),
    np.std: Row(_VAR, a=std_a),
    np.cumsum: Row(_CUM, moves=True, a=cumsum_a),
    np.cumprod: Row(_CUM, a=cumprod_a),
    linear_recurrence: Row("b, x", b=linear_recurrence_b, x=linear_recurrence_x),
    getattr(np, "cumulative_sum", None): Row(  # since NumPy 2.1
        _CUMULATIVE,
        x=lambda g, x_shape, axis, include_initial: cumsum_a(without_initial(g, axis, include_initial), x_shape, axis or 0),
    ),
    getattr(np, "cumulative_prod", None): Row(
        _CUMULATIVE,
        x=lambda g, y, x, axis, include_initial: cumprod_a(
            without_initial(g, axis, include_initial), without_initial(y, axis, include_initial), x, axis or 0
        ),
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
    np.nanprod: Row(
        _NANSUM, selects=not_nan,
        a=lambda g, y, a, axis, keepdims, initial, where:
            prod_a(g, y, without_nan(a, 1), axis, keepdims, initial, not_nan(a, where)),
    ),
    np.nanmax: Row(_MAX, selects=True, a=nanmax_a),
    np.nanmin: Row(_MAX, selects=True, a=nanmax_a),
    np.nanvar: Row(_VAR, selects=not_nan, a=nanvar_a),
    np.nanstd: Row(_VAR, selects=not_nan, a=nanstd_a),
    np.nancumsum: Row(_CUM, selects=True, a=lambda g, a, axis: masked(cumsum_a(g, a.shape, axis), not_nan(a))),
    np.nancumprod: Row(
        _CUM, selects=lambda a: not_nan(a),
        a=lambda g, y, a, axis: masked(cumprod_a(g, y, without_nan(a, 1), axis), not_nan(a)),
    ),
}
# fmt: on

__all__ = ["RULES"]

"""Functions that take many numbers to few: sums, means, extremes, spreads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, conj, normalize_axes, of_values, overridable, ratio, restore_axes
from ..shortcuts import mean as mean_of
from .accurate import ln, softmax2_weight, softmax_weight
from .row import NOT_GIVEN, Row
from .wide import scale_of, squares_fit


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
    g, top = restore_axes(g, a.shape, axis, keepdims), restore_axes(y, a.shape, axis, keepdims)
    attained = a == top
    if np.any(y != y):
        attained = attained | (a != a)
    if everywhere(where) and initial is NOT_GIVEN and np.count_nonzero(attained) == y.size:
        return g * attained  # one in each place
    if not everywhere(where):
        attained = attained & where
    sharers = np.sum(attained, axis=axis, keepdims=True)
    if initial is not NOT_GIVEN:
        sharers = sharers + (top == initial)
    return g * shares(g, attained, sharers)


def shares(g: Any, attained: Any, sharers: Any) -> Any:
    """One part for each of the sharers, in the precision of g."""
    return cast(attained, np.result_type(g, np.float64)) / np.maximum(sharers, 1)


@overridable
def sum_of_others(x: Any, axes: tuple[int, ...]) -> Any:
    """At each position, the sum of all other entries over the axes: of those before and of those behind. Nothing is subtracted.

    >>> sum_of_others(np.array([1e20, 1.0, 2.0]), (0,))
    array([3.e+00, 1.e+20, 1.e+20])
    """
    if not axes:
        return np.zeros_like(x)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = np.moveaxis(x, axes, last)
    rows = moved.reshape((*moved.shape[: x.ndim - len(axes)], math.prod(moved.shape[x.ndim - len(axes) :])))
    before, behind = np.zeros_like(rows), np.zeros_like(rows)
    before[..., 1:] = np.cumsum(rows, -1)[..., :-1]
    behind[..., :-1] = np.cumsum(rows[..., ::-1], -1)[..., -2::-1]
    return np.moveaxis((before + behind).reshape(moved.shape), last, axes)


@overridable
def direction(x: Any, axes: tuple[int, ...], length: Any = None, count: Any = 1) -> Any:
    """x over its length `sqrt(sum(x**2) / count)`, which the caller may know; 0 where all of x is 0, by choice.

    Where squares over- or underflow, x is first divided by a power of 2.

    >>> direction(np.array([3e-200, 4e-200]), (0,))
    array([0.6, 0.8])
    """
    if length is not None and squares_fit(length):
        return x / length
    scaled = x / scale_of(x, axes)
    return ratio(scaled, np.sqrt(np.sum(scaled * scaled, axes, keepdims=True) / count))


def direction_x(g: Any, y: Any, x: Any, axes: tuple[int, ...], count: Any) -> Any:
    """(g - u (u . g)) / length for u = y / sqrt(count), without g's own part in u (u . g), which is 1 - u * u of it."""
    scale = of_values(scale_of, x, axes)
    scaled = x / scale
    squares = np.sum(scaled * scaled, axes, keepdims=True)
    length = np.sqrt(np.where(squares == 0, np.nan, squares) / count) * scale
    return (sum_of_others(y * y, axes) * g - y * sum_of_others(y * g, axes)) / count / length


def reduced(passes: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """The elements that a mask lets through to a norm, and so to all that it is the norm of; for `moves=` of a row."""
    return restore_axes(passes, x.shape, axis, keepdims)


def shared(passes: Any, axes: tuple[int, ...]) -> Any:
    """The same for a function each element of which depends on all along the axes: any of them lets them through."""
    return np.max(passes, axes, keepdims=True, initial=0)


def nan_if(condition: Any) -> Any:
    """nan where a convention chose the slope, whose own slope is not known; 1 elsewhere."""
    return np.where(condition, np.nan, 1)


@overridable
def softmax_of(a: Any, axis: Any, where: Any, exp: Any, total: Any) -> Any:
    """exp(a - total): weights that sum to 1; equal weights where all elements are -inf, as `softmax_weight` gives two of them.

    >>> softmax_of(np.array([0.0, np.log(3)]), 0, True, np.exp, np.log(4))
    array([0.25, 0.75])
    """
    least = np.isinf(total) & (total < 0)
    part = exp(np.where(least, 0, a) - np.where(least, 0, total)) / np.where(least, count(a.shape, axis, where), 1)
    return masked(part, where)


def softmax_of_a(g: Any, y: Any, a_shape: tuple[int, ...], axis: Any, where: Any, exp: Any, total: Any) -> Any:
    """y (g - sum(y g)), in which 1 - y is the sum of the other weights."""
    axes = normalize_axes(axis, len(a_shape))
    slope = masked(y * (sum_of_others(y, axes) * g - sum_of_others(y * g, axes)) * nan_if(np.isinf(total)), where)
    return slope if exp is np.exp else slope * ln(2, g.dtype)


def logsumexp_gradient(
    g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any, reduce: Any, exp: Any, weight: Any
) -> Any:
    """The weights of the elements among themselves, times that of them all beside `initial`, which has a share."""
    g, total = restore_axes(g, a.shape, axis, keepdims), restore_axes(of_values(np.asarray, y), a.shape, axis, keepdims)
    if initial is not NOT_GIVEN and initial is not None and initial != -np.inf:
        alone = reduce(a, axis, keepdims=True, where=where)
        g, total = g * weight(alone, initial), of_values(np.asarray, alone)
    return g * softmax_of(a, axis, where, exp, total)


def deviation(a: Any, axis: Any, where: Any, mean: Any, y: Any, power: int) -> tuple[Any, bool]:
    """a minus its mean, which is the option `mean` if that is given; and True if the spread of some has lost its digits.

    Numbers that are nearly equal, with a standard deviation (y is that or its square, by the power) much less than the mean,
    first lose the largest of them, which is exact then: the mean has a rounding error, and equal numbers deviate by nothing.
    """
    if mean is not NOT_GIVEN:
        return a - mean, False
    options = {} if everywhere(where) else {"where": where}
    centre = mean_of(a, axis, None, None, True, **options)
    size = of_values(np.asarray, centre)
    near = 16 * y <= np.abs(size) if power == 1 else 256 * y <= np.abs(size) ** 2
    if not near.any():
        return a - centre, False
    a = a - np.where(near, of_values(np.max, a, axis, keepdims=True, initial=-np.inf, **options), 0)
    return a - mean_of(a, axis, None, None, True, **options), True


def divisor(a_shape: tuple[int, ...], axis: Any, where: Any, ddof: Any, correction: Any) -> Any:
    """The divisor of a variance: the number of elements less ddof, which newer code calls correction."""
    return count(a_shape, axis, where) - (ddof if correction is NOT_GIVEN else correction)


def real_spread(g: Any, y: Any) -> tuple[Any, Any]:
    """With dtype=complex a spread is a complex number whose imaginary part is always 0, and so has no derivative."""
    return (np.real(g), np.real(y)) if g.dtype.kind == "c" else (g, y)


def var_a(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """2 (a - mean) / (n - ddof); the derivative of the mean cancels, because deviations from it sum to 0."""
    g, y = real_spread(g, y)
    n = divisor(a.shape, axis, where, ddof, correction)
    far, _ = deviation(a, axis, where, mean, restore_axes(of_values(np.asarray, y), a.shape, axis, keepdims), 2)
    return masked(over(restore_axes(g, a.shape, axis, keepdims) * 2, n) * conj(far), where)


def std_a(
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    """(a - mean) / y / (n - ddof), and 0 where y is 0: the minimum-norm subgradient."""
    g, y = real_spread(g, y)
    n = divisor(a.shape, axis, where, ddof, correction)
    half = beyond_half(g, n)  # where NumPy's own variance is inf
    if half:
        g, a = cast(g, np.float32), cast(a, np.float32)
    spread = restore_axes(of_values(np.asarray, y), a.shape, axis, keepdims)
    far, inexact = deviation(a, axis, where, mean, spread, 1)
    alone = mean is NOT_GIVEN and (n == 1) & (count(a.shape, axis, where) == 1)
    if alone is not False:  # one number has no spread, whatever it is
        far, spread = np.where(alone, 1, far), np.where(alone, 1, spread)
    if far.dtype.kind == "c":
        slope = ratio(conj(masked(far, where)), restore_axes(y, a.shape, axis, keepdims)) / n
    else:
        slope = direction(masked(far, where), normalize_axes(axis, a.ndim), None if inexact or half else spread, n) / n
    if alone is not False:
        slope = np.where(alone, a - a, slope)
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
    g: Any, y: Any, a: Any, axis: Any, ddof: Any, keepdims: bool, where: Any, mean: Any, correction: Any
) -> Any:
    return var_a(g, y, without_nan(a), axis, ddof, keepdims, not_nan(a, where), mean, correction)


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
        _MEAN, mean_of, moves=True,
        a=lambda g, a_shape, axis, keepdims, where:
            masked(over(restore_axes(g, a_shape, axis, keepdims), count(a_shape, axis, where)), where),
    ),
    np.max: Row(_MAX, selects=True, a=max_a),
    np.min: Row(_MAX, selects=True, a=max_a),
    np.amax: Row(_MAX, selects=True, a=max_a),
    np.amin: Row(_MAX, selects=True, a=max_a),
    np.var: Row(_VAR, a=var_a),
    np.std: Row(_VAR, moves=lambda passes, a, axis, keepdims: reduced(passes, a, axis, keepdims), a=std_a),
    sum_of_others: Row("x, axes", moves=shared, x=lambda g, axes: sum_of_others(g, axes)),  # symmetric
    direction: Row("x, axes, length=None, count=1", moves=shared, x=direction_x),
    softmax_of: Row(
        "a, axis, where, exp, total", moves=lambda passes, a_shape, axis: shared(passes, normalize_axes(axis, len(a_shape))),
        a=softmax_of_a,
    ),
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
        _REDUCE, moves=lambda passes, array, axis, keepdims: reduced(passes, array, axis, keepdims),
        array=lambda g, y, array, axis, keepdims, initial, where: logsumexp_gradient(
            g, y, array, axis, keepdims, initial, where, np.logaddexp.reduce, np.exp, softmax_weight
        ),
    ),
    np.logaddexp2.reduce: Row(
        _REDUCE, moves=lambda passes, array, axis, keepdims: reduced(passes, array, axis, keepdims),
        array=lambda g, y, array, axis, keepdims, initial, where: logsumexp_gradient(
            g, y, array, axis, keepdims, initial, where, np.logaddexp2.reduce, np.exp2, softmax2_weight
        ),
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
    np.nanstd: Row(
        _VAR, selects=not_nan, moves=lambda passes, a, axis, keepdims: reduced(passes, a, axis, keepdims), a=nanstd_a,
    ),
    np.nancumsum: Row(_CUM, selects=True, a=lambda g, a, axis: masked(cumsum_a(g, a.shape, axis), not_nan(a))),
}
# fmt: on

__all__ = [
    "RULES", "direction", "everywhere", "masked", "nan_if", "not_nan", "reduced", "shared", "shares", "sum_of_others",
    "without_initial", "without_nan",
]  # fmt: skip

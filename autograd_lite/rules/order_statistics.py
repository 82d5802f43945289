"""Order statistics: a value at a position in the order gives its gradient, in equal shares, to all elements equal to it.

A quantile has a derivative by q too where its method is continuous: see `quantile_slopes`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, normalize_axes, of_values, overridable
from .row import Row

# Hyndman & Fan, Am. Stat. 50, 1996: of n numbers the quantile q has the position n q + alpha + q (1 - alpha - beta) - 1, counted
# from 0. The methods that are not here jump from one value to another.
PLOTTING = {
    "linear": (1, 1),
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (1 / 2, 1 / 2),
    "weibull": (0, 0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def shares_of_rows(a: Any, q: Any, axis: Any, weights: Any, spoilt: float | None) -> Any:
    """The weights of the order statistics, dealt out to the elements: those that tie share equally. Shape (*q.shape, *a.shape).

    `weights(n)` gives pairs of a position in the order of n numbers and its weight, both for all q. With `spoilt`, a number, the
    elements that are nan have this share, equally divided, of all that there is; without it nan is left out.
    """
    reduced = normalize_axes(axis, a.ndim)
    last = tuple(range(a.ndim - len(reduced), a.ndim))
    moved = np.moveaxis(a, reduced, last)
    rows = moved.reshape((math.prod(moved.shape[: a.ndim - len(reduced)]), math.prod(moved.shape[a.ndim - len(reduced) :])))
    kind = np.finfo(np.result_type(a, np.float64)).dtype  # real, also of complex numbers
    missing = np.isnan(rows)
    if rows.size and not np.any(missing):  # as a program of fixed shapes
        shares = dealt_out(rows, rows.shape[1], kind, weights)
    else:
        shares = np.zeros((q.size, *rows.shape), kind)
        counts = np.sum(~missing, 1)
        for n in np.unique(counts[counts > 0]):
            chosen = np.flatnonzero(counts == n)
            shares[:, chosen] = dealt_out(rows[chosen], n, kind, weights)
        if spoilt is not None:  # nan is the quantile then
            some = np.any(missing, 1)
            shares[:, some] = missing[some].astype(kind) / np.sum(missing[some], 1, keepdims=True) * spoilt
    put_back = tuple(q.ndim + i for i in last), tuple(q.ndim + i for i in reduced)
    return np.moveaxis(shares.reshape((*q.shape, *moved.shape)), *put_back)


def dealt_out(rows: Any, n: int, kind: Any, weights: Any) -> Any:
    """The shares of the elements of rows with n numbers, and nan behind them in the order: 0. One array of them for each q."""
    ordered, shares = np.sort(rows, 1), 0
    for position, weight in weights(np.arange(n, dtype=kind)):
        tied = rows == np.take(ordered, position, 1).T[:, :, None]
        shares = shares + tied.astype(kind) / np.sum(tied, -1, keepdims=True) * weight[:, None, None]
    return shares


def wide(q: Any) -> Any:
    """q as an array, of which the positions in the order of many numbers can be computed: those of float16 end at 65,504."""
    return np.asarray(q, np.result_type(q, np.float32 if np.result_type(q).kind == "f" else np.float64))


@overridable
def quantile_shares(a: Any, q: Any, axis: Any, quantile: Any, method: str, skip_nan: bool) -> Any:
    """The share of each element of `a` in each quantile: the derivative of `np.quantile`, of shape (*q.shape, *a.shape).

    Each quantile is a weighted mean of two order statistics. The quantile of the numbers 0, 1, ..., n - 1 is its own position
    in the order, whatever the method, and so gives the two weights. Elements that tie share theirs equally.

    >>> quantile_shares(np.array([3.0, 1.0, 2.0, 2.0]), 0.5, None, np.quantile, "linear", False)
    array([0. , 0. , 0.5, 0.5])
    """
    if np.iscomplexobj(q):
        raise TypeError("quantile: q must be real numbers.")
    q = wide(q)

    def weights(numbers: Any) -> Any:
        place = np.ravel(quantile(numbers, q, method=method))
        low = np.floor(place).astype(int)
        return (low, 1 - (place - low)), (np.minimum(low + 1, len(numbers) - 1), place - low)

    return shares_of_rows(a, q, axis, weights, None if skip_nan else 1.0)


@overridable
def quantile_slopes(a: Any, q: Any, axis: Any, quantile: Any, method: str, skip_nan: bool) -> Any:
    """The derivative by q of `quantile_shares`: between two order statistics their weights change at one rate.

    At an order statistic it is the mean of the rates to its left and to its right, as `np.interp` has it; at q = 0 and q = 1,
    where there is one side only, the rate there.

    >>> quantile_slopes(np.array([3.0, 1.0, 2.0]), 0.25, None, np.quantile, "linear", False)
    array([ 0., -2.,  2.])
    """
    q = wide(q)
    alpha, beta = PLOTTING.get(method, (0, 0))
    scale = 1 if quantile is np.quantile else 0.01
    part = np.ravel(q) * scale

    def weights(numbers: Any) -> Any:
        last, rate = len(numbers) - 1, len(numbers) + 1 - alpha - beta
        place = part * rate + alpha - 1
        for side, end, alone in (1, np.floor(place), part == 0), (-1, np.ceil(place), part == 1):
            inside = (np.minimum(end, end + side) >= 0) & (np.maximum(end, end + side) <= last) & (method in PLOTTING)
            change = side * rate * scale * inside * np.where(alone, 1, 0.5 * (part > 0) * (part < 1))
            for position, weight in (end + side, change), (end, -change):
                yield np.clip(position, 0, last).astype(int), weight

    return shares_of_rows(a, q, axis, weights, None if skip_nan else np.nan)


def quantile_a(g: Any, a: Any, q: Any, axis: Any, quantile: Any, method: str = "linear", skip_nan: bool = False) -> Any:
    """The sum of g over all quantiles, times the shares of each element: constants as long as the order does not change."""
    if a.size == 0:  # there NumPy's nanquantile forgets the axes of q
        return np.zeros_like(a)
    with_ones = [1 if i in normalize_axes(axis, a.ndim) else n for i, n in enumerate(a.shape)]
    shares = quantile_shares(of_values(np.asarray, a), q, axis, quantile, method, skip_nan)
    return np.sum(g.reshape((*np.shape(q), *with_ones)) * shares, axis=tuple(range(np.ndim(q))))


def quantile_q(g: Any, a: Any, q: Any, axis: Any, weights: Any, quantile: Any, method: str, skip_nan: bool = False) -> Any:
    """The slope of the quantile: for "linear" (n - 1) times the distance of the two order statistics; 0 for one that jumps."""
    if a.size == 0:
        return np.ones(np.shape(q)) * (np.nan if g.size else 0)
    if weights is not None or method not in PLOTTING:
        return np.zeros(np.shape(q))
    a, axes = cast(a, g.dtype), normalize_axes(axis, a.ndim)
    slopes = quantile_slopes(a, q, axis, quantile, method, skip_nan)
    rise = np.sum(np.where(slopes == 0, 0, a) * slopes, tuple(np.ndim(q) + i for i in axes), keepdims=True)
    return np.sum(g.reshape(rise.shape) * rise, axis=tuple(range(np.ndim(q), rise.ndim)))


def weighted_quantile_a(g: Any, y: Any, a: Any, q: Any, axis: Any) -> Any:
    """With weights a quantile is one of the elements: those that are equal to it share its gradient."""
    reduced = normalize_axes(axis, a.ndim)
    with_ones = (*np.shape(q), *[1 if i in reduced else n for i, n in enumerate(a.shape)])
    chosen = y.reshape(with_ones)
    attained = (a == chosen) | ((a != a) & (chosen != chosen))
    axes = tuple(np.ndim(q) + i for i in reduced)
    parts = g.reshape(with_ones) * attained / np.maximum(np.sum(attained, axes, keepdims=True), 1)
    return np.sum(parts, axis=tuple(range(np.ndim(q))))


def quantile_rule(g: Any, y: Any, a: Any, q: Any, axis: Any, weights: Any, *how: Any) -> Any:
    return quantile_a(g, a, q, axis, *how) if weights is None else weighted_quantile_a(g, y, a, q, axis)


def quantile_shares_q(g: Any, a: Any, q: Any, axis: Any, quantile: Any, method: str, skip_nan: bool) -> Any:
    slopes = quantile_slopes(a, q, axis, quantile, method, skip_nan)
    return np.sum(g * slopes, axis=tuple(range(np.ndim(q), slopes.ndim)))


def preserving(function: Any) -> Any:
    """`function` without the option `overwrite_input`, which only permits NumPy to leave its argument in any order."""

    def of_one(a: Any, axis: Any, out: Any, overwrite_input: bool, keepdims: bool) -> Any:
        return function(a, axis=axis, keepdims=keepdims)

    def of_many(
        a: Any, q: Any, axis: Any, out: Any, overwrite_input: bool, method: str, keepdims: bool, *, weights: Any = None
    ) -> Any:
        if np.iscomplexobj(q):  # of which the nearest of NumPy's methods would drop the imaginary part
            raise TypeError(f"{function.__name__}: q must be real numbers, not complex ones.")
        if axis == () and np.ndim(q) > 0:  # NumPy's nanquantile would put the axes of q in other places
            raise ValueError("axis=() leaves nothing to order: each element is its own quantile.")
        options = {} if weights is None else {"weights": weights}
        return function(a, q, axis=axis, method=method, keepdims=keepdims, **options)

    return of_one if function in (np.median, np.nanmedian) else of_many


_MEDIAN = "a, axis=None, out=None, overwrite_input=False, keepdims=False"
_QUANTILE = "a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None"

# fmt: off
KIND = {"selects": True}
RULES: dict[Any, Any] = {
    quantile_shares:  Row("a, q, axis, quantile, method, skip_nan", q=quantile_shares_q),
    np.median:        Row(_MEDIAN, preserving(np.median),
                          a=lambda g, a, axis: quantile_a(g, a, 0.5, axis, np.quantile)),
    np.quantile:      Row(_QUANTILE, preserving(np.quantile),
                          a=lambda g, y, a, q, axis, method, weights:
                              quantile_rule(g, y, a, q, axis, weights, np.quantile, method),
                          q=lambda g, a, q, axis, method, weights:
                              quantile_q(g, a, q, axis, weights, np.quantile, method)),
    np.percentile:    Row(_QUANTILE, preserving(np.percentile),
                          a=lambda g, y, a, q, axis, method, weights:
                              quantile_rule(g, y, a, q, axis, weights, np.percentile, method),
                          q=lambda g, a, q, axis, method, weights:
                              quantile_q(g, a, q, axis, weights, np.percentile, method)),
    np.nanmedian:     Row(_MEDIAN, preserving(np.nanmedian),
                          a=lambda g, a, axis: quantile_a(g, a, 0.5, axis, np.quantile, skip_nan=True)),
    np.nanquantile:   Row(_QUANTILE, preserving(np.nanquantile),
                          a=lambda g, y, a, q, axis, method, weights:
                              quantile_rule(g, y, a, q, axis, weights, np.quantile, method, True),
                          q=lambda g, a, q, axis, method, weights:
                              quantile_q(g, a, q, axis, weights, np.quantile, method, True)),
    np.nanpercentile: Row(_QUANTILE, preserving(np.nanpercentile),
                          a=lambda g, y, a, q, axis, method, weights:
                              quantile_rule(g, y, a, q, axis, weights, np.percentile, method, True),
                          q=lambda g, a, q, axis, method, weights:
                              quantile_q(g, a, q, axis, weights, np.percentile, method, True)),
}
# fmt: on

__all__ = ["KIND", "RULES", "quantile_shares", "quantile_slopes"]

"""The few array functions that NumPy has no name for, and that derivatives need.

They follow NumPy's own protocol (NEP 18): given arrays they compute, given Tensors they hand themselves
over to be recorded, and like every function that a rule calls they have a rule of their own.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = [
    "axes", "bessel_i", "cast", "clip", "distinct", "einsum", "erase", "fit", "getitem", "interp", "keep", "others",
    "over_cosh_squared", "quantile_shares", "ratio", "recur", "scatter", "seen", "setitem", "sigmoid", "sinc_derivative",
    "unless_flat", "unless_zero", "windows",
]  # fmt: skip


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let `function` be taken over by an argument that has `__array_function__`, as NumPy's functions can be."""

    @functools.wraps(function)
    def dispatch(*args: Any, **options: Any) -> Any:
        for x in args:
            if x.__class__ is not np.ndarray and hasattr(x, "__array_function__"):
                return x.__array_function__(dispatch, (type(x),), args, options)
        return function(*args, **options)

    return dispatch


@overridable
def fit(x: Any, shape: tuple[int, ...]) -> Any:
    """Bring `x` to `shape`: sum over the axes that broadcasting had stretched, repeat where a reduction had shrunk.

    It is its own transpose, and the one place where broadcasting is undone.

    >>> fit(np.ones((4, 3)), (1, 3))
    array([[4., 4., 4.]])
    >>> fit(np.ones((2, 1)), (2, 3))
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    lead = x.ndim - len(shape)
    if lead > 0:
        x = np.add.reduce(x, 0 if lead == 1 else tuple(range(lead)))
    if lead >= 0 and x.shape != shape:
        stretched = tuple(i for i, n in enumerate(shape) if n == 1 != x.shape[i])
        if stretched:
            x = np.add.reduce(x, stretched, keepdims=True)
    if x.shape != shape:
        repeated = np.empty(shape, x.dtype)  # a tenth of the time of np.broadcast_to on small arrays
        repeated[...] = x
        return repeated
    return x


@overridable
def cast(x: Any, dtype: Any) -> Any:
    """`x` with another dtype: `np.astype`, which NumPy 2.0 does not have yet.

    >>> cast(np.ones(2), np.float32)
    array([1., 1.], dtype=float32)
    """
    return np.asarray(x).astype(dtype)


@overridable
def getitem(x: Any, key: Any, copy: bool = False) -> Any:
    """`x[key]`, with any key that NumPy takes; with `copy`, or where it is small, not a view.

    A derivative may read it after the rest of `x` has been written into.

    >>> getitem(np.arange(3.0), slice(1, None))
    array([1., 2.])
    """
    part = x[key]
    return part.copy() if part.base is x and (copy or part.size <= 1024) else part


@overridable
def scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of `getitem`: zeros of `shape` to which `x` is added at `key`, once for each time it is named.

    >>> scatter(np.array([1.0, 2.0, 4.0]), [0, 2, 2], (3,))
    array([1., 0., 6.])
    """
    out = np.zeros(shape, x.dtype)
    if names_each_element_once(key):
        out[key] = x
    else:
        np.add.at(out, key, x)
    return out


def names_each_element_once(key: Any) -> bool:
    """Whether `key` can name no element twice: integers, slices, `None`, `...` and masks; not arrays of integers.

    >>> names_each_element_once((slice(None), 0)), names_each_element_once([0, 0])
    (True, False)
    """
    parts = key if isinstance(key, tuple) else (key,)
    return all(is_basic(part) or np.asarray(part).dtype == bool for part in parts)


def is_basic(key: Any) -> bool:
    """Whether NumPy gives a view of what `key` names: integers, slices, `None` and `...`.

    >>> is_basic((0, slice(None))), is_basic([0])
    (True, False)
    """
    parts = key if isinstance(key, tuple) else (key,)
    return all(p is None or p is ... or (isinstance(p, (slice, int, np.integer)) and not isinstance(p, bool)) for p in parts)


def keep(g: Any, x_shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    """Give the result of a reduction of an array of `x_shape` over `axis` its reduced axes back, with length 1.

    >>> keep(np.ones(4), (4, 3), axis=1).shape
    (4, 1)
    """
    if axis is None or keepdims:
        return g
    reduced = axes(axis, len(x_shape))
    return g.reshape([1 if i in reduced else n for i, n in enumerate(x_shape)])


def axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that NumPy's `axis` option names, as a tuple of numbers counted from the front.

    >>> axes(-1, 3), axes(None, 2), axes((0, -1), 3)
    ((2,), (0, 1), (0, 2))
    """
    if axis is None or ndim == 0:  # NumPy lets a single number be reduced over axis 0 and -1
        return tuple(range(ndim))
    return tuple(i % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))


@overridable
def ratio(a: Any, b: Any) -> Any:
    """`a / b`, and 0 where `b` is 0: the minimum-norm subgradient of a norm at zero is 0, not 0 / 0.

    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    zero = b == 0
    if not np.any(zero):
        return a / b
    return np.where(zero, 0, a / np.where(zero, 1, b)).astype(np.result_type(a, b), copy=False)


@overridable
def over_cosh_squared(a: Any, b: Any) -> Any:
    """`a / cosh(b)**2`, the derivative of tanh. What NumPy would record has the slope inf * 0 at b = 800; its own is 0.

    >>> over_cosh_squared(1.0, np.array([0.0, 300.0]))
    array([1.00000000e+000, 1.06015862e-260])
    """
    c = np.cosh(b)
    c *= c
    return a / c


@overridable
def sigmoid(x: Any) -> Any:
    """The logistic function `1 / (1 + exp(-x))`, which neither overflows nor loses its small values.

    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def unless_zero(g: Any, contribution: Any) -> Any:
    """`contribution`, but 0 where `g` is 0, also where it is infinite or nan.

    >>> unless_zero(np.array([0.0, 1.0]), np.array([np.nan, np.inf]))
    array([ 0., inf])
    """
    if np.isfinite(contribution).all():
        return contribution
    return np.where(g == 0, 0, contribution)


def unless_flat(g: Any, contribution: Any) -> Any:
    """`contribution`, but 0 where it is nan although no `g` is: where `g` is infinite and the derivative 0.

    >>> unless_flat(np.array([np.inf, np.inf]), np.array([np.nan, np.inf]))
    array([ 0., inf])
    """
    made = np.isnan(contribution)
    if not made.any() or np.isnan(g).any():
        return contribution
    return np.where(made, 0, contribution)


@overridable
def setitem(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`, and `x` itself.

    >>> setitem(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    x[key] = value
    return x


def last_writes(key: Any, shape: tuple[int, ...]) -> Any:
    """1 where a write to `key` is the last one to its element, else 0: of several values NumPy keeps the last.

    >>> last_writes([0, 0, 2], (3,)) * 1
    array([0, 1, 1])
    """
    if names_each_element_once(key):
        return 1
    element = np.empty(shape, int)
    order = np.arange(element[key].size).reshape(element[key].shape)
    element[key] = order
    return element[key] == order


@overridable
def erase(x: Any, key: Any) -> Any:
    """A copy of `x` with 0 at `key`.

    >>> erase(np.ones(3), 1)
    array([1., 0., 1.])
    """
    x = np.array(x)
    x[key] = 0
    return x


def add_at(buffer: Any, g: Any, _: bool, node: Any, key: Any, shape: Any) -> Any:
    """`scatter` into a buffer of the pass, which is made when there is none: reading in a loop stays linear."""
    if buffer is None:
        buffer = np.zeros(node.shape, node.dtype)
    if names_each_element_once(key):
        buffer[key] += g
    else:
        np.add.at(buffer, key, g)
    return buffer


def take_over(buffer: Any, g: Any, owned: bool, node: Any, key: Any) -> Any:
    """`erase` in the gradient of the result itself, when that is a buffer of the pass: writing in a loop stays linear."""
    g = g if owned else np.array(g)
    g[key] = 0
    return g if buffer is None else buffer + g


def others(x: Any, axis: int) -> Any:
    """At each position, the product of all the other entries along `axis`: exact where entries are 0.

    It is the product of those before times the product of those behind, and has derivatives of every order.

    >>> others(np.array([2.0, 3.0, 0.0]), 0)
    array([0., 0., 6.])
    """
    last = np.moveaxis(x, axis, -1)
    behind = np.flip(before(np.flip(last, -1)), -1)
    return np.moveaxis(before(last) * behind, -1, axis)


def before(x: Any) -> Any:
    """At each position, the product of all earlier entries along the last axis.

    >>> before(np.array([2.0, 3.0, 5.0]))
    array([1., 2., 6.])
    """
    return np.cumprod(np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], -1), -1)


@overridable
def recur(b: Any, x: Any) -> Any:
    """The linear recurrence `y[0] = b[0]`, `y[i] = b[i] + x[i] * y[i - 1]` along the last axis.

    >>> recur(np.array([1.0, 1.0, 1.0]), np.array([9.0, 2.0, 0.5]))
    array([1. , 3. , 2.5])
    """
    y = np.array(np.broadcast_arrays(b, x)[0], np.result_type(b, x))
    steps, factors = np.moveaxis(y, -1, 0), np.moveaxis(x, -1, 0)
    for i in range(1, len(steps)):
        steps[i] += factors[i] * steps[i - 1]
    return y


@overridable
def sinc_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of `np.sinc`, sin(pi x) / (pi x).

    Near 0 it is the series of sinc, differentiated; beyond, Leibniz' rule on x * sinc(x) = sin(pi x) / pi, in which
    x is first reduced by whole numbers, which is exact.

    >>> sinc_derivative(np.array([1.0, 2.0]), 1)
    array([-1. ,  0.5])
    """
    z = np.asarray(x, np.result_type(x, np.float64))
    near = np.abs(z) < max(1, n / 8)
    small, large = np.where(near, z, 0), np.where(near, 1, z)
    total: Any = 0
    for k in reversed(range((n + 1) // 2, n // 2 + 24)):  # of the term (-1)**k (pi x)**2k / (2k + 1)!, by Horner's rule
        total = total * small**2 + (-1) ** k * math.pi ** (2 * k) * math.perm(2 * k, n) / math.factorial(2 * k + 1)
    whole = np.rint(large)
    part = (math.pi * (large - whole), np.where(whole % 2 == 0, 1, -1))
    waves = [np.sin(part[0]) * part[1], np.cos(part[0]) * part[1], -np.sin(part[0]) * part[1], -np.cos(part[0]) * part[1]]
    far = waves[0] / (math.pi * large)
    for k in range(1, n + 1):
        far = (math.pi ** (k - 1) * waves[k % 4] - k * far) / large
    found = np.where(near, total * (small if n % 2 else 1), far)
    return found.astype(np.result_type(x), copy=False)


@overridable
def bessel_i(x: Any, n: int) -> Any:
    """The modified Bessel function of the first kind and of order n: for n = 0 it is `np.i0`, whose derivatives need the rest.

    Near 0 it is the power series (Abramowitz and Stegun 9.6.10), beyond the integral of exp(x cos t) cos(n t) over a
    period (9.6.19) by the trapezoidal rule, which converges like exp(-N**2 / 2x) (Trefethen and Weideman, SIAM Review 56).

    >>> bessel_i(np.array([0.0, 1.0]), 1)
    array([0.       , 0.5651591])
    """
    z = np.asarray(x, np.result_type(x, np.float64))
    size = np.abs(z)
    near = size < 5 + n * n / 4
    half = np.where(near, size, 0) / 2
    total: Any = 1.0
    for k in reversed(range(1, 30 + n * n)):
        total = 1 + half * half / (k * (k + n)) * total
    series = total * half**n / math.factorial(n)
    large = np.where(near | ~np.isfinite(z), 1, size)
    points = 16 + 5 * math.ceil(math.sqrt(np.max(large, initial=1)))
    t = np.arange(points + 1) * (math.pi / points)
    weights = np.where((t == 0) | (np.arange(points + 1) == points), 0.5, 1) * np.cos(n * t) / points
    integral = np.sum(np.exp(-2 * large[..., None] * np.sin(t / 2) ** 2) * weights, -1)
    root = np.exp(size / 2)  # exp(x) would overflow a little before the result does
    found = np.where(near, series, integral * root * root) * np.where((z < 0) & (n % 2 == 1), -1, 1)
    return found.astype(np.result_type(x), copy=False)


@overridable
def interp(x: Any, xp: Any, fp: Any) -> Any:
    """`np.interp` without its options.

    >>> interp(np.array([0.5, 9.0]), np.array([0.0, 1.0]), np.array([2.0, 4.0]))
    array([3., 4.])
    """
    return np.interp(x, xp, fp)


@overridable
def quantile_shares(a: Any, q: Any, axis: Any, quantile: Any, method: str, skip_nan: bool) -> Any:
    """How much each element of `a` has in each quantile: the derivative of `np.quantile`, of shape (*q.shape, *a.shape).

    The quantile of the numbers 0, 1, ..., n - 1 is its own position in any order, whatever the method: it lies between
    two order statistics, whose weights it tells. Elements that tie with one of these share its weight equally.

    >>> quantile_shares(np.array([3.0, 1.0, 2.0, 2.0]), 0.5, None, np.quantile, "linear", False)
    array([0. , 0. , 0.5, 0.5])
    """
    q = np.asarray(q)
    reduced = axes(axis, a.ndim)
    last = tuple(range(a.ndim - len(reduced), a.ndim))
    moved = np.moveaxis(a, reduced, last)
    rows = moved.reshape((math.prod(moved.shape[: a.ndim - len(reduced)]), math.prod(moved.shape[a.ndim - len(reduced) :])))
    shares = np.zeros((q.size, *rows.shape))
    missing = np.isnan(rows)
    counts = np.sum(~missing, 1)
    for n in np.unique(counts[counts > 0]):
        chosen = np.flatnonzero(counts == n)
        some = rows[chosen]
        ordered = np.sort(some, 1)  # nan comes last
        place = np.ravel(quantile(np.arange(float(n)), q, method=method))
        low = np.floor(place).astype(int)
        for position, weight in (low, 1 - (place - low)), (np.minimum(low + 1, n - 1), place - low):
            tied = some == ordered[:, position].T[:, :, None]
            shares[:, chosen] += tied / np.sum(tied, -1, keepdims=True) * weight[:, None, None]
    if not skip_nan:  # then nan is the quantile, and it is the nans'
        spoilt = np.any(missing, 1)
        shares[:, spoilt] = missing[spoilt] / np.sum(missing[spoilt], 1, keepdims=True)
    put_back = tuple(q.ndim + i for i in last), tuple(q.ndim + i for i in reduced)
    return np.moveaxis(shares.reshape((*q.shape, *moved.shape)), *put_back)


@overridable
def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """`np.einsum` in its explicit form: every label written out, no ellipsis, `->` and the output's labels given.

    >>> einsum("ij,j->i", np.eye(2), np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return np.einsum(subscripts, *operands, optimize=optimize)


@overridable
def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """`np.clip` with its bounds under one name each (NumPy 2.1 gave them two); None is no bound.

    >>> clip(np.array([-1.0, 5.0]), 0)
    array([0., 5.])
    """
    return np.positive(x) if low is None and high is None else np.clip(x, low, high)


@overridable
def distinct(x: Any, axis: int | None = None, equal_nan: bool = True, sorted: bool = True) -> Any:
    """`np.unique` of one result, the values, whatever options the NumPy at hand has.

    >>> distinct(np.array([3.0, 1.0, 3.0]))
    array([1., 3.])
    """
    options: Any = {} if sorted else {"sorted": False}  # an option since NumPy 2.3
    values: Any = np.unique(x, False, False, False, axis, equal_nan=equal_nan, **options)
    return values


@overridable
def seen(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """`function(*args)` of the values alone: for places and counts, which have no derivative.

    >>> seen(np.argsort, np.array([5.0, 1.0]))
    array([1, 0])
    """
    return function(*args, **options)


@overridable
def windows(x: Any, sides: Any, axis: Any = None) -> Any:
    """`np.lib.stride_tricks.sliding_window_view`: every window into `x` with these sides, a view.

    >>> windows(np.arange(4.0), 2)
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    return sliding_window_view(x, sides, axis)

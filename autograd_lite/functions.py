"""The few array functions that NumPy has no name for, and that derivatives need.

They follow NumPy's own protocol (NEP 18): given arrays they compute, given Tensors they hand themselves
over to be recorded, and like every function that a rule calls they have a rule of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "axes", "cast", "clip", "einsum", "erase", "fit", "getitem", "keep", "others", "ratio", "scatter", "setitem", "sigmoid",
    "unless_zero",
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

    Each entry in turn is replaced by 1, which takes room for n * n of them; being a product of products it has
    derivatives of every order.

    >>> others(np.array([2.0, 3.0, 0.0]), 0)
    array([0., 0., 6.])
    """
    n = x.shape[axis]
    last = np.moveaxis(x, axis, -1)
    without_self = np.where(np.eye(n, dtype=bool), 1, last[..., None, :])
    return np.moveaxis(np.prod(without_self, axis=-1), -1, axis)


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

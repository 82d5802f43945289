"""Array functions that derivatives need and NumPy has no name for: match a shape, cast, divide by 0.

Given arrays they compute. Given a Tensor, an array that remembers how it was computed, they let it record the call, as
NumPy's own functions do. So they have derivatives themselves: rules in `rules/shapes.py` and `rules/accurate.py`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .shortcuts import sum_of_rows

__all__ = ["cast", "conj", "match_shape", "normalize_axes", "of_values", "overridable", "ratio", "restore_axes"]


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function` recordable: if an argument is a Tensor, the call goes to it, by `__array_function__` (NEP 18)."""

    @functools.wraps(function)
    def dispatch(*args: Any, **options: Any) -> Any:
        for x in args:
            if not isinstance(x, np.ndarray) and hasattr(x, "__array_function__"):
                return x.__array_function__(dispatch, (type(x),), args, options)
        return function(*args, **options)

    return dispatch


@overridable
def match_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Bring `x` to `shape`: sum over the axes that broadcasting had stretched, repeat along those that a reduction had shrunk.

    This is the one place where broadcasting is undone, and since it repeats too, the rule of a sum need not. The derivative of
    `match_shape` is `match_shape` back to the old shape.

    >>> match_shape(np.ones((4, 3)), (1, 3))
    array([[4., 4., 4.]])
    >>> match_shape(np.ones((2, 1)), (2, 3))
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    lead = x.ndim - len(shape)
    if lead > 0:
        x = sum_of_rows(x) if x.ndim == 2 and lead == 1 else np.add.reduce(x, tuple(range(lead)))
    if lead >= 0 and x.shape != shape:
        stretched = tuple(i for i, n in enumerate(shape) if n == 1 != x.shape[i])
        if stretched:
            x = np.add.reduce(x, stretched, keepdims=True)
    if x.shape != shape:
        if math.prod(shape) > 20_000:
            return np.broadcast_to(x, shape)
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
    x = np.asarray(x)
    if x.dtype.kind == "c" and np.dtype(dtype).kind not in "cb":
        raise TypeError(f"astype: {x.dtype} to {np.dtype(dtype)}: the imaginary part would be lost. Write t.real.")
    return x.astype(dtype)


def conj(x: Any) -> Any:
    """The complex conjugate; what is real, itself."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


@overridable
def ratio(a: Any, b: Any) -> Any:
    """`a / b`, and 0 where `b` is 0: a norm has the slope x / norm(x), and by choice 0 at 0. Its own rule gives nan there.

    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25, 0.  ])
    """
    zero = b == 0
    if not np.any(zero):
        return a / b
    return np.where(zero, 0, a / np.where(zero, 1, b)).astype(np.result_type(a, b), copy=False)


def restore_axes(g: Any, x_shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    """Give the result of a reduction of an array of `x_shape` over `axis` its reduced axes back, with length 1.

    >>> restore_axes(np.ones(4), (4, 3), axis=1).shape
    (4, 1)
    """
    if axis is None or keepdims:
        return g
    reduced = normalize_axes(axis, len(x_shape))
    return g.reshape([1 if i in reduced else n for i, n in enumerate(x_shape)])


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that NumPy's `axis` option names, as a tuple of numbers counted from the front.

    >>> normalize_axes(-1, 3), normalize_axes(None, 2), normalize_axes((0, -1), 3)
    ((2,), (0, 1), (0, 2))
    """
    if axis is None or ndim == 0:  # NumPy lets a single number be reduced over axis 0 and -1
        return tuple(range(ndim))
    return tuple(i % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))


@overridable
def of_values(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """`function(*args)` of the bare arrays, outside the graph: for indices and counts, which have no derivative.

    >>> of_values(np.argsort, np.array([5.0, 1.0]))
    array([1, 0])
    """
    return function(*args, **options)

"""Array functions that derivatives need and NumPy has no name for: match a shape, cast, read at an index, scatter back.

Given arrays they compute. Given a Tensor, an array that remembers how it was computed, they let it record the call, as
NumPy's own functions do. So they have derivatives themselves: see `rules/shapes.py` and `rules/indexing.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .layouts import copied

__all__ = [
    "cast", "getitem", "match_shape", "normalize_axes", "of_values", "overridable", "restore_axes", "scatter", "target",
]  # fmt: skip


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which a Tensor among its arguments records: NumPy's protocol `__array_function__` (NEP 18)."""

    @functools.wraps(function)
    def dispatch(*args: Any, **options: Any) -> Any:
        for x in args:
            if x.__class__ is not np.ndarray and hasattr(x, "__array_function__"):
                return x.__array_function__(dispatch, (type(x),), args, options)
        return function(*args, **options)

    return dispatch


@overridable
def match_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Bring `x` to `shape`: sum over the axes that broadcasting had stretched, repeat along those that a reduction had shrunk.

    This is the one place where broadcasting is undone. The derivative of `match_shape` is `match_shape` back to the old shape.

    >>> match_shape(np.ones((4, 3)), (1, 3))
    array([[4., 4., 4.]])
    >>> match_shape(np.ones((2, 1)), (2, 3))
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
    """`x[key]`, with any key that NumPy takes; a copy with the option `copy`, or where it is small.

    A derivative may read it later: a copy stays as it was when `x` is written into. Small is up to 1024 elements, where a
    copy costs no more than a view. A key may also be a function, which returns a view of some elements (`safety/views.py`).

    >>> getitem(np.arange(3.0), slice(1, None))
    array([1., 2.])
    """
    part = key(x) if callable(key) else x[key]
    base = part.base
    shown = base is not None and (base is x or base is x.base or callable(key))
    return copied(part) if shown and (copy or part.size <= 1024) else part


@overridable
def scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of `getitem`: zeros of `shape` to which `x` is added at `key`, once for each time it is named.

    >>> scatter(np.array([1.0, 2.0, 4.0]), [0, 2, 2], (3,))
    array([1., 0., 6.])
    """
    out = np.zeros(shape, x.dtype)
    if callable(key):
        out = key.arranged(out)
    part, key = target(out, key)
    if names_each_element_once(key):
        part[key] = x
    else:
        np.add.at(part, key, x)
    return out


def target(x: Any, key: Any) -> tuple[Any, Any]:
    """The array to be written into to change `x` at `key`, and the key into that."""
    return key.target(x) if callable(key) else (x, key)


def names_each_element_once(key: Any) -> bool:
    """True if `key` can name no element twice: integers, slices, `None`, `...` and masks; not arrays of integers.

    >>> names_each_element_once((slice(None), 0)), names_each_element_once([0, 0])
    (True, False)
    """
    parts = key if isinstance(key, tuple) else (key,)
    return all(is_basic(part) or np.asarray(part).dtype == bool for part in parts)


def is_basic(key: Any) -> bool:
    """True if NumPy gives a view of the elements that `key` names: integers, slices, `None` and `...`.

    >>> is_basic((0, slice(None))), is_basic([0])
    (True, False)
    """
    parts = key if isinstance(key, tuple) else (key,)
    return all(p is None or p is ... or (isinstance(p, (slice, int, np.integer)) and not isinstance(p, bool)) for p in parts)


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
    """`function(*args)` of the values alone: for places and counts, which have no derivative.

    >>> of_values(np.argsort, np.array([5.0, 1.0]))
    array([1, 0])
    """
    return function(*args, **options)

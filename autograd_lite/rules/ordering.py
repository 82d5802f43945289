"""Functions that put numbers in order: each gradient goes back to the elements of the same value.

Elements of a row that tie share the gradient equally, as they do for `max`, `min` and `median`: NumPy's order among them is an
accident of its algorithm. A nan ties with a nan.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, of_values, overridable
from .indexing import scatter
from .row import Row


def classes(x: Any) -> Any:
    """A number for each element, by rank: the same for equal elements of a row (the last axis), different for those of two rows.

    >>> classes(np.array([[7.0, 5.0, 7.0], [5.0, 5.0, 5.0]]))
    array([[1, 0, 1],
           [3, 3, 3]])
    """
    order = np.argsort(x, axis=-1)
    ordered = np.take_along_axis(x, order, -1)
    before, after = ordered[..., :-1], ordered[..., 1:]
    steps = np.cumsum((before != after) & (before == before), -1)
    ranks = np.concatenate((0 * order[..., :1], steps), -1)
    of_each = np.take_along_axis(ranks, np.argsort(order, -1), -1)
    *rows, n = of_each.shape
    return of_each + n * np.arange(math.prod(rows)).reshape((*rows, 1))


def shared_by_value(g: Any, of_y: Any, of_x: Any, n: int) -> Any:
    """The gradient of y summed over each of its n classes, and divided among the elements of x that belong to it."""
    total = scatter(g, of_y, (n, *g.shape[of_y.ndim :]))
    members = scatter(np.ones(of_x.shape), of_x, (n,))
    return (total / np.maximum(members, 1).reshape((-1,) + (1,) * (total.ndim - 1)))[of_x]


@overridable
def moved_to_equals(x: Any, values: Any, to: Any, axis: int) -> Any:
    """x, of which each element belongs to one of `values`, for the elements of `to`, the same values in another order.

    Equals of a row have the mean of theirs. The transpose is the way back, with `values` and `to` exchanged.

    >>> moved_to_equals(np.array([1.0, 2.0, 4.0]), np.array([5.0, 5.0, 7.0]), np.array([7.0, 5.0, 5.0]), 0)
    array([4. , 1.5, 1.5])
    """
    if not x.size:
        return np.zeros_like(x)
    x, values, to = x.swapaxes(axis, -1), values.swapaxes(axis, -1), to.swapaxes(axis, -1)
    *rows, n = to.shape
    starts = np.arange(0, to.size, n).reshape((*rows, 1))
    order = np.argsort(to, -1) + starts
    moved, ordered = x.reshape(-1)[np.argsort(values, -1) + starts], to.reshape(-1)[order]
    before, after = ordered[..., :-1], ordered[..., 1:]
    tied = (before == after) | (before != before)
    if tied.any():
        new = np.ones(to.shape, bool)
        new[..., 1:] = ~tied
        number = np.cumsum(new) - 1
        moved = shared_by_value(moved.reshape(-1), number, number, to.size).reshape(to.shape)
    out = np.empty(to.size, x.dtype)
    out[order] = moved
    return out.reshape(to.shape).swapaxes(axis, -1)


def sort_a(g: Any, y: Any, a: Any, axis: int | None) -> Any:
    """The rule of sort and partition: each row of y has the elements of that row of a."""
    y, x = of_values(np.asarray, y), of_values(np.asarray, a)
    return moved_to_equals(g, y, x, axis) if axis is not None else moved_to_equals(g, y, x.reshape(-1), 0).reshape(x.shape)


@overridable
def unique_values(x: Any, axis: int | None = None, equal_nan: bool = True, sorted: bool = True) -> Any:
    """The values that `np.unique` finds, and nothing else; the option `sorted` is passed on where NumPy has it.

    >>> unique_values(np.array([3.0, 1.0, 3.0]))
    array([1., 3.])
    """
    options: Any = {} if sorted else {"sorted": False}  # an option since NumPy 2.3
    values: Any = np.unique(x, False, False, False, axis, equal_nan=equal_nan, **options)
    return values


def unique_x(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    """The rule of unique: y has the values of x, or with an axis the slices along it."""
    if axis is None:
        return shared_by_value(g, classes(y), classes(np.ravel(x)), x.size).reshape(x.shape)
    of_y, of_x = slice_classes(y, axis), slice_classes(x, axis)
    return np.moveaxis(shared_by_value(np.moveaxis(g, axis, 0), of_y, of_x, x.shape[axis]), 0, axis)


def slice_classes(x: Any, axis: int) -> Any:
    """A number for each slice along the axis, the same for equal ones."""
    return np.ravel(np.unique(classes(np.ravel(x)).reshape(x.shape), return_inverse=True, axis=axis)[1])


# fmt: off
RULES: dict[Any, Any] = {
    np.sort:          Row("a, axis=-1, kind=None, order=None, *, stable=None",      moves=True, a=sort_a),
    np.partition:     Row("a, kth, axis=-1, kind='introselect', order=None",        moves=True, a=sort_a),
    moved_to_equals:  Row("x, values, to, axis",                                    moves=True,
                          x=lambda g, values, to, axis: moved_to_equals(g, to, values, axis)),
    unique_values:    Row("x, axis=None, equal_nan=True, sorted=True",              x=unique_x),
    np.unique_values: Row("x",                                                      x=lambda g, y, x: unique_x(g, y, x, None)),
}
# fmt: on


# -- compositions: the values are differentiable, places and counts are what NumPy sees ---------------------------


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: int | None = None, *,
    equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    values = unique_values(ar, axis, equal_nan, sorted)
    if not (return_index or return_inverse or return_counts):
        return values
    _, *places = of_values(np.unique, ar, return_index, return_inverse, return_counts, axis, equal_nan=equal_nan)
    return (values, *places)


def with_places(function: Any) -> Any:
    """np.unique_all, np.unique_counts or np.unique_inverse."""

    def call(x: Any) -> Any:
        found = of_values(function, x)
        return type(found)(unique_values(x, None, False), *found[1:])

    return call


def union1d(ar1: Any, ar2: Any) -> Any:
    return np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))


def each_once(ar1: Any, ar2: Any, assume_unique: bool) -> tuple[Any, Any]:
    return (np.ravel(ar1), np.ravel(ar2)) if assume_unique else (np.unique(ar1), np.unique(ar2))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The first of each pair of equals, in order."""
    both = np.sort(np.concatenate(each_once(ar1, ar2, assume_unique)))
    values = both[:-1][both[1:] == both[:-1]]
    return (values, *of_values(np.intersect1d, ar1, ar2, assume_unique, True)[1:]) if return_indices else values


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    first = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return first[~np.isin(first, ar2)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values that differ from both of their neighbours, in order."""
    both = np.sort(np.concatenate(each_once(ar1, ar2, assume_unique)))
    differs = np.concatenate(([True], both[1:] != both[:-1], [True]))[: both.size + 1]
    return both[differs[1:] & differs[:-1]]


def sort_complex(a: Any) -> Any:
    """The elements in order, as complex numbers."""
    ordered = np.sort(a)
    return cast(ordered, np.result_type(of_values(np.sort_complex, ordered[:0])))


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.sort_complex:   sort_complex,
    np.unique:         unique,
    np.unique_all:     with_places(np.unique_all),
    np.unique_counts:  with_places(np.unique_counts),
    np.unique_inverse: with_places(np.unique_inverse),
    np.union1d:        union1d,
    np.intersect1d:    intersect1d,
    np.setdiff1d:      setdiff1d,
    np.setxor1d:       setxor1d,
}
# fmt: on

__all__ = ["COMPOSITIONS", "RULES", "moved_to_equals"]

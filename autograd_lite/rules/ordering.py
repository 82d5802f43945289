"""Functions that put numbers in order: each gradient goes back to the elements of the same value.

Where several elements of a row tie, NumPy's order among them is an accident of its algorithm: they share the gradient
equally, as they do for `max`, `min` and `median`. A nan ties with a nan.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import distinct, scatter, seen
from .row import Row


def classes(x: Any) -> Any:
    """A number for each element, by rank: equal elements of a row (the last axis) have the same, those of others never.

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


def shared(g: Any, of_y: Any, of_x: Any, n: int) -> Any:
    """The gradient of y summed over each of its n classes, and divided among the elements of x that belong to it."""
    total = scatter(g, of_y, (n, *g.shape[of_y.ndim :]))
    members = scatter(np.ones(of_x.shape), of_x, (n,))
    return (total / np.maximum(members, 1).reshape((-1,) + (1,) * (total.ndim - 1)))[of_x]


def reordered(g: Any, y: Any, a: Any, axis: int | None) -> Any:
    """Of sort and partition: the rows of y have the elements of those of a."""
    if axis is None:
        return of_distinct(g, y, a, None)
    g, y, x = (np.moveaxis(z, axis, -1) for z in (g, y, a))
    return np.moveaxis(shared(g, classes(y), classes(x), x.size), -1, axis)


def of_distinct(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    """Of unique: y has the values of x, or with an axis the slices along it."""
    if axis is None:
        return shared(g, classes(y), classes(np.ravel(x)), x.size).reshape(x.shape)
    of_y, of_x = slices(y, axis), slices(x, axis)
    return np.moveaxis(shared(np.moveaxis(g, axis, 0), of_y, of_x, x.shape[axis]), 0, axis)


def slices(x: Any, axis: int) -> Any:
    """A number for each slice along the axis, the same for equal ones."""
    return np.ravel(np.unique(classes(np.ravel(x)).reshape(x.shape), return_inverse=True, axis=axis)[1])


# fmt: off
RULES: dict[Any, Any] = {
    np.sort:          Row("a, axis=-1, kind=None, order=None, *, stable=None",      a=reordered),
    np.partition:     Row("a, kth, axis=-1, kind='introselect', order=None",        a=reordered),
    distinct:         Row("x, axis=None, equal_nan=True, sorted=True",              x=of_distinct),
    np.unique_values: Row("x",                                                      x=lambda g, y, x: of_distinct(g, y, x, None)),
}
# fmt: on


# -- compositions: the values are differentiable, places and counts are what NumPy sees ---------------------------


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: int | None = None, *,
    equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    values = distinct(ar, axis, equal_nan, sorted)
    if not (return_index or return_inverse or return_counts):
        return values
    _, *places = seen(np.unique, ar, return_index, return_inverse, return_counts, axis, equal_nan=equal_nan)
    return (values, *places)


def with_places(function: Any) -> Any:
    """np.unique_all, np.unique_counts or np.unique_inverse."""

    def call(x: Any) -> Any:
        found = seen(function, x)
        return type(found)(distinct(x, None, False), *found[1:])

    return call


def union1d(ar1: Any, ar2: Any) -> Any:
    return np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))


def each_once(ar1: Any, ar2: Any, assume_unique: bool) -> tuple[Any, Any]:
    return (np.ravel(ar1), np.ravel(ar2)) if assume_unique else (np.unique(ar1), np.unique(ar2))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The first of each pair of equals, in order."""
    both = np.sort(np.concatenate(each_once(ar1, ar2, assume_unique)))
    values = both[:-1][both[1:] == both[:-1]]
    return (values, *seen(np.intersect1d, ar1, ar2, assume_unique, True)[1:]) if return_indices else values


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    first = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return first[~np.isin(first, ar2)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """What differs from both of its neighbours, in order."""
    both = np.sort(np.concatenate(each_once(ar1, ar2, assume_unique)))
    differs = np.concatenate(([True], both[1:] != both[:-1], [True]))[: both.size + 1]
    return both[differs[1:] & differs[:-1]]


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
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

__all__ = ["COMPOSITIONS", "RULES"]

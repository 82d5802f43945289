"""The rows of functions that order numbers."""

import math

import numpy as np

from autograd_lite.rules import ordering

from .moves import some_axis
from .row import Call, Kink, Row, half, nan


def ordered(function, more=lambda s, n: ({},), ways=()):
    """Along an axis; no two numbers tie."""

    def draw(s):
        ndim = s.among(1, 2, 3)
        shape = s.shape(1, ndim)
        axis = s.axis(ndim, None, int)
        *given, options = more(s, math.prod(shape) if axis is None else shape[axis])
        return Call(function, s.apart(shape), {"axis": axis, **options}, lambda a: (a, *given))

    return Row(function, draw, ways)


def sorting(s, n):
    return (s.among({}, {"kind": "stable"}, {"stable": True}, {"kind": "heapsort"}),)


def parting(s, n):
    return s.among(0, n - 1, -1, [0, n // 2]), {}


def moving(s):
    """By the numbers that are moved alone; some of the values tie."""
    shape, axis = s.shape(1, 2), s.among(0, 1)
    values = s.rng.integers(0, s.among(3, 100), shape).astype(float)
    to = s.rng.permuted(values, axis=axis)
    return Call(ordering.moved_to_equals, (s.array(shape),), {}, lambda x: (x, values, to, axis))


def distinct_values(function, called=None, axes=True):
    """Several numbers that differ, or slices along an axis."""

    def draw(s):
        shape = s.shape(1)
        options = {"axis": some_axis(s, shape)} if axes and shape and s.among(True, False) else {}
        if axes and s.among(True, False):
            options["equal_nan"] = False
        return Call(called or function, s.apart(shape), options)

    return Row(function, draw)


def sets(function):
    """Two sets that have numbers in common, which move together."""

    def draw(s):
        a, b, common = s.apart(s.shape(), s.shape(), s.among((0,), (1,), (2,)))
        options = {} if function is np.union1d else s.some(assume_unique=True)
        if function is np.setdiff1d:  # the second set is only looked at
            return Call(function, (a, common), options, lambda a, c: (np.append(a, c), np.append(c, b)))
        return Call(function, (a, b, common), options, lambda a, b, c: (np.append(a, c), np.append(c, b)))

    return Row(function, draw)


ROWS = (
    Row(ordering.moved_to_equals, moving),
    ordered(np.sort, sorting),
    ordered(np.partition, parting),
    Row(np.sort_complex, lambda s: Call(np.sort_complex, s.apart(s.shape(1, 2)))),
    distinct_values(ordering.unique_values),
    distinct_values(np.unique_values, lambda x: np.sort(np.unique_values(x)), axes=False),
    distinct_values(np.unique),
    distinct_values(np.unique_all, lambda x: np.unique_all(x).values, axes=False),
    distinct_values(np.unique_counts, lambda x: np.unique_counts(x).values, axes=False),
    distinct_values(np.unique_inverse, lambda x: np.unique_inverse(x).values, axes=False),
    sets(np.union1d),
    sets(np.intersect1d),
    sets(np.setdiff1d),
    sets(np.setxor1d),
)

PIECEWISE = {ordering.unique_values, np.sort, np.partition, np.unique_values}

KINKS = {
    "sort: ties share": Kink(lambda a: np.sort(a) * [1, 2, 4], ([2.0, 1.0, 2.0],), ([3, 1, 3],)),
    "sort: ties share in their row only": Kink(
        lambda a: np.sort(a, 0) * [[1, 2], [4, 8]], ([[2.0, 1.0], [2.0, 2.0]],), ([[2.5, 2], [2.5, 8]],)
    ),
    "sort: ties share over all rows without an axis": Kink(
        lambda a: np.sort(a, None) * [1, 2, 4], ([[2.0], [2.0], [1.0]],), ([[3], [3], [1]],)
    ),
    "sort: zeros of either sign tie": Kink(lambda a: np.sort(a) * [1, 3], ([0.0, -0.0],), ([2, 2],)),
    "sort: nans tie, at the end": Kink(lambda a: np.nan_to_num(np.sort(a)) * [1, 2, 4], ([nan, 1.0, nan],), ([0, 1, 0],)),
    "partition: ties share": Kink(lambda a: np.partition(a, 1) * [1, 2, 4], ([2.0, 2.0, 1.0],), ([3, 3, 1],)),
    "the middle of the sorted is the median": Kink(lambda a: np.sort(a)[1], ([2.0, 2.0, 1.0],), ([half, half, 0],)),
    "unique: equals share": Kink(lambda a: np.unique(a) * [1, 4], ([2.0, 1.0, 2.0],), ([2, 1, 2],)),
    "unique: equal rows share": Kink(
        lambda a: np.unique(a, axis=0) * [[1, 2], [4, 8]], ([[3.0, 1.0], [2.0, 2.0], [3.0, 1.0]],), ([[2, 4], [1, 2], [2, 4]],)
    ),
    "unique_values: equals share": Kink(lambda a: np.unique_values(a), ([2.0, 1.0, 2.0],), ([half, 1, half],)),
    "union1d: equals share": Kink(np.union1d, ([1.0, 2.0], [2.0, 2.0]), ([1, 1 / 3], [1 / 3, 1 / 3])),
    "intersect1d: equals share": Kink(np.intersect1d, ([1.0, 2.0], [2.0, 3.0]), ([0, half], [half, 0])),
    "setdiff1d: equals share": Kink(np.setdiff1d, ([1.0, 1.0, 2.0], [2.0]), ([half, half, 0], [0])),
    "setxor1d: what both have is in neither": Kink(np.setxor1d, ([1.0, 2.0], [2.0, 3.0]), ([1, 0], [0, 1])),
}

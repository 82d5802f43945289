"""A function where it is examined, as a function of one list of numbers."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from ..tensor import Tensor

__all__ = ["Point", "plain", "quiet", "rounding"]

Array = NDArray[Any]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of points where a function is not defined: the point of a test is often at the edge."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Point:
    """A function where it is examined: its arrays as buffers that steps are written into, its results as one list of numbers.

    `call` takes a list of arrays and returns whatever the function returns. Entries of the arrays are counted through, and
    so are the floating-point numbers in the results.
    """

    def __init__(self, call: Callable[[list[Array]], Any], arrays: Sequence[Array]) -> None:
        self.call = call
        self.originals = list(arrays)
        self.arrays = [np.array(x, order="C") for x in arrays]
        self.flat = [x.reshape(-1) for x in self.arrays]
        self.ends = [int(end) for end in np.cumsum([x.size for x in arrays])]
        self.dtype = np.result_type(np.float64, *(x.dtype for x in arrays))
        self.eps = max([float(np.finfo(x.dtype).eps) for x in arrays], default=float(np.finfo(float).eps))
        self.x = self.laid_out(self.arrays)
        self.evaluations = 0
        self.results: list[tuple[tuple[int, ...], np.dtype[Any]]] = []
        self.y = self.called(first=True)
        sizes = [math.prod(shape) for shape, _ in self.results]
        self.result_eps, self.result_least = (
            np.repeat(np.array([getattr(np.finfo(dtype), name) for _, dtype in self.results], self.dtype), sizes)
            for name in ("eps", "smallest_subnormal")
        )
        self.unit, self.reach = scales(self.arrays)

    def laid_out(self, arrays: Sequence[Any]) -> Array:
        """Arrays end to end."""
        if len(arrays) == 1:
            return np.array(arrays[0], self.dtype).reshape(-1)
        return np.concatenate([np.zeros(0, self.dtype), *(np.asarray(a, self.dtype).reshape(-1) for a in arrays)])

    def __call__(self) -> Array:
        """The results at the numbers that the buffers hold now."""
        return self.called()

    def called(self, first: bool = False) -> Array:
        self.evaluations += 1
        results = [plain(y) for _, y in tree.leaves(self.call(self.arrays))]
        results = [y for y in results if y.dtype.kind == "f"]
        shapes = [(y.shape, y.dtype) for y in results]
        if first:
            self.results = shapes
        elif self.results != shapes:
            raise ValueError(f"the function returned {shapes} at a nearby point, but {self.results} at the point itself.")
        return self.laid_out(results)

    def after(self, entries: Array, steps: Array) -> Array:
        """The results when `steps` are added to some entries, which are in ascending order."""
        written = []
        for flat, end in zip(self.flat, self.ends, strict=True):
            start = end - flat.size
            here = slice(*np.searchsorted(entries, (start, end)))
            if here.start < here.stop:
                inside = entries[here] - start
                written.append((flat, inside, flat[inside]))
                flat[inside] += steps[here].astype(flat.dtype)
        try:
            return self()
        finally:
            for flat, inside, before in written:
                flat[inside] = before

    def exact(self, entries: Array, steps: Array) -> Array:
        """Steps of about these sizes that can be added and subtracted without rounding."""
        sizes = np.empty_like(steps)
        for flat, end in zip(self.flat, self.ends, strict=True):
            here = (entries >= end - flat.size) & (entries < end)
            x = flat[entries[here] - (end - flat.size)]
            sizes[here] = np.abs((x + np.copysign(steps[here].astype(x.dtype), x)) - x)  # away from 0, where numbers lie wider
        return sizes


def plain(y: Any) -> Array:
    """A result as an array, out of its Tensor."""
    return np.asarray(y._array if isinstance(y, Tensor) else y)


def scales(arrays: Sequence[Array]) -> tuple[Array, Array]:
    """For each entry what its steps are relative to: its own size, at 0 the typical one of its array; and, if that is small
    beside the typical one or 1, the larger of these."""
    units, reaches = [np.zeros(0)], [np.zeros(0)]
    for x in arrays:
        sizes = np.abs(x.astype(np.result_type(x.dtype, np.float64)).reshape(-1))
        others = sizes[(sizes > 0) & np.isfinite(sizes)]
        typical = float(np.median(others)) if others.size else 1.0
        unit = np.where((sizes > 0) & np.isfinite(sizes), sizes, typical)
        units.append(unit)
        reaches.append(np.where(unit < 0.5 * max(typical, 1.0), max(typical, 1.0), unit))
    return np.concatenate(units), np.concatenate(reaches)


def rounding(point: Point, results: Array, *values: Array) -> Array:
    """The least that numbers of the size of these results are rounded by."""
    eps = np.maximum(point.result_eps[results] / 2, np.finfo(point.dtype).eps)
    sizes = np.abs(point.y[results])
    for v in values:
        sizes = np.fmax(sizes, np.abs(v))
    least: Array = np.fmax(eps * sizes, point.result_least[results])
    return least

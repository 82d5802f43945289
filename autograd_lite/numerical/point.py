"""A function at the point where it is measured, seen as a function from one list of numbers to another."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..tensor import Tensor
from ..transforms import tree

__all__ = ["LONG", "Array", "EvaluationPoint", "as_array", "quiet", "real_or_nan", "rounding_error"]

Array: TypeAlias = "np.typing.NDArray[Any]"  # in quotes: numpy.typing is not imported
LONG = np.dtype(np.longdouble)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings inside: a test point is often at the edge of where a function is defined."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class EvaluationPoint:
    """A function at its point: its arrays as buffers that steps are written into, its results as one list of numbers.

    `call` takes a list of arrays and returns whatever the function returns. The entries of all arrays are numbered from 0,
    and so are the floating-point numbers of all results.
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
        self.real: list[int] = []  # the places of these among all that the function returns
        self.y = self.called(first=True)
        sizes = [math.prod(shape) for shape, _ in self.results]
        self.result_eps, self.result_least = (
            np.repeat(np.array([getattr(np.finfo(dtype), name) for _, dtype in self.results], self.dtype), sizes)
            for name in ("eps", "smallest_subnormal")
        )
        self.unit, self.reach = scales(self.arrays)

    @property
    def gains_by_long_doubles(self) -> bool:
        """True if all arrays are doubles, and long doubles have more digits than these."""
        return all(x.dtype == np.float64 for x in self.arrays) and bool(np.finfo(LONG).eps < 1e-18)

    def laid_out(self, arrays: Sequence[Any]) -> Array:
        """The arrays end to end, as one vector."""
        if len(arrays) == 1:
            return np.array(arrays[0], self.dtype).reshape(-1)
        return np.concatenate([np.zeros(0, self.dtype), *(np.asarray(a, self.dtype).reshape(-1) for a in arrays)])

    def __call__(self) -> Array:
        """The results at the numbers that the buffers hold now."""
        return self.called()

    def called(self, first: bool = False) -> Array:
        """One evaluation; the first one settles the shapes and dtypes of the results, and which of them are real.

        A real result that is complex at a nearby point, as eigenvalues may be, is nan there: its function ends before.
        """
        self.evaluations += 1
        leaves = [as_array(y) for _, y in tree.leaves(self.call(self.arrays))]
        self.is_complex = any(y.dtype.kind == "c" for y in leaves)
        if first:
            self.real = [i for i, y in enumerate(leaves) if y.dtype.kind == "f"]
        results = [real_or_nan(leaves[i]) for i in self.real if i < len(leaves)]
        shapes = [(y.shape, y.dtype) for y in results]
        if first:
            self.results = shapes
        elif self.results != shapes:
            raise ValueError(f"the function returned {shapes} at a nearby point, but {self.results} at the point itself.")
        return self.laid_out(results)

    def after(self, entries: Array, steps: Array) -> Array:
        """The results with `steps` added to some entries; `entries` is in ascending order."""
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
        """Steps of about these sizes (last axis: entry), made such that adding and subtracting them does not round."""
        sizes = np.empty_like(steps)
        for flat, end in zip(self.flat, self.ends, strict=True):
            here = (entries >= end - flat.size) & (entries < end)
            x = flat[entries[here] - (end - flat.size)]
            sizes[..., here] = np.abs(
                (x + np.copysign(steps[..., here].astype(x.dtype), x)) - x
            )  # away from 0, where numbers lie wider
        return sizes


def as_array(y: Any) -> Array:
    """A number, an array or a Tensor as a NumPy array."""
    return np.asarray(y._array if isinstance(y, Tensor) else y)


def real_or_nan(y: Array) -> Array:
    """The array itself, or nan in place of complex numbers."""
    return np.full(y.shape, np.nan, y.real.dtype) if y.dtype.kind == "c" else y


def scales(arrays: Sequence[Array]) -> tuple[Array, Array]:
    """Two scales for the steps of each entry: (unit, reach).

    `unit` is the size of the entry; for an entry that is 0, the median size in its array. `reach` is the same unless that is
    small beside the median size or 1: then it is the larger of these two.
    """
    units, reaches = [np.zeros(0)], [np.zeros(0)]
    for x in arrays:
        sizes = np.abs(x.astype(np.result_type(x.dtype, np.float64)).reshape(-1))
        others = sizes[(sizes > 0) & np.isfinite(sizes)]
        typical = float(np.median(others)) if others.size else 1.0
        unit = np.where((sizes > 0) & np.isfinite(sizes), sizes, typical)
        units.append(unit)
        reaches.append(np.where(unit < 0.5 * max(typical, 1.0), max(typical, 1.0), unit))
    return np.concatenate(units), np.concatenate(reaches)


def rounding_error(point: EvaluationPoint, results: Array, *values: Array) -> Array:
    """The rounding error of numbers as large as these results."""
    eps = np.maximum(point.result_eps[results] / 2, np.finfo(point.dtype).eps)
    sizes = np.abs(point.y[results])
    for v in values:
        sizes = np.fmax(sizes, np.abs(v))
    least: Array = np.fmax(eps * sizes, point.result_least[results])
    return least

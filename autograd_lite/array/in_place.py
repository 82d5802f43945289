"""In place: NumPy's functions that write into their first argument, `np.fill_diagonal(t, v)` and its kin, as `t[key] = value`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Value
from ..rules.indexing import add_to
from ..safety.operands import values_of

__all__ = ["IN_PLACE", "FlatIterator", "ufunc_at"]


def target_of_write(a: Any, name: str) -> Any:
    """The first argument, if it is a Tensor: an array of NumPy's would lose the gradient of what is written."""
    if not isinstance(a, Value):
        raise TypeError(
            f"np.{name}: it writes in place, and into an array the gradient would be lost. Take a Tensor: a = ag.tensor(a), "
            f"or what np.zeros, np.array and np.copy make after 'import autograd_lite.numpy as np'; np.broadcast_to(t, shape) "
            f"for np.full; t.detach().numpy() for the bare values."
        )
    return a


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    target_of_write(dst, "copyto")
    if not np.can_cast(np.result_type(src), dst.dtype, casting):
        raise TypeError(f"np.copyto: {np.result_type(src)} does not fit into {dst.dtype} with casting={casting!r}.")
    dst[...] = src if where is True else np.where(where, src, dst)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    diagonal = np.zeros(target_of_write(a, "fill_diagonal").shape, bool)
    np.fill_diagonal(diagonal, True, wrap)
    place(a, diagonal, val)


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    target_of_write(a, "put")
    if np.size(v):
        write_repeated(a, np.arange(a.size).take(np.ravel(values_of(ind)), mode=mode), v)


def place(arr: Any, mask: Any, vals: Any) -> None:
    target_of_write(arr, "place")
    mask, vals = np.not_equal(np.reshape(values_of(mask), arr.shape), 0), np.ravel(vals)
    if vals.size == 0:
        arr[mask] = vals  # which fits where the mask is False everywhere
        return
    which = (np.cumsum(mask) - 1) % vals.size  # of the values, over again from the first, for each element
    arr[...] = np.where(mask, np.reshape(np.take(vals, which), arr.shape), arr)


def putmask(a: Any, mask: Any, values: Any) -> None:
    mask = np.not_equal(np.reshape(values_of(mask), target_of_write(a, "putmask").shape), 0)
    if np.size(values) == 0:  # nothing to write, and NumPy writes nothing
        return
    a[...] = np.where(mask, np.resize(values, a.shape), a)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    target_of_write(arr, "put_along_axis")
    indices = np.asarray(values_of(indices))
    if axis is None:
        arr[np.unravel_index(np.arange(arr.size)[indices], arr.shape)] = values
        return
    axis = range(arr.ndim)[axis]
    key = list(np.ogrid[tuple(map(slice, indices.shape))])
    key[axis] = indices
    arr[tuple(key)] = values


def ufunc_at(ufunc: Any, a: Any, indices: Any, *b: Any) -> None:
    """`np.add.at(a, indices, b)` and its kin, also of one argument: what is named again is computed again, in this order.

    Each time that a place is named again is a write of its own, but for `add` and `subtract`, which are one.
    """
    indices = values_of(indices)
    if ufunc in (np.add, np.subtract):
        a[...] = add_to(a, indices, b[0] if ufunc is np.add else np.negative(b[0]))
        return
    places = np.arange(a.size).reshape(a.shape)[indices]
    others = [np.broadcast_to(x, places.shape).reshape((-1,)) for x in b]
    places = np.ravel(places)
    order = np.argsort(places, kind="stable")
    firsts = np.flatnonzero(np.diff(places[order], prepend=-1))
    before = np.arange(places.size) - np.repeat(firsts, np.diff(firsts, append=places.size))
    times = before[np.argsort(order)]  # how often a place was named before
    rounds = np.split(np.argsort(times, kind="stable"), np.cumsum(np.bincount(times)))[:-1]
    operands = [[x[now] for x in others] for now in rounds]  # before the first write: they may be parts of `a`
    for now, values in zip(rounds, operands, strict=True):
        key = np.unravel_index(places[now], a.shape)
        a[key] = ufunc(a[key], *values)


def write_repeated(a: Any, places: Any, values: Any) -> None:
    """Write into places of the flattened `a`: of several values as many as needed, over again from the first; of none nothing."""
    if places.ndim and np.ndim(values):
        if not np.size(values):
            return
        values = np.resize(values, places.size)
    a[np.unravel_index(places, a.shape)] = values


# fmt: off
IN_PLACE: dict[Callable[..., Any], Callable[..., None]] = {
    np.copyto:         copyto,
    np.fill_diagonal:  fill_diagonal,
    np.put:            put,
    np.place:          place,
    np.putmask:        putmask,
    np.put_along_axis: put_along_axis,
}
# fmt: on


class FlatIterator:
    """`t.flat`: the elements in one axis, in C order, to be read and written."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __getitem__(self, key: Any) -> Any:
        part = self._tensor.ravel()[key]
        return part.copy() if part.ndim else part

    def __setitem__(self, key: Any, value: Any) -> None:
        write_repeated(self._tensor, np.arange(self._tensor.size)[values_of(key)], value)

    def __len__(self) -> int:
        return int(self._tensor.size)

    def __iter__(self) -> Any:
        return iter(self._tensor.ravel())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._tensor.ravel().__array__(dtype, copy)

"""Layouts: how an array lies in memory, so that a copy can be reshaped and written into as the array itself."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["copied", "is_in_order", "laid_out", "layout_of"]


def copied(part: Any) -> Any:
    """A copy of a view that NumPy reshapes and multiplies as the view: with a gap wherever the view has one.

    >>> copied(np.ones((3, 4))[:, :2]).strides, copied(np.ones((3, 4))[:, 0]).strides
    ((24, 8), (16,))
    """
    if part.flags.c_contiguous:
        return part.copy()
    return laid_out(part, layout_of(part))


def is_in_order(array: Any, order: str) -> bool:
    """True if NumPy's option `order` asks for no other layout than that of `array`."""
    return order in ("K", "A") or bool(array.flags.c_contiguous if order == "C" else array.flags.f_contiguous)


def layout_of(array: Any) -> Any:
    """How `array` lies in memory: its axes from the slowest to the fastest, where there are gaps, which axes run backwards.

    None for an array in C order without gaps.
    """
    return None if array.flags.c_contiguous else layout_by_strides(array.shape, array.strides, array.itemsize)


@functools.lru_cache(maxsize=1024)
def layout_by_strides(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> Any:
    """The layout of an array that is not in C order, or has gaps."""
    steps = [abs(stride) for stride in strides]
    order = sorted((i for i, n in enumerate(shape) if n != 1), key=lambda i: -steps[i])  # a step along one element is never made
    sizes = [steps[i] * shape[i] for i in order[1:]] + [itemsize]
    gaps = tuple(steps[i] != size for i, size in zip(order, sizes, strict=True))
    return tuple(order), gaps, tuple(stride < 0 for stride in strides)


def laid_out(array: Any, layout: Any) -> Any:
    """A copy of `array` with a layout."""
    if layout is None:
        return np.array(array, order="C")
    size, offset, strides = arrangement(array.shape, array.itemsize, layout)
    made: Any = as_strided(np.empty(size, array.dtype)[offset // array.itemsize :], array.shape, strides)
    made[...] = array
    return made


@functools.lru_cache(maxsize=1024)
def arrangement(shape: tuple[int, ...], itemsize: int, layout: Any) -> tuple[int, int, tuple[int, ...]]:
    """The elements of memory that a layout takes, with one for each gap; where the first is, and the strides, in bytes."""
    order, gaps, backwards = layout
    strides, offset, step = [0] * len(shape), 0, itemsize * (1 + gaps[-1])
    for i, gap in zip(reversed(order), (*reversed(gaps[:-1]), False), strict=True):
        strides[i] = -step if backwards[i] else step
        offset += (shape[i] - 1) * step if backwards[i] else 0
        step *= shape[i] + gap
    return step // itemsize, offset, tuple(strides)

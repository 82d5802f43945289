"""Layouts: how an array lies in memory, which decides whether NumPy reshapes it without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["copied", "layout_of", "room"]


def copied(part: Any) -> Any:
    """A copy of a view that NumPy reshapes and multiplies as the view: with a gap wherever the view has one.

    >>> copied(np.ones((3, 4))[:, :2]).strides, copied(np.ones((3, 4))[:, 0]).strides
    ((24, 8), (16,))
    """
    if part.flags.c_contiguous:
        return part.copy()
    made = room(part.shape, part.dtype, layout_of(part))
    made[...] = part
    return made


def layout_of(array: Any) -> Any:
    """How `array` lies in memory: its axes from the slowest to the fastest, where there are gaps, which axes run backwards.

    None for an array in C order without gaps.
    """
    if array.flags.c_contiguous:
        return None
    strides = [abs(stride) for stride in array.strides]
    order = sorted(range(array.ndim), key=lambda i: -strides[i])
    sizes = [strides[i] * array.shape[i] for i in order[1:]] + [array.itemsize]
    gaps = tuple(int(strides[i] != size) for i, size in zip(order, sizes, strict=True))
    return tuple(order), gaps, tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)


def room(shape: tuple[int, ...], dtype: Any, layout: Any) -> Any:
    """An empty array with a layout."""
    if layout is None:
        return np.empty(shape, dtype)
    order, gaps, directions = layout
    lengths = [shape[i] + gap for i, gap in zip(order, (0, *gaps), strict=False)]
    filled: Any = (*(slice(shape[i]) for i in order), 0)
    whole = np.empty((*lengths, 1 + gaps[-1]), dtype)[filled]
    return whole.transpose(sorted(range(len(order)), key=order.__getitem__))[directions]

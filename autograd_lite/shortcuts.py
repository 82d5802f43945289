"""Shortcuts: what NumPy computes too, sooner."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

__all__ = ["dropped", "kept", "mean", "sum_of_rows"]

INTEGERS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def sum_of_rows(x: Any) -> Any:
    """`np.add.reduce(x, 0)` of two axes: BLAS multiplies by a row of ones in a third of the time, and adds in several strands.

    >>> sum_of_rows(np.ones((3, 2)))
    array([3., 3.])
    """
    row = row_of_ones(len(x), x.dtype)
    return row.dot(x) if row is not None and x.flags.c_contiguous else np.add.reduce(x, 0)


def mean(a: Any, axis: Any, dtype: Any, out: Any, keepdims: Any, *, where: Any = np._NoValue) -> Any:
    """`np.mean`, in a third of the time where it is the sum over a number that the dtype has: half precision is added in single.

    >>> mean(np.array([1.0, 2.0]), None, None, None, False)
    np.float64(1.5)
    """
    if a.dtype.char not in "fd" or not 1 < a.size <= 2**24 or dtype is not None or out is not None or where is not np._NoValue:
        return np.mean(a, axis, dtype, out, keepdims, where=where)
    total = np.add.reduce(a, axis, keepdims=keepdims)
    return total / (a.size // total.size)


@functools.lru_cache(maxsize=64)
def row_of_ones(length: int, dtype: Any) -> Any:
    """Ones, to sum rows by; None where BLAS would not, or adds too many less exactly."""
    return np.ones(length, dtype) if dtype.char in "fd" and length <= 4096 else None


def kept(mask: Any, g: Any) -> Any:
    """`np.where(mask, g, 0)`, for a Tensor too. A processor guesses each element's way there, and half of the guesses are wrong;
    "and" with bits that are all 1 or all 0 takes an eighth of the time.

    >>> kept(np.array([True, False]), np.array([np.inf, np.nan]))
    array([inf,  0.])
    """
    if g.__class__ is np.ndarray and g.size > 1000 and g.flags.c_contiguous:
        integer = INTEGERS.get(g.dtype)
        if integer is not None and mask.__class__ is np.ndarray and mask.dtype == bool and mask.shape == g.shape:
            bits = np.negative(mask.view(np.int8)).astype(integer)
            return np.bitwise_and(bits, g.view(integer), bits).view(g.dtype)
    return np.where(mask, g, 0)


def dropped(mask: Any, g: Any) -> Any:
    """`np.where(mask, 0, g)`, for a Tensor too.

    >>> dropped(np.array([True, False]), np.array([1.0, 2.0]))
    array([0., 2.])
    """
    return kept(np.logical_not(mask), g) if g.size > 1000 else np.where(mask, 0, g)

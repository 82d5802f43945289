"""scipy.signal.convolve with derivatives by both arrays, along any number of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import primitive
from .by_formula import by_formula
from .needed import needed

signal = needed("scipy.signal")


def full_convolution(a: Any, b: Any) -> Any:
    """The whole convolution."""
    return signal.convolve(a, b, "full", "direct")


def inner(g: Any, b: Any, shape: tuple[int, ...]) -> Any:
    """The transposed map: g convolved with b reversed, where it has all of b."""
    start = [n - 1 for n in b.shape]
    return recorded_convolution(g, np.flip(b))[tuple(slice(i, i + n) for i, n in zip(start, shape, strict=True))]


recorded_convolution = primitive(
    full_convolution, trusted=True, a=lambda g, a_shape, b: inner(g, b, a_shape), b=lambda g, a, b_shape: inner(g, a, b_shape)
)


def formula(in1: Any, in2: Any, mode: str, method: str) -> Any:
    """The part of the whole that a mode keeps: its middle of the length of in1, or what no edge reaches."""
    found = recorded_convolution(in1, in2)
    if mode == "full":
        return found
    lengths = [n if mode == "same" else max(n, m) - min(n, m) + 1 for n, m in zip(in1.shape, in2.shape, strict=True)]
    starts = [(total - n) // 2 for total, n in zip(found.shape, lengths, strict=True)]
    return found[tuple(slice(i, i + n) for i, n in zip(starts, lengths, strict=True))]


convolve = by_formula("convolve", signal.convolve, formula, "in1, in2, mode='full', method='auto'", ("mode", "method"))


def __getattr__(name: str) -> Any:
    return getattr(signal, name)


__all__ = ["convolve"]

"""Padding: elements put around the last axes, of a value or taken from the input."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..module import as_operand

__all__ = ["pad"]

MODES = {"constant": "constant", "zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's name: NumPy's."""

Width = tuple[tuple[int, int], ...]


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Elements put before and behind each of the last axes, or taken away where a number is negative.

    Parameters
    ----------
    input
        Any shape.
    pad
        For the last axis how many before and how many behind, then for the one before it, and so on.
    mode
        "constant"; "reflect" (without repeating the edge), "replicate" (the edge) or "circular".
    value
        With "constant"; default 0.

    Raises
    ------
    ValueError
        The numbers are not pairs for axes that there are; more would be taken away or reflected than there is.

    Examples
    --------
    >>> pad(np.array([1.0, 2.0, 3.0]), (1, 2))
    array([0., 1., 2., 3., 0., 0.])
    >>> pad(np.array([1.0, 2.0, 3.0]), (-1, 2), mode="reflect")
    array([2., 3., 2., 1.])
    """
    input, numbers = as_operand(input), tuple(pad) if np.iterable(pad) else (pad,)
    if len(numbers) % 2 or len(numbers) > 2 * input.ndim or not all(isinstance(n, (int, np.integer)) for n in numbers):
        raise ValueError(f"pad: pad={pad!r} must be pairs of integers, at most {input.ndim} of them for shape {input.shape}.")
    if mode not in MODES or mode == "zeros":
        raise ValueError(f"pad: mode={mode!r}; write 'constant', 'reflect', 'replicate' or 'circular'.")
    if value is not None and mode != "constant":
        raise ValueError(f"pad: value={value} has no meaning with mode={mode!r}.")
    width = tuple((int(before), int(behind)) for before, behind in zip(numbers[-2::-2], numbers[::-2]))
    return pad_axes("pad: mode", input, width, mode, value or 0.0)


def pad_axes(option: str, input: Any, width: Width, mode: str, value: float = 0.0) -> Any:
    """The input with so many elements before and behind each of the last axes; its own are put there once at most."""
    if not width:
        return input
    lengths = input.shape[-len(width) :]
    if any(min(before, 0) + n + min(behind, 0) < 0 for (before, behind), n in zip(width, lengths)):
        raise ValueError(f"{option}={mode!r} with {width} takes more away than the lengths {lengths}.")
    if MODES[mode] != "constant":
        less = mode == "reflect"
        if any(max(pair) > (n - less if mode != "replicate" or n == 0 else math.inf) for pair, n in zip(width, lengths)):
            raise ValueError(f"{option}={mode!r} cannot put {width} elements around {lengths}. Write a smaller padding.")
    if mode == "circular":  # goes around what is left
        return wider(without(input, width), width, mode, value)
    return without(wider(input, width, mode, value), width)


def without(input: Any, width: Width) -> Any:
    """The input less what negative numbers take away."""
    kept = [slice(-min(before, 0), min(behind, 0) or None) for before, behind in width]
    return input if all(part == slice(0, None) for part in kept) else input[(..., *kept)]


def wider(input: Any, width: Width, mode: str, value: float) -> Any:
    """The input with what positive numbers put around it."""
    more = [(0, 0)] * (input.ndim - len(width)) + [(max(before, 0), max(behind, 0)) for before, behind in width]
    if not any(map(any, more)):
        return input
    options = {"constant_values": value} if MODES[mode] == "constant" else {}
    return np.pad(input, more, mode=MODES[mode], **options)  # type: ignore[call-overload]

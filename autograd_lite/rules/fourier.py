"""Fourier transforms: each is linear, and its rule is a transform again.

The matrix of `fft` is symmetric: it is its own transpose, with the same norm. That of a transform between real numbers and half
of a spectrum counts those frequencies twice that stand for two: all but 0 and the last one of an even length. A transform over
several axes is one over each in turn, as NumPy computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .indexing import scatter
from .products import with_shape
from .row import Row


def of_length(g: Any, a_shape: tuple[int, ...], axis: int) -> Any:
    """`g`, cut or filled up with zeros along the axis to the shape of the argument, as the transform had done with that."""
    n, m = a_shape[axis], g.shape[axis]
    if n == m:
        return g
    first = (slice(None),) * (axis % len(a_shape)) + (slice(min(n, m)),)
    return scatter(g[first], first, a_shape)


def frequencies(g: Any, spectrum: Any, axis: int) -> Any:
    """The half of a spectrum in which each frequency counts as often as it stands in the whole, of which `g` has the length."""
    n = g.shape[axis]
    often = np.asarray([1 if k in (0, n / 2) else 2 for k in range(n // 2 + 1)], g.dtype)
    return spectrum * often.reshape([-1 if i == axis % g.ndim else 1 for i in range(g.ndim)])


def fft_a(g: Any, a_shape: tuple[int, ...], n: int | None, axis: int, norm: Any) -> Any:
    """Also for `rfft`: the length fills `g` up, and the engine takes the real part."""
    return of_length(np.fft.fft(g, a_shape[axis] if n is None else n, axis, norm), a_shape, axis)


def ifft_a(g: Any, a_shape: tuple[int, ...], n: int | None, axis: int, norm: Any) -> Any:
    return of_length(np.fft.ifft(g, a_shape[axis] if n is None else n, axis, norm), a_shape, axis)


def irfft_a(g: Any, a_shape: tuple[int, ...], axis: int, norm: Any) -> Any:
    return of_length(frequencies(g, np.fft.ihfft(g, None, axis, norm), axis), a_shape, axis)


def hfft_a(g: Any, a_shape: tuple[int, ...], axis: int, norm: Any) -> Any:
    return of_length(frequencies(g, np.fft.rfft(g, None, axis, norm), axis), a_shape, axis)


# fmt: off
_ONE = "a, n=None, axis=-1, norm=None, out=None"
RULES: dict[Any, Any] = {
    # complex to complex; real to half a spectrum     half a spectrum to real
    np.fft.fft:   Row(_ONE, a=fft_a),                 np.fft.irfft: Row(_ONE, a=irfft_a),
    np.fft.ifft:  Row(_ONE, a=ifft_a),                np.fft.hfft:  Row(_ONE, a=hfft_a),
    np.fft.rfft:  Row(_ONE, a=fft_a),
    np.fft.ihfft: Row(_ONE, a=ifft_a),
}
# fmt: on


# -- over several axes --------------------------------------------------------------------------------------------


FORWARDS = not hasattr(np, "matvec")  # until NumPy 2.2 rfftn took the axes before the last one in rising order


def lengths(shape: tuple[int, ...], s: Any, axes: Any, to_real: bool) -> list[tuple[int, int]]:
    """The length of the transform along each axis, and the axis; -1 is the length that the axis has."""
    if axes is None:
        axes = range(-(len(shape) if s is None else len(s)), 0)
    axes = [int(axis) for axis in axes]
    given = [-1] * len(axes) if s is None else [-1 if n is None else int(n) for n in s]
    if len(given) != len(axes):
        raise ValueError(f"s has {len(given)} lengths for {len(axes)} axes: there must be one for each.")
    found = [shape[axis] if n == -1 else n for n, axis in zip(given, axes, strict=True)]
    if to_real and s is None:
        found = [*found[:-1], 2 * (shape[axes[-1]] - 1)]
    return list(zip(found, axes, strict=True))


def over_axes(function: Any, last: Any, order: int, name: str, plane: bool) -> Callable[..., Any]:
    """`function` over each axis, and `last` over the last one; `order` is that in which NumPy takes the axes: -1 is backwards."""
    default = (-2, -1) if plane else None

    def transform(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        if out is not None:
            raise TypeError(f"{name}: out= is not supported: a Tensor is the result of one call. Write t = np.fft.{name}(...).")
        a = with_shape(a)
        steps = lengths(a.shape, s, axes, last is np.fft.irfft)
        functions = [function] * (len(steps) - 1) + [last]
        calls = list(zip(functions, steps, strict=bool(steps)))[::order]
        if last is np.fft.rfft and FORWARDS:
            calls = [*calls[:1], *calls[:0:-1]]
        for one, (n, axis) in calls:
            a = one(a, n, axis, norm)
        return a

    return transform


def zero_in_the_middle(sign: int) -> Callable[..., Any]:
    """The zero frequency to the middle, or back."""

    def shift(x: Any, axes: Any = None) -> Any:
        x = with_shape(x)
        along = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, (int, np.integer)) else tuple(axes)
        return np.roll(x, [sign * (x.shape[i] // 2) for i in along], along)

    return shift


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.fft.fft2:      over_axes(np.fft.fft,  np.fft.fft,   -1, "fft2", True),
    np.fft.fftn:      over_axes(np.fft.fft,  np.fft.fft,   -1, "fftn", False),
    np.fft.ifft2:     over_axes(np.fft.ifft, np.fft.ifft,  -1, "ifft2", True),
    np.fft.ifftn:     over_axes(np.fft.ifft, np.fft.ifft,  -1, "ifftn", False),
    np.fft.rfft2:     over_axes(np.fft.fft,  np.fft.rfft,  -1, "rfft2", True),
    np.fft.rfftn:     over_axes(np.fft.fft,  np.fft.rfft,  -1, "rfftn", False),
    np.fft.irfft2:    over_axes(np.fft.ifft, np.fft.irfft,  1, "irfft2", True),
    np.fft.irfftn:    over_axes(np.fft.ifft, np.fft.irfft,  1, "irfftn", False),
    np.fft.fftshift:  zero_in_the_middle(1),
    np.fft.ifftshift: zero_in_the_middle(-1),
}
# fmt: on

__all__ = ["COMPOSITIONS", "RULES", "fft_a", "hfft_a", "ifft_a", "irfft_a", "lengths", "of_length"]

"""Convolutions and filters of scipy.signal, with derivatives by the signals and by what they are filtered with."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import conj
from ..numpy.delegation import taking_lists
from .by_formula import by_formula
from .needed import needed
from .options import by_scipys_formula, handed_through, with_options

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


def formula(in1: Any, in2: Any, mode: str, method: str, later: bool = False) -> Any:
    """The part of the whole that a mode keeps: its middle of the length of in1, or what no edge reaches.

    Of two middles it is the first, and with `later` the second.
    """
    found = recorded_convolution(in1, in2)
    if mode == "full":
        return found
    lengths = [n if mode == "same" else max(n, m) - min(n, m) + 1 for n, m in zip(in1.shape, in2.shape, strict=True)]
    starts = [(total - n + later) // 2 for total, n in zip(found.shape, lengths, strict=True)]
    return found[tuple(slice(i, i + n) for i, n in zip(starts, lengths, strict=True))]


ARRAYS, MODE = "in1, in2, mode='full'", ("mode", "method")
along_all = by_formula("convolve", signal.convolve, formula, f"{ARRAYS}, method='auto'", MODE)
correlate = by_formula(
    "correlate", signal.correlate, lambda in1, in2, mode, method: formula(in1, conj(np.flip(in2)), mode, method),
    f"{ARRAYS}, method='auto'", MODE,
)  # fmt: skip


def fftconvolve_value(in1: Any, in2: Any, mode: str) -> Any:
    """The convolution of two arrays by Fourier transforms, scipy.signal's `fftconvolve(in1, in2, mode="full")`.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: fftconvolve(x, np.array([1.0, 2.0]))[1])(np.zeros(2)).round(6)
    array([2., 1.])
    """
    return signal.fftconvolve(in1, in2, mode)


fftconvolve = by_formula(
    "fftconvolve", fftconvolve_value, lambda in1, in2, mode: formula(in1, in2, mode, "fft"), ARRAYS, MODE[:1]
)


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto", *, axes: Any = None, dot_axes: Any = ((), ())) -> Any:
    """As scipy.signal.convolve; or along some axes alone, as HIPS autograd's.

    Parameters
    ----------
    in1, in2, mode, method
        SciPy's.
    axes
        A pair of lists: the axes of in1 that are convolved, and those of in2. All, if it is not given.
    dot_axes
        A pair of lists of axes that are multiplied and summed over, as by `np.tensordot`: channels.

    Returns
    -------
    array
        With `axes`: first the other axes of in1, then those of in2, then the convolved ones.

    Examples
    --------
    >>> images, filters = np.ones((5, 3, 8, 8)), np.ones((3, 4, 2, 2))
    >>> convolve(images, filters, axes=([2, 3], [2, 3]), dot_axes=([1], [0]), mode="valid").shape
    (5, 4, 7, 7)
    """
    if axes is None:
        return along_all(in1, in2, mode, method)
    (of_1, of_2), (dot_1, dot_2) = ([[i % np.ndim(x) for i in k] for x, k in zip((in1, in2), two)] for two in (axes, dot_axes))
    sides = [np.shape(in2)[i] for i in of_2]
    around = [(0, 0)] * np.ndim(in1)
    for i, side in zip(of_1, sides, strict=True):
        around[i] = (side - 1, side - 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(in1, around), sides, axis=tuple(of_1))
    inside = [np.ndim(in1) + k for k in range(len(sides))]
    whole = np.tensordot(windows, np.flip(in2, tuple(of_2)), (dot_1 + inside, dot_2 + of_2))
    left = [i for i in range(np.ndim(in1)) if i not in dot_1]
    whole = np.moveaxis(whole, [left.index(i) for i in of_1], list(range(-len(of_1), 0)))
    lengths = [np.shape(in1)[i] for i in of_1]
    kept = lengths if mode == "same" else [abs(n - m) + 1 for n, m in zip(lengths, sides, strict=True)]
    cuts = [slice((n + m - 1 - k) // 2, (n + m - 1 - k) // 2 + k) for n, m, k in zip(lengths, sides, kept, strict=True)]
    middle: Any = (..., *cuts)
    return whole if mode == "full" else whole[middle]


convolve2d = by_scipys_formula(
    signal.convolve2d, lambda in1, in2, mode: formula(in1, in2, mode, "direct"), ("in1", "in2")
)  # fmt: skip
correlate2d = by_scipys_formula(
    signal.correlate2d, lambda in1, in2, mode: formula(in1, conj(np.flip(in2)), mode, "direct", True), ("in1", "in2")
)  # fmt: skip
oaconvolve = by_scipys_formula(
    signal.oaconvolve, lambda in1, in2, mode: formula(in1, in2, mode, "fft"), ("in1", "in2")
)  # fmt: skip


# -- recursive filters ----------------------------------------------------------------------------------------------------


def along_last(b: Any, a: Any, x: Any) -> Any:
    """The y with a[0] y[n] + a[1] y[n - 1] + ... = b[0] x[n] + b[1] x[n - 1] + ..., along the last axis."""
    return signal.lfilter(b, a, x)


def by_delays(g: Any, x: Any, n: int) -> Any:
    """The sum of g[i] x[i - k], for k = 0, ..., n - 1."""
    length = x.shape[-1]
    return np.stack([np.sum(g[..., k:] * x[..., : max(length - k, 0)]) for k in range(n)])


along_last.__name__ = "lfilter"
filtered: Any = primitive(
    along_last, trusted=True,
    b=lambda g, b_shape, a, x: by_delays(g, filtered(np.ones(1), a, x), b_shape[0]),
    a=lambda g, y, a: -by_delays(g, filtered(np.ones(1), a, y), a.shape[0]),
    x=lambda g, b, a: np.flip(filtered(b, a, np.flip(g, -1)), -1),
)  # fmt: skip


@taking_lists
def along_axis(b: Any, a: Any, x: Any, axis: int = -1) -> Any:
    found = filtered(np.ravel(b), np.ravel(a), np.moveaxis(x, axis, -1))
    return np.moveaxis(found, -1, axis)


lfilter = with_options(signal.lfilter, along_axis, ("b", "a", "x", "axis"))

INSTEAD = {
    "deconvolve": "lfilter(signal, divisor, impulse), which divides polynomials",
    "filtfilt": "lfilter forward, and lfilter of the result reversed, without SciPy's starting values",
    "hilbert": "fft.ifft of fft.fft with the negative frequencies 0, and the positive ones twice",
    "savgol_filter": "signal.convolve(x, signal.savgol_coeffs(window, order), 'valid')",
    "sosfilt": "lfilter(s[:3], s[3:], x) for one section after the other",
}


def __getattr__(name: str) -> Any:
    return handed_through("signal", getattr(signal, name), INSTEAD)


__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "fftconvolve", "lfilter", "oaconvolve"]

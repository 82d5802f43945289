"""The rows of Fourier transforms, of odd and even lengths, cut and filled up, over any axes."""

import numpy as np

from .row import Call, Row

NORMS = (None, "backward", "ortho", "forward")
DOUBLE = (np.float32, np.float64, np.longdouble)


def length(s, at_least=1):
    return s.among(*range(at_least, 7))


def options_of_one(s, ndim, at_least=1):
    return {**s.some(n=length(s, at_least), norm=s.among(*NORMS)), "axis": s.among(-1, *range(ndim))}


def along_one_axis(function):
    def draw(s):
        a = s.array(s.shape(2 if function in (np.fft.irfft, np.fft.hfft) else 1, ndim=s.among(1, 2)))
        return Call(function, (a,), options_of_one(s, a.ndim), precisions=DOUBLE)

    return Row(function, draw)


def along_axes(function):
    """The axes may repeat; of a length -1 stands for the one that is there."""

    def draw(s):
        a = s.array(s.shape(2, ndim=s.among(2, 3)))
        options = s.some(norm=s.among(*NORMS))
        axes = s.among((-2, -1), (0,), (1, 0), (0, -1, 0), (1, 1))
        if s.among(True, False):
            options["axes"] = axes
        if s.among(True, False):
            number = len(axes) if "axes" in options else 2
            options |= {"axes": options.get("axes", (-2, -1)), "s": tuple(s.among(-1, length(s, 2)) for _ in range(number))}
        return Call(function, (a,), options, precisions=DOUBLE)

    return Row(function, draw)


def shift(function):
    def draw(s):
        a = s.array(s.shape(ndim=s.among(1, 2)))
        return Call(function, (a,), s.some(axes=s.among(0, -1, tuple(range(a.ndim)))))

    return Row(function, draw)


ROWS = (
    *map(along_one_axis, (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)),
    *(along_axes(getattr(np.fft, f"{name}2")) for name in ("fft", "ifft", "rfft", "irfft")),
    *(along_axes(getattr(np.fft, f"{name}n")) for name in ("fft", "ifft", "rfft", "irfft")),
    shift(np.fft.fftshift),
    shift(np.fft.ifftshift),
)

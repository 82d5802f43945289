"""The rows of functions of neighbours along an axis."""

import numpy as np

from autograd_lite import strategies
from autograd_lite.rules import sequences

from .row import NONZERO, Call, Kink, Row, half, some_zeros


def differences(s):
    ndim = s.among(1, 2, 3)
    shape, axis = s.shape(ndim=ndim), s.axis(ndim, int)
    end = tuple(2 if i == axis % ndim else n for i, n in enumerate(shape))
    options = {"n": s.among(1, 1, 2, 3), "axis": axis}
    ends = s.some(prepend=s.array(s.among((), end)), append=s.array(s.among((), end)))
    names = tuple(ends)

    def call(a, *given, **rest):
        return np.diff(a, **dict(zip(names, given)), **rest)

    return Call(call, (s.array(shape), *ends.values()), options)


def differences_1d(s):
    ends = s.some(to_end=s.array(s.shape(ndim=s.among(0, 1))), to_begin=s.array(s.shape(ndim=s.among(0, 2))))
    names = tuple(ends)

    def call(a, *given):
        return np.ediff1d(a, **dict(zip(names, given)))

    return Call(call, (s.array(s.shape()), *ends.values()))


def slopes(s):
    ndim = s.among(1, 2, 3)
    shape = tuple(s.among(3, 4, 5) for _ in range(ndim))
    axes = s.among(None, *range(-ndim, ndim), tuple(range(ndim)), (0, -1) if ndim > 1 else (0,))
    chosen = range(ndim) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    uneven = [np.cumsum(s.array((shape[i],), strategies.between(0.5, 2))) for i in chosen]
    even = [np.arange(shape[i]) * 2 for i in chosen]
    spacings = s.among([], [0.5], [0.25 * (i + 1) for i, _ in enumerate(chosen)], uneven, even, [0.5, *uneven[1:]])
    options = {"axis": axes, **s.some(edge_order=2)}
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0 and s.among(True, False):
        return Call(np.gradient, (s.array(shape), s.array((), strategies.between(0.5, 2))), options)
    if len(spacings) == 1 and spacings[0] is uneven[0]:
        return Call(np.gradient, (s.array(shape), *spacings), options)
    return Call(np.gradient, (s.array(shape),), options, lambda f: (f, *spacings))


def integral(s):
    ndim = s.among(1, 2, 3)
    shape, axis = s.shape(1, ndim), s.axis(ndim, int)
    y, x = s.array(shape), s.array(s.among((shape[axis],), shape))
    return s.among(
        Call(np.trapezoid, (y,), {"axis": axis}),
        Call(np.trapezoid, (y, x), {"axis": axis}),
        Call(np.trapezoid, (y, s.array((), NONZERO)), {"axis": axis}, lambda y, dx: (y, None, dx)),
    )


def doubles(*arrays):
    """np.interp takes no more than double precision."""
    return tuple(x.astype(float) if x.dtype == np.longdouble else x for x in arrays)


def interpolated(function):
    """Points apart from each other, and places away from them: before, between and behind."""

    def draw(s):
        n, shape = s.among(1, 2, 3, 4), s.shape()
        xp = np.arange(n) + s.rng.uniform(-0.1, 0.1, n)
        x = s.rng.integers(-1, n, shape) + s.rng.uniform(0.3, 0.7, shape)
        fp = s.array((n,))
        if function is sequences.interp:
            return Call(function, (x, xp, fp), {}, doubles)
        if s.among(True, False):
            period = float(n)
            order = s.rng.permutation(n)
            return Call(function, (x, xp[order] + 2 * period, fp[order]), {"period": period}, doubles)
        return Call(function, (x, xp, fp), s.some(left=0.5, right=-2.0), doubles)

    return Row(function, draw)


def convolved(function):
    def draw(s):
        a, v = (s.array((s.among(1, 2, 3, 4, 5),)) for _ in range(2))
        return Call(function, (a, v), s.some(mode=s.among("full", "same", "valid")))

    return Row(function, draw)


def unwrapped(s):
    """Neighbours whose distance is nowhere near half a period."""
    ndim = s.among(1, 2)
    axis = s.axis(ndim, int)
    p = s.rng.integers(-2, 3, s.shape(ndim=ndim)) * 2.5 + s.rng.uniform(-0.05, 0.05)
    return Call(np.unwrap, (p,), {"axis": axis, **s.some(discont=4.0)})


def vandermonde(s):
    options = s.among({}, {"N": 0}, {"N": 1}, {"N": 2}, {"N": 4}) | s.some(increasing=True)
    return Call(np.vander, (s.array(s.shape(ndim=1), some_zeros),), options)


def doubles_of(*arrays):
    """Linear algebra knows single and double precision."""
    return tuple(x.astype(float) if x.dtype in (np.longdouble, np.float16) else x for x in arrays)


def fitted(function):
    """Through more points than there are coefficients, well apart from each other."""

    def draw(s):
        n, degree, many = s.among(4, 5), s.among(0, 1, 2), s.among((), (2,))
        x = np.linspace(-1, 1, n) + s.rng.uniform(-0.1, 0.1, n)
        y, w = s.array((n, *many)), s.array((n,), strategies.between(0.5, 2))
        if function is sequences.polyfit:
            return Call(function, (x, y, w), {"deg": degree}, doubles_of)
        if s.among(True, False):
            return Call(function, (x, y), {"deg": degree}, doubles_of)
        weighted = lambda x, y, w, **options: np.polyfit(x, y, w=w, **options)
        return Call(weighted, (x, y, w), {"deg": degree}, doubles_of)

    return Row(function, draw)


ROWS = (
    fitted(sequences.polyfit),
    fitted(np.polyfit),
    convolved(np.convolve),
    convolved(np.correlate),
    interpolated(sequences.interp),
    Row(np.unwrap, unwrapped),
    Row(np.vander, vandermonde),
    interpolated(np.interp),
    Row(np.diff, differences),
    Row(np.ediff1d, differences_1d),
    Row(np.gradient, slopes),
    Row(np.trapezoid, integral),
)

KINKS = {
    "interp at a point": Kink(
        lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), ([0.0, 1.0, 2.0, 3.0],), ([half, 2, 1.5, 0],)
    ),
    "interp at a point, by the values": Kink(lambda fp: np.interp([0.0, 1.0, 9.0], [0.0, 1.0], fp), ([5.0, 6.0],), ([1, 2],)),
    "interp at a point, by the points": Kink(lambda xp: np.interp(1.0, xp, [0.0, 1.0, 4.0]), ([0.0, 1.0, 2.0],), ([0, -2, 0],)),
    "interp beyond the points": Kink(
        lambda x, fp, left: np.interp(x, [0.0, 1.0], fp, left=left),
        ([-1.0, 0.5, 2.0], [1.0, 3.0], 7.0),
        ([0, 2, 0], [half, 1.5], 1),
    ),
    "vander at 0": Kink(np.vander, ([0.0, 0.0],), ([1, 1],)),
}

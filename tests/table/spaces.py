"""The rows of functions that space numbers between two."""

import numpy as np

from autograd_lite.rules import spaces

from .row import POSITIVE, REAL, Call, Kink, Row, wider


def spaced(function, domain):
    def draw(s):
        shapes = s.broadcastable(2)
        ndim = max(map(len, shapes))
        sign = s.among(1, -1)
        options = {
            "num": s.among(0, 1, 2, 5),
            **s.some(endpoint=False, axis=s.among(*range(-ndim - 1, ndim + 1)), dtype=wider(s)),
        }
        if function is np.linspace and options["num"] > 1:
            options |= s.some(retstep=True)
        call = Call(function, tuple(sign * s.array(shape, domain) for shape in shapes), options)
        held = s.among(0, 1, None)
        if held is None or len(shapes[1 - held]) < ndim:
            return call
        return call.holding(held, s.among(sign * 1.5, sign * 2))

    return Row(function, draw)


def powers(s):
    *of_ends, of_base = s.broadcastable(3)
    ends = tuple(map(s.array, of_ends))
    options = {"num": s.among(0, 1, 2, 4), **s.some(endpoint=False, dtype=wider(s))}
    if s.among(True, False):
        ndim = max(map(len, of_ends))
        return Call(np.logspace, ends, options | s.some(base=s.among(2, 3.0), axis=s.among(*range(-ndim - 1, ndim + 1))))
    to_base = lambda start, stop, base, **options: np.logspace(start, stop, base=base, **options)
    return Call(to_base, (*ends, s.array(of_base, POSITIVE)), options | s.some(axis=s.among(0, -1)))


ROWS = (
    spaced(spaces.evenly_spaced, REAL),
    spaced(np.linspace, REAL),
    spaced(np.geomspace, POSITIVE),
    Row(np.logspace, powers),
)

KINKS = {
    "linspace: the ends are the ends": Kink(lambda a, b: np.linspace(a, b, 3) * [1, 0, 4], (1.0, 2.0), (1, 4)),
    "geomspace: the ends are the ends": Kink(lambda a, b: np.geomspace(a, b, 3) * [1, 0, 4], (1.0, 4.0), (1, 4)),
}

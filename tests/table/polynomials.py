"""The rows of polynomials: real and complex coefficients, first zeros, shorter and longer ones."""

import numpy as np

from .row import NONZERO, Call, Kink, Row, lapack, some_zeros


def value(s):
    call = Call(np.polyval, (s.array(s.shape(1, ndim=1)), s.array(s.shape())))
    return s.among(call, call, call.holding(1, s.among(0.5, [0.5, 2.0])), call.holding(0, s.among([1.0, 2.0, 3.0], [1])))


def roots_or_matrix(s):
    if s.among(True, False):
        return Call(np.poly, (s.array((s.among(1, 2, 4),)),))
    return lapack(np.poly, (np.diag(np.arange(3.0)) + 0.3 * s.array((3, 3)),))


def of_two(function, domain=some_zeros):
    """Of lengths from 1 on, one of them without a derivative sometimes."""

    def draw(s):
        call = Call(function, tuple(s.array((s.among(1, 2, 4),), domain) for _ in range(2)))
        return s.among(call, call, call.holding(0, [0.0, 2.0]), call.holding(1, [1.5, 0.0, -1.0]))

    return Row(function, draw)


def division(s):
    """The quotient, and the end of the remainder: its length depends on what rounds to 0."""

    def divided(u, v):
        quotient, rest = np.polydiv(u, v)
        return quotient, rest[-1:]

    return Call(divided, tuple(s.array((s.among(1, 2, 4),), NONZERO) for _ in range(2)))


def slope(s):
    return Call(np.polyder, (s.array(s.shape(1, ndim=1)),), s.some(m=2))


def integral(s):
    options = s.among({}, {"m": 2}, {"k": 0.5}, {"m": 2, "k": [1.5, -0.5]}, {"m": 2, "k": 2.0})
    return Call(np.polyint, (s.array(s.shape(1, ndim=1)),), options)


ROWS = (
    Row(np.polyval, value),
    Row(np.poly, roots_or_matrix),
    of_two(np.polyadd),
    of_two(np.polysub),
    of_two(np.polymul, NONZERO),
    Row(np.polydiv, division),
    Row(np.polyder, slope),
    Row(np.polyint, integral),
)

KINKS = {
    "polyval at 0": Kink(lambda x: np.polyval([3.0, 2.0, 1.0], x), ([0.0],), ([2.0],)),
    "poly of roots that are equal": Kink(lambda r: np.poly(r) * [1, 2, 4], ([1.0, 1.0],), ([2, 2],)),
}

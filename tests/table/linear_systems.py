"""The rows of linear systems: solutions, inverses, determinants."""

import numpy as np

from .decompositions import SQUARE, side, stacked, tall_or_wide
from .row import Kink, Row, lapack


def square(s):
    n = side(s)
    return s.array(stacked(s, n, n), SQUARE)


def of_square(function):
    return Row(function, lambda s: lapack(function, (square(s),)))


def solve(s):
    a = square(s)
    n = a.shape[-1]
    b = s.array(s.among((n,), (n, 2), (2, n, 1), (*a.shape[:-1], 2)))
    return lapack(np.linalg.solve, (a, b))


def pinv(s):
    if s.among(True, False, False):
        a = square(s)
        return lapack(np.linalg.pinv, (a + a.mT,), {"hermitian": True}) if np.linalg.cond(a + a.mT).max() < 20 else pinv(s)
    return lapack(np.linalg.pinv, (tall_or_wide(s),), s.some(rcond=1e-10))


def lstsq(s):
    """The rank is no number to differentiate by, and there are sums of squares only for tall matrices of full rank."""
    m, n = s.among((4, 2), (3, 3), (2, 4), (3, 1))
    a, b = s.array((m, n), SQUARE), s.array(s.among((m,), (m, 2)))
    chosen = (0, 1, 3) if m > n else (0, 3)

    def of_numbers(a, b):
        found = np.linalg.lstsq(a, b, rcond=None)
        return tuple(found[k] for k in chosen)

    return lapack(of_numbers, (a, b))


def tensorsolve(s):
    b = s.array(s.among((4,), (2, 2)))
    a = s.array((4, 4), SQUARE).reshape((*b.shape, *s.among((4,), (2, 2))))
    if b.ndim == 1 and a.ndim == 2 and s.among(True, False):
        return lapack(np.linalg.tensorsolve, (np.array(a.T), b), {"axes": (0,)})
    return lapack(np.linalg.tensorsolve, (a, b))


def tensorinv(s):
    a = s.array((4, 4), SQUARE)
    shape, ind = s.among(((4, 2, 2), 1), ((2, 2, 4), 2), ((2, 2, 2, 2), 2))
    return lapack(np.linalg.tensorinv, (a.reshape(shape),), {} if ind == 2 else {"ind": ind})


def cond(s):
    return lapack(np.linalg.cond, (s.array(stacked(s, 3, 3), SQUARE),), s.among({}, {"p": -2}, {"p": 2}, {"p": "fro"}))


ROWS = (
    Row(np.linalg.solve, solve),
    of_square(np.linalg.inv),
    of_square(np.linalg.det),
    of_square(np.linalg.slogdet),
    Row(np.linalg.pinv, pinv),
    Row(np.linalg.lstsq, lstsq),
    Row(np.linalg.matrix_power, lambda s: lapack(np.linalg.matrix_power, (square(s),), {"n": s.among(1, 2, 3, 5, 6, -1, -2)}),
),
    Row(np.linalg.tensorsolve, tensorsolve),
    Row(np.linalg.tensorinv, tensorinv),
    Row(np.linalg.cond, cond),
)  # fmt: skip

KINKS = {
    "det of rank n - 1": Kink(np.linalg.det, ([[1.0, 2.0], [2.0, 4.0]],), ([[4, -2], [-2, 1]],)),
    "det of rank n - 2": Kink(np.linalg.det, (np.diag([0.0, 0.0, 3.0]),), (np.zeros((3, 3)),)),
    "det of one number 0": Kink(np.linalg.det, ([[0.0]],), ([[1]],)),
}

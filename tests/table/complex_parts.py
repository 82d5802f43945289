"""The rows of the parts of complex numbers; the numbers are real here, and complex in `tests/rules/test_complex.py`."""

import numpy as np

from autograd_lite import strategies
from autograd_lite.rules import complex_parts

from .row import NONZERO, REAL, Call, Kink, Row, attribute, lapack


def of_one(function, domain=REAL, ways=(), **options):
    return Row(function, lambda s: Call(function, (s.array(s.shape(), domain),), s.some(**options)), ways)


INSIDE, OUTSIDE = strategies.between(-0.9, 0.9), strategies.between(1.1, 4)


def leaving_the_reals(function, *domains):
    """A function of np.emath, of numbers at which it is real, and others at which it is complex."""
    return Row(function, lambda s: lapack(function, (s.array(s.shape(), s.among(*domains)),)))


def power(s):
    base = s.array(s.shape(), NONZERO)
    return s.among(lapack(np.emath.power, (base, s.array((), REAL))), lapack(lambda x: np.emath.power(x, -1), (base,)))


def to_base(s):
    base, x = s.array((), s.among(OUTSIDE, strategies.between(-4, -1.1))), s.array(s.shape(), NONZERO)
    return lapack(np.emath.logn, (base, x))


ROWS = (
    of_one(complex_parts.real_part),
    of_one(complex_parts.imag_part),
    of_one(np.real, ways=(attribute("real"),)),
    of_one(np.imag, ways=(attribute("imag"),)),
    of_one(np.angle, NONZERO, deg=True),
    of_one(np.real_if_close, tol=10),
    leaving_the_reals(np.emath.sqrt, NONZERO),
    leaving_the_reals(np.emath.log, NONZERO),
    leaving_the_reals(np.emath.log2, NONZERO),
    leaving_the_reals(np.emath.log10, NONZERO),
    Row(np.emath.logn, to_base),
    Row(np.emath.power, power),
    leaving_the_reals(np.emath.arccos, INSIDE, OUTSIDE),
    leaving_the_reals(np.emath.arcsin, INSIDE, OUTSIDE),
    leaving_the_reals(np.emath.arctanh, INSIDE, OUTSIDE),
)

KINKS = {"the angle of 0": Kink(np.angle, ([0.0],), ([0.0],))}

"""The rows of the parts of complex numbers; the numbers are real here, and complex in `tests/rules/test_complex.py`."""

import numpy as np

from autograd_lite.rules import complex_parts

from .row import NONZERO, REAL, Call, Kink, Row, attribute


def of_one(function, domain=REAL, ways=(), **options):
    return Row(function, lambda s: Call(function, (s.array(s.shape(), domain),), s.some(**options)), ways)


ROWS = (
    of_one(complex_parts.real_part),
    of_one(complex_parts.imag_part),
    of_one(np.real, ways=(attribute("real"),)),
    of_one(np.imag, ways=(attribute("imag"),)),
    of_one(np.angle, NONZERO, deg=True),
    of_one(np.real_if_close, tol=10),
)

KINKS = {"the angle of 0": Kink(np.angle, ([0.0],), ([0.0],))}

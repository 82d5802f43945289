"""The rows of special functions: sinc and Bessel functions with their derivatives."""

import numpy as np

from autograd_lite import strategies
from autograd_lite.rules import special

from .elementwise import elementwise
from .row import Call, Kink, Row, half


def of_order(function, domain):
    """A helper whose second argument is an order of differentiation, or of a Bessel function."""

    def draw(s):
        n = s.among(0, 1, 2, 3)
        return Call(function, (s.array(s.shape(), domain),), {}, lambda x: (x, n))

    return Row(function, draw)


ROWS = (
    elementwise(np.sinc, strategies.between(-3, 3)),
    of_order(special.sinc_derivative, strategies.between(-3, 3)),
    elementwise(np.i0, strategies.between(-9, 9)),
    of_order(special.bessel_i, strategies.between(-9, 9)),
)

KINKS = {
    "sinc at 0 and at whole numbers": Kink(np.sinc, ([0.0, -0.0, 1.0, -2.0],), ([0, 0, -1, -half],)),
    "i0 at 0": Kink(np.i0, ([0.0, -0.0],), ([0, 0],)),
}

"""The rows of functions made for accurate derivatives."""

from autograd_lite.rules import accurate

from .elementwise import elementwise
from .row import NONZERO, POSITIVE, REAL, UNIT, Call, Kink, Row, nan


def with_orders(function, *domains, **orders):
    """A function of arrays that broadcast, and of whole numbers: an order of differentiation, a power."""

    def draw(s):
        chosen = {name: s.among(*values) for name, values in orders.items()}
        return Call(function, tuple(map(s.array, s.broadcastable(len(domains)), domains)), chosen)

    return Row(function, draw)


ROWS = (
    elementwise(accurate.ratio, REAL, NONZERO),
    elementwise(accurate.over_cosh_squared, REAL, REAL),
    elementwise(accurate.sigmoid, REAL),
    elementwise(accurate.sigmoid_slope, REAL, REAL),
    elementwise(accurate.one_minus_square, UNIT),
    with_orders(accurate.over_one_plus_square, REAL, REAL),
    elementwise(accurate.hypot_slope, NONZERO, NONZERO),
    with_orders(accurate.inverse_power, NONZERO, NONZERO, k=(1, 2, 3, 4), imaginary=(False, True)),
    elementwise(accurate.softmax_weight, REAL, REAL),
    elementwise(accurate.softmax2_weight, REAL, REAL),
    with_orders(accurate.power_derivative, POSITIVE, REAL, n=(0, 1, 2, 3), m=(0, 1, 2)),
)

KINKS = {
    "sigmoid far out": Kink(accurate.sigmoid, ([-800.0, 800.0],), ([0, 0],)),
    "ratio at 0 is 0 by choice": Kink(accurate.ratio, ([1.0, 0.0], [0.0, 0.0]), ([nan, nan], [nan, nan])),
}

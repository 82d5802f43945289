"""The rows of functions made for accurate derivatives."""

from autograd_lite.rules import accurate

from .elementwise import elementwise
from .row import NONZERO, REAL, Kink, nan

ROWS = (
    elementwise(accurate.ratio, REAL, NONZERO),
    elementwise(accurate.over_cosh_squared, REAL, REAL),
    elementwise(accurate.sigmoid, REAL),
)

KINKS = {
    "sigmoid far out": Kink(accurate.sigmoid, ([-800.0, 800.0],), ([0, 0],)),
    "ratio at 0 is 0 by choice": Kink(accurate.ratio, ([1.0, 0.0], [0.0, 0.0]), ([nan, nan], [nan, nan])),
}

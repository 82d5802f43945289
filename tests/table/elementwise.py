"""The rows of functions of one element, or of two."""

import operator

import numpy as np

from autograd_lite import strategies

from .row import ABOVE_ONE, NONZERO, POSITIVE, QUARTERS, REAL, UNIT, Call, Kink, Row, half, inf, method, nan, one_held


def halves_or_doubles(rng, shape):
    """Divisors that leave a quarter's quotient away from whole numbers."""
    return rng.choice((-2, -1, -0.5, 0.5, 1, 2), shape)


def elementwise(function, *domains, ways=(), least=0):
    """Arrays that broadcast; of two, one is sometimes a Python number, a list or a NumPy scalar."""

    def draw(s):
        arrays = tuple(map(s.array, s.broadcastable(len(domains), least), domains))
        return one_held(s, Call(function, arrays), domains)

    return Row(function, draw, ways)


def choosing(function, ways=()):
    """The larger or smaller of two, which are nowhere near each other."""

    def draw(s):
        call = Call(function, s.apart(*s.broadcastable(2)))
        return call if s.among(True, True, False) else call.holding(1, 0.125)

    return Row(function, draw, ways)


def power(function, ways=()):
    """Positive bases with any exponents; any bases with whole exponents, which are constants."""

    def draw(s):
        one, other = s.broadcastable(2)
        if s.among(True, False):
            return one_held(s, Call(function, (s.array(one, POSITIVE), s.array(other))), (POSITIVE, REAL))
        exponent = s.among(0, 1, 2, 3, -1, -2, 2.0, 0.0, s.rng.integers(-2, 4, other).astype(float))
        return Call(function, (s.array(one, NONZERO), None)).holding(1, exponent)

    return Row(function, draw, ways)


def rounding(function, ways=()):
    def draw(s):
        decimals = s.among(0, 1, -1)
        return Call(function, (s.array(s.shape(), QUARTERS) / 10.0**decimals,), {"decimals": decimals})

    return Row(function, draw, ways)


def ldexp(s):
    of_x, of_exponent = s.broadcastable(2)
    exponent = s.among(2, -1, s.rng.integers(-3, 4, of_exponent), np.int32(1))
    return Call(np.ldexp, (s.array(of_x),), {}, lambda x: (x, exponent))


def heaviside(s):
    """Steps away from 0; the value at 0 where the constant has zeros."""
    one, other = s.broadcastable(2)
    call = Call(np.heaviside, (s.array(one, NONZERO), s.array(other)))
    return call.holding(0, s.rng.integers(-1, 2, one).astype(float)) if s.among(True, False) else call


ROWS = (
    elementwise(np.add, REAL, REAL, ways=(operator.add,)),
    elementwise(np.subtract, REAL, REAL, ways=(operator.sub,)),
    elementwise(np.multiply, REAL, REAL, ways=(operator.mul,)),
    elementwise(np.divide, REAL, NONZERO, ways=(operator.truediv,)),
    power(np.power),
    power(np.float_power),
    power(operator.pow),
    elementwise(np.floor_divide, QUARTERS, halves_or_doubles, ways=(operator.floordiv, lambda a, b: divmod(a, b)[0])),
    elementwise(np.remainder, QUARTERS, halves_or_doubles, ways=(operator.mod, lambda a, b: divmod(a, b)[1])),
    elementwise(np.fmod, QUARTERS, halves_or_doubles),
    choosing(np.maximum),
    choosing(np.minimum),
    choosing(np.fmax),
    choosing(np.fmin),
    elementwise(np.hypot, NONZERO, NONZERO),
    elementwise(np.arctan2, NONZERO, NONZERO),
    elementwise(np.logaddexp, REAL, REAL),
    elementwise(np.logaddexp2, REAL, REAL),
    elementwise(np.copysign, NONZERO, NONZERO),
    elementwise(np.nextafter, UNIT, ABOVE_ONE),
    Row(np.heaviside, heaviside),
    Row(np.ldexp, ldexp),
    elementwise(np.negative, REAL, ways=(operator.neg,)),
    elementwise(np.positive, REAL, ways=(operator.pos,)),
    elementwise(np.conjugate, REAL, ways=(method("conj"),)),
    elementwise(np.absolute, NONZERO, ways=(abs,)),
    elementwise(np.fabs, NONZERO),
    elementwise(np.square, REAL, ways=(lambda x: x**2, lambda x: x**2.0)),
    elementwise(np.reciprocal, NONZERO),
    elementwise(np.sqrt, POSITIVE),
    elementwise(np.cbrt, NONZERO),
    elementwise(np.exp, REAL),
    elementwise(np.exp2, REAL),
    elementwise(np.expm1, REAL),
    elementwise(np.log, POSITIVE),
    elementwise(np.log2, POSITIVE),
    elementwise(np.log10, POSITIVE),
    elementwise(np.log1p, strategies.between(-0.7, 3)),
    elementwise(np.sin, REAL),
    elementwise(np.cos, REAL),
    elementwise(np.tan, strategies.between(-1.2, 1.2)),
    elementwise(np.arcsin, UNIT),
    elementwise(np.arccos, UNIT),
    elementwise(np.arctan, REAL),
    elementwise(np.sinh, REAL),
    elementwise(np.cosh, REAL),
    elementwise(np.tanh, REAL),
    elementwise(np.arcsinh, REAL),
    elementwise(np.arccosh, ABOVE_ONE),
    elementwise(np.arctanh, UNIT),
    elementwise(np.deg2rad, REAL),
    elementwise(np.radians, REAL),
    elementwise(np.rad2deg, REAL),
    elementwise(np.degrees, REAL),
    elementwise(np.sign, NONZERO),
    elementwise(np.floor, QUARTERS),
    elementwise(np.ceil, QUARTERS),
    elementwise(np.trunc, QUARTERS),
    elementwise(np.rint, QUARTERS, ways=(round,)),
    rounding(np.round, ways=(method("round"), lambda x, decimals: round(x, decimals))),
    rounding(np.around),
    elementwise(np.fix, QUARTERS),
)

PIECEWISE = {
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.absolute,
    np.fabs,
    np.copysign,
    np.remainder,
    np.fmod,
    np.heaviside,
    np.nextafter,
}

KINKS = {
    "abs at 0 has the middle of [-1, 1]": Kink(np.abs, ([0.0, -0.0],), ([0.0, 0.0],)),
    "fabs at 0": Kink(np.fabs, ([0.0, -0.0],), ([0.0, 0.0],)),
    "sign at 0": Kink(np.sign, ([0.0],), ([0.0],)),
    "floor at whole numbers": Kink(np.floor, ([1.0, 0.0],), ([0.0, 0.0],)),
    "maximum: a tie is shared": Kink(np.maximum, ([1.0, 0.0, 2.0], [1.0, -0.0, 3.0]), ([half, half, 0], [half, half, 1])),
    "minimum: a tie is shared": Kink(np.minimum, ([1.0, 0.0, 2.0], [1.0, -0.0, 3.0]), ([half, half, 1], [half, half, 0])),
    "fmax: a tie is shared, a number beats nan": Kink(np.fmax, ([1.0, nan, 2.0], [1.0, 2.0, nan]), ([half, 0, 1], [half, 1, 0])),
    "fmin: a tie is shared, a number beats nan": Kink(np.fmin, ([1.0, nan, 2.0], [1.0, 2.0, nan]), ([half, 0, 1], [half, 1, 0])),
    "a stretched tie is shared": Kink(np.maximum, (1.0, [1.0, 0.0, 2.0]), (1.5, [half, 0, 1])),
    "power at 0": Kink(lambda a: np.power(a, [3.0, 2.0, 1.0, 0.0, 0.5, -1.0]), ([0.0] * 6,), ([0, 0, 1, 0, inf, -inf],)),
    "0**2, the operator": Kink(lambda a: a**2, ([0.0],), ([0],)),
    "0**3, the operator": Kink(lambda a: a**3, ([0.0],), ([0],)),
    "0**b is constant for b > 0": Kink(lambda b: np.power(0.0, b), ([1.0, 0.5],), ([0, 0],)),
    "a**b at 0": Kink(np.power, ([0.0, 0.0], [1.0, 2.0]), ([1, 0], [0, 0])),
    "sqrt at 0": Kink(np.sqrt, ([0.0],), ([inf],)),
    "cbrt at 0": Kink(np.cbrt, ([0.0],), ([inf],)),
    "log at 0": Kink(np.log, ([0.0],), ([inf],)),
    "1 / x at 0": Kink(np.reciprocal, ([0.0],), ([-inf],)),
    "arcsin at 1": Kink(np.arcsin, ([1.0, -1.0],), ([inf, inf],)),
    "arccos at 1": Kink(np.arccos, ([1.0, -1.0],), ([-inf, -inf],)),
    "arccosh at 1": Kink(np.arccosh, ([1.0],), ([inf],)),
    "hypot at 0": Kink(np.hypot, ([0.0, 3.0], [0.0, 4.0]), ([0, 0.6], [0, 0.8])),
    "arctan2 at 0": Kink(np.arctan2, ([0.0, 0.0], [0.0, 1.0]), ([0, 1], [0, 0])),
    "nextafter of what it goes to": Kink(np.nextafter, ([1.0], [1.0]), ([0], [0])),
    "copysign of 0": Kink(np.copysign, ([0.0], [1.0]), ([0], [0])),
    "remainder at a multiple": Kink(np.remainder, ([6.0], [3.0]), ([1], [-2])),
    "logaddexp of infinities": Kink(np.logaddexp, ([-inf, inf, -inf], [-inf, 0.0, 0.0]), ([half, 1, 0], [half, 0, 1])),
    "tanh far out": Kink(np.tanh, ([-800.0, 800.0],), ([0, 0],)),
    "heaviside at 0": Kink(np.heaviside, ([0.0, 1.0], [0.5, 0.5]), ([0, 0], [1, 0])),
}

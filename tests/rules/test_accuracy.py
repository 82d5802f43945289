"""First and second derivatives of functions of numbers, against references of 50 digits, in units in the last place (ulp).

Held where value and derivative are finite and the derivative is a normal number; on inputs log-uniform over all exponents of
the dtype, between 1e-3 and 1e3, and around the points where formulas lose digits. References are written without
cancellation: `1 - tanh(x)**2` would be 0 beyond x = 57 also with 50 digits.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd_lite as ag
from autograd_lite.rules import PRIMITIVES, accurate, complex_parts
from nn import functional
from tests import THOROUGH

mp.dps = 50
POINTS = 8000 if THOROUGH else 1000

# -- inputs: functions of a generator, a number of points and a dtype ----------------------------------------------


def scaled(rng, n, dtype, low, high):
    """Numbers with exponents of 2 evenly between `low` and `high`."""
    return np.ldexp(rng.uniform(1, 2, n).astype(dtype), rng.integers(low, high, n))


def positive(rng, n, dtype):
    """Log-uniform over all normal numbers, and between 1e-3 and 1e3."""
    info = np.finfo(dtype)
    return np.where(rng.random(n) < 0.5, scaled(rng, n, dtype, info.minexp, info.maxexp), scaled(rng, n, dtype, -10, 10))


def signs(rng, n, dtype):
    return rng.choice((-1, 1), n).astype(dtype)


def real(rng, n, dtype):
    return signs(rng, n, dtype) * positive(rng, n, dtype)


def near(*points):
    """At distances from a point, or from a whole multiple of it up to 1000, that are log-uniform down to the last place."""

    def draw(rng, n, dtype):
        digits = np.finfo(dtype).nmant + 1
        point = rng.choice(points, n).astype(dtype) * np.where(rng.random(n) < 0.5, 1, rng.integers(1, 1000, n)).astype(dtype)
        return point + point * signs(rng, n, dtype) * scaled(rng, n, dtype, -digits, 0)

    return draw


def at(*points):
    """As `near`, of the points themselves alone."""

    def draw(rng, n, dtype):
        point = rng.choice(points, n).astype(dtype)
        return point + point * signs(rng, n, dtype) * scaled(rng, n, dtype, -np.finfo(dtype).nmant - 1, 0)

    return draw


def mixed(*draws):
    """The same number of each."""

    def draw(rng, n, dtype):
        return rng.permutation(np.concatenate([draw(rng, -(-n // len(draws)), dtype) for draw in draws]))[:n]

    return draw


def exponents(rng, n, dtype):
    """Where exp neither over- nor underflows, evenly."""
    return rng.uniform(-1, 1, n).astype(dtype) * np.log(np.finfo(dtype).max)


def alone(draw):
    return lambda rng, n, dtype: (draw(rng, n, dtype),)


def pairs(draw):
    """Two numbers: independent, nearly equal, opposite, comparable, or one nearly a whole multiple of the other."""

    def draw_pair(rng, n, dtype):
        a, b = draw(rng, n, dtype), draw(rng, n, dtype)
        nearly = a + a * signs(rng, n, dtype) * scaled(rng, n, dtype, -np.finfo(dtype).nmant - 1, 0)
        comparable = scaled(rng, n, dtype, -10, 10) * a
        part = nearly / rng.integers(1, 1000, n).astype(dtype)
        return a, np.choose(rng.integers(0, 5, n), (b, nearly, -nearly, comparable, part))

    return draw_pair


def powers(rng, n, dtype):
    """Bases of all sizes, exponents of all sizes for which the power is a number."""
    a = mixed(positive, positive, at(1.0))(rng, n, dtype)
    limit = np.log(np.finfo(dtype).max) / np.maximum(np.abs(np.log(a)), np.finfo(dtype).eps)
    b = np.choose(
        rng.integers(0, 4, n),
        (limit * rng.uniform(-1.1, 1.1, n).astype(dtype), real(rng, n, dtype), rng.integers(-5, 6, n), rng.uniform(-2, 3, n)),
    )
    whole = rng.random(n) < 0.2
    return np.where(whole, signs(rng, n, dtype), 1).astype(dtype) * a, np.where(whole, np.rint(b), b).astype(dtype)


REAL, POSITIVE = alone(mixed(real, exponents)), alone(mixed(positive, at(1.0)))
ANGLES = alone(mixed(real, near(np.pi / 2), at(np.pi / 2, np.pi)))
UNIT = alone(mixed(real, at(1.0, -1.0), at(0.5)))
ABOVE_ONE = alone(mixed(positive, at(1.0)))
ABOVE_MINUS_ONE = alone(mixed(real, at(-1.0)))
PAIRS = pairs(real)
SUMS = pairs(mixed(real, exponents))

# -- the table ----------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A function, its true derivatives by each argument, where it is tried, and how many ulp float64 and float32 may be wrong.

    Where a bound is not 4 it is that of the formula's worst error found, rounded up.
    """

    slopes: tuple[Callable[..., Any], ...]
    draw: Callable[..., Any]
    double: float = 4
    single: float = 4
    function: Callable[..., Any] | None = None


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def root(x):
    return mp.sqrt((1 - x) * (1 + x))


def sign(x):
    return mp.sign(x)


def flat(*_):
    return mpf(0)


# fmt: off
TABLE = {
    np.add:          Row((lambda a, b: mpf(1), lambda a, b: mpf(1)), PAIRS, 0, 0),
    np.subtract:     Row((lambda a, b: mpf(1), lambda a, b: mpf(-1)), PAIRS, 0, 0),
    np.multiply:     Row((lambda a, b: b, lambda a, b: a), PAIRS, 0, 0),
    np.divide:       Row((lambda a, b: 1 / b, lambda a, b: -a / b**2), PAIRS, 2, 2),
    np.power:        Row((lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)), powers, 3, 5),
    np.float_power:  Row((lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)), powers, 3, 5),
    operator.pow:    Row((lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)), powers, 3, 5),
    np.floor_divide: Row((flat, flat), PAIRS, 0, 0),
    np.remainder:    Row((lambda a, b: mpf(1), lambda a, b: -mp.floor(a / b)), PAIRS, 2, 2),
    np.fmod:         Row((lambda a, b: mpf(1), lambda a, b: -mp.sign(a / b) * mp.floor(abs(a / b))), PAIRS, 2, 2),
    np.maximum:      Row((lambda a, b: (1 + sign(a - b)) / 2, lambda a, b: (1 - sign(a - b)) / 2), PAIRS, 0, 0),
    np.minimum:      Row((lambda a, b: (1 - sign(a - b)) / 2, lambda a, b: (1 + sign(a - b)) / 2), PAIRS, 0, 0),
    np.fmax:         Row((lambda a, b: (1 + sign(a - b)) / 2, lambda a, b: (1 - sign(a - b)) / 2), PAIRS, 0, 0),
    np.fmin:         Row((lambda a, b: (1 - sign(a - b)) / 2, lambda a, b: (1 + sign(a - b)) / 2), PAIRS, 0, 0),
    np.hypot:        Row((lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b)), PAIRS, 2, 2),
    np.arctan2:      Row((lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b)), PAIRS, 3, 3),
    np.logaddexp:    Row((lambda a, b: logistic(a - b), lambda a, b: logistic(b - a)), SUMS, 3, 4),
    np.logaddexp2:   Row((lambda a, b: 1 / (1 + 2 ** (b - a)), lambda a, b: 1 / (1 + 2 ** (a - b))), SUMS, 3, 4),
    np.copysign:     Row((lambda a, b: sign(a) * sign(b), flat), PAIRS, 0, 0),
    accurate.ratio: Row((lambda a, b: 1 / b, lambda a, b: -a / b**2), PAIRS, 2, 2),
    np.negative:     Row((lambda x: mpf(-1),), REAL, 0, 0),
    np.positive:     Row((lambda x: mpf(1),), REAL, 0, 0),
    np.conjugate:    Row((lambda x: mpf(1),), REAL, 0, 0),
    np.absolute:     Row((sign,), REAL, 0, 0),
    np.fabs:         Row((sign,), REAL, 0, 0),
    np.square:       Row((lambda x: 2 * x,), REAL, 0, 0),
    np.reciprocal:   Row((lambda x: -1 / x**2,), REAL),
    np.sqrt:         Row((lambda x: 1 / (2 * mp.sqrt(x)),), POSITIVE, 2, 2),
    np.cbrt:         Row((lambda x: 1 / (3 * mp.cbrt(x * x)),), REAL, 5, 5),
    np.exp:          Row((mp.exp,), REAL),
    np.exp2:         Row((lambda x: 2**x * mp.ln2,), REAL),
    np.expm1:        Row((mp.exp,), REAL, 1),
    np.log:          Row((lambda x: 1 / x,), POSITIVE, 0.5, 0.5),
    np.log2:         Row((lambda x: 1 / (x * mp.ln2),), POSITIVE, 2, 2),
    np.log10:        Row((lambda x: 1 / (x * mp.ln10),), POSITIVE, 2, 2),
    np.log1p:        Row((lambda x: 1 / (1 + x),), ABOVE_MINUS_ONE, 2, 2),
    np.sin:          Row((mp.cos,), ANGLES),
    np.cos:          Row((lambda x: -mp.sin(x),), ANGLES),
    np.tan:          Row((lambda x: 1 / mp.cos(x) ** 2,), ANGLES, 2, 6),
    np.arcsin:       Row((lambda x: 1 / root(x),), UNIT, 2, 2),
    np.arccos:       Row((lambda x: -1 / root(x),), UNIT, 2, 2),
    np.arctan:       Row((lambda x: 1 / (1 + x * x),), REAL, 2, 2),
    np.sinh:         Row((mp.cosh,), REAL),
    np.cosh:         Row((mp.sinh,), REAL),
    np.tanh:         Row((lambda x: 1 / mp.cosh(x) ** 2,), REAL, 5, 8),
    np.arcsinh:      Row((lambda x: 1 / mp.hypot(1, x),), REAL, 2, 2),
    np.arccosh:      Row((lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),), ABOVE_ONE, 3, 3),
    np.arctanh:      Row((lambda x: 1 / ((1 - x) * (1 + x)),), UNIT, 2, 2),
    np.deg2rad:      Row((lambda x: mp.pi / 180,), REAL, 2, 2),
    np.radians:      Row((lambda x: mp.pi / 180,), REAL, 2, 2),
    np.rad2deg:      Row((lambda x: 180 / mp.pi,), REAL, 2, 2),
    np.degrees:      Row((lambda x: 180 / mp.pi,), REAL, 2, 2),
    accurate.hypot_slope: Row((lambda a, b: b * b / mp.hypot(a, b) ** 3, lambda a, b: -a * b / mp.hypot(a, b) ** 3), PAIRS),
    accurate.softmax_weight: Row((lambda a, b: logistic(a - b) * logistic(b - a),
                                  lambda a, b: -logistic(a - b) * logistic(b - a)), SUMS, 6, 9),
    accurate.softmax2_weight: Row((lambda a, b: mp.ln2 / (1 + 2 ** (b - a)) / (1 + 2 ** (a - b)),
                                   lambda a, b: -mp.ln2 / (1 + 2 ** (b - a)) / (1 + 2 ** (a - b))), SUMS, 6, 9),
    accurate.one_minus_square: Row((lambda x: -2 * x,), UNIT, 0, 0),
    accurate.sigmoid: Row((lambda x: logistic(x) * logistic(-x),), REAL, 4, 5),
    np.sign:         Row((flat,), REAL, 0, 0),
    np.floor:        Row((flat,), REAL, 0, 0),
    np.ceil:         Row((flat,), REAL, 0, 0),
    np.trunc:        Row((flat,), REAL, 0, 0),
    np.rint:         Row((flat,), REAL, 0, 0),
    np.round:        Row((flat,), REAL, 0, 0),
    functional.sigmoid:  Row((lambda x: logistic(x) * logistic(-x),), REAL, 4, 5),
    functional.tanh:     Row((lambda x: 1 / mp.cosh(x) ** 2,), REAL, 5, 8),
    functional.softplus: Row((logistic,), REAL, 2, 4),
}
# fmt: on


def exactly(x):
    """The numbers of an array of any precision as mpf."""
    significand, exponent = np.frexp(np.where(np.isfinite(x), x, 0))
    high = significand.astype(float)
    low = (significand - high).astype(float)
    return [mp.ldexp(mpf(h) + mpf(l), e) for h, l, e in zip(high.tolist(), low.tolist(), exponent.tolist())]


def errors(function, slopes, arrays):
    """For each argument the errors in ulp where they are held, and their points; inf where a finite number is missed."""
    dtype = arrays[0].dtype
    with np.errstate(all="ignore"):
        value, pullback = ag.vjp(function, *arrays)
        gradients = pullback(np.ones_like(value))
    points = [exactly(x) for x in arrays]
    info = np.finfo(dtype)
    least, most = exactly(np.array([info.tiny, info.max]))
    for slope, found in zip(slopes, gradients, strict=True):
        assert found.dtype == dtype
        held = []
        for i in np.flatnonzero(np.isfinite(value)).tolist():
            try:
                true = slope(*(x[i] for x in points))
            except ZeroDivisionError:
                continue
            if isinstance(true, mpf) and (true == 0 or least <= abs(true) <= most):
                held.append((i, true))
        indices = [i for i, _ in held]
        finite = np.isfinite(found[indices])
        differences = zip(exactly(np.where(finite, found[indices], 0)), (true for _, true in held), finite.tolist())
        ulps = [float(abs(a - b) / unit(b, info)) if ok else np.inf for a, b, ok in differences]
        yield np.array(ulps), np.array(indices, int)


def unit(x, info):
    """One in the last place of x; the least subnormal number for 0."""
    return mp.ldexp(1, (mp.frexp(x)[1] if x else int(info.minexp) + 1) - info.nmant - 1)


def drawn(row, dtype, n, seed):
    """Up to n points for a row, all of them finite."""
    with np.errstate(all="ignore"):
        arrays = row.draw(np.random.default_rng(seed), n, dtype)
    assert all(x.dtype == dtype for x in arrays)
    finite = np.all(np.isfinite(arrays), axis=0)
    return tuple(x[finite] for x in arrays)


def worst(function, row, dtype, n=POINTS, seed=0):
    """For each argument the largest error, where it was made, and how many points were held."""
    arrays = drawn(row, dtype, n, seed)
    for ulps, indices in errors(function, row.slopes, arrays):
        i = int(np.argmax(ulps))
        yield float(ulps[i]), tuple(x[indices[i]] for x in arrays), len(ulps)


every_function = pytest.mark.parametrize("function", TABLE, ids=lambda f: getattr(f, "__name__", str(f)))


def holds(function, dtype, bound, n):
    for argument, (error, where, held) in zip("ab", worst(function, TABLE[function], dtype, n)):
        assert held > n / 20, f"only {held} of {n} points say anything"
        assert error <= bound, f"by {argument}: {error:.1f} ulp at {where}"


def test_every_elementwise_rule_has_its_row():
    plain = {f for f, p in PRIMITIVES.items() if p.elementwise and [*p.rules] == [*p.signature.parameters]}
    of_slopes = {accurate.sigmoid_slope, accurate.over_one_plus_square}  # held as second derivatives
    parts = {complex_parts.real_part, complex_parts.imag_part}
    assert plain - TABLE.keys() == {np.sinc, np.i0, np.heaviside, np.nextafter} | of_slopes | parts  # held elsewhere; steps


@every_function
def test_double_precision(function):
    holds(function, np.float64, TABLE[function].double, POINTS)


@every_function
def test_single_precision(function):
    holds(function, np.float32, TABLE[function].single, POINTS)


@pytest.mark.parametrize("is_vectorized", [False, True])
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 5), (np.float32, 8)], ids=["double", "single"])
def test_the_slope_of_tanh_is_as_exact_with_either_cosh(monkeypatch, dtype, bound, is_vectorized):
    monkeypatch.setattr(accurate, "VECTOR_COSH", is_vectorized)
    holds(np.tanh, dtype, bound, POINTS)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="longdouble is float64 here")
@every_function
def test_extended_precision_is_more_than_double(function):
    """A constant of 53 bits in a rule would be wrong by hundreds of ulp. Of all exponents only those of double are drawn."""
    row = TABLE[function]
    arrays = tuple(x.astype(np.longdouble) for x in drawn(row, np.float64, 100, seed=0))
    arrays = tuple(x + x * np.ldexp(np.longdouble(1), -60) for x in arrays)  # none of them a double
    for ulps, _ in errors(function, row.slopes, arrays):
        assert np.max(ulps) <= max(row.double, 4)


# -- second derivatives -------------------------------------------------------------------------------------------


def flat_or(*found):
    """Second derivatives by (a, a), (a, b) and (b, b)."""
    return tuple(f or flat for f in found)


def of_angle(a, b):
    return (a * a - b * b) / (a * a + b * b) ** 2


def of_weights(a, b):
    return logistic(a - b) * logistic(b - a)


def of_binary_weights(a, b):
    return mp.ln2 / (1 + 2 ** (b - a)) / (1 + 2 ** (a - b))


def minus(f):
    return lambda *x: -f(*x)


OF_POWERS = (lambda a, b: b * (b - 1) * a ** (b - 2), None, lambda a, b: a**b * mp.log(a) ** 2)
# fmt: off
SECOND = {  # the true second derivatives by (a, a), (a, b) and (b, b), or by x; and how many ulp float64 may be wrong
    np.divide:       (flat_or(None, lambda a, b: -1 / b**2, lambda a, b: 2 * a / b**3), 4),
    np.power:        (OF_POWERS, 8),
    np.float_power:  (OF_POWERS, 8),
    operator.pow:    (OF_POWERS, 8),
    np.hypot:        ((lambda a, b: b * b / mp.hypot(a, b)**3, lambda a, b: -a * b / mp.hypot(a, b)**3,
                       lambda a, b: a * a / mp.hypot(a, b)**3), 6),
    np.arctan2:      ((lambda a, b: -2 * a * b / (a * a + b * b)**2, of_angle, lambda a, b: 2 * a * b / (a * a + b * b)**2), 8),
    np.logaddexp:    ((of_weights, minus(of_weights), of_weights), 6),
    np.logaddexp2:   ((of_binary_weights, minus(of_binary_weights), of_binary_weights), 8),
    np.reciprocal:   ((lambda x: 2 / x**3,), 4),
    np.sqrt:         ((lambda x: -1 / (4 * x * mp.sqrt(x)),), 4),
    np.cbrt:         ((lambda x: -2 / (9 * x * mp.cbrt(x * x)),), 8),
    np.exp2:         ((lambda x: 2**x * mp.ln2**2,), 4),
    np.log:          ((lambda x: -1 / x**2,), 2),
    np.log1p:        ((lambda x: -1 / (1 + x)**2,), 4),
    np.tan:          ((lambda x: 2 * mp.tan(x) / mp.cos(x)**2,), 8),
    np.arcsin:       ((lambda x: x / root(x)**3,), 6),
    np.arccos:       ((lambda x: -x / root(x)**3,), 6),
    np.arctan:       ((lambda x: -2 * x / (1 + x * x)**2,), 4),
    np.tanh:         ((lambda x: -2 * mp.tanh(x) / mp.cosh(x)**2,), 8),
    np.arcsinh:      ((lambda x: -x / mp.hypot(1, x)**3,), 6),
    np.arccosh:      ((lambda x: -x / mp.sqrt((x - 1) * (x + 1))**3,), 8),
    np.arctanh:      ((lambda x: 2 * x / ((1 - x) * (1 + x))**2,), 4),
    accurate.sigmoid: ((lambda x: -logistic(x) * logistic(-x) * mp.tanh(x / 2),), 8),
    functional.softplus: ((lambda x: logistic(x) * logistic(-x),), 6),
}
# fmt: on


def ordinary(rng, n, dtype):
    return 2 * rng.normal(size=n).astype(dtype)


@pytest.mark.parametrize("draw", ["of the table", "ordinary"])
@pytest.mark.parametrize("function", SECOND, ids=lambda f: getattr(f, "__name__", str(f)))
def test_second_derivatives(function, draw):
    truths, bound = SECOND[function]
    row = TABLE[function] if draw == "of the table" else TABLE[function]._replace(draw=lambda *of: [ordinary(*of) for _ in names])
    names = (0, 1)[: len(row.slopes)]
    arrays = drawn(row, np.float64, POINTS // 4, seed=1)
    pairs_of = [(i, j) for i in names for j in names if i <= j]
    with np.errstate(all="ignore"):
        value, pullback = ag.vjp(function, *arrays)
        held = np.all(np.isfinite([value, *pullback(np.ones_like(value))]), axis=0)
    kept = tuple(x[held] for x in arrays)
    for (i, j), true in zip(pairs_of, truths, strict=True):
        if true is None:
            continue  # it has a 0 of its own: nothing is accurate near that

        def slope(*xs, i=i):
            return ag.grad(lambda *xs: np.sum(function(*xs)), argnums=i)(*xs)

        slopes = tuple(true if k == j else (lambda *x: None) for k in names)
        ulps, indices = [*errors(slope, slopes, kept)][j]
        assert ulps.size
        k = int(np.argmax(ulps))
        assert ulps[k] <= bound, f"by {'ab'[i]} and {'ab'[j]}: {ulps[k]:.1f} ulp at {[x[indices[k]] for x in kept]}"

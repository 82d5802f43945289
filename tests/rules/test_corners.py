"""Corners, where formulas give nan, zero or nonsense: the derivatives expected there, and the dtypes and bits kept everywhere."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.rules import PRIMITIVES, accurate, complex_parts
from nn import functional
from tests.table import ROWS

inf, nan = np.inf, np.nan
PLAIN = {f: p.rules for f, p in PRIMITIVES.items() if p.elementwise and [*p.rules] == [*p.signature.parameters]}
DTYPES = (np.float16, np.float32, np.float64, np.longdouble)


class Corner(NamedTuple):
    """A function of one number, the number, and its first and higher derivatives there."""

    function: Callable[..., Any]
    x: float
    derivatives: tuple[float, ...]


def powers(b):
    """The three ways to write it, the exponent being a float or, if whole, an integer."""
    ways = {"np.power(x, %s)": np.power, "x**%s": operator.pow, "np.float_power(x, %s)": np.float_power}
    exponents = (b, int(b)) if b == int(b) and b >= 0 else (b,)
    return {name % repr(e): (lambda x, way=way, e=e: way(x, e)) for name, way in ways.items() for e in exponents}


def by_exponent(a):
    return lambda b: np.power(a, b)


POWERS_AT_0 = {
    0.0: (0, 0, 0), 1.0: (1, 0, 0), 2.0: (0, 2, 0), 3.0: (0, 0, 6), 4.0: (0, 0, 0), 0.5: (inf, -inf, inf), 1.5: (0, inf, -inf),
    2.5: (0, 0, inf), -1.0: (-inf, inf, -inf), -2.0: (-inf, inf, -inf),
}  # fmt: skip
POWERS_AT_MINUS_2 = {
    0.0: (0, 0, 0), 1.0: (1, 0, 0), 2.0: (-4, 2, 0), 3.0: (12, -12, 6), -1.0: (-1 / 4, -1 / 4, -3 / 8), 0.5: (nan, nan, nan),
}  # fmt: skip

ONE = {
    **{f"{name} at 0": Corner(f, 0.0, expected) for b, expected in POWERS_AT_0.items() for name, f in powers(b).items()},
    **{f"{name} at -2": Corner(f, -2.0, expected) for b, expected in POWERS_AT_MINUS_2.items() for name, f in powers(b).items()},
    # 0**b is 0 for b > 0, 1 at b = 0: its derivative there is that of the constant; and for b < 0 that of inf
    "0**b at 0": Corner(by_exponent(0.0), 0.0, (0, 0)),
    "0**b at 1/2": Corner(by_exponent(0.0), 0.5, (0, 0)),
    "0**b at 2": Corner(by_exponent(0.0), 2.0, (0, 0)),
    "0**b at -1": Corner(by_exponent(0.0), -1.0, (-inf, inf)),
    "(-2)**b is no number around whole b": Corner(by_exponent(-2.0), 2.0, (nan,)),
    "inf**2": Corner(lambda x: x**2.0, inf, (inf, 2)),
    "x**0.5 at inf": Corner(lambda x: x**0.5, inf, (0, 0)),
    "x**-1 at inf": Corner(lambda x: x**-1.0, inf, (0, 0)),
    "x**2 where x**2 underflows": Corner(lambda x: np.power(x, 2.0), 1e-200, (2e-200, 2)),
    "tanh at 20": Corner(np.tanh, 20.0, (1.6993417021166355e-17, -3.3986834042332710e-17)),
    "tanh at -20": Corner(np.tanh, -20.0, (1.6993417021166355e-17, 3.3986834042332710e-17)),
    "tanh at 40": Corner(np.tanh, 40.0, (7.2194055513816562e-35, -1.4438811102763312e-34)),
    **{f"tanh at {x}": Corner(np.tanh, x, (0, 0, 0)) for x in (700.0, -700.0, 800.0, -800.0, inf, -inf)},
    **{
        f"sigmoid at {s * 20.0}": Corner(functional.sigmoid, s * 20.0, (2.0611536139418488e-9, -s * 2.06115360544514e-9))
        for s in (1, -1)
    },
    **{
        f"sigmoid at {s * 40.0}": Corner(functional.sigmoid, s * 40.0, (4.2483542552915890e-18, -s * 4.2483542552915890e-18))
        for s in (1, -1)
    },
    **{
        f"sigmoid at {s * 700.0}": Corner(functional.sigmoid, s * 700.0, (9.8596765437597708e-305, -s * 9.8596765437597708e-305))
        for s in (1, -1)
    },
    **{f"sigmoid at {x}": Corner(functional.sigmoid, x, (0, 0, 0)) for x in (800.0, -800.0, inf, -inf)},
    "expm1 at -20": Corner(np.expm1, -20.0, (2.0611536224385579e-9,) * 2),
    "expm1 at 20": Corner(np.expm1, 20.0, (485165195.40979028,) * 2),
    "expm1 at -40": Corner(np.expm1, -40.0, (4.2483542552915890e-18,) * 2),
    "expm1 at -700": Corner(np.expm1, -700.0, (9.8596765437597708e-305,) * 2),
    "expm1 at 700": Corner(np.expm1, 700.0, (1.0142320547350045e304,) * 2),
    "expm1 at -800": Corner(np.expm1, -800.0, (0, 0)),
    "expm1 at 800": Corner(np.expm1, 800.0, (inf, inf)),
    "softplus at 20": Corner(functional.softplus, 20.0, (1 - 2.0611536e-9, 2.0611536139418488e-9)),
    "softplus at -20": Corner(functional.softplus, -20.0, (2.0611536181902036e-9, 2.0611536139418488e-9)),
    "softplus at 40": Corner(functional.softplus, 40.0, (1, 4.2483542552915890e-18)),
    "softplus at -40": Corner(functional.softplus, -40.0, (4.2483542552915890e-18, 4.2483542552915890e-18)),
    "softplus at 700": Corner(functional.softplus, 700.0, (1, 9.8596765437597708e-305)),
    "softplus at -700": Corner(functional.softplus, -700.0, (9.8596765437597708e-305, 9.8596765437597708e-305)),
    "softplus at 800": Corner(functional.softplus, 800.0, (1, 0)),
    "softplus at -800": Corner(functional.softplus, -800.0, (0, 0)),
    "arcsinh at 1e200": Corner(np.arcsinh, 1e200, (1e-200, 0)),
    "arcsinh at -1e200": Corner(np.arcsinh, -1e200, (1e-200, 0)),
    "arccosh at 1e200": Corner(np.arccosh, 1e200, (1e-200, 0)),
    "arctan at 1e200": Corner(np.arctan, 1e200, (0, 0)),
    "abs at 0": Corner(np.abs, 0.0, (0, 0)),
    "abs at -0": Corner(np.abs, -0.0, (0, 0)),
    "sqrt at 0": Corner(np.sqrt, 0.0, (inf, -inf, inf)),
    "cbrt at 0": Corner(np.cbrt, 0.0, (inf,)),
    "cbrt at -0": Corner(np.cbrt, -0.0, (inf,)),
    "log at 0": Corner(np.log, 0.0, (inf, -inf)),
    "log at the least normal number": Corner(np.log, 2.0**-1022, (2.0**1022, -inf)),
    "log at a subnormal number": Corner(np.log, 2.0**-1023, (2.0**1023, -inf)),
    "log at the least subnormal number": Corner(np.log, 2.0**-1074, (inf, -inf)),
    "log1p at -1": Corner(np.log1p, -1.0, (inf, -inf)),
    "1 / x for tiny x": Corner(lambda x: 1 / x, 1e-150, (-1e300, inf)),
    "x / tiny": Corner(lambda x: x / 1e-300, 1.0, (1e300, 0)),
    "reciprocal at 1e150": Corner(np.reciprocal, 1e150, (-1e-300, 0)),
    "reciprocal at 1e308": Corner(np.reciprocal, 1e308, (0, 0)),
    "reciprocal at inf": Corner(np.reciprocal, inf, (0, 0)),
    "fmod just below a whole quotient": Corner(lambda b: np.fmod(np.nextafter(3.0, 0), b), 1.0, (-2,)),
    "norm at 0": Corner(lambda x: np.hypot(x, 0.0), 0.0, (0,)),
}


@pytest.mark.parametrize("corner", ONE.values(), ids=ONE)
def test_derivatives_at_corners(corner):
    derivative = corner.function
    for expected in corner.derivatives:
        derivative = ag.grad(derivative)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(derivative(np.array(corner.x)), expected, rtol=2e-15, atol=0)


half = 0.5
TWO = {
    **{
        f"{f.__name__}({a}, {b})": (f, a, b, expected)
        for f in (np.logaddexp, np.logaddexp2)
        for a, b, expected in [
            (-inf, -inf, (half, half)), (inf, inf, (half, half)), (-inf, 1.0, (0, 1)), (1.0, -inf, (1, 0)), (inf, 1.0, (1, 0)),
            (-inf, inf, (0, 1)), (1e300, 1e300, (half, half)), (1e300, -1e300, (1, 0)), (nan, 1.0, (nan, nan)),
        ]
    },
    "arctan2(0, 0)": (np.arctan2, 0.0, 0.0, (0, 0)),
    "arctan2(0, -1)": (np.arctan2, 0.0, -1.0, (-1, 0)),
    "arctan2 of tiny": (np.arctan2, 3e-300, 4e-300, (1.6e299, -1.2e299)),
    "arctan2 of huge": (np.arctan2, 3e200, 4e200, (1.6e-201, -1.2e-201)),
    "hypot(0, 0)": (np.hypot, 0.0, 0.0, (0, 0)),
    "hypot of tiny": (np.hypot, 3e-300, 4e-300, (0.6, 0.8)),
    "hypot of huge": (np.hypot, 3e300, 4e300, (0.6, 0.8)),
    "hypot of an infinity: inf / inf is not known": (np.hypot, inf, 1.0, (nan, 0)),
    "divide by tiny": (np.divide, 1e-200, 1e-200, (1e200, -1e200)),
    "divide of huge": (np.divide, 1e300, 1e300, (1e-300, -1e-300)),
    "0 / 0": (np.divide, 0.0, 0.0, (inf, nan)),
    "0**0": (np.power, 0.0, 0.0, (0, 0)),
    "0**1": (np.power, 0.0, 1.0, (1, 0)),
    "0**-1": (np.power, 0.0, -1.0, (-inf, -inf)),
    "maximum of a nan: it wins, as in np.max": (np.maximum, nan, 1.0, (1, 0)),
    "maximum with a nan": (np.maximum, 1.0, nan, (0, 1)),
    "maximum of nans": (np.maximum, nan, nan, (half, half)),
    "fmin of a nan": (np.fmin, nan, 1.0, (0, 1)),
    "fmax of nans": (np.fmax, nan, nan, (half, half)),
    "minimum of a nan": (np.minimum, nan, 1.0, (1, 0)),
    "minimum with a nan": (np.minimum, 1.0, nan, (0, 1)),
    "minimum of nans": (np.minimum, nan, nan, (half, half)),
}  # fmt: skip


@pytest.mark.parametrize(("function", "a", "b", "expected"), TWO.values(), ids=TWO)
def test_gradients_at_corners(function, a, b, expected):
    with np.errstate(all="ignore"):
        found = ag.vjp(function, np.array(a), np.array(b))[1](np.array(1.0))
    np.testing.assert_allclose(found, expected, rtol=2e-15, atol=0)


LENGTHS = {
    "x * x": lambda x: np.sqrt(np.sum(x * x)),
    "x**2": lambda x: np.sqrt((x**2).sum()),
    "np.power(x, 2)": lambda x: np.sqrt(np.sum(np.power(x, 2))),
    "square, scaled": lambda x: np.sqrt(3 * np.mean(np.square(2 * x))),
    "x @ x": lambda x: np.sqrt(x @ x),
    "einsum": lambda x: np.sqrt(np.einsum("i,i->", x, x)),
    "read one by one": lambda x: np.sqrt(x[0] ** 2 + x[1] * x[1]),
    "rows": lambda x: np.sum(np.sqrt(np.sum(np.stack([x, 0 * x]) ** 2, axis=1))),
    "std": np.std,
}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
def test_the_root_of_a_sum_of_squares_at_0_has_the_subgradient_0(length):
    assert ag.grad(length)(np.zeros(2)).tolist() == [0, 0]
    assert ag.grad(lambda x: np.sum(ag.grad(length)(x) ** 2 + x))(np.array([3.0, 4.0])).shape == (2,)
    with ag.enable_grad():
        x = ag.tensor([0.0, 0.0], requires_grad=True)
        length(x).backward(create_graph=True)
    assert x.grad.data.tolist() == [0, 0]


def test_a_root_hides_no_nan_and_no_infinite_slope():
    assert np.isnan(ag.grad(lambda x: np.sqrt(np.sum(x * x)))(np.array([nan, 0.0]))).all()
    assert ag.grad(lambda x: np.sum(np.sqrt(x)))(np.array([0.0, 4.0])).tolist() == [inf, 0.25]
    assert ag.grad(lambda x: np.sqrt(np.sum(3 * x)))(np.array([0.0])).tolist() == [inf]


def test_clip_passes_a_nan_on():
    x = np.array([nan, 0.5])
    assert ag.grad(lambda x: np.sum(np.clip(x, 0, 1)))(x).tolist() == [1, 1]


@pytest.mark.parametrize("constant", [np.array([3], np.uint8), np.array([True])], ids=["unsigned", "bool"])
@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_bounds_may_be_of_any_kind(function, constant):
    found = ag.grad(lambda x: np.sum(function(x, constant)))(np.array([0.5, 3.5]))
    assert found.tolist() == ([0, 1] if function in (np.maximum, np.fmax) else [1, 0])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (ag.grad(lambda x: np.arctan2(np.uint8(2), x)), 0.16),
        (ag.grad(lambda x: np.arctan2(np.True_, x)), 0.5),
        (ag.grad(lambda x: np.interp(x, [0, 1, 3], np.array([0, 2, 1], np.uint8)) ** 2), 1.125),
        (lambda x: np.uint8(2) ** x, 2 * np.log(2)),
        (lambda x: np.float16(3) ** x, 3 * np.log(3)),
        (lambda x: np.logspace(0, x, 2, base=np.int8(3))[1], 3 * np.log(3)),
    ],
)
def test_constants_of_few_bytes_neither_wrap_nor_round(f, expected):
    np.testing.assert_allclose(ag.grad(f)(1.0), expected, rtol=1e-14)


# Their derivative does not depend on the number, or is 0 wherever there is one.
LINEAR_OR_FLAT = {
    np.add, np.subtract, np.negative, np.positive, np.conjugate, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sign,
    np.floor, np.ceil, np.trunc, np.rint, np.floor_divide, np.heaviside, complex_parts.real_part, complex_parts.imag_part,
}  # fmt: skip
SELECTING = {np.maximum, np.minimum, np.fmax, np.fmin}  # their value is one of their arguments, whose derivative is 1


@pytest.mark.parametrize("row", [r for r in ROWS if r.function in PLAIN], ids=str)
def test_the_derivative_at_nan_is_nan(row):
    """Never silently 0: nan, where the derivative depends on the number."""
    if row.function in LINEAR_OR_FLAT | SELECTING:
        return
    rules = PLAIN[row.function]
    with np.errstate(all="ignore"):
        gradients = ag.vjp(row.function, *[np.array(nan)] * len(rules))[1](np.array(1.0))
    constant = {np.remainder: 0, np.fmod: 0, np.copysign: 1, np.nextafter: 1}.get(
        row.function
    )  # by that argument it is 1 or 0 everywhere
    assert all(np.isnan(g) for i, g in enumerate(gradients) if i != constant)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.tanh, 11.0, 0.0),
        (np.hypot, 60000.0, 1.0),
        (functional.sigmoid, 20.0, 0.0),
        (functional.sigmoid, -20.0, 0.0),
        (functional.softplus, 20.0, 1.0),
        (functional.softplus, 60000.0, 1.0),
        (np.arcsinh, 60000.0, 1 / 60000),
        (np.arctan, 60000.0, 0.0),
        (np.arccosh, 60000.0, 1 / 60000),
        (np.sqrt, 60000.0, 0.5 / 60000**0.5),
        (np.cbrt, 60000.0, 60000 ** (-2 / 3) / 3),
        (np.log, 60000.0, 1 / 60000),
    ],
)
def test_half_precision_overflows_no_sooner_than_numpy(function, x, expected):
    x = np.array(x, np.float16)
    arrays = (x, np.ones_like(x)) if function is np.hypot else (x,)
    with np.errstate(all="ignore"):
        (found, *_) = ag.vjp(function, *arrays)[1](np.ones_like(x))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-6)


# -- forward: the bits of the call written --------------------------------------------------------------------------

EXPONENTS = (0, 1, 2, 3, -1, -2, 0.5, 2.0, 3.0, -1.0, -0.5, True, np.float64(2), np.float32(2), np.int64(2), np.float16(0.5),
             np.array(2), np.array(2.0), np.array([2.0]), [2, 2, 2, 2])  # fmt: skip
WAYS = {
    "x**e": operator.pow,
    "np.power(x, e)": np.power,
    "np.float_power(x, e)": np.float_power,
    "e**x": lambda x, e: e**x if not isinstance(e, list) else np.power(e, x),
    "np.power(e, x)": lambda x, e: np.power(e, x),
    "x**=e": lambda x, e: operator.ipow(x.copy(), e),
}


@pytest.mark.parametrize("dtype", [*DTYPES, np.int64])
@pytest.mark.parametrize("exponent", EXPONENTS, ids=lambda e: f"{type(e).__name__} {e}")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_powers_are_numpys_to_the_bit(way, exponent, dtype):
    rng = np.random.default_rng(0)
    numbers = np.asarray(rng.integers(1, 9, (500, 4)) if dtype is np.int64 else rng.uniform(-3, 3, (500, 4)), dtype)
    for x in (numbers, numbers[0], numbers[0, :1].reshape(())):
        with np.errstate(all="ignore"):
            try:
                expected = np.asarray(way(x, exponent))
            except (TypeError, ValueError) as error:
                with pytest.raises(type(error)):
                    way(ag.tensor(x), exponent)
                continue
            found = way(ag.tensor(x), exponent)
        assert isinstance(found, ag.Tensor)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.array_equal(found.data, expected, equal_nan=True)
        assert np.array_equal(np.signbit(found.data), np.signbit(expected))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", [r for r in ROWS if r.function in PLAIN], ids=str)
def test_dtypes_are_kept_through_second_order(row, dtype):
    """Also with Python scalars beside, and in 0 dimensions."""
    if row.function in (np.float_power, accurate.sigmoid_slope):
        return  # it computes in float64 at least; it is never given Python scalars
    n = len(PLAIN[row.function])
    for shape in ((), (3,)):
        x = np.full(shape, 1.25 if row.function is np.arccosh else 0.25, dtype)
        for arrays in [(x,) * n] if n == 1 else [(x, x), (x, 0.5), (0.5, x)]:
            tensors = [ag.tensor(a, requires_grad=True) if isinstance(a, np.ndarray) else a for a in arrays]
            y = row.function(*tensors)
            (y * (y / 64)).sum().backward(create_graph=True)
            tracked = [t for t in tensors if isinstance(t, ag.Tensor)]
            first = [t.grad for t in tracked]
            assert y.dtype == dtype
            assert all(g.dtype == dtype and g.shape == shape for g in first)
            for t in tracked:
                t.grad = None
            total = sum((g * (g / 64)).sum() for g in first)
            if total.requires_grad:
                total.backward()
            assert all(t.grad is None or (t.grad.dtype == dtype and t.grad.shape == shape) for t in tracked)


@pytest.mark.parametrize("function", [np.std, np.var, np.nanstd])
@pytest.mark.parametrize(("shape", "axis"), [((), None), ((1,), 0), ((3, 1), 1), ((1, 1), (0, 1))])
def test_one_number_has_no_spread_of_any_order(function, shape, axis):
    x = np.full(shape, 3.5)
    v = np.ones(shape)
    assert not np.any(ag.grad(lambda x: np.sum(function(x, axis=axis)))(x))
    assert not np.any(ag.hvp(lambda x: np.sum(function(x, axis=axis)))(x, v))

"""Products of many numbers: derivatives beside zeros, subnormal numbers, overflow and infinities, against exact references."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd_lite as ag
from tests.table.row import NUMPY

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own, of products that overflow

ANY = st.floats(allow_nan=False, allow_infinity=False)
SCALES = st.builds(lambda m, e: m * 10.0**e, st.floats(-9, 9), st.integers(-300, 290))
CORNERS = st.sampled_from([0.0, -0.0, 1e-17, 5e-324, 1e-310, 1e-200, 1e200, 1e308, 1.0, -2.0])
NUMBERS = st.one_of(CORNERS, SCALES, ANY, st.floats(-3, 3))
FEW = st.lists(NUMBERS, min_size=1, max_size=6).map(np.array)


def product(numbers):
    found = mpf(1)
    for x in numbers:
        found *= mpf(float(x))
    return found


def omitting(numbers, *places):
    return product(x for k, x in enumerate(numbers) if k not in places)


def assert_close(found, expected, dtype=np.float64, ulps=8):
    """Within some units in the last place, of the least normal number at least; beyond the largest number it is infinite."""
    info = np.finfo(dtype)
    for a, b in zip(np.ravel(found), np.ravel(np.array(expected, object)), strict=True):
        if abs(b) > mpf(float(info.max)) * (1 - 1e-2):
            assert np.isinf(a) or abs(mpf(float(a)) / b - 1) < 1e-2
            continue
        unit = float(info.eps) * max(abs(b), mpf(float(info.tiny)))
        assert abs(mpf(float(a)) - b) <= ulps * unit, f"{a} for {mp.nstr(b, 20)}"


@given(FEW)
def test_gradients_of_products_are_exact(x):
    assert_close(ag.grad(np.prod)(x), [omitting(x, i) for i in range(len(x))])
    assert_close(ag.grad(np.nanprod)(np.append(x, np.nan))[:-1], [omitting(x, i) for i in range(len(x))])


@given(FEW)
def test_second_derivatives_of_products_are_exact(x):
    n = len(x)
    expected = [[mpf(0) if i == j else omitting(x, i, j) for j in range(n)] for i in range(n)]
    if all(abs(e) < 1e300 for row in expected for e in row):  # an infinite one times 0 is not known
        assert_close(ag.hessian(np.prod)(x), expected)


@given(FEW, st.integers(0, 5))
def test_cumulative_products_are_exact_in_both_orders(x, last):
    """Of one of the products alone, and of all of them added up, where nothing cancels."""
    n = len(x)
    last = min(last, n - 1)
    one = [omitting(x[: last + 1], i) if i <= last else mpf(0) for i in range(n)]
    functions = [np.cumprod, np.nancumprod] + ([np.cumulative_prod] if NUMPY >= (2, 1) else [])
    for function in functions:
        if all(abs(omitting(x[: k + 1], i)) < 1e300 for k in range(n) for i in range(k + 1)):
            assert_close(ag.vjp(function, x)[1](np.eye(n)[last])[0], one)
    x = np.abs(x)
    sums = [[[omitting(x[: k + 1], i, j) for k in range(max(i, j), n)] for j in range(n)] for i in range(n)]
    second = [[mpf(0) if i == j else sum(sums[i][j]) for j in range(n)] for i in range(n)]
    first = [sum(sums[i][i]) for i in range(n)]
    if max(map(max, second)) < 1e300 and max(first) < 1e300:
        assert_close(ag.grad(lambda x: np.sum(np.cumprod(x)))(x), first)
        assert_close(ag.hessian(lambda x: np.sum(np.cumprod(x)))(x), second, ulps=16)


def test_third_derivatives_near_0_are_exact():
    x = np.array([1e-17, 2.0, 3.5, 1e-200, 5.0])
    second = lambda x: ag.hvp(np.prod)(x, np.array([1.0, 0.0, 0.0, 0.0, 0.0]))
    third = ag.jacobian(second)(x)
    expected = [[mpf(0) if len({0, i, j}) < 3 else omitting(x, 0, i, j) for j in range(5)] for i in range(5)]
    assert_close(third, expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@given(st.lists(st.floats(0.001, 0.1), min_size=1, max_size=5), st.sampled_from([1, 2, 8]))
@example([0.0054] * 3, 1)
def test_every_precision_has_its_own_subnormal_numbers(dtype, x, power):
    x = np.array(x, dtype) ** np.array(power, dtype)
    assert_close(ag.grad(np.prod)(x), [omitting(x, i) for i in range(len(x))], dtype)
    total = [sum(omitting(x[: k + 1], i) for k in range(i, len(x))) for i in range(len(x))]
    assert_close(ag.grad(lambda x: np.sum(np.cumprod(x)))(x), total, dtype)


@given(st.integers(0, 2**32 - 1), st.sampled_from([(0,), (1,), (2,), (0, 2), (2, 1), None]))
def test_batches_are_as_each_alone(seed, axis):
    rng = np.random.default_rng(seed)
    x = rng.choice([0.0, 1e-200, 1e-115, 1e200, 2.0, -3.0], (2, 3, 2))
    axes = (0, 1, 2) if axis is None else axis
    rest = [i for i in range(3) if i not in axes]
    found = ag.grad(lambda x: np.sum(np.prod(x, axis)))(x)
    for kept in itertools.product(*(range(x.shape[i]) for i in rest)):
        key = [slice(None)] * 3
        for i, k in zip(rest, kept):
            key[i] = k
        numbers = x[tuple(key)].ravel()
        assert_close(found[tuple(key)].ravel(), [omitting(numbers, i) for i in range(numbers.size)])


def test_infinite_and_missing_factors():
    gradient = lambda *x: ag.grad(np.prod)(np.array(x)).tolist()
    assert gradient(np.inf, 2.0, 3.0) == [6, np.inf, np.inf]
    np.testing.assert_array_equal(gradient(np.inf, 0.0, 3.0), [0, np.inf, np.nan])
    np.testing.assert_array_equal(gradient(np.nan, 0.0, 3.0), [0, np.nan, np.nan])


def test_the_scale_of_the_loss_and_the_first_factor_keep_a_product_in_range():
    x = np.array([1e-200, 1e-200, 1e-200])
    assert ag.grad(lambda x: np.prod(x, initial=1e300))(x) == pytest.approx(np.full(3, 1e-100), rel=1e-15, abs=0)
    assert ag.vjp(np.prod, x)[1](1e300)[0] == pytest.approx(np.full(3, 1e-100), rel=1e-15, abs=0)


@pytest.mark.parametrize("f", [np.prod, lambda x: np.sum(np.cumprod(x))])
def test_many_factors(f):
    """A product of many ordinary numbers stays in range, but the sizes of its factors add up beyond it."""
    rng = np.random.default_rng(0)
    x = np.exp(rng.normal(size=5000) * 0.3)
    v = rng.normal(size=5000)
    logarithms = np.cumsum(np.log(x))
    assert 1e-300 < f(x) < 1e300
    assert np.sum(np.abs(np.log2(x))) > 1024
    if f is np.prod:
        np.testing.assert_allclose(ag.grad(f)(x), np.prod(x) / x, rtol=1e-12)
        np.testing.assert_allclose(ag.hvp(f)(x, v), np.prod(x) / x * (np.sum(v / x) - v / x), rtol=1e-9, atol=1e-12)
    else:
        np.testing.assert_allclose(ag.grad(f)(x), np.cumsum(np.exp(logarithms)[::-1])[::-1] / x, rtol=1e-11)

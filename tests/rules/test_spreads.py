"""Norms, standard deviations and logarithms of sums: second derivatives, scales and nearly equal numbers, to 50 digits."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd_lite as ag

mp.dps = 50
EPS = np.finfo(float).eps
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own, of squares that overflow
APART = st.builds(lambda m, e, s: s * m * 10.0**e, st.floats(1, 9), st.integers(-9, 3), st.sampled_from([-1, 1]))
NUMBERS = st.lists(APART, min_size=2, max_size=5).map(np.array)
EXPONENT = st.sampled_from([-250, -160, -100, -20, 0, 20, 100, 160, 250])


def assert_close(found, expected, ulps):
    """Each element within so many units in its own last place."""
    for a, b in zip(np.ravel(found).tolist(), np.ravel(np.array(expected, object)), strict=True):
        assert abs(mpf(a) - b) <= ulps * EPS * abs(b), f"{a} for {mp.nstr(b, 20)}"


def exact(x):
    return [mpf(float(v)) for v in x]


def norm_derivatives(x, p=2):
    """The gradient and the Hessian of (sum |x|**p)**(1/p)."""
    size = [abs(v) for v in exact(x)]
    length = sum(s**p for s in size) ** (mpf(1) / p)
    s = [v / length for v in size]
    w = [mp.sign(v) * t ** (p - 1) for v, t in zip(exact(x), s)]
    n = range(len(x))
    rest = [sum(s[j] ** p for j in n if j != i) for i in n]
    return w, [[(p - 1) / length * (s[i] ** (p - 2) * rest[i] if i == j else -w[i] * w[j]) for j in n] for i in n]


@given(NUMBERS, EXPONENT)
@example(np.array([3.0, 4e-9]), 0)
def test_norms_at_every_scale(x, exponent):
    x = np.ldexp(x, exponent * 3)
    gradient, hessian = norm_derivatives(x)
    assert_close(ag.grad(np.linalg.norm)(x), gradient, 8)
    assert_close(ag.hessian(np.linalg.norm)(x), hessian, 16)
    assert_close(ag.hessian(lambda x: np.linalg.norm(x[:, None], axis=0).sum())(x), hessian, 16)


@given(NUMBERS, st.sampled_from([1.5, 2.5, 3, 4, 0.5]), st.sampled_from([-100, -60, 0, 60, 100]))
def test_norms_of_order_p(x, p, exponent):
    x = np.ldexp(x, exponent * 3)
    gradient, hessian = norm_derivatives(x, mpf(p))
    assert_close(ag.grad(lambda x: np.linalg.norm(x, p))(x), gradient, 100)  # the exponent p - 1 magnifies rounding
    assert_close(ag.hessian(lambda x: np.linalg.norm(x, p))(x), hessian, 200)


@pytest.mark.parametrize("p", [1.5, 2, 2.5, 3, 0.5])
def test_beside_zeros_the_value_or_nan(p):
    x = np.array([0.0, 1.0, -2.0])
    true = {1.5: np.inf, 2: 1 / np.sqrt(5)}.get(p, 0.0)
    gradient, hessian = ag.grad(lambda x: np.linalg.norm(x, p))(x), ag.hessian(lambda x: np.linalg.norm(x, p))(x)
    assert gradient[0] == 0
    assert np.isnan(hessian[0, 0]) if p < 1 else hessian[0, 0] == pytest.approx(true, rel=1e-15)
    rest = np.array([[float(v) for v in row] for row in norm_derivatives(x[1:], mpf(p))[1]])
    np.testing.assert_allclose(hessian[1:, 1:], rest, rtol=1e-13)
    others = [*hessian[0, 1:], *hessian[1:, 0]]
    assert all(np.isnan(v) or v == 0 for v in others)


@given(NUMBERS, st.sampled_from([2.0, -3.0, 1e-5]))
def test_hypot(x, b):
    _, hessian = norm_derivatives([x[0], b])
    assert_close(ag.hessian(lambda v: np.hypot(v[0], v[1]))(np.array([x[0], b])), hessian, 8)


def deviations(x):
    numbers = exact(x)
    mean = sum(numbers) / len(numbers)
    return [v - mean for v in numbers]


@given(st.integers(2, 7), st.floats(-1e6, 1e6), st.sampled_from([np.float64, np.float32, np.float16]))
@example(3, 1 / 3, np.float64)
def test_equal_numbers_have_no_spread_to_change(n, value, dtype):
    x = np.full(n, np.clip(value, -6e4, 6e4), dtype)
    for f in (np.std, np.var, np.nanstd, np.nanvar):
        assert not ag.grad(f)(x).any()
    assert np.isnan(ag.hessian(np.std)(x)).all()


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=6), st.sampled_from([1 / 3, 1.0, 1e8, -7.3]), st.sampled_from([0, 1]))
@example([0, 0, 1], 1 / 3, 0)
def test_nearly_equal_numbers(steps, value, ddof):
    """Numbers that differ by a few units in the last place: the gradient is as accurate as for any others, and sums to 0."""
    assume(len(set(steps)) > 1)
    x = value + np.array(steps) * np.spacing(abs(value)) * 4
    d = deviations(x)
    n, length = len(x) - ddof, mp.sqrt(sum(v * v for v in d))
    scale = max(abs(v) for v in d)
    for f, true in (
        (lambda x: np.std(x, ddof=ddof), [v / length / mp.sqrt(n) for v in d]),
        (lambda x: np.var(x, ddof=ddof), [2 * v / n for v in d]),
    ):
        found = ag.grad(f)(x)
        size = max(abs(t) for t in true)
        assert scale > 0
        assert all(abs(mpf(a) - b) <= 8 * EPS * size for a, b in zip(found.tolist(), true))
        assert abs(np.sum(found)) <= 8 * EPS * float(size)


@given(NUMBERS, st.floats(0.5, 700))
@example(np.array([0.0, -1.0]), 20.0)
def test_second_derivatives_of_logarithms_of_sums(x, spread):
    x = np.tanh(x) * spread
    for f, base in ((np.logaddexp.reduce, mp.e), (np.logaddexp2.reduce, mpf(2))):
        powers = [base**v for v in exact(x)]
        p = [v / sum(powers) for v in powers]
        n = range(len(x))
        rest = [sum(p[j] for j in n if j != i) for i in n]
        true = [[mp.log(base) * (p[i] * rest[i] if i == j else -p[i] * p[j]) for j in n] for i in n]
        assume(all(abs(v) > 1e-290 for row in true for v in row))
        assert_close(ag.hessian(f)(x), true, 8 + 4 * spread)  # the logarithm itself is rounded


def gradient_along(f, x, axis):
    return ag.grad(lambda x: np.sum(f(x, axis=axis)))(x)


def test_batches_are_as_each_alone():
    x = np.array([[3.0, 4e-9], [1 / 3, 1 / 3], [1e-200, 2e-200], [0.0, 0.0]])
    for f in (np.linalg.norm, lambda x, axis: np.linalg.norm(x, 3, axis), np.std, np.var, np.logaddexp.reduce):
        together, alone = gradient_along(f, x, 1), [gradient_along(f, row, 0) for row in x]
        np.testing.assert_allclose(together, alone, rtol=1e-15)


@pytest.mark.parametrize("f", [np.var, np.std, np.nanvar, np.nanstd])
def test_a_spread_that_is_a_complex_number_has_the_derivatives_of_a_real_one(f):
    z = np.array([1 + 2j, -1 + 0.5j, 0.3j])
    in_complex = lambda z: f(z, dtype=complex)
    assert not ag.grad(lambda z: np.imag(in_complex(z)))(z).any()
    first, same = ag.grad(lambda z: np.real(in_complex(z))), ag.grad(f)
    np.testing.assert_allclose(first(z), same(z), rtol=1e-14)
    second = lambda g: ag.grad(lambda z: np.sum(np.real(g(z) * [1, 2j, 3])))(z)
    np.testing.assert_allclose(second(first), second(same), rtol=1e-13)

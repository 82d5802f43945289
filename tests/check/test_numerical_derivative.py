"""Measured derivatives: the truth lies within the error bar, for hard functions, at all magnitudes, in every precision."""

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
from tests import THOROUGH

SEEDS = range(3 if THOROUGH else 1)
POINTS = 20 if THOROUGH else 10

SMOOTH = {  # a function, its derivative in exact arithmetic, and where: from, to, and whether of both signs
    "exp": (np.exp, mpmath.exp, 1e-12, 700, True),
    "log": (np.log, lambda x: 1 / x, 1e-300, 1e300, False),
    "sqrt": (np.sqrt, lambda x: 1 / (2 * mpmath.sqrt(x)), 1e-300, 1e300, False),
    "sin": (np.sin, mpmath.cos, 1e-10, 1e7, True),
    "cos": (np.cos, lambda x: -mpmath.sin(x), 1e-10, 1e7, True),
    "tan": (np.tan, lambda x: 1 / mpmath.cos(x) ** 2, 1e-8, 100, True),
    "tanh": (np.tanh, lambda x: 1 / mpmath.cosh(x) ** 2, 1e-10, 50, True),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2), 1e-10, 1e10, True),
    "arcsinh": (np.arcsinh, lambda x: 1 / mpmath.sqrt(1 + x**2), 1e-10, 1e10, True),
    "arccosh": (np.arccosh, lambda x: 1 / mpmath.sqrt((x - 1) * (x + 1)), 1.0001, 1e8, False),
    "log1p": (np.log1p, lambda x: 1 / (1 + x), 1e-12, 1e50, False),
    "expm1": (np.expm1, mpmath.exp, 1e-12, 700, True),
    "cbrt": (np.cbrt, lambda x: 1 / (3 * mpmath.cbrt(x) ** 2), 1e-30, 1e30, False),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, 1e-100, 1e100, True),
    "x**x": (lambda x: x**x, lambda x: x**x * (mpmath.log(x) + 1), 1e-6, 100, False),
    "x**3": (lambda x: x**3, lambda x: 3 * x**2, 1e-90, 1e90, True),
    "sin(1/x)": (lambda x: np.sin(1 / x), lambda x: -mpmath.cos(1 / x) / x**2, 1e-4, 10, True),
    "exp(-1/x)": (lambda x: np.exp(-1 / x), lambda x: mpmath.exp(-1 / x) / x**2, 2e-3, 100, False),
    "log1p(x) - x": (lambda x: np.log1p(x) - x, lambda x: -x / (1 + x), 1e-6, 10, False),  # of small numbers, much cancels
}


def truth(slope, x):
    with mpmath.workdps(50):
        return np.array([float(slope(mpmath.mpf(float(t)))) for t in np.ravel(x)]).reshape(np.shape(x))


def drawn(rng, low, high, both_signs, n):
    x = np.exp(rng.uniform(np.log(low), np.log(high), n))
    return x * rng.choice([-1, 1], n) if both_signs else x


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SMOOTH)
def test_the_truth_lies_within_the_error_bar(name, seed):
    f, slope, low, high, both_signs = SMOOTH[name]
    rng = np.random.default_rng(seed)
    x = drawn(rng, low, high, both_signs, POINTS)
    exact = truth(slope, x)
    measured = [ag.numerical_derivative(f, t, rng=rng) for t in x]
    value, error = np.array(measured).T
    assert np.all(np.abs(value - exact) <= error + 4 * np.finfo(float).eps * np.abs(exact))
    sharp = error <= 1e-5 * np.abs(exact) + 1e-9
    assert sharp.mean() > 0.8  # and it is not so wide as to say nothing


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "tanh", "arctan", "x**3", "log1p"])
def test_single_precision_is_measured_in_its_own_resolution(name):
    f, slope, low, high, both_signs = SMOOTH[name]
    x = drawn(np.random.default_rng(4), max(low, 1e-4), min(high, 50), both_signs, 30).astype(np.float32)
    value, error = ag.numerical_derivative(f, x)
    exact = truth(slope, x)
    assert value.dtype == np.float64
    assert np.all(np.abs(value - exact) <= error + 1e-7 * np.abs(exact))
    assert np.median(error / np.abs(exact)) < 1e-2


def test_half_precision_is_measured_in_its_own_resolution():
    x = np.float16([10, -8, 0, 1.5])
    value, error = ag.numerical_derivative(np.exp, x)
    exact = np.exp(x.astype(float))
    assert np.all(np.abs(value - exact) <= error + 1e-3 * exact)
    assert np.all(error < 0.3 * exact)


def test_long_doubles_are_measured_more_closely_than_doubles():
    x = np.linspace(0.5, 2, 4, dtype=np.longdouble)
    value, error = ag.numerical_derivative(np.sin, x)
    assert value.dtype == np.longdouble
    assert np.all(np.abs(value - np.cos(x)) <= error)
    assert np.all(error <= ag.numerical_derivative(np.sin, x.astype(float)).error)


SINGULAR = {  # a function, a point, the interval of slopes that its error bar must span
    "abs": (np.abs, 0.0, -1, 1),
    "relu": (lambda x: np.maximum(x, 0), 0.0, 0, 1),
    "leaky relu, off 0": (lambda x: np.where(x > 3, x - 3, 0.1 * (x - 3)), 3.0, 0.1, 1),
    "|sin| at pi": (lambda x: np.abs(np.sin(x)), np.pi, -1, 1),
    "sign": (np.sign, 0.0, -np.inf, np.inf),
    "floor": (np.floor, 2.0, -np.inf, np.inf),
    "a jump of 1e-9": (lambda x: x + 1e-9 * (x >= 1), 1.0, -np.inf, np.inf),
    "cbrt, infinitely steep": (np.cbrt, 0.0, -np.inf, np.inf),
    "sqrt of abs": (lambda x: np.sqrt(np.abs(x)), 0.0, -np.inf, np.inf),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_error_bars_span_what_is_singular(name):
    f, x, low, high = SINGULAR[name]
    value, error = ag.numerical_derivative(f, x)
    if np.isfinite(low):
        assert value - error <= low + 1e-7
        assert value + error >= high - 1e-7
        assert error < high - low
    else:
        assert error == np.inf


BESIDE = 10.0 ** -np.arange(2, 12)  # nearer, rounding hides which side it is


@pytest.mark.parametrize("distance", [*BESIDE, *-BESIDE])
def test_beside_a_kink_there_is_one_slope(distance):
    f = lambda x: np.where(x > 1, 3 * x - 2, np.exp(x - 1))  # noqa: E731
    value, error = ag.numerical_derivative(f, 1 + distance)
    assert abs(value - (3 if distance > 0 else np.exp(distance))) <= error
    assert error < 1e-3 + 1e-13 / abs(distance)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("distance", [0.0, 1e-9, 3e-7, -1e-7, 1e-5, -1e-3, 6e-3])
def test_a_kink_too_weak_to_be_seen_as_one_is_within_the_error_bar(distance, seed):
    """As that of an example whose loss is nearly 0: central differences on both sides of it agree on the mean of its slopes."""
    for height in 10.0 ** -np.arange(5, 12):
        f = lambda x, h=height: 1 + np.sin(x) + h * np.maximum(x - (0.7 + distance), 0)  # noqa: E731
        value, error = ag.numerical_derivative(f, 0.7, rng=seed)
        for slope in [0] * (distance >= 0) + [height] * (distance <= 0):
            assert abs(value - np.cos(0.7) - slope) <= error + 1e-15, height
        assert error < height + 3e-10


@pytest.mark.parametrize(("distance", "height"), [(1e-6, 1e-7), (1e-5, 1e-8), (1e-4, 1e-9)])
def test_a_slope_that_only_fine_steps_see_is_within_the_error_bar(distance, height):
    """Two kinks that cancel in second differences, one on either side of the point: coarse steps agree on a wrong value."""

    def f(x):
        x = np.float64(x)  # neither complex nor long
        return np.sin(x) + height * (np.maximum(x - 0.7 + distance, 0) - np.maximum(x - 0.7 - 1.3 * distance, 0)) + 1

    for seed in range(10):
        value, error = ag.numerical_derivative(f, 0.7, rng=seed)
        assert abs(value - np.cos(0.7) - height) <= error


@pytest.mark.parametrize("jump", [1.0, -1e-3, 3e-7, 1e-10])
def test_beside_a_jump_the_slope_across_it_is_not_taken(jump):
    """Though steps over it, which see half of the jump, agree with each other."""
    for distance in (1e-6, 1e-10, 6e-14):
        value, error = ag.numerical_derivative(lambda x: np.where(x > 0.14, 1.1 * x + jump, -0.9 * x), 0.14 * (1 + distance))
        assert abs(value - 1.1) <= error or np.isnan(value)


def test_at_the_end_of_its_domain_a_function_has_no_derivative_unless_it_is_one_sided_and_smooth():
    value, error = ag.numerical_derivative(lambda x: x**1.5 + 2 * x, 0.0)
    assert abs(value - 2) <= error < 0.1
    assert ag.numerical_derivative(np.sqrt, 0.0).error == np.inf
    assert ag.numerical_derivative(np.log, -1.0).error == np.inf


def test_a_staircase_is_flat_between_its_steps_and_noise_when_these_are_rounding():
    value, error = ag.numerical_derivative(lambda x: np.round(x, 2), 0.503)
    assert abs(value) <= error < 1e-9
    value, error = ag.numerical_derivative(lambda x: np.sin(x.astype(np.float32)).astype(float), np.array([0.7, 4.3e-7]))
    assert np.all(np.abs(value - np.cos([0.7, 4.3e-7])) <= error)
    assert np.all(error < 1e-2)


def test_what_is_too_fast_to_follow_has_no_error_bar():
    assert ag.numerical_derivative(np.sin, np.float32(3.7e6)).error == np.inf
    assert ag.numerical_derivative(np.sin, 1e15).error == np.inf


@pytest.mark.parametrize("x", [1e-20, 1e-300, 4e-7])
def test_a_tiny_argument_that_rounding_swallows_is_measured_with_larger_steps(x):
    for f, slope in ((np.exp, 1.0), (lambda x: 1 - 3 * x, -3.0)):
        value, error = ag.numerical_derivative(f, np.array([x, 1.0]))
        assert abs(value[0] - slope * (np.exp(x) if f is np.exp else 1)) <= error[0] < 1e-6


@pytest.mark.parametrize("scale", [1e-290, 1e-30, 1e30, 1e290])
def test_a_scale_changes_nothing(scale):
    x = np.array([0.3, 2.0])
    value, error = ag.numerical_derivative(lambda x: scale * np.exp(x), x)
    assert np.all(np.abs(value / scale - np.exp(x)) <= error / scale)
    assert np.all(error / scale < 1e-9)


def test_steps_are_capped_relative_to_the_argument():
    seen = []
    ag.numerical_derivative(lambda x: seen.append(float(x)) or np.log(x), 1e-8)
    assert max(abs(t - 1e-8) for t in seen) < 0.2e-8


def test_the_complex_step_sharpens_what_is_analytic_and_is_refused_elsewhere():
    x = np.array([0.4, 1.3])
    assert np.all(ag.numerical_derivative(np.sin, x).error < 1e-11)
    for f, slope in ((lambda x: np.abs(np.exp(x)), np.exp), (lambda x: np.sin(x.real) + 0 * x, np.cos)):  # not analytic
        value, error = ag.numerical_derivative(f, x)
        assert np.all(np.abs(value - slope(x)) <= error)
        assert np.all(error < 1e-6)


def test_the_steps_depend_on_the_seed_alone():
    f = lambda x: np.exp(x) + 1e-9 * np.sin(1e12 * x)  # noqa: E731
    one, two, other = (ag.numerical_derivative(f, 0.7, rng=seed) for seed in (5, 5, 6))
    assert (one.value, one.error) == (two.value, two.error) != (other.value, other.error)


def test_a_function_that_is_not_elementwise_is_refused():
    x = np.arange(1.0, 7.0)
    for f in (np.cumsum, lambda x: x[::-1] * 1.0, lambda x: x / x.sum()):
        with pytest.raises(ValueError, match="numerical_jacobian"):
            ag.numerical_derivative(f, x)
    with pytest.raises(ValueError, match="keeps the shape"):
        ag.numerical_derivative(np.sum, x)
    with pytest.raises(TypeError, match="floating-point"):
        ag.numerical_derivative(np.sin, np.arange(3))


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0,), (1, 2, 2)])
def test_the_jacobian_has_the_shape_of_the_result_and_then_of_the_argument(shape):
    rng = np.random.default_rng(0)
    x, a = rng.normal(size=shape), rng.normal(size=(3, *shape))
    value, error = ag.numerical_jacobian(lambda x: np.array([np.sum(row * np.sin(x)) for row in a]), x)
    assert value.shape == error.shape == (3, *shape)
    assert np.all(np.abs(value - a * np.cos(x)) <= error + 1e-15)


@pytest.mark.parametrize("shape", [(40, 3), (3, 40), (12, 12)])
def test_jacobians_of_any_proportion_full_or_sparse(shape):
    rng = np.random.default_rng(1)
    a = rng.normal(size=shape) * (rng.random(shape) < 0.3)
    x = rng.normal(size=shape[1])
    value, error = ag.numerical_jacobian(lambda x: np.tanh(a @ x), x)
    assert np.all(np.abs(value - a * (1 - np.tanh(a @ x) ** 2)[:, None]) <= error + 1e-14)
    assert np.max(error) < 1e-8


def test_results_in_containers_are_laid_end_to_end():
    value, error = ag.numerical_jacobian(lambda x: {"a": x**2, "b": [np.sum(x)]}, np.array([1.0, 3.0]))
    assert np.all(np.abs(value - [[2, 0], [0, 6], [1, 1]]) <= error)


@pytest.mark.parametrize("f", [np.exp, np.square, lambda z: z**3 / (1 + z), np.log], ids=lambda f: f.__name__)
def test_the_derivative_of_a_holomorphic_function_is_measured_by_parts(f):
    z = np.array([0.5 + 1j, -1 + 0.2j])
    value, error = ag.numerical_derivative(f, z)
    truth = np.diagonal(ag.jacobian(f)(z))
    assert np.all(np.abs(value - truth) <= error + 1e-12)
    assert np.all(error < 1e-8)
    assert np.all(np.abs(np.diagonal(ag.numerical_jacobian(f, z).value) - truth) < 1e-8)


def test_a_complex_function_of_real_numbers_is_measured_by_parts():
    value, error = ag.numerical_jacobian(lambda x: np.fft.fft(x), np.ones(3))
    np.testing.assert_allclose(value, np.fft.fft(np.eye(3)), atol=1e-9)
    assert np.all(error < 1e-9)


@pytest.mark.parametrize("f", [np.abs, np.conj, np.real], ids=lambda f: f.__name__)
def test_a_function_that_is_not_holomorphic_has_no_one_derivative(f):
    with pytest.raises(TypeError, match="not holomorphic"):
        ag.numerical_derivative(f, 1 + 1j)

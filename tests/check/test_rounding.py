"""Error bars hold where terms cancel and where functions saturate: drawn functions, whose exact derivatives are known."""

import numpy as np
import pytest
from hypothesis import settings

import autograd_lite as ag
from tests.check.checking import check
from tests.check.drawn_functions import FAMILIES, drawn

COUNT = settings.default.max_examples
NEVER_FAIL = [family for family in FAMILIES if family != "staircase"]  # in which a slope may hide, that values do not show
EPS = float(np.finfo(float).eps)

each_family = pytest.mark.parametrize("family", FAMILIES)
pytestmark = pytest.mark.filterwarnings("ignore")  # NumPy's, of values that overflow beside the point


def shows(f):
    """True if a step of a tenth changes the function: where it does not, nobody can tell its slope from values."""
    return f(np.float64(1.1 * f.x)) != f(np.float64(f.x)) or f(np.float64(0.9 * f.x)) != f(np.float64(f.x))


def gradient_of(f, factor=1.0):
    return lambda x, v: np.asarray(v * factor * f._replace(x=float(x)).exact())


@each_family
def test_the_exact_derivative_lies_within_the_error_bar(family):
    missed, widths, calls = [], [], []
    for seed in range(COUNT):
        f = drawn(family, seed)
        counted = []
        value, error = ag.numerical_derivative(lambda x, f=f, counted=counted: counted.append(x) or f(x), f.x, rng=seed)
        exact = f.exact()
        calls.append(len(counted))
        widths.append(error / max(abs(exact), 1e-300))
        if not abs(value - exact) <= error + 4 * EPS * abs(exact) and shows(f):
            missed.append((seed, f.text, f.x, exact, value, error))
    assert len(missed) <= (0.03 * COUNT if family == "staircase" else 0), missed
    assert np.mean(calls) < (200 if family == "ordinary" else 600)
    assert np.median(widths) < (1e-10 if family == "ordinary" else 1e-2)


@pytest.mark.parametrize("family", NEVER_FAIL)
def test_a_right_gradient_is_never_called_wrong(family):
    for seed in range(COUNT // 2):
        f = drawn(family, seed)
        result = check(f, np.array(f.x), gradient=gradient_of(f), rng=seed)
        assert "fails" not in result.verdicts, (f.text, f.x, str(result))
        assert not result.problems, (f.text, f.x, str(result))
        if family == "ordinary":
            assert result.ok, (f.text, f.x, str(result))


@pytest.mark.parametrize("distance", [0.0, 1e-7, -1e-7, -1e-5])
@pytest.mark.parametrize("height", [1e-5, 1e-6, 3e-7])
def test_a_right_gradient_is_not_called_wrong_beside_a_weak_kink(height, distance):
    at = 0.7 + distance

    def f(x):
        return 1 + np.sin(x) + height * np.maximum(x - at, 0)

    for beyond in (np.greater, np.greater_equal):  # either subgradient, should the point be the kink
        for seed in range(2):
            for wrong in (0, 20 * height):
                gradient = lambda x, v: np.asarray(v * (np.cos(x) + height * beyond(x, at) + wrong))  # noqa: B023, E731
                result = check(f, np.array(0.7), gradient=gradient, rng=seed)
                assert result.ok == (not wrong), str(result)


@pytest.mark.parametrize("x", [2e-8, 3e-8, 1e-7, 3e-7, -1e-6, 1e-5, 1e-3])
def test_steps_of_a_term_that_cancels_are_rounding_though_they_ride_on_a_smooth_term(x):
    """cos rounds in steps of 1e-16, x**2 / 2 does not: so values neither repeat nor lie on a grid."""
    for seed in range(3):
        value, error = ag.numerical_derivative(lambda x: np.cos(np.float64(x)) - 1 + np.float64(x) ** 2 / 2, x, rng=seed)
        assert abs(value - slope_of_the_rest(x)) <= error


def slope_of_the_rest(x):
    """x - sin(x), without cancellation."""
    return x**3 / 6 - x**5 / 120


@pytest.mark.parametrize("factor", [1 + 1e-5, 0.9])
@pytest.mark.parametrize("family", ["ordinary", "cancelling"])
def test_a_wrong_gradient_never_passes_where_its_error_can_be_seen(family, factor):
    for seed in range(COUNT // 2):
        f = drawn(family, seed)
        _, error = ag.numerical_derivative(f, f.x, rng=seed)
        if error < 0.01 * abs(factor - 1) * abs(f.exact()):
            result = check(f, np.array(f.x), gradient=gradient_of(f, factor), rng=seed)
            assert not result.ok, (f.text, f.x, str(result))
            assert "kink" not in result.verdicts, (f.text, f.x, str(result))


# -- the second order ------------------------------------------------------------------------------------------------------


def log_softmax(z):
    return z - np.log(np.sum(np.exp(z)))


def divergence(z):
    p = np.array([0.2, 0.5, 0.3])
    return np.sum(p * (np.log(p) - log_softmax(z)))


CANCEL = {
    "x 1.001 - x": (lambda x: x * 1.001 - x, np.array([0.7, -1.2, 0.3])),
    "(sin x - x) cos x": (lambda x: (np.sin(x) - x) / 2 * np.cos(x), np.array([1e-3, 0.03, -0.2])),
    "divergence near the teacher": (divergence, np.log([0.2, 0.5, 0.3]) + 1e-6 * np.array([1.0, -2.0, 0.5])),
    "softmax, saturated": (lambda z: np.exp(log_softmax(z)), np.array([0.0, -1.0, 25.0])),
    "a sum beside 1e8": (lambda x: np.sum(np.sin(x) + 1e8) - 2e8, np.array([0.3, 1.1])),
}


@pytest.mark.parametrize("name", CANCEL)
def test_second_derivatives_are_judged_by_the_terms_that_cancel_in_them(name):
    f, x = CANCEL[name]
    result = check(f, x, order=2)
    assert not result.problems, str(result)
    assert result.ok, str(result)


def test_a_second_derivative_below_the_rounding_of_larger_terms_is_below_resolution():
    """1e-9 sin x beside 1e8 x: the Hessian is 1e-17 of the terms that its gradient adds, and is not called wrong or right."""
    result = check(lambda x: np.sum(1e8 * x + 1e-9 * np.sin(x)), np.array([0.3, 1.1]), order=2)
    assert not result.problems, str(result)
    assert "fails" not in result.verdicts, str(result)
    assert "below resolution" in result.verdicts or "inconclusive" in result.verdicts, str(result)


# -- errors that rounding hides ----------------------------------------------------------------------------------------------

FLAT = {  # nearly constant: an error of 1e-5 in the derivative is less than the rounding of the values
    "cos(tanh x)": (lambda x: np.cos(np.tanh(np.float64(x))), 9.3, -4 * np.exp(-18.6) * np.sin(1.0)),
    "log(1 + e^-x)": (lambda x: np.log(1 + np.exp(-np.float64(x))), 19.0, -np.exp(-19.0)),
    "arctan x": (lambda x: np.arctan(np.float64(x)), 2e5, 1 / (1 + 4e10)),
    "single": (lambda x: np.exp(np.sin(np.float32(x))).astype(float), 0.7, np.cos(0.7) * np.exp(np.sin(0.7))),
}


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-5, 1 - 1e-5])
@pytest.mark.parametrize("name", FLAT)
def test_an_error_that_rounding_hides_does_not_pass_and_what_agrees_is_not_called_wrong(name, factor):
    f, x, slope = FLAT[name]
    for seed in range(5):
        result = check(f, np.array(x), gradient=lambda x, v: np.asarray(v * factor * slope), rng=seed)
        assert set(result.verdicts) <= ({"passes", "below resolution"} if factor == 1 else {"fails", "below resolution"})
        assert not result.undecided


STEEP = {  # the coarsest step changes them by many powers of 10, and sees slopes beside which the one at the point is nothing
    "exp(-x**2)": (lambda x: np.exp(-x * x), 24.0, lambda x: -2 * x * np.exp(-x * x)),
    "exp(-x)": (lambda x: np.exp(-x), 600.0, lambda x: -np.exp(-x)),
    "exp(-exp(x))": (lambda x: np.exp(-np.exp(x)), 6.0, lambda x: -np.exp(x - np.exp(x))),
    "exp(x**2)": (lambda x: np.exp(x * x), 24.0, lambda x: 2 * x * np.exp(x * x)),
}


@pytest.mark.parametrize("name", STEEP)
def test_far_out_in_a_tail_an_error_is_seen(name):
    f, x, slope = STEEP[name]
    for factor, verdict in ((1.0, "passes"), (1 + 1e-5, "fails"), (0.9, "fails")):
        result = check(f, np.array(x), gradient=lambda x, v, factor=factor: np.asarray(v * factor * slope(x)))
        assert result.verdicts == {verdict: 1}, str(result)


@pytest.mark.parametrize("mistake", [-1.0, 0.0, 1.5])
def test_a_gradient_that_jumps_at_the_point_is_not_excused_by_its_own_noise(mistake):
    """As a function of x it looks like noise as large as itself; at x it may be wrong by anything, and is not called right."""

    def wrong(x, v):
        slope = v * np.array([x[1] * x[2] * x[3], x[0] * x[2] * x[3], x[0] * x[1] * x[3], x[0] * x[1] * x[2]])
        slope[np.argmax(np.abs(slope))] *= mistake
        return slope

    found = ag.check_gradients(np.prod, np.array([1e-5, 1e5, 0.0, 7.0]), gradient=wrong, raise_=False)
    assert not found.ok


@pytest.mark.parametrize("seed", [3, 11])
def test_a_solver_that_exchanges_its_pivots_at_the_point_has_no_kink(seed):
    """On one side inv works on rows in another order: its slopes differ by what a unit in the last place of x would make."""
    near_singular = np.array([[1.0, 1.0], [1.0, 1.00001]])
    assert ag.check_gradients(np.linalg.inv, near_singular, rng=seed).ok


def test_a_small_kink_is_still_found():
    def f(x):
        return x + 1e-5 * np.abs(x - 1)

    for at_kink, ok in ((1.0, True), (1.00002, False), (0.99998, False)):

        def gradient(x, v, at_kink=at_kink):
            return v * (at_kink if x == 1 else 1 + 1e-5 * np.sign(x - 1))

        assert ag.check_gradients(f, 1.0, gradient=gradient, raise_=False).ok == ok


SATURATED = [
    *((lambda x: -np.log1p(-1 / (1 + np.exp(-x))), x) for x in (29.8, 30.5, 31.2, 31.9, 32.6, 33.3)),
    *((lambda x: np.log(1 - np.tanh(x)), x) for x in (15.9, 16.6, 17.3)),
]


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="long double is double here")
@pytest.mark.parametrize(("f", "x"), SATURATED)
def test_a_gradient_of_few_digits_is_told_by_long_doubles(f, x):
    """1 - tanh(17) is some twenty units of rounding: long doubles show the slope, and that the gradient rounds too."""
    result = check(f, x)
    assert "fails" not in result.verdicts, str(result)
    assert not check(f, x, gradient=lambda x, v: 0.5 * v * ag.grad(f)(x)).ok

"""autograd_lite.scipy: SciPy's values to the bit, and derivatives of first and second order that agree with them."""

import collections
import functools
import importlib
import subprocess
import sys

import numpy as np
import pytest

import autograd_lite as ag
from tests.rules.checks import gradient_is_the_derivative, second_derivative_is_the_derivative_of_the_first
from tests.scipy.holding import holds
from tests.table.row import Call

pytest.importorskip("scipy", reason="SciPy is not installed: python -m pip install 'autograd-lite[scipy]'")
import scipy.fft
import scipy.integrate
import scipy.linalg
import scipy.signal
import scipy.sparse
import scipy.special
import scipy.stats

from autograd_lite.scipy import fft, integrate, linalg, signal, special, stats
from autograd_lite.strategies import positive_definite, symmetric, well_conditioned

RNG = np.random.default_rng(7)
X, Z = RNG.uniform(0.4, 2.5, 3), RNG.normal(size=3)
U = RNG.uniform(0.2, 0.8, 3)
A, B, PD = well_conditioned()(RNG, (3, 3)), RNG.normal(size=(3, 2)), positive_definite()(RNG, (3, 3))
SYMMETRIC = symmetric()(RNG, (3, 3))
M, V = RNG.normal(size=(2, 3)), RNG.uniform(0.5, 1.5, size=(2, 3))


def test_a_distribution_is_a_module_too():
    """In HIPS autograd each is one, and is imported as one."""
    code = (
        "import autograd_lite.scipy.stats.norm as norm, autograd_lite.scipy.stats.multivariate_normal as mvn;"
        "from autograd_lite.scipy.stats.norm import logpdf; from autograd_lite.scipy import stats;"
        "assert norm is stats.norm and mvn is stats.multivariate_normal and logpdf is norm.logpdf"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    with pytest.raises(ModuleNotFoundError, match="never_there"):
        importlib.import_module("autograd_lite.scipy.stats.never_there")


# -- special ---------------------------------------------------------------------------------------------------------------

SPECIAL = {
    "logsumexp": ((M,), {}), "logsumexp of rows": ((M,), {"axis": 1, "keepdims": True}),
    "logsumexp with weights": ((M, V), {"axis": 0}), "softmax": ((M,), {"axis": 1}), "log_softmax": ((M,), {"axis": 0}),
    "multigammaln": ((3.5,), {"d": 3}), "erf": ((Z,), {}), "gammaln": ((X,), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIAL)
def test_special(name):
    arrays, options = SPECIAL[name]
    arrays = tuple(map(np.asarray, arrays))
    function = name.split()[0]
    place = (lambda a, b: (a, options["axis"], b)) if len(arrays) == 2 else lambda *a: a
    kept = {} if len(arrays) == 2 else options
    call = Call(getattr(special, function), arrays, kept, place)
    holds(call, getattr(scipy.special, function)(*place(*arrays), **kept))


def test_polygamma_is_of_every_order():
    call = Call(lambda x: special.polygamma(1, x), (X,))
    holds(call, scipy.special.polygamma(1, X))
    third = ag.grad(ag.grad(ag.grad(lambda x: special.polygamma(0, x))))(1.5)
    assert float(third) == pytest.approx(float(scipy.special.polygamma(3, 1.5)), rel=1e-14)


def test_logsumexp_with_signs_and_nothing():
    a, b = np.array([1.0, 2.0]), np.array([1.0, -3.0])
    found, sign = special.logsumexp(ag.tensor(a), b=b, return_sign=True)
    expected, expected_sign = scipy.special.logsumexp(a, b=b, return_sign=True)
    assert float(found) == pytest.approx(float(expected), rel=1e-15)
    assert sign == expected_sign
    slope = ag.grad(lambda a: special.logsumexp(a, b=b, return_sign=True)[0])(a)
    np.testing.assert_allclose(slope, b * np.exp(a) / np.sum(b * np.exp(a)), rtol=1e-14)
    assert ag.grad(special.logsumexp)(np.array([-np.inf, 0.0])).tolist() == [0, 1]


def test_functions_take_lists_of_tensors():
    """Also ufuncs, functions composed of NumPy's, and those of SciPy's that are handed through."""
    for program in (
        lambda a, b: np.sum(special.gammaln([a, b]) * special.logsumexp([a, 1.0, b], b=[b, 1.0, 2.0])),
        lambda a, b: np.sum(linalg.block_diag([[a, b]], b) ** 2) + np.sum(linalg.toeplitz([a, b]) ** 2),
        lambda a, b: integrate.trapezoid([a, b, a * b]) * np.sum(signal.convolve([a, b], [b, 1.0, a])),
        lambda a, b: np.sum(stats.norm.logpdf([1.0, b], loc=[a, 0.0])),
    ):
        listed = ag.grad(program, (0, 1))(0.7, 1.9)
        stepped = [(program(0.7 + h, 1.9 + k) - program(0.7 - h, 1.9 - k)) / 2e-6 for h, k in ((1e-6, 0.0), (0.0, 1e-6))]
        np.testing.assert_allclose(np.array(listed), np.array(stepped), rtol=1e-8)


# -- stats -----------------------------------------------------------------------------------------------------------------

SHAPES = {
    **dict.fromkeys(("norm", "expon", "uniform", "halfnorm", "laplace", "logistic", "cauchy", "gumbel_r", "gumbel_l"), ()),
    **dict.fromkeys(("rayleigh", "maxwell", "halfcauchy"), ()),
    "t": (4.5,), "gamma": (2.3,), "beta": (2.3, 1.4), "lognorm": (0.8,), "weibull_min": (1.7,), "chi2": (3.3,),
    "invgamma": (2.5,), "pareto": (2.2,), "chi": (2.7,), "f": (3.5, 6.5), "betaprime": (2.3, 3.4), "fisk": (2.6,),
    "gompertz": (0.7,), "genextreme": (-0.2,), "genpareto": (0.3,), "powerlaw": (1.8,), "lomax": (2.4,),
}  # fmt: skip
PARTLY = {  # their quantiles have no formula here, nor the distribution functions of the last two, nor skewnorm's logarithms
    "invgauss": (0.8,), "truncnorm": (-0.7, 2.2), "exponnorm": (1.3,), "skewnorm": (1.6,), "vonmises": (1.7,), "rice": (1.2,),
}  # fmt: skip
METHODS = ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")


HAVING = [
    *((name, method) for name in SHAPES for method in METHODS),
    *((name, method) for name in ("invgauss", "truncnorm", "exponnorm") for method in METHODS[:6]),
    *(("skewnorm", method) for method in ("logpdf", "pdf", "cdf", "sf")),
    *((name, method) for name in ("vonmises", "rice") for method in METHODS[:2]),
]


@pytest.mark.parametrize(("name", "method"), HAVING)
def test_continuous_distributions(name, method):
    shapes, loc, scale = tuple(map(np.asarray, {**SHAPES, **PARTLY}[name])), np.asarray(0.1), np.asarray(1.6)
    ours, scipys = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
    inside = U if name in ("beta", "uniform", "powerlaw", "truncnorm") else 1 + X if name == "pareto" else X
    x = U if method in ("ppf", "isf") else loc + scale * inside
    holds(Call(ours, (x, *shapes, loc, scale)), scipys(x, *shapes, loc, scale))


MOMENTS = ("mean", "median", "var", "std", "entropy")
WITHOUT = {  # a moment that is infinite, or has no formula here
    **dict.fromkeys(("cauchy", "halfcauchy"), {"mean", "var", "std"}), "f": {"entropy"},
    "betaprime": {"var", "std", "entropy"}, "fisk": {"mean", "var", "std"}, "lomax": {"var", "std"},
    "gompertz": {"mean", "var", "std", "entropy"}, "genextreme": {"mean", "var", "std", "entropy"},
    **dict.fromkeys(("invgauss", "exponnorm", "skewnorm"), {"median", "entropy"}),
    "truncnorm": {"median", "var", "std", "entropy"}, **dict.fromkeys(("vonmises", "rice"), set(MOMENTS)),
}  # fmt: skip


@pytest.mark.parametrize("name", [*SHAPES, *PARTLY])
def test_means_and_entropies(name):
    """By the parameters, also by those that are frozen; entropies to 1e-9, as SciPy finds some by quadrature."""
    shapes = tuple(map(np.asarray, {**SHAPES, **PARTLY}[name]))
    for method in MOMENTS:
        ours, scipys = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
        arrays = (*shapes, np.asarray(0.1), np.asarray(1.6))
        if method in WITHOUT.get(name, ()):
            if np.all(np.isfinite(scipys(*arrays))):
                with pytest.raises(TypeError, match=rf"stats\.{name}\.{method} has no derivative here"):
                    ag.grad(lambda scale, ours=ours: ours(*shapes, 0.1, scale))(1.6)
            continue
        assert ours(*map(ag.tensor, arrays)).data == scipys(*arrays)
        for k in range(len(arrays)):
            slope = ag.grad(ours, k)(*arrays)
            moved = [scipys(*arrays[:k], arrays[k] + sign * 1e-4, *arrays[k + 1 :]) for sign in (1, -1)]
            assert float(slope) == pytest.approx(float(moved[0] - moved[1]) / 2e-4, rel=1e-5, abs=1e-6), (method, k)
    frozen = getattr(stats, name)(*shapes, scale=2.0)
    if "mean" not in WITHOUT.get(name, ()):
        assert frozen.mean() == getattr(scipy.stats, name)(*shapes, scale=2.0).mean()


def test_the_mean_of_a_heavy_tail_has_no_derivative():
    assert np.isnan(ag.grad(stats.pareto.mean)(0.7))
    assert np.isnan(ag.grad(stats.t.var)(1.5))
    found = ag.grad(lambda a: np.sum(stats.invgamma.mean(a)))(np.array([0.5, 3.0]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(-0.25)


# SciPy's own isf of f and betaprime is off by 3e-8 at 1e-9, and 3e-4 at 1e-13, so that its density there is another one
@pytest.mark.parametrize("q", [1e-3, 1e-9, 1e-13, 1e-17, 1e-100])
@pytest.mark.parametrize("name", [name for name in SHAPES if name not in ("f", "betaprime")])
def test_quantiles_keep_their_digits_in_both_tails(name, q):
    """The slope of a quantile is 1 / pdf there, also where 1 - q is 1."""
    shapes = SHAPES[name]
    for method, sign in (("ppf", 1), ("isf", -1)):
        x = getattr(getattr(scipy.stats, name), method)(q, *shapes)
        density = getattr(scipy.stats, name).pdf(x, *shapes)
        if density == 0:  # beta's quantile is rounded to 1, the end of its support
            continue
        slope = ag.grad(getattr(getattr(stats, name)(*shapes), method))(q)
        assert float(slope) * density == pytest.approx(sign, rel=1e-9), method


def test_tails_keep_their_digits():
    small = 1e-20
    assert float(ag.grad(lambda x: stats.beta.sf(x, 2.3, 1.4))(small)) == pytest.approx(-scipy.stats.beta.pdf(small, 2.3, 1.4))
    by_p = float(ag.grad(lambda p: stats.nbinom.sf(2, 3.0, p))(1e-12))  # P(k > 2) = 1 - p**3 (1 + 3 (1 - p) + 6 (1 - p)**2)
    assert by_p == pytest.approx(-30e-24, rel=1e-9)
    by_p = float(ag.grad(lambda p: stats.binom.cdf(1, 6.0, p))(1e-12))  # -6 * C(5, 1) p (1 - p)**4
    assert by_p == pytest.approx(-30e-12, rel=1e-9)


LIGHT = [  # where the two terms of a textbook's formula cancel: name, shapes, method, x, slope by x (mpmath, 50 digits)
    ("skewnorm", (4.0,), "cdf", -2.0, 6.71751348090742e-17),
    ("skewnorm", (4.0,), "sf", -2.0, -6.71751348090742e-17),
    ("skewnorm", (-4.0,), "sf", 2.0, -6.71751348090742e-17),
    ("betaprime", (2.5, 1.5), "cdf", 10000000000.0, 5.092958176903468e-25),
    ("betaprime", (2.5, 1.5), "logcdf", 10000000000.0, 5.092958176903484e-25),
    ("betaprime", (2.5, 1.5), "logsf", 10000000000.0, -1.49999999976e-10),
    ("betaprime", (2.5, 1.5), "sf", 1e-10, -5.092958176903468e-15),
    ("truncnorm", (-1.0, 6.0), "logcdf", -0.9999999999990905, 1099511627776.5),
    ("truncnorm", (-1.0, 6.0), "logsf", 5.999999999068677, -1073741827.0),
    ("truncnorm", (20.0, 30.0), "logcdf", 20.000000000931323, 1073741814.0),
    ("invgauss", (0.05,), "logsf", 20.0, -200.07373189057097),
    ("invgauss", (0.7,), "logsf", 10000.0, -1.0205581435713253),
    ("invgauss", (20.0,), "logcdf", 0.001, 500499.00371831184),
    ("exponnorm", (100.0,), "logcdf", -20.0, 20.099238369753408),
    ("exponnorm", (1.5,), "logsf", 60.0, -0.6666666666666666),
]


@pytest.mark.parametrize(("name", "shapes", "method", "x", "slope"), LIGHT)
def test_light_tails_keep_their_digits(name, shapes, method, x, slope):
    assert float(ag.grad(lambda x: getattr(getattr(stats, name), method)(x, *shapes))(x)) == pytest.approx(slope, rel=1e-7)


def test_a_tail_that_scipy_has_no_digits_of_is_refused_by_name():
    for method in ("logcdf", "logsf"):
        with pytest.raises(TypeError, match=rf"stats\.skewnorm\.{method} has no derivative here"):
            ag.grad(lambda x, method=method: getattr(stats.skewnorm, method)(x, 4.0))(-2.0)


COUNTS = {
    "poisson": (2.5,), "binom": (6.0, 0.4), "nbinom": (3.5, 0.4), "bernoulli": (0.4,), "geom": (0.4,), "logser": (0.6,),
    "betabinom": (6.0, 1.3, 2.4),
}  # fmt: skip
MASS = ("logpmf", "pmf", "cdf", "logcdf", "sf", "logsf")


@pytest.mark.parametrize(
    ("name", "method"), [(name, m) for name in COUNTS for m in (MASS[:2] if name in ("logser", "betabinom") else MASS)]
)
def test_distributions_of_counts(name, method):
    first = {"bernoulli": np.zeros(3, int), **dict.fromkeys(("geom", "logser"), np.array([1, 2, 4]))}
    k, shapes = first.get(name, np.array([0, 1, 3])), COUNTS[name]
    shapes = tuple(map(np.asarray, shapes))
    ours, scipys = getattr(getattr(stats, name), method), getattr(getattr(scipy.stats, name), method)
    if "binom" in name and name != "nbinom":  # the number of draws is whole
        call = Call(ours, shapes[1:], {}, lambda *p: (k, COUNTS[name][0], *p))
    else:
        call = Call(ours, shapes, {}, lambda *shapes: (k, *shapes))
    holds(call, scipys(k, *shapes))


@pytest.mark.parametrize("name", COUNTS)
def test_means_of_counts(name):
    shapes = tuple(map(np.asarray, COUNTS[name]))
    fixed = COUNTS[name][: "binom" in name and name != "nbinom"]  # the number of draws is whole
    ours, scipys = getattr(stats, name), getattr(scipy.stats, name)
    for method in ("mean", "var", "std", "entropy"):
        if method not in vars(ours):
            assert name in ("logser", "betabinom") or method == "entropy"
            continue
        call = Call(getattr(ours, method), shapes[len(fixed) :], {}, lambda *free: (*fixed, *free))
        holds(call, getattr(scipys, method)(*shapes))


def test_dirichlets_moments():
    alpha = np.array([1.5, 2.0, 0.7])
    for method in ("entropy", "mean", "var"):
        holds(Call(getattr(stats.dirichlet, method), (alpha,)), getattr(scipy.stats.dirichlet, method)(alpha))


def test_other_distributions_of_vectors_and_matrices():
    counts, p = np.array([[1, 2, 3], [0, 4, 2]]), np.array([0.2, 0.5, 0.3])
    for method in ("logpmf", "pmf"):
        ours, theirs = getattr(stats.multinomial, method), getattr(scipy.stats.multinomial, method)
        holds(Call(lambda p, ours=ours: ours(counts, 6, p / np.sum(p)), (p,)), theirs(counts, 6, p / np.sum(p)))
    x, mean, df = RNG.normal(size=(4, 3)), RNG.normal(size=3), np.asarray(4.5)
    for method in ("logpdf", "pdf"):
        ours, theirs = getattr(stats.multivariate_t, method), getattr(scipy.stats.multivariate_t, method)
        holds(Call(lambda x, m, s, df, ours=ours: ours(x, m, (s + s.mT) / 2, df), (x, mean, PD, df)), theirs(x, mean, PD, 4.5))
        ours, theirs = getattr(stats.wishart, method), getattr(scipy.stats.wishart, method)
        call = Call(lambda x, df, s, ours=ours: ours((x + x.mT) / 2, df, (s + s.mT) / 2), (PD + np.eye(3), df, PD))
        holds(call, theirs(PD + np.eye(3), 4.5, PD))


IMPOSSIBLE = [[2, 2, 2], [-1, 2, 2], [1.5, 1, 0.5]]


@pytest.mark.parametrize("counts", IMPOSSIBLE)
def test_counts_that_cannot_be_have_no_slope(counts):
    p, both = np.array([0.2, 0.5, 0.3]), np.array([[1, 1, 1], counts])
    assert np.all(ag.grad(lambda p: stats.multinomial.pmf(counts, 3, p))(p) == 0)
    assert np.all(np.isnan(ag.grad(lambda p: stats.multinomial.logpmf(counts, 3, p))(p)[:2]))
    slopes = np.asarray(ag.jacrev(lambda p: stats.multinomial.pmf(both, 3, p))(p))
    assert np.allclose(slopes, [[6 * 0.5 * (0.3 - 0.2), 6 * 0.2 * (0.3 - 0.5), 0], [0, 0, 0]])  # of 6 a b (1 - a - b)


def test_a_vector_outside_of_the_plane_of_a_singular_normal_distribution_has_no_slope():
    plane, x = np.diag([1.0, 0.0]), np.array([[0.5, 0.0], [0.5, 1.0]])
    for method, outside in (("logpdf", np.nan), ("pdf", 0.0)):
        density = getattr(stats.multivariate_normal, method)
        slopes = ag.grad(lambda x, density=density: np.sum(density(x, None, plane, True)))(x)
        assert np.array_equal(slopes[1], [outside, outside], equal_nan=True)
        assert np.all(np.isfinite(slopes[0]))


@pytest.mark.parametrize("method", ["logpdf", "pdf"])
@pytest.mark.parametrize("shape", [(2, 2, 1), (2, 2, 2), (2, 2, 3), (2, 2), (2,), ()])
def test_wisharts_matrices_are_stacked_as_scipys(shape, method):
    """Also diagonals, and a variance of all, stand for matrices."""
    rng, scale = np.random.default_rng(3), np.array([[2.0, 0.3], [0.3, 1.0]])
    x = rng.uniform(0, 0.4, shape) + (np.eye(2).reshape(2, 2, *[1] * (len(shape) - 2)) if len(shape) > 1 else 1)
    symmetric = (lambda x: (x + np.swapaxes(x, 0, 1)) / 2) if len(shape) > 1 else (lambda x: x)
    ours, theirs = getattr(stats.wishart, method), getattr(scipy.stats.wishart, method)
    call = Call(lambda x, df, s: ours(symmetric(x), df, (s + s.mT) / 2), (x, np.asarray(3.5), scale))
    holds(call, theirs(symmetric(x), 3.5, scale), second=False)


@pytest.mark.parametrize("given", [(), ("loc",), ("shape",), ("loc", "shape"), ("loc", "shape", "df")])
def test_parameters_of_vectors_have_scipys_defaults(given):
    all_of = {"loc": np.array([0.3, -0.2]), "shape": np.asarray(1.7), "df": np.asarray(3.5)}
    x, options = np.array([0.7, 1.2]), {name: all_of[name] for name in given}
    number = {name: value if name == "loc" else float(value) for name, value in options.items()}
    for method in ("logpdf", "pdf"):
        ours, theirs = getattr(stats.multivariate_t, method), getattr(scipy.stats.multivariate_t, method)
        call = Call(lambda x, *a, ours=ours: ours(x, **dict(zip(given, a, strict=True))), (x, *options.values()))
        holds(call, theirs(x, **number), second=False)
    for x, shapes in ((np.array([[0.7, 1.2]]), ([0.0, 0.0],)), (np.asarray(1.5), ())):
        for name in ("multivariate_t", "multivariate_normal"):
            call = Call(lambda x, name=name, shapes=shapes: getattr(stats, name).logpdf(x, *shapes), (x,))
            holds(call, getattr(scipy.stats, name).logpdf(x, *shapes), second=False)


def test_what_a_t_distribution_of_vectors_does_not_have_is_refused_by_name():
    x = np.array([0.7, 1.2])
    with pytest.raises(ValueError, match=r"multivariate_t .*df=inf. Write stats\.multivariate_normal"):
        ag.grad(lambda x: stats.multivariate_t.logpdf(x, None, np.eye(2), np.inf))(x)
    with pytest.raises(np.linalg.LinAlgError, match="Give allow_singular=True"):
        ag.grad(lambda x: stats.multivariate_t.logpdf(x, None, np.diag([1.0, 0.0])))(x)
    flat = ag.grad(lambda x: stats.multivariate_t.logpdf(x, None, np.diag([1.0, 0.0]), 3.0, allow_singular=True))(x)
    assert float(flat[0]) == pytest.approx(-2.5 * 2 * 0.7 / (3 + 0.7**2))
    assert flat[1] == 0


def test_generalised_tails_have_the_slopes_of_their_limits():
    """c is 0 where a generalised Pareto is exponential, and an extreme value Gumbel's."""
    for ours, scipys in ((stats.genpareto, scipy.stats.genpareto), (stats.genextreme, scipy.stats.genextreme)):
        for method, x in (("logpdf", 1.3), ("ppf", 0.7)):
            f, g = getattr(ours, method), getattr(scipys, method)
            slope = (g(x, 1e-4) - g(x, -1e-4)) / 2e-4
            assert float(ag.grad(lambda c, f=f, x=x: f(x, c))(0.0)) == pytest.approx(float(slope), rel=1e-6)


def test_a_method_or_function_without_a_formula_is_refused_by_name():
    for call, message in (
        (lambda x: stats.vonmises.cdf(0.5, x), r"stats\.vonmises\.cdf has no derivative here"),
        (lambda x: stats.norm.rvs(x), r"stats\.norm\.rvs has no derivative here. Write loc \+ scale \*"),
        (lambda x: stats.zscore(np.ones(3) * x), r"stats\.zscore has no derivative here. Write \(a - np\.mean\(a\)\)"),
    ):
        with pytest.raises(TypeError, match=message):
            ag.grad(lambda x, call=call: np.sum(call(x)))(1.5)


def test_dirichlet_and_multivariate_normal():
    weights = np.array([[0.2, 0.5], [0.3, 0.1], [0.5, 0.4]])
    alpha = np.array([1.5, 2.0, 0.7])
    call = Call(lambda alpha: stats.dirichlet.logpdf(weights, alpha), (alpha,))
    holds(call, scipy.stats.dirichlet.logpdf(weights, alpha))
    x, mean = RNG.normal(size=(4, 3)), RNG.normal(size=3)
    for method in ("logpdf", "pdf"):
        ours, theirs = getattr(stats.multivariate_normal, method), getattr(scipy.stats.multivariate_normal, method)
        holds(Call(lambda x, m, s, ours=ours: ours(x, m, (s + s.mT) / 2), (x, mean, PD)), theirs(x, mean, PD))
        holds(Call(lambda x, s, ours=ours: ours(x, None, s), (x[:, 0], np.asarray(2.0))), theirs(x[:, 0], None, 2.0))


OUTSIDE = [
    ("expon", -1.0, ()),
    ("beta", -0.5, (2.0, 3.0)),
    ("beta", 1.5, (2.0, 3.0)),
    ("norm", np.inf, ()),
    ("norm", -np.inf, ()),
]


@pytest.mark.parametrize("method", METHODS[:6])
@pytest.mark.parametrize(("name", "x", "shapes"), OUTSIDE)
def test_outside_of_the_support_nothing_changes_and_a_logarithm_of_0_has_no_slope(name, x, shapes, method):
    value = getattr(getattr(scipy.stats, name), method)(x, *shapes)
    found = ag.grad(lambda x, scale: getattr(getattr(stats, name), method)(x, *shapes, scale=scale), (0, 1))(x, 1.0)
    for slope in found:
        assert np.isnan(slope) if np.isneginf(value) else slope == 0


@pytest.mark.parametrize("method", ["logpmf", "pmf", "cdf", "logcdf", "sf", "logsf"])
@pytest.mark.parametrize(("name", "shapes"), [("poisson", (2.5,)), ("binom", (6, 0.4)), ("geom", (0.4,)), ("bernoulli", (0.4,))])
@pytest.mark.parametrize("k", [-1, 1.5, 50])
def test_a_number_that_cannot_be_has_no_slope(name, shapes, k, method):
    found = ag.grad(lambda p: getattr(getattr(stats, name), method)(k, *shapes[:-1], p))(shapes[-1])
    if np.isneginf(getattr(getattr(scipy.stats, name), method)(k, *shapes)):
        assert np.isnan(found)
    else:
        value = getattr(getattr(scipy.stats, name), method)
        slope = (value(k, *shapes[:-1], shapes[-1] + 1e-6) - value(k, *shapes[:-1], shapes[-1] - 1e-6)) / 2e-6
        assert float(found) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_a_frozen_distribution_and_scipys_other_methods():
    frozen = stats.gamma(2.0, scale=3.0)
    assert frozen.logpdf(1.5) == scipy.stats.gamma.logpdf(1.5, 2.0, scale=3.0)
    assert frozen.mean() == 6
    assert (
        stats.poisson(2.0).rvs(size=3, random_state=0).tolist() == scipy.stats.poisson.rvs(2.0, size=3, random_state=0).tolist()
    )
    assert float(ag.grad(lambda a: stats.gamma(a).logpdf(2.0))(1.5)) == float(ag.grad(lambda a: stats.gamma.logpdf(2.0, a))(1.5))


FROZEN = {
    **SHAPES, **PARTLY, "betabinom": (5, 1.2, 2.3), "logser": (0.4,), "bernoulli": (0.4,), "geom": (0.4,), "poisson": (2.5,),
    "binom": (6, 0.4), "nbinom": (3.0, 0.4), "dirichlet": ([1.5, 2.0],), "multinomial": (3, [0.2, 0.8]),
    "multivariate_normal": ([0.5, 1.0], [[2.0, 0.1], [0.1, 1.0]]), "multivariate_t": ([0.5, 1.0], [[2.0, 0.1], [0.1, 1.0]], 3.5),
    "wishart": (3.5, [[2.0, 0.1], [0.1, 1.0]]),
}  # fmt: skip


@pytest.mark.parametrize("name", stats.__all__)
def test_a_frozen_distribution_draws_as_scipys_and_refuses_tracked_parameters(name):
    frozen, scipys = getattr(stats, name)(*FROZEN[name]), getattr(scipy.stats, name)(*FROZEN[name])
    assert np.array_equal(frozen.rvs(4, random_state=0), scipys.rvs(4, random_state=0))
    first = ag.tensor(np.asarray(FROZEN[name][0], float) if FROZEN[name] else 0.5, requires_grad=True)
    with pytest.raises(TypeError, match=rf"stats\.{name}\.rvs has no derivative here. Write loc \+"):
        getattr(stats, name)(first, *FROZEN[name][1:]).rvs(4)


def test_what_a_frozen_distribution_has_without_a_formula_is_scipys():
    assert stats.skewnorm(1.0).expect(lambda x: x) == scipy.stats.skewnorm(1.0).expect(lambda x: x)
    assert stats.norm(2.0, 3.0).interval(0.5) == scipy.stats.norm(2.0, 3.0).interval(0.5)
    assert not hasattr(stats.norm(2.0, 3.0), "nothing")


def test_a_normal_distribution_in_a_plane():
    """A singular covariance, whose rank is that of its factor."""
    x, flat = np.array([0.3, 0.3, -0.2]), np.array([[1.0, 0.2], [1.0, 0.2], [-0.5, 0.8]])
    directions = RNG.normal(size=(2, 2))

    def density(s):
        return stats.multivariate_normal.logpdf(x, np.zeros(3), flat @ s @ s.T @ flat.T, allow_singular=True)

    at = np.array([[1.0, 0.0], [0.3, 1.0]])
    assert density(at) == scipy.stats.multivariate_normal.logpdf(x, np.zeros(3), flat @ at @ at.T @ flat.T, allow_singular=True)
    slope = (density(at + 1e-5 * directions) - density(at - 1e-5 * directions)) / 2e-5
    assert float(np.sum(ag.grad(density)(at) * directions)) == pytest.approx(float(slope), rel=1e-6)


def test_the_entropy_of_normal_vectors():
    holds(
        Call(lambda s: stats.multivariate_normal.entropy(None, (s + s.mT) / 2), (PD,)),
        scipy.stats.multivariate_normal.entropy(None, PD),
    )


def test_a_parameter_without_a_formula_is_refused_by_name():
    with pytest.raises(TypeError, match=r"binom\.cdf: there is no derivative with respect to 'n'"):
        stats.binom.cdf(1, ag.tensor(2.0, requires_grad=True), 0.5)


# -- linalg and signal -----------------------------------------------------------------------------------------------------

R5 = RNG.normal(size=(5, 2))
IMAGES, FILTERS = RNG.normal(size=(2, 3, 5)), RNG.normal(size=(2, 4, 2))


def banded(below, above):
    """The diagonals of a matrix of 5 x 5 that is far from singular."""
    return RNG.normal(size=(below + above + 1, 5)) + 5 * (np.arange(below + above + 1) == above)[:, None]


LINALG = {
    "solve": (lambda a, b: linalg.solve(a, b), (A, B), lambda a, b: scipy.linalg.solve(a, b)),
    "solve pos": (
        lambda a, b: linalg.solve(a, b, assume_a="pos"), (np.triu(PD), B), lambda a, b: scipy.linalg.solve(a, b, assume_a="pos"),
    ),
    "inv": (linalg.inv, (A,), scipy.linalg.inv), "det": (linalg.det, (A,), scipy.linalg.det),
    "cholesky": (linalg.cholesky, (PD,), scipy.linalg.cholesky),
    "lower": (lambda a: linalg.cholesky(a, lower=True), (PD,), lambda a: scipy.linalg.cholesky(a, lower=True)),
    "solve_triangular": (
        lambda a, b: linalg.solve_triangular(a, b, 1, True), (A, B), lambda a, b: scipy.linalg.solve_triangular(a, b, 1, True),
    ),
    **{
        f"solve_banded {bands}": (
            lambda ab, b, bands=bands: linalg.solve_banded(bands, ab, b), (banded(*bands), b),
            lambda ab, b, bands=bands: scipy.linalg.solve_banded(bands, ab, b),
        )
        for bands, b in [((1, 1), R5[:, 0]), ((2, 1), R5), ((0, 2), R5[:, 0]), ((1, 0), R5)]
    },
    "expm": (linalg.expm, (A / 3,), scipy.linalg.expm),
    "expm at equal eigenvalues": (linalg.expm, (np.eye(3),), scipy.linalg.expm),
    "sqrtm": (linalg.sqrtm, (PD,), scipy.linalg.sqrtm), "logm": (linalg.logm, (PD,), scipy.linalg.logm),
    "solve_sylvester": (linalg.solve_sylvester, (PD, PD + 1, A), scipy.linalg.solve_sylvester),
    "block_diag": (linalg.block_diag, (A, B), scipy.linalg.block_diag),
    "toeplitz": (linalg.toeplitz, (X, X[:2]), scipy.linalg.toeplitz), "symmetric": (linalg.toeplitz, (X,), scipy.linalg.toeplitz),
    **{
        f"convolve {mode}": (
            lambda a, b, mode=mode: signal.convolve(a, b, mode), (A, M[:, :2]),
            lambda a, b, mode=mode: scipy.signal.convolve(a, b, mode),
        )
        for mode in ("full", "same", "valid")
    },
    **{
        f"{name} {mode}": (
            lambda a, b, name=name, mode=mode: getattr(signal, name)(a, b, mode), (A, M[:, :2]),
            lambda a, b, name=name, mode=mode: getattr(scipy.signal, name)(a, b, mode),
        )
        for mode in ("full", "same", "valid") for name in ("correlate", "fftconvolve")
    },
    "norm": (lambda a: linalg.norm(a, 1, axis=0), (A,), lambda a: scipy.linalg.norm(a, 1, axis=0)),
    "pinv": (linalg.pinv, (R5,), scipy.linalg.pinv), "svdvals": (linalg.svdvals, (R5,), scipy.linalg.svdvals),
    "eigvalsh": (linalg.eigvalsh, (PD,), scipy.linalg.eigvalsh),
    "eigvalsh, upper": (lambda a: linalg.eigvalsh(a, lower=False), (A,), lambda a: scipy.linalg.eigvalsh(a, lower=False)),
    "trapezoid": (lambda y, x: integrate.trapezoid(y, x), (A, X), lambda y, x: scipy.integrate.trapezoid(y, x)),
    "simpson": (lambda y: integrate.simpson(y, dx=0.1, axis=0), (R5,), lambda y: scipy.integrate.simpson(y, dx=0.1, axis=0)),
    "simpson of an even number": (
        lambda y: integrate.simpson(y, x=[0.0, 1.0, 3.0, 3.5]), (M[0:2, [0, 1, 2, 0]],),
        lambda y: scipy.integrate.simpson(y, x=[0.0, 1.0, 3.0, 3.5]),
    ),
    "simpson of places of their own": (
        lambda y: integrate.simpson(y, x=np.cumsum(V, 1)), (M,), lambda y: scipy.integrate.simpson(y, x=np.cumsum(V, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LINALG)
def test_linear_algebra_and_convolution(name):
    ours, arrays, theirs = LINALG[name]
    holds(Call(ours, tuple(np.array(a, float) for a in arrays)), theirs(*arrays))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_a_convolution_along_some_axes_is_the_sum_of_those_of_slices(mode):
    call = Call(lambda a, b: signal.convolve(a, b, axes=([2], [1]), dot_axes=([0], [0]), mode=mode), (IMAGES, FILTERS))
    convolve = scipy.signal.convolve
    each = [[[convolve(IMAGES[c, i], FILTERS[c, :, j], mode) for j in range(2)] for i in range(3)] for c in range(2)]
    np.testing.assert_allclose(call(IMAGES, FILTERS), np.sum(each, 0), rtol=1e-13, atol=1e-13)
    gradient_is_the_derivative(call, RNG)


def test_cholesky_factors_solve():
    for lower in (False, True):
        call = Call(lambda a, b, lower=lower: linalg.cho_solve(linalg.cho_factor(a, lower), b), (PD, B))
        np.testing.assert_allclose(call(PD, B), scipy.linalg.cho_solve(scipy.linalg.cho_factor(PD, lower), B), rtol=1e-13)
        gradient_is_the_derivative(call, RNG)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array"])
def test_a_sparse_matrix_is_a_linear_function(kind):
    s = getattr(scipy.sparse, kind)(np.where(RNG.random((4, 3)) < 0.5, 1.5, 0))
    product = ag.linear(s)
    for x in (X, B):
        assert np.array_equal(product(ag.tensor(x)).data, s @ x)
        second_derivative_is_the_derivative_of_the_first(Call(lambda x: product(x) ** 2, (x,)), RNG)
    with pytest.raises(TypeError, match=r"ag\.linear\(S\)\(t\)"):
        ag.tensor(X, requires_grad=True) * s


C, W = A + 1j * SYMMETRIC, X + 1j * Z
COMPLEX = {
    "toeplitz": (linalg.toeplitz, (W,), scipy.linalg.toeplitz),  # the first row is the conjugate
    "expm": (linalg.expm, (C / 3,), scipy.linalg.expm),
    "convolve": (lambda a, b: signal.convolve(a, b, "same"), (W, X), lambda a, b: scipy.signal.convolve(a, b, "same")),
    "logsumexp": (lambda a: special.logsumexp(a, 1), (C,), lambda a: scipy.special.logsumexp(a, 1)),
    "softmax": (lambda a: special.softmax(a, 1), (C,), lambda a: scipy.special.softmax(a, 1)),
    "spence": (special.spence, (W,), scipy.special.spence),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_numbers(name):
    ours, arrays, theirs = COMPLEX[name]
    holds(Call(ours, arrays), theirs(*arrays))


@pytest.mark.filterwarnings("ignore:.*may be inaccurate|.*might be inaccurate|.*might not have")  # by SciPy, of the larger matrix
@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_eigenvalues_of_a_real_matrix_stay_on_the_branch_cut(name):
    """Of a complex gradient the two parts go by themselves: together they would move eigenvalues to either side."""
    for rng in map(np.random.default_rng, (40, 41, 51)):  # one eigenvalue is negative, two are conjugate
        gradient_is_the_derivative(Call(getattr(linalg, name), (rng.normal(size=(3, 3)),)), rng)


def test_sylvesters_equation_is_solved_in_one_dtype():
    """SciPy's solution is wrong by per cents where one matrix is real and another complex."""
    holds(Call(linalg.solve_sylvester, (A, C, SYMMETRIC)), scipy.linalg.solve_sylvester(A + 0j, C, SYMMETRIC + 0j))


def test_the_slope_of_a_function_of_matrices_is_linear_but_for_powers_of_two():
    pull = ag.vjp(linalg.expm, A / 3)[1]
    for factor in (2.0**-10, 2.0**40):
        assert np.array_equal(pull(factor * SYMMETRIC)[0], factor * pull(SYMMETRIC)[0])


def test_the_sign_of_a_complex_sum_is_refused():
    with pytest.raises(TypeError, match=r"return_sign.*y\.real and np\.exp\(1j \* y\.imag\)"):
        special.logsumexp(ag.tensor(C, requires_grad=True), return_sign=True)


# -- fft -------------------------------------------------------------------------------------------------------------------

WIDE = RNG.normal(size=(3, 4))
CURVED = WIDE + 1j * WIDE[::-1]
NORMS = (None, "ortho", "forward")
FOURIER = [
    *((name, WIDE if name in ("rfft", "ihfft") else CURVED, {"n": n, "axis": axis, "norm": norm})
      for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft") for n, axis, norm in zip((None, 5, 2), (-1, 0, 1), NORMS)),
    *((name, WIDE if name.startswith(("r", "ih")) else CURVED, options)
      for name in ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")
      for options in ({}, {"s": (5, 3), "axes": (1, 0), "norm": "ortho"}, {"axes": (0,), "workers": 1})),
]  # fmt: skip
COSINES = [
    *((name, CURVED if orthogonalize is None else WIDE, {"type": kind, "norm": norm, "orthogonalize": orthogonalize, "n": 5})
      for name in ("dct", "idct", "dst", "idst") for kind in (1, 2, 3, 4)
      for norm, orthogonalize in zip(NORMS, (None, False, True))),
    *((name, WIDE, {"type": kind, "s": (5, 3), "axes": (1, 0), "norm": norm})
      for name in ("dctn", "idctn", "dstn", "idstn") for kind, norm in zip((1, 2, 3, 4), (*NORMS, None))),
    ("dctn", WIDE, {"s": 2, "axes": 0, "overwrite_x": True}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x", "options"), FOURIER + COSINES, ids=lambda x: x if isinstance(x, str) else "")
def test_transforms(name, x, options):
    holds(Call(getattr(fft, name), (x,), options), getattr(scipy.fft, name)(x.copy(), **options), second=False)
    squared = Call(lambda x: np.abs(getattr(fft, name)(x, **options)) ** 2, (x,))
    second_derivative_is_the_derivative_of_the_first(squared, np.random.default_rng(0))


def test_permission_to_overwrite_is_not_made_use_of():
    x = WIDE.copy()
    fft.dct(ag.tensor(x, requires_grad=True), overwrite_x=True)
    assert np.array_equal(x, WIDE)


def test_what_scipy_leaves_out_of_account_is_refused():
    with pytest.raises(TypeError, match=r"dct: SciPy leaves orthogonalize= out.*z\.real"):
        fft.dct(ag.tensor(W, requires_grad=True), orthogonalize=True)


# -- integrate -------------------------------------------------------------------------------------------------------------

TIMES = np.array([0.0, 0.4, 1.0])
TIGHT = {"rtol": 1e-11, "atol": 1e-11}


def pendulum(y, t, p):
    return [y[1], -p["gravity"] * np.sin(y[0]) - p["friction"] * y[1]]


def by_solve_ivp(t_eval, rows=slice(None)):
    def solver(y0, t, p):
        options = {"t_eval": t_eval(t), "args": (p,), **TIGHT}
        return integrate.solve_ivp(lambda t, y, p: pendulum(y, t, p), (t[0], t[-1]), y0, **options).y.T[rows]

    return solver


SOLVERS = {
    "odeint": lambda y0, t, p: integrate.odeint(pendulum, y0, t, (p,), **TIGHT),
    "odeint from the last to the first": lambda y0, t, p: integrate.odeint(pendulum, y0, t[::-1], (p,), **TIGHT),
    "odeint at a time twice": lambda y0, t, p: integrate.odeint(pendulum, y0, t[np.array([0, 1, 1, 2])], (p,), **TIGHT),
    "solve_ivp": by_solve_ivp(lambda t: t),
    "solve_ivp from before the times": by_solve_ivp(lambda t: t[1:]),
    "solve_ivp at its own times": by_solve_ivp(lambda t: None, slice(-1, None)),
}


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_differential_equations(solver):
    at = np.array([0.6, -0.2]), TIMES, np.array(2.0), np.array(0.3)

    def loss(y0, t, gravity, friction):
        states = solver(y0, t, {"gravity": gravity, "friction": friction})
        return np.sum(np.array([[0.4, 1.1], [-0.7, 0.9], [0.6, -1.2], [0.3, 0.5]])[: len(states)] * states)

    found = ag.grad(loss, (0, 1, 2, 3))(*at)
    for k, x in enumerate(at):
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = 1e-4
            moved = [loss(*at[:k], x + sign * step, *at[k + 1 :]) for sign in (1, -1)]
            np.testing.assert_allclose(found[k][i], (moved[0] - moved[1]) / 2e-4, rtol=1e-6, atol=1e-7)


def test_the_adjoint_equation_is_solved_once_for_all_arguments(monkeypatch):
    solved = []
    scipys = scipy.integrate.odeint
    monkeypatch.setattr(scipy.integrate, "odeint", lambda *a, **k: solved.append(len(a[1])) or scipys(*a, **k))
    ag.grad(lambda y0, t, g, f: integrate.odeint(pendulum, y0, t, ({"gravity": g, "friction": f},))[-1, 0], (0, 1, 2, 3))(
        np.array([0.6, -0.2]), np.array([0.0, 1.0]), 2.0, 0.3
    )
    assert solved == [2, 2 + 2 + 2]  # state, its gradient, the parameters'


def test_options_of_the_state_are_not_those_of_the_adjoint_equation():
    def end(k, **options):
        return integrate.solve_ivp(lambda t, y, k: -k * y, (0.0, 1.0), [1.0, 2.0], "Radau", args=(k,), **options).y[0, -1]

    for options in ({"jac": lambda t, y: -2.0 * np.eye(2)}, {"atol": [1e-9, 1e-8]}, {"first_step": 1e-3}):
        slope = ag.grad(lambda k, options=options: end(k, rtol=1e-8, **{"atol": 1e-8, **options}))(2.0)
        assert float(slope) == pytest.approx(-np.exp(-2), rel=1e-5)


def test_a_solution_has_second_derivatives():
    def end(k):
        return integrate.odeint(lambda y, t, k: -k * y, 1.0, [0.0, 1.0], (k,), **TIGHT)[-1, 0]

    assert float(ag.grad(ag.grad(end))(2.0)) == pytest.approx(np.exp(-2), rel=1e-6)


def test_what_a_differential_equation_closes_over_is_an_argument():
    """Tensors in variables around the function, in lists there, and in functions that it calls, to second order."""

    def by_odeint(k):
        friction = [k * k]

        def pull(y):
            return -k * y - friction[0] * y

        return integrate.odeint(lambda y, t, m: pull(y) * m, 1.0, [0.0, 1.0], (1.0,), **TIGHT)[-1, 0]

    def by_solve_ivp(k):
        return integrate.solve_ivp(lambda t, y: -(k + k * k) * y, (0.0, 1.0), [1.0], t_eval=[1.0], **TIGHT).y[0, 0]

    value = np.exp(-(0.7 + 0.49))
    for f in (by_odeint, by_solve_ivp):
        assert float(ag.grad(f)(0.7)) == pytest.approx(-(1 + 1.4) * value, rel=1e-7)
        assert float(ag.grad(ag.grad(f))(0.7)) == pytest.approx((2.4**2 - 2) * value, rel=1e-6)


def test_functions_that_call_themselves_or_count_are_taken_too():
    calls = 0

    def power(x, n):
        return x if n == 1 else x * power(x, n - 1)

    def decayed(k):
        def slope(y, t):
            nonlocal calls
            calls += 1
            return -repeated(k, 2) * y

        def repeated(x, n):
            return x * 1.0 if n == 1 else k * repeated(x, n - 1)

        return integrate.odeint(slope, 1.0, [0.0, 1.0], **TIGHT)[-1, 0] + power(k, 2)

    assert float(ag.grad(decayed)(0.7)) == pytest.approx(-1.4 * np.exp(-0.49) + 1.4, rel=1e-7)
    assert calls > 10


class Rate:
    k = ag.tensor(2.0, requires_grad=True)

    def times(self, x):
        return self.k * x


def test_what_a_differential_equation_finds_elsewhere_is_refused():
    with pytest.raises(TypeError, match=r"odeint: .*args=\(t,\)"):
        integrate.odeint(lambda y, t: -Rate.k * y, 1.0, [0.0, 1.0])
    with pytest.raises(TypeError, match=r"quad: .*args=\(t,\)"):
        ag.grad(lambda b: integrate.quad(lambda x: Rate.k * x, 0.0, b)[0])(1.0)
    held = [functools.partial(lambda x, k: k * x, k=Rate.k), Rate().times, lambda x, k=Rate.k: k * x, lambda x: Rate.k * x]
    for f in held:  # ends that need no gradient
        with pytest.raises(TypeError, match=r"quad: the function uses a Tensor .*args=\(t,\)"):
            integrate.quad(f, 0.0, 1.0)


def test_containers_that_are_closed_over_keep_their_kind():
    def integral(k, hold):
        kept = hold(k)
        return integrate.quad(lambda x: kept["k"] * x + kept["none"] if isinstance(kept, dict) else kept[0] * x, 0.0, 1.0)[0]

    def ring(k):
        kept = [k]
        kept.append(kept)
        return kept

    for hold in (lambda k: collections.defaultdict(float, k=k), ring, lambda k: (k, 2.0), collections.namedtuple("Held", "k")):
        assert float(ag.grad(integral)(3.0, hold)) == pytest.approx(0.5, rel=1e-12)


def test_the_gradient_of_an_integral_is_as_exact_as_asked_or_warns():
    """It took 700 times as many points as the integral, and was silent where they were too few."""
    calls = 0

    def steep(x, k):
        nonlocal calls
        calls += 1
        return k * x * x / np.sqrt(np.abs(x) + 1e-12)

    assert float(ag.grad(lambda k: integrate.quad(steep, -1, 1, (k,))[0])(1.5)) == pytest.approx(0.8, abs=1e-7)
    assert calls < 5000
    with pytest.warns(scipy.integrate.IntegrationWarning) as said:
        ag.grad(lambda k: integrate.quad(lambda x: np.sin(300 * x * k), 0, 1, limit=3)[0])(1.0)
    assert ["gradient may be wrong by" in str(w.message) for w in said] == [False, True]  # the integral, and its gradient


def test_integrals_of_functions():
    """By both ends, arguments and what is closed over; the value and its error are SciPy's."""

    def integrand(x, p, q):
        return np.exp(-p["a"] * x) * np.sin(q[0] * x) + q[1] * x

    def ours(a, b, rate, q):
        return integrate.quad(integrand, a, b, args=({"a": rate}, q))[0]

    arrays = np.array(0.2), np.array(1.7), np.array(0.8), np.array([1.3, 0.4])
    holds(Call(ours, arrays), scipy.integrate.quad(integrand, 0.2, 1.7, args=({"a": 0.8}, arrays[3]))[0])
    closed = Call(lambda b, k: integrate.quad(lambda x: np.exp(-k * x * x), 0, b)[0], (np.array(1.2), np.array(0.6)))
    holds(closed, scipy.integrate.quad(lambda x: np.exp(-0.6 * x * x), 0, 1.2)[0])
    whole = ag.grad(lambda k: integrate.quad(lambda x: np.exp(-k * x), 0, np.inf, epsabs=1e-12)[0])
    assert float(whole(2.0)) == pytest.approx(-0.25, rel=1e-10)
    inner = lambda k: integrate.quad(lambda x: integrate.quad(lambda y: k * x * y, 0, x)[0], 0, 1)[0]  # noqa: E731
    assert float(ag.grad(inner)(3.0)) == pytest.approx(1 / 8, rel=1e-12)
    assert integrate.quad(np.cos, 0, 1, weight="cos", wvar=2.0) == scipy.integrate.quad(np.cos, 0, 1, weight="cos", wvar=2.0)
    with pytest.raises(TypeError, match="quad: the option weight= has no derivative"):
        ag.grad(lambda k: integrate.quad(lambda x: k * x, 0, 1, weight="cos", wvar=2.0)[0])(1.0)
    with pytest.raises(TypeError, match=r"integrate\.nquad has no derivative.*quad of a function that calls quad"):
        integrate.nquad(lambda x: x, [[0, ag.tensor(1.0, requires_grad=True)]])


@pytest.mark.parametrize("options", [{}, {"initial": 0}, {"axis": 0, "dx": 0.3}, {"x": X}])
def test_integrals_up_to_each_place(options):
    call = Call(lambda y: integrate.cumulative_trapezoid(y, **options), (A,))
    holds(call, scipy.integrate.cumulative_trapezoid(A, **options))
    holds(Call(integrate.cumulative_trapezoid, (A, X)), scipy.integrate.cumulative_trapezoid(A, X))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 1), (1, 3), (4, 2), (2, 7)])
def test_recursive_filters(n, m):
    b, a, x = RNG.normal(size=n), np.concatenate([[1.7], RNG.uniform(-0.3, 0.3, m - 1)]), RNG.normal(size=(5, 2))
    holds(Call(lambda b, a, x: signal.lfilter(b, a, x, axis=0), (b, a, x)), scipy.signal.lfilter(b, a, x, axis=0))
    with pytest.raises(TypeError, match="lfilter: the option zi="):
        signal.lfilter(b, a, ag.tensor(x, requires_grad=True), zi=np.zeros(2))


@pytest.mark.parametrize("name", ["convolve2d", "correlate2d", "oaconvolve"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions_in_the_plane(name, mode):
    call = Call(lambda a, b: getattr(signal, name)(a, b, mode), (A, M[:, :2]))
    holds(call, getattr(scipy.signal, name)(A, M[:, :2], mode))
    if name == "convolve2d":
        with pytest.raises(TypeError, match="convolve2d: the option boundary='wrap'"):
            signal.convolve2d(ag.tensor(A, requires_grad=True), M, boundary="wrap")


# -- without SciPy ---------------------------------------------------------------------------------------------------------


def test_other_names_are_scipys():
    assert special.erfinv.__wrapped__ is scipy.special.erfinv  # a function that takes lists of Tensors too, with its attributes
    assert special.erfinv.nin == 1
    assert stats.argus is scipy.stats.argus
    assert linalg.LinAlgError is scipy.linalg.LinAlgError
    assert np.array_equal(linalg.hilbert(2), scipy.linalg.hilbert(2))


def test_without_scipy_each_module_says_what_to_install():
    script = (
        "import sys; sys.modules['scipy'] = None\n"
        "for name in ('special', 'stats', 'linalg', 'integrate', 'signal', 'fft'):\n"
        "    try: __import__(f'autograd_lite.scipy.{name}')\n"
        "    except ImportError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(said) == 6
    assert all("python -m pip install scipy" in line for line in said)


def test_what_scipy_computes_is_refused_by_ag_compile_by_its_name():
    x = np.array([0.5, 1.5])
    for f, name in ((special.logsumexp, "logsumexp"), (lambda x: np.sum(stats.norm.logpdf(x)), "norm.logpdf")):
        with pytest.raises(ag.CannotRecord, match=f"{name} cannot be followed: .* Call it outside of what is compiled"):
            ag.compile(ag.grad(f))(x)

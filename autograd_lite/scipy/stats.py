"""Distributions of scipy.stats with derivatives: by the quantile or the data, by shape, location and scale.

    >>> import autograd_lite as ag
    >>> ag.grad(norm.logpdf)(1.0)                                     # -x
    array(-1.)
    >>> ag.grad(lambda rate: gamma.logpdf(2.0, 3.0, scale=1 / rate))(1.0)
    array(1.)

Each has SciPy's methods and arguments: logpdf, pdf, cdf, logcdf, sf, logsf and ppf; logpmf and pmf for those of whole numbers,
which have no derivative by the number, nor binom by its number of trials. Outside of its support the derivative of a density is
0, of a logarithm that is -inf nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..rules.scipy_special import log_beta_density, log_gamma_density, log_t_density
from ..safety.operands import values_of
from .by_formula import by_formula
from .needed import needed

stats, special = needed("scipy.stats"), needed("scipy.special")

ROOT_2PI = math.log(2 * math.pi) / 2
Formula = Callable[..., Any]


class Distribution:
    """A distribution of scipy.stats. Methods that are not differentiated are SciPy's, such as rvs and fit.

    Called with parameters it is frozen:

    >>> import autograd_lite as ag
    >>> ag.grad(lambda m: norm(m, 2.0).logpdf(3.0))(1.0)                  # (3 - m) / 2^2
    array(0.5)
    """

    distribution: Any
    name: str

    def __getattr__(self, name: str) -> Any:
        if name == "distribution":  # while it is copied or unpickled
            raise AttributeError(name)
        return getattr(self.distribution, name)

    def __call__(self, *args: Any, **options: Any) -> Frozen:
        return Frozen(self, args, options)

    def __repr__(self) -> str:
        return f"<{self.name} of scipy.stats, with derivatives>"


class Frozen:
    """A distribution with given parameters: its methods take the rest."""

    def __init__(self, distribution: Distribution, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.distribution, self.args, self.kwds = distribution, args, options

    def __getattr__(self, name: str) -> Any:
        if name in ("distribution", "args", "kwds"):
            raise AttributeError(name)
        method = getattr(self.distribution, name)
        return lambda *first, **options: method(*first, *self.args, **self.kwds, **options)

    def __repr__(self) -> str:
        return f"{self.distribution!r} of {(*self.args, *self.kwds.items())}"


def flat(method: str, below: Any) -> Any:
    """The factor of a derivative outside of the support: 0, since nothing changes there, and nan for a logarithm that is -inf."""
    unknown = {"logpdf": True, "logpmf": True, "logcdf": below, "logsf": ~np.asarray(below)}.get(method, False)
    return np.where(unknown, np.nan, 0.0)


class Continuous(Distribution):
    """A distribution of real numbers: the formulas are those of z = (x - loc) / scale and the shape parameters.

    `sf` and `isf` have formulas of their own: 1 - q has no digits of a small q, nor 1 - cdf of a small tail.

    >>> import autograd_lite as ag
    >>> ag.grad(expon.logpdf)(2.0)
    array(-1.)
    >>> float(ag.grad(gamma.ppf)(0.5, 1.0).round(6))
    2.0
    """

    def __init__(
        self, name: str, shapes: str, log_density: Formula, cdf: Formula, sf: Formula, ppf: Formula, isf: Formula,
        logcdf: Formula | None = None, logsf: Formula | None = None,
    ) -> None:  # fmt: skip
        self.distribution = getattr(stats, name)
        self.shapes = shapes.split()
        self.name = name
        self.logpdf = self.of_z("logpdf", lambda z, scale, *a: log_density(z, *a) - np.log(scale))
        self.pdf = self.of_z("pdf", lambda z, scale, *a: np.exp(log_density(z, *a)) / scale)
        self.cdf = self.of_z("cdf", lambda z, scale, *a: cdf(z, *a))
        self.sf = self.of_z("sf", lambda z, scale, *a: sf(z, *a))
        self.logcdf = self.of_z("logcdf", lambda z, scale, *a: logcdf(z, *a) if logcdf else np.log(cdf(z, *a)))
        self.logsf = self.of_z("logsf", lambda z, scale, *a: logsf(z, *a) if logsf else np.log(sf(z, *a)))
        self.ppf = by_formula(
            f"{name}.ppf", self.distribution.ppf, lambda q, *, loc, scale, **a: loc + scale * ppf(q, *a.values()),
            self.signature("q"),
        )  # fmt: skip
        self.isf = by_formula(
            f"{name}.isf", self.distribution.isf, lambda q, *, loc, scale, **a: loc + scale * isf(q, *a.values()),
            self.signature("q"),
        )  # fmt: skip

    def signature(self, first: str) -> str:
        return ", ".join([first, *self.shapes, "loc=0.0", "scale=1.0"])

    def of_z(self, method: str, formula: Formula) -> Callable[..., Any]:
        """A method of SciPy's with the derivative of a formula inside the support."""

        def of_x(x: Any, *, loc: Any, scale: Any, **shapes: Any) -> Any:
            low, high = self.distribution.support(*map(values_of, shapes.values()), loc=values_of(loc), scale=values_of(scale))
            inside = (x >= low) & (x <= high) & np.isfinite(x)
            if np.all(inside):
                return formula((x - loc) / scale, scale, *shapes.values())
            middle = np.where(np.isfinite(high), 0.5 * (low + high), low + values_of(scale))
            middle = np.where(np.isfinite(low), middle, values_of(loc))
            z = (np.where(inside, x, middle) - loc) / scale
            found = formula(z, scale, *shapes.values())
            return np.where(inside, found, flat(method, x < high) * (found + x))

        return by_formula(f"{self.name}.{method}", getattr(self.distribution, method), of_x, self.signature("x"))


class Discrete(Distribution):
    """A distribution of whole numbers: the formulas are those of k - loc and the shape parameters.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda mean: poisson.logpmf(3, mean))(2.0)
    array(0.5)
    """

    def __init__(
        self, name: str, shapes: str, log_mass: Formula, cdf: Formula, sf: Formula, constants: Sequence[str] = ()
    ) -> None:
        self.distribution = getattr(stats, name)
        self.name = name
        self.signature = ", ".join(["k", *shapes.split(), "loc=0"])
        self.logpmf = self.of_k("logpmf", log_mass)
        self.pmf = self.of_k("pmf", lambda *a: np.exp(log_mass(*a)))
        self.cdf = self.of_k("cdf", cdf, constants)
        self.sf = self.of_k("sf", sf, constants)
        self.logcdf = self.of_k("logcdf", lambda *a: np.log(cdf(*a)), constants)
        self.logsf = self.of_k("logsf", lambda *a: np.log(sf(*a)), constants)

    def of_k(self, method: str, formula: Formula, constants: Sequence[str] = ()) -> Callable[..., Any]:
        """A method of SciPy's with the derivative of a formula where the number is possible; else it is flat."""
        mass = method.endswith("pmf")

        def of_count(k: Any, *, loc: Any, **shapes: Any) -> Any:
            low, high = self.distribution.support(*map(values_of, shapes.values()))
            k = np.asarray(k, float) - loc
            whole = np.floor(k)
            inside = (k == whole) & (k >= low) & (k <= high) if mass else (k >= low) & (k < high)
            found = formula(np.where(inside, whole, low), *shapes.values())
            return np.where(inside, found, flat(method, k < low) * found)

        value = getattr(self.distribution, method)
        return by_formula(f"{self.name}.{method}", value, of_count, self.signature, {"k", "loc", *constants})


def laplace_cdf(z: Any) -> Any:
    return np.where(z > 0, 1 - 0.5 * np.exp(-np.where(z > 0, z, 0)), 0.5 * np.exp(np.where(z > 0, 0, z)))


def laplace_ppf(q: Any) -> Any:
    return np.where(q > 0.5, -np.log(2 - 2 * np.where(q > 0.5, q, 0.5)), np.log(2 * np.where(q > 0.5, 0.5, q)))


def cauchy_isf(q: Any) -> Any:
    """1 / tan(pi q), by the nearer end."""
    return np.where(q > 0.5, -1, 1) / np.tan(math.pi * np.where(q > 0.5, 1 - q, q))


# -- the distributions ----------------------------------------------------------------------------------------------------

norm = Continuous(
    "norm", "", lambda z: -0.5 * z * z - ROOT_2PI,
    cdf=lambda z: special.ndtr(z), sf=lambda z: special.ndtr(-z), ppf=lambda q: special.ndtri(q),
    isf=lambda q: -special.ndtri(q),
    logcdf=lambda z: special.log_ndtr(z), logsf=lambda z: special.log_ndtr(-z),
)  # fmt: skip
t = Continuous(
    "t", "df", lambda z, df: log_t_density(df, z),
    cdf=lambda z, df: special.stdtr(df, z), sf=lambda z, df: special.stdtr(df, -z), ppf=lambda q, df: special.stdtrit(df, q),
    isf=lambda q, df: -special.stdtrit(df, q),
)  # fmt: skip
gamma = Continuous(
    "gamma", "a", lambda z, a: log_gamma_density(a, z),
    cdf=lambda z, a: special.gammainc(a, z), sf=lambda z, a: special.gammaincc(a, z), ppf=lambda q, a: special.gammaincinv(a, q),
    isf=lambda q, a: special.gammainccinv(a, q),
)  # fmt: skip
beta = Continuous(
    "beta", "a b", lambda z, a, b: log_beta_density(a, b, z),
    cdf=lambda z, a, b: special.betainc(a, b, z), sf=lambda z, a, b: special.betaincc(a, b, z),
    ppf=lambda q, a, b: special.betaincinv(a, b, q), isf=lambda q, a, b: special.betainccinv(a, b, q),
)  # fmt: skip
expon = Continuous(
    "expon", "", lambda z: -z,
    cdf=lambda z: -np.expm1(-z), sf=lambda z: np.exp(-z), ppf=lambda q: -np.log1p(-q), isf=lambda q: -np.log(q),
    logsf=lambda z: -z,
)  # fmt: skip
lognorm = Continuous(
    "lognorm", "s", lambda z, s: -0.5 * (np.log(z) / s) ** 2 - np.log(s * z) - ROOT_2PI,
    cdf=lambda z, s: special.ndtr(np.log(z) / s), sf=lambda z, s: special.ndtr(-np.log(z) / s),
    ppf=lambda q, s: np.exp(s * special.ndtri(q)), isf=lambda q, s: np.exp(-s * special.ndtri(q)),
    logcdf=lambda z, s: special.log_ndtr(np.log(z) / s), logsf=lambda z, s: special.log_ndtr(-np.log(z) / s),
)  # fmt: skip
weibull_min = Continuous(
    "weibull_min", "c", lambda z, c: np.log(c) + special.xlogy(c - 1, z) - np.power(z, c),
    cdf=lambda z, c: -np.expm1(-np.power(z, c)), sf=lambda z, c: np.exp(-np.power(z, c)),
    ppf=lambda q, c: np.power(-np.log1p(-q), 1 / c), isf=lambda q, c: np.power(-np.log(q), 1 / c),
    logsf=lambda z, c: -np.power(z, c),
)  # fmt: skip
chi2 = Continuous(
    "chi2", "df", lambda z, df: log_gamma_density(0.5 * df, 0.5 * z) - math.log(2),
    cdf=lambda z, df: special.gammainc(0.5 * df, 0.5 * z), sf=lambda z, df: special.gammaincc(0.5 * df, 0.5 * z),
    ppf=lambda q, df: 2 * special.gammaincinv(0.5 * df, q), isf=lambda q, df: 2 * special.gammainccinv(0.5 * df, q),
)  # fmt: skip
invgamma = Continuous(
    "invgamma", "a", lambda z, a: log_gamma_density(a, 1 / z) - 2 * np.log(z),
    cdf=lambda z, a: special.gammaincc(a, 1 / z), sf=lambda z, a: special.gammainc(a, 1 / z),
    ppf=lambda q, a: 1 / special.gammainccinv(a, q), isf=lambda q, a: 1 / special.gammaincinv(a, q),
)  # fmt: skip
uniform = Continuous(
    "uniform", "", lambda z: 0 * z, cdf=lambda z: z, sf=lambda z: 1 - z, ppf=lambda q: q, isf=lambda q: 1 - q,
)  # fmt: skip
halfnorm = Continuous(
    "halfnorm", "", lambda z: -0.5 * z * z - ROOT_2PI + math.log(2),
    cdf=lambda z: special.erf(z / math.sqrt(2)), sf=lambda z: special.erfc(z / math.sqrt(2)),
    ppf=lambda q: math.sqrt(2) * special.erfinv(q), isf=lambda q: math.sqrt(2) * special.erfcinv(q),
    logsf=lambda z: special.log_ndtr(-z) + math.log(2),
)  # fmt: skip
laplace = Continuous(
    "laplace", "", lambda z: -np.abs(z) - math.log(2), cdf=lambda z: laplace_cdf(z), sf=lambda z: laplace_cdf(-z),
    ppf=lambda q: laplace_ppf(q), isf=lambda q: -laplace_ppf(q),
)  # fmt: skip
logistic = Continuous(
    "logistic", "", lambda z: special.log_expit(z) + special.log_expit(-z),
    cdf=lambda z: special.expit(z), sf=lambda z: special.expit(-z), ppf=lambda q: special.logit(q),
    isf=lambda q: -special.logit(q),
    logcdf=lambda z: special.log_expit(z), logsf=lambda z: special.log_expit(-z),
)  # fmt: skip
cauchy = Continuous(
    "cauchy", "", lambda z: -np.log1p(z * z) - math.log(math.pi),
    cdf=lambda z: np.arctan2(1, -z) / math.pi, sf=lambda z: np.arctan2(1, z) / math.pi,
    ppf=lambda q: -cauchy_isf(q), isf=lambda q: cauchy_isf(q),
)  # fmt: skip
gumbel_r = Continuous(
    "gumbel_r", "", lambda z: -z - np.exp(-z), cdf=lambda z: np.exp(-np.exp(-z)), sf=lambda z: -np.expm1(-np.exp(-z)),
    ppf=lambda q: -np.log(-np.log(q)), isf=lambda q: -np.log(-np.log1p(-q)), logcdf=lambda z: -np.exp(-z),
)  # fmt: skip
pareto = Continuous(
    "pareto", "b", lambda z, b: np.log(b) - (b + 1) * np.log(z), cdf=lambda z, b: -np.expm1(-b * np.log(z)),
    sf=lambda z, b: np.power(z, -b), ppf=lambda q, b: np.exp(-np.log1p(-q) / b), isf=lambda q, b: np.exp(-np.log(q) / b),
    logsf=lambda z, b: -b * np.log(z),
)  # fmt: skip

bernoulli = Discrete(
    "bernoulli", "p", lambda k, p: special.xlogy(k, p) + special.xlog1py(1 - k, -p),
    cdf=lambda k, p: 1 - p + 0 * k, sf=lambda k, p: p + 0 * k,
)  # fmt: skip
geom = Discrete(
    "geom", "p", lambda k, p: special.xlog1py(k - 1, -p) + np.log(p),
    cdf=lambda k, p: -np.expm1(special.xlog1py(k, -p)), sf=lambda k, p: np.exp(special.xlog1py(k, -p)),
)  # fmt: skip
poisson = Discrete(
    "poisson", "mu", lambda k, mu: special.xlogy(k, mu) - special.gammaln(k + 1) - mu,
    cdf=lambda k, mu: special.pdtr(k, mu), sf=lambda k, mu: special.pdtrc(k, mu),
)  # fmt: skip
binom = Discrete(
    "binom", "n p",
    lambda k, n, p: special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    + special.xlogy(k, p) + special.xlog1py(n - k, -p),
    cdf=lambda k, n, p: special.betaincc(k + 1, n - k, p), sf=lambda k, n, p: special.betainc(k + 1, n - k, p),
    constants=["n"],
)  # fmt: skip
nbinom = Discrete(
    "nbinom", "n p",
    lambda k, n, p: special.gammaln(k + n) - special.gammaln(k + 1) - special.gammaln(n) + n * np.log(p) + special.xlog1py(k, -p),
    cdf=lambda k, n, p: special.betainc(n, k + 1, p), sf=lambda k, n, p: special.betaincc(n, k + 1, p),
)  # fmt: skip


class Dirichlet(Distribution):
    """The Dirichlet distribution of vectors of positive numbers that sum to 1, along the first axis of x.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda alpha: dirichlet.logpdf(np.array([0.25, 0.75]), alpha))(np.ones(2)).round(6)
    array([-0.386294,  0.712318])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.dirichlet, "dirichlet"
        self.logpdf = by_formula("dirichlet.logpdf", stats.dirichlet.logpdf, self.log_density, "x, alpha")
        self.pdf = by_formula("dirichlet.pdf", stats.dirichlet.pdf, lambda **a: np.exp(self.log_density(**a)), "x, alpha")

    @staticmethod
    def log_density(x: Any, alpha: Any) -> Any:
        if np.shape(x)[0] < np.shape(alpha)[0]:  # the last is what is left to 1
            x = np.concatenate([x, 1 - np.sum(x, 0, keepdims=True)])
        powers = special.xlogy((alpha - 1).reshape((-1,) + (1,) * (x.ndim - 1)), x)
        return np.sum(powers, 0) + special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))


class MultivariateNormal(Distribution):
    """The normal distribution of vectors along the last axis of x; the derivative by `cov` is a symmetric matrix.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda mean: multivariate_normal.logpdf(np.array([1.0, 2.0]), mean))(np.zeros(2))
    array([1., 2.])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.multivariate_normal, "multivariate_normal"
        signature, constants = "x, mean=None, cov=1.0, allow_singular=False", {"allow_singular"}
        self.logpdf = by_formula("multivariate_normal.logpdf", self.value("logpdf"), self.log_density, signature, constants)
        self.pdf = by_formula(
            "multivariate_normal.pdf", self.value("pdf"), lambda **a: np.exp(self.log_density(**a)), signature, constants
        )
        self.entropy = by_formula(
            "multivariate_normal.entropy", stats.multivariate_normal.entropy, self.entropy_formula, "mean=None, cov=1.0"
        )

    @staticmethod
    def value(method: str) -> Callable[..., Any]:
        return lambda x, mean, cov, singular: getattr(stats.multivariate_normal, method)(x, mean, cov, singular)

    @staticmethod
    def covariance(mean: Any, cov: Any) -> Any:
        """The matrix that `cov` stands for: a variance for all, one for each, or the matrix."""
        n = max(np.shape(cov)[0] if np.ndim(cov) else 1, np.shape(mean)[0] if mean is not None and np.ndim(mean) else 1)
        return np.eye(n) * cov if np.ndim(cov) < 2 else (cov + cov.T) / 2

    def log_density(self, x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
        cov = self.covariance(mean, cov)
        n = np.shape(cov)[0]
        x = x if np.ndim(x) and (n > 1 or np.shape(x)[-1] == 1) else x[..., None]
        away = x if mean is None else x - mean
        vectors = away.reshape((-1, n)).T
        if allow_singular:
            values = np.linalg.eigvalsh(cov)
            floor = 1e6 * np.finfo(float).eps * np.max(np.abs(values_of(values)))  # as SciPy judges it
            kept = values[values_of(values) > floor]
            inverse = np.linalg.pinv(cov, rcond=floor / np.max(values_of(values)), hermitian=True)
            squares = np.sum(vectors * (inverse @ vectors), 0)
            n, log_det = kept.size, np.sum(np.log(kept))
        else:
            factor = np.linalg.cholesky(cov)
            z = np.linalg.solve(factor, vectors)
            squares, log_det = np.sum(z * z, 0), 2 * np.sum(np.log(np.diagonal(factor)))
        return -0.5 * (squares.reshape(away.shape[:-1]) + log_det) - n * ROOT_2PI

    def entropy_formula(self, mean: Any, cov: Any) -> Any:
        cov = self.covariance(mean, cov) + (0 if mean is None else 0 * np.sum(mean))
        return 0.5 * np.linalg.slogdet(cov)[1] + (0.5 + ROOT_2PI) * np.shape(cov)[0]


dirichlet, multivariate_normal = Dirichlet(), MultivariateNormal()


def __getattr__(name: str) -> Any:
    return getattr(stats, name)


__all__ = [
    "bernoulli", "beta", "binom", "cauchy", "chi2", "dirichlet", "expon", "gamma", "geom", "gumbel_r", "halfnorm", "invgamma",
    "laplace", "logistic", "lognorm", "multivariate_normal", "nbinom", "norm", "pareto", "poisson", "t", "uniform",
    "weibull_min",
]  # fmt: skip

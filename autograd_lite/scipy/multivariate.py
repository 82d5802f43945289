"""Distributions of vectors and matrices: Dirichlet's, the multinomial, the normal and t, Wishart's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..safety.operands import values_of
from .by_formula import by_formula
from .distributions import Distribution
from .needed import needed

stats, special = needed("scipy.stats"), needed("scipy.special")
ROOT_2PI = math.log(2 * math.pi) / 2


def covariance(mean: Any, cov: Any) -> Any:
    """The matrix that `cov` stands for: a variance for all, one for each, or the matrix."""
    n = max(np.shape(cov)[0] if np.ndim(cov) else 1, np.shape(mean)[0] if mean is not None and np.ndim(mean) else 1)
    return np.eye(n) * cov if np.ndim(cov) < 2 else (cov + cov.T) / 2


def distances(x: Any, mean: Any, cov: Any, allow_singular: bool) -> tuple[Any, Any, int]:
    """The squares of x - mean measured by `cov`, its logarithm of a determinant, and its rank."""
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
        try:
            factor = np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            raise np.linalg.LinAlgError(
                "stats: the matrix of a density is not positive definite. Give allow_singular=True if it is singular."
            ) from None
        z = np.linalg.solve(factor, vectors)
        squares, log_det = np.sum(z * z, 0), 2 * np.sum(np.log(np.diagonal(factor)))
    return np.squeeze(squares.reshape(away.shape[:-1])), log_det, n


class Dirichlet(Distribution):
    """The Dirichlet distribution of vectors of positive numbers that sum to 1, along the first axis of x.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import dirichlet
    >>> ag.grad(lambda alpha: dirichlet.mean(alpha)[0])(np.array([1.0, 3.0]))
    array([ 0.1875, -0.0625])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.dirichlet, "dirichlet"
        self.logpdf, self.pdf = self.density(self.log_density, "x, alpha")
        self.entropy = by_formula("dirichlet.entropy", stats.dirichlet.entropy, self.entropy_formula, "alpha")
        self.mean = by_formula("dirichlet.mean", stats.dirichlet.mean, lambda alpha: alpha / np.sum(alpha), "alpha")
        self.var = by_formula("dirichlet.var", stats.dirichlet.var, self.variance, "alpha")

    @staticmethod
    def log_density(x: Any, alpha: Any) -> Any:
        if np.shape(x)[0] < np.shape(alpha)[0]:  # the last is what is left to 1
            x = np.concatenate([x, 1 - np.sum(x, 0, keepdims=True)])
        powers = special.xlogy((alpha - 1).reshape((-1,) + (1,) * (x.ndim - 1)), x)
        return np.squeeze(np.sum(powers, 0)) + special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))

    @staticmethod
    def entropy_formula(alpha: Any) -> Any:
        total, n = np.sum(alpha), alpha.size
        log_beta = np.sum(special.gammaln(alpha)) - special.gammaln(total)
        return log_beta + (total - n) * special.psi(total) - np.sum((alpha - 1) * special.psi(alpha))

    @staticmethod
    def variance(alpha: Any) -> Any:
        total = np.sum(alpha)
        return alpha * (total - alpha) / (total * total * (total + 1))


class Multinomial(Distribution):
    """The numbers of n draws from classes of the probabilities p, along the last axis of x.

    SciPy takes for the last probability what the others leave to 1, and so does the derivative.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import multinomial
    >>> ag.grad(lambda p: multinomial.logpmf([2, 1], 3, p))(np.array([0.5, 0.5]))
    array([2., 0.])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.multinomial, "multinomial"
        self.logpmf, self.pmf = self.density(self.log_mass, "x, n, p", {"x", "n"}, "logpmf", self.possible)

    @staticmethod
    def possible(x: Any, n: Any, p: Any) -> Any:
        """True where the numbers are whole and sum to n."""
        x = np.asarray(x)
        return (np.sum(x, -1) == np.asarray(n)) & np.all((x >= 0) & (x == np.floor(x)), -1)

    @staticmethod
    def log_mass(x: Any, n: Any, p: Any) -> Any:
        last = 1 - np.sum(p[..., :-1], -1, keepdims=True)
        p, x = np.concatenate([p[..., :-1], last], -1), np.maximum(x, 0)
        return special.gammaln(np.asarray(n) + 1) + np.sum(special.xlogy(x, p) - special.gammaln(x + 1), -1)


class MultivariateT(Distribution):
    """Student's t distribution of vectors along the last axis of x; the derivative by `shape` is a symmetric matrix.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import multivariate_t
    >>> ag.grad(lambda x: multivariate_t.logpdf(x, np.zeros(2), np.eye(2), df=2))(np.ones(2))
    array([-1., -1.])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.multivariate_t, "multivariate_t"
        self.logpdf, self.pdf = self.density(
            self.log_density, "x, loc=None, shape=1.0, df=1.0, allow_singular=False", {"allow_singular"}
        )

    def value(self, method: str) -> Callable[..., Any]:
        """SciPy's, which takes a number of degrees of freedom, and no array of one; its logpdf takes singular matrices always."""
        if method == "logpdf":
            return lambda x, loc, shape, df, singular: stats.multivariate_t.logpdf(x, loc, shape, float(df))
        return lambda x, loc, shape, df, singular: stats.multivariate_t.pdf(x, loc, shape, self.finite(df), singular)

    @staticmethod
    def finite(df: Any) -> float:
        if math.isinf(values_of(df)):
            raise ValueError(
                "stats.multivariate_t has no pdf, nor derivatives, at df=inf. Write stats.multivariate_normal, which it is then."
            )
        return float(df)

    @staticmethod
    def log_density(x: Any, loc: Any, shape: Any, df: Any, allow_singular: bool) -> Any:
        MultivariateT.finite(values_of(df))
        shape = covariance(loc, shape)
        n = np.shape(shape)[0]
        squares, log_det, _ = distances(x, loc, shape, allow_singular)
        ends = special.gammaln(0.5 * (df + n)) - special.gammaln(0.5 * df) - 0.5 * n * np.log(df * math.pi)
        return ends - 0.5 * log_det - 0.5 * (df + n) * np.log1p(squares / df)


class Wishart(Distribution):
    """Wishart's distribution of a covariance matrix x; the derivatives by x and `scale` are symmetric matrices.

    Several matrices are stacked along the last axis of x, as SciPy has them: its shape is (n, n, N).

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import wishart
    >>> ag.grad(lambda scale: wishart.logpdf(np.eye(2), 3, scale))(np.eye(2)) + 0.0
    array([[-1.,  0.],
           [ 0., -1.]])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.wishart, "wishart"
        self.logpdf, self.pdf = self.density(self.log_density, "x, df, scale")

    def value(self, method: str) -> Callable[..., Any]:
        """SciPy's, which takes a number of degrees of freedom, and no array of one."""
        return lambda x, df, scale: getattr(stats.wishart, method)(x, float(df), scale)

    @staticmethod
    def log_density(x: Any, df: Any, scale: Any) -> Any:
        scale = covariance(None, scale)
        n = np.shape(scale)[0]
        if np.ndim(x) < 2:  # numbers where n is 1, else a diagonal
            x = x.reshape((1, 1, -1)) if n == 1 else np.eye(n) * x
        x = np.moveaxis(x, (0, 1), (-2, -1))
        x = (x + x.mT) / 2
        log_gamma = sum(special.gammaln(0.5 * (df - k)) for k in range(n)) + 0.25 * n * (n - 1) * math.log(math.pi)
        log_x, log_scale = np.linalg.slogdet(x)[1], np.linalg.slogdet(scale)[1]
        trace = np.trace(np.linalg.solve(scale, x), axis1=-2, axis2=-1)
        return np.squeeze(0.5 * ((df - n - 1) * log_x - trace - df * (n * math.log(2) + log_scale)) - log_gamma)


class MultivariateNormal(Distribution):
    """The normal distribution of vectors along the last axis of x; the derivative by `cov` is a symmetric matrix.

    >>> import autograd_lite as ag
    >>> from autograd_lite.scipy.stats import multivariate_normal
    >>> ag.grad(lambda m: multivariate_normal.logpdf([1.0, 2.0], m, 2 * np.eye(2)))(np.zeros(2))
    array([0.5, 1. ])
    """

    def __init__(self) -> None:
        self.distribution, self.name = stats.multivariate_normal, "multivariate_normal"
        signature = "x, mean=None, cov=1.0, allow_singular=False"
        self.logpdf, self.pdf = self.density(self.log_density, signature, {"allow_singular"}, possible=self.possible)
        self.entropy = by_formula(
            "multivariate_normal.entropy", stats.multivariate_normal.entropy, self.entropy_formula, "mean=None, cov=1.0"
        )

    def value(self, method: str) -> Callable[..., Any]:
        return lambda x, mean, cov, singular: getattr(stats.multivariate_normal, method)(x, mean, cov, singular)

    @staticmethod
    def possible(x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
        """True where x is in the plane that a singular matrix leaves."""
        given = [values_of(a) for a in (x, mean, cov)]
        return not allow_singular or np.isfinite(stats.multivariate_normal.logpdf(*given, allow_singular=True))

    @staticmethod
    def log_density(x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
        squares, log_det, rank = distances(x, mean, covariance(mean, cov), allow_singular)
        return -0.5 * (squares + log_det) - rank * ROOT_2PI

    @staticmethod
    def entropy_formula(mean: Any, cov: Any) -> Any:
        cov = covariance(mean, cov) + (0 if mean is None else 0 * np.sum(mean))
        return 0.5 * np.linalg.slogdet(cov)[1] + (0.5 + ROOT_2PI) * np.shape(cov)[0]


dirichlet, multinomial, wishart = Dirichlet(), Multinomial(), Wishart()
multivariate_normal, multivariate_t = MultivariateNormal(), MultivariateT()


__all__ = ["dirichlet", "multinomial", "multivariate_normal", "multivariate_t", "wishart"]

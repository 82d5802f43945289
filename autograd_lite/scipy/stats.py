"""Distributions of scipy.stats with derivatives: by the quantile or the data, by shape, location and scale.

    >>> import autograd_lite as ag
    >>> ag.grad(norm.logpdf)(1.0)                                     # -x
    array(-1.)
    >>> ag.grad(lambda rate: gamma.logpdf(2.0, 3.0, scale=1 / rate))(1.0)
    array(1.)

Each has SciPy's methods and arguments: logpdf, pdf, cdf, logcdf, sf, logsf, ppf and isf; logpmf and pmf for those of whole
numbers, which have no derivative by the number, nor binom by its number of trials; mean, median, var, std and entropy. A method
without a formula, such as vonmises.cdf or skewnorm.logcdf, is SciPy's, and refuses Tensors that require grad by its name.
Outside of its support the derivative of a density is 0, of a logarithm that is -inf nan; that of a mean that is infinite is nan.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from ..declare import primitive
from ..rules.scipy_special import log_beta_density, log_f_density, log_gamma_density, log_t_density
from ..safety.operands import values_of
from .distributions import Continuous, Discrete
from .multivariate import dirichlet, multinomial, multivariate_normal, multivariate_t, wishart
from .needed import needed
from .options import handed_through

stats, special = needed("scipy.stats"), needed("scipy.special")

ROOT_2PI = math.log(2 * math.pi) / 2
EULER = float(np.euler_gamma)


def laplace_cdf(z: Any) -> Any:
    return np.where(z > 0, 1 - 0.5 * np.exp(-np.where(z > 0, z, 0)), 0.5 * np.exp(np.where(z > 0, 0, z)))


def laplace_ppf(q: Any) -> Any:
    return np.where(q > 0.5, -np.log(2 - 2 * np.where(q > 0.5, q, 0.5)), np.log(2 * np.where(q > 0.5, 0.5, q)))


def cauchy_isf(q: Any) -> Any:
    """1 / tan(pi q), by the nearer end."""
    return np.where(q > 0.5, -1, 1) / np.tan(math.pi * np.where(q > 0.5, 1 - q, q))


def chi_mean(df: Any) -> Any:
    return math.sqrt(2) * np.exp(special.gammaln(0.5 * df + 0.5) - special.gammaln(0.5 * df))


def odds(p: Any) -> Any:
    return p / (1 - p)


def log_of_tail(z: Any, c: Any) -> Any:
    """log(1 + c z) / c, and its limit z where c is 0: w / log(1 + w) is exprel(log(1 + w))."""
    return z / special.exprel(np.log1p(c * z))


def powers(s: Any, c: Any) -> Any:
    """(exp(c s) - 1) / c, the inverse of `log_of_tail`."""
    return s * special.exprel(c * s)


def reflected(z: Any, mu: Any) -> Any:
    return np.exp(2 / mu + special.log_ndtr(-(z / mu + 1) / np.sqrt(z)))


def invgauss_sf(z: Any, mu: Any) -> Any:
    return special.ndtr(-(z / mu - 1) / np.sqrt(z)) - reflected(z, mu)


def invgauss_logsf(z: Any, mu: Any) -> Any:
    """By erfcx beyond mu, where the two tails of `invgauss_sf` cancel and have no digits left."""
    far = values_of(z) > values_of(mu)
    beyond, within = np.where(far, z, 2 * mu), np.where(far, mu, z)
    u, v = (beyond / mu - 1) / np.sqrt(2 * beyond), (beyond / mu + 1) / np.sqrt(2 * beyond)
    tail = np.log(0.5 * (special.erfcx(u) - special.erfcx(v))) - u * u
    return np.where(far, tail, np.log(invgauss_sf(within, mu)))


def log_mass_between(a: Any, b: Any) -> Any:
    """The logarithm of the probability of a standard normal number between a and b, from the nearer tail.

    Where they are near the tails cancel: there it is that of the density in the middle and its curvature.
    """
    right = values_of(a) > 0
    low, high = np.where(right, -b, a), np.where(right, -a, b)
    near = (high - low) * (1 + np.abs(low)) < 1e-2
    wide = special.log_ndtr(high) + np.log1p(-np.exp(special.log_ndtr(np.where(near, high - 1, low)) - special.log_ndtr(high)))
    middle, width = np.where(near, (low + high) / 2, 0), np.where(near, high - low, 1)
    return np.where(near, log_normal(middle) + np.log(width) + np.log1p((middle**2 - 1) * width**2 / 24), wide)


def truncnorm_log(z: Any, a: Any, b: Any, above: bool = False) -> Any:
    """The logarithm of the probability below z, or above; it is that of the complement where this is smaller."""
    whole = log_mass_between(a, b)
    shares = log_mass_between(a, z) - whole, log_mass_between(z, b) - whole
    own, other = reversed(shares) if above else shares
    return np.where(own > other, np.log1p(-np.exp(other)), own)


def log_normal(z: Any) -> Any:
    return -0.5 * z * z - ROOT_2PI


def below_odds(a: Any, b: Any, z: Any, above: bool = False) -> Any:
    """The probability that the odds of a beta distributed share are below z, or above; of the smaller share, which has digits."""
    far = values_of(z) > 1
    share = np.where(far, 1, z) / (1 + z)
    a, b = np.where(far, b, a), np.where(far, a, b)
    return np.where(far ^ above, special.betaincc(a, b, share), special.betainc(a, b, share))


def skewnorm_cdf(z: Any, a: Any) -> Any:
    return np.asarray(stats.skewnorm.cdf(z, a))


skewed = primitive(  # ndtr(z) - 2 owens_t(z, a), whose terms cancel in the light tail
    skewnorm_cdf,
    elementwise=True,
    z=lambda g, z, a: g * 2 * np.exp(log_normal(z) + special.log_ndtr(a * z)),
    a=lambda g, z, a: g * -np.exp(-0.5 * z * z * (1 + a * a)) / (math.pi * (1 + a * a)),
)


def tilted(z: Any, K: Any) -> Any:
    return 0.5 / (K * K) - z / K + special.log_ndtr(z - 1 / K)


# -- the distributions ----------------------------------------------------------------------------------------------------

norm = Continuous(
    "norm", "", lambda z: log_normal(z),
    cdf=lambda z: special.ndtr(z), sf=lambda z: special.ndtr(-z), ppf=lambda q: special.ndtri(q),
    isf=lambda q: -special.ndtri(q),
    logcdf=lambda z: special.log_ndtr(z), logsf=lambda z: special.log_ndtr(-z),
    mean=lambda: 0.0, var=lambda: 1.0, entropy=lambda: ROOT_2PI + 0.5,
)  # fmt: skip
t = Continuous(
    "t", "df", lambda z, df: log_t_density(df, z),
    cdf=lambda z, df: special.stdtr(df, z), sf=lambda z, df: special.stdtr(df, -z), ppf=lambda q, df: special.stdtrit(df, q),
    isf=lambda q, df: -special.stdtrit(df, q),
    mean=lambda df: np.where(df > 1, 0.0, np.nan), var=lambda df: df / np.where(df > 2, df - 2, np.nan),
    entropy=lambda df: 0.5 * (df + 1) * (special.psi(0.5 * df + 0.5) - special.psi(0.5 * df)) + 0.5 * np.log(df)
    + special.betaln(0.5 * df, 0.5),
)  # fmt: skip
gamma = Continuous(
    "gamma", "a", lambda z, a: log_gamma_density(a, z),
    cdf=lambda z, a: special.gammainc(a, z), sf=lambda z, a: special.gammaincc(a, z), ppf=lambda q, a: special.gammaincinv(a, q),
    isf=lambda q, a: special.gammainccinv(a, q),
    mean=lambda a: a, var=lambda a: a, entropy=lambda a: a + special.gammaln(a) + (1 - a) * special.psi(a),
)  # fmt: skip
beta = Continuous(
    "beta", "a b", lambda z, a, b: log_beta_density(a, b, z),
    cdf=lambda z, a, b: special.betainc(a, b, z), sf=lambda z, a, b: special.betaincc(a, b, z),
    ppf=lambda q, a, b: special.betaincinv(a, b, q), isf=lambda q, a, b: special.betainccinv(a, b, q),
    mean=lambda a, b: a / (a + b), var=lambda a, b: a * b / ((a + b) ** 2 * (a + b + 1)),
    entropy=lambda a, b: special.betaln(a, b) - (a - 1) * special.psi(a) - (b - 1) * special.psi(b)
    + (a + b - 2) * special.psi(a + b),
)  # fmt: skip
expon = Continuous(
    "expon", "", lambda z: -z,
    cdf=lambda z: -np.expm1(-z), sf=lambda z: np.exp(-z), ppf=lambda q: -np.log1p(-q), isf=lambda q: -np.log(q),
    logsf=lambda z: -z,
    mean=lambda: 1.0, var=lambda: 1.0, entropy=lambda: 1.0,
)  # fmt: skip
lognorm = Continuous(
    "lognorm", "s", lambda z, s: -0.5 * (np.log(z) / s) ** 2 - np.log(s * z) - ROOT_2PI,
    cdf=lambda z, s: special.ndtr(np.log(z) / s), sf=lambda z, s: special.ndtr(-np.log(z) / s),
    ppf=lambda q, s: np.exp(s * special.ndtri(q)), isf=lambda q, s: np.exp(-s * special.ndtri(q)),
    logcdf=lambda z, s: special.log_ndtr(np.log(z) / s), logsf=lambda z, s: special.log_ndtr(-np.log(z) / s),
    mean=lambda s: np.exp(0.5 * s * s), var=lambda s: np.exp(s * s) * np.expm1(s * s),
    entropy=lambda s: ROOT_2PI + 0.5 + np.log(s),
)  # fmt: skip
weibull_min = Continuous(
    "weibull_min", "c", lambda z, c: np.log(c) + special.xlogy(c - 1, z) - np.power(z, c),
    cdf=lambda z, c: -np.expm1(-np.power(z, c)), sf=lambda z, c: np.exp(-np.power(z, c)),
    ppf=lambda q, c: np.power(-np.log1p(-q), 1 / c), isf=lambda q, c: np.power(-np.log(q), 1 / c),
    logsf=lambda z, c: -np.power(z, c),
    mean=lambda c: special.gamma(1 + 1 / c), var=lambda c: special.gamma(1 + 2 / c) - special.gamma(1 + 1 / c) ** 2,
    entropy=lambda c: EULER * (1 - 1 / c) - np.log(c) + 1,
)  # fmt: skip
chi2 = Continuous(
    "chi2", "df", lambda z, df: log_gamma_density(0.5 * df, 0.5 * z) - math.log(2),
    cdf=lambda z, df: special.gammainc(0.5 * df, 0.5 * z), sf=lambda z, df: special.gammaincc(0.5 * df, 0.5 * z),
    ppf=lambda q, df: 2 * special.gammaincinv(0.5 * df, q), isf=lambda q, df: 2 * special.gammainccinv(0.5 * df, q),
    mean=lambda df: df, var=lambda df: 2 * df,
    entropy=lambda df: 0.5 * df + math.log(2) + special.gammaln(0.5 * df) + (1 - 0.5 * df) * special.psi(0.5 * df),
)  # fmt: skip
invgamma = Continuous(
    "invgamma", "a", lambda z, a: log_gamma_density(a, 1 / z) - 2 * np.log(z),
    cdf=lambda z, a: special.gammaincc(a, 1 / z), sf=lambda z, a: special.gammainc(a, 1 / z),
    ppf=lambda q, a: 1 / special.gammainccinv(a, q), isf=lambda q, a: 1 / special.gammaincinv(a, q),
    mean=lambda a: 1 / (a - 1), var=lambda a: 1 / ((a - 1) ** 2 * (a - 2)),
    entropy=lambda a: a - (a + 1) * special.psi(a) + special.gammaln(a),
)  # fmt: skip
uniform = Continuous(
    "uniform", "", lambda z: 0 * z, cdf=lambda z: z, sf=lambda z: 1 - z, ppf=lambda q: q, isf=lambda q: 1 - q,
    mean=lambda: 0.5, var=lambda: 1 / 12, entropy=lambda: 0.0,
)  # fmt: skip
halfnorm = Continuous(
    "halfnorm", "", lambda z: -0.5 * z * z - ROOT_2PI + math.log(2),
    cdf=lambda z: special.erf(z / math.sqrt(2)), sf=lambda z: special.erfc(z / math.sqrt(2)),
    ppf=lambda q: math.sqrt(2) * special.erfinv(q), isf=lambda q: math.sqrt(2) * special.erfcinv(q),
    logsf=lambda z: special.log_ndtr(-z) + math.log(2),
    mean=lambda: math.sqrt(2 / math.pi), var=lambda: 1 - 2 / math.pi, entropy=lambda: 0.5 * math.log(math.pi / 2) + 0.5,
)  # fmt: skip
laplace = Continuous(
    "laplace", "", lambda z: -np.abs(z) - math.log(2), cdf=lambda z: laplace_cdf(z), sf=lambda z: laplace_cdf(-z),
    ppf=lambda q: laplace_ppf(q), isf=lambda q: -laplace_ppf(q),
    mean=lambda: 0.0, var=lambda: 2.0, entropy=lambda: math.log(2) + 1,
)  # fmt: skip
logistic = Continuous(
    "logistic", "", lambda z: special.log_expit(z) + special.log_expit(-z),
    cdf=lambda z: special.expit(z), sf=lambda z: special.expit(-z), ppf=lambda q: special.logit(q),
    isf=lambda q: -special.logit(q),
    logcdf=lambda z: special.log_expit(z), logsf=lambda z: special.log_expit(-z),
    mean=lambda: 0.0, var=lambda: math.pi**2 / 3, entropy=lambda: 2.0,
)  # fmt: skip
cauchy = Continuous(
    "cauchy", "", lambda z: -np.log1p(z * z) - math.log(math.pi),
    cdf=lambda z: np.arctan2(1, -z) / math.pi, sf=lambda z: np.arctan2(1, z) / math.pi,
    ppf=lambda q: -cauchy_isf(q), isf=lambda q: cauchy_isf(q),
    entropy=lambda: math.log(4 * math.pi),
)  # fmt: skip
gumbel_r = Continuous(
    "gumbel_r", "", lambda z: -z - np.exp(-z), cdf=lambda z: np.exp(-np.exp(-z)), sf=lambda z: -np.expm1(-np.exp(-z)),
    ppf=lambda q: -np.log(-np.log(q)), isf=lambda q: -np.log(-np.log1p(-q)), logcdf=lambda z: -np.exp(-z),
    mean=lambda: EULER, var=lambda: math.pi**2 / 6, entropy=lambda: EULER + 1,
)  # fmt: skip
pareto = Continuous(
    "pareto", "b", lambda z, b: np.log(b) - (b + 1) * np.log(z), cdf=lambda z, b: -np.expm1(-b * np.log(z)),
    sf=lambda z, b: np.power(z, -b), ppf=lambda q, b: np.exp(-np.log1p(-q) / b), isf=lambda q, b: np.exp(-np.log(q) / b),
    logsf=lambda z, b: -b * np.log(z),
    mean=lambda b: b / (b - 1), var=lambda b: b / ((b - 1) ** 2 * (b - 2)), entropy=lambda b: 1 + 1 / b - np.log(b),
)  # fmt: skip
rayleigh = Continuous(
    "rayleigh", "", lambda z: np.log(z) - 0.5 * z * z, cdf=lambda z: -np.expm1(-0.5 * z * z), sf=lambda z: np.exp(-0.5 * z * z),
    ppf=lambda q: np.sqrt(-2 * np.log1p(-q)), isf=lambda q: np.sqrt(-2 * np.log(q)), logsf=lambda z: -0.5 * z * z,
    mean=lambda: math.sqrt(math.pi / 2), var=lambda: 2 - math.pi / 2, entropy=lambda: EULER / 2 + 1 - math.log(2) / 2,
)  # fmt: skip
maxwell = Continuous(
    "maxwell", "", lambda z: 2 * np.log(z) - 0.5 * z * z + 0.5 * math.log(2 / math.pi),
    cdf=lambda z: special.gammainc(1.5, 0.5 * z * z), sf=lambda z: special.gammaincc(1.5, 0.5 * z * z),
    ppf=lambda q: np.sqrt(2 * special.gammaincinv(1.5, q)), isf=lambda q: np.sqrt(2 * special.gammainccinv(1.5, q)),
    mean=lambda: 2 * math.sqrt(2 / math.pi), var=lambda: 3 - 8 / math.pi, entropy=lambda: EULER + ROOT_2PI - 0.5,
)  # fmt: skip
chi = Continuous(
    "chi", "df", lambda z, df: (df - 1) * np.log(z) - 0.5 * z * z - (0.5 * df - 1) * math.log(2) - special.gammaln(0.5 * df),
    cdf=lambda z, df: special.gammainc(0.5 * df, 0.5 * z * z), sf=lambda z, df: special.gammaincc(0.5 * df, 0.5 * z * z),
    ppf=lambda q, df: np.sqrt(2 * special.gammaincinv(0.5 * df, q)),
    isf=lambda q, df: np.sqrt(2 * special.gammainccinv(0.5 * df, q)),
    mean=lambda df: chi_mean(df), var=lambda df: df - chi_mean(df) ** 2,
    entropy=lambda df: special.gammaln(0.5 * df) + 0.5 * (df - math.log(2) - (df - 1) * special.psi(0.5 * df)),
)  # fmt: skip
f = Continuous(
    "f", "dfn dfd", lambda z, n, m: log_f_density(n, m, z),
    cdf=lambda z, n, m: below_odds(0.5 * n, 0.5 * m, z * n / m),
    sf=lambda z, n, m: below_odds(0.5 * n, 0.5 * m, z * n / m, above=True),
    ppf=lambda q, n, m: odds(special.betaincinv(0.5 * n, 0.5 * m, q)) * m / n,
    isf=lambda q, n, m: m / n / odds(special.betaincinv(0.5 * m, 0.5 * n, q)),
    mean=lambda n, m: m / (m - 2), var=lambda n, m: 2 * m * m * (n + m - 2) / (n * (m - 2) ** 2 * (m - 4)),
)  # fmt: skip
betaprime = Continuous(
    "betaprime", "a b", lambda z, a, b: special.xlogy(a - 1, z) - (a + b) * np.log1p(z) - special.betaln(a, b),
    cdf=lambda z, a, b: below_odds(a, b, z), sf=lambda z, a, b: below_odds(a, b, z, above=True),
    ppf=lambda q, a, b: odds(special.betaincinv(a, b, q)), isf=lambda q, a, b: 1 / odds(special.betaincinv(b, a, q)),
    mean=lambda a, b: a / (b - 1),
)  # fmt: skip
fisk = Continuous(
    "fisk", "c", lambda z, c: np.log(c / z) + special.log_expit(c * np.log(z)) + special.log_expit(-c * np.log(z)),
    cdf=lambda z, c: special.expit(c * np.log(z)), sf=lambda z, c: special.expit(-c * np.log(z)),
    ppf=lambda q, c: np.exp(special.logit(q) / c), isf=lambda q, c: np.exp(-special.logit(q) / c),
    logcdf=lambda z, c: special.log_expit(c * np.log(z)), logsf=lambda z, c: special.log_expit(-c * np.log(z)),
    entropy=lambda c: 2 - np.log(c),
)  # fmt: skip
gompertz = Continuous(
    "gompertz", "c", lambda z, c: np.log(c) + z - c * np.expm1(z), cdf=lambda z, c: -np.expm1(-c * np.expm1(z)),
    sf=lambda z, c: np.exp(-c * np.expm1(z)), ppf=lambda q, c: np.log1p(-np.log1p(-q) / c),
    isf=lambda q, c: np.log1p(-np.log(q) / c), logsf=lambda z, c: -c * np.expm1(z),
)  # fmt: skip
gumbel_l = Continuous(
    "gumbel_l", "", lambda z: z - np.exp(z), cdf=lambda z: -np.expm1(-np.exp(z)), sf=lambda z: np.exp(-np.exp(z)),
    ppf=lambda q: np.log(-np.log1p(-q)), isf=lambda q: np.log(-np.log(q)), logsf=lambda z: -np.exp(z),
    mean=lambda: -EULER, var=lambda: math.pi**2 / 6, entropy=lambda: EULER + 1,
)  # fmt: skip
genextreme = Continuous(
    "genextreme", "c", lambda z, c: log_of_tail(-z, c) - np.log1p(-c * z) - np.exp(log_of_tail(-z, c)),
    cdf=lambda z, c: np.exp(-np.exp(log_of_tail(-z, c))), sf=lambda z, c: -np.expm1(-np.exp(log_of_tail(-z, c))),
    ppf=lambda q, c: powers(-np.log(-np.log(q)), -c), isf=lambda q, c: powers(-np.log(-np.log1p(-q)), -c),
    logcdf=lambda z, c: -np.exp(log_of_tail(-z, c)),
)  # fmt: skip
genpareto = Continuous(
    "genpareto", "c", lambda z, c: -log_of_tail(z, c) - np.log1p(c * z), cdf=lambda z, c: -np.expm1(-log_of_tail(z, c)),
    sf=lambda z, c: np.exp(-log_of_tail(z, c)), ppf=lambda q, c: powers(-np.log1p(-q), c), isf=lambda q, c: powers(-np.log(q), c),
    logsf=lambda z, c: -log_of_tail(z, c),
    mean=lambda c: 1 / (1 - c), var=lambda c: 1 / ((1 - c) ** 2 * (1 - 2 * c)), entropy=lambda c: 1 + c,
)  # fmt: skip
halfcauchy = Continuous(
    "halfcauchy", "", lambda z: math.log(2 / math.pi) - np.log1p(z * z), cdf=lambda z: 2 / math.pi * np.arctan(z),
    sf=lambda z: 2 / math.pi * np.arctan2(1, z), ppf=lambda q: np.tan(0.5 * math.pi * q), isf=lambda q: cauchy_isf(0.5 * q),
    entropy=lambda: math.log(2 * math.pi),
)  # fmt: skip
invgauss = Continuous(
    "invgauss", "mu", lambda z, mu: -((z / mu - 1) ** 2) / (2 * z) - 1.5 * np.log(z) - ROOT_2PI,
    cdf=lambda z, mu: special.ndtr((z / mu - 1) / np.sqrt(z)) + reflected(z, mu),
    sf=lambda z, mu: invgauss_sf(z, mu),
    logcdf=lambda z, mu: np.logaddexp(
        special.log_ndtr((z / mu - 1) / np.sqrt(z)), 2 / mu + special.log_ndtr(-(z / mu + 1) / np.sqrt(z))
    ),
    logsf=lambda z, mu: invgauss_logsf(z, mu),
    mean=lambda mu: mu, var=lambda mu: mu**3,
)  # fmt: skip
powerlaw = Continuous(
    "powerlaw", "a", lambda z, a: np.log(a) + special.xlogy(a - 1, z), cdf=lambda z, a: np.power(z, a),
    sf=lambda z, a: -np.expm1(a * np.log(z)), ppf=lambda q, a: np.power(q, 1 / a), isf=lambda q, a: np.exp(np.log1p(-q) / a),
    logcdf=lambda z, a: a * np.log(z),
    mean=lambda a: a / (a + 1), var=lambda a: a / ((a + 2) * (a + 1) ** 2), entropy=lambda a: 1 - 1 / a - np.log(a),
)  # fmt: skip
lomax = Continuous(
    "lomax", "c", lambda z, c: np.log(c) - (c + 1) * np.log1p(z), cdf=lambda z, c: -np.expm1(-c * np.log1p(z)),
    sf=lambda z, c: np.exp(-c * np.log1p(z)), ppf=lambda q, c: np.expm1(-np.log1p(-q) / c),
    isf=lambda q, c: np.expm1(-np.log(q) / c), logsf=lambda z, c: -c * np.log1p(z),
    mean=lambda c: 1 / (c - 1), entropy=lambda c: 1 + 1 / c - np.log(c),
)  # fmt: skip
truncnorm = Continuous(
    "truncnorm", "a b", lambda z, a, b: log_normal(z) - log_mass_between(a, b),
    cdf=lambda z, a, b: np.exp(truncnorm_log(z, a, b)), sf=lambda z, a, b: np.exp(truncnorm_log(z, a, b, above=True)),
    logcdf=lambda z, a, b: truncnorm_log(z, a, b), logsf=lambda z, a, b: truncnorm_log(z, a, b, above=True),
    mean=lambda a, b: np.exp(-0.5 * a * a - ROOT_2PI - log_mass_between(a, b))
    - np.exp(-0.5 * b * b - ROOT_2PI - log_mass_between(a, b)),
)  # fmt: skip
exponnorm = Continuous(
    "exponnorm", "K", lambda z, K: -np.log(K) + tilted(z, K), cdf=lambda z, K: special.ndtr(z) - np.exp(tilted(z, K)),
    sf=lambda z, K: special.ndtr(-z) + np.exp(tilted(z, K)), mean=lambda K: K, var=lambda K: 1 + K * K,
)  # fmt: skip
skewnorm = Continuous(
    "skewnorm", "a", lambda z, a: math.log(2) - 0.5 * z * z - ROOT_2PI + special.log_ndtr(a * z),
    cdf=lambda z, a: skewed(z, a), sf=lambda z, a: skewed(-z, -a),
    mean=lambda a: math.sqrt(2 / math.pi) * a / np.sqrt(1 + a * a), var=lambda a: 1 - 2 / math.pi * a * a / (1 + a * a),
    log_tails=False,  # SciPy finds the lighter tail by quadrature, to an absolute tolerance
)  # fmt: skip
vonmises = Continuous(
    "vonmises", "kappa", lambda z, kappa: kappa * (np.cos(z) - 1) - np.log(special.i0e(kappa)) - 2 * ROOT_2PI
)  # fmt: skip
rice = Continuous("rice", "b", lambda z, b: np.log(z) - 0.5 * (z - b) ** 2 + np.log(special.i0e(z * b)))

betabinom = Discrete(
    "betabinom", "n a b",
    lambda k, n, a, b: special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    + special.betaln(k + a, n - k + b) - special.betaln(a, b),
    mean=lambda n, a, b: n * a / (a + b), var=lambda n, a, b: n * (a + b + n) * a * b / ((a + b) ** 2 * (a + b + 1)),
)  # fmt: skip
logser = Discrete(
    "logser", "p", lambda k, p: k * np.log(p) - np.log(k) - np.log(-np.log1p(-p)), mean=lambda p: p / (p - 1) / np.log1p(-p)
)  # fmt: skip

bernoulli = Discrete(
    "bernoulli", "p", lambda k, p: special.xlogy(k, p) + special.xlog1py(1 - k, -p),
    cdf=lambda k, p: 1 - p + 0 * k, sf=lambda k, p: p + 0 * k,
    mean=lambda p: p, var=lambda p: p * (1 - p), entropy=lambda p: special.entr(p) + special.entr(1 - p),
)  # fmt: skip
geom = Discrete(
    "geom", "p", lambda k, p: special.xlog1py(k - 1, -p) + np.log(p),
    cdf=lambda k, p: -np.expm1(special.xlog1py(k, -p)), sf=lambda k, p: np.exp(special.xlog1py(k, -p)),
    mean=lambda p: 1 / p, var=lambda p: (1 - p) / p**2, entropy=lambda p: (special.entr(p) + special.entr(1 - p)) / p,
)  # fmt: skip
poisson = Discrete(
    "poisson", "mu", lambda k, mu: special.xlogy(k, mu) - special.gammaln(k + 1) - mu,
    cdf=lambda k, mu: special.pdtr(k, mu), sf=lambda k, mu: special.pdtrc(k, mu),
    mean=lambda mu: mu, var=lambda mu: mu,
)  # fmt: skip
binom = Discrete(
    "binom", "n p",
    lambda k, n, p: special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    + special.xlogy(k, p) + special.xlog1py(n - k, -p),
    cdf=lambda k, n, p: special.betaincc(k + 1, n - k, p), sf=lambda k, n, p: special.betainc(k + 1, n - k, p),
    constants=["n"],
    mean=lambda n, p: n * p, var=lambda n, p: n * p * (1 - p),
)  # fmt: skip
nbinom = Discrete(
    "nbinom", "n p",
    lambda k, n, p: special.gammaln(k + n) - special.gammaln(k + 1) - special.gammaln(n) + n * np.log(p) + special.xlog1py(k, -p),
    cdf=lambda k, n, p: special.betainc(n, k + 1, p), sf=lambda k, n, p: special.betaincc(n, k + 1, p),
    mean=lambda n, p: n * (1 - p) / p, var=lambda n, p: n * (1 - p) / p**2,
)  # fmt: skip


INSTEAD = {
    "entropy": "np.sum(special.entr(p / np.sum(p)))",
    "gmean": "np.exp(np.mean(np.log(a)))",
    "hmean": "1 / np.mean(1 / a)",
    "kurtosis": "np.mean((a - np.mean(a)) ** 4) / np.var(a) ** 2 - 3",
    "pearsonr": "np.corrcoef(a, b)[0, 1]",
    "sem": "np.std(a, ddof=1) / np.sqrt(a.size)",
    "skew": "np.mean((a - np.mean(a)) ** 3) / np.std(a) ** 3",
    "zscore": "(a - np.mean(a)) / np.std(a)",
}


def __getattr__(name: str) -> Any:
    return handed_through("stats", getattr(stats, name), INSTEAD)


__all__ = [
    "bernoulli", "beta", "betabinom", "betaprime", "binom", "cauchy", "chi", "chi2", "dirichlet", "expon", "exponnorm", "f",
    "fisk", "gamma", "genextreme", "genpareto", "geom", "gompertz", "gumbel_l", "gumbel_r", "halfcauchy", "halfnorm",
    "invgamma", "invgauss", "laplace", "logistic", "lognorm", "logser", "lomax", "maxwell", "multinomial",
    "multivariate_normal", "multivariate_t", "nbinom", "norm", "pareto", "poisson", "powerlaw", "rayleigh", "rice",
    "skewnorm", "t", "truncnorm", "uniform", "vonmises", "weibull_min", "wishart",
]  # fmt: skip

__path__: list[str] = []
sys.modules.update({f"{__name__}.{name}": globals()[name] for name in __all__})  # `import autograd_lite.scipy.stats.norm`

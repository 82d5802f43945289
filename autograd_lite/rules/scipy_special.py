"""The ufuncs of scipy.special, once the user has imported SciPy.

The table names functions, because SciPy is never imported here: `special.psi` is looked up when a rule runs. Orders and some
parameters have no rule, and a tracked value given for one is refused by name. What is a function of NumPy's too has NumPy's row.
Formulas: NIST Digital Library of Mathematical Functions (DLMF), section in brackets. Derivatives of complete elliptic integrals
are hypergeometric functions [19.5, 15.5], since the usual differences lose all digits at 0.
"""

from __future__ import annotations

import functools
import math
import sys
from typing import Any

import numpy as np

from ..functions import of_values, ratio
from . import elementwise
from .row import Row

ROOT_PI, ROOT_2PI, DEGREE = math.sqrt(math.pi), math.sqrt(2 * math.pi), math.pi / 180


class Special:
    """scipy.special, if the user has imported it."""

    def __getattr__(self, name: str) -> Any:
        if "scipy.special" not in sys.modules:
            raise AttributeError(f"scipy.special is not imported, so it has no {name!r} here.")
        return getattr(sys.modules["scipy.special"], name)


special: Any = Special()


# -- densities, the slopes of distribution functions --------------------------------------------------------------------


def real_alone(g: Any, x: Any) -> Any:
    """`g`, where x is real: of complex numbers jve, yve and ive are scaled by what is not holomorphic."""
    if x.dtype.kind == "c":
        raise TypeError(
            "jve, yve and ive have no derivative by complex numbers here. Write special.jv(v, z) * np.exp(-np.abs(z.imag))."
        )
    return g


def normal(x: Any) -> Any:
    return np.exp(-0.5 * x * x) / ROOT_2PI


def log_gamma_density(a: Any, x: Any) -> Any:
    return special.xlogy(a - 1, x) - x - special.gammaln(a)


def log_beta_density(a: Any, b: Any, x: Any) -> Any:
    return special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)


def log_t_density(df: Any, x: Any) -> Any:
    return -0.5 * (df + 1) * np.log1p(x * x / df) - special.betaln(0.5 * df, 0.5) - 0.5 * np.log(df)


def log_f_density(n: Any, m: Any, x: Any) -> Any:
    half = 0.5 * (n + m)
    return special.xlogy(0.5 * n - 1, x) - half * np.log1p(n * x / m) + 0.5 * n * np.log(n / m) - special.betaln(0.5 * n, 0.5 * m)


def log_poisson(k: Any, m: Any) -> Any:
    k = np.floor(k)
    return special.xlogy(k, m) - m - special.gammaln(k + 1)


def binomial_slope(k: Any, n: Any, p: Any) -> Any:
    """The slope of bdtrc by p: the density of beta(k + 1, n - k) [8.17.5]."""
    k = np.floor(k)
    return np.exp(log_beta_density(k + 1, n - k, p))


def negative_binomial_slope(k: Any, n: Any, p: Any) -> Any:
    return np.exp(log_beta_density(n, k + 1, p))


# -- distribution functions by their shape: integrals of the slope of the density -----------------------------------------

STEPS = np.arange(-50, 51) * 0.08
LOG_U = -np.log1p(np.exp(-math.pi * np.sinh(STEPS)))  # points of (0, 1) that crowd at both ends (Takahasi and Mori, 1974)
WEIGHT = 0.08 * math.pi / 2 * np.cosh(STEPS) / np.cosh(math.pi / 2 * np.sinh(STEPS)) ** 2 / 2 * np.exp(-LOG_U)  # of du / u


def gamma_by_shape(a: Any, x: Any) -> Any:
    """The derivative of gammainc(a, x) by a: the integral of that of the density up to x, or from x on with the other sign.

    Up to x, where x < a, over log t = log x + w log(u) / a; from x on over t = x - w log(u); w is the width, sqrt(a).
    """
    inside = (x > 0) & np.isfinite(x)
    a, x = a[..., None], np.where(inside, x, 1)[..., None]
    low, width = x < a, of_values(lambda a: np.sqrt(np.maximum(a, 1)), a)
    log_t = np.where(low, np.log(x) + width / a * LOG_U, np.log(x - width * LOG_U))
    t = np.exp(log_t)
    slope = np.exp(a * log_t - t - special.gammaln(a)) * (log_t - special.psi(a)) * np.where(low, width / a, -width / t)
    return np.where(inside, np.sum(slope * WEIGHT, -1), 0)


def beta_by_shape(a: Any, b: Any, x: Any, rest: Any, of_a: bool) -> Any:
    """The derivative of betainc(a, b, x) by a or by b, where rest is 1 - x: the same integral, from the nearer end."""
    inside = (x > 0) & (rest > 0)
    a, b, x, rest = a[..., None], b[..., None], np.where(inside, x, 0.5)[..., None], np.where(inside, rest, 0.5)[..., None]
    low = x * b < rest * a
    p, q = np.where(low, a, b), np.where(low, b, a)
    width = of_values(lambda p, q: np.maximum(1 / p, np.sqrt(q / (p * (p + q)))), p, q)
    log_t = np.log(np.where(low, x, rest)) + width * LOG_U
    log_rest = np.log1p(-np.exp(log_t))
    density = np.exp(p * log_t + (q - 1) * log_rest - special.betaln(p, q)) * width * WEIGHT
    of_first = log_t - special.psi(p)
    of_second = log_rest - special.psi(q)
    by_shape = np.where(low, of_first, -of_second) if of_a else np.where(low, of_second, -of_first)
    total = np.where(low, special.psi(p + q), -special.psi(p + q))
    return np.where(inside, np.sum(density * (by_shape + total), -1), 0)


def beta_by_a(a: Any, b: Any, x: Any) -> Any:
    return beta_by_shape(a, b, x, 1 - x, True)


def beta_by_b(a: Any, b: Any, x: Any) -> Any:
    return beta_by_shape(a, b, x, 1 - x, False)


def t_by_df(df: Any, x: Any) -> Any:
    """Of stdtr, which is 1 - betainc(df / 2, 1 / 2, df / (df + x^2)) / 2 for x > 0."""
    total = df + x * x
    by_a = beta_by_shape(0.5 * df, np.full_like(df, 0.5), df / total, x * x / total, True)
    return -0.25 * np.sign(x) * by_a - 0.5 * x / total * np.exp(log_t_density(df, x)) * total / df


# -- slopes in several pieces -------------------------------------------------------------------------------------------


def spence_slope(g: Any, x: Any) -> Any:
    """log(x) / (1 - x) [25.12.2], and -1 at 1; of complex numbers, which exprel does not take, the next order is nan there."""
    if x.dtype.kind == "c":
        return -g * (ratio(np.log(x), x - 1) + (x == 1))
    return -g / special.exprel(np.log(x))


def psi_slope(g: Any, x: Any) -> Any:
    """The trigamma function, Hurwitz' zeta of order 2 [5.15.1]."""
    if x.dtype.kind == "c":
        raise TypeError("psi: its derivative by complex numbers is the trigamma function, which SciPy has of real ones alone.")
    return g * special.zeta(2, x)


def struve_slope(v: Any, x: Any, sign: int, function: Any) -> Any:
    """[11.4.27, 11.4.30] and their sum."""
    power = (0.5 * x) ** v * special.rgamma(v + 1.5) / ROOT_PI
    return 0.5 * (function(v - 1, x) + sign * function(v + 1, x) + power)


def airy_x(g: Any, y: Any, x: Any) -> Any:
    """Ai'' = x Ai, and so of Bi [9.2.1]."""
    return times_slopes(g, y[1], x * y[0], y[3], x * y[2])


def times_slopes(g: Any, *slopes: Any) -> Any:
    """The gradient from those of several results, by the slope of each."""
    return sum(g[k] * slope for k, slope in enumerate(slopes) if g[k] is not None)


def voigt_slopes(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any, Any]:
    """Of Re w(z) / (sigma root(2 pi)) at z = (x + i gamma) / (sigma root 2) [7.19.1], by each argument."""
    width = sigma * math.sqrt(2)
    z = (x + 1j * gamma) / width
    w = special.wofz(z)
    slope = (2j / ROOT_PI - 2 * z * w) / (width * ROOT_PI)
    return np.real(slope) / width, -np.real(w / (width * ROOT_PI) + z * slope) / sigma, -np.imag(slope) / width


def power_less(a: Any, b: Any) -> Any:
    return np.power(a, b - 1)


# fmt: off
RULES: dict[str, Any] = {
    # gamma and beta functions [5]
    "gamma":     (lambda g, y, x: g * y * special.psi(x),),
    "gammaln":   (lambda g, x: g * special.psi(x),),
    "loggamma":  (lambda g, x: g * special.psi(x),),
    "rgamma":    (lambda g, x: -g * special.psi(x) * special.rgamma(x),),
    "gammasgn":  (elementwise.zero_slope,),
    "psi":       (psi_slope,),
    "digamma":   (psi_slope,),
    "_zeta":     Row("a, x", x=lambda g, a, x: -g * a * special.zeta(a + 1, x)),   # Hurwitz' zeta [25.11.17]
    "beta":      (lambda g, y, a, b: g * y * (special.psi(a) - special.psi(a + b)),
                  lambda g, y, a, b: g * y * (special.psi(b) - special.psi(a + b))),
    "betaln":    (lambda g, a, b: g * (special.psi(a) - special.psi(a + b)),
                  lambda g, a, b: g * (special.psi(b) - special.psi(a + b))),
    "poch":      (lambda g, y, a, b: g * y * (special.psi(a + b) - special.psi(a)),
                  lambda g, y, a, b: g * y * special.psi(a + b)),
    "binom":     (lambda g, y, a, b: g * y * (special.psi(a + 1) - special.psi(a - b + 1)),
                  lambda g, y, a, b: g * y * (special.psi(a - b + 1) - special.psi(b + 1))),
    "gammainc":      Row("a, x", a=lambda g, a, x: g * gamma_by_shape(a, x),
                         x=lambda g, a, x: g * np.exp(log_gamma_density(a, x))),
    "gammaincc":     Row("a, x", a=lambda g, a, x: -g * gamma_by_shape(a, x),
                         x=lambda g, a, x: -g * np.exp(log_gamma_density(a, x))),
    "gammaincinv":   Row("a, p", a=lambda g, a, y: -g * gamma_by_shape(a, y) * np.exp(-log_gamma_density(a, y)),
                         p=lambda g, a, y: g * np.exp(-log_gamma_density(a, y))),
    "gammainccinv":  Row("a, p", a=lambda g, a, y: -g * gamma_by_shape(a, y) * np.exp(-log_gamma_density(a, y)),
                         p=lambda g, a, y: -g * np.exp(-log_gamma_density(a, y))),
    "betainc":       Row("a, b, x", a=lambda g, a, b, x: g * beta_by_a(a, b, x),
                         b=lambda g, a, b, x: g * beta_by_b(a, b, x),
                         x=lambda g, a, b, x: g * np.exp(log_beta_density(a, b, x))),
    "betaincc":      Row("a, b, x", a=lambda g, a, b, x: -g * beta_by_a(a, b, x),
                         b=lambda g, a, b, x: -g * beta_by_b(a, b, x),
                         x=lambda g, a, b, x: -g * np.exp(log_beta_density(a, b, x))),
    "betaincinv":    Row("a, b, p", a=lambda g, a, b, y: -g * beta_by_a(a, b, y) * np.exp(-log_beta_density(a, b, y)),
                         b=lambda g, a, b, y: -g * beta_by_b(a, b, y) * np.exp(-log_beta_density(a, b, y)),
                         p=lambda g, a, b, y: g * np.exp(-log_beta_density(a, b, y))),
    "betainccinv":   Row("a, b, p", a=lambda g, a, b, y: -g * beta_by_a(a, b, y) * np.exp(-log_beta_density(a, b, y)),
                         b=lambda g, a, b, y: -g * beta_by_b(a, b, y) * np.exp(-log_beta_density(a, b, y)),
                         p=lambda g, a, b, y: -g * np.exp(-log_beta_density(a, b, y))),

    # error functions and the normal distribution [7]
    "erf":       (lambda g, x: g * np.exp(-x * x) * (2 / ROOT_PI),),
    "erfc":      (lambda g, x: -g * np.exp(-x * x) * (2 / ROOT_PI),),
    "erfi":      (lambda g, x: g * np.exp(x * x) * (2 / ROOT_PI),),
    "erfcx":     (lambda g, y, x: g * (2 * x * y - 2 / ROOT_PI),),
    "dawsn":     (lambda g, y, x: g * (1 - 2 * x * y),),
    "wofz":      (lambda g, y, x: g * (2j / ROOT_PI - 2 * x * y),),                       # [7.10.2]
    "voigt_profile": Row("x, sigma, gamma", x=lambda g, x, sigma, gamma: g * voigt_slopes(x, sigma, gamma)[0],
                         sigma=lambda g, x, sigma, gamma: g * voigt_slopes(x, sigma, gamma)[1],
                         gamma=lambda g, x, sigma, gamma: g * voigt_slopes(x, sigma, gamma)[2]),
    "erfinv":    (lambda g, y: g * np.exp(y * y) * (ROOT_PI / 2),),
    "erfcinv":   (lambda g, y: -g * np.exp(y * y) * (ROOT_PI / 2),),
    "ndtr":      (lambda g, x: g * normal(x),),
    "log_ndtr":  (lambda g, x: g * (math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2))),),
    "ndtri":     (lambda g, y: g / normal(y),),
    "ndtri_exp": (lambda g, y, x: g * np.exp(x + 0.5 * y * y) * ROOT_2PI,),
    "owens_t":   (lambda g, a, b: -0.5 * g * normal(a) * special.erf(a * b / math.sqrt(2)),
                  lambda g, a, b: g * np.exp(-0.5 * a * a * (1 + b * b)) / (2 * math.pi * (1 + b * b))),

    # distribution functions [8.17, 8.2]
    "chdtr":     Row("v, x", v=lambda g, v, x: 0.5 * g * gamma_by_shape(0.5 * v, 0.5 * x),
                     x=lambda g, v, x: 0.5 * g * np.exp(log_gamma_density(0.5 * v, 0.5 * x))),
    "chdtrc":    Row("v, x", v=lambda g, v, x: -0.5 * g * gamma_by_shape(0.5 * v, 0.5 * x),
                     x=lambda g, v, x: -0.5 * g * np.exp(log_gamma_density(0.5 * v, 0.5 * x))),
    "chdtri":    Row("v, p", p=lambda g, v, y: -2 * g * np.exp(-log_gamma_density(0.5 * v, 0.5 * y))),
    "gdtr":      Row("a, b, x", x=lambda g, a, b, x: g * a * np.exp(log_gamma_density(b, a * x))),
    "gdtrc":     Row("a, b, x", x=lambda g, a, b, x: -g * a * np.exp(log_gamma_density(b, a * x))),
    "pdtr":      Row("k, m", m=lambda g, k, m: -g * np.exp(log_poisson(k, m))),
    "pdtrc":     Row("k, m", m=lambda g, k, m: g * np.exp(log_poisson(k, m))),
    "bdtr":      Row("k, n, p", p=lambda g, k, n, p: -g * binomial_slope(k, n, p)),
    "bdtrc":     Row("k, n, p", p=lambda g, k, n, p: g * binomial_slope(k, n, p)),
    "nbdtr":     Row("k, n, p", p=lambda g, k, n, p: g * negative_binomial_slope(k, n, p)),
    "nbdtrc":    Row("k, n, p", p=lambda g, k, n, p: -g * negative_binomial_slope(k, n, p)),
    "fdtr":      Row("n, m, x", x=lambda g, n, m, x: g * np.exp(log_f_density(n, m, x))),
    "fdtrc":     Row("n, m, x", x=lambda g, n, m, x: -g * np.exp(log_f_density(n, m, x))),
    "stdtr":     Row("df, x", df=lambda g, df, x: g * t_by_df(df, x),
                     x=lambda g, df, x: g * np.exp(log_t_density(df, x))),
    "stdtrit":   Row("df, p", df=lambda g, df, y: -g * t_by_df(df, y) * np.exp(-log_t_density(df, y)),
                     p=lambda g, df, y: g * np.exp(-log_t_density(df, y))),

    # exponentials, logarithms, entropies
    "expit":     (lambda g, x: g * special.expit(x) * special.expit(-x),),
    "logit":     (lambda g, x: g / (x * (1 - x)),),
    "log_expit": (lambda g, x: g * special.expit(-x),),
    "softplus":  (lambda g, x: g * special.expit(x),),
    "exp2":      elementwise.RULES[np.exp2],
    "exp10":     (lambda g, y: g * y * math.log(10),),
    "expm1":     elementwise.RULES[np.expm1],
    "log1p":     elementwise.RULES[np.log1p],
    "cosm1":     (lambda g, x: -g * np.sin(x),),
    "cbrt":      elementwise.RULES[np.cbrt],
    "exprel":    (lambda g, x: g * special.hyp1f1(2, 3, x) / 2,),                   # (exp(x) - 1) / x
    "entr":      (lambda g, x: -g * (np.log(x) + 1),),
    "xlogy":     (lambda g, a, b: g * np.log(b),       lambda g, a, b: g * a / b),
    "xlog1py":   (lambda g, a, b: g * np.log1p(b),     lambda g, a, b: g * a / (1 + b)),
    "rel_entr":  (lambda g, a, b: g * (np.log(a / b) + 1),  lambda g, a, b: -g * a / b),
    "kl_div":    (lambda g, a, b: g * np.log(a / b),   lambda g, a, b: g * (1 - a / b)),
    "powm1":     (lambda g, a, b: g * b * power_less(a, b), lambda g, a, b: g * np.power(a, b) * np.log(a)),
    "huber":        Row("delta, r", r=lambda g, delta, r: g * np.clip(r, -delta, delta)),
    "pseudo_huber": Row("delta, r", r=lambda g, delta, r: g * r / np.sqrt(1 + (r / delta) ** 2)),
    "boxcox":       Row("x, lmbda", x=lambda g, x, lmbda: g * power_less(x, lmbda)),
    "boxcox1p":     Row("x, lmbda", x=lambda g, x, lmbda: g * power_less(1 + x, lmbda)),
    "inv_boxcox":   Row("z, lmbda", z=lambda g, y, lmbda: g * np.power(y, 1 - lmbda)),
    "inv_boxcox1p": Row("z, lmbda", z=lambda g, y, lmbda: g * np.power(1 + y, 1 - lmbda)),
    "wrightomega":  (lambda g, y: g * y / (1 + y),),
    "_lambertw": Row("z, k, tol", z=lambda g, y: g * np.exp(-y) / (1 + y)),             # W exp(W) = z [4.13.1]
    "sindg":     (lambda g, x: g * special.cosdg(x) * DEGREE,),
    "cosdg":     (lambda g, x: -g * special.sindg(x) * DEGREE,),
    "tandg":     (lambda g, y: g * (1 + y * y) * DEGREE,),
    "cotdg":     (lambda g, y: -g * (1 + y * y) * DEGREE,),

    # integrals [6, 7.2, 25.12]
    "exp1":      (lambda g, x: -g * np.exp(-x) / x,),
    "expi":      (lambda g, x: g * np.exp(x) / x,),
    "expn":      Row("n, x", x=lambda g, n, x: -g * special.expn(n - 1, x)),
    "spence":    (spence_slope,),
    "sici":      Row("x", several=True, x=lambda g, x: times_slopes(g, np.sinc(x / math.pi), np.cos(x) / x)),
    "shichi":    Row("x", several=True, x=lambda g, x: times_slopes(g, np.sinh(x) / x, np.cosh(x) / x)),
    "fresnel":   Row("x", several=True,
                     x=lambda g, x: times_slopes(g, np.sin(math.pi / 2 * x * x), np.cos(math.pi / 2 * x * x))),
    "ellipk":    (lambda g, x: g * special.hyp2f1(0.5, 0.5, 2, x) / (1 - x) * (math.pi / 8),),
    "ellipkm1":  (lambda g, x: -g * special.hyp2f1(0.5, 0.5, 2, 1 - x) / x * (math.pi / 8),),
    "ellipe":    (lambda g, x: -g * special.hyp2f1(0.5, 1.5, 2, x) * (math.pi / 8),),
    "ellipkinc": Row("x, m", x=lambda g, x, m: g / np.sqrt(1 - m * np.sin(x) ** 2)),
    "ellipeinc": Row("x, m", x=lambda g, x, m: g * np.sqrt(1 - m * np.sin(x) ** 2)),

    # hypergeometric functions [13.3, 15.5, 16.3]
    "hyp0f1":    Row("v, x", x=lambda g, v, x: g * special.hyp0f1(v + 1, x) / v),
    "hyp1f1":    Row("a, b, x", x=lambda g, a, b, x: g * (special.hyp1f1(a + 1, b + 1, x) * a / b)),
    "hyperu":    Row("a, b, x", x=lambda g, a, b, x: -g * (special.hyperu(a + 1, b + 1, x) * a)),
    "hyp2f1":    Row("a, b, c, x", x=lambda g, a, b, c, x: g * (special.hyp2f1(a + 1, b + 1, c + 1, x) * a * b / c)),

    # Bessel, Airy and Struve functions [10.6, 10.29, 9, 11.4]
    "j0":        (lambda g, x: -g * special.j1(x),),
    "j1":        (lambda g, x: 0.5 * g * (special.j0(x) - special.jv(2, x)),),
    "y0":        (lambda g, x: -g * special.y1(x),),
    "y1":        (lambda g, x: 0.5 * g * (special.y0(x) - special.yv(2, x)),),
    "i0":        (lambda g, x: g * special.i1(x),),
    "i1":        (lambda g, x: 0.5 * g * (special.i0(x) + special.iv(2, x)),),
    "k0":        (lambda g, x: -g * special.k1(x),),
    "k1":        (lambda g, x: -0.5 * g * (special.k0(x) + special.kv(2, x)),),
    "i0e":       (lambda g, y, x: g * (special.i1e(x) - np.sign(x) * y),),
    "i1e":       (lambda g, y, x: g * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y),),
    "k0e":       (lambda g, y, x: g * (y - special.k1e(x)),),
    "k1e":       (lambda g, y, x: g * (y - 0.5 * (special.k0e(x) + special.kve(2, x))),),
    "jv":        Row("v, x", x=lambda g, v, x: 0.5 * g * (special.jv(v - 1, x) - special.jv(v + 1, x))),
    "jve":       Row("v, x", x=lambda g, v, x: 0.5 * real_alone(g, x) * (special.jv(v - 1, x) - special.jv(v + 1, x))),
    "yv":        Row("v, x", x=lambda g, v, x: 0.5 * g * (special.yv(v - 1, x) - special.yv(v + 1, x))),
    "yve":       Row("v, x", x=lambda g, v, x: 0.5 * real_alone(g, x) * (special.yv(v - 1, x) - special.yv(v + 1, x))),
    "yn":        Row("n, x", x=lambda g, n, x: 0.5 * g * (special.yv(n - 1, x) - special.yv(n + 1, x))),
    "iv":        Row("v, x", x=lambda g, v, x: 0.5 * g * (special.iv(v - 1, x) + special.iv(v + 1, x))),
    "ive":       Row("v, x", x=lambda g, y, v, x: real_alone(g, x) * (
                         0.5 * (special.ive(v - 1, x) + special.ive(v + 1, x)) - np.sign(x) * y)),
    "kv":        Row("v, x", x=lambda g, v, x: -0.5 * g * (special.kv(v - 1, x) + special.kv(v + 1, x))),
    "kn":        Row("n, x", x=lambda g, n, x: -0.5 * g * (special.kv(n - 1, x) + special.kv(n + 1, x))),
    "kve":       Row("v, x", x=lambda g, y, v, x: g * (y - 0.5 * (special.kve(v - 1, x) + special.kve(v + 1, x)))),
    "airy":      Row("x", several=True, x=airy_x),
    "struve":    Row("v, x", x=lambda g, v, x: g * struve_slope(v, x, -1, special.struve)),
    "modstruve": Row("v, x", x=lambda g, v, x: g * struve_slope(v, x, 1, special.modstruve)),

    # orthogonal polynomials [18.9]
    "eval_legendre":    Row("n, x", x=lambda g, n, x: g * special.eval_gegenbauer(n - 1, 1.5, x)),
    "eval_chebyt":      Row("n, x", x=lambda g, n, x: g * (special.eval_chebyu(n - 1, x) * n)),
    "eval_chebyu":      Row("n, x", x=lambda g, n, x: 2 * g * special.eval_gegenbauer(n - 1, 2.0, x)),
    "eval_hermite":     Row("n, x", x=lambda g, n, x: 2 * g * (special.eval_hermite(np.maximum(n - 1, 0), x) * n)),
    "eval_hermitenorm": Row("n, x", x=lambda g, n, x: g * (special.eval_hermitenorm(np.maximum(n - 1, 0), x) * n)),
    "eval_laguerre":    Row("n, x", x=lambda g, n, x: -g * special.eval_genlaguerre(n - 1, 1.0, x)),
    "eval_genlaguerre": Row("n, a, x", x=lambda g, n, a, x: -g * special.eval_genlaguerre(n - 1, a + 1.0, x)),
    "eval_gegenbauer":  Row("n, a, x", x=lambda g, n, a, x: 2 * g * (special.eval_gegenbauer(n - 1, a + 1.0, x) * a)),
    "eval_jacobi":      Row("n, a, b, x",
                            x=lambda g, n, a, b, x: g * (special.eval_jacobi(n - 1, a + 1.0, b + 1.0, x) * (n + a + b + 1) / 2)),
}
# fmt: on


@functools.cache
def rows() -> dict[Any, Any]:
    """The rows by the functions of the SciPy that is there, which may lack some."""
    modules = sys.modules["scipy.special"], sys.modules["scipy.special._ufuncs"]
    found = ((getattr(module, name, None), row) for name, row in RULES.items() for module in modules)
    return {function: row for function, row in found if isinstance(function, np.ufunc)}


__all__ = ["RULES", "log_beta_density", "log_f_density", "log_gamma_density", "log_t_density", "rows"]

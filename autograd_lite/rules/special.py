"""Special functions: sinc and the Bessel function i0, with their derivatives of every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import overridable
from .accurate import pi
from .row import Row


def times_fraction(x: Any, numerator: int, denominator: int) -> Any:
    """`x * numerator / denominator` in the precision of x, for whole numbers that may be large."""
    if isinstance(x, float):
        return x * numerator / denominator
    first = numerator / denominator
    top, bottom = first.as_integer_ratio()
    rest = (numerator * bottom - top * denominator) / (denominator * bottom)
    return x * (type(x)(first) + type(x)(rest))


@overridable
def sinc_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of `np.sinc`, sin(pi x) / (pi x).

    Near 0 it is the series of sinc, differentiated; beyond, Leibniz' rule on x * sinc(x) = sin(pi x) / pi, in which
    x is first reduced by whole numbers, which is exact.

    >>> sinc_derivative(np.array([1.0, 2.0]), 1)
    array([-1. ,  0.5])
    """
    z = np.asarray(x, np.result_type(x, np.float64))
    near = np.abs(z) < max(1, n / 8)
    small, large = np.where(near, z, 0), np.where(near, 1, z)
    total: Any = 0
    circle = math.pi if z.dtype == np.float64 else pi(z.dtype)
    for k in reversed(range((n + 1) // 2, n // 2 + 24)):  # of the term (-1)**k (pi x)**2k / (2k + 1)!, by Horner's rule
        total = total * small**2 + (-1) ** k * times_fraction(circle ** (2 * k), math.perm(2 * k, n), math.factorial(2 * k + 1))
    whole = np.rint(large.real)
    part = (circle * (large - whole), np.where(whole % 2 == 0, 1, -1))
    waves = [np.sin(part[0]) * part[1], np.cos(part[0]) * part[1], -np.sin(part[0]) * part[1], -np.cos(part[0]) * part[1]]
    far = waves[0] / (circle * large)
    for k in range(1, n + 1):
        far = (circle ** (k - 1) * waves[k % 4] - k * far) / large
    found = np.where(near, total * (small if n % 2 else 1), far)
    return found.astype(np.result_type(x), copy=False)


@overridable
def bessel_i(x: Any, n: int) -> Any:
    """The modified Bessel function of the first kind and of order n: for n = 0 it is `np.i0`, whose derivatives need the rest.

    Near 0 it is the power series (Abramowitz and Stegun 9.6.10), beyond the integral of exp(x cos t) cos(n t) over a
    period (9.6.19) by the trapezoidal rule, which converges like exp(-N**2 / 2x) (Trefethen and Weideman, SIAM Review 56).

    >>> bessel_i(np.array([0.0, 1.0]), 1)
    array([0.       , 0.5651591])
    """
    z = np.asarray(x, np.result_type(x, np.float64))
    if z.dtype.kind == "c":
        raise TypeError("i0: of complex numbers it has no derivative here. Write scipy.special.iv(0, z) with a rule of its own.")
    size = np.abs(z)
    near = size < 5 + n * n / 4
    half = np.where(near, size, 0) / 2
    total: Any = 1.0
    for k in reversed(range(1, 30 + n * n)):
        total = 1 + half * half / (k * (k + n)) * total
    series = total * half**n / math.factorial(n)
    large = np.where(near | ~np.isfinite(z), 1, size)
    points = 16 + 5 * math.ceil(math.sqrt(np.max(large, initial=1)))
    t = np.arange(points + 1) * ((math.pi if z.dtype == np.float64 else pi(z.dtype)) / points)
    weights = np.where((t == 0) | (np.arange(points + 1) == points), 0.5, 1) * np.cos(n * t) / points
    integral = np.sum(np.exp(-2 * large[..., None] * np.sin(t / 2) ** 2) * weights, -1)
    root = np.exp(size / 2)  # exp(x) would overflow a little before the result does
    found = np.where(near, series, integral * root * root) * np.where((z < 0) & (n % 2 == 1), -1, 1)
    return found.astype(np.result_type(x), copy=False)


# fmt: off
KIND = {"elementwise": True}
RULES: dict[Any, Any] = {
    np.sinc:         (lambda g, x: g * sinc_derivative(x, 1),),
    sinc_derivative: Row("x, n", x=lambda g, x, n: g * sinc_derivative(x, n + 1)),
    np.i0:           (lambda g, x: g * bessel_i(x, 1),),
    bessel_i:        Row("x, n", x=lambda g, x, n: g * ((bessel_i(x, abs(n - 1)) + bessel_i(x, n + 1)) / 2)),  # A&S 9.6.26
}
# fmt: on

__all__ = ["KIND", "RULES"]

"""Functions of numbers, applied to each element.

Formulas are chosen for accuracy where the textbook's lose digits; the figures in the comments are the worst errors
found in units in the last place (ulp), against references of 50 digits.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from ..functions import bessel_i, over_cosh_squared, ratio, sigmoid, sinc_derivative
from .row import Row

LN2 = math.log(2)  # a Python float: np.log(2) would be a float64 and widen float32


@functools.cache
def ln(number: int, dtype: Any) -> Any:
    """The logarithm in all digits of a dtype: a Python float has 53 bits, of which a longdouble needs 64 or more.

    >>> ln(2, np.dtype("float32"))
    np.float32(0.6931472)
    """
    return np.log(np.asarray(number, dtype))


def flat(g: Any) -> Any:
    """The derivative of a step function wherever it has one: 0."""
    return np.zeros_like(g)


def shared(ahead: Any, a: Any, b: Any) -> Any:
    """1 where a is ahead of b, 1/2 where they tie, else 0: the subgradient that treats both alike. A nan beats a number."""
    return (ahead | ((a != a) & (b == b))) + 0.5 * ((a == b) | ((a != a) & (b != b)))


def shared_or_alone(ahead: Any, a: Any, b: Any) -> Any:
    """As `shared`, where a number beats a nan: for fmax and fmin."""
    return (ahead | ((a == a) & (b != b))) + 0.5 * ((a == b) | ((a != a) & (b != b)))


def power_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b * y / a: within 2 ulp, where rounding b - 1 costs b * a**(b - 1) up to 537; that at 0 and infinity, where it is exact.

    Where b * y has overflowed or y may have underflowed it is the product of two halves, a**(b / 2).
    """
    end, lost = (a == 0) | np.isinf(a), (y * y == 0) | np.isinf(b * y)
    if not np.any(end | lost):
        return g * (b * y / a)
    inner = np.where(end, 1, a)
    half = np.abs(inner) ** (b / 2)
    slope = np.where(lost, b * np.copysign(half, y) * (half / inner), b * y / inner)
    return g * np.where(end, b * a ** np.where(b == 0, 1, b - 1), slope)


def power_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    """y * log(a), from two halves where y may have underflowed; 0 where a is 0 and y is not infinite: 0**b is constant."""
    logarithm = np.log(np.where((a == 0) & np.isfinite(y), 1, a))
    lost = (y * y == 0) & (a != 0)
    if not np.any(lost):
        return g * (y * logarithm)
    half = np.where(lost, a, 1) ** (b / 2)
    return g * np.where(lost, half * (half * logarithm), y * logarithm)


def difference(a: Any, b: Any) -> tuple[Any, Any]:
    """a - b and its rounding error (two-sum: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)."""
    d = np.where(a == b, 0, a - b)  # inf - inf
    seen = a - d
    error = (a - (d + seen)) + (seen - b)
    return d, np.where(np.isfinite(a - b), error, 0)


def share(a: Any, b: Any) -> Any:
    """exp(a - logaddexp(a, b)) = sigmoid(a - b), within 2 ulp: the rounding of a - b alone would cost up to 406."""
    d, error = difference(a, b)
    s = sigmoid(d)
    return s + s * sigmoid(-d) * error


def share2(a: Any, b: Any) -> Any:
    """The same for base 2: 1 / (1 + 2**(b - a))."""
    d, error = difference(a, b)
    s = np.exp2(np.minimum(d, 0)) / (1 + np.exp2(-np.abs(d)))
    return s + s * (1 - s) * (LN2 * error)


def steepness(a: Any, b: Any) -> Any:
    """b / (a*a + b*b), with the square root taken first: squares over- and underflow."""
    h = np.hypot(a, b)
    return ratio(ratio(b, h), h)


# fmt: off
RULES: dict[Any, Any] = {
    # f(a, b)          for a                                        for b
    np.add:           (lambda g: g,                                 lambda g: g),
    np.subtract:      (lambda g: g,                                 lambda g: -g),
    np.multiply:      (lambda g, b: g * b,                          lambda g, a: g * a),
    np.divide:        (lambda g, b: g / b,                          lambda g, y, b: -g * y / b),
    np.power:         (power_a,                                     power_b),
    np.float_power:   (power_a,                                     power_b),
    operator.pow:     (power_a,                                     power_b),
    np.floor_divide:  (flat,                                        flat),
    np.remainder:     (lambda g: g,                                 lambda g, a, b: -g * np.floor_divide(a, b)),
    np.fmod:          (lambda g: g,                                 lambda g, y, a, b: -g * np.rint((a - y) / b)),
    np.maximum:       (lambda g, a, b: g * shared(a > b, a, b),     lambda g, a, b: g * shared(b > a, b, a)),
    np.minimum:       (lambda g, a, b: g * shared(a < b, a, b),     lambda g, a, b: g * shared(b < a, b, a)),
    np.fmax:          (lambda g, a, b: g * shared_or_alone(a > b, a, b),  lambda g, a, b: g * shared_or_alone(b > a, b, a)),
    np.fmin:          (lambda g, a, b: g * shared_or_alone(a < b, a, b),  lambda g, a, b: g * shared_or_alone(b < a, b, a)),
    np.hypot:         (lambda g, y, a: g * ratio(a, y),             lambda g, y, b: g * ratio(b, y)),
    np.arctan2:       (lambda g, a, b: g * steepness(a, b),         lambda g, a, b: -g * steepness(b, a)),
    np.logaddexp:     (lambda g, a, b: g * share(a, b),             lambda g, a, b: g * share(b, a)),
    np.logaddexp2:    (lambda g, a, b: g * share2(a, b),            lambda g, a, b: g * share2(b, a)),
    np.copysign:      (lambda g, a, b: g * np.copysign(np.sign(a), np.sign(a) * np.copysign(1, b)),  flat),
    ratio:            (lambda g, b: ratio(g, b),                    lambda g, y, b: -ratio(g * y, b)),
    np.heaviside:     (flat,                                        lambda g, a: g * (a == 0)),
    np.ldexp:         Row("a, b",                                   a=lambda g, b: np.ldexp(g, b)),   # b is an integer
    over_cosh_squared: (lambda g, b: over_cosh_squared(g, b),       lambda g, y, b: g * -2 * np.tanh(b) * y),

    # f(x)             for x
    np.negative:      (lambda g: -g,),
    np.positive:      (lambda g: g,),
    np.conjugate:     (lambda g: g,),
    np.absolute:      (lambda g, x: g * np.sign(x),),               # 0 at 0, the middle of [-1, 1]
    np.fabs:          (lambda g, x: g * np.sign(x),),
    np.square:        (lambda g, x: g * (2 * x),),
    np.reciprocal:    (lambda g, y: -g * y * y,),
    np.sqrt:          (lambda g, y: g * (0.5 / y),),
    np.cbrt:          (lambda g, x, y: g / ratio(x, y) / 3,),       # 1.7 ulp; 1 / (3 * y * y): 8.2
    np.exp:           (lambda g, y: g * y,),
    np.exp2:          (lambda g, y: g * y * ln(2, g.dtype),),
    np.expm1:         (lambda g, x: g * np.exp(x),),                # y + 1 has no digits left at x = -40
    np.log:           (lambda g, x: g / x,),
    np.log2:          (lambda g, x: g / ln(2, g.dtype) / x,),
    np.log10:         (lambda g, x: g / ln(10, g.dtype) / x,),
    np.log1p:         (lambda g, x: g / (1 + x),),
    np.sin:           (lambda g, x: g * np.cos(x),),
    np.cos:           (lambda g, x: g * -np.sin(x),),
    np.tan:           (lambda g, y: g * (1 + y * y),),
    np.arcsin:        (lambda g, x: g / np.sqrt((1 - x) * (1 + x)),),   # 1 - x*x loses everything near 1
    np.arccos:        (lambda g, x: -g / np.sqrt((1 - x) * (1 + x)),),
    np.arctan:        (lambda g, x: g / (1 + x * x),),
    np.sinh:          (lambda g, x: g * np.cosh(x),),
    np.cosh:          (lambda g, x: g * np.sinh(x),),
    np.tanh:          (lambda g, x: over_cosh_squared(g, x),),      # 1 - y*y has no digits left at x = 20
    np.arcsinh:       (lambda g, x: g / np.hypot(1, x),),
    np.arccosh:       (lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)),),
    np.arctanh:       (lambda g, x: g / ((1 - x) * (1 + x)),),
    np.deg2rad:       (lambda g: np.deg2rad(g),),                   # linear: its own derivative, and its own constant
    np.radians:       (lambda g: np.deg2rad(g),),
    np.rad2deg:       (lambda g: np.rad2deg(g),),
    np.degrees:       (lambda g: np.rad2deg(g),),
    sigmoid:          (lambda g, x, y: g * y * sigmoid(-x),),       # y * (1 - y) is 0 at x = 40
    np.sinc:          (lambda g, x: g * sinc_derivative(x, 1),),
    sinc_derivative:  Row("x, n", x=lambda g, x, n: g * sinc_derivative(x, n + 1)),
    np.i0:            (lambda g, x: g * bessel_i(x, 1),),
    bessel_i:         Row("x, n", x=lambda g, x, n: g * ((bessel_i(x, abs(n - 1)) + bessel_i(x, n + 1)) / 2)),  # A&S 9.6.26

    # steps
    np.sign:          (flat,),
    np.floor:         (flat,),
    np.ceil:          (flat,),
    np.trunc:         (flat,),
    np.rint:          (flat,),
    np.round:         Row("a, decimals=0, out=None", a=flat),
    np.around:        Row("a, decimals=0, out=None", a=flat),
    np.fix:           Row("x, out=None", x=flat),
}
# fmt: on

__all__ = ["RULES"]

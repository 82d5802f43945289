"""Functions of numbers, applied to each element.

Formulas are chosen for accuracy where the textbook's lose digits; the figures in the comments are the worst errors
found in units in the last place (ulp), against references of 50 digits.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..functions import ratio, sigmoid
from .row import Row

LN2 = math.log(2)  # a Python float: np.log(2) would be a float64 and widen float32
LN10 = math.log(10)


def flat(g: Any) -> Any:
    """The derivative of a step function wherever it has one: 0."""
    return np.zeros_like(g)


def beats(a: Any, b: Any) -> Any:
    """1 where a > b, 1/2 where they tie, else 0: the subgradient of max(a, b) that treats both alike."""
    return (a > b) + 0.5 * (a == b)


def beats_or_alone(a: Any, b: Any) -> Any:
    """As `beats`, where a number also beats nan: for fmax and fmin."""
    return (a > b) + 0.5 * (a == b) + (np.isnan(b) & ~np.isnan(a))


def power_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b * (y / a) is within 1.9 ulp where b * a**(b - 1) is wrong by 537; the latter at 0 and where y has no digits."""
    zero = (a == 0) | (b == 0)
    lost = zero | (y == 0) | np.isinf(y)
    if not np.any(lost):
        return g * b * (y / a)
    direct = b * a ** np.where(b == 0, 1, b - 1)
    return g * np.where(lost, direct, b * (y / np.where(zero, 1, a)))


def power_b(g: Any, y: Any, a: Any) -> Any:
    """y * log(a), and 0 where a is 0: 0**b is constantly 0 for b > 0."""
    return g * y * np.log(np.where(a == 0, 1, a))


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
    np.fmod:          (lambda g: g,                                 lambda g, a, b: -g * np.trunc(a / b)),
    np.maximum:       (lambda g, a, b: g * beats(a, b),             lambda g, a, b: g * beats(b, a)),
    np.minimum:       (lambda g, a, b: g * beats(b, a),             lambda g, a, b: g * beats(a, b)),
    np.fmax:          (lambda g, a, b: g * beats_or_alone(a, b),    lambda g, a, b: g * beats_or_alone(b, a)),
    np.fmin:          (lambda g, a, b: g * beats_or_alone(-a, -b),  lambda g, a, b: g * beats_or_alone(-b, -a)),
    np.hypot:         (lambda g, y, a: g * ratio(a, y),             lambda g, y, b: g * ratio(b, y)),
    np.arctan2:       (lambda g, a, b: g * steepness(a, b),         lambda g, a, b: -g * steepness(b, a)),
    np.logaddexp:     (lambda g, a, b: g * share(a, b),             lambda g, a, b: g * share(b, a)),
    np.logaddexp2:    (lambda g, a, b: g * share2(a, b),            lambda g, a, b: g * share2(b, a)),
    np.copysign:      (lambda g, a, b: g * np.copysign(np.sign(a), np.sign(a) * np.copysign(1, b)),  flat),
    ratio:            (lambda g, b: ratio(g, b),                    lambda g, y, b: -ratio(g * y, b)),

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
    np.exp2:          (lambda g, y: g * y * LN2,),
    np.expm1:         (lambda g, x: g * np.exp(x),),                # y + 1 has no digits left at x = -40
    np.log:           (lambda g, x: g / x,),
    np.log2:          (lambda g, x: g * (1 / LN2) / x,),
    np.log10:         (lambda g, x: g * (1 / LN10) / x,),
    np.log1p:         (lambda g, x: g / (1 + x),),
    np.sin:           (lambda g, x: g * np.cos(x),),
    np.cos:           (lambda g, x: g * -np.sin(x),),
    np.tan:           (lambda g, y: g * (1 + y * y),),
    np.arcsin:        (lambda g, x: g / np.sqrt((1 - x) * (1 + x)),),   # 1 - x*x loses everything near 1
    np.arccos:        (lambda g, x: -g / np.sqrt((1 - x) * (1 + x)),),
    np.arctan:        (lambda g, x: g / (1 + x * x),),
    np.sinh:          (lambda g, x: g * np.cosh(x),),
    np.cosh:          (lambda g, x: g * np.sinh(x),),
    np.tanh:          (lambda g, x: g / np.square(np.cosh(x)),),    # 1 - y*y has no digits left at x = 20
    np.arcsinh:       (lambda g, x: g / np.hypot(1, x),),
    np.arccosh:       (lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)),),
    np.arctanh:       (lambda g, x: g / ((1 - x) * (1 + x)),),
    np.deg2rad:       (lambda g: g * (math.pi / 180),),
    np.radians:       (lambda g: g * (math.pi / 180),),
    np.rad2deg:       (lambda g: g * (180 / math.pi),),
    np.degrees:       (lambda g: g * (180 / math.pi),),
    sigmoid:          (lambda g, x, y: g * y * sigmoid(-x),),       # y * (1 - y) is 0 at x = 40

    # steps
    np.sign:          (flat,),
    np.floor:         (flat,),
    np.ceil:          (flat,),
    np.trunc:         (flat,),
    np.rint:          (flat,),
    np.round:         Row("a, decimals=0, out=None", a=flat),
}
# fmt: on

__all__ = ["RULES"]

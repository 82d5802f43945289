"""Calculus: functions of numbers, applied to each element of arrays.

A row holds one rule for each argument, and a rule is the chain rule for one call. Let `g` be the derivative of the loss by
the output of the call, an array of the output's shape; the rule multiplies it by the slope of the function, which gives
the derivative of the loss by the argument. Its parameters say what it reads beside `g`: `y`, the output, and the arguments
`x` or `a, b`. They are looked up by name (`Primitive.reads`), and only these arrays are kept until then.
`rules/__init__.py` has an example with numbers.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..functions import conj, of_values, ratio
from .accurate import (
    arcsin_slope_inverse,
    arcsinh_slope_inverse,
    hypot_slope,
    inverse_power,
    ln,
    one_minus_square,
    over_cosh_squared,
    over_one_plus_square,
    power_a,
    power_b,
    softmax2_weight,
    softmax_weight,
    tanh_x,
)  # fmt: skip
from .row import Row


def zero_slope(g: Any) -> Any:
    """The rule of a step function: its slope is 0 wherever it has one."""
    return np.zeros_like(g)


def tie_weight(ahead: Any, a: Any, b: Any) -> Any:
    """1 where a is ahead of b, 1/2 where they tie, else 0: a tie may be split in any way, here equally. nan counts as larger."""
    return (ahead | ((a != a) & (b == b))) + 0.5 * ((a == b) | ((a != a) & (b != b)))


def tie_weight_without_nan(ahead: Any, a: Any, b: Any) -> Any:
    """The weight for fmax and fmin, as `tie_weight` but with every number ahead of nan."""
    return (ahead | ((a == a) & (b != b))) + 0.5 * ((a == b) | ((a != a) & (b != b)))


# fmt: off
KIND = {"elementwise": True}
RULES: dict[Any, Any] = {
    # f(a, b)          for a                                        for b
    np.add:           (lambda g: g,                                 lambda g: g),
    np.subtract:      (lambda g: g,                                 lambda g: -g),
    np.multiply:      (lambda g, b: g * b,                          lambda g, a: g * a),
    np.divide:        (lambda g, b: g / b,                          lambda g, y, b: g * y / -b),
    **dict.fromkeys([np.power, np.float_power, operator.pow], Row("a, b", root=True, a=power_a, b=power_b)),
    np.floor_divide:  (zero_slope,                                  zero_slope),
    np.remainder:     (lambda g: g,                                 lambda g, a, b: -g * np.floor_divide(a, b)),
    np.fmod:          (lambda g: g,                                 lambda g, y, a, b: -g * np.rint((a - y) / b)),
    np.hypot:         (lambda g, y, a, b: g * hypot_slope(a, b, of_values(np.asarray, y)),  # y saves work
                       lambda g, y, a, b: g * hypot_slope(b, a, of_values(np.asarray, y))),
    # the angle of b + i a: its slopes are b / (a*a + b*b) and -a / (a*a + b*b)
    np.arctan2:       (lambda g, a, b: g * inverse_power(a, b, 1),  lambda g, a, b: g * inverse_power(a, b, 1, True)),
    np.logaddexp:     (lambda g, a, b: g * softmax_weight(a, b),    lambda g, a, b: g * softmax_weight(b, a)),
    np.logaddexp2:    (lambda g, a, b: g * softmax2_weight(a, b),   lambda g, a, b: g * softmax2_weight(b, a)),
    np.copysign:      (lambda g, a, b: g * (np.sign(a) * np.copysign(1, b)),  zero_slope),
    np.nextafter:     (lambda g, y, a, b: g * ((a != b) + 0 * y),   zero_slope),  # nan for nan
    np.heaviside:     (zero_slope,                                  lambda g, a: g * (a == 0)),
    np.ldexp:         Row("a, b", a=lambda g, b: np.ldexp(g, b)),   # b is an integer

    # one of both
    np.maximum:  Row("a, b", selects=True,
                     a=lambda g, a, b: g * tie_weight(a > b, a, b), b=lambda g, a, b: g * tie_weight(b > a, b, a)),
    np.minimum:  Row("a, b", selects=True,
                     a=lambda g, a, b: g * tie_weight(a < b, a, b), b=lambda g, a, b: g * tie_weight(b < a, b, a)),
    np.fmax:     Row("a, b", selects=True, a=lambda g, a, b: g * tie_weight_without_nan(a > b, a, b),
                     b=lambda g, a, b: g * tie_weight_without_nan(b > a, b, a)),
    np.fmin:     Row("a, b", selects=True, a=lambda g, a, b: g * tie_weight_without_nan(a < b, a, b),
                     b=lambda g, a, b: g * tie_weight_without_nan(b < a, b, a)),

    # f(x)             for x
    np.negative:      (lambda g: -g,),
    np.positive:      (lambda g: g,),
    np.conjugate:     (lambda g: conj(g),),
    np.absolute:      (lambda g, x: g * conj(np.sign(x)),),         # 0 at 0, the middle of [-1, 1]
    np.fabs:          (lambda g, x: g * np.sign(x),),
    np.square:        (lambda g, x: g * (2 * x),),
    np.reciprocal:    (lambda g, y: -g * y * y,),
    np.sqrt:          Row("x", root=True, x=lambda g, y: g * (0.5 / y)),
    np.cbrt:          Row("x", root="of any sign", x=lambda g, x, y: g / ratio(x, y) / 3),  # 1/(3*y*y): 8.2 ulp off, not 1.7
    np.exp:           (lambda g, y: g * y,),
    np.exp2:          (lambda g, y: g * y * ln(2, g.dtype),),
    np.expm1:         (lambda g, x: g * np.exp(x),),                # y + 1 has no digits left at x = -40
    np.log:           (lambda g, x: g / x,),
    np.log2:          (lambda g, x: g / ln(2, g.dtype) / x,),
    np.log10:         (lambda g, x: g / ln(10, g.dtype) / x,),
    np.log1p:         (lambda g, x: g / (1 + x),),
    np.sin:           (lambda g, x: g * np.cos(x),),
    np.cos:           (lambda g, x: g * -np.sin(x),),
    np.tan:           (lambda g, y, x: g * (1 + y * y) if x.dtype.kind != "c" else over_cosh_squared(g, 1j * x),),  # y*y near -1
    np.arcsin:        (lambda g, x: g / arcsin_slope_inverse(x),),
    np.arccos:        (lambda g, x: -g / arcsin_slope_inverse(x),),
    np.arctan:        (lambda g, x: over_one_plus_square(g, x),),
    np.sinh:          (lambda g, x: g * np.cosh(x),),
    np.cosh:          (lambda g, x: g * np.sinh(x),),
    np.tanh:          (tanh_x,),                                    # g / cosh(x)**2: 1 - y*y has no digits left at x = 20
    np.arcsinh:       (lambda g, x: g / arcsinh_slope_inverse(x),),
    np.arccosh:       (lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x - -1)),),  # x + 1 loses the sign of an imaginary part of -0
    np.arctanh:       (lambda g, x: g / one_minus_square(x) if x.dtype.kind != "c" else over_one_plus_square(g, 1j * x),),
    np.deg2rad:       (lambda g: np.deg2rad(g),),                   # linear: its own derivative, and its own constant
    np.radians:       (lambda g: np.deg2rad(g),),
    np.rad2deg:       (lambda g: np.rad2deg(g),),
    np.degrees:       (lambda g: np.rad2deg(g),),

    # steps
    np.sign:     Row("x", root="of any sign", x=lambda g, y, x:  # a direction, steep at 0
                     zero_slope(g) if g.dtype.kind != "c" else (np.imag(g * y) * 1j * conj(y) + g * (y == 0)) / np.abs(x)),
    **dict.fromkeys([np.floor, np.ceil, np.trunc, np.rint], (zero_slope,)),
    **dict.fromkeys([np.round, np.around], Row("a, decimals=0, out=None", a=zero_slope)),
    np.fix:           Row("x, out=None", x=zero_slope),
}
# fmt: on

__all__ = ["KIND", "RULES", "tie_weight", "zero_slope"]

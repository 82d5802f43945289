"""Numerically stable formulas: where the textbook's lose digits, overflow or divide 0 by 0, one that does not.

The figures in the comments are the worst errors found in units in the last place (ulp), against references of 50 digits.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..functions import overridable, ratio

LN2 = math.log(2)  # a Python float: np.log(2) would be a float64 and widen float32


@functools.cache
def ln(number: int, dtype: Any) -> Any:
    """The logarithm in all digits of a dtype: a Python float has 53 bits, of which a longdouble needs 64 or more.

    >>> ln(2, np.dtype("float32"))
    np.float32(0.6931472)
    """
    return np.log(np.asarray(number, dtype))


# -- functions ----------------------------------------------------------------------------------------------------


@overridable
def over_cosh_squared(a: Any, b: Any) -> Any:
    """`a / cosh(b)**2`, the derivative of tanh. Its rule gives 0 at b = 800, where that of the quotient would give inf * 0.

    >>> over_cosh_squared(1.0, np.array([0.0, 300.0]))
    array([1.00000000e+000, 1.06015862e-260])
    """
    c = np.cosh(b)
    c *= c
    return a / c


@overridable
def sigmoid(x: Any) -> Any:
    """The logistic function `1 / (1 + exp(-x))`, which neither overflows nor loses its small values.

    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


# fmt: off
KIND = {"elementwise": True}
RULES: dict[Any, Any] = {
    # f(a, b)          for a                                        for b
    ratio:             (lambda g, b: g / nan_for_0(b),              lambda g, y, b: -g * y / nan_for_0(b)),
    over_cosh_squared: (lambda g, b: over_cosh_squared(g, b),       lambda g, y, b: g * -2 * np.tanh(b) * y),

    # f(x)             for x
    sigmoid:           (lambda g, x, y: g * y * sigmoid(-x),),      # y * (1 - y) is 0 at x = 40
}
# fmt: on


def nan_for_0(b: Any) -> Any:
    """`b` with nan for 0: the 0 that `ratio` gives there is a choice, whose own derivative is not known."""
    return np.where(b == 0, np.nan, b)


# -- derivatives --------------------------------------------------------------------------------------------------


def power_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b * y / a, within 2 ulp: in b * a**(b - 1) the rounding of b - 1 costs up to 537. At 0 and infinity the latter is exact.

    Where b * y has overflowed or y may have underflowed, y is replaced by the product of two halves, a**(b / 2).
    """
    end, lost = (a == 0) | np.isinf(a), (y * y == 0) | np.isinf(b * y)
    if not np.any(end | lost):
        return g * (b * y / a)
    inner = np.where(end, 1, a)
    half = np.abs(inner) ** (b / 2)
    slope = np.where(lost, b * np.copysign(half, y) * (half / inner), b * y / inner)
    return g * np.where(end, b * a ** np.where(b == 0, 1, b - 1), slope)


def power_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    """y * log(a), with y as two halves where it may have underflowed; 0 where a is 0 and y finite: 0**b is constant."""
    logarithm = np.log(np.where((a == 0) & np.isfinite(y), 1, a))
    lost = (y * y == 0) & (a != 0)
    if not np.any(lost):
        return g * (y * logarithm)
    half = np.where(lost, a, 1) ** (b / 2)
    return g * np.where(lost, half * (half * logarithm), y * logarithm)


def arctan2_slope(a: Any, b: Any) -> Any:
    """b / (a*a + b*b), with the square root taken first: squares over- and underflow."""
    h = np.hypot(a, b)
    return ratio(ratio(b, h), h)


def two_difference(a: Any, b: Any) -> tuple[Any, Any]:
    """a - b and its rounding error (two-sum: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)."""
    d = np.where(a == b, 0, a - b)  # inf - inf
    minus_b = a - d
    error = (a - (d + minus_b)) + (minus_b - b)
    return d, np.where(np.isfinite(a - b), error, 0)


def softmax_weight(a: Any, b: Any) -> Any:
    """exp(a - logaddexp(a, b)) = sigmoid(a - b), within 2 ulp: the rounding of a - b alone would cost up to 406."""
    d, error = two_difference(a, b)
    s = sigmoid(d)
    return s + s * sigmoid(-d) * error


def softmax2_weight(a: Any, b: Any) -> Any:
    """2**(a - logaddexp2(a, b)) = 1 / (1 + 2**(b - a)), in the same way."""
    d, error = two_difference(a, b)
    s = np.exp2(np.minimum(d, 0)) / (1 + np.exp2(-np.abs(d)))
    return s + s * (1 - s) * (LN2 * error)


__all__ = ["KIND", "RULES", "arctan2_slope", "ln", "over_cosh_squared", "power_a", "power_b", "sigmoid",
           "softmax2_weight", "softmax_weight"]  # fmt: skip

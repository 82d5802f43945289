"""Numerically stable formulas: where the textbook's lose digits, overflow or divide 0 by 0, one that does not.

The figures in the comments are the worst errors found in units in the last place (ulp), against references of 50 digits.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.introspect import opt_func_info

from ..functions import of_values, overridable, ratio
from .row import Row

LN2 = math.log(2)  # a Python float: np.log(2) would be a float64 and widen float32
COSH_CODE = opt_func_info("^cosh$", "^float64$").get("cosh", {})  # NumPy's for this processor: "baseline" is plain C
VECTOR_COSH = bool(COSH_CODE) and not any(code["current"].startswith("baseline") for code in COSH_CODE.values())


@functools.cache
def ln(number: int, dtype: Any) -> Any:
    """The logarithm in all digits of a dtype: a Python float has 53 bits, of which a longdouble needs 64 or more.

    >>> ln(2, np.dtype("float32"))
    np.float32(0.6931472)
    """
    return np.log(np.asarray(number, dtype))


@functools.cache
def pi(dtype: Any) -> Any:
    """pi in all digits of a dtype.

    >>> pi(np.dtype("float32"))
    np.float32(3.1415927)
    """
    return 4 * np.arctan(np.ones((), dtype))


# -- functions ----------------------------------------------------------------------------------------------------


@overridable
def over_cosh_squared(a: Any, b: Any, t: Any = None, c: Any = None) -> Any:
    """`a / cosh(b)**2`, the derivative of tanh; t is tanh(b) and c is cosh(b)**2, where they are known.

    Its rule gives 0 at b = 800, where that of the quotient would give inf * 0. 1 - tanh(b)**2 would lose its digits.

    >>> over_cosh_squared(1.0, np.array([0.0, 300.0]))
    array([1.00000000e+000, 1.06015862e-260])
    """
    if c is None:
        c = cosh_squared(b)
    if c.dtype.kind != "c":
        return a / c
    e = np.exp(np.where(b.real < 0, 2 * b, -2 * b))
    return np.where(np.abs(b.real) < 1, a / c, a * (4 * e / ((1 + e) * (1 + e))))  # the same, where cosh would overflow


def cosh_squared(b: Any) -> Any:
    """`cosh(b)**2`. Of large arrays cosh is made of exp, in a third of the time, where NumPy computes it one by one."""
    if getattr(b, "size", 1) < 500 or (VECTOR_COSH and not np.iscomplexobj(b)):  # sooner than np.size
        c = np.cosh(b)
    else:
        c = np.exp(b)
        c += 1 / c
        c *= 0.5
    c *= c
    return c


@overridable
def sigmoid(x: Any) -> Any:
    """The logistic function `1 / (1 + exp(-x))`, which neither overflows nor loses its small values.

    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    e = exp_of_minus_size(x)
    return np.where(np.real(x) < 0, e, 1) / (1 + e)


def exp_of_minus_size(x: Any) -> Any:
    """`exp(-abs(x))`; of a complex number exp of that of x and -x which has no positive real part; integers as of float64."""
    x = x if hasattr(x, "dtype") else np.asarray(x)
    if x.dtype.kind == "c":
        return np.exp(np.where(np.real(x) < 0, x, -x))
    return np.exp(-np.abs(x.astype(float) if x.dtype.kind in "biu" else x))


@overridable
def sigmoid_slope(a: Any, b: Any) -> Any:
    """`a * sigmoid(b) * sigmoid(-b)`, the derivative of the sigmoid. Its slope is that times -tanh(b / 2), also near 0.

    >>> sigmoid_slope(np.ones(2), np.array([0.0, 40.0]))
    array([2.50000000e-01, 4.24835426e-18])
    """
    e = exp_of_minus_size(b)
    return a * (e / ((1 + e) * (1 + e)))  # y * (1 - y) is 0 at b = 40


@overridable
def one_minus_square(x: Any) -> Any:
    """`1 - x**2` as (1 - x) * (1 + x), because 1 - x*x loses everything near 1; the slope of that product would near 0.

    >>> one_minus_square(np.array([0.5, 1.0]))
    array([0.75, 0.  ])
    """
    return (1 - x) * (1 + x)


@overridable
def over_one_plus_square(a: Any, b: Any) -> Any:
    """`a / (1 + b**2)`, the derivative of arctan. Its rule squares no square: 1 / b**3 is a number also at b = 1e90.

    >>> over_one_plus_square(1.0, np.array([0.0, 3.0]))
    array([1. , 0.1])
    """
    found = a / (1 + b * b)
    return found if found.dtype.kind != "c" else a / (1 + 1j * b) / (1 - 1j * b)


def arcsinh_slope_inverse(x: Any) -> Any:
    """sqrt(1 + x**2), on either side of the cuts: times i, a number in the upper half plane would lose the sign of its 0."""
    if x.dtype.kind != "c":
        return np.hypot(1, x)
    return arcsin_slope_inverse(1j * np.where(np.imag(x) > 0, -x, x))


def arcsin_slope_inverse(x: Any) -> Any:
    """sqrt(1 - x**2); of complex numbers with the signs of the two sides of its cuts: `1 - x` would lose a -0."""
    if x.dtype.kind == "c":
        return np.sqrt(-(x - 1)) * np.sqrt(x - -1)
    return np.sqrt(one_minus_square(x))


@overridable
def hypot_slope(a: Any, b: Any, h: Any = None) -> Any:
    """`a / hypot(a, b)`, 0 where both are 0; h is the hypotenuse, if it is known. Its slope is that of a cosine, b**2 / h**3.

    >>> hypot_slope(np.array([3.0, 0.0]), np.array([4.0, 0.0]))
    array([0.6, 0. ])
    """
    return ratio(a, np.hypot(a, b) if h is None else h)


@overridable
def inverse_power(a: Any, b: Any, k: int, imaginary: bool = False) -> Any:
    """The real or the imaginary part of `(b + i a)**-k`: arctan2 is the angle of b + i a, and these are its derivatives.

    For k = 1 they are b / (a*a + b*b) and -a / (a*a + b*b); 0 at 0, by choice, as that of the hypotenuse. Roots are taken first:
    squares over- and underflow. The real square is (b - a) * (b + a), since b*b - a*a has few digits where a and b are near.

    >>> inverse_power(np.array([1.0, 0.0]), np.array([2.0, 0.0]), 1)
    array([0.4, 0. ])
    """
    h = np.hypot(a, b)
    a, b = np.asarray(a, h.dtype), np.asarray(b, h.dtype)  # unsigned integers would wrap below 0
    if k == 1:
        return -ratio(ratio(a, h), h) if imaginary else ratio(ratio(b, h), h)
    u, v = b / h, -a / h
    square = (b - a) / h * ((b + a) / h), 2 * u * v
    real, other = (u, v) if k % 2 else square
    for _ in range((k - 1) // 2):
        real, other = real * square[0] - other * square[1], real * square[1] + other * square[0]
    part = other if imaginary else real
    for _ in range(k):
        part = part / h
    return part


@overridable
def softmax_weight(a: Any, b: Any) -> Any:
    """`exp(a - logaddexp(a, b))` = sigmoid(a - b), within 2 ulp: the rounding of a - b alone would cost up to 406.

    >>> softmax_weight(np.array([0.0, 1.0]), np.array([0.0, 800.0]))
    array([0.5, 0. ])
    """
    d, error = two_difference(a, b)
    if d.dtype.kind == "c":
        raise TypeError("logaddexp: complex numbers have no order. Write np.log(np.exp(a) + np.exp(b)).")
    return sigmoid(d) + sigmoid_slope(error, d)


@overridable
def softmax2_weight(a: Any, b: Any) -> Any:
    """`2**(a - logaddexp2(a, b))` = 1 / (1 + 2**(b - a)), in the same way.

    >>> softmax2_weight(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    array([0.5       , 0.33333333])
    """
    d, error = two_difference(a, b)
    if d.dtype.kind == "c":
        raise TypeError("logaddexp2: complex numbers have no order. Write np.log2(2**a + 2**b).")
    e = np.exp2(-np.abs(d))
    s = np.where(d < 0, e, 1) / (1 + e)
    return s + s * (1 - s) * (LN2 * error)


def two_difference(a: Any, b: Any) -> tuple[Any, Any]:
    """a - b and its rounding error (two-sum: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)."""
    d = np.where(a == b, 0, a - b)  # inf - inf
    minus_b = a - d
    error = (a - (d + minus_b)) + (minus_b - b)
    return d, np.where(np.isfinite(a - b), error, 0)


# -- powers -------------------------------------------------------------------------------------------------------


@overridable
def power_derivative(a: Any, b: Any, n: int, m: int, power: Any = None) -> Any:
    """The derivative of `a**b`, n times by a and m times by b; `power` is a**b, if it is known.

    It is a**(b - n) times a polynomial in log(a), by the product rule n times. Whole powers have the derivative 0 after their
    degree: the factor b - k is 0 then.

    >>> power_derivative(np.array([0.5, 2.0]), np.array(3.0), 2, 0)  # 6 a
    array([ 3., 12.])
    >>> power_derivative(np.array([1.0, 2.0]), np.array(3.0), 4, 0)
    array([0., 0.])
    """
    if n + m == 1:
        slope, y = power_slope_a if n else power_slope_b, np.power(a, b) if power is None else power
        return slope(y, in_precision_of(y, a), in_precision_of(y, b))
    kind = np.result_type(a, b)
    a, b = np.broadcast_arrays(np.asarray(a, kind), np.asarray(b, kind))
    terms = [np.zeros_like(b)] * m + [np.ones_like(b)]  # of the polynomial: that of log(a)**i
    for k in range(n):
        terms = [(b - k) * t + (i + 1) * following for i, (t, following) in enumerate(zip(terms, [*terms[1:], 0], strict=True))]
    curved = kind.kind == "c"
    logarithm = np.log(a) if m or curved else np.log(np.abs(a))
    exponent, error = two_difference(b, np.asarray(n, kind))
    polynomial = terms[0]
    scale = np.ones_like(b)
    for term in terms[1:]:
        scale = scale * logarithm
        polynomial = polynomial + np.where(term == 0, 0, term * scale)
    factor = np.power(a, exponent)
    half = np.power(a if curved else np.abs(a), exponent / 2)
    lost = (factor * factor == 0) | np.isinf(factor)
    found = np.where(lost, half * polynomial * (half if curved else np.copysign(half, factor)), factor * polynomial)
    found = found + np.where(error == 0, 0, found * (error * logarithm))
    constant = functools.reduce(np.logical_and, [term == 0 for term in terms]) | (np.isinf(logarithm) & (factor == 0))
    return np.where(constant | ((a == 0) & (b >= 0) & (n == 0)), 0, found)


def in_precision_of(y: Any, x: Any) -> Any:
    """An operand as a number of the precision of the result: log(x) has no more digits than x, and unsigned 0 - 1 wraps."""
    if not hasattr(y, "dtype") or "O" in (x.dtype.kind, y.dtype.kind):  # numbers in an array of objects stay as they are
        return x
    precision = y.dtype if x.dtype.kind == "c" else y.real.dtype
    return x if x.dtype is precision else x.astype(precision)


def power_slope_a(y: Any, a: Any, b: Any) -> Any:
    """b * y / a, within 2 ulp: in b * a**(b - 1) the rounding of b - 1 costs up to 537. At 0 and infinity the latter is exact.

    Where b * y has overflowed or y may have underflowed, y is replaced by the product of two halves, a**(b / 2).
    """
    end, lost = (a == 0) | np.isinf(a), (y * y == 0) | np.isinf(b * y)
    if not (end | lost).any():
        return b * y / a
    inner = np.where(end, 1, a)
    if y.dtype.kind == "c":
        signed = half = inner ** (b / 2)
    else:
        half = np.abs(inner) ** (b / 2)
        signed = np.copysign(half, y)
    slope = np.where(lost, b * signed * (half / inner), b * y / inner)
    return np.where(end, np.where(b == 0, 0, b * a ** np.where(b == 0, 1, b - 1)), slope)


def power_slope_b(y: Any, a: Any, b: Any) -> Any:
    """y * log(a), with y as two halves where it may have underflowed; 0 where a is 0 and y finite: 0**b is constant."""
    a = a + 0j if np.iscomplexobj(y) else a  # a negative number may have a complex exponent
    logarithm = np.log(np.where((a == 0) & np.isfinite(y), 1, a))
    lost = (y * y == 0) & (a != 0)
    if not lost.any():
        return y * logarithm
    half = np.where(lost, a, 1) ** (b / 2)
    return np.where(lost, half * (half * logarithm), y * logarithm)


def power_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """b * a**(b - 1)."""
    return g * power_derivative(a, b, 1, 0, of_values(np.asarray, y))


def power_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    """a**b * log(a)."""
    return g * power_derivative(a, b, 0, 1, of_values(np.asarray, y))


def tanh_x(g: Any, x: Any, y: Any, memo: dict[str, Any]) -> Any:
    """g / cosh(x)**2; what a recorded pass computes serves the passes after it."""
    if x.__class__ is np.ndarray and not memo:
        c = cosh_squared(x)
        in_place = c.__class__ is g.__class__ is np.ndarray and g.dtype.kind == "f"
        return np.divide(g, c, c) if in_place else over_cosh_squared(g, x, c=c)
    if not memo:
        memo.update(c=of_values(cosh_squared, x))
    return over_cosh_squared(g, x, of_values(np.asarray, y), memo["c"])


def over_cosh_squared_b(g: Any, y: Any, b: Any, t: Any) -> Any:
    """The rule of `over_cosh_squared` for b. Where it is recorded itself, the tanh must be, which t is not."""
    return g * -2 * (t if t is not None and b.__class__ is np.ndarray else np.tanh(b)) * y


# fmt: off
KIND = {"elementwise": True}
RULES: dict[Any, Any] = {
    # f(a, b)             for a                                        for b
    ratio:                (lambda g, b: g / nan_for_0(b),              lambda g, y, b: -g * y / nan_for_0(b)),
    over_cosh_squared: Row("a, b, t=None, c=None", a=lambda g, b, t, c: over_cosh_squared(g, b, t, c), b=over_cosh_squared_b),
    over_one_plus_square: (lambda g, b: over_one_plus_square(g, b),    lambda g, y, b: g * -2 * y * over_one_plus_square(b, b)),
    softmax_weight:       (lambda g, a, b: g * softmax_slope(a, b),    lambda g, a, b: -g * softmax_slope(a, b)),
    softmax2_weight:      (lambda g, a, b: g * softmax2_slope(g, a, b), lambda g, a, b: -g * softmax2_slope(g, a, b)),
    hypot_slope:   Row("a, b, h=None", a=lambda g, a, b: g * (hypot_slope(b, a) * (hypot_slope(b, a) / np.hypot(a, b))),
                       b=lambda g, a, b: -g * (hypot_slope(a, b) * hypot_slope(b, a) / np.hypot(a, b))),
    inverse_power: Row("a, b, k, imaginary=False",
                       a=lambda g, a, b, k, imaginary: g * (-k if imaginary else k) * inverse_power(a, b, k + 1, not imaginary),
                       b=lambda g, a, b, k, imaginary: g * -k * inverse_power(a, b, k + 1, imaginary)),
    sigmoid_slope:        (lambda g, b: sigmoid_slope(g, b),           lambda g, y, b: -g * np.tanh(0.5 * b) * y),
    power_derivative: Row("a, b, n, m, power=None",
                       a=lambda g, a, b, n, m: g * power_derivative(a, b, n + 1, m),
                       b=lambda g, a, b, n, m: g * power_derivative(a, b, n, m + 1)),

    # f(x)                for x
    sigmoid:              (lambda g, x: sigmoid_slope(g, x),),
    one_minus_square:     (lambda g, x: g * (-2 * x),),
}
# fmt: on


def nan_for_0(b: Any) -> Any:
    """`b` with nan for 0: the 0 that `ratio` gives there is a choice, whose own derivative is not known."""
    return np.where(b == 0, np.nan, b)


def softmax_slope(a: Any, b: Any) -> Any:
    """The slope of `softmax_weight`, the product of the two weights; not known where both numbers are the same infinity."""
    return softmax_weight(a, b) * softmax_weight(b, a) * np.where(np.isinf(a) & (a == b), np.nan, 1)


def softmax2_slope(g: Any, a: Any, b: Any) -> Any:
    """The slope of `softmax2_weight`."""
    return softmax2_weight(a, b) * softmax2_weight(b, a) * np.where(np.isinf(a) & (a == b), np.nan, ln(2, g.dtype))


__all__ = [
    "KIND", "RULES", "arcsin_slope_inverse", "arcsinh_slope_inverse", "hypot_slope", "inverse_power", "ln",
    "one_minus_square", "over_cosh_squared", "over_one_plus_square", "pi", "power_a", "power_b", "sigmoid",
    "softmax2_weight", "softmax_weight", "tanh_x",
]  # fmt: skip

"""Activations: functions of each element, and those that divide a whole among the elements of an axis.

Each takes `input`, an array or Tensor of any shape, and returns one of that shape and dtype, float64 of integers; `glu` halves an
axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd_lite as ag

from ..module import Configured, Parameter, array_of, as_numbers, in_single, operand_beside, real_operand, require_sizes
from ..random import Rng, generator

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Sine", "Softmax", "Softmax2d", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold", "celu", "elu", "gelu", "glu", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6", "rrelu",
    "selu", "sigmoid", "silu", "sine", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink",
    "threshold",
]  # fmt: skip

# -- smooth functions of each element -----------------------------------------------------------------------------


def tanh(input: Any) -> Any:
    """The hyperbolic tangent.

    >>> tanh(np.array([-1.0, 2.0])).round(6)
    array([-0.761594,  0.964028])
    """
    return np.tanh(input)


def sine(input: Any, omega_0: float = 1.0) -> Any:
    """`sin(omega_0 * input)` (Sitzmann et al., Implicit neural representations with periodic activation functions, 2020).

    >>> sine(np.array([0.0, 0.5]), omega_0=np.pi)
    array([0., 1.])
    """
    return np.sin(np.multiply(omega_0, as_numbers(input)))


def sigmoid(input: Any) -> Any:
    """The logistic function, `1 / (1 + exp(-input))`.

    >>> sigmoid(np.array([0.0, np.log(3.0)]))
    array([0.5 , 0.75])
    """
    return ag.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """The logarithm of the logistic function, which does not become log(0).

    >>> logsigmoid(np.array([-800.0, 800.0]))
    array([-800.,   -0.])
    """
    return recorded_softplus(real_operand("logsigmoid", input), -1.0)


def silu(input: Any, inplace: bool = False) -> Any:
    """`input * sigmoid(input)`, also called swish (Elfwing et al., Sigmoid-weighted linear units, 2017).

    >>> silu(np.array([-1.0, 2.0])).round(6)
    array([-0.268941,  1.761594])
    """
    return np.multiply(input, ag.sigmoid(input))


def mish(input: Any, inplace: bool = False) -> Any:
    """`input * tanh(softplus(input))` (Misra, Mish: a self regularized non-monotonic activation function, 2019).

    >>> mish(np.array([-1.0, 2.0])).round(6)
    array([-0.303401,  1.943959])
    """
    input = real_operand("mish", input)
    return input * np.tanh(recorded_softplus(input, 1.0))


def _softplus(input: Any, beta: Any) -> Any:
    scaled = beta * input
    curve = np.log1p(np.exp(-np.abs(scaled))) / beta  # all of it is np.logaddexp(scaled, 0) / beta, in half the time
    if isinstance(beta, (int, float)) and beta > 0:
        return np.maximum(input, 0) + curve  # `scaled` may overflow where this does not
    return np.where(scaled > 0, input, -0.0) + curve


recorded_softplus = ag.primitive(
    _softplus,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input, beta: g * ag.sigmoid(beta * input),
    beta=lambda g, y, input, beta: g * (input * ag.sigmoid(beta * input) - y) / beta,
)


def softplus(input: Any, beta: float = 1.0, threshold: float = math.inf) -> Any:
    """`log(1 + exp(beta * input)) / beta`, a smooth relu.

    Beyond `beta * input > threshold` it is `input` itself. PyTorch's default is 20, which saves it from overflow at
    the cost of 2e-9; the formula used here does not overflow, and the default is to be exact.

    >>> softplus(np.array([-800.0, 800.0]))
    array([  0., 800.])
    """
    input = real_operand("softplus", input)
    smooth = recorded_softplus(input, beta)
    return smooth if threshold is math.inf else np.where(np.multiply(beta, input) > threshold, input, smooth)


def _softsign(input: Any) -> Any:
    return input / (1 + np.abs(input))


# its derivative, written out, does not cancel far from 0
recorded_softsign = ag.primitive(
    _softsign,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input: g / np.square(1 + np.abs(input)),
)


def softsign(input: Any) -> Any:
    """`input / (1 + abs(input))`.

    >>> softsign(np.array([-1.0, 2.0]))
    array([-0.5       ,  0.66666667])
    """
    return recorded_softsign(real_operand("softsign", input))


def tanhshrink(input: Any) -> Any:
    """`input - tanh(input)`.

    >>> tanhshrink(np.array([-1.0, 2.0])).round(6)
    array([-0.238406,  1.035972])
    """
    input = as_numbers(input)
    return np.subtract(input, np.tanh(input))


_erfc = np.frompyfunc(math.erfc, 1, 1)


def _normal_cdf(input: Any) -> Any:
    """The probability that a normal variable is below the input: erfc, unlike 1 + erf, keeps its digits far below 0."""
    scaled = input * -math.sqrt(0.5)
    return np.asarray(_erfc(scaled) / 2, scaled.dtype)


normal_cdf = ag.primitive(
    _normal_cdf,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input: g * (np.exp(np.square(input) / -2) * (1 / math.sqrt(2 * math.pi))),
)


def gelu(input: Any, approximate: str = "none") -> Any:
    """The input times the probability that a normal variable is below it (Hendrycks and Gimpel, 2016).

    With `approximate="tanh"` that is `(1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2`.

    >>> gelu(np.array([-1.0, 0.0, 1.0]))
    array([-0.15865525,  0.        ,  0.84134475])
    """
    input = real_operand("gelu", input)
    if approximate == "none":
        return np.multiply(input, normal_cdf(input))
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate={approximate!r}; write 'none' or 'tanh'.")
    x = hardtanh(input, -100.0, 100.0)  # beyond, the probability is 0 or 1, and the cube might overflow
    return np.multiply(input, ag.sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * (x * x * x))))


# -- those made of pieces: at the joints the derivatives are PyTorch's --------------------------------------------


def _relu(input: Any) -> Any:
    zeros = np.zeros(input.shape, input.dtype) if 1 < input.size < 2**18 else 0  # NumPy has a faster loop for two arrays
    return np.maximum(input, zeros)


# its derivative at 0 is 0
recorded_relu = ag.primitive(_relu, trusted=True, real=True, selects=True, input=lambda g, y: ag.kept(y > 0, g))


def relu(input: Any, inplace: bool = False) -> Any:
    """The input where it is positive, else 0; `inplace` is accepted here and elsewhere, and changes nothing.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return recorded_relu(real_operand("relu", input))


def _clipped(input: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(input, low), high)


clipped = ag.primitive(
    _clipped,
    trusted=True,
    real=True,
    elementwise=True,
    selects=True,
    input=lambda g, input, low, high: g * ((input > low) & (input < high)),
)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """The input, but at least `min_val` and at most `max_val`, where its derivative is 0.

    >>> hardtanh(np.array([-3.0, 0.5, 3.0]))
    array([-1. ,  0.5,  1. ])
    """
    if not np.all(array_of(min_val) <= array_of(max_val)):
        raise ValueError(f"hardtanh: min_val={min_val} must not be above max_val={max_val}.")
    return clipped(real_operand("hardtanh", input), min_val, max_val)


def relu6(input: Any, inplace: bool = False) -> Any:
    """`min(max(input, 0), 6)`, with derivative 0 at 0 and at 6.

    >>> relu6(np.array([-1.0, 2.0, 7.0]))
    array([0., 2., 6.])
    """
    return clipped(real_operand("relu6", input), 0.0, 6.0)


def _hardsigmoid(input: Any) -> Any:
    return _clipped(input + 3.0, 0.0, 6.0) / 6.0


recorded_hardsigmoid = ag.primitive(
    _hardsigmoid,
    trusted=True,
    real=True,
    elementwise=True,
    selects=True,
    input=lambda g, y: ag.kept((y > 0) & (y < 1), g / 6.0),
)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """`relu6(input + 3) / 6`, a sigmoid of straight lines.

    >>> hardsigmoid(np.array([-4.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])
    """
    return recorded_hardsigmoid(real_operand("hardsigmoid", input))


def _hardswish(input: Any) -> Any:
    return input * _hardsigmoid(input)


def _hardswish_input(g: Any, input: Any) -> Any:
    part = recorded_hardsigmoid(input)
    return g * (part + ag.kept((part > 0) & (part < 1), input / 6.0))


recorded_hardswish = ag.primitive(_hardswish, trusted=True, real=True, elementwise=True, input=_hardswish_input)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """`input * hardsigmoid(input)` (Howard et al., Searching for MobileNetV3, 2019).

    >>> hardswish(np.array([-4.0, 1.5, 5.0]))
    array([-0.   ,  1.125,  5.   ])
    """
    return recorded_hardswish(real_operand("hardswish", input))


def of_negatives(parameter: Any, input: Any) -> Any:
    """`parameter`, which positive elements do not use: of a Tensor they get a 1, by a selection that masks its gradient there."""
    return np.where(input > 0, 1.0, parameter) if isinstance(parameter, ag.Tensor) else parameter


def _leaky_relu(input: Any, slope: Any) -> Any:
    return np.where(input > 0, input, slope * input)


recorded_leaky_relu = ag.primitive(
    _leaky_relu,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input, slope: np.where(input > 0, g, g * slope),
    slope=lambda g, input: np.where(input > 0, 0.0, g * input),
)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """The input where it is positive, else `negative_slope` times it.

    >>> leaky_relu(np.array([-1.0, 2.0]), 0.1)
    array([-0.1,  2. ])
    """
    input = real_operand("leaky_relu", input)
    return recorded_leaky_relu(input, of_negatives(negative_slope, input))


def prelu(input: Any, weight: Any) -> Any:
    """The input where it is positive, else `weight` times it: one number, or one for each channel of (N, C, ...).

    Raises
    ------
    ValueError
        The weight has neither one element nor one for each channel.

    Examples
    --------
    >>> prelu(np.array([[-1.0, -1.0]]), np.array([0.25, 0.5]))
    array([[-0.25, -0.5 ]])
    """
    input = real_operand("prelu", input)
    axes = (-1,) + (1,) * (input.ndim - 2) if input.ndim > 1 else ()
    channels = input.shape[1] if input.ndim > 1 else 1
    if np.ndim(weight) > 1 or np.size(weight) not in (1, channels):
        raise ValueError(
            f"prelu: weight has shape {np.shape(weight)}, but the input {input.shape} has {channels} channels: it must have "
            f"shape (1,) or ({channels},)."
        )
    weight = operand_beside(weight, input.dtype)
    return recorded_leaky_relu(input, of_negatives(np.reshape(weight, axes), input))


def rrelu(
    input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False, *, rng: Rng = None
) -> Any:
    """As `leaky_relu`, with slopes drawn between `lower` and `upper` in training, else their mean; `rng` is as for `dropout`.

    >>> rrelu(np.array([-1.0, 2.0]), 0.25, 0.75)
    array([-0.5,  2. ])
    """
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    input = real_operand("rrelu", input)
    return recorded_leaky_relu(input, generator(rng).uniform(lower, upper, input.shape).astype(input.dtype))


def _below_zero(input: Any) -> Any:
    """The input where it is not positive, else 0: exp of all would overflow in elements that are not chosen."""
    return np.where(input > 0, 0.0, input)


def _elu(input: Any, alpha: Any, width: Any) -> Any:
    return np.where(input > 0, input, alpha * np.expm1(_below_zero(input) / width))


recorded_elu = ag.primitive(
    _elu,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input, alpha, width: np.where(input > 0, g, g * alpha * np.exp(_below_zero(input) / width) / width),
    alpha=lambda g, input, width: g * np.expm1(_below_zero(input) / width),
    width=lambda g, input, alpha, width: (
        -g * alpha * np.exp(_below_zero(input) / width) * (_below_zero(input) / np.square(width))
    ),
)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The input where it is positive, else `alpha * (exp(input) - 1)` (Clevert et al., Exponential linear units, 2015).

    >>> elu(np.array([-1.0, 2.0])).round(6)
    array([-0.632121,  2.      ])
    """
    input = real_operand("elu", input)
    return recorded_elu(input, of_negatives(alpha, input), 1.0)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The input where it is positive, else `alpha * (exp(input / alpha) - 1)` (Barron, 2017).

    >>> celu(np.array([-1.0, 2.0]), alpha=2.0).round(6)
    array([-0.786939,  2.      ])
    """
    if not np.all(array_of(alpha)):
        raise ValueError(f"celu: alpha={alpha} must not be 0.")
    input = real_operand("celu", input)
    width = of_negatives(alpha, input)
    return recorded_elu(input, width, width)


def selu(input: Any, inplace: bool = False) -> Any:
    """`1.0507 * elu(input, 1.6733)` (Klambauer et al., Self-normalizing neural networks, 2017).

    >>> selu(np.array([-1.0, 2.0])).round(6)
    array([-1.111331,  2.101402])
    """
    return 1.0507009873554804934193349852946 * recorded_elu(real_operand("selu", input), 1.6732632423543772848170429916717, 1.0)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """The input where it is above `threshold`, else `value`.

    >>> threshold(np.array([-1.0, 2.0]), 0.0, -5.0)
    array([-5.,  2.])
    """
    input = real_operand("threshold", input)
    return np.where(input <= threshold, value, input)  # so nan stays nan


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """0 within `lambd` of 0, else the input.

    >>> hardshrink(np.array([-1.0, 0.4]))
    array([-1.,  0.])
    """
    input = real_operand("hardshrink", input)
    return np.where(np.abs(input) <= lambd, 0.0, input)


def _softshrink(input: Any, lambd: Any) -> Any:
    return np.where(np.abs(input) <= lambd, 0.0, input - np.copysign(lambd, input))


recorded_softshrink = ag.primitive(
    _softshrink,
    trusted=True,
    real=True,
    elementwise=True,
    selects=True,
    input=lambda g, y: ag.kept(y != 0, g),
    lambd=lambda g, y: -g * np.sign(y),
)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """0 within `lambd` of 0, else the input moved towards 0 by `lambd`.

    >>> softshrink(np.array([-1.0, 0.4]))
    array([-0.5,  0. ])
    """
    if not np.all(array_of(lambd) >= 0):
        raise ValueError(f"softshrink: lambd={lambd} must be at least 0.")
    return recorded_softshrink(real_operand("softshrink", input), lambd)


# -- along an axis ------------------------------------------------------------------------------------------------


def _log_softmax(input: Any, dim: int = -1) -> Any:
    if input.size == 0:  # an empty batch, where no element is the largest
        return input - np.add.reduce(input, dim, keepdims=True)
    shifted = input - np.maximum.reduce(input, dim, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), dim, keepdims=True))


recorded_log_softmax = ag.primitive(
    _log_softmax, trusted=True, real=True, input=lambda g, y, dim: g - np.exp(y) * np.add.reduce(g, dim, keepdims=True)
)
log_softmax_along = in_single(recorded_log_softmax)


@in_single
def softmax_along(input: Any, dim: int) -> Any:
    return np.exp(recorded_log_softmax(input, dim))


def named_along(name: str, along: Callable[..., Any], input: Any, dim: int, dtype: DTypeLike | None) -> Any:
    """One of the two above, which refuses complex numbers, and no axis, in the name of the function that was called."""
    input = real_operand(name, input)
    if dim is None:
        raise TypeError(f"{name}: dim=None, but the parts sum to 1 along one axis. Write dim=-1 for the last.")
    return along(input if dtype is None else input.astype(dtype), dim)


def log_softmax(input: Any, dim: int = -1, dtype: DTypeLike | None = None) -> Any:
    """The logarithm of `softmax`, which neither overflows nor becomes log(0).

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    return named_along("log_softmax", log_softmax_along, input, dim, dtype)


def softmax(input: Any, dim: int = -1, dtype: DTypeLike | None = None) -> Any:
    """`exp(input)` divided by its sum along `dim`, computed in `dtype` (None: that of the input).

    >>> softmax(np.zeros(4))
    array([0.25, 0.25, 0.25, 0.25])
    """
    return named_along("softmax", softmax_along, input, dim, dtype)


def softmin(input: Any, dim: int = -1, dtype: DTypeLike | None = None) -> Any:
    """`softmax(-input)` along `dim`, computed in `dtype`.

    >>> softmin(np.array([0.0, np.log(3.0)]))
    array([0.75, 0.25])
    """
    return named_along("softmin", softmax_along, np.negative(real_operand("softmin", input)), dim, dtype)


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along `dim` times the sigmoid of the second (Dauphin et al., Gated convolutional networks, 2017).

    >>> glu(np.array([3.0, 0.0]))
    array([1.5])
    """
    shape = np.shape(input)
    if not shape or shape[dim] % 2:
        raise ValueError(f"glu: the input has shape {shape}; its length along dim={dim} must be even.")
    first, second = np.split(real_operand("glu", input), 2, axis=dim)
    return first * ag.sigmoid(second)


# -- modules ------------------------------------------------------------------------------------------------------


class Tanh(Configured):
    """The hyperbolic tangent.

    >>> import numpy as np, nn
    >>> nn.Tanh()(np.zeros(2))
    array([0., 0.])
    """

    def forward(self, input: Any) -> Any:
        return tanh(input)


class Sine(Configured):
    """`sin(omega_0 * x)`.

    >>> Sine(np.pi)(np.array([0.0, 0.5]))
    array([0., 1.])
    """

    def __init__(self, omega_0: float = 1.0) -> None:
        self.omega_0 = omega_0

    def forward(self, input: Any) -> Any:
        return sine(input, self.omega_0)


class Sigmoid(Configured):
    """The logistic function, `1 / (1 + exp(-x))`.

    >>> Sigmoid()(np.array([0.0, np.log(3.0)]))
    array([0.5 , 0.75])
    """

    def forward(self, input: Any) -> Any:
        return sigmoid(input)


class LogSigmoid(Configured):
    """The logarithm of the logistic function.

    >>> LogSigmoid()(np.array([-800.0, 800.0]))
    array([-800.,   -0.])
    """

    def forward(self, input: Any) -> Any:
        return logsigmoid(input)


class SiLU(Configured):
    """`x * sigmoid(x)`.

    >>> SiLU()(np.array([-1.0, 2.0])).round(6)
    array([-0.268941,  1.761594])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return silu(input)


class Mish(Configured):
    """`x * tanh(softplus(x))`.

    >>> Mish()(np.array([-1.0, 2.0])).round(6)
    array([-0.303401,  1.943959])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return mish(input)


class Softplus(Configured):
    """`log(1 + exp(beta * x)) / beta`; see `nn.functional.softplus` for `threshold`.

    >>> Softplus()(np.array([-800.0, 800.0]))
    array([  0., 800.])
    """

    def __init__(self, beta: float = 1.0, threshold: float = math.inf) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        return softplus(input, self.beta, self.threshold)


class Softsign(Configured):
    """`x / (1 + |x|)`.

    >>> Softsign()(np.array([-1.0, 2.0]))
    array([-0.5       ,  0.66666667])
    """

    def forward(self, input: Any) -> Any:
        return softsign(input)


class Tanhshrink(Configured):
    """`x - tanh(x)`.

    >>> Tanhshrink()(np.array([-1.0, 2.0])).round(6)
    array([-0.238406,  1.035972])
    """

    def forward(self, input: Any) -> Any:
        return tanhshrink(input)


class GELU(Configured):
    """The input times the probability that a normal variable is below it; see `nn.functional.gelu`.

    >>> GELU()(np.array([-1.0, 2.0])).round(6)
    array([-0.158655,  1.9545  ])
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return gelu(input, self.approximate)


class ReLU(Configured):
    """`max(x, 0)`, with derivative 0 at 0.

    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return relu(input)


class ReLU6(Configured):
    """`min(max(x, 0), 6)`.

    >>> ReLU6()(np.array([-1.0, 2.0, 7.0]))
    array([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return relu6(input)


class Hardtanh(Configured):
    """The input, but at least `min_val` and at most `max_val`.

    >>> Hardtanh()(np.array([-3.0, 0.5, 3.0]))
    array([-1. ,  0.5,  1. ])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Any) -> Any:
        return hardtanh(input, self.min_val, self.max_val)


class Hardsigmoid(Configured):
    """`relu6(x + 3) / 6`.

    >>> Hardsigmoid()(np.array([-4.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return hardsigmoid(input)


class Hardswish(Configured):
    """`x * relu6(x + 3) / 6`.

    >>> Hardswish()(np.array([-4.0, 1.5, 5.0]))
    array([-0.   ,  1.125,  5.   ])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return hardswish(input)


class LeakyReLU(Configured):
    """The input where it is positive, else `negative_slope` times it.

    >>> LeakyReLU(0.1)(np.array([-1.0, 2.0]))
    array([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        return leaky_relu(input, self.negative_slope)


class PReLU(Configured):
    """As `LeakyReLU`, with slopes that are learnt (He et al., Delving deep into rectifiers, 2015).

    Parameters
    ----------
    num_parameters
        1, or the number of channels of an input (N, C, ...), each with a slope of its own.
    init
        The initial slopes.
    dtype
        Of the slopes; default float64.

    Attributes
    ----------
    weight : Parameter (num_parameters)

    Examples
    --------
    >>> PReLU()(np.array([-1.0, 2.0])).data
    array([-0.25,  2.  ])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: DTypeLike | None = None) -> None:
        require_sizes(self, num_parameters=num_parameters)
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init, float if dtype is None else dtype))

    def forward(self, input: Any) -> Any:
        return prelu(input, self.weight)


class RReLU(Configured):
    """As `LeakyReLU`, with slopes drawn anew in each training step; see `nn.functional.rrelu`. `rng` is as for `Dropout`.

    >>> RReLU(0.25, 0.75).eval()(np.array([-1.0, 2.0]))
    array([-0.5,  2. ])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False, *, rng: Rng = None) -> None:
        self.lower = lower
        self.upper = upper
        self.rng = None if rng is None else generator(rng)

    def forward(self, input: Any) -> Any:
        return rrelu(input, self.lower, self.upper, self.training, rng=self.rng)


class ELU(Configured):
    """The input where it is positive, else `alpha * (exp(x) - 1)`.

    >>> ELU()(np.array([-1.0, 2.0])).round(6)
    array([-0.632121,  2.      ])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        return elu(input, self.alpha)


class CELU(ELU):
    """The input where it is positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> CELU(alpha=2.0)(np.array([-1.0, 2.0])).round(6)
    array([-0.786939,  2.      ])
    """

    def forward(self, input: Any) -> Any:
        return celu(input, self.alpha)


class SELU(Configured):
    """`1.0507 * elu(x, 1.6733)`; see `nn.functional.selu`.

    >>> SELU()(np.array([-1.0, 2.0])).round(6)
    array([-1.111331,  2.101402])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return selu(input)


class Threshold(Configured):
    """The input where it is above `threshold`, else `value`.

    >>> Threshold(0.0, -5.0)(np.array([-1.0, 2.0]))
    array([-5.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        self.threshold = threshold
        self.value = value

    def forward(self, input: Any) -> Any:
        return threshold(input, self.threshold, self.value)


class Hardshrink(Configured):
    """0 within `lambd` of 0, else the input.

    >>> Hardshrink()(np.array([-1.0, 0.4]))
    array([-1.,  0.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        return hardshrink(input, self.lambd)


class Softshrink(Hardshrink):
    """0 within `lambd` of 0, else the input moved towards 0 by `lambd`.

    >>> Softshrink()(np.array([-1.0, 0.4]))
    array([-0.5,  0. ])
    """

    def forward(self, input: Any) -> Any:
        return softshrink(input, self.lambd)


class Softmax(Configured):
    """`exp(x)` divided by its sum along `dim`, the last axis by default.

    >>> Softmax()(np.zeros((2, 4)))
    array([[0.25, 0.25, 0.25, 0.25],
           [0.25, 0.25, 0.25, 0.25]])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return softmax(input, self.dim)


class LogSoftmax(Softmax):
    """The logarithm of `Softmax`.

    >>> LogSoftmax()(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """

    def forward(self, input: Any) -> Any:
        return log_softmax(input, self.dim)


class Softmin(Softmax):
    """`Softmax` of minus the input.

    >>> Softmin()(np.array([0.0, np.log(3.0)]))
    array([0.75, 0.25])
    """

    def forward(self, input: Any) -> Any:
        return softmin(input, self.dim)


class Softmax2d(Configured):
    """`Softmax` over the channels of (N, C, H, W) or (C, H, W).

    >>> Softmax2d()(np.zeros((2, 1, 3)))[:, 0]
    array([[0.5, 0.5, 0.5],
           [0.5, 0.5, 0.5]])
    """

    def forward(self, input: Any) -> Any:
        if np.ndim(input) not in (3, 4):
            raise ValueError(f"Softmax2d: the input has shape {np.shape(input)}, but it must be (N, C, H, W) or (C, H, W).")
        return softmax(input, -3)


class GLU(Configured):
    """The first half along `dim` times the sigmoid of the second.

    >>> GLU()(np.array([3.0, 0.0]))
    array([1.5])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return glu(input, self.dim)

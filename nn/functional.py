"""The computations of layers, activations and losses as functions. Given arrays they return arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd_lite as ag

__all__ = [
    "cross_entropy",
    "linear",
    "log_softmax",
    "mse_loss",
    "relu",
    "sigmoid",
    "sine",
    "softmax",
    "softplus",
    "tanh",
]


def _linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`: shapes (..., in), (out, in), (out) give (..., out).

    >>> linear(np.ones((5, 2)), np.ones((3, 2)), np.zeros(3)).shape
    (5, 3)
    """
    y = input.dot(weight.T)
    if bias is None:
        return y
    return np.add(y, bias, y) if y.ndim and y.dtype is bias.dtype else y + bias


def _rows(x: Any) -> Any:
    """All axes but the last joined to one."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


linear = ag.primitive(  # one call instead of three halves the time of a small network's step
    _linear,
    input=lambda g, weight: g.dot(weight),
    weight=lambda g, input: _rows(g).T.dot(_rows(input)),
    bias=lambda g: g,
)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return np.tanh(input)


def sine(input: Any, omega_0: float = 1.0) -> Any:
    """`sin(omega_0 * input)` (Sitzmann et al., Implicit neural representations with periodic activation functions, 2020)."""
    return np.sin(input if omega_0 == 1.0 else omega_0 * input)


def sigmoid(input: Any) -> Any:
    """The logistic function, `1 / (1 + exp(-input))`."""
    return ag.sigmoid(input)


# 0 for negative numbers, others as they are; its derivative at 0 is 0, as in PyTorch
relu = ag.primitive(lambda input: np.maximum(input, 0), elementwise=True, selects=True, input=lambda g, y: g * (y > 0))


def softplus(input: Any, beta: float = 1.0, threshold: float = math.inf) -> Any:
    """`log(1 + exp(beta * input)) / beta`, a smooth relu.

    Beyond `beta * input > threshold` it is `input` itself. PyTorch's default is 20, which saves it from overflow at
    the cost of 2e-9; the formula used here does not overflow, and the default is to be exact.

    >>> softplus(np.array([-800.0, 800.0]))
    array([  0., 800.])
    """
    scaled = np.multiply(beta, input)
    smooth = np.logaddexp(scaled, 0) / beta
    return smooth if threshold == math.inf else np.where(scaled > threshold, input, smooth)


def _log_softmax(input: Any, dim: int = -1) -> Any:
    shifted = input - np.maximum.reduce(input, dim, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), dim, keepdims=True))


# the logarithm of softmax along `dim`, which neither overflows nor becomes log(0)
log_softmax = ag.primitive(_log_softmax, input=lambda g, y, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True))


def softmax(input: Any, dim: int = -1) -> Any:
    """`exp(input)` divided by its sum along `dim`.

    >>> softmax(np.zeros(4))
    array([0.25, 0.25, 0.25, 0.25])
    """
    return np.exp(log_softmax(input, dim))


def _mean_squared_error(input: Any, target: Any) -> Any:
    difference = input - target
    difference *= difference
    return np.add.reduce(difference, None) / difference.size


_mse = ag.primitive(
    _mean_squared_error,
    input=lambda g, input, target: g * (2 / (input.size or 1)) * (input - target),
    target=lambda g, input, target: g * (2 / (input.size or 1)) * (target - input),
)


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared error: its mean over all elements, its sum, or each element's with reduction "none".

    Parameters
    ----------
    input, target
        The prediction and what it should be, of one shape.
    reduction
        "mean", "sum" or "none".

    Raises
    ------
    ValueError
        The shapes differ; they would broadcast, and the loss would compare everything with everything.

    Examples
    --------
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    target = same_shape("mse_loss", input, target)
    if reduction == "mean":
        return _mse(input, target)
    return reduced("mse_loss", np.square(input - target), reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class, where `input` holds unnormalised log-probabilities.

    Parameters
    ----------
    input
        Shape (N, C) or (C); further axes behind C are further samples.
    target
        Either the right classes, integers from 0 to C - 1 of shape (N), or their probabilities, in the shape of `input`.
    reduction
        "mean" over the samples, "sum", or "none".

    Raises
    ------
    IndexError
        A class is below 0 or above C - 1.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> float(cross_entropy(np.zeros((1, 4)), np.array([2]))) == float(np.log(4))
    True
    """
    dim = 1 if np.ndim(input) > 1 else 0
    shape = np.shape(input)
    log_p = log_softmax(input, dim)
    rest = shape[:dim] + shape[dim + 1 :]
    if not hasattr(target, "shape"):
        target = np.asarray(target)
    if target.dtype.kind == "f" and target.shape != rest:
        target = same_shape("cross_entropy", input, target)
        return reduced("cross_entropy", -np.sum(log_p * target, axis=dim), reduction)
    if target.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: classes must be integers, not {target.dtype}. Write target.astype(int).")
    target = target.data if isinstance(target, ag.Tensor) else target
    if target.shape != rest:
        raise ValueError(
            f"cross_entropy: input of shape {shape} has {shape[dim]} classes along axis {dim}, so classes as target must have "
            f"shape {rest}, not {target.shape}. Write target.reshape{rest}; probabilities must be floating-point."
        )
    if target.size and not (target.min() >= 0 and target.max() < shape[dim]):
        raise IndexError(f"cross_entropy: target has classes from {target.min()} to {target.max()}, but input has {shape[dim]}.")
    key: list[Any] = list(np.indices(rest, sparse=True))
    key.insert(dim, target)
    return reduced("cross_entropy", -log_p[tuple(key)], reduction)


def same_shape(name: str, input: Any, target: Any) -> Any:
    """`target` as an array or Tensor, if it has the shape of `input`."""
    if not hasattr(target, "shape"):
        target = np.asarray(target)
    shape = input.shape if hasattr(input, "shape") else np.shape(input)
    if shape != target.shape:
        fits = target.size == math.prod(shape)
        advice = f"Write target.reshape{shape}." if fits else "Each prediction needs one target."
        raise ValueError(f"{name}: input has shape {shape}, target has shape {target.shape}: they must be the same. {advice}")
    return target


def reduced(name: str, losses: Any, reduction: str) -> Any:
    """The losses of all elements as their mean, their sum, or as they are."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "mean":
        return np.mean(losses)
    raise ValueError(f"{name}: reduction={reduction!r}; write 'mean', 'sum' or 'none'.")

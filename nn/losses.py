"""Losses: how far predictions are from their targets.

Most take `input`, the predictions, and `target`, what they should be, of one shape, and return a number. Each takes
`reduction`: "mean" of the losses, their "sum", or "none" for each by itself. Shapes are never broadcast where that would
compare everything with everything. Options that PyTorch has behind its deprecated `size_average` are given by name.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

from .layers.activations import clipped, log_softmax, relu, softplus
from .layers.distances import pairwise_distance
from .layers.linear import linear
from .module import (
    OBJECTS,
    Configured,
    array_of,
    as_numbers,
    as_operand,
    broadcasts,
    foreign,
    in_single,
    mean,
    operand_beside,
    real_operand,
    refuse_results,
)

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CosineEmbeddingLoss", "CrossEntropyLoss", "GaussianNLLLoss", "HingeEmbeddingLoss",
    "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss", "MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss",
    "MultiMarginLoss", "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss",
    "cross_entropy", "gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "linear_cross_entropy",
    "margin_ranking_loss", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss",
    "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip


# -- numbers ------------------------------------------------------------------------------------------------------


def _mean_squared_error(input: Any, target: Any) -> Any:
    difference = (input - target).ravel()
    if difference.dtype.char in "fd" and difference.size <= 4096:  # in one call of BLAS, which adds many less exactly
        return difference.dot(difference) / difference.size
    difference *= difference
    return mean(difference)


_mse = ag.primitive(
    _mean_squared_error,
    trusted=True,
    real=True,
    # arrays first: NumPy takes twice as long for its numbers times arrays as for arrays times these
    input=lambda g, input, target: (input - target) * (g * (2 / (input.size or 1))),
    target=lambda g, input, target: (target - input) * (g * (2 / (input.size or 1))),
)


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The squared error: its mean over all elements, its sum, or each element's with reduction "none".

    Parameters
    ----------
    input, target
        The prediction and the right values, of one shape.
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


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The absolute error, with derivative 0 where it is 0; also of complex numbers.

    >>> float(l1_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    return reduced("l1_loss", np.abs(input - same_shape("l1_loss", input, target, kinds="biufc")), reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared error up to an error of `delta`, and from there on its tangent (Huber, Robust estimation, 1964).

    >>> huber_loss(np.array([0.5, 3.0]), np.zeros(2), "none")
    array([0.125, 2.5  ])
    """
    if not delta > 0:
        raise ValueError(f"huber_loss: delta={delta} must be above 0.")
    return reduced("huber_loss", _huber(input, same_shape("huber_loss", input, target), delta), reduction)


def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """The absolute error less `beta / 2`, rounded off by a parabola below `beta`: the Huber loss divided by `beta`.

    >>> smooth_l1_loss(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta={beta} must be at least 0.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return reduced("smooth_l1_loss", _smooth_l1(input, same_shape("smooth_l1_loss", input, target), beta), reduction)


def _huber_loss(input: Any, target: Any, delta: float) -> Any:
    difference = input - target
    slope = clipped(difference, -delta, delta)
    return slope * (difference - slope / 2)


recorded_huber = ag.primitive(
    _huber_loss,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input, target, delta: g * clipped(input - target, -delta, delta),
    target=lambda g, input, target, delta: g * clipped(target - input, -delta, delta),
)
_huber = in_single(recorded_huber)


@in_single
def _smooth_l1(input: Any, target: Any, beta: float) -> Any:
    return recorded_huber(input, target, beta) / beta


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean"
) -> Any:
    """Minus the log-likelihood of counts `target` whose mean is `exp(input)`, or `input` itself with `log_input=False`.

    With `full` Stirling's formula for log(target!), `target * log(target) - target + log(2 pi target) / 2`, is added where
    the target is above 1; `eps` is added to an input whose logarithm is taken.

    >>> float(poisson_nll_loss(np.zeros(2), np.array([0.0, 3.0])))
    1.0
    """
    target = same_shape("poisson_nll_loss", input, target)
    input = as_numbers(input)
    losses = np.exp(input) - target * input if log_input else input - target * np.log(input + eps)
    if full:
        counts = np.where(target > 1, target, 1.0)
        stirling = counts * np.log(counts) - counts + np.log(2 * math.pi * counts) / 2
        losses = losses + np.where(target > 1, stirling, 0.0)
    return reduced("poisson_nll_loss", losses, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> Any:
    """Minus the log-likelihood of normal variables: `(log(var) + (input - target)**2 / var) / 2`.

    Parameters
    ----------
    input
        The mean, of any shape.
    target
        The observation: a number, or of that shape; an axis of length 1 serves all along it.
    var
        The variance: a number, of that shape, of that shape without the last axis, or of one that broadcasts to it.
    full
        True: `log(2 pi) / 2` is added.
    eps
        The least variance; where it is taken instead, the gradient by `var` is that at `eps`, as in PyTorch.
    reduction
        "mean", "sum" or "none".

    Raises
    ------
    ValueError
        A variance is negative; shapes do not fit.

    Examples
    --------
    >>> gaussian_nll_loss(np.array([0.0, 3.0]), np.zeros(2), np.ones(2), reduction="none")
    array([0. , 4.5])
    """
    input = as_numbers(input)
    target = operand_beside(target, input.dtype)
    difference = np.subtract(input, same_shape("gaussian_nll_loss", input, target, shared=True))
    shape = difference.shape
    var = operand_beside(var, difference.dtype)
    if var.shape == shape[:-1] and shape:
        var = np.expand_dims(var, -1)
    if not broadcasts(var.shape, shape):
        raise ValueError(
            f"gaussian_nll_loss: input has shape {shape}, var has shape {var.shape}: it must be the same, or broadcast to it."
        )
    values = array_of(var)
    if np.any(values < 0):
        raise ValueError(f"gaussian_nll_loss: var has {values.min()}; a variance is at least 0.")
    var = var + (np.maximum(values, eps) - values)
    losses = (np.log(var) + np.square(difference) / var) / 2
    return reduced("gaussian_nll_loss", losses + math.log(2 * math.pi) / 2 if full else losses, reduction)


# -- classes ------------------------------------------------------------------------------------------------------


def nll_loss(input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class, where `input` holds log-probabilities; see `cross_entropy` for the options.

    >>> float(nll_loss(np.log([[0.25, 0.75]]), np.array([1]))) == -float(np.log(0.75))
    True
    """
    input = real_operand("nll_loss", input)
    target = as_operand(target)
    weight = class_weights("nll_loss", weight, input)
    return _of_classes("nll_loss", input, target, weight, ignore_index, reduction, 0.0)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Minus the log-probability of the right class, where `input` holds unnormalised log-probabilities.

    Parameters
    ----------
    input
        Shape (N, C) or (C); further axes behind C are further samples.
    target
        Either the right classes, integers from 0 to C - 1 of shape (N), or their probabilities, in the shape of `input`.
    weight
        Shape (C): the weight of each class; the mean over classes given as integers is divided by the sum of their weights.
    ignore_index
        An integer that stands for no class: samples with it do not count. Probabilities allow none from 0 on.
    reduction
        "mean" over the samples, "sum", or "none".
    label_smoothing
        The part of the probability, from 0 to 1, that is divided evenly among all classes (Szegedy et al., Rethinking the
        Inception architecture, 2016).

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
    return _cross_entropy("cross_entropy", input, target, weight, ignore_index, reduction, label_smoothing)


def _cross_entropy(
    name: str, input: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """The loss for classes given as integers or as probabilities."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing={label_smoothing} must be from 0 to 1.")
    input = real_operand(name, input)
    dim = class_axis(name, input)
    log_p = log_softmax(input, dim)
    target = as_operand(target)
    weight = class_weights(name, weight, input)
    if target.dtype.kind != "f" or target.shape == drop_axis(input.shape, dim):
        return _of_classes(name, log_p, target, weight, ignore_index, reduction, label_smoothing)
    target = same_shape(name, input, target)
    if ignore_index >= 0:
        raise ValueError(f"{name}: ignore_index={ignore_index} has no meaning for probabilities as target.")
    if label_smoothing:
        target = (1 - label_smoothing) * target + label_smoothing / input.shape[dim]
    products = log_p * target if weight is None else log_p * target * per_class(dim, weight, input)
    return reduced(name, -np.sum(products, axis=dim), reduction)


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Any:
    """`cross_entropy(linear(input, linear_weight, linear_bias), target)`, also for several samples in a row of the input.

    Parameters
    ----------
    input
        Shape (N, in), or (in).
    linear_weight, linear_bias
        Shapes (C, in) and (C); or (C, d, ..., in) and (C, d, ...) for d ... samples in each row.
    target, weight, reduction, ignore_index, label_smoothing
        As in `cross_entropy`, of which the input has shape (N, C, d, ...). `ignore_index` None is -100.

    Raises
    ------
    ValueError
        The shapes do not fit; or `ignore_index` is given, and probabilities are the target.

    Examples
    --------
    >>> float(linear_cross_entropy(np.ones((1, 2)), np.ones((4, 2)), np.array([2]))) == float(np.log(4))
    True
    """
    name = "linear_cross_entropy"
    input, linear_weight, target = as_operand(input), as_operand(linear_weight), as_operand(target)
    shape = linear_weight.shape
    outputs, rows = shape[:-1], input.shape[:-1]
    bias = None if linear_bias is None else as_operand(linear_bias)
    misfit = input.ndim not in (1, 2) or not outputs or input.shape[-1:] != shape[-1:] or (len(outputs) > 1 and not rows)
    if misfit or (bias is not None and bias.shape != outputs):
        also = "" if bias is None else f", linear_bias {bias.shape}"
        raise ValueError(
            f"{name}: input has shape {input.shape}, linear_weight {shape}{also}; they must be (N, in), (C, in) and (C), or "
            f"(N, in), (C, d, ..., in) and (C, d, ...)."
        )
    if ignore_index is not None and target.shape == (*rows, *outputs):
        raise ValueError(f"{name}: ignore_index={ignore_index} has no meaning for probabilities as target.")
    if len(outputs) > 1:
        linear_weight, bias = linear_weight.reshape(-1, shape[-1]), None if bias is None else bias.reshape(-1)
    logits = linear(input, linear_weight, bias).reshape(*rows, *outputs)
    ignored = -100 if ignore_index is None else ignore_index
    return _cross_entropy(name, logits, target, weight, ignored, reduction, label_smoothing)


def _nll(log_p: Any, key: Any) -> Any:
    return -mean(log_p[key])


def _nll_transposed(g: Any, shape: tuple[int, ...], key: Any) -> Any:
    spread = np.zeros(shape, g.dtype)
    count = max(index.size for index in key)  # the others broadcast to the largest
    spread[key] = -(g if g.itemsize > 2 else g.astype(np.float32)) / count  # half precision ends at 65504
    return spread


# minus the mean of the log-probabilities that a key of integers names, each once, and its transpose: each the rule of the other
nll_at = ag.primitive(
    _nll, trusted=True, real=True, selects=True, log_p=lambda g, log_p_shape, key: nll_transposed(g, log_p_shape, key)
)
nll_transposed: Callable[..., Any] = ag.primitive(_nll_transposed, trusted=True, real=True, g=lambda g, key: nll_at(g, key))


def _of_classes(
    name: str, log_p: Any, target: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """The loss for classes given as integers."""
    dim = class_axis(name, log_p)
    classes, counted = class_indices(name, log_p, target, dim, ignore_index)
    key: list[Any] = [np.arange(classes.size)] if classes.ndim == 1 else list(np.indices(classes.shape, sparse=True))
    key.insert(dim, classes)
    if reduction == "mean" and weight is None and counted is None and not label_smoothing and classes.size:  # as mostly
        return nll_at(log_p, tuple(key))
    losses = -log_p[tuple(key)]
    weights = None if weight is None else weight[classes]
    if weights is not None:
        losses = losses * weights
    if label_smoothing:
        even = -np.sum(log_p if weight is None else log_p * per_class(dim, weight, log_p), axis=dim)
        losses = (1 - label_smoothing) * losses + label_smoothing / log_p.shape[dim] * even
    if counted is not None:
        losses = np.where(counted, losses, 0.0)
        weights = counted.astype(log_p.dtype) * (1 if weights is None else weights)
    if reduction == "mean" and weights is not None:
        return ratio_of_sums(losses, weights)
    return reduced(name, losses, reduction)


def class_axis(name: str, input: Any) -> int:
    """The axis of the classes: 1 of (N, C, ...), 0 of (C)."""
    if not input.ndim:
        raise ValueError(f"{name}: the input is a single number; it must have an axis of classes, (N, C) or (C).")
    return 1 if input.ndim > 1 else 0


def drop_axis(shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    """A shape without one of its axes."""
    return shape[:dim] + shape[dim + 1 :]


def per_class(dim: int, weight: Any, input: Any) -> Any:
    """One number for each class, to be multiplied with the input."""
    return weight.reshape((-1,) + (1,) * (input.ndim - dim - 1))


def class_weights(name: str, weight: Any, input: Any) -> Any:
    """One constant for each class, as an array, in the dtype of the input; or None."""
    if weight is None:
        return None
    if isinstance(weight, str):
        raise TypeError(f"{name}: weight is the text {weight!r}; write reduction={weight!r} if that is meant.")
    weight = np.asarray(weight)
    classes = input.shape[class_axis(name, input)]
    if weight.shape != (classes,) or weight.dtype.kind not in "biuf":
        raise ValueError(
            f"{name}: weight is {weight.dtype}{list(weight.shape)}; it needs a number for each of {classes} classes."
        )
    return weight.astype(input.dtype)


def class_indices(name: str, input: Any, target: Any, dim: int, ignore_index: int | None = None) -> tuple[Any, Any]:
    """The classes as an array of integers, 0 where they are to be ignored, and where they are not (None: everywhere)."""
    shape, rest = input.shape, drop_axis(input.shape, dim)
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name}: classes must be integers, not {target.dtype}. Write target.astype(int).")
    classes = array_of(target)
    if classes.shape != rest:
        if classes.shape == shape:
            probabilities = ", target.astype(float) for probabilities" if name.endswith("cross_entropy") else ""
            advice = f"Write target.argmax({dim}) for the classes of one-hot integers{probabilities}."
        else:
            advice = f"Write target.reshape{rest}." if classes.size == math.prod(rest) else "Each sample needs one class."
        raise ValueError(
            f"{name}: input of shape {shape} has {shape[dim]} classes along axis {dim}, so classes as target must have "
            f"shape {rest}, not {classes.shape}. {advice}"
        )
    if not classes.size:
        return classes, None
    low, high = classes.min(), classes.max()
    counted = None
    if ignore_index is not None and low <= ignore_index <= high:
        counted = classes != ignore_index
        classes = np.where(counted, classes, 0)
        low, high = classes.min(), classes.max()
    if not (low >= 0 and high < shape[dim]):
        raise IndexError(f"{name}: target has classes from {low} to {high}, but input has {shape[dim]}.")
    return classes, counted


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """The Kullback-Leibler divergence of log-probabilities `input` from probabilities `target`, element by element.

    Parameters
    ----------
    input
        Log-probabilities.
    target
        Probabilities in the same shape, or with `log_target` their logarithms. Where one is 0, so is the loss.
    reduction
        "batchmean" is the divergence itself, the sum divided by the length of the first axis; "mean" is over all elements,
        "sum" and "none" as ever.
    log_target
        True: the target is logarithms.

    Examples
    --------
    >>> p = np.array([[0.5, 0.5]])
    >>> float(kl_div(np.log([[0.25, 0.75]]), p, reduction="batchmean").round(6))
    0.143841
    """
    target = same_shape("kl_div", input, target)
    if log_target:
        losses = np.exp(target) * (target - input)
    else:
        losses = target * (np.log(np.where(target == 0, 1.0, target)) - input)
    if reduction == "batchmean":
        return ratio_of_sums(losses, target.shape[0] if target.ndim else 1)
    return reduced("kl_div", losses, reduction)


# -- yes or no ----------------------------------------------------------------------------------------------------


def _bounded_logs(input: Any) -> tuple[Any, Any]:
    """The logarithms of p and of 1 - p, but at least -100."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(input), -100), np.maximum(np.log1p(-input), -100)


def _log_loss(input: Any, target: Any) -> Any:
    log_yes, log_no = _bounded_logs(input)
    return -(target * log_yes + (1 - target) * log_no)


_binary_cross_entropy = ag.primitive(
    _log_loss,
    trusted=True,
    real=True,
    input=lambda g, input, target: g * (input - target) / np.maximum(input * (1 - input), 1e-12),
    target=lambda g, input: g * (np.maximum(np.log1p(-input), -100) - np.maximum(np.log(input), -100)),
)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """`-(target * log(input) + (1 - target) * log(1 - input))`, for probabilities; its logarithms are at least -100.

    After a sigmoid take `binary_cross_entropy_with_logits` instead, which loses nothing.

    Parameters
    ----------
    input
        Probabilities.
    target
        The right values, in the same shape.
    weight
        The weight of each element; may be broadcast to that shape.
    reduction
        "mean", "sum" or "none".

    Raises
    ------
    ValueError
        The input is not from 0 to 1; shapes do not fit.

    Examples
    --------
    >>> binary_cross_entropy(np.array([0.5, 1.0]), np.array([1.0, 0.0]), reduction="none")
    array([  0.69314718, 100.        ])
    """
    target = probabilities("binary_cross_entropy", same_shape("binary_cross_entropy", input, target))
    values = array_of(input)
    if ((values < 0) | (values > 1)).any():  # nan stays: the loss is nan, as others are
        raise ValueError(
            f"binary_cross_entropy: the input has numbers from {np.nanmin(values)} to {np.nanmax(values)}; probabilities are "
            f"from 0 to 1. For other numbers write binary_cross_entropy_with_logits."
        )
    losses = weighted("binary_cross_entropy", _binary_cross_entropy(as_numbers(input), target), weight)
    return reduced("binary_cross_entropy", losses, reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """The binary cross-entropy of `sigmoid(input)`, exact also where that is all but 0 or 1.

    Parameters
    ----------
    input
        Logarithms of the odds.
    target
        The probabilities that they should stand for, in the same shape.
    weight, pos_weight
        The weight of each element, and that of the target itself beside 1 - target; may be broadcast to that shape.
    reduction
        "mean", "sum" or "none".

    Examples
    --------
    >>> binary_cross_entropy_with_logits(np.array([-800.0, 800.0]), np.array([1.0, 1.0]), reduction="none")
    array([800.,   0.])
    """
    losses = _of_logits("binary_cross_entropy_with_logits", input, target, weight, pos_weight)
    return reduced("binary_cross_entropy_with_logits", losses, reduction)


def _binary_cross_entropy_with_logits(input: Any, yes: Any, no: Any) -> Any:
    """`yes * softplus(-input) + no * softplus(input)`, which differ by the input."""
    curve = np.logaddexp(-np.abs(input), 0)
    return yes * (curve + np.maximum(-input, 0)) + no * (curve + np.maximum(input, 0))


_logistic = ag.primitive(
    _binary_cross_entropy_with_logits,
    trusted=True,
    real=True,
    elementwise=True,
    input=lambda g, input, yes, no: g * (no * ag.sigmoid(input) - yes * ag.sigmoid(-input)),
    yes=lambda g, input: g * softplus(-input),
    no=lambda g, input: g * softplus(input),
)


def _of_logits(name: str, input: Any, target: Any, weight: Any, pos_weight: Any = None) -> Any:
    target = probabilities(name, same_shape(name, input, target))
    yes = weighted(name, target, pos_weight, "pos_weight")
    return weighted(name, _logistic(as_numbers(input), yes, 1 - target), weight)


def weighted(name: str, losses: Any, weight: Any, called: str = "weight") -> Any:
    """Losses times constants that do not change their shape."""
    if weight is None:
        return losses
    weight = np.asarray(weight)
    if not broadcasts(weight.shape, losses.shape):
        raise ValueError(f"{name}: {called} has shape {weight.shape}, which does not broadcast to the losses' {losses.shape}.")
    return losses * (weight.astype(losses.dtype) if losses.dtype.kind == "f" else weight)


def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """`log(1 + exp(-target * input))` for targets 1 and -1.

    >>> soft_margin_loss(np.array([0.0, 80.0]), np.array([1.0, -1.0]), reduction="none")
    array([ 0.69314718, 80.        ])
    """
    target = signs("soft_margin_loss", same_shape("soft_margin_loss", input, target))
    return reduced("soft_margin_loss", np.logaddexp(-target * input, 0), reduction)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, *, reduction: str = "mean") -> Any:
    """The mean over the classes, the last axis, of `binary_cross_entropy_with_logits`; `weight` is the weight of each class.

    >>> float(multilabel_soft_margin_loss(np.zeros((1, 3)), np.eye(3)[:1]).round(6))
    0.693147
    """
    losses = _of_logits("multilabel_soft_margin_loss", input, target, weight)
    return reduced("multilabel_soft_margin_loss", np.mean(losses, axis=-1), reduction)


# -- margins ------------------------------------------------------------------------------------------------------


def _at_least_zero(x: Any) -> Any:
    """The positive part, with PyTorch's derivative in these losses: 1 at 0 (and nan stays nan)."""
    return np.where(x < 0, 0.0, x)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean") -> Any:
    """A distance itself where the target is 1, and `max(0, margin - distance)` where it is -1.

    >>> hinge_embedding_loss(np.array([0.2, 0.2, 5.0]), np.array([1, -1, -1]), reduction="none")
    array([0.2, 0.8, 0. ])
    """
    alike = signs("hinge_embedding_loss", same_shape("hinge_embedding_loss", input, target)) > 0
    input = as_numbers(input)
    return reduced("hinge_embedding_loss", np.where(alike, input, _at_least_zero(margin - input)), reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean") -> Any:
    """`max(0, -target * (input1 - input2) + margin)`: target 1 says that the first should be larger, -1 the second.

    Any other target than 0 is taken too: its sign says which should be larger, its size how much their difference weighs.

    >>> margin_ranking_loss(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.array([1.0, 1.0]), reduction="none")
    array([1., 0.])
    """
    same_shape("margin_ranking_loss", input1, input2, "input1", "input2")
    target = same_shape("margin_ranking_loss", input1, target)
    if not np.all(np.abs(array_of(target)) > 0):
        raise ValueError(
            "margin_ranking_loss: the target is 0 or nan somewhere, so that neither input should be larger; "
            "write 1 or -1, 2 * target - 1 if it is 1 or 0."
        )
    return reduced("margin_ranking_loss", _at_least_zero(-target * np.subtract(as_numbers(input1), input2) + margin), reduction)


@in_single
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean") -> Any:
    """1 - cos where the target is 1, and `max(0, cos - margin)` where it is -1, of the angle between two vectors.

    Shapes (N, D) of `input1` and `input2` and (N) of `target`, or (D), (D) and ().

    >>> cosine_embedding_loss(np.eye(2), np.eye(2), [1, -1], reduction="none").round(6)
    array([0., 1.])
    """
    name = "cosine_embedding_loss"
    same_shape(name, input1, input2, "input1", "input2")
    input1, input2, target = as_numbers(input1), as_numbers(input2), as_operand(target)
    if input1.ndim not in (1, 2) or target.shape != input1.shape[:-1]:
        raise ValueError(
            f"{name}: the inputs have shape {input1.shape}, the target {target.shape}; they must be (N, D), (N) or (D), ()."
        )
    squares = [np.sum(np.square(x), axis=-1) + 1e-12 for x in (input1, input2)]  # so that 0 has an angle, and a derivative
    cosines = np.sum(input1 * input2, axis=-1) / np.sqrt(squares[0] * squares[1])
    return reduced(name, np.where(signs(name, target) > 0, 1 - cosines, _at_least_zero(cosines - margin)), reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Any:
    """`max(0, d(anchor, positive) - d(anchor, negative) + margin)` for p-norms d along the last axis.

    With `swap`, the distance from positive to negative counts where it is smaller than that from the anchor (Balntas et
    al., Learning local feature descriptors with triplets and shallow convolutional neural networks, 2016).

    >>> float(triplet_margin_loss(np.zeros(2), np.array([3.0, 4.0]), np.array([0.0, 5.5]), eps=0.0))
    0.5
    """
    distance = functools.partial(pairwise_distance, p=p, eps=eps)
    return _of_triplets("triplet_margin_loss", anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance of your own, a function of two arrays; default `pairwise_distance`.

    >>> a, b, c = np.array([[0.0], [1.0], [3.0]])
    >>> float(triplet_margin_with_distance_loss(a, b, c, distance_function=lambda x, y: np.abs(x - y).sum(), margin=4.0))
    2.0
    """
    distance = pairwise_distance if distance_function is None else distance_function
    return _of_triplets("triplet_margin_with_distance_loss", anchor, positive, negative, distance, margin, swap, reduction)


def _of_triplets(
    name: str, anchor: Any, positive: Any, negative: Any, distance: Callable[[Any, Any], Any], margin: float, swap: bool,
    reduction: str,
) -> Any:  # fmt: skip
    same_shape(name, anchor, positive, "anchor", "positive")
    same_shape(name, anchor, negative, "anchor", "negative")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = np.minimum(far, distance(positive, negative))
    return reduced(name, _at_least_zero(near - far + margin), reduction)


def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """The mean over the classes of `max(0, margin - input[target] + input[k])**p`, 0 for k = target: several classes' hinge.

    Shapes (N, C) and (N), or (C) and (). `p` is 1 or 2, `weight` the weight of each class as a target.

    >>> float(multi_margin_loss(np.array([0.5, 1.0]), np.array(1)))
    0.25
    """
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: p={p} must be 1 or 2.")
    input, target = real_operand("multi_margin_loss", input), as_operand(target)
    if input.ndim == 0:
        input = input.reshape(1)
    if input.ndim == 1 and target.shape == (1,):
        target = target.reshape(())
    if input.ndim not in (1, 2):
        raise ValueError(f"multi_margin_loss: the input has shape {input.shape}, but it must be (N, C) or (C).")
    weight = class_weights("multi_margin_loss", weight, input)
    classes, _ = class_indices("multi_margin_loss", input, target, input.ndim - 1)
    chosen = np.arange(input.shape[-1]) == classes[..., None]
    wanted = np.sum(np.where(chosen, input, 0.0), axis=-1, keepdims=True)
    excess = np.where(chosen, 0.0, relu(margin - wanted + input))
    losses = np.mean(excess if p == 1 else np.square(excess), axis=-1)
    return reduced("multi_margin_loss", losses if weight is None else losses * weight[classes], reduction)


def multilabel_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The sum of `max(0, 1 - input[j] + input[k])` over right classes j and wrong ones k, divided by the number of classes.

    Shapes (N, C), or (C), of both; a row of the target lists the right classes, one listed twice counts twice, and ends with the
    first -1.

    >>> float(multilabel_margin_loss(np.array([0.0, 0.0, 0.5]), np.array([2, -1, 0])).round(6))  # (0.5 + 0.5) / 3
    0.333333
    """
    target = same_shape("multilabel_margin_loss", input, as_operand(target), cast=False)
    input = as_numbers(input)
    if input.ndim == 0:
        input, target = input.reshape(1), target.reshape(1)
    if input.ndim not in (1, 2) or target.dtype.kind not in "iu":
        raise ValueError(
            f"multilabel_margin_loss: the input has shape {input.shape}, the target dtype {target.dtype}; they must be (N, C) or "
            f"(C), and integers."
        )
    listed = np.logical_and.accumulate(array_of(target) != -1, axis=-1)
    classes = np.where(listed, array_of(target), 0)
    if classes.size and not (classes.min() >= 0 and classes.max() < input.shape[-1]):
        raise IndexError(f"multilabel_margin_loss: target has classes from {classes.min()} to {classes.max()}.")
    times = np.sum((classes[..., None] == np.arange(input.shape[-1])) & listed[..., None], axis=-2)  # a class may be listed twice
    pairs = (times[..., :, None] * (times[..., None, :] == 0)).astype(input.dtype)
    excess = np.where(pairs > 0, pairs * relu(1 - np.expand_dims(input, -1) + np.expand_dims(input, -2)), 0.0)
    return reduced("multilabel_margin_loss", np.sum(excess, axis=(-2, -1)) / input.shape[-1], reduction)


# -- common to all -----------------------------------------------------------------------------------------------


def same_shape(
    name: str,
    input: Any,
    target: Any,
    first: str = "input",
    second: str = "target",
    cast: bool = True,
    kinds: str = "biuf",
    shared: bool = False,
) -> Any:
    """`target` as an array or Tensor, if it has the shape of `input`; integers get the input's dtype, or float64.

    `shared`: the target may also be a number, and an axis of it of length 1 serves all along it.
    """
    usual = input.__class__ is ag.Tensor and (target.__class__ is np.ndarray or target.__class__ is ag.Tensor)
    if usual and input.shape == target.shape and input.dtype.kind == target.dtype.kind == "f":
        return target  # all else is looked at more closely
    if "c" not in kinds:
        real_operand(name, input, first)
    target = as_operand(target)
    if input.__class__ is tuple:
        refuse_results(name, input)
    dtype = getattr(target, "dtype", OBJECTS)
    if not hasattr(dtype, "kind"):
        raise TypeError(f"{name}: {second} is {foreign(target)}")
    if dtype.kind not in kinds or isinstance(target, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: {second} is a {target.__class__.__name__} of {dtype}; it must be real numbers, none of them masked."
        )
    try:
        shape = input.shape
    except AttributeError:
        shape = np.shape(input)
    if shape != target.shape and not (shared and target.ndim in (0, len(shape)) and broadcasts(target.shape, shape)):
        fits = target.size == math.prod(shape)
        advice = f"Write {second}.reshape{shape}." if fits else "Each prediction needs one target."
        raise ValueError(f"{name}: {first} has shape {shape}, {second} has shape {target.shape}: they must be the same. {advice}")
    if dtype.kind not in "fc" and cast and hasattr(input, "dtype"):
        return target.astype(input.dtype if input.dtype.kind in "fc" else float)
    return target


def probabilities(name: str, target: Any) -> Any:
    """A target all of whose elements are from 0 to 1: beyond, the least loss would be minus infinity. Nan stays."""
    values = array_of(target)
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"{name}: target has numbers from {values.min()} to {values.max()}; probabilities are from 0 to 1.")
    return target


def signs(name: str, target: Any) -> Any:
    """A target all of whose elements are 1 or -1."""
    values = array_of(target)
    if not np.all(np.abs(values) == 1):
        raise ValueError(f"{name}: the target must be 1 or -1 everywhere. Write 2 * target - 1 if it is 1 or 0.")
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


def ratio_of_sums(losses: Any, weights: Any) -> Any:
    """The sum of the losses over that of the weights, or over a number; half precision, which ends at 65504, holds only means."""
    if losses.dtype != np.float16 or losses.size <= 1000:
        return np.sum(losses) / (weights if isinstance(weights, int) else np.sum(weights))
    if isinstance(weights, int):
        return np.mean(losses) * (losses.size / weights)
    return np.mean(losses) / np.mean(weights)


# -- modules ------------------------------------------------------------------------------------------------------


class Loss(Configured):
    """Common to losses: the reduction to a number."""

    def __init__(self, *, reduction: str = "mean") -> None:
        self.reduction = reduction


class MSELoss(Loss):
    """The mean squared error; see `nn.functional.mse_loss`.

    >>> import numpy as np, nn
    >>> float(nn.MSELoss()(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """The mean absolute error; see `nn.functional.l1_loss`.

    >>> float(L1Loss()(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        return l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Loss):
    """Squared where small, straight where large; see `nn.functional.huber_loss`.

    >>> HuberLoss("none")(np.array([0.5, 3.0]), np.zeros(2))
    array([0.125, 2.5  ])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        return huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(Loss):
    """The Huber loss divided by `beta`; see `nn.functional.smooth_l1_loss`.

    >>> SmoothL1Loss(reduction="none", beta=2.0)(np.array([0.5, 3.0]), np.zeros(2))
    array([0.0625, 2.    ])
    """

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        return smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class PoissonNLLLoss(Loss):
    """Minus the log-likelihood of counts; see `nn.functional.poisson_nll_loss`.

    >>> float(PoissonNLLLoss()(np.zeros(2), np.array([0.0, 3.0])))
    1.0
    """

    def __init__(self, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any) -> Any:
        return poisson_nll_loss(input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction)


class GaussianNLLLoss(Loss):
    """Minus the log-likelihood of normal variables; see `nn.functional.gaussian_nll_loss`.

    >>> GaussianNLLLoss(reduction="none")(np.array([0.0, 3.0]), np.zeros(2), np.ones(2))
    array([0. , 4.5])
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class WeightedLoss(Loss):
    """Common to losses with weights: the weights are a buffer, so that a state has them."""

    weight: Any

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)


class CrossEntropyLoss(WeightedLoss):
    """The cross-entropy of unnormalised log-probabilities; see `nn.functional.cross_entropy`.

    >>> float(CrossEntropyLoss()(np.zeros((1, 4)), np.array([2]))) == float(np.log(4))
    True
    """

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(WeightedLoss):
    """Minus the log-probability of the right class; see `nn.functional.nll_loss`.

    >>> float(NLLLoss()(np.log([[0.25, 0.75]]), np.array([1]))) == -float(np.log(0.75))
    True
    """

    def __init__(self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence, with reduction "batchmean"; see `nn.functional.kl_div`.

    >>> float(KLDivLoss(reduction="batchmean")(np.log([[0.25, 0.75]]), np.array([[0.5, 0.5]])).round(6))
    0.143841
    """

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(WeightedLoss):
    """The cross-entropy of probabilities of yes; see `nn.functional.binary_cross_entropy`.

    >>> BCELoss(reduction="none")(np.array([0.5, 1.0]), np.array([1.0, 0.0]))
    array([  0.69314718, 100.        ])
    """

    def forward(self, input: Any, target: Any) -> Any:
        return binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """The cross-entropy of `sigmoid(input)`; see `nn.functional.binary_cross_entropy_with_logits`.

    >>> BCEWithLogitsLoss(reduction="none")(np.array([-800.0, 800.0]), np.array([1.0, 1.0]))
    array([800.,   0.])
    """

    pos_weight: Any

    def __init__(self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(weight, reduction=reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        return binary_cross_entropy_with_logits(input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight)


class SoftMarginLoss(Loss):
    """`log(1 + exp(-target * input))`; see `nn.functional.soft_margin_loss`.

    >>> SoftMarginLoss(reduction="none")(np.array([0.0, 80.0]), np.array([1.0, -1.0]))
    array([ 0.69314718, 80.        ])
    """

    def forward(self, input: Any, target: Any) -> Any:
        return soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """Several yes-or-no questions about one sample; see `nn.functional.multilabel_soft_margin_loss`.

    >>> float(MultiLabelSoftMarginLoss()(np.zeros((1, 3)), np.eye(3)[:1]).round(6))
    0.693147
    """

    def forward(self, input: Any, target: Any) -> Any:
        return multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class HingeEmbeddingLoss(Loss):
    """Small distances for pairs that are alike, at least `margin` for others; see `nn.functional.hinge_embedding_loss`.

    >>> HingeEmbeddingLoss(reduction="none")(np.array([0.2, 0.2, 5.0]), np.array([1, -1, -1]))
    array([0.2, 0.8, 0. ])
    """

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        return hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class MarginRankingLoss(Loss):
    """One of two numbers larger by `margin`; see `nn.functional.margin_ranking_loss`.

    >>> float(MarginRankingLoss(0.5)(np.array([1.0]), np.array([2.0]), np.array([1.0])))
    1.5
    """

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        return margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(MarginRankingLoss):
    """Small angles for pairs that are alike, large ones for others; see `nn.functional.cosine_embedding_loss`.

    >>> CosineEmbeddingLoss(reduction="none")(np.eye(2), np.eye(2), [1, -1]).round(6)
    array([0., 1.])
    """

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        return cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(Loss):
    """An anchor nearer to one than to another, by `margin`; see `nn.functional.triplet_margin_loss`.

    >>> float(TripletMarginLoss(eps=0.0)(np.zeros(2), np.array([3.0, 4.0]), np.array([0.0, 5.5])))
    0.5
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, *, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        return triplet_margin_loss(anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction)


class TripletMarginWithDistanceLoss(Loss):
    """`TripletMarginLoss` with a distance of your own; see `nn.functional.triplet_margin_with_distance_loss`.

    >>> loss = TripletMarginWithDistanceLoss(distance_function=lambda x, y: np.abs(x - y).sum())
    >>> float(loss(np.zeros(2), np.ones(2), np.full(2, 1.25)))
    0.5
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.distance_function = distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        return triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class MultiMarginLoss(WeightedLoss):
    """The right class above all others by `margin`; see `nn.functional.multi_margin_loss`.

    >>> float(MultiMarginLoss()(np.array([0.5, 1.0]), np.array(1)))
    0.25
    """

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(weight, reduction=reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(Loss):
    """All right classes above all wrong ones; see `nn.functional.multilabel_margin_loss`.

    >>> float(MultiLabelMarginLoss()(np.array([0.0, 0.0, 0.5]), np.array([2, -1, 0])).round(6))
    0.333333
    """

    def forward(self, input: Any, target: Any) -> Any:
        return multilabel_margin_loss(input, target, reduction=self.reduction)

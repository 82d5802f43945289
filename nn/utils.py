"""PyTorch's `nn.utils`: gradients clipped, and parameters as one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

from .absent import refusing
from .module import widened

__all__ = ["clip_grad_norm_", "clip_grad_value_", "padding_mask", "parameters_to_vector", "vector_to_parameters"]


def clip_grad_norm_(
    parameters: ag.Tensor | Iterable[ag.Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Shrink the gradients, all by one factor, so that their norm is at most `max_norm` (Pascanu et al., On the difficulty of
    training recurrent neural networks, 2013, algorithm 1).

    Parameters
    ----------
    parameters
        Their gradients are taken together as one vector; those without a gradient are left out.
    max_norm
        The largest norm that stays as it is.
    norm_type
        The order of the norm: 2, any positive number, or `math.inf` for the largest size.
    error_if_nonfinite
        True: a norm that is infinite or nan is an error; False: the gradients become 0 or nan.

    Returns
    -------
    float
        The norm before.

    Raises
    ------
    ValueError
        max_norm is negative or nan, or norm_type is not positive.
    FloatingPointError
        The norm is infinite or nan, and `error_if_nonfinite`.

    Notes
    -----
    As in PyTorch the factor is `max_norm / (norm + 1e-6)`.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([0.0, 0.0])
    >>> w.grad = np.array([3.0, 4.0])
    >>> clip_grad_norm_([w], 1.0)
    5.0
    >>> w.grad.round(4)
    array([0.6, 0.8])
    """
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_: max_norm={max_norm} must be a number that is not negative.")
    if not norm_type > 0:
        raise ValueError(f"clip_grad_norm_: norm_type={norm_type} must be a positive number.")
    gradients = gradients_of(parameters)
    norms = [float(np.linalg.norm(widened(gradient).ravel(), norm_type)) for gradient in gradients if gradient.size]
    norm = float(np.linalg.norm(np.array(norms), norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(norm):
        raise FloatingPointError(f"clip_grad_norm_: the norm of the gradients is {norm}; look for nan in the data and the loss.")
    factor = max_norm / (norm + 1e-6)
    if not factor >= 1:  # nan, too
        for gradient in gradients:
            gradient *= factor
    return norm


def clip_grad_value_(parameters: ag.Tensor | Iterable[ag.Tensor], clip_value: float) -> None:
    """Bring each element of the gradients into the range from `-clip_value` to `clip_value`.

    >>> import nn
    >>> w = nn.Parameter([0.0, 0.0])
    >>> w.grad = np.array([0.5, -4.0])
    >>> clip_grad_value_([w], 1.0)
    >>> w.grad
    array([ 0.5, -1. ])
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: clip_value={clip_value} must be a number that is not negative.")
    for gradient in gradients_of(parameters):
        if gradient.dtype.kind == "c":
            raise TypeError("clip_grad_value_: complex numbers have no order. Write clip_grad_norm_ for their size.")
        np.clip(gradient, -clip_value, clip_value, out=gradient)


def padding_mask(lengths: Any, steps: int | None = None) -> NDArray[np.bool_]:
    """True for the steps of each sequence that are padding: shape (N, steps), the `key_padding_mask` of attention.

    Parameters
    ----------
    lengths
        A number of steps for each of the N sequences.
    steps
        The number of steps of the padded sequences; default: the largest length.

    Raises
    ------
    ValueError
        lengths are not whole numbers from 0 to `steps` along one axis.

    Examples
    --------
    >>> mask = padding_mask([3, 1])
    >>> mask
    array([[False, False, False],
           [False,  True,  True]])
    >>> x = np.arange(6.0).reshape(2, 3, 1)
    >>> np.where(mask[..., None], 0, x).sum(axis=1) / (~mask).sum(axis=1, keepdims=True)      # the mean of each sequence
    array([[1.],
           [3.]])
    """
    numbers = np.asarray(lengths)
    most = int(numbers.max(initial=0)) if steps is None and numbers.dtype.kind in "iu" else steps
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or most is None or (numbers < 0).any() or (numbers > most).any():
        raise ValueError(f"padding_mask: lengths={lengths!r} must be whole numbers from 0 to steps={steps}, along one axis.")
    return np.arange(most) >= numbers[:, None]


def parameters_to_vector(parameters: Iterable[ag.Tensor]) -> Any:
    """All parameters end to end as one vector: a Tensor, through which gradients flow back to them.

    >>> import nn
    >>> parameters_to_vector(nn.Linear(2, 3).parameters()).shape
    (9,)
    """
    flat = [p.ravel() for p in parameters]
    if not flat:
        raise ValueError("parameters_to_vector: there are no parameters. Was model.parameters() consumed already?")
    return np.concatenate(flat)


def vector_to_parameters(vec: Any, parameters: Iterable[ag.Tensor]) -> None:
    """Copy the elements of a vector, `vec`, into the parameters, in the order of `parameters_to_vector`.

    Raises
    ------
    ValueError
        The vector has another length than the parameters together. Nothing has been copied.

    Examples
    --------
    >>> import nn
    >>> w, b = nn.Parameter([[1.0, 2.0]]), nn.Parameter(3.0)
    >>> vector_to_parameters(np.array([4.0, 5.0, 6.0]), [w, b])
    >>> w.data.tolist(), b.item()
    ([[4.0, 5.0]], 6.0)
    """
    values: NDArray[Any] = np.asarray(vec.data if isinstance(vec, ag.Tensor) else vec)
    given = list(parameters)
    size = sum(p.size for p in given)
    if values.shape != (size,):
        raise ValueError(f"vector_to_parameters: vec has shape {values.shape}, but the parameters need ({size},).")
    end = 0
    for p in given:
        start, end = end, end + p.size
        data = p.data
        data[...] = values[start:end].reshape(data.shape)
        p.data = data  # which tells the engine that it was written into


def gradients_of(parameters: ag.Tensor | Iterable[ag.Tensor]) -> list[NDArray[Any]]:
    """The arrays of the gradients that there are, which may be written into."""
    given = [parameters] if isinstance(parameters, ag.Tensor) else list(parameters)
    found = [p.grad for p in given if p.grad is not None]
    return [gradient.data if isinstance(gradient, ag.Tensor) else gradient for gradient in found]


__getattr__ = refusing(__name__)

"""Distances: the lengths of vectors, of their differences, and the angles between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.exceptions import AxisError

import autograd_lite as ag

from ..module import Configured, as_numbers, as_operand, in_single, real_operand

__all__ = ["CosineSimilarity", "PairwiseDistance", "cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def require_one_shape(name: str, x1: Any, x2: Any) -> None:
    """Refuse two arrays that do not broadcast to one shape."""
    shapes = as_operand(x1).shape, as_operand(x2).shape
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"{name}: x1 has shape {shapes[0]} and x2 has shape {shapes[1]}; they must broadcast to one shape."
        ) from None


def require_axis(name: str, x: Any, dim: Any) -> None:
    """Refuse an axis that is not there, by the names of the function and of its option."""
    if isinstance(dim, (int, np.integer)) and not -x.ndim <= dim < x.ndim:
        raise AxisError(f"{name}: dim={dim}, and the input has shape {x.shape}. Write dim=-1 for the last axis.")


def constant_order(name: str, p: Any) -> Any:
    """The order of a norm, which has no derivative by it; beside plain arrays `np.linalg.norm` would not notice a Tensor."""
    if isinstance(p, ag.Tensor) and p.requires_grad and ag.is_grad_enabled():
        raise TypeError(
            f"{name}: there is no derivative with respect to 'p', and the Tensor given for it requires grad. Write p=t.detach() "
            f"if it is meant as a constant."
        )
    return p.item() if isinstance(p, ag.Tensor) else p


@in_single
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of `x1 - x2 + eps` along the last axis, which stays as one of length 1 with `keepdim`.

    >>> float(pairwise_distance(np.array([3.0, 4.0]), np.zeros(2), eps=0.0))
    5.0
    """
    require_one_shape("pairwise_distance", x1, x2)
    p = constant_order("pairwise_distance", p)
    return np.linalg.norm(np.subtract(as_numbers(x1), x2) + eps, p, axis=-1, keepdims=keepdim)


@in_single
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between the vectors of `x1` and `x2` along `dim`, whose lengths are taken to be at least `eps`.

    >>> cosine_similarity(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]]))
    array([1.])
    """
    if np.ndim(x1) == np.ndim(x2) == 0 and dim in (0, -1):  # vectors of one element
        return cosine_similarity(np.reshape(x1, 1), np.reshape(x2, 1), 0, eps)
    x1, x2 = real_operand("cosine_similarity", x1, "first"), real_operand("cosine_similarity", x2, "second")
    require_one_shape("cosine_similarity", x1, x2)
    require_axis("cosine_similarity", x1 if x1.ndim > x2.ndim else x2, dim)
    x1, x2 = np.broadcast_arrays(x1, x2) if np.shape(x1) != np.shape(x2) else (x1, x2)  # lengths are those of whole vectors
    lengths = [np.maximum(np.linalg.norm(x, axis=dim), eps) for x in (x1, x2)]
    return np.sum(np.multiply(x1, x2), axis=dim) / (lengths[0] * lengths[1])


@in_single
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """The vectors of `input` along `dim` divided by their p-norms, which are taken to be at least `eps`.

    >>> normalize(np.array([3.0, 4.0]), dim=0)
    array([0.6, 0.8])
    """
    input, p = as_operand(input), constant_order("normalize", p)
    if input.ndim == 0 and dim in (0, -1):  # a vector of one element
        return np.reshape(normalize(input.reshape(1), p, 0, eps), ())
    require_axis("normalize", input, dim)
    return input / np.maximum(np.linalg.norm(input, p, axis=dim, keepdims=True), eps)


@in_single
def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norms of the differences of each two rows of `input`, 0 and 1, 0 and 2, ... N - 2 and N - 1.

    Shape (N, M) gives N (N - 1) / 2 distances. At distance 0 the gradient is 0.

    >>> pdist(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]]))
    array([5., 4., 3.])
    """
    input, p = as_numbers(input), constant_order("pdist", p)
    if input.ndim != 2 or not p >= 0:
        raise ValueError(f"pdist: input has shape {input.shape} and p={p}; they must be (N, M) and a number of at least 0.")
    first, second = np.triu_indices(len(input), 1)
    return np.linalg.norm(input[first] - input[second], p, axis=-1)


class PairwiseDistance(Configured):
    """The p-norm of differences along the last axis; see `nn.functional.pairwise_distance`.

    >>> float(PairwiseDistance(eps=0.0)(np.array([3.0, 4.0]), np.zeros(2)))
    5.0
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        self.p = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        return pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)


class CosineSimilarity(Configured):
    """The cosine of the angle between vectors along `dim`; see `nn.functional.cosine_similarity`.

    >>> CosineSimilarity()(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]]))
    array([1.])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        return cosine_similarity(x1, x2, self.dim, self.eps)

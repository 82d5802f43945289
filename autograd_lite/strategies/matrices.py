"""Domains that fill the last two axes with matrices that can be inverted."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numerical.point import Array
from .domains import Domain, Shape

__all__ = ["positive_definite", "symmetric", "well_conditioned"]


def well_conditioned(condition: float = 10.0) -> Domain:
    """Matrices in the last two axes, with different singular values and a condition number below `condition`.

    A = U diag(s) V^T with random orthogonal U and V and s between condition**-0.5 and condition**0.5, each at least
    condition**(1 / 2n) times the next, for n singular values.

    >>> a = well_conditioned(100)(np.random.default_rng(0), (5, 3, 4))
    >>> bool(np.all(np.linalg.cond(a) < 100))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, m, n = require_matrices("well_conditioned", shape)
        k = min(m, n)
        left, right = orthogonal(rng, (*batch, m, k)), orthogonal(rng, (*batch, n, k))
        return left * spread(rng, (*batch, 1, k), condition) @ right.mT

    return matrices


def symmetric(condition: float = 10.0) -> Domain:
    """Symmetric matrices: as `well_conditioned`, with eigenvalues of either sign and of different sizes.

    >>> a = symmetric()(np.random.default_rng(0), (3, 3))
    >>> bool(np.all(a == a.T))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, n = require_square("symmetric", shape)
        return conjugated(rng, spread(rng, (*batch, 1, n), condition) * rng.choice((-1.0, 1.0), (*batch, 1, n)))

    return matrices


def positive_definite(condition: float = 10.0) -> Domain:
    """Symmetric matrices with different positive eigenvalues and a condition number below `condition`.

    >>> a = positive_definite()(np.random.default_rng(0), (3, 3))
    >>> bool(np.all(np.linalg.eigvalsh(a) > 10**-0.5))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, n = require_square("positive_definite", shape)
        return conjugated(rng, spread(rng, (*batch, 1, n), condition))

    return matrices


def require_matrices(name: str, shape: Shape) -> Shape:
    """The shape itself; ValueError if it has no two axes for matrices."""
    if len(shape) < 2:
        raise ValueError(f"{name}: fills matrices, not an array of shape {shape}. Of several arrays, give each its own domain.")
    return shape


def require_square(name: str, shape: Shape) -> Shape:
    """The shape without its last axis; ValueError if the matrices are not square."""
    if require_matrices(name, shape)[-1] != shape[-2]:
        raise ValueError(f"{name}: fills square matrices, not an array of shape {shape}.")
    return shape[:-1]


def orthogonal(rng: np.random.Generator, shape: Shape) -> Array:
    """Matrices with orthonormal columns, evenly distributed (Mezzadri, "How to generate random matrices", 2007, section 5)."""
    q, r = np.linalg.qr(rng.standard_normal(shape))
    return np.asarray(q * np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1, 1)[..., None, :])


def spread(rng: np.random.Generator, shape: Shape, condition: float) -> Array:
    """Positive numbers along the last axis in a random order: one in the middle half of each n-th of their decades."""
    if condition <= 1:
        raise ValueError(f"condition={condition}: the condition number of a matrix is 1 or more, and a bound must leave room.")
    n = shape[-1]
    places = rng.permuted(np.broadcast_to(np.arange(n), shape), axis=-1) + rng.uniform(0.25, 0.75, shape)
    return np.asarray(condition ** (places / max(n, 1) - 0.5))


def conjugated(rng: np.random.Generator, eigenvalues: Array) -> Array:
    """Symmetric matrices with these eigenvalues, exactly symmetric."""
    q = orthogonal(rng, (*eigenvalues.shape[:-2], eigenvalues.shape[-1], eigenvalues.shape[-1]))
    a = q * eigenvalues @ q.mT
    return np.asarray((a + a.mT) / 2)

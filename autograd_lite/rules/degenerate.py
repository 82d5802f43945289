"""Where eigenvalues or singular values agree, or are 0: constants that rules of decompositions divide by.

Eigenvectors of equal eigenvalues can be turned among each other: the vectors that NumPy returns are one choice of many, which
has no derivative. A derivative that needs them is nan, not the 0 that leaving out 0 / 0 would give (which is wrong: the
trace of B V exp(w) V^T at equal w has a derivative of its own). One that does not use them never meets these numbers.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

__all__ = [
    "attained", "defective", "gap_filler", "identity", "is_rounding", "lost_directions", "rank_filler", "refuse_cut",
    "refuse_cut_inverse", "refuse_free_basis", "refuse_phases", "triangle_weights", "zero_filler",
]  # fmt: skip


@functools.cache
def triangle_weights(n: int, upper: bool, dtype: Any) -> Any:
    """1 inside the lower (upper) triangle, 1/2 on the diagonal, 0 beyond it.

    >>> triangle_weights(2, False, np.dtype(float))
    array([[0.5, 0. ],
           [1. , 0.5]])
    """
    weights = (np.triu if upper else np.tril)(np.ones((n, n)), 1 if upper else -1) + np.eye(n) / 2
    weights = weights.astype(dtype)
    weights.flags.writeable = False
    return weights


@functools.cache
def identity(n: int, dtype: Any) -> Any:
    """The identity matrix."""
    unit = np.eye(n, dtype=dtype)
    unit.flags.writeable = False
    return unit


@functools.cache
def epsilon(dtype: Any) -> Any:
    return np.finfo(dtype).eps


def rounding(w: Any) -> Any:
    """Differences of values of this size are rounding errors: n eps times the largest of them."""
    return w.shape[-1] * epsilon(w.dtype) * np.maximum.reduce(np.abs(w), -1, keepdims=True, initial=0)


def agree(w: Any) -> Any:
    """True for each pair of values that agree to rounding."""
    return np.abs(w[..., :, None] - w[..., None, :]) <= rounding(w)[..., None]


def in_use(gradients: Any, tracked: bool, like: Any) -> Any:
    """True for each column of vectors that a gradient came back to; for all where it is recorded, and may not stay 0."""
    if tracked:
        return np.ones(like.shape, bool)
    used = np.zeros(like.shape, bool)
    for g in gradients:
        if g is not None:
            used |= np.any(g[..., : like.shape[-1]] != 0, axis=-2)
    return used


def gap_filler(w: Any, tracked: bool, *gradients: Any) -> Any:
    """To be added to the gaps w[j] - w[i]: 1 on the diagonal and for equal pairs without gradient, nan for those with one."""
    unit = identity(w.shape[-1], w.dtype)
    if w.dtype.kind == "c":  # which have no order
        apart = not (agree(w) & (unit != 1)).any()
    else:
        ordered = np.sort(w)
        apart = not (ordered[..., 1:] - ordered[..., :-1] <= rounding(w)).any()
    if apart:
        return unit
    used = in_use(gradients, tracked, w)
    of_pairs = np.where(used[..., :, None] | used[..., None, :], np.nan, 1)
    return np.where(unit == 1, 1, np.where(agree(w), of_pairs, 0)).astype(w.dtype)


def zero_filler(s: Any, tracked: bool, *gradients: Any) -> Any:
    """To be added to singular values that are divided by: for those that are 0, nan if their vectors have a gradient, else 1."""
    lost = is_rounding(s)
    if not lost.any():
        return 0
    return np.where(lost, np.where(in_use(gradients, tracked, s), np.nan, 1), 0).astype(s.dtype)


def rank_filler(r: Any) -> Any:
    """To be added to a triangular matrix that is divided by: nan on the diagonal where it is 0, but for rounding errors."""
    size = np.abs(r.diagonal(0, -2, -1))
    lost = size <= r.shape[-1] * epsilon(r.dtype) * np.maximum.reduce(size, -1, keepdims=True, initial=0)
    return np.where(lost, np.nan, 0).astype(r.dtype)[..., None, :] * identity(r.shape[-1], r.dtype) if lost.any() else 0


def is_rounding(s: Any) -> Any:
    """True for each singular value that is no larger than rounding errors."""
    return s <= rounding(s)


def attained(s: Any, value: Any) -> Any:
    """True for each singular value that is the largest or least, `value`, but for rounding errors."""
    return np.abs(s - value) <= rounding(s)


def defective(w: Any, v: Any) -> Any:
    """To be added to eigenvectors that are to be inverted: nan for a matrix that has fewer of them than eigenvalues, else 0."""
    least = np.linalg.svd(v, compute_uv=False)[..., -1:] if w.shape[-1] else np.ones((*w.shape[:-1], 1), w.dtype)
    return np.where(least <= 8 * w.shape[-1] * np.finfo(w.dtype).eps, np.nan, 0).astype(w.dtype)[..., None]


def refuse_phases(name: str, g: Any, *products: Any) -> None:
    """Raise if the loss changes with the phases of complex vectors; `products` are V^H g of vectors and their gradients.

    A vector times exp(i t) is as good a one. The loss does not change with t if the imaginary parts of the diagonal are 0.
    """
    turned = sum(np.diagonal(x, axis1=-2, axis2=-1).imag for x in products)
    sizes = [np.max(np.abs(x), initial=0) for x in products]
    if np.any(np.abs(turned) > 1e3 * np.finfo(g.dtype).eps * max(sizes)):
        raise ValueError(
            f"{name}: the loss depends on the phases of complex vectors, which are arbitrary, so it has no derivative. Use "
            f"np.abs(v), v * np.exp(w) @ v.conj().mT, or v / v[..., :1, :]."
        )


def refuse_free_basis(basis: Any, g: Any) -> None:
    """Raise if the gradient tells apart vectors of a basis that could have been any other of the same space."""
    turned = basis.conj().mT @ g
    turned = turned - turned.conj().mT
    if np.any(np.abs(turned) > 1e3 * np.finfo(g.dtype).eps * np.max(np.abs(g), initial=0)):
        raise ValueError(
            "svd: the loss depends on the basis of the complement, the vectors without a singular value, which is arbitrary. So "
            "it has no derivative. Use full_matrices=False, or functions of c @ c.mT for these vectors c = u[..., k:]."
        )


def lost_directions(a: Any) -> Any:
    """u and v for which a + u v has no small singular value; None if a has none.

    They belong to the k smallest singular values, where k is the largest number of small ones in a matrix of the batch.
    """
    if not a.size or not np.isfinite(a).all():
        return None
    s = np.linalg.svd(a, compute_uv=False)
    most = s[..., :1]
    small = s <= 1e-3 * most
    k = int(small.sum(-1).max(initial=0))
    if k == 0:
        return None
    u, _, vh = np.linalg.svd(a)
    lifted = np.where(small, np.where(most == 0, 1, most), 0)[..., None, -k:]
    return u[..., -k:] * lifted, vh[..., -k:, :]


def refuse_cut(name: str, s: Any, kept: Any) -> None:
    """Raise if a singular value was left out that is no rounding error.

    It is one beside the least of the `kept` first ones, or beside the largest. Another cut moves with the matrix, and the
    formulas here are those of matrices of that rank.
    """
    ends = np.pad(s, [(0, 0)] * (s.ndim - 1) + [(1, 1)])
    kept = np.asarray(kept)[..., None]
    least, most = np.take_along_axis(ends, kept, -1), np.take_along_axis(ends, kept + 1, -1)
    noise = 10 * s.shape[-1] * epsilon(s.dtype) * ends[..., 1:2]  # beside the largest
    if np.any((most > np.sqrt(epsilon(s.dtype)) * least) & (most > noise)):
        raise LinAlgError(
            f"{name}: a singular value of {np.max(most):.3g} is left out, which is no rounding error, and "
            f"there is no derivative of that here. Write u, s, vh = np.linalg.svd(a, full_matrices=False) and "
            f"(vh.mT[:, :k] / s[:k]) @ u.mT[:k] for the first k, or keep it: lower the bound below which they "
            f"count as 0, which is rcond= of np.linalg, cond= of scipy.linalg.lstsq."
        )


def refuse_cut_inverse(a: Any, y: Any) -> None:
    """As `refuse_cut`: y a projects, and the trace is the number of singular values kept."""
    kept = np.rint(np.real(np.trace(y @ a, axis1=-2, axis2=-1))).astype(int)
    refuse_cut("pinv", np.linalg.svd(a, compute_uv=False), kept)

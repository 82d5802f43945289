"""Decompositions of matrices: Cholesky, QR, eigenvalues, singular values.

A rule takes the gradients of the factors, `g[0]`, `g[1]`, ..., None for a factor that nothing was computed from, and the factors
`y`. Sources: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008); I. Murray,
"Differentiation of the Cholesky decomposition" (2016); M. Seeger et al., "Auto-differentiating linear algebra" (2017);
J. Townsend, "Differentiating the singular value decomposition" (2016); D. and L. Roberts, "QR and LQ decomposition matrix
backpropagation algorithms for square, wide, and deep matrices" (2020); C. Boeddeker et al., "On the computation of complex-valued
gradients with application to statistically optimum beamforming" (2017), for eigenvectors of general matrices.

NumPy reads one triangle of a symmetric matrix: the derivative is that of the function that reads it, and 0 by the other triangle.
Through `b @ b.T` or `(a + a.T) / 2` the result is the same as of a derivative that is symmetric.

Where vectors are not unique, because two of the values are equal, a derivative that needs them is nan (`degenerate.py`); values
alone have derivatives of first order there. `ag.symmetric_function` is right at equal eigenvalues, to every order.

The sources give the gradients dL/dRe + i dL/dIm, of which the engine's are the conjugates (`engine.py`): `with_conjugates` makes
the one of the other. Complex vectors have arbitrary phases: a loss that depends on them is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import conj, of_values, overridable, ratio
from .degenerate import (
    defective,
    gap_filler,
    identity,
    is_rounding,
    rank_filler,
    refuse_free_basis,
    refuse_phases,
    triangle_weights,
    zero_filler,
)  # fmt: skip
from .row import Row


def adjoint(x: Any) -> Any:
    """The conjugate transpose of matrices, A^H."""
    return conj(x.mT)


def with_conjugates(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule of the engine, from one that takes and gives the conjugates of its gradients; they are the same if all is real."""

    @functools.wraps(rule)
    def made(g: Any, *saved: Any) -> Any:
        return conj(rule(g.conj() if g.dtype.kind == "c" else g, *saved))

    return made


def of_triangle(s: Any, upper: bool, g: Any) -> Any:
    """The gradient by the triangle that NumPy reads, from the gradient by the whole matrix, in which both halves are one."""
    return (s + adjoint(s)) * triangle_weights(s.shape[-1], upper, g.dtype)


def is_upper(UPLO: str) -> bool:
    return UPLO in ("U", "u")


def as_columns(x: Any) -> Any:
    """Numbers as factors of the columns of matrices."""
    return x[..., None, :]


def diagonal(x: Any, g: Any) -> Any:
    """Diagonal matrices, in the precision of g."""
    return x[..., None, :] * identity(x.shape[-1], g.dtype)


def outer(a: Any, b: Any) -> Any:
    """a b^T of vectors, nothing conjugated."""
    return a[..., None] * b[..., None, :]


def tracked(g: Any) -> bool:
    """True if the rule is recorded: then what is 0 now may have a derivative that is not."""
    return not all(isinstance(part, np.ndarray) for part in g)


# -- Cholesky and QR ------------------------------------------------------------------------------------------------------


@with_conjugates
def cholesky_a(g: Any, y: Any, upper: bool) -> Any:
    """L^-H P L^-1 with P = half(L^H g): the lower triangle, with half the diagonal (Murray 2016, equation 10)."""
    if upper:
        y, g = adjoint(y), adjoint(g)
    p = (adjoint(y) @ g) * triangle_weights(y.shape[-1], False, g.dtype)
    left = np.linalg.solve(adjoint(y), p)  # L^-H P
    return of_triangle(np.linalg.solve(adjoint(y), adjoint(left)), upper, g)


def qr(a: Any, mode: str) -> Any:
    """`np.linalg.qr` with the modes "reduced" and "r", and "complete" where that is the same."""
    if mode not in ("reduced", "r") and not (mode == "complete" and a.ndim > 1 and a.shape[-2] <= a.shape[-1]):
        instead = {
            "complete": "the columns beyond the matrix's own are arbitrary. Write np.linalg.qr(a), or mode='r'",
            "raw": "it returns LAPACK's own form. Write np.linalg.qr(a)",
        }.get(mode, "write 'reduced' or 'r'")
        raise ValueError(f"mode={mode!r} of a Tensor of shape {a.shape}: {instead}.")
    return np.linalg.qr(a, mode)  # type: ignore[call-overload]


@with_conjugates
def qr_a(g: Any, y: Any, a: Any, mode: str) -> Any:
    """(g_q + q copyltu(r g_r^H - g_q^H q)) r^-H; copyltu copies the lower triangle to the upper (Roberts and Roberts 2020).

    Of a wide matrix the first square x has the factors q and r', and the others columns z are only turned: r = [r', q^H z].
    """
    g_q, g_r = (None, g[0]) if mode == "r" else (g[0], g[1])
    q, r = np.linalg.qr(a) if mode == "r" else y
    m, n = a.shape[-2:]
    if m >= n:
        return tall_qr_a(q, r, g_q, g_r)
    if g_r is None:
        return np.concatenate([tall_qr_a(q, r[..., :m], g_q, None), np.zeros_like(a[..., m:])], -1)
    turned = a[..., m:] @ adjoint(g_r[..., m:])
    first = tall_qr_a(q, r[..., :m], turned if g_q is None else g_q + turned, g_r[..., :m])
    return np.concatenate([first, q @ g_r[..., m:]], -1)


def tall_qr_a(q: Any, r: Any, g_q: Any, g_r: Any) -> Any:
    g = g_r if g_q is None else g_q
    inner = 0
    if g_r is not None:
        inner = r @ adjoint(g_r)
    if g_q is not None:
        inner = inner - adjoint(g_q) @ q
    half = inner * triangle_weights(r.shape[-1], False, g.dtype)
    turned = q @ (half + adjoint(half))
    right = turned if g_q is None else g_q + turned
    return adjoint(np.linalg.solve(r + of_values(rank_filler, r), adjoint(right)))  # beyond the rank: nan


# -- eigenvalues ----------------------------------------------------------------------------------------------------------


@with_conjugates
def eigh_a(g: Any, y: Any, UPLO: str) -> Any:
    """V (diag(g_w) + (X - X^H) / (2 (w_j - w_i))) V^H with X = V^H g_v (Giles 2008; Seeger 2017)."""
    (w, v), (g_w, g_v) = y, (g[0], g[1])
    if g_v is None:
        return of_triangle(v * as_columns(g_w) @ adjoint(v), is_upper(UPLO), g)
    x = adjoint(v) @ g_v
    if v.dtype.kind == "c":
        of_values(refuse_phases, "eigh", g_v, x)
    gaps = as_columns(w) - w[..., None] + of_values(gap_filler, w, tracked(g), g_v)
    inner = (x - adjoint(x)) / (2 * gaps)
    if g_w is not None:
        inner = inner + diagonal(g_w, g)
    return of_triangle(v @ inner @ adjoint(v), is_upper(UPLO), g)


@with_conjugates
def eigvalsh_a(g: Any, a: Any, UPLO: str) -> Any:
    """V diag(g) V^H: the vectors are computed here, so that the values alone stay cheap."""
    _, v = np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]
    return of_triangle(v * as_columns(g) @ adjoint(v), is_upper(UPLO), g)


@overridable
def eig_factors(a: Any) -> Any:
    """`np.linalg.eig`, for what is the same for vectors of any phases: its derivative, which may be 0, is not looked at for them.

    >>> eig_factors(np.diag([3.0, 2.0]))[0].real
    array([3., 2.])
    """
    return np.linalg.eig(a)


@with_conjugates
def eig_factors_a(g: Any, y: Any) -> Any:
    """V^-H (diag(g_w) + (X - V^H V Re diag(X)) / conj(w_j - w_i)) V^H with X = V^H g_v, off the diagonal (Boeddeker 2017)."""
    (w, v), (g_w, g_v) = y, (g[0], g[1])
    inner = 0
    if g_v is not None:
        x = adjoint(v) @ g_v
        free = x - adjoint(v) @ v * as_columns(np.diagonal(x, axis1=-2, axis2=-1).real)  # columns keep the length 1
        inner = free / conj(as_columns(w) - w[..., None] + of_values(gap_filler, w, tracked(g), g_v))
        inner = inner * (1 - identity(w.shape[-1], g.dtype))
    if g_w is not None:
        inner = inner + diagonal(g_w, g)
    return left_of_vectors(w, v, inner @ adjoint(v))


def eig_a(g: Any, y: Any) -> Any:
    """As of `eig_factors`; refused where the loss depends on phases."""
    v, g_v = y[1], g[1]
    if g_v is not None and v.dtype.kind == "c":
        of_values(refuse_phases, "eig", conj(g_v), adjoint(v) @ conj(g_v))
    return eig_factors_a(g, y)


def left_of_vectors(w: Any, v: Any, right: Any) -> Any:
    """V^-H times a matrix; nan where there are fewer vectors than values (a defective matrix)."""
    return np.linalg.solve(adjoint(v) + of_values(defective, w, v), right)


@with_conjugates
def eigvals_a(g: Any, a: Any) -> Any:
    """V^-H diag(g) V^H."""
    w, v = eig_factors(a)
    return left_of_vectors(w, v, diagonal(g, g) @ adjoint(v))


# -- singular values ------------------------------------------------------------------------------------------------------


@overridable
def svd_factors(a: Any, full_matrices: bool) -> Any:
    """`np.linalg.svd` with its three results.

    >>> svd_factors(np.diag([3.0, 2.0]), True)[1]
    array([3., 2.])
    """
    return np.linalg.svd(a, full_matrices)


def not_zero(s: Any) -> Any:
    """1, and 0 for a singular value that is 0: it has a kink there, as the absolute value has. The slope of that 0 is nan."""
    zero = of_values(is_rounding, s)
    return ratio(s, np.where(zero, 0, s)) if np.any(zero) else 1


@with_conjugates
def svd_factors_a(g: Any, y: Any) -> Any:
    """With X = U^H g_u, Z = V^H g_v and E_ij = s_j^2 - s_i^2 (Townsend 2016, equations 30 to 35; Wan and Zhang 2019 for i):

    U ((X - X^H) S / E + S (Z - Z^H) / E + i Im diag(X) / S + diag(g_s)) V^H + (g_u - U X) S^-1 V^H + U S^-1 (g_v - V Z)^H. The
    last two are what moves the vectors out of the space that they span. Where full_matrices gives a basis C of the complement,
    it turns against them: the first is (g_u - U X - C (U^H g_c)^H) S^-1 V^H.
    """
    (u, s, vh), (g_u, g_s, g_vh) = y, (g[0], g[1], g[2])
    k = s.shape[-1]
    left, right = u[..., :k], adjoint(vh[..., :k, :])
    if g_u is None and g_vh is None:
        return left * as_columns(g_s * not_zero(s)) @ adjoint(right)
    g_left, g_right = (None if g_u is None else g_u[..., :k]), (None if g_vh is None else adjoint(g_vh)[..., :k])
    gaps = (as_columns(s) - s[..., None]) * (as_columns(s) + s[..., None]) + of_values(gap_filler, s, tracked(g), g_left, g_right)
    inner = 0
    if g_s is not None:
        inner = diagonal(g_s * not_zero(s), g)
    x = None if g_left is None else adjoint(left) @ g_left
    z = None if g_right is None else adjoint(right) @ g_right
    if u.dtype.kind == "c":
        of_values(refuse_phases, "svd", u, *(product for product in (x, z) if product is not None))
    if x is not None:
        turned = x - adjoint(x)
        inner = inner + turned * (1 - identity(k, g.dtype)) / gaps * as_columns(s)
        if u.dtype.kind == "c":
            phases = np.imag(np.diagonal(x, axis1=-2, axis2=-1)) * 1j
            inner = inner + diagonal(ratio(phases, s), g)
    if z is not None:
        inner = inner + s[..., None] * ((z - adjoint(z)) * (1 - identity(k, g.dtype)) / gaps)
    found = left @ inner @ adjoint(right)
    if g_u is not None and left.shape[-2] > k:
        found = found + outwards(u, g_u, s, tracked(g)) @ adjoint(right)
    if g_vh is not None and right.shape[-2] > k:
        found = found + left @ adjoint(outwards(adjoint(vh), adjoint(g_vh), s, tracked(g)))
    return found


def outwards(u: Any, g: Any, s: Any, recorded: bool) -> Any:
    """(g - U U^H g - C (U^H g_c)^H) S^-1: the part of the gradient that leads out of the space of the vectors."""
    k = s.shape[-1]
    vectors, basis = u[..., :k], u[..., k:]
    of_vectors, of_basis = g[..., :k], g[..., k:]
    free = of_vectors - vectors @ (adjoint(vectors) @ of_vectors)
    if basis.shape[-1] and k:  # an empty matrix cannot change
        of_values(refuse_free_basis, basis, of_basis)
        free = free - basis @ (adjoint(of_basis) @ vectors)
    return free / as_columns(s + of_values(zero_filler, s, recorded, of_vectors))


def svdvals_x(g: Any, x: Any) -> Any:
    """U diag(g) V^H; 0 for singular values that are 0, the middle of the slopes there."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return u * as_columns(g * not_zero(s)) @ vh


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Of hermitian matrices by their eigenvalues, as NumPy does it; without vectors the values alone."""
    if not hermitian:
        return svd_factors(a, full_matrices) if compute_uv else np.linalg.svdvals(a)
    if not compute_uv:
        return np.sort(np.abs(np.linalg.eigvalsh(a)))[..., ::-1]
    w, u = np.linalg.eigh(a)
    order = np.argsort(np.abs(w))[..., ::-1]
    sign = np.take_along_axis(np.sign(w), order, axis=-1)
    s, u = np.take_along_axis(np.abs(w), order, axis=-1), np.take_along_axis(u, order[..., None, :], axis=-1)
    named = type(np.linalg.svd(np.eye(1)))  # NumPy's tuple
    return named(u, s, adjoint(u * sign[..., None, :]))


def roots(p: Any) -> Any:
    """The roots of a polynomial, highest power first: the eigenvalues of its companion matrix, and 0 for last coefficients 0."""
    if np.ndim(p) > 1:
        raise ValueError(f"roots of shape {np.shape(p)}: the coefficients of one polynomial stand along one axis.")
    places = np.flatnonzero(p)
    if not places.size:
        return 0 * np.ones(0)
    last = np.size(p) - 1 - int(places[-1])
    inner = np.ravel(p)[int(places[0]) : int(places[-1]) + 1]
    if inner.size < 2:
        return 0 * np.ones(last)
    first = -inner[1:] / inner[0]
    below = np.eye(inner.size - 2, inner.size - 1, dtype=np.result_type(first))
    found = np.linalg.eigvals(np.concatenate([first[None, :], below]))
    if found.dtype.kind == "c" and not np.iscomplexobj(first) and not np.any(found.imag):
        found = found.real  # NumPy 2.5 makes all eigenvalues complex, but real roots real again
    return np.concatenate([found, np.zeros_like(found, shape=last)])


# fmt: off
RULES: dict[Any, Any] = {
    # one triangle is read
    np.linalg.cholesky: Row("a, /, *, upper=False",          a=cholesky_a),
    np.linalg.eigh:     Row("a, UPLO='L'", several=True,     a=eigh_a),
    np.linalg.eigvalsh: Row("a, UPLO='L'",                   a=eigvalsh_a),

    np.linalg.qr:       Row("a, mode='reduced'", qr, several=True, a=qr_a),
    np.linalg.eig:      Row("a", several=True,               a=eig_a),
    np.linalg.eigvals:  Row("a",                             a=eigvals_a),
    eig_factors:        Row("a", several=True,               a=eig_factors_a),
    svd_factors:        Row("a, full_matrices", several=True, a=svd_factors_a),
    np.linalg.svdvals:  Row("x, /",                          x=with_conjugates(svdvals_x)),
}
COMPOSITIONS: dict[Any, Any] = {np.linalg.svd: svd, np.roots: roots}
# fmt: on

__all__ = [
    "COMPOSITIONS", "RULES", "adjoint", "as_columns", "eig_a", "eig_factors", "eigh_a", "not_zero", "of_triangle", "outer",
    "qr_a", "svd_factors", "svd_factors_a", "svdvals_x", "tracked", "with_conjugates",
]  # fmt: skip

"""Linear systems: their solutions, inverses and determinants, and what is made of them.

Sources: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode AD" (2008); G. Golub and
V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate" (1973).
Where a matrix has no inverse, `solve`, `inv` and `slogdet` raise NumPy's LinAlgError, at the latest in the backward pass; `det`
is a polynomial, and has derivatives of every order there; `pinv` and `lstsq` have one along matrices of the same rank.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from ..functions import cast, conj, of_values
from .decompositions import adjoint, as_columns, of_triangle, outer, svdvals_x, with_conjugates
from .degenerate import identity, lost_directions, refuse_cut, refuse_cut_inverse
from .norms import matrix_norm_x
from .row import Row

# -- one solution ---------------------------------------------------------------------------------------------------------


def solve_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """a^-T g: a solution again, so that a badly conditioned matrix costs no more digits than its solution did (Giles 2008)."""
    if len(b_shape) == 1 and g.ndim > 1:  # one vector for many matrices
        return np.linalg.solve(a.mT, g[..., None])[..., 0]
    return np.linalg.solve(a.mT, g)


def solve_a(g: Any, y: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """-(a^-T g) y^T."""
    of_b = solve_b(g, a, b_shape)
    return -outer(of_b, y) if len(b_shape) == 1 else -(of_b @ y.mT)


def det_a(g: Any, y: Any, a: Any) -> Any:
    """g times the cofactors, which are numbers also where the matrix has no inverse."""
    return g[..., None, None] * cofactors(a, y)


def cofactors(a: Any, det: Any) -> Any:
    """det(a) a^-T, written without what is nearly singular in a.

    With a = b - u v, where u v lifts the small singular values (as constants) and b has an inverse, m = 1 - v b^-1 u gives

        det(a) = det(b) det(m),    adj(a) = det(b) (det(m) b^-1 + b^-1 u adj(m) v b^-1)

    (the matrix determinant lemma, and Sherman and Morrison's formula times the determinant); det(m) and adj(m) of the small
    matrix are polynomials. So the derivatives of every order are right at every rank.
    """
    lost = of_values(lost_directions, a)
    if lost is None:
        return det[..., None, None] * np.linalg.inv(a).mT
    u, v = lost
    b = a + u @ v
    inverse = np.linalg.inv(b)
    of_m, adjugate = det_and_adjugate(np.eye(v.shape[-2]) - v @ inverse @ u)
    return (np.linalg.det(b)[..., None, None] * (of_m * inverse + inverse @ u @ adjugate @ v @ inverse)).mT


def det_and_adjugate(m: Any) -> tuple[Any, Any]:
    """Both by the algorithm of Faddeev and LeVerrier: k products of matrices, and no division but by whole numbers."""
    k = m.shape[-1]
    unit = np.eye(k)
    sign, coefficient, found = 1, 1.0, unit
    for i in range(1, k + 1):
        if i > 1:
            found = m @ found + coefficient * unit
        coefficient = -np.trace(m @ found, axis1=-2, axis2=-1)[..., None, None] / i
        sign = -sign
    return sign * coefficient, -sign * found


def slogdet_a(g: Any, y: Any, a: Any) -> Any:
    """g a^-T for the logarithm; the sign of real matrices is a step function, that of complex ones turns."""
    slope = g[1]
    if g[0] is not None and a.dtype.kind == "c":
        turn = np.imag(g[0] * y[0]) * 1j
        slope = turn if slope is None else slope + turn
    if slope is None:
        return np.zeros_like(a)
    return slope[..., None, None] * np.linalg.inv(a).mT


# -- pseudo-inverses and least squares ------------------------------------------------------------------------------------


@with_conjugates
def pinv_a(g: Any, y: Any, a: Any, hermitian: bool) -> Any:
    """-y^H g y^H + (1 - a y) g^H y y^H + y^H y g^H (1 - y a) (Golub and Pereyra 1973)."""
    if hermitian:  # NumPy reads the lower triangle, and of its diagonal the real part
        below = np.tril(a, -1)
        a = below + adjoint(below) + np.real(np.tril(np.triu(a)))
    of_values(refuse_cut_inverse, a, y)
    g_h, y_h = adjoint(g), adjoint(y)
    residual = (g_h - a @ (y @ g_h)) @ y @ y_h
    within = y_h @ y @ (g_h - g_h @ y @ a)
    found = within + residual - y_h @ g @ y_h
    return of_triangle(found, False, g) if hermitian else found


@with_conjugates
def lstsq_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    """For the solution x = a^+ b of smallest norm, the sums of squares of r = b - a x, and the singular values of a."""
    of_values(refuse_cut, "lstsq", y[3], y[2])
    x, r, g_x = y[0], b - a @ y[0], g[0]
    found = np.zeros_like(a) if g[3] is None else svdvals_x(g[3], a)
    if g_x is not None:
        inverse = np.linalg.pinv(in_precision_of(g_x, a))
        back = adjoint(inverse) @ g_x
        free = g_x - adjoint(a) @ back
        found = found + product(r, inverse @ back) + product(adjoint(inverse) @ x, free) - product(back, x)
    if g[1] is not None:
        found = found - 2 * product(r * of_columns(g[1], r), x)
    return found


@with_conjugates
def lstsq_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    """a^+H g, and 2 r g for the squared residuals."""
    of_values(refuse_cut, "lstsq", y[3], y[2])
    found = np.zeros_like(b)
    if g[0] is not None:
        found = adjoint(np.linalg.pinv(in_precision_of(g[0], a))) @ g[0]
    if g[1] is not None:
        r = b - a @ y[0]
        found = found + 2 * r * of_columns(g[1], r)
    return found


def in_precision_of(g: Any, a: Any) -> Any:
    """The matrix in the precision of the solution."""
    return cast(a, g.dtype)


def of_columns(sums: Any, r: Any) -> Any:
    """The gradient of the sums over the columns of r, for each of their elements."""
    return sums[..., None, :] if r.ndim > 1 else sums


def product(a: Any, b: Any) -> Any:
    """a b^H, also of vectors."""
    return outer(a, conj(b)) if a.ndim == 1 else a @ adjoint(b)


def cond_x(g: Any, x: Any, p: Any) -> Any:
    """Of the largest over the least singular value, or the other way round for -2; else of the product of two norms."""
    g = np.real(g)  # NumPy 2.0 gives a real number as a complex one
    if p in (None, 2, -2):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        ends = identity(s.shape[-1], g.dtype)
        above, below = (-1, 0) if p == -2 else (0, -1)
        share = (g / s[..., below])[..., None]
        slopes = share * ends[above] - share * (s[..., above] / s[..., below])[..., None] * ends[below]
        return conj(u * as_columns(slopes) @ vh)
    inverse, axes = np.linalg.inv(x), (-2, -1)
    size, other = np.linalg.norm(x, p, axis=axes), np.linalg.norm(inverse, p, axis=axes)
    of_inverse = matrix_norm_x(g * size, other, inverse, axes, False, p)
    return matrix_norm_x(g * other, size, x, axes, False, p) - inverse.mT @ of_inverse @ inverse.mT


# -- compositions, as NumPy computes them ---------------------------------------------------------------------------------


def matrix_power(a: Any, n: int) -> Any:
    """By squaring, in NumPy's order."""
    n = operator.index(n)
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise LinAlgError(f"matrix_power of shape {np.shape(a)}: the last two axes must be equal.")
    if n == 0:
        return np.zeros_like(a) + np.eye(np.shape(a)[-1])
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return a @ a @ a
    square, found = None, None
    while n > 0:
        square = a if square is None else square @ square
        n, bit = divmod(n, 2)
        if bit:
            found = square if found is None else found @ square
    return np.copy(found) if found is a else found


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """x with tensordot(a, x, x.ndim) = b, as a system of matrices."""
    if axes is not None:
        order = [k for k in range(np.ndim(a)) if k not in axes]
        a = np.transpose(a, [*order, *axes])
    unknown = np.shape(a)[np.ndim(b) :]
    if np.size(a) != np.size(b) ** 2:
        raise LinAlgError(
            f"tensorsolve of shapes {np.shape(a)} and {np.shape(b)}: there are as many unknowns as equations only if the "
            f"axes of a beyond those of b have the product {np.size(b)}."
        )
    return np.linalg.solve(np.reshape(a, (np.size(b), np.size(b))), np.ravel(b)).reshape(unknown)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of tensordot(a, x, ind), as a matrix."""
    if ind <= 0:
        raise ValueError(f"tensorinv: ind={ind}, but it is the number of first axes that are those of b: 1 or more.")
    shape = np.shape(a)
    rows = int(np.prod(shape[ind:]))
    return np.linalg.inv(np.reshape(a, (rows, -1))).reshape((*shape[ind:], *shape[:ind]))


# fmt: off
RULES: dict[Any, Any] = {
    np.linalg.solve:   Row("a, b",                      a=solve_a,  b=solve_b),
    np.linalg.inv:     Row("a",                         a=lambda g, y: -(y.mT @ g @ y.mT)),
    np.linalg.det:     Row("a",                         a=det_a),
    np.linalg.slogdet: Row("a", several=True,           a=slogdet_a),
    np.linalg.pinv:    Row("a, rcond=None, hermitian=False, *, rtol=_", a=pinv_a),
    np.linalg.cond:    Row("x, p=None",                 x=cond_x),
    np.linalg.lstsq:   Row("a, b, rcond=None", several=True, a=lstsq_a, b=lstsq_b),
}
COMPOSITIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.linalg.matrix_power: matrix_power,
    np.linalg.tensorsolve:  tensorsolve,
    np.linalg.tensorinv:    tensorinv,
}
# fmt: on

__all__ = ["COMPOSITIONS", "RULES", "lstsq_a", "lstsq_b"]

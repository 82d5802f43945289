"""Decompositions of scipy.linalg: SciPy's factors, with the rules of NumPy's where they are the same, and values alone.

Vectors keep the signs that SciPy has given them: the rules read SciPy's factors. Where two values agree, vectors have no
derivative, and it is nan. Sources beyond those of `rules/decompositions.py`: S. de Leeuw, "Derivatives of generalized eigen
systems" (2007); F. de Hoog, R. Anderssen and M. Lukas, "Differentiation of matrix functionals using triangular factorization"
(Mathematics of Computation 80, 2011), for L and U.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import conj, of_values
from ..rules.decompositions import adjoint, as_columns, eig_a, eigh_a, of_triangle, qr_a, svd_factors_a, tracked, with_conjugates
from ..rules.degenerate import gap_filler, identity, refuse_phases
from ..safety.operands import holds_tensors, of_list, values_of
from .matrix_functions import sqrtm
from .needed import needed
from .options import by_scipys_formula, with_options
from .systems import solve_triangular

linalg = needed("scipy.linalg")


# -- Cholesky's -----------------------------------------------------------------------------------------------------------

cholesky = by_scipys_formula(linalg.cholesky, lambda a, lower: np.linalg.cholesky(a, upper=not lower), ("a",))


def cholesky_pair(a: Any, lower: bool = False, check_finite: bool = True) -> tuple[Any, bool]:
    """The pair that `cho_solve` takes; beside SciPy's, the other triangle of the factor is 0."""
    return cholesky(a, lower, check_finite=check_finite), lower


def solve_by_cholesky(c_and_lower: tuple[Any, bool], b: Any, check_finite: bool = True) -> Any:
    """The solution x of a x = b for the pair that `cho_factor(a)` returned."""
    c, lower = c_and_lower[0], bool(np.all(c_and_lower[1]))  # of a stack SciPy says it for each
    half = solve_triangular(c, b, 0 if lower else 2, lower, check_finite=check_finite)
    return solve_triangular(c, half, 2 if lower else 0, lower, check_finite=check_finite)


cho_factor = with_options(linalg.cho_factor, cholesky_pair, ("a", "lower", "check_finite"))
cho_solve = with_options(linalg.cho_solve, solve_by_cholesky, ("c_and_lower", "b", "check_finite"))


# -- L and U --------------------------------------------------------------------------------------------------------------


def padded(x: Any, n: int) -> Any:
    """A matrix with n rows and columns: what is added is 0."""
    rows, columns = np.shape(x)[-2:]
    return np.pad(x, [(0, 0)] * (np.ndim(x) - 2) + [(0, n - rows), (0, n - columns)])


def of_product(l: Any, u: Any, g_l: Any, g_u: Any) -> Any:
    """The gradient by the product l u: l^-H (tril(l^H g_l, -1) + triu(g_u u^H)) u^-H.

    Of matrices that are not square, l and u are parts of larger ones, whose other parts are those of the identity.
    """
    (m, k), n = l.shape[-2:], u.shape[-1]
    size = max(m, n)
    rest = np.diag((np.arange(size) >= k) * 1.0)
    whole_l, whole_u = padded(l, size) + rest, padded(u, size) + rest
    inner = 0
    if g_l is not None:
        inner = np.tril(adjoint(whole_l) @ padded(g_l, size), -1)
    if g_u is not None:
        inner = inner + np.triu(padded(g_u, size) @ adjoint(whole_u))
    left = np.linalg.solve(adjoint(whole_l), inner)
    return adjoint(np.linalg.solve(whole_u, adjoint(left)))[..., :m, :n]


@with_conjugates
def lu_a(g: Any, y: Any) -> Any:
    p, l, u = y
    return np.take_along_axis(of_product(l, u, g[1], g[2]), p[..., None], -2)


def triangles(a: Any, check_finite: bool) -> Any:
    return linalg.lu(a, check_finite=check_finite, p_indices=True)


triangles.__name__ = "lu"
lu_of: Any = primitive(triangles, several=True, trusted=True, a=lu_a)


def lu_of_tensors(a: Any, permute_l: bool = False, check_finite: bool = True, p_indices: bool = False) -> Any:
    p, l, u = lu_of(a, check_finite)
    if permute_l:
        return np.take_along_axis(l, p[..., None], -2), u
    return (p if p_indices else np.eye(p.shape[-1], dtype=l.dtype)[p]), l, u


lu = with_options(linalg.lu, lu_of_tensors, ("a", "permute_l", "check_finite", "p_indices"))


def exchanged(piv: Any, rows: int) -> Any:
    """The order of the rows after the exchanges that `lu_factor` lists.

    >>> exchanged(np.array([2, 1, 2]), 3).tolist()
    [2, 1, 0]
    """
    order = np.arange(rows)
    for i, k in enumerate(piv):
        order[[i, k]] = order[[k, i]]
    return order


@with_conjugates
def packed_a(g: Any, y: Any) -> Any:
    packed, piv = y
    m, n = packed.shape
    k = min(m, n)
    l, u = np.tril(packed[:, :k], -1) + np.eye(m, k), np.triu(packed[:k])
    return of_product(l, u, np.tril(g[0][:, :k], -1), np.triu(g[0][:k]))[np.argsort(exchanged(piv, m))]


def packed_triangles(a: Any, check_finite: bool = True) -> Any:
    if np.ndim(a) != 2:
        raise ValueError(f"lu_factor of shape {np.shape(a)}: of several matrices write lu(a).")
    return linalg.lu_factor(a, check_finite=check_finite)


packed_triangles.__name__ = "lu_factor"
lu_factor = with_options(
    linalg.lu_factor, primitive(packed_triangles, several=True, trusted=True, a=packed_a), ("a", "check_finite")
)  # fmt: skip


def solve_by_lu(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0, check_finite: bool = True) -> Any:
    """The solution of a x = b, or with `trans` of a^T x = b or a^H x = b, for the pair that `lu_factor(a)` returned."""
    packed, piv = lu_and_piv
    if isinstance(b, (list, tuple)):
        b = of_list(b) if holds_tensors(b) else np.asarray(b)
    if np.ndim(packed) != 2 or np.ndim(b) > 2:
        shapes = f"{np.shape(packed)} and {np.shape(b)}"
        raise ValueError(f"lu_solve of shapes {shapes}: of several matrices write solve(a, b).")
    order = exchanged(values_of(piv), np.shape(packed)[0])
    for lower in (True, False) if not trans else (False, True):
        b = b[order] if lower and not trans else b
        b = solve_triangular(packed, b, trans, lower, unit_diagonal=lower, check_finite=check_finite)
    return b[np.argsort(order)] if trans else b


lu_solve = with_options(linalg.lu_solve, solve_by_lu, ("lu_and_piv", "b", "trans", "check_finite"))


# -- Q and R --------------------------------------------------------------------------------------------------------------


def q_and_r(a: Any, pivoting: bool, check_finite: bool) -> Any:
    return tuple(linalg.qr(a, mode="economic", pivoting=pivoting, check_finite=check_finite))  # a list of stacks, as below


def q_and_r_a(g: Any, y: Any, a: Any, pivoting: bool) -> Any:
    if not pivoting:
        return qr_a(g, y, a, "reduced")
    moved, back = y[2][..., None, :], np.argsort(y[2])[..., None, :]
    return np.take_along_axis(qr_a(g, (y[0], y[1]), np.take_along_axis(a, moved, -1), "reduced"), back, -1)


q_and_r.__name__ = "qr"
qr_of: Any = primitive(q_and_r, several=True, trusted=True, a=q_and_r_a)


def qr_of_tensors(a: Any, mode: str = "full", pivoting: bool = False, check_finite: bool = True) -> Any:
    m, n = np.shape(a)[-2:]
    if mode not in ("full", "r", "economic") or (mode == "full" and m > n):
        instead = {
            "full": "the columns beyond the matrix's own are arbitrary. Write mode='economic' or mode='r'",
            "raw": "it returns LAPACK's own form. Write mode='economic'",
        }.get(mode, "write 'full', 'economic' or 'r'")
        raise ValueError(f"qr: mode={mode!r} of a Tensor of shape {np.shape(a)}: {instead}.")
    q, r, *order = qr_of(a, pivoting, check_finite)
    if mode == "r":
        return np.pad(r, [(0, 0)] * (np.ndim(r) - 2) + [(0, max(m - n, 0)), (0, 0)]), *order
    return q, r, *order


qr = with_options(linalg.qr, qr_of_tensors, ("a", "mode", "pivoting", "check_finite"))


# -- eigenvalues ----------------------------------------------------------------------------------------------------------


def one_matrix(a: Any, lower: bool, check_finite: bool, driver: Any) -> Any:
    return tuple(linalg.eigh(a, lower=lower, check_finite=check_finite, driver=driver))


def two_matrices(a: Any, b: Any, lower: bool, check_finite: bool, driver: Any) -> Any:
    return tuple(linalg.eigh(a, b, lower=lower, check_finite=check_finite, driver=driver))


def turned(g: Any, y: Any) -> tuple[Any, Any]:
    """The gradient by v^H a v, and X = v^H g_v: a v = w b v with v^H b v = 1, so that dv = v ((dP - dQ w) / gaps - dQ / 2)."""
    (w, v), (g_w, g_v) = y, (g[0], g[1])
    inner, x = 0, None
    if g_w is not None:
        inner = as_columns(g_w) * identity(w.shape[-1], g.dtype)
    if g_v is not None:
        x = adjoint(v) @ g_v
        if v.dtype.kind == "c":
            of_values(refuse_phases, "eigh", g_v, x)
        gaps = as_columns(w) - w[..., None] + of_values(gap_filler, w, tracked(g), g_v)
        inner = inner + x / gaps * (1 - identity(w.shape[-1], g.dtype))
    return inner, x


@with_conjugates
def first_matrix(g: Any, y: Any, lower: bool) -> Any:
    v = y[1]
    inner, _ = turned(g, y)
    return of_triangle(v @ inner @ adjoint(v), not lower, g)


@with_conjugates
def second_matrix(g: Any, y: Any, lower: bool) -> Any:
    w, v = y
    inner, x = turned(g, y)
    found = inner * as_columns(w)
    if x is not None:
        found = found + as_columns(np.real(np.diagonal(x, axis1=-2, axis2=-1))) * identity(w.shape[-1], g.dtype) / 2
    return -of_triangle(v @ found @ adjoint(v), not lower, g)


one_matrix.__name__ = two_matrices.__name__ = "eigh"
eigh_of: Any = primitive(one_matrix, several=True, trusted=True, a=lambda g, y, lower: eigh_a(g, y, "L" if lower else "U"))
eigh_of_two: Any = primitive(two_matrices, several=True, trusted=True, a=first_matrix, b=second_matrix)


def eigh_of_tensors(
    a: Any, b: Any = None, lower: bool = True, eigvals_only: bool = False, check_finite: bool = True,
    subset_by_index: Any = None, subset_by_value: Any = None, driver: Any = None,
) -> Any:  # fmt: skip
    """Of a subset, all are computed."""
    driver = None if driver in ("evx", "gvx") else driver  # which are for subsets alone
    if eigvals_only and subset_by_index is None and subset_by_value is None:
        return eigvalsh(a, b, lower=lower, check_finite=check_finite)
    w, v = eigh_of(a, lower, check_finite, driver) if b is None else eigh_of_two(a, b, lower, check_finite, driver)
    if subset_by_index is not None:
        first, last = subset_by_index
        w, v = w[..., first : last + 1], v[..., first : last + 1]
    elif subset_by_value is not None:
        if np.ndim(w) > 1:
            raise ValueError(f"eigh of shape {np.shape(a)}: subset_by_value= may take other numbers of each. Give one matrix.")
        low, high = subset_by_value
        chosen = (values_of(w) > low) & (values_of(w) <= high)
        w, v = w[chosen], v[:, chosen]
    return w if eigvals_only else (w, v)


def eigvalsh_formula(a: Any, b: Any, lower: bool) -> Any:
    return np.linalg.eigvalsh(a, "L" if lower else "U") if b is None else eigh_of_two(a, b, lower, True, None)[0]


eigh = with_options(
    linalg.eigh, eigh_of_tensors,
    ("a", "b", "lower", "eigvals_only", "check_finite", "subset_by_index", "subset_by_value", "driver"),
)  # fmt: skip
eigvalsh = by_scipys_formula(linalg.eigvalsh, eigvalsh_formula, ("a", "b"))


def two_diagonals(d: Any, e: Any, check_finite: bool, lapack_driver: Any) -> Any:
    return tuple(linalg.eigh_tridiagonal(d, e, check_finite=check_finite, lapack_driver=lapack_driver))


two_diagonals.__name__ = "eigh_tridiagonal"
of_two_diagonals: Any = primitive(
    two_diagonals, several=True, trusted=True,
    d=lambda g, y: np.diagonal(eigh_a(g, y, "L"), 0, -2, -1), e=lambda g, y: np.diagonal(eigh_a(g, y, "L"), -1, -2, -1),
)  # fmt: skip


def lower_triangle(d: Any, e: Any) -> Any:
    """The matrix with the diagonal d and e below it."""
    n = np.shape(d)[-1]
    below = np.pad(e, [(0, 0)] * (np.ndim(e) - 1) + [(0, 1)])
    return as_columns(d) * np.eye(n) + as_columns(below) * np.eye(n, k=-1)


eigvalsh_tridiagonal = by_scipys_formula(
    linalg.eigvalsh_tridiagonal, lambda d, e: np.linalg.eigvalsh(lower_triangle(d, e)), ("d", "e")
)  # fmt: skip


def eigh_of_diagonals(d: Any, e: Any, eigvals_only: bool = False, check_finite: bool = True, lapack_driver: Any = "auto") -> Any:
    if eigvals_only:
        return eigvalsh_tridiagonal(d, e, check_finite=check_finite, lapack_driver=lapack_driver)
    return of_two_diagonals(d, e, check_finite, lapack_driver)


eigh_tridiagonal = with_options(
    linalg.eigh_tridiagonal, eigh_of_diagonals, ("d", "e", "eigvals_only", "check_finite", "lapack_driver")
)  # fmt: skip


def general(a: Any, check_finite: bool) -> Any:
    return tuple(linalg.eig(a, check_finite=check_finite))


general.__name__ = "eig"
eig_of: Any = primitive(general, several=True, trusted=True, a=lambda g, y: eig_a(g, y))
eigvals = by_scipys_formula(linalg.eigvals, lambda a: np.linalg.eigvals(a), ("a",))


def eig_of_tensors(a: Any, right: bool = True, check_finite: bool = True) -> Any:
    return eig_of(a, check_finite) if right else eigvals(a, check_finite=check_finite)


eig = with_options(linalg.eig, eig_of_tensors, ("a", "right", "check_finite"))


# -- singular values ------------------------------------------------------------------------------------------------------


def three_factors(a: Any, full_matrices: bool, check_finite: bool, lapack_driver: Any) -> Any:
    return tuple(linalg.svd(a, full_matrices, check_finite=check_finite, lapack_driver=lapack_driver))


three_factors.__name__ = "svd"
svd_of: Any = primitive(three_factors, several=True, trusted=True, a=lambda g, y: svd_factors_a(g, y))
svdvals = by_scipys_formula(linalg.svdvals, lambda a: np.linalg.svdvals(a), ("a",))


def svd_of_tensors(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, check_finite: bool = True, lapack_driver: Any = "gesdd"
) -> Any:
    return svd_of(a, full_matrices, check_finite, lapack_driver) if compute_uv else svdvals(a, check_finite=check_finite)


svd = with_options(linalg.svd, svd_of_tensors, ("a", "full_matrices", "compute_uv", "check_finite", "lapack_driver"))


# -- rotations ------------------------------------------------------------------------------------------------------------


def refuse_lost_rank(a: Any) -> None:
    s = np.linalg.svd(a, compute_uv=False)
    if np.any(s[..., -1] <= 1e3 * np.finfo(s.dtype).eps * s[..., 0]):
        raise np.linalg.LinAlgError(
            f"polar of shape {a.shape}: the matrix has a singular value of 0, so that its nearest rotation is one of many, and "
            f"has no derivative."
        )


def rotation(a: Any) -> Any:
    """The nearest matrix with orthonormal columns, or rows, a (a^H a)^-1/2: right also where singular values are equal."""
    of_values(refuse_lost_rank, a)
    tall = a.shape[-2] >= a.shape[-1]
    square = sqrtm(adjoint(a) @ a if tall else a @ adjoint(a))
    return adjoint(np.linalg.solve(adjoint(square), adjoint(a))) if tall else np.linalg.solve(square, a)


def polar_formula(a: Any, side: str) -> Any:
    u = rotation(a)
    return u, adjoint(u) @ a if side == "right" else a @ adjoint(u)


def procrustes_formula(A: Any, B: Any) -> Any:
    product = adjoint(A) @ B
    u = rotation(product)
    return u, np.real(np.sum(conj(u) * product, (-2, -1)))


polar = by_scipys_formula(linalg.polar, polar_formula, ("a",), several=True)
orthogonal_procrustes = by_scipys_formula(linalg.orthogonal_procrustes, procrustes_formula, ("A", "B"), several=True)

__all__ = [
    "cho_factor", "cho_solve", "cholesky", "eig", "eigh", "eigh_tridiagonal", "eigvals", "eigvalsh", "eigvalsh_tridiagonal",
    "lu", "lu_factor", "lu_solve", "orthogonal_procrustes", "polar", "qr", "svd", "svdvals",
]  # fmt: skip

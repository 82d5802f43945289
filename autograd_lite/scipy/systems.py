"""Linear systems of scipy.linalg, of matrices of any form: solutions, inverses, least squares, bands, Toeplitz matrices.

Where SciPy reads one triangle of a matrix, the derivative is 0 by the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import conj
from ..rules.linear_systems import lstsq_a, lstsq_b
from .by_formula import by_formula
from .needed import needed
from .options import by_scipys_formula, with_options
from .structured import toeplitz

linalg = needed("scipy.linalg")


# -- systems --------------------------------------------------------------------------------------------------------------


def triangle(a: Any, lower: bool, unit: bool = False) -> Any:
    """One triangle of a matrix; with `unit` 1 on its diagonal."""
    cut = np.tril if lower else np.triu
    return cut(a, -1 if lower else 1) + np.eye(np.shape(a)[-1]) if unit else cut(a)


def whole_matrix(a: Any, lower: bool, symmetric: bool) -> Any:
    """The symmetric, or else Hermitian matrix of which one triangle is read."""
    half = triangle(a, lower)
    diagonal = half * np.eye(np.shape(a)[-1])
    return half + (half.mT if symmetric else conj(half.mT)) - (diagonal if symmetric else np.real(diagonal))


def as_assumed(a: Any, lower: bool, assume_a: Any) -> Any:
    """The matrix as it is read under an assumption of its form."""
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        return whole_matrix(a, lower, assume_a in ("sym", "symmetric"))
    if assume_a in ("upper triangular", "lower triangular"):
        return triangle(a, assume_a == "lower triangular")
    if assume_a == "diagonal":
        return a * np.eye(np.shape(a)[-1])
    return np.triu(np.tril(a, 1), -1) if assume_a == "tridiagonal" else a


def solve_formula(a: Any, b: Any, lower: bool, assume_a: Any, transposed: bool) -> Any:
    a = as_assumed(a, lower, assume_a)
    return np.linalg.solve(a.mT if transposed else a, b)


def solve_triangular_formula(a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    a = triangle(a, lower, unit_diagonal)
    return np.linalg.solve(a if trans in (0, "N") else conj(a.mT) if trans in (2, "C") else a.mT, b)


solve = by_scipys_formula(linalg.solve, solve_formula, ("a", "b"))
solve_triangular = by_scipys_formula(linalg.solve_triangular, solve_triangular_formula, ("a", "b"))
inv = by_scipys_formula(
    linalg.inv, lambda a, assume_a=None, lower=False: np.linalg.inv(as_assumed(a, lower, assume_a)), ("a",)
)  # fmt: skip
pinv = by_scipys_formula(linalg.pinv, lambda a: np.linalg.pinv(a), ("a",))


def least_squares(a: Any, b: Any, cond: Any = None, check_finite: bool = True, lapack_driver: Any = None) -> Any:
    if np.shape(a)[:-2] != np.shape(b)[:-2]:
        raise ValueError(f"lstsq of shapes {np.shape(a)} and {np.shape(b)}: of several matrices, b must be as many.")
    return tuple(linalg.lstsq(a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver))


least_squares.__name__ = "lstsq"
lstsq = with_options(
    linalg.lstsq, primitive(least_squares, several=True, trusted=True, a=lstsq_a, b=lstsq_b),
    ("a", "b", "cond", "check_finite", "lapack_driver"),
)  # fmt: skip


# -- of bands and of diagonals --------------------------------------------------------------------------------------------


def of_bands(shape: tuple[int, int], ab: Any, b: Any, check_finite: bool = True) -> Any:
    if np.ndim(ab) != 2 or np.ndim(b) > 2:
        raise ValueError(f"solve_banded of shapes {np.shape(ab)} and {np.shape(b)}: give one matrix, and vectors or one more.")
    return linalg.solve_banded(shape, ab, b, check_finite=check_finite)


def by_bands(g: Any, y: Any, l_and_u: tuple[int, int], ab: Any) -> Any:
    """-(A^-T g) y^T, of which the row u - k of ab holds the k-th diagonal, column by column."""
    below, above = l_and_u
    n = y.shape[0]
    back = solve_transposed(l_and_u, ab, g).reshape((n, -1))
    padded = np.pad(back, ((above, below), (0, 0)))
    return np.stack([-np.sum(padded[i : i + n] * y.reshape((n, -1)), 1) for i in range(below + above + 1)])


def solve_transposed(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """The x of A^T x = b: what stood below the diagonal stands above it."""
    below, above = l_and_u
    n = ab.shape[1]
    padded = np.pad(ab, ((0, 0), (below, above)))
    rows = [padded[below + above - i, i : i + n] for i in range(below + above + 1)]
    return solve_bands((above, below), np.stack(rows), b)


of_bands.__name__ = "solve_banded"
solve_bands: Any = primitive(
    of_bands, trusted=True,
    ab=lambda g, y, shape, ab: by_bands(g, y, shape, ab), b=lambda g, shape, ab: solve_transposed(shape, ab, g),
)  # fmt: skip


def solve_by_bands(l_and_u: tuple[int, int], ab: Any, b: Any, check_finite: bool = True) -> Any:
    """The x of A x = b for a matrix with l diagonals below and u above the main one, of which row u - k of ab is the k-th.

    Corners of ab that belong to no place of A have derivative 0.
    """
    return solve_bands(l_and_u, ab, b, check_finite)


solve_banded = with_options(linalg.solve_banded, solve_by_bands, ("l_and_u", "ab", "b", "check_finite"))


def solveh_banded_formula(ab: Any, b: Any, lower: bool) -> Any:
    """Of all diagonals: the k-th above the main one is the conjugate of the k-th below it, k columns further right."""
    if ab.ndim != 2 or b.ndim > 2:
        raise ValueError(f"solveh_banded of shapes {ab.shape} and {b.shape}: give one matrix, and vectors or one more.")
    more, n = ab.shape[0] - 1, ab.shape[1]
    if lower:
        above = [np.pad(conj(ab[k, : n - k]), (k, 0)) for k in range(more, 0, -1)]
        rows = [*above, np.real(ab[0]), *(ab[k] for k in range(1, more + 1))]
    else:
        below = [np.pad(conj(ab[more - k, k:]), (0, k)) for k in range(1, more + 1)]
        rows = [*(ab[k] for k in range(more)), np.real(ab[more]), *below]
    return solve_bands((more, more), np.stack(rows), b)


solveh_banded = by_scipys_formula(linalg.solveh_banded, solveh_banded_formula, ("ab", "b"))

of_ends = by_formula(
    "solve_toeplitz", lambda c, r, b, check_finite: linalg.solve_toeplitz((c, r), b, check_finite),
    lambda c, r, b, check_finite: np.linalg.solve(toeplitz(c, r), b), "c, r, b, check_finite=True", ("check_finite",),
)  # fmt: skip


def solve_by_ends(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """The first column, or a pair of it and the first row."""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, np.conjugate(c_or_cr))
    return of_ends(c, r, b, check_finite)


solve_toeplitz = with_options(linalg.solve_toeplitz, solve_by_ends, ("c_or_cr", "b", "check_finite"))

__all__ = ["inv", "lstsq", "pinv", "solve", "solve_banded", "solve_toeplitz", "solve_triangular", "solveh_banded"]

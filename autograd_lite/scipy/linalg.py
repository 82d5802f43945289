"""scipy.linalg with derivatives: systems, matrix equations, decompositions, functions of matrices, matrices of a form, norms.

Each takes SciPy's arguments and options; an option without a derivative is refused by its name. Where SciPy reads one triangle of
a matrix, the derivative is 0 by the other. Other names are SciPy's, and take no Tensors that require grad.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .decompositions import (
    cho_factor,
    cho_solve,
    cholesky,
    eig,
    eigh,
    eigh_tridiagonal,
    eigvals,
    eigvalsh,
    eigvalsh_tridiagonal,
    lu,
    lu_factor,
    lu_solve,
    orthogonal_procrustes,
    polar,
    qr,
    svd,
    svdvals,
)
from .equations import (
    solve_continuous_are,
    solve_continuous_lyapunov,
    solve_discrete_are,
    solve_discrete_lyapunov,
    solve_lyapunov,
    solve_sylvester,
)
from .matrix_functions import coshm, cosm, expm, fractional_matrix_power, logm, sinhm, sinm, sqrtm, tanhm, tanm
from .needed import needed
from .options import by_scipys_formula, handed_through
from .structured import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    hankel,
    khatri_rao,
    kron,
    leslie,
    toeplitz,
)
from .systems import inv, lstsq, pinv, solve, solve_banded, solve_toeplitz, solve_triangular, solveh_banded

linalg = needed("scipy.linalg")

det = by_scipys_formula(linalg.det, lambda a: np.linalg.det(a), ("a",))
norm = by_scipys_formula(
    linalg.norm, lambda a, ord, axis, keepdims: np.linalg.norm(a, ord, axis, keepdims), ("a",)
)  # fmt: skip

INSTEAD = {
    "eig_banded": "eigh of the whole matrix",
    "funm": "expm, logm, sqrtm, cosm or another function of matrices, or ag.symmetric_function",
    "hessenberg": "eigvals or eig for what is computed from it",
    "ldl": "cholesky or lu",
    "null_space": "np.eye(n) - linalg.pinv(a) @ a, which projects onto it: its basis is arbitrary",
    "orth": "a @ linalg.pinv(a), which projects onto it: its basis is arbitrary",
    "rq": "qr of the rows from the last to the first: q, r = linalg.qr(a[::-1].T); r.T[::-1, ::-1], q.T[::-1]",
    "schur": "eigh for a symmetric matrix, else eig",
    "subspace_angles": "np.arccos(linalg.svdvals(qa.T @ qb)) of two factors Q of qr(mode='economic')",
}


def __getattr__(name: str) -> Any:
    return handed_through("linalg", getattr(linalg, name), INSTEAD)


__all__ = [
    "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "companion", "convolution_matrix", "coshm", "cosm", "det",
    "eig", "eigh", "eigh_tridiagonal", "eigvals", "eigvalsh", "eigvalsh_tridiagonal", "expm", "fractional_matrix_power",
    "hankel", "inv", "khatri_rao", "kron", "leslie", "logm", "lstsq", "lu", "lu_factor", "lu_solve", "norm",
    "orthogonal_procrustes", "pinv", "polar", "qr", "sinhm", "sinm", "solve", "solve_banded", "solve_continuous_are",
    "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov", "solve_lyapunov", "solve_sylvester",
    "solve_toeplitz", "solve_triangular", "solveh_banded", "sqrtm", "svd", "svdvals", "tanhm", "tanm", "toeplitz",
]  # fmt: skip

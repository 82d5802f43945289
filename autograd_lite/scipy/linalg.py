"""scipy.linalg with derivatives: systems, factors, functions of matrices, Sylvester's equation, matrices of a form.

Where SciPy reads one triangle of a matrix, the derivative is 0 by the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import conj, of_values
from ..numpy.delegation import taking_lists
from .by_formula import by_formula
from .needed import needed

linalg = needed("scipy.linalg")


# -- systems and factors --------------------------------------------------------------------------------------------------


def triangle(a: Any, lower: bool, unit: bool = False) -> Any:
    """One triangle of a matrix; with `unit` 1 on its diagonal."""
    cut = np.tril if lower else np.triu
    return cut(a, -1 if lower else 1) + np.eye(np.shape(a)[-1]) if unit else cut(a)


def whole_matrix(a: Any, lower: bool, symmetric: bool) -> Any:
    """The symmetric, or else Hermitian matrix of which one triangle is read."""
    half = triangle(a, lower)
    diagonal = half * np.eye(np.shape(a)[-1])
    return half + (half.mT if symmetric else conj(half.mT)) - (diagonal if symmetric else np.real(diagonal))


def solve_value(a: Any, b: Any, lower: bool, assume_a: Any, transposed: bool) -> Any:
    """The x of a x = b, scipy.linalg's `solve(a, b, lower=False, *, assume_a=None, transposed=False)`.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda b: np.sum(solve(2 * np.eye(2), b)))(np.ones(2))
    array([0.5, 0.5])
    """
    options = {} if assume_a is None else {"assume_a": assume_a}
    return linalg.solve(a, b, lower=lower, transposed=transposed, **options)


def solve_formula(a: Any, b: Any, lower: bool, assume_a: Any, transposed: bool) -> Any:
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        a = whole_matrix(a, lower, assume_a in ("sym", "symmetric"))
    return np.linalg.solve(a.mT if transposed else a, b)


solve = by_formula(
    "solve",
    solve_value,
    solve_formula,
    "a, b, lower=False, *, assume_a=None, transposed=False",
    ("lower", "assume_a", "transposed"),
)
inv = by_formula("inv", linalg.inv, lambda a: np.linalg.inv(a), "a")
det = by_formula("det", linalg.det, lambda a: np.linalg.det(a), "a")
cholesky = by_formula(
    "cholesky", linalg.cholesky, lambda a, lower: np.linalg.cholesky(a, upper=not lower), "a, lower=False", ("lower",)
)


def solve_triangular_formula(a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    a = triangle(a, lower, unit_diagonal)
    return np.linalg.solve(a if trans in (0, "N") else conj(a.mT) if trans in (2, "C") else a.mT, b)


solve_triangular = by_formula(
    "solve_triangular", linalg.solve_triangular, solve_triangular_formula,
    "a, b, trans=0, lower=False, unit_diagonal=False", ("trans", "lower", "unit_diagonal"),
)  # fmt: skip


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """The pair that `cho_solve` takes, of the Cholesky factor of `a` and `lower`; beside SciPy's, its other triangle is 0.

    >>> cho_factor(np.diag([4.0, 9.0]))
    (array([[2., 0.],
           [0., 3.]]), False)
    """
    return cholesky(a, lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """The solution x of a x = b for `c_and_lower`, the pair that `cho_factor(a)` returned.

    >>> cho_solve(cho_factor(np.diag([4.0, 8.0])), np.ones(2)).round(6)
    array([0.25 , 0.125])
    """
    c, lower = c_and_lower
    half = solve_triangular(c, b, 0 if lower else 2, lower)
    return solve_triangular(c, half, 2 if lower else 0, lower)


def of_bands(shape: tuple[int, int], ab: Any, b: Any) -> Any:
    return linalg.solve_banded(shape, ab, b)


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


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """The x of A x = b for a matrix of diagonals, l below and u above the main one: `l_and_u` is (l, u).

    Row u - k of ab is the k-th diagonal, those above the main one with their column, as in scipy.linalg.

    Corners of ab that belong to no place of A have derivative 0.

    >>> solve_banded((0, 1), np.array([[0.0, 1.0], [2.0, 2.0]]), np.ones(2))  # [[2, 1], [0, 2]] x = [1, 1]
    array([0.25, 0.5 ])
    """
    return solve_bands(l_and_u, ab, b)


# -- norms and values -----------------------------------------------------------------------------------------------------


norm = by_formula(
    "norm", linalg.norm, lambda a, ord, axis, keepdims: np.linalg.norm(a, ord, axis, keepdims),
    "a, ord=None, axis=None, keepdims=False", ("ord", "axis", "keepdims"),
)  # fmt: skip
pinv = by_formula("pinv", linalg.pinv, np.linalg.pinv, "a")
svdvals = by_formula("svdvals", linalg.svdvals, lambda a: np.linalg.svdvals(a), "a")


def eigvalsh_value(a: Any, lower: bool) -> Any:
    """The eigenvalues of a Hermitian matrix, of which one triangle is read: scipy.linalg's `eigvalsh(a, *, lower=True)`.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda a: eigvalsh(a)[-1])(np.diag([1.0, 3.0]))
    array([[0., 0.],
           [0., 1.]])
    """
    return linalg.eigvalsh(a, lower=lower)


eigvalsh = by_formula(
    "eigvalsh", eigvalsh_value, lambda a, lower: np.linalg.eigvalsh(a, "L" if lower else "U"), "a, *, lower=True", ("lower",)
)


# -- functions of matrices ------------------------------------------------------------------------------------------------


def power_of_two(g: Any) -> Any:
    """The next power of 2 above the size of the gradient: numbers are divided by it without rounding.

    >>> power_of_two(np.array([0.0, -5.0]))
    np.float64(8.0)
    """
    largest = np.max(np.abs(g), initial=0)
    return np.ldexp(np.ones_like(largest), np.frexp(largest if np.isfinite(largest) else 1)[1])


DOCSTRING = """SciPy's `{name}(a)` of a square matrix, with derivatives of every order, at repeated eigenvalues too.

    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy import linalg
    >>> a, v = np.diag([1.0, 2.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> _, tangent = ag.jvp(linalg.{name}, (a,), (v,))
    >>> f = np.diag(linalg.{name}(a))
    >>> bool(np.isclose(tangent[0, 1], f[1] - f[0]))  # divided by 2 - 1
    True
    """


def of_matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices given by a power series, with derivatives of every order, at repeated eigenvalues too.

    f([[A, G], [0, A]]) holds the derivative of f at A in the direction G in its corner (Mathias, SIAM J. Matrix Anal. 17, 1996;
    Al-Mohy and Higham, 2009). At A^T it is the transposed map, and the rule calls the same function of a larger matrix. Its
    corner is linear in G, which is brought to the size 1: a larger one would cost digits, as SciPy goes by the norm of the whole.
    """

    def value(a: Any) -> Any:
        return function(a)

    def rule(g: Any, a: Any) -> Any:
        if g.dtype.kind == "c" != a.dtype.kind:  # eigenvalues on a branch cut stay there, as those of a real matrix do
            return rule(np.real(g), a) + 1j * rule(np.imag(g), a)
        n, size = a.shape[-1], of_values(power_of_two, g)
        upper = np.concatenate([a.mT, g / size], -1)
        return made(np.concatenate([upper, np.concatenate([0 * g, a.mT], -1)], -2))[..., :n, n:] * size

    value.__name__ = function.__name__
    value.__doc__ = DOCSTRING.format(name=function.__name__)
    made = primitive(value, a=rule, trusted=True)
    return made


expm, sqrtm, logm = (of_matrices(f) for f in (linalg.expm, linalg.sqrtm, linalg.logm))


def sylvester(a: Any, b: Any, q: Any) -> Any:
    """The x with a x + x b = q; in one dtype, as SciPy is wrong by per cents where some are real and some complex.

    >>> solve_sylvester(np.eye(1), 3 * np.eye(1), 8 * np.eye(1))
    array([[2.]])
    """
    kind = np.result_type(a, b, q)
    return linalg.solve_sylvester(*(np.asarray(x, kind) for x in (a, b, q)))


sylvester.__name__ = "solve_sylvester"
solve_sylvester: Any = primitive(
    sylvester,
    trusted=True,
    q=lambda g, a, b: solve_sylvester(a.T, b.T, g),
    a=lambda g, y, a, b: -solve_sylvester(a.T, b.T, g) @ y.T,
    b=lambda g, y, a, b: -y.T @ solve_sylvester(a.T, b.T, g),
)


# -- matrices of a form ---------------------------------------------------------------------------------------------------


@taking_lists
def block_diag(*arrays: Any) -> Any:
    """The matrix with these matrices along its diagonal; a vector is a row.

    >>> block_diag(np.ones((1, 2)), 3.0)
    array([[1., 1., 0.],
           [0., 0., 3.]])
    """
    blocks = [x if np.ndim(x) == 2 else np.reshape(x, (1, -1)) for x in arrays]
    widths = [np.shape(x)[1] for x in blocks]
    rows = [np.pad(x, ((0, 0), (sum(widths[:k]), sum(widths[k + 1 :])))) for k, x in enumerate(blocks)]
    return np.concatenate(rows)


@taking_lists
def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix that is constant along its diagonals, with the first column c and the first row r, or the conjugate of c.

    >>> toeplitz(np.array([1.0, 2.0]), np.array([1.0, 5.0, 6.0]))
    array([[1., 5., 6.],
           [2., 1., 5.]])
    """
    c, r = np.ravel(c), np.ravel(np.conjugate(c) if r is None else r)
    every = np.concatenate([c[::-1], r[1:]])
    n, m = np.shape(c)[0], np.shape(r)[0]
    return every[n - 1 - np.arange(n)[:, None] + np.arange(m)]


def __getattr__(name: str) -> Any:
    return getattr(linalg, name)


__all__ = [
    "block_diag", "cho_factor", "cho_solve", "cholesky", "det", "eigvalsh", "expm", "inv", "logm", "norm", "pinv", "solve",
    "solve_banded", "solve_sylvester", "solve_triangular", "sqrtm", "svdvals", "toeplitz",
]  # fmt: skip

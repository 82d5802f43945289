"""Matrices of a form, made of vectors or of smaller matrices: circulant, Toeplitz, Hankel, companion, Leslie, block-diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..numpy.delegation import opened, taking_lists
from .needed import needed
from .options import with_options

linalg = needed("scipy.linalg")
kron = opened(np.kron)  # which scipy.linalg had until 1.14


def refuse_stacks(name: str, axes: int, *arrays: Any) -> None:
    """Raise for stacks, of which SciPy makes stacks of matrices, or one matrix, as it is older or newer."""
    for x in arrays:
        if np.ndim(x) > axes:
            one = "vector" if axes == 1 else "matrix"
            raise ValueError(
                f"linalg.{name} of shape {np.shape(x)}: a Tensor must be one {one} here. Of several write "
                f"np.stack([linalg.{name}(x) for x in t])."
            )


@taking_lists
def block_diag_of(*arrays: Any) -> Any:
    """The matrix with these matrices along its diagonal; a vector is a row.

    >>> block_diag_of(np.ones((1, 2)), 3.0)
    array([[1., 1., 0.],
           [0., 0., 3.]])
    """
    refuse_stacks("block_diag", 2, *arrays)
    blocks = [x if np.ndim(x) == 2 else np.reshape(x, (1, -1)) for x in arrays]
    widths = [np.shape(x)[1] for x in blocks]
    rows = [np.pad(x, ((0, 0), (sum(widths[:k]), sum(widths[k + 1 :])))) for k, x in enumerate(blocks)]
    return np.concatenate(rows)


@taking_lists
def toeplitz_of(c: Any, r: Any = None) -> Any:
    """The matrix that is constant along its diagonals, with the first column c and the first row r, or the conjugate of c.

    >>> toeplitz_of(np.array([1.0, 2.0]), np.array([1.0, 5.0, 6.0]))
    array([[1., 5., 6.],
           [2., 1., 5.]])
    """
    r = np.conjugate(c) if r is None else r
    refuse_stacks("toeplitz", 1, c, r)
    c, r = np.ravel(c), np.ravel(r)
    every = np.concatenate([c[::-1], r[1:]])
    n, m = np.shape(c)[0], np.shape(r)[0]
    return every[n - 1 - np.arange(n)[:, None] + np.arange(m)]


@taking_lists
def hankel_of(c: Any, r: Any = None) -> Any:
    """The matrix that is constant along the other diagonals, with the first column c and the last row r, or zeros.

    >>> hankel_of(np.array([1.0, 2.0]), np.array([2.0, 5.0, 6.0]))
    array([[1., 2., 5.],
           [2., 5., 6.]])
    """
    c = np.ravel(c)
    r = np.zeros_like(c) if r is None else np.ravel(r)
    n, m = np.shape(c)[0], np.shape(r)[0]
    return np.concatenate([c, r[1:]])[np.arange(n)[:, None] + np.arange(m)]


@taking_lists
def circulant_of(c: Any) -> Any:
    """The matrix with the first column c, which each next column has turned down by one.

    >>> circulant_of(np.array([1.0, 2.0, 3.0]))
    array([[1., 3., 2.],
           [2., 1., 3.],
           [3., 2., 1.]])
    """
    n = np.shape(c)[-1]
    return np.asarray(c)[..., places(n)] if isinstance(c, (list, tuple)) else c[..., places(n)]


def places(n: int) -> Any:
    return (np.arange(n)[:, None] - np.arange(n)) % n


@taking_lists
def companion_of(a: Any) -> Any:
    """The matrix with the eigenvalues that are the roots of the polynomial a, highest power first.

    >>> companion_of(np.array([1.0, -3.0, 2.0]))
    array([[ 3., -2.],
           [ 1.,  0.]])
    """
    refuse_stacks("companion", 1, a)
    n = np.shape(a)[0] - 1
    first = -np.divide(a[1:], a[0])
    return np.concatenate([first[None, :], np.eye(n - 1, n)])


@taking_lists
def leslie_of(f: Any, s: Any) -> Any:
    """The matrix of a population by age: f, the offspring of each age, in the first row, and s, who survives, below the diagonal.

    >>> leslie_of(np.array([0.0, 2.0]), np.array([0.5]))
    array([[0. , 2. ],
           [0.5, 0. ]])
    """
    refuse_stacks("leslie", 1, f, s)
    return np.concatenate([np.reshape(f, (1, -1)), np.pad(np.diag(s), ((0, 0), (0, 1)))])


@taking_lists
def convolution_matrix_of(a: Any, n: int, mode: str = "full") -> Any:
    """The matrix A with A @ v == np.convolve(a, v, mode) for vectors v of length n.

    >>> convolution_matrix_of(np.array([1.0, 2.0]), 2)
    array([[1., 0.],
           [2., 1.],
           [0., 2.]])
    """
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"convolution_matrix: mode={mode!r}. Write 'full', 'same' or 'valid'.")
    refuse_stacks("convolution_matrix", 1, a)
    length = np.shape(a)[0]
    whole = toeplitz_of(np.concatenate([a, np.zeros(n - 1)]), np.concatenate([a[:1], np.zeros(n - 1)]))
    more = min(n, length) - 1
    first = {"full": 0, "same": more // 2, "valid": more}[mode]
    rest = {"full": 0, "same": more - more // 2, "valid": more}[mode]
    return whole[first : length + n - 1 - rest]


@taking_lists
def khatri_rao_of(a: Any, b: Any) -> Any:
    """Each column of a times the same column of b, by Kronecker's product.

    >>> khatri_rao_of(np.eye(2), np.array([[1.0, 2.0]]))
    array([[1., 0.],
           [0., 2.]])
    """
    product = np.expand_dims(a, -2) * np.expand_dims(b, -3)
    return product.reshape((*np.shape(product)[:-3], -1, np.shape(product)[-1]))


block_diag = with_options(linalg.block_diag, lambda arrs: block_diag_of(*arrs), ("arrs",))
toeplitz = with_options(linalg.toeplitz, toeplitz_of, ("c", "r"))
hankel = with_options(linalg.hankel, hankel_of, ("c", "r"))
circulant = with_options(linalg.circulant, circulant_of, ("c",))
companion = with_options(linalg.companion, companion_of, ("a",))
leslie = with_options(linalg.leslie, leslie_of, ("f", "s"))
convolution_matrix = with_options(linalg.convolution_matrix, convolution_matrix_of, ("a", "n", "mode"))
khatri_rao = with_options(linalg.khatri_rao, khatri_rao_of, ("a", "b"))

__all__ = [
    "block_diag", "circulant", "companion", "convolution_matrix", "hankel", "khatri_rao", "kron", "leslie", "toeplitz",
]  # fmt: skip

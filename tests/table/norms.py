"""The rows of norms."""

import math

import numpy as np

from autograd_lite import functions
from autograd_lite.rules import norms as norms_chapter

from .decompositions import SQUARE, stacked, tall_or_wide
from .row import Call, Kink, Row, half, inf, lapack


def of_sizes_apart(s, shape):
    """Numbers away from 0 of which no two are of nearly the same size, as norms that choose one need."""
    sizes = s.rng.permutation(math.prod(shape)) / 4 + 0.5 + s.rng.uniform(-0.05, 0.05, math.prod(shape))
    return (sizes * s.rng.choice((-1, 1), sizes.size)).reshape(shape)


def of_sums_apart(s, shape):
    """As above for the sums over any axis."""
    sizes = s.rng.uniform(1, 1.1, shape) * math.prod(1 + s.rng.permuted(index) for index in np.indices(shape, sparse=True))
    return sizes * s.rng.choice((-1, 1), shape)


def norms(s):
    ndim = s.among(1, 2, 3)
    shape = s.shape(1, ndim)
    keepdims = s.some(keepdims=True)
    of_vectors = s.among(None, 1, 2, 3, 0, inf, -inf, 0.5, -1, 2.5)
    of_matrices = s.among(None, "fro", 1, -1, inf, -inf, "nuc", 2, -2)
    x = of_sizes_apart(s, shape)
    if ndim > 1 and s.among(True, False):
        pairs = [(i, j) for i in range(-ndim, ndim) for j in range(-ndim, ndim) if (i - j) % ndim]
        axis = s.among(*pairs, *([None] if ndim == 2 else []))
        if of_matrices in ("nuc", 2, -2):
            axis = s.among((-2, -1), (-1, -2), (0, -1), (0, 1))
            x = np.moveaxis(s.array(stacked(s, 2, 3), SQUARE), (-2, -1), axis)
            return lapack(np.linalg.norm, (np.array(x),), {"ord": of_matrices, "axis": axis, **keepdims})
        return Call(np.linalg.norm, (of_sums_apart(s, shape),), {"ord": of_matrices, "axis": axis, **keepdims})
    if s.among(True, False, False):
        return Call(np.linalg.norm, (x,), keepdims)
    return Call(np.linalg.norm, (x,), {"ord": of_vectors, "axis": s.axis(ndim, int), **keepdims})


def vector_norms(s):
    ndim = s.among(0, 1, 2, 3)
    axis = s.axis(ndim)
    axis = None if axis == () else axis
    x = of_sizes_apart(s, s.shape(1, ndim))
    return Call(np.linalg.vector_norm, (x,), {"axis": axis, **s.some(keepdims=True, ord=s.among(0, 1, 2, 3, inf, -inf, 0.5))})


def matrix_norms(s):
    if s.among(True, False):
        return lapack(np.linalg.matrix_norm, (tall_or_wide(s),), {"ord": s.among("nuc", 2, -2), **s.some(keepdims=True)})
    x = of_sums_apart(s, s.shape(1, s.among(2, 3)))
    return Call(np.linalg.matrix_norm, (x,), s.some(keepdims=True, ord=s.among("fro", 1, -1, inf, -inf)))


def slopes(s):
    ndim = s.among(1, 2, 3)
    axes = functions.normalize_axes(s.axis(ndim), ndim)
    options = {"axes": axes, "p": s.among(3, 2.5, 1.5, 0.5, -1)}
    return Call(norms_chapter.norm_slope, (of_sizes_apart(s, s.shape(2, ndim)),), options)


ROWS = (
    Row(norms_chapter.norm_slope, slopes),
    Row(np.linalg.norm, norms),
    Row(np.linalg.vector_norm, vector_norms),
    Row(np.linalg.matrix_norm, matrix_norms),
)

KINKS = {
    "norm of a negative order, one element 0": Kink(lambda x: np.linalg.norm(x, -1), ([0.0, 1.0, 2.0],), ([0, 0, 0],)),
    "norm at 0": Kink(np.linalg.norm, ([0.0, 0.0],), ([0, 0],)),
    "norm of some rows at 0": Kink(lambda x: np.linalg.norm(x, axis=1), ([[0.0, 0.0], [3.0, 4.0]],), ([[0, 0], [0.6, 0.8]],)),
    "norm of order 1 at 0": Kink(lambda x: np.linalg.norm(x, 1), ([0.0, -2.0],), ([0, -1],)),
    "norm of order inf: ties share": Kink(lambda x: np.linalg.norm(x, inf), ([3.0, -3.0, 1.0],), ([half, -half, 0],)),
    "norm of order 3 at 0": Kink(lambda x: np.linalg.norm(x, 3), ([0.0, 0.0],), ([0, 0],)),
    "norm of order 3 with a 0": Kink(lambda x: np.linalg.norm(x, 3), ([0.0, -2.0],), ([0, -1],)),
    "Frobenius norm at 0": Kink(np.linalg.matrix_norm, ([[0.0, 0.0]],), ([[0, 0]],)),
    "nuclear norm at 0": Kink(lambda x: np.linalg.norm(x, "nuc"), ([[0.0, 0.0]],), ([[0, 0]],)),
    "spectral norm at 0": Kink(lambda x: np.linalg.norm(x, 2), (np.zeros((2, 3)),), (np.zeros((2, 3)),)),
    "least singular value at 0": Kink(lambda x: np.linalg.norm(x, -2), (np.zeros((2, 3)),), (np.zeros((2, 3)),)),
    "spectral norm: ties share": Kink(lambda x: np.linalg.norm(x, 2), (np.eye(2),), (np.eye(2) / 2,)),
    "matrix norm of order 1: ties share": Kink(
        lambda x: np.linalg.norm(x, 1), ([[1.0, -1.0], [1.0, 1.0]],), ([[half, -half], [half, half]],)
    ),
}

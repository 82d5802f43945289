"""Norms of vectors and matrices; where they have no derivative, their minimum-norm subgradient.

At 0 this is 0, of every order. The next derivative at 0 is 0 where the norm is made of straight pieces (1, inf, -inf, and -1 of
matrices), and nan for all others: their gradients point another way on each side of 0. There PyTorch has 0 for vectors of an
order above 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import conj, normalize_axes, of_values, overridable, ratio, restore_axes
from .decompositions import as_columns, not_zero
from .degenerate import attained
from .reductions import direction, nan_if, reduced, shared, shares, sum_of_others
from .row import Row
from .wide import scale_of, squares_fit


@overridable
def norm_slope(x: Any, axes: tuple[int, ...], p: float, length: Any = None) -> Any:
    """sign(x) * (|x| / length)**(p - 1), the slope of the norm (sum |x|**p)**(1/p), its length; 0 where x or that is 0.

    >>> norm_slope(np.array([1.0, -1.0]), (0,), 3)
    array([ 0.62996052, -0.62996052])
    """
    if x.dtype.kind == "c":
        raise TypeError("norm_slope: it is of real numbers. Write np.conj(np.sign(x)) * norm_slope(np.abs(x), ...).")
    size = np.abs(x)
    if length is None or not squares_fit(length, p):
        size = size / scale_of(x, axes)
        length = np.linalg.vector_norm(size, axis=axes, keepdims=True, ord=p)
    at_zero = (x == 0) | (length == 0)  # it is 0 for a negative order as soon as one element is
    return np.sign(x) * np.where(at_zero, 0, np.where(at_zero, 1, ratio(size, length)) ** (p - 1))


def norm_slope_x(g: Any, y: Any, x: Any, axes: tuple[int, ...], p: float) -> Any:
    """(p - 1) / length * (s**(p - 2) g - y (y . g)) for s = |x| / length, without g's own part: 1 - s**p is the sum of others."""
    scale = of_values(scale_of, x, axes)
    scaled = np.abs(x / scale)
    length = np.linalg.vector_norm(scaled, axis=axes, keepdims=True, ord=p)
    s = scaled / (length * nan_if(length == 0))
    own = s ** (p - 2) * sum_of_others(s**p, axes) * nan_if((x == 0) & (p < 1)) * g
    return (p - 1) * (own - y * sum_of_others(y * g, axes)) / (length * scale)


def vector_norm_x(g: Any, y: Any, x: Any, axis: Any, keepdims: bool, ord: Any) -> Any:
    """For the norm (sum |x|**p)**(1/p): sign(x) * (|x| / y)**(p - 1), which for p = 2 is x / y, and 0 where x or y is 0."""
    axes, length = normalize_axes(axis, x.ndim), restore_axes(y, x.shape, axis, keepdims)
    if x.dtype.kind == "c":
        if ord is None or ord == 2:
            return restore_axes(g, x.shape, axis, keepdims) * ratio(conj(x), length)
        return vector_norm_x(g, y, np.abs(x), axis, keepdims, ord) * conj(np.sign(x))
    g, known = restore_axes(g, x.shape, axis, keepdims), of_values(np.asarray, length)
    if ord is None or ord == 2:
        return g * direction(x, axes, known)
    if ord == 0:  # a count
        return np.zeros_like(x) * g
    if ord == 1:
        return g * np.sign(x)
    if np.isinf(ord):
        return g * np.sign(x) * equal_weights(g, np.abs(x) == length, axes)
    return g * norm_slope(x, axes, ord, known)


def matrix_norm_x(g: Any, y: Any, x: Any, axis: Any, keepdims: bool, ord: Any) -> Any:
    """Frobenius: x / y. Orders 1 and inf: the largest column or row of absolute values, -1 and -inf the least.

    "nuc", 2 and -2 are of the singular values.
    """
    if x.size == 0:  # there is no largest column
        return np.zeros_like(x)
    if ord is None or ord == "fro":
        return vector_norm_x(g, y, x, axis, keepdims, 2)
    row, column = normalize_axes(axis, x.ndim)
    if ord == "nuc" or abs(ord) == 2:
        matrices = np.moveaxis(x, (row, column), (-2, -1))
        slope = np.moveaxis(of_singular_values(g, matrices, ord), (-2, -1), (row, column))
        return restore_axes(g, x.shape, axis, keepdims) * slope
    if x.dtype.kind == "c":
        return matrix_norm_x(g, y, np.abs(x), axis, keepdims, ord) * conj(np.sign(x))
    summed, chosen = (row, column) if abs(ord) == 1 else (column, row)
    sums = np.sum(np.abs(x), summed, keepdims=True)
    best = np.max(sums, chosen, keepdims=True) if ord > 0 else np.min(sums, chosen, keepdims=True)
    return restore_axes(g, x.shape, axis, keepdims) * np.sign(x) * equal_weights(g, sums == best, (chosen,))


def of_singular_values(g: Any, x: Any, ord: Any) -> Any:
    """The conjugate of U diag(weights) V^H: for "nuc" 1 for each that is not 0; for 2 and -2 equal for the largest and least.

    Of a matrix of lower rank this is the subgradient of smallest norm of their sum (Watson, Linear Algebra Appl. 170, 1992). At
    the matrix 0 it is 0, where PyTorch has U V^H of whichever vectors LAPACK returned: these are subgradients too, but others
    as good would have the opposite sign, and 0 is their mean.
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    weights = not_zero(s) * np.ones_like(s)
    if ord != "nuc":
        best = s[..., :1] if ord > 0 else s[..., -1:]
        weights = weights * equal_weights(g, of_values(attained, s, of_values(np.asarray, best)), (-1,))
    return conj(u * as_columns(weights) @ vh)


def equal_weights(g: Any, attained: Any, axis: tuple[int, ...]) -> Any:
    """Weights that sum to 1 over `axis`, equal where `attained` is true and 0 elsewhere."""
    return shares(g, attained, np.sum(attained, axis, keepdims=True))


def is_of_matrices(ndim: int, ord: Any, axis: Any) -> bool:
    """True if NumPy takes a norm of matrices: over two axes, or over all two with an order."""
    if axis is None:
        return ord is not None and ndim == 2
    return isinstance(axis, (tuple, list)) and len(axis) == 2


def reduced_matrices(passes: Any, x: Any, keepdims: bool) -> Any:
    return reduced(passes, x, (-2, -1), keepdims)


def norm_x(g: Any, y: Any, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    rule = matrix_norm_x if is_of_matrices(x.ndim, ord, axis) else vector_norm_x
    return rule(g, y, x, axis, keepdims, ord)


# fmt: off
RULES: dict[Any, Any] = {
    norm_slope:            Row("x, axes, p, length=None", moves=shared, x=norm_slope_x),
    np.linalg.norm:        Row("x, ord=None, axis=None, keepdims=False", moves=reduced, x=norm_x),
    np.linalg.vector_norm: Row("x, /, *, axis=None, keepdims=False, ord=2", moves=reduced, x=vector_norm_x),
    np.linalg.matrix_norm: Row("x, /, *, keepdims=False, ord='fro'", moves=reduced_matrices,
                               x=lambda g, y, x, keepdims, ord: matrix_norm_x(g, y, x, (-2, -1), keepdims, ord)),
}
# fmt: on

__all__ = ["RULES", "matrix_norm_x"]

"""Functions that change shapes. Each is linear, and its rule is its transpose, mostly its inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, match_shape, normalize_axes
from .row import Row


def inverse(permutation: Any, ndim: int) -> Any:
    """The permutation of axes that undoes `permutation`; None, the reversal, undoes itself."""
    if permutation is None:
        return None
    order = normalize_axes(tuple(permutation), ndim)
    return tuple(sorted(range(ndim), key=order.__getitem__))


def reshape_a(g: Any, a_shape: tuple[int, ...], order: Any) -> Any:
    """`g` in the shape before a reshape that read the elements in `order`."""
    return g.reshape(a_shape) if order == "C" else np.reshape(g, a_shape, order=order)


def in_fixed_order(function: Any) -> Any:
    """Refuse the orders "A" and "K", which depend on how an array happens to lie in memory."""

    def call(*args: Any, order: str = "C") -> Any:
        if order not in ("C", "F"):
            raise ValueError(f"order={order!r} follows the memory layout, which a gradient does not share; write 'C' or 'F'.")
        return function(*args, order=order)

    return call


def pieces(arrays_shape: Any, axis: int | None) -> list[Any]:
    """The key of each array of a concatenation in the result, and the shape it had."""
    start, found = 0, []
    for shape in arrays_shape:
        length = math.prod(shape) if axis is None else shape[axis]
        before = 0 if axis is None else axis % len(shape)
        found.append(((slice(None),) * before + (slice(start, start + length),), shape))
        start += length
    return found


_reshape = in_fixed_order(np.reshape)
_ravel = in_fixed_order(np.ravel)

# fmt: off
KIND = {"moves": True}
RULES: dict[Any, Any] = {
    np.reshape:      Row("a, shape, order='C'", lambda a, shape, order: _reshape(a, shape, order=order), a=reshape_a),
    np.ravel:        Row("a, order='C'", lambda a, order: _ravel(a, order=order), a=reshape_a),
    np.transpose:    Row("a, axes=None",                a=lambda g, a_shape, axes: np.transpose(g, inverse(axes, len(a_shape)))),
    np.swapaxes:     Row("a, axis1, axis2",             a=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2)),
    np.moveaxis:     Row("a, source, destination",      a=lambda g, source, destination: np.moveaxis(g, destination, source)),
    np.expand_dims:  Row("a, axis",                     a=lambda g, a_shape: g.reshape(a_shape)),
    np.squeeze:      Row("a, axis=None",                a=lambda g, a_shape: g.reshape(a_shape)),
    np.flip:         Row("m, axis=None",                m=lambda g, axis: np.flip(g, axis)),
    np.broadcast_to: Row("array, shape, subok=False",   array=lambda g: g),
    np.copy:         Row("a, order='K', subok=False",   a=lambda g: g),
    np.concatenate:  Row("arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind'", parts=pieces,
                         arrays=lambda g, part: g[part[0]].reshape(part[1])),
    np.stack:        Row("arrays, axis=0, out=None, *, dtype=None, casting='same_kind'",
                         arrays=lambda g, i, axis: g[(slice(None),) * (axis % g.ndim) + (i,)]),
    match_shape:     Row("x, shape", x=lambda g: g),
    cast:            Row("x, dtype", x=lambda g: g),
}
# fmt: on

__all__ = ["KIND", "RULES"]

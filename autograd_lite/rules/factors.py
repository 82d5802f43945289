"""Products of many numbers: each derivative, of any order, is a product of the others. Exact beside zeros and underflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import normalize_axes, of_values, overridable, restore_axes
from .reductions import everywhere, masked, not_nan, without_initial, without_nan
from .row import NOT_GIVEN, Row
from .wide import Wide, all_others, fits, linear_recurrence, polynomial, quotients_fit, running_product, shifted, times, values

# -- the product of the others ------------------------------------------------------------------------------------


@overridable
def product_of_others(scale: Any, x: Any, *directions: Any, axes: Any, product: Any = None, initial: Any = 1) -> Any:
    """At each position, `scale` times the product of all other entries over `axes`, differentiated in the directions.

    Where all products that may occur are normal numbers it is the whole product, which the caller may know, over x.

    >>> product_of_others(1.0, np.array([2.0, 3.0, 0.0]), axes=(0,))
    array([0., 0., 6.])
    >>> product_of_others(1.0, np.array([2.0, 3.0, 5.0]), np.array([1.0, 0.0, 0.0]), axes=(0,))
    array([0., 5., 3.])
    """
    if not directions and product is not None and quotients_fit(x, axes):
        return scale * (product / x)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = np.moveaxis(x, axes, last)
    rows = (*moved.shape[: x.ndim - len(axes)], math.prod(moved.shape[x.ndim - len(axes) :]))
    joined = moved.reshape(rows)
    if not directions and product is not None and fits(joined) and np.all(np.isfinite(product / x)):
        return scale * (product / x)
    along = [np.moveaxis(np.broadcast_to(v, x.shape), axes, last).reshape(rows) for v in (scale, initial, *directions)]
    wide = not fits(joined, *along)
    factor, first, *along = along
    found = all_others(polynomial(joined, along, wide))[-1]
    found = values(found * (Wide(factor) * Wide(first))) if wide else found * (factor * first)
    return np.moveaxis(found.reshape(moved.shape), last, axes)


def prod_a(g: Any, y: Any, a: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """The product of the other elements."""
    factors = a if everywhere(where) else np.where(where, a, 1)
    product = restore_axes(of_values(np.asarray, y), a.shape, axis, keepdims)
    g, first = restore_axes(g, a.shape, axis, keepdims), 1 if initial is NOT_GIVEN else initial
    axes = normalize_axes(axis, a.ndim)
    return masked(product_of_others(g, factors, axes=axes, product=product, initial=first), where)


# -- cumulative products, along the last axis ---------------------------------------------------------------------


@overridable
def cumprod_tangent(x: Any, *directions: Any) -> Any:
    """The cumulative product, differentiated in the directions.

    >>> cumprod_tangent(np.array([2.0, 3.0, 5.0]), np.array([1.0, 0.0, 0.0]))
    array([ 1.,  3., 15.])
    """
    if len(directions) == 1 and quotients_fit(x, -1):
        return np.cumprod(x, -1) * np.cumsum(directions[0] / x, -1)
    return values(running_product(polynomial(x, directions, not fits(x, *directions)))[-1])


@overridable
def cumprod_gradient(weights: Any, x: Any, *directions: Any, product: Any = None) -> Any:
    """The gradient of a cumulative product whose own gradient is `weights`, differentiated in the directions.

    Element i is in every later product: its gradient is the sum of weights * y from the end, over x. Where that might divide
    by 0 it is the product of the elements before i, which all later products have in common, times s[i] = weights[i] +
    x[i + 1] * s[i + 1], which is Horner's rule.

    >>> cumprod_gradient(np.ones(3), np.array([2.0, 3.0, 0.0]))
    array([4., 2., 6.])
    """
    if not directions and quotients_fit(x, -1):
        y = np.cumprod(x, -1) if product is None else product
        return np.cumsum((weights * y)[..., ::-1], -1)[..., ::-1] / x
    wide = not fits(x, weights, *directions)
    factors = polynomial(x, directions, wide)
    backwards = shifted([c[..., ::-1] for c in factors])
    start = [c[..., ::-1] for c in polynomial(np.broadcast_to(weights, x.shape), (), wide)]
    zero = np.zeros_like(x)
    start += [Wide(zero, 0, True) if wide else zero] * (len(factors) - 1)
    later = [c[..., ::-1] for c in linear_recurrence(start, backwards)]
    return values(times(running_product(shifted(factors)), later)[-1])


def cumprod_a(g: Any, y: Any, a: Any, axis: int | None) -> Any:
    if axis is None:
        return cumprod_a(g, y, np.ravel(a), 0).reshape(a.shape)
    product = of_values(np.asarray, y)
    if axis in (-1, a.ndim - 1):
        return cumprod_gradient(g, a, product=product)
    g, a, product = (np.moveaxis(x, axis, -1) for x in (g, a, product))
    return np.moveaxis(cumprod_gradient(g, a, product=product), -1, axis)


def without(directions: Any, i: int) -> Any:
    """All directions but one."""
    return directions[:i] + directions[i + 1 :]


# fmt: off
_PROD = "a, axis=None, dtype=None, out=None, keepdims=False, initial=_, where=True"
_NANPROD = "a, axis=None, dtype=None, out=None, keepdims=False, initial=_, where=_"
_CUMPROD = "a, axis=None, dtype=None, out=None"

RULES: dict[Any, Any] = {
    np.prod: Row(_PROD, np.multiply.reduce, a=prod_a),
    np.nanprod: Row(
        _NANPROD, selects=not_nan,
        a=lambda g, y, a, axis, keepdims, initial, where:
            prod_a(g, y, without_nan(a, 1), axis, keepdims, initial, not_nan(a, where)),
    ),
    np.cumprod: Row(_CUMPROD, a=cumprod_a),
    np.nancumprod: Row(
        _CUMPROD, selects=lambda a: not_nan(a),
        a=lambda g, y, a, axis: masked(cumprod_a(g, y, without_nan(a, 1), axis), not_nan(a)),
    ),
    getattr(np, "cumulative_prod", None): Row(  # since NumPy 2.1
        "x, /, *, axis=None, dtype=None, out=None, include_initial=False",
        x=lambda g, y, x, axis, include_initial: cumprod_a(
            without_initial(g, axis, include_initial), without_initial(y, axis, include_initial), x, axis or 0
        ),
    ),

    # each is a rule of itself or of the other, with one direction more or another one
    product_of_others: Row(
        "scale, x, *directions, axes, product=None, initial=1",
        scale=lambda g, x, directions, axes, product, initial:
            product_of_others(g, x, *directions, axes=axes, product=product, initial=initial),
        x=lambda g, scale, x, directions, axes, initial:
            product_of_others(np.ones_like(g), x, *directions, g * scale, axes=axes, initial=initial),
        directions=lambda g, i, scale, x, directions, axes, initial:
            product_of_others(np.ones_like(g), x, *without(directions, i), g * scale, axes=axes, initial=initial),
    ),
    cumprod_tangent: Row(
        "x, *directions",
        x=lambda g, x, directions: cumprod_gradient(g, x, *directions),
        directions=lambda g, i, x, directions: cumprod_gradient(g, x, *without(directions, i)),
    ),
    cumprod_gradient: Row(
        "weights, x, *directions, product=None",
        weights=lambda g, x, directions: cumprod_tangent(x, *directions, g),
        x=lambda g, weights, x, directions: cumprod_gradient(weights, x, *directions, g),
        directions=lambda g, i, weights, x, directions: cumprod_gradient(weights, x, *without(directions, i), g),
    ),
}
# fmt: on

__all__ = ["RULES"]

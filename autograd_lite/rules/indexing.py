"""Functions that choose elements. Choosing and scattering are each other's transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import getitem, names_each_element_once, overridable, scatter
from .elementwise import tie_weight
from .row import Row

# -- reading and writing at a key ---------------------------------------------------------------------------------


def add_at(buffer: Any, g: Any, _: bool, node: Any, key: Any, shape: Any) -> Any:
    """Add `scatter(g, key, shape)` to `buffer`, the gradient of `x` so far: as fast as reading, however large `x` is."""
    if buffer is None:
        buffer = np.zeros(node.shape, node.dtype)
    if names_each_element_once(key):
        buffer[key] += g
    else:
        np.add.at(buffer, key, g)
    return buffer


@overridable
def setitem(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`, and `x` itself.

    >>> setitem(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    x[key] = value
    return x


def last_writes(key: Any, shape: tuple[int, ...]) -> Any:
    """1 where a write to `key` is the last one to its element, else 0: of several values NumPy keeps the last.

    >>> last_writes([0, 0, 2], (3,)) * 1
    array([0, 1, 1])
    """
    if names_each_element_once(key):
        return 1
    element = np.empty(shape, int)
    order = np.arange(element[key].size).reshape(element[key].shape)
    element[key] = order
    return element[key] == order


@overridable
def erase(x: Any, key: Any) -> Any:
    """A copy of `x` with 0 at `key`.

    >>> erase(np.ones(3), 1)
    array([1., 0., 1.])
    """
    x = np.array(x)
    x[key] = 0
    return x


def erase_in_place(buffer: Any, g: Any, owned: bool, node: Any, key: Any) -> Any:
    """`erase(g, key)`, added to `buffer`, the gradient of `x` so far: as fast as writing, however large `x` is.

    For that it writes into `g` itself if `owned`, which means that nothing else reads it.
    """
    g = g if owned else np.array(g)
    g[key] = 0
    return g if buffer is None else buffer + g


# -- bounds -------------------------------------------------------------------------------------------------------


@overridable
def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """`np.clip` with its bounds under one name each (NumPy 2.1 gave them two); None is no bound.

    >>> clip(np.array([-1.0, 5.0]), 0)
    array([0., 5.])
    """
    return np.positive(x) if low is None and high is None else np.clip(x, low, high)


def clipped_below(x: Any, low: Any) -> Any:
    """x after its lower bound, if there is one."""
    return x if low is None else np.maximum(x, low)


def weight_over(a: Any, low: Any) -> Any:
    """The weight of a in maximum(a, low); 1 if low is None, which is no bound."""
    return 1 if low is None else tie_weight(a > low, a, low)


def weight_under(a: Any, high: Any) -> Any:
    """The weight of a in minimum(a, high); 1 if high is None, which is no bound."""
    return 1 if high is None else tie_weight(a < high, a, high)


def leaves_room(low: Any, high: Any) -> Any:
    """True unless the lower bound is as high as the upper one."""
    return True if low is None or high is None else ~(low >= high)


# fmt: off
KIND = {"moves": True}
RULES: dict[Any, Any] = {
    getitem:   Row("x, key, copy=False", selects=True, into={"x": add_at},
                   x=lambda g, key, x_shape: scatter(g, key, x_shape)),
    scatter:   Row("x, key, shape", x=lambda g, key: g[key]),
    setitem:   Row("x, key, value", selects=True, into={"x": erase_in_place},
                   value=lambda g, key, x_shape: g[key] * last_writes(key, x_shape),  # read before it is erased in place
                   x=lambda g, key: erase(g, key)),
    erase:     Row("x, key", selects=True, x=lambda g, key: erase(g, key)),
    np.where:  Row("condition, a, b, /", selects=True,
                   a=lambda g, condition: np.where(condition, g, 0),
                   b=lambda g, condition: np.where(condition, 0, g)),
    # minimum(maximum(x, low), high), ties shared as there; where the bounds leave no room, x has no part in it
    clip:      Row("x, low=None, high=None", selects=True,
                   x=lambda g, x, low, high:
                       g * leaves_room(low, high) * weight_over(x, low) * weight_under(clipped_below(x, low), high),
                   low=lambda g, x, low, high:
                       g * np.where(leaves_room(low, high), weight_over(low, x), 1) * weight_under(clipped_below(x, low), high),
                   high=lambda g, x, low, high: g * weight_under(high, clipped_below(x, low))),
}
# fmt: on

__all__ = ["KIND", "RULES", "clip", "setitem"]

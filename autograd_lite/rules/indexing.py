"""Functions that choose elements. Choosing and scattering are each other's transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import overridable
from ..safety.layouts import copied
from ..shortcuts import dropped, kept
from .elementwise import tie_weight
from .row import Row

# -- reading and writing at a key ---------------------------------------------------------------------------------


@overridable
def getitem(x: Any, key: Any, copy: bool = False) -> Any:
    """`x[key]`, with any key that NumPy takes; a copy with the option `copy`, or where it is small.

    A derivative may read it later: a copy stays as it was when `x` is written into. Small is up to 1024 elements, where a
    copy costs no more than a view. A key may also be a function, which returns a view of some elements (`safety/views.py`).

    >>> getitem(np.arange(3.0), slice(1, None))
    array([1., 2.])
    """
    part = key(x) if callable(key) else x[key]
    base = part.base
    shown = base is not None and (base is x or base is x.base or callable(key))
    return copied(part) if shown and (copy or part.size <= 1024) else part


@overridable
def scatter(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of `getitem`: zeros of `shape` to which `x` is added at `key`, once for each time it is named.

    >>> scatter(np.array([1.0, 2.0, 4.0]), [0, 2, 2], (3,))
    array([1., 0., 6.])
    """
    if callable(key):
        out = key.arranged(np.zeros(shape, key.dtype(x.dtype)))
        x = turned(x, key)
    else:
        out = np.zeros(shape, x.dtype)
    part, key = target(out, key)
    if names_each_element_once(key):
        part[key] = x
    else:
        np.add.at(part, key, x)
    return out


def target(x: Any, key: Any) -> tuple[Any, Any]:
    """The array to be written into to change `x` at `key`, and the key into that."""
    return key.target(x) if callable(key) else (x, key)


def names_each_element_once(key: Any) -> bool:
    """True if `key` can name no element twice: integers, slices, `None`, `...` and masks; not arrays of integers.

    >>> names_each_element_once((slice(None), 0)), names_each_element_once([0, 0])
    (True, False)
    """
    parts = key if isinstance(key, tuple) else (key,)
    return all(is_basic(part) or np.asarray(part).dtype == bool for part in parts)


def is_basic(key: Any) -> bool:
    """True if NumPy gives a view of the elements that `key` names: integers, slices, `None` and `...`.

    >>> is_basic((0, slice(None))), is_basic([0])
    (True, False)
    """
    if key.__class__ is slice or key.__class__ is int:
        return True
    parts = key if isinstance(key, tuple) else (key,)
    return all(p is None or p is ... or (isinstance(p, (slice, int, np.integer)) and not isinstance(p, bool)) for p in parts)


def turned(g: Any, key: Any) -> Any:
    """`g`; -g if the key, a function, leads to imaginary parts: they change x by i dx, and Re(g * i dx) = -Im(g) dx.

    So a gradient g of imaginary parts is -i g for the whole, and a gradient g of the whole is -Im(g) for what is written there.
    """
    return -g if key.imaginary else g


def read(g: Any, key: Any) -> Any:
    """`g[key]`, also where the key is a function."""
    return getitem(g, key) if callable(key) else g[key]


def add_at(buffer: Any, g: Any, _: bool, node: Any, key: Any, shape: Any) -> Any:
    """Add `scatter(g, key, shape)` to `buffer`, the gradient of `x` so far: as fast as reading, however large `x` is."""
    if buffer is None:
        buffer = np.zeros(node.shape, node.dtype)
    elif buffer.__class__ is not np.ndarray:  # a sum of 0-d arrays, which NumPy makes a scalar
        buffer = np.array(buffer)
    if callable(key):
        buffer, g = key.arranged(buffer), turned(g, key)
    part, key = target(buffer, key)
    if names_each_element_once(key):
        part[key] += g
    else:
        np.add.at(part, key, g)
    return buffer


@overridable
def setitem(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`, and `x` itself.

    >>> setitem(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    part, key = target(x, key)
    refuse_complex(value, part)
    part[key] = value
    return x


def refuse_complex(value: Any, x: Any) -> None:
    """Refuse to write a complex value into a real array: NumPy only warns."""
    if x.dtype.kind != "c" and np.iscomplexobj(value):
        raise TypeError(
            f"t[...] = v: of a complex value written into {np.result_type(x)}, the imaginary part would be lost. Write v.real, "
            f"or make t complex: t = t.astype(complex)."
        )


def last_writes(key: Any, shape: tuple[int, ...]) -> Any:
    """1 where a write to `key` is the last one to its element, else 0: of several values NumPy keeps the last.

    >>> last_writes([0, 0, 2], (3,)) * 1
    array([0, 1, 1])
    """
    element, key = target(np.empty(shape, key.dtype(int) if callable(key) else int), key)
    if names_each_element_once(key):
        return 1
    order = np.arange(element[key].size).reshape(element[key].shape)
    element[key] = order
    return element[key] == order


def written(g: Any, key: Any, x_shape: tuple[int, ...], value_shape: tuple[int, ...]) -> Any:
    """`g` where the value went."""
    there = turned(getitem(g, key), key) if callable(key) else g[key]
    return as_written(there * last_writes(key, x_shape), value_shape)


def as_written(g: Any, value_shape: tuple[int, ...]) -> Any:
    """`g` with the axes of length 1 in front that NumPy leaves out when it writes a value."""
    return g.reshape((1,) * (len(value_shape) - g.ndim) + g.shape) if len(value_shape) > g.ndim else g


@overridable
def add_to(x: Any, key: Any, value: Any) -> Any:
    """A copy of `x` to which `value` is added at `key`, once for each time it is named: `np.add.at`.

    >>> add_to(np.ones(3), [0, 2, 2], 5.0)
    array([ 6.,  1., 11.])
    """
    refuse_complex(value, x)
    x = np.array(x)
    np.add.at(x, key, value)
    return x


@overridable
def erase(x: Any, key: Any) -> Any:
    """A copy of `x` with 0 at `key`.

    >>> erase(np.ones(3), 1)
    array([1., 0., 1.])
    """
    x = np.array(key.arranged(x) if callable(key) else x)
    part, key = target(x, key)
    part[key] = 0
    return x


def erase_in_place(buffer: Any, g: Any, owned: bool, node: Any, key: Any) -> Any:
    """`erase(g, key)`, added to `buffer`, the gradient of `x` so far: as fast as writing, however large `x` is.

    For that it writes into `g` itself if `owned`, which means that nothing else reads it.
    """
    given = g
    if callable(key):
        g = key.arranged(g)
    g = g if (owned or g is not given) and g.__class__ is np.ndarray else np.array(g)
    part, key = target(g, key)
    part[key] = 0
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


def clip_x(g: Any, x: Any, low: Any, high: Any) -> Any:
    """g between the bounds and where x is nan, half of it on one of them; 0 if they leave no room."""
    above, least = (True, True) if low is None else (x > low, x >= low)
    below, most = (True, True) if high is None else (x < high, x <= high)
    room = leaves_room(low, high)
    return np.where((above & below | (x != x)) & room, g, kept(least & most & room, 0.5 * g))


# fmt: off
KIND = {"moves": True}
RULES: dict[Any, Any] = {
    getitem:   Row("x, key, copy=False", selects=True, into={"x": add_at},
                   x=lambda g, key, x_shape: scatter(g, key, x_shape)),
    scatter:   Row("x, key, shape", x=lambda g, key: read(g, key)),
    setitem:   Row("x, key, value", selects=True, into={"x": erase_in_place},
                   value=written,  # read before it is erased in place
                   x=lambda g, key: erase(g, key)),
    add_to:    Row("x, key, value", x=lambda g: g, value=lambda g, key, value_shape: as_written(g[key], value_shape)),
    np.bincount: Row("x, /, weights=None, minlength=0", weights=lambda g, x: g[x]),
    erase:     Row("x, key", selects=True, x=lambda g, key: erase(g, key)),
    np.where:  Row("condition, a, b, /", selects=True,
                   a=lambda g, condition: kept(condition, g),
                   b=lambda g, condition: dropped(condition, g)),
    # minimum(maximum(x, low), high), ties shared as there; where the bounds leave no room, x has no part in it
    clip:      Row("x, low=None, high=None", selects=True,
                   x=clip_x,
                   low=lambda g, x, low, high:
                       g * np.where(leaves_room(low, high), weight_over(low, x), 1) * weight_under(clipped_below(x, low), high),
                   high=lambda g, x, low, high: g * weight_under(high, clipped_below(x, low))),
}
# fmt: on

__all__ = ["KIND", "RULES", "add_to", "clip", "getitem", "is_basic", "refuse_complex", "scatter", "setitem"]

"""Functions whose derivative is that of the NumPy expression they stand for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..functions import cast
from .indexing import clip, scatter
from .products import LETTERS, einsum, with_shape


def split(ary: Any, indices_or_sections: Any, axis: int = 0, _cut: Any = np.split) -> list[Any]:
    """Views of the parts: NumPy cuts the positions along the axis, and the array is indexed with what it cut."""
    axis = normalize_axis_index(axis, ary.ndim)
    parts = _cut(np.arange(ary.shape[axis]), indices_or_sections)
    starts = np.cumsum([0, *(len(part) for part in parts)])
    if isinstance(indices_or_sections, (int, np.integer)):
        bounds = [slice(a, b) for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]
    else:
        edges = [None, *np.asarray(indices_or_sections).tolist(), None]
        bounds = [slice(a, b) for a, b in itertools.pairwise(edges)]
    return [ary[(slice(None),) * axis + (bound,)] for bound in bounds]


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Views of the parts, which need not be equal."""
    return split(ary, indices_or_sections, axis, np.array_split)


def divmod_(a: Any, b: Any) -> tuple[Any, Any]:
    return np.floor_divide(a, b), np.remainder(a, b)


def modf(x: Any) -> tuple[Any, Any]:
    """The fractional part keeps the sign of x, also where it is 0."""
    infinite = np.isinf(x)
    return np.where(infinite, np.copysign(0, x), np.fmod(np.where(infinite, 0, x), 1)), np.trunc(x)


def clip_(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    if out is not None:
        raise TypeError("clip: out= is not supported: a Tensor is the result of one call. Write t = np.clip(...).")
    return clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def einsum_any(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:
    """np.einsum in any of its forms, brought to the explicit one: sublists, ellipses, implied outputs."""
    if out is not None or options:
        name = "out" if out is not None else next(iter(options))
        raise TypeError(f"einsum: {name}= is not supported on Tensors. Leave it out.")
    if isinstance(operands[0], str):
        subscripts, *arrays = operands
    else:
        subscripts, arrays = from_sublists(operands)
    return einsum(explicit(subscripts, [np.ndim(a) for a in arrays]), *arrays, optimize=optimize)


def from_sublists(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as ("ab,bc->ac", [a, b])."""
    pairs = len(operands) // 2
    arrays = list(operands[: 2 * pairs : 2])
    terms = [letters(sub) for sub in operands[1 : 2 * pairs : 2]]
    output = "->" + letters(operands[-1]) if len(operands) % 2 else ""
    return ",".join(terms) + output, arrays


def letters(sublist: Any) -> str:
    """A sublist's labels as letters, capitals first as NumPy orders them."""
    order = LETTERS[26:] + LETTERS[:26]
    return "".join("..." if label is ... else order[label] for label in sublist)


def explicit(subscripts: str, ndims: list[int]) -> str:
    """Subscripts with the output written out and each ellipsis replaced by labels.

    >>> explicit("ij,jk", [2, 2])
    'ij,jk->ik'
    >>> explicit("...i,i->...", [3, 1])
    'abi,i->ab'
    """
    subscripts = subscripts.replace(" ", "")
    inputs, arrow, output = subscripts.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"einsum of {subscripts!r}: {len(terms)} operands are named, but {len(ndims)} were given.")
    free = [c for c in LETTERS if c not in subscripts]
    extra = [n - len(term.replace("...", "")) for term, n in zip(terms, ndims, strict=True)]
    for term, n, k in zip(terms, ndims, extra, strict=True):
        if k < 0 or (k > 0 and "..." not in term):
            raise ValueError(f"einsum of {subscripts!r}: {term!r} does not name the axes of an array with {n} of them.")
    most = max((k for term, k in zip(terms, extra, strict=True) if "..." in term), default=0)
    shared = "".join(free[:most])
    if not arrow:
        plain = inputs.replace("...", "").replace(",", "")
        output = ("..." if "..." in inputs else "") + "".join(sorted(c for c in set(plain) if plain.count(c) == 1))
    terms = [term.replace("...", shared[most - k :] if k else "") for term, k in zip(terms, extra, strict=True)]
    return ",".join(terms) + "->" + output.replace("...", shared)


# -- functions that call a function of the user's ------------------------------------------------------------------


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """The results for each slice along the axis, whose axes stand where it stood."""
    arr = with_shape(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    moved = np.moveaxis(arr, axis, -1)
    outer = moved.shape[:-1]
    if 0 in outer:
        raise ValueError(f"apply_along_axis of shape {arr.shape}: there is no slice along axis {axis} to apply the function to.")
    found = np.stack([with_shape(func1d(moved[place], *args, **kwargs)) for place in itertools.product(*map(range, outer))])
    found = found.reshape((*outer, *found.shape[1:]))
    inner = found.ndim - len(outer)
    return np.moveaxis(found, range(len(outer), found.ndim), range(axis, axis + inner))


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """`func(a, axis)` for one axis after the other, which stay with length 1."""
    a = with_shape(a)
    for axis in np.ravel(axes).tolist():
        axis = normalize_axis_index(axis, a.ndim)
        result = func(a, axis)
        a = result if result.ndim == a.ndim else np.expand_dims(result, axis)
    return a


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function, or number, where its condition holds; one more function stands for elsewhere. In the dtype of x."""
    x = with_shape(x)
    if not isinstance(condlist, (list, tuple)) or np.ndim(condlist[0]) < x.ndim:
        condlist = [condlist]
    conditions = [np.broadcast_to(np.asarray(c, bool), x.shape) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"piecewise: with {n} condition(s), either {n} or {n + 1} functions are expected, not {len(funclist)}.")
    y = np.zeros_like(x)
    for condition, f in zip(conditions, funclist, strict=True):
        if callable(f):
            some = x[condition]
            if some.size == 0:
                continue
            f = scatter(np.broadcast_to(f(some, *args, **kw), some.shape), condition, x.shape)
        y = np.where(condition, cast(with_shape(f), np.result_type(x)), y)
    return y


COMPOSITIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.split: split,
    np.array_split: array_split,
    np.divmod: divmod_,
    np.modf: modf,
    np.clip: clip_,
    np.einsum: einsum_any,
    np.apply_along_axis: apply_along_axis,
    np.apply_over_axes: apply_over_axes,
    np.piecewise: piecewise,
}

__all__ = ["COMPOSITIONS"]

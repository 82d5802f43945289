"""Chapter 1, calculus: every derivative, each an ordinary NumPy expression.

A rule multiplies `g`, the gradient of the output, by the transposed Jacobian of the call. It names what it reads:

* `g` first: the gradient of the output;
* `y`: the output; an argument's or an option's name: its value (so that only this is kept alive);
* `x_shape`: the shape of argument `x`, when that is all that matters;
* `i`: the argument is a sequence of arrays, and the rule is for the i-th of them.

Given arrays a rule computes numbers; given Tensors it is recorded, and so has a derivative too. Therefore it
never writes in place, and every function it calls has a rule itself. It never mentions broadcasting or a dtype:
the engine sums over stretched axes, repeats along reduced ones and restores the dtype behind every rule.

A row of the table is `function: rules`: for a plain function of arrays a tuple with one rule for each argument,
`x` alone or `a, b`; for a function with options `Row(signature, argument=rule, ...)` with NumPy's own signature.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import functions
from ..primitive import Primitive, parse
from . import (
    compositions,
    elementwise,
    indexing,
    looking,
    moves,
    norms,
    order_statistics,
    ordering,
    products,
    reductions,
    refused,
    sequences,
    shapes,
    spaces,
    statistics,
)
from .row import Row

__all__ = ["COMPOSITIONS", "LOOKING", "PRIMITIVES", "REFUSED", "Row", "is_flat"]


_CHAPTERS: tuple[Any, ...] = (
    elementwise, reductions, shapes, indexing, products, norms, order_statistics, sequences, moves, ordering, spaces,
)  # fmt: skip

# functions through which only some elements reach the result: where their gradient is 0, it stays 0
_SELECTING = {
    np.where, np.maximum, np.minimum, np.fmax, np.fmin, functions.clip, functions.getitem, functions.setitem, functions.erase,
    np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nancumsum, np.nancumprod, np.nanmedian,
    np.nanquantile, np.nanpercentile, np.fmax.reduce, np.fmin.reduce,
    np.max, np.min, np.amax, np.amin, np.sort, np.partition, np.median, np.quantile, np.percentile, *moves.SELECTING,
}  # fmt: skip

# the two that loops are made of: their rules can work in a buffer of the backward pass
_INTO: dict[Any, Any] = {functions.getitem: {"x": functions.add_at}, functions.setitem: {"x": functions.take_over}}


def primitive_of(function: Callable[..., Any], row: Row | tuple[Callable[..., Any], ...], chapter: Any) -> Primitive:
    """The primitive that a row of the table declares."""
    elementwise_, selects = chapter is elementwise, function in _SELECTING
    moving = elementwise_ or selects or chapter in (shapes, indexing, moves)
    if isinstance(row, Row):
        call, rules, signature = row.call or inspect.unwrap(function), row.rules, parse(row.signature)
    else:
        letters = ("x",) if len(row) == 1 else ("a", "b")
        call, rules, signature = function, dict(zip(letters, row, strict=True)), parse(", ".join(letters))
    parts = row.parts if isinstance(row, Row) else None
    primitive = Primitive(
        call, rules, signature, name_of(function), elementwise=elementwise_, selects=selects, moves=moving, parts=parts
    )
    primitive.into = _INTO.get(function)
    primitive.root = function is np.sqrt
    return primitive


def name_of(function: Any) -> str:
    """Its name; a method of a ufunc has the ufunc's before it: "fmax.reduce"."""
    ufunc = getattr(function, "__self__", None)
    return f"{ufunc.__name__}.{function.__name__}" if isinstance(ufunc, np.ufunc) else str(function.__name__)


PRIMITIVES: dict[Callable[..., Any], Primitive] = {
    function: primitive_of(function, row, chapter)
    for chapter in _CHAPTERS
    for function, row in chapter.RULES.items()
    if function is not None  # this NumPy does not have it yet
}

def is_flat(primitive: Primitive) -> bool:
    """Whether all its rules give 0."""
    return all(rule is elementwise.flat for rule in primitive.rules.values())


COMPOSITIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    function: composition
    for chapter in (compositions, products, sequences, statistics, moves, ordering, spaces)
    for function, composition in chapter.COMPOSITIONS.items()
    if function is not None
}

LOOKING: frozenset[Callable[..., Any]] = looking.LOOKING

REFUSED: dict[Callable[..., Any], str] = refused.REFUSED

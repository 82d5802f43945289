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
from collections.abc import Callable, Mapping
from typing import Any

from ..primitive import Primitive, parse
from . import compositions, elementwise, indexing, looking, products, reductions, shapes
from .row import Row

__all__ = ["COMPOSITIONS", "LOOKING", "PRIMITIVES", "Row"]


def primitive_of(function: Callable[..., Any], row: Row | tuple[Callable[..., Any], ...]) -> Primitive:
    """The primitive that a row of the table declares."""
    if isinstance(row, Row):
        return Primitive(row.call or inspect.unwrap(function), row.rules, parse(row.signature), function.__name__)
    letters = ("x",) if len(row) == 1 else ("a", "b")
    return Primitive(function, dict(zip(letters, row, strict=True)), parse(", ".join(letters)), function.__name__)


_CHAPTERS: tuple[Mapping[Callable[..., Any], Any], ...] = (
    elementwise.RULES,
    reductions.RULES,
    shapes.RULES,
    indexing.RULES,
    products.RULES,
)

PRIMITIVES: dict[Callable[..., Any], Primitive] = {
    function: primitive_of(function, row) for chapter in _CHAPTERS for function, row in chapter.items()
}

COMPOSITIONS: dict[Callable[..., Any], Callable[..., Any]] = compositions.COMPOSITIONS

LOOKING: frozenset[Callable[..., Any]] = looking.LOOKING

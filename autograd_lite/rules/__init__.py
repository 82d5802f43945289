"""The table of derivatives: for each of NumPy's functions a row of rules, each an ordinary NumPy expression.

A rule is a vector-Jacobian product (vjp): it multiplies `g`, the derivative of the loss by the output, by the transposed
Jacobian of the function, which gives the derivative of the loss by one argument. The row of `np.multiply` has a rule for
each of its two arguments:

>>> for_a, for_b = elementwise.RULES[np.multiply]  # lambda g, b: g * b, and lambda g, a: g * a

At a = 3 and b = 4, where the output is 12, let g = 10: the loss changes by 10 for each unit of the output. A unit of a changes
the output by b = 4, and so the loss by 10 * 4; a unit of b changes it by 10 * 3:

>>> for_a(10.0, 4.0), for_b(10.0, 3.0)
(40.0, 30.0)

A rule names the arrays that it reads, and only these are kept until the gradient is computed:

* `g` first: the derivative of the loss by the output;
* `y`: the output; the name of an argument or an option: its value;
* `x_shape`: the shape of argument `x`;
* `i`: the argument is a sequence of arrays, and the rule is for the i-th of them.

Given arrays a rule computes numbers. Given Tensors its calls are remembered as all calls are, and so the gradient has a
derivative too. Therefore a rule never writes in place, and every function that it calls has a row itself. It never mentions
broadcasting or a dtype: the engine sums over stretched axes, repeats along reduced ones and restores the dtype behind every rule.

A row of the table is `function: rules`: for a plain function of arrays a tuple with one rule for each argument,
`x` alone or `a, b`; for a function with options `Row(signature, argument=rule, ...)` with NumPy's own signature.

The chapters, in the order in which they import each other: `row` and `accurate`, then `elementwise`, the one to read first,
`special`, `running`, `reductions`, `factors`, `shapes`, `indexing`, `products`, `decompositions`, `norms`, `linear_systems`,
`order_statistics`, `sequences`, `statistics`, `compositions`, `padding`, `moves`, `complex_parts`, `polynomials`, `fourier`,
`ordering`, `spaces`; at last the functions without a derivative, `refused` and `looking`. `scipy_special` stands beside them:
the ufuncs of scipy.special, once SciPy is imported.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node
from ..primitive import Primitive
from . import (
    accurate,
    complex_parts,
    compositions,
    decompositions,
    elementwise,
    factors,
    fourier,
    indexing,
    linear_systems,
    moves,
    norms,
    order_statistics,
    ordering,
    padding,
    polynomials,
    products,
    reductions,
    running,
    sequences,
    shapes,
    spaces,
    special,
    statistics,
)
from .looking import LOOKING
from .refused import REFUSED
from .row import Row

__all__ = ["COMPOSITIONS", "LOOKING", "PRIMITIVES", "REFUSED", "Row", "is_flat", "is_step", "primitive_for"]

CHAPTERS: tuple[Any, ...] = (
    accurate, elementwise, special, running, reductions, factors, shapes, indexing, products, decompositions, norms,
    linear_systems, order_statistics, sequences, statistics, compositions, padding, moves, complex_parts, polynomials,
    fourier, ordering, spaces,
)  # fmt: skip


def primitive_of(function: Callable[..., Any], row: Row | tuple[Callable[..., Any], ...], kind: dict[str, bool]) -> Primitive:
    """The primitive that a row of the table declares; `kind` holds the properties of all rows of its chapter."""
    if not isinstance(row, Row):
        letters = ("x",) if len(row) == 1 else ("a", "b")
        row = Row(", ".join(letters), function, **dict(zip(letters, row, strict=True)))  # type: ignore[arg-type]
    return Primitive(
        row.call or inspect.unwrap(function), row.rules, row.signature, name_of(function), parts=row.parts, into=row.into,
        defers=True, **{name: value or kind.get(name, False) for name, value in row.kind.items()},
    )  # fmt: skip


def name_of(function: Any) -> str:
    """The name of a function; a method of a ufunc has the ufunc's before it.

    >>> name_of(np.fmax.reduce), name_of(np.sin)
    ('fmax.reduce', 'sin')
    """
    ufunc = getattr(function, "__self__", None)
    return f"{ufunc.__name__}.{function.__name__}" if isinstance(ufunc, np.ufunc) else str(function.__name__)


PRIMITIVES: dict[Callable[..., Any], Primitive] = {
    function: primitive_of(function, row, getattr(chapter, "KIND", {}))
    for chapter in CHAPTERS
    for function, row in getattr(chapter, "RULES", {}).items()
    if function is not None  # this NumPy does not have it yet
}


def primitive_for(function: Callable[..., Any]) -> Primitive | None:
    """The primitive of a function of NumPy's, or of a ufunc of SciPy's; None for any other function."""
    found = PRIMITIVES.get(function)
    if found is None and isinstance(function, np.ufunc) and "scipy.special" in sys.modules:
        row = importlib.import_module(".scipy_special", __name__).rows().get(function)  # which programs without SciPy never need
        return row and primitive_of(function, row, {"elementwise": True})
    return found


def is_flat(primitive: Primitive) -> bool:
    """True if all its rules give 0."""
    return all(rule is elementwise.zero_slope for rule in primitive.rules.values())


def is_step(node: Node | None) -> bool:
    """True if the call is one of a step function, through which no gradient passes: a plain number of its result loses none."""
    if node is None or node.primitive is None:
        return False
    return is_flat(node.primitive) or (node.primitive.function is np.sign and node.dtype.kind != "c")


COMPOSITIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    function: composition
    for chapter in CHAPTERS
    for function, composition in getattr(chapter, "COMPOSITIONS", {}).items()
    if function is not None
}

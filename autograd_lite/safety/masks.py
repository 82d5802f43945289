"""Masks are structure: an element that no path lets through has gradient 0, whatever the slopes before it are.

`np.where(x > 0, np.sqrt(x), 0)` does not depend on x where x <= 0. But the chain rule multiplies the 0 that arrives there by the
infinite slope of sqrt at 0, and 0 * inf is nan. A 0 in a gradient does not tell why it is 0, so the mask itself is asked: a rule
that selects or moves elements, run on ones, gives 0 exactly where nothing passes. Elementwise calls hand this on; other calls
(matrix products) end it. It is worked out when a contribution is not finite, and when the pass is recorded: the slope may be 0
where its own slope is infinite, and a 0 that nothing lets through has no slope.

Roots are another case: a square root is taken of what is nowhere negative. Where the root is 0, its argument has a minimum there,
and inf * 0 behind it is 0, as in `np.sqrt(np.sum(x * x))` at 0: a subgradient. What a function that is flat at 0 makes of the
root, 0 * inf, is not known before the slope of the argument is: nan until then. The derivative of either 0 is not known: nan.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

import numpy as np

from ..functions import match_shape, ratio
from ..graph import Edge, Node, Value
from ..several import Several
from .operands import values_of

__all__ = ["Masks"]

Array = np.ndarray[Any, Any]
to_shape: Callable[..., Array] = inspect.unwrap(match_shape)


class Masks:
    """The ways on which masks reached the nodes of one backward pass, and the nodes behind roots that are 0."""

    __slots__ = ("passing", "roots", "ways")

    def __init__(self) -> None:
        # for each node behind a mask: (the node that used it, the edge; None if elements stay where they are), or None for a
        # use behind no mask
        self.ways: dict[Node, list[tuple[Node, Any] | None]] = {}
        # 1 where some way lets an element through, else 0: once it is asked for; 1+1j where it is complex, of which a rule may
        # let one part through
        self.passing: dict[Node, Array] = {}
        self.roots: dict[Node, Array] = {}  # True where an infinite slope of a root arrived

    def enter(self, node: Node, edges: Iterable[Edge], pending: dict[Node, Any]) -> bool:
        """Note the ways from `node` to its arguments; True if its contributions have to be looked at."""
        primitive, ways = node.primitive, self.ways
        hands_on = primitive.selects or (primitive.moves and node in ways)
        if hands_on:
            for edge in edges:
                parent = edge[0]
                if parent not in ways:
                    ways[parent] = [None] if parent in pending else []
                ways[parent].append((node, edge if primitive.selects or not primitive.elementwise else None))
        elif ways:
            ways.pop(node, None)
            for edge in edges:
                if edge[0] in ways:
                    ways[edge[0]].append(None)
        looked_at = primitive.elementwise or callable(primitive.moves)
        return (hands_on and looked_at) or primitive.root or node in self.roots

    def let_through(self, node: Node, edge: Any, gradient: Any, contribution: Any) -> Any:
        """The contribution of `node` along one of its edges, without those of elements that a mask or a root keeps out."""
        if (contribution is gradient and node not in self.roots) or contribution.__class__ is Several:
            return contribution
        finite = all_finite(values_of(contribution))
        if node.primitive.moves and ((node in self.ways and isinstance(contribution, Value)) or not finite):
            passes = passed_on(self.passes(node), node.primitive, edge) != 0
            if not np.all(passes):
                contribution = np.where(passes, contribution, 0)
        if not finite and (node in self.roots or node.primitive.root):
            contribution = self.behind_root(node, edge, gradient, contribution)
        return contribution

    def passes(self, node: Node) -> Array:
        """Not 0 for each element of `node` that some way lets through, else 0. Without recursion: the ways may be long."""
        unknown, stack = set(), [node]
        while stack:
            at = stack.pop()
            if at not in self.passing and at not in unknown:
                unknown.add(at)
                stack += [entry[0] for entry in self.ways.get(at, ()) if entry is not None]
        for at in sorted(unknown, key=attrgetter("number"), reverse=True):
            ways = self.ways.get(at, [None])
            passing = np.ones(at.shape) if None in ways else np.zeros(at.shape)
            for entry in ways:
                if entry is not None and not passing.all():
                    user, edge = entry
                    passed = self.passing[user] if edge is None else passed_on(self.passing[user], user.primitive, edge)
                    passing = np.maximum(passing, to_shape(passed != 0, at.shape))
            self.passing[at] = passing * (1 + 1j) if at.dtype is not None and at.dtype.kind == "c" else passing
        return self.passing[node]

    def behind_root(self, node: Node, edge: Any, gradient: Any, contribution: Any) -> Any:
        """0 in place of nan where an infinite slope of a root met a slope of 0; the infinite slopes that go on are noted."""
        parent, rule, saved, argument = edge
        g, marks = values_of(gradient), self.roots.get(node)
        if marks is not None and not np.any(np.isnan(g) & ~marks):
            slope = rule(np.where(marks, np.ones_like(gradient), 0), *saved)  # of the steep elements alone, and without them:
            rest = rule(np.where(marks, 0, gradient), *saved)
            settled = np.isnan(values_of(contribution)) & (values_of(slope) == 0)
            others = rest if np.all(settled | np.isfinite(values_of(contribution))) else contribution
            contribution = np.where(settled, rest + ratio(slope, 0), others)  # whose slope is nan
        if node.primitive.root:
            y = values_of(values_by_name(node.primitive, argument, saved)["y"])
            steep = np.isinf(values_of(rule(np.ones_like(gradient), *saved)))
            found = steep & (y == 0) & np.isfinite(g) & ((g == 0) | (node.primitive.root != "of any sign"))
            marks = found if marks is None else marks | found
        arrived = ~np.isfinite(values_of(contribution)) & (marks if node.primitive.elementwise else np.any(marks))
        if arrived.any():
            self.roots[parent] = (to_shape(arrived, parent.shape) != 0) | self.roots.get(parent, np.False_)
        return contribution


def all_finite(array: Array) -> bool:
    """True if all elements are finite: a finite sum of squares says so in a third of the time."""
    return bool(np.vdot(array, array).real < math.inf) or bool(np.isfinite(array).all())


def values_by_name(primitive: Any, argument: Any, saved: Any) -> dict[str, Any]:
    """The values that a rule reads, by name."""
    return dict(zip(primitive.reads[argument if isinstance(argument, str) else argument[0]], saved, strict=True))


def passed_on(passes: Array, primitive: Any, edge: Any) -> Any:
    """Not 0 for the elements of an argument that pass, given 1, or 1+1j, for those of the output that pass, else 0.

    Where elements stay where they are it is the same; where they are selected or moved, the rule tells. A row has another
    function (`selects=`), of the values that its rule reads, where the rule multiplies by numbers that may be 0 themselves;
    a norm, of which each element depends on several, has one of what passes and of those values (`moves=`).
    """
    _, rule, saved, argument = edge
    if not primitive.selects and primitive.elementwise:
        return passes
    if not (callable(primitive.selects) or callable(primitive.moves)):
        return rule(passes, *map(values_of, saved))
    values = {name: values_of(value) for name, value in values_by_name(primitive, argument, saved).items()} | {"passes": passes}
    reached = called_with(primitive.moves, values) if callable(primitive.moves) else passes.any()
    return called_with(primitive.selects, values) * reached if callable(primitive.selects) else reached


def called_with(function: Callable[..., Any], values: dict[str, Any]) -> Any:
    return function(*(values[name] for name in parameter_names(function)))


@functools.cache
def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)

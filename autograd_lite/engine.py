"""The chain rule: `backpropagate` walks back over the graph and multiplies by one local derivative after the other.

The gradient `g` of a value is the derivative of the loss by that value. The rule of a call for an argument takes the `g` of its
output and returns the contribution of the call to the gradient of the argument: a vector-Jacobian product, vjp for short.
For `y = a * b` the rule for `a` is `g * b`. The contributions of all calls that used a value add up to its gradient.

Second derivatives need no second table. The arrays that a rule reads are saved without their nodes. Wrapped as Tensors with
their nodes again, they make the rule record what it does: `g * b` is then a call like any other, with a derivative by g and
one by b, and the gradient that comes out has a graph of its own.

Of complex numbers `g` is the number with dL = Re(g * dx): then `g * b` is right as it stands, and nothing is conjugated. The
gradient that `backward` and the transforms hand out, dL/dRe x + i dL/dIm x, is its conjugate. A real number has no imaginary part
to change: of what a complex call contributes to it, the real part counts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np

from .functions import cast, match_shape
from .graph import Edge, Leaf, Node
from .safety.masks import Masks
from .safety.operands import refuse_no_array
from .safety.stale import changes, freed
from .speed.buffers import add_into_buffer

__all__ = ["ancestors", "backpropagate", "fitted"]

Wrap = Callable[[Any, Node | None], Any]
match_shape_of_array = inspect.unwrap(match_shape)  # without a look for Tensors among the arguments
number_of, parent_of = attrgetter("number"), itemgetter(0)  # of a node, of an edge


def backpropagate(
    gradients: Mapping[Node, Any],
    *,
    wrap: Wrap | None = None,
    retain_graph: bool = False,
    until: Iterable[Node] = (),
    masks: Masks | None = None,
) -> Iterator[tuple[Node, Any]]:
    """Walk back from the nodes in `gradients` and yield each with its whole gradient: last made first, leaves at the end.

    Each node is visited once, after everything that was computed from it: creation numbers give that order for
    free, and no recursion is needed.

    Parameters
    ----------
    gradients
        The gradient of each node to start from, of that node's shape and dtype: arrays, or Tensors with `wrap`.
    wrap
        Makes a Tensor of a saved array and its node. When given, the rules run on Tensors: where calls are recorded, the
        gradients have graphs themselves. Keep the graph then (`retain_graph`): they lead back into it.
    retain_graph
        Keep what the nodes have saved, so that the graph can be walked again.
    until
        Walk no further than these nodes, and only along paths that lead to one of them.
    masks
        Those of a pass that goes on here; by default it is a new one.

    Raises
    ------
    RuntimeError
        A node on the way was freed by an earlier pass, or an array that it had saved was written into since.

    Notes
    -----
    A gradient that is yielded, an array or a NumPy number, belongs to the pass, which may write into it once it is asked for
    the next one: copy what you keep. Masked elements get gradient 0, also where a slope is infinite there, as sqrt's at 0 in
    `where(x > 0, sqrt(x), 0)`: see `safety/masks.py`.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> for node, gradient in ag.backpropagate({y.node: np.array(1.0)}):
    ...     print(node, gradient)
    <multiply float64[]> 1.0
    <leaf float64[]> 6.0
    """
    stop = frozenset(until)
    order = ancestors(gradients, stop)
    if order and max(changes.times.values()) > order[0].number:
        changes.refuse_stale(order)
    needed = ancestors_between(stop, order) if stop else None
    to_shape = match_shape_of_array if wrap is None else match_shape
    pending = dict(gradients)
    buffers: set[Node] = set()
    for node in reversed(order):
        gradient = pending.pop(node, None)
        if gradient is None:  # no path from here leads to `until`
            continue
        yield node, gradient
        if stop and node in stop:
            continue
        primitive, edges = node.primitive, node.edges
        if edges is None:
            raise freed(node)  # by another thread, meanwhile
        into, guarded = None, False
        # Beside the chain rule; skip it at first. sqrt(x) in where(x > 0, sqrt(x), 0) is not used at x = 0, so x has gradient 0
        # there, but the chain rule has 0 * inf. So from a selection or a root on, a pass remembers what was left out: masks.
        if masks or primitive.special:
            masks = masks or Masks()
            guarded = masks.enter(node, edges, pending)
            into = primitive.into if wrap is None and not guarded else None
        if wrap is not None:
            edges = retracked_edges(node, edges, wrap)
        if not retain_graph:
            node.edges = None
        for edge in edges:
            parent, rule, saved, argument = edge
            if needed is not None and parent not in needed:
                continue
            if into and argument in into:
                add_into_buffer(pending, buffers, into[argument], node, gradient, parent, saved)
                continue
            contribution = rule(gradient, *saved)  # the chain rule
            try:
                if guarded:
                    contribution = masks.let_through(node, edge, gradient, contribution)  # type: ignore[union-attr]
                if contribution.shape != parent.shape or contribution.dtype is not parent.dtype:
                    contribution = fitted(contribution, parent, to_shape)
            except AttributeError:
                if hasattr(contribution, "dtype"):
                    raise
                raise refuse_no_array(primitive, argument, contribution, parent.shape) from None
            if parent in pending:  # not +=: the two rules of np.add return g itself, one array for both arguments
                contribution = pending.pop(parent) + contribution  # in place, if nobody else holds a large array: NumPy's doing
            elif parent.__class__ is Leaf and wrap is None and (contribution is gradient or contribution.base is not None):
                contribution = np.array(contribution)  # the rule returned g or a view, and the caller keeps what it gets
            pending[parent] = contribution
    yield from pending.items()  # only leaves are left


def fitted(contribution: Any, parent: Node, to_shape: Callable[..., Any] = match_shape_of_array) -> Any:
    """A contribution to the gradient of `parent`, in its shape and dtype."""
    if contribution.shape != parent.shape:
        contribution = to_shape(contribution, parent.shape)
    if contribution.dtype is not parent.dtype:
        if contribution.dtype.kind == "c" != parent.dtype.kind:
            contribution = np.real(contribution)
        contribution = cast(contribution, parent.dtype)
    return contribution


def ancestors(start: Iterable[Node], stop: frozenset[Node] = frozenset()) -> list[Node]:
    """The nodes, but leaves, that lead to those in `start`, and these; first made first, none beyond `stop`."""
    found = [node for node in start if node.__class__ is not Leaf]
    seen = set(found)
    for node in found:  # grows while it is walked
        edges = node.edges
        if edges is None:
            raise freed(node)
        if stop and node in stop:
            continue
        for edge in edges:
            parent = edge[0]
            if parent.__class__ is not Leaf and parent not in seen:
                seen.add(parent)
                found.append(parent)
    found.sort(key=number_of)
    return found


def ancestors_between(stop: frozenset[Node], order: list[Node]) -> set[Node]:
    """The nodes in `stop`, and those in `order` (first made first) that were computed from one of them."""
    found = set(stop)
    for node in order:
        if node not in stop and not found.isdisjoint(map(parent_of, node.edges or ())):
            found.add(node)
    return found


def retracked_edges(node: Node, edges: Iterable[Edge], wrap: Wrap) -> list[Edge]:
    """The edges of `node` with each saved array as a Tensor again, with the node it had.

    A bare array would be a constant to the rule that is recorded: the derivative of `g * b` by b would be lost.
    """
    node_by_name: dict[Any, Node] = node.outputs() | {edge[3]: edge[0] for edge in edges}
    made = []
    for parent, rule, saved, argument in edges:
        names = node.primitive.reads[argument if argument.__class__ is str else argument[0]]
        tracked = tuple([retracked(value, name, node_by_name, wrap) for value, name in zip(saved, names, strict=True)])
        made.append((parent, rule, tracked, argument))
    return made


def retracked(value: Any, name: str, node_by_name: dict[Any, Node], wrap: Wrap) -> Any:
    """A saved value for a rule that is recorded: a Tensor where it was tracked, itself where it was a constant."""
    if name in node_by_name:
        return wrap(value, node_by_name[name])
    if isinstance(value, tuple) and any(isinstance(key, tuple) and key[0] == name for key in node_by_name):
        nodes = (node_by_name.get((name, i)) for i in range(len(value)))
        return tuple(element if node is None else wrap(element, node) for element, node in zip(value, nodes, strict=True))
    return value

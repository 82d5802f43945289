"""The walk: a backward pass with the contribution of each call to each of its arguments kept apart.

`backpropagate` yields the whole gradient of each node. To see what each edge sends, the graph is copied, and a node that only
hands its gradient on is put into each edge: the gradient of that node is what the edge sends. The walk is the engine's own,
with its masks, shapes and dtypes; the graph itself is left as it was, and is freed by none of this.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..engine import ancestors, backpropagate
from ..functions import conj
from ..graph import Edge, Leaf, Node
from ..primitive import Primitive
from ..safety.stale import changes, no_graph, owner_of
from ..several import Several

__all__ = ["Sent", "Step", "arguments", "known_values", "starting_gradient", "steps"]

HAND_ON = Primitive(np.positive, {"x": lambda g: g}, "x", "hand on", elementwise=True)


class Sent(NamedTuple):
    """The contribution that a call sends to one of its arguments."""

    edge: Edge
    contribution: Any
    total: Any
    """The sum of all that the argument has been sent so far."""
    part: int
    """The number of contributions in that sum."""


class Step(NamedTuple):
    """A call, or a leaf, on the way back: its whole gradient, and what it sends."""

    node: Node
    gradient: Any
    sent: tuple[Sent, ...]


def steps(start: Mapping[Node, Any], until: frozenset[Node] = frozenset()) -> Iterator[Step]:
    """The steps of a backward pass from the nodes in `start`: last made first, leaves at the end.

    Parameters
    ----------
    start
        The gradient of each node to start from, as for `backpropagate`.
    until
        Nodes beyond which it does not walk.

    Raises
    ------
    RuntimeError
        A node on the way was freed by an earlier pass, or an array that it had saved was written into since.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (x * x).sum()
    >>> for step in steps({loss.node: np.float64(1.0)}):
    ...     print(step.node, step.gradient, [sent.contribution for sent in step.sent])
    <sum float64[]> 1.0 [array([1., 1.])]
    <multiply float64[2]> [1. 1.] [array([1., 2.]), array([1., 2.])]
    <leaf float64[2]> [2. 4.] []
    """
    copies, originals, carriers = copied(start, until)
    totals: dict[Node, Any] = {}
    parts: dict[Node, int] = {}
    current: Step | None = None
    sent: list[Sent] = []
    stop = [copies[node] for node in until if node in copies]
    with np.errstate(all="ignore"):
        walk = backpropagate({copies[node]: g for node, g in start.items()}, retain_graph=True, until=stop)
        for node, gradient in walk:
            gradient = copy_of(gradient)
            if node in carriers:
                parent = carriers[node][0]
                totals[parent] = totals[parent] + gradient if parent in totals else gradient
                parts[parent] = parts.get(parent, 0) + 1
                sent.append(Sent(carriers[node], gradient, totals[parent], parts[parent]))
                continue
            if current is not None:
                yield current._replace(sent=tuple(sent))
            current, sent = Step(originals[node], gradient, ()), []
    if current is not None:
        yield current._replace(sent=tuple(sent))


def copied(start: Mapping[Node, Any], until: frozenset[Node]) -> tuple[dict[Node, Node], dict[Node, Node], dict[Node, Edge]]:
    """The copy of each node, the original of each copy, and the edge in which each carrier stands."""
    copies: dict[Node, Node] = {node: node for node in start if node.__class__ is Leaf}
    carriers: dict[Node, Edge] = {}
    for node in ancestors(start, until):
        copies[node] = copy = numbered(Node(node.primitive, (), node.shape, node.dtype), node.number)
        edges = []
        for i, edge in enumerate(() if node in until else node.edges):
            parent, rule, saved, argument = edge
            to = copies.setdefault(parent, parent)  # made before; a leaf stands for itself
            carrier = Node(HAND_ON, ((to, HAND_ON.rules["x"], (), "x"),), parent.shape, parent.dtype)
            carriers[numbered(carrier, node.number - (i + 1) / (len(node.edges) + 1))] = edge
            edges.append((carrier, rule, saved, argument))
        copy.edges = tuple(edges)
    return copies, {copy: node for node, copy in copies.items()}, carriers


def numbered(node: Node, number: Any) -> Node:
    """The node with a number of its own: a carrier has its turn behind its call, before all that was made earlier."""
    node.number = number
    return node


def copy_of(gradient: Any) -> Any:
    """A copy of a gradient, which belongs to the pass."""
    if isinstance(gradient, Several):
        return Several({k: np.array(g) for k, g in gradient.parts.items()}, gradient.dtype)
    return np.array(gradient)


def starting_gradient(name: str, loss: Any, gradient: Any = None) -> dict[Node, Any]:
    """The node of a Tensor and the gradient to start from, as `backward` takes them.

    Raises
    ------
    TypeError
        It is no Tensor.
    RuntimeError
        It depends on nothing that requires grad, or a backward pass has freed its graph.
    """
    if not hasattr(loss, "backward"):
        raise TypeError(f"{name}: a {type(loss).__name__} was given; it takes a Tensor, the result of recorded calls.")
    if loss.node is None:
        raise no_graph(name)
    if loss.node.edges is None:
        raise RuntimeError(
            f"{name}: an earlier backward pass has freed the graph of this Tensor. Write ag.{name}(...) before it, or keep the "
            f"graph with backward(retain_graph=True)."
        )
    return {loss.node: conj(np.asarray(loss._gradient_to_start_from(gradient, False)))}


# -- values that the graph knows ----------------------------------------------------------------------------------


def arguments(edge: Edge, node: Node) -> Iterator[tuple[str, Any]]:
    """The names that the rule of an edge reads, with their values, but for its memo."""
    _, _, saved, argument = edge
    names = node.primitive.reads[argument if isinstance(argument, str) else argument[0]]
    yield from ((name, value) for name, value in zip(names, saved, strict=True) if name != "memo")


def known_values(nodes: list[Node]) -> dict[Node, Any]:
    """The values of nodes, as far as some rule has saved them; of leaves, their arrays.

    A value that no rule reads is not kept by a recorded call, and is not among them: `ag.watch()` keeps all. Nor is a leaf that
    was written into since it was used.
    """
    found: dict[Node, Any] = {}
    first_use: dict[Node, Any] = {}
    for node in nodes:
        for edge in node.edges:
            if edge[0].__class__ is Leaf:
                first_use[edge[0]] = min(first_use.get(edge[0], sys.maxsize), node.number)
    for node in nodes:
        if node.__class__ is Leaf:
            owner = node.owner()
            if owner is not None and not written_since(owner._array, first_use.get(node, sys.maxsize)):
                found[node] = owner._array
            continue
        parents = {argument: parent for parent, _, _, argument in node.edges}
        for edge in node.edges:
            for name, value in arguments(edge, node):
                if name == "y" and node.shape is not None:
                    found.setdefault(node, value)
                elif name in parents:
                    found.setdefault(parents[name], value)
                elif isinstance(value, tuple):
                    for (label, i), parent in ((key, p) for key, p in parents.items() if isinstance(key, tuple)):
                        if label == name:
                            found.setdefault(parent, value[i])
    return {node: value for node, value in found.items() if isinstance(value, np.ndarray) and value.shape == node.shape}


def written_since(array: Any, number: int) -> bool:
    """True if an array was written into after the time `number`, as far as Tensors know."""
    owner = owner_of(array)
    written = changes.owners.get(id(owner))
    return written is not None and written.owner() is owner and written.since(number, array)

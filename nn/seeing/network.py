"""A network as columns of neurons: weights, biases and functions, found in the recorded graph of one call.

Layers are told by what they compute, not by how they are written: a weighted sum has the same slopes in each row, a function of
each neuron has slopes by that neuron alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

from ..module import Module
from ..summary import watched

__all__ = ["Column", "columns"]

Array = NDArray[Any]
PLAIN = "Linear", "linear", "matmul", "add", "multiply", "subtract", "dot", "einsum", "sum"  # the weights say it already


@dataclass
class Column:
    """The neurons of one layer."""

    values: Array
    """The values that they hand on: a row for each sample."""
    drawn: list[int]
    """The neurons that are drawn: all, or the first and the last."""
    weights: Array | None = None
    """A row for each neuron that is drawn: its weights of all neurons of the column before; None for the inputs."""
    biases: Array | None = None
    names: list[str] = field(default_factory=list)
    """The functions behind the weighted sum."""
    curves: tuple[Array, Array] | None = None
    """The inputs of the functions of each neuron, and their outputs; None if there are none."""


class Chain:
    """The nodes of a call between its input and its result, and their values."""

    def __init__(self, model: Any, x: Array) -> None:
        self.rows = len(x)
        self.x = ag.tensor(x, requires_grad=True)
        self.layers: dict[Any, tuple[Any, Module]] = {}
        modules = list(model.modules()) if isinstance(model, Module) else []
        with watched(modules, self.note), ag.enable_grad(), ag.watch() as self.seen:
            result = model(self.x)
        if not isinstance(result, ag.Tensor) or result.node is None:
            raise ValueError(refusal(f"the result is a {type(result).__name__} that was not computed from x by recorded calls"))
        self.result = result.node
        self.dependent = {self.x.node}
        for node in sorted(graph_of(self.result), key=lambda node: node.number):
            if any(edge[0] in self.dependent for edge in node.edges or ()):
                self.dependent.add(node)
        if self.result not in self.dependent:
            raise ValueError(refusal("the result does not depend on x"))

    def note(self, module: Module, args: Any, result: Any) -> None:
        """A module was called: one of ours without modules inside is one step of the chain."""
        if type(module).__module__.partition(".")[0] == "nn" and not any(module.children()) and isinstance(result, ag.Tensor):
            given = args[0].node if args and isinstance(args[0], ag.Tensor) else None
            if given is not None and given is not result.node:
                self.layers[result.node] = given, module

    def steps(self) -> list[tuple[Any, Any, str]]:
        """The steps from the input to the result, each with the nodes that it begins and ends with, and its name."""
        found: list[tuple[Any, Any, str]] = []
        end: Any = self.result
        while end is not self.x.node:
            start, module = self.layers.get(end, (None, None))
            if start not in self.dependent:
                start, module = self.before(end), None
            calls = dict.fromkeys(node.primitive.name.strip("_<>") for node in self.between(start, end)[::-1])
            found.append((start, end, type(module).__name__ if module else ", ".join(calls)))
            end = start
        return found[::-1]

    def before(self, node: Any) -> Any:
        """The last node through which all ways from x to this one lead."""
        ways = {edge[0] for edge in node.edges if edge[0] in self.dependent}
        while len(ways) > 1:
            latest = max(ways, key=lambda way: way.number)
            ways = ways - {latest} | {edge[0] for edge in latest.edges if edge[0] in self.dependent}
        return ways.pop()

    def between(self, start: Any, end: Any) -> list[Any]:
        """The calls of a step, the last one first."""
        found = [end]
        for node in found:
            new = dict.fromkeys(edge[0] for edge in node.edges if edge[0] in self.dependent and edge[0] is not start)
            found += [parent for parent in new if parent not in found]
        return found

    def learns(self, start: Any, end: Any, ndim: int) -> bool:
        """True if a step reads a parameter with at least so many axes."""
        parents = [edge[0] for node in self.between(start, end) for edge in node.edges]
        return any(parent not in self.dependent and len(parent.shape or ()) >= ndim for parent in parents)

    def values(self, node: Any) -> Array:
        """A row for each sample: the values of a node side by side."""
        if node.shape is None or node.shape[:1] != (self.rows,) or node.dtype.kind != "f":
            was = "several results" if node.shape is None else f"{node.dtype}{list(node.shape)}"
            raise ValueError(refusal(f"{node.primitive.name.strip('_<>')} makes {was} of {self.rows} rows"))
        array = self.x.data if node is self.x.node else self.seen[node]
        return np.asarray(array).reshape(self.rows, -1)

    def slopes(self, start: Any, end: Any, outputs: list[int]) -> Array:
        """The derivatives of some values at `end` by all values at `start`, of the first sample."""
        found = np.zeros((len(outputs), self.values(start).shape[1]))
        for k, j in enumerate(outputs):
            one = np.zeros(end.shape, end.dtype)
            one.reshape(self.rows, -1)[0, j] = 1
            for node, gradient in ag.backpropagate({end: one}, retain_graph=True, until=[start]):
                if node is start:
                    found[k] = np.asarray(gradient).reshape(self.rows, -1)[0]
        return found


def columns(model: Any, x: Array, most: int) -> list[Column]:
    """The columns of a network, of which at most `most` neurons each are drawn.

    Raises
    ------
    ValueError
        It is no chain of weighted sums and functions.

    Examples
    --------
    >>> import nn
    >>> model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=0))
    >>> [(c.values.shape, c.names, c.weights is not None) for c in columns(model, np.zeros((5, 1)), 8)]
    [((5, 1), [], False), ((5, 4), ['Tanh'], True), ((5, 1), [], True)]
    """
    chain = Chain(model, x)
    found = [Column(chain.values(chain.x.node), drawn_of(x[0].size, most))]
    for start, end, name in chain.steps():
        before, after, last = chain.values(start), chain.values(end), found[-1]
        drawn = drawn_of(after.shape[1], most)
        slopes = chain.slopes(start, end, drawn)
        sums = before @ slopes.T
        biases = after[0, drawn] - sums[0]
        rounding = 64 * np.finfo(after.dtype).eps * (np.abs(before) @ np.abs(slopes.T) + np.abs(after[:, drawn])).max(axis=0)
        biases[np.abs(biases) <= rounding] = 0
        learnt = name == PLAIN[0] or chain.learns(start, end, 0)
        of_each = after.shape == before.shape and np.array_equal(slopes * np.eye(after.shape[1])[drawn], slopes)
        if np.all(np.abs(sums + biases - after[:, drawn]) <= rounding) and (not of_each or learnt):
            same = of_each and np.array_equal(slopes, np.eye(after.shape[1])[drawn])
            if same and last.biases is not None and not last.names:
                last.values, last.biases = after, last.biases + biases
            else:
                found.append(Column(after, drawn, slopes, biases, [] if name in PLAIN else [name]))
        elif of_each or (after.shape == before.shape and not chain.learns(start, end, 2)):
            if start.shape == end.shape or not np.array_equal(after, before):  # else they are only put side by side
                if of_each and (last.curves is not None) == bool(last.names):
                    last.curves = (last.curves[0] if last.curves else before), after
                last.names.append(name)
            last.values = after
        else:
            raise ValueError(refusal(f"{name} is neither a weighted sum nor a function of neurons, or leads around other layers"))
    return found


def drawn_of(count: int, most: int) -> list[int]:
    """The neurons of a layer that are drawn.

    >>> drawn_of(3, 8), drawn_of(64, 5)
    ([0, 1, 2], [0, 1, 2, 62, 63])
    """
    return list(range(count)) if count <= most else [*range(most - most // 2), *range(count - most // 2, count)]


def graph_of(node: Any) -> Iterator[Any]:
    """All nodes that lead to one, and it."""
    found = {node: None}
    for each in (todo := [node]):
        new = [edge[0] for edge in each.edges or () if edge[0] not in found]
        found |= dict.fromkeys(new)
        todo += dict.fromkeys(new)
    return iter(found)


def refusal(reason: str) -> str:
    """The message for a network that cannot be drawn."""
    return (
        f"diagram: {reason}; drawn is a chain of layers, each a weighted sum or a function of the neurons before it. "
        "ag.show(model(x).sum(), 'graph.html') draws any graph, and model.summary(x) lists any layers."
    )

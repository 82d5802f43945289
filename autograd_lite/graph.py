"""The graph: a value remembers the node that made it, and a node remembers the call.

`y = a * b` leaves a node with one edge for each tracked argument:

    (node of a, rule for a, what that rule reads, "a"), (node of b, rule for b, what that rule reads, "b")

Edges point only backwards and nothing points forward, so a graph has no cycles: it is freed the moment its last value
goes.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .gradients import KeepsGradient

__all__ = ["Edge", "Leaf", "Node", "Value", "is_tracked", "next_number", "node_of", "result_kind", "results_are", "wrap"]

T = TypeVar("T")
next_number = itertools.count().__next__

Edge = tuple["Node", Callable[..., Any], tuple[Any, ...], Any]


class Node:
    """A recorded call: the primitive, one edge for each tracked argument, and a number that grows with time.

    The identity of a value is its node; interior values come and go. `edges` is None once a backward pass has freed it.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "number", "primitive", "shape")

    def __init__(self, primitive: Any, edges: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.primitive = primitive
        self.edges = edges
        self.shape = shape
        self.dtype = dtype
        self.number = next_number()

    def __repr__(self) -> str:
        return f"<{self.primitive.name if self.primitive else 'leaf'} {self.dtype}{list(self.shape)}>"


class Leaf(Node, KeepsGradient):
    """The node of an input. It holds the gradient, so that a Tensor and its node form no cycle."""

    __slots__ = ("grad", "owner")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], owner: Value) -> None:
        super().__init__(None, (), shape, dtype)
        self.grad: Any = None
        self.owner = weakref.ref(owner)


class Value:
    """An array, and the node that made it (None for a constant): all that the engine needs of a Tensor."""

    __slots__ = ("__weakref__", "_array", "_node", "_recorded_grad")

    _array: NDArray[Any]
    _node: Node | None
    _recorded_grad: Any

    @property
    def node(self) -> Node | None:
        """The node in the graph that made it; None for a constant."""
        return self._node

    @property
    def is_leaf(self) -> bool:
        """True if it is not the result of a recorded operation."""
        return self._node is None or self._node.__class__ is Leaf

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._array.dtype


_kind: type[Any] = Value  # `record` makes Tensors, and stands before `Tensor` in the order of imports


def results_are(kind: type[T]) -> type[T]:
    """Make `kind` the class of recorded results: the decorator of `Tensor`."""
    global _kind
    _kind = kind
    return kind


def result_kind() -> type[Any]:
    """The class of recorded results."""
    return _kind


def wrap(array: Any, node: Node | None) -> Any:
    """A Tensor around an array that `node` has made; the array is neither copied nor checked."""
    made = object.__new__(_kind)
    made._array = array if array.__class__ is np.ndarray else np.asarray(array)
    made._node = node
    return made


def node_of(value: Any) -> Node | None:
    """The node that made `value`; None for a constant and for what is no Tensor."""
    return value._node if isinstance(value, Value) else None


def is_tracked(value: Any) -> bool:
    """True for a Tensor with a node, and for a list or tuple that holds one."""
    if isinstance(value, (list, tuple)):
        return any(map(is_tracked, value))
    return node_of(value) is not None

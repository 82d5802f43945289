"""The graph: each tracked value has a node, and a node remembers how the value was computed.

A value is *tracked* if it depends on a Tensor that requires grad. `y = a * b` leaves a node for y with one *edge* for each
tracked argument, an edge being four things:

    (node of a, the rule for a, the arrays that this rule reads, "a"), (node of b, the rule for b, ..., "b")

The i-th array of a list, as in np.stack, has a pair for a name: ("arrays", i).

A Tensor that requires grad and was given, not computed, has a *leaf* for a node: a node without edges.

Edges point only backwards, from a result to its arguments. A Tensor holds its node and, in `grad`, its gradient; a node holds
no Tensor. So nothing goes round in circles, and a graph is freed the moment its last value goes, also one that leads to a
gradient (`backward(create_graph=True)`).
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .notebook import NodeInNotebook

__all__ = [
    "Edge", "Leaf", "Node", "Value", "is_tracked", "living_leaves", "next_number", "node_of", "returned_by_calls",
    "tensor_class", "wrap",
]  # fmt: skip

T = TypeVar("T")
next_number = itertools.count().__next__

Edge = tuple["Node", Callable[..., Any], tuple[Any, ...], Any]  # node, rule, what it reads, argument


class Node(NodeInNotebook):
    """A recorded call: the primitive, one edge for each tracked argument, and a number that grows with time.

    `shape` and `dtype` are those of its result. A backward pass keeps gradients by node, since the Tensor of an intermediate
    value may be gone by then. `edges` is None once a pass has freed it.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> y.node
    <multiply float64[]>
    >>> [edge[0] is x.node for edge in y.node.edges]
    [True, True]
    """

    __slots__ = ("__weakref__", "dtype", "edges", "number", "primitive", "shape")

    def __init__(self, primitive: Any, edges: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.primitive = primitive
        self.edges = edges
        self.shape = shape
        self.dtype = dtype
        self.number = next_number()

    def outputs(self) -> dict[Any, Node]:
        """The nodes of its results, by the names under which rules read these: `y` alone, unless the call had several."""
        return {"y": self}

    def __repr__(self) -> str:
        return f"<{self.primitive.name if self.primitive else 'leaf'} {self.dtype}{list(self.shape)}>"


class Leaf(Node):
    """The node of an input. `owner()` is the Tensor, or None if that is gone: a weak reference, so that they form no cycle.

    `is_variable` is True for an array that a transform hands to a function: it is the function's own, to write into or to copy;
    `is_lent` if that is the caller's array still, which is copied before anybody writes.
    """

    __slots__ = ("is_lent", "is_variable", "owner")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], owner: Value) -> None:
        super().__init__(None, (), shape, dtype)
        self.owner: Callable[[], Any] = weakref.ref(owner)
        self.is_lent = self.is_variable = False
        living_leaves.add(weakref.ref(self, living_leaves.discard))


living_leaves: set[weakref.ref[Leaf]] = set()  # those that live: it is empty where there is nothing to differentiate


class Value:
    """An array and its node, which is None for a constant: all that recording a call needs of a Tensor."""

    __slots__ = ("__weakref__", "_array", "_grad", "_node", "_part")

    _array: NDArray[Any]
    _grad: Any
    _node: Node | None
    _part: Any  # of memory that several Tensors show; None if it shows its own

    @property
    def node(self) -> Node | None:
        """Its node in the graph; None for a constant.

        >>> from autograd_lite import tensor
        >>> w = tensor(1.0, requires_grad=True)
        >>> (2 * w).node, tensor(1.0).node
        (<multiply float64[]>, None)
        """
        return self._node

    @property
    def is_leaf(self) -> bool:
        """True if it is not the result of a recorded operation.

        >>> from autograd_lite import tensor
        >>> w = tensor(1.0, requires_grad=True)
        >>> w.is_leaf, (2 * w).is_leaf
        (True, False)
        """
        return self._node is None or self._node.__class__ is Leaf

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).shape
        (2, 2)
        """
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of axes.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).ndim
        2
        """
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of elements.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).size
        4
        """
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).dtype
        dtype('float64')
        """
        return self._array.dtype


_tensor_class: type[Any] = Value  # `record` makes Tensors, and stands before `Tensor` in the order of imports


def returned_by_calls(cls: type[T]) -> type[T]:
    """The decorator of `Tensor`: recorded calls return objects of this class."""
    global _tensor_class
    _tensor_class = cls
    return cls


def tensor_class() -> type[Any]:
    """The class of the objects that recorded calls return."""
    return _tensor_class


def wrap(array: Any, node: Node | None) -> Any:
    """A Tensor of an array and its node; the array is neither copied nor checked."""
    made = object.__new__(_tensor_class)
    made._array = array if array.__class__ is np.ndarray else np.asarray(array)
    made._node = node
    made._part = None
    return made


def node_of(value: Any) -> Node | None:
    """The node of a Tensor; None for a constant, and for any other object."""
    return value._node if isinstance(value, Value) else None


def is_tracked(value: Any) -> bool:
    """True for a Tensor with a node, and for a list or tuple that holds one."""
    if isinstance(value, (list, tuple)):
        return any(map(is_tracked, value))
    return node_of(value) is not None

"""Calls with several results: one node for the call, and for each result a node of its own that leads to it.

    w, v = np.linalg.eigh(a)        w <- result 0 \\
                                                   eigh <- a
                                    v <- result 1 /

The gradient of the call is a `Several`: it holds that of each result that something was computed from, and the rule of the call
reads `g[0]` and `g[1]`, None for a result that nothing came back to. So a rule sees which results matter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .graph import Edge, Node, wrap

__all__ = ["Several", "SeveralNode", "separated"]


class Several:
    """The gradient of a call with several results: `g[k]` is that of result k, None if there is none.

    `dtype` is one that all the results have room in, also where some are real and some complex.

    >>> import numpy as np
    >>> of_both = np.dtype(float)
    >>> g = Several({0: np.ones(2)}, of_both) + Several({0: np.ones(2), 1: np.zeros(3)}, of_both)
    >>> g[0], g[1], g[2]
    (array([2., 2.]), array([0., 0., 0.]), None)
    """

    __slots__ = ("dtype", "parts")
    shape = None  # as its node's: there is nothing to bring to a shape

    def __init__(self, parts: Mapping[int, Any], dtype: np.dtype[Any]) -> None:
        self.parts = parts
        self.dtype = dtype

    def __add__(self, other: Several) -> Several:
        common = {k: self.parts[k] + g if k in self.parts else g for k, g in other.parts.items()}
        return Several({**self.parts, **common}, self.dtype)

    def __getitem__(self, k: int) -> Any:
        return self.parts.get(k)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts.values())

    def conj(self) -> Several:
        """The complex conjugate of each."""
        return Several({k: g.conj() for k, g in self.parts.items()}, self.dtype)

    def __repr__(self) -> str:
        return f"Several({dict(self.parts)})"


class SeveralNode(Node):
    """The node of a call with several results."""

    __slots__ = ("results",)

    def __init__(self, primitive: Any, edges: tuple[Edge, ...], results: tuple[Any, ...]) -> None:
        super().__init__(primitive, edges, None, np.result_type(*(y.dtype for y in results if y.dtype.kind in "fc")))  # type: ignore[arg-type]
        self.results = tuple((y.shape, y.dtype) for y in results)

    def __repr__(self) -> str:
        return f"<{self.primitive.name} {self.dtype} with {len(self.results)} results>"

    def outputs(self) -> dict[Any, Node]:
        """A new node for each result of floating-point numbers: they lead to the call, which holds none of them."""
        return {("y", k): result_node(self, k) for k, (_, dtype) in enumerate(self.results) if dtype.kind in "fc"}


class ResultOf:
    """The primitive of the node of a result: it takes result k out of those of a call, by the name of the call."""

    special = selects = moves = elementwise = root = False
    into = None
    reads = {"results": ("k", "dtype")}  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: Mapping[str, Callable[..., Any]] = {"results": gradient_of_result}


def gradient_of_result(g: Any, k: int, dtype: np.dtype[Any]) -> Several:
    """The rule of `ResultOf`."""
    return Several({k: g}, dtype)


result_of = functools.cache(ResultOf)


def result_node(node: SeveralNode, k: int) -> Node:
    """A node for result k of the call of `node`."""
    shape, dtype = node.results[k]
    return Node(result_of(node.primitive.name), ((node, gradient_of_result, (k, node.dtype), "results"),), shape, dtype)


def separated(primitive: Any, given: Any, results: tuple[Any, ...], edges: Any) -> Any:
    """The results of a call as NumPy gives them, in its own tuple or one alone: as Tensors if they are floating-point numbers.

    `given` are NumPy's, `results` the same as arrays; `edges` are those of the call, empty if nothing is recorded.
    """
    edges = tuple(edges)
    node = SeveralNode(primitive, edges, results) if edges else None
    made = [
        wrap(y, result_node(node, k) if node else None) if y.dtype.kind in "fc" else value
        for k, (y, value) in enumerate(zip(results, given if isinstance(given, tuple) else (given,), strict=True))
    ]
    if not isinstance(given, tuple):
        return made[0]
    return type(given)(*made) if hasattr(given, "_fields") else tuple(made)

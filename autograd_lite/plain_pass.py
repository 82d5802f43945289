"""The plain pass: `backpropagate` for the leaves alone, without buffers, Tensors or a generator.

Most passes are of this kind, and on small arrays the loop takes longer than its NumPy calls. Where a pass turns out to need more,
`backpropagate` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from .engine import Wrap, backpropagate, fitted
from .graph import Leaf, Node
from .safety.masks import Masks
from .safety.operands import refuse_no_array
from .safety.stale import changes

__all__ = ["gradients_of_leaves"]


def gradients_of_leaves(
    gradients: Mapping[Node, Any], retain_graph: bool = False, wrap: Wrap | None = None
) -> list[tuple[Node, Any]]:
    """The leaves that lead to the nodes in `gradients`, and the gradients of these leaves: arrays that belong to the caller.

    With `wrap` the pass is recorded, and the gradients are Tensors: see `backpropagate`.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> gradients_of_leaves({(x * x).node: np.float64(1)})
    [(<leaf float64[]>, np.float64(6.0))]
    """
    if wrap is not None:
        return leaves_of(backpropagate(gradients, wrap=wrap, retain_graph=True))
    pending = dict(gradients)
    written = max(changes.times.values())
    waiting = [(-node.number, node) for node in pending if node.__class__ is not Leaf]  # a heap of those in `pending`
    heapify(waiting)
    following = heappop(waiting)[1] if waiting else None
    masks: Masks | None = None
    while following is not None:
        node, following = following, None
        primitive, edges = node.primitive, node.edges
        if edges is None or primitive.into or written > node.number:
            return leaves_of(backpropagate(pending, retain_graph=retain_graph, masks=masks))
        gradient = pending.pop(node)
        if not retain_graph:
            node.edges = None
        guarded = False
        if masks or primitive.special:
            masks = masks or Masks()
            guarded = masks.enter(node, edges, pending)
        for edge in edges:
            parent, rule, saved, argument = edge
            contribution = rule(gradient, *saved)
            try:
                if guarded:
                    contribution = masks.let_through(node, edge, gradient, contribution)  # type: ignore[union-attr]
                if contribution.shape != parent.shape or contribution.dtype is not parent.dtype:
                    contribution = fitted(contribution, parent)
            except AttributeError:
                if hasattr(contribution, "dtype"):
                    raise
                raise refuse_no_array(primitive, argument, contribution, parent.shape) from None
            if parent in pending:
                contribution = pending.pop(parent) + contribution
            elif parent.__class__ is not Leaf:
                if following is None:
                    following = parent
                else:
                    heappush(waiting, (-parent.number, parent))
            elif contribution is gradient or contribution.base is not None:
                contribution = np.array(contribution)
            pending[parent] = contribution
        if waiting:
            if following is not None:
                heappush(waiting, (-following.number, following))
            following = heappop(waiting)[1]
    return list(pending.items())


def leaves_of(walk: Iterable[tuple[Node, Any]]) -> list[tuple[Node, Any]]:
    """The leaves that a walk back comes to, and their gradients."""
    return [(node, g) for node, g in walk if node.__class__ is Leaf]

"""Masks: behind `where`, an index or `maximum`, an element that was not let through contributes 0, never 0 * inf = nan.

`np.where(x > 0, np.sqrt(x), 0)` is 0 at x = 0, and so is its derivative, although sqrt has an infinite one there. The
same holds behind a square root that is 0 where its argument has a minimum: `np.sqrt(np.sum(x * x))` at 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Edge, Node

__all__ = ["Masks"]


class Masks:
    """The nodes of one backward pass behind masks, and those behind roots that are 0."""

    __slots__ = ("behind_mask", "behind_root")

    def __init__(self) -> None:
        self.behind_mask: set[Node] = set()  # their value was used through a mask
        self.behind_root: set[Node] = set()  # a square root was taken of them at 0, or of something computed from them

    def enter(self, node: Node, edges: list[Edge]) -> bool:
        """Hand on to its arguments what is behind a mask; True if contributions of this node need `let_through`."""
        primitive, behind = node.primitive, node in self.behind_mask
        if primitive.selects or (behind and primitive.moves):
            for edge in edges:
                self.behind_mask.add(edge[0])
        return (behind and primitive.elementwise) or primitive.root or node in self.behind_root

    def let_through(self, node: Node, parent: Node, gradient: Any, contribution: Any) -> Any:
        """The contribution of `node` to `parent`, with 0 in place of what a mask or a root keeps out."""
        if node in self.behind_mask and node.primitive.elementwise and contribution is not gradient:
            contribution = unless_zero(gradient, contribution)
        if node in self.behind_root:
            contribution = unless_flat(gradient, contribution)
        if (node.primitive.root or node in self.behind_root) and np.isinf(contribution).any():
            self.behind_root.add(parent)
        return contribution


def unless_zero(g: Any, contribution: Any) -> Any:
    """`contribution`, but 0 where `g` is 0, also where it is infinite or nan.

    >>> unless_zero(np.array([0.0, 1.0]), np.array([np.nan, np.inf]))
    array([ 0., inf])
    """
    if np.isfinite(contribution).all():
        return contribution
    return np.where(g == 0, 0, contribution)


def unless_flat(g: Any, contribution: Any) -> Any:
    """`contribution`, but 0 where it is nan although no `g` is: where `g` is infinite and the derivative 0.

    >>> unless_flat(np.array([np.inf, np.inf]), np.array([np.nan, np.inf]))
    array([ 0., inf])
    """
    made = np.isnan(contribution)
    if not made.any() or np.isnan(g).any():
        return contribution
    return np.where(made, 0, contribution)

"""Buffers: gradients that a backward pass may write into, so that a loop of n reads or writes costs n, not n squared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node

__all__ = ["add_into_buffer"]


def add_into_buffer(
    pending: dict[Node, Any], buffers: set[Node], into: Callable[..., Any], node: Node, gradient: Any, parent: Node, saved: Any
) -> None:
    """Add the contribution of `node` to the pending gradient of `parent`, in a buffer of the pass.

    `into` is the rule that writes into it. `buffers` holds the nodes whose pending gradient is a buffer already: any
    other gradient may be shared, and is copied first.
    """
    buffer = pending.get(parent)
    if buffer is not None and parent not in buffers:
        buffer = np.array(buffer)
    pending[parent] = into(buffer, gradient, node in buffers, parent, *saved)
    buffers.add(parent)

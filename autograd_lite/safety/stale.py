"""Stale graphs: a backward pass refuses arrays and leaves that were written into or exchanged since it was recorded."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..graph import Node, next_number

__all__ = ["Exchanged", "changes", "owner_of"]


class Changes:
    """The clock of writes into arrays that nodes may have saved.

    `last` is the time of the last write. A pass compares it with its oldest node; only if that node is older does it look at
    saved arrays. Writes are filed by the array that owns the memory, so that a look at a saved array costs the same however
    many others were written into, and a write through a view that is gone is not forgotten.
    """

    def __init__(self) -> None:
        self.last = -1
        self.owners: dict[int, Written] = {}  # by identity
        self.due = 1000

    def note(self, array: Any) -> None:
        """`array` has been written into."""
        owner = owner_of(array)
        written = self.owners.get(id(owner))
        if written is None or written.owner() is not owner:
            if len(self.owners) >= self.due:
                self.owners = {key: each for key, each in list(self.owners.items()) if each.owner() is not None}
                self.due = 2 * len(self.owners) + 1000
            written = self.owners[id(owner)] = Written(owner)
        self.last = written.note(array)

    def refuse_stale(self, order: list[Node]) -> None:
        """Raise if a node of the pass, first made first, has saved an array that was written into afterwards."""
        for node in order:
            for array in arrays_in(edge[2] for edge in node.edges):
                owner = owner_of(array)
                written = self.owners.get(id(owner))
                if written is not None and written.owner() is owner and written.since(node.number, array):
                    raise RuntimeError(
                        f"backward through '{node.primitive.name}', result of shape {node.shape}: an array of shape "
                        f"{array.shape} that it had saved was written into since (by .data, an optimiser's step, "
                        f"load_state_dict or t[...] = v). Compute the loss anew after the change, call backward "
                        f"before it, or write into a copy: t = t.copy()."
                    )


class Written:
    """The last write to each part of the memory that one array owns."""

    def __init__(self, owner: Any) -> None:
        self.owner = weakref.ref(owner)
        self.parts: dict[int, tuple[int, Any]] = {}  # by identity of the part: when, and a weak reference
        self.due = 64
        self.forgotten = -1  # the last write to a part whose array is gone: it may have been anywhere

    def note(self, array: Any) -> int:
        """`array`, a part of it, has been written into: the time."""
        if len(self.parts) >= self.due:  # a loop that makes a view for each write
            kept = {key: part for key, part in list(self.parts.items()) if part[1]() is not None}
            gone = [when for key, (when, _) in self.parts.items() if key not in kept]
            self.forgotten = max([self.forgotten, *gone])
            self.parts, self.due = kept, 2 * len(kept) + 64
        before = self.parts.get(id(array))
        if before is not None and before[1]() is not array:
            self.forgotten = max(self.forgotten, before[0])
            before = None
        now = next_number()
        self.parts[id(array)] = now, before[1] if before is not None else weakref.ref(array)
        return now

    def since(self, number: int, saved: Any) -> bool:
        """True if a part that `saved` shows may have been written into after the time `number`."""
        if self.forgotten > number:
            return True
        for when, ref in list(self.parts.values()):
            if when > number:
                part = ref()
                if part is None or np.may_share_memory(part, saved):
                    return True
        return False


class Exchanged:
    """The gradient of a leaf whose Tensor has got another dtype or shape, and so another leaf: nothing can be added to it."""

    def __init__(self, before: Any, now: Any) -> None:
        self.was, self.now = f"{before.dtype}{list(before.shape)}", f"{now.dtype}{list(now.shape)}"

    def __add__(self, _: Any) -> Any:
        raise RuntimeError(
            f"backward: a {self.was} leaf of this graph has been made {self.now} since (by .data = ..., or a module's .float() "
            f"or .double()), and this gradient would not reach it. Compute the loss anew after the change."
        )


def owner_of(array: Any) -> Any:
    """The array whose memory `array` shows; itself if it has memory of its own."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def arrays_in(saved: Iterable[Any]) -> Iterator[Any]:
    """The arrays among saved values, also inside tuples."""
    for value in saved:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(value)


changes = Changes()

"""Stale graphs: a backward pass refuses arrays and leaves that were written into or exchanged since it was recorded."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from threading import get_ident
from typing import Any

import numpy as np

from ..graph import Node, next_number

__all__ = ["Exchanged", "changes", "freed", "no_graph", "owner_of"]


class Changes:
    """The clock of writes into arrays that nodes may have saved.

    `times` holds the time of the last write of each thread, so that none runs back. A pass compares the latest with its oldest
    node; only if that node is older does it look at saved arrays. Writes are filed by the array that owns the memory, so that a
    look at a saved array costs the same however many others were written into, and a write through a view that is gone is not
    forgotten.
    """

    def __init__(self) -> None:
        self.times: dict[int, int] = {0: -1}  # by thread: the time of its last write
        self.arrays: dict[int, list[Any]] = {}  # by identity: the time of the last write, and a weak reference
        self.owners: dict[int, Written] = {}  # by identity
        self.due = 1000
        self.lock = threading.RLock()  # for new entries

    def note(self, array: Any) -> None:
        """`array` has been written into."""
        entry = self.arrays.get(id(array))
        if entry is None or entry[1]() is not array:
            with self.lock:
                entry = self.entry(array)
        entry[0] = self.times[get_ident()] = next_number()

    def entry(self, array: Any) -> list[Any]:
        """A new entry for `array`, filed by its owner too."""
        if len(self.arrays) >= self.due:
            self.arrays = {key: entry for key, entry in list(self.arrays.items()) if entry[1]() is not None}
            self.owners = {key: written for key, written in list(self.owners.items()) if written.owner() is not None}
            self.due = 2 * len(self.arrays) + 1000
        owner = owner_of(array)
        written = self.owners.get(id(owner))
        if written is None or written.owner() is not owner:
            written = self.owners[id(owner)] = Written(owner)
        entry = self.arrays[id(array)] = [next_number(), weakref.ref(array)]
        written.add(entry)
        return entry

    def refuse_stale(self, order: list[Node]) -> None:
        """Raise if a node of the pass, first made first, has saved an array that was written into afterwards."""
        for node in order:
            for array in arrays_in(edge[2] for edge in node.edges or ()):
                owner = owner_of(array)
                written = self.owners.get(id(owner))
                if written is not None and written.owner() is owner and written.since(node.number, array):
                    raise RuntimeError(
                        f"backward through {described(node)}: an array of shape "
                        f"{array.shape} that it had saved was written into since (by .data, an optimiser's step, "
                        f"load_state_dict or t[...] = v). Compute the loss anew after the change, call backward "
                        f"before it, or write into a copy: t = t.copy()."
                    )


def no_graph(operation: str) -> RuntimeError:
    """The error for a Tensor from which there is no way back."""
    return RuntimeError(
        f"{operation}: this Tensor does not depend on anything that requires grad, or was computed under no_grad. "
        f"Make the leaf with ag.tensor(..., requires_grad=True)."
    )


def freed(node: Node) -> RuntimeError:
    """The error for a node whose edges an earlier pass, or one in another thread, has taken."""
    return RuntimeError(
        f"backward through {described(node)}: an earlier backward pass, also one that ended in an error, or one "
        f"in another thread, has freed what it had saved. It was built before that pass (often outside the training loop): "
        f"build it anew inside the loop, or keep it with backward(retain_graph=True)."
    )


def described(node: Node) -> str:
    """The name of a call and the shape of its result, as they stand in errors."""
    return f"'{node.primitive.name}', " + ("several results" if node.shape is None else f"result of shape {node.shape}")


class Written:
    """The last write to each part of the memory that one array owns."""

    def __init__(self, owner: Any) -> None:
        self.owner = weakref.ref(owner)
        self.parts: list[list[Any]] = []  # for each: the time of the last write, and a weak reference
        self.forgotten = -1  # the last write to a part whose array is gone: it may have been anywhere
        self.due = 64

    def add(self, part: list[Any]) -> None:
        """Another part has been written into."""
        if len(self.parts) >= self.due:  # a loop that makes a view for each write
            kept = [entry for entry in self.parts if entry[1]() is not None]
            self.forgotten = max([self.forgotten, *(when for when, ref in self.parts if ref() is None)])
            self.parts, self.due = kept, 2 * len(kept) + 64
        self.parts.append(part)

    def since(self, number: int, saved: Any) -> bool:
        """True if a part that `saved` shows may have been written into after the time `number`."""
        if self.forgotten > number:
            return True
        for when, ref in self.parts:
            if when > number:
                part = ref()
                if part is None or np.may_share_memory(part, saved):
                    return True
        return False


class Exchanged:
    """The owner of a leaf whose Tensor has got another dtype or shape, and so another leaf: no gradient can be added to it."""

    def __init__(self, before: Any, now: Any) -> None:
        self.was, self.now = f"{before.dtype}{list(before.shape)}", f"{now.dtype}{list(now.shape)}"

    def __call__(self) -> Any:
        raise RuntimeError(
            f"backward: a {self.was} leaf of this graph has been made {self.now} since (by .data = ..., or a module's .float() "
            f"or .double()), and this gradient would not reach it. Compute the loss anew after the change."
        )


def owner_of(array: Any) -> Any:
    """The array whose memory `array` shows; itself if it has memory of its own."""
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)  # as_strided, and so sliding windows, put an object between
    return array


def arrays_in(saved: Iterable[Any]) -> Iterator[Any]:
    """The arrays among saved values, also inside tuples."""
    for value in saved:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(value)


changes = Changes()

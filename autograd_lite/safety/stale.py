"""Stale arrays: a backward pass refuses to read an array that was written into since a node saved it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from threading import get_ident
from typing import Any

import numpy as np

from ..graph import Node, next_number

__all__ = ["changes"]


class Changes:
    """The clock of writes into arrays that nodes may have saved.

    `times` holds the time of the last write of each thread, so that none runs back. A pass compares the latest with its
    oldest node; only if that node is older does it look at saved arrays.
    """

    def __init__(self) -> None:
        self.times: dict[int, int] = {0: -1}  # by thread: the time of its last write
        self.arrays: dict[int, list[Any]] = {}  # by identity: the time of the last write, and a weak reference
        self.lock = threading.RLock()  # no array is forgotten when several threads write

    def note(self, array: Any) -> None:
        """`array` has been written into."""
        now = self.times[get_ident()] = next_number()
        entry = self.arrays.get(id(array))
        if entry is not None and entry[1]() is array:
            entry[0] = now
            return
        with self.lock:
            if len(self.arrays) > 1000:
                self.arrays = {key: entry for key, entry in self.arrays.items() if entry[1]() is not None}
            self.arrays[id(array)] = [now, weakref.ref(array)]

    def refuse_stale(self, order: list[Node]) -> None:
        """Raise if a node of the pass, first made first, has saved an array that was written into afterwards."""
        with self.lock:
            newer = [(number, ref()) for number, ref in self.arrays.values() if number > order[0].number]
        for node in order:
            since = [array for number, array in newer if number > node.number and array is not None]
            if since:
                for array in arrays_in(edge[2] for edge in node.edges or ()):
                    if any(np.may_share_memory(array, changed) for changed in since):
                        raise RuntimeError(
                            f"backward through '{node.primitive.name}', result of shape {node.shape}: an array of shape "
                            f"{array.shape} that it had saved was written into since (by .data, an optimiser's step, "
                            f"load_state_dict or t[...] = v). Compute the loss anew after the change, call backward "
                            f"before it, or write into a copy: t = t.copy()."
                        )


def arrays_in(saved: Iterable[Any]) -> Iterator[Any]:
    """The arrays among saved values, also inside tuples."""
    for value in saved:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(value)


changes = Changes()

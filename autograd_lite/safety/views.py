"""Views: Tensors that show the same memory know of each other, so that a write to one never changes another unnoticed."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

from ..functions import is_basic
from ..graph import Leaf

__all__ = ["Views", "shares_memory", "views_of"]


lock = threading.RLock()  # two threads may take the first views of one Tensor, or one more, at once


class Views:
    """The Tensors that show parts of one piece of memory, each with the part that it shows.

    NumPy would change them all when one of them is written into. Here they are values with a history, so a write is
    refused while another Tensor that shows the same elements is alive.
    """

    def __init__(self) -> None:
        self.members: list[tuple[weakref.ref[Any], Any]] = []
        self.due = 8

    def add(self, member: Any, part: Any) -> None:
        """`member` shows `part`."""
        if len(self.members) >= self.due:
            self.members = [(ref, part) for ref, part in self.members if ref() is not None]
            self.due = 2 * len(self.members) + 8
        self.members.append((weakref.ref(member), part))
        member._views = self

    def part_of(self, member: Any) -> Any:
        """The part that `member` shows."""
        return next(part for ref, part in self.members if ref() is member)

    def refuse_overlap(self, writer: Any, operation: str, key: Any) -> None:
        """Raise if another living member shows elements that `writer` is about to write at `key`."""
        with lock:
            living = [(member, part) for ref, part in self.members if (member := ref()) is not None]
            if len(living) == 1:
                del writer._views  # no other is left
                return
            written = self.part_of(writer)
        if is_basic(key):  # as a view, also where a single element is named
            parts = key if isinstance(key, tuple) else (key,)
            written = written[parts if ... in parts else (*parts, ...)]
        for member, part in living:
            if member is not writer and np.may_share_memory(written, part):
                node = member._node
                how = "a constant or leaf" if node is None or node.__class__ is Leaf else f"made by {node.primitive.name}"
                raise RuntimeError(
                    f"{operation}: another Tensor ({how}, shape {member.shape}) shows the same elements, and NumPy would change "
                    f"it too. Make one of them a copy, t = t.copy(), or let the other one go (del) before the write. Instead of "
                    f"t[i:j] += u write t[i:j] = t[i:j] + u; instead of t[1:] = t[:-1] write t[1:] = t[:-1].copy()."
                )


def views_of(tensor: Any) -> Views | None:
    """The Tensors that show the same memory as `tensor`, if there are any."""
    return getattr(tensor, "_views", None)


def shares_memory(view: Any, base: Any, part: Any) -> Any:
    """Note that `view` shows `part` of the memory of `base`, and return `view`."""
    with lock:
        views = views_of(base)
        if views is None:
            views = Views()
            views.add(base, base._array)
        else:
            whole = views.part_of(base)
            if not np.may_share_memory(whole, base._array):  # `base` is a copy of a small part: so is the view, of all of it
                part = whole
        views.add(view, part)
    return view

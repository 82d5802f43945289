"""Memos: what the rules of one call have computed and the next pass over the same graph needs too."""

from __future__ import annotations

import weakref
from typing import Any

__all__ = ["Memo"]


class Memo(dict[str, Any]):
    """A dict of one call, and `y()`, its output as long as something else keeps that in memory, else None."""

    __slots__ = ("y",)

    def __init__(self, y: Any) -> None:
        self.y = weakref.ref(y)

"""Layouts in memory: the same numbers, stored in another way."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..numerical.point import Array

__all__ = ["ANY_LAYOUT", "LAYOUTS", "laid_out"]

LAYOUTS = ("C", "F", "strided", "reversed", "read-only")
ANY_LAYOUT = st.sampled_from(LAYOUTS)


def laid_out(x: Array, layout: str) -> Array:
    """A copy of x in a `layout`, one of the `LAYOUTS`.

    "strided" has nan (0 for integers) between its elements, "reversed" runs backwards along every axis, "read-only" cannot
    be written into. Raises ValueError for any other word.

    >>> laid_out(np.zeros((2, 3)), "reversed").strides
    (-24, -8)
    """
    if layout == "strided":
        between_elements = np.full_like(x, np.nan if x.dtype.kind == "f" else 0)
        return np.stack([x, between_elements], axis=-1)[..., 0]
    if layout == "reversed":
        backwards: Any = (*(slice(None, None, -1),) * x.ndim, ...)
        return np.asarray(x[backwards].copy()[backwards])
    if layout not in LAYOUTS:
        raise ValueError(f"laid_out: layout is {layout!r}, which is none of {', '.join(map(repr, LAYOUTS))}.")
    made = np.array(x, order="F" if layout == "F" else "C")
    made.flags.writeable = layout != "read-only"
    return made

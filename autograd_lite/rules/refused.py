"""Functions that Tensors refuse by name, each with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# whole groups, by name, because which of them there are depends on NumPy's version
_GROUPS = {
    "its results are a number and an integer together; write t / 2.0**np.frexp(t.detach().numpy())[1]": ": frexp",
    "it turns its argument into a bare array or a matrix. Write t.detach().numpy(), or leave it out":
        ": asarray_chkfinite asmatrix bmat require",
    "it looks at memory behind NumPy's back. Write np.lib.stride_tricks.sliding_window_view(t, n)":
        "lib.stride_tricks: as_strided",
}  # fmt: skip


def named(group: str) -> list[Callable[..., Any]]:
    """The functions in "home: name name" that this NumPy has."""
    path, names = group.split(":")
    home: Any = np
    for part in path.split(".") if path else ():
        home = getattr(home, part)
    return [getattr(home, name) for name in names.split() if hasattr(home, name)]


REFUSED: dict[Callable[..., Any], str] = {function: why for why, group in _GROUPS.items() for function in named(group)}


__all__ = ["REFUSED"]

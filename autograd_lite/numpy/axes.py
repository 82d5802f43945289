"""Axes: `r_[a, 1.0, 2:5]` and `c_[a, b]` join Tensors along the first axis or as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..array.dispatch import joined
from ..graph import living_leaves
from ..safety.operands import holds_tensors

__all__ = ["c_", "r_"]


class Joiner:
    """`np.r_` or `np.c_`, which joins Tensors too.

    >>> import autograd_lite as ag
    >>> t = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> r_[t, 0.5, 2:4]
    tensor([1. , 2. , 0.5, 2. , 3. ], dtype=float64, made by concatenate)
    >>> c_[t, [3, 4]]
    tensor([[1., 3.],
            [2., 4.]], dtype=float64, made by concatenate)
    """

    def __init__(self, of_arrays: Any) -> None:
        self.of_arrays = of_arrays

    def __getitem__(self, key: Any) -> Any:
        if not (living_leaves and holds_tensors(key)):
            return self.of_arrays[key]
        parts = [self.part(item) for item in (key if isinstance(key, tuple) else (key,))]
        return np.concatenate(parts, 0 if self.of_arrays is np.r_ else -1)

    def part(self, item: Any) -> Any:
        """One item, with the axes that it is joined along."""
        name = "r_" if self.of_arrays is np.r_ else "c_"
        if isinstance(item, str):
            raise TypeError(f"np.{name}[{item!r}, t]: write np.concatenate([...], axis) or np.stack([...], axis) for Tensors.")
        array = np.atleast_1d(np.r_[item] if isinstance(item, slice) else joined(item))
        return array if name == "r_" or array.ndim > 1 else array[:, None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of_arrays, name)

    def __len__(self) -> int:
        return len(self.of_arrays)


r_ = Joiner(np.r_)
c_ = Joiner(np.c_)

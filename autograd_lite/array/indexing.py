"""Indexing: `t[key]` is recorded, and shows the memory of `t` where NumPy gives a view; `t[key] = v` is recorded too."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np

from ..graph import Value, is_tracked
from ..rules.indexing import is_basic, refuse_complex
from ..safety.modes import is_grad_enabled
from ..safety.operands import holds_tensors, is_float, values_of
from ..safety.views import is_scalar, shares_memory
from .dispatch import Mixin, stacked
from .live import is_outdated, read_element, record_getitem, shows_the_same, write, write_unrecorded
from .writing import refuse_to_write

__all__ = ["Indexing"]

T = TypeVar("T")


class Indexing(Mixin[T]):
    """The methods of a container."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> T:
        key = index_of(key)
        part: T = read_element(self, key) if is_outdated(self) else record_getitem(self, key, self._node is not None)
        if not is_scalar(part) and is_basic(key):
            shares_memory(part, self, itemgetter(key))
        return part

    def __setitem__(self, key: Any, value: Any) -> None:
        """`t[key] = value`, differentiable by both unless `t` is a leaf that requires grad."""
        key = index_of(key)
        if isinstance(value, (list, tuple)) and holds_tensors(value):
            value = stacked(value)
        part = self._part
        if part is not None and isinstance(value, Value) and shows_the_same(part, key, value):
            return
        refuse_to_write(self, "t[...] = v", value)
        if is_grad_enabled() and (self._node is not None or is_tracked(value)):
            write_recorded(self, key, value)
        else:
            refuse_complex(values_of(value), self)
            write_unrecorded(self, key, values_of(value))

    def __iter__(self) -> Iterator[T]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d Tensor: it has a single element, t.item().")
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d Tensor: it has a single element, t.item().")
        return len(self._array)

    def __contains__(self, value: Any) -> bool:
        return values_of(value) in self._array


def write_recorded(tensor: Any, key: Any, value: Any) -> None:
    """`tensor[key] = value`, where one of both is tracked: `tensor` gets a new node."""
    if not is_float(tensor.dtype):
        raise TypeError(f"t[...] = v: writing a tracked value into {tensor.dtype} would lose its gradient. Use dtype=float.")
    if isinstance(value, range):
        value = np.array(value)
    if write(tensor, key, value) is NotImplemented:
        raise TypeError(f"t[...] = v: the value is a {type(value).__name__}; write numbers, arrays or Tensors.")


def index_of(key: Any) -> Any:
    """A key with integer and boolean Tensors as arrays, and lists as arrays, so that it cannot change later."""
    if key.__class__ is int or key.__class__ is slice:
        return key
    if isinstance(key, tuple):
        return tuple(map(index_of, key))
    if isinstance(key, Value):
        return key._array
    if isinstance(key, list):
        return np.array(values_of(key)) if key else np.empty(0, int)
    return key.copy("K") if isinstance(key, np.ndarray) else key

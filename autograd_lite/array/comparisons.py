"""Comparisons: `==`, `<` and the logic of integers and booleans return arrays, as NumPy's do, and have no derivative."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Value
from ..safety.operands import values_of

__all__ = ["Comparisons"]


class Comparisons(Value):
    """The operators that compare values, or combine bits."""

    __slots__ = ()

    # fmt: off
    def __eq__(self, other: object) -> Any: return compare(operator.eq, self, other)
    def __ne__(self, other: object) -> Any: return compare(operator.ne, self, other)
    def __lt__(self, other: Any) -> Any: return compare(operator.lt, self, other)
    def __le__(self, other: Any) -> Any: return compare(operator.le, self, other)
    def __gt__(self, other: Any) -> Any: return compare(operator.gt, self, other)
    def __ge__(self, other: Any) -> Any: return compare(operator.ge, self, other)
    def __and__(self, other: Any) -> Any: return compare(operator.and_, self, other)
    def __rand__(self, other: Any) -> Any: return compare(operator.and_, other, self)
    def __or__(self, other: Any) -> Any: return compare(operator.or_, self, other)
    def __ror__(self, other: Any) -> Any: return compare(operator.or_, other, self)
    def __xor__(self, other: Any) -> Any: return compare(operator.xor, self, other)
    def __rxor__(self, other: Any) -> Any: return compare(operator.xor, other, self)
    def __lshift__(self, other: Any) -> Any: return compare(operator.lshift, self, other)
    def __rlshift__(self, other: Any) -> Any: return compare(operator.lshift, other, self)
    def __rshift__(self, other: Any) -> Any: return compare(operator.rshift, self, other)
    def __rrshift__(self, other: Any) -> Any: return compare(operator.rshift, other, self)
    def __invert__(self) -> Any: return ~self._array
    # fmt: on

    __hash__ = object.__hash__  # by identity: two Tensors with equal values are two variables


def compare(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """`function` of the arrays inside."""
    for x in (a, b):
        if not isinstance(x, (Value, np.ndarray, np.generic, int, float, list, tuple)):
            return NotImplemented
    return function(values_of(a), values_of(b))

"""Copies: of a leaf or constant a new one; of a computed value a differentiable one, which cannot be pickled with its graph."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..graph import Leaf, Value
from ..safety.operands import values_of
from ..safety.views import scalar_as
from .dispatch import RECORDERS

__all__ = ["Copies"]


class Copies(Value):
    """The protocols of the modules copy and pickle."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        node = self._node
        if node is not None and (not isinstance(node, Leaf) or node.is_variable):
            copied: Self = scalar_as(RECORDERS[np.copy](self), self)
            return copied
        constructor, arguments, state = self.__reduce__()
        made: Self = scalar_as(constructor(*copy.deepcopy(arguments, memo)), self)
        if state:
            made.__dict__.update(copy.deepcopy(state, memo))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        if self._node is not None and not self.is_leaf:
            raise TypeError(
                f"this Tensor was made by {self._node.primitive.name}, and its graph cannot be pickled. "
                f"Write t.detach() for its values."
            )
        if isinstance(self._node, Leaf) and self._node.is_variable:
            raise TypeError(
                "this Tensor is an argument of a function that is being differentiated, and a pickle would lose its gradient. "
                "Write copy.deepcopy(t) for a differentiable copy, or t.detach() for its values."
            )
        grad = None if self._node is None else self._grad
        grad = None if grad is None else np.array(values_of(grad))
        return rebuilt, (type(self), self._array, self._node is not None, grad), getattr(self, "__dict__", None)


def rebuilt(cls: type[Any], array: NDArray[Any], requires_grad: bool, grad: NDArray[Any] | None) -> Any:
    """A leaf from what pickle and copy keep of it, also of a subclass that is constructed in another way."""
    made = object.__new__(cls)
    made._array = np.array(array)
    made._array.flags.writeable = array.ndim > 0 or array.flags.writeable  # a scalar stays one
    made._node = made._part = None
    made.requires_grad = requires_grad
    if grad is not None:
        made.grad = grad
    return made

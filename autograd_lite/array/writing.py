"""Writing: `t += u` puts a new, recorded value into a Tensor; `t.data = ...` changes its numbers unrecorded."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..graph import Leaf, Value, is_tracked, wrap
from ..safety.modes import is_grad_enabled
from ..safety.operands import checked, values_of
from ..safety.stale import changes
from ..safety.views import views_of

__all__ = ["Writing", "refuse_to_write"]


class Writing(Value):
    """The ways to change a Tensor in place."""

    __slots__ = ()

    @property
    def data(self) -> NDArray[Any]:
        """The array inside. Assigning copies the new values into it where shape and dtype are the same.

        Writes into it are not recorded: `w.data -= 0.1 * w.grad` is how to take a step by hand.
        """
        return self._array

    @data.setter
    def data(self, value: ArrayLike) -> None:
        if value is self._array:  # the end of `w.data -= ...`
            changes.note(value)
            return
        if is_tracked(value) and is_grad_enabled():
            raise TypeError(
                "data: the new value is a tracked Tensor, whose gradient would be lost. "
                "Use its .data: w.data -= lr * w.grad.data."
            )
        new = checked(np.asarray(values_of(value)))
        if new.shape == self._array.shape and new.dtype == self._array.dtype:
            self._array[...] = new
            changes.note(self._array)
        elif self._node is None:
            self._array = np.array(new)
        elif self._node.__class__ is Leaf:
            fresh = wrap(np.array(new), None)  # another shape or dtype: its gradients are others, too
            fresh.requires_grad = True
            self._array, self._node = fresh._array, Leaf(fresh.shape, fresh.dtype, self)
        else:
            raise ValueError(
                f"data of {self._node.primitive.name}'s result: cannot replace {self.dtype}{list(self.shape)} by "
                f"{new.dtype}{list(new.shape)}, because operations were recorded on it. Assign to t.detach() instead."
            )

    # fmt: off
    def __iadd__(self, other: Any) -> Self: return update(self, operator.iadd, other)
    def __isub__(self, other: Any) -> Self: return update(self, operator.isub, other)
    def __imul__(self, other: Any) -> Self: return update(self, operator.imul, other)
    def __itruediv__(self, other: Any) -> Self: return update(self, operator.itruediv, other)
    def __ifloordiv__(self, other: Any) -> Self: return update(self, operator.ifloordiv, other)
    def __imod__(self, other: Any) -> Self: return update(self, operator.imod, other)
    def __ipow__(self, other: Any) -> Self: return update(self, operator.ipow, other)
    def __imatmul__(self, other: Any) -> Self: return update(self, operator.imatmul, other)
    # fmt: on


T = TypeVar("T", bound=Value)


def update(tensor: T, operation: Callable[..., Any], other: Any) -> T:
    """`tensor` with a new value, differentiable like `t + u`; `operation` is the in-place one, such as `operator.iadd`."""
    refuse_to_write(tensor, operation.__name__, ...)
    if not is_grad_enabled() or (tensor._node is None and not is_tracked(other)):
        tensor._array = operation(tensor._array, values_of(other))
        changes.note(tensor._array)
        return tensor
    made = getattr(operator, operation.__name__.removeprefix("i"), operation)(tensor, other)
    if made.shape != tensor.shape or not np.can_cast(made.dtype, tensor.dtype, "same_kind"):
        raise ValueError(
            f"{operation.__name__}: the result, {made.dtype}{list(made.shape)}, does not fit into this "
            f"{tensor.dtype}{list(tensor.shape)} Tensor. Write t = t + u for a new one."
        )
    made = made.astype(tensor.dtype) if made.dtype != tensor.dtype else made
    tensor._array, tensor._node = made._array, made._node
    return tensor


def refuse_to_write(tensor: Value, operation: str, key: Any) -> None:
    """Refuse a write that NumPy would do to other Tensors as well, or that would lose a gradient."""
    if tensor._node.__class__ is Leaf and is_grad_enabled():
        raise TypeError(
            f"{operation}: this Tensor requires grad, and writing into it would lose its gradient. For a step by hand write "
            f"w.data -= lr * w.grad, or 'with ag.no_grad():' around it; for a new value t = t.copy() first."
        )
    views = views_of(tensor)
    if views is not None:
        views.refuse_overlap(tensor, operation, key)

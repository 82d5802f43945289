"""Writing: `t += u` puts a new, recorded value into a Tensor; `t.data = ...` changes its numbers unrecorded."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..functions import cast
from ..graph import Leaf, Value, is_tracked, wrap
from ..safety.modes import is_grad_enabled
from ..safety.operands import checked, values_of
from ..safety.stale import Exchanged, changes
from ..safety.views import is_scalar, leave_memory, lock, own
from .dispatch import RECORDERS
from .live import array_of_memory, exchange, note_change, write_unrecorded

__all__ = ["Writing", "refuse_to_write"]


class Writing(Value):
    """The ways to change a Tensor in place."""

    __slots__ = ()

    @property
    def data(self) -> NDArray[Any]:
        """The array inside. Assigning copies the new values into it where shape and dtype are the same.

        Writes into it are not recorded: `w.data -= 0.1 * w.grad` is how to take a step by hand.

        >>> import autograd_lite as ag
        >>> w = ag.tensor([1.0, 2.0], requires_grad=True)
        >>> w.data -= 0.5
        >>> w
        tensor([0.5, 1.5], dtype=float64, requires_grad=True)
        """
        own(self)
        return self._array

    @data.setter
    def data(self, value: ArrayLike) -> None:
        if value is self._array:  # the end of `w.data -= ...`
            part = self._part
            if part is None:
                changes.note(value)
            else:
                part.array()[...] = value  # which may be a copy of what it shows
                note_change(self)
            return
        if is_tracked(value) and is_grad_enabled():
            raise TypeError(
                "data: the new value is a tracked Tensor, whose gradient would be lost. "
                "Use its .data: w.data -= lr * w.grad.data."
            )
        new = checked(np.asarray(values_of(value)))
        if new.shape == self._array.shape and new.dtype == self._array.dtype:
            write_unrecorded(self, ..., new)
            return
        leave_memory(self)
        if self._node is None:
            self._array = np.array(new)
            if hasattr(self, "_leaf"):
                self._leaf.owner = Exchanged(self._leaf, new)
                del self._leaf
        elif self._node.__class__ is Leaf:
            fresh = wrap(np.array(new), None)  # another shape or dtype: its gradients are others, too
            fresh.requires_grad = True
            self._node.owner = Exchanged(self._array, new)
            self._array, self._node, self._grad = fresh._array, Leaf(fresh.shape, fresh.dtype, self), None
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
    out_of_place: Callable[..., Any] = getattr(operator, operation.__name__.removeprefix("i"))
    made: T
    if is_scalar(tensor):  # in NumPy, t += u makes another one
        made = out_of_place(tensor, other)
        return made
    refuse_to_write(tensor, operation.__name__, other)
    if not is_grad_enabled() or (tensor._node is None and not is_tracked(other)):
        with lock:
            array = array_of_memory(tensor)
            try:
                array[...] = operation(array, values_of(other))
            except TypeError as error:
                raise error from TypeError(misfit(operation, out_of_place(array, values_of(other)), tensor))
            note_change(tensor)
        return tensor
    made = out_of_place(tensor, other)
    if not isinstance(made, Value):  # made by the other one: __rpow__ and its kin
        return made
    fits = np.can_cast(made.dtype, tensor.dtype, "same_kind")
    if made.shape != tensor.shape or not fits:
        raise (ValueError if fits else TypeError)(misfit(operation, made, tensor))
    exchange(tensor, made if made.dtype == tensor.dtype else RECORDERS[cast](made, tensor.dtype))
    return tensor


def misfit(operation: Callable[..., Any], made: Any, tensor: Value) -> str:
    """The message for a value of another shape, or of a dtype that would lose some of it."""
    return (
        f"{operation.__name__}: the result, {made.dtype}{list(made.shape)}, does not fit into this "
        f"{tensor.dtype}{list(tensor.shape)} Tensor. Write t = t + u for a new one."
    )


def refuse_to_write(tensor: Value, operation: str, value: Any) -> None:
    """Refuse a write that would lose a gradient, or that NumPy would refuse."""
    part = tensor._part
    own(tensor)
    whole_array = tensor._array if part is None else part.memory.array
    if not whole_array.flags.writeable:
        raise ValueError(
            f"{operation}: the array of this Tensor is read-only. Write t = t.copy() first."
            if whole_array.ndim
            else f"{operation}: this Tensor is a scalar, into which NumPy does not write. Write t = v for another one."
        )
    node = tensor._node if part is None else part.origin.node
    if isinstance(node, Leaf) and not node.is_variable and is_grad_enabled():
        raise TypeError(
            f"{operation}: this Tensor {'shows a part of one that ' if part and part.steps else ''}requires grad, and writing "
            f"into it would lose its gradient. For a step by hand write w.data -= lr * w.grad or 'with ag.no_grad():' around it, "
            f"for a new value t = t.copy() first."
        )
    if part is None or not part.steps:
        return
    if not part.array().flags.writeable and part.memory.array.flags.writeable:
        raise ValueError(
            f"{operation}: this Tensor of shape {tensor.shape} is a view that shows elements of another one, perhaps several "
            f"times, and NumPy does not write into it. Write t = t.copy() first."
        )
    whole = part.memory.origin()
    if whole not in (None, part.origin) and is_grad_enabled() and (whole.node is not None or is_tracked(value)):
        raise RuntimeError(
            f"{operation}: this Tensor is detached, and shows the memory of one that is not, which would change without its "
            f"gradient. Write t = t.detach().copy() to change a copy."
        )

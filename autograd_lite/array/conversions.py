"""Conversions: the values of a Tensor as Python numbers, arrays and text; refused where a gradient would be lost."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..graph import Leaf, Value
from ..notebook import array_block
from ..rules import is_step
from ..safety.callers import advice
from ..safety.modes import is_grad_enabled

__all__ = ["Conversions"]


class Conversions(Value):
    """The methods that hand out values without their history."""

    __slots__ = ()

    def item(self, *index: Any) -> Any:
        """The single element, or the one at `index`, as a Python number.

        >>> import autograd_lite as ag
        >>> t = ag.tensor([1.0, 2.0], requires_grad=True)
        >>> t.sum().item(), t.item(1)
        (3.0, 2.0)
        """
        return self._array.item(*index)

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; not of a tracked Tensor, whose gradient would be lost.

        >>> import autograd_lite as ag
        >>> ag.tensor([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
        """
        refuse_to_detach(self, "tolist()")
        return self._array.tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        """The bytes of the elements, as `ndarray.tobytes`; not of a tracked Tensor, whose gradient would be lost.

        >>> import autograd_lite as ag
        >>> ag.tensor(np.array([1, 2], np.int8)).tobytes()
        b'\\x01\\x02'
        """
        refuse_to_detach(self, "tobytes()")
        return self._array.tobytes(order)

    def __bytes__(self) -> bytes:
        return self.tobytes()

    def numpy(self) -> NDArray[Any]:
        """The array inside, shared. A tracked Tensor must be detached first, as in PyTorch: `t.detach().numpy()`.

        >>> import autograd_lite as ag
        >>> ag.tensor([1.0, 2.0]).numpy()
        array([1., 2.])
        """
        refuse_to_detach(self, "numpy()")
        return self._array

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        refuse_to_detach(self, "conversion to an array (np.asarray, np.array, arr[i] = t, or a function that knows only arrays)")
        if dtype is not None:
            refuse_to_lose_imaginary_part(self, f"conversion to an array of {np.dtype(dtype)}", np.dtype(dtype).kind)
        return np.array(self._array, dtype=dtype, copy=copy)

    def __bool__(self) -> bool:
        return bool(self._array)

    def __float__(self) -> float:
        if not is_step(self._node):
            refuse_to_detach(self, "float()")
        refuse_to_lose_imaginary_part(self, "float()")
        return float(self._array)

    def __int__(self) -> int:
        if not is_step(self._node):
            refuse_to_detach(self, "int()")
        refuse_to_lose_imaginary_part(self, "int()")
        return int(self._array)

    def __trunc__(self) -> int:
        return int(self)

    def __index__(self) -> int:
        return operator.index(self._array)

    def __complex__(self) -> complex:
        refuse_to_detach(self, "complex()")
        return complex(self._array)

    def __format__(self, spec: str) -> str:
        return format(self._array.item(), spec) if self.ndim == 0 else format(repr(self) if not spec else self._array, spec)

    def __repr__(self) -> str:
        return self._described(np.array2string(self._array, separator=", ", prefix="tensor("))

    def _repr_html_(self) -> str:
        if self._node is None:
            return array_block("Tensor", self._array)
        leaf = self._node.__class__ is Leaf
        parts = [
            array_block("leaf Tensor, requires grad" if leaf else f"Tensor made by {self._node.primitive.name}", self._array)
        ]
        gradient = getattr(self, "_grad", None) if leaf else None
        if gradient is not None:
            parts.append(array_block("grad", getattr(gradient, "_array", gradient)))
        return "".join(parts)

    def _described(self, values: str) -> str:
        parts = [values]
        if self.size == 0:
            parts.append(f"shape={self.shape}")
        parts.append(f"dtype={self.dtype}")
        if self._node.__class__ is Leaf:
            parts.append("requires_grad=True")
        elif self._node is not None:
            parts.append(f"made by {self._node.primitive.name}")
        return f"tensor({', '.join(parts)})"


def refuse_to_lose_imaginary_part(tensor: Value, operation: str, kind: str = "f") -> None:
    """Raise if `operation` would make a real number of a complex one, of which NumPy only warns."""
    if tensor.dtype.kind == "c" and kind not in "cb":
        raise TypeError(f"{operation} would lose the imaginary part of this {tensor.dtype} Tensor. Write t.real.")


def refuse_to_detach(tensor: Value, operation: str) -> None:
    """Raise if `operation` would lose the gradient of a tracked Tensor."""
    if tensor._node is not None and is_grad_enabled():
        raise TypeError(
            f"{operation} would lose the gradient of this {tensor.dtype}{list(tensor.shape)} Tensor. {advice()}Write "
            f"t.detach().numpy() or t.data for the bare array, ag.tensor([...]) or np.stack([...]) to join Tensors, t.item() for "
            f"a Python number; a function that knows only arrays is declared with ag.primitive."
        )

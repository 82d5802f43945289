"""The array that remembers: `Tensor`, with its gradient, `backward`, its operators and NumPy's two protocols.

Its other methods, those of any array, come from `array/`.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .array.comparisons import Comparisons
from .array.conversions import Conversions
from .array.copies import Copies
from .array.dispatch import RECORDERS, array_like, call, call_method, stacked
from .array.habits import Habits
from .array.writing import Writing
from .engine import ancestors
from .functions import conj
from .graph import Leaf, returned_by_calls, wrap
from .plain_pass import gradients_of_leaves
from .safety.modes import enable_grad, is_grad_enabled
from .safety.operands import as_gradient, checked, constants_of, holds_tensors, is_float, refuse_foreign, require_loss, values_of
from .safety.running import refuse_lost_history, running
from .safety.stale import no_graph
from .safety.views import detach_part, is_scalar, leave_memory, scalar_as, shares_memory
from .speed.silence import end_silence, silence

__all__ = ["Tensor", "as_tensor", "ones", "tensor", "zeros"]


_adding = threading.RLock()  # to `.grad`: several threads may do so at once


@returned_by_calls
class Tensor(Habits["Tensor"], Writing, Comparisons, Conversions, Copies):
    """A NumPy array that remembers how it was computed.

    Parameters
    ----------
    data
        Numbers of any shape: an array (copied), nested lists, a scalar, another Tensor's values. Integers and
        booleans are allowed for constants.
    requires_grad
        True makes it a leaf, for which `backward` computes a gradient. Needs a floating-point dtype.
    dtype
        Default: that of `data`.

    Raises
    ------
    TypeError
        `data` is no array of numbers; or it requires grad and is neither floating-point nor complex.

    Notes
    -----
    The gradient by a complex number is dL/dRe + i dL/dIm, as in PyTorch: its parts are the two partial derivatives, and so
    `w.data -= lr * w.grad` goes downhill. (JAX and HIPS autograd return its conjugate.) For L = |z|**2 at 1+2j it is 2z.

    Examples
    --------
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    array([2., 4.])
    >>> z = Tensor(1 + 2j, requires_grad=True)
    >>> (abs(z) ** 2).backward()
    >>> z.grad
    array(2.+4.j)
    """

    _leaf: Any
    __slots__ = ("_leaf",)  # that it was until requires_grad was cleared

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False, dtype: DTypeLike | None = None) -> None:
        self._array = checked(np.array(constants_of(data), dtype=dtype))
        self._node = self._part = None
        if requires_grad:
            self.requires_grad = True

    # -- the leaf and its gradient --------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """True if `backward` computes its gradient, or that of a leaf it was computed from.

        >>> Tensor([1.0], requires_grad=True).requires_grad, Tensor([1.0]).requires_grad
        (True, False)
        """
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value == self.requires_grad:
            return
        if not value:
            if not self.is_leaf:
                raise ValueError("requires_grad can be cleared on leaves only; for a constant copy write t.detach().")
            self._leaf = self._node  # graphs made before lead to it
            self._grad = None
            detach_part(self)
            self._node = None
            return
        if not is_float(self.dtype):
            raise TypeError(
                f"requires_grad needs a floating-point dtype, not {self.dtype}: the derivative by an integer is not "
                f"defined. Write 3.0 instead of 3, or dtype=float."
            )
        leave_memory(self)
        self._array = np.array(self._array)  # a leaf that requires grad owns its array
        before = getattr(self, "_leaf", None)
        if before is None or (before.shape, before.dtype) != (self.shape, self.dtype):
            before, self._grad = Leaf(self.shape, self.dtype, self), None
        self._node = before

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` and return the Tensor itself.

        >>> Tensor(1.0).requires_grad_()
        tensor(1., dtype=float64, requires_grad=True)
        """
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient accumulated by `backward`: an array of its shape and dtype, a Tensor under `create_graph`, or None.

        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> w.grad
        array([2., 4.])
        """
        try:
            return self._grad
        except AttributeError:  # the result of an operation, or a constant
            return None

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(self._node, Leaf):
                raise TypeError("grad can be set on a leaf that requires grad only: write requires_grad=True when you make it.")
            value = as_gradient("grad", value, self._array)
        self._grad = value

    def detach(self) -> Tensor:
        """The same values as a constant; the array is shared.

        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).detach()
        tensor([1., 4.], dtype=float64)
        """
        made: Tensor = wrap(self._array, None)
        return made if is_scalar(self) else shares_memory(made, self, operator.itemgetter(...), detached=True)

    def copy(self, order: str = "C") -> Tensor:
        """A copy, as `ndarray.copy` makes it with this `order`, that is differentiable with respect to the original.

        >>> w = Tensor([1.0, 2.0], requires_grad=True)
        >>> w.copy()
        tensor([1., 2.], dtype=float64, made by copy)
        """
        made: Tensor = scalar_as(copy_(self, order), self)
        return made

    clone = copy

    @property
    def T(self) -> Tensor:
        """The axes reversed.

        >>> Tensor([[1.0, 2.0]]).T
        tensor([[1.],
                [2.]], dtype=float64)
        """
        return transpose(self)

    # -- backward -------------------------------------------------------------------------------------------

    def backward(
        self, gradient: ArrayLike | Tensor | None = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add the gradient of this value to `.grad` of every leaf it was computed from.

        Parameters
        ----------
        gradient
            The gradient of the final result by this Tensor, of the same shape and dtype. Default: 1, for a Tensor
            with a single element.
        retain_graph
            Keep the graph for another backward pass; otherwise it is freed on the way.
        create_graph
            Record the pass itself, so that the gradients can be differentiated again; `.grad` is then a Tensor.

        Raises
        ------
        RuntimeError
            Nothing it was computed from requires grad, or an earlier pass has freed the graph.
        ValueError, TypeError
            It has many elements or is complex, and no gradient is given; or one of another shape or dtype.

        Examples
        --------
        >>> x = Tensor(3.0, requires_grad=True)
        >>> (x**3).backward()
        >>> x.grad
        array(27.)
        """
        if self._node is None:
            raise no_graph("backward")
        if create_graph and not is_grad_enabled():
            return enable_grad()(self.backward)(gradient, retain_graph, create_graph)
        start = self._gradient_to_start_from(gradient, create_graph)
        if not create_graph and (within := running.get()) is not None:
            refuse_lost_history(ancestors([self._node]), within)
        before = silence()
        try:
            add_to_leaves(gradients_of_leaves({self._node: start}, retain_graph, wrap if create_graph else None), create_graph)
        finally:
            end_silence(before)

    def _gradient_to_start_from(self, gradient: Any, create_graph: bool) -> Any:
        """A Tensor under `create_graph`, else an array of its own: the engine's, which is the conjugate."""
        if gradient is None:
            array = self._array
            require_loss(array)
            gradient = array.dtype.type(1) if array.ndim == 0 else np.ones(array.shape, array.dtype)
            return wrap(gradient, None) if create_graph else gradient
        gradient = conj(as_gradient("backward: gradient", gradient, self._array))
        if create_graph:
            return gradient if isinstance(gradient, Tensor) else wrap(np.array(gradient), None)
        return np.array(values_of(gradient))

    # -- NumPy's protocols ----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__":
            recorder = RECORDERS[ufunc]  # of the row of np.sin, for np.sin(t); None where there is no such row
            if recorder is not None and not options:
                return recorder(*inputs)
            return call(ufunc, inputs, options)
        return call_method(ufunc, method, inputs, options)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
        for kind in types:
            if kind is not Tensor and not issubclass(kind, (Tensor, np.ndarray)):
                refuse_foreign(func.__name__, args, kwargs)
                return NotImplemented
        return call(func, args, kwargs)

    # -- operators ------------------------------------------------------------------------------------------

    # fmt: off
    def __add__(self, other: Any) -> Tensor: return add(self, other)
    def __radd__(self, other: Any) -> Tensor: return add(other, self)
    def __sub__(self, other: Any) -> Tensor: return subtract(self, other)
    def __rsub__(self, other: Any) -> Tensor: return subtract(other, self)
    def __mul__(self, other: Any) -> Tensor: return multiply(self, other)
    def __rmul__(self, other: Any) -> Tensor: return multiply(other, self)
    def __truediv__(self, other: Any) -> Tensor: return divide(self, other)
    def __rtruediv__(self, other: Any) -> Tensor: return divide(other, self)
    def __floordiv__(self, other: Any) -> Tensor: return floor_divide(self, other)
    def __rfloordiv__(self, other: Any) -> Tensor: return floor_divide(other, self)
    def __mod__(self, other: Any) -> Tensor: return remainder(self, other)
    def __rmod__(self, other: Any) -> Tensor: return remainder(other, self)
    def __matmul__(self, other: Any) -> Tensor: return matmul(self, other)
    def __rmatmul__(self, other: Any) -> Tensor: return matmul(other, self)
    def __rpow__(self, other: Any) -> Tensor: return power(other, self)
    def __neg__(self) -> Tensor: return negative(self)
    def __pos__(self) -> Tensor: return positive(self)
    def __abs__(self) -> Tensor: return absolute(self)
    # fmt: on

    def __pow__(self, other: Any) -> Tensor:
        if (other.__class__ is int or (other.__class__ is float and self._array.dtype.kind == "f")) and other == 2:
            return square(self)  # as NumPy does
        if other.__class__ is float and other == 0.5 and self._array.dtype.kind == "f":
            return sqrt(self)  # as NumPy does too
        return power(self, other)

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        quotient = floor_divide(self, other)
        return NotImplemented if quotient is NotImplemented else (quotient, remainder(self, other))

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        quotient = floor_divide(other, self)
        return NotImplemented if quotient is NotImplemented else (quotient, remainder(other, self))


def add_to_leaves(found: Iterable[tuple[Any, Any]], create_graph: bool) -> None:
    """Add gradients that a whole pass has found to `.grad` of the leaves."""
    with _adding:
        for node, g in found:
            leaf = node.owner()
            if leaf is None:  # the Tensor is gone
                continue
            g = conj(g) if node.dtype.kind == "c" else g
            g = g if leaf._grad is None else leaf._grad + g
            if create_graph or g.__class__ is not np.ndarray:
                g = as_tensor(copy_(g)) if create_graph or isinstance(g, Tensor) else np.asarray(g)
            leaf._grad = g  # a copy under create_graph: both sides of an addition are given the same Tensor


# -- making Tensors -----------------------------------------------------------------------------------------------


def tensor(data: Any, requires_grad: bool = False, dtype: DTypeLike | None = None) -> Tensor:
    """A new Tensor of numbers, arrays, or nested lists of these and of Tensors, which are stacked differentiably.

    Parameters
    ----------
    data
        As for `Tensor`; a list may hold Tensors too.
    requires_grad
        True makes it a leaf. Not for lists that hold tracked Tensors: the result depends on those already.
    dtype
        Default: that of `data`.

    Examples
    --------
    >>> a, b = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    >>> tensor([[a, b], [0.0, a * b]])
    tensor([[1., 2.],
            [0., 2.]], dtype=float64, made by stack)
    """
    if isinstance(data, Tensor) and not requires_grad:
        return as_tensor(data.copy(), dtype)
    if holds_tensors(data) and not isinstance(data, Tensor):
        joined: Tensor = stacked(data, dtype)
        if joined.requires_grad or not requires_grad:
            return joined
        data = joined
    return Tensor(data, requires_grad, dtype)


def as_tensor(data: ArrayLike | Tensor, dtype: DTypeLike | None = None) -> Tensor:
    """`data` as a Tensor without copying: a Tensor as it is, an array shared as a constant.

    >>> as_tensor([1.0, 2.0]).dtype
    dtype('float64')
    """
    made: Tensor = array_like(data, dtype)
    return made


def zeros(shape: int | tuple[int, ...], dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of zeros of this `shape`, to be written into or to start from; with `requires_grad` a leaf.

    >>> u = zeros(3)
    >>> u[0] = 1.0
    >>> u
    tensor([1., 0., 0.], dtype=float64)
    """
    return Tensor(np.zeros(shape, dtype), requires_grad)


def ones(shape: int | tuple[int, ...], dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of ones of this `shape`; with `requires_grad` a leaf.

    >>> ones(2)
    tensor([1., 1.], dtype=float64)
    """
    return Tensor(np.ones(shape, dtype), requires_grad)


# -- recorded calls, by the names of operators --------------------------------------------------------------------


def recorder_of(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """The way from a row of the table to a call: `recorder_of(np.add)(a, b)` does what `record(PRIMITIVES[np.add], a, b)` does.

    `rules/__init__.py` makes a `Primitive` of each row of RULES, and `speed/recorder.py` writes `record` out for it.
    """
    recorder: Callable[..., Tensor] = RECORDERS[function]
    return recorder


add = recorder_of(np.add)
subtract = recorder_of(np.subtract)
multiply = recorder_of(np.multiply)
divide = recorder_of(np.divide)
floor_divide = recorder_of(np.floor_divide)
remainder = recorder_of(np.remainder)
matmul = recorder_of(np.matmul)
power = recorder_of(operator.pow)
square = recorder_of(np.square)
sqrt = recorder_of(np.sqrt)
negative = recorder_of(np.negative)
positive = recorder_of(np.positive)
absolute = recorder_of(np.absolute)
transpose = recorder_of(np.transpose)
copy_ = recorder_of(np.copy)

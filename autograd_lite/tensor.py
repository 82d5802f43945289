"""Chapter 3, the array that remembers: `Tensor`, its operators and methods, and NumPy's protocols."""

from __future__ import annotations

import contextlib
import copy as copy_module
import operator
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, Self, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import functions
from .engine import Leaf, Node, backpropagate, changes, enable_grad, is_grad_enabled
from .primitive import ERRORS, is_float
from .rules import COMPOSITIONS, LOOKING, PRIMITIVES, REFUSED, indexing

_AS_IT_IS = contextlib.nullcontext()

__all__ = ["Tensor", "as_tensor", "ones", "tensor", "zeros"]

Array = NDArray[Any]
Axis = SupportsIndex | tuple[SupportsIndex, ...] | None


class Tensor:
    """A NumPy array that remembers how it was computed.

    Parameters
    ----------
    data
        Numbers of any shape: an array (copied), nested lists, a scalar, another Tensor's values. Integers and
        booleans are allowed for constants.
    requires_grad
        Whether gradients shall be found for it. Needs a floating-point dtype.
    dtype
        Default: that of `data`.

    Raises
    ------
    TypeError
        `data` is no array of real numbers; or it requires grad and is not floating-point.

    Examples
    --------
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    array([2., 4.])
    """

    __slots__ = ("__weakref__", "_array", "_family", "_node", "_own_array")

    _array: Array
    _node: Node | None
    _family: Family
    _own_array: Array  # a copy that only this Tensor writes into, once it has done so

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False, dtype: DTypeLike | None = None) -> None:
        self._array = checked(np.array(constants_of(data), dtype=dtype))
        self._node = None
        if requires_grad:
            self.requires_grad = True

    # -- what it holds --------------------------------------------------------------------------------------

    @property
    def data(self) -> Array:
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
                "data: the new value is a tracked Tensor, whose gradient would be lost. Use its .data: w.data -= lr * w.grad.data."
            )
        new = checked(np.asarray(values_of(value)))
        if new.shape == self._array.shape and new.dtype == self._array.dtype:
            self._array[...] = new
            changes.note(self._array)
        elif self._node is None:
            self._array = np.array(new)
        elif self._node.__class__ is Leaf:
            fresh = Tensor(new, requires_grad=True)  # another shape or dtype: its gradients are others, too
            self._array, self._node = fresh._array, fresh._node
        else:
            raise ValueError(
                f"data of {self._node.primitive.name}'s result: cannot replace {self.dtype}{list(self.shape)} by "
                f"{new.dtype}{list(new.shape)}, because operations were recorded on it. Assign to t.detach() instead."
            )

    @property
    def family(self) -> Family | None:
        """The Tensors that show the same memory, if there are any."""
        return getattr(self, "_family", None)

    @property
    def node(self) -> Node | None:
        """What made it: the node in the graph, None for a constant."""
        return self._node

    @property
    def grad(self) -> Any:
        """The gradient accumulated by `backward`: an array of its shape and dtype, a Tensor under `create_graph`, or None."""
        return self._node.grad if isinstance(self._node, Leaf) else None

    @grad.setter
    def grad(self, value: Any) -> None:
        if not isinstance(self._node, Leaf):
            raise TypeError("grad can be set on a leaf that requires grad only: write requires_grad=True when you make it.")
        if value is not None:
            value = value if isinstance(value, Tensor) else np.asarray(value)
            same_kind("grad", value, self._array)
        self._node.grad = value

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are found for it, or for something it was computed from."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value == self.requires_grad:
            return
        if not value:
            if not self.is_leaf:
                raise ValueError("requires_grad can be cleared on leaves only; for a constant copy write t.detach().")
            self._node = None
            return
        if not is_float(self.dtype):
            raise TypeError(
                f"requires_grad needs a floating-point dtype, not {self.dtype}: the derivative by an integer is not "
                f"defined. Write 3.0 instead of 3, or dtype=float."
            )
        self._array = np.array(self._array)  # what requires grad always owns its array
        self._node = Leaf(self._array.shape, self._array.dtype)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` and return the Tensor itself."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by a person rather than by a recorded operation."""
        return self._node is None or self._node.__class__ is Leaf

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._array.dtype

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return transpose(self)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        if self.ndim < 2:
            raise ValueError(f"mT needs at least 2 axes, and this Tensor has shape {self.shape}.")
        return swapaxes(self, -1, -2)

    def item(self, *index: Any) -> Any:
        """The single element, or the one at `index`, as a Python number."""
        return self._array.item(*index)

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._array.tolist()

    def numpy(self) -> Array:
        """The array inside, shared. A tracked Tensor must be detached first, as in PyTorch: `t.detach().numpy()`."""
        self._refuse_to_detach("numpy()")
        return self._array

    def detach(self) -> Tensor:
        """The same values as a constant; the array is shared."""
        return shows(wrap(self._array, None), self, self._array)

    def copy(self) -> Tensor:
        """A copy that is differentiable with respect to the original."""
        return copy(self)

    clone = copy

    def astype(self, dtype: DTypeLike) -> Tensor:
        """The values in another dtype. The gradient comes back in the old one; integers have none."""
        return cast(self, np.dtype(dtype))

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
            It has many elements and no gradient is given, or one of another shape or dtype.

        Examples
        --------
        >>> x = Tensor(3.0, requires_grad=True)
        >>> (x**3).backward()
        >>> x.grad
        array(27.)
        """
        if self._node is None:
            raise RuntimeError(
                "backward: this Tensor does not depend on anything that requires grad, or was computed under no_grad. "
                "Make the leaf with ag.tensor(..., requires_grad=True)."
            )
        seed = self._seed(gradient, create_graph)
        found: list[tuple[Any, Any]] = []
        with np.errstate(all="ignore"), enable_grad() if create_graph else _AS_IT_IS:
            for node, g in backpropagate(
                {self._node: seed}, wrap=wrap if create_graph else None, retain_graph=retain_graph or create_graph
            ):
                if node.__class__ is Leaf:
                    found.append((node, g))
            for leaf, g in found:
                g = as_tensor(g) if create_graph else np.asarray(g)
                total = g if leaf.grad is None else leaf.grad + g
                leaf.grad = total if isinstance(total, Tensor) else np.asarray(total)

    def _seed(self, gradient: Any, create_graph: bool) -> Any:
        """The gradient to start from: a Tensor under `create_graph`, else an array of its own."""
        if gradient is None:
            if self.size != 1:
                raise ValueError(
                    f"backward of shape {self.shape}: only a single element has a gradient of its own. Reduce it first, "
                    f"as in t.sum().backward(), or pass the gradient, an array of shape {self.shape}."
                )
            gradient = self.dtype.type(1) if self.ndim == 0 else np.ones(self.shape, self.dtype)
        elif isinstance(gradient, Tensor):
            same_kind("backward: gradient", gradient, self._array)
            if create_graph:
                return gradient
            gradient = np.array(gradient._array)
        else:
            if not isinstance(gradient, (np.ndarray, np.generic)):
                gradient = np.asarray(gradient, self.dtype)
            same_kind("backward: gradient", gradient, self._array)
            gradient = np.array(gradient)
        return wrap(gradient, None) if create_graph else gradient

    # -- NumPy's protocols ----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__":
            record = RECORDERS[ufunc]
            if record is not None and not options:
                return record(*inputs)
            return call(ufunc, inputs, options)
        return call_method(ufunc, method, inputs, options)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
        if not all(issubclass(t, (Tensor, np.ndarray)) for t in types):
            return NotImplemented
        return call(func, args, kwargs)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        self._refuse_to_detach("conversion to an array (np.asarray, np.array, arr[i] = t, or a function that knows only arrays)")
        return np.array(self._array, dtype=dtype, copy=copy)

    def _refuse_to_detach(self, what: str) -> None:
        if self._node is not None and is_grad_enabled():
            raise TypeError(
                f"{what} would lose the gradient of this {self.dtype}{list(self.shape)} Tensor. Write t.detach().numpy() or "
                f"t.data for the bare array, ag.tensor([...]) or np.stack([...]) to join Tensors, t.item() for a Python "
                f"number; a function that knows only arrays is declared with ag.primitive."
            )

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
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return other // self, other % self

    def __round__(self, ndigits: int | None = None) -> Tensor:
        return round_(self, ndigits or 0)

    # comparisons and the logic of integers and booleans only look: they return arrays, as NumPy would
    # fmt: off
    def __eq__(self, other: object) -> Any: return look(operator.eq, self, other)
    def __ne__(self, other: object) -> Any: return look(operator.ne, self, other)
    def __lt__(self, other: Any) -> Any: return look(operator.lt, self, other)
    def __le__(self, other: Any) -> Any: return look(operator.le, self, other)
    def __gt__(self, other: Any) -> Any: return look(operator.gt, self, other)
    def __ge__(self, other: Any) -> Any: return look(operator.ge, self, other)
    def __and__(self, other: Any) -> Any: return look(operator.and_, self, other)
    def __rand__(self, other: Any) -> Any: return look(operator.and_, other, self)
    def __or__(self, other: Any) -> Any: return look(operator.or_, self, other)
    def __ror__(self, other: Any) -> Any: return look(operator.or_, other, self)
    def __xor__(self, other: Any) -> Any: return look(operator.xor, self, other)
    def __rxor__(self, other: Any) -> Any: return look(operator.xor, other, self)
    def __lshift__(self, other: Any) -> Any: return look(operator.lshift, self, other)
    def __rlshift__(self, other: Any) -> Any: return look(operator.lshift, other, self)
    def __rshift__(self, other: Any) -> Any: return look(operator.rshift, self, other)
    def __rrshift__(self, other: Any) -> Any: return look(operator.rshift, other, self)
    def __invert__(self) -> Any: return ~self._array
    # fmt: on

    __hash__ = object.__hash__  # by identity: two Tensors with equal values are two variables

    # -- in place -------------------------------------------------------------------------------------------

    def _update(self, operation: Callable[..., Any], other: Any) -> Self:
        """`t += u` and its kin: a new value in this Tensor, differentiable like `t + u`."""
        self._refuse_to_write(operation.__name__, ...)
        if (self._node is None and not (is_tracked(other) and is_grad_enabled())) or not is_grad_enabled():
            self._array = operation(self._array, values_of(other))
            changes.note(self._array)
            return self
        made = getattr(operator, operation.__name__.removeprefix("i"), operation)(self, other)
        if made.shape != self.shape or not np.can_cast(made.dtype, self.dtype, "same_kind"):
            raise ValueError(
                f"{operation.__name__}: the result, {made.dtype}{list(made.shape)}, does not fit into this "
                f"{self.dtype}{list(self.shape)} Tensor. Write t = t + u for a new one."
            )
        made = made.astype(self.dtype) if made.dtype != self.dtype else made
        self._array, self._node = made._array, made._node
        return self

    def _refuse_to_write(self, what: str, key: Any) -> None:
        """Refuse what NumPy would do to other Tensors as well, or what would lose a gradient."""
        if self._node.__class__ is Leaf and is_grad_enabled():
            raise TypeError(
                f"{what}: this Tensor requires grad, and writing into it would lose its gradient. For a step by hand write "
                f"w.data -= lr * w.grad, or 'with ag.no_grad():' around it; for a new value t = t.copy() first."
            )
        if self.family is not None:
            self.family.refuse_overlap(self, what, key)

    # fmt: off
    def __iadd__(self, other: Any) -> Self: return self._update(operator.iadd, other)
    def __isub__(self, other: Any) -> Self: return self._update(operator.isub, other)
    def __imul__(self, other: Any) -> Self: return self._update(operator.imul, other)
    def __itruediv__(self, other: Any) -> Self: return self._update(operator.itruediv, other)
    def __ifloordiv__(self, other: Any) -> Self: return self._update(operator.ifloordiv, other)
    def __imod__(self, other: Any) -> Self: return self._update(operator.imod, other)
    def __ipow__(self, other: Any) -> Self: return self._update(operator.ipow, other)
    def __imatmul__(self, other: Any) -> Self: return self._update(operator.imatmul, other)
    # fmt: on

    def __setitem__(self, key: Any, value: Any) -> None:
        """`t[key] = value`, differentiable by both unless `t` is a leaf that requires grad."""
        key = index_of(key)
        value = tensor(value) if isinstance(value, (list, tuple)) and holds_tensors(value) else value
        self._refuse_to_write("t[...] = v", key)
        if not is_grad_enabled() or not (self.requires_grad or is_tracked(value)):
            self._array[key] = values_of(value)
        else:
            if not is_float(self.dtype):
                raise TypeError(
                    f"t[...] = v: writing a tracked value into {self.dtype} would lose its gradient. Use dtype=float."
                )
            if getattr(self, "_own_array", None) is not self._array and self.family is None:
                # the first write: rules may have saved the array as it was
                self._array = self._own_array = self._array.copy()
            made = setitem(self, key, value)
            if made is NotImplemented:
                raise TypeError(f"t[...] = v: the value is a {type(value).__name__}; write numbers, arrays or Tensors.")
            self._node = made._node
        changes.note(self._array)

    # -- containers and conversion --------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Tensor:
        key = index_of(key)
        part = getitem(self, key, self._node is not None)
        if part._array.ndim and functions.is_basic(key):
            shows(part, self, self._array[key])
        return part

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d Tensor: it has a single element, t.item().")
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a 0-d Tensor: it has a single element, t.item().")
        return len(self._array)

    def __contains__(self, value: Any) -> bool:
        return values_of(value) in self._array

    def __bool__(self) -> bool:
        return bool(self._array)

    def __float__(self) -> float:
        self._refuse_to_detach("float()")
        return float(self._array)

    def __int__(self) -> int:
        self._refuse_to_detach("int()")
        return int(self._array)

    def __index__(self) -> int:
        return operator.index(self._array)

    def __complex__(self) -> complex:
        self._refuse_to_detach("complex()")
        return complex(self._array)

    def __format__(self, spec: str) -> str:
        return format(self._array.item(), spec) if self.ndim == 0 else format(repr(self) if not spec else self._array, spec)

    def __repr__(self) -> str:
        return self._described(np.array2string(self._array, separator=", ", prefix="tensor("))

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

    def __copy__(self) -> Tensor:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        constructor, arguments, state = self.__reduce__()
        made: Self = constructor(*copy_module.deepcopy(arguments, memo))
        if state:
            made.__dict__.update(copy_module.deepcopy(state, memo))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.is_leaf:
            raise TypeError(
                f"this Tensor was made by {self._node.primitive.name}, and its graph cannot be copied or pickled. "  # type: ignore[union-attr]
                f"Write t.detach() for its values."
            )
        grad = None if self.grad is None else np.array(values_of(self.grad))
        return rebuilt, (type(self), self._array, self.requires_grad, grad), getattr(self, "__dict__", None)

    # -- NumPy's methods ------------------------------------------------------------------------------------

    def sum(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> Tensor:
        """The sum over `axis`, as `np.sum`."""
        return sum_(self, axis, dtype, out, keepdims, **options)

    def mean(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> Tensor:
        """The arithmetic mean over `axis`, as `np.mean`."""
        return mean(self, axis, dtype, out, keepdims, **options)

    def prod(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> Tensor:
        """The product over `axis`, as `np.prod`."""
        return prod(self, axis, dtype, out, keepdims, **options)

    def max(self, axis: Axis = None, out: None = None, keepdims: bool = False, **options: Any) -> Tensor:
        """The largest element over `axis`, as `np.max`; elements that tie share the gradient equally."""
        return max_(self, axis, out, keepdims, **options)

    def min(self, axis: Axis = None, out: None = None, keepdims: bool = False, **options: Any) -> Tensor:
        """The smallest element over `axis`, as `np.min`; elements that tie share the gradient equally."""
        return min_(self, axis, out, keepdims, **options)

    def var(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        **options: Any,
    ) -> Tensor:
        """The variance over `axis`, as `np.var`."""
        return var(self, axis, dtype, out, ddof, keepdims, **options)

    def std(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        **options: Any,
    ) -> Tensor:
        """The standard deviation over `axis`, as `np.std`."""
        return std(self, axis, dtype, out, ddof, keepdims, **options)

    def cumsum(self, axis: SupportsIndex | None = None, dtype: DTypeLike | None = None, out: None = None) -> Tensor:
        """The sums of the elements so far along `axis`, as `np.cumsum`."""
        return cumsum(self, axis, dtype, out)

    def cumprod(self, axis: SupportsIndex | None = None, dtype: DTypeLike | None = None, out: None = None) -> Tensor:
        """The products of the elements so far along `axis`, as `np.cumprod`."""
        return cumprod(self, axis, dtype, out)

    def reshape(self, *shape: Any, order: str = "C") -> Tensor:
        """The same elements in another shape: `t.reshape(2, 3)`, `t.reshape((2, -1))`."""
        return reshape(self, shape[0] if len(shape) == 1 else shape, order)

    def ravel(self, order: str = "C") -> Tensor:
        """The elements in one axis."""
        return ravel(self, order)

    def flatten(self, order: str = "C") -> Tensor:
        """A copy of the elements in one axis."""
        return ravel(self, order).copy()

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; reversed when none is given."""
        return transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Two axes exchanged."""
        return swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Axes of length 1 removed."""
        return squeeze(self, axis)

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """Values below `min` or above `max` replaced by these, as `np.clip`."""
        return clip(self, min, max)

    def dot(self, b: Any) -> Tensor:
        """The dot product, as `np.dot`."""
        return dot(self, b)

    def round(self, decimals: int = 0) -> Tensor:
        """The values rounded; the derivative is 0."""
        return round_(self, decimals)

    def conj(self) -> Tensor:
        """The complex conjugate: the Tensor itself, which is real."""
        return self

    def argmax(self, axis: SupportsIndex | None = None, *, keepdims: bool = False) -> Any:
        """Where the largest element is: integers, as `np.argmax`."""
        return np.argmax(self._array, axis=axis, keepdims=keepdims)

    def argmin(self, axis: SupportsIndex | None = None, *, keepdims: bool = False) -> Any:
        """Where the smallest element is: integers, as `np.argmin`."""
        return np.argmin(self._array, axis=axis, keepdims=keepdims)

    def argsort(self, axis: SupportsIndex | None = -1, **options: Any) -> Any:
        """The order that sorts: integers, as `np.argsort`."""
        return np.argsort(self._array, axis=axis, **options)

    def all(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Whether all elements are true."""
        return np.all(self._array, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Whether some element is true."""
        return np.any(self._array, axis=axis, keepdims=keepdims)

    def nonzero(self) -> tuple[Array, ...]:
        """Where the elements are not 0."""
        return self._array.nonzero()

    def take(self, indices: Any, axis: SupportsIndex | None = None, out: None = None, mode: str = "raise") -> Tensor:
        """The elements, or slices along `axis`, at `indices`, as `np.take`."""
        return take(self, indices, axis, out, mode)

    def repeat(self, repeats: Any, axis: SupportsIndex | None = None) -> Tensor:
        """Each element, or slice along `axis`, several times in a row, as `np.repeat`."""
        return repeat(self, repeats, axis)

    def compress(self, condition: Any, axis: SupportsIndex | None = None, out: None = None) -> Tensor:
        """The elements, or slices along `axis`, where `condition` holds, as `np.compress`."""
        return compress(condition, self, axis, out)

    def diagonal(self, offset: SupportsIndex = 0, axis1: SupportsIndex = 0, axis2: SupportsIndex = 1) -> Tensor:
        """The elements whose two indices differ by `offset`, as `np.diagonal`."""
        return diagonal(self, offset, axis1, axis2)

    def trace(
        self,
        offset: SupportsIndex = 0,
        axis1: SupportsIndex = 0,
        axis2: SupportsIndex = 1,
        dtype: DTypeLike | None = None,
        out: None = None,
    ) -> Tensor:
        """The sum of the diagonal, as `np.trace`."""
        return sum_(diagonal(self, offset, axis1, axis2), -1, dtype, out)

    def choose(self, choices: Any, out: None = None, mode: str = "raise") -> Tensor:
        """Integers choose among arrays, as `np.choose`."""
        return choose(self, choices, out, mode)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where numbers would have to be put in to keep the order: integers, as `np.searchsorted`."""
        return np.searchsorted(self._array, values_of(v), side, sorter)

    def argpartition(self, kth: Any, axis: SupportsIndex | None = -1, **options: Any) -> Any:
        """The order that partitions: integers, as `np.argpartition`."""
        return np.argpartition(self._array, kth, axis, **options)

    @property
    def real(self) -> Tensor:
        """The real part: a view of all of it."""
        return self[...]

    @property
    def imag(self) -> Tensor:
        """The imaginary part: zeros."""
        return where(False, self, 0)

    # those of ndarray that write in place
    # fmt: off
    def sort(self, *args: Any, **options: Any) -> NoReturn: raise_in_place("sort", "t = np.sort(t)")
    def partition(self, *args: Any, **options: Any) -> NoReturn: raise_in_place("partition", "t = np.partition(t, kth)")
    def resize(self, *args: Any, **options: Any) -> NoReturn: raise_in_place("resize", "t = np.resize(t, shape)")
    def fill(self, *args: Any, **options: Any) -> NoReturn: raise_in_place("fill", "t[...] = value")
    def put(self, *args: Any, **options: Any) -> NoReturn: raise_in_place("put", "t[np.unravel_index(places, t.shape)] = values")
    # fmt: on


class Family:
    """The Tensors that show parts of one piece of memory, each with the part that it shows.

    NumPy would change them all when one of them is written into. Here they are values with a history, so writing is
    refused while another one that shows the same elements is alive.
    """

    def __init__(self) -> None:
        self.members: list[tuple[weakref.ref[Tensor], Array]] = []
        self.due = 8

    def add(self, member: Tensor, part: Array) -> None:
        """`member` shows `part`."""
        if len(self.members) >= self.due:
            self.members = [(ref, part) for ref, part in self.members if ref() is not None]
            self.due = 2 * len(self.members) + 8
        self.members.append((weakref.ref(member), part))
        member._family = self

    def part_of(self, member: Tensor) -> Array:
        """The part that `member` shows."""
        return next(part for ref, part in self.members if ref() is member)

    def refuse_overlap(self, writer: Tensor, what: str, key: Any) -> None:
        """Raise if another living member shows elements that `writer` is about to write at `key`."""
        living = [(member, part) for ref, part in self.members if (member := ref()) is not None]
        if len(living) == 1:
            del writer._family  # nobody else is left
            return
        mine = self.part_of(writer)
        written = mine
        if functions.is_basic(key):  # as a view, also where a single element is named
            parts = key if isinstance(key, tuple) else (key,)
            written = mine[parts if ... in parts else (*parts, ...)]
        for member, part in living:
            if member is not writer and np.may_share_memory(written, part):
                how = (
                    f"made by {member._node.primitive.name}"
                    if member._node is not None and not member.is_leaf
                    else "a constant or leaf"
                )
                raise RuntimeError(
                    f"{what}: another Tensor ({how}, shape {member.shape}) shows the same elements, and NumPy would change it too. "
                    f"Make one of them a copy, t = t.copy(), or let the other one go (del) before the write. Instead of t[i:j] += u "
                    f"write t[i:j] = t[i:j] + u; instead of t[1:] = t[:-1] write t[1:] = t[:-1].copy()."
                )


def shows(view: Tensor, base: Tensor, part: Array) -> Tensor:
    """Note that `view` shows `part` of the memory of `base`."""
    family = base.family
    if family is None:
        family = Family()
        family.add(base, base._array)
    else:
        whole = family.part_of(base)
        if not np.may_share_memory(whole, base._array):  # `base` is a copy of a small part: so is the view, of all of it
            part = whole
    family.add(view, part)
    return view


# -- making Tensors -----------------------------------------------------------------------------------------------


def wrap(data: Array, node: Node | None) -> Tensor:
    """A Tensor around an array, neither copied nor checked, that `node` has made."""
    made = object.__new__(Tensor)
    made._array = data if data.__class__ is np.ndarray else np.asarray(data)
    made._node = node
    return made


def zeros(shape: int | tuple[int, ...], dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of zeros, to be written into or to start from.

    >>> u = zeros(3)
    >>> u[0] = 1.0
    >>> u
    tensor([1., 0., 0.], dtype=float64)
    """
    return Tensor(np.zeros(shape, dtype), requires_grad)


def ones(shape: int | tuple[int, ...], dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of ones.

    >>> ones(2)
    tensor([1., 1.], dtype=float64)
    """
    return Tensor(np.ones(shape, dtype), requires_grad)


def rebuilt(cls: type[Tensor], array: Array, requires_grad: bool, grad: Array | None) -> Tensor:
    """A leaf from what pickle and copy keep of it, also of a subclass that is constructed in another way."""
    made = object.__new__(cls)
    made._array = np.array(array)
    made._node = None
    made.requires_grad = requires_grad
    if grad is not None:
        made.grad = grad
    return made


def as_tensor(data: ArrayLike | Tensor, dtype: DTypeLike | None = None) -> Tensor:
    """`data` as a Tensor without copying: a Tensor as it is, an array shared as a constant.

    >>> as_tensor([1.0, 2.0]).dtype
    dtype('float64')
    """
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype == dtype else data.astype(dtype)
    return wrap(checked(np.asarray(constants_of(data), dtype=dtype)), None)


def tensor(data: Any, requires_grad: bool = False, dtype: DTypeLike | None = None) -> Tensor:
    """A new Tensor of numbers, arrays, or nested lists of these and of Tensors, which are stacked differentiably.

    Parameters
    ----------
    data
        As for `Tensor`; a list may hold Tensors too.
    requires_grad
        Whether it is a leaf to find gradients for. Not for lists that hold tracked Tensors: the result
        depends on those already.
    dtype
        Default: that of `data`.

    Examples
    --------
    >>> a, b = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    >>> tensor([[a, b], [0.0, a * b]])
    tensor([[1., 2.],
            [0., 2.]], dtype=float64, made by stack)
    """
    if isinstance(data, Tensor) and is_tracked(data) and not requires_grad:
        return data.copy() if dtype is None else data.astype(dtype)
    if isinstance(data, (list, tuple)) and holds_tensors(data):
        rows = [tensor(row, dtype=dtype) if isinstance(row, (list, tuple)) else row for row in data]
        made = stack(rows)
        made = made if dtype is None else made.astype(dtype)
        if not requires_grad or made._node is not None:
            return made
        data = made
    return Tensor(data, requires_grad, dtype)


def is_floating(t: Tensor) -> bool:
    """Whether its dtype has derivatives."""
    return is_float(t.dtype)


def is_tracked(value: Any) -> bool:
    """Whether `value`, or something in a list of values, is a Tensor with a history."""
    if isinstance(value, (list, tuple)):
        return any(map(is_tracked, value))
    return isinstance(value, Tensor) and value._node is not None


def holds_tensors(data: Any) -> bool:
    return isinstance(data, Tensor) or (isinstance(data, (list, tuple)) and any(map(holds_tensors, data)))


# -- help for the class -------------------------------------------------------------------------------------------


def checked(array: Array) -> Array:
    """The array, if its elements are real numbers."""
    if array.dtype.kind not in "biuf":
        is_float(array.dtype)  # refuses complex numbers with a word about them
        raise TypeError(
            f"a Tensor holds real numbers, not {array.dtype} (object arrays, strings, dates). Convert with dtype=float."
        )
    return array


def values_of(data: Any) -> Any:
    """The array of a Tensor, also inside tuples and lists; a masked array is refused, because its mask would be lost."""
    if isinstance(data, Tensor):
        return data._array
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError("a masked array would lose its mask. Write a.filled(0.0), and np.where or where= to leave elements out.")
    if isinstance(data, (tuple, list)) and type(data) in (tuple, list) and holds_tensors(data):
        return type(data)(values_of(x) for x in data)
    return data


def constants_of(data: Any) -> Any:
    """As `values_of`, for a new Tensor that will not remember `data`: refused where that would lose a gradient."""
    if is_tracked(data) and is_grad_enabled():
        raise TypeError(
            "a new Tensor made of tracked ones would lose their gradients. Write ag.tensor([...]) or np.stack([...]) to join "
            "them, t.copy() for a copy that remembers, t.detach() for one that does not."
        )
    return values_of(data)


def index_of(key: Any) -> Any:
    """A key with integer and boolean Tensors as arrays, and lists as arrays, so that it cannot change later."""
    if key.__class__ is int or key.__class__ is slice:
        return key
    if isinstance(key, tuple):
        return tuple(map(index_of, key))
    if isinstance(key, Tensor):
        return key._array
    if isinstance(key, list):
        return np.array(values_of(key)) if key else np.empty(0, int)
    return key.copy() if isinstance(key, np.ndarray) else key


def same_kind(what: str, value: Any, like: Array) -> None:
    """Refuse a gradient that does not have the shape and dtype of what it is the gradient of."""
    if value.shape != like.shape:
        raise ValueError(f"{what} has shape {value.shape}, but the Tensor has shape {like.shape}: they must be the same.")
    if value.dtype != like.dtype:
        raise TypeError(
            f"{what} has dtype {value.dtype}, but the Tensor has {like.dtype}. Write gradient.astype({str(like.dtype)!r})."
        )


def raise_in_place(name: str, instead: str) -> NoReturn:
    raise TypeError(f"{name}: on arrays it writes in place, which would change what the graph has saved. Write {instead}.")


def look(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """A comparison of the arrays inside."""
    for x in (a, b):
        if not isinstance(x, Tensor) and not isinstance(x, (np.ndarray, np.generic, int, float, list, tuple)):
            return NotImplemented
    return function(values_of(a), values_of(b))


# -- dispatch: from NumPy's functions to recorders ----------------------------------------------------------------


class Recorders(dict[Callable[..., Any], Any]):
    """The recorder of each function that has a rule, written when it is first asked for; None for other functions."""

    def __missing__(self, function: Callable[..., Any]) -> Callable[..., Tensor] | None:
        if function not in PRIMITIVES:
            return None
        recorder = self[function] = PRIMITIVES[function].recorder(Tensor, shows)
        return recorder


RECORDERS = Recorders()


def recorder_of(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """The recorder of a function that is known to have one."""
    recorder: Callable[..., Tensor] = RECORDERS[function]
    return recorder


LIKE = {np.zeros_like, np.ones_like, np.full_like, np.empty_like}
MAKING = {np.zeros, np.ones, np.full, np.empty, np.eye, np.identity, np.tri, np.arange, np.fromfunction, np.fromiter}  # like=t
JOINING = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray}  # like=t


def call(function: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """NumPy's `function` on arguments of which some are Tensors."""
    if function is np.where and len(args) == 1:
        return np.nonzero(values_of(args[0]))  # which it is another name of
    record = RECORDERS[function] or COMPOSITIONS.get(function)
    if record is not None:
        if options:
            if isinstance(function, np.ufunc):
                args, options = with_ufunc_options(function, args, options)
            known = PRIMITIVES[function].signature.parameters if function in PRIMITIVES else options
            for name in options:
                if name not in known:
                    raise TypeError(
                        f"{full_name(function)}: the option {name}= is not supported on Tensors (it takes {', '.join(known)}). "
                        f"Leave it out, or declare a function of your own with ag.primitive."
                    )
        try:
            return record(*args, **options)
        except ERRORS as error:
            if function in PRIMITIVES or f"{function.__name__}:" in str(error) or f"{function.__name__} of" in str(error):
                raise  # it names itself already
            shapes = ", ".join(str(np.shape(values_of(a))) for a in args if isinstance(a, (Tensor, np.ndarray)))
            kind = next(k for k in ERRORS if isinstance(error, k))
            raise kind(f"{full_name(function)} of shapes {shapes}: {error}") from None
    if function in LOOKING:
        if is_tracked(options.get("weights")):
            raise TypeError(f"{full_name(function)}: weights= has no derivative here. Write weights=w.detach().")
        return function(*map(values_of, args), **{k: values_of(v) for k, v in options.items()})
    if function in LIKE or function in MAKING:
        return constant_made_by(function, args, options)
    if function in JOINING:
        return joined_by(function, *args, **options)
    if function in REFUSED:
        raise TypeError(f"{full_name(function)} is not supported on Tensors: {REFUSED[function]}.")
    name = full_name(function)
    raise TypeError(
        f"{name} has no derivative rule here. Write it with functions that have one, pass t.detach().numpy() "
        f"for the bare values, or declare it: my_{function.__name__} = ag.primitive({name}, x=lambda g, x: ...)."
    )


def full_name(function: Any) -> str:
    """The name by which a user calls a function of NumPy's, or of another library.

    >>> full_name(np.linalg.norm), full_name(np.sin)
    ('np.linalg.norm', 'np.sin')
    """
    name = str(function.__name__)
    if isinstance(function, np.ufunc):
        return f"np.{name}" if getattr(np, name, None) is function else name
    home = str(getattr(function, "__module__", None) or "numpy")
    return f"{home}.{name}".replace("numpy.", "np.", 1)


def constant_made_by(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Tensor:
    """A new array of the numbers that `np.ones_like(t)` or `np.ones(3, like=t)` says, as a Tensor."""
    if is_tracked(list(args[1:]) + list(options.values())) and is_grad_enabled():
        raise TypeError(
            f"np.{function.__name__} makes constants, and the Tensor given for a number requires grad. For copies of it "
            f"write np.broadcast_to(t, shape); t.detach() for its value."
        )
    return wrap(checked(function(*map(values_of, args), **{k: values_of(v) for k, v in options.items()})), None)


def joined_by(function: Callable[..., Any], data: Any, dtype: DTypeLike | None = None, **options: Any) -> Tensor:
    """`np.array([a, b], like=t)` and its kin: `tensor`, where the Tensors in the list keep their history."""
    if options:
        raise TypeError(f"np.{function.__name__}(..., like=t): the option {next(iter(options))}= is not supported. Leave it out.")
    made = as_tensor(data, dtype) if isinstance(data, Tensor) else tensor(data, dtype=dtype)
    return made.copy() if made is data and function is np.array else made


def with_ufunc_options(
    function: np.ufunc, args: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A ufunc's options: `dtype` casts the inputs, as NumPy does; those that write or leave holes are refused by name."""
    options = {k: v for k, v in options.items() if not (k in ("out", "subok", "order") and (v is None or k != "out"))}
    options = {k: v for k, v in options.items() if (k, v) != ("casting", "same_kind") and not (k == "where" and v is True)}
    if "dtype" in options:
        dtype = np.dtype(options.pop("dtype"))
        args = tuple(as_tensor(a).astype(dtype) for a in args)
    for name, instead in {
        "out": f"a Tensor is the result of one call: write t = np.{function.__name__}(...). What arr -= t asks for is a = a - t, "
        f"or for the bare values arr -= t.data (w.data -= lr * w.grad.data)",
        "where": "it would leave the other elements undefined: write np.where(condition, np.f(t), ...)",
    }.items():
        if name in options:
            raise TypeError(f"np.{function.__name__}: {name}= is not supported on Tensors: {instead}.")
    return args, options


METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.fmax, "reduce"): np.fmax.reduce,
    (np.fmin, "reduce"): np.fmin.reduce,
    (np.logaddexp, "reduce"): np.logaddexp.reduce,
    (np.logaddexp2, "reduce"): np.logaddexp2.reduce,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
}
INSTEAD = {
    "at": "the scattered values as a sum: t + z, where z = ag.zeros(t.shape) and z[index] = v for indices that do not repeat, "
    "or t + one_hot.T @ v",
    "reduceat": "the sums of slices, joined: np.stack([np.sum(t[i:j]) for i, j in ...])",
    "reduce": "the function of np that does it, such as np.sum, np.prod, np.max or np.linalg.norm",
    "accumulate": "np.cumsum, np.cumprod, or a loop that writes u[i + 1] = f(u[i], t[i]) into u = ag.zeros(n)",
    "outer": "np.f(a[:, None], b)",
}


def call_method(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`np.add.reduce(t)` and its kin, where they are another function under a longer name."""
    if ufunc in LOOKING or (method in ("reduce", "accumulate") and ufunc.nout != 1):
        return getattr(ufunc, method)(*map(values_of, inputs), **options)
    options = {k: v for k, v in options.items() if not (k == "out" and v is None)}
    if (ufunc, method) in METHODS:
        return call(METHODS[ufunc, method], inputs[:1], {"axis": 0, **dict(zip(("axis",), inputs[1:], strict=False)), **options})
    if method == "outer":
        a, b = map(as_tensor, inputs)
        return call(ufunc, (a.reshape(a.shape + (1,) * b.ndim), b), options)
    raise TypeError(f"np.{ufunc.__name__}.{method} has no derivative rule here. Write {INSTEAD[method]}.")


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
sum_ = recorder_of(np.sum)
mean = recorder_of(np.mean)
prod = recorder_of(np.prod)
max_ = recorder_of(np.max)
min_ = recorder_of(np.min)
var = recorder_of(np.var)
std = recorder_of(np.std)
cumsum = recorder_of(np.cumsum)
cumprod = recorder_of(np.cumprod)
reshape = recorder_of(np.reshape)
ravel = recorder_of(np.ravel)
transpose = recorder_of(np.transpose)
swapaxes = recorder_of(np.swapaxes)
squeeze = recorder_of(np.squeeze)
take = recorder_of(np.take)
repeat = recorder_of(np.repeat)
compress = recorder_of(np.compress)
diagonal = recorder_of(np.diagonal)
choose = recorder_of(np.choose)
where = recorder_of(np.where)
dot = recorder_of(np.dot)
copy = recorder_of(np.copy)
stack = recorder_of(np.stack)
round_ = recorder_of(np.round)
clip = recorder_of(indexing.clip)
getitem = recorder_of(functions.getitem)
setitem = recorder_of(indexing.setitem)
cast = recorder_of(functions.cast)

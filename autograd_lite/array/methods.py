"""Methods: those of ndarray, by NumPy's names and options."""

from __future__ import annotations

from typing import Any, NoReturn, Self, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..functions import cast, conj
from ..rules.complex_parts import imag_part, real_part
from ..rules.indexing import clip
from ..safety.layouts import is_in_order
from ..safety.operands import values_of
from ..safety.views import IMAGINARY, REAL, is_scalar, scalar_as, shares_memory
from .dispatch import RECORDERS, Mixin, joined
from .in_place import FlatIterator
from .indexing import Indexing

__all__ = ["Methods"]

T = TypeVar("T")
TAKE = np.take  # the name leads to another function while `ag.compile` records
Axis = SupportsIndex | tuple[SupportsIndex, ...] | None


def without_dim(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a method, if none is PyTorch's."""
    if not options.keys().isdisjoint(("dim", "keepdim")):
        raise TypeError(f"{name}: dim= and keepdim= are PyTorch's. Write axis= and keepdims=.")
    return options


class Methods(Indexing[T]):
    """The methods of ndarray that compute: each is the function of the same name in `np`."""

    __slots__ = ()

    def sum(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> T:
        """The sum over `axis`, as `np.sum`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).sum(axis=0)
        tensor([5., 5.], dtype=float64)
        """
        return RECORDERS[np.sum](self, axis, dtype, out, keepdims, **(options and without_dim("sum", options)))

    def mean(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> T:
        """The arithmetic mean over `axis`, as `np.mean`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).mean(axis=1)
        tensor([2., 3.], dtype=float64)
        """
        return RECORDERS[np.mean](self, axis, dtype, out, keepdims, **(options and without_dim("mean", options)))

    def prod(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> T:
        """The product over `axis`, as `np.prod`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).prod()
        tensor(24., dtype=float64)
        """
        return RECORDERS[np.prod](self, axis, dtype, out, keepdims, **(options and without_dim("prod", options)))

    def max(self, axis: Axis = None, out: None = None, keepdims: bool = False, **options: Any) -> T:
        """The largest element over `axis`, as `np.max`; elements that tie share the gradient equally.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).max(axis=0)
        tensor([3., 4.], dtype=float64)
        """
        return RECORDERS[np.max](self, axis, out, keepdims, **(options and without_dim("max", options)))

    def min(self, axis: Axis = None, out: None = None, keepdims: bool = False, **options: Any) -> T:
        """The smallest element over `axis`, as `np.min`; elements that tie share the gradient equally.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).min(axis=0)
        tensor([2., 1.], dtype=float64)
        """
        return RECORDERS[np.min](self, axis, out, keepdims, **(options and without_dim("min", options)))

    def var(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False,
        **options: Any,
    ) -> T:  # fmt: skip
        """The variance over `axis`, with n - `ddof` for a divisor, as `np.var`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).var(ddof=1)
        tensor(1., dtype=float64)
        """
        return RECORDERS[np.var](self, axis, dtype, out, ddof, keepdims, **(options and without_dim("var", options)))

    def std(
        self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False,
        **options: Any,
    ) -> T:  # fmt: skip
        """The standard deviation over `axis`, as `np.std`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).std(ddof=1)
        tensor(1., dtype=float64)
        """
        return RECORDERS[np.std](self, axis, dtype, out, ddof, keepdims, **(options and without_dim("std", options)))

    def cumsum(self, axis: SupportsIndex | None = None, dtype: DTypeLike | None = None, out: None = None) -> T:
        """The sums of the elements so far along `axis`, as `np.cumsum`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).cumsum()
        tensor([3., 4., 6.], dtype=float64)
        """
        return RECORDERS[np.cumsum](self, axis, dtype, out)

    def cumprod(self, axis: SupportsIndex | None = None, dtype: DTypeLike | None = None, out: None = None) -> T:
        """The products of the elements so far along `axis`, as `np.cumprod`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).cumprod()
        tensor([3., 3., 6.], dtype=float64)
        """
        return RECORDERS[np.cumprod](self, axis, dtype, out)

    def reshape(self, *shape: Any, order: str = "C") -> T:
        """The same elements in another shape: `t.reshape(2, 3)`, `t.reshape((2, -1))`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).reshape(1, -1)
        tensor([[3., 1., 2., 4.]], dtype=float64)
        """
        return RECORDERS[np.reshape](self, shape[0] if len(shape) == 1 else shape, order)

    def ravel(self, order: str = "C") -> T:
        """The elements in one axis.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).ravel()
        tensor([3., 1., 2., 4.], dtype=float64)
        """
        return RECORDERS[np.ravel](self, order)

    def flatten(self, order: str = "C") -> T:
        """A copy of the elements in one axis.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).flatten()
        tensor([3., 1., 2., 4.], dtype=float64)
        """
        copied: T = RECORDERS[np.copy](RECORDERS[np.ravel](self, order))
        return copied

    def transpose(self, *axes: Any) -> T:
        """The axes in another order; reversed when none is given.

        >>> from autograd_lite import tensor
        >>> tensor([[[1.0, 2.0, 3.0]]]).transpose(2, 0, 1).shape
        (3, 1, 1)
        """
        return RECORDERS[np.transpose](self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)

    @property
    def mT(self) -> T:
        """The last two axes exchanged.

        >>> from autograd_lite import tensor
        >>> tensor([[[1.0, 2.0, 3.0]]]).mT.shape
        (1, 3, 1)
        """
        if self.ndim < 2:
            raise ValueError(f"mT needs at least 2 axes, and this Tensor has shape {self.shape}.")
        return RECORDERS[np.swapaxes](self, -1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> T:
        """Two axes exchanged.

        >>> from autograd_lite import tensor
        >>> tensor([[[1.0, 2.0, 3.0]]]).swapaxes(0, 2).shape
        (3, 1, 1)
        """
        return RECORDERS[np.swapaxes](self, axis1, axis2)

    def squeeze(self, axis: Axis = None) -> T:
        """Axes of length 1 removed.

        >>> from autograd_lite import tensor
        >>> tensor([[[1.0, 2.0]]]).squeeze()
        tensor([1., 2.], dtype=float64)
        """
        return RECORDERS[np.squeeze](self, axis)

    def clip(self, min: Any = None, max: Any = None) -> T:
        """Values below `min` or above `max` replaced by these, as `np.clip`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).clip(1.5, 2.5)
        tensor([2.5, 1.5, 2. ], dtype=float64)
        """
        return RECORDERS[clip](self, min, max)

    def dot(self, b: Any) -> T:
        """The dot product with `b`, as `np.dot`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).dot([1.0, 1.0, 0.0])
        tensor(4., dtype=float64)
        """
        return RECORDERS[np.dot](self, joined(b))

    def round(self, decimals: int = 0) -> T:
        """The values rounded; the derivative is 0.

        >>> from autograd_lite import tensor
        >>> tensor([1.26, 2.0]).round(1)
        tensor([1.3, 2. ], dtype=float64)
        """
        return RECORDERS[np.round](self, decimals)

    def __round__(self, ndigits: int | None = None) -> Any:
        if ndigits is None and self._node is None and is_scalar(self):
            number: Any = self._array[()]
            return round(number)  # an integer of Python's
        return self.round(ndigits or 0)

    def conj(self) -> T | Self:
        """The complex conjugate; of real numbers the Tensor itself.

        >>> from autograd_lite import tensor
        >>> tensor(1 + 2j).conj()
        tensor(1.-2.j, dtype=complex128)
        """
        return conj(self)  # type: ignore[no-any-return]

    def astype(
        self, dtype: DTypeLike, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> T | Self:
        """The values in another dtype, as `ndarray.astype`. The gradient comes back in the old one; integers have none.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).astype('float32')
        tensor([3., 1., 2.], dtype=float32)
        """
        if not np.can_cast(self.dtype, dtype, casting):
            raise TypeError(f"astype: {self.dtype} does not fit into {np.dtype(dtype)} with casting={casting!r}.")
        laid = is_in_order(self._array, order)
        if not copy and laid and self.dtype == dtype:
            return self
        made = RECORDERS[cast](self, np.dtype(dtype))
        return scalar_as(made if laid else RECORDERS[np.copy](made, order), self)  # type: ignore[no-any-return]

    def argmax(self, axis: SupportsIndex | None = None, *, keepdims: bool = False, **options: Any) -> Any:
        """The place of the largest element, an integer, as `np.argmax`.

        >>> from autograd_lite import tensor
        >>> int(tensor([3.0, 1.0, 2.0]).argmax())
        0
        """
        return np.argmax(self._array, axis=axis, keepdims=keepdims, **(options and without_dim("argmax", options)))

    def argmin(self, axis: SupportsIndex | None = None, *, keepdims: bool = False, **options: Any) -> Any:
        """The place of the smallest element, an integer, as `np.argmin`.

        >>> from autograd_lite import tensor
        >>> int(tensor([3.0, 1.0, 2.0]).argmin())
        1
        """
        return np.argmin(self._array, axis=axis, keepdims=keepdims, **(options and without_dim("argmin", options)))

    def argsort(self, axis: SupportsIndex | None = -1, **options: Any) -> Any:
        """The order that sorts: integers, as `np.argsort`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).argsort()
        array([1, 2, 0])
        """
        return np.argsort(self._array, axis=axis, **options)

    def all(self, axis: Any = None, *, keepdims: bool = False, **options: Any) -> Any:
        """True if all elements are true.

        >>> from autograd_lite import tensor
        >>> bool(tensor([3.0, 1.0, 2.0]).all())
        True
        """
        return np.all(self._array, axis=axis, keepdims=keepdims, **(options and without_dim("all", options)))

    def any(self, axis: Any = None, *, keepdims: bool = False, **options: Any) -> Any:
        """True if some element is true.

        >>> from autograd_lite import tensor
        >>> bool(tensor([3.0, 1.0, 2.0]).any())
        True
        """
        return np.any(self._array, axis=axis, keepdims=keepdims, **(options and without_dim("any", options)))

    def nonzero(self) -> tuple[NDArray[Any], ...]:
        """The places of the elements that are not 0.

        >>> from autograd_lite import tensor
        >>> tensor([0.0, 5.0]).nonzero()
        (array([1]),)
        """
        return self._array.nonzero()

    def take(self, indices: Any, axis: SupportsIndex | None = None, out: None = None, mode: str = "raise") -> T:
        """The elements, or slices along `axis`, at `indices`, as `np.take`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).take([0, 2])
        tensor([3., 2.], dtype=float64)
        """
        return RECORDERS[TAKE](self, indices, axis, out, mode)

    def repeat(self, repeats: Any, axis: SupportsIndex | None = None) -> T:
        """Each element, or slice along `axis`, several times in a row, as `np.repeat`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).repeat(2)
        tensor([3., 3., 1., 1., 2., 2.], dtype=float64)
        """
        return RECORDERS[np.repeat](self, repeats, axis)

    def compress(self, condition: Any, axis: SupportsIndex | None = None, out: None = None) -> T:
        """The elements, or slices along `axis`, where `condition` holds, as `np.compress`.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).compress([True, False, True])
        tensor([3., 2.], dtype=float64)
        """
        chosen: T = RECORDERS[np.compress](condition, self, axis, out)
        return chosen

    def diagonal(self, offset: SupportsIndex = 0, axis1: SupportsIndex = 0, axis2: SupportsIndex = 1) -> T:
        """The elements whose two indices differ by `offset`, as `np.diagonal`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).diagonal()
        tensor([3., 4.], dtype=float64)
        """
        return RECORDERS[np.diagonal](self, offset, axis1, axis2)

    def trace(
        self,
        offset: SupportsIndex = 0,
        axis1: SupportsIndex = 0,
        axis2: SupportsIndex = 1,
        dtype: DTypeLike | None = None,
        out: None = None,
    ) -> T:
        """The sum of the diagonal, as `np.trace`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).trace()
        tensor(7., dtype=float64)
        """
        total: T = RECORDERS[np.sum](RECORDERS[np.diagonal](self, offset, axis1, axis2), -1, dtype, out)
        return total

    def choose(self, choices: Any, out: None = None, mode: str = "raise") -> T:
        """Integers choose among arrays, as `np.choose`.

        >>> from autograd_lite import tensor
        >>> tensor([1, 0]).choose([[5.0, 6.0], [7.0, 8.0]])
        array([7., 6.])
        """
        return RECORDERS[np.choose](self, choices, out, mode)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """The places at which numbers would have to be put in to keep the order, as `np.searchsorted`.

        >>> from autograd_lite import tensor
        >>> int(tensor([1.0, 3.0]).searchsorted(2.0))
        1
        """
        return np.searchsorted(self._array, values_of(v), side, sorter)

    def argpartition(self, kth: Any, axis: SupportsIndex | None = -1, **options: Any) -> Any:
        """The order that partitions: integers, as `np.argpartition`.

        >>> from autograd_lite import tensor
        >>> int(tensor([3.0, 1.0, 2.0]).argpartition(0)[0])
        1
        """
        return np.argpartition(self._array, kth, axis, **options)

    @property
    def real(self) -> T:
        """The real part, a view: what is written into it changes the Tensor; of real numbers a view of all of them.

        >>> from autograd_lite import tensor
        >>> tensor([1 + 2j]).real
        tensor([1.], dtype=float64)
        """
        if self.dtype.kind == "c":
            return part_of(self, real_part, REAL)
        return self[()] if is_scalar(self) else self[...]

    @real.setter
    def real(self, values: Any) -> None:
        part: Any = self.real
        part[...] = of_real_numbers("real", values)

    @property
    def imag(self) -> T:
        """The imaginary part, a view: what is written into it changes the Tensor; of real numbers zeros, not to be written to.

        >>> from autograd_lite import tensor
        >>> tensor([1 + 2j]).imag
        tensor([2.], dtype=float64)
        """
        return part_of(self, imag_part, IMAGINARY) if self.dtype.kind == "c" else unwritable(RECORDERS[np.where](False, self, 0))

    @imag.setter
    def imag(self, values: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError(f"imag: a Tensor of {self.dtype} has no imaginary part to set. Write z = t + 1j * u.")
        part: Any = self.imag
        part[...] = of_real_numbers("imag", values)

    conjugate = conj

    @property
    def itemsize(self) -> int:
        """The bytes of one element.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).itemsize
        8
        """
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).nbytes
        24
        """
        return self._array.nbytes

    @property
    def strides(self) -> tuple[int, ...]:
        """The bytes from one element to the next along each axis.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).strides
        (16, 8)
        """
        return self._array.strides

    @property
    def flags(self) -> Any:
        """How the elements lie in memory, as `ndarray.flags`.

        >>> from autograd_lite import tensor
        >>> tensor([[3.0, 1.0], [2.0, 4.0]]).flags.c_contiguous
        True
        """
        return self._array.flags

    @property
    def base(self) -> NoReturn:
        """Refused: a Tensor remembers how it was computed, not whose memory it shows.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).data.base is None
        True
        """
        raise AttributeError("base: a Tensor does not say whose memory it shows. Write t.data.base for that of the bare array.")

    @property
    def flat(self) -> FlatIterator:
        """The elements in one axis, to be read and written, as `ndarray.flat`.

        >>> from autograd_lite import tensor
        >>> list(tensor([[3.0, 1.0], [2.0, 4.0]]).flat)[1]
        tensor(1., dtype=float64)
        """
        return FlatIterator(self)

    @flat.setter
    def flat(self, values: Any) -> None:
        FlatIterator(self)[:] = values

    def view(self, *shape_or_dtype: Any) -> T:
        """The same elements, shown again. Another dtype or shape is refused with what to write.

        >>> from autograd_lite import tensor
        >>> tensor([3.0, 1.0, 2.0]).view()
        tensor([3., 1., 2.], dtype=float64)
        """
        if not shape_or_dtype:
            return self[() if is_scalar(self) else ...]
        raise TypeError(
            f"view({', '.join(map(repr, shape_or_dtype))}): in NumPy it looks at the same bytes as another dtype, which has no "
            f"derivative. Write t.astype(dtype) for other precision, t.reshape(shape) for another shape."
        )

    def sort(self, axis: SupportsIndex = -1, **options: Any) -> None:
        """Put the elements in order, in place: `t[...] = np.sort(t)`.

        >>> from autograd_lite import tensor
        >>> t = tensor([3.0, 1.0, 2.0])
        >>> t.sort()
        >>> t
        tensor([1., 2., 3.], dtype=float64)
        """
        self[...] = RECORDERS[np.sort](self, axis, **options)

    def partition(self, kth: Any, axis: SupportsIndex = -1, **options: Any) -> None:
        """Put the elements in part in order, in place: `t[...] = np.partition(t, kth)`.

        >>> from autograd_lite import tensor
        >>> t = tensor([3.0, 1.0, 2.0])
        >>> t.partition(0)
        >>> t[0]
        tensor(1., dtype=float64)
        """
        self[...] = RECORDERS[np.partition](self, kth, axis, **options)

    def fill(self, value: Any) -> None:
        """Write a number into each element: `t[...] = value`.

        >>> from autograd_lite import tensor
        >>> t = tensor([3.0, 1.0, 2.0])
        >>> t.fill(5.0)
        >>> t
        tensor([5., 5., 5.], dtype=float64)
        """
        if np.ndim(value):
            raise ValueError(f"fill: it takes one number, and was given shape {np.shape(value)}. Write t[...] = values.")
        self[...] = value

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at places of the flattened Tensor, as `np.put`.

        >>> from autograd_lite import tensor
        >>> t = tensor([[3.0, 1.0], [2.0, 4.0]])
        >>> t.put(3, 9.0)
        >>> t
        tensor([[3., 1.],
                [2., 9.]], dtype=float64)
        """
        np.put(self, indices, values, mode)  # type: ignore[arg-type]

    def resize(self, *shape: Any, **options: Any) -> NoReturn:
        """Refused: a Tensor keeps its shape.

        >>> from autograd_lite import tensor
        >>> import numpy as np
        >>> np.resize(tensor([3.0, 1.0, 2.0]), 2)
        tensor([3., 1.], dtype=float64)
        """
        raise TypeError("resize: it would change the shape of what the graph has saved. Write t = np.resize(t, shape).")


def of_real_numbers(part: str, values: Any) -> Any:
    """The values for a part of complex numbers, which is real."""
    if np.iscomplexobj(values):
        raise TypeError(f"t.{part} = v: of a complex value the imaginary part would be lost. Write v.real.")
    return values


def part_of(tensor: Mixin[T], function: Any, step: Any) -> T:
    """The real or the imaginary part of complex numbers: `function` computes it, `step` leads to it in NumPy."""
    part: T = RECORDERS[function](tensor)
    return unwritable(part) if is_scalar(tensor) else shares_memory(part, tensor, step)


def unwritable(tensor: T) -> T:
    """The same, not to be written into."""
    tensor._array.flags.writeable = False  # type: ignore[attr-defined]
    return tensor

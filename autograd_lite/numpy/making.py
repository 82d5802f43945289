"""Making arrays: of lists that hold Tensors, and such as may be written into with tracked values."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..array.dispatch import RECORDERS, joined_by, stacked
from ..functions import cast
from ..graph import Value, is_tracked, living_leaves, wrap
from ..safety.modes import is_grad_enabled
from ..safety.operands import holds_tensors, values_of
from ..safety.views import is_scalar
from .delegation import taking_lists

__all__ = [
    "arange", "array", "asanyarray", "asarray", "asarray_chkfinite", "ascontiguousarray", "asfortranarray", "copy", "empty",
    "empty_like", "eye", "fromiter", "frompyfunc", "full", "full_like", "identity", "isscalar", "kaiser", "ndenumerate", "nditer",
    "ones", "ones_like", "vectorize", "zeros", "zeros_like",
]  # fmt: skip


# -- arrays to be written into ------------------------------------------------------------------------------------


def writable(made: Any) -> Any:
    """A new array of floating-point or complex numbers as a constant Tensor, while there is a Tensor that requires grad.

    >>> import autograd_lite as ag
    >>> t = ag.tensor(3.0, requires_grad=True)
    >>> a = writable(np.ones(2))
    >>> a[0] = t
    >>> a
    tensor([3., 1.], dtype=float64, made by setitem)
    """
    if living_leaves and made.__class__ is np.ndarray and made.dtype.kind in "fc" and is_grad_enabled():
        return wrap(made, None)
    return made


def making(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose result may be written into with tracked values."""

    @functools.wraps(function)
    def made_by(*args: Any, **options: Any) -> Any:
        return writable(function(*args, **options))

    return made_by


zeros, zeros_like = making(np.zeros), making(taking_lists(np.zeros_like))
ones, ones_like = making(np.ones), making(taking_lists(np.ones_like))
empty, empty_like = making(np.empty), making(taking_lists(np.empty_like))
eye, identity = making(np.eye), making(np.identity)
copy = making(taking_lists(np.copy))


@functools.wraps(np.full)
def full(shape: Any, fill_value: Any, dtype: DTypeLike | None = None, **options: Any) -> Any:
    if living_leaves and holds_tensors(fill_value):
        return np.copy(np.broadcast_to(stacked(fill_value, dtype), shape), order="C")
    return writable(np.full(shape, fill_value, dtype, **options))


@functools.wraps(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: DTypeLike | None = None, **options: Any) -> Any:
    if living_leaves and holds_tensors(fill_value):
        shape = options.get("shape")
        return full(np.shape(a) if shape is None else shape, fill_value, np.result_type(a) if dtype is None else dtype)
    return writable(np.full_like(a, fill_value, dtype, **options))


# -- arrays of Tensors --------------------------------------------------------------------------------------------


@functools.wraps(np.array)
def array(object: Any, dtype: DTypeLike | None = None, *, ndmin: int = 0, **options: Any) -> Any:
    if living_leaves and holds_tensors(object):
        made = joined_by(np.array, object, dtype, **options)
        return made.reshape((1,) * (ndmin - made.ndim) + made.shape)
    return writable(np.array(object, dtype, ndmin=ndmin, **options))


def joining(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which returns a Tensor as it is wherever NumPy does so, and a list that holds Tensors as a Tensor."""

    @functools.wraps(function)
    def of_tensors(a: Any, dtype: DTypeLike | None = None, *args: Any, **options: Any) -> Any:
        if not (living_leaves and holds_tensors(a)):
            return function(a, dtype, *args, **options)
        return joined_by(function, a, dtype, *args, **options)

    return of_tensors


asarray, asanyarray = joining(np.asarray), joining(np.asanyarray)
ascontiguousarray, asfortranarray = joining(np.ascontiguousarray), joining(np.asfortranarray)


@functools.wraps(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: DTypeLike | None = None, order: Any = None) -> Any:
    np.asarray_chkfinite(values_of(made := asarray(a, dtype, order)))
    return made


@functools.wraps(np.fromiter)
def fromiter(iter: Iterable[Any], dtype: DTypeLike, count: int = -1, **options: Any) -> Any:
    items = list(iter) if living_leaves else iter
    if holds_tensors(items):
        return stacked(items[:count] if count >= 0 else items, dtype)  # type: ignore[index]
    return np.fromiter(items, dtype, count, **options)


@functools.wraps(np.arange)
def arange(*args: Any, **options: Any) -> Any:
    if not (living_leaves and holds_tensors([*args, *options.values()])):
        return np.arange(*args, **options)
    named = dict(zip(("stop",) if len(args) == 1 else ("start", "stop", "step", "dtype"), args, strict=False)) | options
    if "stop" not in named:  # np.arange(start=n) ends there
        named["stop"], named["start"] = named["start"], 0
    ends = named.get("start", 0), named["stop"], named.get("step", 1)
    made = np.arange(*values_of(ends))  # the numbers as NumPy rounds them; what is added is 0, with the derivative
    for end, places in ((ends[0], 1), (ends[2], np.arange(made.size))):
        if isinstance(end, Value):
            made = made + (end - values_of(end)) * places
    return made if named.get("dtype") is None else RECORDERS[cast](made, np.dtype(named["dtype"]))


@functools.wraps(np.kaiser)
def kaiser(M: Any, beta: Any) -> Any:
    if not (living_leaves and holds_tensors(beta)) or M <= 1:
        return np.kaiser(M, values_of(beta))
    alpha = (M - 1) / 2.0
    return np.i0(beta * np.sqrt(1 - ((np.arange(0.0, M) - alpha) / alpha) ** 2.0)) / np.i0(beta)


# -- functions of single numbers ----------------------------------------------------------------------------------


@functools.wraps(np.isscalar)
def isscalar(element: Any) -> bool:
    return is_scalar(element) if isinstance(element, Value) else np.isscalar(element)


@functools.wraps(np.ndenumerate, updated=())
def ndenumerate(arr: Any) -> Any:
    if not (living_leaves and holds_tensors(arr)):
        return np.ndenumerate(arr)
    tensor = asarray(arr)
    return ((place, tensor[place]) for place in np.ndindex(tensor.shape))


@functools.wraps(np.nditer, updated=())
def nditer(op: Any, *args: Any, **options: Any) -> Any:
    if not (living_leaves and is_tracked(op)):
        return np.nditer(op, *args, **options)
    if args or options or not isinstance(op, Value):
        raise TypeError("np.nditer: of Tensors it takes one, and no options. Write t[place] for place in np.ndindex(t.shape).")
    tensor: Any = op
    return iter((tensor.T if tensor.flags.fnc else tensor).ravel())  # in the order of memory, as NumPy


class vectorize(np.vectorize):  # noqa: N801 - NumPy's name
    """`np.vectorize`, which calls the function on the elements of Tensors too.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: vectorize(lambda a: a if a > 0 else 0.5 * a)(x).sum())(np.array([-2.0, 3.0]))
    array([0.5, 1. ])
    """

    pyfunc: Any
    signature: Any
    excluded: set[Any]

    def __call__(self, *args: Any, **options: Any) -> Any:
        if not (living_leaves and holds_tensors([*args, *options.values()])) or self.pyfunc is np._NoValue:
            return super().__call__(*args, **options)
        if getattr(self.pyfunc, "__module__", None) == "math":
            name = self.pyfunc.__name__
            raise TypeError(
                f"np.vectorize(math.{name}): math.{name} takes no Tensors. Write np.{name}, which takes whole arrays."
            )
        if self.signature is not None:
            raise TypeError("np.vectorize: signature= is not supported on Tensors. Write np.stack([f(row) for row in t]).")
        named: dict[Any, Any] = {**dict(enumerate(args)), **options}
        chosen = [name for name in named if name not in self.excluded]
        arrays = np.broadcast_arrays(*[array(named[name]) for name in chosen])
        shape = arrays[0].shape
        found = []
        for place in np.ndindex(shape):
            each = named | {name: a[place] for name, a in zip(chosen, arrays, strict=True)}
            found.append(self.pyfunc(*[each.pop(i) for i in range(len(args))], **each))
        if found and isinstance(found[0], tuple):
            return tuple(stacked(list(results)).reshape(shape) for results in zip(*found, strict=True))
        return array(found).reshape(shape)


@functools.wraps(np.frompyfunc)
def frompyfunc(func: Callable[..., Any], nin: int, nout: int, **options: Any) -> Callable[..., Any]:
    of_objects, of_tensors = np.frompyfunc(func, nin, nout, **options), vectorize(func)

    @functools.wraps(of_objects)
    def with_tensors(*args: Any, **given: Any) -> Any:
        return of_tensors(*args) if living_leaves and holds_tensors(args) else of_objects(*args, **given)

    return with_tensors

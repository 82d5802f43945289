"""Dispatch: a function of NumPy's, given Tensors, is recorded, composed of recorded ones, given values, or refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike

from ..functions import cast
from ..graph import Value, is_tracked, wrap
from ..rules import COMPOSITIONS, LOOKING, PRIMITIVES, REFUSED, primitive_for
from ..safety.callers import advice
from ..safety.layouts import is_in_order
from ..safety.modes import is_grad_enabled
from ..safety.operands import ERRORS, checked, constants_of, holds_tensors, of_list, refuse_objects, values_of
from ..safety.views import is_scalar
from ..speed.recorder import recorder
from .in_place import IN_PLACE, ufunc_at

__all__ = ["LIKE", "RECORDERS", "Mixin", "array_like", "call", "call_method", "full_name", "joined", "stacked"]

T = TypeVar("T")


class Mixin(Value, Generic[T]):
    """A part of the class Tensor, which is T: results are Tensors, also those of a subclass."""

    __slots__ = ()


class RecordedFunction(Protocol):
    """A recorded function: given a Tensor, it returns one."""

    @overload
    def __call__(self, first: Mixin[T], /, *args: Any, **options: Any) -> T: ...
    @overload
    def __call__(self, first: Any, /, *args: Any, **options: Any) -> Any: ...


class Recorders(dict[Callable[..., Any], RecordedFunction]):
    """The recorder of each function that has a rule, made when it is first asked for; None for other functions."""

    def __missing__(self, function: Callable[..., Any]) -> Any:
        primitive = primitive_for(function)
        if primitive is None:
            return None
        made = self[function] = recorder(primitive)
        return made


RECORDERS = Recorders()

LIKE = {np.zeros_like, np.ones_like, np.full_like, np.empty_like}
MAKING = {np.zeros, np.ones, np.full, np.empty, np.eye, np.identity, np.tri, np.arange, np.fromfunction, np.fromiter}  # like=t
OF_MEMORY = {np.shares_memory, np.may_share_memory}
JOINING = {np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray}  # like=t


def call(function: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """NumPy's `function` on arguments of which some are Tensors."""
    if function is np.where and len(args) == 1:
        return np.nonzero(values_of(args[0]))  # which it is another name of
    record: Any = RECORDERS[function] or COMPOSITIONS.get(function)
    if record is not None:
        return call_recorded(function, record, args, options)
    if function in LOOKING:
        if is_tracked(options.get("weights")):
            raise TypeError(f"{full_name(function)}: weights= has no derivative here. Write weights=w.detach().")
        bare = memory_of if function in OF_MEMORY else values_of
        return function(*map(bare, args), **{k: bare(v) for k, v in options.items()})
    if function in LIKE or function in MAKING:
        return constant_made_by(function, args, options)
    if function in JOINING:
        return joined_by(function, *args, **options)
    if function in IN_PLACE:
        return IN_PLACE[function](*args, **options)
    if not (is_tracked([*args, *options.values()]) and is_grad_enabled()):
        return function(*map(values_of, args), **{k: values_of(v) for k, v in options.items()})
    if function in REFUSED:
        raise TypeError(f"{full_name(function)} is not supported on Tensors: {REFUSED[function]}.")
    name = full_name(function)
    if isinstance(function, np.ufunc) and name.endswith(" (vectorized)"):
        raise TypeError(
            f"{name.removesuffix(' (vectorized)')}, as np.frompyfunc has made it, knows Python's objects, and no Tensors. Make "
            f"it after import autograd_lite.numpy as np, where it takes them too, or declare it with ag.primitive."
        )
    raise TypeError(
        f"{name} has no derivative rule here. Write it with functions that have one, pass t.detach().numpy() "
        f"for the bare values, or declare it: my_{function.__name__} = ag.primitive({name}, x=lambda g, x: ...)."
    )


def call_recorded(function: Any, record: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """A function that has rules, or is composed of some that have; its errors name it."""
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
    for i, a in enumerate(args):
        if a.__class__ is list and function is not np.block:  # which takes nested lists itself
            args = (*args[:i], [joined(x) for x in a], *args[i + 1 :])
    try:
        return record(*args, **options)
    except ERRORS as error:
        if function in PRIMITIVES or f"{function.__name__}:" in str(error) or f"{function.__name__} of" in str(error):
            raise  # it names itself already
        for a in (*args, *options.values()):
            if isinstance(a, np.ndarray) and a.dtype.kind not in "fbiuc":
                raise refuse_objects(full_name(function), a.dtype) from None
        shapes = ", ".join(str(np.shape(values_of(a))) for a in args if isinstance(a, (Value, np.ndarray)))
        kind = next(k for k in ERRORS if isinstance(error, k))
        raise kind(f"{full_name(function)} of shapes {shapes}: {error}") from None


def memory_of(x: Any) -> Any:
    """The array whose memory a Tensor shows: its own, or a view of that of another."""
    part = x._part if isinstance(x, Value) else None
    return values_of(x) if part is None else part.array()


def joined(x: Any) -> Any:
    """A list that holds Tensors, among the arrays to be joined, as one of these."""
    return stacked(x) if isinstance(x, (list, tuple)) and holds_tensors(x) else x


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


# -- functions that make arrays -----------------------------------------------------------------------------------


def constant_made_by(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """The constant Tensor that `np.ones_like(t)` or `np.ones(3, like=t)` makes."""
    if is_tracked(list(args[1:]) + list(options.values())) and is_grad_enabled():
        raise TypeError(
            f"np.{function.__name__} makes constants, and the Tensor given for a number requires grad. For copies of it "
            f"write np.broadcast_to(t, shape); t.detach() for its value."
        )
    return wrap(checked(function(*map(values_of, args), **{k: values_of(v) for k, v in options.items()})), None)


ORDERS = {np.ascontiguousarray: "C", np.asfortranarray: "F"}


def joined_by(
    function: Callable[..., Any], data: Any, dtype: DTypeLike | None = None, order: str | None = None, **options: Any
) -> Any:
    """`np.array([a, b], like=t)` and its kin: the Tensors in the list keep their history.

    It is a copy where NumPy makes one: of a scalar always, and of an array by `copy` and `order`.
    """
    copy = options.pop("copy", True if function is np.array else None)
    if options:
        raise TypeError(f"np.{function.__name__}(..., like=t): the option {next(iter(options))}= is not supported. Leave it out.")
    made = stacked(data, dtype)
    new = made is not data and isinstance(data, (list, tuple, Value))
    order = ORDERS.get(function, order or "K")
    laid = is_in_order(made._array, order)
    if not laid and copy is False:
        raise ValueError(f"np.{function.__name__}: order={order!r} needs a copy, and copy=False allows none. Write copy=None.")
    made = made if laid and (new or not (copy or is_scalar(made))) else RECORDERS[np.copy](made, order)
    return made.reshape((1,)) if function is np.ascontiguousarray and not made.ndim else made


def array_like(data: Any, dtype: DTypeLike | None = None) -> Any:
    """`data` as a Tensor without copying: a Tensor as it is, an array shared as a constant."""
    if isinstance(data, Value):
        return data if dtype is None or data._array.dtype == dtype else RECORDERS[cast](data, np.dtype(dtype))
    return wrap(checked(np.asarray(constants_of(data), dtype=dtype)), None)


def stacked(data: Any, dtype: DTypeLike | None = None) -> Any:
    """Nested lists of numbers, arrays and Tensors as one Tensor, which depends on those in the list."""
    return array_like(of_list(data) if isinstance(data, (list, tuple)) and holds_tensors(data) else data, dtype)


# -- ufuncs -------------------------------------------------------------------------------------------------------


def with_ufunc_options(
    function: np.ufunc, args: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A ufunc's options: `dtype` casts the inputs, as NumPy does; those that write or leave holes are refused by name."""
    options = {k: v for k, v in options.items() if not (k in ("out", "subok", "order") and (v is None or k != "out"))}
    options = {k: v for k, v in options.items() if (k, v) != ("casting", "same_kind") and not (k == "where" and v is True)}
    if "dtype" in options:
        dtype = np.dtype(options.pop("dtype"))
        args = tuple(array_like(a, dtype) for a in args)
    if "out" in options and "where" in options:
        name = f"np.{function.__name__}"
        raise TypeError(
            advice(of_numpys=True).strip()
            or f"{name}: out= with where= is not supported on Tensors: write t = np.where(mask, {name}(...), a) for "
            f"{name}(..., out=a, where=mask). What the mask leaves out, such as a division by 0, has gradient 0."
        )
    for name, instead in {
        "out": f"a Tensor is the result of one call: write t = np.{function.__name__}(...). What arr -= t asks for is a = a - t, "
        f"or for the bare values arr -= t.data (w.data -= lr * w.grad.data); what np.zeros, np.array and np.copy make after "
        f"import autograd_lite.numpy as np may be written into",
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
    **{(f, "accumulate"): f.accumulate for f in (np.maximum, np.minimum, np.logaddexp, np.logaddexp2)},
}
INSTEAD_OF_METHOD = {
    "at": "it of a Tensor, as in a = ag.tensor(a), or after import autograd_lite.numpy as np, where np.zeros, np.array and "
    "np.copy make arrays that may be written into",
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
        a, b = map(array_like, inputs)
        return call(ufunc, (a.reshape(a.shape + (1,) * b.ndim), b), options)
    if method == "at" and isinstance(inputs[0], Value) and ufunc.nout == 1 and len(inputs) == ufunc.nin + 1:
        return ufunc_at(ufunc, *inputs)
    raise TypeError(f"np.{ufunc.__name__}.{method} has no derivative rule here. Write {INSTEAD_OF_METHOD[method]}.")

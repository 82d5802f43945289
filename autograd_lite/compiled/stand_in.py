"""Stand-ins: what a function is given in place of arrays while it is recorded.

A stand-in says that it is an ndarray (or a NumPy or Python number), and answers like one. It is no subclass: C code would take
the numbers out of a subclass in silence, and here it asks `__array__`, which refuses.
"""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from .. import graph
from ..array import dispatch
from ..safety.stale import owner_of
from .recording import CannotRecord, Operand, Recording, mapped, recording
from .watching import OURS

__all__ = ["RECORDED", "REDUCTIONS", "SYMBOLS", "StandIn", "as_numbers", "holds_stand_in"]


def infix(ufunc: Any, symbol: Callable[..., Any], *args: Any) -> Any:
    """An operator: the ufunc of arrays, and the operator itself of numbers, which compute powers in another way."""
    if any(isinstance(x, graph.Value) for x in args):
        return NotImplemented  # the Tensor records, and calls again with its array
    arrays = ufunc is not None and any(x.__class__ is np.ndarray for x in args)  # a subclass has operators of its own
    return current().call(ufunc if arrays else symbol, args, {})


def in_place(ufunc: Any, symbol: Callable[..., Any], a: Any, b: Any) -> Any:
    """`a += b`: a write into the array; of a number it is another number."""
    if not isinstance(a, np.ndarray):
        return infix(ufunc, symbol, a, b)
    if isinstance(b, graph.Value):
        return dispatch.call(ufunc or np.power, (a, b), {"out": (a,)})  # refused, as it is of arrays
    if ufunc is not None:
        return current().call(ufunc, (a, b), {"out": (a,)})
    power = infix(ufunc, symbol, a, b)
    if not np.can_cast(power.dtype, a.dtype, "same_kind"):
        return current().call(np.power, (a, b), {"out": (a,)})  # refused in NumPy's words
    a[...] = power
    return a


def operators(ufunc: Any, symbol: Callable[..., Any]) -> tuple[Any, Any, Any]:
    """The methods for `a + b` with the stand-in on the left, on the right, and for `a += b`."""
    return (
        lambda self, other: infix(ufunc, symbol, self, other),
        lambda self, other: infix(ufunc, symbol, other, self),
        lambda self, other: in_place(ufunc, symbol, self, other),
    )


def operator_of_one(ufunc: Any, symbol: Callable[..., Any]) -> Any:
    """The method for `-a`."""
    return lambda self: infix(ufunc, symbol, self)


SYMBOLS = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//", operator.mod: "%",
    operator.matmul: "@", operator.pow: "**", operator.and_: "&", operator.or_: "|", operator.xor: "^", operator.lt: "<",
    operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "==", operator.ne: "!=", operator.neg: "-",
    operator.invert: "~", operator.lshift: "<<", operator.rshift: ">>",
}  # fmt: skip


def part(name: str) -> Any:
    """The property for `x.real`, which can be written into: `x.real = y`."""
    return property(lambda self: self.__getattr__(name), lambda self, new: operator.setitem(getattr(self, name), ..., new))


class StandIn:
    """An array or number of a recorded function: its numbers of now, and its value in the recording."""

    __slots__ = ("__weakref__", "concrete", "shown", "value")

    def __init__(self, concrete: Any, value: Operand, shown: Any = None) -> None:
        self.concrete = concrete
        self.value = value
        self.shown = shown  # the stand-in of its base: held, as a view holds its base, so that a write there sees that it is

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The type that it stands for: isinstance(x, np.ndarray) is true of it."""
        return type(self.concrete)

    def __repr__(self) -> str:
        return f"<{type(self.concrete).__name__}{RECORDED}{self.value.dtype}{list(self.value.shape)}>"

    # -- NumPy's protocols ----------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(x, graph.Value) for x in (*inputs, *options.get("out", ()))):
            return NotImplemented  # the Tensor records, and calls again with its array
        constant = any(issubclass(type(x), np.generic) for x in inputs)  # not a stand-in, whose __class__ may be one too
        if ufunc is np.power and constant and not any(isinstance(x, np.ndarray) for x in inputs):
            raise current().cannot(
                "of a NumPy number a and a number x that is recorded, a ** x and np.power(a, x) may differ in the last bit, and "
                "cannot be told apart",
                "Write float(a) ** x",
            )
        if method == "at":
            return current().call(ufunc.at, inputs, options, writes=inputs[:1])
        return current().call(ufunc if method == "__call__" else getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Callable[..., Any], kinds: Any, args: Any, options: Any) -> Any:
        if any(issubclass(kind, graph.Value) for kind in (*kinds, *map(type, args))):
            return dispatch.call(function, args, options)
        return call_function(function, args, options)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise current().cannot(
            "NumPy was asked for the numbers of an array that is recorded, as by np.asarray(x), arr[i] = x, arr.dot(x) or arr[x]",
            "Use x as it is, np.stack([...]) for writes into np.zeros, np.dot(arr, x), np.take(arr, x)",
        )

    real, imag, flat = (part(name) for name in ("real", "imag", "flat"))
    shape = property(lambda self: self.concrete.shape, lambda self, new: refuse_to_set("shape", new, "reshape"))
    dtype = property(lambda self: self.concrete.dtype, lambda self, new: refuse_to_set("dtype", new, "view"))

    # -- looking at values ----------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        """The truth, where a rule of ours asks; a program cannot take another branch for another number."""
        if asked_by_us() or self.value.name == "state":
            return bool(current().guard(self, bool))
        raise current().cannot(
            "a Python `if`, `while`, `and` or `not` looks at a value that is recorded",
            "Write np.where(condition, a, b), np.logical_and; or decide before, by an argument that is a bool",
        )

    def __int__(self) -> int:
        """A count, where a rule of ours asks."""
        if asked_by_us() and self.value.dtype is not None and self.value.dtype.kind in "iu":
            return int(current().guard(self, int))
        refuse_number("int(x)")

    def __float__(self) -> float:
        """As for `int`; and of a number of a module, such as a slope."""
        if self.value.name == "state" or (asked_by_us() and self.value.dtype is not None and self.value.dtype.kind in "iu"):
            return float(current().guard(self, float))
        refuse_number("float(x), or a function of math,")

    def __getattr__(self, name: str) -> Any:
        if name in ARRAY_METADATA:
            return getattr(self.concrete, name)
        if name == "base":
            base = self.concrete.base
            return base if base is None else current().standing.get(id(owner_of(base)), base)
        if name in VIEWS:
            return current().call(getattr, (self, name), {})
        if name == "flat":
            raise current().cannot("x.flat goes through the numbers one by one", "Write x.ravel(), and x.reshape(-1)[i] = v")
        if name in LOOKING_METHODS:
            refuse_number(f"x.{name}()")
        found = getattr(self.concrete, name)  # AttributeError as of an array
        if name.startswith("__"):
            raise AttributeError(name)
        if not callable(found):
            raise current().cannot(
                f"x.{name} is an attribute of a {type(self.concrete).__name__}, which is not followed", "Pass it as an argument"
            )
        if name == "shuffle":
            raise current().cannot("rng.shuffle writes into an array", "Write x = rng.permutation(x)")
        writes = (self,) if name in WRITING or isinstance(self.concrete, np.random.Generator) else ()
        if name in VALUE_SHAPED:
            refuse_shape(f"x.{name}()")
        return lambda *args, **options: method(name, (self, *args), options, writes)

    def __copy__(self) -> Any:
        return self.copy("K") if isinstance(self, np.ndarray) else self

    def __deepcopy__(self, _: Any) -> Any:
        return self.__copy__()

    def __complex__(self) -> NoReturn:
        refuse_number("complex(x)")

    def __index__(self) -> NoReturn:
        refuse_number("range(x), or an index,")

    def __format__(self, spec: str) -> str:
        return str(self) if not spec else refuse_number(f'f"{{x:{spec}}}"')

    def __round__(self, _: Any = None) -> NoReturn:
        raise current().cannot("round(x) takes the number out of a value that is recorded", "Write np.round(x)")

    def __contains__(self, _: Any) -> NoReturn:
        refuse_number("`in`")

    def __len__(self) -> int:
        return len(self.concrete)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self.concrete)))

    def __getitem__(self, key: Any) -> Any:
        if any(type(k) is StandIn and k.concrete.dtype == bool for k in (key if isinstance(key, tuple) else (key,))):
            refuse_shape("x[mask]")
        return current().call(operator.getitem, (self, with_settled_slices(key)), {})

    def __setitem__(self, key: Any, new: Any) -> None:
        if new is self and key is Ellipsis:
            return
        current().call(operator.setitem, (self, with_settled_slices(key), new), {}, writes=(self,))

    __add__, __radd__, __iadd__ = operators(np.add, operator.add)
    __sub__, __rsub__, __isub__ = operators(np.subtract, operator.sub)
    __mul__, __rmul__, __imul__ = operators(np.multiply, operator.mul)
    __truediv__, __rtruediv__, __itruediv__ = operators(np.divide, operator.truediv)
    __floordiv__, __rfloordiv__, __ifloordiv__ = operators(np.floor_divide, operator.floordiv)
    __mod__, __rmod__, __imod__ = operators(np.remainder, operator.mod)
    __divmod__, __rdivmod__, _ = operators(np.divmod, divmod)
    __matmul__, __rmatmul__, __imatmul__ = operators(np.matmul, operator.matmul)
    __pow__, __rpow__, __ipow__ = operators(None, operator.pow)
    __and__, __rand__, __iand__ = operators(np.bitwise_and, operator.and_)
    __or__, __ror__, __ior__ = operators(np.bitwise_or, operator.or_)
    __xor__, __rxor__, __ixor__ = operators(np.bitwise_xor, operator.xor)
    __lshift__, __rlshift__, __ilshift__ = operators(np.left_shift, operator.lshift)
    __rshift__, __rrshift__, __irshift__ = operators(np.right_shift, operator.rshift)
    __lt__ = operators(np.less, operator.lt)[0]
    __le__ = operators(np.less_equal, operator.le)[0]
    __gt__ = operators(np.greater, operator.gt)[0]
    __ge__ = operators(np.greater_equal, operator.ge)[0]
    __eq__ = operators(np.equal, operator.eq)[0]
    __ne__ = operators(np.not_equal, operator.ne)[0]

    __neg__ = operator_of_one(np.negative, operator.neg)
    __pos__ = operator_of_one(np.positive, operator.pos)
    __abs__ = operator_of_one(np.absolute, operator.abs)
    __invert__ = operator_of_one(np.invert, operator.invert)

    def __hash__(self) -> int:
        if asked_by_us() or isinstance(self.concrete, np.random.Generator):
            return id(self)
        refuse_number("hash(x), as of what is looked up in a dict or a set,")


RECORDED = " that is recorded, "  # so that a text made of a stand-in is known
ARRAY_METADATA = {"ndim", "size", "strides", "flags", "itemsize", "nbytes", "setflags"}
VIEWS = {"T", "mT", "real", "imag"}
LOOKING_METHODS = {"item", "tolist", "tobytes", "tofile", "dump", "dumps", "data", "ctypes", "as_integer_ratio", "hex"}
WRITING = {"sort", "fill", "partition", "put", "byteswap"}
VALUE_SHAPED = {"nonzero", "compress", "unique", "unique_values", "unique_counts", "unique_all", "unique_inverse", "argwhere",
                "flatnonzero", "extract", "trim_zeros", "union1d", "intersect1d", "setdiff1d", "setxor1d", "bincount",
                "histogram", "histogram_bin_edges", "histogramdd", "histogram2d", "delete"}  # fmt: skip
SHAPED_BY: dict[Any, int] = {np.bincount: 0, np.compress: 0, np.extract: 0, np.delete: 1, np.repeat: 1}  # the shaping argument
OF_EITHER_KIND: set[Any] = {np.linalg.eig, np.linalg.eigvals}  # real or complex, as the values are
OF_EITHER_KIND |= {getattr(np.emath, name) for name in np.emath.__all__}
# functions of which an integer shapes no result
BY_VALUE = {"where", "clip", "take", "take_along_axis", "select", "choose", "put", "copyto", "fill", "full_like", "searchsorted",
            "interp", "nan_to_num", "isclose", "allclose", "array_equal", "asarray", "array", "roll", "dot", "outer", "inner",
            "append", "insert", "round", "around", "percentile", "quantile", "isin", "kron", "convolve", "full"}  # fmt: skip
ABOUT = {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj, np.min_scalar_type,
         np.common_type, np.may_share_memory, np.shares_memory}  # fmt: skip
FIRST_WRITTEN = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}
MAKERS_LIKE = {np.zeros_like: np.zeros, np.ones_like: np.ones, np.empty_like: np.empty}
REDUCTIONS = {np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum, np.all: np.logical_and,
              np.any: np.logical_or}  # fmt: skip


def asked_by_us() -> bool:
    """True if one of our own functions has asked for the value of a stand-in."""
    return str(sys._getframe(2).f_globals.get("__name__", "")).partition(".")[0] in OURS


def current() -> Recording:
    """The recording of now."""
    found = recording.get()
    if found is None:
        raise CannotRecord("compile: an array of a recorded function was kept, and used after the function had returned.")
    return found


def call_function(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A function of NumPy's that is no ufunc."""
    now = current()
    if function.__module__.partition(".")[0] in OURS:
        return function.__wrapped__(*args, **options)  # type: ignore[attr-defined]  # for an index that is recorded: follow it
    if function in ABOUT:
        return function(*now.numbers(args), **now.numbers(options))
    if function.__name__ not in BY_VALUE:
        args, options = (*args[:1], *settled(args[1:])), settled(options)
    if function is np.real_if_close:
        raise now.cannot("np.real_if_close: the dtype of the result depends on values", "Write np.real(x)")
    if function is np.ix_ and any(x.dtype == bool for x in args if type(x) is StandIn):
        refuse_shape("np.ix_ of masks")
    shaping = args[SHAPED_BY[function]] if function in SHAPED_BY and len(args) > SHAPED_BY[function] else args
    by_values = (function in SHAPED_BY or function.__name__ in VALUE_SHAPED) and holds_stand_in(shaping)
    if by_values or (function is np.where and len(args) == 1):
        refuse_shape(f"np.{function.__name__}")
    like = np.asarray(now.numbers(args[0])) if function in MAKERS_LIKE and set(options) <= {"dtype"} else None
    if like is not None and like.flags.c_contiguous:
        return now.call(MAKERS_LIKE[function], (like.shape, np.dtype(options.get("dtype") or like.dtype)), {})
    if any(x is np._NoValue for x in (*args, *options.values())):
        args, options = given_arguments(function, args, options)
    made = now.call(function, args, options, args[:1] if function in FIRST_WRITTEN else ())
    if function is np.linalg.lstsq:
        now.guard(made[2], int)  # the rank: without a full one there are no residuals
    if function in OF_EITHER_KIND:
        now.guard(now.call(np.iscomplexobj, (made[0] if isinstance(made, tuple) else made,), {}), bool)
    return made


def given_arguments(function: Callable[..., Any], args: tuple[Any, ...], options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that are given: of `np.max(x, 1, None, True, _NoValue)` those of `np.max(x, axis=1, keepdims=True)`."""
    names = list(inspect.signature(function).parameters)[1:]
    given = dict(zip(names, args[1:], strict=False)) | dict(options)
    return args[:1], {k: v for k, v in given.items() if v is not np._NoValue and not (v is None and k != "axis")}


def method(name: str, args: tuple[Any, ...], options: dict[str, Any], writes: tuple[Any, ...]) -> Any:
    """A method of an array: `x.dot(w)`."""
    if any(isinstance(x, graph.Value) for x in args):
        return getattr(np, name)(*args, **options)
    if name not in BY_VALUE:
        args, options = (args[0], *settled(args[1:])), settled(options)
    if name == "repeat" and holds_stand_in(args[1:]):
        refuse_shape("x.repeat(counts)")
    return current().call(getattr(type(args[0].concrete), name), args, options, writes)


def settled(x: Any) -> Any:
    """Arguments with integers as constants, where they may shape the result: the program asks whether they are the same."""

    def settle(leaf: Any) -> Any:
        if type(leaf) is not StandIn or leaf.value.shape != ():
            return leaf
        kind, dtype = leaf.value.kind, leaf.value.dtype
        if kind is not int and (dtype is None or dtype.kind not in "iu"):
            return leaf
        current().guard(leaf, int)
        return leaf.concrete if kind is int else leaf.concrete[()]

    return mapped(settle, x)


def with_settled_slices(key: Any) -> Any:
    """An index whose slices have constant bounds."""
    if isinstance(key, tuple):
        return tuple(map(with_settled_slices, key))
    return settled(key) if isinstance(key, slice) else key


def refuse_number(what: str) -> NoReturn:
    raise current().cannot(
        f"{what} takes the number out of a value that is recorded; the program would keep it for all calls",
        "Compute with the array, and return it to look at it outside",
    )


def refuse_shape(what: str) -> NoReturn:
    raise current().cannot(
        f"{what}: the shape of the result depends on values, and a program has one shape",
        "Write np.where(mask, x, 0), or sums with where=mask",
    )


def refuse_to_set(name: str, new: Any, instead: str) -> NoReturn:
    raise current().cannot(f"x.{name} = {new!r} gives an array another {name} in place", f"Write x = x.{instead}({new!r})")


def as_numbers(x: Any) -> Any:
    """The array or number itself."""
    return x.concrete if type(x) is StandIn else x


def holds_stand_in(x: Any) -> bool:
    return type(x) is StandIn or (type(x) in (list, tuple) and any(map(holds_stand_in, x)))

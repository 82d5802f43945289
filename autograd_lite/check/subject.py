"""The function under test, as a function of a list of arrays, with its pullback."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..graph import wrap
from ..numerical.point import Array, as_array, real_or_nan
from ..tensor import Tensor
from ..transforms import tree, vjp
from ..transforms.recorded_call import function_name

__all__ = ["Pull", "RefusedError", "Subject", "inexact_leaves", "is_inexact", "with_cotangents"]
Pull = Callable[[list[Array]], list[Any]]


class RefusedError(Exception):
    """The gradient cannot be compared; the text says why."""


class Subject:
    """A function of a list of arrays, the floating-point leaves of the arguments, and its pullback.

    The user's functions see their own kinds of arguments: floats, containers, arrays of other libraries. Complex arrays, among
    arguments and results, are seen here as real ones with a last axis of two more numbers, the real and the imaginary part.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], gradient: Any) -> None:
        self.f, self.args, self.gradient = f, args, gradient
        self.mutates = False  # True once a call has changed its argument
        self.wants_tensors = False  # True once it has asked for an attribute of a Tensor
        self.is_complex: list[bool] | None = None  # for each result at the point itself, where it is called first
        self.name = function_name(f)
        parameters = dict(f.named_parameters()) if gradient is None and hasattr(f, "named_parameters") else {}
        if not all(isinstance(p, Tensor) for p in parameters.values()):
            raise TypeError(f"check_gradients: {self.name} is a module of another library; give its gradient too, as gradient=.")
        if callable(gradient) and not accepts_arguments(gradient, len(args) + 1):
            raise TypeError(
                f"check_gradients: gradient must take {len(args) + 1} arguments: those of {self.name}, and the cotangent v of "
                f"its result. Write gradient({', '.join(argument_names(f, len(args)))}, v)."
            )
        self.parameters = {name: p for name, p in parameters.items() if p.requires_grad}
        if self.parameters:
            named = list(self.parameters.items())
        else:
            names = argument_names(f, len(args))
            named = [(name + path, leaf) for name, arg in zip(names, args, strict=True) for path, leaf in tree.leaves(arg)]
        chosen = [(name, leaf) for name, leaf in named if is_inexact(leaf)]
        self.names = [name for name, _ in chosen]
        self.kinds = [leaf for _, leaf in chosen]
        self.complex = [as_array(leaf).dtype.kind == "c" for leaf in self.kinds]
        self.arrays = [np.array(real_parts(as_array(leaf))) for leaf in self.kinds]
        if not chosen:
            raise TypeError(
                f"check_gradients: no argument of {self.name} has floating-point numbers. Write 3.0 instead of 3, or "
                "np.asarray(x, dtype=float)."
            )

    def leaves_as_given(self, values: Sequence[Any]) -> list[Any]:
        """Arrays as the kinds of numbers that were given: a float for a float."""
        return [as_kind_of(kind, value) for kind, value in zip(self.kinds, self.whole(values), strict=True)]

    def whole(self, values: Sequence[Any]) -> list[Any]:
        """The values with the parts of complex ones put together."""
        return [complex_of_parts(value) if is_complex else value for value, is_complex in zip(values, self.complex, strict=True)]

    def arguments(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The user's arguments with other numbers."""
        following = iter(values)
        return tuple(tree.map_leaves(lambda x: next(following) if is_inexact(x) else x, arg) for arg in self.args)

    def __call__(self, values: Sequence[Any]) -> Any:
        """The result for arrays or Tensors in place of the floating-point arguments; complex results in their parts."""
        return tree.map_leaves(real_parts, self.of_given(self.whole(values)))

    def of_given(self, values: Sequence[Any]) -> Any:
        """The result for values as the user's function takes them."""
        if not self.parameters:
            return self.f(*self.arguments(values))
        with rebound(list(self.parameters.values()), values):
            return self.f(*self.args)

    def value(self, arrays: Sequence[Array]) -> Any:
        """The result for arrays, which are passed as the kinds that the user gave; complex results in their parts."""
        before = list(map(bits, arrays))
        result = self.called(arrays)
        self.mutates |= any(bits(x) != b for x, b in zip(arrays, before, strict=True))
        stepped = any(x.dtype.kind == "c" for x in arrays)  # by a complex step
        return result if stepped else tree.map_leaves(real_parts, self.nan_for_complex(result))

    def nan_for_complex(self, result: Any) -> Any:
        """The result with nan in place of complex numbers that were real at the point itself: there f leaves the real ones."""
        is_complex = [is_inexact(y) and as_array(y).dtype.kind == "c" for _, y in tree.leaves(result)]
        self.is_complex = is_complex if self.is_complex is None else self.is_complex
        if is_complex == self.is_complex or len(is_complex) != len(self.is_complex):
            return result
        before = iter(self.is_complex)
        return tree.map_leaves(lambda y: y if next(before) else real_or_nan(as_array(y)), result)

    def called(self, arrays: Sequence[Array]) -> Any:
        """The result for arrays as the user's kinds; as Tensors, if the function uses what only Tensors have: x.detach()."""
        if self.parameters:
            return self.watched(self.whole(arrays))
        if not self.wants_tensors:
            try:
                return self.watched(self.leaves_as_given(arrays))
            except AttributeError as error:
                if self.gradient is not None or not hasattr(Tensor, error.name or ""):
                    raise
                self.wants_tensors = True
        return self.watched([wrap(x, None) for x in self.whole(arrays)])

    def watched(self, values: Sequence[Any]) -> Any:
        """The result for values as the user's function takes them; it is noted if they are others afterwards."""
        before = list(map(bits, values))
        try:
            return self.of_given(values)
        finally:
            self.mutates |= any(bits(x) != b for x, b in zip(values, before, strict=True))

    def pullback(self, arrays: Sequence[Array]) -> Pull:
        """The function from cotangents, one for each floating-point result, to gradients, one for each argument."""
        if self.gradient is None:
            value, pull = vjp(lambda values: self(values), list(arrays))
            self.differentiable(value)
            return lambda cotangents: list(pull(with_cotangents(value, cotangents))[0])
        value = self.called(arrays)
        results = self.differentiable(tree.map_leaves(real_parts, value))
        if callable(self.gradient):
            given = self.arguments(self.leaves_as_given(arrays))
            return lambda cotangents: self.as_leaves(self.gradient(*given, with_cotangents(value, cotangents)))
        if len(results) != 1 or np.size(as_array(results[0])) != 1:
            raise TypeError(
                f"check_gradients: gradient is an array, but {self.name} returned {[np.shape(as_array(y)) for y in results]}, "
                "not one number. Give a function gradient(x, v) of the cotangent v."
            )
        fixed = self.as_leaves(self.gradient)

        def scaled(g: Any, x: Array, v: Array) -> Any:
            product = np.asarray(as_array(g)) * v.reshape(())
            return product if hasattr(g, "dtype") else product.astype(x.dtype)  # a list has no dtype of its own

        return lambda cotangents: [
            g if g is None else scaled(g, x, np.asarray(cotangents[0])) for g, x in zip(fixed, arrays, strict=True)
        ]

    def or_nan(self, gradient: Callable[[Any], list[Any]], arrays: Sequence[Any]) -> list[Any]:
        """`gradient(arrays)`; nan at a nearby point where it cannot be computed, as f leaves the real numbers there."""
        try:
            return gradient(arrays)
        except (TypeError, ValueError):
            if self.gradient is not None or all(
                np.array_equal(as_array(x), here, equal_nan=True) for x, here in zip(arrays, self.arrays, strict=True)
            ):
                raise
            return [np.full_like(x, np.nan) for x in self.arrays]

    def differentiable(self, value: Any) -> list[Any]:
        """The results that have derivatives."""
        results = inexact_leaves(value)
        if not results:
            kinds = [getattr(y, "dtype", type(y).__name__) for _, y in tree.leaves(value)]
            raise TypeError(
                f"check_gradients: {self.name} returned {', '.join(map(str, kinds)) or 'nothing'}: no floating-point numbers, so "
                "there is nothing to differentiate."
            )
        return results

    def as_leaves(self, answer: Any) -> list[Any]:
        """The gradients by the floating-point leaves, taken out of the answer of a gradient function."""
        found = []
        for arg, part in zip(self.args, self.by_argument(answer), strict=True):
            inside = [x for _, x in tree.leaves(arg)]
            if part is None:
                found += [None for x in inside if is_inexact(x)]
                continue
            if isinstance(arg, list) and hasattr(part, "shape") and shape_or_none(arg) == part.shape:
                part = as_array(part).tolist()  # numbers in lists are an array to NumPy
            try:
                given = [g for _, g in tree.leaves_like(part, arg)] if tree.children(arg) is not None else [part]
            except ValueError as error:
                raise RefusedError(f"gradient does not have the containers of the argument: {error}.") from None
            found += [g for g, x in zip(given, inside, strict=True) if is_inexact(x)]
        found = [g if g is None or hasattr(g, "dtype") else require_array(g) for g in found]
        return [real_parts(as_array(g), True) if c and g is not None else g for g, c in zip(found, self.complex, strict=True)]

    def by_argument(self, answer: Any) -> list[Any]:
        """The answer of a gradient function, split by argument."""
        several = isinstance(answer, (tuple, list))
        if len(self.args) == 1:
            (arg,) = self.args
            if isinstance(arg, (tuple, list)) and several and len(answer) == 1:
                return [answer[0] if len(arg) != 1 or isinstance(answer[0], type(arg)) else answer]
            if not several or isinstance(arg, (tuple, list)) or shape_or_none(answer) == shape_or_none(arg):
                return [answer]
            if len(answer) == 1 or isinstance(answer, list):
                return [answer[0] if len(answer) == 1 else answer]
        tracked = [i for i, arg in enumerate(self.args) if any(is_inexact(x) for _, x in tree.leaves(arg))]
        if several and len(answer) == len(self.args):
            return list(answer)
        if several and len(answer) == len(tracked):
            return [answer[tracked.index(i)] if i in tracked else None for i in range(len(self.args))]
        if len(tracked) == 1 and not several:
            return [answer if i == tracked[0] else None for i in range(len(self.args))]
        what = f"{len(answer)} gradients" if several else f"one {type(answer).__name__}"
        n = len(self.args)
        raise RefusedError(
            f"gradient returned {what} for {n} argument{'s' * (n > 1)}; return {'a tuple with one for each' if n > 1 else 'one'}."
        )


def inexact_leaves(value: Any) -> list[Any]:
    """The leaves of a result that are floating-point or complex."""
    return [y for _, y in tree.leaves(value) if is_inexact(y)]


def real_parts(y: Any, always: bool = False) -> Any:
    """Real and imaginary part of complex numbers along a last axis; what is real, itself."""
    if not always and not (is_inexact(y) and as_array(y).dtype.kind == "c"):
        return y
    y = y if isinstance(y, Tensor) else as_array(y)
    return np.stack([np.real(y), np.imag(y)], -1)


def complex_of_parts(parts: Any) -> Any:
    """The complex numbers whose parts stand along the last axis."""
    return parts[..., 0] + 1j * parts[..., 1]


def is_inexact(leaf: Any) -> bool:
    """True for floating-point and complex numbers and arrays, also those of other libraries."""
    if not hasattr(leaf, "dtype"):
        return isinstance(leaf, (float, complex))
    kind = leaf.dtype.kind if hasattr(leaf.dtype, "kind") else as_array(leaf).dtype.kind  # PyTorch's dtypes have none
    return kind in ("f", "c")


def as_kind_of(kind: Any, value: Array) -> Any:
    """The array `value` as the same kind of thing as `kind`: a number, or an array of another library."""
    if isinstance(kind, Tensor):
        return wrap(value, None)
    if isinstance(value, Tensor) or isinstance(kind, np.ndarray):
        return value
    if isinstance(kind, np.generic):
        return value[()]
    if isinstance(kind, (float, complex)):
        return value.item()
    if hasattr(kind, "new_tensor"):  # PyTorch's
        return kind.new_tensor(value)
    return kind.__array_namespace__().asarray(value, copy=True) if hasattr(kind, "__array_namespace__") else value


def shape_or_none(numbers: Any) -> Any:
    """The shape of nested lists of numbers; None if they are ragged or hold other things."""
    try:
        return np.shape(numbers)
    except (TypeError, ValueError):
        return None


def require_array(numbers: Any) -> Any:
    """The nested lists of numbers themselves; RefusedError if they are ragged."""
    if shape_or_none(numbers) is None:
        raise RefusedError(f"gradient returned lists of different lengths, not an array: {numbers!r}.")
    return numbers


def accepts_arguments(function: Any, n: int) -> bool:
    """True unless the signature says that the function cannot be called with n arguments."""
    if isinstance(function, np.ufunc):
        return bool(function.nin == n)
    try:
        inspect.signature(function).bind(*range(n))
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True


def argument_names(f: Callable[..., Any], n: int) -> list[str]:
    """The names of the first n positional arguments."""
    if isinstance(f, np.ufunc):  # which had no signature before NumPy 2.4
        return ["x"] if n == 1 else [f"x{i + 1}" for i in range(n)]
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"argument {i}" for i in range(len(names), n)])[:n]


@contextlib.contextmanager
def rebound(parameters: Sequence[Tensor], values: Sequence[Any]) -> Iterator[None]:
    """Replace the values of parameters inside the `with` block, by arrays or Tensors."""
    before = [(p._array, p._node) for p in parameters]
    try:
        for p, value in zip(parameters, values, strict=True):
            t = value if isinstance(value, Tensor) else wrap(value, None)
            p._array, p._node = t._array, t._node
        yield
    finally:
        for p, (array, node) in zip(parameters, before, strict=True):
            p._array, p._node = array, node


def with_cotangents(value: Any, cotangents: Sequence[Array]) -> Any:
    """Cotangents in the containers of a result; zeros for results that are not floating-point."""
    following = iter(cotangents)
    return tree.map_leaves(
        lambda y: cotangent(y, next(following)) if is_inexact(y) else np.zeros(np.shape(as_array(y)), as_array(y).dtype), value
    )


def cotangent(y: Any, v: Any) -> Any:
    """The cotangent of a result: a NumPy array or number, or an array of the library that the result belongs to."""
    v = complex_of_parts(v) if as_array(y).dtype.kind == "c" else v
    return v[()] if isinstance(y, (Tensor, np.ndarray, np.generic, float, complex)) else as_kind_of(y, v)


def bits(x: Any) -> bytes:
    """The numbers of a value, to the bit: a longdouble lies in more bytes than it has, and the others may hold anything."""
    array = as_array(x)
    if array.dtype.char not in "gG":
        return array.tobytes()
    with np.errstate(all="ignore"):
        parts = np.stack([array.real, array.imag])
        high = parts.astype(float)
        return b"".join(part.tobytes() for part in (high, (parts - high).astype(float)))

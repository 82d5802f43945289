"""What is checked: a function of a list of arrays, and its pullback, both as the user's functions see them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from ..graph import wrap
from ..numerical.point import plain
from ..tensor import Tensor
from ..transforms import name_of, vjp

__all__ = ["Pull", "RefusedError", "Subject", "floating", "is_floating", "with_cotangents"]

Array = NDArray[Any]
Pull = Callable[[list[Array]], list[Any]]


class RefusedError(Exception):
    """A gradient that cannot be compared; its text says why."""


class Subject:
    """A function of a list of arrays, taken out of the arguments, and its pullback, both as the user's function sees them."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], gradient: Any) -> None:
        self.f, self.args, self.gradient = f, args, gradient
        self.mutates = False  # whether a call has changed its argument
        self.name = name_of(f)
        parameters = dict(f.named_parameters()) if gradient is None and hasattr(f, "named_parameters") else {}
        if not all(isinstance(p, Tensor) for p in parameters.values()):
            raise TypeError(f"check_gradients: {self.name} is a module of another library; give its gradient too, as gradient=.")
        if callable(gradient) and not takes(gradient, len(args) + 1):
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
        chosen = [(name, leaf) for name, leaf in named if is_floating(leaf)]
        for name, leaf in chosen:
            if plain(leaf).dtype.kind == "c":
                raise TypeError(f"check_gradients: {name} is complex; derivatives are of real numbers. Split it in two.")
        self.names = [name for name, _ in chosen]
        self.kinds = [leaf for _, leaf in chosen]
        self.arrays = [np.array(plain(leaf)) for leaf in self.kinds]
        if not chosen:
            raise TypeError(
                f"check_gradients: no argument of {self.name} has floating-point numbers. Write 3.0 instead of 3, or "
                "np.asarray(x, dtype=float)."
            )

    def leaves_as_given(self, values: Sequence[Any]) -> list[Any]:
        """Arrays as the kinds of number that were given: a float stays a float."""
        return [like(kind, value) for kind, value in zip(self.kinds, values, strict=True)]

    def arguments(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The user's arguments with other numbers."""
        following = iter(values)
        return tuple(tree.map_leaves(lambda x: next(following) if is_floating(x) else x, arg) for arg in self.args)

    def __call__(self, values: Sequence[Any]) -> Any:
        """The result for arrays or Tensors in place of the floating-point arguments."""
        if not self.parameters:
            return self.f(*self.arguments(values))
        with rebound(list(self.parameters.values()), values):
            return self.f(*self.args)

    def value(self, arrays: Sequence[Array]) -> Any:
        """The result for arrays, given as what the user gave."""
        before = [x.tobytes() for x in arrays]
        result = self(arrays if self.parameters else self.leaves_as_given(arrays))
        self.mutates |= any(x.tobytes() != b for x, b in zip(arrays, before, strict=True))
        return result

    def pullback(self, arrays: Sequence[Array]) -> Pull:
        """The function from cotangents, one for each floating-point result, to gradients, one for each argument."""
        if self.gradient is None:
            value, pull = vjp(lambda values: self(values), list(arrays))
            self.differentiable(value)
            return lambda cotangents: list(pull(with_cotangents(value, cotangents))[0])
        value = self.value(arrays)
        results = self.differentiable(value)
        if callable(self.gradient):
            given = self.arguments(self.leaves_as_given(arrays))
            return lambda cotangents: self.as_leaves(self.gradient(*given, with_cotangents(value, cotangents)))
        if len(results) != 1 or np.size(plain(results[0])) != 1:
            raise TypeError(
                f"check_gradients: gradient is an array, but {self.name} returned {[np.shape(plain(y)) for y in results]}, "
                "not one number. Give a function gradient(x, v) of the cotangent v."
            )
        fixed = self.as_leaves(self.gradient)

        def scaled(g: Any, x: Array, v: Array) -> Any:
            product = np.asarray(plain(g)) * v.reshape(())
            return product if hasattr(g, "dtype") else product.astype(x.dtype)  # a list has no dtype of its own

        return lambda cotangents: [
            g if g is None else scaled(g, x, np.asarray(cotangents[0])) for g, x in zip(fixed, arrays, strict=True)
        ]

    def differentiable(self, value: Any) -> list[Any]:
        """The results that have derivatives."""
        results = floating(value)
        if any(plain(y).dtype.kind == "c" for y in results):
            raise TypeError(
                f"check_gradients: a result of {self.name} is complex; derivatives are of real numbers. Return y.real and y.imag."
            )
        if not results:
            kinds = [getattr(y, "dtype", type(y).__name__) for _, y in tree.leaves(value)]
            raise TypeError(
                f"check_gradients: {self.name} returned {', '.join(map(str, kinds)) or 'nothing'}: no floating-point numbers, so "
                "there is nothing to differentiate."
            )
        return results

    def as_leaves(self, answer: Any) -> list[Any]:
        """The gradients by the floating-point leaves, out of what a gradient function returned."""
        found = []
        for arg, part in zip(self.args, self.by_argument(answer), strict=True):
            inside = [x for _, x in tree.leaves(arg)]
            if part is None:
                found += [None for x in inside if is_floating(x)]
                continue
            if isinstance(arg, list) and hasattr(part, "shape") and shape_of(arg) == part.shape:
                part = plain(part).tolist()  # numbers in lists are an array to NumPy
            try:
                given = [g for _, g in tree.leaves_like(part, arg)] if tree.children(arg) is not None else [part]
            except ValueError as error:
                raise RefusedError(f"gradient does not have the containers of the argument: {error}.") from None
            found += [g for g, x in zip(given, inside, strict=True) if is_floating(x)]
        return [g if g is None or hasattr(g, "dtype") else listed(g) for g in found]

    def by_argument(self, answer: Any) -> list[Any]:
        """What a gradient function returned, for each argument in turn."""
        several = isinstance(answer, (tuple, list))
        if len(self.args) == 1:
            (arg,) = self.args
            if isinstance(arg, (tuple, list)) and several and len(answer) == 1:
                return [answer[0] if len(arg) != 1 or isinstance(answer[0], type(arg)) else answer]
            if not several or isinstance(arg, (tuple, list)) or shape_of(answer) == shape_of(arg):
                return [answer]
            if len(answer) == 1 or isinstance(answer, list):
                return [answer[0] if len(answer) == 1 else answer]
        tracked = [i for i, arg in enumerate(self.args) if any(is_floating(x) for _, x in tree.leaves(arg))]
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


def floating(value: Any) -> list[Any]:
    """The floating-point leaves of a result."""
    return [y for _, y in tree.leaves(value) if is_floating(y)]


def is_floating(leaf: Any) -> bool:
    """Whether something is a number or an array that can be differentiated by, or is such a result."""
    if not hasattr(leaf, "dtype"):
        return isinstance(leaf, (float, complex))
    kind = leaf.dtype.kind if hasattr(leaf.dtype, "kind") else plain(leaf).dtype.kind  # PyTorch's dtypes have none
    return kind in ("f", "c")


def like(kind: Any, value: Array) -> Any:
    """An array as the kind of thing that was given: a number, or an array of another library."""
    if isinstance(kind, Tensor):
        return wrap(value, None)
    if isinstance(value, Tensor) or isinstance(kind, np.ndarray):
        return value
    if isinstance(kind, np.generic):
        return value[()]
    if isinstance(kind, float):
        return value.item()
    if hasattr(kind, "new_tensor"):  # PyTorch's
        return kind.new_tensor(value)
    return kind.__array_namespace__().asarray(value, copy=True) if hasattr(kind, "__array_namespace__") else value


def shape_of(numbers: Any) -> Any:
    """The shape that nested lists of numbers have; None for what is ragged or holds other things."""
    try:
        return np.shape(numbers)
    except (TypeError, ValueError):
        return None


def listed(numbers: Any) -> Any:
    """Nested lists of numbers, which must be an array."""
    if shape_of(numbers) is None:
        raise RefusedError(f"gradient returned lists of different lengths, not an array: {numbers!r}.")
    return numbers


def takes(function: Any, n: int) -> bool:
    """Whether a function can be called with n arguments, as far as one can know."""
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
    """Let parameters be other arrays or Tensors for a while."""
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
    """Cotangents in the containers of a result; zeros where a result is no floating-point number."""
    following = iter(cotangents)
    return tree.map_leaves(
        lambda y: cotangent(y, next(following)) if is_floating(y) else np.zeros(np.shape(plain(y)), plain(y).dtype), value
    )


def cotangent(y: Any, v: Any) -> Any:
    """The cotangent of a result: a NumPy array or number, or of the other library that the result is of."""
    return v[()] if isinstance(y, (Tensor, np.ndarray, np.generic, float)) else like(y, v)

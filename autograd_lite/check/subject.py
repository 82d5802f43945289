"""What is checked: a function of a list of arrays, and its pullback, both as the user's functions see them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from ..numerical.point import plain
from ..tensor import Tensor, wrap
from ..transforms import name_of, vjp

__all__ = ["Pull", "RefusedError", "Subject", "is_floating", "with_cotangents"]

Array = NDArray[Any]
Pull = Callable[[list[Array]], list[Any]]


class RefusedError(Exception):
    """A gradient that cannot be compared; its text says why."""


class Subject:
    """A function of a list of arrays, taken out of the arguments, and its pullback, both as the user's function sees them."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], gradient: Any) -> None:
        self.f, self.args, self.gradient = f, args, gradient
        self.name = name_of(f)
        parameters = dict(f.named_parameters()) if gradient is None and hasattr(f, "named_parameters") else {}
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
                f"check_gradients: no argument of {self.name} is of floating-point numbers. Write 3.0 instead of 3, or "
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
        return self(arrays if self.parameters else self.leaves_as_given(arrays))

    def pullback(self, arrays: Sequence[Array]) -> Pull:
        """The function from cotangents, one for each floating-point result, to gradients, one for each argument."""
        if self.gradient is None:
            value, pull = vjp(lambda values: self(values), list(arrays))
            return lambda cotangents: list(pull(with_cotangents(value, cotangents))[0])
        if callable(self.gradient):
            value = self.value(arrays)
            given = self.arguments(self.leaves_as_given(arrays))
            return lambda cotangents: self.as_leaves(self.gradient(*given, with_cotangents(value, cotangents)))
        results = [y for _, y in tree.leaves(self.value(arrays)) if is_floating(y)]
        if len(results) != 1 or np.size(plain(results[0])) != 1:
            raise TypeError(
                f"check_gradients: gradient is an array, but {self.name} returned {[np.shape(plain(y)) for y in results]}, "
                "not one number. Give a function gradient(x, v) of the cotangent v."
            )
        fixed = self.as_leaves(self.gradient)
        return lambda cotangents: [
            g if g is None else np.asarray(cotangents[0]).reshape(()) * np.asarray(plain(g)) for g in fixed
        ]

    def as_leaves(self, answer: Any) -> list[Any]:
        """The gradients by the floating-point leaves, out of what a gradient function returned."""
        several = isinstance(answer, (tuple, list))
        if len(self.args) == 1:
            single = several and len(answer) == 1 and not isinstance(self.args[0], (tuple, list))
            trees: list[Any] = [answer[0] if single else answer]
        else:
            tracked = [i for i, arg in enumerate(self.args) if any(is_floating(x) for _, x in tree.leaves(arg))]
            if several and len(answer) == len(self.args):
                trees = list(answer)
            elif several and len(answer) == len(tracked):
                trees = [answer[tracked.index(i)] if i in tracked else None for i in range(len(self.args))]
            elif len(tracked) == 1 and not several:
                trees = [answer if i == tracked[0] else None for i in range(len(self.args))]
            else:
                what = f"{len(answer)} gradients" if several else f"one {type(answer).__name__}"
                raise RefusedError(f"gradient returned {what} for {len(self.args)} arguments; return a tuple with one for each.")
        found = []
        for arg, answer_ in zip(self.args, trees, strict=True):
            inside = [x for _, x in tree.leaves(arg)]
            if answer_ is None:
                found += [None for x in inside if is_floating(x)]
                continue
            try:
                given = [g for _, g in tree.leaves_like(answer_, arg)] if len(inside) != 1 or tree.children(arg) else [answer_]
            except ValueError as error:
                raise RefusedError(f"gradient does not have the containers of the argument: {error}.") from None
            found += [g for g, x in zip(given, inside, strict=True) if is_floating(x)]
        return found


def is_floating(leaf: Any) -> bool:
    """Whether something is a number or an array that can be differentiated by, or is such a result."""
    return isinstance(leaf, (float, complex)) or (hasattr(leaf, "dtype") and getattr(leaf.dtype, "kind", "") in "fc")


def like(kind: Any, value: Array) -> Any:
    """An array as the kind of thing that was given."""
    if isinstance(kind, Tensor):
        return wrap(value, None)
    if isinstance(kind, (float, np.generic)) and not isinstance(value, Tensor):
        return value[()] if isinstance(kind, np.generic) else value.item()
    return value


def argument_names(f: Callable[..., Any], n: int) -> list[str]:
    """The names of the first n positional arguments."""
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
        lambda y: next(following)[()] if is_floating(y) else np.zeros(np.shape(plain(y)), plain(y).dtype), value
    )

"""All rows of a Jacobian in one walk back: a stack of gradients that the rules take for one.

A derivative rule is an ordinary NumPy expression in `g`. Given an array it computes numbers, given a Tensor it records
itself, and given a `Stack` of m gradients it works on all of them at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

import autograd_lite as ag

from .flat import Array

__all__ = ["Stack", "parameter_jacobian"]


def parameter_jacobian(y: ag.Tensor, parameters: Sequence[ag.Tensor]) -> Array:
    """The derivatives of each element of a recorded result by each element of the parameters.

    Its shape is (size of `y`, sizes of all parameters together). Where a rule cannot take a stack (it calls compiled
    code, for one), a walk back is made for each row.

    >>> a, b = ag.tensor([1.0, 2.0], requires_grad=True), ag.tensor(3.0, requires_grad=True)
    >>> parameter_jacobian(a * b, [a, b])
    array([[3., 0., 1.],
           [0., 3., 2.]])
    """
    seeds = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
    together = max(1, 2**16 // max(1, y.size))  # so many rows that the cache holds them
    found = [jacobian_rows(y, seeds[start : start + together], parameters) for start in range(0, max(1, y.size), together)]
    return found[0] if len(found) == 1 else np.concatenate(found)


def jacobian_rows(y: ag.Tensor, seeds: Array, parameters: Sequence[ag.Tensor]) -> Array:
    """The rows of the Jacobian for these gradients of the result."""
    try:
        gradients = [walk(y, Stack(seeds), parameters, as_it_is)]
    except Exception:  # a rule cannot take a stack; if it was something else, it is raised again
        gradients = [walk(y, seed, parameters, None) for seed in seeds]
    count = len(seeds)
    columns = []
    for k, p in enumerate(parameters):
        parts = [found[k] for found in gradients]
        if isinstance(parts[0], Stack):
            columns.append(parts[0].rows.reshape(count, p.size))
        else:  # None where nothing depends on the parameter
            columns.append(
                np.stack([np.zeros(p.size, p.dtype) if g is None else g.ravel() for g in parts * (count // len(parts))])
            )
    return np.concatenate(columns, axis=1)


def walk(y: ag.Tensor, seed: Any, parameters: Sequence[ag.Tensor], wrap: Any) -> list[Any]:
    """The gradient of each parameter, None where nothing depends on it, after a walk back from `y`."""
    if y.node is None:
        return [None for _ in parameters]
    with np.errstate(all="ignore"):
        found = {
            node: gradient for node, gradient in ag.backpropagate({y.node: seed}, wrap=wrap, retain_graph=True) if not node.edges
        }
    nodes: list[Any] = [p.node for p in parameters]
    return [found.get(node) for node in nodes]


def as_it_is(array: Array, node: Any) -> Array:
    """The array itself: rules get saved arrays as they are."""
    return array


class Stack(NDArrayOperatorsMixin):
    """Arrays of one shape that behave as one of them: each operation acts on all.

    NumPy's functions come here through its protocols (NEP 13 and NEP 18), as with Tensors. Operations without a shorter way
    are done for one after the other.

    >>> Stack(np.array([[1.0, 2.0], [3.0, 4.0]])).shape
    (2,)
    >>> np.add.reduce(10.0 * Stack(np.array([[1.0, 2.0], [3.0, 4.0]])), 0).rows
    array([30., 70.])
    """

    __slots__ = ("rows",)

    def __init__(self, rows: Array) -> None:
        self.rows = rows

    # -- how one of them looks ------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.rows.shape[1:]

    @property
    def ndim(self) -> int:
        return self.rows.ndim - 1

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.rows.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError("a stack of gradients is not an array")

    def __bool__(self) -> bool:
        answers = {bool(row) for row in self.rows}
        if len(answers) > 1:
            raise TypeError("the gradients of a stack would take different ways")
        return answers == {True}

    # -- operations on each ---------------------------------------------------------------------------------

    @property
    def T(self) -> Stack:
        return Stack(self.rows.transpose(0, *range(self.rows.ndim - 1, 0, -1)))

    @property
    def mT(self) -> Stack:
        return Stack(self.rows.swapaxes(-1, -2))

    def transpose(self, *axes: Any) -> Stack:
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return Stack(self.rows.transpose(0, *(i % self.ndim + 1 for i in order))) if order else self.T

    def reshape(self, *shape: Any) -> Stack:
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return Stack(self.rows.reshape(len(self.rows), *wanted))

    def sum(self, axis: Any = None, *, out: None = None, keepdims: bool = False) -> Any:
        if out is not None:
            raise TypeError("a stack of gradients cannot be written into an array")
        return self.__array_ufunc__(np.add, "reduce", self, axis, keepdims=keepdims)

    def dot(self, b: Any) -> Any:
        if isinstance(b, Stack) or b.ndim != 2 or not self.ndim:
            return each(np.dot, (self, b), {})
        if self.ndim == 1 or self.rows.flags.c_contiguous:
            return Stack(self.rows.reshape(-1, self.shape[-1]).dot(b).reshape(*self.rows.shape[:-1], b.shape[1]))
        return Stack(self.rows @ b)

    def __getitem__(self, key: Any) -> Stack:
        parts = key if isinstance(key, tuple) else (key,)
        if all(part is None or part is ... or isinstance(part, (int, slice)) for part in parts):
            return Stack(self.rows[(slice(None), *parts)])
        result: Stack = each(lambda row: row[key], (self,), {})
        return result

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not callable(getattr(np.ndarray, name, None)):
            raise AttributeError(f"a stack of gradients has no {name}")
        return lambda *args, **options: each(getattr(np.ndarray, name), (self, *args), options)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            depths = [getattr(x, "ndim", 0) for x in inputs]
            if ufunc.signature is None or (ufunc is np.matmul and min(depths) > 1):
                depth = max(depths)
                return Stack(ufunc(*[x.aligned(depth) if isinstance(x, Stack) else x for x in inputs]))
        elif method == "reduce" and len(inputs) <= 2 and options.keys() <= {"axis", "keepdims"}:
            axis = inputs[1] if len(inputs) == 2 else options.get("axis", 0)
            over = range(self.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
            shifted = tuple([i % self.ndim + 1 for i in over])
            keepdims = options.get("keepdims", False)
            if ufunc is np.add and shifted == (1,) and self.rows.ndim == 3 and not keepdims:
                return Stack(np.ones(self.rows.shape[1], self.rows.dtype) @ self.rows)  # a fifth of the time of a sum
            return Stack(ufunc.reduce(self.rows, shifted, keepdims=keepdims))
        return each(getattr(ufunc, method), inputs, options)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        in_python = getattr(func, "__wrapped__", None)
        if in_python is not None:  # its own steps come here again, and there may be a short way for each
            try:
                return in_python(*args, **kwargs)
            except Exception:  # whatever it was: either it is no error of each either, or it is raised again
                pass
        return each(func, args, kwargs)

    def aligned(self, depth: int) -> Array:
        """The rows with so many axes each, so that the first axis stays before all those of other operands."""
        shape = self.rows.shape
        return self.rows if len(shape) > depth else self.rows.reshape(shape[0], *(1,) * (depth + 1 - len(shape)), *shape[1:])


def each(function: Callable[..., Any], args: Any, options: Any) -> Any:
    """The stack of the results of `function` for each array of the stacks among its arguments."""
    count = len(next(stacks((args, tuple(options.values())))).rows)
    results = [function(*pick(args, i), **{name: pick(value, i) for name, value in options.items()}) for i in range(count)]
    if results[0] is None or options.get("out") is not None:
        raise TypeError("a stack of gradients cannot be written into an array")
    if isinstance(results[0], (list, tuple)) and results[0] and isinstance(results[0][0], np.ndarray):
        return [Stack(np.stack(parts)) for parts in zip(*results, strict=True)]
    return Stack(np.stack(results)) if isinstance(results[0], (np.ndarray, np.generic)) else results[0]


def stacks(value: Any) -> Any:
    """All stacks in nested tuples and lists."""
    if isinstance(value, Stack):
        yield value
    elif isinstance(value, (tuple, list)):
        for element in value:
            yield from stacks(element)


def pick(value: Any, i: int) -> Any:
    """The i-th array of each stack in nested tuples and lists."""
    if isinstance(value, Stack):
        return value.rows[i]
    return type(value)(pick(element, i) for element in value) if type(value) in (tuple, list) else value

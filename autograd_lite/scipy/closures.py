"""Tensors that a function closes over, made arguments of it: `lambda t, y: -k * y` depends on k, which nobody hands over."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from ..graph import Value, is_tracked

__all__ = ["with_closed_over"]


def with_closed_over(f: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
    """`g` and the tracked Tensors that f closes over, with `g(tensors)` a function like f that closes over others in their place.

    Found are those in variables of enclosing functions, also in lists, tuples and dicts there, and in functions that f calls by
    such a variable. Those in attributes of objects and in global variables are not.

    >>> import autograd_lite as ag
    >>> k = ag.tensor(2.0, requires_grad=True)
    >>> def times(k): return lambda y: k * y
    >>> g, found = with_closed_over(times(k))
    >>> found[0] is k, g([5.0])(3.0)
    (True, 15.0)
    """
    found: dict[int, Any] = {}
    search(f, found, set())
    tensors = list(found.values())
    places = {identity: i for i, identity in enumerate(found)}
    return (lambda others: replaced(f, places, others, {}) if tensors else f), tensors


def contents(f: FunctionType) -> list[Any]:
    """The values in the cells of a function; a cell may be empty still."""
    return [cell.cell_contents for cell in f.__closure__ or () if cell != CellType()]


def holds(cell: CellType) -> bool:
    found: dict[int, Any] = {}
    if cell != CellType():
        search(cell.cell_contents, found, set())
    return bool(found)


def search(x: Any, found: dict[int, Any], seen: set[int]) -> None:
    """Add the tracked Tensors in x, by their identities."""
    if isinstance(x, Value):
        if is_tracked(x):
            found[id(x)] = x
    elif isinstance(x, (FunctionType, list, tuple, dict)) and id(x) not in seen:
        seen.add(id(x))
        for inner in contents(x) if isinstance(x, FunctionType) else x.values() if isinstance(x, dict) else x:
            search(inner, found, seen)


def replaced(x: Any, places: dict[int, int], others: Any, made: dict[int, Any]) -> Any:
    """x with other values in the place of the Tensors; what holds none of them stays the same object."""
    if id(x) in made:
        return made[id(x)]
    if isinstance(x, Value):
        return others[places[id(x)]] if id(x) in places else x
    held: dict[int, Any] = {}
    search(x, held, set())
    if not held:
        return x
    if isinstance(x, FunctionType):
        cells = tuple(CellType() if holds(cell) else cell for cell in x.__closure__ or ())  # what is written to others is seen
        made[id(x)] = function = FunctionType(x.__code__, x.__globals__, x.__name__, x.__defaults__, cells)
        function.__kwdefaults__ = x.__kwdefaults__
        for old, new in zip(x.__closure__ or (), cells, strict=True):
            if new is not old:
                new.cell_contents = replaced(old.cell_contents, places, others, made)
        return function
    if isinstance(x, (dict, list)):  # which may hold themselves, and may be of a kind of their own
        made[id(x)] = filled = copy.copy(x)
        for key, value in x.items() if isinstance(x, dict) else enumerate(x):
            filled[key] = replaced(value, places, others, made)
        return filled
    inner = [replaced(value, places, others, made) for value in x]
    return type(x)(*inner) if hasattr(x, "_fields") else type(x)(inner)

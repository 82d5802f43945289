"""Nested containers of arrays: dicts, lists, tuples and namedtuples, taken apart and put together again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from types import NoneType
from typing import Any

__all__ = ["leaves", "leaves_like", "map_leaves", "rebuild"]

CONTAINERS = (list, tuple, dict, NoneType)


def children(tree: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a container with their keys or positions; None for a leaf. `None` is an empty container.

    >>> children({"w": 1.0, "b": 2.0})
    [('w', 1.0), ('b', 2.0)]
    """
    if tree is None:
        return []
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    return None


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with the path that leads to it.

    >>> list(leaves({"w": [1.0, 2.0], "b": 3.0}))
    [("['w'][0]", 1.0), ("['w'][1]", 2.0), ("['b']", 3.0)]
    """
    parts = children(tree)
    if parts is None:
        yield path, tree
        return
    for key, part in parts:
        where = f"{path}[{key!r}]"
        if isinstance(part, CONTAINERS):
            yield from leaves(part, where)
        else:
            yield where, part


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same containers around `function` of each leaf.

    >>> map_leaves(lambda x: 10 * x, {"w": [1, 2], "b": (3,)})
    {'w': [10, 20], 'b': (30,)}
    """
    parts = children(tree)
    if parts is None:
        return function(tree)
    if tree is None:
        return None
    made = [map_leaves(function, part) if isinstance(part, CONTAINERS) else function(part) for _, part in parts]
    if isinstance(tree, dict):
        same = copy.copy(tree)  # also for dicts that are made in another way, such as defaultdict
        for key, value in zip(tree, made, strict=True):
            same[key] = value
        return same
    if hasattr(tree, "_fields"):
        return type(tree)(*made)
    return type(tree)(made)


def rebuild(tree: Any, values: Iterable[Any]) -> Any:
    """The same containers around other leaves, taken in order.

    >>> rebuild({"w": [0, 0], "b": 0}, "xyz")
    {'w': ['x', 'y'], 'b': 'z'}
    """
    following = iter(values)
    return map_leaves(lambda _: next(following), tree)


def leaves_like(tree: Any, like: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of `tree` in the order of `like`, whose containers it must have; dicts may be in another order.

    >>> list(leaves_like({"b": 1, "w": [2]}, {"w": [0], "b": 0}))
    [("['w'][0]", 2), ("['b']", 1)]
    """
    parts, wanted = children(tree), children(like)
    if parts is None or wanted is None:
        if parts is not wanted:
            raise ValueError(f"{path or 'the whole'} is {'no container' if parts is None else 'a container'}")
        yield path, tree
        return
    given = dict(parts)
    if isinstance(tree, dict) != isinstance(like, dict) or given.keys() != dict(wanted).keys():
        raise ValueError(f"{path or 'the whole'} has the parts {list(given)}, not {[key for key, _ in wanted]}")
    for key, part in wanted:
        yield from leaves_like(given[key], part, f"{path}[{key!r}]")

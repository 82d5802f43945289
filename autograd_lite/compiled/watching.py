"""Watching: what a function depends on outside, and whether that is as it was; it is put back where a run was in vain."""

from __future__ import annotations

import collections
import functools
import inspect
import keyword
import random
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..graph import Value
from ..safety.stale import owner_of

__all__ = [
    "NUMBERS",
    "Snapshot",
    "State",
    "found_by",
    "is_arrays",
    "kept",
    "owner",
    "path_name",
    "put_back",
    "states_of",
    "watched",
]

NUMBERS = (float, bool)
MOST = 1000  # of so many objects in lists and dicts it is seen that they are replaced
LISTS = (list, collections.deque)
PLAIN = (int, float, bool, complex, str, bytes)


# -- what there is to watch ---------------------------------------------------------------------------------------


def states_of(holders: Iterable[Any]) -> list[State]:
    """The states of dicts and lists, given as (names, keys, others), and of all that is in an object; each dict and list once."""
    found: dict[int, State] = {}
    seen: dict[int, int] = {}
    for item in holders:
        for names, *keys in [item] if isinstance(item, tuple) else held_by(item, seen):
            found[id(names)] = state = State(names, *keys)
            state.is_of_object = not isinstance(item, tuple)
    return list(found.values())


def held_by(x: Any, seen: dict[int, int]) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    """What an object, a dict or a list holds, and what the modules, dicts and lists in it hold.

    Arrays and generators may change, and the numbers of modules. `seen` counts what was found in each dict and list.
    """
    is_module = hasattr(type(x), "forward")
    names: Any = x if isinstance(x, (dict, *LISTS)) else vars(x)
    if id(names) in seen:
        return
    keys = list(names) if isinstance(names, dict) else list(range(len(names)))
    keys = keys if is_module or len(keys) + sum(seen.values()) <= MOST else []
    seen[id(names)] = len(keys)
    may_change = (np.ndarray, np.random.Generator, float) if is_module else (np.ndarray, np.random.Generator)
    changing = [k for k in keys if isinstance(names[k], may_change) or (is_module and k == "training")]
    yield names, changing, [k for k in keys if k not in changing]
    for key in keys:
        if type(names[key]) in (dict, *LISTS, types.SimpleNamespace) or hasattr(type(names[key]), "forward"):
            yield from held_by(names[key], seen)


def watched(f: Callable[..., Any], arguments: Iterable[Any]) -> list[State]:
    """The states of what `f` finds outside by name, and of what is in the objects there and among its arguments; all constant.

    Of modules it is all that they hold, of other objects the attributes that are named in `f`, and in methods that are.
    """
    inner, given = inspect.unwrap(f), dict(enumerate(arguments))
    objects = [x for x in (inner, getattr(inner, "__self__", None), *given.values()) if is_object(x)]
    places: dict[int, tuple[Any, list[str]]] = {}
    for names, name, x in found_by(f):
        places.setdefault(id(names), (names, []))[1].append(name)
        objects += [x] if is_object(x) or type(x) in (dict, *LISTS) else []
    states = [State(names, (), found) for names, found in places.values()]
    states.append(State(given, (), [k for k, x in given.items() if isinstance(x, np.random.Generator)]))
    for x in objects:
        if is_object(x) and not hasattr(type(x), "forward"):
            named = names_read(f, type(x))
            states.append(State(vars(x), (), [k for k in vars(x) if k in named]))
            objects += [held for k, held in vars(x).items() if k in named and type(held) in (dict, *LISTS)]
    for state in states:
        state.count, state.is_namespace = None, True  # other names are of other functions
    seen: dict[int, int] = {}
    whole = [x for x in objects if not is_object(x) or hasattr(type(x), "forward")]
    return states + [State(names, (), changing + others) for x in whole for names, changing, others in held_by(x, seen)]


def is_object(x: Any) -> bool:
    """True for what has attributes that may be replaced, but for functions, types, arrays and Tensors."""
    known = (type, types.ModuleType, types.FunctionType, types.MethodType, functools.partial, Value, np.ndarray)
    return hasattr(x, "__dict__") and not isinstance(x, known)


def functions_of(f: Callable[..., Any], depth: int = 3) -> Iterator[types.FunctionType]:
    """A function, and those that it finds outside by name, but our own."""
    inner: Any = inspect.unwrap(f)
    if not inspect.isfunction(inner):  # a bound method, or an object that can be called
        inner = getattr(inner, "__func__", inspect.getattr_static(type(inner), "__call__", None))
    if depth and inspect.isfunction(inner) and not str(inner.__module__).startswith("autograd_lite."):
        yield inner
        found = inspect.getclosurevars(inner)
        for x in (*found.globals.values(), *found.nonlocals.values()):
            if inspect.isfunction(x):
                yield from functions_of(x, depth - 1)


def found_by(f: Callable[..., Any]) -> Iterator[tuple[Any, str, Any]]:
    """What a function and those that it calls find outside by name: the namespace, the name, the object."""
    for function in functions_of(f):
        found = inspect.getclosurevars(function)
        for names, part in ((function.__globals__, found.globals), (Cells(function), found.nonlocals)):
            for name, x in part.items():
                if not isinstance(x, (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, np.ufunc)):
                    yield names, name, x


def names_read(f: Callable[..., Any], kind: type[Any]) -> set[str]:
    """The names in the code of a function, of those that it finds, and of the methods and properties of `kind` that they name."""
    names: set[str] = set()
    codes: list[Any] = [function.__code__ for function in functions_of(f)]
    for code in codes:  # grows while it is walked
        new = set(code.co_names) - names
        names |= new
        codes += [part for part in code.co_consts if isinstance(part, types.CodeType)]
        members = [inspect.getattr_static(kind, name, None) for name in new]
        members = [getattr(x, "fget", None) or getattr(x, "__func__", x) for x in members]
        codes += [x.__code__ for x in members if inspect.isfunction(x)]
    return names


class Cells:
    """The variables of the functions around a function, by name."""

    def __init__(self, f: types.FunctionType) -> None:
        self.cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))

    def __getitem__(self, name: str) -> Any:
        try:
            return self.cells[name].cell_contents
        except ValueError:  # deleted since
            raise KeyError(name) from None

    def __len__(self) -> int:
        return len(self.cells)


# -- whether it is as it was --------------------------------------------------------------------------------------


class State:
    """A dict whose numbers and arrays a function reads and replaces, such as those of an optimizer, by the names of `keys`.

    What is no number, or is under a key of `watched`, must stay the same object. `count` is how many there are; None where that
    may change, as in a list of numbers, which may be a log.
    """

    def __init__(self, names: Any, keys: Iterable[Any], watched: Iterable[Any] = ()) -> None:
        self.names = names
        self.live = {key: names[key] for key in keys}
        self.before = {key: names[key] for key in watched} | self.live
        numbers = isinstance(names, list) and all(isinstance(x, (int, float, str, np.number)) for x in names)
        self.count = None if numbers else len(names)
        self.is_namespace, self.is_of_object = False, False
        self.given: dict[Any, Any] = {}

    def arrays(self) -> list[tuple[str, Any]]:
        """The arrays in it, those of Tensors and those in lists too, with names."""
        found = []
        for key, held in self.live.items():
            x = held._array if isinstance(held, Value) else held
            if isinstance(x, np.ndarray):
                found.append((path_name(key), x))
            elif is_arrays(x):
                found += [(f"{path_name(key)}_{i}", part) for i, part in enumerate(x)]
        return found

    def is_of_tensors(self) -> bool:
        """True if it holds Tensors alone, of which the arrays are watched anyway."""
        return all(isinstance(x, Value) for x in self.before.values())

    def is_as_before(self) -> bool:
        """True if it holds what the program was made for."""
        if self.count is not None and len(self.names) != self.count:
            return False
        return all(is_same(held_at(self.names, key), x) for key, x in self.before.items() if not self.is_number(key))

    def is_number(self, key: Any) -> bool:
        """True for a number that may be another in each call."""
        return key in self.live and type(self.live[key]) in NUMBERS

    def held(self) -> dict[Any, Any]:
        """By place, what is to stay the same object."""
        return {(id(self.names), key): x for key, x in self.before.items() if not self.is_number(key)}

    def changed(self) -> dict[Any, Any]:
        """By place, what is another now."""
        now = {place: (held_at(self.names, place[1]), x) for place, x in self.held().items()}
        found = {place: new for place, (new, x) in now.items() if not is_same(new, x)}
        return found if self.count in (None, len(self.names)) else found | {(id(self.names), len): len(self.names)}

    def ignore(self, places: set[Any]) -> None:
        """Forget what the function itself changes."""
        self.before = {key: x for key, x in self.before.items() if (id(self.names), key) not in places}
        self.live = {key: x for key, x in self.live.items() if key in self.before}
        self.count = None if (id(self.names), len) in places else self.count


def is_same(one: Any, other: Any) -> bool:
    """True for one object, and for equal numbers or texts."""
    return one is other or (type(one) is type(other) and type(one) in PLAIN and repr(one) == repr(other))


def held_at(names: Any, key: Any) -> Any:
    """What a dict or a list holds there; the list itself if it has no such place."""
    try:
        return names[key]
    except LookupError:
        return names


class Snapshot:
    """What dicts and lists hold before a run, and how far random numbers have been drawn, globally and by `generators`."""

    def __init__(self, states: Iterable[State], generators: Iterable[Any]) -> None:
        self.held = [(s.names, dict(s.names) if isinstance(s.names, dict) else list(s.names)) for s in states]
        self.generators = kept(generators)
        self.drawn = random.getstate(), np.random.get_state()

    def has_drawn(self) -> bool:
        """True if a random number was drawn since."""
        before, now = self.drawn[1], np.random.get_state()
        alike = all(np.array_equal(a, b) for a, b in zip(before, now, strict=True)) and random.getstate() == self.drawn[0]
        return not alike or any(x.bit_generator.state != state for x, state in self.generators)

    def put_back(self) -> None:
        """All as it was."""
        random.setstate(self.drawn[0])
        np.random.set_state(self.drawn[1])
        put_back(self.generators)
        for names, before in self.held:
            if isinstance(before, list):
                if list(map(id, names)) != list(map(id, before)):
                    names.clear()
                    names.extend(before)
                continue
            for key in [key for key in names if key not in before]:
                del names[key]
            names.update({key: x for key, x in before.items() if key not in names or names[key] is not x})


def is_arrays(x: Any) -> bool:
    """True for a list of arrays."""
    return isinstance(x, list) and bool(x) and all(isinstance(array, np.ndarray) for array in x)


def path_name(path: Any) -> str:
    """A name made of a parameter and a path: `p['w'][0]` is `p_w_0`, and `0.weight` is `weight_0`."""
    words = "".join(c if f"x{c}".isidentifier() else " " for c in str(path)).split()
    if words and words[0].isdigit():
        words = [words[-1], *words[:-1]] if len(words) > 1 else ["x", *words]
    name = "_".join(words)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"x_{name}"


def owner(x: Any) -> Any:
    """The owner of the memory of an array; another object itself."""
    return owner_of(x) if isinstance(x, np.ndarray) else x


def kept(objects: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Arrays and generators, with what they hold now."""
    return [(x, x.copy() if isinstance(x, np.ndarray) else x.bit_generator.state) for x in objects]


def put_back(objects: Iterable[tuple[Any, Any]]) -> None:
    """Arrays and generators as they were when they were `kept`."""
    for x, before in objects:
        if isinstance(x, np.ndarray):
            x[...] = before
        else:
            x.bit_generator.state = before

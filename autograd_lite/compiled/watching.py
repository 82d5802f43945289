"""Watching: what a function depends on outside, and whether that is as it was; it is put back where a run was in vain."""

from __future__ import annotations

import collections
import dataclasses
import dis
import functools
import inspect
import keyword
import random
import types
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..graph import Value
from ..safety.stale import owner_of

__all__ = [
    "LISTS",
    "NUMBERS",
    "OURS",
    "Snapshot",
    "State",
    "another",
    "found_by",
    "is_arrays",
    "is_plain",
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
OURS = ("autograd_lite", "nn")  # our packages
PLAIN = (int, float, bool, complex, str, bytes)


# -- what there is to watch ---------------------------------------------------------------------------------------


def states_of(holders: Iterable[Any]) -> list[State]:
    """The states of dicts and lists, given as (names, keys, others), and of all that is in an object; each dict and list once."""
    found: dict[int, State] = {}
    seen: dict[int, int] = {}
    for item in holders:
        for names, *keys in [item] if isinstance(item, tuple) else held_by(item, seen):
            found[id(names)] = State(names, *keys, is_of_object=not isinstance(item, tuple))
    return list(found.values())


def held_by(x: Any, seen: dict[int, int]) -> Iterator[tuple[Any, list[Any], list[Any]]]:
    """What an object, a dict or a list holds, and what the modules, dicts and lists in it hold.

    Arrays and generators may change, and the numbers of modules. `seen` counts what was found in each dict and list.
    """
    names: Any = x if isinstance(x, (dict, *LISTS)) else attributes(x)
    if names is None or id(names) in seen:
        return
    keys = list(names) if isinstance(names, dict) else list(range(len(names)))
    keys = keys if is_module(x) or len(keys) + sum(seen.values()) <= MOST else []
    seen[id(names)] = len(keys)
    may_change = (np.ndarray, np.random.Generator, float) if is_module(x) else (np.ndarray, np.random.Generator)
    changing = [k for k in keys if isinstance(names[k], may_change) or (is_module(x) and k == "training")]
    yield names, changing, [k for k in keys if k not in changing]
    for key in keys:
        held = names[key]
        if type(held) in (dict, *LISTS, types.SimpleNamespace) or is_module(held) or dataclasses.is_dataclass(held):
            yield from held_by(held, seen)


def attributes(x: Any) -> dict[str, Any] | None:
    """The attributes that an object has itself; None for one that has none, and for functions, types, arrays and Tensors."""
    known = (type, types.ModuleType, types.FunctionType, types.MethodType, functools.partial, Value, np.ndarray)
    found = None if isinstance(x, known) else getattr(x, "__dict__", None)
    return found if isinstance(found, dict) else None


def is_module(x: Any) -> bool:
    """True for a module of a network: of it, all is watched, and numbers may change."""
    return hasattr(type(x), "forward") and attributes(x) is not None


def watched(f: Callable[..., Any], found: Iterable[tuple[Any, str, Any]], arguments: Iterable[Any]) -> list[State]:
    """The states of what `f` has `found` outside by name, and of what is in objects there and among its arguments; all constant.

    Of modules it is all that they hold; of other objects, and of dicts, what is named in `f` and in methods that it names; of
    short lists the elements.
    """
    given = list(arguments)
    inner, generators = inspect.unwrap(f), {k: x for k, x in enumerate(given) if isinstance(x, np.random.Generator)}
    objects = [inner, getattr(inner, "__self__", None), *given]
    places: dict[int, tuple[Any, list[Any]]] = {}
    for names, name, x in found:
        places.setdefault(id(names), (names, []))[1].append(name)
        objects.append(x)
    states = [State(names, (), keys, is_part=True, is_namespace=True) for names, keys in places.values()]
    states.append(State(generators, (), list(generators)))
    codes = [function.__code__ for function in functions_of(f)]
    inside: dict[int, int] = {}
    for x in objects:  # grows while it is walked
        if is_module(x):
            states += [State(held, (), changing + others) for held, changing, others in held_by(x, inside)]
            continue
        holder: Any = x if isinstance(x, (dict, *LISTS)) else attributes(x)
        if holder is None or id(holder) in places or len(objects) > MOST:
            continue
        if isinstance(holder, dict):
            named = names_read(codes, type(x))
            keys: list[Any] = [k for k in holder if k in named]
        else:
            keys = list(range(len(holder))) if len(holder) <= SHORT else []
        places[id(holder)] = holder, keys
        states.append(State(holder, (), keys, is_part=True))
        objects += [holder[key] for key in keys]
    return states


def functions_of(f: Callable[..., Any], depth: int = 3) -> Iterator[types.FunctionType]:
    """A function, and those that it finds outside by name, but our own."""
    inner: Any = inspect.unwrap(f)
    if not inspect.isfunction(inner):  # a bound method, or an object that can be called
        inner = getattr(inner, "__func__", inspect.getattr_static(type(inner), "__call__", None))
    if depth and inspect.isfunction(inner):
        yield inner
        for _, _, x in outside(inner):
            found = inspect.unwrap(x) if callable(x) else x
            if inspect.isfunction(found) and str(found.__module__).partition(".")[0] not in OURS:
                yield from functions_of(found, depth - 1)


def outside(function: types.FunctionType) -> Iterator[tuple[Any, str, Any]]:
    """The names that a function reads outside: the namespace, the name, the object."""
    if function not in cells:
        cells[function] = Cells(function)
    for names, keys in ((function.__globals__, globals_in(function.__code__)), (cells[function], function.__code__.co_freevars)):
        for name in keys:
            x = held_at(names, name)
            if x is not names:
                yield names, name, x


@functools.lru_cache(maxsize=1024)
def globals_in(code: types.CodeType) -> list[str]:
    """The names of globals that a code reads, and the functions that are made in it: other names in it may be of attributes."""
    found = [part for inner in codes_in(code) for part in dis.get_instructions(inner)]
    return list(dict.fromkeys(part.argval for part in found if part.opname in ("LOAD_GLOBAL", "LOAD_NAME")))


def found_by(f: Callable[..., Any]) -> Iterator[tuple[Any, str, Any]]:
    """What a function and those that it calls find outside by name, but modules such as NumPy."""
    for function in functions_of(f):
        yield from (part for part in outside(function) if not isinstance(part[2], types.ModuleType))


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code, and the codes of the functions that are made in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from codes_in(part)


def names_read(codes: Iterable[types.CodeType], kind: type[Any]) -> set[str]:
    """The names and texts in the codes of functions, and of the methods of `kind` that these name."""
    methods = {k: inspect.getattr_static(kind, k) for k in dir(kind) if k not in MAKING}
    methods = {k: getattr(x, "fget", None) or getattr(x, "__func__", x) for k, x in methods.items()}
    methods = {k: x for k, x in methods.items() if inspect.isfunction(x)}
    codes = [*codes, *(x.__code__ for k, x in methods.items() if k.startswith("__"))]  # which Python calls: operators, len(x)
    names: set[str] = set()
    for outer in codes:  # grows while it is walked
        new = {name for code in codes_in(outer) for name in (*code.co_names, *code.co_consts) if isinstance(name, str)} - names
        names |= new
        codes += [methods[name].__code__ for name in new if name in methods]
    return names


MAKING = {"__init__", "__new__", "__repr__", "__str__", "__eq__", "__hash__", "__post_init__", "__getstate__", "__setstate__"}
SHORT = 16  # elements of a list that is watched


class Cells:
    """The variables of the functions around a function, by name."""

    def __init__(self, f: types.FunctionType) -> None:
        self.cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))

    def __getitem__(self, name: str) -> Any:
        try:
            return self.cells[name].cell_contents
        except ValueError:  # it is not set
            raise KeyError(name) from None

    def __len__(self) -> int:
        return len(self.cells)


cells: weakref.WeakKeyDictionary[types.FunctionType, Cells] = weakref.WeakKeyDictionary()  # one for each function


# -- whether it is as it was --------------------------------------------------------------------------------------


class State:
    """A dict whose numbers and arrays a function reads and replaces, such as those of an optimizer, by the names of `keys`.

    What is no number, or is under a key of `watched`, must stay the same object. `count` is how many there are; None where that
    may change, as in a list of numbers, which may be a log, and where only a part is watched (`is_part`). `is_namespace` is True
    for the names of a module or of functions around one, `is_of_object` for what was found in an object.
    """

    def __init__(
        self, names: Any, keys: Iterable[Any], watched: Iterable[Any] = (), *, is_part: bool = False, is_namespace: bool = False,
        is_of_object: bool = False,
    ) -> None:  # fmt: skip
        self.names = names
        self.live = {key: names[key] for key in keys}
        self.before = {key: names[key] for key in watched} | self.live
        numbers = isinstance(names, list) and all(isinstance(x, (int, float, str, np.number)) for x in names)
        self.count = None if numbers or is_part else len(names)
        self.is_namespace, self.is_of_object = is_namespace, is_of_object
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


def is_plain(x: Any) -> bool:
    """True for a number, a text, or a tuple of these."""
    return isinstance(x, (*PLAIN, np.generic)) or (isinstance(x, tuple) and len(x) > 0 and all(map(is_plain, x)))


def another(x: Any) -> Any:
    """Another number, text, or tuple.

    >>> another(2), another("a"), another((True, 0.5))
    (1002, 'a?', (False, 1000.5))
    """
    if isinstance(x, (bool, np.bool_)):
        return not x
    if isinstance(x, str):
        return x + "?"
    if isinstance(x, bytes):
        return x + b"?"
    return tuple(map(another, x)) if isinstance(x, tuple) else x + type(x)(1000)


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

    def put_back(self, drawn: bool) -> None:
        """All as it was; with `drawn` the random numbers too, that all threads draw."""
        if drawn and self.has_drawn():
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

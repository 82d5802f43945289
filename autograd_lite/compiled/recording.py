"""Recording: a function runs on stand-ins for arrays, which compute as arrays do and write down each call of NumPy.

`y = np.sin(x)` becomes a line of three things: what is called, the values that go in, the values that come out. A value knows
its shape, dtype and strides, and the storage, the piece of memory, that it shows. The lines stand in the order in which they
ran, with the writes into memory among them, so that running them again does the same.
"""

from __future__ import annotations

import copy
import operator
import sys
import weakref
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..safety.stale import owner_of

__all__ = [
    "NUMBERS",
    "CannotRecord",
    "Line",
    "Operand",
    "Outer",
    "Recording",
    "State",
    "Storage",
    "difference",
    "is_arrays",
    "leaves_of",
    "mapped",
    "other_answers",
    "recording",
]  # fmt: skip


class CannotRecord(RuntimeError):  # noqa: N818  (what it says)
    """A function cannot be compiled: it does what no list of NumPy calls does again. The message names the line to write."""


class Storage:
    """A piece of memory: an `argument`, an `outer` array that was there before, or `made` by a line."""

    __slots__ = ("kind", "name", "root")

    def __init__(self, kind: str, name: str = "") -> None:
        self.kind = kind
        self.name = name
        self.root: Operand | None = None  # the first value that shows it


class Operand:
    """What a call returned or was given: `kind` is its type, ndarray or that of a number; no numbers are kept."""

    __slots__ = ("bounds", "dtype", "kind", "shape", "storage", "strides")

    def __init__(self, concrete: Any, storage: Storage) -> None:
        self.kind = type(concrete)
        self.storage = storage
        storage.root = storage.root or self
        self.shape: tuple[int, ...] = getattr(concrete, "shape", ())
        self.dtype: Any = getattr(concrete, "dtype", None)
        self.strides = getattr(concrete, "strides", ())
        outside = storage.kind == "outer" and isinstance(concrete, np.ndarray)
        self.bounds = np.lib.array_utils.byte_bounds(concrete) if outside else None  # where it is, which stays so

    def layout(self) -> tuple[Any, ...]:
        """All that one array needs to take the place of another."""
        return self.kind, self.shape, self.dtype, tuple(s for n, s in zip(self.shape, self.strides, strict=True) if n != 1)

    def again(self) -> Operand:
        """Another value of the same kind, in memory of its own."""
        made = Operand.__new__(Operand)
        made.kind, made.shape, made.dtype, made.strides, made.bounds = self.kind, self.shape, self.dtype, self.strides, None
        made.storage = Storage("made")
        made.storage.root = made
        return made

    def is_in_order(self) -> bool:
        """True for an array in C order without gaps."""
        expected = 1 if self.dtype is None else self.dtype.itemsize
        for n, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1 and stride != expected:
                return False
            expected *= n
        return self.kind is np.ndarray and expected > 0

    def is_apart(self, other: Operand) -> bool:
        """True if two values show no memory that is the same."""
        if self.storage is not other.storage:
            return True
        if self.bounds is None or other.bounds is None:
            return False
        return bool(self.bounds[1] <= other.bounds[0] or other.bounds[1] <= self.bounds[0])


class Line:
    """A call of `function`: `how` is "call", "method", "attribute", "write", "filled" or "guard".

    `results` are the values that came out, `writes` the storages that were there before and were written into, `section` says
    on whose behalf: "forward", "backward", "optimizer".
    """

    __slots__ = ("_reads", "args", "function", "how", "options", "results", "section", "several", "writes")

    def __init__(self, how: str, function: Any, args: tuple[Any, ...], options: dict[str, Any], section: str) -> None:
        self.how, self.function, self.section = how, function, section
        self.give(args, options)
        self.results: list[Operand] = []
        self.several = False
        self.writes: list[Storage] = []

    def give(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Other arguments."""
        self.args, self.options = args, options
        self._reads: list[Operand] | None = None

    def reads(self) -> list[Operand]:
        """The values among the arguments."""
        if self._reads is None:
            self._reads = leaves_of((self.args, self.options), Operand)
        return self._reads

    def makes(self) -> list[Storage]:
        """The storages that begin here."""
        before = {id(value.storage) for value in self.reads()}
        return [value.storage for value in self.results if id(value.storage) not in before and value.storage.kind == "made"]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Nested lists, tuples, dicts and slices with `function` of each leaf."""
    kind = type(tree)
    if kind is list or kind is tuple:
        return kind(mapped(function, x) for x in tree)
    if kind is dict:
        return {key: mapped(function, x) for key, x in tree.items()}
    if kind is slice:
        return slice(mapped(function, tree.start), mapped(function, tree.stop), mapped(function, tree.step))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return kind(*(mapped(function, x) for x in tree))
    return function(tree)


def leaves_of(tree: Any, kind: type[Any]) -> list[Any]:
    """The leaves of exactly this type."""
    found: list[Any] = []
    mapped(lambda x: found.append(x) if type(x) is kind else None, tree)
    return found


class Outer:
    """An array, or any other object, that was there before the call and is used by reference."""

    __slots__ = ("held", "name", "value")

    def __init__(self, held: Any, value: Operand, name: str) -> None:
        self.held, self.value, self.name = held, value, name


class State:
    """A dict whose numbers and arrays a function reads and replaces, such as those of an optimizer, by the names of `keys`.

    What is neither must stay the same object; so must the arrays.
    """

    def __init__(self, names: Any, keys: Iterable[Any], value: Operand) -> None:
        self.names, self.value = names, value
        self.before = {key: names[key] for key in keys}
        self.given: dict[Any, Any] = {}

    def objects(self) -> list[int]:
        """The identities of the dict and of the arrays in it."""
        return [id(self.names)] + [id(x) for x in self.before.values() if type(x) not in NUMBERS]

    def same(self) -> bool:
        """True if the arrays in it are those that the program was made for."""
        names = self.names
        return all(names[key] is x for key, x in self.before.items() if type(x) not in NUMBERS)


NUMBERS = (float, bool)


def is_arrays(x: Any) -> bool:
    """True for a list of arrays."""
    return isinstance(x, list) and bool(x) and all(isinstance(array, np.ndarray) for array in x)


class Recording:
    """The lines of one run. `kind` is the class of stand-ins; `writable` are the arrays outside that may be written."""

    def __init__(self, kind: Any, writable: Iterable[Any] = ()) -> None:
        self.kind = kind
        self.standing: dict[int, weakref.ref[Any]] = {}  # the stand-ins that live, by the identity of the array
        self.lines: list[Line] = []
        self.outer: dict[int, Outer] = {}  # by the identity of the array
        self.storages: dict[int, tuple[Any, Storage]] = {}  # of arrays outside, by the identity of the owner of the memory
        self.made: dict[int, tuple[weakref.ref[Any], Operand]] = {}  # arrays that lines have made, as far as they live
        self.tensors: dict[int, tuple[Any, Any, Any]] = {}  # Tensors outside that were read, with array and node
        self.holders: list[tuple[Callable[[], Any], Any]] = []  # Tensors that were given stand-ins, to be given arrays in the end
        self.writable = {id(owner): owner for owner in map(owner_of, writable)}
        self.names: dict[int, str] = {}  # for arrays outside, by identity
        self.state: list[State] = []
        self.before = [(array, array.copy()) for array in self.writable.values()]
        self.draws = False  # True for a step that changes state: random numbers are drawn anew, else they are constants
        self.generators: dict[int, tuple[Any, Any]] = {}  # those that were drawn from, as they were before
        self.failure: CannotRecord | None = None
        self.arguments: list[Operand] = []

    def stand_in(self, concrete: Any, value: Operand) -> Any:
        """What stands for an array: one object as long as it lives, as the array is one."""
        known = self.standing_for(concrete)
        if type(known) is self.kind and known.value is value:
            return known
        made = self.kind(concrete, value)
        self.standing[id(concrete)] = weakref.ref(made)
        return made

    def standing_for(self, concrete: Any) -> Any:
        """The stand-in for an array; the array itself if there is none."""
        ref = self.standing.get(id(concrete))
        known = None if ref is None else ref()
        return known if known is not None and known.concrete is concrete else concrete

    # -- what goes in -------------------------------------------------------------------------------------

    def argument(self, concrete: Any, name: str) -> Any:
        """A stand-in for an argument."""
        value = Operand(concrete, Storage("argument", name))
        self.arguments.append(value)
        return self.stand_in(concrete, value)

    def lifted(self, array: Any) -> Any:
        """A stand-in for an array outside, by reference: what is written into it later is seen."""
        return self.stand_in(array, self.value_of(array))

    def value_of(self, array: Any) -> Operand:
        """The value of an array outside."""
        known = self.outer.get(id(array))
        if known is not None:
            return known.value
        ours = self.made.get(id(array))
        if ours is not None and ours[0]() is array:
            return ours[1]
        owner = owner_of(array) if isinstance(array, np.ndarray) else array
        if id(owner) in self.made and self.made[id(owner)][0]() is owner:
            raise self.cannot("an array was taken out of the recording, by .base or by C code. Write it with NumPy's functions")
        storage = self.storages.setdefault(id(owner), (owner, Storage("outer", self.names.get(id(owner), ""))))[1]
        self.outer[id(array)] = Outer(array, Operand(array, storage), self.names.get(id(array), ""))
        return self.outer[id(array)].value

    def take_state(self, names: Any, keys: Iterable[Any]) -> None:
        """Put stand-ins for the numbers and arrays of a dict into it; numbers are read from it anew in each call."""
        self.names[id(names)] = f"state{len(self.state)}"
        state = State(names, keys, self.value_of(names))
        for key, x in state.before.items():
            if type(x) in NUMBERS:
                value = Operand(x, Storage("made"))
                value.storage.name = "state"
                line = Line("call", operator.getitem, (state.value, key), {}, "forward")
                line.results = [value]
                self.lines.append(line)
                if type(x) is float:
                    self.lines.append(Line("guard", float, (value,), {}, "forward"))
                state.given[key] = self.kind(x, value)
            elif isinstance(x, np.ndarray):
                state.given[key] = self.lifted(x)
            elif is_arrays(x):
                state.given[key] = [self.lifted(array) for array in x]
        for key, given in state.given.items():
            names[key] = given
        self.state.append(state)

    def give_back_state(self) -> None:
        """Numbers and arrays in place of stand-ins; a number that is another one now is written by the program too."""
        for state in self.state:
            for key, given in state.given.items():
                now = state.names[key]
                if now is given:
                    state.names[key] = state.before[key]
                elif type(now) is self.kind and type(given) is self.kind and type(state.before[key]) in NUMBERS:
                    line = Line("write", "[]", (state.value, key, now.value), {}, "optimizer")
                    line.writes.append(state.value.storage)
                    self.lines.append(line)
                    state.names[key] = now.concrete
                elif type(now) is self.kind:
                    state.names[key] = now.concrete
                    self.cannot(f"another array was put in place of the buffer {key!r}. Write into it: x[...] = new")

    def undo(self) -> None:
        """Numbers and arrays outside as they were before the run."""
        for array, numbers in self.before:
            array[...] = numbers
        for state in self.state:
            for key in state.given:
                state.names[key] = state.before[key]
        for generator, before in self.generators.values():
            generator.bit_generator.state = before

    # -- what happens -------------------------------------------------------------------------------------

    def call(self, how: str, function: Any, args: tuple[Any, ...], options: dict[str, Any], writes: tuple[Any, ...] = ()) -> Any:
        """Do a call, write it down, and return stand-ins for its results; `writes` are the arguments that it writes into."""
        concrete: list[tuple[Any, Operand]] = []

        def noted(x: Any) -> Any:
            if type(x) is self.kind:
                concrete.append((x.concrete, x.value))
                return x.value
            if isinstance(x, np.ndarray):
                value = self.value_of(x)
                concrete.append((x, value))
                return value
            return x

        line = Line(how, function, mapped(noted, args), mapped(noted, options), self.section())
        for target in writes:
            line.writes.append(self.written_into(target))
        results = perform(how, function, self.numbers(args), self.numbers(options))
        if results is None:  # a write alone
            self.lines.append(line)
            return None
        if not line.writes and any(results is x for x, _ in concrete):  # nothing happened, as in np.asarray of an array
            return next(self.stand_in(x, value) for x, value in concrete if results is x)
        made = mapped(lambda x: self.result(line, x, concrete), results)
        line.several = isinstance(results, (tuple, list))
        self.lines.append(line)
        return made

    def draw(self, method: Any, args: tuple[Any, ...]) -> Any:
        """Random numbers: a line that changes its generator, and so is neither left out nor shared."""
        generator = method.__self__
        self.generators.setdefault(id(generator), (generator, copy.deepcopy(generator.bit_generator.state)))
        line = Line("call", method, args, {}, self.section())
        line.writes.append(self.value_of(generator).storage)
        made = self.result(line, method(*args), [])
        self.lines.append(line)
        return made

    def result(self, line: Line, x: Any, operands: list[tuple[Any, Operand]]) -> Any:
        """A stand-in for a result: of the memory of an operand if it shows that, else of memory of its own."""
        for concrete, value in operands:
            if x is concrete and not isinstance(x, (int, float, np.generic)):
                line.results.append(value)
                return self.stand_in(x, value)
        objects = isinstance(x, np.ndarray) and x.dtype == object and not isinstance(line.function, np.ufunc)
        if objects or not isinstance(x, (np.ndarray, np.generic, int, float, complex)):  # np.frompyfunc makes ufuncs of objects
            raise self.cannot(f"{label_of(line.function)} returned a {type(x).__name__}. Use NumPy's functions of numbers")
        storage = Storage("made")
        if isinstance(x, np.ndarray):
            owner = owner_of(x)
            storage = next((v.storage for c, v in operands if isinstance(c, np.ndarray) and owner_of(c) is owner), storage)
        value = Operand(x, storage)
        line.results.append(value)
        if isinstance(x, np.ndarray):
            self.made[id(x)] = weakref.ref(x), value
            if storage.kind == "made":
                self.made[id(owner)] = weakref.ref(owner), value if owner is x else Operand(owner, storage)
        return self.stand_in(x, value)

    def written_into(self, target: Any) -> Storage:
        """The storage of what is written into; refused where the caller would see it."""
        storage: Storage = target.value.storage if type(target) is self.kind else self.value_of(target).storage
        array = target.concrete if type(target) is self.kind else target
        if storage.kind == "argument":
            raise self.cannot("the function writes into its argument. Write into a copy: x = x.copy(), or x = x + 1 for x += 1")
        if storage.kind == "outer" and id(owner_of(array)) not in self.writable:
            raise self.cannot(
                "the function writes into an array that it has not made. Return the new value instead; for a step of training "
                "write nn.train_step(model, loss, optimizer, compile=True)"
            )
        return storage

    def guard(self, x: Any, kind: type[Any]) -> Any:
        """What a rule learns that looks at a value; the program asks again, and gives up where the answer is another."""
        answer = kind(x.concrete)
        self.lines.append(Line("guard", answer, (x.value,), {}, self.section()))
        return answer

    def numbers(self, tree: Any) -> Any:
        """The arrays themselves in place of stand-ins."""
        return mapped(lambda x: x.concrete if type(x) is self.kind else x, tree)

    def cannot(self, why: str) -> CannotRecord:
        """The error, which is raised again at the end if the function has caught it."""
        self.failure = CannotRecord(f"compile: {why}.")
        return self.failure

    def section(self) -> str:
        """The part of the program that runs: it is that of the innermost frame which has a name in `SECTIONS`."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            found = SECTIONS.get(frame.f_code.co_name)
            if found is not None and found[0] in frame.f_globals.get("__name__", ""):
                return found[1]
            frame = frame.f_back
        return "forward"


SECTIONS = {
    "backpropagate": ("autograd_lite.engine", "backward"),
    "gradients_of_leaves": ("autograd_lite.plain_pass", "backward"),
    "step": ("nn.optim", "optimizer"),
}
recording: ContextVar[Recording | None] = ContextVar("recording", default=None)


def perform(how: str, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Do what a line says, on arrays."""
    if how == "method":
        return getattr(args[0], function)(*args[1:], **options)
    if how == "attribute":
        return getattr(args[0], function)
    if how == "write":
        args[0][args[1]] = args[2]
        return None
    return function(*args, **options)


def label_of(function: Any) -> str:
    """A name for messages."""
    return function if isinstance(function, str) else getattr(function, "__name__", repr(function))


# -- two recordings -----------------------------------------------------------------------------------------------


def difference(one: Recording, two: Recording) -> str | None:
    """The first line in which two recordings of the same call differ; None if they are the same.

    A counter, a random number, or the time of day is a constant to a recording. It is another constant in the next one.
    """
    if len(one.lines) != len(two.lines):
        return f"one run made {len(one.lines)} calls, the next made {len(two.lines)}"
    same: dict[int, Operand] = {id(a): b for a, b in zip(one.arguments, two.arguments, strict=True)}
    arrays = {id(o.value): o.held for r in (one, two) for o in r.outer.values()}
    for a, b in zip(one.lines, two.lines, strict=True):
        if not alike((a.how, a.function, a.args, a.options), (b.how, b.function, b.args, b.options), same, arrays):
            return f"{label_of(a.function)} had other arguments in the next run"
        if [v.layout() for v in a.results] != [v.layout() for v in b.results]:
            return f"{label_of(a.function)} had a result of another shape, dtype or layout in the next run"
        same |= {id(v): w for v, w in zip(a.results, b.results, strict=True)}
    return None


def other_answers(one: Recording, two: Recording) -> bool:
    """True if a question about a value was answered in another way, so that another way was taken."""
    answers = [[line.function for line in run.lines if line.how == "guard"] for run in (one, two)]
    return any(a != b for a, b in zip(*answers, strict=False))


def alike(a: Any, b: Any, same: dict[int, Operand], arrays: dict[int, Any]) -> bool:
    """True if two arguments are the same value, or equal constants."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(alike(x, y, same, arrays) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key], same, arrays) for key in a)
    if isinstance(a, slice):
        return alike((a.start, a.stop, a.step), (b.start, b.stop, b.step), same, arrays)
    if isinstance(a, Operand):
        if id(a) in same:
            return same[id(a)] is b
        x, y = arrays.get(id(a)), arrays.get(id(b))
        if not isinstance(x, np.ndarray):
            return x is y
        return x is y or (a.layout() == b.layout() and isinstance(y, np.ndarray) and x.tobytes() == y.tobytes())
    if isinstance(a, float):
        return repr(a) == repr(b)  # nan, and the sign of 0
    return bool(a is b or a == b)

"""Recording: a function runs on stand-ins for arrays, which compute as arrays do and write down each call of NumPy.

`y = np.sin(x)` becomes a line of three things: what is called, the values that go in, the values that come out. `x.T` is a call
of `getattr`, `x.sum()` one of `np.ndarray.sum`, `x[0] = y` one of `operator.setitem`, and a question one of `check`.

A value knows its shape, dtype and strides, and the storage, the piece of memory, that it shows. The lines stand in the order in
which they ran, with the writes into memory among them, so that running them again does the same.
"""

from __future__ import annotations

import contextlib
import copy
import operator
import sys
import weakref
import zlib
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import FunctionType
from typing import Any

import numpy as np

from ..array.dispatch import full_name
from ..rules import COMPOSITIONS
from .watching import NUMBERS, Snapshot, State, is_arrays, kept, owner, put_back, states_of

__all__ = [
    "LARGE", "METHODS", "VALUE_ERRORS", "CannotRecord", "Line", "Operand", "Recording", "Storage", "check", "constant_key",
    "difference", "dtypes_of", "leaves_of", "line_key", "mapped", "recording",
]  # fmt: skip


class CannotRecord(RuntimeError):  # noqa: N818  (what it says)
    """A function cannot be compiled: it does what no list of NumPy calls does again. The message names the line to write.

    >>> import numpy as np, autograd_lite as ag
    >>> try:
    ...     ag.compile(lambda x: x * float(x.sum()))(np.ones(2))
    ... except ag.CannotRecord as error:
    ...     print(error)
    compile: float(x), or a function of math, takes the number out of a value that is recorded; the program would keep ...
    """


class Storage:
    """A piece of memory: of an `argument`, `outer` if it was there before, or `made` by a line."""

    __slots__ = ("kind", "root")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.root: Operand | None = None  # the first value that shows it


class Operand:
    """The result or an argument of a call: `kind` is its type, ndarray or that of a number; no numbers are kept.

    `held` is the array itself, or any other object, if it was there before the call and is used by reference.
    """

    __slots__ = ("bounds", "dtype", "held", "kind", "name", "shape", "storage", "strides")

    def __init__(self, concrete: Any, storage: Storage, name: str = "") -> None:
        self.kind = type(concrete)
        self.name = name
        self.held: Any = None
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
        made = copy.copy(self)
        made.storage, made.bounds, made.held = Storage("made"), None, None
        made.storage.root = made
        return made

    def is_own(self) -> bool:
        """True for all of an array that a line has made."""
        return self.storage.kind == "made" and self.storage.root is self

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
    """A call of `function`.

    `reads` are the values among the arguments, `results` the values that came out, `writes` the storages that were there before
    and were written into, `section` says on whose behalf: "forward", "backward", "optimizer".
    """

    __slots__ = ("args", "function", "options", "reads", "results", "section", "several", "writes")

    def __init__(
        self, function: Any, args: tuple[Any, ...], options: dict[str, Any], section: str, reads: list[Operand] | None = None
    ) -> None:
        self.function, self.section = function, section
        self.give(args, options, reads)
        self.results: list[Operand] = []
        self.several = False
        self.writes: list[Storage] = []

    def give(self, args: tuple[Any, ...], options: dict[str, Any], reads: list[Operand] | None = None) -> None:
        """Other arguments, and the values among them, where they are known."""
        self.args, self.options = args, options
        self.reads = leaves_of((args, options), Operand) if reads is None else reads

    def touches(self) -> list[Storage]:
        """The storages that it reads, makes, or writes into."""
        return [*self.writes, *(value.storage for value in (*self.reads, *self.results))]

    def makes(self) -> list[Storage]:
        """The storages that begin here."""
        before = {id(value.storage) for value in self.reads}
        return [value.storage for value in self.results if id(value.storage) not in before and value.storage.kind == "made"]


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Nested lists, tuples, dicts and slices with `function` of each leaf."""
    kind = type(tree)
    if not issubclass(kind, CONTAINERS):
        return function(tree)
    if kind is list or kind is tuple:
        return kind([mapped(function, x) if issubclass(type(x), CONTAINERS) else function(x) for x in tree])
    if kind is dict:
        return {key: mapped(function, x) for key, x in tree.items()}
    if kind is slice:
        return slice(mapped(function, tree.start), mapped(function, tree.stop), mapped(function, tree.step))
    return kind(*[mapped(function, x) for x in tree]) if hasattr(tree, "_fields") else function(tree)


CONTAINERS = (tuple, list, dict, slice)


def leaves_of(tree: Any, kind: type[Any]) -> list[Any]:
    """The leaves of exactly this type."""
    found: list[Any] = []
    mapped(lambda x: found.append(x) if type(x) is kind else None, tree)
    return found


VALUE_ERRORS = (ArithmeticError, ValueError, IndexError)  # they are raised for some numbers; LinAlgError is a ValueError
LARGE = 4 << 20  # bytes of an array: smaller ones stay in the processor's cache
METHODS = (type(np.ndarray.sum), type(np.random.Generator.normal))


class Recording:
    """The lines of one run. `kind` is the class of stand-ins; what is in the dicts of `holders()` may be written into.

    A recording that is `blank` computes no large arrays, which saves their time and memory: its numbers mean nothing.
    """

    def __init__(self, kind: Any, holders: Callable[[], Iterable[Any]], outside: Iterable[State], blank: bool = False) -> None:
        self.kind, self.holders, self.blank = kind, holders, blank
        self.standing: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()  # stand-ins, by the array's identity
        self.lines: list[Line] = []
        self.arguments: list[Operand] = []
        self.given_once: set[int] = set()  # the identities of the arrays that are arguments
        self.outer: dict[int, Operand] = {}  # by the identity of the array
        self.storages: dict[int, tuple[Any, Storage]] = {}  # of what is outside, by the identity of the owner of the memory
        self.made: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()  # memory that lines have made, likewise
        self.tensors: dict[int, tuple[Any, Any, Any]] = {}  # Tensors outside that were read, with array and node
        self.given: list[tuple[Callable[[], Any], Any]] = []  # Tensors that were given stand-ins, to be given arrays in the end
        self.state = states_of(holders())
        self.outside = list(outside)  # what is constant
        arrays = [found for part in self.state for found in part.arrays()]
        self.names = {id(x): name for name, x in arrays}
        generators = [x for part in self.state for x in part.live.values() if isinstance(x, np.random.Generator)]
        owners = [owner(x) for _, x in arrays]
        self.writable = {id(x): x for x in (*(x for x in owners if x.flags.writeable), *generators)}
        self.before = kept(self.writable.values())
        drawing = [x for state in self.outside for x in state.before.values() if isinstance(x, np.random.Generator)]
        self.snapshot = Snapshot(self.state, drawing)
        self.contents: dict[int, int] = {}  # checksums of the other arrays outside when they were first used, by identity
        self.errors = np.geterr()
        self.failure: CannotRecord | None = None
        self.caught: BaseException | None = None

    # -- what goes in -------------------------------------------------------------------------------------

    def stand_in(self, concrete: Any, value: Operand) -> Any:
        """The stand-in of an array: one object as long as it lives, as the array is one."""
        known = self.standing.get(id(concrete))
        if known is None or known.value is not value:
            memory = owner(concrete)
            shown = None if memory is concrete else self.standing.get(id(memory))
            known = self.standing[id(concrete)] = self.kind(concrete, value, shown)
        return known

    def argument(self, concrete: Any, name: str) -> Any:
        """A stand-in for an argument: of an object of its own, where the caller has given one twice, or it is outside too."""
        twice = id(concrete) in self.given_once or id(concrete) in self.names
        concrete = concrete.view() if isinstance(concrete, np.ndarray) and twice else concrete
        self.given_once.add(id(concrete))
        self.arguments.append(Operand(concrete, Storage("argument"), name))
        return self.stand_in(concrete, self.arguments[-1])

    def lifted(self, array: Any) -> Any:
        """A stand-in for what is outside, by reference: what is written into it later is seen."""
        value = self.value_of(array)
        return self.stand_in(array.view() if id(array) in self.given_once else array, value)

    def value_of(self, array: Any) -> Operand:
        """The value of an array, or another object, outside; or of one that a line has made."""
        if id(array) in self.outer:
            self.look_at(array)
            return self.outer[id(array)]
        memory = owner(array)
        if self.made.get(id(memory)) is memory:
            if id(array) in self.standing:
                return self.standing[id(array)].value  # type: ignore[no-any-return]
            raise self.cannot("an array was taken out of the recording, by .base or by C code", "Write it with NumPy's functions")
        storage = self.storages.setdefault(id(memory), (memory, Storage("outer")))[1]
        found = self.outer[id(array)] = Operand(array, storage, self.names.get(id(array), ""))
        found.held = array
        self.look_at(array)
        return found

    def look_at(self, array: Any) -> None:
        """Refuse an array outside that is another than it was: NumPy alone has written into it, and the program would not."""
        if isinstance(array, np.ndarray) and not array.dtype.hasobject and id(owner(array)) not in self.writable:
            now = zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0
            if self.contents.setdefault(id(array), now) != now:
                raise self.cannot(
                    "the function writes into a plain array after it has computed with it, and a program knows one value of that",
                    "Make it of the arguments, as by np.zeros_like(x), so that writes are recorded; or make a new one: w = 2 * w",
                )

    def take_state(self) -> None:
        """Put stand-ins for numbers, arrays and generators into the state; numbers are read from it anew in each call."""
        for i, state in enumerate(state for state in self.state if not state.is_of_tensors()):
            self.names[id(state.names)] = f"state{i}"
            for key, x in state.live.items():
                if type(x) in NUMBERS:
                    state.given[key] = number = self.call(operator.getitem, (self.lifted(state.names), key), {})
                    number.value.name = "state"
                    if type(x) is float:
                        self.lines.append(Line(check, (number.value, float), {}, "forward"))
                elif isinstance(x, (np.ndarray, np.random.Generator)):
                    state.given[key] = self.lifted(x)
                elif is_arrays(x):
                    state.given[key] = [self.lifted(array) for array in x]
            for key, given in state.given.items():
                state.names[key] = given

    def give_back_state(self) -> None:
        """Numbers and arrays in place of stand-ins; a number that is another one now is written by the program too."""
        for state in self.state:
            for key, given in state.given.items():
                now = state.names[key]
                if now is given:
                    state.names[key] = state.before[key]
                    continue
                state.names[key] = self.numbers(now)
                if type(state.before[key]) in NUMBERS:
                    held, new = self.value_of(state.names), now.value if type(now) is self.kind else now
                    self.lines.append(Line(operator.setitem, (held, key, new), {}, "optimizer"))
                    self.lines[-1].writes.append(held.storage)
                elif type(now) is self.kind:
                    self.cannot(f"another array was put in place of the buffer {key!r}", "Write into it: x[...] = new")
        for state in (*states_of(self.holders()), *(s for s in self.outside if not s.is_namespace)):
            for key in list(state.names) if isinstance(state.names, dict) else range(len(state.names)):  # also what is new
                if type(state.names[key]) in (self.kind, list, tuple, dict) and leaves_of(state.names[key], self.kind):
                    state.names[key] = self.numbers(state.names[key])

    def undo(self, drawn: bool = True) -> None:
        """All outside as it was before the run: arrays, what dicts and lists hold, and random numbers, if these are to be."""
        self.snapshot.put_back(drawn)
        put_back(self.before)

    # -- what happens -------------------------------------------------------------------------------------

    def call(self, function: Any, args: tuple[Any, ...], options: dict[str, Any], writes: tuple[Any, ...] = ()) -> Any:
        """Do a call, write it down, and return stand-ins for its results; `writes` are what it writes into besides `out`."""
        if np.geterr() != self.errors and "raise" in np.geterr().values():
            raise self.cannot(
                "the function has NumPy raise errors, by np.errstate", "Test for the numbers before, as by np.where"
            )
        outs = options.get("out")
        concrete: list[tuple[Any, Operand]] = []

        def noted(x: Any) -> Any:
            if type(x) is self.kind:
                concrete.append((x.concrete, x.value))
            elif isinstance(x, np.ndarray):
                concrete.append((x, self.value_of(x)))
            else:
                return x
            return concrete[-1][1]

        args_read, options_read = mapped(noted, args), mapped(noted, options)
        line = Line(function, args_read, options_read, self.section(), [value for _, value in concrete])
        line.writes = [self.written_into(x) for x in (*writes, *(outs if isinstance(outs, tuple) else (outs,))) if x is not None]
        args, options = self.numbers(args), self.numbers(options)
        results = blank_result(function, args, options) if self.blank else None
        if results is None:
            try:
                results = function(*args, **options)
            except VALUE_ERRORS as error:
                if not is_of_shapes(error, function, args, options):
                    self.caught = error  # unless it goes on to the caller
                raise
        given = next((pair for pair in concrete if results is pair[0]), None)
        if given is not None and not line.writes and not is_by_chance(line, results):
            found = [x is results for x in (*args, *options.values())]
            if found == [True] + [False] * (len(found) - 1) and function is not np.nan_to_num:
                return self.stand_in(*given)  # nothing happened, as in np.asarray of an array
            line.writes = [self.written_into(self.stand_in(*given))]  # an `out` without its name
        made = None if results is None else mapped(lambda x: self.result(line, x, concrete), results)
        line.several = isinstance(results, (tuple, list))
        self.lines.append(line)
        return made

    def result(self, line: Line, x: Any, operands: list[tuple[Any, Operand]]) -> Any:
        """A stand-in for a result: of the memory of an operand if it shows that, else of memory of its own."""
        for concrete, value in operands:
            if x is concrete and isinstance(x, np.ndarray):
                line.results.append(value)
                return self.stand_in(x, value)
        objects = isinstance(x, np.ndarray) and x.dtype == object and not isinstance(line.function, np.ufunc)
        if objects or not isinstance(x, (np.ndarray, np.generic, int, float, complex)):  # np.frompyfunc makes ufuncs of objects
            raise self.cannot(f"{label_of(line)} returned a {type(x).__name__}", "Use NumPy's functions of numbers")
        memory, storage = owner(x), Storage("made")
        if isinstance(x, np.ndarray):
            if x.base is not None:
                storage = next((v.storage for c, v in operands if owner(c) is memory), storage)
            if storage.kind == "made":
                self.made[id(memory)] = memory
        value = Operand(x, storage)
        line.results.append(value)
        return self.stand_in(x, value)

    def written_into(self, target: Any) -> Storage:
        """The storage of what is written into; refused where the caller would see it."""
        value: Operand = target.value if type(target) is self.kind else self.value_of(target)
        if value.storage.kind == "argument":
            raise self.cannot("the function writes into its argument", "Write into a copy: x = x.copy(), or x = x + 1 for x += 1")
        if value.storage.kind == "outer" and id(owner(self.numbers(target))) not in self.writable:
            raise self.cannot(
                "the function writes into an array that it has not made",
                "Return the new value instead; for a step of training write nn.train_step(model, loss, optimizer, compile=True)",
            )
        return value.storage

    def guard(self, x: Any, kind: type[Any]) -> Any:
        """The answer to a rule that looks at a value; the program asks again, and gives up where the answer is another."""
        answer = kind(x.concrete)
        self.lines.append(Line(check, (x.value, answer), {}, self.section()))
        return answer

    def numbers(self, tree: Any) -> Any:
        """The arrays themselves in place of stand-ins."""
        kind = self.kind
        return mapped(lambda x: x.concrete if type(x) is kind else x, tree)

    def cannot(self, what: str, write: str) -> CannotRecord:
        """The error, which is raised again at the end if the function has caught it: what is wrong, and what to write."""
        call = call_of_user()
        if call and not what.startswith(call):
            what = f"{call} cannot be followed: in it, {what}"
            write = "Call it outside of what is compiled, and pass the result as an argument; or write it with other functions"
        self.failure = CannotRecord(f"compile: {what}. {write}.")
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


def call_of_user() -> str:
    """The function that the user has called, or whose derivative is needed, if one of ours fails within it; else ""."""
    frame: Any = sys._getframe(2)
    name = ""
    while frame is not None:
        names, code = frame.f_globals, frame.f_code
        home = "autograd_lite" if "_primitive" in names else str(names.get("__name__", ""))
        if home.partition(".")[0] not in ("autograd_lite", "nn", "numpy", "scipy", "contextlib"):
            return name
        if code.co_name in ("backpropagate", "gradients_of_leaves"):
            return f"the derivative of {name_of(frame.f_locals['node'].primitive)}"
        if "_primitive" in names:
            name = name_of(names["_primitive"])
        elif code in COMPOSED:
            name = COMPOSED[code]
        elif home.startswith("autograd_lite.scipy") and code.co_name.isidentifier():
            name = f"{home.removeprefix('autograd_lite.')}.{code.co_name}"
        frame = frame.f_back
    return name


def name_of(primitive: Any) -> str:
    """The name that users write."""
    name = full_name(primitive.function)
    return name if name.startswith("np.") else str(primitive.name)


COMPOSED = {made.__code__: full_name(f) for f, made in COMPOSITIONS.items() if isinstance(made, FunctionType)}
SECTIONS = {
    "backpropagate": ("autograd_lite.engine", "backward"),
    "gradients_of_leaves": ("autograd_lite.plain_pass", "backward"),
    "step": ("nn.optim", "optimizer"),
}
recording: ContextVar[Recording | None] = ContextVar("recording", default=None)


def check(value: Any, answer: Any) -> bool:
    """True if a value is `answer`, or of that type: where it is not, the program gives up."""
    return bool(type(value) is answer if isinstance(answer, type) else value == answer)


def blank_result(function: Any, args: Any, options: Any) -> Any:
    """Untouched memory in place of what a copy or an elementwise call of large arrays would return; None for other calls.

    The arrays have one shape, and lie in C order or repeat one number: then the result lies in C order.
    """
    elementwise = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
    if not (elementwise or (function is np.ndarray.copy and len(args) == 1)) or options.keys() - {"out"}:
        return None
    arrays = [x for x in (*args, *options.get("out", ())) if isinstance(x, np.ndarray) and x.shape != ()]
    if not arrays or arrays[0].nbytes < LARGE or any(type(x) is not np.ndarray or x.shape != arrays[0].shape for x in arrays):
        return None
    if not all(x.flags.c_contiguous or not any(x.strides) for x in arrays):
        return None
    dtype = dtypes_of(function, args)[-1] if elementwise else arrays[0].dtype
    if dtype is None:  # which NumPy takes for float64
        return None
    if "out" not in options:
        return np.zeros(arrays[0].shape, dtype)
    return options["out"][0] if options["out"][0].dtype == dtype else None


def dtypes_of(function: Any, args: Iterable[Any]) -> Any:
    """The dtypes in which a ufunc takes its arguments and returns its results; None for each where NumPy does not say."""
    kinds = [x.dtype or x.kind if type(x) is Operand else getattr(x, "dtype", type(x)) for x in args]
    with contextlib.suppress(TypeError):
        return tuple(function.resolve_dtypes((*kinds, *[None] * function.nout)))
    return (None,) * function.nargs


def is_of_shapes(error: Exception, function: Any, args: Any, options: Any) -> bool:
    """True if a call that has failed does so for zeros, too: then its shapes are at fault, not the numbers."""
    if isinstance(error, (ArithmeticError, np.linalg.LinAlgError)):
        return False
    args, options = mapped(lambda x: np.zeros_like(x) if isinstance(x, (np.ndarray, np.number, float)) else x, (args, options))
    with contextlib.suppress(ArithmeticError, TypeError, np.linalg.LinAlgError), np.errstate(all="ignore"):
        try:
            function(*args, **options)
        except (ValueError, IndexError) as again:
            return type(again) is type(error)
    return False


def is_by_chance(line: Line, result: Any) -> bool:
    """True if a result may be an operand by chance, as there is one np.True_, and one 1; that of np.True_.all() is none."""
    alone = len(line.args) == 1 and not line.options and isinstance(line.function, METHODS)
    return isinstance(result, (int, np.bool_)) and not alone


def label_of(line: Line) -> str:
    """A name for messages."""
    return str(line.args[1] if line.function is getattr else getattr(line.function, "__name__", repr(line.function)))


# -- equal lines --------------------------------------------------------------------------------------------------


def line_key(line: Line, name: Callable[[Operand], Any]) -> Any:
    """Something hashable that is equal for equal calls of equal arguments alone; `name` tells values apart."""

    def key(x: Any) -> Any:
        kind = type(x)
        if kind is Operand:
            return name(x)
        if not issubclass(kind, CONTAINERS):
            return constant_key(x)
        if kind is slice:
            return slice, key(x.start), key(x.stop), key(x.step)
        parts = sorted(x.items()) if kind is dict else x
        return kind, tuple([key(part) if type(part) is not Operand else name(part) for part in parts])

    return constant_key(line.function), key(line.args), key(line.options) if line.options else None


def constant_key(x: Any) -> Any:
    """Something hashable that is equal for equal constants alone: 1, 1.0 and True are three, and so are 0.0, -0.0 and nan."""
    try:
        hash(x)
    except TypeError:
        return type(x), id(x)
    return type(x), repr(x) if isinstance(x, (float, complex, np.inexact)) else x


def difference(one: Recording, two: Recording, results: Iterable[tuple[Any, Any]] = ()) -> str | None:
    """The first line in which two recordings of the same call differ; None if they are the same.

    A counter, a random number, or the time of day is a constant to a recording. It is another constant in the next one.
    `results` are what the two returned, in pairs.
    """
    if len(one.lines) != len(two.lines):
        return f"one run made {len(one.lines)} calls, the next made {len(two.lines)}"
    names: dict[int, Any] = {}
    for run, other in ((one, two), (two, one)):
        names |= {id(value): i for i, value in enumerate(run.arguments)}
        for key, x in run.outer.items():
            constant = key not in other.outer and x.kind is np.ndarray
            names[id(x)] = (x.layout(), x.held.tobytes()) if constant else ("outer", key)
    if any(two.contents.get(key, now) != now for key, now in one.contents.items()):
        return "it writes into an array outside"
    pair: tuple[Any, Any]
    for i, pair in enumerate(zip(one.lines, two.lines, strict=True)):
        keys = [line_key(line, lambda value: names[id(value)]) for line in pair]
        if keys[0] != keys[1]:
            return f"{label_of(pair[0])} had other arguments in the next run"
        if [v.layout() for v in pair[0].results] != [v.layout() for v in pair[1].results]:
            return f"{label_of(pair[0])} had a result of another shape, dtype or layout in the next run"
        for line in pair:
            for n, value in enumerate(line.results):
                names.setdefault(id(value), (i, n))
    for pair in results:
        keys = [names[id(x)] if type(x) is Operand else constant_key(x) for x in pair]
        if keys[0] != keys[1] and all(isinstance(x, (Operand, int, float, complex, str, np.generic)) for x in pair):
            return "it returned something else in the next run"
    return None

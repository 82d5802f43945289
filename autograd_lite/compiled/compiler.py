"""`compile`: a function that records what it does the first time, and then runs as a program of NumPy calls."""

from __future__ import annotations

import builtins
import contextvars
import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..array.live import note_change
from ..graph import Value as TensorLike
from ..graph import is_tracked, next_number
from ..notebook import escaped, text_block
from ..safety.modes import is_grad_enabled, mode
from ..safety.running import running
from ..safety.stale import changes
from ..transforms import tree
from ..transforms.recorded_call import function_name, named_options
from .program import Program
from .recording import NUMBERS, CannotRecord, Recording, difference, is_arrays, other_answers, recording
from .stand_in import StandIn, as_numbers, while_recording

__all__ = ["CannotRecord", "Compiled", "compile"]

Held = tuple[Any, Iterable[Any]]
OFTEN = 3  # so many failures of a guard, and the function is recorded anew
MOST = 64  # programs of one function: a loop over ever new shapes would only compile


@named_options
def compile(f: Callable[..., Any], reuse: bool = False, state: Callable[[], Iterable[Held]] | None = None) -> Compiled:
    """The function `f` as a program of NumPy calls: equal to the last bit, without the engine.

    The first call with arguments of given shapes and dtypes runs `f` and records the calls of NumPy, those of derivatives too.
    Later calls run the program that was written of them. Works on `ag.grad(f)`, `ag.value_and_grad(f)`, `ag.hvp(f)`,
    `ag.jacobian(f)` and their kin, on any function of arrays, and as a decorator.

    Parameters
    ----------
    f
        Takes arrays, Tensors, numbers, and containers of these; returns the same. Floats are arguments of the program. Another
        integer, bool or string makes another program. Arrays and Tensors from outside, such as parameters, are used by
        reference: what is written into them later is seen.
    reuse
        True: results lie in memory of the program, and the next call writes over them.
    state
        For functions that change something outside, as a step of training does. Returns pairs (dict, keys): the numbers and
        arrays under these keys are read from the dict in each call; numbers may be replaced, arrays and Tensors be written into.
        Then the first call runs as it is, the second and the third are recorded and compared, and later ones run the program.

    Returns
    -------
    Compiled
        Takes the arguments of `f`. `source` is the latest program.

    Raises
    ------
    CannotRecord
        While compiling: `f` looks at values (`if x > 0`, `float(x)`, `x.item()`), writes into arrays outside, has results
        whose shapes depend on values, or did something else the second time (`f` is run twice, and the recordings are
        compared: random numbers, counters).

    Notes
    -----
    What is computed of plain NumPy arrays from outside alone, as `2 * W` in `x @ (2 * W)`, is computed while compiling; pass W as
    an argument if it changes. A call runs `f` itself where a rule has looked at values and these lead elsewhere now, and where an
    argument is tracked, inside `ag.grad` for one. Threads may call it at the same time: each has buffers of its own.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> slope = ag.compile(ag.grad(lambda x: np.sum(np.tanh(x) ** 2)))
    >>> slope(np.array([0.0, 1.0]))
    array([0.        , 0.63970001])
    >>> print(slope.source.partition("def gradient")[2])  # doctest: +SKIP
    """
    return Compiled(f, reuse, state)


MISSED = object()


class Compiled:
    """A compiled function: see `ag.compile`.

    Attributes
    ----------
    source : str
        The latest program, "" before it is compiled. It runs alone: after `exec(f.source, names)`, the function is
        `names["build"](**f.outer)`, which returns a tuple of arrays, or None where a guard fails.
    outer : dict
        The arrays outside, by the names they have in the program.
    programs : int
        The number of programs there are, one for each set of shapes and dtypes.
    """

    def __init__(self, f: Callable[..., Any], reuse: bool = False, state: Callable[[], Iterable[Held]] | None = None) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f = f
        self.reuse = reuse
        self.source = ""
        self.outer: dict[str, Any] = {}
        self._state = state
        self._known: dict[Any, LoadedProgram] = {}
        self._begun: dict[Any, tuple[Recording, Any] | None] = {}  # what has run once, or was recorded once
        self._dropped = 0
        self._quick: Callable[..., Any] | None = None  # the last program, for arrays as it had them
        self._count = 0
        self._lock = threading.RLock()

    @property
    def programs(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"<compiled {function_name(self.f)}, {self.programs} programs>"

    def _repr_html_(self) -> str:
        head = f"<div><b>{escaped(repr(self))}</b></div>"
        lines = self.source.count("\n")
        return head + (f"<details><summary>{lines} lines</summary>{text_block(self.source)}</details>" if lines else "")

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else functools.partial(self, owner)

    def __call__(self, *args: Any, **options: Any) -> Any:
        if self._quick is not None and not options and len(args) == self._count:
            found = self._quick(*args)
            if found is not MISSED:
                return found
        if recording.get() is not None or running.get() is not None:
            return self.f(*args, **options)  # a part of what is recorded, or differentiated
        leaves: list[Any] = []
        key = (layout_key(args, leaves), layout_key(options, leaves), is_grad_enabled())
        entry = self._known.get(key)
        if entry is None:
            if is_grad_enabled() and any(is_tracked(x) for x in leaves):
                return self.f(*args, **options)
            return self._first(key, args, options, leaves)
        if is_grad_enabled() and any(x.__class__ is not np.ndarray and is_tracked(x) for x in leaves):
            return self.f(*args, **options)
        if not entry.holds():
            self._quick = None
            del self._known[key]
            self._begun.pop(key, None)
            return self(*args, **options)
        found = entry.run(leaves)
        if found is not None:
            if not options and all(type(x) is np.ndarray for x in args):
                self._quick, self._count = quick(entry, args), len(args)
            return entry.result(found)
        entry.failures += 1
        if entry.failures == OFTEN and self._dropped < MOST:  # the rules look another way now, for good as it seems
            self._dropped += 1
            self._quick = None
            del self._known[key]
        return self.f(*args, **options)

    def _first(self, key: Any, args: Any, options: Any, leaves: list[Any]) -> Any:
        """Record the function twice, compile it, and return what it returned."""
        with self._lock:
            if len(self._known) == MOST:
                warnings.warn(
                    f"compile: {function_name(self.f)} has {MOST} programs, one for each set of shapes, integers and strings it "
                    f"was called with; new ones run without. Pass what changes as a float or an array, of few shapes.",
                    stacklevel=3,
                )
            if len(self._known) >= MOST:
                return self.f(*args, **options)
            names = leaf_names(self.f, args, options)
            if self._state is None:
                first, second = self._record(args, options, names), self._record(args, options, names)
            else:
                if key not in self._begun:
                    self._begun[key] = None
                    return self.f(*args, **options)
                before, second = self._begun[key], self._record(args, options, names)
                if not all(state.same() for state in second[0].state):  # it was laid out anew meanwhile
                    self._begun[key] = None
                    return returned(second[1])
                if before is None or not is_still(before[0], second[0]):
                    self._begun[key] = second
                    return returned(second[1])
                self._begun[key], first = None, before
            other = difference(first[0], second[0])
            if other is not None:
                second[0].undo()
                raise CannotRecord(
                    f"compile: {function_name(self.f)} does not do the same twice: {other}. A random number, a counter, or the "
                    f"time would be a constant of the program: pass it as an argument."
                )
            result = returned(second[1])
            try:
                entry = self._known[key] = LoadedProgram(*second, function_name(self.f), self.reuse)
            except CannotRecord:
                second[0].undo()
                raise
            first[0].before.clear()
            self.source, self.outer = entry.program.source, entry.program.outer
            return result

    def _record(self, args: Any, options: Any, names: list[str]) -> tuple[Recording, Any]:
        """One run, recorded, and what it returned, with stand-ins."""
        holders = list(self._state()) if self._state is not None else []
        run = Recording(StandIn, arrays_of(holders))
        run.draws = self._state is not None
        for names_of, keys in holders:
            run.names |= {id(x._array): path_name(k) for k in keys if isinstance(x := names_of[k], TensorLike)}
            run.names |= {id(x): path_name(k) for k in keys if isinstance(x := names_of[k], np.ndarray)}
            run.names |= {id(x): f"{k}_{i}" for k in keys if is_arrays(names_of[k]) for i, x in enumerate(names_of[k])}
        run.names = {id(x): name for name, x in outside(self.f)} | run.names
        following = iter(names)

        def argument(leaf: Any) -> Any:
            name = next(following)
            if isinstance(leaf, TensorLike):
                return constant_of(type(leaf), run.argument(leaf._array, name))
            return run.argument(leaf, name) if is_dynamic(leaf) else leaf

        given, named = tree.map_leaves(argument, args), tree.map_leaves(argument, options)
        try:
            with while_recording(run):
                for names_of, keys in holders:
                    kept = [k for k in keys if not isinstance(names_of[k], TensorLike)]
                    if kept:
                        run.take_state(names_of, kept)
                found = tree.map_leaves(ResultLeaf, self.f(*given, **named))
        except CannotRecord:
            run.undo()  # as if it had not been called
            raise
        finally:
            for names_of, keys in self._state() if self._state is not None else ():
                take_out(names_of, keys)
        return run, found


def take_out(names: Any, keys: Iterable[Any]) -> None:
    """Arrays in place of stand-ins, where a recorded function has put some into what is outside."""
    for key in list(keys):
        x = names[key]
        if type(x) is StandIn:
            names[key] = x.concrete
        elif type(x) is list and any(type(part) is StandIn for part in x):
            x[:] = [as_numbers(part) for part in x]


def is_still(before: Recording, now: Recording) -> bool:
    """True if two recordings found the same outside: Tensors, arrays, options that rules have asked for."""
    tensors = all(t._array is array and t._node is node for t, array, node in before.tensors.values())
    objects = [[x for state in run.state for x in state.objects()] for run in (before, now)]
    return tensors and objects[0] == objects[1] and not other_answers(before, now)


def arrays_of(holders: Iterable[Held]) -> Iterator[Any]:
    """The arrays that a function with these holders of state may write into."""
    for names, keys in holders:
        for key in keys:
            x = names[key]
            yield from [x._array] if isinstance(x, TensorLike) else [x] if isinstance(x, np.ndarray) else []
            yield from x if is_arrays(x) else []


def returned(found: Any) -> Any:
    """What a recorded run has returned, without stand-ins."""
    return tree.map_leaves(lambda r: r.returned(r.numbers), found)


def constant_of(kind: type[Any], array: Any) -> Any:
    """A constant Tensor of an array, or of a stand-in for one, of the class `kind`."""
    made = object.__new__(kind)
    made._array, made._node, made._part = array, None, None
    return made


def is_dynamic(leaf: Any) -> bool:
    """True for what a program takes as an argument; other values are part of it."""
    return isinstance(leaf, (np.ndarray, np.generic, TensorLike)) or type(leaf) is float


def layout_key(x: Any, leaves: list[Any]) -> Any:
    """All of the arguments that a program depends on: containers, shapes, dtypes, strides. The arrays are added to `leaves`."""
    kind = x.__class__
    if kind is np.ndarray:
        leaves.append(x)
        return x.shape, x.dtype, x.strides
    if kind is tuple or kind is list:
        return kind, tuple([layout_key(part, leaves) for part in x])
    if kind is dict:
        return kind, tuple(x), tuple([layout_key(part, leaves) for part in x.values()])
    if kind is float:
        leaves.append(x)
        return kind
    if isinstance(x, (np.ndarray, np.generic)):
        leaves.append(x)
        return kind, x.shape, x.dtype, x.strides
    if isinstance(x, TensorLike):
        leaves.append(x)
        return kind, x.shape, x.dtype, x._array.strides, x._array.flags.writeable
    parts = tree.children(x)
    if parts is not None:
        return kind, tuple((key, layout_key(part, leaves)) for key, part in parts)
    try:
        hash(x)
    except TypeError:
        return kind, id(x)
    return kind, repr(x) if isinstance(x, (int, complex)) else x


def leaf_names(f: Callable[..., Any], args: Any, options: Any) -> list[str]:
    """A name for each leaf of the arguments, from the parameters of `f`: `x`, `params_w`."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    found: list[str] = []
    for i, x in enumerate(args):
        base = positional[i] if i < len(positional) else f"x{i}"
        found += [path_name(base + path) for path, _ in tree.leaves(x)]
    found += [path_name(path.strip("[]'")) for path, _ in tree.leaves(options)]
    seen: set[str] = set()
    for i, name in enumerate(found):
        while name in seen or name in ("np", "build", "math"):
            name += "_"
        seen.add(name)
        found[i] = name
    return found


def outside(f: Callable[..., Any], depth: int = 3) -> Iterator[tuple[str, Any]]:
    """The arrays that a function finds outside, and those that functions outside find, by name."""
    f = inspect.unwrap(f)
    if not depth or not inspect.isfunction(f):
        return
    found = inspect.getclosurevars(f)
    for name, x in {**found.globals, **found.nonlocals}.items():
        if isinstance(x, (np.ndarray, TensorLike)):
            yield name, x._array if isinstance(x, TensorLike) else x
        elif inspect.isfunction(x) and not x.__module__.startswith("autograd_lite."):
            yield from outside(x, depth - 1)


def path_name(text: str) -> str:
    """A name made of a parameter and a path: `p['w'][0]` is `p_w_0`, and `0.weight` is `weight_0`."""
    words = "".join(c if c.isalnum() else " " for c in text).split()
    if words and words[0].isdigit():
        words = [words[-1], *words[:-1]] if len(words) > 1 else ["x", *words]
    name = "_".join(words)
    return name if name.isidentifier() else f"x_{name}"


class ResultLeaf:
    """A leaf of what a recorded function has returned: a stand-in, a Tensor around one, or a constant."""

    __slots__ = ("numbers", "tensor", "value")

    def __init__(self, leaf: Any) -> None:
        self.tensor: Any = type(leaf) if isinstance(leaf, TensorLike) else None
        if self.tensor and leaf.node is not None:
            raise CannotRecord(
                "compile: the result depends on a Tensor that requires grad, and a program has no graph. Compile the derivative, "
                "ag.compile(ag.value_and_grad(f)), or compute under ag.no_grad()."
            )
        inner = leaf._array if self.tensor else leaf
        self.value = inner.value if type(inner) is StandIn else None
        self.numbers = as_numbers(inner)
        if self.value is None and isinstance(self.numbers, np.ndarray):
            raise CannotRecord(
                "compile: a result is an array that was computed of plain arrays outside alone. Return what depends on arguments."
            )

    def returned(self, numbers: Any) -> Any:
        """The leaf for other numbers."""
        return numbers if self.tensor is None else constant_of(self.tensor, np.asarray(numbers))


class LoadedProgram:
    """A program, its results, and the Tensors outside that it was made for; an instance for each thread."""

    def __init__(self, run: Recording, found: Any, name: str, reuse: bool) -> None:
        self.results: list[ResultLeaf] = [leaf for _, leaf in tree.leaves(found)]
        self.found = found
        self.program = Program(run, [r.value if r.value is not None else r.numbers for r in self.results], name_for(name), reuse)
        self.tensors = list(run.tensors.values())
        self.state = run.state
        self.failures = 0
        written = {id(storage) for line in run.lines for storage in line.writes}
        self.written = [tensor for tensor, array, _ in self.tensors if id(run.value_of(array).storage) in written]
        self.threads = threading.local()
        for r in self.results:
            r.numbers = None

    def holds(self) -> bool:
        """True if what is outside is what the program was made for: another array would not be seen."""
        for tensor, array, node in self.tensors:
            if tensor._array is not array or tensor._node is not node:
                return False
        return all(state.same() for state in self.state)

    def run(self, leaves: list[Any]) -> Any:
        """The results, or None where a guard has failed."""
        try:
            context, step = self.threads.instance
        except AttributeError:
            context = contextvars.copy_context()
            context.run(np.seterr, all="ignore")
            step = self.program.build()
            self.threads.instance = context, step
        found = context.run(step, *[x._array if isinstance(x, TensorLike) else x for x in leaves])
        for tensor in self.written:
            note_change(tensor)
        return found

    def is_one_array(self) -> bool:
        """True if the function returns an array, not in a container or a Tensor."""
        return isinstance(self.found, ResultLeaf) and self.found.tensor is None

    def result(self, numbers: Any) -> Any:
        """What the function returns."""
        following = iter(numbers)
        return tree.map_leaves(lambda r: r.returned(next(following)), self.found)


def quick(entry: LoadedProgram, args: tuple[Any, ...]) -> Callable[..., Any]:
    """`entry` behind as few questions as tell that it fits, written out; `MISSED` is returned where it does not, or fails.

    It is for the thread that asked for it: another has buffers of its own.
    """
    names: dict[str, Any] = {
        "ident": threading.get_ident(), "get_ident": threading.get_ident, "recording": recording.get, "mode": mode.get,
        "on": is_grad_enabled(), "run": entry.threads.instance[0].run, "step": entry.threads.instance[1],
        "number": next_number, "missed": MISSED, "times": changes.times, "result": entry.result,
    }  # fmt: skip
    asked = ["get_ident() == ident", "recording() is None", "mode()[0] is on"]

    def ask(text: str, **values: Any) -> None:
        n = len(asked)
        names.update({f"{name}{n}": value for name, value in values.items()})
        asked.append(text.format(n=n))

    for i, x in enumerate(args):
        ask(f"type(x{i}) is a{{n}}", a=np.ndarray)
        ask(f"x{i}.shape == s{{n}} and x{i}.strides == t{{n}} and x{i}.dtype is d{{n}}", s=x.shape, t=x.strides, d=x.dtype)
    for tensor, array, node in entry.tensors:
        ask("t{n}._array is a{n} and t{n}._node is o{n}", t=tensor, a=array, o=node)
    for state in entry.state:
        for key, x in state.before.items():
            if type(x) not in NUMBERS:
                ask("s{n}[k{n}] is x{n}", s=state.names, k=key, x=x)
    alone = [tensor for tensor in entry.written if tensor._part is None]
    for tensor in alone:
        ask("t{n}._part is None", t=tensor)
    names["shared"] = [tensor for tensor in entry.written if tensor._part is not None]
    names["note"] = note_change
    entries = [changes.arrays[id(tensor._array)] for tensor in alone]
    names |= {f"e{i}": e for i, e in enumerate(entries)}
    noted = " = ".join(["times[ident]", *(f"e{i}[0]" for i in range(len(entries)))])
    given = ", ".join(f"x{i}" for i in range(len(args)))
    source = "\n".join([
        f"def quick({given}):",
        f"    if {' and '.join(asked)}:",
        f"        found = run(step, {given})",
        "        if found is not None:",
        *([f"            {noted} = number()"] if entries else []),
        *(["            for tensor in shared: note(tensor)"] if names["shared"] else []),
        f"            return {'found[0]' if entry.is_one_array() else 'result(found)'}",
        "    return missed",
    ])  # fmt: skip
    exec(builtins.compile(source, "<quick>", "exec"), names)
    return names["quick"]  # type: ignore[no-any-return]


def name_for(name: str) -> str:
    """A name for the function of the program."""
    return name if name.isidentifier() and name not in ("np", "build", "math") else "program"

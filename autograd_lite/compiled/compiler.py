"""`compile`: a function that records what it does the first time, and then runs as a program of NumPy calls."""

from __future__ import annotations

import contextlib
import contextvars
import enum
import functools
import inspect
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..array.live import note_change
from ..graph import Leaf, Value, is_tracked, next_number
from ..notebook import escaped, text_block
from ..safety.modes import is_grad_enabled, mode
from ..safety.running import running
from ..safety.stale import changes
from ..transforms import tree
from ..transforms.recorded_call import function_name, named_options
from .exchange import while_recording
from .program import RESERVED, program_of
from .recording import (
    LARGE,
    VALUE_ERRORS,
    CannotRecord,
    Operand,
    Recording,
    constant_key,
    difference,
    recording,
)
from .stand_in import RECORDED, StandIn, as_numbers
from .watching import LISTS, another, found_by, is_plain, kept, path_name, put_back, watched

__all__ = ["CannotRecord", "Compiled", "compile"]

Held = tuple[Any, Iterable[Any]] | tuple[Any, Iterable[Any], Iterable[Any]]
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
        (dict, keys, others): what is under the other keys is a constant of the program, and where it is replaced the function is
        recorded anew. An object stands for what it holds: arrays, and numbers of modules, may change. With a state the first call
        runs as it is, the second is recorded twice, from the same state, and later ones run the program.

    Returns
    -------
    Compiled
        Takes the arguments of `f`. `source` is the latest program.

    Raises
    ------
    CannotRecord
        While compiling: `f` looks at values (`if x > 0`, `float(x)`, `x.item()`), writes into arrays outside, has results
        whose shapes depend on values, draws random numbers, or did something else the second time. For `f` is run thrice: two
        recordings are compared, and their result with that of `f` as it is. Nothing has been changed then.

    Notes
    -----
    What is computed of plain NumPy arrays from outside alone, as `2 * W` in `x @ (2 * W)`, is computed while compiling, and so is
    what Python asks itself: `x is y`, `x.base`. Pass what changes as an argument. Where a name outside is bound to something
    else, or an attribute of an object outside, of one among the arguments, or of `self`, `f` is recorded anew; attributes of
    classes, and of objects without a `__dict__`, are not looked at. The program does not raise the error of a call whose result
    nobody needs, and does not hear `np.errstate` or `ag.detect_anomaly` around it. A call runs `f` itself where a rule has looked
    at values and these lead elsewhere now, and where an argument is tracked, inside `ag.grad` for one.
    Threads may call it at the same time: each has buffers of its own.

    Elementwise calls of arrays from 4 MB on are not computed while they are recorded, which saves their memory: the first result
    is the program's, too. Where a rule needs such numbers, `f` is recorded again with them.

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
FAILURES = (*VALUE_ERRORS, TypeError)


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
        self._is_laid_out = state is None  # True if what the state holds is there, so that a call can be recorded
        self._dropped = 0
        self._left: dict[Any, Any] = {}  # what the state held after the latest recording, by place
        self._own: set[Any] = set()  # the places that the function changes itself
        self._quick: Callable[..., Any] = f  # the last program, for `_count` arrays as it had them
        self._count = -1
        self._lock = threading.RLock()

    @property
    def programs(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"<compiled {function_name(self.f)}, {self.programs} program{'s' * (self.programs != 1)}>"

    def _repr_html_(self) -> str:
        head = f"<div><b>{escaped(repr(self))}</b></div>"
        lines = self.source.count("\n")
        return head + (f"<details><summary>{lines} lines</summary>{text_block(self.source)}</details>" if lines else "")

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        return self if owner is None else functools.partial(self, owner)

    def __reduce__(self) -> Any:
        return type(self), (self.f, self.reuse, self._state)

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        if len(args) == self._count and not options:
            found = self._quick(*args)
            if found is not MISSED:
                return found
        if recording.get() is not None or running.get() is not None:
            return self.f(*args, **options)  # a part of what is recorded, or differentiated
        leaves: list[Any] = []
        key = (layout_key((args, options), leaves), is_grad_enabled())
        if is_grad_enabled() and is_tracked(leaves):
            return self.f(*args, **options)
        entry = self._known.get(key)
        if entry is not None and not entry.holds():
            self._drop(key)
            self._is_laid_out = self._state is None
            entry = None
        if entry is None:
            return self._first(key, args, options, leaves)
        found = entry.run(leaves)
        if found is not None:
            simple = not options and all(type(x) is np.ndarray for x in args) and not entry.exposed
            if simple and all(t._part is None for t in entry.written):
                self._quick, self._count = quick(entry, args), len(args)
            return entry.result(found)
        entry.failures += 1
        if entry.failures == OFTEN and self._dropped < MOST:  # the rules look another way now, for good as it seems
            self._drop(key)
        return self.f(*args, **options)

    def _drop(self, key: Any) -> None:
        self._count = -1
        del self._known[key]
        self._note_drop()

    def _note_drop(self) -> None:
        """One more recording was in vain; say so where it goes on and on."""
        self._dropped += 1
        if self._dropped == MOST:
            warnings.warn(
                f"compile: {function_name(self.f)} was recorded {MOST} times, as objects that it uses are replaced, or its rules "
                f"look at numbers that lead elsewhere; where this goes on, it runs without a program. Write new values into the "
                f"old arrays, x[...] = new.",
                stacklevel=4,
            )

    def _first(self, key: Any, args: Any, options: Any, leaves: list[Any]) -> Any:
        """Compile the function, and return what it returns."""
        with self._lock:
            if len(self._known) == MOST:
                warnings.warn(
                    f"compile: {function_name(self.f)} has {MOST} programs, one for each set of shapes, integers and strings it "
                    f"was called with; new ones run without. Pass what changes as a float or an array, of few shapes.",
                    stacklevel=3,
                )
            if len(self._known) >= MOST or self._dropped >= MOST or not self._is_laid_out:
                self._is_laid_out = True
                return self.f(*args, **options)
            if self._state is None and any(getattr(x, "nbytes", 0) >= LARGE for x in leaves):
                with contextlib.suppress(Exception), np.errstate(all="ignore"):  # or, where numbers are needed, with them
                    return self._compile(key, args, options, leaves, blank=True)
            return self._compile(key, args, options, leaves)

    def _compile(self, key: Any, args: Any, options: Any, leaves: list[Any], blank: bool = False) -> Any:
        """Record the function twice, write the program, and return what the function returned, or the program if `blank`."""
        names = leaf_names(self.f, args, options)
        before, first = self._record(args, options, names, blank)
        held = {place: x for state in before.state for place, x in state.held().items()}
        held |= {id(x): x._node for x in held.values() if isinstance(x, Value)}  # which is another where one is frozen
        changed = {place: now for state in before.state for place, now in state.changed().items()}
        refuse_changes(before, held, changed)
        notes = notes_of(before)
        if changed:  # the function's own is what it changes again, such as a result that it keeps; else it was laid out anew
            if self._left and all(self._left.get(place, x) is x for place, x in held.items()):
                self._own |= {place for state in before.state if state.is_of_object for place in state.changed()}
            self._left = held | changed
            if not changed.keys() <= self._own:
                self._note_drop()
                return returned(first)
        self._own |= {place for state in before.outside for place in state.changed()}
        before.undo(drawn=False)
        run, found = self._record(args, options, names, blank)
        with undone(run):
            refuse_objects(first, found)
            results = zip([r.value for _, r in tree.leaves(first)], [r.value for _, r in tree.leaves(found)], strict=False)
            other = difference(before, run, results)
            if other is not None:
                raise CannotRecord(
                    f"compile: {function_name(self.f)} does not do the same twice: {other}. A random number, a counter, the "
                    f"time, or a function made anew would be a constant of the program: pass it as an argument."
                )
            late = {place for state in run.state if state.is_of_object for place in state.changed()}  # it was not in the first
            for holder, place, value in notes + notes_of(run):
                if self._depends_on(holder, place, value, run, (args, options, names, blank)):
                    raise run.cannot(
                        f"the function changes {place!r} and computes with it, and a program would not change it",
                        "Have an array for it, and write into that: self.n = np.zeros(()), self.n += 1; or a float of a module",
                    )
            self._own |= late
            for state in run.state:
                state.ignore(late)
            result = returned(found)
            entry = LoadedProgram(run, found, function_name(self.f), self.reuse)
        if blank:
            result = entry.result(entry.run(leaves))  # an error where a guard fails
        elif self._state is None and not are_close(result, unseen(self.f, args, options)):
            raise CannotRecord(
                f"compile: {function_name(self.f)} returns something else while it is recorded: it asks what kind of object it "
                f"is given, as by type(x) is np.ndarray or hasattr(x, '__len__'). Write isinstance(x, np.ndarray), np.ndim(x)."
            )
        self._known[key] = entry
        self.source, self.outer = entry.source, entry.outer
        return result

    def _depends_on(self, names: Any, key: Any, before: Any, run: Recording, call: tuple[Any, ...]) -> bool:
        """True if the function does something else where a number or a text that it changes itself was another than `before`."""
        value = names[key]
        names[key] = another(before)
        try:
            other, _ = self._record(*call)
            other.undo(drawn=False)
            return difference(run, other) is not None
        except Exception:  # of another number, such as an index that is too large
            return True
        finally:
            names[key] = value

    def _record(self, args: Any, options: Any, names: list[str], blank: bool) -> tuple[Recording, Any]:
        """One run, recorded, and what it returned, with stand-ins."""
        by_name = list(found_by(self.f))
        outside = watched(self.f, by_name, [x for _, x in tree.leaves((args, options))]) if self._state is None else ()
        run = Recording(StandIn, self._state or tuple, outside, blank)
        for state in (*run.state, *run.outside):
            state.ignore(self._own)
        arrays = [(name, x._array if isinstance(x, Value) else x) for _, name, x in by_name]
        run.names = {id(x): name for name, x in arrays if isinstance(x, np.ndarray)} | run.names
        following = iter(names)

        def argument(leaf: Any) -> Any:
            name = next(following)
            if isinstance(leaf, Value):
                return constant_of(type(leaf), run.argument(leaf._array, name))
            return run.argument(leaf, name) if is_dynamic(leaf) else leaf

        given, named = tree.map_leaves(argument, (args, options))
        with undone(run), while_recording(run):
            run.take_state()
            leaves = [x for _, x in tree.leaves((given, named))]
            found = self.f(*given, **named)
            if list(map(id, leaves)) != [id(x) for _, x in tree.leaves((given, named))]:
                raise run.cannot("the function changes a list or a dict that it is given", "Return what it makes")
            return run, tree.map_leaves(ResultLeaf, found)


def unseen(f: Callable[..., Any], args: Any, options: Any) -> Any:
    """What `f` returns, without a look by `ag.watch` or a profiler, as a program has none."""
    profiler = sys.getprofile()
    sys.setprofile(None)
    try:
        return f(*args, **options)
    finally:
        sys.setprofile(profiler)


def are_close(one: Any, other: Any) -> bool:
    """True if two results have the same containers, shapes and dtypes, and nearly the same numbers."""
    found = [list(tree.leaves(x)) for x in (one, other)]
    if [path for path, _ in found[0]] != [path for path, _ in found[1]]:
        return False
    for (_, a), (_, b) in zip(*found, strict=True):
        x, y = (np.asarray(v._array if isinstance(v, Value) else v) for v in (a, b))
        if x.shape != y.shape or x.dtype != y.dtype:
            return False
        if not (np.allclose(x, y, 1e-3, equal_nan=True) if x.dtype.kind in "fc" else np.array_equal(x, y)):
            return False
    return True


def notes_of(run: Recording) -> list[tuple[Any, Any, Any]]:
    """The numbers and texts that the function has changed: what holds them, the place there, and what it was before."""
    places = [(state, place, state.before.get(place[1])) for state in run.state for place in state.changed()]
    return [(state.names, place[1], before) for state, place, before in places if is_plain(before)]


def refuse_changes(run: Recording, held: dict[Any, Any], changed: dict[Any, Any]) -> None:
    """Refuse a function that reads what it replaces, or a list that it lengthens: a program would read the same always."""
    read = {id(value) for line in run.lines for value in line.reads}
    lists = {id(state.names): state.before.values() for state in run.state if isinstance(state.names, LISTS)}
    for place in changed:
        for before in lists.get(place[0], ()) if place[1] is len else [held.get(place)]:
            if id(before) in run.tensors if isinstance(before, Value) else id(run.outer.get(id(before))) in read:
                run.undo()
                what = "a list" if place[1] is len else repr(place[1])
                raise run.cannot(
                    f"the function reads and replaces {what}, and a program would not", "Write into the array: x[...] = new"
                )


@contextlib.contextmanager
def undone(run: Recording) -> Iterator[None]:
    """Leave what is outside as if the function had not been called, if it cannot be compiled."""
    try:
        yield
    except CannotRecord:
        run.undo()
        raise


def returned(found: Any) -> Any:
    """The results of a recorded run, without stand-ins."""
    return tree.map_leaves(lambda r: r.returned(r.numbers), found)


def constant_of(kind: type[Any], array: Any) -> Any:
    """A constant Tensor of an array, or of a stand-in for one, of the class `kind`."""
    made = object.__new__(kind)
    made._array, made._node, made._part = array, None, None
    return made


def is_dynamic(leaf: Any) -> bool:
    """True for what a program takes as an argument; other values are part of it."""
    return isinstance(leaf, (np.ndarray, np.generic, Value)) or type(leaf) is float


def layout_key(x: Any, leaves: list[Any]) -> Any:
    """All of the arguments that a program depends on: containers, shapes, dtypes, strides. The arrays are added to `leaves`."""
    if is_dynamic(x):
        leaves.append(x)
        array = x._array if isinstance(x, Value) else x
        if type(x) is float:
            return float
        return type(x), array.shape, array.dtype, array.strides, array is x or array.flags.writeable
    parts = tree.children(x)
    if parts is not None:
        return type(x), tuple([(key, layout_key(part, leaves)) for key, part in parts])
    if isinstance(x, slice):
        return slice, tuple(map(constant_key, (x.start, x.stop, x.step)))
    if type(x).__hash__ is None or hasattr(x, "__next__"):
        raise CannotRecord(
            f"compile: an argument is a {type(x).__name__}, which may hold something else in the next call. Pass numbers, arrays "
            f"and strings, or tuples, lists and dicts of these."
        )
    return constant_key(x)


def leaf_names(f: Callable[..., Any], args: Any, options: Any) -> list[str]:
    """A name for each leaf of the arguments, from the parameters of `f`: `x`, `params_w`."""
    parameters: list[str] = []
    with contextlib.suppress(TypeError, ValueError):
        parameters = [p.name for p in inspect.signature(f).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    parameters += [f"x{i}" for i in range(len(parameters), len(args))]
    found: list[str] = []
    for base, x in [*zip(parameters, args, strict=False), *options.items()]:
        for path, _ in tree.leaves(x):
            name = path_name(base + path)
            while name in found or name in RESERVED:
                name += "_"
            found.append(name)
    return found


class ResultLeaf:
    """A leaf of what a recorded function has returned: a stand-in, a Tensor around one, or a constant."""

    __slots__ = ("numbers", "tensor", "value")

    def __init__(self, leaf: Any) -> None:
        self.tensor: Any = type(leaf) if isinstance(leaf, Value) else None
        if self.tensor and leaf.node is not None:
            raise CannotRecord(
                "compile: the result depends on a Tensor that requires grad, and a program has no graph. Compile the derivative, "
                "ag.compile(ag.value_and_grad(f)), or compute under ag.no_grad()."
            )
        inner = leaf._array if self.tensor else leaf
        self.numbers = as_numbers(inner)
        self.value = inner.value if type(inner) is StandIn else inner
        if isinstance(self.value, np.ndarray):
            raise CannotRecord(
                "compile: a result is an array that was computed of plain arrays outside alone. Return what depends on arguments."
            )

    def returned(self, numbers: Any) -> Any:
        """The leaf for other numbers."""
        return numbers if self.tensor is None else constant_of(self.tensor, np.asarray(numbers))


def is_constant(x: Any) -> bool:
    """True for what a result may hold beside what is computed: numbers, texts, types, and sets and slices of these."""
    if isinstance(x, slice):
        return all(map(is_constant, (x.start, x.stop, x.step)))
    if isinstance(x, (set, frozenset)):
        return all(map(is_constant, x))
    return x is None or x is Ellipsis or isinstance(x, (np.dtype, range, type, enum.Enum, Operand)) or is_plain(x)


def refuse_objects(first: Any, found: Any) -> None:
    """Refuse results in which a number that is recorded may be hidden: objects that are made anew in each run, and texts."""
    for (_, a), (_, b) in zip(tree.leaves(first), tree.leaves(found), strict=False):
        if not (a.value is b.value or is_constant(a.value)) or (isinstance(a.value, str) and RECORDED in a.value):
            raise CannotRecord(
                f"compile: a result is a {type(a.value).__name__}, in which a number that is recorded may be; the next call "
                f"would return it again. Return arrays and numbers, in tuples, lists and dicts; make objects and texts outside."
            )


class LoadedProgram:
    """A program, its results, and the Tensors outside that it was made for; an instance for each thread."""

    def __init__(self, run: Recording, found: Any, name: str, reuse: bool) -> None:
        self.found, results = found, [leaf for _, leaf in tree.leaves(found)]
        for leaf in results:
            leaf.numbers = None
        name = name if name.isidentifier() and name not in RESERVED else "program"
        self.source, self.outer, self.build, self.exposed = program_of(run, [leaf.value for leaf in results], name, reuse)
        self.tensors = list(run.tensors.values())
        self.state, self.outside = run.state, run.outside
        owners = {id(x): x for state in run.state for x in state.before.values() if isinstance(x, Value)}
        self.ungiven = [x for x in owners.values() if type(x._node) is Leaf and x._grad is None]  # gradients are not left
        self.failures = 0
        written = {id(storage) for line in run.lines for storage in line.writes}
        self.written = [tensor for tensor, array, _ in self.tensors if id(run.value_of(array).storage) in written]
        self.threads = threading.local()

    def holds(self) -> bool:
        """True if what is outside is what the program was made for: another array would not be seen."""
        tensors = all(tensor._array is array and tensor._node is node for tensor, array, node in self.tensors)
        return tensors and all(state.is_as_before() for state in (*self.state, *self.outside))

    def run(self, leaves: list[Any]) -> Any:
        """The results, or None where a guard has failed."""
        try:
            context, step = self.threads.instance
        except AttributeError:
            context = contextvars.copy_context()
            context.run(np.seterr, all="ignore")
            step = self.build(**self.outer)
            self.threads.instance = context, step
        before = kept(self.exposed)
        try:
            found = context.run(step, *[x._array if isinstance(x, Value) else x for x in leaves])
        except FAILURES:  # f itself may catch it, to record which would be refused, or go on with a complex number
            if self.state:
                raise
            self.failures -= 1
            return None
        if found is None:
            put_back(before)
        else:
            for tensor in self.ungiven:
                tensor._grad = None
        for tensor in self.written:
            note_change(tensor)
        return found

    def result(self, numbers: Any) -> Any:
        """The result of the function, made of the numbers that a program returned."""
        following = iter(numbers)
        return tree.map_leaves(lambda r: r.returned(next(following)), self.found)


def quick(entry: LoadedProgram, args: tuple[Any, ...]) -> Callable[..., Any]:
    """`entry` behind as few questions as tell that it fits, written out; `MISSED` is returned where it does not, or fails.

    It is for the thread that asked for it: another has buffers of its own.
    """
    context, step = entry.threads.instance
    held: dict[int, tuple[str, Any]] = {}

    def h(x: Any) -> str:
        """A name for what a question is about."""
        return held.setdefault(id(x), (f"h{len(held)}", x))[0]

    states = [*(state for state in entry.state if not state.is_of_tensors()), *entry.outside]
    objects = [(state.names, key, x) for state in states for key, x in state.before.items() if not state.is_number(key)]
    asked = [
        f"get_ident() == {threading.get_ident()}", "recording() is None", f"mode()[0] is {is_grad_enabled()}",
        *(f"type(x{i}) is ndarray and x{i}.shape == {x.shape} and x{i}.strides == {x.strides} and x{i}.dtype is {h(x.dtype)}"
          for i, x in enumerate(args)),
        *(f"{h(tensor)}._array is {h(array)} and {h(tensor)}._node is {h(node)}" for tensor, array, node in entry.tensors),
        *(f"len({h(state.names)}) == {state.count}" for state in (*entry.state, *entry.outside) if state.count is not None),
        *(f"{h(names)}[{repr(key) if type(key) in (str, int) else h(key)}] is {h(x)}" for names, key, x in objects),
        *(f"{h(tensor)}._part is None" for tensor in entry.written),
    ]  # fmt: skip
    noted = [f"times[{threading.get_ident()}]", *(f"{h(changes.arrays[id(tensor._array)])}[0]" for tensor in entry.written)]
    given = ", ".join(f"x{i}" for i in range(len(args)))
    single = isinstance(entry.found, ResultLeaf) and entry.found.tensor is None
    source = f"""
def quick({given}):
    try:
        fits = {" and ".join(asked)}
    except LookupError:
        return missed
    if fits:
        try:
            found = run(step, {given})
        except errors:
            return missed
        if found is not None:
            {" = ".join(noted) + " = number()" if entry.written else "pass"}
            {"".join(f"{h(tensor)}._grad = " for tensor in entry.ungiven)}None
            return {"found[0]" if single else "result(found)"}
    return missed
"""
    names = dict(held.values()) | {
        "get_ident": threading.get_ident, "recording": recording.get, "mode": mode.get, "run": context.run, "step": step,
        "number": next_number, "missed": MISSED, "times": changes.times, "result": entry.result, "ndarray": np.ndarray,
        "errors": () if entry.state else FAILURES,
    }  # fmt: skip
    exec(source, names)
    return names["quick"]  # type: ignore[no-any-return]

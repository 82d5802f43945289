"""A program: the lines of a recording as one Python function of NumPy calls, which writes into memory that it keeps.

`source` has a function `build(outer arrays)`, which makes buffers, constants and views once and returns the function of the
arguments. That returns the results as a tuple, or None where a guard fails.
"""

from __future__ import annotations

import keyword
import linecache
import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .blocks import PIECE, runs, with_sums_behind
from .passes import (
    Uses,
    constant_lines,
    is_copy,
    with_early_guards,
    with_new_values,
    with_shared,
    with_straight_writes,
    without_copies,
    without_dead,
    without_stretching,
)  # fmt: skip
from .recording import Line, Operand, Recording, leaves_of
from .stand_in import REDUCTIONS, SYMBOLS

__all__ = ["RESERVED", "Program"]


class Program:
    """The text of a program, the outer arrays that `build` takes by name, and `build` itself."""

    def __init__(self, run: Recording, results: Sequence[Any], name: str, reuse: bool = False) -> None:
        found = leaves_of(list(results), Operand)
        lines, found = with_new_values(without_dead(run.lines, found), found)
        lines = with_shared(lines, found)
        lines, found = without_copies(lines, found)
        lines = without_stretching(lines, found)
        lines = with_early_guards(without_dead(lines, found))
        lines, places = with_straight_writes(lines, found)
        once = constant_lines(lines, found)
        varying = [line for i, line in enumerate(lines) if i not in once]
        lines = [line for i, line in enumerate(lines) if i in once] + with_sums_behind(varying)
        replaced = iter(found)
        written = Text(run, lines, [next(replaced) if type(r) is Operand else r for r in results], name, reuse, places)
        self.source = written.source()
        self.outer = written.outer
        self.lines = len(lines)
        names: dict[str, Any] = {}
        file = f"<program of {name}, {id(self):x}>"
        exec(compile(self.source, file, "exec"), names)
        linecache.cache[file] = len(self.source), None, self.source.splitlines(True), file
        self._build: Callable[..., Any] = names["build"]

    def build(self) -> Callable[..., Any]:
        """The function of the arguments, with buffers of its own."""
        return self._build(**self.outer)  # type: ignore[no-any-return]


class Text:
    """The text in the making: the expression of each value, and the buffers that are free."""

    def __init__(
        self, run: Recording, lines: list[Line], results: list[Any], name: str, reuse: bool, places: dict[int, Operand]
    ) -> None:
        self.places = places  # arrays outside, for values that are computed there
        self.run, self.lines, self.results, self.name = run, lines, results, name
        self.uses = Uses(lines, leaves_of(results, Operand))
        self.escaping = set() if reuse else self.uses.escaping
        self.once = constant_lines(lines, leaves_of(results, Operand))
        self.expression: dict[int, str] = {}  # of each value
        self.static: set[str] = set()  # expressions that hold for all calls
        self.free: dict[Any, list[str]] = {}  # buffers by layout
        self.buffer_of: dict[int, str] = {}  # by storage
        self.functions: dict[str, str] = {}
        self.setup: list[str] = []
        self.body: list[str] = []
        self.outer: dict[str, Any] = {}
        self.texts: dict[str, str] = {}  # names of set-up expressions
        self.count: dict[str, int] = {}
        self.section = ""
        self.expression |= {id(value): value.name for value in run.arguments}

    def source(self) -> str:
        """The whole program."""
        last_of_run, end = runs(self.lines, self.once), -1
        for i, line in enumerate(self.lines):
            if i in last_of_run:
                end = last_of_run[i]
                self.write_run(i, end)
            if i > end:
                (self.write_once if i in self.once else self.write)(line, i)
        returned = ", ".join(self.of(r) for r in self.results)
        arguments = ", ".join(v.name for v in self.run.arguments)
        setup = [f"{short} = {full}" for short, full in sorted(self.functions.items())] + self.setup
        return "\n".join([
            "import numpy as np", "", "", f"def build({', '.join(self.outer)}):",
            *(f"    {text}" for text in setup), *([""] if setup else []),
            f"    def {self.name}({arguments}):",
            *(f"        {text}" for text in self.body),
            f"        return ({returned}{',' if len(self.results) == 1 else ''})", "",
            f"    return {self.name}", "",
        ])  # fmt: skip

    # -- names ----------------------------------------------------------------------------------------------

    def new(self, letter: str) -> str:
        """The next name with this letter."""
        while True:
            n = self.count[letter] = self.count.get(letter, -1) + 1
            if f"{letter}{n}" not in self.outer and all(f"{letter}{n}" != v.name for v in self.run.arguments):
                return f"{letter}{n}"

    def kept(self, text: str, letter: str) -> str:
        """A name for an expression that is computed once, in the set-up."""
        name = self.texts.get(text)
        if name is None:
            name = self.texts[text] = self.new(letter)
            self.setup.append(f"{name} = {text}")
            self.static.add(name)
        return name

    def of(self, x: Any) -> str:
        """An argument as an expression."""
        if type(x) is Operand:
            if id(x) not in self.expression:
                self.expression[id(x)] = self.outer_name(x.held, x.name)
            return self.expression[id(x)]
        if isinstance(x, tuple) and not hasattr(x, "_fields"):
            return f"({', '.join(map(self.of, x))}{',' if len(x) == 1 else ''})"
        if isinstance(x, list):
            return f"[{', '.join(map(self.of, x))}]"
        if isinstance(x, slice):
            return f"slice({self.of(x.start)}, {self.of(x.stop)}, {self.of(x.step)})"
        if x is None or x is Ellipsis or isinstance(x, (bool, int, str)):
            return "..." if x is Ellipsis else repr(x)
        if type(x) is float:
            return repr(x) if math.isfinite(x) else f"float('{x}')"
        if isinstance(x, np.dtype) and x.isbuiltin:
            return self.kept(f"np.dtype('{x.str}')", "k")
        if isinstance(x, np.generic) and (x.dtype.kind in "biu" or (type(x) in FLOATS and math.isfinite(x))):
            return self.kept(f"np.{type(x).__name__.replace('bool', 'bool_').replace('__', '_')}({x.item()!r})", "k")
        if x in (float, int, bool, complex):
            return str(x.__name__)
        found = NUMPY_NAMES.get(id(x))
        return f"np.{found}" if found else self.outer_name(x, "")

    def outer_name(self, held: Any, wanted: str) -> str:
        """The name of an object outside, with which `build` is given it."""
        for name, other in self.outer.items():
            if other is held:
                return name
        taken = {*self.outer, *self.functions, *self.arguments(), *RESERVED}
        usable = wanted.isidentifier() and not keyword.iskeyword(wanted) and not re.fullmatch("[a-z][0-9]+", wanted)
        name = wanted if usable and wanted not in taken else self.new("c")
        self.outer[name] = held
        self.static.add(name)
        return name

    def function(self, f: Any) -> str:
        """The short name of a function."""
        full = f"np.{NUMPY_NAMES[id(f)]}" if id(f) in NUMPY_NAMES else None
        owner = getattr(f, "__self__", None)
        if full is None and isinstance(owner, np.ufunc):  # np.add.reduce
            return f"{self.function(owner)}.{f.__name__}"
        if full is None:
            return self.outer_name(f, getattr(f, "__name__", ""))
        short = full.rpartition(".")[2]
        if short in RESERVED or short in self.outer or short in self.arguments():
            return full
        return short if self.functions.setdefault(short, full) == full else full

    def arguments(self) -> set[str]:
        return {v.name for v in self.run.arguments} | {self.name}

    # -- lines ------------------------------------------------------------------------------------------------

    def write_once(self, line: Line, i: int) -> None:
        """A line of the set-up."""
        text = self.text(line)
        if line.results and not line.writes:
            names = [self.new("k") for _ in line.results]
            self.setup.append(f"{', '.join(names)}{',' if line.several and len(names) == 1 else ''} = {text}")
            self.static |= set(names)
            self.expression |= {id(v): name for v, name in zip(line.results, names, strict=True)}
            return
        self.setup.append(text)
        self.expression |= {id(v): self.of(line.options["out"][0]) for v in line.results}

    def write(self, line: Line, i: int) -> None:
        """A line of the function, and what it needs of the set-up."""
        if line.section != self.section:
            self.section = line.section
            self.body.append(f"# {self.section}")
        if line.how == "guard":
            value, answer = self.of(line.args[0]), line.function
            if isinstance(answer, type):
                self.body.append(f"if {value}.__class__ is not {answer.__name__}: return None")
                return self.release(i)
            asked = f"{value} != {answer!r}" if type(answer) is not bool else f"not {value}" if answer else value
            self.body.append(f"if {asked}: return None")
        elif line.writes and not line.makes():
            self.body.append(self.text(line))
        elif line.makes():
            self.compute(line, i)
        else:
            self.view(line)
        self.release(i)

    def view(self, line: Line) -> None:
        """A line that shows memory there is already: made once, if that is always the same."""
        text = self.text(line)
        if line.several:
            names = [self.new("v") for _ in line.results]
            static = all(self.of(v) in self.static for v in line.reads())
            (self.setup if static else self.body).append(f"{', '.join(names)}, = {text}")
            self.static |= set(names) if static else set()
        else:
            static = all(self.of(v) in self.static for v in line.reads())
            names = [self.kept(text, "w") if static else self.new("v")]
            if not static:
                self.body.append(f"{names[0]} = {text}")
        self.expression |= {id(v): name for v, name in zip(line.results, names, strict=True)}

    def compute(self, line: Line, i: int) -> None:
        """A line that makes new values: into a buffer where NumPy can, and no caller keeps it."""
        value, f = line.results[0], line.function
        into = None if line.several or id(value.storage) in self.escaping else self.into(line)
        if id(value) in self.places:
            buffer: str | None = self.of(self.places[id(value)])
            into = into if into is not None else f"{PLACE}[...] = {self.text(line)}"
        else:
            buffer = None if into is None else self.buffer(line, value, i)
        if buffer is not None and into is not None:
            self.expression[id(value)] = buffer
            text = into.replace(PLACE, buffer)
            if text:
                self.body.append(f"{text}  # {shape_comment(value)}")
            return
        if (f in SYMBOLS or f is operator.getitem) and value.dtype is None and self.is_used_once(value, i):
            self.expression[id(value)] = f"({self.text(line)})" if f in SYMBOLS else self.text(line)
            return
        names = [self.new("v") for _ in line.results]
        self.expression |= {id(v): name for v, name in zip(line.results, names, strict=True)}
        comma = "," if line.several and len(names) == 1 else ""
        self.body.append(f"{', '.join(names)}{comma} = {self.text(line)}  # {', '.join(map(shape_comment, line.results))}")

    def write_run(self, first: int, last: int) -> None:
        """A run of elementwise lines, piece by piece: see `blocks.py`."""
        shape = self.lines[first].results[0].shape
        whole: dict[int, str] = {}  # expressions of values outside the loop
        local: dict[str, str] = {}  # a piece of each array, by the array
        pieces: dict[Any, list[str]] = {}  # buffers that are free, by dtype
        at, head, outer_body = self.new("i"), [], self.body
        self.body = []

        def piece_of(value: Operand, name: str) -> str:
            if value.shape == ():
                return name
            if name not in local:
                flat = self.kept(f"{name}.reshape(-1)", "w") if name in self.static else self.new("f")
                if name not in self.static:
                    outer_body.append(f"{flat} = {name}.reshape(-1)")
                local[name] = self.new("b")
                head.append(f"{local[name]} = {flat}[{at}:{at} + {PIECE}]")
            return local[name]

        for i in range(first, last + 1):
            line, value = self.lines[i], self.lines[i].results[0]
            for operand in line.reads():
                if id(operand) not in whole:
                    whole[id(operand)] = self.of(operand)
                    self.expression[id(operand)] = piece_of(operand, whole[id(operand)])
            inside = self.uses.last.get(id(value.storage), i) <= last and not self.leaves(value)
            if inside:
                free = pieces.setdefault(value.dtype, [])
                if not free:
                    kept = self.new("h")
                    self.setup.append(f"{kept} = np.empty({PIECE}, {self.of(value.dtype)})")
                    free.append(self.new("b"))
                    head.append(f"{free[0]} = {kept}[:{math.prod(shape)} - {at}]")
                self.expression[id(value)] = free.pop()
                whole[id(value)] = ""
            else:
                name = self.whole_of(value, line, i, outer_body)
                self.expression[id(value)] = piece_of(value, name)
                whole[id(value)] = name
            self.body.append(f"{self.into_text(line, self.expression[id(value)])}")
            for operand in {id(operand): operand for operand in line.reads()}.values():
                if whole[id(operand)] == "" and self.uses.last[id(operand.storage)] == i:
                    pieces[operand.dtype].append(self.expression[id(operand)])
        loop, self.body = self.body, outer_body
        self.body.append(f"for {at} in range(0, {math.prod(shape)}, {PIECE}):  # {shape}, in pieces")
        self.body += [f"    {text}" for text in (*head, *loop)]
        self.expression |= {key: name for key, name in whole.items() if name}
        for i in range(first, last + 1):
            self.release(i)

    def leaves(self, value: Operand) -> bool:
        """True if a caller, or an array outside, gets the value."""
        return id(value.storage) in self.uses.escaping or id(value) in self.places

    def whole_of(self, value: Operand, line: Line, i: int, body: list[str]) -> str:
        """The name of memory for all of a value that is computed in pieces."""
        if id(value) in self.places:
            return self.of(self.places[id(value)])
        buffer = None if id(value.storage) in self.escaping else self.buffer(line, value, i)
        if buffer is None:
            buffer = self.new("v")
            body.append(f"{buffer} = {empty_c(value)}")
        return buffer

    def is_used_once(self, value: Operand, i: int) -> bool:
        """True if a Python number is read by one call, which may hold its expression, before anything outside is written."""
        readers = [line for line in self.lines[i + 1 :] for v in line.reads() if v is value]
        before = self.lines[i + 1 : self.lines.index(readers[0]) + 1] if len(readers) == 1 else []
        return bool(before) and not any(line.how == "write" for line in before) and id(value.storage) not in self.uses.escaping

    # -- buffers ------------------------------------------------------------------------------------------

    def buffer(self, line: Line, value: Operand, i: int) -> str | None:
        """The name of the memory for a new value: that of an operand that nobody needs any more, a free one, or a new one."""
        made = empty(value)
        if made is None:
            return None
        key = made
        name = None
        if isinstance(line.function, np.ufunc) and line.function.signature is None:
            name = self.in_place(line, value, i)
        if name is None:
            free = self.free.setdefault(key, [])
            if free:
                name = free.pop()
            else:
                name = self.new("h")
                self.setup.append(f"{name} = {made}")
                self.static.add(name)
        self.buffer_of[id(value.storage)] = name
        return name

    def in_place(self, line: Line, value: Operand, i: int) -> str | None:
        """The buffer of an operand that is read here for the last time, element by element."""
        for operand in line.reads():
            name = self.buffer_of.get(id(operand.storage))
            last = self.uses.last.get(id(operand.storage)) == i
            if name is None or not last or id(operand.storage) in self.uses.escaping or empty(operand) != empty(value):
                continue
            if all(self.of(v) == name for v in line.reads() if v.storage is operand.storage):
                del self.buffer_of[id(operand.storage)]
                return name
        return None

    def release(self, i: int) -> None:
        """Let others use the buffers that were read for the last time."""
        line = self.lines[i]
        for value in [*line.reads(), *line.results]:
            storage = value.storage
            if self.uses.last.get(id(storage)) == i and id(storage) in self.buffer_of and id(storage) not in self.uses.escaping:
                self.free.setdefault(empty(storage.root), []).append(self.buffer_of.pop(id(storage)))

    # -- the text of a call --------------------------------------------------------------------------------

    def text(self, line: Line) -> str:
        """The call as an expression, or a write as a statement."""
        args, f = line.args, line.function
        if line.how == "attribute":
            return f"{self.of(args[0])}.{f}"
        if line.how == "method":
            return f"{self.of(args[0])}.{f}({self.listed(args[1:], line.options)})"
        if f in SYMBOLS:
            parts = [f"({self.of(a)})" if self.of(a).startswith("-") else self.of(a) for a in args]
            return SYMBOLS[f].join(["", *parts] if len(parts) == 1 else [f"{parts[0]} ", f" {parts[1]}"])
        if f is operator.getitem:
            return f"{self.of(args[0])}[{self.key(args[1])}]"
        if line.how == "filled":
            made = line.results[0]
            return f"np.full({made.shape}, {self.of(args[0])}, {self.of(made.dtype)})"
        if line.how == "write":
            return f"{self.of(args[0])}[{self.key(args[1])}] = {self.of(args[2])}"
        if isinstance(f, np.ufunc) and line.writes:
            return self.into_text(line, self.of(line.options["out"][0]))
        if isinstance(f, np.ufunc):
            return f"{self.function(f)}({self.listed(self.operands(line), line.options)})"
        return f"{self.function(f)}({self.listed(args, without_defaults(line.options))})"

    def listed(self, args: Sequence[Any], options: dict[str, Any]) -> str:
        return ", ".join([a if type(a) is Raw else self.of(a) for a in args] + [f"{k}={self.of(v)}" for k, v in options.items()])

    def key(self, key: Any) -> str:
        """An index as it is written between brackets."""

        def part(k: Any) -> str:
            if not isinstance(k, slice):
                return self.of(k)
            bounds = ["" if x is None else self.of(x) for x in (k.start, k.stop, k.step)]
            return ":".join(bounds if bounds[2] else bounds[:2])

        if isinstance(key, tuple) and key:
            return ", ".join(map(part, key)) + ("," if len(key) == 1 else "")
        return part(key)

    def into(self, line: Line) -> str | None:
        """The statement that computes a line into `PLACE`; None if NumPy has no such call."""
        value, f, args, options = line.results[0], line.function, line.args, line.options
        if value.kind is not np.ndarray:
            return None
        if line.how == "filled":
            return f"{PLACE}[...] = {self.of(args[0])}"
        if isinstance(f, np.ufunc) and f.nout == 1:
            return self.into_text(line, PLACE)
        plain = set(options) <= {"axis", "keepdims"} and len(args) <= 2 and value.shape != () and type(args[0]) is Operand
        if f in REDUCTIONS and plain and args[0].kind is np.ndarray:
            given = {"axis": args[1] if len(args) > 1 else None} | options
            return f"{self.function(REDUCTIONS[f])}.reduce({self.listed(args[:1], given)}, out={PLACE})"
        owner = getattr(f, "__self__", None)
        if isinstance(owner, np.ufunc) and f.__name__ == "reduce" and value.shape != ():
            return f"{self.function(f)}({self.listed(args, without_defaults(options))}, out={PLACE})"
        if (line.how, f) == ("method", "dot") or (f is np.dot and not options):
            a, b = args[:2]
            both = all(type(x) is Operand and x.kind is np.ndarray for x in (a, b))
            if both and empty(value) == empty_c(value) and a.dtype == b.dtype == value.dtype:
                return f"{self.of(a)}.dot({self.of(b)}, {PLACE})"
        if is_copy(line) is not None or ((line.how, f) == ("method", "astype") and len(args) == 2 and not options):
            return f"{PLACE}[...] = {self.of(args[0])}"
        if f in (np.zeros, np.ones):
            return f"{PLACE}.fill({0 if f is np.zeros else 1})"
        return "" if f is np.empty else None

    def into_text(self, line: Line, place: str) -> str:
        """A ufunc that writes into `place`."""
        options = {k: v for k, v in line.options.items() if k != "out"}
        given = self.listed(self.operands(line), options)
        keyword = "out=" if options or line.function in KEYWORD else ""
        return f"{self.function(line.function)}({given}, {keyword}{place})"

    def operands(self, line: Line) -> list[Any]:
        """The arguments of a ufunc, numbers as arrays of the dtype that NumPy would give them: twice as fast."""
        kinds = [
            x.dtype or x.kind if type(x) is Operand else x.dtype if isinstance(x, np.generic) else type(x) for x in line.args
        ]
        numbers = [not isinstance(kind, np.dtype) for kind in kinds]
        if not any(type(x) is Operand and x.kind is np.ndarray for x in line.args) or line.options.keys() - {"out"}:
            return list(line.args)
        try:
            dtypes = line.function.resolve_dtypes((*kinds, *[None] * line.function.nout))
        except TypeError:
            return list(line.args)
        found: list[Any] = []
        for x, dtype, number in zip(line.args, dtypes, numbers, strict=False):
            code = "" if dtype == np.float64 else f", {self.of(dtype)}"
            if dtype.kind != "f" or not (number or isinstance(x, np.generic)) or (number and dtype != line.results[0].dtype):
                found.append(x)
            elif type(x) is Operand:
                place = self.new("n")
                self.setup.append(f"{place} = np.empty((){code})")
                self.body.append(f"{place}[()] = {self.of(x)}")
                found.append(Raw(place))
            else:
                found.append(Raw(self.kept(f"np.array({float(x)!r}{code})", "k")) if math.isfinite(x) else x)
        return found


def without_defaults(options: dict[str, Any]) -> dict[str, Any]:
    """Options that say what NumPy does without them."""
    usual = {"dtype": None, "keepdims": False, "where": True, "out": None, "initial": np._NoValue}
    return {k: v for k, v in options.items() if not (k in usual and v is usual[k])}


class Raw(str):
    """An expression, where others are values."""

    __slots__ = ()


FLOATS = (np.float64, np.float32, np.float16)  # whose numbers Python writes exactly
PLACE = "\0"
KEYWORD = {np.maximum, np.minimum, np.fmax, np.fmin}  # whose positional `out` is deprecated
RESERVED = {"abs", "all", "any", "bool", "float", "int", "max", "min", "pow", "round", "sum", "slice", "np", "build"}


def names() -> dict[int, str]:
    """The names of NumPy's functions and types, by identity."""
    found: dict[int, str] = {}
    homes = [("", np), ("linalg.", np.linalg), ("fft.", np.fft), ("lib.stride_tricks.", np.lib.stride_tricks)]
    for prefix, home in homes:
        for name, value in vars(home).items():
            if callable(value) and not name.startswith("_"):
                preferred = getattr(value, "__name__", None) == name
                if preferred or id(value) not in found:
                    found[id(value)] = f"{prefix}{name}"
    return found


NUMPY_NAMES = {key: value for key, value in names().items() if value not in ("bool", "long", "ulong")}


def shape_comment(value: Operand) -> str:
    """The shape, for a comment."""
    return str(value.shape) if value.kind is np.ndarray else value.kind.__name__


def empty_c(value: Operand) -> str:
    """The text that makes an array of this shape and dtype in C order."""
    dtype = "" if value.dtype == float else f", '{value.dtype.str}'"
    return f"np.empty({value.shape}{dtype})"


def empty(value: Operand | None) -> str | None:
    """The text that makes an array of this layout; None where memory has gaps or runs backwards."""
    if value is None or value.kind is not np.ndarray or value.dtype.hasobject or value.dtype.isbuiltin != 1:
        return None
    if 0 in value.shape:
        return None
    order = sorted(range(len(value.shape)), key=lambda i: (-value.strides[i], i))
    order = [i for i in order if value.shape[i] > 1]
    expected = value.dtype.itemsize
    for i in reversed(order):
        if value.strides[i] != expected:
            return None
        expected *= value.shape[i]
    if order == sorted(order):
        return empty_c(value)
    full = order + [i for i in range(len(value.shape)) if value.shape[i] <= 1]
    shape = tuple(value.shape[i] for i in full)
    dtype = "" if value.dtype == float else f", '{value.dtype.str}'"
    back = tuple(full.index(i) for i in range(len(value.shape)))
    return f"np.empty({shape}{dtype}).transpose({back})"

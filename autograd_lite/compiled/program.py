"""A program: the lines of a recording as one Python function of NumPy calls, which writes into memory that it keeps.

`source` has a function `build(outer arrays)`, which makes buffers, constants and views once and returns the function of the
arguments. That returns the results as a tuple, or None where a guard fails.
"""

from __future__ import annotations

import contextlib
import keyword
import linecache
import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..array.dispatch import full_name
from . import passes
from .blocks import USUAL, runs, with_sums_behind, write_run
from .recording import METHODS, CannotRecord, Line, Operand, Recording, check, dtypes_of, leaves_of
from .stand_in import REDUCTIONS, SYMBOLS

__all__ = ["RESERVED", "program_of"]


def program_of(
    run: Recording, results: Sequence[Any], name: str, reuse: bool
) -> tuple[str, dict[str, Any], Callable[..., Any], list[Any]]:
    """The program for a recording: its text, the outer arrays that its `build` takes by name, and `build` itself.

    And the arrays and generators that are to be put back where a guard fails.
    """
    found = leaves_of(list(results), Operand)
    lines = passes.without_dead(run.lines, found)
    lines = passes.with_new_values(lines, found)
    lines, found = passes.with_shared(lines, found)
    lines, found = passes.without_copies(lines, found)
    lines = passes.without_stretching(lines, found)
    lines, exposed = passes.with_early_guards(passes.without_dead(lines, found))
    holders = {id(run.value_of(x).storage): x for x in run.writable.values()}
    if not all(id(storage) in holders for storage in exposed):
        raise CannotRecord(
            "compile: a rule looks at numbers that depend on a number of the state that is replaced before. Train without "
            "compile=True."
        )
    lines, places = passes.with_straight_writes(lines, found)
    lines, once = passes.with_constants_first(lines, found)
    lines[once:] = with_sums_behind(lines[once:])
    replaced = iter(found)
    results = [next(replaced) if type(r) is Operand else r for r in results]
    written = Text(run.arguments, lines, once, results, name, places)
    if reuse:
        written.escaping = set()
    source, names = written.source(), dict[str, Any]()
    file = f"<program of {name}, {id(written.outer):x}>"
    exec(compile(source, file, "exec"), names)
    linecache.cache[file] = len(source), None, source.splitlines(True), file
    return source, written.outer, names["build"], [holders[key] for key in dict.fromkeys(map(id, exposed))]


class Text:
    """The text in the making: the expression of each value, and the buffers that are free.

    The first `once` lines are for the set-up; `places` are arrays outside, for values that are computed there.
    """

    def __init__(
        self, arguments: list[Operand], lines: list[Line], once: int, results: list[Any], name: str, places: dict[int, Operand]
    ) -> None:
        self.lines, self.once, self.results, self.name, self.places = lines, once, results, name, places
        self.uses = passes.Uses(lines, leaves_of(results, Operand))
        self.escaping = self.uses.escaping
        self.arguments = [value.name for value in arguments]
        self.expression = {id(value): value.name for value in arguments}
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

    def source(self) -> str:
        """The whole program."""
        last_of_run, end = runs(self.lines, self.once), -1
        for i, line in enumerate(self.lines):
            if i in last_of_run:
                end = last_of_run[i]
                write_run(self, i, end)
            elif i > end:
                self.write(line, i)
        returned = ", ".join(self.of(r) for r in self.results)
        setup = [f"{short} = {full}" for short, full in sorted(self.functions.items())] + self.setup
        return "\n".join([
            "import numpy as np", "", "", f"def build({', '.join(self.outer)}):",
            *(f"    {text}" for text in setup), *([""] if setup else []),
            f"    def {self.name}({', '.join(self.arguments)}):",
            *(f"        {text}" for text in self.body),
            f"        return ({returned}{',' if len(self.results) == 1 else ''})", "",
            f"    return {self.name}", "",
        ])  # fmt: skip

    # -- names ----------------------------------------------------------------------------------------------

    def new(self, letter: str) -> str:
        """The next name with this letter."""
        while True:
            n = self.count[letter] = self.count.get(letter, -1) + 1
            if f"{letter}{n}" not in self.outer and f"{letter}{n}" not in self.arguments:
                return f"{letter}{n}"

    def kept(self, text: str, letter: str) -> str:
        """A name for an expression that is computed once, in the set-up."""
        if text not in self.texts:
            self.texts[text] = self.new(letter)
            self.setup.append(f"{self.texts[text]} = {text}")
            self.static.add(self.texts[text])
        return self.texts[text]

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
        if x is None or x is Ellipsis or type(x) in (bool, int, str):
            return "..." if x is Ellipsis else repr(x)
        if type(x) is float:
            return repr(x) if math.isfinite(x) else f"float('{x}')"
        if isinstance(x, np.dtype) and not x.hasobject and x.names is None:
            return self.kept(f"np.dtype('{x.str}')", "k")
        if isinstance(x, np.generic) and x.dtype.kind in "biuf" and np.isfinite(x):
            return self.kept(repr(x), "k")
        if isinstance(x, type) and x in (float, int, bool, complex):
            return x.__name__
        return numpy_name(x) or self.outer_name(x, "")

    def outer_name(self, held: Any, wanted: str) -> str:
        """The name of an object outside, with which `build` is given it."""
        for name, other in self.outer.items():
            if other is held:
                return name
        taken = wanted in (*self.outer, *self.functions, *self.arguments, self.name, *RESERVED)
        usable = wanted.isidentifier() and not keyword.iskeyword(wanted) and not re.fullmatch("[a-z][0-9]+", wanted)
        name = wanted if usable and not taken else self.new("c")
        self.outer[name] = held
        self.static.add(name)
        return name

    def function(self, f: Any) -> str:
        """The short name of a function."""
        owner = getattr(f, "__self__", None)
        if isinstance(owner, np.ufunc):  # np.add.reduce
            return f"{self.function(owner)}.{f.__name__}"
        full = numpy_name(f)
        if not full:
            return self.outer_name(f, getattr(f, "__name__", ""))
        short = full.rpartition(".")[2]
        if short in RESERVED or short in self.outer or short in self.arguments or short == self.name:
            return full
        return short if self.functions.setdefault(short, full) == full else full

    # -- lines ------------------------------------------------------------------------------------------------

    def write(self, line: Line, i: int) -> None:
        """A line of the function, or of the set-up."""
        if line.section != self.section and i >= self.once:
            self.section = line.section
            self.body.append(f"# {self.section}")
        if line.function is check:
            self.body.append(f"if {self.failed(self.of(line.args[0]), line.args[1])}: return None")
        elif line.writes and not line.makes():
            (self.body if i >= self.once else self.setup).append(self.text(line))
        elif i < self.once:
            self.assign(line, self.setup, "k")
        elif line.makes():
            self.compute(line, i)
        elif all(self.of(v) in self.static for v in line.reads):  # a view of memory that is always the same
            self.assign(line, self.setup, "w")
        else:
            self.assign(line, self.body, "v")
        self.release(i)

    def failed(self, value: str, answer: Any) -> str:
        """The condition under which a guard fails."""
        if isinstance(answer, type):
            return f"{value}.__class__ is not {answer.__name__}"
        return f"{value} != {answer!r}" if type(answer) is not bool else f"not {value}" if answer else value

    def assign(self, line: Line, where: list[str], letter: str) -> None:
        """A line that makes values, or shows memory there is already."""
        text, comment = self.text(line), f"  # {', '.join(map(shape_comment, line.results))}" if where is self.body else ""
        if letter == "w" and not line.several:
            names = [self.kept(text, letter)]
        else:
            names = [self.new(letter) for _ in line.results]
            comma = "," if line.several and len(names) == 1 else ""
            where.append(f"{', '.join(names)}{comma} = {text}{comment}")
            self.static |= set(names) if where is self.setup else set()
        self.expression |= {id(v): name for v, name in zip(line.results, names, strict=True)}

    def compute(self, line: Line, i: int) -> None:
        """A line that makes new values: into a buffer where NumPy can, and no caller keeps it."""
        value = line.results[0]
        into = None if line.several or id(value.storage) in self.escaping else self.into(line)
        if into is None and id(value) in self.places:
            into = f"{PLACE}[...] = {self.text(line)}"
        buffer = None if into is None else self.buffer(line, value, i)
        if into is None or buffer is None:
            self.assign(line, self.body, "v")
            return
        self.expression[id(value)] = buffer
        if into:
            self.body.append(f"{into.replace(PLACE, buffer)}  # {shape_comment(value)}")

    # -- buffers ------------------------------------------------------------------------------------------

    def leaves(self, value: Operand) -> bool:
        """True if a caller, or an array outside, gets the value."""
        return id(value.storage) in self.uses.escaping or id(value) in self.places

    def buffer(self, line: Line, value: Operand, i: int) -> str | None:
        """The memory for a new value: its place outside, or that of an operand that nobody needs any more, or free, or new.

        None if a caller keeps the value, or its layout has gaps.
        """
        if id(value) in self.places:
            return self.of(self.places[id(value)])
        made = None if id(value.storage) in self.escaping else empty(value)
        if made is None:
            return None
        single = value.dtype.kind == "c" and math.prod(value.shape) == 1  # of which np.multiply in place has another last bit
        if isinstance(line.function, np.ufunc) and line.function.signature is None and not single:
            self.release(i, self.is_whole)
        free = self.free.setdefault(made, [])
        if free:
            name = free.pop()
        else:
            name = self.new("h")
            self.setup.append(f"{name} = {made}")
            self.static.add(name)
        self.buffer_of[id(value.storage)] = name
        return name

    def is_whole(self, value: Operand, line: Line) -> bool:
        """True if a line reads a buffer as a whole alone, so that each element may be overwritten when it is read."""
        return all(self.of(v) == self.buffer_of[id(value.storage)] for v in line.reads if v.storage is value.storage)

    def release(self, i: int, fit: Callable[[Operand, Line], bool] = lambda value, line: True) -> None:
        """Let others use the buffers that line i reads for the last time."""
        line = self.lines[i]
        for value in [*line.reads, *line.results]:
            key = id(value.storage)
            if self.uses.last.get(key) == i and key in self.buffer_of and key not in self.uses.escaping and fit(value, line):
                self.free.setdefault(empty(value.storage.root), []).append(self.buffer_of.pop(key))

    # -- the text of a call --------------------------------------------------------------------------------

    def text(self, line: Line) -> str:
        """The call as an expression, or a write as a statement."""
        f = line.function
        if f in (operator.getitem, operator.setitem):
            part = f"{self.of(line.args[0])}[{self.key(line.args[1])}]"
            return part if f is operator.getitem else f"{part} = {self.of(line.args[2])}"
        if f is getattr:
            return f"{self.of(line.args[0])}.{line.args[1]}"
        if isinstance(f, np.ufunc) and f.nout == 1 and line.writes:
            return self.into_text(line, self.of(line.options["out"][0]))
        args = self.operands(line) if isinstance(f, np.ufunc) else [self.of(x) for x in line.args]
        if isinstance(f, METHODS):
            return f"{args[0]}.{f.__name__}({self.listed(args[1:], line.options)})"
        if f in SYMBOLS:
            parts = [f"({a})" if a.startswith("-") else a for a in args]
            return SYMBOLS[f] + parts[0] if len(parts) == 1 else f"{parts[0]} {SYMBOLS[f]} {parts[1]}"
        return f"{self.function(f)}({self.listed(args, line.options)})"

    def listed(self, args: Iterable[str], options: dict[str, Any]) -> str:
        """Arguments between parentheses, without options that say what NumPy does without them."""
        given = {k: v for k, v in options.items() if not (k in USUAL and v is USUAL[k])}
        return ", ".join([*args, *(f"{k}={self.of(v)}" for k, v in given.items())])

    def key(self, key: Any) -> str:
        """An index as it is written between brackets."""
        if isinstance(key, tuple) and key:
            return ", ".join(map(self.key, key)) + ("," if len(key) == 1 else "")
        if not isinstance(key, slice):
            return self.of(key)
        bounds = ["" if x is None else self.of(x) for x in (key.start, key.stop, key.step)]
        return ":".join(bounds if bounds[2] else bounds[:2])

    def into(self, line: Line) -> str | None:
        """The statement that computes a line into `PLACE`; None if NumPy has no such call."""
        value, f, args, options = line.results[0], line.function, line.args, line.options
        if value.kind is not np.ndarray:
            return None
        if f is np.full or passes.is_copy(line) or (f is np.ndarray.astype and len(args) == 2 and not options):
            return f"{PLACE}[...] = {self.of(args[f is np.full])}"
        if isinstance(f, np.ufunc) and f.nout == 1:
            return self.into_text(line, PLACE)
        if f in REDUCTIONS and options.keys() <= {"axis", "keepdims"} and len(args) <= 2 and type(args[0]) is Operand:
            options = {"axis": args[1] if len(args) > 1 else None} | options
            args, f = args[:1], REDUCTIONS[f].reduce
        if isinstance(getattr(f, "__self__", None), np.ufunc) and f.__name__ == "reduce" and value.shape != ():
            return f"{self.function(f)}({self.listed(map(self.of, args), options)}, out={PLACE})"
        if f in (np.ndarray.dot, np.dot) and not options:
            both = all(type(x) is Operand and x.kind is np.ndarray and x.dtype == value.dtype for x in args)
            if both and value.is_in_order():
                return f"{self.of(args[0])}.dot({self.of(args[1])}, {PLACE})"
        if f in (np.zeros, np.ones):
            return f"{PLACE}.fill({0 if f is np.zeros else 1})"
        return "" if f is np.empty else None

    def into_text(self, line: Line, place: str) -> str:
        """A ufunc that writes into `place`."""
        options = {k: v for k, v in line.options.items() if k != "out"}
        keyword = "out=" if options or line.function in KEYWORD else ""
        return f"{self.function(line.function)}({self.listed(self.operands(line), options)}, {keyword}{place})"

    def operands(self, line: Line) -> list[str]:
        """The arguments of a ufunc, numbers as 0-d arrays of the dtype that NumPy would give them: twice as fast."""
        f, args = line.function, line.args
        of_arrays = any(type(x) is Operand and x.kind is np.ndarray for x in args) and not line.options.keys() - {"out"}
        dtypes = dtypes_of(f, args)[: len(args)] if of_arrays else [None] * len(args)
        made = line.results[0].dtype
        return [self.of(x) if t is None or t != made else self.number(x, t) for x, t in zip(args, dtypes, strict=True)]

    def number(self, x: Any, dtype: np.dtype[Any]) -> str:
        """A Python number, or a constant, as a 0-d array; anything else as it is."""
        is_value = type(x) is Operand
        number = x.kind in (int, float) if is_value else type(x) in (int, float) or isinstance(x, np.generic)
        if not number or dtype.char not in "efd" or not (is_value or (math.isfinite(x) and float(x) == x)):
            return self.of(x)
        code = "" if dtype == np.float64 else f", {self.of(dtype)}"
        if not is_value:
            return self.kept(f"np.array({float(x)!r}{code})", "k")
        place = self.new("n")
        self.setup.append(f"{place} = np.empty((){code})")
        (self.setup if self.of(x) in self.static else self.body).append(f"{place}[()] = {self.of(x)}")
        return place


PLACE = "\0"
KEYWORD = {np.maximum, np.minimum, np.fmax, np.fmin}  # whose positional `out` is deprecated
RESERVED = {  # of what programs are written
    "abs", "all", "any", "bool", "build", "complex", "divmod", "enumerate", "float", "int", "len", "max", "min", "np", "pow",
    "range", "round", "slice", "sum", "zip",
}  # fmt: skip


def numpy_name(x: Any) -> str:
    """The name of a function or type of NumPy's, as "np.linalg.norm"; "" for other objects."""
    name = full_name(x) if hasattr(x, "__name__") else ""
    with contextlib.suppress(AttributeError):
        if name.startswith("np.") and operator.attrgetter(name.removeprefix("np."))(np) is x:
            return name
    return ""


def shape_comment(value: Operand) -> str:
    """The shape, for a comment."""
    return str(value.shape) if value.kind is np.ndarray else value.kind.__name__


def empty_c(shape: tuple[int, ...], dtype: Any) -> str:
    """The text that makes an array of this shape and dtype in C order."""
    return f"np.empty({shape})" if dtype == np.float64 else f"np.empty({shape}, '{dtype.str}')"


def empty(value: Operand | None) -> str | None:
    """The text that makes an array of this layout; None where memory has gaps or runs backwards."""
    if value is None or value.kind is not np.ndarray or value.dtype.isbuiltin != 1 or value.dtype.hasobject or 0 in value.shape:
        return None
    if value.is_in_order():
        return empty_c(value.shape, value.dtype)
    order = sorted(range(len(value.shape)), key=lambda i: (value.shape[i] == 1, -value.strides[i], i))
    turned = value.again()
    turned.shape, turned.strides = (tuple(part[i] for i in order) for part in (value.shape, value.strides))
    back = tuple(order.index(i) for i in range(len(order)))
    return f"{empty_c(turned.shape, value.dtype)}.transpose({back})" if turned.is_in_order() else None

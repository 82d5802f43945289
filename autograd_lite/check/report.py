"""The result of a gradient check: fields for programs, a text and a page of HTML for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..notebook import escaped
from ..numerical import exponent
from ..numerical.point import Array
from ..numerical.record import Record, same_fields

__all__ = ["Entry", "GradientCheck", "GradientError"]

MARKS = {"passes": ".", "below resolution": ".", "kink": "k", "fails": "X"}  # others: ?
CONDEMNING = ("fails", "kink, not a subgradient", "discontinuous", "undefined", "non-deterministic", "argument mutated")
SHOWN = 5
WIDE, HIGH = 64, 16


class GradientError(AssertionError):
    """A gradient did not pass. The text is the report; `result` has the fields.

    >>> import numpy as np, autograd_lite as ag
    >>> try:
    ...     ag.check_gradients(np.sin, 0.5, gradient=lambda x, v: v * np.sin(x))
    ... except ag.GradientError as error:
    ...     error.result.ok
    False
    """

    def __init__(self, result: GradientCheck) -> None:
        super().__init__(str(result))
        self.result = result


class Entry(Record):
    """One derivative that was compared."""

    argument: str
    index: tuple[int, ...]
    """The place in the argument; () for a number."""
    output: str
    """The result: its name and place, or a description of the sum of results."""
    x: float
    """The argument there; nan for a direction, which moves all of them."""
    analytic: float
    """The derivative under test."""
    numerical: float
    """The measured derivative."""
    error: float
    """The half-width of the interval around `numerical` that contains the derivative."""
    step: float
    """The step to either side by which the argument was moved."""
    verdict: str
    """One of those that `check_gradients` lists."""
    ok: bool
    """True if this verdict lets the gradient pass."""
    left: float
    """At a kink the derivatives to the left and to the right, else nan."""
    right: float
    eps: float
    """The relative spacing of numbers of the argument's dtype."""

    @property
    def relative(self) -> float:
        """The difference, relative to the larger of both."""
        size = max(abs(self.analytic), abs(self.numerical))
        return abs(self.analytic - self.numerical) / size if size else 0.0

    @property
    def ulp(self) -> float:
        """The difference in units in the last place of the numerical derivative."""
        size = abs(self.numerical)
        if not math.isfinite(size):
            return math.nan
        unit = self.eps * 2.0 ** math.floor(math.log2(size)) if size > 0 else 0.0
        return abs(self.analytic - self.numerical) / max(unit, float(np.finfo(float).smallest_subnormal))

    def __str__(self) -> str:
        place = f"{self.argument}[{', '.join(map(str, self.index))}]" if self.index else self.argument
        output = f"({self.output})" if " " in self.output else self.output
        along = self.argument.startswith("random direction")
        text = f"d {output} along {place}: " if along else f"d {output} / d {place} at {self.x:.6g}: "
        if self.verdict.startswith("kink"):
            valid = "a valid subgradient" if self.ok else "not between them"
            return (
                text
                + f"analytic {self.analytic:.9g}; a kink, {self.left:.6g} to the left and {self.right:.6g} to the right: {valid}"
            )
        if not math.isfinite(self.numerical):
            return text + f"analytic {self.analytic:.9g}; {self.verdict}"
        digits = max(6, min(17, 2 - exponent(self.error) + exponent(self.numerical))) if self.error > 0 else 9
        text += f"analytic {self.analytic:.{digits}g}, numerical {self.numerical:.{digits}g} +/- {self.error:.1g}; {self.verdict}"
        if math.isfinite(self.analytic):
            text += f", off by {self.relative:.2g} relative" + (f", {self.ulp:.3g} ulp" if self.numerical else "")
        return text + f"; step {self.step:.1g}"


class Drawing(Record):
    """One argument as text, with its verdicts: a character for each entry, or for each block of entries."""

    argument: str
    shape: tuple[int, ...]
    lines: list[str]
    block: tuple[int, int]


class GradientCheck:
    """The result of `check_gradients`. Printed, it is the report. Two are equal if all of their fields are.

    >>> import numpy as np, autograd_lite as ag
    >>> found = ag.check_gradients(np.sin, 0.5)
    >>> found.ok, found.compared
    (True, 1)
    """

    function: str
    """The name of the function."""
    ok: bool
    """True for correct gradients, valid subgradients at kinks, and entries below resolution that agree. False does not
    always mean wrong: where the function does not show its derivative, the report says "not decided"."""
    compared: int
    """The number of derivatives that were compared."""
    verdicts: dict[str, int]
    """The number of derivatives for each verdict."""
    entries: list[Entry]
    """The derivatives that are not ok, the worst first (at most 1000); then those at kinks."""
    problems: list[str]
    """Broken contracts: shape, dtype, purity, linearity, symmetry."""
    diagnosis: list[str]
    """Known mistakes that fit the numbers."""
    drawings: list[Drawing]
    """A drawing of the wrong entries for each argument that has some."""
    method: str
    """The method of comparison: the full Jacobian, or random directions and single entries."""
    missed: str
    """The errors that may have been missed, and the chance of that."""
    sharpness: float
    """The median error bar, relative to the derivative."""
    evaluations: int
    """The number of calls of the function."""
    seconds: float
    """The duration of the check."""
    seed: Any
    """`rng` as it was given. The same seed repeats the same check."""

    def __init__(self, function: str, seed: Any = 0) -> None:
        self.function, self.seed = function, seed
        self.ok = True
        self.compared, self.evaluations = 0, 0
        self.verdicts, self.entries, self.problems, self.diagnosis, self.drawings = {}, [], [], [], []
        self.method, self.missed = "", ""
        self.sharpness, self.seconds = math.nan, 0.0

    @property
    def undecided(self) -> bool:
        """True if nothing is wrong, but something is inconclusive: the values of the function do not show its derivative."""
        return not self.ok and not self.problems and not any(v in CONDEMNING for v in self.verdicts)

    @property
    def worst(self) -> Entry | None:
        """The most wrong entry; None if no entry is wrong."""
        return self.entries[0] if self.entries and not self.entries[0].ok else None

    def __bool__(self) -> bool:
        return self.ok

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]  # its fields change

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return str(self)

    def headline(self) -> str:
        """The verdict in a line."""
        counts = ", ".join(f"{n} {verdict}" for verdict, n in self.verdicts.items())
        verdict = "correct" if self.ok else "not decided" if self.undecided else "NOT correct"
        number = "1 entry" if self.compared == 1 else f"{self.compared} entries"
        return f"gradients of {self.function}: {verdict}. {number} compared{': ' if counts else ''}{counts}."

    def lines(self) -> list[str]:
        """The report, line by line."""
        wrong = [e for e in self.entries if not e.ok]
        shown = wrong[:SHOWN] if wrong else self.entries[:SHOWN]
        text = [self.headline()]
        text += [f"  broken: {problem}" for problem in self.problems]
        text += [f"  {'worst' if not (i or e.ok) else 'next' if not e.ok else 'note'}: {e}" for i, e in enumerate(shown)]
        if len(wrong) > SHOWN:
            text.append(f"  and {sum(n for v, n in self.verdicts.items() if v not in MARKS or v == 'fails') - SHOWN} more.")
        for drawing in self.drawings:
            each = "" if drawing.block == (1, 1) else f", each character {drawing.block[0]} x {drawing.block[1]} entries"
            text.append(f"  {drawing.argument} {list(drawing.shape)}{each} ({legend(drawing)}):")
            text += [f"    {line}" for line in drawing.lines]
        text += [f"  likely: {sentence}" for sentence in self.diagnosis]
        how = f"  how: {self.method or 'no derivatives'}, {self.evaluations} evaluations, {self.seconds:.2g} s, seed {self.seed}"
        text.append(how + (f"; error bars of {self.sharpness:.1g} relative (median)." if math.isfinite(self.sharpness) else "."))
        if self.missed:
            text.append(f"  missed: {self.missed}")
        return text

    def _repr_html_(self) -> str:
        """For notebooks: a headline in colour, a table of the entries, the drawings, the diagnosis."""
        colour = "#1f8a4c" if self.ok else "#d1403f"  # of a middle brightness: they are read on white and on black
        parts = [f'<p style="color:{colour}"><b>{escaped(self.headline())}</b></p>']
        parts += [f"<p>{escaped(f'{title}: {s}')}</p>" for title, all_ in self.sections() for s in all_]
        if self.entries:
            names = ("argument", "index", "output", "x", "analytic", "numerical", "error", "verdict", "relative", "ulp", "step")
            rows = [
                [e.argument, list(e.index), e.output, f"{e.x:.6g}", f"{e.analytic:.9g}", f"{e.numerical:.9g}", f"{e.error:.1g}"]
                + [e.verdict, f"{e.relative:.2g}", f"{e.ulp:.3g}", f"{e.step:.1g}"]
                for e in self.entries[: 2 * SHOWN]
            ]
            head = "".join(f"<th>{name}</th>" for name in names)
            body = "".join("<tr>" + "".join(f"<td>{escaped(str(c))}</td>" for c in row) + "</tr>" for row in rows)
            parts.append(f"<table><tr>{head}</tr>{body}</table>")
        for drawing in self.drawings:
            inside = escaped("\n".join(drawing.lines)).replace("X", f'<b style="color:{colour}">X</b>')
            parts.append(f"<p>{escaped(drawing.argument)} {list(drawing.shape)} ({legend(drawing)})</p><pre>{inside}</pre>")
        parts.append(f"<p><small>{escaped(self.lines()[-1 if not self.missed else -2].strip())}</small></p>")
        if self.missed:
            parts.append(f"<p><small>missed: {escaped(self.missed)}</small></p>")
        return "".join(parts)

    def sections(self) -> list[tuple[str, Sequence[str]]]:
        """The titles and sentences of the page's paragraphs."""
        return [("broken", self.problems), ("likely", self.diagnosis)]


def draw_marks(argument: str, marks: Array) -> Drawing:
    """A drawing with one character for each entry of `marks`; if they are many, for each block, with its worst mark."""
    shape = marks.shape
    flat = marks.reshape(-1, shape[-1]) if marks.ndim > 1 else marks.reshape(1, -1)
    if len(flat) == 1 and flat.size > WIDE:  # a long vector goes on in the next line
        rows = min(HIGH, -(-flat.size // WIDE))
        across = -(-flat.size // (rows * WIDE))
        block, padded = (1, across), -(-flat.size // across)
        cells = np.full(padded * across, " ")
        cells[: flat.size] = flat[0]
        line = "".join(worst_of(cells[i * across : (i + 1) * across]) for i in range(padded))
        return Drawing(argument, shape, [line[i : i + WIDE] for i in range(0, len(line), WIDE)], block)
    down, across = max(1, -(-len(flat) // HIGH)), max(1, -(-flat.shape[1] // WIDE))
    lines = [
        "".join(worst_of(flat[i : i + down, j : j + across].ravel()) for j in range(0, flat.shape[1], across))
        for i in range(0, len(flat), down)
    ]
    return Drawing(argument, shape, lines, (down, across))


def legend(drawing: Drawing) -> str:
    """The meaning of the marks that are in a drawing."""
    seen = set("".join(drawing.lines))
    meaning = {".": ". right", "X": "X wrong", "k": "k kink", "?": "? unknown", " ": "blank not looked at"}
    return ", ".join(text for mark, text in meaning.items() if mark in seen)


def worst_of(marks: Array) -> str:
    """The worst mark of a block."""
    return next((mark for mark in "X?k." if mark in marks), " ")

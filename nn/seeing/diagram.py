"""A diagram: the neurons of a small network, weights and biases as width, colour and labels, and what each neuron computes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from ..layers.linear import Linear
from ..module import Module
from .marks import Mark, plotted, svg
from .network import Column, columns

__all__ = ["Diagram", "diagram"]

Array = NDArray[Any]
Point = tuple[float, float]
Frame = tuple[float, float, float, float]  # left, top, width, height

RADIUS, DOWN, MARGIN = 27.0, 92.0, 24.0
ROWS = 240  # samples that are looked at
LABELS = 16  # edges between two columns, more of which have no labels
PLOT = 300.0, 220.0  # of a curve; those of terms are smaller


class Diagram:
    """The picture of a network: `svg` is its text. A notebook shows it."""

    def __init__(self, found: list[Column], data: tuple[Array, Array] | None, names: tuple[list[str], list[str]]) -> None:
        self._columns, self._data, self._names = found, data, names
        self.title = "-".join(str(column.values.shape[1]) for column in found)

    @cached_property
    def _drawn(self) -> tuple[list[Mark], float, float]:
        """The marks, the width and the height."""
        return drawing(self._columns, self._data, self._names)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, complete in itself, light or dark as the reader's system is."""
        return svg(*self._drawn, f"A network of {self.title} neurons")

    def save(self, path: str | os.PathLike[str], dark: bool = False) -> None:
        """Write it into a file that ends in .svg, or in .png, light or dark.

        Raises
        ------
        ValueError
            The name ends in something else.
        ImportError
            A .png needs matplotlib, which is not installed.
        """
        ending = Path(path).suffix
        if ending == ".svg":
            Path(path).write_text(self.svg + "\n", encoding="utf-8")
        elif ending == ".png":
            plotted(*self._drawn, dark).savefig(path, dpi=192)
        else:
            raise ValueError(f"diagram: {os.fspath(path)!r} ends in {ending or 'nothing'!r}; write a name in .svg or .png.")

    def _repr_html_(self) -> str:
        return f'<div style="overflow: auto">{self.svg}</div>'

    def __repr__(self) -> str:
        return f"<the diagram of a {self.title} network: its .svg; .save('network.svg') or .save('network.png') writes it>"


def diagram(
    model: Any,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    most: int = 8,
) -> Diagram:
    """Draw a small network: its neurons, the weights between them, and what each neuron computes.

    Weights are lines, biases the rims of neurons: as wide as they are large beside the others of their layer, blue above 0,
    orange below. In each neuron stands its curve: what it hands on over the input if there is one input; else over the sum that
    its function is given. With one input and one output the sum of the last layer is drawn term by term.

    Parameters
    ----------
    model
        A module or a function of arrays whose first axis are samples: a chain of weighted sums (`Linear`, `x @ w + b`) and
        functions (any activation, softmax, normalisation). It is called once, in `eval` mode, and left as it was.
    x
        Samples to draw the curves of: at most 240 rows are used, of one input their range. By default from -2 to 2, or, for
        several inputs, normal with a deviation of 2.
    y
        Targets of x, drawn as dots beside the output; for one input and one output.
    path
        A file to write: .svg, or .png with matplotlib (`autograd-lite[plot]`).
    inputs, outputs
        Their names; by default x, or x1 to xn, and y, or y1 to yn.
    most
        The number of neurons from which on a layer is drawn by its first and last ones.

    Returns
    -------
    Diagram
        It has the text `svg` and a method `save(path, dark=False)`, and shows itself in a notebook.

    Raises
    ------
    ValueError
        The network is no such chain, as one of convolutions or with shortcuts; or shapes or names do not fit.
    TypeError
        x is not of floating-point numbers.
    ImportError
        A .png needs matplotlib, which is not installed.

    Examples
    --------
    >>> import nn
    >>> model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=0))
    >>> picture = nn.diagram(model)
    >>> picture
    <the diagram of a 1-4-1 network: its .svg; .save('network.svg') or .save('network.png') writes it>
    >>> picture.svg.count("<circle class="), f'data-weight="{model[2].weight.data[0, 1].item()!r}"' in picture.svg
    (6, True)
    """
    if most < 3:
        raise ValueError(f"diagram: most={most} leaves nothing to see; it is at least 3.")
    rows = samples(model, x)
    targets = None
    if y is not None:
        targets = np.asarray(y.data if isinstance(y, ag.Tensor) else y)
        if x is None or targets.shape[:1] != rows.shape[:1] or targets.size != len(rows) or rows[0].size != 1:
            raise ValueError(
                f"diagram: y has shape {targets.shape} and x {'was not given' if x is None else f'shape {rows.shape}'}; "
                "targets are drawn for one input and one output: a number for each row of x."
            )
    few = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), ROWS)).astype(int))
    if rows[0].size == 1:
        shown = np.linspace(rows.min(), rows.max(), ROWS, dtype=rows.dtype).reshape(-1, *rows.shape[1:])
    else:
        shown = rows[few]
    found = columns(model, shown, most)
    names = (
        default_names("x", found[0].values.shape[1], inputs, "inputs"),
        default_names("y", found[-1].values.shape[1], outputs, "outputs"),
    )
    if targets is not None and found[-1].values.shape[1] != 1:
        raise ValueError(f"diagram: the model has {found[-1].values.shape[1]} outputs; targets are drawn for one.")
    made = Diagram(found, None if targets is None else (rows.reshape(-1)[few], targets.reshape(-1)[few]), names)
    if path is not None:
        made.save(path)
    return made


def samples(model: Any, x: Any) -> Array:
    """The samples as an array with rows, or some made for the first weights of the model."""
    if x is not None:
        rows = np.asarray(x.data if isinstance(x, ag.Tensor) else x)
        if rows.dtype.kind != "f":
            raise TypeError(f"diagram: x has dtype {rows.dtype}; floating-point numbers are needed, as x.astype(float) are.")
        if rows.ndim < 2 or not len(rows):
            raise ValueError(f"diagram: x has shape {rows.shape}; it needs a row for each sample, as x.reshape(-1, 1) has.")
        return rows
    first = next((m.weight for m in model.modules() if isinstance(m, Linear)), None) if isinstance(model, Module) else None
    if first is None:
        raise ValueError("diagram: the size of the input cannot be told. Give some rows of it: nn.diagram(model, x).")
    count = first.shape[1]
    made = np.linspace(-2, 2, 121)[:, None] if count == 1 else np.random.default_rng(0).normal(0, 2, (200, count))
    return made.astype(first.dtype)


def default_names(letter: str, count: int, given: Sequence[str] | None, option: str) -> list[str]:
    """The names of the inputs or outputs."""
    if given is None:
        return [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
    if isinstance(given, str) or len(given) != count:
        raise ValueError(f"diagram: {option}={given!r}; write a list of {count} {'name' if count == 1 else 'names'}.")
    return list(given)


# -- the drawing ------------------------------------------------------------------------------------------------------


def drawing(
    found: list[Column], data: tuple[Array, Array] | None, names: tuple[list[str], list[str]]
) -> tuple[list[Mark], float, float]:
    """All marks, the width and the height of the picture."""
    x = found[0].values[:, 0] if found[0].values.shape[1] == 1 else None
    slots = [len(column.drawn) + (len(column.drawn) < column.values.shape[1]) for column in found]
    tall = max(slots) * DOWN
    top, bottom = MARGIN + 18, MARGIN + 18 + tall + 18
    plots: list[Mark] = []
    wide, deep = 0.0, bottom
    if x is not None and found[-1].values.shape[1] == 1:
        plots, wide, deep = term_by_term(found, x, data, bottom + 24, names)
    left = MARGIN + RADIUS + 8 + max(7.5 * len(names[0][j]) for j in found[0].drawn)
    right = RADIUS + 8 + max(7.5 * len(names[1][j]) for j in found[-1].drawn) + MARGIN
    gap = max(160.0, 0.3 * tall, *(78 + 50 * labels_beside(found[k], len(found[k - 1].drawn)) for k in range(1, len(found))))
    gap = max(gap, min((wide - left - right) / max(len(found) - 1, 1), 2.4 * gap))
    places = []
    for k, column in enumerate(found):
        start = top + (tall - slots[k] * DOWN) / 2 + DOWN / 2
        half = (len(column.drawn) + 1) // 2 if slots[k] > len(column.drawn) else slots[k]  # a place is left for the others
        places.append([(left + k * gap, start + DOWN * (i + (i >= half))) for i in range(len(column.drawn))])
    edges: list[Mark] = []
    discs: list[Mark] = []
    for k, column in enumerate(found):
        if k:
            edges += between(found[k - 1], column, places[k - 1], places[k])
        discs += neurons(column, places[k], x, numbered=0 < k < len(found) - 1)
    marks = [*edges, *discs, *captions(found, places, names), *plots]
    return marks, max(left + (len(found) - 1) * gap + right, wide), deep + MARGIN


def labels_beside(column: Column, sources: int) -> int:
    """The number of labels that stand beside each other between a column and the one before; 0 for none."""
    if column.weights is None or len(column.drawn) * sources > LABELS:
        return 0
    return 1 if min(sources, len(column.drawn)) == 1 else sources


def signed(value: float) -> str:
    """The colour of a number."""
    return "plus" if value >= 0 else "minus"


def number(value: float) -> str:
    """A number in three digits, a whole one in all.

    >>> number(0.12345), number(1234.5), number(1234.0)
    ('0.123', '1.23e+03', '1234')
    """
    whole = value == int(value) and abs(value) < 1e6 if np.isfinite(value) else False
    return (f"{value:.0f}" if whole else f"{value:.3g}").replace("-", "−")  # noqa: RUF001


def label(x: float, y: float, text: str, colour: str, size: float = 11, anchor: str = "middle") -> list[Mark]:
    """Words on paper, so that lines below do not cross them."""
    half, up = 0.31 * size * len(text) + 3, 0.7 * size
    x_0 = x - half if anchor == "middle" else x - 3
    box = [(x_0, y - up), (x_0 + 2 * half, y - up), (x_0 + 2 * half, y + up), (x_0, y + up)]
    return [Mark("area", box, "paper", opacity=0.85), Mark("text", [(x, y + 0.36 * size)], colour, size, text, anchor=anchor)]


def between(before: Column, column: Column, starts: list[Point], ends: list[Point]) -> list[Mark]:
    """The weights from one column to the next: lines under labels."""
    weights = column.weights[:, before.drawn]  # type: ignore[index]
    largest = np.abs(weights).max() or 1.0
    many = labels_beside(column, len(starts))
    taken: list[Point] = []
    lines, labels = [], []
    for (j, i), w in np.ndenumerate(weights):
        if not w:
            continue
        start, way = np.array(starts[i]), np.array(ends[j]) - starts[i]
        edge = way / np.hypot(*way) * (RADIUS + 1)
        said = f"weight {float(w)!r} of neuron {before.drawn[i] + 1} in neuron {column.drawn[j] + 1}"
        line = [tuple(start + edge), tuple(start + way - edge)]
        lines.append(Mark("line", line, signed(w), 0.7 + 5 * abs(w) / largest, said, opacity=0.8, weight=float(w)))
        if many:
            best = 0.6 if len(starts) == 1 else 0.4 if many == 1 else 0.3 + 0.4 * i / (len(starts) - 1)
            spots = [start + t * way for t in sorted(np.linspace(0.22, 0.78, 15), key=lambda t: abs(t - best))]
            free = (s for s in spots if all(abs(s[0] - x) > 46 or abs(s[1] - y) > 17 for x, y in taken))
            at = next(free, spots[0])
            taken.append((float(at[0]), float(at[1])))
            labels += label(*taken[-1], number(w), signed(w))
    return lines + labels


def neurons(column: Column, places: list[Point], x: Array | None, numbered: bool) -> list[Mark]:
    """The neurons of a column, each with its curve, its bias and, if `numbered`, its number."""
    marks = []
    biases = np.zeros(len(places)) if column.biases is None else column.biases
    largest = np.abs(biases).max() or 1.0
    curves = column.curves if x is None else (x[:, None] + np.zeros_like(column.values), column.values)
    ends = span(curves[1][:, column.drawn]) if curves else (0.0, 1.0)
    for (at_x, at_y), j, b in zip(places, column.drawn, map(float, biases), strict=True):
        size, colour = (1.2 + 4 * abs(b) / largest, signed(b)) if b else (1.2, "faint")
        said = f"bias {b!r} of neuron {j + 1}" if b else f"neuron {j + 1}, without a bias"
        known = None if column.biases is None else b
        marks.append(Mark("disc", [(at_x, at_y)], colour, size, said, radius=RADIUS, fill="node", weight=known))
        if curves:
            by = np.argsort(curves[0][:, j], kind="stable")
            frame, across = (at_x - 17, at_y - 14, 34.0, 28.0), curves[0][by, j]
            if ends[0] < 0 < ends[1]:
                marks.append(Mark("line", scaled(across[[0, -1]], np.zeros(2), ends, frame), "grid"))
            marks.append(Mark("line", scaled(across, curves[1][by, j], ends, frame), "ink", 1.8))
        elif column.weights is not None:
            marks.append(Mark("text", [(at_x, at_y + 7)], "ink", 20, "Σ"))
        if b:
            marks += label(at_x, at_y + RADIUS + 11, number(b), signed(b))
        if numbered:
            marks += label(at_x - RADIUS - 2, at_y - RADIUS + 3, str(j + 1), "faint", 10)
    return marks


def captions(found: list[Column], places: list[list[Point]], names: tuple[list[str], list[str]]) -> list[Mark]:
    """Names of inputs and outputs, the functions above each column, and how many neurons are left out."""
    marks = []
    for at, column, of, side, step in (
        (places[0], found[0], names[0], "end", -RADIUS - 8),
        (places[-1], found[-1], names[1], "start", RADIUS + 8),
    ):
        marks += [Mark("text", [(x + step, y + 5)], "ink", 14, of[j], anchor=side) for (x, y), j in zip(at, column.drawn)]
    for at, column in zip(places, found, strict=True):
        (x, top), others = at[0], column.values.shape[1] - len(column.drawn)
        if others:
            middle = at[(len(at) + 1) // 2 - 1][1] + DOWN
            marks.append(Mark("text", [(x, middle - 6)], "faint", 22, "⋮"))
            marks += label(x, middle + 14, f"{others:,} more", "faint")
        if column.names:
            marks += label(x, top - RADIUS - 14, " → ".join(column.names), "faint", 12)
    return marks


def span(values: Array) -> tuple[float, float]:
    """The smallest and the largest number, apart."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def scaled(x: Array, y: Array, ends: tuple[float, float], frame: Frame, along: tuple[float, float] | None = None) -> list[Point]:
    """The points of a curve in a frame, whose sides are at `ends` and `along`, by default the least and largest x."""
    left, top, width, height = frame
    low, high = along or span(x)
    across, down = left + width * (x - low) / (high - low), top + height * (ends[1] - y) / (ends[1] - ends[0])
    return [(float(a), float(b)) for a, b in zip(across, down, strict=True) if np.isfinite(b)]


# -- the plots below --------------------------------------------------------------------------------------------------


def term_by_term(
    found: list[Column], x: Array, data: tuple[Array, Array] | None, top: float, names: tuple[list[str], list[str]]
) -> tuple[list[Mark], float, float]:
    """The last weighted sum, a plot for each term: the sum so far, and what the term adds; then the output. Width and bottom."""
    last, before = found[-1], found[max(len(found) - 2, 0)]
    result, sums, weights = last.values[:, 0], np.zeros((len(x), 0)), np.zeros(0)
    bias = 0.0 if last.biases is None else float(last.biases[0])
    if last.weights is not None and not last.names and 2 <= before.values.shape[1] == len(before.drawn):
        weights = last.weights[0]
        sums = bias + np.cumsum(np.column_stack([np.zeros(len(x)), weights * before.values]), axis=1)
    ends = span(np.concatenate([result, sums.ravel(), *([] if data is None else [data[1]])]))
    along, scale = span(x), 0.62 if len(weights) else 1.0
    left, width, height = MARGIN + 34, PLOT[0] * scale, PLOT[1] * scale
    marks: list[Mark] = []
    for k, w in enumerate(map(float, weights)):
        frame = left, top, width, height
        so_far, with_it = (scaled(x, sums[:, i], ends, frame, along) for i in (k, k + 1))
        marks += axes_of(frame, ends, along, names, first=k == 0)
        marks += [Mark("area", [*so_far, *with_it[::-1]], signed(w), opacity=0.25), Mark("line", so_far, "faint", 1.2)]
        marks.append(Mark("line", with_it, signed(w), 2))
        times = "" if abs(w) == 1 else f"{number(abs(w))} × "  # noqa: RUF001
        begun = f"{number(bias)} " if k == 0 and bias else ""
        sign = "− " if w < 0 else "+ " if k or bias else ""  # noqa: RUF001
        marks += [Mark("text", [(left + 6, top - 8)], "ink", 12, f"{begun}{sign}{times}neuron {k + 1}", anchor="start")]
        left += width + 26
    frame = left, top, width, height
    marks += axes_of(frame, ends, along, names, first=not len(weights))
    if data is not None:
        marks += [Mark("disc", [at], "paper", 0.5, radius=2.8, fill="data") for at in scaled(*data, ends, frame, along)]
    marks.append(Mark("line", scaled(x, result, ends, frame, along), "ink", 2))
    marks.append(Mark("text", [(left + 6, top - 8)], "ink", 12, "= " * bool(len(weights)) + names[1][0], anchor="start"))
    return marks, left + width + MARGIN, top + height + 26


def axes_of(
    frame: Frame, ends: tuple[float, float], along: tuple[float, float], names: tuple[list[str], list[str]], first: bool
) -> list[Mark]:
    """The sides of a plot with the ends of its axes, those of the upright one at the first plot."""
    left, top, width, height = frame
    bottom, right = top + height, left + width
    words = [
        (number(along[0]), left, bottom + 15, "start"),
        (names[0][0], left + width / 2, bottom + 15, "middle"),
        (number(along[1]), right, bottom + 15, "end"),
    ]
    if first:
        words += [(number(ends[1]), left - 5, top + 9, "end"), (number(ends[0]), left - 5, bottom, "end")]
    sides = Mark("line", [(left, top), (left, bottom), (right, bottom)], "grid", 1.2)
    return [sides, *(Mark("text", [(x, y)], "faint", 11, text, anchor=anchor) for text, x, y, anchor in words)]

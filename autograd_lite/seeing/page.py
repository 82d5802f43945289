"""Page: one HTML file in which one steps forward and back through the forward and the backward pass.

What it does in each step is written in `page.js`; here it is put together with the picture and with what happens.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..functions import conj
from ..graph import Leaf, Value
from ..several import Several
from .drawing import DOWN, STRETCH, STYLE, short, stretched
from .names import argument_name
from .picture import Cell, Picture
from .source import row_source, rule_source
from .stepping import stepped_page
from .tracing import how_fitted, reads_shown
from .walk import Sent
from .words import kind, sentence

__all__ = ["Arrays", "html"]

SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
CONTENT = """\
  <section id="picture" aria-label="Graph" tabindex="0">
<!-- graph -->
  </section>
  <section id="panel" aria-label="What happens">
    <div id="step" aria-label="This step"></div>
    <div id="chosen" aria-label="Chosen value"></div>
  </section>"""
KEYS = """\
Tab walks over the values, Enter opens one.
  <span class="forward">■</span> values, forward; <span class="backward">■</span> gradients, backward."""
NUMBERS = 64  # numbers of an array that are written out; larger ones are drawn as heat maps
AT_ONCE = 2  # stretches of the picture that stand in the page; others are drawn when they come into sight
GRID = 24  # the most rows and columns of a heat map


class Arrays:
    """The arrays of a page, each kept once, by a number."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.places: dict[Any, int] = {}

    def __call__(self, x: Any) -> int | None:
        """The number of an array, or of any other value that a rule reads; None for None."""
        if x is None:
            return None
        if isinstance(x, Value):
            x = x._array
        if isinstance(x, np.generic):
            x = np.asarray(x)
        is_array = isinstance(x, np.ndarray)
        key = (x.dtype.str, x.shape, x.tobytes()) if is_array else sentence(x, NUMBERS)
        if key not in self.places:
            self.places[key] = len(self.entries)
            self.entries.append(entry_of(x) if is_array else {"text": sentence(x, NUMBERS), "short": short_text(x)})
        return self.places[key]


def short_text(x: Any) -> str:
    """A value that is no array, in the width of a cell."""
    return "several" if isinstance(x, Several) else sentence(x, 3)


def entry_of(x: Any) -> dict[str, Any]:
    """An array as the page shows it: its numbers, or means of blocks for a heat map.

    >>> entry_of(np.array([1.0, 2.5]))
    {'text': 'float64[2]', 'short': '[1, 2.5]', 'shape': [2], 'numbers': [1.0, 2.5]}
    >>> sorted(entry_of(np.zeros((100, 50))))
    ['high', 'low', 'map', 'rows', 'shape', 'short', 'text']
    """
    entry: dict[str, Any] = {"text": kind(x), "short": short(x, "?"), "shape": list(x.shape)}
    if x.size <= NUMBERS:
        return entry | {"numbers": [written(number) for number in x.ravel().tolist()]}
    return {**entry, "text": sentence(x)} | heat_map(np.abs(x) if x.dtype.kind == "c" else x.astype(float))


def written(number: Any) -> Any:
    """A number for JSON, which knows neither nan nor complex numbers."""
    if isinstance(number, complex):
        return f"{number:.5g}"
    return number if math.isfinite(number) else str(number)


def heat_map(x: Any) -> dict[str, Any]:
    """The means of blocks in 255 shades, row by row in base64; shade 255 is a block with a number that is not finite."""
    x = x.reshape(-1, x.shape[-1]) if x.ndim > 1 else x.reshape(1, -1)
    if x.shape[0] == 1 and x.shape[1] > GRID:  # a long vector, broken into rows
        x = np.pad(x[0], (0, -x.size % GRID), mode="edge").reshape(-1, GRID)
    for axis in (0, 1):
        starts = np.unique(np.linspace(0, x.shape[axis], min(GRID, x.shape[axis]), endpoint=False).astype(int))
        sizes = np.diff([*starts, x.shape[axis]])
        x = np.add.reduceat(x, starts, axis) / (sizes[:, None] if axis == 0 else sizes)
    finite = np.isfinite(x)
    low, high = (float(f(x[finite])) if finite.any() else 0.0 for f in (np.min, np.max))
    shades = np.where(finite, np.rint(254 * (np.where(finite, x, low) - low) / ((high - low) or 1.0)), 255).astype(np.uint8)
    return {"map": base64.b64encode(shades.tobytes()).decode(), "rows": x.shape[0], "low": low, "high": high}


def html(picture: Picture, title: str) -> str:
    """The page of a picture."""
    arrays = Arrays()
    last = len(picture.cells) - 1
    backward = [i for i in range(last, -1, -1) if picture.cells[i].kind != "leaf"]
    forward = [i for i, cell in enumerate(picture.cells) if cell.kind != "leaf"]
    head, stretches, stretch_of = stretched(picture, page=True)
    at_once = stretches[:AT_ONCE]
    data = {
        "cells": [cell_data(i, picture, arrays) | {"stretch": stretch_of[i]} for i in range(last + 1)],
        "forward": forward,
        "backward": [backward_data(picture, i, arrays) for i in backward],
        "arrays": arrays.entries,
        "stretches": [None] * len(at_once) + stretches[AT_ONCE:],
        "height": STRETCH * DOWN,
    }
    groups = [f'<g class="stretch">{text}</g>' for text in at_once] + ['<g class="stretch"></g>'] * (
        len(stretches) - len(at_once)
    )
    graph = "\n".join([head, *groups, "</svg>"])
    return stepped_page(title, CONTENT.replace("<!-- graph -->", graph), data, SCRIPT, STYLE, KEYS)


def cell_data(i: int, picture: Picture, arrays: Arrays) -> dict[str, Any]:
    """The words of the page for a cell."""
    cell = picture.cells[i]
    return {
        "kind": cell.kind,
        "title": cell.title,
        "name": cell.name,
        "type": "" if cell.kind == "fold" else kind(cell.node),
        "value": arrays(cell.value),
        "gradient": arrays(cell.gradient),
        "made_of": made_of(i, picture),
    }


def made_of(i: int, picture: Picture) -> list[list[Any]]:
    """The arguments that a call was given: name and cell; constants that some rule reads: name and words."""
    cell = picture.cells[i]
    if cell.kind != "call":
        return []
    node = cell.node
    found = {argument_name(argument): [picture.place[parent]] for parent, _, _, argument in node.edges or ()}
    constants = {
        name: [sentence(value)]
        for edge in node.edges or ()
        for name, value in reads_shown(node, edge)
        if name != "y" and not name.endswith("_shape") and name not in found and f"{name}[0]" not in found
    }
    return [[name, *what] for name, what in (found | constants).items()]


def backward_data(picture: Picture, i: int, arrays: Arrays) -> dict[str, Any]:
    """The words of the page for a step back: the rule, and what is sent where."""
    cell = picture.cells[i]
    sent = [s for step in cell.steps for s in step.sent if picture.place.get(s.edge[0], i) != i]
    row = row_source(cell.node.primitive) if cell.kind == "call" else None
    return {
        "cell": i,
        "rule": row.text if row else "",
        "place": row.place if row else "",
        "sent": [sent_data(picture, cell, s, arrays, row is None) for s in sent],
    }


def sent_data(picture: Picture, cell: Cell, sent: Sent, arrays: Arrays, alone: bool) -> dict[str, Any]:
    """One contribution: by which rule, of what, how much, and what it adds up to."""
    parent, rule, _, argument = sent.edge
    shown: Callable[[Any], Any] = conj if parent.__class__ is Leaf else lambda x: x  # as `.grad` has it
    data = {"to": picture.place[parent], "sent": arrays(shown(sent.contribution)), "total": arrays(shown(sent.total))}
    data["part"] = sent.part
    if cell.kind == "fold":
        return data
    source = rule_source(rule)
    return data | {
        "argument": argument_name(argument),
        "body": source.body,
        "line": source.line if alone else "",
        "place": source.place,
        "reads": [[name, arrays(value)] for name, value in reads_shown(cell.node, sent.edge)],
        "fitted": how_fitted(cell.steps[0].gradient, sent),
    }

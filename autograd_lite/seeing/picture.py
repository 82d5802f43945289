"""Picture: what a drawing of a graph shows, cell by cell, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..functions import conj
from ..graph import Leaf, Node
from .names import call_name
from .walk import Step, known_values
from .watching import note_of

__all__ = ["Cell", "Line", "Picture", "picture"]


@dataclass
class Cell:
    """A value of the graph: a leaf, the result of a call, or many calls folded into one."""

    kind: str
    """`leaf`, `call` or `fold`."""
    title: str
    """The call; the name of a leaf."""
    name: str
    """The name that the user gave the value; "" if none is known."""
    value: Any = None
    """Its array; None where it was not kept."""
    gradient: Any = None
    steps: list[Step] = field(default_factory=list)
    """Its step of the backward pass; those of all calls that are folded into it, last made first."""

    @property
    def node(self) -> Node:
        """Its node; of folded calls that of the last."""
        return self.steps[0].node


@dataclass
class Line:
    """The edges from one cell to another: how many, and the shape of what goes along."""

    start: int
    end: int
    label: str
    count: int = 1


@dataclass
class Picture:
    """Cells in an order in which each comes after those it was made from, and the lines between them."""

    cells: list[Cell]
    lines: list[Line]
    place: dict[Node, int]
    """The cell of each node."""


def picture(loss: Any, walked: list[Step], named: Mapping[Node, str], most: int) -> Picture:
    """The cells of a graph whose backward pass was walked; calls in the middle are folded where there are more than `most`."""
    calls = [step for step in reversed(walked) if step.node.__class__ is not Leaf]
    first, last = most // 2, most - most // 2
    groups = [[step] for step in calls]
    if len(calls) > most:
        groups = [*groups[:first], calls[first : len(calls) - last][::-1], *groups[len(calls) - last :]]
    leaves = {step.node: step for step in walked if step.node.__class__ is Leaf}
    values = known_values([step.node for step in walked])
    values |= {step.node: note.value for step in calls if (note := note_of(step.node)) and note.value is not None}
    values[loss.node] = np.array(loss._array)
    cells: list[Cell] = []
    place: dict[Node, int] = {}
    for group in groups:
        if len(group) == 1:
            new = [leaves.pop(edge[0]) for edge in group[0].node.edges if edge[0] in leaves and edge[0] not in place]
        else:  # a leaf that folded calls alone use is folded too
            inside = {step.node for step in group}
            later = {edge[0] for other in groups if other is not group for step in other for edge in step.node.edges}
            used = dict.fromkeys(edge[0] for step in group for edge in step.node.edges if edge[0] in leaves)
            new = [leaves.pop(node) for node in used if node in later and node not in inside]
        for step in new:
            place[step.node] = len(cells)
            cells.append(cell_of([step], named, values))
        place |= {step.node: len(cells) for step in group}
        cells.append(cell_of(group, named, values))
    if not calls:  # the loss is a leaf
        cells, place = [cell_of(walked, named, values)], {loss.node: 0}
    return Picture(cells, lines_between(cells, place), place)


def cell_of(group: list[Step], named: Mapping[Node, str], values: Mapping[Node, Any]) -> Cell:
    """The cell of one step, or of several that are folded."""
    if len(group) > 1:
        return Cell("fold", f"{len(group):,} calls folded", "", steps=group)
    (step,) = group
    node = step.node
    name = named.get(node, "")
    kind, title = ("leaf", name or "leaf") if node.__class__ is Leaf else ("call", call_name(node))
    gradient = conj(step.gradient) if isinstance(step.gradient, np.ndarray) else step.gradient
    return Cell(kind, title, name, values.get(node), gradient, group)


def lines_between(cells: Iterable[Cell], place: Mapping[Node, int]) -> list[Line]:
    """The lines from the arguments of each cell to it."""
    found: dict[tuple[int, int], Line] = {}
    for i, cell in enumerate(cells):
        for step in cell.steps:
            for parent, _, _, _ in step.node.edges or ():
                start = place.get(parent)
                if start is None or start == i:
                    continue
                if (start, i) in found:
                    found[start, i].count += 1
                else:
                    found[start, i] = Line(start, i, "several" if parent.shape is None else str(parent.shape))
    return list(found.values())

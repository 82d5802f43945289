"""Drawing: a picture as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from .layout import Spot, layout
from .picture import Cell, Line, Picture
from .words import kind, range_of, sentence

__all__ = ["STYLE", "short", "stretched", "svg"]

STYLE = Path(__file__).with_name("graph.css").read_text(encoding="utf-8")
WIDTH, HEIGHT = 172, 60  # of a cell
ACROSS, DOWN = 192, 104  # from one to the next
STRETCH = 30  # layers that the page draws together, when they come into sight
MARGIN = 16


def svg(picture: Picture) -> str:
    """The picture as SVG, complete in itself, light or dark as the reader's system is."""
    head, stretches, _ = stretched(picture, page=False)
    return "\n".join([head, f"<style>{STYLE}</style>", '<rect class="paper" width="100%" height="100%"/>', *stretches, "</svg>"])


def stretched(picture: Picture, page: bool) -> tuple[str, list[str], list[int]]:
    """The first tag of a picture, the rest in stretches of some layers, and the stretch of each cell. Keys reach a page's."""
    places = layout(len(picture.cells), [(line.start, line.end) for line in picture.lines])
    xs = [spot.x * ACROSS for spot in places.spots]
    left, right = min(xs) - WIDTH / 2 - MARGIN, max(xs) + WIDTH / 2 + MARGIN
    width, height = right - left, (len(places.layers) - 1) * DOWN + HEIGHT + 2 * MARGIN
    points = [(spot.x * ACROSS - left, spot.layer * DOWN + MARGIN) for spot in places.spots]
    last = picture.cells[-1]
    said = f"The graph of {last.name or last.title}: {len(picture.cells)} values, {len(picture.lines)} edges"
    role = 'role="group"' if page else 'role="img"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" class="graph" {role} aria-label="{escape(said)}">'
    )
    uses = [0] * len(picture.cells)
    for line in picture.lines:
        uses[line.start] += line.count
    count = (len(places.layers) - 1) // STRETCH + 1
    edges: list[list[str]] = [[] for _ in range(count)]  # they lie under cells, and these under labels
    cells: list[list[str]] = [[] for _ in range(count)]
    labels: list[list[str]] = [[] for _ in range(count)]
    for line, path in zip(picture.lines, places.paths, strict=True):
        k = places.spots[path[0]].layer // STRETCH
        edges[k].append(drawn_line(line, [points[i] for i in path]))
        labels[k].append(drawn_label(line, points[path[-2]], points[path[-1]]))
    for spot, (x, y) in zip(places.spots, points, strict=True):
        if spot.cell is not None:
            cells[spot.layer // STRETCH].append(drawn_cell(picture.cells[spot.cell], spot, x, y, uses[spot.cell], page))
    stretches = ["\n".join(part for parts in drawn for part in parts) for drawn in zip(edges, cells, labels, strict=True)]
    return head, stretches, [spot.layer // STRETCH for spot in places.spots[: len(picture.cells)]]


def drawn_line(line: Line, points: Sequence[tuple[float, float]]) -> str:
    """A line from the lower side of a cell to the upper side of another, through its bends."""
    (x, y), *rest = points
    y += HEIGHT
    way = f"M{x:.1f} {y:.1f}"
    for k, (to_x, to_y) in enumerate(rest):
        half = (to_y - y) / 2
        way += f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
        if k < len(rest) - 1:  # straight through the height of the layer
            y += HEIGHT
            way += f"V{y:.1f}"
    many = " many" if line.count > 1 else ""
    return f'<path class="edge{many}" data-from="{line.start}" data-to="{line.end}" d="{way}"/>'


def drawn_label(line: Line, start: tuple[float, float], end: tuple[float, float]) -> str:
    """The shape of what goes along a line, and how often, in the middle of its last piece."""
    (x, y), (to_x, to_y) = start, end
    many = f" ×{line.count}" if line.count > 1 else ""  # noqa: RUF001
    middle, down = (x + to_x) / 2, (y + HEIGHT + to_y) / 2
    text, half = line.label + many, 3.2 * len(line.label + many) + 3
    under = f'<rect class="paper" x="{middle - half:.1f}" y="{down - 8:.1f}" width="{2 * half:.1f}" height="16" rx="4"/>'
    return f'{under}<text class="shape" x="{middle:.1f}" y="{down + 4:.1f}">{escape(text)}</text>'


def drawn_cell(cell: Cell, spot: Spot, x: float, y: float, uses: int, page: bool) -> str:
    """A cell: what it is, its value, its gradient."""
    i = spot.cell
    shared = " shared" if uses > 1 else ""
    name = f"{cell.title} → {cell.name}" if cell.kind == "call" and cell.name else cell.title
    lines = [f'<text class="title" x="{x:.1f}" y="{y + 18:.1f}">{escape(cut(name, 22))}</text>']
    if spot.again:
        lines.append(f'<text class="value" x="{x:.1f}" y="{y + 36:.1f}">the same, from above</text>')
    elif cell.kind != "fold":
        lines.append(f'<text class="value" x="{x:.1f}" y="{y + 35:.1f}">{escape(short(cell.value, "value not kept"))}</text>')
        lines.append(f'<text class="grad" x="{x:.1f}" y="{y + 51:.1f}">{escape("grad " + short(cell.gradient, "?"))}</text>')
    if shared and not spot.again:
        lines.append(f'<text class="uses" x="{x + WIDTH / 2 - 6:.1f}" y="{y + 13:.1f}">×{uses}</text>')  # noqa: RUF001
    said = spoken(cell, uses)
    keys = f' tabindex="0" role="button" aria-label="{escape(said)}"' if page and not spot.again else ""
    box = f'<rect class="box" x="{x - WIDTH / 2:.1f}" y="{y:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    again = " again" if spot.again else ""
    tip = "" if page else f"<title>{escape(said)}</title>"
    return f'<g class="node {cell.kind}{shared}{again}" data-node="{i}"{keys}>{tip}{box}{"".join(lines)}</g>'


def spoken(cell: Cell, uses: int) -> str:
    """A cell in a sentence."""
    if cell.kind == "fold":
        return cell.title
    value = "not kept" if cell.value is None else sentence(cell.value)
    named = f" {cell.name}" if cell.kind == "call" and cell.name else ""
    used = f", used {uses} times" if uses > 1 else ""
    return f"{cell.title}{named}, {kind(cell.node)}{used}, value {value}, gradient {sentence(cell.gradient)}"


def short(x: Any, otherwise: str) -> str:
    """An array in the width of a cell.

    >>> import numpy as np
    >>> short(np.array([1.0, 2.0]), "?"), short(np.linspace(0, 1, 99), "?"), short(None, "?")
    ('[1, 2]', 'in [0, 1]', '?')
    """
    if x is None:
        return otherwise
    if getattr(x, "size", 0) > 3:  # its shape stands at the edges
        return cut(range_of(x, 3), 21)
    return cut(sentence(x, 3), 21)


def cut(text: str, most: int) -> str:
    """Text of at most so many characters.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"

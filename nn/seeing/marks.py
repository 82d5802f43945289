"""Marks: lines, circles and words of a picture, which are written as SVG, or as PNG by matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..summary import escaped

__all__ = ["COLOURS", "Mark", "framed", "plotted", "styles", "svg", "written"]

COLOURS = {  # light and dark, of the page that `ag.show` writes
    "paper": ("#ffffff", "#12161c"),
    "ink": ("#1c2430", "#e8edf4"),
    "faint": ("#667085", "#9aa7b8"),
    "grid": ("#d6dbe2", "#39434f"),
    "node": ("#f6f8fb", "#1b222c"),
    "plus": ("#2457a8", "#7fb0ff"),
    "minus": ("#c2521b", "#ff9d6e"),
    "data": ("#1f8a4c", "#5fd08d"),
}


class Mark(NamedTuple):
    """One thing in a picture; lengths are pixels, y runs down."""

    kind: str
    """`line` through all points, `area` within them, `disc` around the first, `text` at it."""
    points: Sequence[tuple[float, float]]
    colour: str
    size: float = 1.0
    """The width of a line and of a disc's rim, the height of letters."""
    text: str = ""
    """Of an edge or disc what is said of it, in the picture only where one points at it."""
    radius: float = 0.0
    fill: str = ""
    anchor: str = "middle"
    opacity: float = 1.0
    weight: float | None = None
    """The exact number that an edge or rim shows."""


def styles() -> str:
    """The colours as CSS: light or dark, as the reader's system is."""
    light, dark = ("".join(f".network .{name}{{color:{pair[k]}}}" for name, pair in COLOURS.items()) for k in (0, 1))
    font = '.network{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}'
    return f"{font}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def svg(marks: Iterable[Mark], width: float, height: float, title: str) -> str:
    """The picture as SVG, complete in itself."""
    paper = '<rect width="100%" height="100%" class="paper" fill="currentColor"/>'
    lines = [f"<style>{styles()}</style>", paper, *map(written, marks), ""]
    return framed("\n".join(lines), width, height, title, 'style="max-width:100%;height:auto" ')


def framed(inside: str, width: float, height: float, title: str, attributes: str = "") -> str:
    """The content of a picture, as SVG with its size and what a screen reader says of it."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    said = f'role="img" aria-label="{escaped(title)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} class="network" {attributes}{said}>{inside}</svg>'


def written(mark: Mark) -> str:
    """A mark as SVG."""
    (x, y), said = mark.points[0], f"<title>{escaped(mark.text)}</title>" if mark.text else ""
    known = "" if mark.weight is None else f' data-weight="{mark.weight!r}"'
    faded = "" if mark.opacity == 1 else f' opacity="{mark.opacity}"'
    if mark.kind == "text":
        at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{mark.anchor}" font-size="{mark.size:g}"'
        return f'<text class="{mark.colour}" {at} fill="currentColor"{faded}>{escaped(mark.text)}</text>'
    stroke = f'class="{mark.colour}" stroke="currentColor" stroke-width="{mark.size:.2f}"{known}{faded}'
    if mark.kind == "disc":
        filling = (
            f'<circle class="{mark.fill}" cx="{x:.1f}" cy="{y:.1f}" r="{mark.radius}" fill="currentColor"/>' if mark.fill else ""
        )
        return f'{filling}<circle cx="{x:.1f}" cy="{y:.1f}" r="{mark.radius}" fill="none" {stroke}>{said}</circle>'
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in mark.points)
    if mark.kind == "area":
        return f'<path class="{mark.colour}" fill="currentColor"{faded} d="{way}Z"/>'
    return f'<path fill="none" stroke-linejoin="round" {stroke} d="{way}">{said}</path>'


def plotted(marks: Iterable[Mark], width: float, height: float, dark: bool) -> Any:
    """The picture as a matplotlib Figure.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.patches import Circle, Polygon
    except ImportError as error:
        raise ImportError("diagram: a .png needs matplotlib: pip install 'autograd-lite[plot]'; .svg needs nothing.") from error
    colour = {name: pair[dark] for name, pair in COLOURS.items()} | {"": "none"}
    figure = Figure(figsize=(width / 96, height / 96), facecolor=colour["paper"])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    sides = {"start": "left", "middle": "center", "end": "right"}
    for order, mark in enumerate(marks):
        options: dict[str, Any] = {"zorder": order, "alpha": mark.opacity}
        points, size = list(mark.points), 0.75 * mark.size
        if mark.kind == "text":
            axes.text(*points[0], mark.text, color=colour[mark.colour], fontsize=size, ha=sides[mark.anchor], **options)
        elif mark.kind == "disc":
            rim = {"facecolor": colour[mark.fill], "edgecolor": colour[mark.colour], "linewidth": size}
            axes.add_patch(Circle(points[0], mark.radius, **rim, **options))
        elif mark.kind == "area":
            axes.add_patch(Polygon(points, facecolor=colour[mark.colour], edgecolor="none", **options))
        else:
            axes.plot(*zip(*points, strict=True), color=colour[mark.colour], linewidth=size, solid_capstyle="butt", **options)
    return figure

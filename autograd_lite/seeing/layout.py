"""Layout: places for the cells of a graph, in layers, with few crossings and short lines.

Sugiyama, Tagawa and Toda's method (1981): a cell lies one layer below the lowest of those it was made from (the longest path); a
line that passes layers is given a bend in each; cells of a layer are ordered by the mean place of their neighbours, in sweeps
down and up; and with this order fixed, they are placed as near below and above their neighbours as their widths allow, which is
a least-squares problem that pooling adjacent violators solves. A line that would pass many layers begins at a copy of its cell.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Layout", "Spot", "crossings", "layout", "spread"]

LONGEST = 5  # layers that a line may pass
SWEEPS = 12


@dataclass
class Spot:
    """A place in a layer: for a cell, for a copy of one further up (`again`), or for a bend of a line (`cell` is None)."""

    cell: int | None
    layer: int
    again: bool = False
    x: float = 0.0


@dataclass
class Layout:
    """The places: x is the middle of a cell in widths of one, layers are counted from 0."""

    spots: list[Spot]
    paths: list[list[int]]
    """For each line the spots that it passes, from the first to the last."""
    layers: list[list[int]]


def layout(count: int, lines: Sequence[tuple[int, int]], bend: float = 0.3) -> Layout:
    """Places for cells and lines.

    Parameters
    ----------
    count
        The number of cells; each comes after those it was made from.
    lines
        Pairs of cells, from and to.
    bend
        The width of a bend, in widths of a cell.

    Examples
    --------
    >>> found = layout(4, [(0, 1), (0, 2), (1, 3), (2, 3)])  # the diamond
    >>> [(spot.layer, round(spot.x, 2)) for spot in found.spots]
    [(0, 0.0), (1, -0.5), (1, 0.5), (2, 0.0)]
    """
    depth = layers_of(count, lines)
    spots = [Spot(i, depth[i]) for i in range(count)]
    paths = []
    copies: dict[tuple[int, int], int] = {}
    for start, end in lines:
        path = [start]
        if depth[end] - depth[start] > LONGEST:
            key = (start, depth[end] - 1)
            if key not in copies:
                copies[key] = len(spots)
                spots.append(Spot(start, depth[end] - 1, again=True))
            path = [copies[key]]
        for layer in range(spots[path[0]].layer + 1, depth[end]):
            path.append(len(spots))
            spots.append(Spot(None, layer))
        paths.append([*path, end])
    layers: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for i, spot in enumerate(spots):
        layers[spot.layer].append(i)
    order(layers, paths, len(spots))
    put(spots, layers, paths, bend)
    return Layout(spots, paths, layers)


def layers_of(count: int, lines: Sequence[tuple[int, int]]) -> list[int]:
    """The layer of each cell: the length of the longest path to it; what is made from nothing lies just above its first use."""
    depth, made, first = [0] * count, [False] * count, [count] * count
    for start, end in sorted(lines, key=lambda line: line[1]):
        made[end] = True
        depth[end] = max(depth[end], depth[start] + 1)
    for start, end in lines:
        first[start] = min(first[start], depth[end] - 1)
    return [d if is_made else f % count for d, f, is_made in zip(depth, first, made, strict=True)]


def neighbours(paths: Sequence[Sequence[int]], count: int) -> tuple[list[list[int]], list[list[int]]]:
    """The spots joined to each in the layer above, and in that below."""
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for path in paths:
        for a, b in itertools.pairwise(path):
            above[b].append(a)
            below[a].append(b)
    return above, below


def order(layers: list[list[int]], paths: Sequence[Sequence[int]], count: int) -> None:
    """Order each layer by the means of the neighbours' places, sweep by sweep, and keep the order with the fewest crossings."""
    above, below = neighbours(paths, count)
    place = [0.0] * count
    for layer in layers:
        for k, i in enumerate(layer):
            place[i] = k
    best, fewest = [list(layer) for layer in layers], crossings(layers, below, place)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        near = below if sweep % 2 else above
        for layer in reversed(layers) if sweep % 2 else layers:
            means = {i: sum(place[j] for j in near[i]) / len(near[i]) if near[i] else place[i] for i in layer}
            layer.sort(key=means.__getitem__)
            for k, i in enumerate(layer):
                place[i] = k
        found = crossings(layers, below, place)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def crossings(layers: Sequence[Sequence[int]], below: Sequence[Sequence[int]], place: Sequence[float]) -> int:
    """The number of crossings between the layers: of pairs of lines whose ends are in the other order than their beginnings.

    >>> crossings([[0, 1], [2, 3]], [[3], [2], [], []], [0, 1, 0, 1])
    1
    """
    count = 0
    for layer in layers:
        seen: list[float] = []
        for i in layer:
            ends = sorted(place[j] for j in below[i])
            count += sum(len(seen) - bisect.bisect_right(seen, end) for end in ends)
            for end in ends:
                bisect.insort(seen, end)
    return count


def put(spots: list[Spot], layers: Sequence[Sequence[int]], paths: Sequence[Sequence[int]], bend: float) -> None:
    """Place the spots of each layer as near to their neighbours as their widths allow."""
    above, below = neighbours(paths, len(spots))
    widths = [bend if spot.cell is None else 1.0 for spot in spots]
    for layer in layers:
        for i, x in zip(layer, spread([0.0] * len(layer), [widths[i] for i in layer]), strict=True):
            spots[i].x = x
    for sweep in range(SWEEPS):
        moved = 0.0
        for layer in reversed(layers) if sweep % 2 else layers:
            near = [(below if sweep % 2 else above)[i] or [i] for i in layer]
            wanted = [sum(spots[j].x for j in group) / len(group) for group in near]
            for i, x in zip(layer, spread(wanted, [widths[i] for i in layer]), strict=True):
                moved = max(moved, abs(spots[i].x - x))
                spots[i].x = x
        if moved < 0.01:
            break


def spread(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, by least squares, at which things of these widths stand side by side in this order.

    >>> spread([0.0, 0.0, 5.0], [1.0, 1.0, 1.0])
    [-0.5, 0.5, 5.0]
    """
    if len(wanted) == 1:
        return [wanted[0]]
    offsets, offset = [], 0.0
    for i, width in enumerate(widths):
        offset += (widths[i - 1] + width) / 2 if i else 0.0
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # mean, size: never falling from left to right
    for want, offset in zip(wanted, offsets, strict=True):
        mean, size = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, size = (mean * size + before * many) / (size + many), size + many
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]

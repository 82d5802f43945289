"""All derivatives at a point, each measured only as closely as is needed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tree
from .estimate import Measured, measure, put
from .point import Point, plain, rounding
from .sampling import Group, Samples, joined, ladder, noise, sample

__all__ = ["Survey", "groups", "touches"]

Array = NDArray[Any]

CHUNK = 40_000  # entries that are worked on at once


Settled = Callable[[Measured, Array, Array], Array]


class Survey:
    """The derivatives of all results at a point by some entries, measured only as long as `settled` is not content.

    `settled(measured, entries, results)` says of each derivative whether it is known well enough. One that is not is
    sampled on the rest of the ladder, with the noise along its own entry; then, if its entry is small among others, with steps
    of the others' size; then it is asked of the complex step. Where steps of a small entry's own size show no slope, larger
    ones are tried: exp at 1e-20 rounds to 1 on all of its ladder.
    """

    def __init__(self, point: Point, rng: np.random.Generator, settled: Settled, limit: float = math.inf) -> None:
        self.point, self.rng, self.settled = point, rng, settled
        self.limit = limit  # of evaluations, beyond which nothing is looked at more closely
        self.steps, self.first = ladder(point.eps, rng)
        everything = np.arange(point.x.size)
        self.disturbance = noise(point, everything, point.unit, self.steps[0], rng)
        self.analytic_results: Array | None = None  # where the complex step is known to be right

    def measured(self, touched: Array) -> Iterator[tuple[Array, Array, Measured]]:
        """(entries, results, what was measured), in pieces, for the pairs in `touched[entry, result]`."""
        waiting: list[tuple[Group, Samples]] = []
        for group in groups(touched):
            unit = self.point.unit[group.entries]
            waiting.append((group, sample(self.point, group, unit, self.steps[: self.first], self.disturbance)))
            if sum(g.results.size for g, _ in waiting) >= CHUNK:
                yield self.judged(waiting)
                waiting = []
        if waiting:
            yield self.judged(waiting)

    def judged(self, waiting: list[tuple[Group, Samples]]) -> tuple[Array, Array, Measured]:
        """What the samples of some groups say, and what more samples say where that is not enough."""
        results = np.concatenate([g.results for g, _ in waiting])
        entries = np.concatenate([g.entries[g.owner] for g, _ in waiting])
        found = measure(joined([s for _, s in waiting], axis=1), self.point.eps)
        start = 0
        for group, samples in waiting:
            part = slice(start, start + group.results.size)
            part_found = found.part(part)
            self.ask_the_complex_step(group, part_found, ~self.settled(part_found, entries[part], results[part]))
            open_ = ~self.settled(part_found, entries[part], results[part]) | self.too_near(group, part_found)
            here = np.flatnonzero(open_)
            if here.size and self.point.evaluations < self.limit:
                less = Group(group.entries, group.results[here], group.owner[here])
                put(found, start + here, self.closer(less, samples.part(here)))
            start += group.results.size
        return entries, results, found

    def closer(self, group: Group, samples: Samples) -> Measured:
        """As above for a few derivatives, with all means."""
        point, entries = self.point, group.entries[group.owner]
        unit, reach = point.unit[group.entries], point.reach[group.entries]
        disturbance = noise(point, group.entries, unit, self.steps[0], self.rng, reach)
        floor = rounding(point, group.results, samples.plus, samples.minus)
        again = np.array([disturbance.at(relative, group.results) for relative in self.steps[: self.first]])
        samples = samples._replace(noise=np.maximum(floor, again))
        if self.steps[self.first :]:
            samples = joined([samples, sample(point, group, unit, self.steps[self.first :], disturbance)], axis=0)
        found = measure(samples, point.eps)
        open_ = ~self.settled(found, entries, group.results)
        small = (open_ | unseen(found)) & (point.reach > point.unit)[entries]
        if small.any():
            wide = Group(group.entries, group.results[small], group.owner[small])
            disturbance = noise(point, group.entries, reach, self.steps[0], self.rng, reach)
            other = measure(sample(point, wide, reach, self.steps, disturbance), point.eps)
            agrees = np.abs(other.value - found.value[small]) <= other.error + found.error[small]
            still = (found.trend[small] == 0) & ~other.rough & np.isfinite(other.error)  # nothing changes near the point
            sharper = (agrees & (other.error < found.error[small])) | still
            put(found, np.flatnonzero(small)[sharper], other.part(sharper))
            open_ = ~self.settled(found, entries, group.results)
        self.ask_the_complex_step(group, found, open_)
        return found

    def too_near(self, group: Group, found: Measured) -> Array:
        """Where no slope is seen, but the result changes as a small entry moves further."""
        point = self.point
        small: Array = unseen(found) & (point.reach > point.unit)[group.entries[group.owner]]
        if small.any():
            step = self.steps[0] * point.reach[group.entries]
            further = [point.after(group.entries, size)[group.results] for size in (step, -0.7 * step)]
            small &= np.any([y != point.y[group.results] for y in further], axis=0)
        return small

    def ask_the_complex_step(self, group: Group, found: Measured, which: Array) -> None:
        """Put derivatives by the complex step where it is known to be right and agrees with what was measured.

        f(x + ih) = f(x) + ih f'(x) - ..., so that the imaginary part over h has no cancellation and h can be as small as
        numbers are (W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", 1998).
        """
        point = self.point
        if not which.any():
            return
        if self.analytic_results is None:
            everything = np.arange(point.x.size)
            along = Group(everything, np.arange(point.y.size), np.zeros(point.y.size, int))
            unit = point.unit * self.rng.choice((-1.0, 1.0), point.unit.size)
            reference = measure(sample(point, along, unit, self.steps, self.disturbance), point.eps)
            value = complex_step(point, everything, unit)
            value = None if value is None else value / np.abs(unit[0])
            sharp = (reference.error <= 1e-7 * np.abs(reference.value)) & ~reference.rough
            known = None if value is None else sharp & (np.abs(value - reference.value) <= reference.error)
            self.analytic_results = np.zeros(point.y.size, bool) if known is None else known
        if not self.analytic_results.any():
            return
        unit = point.unit[group.entries]
        ulps = (0, *self.rng.integers(-500, 500, 7).tolist())  # to see how much it is rounded: as log1p is, of 1 + x
        shift = np.minimum(np.spacing(point.reach[group.entries]), 2e-11 * unit)
        around = [complex_step(point, group.entries, unit, shift * n) for n in ulps]
        if any(value is None for value in around):
            return
        values = np.array(around)[:, group.results] / unit[group.owner]
        q, _ = np.linalg.qr(np.vander(ulps, 2))
        rounded = np.max(np.abs(values - q @ (q.T @ values)), axis=0)
        error = 1e3 * np.finfo(float).eps * np.abs(values[0]) + 16 * rounded
        agrees = (np.abs(values[0] - found.value) <= found.error + error) & (error < found.error) & np.isfinite(found.error)
        agrees &= values[0] != 0
        here = np.flatnonzero(which & self.analytic_results[group.results] & agrees & ~found.rough & np.isnan(found.left))
        found.value[here], found.error[here] = values[0][here], error[here]
        found.resolution[here] = np.minimum(found.resolution[here], error[here])


def unseen(found: Measured) -> Array:
    """Where it is not clear that there is a slope."""
    return ~(found.error <= 0.25 * np.abs(found.value))


def complex_step(point: Point, entries: Array, unit: Array, shift: Array | float = 0.0) -> Array | None:
    """The change of the results as `entries`, somewhat shifted, move by `unit`; None where `f` does not take complex numbers."""
    h = 1e-30
    moves = shift + 1j * h * unit
    if point.eps > 1e-15 or point.dtype != np.float64 or np.any(np.abs(moves.imag) < np.finfo(float).smallest_normal):
        return None
    arrays = [x.astype(complex) for x in point.arrays]
    for z, end in zip(arrays, point.ends, strict=True):
        here = (entries >= end - z.size) & (entries < end)
        z.reshape(-1)[entries[here] - (end - z.size)] += moves[here]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            point.evaluations += 1
            results = [plain(y) for _, y in tree.leaves(point.call(arrays))]
    except Exception:  # whatever a function for real numbers may raise
        return None
    kept = [y for y in results if y.dtype.kind in "fc"]
    if [y.shape for y in kept] != [shape for shape, _ in point.results]:
        return None
    change = np.concatenate(
        [np.zeros(0), *((y.imag / h if y.dtype.kind == "c" else np.full(y.shape, np.nan)).ravel() for y in kept)]
    )
    return change if np.all(np.isnan(change) | np.isfinite(change)) else None


def groups(touched: Array) -> Iterator[Group]:
    """Entries that can be moved together, since no result depends on two of them; `touched[entry, result]` says what does.

    A. R. Curtis, M. J. D. Powell and J. K. Reid, "On the estimation of sparse Jacobian matrices", 1974. The diagonal
    Jacobian of an elementwise function takes one group.
    """
    taken: list[tuple[Array, list[int]]] = []
    crowded = touched.mean(axis=1) > 0.5 if touched.size else np.zeros(len(touched), bool)
    for j in np.flatnonzero(touched.any(axis=1)):
        row = touched[j]
        place = None if crowded[j] else next((p for p in taken[-16:] if not (p[0] & row).any()), None)
        if place is None:
            taken.append((row.copy(), [int(j)]))
        else:
            place[0][:] |= row
            place[1].append(int(j))
    for _, members in taken:
        owner, results = np.nonzero(touched[members])
        yield Group(np.array(members), results, owner)


def touches(point: Point, step: float) -> Array:
    """Whether each result changes, by as much as a bit, when an entry moves by the first step of the ladder.

    Axes: entry, result. If most of the results depend on each of the first entries, all are taken to.
    """
    found = np.ones((point.x.size, point.y.size), bool)
    if point.y.size <= 1:
        return found
    for j in range(point.x.size):
        if j == 8 and found[:8].mean() > 0.5:
            break
        entry, unit = np.array([j]), point.reach[j : j + 1]
        ups_and_downs = [point.after(entry, step * unit), point.after(entry, -0.7 * step * unit)]
        found[j] = ~np.all([(y == point.y) | (np.isnan(y) & np.isnan(point.y)) for y in ups_and_downs], axis=0)
    return found

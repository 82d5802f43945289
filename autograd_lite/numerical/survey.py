"""All derivatives at a point, each measured only as closely as needed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from ..transforms import tree
from .estimate import Measured, measure, put
from .point import Array, EvaluationPoint, as_array, rounding
from .sampling import Group, LadderSamples, concatenated, ladder, noise, sample

__all__ = ["Survey", "column_groups", "sparsity_pattern"]

CHUNK = 40_000  # derivatives that are worked on at once

Settled = Callable[[Measured, Array, Array], Array]


class Survey:
    """The derivatives of all results at a point, each measured until it is known well enough.

    `settled(measured, entries, results)` is True for each derivative that is. One that is not goes through three more
    stages: the rest of the ladder, with the noise along its own entry; if its entry is small among others, steps of the
    others' size; the complex step. If steps of a small entry's own size show no slope, larger ones are tried: exp at 1e-20
    rounds to 1 on all of its ladder.
    """

    def __init__(self, point: EvaluationPoint, rng: np.random.Generator, settled: Settled, limit: float = math.inf) -> None:
        self.point, self.rng, self.settled = point, rng, settled
        self.limit = limit  # of evaluations: beyond it nothing is measured more closely
        self.steps, self.first = ladder(point.eps, rng)
        everything = np.arange(point.x.size)
        self.disturbance = noise(point, everything, point.unit, self.steps[0], rng)
        self.analytic_results: Array | None = None  # True for results that the complex step is right for

    def measured(self, touched: Array) -> Iterator[tuple[Array, Array, Measured]]:
        """Yield (entries, results, measured derivatives) in pieces, for the pairs that are True in `touched[entry, result]`."""
        waiting: list[tuple[Group, LadderSamples]] = []
        for group in column_groups(touched):
            unit = self.point.unit[group.entries]
            waiting.append((group, sample(self.point, group, unit, self.steps[: self.first], self.disturbance)))
            if sum(g.results.size for g, _ in waiting) >= CHUNK:
                yield self.measured_groups(waiting)
                waiting = []
        if waiting:
            yield self.measured_groups(waiting)

    def measured_groups(self, waiting: list[tuple[Group, LadderSamples]]) -> tuple[Array, Array, Measured]:
        """The derivatives from the samples of some groups; from more samples where these are not enough."""
        results = np.concatenate([g.results for g, _ in waiting])
        entries = np.concatenate([g.entries[g.owner] for g, _ in waiting])
        found = measure(concatenated([s for _, s in waiting], axis=1), self.point.eps)
        start = 0
        for group, samples in waiting:
            part = slice(start, start + group.results.size)
            part_found = found.part(part)
            self.use_complex_step(group, part_found, ~self.settled(part_found, entries[part], results[part]))
            open_ = ~self.settled(part_found, entries[part], results[part]) | self.changes_further_out(group, part_found)
            here = np.flatnonzero(open_)
            if here.size and self.point.evaluations < self.limit:
                less = Group(group.entries, group.results[here], group.owner[here])
                put(found, start + here, self.measured_closely(less, samples.part(here)))
            start += group.results.size
        return entries, results, found

    def measured_closely(self, group: Group, samples: LadderSamples) -> Measured:
        """A few derivatives measured with all means."""
        point, entries = self.point, group.entries[group.owner]
        unit, reach = point.unit[group.entries], point.reach[group.entries]
        disturbance = noise(point, group.entries, unit, self.steps[0], self.rng, reach)
        floor = rounding(point, group.results, samples.plus, samples.minus)
        again = np.array([disturbance.at(relative, group.results) for relative in self.steps[: self.first]])
        samples = LadderSamples(**vars(samples) | {"noise": np.maximum(floor, again)})
        if self.steps[self.first :]:
            samples = concatenated([samples, sample(point, group, unit, self.steps[self.first :], disturbance)], axis=0)
        found = measure(samples, point.eps)
        open_ = ~self.settled(found, entries, group.results)
        small = (open_ | slope_unclear(found)) & (point.reach > point.unit)[entries]
        if small.any():
            wide = Group(group.entries, group.results[small], group.owner[small])
            disturbance = noise(point, group.entries, reach, self.steps[0], self.rng, reach)
            other = measure(sample(point, wide, reach, self.steps, disturbance), point.eps)
            agrees = np.abs(other.value - found.value[small]) <= other.error + found.error[small]
            still = (found.trend[small] == 0) & ~other.rough & np.isfinite(other.error)  # nothing changes near the point
            sharper = (agrees & (other.error < found.error[small])) | still
            put(found, np.flatnonzero(small)[sharper], other.part(sharper))
            open_ = ~self.settled(found, entries, group.results)
        self.use_complex_step(group, found, open_)
        return found

    def changes_further_out(self, group: Group, found: Measured) -> Array:
        """True where no slope is seen, but the result changes as a small entry moves further."""
        point = self.point
        small: Array = slope_unclear(found) & (point.reach > point.unit)[group.entries[group.owner]]
        if small.any():
            step = self.steps[0] * point.reach[group.entries]
            further = [point.after(group.entries, size)[group.results] for size in (step, -0.7 * step)]
            small &= np.any([y != point.y[group.results] for y in further], axis=0)
        return small

    def use_complex_step(self, group: Group, found: Measured, which: Array) -> None:
        """Overwrite derivatives by those of the complex step, where it is right and agrees with the measured ones.

        f(x + ih) = f(x) + ih f'(x) - ...: the imaginary part over h has no cancellation, and h can be as small as numbers
        get (W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", 1998).
        """
        point = self.point
        if not which.any():
            return
        if self.analytic_results is None:
            everything = np.arange(point.x.size)
            along = Group(everything, np.arange(point.y.size), np.zeros(point.y.size, int))
            unit = point.unit * self.rng.choice((-1.0, 1.0), point.unit.size)
            reference = measure(sample(point, along, unit, self.steps, self.disturbance), point.eps)
            value = complex_step_change(point, everything, unit)
            value = None if value is None else value / np.abs(unit[0])
            sharp = (reference.error <= 1e-7 * np.abs(reference.value)) & ~reference.rough
            known = None if value is None else sharp & (np.abs(value - reference.value) <= reference.error)
            self.analytic_results = np.zeros(point.y.size, bool) if known is None else known
        if not self.analytic_results.any():
            return
        unit = point.unit[group.entries]
        ulps = (0, *self.rng.integers(-500, 500, 7).tolist())  # neighbouring points show the rounding: log(1 + x) rounds 1 + x
        shift = np.minimum(np.spacing(point.reach[group.entries]), 2e-11 * unit)
        around = [complex_step_change(point, group.entries, unit, shift * n) for n in ulps]
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


def slope_unclear(found: Measured) -> Array:
    """True where the slope may be 0."""
    return ~(found.error <= 0.25 * np.abs(found.value))


def complex_step_change(point: EvaluationPoint, entries: Array, unit: Array, shift: Array | float = 0.0) -> Array | None:
    """The slopes of the results as `entries`, shifted a little, move by `unit`; None if `f` does not take complex numbers."""
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
            results = [as_array(y) for _, y in tree.leaves(point.call(arrays))]
    except Exception:  # a function for real numbers may raise anything
        return None
    kept = [y for y in results if y.dtype.kind in "fc"]
    if [y.shape for y in kept] != [shape for shape, _ in point.results]:
        return None
    change = np.concatenate(
        [np.zeros(0), *((y.imag / h if y.dtype.kind == "c" else np.full(y.shape, np.nan)).ravel() for y in kept)]
    )
    return change if np.all(np.isnan(change) | np.isfinite(change)) else None


def column_groups(touched: Array) -> Iterator[Group]:
    """Groups of entries that can be moved together: no result depends on two of them.

    `touched[entry, result]` is True if the result depends on the entry. The method is that of
    A. R. Curtis, M. J. D. Powell and J. K. Reid, "On the estimation of sparse Jacobian matrices", 1974. For the diagonal
    Jacobian of an elementwise function one group is enough.
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


def sparsity_pattern(point: EvaluationPoint, step: float) -> Array:
    """True where a result changes, be it by one bit, when an entry moves by the first step of the ladder.

    Axes: entry, result. If the first eight entries change most of the results, all are taken to change all.
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

"""All derivatives at a point, each measured only as closely as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .complex_step import complex_slopes, slopes_at_shifts
from .estimate import SIGMAS, Measured, measure, overwrite
from .noise import Noise, measure_noise
from .point import LONG, Array, EvaluationPoint, rounding_error
from .sampling import Group, LadderSamples, concatenated, ladder, sample
from .staircase import resolved, suspicious

__all__ = ["Survey", "column_groups", "sparsity_pattern"]

CHUNK = 40_000  # derivatives that are worked on at once
CLOSELY = 150  # calls by which a derivative is measured more closely
HASTE = 2.0  # the factor of error bars that there were no calls left to look into
HIDDEN = 1e-3  # a part of the slope, smaller than this, that fine steps may not see for the rounding of that part

Settled = Callable[[Measured, Array, Array], Array]


def unlimited(calls: float) -> bool:
    """The limit of a survey that has none."""
    return True


class Survey:
    """The derivatives of all results at a point, each measured until it is known well enough.

    `settled(measured, entries, results)` is True for each derivative that is. One that is not, or whose noise is suspect,
    goes through further stages: the complex step; the rest of the ladder, with the noise along its own entry and the steps
    that rounding makes; if its entry is small among others, steps of the others' size; long doubles. If steps of a small
    entry's own size show no slope, larger ones are tried: exp at 1e-20 rounds to 1 on all of its ladder. With `cross_check`
    long doubles are also asked whether derivatives that seem settled are: two values tell of rounding that nothing else
    shows. A stage whose calls are not
    affordable by `affords(calls)` is left out.
    """

    def __init__(
        self,
        point: EvaluationPoint,
        rng: np.random.Generator,
        settled: Settled,
        affords: Callable[[float], bool] = unlimited,
        cross_check: bool = False,
    ) -> None:
        self.point, self.rng, self.settled = point, rng, settled
        self.cross_check = cross_check
        self.affords = affords
        self.steps, self.first = ladder(point.eps, rng)
        everything = np.arange(point.x.size)
        self.disturbance = measure_noise(point, everything, point.unit, self.steps[0], rng, brief=not affords(400))
        along = Group(everything, np.arange(point.y.size), np.zeros(point.y.size, int))
        self.suspect = suspicious(point, along, self.disturbance)
        if self.suspect.any() and affords(2 * CLOSELY):
            self.disturbance = resolved(point, along, self.disturbance, rng)
            self.suspect = suspicious(point, along, self.disturbance)
        self.analytic_results: Array | None = None  # True for results that the complex step is right for
        self.long_point: EvaluationPoint | None = None  # the same in long doubles
        self.long: Survey | None = None
        self.takes_long = point.gains_by_long_doubles

    def measured(self, touched: Array) -> Iterator[tuple[Array, Array, Measured]]:
        """Yield (entries, results, measured derivatives) in pieces, for the pairs that are True in `touched[entry, result]`.

        When the limit is reached the rest is left out.
        """
        waiting: list[tuple[Group, LadderSamples]] = []
        size = 0
        for group in column_groups(touched):
            if not self.affords(2 * self.first):
                break
            unit = self.point.unit[group.entries]
            waiting.append((group, sample(self.point, group, unit, self.steps[: self.first], self.disturbance)))
            size += group.results.size
            if size >= CHUNK:
                yield self.measured_groups(waiting)
                waiting, size = [], 0
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
            unclear = ~self.settled(part_found, entries[part], results[part]) | self.suspect[group.results]
            sure = self.use_complex_step(group, part_found, unclear)
            sure |= self.use_long_doubles(group, part_found, unclear & ~sure)
            open_ = ~sure & (~self.settled(part_found, entries[part], results[part]) | self.suspect[group.results])
            doubted = self.rounds_unseen(group, samples, ~open_ & ~sure)
            here = np.flatnonzero(open_ | doubted | self.changes_further_out(group, part_found))
            if here.size and self.affords(CLOSELY):
                less = Group(group.entries, group.results[here], group.owner[here])
                overwrite(found, start + here, self.measured_closely(less, samples.part(here), doubted[here]))
            else:
                found.error[start + here] *= HASTE
            start += group.results.size
        return entries, results, found

    def measured_closely(self, group: Group, samples: LadderSamples, doubted: Array | bool = False) -> Measured:
        """A few derivatives measured with all means; those that are `doubted` in long doubles whatever else is found."""
        point, entries = self.point, group.entries[group.owner]
        unit, reach = point.unit[group.entries], point.reach[group.entries]
        small = (point.reach > point.unit)[entries]
        disturbance = self.noise_of(group, unit)
        small &= self.affords(CLOSELY)
        if small.any():
            wide = self.noise_of(group, reach)
            both = np.maximum(disturbance.stair, wide.stair)
            both[np.setdiff1d(group.results, group.results[small])] = 0.0
            disturbance, wide = disturbance.with_stair(both), wide.with_stair(both)
        floor = rounding_error(point, group.results, samples.plus, samples.minus)
        again = disturbance.smooth_part(np.array(self.steps[: self.first]), group.results)
        raw = np.maximum(floor, again)
        samples = samples.with_noise(np.maximum(raw, disturbance.stair[group.results]), raw)
        if self.steps[self.first :]:
            samples = concatenated([samples, sample(point, group, unit, self.steps[self.first :], disturbance)], axis=0)
        found = measure(samples, point.eps)
        small &= ~self.settled(found, entries, group.results) | slope_unclear(found)
        if small.any():
            further = Group(group.entries, group.results[small], group.owner[small])
            other = measure(sample(point, further, reach, self.steps, wide), point.eps)
            agrees = np.abs(other.value - found.value[small]) <= other.error + found.error[small]
            still = (found.trend[small] == 0) & ~other.rough & np.isfinite(other.error)  # nothing changes near the point
            sharper = (agrees & (other.error < found.error[small])) | still
            overwrite(found, np.flatnonzero(small)[sharper], other.part(sharper))
        self.use_complex_step(group, found, ~self.settled(found, entries, group.results))
        self.use_long_doubles(group, found, ~self.settled(found, entries, group.results) | doubted, closely=True)
        return found

    def noise_of(self, group: Group, unit: Array) -> Noise:
        """The noise along the entries of a group, with the steps of rounding told from those of the function."""
        point = self.point
        if np.array_equal(group.entries, np.arange(point.x.size)) and np.array_equal(unit, point.unit):
            return self.disturbance
        return resolved(point, group, measure_noise(point, group.entries, unit, self.steps[0], self.rng), self.rng)

    def changes_further_out(self, group: Group, found: Measured) -> Array:
        """True where no slope is seen, but the result changes as a small entry moves further."""
        point = self.point
        small: Array = slope_unclear(found) & (point.reach > point.unit)[group.entries[group.owner]]
        if small.any():
            step = self.steps[0] * point.reach[group.entries]
            further = [point.after(group.entries, size)[group.results] for size in (step, -0.7 * step)]
            small &= np.any([y != point.y[group.results] for y in further], axis=0)
        return small

    def use_complex_step(self, group: Group, found: Measured, which: Array) -> Array:
        """Overwrite derivatives by those of the complex step, where it is right and agrees; True where that was done."""
        point, done = self.point, np.zeros(group.results.size, bool)
        if not which.any() or not self.affords(3 * len(self.steps)):
            return done
        if self.analytic_results is None:
            self.analytic_results = self.analytic()
        if not self.analytic_results[group.results].any():
            return done
        slopes = complex_slopes(point, group, point.unit[group.entries], self.rng)
        if slopes is None:
            return done
        value, error = slopes
        agrees = (np.abs(value - found.value) <= found.error + error) & (error < found.error) & np.isfinite(found.error)
        agrees &= self.analytic_results[group.results] & ~found.rough & np.isnan(found.left) & (value != 0)
        done = np.asarray(which & agrees)
        found.value[done], found.error[done] = value[done], error[done]
        reach = self.steps[0] * point.reach[group.entries[group.owner]]
        shown = np.maximum(error, SIGMAS * rounding_error(point, group.results) / reach)  # by values, at the coarsest step
        found.resolution[done] = np.minimum(found.resolution, shown)[done]
        settled: Array = done
        return settled

    def analytic(self) -> Array:
        """True for the results that the complex step is right for along a random direction."""
        point, everything = self.point, np.arange(self.point.x.size)
        along = Group(everything, np.arange(point.y.size), np.zeros(point.y.size, int))
        unit = point.unit * self.rng.choice((-1.0, 1.0), point.unit.size)
        value = slopes_at_shifts(point, everything, unit)
        if value is None:
            return np.zeros(point.y.size, bool)
        reference = measure(sample(point, along, unit, self.steps, self.disturbance), point.eps)
        sharp = (reference.error <= 1e-7 * np.abs(reference.value)) & ~reference.rough
        right: Array = sharp & (np.abs(value / np.abs(unit[0]) - reference.value) <= reference.error)
        return right

    def rounds_unseen(self, group: Group, samples: LadderSamples, which: Array) -> Array:
        """True where the coarsest rung rounds more in doubles than its noise: long doubles give another difference."""
        if not self.cross_check or not which.any() or (long := self.point_in_long_doubles()) is None:
            return np.zeros(which.size, bool)
        before = long.evaluations
        step = np.copysign(self.point.exact(group.entries, self.steps[0] * self.point.unit[group.entries]), 1.0)
        up, down = (long.after(group.entries, sign * step)[group.results] for sign in (1, -1))
        self.point.evaluations += long.evaluations - before
        off = np.abs((samples.plus[0] - samples.minus[0]) - (up - down))
        unseen: Array = which & (off > 2 * SIGMAS * samples.noise[0])
        return unseen

    def use_long_doubles(self, group: Group, found: Measured, which: Array, closely: bool = False) -> Array:
        """Narrow derivatives by those of the same function in long doubles, where it takes them; True where that was enough.

        If both intervals meet, that of long doubles is taken: should it be wider, doubles saw less than there is. So is it where
        doubles saw steps, which are then rounding. If they do not meet, one that holds both. Unless they are measured `closely`,
        only what settles a derivative is taken.
        """
        done = np.zeros(which.size, bool)
        which = which & np.isfinite(found.error) & (closely | ~found.rough) & np.isnan(found.left)
        cost = CLOSELY * (2 if closely else 1)
        if not which.any() or not self.affords(cost) or (point := self.point_in_long_doubles()) is None:
            return done
        before = point.evaluations
        if self.long is None:
            self.long = Survey(point, self.rng, self.settled, self.affords)
        long = self.long
        group = Group(group.entries, group.results[which], group.owner[which])
        samples = sample(point, group, point.unit[group.entries], long.steps[: long.first], long.disturbance)
        other = long.measured_closely(group, samples) if closely else measure(samples, point.eps)
        self.point.evaluations += point.evaluations - before
        value, error = other.value.astype(self.point.dtype), other.error.astype(self.point.dtype)
        old, bar = found.value[which], found.error[which]
        hidden_step = np.abs(other.trend - other.value) + other.trend_error  # finer steps may be too fine for a part of f
        error = np.where(hidden_step < HIDDEN * np.abs(value), np.maximum(error, hidden_step.astype(error.dtype)), error)
        usable = np.isfinite(error) & ~other.rough & ~other.hidden
        meet = (np.abs(value - old) <= error + bar) | found.rough[which]
        low, high = np.minimum(value - error, old - bar), np.maximum(value + error, old + bar)
        new = found.part(which)
        new.value[:] = np.where(usable, np.where(meet, value, (low + high) / 2), old)
        new.error[:] = np.where(usable, np.where(meet, error, (high - low) / 2), bar)
        new.stepped[:] = np.where(usable, other.stepped, new.stepped)
        enough = usable & meet & self.settled(new, group.entries[group.owner], group.results) & ~long.suspect[group.results]
        done[which] = enough
        taken = np.ones(usable.size, bool) if closely else enough
        overwrite(found, np.flatnonzero(which)[taken], new.part(taken))
        return done

    def point_in_long_doubles(self) -> EvaluationPoint | None:
        """The same function and point in long doubles; None if the function does not compute in them."""
        if self.long_point is None and self.takes_long:
            self.long_point = in_long_doubles(self.point)
            self.takes_long = self.long_point is not None
        return self.long_point


def in_long_doubles(point: EvaluationPoint) -> EvaluationPoint | None:
    """The same function and point in long doubles; None if the function does not compute in them."""
    try:
        long = EvaluationPoint(point.call, [x.astype(LONG) for x in point.originals])
    except Exception:  # whatever a function for doubles may raise
        return None
    point.evaluations += 1
    same = [(shape, LONG) for shape, _ in point.results] == long.results
    return long if same and np.array_equal(np.isfinite(long.y), np.isfinite(point.y)) else None


def slope_unclear(found: Measured) -> Array:
    """True where the slope may be 0."""
    return ~(found.error <= 0.25 * np.abs(found.value))


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

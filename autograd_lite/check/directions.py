"""What is compared where there are too many derivatives: random directions, and single entries.

In a direction that moves every entry up or down a single wrong derivative always shows; two that cancel each other do so in
half of the directions only, so that both stay hidden in all of them with a chance of 2 to the minus their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..numerical.estimate import Measured, measure
from ..numerical.point import Point, plain
from ..numerical.sampling import Group, joined, sample
from ..numerical.survey import Survey
from .diagnosis import Case, diagnose
from .jacobian import left_alone, settled
from .report import Entry, draw
from .subject import floating
from .trial import Trial, largest
from .verdict import FAILS, NOT_A_SUBGRADIENT, OK, OWN, PASSES, VERDICTS, judge

__all__ = ["compare_directions"]

Array = NDArray[Any]

DIRECTIONS = 16
PROBES = 32  # entries with the largest share in the gradient, and as many others


class Direction(NamedTuple):
    """One random direction: a sign for each entry, which mix of the results was looked at, and what was found."""

    signs: Array
    mix: int
    found: Measured
    slope: Array
    code: int


def compare_directions(trial: Trial) -> None:
    """Compare slopes in random directions and some single derivatives, of random signed sums of the results."""
    point, rng = trial.point, trial.rng
    mixes = signed_sums(trial)
    analytic = np.array([trial.pulled(trial.split(mix)) for mix in mixes])
    line = mixed(trial, mixes)
    survey = Survey(line, rng, settled(trial, analytic), limit=trial.max_evaluations)
    finite = np.isfinite(point.x)
    moved = np.flatnonzero(finite)
    directions = []
    for number in range(DIRECTIONS):
        r, signs = number % len(mixes), rng.choice((-1.0, 1.0), point.x.size)
        found = along(line, survey, moved, signs[moved], r)
        terms = (analytic[r] * signs * line.unit)[moved]
        slope = np.array([terms.sum()])
        own = OWN * point.eps * np.sum(np.abs(terms))
        code = int(judge(found, slope, point.eps, np.isfinite(line.y[[r]]), own)[0])
        directions.append(Direction(signs, r, found, slope, code))
    wrong = [d for d in directions if d.code not in OK][:2]
    probes = largest_and_random(trial, analytic[0] * line.unit, moved)
    for d in wrong:
        probes = np.union1d(probes, halving(line, survey, analytic[d.mix], d, moved))
    touched = np.zeros((point.x.size, len(mixes)), bool)
    for mix in {0, *(d.mix for d in wrong)}:
        touched[probes, mix] = True
    pieces = list(survey.measured(touched))
    point.evaluations += line.evaluations
    summed_up(trial, line, analytic, directions, pieces, probes.size)


def signed_sums(trial: Trial) -> Array:
    """Weights that make single numbers of the results: random signs, each result by its own size; for a number just 1."""
    y = trial.point.y
    if y.size == 1:
        return np.ones((1, 1))
    finite = np.isfinite(y)
    sizes = np.abs(y[finite & (y != 0)])
    typical = float(np.median(sizes)) if sizes.size else 1.0
    weights = np.where(finite, 1 / np.fmax(np.abs(y), 1e-3 * typical), 0.0)
    mixes = trial.rng.choice((-1.0, 1.0), (DIRECTIONS, y.size)) * weights
    return np.array([trial.point.laid_out(trial.split(mix)) for mix in mixes])  # as rounded to the results' dtype


def mixed(trial: Trial, mixes: Array) -> Point:
    """The point with the signed sums for results."""
    point = trial.point
    finite = np.isfinite(point.y)

    def sums(arrays: Sequence[Array]) -> Array:
        results = [plain(y) for y in floating(trial.subject.value(arrays))]
        return mixes @ np.where(finite, point.laid_out(results), 0.0)

    line = Point(sums, trial.subject.arrays)
    line.result_eps = np.full(len(mixes), np.max(point.result_eps))  # the sums are of float64, its terms may be of less
    return line


def along(line: Point, survey: Survey, entries: Array, signs: Array, mix: int) -> Measured:
    """The slope of a mix in a direction in which each entry moves by its own size."""
    unit = line.unit[entries] * signs
    group = Group(entries, np.array([mix]), np.array([0]))
    samples = sample(line, group, unit, survey.steps[: survey.first], survey.disturbance)
    found = measure(samples, line.eps)
    if found.rough[0] or not found.error[0] <= line.eps**0.4 * abs(found.value[0]):
        finer = sample(line, group, unit, survey.steps[survey.first :], survey.disturbance)
        found = measure(joined([samples, finer], axis=0) if survey.steps[survey.first :] else samples, line.eps)
    return found.scaled(np.abs(unit[:1]))


def largest_and_random(trial: Trial, share: Array, moved: Array) -> Array:
    """The entries with the largest share in the gradient, and others at random."""
    top = moved[np.argsort(-np.nan_to_num(np.abs(share[moved]), nan=np.inf))[:PROBES]]
    return np.union1d(top, trial.rng.choice(moved, min(moved.size, PROBES), replace=False))


def halving(line: Point, survey: Survey, analytic: Array, direction: Direction, inside: Array) -> Array:
    """A few entries among which a wrong one is, found by halving a direction that disagrees."""
    while inside.size > 8:
        halves = np.array_split(inside, 2)
        off = []
        for half in halves:
            signs = direction.signs[half]
            found = along(line, survey, half, signs, direction.mix)
            gap = abs(np.sum(analytic[half] * signs * line.unit[half]) - found.value[0]) / max(found.error[0], 1e-300)
            off.append(gap if math.isfinite(gap) else math.inf)
        inside = halves[int(np.argmax(off))]
    return inside


def summed_up(
    trial: Trial,
    line: Point,
    analytic: Array,
    directions: list[Direction],
    pieces: list[tuple[Array, Array, Measured]],
    probes: int,
) -> None:
    """Judge the single entries, and record all."""
    point, result = trial.point, trial.result
    what = "f" if point.y.size == 1 else "a random signed sum of the results"
    table = np.full(analytic.shape, -1, np.int8)
    value, error = np.zeros(analytic.shape), np.zeros(analytic.shape)
    listed, bars = [], []
    for entries, results, found in pieces:
        a = analytic[results, entries]
        codes = judge(found, a, point.eps, np.isfinite(line.y[results]))
        table[results, entries], value[results, entries], error[results, entries] = codes, found.value, found.error
        bars.append((found.error / np.abs(found.value))[codes == PASSES])
        unclear = np.flatnonzero(codes > PASSES + 1)
        listed += [trial.entry(int(entries[k]), what, a[k], found.part(k), int(codes[k])) for k in unclear]
    listed += [
        Entry(
            f"random direction {number}", (), what, math.nan, float(d.slope[0]), float(d.found.value[0]), float(d.found.error[0]),
            float(d.found.step[0]), VERDICTS[d.code], d.code in OK, float(d.found.left[0]), float(d.found.right[0]), point.eps,
        )
        for number, d in enumerate(directions)
        if d.code > PASSES + 1
    ]  # fmt: skip
    trial.record([*(d.code for d in directions), *table[table >= 0].tolist()], listed, bars)
    n, m = point.x.size, point.y.size
    result.method = f"{DIRECTIONS} random signed directions and {probes} single entries of {n}"
    result.method += (f", for random signed sums of {m} results" if m > 1 else "") + left_alone(~np.isfinite(point.x))
    bar = max((float(d.found.error[0]) for d in directions if math.isfinite(d.found.error[0])), default=math.inf)
    share = largest(analytic * line.unit)
    size = f"{bar / share:.1g} of the largest |gradient * x|" if share else f"{bar:.1g}"
    result.missed = (
        f"a single wrong entry whose error times |x| is above {size} shows in every direction: the chance of having missed one "
        f"is 0; a smaller one is below resolution unless it was probed. Two errors that cancel each other hide in all "
        f"{DIRECTIONS} directions with a chance of 2**-{DIRECTIONS} = {2.0**-DIRECTIONS:.1g}."
    )
    r = int(np.argmax((~np.isin(table, (-1, *OK))).sum(axis=1)))
    cases = []
    for name, x, end in zip(trial.subject.names, trial.subject.arrays, point.ends, strict=True):
        whole = analytic[r, end - x.size : end]
        at = np.flatnonzero(table[r, end - x.size : end] >= 0)
        here = end - x.size + at
        wrong = np.isin(table[r, here], (FAILS, NOT_A_SUBGRADIENT))
        a, c, spread, bad = (t[None] for t in (whole[at], value[r, here], error[r, here], wrong))
        if x.size > 1 and bad.any():
            marks = np.full(x.size, " ")
            marks[at] = np.where(bad[0], "X", np.where(np.isin(table[r, here], OK), ".", "?"))
            result.drawings.append(draw(name, marks.reshape(x.shape)))
        cases.append(Case(name, point.x[here], a, c, spread, bad, whole.reshape(1, *x.shape), at))
    result.diagnosis += diagnose(cases, np.zeros(0))

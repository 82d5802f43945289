"""Too many derivatives to compare one by one: random directions instead, with some single entries.

A random direction moves every entry up or down, so that a single wrong derivative always shows. Two that cancel each other do
so in half of the directions: the chance that they hide in all n directions is 2**-n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..numerical.estimate import Measured, measure
from ..numerical.point import Array, EvaluationPoint, as_array
from ..numerical.record import Record
from ..numerical.sampling import Group, concatenated, sample
from ..numerical.survey import Survey
from .budget import Budget
from .diagnosis import Argument, diagnose
from .jacobian import OWN_CALLS, ask_rounding, left_alone, well_measured
from .own_rounding import doubtful_verdicts, own_rounding
from .report import Entry, draw_marks
from .subject import inexact_leaves
from .trial import Trial, largest
from .verdict import FAILS, NOT_A_SUBGRADIENT, OK, OWN_ROUNDINGS, PASSES, VERDICTS, verdict_codes

__all__ = ["compare_directions"]

DIRECTIONS = 16
CALLS = 20  # of the function, for a direction or an entry, about
PROBES = 32  # single entries with the largest share in the gradient, and as many at random


class Direction(Record):
    """One random direction: a sign for each entry, the position of the mix of results, the slopes found, and the verdict."""

    signs: Array
    mix: int
    found: Measured
    slope: Array
    code: int


def compare_directions(trial: Trial) -> None:
    """Compare slopes in random directions and some single derivatives, of random signed sums of the results."""
    point, rng, budget = trial.point, trial.rng, trial.budget
    several = budget.share(0.5, CALLS + budget.cost_of_pull(), 1, DIRECTIONS)
    mixes = signed_sums(trial, several)
    analytic = np.array([trial.pulled(trial.split(mix)) for mix in mixes])
    line = signed_sum_point(trial, mixes)
    budget.points.append(line)
    survey = Survey(line, rng, well_measured(trial, analytic), budget.affords)
    finite = np.isfinite(point.x)
    moved = np.flatnonzero(finite)
    directions: list[Direction] = []
    for number in range(several):
        if number and not budget.affords(CALLS):
            break
        r, signs = number % len(mixes), rng.choice((-1.0, 1.0), point.x.size)
        found = directional_slope(line, survey, moved, signs[moved], r, budget)
        sure = any(d.code == FAILS for d in directions)  # then the rest need not be asked about its rounding
        directions.append(judged(trial, line, Direction(signs, r, found, analytic[r], PASSES), mixes[r], moved, sure))
    wrong = [d for d in directions if d.code not in OK][:2]
    probes = largest_and_random(trial, analytic[0] * line.unit, moved, budget.share(0.4, 2 * CALLS, 1, PROBES))
    for d in wrong:
        probes = np.union1d(probes, halving(line, survey, analytic[d.mix], d, moved, budget))
    touched = np.zeros((point.x.size, len(mixes)), bool)
    for mix in {0, *(d.mix for d in wrong)}:
        touched[probes, mix] = True
    pieces = list(survey.measured(touched))
    record_directions(trial, survey, analytic, mixes, directions, pieces, probes.size)


def judged(trial: Trial, line: EvaluationPoint, direction: Direction, mix: Array, moved: Array, sure: bool) -> Direction:
    """The direction with its verdict; what seems wrong is judged again with the gradient's own rounding."""
    point, found = trial.point, direction.found
    along = (direction.signs * line.unit)[moved]
    terms = direction.slope[moved] * along
    slope, defined = np.array([terms.sum()]), np.isfinite(line.y[[direction.mix]])
    own = OWN_ROUNDINGS * point.eps * np.sum(np.abs(terms))
    whole = np.max(np.abs(terms), initial=0.0)
    code = verdict_codes(found, slope, point.eps, defined, own, whole)
    if doubtful_verdicts(code, slope)[0] and not sure and trial.budget.affords(OWN_CALLS, OWN_CALLS):
        own = own + np.sum(own_rounding(trial, mix, moved)[moved] * np.abs(along))
        code = verdict_codes(found, slope, point.eps, defined, own, whole)
    return Direction(direction.signs, direction.mix, found, slope, int(code[0]))


def signed_sums(trial: Trial, count: int) -> Array:
    """Weights of the results, one row for each sum: random signs over the sizes of the results; 1 for a single number."""
    y = trial.point.y
    if y.size == 1:
        return np.ones((1, 1))
    finite = np.isfinite(y)
    sizes = np.abs(y[finite & (y != 0)])
    typical = float(np.median(sizes)) if sizes.size else 1.0
    weights = np.where(finite, 1 / np.fmax(np.abs(y), 1e-3 * typical), 0.0)
    mixes = trial.rng.choice((-1.0, 1.0), (count, y.size)) * weights
    return np.array([trial.point.laid_out(trial.split(mix)) for mix in mixes])  # as rounded to the results' dtype


def signed_sum_point(trial: Trial, mixes: Array) -> EvaluationPoint:
    """The same function and point, with the signed sums as its results."""
    point = trial.point
    finite = np.isfinite(point.y)

    def sums(arrays: Sequence[Array]) -> Array:
        results = [as_array(y) for y in inexact_leaves(trial.subject.value(arrays))]
        return mixes @ np.where(finite, point.laid_out(results), 0.0)

    line = EvaluationPoint(sums, trial.subject.arrays)
    line.result_eps = np.full(len(mixes), np.max(point.result_eps))  # the sums are of float64, its terms may be of less
    return line


def directional_slope(line: EvaluationPoint, survey: Survey, entries: Array, signs: Array, mix: int, budget: Budget) -> Measured:
    """The slope of a mix in a direction that moves each entry by its own size."""
    unit = line.unit[entries] * signs
    group = Group(entries, np.array([mix]), np.array([0]))
    samples = sample(line, group, unit, survey.steps[: survey.first], survey.disturbance)
    found = measure(samples, line.eps)
    unclear = found.rough[0] or not found.error[0] <= line.eps**0.4 * abs(found.value[0])
    if unclear and budget.affords(2 * (len(survey.steps) - survey.first)):
        finer = sample(line, group, unit, survey.steps[survey.first :], survey.disturbance)
        found = measure(concatenated([samples, finer], axis=0) if survey.steps[survey.first :] else samples, line.eps)
    return found.scaled(np.abs(unit[:1]))


def largest_and_random(trial: Trial, share: Array, moved: Array, count: int) -> Array:
    """The entries with the largest share in the gradient, and others at random."""
    top = moved[np.argsort(-np.nan_to_num(np.abs(share[moved]), nan=np.inf))[:count]]
    return np.union1d(top, trial.rng.choice(moved, min(moved.size, count), replace=False))


def halving(line: EvaluationPoint, survey: Survey, analytic: Array, direction: Direction, inside: Array, budget: Budget) -> Array:
    """A few entries that include a wrong one: a direction that disagrees is halved again and again."""
    while inside.size > 8:
        if not budget.affords(4 * CALLS):
            return inside[:8]
        halves = np.array_split(inside, 2)
        off = []
        for half in halves:
            signs = direction.signs[half]
            found = directional_slope(line, survey, half, signs, direction.mix, budget)
            gap = abs(np.sum(analytic[half] * signs * line.unit[half]) - found.value[0]) / max(found.error[0], 1e-300)
            off.append(gap if math.isfinite(gap) else math.inf)
        inside = halves[int(np.argmax(off))]
    return inside


def record_directions(
    trial: Trial,
    survey: Survey,
    analytic: Array,
    mixes: Array,
    directions: list[Direction],
    pieces: list[tuple[Array, Array, Measured]],
    probes: int,
) -> None:
    """Judge the single entries, and record all."""
    point, line, result = trial.point, survey.point, trial.result
    what = "f" if point.y.size == 1 else "a random signed sum of the results"
    table = np.full(analytic.shape, -1, np.int8)
    value, error = np.zeros(analytic.shape), np.zeros(analytic.shape)
    listed, bars = [], []
    for entries, results, found in pieces:
        a = analytic[results, entries]
        beside = np.max(np.abs(analytic * line.unit), axis=1, initial=0.0)[results] / line.unit[entries]
        codes = verdict_codes(found, a, point.eps, np.isfinite(line.y[results]), None, beside)
        if not any(d.code == FAILS for d in directions):
            ask_rounding(trial, survey, (entries, results), found, a, codes, beside, mixes)
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
    result.method = f"{len(directions)} random signed directions and {probes} single entries of {n}"
    result.method += (f", for random signed sums of {m} results" if m > 1 else "") + left_alone(~np.isfinite(point.x))
    bar = max((float(d.found.error[0]) for d in directions if math.isfinite(d.found.error[0])), default=math.inf)
    share = largest(analytic * line.unit)
    size = f"{bar / share:.1g} of the largest |gradient * x|" if share else f"{bar:.1g}"
    result.missed = (
        f"a single wrong entry whose error times |x| is above {size} shows in every direction: the chance of having missed one "
        f"is 0; a smaller one is below resolution unless it was probed. Two errors that cancel each other hide in all "
        f"{len(directions)} directions with a chance of 2**-{len(directions)} = {2.0 ** -len(directions):.1g}."
    )
    r = int(np.argmax((~np.isin(table, (-1, *OK))).sum(axis=1)))
    arguments = []
    for name, x, end in zip(trial.subject.names, trial.subject.arrays, point.ends, strict=True):
        whole = analytic[r, end - x.size : end]
        at = np.flatnonzero(table[r, end - x.size : end] >= 0)
        here = end - x.size + at
        wrong = np.isin(table[r, here], (FAILS, NOT_A_SUBGRADIENT))
        a, c, spread, bad = (t[None] for t in (whole[at], value[r, here], error[r, here], wrong))
        if x.size > 1 and bad.any():
            marks = np.full(x.size, " ")
            marks[at] = np.where(bad[0], "X", np.where(np.isin(table[r, here], OK), ".", "?"))
            result.drawings.append(draw_marks(name, marks.reshape(x.shape)))
        arguments.append(Argument(name, point.x[here], a, c, spread, bad, whole.reshape(1, *x.shape), at))
    result.diagnosis += diagnose(arguments, np.zeros(0))

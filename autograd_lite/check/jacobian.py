"""Every derivative of every result, compared one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numerical.estimate import SIGMAS, Measured, measure
from ..numerical.point import Array, EvaluationPoint, rounding_error
from ..numerical.sampling import Group, sample
from ..numerical.survey import Survey, column_groups, sparsity_pattern
from .diagnosis import Argument, diagnose
from .own_rounding import doubtful_verdicts, own_rounding
from .report import draw_marks
from .trial import Trial, largest, same
from .verdict import (
    BELOW,
    DISCONTINUOUS,
    FAILS,
    INCONCLUSIVE,
    KINK,
    NOT_A_SUBGRADIENT,
    OK,
    OWN_ROUNDINGS,
    PASSES,
    UNDEFINED,
    sharp_enough,
    verdict_codes,
)

__all__ = ["OWN_CALLS", "affordable", "ask_rounding", "compare_all", "left_alone", "well_measured"]

PAIRS = 4_000_000  # the number of derivatives in the largest Jacobian that is computed
LISTED = 4000  # entries that each piece of it gives to the report, at most
UNMEASURED = -1  # in a table of verdicts
NOISE = 24  # calls that measure noise, at least
OWN_CALLS = 150  # calls and pulls that measure the rounding of one row of the gradient


def affordable(trial: Trial) -> Array | None:
    """The sparsity pattern `touched[entry, result]` if all derivatives can be measured within the limits, else None."""
    point = trial.point
    n, m = point.x.size, point.y.size
    if n * m > PAIRS or not trial.budget.affords(2 * n * (m > 1) + m, m):
        return None
    touched = sparsity_pattern(point, 0.1)
    columns = sum(1 for _ in column_groups(touched))
    return touched if trial.budget.affords(NOISE + 16 * columns + m + reserve(trial), m) else None


def reserve(trial: Trial) -> float:
    """The calls that are kept for directions, should the limits not allow for all derivatives after all."""
    return min(500.0, trial.budget.calls_left() / 4)


def well_measured(trial: Trial, analytic: Array) -> Callable[[Measured, Array, Array], Array]:
    """The test for `Survey`: True where a derivative is measured well enough to judge the analytic one."""

    def enough(found: Measured, entries: Array, results: Array) -> Array:
        a, size = analytic[results, entries], np.abs(found.value)
        agrees = np.abs(a - found.value) <= found.error  # if not, all means are tried before a gradient is called wrong
        sharp = found.error <= trial.point.eps**0.4 * np.where(agrees, np.maximum(np.abs(a), size), size)
        nothing = (found.error > 0.25 * np.maximum(np.abs(a), size)) & (found.error <= 30 * found.resolution) & ~found.hidden
        known: Array = ~found.rough & (sharp | (agrees & nothing) | ((a == 0) & (found.value == 0)))
        return known

    return enough


def compare_all(trial: Trial, touched: Array) -> bool:
    """Measure and judge the whole Jacobian; False if the limits end that too early to find something wrong."""
    point, result = trial.point, trial.result
    n, m = point.x.size, point.y.size
    analytic = analytic_jacobian(trial)
    ignored = ~np.isfinite(point.x) & ~analytic.any(axis=0) & np.isfinite(point.y).all()  # as in nanmean, which ignores nan
    touched = (touched | (analytic.T != 0)) & ~ignored[:, None]
    spare = reserve(trial)
    survey = Survey(point, trial.rng, well_measured(trial, analytic), lambda calls: trial.budget.affords(calls + spare))
    floor = np.maximum(survey.disturbance.near, rounding_error(point, np.arange(m)))
    value = np.zeros((m, n), point.dtype)
    error = SIGMAS * floor[:, None] / (survey.steps[0] * point.unit)  # of entries that change nothing
    code = np.where(touched.T, UNMEASURED, PASSES).astype(np.int8)
    code[~np.isfinite(point.y)] = UNDEFINED
    sizes = np.abs(analytic) * point.unit
    whole = np.max(np.where(np.isfinite(sizes), sizes, 0.0), axis=1, initial=0.0)[:, None] / point.unit
    kept, bars = [], []
    for entries, results, found in survey.measured(touched):
        a = analytic[results, entries]
        beside = whole[results, entries]
        codes = verdict_codes(found, a, point.eps, np.isfinite(point.y[results]), None, beside)
        ask_rounding(trial, survey, (entries, results), found, a, codes, beside, None)
        noise = 1e4 * point.eps * largest(point.y) / point.unit[entries]  # a result that is 0 may be all rounding of the others
        lost = found.hidden & (np.abs(a - found.value) <= found.error) & (found.error <= noise)
        codes[(codes == INCONCLUSIVE) & lost] = BELOW
        value[results, entries], error[results, entries], code[results, entries] = found.value, found.error, codes
        bars.append((found.error / np.abs(found.value))[codes == PASSES])
        here = np.flatnonzero(codes > PASSES + 1)[:LISTED]
        kept += [(int(entries[k]), int(results[k]), found.part(k)) for k in here]
    early = np.any(code == UNMEASURED)
    if early and np.isin(code, (UNMEASURED, *OK)).all():
        return False
    refuse_kinks_together(trial, analytic, code)
    shown = error <= sharp_enough(point.eps) * np.abs(value)
    below_with_the_rest(code, shown, np.abs(analytic - value) <= error + OWN_ROUNDINGS * point.eps * whole)
    code[(code == FAILS) & ~np.isfinite(analytic) & (code == UNDEFINED).any(axis=0)] = UNDEFINED  # 0 times infinity
    listed = [
        trial.entry(j, trial.output(i), analytic[i, j], found, int(code[i, j])) for j, i, found in kept if code[i, j] > BELOW
    ]
    code[:, ignored] = UNMEASURED
    trial.record(code[code != UNMEASURED].tolist(), listed, bars)
    result.method = (f"the full Jacobian, {m} x {n}" if m > 1 else "the full gradient") + left_alone(ignored)
    if early:
        result.method += ", until the limit of cost was reached"
    if not np.isin(code, (UNMEASURED, *OK)).all():
        add_drawings(trial, code)
        wrong = np.isin(code, (FAILS, NOT_A_SUBGRADIENT))
        result.diagnosis += diagnose(by_argument(trial, analytic, value, error, wrong), point.y)
        result.diagnosis += stale_gradient(trial, analytic, value, error, code == FAILS)
    return True


def below_with_the_rest(code: Array, shown: Array, agrees: Array) -> None:
    """Where most of a row cannot be seen for rounding, what agrees there is below resolution too, though it nearly can."""
    compared = np.count_nonzero(code != UNMEASURED, axis=1)
    drowned = 2 * np.count_nonzero((code == BELOW) & ~shown, axis=1) > compared
    code[(code == INCONCLUSIVE) & agrees & drowned[:, None]] = BELOW


def ask_rounding(
    trial: Trial, survey: Survey, places: tuple[Array, Array], found: Measured, a: Array, codes: Array, whole: Array, mixes: Any
) -> None:
    """Judge once more, with the gradient's own rounding, what seems wrong or is doubtful; row by row, until one is wrong.

    Row i of the gradient is that of result i, or of the results in the proportions of `mixes[i]`. A gradient of 0 has no
    rounding; but it may be that of a staircase, which rises though it is flat between its steps.
    """
    point, (entries, results) = survey.point, places
    doubtful = doubtful_verdicts(codes, a)
    off = np.where(doubtful, np.abs(a - found.value) / (np.abs(found.value) + found.error), 0.0)
    for k in np.argsort(-np.nan_to_num(off), kind="stable")[: np.count_nonzero(doubtful)].tolist():
        i = int(results[k])
        here = np.flatnonzero(doubtful & (results == i))
        if not doubtful[k]:
            continue
        doubtful[here] = False
        if not trial.budget.affords(OWN_CALLS, OWN_CALLS):
            break
        found.stepped[k] |= a[k] == 0 and is_stepped(survey, int(entries[k]), i)
        weights = np.eye(1, point.y.size, i)[0] if mixes is None else mixes[i]
        own = own_rounding(trial, weights, np.unique(entries[here]))[entries[here]]
        own = OWN_ROUNDINGS * point.eps * np.maximum(np.abs(a[here]), whole[here]) + own
        defined = codes[here] != UNDEFINED
        codes[here] = verdict_codes(found.part(here), a[here], point.eps, defined, own, whole[here])
        apart = np.abs(a[here] - found.value[here]) - found.error[here] - own
        codes[here[(codes[here] == FAILS) & (apart <= found.resolution[here] / 4)]] = INCONCLUSIVE  # what rounds in f may here
        if np.any(codes[here] == FAILS):
            break


def is_stepped(survey: Survey, entry: int, result: int) -> bool:
    """True if the result is flat between steps that are larger than its rounding, as the entry moves."""
    group = Group(np.array([entry]), np.array([result]), np.array([0]))
    samples = sample(survey.point, group, survey.point.unit[group.entries], survey.steps, survey.disturbance)
    return bool(measure(samples, survey.point.eps).stepped[0])


def left_alone(ignored: Array) -> str:
    """The words of the report about nan and infinite entries, which cannot be moved."""
    return f" but for what is nan or infinite ({np.count_nonzero(ignored)})" if ignored.any() else ""


def analytic_jacobian(trial: Trial) -> Array:
    """The analytic derivatives, by one call of the pullback for each result."""
    m = trial.point.y.size
    rows = np.zeros((m, trial.point.x.size), trial.point.dtype)
    one = np.zeros(m)
    for i in range(m):
        one[i] = 1
        rows[i] = trial.pulled(trial.split(one))
        one[i] = 0
    return rows


def refuse_kinks_together(trial: Trial, analytic: Array, code: Array) -> None:
    """Refuse derivatives that lie between the sides of their kinks one by one but together are no subgradient.

    In every direction, the slope of a subgradient lies among the slopes of the function at points nearby (F. H. Clarke,
    Optimization and nonsmooth analysis, 1983, theorem 2.5.1). For max(x, y) at x = y the slope of (1, 1) along (1, 1) is 2,
    but that of the function is 1.
    """
    point, rng = trial.point, trial.rng
    rows = np.flatnonzero((code == KINK).sum(axis=1) > 1)
    if not rows.size or not trial.budget.affords(200):
        return
    moved = np.flatnonzero((code[rows] == KINK).any(axis=0))
    unit, claims = point.unit[moved], analytic[np.ix_(rows, moved)]
    around, step = max(1e-4, point.eps**0.3), max(1e-6, point.eps**0.5)
    for signs in (np.ones(moved.size), *rng.choice((-1.0, 1.0), (4, moved.size))):
        slopes = []
        for _ in range(16):
            away = around * rng.uniform(-1, 1, moved.size) * unit
            up, down = (point.after(moved, away + sign * step * signs * unit) for sign in (1, -1))
            slopes.append((up - down)[rows] / (2 * step))
        low, high = np.min(slopes, axis=0), np.max(slopes, axis=0)
        claimed = claims @ (signs * unit)
        slack = 1e-3 * (np.abs(low) + np.abs(high)) + 0.05 * np.abs(claims) @ unit
        bad = rows[(claimed < low - slack) | (claimed > high + slack)]
        code[bad] = np.where(code[bad] == KINK, NOT_A_SUBGRADIENT, code[bad])


def add_drawings(trial: Trial, code: Array) -> None:
    """Draw where in each argument the verdicts fell."""
    start = 0
    for name, x in zip(trial.subject.names, trial.point.arrays, strict=True):
        part = code[:, start : start + x.size]
        marks = np.full(x.size, ".")
        marks[(part == UNMEASURED).all(axis=0)] = " "
        for mark, codes in (("k", (KINK,)), ("?", range(DISCONTINUOUS, code.max() + 1)), ("X", (FAILS, NOT_A_SUBGRADIENT))):
            marks[np.isin(part, list(codes)).any(axis=0)] = mark
        if x.size > 1 and (marks != ".").any():
            trial.result.drawings.append(draw_marks(name, marks.reshape(x.shape)))
        start += x.size


def by_argument(trial: Trial, *tables: Array) -> list[Argument]:
    """The tables cut by argument, for the diagnosis."""
    found = []
    for name, x, end in zip(trial.subject.names, trial.subject.arrays, trial.point.ends, strict=True):
        analytic, value, error, wrong = (table[:, end - x.size : end].reshape(len(table), *x.shape) for table in tables)
        found.append(Argument(name, x.astype(trial.point.dtype), analytic, value, error, wrong, whole=analytic))
    return found


def stale_gradient(trial: Trial, analytic: Array, value: Array, error: Array, wrong: Array) -> list[str]:
    """A sentence if a wrong gradient stays the same at another point, where the derivative is another one."""
    subject = trial.subject
    if not wrong.any() or not trial.budget.affords(200) or not (subject.gradient is None or callable(subject.gradient)):
        return []
    i, j = np.unravel_index(int(np.argmax(np.where(wrong, np.abs(analytic - value), -1))), value.shape)
    elsewhere = EvaluationPoint(
        subject.value, [x + np.asarray(0.05 * np.where(x == 0, 1, x)).astype(x.dtype) for x in subject.arrays]
    )
    one = np.zeros(value.shape[0])
    one[i] = 1
    if not analytic[i].any() or not same(trial.pulled(trial.split(one), subject.pullback(elsewhere.arrays)), analytic[i]):
        return []
    survey = Survey(elsewhere, trial.rng, lambda *_: np.zeros(0, bool))
    group = Group(np.array([j]), np.array([i]), np.array([0]))
    there = measure(sample(elsewhere, group, elsewhere.unit[group.entries], survey.steps, survey.disturbance), elsewhere.eps)
    if not abs(there.value[0] - value[i, j]) > 10 * (there.error[0] + error[i, j]):
        return []
    return [
        "the gradient stays the same as the arguments change, though the derivative does not: is it computed from stale arrays, "
        "saved at another point?"
    ]

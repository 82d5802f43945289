"""From samples to a derivative: its value with an error bar, or the news of a kink or a jump."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .point import Array
from .record import Record
from .sampling import SINGLE_ROUNDING, LadderSamples
from .staircase import known_stairs

__all__ = ["SIGMAS", "Measured", "measure", "overwrite"]

SIGMAS = 6.0  # how many standard deviations of the noise an error bar allows for


class Measured(Record):
    """The measured derivatives, one number in each array for each derivative."""

    value: Array
    error: Array
    step: Array
    resolution: Array  # the smallest slope that can be seen at any step: noise makes as much, or larger slopes hide it
    left: Array  # at a kink the derivatives on either side and their error; else nan
    right: Array
    side_error: Array
    jump: Array  # True where the function jumps
    steep: Array  # True where its slope is infinite
    rough: Array  # True where the samples do not look smooth: a kink, a jump, or steps that are too coarse
    hidden: Array  # True where only noise is seen, and more than rounding makes: the function may be too fast to follow
    stepped: Array  # True where the function is flat between steps larger than the rounding of its values
    trend: Array  # the value on which coarser steps agree though finer ones do not, and its error; else nan
    trend_error: Array

    def part(self, which: Any) -> Measured:
        """Some of the derivatives."""
        return Measured(*(field[which] for field in self))

    def scaled(self, factor: Array) -> Measured:
        """The derivatives times a factor: those by a multiple of the entries."""
        names = ("value", "error", "resolution", "left", "right", "side_error", "trend", "trend_error")
        return Measured(**vars(self) | {name: getattr(self, name) * factor for name in names})


def measure(samples: LadderSamples, eps: float) -> Measured:
    """The best estimate for each entry, with kinks, jumps and infinite slopes told apart."""
    stairs = known_stairs(samples, eps)
    stepped = stairs > 64 * max(eps, float(np.finfo(float).eps)) * np.abs(samples.here)
    samples = samples.with_noise(np.maximum(samples.noise, stairs), samples.raw)
    value, error, step, trend, trend_error = extrapolate(samples)
    left, right, side_error, rough = side_derivatives(samples, eps)
    jump, steep = detect_jumps(samples)
    slopes = np.fmax(np.abs(samples.plus - samples.here), np.abs(samples.here - samples.minus)) / samples.step
    resolution = np.fmin.reduce(np.fmax(SIGMAS * samples.noise / samples.step, eps**0.75 * slopes), axis=0)
    broken = jump | steep
    heights = np.abs([samples.plus - samples.here, samples.minus - samples.here])
    seen = np.max(np.where(np.isfinite(heights), heights, 0), axis=(0, 1))
    least = np.maximum(
        max(SINGLE_ROUNDING, eps**0.5) * np.abs(samples.here), float(np.finfo(samples.noise.dtype).smallest_normal)
    )
    hidden = samples.raw[-1] > np.maximum(0.05 * seen, least)
    still = (value == 0) & (
        seen <= 4 * SINGLE_ROUNDING * np.abs(samples.here)
    )  # as tanh(13) in single precision, whose slope is not 0
    trend, trend_error = (
        np.where(still, 0, trend),
        np.where(still, SINGLE_ROUNDING * np.abs(samples.here) / samples.step[0], trend_error),
    )
    value = np.where(broken, np.nan, np.where(np.isfinite(error) | np.isnan(left), value, left))
    error = np.where(broken, np.inf, error)
    left, right = np.where(broken, np.nan, left), np.where(broken, np.nan, right)
    rough = rough | broken
    return Measured(
        value, error, step, resolution, left, right, side_error, jump, steep, rough, hidden, stepped, trend, trend_error
    )  # fmt: skip


def extrapolate(samples: LadderSamples) -> tuple[Array, ...]:
    """The estimate with the smallest error that agrees with all finer ones: value, error, step; then value and error of a trend.

    The trend is the best estimate that disagrees with finer ones. A staircase has one: flat between its steps, it rises
    nevertheless, which only coarse steps see. Each round of the loop extrapolates central differences over one rung more
    than the round before, from D(h) = f' + c h**2 + ...

    A kink beside the point, its slopes s apart, adds up to s / 2 to D(h) on all rungs that reach over it: they agree on a
    wrong value. It adds s / h to second differences, where it is seen though weak: those of a smooth function agree so well
    that h times what is between them is below the error already.
    """
    plus, minus, step, disturbance = samples.plus, samples.minus, samples.step, samples.noise
    estimate, curvature = (plus - minus) / (2 * step), ((plus - samples.here) - (samples.here - minus)) / step**2
    spread = SIGMAS * disturbance / step / math.sqrt(2)  # of the estimate, by the noise
    blur = math.sqrt(12) * spread / step  # the same of the curvature
    steepest = np.maximum.accumulate(np.abs(np.diff(estimate, axis=0)) / step[:-1], axis=0)
    allowed = 2 * spread[1:] + step[1:] * np.where(np.isfinite(steepest), steepest, np.inf)  # a smooth function is off by less
    least = np.minimum.accumulate((estimate[1:] + allowed)[::-1])[::-1]  # bounds on f' that a difference and all finer ones allow
    most = np.maximum.accumulate((estimate[1:] - allowed)[::-1])[::-1]
    nothing = np.full(estimate.shape[1:], np.nan)
    best: tuple[Array, ...] = (np.full(estimate.shape[1:], np.inf), nothing, nothing)
    trend = best
    for order in range(1, min(6, len(step))):
        weight = 1 / ((step[:-order] / step[order:]) ** 2 - 1)
        change = weight * (estimate[1:] - estimate[:-1])
        coarse = np.abs(estimate[:-1] - estimate[1:])  # more than the error of the coarser of the two
        bend = (np.abs(np.diff(curvature, axis=0)) - (blur[1:] + blur[:-1]) / 4) / (1 / step[order:] - 1 / step[order - 1 : -1])
        estimate, curvature = estimate[1:] + change, curvature[1:] + weight * (curvature[1:] - curvature[:-1])
        spread, blur = (wide[1:] + weight * (wide[1:] + wide[:-1]) for wide in (spread, blur))
        error = np.maximum(np.maximum(coarse if order > 1 else 2 * coarse, np.abs(change)), np.nan_to_num(bend, nan=0)) + spread
        error[:-1] = np.fmax(error[:-1], 2 * beyond_noise(estimate, spread) + spread[:-1])
        error = np.where(np.isfinite(error) & np.isfinite(estimate), error, np.inf)
        low, high = estimate - error, estimate + error
        low, high = np.where(np.isfinite(low), low, -np.inf), np.where(np.isfinite(high), high, np.inf)
        finer_low = np.maximum.accumulate(low[::-1])[::-1]  # the interval that all finer ones share
        finer_high = np.minimum.accumulate(high[::-1])[::-1]
        agrees = np.ones(error.shape, bool)
        agrees[:-1] = (low[:-1] <= finer_high[1:]) & (high[:-1] >= finer_low[1:])
        agrees[:-1] &= ~(low[:-1] > least[order:]) & ~(high[:-1] < most[order:])  # estimates that straddle a jump do not
        best = sharpest(best, np.where(agrees, error, np.inf), estimate, step[order:])
        trend = sharpest(trend, np.where(agrees | (error > 0.1 * np.abs(estimate)), np.inf, error), estimate, step[order:])
    return best[1], best[0], best[2], trend[1], trend[0]


def beyond_noise(estimate: Array, spread: Array) -> Array:
    """How far any finer estimate is from each but the last, more than its noise explains; below 0 if noise explains all.

    Those of a smooth function only get better. So coarse ones that agree with each other and not with these saw less than
    there is, as where two kinks on either side of the point cancel in second differences.
    """
    above = np.fmax.accumulate((estimate - spread)[:0:-1])[::-1] - estimate[:-1]
    below = estimate[:-1] - np.fmin.accumulate((estimate + spread)[:0:-1])[::-1]
    far: Array = np.fmax(above, below)
    return far


def sharpest(before: tuple[Array, ...], error: Array, estimate: Array, step: Array) -> tuple[Array, ...]:
    """(error, value, step) of the estimate with the smallest error, the ones before included."""
    k = np.argmin(error, axis=0)
    found = at_rung(error, k), at_rung(estimate, k), at_rung(step, k)
    return tuple(np.where(found[0] < before[0], new, old) for new, old in zip(found, before, strict=True))


def side_derivatives(samples: LadderSamples, eps: float) -> tuple[Array, Array, Array, Array]:
    """At a kink, the derivatives to the left and to the right and their error, elsewhere nan; then where f is not smooth.

    The two one-sided differences of a smooth function approach each other as the step goes to 0. At a kink the gap stays.
    It is judged at the finest step at which it is larger than noise, and than what a change of x by a unit in the last place
    would make: so much a stable solver may differ, as one that exchanges its pivots at x. At the end of the function's domain
    there is one side.
    """
    plus, minus, here, step, disturbance = samples.plus, samples.minus, samples.here, samples.step, samples.noise
    right, left = (plus - here) / step, (here - minus) / step
    spread = (2 * SIGMAS * disturbance + 2 * eps * samples.x * np.fmax(np.abs(right), np.abs(left))) / step
    rungs = np.arange(len(step))[:, None]
    gap = np.abs(right - left)
    k = np.maximum.reduce(np.where(gap > 10 * spread, rungs, -1), axis=0)
    ratios = np.array([at_rung(gap, k) / at_rung(gap, k - 1), at_rung(gap, k - 1) / at_rung(gap, k - 2)])
    shrinks = np.maximum(at_rung(step, k) / at_rung(step, k - 1), at_rung(step, k - 1) / at_rung(step, k - 2))
    finer = np.minimum(k + 2, len(step) - 1)
    finer_gap = np.maximum(at_rung(gap, finer), 20 * at_rung(spread, finer))
    closed = (finer == k + 2) & (finer_gap < 0.5 * at_rung(gap, k))  # the kink is beside the point
    kink = (k >= 2) & (ratios.min(axis=0) > 0.6) & (ratios.max(axis=0) < 1.6) & ~closed
    rough = (k >= 2) & ~(ratios.max(axis=0) < (1 + shrinks) / 2)
    beside = gap[1:] * eps * samples.x / step[1:]  # the kink may lie a unit in the last place beside the point
    off = spread[1:] + beside + np.maximum(np.abs(np.diff(right, axis=0)), np.abs(np.diff(left, axis=0)))
    best = 1 + np.argmin(np.where((rungs[1:] <= k) & (rungs[1:] >= k - 4), off, np.inf), axis=0)

    goes_right, goes_left = np.isfinite(right).all(axis=0), np.isfinite(left).all(axis=0)
    ends = goes_right != goes_left
    inside = np.where(goes_right, right, left)
    change = 2 * np.abs(np.diff(inside, axis=0)) + spread[1:]  # the error, if it falls at least like the root of the step
    last = 1 + np.argmin(np.where(np.isfinite(change), change, np.inf), axis=0)
    one_sided = ends & (at_rung(change, last - 1) <= 0.05 * np.abs(inside[0]) + at_rung(spread, last))

    def either(at_kink: Array, at_end: Array) -> Array:
        return np.where(ends, np.where(one_sided, at_end, np.nan), np.where(kink, at_kink, np.nan))

    return (
        either(at_rung(left, best), at_rung(inside, last)),
        either(at_rung(right, best), at_rung(inside, last)),
        either(at_rung(off, best - 1), at_rung(change, last - 1)),
        rough | ends,
    )


def detect_jumps(samples: LadderSamples) -> tuple[Array, Array]:
    """(True where the function jumps, True where its slope is infinite).

    As the step h goes to 0, the difference between either side and the point falls like h for a function that is smooth or
    has a kink, like h**p with p < 1 for an infinite slope, and not at all for a jump.
    """
    plus, minus, here, step, disturbance = samples.plus, samples.minus, samples.here, samples.step, samples.noise
    rungs = np.arange(len(step))[:, None]
    jump, steep = np.zeros(here.shape, bool), np.zeros(here.shape, bool)
    for height in (plus - here, here - minus):
        size = np.abs(height)
        k = np.maximum.reduce(np.where(size > 4 * SIGMAS * disturbance, rungs, -1), axis=0)
        ratios = [(np.log(at_rung(size, k - i)) - np.log(at_rung(size, k - i - 1))) for i in range(3)]
        powers = [r / (np.log(at_rung(step, k - i)) - np.log(at_rung(step, k - i - 1))) for i, r in enumerate(ratios)]
        reach = (
            4 * np.abs(plus - minus)[len(step) // 2] / (2 * step[len(step) // 2]) * step[-1]
        )  # the height that a slope makes at the last step
        same_sign = (np.sign(at_rung(height, k)) == np.sign(at_rung(height, k - 3))) & (k >= 3)
        here = k >= len(step) - 2  # finer steps that see nothing of it show a jump beside the point
        low, high = np.minimum.reduce(powers), np.maximum.reduce(powers)
        jump |= same_sign & here & (low > -0.05) & (high < 0.05) & (at_rung(size, k) > reach)
        steep |= same_sign & (low > 0.05) & (high < 0.9) & (high - low < 0.1)
    return jump, steep


def at_rung(table: Array, rung: Array) -> Array:
    """For each entry its number at its own rung."""
    found: Array = np.take_along_axis(table, np.maximum(rung, 0)[None], 0)[0]
    return found


def overwrite(into: Measured, where: Array, values: Measured) -> None:
    """Overwrite some of the derivatives."""
    for field, new in zip(into, values, strict=True):
        field[where] = new

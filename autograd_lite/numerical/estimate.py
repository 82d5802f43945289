"""What samples say of a derivative: its value with an error bar, and whether there is a kink or a jump."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .sampling import SINGLE, Samples

__all__ = ["SIGMAS", "Measured", "measure", "put"]

Array = NDArray[Any]

SIGMAS = 6.0  # how many standard deviations of the noise an error bar allows for


class Measured(NamedTuple):
    """What the samples say of each entry."""

    value: Array
    error: Array
    step: Array
    resolution: Array  # what noise alone makes at the coarsest step, or the slopes around would hide
    left: Array  # the derivatives of either side and their error, at a kink; else nan
    right: Array
    side_error: Array
    jump: Array  # whether the function jumps here
    steep: Array  # whether its slope is infinite
    rough: Array  # whether the samples do not look smooth: any of these, or steps too coarse
    hidden: Array  # whether all that is seen is noise, and more than that of rounding: it may be too fast to follow
    trend: Array  # what coarser steps agree on, with its error, where finer ones do not; else nan
    trend_error: Array

    def part(self, which: Any) -> Measured:
        """Some of the entries."""
        return Measured(*(field[which] for field in self))

    def scaled(self, factor: Array) -> Measured:
        """The derivatives by a multiple of the entries."""
        names = ("value", "error", "resolution", "left", "right", "side_error", "trend", "trend_error")
        return self._replace(**{name: getattr(self, name) * factor for name in names})


def measure(samples: Samples, eps: float) -> Measured:
    """The best estimate for each entry, and whether the function has a kink or a jump there."""
    value, error, step, trend, trend_error = extrapolate(samples)
    left, right, side_error, rough = sides(samples)
    jump, steep = growth(samples)
    slope = np.fmax(np.abs(samples.plus[0] - samples.here), np.abs(samples.here - samples.minus[0])) / samples.step[0]
    resolution = np.fmax(SIGMAS * samples.noise[0] / samples.step[0], eps**0.75 * slope)
    broken = jump | steep
    heights = np.abs([samples.plus - samples.here, samples.minus - samples.here])
    seen = np.max(np.where(np.isfinite(heights), heights, 0), axis=(0, 1))
    least = np.maximum(max(SINGLE, eps**0.5) * np.abs(samples.here), float(np.finfo(samples.noise.dtype).smallest_normal))
    hidden = samples.noise[-1] > np.maximum(0.05 * seen, least)
    still = (value == 0) & (seen <= 4 * SINGLE * np.abs(samples.here))  # as tanh(13) in single precision, whose slope is not 0
    trend, trend_error = np.where(still, 0, trend), np.where(still, SINGLE * np.abs(samples.here) / samples.step[0], trend_error)
    value = np.where(broken, np.nan, np.where(np.isfinite(error) | np.isnan(left), value, left))
    error = np.where(broken, np.inf, error)
    left, right = np.where(broken, np.nan, left), np.where(broken, np.nan, right)
    return Measured(
        value,
        error,
        step,
        resolution,
        left,
        right,
        side_error,
        jump,
        steep,
        rough | broken,
        hidden,
        trend,
        trend_error,
    )


def extrapolate(samples: Samples) -> tuple[Array, ...]:
    """Value, error and step of the sharpest estimate that agrees with all finer ones; value and error of what does not.

    A staircase stands still between two of its steps and yet goes up: coarse steps see a trend there that fine ones do not.
    A row of the tableau extrapolates central differences at one rung more than the row before, from D(h) = f' + c h**2 + ...
    """
    plus, minus, _, step, disturbance = samples
    estimate = (plus - minus) / (2 * step)
    spread = SIGMAS * disturbance / step / math.sqrt(2)  # of the noise, in the estimate
    steepest = np.maximum.accumulate(np.abs(np.diff(estimate, axis=0)) / step[:-1], axis=0)
    allowed = 2 * spread[1:] + step[1:] * np.where(np.isfinite(steepest), steepest, np.inf)  # what is smooth is off by less
    least = np.minimum.accumulate((estimate[1:] + allowed)[::-1])[::-1]  # of what a difference and all finer ones allow
    most = np.maximum.accumulate((estimate[1:] - allowed)[::-1])[::-1]
    nothing = np.full(estimate.shape[1:], np.nan)
    best: tuple[Array, ...] = (np.full(estimate.shape[1:], np.inf), nothing, nothing)
    trend = best
    for order in range(1, min(6, len(step))):
        weight = 1 / ((step[:-order] / step[order:]) ** 2 - 1)
        change = weight * (estimate[1:] - estimate[:-1])
        coarse = np.abs(estimate[:-1] - estimate[1:])  # what the coarser of the two it is made of is off by, and more
        estimate = estimate[1:] + change
        spread = spread[1:] + weight * (spread[1:] + spread[:-1])
        error = np.maximum(coarse if order > 1 else 2 * coarse, np.abs(change)) + spread
        error = np.where(np.isfinite(error) & np.isfinite(estimate), error, np.inf)
        low, high = estimate - error, estimate + error
        low, high = np.where(np.isfinite(low), low, -np.inf), np.where(np.isfinite(high), high, np.inf)
        finer_low = np.maximum.accumulate(low[::-1])[::-1]  # the least interval that all finer ones share
        finer_high = np.minimum.accumulate(high[::-1])[::-1]
        agrees = np.ones(error.shape, bool)
        agrees[:-1] = (low[:-1] <= finer_high[1:]) & (high[:-1] >= finer_low[1:])
        agrees[:-1] &= ~(low[:-1] > least[order:]) & ~(high[:-1] < most[order:])  # not so beside a jump
        best = sharpest(best, np.where(agrees, error, np.inf), estimate, step[order:])
        trend = sharpest(trend, np.where(agrees | (error > 0.1 * np.abs(estimate)), np.inf, error), estimate, step[order:])
    return best[1], best[0], best[2], trend[1], trend[0]


def sharpest(before: tuple[Array, ...], error: Array, estimate: Array, step: Array) -> tuple[Array, ...]:
    """(error, value, step) of the sharpest estimate, unless that of before is sharper."""
    k = np.argmin(error, axis=0)
    found = at(error, k), at(estimate, k), at(step, k)
    return tuple(np.where(found[0] < before[0], new, old) for new, old in zip(found, before, strict=True))


def sides(samples: Samples) -> tuple[Array, Array, Array, Array]:
    """The derivatives to the left and to the right with their error, nan where they are one; and what is not smooth.

    Where a function is smooth the two one-sided differences approach each other as the step does 0; at a kink they do not.
    Judged at the finest step at which noise could not make the gap. A domain that ends here has one side only.
    """
    plus, minus, here, step, disturbance = samples
    right, left = (plus - here) / step, (here - minus) / step
    spread = 2 * SIGMAS * disturbance / step
    rungs = np.arange(len(step))[:, None]
    gap = np.abs(right - left)
    k = np.maximum.reduce(np.where(gap > 10 * spread, rungs, -1), axis=0)
    ratios = np.array([at(gap, k) / at(gap, k - 1), at(gap, k - 1) / at(gap, k - 2)])
    shrinks = np.maximum(at(step, k) / at(step, k - 1), at(step, k - 1) / at(step, k - 2))
    finer = np.minimum(k + 2, len(step) - 1)
    closed = (finer == k + 2) & (
        np.maximum(at(gap, finer), 20 * at(spread, finer)) < 0.5 * at(gap, k)
    )  # the kink is beside the point
    kink = (k >= 2) & (ratios.min(axis=0) > 0.6) & (ratios.max(axis=0) < 1.6) & ~closed
    rough = (k >= 2) & ~(ratios.max(axis=0) < (1 + shrinks) / 2)
    off = spread[1:] + np.maximum(np.abs(np.diff(right, axis=0)), np.abs(np.diff(left, axis=0)))
    best = 1 + np.argmin(np.where((rungs[1:] <= k) & (rungs[1:] >= k - 4), off, np.inf), axis=0)

    goes_right, goes_left = np.isfinite(right).all(axis=0), np.isfinite(left).all(axis=0)
    ends = goes_right != goes_left
    inside = np.where(goes_right, right, left)
    change = 2 * np.abs(np.diff(inside, axis=0)) + spread[1:]  # converges at least as the root of the step
    last = 1 + np.argmin(np.where(np.isfinite(change), change, np.inf), axis=0)
    one_sided = ends & (at(change, last - 1) <= 0.05 * np.abs(inside[0]) + at(spread, last))

    def either(at_kink: Array, at_end: Array) -> Array:
        return np.where(ends, np.where(one_sided, at_end, np.nan), np.where(kink, at_kink, np.nan))

    return (
        either(at(left, best), at(inside, last)),
        either(at(right, best), at(inside, last)),
        either(at(off, best - 1), at(change, last - 1)),
        rough | ends,
    )


def growth(samples: Samples) -> tuple[Array, Array]:
    """Whether the function jumps here, and whether its slope is infinite.

    As the step h goes to 0, what separates the sides from the point falls like h where the function is smooth or has a kink,
    like h**p with p < 1 where it is infinitely steep, and not at all where it jumps.
    """
    plus, minus, here, step, disturbance = samples
    rungs = np.arange(len(step))[:, None]
    jump, steep = np.zeros(here.shape, bool), np.zeros(here.shape, bool)
    for height in (plus - here, here - minus):
        size = np.abs(height)
        k = np.maximum.reduce(np.where(size > 4 * SIGMAS * disturbance, rungs, -1), axis=0)
        ratios = [(np.log(at(size, k - i)) - np.log(at(size, k - i - 1))) for i in range(3)]
        powers = [r / (np.log(at(step, k - i)) - np.log(at(step, k - i - 1))) for i, r in enumerate(ratios)]
        reach = 4 * np.abs(plus - minus)[len(step) // 2] / (2 * step[len(step) // 2]) * step[-1]  # of a slope, at the last step
        same_sign = (np.sign(at(height, k)) == np.sign(at(height, k - 3))) & (k >= 3)
        low, high = np.minimum.reduce(powers), np.maximum.reduce(powers)
        jump |= same_sign & (low > -0.05) & (high < 0.05) & (at(size, k) > reach)
        steep |= same_sign & (low > 0.05) & (high < 0.9) & (high - low < 0.1)
    return jump, steep


def at(table: Array, rung: Array) -> Array:
    """For each entry its number at a rung of its own."""
    found: Array = np.take_along_axis(table, np.maximum(rung, 0)[None], 0)[0]
    return found


def put(into: Measured, where: Array, values: Measured) -> None:
    for field, new in zip(into, values, strict=True):
        field[where] = new

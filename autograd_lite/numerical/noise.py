"""The noise of a function: what no polynomial fits in nearby values, in windows from narrow to as wide as the ladder.

Rounding inside a function need not show in its size: `(x + 1e6) - 1e6` has the steps of 1e6. So it is measured at several
widths; each row of values is compared with its best polynomial (after J. J. More and S. M. Wild, "Estimating computational
noise", 2011). A row that fits too badly is suspect, until `staircase.py` has told rounding from a fast function.
"""

from __future__ import annotations

import math

import numpy as np

from .point import Array, EvaluationPoint, rounding_error
from .record import Record

__all__ = ["Noise", "Window", "cleaned", "measure_noise", "residuals", "window"]

SAMPLES = 12  # in a window
DEGREES = (2, 4, 6)  # of the polynomials that tell noise from a smooth function
WINDOWS = 5  # at most, ten times as wide or more from one to the next
BOTH_SIDES = 1  # windows, the widest, that are looked at on either side of the point
WIDE = 0.03  # relative widths from which a smooth function may need more than degree 6
EXCESS = 8.0  # times the noise that is known already: from there a window is suspect


class Window(Record):
    """The values at some points in a row on one side of the point, and the findings for each result."""

    width: float
    direction: Array  # how the entries move along the window of width 1
    t: Array  # the places of the values, as parts of the width
    values: Array
    size: Array  # the standard deviation of the noise
    is_noise: Array  # True for noise, False for a smooth function that the polynomials do not fit yet
    smooth: Array  # True where each higher degree leaves much less: no noise at all
    changes: Array  # the number of values that differ from the one before
    height: Array  # the largest absolute value


class Noise(Record):
    """The standard deviation of the noise in each result, by the distance from the point."""

    windows: list[Window]  # the first two are the narrowest, one to either side
    near: Array
    widths: Array
    sizes: Array  # in the windows of these widths, 0 where there was no noise; axes: window, result
    stair: Array  # the size of steps that rounding makes; they count at any distance
    explained: Array  # True where a bad fit is the function's own: a kink, a jump or speed; axes: window (all of them), result

    def smooth_part(self, relative: Array, results: Array) -> Array:
        """The noise at relative distances (first axis), but for steps: within its window it grows in proportion."""
        share = np.minimum(1.0, 2 * relative[:, None] / self.widths)[:, :, None]
        noise: Array = np.fmax(self.near[results], np.max(share * self.sizes[:, results], axis=1, initial=0.0))
        return noise

    def with_stair(self, stair: Array) -> Noise:
        """The same noise with steps at least as large."""
        return Noise(**vars(self) | {"stair": np.maximum(self.stair, stair)})

    def suspect(self, point: EvaluationPoint, k: int) -> Array:
        """True for each result that window k shows more noise in than is known, or plateaus."""
        one = self.windows[k]
        floor = rounding_error(point, np.arange(point.y.size), one.height)
        known = np.maximum(floor, self.stair if k < 2 else np.maximum(self.near, self.stair))
        excess = cleaned(one.size) > EXCESS * known
        plateaus = (one.changes > 0) & (one.changes <= 8) & (self.stair == 0)
        found: Array = ((excess & (~one.smooth | (one.width < WIDE))) | plateaus) & ~self.explained[k]
        return found


def window_widths(eps: float, first: float) -> list[float]:
    """Relative widths from where values differ by half of their digits up to the first rung of the ladder."""
    narrow = min(SAMPLES * 16 * math.sqrt(eps), first)
    count = 1 + min(WINDOWS - 1, math.ceil(math.log10(first / narrow)))
    return [float(w) for w in np.geomspace(narrow, first, count)] if count > 1 else [narrow]


def measure_noise(
    point: EvaluationPoint, entries: Array, unit: Array, first: float, rng: np.random.Generator, brief: bool = False
) -> Noise:
    """The noise of each result as the entries move along a random direction; `brief` looks at the narrowest windows alone.

    The points of a window lie on one side: a jump at the point itself is not noise. Of the two narrowest windows the
    quieter counts, since the other may have a jump or a kink in it.
    """
    widths = window_widths(point.eps, first)[: 1 if brief else None]
    direction = rng.choice((-1.0, 1.0), entries.size) * unit
    pair = [window(point, entries, sign * direction, widths[0], rng) for sign in (1.0, -1.0)]
    quieter = (pair[0].size <= pair[1].size) | ~np.isfinite(pair[1].size)
    near = cleaned(np.where(quieter, pair[0].size, pair[1].size))
    spread = [(width, rng.choice((-1.0, 1.0))) for width in widths[1:]]
    spread += [(width, -sign) for width, sign in spread[-BOTH_SIDES:]]  # few and far between are the steps of 1e9 + x
    further = [window(point, entries, sign * direction, width, rng) for width, sign in spread]
    widths += [width for width, _ in spread[len(widths) - 1 :]]
    explained = np.zeros((len(pair + further), near.size), bool)
    blank = Noise(pair + further, near, np.array(widths), np.zeros((1, near.size)), np.zeros_like(near), explained)
    sizes = [np.where(one.is_noise & ~blank.suspect(point, k), cleaned(one.size), 0.0) for k, one in enumerate(further, 2)]
    return Noise(**vars(blank) | {"sizes": np.array([np.zeros_like(near), *sizes])})


def window(
    point: EvaluationPoint, entries: Array, direction: Array, width: float, rng: np.random.Generator, start: float = 0.0
) -> Window:
    """The values in one window, which begins at the point or at a distance from it."""
    t = (np.arange(1, SAMPLES + 1) + rng.uniform(-0.3, 0.3, SAMPLES)) / SAMPLES  # at equal distances a period could hide
    t = t.astype(point.dtype)
    steps = [(start + width * t_i) * direction for t_i in t]
    if entries.size == 1:  # the places at which the values really are: what a step loses by rounding would pass for noise
        steps = [np.copysign(point.exact(entries, np.abs(step)), step) for step in steps]
        t = (np.array([step[0] for step in steps], point.dtype) / direction[0] - start) / width
    values = np.array([point.after(entries, step) for step in steps])
    height = np.max(np.abs(values), axis=0)
    by_degree = residuals(t, values)
    return Window(
        width,
        direction,
        t,
        values,
        np.min(by_degree[1:], axis=0),
        by_degree[2] > by_degree[1] / 2,
        (by_degree[2] < by_degree[1] / 4) & (by_degree[1] < by_degree[0] / 4),
        np.count_nonzero(np.diff(values, axis=0), axis=0),
        height,
    )


def residuals(t: Array, values: Array) -> list[Array]:
    """The standard deviation of what polynomials of each degree in `t` leave of `values`, along the first axis."""
    found = []
    height = np.fmax(np.max(np.abs(values), axis=0), float(np.finfo(values.dtype).smallest_normal))
    values = values / height  # so that squares neither overflow nor underflow
    for degree in DEGREES:
        q = polynomials(t, degree, values.dtype)
        rest = values - q @ (q.T @ values)
        found.append(np.sqrt(np.sum(rest * rest, axis=0) / (len(t) - degree - 1)) * height)
    return found


def polynomials(t: Array, degree: int, dtype: np.dtype[np.floating]) -> Array:
    """An orthonormal basis, in columns, of the values at `t` of polynomials of this degree, to the precision of `dtype`."""
    powers = np.vander(t, degree + 1)
    q, r = np.linalg.qr(powers.astype(float))
    if np.finfo(dtype).eps < np.finfo(float).eps:  # np.linalg is of doubles
        q = powers @ np.linalg.inv(r)  # spans the same to all digits, but is orthonormal to those of doubles
        q = q @ (1.5 * np.eye(degree + 1) - 0.5 * (q.T @ q))  # a step of Newton's method for q.T @ q = 1
    return q


def cleaned(size: Array) -> Array:
    """Sizes with 0 in place of nan and infinity: undefined values are no noise."""
    return np.nan_to_num(size, nan=0.0, posinf=0.0)

"""Values of a function up and down a ladder of steps, each with its noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .point import Array, EvaluationPoint, rounding
from .record import Record

__all__ = ["SINGLE_ROUNDING", "Group", "LadderSamples", "Noise", "concatenated", "ladder", "noise", "sample"]

NOISE_POINTS, NOISE_DEGREES = (
    12,
    (4, 6),
)  # points in a row, and the degrees of the polynomials that tell noise from a smooth function
SINGLE_ROUNDING = 1e-7  # the relative rounding error of single precision
FIRST_STEP, STEP_RATIO = (
    {2: 0.25, 4: 0.2},
    {2: 2.0, 4: 3.0, 8: 5.0},
)  # of the ladder, by the bytes of a number: the relative size, and the factor down to the next


def ladder(eps: float, rng: np.random.Generator) -> tuple[list[float], int]:
    """Relative steps from coarse to fine, and the number of those that are tried at first.

    Each step is a little random, so that no period of the function divides them all.
    """
    size = 2 if eps > 1e-5 else 4 if eps > 1e-12 else 8
    step, ratio = FIRST_STEP.get(size, 0.1), STEP_RATIO[size]
    steps = []
    while step > (8 if size == 2 else 32) * eps:
        steps.append(step * rng.uniform(0.9, 1.1))
        step /= ratio
    return steps, max(3, sum(step > eps**0.4 for step in steps))


class LadderSamples(Record):
    """Results on both sides of the point; axes: rung of the ladder, entry."""

    plus: Array
    minus: Array
    here: Array
    step: Array
    noise: Array  # its standard deviation, in the results

    def part(self, which: Any) -> LadderSamples:
        """The samples of some of the entries."""
        return LadderSamples(*(field[..., which] for field in self))


def residual_noise(t: Array, values: Array) -> tuple[Array, Array]:
    """Fit polynomials in `t` to `values` along the first axis: (standard deviation of the rest, True where it is noise).

    A polynomial of higher degree leaves much less of a smooth function, but not of noise.
    """
    found = []
    height = np.fmax(np.max(np.abs(values), axis=0), float(np.finfo(values.dtype).smallest_normal))
    values = values / height  # so that squares neither overflow nor underflow
    for degree in NOISE_DEGREES:
        q = polynomials(t, degree, values.dtype)
        rest = values - q @ (q.T @ values)
        found.append(np.sqrt(np.sum(rest * rest, axis=0) / (len(t) - degree - 1)))
    return np.min(found, axis=0) * height, found[-1] > found[0] / 2


def polynomials(t: Array, degree: int, dtype: np.dtype[Any]) -> Array:
    """An orthonormal basis, in columns, of the values at `t` of polynomials of this degree, to the precision of `dtype`."""
    powers = np.vander(t, degree + 1)
    q, r = np.linalg.qr(powers.astype(float))
    if np.finfo(dtype).eps < np.finfo(float).eps:  # np.linalg is of doubles
        q = powers @ np.linalg.inv(r)  # spans the same to all digits, but is orthonormal to those of doubles
        q = q @ (1.5 * np.eye(degree + 1) - 0.5 * (q.T @ q))  # a step of Newton's method for q.T @ q = 1
    return q


class Noise(Record):
    """The standard deviation of the noise in each result: near the point, and at a (relative) distance from it."""

    near: Array
    far: Array
    distance: float

    def at(self, relative: float, results: Array) -> Array:
        """The noise at another distance: it grows in proportion, as the rounding of a product does."""
        return np.fmax(self.near[results], relative / self.distance * self.far[results])


class Look(Record):
    """The findings from the values at some points in a row, for each result."""

    size: Array  # the standard deviation of the noise
    is_noise: Array  # True for noise, False for a smooth function that the polynomials do not fit yet
    changes: Array  # True where most values differ from the one before
    height: Array  # the largest absolute value


def noise(
    point: EvaluationPoint, entries: Array, unit: Array, first: float, rng: np.random.Generator, reach: Array | None = None
) -> Noise:
    """The noise of each result near the point and at the distance of the first rung, along a random direction.

    The points of a row lie on one side only: a jump at the point itself is not noise. The quieter side counts, since the
    other one may have a jump or a kink nearby. With a `reach`, other scales are tried until noise shows: finer ones where
    the polynomials do not fit the function; coarser ones, up to the reach of each entry, where the function does not
    change at all. There, changes as small as the rounding of single precision count as noise; larger ones are the steps
    of a staircase.
    """
    spacing = min(16 * math.sqrt(point.eps), first / NOISE_POINTS)

    def look(start: float, spacing: float, unit: Array = unit) -> Look:
        seen = []
        signs = rng.choice((-1.0, 1.0), entries.size)
        for direction in (signs * unit, -signs * unit):
            t = np.arange(1, NOISE_POINTS + 1) + rng.uniform(-0.3, 0.3, NOISE_POINTS)  # at equal distances a period could hide
            t = t.astype(point.dtype)
            values = np.array([point.after(entries, (start + spacing * t_i) * direction) for t_i in t])
            changes = np.count_nonzero(np.diff(values, axis=0), axis=0) >= NOISE_POINTS // 2
            seen.append(Look(*residual_noise(t / NOISE_POINTS, values), changes, np.max(np.abs(values), axis=0)))
        quieter = (seen[0].size <= seen[1].size) | np.isnan(seen[1].size)
        return Look(*(np.where(quieter, a, b) for a, b in zip(*seen, strict=True)))

    near, far = look(0.0, spacing), look(first / 2, spacing)
    size = near.size
    if reach is not None:
        seen, finer = near, spacing
        doubtful = ~seen.is_noise | ~(size < 1e-5 * seen.height)
        while doubtful.any() and (finer := point.eps**0.2 * finer) > 64 * point.eps:
            seen = look(0.0, finer)
            size = np.where(doubtful & seen.changes, np.fmin(size, seen.size), size)
            doubtful &= ~seen.is_noise
        still = ~near.changes
        hidden = 4 * point.eps * float(np.max(np.abs(point.x[entries]), initial=1.0))  # log(1 + exp(x)) rounds 1 + exp(x)
        coarser = [spacing * 20**k for k in range(1, 20) if spacing * 20**k < first / NOISE_POINTS]
        beyond = [spacing, *coarser] if (reach > unit).any() else []
        for width, spacing in [*((unit, s) for s in coarser), *((reach, s) for s in beyond)]:
            if not still.any():
                break
            coarse = look(0.0, spacing, width)
            rounded = coarse.size <= np.maximum(SINGLE_ROUNDING * coarse.height, hidden)
            size = np.where(still & coarse.changes & rounded, np.fmax(size, coarse.size), size)
            still &= ~coarse.changes
    return Noise(np.nan_to_num(size, posinf=0.0), np.nan_to_num(far.size, posinf=0.0), first / 2)


class Group(Record):
    """Entries that are moved at once, and the results that show their slopes: results[i] for entries[owner[i]]."""

    entries: Array
    results: Array
    owner: Array


def sample(point: EvaluationPoint, group: Group, unit: Array, steps: Sequence[float], disturbance: Noise) -> LadderSamples:
    """The samples of a group of entries: the function up and down the ladder."""
    plus, minus, sizes, noises = [], [], [], []
    for relative in steps:
        size = np.copysign(point.exact(group.entries, relative * np.abs(unit)), unit)
        up = point.after(group.entries, size)[group.results]
        down = point.after(group.entries, -size)[group.results]
        plus.append(up)
        minus.append(down)
        sizes.append(np.abs(size[group.owner]))
        noises.append(np.maximum(disturbance.at(relative, group.results), rounding(point, group.results, up, down)))
    return LadderSamples(np.array(plus), np.array(minus), point.y[group.results], np.array(sizes), np.array(noises))


def concatenated(samples: Sequence[LadderSamples], axis: int) -> LadderSamples:
    """Several samples as one: of more rungs (axis 0) or of more entries (axis 1)."""
    if len(samples) == 1:
        return samples[0]
    here = samples[0].here if axis == 0 else np.concatenate([s.here for s in samples])
    plus, minus, step, disturbance = (
        np.concatenate([getattr(s, name) for s in samples], axis) for name in ("plus", "minus", "step", "noise")
    )
    return LadderSamples(plus, minus, here, step, disturbance)

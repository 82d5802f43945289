"""Values of a function up and down a ladder of steps, and the noise in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .point import Point, rounding

__all__ = ["SINGLE", "Group", "Noise", "Samples", "joined", "ladder", "noise", "sample"]

Array = NDArray[Any]

POINTS, DEGREES = 12, (4, 6)  # of the polynomials that tell noise from what is smooth
SINGLE = 1e-7  # relative size of the rounding errors of single precision
FIRST, RATIO = {2: 0.25, 4: 0.2}, {2: 2.0, 4: 3.0, 8: 5.0}  # of the ladder, by the bytes of a number


def ladder(eps: float, rng: np.random.Generator) -> tuple[list[float], int]:
    """Relative steps from coarse to fine, and how many of them are tried at first.

    Each is shaken, so that no period of the function divides them all.
    """
    size = 2 if eps > 1e-5 else 4 if eps > 1e-12 else 8
    step, ratio = FIRST.get(size, 0.1), RATIO[size]
    steps = []
    while step > (8 if size == 2 else 32) * eps:
        steps.append(step * rng.uniform(0.9, 1.1))
        step /= ratio
    return steps, max(3, sum(step > eps**0.4 for step in steps))


class Samples(NamedTuple):
    """Results on both sides of the point; axes: rung of the ladder, entry."""

    plus: Array
    minus: Array
    here: Array
    step: Array
    noise: Array  # one standard deviation, in the results

    def part(self, which: Any) -> Samples:
        """Some of the entries."""
        return Samples(*(field[..., which] for field in self))


def residual_noise(t: Array, values: Array) -> tuple[Array, Array]:
    """The standard deviation of what no polynomial in `t` can follow in `values`, along the first axis; and whether it is noise.

    What is smooth leaves less to a polynomial of higher degree; noise does not.
    """
    found = []
    height = np.fmax(np.max(np.abs(values), axis=0), float(np.finfo(values.dtype).smallest_normal))
    values = values / height  # squares of it can be added
    for degree in DEGREES:
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


class Noise(NamedTuple):
    """One standard deviation of the noise in each result, near the point and at a (relative) distance from it."""

    near: Array
    far: Array
    distance: float

    def at(self, relative: float, results: Array) -> Array:
        """The noise at another distance: it grows linearly, as that of a rounded product does."""
        return np.fmax(self.near[results], relative / self.distance * self.far[results])


class Look(NamedTuple):
    """What values at some points in a row show of each result."""

    size: Array  # one standard deviation of the noise
    is_noise: Array  # or something smooth that has not been followed to its end
    changes: Array  # whether most values differ from the one before
    height: Array


def noise(point: Point, entries: Array, unit: Array, first: float, rng: np.random.Generator, reach: Array | None = None) -> Noise:
    """The noise of each result near the point, and at the distance of the first rung, along a random direction.

    Points lie on one side only: a jump at the point itself is not noise. Of both sides the quieter counts, since
    another jump or kink may lie on one. Given a `reach`, a scale is looked for that shows noise: a finer one where the
    function is not smooth enough to tell, coarser ones, up to the reach of each entry, where it stands still (then what is
    as small as the rounding of single precision is noise; larger steps of a staircase are the function's own).
    """
    spacing = min(16 * math.sqrt(point.eps), first / POINTS)

    def look(start: float, spacing: float, unit: Array = unit) -> Look:
        seen = []
        signs = rng.choice((-1.0, 1.0), entries.size)
        for direction in (signs * unit, -signs * unit):
            t = np.arange(1, POINTS + 1) + rng.uniform(-0.3, 0.3, POINTS)  # at equal distances a period could hide
            t = t.astype(point.dtype)
            values = np.array([point.after(entries, (start + spacing * t_i) * direction) for t_i in t])
            changes = np.count_nonzero(np.diff(values, axis=0), axis=0) >= POINTS // 2
            seen.append(Look(*residual_noise(t / POINTS, values), changes, np.max(np.abs(values), axis=0)))
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
        coarser = [spacing * 20**k for k in range(1, 20) if spacing * 20**k < first / POINTS]
        beyond = [spacing, *coarser] if (reach > unit).any() else []
        for width, spacing in [*((unit, s) for s in coarser), *((reach, s) for s in beyond)]:
            if not still.any():
                break
            coarse = look(0.0, spacing, width)
            rounded = coarse.size <= np.maximum(SINGLE * coarse.height, hidden)
            size = np.where(still & coarse.changes & rounded, np.fmax(size, coarse.size), size)
            still &= ~coarse.changes
    return Noise(np.nan_to_num(size, posinf=0.0), np.nan_to_num(far.size, posinf=0.0), first / 2)


class Group(NamedTuple):
    """Entries that are moved at once, and the results that each of them is read from: results[i] by entries[owner[i]]."""

    entries: Array
    results: Array
    owner: Array


def sample(point: Point, group: Group, unit: Array, steps: Sequence[float], disturbance: Noise) -> Samples:
    """The function up and down the ladder."""
    plus, minus, sizes, noises = [], [], [], []
    for relative in steps:
        size = np.copysign(point.exact(group.entries, relative * np.abs(unit)), unit)
        up = point.after(group.entries, size)[group.results]
        down = point.after(group.entries, -size)[group.results]
        plus.append(up)
        minus.append(down)
        sizes.append(np.abs(size[group.owner]))
        noises.append(np.maximum(disturbance.at(relative, group.results), rounding(point, group.results, up, down)))
    return Samples(np.array(plus), np.array(minus), point.y[group.results], np.array(sizes), np.array(noises))


def joined(samples: Sequence[Samples], axis: int) -> Samples:
    """Samples of more rungs (axis 0) or of more entries (axis 1) as one."""
    if len(samples) == 1:
        return samples[0]
    here = samples[0].here if axis == 0 else np.concatenate([s.here for s in samples])
    plus, minus, step, disturbance = (
        np.concatenate([getattr(s, name) for s in samples], axis) for name in ("plus", "minus", "step", "noise")
    )
    return Samples(plus, minus, here, step, disturbance)

"""Values of a function up and down a ladder of steps, each with its noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .noise import Noise
from .point import Array, EvaluationPoint, rounding_error
from .record import Record

__all__ = ["SINGLE_ROUNDING", "Group", "LadderSamples", "concatenated", "ladder", "sample"]

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
    raw: Array  # the same without the steps of rounding
    x: Array  # the size of the entry; without rungs, as `here`

    def part(self, which: Any) -> LadderSamples:
        """The samples of some of the entries."""
        return LadderSamples(*(field[..., which] for field in self))

    def with_noise(self, noise: Array, raw: Array) -> LadderSamples:
        """The same samples, their noise known better."""
        return LadderSamples(**vars(self) | {"noise": noise, "raw": raw})


class Group(Record):
    """Entries that are moved at once, and the results that show their slopes: results[i] for entries[owner[i]]."""

    entries: Array
    results: Array
    owner: Array


def sample(point: EvaluationPoint, group: Group, unit: Array, steps: Sequence[float], disturbance: Noise) -> LadderSamples:
    """The samples of a group of entries: the function up and down the ladder."""
    relative = np.asarray(steps, point.dtype)
    sizes = np.copysign(point.exact(group.entries, relative[:, None] * np.abs(unit)), unit)
    plus = np.array([point.after(group.entries, size)[group.results] for size in sizes])
    minus = np.array([point.after(group.entries, -size)[group.results] for size in sizes])
    raw = np.maximum(disturbance.smooth_part(relative, group.results), rounding_error(point, group.results, plus, minus))
    noise, x = np.maximum(raw, disturbance.stair[group.results]), np.abs(point.x[group.entries])[group.owner]
    return LadderSamples(plus, minus, point.y[group.results], np.abs(sizes[:, group.owner]), noise, raw, x)


def concatenated(samples: Sequence[LadderSamples], axis: int) -> LadderSamples:
    """Several samples as one: of more rungs (axis 0) or of more entries (axis 1)."""
    if len(samples) == 1:
        return samples[0]
    here, x = (
        getattr(samples[0], name) if axis == 0 else np.concatenate([getattr(s, name) for s in samples]) for name in ("here", "x")
    )
    plus, minus, step, disturbance, raw = (
        np.concatenate([getattr(s, name) for s in samples], axis) for name in ("plus", "minus", "step", "noise", "raw")
    )
    return LadderSamples(plus, minus, here, step, disturbance, raw, x)

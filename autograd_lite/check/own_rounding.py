"""The rounding inside a gradient, measured before it is called wrong.

A right gradient may be far off where large terms cancel in it: that of (exp(x) - 1) / x is near 0. Three things show it. Pulled
back along c v, for numbers c that are no powers of 2, a gradient is c times as large but for its rounding. As a function
of the arguments it has noise, as any function (see `numerical/noise.py`). And of long doubles it is another number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..numerical.estimate import SIGMAS
from ..numerical.noise import measure_noise
from ..numerical.point import LONG, Array, EvaluationPoint, quiet
from ..numerical.sampling import Group
from ..numerical.staircase import resolved
from .trial import Trial, largest
from .verdict import FAILS, INCONCLUSIVE, OWN_ROUNDINGS

__all__ = ["doubtful_verdicts", "own_rounding", "spread"]

SCALES = 8  # numbers c that a cotangent is multiplied by


def spread(trial: Trial, cotangent: list[Array]) -> Array:
    """For each entry, how far pull(c v) / c spreads over random c between 1/2 and 1."""
    factors = trial.rng.uniform(0.5, 1, SCALES)
    pulled = np.array([trial.pulled([np.asarray(c * a) for a in cotangent]) / c for c in factors.tolist()])
    found: Array = np.ptp(pulled, axis=0)
    return found


def own_rounding(trial: Trial, weights: Array, entries: Array) -> Array:
    """The rounding of the gradient of a weighted sum of the results, by each argument; measured for some entries.

    It is 0 where the gradient cannot be asked at other points. Rounding to single precision is no excuse.
    """
    subject, point = trial.subject, trial.point
    own = OWN_ROUNDINGS * spread(trial, trial.split(weights))
    if subject.gradient is None or callable(subject.gradient):

        def gradient(arrays: Sequence[Array]) -> Array:
            cotangents = trial.split(weights)
            return trial.pulled(cotangents, lambda _: subject.or_nan(lambda x: subject.pullback(x)(cotangents), arrays))

        there = EvaluationPoint(gradient, subject.arrays)
        own = own + SIGMAS * noise_near(there, point.unit, entries, trial.rng) + lost_digits(trial, weights, there.y)
        point.evaluations += there.evaluations
        if point.eps < 1e-12 and single_precision(there.y[entries], own[entries]):
            own[entries] = 0.0
    return np.where(np.isfinite(own), own, 0.0)


def noise_near(there: EvaluationPoint, unit: Array, entries: Array, rng: np.random.Generator) -> Array:
    """The noise of a gradient near its point, with the steps of rounding in some of its entries."""
    everything = np.arange(there.x.size)
    noise = measure_noise(there, everything, unit, max(0.1, there.eps**0.4), rng)
    line = Group(everything, entries, np.zeros(entries.size, int))
    noise = resolved(there, line, noise, rng, rounds=1)
    size: Array = np.maximum(noise.near, noise.stair)
    return size


def lost_digits(trial: Trial, weights: Array, g: Array) -> Array:
    """How far a gradient of doubles is from that of long doubles; 0 where these are no longer or are not taken."""
    subject, point = trial.subject, trial.point
    if not point.gains_by_long_doubles:
        return np.zeros_like(g)
    cotangents = [v.astype(LONG) for v in trial.split(weights)]
    try:
        with quiet():
            pull = subject.pullback([x.astype(LONG) for x in subject.arrays])
            lost: Array = np.abs(g - trial.pulled(cotangents, pull))
    except Exception:  # whatever a function does with numbers that it was not written for
        return np.zeros_like(g)
    point.evaluations += 1
    return lost


def single_precision(g: Array, own: Array) -> bool:
    """True for a gradient that holds numbers of float32 and rounds like them."""
    size = largest(g)
    rounds = 1e-9 * size < largest(own) < 1e-5 * size
    return bool(rounds and np.array_equal(g.astype(np.float32).astype(g.dtype), g, equal_nan=True))


def doubtful_verdicts(code: Array, analytic: Array) -> Array:
    """True for each finite derivative that is to be called wrong, or may be: its own rounding is to be asked first."""
    found: Array = np.isin(code, (FAILS, INCONCLUSIVE)) & np.isfinite(analytic)
    return found

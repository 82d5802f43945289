"""Steps that rounding makes, told from jumps, kinks and speed of the function itself.

A window that no polynomial fits is halved again and again, towards the larger change. What is smooth fades away; a jump
stays. A jump is taken for rounding if it is small beside the function, or if the values lie on a grid of powers of 2, as they
do after large terms have cancelled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .noise import Noise, Window, cleaned, window
from .point import Array, EvaluationPoint
from .record import Record
from .sampling import Group, LadderSamples

__all__ = ["known_stairs", "resolved", "suspicious"]

NARROW = 2  # windows that show the noise near the point: one to either side
HALVINGS = 48
FINEST = 16.0  # units in the last place of the argument, between which the halving ends
ROUNDS = 4  # results that one entry is halved for, in each window
OF_VALUE = 1e-3  # a jump of at most this part of the function is rounding
OF_SINGLE = 1e-5  # the same of rounding to single precision
OF_ONE = 4e-6  # or this much in absolute terms, if values repeat or lie on a grid
UNIT_ROUNDING = 64.0  # or this many eps, whatever else the values do: a term as large as 1 or the argument rounds so
VISIBLE = 1e-5  # waves smaller than this part of the function are noise (x * 1.1 - x rounds in waves), larger ones its own
LEFT = 0.05  # the part of what a polynomial leaves that a jump is larger than
GRID = 2.0**-9  # the coarsest grid that cancelling terms are taken to leave


def suspicious(point: EvaluationPoint, group: Group, noise: Noise) -> Array:
    """True for each result of the group that some window fits badly; of the wider ones, as rounding may do."""
    found = np.zeros(group.results.size, bool)
    for k in range(len(noise.windows)):
        found[suspects(point, group, noise, k)] = True
    return found


def suspects(point: EvaluationPoint, group: Group, noise: Noise, k: int) -> Array:
    """The positions in the group of results that window k fits badly; if it is one of the wider ones, as rounding may do."""
    one = noise.windows[k]
    found = np.flatnonzero(noise.suspect(point, k)[group.results])
    if k >= NARROW and found.size:
        found = found[may_round(point, group, one, found, LEFT * cleaned(one.size[group.results[found]]))]
    return found


def resolved(point: EvaluationPoint, group: Group, noise: Noise, rng: np.random.Generator, rounds: int = ROUNDS) -> Noise:
    """The noise with the steps that rounding makes; where the function is only fast, as narrower windows show it."""
    near, stair, sizes, explained = noise.near.copy(), noise.stair.copy(), noise.sizes.copy(), noise.explained.copy()
    for k, one in enumerate(noise.windows):
        now = Noise(**vars(noise) | {"near": near, "stair": stair})
        suspect = suspects(point, group, now, k)
        if k >= NARROW:
            sizes[k - 1, group.results[now.suspect(point, k)[group.results]]] = 0.0  # what does not round there is its own
        if not suspect.size:
            continue
        found = bisected(point, group, one, suspect, rounds)
        results = group.results[suspect]
        is_rounding = found.jumps & may_round(point, group, one, suspect, found.size)
        size = np.maximum(1.5 * cleaned(one.size[results]), 0.75 * found.size)
        np.maximum.at(stair, results, np.where(is_rounding, size, 0.0))
        waves = small_waves(point, group, one, results, found.fades, rng)
        explained[k, results] = np.where(found.fades, ~waves, found.jumps & ~is_rounding & found.looked_at)
        if k >= NARROW:
            sizes[k - 1, results] = np.where(found.fades & waves, one.size[results], 0.0)
        elif (fast := results[found.fades & ~waves]).size:
            near[fast] = look_closer(point, group, one, fast, near, rng)
    return Noise(**vars(noise) | {"near": near, "stair": stair, "sizes": sizes, "explained": explained})


def may_round(point: EvaluationPoint, group: Group, one: Window, which: Array, size: Array) -> Array:
    """True for the results at positions `which` that rounding may change by this size."""
    results = group.results[which]
    height, grid = one.height[results], dyadic_grid(one.values[:, results])
    scale = np.maximum(1.0, np.abs(point.x[group.entries[group.owner[which]]]))
    regular = (one.changes[results] < len(one.t) - 1) | (grid > 0)
    found: Array = (
        (size <= max(OF_VALUE, 4 * point.eps) * height)
        | ((size <= OF_ONE * scale) & regular)
        | (size <= UNIT_ROUNDING * point.eps * scale)
        | ((grid > 0) & (grid <= GRID * scale))
    )
    return found


class Halved(Record):
    """The findings of halving, for each suspect result."""

    size: Array  # the change that was left in the last segment
    jumps: Array  # True if it had not become much less
    fades: Array  # True if it had: the function is smooth, or has a kink
    looked_at: Array  # False for those beyond the first few


def bisected(point: EvaluationPoint, group: Group, one: Window, suspect: Array, rounds: int) -> Halved:
    """Halve the window towards the largest change of what its polynomial leaves, for the results at positions `suspect`.

    Entries are moved together, each along its own halves; an entry with several suspect results takes them in turn, the
    worst fit first. Of those beyond the first few nothing is measured: the noise that was seen counts as a jump.
    """
    size, jumps, fades = one.size[group.results[suspect]].copy(), np.ones(suspect.size, bool), np.zeros(suspect.size, bool)
    size = cleaned(size)
    order = np.argsort(-size / np.fmax(one.height[group.results[suspect]], 1e-300), kind="stable")
    turn = np.zeros(suspect.size, int)
    taken: dict[int, int] = {}
    for i in order:
        owner = int(group.owner[suspect[i]])
        turn[i] = taken.get(owner, 0)
        taken[owner] = turn[i] + 1
    for this in range(min(rounds, 1 + int(turn.max()))):
        now = np.flatnonzero(turn == this)
        size[now], jumps[now], fades[now] = halve(point, group, one, suspect[now])
    return Halved(size, jumps, fades, turn < rounds)


def halve(point: EvaluationPoint, group: Group, one: Window, which: Array) -> tuple[Array, Array, Array]:
    """(change that is left, True for a jump, True for what fades), for one result of each entry that moves."""
    results, owners = group.results[which], group.owner[which]
    together = not np.any(group.owner)  # the entries make one line
    direction = one.direction * one.width

    def values(t: Array) -> Array:
        place = np.zeros(group.entries.size, t.dtype)
        place[slice(None) if together else owners] = t
        found: Array = point.after(group.entries, place * direction)[results]
        return found

    if not np.all(np.isfinite(one.t)):  # the steps lead beyond the largest number
        return np.full(which.size, np.inf), np.zeros(which.size, bool), np.zeros(which.size, bool)
    base = one.values[0, results]
    coefficients = (np.linalg.pinv(np.vander(2 * one.t.astype(float) - 1, 5)) @ (one.values[:, results] - base).astype(float)).T

    def fit(t: Array) -> Array:
        left: Array = base + np.sum((2 * t - 1)[:, None] ** np.arange(4, -1, -1) * coefficients, axis=1)
        return left

    rest = np.array([one.values[i, results] - fit(np.full(which.size, t, one.t.dtype)) for i, t in enumerate(one.t)])
    change = cleaned(np.abs(np.diff(rest, axis=0)))
    k = np.argmax(change, axis=0)
    at = np.arange(which.size)
    low, high = one.t[k], one.t[k + 1]
    low_rest, high_rest, first, now = rest[k, at], rest[k + 1, at], change[k, at], change[k, at]
    moved = np.arange(group.entries.size) if together else owners
    reached = np.maximum(np.abs(point.x[group.entries[moved]]), np.abs(high * direction[moved]))
    finest = FINEST * np.spacing(reached) / np.abs(direction[moved])
    finest = np.max(finest, keepdims=True) if together else finest
    for _ in range(HALVINGS):
        going = (high - low > finest) & (now >= OF_VALUE * first)
        if not going.any():
            break
        middle = (low + high) / 2
        y = values(middle) - fit(middle)
        lower = ~(np.abs(y - low_rest) < np.abs(high_rest - y))
        low, low_rest = np.where(going & ~lower, middle, low), np.where(going & ~lower, y, low_rest)
        high, high_rest = np.where(going & lower, middle, high), np.where(going & lower, y, high_rest)
        now = np.where(going, cleaned(np.abs(high_rest - low_rest)), now)
    return now, now > 0.1 * first, now < OF_VALUE * first


def small_waves(
    point: EvaluationPoint, group: Group, one: Window, results: Array, fades: Array, rng: np.random.Generator
) -> Array:
    """True for results with small waves all over the window: a window a twelfth as wide, somewhere in it, fits no better."""
    small: Array = fades & (one.size[results] < VISIBLE * one.height[results])
    if small.any():
        part = window(point, group.entries, one.direction, one.width / len(one.t), rng, rng.uniform(0.3, 0.9) * one.width)
        small &= cleaned(part.size[results]) > 0.25 * one.size[results]
    return small


def look_closer(point: EvaluationPoint, group: Group, one: Window, results: Array, near: Array, rng: Any) -> Array:
    """The noise near the point of results that are too fast for a window: that of the narrower ones, until it is noise."""
    size, width = near[results].copy(), one.width
    doubtful = np.ones(results.size, bool)
    while doubtful.any() and (width := point.eps**0.2 * width) > 768 * point.eps:
        seen = window(point, group.entries, one.direction, width, rng)
        changes = seen.changes[results] >= len(seen.t) // 2
        size = np.where(doubtful & changes, np.fmin(size, cleaned(seen.size[results])), size)
        doubtful &= ~seen.is_noise[results]
    return size


def dyadic_grid(values: Array) -> Array:
    """The coarsest power of 2 that all values (along the first axis) are multiples of; 0 if they use most of their digits."""
    mantissa, exponent = np.frexp(values.astype(float))
    whole = np.where(np.isfinite(values), mantissa * 2.0**53, 0.0).astype(np.int64)
    lowest = np.where(whole == 0, np.inf, np.ldexp((whole & -whole).astype(float), exponent - 53))
    grid = np.min(lowest, axis=0)
    enough = np.isfinite(grid) & (grid >= 2.0**8 * np.spacing(np.max(np.abs(values), axis=0).astype(float)))
    return np.where(enough, grid, 0.0)


def known_stairs(samples: LadderSamples, eps: float) -> Array:
    """The least noise that rungs without any change tell of, for each entry.

    A step that changes nothing is smaller than the rounding inside the function: then noise is at least half of the
    smallest change on other rungs, if that is small enough for rounding; and if all changes are multiples of it, unless it is
    as small as single precision makes: beside a kink a function may be flat too. If nothing changes at all, rounding may hide
    as much as it does in numbers of the size of 1, of the argument, or of the function.
    """
    plus, minus, here = samples.plus, samples.minus, samples.here
    flat = np.any((plus == here) & (minus == here), axis=0)
    if not flat.any():
        return np.zeros_like(here)
    gaps = np.diff(np.sort(np.concatenate([plus, minus, here[None]])[:, flat], axis=0), axis=0)
    gap = np.min(np.where(gaps > 0, gaps, np.inf), axis=0)
    height, scale = np.abs(here[flat]), np.maximum(1.0, samples.x[flat])
    largest = np.max(np.abs(np.concatenate([plus, minus])[:, flat]), axis=0)
    multiples = np.abs(np.concatenate([plus, minus])[:, flat] - here[flat]) / gap
    even = np.all(~(np.abs(multiples - np.rint(multiples)) > 0.02 + 1e-6 * multiples), axis=0)
    rounds = (gap <= max(OF_VALUE, 4 * eps) * largest) & (even | (gap <= max(OF_SINGLE, 4 * eps) * largest))
    rounds |= gap <= OF_ONE * scale
    still = np.where(height < 0.9, UNIT_ROUNDING * eps * np.maximum(scale, height), 4 * eps * height)
    least = np.zeros_like(here)
    least[flat] = np.where(np.isinf(gap), still, np.where(rounds, gap / 2, 0.0))
    return least

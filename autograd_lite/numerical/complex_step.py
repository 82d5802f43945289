"""Derivatives by a step into the complex numbers, with the rounding that they show."""

from __future__ import annotations

import warnings

import numpy as np

from ..transforms import tree
from .noise import residuals
from .point import Array, EvaluationPoint, as_array
from .sampling import Group

__all__ = ["complex_slopes", "slopes_at_shifts"]

SPREADS = 1e-4 * 30.0 ** -np.arange(6)  # of the points at which the rounding is seen, relative to the argument
POINTS = 12


def complex_slopes(point: EvaluationPoint, group: Group, unit: Array, rng: np.random.Generator) -> tuple[Array, Array] | None:
    """(slopes of the group's results, their errors); None if `f` does not take complex numbers.

    f(x + ih) = f(x) + ih f'(x) - ...: the imaginary part over h has no cancellation of its own, and h can be as small as
    numbers get (W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", 1998). Terms
    of f may still cancel. So neighbouring points are looked at too, each with a step of another size: a step of the same size
    would round alike everywhere in a function that is linear. What no polynomial fits is rounding.
    """
    value = error = np.full(group.results.size, np.inf)
    for spread in SPREADS:
        t = np.concatenate([[0.0], rng.uniform(-1, 1, POINTS - 1)])
        around = [slopes_at_shifts(point, group.entries, unit, spread * t_i * unit, rng.uniform(0.5, 1)) for t_i in t]
        if any(slopes is None for slopes in around):
            return None
        values = np.array(around)[:, group.results]
        _, by_4, by_6 = residuals(t, values)
        rounded = np.fmin(by_4, by_6)
        eps = float(np.finfo(float).eps)
        found = 1e3 * eps * np.abs(values[0]) + 32 * rounded
        better = ~(found >= error)
        value, error = np.where(better, values[0], value), np.where(better, found, error)
        if np.all((by_6 > by_4 / 2) | (rounded <= 4 * eps * np.abs(values[0]))):
            break
    return value / unit[group.owner], error / np.abs(unit[group.owner])


def slopes_at_shifts(
    point: EvaluationPoint, entries: Array, unit: Array, shift: Array | float = 0.0, part: float = 1.0
) -> Array | None:
    """The slopes of all results as `entries`, shifted a little, move by `unit`; None if `f` does not take complex numbers."""
    h = 1e-30 * part
    moves = shift + 1j * h * unit
    if point.eps > 1e-15 or point.dtype != np.float64 or np.any(np.abs(moves.imag) < np.finfo(float).smallest_normal):
        return None
    arrays = [x.astype(complex) for x in point.arrays]
    for z, end in zip(arrays, point.ends, strict=True):
        here = (entries >= end - z.size) & (entries < end)
        z.reshape(-1)[entries[here] - (end - z.size)] += moves[here]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            point.evaluations += 1
            results = [as_array(y) for _, y in tree.leaves(point.call(arrays))]
    except Exception:  # a function for real numbers may raise anything
        return None
    kept = [y for y in results if y.dtype.kind in "fc"]
    if [y.shape for y in kept] != [shape for shape, _ in point.results]:
        return None
    change = np.concatenate(
        [np.zeros(0), *((y.imag / h if y.dtype.kind == "c" else np.full(y.shape, np.nan)).ravel() for y in kept)]
    )
    return change if np.all(np.isnan(change) | np.isfinite(change)) else None

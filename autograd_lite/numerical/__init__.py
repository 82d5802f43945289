"""Measuring: derivatives from values of the function alone, each with an error bar.

A difference quotient has two errors. Truncation shrinks with the step, rounding grows as the step shrinks, and nobody knows
beforehand where they meet. So a function is sampled on a ladder of steps, from a tenth of the argument downwards:

* Every few rungs are extrapolated to step 0 (L. F. Richardson, "The deferred approach to the limit", 1927).
* The change by the last extrapolation bounds the truncation (C. J. F. Ridders, "Accurate computation of F'(x) and
  F'(x) F''(x)", 1982).
* The rounding is measured too: it is the part of nearby values that no polynomial fits (after J. J. More and S. M. Wild,
  "Estimating computational noise", 2011).
* Of all estimates that agree with every finer one, the one with the smallest error is taken. So a step too coarse to see
  the function cannot win by chance.

In the order in which to read: `record.py`, `point.py`, `sampling.py`, `estimate.py`, `survey.py`, and the public functions here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .estimate import SIGMAS, Measured
from .point import Array, EvaluationPoint, as_array, quiet, rounding_error
from .survey import Survey, sparsity_pattern

__all__ = ["Estimate", "numerical_derivative", "numerical_jacobian"]


class Estimate(NamedTuple):
    """A measured derivative: the claim is that it lies within `error` of `value`.

    >>> value, error = Estimate(np.float64(2.0), np.float64(0.25))
    >>> Estimate(value, error)
    2 +/- 0.25
    """

    value: Any
    error: Any

    def __repr__(self) -> str:
        value, error = np.asarray(self.value), np.asarray(self.error)
        if error.ndim or not np.isfinite(error) or error == 0:
            return f"{value!r}\n+/- {error!r}" if error.ndim else f"{value!s} +/- {error!s}"
        digits = min(17, max(1, 2 + exponent(value) - exponent(error)))  # as many as the error leaves
        return f"{value:.{digits}g} +/- {error:.2g}"


def exponent(number: Any) -> int:
    """The decimal exponent of a number; 0 for 0, nan and infinity."""
    return math.floor(math.log10(abs(number))) if number and math.isfinite(number) else 0


def numerical_jacobian(f: Callable[..., Any], x: np.typing.ArrayLike, *, rng: int | np.random.Generator = 0) -> Estimate:
    """All derivatives of a function of one array, from its values alone, each with an error bar.

    Parameters
    ----------
    f
        Takes an array of the shape and dtype of `x`; returns an array of floating-point or complex numbers. Any function will
        do: it is called with arrays alone.
    x
        The point: floating-point numbers of any shape.
    rng
        Makes the steps a little random: a `numpy.random.Generator` or a seed.

    Returns
    -------
    Estimate
        `value` and `error`, both of the shape of the result followed by that of `x`: the derivative is claimed to lie within
        `error` of `value`. At a kink `value` is the mean of both sides and `error` reaches them. At a jump, and at a point
        with an undefined side, `error` is infinite.

    Raises
    ------
    TypeError
        `x` is not of floating-point numbers; or `x` is complex and `f` is not holomorphic.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> estimate = ag.numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 3]), np.array([2.0, 5.0]))
    >>> estimate.value.round(9)
    array([[ 5.,  2.],
           [12.,  0.]])
    >>> bool(np.all(estimate.error < 1e-9))
    True
    """
    return measured("numerical_jacobian", measured_jacobian, f, x, rng)


def measured_jacobian(point: EvaluationPoint, survey: Survey) -> Estimate:
    """The whole Jacobian; entries that the results do not depend on are 0, with the error that rounding leaves."""
    shape = (point.y.size, point.x.size)
    value = np.zeros(shape, point.dtype)
    touched = sparsity_pattern(point, survey.steps[0])
    floor = np.maximum(survey.disturbance.near, rounding_error(point, np.arange(point.y.size)))
    error = SIGMAS * floor[:, None] / (survey.steps[0] * point.unit)
    error[~np.isfinite(point.y)] = np.inf
    for entries, results, found in survey.measured(touched):
        value[results, entries], error[results, entries] = found.value, error_bar(found)
    full = (*(point.results[0][0] if len(point.results) == 1 else (point.y.size,)), *point.arrays[0].shape)
    return Estimate(value.reshape(full), error.reshape(full))


def numerical_derivative(f: Callable[..., Any], x: np.typing.ArrayLike, *, rng: int | np.random.Generator = 0) -> Estimate:
    """The derivative of a function of one number, or of an elementwise function of an array, with an error bar.

    As `numerical_jacobian`; the result has the shape of `f(x)`. All elements of `x` are moved at once, so each element of
    the result must depend on one element of `x` alone.

    Raises
    ------
    ValueError
        The function is not elementwise: use `numerical_jacobian`.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> value, error = ag.numerical_derivative(np.log, 1e-8)
    >>> bool(abs(value - 1e8) <= error < 1e-2)
    True
    >>> ag.numerical_derivative(np.abs, 0.0)                    # a kink: from -1 to 1
    0 +/- 1
    >>> value, error = ag.numerical_derivative(np.exp, 1j)      # complex functions by their parts
    >>> bool(abs(value - np.exp(1j)) <= error < 1e-9)
    True
    >>> ag.numerical_derivative(np.floor, np.array([0.5, 1.0])).error.round(9)      # flat, and a jump
    array([ 0., inf])
    """
    return measured("numerical_derivative", measured_derivative, f, x, rng)


def measured_derivative(point: EvaluationPoint, survey: Survey) -> Estimate:
    """The diagonal of the Jacobian; for a 0-d argument its only column."""
    n, m = point.x.size, point.y.size
    if point.arrays[0].ndim == 0:
        touched = np.ones((1, m), bool)
    else:
        if [shape for shape, _ in point.results] != [point.arrays[0].shape]:
            raise ValueError(
                f"numerical_derivative: f made {[shape for shape, _ in point.results]} of shape {point.arrays[0].shape}; "
                "an elementwise function keeps the shape. Write ag.numerical_jacobian."
            )
        some = np.flatnonzero(survey.rng.random(n) < 0.5)
        after = point.after(some, survey.steps[0] * point.unit[some])
        others = np.setdiff1d(np.arange(n), some)
        if not np.array_equal(after[others], point.y[others], equal_nan=True):
            raise ValueError(
                "numerical_derivative: f is not elementwise, an element of its result depends on several of x. "
                "Write ag.numerical_jacobian."
            )
        touched = np.eye(n, dtype=bool)
    value, error = np.zeros(m, point.dtype), np.zeros(m, point.dtype)
    for _, results, found in survey.measured(touched):
        value[results], error[results] = found.value, error_bar(found)
    shape = point.results[0][0] if len(point.results) == 1 else (m,)
    return Estimate(value.reshape(shape)[()], error.reshape(shape)[()])


def measured(
    name: str, measure: Callable[[EvaluationPoint, Survey], Estimate], f: Callable[..., Any], x: np.typing.ArrayLike,
    rng: int | np.random.Generator,
) -> Estimate:  # fmt: skip
    """The estimate that `measure` makes of a survey; of complex functions by their parts."""
    array = as_array(x)
    if array.dtype.kind not in "fc":
        raise TypeError(f"{name}: x is of {array.dtype}, not of floating-point numbers. Write np.asarray(x, dtype=float).")
    with quiet():
        point = EvaluationPoint(lambda arrays: f(arrays[0]), [array]) if array.dtype.kind == "f" else None
        if point is None or point.is_complex:
            return by_parts(lambda part, real: measured(name, measure, part, real, rng), name, f, array)
        return measure(point, survey_of(point, rng))


def by_parts(
    measure: Callable[[Callable[[Array], Any], Array], Estimate], name: str, f: Callable[..., Any], x: Array
) -> Estimate:
    """f'(x), complex, with its error bar, from measurements of real functions; `x` or the result of `f` is complex.

    Raises
    ------
    TypeError
        `x` is complex and `f` is not holomorphic: its slopes along the two axes are not those of one complex number.
    """
    if x.dtype.kind != "c":
        real = measure(lambda u: np.real(as_array(f(u))), x)
        imaginary = measure(lambda u: np.imag(as_array(f(u))), x)
        return Estimate(real.value + 1j * imaginary.value, np.hypot(real.error, imaginary.error))
    along = by_parts(measure, name, lambda u: f(u + 1j * x.imag), x.real)
    across = by_parts(measure, name, lambda v: f(x.real + 1j * v), x.imag)
    off, bar = np.abs(across.value - 1j * along.value), along.error + across.error
    if np.any(off > 10 * bar + 1e-6 * np.abs(along.value)):
        raise TypeError(
            f"{name}: f is not holomorphic: by a complex argument it has two derivatives, not one. Measure "
            f"lambda u: np.real(f(u + 1j * y)) and the like, one part along one axis."
        )
    return Estimate(along.value, bar)


def survey_of(point: EvaluationPoint, rng: int | np.random.Generator) -> Survey:
    """The survey of a function at its point, which measures as sharply as it can."""

    def settled(found: Measured, entries: Array, results: Array) -> Array:
        enough: Array = ~found.rough & (found.error <= point.eps**0.6 * np.abs(found.value))
        return enough

    return Survey(point, np.random.default_rng(rng), settled, cross_check=True)


def error_bar(found: Measured) -> Array:
    """The error bar: at a kink it reaches both sides; it is infinite at a jump and for a function too fast to follow."""
    kink = np.isfinite(found.left)
    reach = np.fmax(np.abs(found.right - found.value), np.abs(found.value - found.left)) + found.side_error
    return np.where(kink, reach, np.where(found.hidden, np.inf, found.error))

"""The contracts of any gradient, checked before its numbers are compared: shape, dtype, purity, linearity."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ..numerical.point import Array, as_array
from .subject import RefusedError, inexact_leaves
from .trial import Trial, largest, same
from .verdict import MUTATED, NON_DETERMINISTIC

__all__ = ["check_again", "check_function", "check_pullback"]


def check_function(trial: Trial) -> None:
    """The function leaves its arguments alone and gives the same answer every time."""
    point = trial.point
    clock = time.perf_counter()
    again = point()
    trial.seconds_per_call = min(trial.seconds_per_call, time.perf_counter() - clock)
    if trial.mutated():
        trial.condemn(MUTATED, "f changed its argument. Let it work on a copy: x = x.copy().")
    elif same(again, point.y):
        check_again(trial, 2)
    else:
        two_answers(trial, again)


def check_again(trial: Trial, times: int) -> None:
    """Call f more often: a random mask that drops few numbers is often the same twice."""
    for _ in range(times):
        if not same(again := trial.point(), trial.point.y):
            return two_answers(trial, again)
    return None


def two_answers(trial: Trial, again: Array) -> None:
    """The verdict on a function that is not deterministic."""
    trial.condemn(
        NON_DETERMINISTIC,
        f"f gave two answers for the same argument, up to {largest(again - trial.point.y):.2g} apart. Fix the seed inside it, or "
        "switch random layers off (model.eval()).",
    )


def check_pullback(trial: Trial) -> None:
    """The pullback keeps shapes and dtypes, leaves its arguments alone, gives the same answer twice, and is linear."""
    point, problems = trial.point, trial.result.problems
    u, w = trial.cotangents(), trial.cotangents()
    given = [c.copy() for c in u]
    first = trial.pull(given)
    eps = point.eps
    for name, x, g in zip(trial.subject.names, point.arrays, first, strict=True):
        dtype = as_array(g).dtype if hasattr(g, "dtype") else x.dtype
        if dtype.kind in "fiu" and dtype.newbyteorder("=") != x.dtype.newbyteorder("="):
            problems.append(f"dtype: the gradient by {name} is {dtype}, but the argument is {x.dtype}.")
        if dtype.kind == "f":
            eps = max(eps, float(np.finfo(dtype).eps))
    by_u = trial.pulled(u, lambda _: first)
    if trial.mutated():
        return trial.condemn(MUTATED, "gradient changed its argument. Let it work on a copy: x = x.copy().")
    if not all(same(a, b) for a, b in zip(u, given, strict=True)):
        return trial.condemn(MUTATED, "gradient changed the cotangent that it was given. Let it work on a copy: v = v.copy().")
    clock = time.perf_counter()
    answers = [trial.pulled([c.copy() for c in u]) for _ in range(3)]
    trial.seconds_per_pull = (time.perf_counter() - clock) / len(answers)
    for again in answers:
        if not same(again, by_u):
            return trial.condemn(
                NON_DETERMINISTIC, f"gradient gave two answers for the same arguments, up to {largest(again - by_u):.2g} apart."
            )
    by_w = trial.pulled([c.copy() for c in w])
    mixed = trial.pulled([2 * a - b / 2 for a, b in zip(u, w, strict=True)])
    zero = trial.pulled([np.zeros_like(a) for a in u])
    off = np.abs(mixed - (2 * by_u - by_w / 2))
    if by_u.any() and np.isfinite(by_u).all() and same(by_w, by_u) and same(zero, by_u):
        problems.append(
            "linearity: gradient gives the same for every cotangent v. By the chain rule it is v times the derivative: write "
            "v * ... (summed with it, where f returns an array)."
        )
    elif not linear(trial, off, (u, w), (by_u, by_w), eps):
        problems.append(
            f"linearity: for the cotangent 2 u - w/2 the gradient is up to {largest(off):.2g} off from those for u and w "
            "combined. Is the cotangent used twice in a product, or something added that does not depend on it?"
        )
    if np.any((zero != 0) & np.isfinite(by_u)):
        problems.append(f"zero: for a cotangent of zeros the gradient is up to {largest(zero):.2g}, not 0.")
    if not trial.subject.parameters:
        layouts(trial, u, by_u)
    return None


def linear(trial: Trial, off: Array, cotangents: Sequence[list[Array]], gradients: Sequence[Array], eps: float) -> bool:
    """True if the gradient for 2 u - w/2 is off by no more than rounding.

    Rounding is judged by the gradients first. Where larger terms cancelled in them it is more, and is measured: so small an
    excess is forgiven to a gradient that doubles, halves and changes its sign with u exactly, as sums of any size do.
    """
    point = trial.point
    (u, _), (by_u, by_w) = cotangents, gradients
    terms = np.abs(2 * by_u) + np.abs(by_w / 2)
    least = 16 * max(float(np.finfo(x.dtype).smallest_subnormal) for x in point.arrays)
    known = eps * (64 * terms + 16 * largest(terms) + 64 * largest(point.y) / point.unit) + least
    if not np.any(off > known):
        return True
    for scale in (2.0, 0.5, -1.0):
        scaled = trial.pulled([np.asarray(scale * a) for a in u])
        if np.any(np.abs(scaled - scale * by_u) > 4 * eps * np.abs(scaled) + least):
            return False
    return not np.any(off > known + 16 * rounding_within(trial, cotangents))


def rounding_within(trial: Trial, cotangents: Sequence[list[Array]]) -> float:
    """The rounding inside the gradient: how far pull(c u) / c is spread over random c, in the entry where it is most."""
    factors = trial.rng.uniform(0.5, 1, 16).tolist()
    return max(largest(np.ptp([trial.pulled([np.asarray(c * a) for a in u]) / c for c in factors], axis=0)) for u in cotangents)


def layouts(trial: Trial, u: list[Array], expected: Array) -> None:
    """Results and gradients stay the same for arguments that are read-only or have gaps between their elements."""
    point, subject = trial.point, trial.subject
    for what, arrays in (("read-only", read_only(point.arrays)), ("not contiguous", strided(point.arrays))):

        def value(arrays: Sequence[Array] = arrays) -> tuple[Array, Array]:
            results = [as_array(y) for y in inexact_leaves(subject.value(arrays))]
            return point.laid_out(results), point.y

        def gradient(arrays: Sequence[Array] = arrays) -> tuple[Array, Array]:
            return trial.pulled([c.copy() for c in u], subject.pullback(arrays)), expected

        for who, answer in (("f", value), ("gradient", gradient)):
            try:
                close = near(*answer(), point.eps)
            except RefusedError as error:
                trial.result.problems.append(f"{what}: {error}")
            except Exception as error:  # whatever a user's function may raise
                trial.result.problems.append(
                    f"{what}: {who} fails for arguments that are {what}: {type(error).__name__}: {error}"
                )
            else:
                if not close:
                    trial.result.problems.append(f"{what}: {who} gives another answer for arguments that are {what}.")


def near(a: Array, b: Array, eps: float) -> bool:
    """True if two arrays are equal but for rounding in another order."""
    finite = np.isfinite(b)
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), finite):
        return False
    return bool(np.all(np.abs(a - b)[finite] <= 1e3 * eps * largest(b)))


def read_only(arrays: Sequence[Array]) -> list[Array]:
    """Copies that cannot be written into."""
    copies = [x.copy() for x in arrays]
    for copy in copies:
        copy.flags.writeable = False
    return copies


def strided(arrays: Sequence[Array]) -> list[Array]:
    """Copies with gaps between their elements."""
    return [np.repeat(x[..., None], 2, axis=-1)[..., 0] for x in arrays]

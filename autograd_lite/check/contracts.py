"""The contracts of any gradient, checked before its numbers are compared: shape, dtype, purity, linearity."""

from __future__ import annotations

import time

import numpy as np

from ..numerical.point import Array, as_array
from .layouts import check_layouts
from .linearity import lack_of_linearity
from .trial import Trial, largest, same
from .verdict import MUTATED, NON_DETERMINISTIC

__all__ = ["check_again", "check_function", "check_pullback"]


def check_function(trial: Trial) -> None:
    """The function leaves its arguments alone and gives the same answer every time."""
    point = trial.point
    with trial.budget.timed_call():
        again = point()
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
    answers = [trial.pulled([c.copy() for c in u])]
    trial.budget.seconds_per_pull = time.perf_counter() - clock
    if trial.budget.affords(0, 40):
        answers += [trial.pulled([c.copy() for c in u]) for _ in range(2)]
    trial.budget.seconds_per_pull = (time.perf_counter() - clock) / len(answers)
    for again in answers:
        if not same(again, by_u):
            return trial.condemn(
                NON_DETERMINISTIC, f"gradient gave two answers for the same arguments, up to {largest(again - by_u):.2g} apart."
            )
    by_w = trial.pulled([c.copy() for c in w])
    zero = trial.pulled([np.zeros_like(a) for a in u])
    if by_u.any() and np.isfinite(by_u).all() and same(by_w, by_u) and same(zero, by_u):
        problems.append(
            "linearity: gradient gives the same for every cotangent v. By the chain rule it is v times the derivative: write "
            "v * ... (summed with it, where f returns an array)."
        )
    elif off := lack_of_linearity(trial, (u, w), (by_u, by_w), eps):
        problems.append(
            f"linearity: {off}. Is the cotangent used twice in a product, or something added that does not depend on it?"
        )
    if np.any((zero != 0) & np.isfinite(by_u)):
        problems.append(f"zero: for a cotangent of zeros the gradient is up to {largest(zero):.2g}, not 0.")
    if not trial.subject.parameters and trial.budget.affords(4, 2):
        check_layouts(trial, u, by_u)
    return None

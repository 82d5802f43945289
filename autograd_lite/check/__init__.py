"""Doubt: `check_gradients` compares a gradient, ours or anyone's, with measured derivatives.

Every derivative is judged by the error bar of its own measurement, never by a tolerance. Outside the bar it is wrong,
however small the function or large the array. If the bar is too wide to tell, the verdict says so. The order in which
to read: `subject.py`, `verdict.py`, `diagnosis.py`, `report.py`, `trial.py`, `contracts.py`, `jacobian.py`, `directions.py`,
`second_order.py`.
"""

from __future__ import annotations

import contextlib
import copy
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..numerical.point import as_array, quiet
from .budget import Budget
from .contracts import check_again, check_function, check_pullback
from .directions import compare_directions
from .jacobian import affordable, compare_all
from .report import GradientCheck, GradientError
from .second_order import broken_identities, gradient_as_subject
from .subject import RefusedError, Subject
from .trial import Trial, same
from .verdict import FAILS, MUTATED, NON_DETERMINISTIC, OK, VERDICTS

__all__ = ["GradientCheck", "GradientError", "check_gradients"]


STALE = 1e-6  # by which a gradient that stays the same must be off elsewhere; less may be rounding


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    gradient: Any = None,
    order: int = 1,
    rng: int = 0,
    max_evaluations: int = 20_000,
    max_seconds: float | None = None,
    raise_: bool = True,
) -> GradientCheck:
    """Compare the derivatives of a function with measured ones, and say what is wrong with them.

    Parameters
    ----------
    f
        Takes arrays, numbers, or nested containers of them, and returns arrays. With `gradient` given it may be any function;
        without, one that this library differentiates. An `nn` module is checked by its parameters that require
        grad, and left as it was.
    *args
        The point. Derivatives are taken by floating-point arrays and numbers; all else is constant. float32 and float16
        arguments are judged in their own resolution.
    gradient
        The gradient to check, in place of this library's. If the result of `f` is a single number: an array, or a tuple of
        them for several arguments. Else: a function `gradient(*args, v)` of the arguments and the cotangent `v` of the
        result. It returns the gradient by the argument, or a tuple with one for each; None stands for zeros. Arguments and
        results may be of PyTorch or JAX: then `f` and `gradient` are given such arrays too.
    order
        2 checks the derivatives of the derivatives too: the vjp of the vjp, jointly in the arguments and the cotangent, the
        symmetry of the Hessian, and forward mode against reverse mode.
    rng
        The seed of everything random: steps, directions, cotangents.
    max_evaluations, max_seconds
        The limits of cost for comparing all derivatives one by one: calls of `f`, and seconds if not None. Beyond them,
        random directions and some single entries are compared. The least check, of one direction, takes some 50 calls, and
        100 for `order=2`: the report tells if it was not allowed. A limit of seconds makes the result depend on the machine.
    raise_
        True to raise an error if the result is not ok.

    Returns
    -------
    GradientCheck
        `.ok`, `.verdicts`, `.entries`, `.worst`, `.problems`, `.diagnosis`; printed, it is a report.

    Raises
    ------
    GradientError
        Some derivative is wrong, cannot be judged or does not exist; shapes or dtypes differ; `f` or `gradient` changes its
        arguments, gives two answers, or fails for arrays that are read-only or not contiguous; `gradient` is not linear in
        the cotangent. It is an AssertionError with the report as its text and the result as `.result`.
    TypeError
        There are no floating-point numbers among the arguments or the results of `f`. `gradient`
        is an array although the result of `f` is not a single number, or a function that does not take the cotangent.
    ValueError
        The shape of the result of `f` changes from point to point. Errors of `f` and `gradient` themselves pass through.

    Notes
    -----
    The verdicts: "passes"; "fails"; "kink" (the derivatives left and right differ, and any value between them is right);
    "kink, not a subgradient"; "discontinuous"; "undefined" (`f` is not finite, or infinitely steep); "below resolution"
    (they agree, but rounding in `f` hides all of them, or an error of 5e-6, which is ok); "inconclusive"; "non-deterministic";
    "argument mutated".

    Examples
    --------
    >>> import autograd_lite as ag
    >>> ag.check_gradients(lambda x, w: np.tanh(x @ w), np.ones((3, 2)), np.array([0.5, -1.0])).ok
    True
    >>> result = ag.check_gradients(np.sin, 1.0, gradient=lambda x, v: -v * np.cos(x), raise_=False)
    >>> result.verdicts, result.diagnosis
    ({'fails': 1}, ['x: the sign is flipped.'])
    """
    if order not in (1, 2):
        raise ValueError(f"check_gradients: order={order!r}; it checks first (1) or first and second derivatives (2).")
    if order == 2 and gradient is not None:
        raise TypeError("check_gradients: order=2 checks this library's own derivatives: leave out gradient.")
    started = time.perf_counter()
    with quiet(), state_restored(f):
        subject = Subject(f, args, gradient)
        kept = min(500, max_evaluations // 2) if order == 2 else 0  # for the second derivatives
        budget = Budget(max_evaluations - kept, max_seconds)
        result = examine(Trial(subject, rng, budget))
        if order == 2 and result.ok:
            random = np.random.default_rng(rng)
            budget.evaluations = max_evaluations
            second = examine(Trial(gradient_as_subject(subject, random), rng, budget))
            second.problems += broken_identities(subject, random)
            add_second_order(result, second)
        elif order == 2:
            result.method += "; not the second derivatives, since the first are wrong"
    if result.evaluations > 1.2 * max_evaluations:
        result.method += f", the least check, though max_evaluations={max_evaluations}"
    result.seconds = time.perf_counter() - started
    if raise_ and not result.ok:
        raise GradientError(result)
    return result


def examine(trial: Trial) -> GradientCheck:
    """The result of a trial: contracts first, then the numbers."""
    point, result = trial.point, trial.result
    check_function(trial)
    if not result.verdicts:
        try:
            trial.pull = trial.subject.pullback(point.arrays)
            check_pullback(trial)
            if not result.verdicts and point.x.size and point.y.size:
                compare_derivatives(trial)
                if is_fine(result):
                    compare_elsewhere(trial)
        except RefusedError as error:
            result.problems.append(str(error))
    if not {MUTATED, NON_DETERMINISTIC} & set(map(VERDICTS.index, result.verdicts)):
        if trial.mutated() or trial.subject.mutates:
            trial.condemn(MUTATED, "f or gradient changed its argument in one of the calls. Let it work on a copy: x = x.copy().")
        else:
            check_again(trial, 1 if is_fine(result) or not trial.budget.affords(20) else 20)
    result.ok = is_fine(result)
    result.evaluations = trial.budget.used()
    return result


def compare_derivatives(trial: Trial) -> None:
    """Compare all derivatives one by one if that is affordable, else directions."""
    touched = affordable(trial)
    if touched is None or not compare_all(trial, touched):
        compare_directions(trial)


def compare_elsewhere(trial: Trial) -> None:
    """A gradient that stays the same at another point must be right there too: it may be kept from an earlier call."""
    subject, result = trial.subject, trial.result
    if subject.parameters or not (subject.gradient is None or callable(subject.gradient)):
        return
    moved = copy.copy(subject)
    moved.arrays = [x + np.asarray(0.05 * np.where(x == 0, 1, x)).astype(x.dtype) for x in subject.arrays]
    u = trial.cotangents()
    here, there = trial.pulled(u), trial.pulled(u, moved.pullback(moved.arrays))
    if not here.any() or not same(here, there):
        return
    if not trial.budget.affords(200):
        return
    other = Trial(moved, result.seed, trial.budget)
    other.pull = moved.pullback(other.point.arrays)
    compare_derivatives(other)
    if any(e.verdict == VERDICTS[FAILS] and e.relative > STALE for e in other.result.entries):
        result.problems.append(
            "stale: gradient gives the same at another point, where the derivative is another one. Is it computed from arrays "
            "that were saved at an earlier call?"
        )


def is_fine(result: GradientCheck) -> bool:
    """True if no contract is broken and no derivative wrong, so far."""
    return not result.problems and all(VERDICTS.index(v) in OK for v in result.verdicts)


def add_second_order(first: GradientCheck, second: GradientCheck) -> None:
    """Add the findings about second derivatives to the result."""
    first.ok = first.ok and second.ok and not second.problems
    first.problems += [f"second order: {problem}" for problem in second.problems]
    first.diagnosis += [f"second order: {sentence}" for sentence in second.diagnosis]
    first.compared += second.compared
    first.evaluations = second.evaluations  # which counts both
    first.verdicts = dict(Counter(first.verdicts) + Counter(second.verdicts))
    first.entries = sorted(first.entries + second.entries, key=lambda e: e.ok)
    first.drawings += second.drawings
    first.method += f"; second order: {second.method}"
    first.missed = " ".join(filter(None, (first.missed, second.missed)))


@contextlib.contextmanager
def state_restored(f: Any) -> Iterator[None]:
    """Leave a module with the state that it had: calls change its running statistics."""
    if not (hasattr(f, "state_dict") and hasattr(f, "load_state_dict")):
        yield
        return
    state = copy.deepcopy(f.state_dict())
    try:
        yield
    finally:
        now = f.state_dict()
        changed = {name: value for name, value in state.items() if as_array(value).tobytes() != as_array(now[name]).tobytes()}
        if changed:  # only these: to older graphs, loading a value counts as a change of it
            f.load_state_dict(changed, strict=False)

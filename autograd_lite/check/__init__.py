"""Chapter 6, doubt: `check_gradients` compares a gradient, ours or anyone's, with measured derivatives.

Every derivative is judged by the error bar of its own measurement, never by a tolerance: what is outside the bar is wrong,
however small the function or large the array; where the bar is too wide to tell, the verdict says so. The order in which
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

from ..numerical.point import plain, quiet
from .contracts import check_again, check_function, check_pullback
from .directions import compare_directions
from .jacobian import affordable, compare_all
from .report import GradientCheck, GradientError
from .second_order import broken_identities, gradient_as_subject
from .subject import RefusedError, Subject
from .trial import Trial, same
from .verdict import FAILS, MUTATED, NON_DETERMINISTIC, OK, VERDICTS

__all__ = ["GradientCheck", "GradientError", "check_gradients"]


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    gradient: Any = None,
    order: int = 1,
    rng: int = 0,
    max_evaluations: int = 20_000,
    max_seconds: float = 2.0,
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
        The point. Arrays and numbers that are floating-point are differentiated by; all else is constant. float32 and float16
        arguments are judged in their own resolution.
    gradient
        What is to be checked in place of this library's derivatives: for a function with one number as its result an
        array (a tuple for several arguments), else a function `gradient(*args, v)` that returns, for the cotangent `v` of the
        result, the gradient by the argument, or a tuple with one for each; None stands for zeros. Arguments and results may be
        of PyTorch or JAX: then `f` and `gradient` are given such arrays too.
    order
        2 checks the derivatives of the derivatives too: the vjp of the vjp, jointly in the arguments and the cotangent, the
        symmetry of the Hessian, and forward mode against reverse mode.
    rng
        The seed of everything random: steps, directions, cotangents.
    max_evaluations, max_seconds
        Beyond this cost for all derivatives one by one, random directions and single entries are compared.
    raise_
        Whether to raise where the result is not ok.

    Returns
    -------
    GradientCheck
        `.ok`, `.verdicts`, `.entries`, `.worst`, `.problems`, `.diagnosis`; printed, it is a report.

    Raises
    ------
    GradientError
        An AssertionError with the report as its text and the result as `.result`: some derivative is wrong, cannot be judged
        or does not exist; shapes or dtypes differ; `f` or `gradient` changes its arguments, gives two answers, fails for arrays
        that are read-only or not contiguous, or `gradient` is not linear in the cotangent.
    TypeError
        Nothing to differentiate by, or nothing that is differentiated: no floating-point numbers among the arguments or the
        results of `f`, or complex ones. A `gradient` that is an array where the result of `f` is not a number, or a function
        that does not take the cotangent.
    ValueError
        The shape of what `f` returns changes from point to point. What `f` or `gradient` raise themselves passes through.

    Notes
    -----
    The verdicts: "passes"; "fails"; "kink", where the derivatives left and right differ and any value between them is right;
    "kink, not a subgradient"; "discontinuous"; "undefined", where `f` is not finite, or infinitely steep; "below resolution",
    where both are less than what rounding in `f` lets one see (which is ok); "inconclusive"; "non-deterministic"; "argument
    mutated".

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
    with quiet(), unchanged(f):
        subject = Subject(f, args, gradient)
        result = examined(Trial(subject, rng, max_evaluations, max_seconds))
        if order == 2 and result.ok:
            random = np.random.default_rng(rng)
            second = examined(Trial(gradient_as_subject(subject, random), rng, max_evaluations, max_seconds))
            second.problems += broken_identities(subject, random)
            joined(result, second)
        elif order == 2:
            result.method += "; not the second derivatives, since the first are wrong"
    result.seconds = time.perf_counter() - started
    if raise_ and not result.ok:
        raise GradientError(result)
    return result


def examined(trial: Trial) -> GradientCheck:
    """Contracts first, then the numbers: all derivatives if that is affordable, else directions."""
    point, result = trial.point, trial.result
    check_function(trial)
    if not result.verdicts:
        try:
            trial.pull = trial.subject.pullback(point.arrays)
            check_pullback(trial)
            if not result.verdicts and point.x.size and point.y.size:
                compare(trial)
                if fine(result):
                    compare_elsewhere(trial)
        except RefusedError as error:
            result.problems.append(str(error))
    if not {MUTATED, NON_DETERMINISTIC} & set(map(VERDICTS.index, result.verdicts)):
        if trial.mutated() or trial.subject.mutates:
            trial.condemn(MUTATED, "f or gradient changed its argument in one of the calls. Let it work on a copy: x = x.copy().")
        else:
            check_again(trial, 1 if fine(result) else 20)
    result.ok = fine(result)
    result.evaluations = point.evaluations
    return result


def compare(trial: Trial) -> None:
    """All derivatives one by one, or directions."""
    touched = affordable(trial)
    compare_directions(trial) if touched is None else compare_all(trial, touched)


def compare_elsewhere(trial: Trial) -> None:
    """A gradient that is the same at another point, as one kept from an earlier call is, must be right there too."""
    subject, result = trial.subject, trial.result
    if subject.parameters or not (subject.gradient is None or callable(subject.gradient)):
        return
    moved = copy.copy(subject)
    moved.arrays = [x + np.asarray(0.05 * np.where(x == 0, 1, x)).astype(x.dtype) for x in subject.arrays]
    u = trial.cotangents()
    here, there = trial.pulled(u), trial.pulled(u, moved.pullback(moved.arrays))
    if not here.any() or not same(here, there):
        return
    other = Trial(moved, result.seed, trial.max_evaluations, trial.max_seconds)
    other.seconds_per_pull, other.pull = trial.seconds_per_pull, moved.pullback(other.point.arrays)
    compare(other)
    trial.point.evaluations += other.point.evaluations
    if VERDICTS[FAILS] in other.result.verdicts:
        result.problems.append(
            "stale: gradient gives the same at another point, where the derivative is another one. Is it computed from arrays "
            "that were saved at an earlier call?"
        )


def fine(result: GradientCheck) -> bool:
    """Whether no contract is broken and no derivative wrong, as far as one has looked."""
    return not result.problems and all(VERDICTS.index(v) in OK for v in result.verdicts)


def joined(first: GradientCheck, second: GradientCheck) -> None:
    """Add what was found about the second derivatives to a result."""
    first.ok = first.ok and second.ok and not second.problems
    first.problems += [f"second order: {problem}" for problem in second.problems]
    first.diagnosis += [f"second order: {sentence}" for sentence in second.diagnosis]
    first.compared += second.compared
    first.evaluations += second.evaluations
    first.verdicts = dict(Counter(first.verdicts) + Counter(second.verdicts))
    first.entries = sorted(first.entries + second.entries, key=lambda e: e.ok)
    first.drawings += second.drawings
    first.method += f"; second order: {second.method}"
    first.missed = " ".join(filter(None, (first.missed, second.missed)))


@contextlib.contextmanager
def unchanged(f: Any) -> Iterator[None]:
    """Leave a module with the state that it had: running statistics change as it is called."""
    if not (hasattr(f, "state_dict") and hasattr(f, "load_state_dict")):
        yield
        return
    state = copy.deepcopy(f.state_dict())
    try:
        yield
    finally:
        now = f.state_dict()
        changed = {name: value for name, value in state.items() if plain(value).tobytes() != plain(now[name]).tobytes()}
        if changed:  # what is loaded counts as changed to graphs that read it before
            f.load_state_dict(changed, strict=False)

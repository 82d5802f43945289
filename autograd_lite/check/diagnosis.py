"""What a wrong gradient looks like: known mistakes, each with the pattern that it leaves in the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Case", "diagnose"]

Array = NDArray[Any]


class Case(NamedTuple):
    """The derivatives by one argument: axis 0 counts the results, the others are the argument's."""

    name: str
    x: Array
    analytic: Array
    numerical: Array
    error: Array
    wrong: Array

    def fits(self, other: Array, where: Any = True) -> bool:
        """Whether the numerical derivatives are `other`, and not just because both are nothing."""
        if other.shape != self.numerical.shape or np.allclose(other, self.analytic, rtol=1e-9, atol=0, equal_nan=True):
            return False
        off = np.abs(other - self.numerical) > 2 * self.error + 1e-6 * np.abs(self.numerical)
        seen = (np.abs(self.numerical) > 10 * self.error) & where
        return bool(seen.any()) and not bool((off & where).any())


def diagnose(cases: Sequence[Case], results: Array, whole: bool = True) -> list[str]:
    """A sentence for each known mistake that the numbers fit.

    `results` are the values of the function, in a row; `whole` says that all entries of the arguments are there, in place.
    """
    found = []
    for case in cases:
        if case.wrong.any():
            found += [
                f"{case.name}: {sentence}"
                for sentence in (*of_numbers(case, results), *(of_places(case) if whole else ()), *one_sided(case))
            ]
    found += exchanged(cases)
    for case in cases:
        if case.wrong.any() and not any(sentence.startswith((f"{case.name}:", f"{case.name} ")) for sentence in found):
            found += [f"{case.name}: {sentence}" for sentence in missing_terms(case, cases, results)]
    if not found and whole and any(case.wrong.any() for case in cases):
        found += invisible(cases)
    return found


def of_numbers(case: Case, results: Array) -> Iterator[str]:
    """Mistakes that multiply: nothing, a sign, a factor."""
    a, c, wrong = case.analytic, case.numerical, case.wrong
    clear = wrong & (np.abs(c) > 10 * case.error)
    if not clear.any():
        return
    if not a[wrong].any():
        all_ = "" if wrong[np.abs(c) > 10 * case.error].all() else " in the wrong entries"
        yield (
            f"zero{all_}, where the function does change: detached? Look for .data, .detach(), no_grad, a constant made of the "
            "argument, an index or a mask that leaves entries out."
        )
        return
    factors = a[clear] / c[clear]
    k = float(np.median(factors))
    allowed = 4 * (np.abs(k) * case.error[clear] / np.abs(c[clear])) + 1e-6 * np.abs(k)
    if k == 0 or np.any(np.abs(factors - k) > allowed) or (clear.sum() == 1 and a.size > 1):
        return
    if abs(k + 1) <= 1e-4:
        yield "the sign is flipped."
    elif abs(abs(k) - 1) <= 0.02:
        yield f"{k:.9g} times the derivative in every wrong entry: a constant that is slightly off."
    else:
        yield f"{k:.6g} times the derivative in every wrong entry{origin(abs(k), case, results.size)}."


def origin(k: float, case: Case, results: int) -> str:
    """Where a factor may come from."""
    sizes = {f"the size of axis {i}": n for i, n in enumerate(case.x.shape)}
    sizes |= {"the number of its elements": case.x.size, "the number of results": results}
    for what, n in sizes.items():
        if n > 2 and abs(k / n - 1) < 1e-4:
            return f", which is {what}: a sum that should be a mean, or summed twice"
        if n > 2 and abs(k * n - 1) < 1e-4:
            return f", 1 over {what}: a mean that should be a sum"
    if abs(k - 2) < 1e-4:
        return ": added twice, or the 2 of a square"
    if abs(k - 0.5) < 1e-4:
        return ": one of two equal terms is missing, such as one factor of x * x, or the 2 of a square"
    return ""


def of_places(case: Case) -> Iterator[str]:
    """Mistakes that move numbers to other places, or hold on one side only."""
    a, n = case.analytic, case.analytic.ndim
    if n >= 3 and case.fits(np.swapaxes(a, -1, -2)):
        yield "transposed: the last two axes are exchanged. Write .T or swap the factors of the matrix product."
    elif n >= 3 and a[0].size and case.fits(np.swapaxes(a.reshape(*a.shape[:-2], a.shape[-1], a.shape[-2]), -1, -2)):
        yield "the transposed matrix in the right shape: reshape does not transpose."
    elif n == 2 and a.shape[0] == a.shape[1] and case.fits(a.T):
        yield "the Jacobian is transposed: it was multiplied with the cotangent from the wrong side."
    else:
        for axis in range(1, n):
            for shift in (1, -1):
                if a.shape[axis] > 2 and case.fits(np.roll(a, shift, axis)):
                    yield f"shifted by one along axis {axis - 1}."
            if a.shape[axis] > 1 and case.fits(np.flip(a, axis)):
                yield f"reversed along axis {axis - 1}."


def one_sided(case: Case) -> Iterator[str]:
    """Right on one side of a number, wrong on the other."""
    wrong = case.wrong.any(axis=0).ravel()
    changes = (np.abs(case.numerical) + np.abs(case.analytic)).any(axis=0).ravel()
    x = case.x.ravel()
    bad, good = x[wrong], x[~wrong & changes]
    if min(bad.size, good.size) >= 2 and wrong.any():
        for low, high, side, other in ((bad, good, "below", "above"), (good, bad, "above", "below")):
            if low.max() < high.min():
                yield (
                    f"wrong wherever the argument is {side} {edge(low.max(), high.min()):.3g} and right {other}: correct on one "
                    "side of a kink only? Look for a condition, a mask or a maximum that the derivative forgets."
                )


def edge(low: float, high: float) -> float:
    """The roundest number between two."""
    if low < 0 < high:
        return 0.0
    middle = (float(low) + float(high)) / 2
    for digits in range(-3, 12):
        if low <= round(middle, digits) <= high:
            return round(middle, digits)
    return middle


def exchanged(cases: Sequence[Case]) -> list[str]:
    """Two arguments of the same shape whose derivatives are each other's."""
    found = []
    for i, one in enumerate(cases):
        for other in cases[i + 1 :]:
            if one.fits(other.analytic) and other.fits(one.analytic):
                found += [f"{one.name} and {other.name} are exchanged: each has the other's gradient."]
    return found


def missing_terms(case: Case, cases: Sequence[Case], results: Array) -> Iterator[str]:
    """A difference that is simple itself: one term of a sum was forgotten."""
    rest = case.numerical - case.analytic
    bar = 2 * case.error + 1e-6 * np.abs(case.numerical)
    if not case.wrong.any() or not np.all(np.isfinite(rest)):
        return
    if rest[0].size > 1 and is_same(rest, np.mean(rest.reshape(len(rest), -1), axis=1).reshape(-1, *[1] * case.x.ndim), bar):
        yield (
            f"one term is missing: the difference is {rest.ravel()[0]:.6g} in every entry, as from a sum or mean of the argument."
        )
        return
    for axis in range(1, rest.ndim):
        if rest.shape[axis] > 1 and rest.ndim > 2 and is_same(rest, rest.mean(axis=axis, keepdims=True), bar):
            yield f"one term is missing: the difference is the same all along axis {axis - 1}, as from a mean."
            return
    like: list[tuple[str, Array]] = [("the argument itself, as the derivative of its square has it", case.x[None])]
    like += [(f"the argument {o.name}", o.x[None]) for o in cases if o is not case and o.x.shape == case.x.shape]
    if case.analytic.ndim == 2 and results.size == case.x.size:
        like += [("the result", np.diag(results)), ("the result", np.broadcast_to(results[:, None], rest.shape))]
    for what, term in like:
        term = np.broadcast_to(term, rest.shape)
        if rest.size > 1 and term.any():
            k = float(np.sum(rest * term) / np.sum(term * term))
            if k and is_same(rest, k * term, bar):
                yield f"one term is missing: the difference is {k:.6g} times {what}."
                return


def is_same(rest: Array, term: Array, bar: Array) -> bool:
    """Whether a difference is a term, within the error bars, and not nothing."""
    return bool(np.all(np.abs(rest - term) <= bar)) and bool(np.any(np.abs(rest) > 10 * bar))


def invisible(cases: Sequence[Case]) -> list[str]:
    """Errors that a cotangent of ones does not show."""
    for case in cases:
        total = case.analytic.sum(axis=0) - case.numerical.sum(axis=0)
        if len(case.analytic) > 1 and case.wrong.any() and np.all(np.abs(total) <= 2 * case.error.sum(axis=0) + 1e-9):
            return [f"{case.name}: the errors cancel in the sum of the results: a test with f(x).sum() alone would not see them."]
    return []

"""Known mistakes in gradients, each recognised by the pattern that it leaves in the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..numerical.point import Array
from ..numerical.record import Record

__all__ = ["Argument", "diagnose"]

SINGLE_TOLERANCE = 2 * float(np.finfo(np.float32).eps)
CONSTANTS = (
    ("pi", "1 / pi", math.pi),
    ("2 pi", "1 / (2 pi)", 2 * math.pi),
    ("180 / pi, of degrees", "pi / 180, of degrees", 180 / math.pi),
    ("log(2), of base 2", "1 / log(2), of base 2", math.log(2)),
    ("log(10), of base 10", "1 / log(10), of base 10", math.log(10)),
    ("sqrt(2)", "1 / sqrt(2)", math.sqrt(2)),
    ("sqrt(pi)", "1 / sqrt(pi)", math.sqrt(math.pi)),
    ("sqrt(2 pi)", "1 / sqrt(2 pi)", math.sqrt(2 * math.pi)),
    ("2 / sqrt(pi)", "sqrt(pi) / 2", 2 / math.sqrt(math.pi)),
)


class Argument(Record):
    """One argument and the derivatives by it. Axis 0 counts the results; the others are the argument's, or one for a part."""

    name: str
    x: Array
    analytic: Array
    numerical: Array
    error: Array
    wrong: Array
    whole: Array
    """The analytic derivatives by the whole argument. The other tables may have only those at the positions `at`."""
    at: Any = slice(None)

    def fits(self, other: Array) -> bool:
        """True if the numerical derivatives are `other`; False if both are too small to tell, or `other` is the analytic ones."""
        if other.shape != self.numerical.shape or np.allclose(other, self.analytic, rtol=1e-9, atol=0, equal_nan=True):
            return False
        off = np.abs(other - self.numerical) > 2 * self.error + 1e-6 * np.abs(self.numerical)
        seen = np.abs(self.numerical) > 10 * self.error
        return bool(seen.any()) and not bool(off.any())

    def tells_places(self) -> bool:
        """True if the wrong entries differ from each other. Equal ones would fit in any order."""
        c = self.numerical[self.wrong]
        return bool(c.size > 1 and np.ptp(c) > 1e-3 * np.max(np.abs(c)))

    def fits_moved(self, other: Array) -> bool:
        """As `fits`, for derivatives by the whole argument, of which some were measured."""
        if other.shape != self.whole.shape:
            return False
        return self.fits(other.reshape(len(other), -1)[:, self.at].reshape(self.numerical.shape))


def diagnose(arguments: Sequence[Argument], results: Array) -> list[str]:
    """A sentence for each known mistake that fits the numbers; `results` are the values of the function, in a row."""
    found = []
    for argument in arguments:
        if argument.wrong.any():
            found += [
                f"{argument.name}: {s}"
                for s in (*scaling_mistakes(argument, results), *moving_mistakes(argument), *one_sided(argument))
            ]
    found += exchanged_arguments(arguments)
    for argument in arguments:
        if argument.wrong.any() and not any(
            sentence.startswith((f"{argument.name}:", f"{argument.name} ")) for sentence in found
        ):
            found += [f"{argument.name}: {sentence}" for sentence in missing_terms(argument, arguments, results)]
    if not found:
        found += cancelling(arguments)
    return found


def scaling_mistakes(argument: Argument, results: Array) -> Iterator[str]:
    """Mistakes that scale the derivative: zero, a flipped sign, a factor, rounding to single precision."""
    a, c, wrong = argument.analytic, argument.numerical, argument.wrong
    seen = np.abs(c) > 10 * argument.error
    clear = wrong & seen
    if not clear.any():
        return
    where = "" if wrong[seen].all() else " in the wrong entries"
    if not np.isfinite(a[wrong]).any():
        yield (
            "nan or infinite, where the derivative is finite: look for a division, a root, a logarithm or an overflow, also in "
            "what np.where does not choose."
        )
        return
    if not a[wrong].any():
        yield from zero_mistakes(argument, where)
        return
    if np.isfinite(a).all() and np.all(np.abs(a - c)[wrong] <= (SINGLE_TOLERANCE * np.abs(c) + argument.error)[wrong]):
        yield "off by no more than numbers of single precision are: is something computed in float32?"
        return
    k = float(np.median(a[clear] / c[clear]))
    allowed = 4 * abs(k) * argument.error + min(1e-6 * abs(k), 0.01 * abs(k - 1)) * np.abs(c)
    if k == 0 or not np.all(np.abs(a - k * c)[wrong] <= allowed[wrong]) or (clear.sum() == 1 and a.size > 1):
        return
    known = max(4 * float(np.median(argument.error[clear] / np.abs(c[clear]))), 1e-9)
    slack = min(max(1e-5, known), 1e-3)
    if abs(k + 1) <= slack:
        yield f"the sign is flipped{where}."
        return
    near = abs(k - 1) <= 0.02
    digits = min(9 if near else 6, max(3, round(-math.log10(known))))
    why = ": a constant that is slightly off" if near else origin(abs(k), slack, argument, results, not where)
    yield f"{k:.{digits}g} times the derivative{where or ' in every entry'}{why}."


def zero_mistakes(argument: Argument, where: str) -> Iterator[str]:
    """Zeros in place of numbers."""
    a, c = argument.analytic.reshape(len(argument.analytic), -1), argument.numerical.reshape(len(argument.numerical), -1)
    acts = c != 0
    kept = (a != 0).argmax(axis=0)
    for which, one in (("first", acts.argmax(axis=0)), ("last", len(acts) - 1 - acts[::-1].argmax(axis=0))):
        if np.all((a != 0).sum(axis=0) == 1) and np.all(acts.sum(axis=0) > 1) and np.array_equal(kept, one):
            index = 0 if which == "first" else -1
            yield f"only the {which} of the results that an entry acts on is counted: sum over the broadcast axis, not [{index}]."
            return
    yield (
        f"zero{where}, where the function does change: detached? Look for .data, .detach(), no_grad, a constant made of the "
        "argument, an index or a mask that leaves entries out."
    )


def origin(k: float, slack: float, argument: Argument, results: Array, everywhere: bool) -> str:
    """A guess at the origin of a factor."""

    def is_(value: float) -> bool:
        return abs(k - value) <= slack * value

    if is_(2):
        return ": added twice, or the 2 of a square"
    if is_(0.5):
        return ": one of two equal terms is missing, such as one factor of x * x, or the 2 of a square"
    sizes = [(f"the size of axis {i}", n) for i, n in enumerate(argument.whole.shape[1:])]
    sizes += [("the number of its elements", argument.whole[0].size), ("the number of results", results.size)]
    whole = round(max(k, 1 / k))
    sizes += [(f"{whole}, perhaps the size of a batch", whole)]
    for what, n in sizes if everywhere else ():
        if n > 2 and is_(n):
            return f", which is {what}: a sum that should be a mean, or summed twice"
        if n > 2 and is_(1 / n):
            return f", 1 over {what}: a mean that should be a sum"
    if slack >= 1e-3:  # too wide to tell constants apart
        return ""
    value = float(np.abs(results[0])) if results.size == 1 else 0.0
    known = (("the value of the function", "1 over the value of the function", value),) if value else ()
    for what, inverse, number in CONSTANTS + known:
        if is_(number) or is_(1 / number):
            return f", which is {what if is_(number) else inverse}"
    return ""


def moving_mistakes(argument: Argument) -> Iterator[str]:
    """Mistakes that put right numbers in wrong places."""
    a, n = argument.whole, argument.whole.ndim
    if not argument.tells_places():
        return
    if n >= 3 and argument.fits_moved(np.swapaxes(a, -1, -2)):
        yield "transposed: the last two axes are exchanged. Write .T or swap the factors of the matrix product."
    elif n >= 3 and a[0].size and argument.fits_moved(np.swapaxes(a.reshape(*a.shape[:-2], a.shape[-1], a.shape[-2]), -1, -2)):
        yield "the transposed matrix in the right shape: reshape does not transpose."
    elif n == 2 and a.shape[0] == a.shape[1] and argument.fits_moved(a.T):
        yield "the Jacobian is transposed: it was multiplied with the cotangent from the wrong side."
    else:
        for axis in range(1, n):
            for shift in (1, -1):
                if a.shape[axis] > 2 and argument.fits_moved(np.roll(a, shift, axis)):
                    yield f"shifted by one along axis {axis - 1}."
            if a.shape[axis] > 1 and argument.fits_moved(np.flip(a, axis)):
                yield f"reversed along axis {axis - 1}."


def one_sided(argument: Argument) -> Iterator[str]:
    """Gradients that are right on one side of a threshold of the argument and wrong on the other."""
    wrong = argument.wrong.any(axis=0).ravel()
    changes = (np.abs(argument.numerical) + np.abs(argument.analytic)).any(axis=0).ravel()
    x = argument.x.ravel()
    bad, good = x[wrong], x[~wrong & changes]
    if min(bad.size, good.size) < 2:
        return
    for low, high, side, other in ((bad, good, "below", "above"), (good, bad, "above", "below")):
        by_chance = 2 / math.comb(bad.size + good.size, bad.size)
        if low.max() < high.min() and (low.max() < 0 < high.min() or by_chance < 0.02):
            threshold = roundest_between(low.max(), high.min())
            yield (
                f"wrong wherever the argument is {side} {threshold:.3g} and right {other}: correct on one "
                "side of a kink only? Look for a condition, a mask or a maximum that the derivative forgets."
            )


def roundest_between(low: float, high: float) -> float:
    """The roundest number between two."""
    if low < 0 < high:
        return 0.0
    middle = (float(low) + float(high)) / 2
    for digits in range(-3, 12):
        if low <= round(middle, digits) <= high:
            return round(middle, digits)
    return middle


def exchanged_arguments(arguments: Sequence[Argument]) -> list[str]:
    """Pairs of arguments of the same shape that have each other's derivatives."""
    found = []
    for i, one in enumerate(arguments):
        for other in arguments[i + 1 :]:
            if one.fits_moved(other.whole) and other.fits_moved(one.whole):
                found += [f"{one.name} and {other.name} are exchanged: each has the other's gradient."]
    return found


def missing_terms(argument: Argument, arguments: Sequence[Argument], results: Array) -> Iterator[str]:
    """A forgotten term: the difference from the right derivative is something simple."""
    rest = argument.numerical - argument.analytic
    bar = 2 * argument.error + 1e-6 * np.abs(argument.numerical)
    if not argument.wrong.any() or not np.all(np.isfinite(rest)):
        return
    if rest[0].size > 1 and is_same(rest, np.mean(rest.reshape(len(rest), -1), axis=1).reshape(-1, *[1] * argument.x.ndim), bar):
        yield (
            f"one term is missing: the difference is {rest.ravel()[0]:.6g} in every entry, as from a sum or mean of the argument."
        )
        return
    for axis in range(1, rest.ndim):
        if rest.shape[axis] > 1 and rest.ndim > 2 and is_same(rest, rest.mean(axis=axis, keepdims=True), bar):
            yield f"one term is missing: the difference is the same all along axis {axis - 1}, as from a mean."
            return
    like: list[tuple[str, Array]] = [
        ("the argument itself, as the derivative of its square has it", argument.x[None]),
        ("the sign of the argument, as the derivative of its absolute value has it", np.sign(argument.x)[None]),
    ]
    like += [(f"the argument {o.name}", o.x[None]) for o in arguments if o is not argument and o.x.shape == argument.x.shape]
    if results.size == argument.x.size > 1:
        rows, measured, bars = (table.reshape(len(results), -1) for table in (rest, argument.numerical, bar))
        if is_normalised(rows, measured, bars, results):
            yield (
                "one term is missing: the difference is in each row a constant and a multiple of the result, as the terms by the "
                "mean, the variance or the sum of a normalisation are: softmax has y * (g - sum(g * y))."
            )
            return
        diagonals = [("the result", results)]
        if argument.x.all():
            diagonals += [("the result over the argument: is a factor x taken for a constant?", results / argument.x.ravel())]
        like += [(what, np.diag(d).reshape(rest.shape)) for what, d in diagonals]
        like += [("the result", np.broadcast_to(results.reshape(-1, *[1] * argument.x.ndim), rest.shape))]
    for what, term in like:
        term = np.broadcast_to(term, rest.shape)
        if rest.size > 1 and term.any():
            k = float(np.sum(rest * term) / np.sum(term * term))
            if k and is_same(rest, k * term, bar):
                yield f"one term is missing: the difference is {k:.6g} times {what}{'' if what.endswith('?') else '.'}"
                return


def is_normalised(rest: Array, numerical: Array, bar: Array, y: Array) -> bool:
    """True if each row of a square matrix is a constant plus a multiple of `y`, at the entries that the result depends on."""
    acts = (numerical != 0) | (np.abs(rest) > bar)
    if len(y) > 100 or acts.sum(axis=1).min() < 3:
        return False
    for row, here, error in zip(rest, acts, bar, strict=True):
        basis = np.stack([np.ones(here.sum()), y[here]], axis=1)
        fit = basis @ np.linalg.lstsq(basis, row[here])[0]
        if np.any(np.abs(row[here] - fit) > error[here]):
            return False
    return True


def is_same(rest: Array, term: Array, bar: Array) -> bool:
    """True if a difference equals a term within the error bars, and is not all noise."""
    return bool(np.all(np.abs(rest - term) <= bar)) and bool(np.any(np.abs(rest) > 10 * bar))


def cancelling(arguments: Sequence[Argument]) -> list[str]:
    """A sentence if the errors cancel in the sum of the results, so that a cotangent of ones does not show them."""
    for argument in arguments:
        total = argument.analytic.sum(axis=0) - argument.numerical.sum(axis=0)
        if len(argument.analytic) > 1 and argument.wrong.any() and np.all(np.abs(total) <= 2 * argument.error.sum(axis=0) + 1e-9):
            return [
                f"{argument.name}: the errors cancel in the sum of the results: a test with f(x).sum() alone would not see them."
            ]
    return []

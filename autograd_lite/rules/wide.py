"""Products and recurrences along the last axis in numbers of any size: nothing over- or underflows on the way.

They are computed for polynomials in t[0], t[1], ... in which each square t[i]**2 counts as 0: the product of all x + v[0] t[0] +
v[1] t[1] has the derivatives of the product of all x in the directions v as its coefficients. A polynomial is a list of arrays;
the one at index 0b101 is the coefficient of t[0] t[2]. Nothing is subtracted and nothing divided by: zeros do no harm.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

__all__ = [
    "Wide", "all_others", "fits", "linear_recurrence", "polynomial", "quotients_fit", "running_product", "scale_of", "shifted",
    "squares_fit", "times", "values",
]  # fmt: skip

ZERO, ABSENT = -(2**40), -(2**50)  # exponents of a 0, and of one that is no number of the sum: infinity times it is still 0
BOUND = 2**20  # more than the exponents of any dtype


class Wide:
    """Numbers of any size: a significand, and an exponent of 2 without bounds.

    >>> tiny = Wide(np.array([1e-200]))
    >>> (tiny * tiny * Wide(np.array([1e300]))).values()
    array([1.e-100])
    """

    __slots__ = ("exponent", "significand")

    def __init__(self, significand: Any, exponent: Any = 0, absent: Any = False) -> None:
        self.significand, change = parted(np.where(absent, np.zeros((), np.result_type(significand)), significand))
        exponent = np.where(np.isfinite(self.significand), exponent + change.astype(np.int64), 0)
        self.exponent = np.where(self.significand == 0, np.where(absent, ABSENT, ZERO), exponent)

    def __mul__(self, other: Self) -> Wide:
        absent = (self.exponent == ABSENT) | (other.exponent == ABSENT)
        return Wide(self.significand * other.significand, self.exponent + other.exponent, absent)

    def __add__(self, other: Self) -> Wide:
        top = np.maximum(self.exponent, other.exponent)
        return Wide(self.over(top) + other.over(top), top, top == ABSENT)

    def over(self, exponent: Any) -> Any:
        """The numbers divided by 2**exponent, rounded once."""
        return shifted_exponent(self.significand, np.clip(self.exponent - exponent, -BOUND, BOUND).astype(np.int32))

    def values(self) -> Any:
        """The numbers as an array."""
        return self.over(0)

    def __getitem__(self, key: Any) -> Wide:
        return Wide(self.significand[key], self.exponent[key], self.exponent[key] == ABSENT)

    def behind(self, first: Wide) -> Wide:
        """The numbers of `first` and then these, along the last axis."""
        exponent = np.concatenate((first.exponent, self.exponent), -1)
        return Wide(np.concatenate((first.significand, self.significand), -1), exponent, exponent == ABSENT)


def parted(x: Any) -> tuple[Any, Any]:
    """The significand and the exponent of 2 of each number; a complex one has the exponent of its larger part."""
    if x.dtype.kind != "c":
        return np.frexp(x)
    exponent = np.frexp(np.maximum(np.abs(x.real), np.abs(x.imag)))[1]
    return shifted_exponent(x, -exponent), exponent


def shifted_exponent(x: Any, exponent: Any) -> Any:
    """x * 2**exponent."""
    if x.dtype.kind != "c":
        return np.ldexp(x, exponent)
    found = np.empty(np.broadcast_shapes(x.shape, np.shape(exponent)), x.dtype)
    found.real, found.imag = np.ldexp(x.real, exponent), np.ldexp(x.imag, exponent)
    return found


def values(x: Any) -> Any:
    """The numbers of an array or a `Wide` as an array."""
    return x.values() if isinstance(x, Wide) else x


@functools.cache
def room(dtype: Any) -> int:
    """So many doublings or halvings of 1 are normal numbers, nearly.

    >>> room(np.dtype("float64"))
    1020
    """
    return -2 - int(np.finfo(dtype).minexp)


def quotients_fit(x: Any, axis: Any) -> bool:
    """True if no product of some numbers of x along the axis is 0, infinite or less than normal."""
    with np.errstate(divide="ignore"):
        sizes = np.add.reduce(np.abs(np.log2(np.abs(x))), axis)
    return bool((sizes < room(x.dtype)).all())


def fits(x: Any, *factors: Any) -> bool:
    """True if any product of neighbours in x, but for one number for each derivative, and of one number of each factor is normal:
    then plain arrays will do."""
    size = np.log2(np.abs(np.where(x == 0, 1, x)), dtype=np.result_type(x.real, np.float32)).astype(float)
    with np.errstate(invalid="ignore"):
        sums = np.cumsum(size, -1)
        span = np.max(sums, -1, initial=0) - np.min(sums, -1, initial=0)
        span = span + (1 + len(factors)) * np.max(np.abs(size), -1, initial=0)
    more = sum(float(np.max(np.abs(np.frexp(np.abs(f))[1]), initial=0)) if np.isfinite(f).all() else np.inf for f in factors)
    return bool(np.all(span + more < room(x.dtype)))


def squares_fit(length: Any, p: float = 2) -> bool:
    """True if lengths are roots of normal numbers with all their digits."""
    least, most = bounds_of_roots(length.dtype, p)
    return bool(((length > least) & (length < most)).all())


@functools.cache
def bounds_of_roots(dtype: Any, p: float) -> tuple[Any, Any]:
    """The p-th roots of the least and the largest numbers with all digits: nearer to 1 for p = 3, because 1/3 is rounded."""
    info = np.finfo(dtype)
    least, most = 2 * (info.tiny / info.eps) ** (1 / abs(p)), info.max
    return (least, most) if p == 2 else (max(least, 2.0**-30), min(most, 2.0**30))


def scale_of(x: Any, axes: tuple[int, ...]) -> Any:
    """A power of 2 near the largest number of x, as a constant; 1 for zeros and infinities."""
    exponent = np.frexp(np.max(np.abs(x), axes, keepdims=True, initial=0))[1]
    return np.ldexp(np.ones(exponent.shape, x.real.dtype), exponent - 1)


def polynomial(x: Any, directions: Sequence[Any], wide: bool) -> list[Any]:
    """`x + v[0] t[0] + v[1] t[1] + ...` for the directions v."""
    coefficients: dict[int, Any] = {0: x} | {2**i: np.broadcast_to(v, x.shape) for i, v in enumerate(directions)}
    missing = np.zeros_like(x)
    if not wide:
        return [coefficients.get(i, missing) for i in range(2 ** len(directions))]
    return [Wide(coefficients.get(i, missing), 0, i not in coefficients) for i in range(2 ** len(directions))]


def times(a: list[Any], b: list[Any]) -> list[Any]:
    """The product of two polynomials."""
    found = []
    for whole in range(len(a)):
        terms = [a[part] * b[whole ^ part] for part in range(whole + 1) if part & ~whole == 0]
        found.append(sum(terms[1:], terms[0]))
    return found


def plus(a: list[Any], b: list[Any]) -> list[Any]:
    """The sum of two polynomials."""
    return [x + y for x, y in zip(a, b, strict=True)]


def part(a: list[Any], start: int | None, stop: int | None, step: int | None = None) -> list[Any]:
    """The polynomials at some of the places."""
    return [x[..., start:stop:step] for x in a]


def both_polynomials(first: list[Any], second: list[Any]) -> list[Any]:
    """The polynomials of the first and then those of the second."""
    pairs = zip(first, second, strict=True)
    return [y.behind(x) if isinstance(y, Wide) else np.concatenate((x, y), -1) for x, y in pairs]


def length(a: list[Any]) -> int:
    return int(values(a[0]).shape[-1])


def shifted(a: list[Any]) -> list[Any]:
    """1 in front, and the last one dropped."""
    first = values(a[0])[..., :1]
    one = polynomial(np.ones_like(first), (), False) + [np.zeros_like(first)] * (len(a) - 1)
    if isinstance(a[0], Wide):
        one = [Wide(x, 0, i > 0) for i, x in enumerate(one)]
    return both_polynomials(one, part(a, None, -1))


def running_product(x: list[Any]) -> list[Any]:
    """The product of each and all before it, by doubling (Hillis and Steele, Data parallel algorithms, 1986)."""
    step = 1
    while step < length(x):
        x = both_polynomials(part(x, None, step), times(part(x, step, None), part(x, None, -step)))
        step *= 2
    return x


def linear_recurrence(b: list[Any], x: list[Any]) -> list[Any]:
    """The linear recurrence `y[0] = b[0]`, `y[i] = b[i] + x[i] * y[i - 1]`, by doubling too.

    >>> linear_recurrence([np.array([1.0, 1.0, 1.0])], [np.array([9.0, 2.0, 0.5])])
    [array([1. , 3. , 2.5])]
    """
    step = 1
    while step < length(b):
        factor = part(x, step, None)
        b = both_polynomials(part(b, None, step), plus(part(b, step, None), times(factor, part(b, None, -step))))
        x = both_polynomials(part(x, None, step), times(factor, part(x, None, -step)))
        step *= 2
    return b


def all_others(x: list[Any]) -> list[Any]:
    """The products of all before and of all behind each."""
    backwards = part(x, None, None, -1)
    return times(running_product(shifted(x)), part(running_product(shifted(backwards)), None, None, -1))

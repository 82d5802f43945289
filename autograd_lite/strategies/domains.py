"""Domains: functions `(rng, shape) -> numbers` that fill arrays, with the random generators that they draw from."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

__all__ = ["Domain", "Shape", "apart", "away_from", "between", "generators", "magnitudes"]

Shape: TypeAlias = tuple[int, ...]
Domain: TypeAlias = Callable[[np.random.Generator, Shape], Any]

# The promises of domains hold in float64. A cast to a narrower dtype moves a number by half a unit in the last place: leave
# margins.


@functools.cache
def generators() -> st.SearchStrategy[np.random.Generator]:
    """Generators of random numbers, each from a drawn seed.

    >>> from hypothesis import given
    >>> @given(generators())
    ... def test_a_generator_is_numpys(rng):
    ...     assert 0 <= rng.random() < 1
    >>> test_a_generator_is_numpys()
    """
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


def between(low: float, high: float) -> Domain:
    """Numbers spread evenly from `low` to `high`.

    >>> between(2, 3)(np.random.default_rng(0), (4,)).round(2)
    array([2.64, 2.27, 2.04, 2.02])
    """
    return lambda rng, shape: rng.uniform(low, high, shape)


def magnitudes(low: float = 1e-3, high: float = 1e3, signed: bool = True) -> Domain:
    """Numbers with evenly spread logarithms: as many between 0.001 and 0.01 as between 100 and 1000; of either sign if `signed`.

    Raises ValueError unless 0 < low <= high.

    >>> x = magnitudes(1e-3, 1e3)(np.random.default_rng(0), (60_000,))
    >>> (np.histogram(np.log10(np.abs(x)), bins=6)[0] / 10_000).round(1)
    array([1., 1., 1., 1., 1., 1.])
    """
    if not 0 < low <= high:
        raise ValueError(f"magnitudes: low={low} and high={high} must be sizes: 0 < low <= high.")

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        sizes = np.clip(np.exp(rng.uniform(math.log(low), math.log(high), shape)), low, high)  # exp(log(x)) is not quite x
        return sizes * rng.choice((-1.0, 1.0), shape) if signed else sizes

    return numbers


def away_from(*points: float, margin: float = 0.1, low: float = -3, high: float = 3) -> Domain:
    """Numbers spread evenly from `low` to `high`, except those nearer to one of the points than `margin`.

    Raises ValueError if that leaves none. The steps of a numerical derivative must be smaller than the margin.

    >>> x = away_from(0.0, margin=0.5, low=-1, high=2)(np.random.default_rng(0), (1000,))
    >>> [float(e.round(2)) for e in (x.min(), x[x < 0].max(), x[x > 0].min(), x.max())]
    [-1.0, -0.5, 0.5, 2.0]
    """
    kinks = sorted(points)
    bounds = zip([low, *(p + margin for p in kinks)], [*(p - margin for p in kinks), high])
    pieces = np.array([(start, end) for a, b in bounds if (start := max(a, low)) < (end := min(b, high))])
    if not len(pieces):
        raise ValueError(f"away_from: nothing between {low} and {high} is {margin} away from {kinks}; take a smaller margin.")
    starts, ends = pieces.T
    after = np.cumsum(ends - starts)  # the pieces laid end to end

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        place = rng.uniform(0, after[-1], shape)
        i = np.minimum(np.searchsorted(after, place, side="right"), len(after) - 1)
        return np.clip(ends[i] - (after[i] - place), starts[i], ends[i])

    return numbers


def apart(margin: float = 0.1) -> Domain:
    """Numbers around 0 in a random order, any two of them at least `margin` apart: for `max`, `sort`, `median`.

    For n numbers, the largest is about n times the margin.

    >>> x = apart(0.5)(np.random.default_rng(0), (3, 4))
    >>> bool(np.min(np.diff(np.sort(x, axis=None))) >= 0.5)
    True
    """

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        n = math.prod(shape)
        places = 2 * (rng.permutation(n) - n // 2) + rng.uniform(-0.5, 0.5, n)
        return margin * places.reshape(shape)

    return numbers

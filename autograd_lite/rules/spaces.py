"""Numbers evenly spaced between two ends: each is a weighted mean of the ends, with weights that `np.linspace` itself gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import cast, overridable
from .row import Row


def weighted_sum(g: Any, axis: int, weights: Any) -> Any:
    """The sum of `g` along the axis, each element with its weight."""
    return np.moveaxis(g, axis, -1) @ weights


def start_weights(g: Any, num: int, endpoint: bool) -> Any:
    """The weight of the first end in each number, in the precision of g: 1 less that of the last.

    >>> start_weights(np.ones(5), 5, True)
    array([1.  , 0.75, 0.5 , 0.25, 0.  ])
    """
    return np.linspace(np.ones((), np.result_type(g, np.float64)), 0, num, endpoint)


def stop_weights(g: Any, num: int, endpoint: bool) -> Any:
    """The weight of the last end in each number."""
    return np.linspace(0, np.ones((), np.result_type(g, np.float64)), num, endpoint)


@overridable
def evenly_spaced(start: Any, stop: Any, num: Any, endpoint: Any = True, dtype: Any = None, axis: Any = 0) -> Any:
    """`np.linspace` without the step.

    >>> evenly_spaced(1.0, 3.0, 5)
    array([1. , 1.5, 2. , 2.5, 3. ])
    """
    return np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)


# y of geomspace is start**(1 - weight) * stop**weight, also where both are negative
RULES: dict[Any, Any] = {
    evenly_spaced: Row(
        "start, stop, num, endpoint=True, dtype=None, axis=0",
        start=lambda g, num, endpoint, axis: weighted_sum(g, axis, start_weights(g, num, endpoint)),
        stop=lambda g, num, endpoint, axis: weighted_sum(g, axis, stop_weights(g, num, endpoint)),
    ),
    np.geomspace: Row(
        "start, stop, num=50, endpoint=True, dtype=None, axis=0",
        start=lambda g, y, start, num, endpoint, axis: weighted_sum(g * y, axis, start_weights(g, num, endpoint)) / start,
        stop=lambda g, y, stop, num, endpoint, axis: weighted_sum(g * y, axis, stop_weights(g, num, endpoint)) / stop,
    ),
}  # fmt: skip


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """Powers of the base with evenly spaced exponents."""
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else cast(y, dtype)


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0, *,
    device: Any = None,
) -> Any:  # fmt: skip
    """The numbers, and their distance with `retstep`."""
    y = evenly_spaced(start, stop, num, endpoint, dtype, axis)
    gaps = num - 1 if endpoint else num
    return (y, np.subtract(stop, start) / gaps if gaps > 0 else np.nan) if retstep else y


COMPOSITIONS: dict[Any, Any] = {np.linspace: linspace, np.logspace: logspace}

__all__ = ["COMPOSITIONS", "RULES"]

"""Numbers evenly spaced between two ends: each is a mixture of the ends, and `np.linspace` itself says in which shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import cast
from .row import Row


def weighed(g: Any, axis: int, shares: Any) -> Any:
    """The sum of `g` along the axis, each element with its share."""
    return np.moveaxis(g, axis, -1) @ shares


def of_start(num: int, endpoint: bool) -> Any:
    """The share of the first end in each number: 1 less that of the last.

    >>> of_start(5, True)
    array([1.  , 0.75, 0.5 , 0.25, 0.  ])
    """
    return np.linspace(1, 0, num, endpoint)


def of_stop(num: int, endpoint: bool) -> Any:
    return np.linspace(0, 1, num, endpoint)


def linspace(start: Any, stop: Any, num: Any, endpoint: Any, retstep: Any, dtype: Any, axis: Any, *, device: Any) -> Any:
    if retstep:
        raise ValueError("linspace: retstep=True is not supported on Tensors. The step is (stop - start) / (num - 1).")
    return np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis, device=device)


# y is start**(1 - share) * stop**share, also where both are negative
RULES: dict[Any, Any] = {
    np.linspace: Row(
        "start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None", linspace,
        start=lambda g, num, endpoint, axis: weighed(g, axis, of_start(num, endpoint)),
        stop=lambda g, num, endpoint, axis: weighed(g, axis, of_stop(num, endpoint)),
    ),
    np.geomspace: Row(
        "start, stop, num=50, endpoint=True, dtype=None, axis=0",
        start=lambda g, y, start, num, endpoint, axis: weighed(g * y, axis, of_start(num, endpoint)) / start,
        stop=lambda g, y, stop, num, endpoint, axis: weighed(g * y, axis, of_stop(num, endpoint)) / stop,
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


COMPOSITIONS: dict[Any, Any] = {np.logspace: logspace}

__all__ = ["COMPOSITIONS", "RULES"]

"""Functions that choose elements. Choosing and scattering are each other's transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import clip, erase, getitem, last_writes, scatter, setitem
from .elementwise import shared
from .row import Row


def above(x: Any, low: Any) -> Any:
    """x after its lower bound, if there is one."""
    return x if low is None else np.maximum(x, low)


def over(a: Any, low: Any) -> Any:
    """The share of a in maximum(a, low), which has no bound where that is None."""
    return 1 if low is None else shared(a > low, a, low)


def under(a: Any, high: Any) -> Any:
    """The share of a in minimum(a, high)."""
    return 1 if high is None else shared(a < high, a, high)


# fmt: off
RULES: dict[Any, Any] = {
    getitem:   Row("x, key, copy=False", x=lambda g, key, x_shape: scatter(g, key, x_shape)),
    scatter:   Row("x, key, shape", x=lambda g, key: g[key]),
    setitem:   Row("x, key, value",  # in place, the value's gradient is read before it is erased
                   value=lambda g, key, x_shape: g[key] * last_writes(key, x_shape),
                   x=lambda g, key: erase(g, key)),
    erase:     Row("x, key",        x=lambda g, key: erase(g, key)),
    np.where:  Row("condition, a, b, /",
                   a=lambda g, condition: np.where(condition, g, 0),
                   b=lambda g, condition: np.where(condition, 0, g)),
    # minimum(maximum(x, low), high), ties shared as there
    clip:      Row("x, low=None, high=None",
                   x=lambda g, x, low, high: g * over(x, low) * under(above(x, low), high),
                   low=lambda g, x, low, high: g * over(low, x) * under(above(x, low), high),
                   high=lambda g, x, low, high: g * under(high, above(x, low))),
}
# fmt: on

__all__ = ["RULES"]

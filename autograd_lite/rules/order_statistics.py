"""Order statistics: a value at a position in the order gives its gradient, in equal shares, to all elements equal to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import axes, quantile_shares
from .row import Row


def shared(g: Any, a: Any, q: Any, axis: Any, quantile: Any, method: str = "linear", skip_nan: bool = False) -> Any:
    """Each quantile is a sum of elements of `a`, weighted with their shares, which do not change where the order does not."""
    kept = [1 if i in axes(axis, a.ndim) else n for i, n in enumerate(a.shape)]
    shares = quantile_shares(a, q, axis, quantile, method, skip_nan)
    return np.sum(g.reshape((*np.shape(q), *kept)) * shares, axis=tuple(range(np.ndim(q))))


def preserving(function: Any) -> Any:
    """Without the option `overwrite_input`, which only permits NumPy to leave its argument in any order."""

    def of_one(a: Any, axis: Any, out: Any, overwrite_input: bool, keepdims: bool) -> Any:
        return function(a, axis=axis, keepdims=keepdims)

    def of_many(a: Any, q: Any, axis: Any, out: Any, overwrite_input: bool, method: str, keepdims: bool) -> Any:
        if axis == () and np.ndim(q) > 0:  # NumPy's nanquantile would put the axes of q in other places
            raise ValueError("axis=() leaves nothing to order: each element is its own quantile.")
        return function(a, q, axis=axis, method=method, keepdims=keepdims)

    return of_one if function in (np.median, np.nanmedian) else of_many


_MEDIAN = "a, axis=None, out=None, overwrite_input=False, keepdims=False"
_QUANTILE = "a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False"

# fmt: off
RULES: dict[Any, Any] = {
    np.median:        Row(_MEDIAN, preserving(np.median),
                          a=lambda g, a, axis: shared(g, a, 0.5, axis, np.quantile)),
    np.quantile:      Row(_QUANTILE, preserving(np.quantile),
                          a=lambda g, a, q, axis, method: shared(g, a, q, axis, np.quantile, method)),
    np.percentile:    Row(_QUANTILE, preserving(np.percentile),
                          a=lambda g, a, q, axis, method: shared(g, a, q, axis, np.percentile, method)),
    np.nanmedian:     Row(_MEDIAN, preserving(np.nanmedian),
                          a=lambda g, a, axis: shared(g, a, 0.5, axis, np.quantile, skip_nan=True)),
    np.nanquantile:   Row(_QUANTILE, preserving(np.nanquantile),
                          a=lambda g, a, q, axis, method: shared(g, a, q, axis, np.quantile, method, True)),
    np.nanpercentile: Row(_QUANTILE, preserving(np.nanpercentile),
                          a=lambda g, a, q, axis, method: shared(g, a, q, axis, np.percentile, method, True)),
}
# fmt: on

__all__ = ["RULES"]

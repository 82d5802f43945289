"""Running results along an axis: `np.maximum.accumulate` and its kin, y[k] = f(y[k - 1], x[k])."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import elementwise
from .row import Row


def accumulated(f: Any, selects: bool = False) -> Row:
    """The row of `f.accumulate`: step by step the two rules of f, from the last step to the first.

    So elements that tie share as they do for `f`: of three that tie for the maximum the last has half, the others a quarter.
    """
    row = elementwise.RULES[f]
    keeps, enters = row.rules.values() if isinstance(row, Row) else row

    def rule(g: Any, y: Any, array: Any, axis: int) -> Any:
        g, y, x = (np.moveaxis(z, axis, 0) for z in (g, y, array))
        if len(g) < 2:
            return np.moveaxis(g, 0, axis)
        ones = np.ones_like(g[1:])
        of_before, of_new = keeps(ones, y[:-1], x[1:]), enters(ones, y[:-1], x[1:])
        behind, found = g[-1], []
        for k in range(len(g) - 1, 0, -1):
            found.append(behind * of_new[k - 1])
            behind = g[k - 1] + behind * of_before[k - 1]
        return np.moveaxis(np.stack([behind, *found[::-1]]), 0, axis)

    return Row("array, axis=0, dtype=None, out=None", selects=selects, array=rule)


# fmt: off
RULES: dict[Any, Any] = {
    np.maximum.accumulate:    accumulated(np.maximum, selects=True),
    np.minimum.accumulate:    accumulated(np.minimum, selects=True),
    np.logaddexp.accumulate:  accumulated(np.logaddexp),
    np.logaddexp2.accumulate: accumulated(np.logaddexp2),
}
# fmt: on

__all__ = ["RULES"]

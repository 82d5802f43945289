"""Words: an array in few characters, by its numbers if it is small, else by its shape and range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph import Value
from ..several import Several

__all__ = ["FEW", "first_bad", "first_true", "kind", "number", "range_of", "sentence", "values"]

FEW = 6  # numbers that are written out


def kind(x: Any) -> str:
    """The dtype and shape of an array; of a call with several results no more than that.

    >>> kind(np.zeros((2, 3), np.float32)), kind(np.float64(1.0))
    ('float32[2, 3]', 'float64[]')
    """
    return "several results" if x.shape is None else f"{x.dtype}{list(x.shape)}"


def number(x: Any, digits: int = 5) -> str:
    """A number in at most so many digits.

    >>> number(0.1 + 0.2), number(1234567.0), number(1 - 2j), number(True)
    ('0.3', '1.2346e+06', '1-2j', 'True')
    """
    if isinstance(x, (bool, np.bool_, int, np.integer)):
        return str(x)
    return f"{x:.{digits}g}"


def sentence(x: Any, few: int = FEW) -> str:
    """An array, or any other value that a rule reads.

    >>> sentence(np.array([[1.0, 0.5], [2.0, 3.0]])), sentence(np.linspace(0, 1, 100)), sentence((2, 3))
    ('[[1, 0.5], [2, 3]]', 'float64[100] in [0, 1]', '(2, 3)')
    """
    if isinstance(x, Value):
        x = x._array
    if isinstance(x, Several):
        return "; ".join(f"of result {k} {sentence(g, few)}" for k, g in x.parts.items())
    if isinstance(x, (np.ndarray, np.generic)):
        return values(x) if x.size <= few else f"{kind(x)} {range_of(x)}"
    if isinstance(x, (list, tuple)) and any(isinstance(item, (np.ndarray, Value)) for item in x):
        return f"({', '.join(sentence(item, few) for item in x)})"
    text = repr(x)
    return text if len(text) <= 40 else f"{text[:39]}…"


def values(x: Any) -> str:
    """All numbers of an array, on one line.

    >>> values(np.array([1.0, np.nan])), values(np.array(2.0)), values(np.zeros((0, 2)))
    ('[1, nan]', '2', 'float64[0, 2]')
    """
    if not x.size:
        return kind(x)
    if not x.ndim:
        return number(x[()])
    return f"[{', '.join(values(row) for row in x)}]"


def range_of(x: Any, digits: int = 5) -> str:
    """The smallest and the largest number of an array, and how many are not finite.

    >>> range_of(np.array([1.0, np.inf, -2.0])), range_of(np.array([np.nan])), range_of(np.array([1j]))
    ('in [-2, 1], 1 of 3 not finite', '1 of 1 not finite', 'of sizes in [1, 1]')
    """
    if not x.size:
        return "without numbers"
    if x.dtype.kind == "b":
        return f"with {np.count_nonzero(x)} of {x.size} true"
    finite = np.isfinite(x)
    bad = x.size - int(np.count_nonzero(finite))
    said = f"{bad} of {x.size} not finite" if bad else ""
    if bad == x.size:
        return said
    shown, of_sizes = (np.abs(x), "of sizes ") if x.dtype.kind == "c" else (x, "")
    least, most = np.min(shown[finite]), np.max(shown[finite])
    return f"{of_sizes}in [{number(least, digits)}, {number(most, digits)}]" + (f", {said}" if bad else "")


def first_bad(x: Any, inf: bool = True) -> tuple[int, ...] | None:
    """The index of the first element that is nan or, with `inf`, infinite; None if there is none.

    >>> first_bad(np.array([[1.0, 2.0], [np.nan, 1.0]])), first_bad(np.ones(3)), first_bad(np.array([np.inf]), inf=False)
    ((1, 0), None, None)
    """
    if x.dtype.kind not in "fc":
        return None
    if math.isfinite(np.vdot(x, x).real):  # a third of the time
        return None
    return first_true(~np.isfinite(x) if inf else np.isnan(x))


def first_true(found: Any) -> tuple[int, ...] | None:
    """The index of the first element that is True; None if there is none.

    >>> first_true(np.array([[False, False], [True, True]]))
    (1, 0)
    """
    return tuple(map(int, np.unravel_index(int(np.argmax(found)), found.shape))) if found.any() else None

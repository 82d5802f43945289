"""Silence: `np.errstate(all="ignore")`, entered in a twentieth of the time.

What NumPy does about overflow and division by 0 is the value of one context variable, since NumPy 2.0. `np.errstate` makes a new
value each time; here it is made once. The variable is the one that `np.seterr` sets in an empty context.

>>> before = silence()
>>> try:
...     np.zeros(1) / 0
... finally:
...     end_silence(before)
array([nan])
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np

__all__ = ["end_silence", "silence"]


def beginning_and_end(context: Context) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """`silence`, which returns what was before, and `end_silence`, which is given that; the variable is alone in `context`."""
    variable, ignore = next(iter(context.items()), (None, None))
    if variable is None:  # a NumPy that keeps it elsewhere
        return functools.partial(np.seterr, all="ignore"), lambda before: np.seterr(**before)
    return functools.partial(variable.set, ignore), variable.reset


_context = Context()
_context.run(np.seterr, all="ignore")
silence, end_silence = beginning_and_end(_context)

"""A row of the table for a function with options: its signature, a rule for each differentiable argument, its properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["NOT_GIVEN", "Row"]

NOT_GIVEN = np._NoValue  # the value of an option that NumPy is not given at all


class Row:
    """`Row("a, axis=None", a=rule)`: the signature as in a `def`, then a rule for each argument that has a derivative.

    A default of `_` stands for `NOT_GIVEN`. `call` computes the value where it is not the function itself (`np.add.reduce`
    for `np.sum`: the same numbers in a third of the time). `parts` is for a function of a sequence of arrays: it reads shapes
    and options, runs once a call and returns a list, and the rule for the i-th array reads its i-th element as `part`.

    Properties tell `safety/masks.py` and `speed/buffers.py` more than the rules do; a first reader may skip them. A chapter
    (a file of rules) says those of all its rows in `KIND`, such as `KIND = {"elementwise": True}`; the others stand in the row:

    * `elementwise`: each element of the result depends on one element of each argument;
    * `selects`: some elements of an argument may not reach the result at all;
    * `moves`: elements only change places; or a function, for a norm: what passes to its arguments, of what its result passes;
    * `root`: the function is the square root, whose slope at 0 is infinite;
    * `several`: the result is a tuple of arrays, and the rule reads `g[k]` and `y[k]` for result k;
    * `into`: for an argument, a function that does the rule's work inside a gradient that is there, without a new array.
    """

    def __init__(
        self, signature: str, call: Callable[..., Any] | None = None, parts: Callable[..., Any] | None = None, *,
        elementwise: bool = False, selects: Any = False, moves: Any = False, root: bool | str = False, several: bool = False,
        into: dict[str, Callable[..., Any]] | None = None, **rules: Callable[..., Any],
    ) -> None:  # fmt: skip
        self.signature, self.call, self.parts, self.into, self.rules = signature, call, parts, into, rules
        self.kind = {"elementwise": elementwise, "selects": selects, "moves": moves, "root": root, "several": several}

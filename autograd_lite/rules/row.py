"""A row of the table for a function with options: its signature, and a rule for each differentiable argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Row"]


class Row:
    """`Row("a, axis=None", a=rule)`: the signature as in a `def`, then a rule for each argument that has a derivative.

    A default of `_` stands for "not given". `call` computes the value where it is not the function itself
    (`np.add.reduce` for `np.sum`: the same numbers in a third of the time). `parts`, for a sequence of arrays, computes
    once a call what the rule for each of them reads as `part`.
    """

    def __init__(
        self,
        signature: str,
        call: Callable[..., Any] | None = None,
        parts: Callable[..., Any] | None = None,
        **rules: Callable[..., Any],
    ) -> None:
        self.signature = signature
        self.call = call
        self.parts = parts
        self.rules = rules

"""Running transforms: what is differentiated here and now, so that a gradient which is lost inside is not lost in silence."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from ..graph import Node
from .modes import is_grad_enabled

__all__ = ["GradientWarning", "Running", "refuse_lost_history", "running", "warn_of_independence"]


class GradientWarning(UserWarning):
    """A derivative that is 0 because the result was not computed from the argument, as far as it was recorded.

    >>> import numpy as np, autograd_lite as ag
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", ag.GradientWarning)
    ...     ag.grad(lambda x: np.sum(x.data))(np.ones(2))
    array([0., 0.])
    """


class Running:
    """A function that is being differentiated: the nodes of its variables, and the transform around it.

    `differentiated` is True once a transform inside was given something that depends on the variables.
    """

    __slots__ = ("differentiated", "outer", "variables")

    def __init__(self, variables: Iterable[Node | None]) -> None:
        self.variables = frozenset(variables)
        self.outer = running.get()
        self.differentiated = False

    def around(self) -> Iterator[Running]:
        """The transforms around this one."""
        outer = self.outer
        while outer is not None:
            yield outer
            outer = outer.outer


running: ContextVar[Running | None] = ContextVar("running", default=None)


def refuse_lost_history(order: list[Node], within: Running) -> None:
    """Raise if a plain backward pass over the nodes of `order` would leave gradients without the history of a variable."""
    variables = within.variables.union(*(outer.variables for outer in within.around()))
    if is_grad_enabled() and any(edge[0] in variables for node in order for edge in node.edges or ()):
        raise RuntimeError(
            "backward inside a function that is being differentiated: .grad would be numbers without their history, and the "
            "derivative of what is computed from them would be lost. Write backward(create_graph=True), or ag.grad(g)(x) inside; "
            "if only the numbers are wanted, 'with ag.no_grad():' around backward()."
        )


def warn_of_independence(name: str, function: str) -> None:
    """Warn, at the line of the caller, that `function` does not depend on what it is differentiated by."""
    warnings.warn(
        f"{name}: the result of {function} does not depend on its argument, as far as that was recorded, so every derivative is "
        f"0. Usual causes: .item(), float() or .data took the numbers out; a branch on isinstance(x, float) or np.ndarray, which "
        f"a Tensor is not; an exception that was caught; .detach() or no_grad(). If it is meant: "
        f"warnings.simplefilter('ignore', ag.GradientWarning).",
        GradientWarning,
        stacklevel=level_of_caller(),
    )


def level_of_caller() -> int:
    """The `stacklevel` of the first frame outside of this package, for a call of `warnings.warn` in the caller."""
    level, frame = 1, sys._getframe(1)
    package = __name__.partition(".")[0]
    above: Any = frame
    while above.f_back is not None and str(above.f_globals.get("__name__", "")).partition(".")[0] == package:
        above, level = above.f_back, level + 1
    return level

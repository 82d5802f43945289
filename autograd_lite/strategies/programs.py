"""Random programs: graphs of smooth operations, as functions that can be called and printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..numerical.point import Array
from .broadcasting import broadcastable_shapes
from .filled_arrays import broadcastable_arrays

__all__ = ["Expression", "expressions"]

# Smooth operations. However they are nested, values exceed the larger argument by at most 1, and slopes stay moderate.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "np.sin({})": np.sin,
    "np.tanh({})": np.tanh,
    "np.arctan({})": np.arctan,
    "np.flip({})": np.flip,
    "np.mean({})": np.mean,
    "np.sqrt(1 + {} ** 2)": lambda a: np.sqrt(1 + a**2),
    "({} + {}) / 2": lambda a, b: (a + b) / 2,
    "({} - {}) / 2": lambda a, b: (a - b) / 2,
    "{} * np.cos({})": lambda a, b: a * np.cos(b),
    "{} / (1 + {} ** 2)": lambda a, b: a / (1 + b**2),
    "np.logaddexp({}, {})": np.logaddexp,
}


class Expression:
    """A function of `n` arrays that runs `steps` one after the other; later ones use earlier results. Its repr is its program.

    >>> program = Expression(1, [("np.sin({})", (0,)), ("({} + {}) / 2", (0, 1))])
    >>> program
    (x0) -> y0 = np.sin(x0); y1 = (x0 + y0) / 2
    >>> float(program(0.0))
    0.0
    """

    def __init__(self, n: int, steps: Sequence[tuple[str, tuple[int, ...]]]):
        self.n, self.steps = n, tuple(steps)

    def __call__(self, *arrays: Any) -> Any:
        values = list(arrays)
        for operation, operands in self.steps:
            values.append(OPERATIONS[operation](*(values[i] for i in operands)))
        return values[-1]

    def __repr__(self) -> str:
        names = [f"x{i}" for i in range(self.n)] + [f"y{i}" for i in range(len(self.steps))]
        lines = [f"{y} = {text.format(*(names[i] for i in of))}" for y, (text, of) in zip(names[self.n :], self.steps)]
        return f"({', '.join(names[: self.n])}) -> {'; '.join(lines)}"


@st.composite
def expressions(
    draw: st.DrawFn, max_steps: int = 8, strategy: st.SearchStrategy[tuple[Array, ...]] | None = None
) -> tuple[Expression, tuple[Array, ...]]:
    """A random graph of smooth operations as a function, and arrays to call it with.

    Each step uses the result before it, and some use an earlier one as well. The last step uses a node that has been used
    already: at least one node is shared. Every array is used. Values stay below the largest argument plus the number of steps.

    Parameters
    ----------
    max_steps
        The largest number of steps; but there are at least two, and at least as many as arrays.
    strategy
        Draws the arrays; by default one to three arrays that broadcast, without empty axes.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> from hypothesis import given
    >>> @given(expressions())
    ... def test_gradients_of_any_expression(drawn):
    ...     f, arrays = drawn
    ...     ag.vjp(f, *arrays)
    >>> test_gradients_of_any_expression()
    >>> f = Expression(1, [("np.sin({})", (0,)), ("{} * np.cos({})", (1, 0))])
    >>> f
    (x0) -> y0 = np.sin(x0); y1 = y0 * np.cos(x0)
    >>> f(np.array(0.0)).item()
    0.0
    """
    if strategy is None:
        strategy = st.integers(1, 3).flatmap(lambda n: broadcastable_arrays(broadcastable_shapes(n, min_side=1)))
    arrays = draw(strategy)
    n = len(arrays)
    steps: list[tuple[str, tuple[int, ...]]] = [("np.sin({})", (0,))] if n == 1 else []
    steps += [("({} + {}) / 2", (n + i - 2 if i > 1 else 0, i)) for i in range(1, n)]  # every array is used
    for _ in range(draw(st.integers(0, max(0, max_steps - len(steps) - 1)))):
        operation = draw(st.sampled_from(list(OPERATIONS)))
        last = n + len(steps) - 1
        steps.append((operation, (last, draw(st.integers(0, last)))[: operation.count("{}")]))
    last = n + len(steps) - 1
    shared = draw(st.integers(0, last - 1))
    steps.append(("{} * np.cos({})", (last, shared)))
    return Expression(n, steps), arrays

"""Matrix equations of scipy.linalg: Sylvester's, Lyapunov's, Riccati's.

A solution moves with its coefficients as the implicit function theorem says: the rule solves the transposed equation once. See
T.-C. Kao and G. Hennequin, "Automatic differentiation of Sylvester, Lyapunov, and algebraic Riccati equations" (2020).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import conj
from ..rules.decompositions import adjoint, with_conjugates
from ..transforms import vjp
from .needed import needed
from .options import by_scipys_formula, with_options

linalg = needed("scipy.linalg")


def sylvester(a: Any, b: Any, q: Any) -> Any:
    """The x with a x + x b = q; in one dtype, as SciPy is wrong by per cents where some are real and some complex.

    >>> solve_sylvester(np.eye(1), 3 * np.eye(1), 8 * np.eye(1))
    array([[2.]])
    """
    kind = np.result_type(a, b, q)
    return linalg.solve_sylvester(*(np.asarray(x, kind) for x in (a, b, q)))


sylvester.__name__ = "solve_sylvester"
solve_sylvester: Any = primitive(
    sylvester,
    trusted=True,
    q=lambda g, a, b: solve_sylvester(a.mT, b.mT, g),
    a=lambda g, y, a, b: -solve_sylvester(a.mT, b.mT, g) @ y.mT,
    b=lambda g, y, a, b: -y.mT @ solve_sylvester(a.mT, b.mT, g),
)
solve_continuous_lyapunov = by_scipys_formula(
    linalg.solve_continuous_lyapunov, lambda a, q: solve_sylvester(a, adjoint(a), q), ("a", "q")
)  # fmt: skip
solve_lyapunov = solve_continuous_lyapunov


def discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    """The x with a x a^H - x + q = 0."""
    return linalg.solve_discrete_lyapunov(a, q, method)


@with_conjugates
def discrete_lyapunov_a(g: Any, y: Any, a: Any) -> Any:
    """s a y^H + s^H a y, where s is the gradient by q."""
    s = of_steps(adjoint(a), g)
    return s @ a @ adjoint(y) + adjoint(s) @ a @ y


discrete_lyapunov.__name__ = "solve_discrete_lyapunov"
of_steps: Any = primitive(
    discrete_lyapunov, trusted=True, a=discrete_lyapunov_a, q=with_conjugates(lambda g, a: of_steps(adjoint(a), g))
)
solve_discrete_lyapunov = with_options(linalg.solve_discrete_lyapunov, of_steps, ("a", "q", "method"))


def riccati(function: Callable[..., Any], residual: Callable[..., Any], back: Callable[..., Any]) -> Callable[..., Any]:
    """A solution x of Riccati's equation `residual(x, a, b, q, r) == 0`; `back(g, x, a, b, r)` solves the transposed equation.

    SciPy returns a Hermitian x, so the Hermitian part of the gradient counts.
    """

    def value(a: Any, b: Any, q: Any, r: Any, balanced: bool = True) -> Any:
        return function(a, b, q, r, balanced=balanced)

    def rule_for(name: str) -> Callable[..., Any]:
        def rule(g: Any, y: Any, a: Any, b: Any, q: Any, r: Any) -> Any:
            at, g = {"a": a, "b": b, "q": q, "r": r}, conj(g)
            s = back((g + adjoint(g)) / 2, y, a, b, r)
            return conj(vjp(lambda x: residual(y, **{**at, name: x}), at[name])[1](s)[0])

        return rule

    value.__name__ = function.__name__
    rules: dict[str, Any] = {name: rule_for(name) for name in ("a", "b", "q", "r")}
    made = primitive(value, trusted=True, **rules)
    return with_options(function, made, ("a", "b", "q", "r", "balanced"))


def continuous_residual(x: Any, a: Any, b: Any, q: Any, r: Any) -> Any:
    return adjoint(a) @ x + x @ a - x @ b @ np.linalg.solve(r, adjoint(b) @ x) + q


def continuous_back(g: Any, x: Any, a: Any, b: Any, r: Any) -> Any:
    closed = a - b @ np.linalg.solve(r, adjoint(b) @ x)
    return solve_sylvester(closed, adjoint(closed), -g)


def gain(x: Any, a: Any, b: Any, r: Any) -> Any:
    return np.linalg.solve(r + adjoint(b) @ x @ b, adjoint(b) @ x @ a)


def discrete_residual(x: Any, a: Any, b: Any, q: Any, r: Any) -> Any:
    return adjoint(a) @ x @ (a - b @ gain(x, a, b, r)) - x + q


solve_continuous_are = riccati(linalg.solve_continuous_are, continuous_residual, continuous_back)
solve_discrete_are = riccati(
    linalg.solve_discrete_are, discrete_residual, lambda g, x, a, b, r: of_steps(a - b @ gain(x, a, b, r), g)
)  # fmt: skip

__all__ = [
    "solve_continuous_are", "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov", "solve_lyapunov",
    "solve_sylvester",
]  # fmt: skip

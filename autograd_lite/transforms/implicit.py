"""Solutions of equations, differentiated by the implicit function theorem: through the equation, not through the solver's steps.

Where f(x, a) = 0, the root x moves with a by dx/da = -(df/dx)^-1 df/da (Krantz and Parks, "The Implicit Function Theorem", 2002).
So a vector-Jacobian product is one linear system and one product with df/da, whatever the solver did. The rule is made of
transforms and has derivatives itself, of every order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import conj
from ..graph import Value
from ..primitive import Primitive, parse, record
from ..safety.operands import result_of_arrays, values_of
from . import jacobian, tree, vjp
from .recorded_call import function_name

__all__ = ["fixed_point", "root"]


def root(f: Callable[..., Any], x0: Any, *args: Any, solve: Callable[..., Any] | None = None) -> Any:
    """The x near `x0` with `f(x, *args) = 0`, which has derivatives by `args` of every order.

    Parameters
    ----------
    f
        Takes x and `args` and returns an array of the shape of x: as many equations as unknowns.
    x0
        Where to start; the result has its shape. The root does not depend on it as far as derivatives go.
    *args
        Arrays, or containers of arrays, to differentiate by.
    solve
        Finds the root: `solve(g, x0)` for g(x) = f(x, *args), on arrays, as in
        `solve=lambda g, x0: scipy.optimize.root(g, x0).x`. None stands for Newton's method. The derivatives are those at the x
        that it returns, and as exact as that.

    Raises
    ------
    TypeError
        f uses a Tensor that requires grad and is not an argument: its gradient would be lost.
    ValueError
        f(x0) does not have the shape of x0.
    RuntimeError
        Newton's method found no root.
    numpy.linalg.LinAlgError
        The derivative of f by x has no inverse at the root, so that the root has no derivative.

    Notes
    -----
    A backward pass computes the matrix df/dx, by as many pulls as there are unknowns, and solves one system, for each argument.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> ag.root(lambda x, a: x**2 - a, 1.0, 9.0)
    array(3.)
    >>> ag.grad(lambda a: ag.root(lambda x, a: x**2 - a, 1.0, a))(9.0)  # 1 / (2 sqrt(9))
    array(0.16666667)
    """
    return solution("root", f, x0, args, newton if solve is None else solve, f)


def fixed_point(f: Callable[..., Any], x0: Any, *args: Any, max_iterations: int = 10000) -> Any:
    """The x with `f(x, *args) = x` that x = f(x, *args) leads to from `x0`, with derivatives by `args` of every order.

    Parameters, derivatives and errors are those of `root` for f(x) - x; RuntimeError if x still moves after
    `max_iterations`, or is no longer finite.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.fixed_point(lambda x, a: (x + a / x) / 2, 1.0, 4.0)
    array(2.)
    >>> ag.grad(lambda a: ag.fixed_point(lambda x, a: (x + a / x) / 2, 1.0, a))(4.0)
    array(0.25)
    """

    def residual(x: Any, *args: Any) -> Any:
        return f(x, *args) - x

    def iterate(g: Callable[[Any], Any], x: Any) -> Any:
        for _ in range(max_iterations):
            with np.errstate(all="ignore"):
                step = g(x)
                x = x + step
            if not np.isfinite(x).all():
                raise RuntimeError(
                    f"fixed_point: {function_name(f)} leads away from x0, to inf or nan. Start elsewhere, or write ag.root with "
                    f"f(x) - x."
                )
            if settled(step, x):
                return x
        raise RuntimeError(
            f"fixed_point: {function_name(f)} still moves after {max_iterations} iterations, by {np.max(np.abs(step)):.2g}. It "
            f"leads to no fixed point from there, or slowly: raise max_iterations=, or write ag.root with f(x) - x."
        )

    return solution("fixed_point", residual, x0, args, iterate, f)


def solution(name: str, f: Callable[..., Any], x0: Any, args: Any, solve: Callable[..., Any], given: Callable[..., Any]) -> Any:
    """The root that `solve` finds, recorded as one call of the arrays in `args`; `given` is the user's function."""
    start = np.asarray(x0._array if isinstance(x0, Value) else x0)
    start = start.astype(np.result_type(start, np.float16)) if start.dtype.kind in "biu" else start

    leaves = [leaf for _, leaf in tree.leaves(args)]
    constants = tree.rebuild(args, map(values_of, leaves))

    def equations(x: Any) -> Any:
        value = f(x, *constants)
        return value if isinstance(x, Value) else plain(name, given, value, start.shape)  # a solver may differentiate

    equations(start)  # refuses what is no equation before the solver meets it
    found = np.asarray(solve(equations, np.array(start)), start.dtype).reshape(start.shape)

    def rule(g: Any, i: int, y: Any, leaves: Any) -> Any:
        at = tree.rebuild(args, leaves)
        slopes = jacobian(lambda x: f(x, *at))(y).reshape((y.size, y.size))
        pulled = np.linalg.solve(slopes.mT, -g.reshape((y.size,))).reshape(y.shape)
        _, pullback = vjp(lambda leaf: f(y, *tree.rebuild(args, (*leaves[:i], leaf, *leaves[i + 1 :]))), leaves[i])
        return conj(pullback(conj(pulled))[0])  # the engine has the conjugates

    return record(Primitive(lambda *_: found, {"leaves": rule}, parse("*leaves"), name), *leaves)


def plain(name: str, f: Callable[..., Any], value: Any, shape: tuple[int, ...]) -> Any:
    """The values of the equations, of the shape of the unknowns."""
    advice = f"Hand it over as an argument: ag.{name}(lambda x, t: ..., x0, t). For a constant write t.detach()."
    value = result_of_arrays(f"{name}: {function_name(f)}", value, advice)
    if np.shape(value) != shape:
        raise ValueError(
            f"{name}: {function_name(f)} returned shape {np.shape(value)} for x of shape {shape}. There must be as many "
            f"equations as unknowns, in the same shape."
        )
    return np.asarray(value)


def newton(f: Callable[[Any], Any], x: Any) -> Any:
    """Newton's method: x - (df/dx)^-1 f(x), with half the step while that leads further from 0."""
    slope, value = jacobian(f), f(x)
    for _ in range(100):
        if not value.any():
            return x
        try:
            step = np.linalg.solve(slope(x).reshape((x.size, x.size)), -value.reshape(-1)).reshape(x.shape)
        except np.linalg.LinAlgError:
            break
        for half in range(30):
            moved = x + step / 2**half
            with np.errstate(all="ignore"):
                found = f(moved)
            if np.max(np.abs(found), initial=0) <= np.max(np.abs(value), initial=0):  # False for nan
                break
        x, value = moved, found
        if settled(step, x):
            return x
    raise RuntimeError(
        f"root: Newton's method found no root: where it ends f(x) is {np.max(np.abs(value)):.2g}. Start nearer to one, or give "
        f"a solver: solve=lambda g, x0: scipy.optimize.root(g, x0).x."
    )


def settled(step: Any, x: Any) -> bool:
    """True if a step changes x by rounding errors alone."""
    return bool(np.max(np.abs(step), initial=0) <= 8 * np.finfo(x.dtype).eps * np.max(np.abs(x), initial=0))

"""Ordinary differential equations: `odeint` and `solve_ivp`, with derivatives by the start and the parameters.

SciPy's solver runs forward, and backward for the adjoint equation (Pontryagin; Chen et al., "Neural ordinary differential
equations", 2018): the gradient a of the state obeys da/dt = -(df/dy)^T a, and that of parameters grows by -(df/dp)^T a, from the
last time to the first. Both are as exact as the solver's tolerances, and nothing of its steps is kept. The rule solves the
adjoint equation with the same function, so derivatives have derivatives. There is none by the times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..array.dispatch import stacked
from ..primitive import Primitive, parse, record
from ..safety.operands import holds_tensors, result_of_arrays, values_of
from ..transforms import tree, vjp
from .needed import needed

integrate = needed("scipy.integrate")

Solver = Callable[[Callable[..., Any], Any, Any], Any]  # (f(y, t) of arrays, y0, times) -> states, one row for each time


def odeint(func: Callable[..., Any], y0: Any, t: Any, args: tuple[Any, ...] = (), *, tfirst: bool = False, **options: Any) -> Any:
    """As scipy.integrate.odeint: the states of dy/dt = func(y, t, *args) at the times t, with derivatives by y0 and args.

    Parameters
    ----------
    func
        Returns dy/dt, an array or a list; written with NumPy's functions. What it is differentiated by stands in `args`.
    y0
        The state at t[0].
    t
        The times, which are constants.
    args
        Arrays, or containers of arrays.
    tfirst
        True for func(t, y, *args).
    **options
        Of SciPy's solver, such as rtol and atol, which are also those of the gradient.

    Raises
    ------
    TypeError
        func uses a Tensor that requires grad and is not in args.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> def decayed(k):
    ...     return odeint(lambda y, t, k: -k * y, 1.0, [0.0, 1.0], (k,), rtol=1e-10, atol=1e-10)[-1, 0]
    >>> np.round(ag.grad(decayed)(2.0), 8)  # -exp(-2)
    np.float64(-0.13533528)
    """
    if options.get("full_output"):
        raise TypeError("odeint: full_output=True is not supported with derivatives. Leave it out.")
    f = (lambda y, t, *args: func(t, y, *args)) if tfirst else func

    def solver(of_arrays: Callable[..., Any], start: Any, times: Any) -> Any:
        return integrate.odeint(of_arrays, start, times, **options)

    return trajectory("odeint", f, y0, np.asarray(values_of(t), float), args, solver)


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    args: tuple[Any, ...] = (),
    **options: Any,
) -> Any:
    """As scipy.integrate.solve_ivp: its result, whose `y` has derivatives by y0 and args. Parameters as for `odeint`.

    fun is called as fun(t, y, *args). Options are the solver's, but `events` and `dense_output`.

    >>> import autograd_lite as ag
    >>> def decayed(k):
    ...     return solve_ivp(lambda t, y, k: -k * y, (0, 1), [1.0], args=(k,), rtol=1e-9, atol=1e-9).y[0, -1]
    >>> np.round(ag.grad(decayed)(2.0), 7)
    np.float64(-0.1353353)
    """
    refused = [name for name in ("events", "dense_output", "vectorized") if options.get(name)]
    if refused:
        raise TypeError(f"solve_ivp: {refused[0]}= is not supported with derivatives. Leave it out.")
    results: list[Any] = []

    def solver(of_arrays: Callable[..., Any], start: Any, times: Any) -> Any:
        span = t_span if not results else (times[0], times[-1])
        at = t_eval if not results else times
        found = integrate.solve_ivp(lambda t, y: of_arrays(y, t), span, start, method, at, **options)
        if not found.success:
            raise RuntimeError(f"solve_ivp: {found.message}")
        if not results:
            results.append(found)
        return found.y.T

    result_y = trajectory("solve_ivp", lambda y, t, *a: fun(t, y, *a), y0, None, args, solver, results)
    result = results[0]
    result.y = np.transpose(result_y)
    return result


def trajectory(name: str, f: Callable[..., Any], y0: Any, times: Any, args: Any, solver: Solver, results: Any = None) -> Any:
    """The states at the times as one recorded call of the start and the arrays in args."""
    given = [leaf for _, leaf in tree.leaves(args)]
    start = stacked(y0) if holds_tensors(y0) else np.asarray(y0, float)
    start = start.reshape((-1,))

    def slope(y: Any, t: Any, *leaves: Any) -> Any:
        found = f(y, t, *tree.rebuild(args, leaves))
        found = stacked(found) if holds_tensors(found) else np.asarray(found, float)
        return found.reshape((-1,))

    bare = [values_of(leaf) for leaf in given]

    def of_arrays(y: Any, t: Any) -> Any:
        return result_of_arrays(f"{name}: the function", slope(y, t, *bare), "Hand it over: args=(t,).")

    states = np.asarray(solver(of_arrays, values_of(start), times))
    at = times if times is not None else results[0].t
    return record(Primitive(lambda *_: states, adjoint(name, slope, at, solver), parse("y0, *leaves"), name), start, *given)


def adjoint(name: str, slope: Callable[..., Any], times: Any, solver: Solver) -> dict[str, Callable[..., Any]]:
    """The rules for the start and for the parameters."""

    def backwards(g: Any, y: Any, leaves: Any, wanted: Any) -> tuple[Any, Any]:
        """The gradients by the start and by `leaves[wanted]`: state, gradient and parameter's gradient as one vector."""
        n = y.shape[1]

        def augmented(s: Any, t: Any, *leaves: Any) -> Any:
            state, a = s[:n], s[n : 2 * n]
            chosen = (state,) if wanted is None else (state, leaves[wanted])

            def of_chosen(state: Any, *leaf: Any) -> Any:
                return slope(state, t, *(leaf[0] if k == wanted else x for k, x in enumerate(leaves)))

            velocity, pullback = vjp(of_chosen, *chosen)
            return np.concatenate([velocity, *(-pulled.reshape((-1,)) for pulled in pullback(a))])

        size = 0 if wanted is None else leaves[wanted].size
        a, collected = g[-1], np.zeros(size)
        for k in range(len(times) - 1, 0, -1):
            s = np.concatenate([y[k], a, collected])
            s = trajectory(name, augmented, s, times[[k, k - 1]], tuple(leaves), solver)[-1]
            a, collected = s[n : 2 * n] + g[k - 1], s[2 * n :]
        return a, collected

    def by_start(g: Any, y: Any, leaves: Any) -> Any:
        return backwards(g, y, leaves, None)[0]

    def by_leaf(g: Any, i: int, y: Any, leaves: Any) -> Any:
        return backwards(g, y, leaves, i)[1].reshape(np.shape(leaves[i]))

    return {"y0": by_start, "leaves": by_leaf}


def __getattr__(name: str) -> Any:
    return getattr(integrate, name)


__all__ = ["odeint", "solve_ivp"]

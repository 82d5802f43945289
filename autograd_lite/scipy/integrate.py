"""Ordinary differential equations: `odeint` and `solve_ivp`, with derivatives by the start, the parameters and the times.

SciPy's solver runs forward, and backward for the adjoint equation (Pontryagin; Chen et al., "Neural ordinary differential
equations", 2018): the gradient a of the state obeys da/dt = -(df/dy)^T a, and that of parameters grows by -(df/dp)^T a, from the
last time to the first, all in one solution. That by a time is g f(y, t) there, and by the first -a f(y, t). All are as exact as
the solver's tolerances, and nothing of its steps is kept. The rule solves the adjoint equation with the same function, so
derivatives have derivatives.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..array.dispatch import stacked
from ..declare import primitive
from ..graph import is_tracked
from ..numpy.delegation import opened, taking_lists
from ..primitive import Primitive, parse, record
from ..safety.operands import holds_tensors, result_of_arrays, values_of
from ..transforms import tree, vjp
from .closures import with_closed_over
from .needed import needed
from .options import handed_through, with_options

integrate = needed("scipy.integrate")

Solver = Callable[[Callable[..., Any], Any, Any], Any]  # (f(y, t) of arrays, y0, times) -> states, one row for each time
# the options that are not those of the adjoint equation
FORWARD = {"Dfun", "col_deriv", "first_step", "h0", "jac", "jac_sparsity", "lband", "ml", "mu", "tcrit", "uband"}


def odeint(func: Callable[..., Any], y0: Any, t: Any, args: tuple[Any, ...] = (), *, tfirst: bool = False, **options: Any) -> Any:
    """As scipy.integrate.odeint: the states of dy/dt = func(y, t, *args) at the times t, with derivatives by y0, t and args.

    Parameters
    ----------
    func
        Returns dy/dt, an array or a list; written with NumPy's functions. What it is differentiated by stands in `args`, or in
        variables of the function around it (`closures.py`).
    y0
        The state at t[0].
    t
        The times, the first of which is that of y0.
    args
        Arrays, or containers of arrays.
    tfirst
        True for func(t, y, *args).
    **options
        Of SciPy's solver, such as rtol and atol, which are also those of the gradient.

    Raises
    ------
    TypeError
        func uses a Tensor that requires grad from elsewhere: a global variable, or an attribute of an object.

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
    f, args = taking_closed_over(func, args)
    ordered = (lambda y, t, *args: f(t, y, *args)) if tfirst else f
    times = numbers(t)

    def forward(of_arrays: Callable[..., Any], start: Any) -> Any:
        return integrate.odeint(of_arrays, start, values_of(times), **options), times

    def solver(of_arrays: Callable[..., Any], start: Any, times: Any) -> Any:
        return integrate.odeint(of_arrays, start, times, **of_adjoint(options))

    return trajectory("odeint", ordered, y0, args, forward, solver)


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    args: tuple[Any, ...] = (),
    **options: Any,
) -> Any:
    """As scipy.integrate.solve_ivp: its result, whose `y` has derivatives by y0, args and times. Parameters as for `odeint`.

    fun is called as fun(t, y, *args). `t_span` is the pair of first and last time, `t_eval` the times of the result; `method`
    and options are the solver's, but `events` and `dense_output`.

    >>> import autograd_lite as ag
    >>> def decayed(k):
    ...     return solve_ivp(lambda t, y, k: -k * y, (0, 1), [1.0], args=(k,), rtol=1e-9, atol=1e-9).y[0, -1]
    >>> np.round(ag.grad(decayed)(2.0), 7)
    np.float64(-0.1353353)
    """
    refused = [name for name in ("events", "dense_output", "vectorized") if options.get(name)]
    if refused:
        raise TypeError(f"solve_ivp: {refused[0]}= is not supported with derivatives. Leave it out.")
    begin, end = t_span
    f, args = taking_closed_over(fun, args or ())
    found: Any = None

    def solved(of_arrays: Callable[..., Any], start: Any, times: Any, at: Any, options: dict[str, Any]) -> Any:
        solution = integrate.solve_ivp(lambda t, y: of_arrays(y, t), (times[0], times[-1]), start, method, at, **options)
        if not solution.success:
            raise RuntimeError(f"solve_ivp: {solution.message}")
        return solution

    def forward(of_arrays: Callable[..., Any], start: Any) -> Any:
        nonlocal found
        found = solved(of_arrays, start, values_of((begin, end)), values_of(t_eval), options)
        times = numbers([begin, *found.t[1:-1], end][: found.t.size]) if t_eval is None else numbers(t_eval)
        return np.vstack([start, found.y.T]), np.concatenate([numbers([begin]), times])

    def solver(of_arrays: Callable[..., Any], start: Any, times: Any) -> Any:
        return solved(of_arrays, start, times, times, of_adjoint(options)).y.T

    states = trajectory("solve_ivp", lambda y, t, *a: f(t, y, *a), y0, args, forward, solver)
    found.y = np.transpose(states[1:])
    return found


def taking_closed_over(f: Callable[..., Any], args: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The function with one argument more at the end, the Tensors that it closes over, and these among its arguments."""
    args = args if isinstance(args, tuple) else (args,)
    function_of, tensors = with_closed_over(f)
    if not tensors:
        return f, args
    return (lambda *given: function_of(given[-1])(*given[:-1])), (*args, tensors)


def numbers(x: Any) -> Any:
    """An array or a Tensor of floating-point numbers."""
    return stacked(x) if holds_tensors(x) else np.asarray(x, float)


def bare(name: str, found: Any) -> Any:
    """The result of the user's function for arrays, if nothing is lost with it."""
    return result_of_arrays(f"{name}: the function", found, "Hand it over: args=(t,).")


def of_adjoint(options: dict[str, Any]) -> dict[str, Any]:
    """The options that hold for the adjoint equation too, whose state is longer."""
    kept = {name: value for name, value in options.items() if name not in FORWARD}
    return kept | {name: np.min(kept[name]) for name in ("rtol", "atol") if kept.get(name) is not None}


def trajectory(name: str, f: Callable[..., Any], y0: Any, args: Any, forward: Callable[..., Any], solver: Solver) -> Any:
    """The states of dy/dt = f(y, t, *args) as one recorded call of one vector: the start, the times and what is tracked in args.

    `forward(f(y, t) of arrays, start)` gives the states and their times, the first of which is that of the start.
    """
    args = args if isinstance(args, tuple) else (args,)
    leaves = [leaf for _, leaf in tree.leaves(args)]
    parameters, of_packed = packed_arguments(args, leaves)
    start = numbers(y0).reshape((-1,))

    def slope(y: Any, t: Any, p: Any) -> Any:
        return numbers(f(y, t, *of_packed(p))).reshape((-1,))

    constants = values_of(parameters)

    def of_arrays(y: Any, t: Any) -> Any:
        return bare(name, slope(y, t, constants))

    states, times = forward(of_arrays, values_of(start))
    n, moving = start.size, is_tracked(times)
    packed = np.concatenate([start, times, parameters] if moving else [start, parameters])
    rule = adjoint_rule(name, slope, n, times if moving else values_of(times), solver)
    return record(Primitive(lambda _: states, {"packed": rule}, parse("packed"), name), packed)


def adjoint_rule(name: str, slope: Callable[..., Any], n: int, times: Any, solver: Solver) -> Callable[..., Any]:
    """The rule for a vector of a start of length n, the times if they are tracked, and parameters."""
    moving, instants = is_tracked(times), values_of(times)

    def augmented(s: Any, t: Any, p: Any) -> Any:
        """The slopes of the state, its gradient, and that of the parameters."""
        chosen = (s[:n], p) if p.size else (s[:n],)
        velocity, pullback = vjp(lambda y, p=p: slope(y, t, p), *chosen)
        return np.concatenate([velocity, *(-pulled for pulled in pullback(s[n : 2 * n]))])

    def rule(g: Any, y: Any, packed: Any) -> Any:
        at, p = (packed[n : n + instants.size], packed[n + instants.size :]) if moving else (instants, packed[n:])
        a, by_parameters = np.zeros(n), np.zeros(p.size)
        by_times: list[Any] = []
        for k in range(instants.size - 1, 0, -1):
            a = a + g[k]
            if moving:
                by_times.insert(0, np.sum(g[k] * slope(y[k], at[k], p), keepdims=True))
            if instants[k] != instants[k - 1]:
                step, s = at[[k, k - 1]], np.concatenate([y[k], a, by_parameters])
                s = trajectory(name, augmented, s, (p,), lambda f, s, at=step: (solver(f, s, values_of(at)), at), solver)[-1]
                a, by_parameters = s[n : 2 * n], s[2 * n :]
        if moving:
            by_times.insert(0, -np.sum(a * slope(y[0], at[0], p), keepdims=True))
        return np.concatenate([a + g[0], *by_times, by_parameters])

    return rule


# -- integrals of functions ------------------------------------------------------------------------------------------------


def quad(func: Callable[..., Any], a: Any, b: Any, args: tuple[Any, ...] = (), **options: Any) -> tuple[Any, Any]:
    """As scipy.integrate.quad: the integral of func(x, *args) from a to b, with derivatives by both and args, and its error.

    The derivative by a parameter is the integral of that of the function (Leibniz), to the same tolerances; one that stays
    beyond them warns of it, as SciPy's quad does of the integral. Parameters may be closed over, as for `odeint`. Options are
    epsabs, epsrel and limit, the number of intervals, of which the gradient may take more if it is not given.

    >>> import autograd_lite as ag
    >>> np.round(ag.grad(lambda k: quad(lambda x: np.exp(-k * x), 0, np.inf)[0])(2.0), 8)  # -1 / k^2
    np.float64(-0.25)
    """
    f, args = taking_closed_over(func, args)
    leaves = [leaf for _, leaf in tree.leaves(args)]
    if not any(map(is_tracked, (a, b, *leaves))):
        plain = callable(func) and not hasattr(func, "argtypes")  # those of ctypes SciPy calls by itself
        checked = (lambda *given: bare("quad", func(*given))) if plain else func
        return integrate.quad(checked, values_of(a), values_of(b), values_of(args), **options)  # type: ignore[no-any-return]
    for name in options:
        if name not in ("epsabs", "epsrel", "limit"):
            raise TypeError(f"quad: the option {name}= has no derivative here. Write it into the function, or leave it out.")
    packed, of_packed = packed_arguments(args, leaves)

    def integrand(x: Any, p: Any) -> Any:
        return f(x, *of_packed(p))

    error = 0.0

    def value(low: Any, high: Any, p: Any) -> Any:
        nonlocal error

        found, error = integrate.quad(lambda x: np.asarray(bare("quad", integrand(x, p))).item(), low, high, **options)
        return np.asarray(found)

    return integral("quad", integrand, a, b, packed, value, options), error


def packed_arguments(args: Any, leaves: list[Any]) -> tuple[Any, Callable[[Any], Any]]:
    """The tracked leaves as one vector, and the function that makes arguments of such a vector."""
    varied = [k for k, leaf in enumerate(leaves) if is_tracked(leaf)]

    def unpacked(p: Any) -> Any:
        given, begin = list(map(values_of, leaves)), 0
        for k in varied:
            end = begin + leaves[k].size
            given[k], begin = p[begin:end].reshape(leaves[k].shape), end
        return tree.rebuild(args, given)

    return np.concatenate([np.zeros(0), *(leaves[k].reshape((-1,)) for k in varied)]), unpacked


def integral(name: str, f: Callable[..., Any], a: Any, b: Any, p: Any, value: Callable[..., Any], options: Any) -> Any:
    """The integral of f(x, p) from a to b as one recorded call, whose rule is an integral again."""

    def by_p(g: Any, low: Any, high: Any, p: Any) -> Any:
        n, shape = p.size, g.shape

        def slope(x: Any, q: Any) -> Any:
            return vjp(lambda p: f(x, p), q[:n])[1](q[n:].reshape(shape))[0]

        def of_vector(low: Any, high: Any, q: Any) -> Any:
            given = {"epsabs": 1.49e-8, "epsrel": 1.49e-8, **options}  # those of quad
            of_x = lambda x: values_of(slope(x, q))
            found, error, info = integrate.quad_vec(of_x, float(low), float(high), full_output=True, **given)
            if not info.success:
                said = f"{name}: its gradient may be wrong by {error:.3g}. {info.message} Write a larger epsabs= or limit=."
                warnings.warn(said, integrate.IntegrationWarning, stacklevel=2)
            return found

        return integral(name, slope, low, high, np.concatenate([p, g.reshape((-1,))]), of_vector, options)

    rules: dict[str, Callable[..., Any]] = {
        "a": lambda g, a, p: -np.sum(g * f(a, p)),
        "b": lambda g, b, p: np.sum(g * f(b, p)),
        "p": lambda g, a, b, p: by_p(g, a, b, p),
    }
    return record(Primitive(value, rules, parse("a, b, p"), name), a, b, p)


# -- integrals of samples -------------------------------------------------------------------------------------------------


trapezoid = opened(np.trapezoid)


def cumulated(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None) -> Any:
    """The integrals up to each place but the first, by trapezoids; with `initial` that stands before them.

    >>> cumulated(np.array([0.0, 1.0, 4.0]))
    array([0.5, 3. ])
    """
    y = np.moveaxis(y, axis, -1)
    widths = dx if x is None else np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1))
    found = np.cumsum(widths * (y[..., 1:] + y[..., :-1]) / 2.0, -1)
    if initial is not None:
        found = np.concatenate([np.full((*found.shape[:-1], 1), initial), found], -1)
    return np.moveaxis(found, -1, axis)


cumulative_trapezoid = with_options(integrate.cumulative_trapezoid, taking_lists(cumulated), ("y", "x", "dx", "axis", "initial"))


def simpson_samples(g: Any, samples_shape: tuple[int, ...], x: Any, dx: Any, axis: int) -> Any:
    """The integral is linear in the samples: its weights are the integrals of samples that are 1 at one place."""
    axis, n = axis % len(samples_shape), samples_shape[axis]
    along = [n if i == axis else 1 for i in range(len(samples_shape))]
    if x is None or np.ndim(x) == 1:
        weights = integrate.simpson(np.eye(n), x=x, dx=dx).reshape(along)
    else:
        places = np.eye(n).reshape((n, *along)) * np.ones(samples_shape)
        weights = np.moveaxis(integrate.simpson(places, x=np.broadcast_to(x, places.shape), axis=axis + 1), 0, axis)
    return np.expand_dims(g, axis) * weights


def simpson_value(samples: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    return integrate.simpson(samples, x=x, dx=dx, axis=axis)


simpson_value.__name__ = "simpson"
simpson_of: Any = primitive(simpson_value, trusted=True, samples=simpson_samples)


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of parabolas through the samples, as scipy.integrate.simpson, with a derivative by the samples.

    `y` has them along `axis`, at the places `x` or, without them, `dx` apart.

    >>> simpson(np.array([0.0, 1.0, 4.0]))
    np.float64(2.6666666666666665)
    """
    return simpson_of(y, x, dx, axis)


INSTEAD = {
    "cumulative_simpson": "cumulative_trapezoid, or simpson of each part",
    "dblquad": "quad of a function that calls quad",
    "nquad": "quad of a function that calls quad",
    "tplquad": "quad of a function that calls quad",
    "fixed_quad": "np.sum(weights * f(points)), with weights and points of np.polynomial.legendre.leggauss(n)",
    "quad_vec": "quad for each element, or trapezoid of samples",
    "solve_bvp": "ag.root of the equations of a grid",
}


def __getattr__(name: str) -> Any:
    return handed_through("integrate", getattr(integrate, name), INSTEAD)


__all__ = ["cumulative_trapezoid", "odeint", "quad", "simpson", "solve_ivp", "trapezoid"]

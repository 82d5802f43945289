"""Functions of functions: `grad`, `value_and_grad`, `elementwise_grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`.

Each takes a function of arrays, or of nested dicts, lists, tuples and namedtuples of arrays. Arrays go in, arrays come
out. A result that depends on something tracked outside (the variable of an enclosing transform, or a Tensor that
requires grad) is a Tensor with a derivative of its own: no gradient is lost by nesting. In the order in which to read:
`tree.py`, `recorded_call.py`, and the transforms here. `vectors.py` makes a vector of a container, and a constant of a Tensor.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import ancestors
from ..functions import cast
from ..graph import Node, wrap
from ..safety.modes import enable_grad
from ..safety.operands import is_float
from ..several import SeveralNode
from ..tensor import Tensor, as_tensor
from . import tree
from .recorded_call import (
    Argnums,
    RecordedCall,
    any_recorded,
    collect_gradients,
    named_options,
    total,
    unit_arrays,
)

__all__ = ["elementwise_grad", "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "value_and_grad", "vjp"]


@named_options
def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient of `f`; the result of `f` is a single number.

    Parameters
    ----------
    f
        Takes arrays or containers of arrays and returns one number; with `has_aux` a pair (number, anything else).
    argnums
        The positions of the arguments to differentiate by: one number, or several for a tuple of gradients.
    has_aux
        True if `f` returns a second value to hand through. Then the result is the pair (gradient, aux).

    Returns
    -------
    callable
        Takes the arguments of `f`; returns the gradient, with the containers, shapes and dtypes of the argument. By a complex
        number z it is df/dRe z + i df/dIm z, the direction in which f grows.

    Raises
    ------
    TypeError
        An argument is not of floating-point numbers (write `3.0`, not `3`); `f` does not return a number.
    ValueError
        The result of `f` has more than one element: use `jacobian`.

    Notes
    -----
    `f` may write into its argument, which is a copy: the caller's array stays as it is, and the gradient is by what was given. An
    array of 32 MB or more, where nothing else is tracked, is copied only when `f` writes into its argument. So `f` must not write
    into the caller's array under another name.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> ag.grad(np.tanh)(0.0)
    array(1.)
    >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
    array(12.)
    >>> ag.grad(lambda p: np.sum(p["w"] * 3.0) + p["b"])({"w": np.ones(2), "b": 1.0})
    {'w': array([3., 3.]), 'b': array(1.)}
    >>> ag.grad(lambda z: np.abs(z) ** 2)(1 + 2j)
    array(2.+4.j)
    """
    with_value = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = with_value(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def instead_of_a_number(shapes: list[tuple[int, ...]]) -> str:
    """The result of a function in words, by the shapes of its arrays, and the line to write instead."""
    if not shapes:
        return "no array. Does it end in a return?"
    if len(shapes) == 1:
        return f"an array of shape {shapes[0]}. Reduce it, as in np.sum(...), or use ag.jacobian."
    return f"{len(shapes)} arrays, of shapes {shapes}. Return further results with has_aux=True, or use ag.jacobian."


@named_options
def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """As `grad`, for the pair (value, gradient), or ((value, aux), gradient) with `has_aux`.

    >>> import autograd_lite as ag
    >>> ag.value_and_grad(lambda x: x**2)(3.0)
    (array(9.), array(6.))
    """

    @functools.wraps(f, updated=())
    def both(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux, lend=True)
        found = gradient_of(call)
        call.end()
        return ((call.value, call.aux) if has_aux else call.value), found

    return both


def gradient_of(call: RecordedCall) -> Any:
    """The gradient of the single number that a call returned; ValueError if it returned anything else."""
    shapes = [y.shape for y in call.outputs]
    if len(shapes) != 1 or call.outputs[0].size != 1:
        raise ValueError(f"grad: {call.name} must return a single number, but returned {instead_of_a_number(shapes)}")
    y = call.outputs[0]
    if not is_float(y.dtype):
        raise TypeError(f"grad: {call.name} returned {y.dtype}; only floating-point numbers have derivatives.")
    if y.dtype.kind == "c":
        raise TypeError(
            f"grad: {call.name} returned a complex number, which has no uphill. Return its real part or its size, or "
            f"use ag.jacobian, which gives f'(z) of a holomorphic f."
        )
    (found,) = call.vjp_rows([[np.ones(y.shape, y.dtype)]])
    call.warn_if_independent("grad")
    return call.as_arguments(found)


@named_options
def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that returns the derivative of each element of `f(x)` by the same element of `x`.

    For functions that act on each element alone. It is the gradient of the sum: of another function it returns the sums of the
    columns of the Jacobian. Parameters as for `grad`; the result has the shape of the argument.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    >>> ag.elementwise_grad(ag.elementwise_grad(np.sin))(np.array([0.0]))
    array([-0.])
    """

    @functools.wraps(f, updated=())
    def total_of(*args: Any, **kwargs: Any) -> Any:
        return np.sum(f(*args, **kwargs))

    gradient: Callable[..., Any] = grad(total_of, argnums)
    return gradient


@named_options
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f` at `primals` and the function that multiplies by its transposed Jacobian there; `has_aux` as for `grad`.

    Returns
    -------
    (value, pullback) or (value, pullback, aux)
        `pullback(cotangent)` returns a tuple with one gradient for each primal; the cotangent has the containers,
        shapes and dtypes of the value. It can be called again.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> value, pullback = ag.vjp(np.sin, np.zeros(2))
    >>> pullback(np.array([1.0, 2.0]))
    (array([1., 2.]),)
    """
    call = RecordedCall(f, primals, {}, tuple(range(len(primals))), has_aux)

    def pullback(cotangent: Any) -> Any:
        given = call.like_outputs(cotangent, "vjp: the cotangent")
        (found,) = call.vjp_rows([given], keep=True)
        call.warn_if_independent("vjp")
        return call.as_arguments(found)

    return (call.value, pullback, call.aux) if has_aux else (call.value, pullback)


@named_options
def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of `f` at `primals` and its derivative in a direction: the Jacobian times `tangents`; `has_aux` as for `grad`.

    The vjp is linear in its cotangent, so its own vjp is the Jacobian again (J. Townsend, "A new trick for calculating
    Jacobian vector products", 2017): no second table of rules is needed.

    Returns
    -------
    (value, tangent) or (value, tangent, aux)
        The tangent has the containers and shapes of the value.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> ag.jvp(np.square, (3.0,), (1.0,))
    (array(9.), array(6.))
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp: primals and tangents are tuples with one entry for each argument: write ag.jvp(f, (x,), (v,)).")
    call = RecordedCall(f, tuple(primals), {}, tuple(range(len(primals))), has_aux)
    given = call.like_inputs(tuple(tangents), "jvp: the tangents")
    pushed = Forward(call)
    call.warn_if_independent("jvp")
    results = pushed(given)
    tangent = tree.rebuild(call.output_tree, results)
    return (call.value, tangent, call.aux) if has_aux else (call.value, tangent)


class Forward:
    """The derivatives of a recorded call in directions: its vjp as a function of dummy cotangents, pulled back itself."""

    def __init__(self, call: RecordedCall) -> None:
        self.call = call
        self.refuse_arbitrary_results()
        with enable_grad():
            self.dummies = [
                Tensor(np.zeros(y.shape, y.dtype), requires_grad=True) if is_float(y.dtype) else None for y in call.outputs
            ]
        self.pulled = call.vjp_rows([self.dummies], record=True)[0]

    def refuse_arbitrary_results(self) -> None:
        """Raise where a backward pass would: if results depend on the phases of vectors, or on a basis, which are arbitrary.

        A rule can tell so only of the numbers that come back to it, and the dummies are zeros.
        """
        nodes = [y._node for y in self.call.outputs if y._node is not None]
        if any(isinstance(node, SeveralNode) for node in ancestors(nodes)):
            rng = np.random.default_rng(0)
            self.call.vjp_rows([[normal_like(rng, y) if is_float(y.dtype) else None for y in self.call.outputs]], keep=True)

    def __call__(self, tangents: Sequence[Any], keep: bool = False) -> list[Any]:
        """One tangent for each output; `tangents` has one, or None, for each variable."""
        connected = self.call.connected or any_recorded(tangents)
        pairs: dict[Node, Any] = {}
        for pulled, v in zip(self.pulled, tangents, strict=True):
            if pulled._node is not None and v is not None:
                tangent = as_tensor(v) if connected else np.array(v._array if isinstance(v, Tensor) else v)
                pairs[pulled._node] = total(pairs.get(pulled._node), tangent)
        nodes = [dummy._node for dummy in self.dummies if dummy is not None]
        found = collect_gradients(pairs, nodes, wrap if connected else None, keep=keep or connected)  # type: ignore[arg-type]
        return [
            self.call.zero_or(None if d is None else found.get(d._node), y, True, connected)  # type: ignore[arg-type]
            for d, y in zip(self.dummies, self.call.outputs, strict=True)
        ]


def normal_like(rng: np.random.Generator, like: Tensor) -> Any:
    """Normal numbers, of the shape and dtype of `like`."""
    real, imaginary = rng.normal(size=(2, *like.shape))
    return cast(real + 1j * imaginary if like.dtype.kind == "c" else real, like.dtype)


@named_options
def jacobian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, mode: str | None = None) -> Callable[..., Any]:
    """The function that returns all derivatives of `f`: for each output array one array for each input array.

    Its shape is the output's followed by the input's. Parameters as for `grad`, and `mode`: "reverse" makes one backward
    pass for each element of the output, "forward" one for each element of the input, over a graph that is two to three times
    as large; None takes the cheaper one. The results are equal but for rounding.

    By a complex argument it is f'(z) of a holomorphic `f`; TypeError if `f` is not, such as `np.abs`.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    >>> ag.jacobian(np.square)(1 + 2j)
    array(2.+4.j)
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"jacobian: mode={mode!r}; write 'forward', 'reverse', or None for the cheaper one.")

    @functools.wraps(f, updated=())
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        result = derivatives_of(call, mode)
        return (result, call.aux) if has_aux else result

    return all_derivatives


def derivatives_of(call: RecordedCall, mode: str | None) -> Any:
    """All derivatives of a call, in one of the modes of `jacobian`."""
    of_outputs, of_inputs = (sum(x.size for x in side) for side in (call.outputs, call.variables))
    tall = of_outputs > FORWARD_COSTS * of_inputs + FORWARD_STARTS
    blocks = forward_columns(call) if mode == "forward" or (mode is None and tall) else rows(call)
    call.warn_if_independent("jacobian")
    return tree.rebuild(call.output_tree, [call.as_arguments(block) for block in blocks])


@named_options
def jacfwd(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """`jacobian(f, mode="forward")`, by JAX's name: for functions with fewer inputs than outputs.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.jacfwd(lambda t: np.stack([t, t**2]))(3.0)
    array([1., 6.])
    """
    found: Callable[..., Any] = jacobian(f, argnums, has_aux, "forward")
    return found


@named_options
def jacrev(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """`jacobian(f, mode="reverse")`, by JAX's name: for functions with fewer outputs than inputs.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.jacrev(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    found: Callable[..., Any] = jacobian(f, argnums, has_aux, "reverse")
    return found


FORWARD_COSTS, FORWARD_STARTS = 2, 6  # a forward pass, and the graph for all of them, in passes back


def rows(call: RecordedCall) -> list[list[Any]]:
    """For each output its derivatives by each variable, from a backward pass for each element of the output."""
    blocks = []
    for k, y in enumerate(call.outputs):
        found = call.vjp_rows(call.basis(k), keep=True)
        blocks.append([call.stack([row[j] for row in found], y, x) for j, x in enumerate(call.variables)])
    return blocks


def forward_columns(call: RecordedCall) -> list[list[Any]]:
    """For each output its derivatives by each variable, from a pass forward for each element of the variables."""
    push = Forward(call)
    by_variable = [
        [push([one if k == j else None for k in range(len(call.variables))], keep=True) for one in unit_arrays(x)]
        for j, x in enumerate(call.variables)
    ]
    return [
        [
            call.stack_columns([tangents[k] for tangents in pushed], y, x)
            for x, pushed in zip(call.variables, by_variable, strict=True)
        ]
        for k, y in enumerate(call.outputs)
    ]


@named_options
def hessian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, mode: str | None = None) -> Callable[..., Any]:
    """The function that returns the second derivatives of `f`: of a single number, or of each number of its result.

    It is the Jacobian of the gradient, in one of the modes of `jacobian`; for an array the Jacobian of the Jacobian, whose shape
    is the output's followed by the input's twice.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.hessian(lambda x: x[0] * x[1] ** 2)(np.array([2.0, 3.0]))
    array([[0., 6.],
           [6., 4.]])
    >>> ag.hessian(lambda x: x**3)(np.array([1.0, 2.0])).shape
    (2, 2, 2)
    """

    @functools.wraps(f, updated=())
    def first_derivatives(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        single = [y.size for y in call.outputs] in ([], [1])
        found = gradient_of(call) if single else derivatives_of(call, mode)
        return (found, call.aux) if has_aux else found

    return jacobian(first_derivatives, argnums, has_aux, mode)


@named_options
def hvp(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function of the arguments of `f` and, last, a vector `v`: the Hessian times `v`, at the cost of a few gradients.

    `argnums` and `has_aux` as for `grad`.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    gradient = grad(f, argnums, has_aux)

    @functools.wraps(f, updated=())
    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise TypeError("hvp: give the arguments of the function and then the vector: ag.hvp(f)(x, v).")
        *primals, v = args
        call = RecordedCall(gradient, tuple(primals), kwargs, argnums, has_aux)
        (found,) = call.vjp_rows([call.like_outputs(v, "hvp: the vector")])
        call.warn_if_independent("hvp")
        result = call.as_arguments(found)
        return (result, call.aux) if has_aux else result

    return product

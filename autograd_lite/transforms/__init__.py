"""Functions of functions: `grad`, `value_and_grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`.

Each takes a function of arrays, or of nested dicts, lists, tuples and namedtuples of arrays. Arrays go in, arrays come
out. A result that depends on something tracked outside (the variable of an enclosing transform, or a Tensor that
requires grad) is a Tensor with a derivative of its own: no gradient is lost by nesting. In the order in which to read:
`tree.py`, `recorded_call.py`, and the transforms here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph import Node, wrap
from ..safety.modes import enable_grad
from ..safety.operands import is_float
from ..tensor import Tensor
from . import tree
from .recorded_call import Argnums, RecordedCall, any_recorded, collect_gradients, function_name, total

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


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
        Takes the arguments of `f`; returns the gradient, with the containers, shapes and dtypes of the argument.

    Raises
    ------
    TypeError
        An argument is not of floating-point numbers (write `3.0`, not `3`); `f` does not return a number.
    ValueError
        The result of `f` has more than one element: use `jacobian`.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> ag.grad(np.tanh)(0.0)
    array(1.)
    >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
    array(12.)
    >>> ag.grad(lambda p: np.sum(p["w"] * 3.0) + p["b"])({"w": np.ones(2), "b": 1.0})
    {'w': array([3., 3.]), 'b': array(1.)}
    """
    with_value = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = with_value(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """As `grad`, for the pair (value, gradient), or ((value, aux), gradient) with `has_aux`.

    >>> import autograd_lite as ag
    >>> ag.value_and_grad(lambda x: x**2)(3.0)
    (array(9.), array(6.))
    """

    @functools.wraps(f, updated=())
    def both(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        shapes = [y.shape for y in call.outputs]
        if len(shapes) != 1 or call.outputs[0].size != 1:
            raise ValueError(
                f"grad: {function_name(f)} must return a single number, but returned {len(shapes)} arrays of shapes {shapes}. "
                f"Reduce it, as in np.sum(...), or use ag.jacobian; return further results with has_aux=True."
            )
        y = call.outputs[0]
        if not is_float(y.dtype):
            raise TypeError(f"grad: {function_name(f)} returned {y.dtype}; only floating-point numbers have derivatives.")
        (found,) = call.vjp_rows([[np.ones(y.shape, y.dtype)]])
        call.warn_if_independent("grad")
        return ((call.value, call.aux) if has_aux else call.value), call.as_arguments(found)

    return both


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f` and the function that multiplies by its transposed Jacobian there.

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


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of `f` and its derivative in a direction: the Jacobian times `tangents`.

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
    connected = call.connected or any_recorded(given)
    with enable_grad():
        dummies = [Tensor(np.zeros(y.shape, y.dtype), requires_grad=True) if is_float(y.dtype) else None for y in call.outputs]
    found = call.vjp_rows([dummies], record=True)[0]
    call.warn_if_independent("jvp")
    pairs: dict[Node, Any] = {}
    for pulled, v in zip(found, given, strict=True):
        if pulled._node is not None:
            pairs[pulled._node] = total(pairs.get(pulled._node), v if connected else np.array(v._array))
    nodes = [dummy._node for dummy in dummies if dummy is not None]
    gradients = collect_gradients(pairs, nodes, wrap if connected else None, keep=connected)  # type: ignore[arg-type]
    results = [
        call.zero_or(None if d is None else gradients.get(d._node), y, True, connected)  # type: ignore[arg-type]
        for d, y in zip(dummies, call.outputs, strict=True)
    ]
    tangent = tree.rebuild(call.output_tree, results)
    return (call.value, tangent, call.aux) if has_aux else (call.value, tangent)


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns all derivatives of `f`: for each output array one array for each input array.

    Its shape is the output's followed by the input's; one backward pass is made for each element of the output.
    Parameters as for `grad`.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @functools.wraps(f, updated=())
    def all_derivatives(*args: Any, **kwargs: Any) -> Any:
        call = RecordedCall(f, args, kwargs, argnums, has_aux)
        per_output = []
        for k, y in enumerate(call.outputs):
            rows = call.vjp_rows((call.basis(k, i) for i in range(y.size)), keep=True)
            stacked = [call.stack([row[j] for row in rows], y.shape, x) for j, x in enumerate(call.variables)]
            per_output.append(call.as_arguments(stacked))
        call.warn_if_independent("jacobian")
        result = tree.rebuild(call.output_tree, per_output)
        return (result, call.aux) if has_aux else result

    return all_derivatives


def hessian(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the second derivatives of `f`, whose result is a single number.

    >>> import numpy as np, autograd_lite as ag
    >>> ag.hessian(lambda x: x[0] * x[1] ** 2)(np.array([2.0, 3.0]))
    array([[0., 6.],
           [6., 4.]])
    """
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function of the arguments of `f` and, last, a vector `v`: the Hessian times `v`, at the cost of a few gradients.

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

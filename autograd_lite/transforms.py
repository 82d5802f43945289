"""Chapter 4, functions of functions: `grad`, `value_and_grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`.

Each takes a function of arrays, or of nested dicts, lists, tuples and namedtuples of arrays, and returns a function.
Arrays in, arrays out. Where a result depends on something tracked outside (an enclosing transform, or a
Tensor that requires grad), it is a Tensor that has a derivative itself: no gradient is lost by nesting.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import tree
from .engine import ancestors, backpropagate
from .graph import Node, next_number, wrap
from .safety.modes import enable_grad, is_grad_enabled
from .safety.operands import is_float
from .tensor import Tensor, as_tensor

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Argnums = int | Sequence[int]


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient of `f`, a function with a single number as its result.

    Parameters
    ----------
    f
        Takes arrays or containers of arrays and returns one number; with `has_aux` a pair (number, anything else).
    argnums
        Which positional arguments to differentiate by: a number, or several (the gradients are then a tuple).
    has_aux
        Whether `f` returns a second value to be handed through; then the result is (gradient, aux).

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
        run = Run(f, args, kwargs, argnums, has_aux)
        shapes = [y.shape for y in run.outputs]
        if len(shapes) != 1 or run.outputs[0].size != 1:
            raise ValueError(
                f"grad: {name_of(f)} must return a single number, but returned {len(shapes)} arrays of shapes {shapes}. "
                f"Reduce it, as in np.sum(...), or use ag.jacobian; return further results with has_aux=True."
            )
        y = run.outputs[0]
        if not is_float(y.dtype):
            raise TypeError(f"grad: {name_of(f)} returned {y.dtype}; only floating-point numbers have derivatives.")
        (found,) = run.pull([[np.ones(y.shape, y.dtype)]])
        return ((run.value, run.aux) if has_aux else run.value), run.as_arguments(found)

    return both


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f` and the function that multiplies by its transposed Jacobian there.

    Returns
    -------
    (value, pullback) or (value, pullback, aux)
        `pullback(cotangent)` takes what has the containers, shapes and dtypes of the value, and returns a tuple with
        one gradient for each primal. It can be called again.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> value, pullback = ag.vjp(np.sin, np.zeros(2))
    >>> pullback(np.array([1.0, 2.0]))
    (array([1., 2.]),)
    """
    run = Run(f, primals, {}, tuple(range(len(primals))), has_aux)

    def pullback(cotangent: Any) -> Any:
        given = run.like_outputs(cotangent, "vjp: the cotangent")
        (found,) = run.pull([given], keep=True)
        return run.as_arguments(found)

    return (run.value, pullback, run.aux) if has_aux else (run.value, pullback)


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
    run = Run(f, tuple(primals), {}, tuple(range(len(primals))), has_aux)
    given = run.like_inputs(tuple(tangents), "jvp: the tangents")
    connected = run.connected or any(map(is_tracked, given))
    with enable_grad():
        dummies = [Tensor(np.zeros(y.shape, y.dtype), requires_grad=True) if is_float(y.dtype) else None for y in run.outputs]
    found = run.pull([dummies], record=True)[0]
    pairs: dict[Node, Any] = {}
    for pulled, v in zip(found, given, strict=True):
        if pulled._node is not None:
            pairs[pulled._node] = add_to(pairs.get(pulled._node), v if connected else np.array(v._array))
    nodes = [dummy._node for dummy in dummies if dummy is not None]
    gradients = collect(pairs, nodes, wrap if connected else None, keep=connected)  # type: ignore[arg-type]
    results = [
        run.zero_or(None if d is None else gradients.get(d._node), y, True, connected)  # type: ignore[arg-type]
        for d, y in zip(dummies, run.outputs, strict=True)
    ]
    tangent = tree.rebuild(run.output_tree, results)
    return (run.value, tangent, run.aux) if has_aux else (run.value, tangent)


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
        run = Run(f, args, kwargs, argnums, has_aux)
        per_output = []
        for k, y in enumerate(run.outputs):
            rows = run.pull((run.basis(k, i) for i in range(y.size)), keep=True)
            stacked = [run.stack([row[j] for row in rows], y.shape, x) for j, x in enumerate(run.variables)]
            per_output.append(run.as_arguments(stacked))
        result = tree.rebuild(run.output_tree, per_output)
        return (result, run.aux) if has_aux else result

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
        run = Run(gradient, tuple(primals), kwargs, argnums, has_aux)
        (found,) = run.pull([run.like_outputs(v, "hvp: the vector")])
        result = run.as_arguments(found)
        return (result, run.aux) if has_aux else result

    return product


class Run:
    """One recorded call of `f`: the variables it was differentiated by, its outputs, and the ways back.

    `connected` says that something older than the call is tracked and in its graph (an enclosing transform's
    variable, a parameter), so that results must be Tensors with a graph of their own.
    """

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, argnums: Argnums, has_aux: bool) -> None:
        tracking = is_grad_enabled()
        started = next_number()
        self.single = isinstance(argnums, (int, np.integer))
        chosen = positions(f, argnums, len(args))
        self.argument_trees = [args[i] for i in chosen]
        self.given = [
            (f"argument {i}{path}", leaf)
            for i, arg in zip(chosen, self.argument_trees, strict=True)
            for path, leaf in tree.leaves(arg)
        ]
        with enable_grad():
            self.variables = [variable(name_of(f), what, leaf) for what, leaf in self.given]
            call_args = list(args)
            following = iter(self.variables)
            for i, arg in zip(chosen, self.argument_trees, strict=True):
                call_args[i] = tree.map_leaves(lambda _: next(following), arg)
            result = f(*call_args, **kwargs)
        self.aux: Any = None
        if has_aux:
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(f"has_aux=True: {name_of(f)} must return a pair (result, aux), not {type(result).__name__}.")
            result, self.aux = result
        self.output_tree = result
        self.outputs = [output(name_of(f), leaf) for _, leaf in tree.leaves(result)]
        self.nodes = [v._node for v in self.variables]
        self.tracking, self.started = tracking, started
        self.given_tensors = any(isinstance(x, Tensor) for _, x in self.given)
        self.connected = tracking and (
            any(isinstance(x, Tensor) and x.requires_grad for _, x in self.given) or self.has_a_past(*self.outputs)
        )
        self.value = tree.rebuild(result, [self.released(y) for y in self.outputs])
        if has_aux:
            self.aux = tree.map_leaves(lambda x: self.released(x) if isinstance(x, Tensor) else x, self.aux)

    def has_a_past(self, *results: Tensor) -> bool:
        """Whether something tracked that is older than the call is in the graph of `results`."""
        ends = {y._node: None for y in results if y._node is not None}
        stop = frozenset(n for n in self.nodes if n is not None)
        try:
            parents = [edge[0] for node in ancestors(ends, stop) for edge in node.edges]
        except RuntimeError:  # freed already: whoever uses it will be told
            return True
        return any(node.number < self.started for node in itertools.chain(ends, parents))

    def released(self, y: Tensor) -> Any:
        """A result for the caller: the Tensor where it has a past outside, else its values."""
        if self.connected or (self.tracking and self.has_a_past(y)):
            return y
        values = np.array(y._array)  # a rule may have saved the array itself
        return wrap(values, None) if self.given_tensors else values

    def pull(self, cotangents: Iterable[Sequence[Any]], keep: bool = False, record: bool = False) -> list[list[Any]]:
        """For each set of cotangents (one for each output, None for none) the gradient by each variable."""
        nodes = [n for n in self.nodes if n is not None]
        results = []
        for given in cotangents:
            recorded = record or self.connected or any(map(is_tracked, given))
            start: dict[Node, Any] = {}
            for y, g in zip(self.outputs, given, strict=True):
                if y._node is not None and g is not None:
                    start[y._node] = add_to(start.get(y._node), as_tensor(g) if recorded else np.array(values(g)))
            found = collect(start, nodes, wrap if recorded else None, keep=keep or recorded)
            results.append(
                [
                    self.zero_or(found.get(v._node), v, isinstance(x, Tensor), recorded)  # type: ignore[arg-type]
                    for v, (_, x) in zip(self.variables, self.given, strict=True)
                ]
            )
        return results

    def zero_or(self, gradient: Any, like: Tensor, as_given: bool = False, recorded: bool = False) -> Any:
        """The gradient, or zeros where nothing depended on the variable, in the form that the caller expects."""
        if gradient is None:
            gradient = np.zeros(like.shape, like.dtype)
        if self.connected or recorded:
            return as_tensor(gradient)
        array = np.asarray(gradient)
        return wrap(array, None) if as_given and self.given_tensors else array

    def basis(self, k: int, i: int) -> list[Any]:
        """Cotangents that are 1 at element i of output k."""
        y = self.outputs[k]
        if not is_float(y.dtype):
            return [None] * len(self.outputs)
        one = np.zeros(y.shape, y.dtype)
        one.reshape(-1)[i] = 1
        return [one if j == k else None for j in range(len(self.outputs))]

    def stack(self, rows: list[Any], shape: tuple[int, ...], x: Tensor) -> Any:
        """The rows of a Jacobian as one array."""
        if not rows:
            return self.zero_or(np.zeros((*shape, *x.shape), x.dtype), x)
        return np.stack(rows).reshape((*shape, *x.shape))

    def as_arguments(self, found: Sequence[Any]) -> Any:
        """One value for each variable in the containers of the arguments."""
        following = iter(found)
        trees = tuple(tree.map_leaves(lambda _: next(following), arg) for arg in self.argument_trees)
        return trees[0] if self.single else trees

    def like_outputs(self, given: Any, what: str) -> list[Any]:
        return matching(given, self.output_tree, self.outputs, what)

    def like_inputs(self, given: Any, what: str) -> list[Any]:
        return matching(given, tuple(self.argument_trees), self.variables, what)


def collect(start: dict[Node, Any], nodes: Sequence[Node], wrap_: Any, keep: bool) -> dict[Node, Any]:
    """The gradients that arrive at `nodes`."""
    wanted = set(nodes)
    if not start or not wanted:
        return {}
    with np.errstate(all="ignore"), enable_grad():  # the walk itself records only where it is given `wrap`
        return {n: g for n, g in backpropagate(start, wrap=wrap_, retain_graph=keep, until=wanted) if n in wanted}


def is_tracked(g: Any) -> bool:
    """Whether a derivative by `g` is wanted here and now."""
    return isinstance(g, Tensor) and g.requires_grad and is_grad_enabled()


def add_to(sum_: Any, g: Any) -> Any:
    return g if sum_ is None else sum_ + g


def values(g: Any) -> Any:
    return g._array if isinstance(g, Tensor) else g


def positions(f: Callable[..., Any], argnums: Argnums, n: int) -> list[int]:
    """`argnums` as a list of positions from the front."""
    chosen = [argnums] if isinstance(argnums, (int, np.integer)) else list(argnums)
    for i in chosen:
        if not -n <= i < n:
            raise TypeError(f"argnums={argnums}: {name_of(f)} was called with {n} positional arguments.")
    numbers = [int(i) % n for i in chosen]
    if len(set(numbers)) < len(numbers):
        raise TypeError(f"argnums={argnums}: an argument of {name_of(f)} is named twice.")
    return numbers


def variable(function: str, what: str, leaf: Any) -> Tensor:
    """A tracked Tensor for one array to differentiate by; connected to `leaf` if that is tracked itself."""
    if isinstance(leaf, Tensor) and leaf.requires_grad:
        return +leaf
    if not isinstance(leaf, (float, int, np.ndarray, np.generic, Tensor)):
        raise TypeError(f"{function}: {what} is of type {type(leaf).__name__}, not an array. Leave it out of argnums.")
    array = leaf._array if isinstance(leaf, Tensor) else np.asarray(leaf)
    if array.dtype.kind in "iub":
        shown = f"{leaf!r}" if array.ndim == 0 else f"an array of {array.dtype}"
        raise TypeError(
            f"{function}: {what} is {shown}, and the derivative by an integer is not defined. Write "
            f"{'3.0 instead of 3' if array.ndim == 0 else 'np.asarray(x, dtype=float)'}."
        )
    return Tensor(leaf, requires_grad=True)


def output(function: str, leaf: Any) -> Tensor:
    """One result of `f` as a Tensor."""
    try:
        return as_tensor(leaf)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function} returned {type(leaf).__name__}, not an array: {error}") from None


def matching(given: Any, like: Any, arrays: Sequence[Tensor], what: str) -> list[Any]:
    """The leaves of `given` as Tensors, if they fit those of `like`."""
    try:
        found = list(tree.leaves_like(given, like))
    except ValueError as error:
        raise ValueError(f"{what} must have the containers of {describe(like)}, but is {describe(given)}: {error}.") from None
    result = []
    for (path, leaf), x in zip(found, arrays, strict=True):
        v = as_tensor(leaf) if isinstance(leaf, Tensor) or hasattr(leaf, "dtype") else as_tensor(np.asarray(leaf, x.dtype))
        if v.shape != x.shape:
            raise ValueError(f"{what}{path} has shape {v.shape}, but must have {x.shape}.")
        result.append(v if v.dtype == x.dtype or not is_float(x.dtype) else v.astype(x.dtype))
    return result


def describe(t: Any) -> str:
    """A container with its arrays' shapes in place of their numbers."""
    return repr(tree.map_leaves(lambda x: np.shape(values(x)), t))


def name_of(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)

"""One recorded call of a function: from arrays in to arrays out, and its gradients by the vector-Jacobian product."""

from __future__ import annotations

import functools
import inspect
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ..engine import ancestors, backpropagate
from ..functions import cast, conj
from ..graph import Leaf, Node, living_leaves, next_number, wrap
from ..plain_pass import gradients_of_leaves
from ..safety.layouts import copied
from ..safety.modes import enable_grad, is_grad_enabled
from ..safety.operands import checked, is_float, values_of
from ..safety.running import Running, running, warn_of_independence
from ..safety.stale import changes
from ..safety.views import own
from ..speed.silence import end_silence, silence
from ..tensor import Tensor, as_tensor
from . import tree

__all__ = [
    "Argnums",
    "RecordedCall",
    "any_recorded",
    "collect_gradients",
    "function_name",
    "named_options",
    "total",
    "unit_arrays",
]

Argnums = int | Sequence[int]
T = TypeVar("T", bound=Callable[..., Any])


LENT = 2**25  # bytes from which on a copy takes memory anew, and a page fault for each page of it


class RecordedCall:
    """One call of `f`, recorded: its variables (the arrays to differentiate by), its outputs, and the graph between.

    Variables are copies, so that `f` may write into them. With `lend`, arrays from `LENT` bytes on are copied only before `f`
    writes, if nothing else is tracked anywhere; `end` gives them back.

    `connected` is True if the outputs also depend on something tracked that is older than the call: a variable of an
    enclosing transform, or a parameter. Then results are Tensors that have derivatives themselves. `alone` is True if the graph
    leads to no leaf but the variables, neither an older one nor one that `f` has made.
    """

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, argnums: Argnums, has_aux: bool, lend: bool = False
    ) -> None:
        self.tracking = is_grad_enabled()
        self.started = next_number()
        self.name = name = function_name(f)
        self.single = isinstance(argnums, (int, np.integer))
        chosen = argument_positions(f, argnums, len(args))
        self.argument_trees = [args[i] for i in chosen]
        self.given = [
            (f"argument {i}{path}", leaf)
            for i, arg in zip(chosen, self.argument_trees, strict=True)
            for path, leaf in tree.leaves(arg)
        ]
        lend = lend and not living_leaves
        with enable_grad():
            self.variables = [variable(name, what, leaf, lend) for what, leaf in self.given]
            self.nodes = [v._node for v in self.variables]  # before `f` may write into them
            call_args = list(args)
            following = iter(self.variables)
            for i, arg in zip(chosen, self.argument_trees, strict=True):
                call_args[i] = tree.map_leaves(lambda _: next(following), arg)
            self.running = Running(v._node for v in self.variables)
            token = running.set(self.running)
            try:
                result = f(*call_args, **kwargs)
            finally:
                running.reset(token)
        self.aux: Any = None
        if has_aux:
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(f"has_aux=True: {name} must return a pair (result, aux), not {type(result).__name__}.")
            result, self.aux = result
        self.output_tree = result
        self.outputs = [output(name, leaf) for _, leaf in tree.leaves(result)]
        self.reached = False  # True once a gradient has come back to a variable
        self.given_tensors = any(isinstance(x, Tensor) for _, x in self.given)
        computed = any(isinstance(x, Tensor) and x.requires_grad for _, x in self.given)
        oldest = -1 if computed else self.oldest_other_leaf(*self.outputs)
        self.alone = oldest == math.inf
        self.connected = self.tracking and oldest < self.started
        self.value = tree.rebuild(result, [y if self.connected else self.values_in(y) for y in self.outputs])
        if has_aux:
            self.aux = tree.map_leaves(lambda x: self.for_caller(x) if isinstance(x, Tensor) else x, self.aux)

    def oldest_other_leaf(self, *results: Tensor) -> float:
        """The number of the oldest leaf, but the variables, that leads to `results`: infinity if none does."""
        if len(living_leaves) == len(self.nodes):  # nothing else is tracked anywhere
            return math.inf
        ends = {y._node: None for y in results if y._node is not None}
        variables = frozenset(n for n in self.nodes if n is not None)
        try:
            parents = [edge[0] for node in ancestors(ends, variables) for edge in node.edges]
        except RuntimeError:  # freed already: whoever uses it will be told
            return -1
        return min((n.number for n in (*parents, *ends) if n.__class__ is Leaf and n not in variables), default=math.inf)

    def for_caller(self, y: Tensor) -> Any:
        """A result to hand out: the Tensor if it depends on something outside, else its values."""
        return y if self.connected or (self.tracking and self.oldest_other_leaf(y) < self.started) else self.values_in(y)

    def values_in(self, y: Tensor) -> Any:
        """The values of a result that depends on nothing outside: an array, or a Tensor if the arguments were Tensors."""
        values = np.array(y._array)  # a rule may have saved the array itself
        return wrap(values, None) if self.given_tensors else values

    def vjp_rows(self, cotangents: Iterable[Sequence[Any]], keep: bool = False, record: bool = False) -> list[list[Any]]:
        """One row for each set of cotangents: the gradient by each variable. A set has one cotangent, or None, for each output.

        `keep` keeps the graph for another pass; `record` makes the gradients Tensors that have derivatives themselves.
        """
        nodes = [n for n in self.nodes if n is not None]
        rows = []
        for given in cotangents:
            recorded = record or self.connected or any_recorded(given)
            start: dict[Node, Any] = {}
            for y, g in zip(self.outputs, given, strict=True):
                if y._node is not None and g is not None:
                    cotangent = as_tensor(g) if recorded else np.array(g._array if isinstance(g, Tensor) else g)
                    start[y._node] = total(start.get(y._node), cotangent)
            found = collect_gradients(start, nodes, wrap if recorded else None, keep or recorded, self.alone)
            self.reached = self.reached or bool(found)
            rows.append(
                [
                    self.zero_or(found.get(n), v, isinstance(x, Tensor), recorded)  # type: ignore[arg-type]
                    for n, v, (_, x) in zip(self.nodes, self.variables, self.given, strict=True)
                ]
            )
        return rows

    def warn_if_independent(self, transform: str) -> None:
        """Warn if no gradient came back to any variable; zeros are right where a derivative is differentiated again."""
        if self.connected:
            for outer in self.running.around():
                outer.differentiated = True
        known = self.reached or self.running.differentiated or not (self.variables and self.outputs)
        if not known and all(x.size for x in (*self.variables, *self.outputs)):
            warn_of_independence(f"ag.{transform}", self.name)

    def end(self) -> None:
        """Give back what is lent: a variable that `f` has kept gets a copy, and the graphs that it has kept are stale."""
        lent = [weakref.ref(v) for v in self.variables if getattr(v._node, "is_lent", False)]
        for v in lent:
            changes.note(v()._array)  # type: ignore[union-attr]
        self.variables.clear()
        for v in lent:
            if v() is not None:
                own(v())

    def zero_or(self, gradient: Any, like: Tensor, as_given: bool = False, recorded: bool = False) -> Any:
        """The gradient, zeros for None (nothing depended on the variable), in the form that the caller expects."""
        if gradient is None:
            gradient = np.zeros(like.shape, like.dtype)
        if self.connected or recorded:
            return as_tensor(gradient)
        array = np.asarray(gradient)
        return wrap(array, None) if as_given and self.given_tensors else array

    def basis(self, k: int) -> Iterator[list[Any]]:
        """Cotangents that are 1, or i, at one element of output k, 0 elsewhere; for integers there are none."""
        y = self.outputs[k]
        for one in unit_arrays(y) if is_float(y.dtype) else [None] * y.size:
            yield [one if j == k else None for j in range(len(self.outputs))]

    def stack(self, rows: list[Any], y: Tensor, x: Tensor) -> Any:
        """The rows of a Jacobian, one for each element of `y`, as one array, of the shape of `y` followed by that of `x`.

        Of a complex element there are two, the gradients of its real and of its imaginary part: that is f'(x) = dRe y + i dIm y
        of a real x, and of a complex one f'(z) is the conjugate of the first if f is holomorphic.
        """
        if not rows:
            return self.no_derivatives(y, x)
        found = np.stack(rows).reshape((*y.shape, *rows_of(y), *x.shape))
        if y.dtype.kind == "c":
            of_real, of_imaginary = (np.moveaxis(found, y.ndim, 0)[i] for i in (0, 1))
            if x.dtype.kind == "c":
                refuse_unless_holomorphic(self.name, 1j * of_real, of_imaginary)
                return self.zero_or(conj(of_real), x)
            return self.zero_or(of_real + 1j * of_imaginary, x)
        if x.dtype.kind == "c":
            refuse_unless_holomorphic(self.name, found, np.zeros_like(found))
        return found

    def stack_columns(self, columns: list[Any], y: Tensor, x: Tensor) -> Any:
        """The columns of a Jacobian, one for each element of `x`, or two for a complex one, as `stack` does with rows."""
        if not columns:
            return self.no_derivatives(y, x)
        found = np.stack(columns, axis=-1).reshape((*y.shape, *x.shape, *rows_of(x)))
        if x.dtype.kind == "c":
            along_real, along_imaginary = found[..., 0], found[..., 1]
            refuse_unless_holomorphic(self.name, 1j * along_real, along_imaginary)
            found = along_real
        return cast(found, np.result_type(x.dtype, 1j) if found.dtype.kind == "c" else x.dtype)

    def no_derivatives(self, y: Tensor, x: Tensor) -> Any:
        """The Jacobian where one of both has no elements."""
        dtype = np.result_type(x.dtype, 1j) if y.dtype.kind == "c" else x.dtype
        return self.zero_or(np.zeros((*y.shape, *x.shape), dtype), x)

    def as_arguments(self, found: Sequence[Any]) -> Any:
        """One value for each variable, in the containers of the arguments."""
        following = iter(found)
        trees = tuple(tree.map_leaves(lambda _: next(following), arg) for arg in self.argument_trees)
        return trees[0] if self.single else trees

    def like_outputs(self, given: Any, what: str) -> list[Any]:
        """The leaves of `given` as Tensors of the outputs' shapes and dtypes."""
        return matching_leaves(given, self.output_tree, self.outputs, what)

    def like_inputs(self, given: Any, what: str) -> list[Any]:
        """The leaves of `given` as Tensors of the variables' shapes and dtypes."""
        return matching_leaves(given, tuple(self.argument_trees), self.variables, what)


def unit_arrays(like: Tensor) -> Iterator[Any]:
    """For each element of `like` an array that is 1 there and 0 elsewhere; of complex numbers, then one that is i there."""
    for i in range(like.size):
        for unit in (1, 1j) if like.dtype.kind == "c" else (1,):
            one = np.zeros(like.shape, like.dtype)
            one.reshape(-1)[i] = unit
            yield one


def rows_of(y: Tensor) -> tuple[int, ...]:
    """The axis of the two units of complex numbers; none for real ones."""
    return (2,) if y.dtype.kind == "c" else ()


def refuse_unless_holomorphic(name: str, expected: Any, found: Any) -> None:
    """Refuse the Jacobian by a complex argument unless the Cauchy-Riemann equations hold, but for rounding errors."""
    expected, found = (np.asarray(values_of(part)) for part in (expected, found))
    off, size = np.abs(found - expected), np.abs(found) + np.abs(expected)
    if np.any(off > 1e4 * np.finfo(off.dtype).eps * np.max(size[np.isfinite(size)], initial=0)):
        raise TypeError(
            f"jacobian: {name} is not holomorphic: by a complex argument it has two matrices, not one. Differentiate "
            f"lambda x, y: f(x + 1j * y), argnums=(0, 1)."
        )


def collect_gradients(
    start: dict[Node, Any], nodes: Sequence[Node], wrap_: Any, keep: bool, alone: bool = False
) -> dict[Node, Any]:
    """The gradient of each of `nodes`, from those of the nodes in `start`: dL/dRe + i dL/dIm, the conjugates of the engine's.

    Where the graph leads to these leaves `alone`, the plain pass will do.
    """
    wanted = set(nodes)
    if not start or not wanted:
        return {}
    start = {node: conj(g) for node, g in start.items()}
    found: Iterable[tuple[Node, Any]]
    before = silence()
    try:
        with enable_grad():  # the walk itself records only where it is given `wrap`
            if wrap_ is None and alone:
                found = gradients_of_leaves(start, keep)
            else:
                found = backpropagate(start, wrap=wrap_, retain_graph=keep, until=wanted)
            return {n: conj(g) for n, g in found if n in wanted}
    finally:
        end_silence(before)


def any_recorded(values: Sequence[Any]) -> bool:
    """True if operations on one of the values are recorded here and now."""
    return any(isinstance(v, Tensor) and v.requires_grad for v in values) and is_grad_enabled()


def total(sum_: Any, g: Any) -> Any:
    """The sum so far and one more term; the term alone if there is no sum yet."""
    return g if sum_ is None else sum_ + g


def argument_positions(f: Callable[..., Any], argnums: Argnums, n: int) -> list[int]:
    """`argnums` as a list of positions, counted from the front."""
    if type(argnums) is int and 0 <= argnums < n:  # as mostly
        return [argnums]
    chosen = [argnums] if isinstance(argnums, (int, np.integer)) or not isinstance(argnums, Iterable) else list(argnums)
    if isinstance(argnums, str) or not all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in chosen):
        raise TypeError(
            f"argnums={argnums!r}: an argument is named by its position, 0 for the first, or several as in (0, 1)"
            f"{position_of(f, argnums)}."
        )
    for i in chosen:
        if not -n <= i < n:
            raise TypeError(f"argnums={argnums}: {function_name(f)} was called with {n} positional arguments.")
    numbers = [int(i) % n for i in chosen]
    if len(set(numbers)) < len(numbers):
        raise TypeError(f"argnums={argnums}: an argument of {function_name(f)} is named twice.")
    return numbers


def position_of(f: Callable[..., Any], argnums: Any) -> str:
    """The line to write for arguments that were given by name; "" where their positions are not known."""
    names = (argnums,) if isinstance(argnums, str) else argnums
    try:
        known = list(inspect.signature(f).parameters)
        found = [known.index(name) for name in names]
    except (TypeError, ValueError):
        return ""
    return f". Write argnums={found[0] if isinstance(argnums, str) else tuple(found)}"


def is_argnums(given: Any) -> bool:
    """True for what may have been meant as the positions, or names, of arguments, and not as an argument."""
    several = isinstance(given, (tuple, list, set, range))
    return given is None or isinstance(given, (int, np.integer, str)) or (several and all(map(is_argnums, given)))


INSTEAD_OF_OPTIONS = dict.fromkeys(("argnum", "wrt", "argnames"), "argnums=0, a position, or argnums=(0, 1)") | dict.fromkeys(
    ("outputs", "inputs", "grad_outputs", "create_graph", "retain_graph", "allow_unused"),
    "ag.grad(f)(x) of a function f, which nests; or y.backward(create_graph=True), then x.grad",
)


def named_options(transform: T) -> T:
    """`transform`, which refuses what is no function, and options that it does not have, with the line to write."""
    function: Any = transform
    name, known = function.__name__, inspect.signature(function).parameters

    @functools.wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        for option in options:
            if option not in known:
                instead = INSTEAD_OF_OPTIONS.get(option, ", ".join(known))
                raise TypeError(f"ag.{name}: there is no option {option}=. Write {instead}.")
        f = args[0] if args else options.get("f")
        if (args or "f" in options) and not callable(f):
            raise TypeError(
                f"ag.{name} takes a function, not an object of type {type(f).__name__}: write ag.{name}(f), with f itself and "
                f"not f(x). For the gradient of a Tensor that was computed already, write loss.backward() and then w.grad."
            )
        if "argnums" in known and len(args) > 1 and not is_argnums(args[1]):
            given = "x, v" if name == "hvp" else "x"
            raise TypeError(
                f"ag.{name} makes a function: write ag.{name}(f)({given}). Its second argument is argnums, as in (0, 1)."
            )
        return function(*args, **options)

    return checked  # type: ignore[return-value]


def variable(function: str, what: str, leaf: Any, lend: bool) -> Tensor:
    """A tracked Tensor for one array to differentiate by; computed from `leaf` if that is tracked itself.

    A function may write into it as into an array: it is a copy, or becomes one before that, and the derivative is by the argument
    as it was given. A number is a scalar, which NumPy never changes: `x += 1` makes another one.
    """
    if isinstance(leaf, Tensor) and leaf.requires_grad:
        made = leaf.copy()
        if not leaf._array.flags.c_contiguous:
            made._array = copied(leaf._array)  # laid out alike: a reshape is a view where it would be one without us
        return made
    if not isinstance(leaf, (float, int, complex, np.ndarray, np.generic, Tensor)):
        raise TypeError(f"{function}: {what} is of type {type(leaf).__name__}, not an array. Leave it out of argnums.")
    array = checked(leaf if leaf.__class__ is np.ndarray else np.asarray(values_of(leaf)))
    if array.dtype.kind in "iub":
        shown = f"{leaf!r}" if array.ndim == 0 else f"an array of {array.dtype}"
        raise TypeError(
            f"{function}: {what} is {shown}, and the derivative by an integer is not defined. Write "
            f"{'3.0 instead of 3' if array.ndim == 0 else 'np.asarray(x, dtype=float)'}."
        )
    lent = lend and type(leaf) is np.ndarray and array.ndim > 0 and array.nbytes >= LENT
    made = wrap(array.view() if lent else copied(array) if array.ndim else np.array(array), None)
    made._grad, made._node = None, Leaf(array.shape, array.dtype, made)
    made._node.is_lent, made._node.is_variable = lent, True
    if not array.ndim:
        made._array.flags.writeable = isinstance(leaf, (np.ndarray, Tensor)) and array.flags.writeable
    return made  # type: ignore[no-any-return]


def output(function: str, leaf: Any) -> Tensor:
    """One result of `f` as a Tensor."""
    try:
        return as_tensor(leaf)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function} returned {type(leaf).__name__}, not an array: {error}") from None


def matching_leaves(given: Any, like: Any, arrays: Sequence[Tensor], what: str) -> list[Any]:
    """The leaves of `given` as Tensors; ValueError unless containers and shapes are those of `like` and `arrays`."""
    try:
        found = list(tree.leaves_like(given, like))
    except ValueError as error:
        raise ValueError(f"{what} must have the containers of {describe(like)}, but is {describe(given)}: {error}.") from None
    result = []
    for (path, leaf), x in zip(found, arrays, strict=True):
        if not hasattr(leaf, "dtype"):  # Python's numbers take the dtype of x
            leaf = np.asarray(leaf, None if np.iscomplexobj(leaf) else x.dtype)
        v = as_tensor(leaf)
        if v.shape != x.shape:
            raise ValueError(f"{what}{path} has shape {v.shape}, but must have {x.shape}.")
        if v.dtype.kind == "c" != x.dtype.kind:
            raise TypeError(f"{what}{path} is complex, and must be real as what it belongs to. Write v.real.")
        result.append(v if v.dtype == x.dtype or not is_float(x.dtype) else v.astype(x.dtype))
    return result


def describe(t: Any) -> str:
    """A container with its arrays' shapes in place of their numbers."""
    return repr(tree.map_leaves(np.shape, t))


def function_name(f: Callable[..., Any]) -> str:
    """The name of a function; that of its type if it has none."""
    return getattr(f, "__name__", type(f).__name__)

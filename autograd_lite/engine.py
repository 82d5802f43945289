"""Chapter 2, the chain rule: nodes remember calls, and `backpropagate` walks back over them.

A recorded call leaves a `Node` with one edge for each tracked argument: (the node that made the argument, the rule,
what the rule reads). Edges point only backwards and nothing points forward, so a graph has no cycles: it is
freed the moment its last value goes.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np

from .functions import cast, match_shape, unless_flat, unless_zero

__all__ = ["Leaf", "Node", "backpropagate", "enable_grad", "is_grad_enabled", "no_grad"]

F = TypeVar("F", bound=Callable[..., Any])
next_number = itertools.count().__next__
fit_arrays = inspect.unwrap(match_shape)  # without a look for Tensors among the arguments


class Changes:
    """The clock of writes into arrays that nodes may have saved: when the last was, and which arrays it was for.

    A pass compares `last` with its oldest node; only if that is older does it look at what was saved.
    """

    def __init__(self) -> None:
        self.last = -1
        self.arrays: dict[int, list[Any]] = {}  # by identity: the time of the last write, and a weak reference

    def note(self, array: Any) -> None:
        """`array` has been written into."""
        self.last = next_number()
        known = self.arrays.get(id(array))
        if known is not None and known[1]() is array:
            known[0] = self.last
            return
        if len(self.arrays) > 1000:
            self.arrays = {key: known for key, known in self.arrays.items() if known[1]() is not None}
        self.arrays[id(array)] = [self.last, weakref.ref(array)]

    def refuse_stale(self, order: list[Node]) -> None:
        """Raise if some node of the pass has saved what was written into afterwards."""
        newer = [(number, ref()) for number, ref in self.arrays.values() if number > order[0].number]
        for node in order:
            since = [array for number, array in newer if number > node.number and array is not None]
            if since:
                for array in arrays_in(edge[2] for edge in node.edges):
                    if any(np.may_share_memory(array, changed) for changed in since):
                        raise RuntimeError(
                            f"backward through '{node.primitive.name}', result of shape {node.shape}: an array of shape "
                            f"{array.shape} that it had saved was written into since (by .data, an optimiser's step, "
                            f"load_state_dict or t[...] = v). Compute the loss anew after the change, call backward "
                            f"before it, or write into a copy: t = t.copy()."
                        )


def arrays_in(saved: Any) -> Iterator[Any]:
    """The arrays among what rules read, also inside tuples."""
    for value in saved:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from arrays_in(value)


changes = Changes()

Edge = tuple["Node", Callable[..., Any], tuple[Any, ...], Any]


class Node:
    """What made a value: the primitive, one edge for each tracked argument, and a number that grows with time.

    The identity of a value is its node; interior values come and go. `edges` is None once a backward pass has freed it.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "number", "primitive", "shape")

    edges: Any
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    primitive: Any
    number: int

    def __repr__(self) -> str:
        return f"<{self.primitive.name if self.primitive else 'leaf'} {self.dtype}{list(self.shape)}>"


class Leaf(Node):
    """The node of a value nobody computed. It holds the gradient, so that a Tensor and its node form no cycle."""

    __slots__ = ("grad",)

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.edges = ()
        self.shape = shape
        self.dtype = dtype
        self.primitive = None
        self.number = next_number()
        self.grad: Any = None


def backpropagate(
    gradients: Mapping[Node, Any],
    *,
    wrap: Callable[[Any, Node | None], Any] | None = None,
    retain_graph: bool = False,
    until: Iterable[Node] = (),
) -> Iterator[tuple[Node, Any]]:
    """Walk back from the nodes in `gradients` and yield each with its whole gradient: last made first, leaves at the end.

    Each node is visited once, after everything that was computed from it: creation numbers give that order for
    free, and no recursion is needed.

    Parameters
    ----------
    gradients
        The gradient of each node to start from, of that node's shape and dtype: arrays, or Tensors with `wrap`.
    wrap
        Makes a Tensor of an array and its node. When given, the rules run on Tensors and are recorded themselves.
    retain_graph
        Keep what the nodes have saved, so that the graph can be walked again.
    until
        Walk no further than these nodes, and only along paths that lead to one of them.

    Raises
    ------
    RuntimeError
        A node on the way was freed by an earlier pass, or an array that it had saved was written into since.

    Notes
    -----
    A gradient that is yielded belongs to the pass, which may write into it once it is asked for the next one: copy
    what you keep. What reached a node through a mask (`where`, indexing, `maximum`, `clip` and their kin) contributes 0
    where its gradient is 0, also where an elementwise derivative is infinite or nan there: `where(x > 0, sqrt(x), 0)` has
    the derivative 0 at 0. Matrix products and reductions end that: 0 times inf is nan behind them.

    What a square root is taken of is nowhere negative. Where it is 0 and does not change, it has a minimum, and the root
    too: 0 is a subgradient, and inf * 0 behind a root is 0, as in `sqrt(sum(x * x))` at 0.
    """
    stop = frozenset(until)
    order = reachable(gradients, stop)
    order.sort(key=attrgetter("number"))
    if order and changes.last > order[0].number:
        changes.refuse_stale(order)
    needed = leading_to(stop, order) if stop else stop
    order.reverse()
    pending = dict(gradients)
    to_shape = fit_arrays if wrap is None else match_shape
    masked: set[Node] = set()  # computed nodes whose value was used through a mask
    rooted: set[Node] = set()  # nodes of which a square root was taken at 0, and what they were computed from
    owned: set[Node] = set()  # nodes whose pending gradient is a buffer of this pass, which may be written into
    for node in order:
        gradient = pending.pop(node, None)
        if gradient is None:
            continue
        yield node, gradient
        if stop and node in stop:
            continue
        edges, primitive, shape = node.edges, node.primitive, node.shape
        elementwise = primitive.elementwise
        if not retain_graph:
            node.edges = None
        into, guarded, steep = None, False, False
        if wrap is not None:
            edges = list(on_tensors(node, edges, wrap))
        if masked or rooted or primitive.selects or primitive.root:
            into = primitive.into if wrap is None else None
            guarded = elementwise and node in masked
            steep = primitive.root or node in rooted
            if primitive.selects or (primitive.moves and node in masked):
                masked.update(edge[0] for edge in edges)
        for parent, rule, saved, argument in edges:
            if needed and parent not in needed:
                continue
            if into is not None and argument in into:
                buffer = pending.get(parent)
                if buffer is not None and parent not in owned:
                    buffer = np.array(buffer)
                pending[parent] = into[argument](buffer, gradient, node in owned, parent, *saved)
                owned.add(parent)
                continue
            contribution = rule(gradient, *saved)
            try:
                if guarded and contribution is not gradient:
                    contribution = unless_zero(gradient, contribution)
                if steep:
                    if node in rooted:
                        contribution = unless_flat(gradient, contribution)
                    if np.isinf(contribution).any():
                        rooted.add(parent)
                if not (parent.shape is shape and elementwise) and contribution.shape != parent.shape:
                    contribution = to_shape(contribution, parent.shape)  # shared tuples: a call that kept the shape
                if contribution.dtype is not parent.dtype:
                    contribution = cast(contribution, parent.dtype)
            except AttributeError:
                if hasattr(contribution, "dtype"):
                    raise
                raise TypeError(
                    f"the rule of '{primitive.name}' for {argument!r} returned a {type(contribution).__name__}, not an array of "
                    f"shape {parent.shape}. Write it with NumPy's functions of g."
                ) from None
            if parent in pending:
                # sum with +, never +=: both sides of an addition are given the same array
                contribution = pending[parent] + contribution
            elif parent.__class__ is Leaf and wrap is None and (contribution is gradient or contribution.base is not None):
                contribution = np.array(contribution)  # a leaf keeps its gradient: it shall share it with no one
            pending[parent] = contribution
    yield from pending.items()  # only leaves are left


def leading_to(stop: frozenset[Node], order: list[Node]) -> frozenset[Node]:
    """The nodes in `stop` and those in `order`, first made first, that were computed from one of them."""
    leads = set(stop)
    for node in order:
        if node not in stop and any(edge[0] in leads for edge in node.edges):
            leads.add(node)
    return frozenset(leads)


def reachable(start: Iterable[Node], stop: frozenset[Node] = frozenset()) -> list[Node]:
    """Every computed node from which a value at `start` was computed, each once, in no order; none beyond `stop`."""
    found = [node for node in start if node.__class__ is not Leaf]
    seen = set(found)
    for node in found:  # grows while it is walked
        edges = node.edges
        if edges is None:
            raise RuntimeError(
                f"backward through '{node.primitive.name}', result of shape {node.shape}: an earlier backward pass has "
                f"freed what it had saved. It was built before that pass (often outside the training loop): build it "
                f"anew inside the loop, or keep it with backward(retain_graph=True)."
            )
        if stop and node in stop:
            continue
        for edge in edges:
            parent = edge[0]
            if parent.__class__ is not Leaf and parent not in seen:
                seen.add(parent)
                found.append(parent)
    return found


def on_tensors(node: Node, edges: list[Edge], wrap: Callable[[Any, Node | None], Any]) -> Iterator[Edge]:
    """The same edges with each saved array as a Tensor again, made by the node it came from."""
    made_by: dict[Any, Node] = {"y": node} | {argument: parent for parent, _, _, argument in edges}
    for parent, rule, saved, argument in edges:
        names = node.primitive.reads[argument if isinstance(argument, str) else argument[0]]
        yield parent, rule, tuple(again(value, name, made_by, wrap) for name, value in zip(names, saved, strict=True)), argument


def again(value: Any, name: str, made_by: dict[Any, Node], wrap: Callable[[Any, Node | None], Any]) -> Any:
    """One saved value for a rule that is recorded: a Tensor where it was tracked, itself where it was a constant."""
    if name in made_by:
        return wrap(value, made_by[name])
    if isinstance(value, tuple) and any(isinstance(key, tuple) and key[0] == name for key in made_by):
        return tuple(wrap(element, made_by[name, i]) if (name, i) in made_by else element for i, element in enumerate(value))
    return value


# Whether calls are recorded. The value is a linked list (recording, the value before), so that entering and leaving
# need no state of their own and every thread and every asyncio task has its own.
_mode: ContextVar[tuple[bool, Any]] = ContextVar("recording", default=(True, None))


def is_grad_enabled() -> bool:
    """Whether operations on Tensors that require grad are being recorded here and now."""
    return _mode.get()[0]


class _Mode(contextlib.ContextDecorator):
    """A context manager that is a decorator too, also of coroutine functions."""

    recording = True

    def __enter__(self) -> None:
        _mode.set((self.recording, _mode.get()))

    def __exit__(self, *_: object) -> None:
        _mode.set(_mode.get()[1] or (True, None))  # None: a generator was entered in one thread and left in another

    def __call__(self, func: F) -> F:
        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise TypeError(
                f"ag.{type(self).__name__}() cannot decorate the generator {func.__name__}: between two values its caller "
                f"would run in the same mode. Write 'with ag.{type(self).__name__}():' around the lines that need it."
            )
        if not inspect.iscoroutinefunction(func):
            return super().__call__(func)

        @functools.wraps(func)
        async def wrapped(*args: Any, **options: Any) -> Any:
            with self:
                return await func(*args, **options)

        return wrapped  # type: ignore[return-value]


class no_grad(_Mode):  # noqa: N801  (PyTorch's name)
    """Record nothing: a context manager, or with `@no_grad()` a decorator. It holds for the current thread or task.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    recording = False


class enable_grad(_Mode):  # noqa: N801  (PyTorch's name)
    """Record again inside `no_grad`: a context manager, or with `@enable_grad()` a decorator.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

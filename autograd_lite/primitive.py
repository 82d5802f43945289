"""A primitive: a function with a rule for each differentiable argument. `record` calls it, and the output remembers the call.

`record` says what happens at every operation on Tensors. For speed it is written out for each primitive when that is first
used (`speed/recorder.py`); a test holds both to the same outputs and the same edges, for every row of the table.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .graph import Edge, Node, Value, node_of, wrap
from .safety.modes import is_grad_enabled
from .safety.operands import ERRORS, as_arrays, as_one_array, constant_for_rule, explained, has_numbers, plain_arrays, shape_of
from .safety.views import may_share_memory
from .several import separated

__all__ = ["Primitive", "parse", "record"]

Rule = Callable[..., Any]


class Primitive:
    """A function, its signature, a rule for each differentiable argument, and the names that each rule reads.

    A rule's first parameter is `g`, the derivative of the loss by the output. The names of the others say what is kept of a
    call for it:

    * `y`: the output; an argument's or an option's name: its value;
    * `x_shape`, `y_shape`: the shape of argument `x`, of the output;
    * `memo`: an empty dict of the call's own, in which a rule may keep what it computes for later passes;
    * `i`: the argument is a sequence of arrays and the rule is for the i-th; `part`: the i-th of what `parts` computed.

    `elementwise`, `selects`, `moves` and `root` tell `safety/masks.py` how a 0 behind a mask spreads: each element of the
    result depends on one element of each argument; some elements may not reach the result at all; elements only change
    places; it is the square root. `into` holds rules that add to a buffer of the backward pass (`speed/buffers.py`).
    A primitive with `selects`, `root` or `into` is `special`: at its nodes the backward pass does more than multiply.
    `several` says that the function returns a tuple of arrays (`several.py`); `real` that its rules are for real numbers alone.
    `defers` makes it return `NotImplemented` for operands of types that it does not know, as NumPy's functions do.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        rules: Mapping[str, Rule],
        signature: str | inspect.Signature | None = None,
        name: str | None = None,
        *,
        elementwise: bool = False,
        selects: bool | Callable[..., Any] = False,
        moves: bool | Callable[..., Any] = False,
        root: bool | str = False,
        into: Mapping[str, Rule] | None = None,
        parts: Callable[..., Any] | None = None,
        defers: bool = False,
        several: bool = False,
        real: bool = False,
    ) -> None:
        self.function = function
        self.rules = dict(rules)
        self.name = name or str(getattr(function, "__name__", type(function).__name__)).lstrip("_")
        self.elementwise = elementwise
        self.selects = selects
        self.moves = moves or bool(elementwise or selects)
        self.root = root
        self.into = into
        self.special = bool(selects or root or into)
        self.parts = parts
        self.defers = defers
        self.several, self.real = several, real
        self._signature = signature

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.signature}, rules for {', '.join(self.rules) or 'nothing'}>"

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The arguments, with NumPy's own names and defaults."""
        given = self._signature
        return parse(given) if isinstance(given, str) else given or inspect.signature(self.function)

    @functools.cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """The names that the rule for each argument reads, without `g`; under "parts" those that `parts` reads."""
        read = {argument: tuple(inspect.signature(rule).parameters)[1:] for argument, rule in self.rules.items()}
        return read if self.parts is None else read | {"parts": tuple(inspect.signature(self.parts).parameters)}

    def is_sequence(self, argument: str) -> bool:
        """True if `argument` is a sequence of arrays: its rule reads `i` or `part`, or it is `*args`."""
        return (
            not {"i", "part"}.isdisjoint(self.reads.get(argument, ()))
            or self.signature.parameters[argument].kind is inspect.Parameter.VAR_POSITIONAL
        )

    def operands(self, arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
        """The operands, which are the arguments with rules, as (name, value); elements of a sequence as ((name, i), value)."""
        for name in self.rules:
            if self.is_sequence(name):
                yield from (((name, i), element) for i, element in enumerate(arguments[name]))
            else:
                yield name, arguments[name]

    @functools.cached_property
    def may_be_view(self) -> bool:
        """True if the result may be a view of the one array that it is made of."""
        variadic = len(self.rules) == 1 and any(p.kind is p.VAR_POSITIONAL for p in self.signature.parameters.values())
        return variadic or (self.moves and not self.elementwise and not self.into)

    @functools.cached_property
    def selecting(self) -> Primitive:
        """The same primitive, when the option `where` has made a mask of it."""
        same = copy.copy(self)
        same.selects, same.moves, same.special = (lambda where: where), self.moves or True, True
        return same

    def for_call(self, arguments: Mapping[str, Any]) -> Primitive:
        """Itself, or `selecting` for a call with a mask."""
        where = self.signature.parameters.get("where")
        return self if where is None or arguments["where"] is where.default else self.selecting


def parse(signature: str) -> inspect.Signature:
    """A signature written as in a `def`; a default of `_` means that NumPy is not given the option at all.

    >>> parse("x, axis=None, *, keepdims=False")
    <Signature (x, axis=None, *, keepdims=False)>
    """
    return inspect.signature(eval(f"lambda {signature}: None", {"_": np._NoValue}))


def record(primitive: Primitive, *args: Any, **options: Any) -> Any:
    """Call a primitive on arrays and Tensors. Given a Tensor it returns a Tensor, with a node if an operand has one.

    >>> import autograd_lite as ag
    >>> multiply = Primitive(np.multiply, {"a": lambda g, b: g * b, "b": lambda g, a: g * a}, "a, b")
    >>> y = record(multiply, ag.tensor(2.0, requires_grad=True), 3.0)
    >>> y
    tensor(6., dtype=float64, made by multiply)
    >>> [(argument, saved) for node, rule, saved, argument in y.node.edges]
    [('a', (array(3.),))]
    """
    # 1. the arguments by name, twice: `given` may hold Tensors, whose nodes the edges lead to; `arrays` holds what they hold
    call = primitive.signature.bind(*args, **options)
    call.apply_defaults()
    given = {k: tuple(v) if k in primitive.rules and primitive.is_sequence(k) else v for k, v in call.arguments.items()}
    arrays = plain_arrays(primitive, given)
    if any(array is NotImplemented for array in arrays.values()):
        return NotImplemented
    given |= {name: array for name, array in arrays.items() if isinstance(array, Value)}  # a list that holds Tensors is one now
    arrays = {name: array._array if isinstance(array, Value) else array for name, array in arrays.items()}
    # 2. the call itself
    call.arguments.update(arrays)
    try:
        y = primitive.function(*call.args, **call.kwargs)
    except ERRORS as error:
        cause = None if primitive.defers else error
        raise explained(error, primitive, tuple(arrays[name] for name in primitive.rules)) from cause
    # 3. a node for the output, if an operand has one
    operands = [value for _, value in primitive.operands(given)]
    if not any(isinstance(value, Value) for value in operands):
        return y
    needs_node = is_grad_enabled() and any(node_of(value) is not None for value in operands)
    if primitive.several:
        results = as_arrays(primitive, y)
        return separated(primitive, y, results, edges_of_call(primitive, given, arrays, results) if needs_node else ())
    y = as_one_array(primitive, y)
    node = None
    if has_numbers(primitive, y.dtype) and needs_node:
        node = Node(primitive.for_call(arrays), tuple(edges_of_call(primitive, given, arrays, y)), y.shape, y.dtype)
    result = wrap(y, node)
    if primitive.may_be_view and len(operands) == 1 and (y.base is not None or y is operands[0]._array):
        may_share_memory(result, operands[0], functools.partial(record_again, primitive, call, given))
    return result


def record_again(primitive: Primitive, call: inspect.BoundArguments, given: Mapping[str, Any], array: Any) -> Any:
    """The same call with another array in place of its only operand."""
    ((name, _),) = primitive.operands(given)
    again = {**given, name[0]: (array,)} if isinstance(name, tuple) else {**given, name: array}
    same = inspect.BoundArguments(call.signature, again)
    return record(primitive, *same.args, **same.kwargs)


def edges_of_call(primitive: Primitive, given: Mapping[str, Any], arrays: Mapping[str, Any], y: Any) -> Iterator[Edge]:
    """One edge for each tracked operand: its node, the rule, the values that the rule reads, and the argument's name.

    An element of a sequence is named by a pair, as in `("arrays", 0)`.
    """
    parts = primitive.parts and primitive.parts(*(read_value(primitive, "", n, arrays, y) for n in primitive.reads["parts"]))
    for name, value in primitive.operands(given):
        node = node_of(value)
        if node is not None:
            argument, i = name if isinstance(name, tuple) else (name, None)
            values = tuple(read_value(primitive, argument, read, arrays, y, i, parts) for read in primitive.reads[argument])
            yield node, primitive.rules[argument], values, name


def read_value(
    primitive: Primitive, argument: str, name: str, arrays: Mapping[str, Any], y: Any, i: Any = None, parts: Any = None
) -> Any:
    """The value under `name` for the rule for `argument`."""
    if name in ("i", "y"):
        return i if name == "i" else y
    if name == "part":
        return parts[i]
    if name in arrays:
        # the other operand may be a Python number, and a rule reads arrays
        constant = name in primitive.rules and name != argument and not (primitive.several or primitive.is_sequence(name))
        return constant_for_rule(arrays[name], y.dtype) if constant else arrays[name]
    if name == "memo":
        return {}
    shaped = name.removesuffix("_shape")
    if shaped == "y":
        return y.shape
    return tuple(map(np.shape, arrays[shaped])) if primitive.is_sequence(shaped) else shape_of(arrays[shaped])

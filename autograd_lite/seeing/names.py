"""Names: what to call a value, by the variables of the user's that hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from ..graph import Leaf, Node, Value

__all__ = ["argument_name", "call_name", "names_given", "names_in"]

JUPYTER = ("In", "Out")  # where notebooks keep what they have shown


def names_in(frame: FrameType | None) -> dict[Node, str]:
    """The names of the Tensors that the variables of a frame hold, also inside lists, dicts and modules.

    >>> import sys
    >>> import autograd_lite as ag
    >>> w = [ag.tensor(1.0, requires_grad=True), ag.tensor(2.0, requires_grad=True)]
    >>> sorted(name for name in names_in(sys._getframe()).values() if name.startswith("w"))
    ['w[0]', 'w[1]']
    """
    if frame is None:
        return {}
    found: dict[Node, str] = {}
    for variables in (frame.f_locals, frame.f_globals):
        for variable, value in list(variables.items()):
            if variable.isidentifier() and not variable.startswith("_") and variable not in JUPYTER:
                for name, tensor in tensors_in(variable, value):
                    if tensor._node is not None:
                        found.setdefault(tensor._node, name)
    return found


def tensors_in(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The Tensors that a variable holds, each with the expression for it."""
    if isinstance(value, Value):
        yield name, value
    elif type(value) in (list, tuple) and len(value) <= 1000:
        yield from ((f"{name}[{i}]", item) for i, item in enumerate(value) if isinstance(item, Value))
    elif type(value) is dict and len(value) <= 1000:
        yield from ((f"{name}[{key!r}]", item) for key, item in value.items() if isinstance(item, Value))
    elif not isinstance(value, type) and callable(getattr(type(value), "named_parameters", None)):
        yield from ((f"{name}.{path}", item) for path, item in value.named_parameters() if isinstance(item, Value))


def names_given(door: str, names: Mapping[str, Any]) -> dict[Node, str]:
    """The names that a user gave to Tensors.

    Raises
    ------
    TypeError
        A value is no Tensor, or one without a node.
    """
    found = {}
    for name, tensor in names.items():
        if not isinstance(tensor, Value) or tensor._node is None:
            kind = type(tensor).__name__
            raise TypeError(f"{door}: names={{{name!r}: ...}} is a {kind} outside of any graph. Give Tensors that require grad.")
        found[tensor._node] = name
    return found


def argument_name(argument: Any) -> str:
    """The name of an argument; of an element of a sequence `arrays[0]`."""
    return argument if isinstance(argument, str) else f"{argument[0]}[{argument[1]}]"


def call_name(node: Node) -> str:
    """The name of the call that made a node; of one result of a call with several, which it is."""
    if node.__class__ is Leaf:
        return "leaf"
    result = [saved[0] for _, _, saved, argument in node.edges or () if argument == "results"]
    name = str(node.primitive.name)
    return f"{name}, result {result[0]}" if result else name

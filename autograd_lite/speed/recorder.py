"""Recorders: `record` written out for one primitive, as ordinary Python. The same edges, in a third of the time.

A general `record` binds arguments and loops over them, which takes longer than NumPy takes to multiply. A recorder is
generated once (as dataclasses generate `__init__`), when it is first called. Read what it does:

>>> print(source(Primitive(np.sin, {"x": lambda g, x: g * np.cos(x)}, "x", defers=True)))
def sin(x):
    _traced = False
    _node_x = None
    if x.__class__ is not _ndarray and x.__class__ is not _float:
        if x.__class__ is _Tensor or isinstance(x, _Value):
            _traced = True; _node_x = x._node; x = x._array
        elif x.__class__ is not _int:
            x = _plain_array(_primitive, 'x', x)
            if isinstance(x, _Value): _traced = True; _node_x = x._node; x = x._array
            if x is NotImplemented: return NotImplemented
    try:
        y = _function(x)
    except _ERRORS as error:
        raise _explained(error, _primitive, (x,)) from None
    if not _traced: return y
    if y.__class__ is not _ndarray: y = _as_one_array(_primitive, y)
    _dtype = y.dtype
    _node = None
    if (_node_x is not None) and _mode()[0] and (_dtype is _float64 or _dtype is _float32 or _has_numbers(_primitive, _dtype)):
        _edges = ((_node_x, _rule_x, (x,), 'x'),)
        _node = _new(_Node); _node.primitive = _primitive; _node.edges = _edges
        _node.shape = y.shape; _node.dtype = _dtype; _node.number = _next_number()
    elif _dtype is not _float64 and _dtype is not _float32: _has_numbers(_primitive, _dtype)
    _tensor = _new(_Tensor); _tensor._array = y; _tensor._node = _node; _tensor._part = None
    return _tensor
"""

from __future__ import annotations

import inspect
import linecache
import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from ..graph import Node, Value, next_number, tensor_class
from ..primitive import Primitive
from ..safety.modes import mode
from ..safety.operands import (
    ERRORS,
    STRUCTURAL,
    as_arrays,
    as_one_array,
    constant_for_rule,
    explained,
    has_numbers,
    option,
    plain_array,
    refuse_real_dtype,
    shape_of,
)  # fmt: skip
from ..safety.views import may_share_memory
from ..several import separated

__all__ = ["recorder", "recorders", "source"]

recorders: weakref.WeakSet[Any] = weakref.WeakSet()  # all that there are


def recorder(primitive: Primitive) -> Callable[..., Any]:
    """The function that runs `primitive` on arrays and on Tensors, and records it. It is written when it is first called."""
    namespace: dict[str, Any] = {"_write": write_code, "_primitive": primitive}
    made: Any = FunctionType(_unwritten.__code__, namespace, identifier(primitive.name))
    namespace["_itself"] = made
    made.__qualname__ = made.__name__  # which Python's own errors say
    made.__doc__ = primitive.function.__doc__
    made.__module__ = getattr(primitive.function, "__module__", None) or __name__
    made.primitive = primitive
    recorders.add(made)
    return made  # type: ignore[no-any-return]


def _unwritten(*args: Any, **options: Any) -> Any:
    """The body of a recorder before its first call."""
    _write(_itself)  # type: ignore[name-defined]  # noqa: F821
    return _itself(*args, **options)  # type: ignore[name-defined]  # noqa: F821


def write_code(itself: Any) -> None:
    """Give a recorder its own code."""
    primitive = itself.primitive
    text, filename, namespace = source(primitive), f"<recorder of {primitive.name}>", itself.__globals__
    namespace |= {
        "_ERRORS": ERRORS,
        "_array": np.array,
        "_Node": Node,
        "_Tensor": tensor_class(),
        "_Value": Value,
        "_plain_array": plain_array,
        "_explained": explained,
        "_float": float,
        "_float32": np.dtype(np.float32),
        "_float64": np.dtype(np.float64),
        "_function": primitive.function,
        "_int": int,
        "_has_numbers": has_numbers,
        "_mode": mode.get,
        "_ndarray": np.ndarray,
        "_new": object.__new__,
        "_next_number": next_number,
        "_option": option,
        "_refuse_real_dtype": refuse_real_dtype,
        "_parts_of": primitive.parts,
        "_constant_for_rule": constant_for_rule,
        "_selecting": primitive.selecting,
        "_shape_of": shape_of,
        "_may_share_memory": may_share_memory,
        "_as_arrays": as_arrays,
        "_as_one_array": as_one_array,
        "_separated": separated,
        "_unwrapped": unwrapped,
    }
    namespace |= {f"_rule_{argument}": rule for argument, rule in primitive.rules.items()}
    namespace |= {f"_default_{p.name}": p.default for p in primitive.signature.parameters.values()}
    written: dict[str, Any] = {}
    exec(compile(text, filename, "exec"), namespace, written)
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)  # for tracebacks
    body = written[identifier(primitive.name)]
    itself.__defaults__, itself.__kwdefaults__ = body.__defaults__, body.__kwdefaults__
    itself.__code__ = body.__code__


def unwrapped(primitive: Primitive, name: str, values: Any) -> tuple[tuple[Any, ...], tuple[Node | None, ...], bool]:
    """The arrays in a sequence of arrays and Tensors, their nodes, and True if there was a Tensor at all."""
    values = tuple(values)
    nodes = tuple(v._node if isinstance(v, Value) else None for v in values)
    return plain_array(primitive, name, values), nodes, any(isinstance(v, Value) for v in values)


def identifier(name: str) -> str:
    """A name that Python takes for a function: letters, digits and underscores.

    >>> identifier("<lambda>")
    '_lambda_'
    """
    name = "".join(c if c.isalnum() else "_" for c in name)
    return f"_{name}" if name[0].isdigit() else name


# -- the source, part by part -------------------------------------------------------------------------------------


def source(primitive: Primitive) -> str:
    """The recorder of `primitive`, as Python source."""
    parameters = primitive.signature.parameters.values()
    rules = "".join(f"{name}, " for name in primitive.rules).strip()
    lines = [f"def {identifier(primitive.name)}({', '.join(map(written_parameter, parameters))}):", "    _traced = False"]
    for parameter in parameters:
        lines += unwrapping(primitive, parameter)
    lines += numbers_as_arrays(primitive)
    if "dtype" in primitive.signature.parameters:
        known = ", ".join(f"{name!r}: {name}" for name in [*primitive.rules, "dtype"])
        lines += [f"    if dtype is not None: _refuse_real_dtype(_primitive, {{{known}}})"]
    lines += [
        "    try:",
        f"        y = _function({', '.join(map(passed, parameters))})",
        "    except _ERRORS as error:",
        f"        raise _explained(error, _primitive, ({rules})) from {'None' if primitive.defers else 'error'}",
        "    if not _traced: return y",
    ]
    if primitive.several:
        return "\n".join([*lines, *several_lines(primitive)])
    lines += [
        "    if y.__class__ is not _ndarray: y = _as_one_array(_primitive, y)",
        "    _dtype = y.dtype",
        "    _node = None",
        *node_lines(primitive),
        "    _tensor = _new(_Tensor); _tensor._array = y; _tensor._node = _node; _tensor._part = None",
    ]
    owner = owner_of_view(primitive)
    if owner is not None:
        array = f"{owner}[0]" if primitive.is_sequence(owner) else owner
        same = f" or y is {array}" if owner in primitive.rules else ""
        star = "*" if primitive.signature.parameters[owner].kind is inspect.Parameter.VAR_POSITIONAL else ""
        step = f"lambda {star}{owner}: _itself({', '.join(map(passed, parameters))})"
        lines += [f"    if _owner is not None and (y.base is not None{same}): _may_share_memory(_tensor, _owner, {step})"]
    return "\n".join([*lines, "    return _tensor"])


def owner_of_view(primitive: Primitive) -> str | None:
    """The argument of which the result may be a view, if there is one."""
    if not primitive.may_be_view:
        return None
    variadic = [p.name for p in primitive.signature.parameters.values() if p.kind is p.VAR_POSITIONAL]
    alone = [name for name in primitive.rules if len(primitive.rules) == 1 and not primitive.is_sequence(name)]
    return next(iter(variadic + alone), None)


def written_parameter(parameter: inspect.Parameter) -> str:
    """A parameter as it stands in the `def`."""
    name = parameter.name
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{name}"
    return name if parameter.default is parameter.empty else f"{name}=_default_{name}"


def passed(parameter: inspect.Parameter) -> str:
    """A parameter as it is passed on to the function."""
    name = parameter.name
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"*{name}"
    return f"{name}={name}" if parameter.kind is parameter.KEYWORD_ONLY else name


def unwrapping(primitive: Primitive, parameter: inspect.Parameter) -> list[str]:
    """The lines that take an argument out of its Tensor."""
    name = parameter.name
    owner = owner_of_view(primitive) == name
    if name in primitive.rules and primitive.is_sequence(name):
        lines = [f"    _owner = {name}[0] if len({name}) == 1 and isinstance({name}[0], _Value) else None"] if owner else []
        return [
            *lines,
            f"    {name}, _node_{name}, _any = _unwrapped(_primitive, {name!r}, {name})",
            "    _traced = _traced or _any",
        ]
    if name in primitive.rules:
        may_be_none = f" and {name} is not None" if parameter.default is None else ""
        lines = ["    _owner = None"] if owner else []
        remember = f"_owner = {name}; " if owner else ""
        lines += [
            f"    _node_{name} = None",
            f"    if {name}.__class__ is not _ndarray and {name}.__class__ is not _float{may_be_none}:",
            f"        if {name}.__class__ is _Tensor or isinstance({name}, _Value):",
            f"            _traced = True; _node_{name} = {name}._node; {remember}{name} = {name}._array",
            f"        elif {name}.__class__ is not _int:",
            f"            {name} = _plain_array(_primitive, {name!r}, {name})",
            f"            if isinstance({name}, _Value): _traced = True; _node_{name} = {name}._node; {name} = {name}._array",
        ]
        return [*lines, f"            if {name} is NotImplemented: return NotImplemented"] if primitive.defers else lines
    if name == "out":
        return ["    if out is not None: _plain_array(_primitive, 'out', out)"]
    if name in STRUCTURAL:
        return []
    return [f"    if isinstance({name}, _Value): {name} = _option(_primitive, {name!r}, {name})"]


def numbers_as_arrays(primitive: Primitive) -> list[str]:
    """The lines that make an array of a number beside doubles: NumPy computes with it sooner, and a rule reads arrays.

    Other functions than ufuncs may ask what they were given: these are called with the number itself.
    """
    names = list(primitive.rules)
    if len(names) != 2 or not isinstance(primitive.function, np.ufunc):
        return []
    return [
        f"    if {b}.__class__ is _float and _node_{a} is not None and {a}.dtype is _float64: {b} = _array({b})"
        for a, b in (names, names[::-1])
        if b in primitive.reads[a]
    ]


def node_lines(primitive: Primitive) -> list[str]:
    """The lines that make the node, if an argument is tracked and calls are recorded."""
    if not primitive.rules:
        return []
    (alone,) = primitive.rules if len(primitive.rules) == len(primitive.signature.parameters) == 1 else (None,)
    shape = f"_node_{alone}.shape" if alone and primitive.elementwise else "y.shape"  # one tuple for both
    masked = "where" in primitive.signature.parameters
    made_by = "_primitive if where is _default_where else _selecting" if masked else "_primitive"
    return [
        f"    if ({tracked_test(primitive)}) and _mode()[0] and "
        "(_dtype is _float64 or _dtype is _float32 or _has_numbers(_primitive, _dtype)):",
        *(f"        {line}" for line in edge_lines(primitive)),
        f"        _node = _new(_Node); _node.primitive = {made_by}; _node.edges = _edges",
        f"        _node.shape = {shape}; _node.dtype = _dtype; _node.number = _next_number()",
        "    elif _dtype is not _float64 and _dtype is not _float32: _has_numbers(_primitive, _dtype)",
    ]


def several_lines(primitive: Primitive) -> list[str]:
    """The lines that make a node for the call and one for each result, where there are several."""
    return [
        "    _results = y; y = _as_arrays(_primitive, y); _edges = ()",
        f"    if ({tracked_test(primitive)}) and _mode()[0]:",
        *(f"        {line}" for line in edge_lines(primitive)),
        "    return _separated(_primitive, _results, y, _edges)",
    ]


def tracked_test(primitive: Primitive) -> str:
    """True if an argument is tracked, as an expression."""
    return " or ".join(
        f"any(n is not None for n in _node_{name})" if primitive.is_sequence(name) else f"_node_{name} is not None"
        for name in primitive.rules
    )


def edge_lines(primitive: Primitive) -> list[str]:
    """The lines that make one edge for each tracked argument."""
    names = list(primitive.rules)
    if len(names) == 1 and not primitive.is_sequence(names[0]):
        return [f"_edges = (({edge(primitive, names[0])}),)"]
    if len(names) == 2 and not any(map(primitive.is_sequence, names)):
        a, b = names
        edge_a, edge_b = edge(primitive, a), edge(primitive, b)
        return [
            f"if _node_{b} is None: _edges = (({edge_a}),)",
            f"elif _node_{a} is None: _edges = (({edge_b}),)",
            f"else: _edges = (({edge_a}), ({edge_b}))",
        ]
    lines = ["_edges = []"]
    lines += [f"_shapes_of_{a} = tuple(map(_shape_of, {a}))" for a in names if primitive.is_sequence(a)]
    if primitive.parts is not None:
        lines += [f"_parts = _parts_of({', '.join(saved_value(primitive, '', name) for name in primitive.reads['parts'])})"]
    for name in names:
        node = f"_node_{name}"
        if primitive.is_sequence(name):
            lines += [f"_edges += [({edge(primitive, name)}) for i, {node} in enumerate({node}) if {node} is not None]"]
        else:
            lines += [f"if {node} is not None: _edges.append(({edge(primitive, name)}))"]
    return lines


def edge(primitive: Primitive, argument: str) -> str:
    """The edge for `argument`, as an expression."""
    values = "".join(f"{saved_value(primitive, argument, name)}, " for name in primitive.reads[argument]).strip()
    label = f"({argument!r}, i)" if primitive.is_sequence(argument) else repr(argument)
    return f"_node_{argument}, _rule_{argument}, ({values}), {label}"


def saved_value(primitive: Primitive, argument: str, name: str) -> str:
    """The value under `name` for the rule for `argument`, as an expression."""
    if name == "part":
        return "_parts[i]"
    if name in ("y", "i", argument):
        return name
    if name in primitive.signature.parameters:
        constant = name in primitive.rules and not primitive.is_sequence(name)
        made = "_constant_for_rule" if primitive.signature.parameters[name].default is None else "_array"
        return f"{name} if {name}.__class__ is _ndarray else {made}({name}, _dtype)" if constant else name
    if name == "memo":
        return "{}"
    shaped = name.removesuffix("_shape")
    if shaped != "y" and primitive.is_sequence(shaped):
        return f"_shapes_of_{shaped}"
    return f"{shaped}.shape" if shaped in ("y", argument) else f"_shape_of({shaped})"

"""A primitive is a function with its rules; from its signature a recorder is written, which runs it on Tensors.

The recorder is ordinary Python, generated once (as dataclasses generate `__init__`), because unpacking `*args`
in a general one would take longer than NumPy takes to multiply. Read what it does:

>>> import autograd_lite as ag
>>> print(ag.primitive(np.sin, x=lambda g, x: g * np.cos(x)).source)
def sin(x):
    _traced = False
    _node_x = None
    if x.__class__ is not _ndarray:
        if x.__class__ is _Tensor or isinstance(x, _Tensor):
            _traced = True; _node_x = x._node; x = x._array
        elif x.__class__ is not _float and x.__class__ is not _int:
            x = _operand(x)
            if x is NotImplemented: return NotImplemented
    try:
        y = _function(x)
    except _ERRORS as error:
        raise _explained(error, _primitive, (x,)) from None
    if not _traced: return y
    if y.__class__ is not _ndarray: y = _single(_primitive, y)
    _dtype = y.dtype
    _node = None
    if (_node_x is not None) and _mode()[0] and (_dtype is _float64 or _dtype is _float32 or _is_float(_dtype)):
        _edges = ((_node_x, _rule_x, (x,), 'x'),)
        _shape = _node_x.shape
        _node = _new(_Node); _node.edges = _edges; _node.shape = _shape; _node.dtype = _dtype
        _node.primitive = _primitive; _node.number = _next_number()
    _tensor = _new(_Tensor); _tensor._array = y; _tensor._node = _node
    return _tensor
"""

from __future__ import annotations

import copy
import inspect
import linecache
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .engine import Node, _mode, next_number

__all__ = ["Primitive"]

Rule = Callable[..., Any]
STRUCTURAL = {"axis", "axes", "dtype", "keepdims", "order", "shape", "copy", "casting", "optimize", "subok"}  # never Tensors
ERRORS = (np.exceptions.AxisError, ValueError, TypeError, IndexError)


class Primitive:
    """A function, its signature, a rule for each differentiable argument, and the names that each rule reads.

    A rule's first argument is `g`, the gradient of the output. The others are read from the call when it is recorded:
    `y` is the output, an argument's or option's name is its value, `x_shape` the shape of argument `x`, and
    `i` says that the argument is a sequence of arrays and the rule is for the i-th; `part` is the i-th of what the
    primitive's `parts` computed.

    What the backward pass wants to know: `elementwise`, each element of the result depends on one element of each
    argument; `selects`, some elements may not reach the result at all; `moves`, elements only change places; `root`, it is
    the square root; `into`, the rules that can add to a buffer of the pass instead of returning an array.

    Raises
    ------
    TypeError
        A rule is for no argument or reads a name that the function does not have, or a name is reserved.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        rules: Mapping[str, Rule],
        signature: str | inspect.Signature | None = None,
        name: str | None = None,
        *,
        elementwise: bool = False,
        selects: bool = False,
        moves: bool = False,
        root: bool = False,
        into: dict[str, Callable[..., Any]] | None = None,
        defers: bool = False,
        parts: Callable[..., Any] | None = None,
    ) -> None:
        self.function = function
        self.parts = parts
        self.elementwise = elementwise
        self.selects = selects
        self.moves = moves or elementwise or selects
        self.root = root
        self.into = into
        self.defers = defers
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.signature = parse(signature) if isinstance(signature, str) else signature or signature_of(function, self.name)
        self.rules = dict(rules)
        self.reads = {argument: self._names_read(argument, rule) for argument, rule in self.rules.items()}

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.signature}, rules for {', '.join(self.rules) or 'nothing'}>"

    def _names_read(self, argument: str, rule: Rule) -> tuple[str, ...]:
        parameters = self.signature.parameters
        reserved = [
            name for name in parameters if name in ("g", "y", "i", "part") or name.startswith("_") or name.endswith("_shape")
        ]
        if reserved:
            raise TypeError(
                f"{self.name}: an argument cannot be called {reserved[0]!r}: rules read g (the gradient of the output), "
                f"y (the output), i (the position in a sequence) and names ending in _shape. Rename it."
            )
        if argument not in parameters:
            raise TypeError(f"{self.name}: a rule is given for {argument!r}, but its arguments are {', '.join(parameters)}.")
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            raise TypeError(
                f"{self.name}: options are declared by name, so **options cannot be. Wrap it in a function that names them."
            )
        first, *names = inspect.signature(rule).parameters
        known = {"y", "i", "part", *parameters, *(f"{p}_shape" for p in parameters), "y_shape"}
        unknown = [name for name in names if name not in known]
        if first != "g" or unknown:
            what = f"cannot read {unknown[0]!r}" if unknown else f"begins with {first!r}"
            raise TypeError(
                f"{self.name}: the rule for {argument} {what}. A rule takes g first and then any of y, "
                f"{', '.join(parameters)}, or one of these with _shape behind it."
            )
        return tuple(names)

    def is_sequence(self, argument: str) -> bool:
        """Whether `argument` is a sequence of arrays: its rule reads `i` or `part`, or it is `*args`."""
        return (
            not {"i", "part"}.isdisjoint(self.reads.get(argument, ()))
            or self.signature.parameters[argument].kind is inspect.Parameter.VAR_POSITIONAL
        )

    @property
    def may_be_view(self) -> bool:
        """Whether the result may be a view of the one array that it is made of."""
        return self.moves and not self.elementwise and self.into is None and [self.is_sequence(a) for a in self.rules] == [False]

    def source(self) -> str:
        """The recorder of this primitive, as Python source."""
        tracked = list(self.rules)
        # NumPy asks the next operand after NotImplemented; a caller of any other function would get it as the result
        own = str(getattr(self.function, "__module__", "numpy")).startswith(("numpy", "autograd_lite"))
        lines = [f"def {identifier(self.name)}({', '.join(map(self._parameter, self.signature.parameters.values()))}):"]
        lines += ["    _traced = False"]
        for name, parameter in self.signature.parameters.items():
            if name in self.rules and self.is_sequence(name):
                if parameter.kind is parameter.VAR_POSITIONAL:  # einsum("ii->i", t) is a view of t
                    lines += [f"    _owner = {name}[0] if len({name}) == 1 else None"]
                lines += [f"    {name}, _node_{name}, _any = _operands({name})", "    _traced = _traced or _any"]
            elif name in self.rules:
                remember = f"_owner = {name}; " if self.may_be_view else ""
                may_be_none = f" and {name} is not None" if parameter.default is None else ""
                lines += [
                    f"    _node_{name} = None",
                    f"    if {name}.__class__ is not _ndarray{may_be_none}:",
                    f"        if {name}.__class__ is _Tensor or isinstance({name}, _Tensor):",
                    f"            _traced = True; _node_{name} = {name}._node; {remember}{name} = {name}._array",
                    f"        elif {name}.__class__ is not _float and {name}.__class__ is not _int:",
                    *(
                        [
                            f"            {name} = _operand({name})",
                            f"            if {name} is NotImplemented: return NotImplemented",
                        ]
                        if own
                        else [f"            {name} = _accepted(_primitive, {name!r}, {name})"]
                    ),
                ]
            elif name == "out":
                lines += ["    if out is not None: raise _refused_out(_primitive)"]
            elif name not in STRUCTURAL:
                lines += [f"    if isinstance({name}, _Tensor): {name} = _option(_primitive, {name!r}, {name})"]
        cause = "None" if own else "error"
        lines += [
            "    try:",
            f"        y = _function({', '.join(map(self._passed, self.signature.parameters.values()))})",
            "    except _ERRORS as error:",
            f"        raise _explained(error, _primitive, ({''.join(f'{name}, ' for name in tracked).strip()})) from {cause}",
            "    if not _traced: return y",
            "    if y.__class__ is not _ndarray: y = _single(_primitive, y)",
            "    _dtype = y.dtype",
            "    _node = None",
        ]
        if tracked:
            # where= is a mask: what it leaves out keeps a gradient of 0
            which = (
                "_primitive if where is _default_where else _selecting" if "where" in self.signature.parameters else "_primitive"
            )
            known_float = "_dtype is _float64 or _dtype is _float32 or _is_float(_dtype)"
            some = " or ".join(
                f"any(n is not None for n in _node_{a})" if self.is_sequence(a) else f"_node_{a} is not None" for a in tracked
            )
            lines += [
                f"    if ({some}) and _mode()[0] and ({known_float}):",
                *(f"        {line}" for line in self._edges(tracked)),
                *(f"        {line}" for line in self._shape_lines(tracked)),
                "        _node = _new(_Node); _node.edges = _edges; _node.shape = _shape; _node.dtype = _dtype",
                f"        _node.primitive = {which}; _node.number = _next_number()",
            ]
        lines += ["    _tensor = _new(_Tensor); _tensor._array = y; _tensor._node = _node"]
        if self.may_be_view:
            (owner,) = tracked
            lines += [f"    if y.base is not None or y is {owner}: _shows(_tensor, _owner, y)"]
        elif any(p.kind is p.VAR_POSITIONAL for p in self.signature.parameters.values()):
            lines += ["    if y.base is not None and isinstance(_owner, _Tensor): _shows(_tensor, _owner, y)"]
        lines += ["    return _tensor"]
        return "\n".join(lines)

    def _shape_lines(self, tracked: list[str]) -> list[str]:
        """The lines that find the shape. Elementwise calls share the tuple of an argument's node where it is the same,
        which tells the backward pass, without a comparison, that no broadcasting has to be undone.
        """
        if not isinstance(self.function, np.ufunc) or self.function.signature is not None:
            return ["_shape = y.shape"]
        if self.function.nin == 1:
            return [f"_shape = _node_{tracked[0]}.shape"]
        lines = ["_shape = y.shape"]
        for argument in tracked:
            node = f"_node_{argument}"
            test = "if" if len(lines) == 1 else "elif"
            lines += [f"{test} {node} is not None and {node}.shape == _shape: _shape = {node}.shape"]
        return lines

    def _edges(self, tracked: list[str]) -> list[str]:
        """The lines that make one edge for each tracked argument."""
        if not any(map(self.is_sequence, tracked)) and len(tracked) <= 2:
            edges = [f"({self._edge(argument)})" for argument in tracked]
            if len(tracked) == 1:
                return [f"_edges = ({edges[0]},)"]
            a, b = tracked
            return [
                f"if _node_{b} is None: _edges = ({edges[0]},)",
                f"elif _node_{a} is None: _edges = ({edges[1]},)",
                f"else: _edges = ({', '.join(edges)})",
            ]
        lines = ["_edges = []"]
        lines += [f"_shapes_of_{a} = tuple(map(_shape_of, {a}))" for a in tracked if self.is_sequence(a)]
        if self.parts is not None:
            lines += [
                f"_parts = _parts_of({', '.join(self._saved('', name) for name in inspect.signature(self.parts).parameters)})"
            ]
        for argument in tracked:
            edge, node = self._edge(argument), f"_node_{argument}"
            if self.is_sequence(argument):
                lines += [f"_edges += [({edge}) for i, {node} in enumerate({node}) if {node} is not None]"]
            else:
                lines += [f"if {node} is not None: _edges.append(({edge}))"]
        return lines

    def _edge(self, argument: str) -> str:
        saved = "".join(f"{self._saved(argument, name)}, " for name in self.reads[argument]).strip()
        label = f"({argument!r}, i)" if self.is_sequence(argument) else repr(argument)
        return f"_node_{argument}, _rule_{argument}, ({saved}), {label}"

    def _saved(self, argument: str, name: str) -> str:
        """The expression for what a rule reads. A Python scalar becomes an array: as a float it would widen float32."""
        if name in ("y", "i", argument):
            return name
        if name == "part":
            return "_parts[i]"
        if name in self.rules:
            if self.is_sequence(name):
                return name
            made = "_constant" if self.signature.parameters[name].default is None else "_array"
            return f"{name} if {name}.__class__ is _ndarray else {made}({name}, _dtype)"
        if name in self.signature.parameters:
            return name
        whose = name.removesuffix("_shape")
        if whose != "y" and self.is_sequence(whose):
            return f"_shapes_of_{whose}"
        return f"{whose}.shape" if whose in ("y", argument) else f"_shape_of({whose})"

    @staticmethod
    def _parameter(parameter: inspect.Parameter) -> str:
        name = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            return f"*{name}"
        return name if parameter.default is parameter.empty else f"{name}=_default_{name}"

    @staticmethod
    def _passed(parameter: inspect.Parameter) -> str:
        name = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            return f"*{name}"
        return f"{name}={name}" if parameter.kind is parameter.KEYWORD_ONLY else name

    def selecting(self) -> Primitive:
        """The same primitive, when an option has made a mask of it."""
        same = copy.copy(self)
        same.selects = same.moves = True
        return same

    def recorder(self, tensor_type: type, shows: Callable[..., Any]) -> Callable[..., Any]:
        """The function that runs this primitive on Tensors of `tensor_type` and on arrays.

        `shows(view, base, part)` is told when the result is a view.
        """
        source = self.source()
        filename = f"<recorder of {self.name}>"
        namespace: dict[str, Any] = {
            "_ERRORS": ERRORS,
            "_Node": Node,
            "_Tensor": tensor_type,
            "_accepted": accepted,
            "_array": np.array,
            "_constant": constant,
            "_explained": explained,
            "_float": float,
            "_float32": np.dtype(np.float32),
            "_float64": np.dtype(np.float64),
            "_function": self.function,
            "_int": int,
            "_is_float": is_float,
            "_mode": _mode.get,
            "_ndarray": np.ndarray,
            "_next_number": next_number,
            "_new": object.__new__,
            "_operand": operand,
            "_operands": lambda values: operands(self.name, values, tensor_type),
            "_option": option,
            "_parts_of": self.parts,
            "_primitive": self,
            "_refused_out": refused_out,
            "_shape_of": np.shape,
            "_selecting": self.selecting(),
            "_shows": shows,
            "_single": single,
        }
        namespace |= {f"_rule_{argument}": rule for argument, rule in self.rules.items()}
        namespace |= {f"_default_{p.name}": p.default for p in self.signature.parameters.values()}
        exec(compile(source, filename, "exec"), namespace)
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)  # for tracebacks
        record: Callable[..., Any] = namespace[identifier(self.name)]
        record.__doc__ = self.function.__doc__
        record.__module__ = getattr(self.function, "__module__", None) or __name__
        record.source = source  # type: ignore[attr-defined]
        record.primitive = self  # type: ignore[attr-defined]
        return record


def identifier(name: str) -> str:
    """A name that Python takes for a function: letters, digits and underscores.

    >>> identifier("<lambda>")
    '_lambda_'
    """
    name = "".join(c if c.isalnum() else "_" for c in name)
    return f"_{name}" if name[0].isdigit() else name


def signature_of(function: Callable[..., Any], name: str) -> inspect.Signature:
    """The signature that Python knows of `function`; ufuncs have `x` or `a, b`."""
    if isinstance(function, np.ufunc):
        return parse("x" if function.nin == 1 else ", ".join("abcdefgh"[: function.nin]))
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        raise TypeError(
            f"{name}: Python does not know its arguments (it is compiled). Wrap it: "
            f"'def {identifier(name)}(x): return ...', and declare that."
        ) from None


def parse(signature: str) -> inspect.Signature:
    """A signature written as in a `def`; a default of `_` means that NumPy is not given the option at all.

    >>> parse("x, axis=None, *, keepdims=False")
    <Signature (x, axis=None, *, keepdims=False)>
    """
    return inspect.signature(eval(f"lambda {signature}: None", {"_": np._NoValue}))


def is_float(dtype: np.dtype[Any]) -> bool:
    """Whether values of `dtype` have derivatives here: real floating point. Complex numbers are refused.

    >>> is_float(np.dtype("float32")), is_float(np.dtype(int))
    (True, False)
    """
    if dtype.kind == "c":
        raise TypeError("complex Tensors are not supported: compute with the real and the imaginary part as two real Tensors.")
    return dtype.kind == "f"


def single(primitive: Primitive, value: Any) -> Any:
    """The result of a function as an array: NumPy gives scalars for 0-d arrays."""
    if isinstance(value, (np.ndarray, np.generic, float, int)):
        return np.asarray(value)
    raise TypeError(
        f"{primitive.name} returned a {type(value).__name__}: a primitive returns one array. Declare one for each result, "
        f"or write the function with NumPy's, which need no declaration."
    )


def operand(value: Any) -> Any:
    """An argument that is no Tensor as NumPy would take it; `NotImplemented` for what it should not take.

    Python scalars pass through unconverted (NEP 50: they have no dtype of their own).
    """
    if value.__class__ in (float, int, bool):
        return value
    if isinstance(value, (np.ma.MaskedArray, np.matrix)):
        return NotImplemented  # the mask, or the matrix product that * means, would be lost
    if isinstance(value, (np.ndarray, np.generic, list, tuple, float, int)):
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return array
        is_float(array.dtype)
        return NotImplemented
    if isinstance(value, complex):
        is_float(np.dtype(complex))
    return NotImplemented


def accepted(primitive: Primitive, name: str, value: Any) -> Any:
    """The argument `name` of a function that is nobody's protocol, as NumPy would take it; raises for what is no numbers."""
    array = operand(value)
    if array is NotImplemented:
        kind = type(value).__name__
        raise TypeError(
            f"{primitive.name}: {name} is a {kind}{f' of {value.dtype}' if isinstance(value, np.ndarray) else ''}, which records "
            f"nothing. Pass real numbers, none of them masked, such as np.asarray({name}, float)."
        )
    return array


def operands(name: str, values: Any, tensor_type: type) -> tuple[tuple[Any, ...], tuple[Node | None, ...], bool]:
    """The arrays in a sequence of arrays and Tensors, their nodes, and whether there was a Tensor at all."""
    values = tuple(values)
    tensors = [isinstance(v, tensor_type) for v in values]
    arrays = tuple(v._array if is_tensor else operand(v) for v, is_tensor in zip(values, tensors, strict=True))
    for value, array in zip(values, arrays, strict=True):
        if array is NotImplemented:
            raise TypeError(f"{name}: cannot join a Tensor with a {type(value).__name__}: {value!r:.60}. Pass real numbers.")
    nodes = tuple(v._node if is_tensor else None for v, is_tensor in zip(values, tensors, strict=True))
    return arrays, nodes, any(tensors)


def constant(value: Any, dtype: np.dtype[Any]) -> Any:
    """What a rule reads of an argument that was a Python scalar or None: an array of the result's dtype, or None."""
    return None if value is None else np.array(value, dtype)


def option(primitive: Primitive, name: str, tensor: Any) -> Any:
    """The array of a Tensor given where there is no derivative; refused if that would lose one."""
    if tensor._node is not None and _mode.get()[0]:
        raise TypeError(
            f"{primitive.name}: there is no derivative with respect to {name!r}, and the Tensor given for it requires grad. "
            f"Write {name}=t.detach() if it is meant as a constant."
        )
    return tensor._array


def refused_out(primitive: Primitive) -> TypeError:
    return TypeError(
        f"{primitive.name}: out= is not supported: a Tensor is the result of one call. Write t = np.{primitive.name}(...)."
    )


def explained(error: Exception, primitive: Primitive, arrays: tuple[Any, ...]) -> Exception:
    """NumPy's error with the operation's name and the shapes or dtypes; about shapes, in our own words."""
    kind = next((k for k in ERRORS if isinstance(error, k)), ValueError)
    flat = [a for group in arrays for a in (group if isinstance(group, tuple) else (group,))]
    shown = ", ".join(f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else f"{a!r:.40}" for a in flat)
    what = str(error)
    if "core dimension" in what:
        a, b = (np.shape(x) for x in flat[:2])
        what = f"the shapes {a} and {b} do not fit: the last axis of the first must be as long as the last but one of the second"
    elif "could not be broadcast" in what and isinstance(primitive.function, np.ufunc):
        shapes = " and ".join(str(np.shape(x)) for x in flat)
        what = f"the shapes {shapes} do not fit: counted from the last, each two axes must be equal, or one of them 1"
    return kind(f"{primitive.name} of {shown}: {what}")

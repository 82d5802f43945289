"""Declarations: a user's rules are held to their contract, at the declaration and at each call, and refused in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Value, wrap
from ..several import Several
from .operands import STRUCTURAL, refuse_no_array

__all__ = ["guarded", "refuse_misfit", "signature_of"]


def signature_of(function: Callable[..., Any]) -> str | inspect.Signature:
    """The signature that Python knows of `function`; ufuncs have `x` or `a, b`."""
    if isinstance(function, np.ufunc):
        return "x" if function.nin == 1 else ", ".join("abcdefgh"[: function.nin])
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        name = function.__name__
        raise TypeError(
            f"{name}: Python does not know its arguments (it is compiled). Wrap it, 'def {name}(x): return ...', and "
            f"declare that."
        ) from None


def refuse_misfit(primitive: Any) -> None:
    """Raise if a rule is for no argument or reads a name that the function does not have, or if a name is reserved."""
    name, parameters = primitive.name, primitive.signature.parameters
    reserved = [p for p in parameters if p in ("g", "y", "i", "part") or p.startswith("_") or p.endswith("_shape")]
    if reserved:
        raise TypeError(
            f"{name}: an argument cannot be called {reserved[0]!r}: rules read g (the gradient of the output), "
            f"y (the output), i (the position in a sequence) and names ending in _shape. Rename it."
        )
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        raise TypeError(f"{name}: options are declared by name, so **options cannot be. Wrap it in a function that names them.")
    known = {"y", "i", "part", *parameters, *(f"{p}_shape" for p in parameters)}
    known |= set() if primitive.several else {"y_shape"}
    for argument, rule in primitive.rules.items():
        if argument not in parameters:
            raise TypeError(f"{name}: a rule is given for {argument!r}, but its arguments are {', '.join(parameters)}.")
        first, *others = inspect.signature(rule).parameters
        unknown = [read for read in others if read not in known]
        if first != "g" or unknown:
            what = f"cannot read {unknown[0]!r}" if unknown else f"begins with {first!r}"
            raise TypeError(
                f"{name}: the rule for {argument} {what}. A rule takes g first and then any of y, "
                f"{', '.join(parameters)}, or one of these with _shape behind it."
            )
        refuse_intermediates(name, argument, rule)


def refuse_intermediates(name: str, argument: str, rule: Any) -> None:
    """Raise if a rule keeps a computed Tensor from outside: second derivatives would take it for a constant."""
    names = getattr(getattr(rule, "__code__", None), "co_freevars", ())
    for variable, cell in zip(names, getattr(rule, "__closure__", None) or (), strict=True):
        try:
            kept = cell.cell_contents
        except ValueError:  # it is assigned later
            continue
        for value in kept if isinstance(kept, (list, tuple)) else (kept,):
            if isinstance(value, Value) and not value.is_leaf:
                raise TypeError(
                    f"{name}: the rule for {argument} keeps {variable!r}, a Tensor that was computed outside of it, whose "
                    f"gradient would be lost. Compute it from {argument} inside the rule, or make it an argument of {name}."
                )


# -- rules at each call -------------------------------------------------------------------------------------------


def guarded(primitive: Any, argument: str, rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, which reads the shapes of the call besides: its arrays are read-only, its result is judged by `as_gradient`."""
    reads = tuple(inspect.signature(rule).parameters)[1:]
    shape, sequence = f"{argument}_shape", primitive.is_sequence(argument)
    several = sequence or len(primitive.rules) > 1
    options = (name for name in primitive.signature.parameters if name != argument and name not in STRUCTURAL)
    others = () if several else tuple(f"{name}_shape" for name in options)
    own_result = () if primitive.several else ("y_shape", *others)  # one, to whose shape the call may have broadcast
    names = tuple(dict.fromkeys((*reads, *(("i",) if sequence else ()), shape, *own_result)))
    n, at = len(reads), {name: k for k, name in enumerate(names)}

    def guarded_rule(g: Any, *saved: Any) -> Any:
        try:
            found = rule(read_only(g), *map(read_only, saved[:n]))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(
                f"the rule of {primitive.name!r} for {argument!r} writes into an array that it was given, which others read too: "
                f"{error}. Make a new one, as in g = g * x, or work on a copy, g = g.copy()."
            ) from error
        own = saved[at[shape]][saved[at["i"]]] if sequence else saved[at[shape]]
        y_shape = saved[at["y_shape"]] if own_result else own
        stretched = own != getattr(found, "shape", own) == y_shape and broadcasts(own, y_shape)
        if stretched and (several or any(broadcasts(own, y_shape, saved[at[name]]) for name in others)):
            own = y_shape  # the call has broadcast the argument, which is undone for all rules
        is_complex = any(np.iscomplexobj(x) for x in saved[:n] if x.__class__ is np.ndarray or isinstance(x, Value))
        one = next(iter(g)) if primitive.several else g
        return as_gradient(primitive, argument, one, found, own, is_complex or g.dtype.kind == "c")

    guarded_rule.__name__ = f"rule_of_{primitive.name}_for_{argument}"
    guarded_rule.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("g", *names)]
    )
    guarded_rule.__wrapped__ = rule  # type: ignore[attr-defined]  # for those who look for its source
    return guarded_rule


def read_only(value: Any) -> Any:
    """The same array, Tensor, tuple or gradients of these, through which nothing can be written."""
    if value.__class__ is np.ndarray:
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, Value):
        return wrap(read_only(value._array), value._node)
    if value.__class__ is Several:
        return Several({k: read_only(part) for k, part in value.parts.items()}, value.dtype)
    return tuple(map(read_only, value)) if value.__class__ is tuple else value


def as_gradient(primitive: Any, argument: str, g: Any, found: Any, own: Any, is_complex: bool = False) -> Any:
    """The result of a rule, if it is a gradient: of floating point, of the argument's shape, with the history of `g`."""
    rule = f"the rule of {primitive.name!r} for {argument!r}"
    if isinstance(found, Value) and not isinstance(g, Value):
        if found._node is not None:
            raise TypeError(
                f"{rule} returned a Tensor that requires grad, though it was given arrays: it uses a Tensor from outside, whose "
                f"gradient would be lost. Make that an argument of {primitive.name}; for a constant write t.detach().numpy()."
            )
        found = found._array
    if not isinstance(found, (np.ndarray, np.generic, Value)) or isinstance(found, (np.ma.MaskedArray, np.matrix)):
        raise refuse_no_array(primitive, argument, found, own)
    if found.dtype.kind != "f" and not (is_complex and found.dtype.kind == "c"):
        instead = {"c": "np.real(...)", "O": "a.astype(float) inside the rule"}.get(found.dtype.kind, "it as a multiple of g")
        raise TypeError(f"{rule} returned an array of {found.dtype}, not of floating-point numbers as g is. Write {instead}.")
    if found.shape != own:
        raise ValueError(
            f"{rule} returned shape {found.shape}, but {argument} has shape {own}. Reduce it over the other axes, as in "
            f"np.sum(..., axis=0), or repeat it, as in np.broadcast_to(g, {argument}_shape)."
        )
    if isinstance(g, Value) and g._node is not None and not (isinstance(found, Value) and found._node is not None):
        array = found._array if isinstance(found, Value) else found
        if np.any(array):
            raise TypeError(
                f"{rule} does not remember how it used g, so that second derivatives would lose it. Write it with NumPy's "
                f"functions of g, without .item(), .data and .detach()."
            )
    return found if isinstance(found, Value) else np.asarray(found).view()  # a view: the array may be another one's, too


def broadcasts(own: Any, y_shape: Any, other: Any = None) -> bool:
    """True if broadcasting stretches `own` to `y_shape`; with another shape, if it is that one which stretches it.

    >>> broadcasts((3,), (2, 3)), broadcasts((3,), (2, 3), (2, 1)), broadcasts((3,), (2, 3), (3,))
    (True, True, False)
    """
    try:
        return bool(np.broadcast_shapes(own, y_shape if other is None else other) == y_shape)
    except ValueError:
        return False

"""Declarations: a user's function is refused, in words, where its rules do not fit its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["refuse_misfit", "signature_of"]


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
    known = {"y", "i", "part", "y_shape", *parameters, *(f"{p}_shape" for p in parameters)}
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

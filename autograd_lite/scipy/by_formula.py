"""Functions that SciPy computes and a formula differentiates: the value is SciPy's to the bit, the derivative the formula's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..functions import cast, conj
from ..primitive import Primitive, parse
from ..speed.recorder import recorder
from ..transforms import vjp

__all__ = ["by_formula"]


def by_formula(
    name: str, value: Callable[..., Any], formula: Callable[..., Any], signature: str | inspect.Signature,
    constants: Collection[str] = (), several: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """The function `value` of arrays, with the derivatives of `formula`, the same function of recorded calls.

    Both take the parameters of `signature`. There is no derivative by those in `constants`: a Tensor that requires grad is
    refused there by name. With `several` both return a tuple. A rule pulls the gradient back through the formula, and so has
    derivatives as the formula has.

    >>> import numpy as np, autograd_lite as ag
    >>> square = by_formula("square", np.square, lambda x: x * x, "x")
    >>> ag.grad(ag.grad(square))(3.0)
    array(2.)
    """
    parsed = parse(signature) if isinstance(signature, str) else signature
    names = list(parsed.parameters)

    def rule_for(argument: str) -> Callable[..., Any]:
        def rule(g: Any, y: Any, *saved: Any) -> Any:
            at = dict(zip(names, saved, strict=True))

            def of_argument(x: Any) -> Any:
                found = formula(**{**at, argument: x})
                return tuple(cast(part, of.dtype) for part, of in zip(found, y, strict=True)) if several else cast(found, y.dtype)

            given = tuple(np.zeros_like(of) if g[k] is None else g[k] for k, of in enumerate(y)) if several else (g,)
            given = tuple(map(conj, given))
            return conj(vjp(of_argument, at[argument])[1](given if several else given[0])[0])  # the engine has the conjugates

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        rule.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in ("g", "y", *names)])  # type: ignore[attr-defined]
        return rule

    rules = {n: rule_for(n) for n in names if n not in constants}
    made = recorder(Primitive(value, rules, parsed, name, several=several))
    made.__name__ = made.__qualname__ = name
    return made

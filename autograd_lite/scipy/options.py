"""SciPy's own options: a function with derivatives honours them, or refuses by name those that it has no derivative for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from ..graph import is_tracked
from ..safety.modes import is_grad_enabled
from ..safety.operands import holds_tensors, values_of
from .by_formula import by_formula

__all__ = ["by_scipys_formula", "handed_through", "with_options"]

PASSED = ("check_finite", "lapack_driver", "driver", "method", "balanced")  # SciPy's ways to the same result
UNUSED = ("lwork", "disp", "blocksize")  # permissions, and what is said on the way


def with_options(function: Callable[..., Any], recorded: Callable[..., Any], known: Collection[str]) -> Callable[..., Any]:
    """`recorded` in the place of SciPy's `function` where it is given Tensors, with those of SciPy's options that are `known`.

    A permission to overwrite arguments is not made use of then. Other options are refused, unless they have SciPy's default, or
    nothing requires grad: then SciPy is given the values.

    >>> import numpy as np, autograd_lite as ag
    >>> def doubled(a, overwrite_a=False, twice=False): return 2 * a
    >>> with_options(doubled, lambda a: 2 * a, ["a"])(ag.tensor(1.0, requires_grad=True), twice=True)
    Traceback (most recent call last):
    TypeError: doubled: the option twice=True has no derivative here. Leave it out, or hand over t.detach().numpy().
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def with_tensors(*args: Any, **options: Any) -> Any:
        if not (holds_tensors(args) or any(map(holds_tensors, options.values()))):
            return function(*args, **options)
        given = signature.bind(*args, **options).arguments
        for name, value in given.items():
            if not (name in known or name in UNUSED or name.startswith("overwrite_")):
                default = signature.parameters[name].default
                if value is not default and not (isinstance(value, (bool, int, float, str)) and value == default):
                    if not (is_grad_enabled() and any(map(is_tracked, (*args, *options.values())))):
                        return function(*map(values_of, args), **{name: values_of(x) for name, x in options.items()})
                    raise TypeError(
                        f"{function.__name__}: the option {name}={value!r:.40} has no derivative here. Leave it out, or hand "
                        f"over t.detach().numpy()."
                    )
        return recorded(**{name: value for name, value in given.items() if name in known})

    return with_tensors


def by_scipys_formula(
    function: Callable[..., Any], formula: Callable[..., Any], arrays: Collection[str], several: bool = False
) -> Callable[..., Any]:
    """SciPy's `function`, differentiated by `arrays`; `formula` takes these and the options that its result depends on."""
    name, signature, read = function.__name__, inspect.signature(function), inspect.signature(formula).parameters
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    kept = [p.replace(kind=kind) for p in signature.parameters.values() if p.name in read or p.name in PASSED]
    known = [p.name for p in kept]

    def value(*given: Any) -> Any:
        bound = signature.bind(**dict(zip(known, given, strict=True)))
        found = function(*bound.args, **bound.kwargs)  # some of SciPy's take their arrays by position alone
        return tuple(found) if several else found  # of stacks they return a list

    def of_given(**given: Any) -> Any:
        return formula(**{name: given[name] for name in read if name in given})

    constants = [name for name in known if name not in arrays]
    recorded = by_formula(name, value, of_given, inspect.Signature(kept), constants, several)
    return with_options(function, recorded, known)


def handed_through(module: str, found: Any, instead: Mapping[str, str]) -> Any:
    """One of SciPy's objects as it is; a function refuses, by its name, Tensors that require grad, and takes values of others."""
    if not isinstance(found, (FunctionType, BuiltinFunctionType, MethodType)):
        return found

    @functools.wraps(found)
    def of_values(*args: Any, **options: Any) -> Any:
        if is_grad_enabled() and any(map(is_tracked, (*args, *options.values()))):
            name = found.__name__
            better = f"Write {instead[name]}; or give" if name in instead else "Write it with functions that have one; or give"
            raise TypeError(
                f"{module}.{name} has no derivative here. {better} it the bare values, t.detach().numpy(), or declare it: "
                f"own = ag.primitive({module}.{name}, x=lambda g, x: ...)."
            )
        return found(*map(values_of, args), **{name: values_of(value) for name, value in options.items()})

    return of_values

"""The public door: a function of arrays becomes a primitive, with its rules and, if wanted, a check of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .primitive import Primitive
from .tensor import Tensor, shows
from .transforms import vjp

__all__ = ["primitive"]


def primitive(
    function: Callable[..., Any],
    /,
    *,
    elementwise: bool = False,
    selects: bool = False,
    check: Sequence[Any] | None = None,
    **rules: Callable[..., Any],
) -> Callable[..., Any]:
    """Declare a function of arrays with its derivative, so that it records when it is given Tensors.

    Parameters
    ----------
    function
        Takes arrays (and options) and returns one array. It may be compiled, and need not know Tensors.
    elementwise
        Each element of the result depends on one element of each argument. Then it contributes 0 where the gradient of its
        result is 0 behind a mask, also where its derivative is infinite or nan.
    selects
        Some elements may not reach the result at all: it is such a mask itself, as `np.where` and `np.maximum` are.
    check
        Arguments at which the rules are compared with numerical derivatives, here and now.
    **rules
        For each differentiable argument, by name, a function that returns the gradient of the argument. Its first
        argument is `g`, the gradient of the output; the others are read by name: `y` the output, an argument or
        option of `function`, `x_shape` the shape of argument `x`. Written with NumPy's functions and others
        declared like this, it has derivatives of every order.

    Returns
    -------
    callable
        Given arrays alone it returns what `function` returns; given a Tensor it returns a Tensor.

    Raises
    ------
    TypeError
        A rule is for no argument, or reads what the function does not have.
    ValueError
        A rule does not agree with the numerical derivative at `check`.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> cube = ag.primitive(lambda x: x**3, x=lambda g, x: g * 3 * x**2, check=[np.array([1.0, 2.0])])
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    array(12.)
    """
    if not rules:
        raise TypeError("primitive: give a rule for each differentiable argument, as in ag.primitive(f, x=lambda g, x: ...).")
    declared = Primitive(function, rules, elementwise=elementwise, selects=selects)
    recorder = declared.recorder(Tensor, shows)
    if check is not None:
        compare(recorder, declared, list(check))
    return recorder


def compare(recorder: Callable[..., Any], declared: Primitive, args: list[Any]) -> None:
    """Raise if a rule and the slope of <g, f(x + t v)> at t = 0 differ; central differences, extrapolated once."""
    rng = np.random.default_rng(0)
    names = list(declared.signature.parameters)
    missing = [name for name in declared.rules if declared.is_sequence(name) or names.index(name) >= len(args)]
    if missing:
        raise TypeError(f"{declared.name}: check gives no array for the argument {missing[0]!r}; it goes by position.")
    for name in declared.rules:
        i = names.index(name)
        x = np.asarray(args[i], float)

        def f(x: Any, i: int = i) -> Any:
            return recorder(*args[:i], x, *args[i + 1 :])

        value, pullback = vjp(f, x)
        g, v = rng.uniform(0.5, 1, np.shape(value)), rng.uniform(0.5, 1, x.shape) * (1 + np.abs(x))

        def slope(h: float, f: Any = f, x: Any = x, g: Any = g, v: Any = v) -> float:
            return float(np.sum(g * (f(x + h * v) - f(x - h * v))) / (2 * h))

        numerical = (4 * slope(5e-4) - slope(1e-3)) / 3
        terms = np.multiply(pullback(g)[0], v)
        if not abs(np.sum(terms) - numerical) <= 1e-5 * (np.sum(np.abs(terms)) + abs(numerical)) + 1e-9 * np.sum(
            np.abs(g * value)
        ):
            raise ValueError(
                f"{declared.name}: the rule for {name!r} gives {float(np.sum(terms)):.9g} in a random direction at the arguments "
                f"of check, but the function changes by {numerical:.9g}."
            )

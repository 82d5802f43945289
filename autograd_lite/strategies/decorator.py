"""The decorator `gradient_test`: a property test of a gradient in one line."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ..check import GradientError, check_gradients

__all__ = ["gradient_test"]

SETTINGS = "_hypothesis_internal_use_settings"  # where `@settings` keeps them, above or below


def gradient_test(*strategies: st.SearchStrategy[Any], **named: Any) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Turn a function into a test of its gradients, at arguments that the strategies draw: a decorator.

    Parameters
    ----------
    *strategies
        One for each argument of the function; or a single one that draws the tuple of all arguments.
    **named
        Strategies for the arguments by their names; and options of `ag.check_gradients`, such as `gradient=` or `order=2`.

    Returns
    -------
    callable
        A decorator. The test has the function's name and takes no arguments: pytest finds it, and it can be called. If a
        derivative is wrong, it raises `ag.GradientError`, with the simplest arguments that hypothesis finds. Arguments at
        which the function does not show its derivative are drawn anew, as with `hypothesis.assume`. There is no deadline,
        unless `@hypothesis.settings(deadline=...)` sets one.

    Raises
    ------
    TypeError
        There is no strategy; some strategies have names and others not; or they are not for the first arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import strategies
    >>> @strategies.gradient_test(x=strategies.arrays(), w=strategies.arrays((), elements=strategies.between(1, 2)))
    ... def test_softplus(x, w):
    ...     return np.logaddexp(0, w * x) / w
    >>> test_softplus()
    >>> strategies.gradient_test(strategies.broadcastable_arrays(np.matmul.signature))(np.matmul)()
    """
    by_name = {name: value for name, value in named.items() if isinstance(value, st.SearchStrategy)}
    options = {name: value for name, value in named.items() if name not in by_name}
    if bool(strategies) == bool(by_name):
        raise TypeError("gradient_test: give strategies for the arguments, either in their order or by their names.")
    raises = options.pop("raise_", True)
    options["raise_"] = False
    in_order = strategies[0] if len(strategies) == 1 else st.tuples(*strategies)

    def decorate(function: Callable[..., Any]) -> Callable[[], None]:
        order = argument_order(function, by_name)

        @functools.wraps(function)
        def test(**drawn: Any) -> None:
            values = tuple(drawn[name] for name in order) if by_name else drawn["arguments"]
            result = check_gradients(function, *(values if isinstance(values, tuple) else (values,)), **options)
            assume(result.ok or not result.undecided)
            if not result.ok and raises:
                raise GradientError(result)

        del test.__wrapped__  # or hypothesis and pytest would read the function's arguments
        return without_deadline(given(**(by_name or {"arguments": in_order}))(test))

    return decorate


def without_deadline(test: Callable[[], None]) -> Callable[[], None]:
    """The test without the deadline that hypothesis has by default; settings may stand above it or below."""

    @functools.wraps(test)
    def patient() -> None:
        vars(test).update({name: value for name, value in vars(patient).items() if name != "__wrapped__"})
        default = settings()
        chosen = getattr(test, SETTINGS, None) or default
        if chosen.deadline == default.deadline:
            vars(test)[SETTINGS] = settings(chosen, deadline=None)
        test()

    return patient


def argument_order(function: Callable[..., Any], names: Iterable[str]) -> list[str]:
    """The names in the order of the function's arguments; TypeError unless they are the first arguments."""
    names = list(names)
    try:
        bound = inspect.signature(function).bind(**dict.fromkeys(names)) if names else None
    except (TypeError, ValueError) as error:  # ValueError: some functions written in C do not tell their arguments
        raise TypeError(
            f"gradient_test: the strategies are for {names} of {getattr(function, '__name__', function)}: {error}. "
            "Give all of its arguments, or strategies without names, in their order."
        ) from None
    if bound and bound.kwargs:
        raise TypeError(
            f"gradient_test: {list(bound.kwargs)} of {function.__name__} cannot be given by position, as an argument before is "
            "left out. Make it a function of the arrays alone."
        )
    return list(bound.arguments) if bound else []

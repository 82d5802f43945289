"""The public door: a function of arrays becomes a primitive, with its rules and, if wanted, a check of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .graph import Value
from .primitive import Primitive
from .safety.declarations import guarded, refuse_misfit, signature_of
from .speed.recorder import recorder as recorder_of
from .speed.recorder import source

__all__ = ["linear", "primitive"]


def primitive(
    function: Callable[..., Any],
    /,
    *,
    elementwise: bool = False,
    selects: bool = False,
    trusted: bool = False,
    real: bool = False,
    several: bool = False,
    check: Sequence[Any] | None = None,
    **rules: Callable[..., Any],
) -> Callable[..., Any]:
    """Declare a function of arrays with its derivative, so that it records when it is given Tensors.

    Parameters
    ----------
    function
        Takes arrays (and options) and returns one array, or a tuple with `several`. It may be compiled code that knows nothing
        of Tensors.
    elementwise
        True if each element of the result depends on one element of each argument. Then, behind a mask, a gradient of 0
        stays 0, even if the derivative there is infinite or nan.
    selects
        True if the function is such a mask: some elements of the arguments do not reach the result, as in `np.where` and
        `np.maximum`.
    trusted
        True leaves out what guards the rules, for rules that tests have proven: misfits are found at the first call, rules are
        given arrays that can be written into, and what they return is taken as it is, broadcast and cast. It saves a
        microsecond an argument.
    real
        True refuses complex numbers. Else, where dL = Re(g * dx) by complex ones, a rule is `g * f'(x)` as for real ones;
        only of functions that are not holomorphic something is conjugated, as in `g * np.conj(np.sign(x))` of the size.
    several
        True if the function returns a tuple of arrays. A rule reads `g[k]` and `y[k]` for result k; `g[k]` is None where nothing
        was computed from it.
    check
        Arguments. The rules are compared at once with numerical derivatives there; their own derivatives too, where they
        have some.
    **rules
        For each differentiable argument, by its name, a function that returns the gradient of the argument. Its first
        parameter is `g`, the gradient of the output. The others are found by name: `y` is the output, `x_shape` the shape
        of argument `x`, and the names of arguments and options of `function` stand for these. A rule that is written with
        NumPy's functions, and with functions declared like this, has derivatives of every order.

    Returns
    -------
    callable
        For arrays it returns the result of `function`; for Tensors a Tensor.

    Raises
    ------
    TypeError
        A rule is for no argument, or reads a name that the function does not have. In a backward pass: a rule returned
        something other than an array of floating-point numbers (ValueError: of another shape), or wrote into its arguments.
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
    kind: dict[str, Any] = {"elementwise": elementwise, "selects": selects, "real": real, "several": several}
    declared = Primitive(function, rules, signature_of(function), **kind)
    recorder = recorder_of(declared)
    if not trusted:
        refuse_misfit(declared)
        held = {argument: guarded(declared, argument, rule) for argument, rule in rules.items()}
        declared = Primitive(function, held, declared.signature, **kind)
        recorder = recorder_of(declared)
        recorder.source = source(declared)  # type: ignore[attr-defined]
    recorder.__signature__ = declared.signature  # type: ignore[attr-defined]
    if check is not None:
        check_rules(recorder, declared, list(check))
    return recorder


def check_rules(recorder: Callable[..., Any], declared: Primitive, args: list[Any]) -> None:
    """Raise an error with a report if a rule does not agree with the function."""
    names = list(declared.signature.parameters)
    missing = [name for name in declared.rules if declared.is_sequence(name) or names.index(name) >= len(args)]
    if missing:
        raise TypeError(f"{declared.name}: check gives no array for the argument {missing[0]!r}; it goes by position.")

    def function(rules: dict[str, Any]) -> Any:
        return recorder(*(rules.get(name, arg) for name, arg in zip(names, args, strict=False)))

    function.__name__ = declared.name
    at = {name: inexact(args[names.index(name)]) for name in declared.rules}
    check_gradients = importlib.import_module(".check", __package__).check_gradients  # which programs seldom need
    checked = check_gradients(function, at, raise_=False)
    if checked.ok:
        try:
            second = check_gradients(function, at, order=2, raise_=False)
        except Exception:  # of any kind: the rule is not made of functions that have rules, and has no derivative
            return
        checked = second if "fails" in second.verdicts or second.problems else checked
    if not checked.ok:
        raise ValueError(f"{declared.name}: a rule does not agree with the function at the arguments of check.\n{checked}")


def inexact(x: Any) -> Any:
    """The numbers of x as floating-point or complex ones."""
    return np.asarray(x, complex if np.iscomplexobj(x) else float)


def linear(a: Any) -> Callable[[Any], Any]:
    """The function `x -> a @ x` of a constant matrix of any library, such as a sparse one of scipy.sparse, with its derivative.

    Parameters
    ----------
    a
        An object with `@`, `.T` and `.shape`; NumPy's `@` does not reach Tensors on its right. It is a constant.

    Returns
    -------
    callable
        Takes a vector or a matrix x, an array or a Tensor. For `x @ a` write `linear(a.T)(x.T).T`.

    Raises
    ------
    TypeError
        a has no transpose, or is a Tensor that requires grad: write a @ x.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> double = ag.linear(np.array([[2.0, 0.0], [1.0, 2.0]]))
    >>> ag.grad(lambda x: np.sum(double(x) ** 2))(np.array([1.0, 1.0]))
    array([14., 12.])
    """
    if isinstance(a, Value) or not hasattr(a, "T") or not hasattr(a, "__matmul__"):
        raise TypeError(f"linear: a {type(a).__name__} is no constant matrix with @ and .T. For a Tensor write a @ x.")
    return linear_pair(a, a.T)[0]


def linear_pair(a: Any, transposed: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """The products with a matrix and with its transpose: each is the rule of the other."""

    def product(x: Any) -> Any:
        return np.asarray(a @ x)

    def transposed_product(x: Any) -> Any:
        return np.asarray(transposed @ x)

    forward: Any = primitive(product, x=lambda g: back(g), trusted=True)
    back: Any = primitive(transposed_product, x=lambda g: forward(g), trusted=True)
    return forward, back

"""Delegation: NumPy's functions, given nested lists that hold Tensors, are given Tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from ..array.dispatch import joined
from ..graph import living_leaves
from ..rules import COMPOSITIONS
from ..safety.operands import holds_tensors

__all__ = ["opened", "taking_lists"]

FUNCTIONS = (FunctionType, BuiltinFunctionType, type(np.sum))
OF_SEQUENCES = {  # their argument is a sequence of arrays: each may be a list
    getattr(np, name, None)
    for name in [
        "concatenate", "concat", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack", "select", "choose",
        "lexsort",
    ]
} | {np.linalg.multi_dot}  # fmt: skip
OF_BLOCKS = (np.block, np.bmat)  # which take nested lists themselves
CALLING = (np.apply_along_axis, np.apply_over_axes, np.piecewise)
NOT_ASKED = (np.interp,)  # NumPy does not look for Tensors in some of its options


def opened(found: Any) -> Any:
    """One of NumPy's objects as the door shows it: for a function one that takes lists of Tensors, any other as it is.

    The function shown for a ufunc has the ufunc's methods, each opened likewise, and its other attributes.
    """
    if isinstance(found, FUNCTIONS) and found in CALLING:
        return composed(found)
    if isinstance(found, np.ufunc):
        return opened_ufunc(found)
    if isinstance(found, FUNCTIONS) and found in NOT_ASKED:
        return composed(found, holds_tensors)
    return taking_lists(found) if isinstance(found, FUNCTIONS) and found not in OF_BLOCKS else found


def composed(function: Callable[..., Any], needed: Callable[[Any], bool] | None = None) -> Callable[..., Any]:
    """`function` composed of recorded ones, also where the array it is called on is no Tensor, if the arguments are as `needed`.

    One that calls a function of the user's always is: this may return a Tensor.
    """
    with_lists = taking_lists(COMPOSITIONS[function])

    @functools.wraps(function)
    def with_tensors(*args: Any, **options: Any) -> Any:
        here = living_leaves and (needed is None or needed([*args, *options.values()]))
        return (with_lists if here else function)(*args, **options)

    return with_tensors


def opened_ufunc(ufunc: np.ufunc) -> Callable[..., Any]:
    """A ufunc is called often and seldom with a list, so lists, and arrays of objects, are joined when it has refused them."""
    with_lists = taking_lists(ufunc)

    @functools.wraps(ufunc)
    def with_tensors(*args: Any, **options: Any) -> Any:
        try:
            return ufunc(*args, **options)
        except TypeError:
            args = tuple(x.tolist() if isinstance(x, np.ndarray) and x.dtype == object else x for x in args)
            if not any(isinstance(x, (list, tuple)) and holds_tensors(x) for x in args):
                raise
        return with_lists(*args, **options)

    vars(with_tensors).update({name: opened(getattr(ufunc, name)) for name in dir(ufunc) if not name.startswith("_")})
    return with_tensors


def taking_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which NumPy asks for Tensors among its arguments but not inside of lists: they are joined first."""
    join = joined_elements if function in OF_SEQUENCES else joined

    @functools.wraps(function)
    def with_tensors(*args: Any, **options: Any) -> Any:
        if living_leaves:
            args = tuple([join(as_list(x)) if isinstance(x, (list, tuple, np.ndarray)) else x for x in args])
            if options:
                options = {name: join(as_list(x)) for name, x in options.items()}
        return function(*args, **options)

    return with_tensors


def as_list(x: Any) -> Any:
    """An array of objects as a list, and all else as it is."""
    return x.tolist() if isinstance(x, np.ndarray) and x.dtype == object and holds_tensors(x.tolist()) else x


def joined_elements(x: Any) -> Any:
    """A sequence of arrays, each of which may be a list that holds Tensors."""
    return tuple(joined(element) for element in x) if isinstance(x, (list, tuple)) and holds_tensors(x) else x

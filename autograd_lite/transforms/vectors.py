"""Vectors and constants: a container of arrays as one vector and back, as optimisers want it; values whose history is dropped."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import cast
from ..graph import Value
from ..tensor import Tensor
from . import tree

__all__ = ["ravel", "stop_gradient"]


def ravel(container: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A container of arrays as one vector, and the function that makes such a container of a vector again.

    Both are differentiable.

    Parameters
    ----------
    container
        Nested dicts, lists, tuples and namedtuples of floating-point numbers, arrays and Tensors; or one of these alone.

    Returns
    -------
    vector, unravel
        The vector has the elements in order, in the dtype that all of them fit into: a Tensor if one of the parts is.
        `unravel(vector)` has the containers, shapes and dtypes of the original.

    Raises
    ------
    TypeError
        A part is not of floating-point numbers.
    ValueError
        `unravel` is given an array of another shape.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> x, unravel = ag.ravel({"w": np.ones((2, 2)), "b": 0.5})
    >>> x
    array([1. , 1. , 1. , 1. , 0.5])
    >>> unravel(2 * x)
    {'w': array([[2., 2.],
           [2., 2.]]), 'b': np.float64(1.0)}
    """
    parts = list(tree.leaves(container))
    for path, part in parts:
        if np.result_type(part).kind != "f":
            raise TypeError(
                f"ravel: {path[1:-1] or 'the value'} is of {np.result_type(part)}, not of floating-point numbers. Write 3.0 "
                f"instead of 3, and leave out what is not to be varied."
            )
    arrays: list[Any] = [part if isinstance(part, Value) else np.asarray(part) for _, part in parts]
    shapes, dtypes = [x.shape for x in arrays], [x.dtype for x in arrays]
    ends = list(itertools.accumulate((x.size for x in arrays), initial=0))
    vector = np.concatenate([x.reshape(-1) for x in arrays]) if arrays else np.empty(0)

    def unravel(vector: Any) -> Any:
        if np.shape(vector) != (ends[-1],):
            raise ValueError(f"unravel: the vector has shape {np.shape(vector)}, and must have {(ends[-1],)}.")
        vector = vector if isinstance(vector, Value) else np.asarray(vector)
        found = (
            cast(vector[i:j].reshape(shape), dtype) if shape else cast(vector[i], dtype)[()]
            for (i, j), shape, dtype in zip(itertools.pairwise(ends), shapes, dtypes, strict=True)
        )
        return tree.rebuild(container, found)

    return vector, unravel


def stop_gradient(x: Any) -> Any:
    """The value of `x` as a constant: no derivative, of any order, goes through it.

    A Tensor comes back detached, an array or a number as it is, and a container with both for its parts.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
    array(3.)
    """
    return tree.map_leaves(lambda part: part.detach() if isinstance(part, Tensor) else part, x)

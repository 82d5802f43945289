"""Shapes, alone or such that they broadcast against each other."""

from __future__ import annotations

import functools

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from .domains import Shape

__all__ = ["broadcastable_shapes", "shapes", "shapes_within"]


@functools.cache
def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> st.SearchStrategy[Shape]:
    """Shapes of `min_dims` to `max_dims` axes of lengths `min_side` to `max_side`.

    Each number of axes is equally likely; if `min_side` is 0, half of the shapes may have empty axes.

    >>> import math
    >>> from hypothesis import find
    >>> find(shapes(min_dims=2, min_side=1), lambda shape: math.prod(shape) > 1)
    (1, 2)
    """

    @functools.cache
    def of(kind: tuple[int, int]) -> st.SearchStrategy[Shape]:
        ndim, least = kind
        return hnp.array_shapes(min_dims=ndim, max_dims=ndim, min_side=least, max_side=max_side)

    sides = [1, 0] if min_side == 0 else [min_side]
    return st.sampled_from([(ndim, least) for least in sides for ndim in range(min_dims, max_dims + 1)]).flatmap(of)


@functools.cache
def broadcastable_shapes(
    signature: int | str, min_side: int = 0, max_side: int = 3, max_dims: int = 3
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Shapes that broadcast against each other: a number of them, or those of a generalised ufunc's signature.

    The options, `min_side`, `max_side` and `max_dims`, bound their lengths and the numbers of axes that broadcast.

    >>> import numpy as np
    >>> from hypothesis import given
    >>> @given(broadcastable_shapes(np.matmul.signature))  # (n?,k),(k,m?)->(n?,m?)
    ... def test_shapes_are_those_of_matmul(shapes):
    ...     np.matmul(*map(np.ones, shapes))
    >>> test_shapes_are_those_of_matmul()
    """
    if isinstance(signature, int):
        return shapes(0, max_dims, min_side, max_side).flatmap(lambda full: st.tuples(*[shapes_within(full)] * signature))

    def sides(least: int) -> st.SearchStrategy[tuple[Shape, ...]]:
        return hnp.mutually_broadcastable_shapes(signature=signature, max_dims=max_dims, min_side=least, max_side=max_side).map(
            lambda found: found.input_shapes
        )

    return sides(1) | sides(0) if min_side == 0 else sides(min_side)


@functools.cache
def shapes_within(full: Shape) -> st.SearchStrategy[Shape]:
    """Shapes that broadcast to this one: half are the shape itself, the others lack leading axes or have sides of 1.

    `hnp.broadcastable_shapes` would give a single element twice as often, which hides mistakes that move elements.
    """
    n = len(full)
    others = [full[k:] for k in range(1, n + 1)]
    others += [tuple(1 if bits >> i & 1 else side for i, side in enumerate(full)) for bits in range(1, 2**n)]
    return st.sampled_from([full] * max(1, len(others)) + others)

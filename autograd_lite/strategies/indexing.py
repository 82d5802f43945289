"""Choices of elements: everything that can stand for `axis=`, or between the brackets of an index."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ..numerical.point import Array
from .broadcasting import shapes, shapes_within
from .domains import Shape

__all__ = ["axes", "indices"]


@functools.cache
def axes(ndim: int, *kinds: type | None) -> st.SearchStrategy[int | tuple[int, ...] | None]:
    """Values of `axis=` for an array of `ndim` axes: None, an integer from either end, a tuple without repetitions.

    `kinds` lists the kinds that the function takes: None, int, tuple; by default all.

    >>> from hypothesis import find, given
    >>> find(axes(3), lambda axis: isinstance(axis, tuple) and len(axis) == 2)
    (0, 1)
    >>> @given(axes(3, int))
    ... def test_an_axis_is_an_integer_alone(axis):
    ...     assert -3 <= axis < 3
    >>> test_an_axis_is_an_integer_alone()
    """
    single = st.integers(-ndim, ndim - 1) if ndim else st.nothing()
    every: dict[Any, st.SearchStrategy[Any]] = {None: st.none(), int: single, tuple: hnp.valid_tuple_axes(ndim)}
    return st.one_of(*(every[kind] for kind in kinds or every))


@functools.cache
def indices(shape: Shape) -> st.SearchStrategy[Any]:
    """Indices of an array of this shape: integers, slices, None, Ellipsis, masks, arrays or lists of integers.

    They stand alone and side by side; elements may be chosen twice. An empty axis has slices, masks and empty lists.

    >>> from hypothesis import given
    >>> @given(indices((3, 0, 2)))
    ... def test_an_index_is_valid(key):
    ...     np.zeros((3, 0, 2))[key]
    >>> test_an_index_is_valid()
    """
    mixed = [mixed_indices(shape) for _ in range(3)]  # three times as likely: there are more of them
    return st.one_of(hnp.basic_indices(shape, allow_newaxis=True), masks(shape), *mixed)


def masks(shape: Shape) -> st.SearchStrategy[Array]:
    """Boolean arrays that index some of the first axes."""
    return st.integers(0, len(shape)).flatmap(lambda n: hnp.arrays(bool, shape[:n]))


@st.composite
def mixed_indices(draw: st.DrawFn, shape: Shape) -> Any:
    """A tuple of a slice, an integer, integers or a mask for each of the first axes, with None and one Ellipsis between."""
    chosen = draw(shapes(max_dims=2))
    key: list[Any] = []
    axis, end = 0, draw(st.integers(0, len(shape)))
    while axis < end:
        n, kind = shape[axis], draw(KINDS_OF_INDEX)
        if kind == "None":
            key.append(None)
            continue
        if kind == "..." and not any(part is ... for part in key):
            key.append(...)
            axis, end = draw(st.integers(axis, len(shape))), len(shape)
            continue
        if kind == "integer" and n:
            key.append(draw(st.integers(-n, n - 1)))
        elif kind == "integers" and (n or 0 in chosen):
            stretched = draw(shapes_within(chosen))
            places = draw(hnp.arrays(int, stretched if n else chosen, elements=st.integers(-n, max(n - 1, 0))))
            key.append(draw(st.sampled_from([places, places[()], places.tolist() if places.size else places])))
        elif kind == "mask" and len(chosen) == 1 and chosen[0] <= n:
            key.append(np.array(draw(st.permutations([i < chosen[0] for i in range(n)])), bool))
        else:
            key.append(draw(st.slices(n)))
        axis += 1
    return key[0] if len(key) == 1 and draw(st.booleans()) else tuple(key)


KINDS_OF_INDEX = st.sampled_from(["slice", "integer", *["integers"] * 3, "mask", "None", "..."])

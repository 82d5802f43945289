"""Arrays of any shape, numbers, dtype and layout: one, several that broadcast, or Tensors of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import DTypeLike

from ..numerical.point import Array
from ..tensor import tensor
from ..transforms import tree
from .broadcasting import broadcastable_shapes, shapes
from .domains import Domain, Shape, between, generators
from .layouts import ANY_LAYOUT, laid_out

__all__ = ["arrays", "broadcastable_arrays", "dtypes", "tensors"]

Elements: TypeAlias = Domain | st.SearchStrategy[Any]
SHAPES = shapes()
MODERATE = between(-3, 3)


@functools.cache
def dtypes() -> st.SearchStrategy[np.dtype[Any]]:
    """float64, float32 and float16.

    >>> from hypothesis import given
    >>> @given(arrays(dtype=dtypes()))
    ... def test_single_precision_stays_single(x):
    ...     assert np.sin(x).dtype == x.dtype
    >>> test_single_precision_stays_single()
    """
    return st.sampled_from([np.dtype(kind) for kind in (np.float64, np.float32, np.float16)])


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: int | Shape | st.SearchStrategy[Shape] = SHAPES,
    *,
    elements: Elements = MODERATE,
    dtype: DTypeLike | st.SearchStrategy[Any] = np.float64,
    layout: str | st.SearchStrategy[str] = ANY_LAYOUT,
) -> Array:
    """An array of any shape, numbers, dtype and layout in memory.

    Parameters
    ----------
    shape
        A shape, a number for a vector of that length, or a strategy of these; by default `shapes()`, with 0-d and empty arrays
        and sides of length 1.
    elements
        A domain, by default `between(-3, 3)`; or a strategy of numbers, drawn one by one (slower, but they shrink too).
    dtype
        A dtype or a strategy of dtypes, such as `dtypes()`.
    layout
        One of `LAYOUTS` or a strategy of them; by default any.

    Raises
    ------
    ValueError
        A domain returned numbers of another shape.

    Examples
    --------
    >>> from hypothesis import given
    >>> from autograd_lite.strategies import magnitudes
    >>> @given(arrays(elements=magnitudes(1e-8, 1e8)), arrays((2, 3), elements=st.floats(0, 1)))
    ... def test_squares_are_not_negative(x, y):
    ...     assert np.all(x * x >= 0) and np.all(y * y >= 0)
    >>> test_squares_are_not_negative()
    """
    sides = drawn(draw, shape)
    numbers = filled(draw, tuple(int(n) for n in np.atleast_1d(sides)), elements)
    return laid_out(numbers.astype(drawn(draw, dtype)), drawn(draw, layout))


@st.composite
def broadcastable_arrays(
    draw: st.DrawFn,
    signature: int | str | st.SearchStrategy[tuple[Shape, ...]] = 2,
    *,
    elements: Elements | Sequence[Elements] = MODERATE,
    dtype: DTypeLike | st.SearchStrategy[Any] = np.float64,
    layout: str | st.SearchStrategy[str] = ANY_LAYOUT,
) -> tuple[Array, ...]:
    """Several arrays that broadcast against each other.

    Parameters
    ----------
    signature
        The number of arrays; or the signature of a generalised ufunc, such as `np.matmul.signature` or "(n,n),(n)->(n)";
        or a strategy of tuples of shapes.
    elements
        A sequence with a domain for each array; or a single domain that fills all arrays at once, so that with
        `apart(0.1)` any two numbers in any of the arrays are at least 0.1 apart.
    dtype, layout
        As in `arrays`, drawn for each array.

    Examples
    --------
    >>> from hypothesis import given
    >>> from autograd_lite.strategies import positive_definite
    >>> @given(broadcastable_arrays("(n,n),(n)->(n)", elements=(positive_definite(10), between(-1, 1))))
    ... def test_what_solves_is_the_solution(arguments):
    ...     a, b = arguments
    ...     x = np.linalg.solve(a, b[..., None])
    ...     np.testing.assert_allclose(a @ x, np.broadcast_to(b[..., None], x.shape), atol=1e-12)
    >>> test_what_solves_is_the_solution()
    """
    found = draw(broadcastable_shapes(signature) if isinstance(signature, (int, str)) else signature)
    sizes = [math.prod(shape) for shape in found]
    if isinstance(elements, Sequence):
        if len(elements) != len(found):
            raise ValueError(f"broadcastable_arrays: {len(elements)} domains were given for {len(found)} arrays.")
        numbers = [filled(draw, shape, domain) for shape, domain in zip(found, elements)]
    else:
        pieces = np.split(filled(draw, (sum(sizes),), elements), np.cumsum(sizes)[:-1])
        numbers = [piece.reshape(shape) for piece, shape in zip(pieces, found)]
    return tuple(laid_out(x.astype(drawn(draw, dtype)), drawn(draw, layout)) for x in numbers)


def tensors(strategy: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Any]:
    """Values of the strategy (by default `arrays()`), with each array copied into a leaf Tensor.

    >>> from hypothesis import given
    >>> @given(tensors(broadcastable_arrays(2)))
    ... def test_gradients_have_the_shape_of_their_leaf(arguments):
    ...     a, b = arguments
    ...     (a * b).sum().backward()
    ...     assert (a.grad.shape, b.grad.shape) == (a.shape, b.shape)
    >>> test_gradients_have_the_shape_of_their_leaf()
    """

    def leaf(x: Any) -> Any:
        return tensor(x, requires_grad=True) if isinstance(x, np.ndarray) else x

    return (arrays() if strategy is None else strategy).map(lambda value: tree.map_leaves(leaf, value))


def drawn(draw: st.DrawFn, value: Any) -> Any:
    """A draw from a strategy; anything else as it is."""
    return draw(value) if isinstance(value, st.SearchStrategy) else value


def filled(draw: st.DrawFn, shape: Shape, elements: Elements) -> Array:
    """An array filled by a domain, or number by number by a strategy."""
    if isinstance(elements, st.SearchStrategy):
        return draw(hnp.arrays(np.float64, shape, elements=elements))
    made = np.asarray(elements(draw(generators()), shape), np.float64)
    if made.shape != shape:
        raise ValueError(
            f"arrays: the domain filled an array of shape {shape} with numbers of shape {made.shape}; "
            "it must use its second argument, as in lambda rng, shape: rng.normal(size=shape)."
        )
    return made

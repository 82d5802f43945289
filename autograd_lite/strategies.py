"""Hypothesis strategies for property tests of functions of arrays, and `gradient_test`, which makes such a test in a line.

Shapes, layouts in memory, axes and indices are drawn choice by choice, so that what fails shrinks. The numbers of an array come
from a drawn `numpy.random.Generator` and a *domain*: a function `(rng, shape) -> numbers` that says where a function is smooth.

A derivative compared with differences needs numbers away from kinks: `away_from`, `apart`; of many sizes: `magnitudes`; or
matrices that can be inverted: `well_conditioned`, `symmetric`, `positive_definite`. A domain of your own is a line:
`lambda rng, shape: rng.integers(-6, 6, shape) + 0.5`.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from . import tree
from .check import check_gradients
from .tensor import tensor

try:
    from hypothesis import given
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ImportError as error:
    raise ImportError(
        "autograd_lite.strategies draws with hypothesis, which is not installed: pip install hypothesis, "
        "or pip install 'autograd-lite[check]'."
    ) from error

__all__ = [
    "ANY_LAYOUT",
    "LAYOUTS",
    "Expression",
    "apart",
    "arrays",
    "away_from",
    "axes",
    "between",
    "broadcastable_arrays",
    "broadcastable_shapes",
    "dtypes",
    "expressions",
    "generators",
    "gradient_test",
    "indices",
    "laid_out",
    "magnitudes",
    "positive_definite",
    "shapes",
    "symmetric",
    "tensors",
    "well_conditioned",
]

Shape: TypeAlias = tuple[int, ...]
Array: TypeAlias = NDArray[Any]
Domain: TypeAlias = Callable[[np.random.Generator, Shape], Any]
Elements: TypeAlias = Domain | st.SearchStrategy[Any]

# -- domains ------------------------------------------------------------------------------------------------------
# Their promises hold in float64. Cast to a narrower dtype, a number moves by half a unit in the last place: leave margins.


def between(low: float, high: float) -> Domain:
    """Numbers spread evenly from `low` to `high`.

    >>> between(2, 3)(np.random.default_rng(0), (4,)).round(2)
    array([2.64, 2.27, 2.04, 2.02])
    """
    return lambda rng, shape: rng.uniform(low, high, shape)


def magnitudes(low: float = 1e-3, high: float = 1e3, signed: bool = True) -> Domain:
    """Numbers whose logarithms are spread evenly: as many between 0.001 and 0.01 as between 100 and 1000, of either sign.

    Raises ValueError unless 0 < low <= high.

    >>> x = magnitudes(1e-3, 1e3)(np.random.default_rng(0), (60_000,))
    >>> (np.histogram(np.log10(np.abs(x)), bins=6)[0] / 10_000).round(1)
    array([1., 1., 1., 1., 1., 1.])
    """
    if not 0 < low <= high:
        raise ValueError(f"magnitudes: low={low} and high={high} must be sizes: 0 < low <= high.")

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        sizes = np.clip(np.exp(rng.uniform(math.log(low), math.log(high), shape)), low, high)  # exp(log(x)) is not quite x
        return sizes * rng.choice((-1.0, 1.0), shape) if signed else sizes

    return numbers


def away_from(*points: float, margin: float = 0.1, low: float = -3, high: float = 3) -> Domain:
    """Numbers spread evenly from `low` to `high`, but for those nearer to one of the points than `margin`.

    Raises ValueError where that leaves none. The steps of a numerical derivative must be smaller than the margin.

    >>> x = away_from(0.0, margin=0.5, low=-1, high=2)(np.random.default_rng(0), (1000,))
    >>> [float(e.round(2)) for e in (x.min(), x[x < 0].max(), x[x > 0].min(), x.max())]
    [-1.0, -0.5, 0.5, 2.0]
    """
    kinks = sorted(points)
    bounds = zip([low, *(p + margin for p in kinks)], [*(p - margin for p in kinks), high])
    pieces = np.array([(start, end) for a, b in bounds if (start := max(a, low)) < (end := min(b, high))])
    if not len(pieces):
        raise ValueError(f"away_from: nothing between {low} and {high} is {margin} away from {kinks}; take a smaller margin.")
    starts, ends = pieces.T
    after = np.cumsum(ends - starts)  # the pieces laid end to end

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        place = rng.uniform(0, after[-1], shape)
        i = np.minimum(np.searchsorted(after, place, side="right"), len(after) - 1)
        return np.clip(ends[i] - (after[i] - place), starts[i], ends[i])

    return numbers


def apart(margin: float = 0.1) -> Domain:
    """Numbers about 0 in a random order, no two of which are nearer to each other than `margin`: for `max`, `sort`, `median`.

    Of n numbers the largest is n times the margin.

    >>> x = apart(0.5)(np.random.default_rng(0), (3, 4))
    >>> bool(np.min(np.diff(np.sort(x, axis=None))) >= 0.5)
    True
    """

    def numbers(rng: np.random.Generator, shape: Shape) -> Any:
        n = math.prod(shape)
        places = 2 * (rng.permutation(n) - n // 2) + rng.uniform(-0.5, 0.5, n)
        return margin * places.reshape(shape)

    return numbers


def well_conditioned(condition: float = 10.0) -> Domain:
    """Matrices in the last two axes, whose singular values all differ, with a condition number below `condition`.

    A = U diag(s) V^T with random orthogonal U and V and s between condition**-0.5 and condition**0.5, each at least
    condition**(1 / 2n) times the next, for n singular values.

    >>> a = well_conditioned(100)(np.random.default_rng(0), (5, 3, 4))
    >>> bool(np.all(np.linalg.cond(a) < 100))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, m, n = of_matrices("well_conditioned", shape)
        k = min(m, n)
        left, right = orthogonal(rng, (*batch, m, k)), orthogonal(rng, (*batch, n, k))
        return left * spread(rng, (*batch, 1, k), condition) @ right.mT

    return matrices


def symmetric(condition: float = 10.0) -> Domain:
    """Symmetric matrices: as `well_conditioned`, with eigenvalues of either sign whose sizes all differ.

    >>> a = symmetric()(np.random.default_rng(0), (3, 3))
    >>> bool(np.all(a == a.T))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, n = of_squares("symmetric", shape)
        return conjugated(rng, spread(rng, (*batch, 1, n), condition) * rng.choice((-1.0, 1.0), (*batch, 1, n)))

    return matrices


def positive_definite(condition: float = 10.0) -> Domain:
    """Symmetric matrices whose eigenvalues are positive and all differ, with a condition number below `condition`.

    >>> a = positive_definite()(np.random.default_rng(0), (3, 3))
    >>> bool(np.all(np.linalg.eigvalsh(a) > 10**-0.5))
    True
    """

    def matrices(rng: np.random.Generator, shape: Shape) -> Any:
        *batch, n = of_squares("positive_definite", shape)
        return conjugated(rng, spread(rng, (*batch, 1, n), condition))

    return matrices


def of_matrices(name: str, shape: Shape) -> Shape:
    if len(shape) < 2:
        raise ValueError(f"{name}: fills matrices, not an array of shape {shape}. Of several arrays, give each its own domain.")
    return shape


def of_squares(name: str, shape: Shape) -> Shape:
    """The shape without its last axis."""
    if of_matrices(name, shape)[-1] != shape[-2]:
        raise ValueError(f"{name}: fills square matrices, not an array of shape {shape}.")
    return shape[:-1]


def orthogonal(rng: np.random.Generator, shape: Shape) -> Array:
    """Matrices with orthonormal columns, evenly distributed (Mezzadri, "How to generate random matrices", 2007, section 5)."""
    q, r = np.linalg.qr(rng.standard_normal(shape))
    return np.asarray(q * np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1, 1)[..., None, :])


def spread(rng: np.random.Generator, shape: Shape, condition: float) -> Array:
    """Positive numbers along the last axis in a random order: one in the middle half of each n-th of their decades."""
    if condition <= 1:
        raise ValueError(f"condition={condition}: the condition number of a matrix is 1 or more, and a bound must leave room.")
    n = shape[-1]
    places = rng.permuted(np.broadcast_to(np.arange(n), shape), axis=-1) + rng.uniform(0.25, 0.75, shape)
    return np.asarray(condition ** (places / max(n, 1) - 0.5))


def conjugated(rng: np.random.Generator, eigenvalues: Array) -> Array:
    """Symmetric matrices with these eigenvalues, exactly symmetric."""
    q = orthogonal(rng, (*eigenvalues.shape[:-2], eigenvalues.shape[-1], eigenvalues.shape[-1]))
    a = q * eigenvalues @ q.mT
    return np.asarray((a + a.mT) / 2)


# -- shapes, axes, indices ----------------------------------------------------------------------------------------


@functools.cache
def generators() -> st.SearchStrategy[np.random.Generator]:
    """Generators of random numbers, each from a drawn seed.

    >>> @given(generators())
    ... def test_a_generator_is_numpys(rng):
    ...     assert 0 <= rng.random() < 1
    >>> test_a_generator_is_numpys()
    """
    return st.integers(0, 2**32 - 1).map(np.random.default_rng)


@functools.cache
def dtypes() -> st.SearchStrategy[np.dtype[Any]]:
    """float64, float32 and float16.

    >>> @given(arrays(dtype=dtypes()))
    ... def test_single_precision_stays_single(x):
    ...     assert np.sin(x).dtype == x.dtype
    >>> test_single_precision_stays_single()
    """
    return st.sampled_from([np.dtype(kind) for kind in (np.float64, np.float32, np.float16)])


@functools.cache
def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> st.SearchStrategy[Shape]:
    """Shapes, with as many of no axis as of three; if `min_side` is 0, in one of two an axis may be empty.

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
    """Shapes that broadcast against each other: so many, or as the signature of a generalised ufunc says.

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
    """Shapes that broadcast to this one: half of them are the whole, the others lack leading axes or have sides of 1.

    `hnp.broadcastable_shapes` would give a single element twice as often, which hides mistakes that move elements.
    """
    n = len(full)
    others = [full[k:] for k in range(1, n + 1)]
    others += [tuple(1 if bits >> i & 1 else side for i, side in enumerate(full)) for bits in range(1, 2**n)]
    return st.sampled_from([full] * max(1, len(others)) + others)


@functools.cache
def axes(ndim: int, *kinds: type | None) -> st.SearchStrategy[int | tuple[int, ...] | None]:
    """What `axis=` may be for an array of so many axes: None, an integer from either end, a tuple without repetitions.

    `kinds` are those that the function takes, of None, int and tuple; by default all.

    >>> from hypothesis import find
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
    """What may stand in x[...] for an array of this shape: integers, slices, None, Ellipsis, masks, arrays or lists of integers.

    They stand alone and side by side; elements may be chosen twice. An empty axis has slices, masks and empty lists.

    >>> @given(indices((3, 0, 2)))
    ... def test_an_index_is_valid(key):
    ...     np.zeros((3, 0, 2))[key]
    >>> test_an_index_is_valid()
    """
    mixed = [mixed_indices(shape) for _ in range(3)]  # there are more of them
    return st.one_of(hnp.basic_indices(shape, allow_newaxis=True), masks(shape), *mixed)


def masks(shape: Shape) -> st.SearchStrategy[Array]:
    return st.integers(0, len(shape)).flatmap(lambda n: hnp.arrays(bool, shape[:n]))


@st.composite
def mixed_indices(draw: st.DrawFn, shape: Shape) -> Any:
    """For the first axes a slice, an integer, integers or a mask each, with None and one Ellipsis between; all broadcast."""
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


# -- arrays -------------------------------------------------------------------------------------------------------

LAYOUTS = ("C", "F", "strided", "reversed", "read-only")
ANY_LAYOUT = st.sampled_from(LAYOUTS)
SHAPES = shapes()
MODERATE = between(-3, 3)


def laid_out(x: Array, layout: str) -> Array:
    """A copy of x that lies otherwise in memory: in one of `LAYOUTS`.

    "strided" has nan (0 for integers) between its elements, "reversed" runs backwards along every axis, "read-only" refuses to
    be written. Raises ValueError for any other word.

    >>> laid_out(np.zeros((2, 3)), "reversed").strides
    (-24, -8)
    """
    if layout == "strided":
        between_elements = np.full_like(x, np.nan if x.dtype.kind == "f" else 0)
        return np.stack([x, between_elements], axis=-1)[..., 0]
    if layout == "reversed":
        backwards: Any = (*(slice(None, None, -1),) * x.ndim, ...)
        return np.asarray(x[backwards].copy()[backwards])
    if layout not in LAYOUTS:
        raise ValueError(f"laid_out: layout is {layout!r}, which is none of {', '.join(map(repr, LAYOUTS))}.")
    made = np.array(x, order="F" if layout == "F" else "C")
    made.flags.writeable = layout != "read-only"
    return made


def drawn(draw: st.DrawFn, value: Any) -> Any:
    return draw(value) if isinstance(value, st.SearchStrategy) else value


def filled(draw: st.DrawFn, shape: Shape, elements: Elements) -> Array:
    if isinstance(elements, st.SearchStrategy):
        return draw(hnp.arrays(np.float64, shape, elements=elements))
    made = np.asarray(elements(draw(generators()), shape), np.float64)
    if made.shape != shape:
        raise ValueError(
            f"arrays: the domain filled an array of shape {shape} with numbers of shape {made.shape}; "
            "it must use its second argument, as in lambda rng, shape: rng.normal(size=shape)."
        )
    return made


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: Shape | st.SearchStrategy[Shape] = SHAPES,
    *,
    elements: Elements = MODERATE,
    dtype: DTypeLike | st.SearchStrategy[Any] = np.float64,
    layout: str | st.SearchStrategy[str] = ANY_LAYOUT,
) -> Array:
    """An array of any shape, numbers, dtype and layout in memory.

    Parameters
    ----------
    shape
        A shape or a strategy of shapes; by default `shapes()`, which has 0-d and empty arrays and sides of length 1.
    elements
        A domain, by default `between(-3, 3)`; or a strategy of numbers, drawn one by one (slower, but they shrink too).
    dtype
        A dtype or a strategy of dtypes, such as `dtypes()`.
    layout
        One of `LAYOUTS` or a strategy of them; by default any.

    Raises
    ------
    ValueError
        A domain gave numbers of another shape.

    Examples
    --------
    >>> @given(arrays(elements=magnitudes(1e-8, 1e8)), arrays((2, 3), elements=st.floats(0, 1)))
    ... def test_squares_are_not_negative(x, y):
    ...     assert np.all(x * x >= 0) and np.all(y * y >= 0)
    >>> test_squares_are_not_negative()
    """
    numbers = filled(draw, drawn(draw, shape), elements)
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
        How many; or the signature of a generalised ufunc, such as `np.matmul.signature` or "(n,n),(n)->(n)"; or a strategy
        of tuples of shapes.
    elements
        A sequence has a domain for each array. A single domain fills all arrays with one drawing, so that with
        `apart(0.1)` no two numbers of any of the arrays are nearer than 0.1.
    dtype, layout
        As in `arrays`, drawn for each array.

    Examples
    --------
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
    """What the strategy draws (by default `arrays()`), with a leaf Tensor, which has a copy, for each array.

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


# -- expressions --------------------------------------------------------------------------------------------------

# Smooth operations whose values stay within 1 of the larger argument and whose slopes stay moderate, however they are nested.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "np.sin({})": np.sin,
    "np.tanh({})": np.tanh,
    "np.arctan({})": np.arctan,
    "np.flip({})": np.flip,
    "np.mean({})": np.mean,
    "np.sqrt(1 + {} ** 2)": lambda a: np.sqrt(1 + a**2),
    "({} + {}) / 2": lambda a, b: (a + b) / 2,
    "({} - {}) / 2": lambda a, b: (a - b) / 2,
    "{} * np.cos({})": lambda a, b: a * np.cos(b),
    "{} / (1 + {} ** 2)": lambda a, b: a / (1 + b**2),
    "np.logaddexp({}, {})": np.logaddexp,
}


class Expression:
    """A function of arrays, made of steps whose results are used several times; its repr is its program."""

    def __init__(self, n: int, steps: Sequence[tuple[str, tuple[int, ...]]]):
        self.n, self.steps = n, tuple(steps)

    def __call__(self, *arrays: Any) -> Any:
        values = list(arrays)
        for operation, operands in self.steps:
            values.append(OPERATIONS[operation](*(values[i] for i in operands)))
        return values[-1]

    def __repr__(self) -> str:
        names = [f"x{i}" for i in range(self.n)] + [f"y{i}" for i in range(len(self.steps))]
        lines = [f"{y} = {text.format(*(names[i] for i in of))}" for y, (text, of) in zip(names[self.n :], self.steps)]
        return f"({', '.join(names[: self.n])}) -> {'; '.join(lines)}"


@st.composite
def expressions(
    draw: st.DrawFn, max_steps: int = 8, strategy: st.SearchStrategy[tuple[Array, ...]] | None = None
) -> tuple[Expression, tuple[Array, ...]]:
    """A random graph of smooth operations as a function, and arrays to call it with.

    Each step uses the one before and perhaps any earlier ones; the last uses a node that has been used already, so that at
    least one node is shared. Every array is used. Values stay below the largest argument plus the number of steps.

    Parameters
    ----------
    max_steps
        Of which there are always as many as arrays, and two at least.
    strategy
        Draws the arrays; by default one to three that broadcast and have no empty axis.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> @given(expressions())
    ... def test_gradients_of_any_expression(drawn):
    ...     f, arrays = drawn
    ...     ag.vjp(f, *arrays)
    >>> test_gradients_of_any_expression()
    >>> f = Expression(1, [("np.sin({})", (0,)), ("{} * np.cos({})", (1, 0))])
    >>> f
    (x0) -> y0 = np.sin(x0); y1 = y0 * np.cos(x0)
    >>> f(np.array(0.0)).item()
    0.0
    """
    if strategy is None:
        strategy = st.integers(1, 3).flatmap(lambda n: broadcastable_arrays(broadcastable_shapes(n, min_side=1)))
    arrays = draw(strategy)
    n = len(arrays)
    steps: list[tuple[str, tuple[int, ...]]] = [("np.sin({})", (0,))] if n == 1 else []
    steps += [("({} + {}) / 2", (n + i - 2 if i > 1 else 0, i)) for i in range(1, n)]  # every array is used
    for _ in range(draw(st.integers(0, max(0, max_steps - len(steps) - 1)))):
        operation = draw(st.sampled_from(list(OPERATIONS)))
        last = n + len(steps) - 1
        steps.append((operation, (last, draw(st.integers(0, last)))[: operation.count("{}")]))
    last = n + len(steps) - 1
    shared = draw(st.integers(0, last - 1))
    steps.append(("{} * np.cos({})", (last, shared)))
    return Expression(n, steps), arrays


# -- one line -----------------------------------------------------------------------------------------------------


def gradient_test(*strategies: st.SearchStrategy[Any], **named: Any) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Make of a function a test that its gradients are right wherever the strategies lead: a decorator.

    Parameters
    ----------
    *strategies
        One for each argument of the function; or a single one that draws the tuple of its arguments.
    **named
        Strategies for the arguments by their names. All that is no strategy is an option of `ag.check_gradients`, such as
        `gradient=` or `order=2`.

    Returns
    -------
    callable
        A decorator. The test has the function's name and takes no arguments: pytest finds it, and it can be called. It
        raises `ag.GradientError`, with the simplest arguments that hypothesis finds, if a derivative is wrong. A check
        that may take more than hypothesis' 0.2 s gets `@hypothesis.settings(deadline=None)` above.

    Raises
    ------
    TypeError
        There is no strategy, or strategies both with and without names, or they are not for the first arguments.

    Examples
    --------
    >>> from autograd_lite import strategies
    >>> @strategies.gradient_test(x=strategies.arrays(), w=strategies.arrays((), elements=between(1, 2)))
    ... def test_softplus(x, w):
    ...     return np.logaddexp(0, w * x) / w
    >>> test_softplus()
    >>> strategies.gradient_test(strategies.broadcastable_arrays(np.matmul.signature))(np.matmul)()
    """
    by_name = {name: value for name, value in named.items() if isinstance(value, st.SearchStrategy)}
    options = {name: value for name, value in named.items() if name not in by_name}
    if bool(strategies) == bool(by_name):
        raise TypeError("gradient_test: give strategies for the arguments, either in their order or by their names.")
    in_order = strategies[0] if len(strategies) == 1 else st.tuples(*strategies)

    def decorate(function: Callable[..., Any]) -> Callable[[], None]:
        order = positions(function, by_name)

        @functools.wraps(function)
        def test(**drawn: Any) -> None:
            values = tuple(drawn[name] for name in order) if by_name else drawn["arguments"]
            check_gradients(function, *(values if isinstance(values, tuple) else (values,)), **options)

        del test.__wrapped__  # or hypothesis and pytest would read the function's arguments
        return given(**(by_name or {"arguments": in_order}))(test)

    return decorate


def positions(function: Callable[..., Any], names: Iterable[str]) -> list[str]:
    """The names in the order of the function's arguments, of which they are the first."""
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

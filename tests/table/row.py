"""The table of the tests: one row for each rule, which draws calls of its function.

A row draws with hypothesis, from the strategies that users have too, so that what fails shrinks. Calls keep away from
kinks by a margin wider than the steps of a numerical derivative; `KINKS` sits on them, with the gradients expected there.
"""

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from autograd_lite import functions, rules, strategies

NUMPY = tuple(map(int, np.__version__.split(".")[:2]))


class Call(NamedTuple):
    """A call of `function`: the arrays to differentiate by, and how they stand among its arguments."""

    function: Callable[..., Any]
    arrays: tuple[np.ndarray, ...]
    options: dict[str, Any] = {}
    place: Callable[..., tuple[Any, ...]] = lambda *arrays: arrays

    def __call__(self, *arrays):
        return self.function(*self.place(*arrays), **self.options)

    def holding(self, i, value):
        """The same call with `value` for array i, as a constant."""
        rest = self.arrays[:i] + self.arrays[i + 1 :]
        return self._replace(arrays=rest, place=lambda *arrays: self.place(*arrays[:i], value, *arrays[i:]))


class Row(NamedTuple):
    """A function, how to draw calls of it, and the other ways to write them: methods and operators."""

    function: Callable[..., Any]
    draw: Callable[["Source"], Call]
    ways: tuple[Callable[..., Any], ...] = ()

    def __str__(self):
        homes = {"autograd_lite.functions": "functions", "_operator": "operator"}
        return f"{homes.get(getattr(self.function, '__module__', None), 'np')}.{rules.name_of(self.function)}"


# -- domains: arrays of a shape, where a function is smooth -------------------------------------------------------


REAL, POSITIVE = strategies.between(-3, 3), strategies.between(0.3, 3)
UNIT, ABOVE_ONE = strategies.between(-0.8, 0.8), strategies.between(1.3, 4)
NONZERO = strategies.away_from(0.0, margin=0.3)
QUARTERS = strategies.away_from(*np.arange(-3, 3.5, 0.5), margin=0.2)  # away from whole and half numbers
APART = strategies.apart(0.125)


def halves_or_doubles(rng, shape):
    """Divisors that leave a quarter's quotient away from whole numbers."""
    return rng.choice((-2, -1, -0.5, 0.5, 1, 2), shape)


def some_zeros(rng, shape):
    return NONZERO(rng, shape) * (rng.random(shape) < 0.7)


below = functools.cache(lambda n: st.integers(0, n - 1))


class Source:
    """Shapes, numbers and options, all of them drawn by hypothesis."""

    def __init__(self, draw):
        self.draw = draw

    @functools.cached_property
    def rng(self):
        return self.draw(strategies.generators())

    def among(self, *choices):
        return choices[self.draw(below(len(choices)))]

    def some(self, **options):
        """Some of the options, each half of the time."""
        return {name: value for name, value in options.items() if self.draw(st.booleans())}

    def shape(self, least=0, ndim=None):
        dims = {} if ndim is None else {"min_dims": ndim, "max_dims": ndim}
        return self.draw(strategies.shapes(min_side=least, **dims))

    def broadcastable(self, n, least=0, max_dims=3):
        """So many shapes that broadcast against each other, or those of a signature."""
        return self.draw(strategies.broadcastable_shapes(n, min_side=least, max_dims=max_dims))

    def array(self, shape, domain=REAL):
        return np.asarray(domain(self.rng, shape), float)

    def apart(self, *shapes):
        """Arrays of which no two numbers are nearer to each other than 1/8."""
        return self.draw(strategies.broadcastable_arrays(st.just(shapes), elements=APART, layout="C"))

    def axis(self, ndim, *kinds):
        return self.draw(strategies.axes(ndim, *kinds))

    def key(self, shape):
        return self.draw(strategies.indices(shape))

    def mask(self, shape, axis, least=1):
        """A mask for where= that leaves at least so many elements on each reduced axis."""
        index = np.indices(shape)
        reduced = functions.axes(axis, len(shape))
        first = np.all([index[i] < least for i in reduced], axis=0) if reduced else np.ones(shape, bool)
        return first | (self.rng.random(shape) < 0.5)


@st.composite
def calls(draw, row):
    """A call of the row, and a generator for what a test needs besides."""
    source = Source(draw)
    return row.draw(source), source.rng


# -- how to draw a call, one function for each kind of rule -------------------------------------------------------


def elementwise(function, *domains, ways=(), least=0):
    """Arrays that broadcast; of two, one is sometimes a Python number, a list or a NumPy scalar."""

    def draw(s):
        arrays = tuple(map(s.array, s.broadcastable(len(domains), least), domains))
        return one_held(s, Call(function, arrays), domains)

    return Row(function, draw, ways)


def one_held(s, call, domains):
    held = s.among(*(None,) * 4, *range(len(domains))) if len(domains) > 1 else None
    if held is None:
        return call
    value = s.array((), domains[held])
    return call.holding(held, s.among(float(value), np.float64(value), [float(value)], np.array([value])))


def choosing(function, ways=()):
    """The larger or smaller of two, which are nowhere near each other."""

    def draw(s):
        call = Call(function, s.apart(*s.broadcastable(2)))
        return call if s.among(True, True, False) else call.holding(1, 0.125)

    return Row(function, draw, ways)


def power(function, ways=()):
    """Positive bases with any exponents; any bases with whole exponents, which are constants."""

    def draw(s):
        one, other = s.broadcastable(2)
        if s.among(True, False):
            return one_held(s, Call(function, (s.array(one, POSITIVE), s.array(other))), (POSITIVE, REAL))
        exponent = s.among(0, 1, 2, 3, -1, -2, 2.0, 0.0, s.rng.integers(-2, 4, other).astype(float))
        return Call(function, (s.array(one, NONZERO), None)).holding(1, exponent)

    return Row(function, draw, ways)


def rounding(function, ways=()):
    def draw(s):
        decimals = s.among(0, 1, -1)
        return Call(function, (s.array(s.shape(), QUARTERS) / 10.0**decimals,), {"decimals": decimals})

    return Row(function, draw, ways)


def reduction(function, domain=REAL, least=0, ways=(), **options):
    """Over some axes, sometimes of some elements only; `options` are those that this function has besides."""

    def draw(s):
        ndim = s.among(0, 1, 2, 3)
        shape = s.shape(least, ndim)
        axis = s.axis(ndim)
        chosen = s.some(keepdims=True, **{name: value(s) for name, value in options.items()})
        if s.among(True, False, False) and shape:
            chosen["where"] = s.mask(shape, axis, least)
        return Call(function, (s.array(shape, domain),), {"axis": axis, **chosen})

    return Row(function, draw, ways)


def wider(s):
    return s.among(np.float64, np.longdouble, "longdouble")


def extreme(function, ways=()):
    def draw(s):
        ndim = s.among(0, 1, 2, 3)
        shape = s.shape(1, ndim)
        axis = s.axis(ndim)
        a, initial = s.apart(shape, ())
        chosen = s.some(keepdims=True, initial=float(initial))
        if "initial" in chosen and s.among(True, False) and shape:
            chosen["where"] = s.mask(shape, axis)
        return Call(function, (a,), {"axis": axis, **chosen})

    return Row(function, draw, ways)


def spread(function, ways=()):
    """Variances need two numbers that differ, more of them than `ddof`."""

    def draw(s):
        ndim = s.among(1, 2, 3)
        shape = tuple(n + 1 for n in s.shape(1, ndim))
        axis = s.among(None, *range(-ndim, ndim), (0, ndim - 1) if ndim > 1 else (0,))
        (a,) = s.apart(shape)
        chosen = s.some(keepdims=True, dtype=wider(s))
        chosen |= s.among({}, {"ddof": 1}, {"ddof": 0.5}, {"correction": 1})
        if s.among(True, False, False):
            chosen["where"] = s.mask(shape, axis, 2)
        if s.among(True, False, False):
            chosen["mean"] = np.mean(a, axis=axis, keepdims=True) + 0.5
        return Call(function, (a,), {"axis": axis, **chosen})

    return Row(function, draw, ways)


def cumulation(function, ways=()):
    def draw(s):
        ndim = s.among(1, 2, 3)
        axis = s.axis(ndim, None, int)
        return Call(function, (s.array(s.shape(ndim=ndim)),), {"axis": axis, **s.some(dtype=wider(s))})

    return Row(function, draw, ways)


def moved(function, arguments, least=0, least_ndim=0, ways=()):
    """A function that moves the elements of an array as `arguments(source, shape)` say: positions, and perhaps options."""

    def draw(s):
        shape = s.shape(least, s.among(*range(least_ndim, 4)))
        given = arguments(s, shape)
        options = given.pop() if given and isinstance(given[-1], dict) else {}
        return Call(function, (s.array(shape),), options, lambda a: (a, *given))

    return Row(function, draw, ways)


def reshaped(s, shape):
    size = math.prod(shape)
    target = s.among(size, (size,), shape[::-1], (1, *shape), (*shape, 1), *([-1, (-1, 1)] if size else []))
    return [target, s.some(order=s.among("C", "F"))]


def permuted(s, shape):
    order = s.rng.permutation(len(shape)).tolist()
    return s.among([], [None], [tuple(order)], [tuple(i - len(shape) for i in order)], [{"axes": order}])


def two_axes(s, shape):
    n = len(shape)
    return [s.axis(n, int), s.axis(n, int)]


def sources_and_destinations(s, shape):
    n = len(shape)
    k = s.among(*range(n + 1))
    several = [s.rng.permutation(n)[:k].tolist() for _ in range(2)]
    return s.among(two_axes(s, shape), several, [(0, -1), (-1, 0)] if n > 1 else [0, -1])


def new_axes(s, shape):
    n = len(shape) + 1
    return [s.among(*range(-n, n), (0, -1), (1, 0))]


def single_axes(s, shape):
    ones = tuple(i for i, n in enumerate(shape) if n == 1)
    return s.among([], [None], [ones], [ones[0] - len(shape)] if ones else [], [{"axis": ones}])


def flipped(s, shape):
    return s.among([], [s.axis(len(shape))], [{"axis": s.axis(len(shape))}])


def stretched(s, shape):
    return [(*s.shape(ndim=s.among(0, 1)), *(s.among(n, 2) if n == 1 else n for n in shape))]


def fitted(s, shape):
    """To fewer or shorter axes, as after broadcasting, or to longer ones, as after a reduction."""
    shorter = tuple(s.among(n, 1) for n in shape[s.among(*range(len(shape) + 1)) :])
    return [s.among(shorter, tuple(s.among(n, 3) if n == 1 else n for n in shape))]


def joined(function, sizes_may_differ, ways=()):
    """Several arrays in a list, one of them perhaps a constant."""

    def draw(s):
        ndim = s.among(1, 2, 3)
        shape, n = s.shape(ndim=ndim), s.among(1, 2, 3)
        axis = s.axis(ndim, int)
        shapes = [shape] * n
        if sizes_may_differ:
            shapes = [tuple(s.among(1, 2, 3, 0) if i == axis % ndim else k for i, k in enumerate(shape)) for _ in range(n)]
            axis = s.among(axis, axis, None)
        constant = s.array(shapes[0])
        place = s.among(lambda *arrays: (arrays,), lambda *arrays: (list(arrays),), lambda a, *rest: ([a, constant, *rest],))
        return Call(function, tuple(map(s.array, shapes)), {"axis": axis, **s.some(dtype=np.longdouble)}, place)

    return Row(function, draw, ways)


def chosen_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(functions.getitem, (s.array(shape),), {}, lambda x: (x, key))


def written_elements(s):
    shape = s.shape()
    key = s.key(shape)
    value = s.array(s.among(np.empty(shape)[key].shape, ()))
    return Call(functions.setitem, (s.array(shape), value), {}, lambda x, value: (np.copy(x), key, value))


def erased_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(functions.erase, (s.array(shape),), {}, lambda x: (x, key))


def scattered_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(functions.scatter, (s.array(np.empty(shape)[key].shape),), {}, lambda x: (x, key, shape))


def chosen_where(s):
    of_condition, *shapes = s.broadcastable(3)
    condition = s.among(s.rng.random(of_condition) < 0.5, True, (s.rng.random(of_condition) * 3).astype(int))
    call = Call(np.where, tuple(map(s.array, shapes)), {}, lambda a, b: (condition, a, b))
    return one_held(s, call, (REAL, REAL))


def clipped(function):
    """Between two bounds, which may be numbers, missing, or the wrong way round."""

    def draw(s):
        call = Call(function, s.apart(*s.broadcastable(3)))
        within = call.holding(2, 1.125).holding(1, 0.125)
        above, below = call.holding(2, None), call.holding(1, None)
        return s.among(call, within, above, below, above.holding(1, 0.125), below.holding(1, 1.125))

    return draw


def clipped_by_name(s):
    names = s.among((), ("a_min", "a_max"), *([("min", "max")] if NUMPY >= (2, 1) else []))

    def by_name(x, *bounds):
        return np.clip(x, **dict(zip(names, bounds))) if names else np.clip(x, *bounds)

    return clipped(by_name)(s)


# -- products -----------------------------------------------------------------------------------------------------


def dot_shapes(s):
    k = s.among(1, 2, 3, 0)
    lead_a, lead_b = s.shape(ndim=s.among(0, 1, 2)), s.shape(ndim=s.among(0, 1))
    a, b = (*lead_a, k), s.among((k,), (*lead_b, k, s.among(1, 2, 3)))
    return s.among(((), b), (a, ()), *[(a, b)] * 6)


def inner_shapes(s):
    k = s.among(1, 2, 3, 0)
    lead_a, lead_b = s.shape(ndim=s.among(0, 1, 2)), s.shape(ndim=s.among(0, 1, 2))
    a, b = (*lead_a, k), (*lead_b, k)
    return s.among(((), b), (a, ()), *[(a, b)] * 6)


def product(function, shapes, ways=()):
    """Of two arrays, whose shapes are drawn, or given by the signature of a generalised ufunc."""
    of = shapes if callable(shapes) else lambda s: s.broadcastable(shapes)
    return Row(function, lambda s: Call(function, tuple(map(s.array, of(s)))), ways)


def vdot_shapes(s):
    shape = s.shape()
    return shape, s.among(shape, shape[::-1], (math.prod(shape),))


def tensordot(s):
    """Some axes of a meet as many of b, in any order."""
    met = s.shape(ndim=s.among(0, 1, 2))
    free_a, free_b = s.shape(ndim=s.among(0, 1)), s.shape(ndim=s.among(0, 1, 2))
    n = len(met)
    if s.among(True, False):
        return Call(np.tensordot, (s.array((*free_a, *met)), s.array((*met, *free_b))), {"axes": n} if n != 2 else {})
    of_a, of_b = s.rng.permutation(n + len(free_a)), s.rng.permutation(n + len(free_b))
    a = np.transpose(s.array((*met, *free_a)), np.argsort(of_a))
    b = np.transpose(s.array((*met, *free_b)), np.argsort(of_b))
    axes = [of_a[:n].tolist(), [i - b.ndim for i in of_b[:n].tolist()]]
    return Call(np.tensordot, (np.array(a), np.array(b)), {"axes": (axes[0][0], axes[1][0]) if n == 1 else tuple(axes)})


EXPLICIT = (
    "i->i", "ij->ji", "ij->", "ijk->j", "ii->i", "ii->", "iii->i", "iij->j", "i,i->", "i,j->ij", "i,j->", "ij,jk->ik",
    "ij,kj->ik", "bij,bjk->bik", "ij,ij,ij->ij", "i,ij,j->", "aab,b->a", "ij,k->i", "iij,jk->k", "ij,jk,kl->il", ",i->i",
)  # fmt: skip
IMPLICIT = (*EXPLICIT, "ij,jk", "ba", "ii", "i j , j k -> k i", "...i,...i->...", "...ij,...jk", "i...,...->i...", "i...->...",
            "...", "...,...", "ii...->i...", "...i->i...", "a...,b...->...")  # fmt: skip


def of_labels(s, subscripts):
    """Arrays whose axes have the lengths of their labels; an ellipsis stands for axes that broadcast."""
    terms = subscripts.replace(" ", "").split("->")[0].split(",")
    sizes = dict(zip(sorted(set("".join(terms)) - {"."}), s.shape(ndim=12)))
    shapes = []
    for term, batch in zip(terms, s.broadcastable(len(terms))):
        before, dots, after = term.partition("...")
        shapes.append((*(sizes[c] for c in before), *(batch[-2:] if dots else ()), *(sizes[c] for c in after)))
    return tuple(map(s.array, shapes))


def explicit_einsum(s):
    subscripts = s.among(*EXPLICIT)
    options = s.some(optimize=True)
    return Call(functions.einsum, of_labels(s, subscripts), options, lambda *arrays: (subscripts, *arrays))


def any_einsum(s):
    subscripts = s.among(*IMPLICIT)
    call = Call(np.einsum, of_labels(s, subscripts), s.some(optimize=s.among(True, "optimal")))
    if s.among(True, False):
        return call._replace(place=lambda *arrays: (subscripts, *arrays))
    terms, arrow, output = subscripts.replace(" ", "").partition("->")
    lists = list(map(sublist, terms.split(",")))
    last = [sublist(output)] if arrow else []
    return call._replace(place=lambda *arrays: (*(x for pair in zip(arrays, lists) for x in pair), *last))


def sublist(term):
    """A term with numbers for labels: "a...b" is [0, ..., 1]."""
    return [... if c == "." else ord(c) - ord("a") for c in term.replace("...", ".")]


# -- compositions -------------------------------------------------------------------------------------------------


def cut(function, equal):
    def draw(s):
        ndim = s.among(1, 2, 3)
        shape, axis = s.shape(ndim=ndim), s.axis(ndim, int)
        n = shape[axis]
        sections = s.among(n or 1, 1, [1], [1, 2], [2, 1], [-1], np.array([0, 5]), *([] if equal else [2, 4]))
        return Call(function, (s.array(shape),), {"axis": axis}, lambda a: (a, sections))

    return Row(function, draw)


# -- the table ----------------------------------------------------------------------------------------------------


def method(name):
    """Written as a method of the first argument."""

    def way(x, *args, **options):
        return getattr(x, name)(*args, **options)

    return way


def attribute(name):
    """Written as an attribute, where no options are given."""
    return lambda x, *args, **options: NotImplemented if args or options else getattr(x, name)


def without_options(way):
    return lambda *args, **options: NotImplemented if options else way(*args)


ROWS = (
    elementwise(np.add, REAL, REAL, ways=(operator.add,)),
    elementwise(np.subtract, REAL, REAL, ways=(operator.sub,)),
    elementwise(np.multiply, REAL, REAL, ways=(operator.mul,)),
    elementwise(np.divide, REAL, NONZERO, ways=(operator.truediv,)),
    power(np.power),
    power(np.float_power),
    power(operator.pow),
    elementwise(np.floor_divide, QUARTERS, halves_or_doubles, ways=(operator.floordiv, lambda a, b: divmod(a, b)[0])),
    elementwise(np.remainder, QUARTERS, halves_or_doubles, ways=(operator.mod, lambda a, b: divmod(a, b)[1])),
    elementwise(np.fmod, QUARTERS, halves_or_doubles),
    choosing(np.maximum),
    choosing(np.minimum),
    choosing(np.fmax),
    choosing(np.fmin),
    elementwise(np.hypot, NONZERO, NONZERO),
    elementwise(np.arctan2, NONZERO, NONZERO),
    elementwise(np.logaddexp, REAL, REAL),
    elementwise(np.logaddexp2, REAL, REAL),
    elementwise(np.copysign, NONZERO, NONZERO),
    elementwise(functions.ratio, REAL, NONZERO),
    elementwise(np.negative, REAL, ways=(operator.neg,)),
    elementwise(np.positive, REAL, ways=(operator.pos,)),
    elementwise(np.conjugate, REAL, ways=(method("conj"),)),
    elementwise(np.absolute, NONZERO, ways=(abs,)),
    elementwise(np.fabs, NONZERO),
    elementwise(np.square, REAL, ways=(lambda x: x**2, lambda x: x**2.0)),
    elementwise(np.reciprocal, NONZERO),
    elementwise(np.sqrt, POSITIVE),
    elementwise(np.cbrt, NONZERO),
    elementwise(np.exp, REAL),
    elementwise(np.exp2, REAL),
    elementwise(np.expm1, REAL),
    elementwise(np.log, POSITIVE),
    elementwise(np.log2, POSITIVE),
    elementwise(np.log10, POSITIVE),
    elementwise(np.log1p, strategies.between(-0.7, 3)),
    elementwise(np.sin, REAL),
    elementwise(np.cos, REAL),
    elementwise(np.tan, strategies.between(-1.2, 1.2)),
    elementwise(np.arcsin, UNIT),
    elementwise(np.arccos, UNIT),
    elementwise(np.arctan, REAL),
    elementwise(np.sinh, REAL),
    elementwise(np.cosh, REAL),
    elementwise(np.tanh, REAL),
    elementwise(np.arcsinh, REAL),
    elementwise(np.arccosh, ABOVE_ONE),
    elementwise(np.arctanh, UNIT),
    elementwise(np.deg2rad, REAL),
    elementwise(np.radians, REAL),
    elementwise(np.rad2deg, REAL),
    elementwise(np.degrees, REAL),
    elementwise(functions.over_cosh_squared, REAL, REAL),
    elementwise(functions.sigmoid, REAL),
    elementwise(np.sign, NONZERO),
    elementwise(np.floor, QUARTERS),
    elementwise(np.ceil, QUARTERS),
    elementwise(np.trunc, QUARTERS),
    elementwise(np.rint, QUARTERS, ways=(round,)),
    rounding(np.around),
    elementwise(np.fix, QUARTERS),
    rounding(np.round, ways=(method("round"), lambda x, decimals: round(x, decimals))),
    reduction(np.sum, dtype=wider, initial=lambda s: 1.5, ways=(method("sum"),)),
    reduction(np.mean, least=1, dtype=wider, ways=(method("mean"),)),
    reduction(np.prod, some_zeros, dtype=wider, initial=lambda s: 1.5, ways=(method("prod"),)),
    extreme(np.max, ways=(method("max"),)),
    extreme(np.min, ways=(method("min"),)),
    spread(np.var, ways=(method("var"),)),
    spread(np.std, ways=(method("std"),)),
    cumulation(np.cumsum, ways=(method("cumsum"),)),
    moved(np.reshape, reshaped, ways=(method("reshape"),)),
    moved(np.ravel, lambda s, shape: [s.some(order=s.among("C", "F"))], ways=(method("ravel"), method("flatten"))),
    moved(np.transpose, permuted, ways=(attribute("T"), lambda x, *args, axes=None: x.transpose(*(args or [axes])))),
    moved(np.swapaxes, two_axes, least_ndim=1, ways=(method("swapaxes"),)),
    moved(np.moveaxis, sources_and_destinations, least_ndim=1),
    moved(np.expand_dims, new_axes),
    moved(np.squeeze, single_axes, ways=(method("squeeze"),)),
    moved(np.flip, flipped),
    moved(np.broadcast_to, stretched),
    moved(np.copy, lambda s, shape: [s.some(order=s.among("C", "F", "A", "K"))], ways=(without_options(method("copy")),)),
    joined(np.concatenate, sizes_may_differ=True),
    joined(np.stack, sizes_may_differ=False),
    moved(functions.fit, fitted),
    moved(functions.cast, lambda s, shape: [np.dtype(wider(s))], ways=(method("astype"),)),
    Row(functions.getitem, chosen_elements, (operator.getitem,)),
    Row(functions.scatter, scattered_elements),
    Row(functions.setitem, written_elements),
    Row(functions.erase, erased_elements),
    Row(np.where, chosen_where),
    Row(functions.clip, clipped(functions.clip)),
    product(np.matmul, np.matmul.signature, ways=(operator.matmul,)),
    product(np.dot, dot_shapes, ways=(method("dot"),)),
    product(np.inner, inner_shapes),
    product(np.outer, lambda s: (s.shape(), s.shape())),
    product(np.vdot, vdot_shapes),
    Row(np.tensordot, tensordot),
    Row(functions.einsum, explicit_einsum),
    cut(np.split, equal=True),
    cut(np.array_split, equal=False),
    elementwise(np.divmod, QUARTERS, halves_or_doubles, ways=(divmod,)),
    elementwise(np.modf, QUARTERS),
    Row(np.clip, clipped_by_name, (method("clip"),)),
    Row(np.einsum, any_einsum),
)


# Rules that read values only to choose a piece, and whose pieces are linear: there is nothing to detach in what they save.
PIECEWISE = {
    np.maximum, np.minimum, np.fmax, np.fmin, np.max, np.min, np.absolute, np.fabs, np.copysign, np.remainder, np.fmod,
    functions.clip,
}  # fmt: skip


class Kink(NamedTuple):
    """A call at a point without a derivative, or where a formula would lose it, and the gradients expected there."""

    call: Callable[..., Any]
    arrays: tuple[Any, ...]
    gradients: tuple[Any, ...]


half, inf, nan = 0.5, np.inf, np.nan

KINKS = {
    "abs at 0 has the middle of [-1, 1]": Kink(np.abs, ([0.0, -0.0],), ([0.0, 0.0],)),
    "fabs at 0": Kink(np.fabs, ([0.0, -0.0],), ([0.0, 0.0],)),
    "sign at 0": Kink(np.sign, ([0.0],), ([0.0],)),
    "floor at whole numbers": Kink(np.floor, ([1.0, 0.0],), ([0.0, 0.0],)),
    "maximum: a tie is shared": Kink(np.maximum, ([1.0, 0.0, 2.0], [1.0, -0.0, 3.0]), ([half, half, 0], [half, half, 1])),
    "minimum: a tie is shared": Kink(np.minimum, ([1.0, 0.0, 2.0], [1.0, -0.0, 3.0]), ([half, half, 1], [half, half, 0])),
    "fmax: a tie is shared, a number beats nan": Kink(np.fmax, ([1.0, nan, 2.0], [1.0, 2.0, nan]), ([half, 0, 1], [half, 1, 0])),
    "fmin: a tie is shared, a number beats nan": Kink(np.fmin, ([1.0, nan, 2.0], [1.0, 2.0, nan]), ([half, 0, 1], [half, 1, 0])),
    "a stretched tie is shared": Kink(np.maximum, (1.0, [1.0, 0.0, 2.0]), (1.5, [half, 0, 1])),
    "max: ties share": Kink(np.max, ([1.0, 3.0, 3.0],), ([0, half, half],)),
    "max: ties over two axes share": Kink(np.max, ([[3.0, 1.0], [3.0, 3.0]],), ([[1 / 3, 0], [1 / 3, 1 / 3]],)),
    "max: ties share with initial": Kink(lambda a: np.max(a, initial=3.0), ([1.0, 3.0],), ([0, half],)),
    "max: initial wins": Kink(lambda a: np.max(a, initial=9.0), ([1.0, 3.0],), ([0, 0],)),
    "max: nan wins": Kink(np.max, ([1.0, nan],), ([0, 1],)),
    "min: ties share": Kink(lambda a: np.min(a, axis=-1), ([[1.0, 1.0, 3.0], [1.0, 2.0, 3.0]],), ([[half, half, 0], [1, 0, 0]],)),
    "min: what where= leaves out has no share": Kink(
        lambda a: np.min(a, initial=9.0, where=[True, False, True]), ([1.0, 1.0, 1.0],), ([half, 0, half],)
    ),
    "clip at its bounds": Kink(lambda x: np.clip(x, 0, 1), ([-1.0, 0.0, 0.5, 1.0, 2.0],), ([0, half, 1, half, 0],)),
    "clip: the bounds share": Kink(np.clip, ([0.0, 1.0], 0.0, 1.0), ([half, half], half, half)),
    "clip: all three tie as minimum(maximum(x, low), high)": Kink(np.clip, (1.0, 1.0, 1.0), (0.25, 0.25, half)),
    "prod with one 0": Kink(np.prod, ([0.0, 2.0, 3.0],), ([6.0, 0, 0],)),
    "prod with two 0s": Kink(np.prod, ([0.0, 2.0, 0.0],), ([0, 0, 0],)),
    "prod with 0s in some rows": Kink(lambda a: np.prod(a, 1), ([[0.0, 2.0], [4.0, 3.0]],), ([[2, 0], [3, 4]],)),
    "prod where the 0 is left out": Kink(lambda a: np.prod(a, where=[False, True]), ([0.0, 2.0],), ([0, 1],)),
    "power at 0": Kink(lambda a: np.power(a, [3.0, 2.0, 1.0, 0.0, 0.5, -1.0]), ([0.0] * 6,), ([0, 0, 1, 0, inf, -inf],)),
    "0**2, the operator": Kink(lambda a: a**2, ([0.0],), ([0],)),
    "0**3, the operator": Kink(lambda a: a**3, ([0.0],), ([0],)),
    "0**b is constant for b > 0": Kink(lambda b: np.power(0.0, b), ([1.0, 0.5],), ([0, 0],)),
    "a**b at 0": Kink(np.power, ([0.0, 0.0], [1.0, 2.0]), ([1, 0], [0, 0])),
    "sqrt at 0": Kink(np.sqrt, ([0.0],), ([inf],)),
    "cbrt at 0": Kink(np.cbrt, ([0.0],), ([inf],)),
    "log at 0": Kink(np.log, ([0.0],), ([inf],)),
    "1 / x at 0": Kink(np.reciprocal, ([0.0],), ([-inf],)),
    "arcsin at 1": Kink(np.arcsin, ([1.0, -1.0],), ([inf, inf],)),
    "arccos at 1": Kink(np.arccos, ([1.0, -1.0],), ([-inf, -inf],)),
    "arccosh at 1": Kink(np.arccosh, ([1.0],), ([inf],)),
    "hypot at 0": Kink(np.hypot, ([0.0, 3.0], [0.0, 4.0]), ([0, 0.6], [0, 0.8])),
    "arctan2 at 0": Kink(np.arctan2, ([0.0, 0.0], [0.0, 1.0]), ([0, 1], [0, 0])),
    "std of equal numbers": Kink(np.std, ([2.0, 2.0],), ([0, 0],)),
    "std of some equal rows": Kink(lambda a: np.std(a, 1), ([[2.0, 2.0], [1.0, 3.0]],), ([[0, 0], [-half, half]],)),
    "var of equal numbers": Kink(np.var, ([2.0, 2.0],), ([0, 0],)),
    "copysign of 0": Kink(np.copysign, ([0.0], [1.0]), ([0], [0])),
    "remainder at a multiple": Kink(np.remainder, ([6.0], [3.0]), ([1], [-2])),
    "logaddexp of infinities": Kink(np.logaddexp, ([-inf, inf, -inf], [-inf, 0.0, 0.0]), ([half, 1, 0], [half, 0, 1])),
    "sigmoid far out": Kink(functions.sigmoid, ([-800.0, 800.0],), ([0, 0],)),
    "tanh far out": Kink(np.tanh, ([-800.0, 800.0],), ([0, 0],)),
    "ratio at 0": Kink(functions.ratio, ([1.0, 0.0], [0.0, 0.0]), ([0, 0], [0, 0])),
    "an element named twice": Kink(lambda x: x[[0, 0, 1]], ([1.0, 2.0, 3.0],), ([2, 1, 0],)),
}

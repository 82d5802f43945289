"""The rows of functions made of others: splitting, division with remainder, clipping, any einsum."""

import numpy as np

from .elementwise import elementwise, halves_or_doubles
from .indexing import clipped
from .products import EXPLICIT, of_labels
from .row import NONZERO, NUMPY, QUARTERS, Call, Kink, Row, half, method


def clipped_by_name(s):
    names = s.among((), ("a_min", "a_max"), *([("min", "max")] if NUMPY >= (2, 1) else []))

    def by_name(x, *bounds):
        return np.clip(x, **dict(zip(names, bounds))) if names else np.clip(x, *bounds)

    return clipped(by_name)(s)


IMPLICIT = (*EXPLICIT, "ij,jk", "ba", "ii", "i j , j k -> k i", "...i,...i->...", "...ij,...jk", "i...,...->i...", "i...->...",
            "...", "...,...", "ii...->i...", "...i->i...", "a...,b...->...")  # fmt: skip


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


def cut(function, equal):
    def draw(s):
        ndim = s.among(1, 2, 3)
        shape, axis = s.shape(ndim=ndim), s.axis(ndim, int)
        n = shape[axis]
        sections = s.among(n or 1, 1, [1], [1, 2], [2, 1], [-1], np.array([0, 5]), *([] if equal else [2, 4]))
        return Call(function, (s.array(shape),), {"axis": axis}, lambda a: (a, sections))

    return Row(function, draw)


def along_axis(s):
    """A function of a slice that returns a number, a slice, or a matrix."""
    shape = s.shape(1, s.among(1, 2, 3))
    f = s.among(lambda row: np.sum(row**2), lambda row: row * np.cos(row[0]), lambda row: np.outer(row, row))
    axis = s.axis(len(shape), int)
    return Call(np.apply_along_axis, (s.array(shape),), {}, lambda a: (f, axis, a))


def over_axes(s):
    shape = s.shape(1, s.among(2, 3))
    f = s.among(np.sum, np.mean, lambda a, axis: np.sum(a * a, axis=axis, keepdims=True))
    axes = s.among(0, [0, 1], (-1, 0))
    return Call(np.apply_over_axes, (s.array(shape),), {}, lambda a: (f, a, axes))


def in_pieces(s):
    """The pieces meet at 0; where conditions overlap, the last wins."""
    x = s.array(s.shape(), NONZERO)
    functions = s.among([np.sin, lambda v: v**2], [1.5, np.exp], [lambda v: 2.0 * v, -1.0, np.cos], [np.square])
    conditions = [x > 0, x < 0, x > 1.5][: min(len(functions), 2)]
    with_itself = lambda x, *pieces: np.piecewise(x, *pieces) + x  # which depends on x where a piece is constant
    return Call(with_itself, (x,), {}, lambda a: (a, conditions, functions))


ROWS = (
    Row(np.apply_along_axis, along_axis),
    Row(np.apply_over_axes, over_axes),
    Row(np.piecewise, in_pieces),
    cut(np.split, equal=True),
    cut(np.array_split, equal=False),
    elementwise(np.divmod, QUARTERS, halves_or_doubles, ways=(divmod,)),
    elementwise(np.modf, QUARTERS),
    Row(np.clip, clipped_by_name, (method("clip"),)),
    Row(np.einsum, any_einsum),
)

KINKS = {
    "clip at its bounds": Kink(lambda x: np.clip(x, 0, 1), ([-1.0, 0.0, 0.5, 1.0, 2.0],), ([0, half, 1, half, 0],)),
    "clip: the bounds share": Kink(np.clip, ([0.0, 1.0], 0.0, 1.0), ([half, half], half, half)),
    "clip: between equal bounds nothing moves": Kink(np.clip, ([0.0, 1.0, 2.0], 1.0, 1.0), ([0, 0, 0], 1, 2)),
    "clip: the upper bound wins over a higher lower one": Kink(np.clip, ([0.0, 1.5, 3.0], 2.0, 1.0), ([0, 0, 0], 0, 3)),
    "modf: the fraction has slope 1": Kink(lambda x: np.modf(x)[0], ([2.0, 0.0, -0.0, -3.0, 0.5],), ([1, 1, 1, 1, 1],)),
}

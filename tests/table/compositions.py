"""The rows of functions made of others: splitting, division with remainder, clipping, any einsum."""

import numpy as np

from .elementwise import elementwise, halves_or_doubles
from .indexing import clipped
from .products import EXPLICIT, of_labels
from .row import NUMPY, QUARTERS, Call, Kink, Row, half, method


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


ROWS = (
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

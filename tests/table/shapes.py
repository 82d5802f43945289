"""The rows of functions that give the same elements another shape or order."""

import math

import numpy as np

from autograd_lite import functions

from .row import Call, Row, attribute, method, wider, without_options


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


ROWS = (
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
    moved(functions.match_shape, fitted),
    moved(functions.cast, lambda s, shape: [np.dtype(wider(s))], ways=(method("astype"),)),
)

"""The rows of functions that move numbers."""

import math
import warnings

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd_lite.rules import moves

from .padding import computed
from .row import NONZERO, NUMPY, REAL, Call, Kink, Row, attribute, half, inf, method, nan, one_held, wider, without_options
from .shapes import moved


def some_axis(s, shape):
    return s.axis(len(shape), int)


def pair_of_axes(s, shape):
    """Two different axes, counted from the front or from the end."""
    i, j = s.rng.permutation(len(shape))[:2].tolist()
    return s.among(i, i - len(shape)), s.among(j, j - len(shape))


def on_one_axis(function, draw_more, least=0, least_ndim=1, ways=()):
    """A function that takes `axis`, which may be None, and before it what `draw_more(source, length)` says."""

    def arguments(s, shape):
        axis = s.axis(len(shape), None, int)
        n = math.prod(shape) if axis is None else shape[axis]
        *given, options = draw_more(s, n)
        return [*given, {"axis": axis, **options}]

    return moved(function, arguments, least, least_ndim, ways)


def rolled(s, shape):
    choices = [[1], [-2], [5, None], [(1, 2)]]
    if shape:
        choices += [[1, some_axis(s, shape)], [(1, 2), some_axis(s, shape)], [-1, {"axis": some_axis(s, shape)}]]
    if len(shape) > 1:
        choices += [[(1, -1), pair_of_axes(s, shape)], [2, pair_of_axes(s, shape)]]
    return s.among(*choices)


def turned(s, shape):
    return [s.among(*range(-2, 6)), s.among({}, {"axes": pair_of_axes(s, shape)})]


def triangle(s, shape):
    return s.among([], [s.among(-2, -1, 0, 1, 2)], [{"k": 1}])


def tiled(s, shape):
    return [s.among(2, 1, 0, (), (2,), (1, 2), (2, 1, 2), [2, 2])]


def repeated(s, n):
    return s.among(2, 0, [3], s.rng.integers(0, 3, n)), {}


def resized(s, shape):
    return [s.among(0, 1, 5, (2, 3), (3, 0), shape[::-1], (2, *shape))]


def padded(s, shape):
    n = len(shape)
    width = s.among(0, 1, (2, 1), [(s.among(0, 1, 3), s.among(0, 2)) for _ in range(n)])
    mode = s.among("constant", "constant", "edge", "reflect", "symmetric", "wrap")
    options = s.some(constant_values=s.among(1.5, (1, 2), [(0.5, 1)] * n)) if mode == "constant" else {}
    return [width, *s.among([mode], [{"mode": mode}] if not options else [mode]), *([options] if options else [])]


def taken(s, n):
    mode = s.among("raise", "raise", "wrap", "clip")
    ends = (-n, n) if mode == "raise" else (-2 * n, 2 * n)
    indices = s.rng.integers(*ends, s.among((), (3,), (2, 2), (0,)))
    return s.among(indices, indices.tolist()), {} if mode == "raise" else {"mode": mode}


def taken_along(s, shape):
    axis = s.axis(len(shape), None, int)
    if axis is None:
        return [s.rng.integers(-math.prod(shape), math.prod(shape), 3), None]
    of_indices = list(shape)
    of_indices[axis] = s.among(1, 2, 4)
    if len(shape) > 1 and s.among(True, False):
        of_indices[axis % len(shape) - 1] = 1
    return [s.rng.integers(-shape[axis], shape[axis], of_indices), axis]


def compressed(s):
    shape = s.shape(1, s.among(1, 2, 3))
    axis = s.axis(len(shape), None, int)
    n = math.prod(shape) if axis is None else shape[axis]
    condition = s.rng.random(s.among(n, n - 1)) < 0.6
    condition = s.among(condition, condition.tolist())
    return Call(np.compress, (s.array(shape),), {"axis": axis}, lambda a: (condition, a))


def extracted(s):
    shape = s.shape()
    condition = s.rng.random(shape) < 0.6
    return Call(np.extract, (s.array(shape),), {}, lambda a: (condition, a))


def deleted(s, n):
    return s.among(0, -1, [0, n - 1], slice(None, None, 2), slice(0, 0), s.rng.random(n) < 0.5, np.array([0, 0])), {}


def inserted(s):
    """One place or several, and values that broadcast against the gap."""
    shape = s.shape(1, s.among(1, 2, 3))
    axis = s.axis(len(shape), None, int)
    n = math.prod(shape) if axis is None else shape[axis]
    places = s.among(0, n, -1, [0], [0, n], [n, 0, 0], slice(0, n, 2), *([s.rng.random(n) < 0.5] if NUMPY >= (2, 4) else []))
    count = 1 if isinstance(places, int) else np.insert(np.zeros(n), places, 1).size - n
    if axis is None or len(shape) == 1:
        of_values = s.among((), (1,), (count,))
    else:
        row = shape[:axis] + shape[axis % len(shape) + 1 :] if isinstance(places, int) else ()
        gap = list(shape)
        gap[axis] = count
        of_values = s.among((), (1,) * len(shape), row, *([] if isinstance(places, int) else [tuple(gap)]))
    call = Call(np.insert, (s.array(shape), s.array(of_values)), {"axis": axis}, lambda arr, values: (arr, places, values))
    return s.among(call, call, call.holding(1, 2.5))


def diagonals(s, shape):
    axis1, axis2 = pair_of_axes(s, shape)
    return s.among([], [s.among(-1, 0, 1, 5)], [1, axis1, axis2], [{"offset": -1, "axis1": axis1, "axis2": axis2}])


def windowed(s, shape):
    several = tuple(s.among(*range(1, n + 1)) for n in shape)
    choices = [[several]] if shape else [[()]]
    if shape:
        axis = some_axis(s, shape)
        side = s.among(*range(1, shape[axis] + 1))
        choices += [[side, axis], [(side, 1), (axis, axis)], [(side,), {"axis": (axis,)}]]
    return s.among(*choices)


def choices(s):
    """By integers among arrays that broadcast, also integers out of range."""
    of_places, *shapes = s.broadcastable(s.among(2, 3, 4))
    n = len(shapes)
    mode = s.among("raise", "wrap", "clip")
    places = s.rng.integers(*((0, n) if mode == "raise" else (-n, 2 * n)), of_places)
    place = s.among(lambda *arrays: (places, arrays), lambda *arrays: (places, list(arrays)))
    return Call(np.choose, tuple(map(s.array, shapes)), {} if mode == "raise" else {"mode": mode}, place)


def selections(s):
    """NumPy asks the choices alone whether one is a Tensor: the default is one of them."""
    of_condition, *shapes = s.broadcastable(s.among(2, 3, 4))
    conditions = [s.rng.random(of_condition) < 0.5 for _ in shapes]
    number = s.among(0.5, 2)
    default = s.among(lambda arrays: arrays[0], lambda arrays: arrays[-1], lambda arrays: number)
    call = Call(np.select, tuple(map(s.array, shapes)), {}, lambda *arrays: (conditions, list(arrays), default(arrays)))
    return call.holding(0, 2.0) if len(shapes) > 1 and s.among(True, False) else call


def not_all_finite(s):
    numbers = s.array(s.shape())
    options = s.some(nan=1.0)
    if s.among(True, False):
        numbers = np.where(s.rng.random(numbers.shape) < 0.3, s.rng.choice((-np.inf, np.inf), numbers.shape), numbers)
        options |= {"posinf": 2.0, "neginf": -1.0}
    return Call(np.nan_to_num, (numbers,), options)


def grown(function):
    """Each of one or two arrays with more axes."""

    def draw(s):
        a, b = s.array(s.shape()), s.array(s.shape())
        return s.among(Call(function, (a,)), Call(lambda a, b: np.append(*function(a, b)), (a, b)))

    return Row(function, draw)


def stacked(function, shapes, ways=(), called=None, **options):
    def draw(s):
        arrays = tuple(map(s.array, shapes(s)))
        constant = np.ones(arrays[0].shape)
        place = s.among(lambda *arrays: (arrays,), lambda *arrays: (list(arrays),), lambda *arrays: ([*arrays, constant],))
        return Call(called or function, arrays, s.some(**options), place)

    return Row(function, draw, ways)


def along(axis, *ndims):
    """Shapes that differ in the length of one axis only, or vectors of any length where axis is 0."""

    def shapes(s):
        ndim = s.among(*ndims)
        shape = s.shape(ndim=ndim)
        free = axis if ndim > axis else None
        return [tuple(s.among(1, 2, 3) if i == free else n for i, n in enumerate(shape)) for _ in range(s.among(1, 2, 3))]

    return shapes


def hstacked(s):
    return along(0, 0, 1)(s) if s.among(True, False) else along(1, 2, 3)(s)


def columns(s):
    n = s.among(1, 2, 3, 0)
    return [s.among((n,), (n, 1), (n, 2)) for _ in range(s.among(1, 2, 3))]


def without_warning(function):
    """A deprecated function of NumPy."""

    def call(*args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return function(*args, **options)

    return call


def appended(s):
    ndim = s.among(1, 2, 3)
    if s.among(True, False):
        return one_held(s, Call(np.append, (s.array(s.shape()), s.array(s.shape()))), (REAL, REAL))
    axis = s.among(*range(ndim))
    shape = s.shape(ndim=ndim)
    other = tuple(s.among(1, 2) if i == axis else n for i, n in enumerate(shape))
    return Call(np.append, (s.array(shape), s.array(other)), {"axis": s.among(axis, axis - ndim)})


def blocks(s):
    n, m = s.among(1, 2, 3), s.among(1, 2)
    a, b, c, d = (s.array(shape) for shape in ((n, n), (n, m), (m, n), (m, m)))
    vector, number = s.array((n,)), s.array(())
    return s.among(
        Call(np.block, (a, b, c, d), {}, lambda a, b, c, d: ([[a, b], [c, d]],)),
        Call(np.block, (a, b), {}, lambda a, b: ([[a, b], [np.zeros((m, n)), np.ones((m, m))]],)),
        Call(np.block, (vector, number), {}, lambda v, x: ([v, x, v, 2.0],)),
        Call(np.block, (vector,), {}, lambda v: ([[v], [v]],)),
        Call(np.block, (number,), {}, lambda x: (x,)),
        Call(np.block, (a, b), {}, lambda a, b: ([[[a, b]], [[a, b]]],)),
    )


def cut_across(function, least_ndim):
    def draw(s):
        ndim = s.among(*range(least_ndim, 4))
        shape = s.shape(ndim=ndim)
        n = shape[0 if function is np.vsplit or ndim == 1 else 1 if function is np.hsplit else 2]
        parts = s.among(n or 1, 1, [1], [1, 2], [-1])
        return Call(function, (s.array(shape),), {}, lambda a: (a, parts))

    return Row(function, draw)


def unstacked(s, shape):
    return [s.some(axis=some_axis(s, shape))]


def broadcast(s):
    """Stacked, so that there is a Tensor also where an array was only broadcast."""
    arrays = tuple(map(s.array, s.broadcastable(s.among(1, 2, 3))))
    return Call(lambda *arrays: np.stack(np.broadcast_arrays(*arrays)), arrays)


def grids(s):
    arrays = tuple(s.array(s.shape(ndim=s.among(0, 1))) for _ in range(s.among(1, 2, 3)))
    options = s.some(copy=False, sparse=True, indexing=s.among("xy", "ij"))
    together = lambda *arrays, **options: np.concatenate([np.ravel(grid) for grid in np.meshgrid(*arrays, **options)])
    return s.among(Call(together, arrays, options), Call(lambda x, **o: np.meshgrid(x, x, **o)[0], arrays[:1], options))


def trimmed(s):
    """Zeros at the ends, which are not differentiated by: moved, they would not be trimmed."""
    n = s.among(0, 1, 3)
    options = s.some(trim=s.among("f", "b", "fb", "B", *(["bf"] if NUMPY >= (2, 2) else [])))
    flat = Call(np.trim_zeros, (s.array(n, NONZERO),), options, lambda a: (np.concatenate(([0.0, 0.0], a, [0.0], a, [0.0])),))
    if NUMPY < (2, 2):
        return flat
    matrix = Call(np.trim_zeros, (s.array((n, 2), NONZERO),), options, lambda a: (np.pad(a, [(1, 2), (2, 0)]),))
    return s.among(flat, matrix, matrix._replace(options=options | {"axis": s.among(0, -1, (0, 1))}))


ROWS = (
    moved(np.roll, rolled),
    moved(np.rot90, turned, least_ndim=2),
    moved(np.fliplr, lambda s, shape: [], least_ndim=2),
    moved(np.flipud, lambda s, shape: [], least_ndim=1),
    moved(np.matrix_transpose, lambda s, shape: [], least_ndim=2, ways=(attribute("mT"), np.linalg.matrix_transpose)),
    moved(np.linalg.matrix_transpose, lambda s, shape: [], least_ndim=2),
    moved(np.tril, triangle, least_ndim=1),
    moved(np.triu, triangle, least_ndim=1),
    moved(np.tile, tiled),
    on_one_axis(np.repeat, repeated, ways=(method("repeat"),)),
    moved(moves.pad_moved, padded, least=1, least_ndim=1),
    Row(np.pad, lambda s: s.among(moved(np.pad, padded, least=1, least_ndim=1).draw, computed(np.pad))(s)),
    on_one_axis(np.take, taken, least=1, ways=(method("take"),)),
    moved(np.take_along_axis, taken_along, least=1, least_ndim=1),
    Row(np.compress, compressed, (lambda condition, a, **options: a.compress(condition, **options),)),
    Row(np.extract, extracted, (lambda condition, a: a[condition],)),
    on_one_axis(np.delete, deleted, least=1),
    Row(np.insert, inserted),
    Row(np.diag, lambda s: Call(np.diag, (s.array(s.shape(ndim=s.among(1, 2))),), s.some(k=s.among(-1, 0, 1, 2)))),
    moved(np.diagflat, triangle),
    moved(np.diagonal, diagonals, least_ndim=2, ways=(method("diagonal"),)),
    moved(np.linalg.diagonal, lambda s, shape: [s.some(offset=s.among(-1, 1))], least_ndim=2),
    moved(moves.window_views, windowed, least=1),
    Row(np.choose, choices),
    Row(np.select, selections),
    Row(np.nan_to_num, not_all_finite),
    grown(np.atleast_1d),
    grown(np.atleast_2d),
    grown(np.atleast_3d),
    moved(
        np.rollaxis,
        lambda s, shape: [some_axis(s, shape), *s.among([], [s.among(*range(-len(shape), len(shape) + 1))])],
        least_ndim=1,
    ),
    stacked(np.hstack, hstacked, dtype=np.longdouble, casting="unsafe"),
    stacked(np.vstack, along(0, 0, 2, 3), dtype=np.longdouble),
    stacked(np.dstack, along(2, 0, 1, 2, 3)),
    stacked(np.column_stack, columns),
    Row(np.append, appended),
    Row(np.block, blocks),
    cut_across(np.hsplit, 1),
    cut_across(np.vsplit, 2),
    cut_across(np.dsplit, 3),
    moved(np.resize, resized, least=1),
    moved(sliding_window_view, windowed, least=1),
    Row(np.broadcast_arrays, broadcast),
    Row(np.meshgrid, grids),
    moved(np.trace, diagonals, least_ndim=2, ways=(method("trace"),)),
    moved(np.linalg.trace, lambda s, shape: [s.some(offset=s.among(-1, 1), dtype=np.longdouble)], least_ndim=2),
    Row(np.trim_zeros, trimmed),
    moved(np.astype, lambda s, shape: [wider(s), s.some(copy=True)], least_ndim=1, ways=(without_options(method("astype")),)),
)
if hasattr(np, "unstack"):
    ROWS += (moved(np.unstack, unstacked, least=1, least_ndim=1),)
if hasattr(np, "row_stack"):
    ROWS += (stacked(np.row_stack, along(0, 0, 2), called=without_warning(np.row_stack)),)

PIECEWISE = {np.nan_to_num}

KINKS = {
    "nan_to_num: what is replaced has no gradient": Kink(np.nan_to_num, ([nan, inf, -inf, 1.0],), ([0, 0, 0, 1],)),
    "an element taken twice": Kink(lambda a: np.take(a, [0, 0, 1]), ([1.0, 2.0, 3.0],), ([2, 1, 0],)),
    "repeat: never is 0 times": Kink(lambda a: np.repeat(a, [0, 3]), ([1.0, 2.0],), ([0, 3],)),
    "pad: the border adds to the edge": Kink(lambda a: np.pad(a, 2, "edge"), ([1.0, 2.0],), ([3, 3],)),
    "extract: what is left out has no gradient": Kink(lambda x: np.extract(x > 0, np.sqrt(x)), ([0.0, 4.0],), ([0, 0.25],)),
    "diagonal: what is beside it has no gradient": Kink(
        lambda x: np.diagonal(np.sqrt(x)), ([[4.0, 0.0], [0.0, 4.0]],), ([[0.25, 0], [0, 0.25]],)
    ),
    "select: what is not chosen has no gradient": Kink(lambda x: np.select([x > 0], [np.log(x)]), ([0.0, 2.0],), ([0, half],)),
    "nan_to_num of what is no number": Kink(np.nan_to_num, ([nan, inf, 1.0],), ([0, 0, 1],)),
}

"""The rows of functions that reduce axes or accumulate along one."""

import numpy as np

from autograd_lite import functions
from autograd_lite.rules import reductions

from .row import NONZERO, NUMPY, REAL, Call, Kink, Row, half, inf, method, nan, wider


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


def gaps(draw, share=0.3):
    """The same call with nan among its numbers, of which the first two along each reduced axis stay."""

    def with_gaps(s):
        call = draw(s)
        a, *others = call.arrays
        index, reduced = np.indices(a.shape), functions.normalize_axes(call.options.get("axis"), a.ndim)
        first = np.all([index[i] < 2 for i in reduced], axis=0) if reduced else np.True_
        return call._replace(arrays=(np.where(first | (s.rng.random(a.shape) > share), a, nan), *others))

    return with_gaps


def nan_function(function, row):
    """The row of a function for its counterpart that leaves nan out."""
    return Row(function, lambda s: gaps(row.draw)(s)._replace(function=function))


def cumulative(function, domain=REAL):
    def draw(s):
        ndim = s.among(1, 1, 2, 3)
        axis = s.among(*range(-ndim, ndim), *([None] if ndim == 1 else []))
        return Call(function, (s.array(s.shape(ndim=ndim), domain),), {"axis": axis, **s.some(include_initial=True)})

    return Row(function, draw)


def reduce(function, row):
    """A ufunc's reduce, which takes axis 0 if none is given, drawn as `row`."""

    def draw(s):
        call = row.draw(s)
        if call.arrays[0].ndim == 0:
            return call._replace(function=function, arrays=(call.arrays[0].reshape(1),), options={})
        return call._replace(function=function)

    return Row(function, draw)


def of_axes(function):
    """A helper of a rule that works over axes counted from the front."""

    def draw(s):
        ndim = s.among(1, 2, 3)
        axes = functions.normalize_axes(s.axis(ndim), ndim)
        return Call(function, (s.array(s.shape(2, ndim), NONZERO),), {"axes": axes})

    return Row(function, draw)


def weights(s):
    """With the true logarithm of the sum, which is a constant for the weights: its derivative is in their rule."""
    call = of_logs.draw(s)
    axis, where = call.options["axis"], call.options.get("where", True)

    def with_total(a):
        total = np.logaddexp.reduce(functions.of_values(np.asarray, a), axis, keepdims=True, where=where)
        return a, axis, where, np.exp, total

    return Call(reductions.softmax_of, call.arrays, {}, with_total)


of_sums = reduction(np.sum, initial=lambda s: 1.5)
of_means = reduction(np.mean, least=1)
of_logs = reduction(np.add, least=1)

ROWS = (
    reduction(np.sum, dtype=wider, initial=lambda s: 1.5, ways=(method("sum"),)),
    reduction(np.mean, least=1, dtype=wider, ways=(method("mean"),)),
    extreme(np.max, ways=(method("max"),)),
    extreme(np.min, ways=(method("min"),)),
    extreme(np.amax),
    extreme(np.amin),
    spread(np.var, ways=(method("var"),)),
    spread(np.std, ways=(method("std"),)),
    cumulation(np.cumsum, ways=(method("cumsum"),)),
    of_axes(reductions.sum_of_others),
    of_axes(reductions.direction),
    Row(reductions.softmax_of, weights),
    reduce(np.fmax.reduce, Row(np.fmax, gaps(extreme(np.max).draw))),
    reduce(np.fmin.reduce, Row(np.fmin, gaps(extreme(np.min).draw))),
    reduce(np.logaddexp.reduce, reduction(np.add, least=1, initial=lambda s: 0.5)),
    reduce(np.logaddexp2.reduce, reduction(np.add, least=1, initial=lambda s: 0.5)),
    nan_function(np.nansum, of_sums),
    nan_function(np.nanmean, of_means),
    nan_function(np.nanmax, extreme(np.max)),
    nan_function(np.nanmin, extreme(np.min)),
    nan_function(np.nanvar, spread(np.var)),
    nan_function(np.nanstd, spread(np.std)),
    nan_function(np.nancumsum, cumulation(np.cumsum)),
)
if NUMPY >= (2, 1):
    ROWS += (cumulative(np.cumulative_sum),)

PIECEWISE = {
    np.max, np.min, np.amax, np.amin, np.fmax.reduce, np.fmin.reduce, np.nanmax, np.nanmin, np.nansum, np.nanmean, np.nancumsum,
}  # fmt: skip

KINKS = {
    "max: ties share": Kink(np.max, ([1.0, 3.0, 3.0],), ([0, half, half],)),
    "max: ties over two axes share": Kink(np.max, ([[3.0, 1.0], [3.0, 3.0]],), ([[1 / 3, 0], [1 / 3, 1 / 3]],)),
    "max: ties share with initial": Kink(lambda a: np.max(a, initial=3.0), ([1.0, 3.0],), ([0, half],)),
    "max: initial wins": Kink(lambda a: np.max(a, initial=9.0), ([1.0, 3.0],), ([0, 0],)),
    "max: nan wins": Kink(np.max, ([1.0, nan],), ([0, 1],)),
    "min: ties share": Kink(lambda a: np.min(a, axis=-1), ([[1.0, 1.0, 3.0], [1.0, 2.0, 3.0]],), ([[half, half, 0], [1, 0, 0]],)),
    "min: what where= leaves out has no share": Kink(
        lambda a: np.min(a, initial=9.0, where=[True, False, True]), ([1.0, 1.0, 1.0],), ([half, 0, half],)
    ),
    "std of equal numbers": Kink(np.std, ([2.0, 2.0],), ([0, 0],)),
    "std of some equal rows": Kink(lambda a: np.std(a, 1), ([[2.0, 2.0], [1.0, 3.0]],), ([[0, 0], [-half, half]],)),
    "var of equal numbers": Kink(np.var, ([2.0, 2.0],), ([0, 0],)),
    "nanmax: ties share": Kink(np.nanmax, ([nan, 3.0, 3.0],), ([0, half, half],)),
    "fmax.reduce: ties share": Kink(np.fmax.reduce, ([nan, 3.0, 3.0],), ([0, half, half],)),
    "logaddexp.reduce of infinities": Kink(np.logaddexp.reduce, ([-inf, -inf],), ([half, half],)),
    "std of equal numbers and nan": Kink(np.nanstd, ([2.0, 2.0, nan],), ([0, 0, 0],)),
    "nansum: a number that is left out has no derivative": Kink(lambda x: np.nansum(np.sqrt(x)), ([-1.0, 4.0],), ([0, 1 / 4],)),
}

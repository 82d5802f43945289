"""The table's chapter of functions that compute: order statistics, accumulations, sequences, averages, products, norms."""

import math

import numpy as np
from rows import (
    NONZERO,
    NUMPY,
    REAL,
    Call,
    Kink,
    Row,
    cumulation,
    elementwise,
    extreme,
    half,
    inf,
    method,
    nan,
    product,
    reduction,
    some_zeros,
    spread,
)

from autograd_lite import functions, strategies

# -- numbers ------------------------------------------------------------------------------------------------------


def ldexp(s):
    of_x, of_exponent = s.broadcastable(2)
    exponent = s.among(2, -1, s.rng.integers(-3, 4, of_exponent), np.int32(1))
    return Call(np.ldexp, (s.array(of_x),), {}, lambda x: (x, exponent))


def heaviside(s):
    """Steps away from 0; the value at 0 where the constant has zeros."""
    one, other = s.broadcastable(2)
    call = Call(np.heaviside, (s.array(one, NONZERO), s.array(other)))
    return call.holding(0, s.rng.integers(-1, 2, one).astype(float)) if s.among(True, False) else call


def of_order(function, domain):
    """A helper whose second argument is an order of differentiation, or of a Bessel function."""

    def draw(s):
        n = s.among(0, 1, 2, 3)
        return Call(function, (s.array(s.shape(), domain),), {}, lambda x: (x, n))

    return Row(function, draw)


def gaps(draw, share=0.3):
    """The same call with nan among its numbers, of which the first two along each reduced axis stay."""

    def with_gaps(s):
        call = draw(s)
        (a,) = call.arrays
        index, reduced = np.indices(a.shape), functions.axes(call.options.get("axis"), a.ndim)
        first = np.all([index[i] < 2 for i in reduced], axis=0) if reduced else np.True_
        return call._replace(arrays=(np.where(first | (s.rng.random(a.shape) > share), a, nan),))

    return with_gaps


# -- reductions and accumulations ---------------------------------------------------------------------------------


def nan_function(function, row):
    """The row of a function for its counterpart that leaves nan out."""
    return Row(function, lambda s: gaps(row.draw)(s)._replace(function=function))


def cumulative(function, domain=REAL):
    def draw(s):
        ndim = s.among(1, 1, 2, 3)
        axis = s.among(*range(-ndim, ndim), *([None] if ndim == 1 else []))
        return Call(function, (s.array(s.shape(ndim=ndim), domain),), {"axis": axis, **s.some(include_initial=True)})

    return Row(function, draw)


def cumulated_product(function, ways=()):
    row = cumulation(function, ways)

    def draw(s):
        call = row.draw(s)
        return call._replace(arrays=(s.array(call.arrays[0].shape, some_zeros),))

    return Row(function, draw, ways)


def recurrence(s):
    shape = s.shape(ndim=s.among(1, 2))
    return Call(functions.recur, (s.array(shape), s.array(shape, some_zeros)))


def reduce(function, row):
    """A ufunc's reduce, which takes axis 0 if none is given, drawn as `row`."""

    def draw(s):
        call = row.draw(s)
        if call.arrays[0].ndim == 0:
            return call._replace(function=function, arrays=(call.arrays[0].reshape(1),), options={})
        return call._replace(function=function)

    return Row(function, draw)


# -- order statistics ---------------------------------------------------------------------------------------------


METHODS = (
    "linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased",
)  # fmt: skip


def order_statistic(function, of=None):
    """Of numbers apart from each other; `of` is what the position is counted in, None for the median."""

    def draw(s):
        ndim = s.among(0, 1, 2, 3)
        shape = s.shape(1, ndim)
        (a,) = s.apart(shape)
        options = {"axis": s.axis(ndim), **s.some(keepdims=True)}
        if of is None:
            return Call(function, (a,), options)
        if options["axis"] == ():
            options["axis"] = None
        q = s.among(0.3 * of, 0.5 * of, 0, of, s.rng.uniform(0, of, s.shape(1, s.among(0, 1, 2))), [0.25 * of, 0.75 * of])
        return Call(function, (a,), options | s.some(method=s.among(*METHODS)), lambda a: (a, q))

    return Row(function, draw)


def peak_to_peak(s):
    ndim = s.among(0, 1, 2, 3)
    shape = s.shape(1, ndim)
    return Call(np.ptp, s.apart(shape), {"axis": s.axis(ndim), **s.some(keepdims=True)})


def averaged(s):
    shape = s.shape(1, s.among(0, 1, 2, 3))
    axis = s.axis(len(shape))
    options = {"axis": axis, **s.some(returned=True, keepdims=True)}
    a = s.array(shape)
    if s.among(True, False, False):
        return Call(np.average, (a,), options)
    chosen = axis if isinstance(axis, tuple) else None if axis is None else (axis,)
    some = shape if chosen is None else tuple(shape[i] for i in chosen)
    del options["axis"]
    return Call(np.average, (a, s.array(s.among(shape, some), strategies.between(0.5, 2))), options, lambda a, w: (a, axis, w))


def observations(s):
    n, k = s.among(3, 4, 5), s.among(1, 2, 3)
    rowvar = s.among(True, False)
    shape = s.among((n,), (k, n) if rowvar else (n, k))
    return n, rowvar, s.array(shape)


def covariance(s):
    n, rowvar, m = observations(s)
    chosen = s.some(
        rowvar=rowvar, bias=True, ddof=s.among(0, 1), fweights=s.rng.integers(1, 4, n), aweights=s.rng.uniform(1, 2, n)
    )
    chosen["rowvar"] = rowvar
    if s.among(True, False, False):
        chosen["dtype"] = np.float64
    if s.among(True, False):
        return Call(np.cov, (m,), chosen)
    other = s.array(s.among((n,), m.shape) if rowvar else m.shape)
    return Call(np.cov, (m, other), chosen)


def correlation_coefficients(s):
    n, rowvar, m = observations(s)
    if s.among(True, False):
        return Call(np.corrcoef, (m,), {"rowvar": rowvar})
    return Call(np.corrcoef, (m, s.array(m.shape)), {"rowvar": rowvar})


# -- sequences ----------------------------------------------------------------------------------------------------


def differences(s):
    ndim = s.among(1, 2, 3)
    shape, axis = s.shape(ndim=ndim), s.axis(ndim, int)
    end = tuple(2 if i == axis % ndim else n for i, n in enumerate(shape))
    options = {"n": s.among(1, 1, 2, 3), "axis": axis}
    ends = s.some(prepend=s.array(s.among((), end)), append=s.array(s.among((), end)))
    names = tuple(ends)

    def call(a, *given, **rest):
        return np.diff(a, **dict(zip(names, given)), **rest)

    return Call(call, (s.array(shape), *ends.values()), options)


def differences_1d(s):
    ends = s.some(to_end=s.array(s.shape(ndim=s.among(0, 1))), to_begin=s.array(s.shape(ndim=s.among(0, 2))))
    names = tuple(ends)

    def call(a, *given):
        return np.ediff1d(a, **dict(zip(names, given)))

    return Call(call, (s.array(s.shape()), *ends.values()))


def slopes(s):
    ndim = s.among(1, 2, 3)
    shape = tuple(s.among(3, 4, 5) for _ in range(ndim))
    axes = s.among(None, *range(-ndim, ndim), tuple(range(ndim)), (0, -1) if ndim > 1 else (0,))
    chosen = range(ndim) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    uneven = [np.cumsum(s.array((shape[i],), strategies.between(0.5, 2))) for i in chosen]
    even = [np.arange(shape[i]) * 2 for i in chosen]
    spacings = s.among([], [0.5], [0.25 * (i + 1) for i, _ in enumerate(chosen)], uneven, even, [0.5, *uneven[1:]])
    options = {"axis": axes, **s.some(edge_order=2)}
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0 and s.among(True, False):
        return Call(np.gradient, (s.array(shape), s.array((), strategies.between(0.5, 2))), options)
    return Call(np.gradient, (s.array(shape),), options, lambda f: (f, *spacings))


def integral(s):
    ndim = s.among(1, 2, 3)
    shape, axis = s.shape(1, ndim), s.axis(ndim, int)
    y, x = s.array(shape), s.array(s.among((shape[axis],), shape))
    return s.among(
        Call(np.trapezoid, (y,), {"axis": axis}),
        Call(np.trapezoid, (y, x), {"axis": axis}),
        Call(np.trapezoid, (y, s.array((), NONZERO)), {"axis": axis}, lambda y, dx: (y, None, dx)),
    )


def doubles(*arrays):
    """np.interp takes no more than double precision."""
    return tuple(x.astype(float) if x.dtype == np.longdouble else x for x in arrays)


def interpolated(function):
    """Points apart from each other, and places away from them: before, between and behind."""

    def draw(s):
        n, shape = s.among(1, 2, 3, 4), s.shape()
        xp = np.arange(n) + s.rng.uniform(-0.1, 0.1, n)
        x = s.rng.integers(-1, n, shape) + s.rng.uniform(0.3, 0.7, shape)
        fp = s.array((n,))
        if function is functions.interp:
            return Call(function, (x, xp, fp), {}, doubles)
        if s.among(True, False):
            period = float(n)
            order = s.rng.permutation(n)
            return Call(function, (x, xp[order] + 2 * period, fp[order]), {"period": period}, doubles)
        return Call(function, (x, xp, fp), s.some(left=0.5, right=-2.0), doubles)

    return Row(function, draw)


def convolved(function):
    def draw(s):
        a, v = (s.array((s.among(1, 2, 3, 4, 5),)) for _ in range(2))
        return Call(function, (a, v), s.some(mode=s.among("full", "same", "valid")))

    return Row(function, draw)


def unwrapped(s):
    """Neighbours whose distance is nowhere near half a period."""
    ndim = s.among(1, 2)
    axis = s.axis(ndim, int)
    p = s.rng.integers(-2, 3, s.shape(ndim=ndim)) * 2.5 + s.rng.uniform(-0.05, 0.05)
    return Call(np.unwrap, (p,), {"axis": axis, **s.some(discont=4.0)})


def powers(s):
    options = s.among({}, {"N": 0}, {"N": 1}, {"N": 2}, {"N": 4}) | s.some(increasing=True)
    return Call(np.vander, (s.array(s.shape(ndim=1), some_zeros),), options)


def polynomial(s):
    call = Call(np.polyval, (s.array(s.shape(1, ndim=1)), s.array(s.shape())))
    return s.among(call, call, call.holding(1, s.among(0.5, [0.5, 2.0])), call.holding(0, s.among([1.0, 2.0, 3.0], [1])))


# -- products and norms -------------------------------------------------------------------------------------------


def crossed(function):
    def draw(s):
        a, b = map(s.array, s.broadcastable("(3),(3)->(3)", max_dims=2))
        axis = s.among(-1, -1, 0) if a.ndim == b.ndim else -1
        if function is np.linalg.cross:
            a, b = (np.array(np.moveaxis(x, -1, axis)) for x in (a, b))
            return Call(function, (a, b), {"axis": axis})
        axisa, axisb, axisc = (s.axis(n, int) for n in (a.ndim, b.ndim, max(a.ndim, b.ndim)))
        if s.among(True, False):
            moved = [np.array(np.moveaxis(x, -1, i)) for x, i in ((a, axisa), (b, axisb))]
            return Call(function, tuple(moved), {"axisa": axisa, "axisb": axisb, "axisc": axisc})
        a, b = (np.array(np.moveaxis(x, -1, axis)) for x in (a, b))
        return Call(function, (a, b), s.among({"axis": axis}, {}) if axis == -1 else {"axis": axis})

    return Row(function, draw)


def vectors(function):
    """Pairs of vectors along the last axis or another."""

    def draw(s):
        a, b = map(s.array, s.broadcastable("(n),(n)->()"))
        if s.among(True, False):
            return Call(function, (a, b))
        axis = s.among(-1, -min(a.ndim, b.ndim), *([0] if a.ndim == b.ndim else []))
        return Call(function, tuple(np.array(np.moveaxis(x, -1, axis)) for x in (a, b)), {"axis": axis})

    return Row(function, draw)


def chain(s):
    """Two to five matrices, with a vector in front, behind, or both."""
    k = s.among(2, 3, 4, 5)
    sides = [s.among(1, 2, 3, 4) for _ in range(k + 1)]
    shapes = list(zip(sides[:-1], sides[1:]))
    if s.among(True, False, False):
        shapes[0] = shapes[0][1:]
    if s.among(True, False, False):
        shapes[-1] = shapes[-1][:1]
    constant = s.array(shapes[-1])
    if s.among(True, True, False):
        return Call(np.linalg.multi_dot, tuple(map(s.array, shapes)), {}, lambda *arrays: (list(arrays),))
    return Call(np.linalg.multi_dot, tuple(map(s.array, shapes[:-1])), {}, lambda *arrays: ([*arrays, constant],))


def of_sizes_apart(s, shape):
    """Numbers away from 0 of which no two are of nearly the same size, as norms that choose one need."""
    sizes = s.rng.permutation(math.prod(shape)) / 4 + 0.5 + s.rng.uniform(-0.05, 0.05, math.prod(shape))
    return (sizes * s.rng.choice((-1, 1), sizes.size)).reshape(shape)


def of_sums_apart(s, shape):
    """As above for the sums over any axis."""
    sizes = s.rng.uniform(1, 1.1, shape) * math.prod(1 + s.rng.permuted(index) for index in np.indices(shape, sparse=True))
    return sizes * s.rng.choice((-1, 1), shape)


def norms(s):
    ndim = s.among(1, 2, 3)
    shape = s.shape(1, ndim)
    keepdims = s.some(keepdims=True)
    of_vectors = s.among(None, 1, 2, 3, 0, inf, -inf, 0.5, -1, 2.5)
    of_matrices = s.among(None, "fro", 1, -1, inf, -inf)
    x = of_sizes_apart(s, shape)
    if ndim > 1 and s.among(True, False):
        pairs = [(i, j) for i in range(-ndim, ndim) for j in range(-ndim, ndim) if (i - j) % ndim]
        axis = s.among(*pairs, *([None] if ndim == 2 else []))
        return Call(np.linalg.norm, (of_sums_apart(s, shape),), {"ord": of_matrices, "axis": axis, **keepdims})
    if s.among(True, False, False):
        return Call(np.linalg.norm, (x,), keepdims)
    return Call(np.linalg.norm, (x,), {"ord": of_vectors, "axis": s.axis(ndim, int), **keepdims})


def vector_norms(s):
    ndim = s.among(0, 1, 2, 3)
    axis = s.axis(ndim)
    axis = None if axis == () else axis
    x = of_sizes_apart(s, s.shape(1, ndim))
    return Call(np.linalg.vector_norm, (x,), {"axis": axis, **s.some(keepdims=True, ord=s.among(0, 1, 2, 3, inf, -inf, 0.5))})


def matrix_norms(s):
    x = of_sums_apart(s, s.shape(1, s.among(2, 3)))
    return Call(np.linalg.matrix_norm, (x,), s.some(keepdims=True, ord=s.among("fro", 1, -1, inf, -inf)))


def linalg_tensordot(s):
    n = s.among(0, 1, 2)
    met = s.shape(ndim=n)
    a, b = s.array((*s.shape(ndim=1), *met)), s.array((*met, *s.shape(ndim=1)))
    return Call(np.linalg.tensordot, (a, b), {"axes": n} if n != 2 else {})


# -- the table ----------------------------------------------------------------------------------------------------

of_sums = reduction(np.sum, initial=lambda s: 1.5)
of_products = reduction(np.prod, some_zeros, initial=lambda s: 1.5)
of_means = reduction(np.mean, least=1)
of_logs = reduction(np.add, least=1)

ROWS = (
    Row(np.ldexp, ldexp),
    Row(np.heaviside, heaviside),
    elementwise(np.sinc, strategies.between(-3, 3)),
    of_order(functions.sinc_derivative, strategies.between(-3, 3)),
    elementwise(np.i0, strategies.between(-9, 9)),
    of_order(functions.bessel_i, strategies.between(-9, 9)),
    extreme(np.amax),
    extreme(np.amin),
    cumulated_product(np.cumprod, ways=(method("cumprod"),)),
    Row(functions.recur, recurrence),
    reduce(np.fmax.reduce, Row(np.fmax, gaps(extreme(np.max).draw))),
    reduce(np.fmin.reduce, Row(np.fmin, gaps(extreme(np.min).draw))),
    reduce(np.logaddexp.reduce, of_logs),
    reduce(np.logaddexp2.reduce, of_logs),
    nan_function(np.nansum, of_sums),
    nan_function(np.nanmean, of_means),
    nan_function(np.nanprod, of_products),
    nan_function(np.nanmax, extreme(np.max)),
    nan_function(np.nanmin, extreme(np.min)),
    nan_function(np.nanvar, spread(np.var)),
    nan_function(np.nanstd, spread(np.std)),
    nan_function(np.nancumsum, cumulation(np.cumsum)),
    nan_function(np.nancumprod, cumulated_product(np.cumprod)),
    order_statistic(np.median),
    order_statistic(np.quantile, 1),
    order_statistic(np.percentile, 100),
    nan_function(np.nanmedian, order_statistic(np.median)),
    nan_function(np.nanquantile, order_statistic(np.quantile, 1)),
    nan_function(np.nanpercentile, order_statistic(np.percentile, 100)),
    Row(np.ptp, peak_to_peak),
    Row(np.average, averaged),
    Row(np.cov, covariance),
    Row(np.corrcoef, correlation_coefficients),
    Row(np.diff, differences),
    Row(np.ediff1d, differences_1d),
    Row(np.gradient, slopes),
    Row(np.trapezoid, integral),
    interpolated(np.interp),
    interpolated(functions.interp),
    convolved(np.convolve),
    convolved(np.correlate),
    Row(np.unwrap, unwrapped),
    Row(np.vander, powers),
    Row(np.polyval, polynomial),
    product(np.kron, lambda s: (s.shape(), s.shape())),
    crossed(np.cross),
    crossed(np.linalg.cross),
    vectors(np.vecdot),
    vectors(np.linalg.vecdot),
    Row(np.linalg.multi_dot, chain),
    Row(np.linalg.norm, norms),
    Row(np.linalg.vector_norm, vector_norms),
    Row(np.linalg.matrix_norm, matrix_norms),
    product(np.linalg.matmul, np.matmul.signature),
    product(np.linalg.outer, lambda s: (s.shape(ndim=1), s.shape(ndim=1))),
    Row(np.linalg.tensordot, linalg_tensordot),
)

if NUMPY >= (2, 1):
    ROWS += (cumulative(np.cumulative_sum), cumulative(np.cumulative_prod, some_zeros))
if NUMPY >= (2, 2):
    ROWS += (product(np.matvec, np.matvec.signature), product(np.vecmat, np.vecmat.signature))

PIECEWISE = {
    np.heaviside, np.amax, np.amin, np.nanmax, np.nanmin, np.fmax.reduce, np.fmin.reduce, np.nansum, np.nanmean,
    np.nancumsum, np.median, np.quantile, np.percentile, np.nanmedian, np.nanquantile, np.nanpercentile,
}  # fmt: skip

KINKS = {
    "heaviside at 0": Kink(np.heaviside, ([0.0, 1.0], [0.5, 0.5]), ([0, 0], [1, 0])),
    "sinc at 0 and at whole numbers": Kink(np.sinc, ([0.0, -0.0, 1.0, -2.0],), ([0, 0, -1, -half],)),
    "i0 at 0": Kink(np.i0, ([0.0, -0.0],), ([0, 0],)),
    "nan_to_num of what is no number": Kink(np.nan_to_num, ([nan, inf, 1.0],), ([0, 0, 1],)),
    "ptp: ties share": Kink(np.ptp, ([1.0, 1.0, 3.0, 3.0],), ([-half, -half, half, half],)),
    "ptp of equal numbers": Kink(np.ptp, ([2.0, 2.0],), ([0, 0],)),
    "nanmax: ties share": Kink(np.nanmax, ([nan, 3.0, 3.0],), ([0, half, half],)),
    "fmax.reduce: ties share": Kink(np.fmax.reduce, ([nan, 3.0, 3.0],), ([0, half, half],)),
    "median: ties share": Kink(np.median, ([2.0, 1.0, 2.0, 2.0, 5.0],), ([1 / 3, 0, 1 / 3, 1 / 3, 0],)),
    "median of an even number: ties share": Kink(np.median, ([1.0, 1.0, 3.0, 7.0],), ([1 / 4, 1 / 4, half, 0],)),
    "median: nan wins": Kink(np.median, ([1.0, nan, 2.0],), ([0, 1, 0],)),
    "nanmedian: nan has no share": Kink(np.nanmedian, ([1.0, nan, 2.0],), ([half, 0, half],)),
    "quantile: ties share": Kink(lambda a: np.quantile(a, 0.25), ([0.0, 4.0, 4.0],), ([half, 1 / 4, 1 / 4],)),
    "quantile between ties": Kink(lambda a: np.quantile(a, 0.25), ([4.0, 4.0, 9.0],), ([half, half, 0],)),
    "cumprod with a 0 in front": Kink(np.cumprod, ([0.0, 2.0, 3.0],), ([9, 0, 0],)),
    "cumprod with a 0 within": Kink(np.cumprod, ([2.0, 0.0, 3.0],), ([1, 8, 0],)),
    "cumprod with two 0s": Kink(np.cumprod, ([0.0, 0.0, 3.0],), ([1, 0, 0],)),
    "prod that underflows": Kink(np.prod, ([1e-200, 1e-200],), ([1e-200, 1e-200],)),
    "logaddexp.reduce of infinities": Kink(np.logaddexp.reduce, ([-inf, -inf],), ([half, half],)),
    "std of equal numbers and nan": Kink(np.nanstd, ([2.0, 2.0, nan],), ([0, 0, 0],)),
    "norm of a negative order, one element 0": Kink(lambda x: np.linalg.norm(x, -1), ([0.0, 1.0, 2.0],), ([0, 0, 0],)),
    "norm at 0": Kink(np.linalg.norm, ([0.0, 0.0],), ([0, 0],)),
    "norm of some rows at 0": Kink(lambda x: np.linalg.norm(x, axis=1), ([[0.0, 0.0], [3.0, 4.0]],), ([[0, 0], [0.6, 0.8]],)),
    "norm of order 1 at 0": Kink(lambda x: np.linalg.norm(x, 1), ([0.0, -2.0],), ([0, -1],)),
    "norm of order inf: ties share": Kink(lambda x: np.linalg.norm(x, inf), ([3.0, -3.0, 1.0],), ([half, -half, 0],)),
    "norm of order 3 at 0": Kink(lambda x: np.linalg.norm(x, 3), ([0.0, 0.0],), ([0, 0],)),
    "norm of order 3 with a 0": Kink(lambda x: np.linalg.norm(x, 3), ([0.0, -2.0],), ([0, -1],)),
    "Frobenius norm at 0": Kink(np.linalg.matrix_norm, ([[0.0, 0.0]],), ([[0, 0]],)),
    "matrix norm of order 1: ties share": Kink(
        lambda x: np.linalg.norm(x, 1), ([[1.0, -1.0], [1.0, 1.0]],), ([[half, -half], [half, half]],)
    ),
    "interp at a point": Kink(
        lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), ([0.0, 1.0, 2.0, 3.0],), ([half, 2, 1.5, 0],)
    ),
    "interp at a point, by the values": Kink(lambda fp: np.interp([0.0, 1.0, 9.0], [0.0, 1.0], fp), ([5.0, 6.0],), ([1, 2],)),
    "interp at a point, by the points": Kink(lambda xp: np.interp(1.0, xp, [0.0, 1.0, 4.0]), ([0.0, 1.0, 2.0],), ([0, -2, 0],)),
    "nansum: a number that is left out has no derivative": Kink(lambda x: np.nansum(np.sqrt(x)), ([-1.0, 4.0],), ([0, 1 / 4],)),
    "interp beyond the points": Kink(
        lambda x, fp, left: np.interp(x, [0.0, 1.0], fp, left=left),
        ([-1.0, 0.5, 2.0], [1.0, 3.0], 7.0),
        ([0, 2, 0], [half, 1.5], 1),
    ),
    "vander at 0": Kink(np.vander, ([0.0, 0.0],), ([1, 1],)),
    "polyval at 0": Kink(lambda x: np.polyval([3.0, 2.0, 1.0], x), ([0.0],), ([2.0],)),
}

"""The rows of medians and quantiles."""

import math

import numpy as np

from autograd_lite import functions
from autograd_lite.rules import order_statistics

from .reductions import nan_function
from .row import Call, Kink, Row, half, inf, nan

METHODS = (
    "linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased",
)  # fmt: skip


def weights(s, shape):
    """None of their sums are at a quantile."""
    return s.rng.uniform(0.5, 2, shape)


def inside(s, q_shape, n, method, of):
    """Positions at which the quantile of up to n numbers bends nowhere near, nor passes one of the numbers."""

    def smooth(q):
        near = q + np.linspace(-0.008, 0.008, 5)
        places = [np.quantile(np.arange(k), near, method=method) for k in range(1, n + 1)]
        return all(np.abs(np.diff(p, 2)).max() < 1e-9 and (np.ptp(p) == 0 or np.ptp(np.floor(p)) == 0) for p in places)

    return np.asarray(s.rng.choice([q for q in np.linspace(0.15, 0.85, 71) if smooth(q)], q_shape) * of)  # NumPy 2.0: no float


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
        if not isinstance(options["axis"], tuple) and s.among(True, False, False, False):  # NumPy 2.0 fails on several axes
            return Call(function, (a,), options | {"method": "inverted_cdf", "weights": weights(s, shape)}, lambda a: (a, q))
        method = s.some(method=s.among(*METHODS))
        n = math.prod(shape[i] for i in functions.normalize_axes(options["axis"], ndim))
        if n <= 6 and s.among(True, False):
            q = inside(s, s.shape(1, s.among(0, 1)), n, method.get("method", "linear"), of)
            return Call(function, (a, q), options | method)
        return Call(function, (a,), options | method, lambda a: (a, q))

    return Row(function, draw)


def shares(s):
    """By q alone: the shares depend on the order of the numbers, and on nothing else of them."""
    shape, method = s.shape(1, 2), s.among(*METHODS)
    a, axis = s.apart(shape)[0], s.among(0, 1)
    q, skip = inside(s, s.shape(1, s.among(0, 1)), shape[axis], method, 1), s.among(True, False)
    return Call(order_statistics.quantile_shares, (q,), {}, lambda q: (a, q, axis, np.quantile, method, skip))


ROWS = (
    Row(order_statistics.quantile_shares, shares),
    order_statistic(np.median),
    order_statistic(np.quantile, 1),
    order_statistic(np.percentile, 100),
    nan_function(np.nanmedian, order_statistic(np.median)),
    nan_function(np.nanquantile, order_statistic(np.quantile, 1)),
    nan_function(np.nanpercentile, order_statistic(np.percentile, 100)),
)

PIECEWISE = {np.median, np.nanmedian, order_statistics.quantile_shares}

KINKS = {
    "median: ties share": Kink(np.median, ([2.0, 1.0, 2.0, 2.0, 5.0],), ([1 / 3, 0, 1 / 3, 1 / 3, 0],)),
    "median of an even number: ties share": Kink(np.median, ([1.0, 1.0, 3.0, 7.0],), ([1 / 4, 1 / 4, half, 0],)),
    "median: nan wins": Kink(np.median, ([1.0, nan, 2.0],), ([0, 1, 0],)),
    "nanmedian: nan has no share": Kink(np.nanmedian, ([1.0, nan, 2.0],), ([half, 0, half],)),
    "quantile: ties share": Kink(lambda a: np.quantile(a, 0.25), ([0.0, 4.0, 4.0],), ([half, 1 / 4, 1 / 4],)),
    "quantile at an order statistic: the mean of both slopes; at an end, the slope there": Kink(
        lambda q: np.quantile([5.0, 0.0, 1.0], q), ([0.0, 0.25, 0.5, 0.75, 1.0],), ([2, 2, 5, 8, 8],)
    ),
    "percentile: a position beyond the last number does not move": Kink(
        lambda q: np.percentile([0.0, 6.0], q, method="weibull"), ([0.0, 20.0, 100 / 3, 60.0, 90.0],), ([0, 0, 0.09, 0.18, 0],)
    ),
    "quantile: a step has no slope": Kink(lambda q: np.quantile([0.0, 6.0], q, method="nearest"), ([0.2, 0.9],), ([0, 0],)),
    "quantile of nan has no slope that is known": Kink(lambda q: np.quantile([0.0, nan], q), ([0.3],), ([nan],)),
    "nanquantile by q: nan is left out": Kink(lambda q: np.nanquantile([0.0, nan, 4.0, inf], q), ([0.3, 0.6],), ([8, inf],)),
    "quantile between ties": Kink(lambda a: np.quantile(a, 0.25), ([4.0, 4.0, 9.0],), ([half, half, 0],)),
}

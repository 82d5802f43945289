"""The rows of medians and quantiles."""

import numpy as np

from .reductions import nan_function
from .row import Call, Kink, Row, half, nan

METHODS = (
    "linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased",
)  # fmt: skip


def weights(s, shape):
    """None of their sums are at a quantile."""
    return s.rng.uniform(0.5, 2, shape)


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
        return Call(function, (a,), options | s.some(method=s.among(*METHODS)), lambda a: (a, q))

    return Row(function, draw)


ROWS = (
    order_statistic(np.median),
    order_statistic(np.quantile, 1),
    order_statistic(np.percentile, 100),
    nan_function(np.nanmedian, order_statistic(np.median)),
    nan_function(np.nanquantile, order_statistic(np.quantile, 1)),
    nan_function(np.nanpercentile, order_statistic(np.percentile, 100)),
)

PIECEWISE = {np.median, np.quantile, np.percentile, np.nanmedian, np.nanquantile, np.nanpercentile}

KINKS = {
    "median: ties share": Kink(np.median, ([2.0, 1.0, 2.0, 2.0, 5.0],), ([1 / 3, 0, 1 / 3, 1 / 3, 0],)),
    "median of an even number: ties share": Kink(np.median, ([1.0, 1.0, 3.0, 7.0],), ([1 / 4, 1 / 4, half, 0],)),
    "median: nan wins": Kink(np.median, ([1.0, nan, 2.0],), ([0, 1, 0],)),
    "nanmedian: nan has no share": Kink(np.nanmedian, ([1.0, nan, 2.0],), ([half, 0, half],)),
    "quantile: ties share": Kink(lambda a: np.quantile(a, 0.25), ([0.0, 4.0, 4.0],), ([half, 1 / 4, 1 / 4],)),
    "quantile between ties": Kink(lambda a: np.quantile(a, 0.25), ([4.0, 4.0, 9.0],), ([half, half, 0],)),
}

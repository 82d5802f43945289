"""The rows of averages, ranges and covariances."""

import numpy as np

from autograd_lite import strategies

from .row import Call, Kink, Row, half


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


COV_OPTIONS = {"y": None, "rowvar": True, "bias": False, "ddof": None, "fweights": None}


def covariance(s):
    n, rowvar, m = observations(s)
    chosen = s.some(
        rowvar=rowvar, bias=True, ddof=s.among(0, 1), fweights=s.rng.integers(1, 4, n), aweights=s.rng.uniform(1, 2, n)
    )
    chosen["rowvar"] = rowvar
    if s.among(True, False, False):
        chosen["dtype"] = np.float64
    if s.among(True, False):
        if "aweights" not in chosen or s.among(True, False):
            return Call(np.cov, (m,), chosen)
        weights = chosen.pop("aweights")
        rest = [chosen.pop(name, default) for name, default in COV_OPTIONS.items()]
        return Call(np.cov, (m, weights), chosen, lambda m, weights: (m, *rest, weights))
    other = s.array(s.among((n,), m.shape) if rowvar else m.shape)
    return Call(np.cov, (m, other), chosen)


def correlation_coefficients(s):
    n, rowvar, m = observations(s)
    if s.among(True, False):
        return Call(np.corrcoef, (m,), {"rowvar": rowvar})
    return Call(np.corrcoef, (m, s.array(m.shape)), {"rowvar": rowvar})


ROWS = (
    Row(np.ptp, peak_to_peak),
    Row(np.average, averaged),
    Row(np.cov, covariance),
    Row(np.corrcoef, correlation_coefficients),
)

KINKS = {
    "ptp: ties share": Kink(np.ptp, ([1.0, 1.0, 3.0, 3.0],), ([-half, -half, half, half],)),
    "ptp of equal numbers": Kink(np.ptp, ([2.0, 2.0],), ([0, 0],)),
}

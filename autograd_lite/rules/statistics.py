"""Averages and covariances: compositions of sums, products and deviations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import cast, conj, normalize_axes, of_values
from .products import with_shape


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """The largest less the smallest."""
    if out is not None:
        raise TypeError("ptp: out= is not supported: a Tensor is the result of one call. Write t = np.ptp(...).")
    return np.subtract(np.max(a, axis, keepdims=keepdims), np.min(a, axis, keepdims=keepdims))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The mean, or sum(a * w) / sum(w), both differentiable."""
    a = with_shape(a)
    if weights is None:
        mean = np.mean(a, axis, keepdims=keepdims)
        return (mean, np.full_like(mean, a.size / max(mean.size, 1))) if returned else mean
    w, chosen = with_shape(weights), normalize_axes(axis, a.ndim)
    if w.shape != a.shape:
        if axis is None:
            raise TypeError(f"average of shape {a.shape}: say by axis= which axes weights of shape {w.shape} are for.")
        if w.shape != tuple(a.shape[i] for i in chosen):
            raise ValueError(f"average of shape {a.shape}: weights of shape {w.shape} do not fit the axes {chosen}.")
        ordered = np.transpose(w, [chosen.index(i) for i in sorted(chosen)])
        w = ordered.reshape([n if i in chosen else 1 for i, n in enumerate(a.shape)])
    if np.result_type(a).kind not in "fc":
        a = cast(a, np.result_type(a, w, 1.0))
    total = np.sum(w, axis, dtype=np.result_type(a, w), keepdims=keepdims)
    if np.any(total == 0):
        raise ZeroDivisionError("average: the weights sum to zero.")
    mean = np.sum(np.multiply(a, w), axis, keepdims=keepdims) / total
    return (mean, total + np.zeros_like(mean)) if returned else mean


# NumPy 2.0 took a single row for one variable, whatever rowvar says
_ONE_ROW_IS_A_VARIABLE = np.cov([[0.0, 1.0]], rowvar=False, bias=True).ndim == 0


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """(X - mean) diag(w) (X - mean)^T over the degrees of freedom; the frequencies are whole numbers, and so constants."""
    m, y = with_shape(m), None if y is None else with_shape(y)
    if max(m.ndim, 0 if y is None else y.ndim) > 2:
        raise ValueError("cov: the observations must have at most 2 axes.")
    dtype = dtype or (np.result_type(m, 1.0, np.float64) if y is None else np.result_type(m, y, np.float64))
    x = variables_in_rows(m, rowvar or m.ndim == 1, dtype)
    if y is not None:
        x = np.concatenate([x, variables_in_rows(y, rowvar or y.ndim < 2 or y.shape[0] == 1, dtype)], 0)
    of_values(refuse_options, x.shape[1], bias, ddof, fweights, aweights)
    ddof = (0 if bias else 1) if ddof is None else ddof
    w = None if fweights is None else np.asarray(fweights, float)
    if aweights is not None:
        aweights = cast(aweights, float)
        w = aweights * (1 if w is None else w)
    mean, total = average(x, 1, w, returned=True)
    if w is None:
        divisor = x.shape[1] - ddof
    elif ddof == 0:
        divisor = total[0]
    elif aweights is None:
        divisor = total[0] - ddof
    else:
        divisor = total[0] - ddof * np.sum(w * aweights) / total[0]
    deviation = x - mean[:, None]
    other = deviation if w is None else deviation * w
    products = np.dot(deviation, conj(np.transpose(other)))
    return np.squeeze(products * np.true_divide(1, np.maximum(divisor, 0)))


def refuse_options(n: int, bias: bool, ddof: int | None, fweights: Any, aweights: Any) -> None:
    """Let NumPy say what it thinks of the options, at n observations of 0."""
    if np.iscomplexobj(aweights):
        raise TypeError("cov: aweights must be real numbers: write aweights=np.abs(w).")
    with np.errstate(all="ignore"):
        np.cov(np.zeros((1, n)), None, True, bias, ddof, fweights, aweights)


def variables_in_rows(x: Any, as_they_are: bool, dtype: Any) -> Any:
    """One variable in each row."""
    x = cast(x, dtype).reshape((1,) * (2 - x.ndim) + x.shape)
    if as_they_are or (_ONE_ROW_IS_A_VARIABLE and x.shape[0] == 1):
        return x
    return np.transpose(x)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Covariances over the two standard deviations."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviations = np.sqrt(np.einsum("ii->i", c))
    return np.clip(c / deviations[:, None] / deviations[None, :], -1, 1)


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.ptp:      ptp,
    np.average:  average,
    np.cov:      cov,
    np.corrcoef: corrcoef,
}
# fmt: on

__all__ = ["COMPOSITIONS"]

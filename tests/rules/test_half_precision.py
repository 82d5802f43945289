"""Half precision ends at 65504: gradients of means over more elements than that are right all the same."""

import numpy as np
import pytest

import autograd_lite as ag
import nn.functional as F

N = 70000
WHERE = np.arange(N) % 70 != 0
MEANS = {
    "mean": np.mean,
    "mean of rows": lambda x: np.mean(np.mean(x.reshape(N, 1), axis=0)),
    "mean(where=)": lambda x: np.mean(x, where=WHERE),
    "mean(keepdims=)": lambda x: np.mean(x, keepdims=True)[0],
    "t.mean": lambda x: x.mean(),
    "average": np.average,
    "average(weights=)": lambda x: np.average(x, weights=np.ones(N)),
    "var": np.var,
    "var(ddof=1)": lambda x: np.var(x, ddof=1),
    "var(where=)": lambda x: np.var(x, where=WHERE),
    "std": np.std,
    "std(axis=)": lambda x: np.sum(np.std(x.reshape(1, N), axis=1)),
    "std(keepdims=)": lambda x: np.sum(np.std(x, keepdims=True)),
    "std(where=)": lambda x: np.std(x, where=WHERE),
    "nanmean": np.nanmean,
    "nanvar": np.nanvar,
    "nanstd": np.nanstd,
    "median": np.median,
    "quantile": lambda x: np.quantile(x, 0.3),
    "percentile": lambda x: np.percentile(x, 70),
}
LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "binary_cross_entropy_with_logits")
LOSS = {name: lambda x, name=name: getattr(F, name)(x, np.zeros(N, x.dtype)) for name in LOSSES}
ROWS = {
    "cross_entropy": lambda x: F.cross_entropy(x.reshape(-1, 1) * np.array([1, 0], x.dtype), np.zeros(N, int)),
    "cross_entropy(weight=)": lambda x: F.cross_entropy(
        x.reshape(-1, 1) * np.array([1, 0], x.dtype), np.zeros(N, int), weight=np.array([2, 1], x.dtype)
    ),
    "kl_div(batchmean)": lambda x: F.kl_div(x, np.ones(N, x.dtype), reduction="batchmean"),
}
X = np.where(np.arange(N) % 2, 1.0, 2.0)


@pytest.mark.parametrize("f", [*MEANS.values(), *LOSS.values(), *ROWS.values()], ids=[*MEANS, *LOSS, *ROWS])
def test_the_gradient_is_that_of_double_precision(f):
    with np.errstate(all="ignore"):  # NumPy's own variance of so many is inf
        found, expected = ag.grad(f)(X.astype(np.float16)), ag.grad(f)(X)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found.astype(float), expected, rtol=3e-3, atol=6e-8)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_many_is_finite(name):
    x = np.full(N, 2.0)
    assert np.isclose(float(LOSS[name](x.astype(np.float16))), float(LOSS[name](x)), rtol=2e-3)

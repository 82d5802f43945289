"""Half precision ends at 65504: gradients of means over more elements than that are right all the same."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
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
LARGE = np.random.default_rng(0).choice([-300.0, -200.0, 250.0, 350.0], (2, 4, 300))  # their squares are too large
OF_LARGE = {
    "layer_norm": lambda x: F.layer_norm(x, 300, x[0, 0] / 100, x[0, 1] / 100),
    "rms_norm": lambda x: F.rms_norm(x, (300,)),
    "group_norm": lambda x: F.group_norm(x, 2),
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "instance_norm": F.instance_norm,
    "local_response_norm": lambda x: F.local_response_norm(x, 3, alpha=1.0),
    "normalize": lambda x: F.normalize(input=x, dim=-1),
    "normalize(p=3)": lambda x: F.normalize(x, 3),
    "cosine_similarity": lambda x: F.cosine_similarity(x[0], x[1], -1),
    "pairwise_distance": lambda x: F.pairwise_distance(x[0], x[1]) / 100,
    "pdist": lambda x: F.pdist(x[0]) / 100,
    "cosine_embedding_loss": lambda x: F.cosine_embedding_loss(x[0], x[1], np.ones(4, int)),
    "avg_pool1d": lambda x: F.avg_pool1d(np.abs(x), 280, 5) / 100,
    "avg_pool2d": lambda x: F.avg_pool2d(np.abs(x), (4, 280), (1, 5), count_include_pad=False) / 100,
    "adaptive_avg_pool1d": lambda x: F.adaptive_avg_pool1d(np.abs(x), 2) / 100,
    "attention": lambda x: F.scaled_dot_product_attention(x[..., :4], x[..., 4:8], x[..., 8:9]),
    "huber_loss": lambda x: F.huber_loss(x[0] * 100, -x[0] * 100, "none", 0.5) / 100,
    "smooth_l1_loss": lambda x: F.smooth_l1_loss(x[0] * 90, -x[0] * 90, reduction="none", beta=2.0) / 100,
    "softmax": lambda x: F.softmax(x / 100, -1) * 100,
    "log_softmax": lambda x: F.log_softmax(x / 100, -1),
}


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


@pytest.mark.parametrize("name", OF_LARGE)
def test_what_adds_numbers_up_adds_them_in_single(name):
    f, x = OF_LARGE[name], LARGE.astype(np.float16)
    found, expected = f(x), f(LARGE)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found.astype(float), expected, rtol=5e-3, atol=5e-3)
    weights = np.cos(np.arange(found.size)).reshape(found.shape)
    slope, wanted = (ag.grad(lambda x: np.sum(f(x) * weights.astype(x.dtype)))(given) for given in (x, LARGE))
    assert slope.dtype == np.float16
    np.testing.assert_allclose(slope.astype(float), wanted, rtol=1e-2, atol=1e-2 * np.abs(wanted).max())


def test_many_parts_of_a_softmax_are_as_many():
    x = np.zeros(N, np.float16)
    assert np.all(F.softmax(x) == np.float16(1 / N))
    assert np.all(F.log_softmax(x) == np.float16(-np.log(N)))


def test_running_variances_of_many_are_finite():
    layer = nn.BatchNorm2d(1, dtype=np.float16)
    layer(np.where(np.arange(N) % 2, 1, -1).astype(np.float16).reshape(7, 1, 100, 100))
    assert layer.running_var.dtype == np.float16
    assert layer.running_var == 1


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(1, dtype=np.float16), nn.InstanceNorm1d(1, track_running_stats=True).half()])
def test_running_variances_of_large_numbers_move_in_single(layer):
    layer(np.float16([[[300, -300]], [[300, -300]]]))
    assert layer.running_var.dtype == np.float16
    assert 10_000 < layer.running_var < np.inf


@pytest.mark.parametrize(("x", "beta"), [(1e308, 2.0), (np.float16(40_000), 2.0), (np.float32(-3e38), -3.0)])
def test_softplus_is_the_input_where_beta_times_it_overflows(x, beta):
    with np.errstate(over="ignore"):
        assert (F.softplus(x, beta), F.softplus(-x, beta)) == (x, 0)


def test_gradients_are_clipped_by_their_norm():
    w = nn.Parameter(np.zeros(300, np.float16))
    w.grad = np.full(300, 300, np.float16)
    assert np.isclose(nn.utils.clip_grad_norm_([w], 1.0), 300 * 300**0.5)
    np.testing.assert_allclose(w.grad, 300**-0.5, rtol=1e-3)

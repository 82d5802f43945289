"""Normalisation: what is 0 and 1 afterwards, running statistics, derivatives. (Against PyTorch: test_parity.py.)"""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# function, shape of the input, and the axes over which mean and variance become 0 and 1, after a reshape
STANDARDISED = {
    "layer_norm": (lambda x, eps: F.layer_norm(x, (3, 2), eps=eps), (4, 3, 2), (4, 6), 1),
    "group_norm": (lambda x, eps: F.group_norm(x, 2, eps=eps), (3, 4, 5), (3, 2, 10), 2),
    "batch_norm": (lambda x, eps: F.batch_norm(x, None, None, training=True, eps=eps), (5, 3, 2), (5, 3, 2), (0, 2)),
}
EACH = pytest.mark.parametrize("name", STANDARDISED)


@EACH
def test_mean_and_variance_become_0_and_1(name):
    function, shape, grouped, axes = STANDARDISED[name]
    for offset in (0.0, 1e6):
        y = function(3 * numbers(*shape) + offset, 0.0).reshape(grouped)
        np.testing.assert_allclose(y.mean(axis=axes), 0.0, atol=1e-9)
        np.testing.assert_allclose(y.var(axis=axes), 1.0, rtol=1e-9)


@EACH
def test_normalisation_has_derivatives(name):
    function, _, _, _ = STANDARDISED[name]
    shape = {"layer_norm": (2, 3, 2), "group_norm": (2, 4), "batch_norm": (3, 2)}[name]
    assert_derivatives(lambda x: function(x, 0.1), numbers(*shape))


def test_weights_and_biases_have_derivatives_too():
    x, w, b = numbers(2, 2, 3), numbers(2, seed=1), numbers(2, seed=2)
    assert_derivatives(lambda x, w, b: F.batch_norm(x, None, None, w, b, True, eps=0.1), x, w, b)
    assert_derivatives(lambda x, w, b: F.batch_norm(x, np.ones(2), np.full(2, 2.0), w, b), x, w, b)
    assert_derivatives(lambda x, w, b: F.group_norm(x, 1, w, b, eps=0.1), x, w, b)
    assert_derivatives(lambda x, w, b: F.layer_norm(x, 2, w, b, eps=0.1), x[..., :2], w, b)
    assert_derivatives(lambda x, w: F.rms_norm(x, 2, w, eps=0.1), x[..., :2], w)


def test_rms_norm_makes_the_mean_square_1():
    y = F.rms_norm(numbers(4, 3) + 1, 3, eps=0.0)
    np.testing.assert_allclose(np.mean(y**2, axis=-1), 1.0)
    for dtype in (np.float32, np.float64):  # eps is that of the dtype
        eps = np.finfo(dtype).eps
        y = F.rms_norm(np.full((1, 2), np.sqrt(eps), dtype), 2)
        assert y.dtype == dtype
        np.testing.assert_allclose(y, np.sqrt(0.5), rtol=1e-6)


def test_layers_begin_without_scale_or_shift():
    for build in (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d, lambda size, **options: nn.GroupNorm(1, size, **options)):
        layer = build(3)
        assert layer.weight.data.tolist() == [1.0, 1.0, 1.0]
        assert layer.bias.data.tolist() == [0.0, 0.0, 0.0]
        assert build(3, bias=False).bias is None
    assert nn.RMSNorm(3).weight.data.tolist() == [1.0, 1.0, 1.0]
    assert nn.LayerNorm((2, 3)).weight.shape == nn.RMSNorm([2, 3]).weight.shape == (2, 3)


@pytest.mark.parametrize(
    "layer", [nn.LayerNorm(2, dtype=np.float32), nn.RMSNorm(2, dtype=np.float32), nn.GroupNorm(1, 2, dtype=np.float32),
              nn.BatchNorm1d(2, dtype=np.float32), nn.BatchNorm2d(2, dtype=np.float32)], ids=repr,
)  # fmt: skip
def test_single_precision_stays_single(layer):
    x = numbers(3, 2, 2, 2).astype(np.float32) if isinstance(layer, nn.BatchNorm2d) else numbers(3, 2).astype(np.float32)
    for _ in range(2):
        y = layer(x)
        y.sum().backward()
        assert {y.dtype, *(p.grad.dtype for p in layer.parameters())} == {np.dtype(np.float32)}
        assert {b.dtype for b in layer.buffers()} <= {np.dtype(np.float32), np.dtype(np.int64)}
        layer.eval()


# -- running statistics -------------------------------------------------------------------------------------------


def test_running_statistics_move_towards_those_of_the_batch():
    layer = nn.BatchNorm1d(2, momentum=0.25)
    x = numbers(6, 2) + 3
    layer(x)
    np.testing.assert_allclose(layer.running_mean, 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(layer.running_var, 0.75 + 0.25 * x.var(axis=0, ddof=1))
    assert layer.num_batches_tracked == 1


def test_without_momentum_they_are_means_over_all_batches():
    layer = nn.BatchNorm1d(2, momentum=None)
    batches = numbers(5, 6, 2)
    for x in batches:
        layer(x)
    np.testing.assert_allclose(layer.running_mean, batches.mean(axis=(0, 1)))
    np.testing.assert_allclose(layer.running_var, batches.var(axis=1, ddof=1).mean(axis=0))
    assert layer.num_batches_tracked == 5


def test_evaluation_uses_the_running_statistics_and_leaves_them():
    layer = nn.BatchNorm1d(2, eps=0.0)
    layer.load_state_dict(
        {"weight": [1, 1], "bias": [0, 0], "running_mean": [1, 2], "running_var": [4, 9], "num_batches_tracked": 3}
    )
    layer.eval()
    assert layer(np.array([[3.0, 5.0]])).data.tolist() == [[1.0, 1.0]]
    assert layer.running_mean.tolist() == [1.0, 2.0]
    assert layer.num_batches_tracked == 3


def test_without_tracking_the_batch_counts_in_evaluation_too():
    layer = nn.BatchNorm1d(2, track_running_stats=False).eval()
    assert list(layer.state_dict()) == ["weight", "bias"]
    np.testing.assert_allclose(layer(numbers(6, 2) + 3).data.mean(axis=0), 0.0, atol=1e-12)


def test_statistics_are_those_of_the_numbers_and_need_no_gradient():
    layer = nn.BatchNorm1d(2)
    y = layer(ag.tensor(numbers(3, 2), requires_grad=True))
    assert y.requires_grad
    assert all(type(buffer) is np.ndarray for buffer in layer.buffers())


def test_the_function_writes_running_statistics_in_place():
    mean, var = np.zeros(2), np.ones(2)
    F.batch_norm(numbers(4, 2), mean, var, training=True)
    assert mean.any()
    assert (var != 1).any()


@pytest.mark.parametrize("shape", [(1, 2), (1, 2, 1), (0, 2)])
def test_one_value_in_each_channel_is_refused_in_training_and_changes_nothing(shape):
    layer = nn.BatchNorm1d(2)
    with pytest.raises(ValueError, match=r"more than one value in each channel, and the input has shape \(" + str(shape[0])):
        layer(np.ones(shape))
    assert layer.num_batches_tracked == 0
    assert layer.running_mean.tolist() == [0.0, 0.0]
    assert layer.eval()(np.ones(shape)).shape == shape


# -- what does not fit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.LayerNorm(3)(np.ones((2, 4))), r"input has shape \(2, 4\), but normalized_shape is \(3,\): it must end so"),
        (lambda: nn.LayerNorm((2, 3))(np.ones(3)), r"input has shape \(3,\), but normalized_shape is \(2, 3\)"),
        (lambda: nn.RMSNorm(3)(np.ones((2, 4))), "rms_norm: the input has shape"),
        (
            lambda: F.layer_norm(np.ones((4, 3)), 3, np.ones(2)),
            r"^layer_norm: weight has shape \(2,\), but .* is \(3,\)",
        ),
        (lambda: F.layer_norm(np.ones((4, 3)), 3, None, ag.Tensor(np.ones((4, 1)))), r"^layer_norm: bias has shape \(4, 1\)"),
        (lambda: F.rms_norm(np.ones((4, 3)), (4, 3), np.ones(3)), r"^rms_norm: weight has shape \(3,\), but .* is \(4, 3\)"),
        (lambda: F.group_norm(np.ones((2, 4)), 2, np.ones(2)), r"^group_norm: weight has shape \(2,\), but .* has 4 channels"),
        (lambda: F.group_norm(np.ones((2, 4, 3)), 2, None, np.ones(1)), r"^group_norm: bias has shape \(1,\)"),
        (lambda: nn.GroupNorm(2, 3), "num_channels=3 must be divisible by num_groups=2"),
        (lambda: nn.GroupNorm(2, 4)(np.ones((2, 6))), r"input has shape \(2, 6\), but it must be \(N, 4, ...\)"),
        (lambda: F.group_norm(np.ones((2, 4)), "2"), "group_norm: num_groups='2' must be a whole number of at least 1"),
        (lambda: F.local_response_norm(np.ones((1, 2, 2)), 2.5), "local_response_norm: size=2.5 must be a whole number"),
        (lambda: F.group_norm(np.ones((2, 6)), 4), "divisible by num_groups=4"),
        (
            lambda: nn.BatchNorm1d(3)(np.ones((2, 4))),
            r"\(2, 4\), but it must be \(N, C\) or \(N, C, L\) with C = 3",
        ),
        (lambda: nn.BatchNorm2d(3)(np.ones((2, 3))), r"input has shape \(2, 3\), but it must be \(N, C, H, W\) with C = 3"),
        (lambda: F.batch_norm(np.ones((2, 3)), np.ones(2), np.ones(3)), r"running_mean has shape \(2,\), but the input \(2, 3\)"),
        (lambda: F.batch_norm(np.ones((2, 3)), None, None, np.ones(4), training=True), r"weight has shape \(4,\)"),
        (lambda: F.batch_norm(np.ones((2, 3)), None, None), "training=False needs running_mean and running_var"),
        (lambda: F.batch_norm(np.ones(3), None, None, training=True), r"shape \(3,\); it must be \(N, C, ...\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_shape(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [(nn.LayerNorm, (3,)), (nn.RMSNorm, (3,)), (nn.GroupNorm, (2, 4)), (nn.BatchNorm2d, (3,)), (nn.InstanceNorm1d, (3,))],
)
def test_what_is_added_to_a_variance_is_not_negative(kind, sizes):
    for eps in (-1, -1e-9, np.nan, np.inf, "1", ag.Tensor(1.0)):
        with pytest.raises(ValueError, match=rf"^{kind.__name__}: eps=.* must be a finite number that is not negative"):
            kind(*sizes, eps=eps)
    assert kind(*sizes, eps=np.float32(0.5)).eps == kind(*sizes, 0.5).eps


COMPLEX = {
    "layer_norm": lambda x: F.layer_norm(x, 3),
    "group_norm": lambda x: F.group_norm(x, 2),
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "batch_norm by running statistics": lambda x: F.batch_norm(x, np.zeros(4), np.ones(4)),
    "instance_norm": F.instance_norm,
    "instance_norm by running statistics": lambda x: F.instance_norm(x, np.zeros(4), np.ones(4), use_input_stats=False),
    "local_response_norm": lambda x: F.local_response_norm(x, 2),
}


@pytest.mark.parametrize("given", [np.asarray, ag.Tensor])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_numbers_are_refused_in_the_name_of_the_function(name, given):
    with pytest.raises(TypeError, match=f"^{name.split()[0]}: the input is complex"):
        COMPLEX[name](given(np.ones((2, 4, 3)) + 1j))


def test_an_empty_batch_leaves_the_running_statistics_of_instances():
    layer = nn.InstanceNorm1d(2, track_running_stats=True)
    with pytest.raises(ValueError, match=r"instance_norm: running statistics need one sample or more, .*\(0, 2, 3\)"):
        layer(np.zeros((0, 2, 3)))
    assert layer.running_mean.tolist() == [0, 0]
    assert layer.running_var.tolist() == [1, 1]
    assert F.instance_norm(np.zeros((0, 2, 3))).shape == (0, 2, 3)

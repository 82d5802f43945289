"""Dropout: how much is left out, what stays, and where the randomness comes from."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives

X = np.ones((200, 50))
MODULES = pytest.mark.parametrize("kind", [nn.Dropout, nn.AlphaDropout, nn.FeatureAlphaDropout, nn.Dropout1d, nn.Dropout2d])


def an_input(kind):
    return np.ones((20, 10, 3, 2)) if kind is nn.Dropout2d else np.ones((20, 10, 3))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_elements_are_0_with_probability_p_and_the_mean_stays(p):
    y = F.dropout(X, p, rng=0)
    assert set(np.unique(y)) == {0.0, 1 / (1 - p)}
    assert abs(np.mean(y == 0) - p) < 5 * np.sqrt(p * (1 - p) / X.size)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(p):
    x = np.random.default_rng(0).standard_normal((400, 500))
    y = F.alpha_dropout(x, p, training=True, rng=1)
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.03


@pytest.mark.parametrize(("kind", "axes"), [(nn.Dropout1d, (2,)), (nn.Dropout2d, (2, 3))])
def test_whole_channels_are_left_out(kind, axes):
    y = kind(rng=0)(an_input(kind))
    assert np.array_equal(y.min(axis=axes), y.max(axis=axes))
    assert set(np.unique(y)) == {0.0, 2.0}


def test_whole_channels_are_saturated_together():
    y = nn.FeatureAlphaDropout(rng=0)(np.ones((20, 10, 3, 2)))
    assert np.array_equal(y.min(axis=(2, 3)), y.max(axis=(2, 3)))
    assert len(np.unique(y)) == 2
    assert np.array_equal(y[..., 0, 0], nn.AlphaDropout(rng=0)(np.ones((20, 10))))


def test_channels_need_no_batch_in_one_dimension():
    y = nn.Dropout1d(rng=0)(np.ones((50, 3)))
    assert np.array_equal(y.min(axis=1), y.max(axis=1))


@MODULES
def test_evaluation_and_p_0_leave_the_input_itself(kind):
    x = an_input(kind)
    assert kind().eval()(x) is x
    assert kind(0.0)(x) is x


@MODULES
def test_p_1_leaves_nothing(kind):
    assert not kind(1.0)(an_input(kind)).any()


@MODULES
def test_the_same_seed_leaves_out_the_same(kind):
    x = an_input(kind)
    first, second = kind(rng=3), kind(rng=np.random.default_rng(3))
    assert np.array_equal(first(x), second(x))
    assert not np.array_equal(first(x), kind(rng=3)(x))  # the module's generator goes on
    nn.manual_seed(3)
    by_default = kind()(x)
    assert np.array_equal(by_default, kind(rng=3)(x))


def test_single_precision_stays_single_and_leaves_out_the_same():
    single = F.dropout(X.astype(np.float32), rng=0)
    assert single.dtype == np.float32
    assert np.array_equal(single, F.dropout(X, rng=0))


@pytest.mark.parametrize("function", [F.dropout, F.dropout1d, F.alpha_dropout])
def test_dropout_has_derivatives(function):
    assert_derivatives(lambda x: function(x, 0.4, True, rng=0), np.random.default_rng(0).standard_normal((2, 3)))


def test_gradients_are_left_out_where_elements_are():
    x = ag.tensor(X, requires_grad=True)
    y = F.dropout(x, 0.3, rng=0)
    y.sum().backward()
    assert np.array_equal(x.grad, y.data)


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_p_is_a_probability(p):
    for refused in (lambda: nn.Dropout(p), lambda: F.dropout(X, p), lambda: F.alpha_dropout(X, p), lambda: F.dropout1d(X, p)):
        with pytest.raises(ValueError, match=f"p={p} must be a probability"):
            refused()


@pytest.mark.parametrize(("function", "shape"), [(F.dropout1d, (3,)), (F.dropout2d, (3, 3))])
def test_channels_need_their_axes(function, shape):
    with pytest.raises(ValueError, match=f"the input has shape .*; it must have {'2 or 3' if shape == (3,) else 4} axes"):
        function(np.ones(shape))


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("training", [True, False])
def test_three_axes_are_read_as_of_one_dimension_with_a_word(p, training):
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    with pytest.warns(UserWarning, match=r"\(2, 3, 4\); it is read as \(N, C, L\), for which write dropout1d.*x\[None\]"):
        dropped = F.dropout2d(x, p, training, rng=0)
    assert np.array_equal(dropped, F.dropout1d(x, p, training, rng=0))


def test_integers_are_refused():
    with pytest.raises(TypeError, match="dropout: the input must be floating-point, not int64"):
        F.dropout(np.arange(3))

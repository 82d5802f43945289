"""Averages of weights: by their formulas, and PyTorch's."""

import numpy as np
import pytest

import nn
from nn.optim import swa_utils

VALUES = np.random.default_rng(0).normal(size=(6, 3, 2))


def model():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh())


def trained(averaged, values=VALUES):
    """The averaged weights after updates with these."""
    other = model()
    for value in values:
        other[0].weight.data = value
        averaged.update_parameters(other)
    return averaged.module[0].weight.data


def test_the_mean_is_the_mean_and_counts():
    averaged = swa_utils.AveragedModel(model())
    np.testing.assert_allclose(trained(averaged), VALUES.mean(0))
    assert averaged.n_averaged == len(VALUES)


@pytest.mark.parametrize("decay", [0.0, 0.9, 1.0])
def test_the_exponential_average_begins_with_the_first_values(decay):
    expected = VALUES[0]
    for value in VALUES[1:]:
        expected = decay * expected + (1 - decay) * value
    averaged = swa_utils.AveragedModel(model(), avg_fn=swa_utils.get_ema_avg_fn(decay))
    np.testing.assert_allclose(trained(averaged), expected)


def test_a_short_memory_takes_a_small_value_in_after_a_large_one():
    assert swa_utils.get_ema_avg_fn(0.0)(np.float32(1e9), np.float32(1.0), 1) == 1


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("exponential", [False, True])
def test_averages_names_and_buffers_are_pytorchs(use_buffers, exponential):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Tanh()).double()
    ours = model()
    there = torch.optim.swa_utils
    b = there.AveragedModel(theirs, avg_fn=there.get_ema_avg_fn(0.7) if exponential else None, use_buffers=use_buffers)
    a = swa_utils.AveragedModel(ours, avg_fn=swa_utils.get_ema_avg_fn(0.7) if exponential else None, use_buffers=use_buffers)
    for value in VALUES:
        theirs[0].weight.data = torch.tensor(value)
        ours[0].weight.data = value
        ours[0].bias.data = theirs[0].bias.detach().numpy().copy()
        theirs[1].running_mean += 1.0
        ours[1].running_mean[...] += 1.0
        a.update_parameters(ours)
        b.update_parameters(theirs)
    found, expected = a.state_dict(), b.state_dict()
    assert list(found) == list(expected)
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name].numpy(), rtol=1e-12, err_msg=name)


def test_statistics_are_the_means_over_the_batches_and_nothing_else_changes():
    network = model()
    network[2].eval()
    x = np.random.default_rng(1).normal(size=(40, 2))
    swa_utils.update_bn([(part, None) for part in np.split(x, 4)], network)
    hidden = x @ network[0].weight.data.T + network[0].bias.data
    np.testing.assert_allclose(network[1].running_mean, hidden.mean(0), rtol=1e-12)
    assert network[1].num_batches_tracked == 4
    assert network[1].momentum == 0.1
    assert network.training
    assert not network[2].training


def test_an_average_is_a_copy_that_computes_and_is_saved(tmp_path):
    network = model()
    averaged = swa_utils.AveragedModel(network)
    averaged.update_parameters(network)
    network[0].weight.data = network[0].weight.data + 1
    x = np.ones((4, 2))
    assert not np.allclose(averaged.eval()(x).data, network.eval()(x).data)
    nn.save(averaged.state_dict(), tmp_path / "averaged.npz")
    again = swa_utils.AveragedModel(model())
    again.load_state_dict(nn.load(tmp_path / "averaged.npz"))
    np.testing.assert_array_equal(again.eval()(x).data, averaged(x).data)


def test_what_cannot_be_averaged_is_refused():
    with pytest.raises(TypeError, match="AveragedModel: model is a function"):
        swa_utils.AveragedModel(model)
    with pytest.raises(ValueError, match="decay=1.5 must be from 0 to 1"):
        swa_utils.get_ema_avg_fn(1.5)
    with pytest.raises(ValueError, match="the model differs from the Sequential"):
        swa_utils.AveragedModel(model()).update_parameters(nn.Sequential(nn.Linear(2, 3)))

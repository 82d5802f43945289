"""Hooks: what they see, what they change, when they end; PyTorch's where it is installed."""

import copy
import pickle

import numpy as np
import pytest

import nn
from tests.networks.parity import pytorch

X = np.ones((4, 2))


def model():
    return nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, rng=0))


def test_a_hook_sees_the_module_what_it_was_given_and_what_it_returns():
    net, seen = model(), []
    net[1].register_forward_hook(lambda *what: seen.append(what))
    with nn.record(net) as recorded:
        net(X)
    [(module, args, output)] = seen
    assert module is net[1]
    assert args[0] is recorded["0"]
    assert output is recorded["1"]


def test_hooks_may_change_what_comes_in_and_what_goes_out_in_their_order():
    layer = nn.Identity()
    layer.register_forward_hook(lambda module, args, output: output * 2)
    layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    layer.register_forward_pre_hook(lambda module, args: (args[0] * 10,))
    layer.register_forward_hook(lambda module, args, output: output - args[0])
    assert layer(1.0) == (1 + 1) * 10 * 2 - 20


def test_a_hook_that_returns_none_changes_nothing_and_gradients_flow_through_what_one_returns():
    net = model()
    plain = net(X)
    net[1].register_forward_hook(lambda *what: None)
    assert np.array_equal(net(X).data, plain.data)
    net[1].register_forward_hook(lambda module, args, output: output * 0.0)
    net(X).sum().backward()
    assert not net[0].weight.grad.any()
    assert net[2].bias.grad.any()


def test_a_hook_ends_when_it_is_removed_and_other_hooks_stay():
    layer, calls = nn.Identity(), []
    first = layer.register_forward_hook(lambda *what: calls.append(1))
    with layer.register_forward_hook(lambda *what: calls.append(2)):
        layer(0)
    layer(0)
    first.remove()
    first.remove()
    layer(0)
    assert calls == [1, 2, 1]
    assert "_hooks" not in vars(layer)


def test_a_hook_may_remove_itself():
    layer, calls = nn.Identity(), []

    def once(*what):
        calls.append(1)
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer(0)
    layer(0)
    assert calls == [1]


def test_copies_have_hooks_of_their_own_and_are_shown_and_saved_without_them():
    layer = nn.Dropout(0.5)
    handle = layer.register_forward_hook(seven)
    for made in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        handle.remove()
        assert made(X) == 7
        handle = layer.register_forward_hook(seven)
    assert repr(layer) == "Dropout(p=0.5)"
    assert layer.state_dict() == {}


def seven(module, args, output):
    return 7


def test_hooks_are_those_of_pytorch():
    torch = pytorch()
    made = []
    for lib in (nn, torch.nn):
        layer = lib.Identity()
        layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
        layer.register_forward_hook(lambda module, args, output: (output, args[0]))
        layer.register_forward_hook(lambda module, args, output: output[0] * 3)
        made.append(layer(2.0))
    assert made == [9.0, 9.0]


def test_a_hook_may_go_first_and_see_the_arguments_by_name():
    class Scaled(nn.Module):
        def forward(self, x, *, by):
            return x * by

    layer, seen = Scaled(), []
    layer.register_forward_hook(lambda module, args, output: seen.append("second"))
    layer.register_forward_hook(
        lambda module, args, kwargs, output: seen.append(kwargs) or output + 1, prepend=True, with_kwargs=True
    )
    layer.register_forward_pre_hook(lambda module, args, kwargs: (args, {"by": 10 * kwargs["by"]}), with_kwargs=True)
    layer.register_forward_pre_hook(lambda module, args, kwargs: seen.append(kwargs["by"]), prepend=True, with_kwargs=True)
    assert layer(2.0, by=3.0) == 61.0
    assert seen == [3.0, {"by": 30.0}, "second"]


def test_what_a_hook_cannot_do_is_said():
    layer = nn.Tanh()
    with pytest.raises(ValueError, match="Write 'try' around the call"):
        layer.register_forward_hook(print, always_call=True)
    layer.register_forward_pre_hook(lambda module, args, kwargs: args, with_kwargs=True)
    with pytest.raises(TypeError, match=r"the hook returned a tuple, not \(args, kwargs\)"):
        layer(np.ones(2))
    with pytest.raises(TypeError, match=r"a function of \(module, args, kwargs, output\)"):
        layer.register_forward_hook(None, with_kwargs=True)


def test_hooks_of_gradients_say_what_to_write_and_the_line_works():
    net = model()
    with pytest.raises(AttributeError, match=r"Sequential.register_full_backward_hook .* write 'with nn.record\(model\)"):
        net.register_full_backward_hook(lambda *what: None)
    with nn.record(net) as seen:
        loss = net(X).sum()
    assert seen.gradients(loss)["1"].shape == (4, 3)


def test_what_is_no_function_is_no_hook():
    with pytest.raises(TypeError, match="register_forward_hook: 3 is no function"):
        nn.Identity().register_forward_hook(3)

"""Modules: what they hold, how it is named, saved, loaded and shown."""

import copy
import pickle

import numpy as np
import pytest

import autograd_lite as ag
import nn


class Net(nn.Module):
    """Parameters everywhere that attributes can be: nested, in lists, tuples and dicts, shared."""

    def __init__(self):
        self.head = nn.Linear(3, 1, bias=False, rng=0)
        self.scale = nn.Parameter([1.0, 2.0])
        self.body = nn.Sequential(nn.Linear(2, 3, rng=1), nn.Sequential(nn.Tanh(), nn.Linear(3, 3, rng=2)))
        self.more = {"list": [nn.Parameter(3.0)], "deep": ((nn.Linear(1, 1, rng=3),),)}
        self.again = self.scale
        self.constant = ag.tensor([1.0])
        self.nothing = None
        self.size = 3

    def forward(self, x):
        return self.head(self.body(x)) * self.scale[0]


NAMES = [
    "scale", "more.list.0", "head.weight", "body.0.weight", "body.0.bias", "body.1.1.weight", "body.1.1.bias",
    "more.deep.0.0.weight", "more.deep.0.0.bias",
]  # fmt: skip


class Holder(nn.Module):
    def __init__(self, **attributes):
        vars(self).update(attributes)


def cycle():
    a, b = Holder(w=nn.Parameter([1.0])), Holder(w=nn.Parameter([2.0]))
    a.other, b.other = b, a
    return a


# -- walking ------------------------------------------------------------------------------------------------------


def test_parameters_are_named_by_the_path_to_them():
    assert [name for name, _ in Net().named_parameters()] == NAMES
    assert [name for name, _ in Net().named_parameters("net")] == [f"net.{name}" for name in NAMES]


def test_parameters_are_those_of_named_parameters():
    net = Net()
    assert [id(p) for p in net.parameters()] == [id(p) for _, p in net.named_parameters()]
    assert all(type(p) is nn.Parameter for p in net.parameters())


def test_modules_are_found_from_the_outside_in():
    net = Net()
    found = dict(net.named_modules())
    assert list(found) == ["", "head", "body", "body.0", "body.1", "body.1.0", "body.1.1", "more.deep.0.0"]
    assert found[""] is net
    assert found["body.1.1"] is net.body[1][1]
    assert list(map(id, net.modules())) == list(map(id, found.values()))


def test_children_are_the_modules_directly_inside():
    net = Net()
    children = dict(net.named_children())
    assert list(children) == ["head", "body", "more.deep.0.0"]
    assert list(map(id, net.children())) == list(map(id, children.values()))


def test_an_attribute_set_later_is_found_and_a_deleted_one_is_not():
    net = Holder()
    net.layer = nn.Linear(1, 1)
    assert len(list(net.parameters())) == 2
    del net.layer
    assert not list(net.parameters())


def test_shared_parameters_come_once_and_are_saved_under_each_name():
    tied = Holder(a=nn.Linear(2, 2), b=nn.Linear(2, 2))
    tied.b.weight = tied.a.weight
    assert [name for name, _ in tied.named_parameters()] == ["a.weight", "a.bias", "b.bias"]
    assert list(tied.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]


def test_modules_in_a_cycle_are_visited_once():
    assert [name for name, _ in cycle().named_modules()] == ["", "other"]
    assert [name for name, _ in cycle().named_parameters()] == ["w", "other.w"]
    assert not any(module.training for module in cycle().eval().modules())


def test_modules_in_a_cycle_can_be_shown():
    assert "Holder" in repr(cycle())


def test_a_module_without_forward_says_so():
    with pytest.raises(TypeError, match=r"Holder has no forward: write 'def forward\(self, x\)"):
        Holder()(1.0)


# -- names as in PyTorch ------------------------------------------------------------------------------------------


def architectures(lib, parameter):
    """The same modules from `nn` and from `torch.nn`."""

    class Block(lib.Module):
        def __init__(self):
            super().__init__()
            self.inner = lib.Sequential(lib.Linear(2, 3), lib.Tanh(), lib.Sequential(lib.Linear(3, 3), lib.ReLU()))
            self.gain = parameter([1.0, 2.0])
            self.out = lib.Linear(3, 1, bias=False)

    tied = lib.Sequential(lib.Linear(2, 2), lib.Linear(2, 2))
    tied[1].weight = tied[0].weight
    layer = lib.Linear(1, 1)
    return {
        "linear": lib.Linear(2, 3),
        "mlp": lib.Sequential(lib.Linear(1, 4), lib.Tanh(), lib.Linear(4, 1)),
        "own parameters first": Block(),
        "tied weights": tied,
        "blocks": lib.Sequential(Block(), lib.Identity(), Block()),
        "sliced": lib.Sequential(lib.Linear(1, 4), lib.Tanh(), lib.Linear(4, 1))[1:],
        "shared module": lib.Sequential(layer, lib.Sigmoid(), layer),
    }


BLOCK = ["gain", "inner.0.weight", "inner.0.bias", "inner.2.0.weight", "inner.2.0.bias", "out.weight"]
STATES_OF_TORCH = {
    "linear": ["weight", "bias"],
    "mlp": ["0.weight", "0.bias", "2.weight", "2.bias"],
    "own parameters first": BLOCK,
    "tied weights": ["0.weight", "0.bias", "1.weight", "1.bias"],
    "blocks": [f"{i}.{name}" for i in (0, 2) for name in BLOCK],
    "sliced": ["2.weight", "2.bias"],
    "shared module": ["0.weight", "0.bias", "2.weight", "2.bias"],
}
ARCHITECTURES = list(STATES_OF_TORCH)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_states_have_the_names_that_pytorch_gives(name):
    assert list(architectures(nn, nn.Parameter)[name].state_dict()) == STATES_OF_TORCH[name]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_states_move_over_from_pytorch(name):
    torch = pytest.importorskip("torch")
    theirs = architectures(torch.nn, lambda data: torch.nn.Parameter(torch.tensor(data)))[name]
    ours = architectures(nn, nn.Parameter)[name]
    assert list(theirs.state_dict()) == STATES_OF_TORCH[name]
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    ours.load_state_dict(theirs.state_dict())
    for path, array in ours.state_dict().items():
        np.testing.assert_array_equal(array, theirs.state_dict()[path].numpy())


# -- state --------------------------------------------------------------------------------------------------------


def test_a_state_is_a_copy():
    layer = nn.Linear(2, 3, rng=0)
    state = layer.state_dict()
    layer.weight.data[...] = 7.0
    assert not np.any(state["weight"] == 7.0)
    state["bias"][...] = 8.0
    assert not np.any(layer.bias.data == 8.0)


def test_a_loaded_state_is_a_copy_that_gives_the_same_outputs():
    x = np.ones((4, 2))
    first, second = (nn.Sequential(nn.Linear(2, 3, rng=seed), nn.Tanh()) for seed in (0, 1))
    state = first.state_dict()
    second.load_state_dict(state)
    expected = first(x).data
    state["0.weight"][...] = 0.0
    np.testing.assert_array_equal(second(x).data, expected)


def test_loading_keeps_the_parameter_itself_and_its_dtype():
    layer = nn.Linear(2, 1, dtype=np.float32)
    weight = layer.weight
    layer.load_state_dict({"weight": np.array([[1, 2]]), "bias": nn.Parameter([0.5])})
    assert layer.weight is weight
    assert weight.dtype == np.float32
    assert weight.requires_grad
    assert weight.tolist() == [[1.0, 2.0]]
    assert layer.bias.tolist() == [0.5]


def test_a_state_that_does_not_fit_is_refused_whole_with_all_that_is_wrong():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    before = model.state_dict()
    state = {"0.weight": np.zeros((3, 5)), "0.bias": np.zeros(3), "2.weight": np.zeros(3), "9.weight": np.zeros((1, 1))}
    with pytest.raises(ValueError) as error:
        model.load_state_dict(state)
    message = str(error.value)
    assert "does not fit this Sequential; nothing was loaded" in message
    assert "missing: 2.bias [1]" in message
    assert "unexpected: 9.weight [1, 1]" in message
    assert "shape of 0.weight: [3, 5] given, [3, 2] needed" in message
    assert "shape of 2.weight: [3] given, [1, 3] needed" in message
    assert "0.bias" not in message
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_loading_not_strictly_passes_over_missing_and_unexpected_names_but_not_shapes():
    layer = nn.Linear(2, 1, rng=0)
    bias = layer.bias.tolist()
    layer.load_state_dict({"weight": np.zeros((1, 2)), "other": np.zeros(9)}, strict=False)
    assert layer.weight.tolist() == [[0.0, 0.0]]
    assert layer.bias.tolist() == bias
    with pytest.raises(ValueError, match=r"shape of weight: \[2\] given"):
        layer.load_state_dict({"weight": np.zeros(2)}, strict=False)


@pytest.mark.parametrize("wrong", [np.ones((1, 2), complex), np.full((1, 2), "1"), np.full((1, 2), None)], ids=str)
def test_only_real_numbers_are_loaded(wrong):
    with pytest.raises(ValueError, match="dtype of weight: .* given, real numbers needed"):
        nn.Linear(2, 1).load_state_dict({"weight": wrong, "bias": np.zeros(1)})


# -- modes --------------------------------------------------------------------------------------------------------


def test_train_and_eval_set_the_mode_of_every_module():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert net.train() is net
    assert all(module.training for module in net.modules())


def test_zero_grad_forgets_every_gradient_also_where_some_are_frozen():
    net = Net()
    net.scale.requires_grad = False
    net(np.ones((2, 2))).sum().backward()
    assert net.head.weight.grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_frozen_parameters_get_no_gradient_until_they_are_free_again():
    net = Net()
    assert net.requires_grad_(False) is net
    assert not net(np.ones((1, 2))).requires_grad
    net.requires_grad_()
    net(np.ones((1, 2))).sum().backward()
    assert net.body[0].weight.grad is not None


def test_apply_calls_with_every_module_once_children_first():
    net = Net()
    seen = []
    assert net.apply(lambda module: seen.append(id(module))) is net
    assert sorted(seen) == sorted(map(id, net.modules()))
    for module in net.modules():
        assert all(seen.index(id(child)) < seen.index(id(module)) for child in module.children())


def test_apply_calls_in_the_order_of_pytorch():
    seen = []
    nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Tanh()), nn.ReLU()).apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "Tanh", "Sequential", "ReLU", "Sequential"]


# -- showing and copying ------------------------------------------------------------------------------------------


def test_repr_is_the_tree_that_pytorch_shows():
    model = nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.Tanh(), nn.Linear(2, 1, bias=False)))
    lines = [
        "Sequential(",
        "  (0): Linear(in_features=1, out_features=2, bias=True)",
        "  (1): Sequential(",
        "    (0): Tanh()",
        "    (1): Linear(in_features=2, out_features=1, bias=False)",
        "  )",
        ")",
    ]
    assert repr(model).splitlines() == lines
    assert repr(nn.Softplus(beta=2.0)) == "Softplus(beta=2.0, threshold=inf)"
    assert repr(nn.Sine(30.0)) == "Sine(omega_0=30.0)"
    assert repr(nn.MSELoss()) == "MSELoss(reduction='mean')"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"])
def test_copies_have_parameters_of_their_own(copied):
    net = Net()
    net.scale.requires_grad = False
    net.eval()
    other = copied(net)
    assert [name for name, _ in other.named_parameters()] == NAMES
    for ours, theirs in zip(net.parameters(), other.parameters(), strict=True):
        assert type(theirs) is nn.Parameter
        assert theirs is not ours
        assert theirs.requires_grad == ours.requires_grad
        np.testing.assert_array_equal(theirs.data, ours.data)
        assert not np.shares_memory(theirs.data, ours.data)
    assert other.again is other.scale
    assert not other.training
    np.testing.assert_array_equal(other(np.ones((1, 2))).data, net(np.ones((1, 2))).data)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"])
def test_cycles_can_be_copied(copied):
    a = copied(cycle())
    assert a.other.other is a


def test_a_parameter_requires_grad_unless_told_otherwise():
    assert nn.Parameter([1.0]).requires_grad
    assert not nn.Parameter([1.0], requires_grad=False).requires_grad
    assert nn.Parameter([1, 2], dtype=np.float32).dtype == np.float32
    with pytest.raises(TypeError, match="floating-point"):
        nn.Parameter([1, 2])


def test_a_parameter_owns_its_array():
    array = np.ones(2)
    parameter = nn.Parameter(array)
    array[...] = 5.0
    assert parameter.tolist() == [1.0, 1.0]

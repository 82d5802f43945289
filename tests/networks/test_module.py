"""Modules: what they hold, how it is named, saved, loaded and shown."""

import copy
import pickle

import numpy as np
import pytest

import autograd_lite as ag
import nn
from tests.networks.parity import refuses


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
    assert weight.data.tolist() == [[1.0, 2.0]]
    assert layer.bias.data.tolist() == [0.5]


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


@pytest.mark.parametrize("given", ["weights.npz", None, [np.zeros(1)]])
def test_only_a_dict_is_loaded(given):
    with pytest.raises(
        TypeError, match=r"load_state_dict: a .* was given, not a dict of arrays. Of a file write nn.load\(path\)"
    ):
        nn.Linear(2, 1).load_state_dict(given)


@pytest.mark.parametrize(("module", "params"), [(nn.Linear(1, 1), None), (nn.Linear(1, 1), [1.0]), (np.tanh, {})])
def test_a_functional_call_takes_a_module_and_a_dict(module, params):
    with pytest.raises(TypeError, match="functional_call: a .* and a .* were given; it takes a Module and a dict"):
        nn.functional_call(module, params, np.zeros((1, 1)))


def test_a_mode_is_true_or_false():
    with pytest.raises(TypeError, match="Linear: train takes True or False, not 'eval'"):
        nn.Linear(1, 1).train("eval")


def test_loading_not_strictly_passes_over_missing_and_unexpected_names_but_not_shapes():
    layer = nn.Linear(2, 1, rng=0)
    bias = layer.bias.data.tolist()
    left = layer.load_state_dict({"weight": np.zeros((1, 2)), "other": np.zeros(9)}, strict=False)
    assert (left.missing_keys, left.unexpected_keys) == (["bias"], ["other"])
    assert layer.load_state_dict(layer.state_dict()) == ([], [])
    assert layer.weight.data.tolist() == [[0.0, 0.0]]
    assert layer.bias.data.tolist() == bias
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
    net.zero_grad(set_to_none=False)
    assert net.head.weight.grad.tolist() == np.zeros(net.head.weight.shape).tolist()
    assert net.scale.grad is None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


# -- what is asked of a module every day ---------------------------------------------------------------------------


def tied():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model.again = model[0]
    model.register_parameter("scale", nn.Parameter(1.0))
    model.register_buffer("mean", tensor=np.zeros(2))
    return model


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (lambda m: m.named_parameters(recurse=False), ["scale"]),
        (lambda m: m.named_parameters("net", recurse=False), ["net.scale"]),
        (
            lambda m: m.named_parameters(remove_duplicate=False),
            ["scale", "0.weight", "0.bias", "1.weight", "1.bias", "again.weight", "again.bias"],
        ),
        (lambda m: m.named_buffers(recurse=False), ["mean"]),
        (lambda m: m.named_buffers("net", False), ["net.mean"]),
    ],
)
def test_walks_take_pytorchs_options(names, expected):
    model = tied()
    assert [name for name, _ in names(model)] == expected
    assert next(model.parameters(recurse=False)) is model.scale
    assert list(map(id, model.buffers(False))) == [id(model.mean)]
    assert model.get_buffer("1.running_mean") is model[1].running_mean
    with pytest.raises(KeyError, match="get_buffer: there is nothing at '1.weight'"):
        model.get_buffer("1.weight")


def test_a_module_is_added_under_a_name_that_is_computed():
    model = nn.Module()
    model.add_module("layer1", nn.Linear(1, 2))
    model.add_module("layer1", new := nn.Linear(1, 3))
    assert model.layer1 is new
    with pytest.raises(ValueError, match="add_module: Module has an attribute 'forward' already"):
        model.add_module("forward", new)
    with pytest.raises(TypeError, match="add_module: act is a type, not a Module. Write nn.Tanh"):
        model.add_module("act", nn.Tanh)


def test_a_module_is_converted_to_another_precision():
    model = tied()
    model(np.ones((4, 2))).sum().backward()
    assert model.float() is model
    assert {str(p.dtype) for p in model.parameters()} == {"float32"}
    assert [str(b.dtype) for b in model.buffers()] == ["float32", "float32", "float32", "int64"]
    assert model[0].weight.grad is None
    out = model(np.ones((4, 2), np.float32))
    out.sum().backward()
    assert (out.dtype, model[0].weight.grad.dtype) == (np.float32, np.float32)
    assert model.double()[0].weight.dtype == np.float64
    assert model.to("float32")[0].weight.dtype == np.float32
    with pytest.raises(TypeError, match="to: dtype int64 given, a floating-point dtype needed"):
        model.to(np.int64)


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
    assert parameter.data.tolist() == [1.0, 1.0]


# -- buffers ------------------------------------------------------------------------------------------------------


class Running(nn.Module):
    """A parameter and buffers of all kinds beside a child with its own."""

    def __init__(self):
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("mean", [1.0, 2.0])
        self.register_buffer("count", np.array(0))
        self.register_buffer("cache", np.zeros(3, np.float32), persistent=False)
        self.register_buffer("off", None)
        self.scale = nn.Parameter([2.0, 3.0])

    def forward(self, x):
        self.count = self.count + 1
        self.mean = 0.5 * self.mean
        return self.norm(x) * self.scale + self.mean


STATE = [
    "scale",
    "mean",
    "count",
    "norm.weight",
    "norm.bias",
    "norm.running_mean",
    "norm.running_var",
    "norm.num_batches_tracked",
]


def test_a_state_has_own_parameters_own_buffers_then_those_of_children():
    assert list(Running().state_dict()) == STATE
    assert [name for name, _ in Running().named_buffers("net")] == [
        "net.mean", "net.count", "net.cache", "net.norm.running_mean", "net.norm.running_var", "net.norm.num_batches_tracked",
    ]  # fmt: skip
    assert len(list(Running().buffers())) == 6
    assert [name for name, _ in Running().named_parameters()] == ["scale", "norm.weight", "norm.bias"]


def test_a_buffer_is_a_copy_of_an_array_and_stays_one_by_its_name():
    given = np.ones(2)
    module = nn.Module()
    module.register_buffer("mean", given)
    given[...] = 5.0
    assert module.mean.tolist() == [1.0, 1.0]
    module.mean = module.mean + 1.0
    assert module.state_dict()["mean"].tolist() == [2.0, 2.0]
    module.register_buffer("mean", ag.tensor([3.0], requires_grad=True))
    assert type(module.mean) is np.ndarray
    del module.mean
    assert list(module.named_buffers()) == []
    assert module.state_dict() == {}


def test_buffers_are_saved_and_loaded_in_their_own_dtype():
    first, second = Running(), Running()
    first(np.random.default_rng(0).standard_normal((5, 2)))
    state = first.state_dict()
    second.load_state_dict({**state, "count": np.array(7.0)})
    assert second.count == 7
    assert second.count.dtype == int
    for name in STATE:
        assert name == "count" or np.array_equal(second.state_dict()[name], state[name])
        assert second.state_dict()[name].dtype == state[name].dtype
    state["mean"][...] = 9.0
    assert not np.any(second.mean == 9.0)


def test_buffers_that_do_not_fit_are_refused_whole():
    module = Running()
    state = {**module.state_dict(), "mean": np.zeros(3), "norm.running_var": np.array(["a", "b"]), "scale": np.zeros(2)}
    del state["count"]
    with pytest.raises(ValueError) as error:
        module.load_state_dict({**state, "cache": np.zeros(3)})
    for problem in (
        "missing: count []",
        "unexpected: cache [3]",
        "shape of mean: [3] given, [2] needed",
        "dtype of norm.running_var: <U1",
    ):
        assert problem in str(error.value)
    assert module.scale.data.tolist() == [2.0, 3.0]


def test_a_shared_buffer_comes_once_and_is_saved_under_each_name():
    norm = nn.BatchNorm1d(2, affine=False)
    both = Holder(a=norm, b=norm)
    assert [name for name, _ in both.named_buffers()] == ["a.running_mean", "a.running_var", "a.num_batches_tracked"]
    assert len(both.state_dict()) == 6


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["deepcopy", "pickle"])
def test_copies_have_buffers_of_their_own(copied):
    module = Running()
    other = copied(module)
    module(np.ones((3, 2)) * [[1], [2], [3]])
    assert other.mean.tolist() == [1.0, 2.0]
    assert other.norm.num_batches_tracked == 0
    assert list(other.state_dict()) == STATE
    assert [name for name, _ in other.named_buffers()] == [name for name, _ in module.named_buffers()]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.register_buffer("a.b", [1.0]), ValueError, "the name is 'a.b'"),
        (lambda m: m.register_buffer("", [1.0]), ValueError, "the name is ''"),
        (lambda m: m.register_buffer("forward", [1.0]), ValueError, "Running has an attribute 'forward' already"),
        (lambda m: m.register_buffer("scale", [1.0]), ValueError, "Running has an attribute 'scale' already"),
        (lambda m: m.register_buffer("text", "abc"), TypeError, "text has dtype <U3; real numbers are needed"),
        (lambda m: m.register_parameter("mean", nn.Parameter([1.0])), ValueError, "has an attribute 'mean' already"),
        (lambda m: m.register_parameter("w", np.ones(2)), TypeError, "w is a ndarray, not a Parameter"),
        (lambda m: m.get_submodule("norm.other"), KeyError, "nothing at 'norm.other'; there are norm"),
        (lambda m: m.get_parameter("norm"), KeyError, "nothing at 'norm'; there are scale, norm.weight, norm.bias"),
    ],
)
def test_names_that_cannot_be_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(Running())


def test_parameters_are_registered_under_a_computed_name():
    module = nn.Module()
    for k in range(2):
        module.register_parameter(f"w{k}", nn.Parameter([float(k)]))
    module.register_parameter("bias", None)
    assert list(module.state_dict()) == ["w0", "w1"]
    assert module.bias is None
    module.register_parameter("bias", nn.Parameter([2.0]))
    assert list(module.state_dict()) == ["w0", "w1", "bias"]


def test_modules_and_parameters_are_found_by_path():
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("body.1.1") is net.body[1][1]
    assert net.get_submodule("more.deep.0.0") is net.more["deep"][0][0]
    assert net.get_parameter("more.list.0") is net.more["list"][0]
    assert net.get_parameter("again") is net.scale


def test_states_of_buffers_move_to_pytorch_and_back():
    torch = pytest.importorskip("torch")

    def build(lib):
        return lib.Sequential(lib.BatchNorm1d(2), lib.Linear(2, 3), lib.CrossEntropyLoss(lib_array(lib, [1.0, 2.0, 3.0])))

    def lib_array(lib, values):
        return np.array(values) if lib is nn else torch.tensor(values, dtype=torch.float64)

    ours, theirs = build(nn), build(torch.nn).double()
    ours[0](np.random.default_rng(0).standard_normal((4, 2)))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    back = build(nn)
    back.load_state_dict(theirs.state_dict())
    for name, array in ours.state_dict().items():
        np.testing.assert_array_equal(back.state_dict()[name], array)
        assert back.state_dict()[name].dtype == array.dtype


# -- functional_call ----------------------------------------------------------------------------------------------


def attributes(module):
    """Every attribute of every module, to see that they are the very same afterwards."""
    return [(name, value) for part in module.modules() for name, value in vars(part).items()]


def unchanged(before, module):
    after = attributes(module)
    return len(before) == len(after) and all(a == b and x is y for (a, x), (b, y) in zip(before, after, strict=True))


def test_a_functional_call_computes_with_other_values_and_leaves_the_model():
    net, other = Net(), Net()
    x = np.ones((4, 2))
    values = {name: p.data + 1.0 for name, p in net.named_parameters()}
    other.load_state_dict({**values, "again": values["scale"]})
    before, state = attributes(net), net.state_dict()
    result = nn.functional_call(net, values, x)
    assert type(result) is np.ndarray  # arrays in place of all parameters
    np.testing.assert_array_equal(result, other(x).data)
    assert unchanged(before, net)
    assert all(np.array_equal(state[name], array) for name, array in net.state_dict().items())


def test_a_functional_call_is_differentiable_by_what_it_is_given():
    net = Net()
    x = np.random.default_rng(0).standard_normal((4, 2))
    arrays = {name: p.data for name, p in net.named_parameters()}
    by_name = ag.grad(lambda p: np.square(nn.functional_call(net, p, x)).sum())(arrays)
    np.square(net(x)).sum().backward()
    for name, parameter in net.named_parameters():
        expected = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad
        np.testing.assert_allclose(by_name[name], expected, rtol=1e-13, atol=1e-15, err_msg=name)


def test_second_derivatives_go_through_a_functional_call():
    net = nn.Sequential(nn.Linear(1, 2, rng=0), nn.Tanh(), nn.Linear(2, 1, rng=1))
    x = np.array([[0.3], [0.7]])
    f = lambda p: nn.functional_call(net, p, x).sum()
    p = net.state_dict()
    v = {name: np.ones(array.shape) for name, array in p.items()}
    h = 1e-5
    up, down = (ag.grad(f)({name: array + s * h * v[name] for name, array in p.items()}) for s in (1, -1))
    found = ag.hvp(f)(p, v)
    for name in p:
        np.testing.assert_allclose(found[name], (up[name] - down[name]) / (2 * h), rtol=1e-6, atol=1e-9)


def test_parameters_that_are_not_given_are_the_model_s_own():
    layer = nn.Linear(2, 1, rng=0)
    y = nn.functional_call(layer, {"bias": np.array([5.0])}, np.zeros((3, 2)))
    assert y.data.tolist() == [[5.0]] * 3
    y.sum().backward()
    assert layer.weight.grad is not None
    assert layer.bias.grad is None


def test_a_shared_parameter_is_replaced_everywhere_under_any_of_its_names():
    tied = Holder(a=nn.Linear(2, 2, bias=False), b=nn.Linear(2, 2, bias=False))
    tied.b.weight = tied.a.weight
    tied.forward = lambda x: tied.b(tied.a(x))
    for name in ("a.weight", "b.weight"):
        assert nn.functional_call(tied, {name: 2 * np.eye(2)}, np.ones(2)).tolist() == [4.0, 4.0]
    with pytest.raises(ValueError, match="given twice: ..weight, which is shared"):
        nn.functional_call(tied, {"a.weight": np.eye(2), "b.weight": np.eye(2)}, np.ones(2))


def test_buffers_are_given_and_updated_like_parameters_but_never_those_of_the_model():
    module = Running()
    before, state = attributes(module), module.state_dict()
    x = np.random.default_rng(0).standard_normal((5, 2))
    given = {"norm.running_mean": np.zeros(2), "mean": np.array([8.0, 8.0])}
    y = nn.functional_call(module, given, x)
    assert unchanged(before, module)
    assert all(np.array_equal(state[name], array) for name, array in module.state_dict().items())
    np.testing.assert_allclose(y.data.mean(axis=0), [4.0, 4.0])  # half the mean given
    np.testing.assert_allclose(given["norm.running_mean"], 0.1 * x.mean(axis=0))  # in place, as PyTorch does


def test_shared_modules_have_their_buffers_replaced_under_any_path():
    norm = nn.BatchNorm1d(2, affine=False).eval()
    both = nn.Sequential(norm, nn.Identity(), norm)
    for name in ("0.running_mean", "2.running_mean"):
        y = nn.functional_call(both, {name: np.ones(2), "0.running_var": np.full(2, 1 - 1e-5)}, np.full((1, 2), 3.0))
        np.testing.assert_allclose(y, 1.0)
    with pytest.raises(ValueError, match="given twice: ..running_mean, which is shared"):
        nn.functional_call(both, {"0.running_mean": np.ones(2), "2.running_mean": np.ones(2)}, np.ones((1, 2)))


def test_a_buffer_that_became_a_plain_number_is_still_one():
    module = nn.Sequential(nn.Linear(2, 2))
    module.register_buffer("count", np.array(0))
    module.count = 2  # as is, by chance, the number of features
    assert nn.functional_call(module, {"count": 5}, np.ones(2)).shape == (2,)
    assert module[0].in_features == module.count == 2
    assert module.state_dict()["count"].tolist() == 2


def test_an_error_inside_leaves_the_model():
    net = Net()
    before = attributes(net)
    with pytest.raises(ValueError, match="must have length 2"):
        nn.functional_call(net, {name: p.data + 1 for name, p in net.named_parameters()}, np.ones((4, 3)))
    assert unchanged(before, net)


def test_params_that_do_not_fit_are_refused_with_all_that_is_wrong():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    before = attributes(model)
    with pytest.raises(ValueError) as error:
        nn.functional_call(model, {"0.weight": np.zeros((2, 3)), "0.bia": np.zeros(3), "1.running_var": 1.0}, np.ones((2, 2)))
    for problem in (
        "params do not fit this Sequential",
        "unexpected: 0.bia [3]",
        "shape of 0.weight: [2, 3] given, [3, 2] needed",
        "shape of 1.running_var: [] given, [3] needed",
    ):
        assert problem in str(error.value)
    assert unchanged(before, model)


def test_several_arguments_are_a_tuple_and_options_a_dict():
    class Two(nn.Module):
        def __init__(self):
            self.w = nn.Parameter([1.0])

        def forward(self, a, b, *, c=0.0):
            return self.w * (a + 10 * b + 100 * c)

    assert nn.functional_call(Two(), {"w": [2.0]}, (1.0, 2.0), {"c": 3.0}).tolist() == [642.0]


def test_parameters_in_plain_lists_tuples_and_dicts_are_replaced_too():
    class Deep(nn.Module):
        def __init__(self):
            self.box = {"list": [nn.Parameter([1.0])], "tuple": ((nn.Parameter([2.0]), "x"), nn.Linear(1, 1))}

        def forward(self):
            return self.box["list"][0] + 10 * self.box["tuple"][0][0] + 100 * self.box["tuple"][1].bias

    module = Deep()
    before = attributes(module)
    values = {"box.list.0": [5.0], "box.tuple.0.0": [6.0], "box.tuple.1.bias": [7.0]}
    assert nn.functional_call(module, values).tolist() == [765.0]
    assert unchanged(before, module)


def test_detached_tensors_and_their_gradients_can_be_pickled():
    t = pickle.loads(pickle.dumps((ag.tensor([1.0, 2.0], requires_grad=True) * 2.0).detach()))
    assert t.tolist() == [2.0, 4.0]
    assert not t.requires_grad


@pytest.mark.parametrize("value", [np.ones((1, 2)), ag.Tensor(np.ones((1, 2)))], ids=["array", "tensor"])
def test_a_parameter_is_not_replaced_by_what_would_not_be_learnt(value):
    layer = nn.Linear(2, 1)
    with pytest.raises(TypeError, match="Linear: weight is a Parameter; write nn.Parameter"):
        layer.weight = value
    layer.weight = nn.Parameter(value)
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


# -- habits of PyTorch ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "move",
    [
        lambda m: m.to("cpu"),
        lambda m: m.to("cpu:0"),
        lambda m: m.to(device="cpu", non_blocking=True),
        lambda m: m.to(None),
        lambda m: m.cpu(),
    ],
)
def test_the_one_device_changes_nothing(move):
    module = nn.Linear(2, 3)
    weight = module.weight.data
    assert move(module) is module
    assert module.weight.data is weight


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (lambda m: m.to("cpu", np.float32), np.float32),
        (lambda m: m.to(dtype="float32"), np.float32),
        (lambda m: m.to(device="cpu", dtype=np.float16), np.float16),
        (lambda m: m.to(np.zeros(1, np.float32)), np.float32),
        (lambda m: m.to(ag.tensor(np.zeros(1, np.float32))), np.float32),
        (lambda m: m.half(), np.float16),
        (lambda m: m.float().double(), np.float64),
    ],
)
def test_modules_are_converted_by_dtype_or_by_an_array_that_has_it(convert, dtype):
    module = nn.Linear(2, 3)
    assert convert(module) is module
    assert {p.dtype for p in module.parameters()} == {np.dtype(dtype)}


def test_dtypes_and_devices_of_pytorch_are_understood():
    torch = pytest.importorskip("torch")
    module = nn.Linear(2, 3).to(torch.device("cpu"), torch.float32)
    assert module.weight.dtype == np.float32
    with pytest.raises(ValueError, match="there is no device 'cuda:1'"):
        module.to(torch.device("cuda:1"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.to("cuda"), ValueError, "to: there is no device 'cuda', as arrays are NumPy's. Leave it out"),
        (lambda m: m.to(device="mps:0"), ValueError, "there is no device 'mps:0'"),
        (lambda m: m.to(), TypeError, "nothing was given; write a dtype"),
        (lambda m: m.to(int), TypeError, "a floating-point dtype needed"),
        (lambda m: m.cuda(), AttributeError, "Linear.cuda is not offered: there are no devices"),
        (lambda m: m.bfloat16(), AttributeError, "Write float()"),
        (lambda m: m.reset_parameters(), AttributeError, "make the layer anew"),
        (lambda m: nn.data.random_split, AttributeError, "write nn.data.split"),
        (lambda m: nn.utils.weight_norm, AttributeError, "as a function of parameters in forward"),
        (lambda m: nn.utils.rnn, AttributeError, "lengths="),
        (lambda m: nn.init.xavier_uniform, AttributeError, "write xavier_uniform_"),
    ],
)
def test_what_has_no_meaning_here_says_what_to_write(call, error, message):
    refuses(error, lambda: call(nn.Linear(2, 3)), message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: nn.MSELoss(size_average=False), "MSELoss: size_average= is not an option here: write reduction="),
        (
            lambda m: nn.Linear(2, 3, device="cpu"),
            "Linear: device= is not an option here: arrays are NumPy's, on one device. Leave it out",
        ),
        (lambda m: nn.Embedding(9, 2, max_norm=1.0), "shorten the rows of weight.data"),
        (lambda m: nn.Embedding(9, 2, sparse=True), "gradients are dense"),
        (lambda m: nn.TransformerEncoder(m, 2, enable_nested_tensor=False), "it would change nothing. Leave it out"),
        (lambda m: nn.optim.Adam(m.parameters(), fused=True), "Adam: fused= is not an option here"),
        (lambda m: nn.optim.lr_scheduler.StepLR(nn.optim.SGD(m.parameters(), 0.1), 2, verbose=True), "get_last_lr"),
        (lambda m: nn.optim.swa_utils.AveragedModel(m, multi_avg_fn=print), "avg_fn=get_ema_avg_fn"),
    ],
)
def test_options_of_pytorch_say_what_to_write(call, message):
    refuses(TypeError, lambda: call(nn.Linear(2, 3)), message)


def test_options_of_ones_own_are_free_and_unknown_ones_are_refused_by_python():
    class Own(nn.Module):
        def __init__(self, sparse, **others):
            self.given = sparse, others

    assert Own(sparse=True, device="cpu").given == (True, {"device": "cpu"})
    refuses(TypeError, lambda: nn.Linear(2, 3, biases=True), "unexpected keyword argument 'biases'")
    refuses(TypeError, lambda: nn.Tanh(3), "Tanh() takes no arguments")
    refuses(TypeError, lambda: nn.Tanh(size=3), "Tanh() takes no arguments")


@pytest.mark.parametrize(
    ("module", "name"),
    [(nn.optim, "ASGD"), (nn.optim, "Muon"), (nn.optim.swa_utils, "SWALR"), (nn.optim.swa_utils, "get_ema_multi_avg_fn")],
)
def test_optimisers_that_are_not_here_say_what_to_write(module, name):
    refuses(AttributeError, lambda: getattr(module, name), f"{name} is not offered: ")


def test_names_of_methods_that_are_not_offered_are_free():
    class Own(nn.Module):
        def __init__(self):
            self.type = "own"

        def compile(self):
            return 3

    assert Own().type == "own"
    assert Own().compile() == 3
    assert not hasattr(nn.Tanh(), "cuda")


def test_a_state_is_loaded_into_the_buffers_that_others_may_have():
    layer, other = nn.BatchNorm1d(2).eval(), nn.BatchNorm1d(2)
    other(np.arange(6.0).reshape(3, 2))
    buffer = layer.running_var
    y = np.sum(layer(ag.tensor(np.ones((3, 2)), requires_grad=True)))
    layer.load_state_dict(other.state_dict())
    assert layer.running_var is buffer
    np.testing.assert_array_equal(buffer, other.running_var)
    with pytest.raises(RuntimeError, match="written into since"):
        y.backward()

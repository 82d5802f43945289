"""Containers: lists and dicts of modules and parameters."""

import copy
import pickle

import numpy as np
import pytest

import autograd_lite as ag
import nn


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


# -- Sequential ---------------------------------------------------------------------------------------------------


def three():
    return nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=1)


def test_sequential_calls_one_after_the_other():
    first, second, third = three()
    x = numbers(5, 1)
    np.testing.assert_array_equal(nn.Sequential(first, second, third)(x).data, third(second(first(x))).data)
    assert nn.Sequential()(x) is x


def test_sequential_is_indexed_sliced_iterated_and_counted_like_a_list():
    modules = three()
    model = nn.Sequential(*modules)
    assert len(model) == 3
    assert all(ours is theirs for ours, theirs in zip(model, modules, strict=True))
    assert model[0] is modules[0]
    assert model[-1] is modules[2]
    assert isinstance(model[1:], nn.Sequential)
    assert list(map(id, model[1:])) == list(map(id, modules[1:]))
    assert list(map(id, model[::-1])) == list(map(id, modules[::-1]))
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"^Sequential: there is no element {index}: it has 3"):
            model[index]


def test_a_module_that_is_appended_comes_last():
    model = nn.Sequential(*three()[:2])
    last = nn.Linear(4, 2)
    assert model.append(last) is model
    assert model[2] is last
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_sequential_takes_names_from_a_dict():
    first, second, third = three()
    model = nn.Sequential({"first": first, "squash": second, "last": third})
    assert list(model.state_dict()) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert model.squash is model[1] is second
    assert model(numbers(5, 1)).shape == (5, 1)


@pytest.mark.parametrize("modules", [(nn.Linear(1, 1), nn.Tanh), ({"0": nn.Linear(1, 1), "1": nn.Tanh},)], ids=["list", "dict"])
def test_sequential_refuses_what_is_no_module(modules):
    with pytest.raises(TypeError, match=r"Sequential: element 1 is a type, not a Module. Write nn.Tanh\(\), with brackets"):
        nn.Sequential(*modules)


def test_append_refuses_what_is_no_module():
    with pytest.raises(TypeError, match="not a Module"):
        nn.Sequential(nn.Linear(1, 1)).append(nn.Tanh)


def test_sequential_grows_and_shrinks_like_a_list():
    first, second, third = three()
    model = nn.Sequential(first)
    assert model.extend([third]) is model
    assert model.insert(1, second) is model
    assert list(model) == [first, second, third]
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert model.pop(0) is first
    assert list(model.state_dict()) == ["1.weight", "1.bias"]
    model[0] = first
    del model[1:]
    assert list(model) == [first]
    assert list(model + [second, third]) == [first, second, third]
    assert len(model) == 1


def test_what_is_appended_to_a_slice_replaces_nothing():
    first, second, third = three()
    part = nn.Sequential(first, second, third)[1:]  # named 1 and 2
    assert list(part.append(first)) == [second, third, first]
    assert list(part.state_dict()) == ["2.weight", "2.bias", "3.weight", "3.bias"]


def test_a_slice_of_a_subclass_that_needs_arguments_is_one_of_it():
    class Block(nn.Sequential):
        def __init__(self, size):
            super().__init__(nn.Linear(size, size), nn.Tanh())

    assert isinstance(Block(3)[:1], Block)


# -- ModuleList and ParameterList -----------------------------------------------------------------------------------

# a container, what it holds, and something that it cannot hold
LISTS = {
    "ModuleList": (nn.ModuleList, lambda: list(three()), nn.Tanh),
    "ParameterList": (nn.ParameterList, lambda: [nn.Parameter([float(k)]) for k in range(3)], nn.Tanh()),
}
LISTED = pytest.mark.parametrize("name", LISTS)


@LISTED
def test_lists_do_what_lists_do(name):
    kind, elements, _ = LISTS[name]
    a, b, c = elements()
    box = kind([a])
    assert list(box) == [a]
    assert box.append(c) is box
    box.insert(1, b)
    assert list(box) == [a, b, c]
    assert (len(box), box[0], box[-1]) == (3, a, c)
    assert isinstance(box[1:], kind)
    assert list(box[1:]) == [b, c]
    assert list(box[::-1]) == [c, b, a]
    assert list(box.extend([a])) == [a, b, c, a]
    assert box.pop() is a
    box[0], box[-1] = c, a
    assert list(box) == [c, b, a]
    del box[1]
    assert list(box) == [c, a]
    assert list(box + [b]) == [c, a, b]
    assert list(vars(box)) == ["0", "1"]
    for change in (lambda: box[2], lambda: box.pop(2), lambda: box.__delitem__(2), lambda: box.__setitem__(2, a)):
        with pytest.raises(IndexError, match=f"^{type(box).__name__}: there is no element 2: it has 2"):
            change()


@LISTED
def test_lists_refuse_what_they_cannot_hold_and_stay_as_they_are(name):
    kind, elements, wrong = LISTS[name]
    box = kind(elements())
    before = list(box)
    for attempt in (lambda: kind([wrong]), lambda: box.append(wrong), lambda: box.insert(0, wrong), lambda: box.extend([wrong])):
        with pytest.raises(TypeError, match=f"{name}: element . is a"):
            attempt()
    with pytest.raises(TypeError, match=f"{name}: element 1 is a"):
        box[1] = wrong
    assert list(box) == before


def test_slices_of_lists_are_numbered_from_0_those_of_sequential_keep_their_names():
    layers = three()
    assert list(nn.ModuleList(layers)[2:].state_dict()) == ["0.weight", "0.bias"]
    assert list(nn.Sequential(*layers)[2:].state_dict()) == ["2.weight", "2.bias"]


def test_parameters_are_made_of_arrays():
    box = nn.ParameterList([np.ones(2), ag.tensor([3.0])])
    assert all(type(p) is nn.Parameter and p.requires_grad for p in box)
    assert list(box.state_dict()) == ["0", "1"]
    assert repr(box).splitlines() == ["ParameterList(", "  (0): Parameter [2] float64", "  (1): Parameter [1] float64", ")"]
    assert repr(nn.ParameterList()) == "ParameterList()"


def test_containers_without_a_forward_say_so():
    with pytest.raises(TypeError, match="ModuleList has no forward"):
        nn.ModuleList()(1.0)


@pytest.mark.parametrize("values", [np.array(4.0), ag.tensor(4.0)], ids=["array", "Tensor"])
def test_parameters_are_replaced_in_a_functional_call(values):
    class Sum(nn.Module):
        def __init__(self):
            self.list = nn.ParameterList([1.0, 2.0])
            self.dict = nn.ParameterDict({"a": 3.0})

        def forward(self):
            return sum(self.list) + sum(self.dict.values()) + len(self.list)

    assert nn.functional_call(Sum(), {"list.1": values, "dict.a": values}).item() == 11.0


# -- ModuleDict and ParameterDict -----------------------------------------------------------------------------------


def test_dicts_do_what_dicts_do():
    first, second, third = three()
    box = nn.ModuleDict({"a": first, "b": second})
    assert list(box) == list(box.keys()) == ["a", "b"]
    assert list(box.values()) == [first, second]
    assert dict(box.items()) == {"a": first, "b": second}
    assert box["a"] is box.a is first
    assert ("a" in box, "c" in box, len(box)) == (True, False, 2)
    box["c"] = third
    box.update([("a", third)])
    assert list(box.items()) == [("a", third), ("b", second), ("c", third)]
    assert list(box.state_dict()) == ["a.weight", "a.bias", "c.weight", "c.bias"]
    assert box.pop("b") is second
    del box["a"]
    assert list(box) == ["c"]
    other = nn.ModuleDict(box)
    box.clear()
    assert (len(box), len(other)) == (0, 1)
    with pytest.raises(KeyError):
        box["c"]


@pytest.mark.parametrize("key", ["keys", "forward", "training", "", "a.b", 3])
def test_keys_that_cannot_be_names_are_refused(key):
    for box in (nn.ModuleDict(), nn.ParameterDict()):
        with pytest.raises(ValueError, match=f"{type(box).__name__}: "):
            box[key] = nn.Tanh() if isinstance(box, nn.ModuleDict) else [1.0]
        assert len(box) == 0


def test_dicts_of_parameters():
    box = nn.ParameterDict({"gain": np.ones(2)})
    box["shift"] = ag.tensor([1.0])
    assert list(box.state_dict()) == ["gain", "shift"]
    assert type(box["shift"]) is nn.Parameter
    with pytest.raises(TypeError, match="ParameterDict: element net is a Module; use nn.ModuleList or nn.ModuleDict"):
        box["net"] = nn.Tanh()
    with pytest.raises(TypeError, match="ModuleDict: element net is a Parameter, not a Module"):
        nn.ModuleDict({"net": box["gain"]})


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda box: pickle.loads(pickle.dumps(box))], ids=["deepcopy", "pickle"])
def test_containers_can_be_copied(copied):
    box = nn.ModuleDict({"list": nn.ModuleList(three()), "more": nn.ParameterList([np.ones(2)])})
    other = copied(box)
    assert list(other.state_dict()) == list(box.state_dict())
    assert other["list"][0] is not box["list"][0]


def test_containers_have_the_names_and_the_order_of_pytorch():
    torch = pytest.importorskip("torch")

    def build(lib, parameter):
        box = lib.ModuleDict({"list": lib.ModuleList([lib.Linear(1, 2), lib.Linear(2, 1)]), "act": lib.PReLU()})
        box["list"].insert(1, lib.BatchNorm1d(2))
        box["more"] = lib.Sequential(lib.Linear(1, 1))
        box["more"].append(lib.Linear(1, 2)).insert(0, lib.Tanh())
        del box["list"][0]
        box.values_ = lib.ParameterList([parameter(1.0), parameter(2.0)])
        box.named_ = lib.ParameterDict({"a": parameter(1.0), "b": parameter(2.0)})
        return list(box.state_dict())

    assert build(nn, nn.Parameter) == build(torch.nn, lambda value: torch.nn.Parameter(torch.tensor(value)))


def test_a_list_grows_in_place():
    layers = same = nn.ModuleList([nn.Tanh()])
    layers += [nn.ReLU()]
    assert layers is same
    assert len(same) == 2


# -- several results ----------------------------------------------------------------------------------------------

STEPS = np.random.default_rng(0).normal(size=(1, 4, 3))
RETURNING_TUPLES = [nn.LSTM(3, 3, rng=0), nn.GRU(3, 3, rng=0), nn.RNN(3, 3, rng=0), nn.MaxPool1d(2, return_indices=True)]
AFTER = [
    nn.Linear(3, 1), nn.Tanh(), nn.ReLU(), nn.Softmax(-1), nn.Dropout(), nn.LayerNorm(3), nn.BatchNorm1d(4), nn.Flatten(),
    nn.Conv1d(4, 2, 1), nn.LSTM(3, 2), nn.MaxPool1d(2), nn.Embedding(3, 2), nn.GroupNorm(2, 4),
]  # fmt: skip


@pytest.mark.parametrize("layer", AFTER, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("first", RETURNING_TUPLES, ids=lambda layer: type(layer).__name__)
def test_a_layer_after_one_with_several_results_says_so(first, layer):
    with pytest.raises(
        TypeError, match=f"^{type(layer).__name__}: the input is a tuple .*recurrent layers return .output, state"
    ):
        nn.Sequential(first, layer)(STEPS)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.functional.mse_loss, nn.functional.huber_loss, nn.functional.l1_loss])
def test_a_loss_of_several_results_says_so(loss):
    with pytest.raises(TypeError, match="the input is a tuple .* and one array is needed"):
        loss(nn.LSTM(3, 3)(STEPS), STEPS)


def test_modules_of_your_own_take_several_results_and_layers_take_tuples_of_numbers():
    class Last(nn.Module):
        def forward(self, results):
            return results[0][:, -1]

    assert nn.Sequential(nn.LSTM(3, 5), Last(), nn.Linear(5, 2))(STEPS).shape == (1, 2)
    assert nn.Linear(2, 1)((1.0, 2.0)).shape == (1,)
    assert nn.Tanh()(((1.0, 2.0), (3.0, 4.0))).shape == (2, 2)

"""Layers, containers and activations: values, shapes, derivatives, and what is drawn at the start."""

import math

import numpy as np
import pytest
from nn_derivatives import assert_derivatives

import autograd_lite as ag
import nn
from nn import functional as F


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def away_from_zero(*shape):
    x = numbers(*shape)
    return x + np.sign(x) / 4


# -- Linear -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [(), (5,), (0,), (4, 5), (2, 0, 3), (2, 3, 4)])
def test_linear_multiplies_the_last_axis(rows, bias):
    layer = nn.Linear(2, 3, bias=bias, rng=0)
    x = numbers(*rows, 2)
    expected = np.einsum("...i,oi->...o", x, layer.weight.data) + (layer.bias.data if bias else 0.0)
    y = layer(x)
    assert y.shape == (*rows, 3)
    assert y.requires_grad
    np.testing.assert_allclose(y.data, expected, rtol=1e-13)
    y.sum().backward()
    np.testing.assert_allclose(layer.weight.grad, np.tile(x.reshape(-1, 2).sum(axis=0), (3, 1)), rtol=1e-13)
    assert not bias or layer.bias.grad.tolist() == [math.prod(rows)] * 3


@pytest.mark.parametrize("rows", [(), (3,), (0,), (2, 3)])
def test_linear_has_derivatives_jointly_by_input_weight_bias_and_g(rows):
    assert_derivatives(F.linear, numbers(*rows, 2), numbers(3, 2), numbers(3))
    assert_derivatives(F.linear, numbers(*rows, 2), numbers(3, 2))


def test_linear_of_arrays_is_an_array():
    assert type(F.linear(np.ones((5, 2)), np.ones((3, 2)), np.zeros(3))) is np.ndarray


def test_weights_begin_uniform_within_one_by_the_root_of_the_inputs():
    layer = nn.Linear(16, 5000, rng=0)
    for drawn in (layer.weight.data.ravel(), layer.bias.data):
        inside = np.sort(drawn) * 4  # the bound is 1 / sqrt(16)
        assert np.all(np.abs(inside) <= 1)
        uniform = np.linspace(-1, 1, inside.size)
        assert np.abs(inside - uniform).max() < 6 / math.sqrt(inside.size)  # Kolmogorov and Smirnov: p < 1e-7


def test_weights_are_the_same_for_the_same_seed_and_differ_for_another():
    same = [nn.Linear(3, 2, rng=rng).state_dict() for rng in (5, np.int64(5), np.random.default_rng(5))]
    for state in same[1:]:
        for name, array in state.items():
            np.testing.assert_array_equal(array, same[0][name])
    assert not np.any(nn.Linear(3, 2, rng=6).weight.data == same[0]["weight"])


def test_weights_are_drawn_from_a_generator_one_layer_after_the_other():
    rng = np.random.default_rng(0)
    assert nn.Linear(1, 1, rng=rng).weight.item() != nn.Linear(1, 1, rng=rng).weight.item()


def test_weights_follow_manual_seed():
    drawn = []
    for seed in (1, 1, 2):
        nn.manual_seed(seed)
        drawn.append([nn.Linear(1, 1).weight.item() for _ in range(2)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0][0] != drawn[0][1]


def test_what_is_no_seed_is_refused():
    with pytest.raises(TypeError, match=r"rng is a str: pass np.random.default_rng\(seed\)"):
        nn.Linear(1, 1, rng="0")


@pytest.mark.parametrize("dtype", [np.float32, "float32", np.float64, np.float16])
def test_parameters_have_the_dtype_asked_for(dtype):
    layer = nn.Linear(2, 1, dtype=dtype, rng=0)
    y = layer(np.ones((3, 2), dtype))
    y.sum().backward()
    assert {p.dtype for p in layer.parameters()} == {y.dtype, layer.weight.grad.dtype} == {np.dtype(dtype)}


def test_gradients_of_single_weights_stay_single_where_the_input_is_double():
    layer = nn.Linear(2, 1, dtype=np.float32, rng=0)
    y = layer(np.full((3, 2), 0.1))
    y.sum().backward()
    np.testing.assert_allclose(y.data, np.full((3, 2), 0.1) @ layer.weight.data.T + layer.bias.data, rtol=1e-14)
    assert y.dtype == np.float64
    assert layer.weight.grad.dtype == layer.bias.grad.dtype == np.float32


def test_double_precision_is_the_default():
    assert nn.Linear(1, 1).weight.dtype == nn.Linear(1, 1).bias.dtype == np.float64


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 1), (), (2, 3, 1)])
def test_an_input_of_another_length_is_refused_with_both_shapes(shape):
    with pytest.raises(ValueError) as error:
        nn.Linear(2, 5)(np.zeros(shape))
    layer = "Linear(in_features=2, out_features=5, bias=True)"
    assert str(error.value) == f"{layer}: the input has shape {shape}, but its last axis must have length 2."


def test_a_flat_input_for_one_feature_is_refused_with_the_reshape_to_write():
    with pytest.raises(ValueError, match=r"shape \(24,\).*Write x.reshape\(-1, 1\)"):
        nn.Linear(1, 4)(np.zeros(24))


def test_a_layer_without_inputs_is_its_bias():
    layer = nn.Linear(0, 2)
    np.testing.assert_array_equal(layer(np.zeros((3, 0))).data, np.tile(layer.bias.data, (3, 1)))


def test_a_list_is_an_input_like_an_array():
    layer = nn.Linear(2, 1)
    assert layer([1.0, 2.0]).item() == layer(np.array([1.0, 2.0])).item()


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
    with pytest.raises(IndexError):
        model[3]


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


# -- activations --------------------------------------------------------------------------------------------------

# module, what it computes
ACTIVATIONS = {
    "Identity": (nn.Identity(3, any="thing"), lambda x: x),
    "Tanh": (nn.Tanh(), lambda x: np.sinh(x) / np.cosh(x)),
    "Sigmoid": (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    "ReLU": (nn.ReLU(), lambda x: np.where(x > 0, x, 0)),
    "Softplus": (nn.Softplus(), lambda x: np.log(1 + np.exp(x))),
    "Softplus, beta": (nn.Softplus(beta=2.0), lambda x: np.log(1 + np.exp(2 * x)) / 2),
    "Softplus, threshold": (nn.Softplus(2.0, 0.9), lambda x: np.where(2 * x > 0.9, x, np.log(1 + np.exp(2 * x)) / 2)),
    "Sine": (nn.Sine(), np.sin),
    "Sine, omega": (nn.Sine(3.0), lambda x: np.sin(3 * x)),
}
EACH = pytest.mark.parametrize("name", ACTIVATIONS)


@EACH
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0, 2)])
def test_activations_are_what_their_formulas_say(name, shape):
    activation, formula = ACTIVATIONS[name]
    x = away_from_zero(*shape)
    for y in (activation(x), activation(ag.tensor(x)).data):
        assert np.shape(y) == shape
        np.testing.assert_allclose(y, formula(x), rtol=1e-13)


@EACH
def test_activations_have_derivatives(name):
    activation, _ = ACTIVATIONS[name]
    assert_derivatives(activation, away_from_zero(2, 3))


@EACH
def test_activations_stay_in_single_precision(name):
    x = ag.tensor(away_from_zero(3).astype(np.float32), requires_grad=True)
    y = ACTIVATIONS[name][0](x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [("Tanh", [-1, 1], [0, 0]), ("Sigmoid", [0, 1], [0, 0]), ("ReLU", [0, 1e3], [0, 1]), ("Softplus", [0, 1e3], [0, 1])],
)
def test_activations_are_exact_far_from_zero(name, values, slopes):
    x = ag.tensor([-1e3, 1e3], requires_grad=True)
    y = ACTIVATIONS[name][0](x)
    y.sum().backward()
    assert y.tolist() == values
    assert x.grad.tolist() == slopes


def test_tanh_and_sine_are_exact_near_zero():
    for activation in (nn.Tanh(), nn.Sine()):
        assert activation(np.array([1e-12, -1e-300])).tolist() == [1e-12, -1e-300]


def test_the_derivative_of_relu_at_zero_is_zero():
    assert ag.grad(lambda x: F.relu(x).sum())(np.array([-1.0, 0.0, -0.0, 1.0])).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_softplus_is_exact_where_pytorch_is_linear():
    x = np.array([20.5, 25.0, 30.0])
    np.testing.assert_allclose(F.softplus(x), x + np.log1p(np.exp(-x)), rtol=1e-14)
    assert np.all(F.softplus(x) > x)
    assert F.softplus(x, threshold=20.0).tolist() == x.tolist()
    np.testing.assert_allclose(F.softplus(np.array([-40.0])), np.exp([-40.0]), rtol=1e-13)


# -- second derivatives through a network -------------------------------------------------------------------------


def network():
    return nn.Sequential(nn.Linear(2, 5, rng=0), nn.Tanh(), nn.Linear(5, 4, rng=1), nn.Sine(), nn.Linear(4, 1, rng=2))


def by_parameters(model):
    """The network as a function of its input and its parameters."""
    activations = [module for module in model if not isinstance(module, nn.Linear)]

    def f(x, *parameters):
        for k in range(0, len(parameters), 2):
            x = F.linear(x, *parameters[k : k + 2])
            x = activations[k // 2](x) if k // 2 < len(activations) else x
        return x

    return f, [p.data for p in model.parameters()]


def test_second_derivatives_go_through_input_and_parameters_of_a_network():
    f, parameters = by_parameters(network())
    assert_derivatives(f, numbers(3, 2), *parameters)


def test_the_laplacian_by_the_input_can_be_trained_on():
    model = network()
    x = ag.tensor(numbers(3, 2), requires_grad=True)

    def laplacian(x):
        slope = ag.grad(lambda x: model(x).sum())
        rows = [ag.grad(lambda x, i=i: slope(x)[:, i].sum())(x)[:, i] for i in range(2)]
        return rows[0] + rows[1]

    np.square(laplacian(x)).sum().backward()
    weight = model[0].weight
    found, h = weight.grad[1, 0], 1e-4
    values = []
    for moved in (h, -2 * h):
        weight.data[1, 0] += moved
        values.append(np.square(laplacian(x)).sum().item())
    np.testing.assert_allclose(found, (values[0] - values[1]) / (2 * h), rtol=1e-6)


def test_a_gradient_by_the_input_is_differentiated_by_the_parameters():
    model = network()
    x = ag.tensor(numbers(3, 2), requires_grad=True)
    model(x).sum().backward(create_graph=True)
    slope = x.grad
    model.zero_grad()
    np.square(slope).sum().backward()
    f, parameters = by_parameters(model)
    expected = ag.grad(lambda *p: np.square(ag.grad(lambda x: f(x, *p).sum())(x.data)).sum(), range(6))(*parameters)
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(0.0 if parameter.grad is None else parameter.grad, gradient, rtol=1e-12, atol=1e-15)


# -- as PyTorch ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Tanh", "Sigmoid", "ReLU", "Softplus"])
def test_a_network_with_pytorchs_weights_has_its_outputs_and_gradients(name):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 8), getattr(torch.nn, name)(), torch.nn.Linear(8, 3)).double()
    ours = nn.Sequential(nn.Linear(2, 8), getattr(nn, name)(), nn.Linear(8, 3))
    ours.load_state_dict(theirs.state_dict())
    x = numbers(5, 2)
    y, expected = ours(x), theirs(torch.from_numpy(x))
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    nn.MSELoss()(y, np.zeros((5, 3))).backward()
    torch.nn.MSELoss()(expected, torch.zeros(5, 3)).backward()
    for (path, parameter), (_, expected_) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        np.testing.assert_allclose(parameter.grad, expected_.grad.numpy(), rtol=1e-10, atol=1e-13, err_msg=path)

"""Linear maps, tables and changes of shape: values, derivatives, what is drawn at the start; networks of them."""

import math

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.distributions import assert_normal, assert_uniform


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


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
    for drawn in (layer.weight.data, layer.bias.data):
        assert_uniform(drawn, -0.25, 0.25)


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


@pytest.mark.parametrize("number", [2.0, np.float64(2.0), np.array(2.0), ag.tensor(2.0)], ids=repr)
def test_a_number_has_no_features(number):
    with pytest.raises(ValueError, match=r"the input has shape \(\), .* Write x\.reshape\(-1, 1\)\."):
        nn.Linear(1, 3)(number)
    if not isinstance(number, float):
        with pytest.raises(ValueError, match="linear of float64"):
            F.linear(number, np.ones((3, 1)))


def test_a_flat_input_for_one_feature_is_refused_with_the_reshape_to_write():
    with pytest.raises(ValueError, match=r"shape \(24,\).*Write x.reshape\(-1, 1\)"):
        nn.Linear(1, 4)(np.zeros(24))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 3), (4, 1, 3, 3)])
@pytest.mark.parametrize("given", [np.asarray, ag.Tensor])
def test_a_weight_has_two_axes(shape, given):
    for x in (np.ones(3), np.ones((3, 3)), np.ones((2, 3, 3))):
        with pytest.raises(ValueError, match=r"^linear of .*: the weight has shape \(.*\), and it must be \(out, in\)"):
            F.linear(x, given(np.ones(shape)))


@pytest.mark.parametrize("lengths", [(3, 0), (0, 3), (0, 0), (3, 2)])
@pytest.mark.parametrize("rows", [(), (2,), (0,), (2, 2), (2, 0), (0, 2, 2)])
def test_layers_without_inputs_or_outputs_pass_gradients_whatever_the_shape(lengths, rows):
    layer, x = nn.Linear(*lengths), nn.Parameter(np.ones((*rows, lengths[0])))
    y = layer(x)
    (y.sum() + x.sum()).backward()
    assert y.shape == (*rows, lengths[1])
    assert x.grad.shape == x.shape
    assert np.array_equal(layer.weight.grad, np.full(lengths[::-1], np.prod(rows)))
    assert np.array_equal(layer.bias.grad, np.full(lengths[1], np.prod(rows)))


def test_a_layer_without_inputs_is_its_bias():
    layer = nn.Linear(0, 2)
    np.testing.assert_array_equal(layer(np.zeros((3, 0))).data, np.tile(layer.bias.data, (3, 1)))


def test_a_list_is_an_input_like_an_array():
    layer = nn.Linear(2, 1)
    assert layer([1.0, 2.0]).item() == layer(np.array([1.0, 2.0])).item()


# -- Bilinear -----------------------------------------------------------------------------------------------------


def test_bilinear_starts_uniform_within_one_by_the_root_of_the_first_inputs():
    layer = nn.Bilinear(4, 50, 20, rng=0)
    assert layer.weight.shape == (20, 4, 50)
    assert layer.bias.shape == (20,)
    assert_uniform(layer.weight.data, -0.5, 0.5)
    assert np.all(np.abs(layer.bias.data) <= 0.5)


@pytest.mark.parametrize("rows", [(), (3,), (0,), (2, 3)])
def test_bilinear_has_derivatives(rows):
    assert_derivatives(F.bilinear, numbers(*rows, 2), numbers(*rows, 3), numbers(2, 2, 3), numbers(2))


@pytest.mark.parametrize(("one", "two"), [((3, 2), (4, 3)), ((3, 3), (3, 3)), ((3, 2), (3, 2)), ((2,), (3, 3)), ((), (3,))])
def test_bilinear_refuses_what_does_not_fit_with_all_shapes(one, two):
    with pytest.raises(ValueError) as error:
        nn.Bilinear(2, 3, 4)(np.zeros(one), np.zeros(two))
    assert f"the inputs have shapes {one} and {two}, the weight has (4, 2, 3)" in str(error.value)


# -- Embedding ----------------------------------------------------------------------------------------------------


def test_an_embedding_starts_normal_with_zeros_for_padding():
    layer = nn.Embedding(500, 20, padding_idx=-1, rng=0)
    assert layer.padding_idx == 499
    assert not layer.weight.data[499].any()
    assert_normal(layer.weight.data[:499], 0.0, 1.0)


def test_repeated_rows_of_an_embedding_add_their_gradients_and_padding_gets_none():
    layer = nn.Embedding(3, 2, padding_idx=1)
    layer.weight.data = np.arange(6.0).reshape(3, 2)
    y = layer(np.array([[0, 1], [0, 2]]))
    assert y.data.tolist() == [[[0.0, 1.0], [2.0, 3.0]], [[0.0, 1.0], [4.0, 5.0]]]
    y.sum().backward()
    assert layer.weight.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]


def test_an_embedding_has_derivatives():
    assert_derivatives(lambda weight: np.square(F.embedding([2, 0, 2], weight)), numbers(3, 2))


@pytest.mark.parametrize("index", [3, [0, 3], [], ag.tensor([1, 2]), np.array([[1]], np.uint8)], ids=str)
def test_an_embedding_adds_an_axis_behind_its_input(index):
    assert nn.Embedding(4, 2)(index).shape == (*np.shape(index), 2)


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        ([0, 4], IndexError, "numbers from 0 to 4, but there are 4 rows"),
        ([-1, 2], IndexError, "numbers from -1 to 2"),
        ([0.0], TypeError, "must be integers, not float64"),
        ([True], TypeError, "must be integers, not bool"),
    ],
)
def test_an_embedding_refuses_what_numbers_no_row(index, error, message):
    with pytest.raises(error, match=message):
        nn.Embedding(4, 2)(index)


@pytest.mark.parametrize("padding_idx", [4, -5])
def test_an_embedding_refuses_padding_that_is_no_row(padding_idx):
    for refused in (lambda: nn.Embedding(4, 2, padding_idx), lambda: F.embedding([0], np.zeros((4, 2)), padding_idx)):
        with pytest.raises(ValueError, match=f"padding_idx={padding_idx}, but there are 4"):
            refused()


def test_an_embedding_can_be_given():
    table = np.arange(6.0, dtype=np.float32).reshape(3, 2)
    layer = nn.Embedding.from_pretrained(table, padding_idx=0)
    assert layer([2]).tolist() == [[4.0, 5.0]]
    assert not layer.weight.requires_grad
    assert layer.weight.dtype == np.float32
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad
    with pytest.raises(ValueError, match=r"shape \(3,\); it must have two axes"):
        nn.Embedding.from_pretrained(np.zeros(3))


def test_a_table_may_be_a_list():
    assert F.embedding([1, 0], [[1.0, 2.0], [3.0, 4.0]]).tolist() == [[3.0, 4.0], [1.0, 2.0]]


def test_one_hot_has_a_1_at_the_place_of_each_number():
    index = np.array([[1, 0, 3], [2, 2, 1]])
    assert np.array_equal(F.one_hot(index), np.eye(4, dtype=int)[index])
    assert F.one_hot(index, 6).shape == (2, 3, 6)
    assert F.one_hot(np.array(2)).tolist() == [0, 0, 1]
    for kind in "bBhHiIqQ":
        assert np.array_equal(F.one_hot(index.astype(kind)), np.eye(4, dtype=int)[index])
        assert F.one_hot(np.zeros(0, kind)).shape == (0, 0)
    with pytest.raises(IndexError, match="numbers from 0 to 3, but there are 3 classes"):
        F.one_hot(index, 3)
    with pytest.raises(IndexError, match="numbers from -1 to 1"):
        F.one_hot([-1, 1])
    with pytest.raises(TypeError, match="must be integers, not float64"):
        F.one_hot([1.0])


# -- shapes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "given", "expected"),
    [
        (nn.Flatten(), (5, 2, 3), (5, 6)),
        (nn.Flatten(), (0, 2, 3), (0, 6)),
        (nn.Flatten(0), (2, 3), (6,)),
        (nn.Flatten(1, 2), (5, 2, 3, 4), (5, 6, 4)),
        (nn.Flatten(-2, -1), (5, 2, 3, 4), (5, 2, 12)),
        (nn.Unflatten(1, (2, 3)), (5, 6), (5, 2, 3)),
        (nn.Unflatten(-1, [3, -1]), (0, 6), (0, 3, 2)),
        (nn.Identity(1, any=2), (3, 2), (3, 2)),
    ],
    ids=repr,
)
def test_shapes_change_and_elements_stay_in_order(module, given, expected):
    x = numbers(*given)
    y = module(ag.tensor(x, requires_grad=True))
    assert y.requires_grad
    assert y.shape == expected
    assert y.data.ravel().tolist() == x.ravel().tolist()


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.Flatten(), (3,), "start_dim: axis 1 is out of bounds"),
        (nn.Flatten(2, 1), (2, 3, 4), "start_dim comes after end_dim"),
        (nn.Unflatten(1, (4, 2)), (5, 6), r"axis 1 of an input of shape \(5, 6\) cannot be split so"),
        (nn.Unflatten(2, (3, 2)), (5, 6), "dim: axis 2 is out of bounds"),
    ],
    ids=repr,
)
def test_shapes_that_do_not_fit_are_refused(module, shape, message):
    with pytest.raises(ValueError, match=message):
        module(np.zeros(shape))


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

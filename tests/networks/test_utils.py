"""Gradients clipped, and parameters as one vector."""

import math

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector, vector_to_parameters

GRADIENTS = [np.array([[3.0, -1.0], [0.5, 2.0]]), None, np.array(-4.0), np.zeros((0, 2)), np.array([0.25])]


def parameters_with(gradients=GRADIENTS):
    parameters = [nn.Parameter(np.ones(np.shape(2.0 if g is None else g))) for g in gradients]
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = None if g is None else g.copy()
    return parameters


def flat(parameters):
    return np.concatenate([p.grad.ravel() for p in parameters if p.grad is not None])


# order of the norm: the norm of GRADIENTS by hand
NORMS = {
    2.0: math.sqrt(9 + 1 + 0.25 + 4 + 16 + 0.0625),
    1.0: 10.75,
    3.0: (27 + 1 + 0.125 + 8 + 64 + 0.015625) ** (1 / 3),
    math.inf: 4.0,
}


@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("max_norm", [0.0, 0.7, 100.0])
def test_the_norm_of_all_gradients_together_is_limited(norm_type, max_norm):
    parameters, before = parameters_with(), flat(parameters_with())
    norm = clip_grad_norm_(parameters, max_norm, norm_type)
    assert norm == pytest.approx(NORMS[norm_type], rel=1e-12)
    np.testing.assert_allclose(flat(parameters), before * min(1.0, max_norm / (norm + 1e-6)), rtol=1e-12)
    assert parameters[1].grad is None


@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("max_norm", [0.0, 0.7, NORMS[2.0], 100.0])
def test_clipping_is_that_of_pytorch(norm_type, max_norm):
    torch = pytest.importorskip("torch")
    theirs = [torch.nn.Parameter(torch.tensor(p.data)) for p in parameters_with()]
    for p, g in zip(theirs, GRADIENTS, strict=True):
        p.grad = None if g is None else torch.tensor(g)
    if norm_type == math.inf:
        del theirs[3]  # PyTorch has no largest of none
    own = parameters_with()
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type).item()
    assert clip_grad_norm_(own, max_norm, norm_type) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(flat(own), np.concatenate([p.grad.ravel() for p in theirs if p.grad is not None]), rtol=1e-12)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    clip_grad_value_(own, 0.3)
    np.testing.assert_allclose(flat(own), np.concatenate([p.grad.ravel() for p in theirs if p.grad is not None]), rtol=1e-12)


def test_each_element_is_limited():
    parameters = parameters_with()
    clip_grad_value_(parameters, 1.5)
    np.testing.assert_array_equal(flat(parameters), flat(parameters_with()).clip(-1.5, 1.5))


def test_one_parameter_an_iterator_and_no_gradients_are_taken():
    parameters = parameters_with()
    assert clip_grad_norm_(parameters[2], 1.0) == 4.0
    assert clip_grad_norm_(iter(parameters), 1.0) < 5
    assert clip_grad_norm_([nn.Parameter(1.0)], 1.0) == 0.0
    clip_grad_value_(parameters[0], 0.0)
    assert not parameters[0].grad.any()


def test_gradients_that_can_be_differentiated_again_are_clipped():
    w = nn.Parameter([3.0, 4.0])
    (w**2 / 2).sum().backward(create_graph=True)
    assert clip_grad_norm_([w], 1.0) == pytest.approx(5.0)
    np.testing.assert_allclose(w.grad.data, [0.6, 0.8], rtol=1e-6)


def test_single_precision_stays_single():
    w = nn.Parameter(np.ones(2, np.float32))
    w.grad = np.array([3.0, 4.0], np.float32)
    clip_grad_norm_([w], np.float64(1.0))
    clip_grad_value_([w], np.float64(0.7))
    assert w.grad.dtype == np.float32
    np.testing.assert_allclose(w.grad, [0.6, 0.7], rtol=1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_norm_that_is_not_finite_is_an_error_where_that_is_asked_for(value):
    w = nn.Parameter([1.0, 2.0])
    w.grad = np.array([1.0, value])
    with pytest.raises(FloatingPointError, match=f"^clip_grad_norm_: the norm of the gradients is {value}"):
        clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    assert w.grad[0] == 1
    with np.errstate(invalid="ignore"):
        clip_grad_norm_([w], 1.0)
    assert w.grad[0] == 0 or math.isnan(w.grad[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: clip_grad_norm_([w], -1.0), "clip_grad_norm_: max_norm=-1.0 must be a number that is not negative"),
        (lambda w: clip_grad_norm_([w], math.nan), "clip_grad_norm_: max_norm=nan must be"),
        (lambda w: clip_grad_norm_([w], 1.0, 0), "clip_grad_norm_: norm_type=0 must be a positive number"),
        (lambda w: clip_grad_norm_([w], 1.0, -math.inf), "clip_grad_norm_: norm_type=-inf must be a positive number"),
        (lambda w: clip_grad_value_([w], -1.0), "clip_grad_value_: clip_value=-1.0 must be a number that is not negative"),
        (lambda w: clip_grad_value_([w], math.nan), "clip_grad_value_: clip_value=nan must be"),
        (lambda w: parameters_to_vector([]), "parameters_to_vector: there are no parameters"),
        (
            lambda w: vector_to_parameters(np.ones(3), [w]),
            r"vector_to_parameters: vec has shape \(3,\), but the parameters need \(2,\)",
        ),
        (lambda w: vector_to_parameters(np.ones((1, 2)), [w]), r"vector_to_parameters: vec has shape \(1, 2\)"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    w = nn.Parameter([1.0, 2.0])
    w.grad = np.ones(2)
    with pytest.raises(ValueError, match=f"^{message}"):
        call(w)
    assert (w.data.tolist(), w.grad.tolist()) == ([1.0, 2.0], [1.0, 1.0])


def test_a_vector_and_back():
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, dtype=np.float32, rng=0))
    vector = parameters_to_vector(model.parameters())
    assert vector.shape == (13,)
    before = model.state_dict()
    vector_to_parameters(np.zeros(13), model.parameters())
    assert not any(p.data.any() for p in model.parameters())
    vector_to_parameters(vector.data, model.parameters())
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
        assert array.dtype == before[name].dtype


def test_gradients_flow_through_the_vector():
    w, b = nn.Parameter([[1.0, 2.0]]), nn.Parameter(3.0)
    (parameters_to_vector([w, b]) ** 2).sum().backward()
    assert (w.grad.tolist(), b.grad.tolist()) == ([[2.0, 4.0]], 6.0)


def test_a_tensor_is_taken_as_the_vector():
    w = nn.Parameter([1.0, 2.0])
    vector_to_parameters(ag.tensor([3.0, 4.0]), iter([w]))
    assert w.data.tolist() == [3.0, 4.0]


def test_the_functions_are_where_pytorch_has_them():
    assert nn.utils.clip_grad_norm_ is clip_grad_norm_

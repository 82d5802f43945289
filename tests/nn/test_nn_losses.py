"""Losses: values, reductions, gradients, and targets that do not fit."""

import numpy as np
import pytest
from nn_derivatives import assert_derivatives

import autograd_lite as ag
import nn
from nn import functional as F

REDUCED = {"none": lambda losses: losses, "sum": np.sum, "mean": np.mean}
REDUCTIONS = pytest.mark.parametrize("reduction", REDUCED)


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


# -- the mean squared error ---------------------------------------------------------------------------------------


@REDUCTIONS
@pytest.mark.parametrize("shape", [(), (3,), (4, 1), (2, 3, 2)])
def test_squared_errors_are_reduced_over_all_elements(reduction, shape):
    input, target = numbers(2, *shape)
    expected = REDUCED[reduction]((input - target) ** 2)
    for loss in (F.mse_loss(input, target, reduction), nn.MSELoss(reduction)(ag.tensor(input), target).data):
        assert np.shape(loss) == np.shape(expected)
        np.testing.assert_allclose(loss, expected, rtol=1e-14)


@REDUCTIONS
def test_squared_errors_have_derivatives_by_prediction_and_target(reduction):
    assert_derivatives(lambda input, target: F.mse_loss(input, target, reduction), *numbers(2, 3, 2))


@pytest.mark.parametrize(
    ("input", "target", "advice"),
    [
        ((24,), (24, 1), "Write target.reshape(24,)."),
        ((24, 1), (24,), "Write target.reshape(24, 1)."),
        ((24, 1), (1, 1), "Each prediction needs one target."),
        ((24, 1), (), "Each prediction needs one target."),
    ],
)
@REDUCTIONS
def test_squared_errors_are_never_broadcast(input, target, advice, reduction):
    with pytest.raises(ValueError) as error:
        F.mse_loss(np.zeros(input), np.zeros(target), reduction)
    assert f"input has shape {input}, target has shape {target}: they must be the same. {advice}" in str(error.value)


def test_targets_may_be_lists():
    assert F.mse_loss(ag.tensor([1.0, 2.0]), [1.0, 4.0]).item() == 2.0
    assert F.mse_loss([1.0, 2.0], [1.0, 4.0]) == 2.0


def test_an_unknown_reduction_is_refused():
    for loss in (nn.MSELoss("average"), nn.CrossEntropyLoss("average")):
        with pytest.raises(ValueError, match="reduction='average'; write 'mean', 'sum' or 'none'"):
            loss(np.ones((2, 2)), np.ones((2, 2)))


@pytest.mark.parametrize("loss", [F.mse_loss, F.cross_entropy])
def test_single_precision_stays_single(loss):
    input = ag.tensor(np.ones((3, 2), np.float32), requires_grad=True)
    result = loss(input, np.ones((3, 2), np.float32))
    result.backward()
    assert result.dtype == input.grad.dtype == np.float32


# -- cross-entropy ------------------------------------------------------------------------------------------------

# shape of the logits, and the axis of the classes
LOGITS = pytest.mark.parametrize(("shape", "axis"), [((4, 3), 1), ((3,), 0), ((2, 3, 5), 1), ((2, 3, 2, 2), 1)])


def log_probabilities(logits, axis):
    return logits - np.log(np.sum(np.exp(logits), axis=axis, keepdims=True))


@REDUCTIONS
@LOGITS
def test_cross_entropy_of_classes_picks_their_log_probability(reduction, shape, axis):
    logits = numbers(*shape)
    classes = np.random.default_rng(1).integers(0, 3, shape[:axis] + shape[axis + 1 :])
    picked = np.take_along_axis(log_probabilities(logits, axis), np.expand_dims(classes, axis), axis).squeeze(axis)
    expected = REDUCED[reduction](-picked)
    for target in (classes, ag.tensor(classes), classes.astype(np.uint8)):
        loss = nn.CrossEntropyLoss(reduction)(logits, target)
        assert np.shape(loss) == np.shape(expected)
        np.testing.assert_allclose(loss, expected, rtol=1e-13)


@REDUCTIONS
@LOGITS
def test_cross_entropy_of_certain_probabilities_is_that_of_classes(reduction, shape, axis):
    logits = numbers(*shape)
    classes = np.random.default_rng(1).integers(0, 3, shape[:axis] + shape[axis + 1 :])
    certain = np.moveaxis(np.eye(3)[classes], -1, axis)
    by_class, by_probability = (F.cross_entropy(logits, target, reduction) for target in (classes, certain))
    assert np.shape(by_class) == np.shape(by_probability)
    np.testing.assert_allclose(by_class, by_probability, rtol=1e-13)


@pytest.mark.parametrize("target", [np.zeros(0, int), np.zeros((0, 3))], ids=["classes", "probabilities"])
def test_no_samples_have_no_losses(target):
    assert F.cross_entropy(np.zeros((0, 3)), target, "none").shape == (0,)
    assert F.cross_entropy(np.zeros((0, 3)), target, "sum") == 0.0


@LOGITS
def test_cross_entropy_of_probabilities_is_their_weighted_sum(shape, axis):
    logits, p = numbers(2, *shape)
    np.testing.assert_allclose(
        F.cross_entropy(logits, p, "none"), -np.sum(p * log_probabilities(logits, axis), axis=axis), rtol=1e-12, atol=1e-14
    )


@REDUCTIONS
@pytest.mark.parametrize(("shape", "axis"), [((3, 2), 1), ((3,), 0), ((2, 3, 2), 1)])
def test_cross_entropy_has_derivatives(reduction, shape, axis):
    classes = np.random.default_rng(1).integers(0, shape[axis], shape[:axis] + shape[axis + 1 :])
    assert_derivatives(lambda logits: F.cross_entropy(logits, classes, reduction), numbers(*shape))
    assert_derivatives(lambda logits, p: F.cross_entropy(logits, p, reduction), *numbers(2, *shape), orders=1)


def test_huge_logits_give_finite_losses_and_exact_gradients():
    logits = ag.tensor([[1e4, -1e4, 0.0], [0.0, 1e4, 1e4]], requires_grad=True)
    loss = F.cross_entropy(logits, np.array([1, 1]), "none")
    np.testing.assert_allclose(loss.data, [2e4, np.log(2)])
    loss.sum().backward()
    np.testing.assert_allclose(logits.grad, [[1.0, -1.0, 0.0], [0.0, -0.5, 0.5]])


@pytest.mark.parametrize(("classes", "found"), [([0, 3], "0 to 3"), ([-1, 2], "-1 to 2"), ([7, 9], "7 to 9")])
def test_classes_out_of_range_are_refused(classes, found):
    with pytest.raises(IndexError, match=f"target has classes from {found}, but input has 3"):
        F.cross_entropy(np.zeros((2, 3)), np.array(classes))


@pytest.mark.parametrize(
    ("logits", "classes", "message"),
    [
        ((24, 3), (24, 1), "must have shape (24,), not (24, 1). Write target.reshape(24,)"),
        ((24, 3), (24, 3), "must have shape (24,), not (24, 3)."),
        ((2, 3, 5), (2, 3), "has 3 classes along axis 1, so classes as target must have shape (2, 5), not (2, 3)"),
        ((3,), (1,), "has 3 classes along axis 0, so classes as target must have shape (), not (1,)"),
    ],
)
def test_classes_of_another_shape_are_refused(logits, classes, message):
    with pytest.raises(ValueError) as error:
        F.cross_entropy(np.zeros(logits), np.zeros(classes, int))
    assert f"input of shape {logits}" in str(error.value)
    assert message in str(error.value)


def test_probabilities_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"input has shape \(2, 3\), target has shape \(3, 2\).*Write target.reshape\(2, 3\)"):
        F.cross_entropy(np.zeros((2, 3)), np.zeros((3, 2)))


def test_classes_may_be_a_list():
    assert F.cross_entropy(np.zeros((2, 4)), [0, 3]) == np.log(4)


def test_classes_that_are_floats_are_refused_with_the_line_to_write():
    with pytest.raises((TypeError, ValueError), match="int"):
        F.cross_entropy(np.zeros((2, 3)), np.array([0.0, 1.0]))


@LOGITS
def test_softmax_sums_to_one(shape, axis):
    p = F.softmax(numbers(*shape), axis)
    np.testing.assert_allclose(p.sum(axis=axis), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.log(p), F.log_softmax(numbers(*shape), axis), rtol=1e-12)


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax_has_derivatives(function, dim):
    assert_derivatives(lambda x: function(x, dim), numbers(2, 3))


# -- as PyTorch ---------------------------------------------------------------------------------------------------


@REDUCTIONS
@pytest.mark.parametrize("probabilities", [False, True])
def test_cross_entropy_is_that_of_pytorch(reduction, probabilities):
    torch = pytest.importorskip("torch")
    for shape, axis in (((4, 3), 1), ((3,), 0), ((2, 3, 5), 1)):
        logits, p = numbers(2, *shape)
        target = p if probabilities else np.array(p.argmax(axis))
        ours = ag.tensor(logits, requires_grad=True)
        theirs = torch.tensor(logits, requires_grad=True)
        loss = F.cross_entropy(ours, target, reduction)
        expected = torch.nn.functional.cross_entropy(theirs, torch.from_numpy(target), reduction=reduction)
        np.testing.assert_allclose(loss.data, expected.detach().numpy(), rtol=1e-12)
        loss.sum().backward()
        expected.sum().backward()
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-11, atol=1e-14)

"""Losses: values, reductions, gradients, stability, and targets that do not fit. (Against PyTorch: test_parity.py too.)"""

import re

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives

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
    for loss in (F.mse_loss(input, target, reduction=reduction), nn.MSELoss(reduction=reduction)(ag.tensor(input), target).data):
        assert np.shape(loss) == np.shape(expected)
        np.testing.assert_allclose(loss, expected, rtol=1e-14)


def test_squared_errors_of_short_integers_are_added_in_long_ones():
    assert F.mse_loss(np.full(1000, 2000, np.int32), np.zeros(1000, np.int32)) == 4e6


@REDUCTIONS
def test_squared_errors_have_derivatives_by_prediction_and_target(reduction):
    assert_derivatives(lambda input, target: F.mse_loss(input, target, reduction=reduction), *numbers(2, 3, 2))


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
        F.mse_loss(np.zeros(input), np.zeros(target), reduction=reduction)
    assert f"input has shape {input}, target has shape {target}: they must be the same. {advice}" in str(error.value)


NO_NUMBERS = {"text": np.array(["1"]), "object": np.array([1.0], object), "masked": np.ma.masked_array([1.0], [True])}
OF_REAL_NUMBERS = [F.mse_loss, F.huber_loss, F.binary_cross_entropy_with_logits, F.poisson_nll_loss]


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        *((loss, target) for loss in [*OF_REAL_NUMBERS, F.l1_loss] for target in NO_NUMBERS.values()),
        *((loss, np.array([1j])) for loss in OF_REAL_NUMBERS),
    ],
)
def test_targets_are_real_numbers(loss, target):
    for input in (np.array([0.5]), ag.tensor([0.5])):
        with pytest.raises(TypeError, match=r"^[a-z0-9_]+: target is a .*; it must be real numbers, none of them masked"):
            loss(input, target)


@pytest.mark.parametrize("loss", [F.binary_cross_entropy, F.binary_cross_entropy_with_logits])
@pytest.mark.parametrize("target", [[1, 2], [-1, 1], [0.0, 1.5]])
def test_probabilities_as_targets_are_from_0_to_1(loss, target):
    with pytest.raises(ValueError, match=f"^{loss.__name__}: target has numbers from .* to .*; probabilities are from 0 to 1"):
        loss(np.array([0.25, 0.5]), target)


def test_targets_may_be_lists():
    assert F.mse_loss(ag.tensor([1.0, 2.0]), [1.0, 4.0]).item() == 2.0
    assert F.mse_loss([1.0, 2.0], [1.0, 4.0]) == 2.0


def test_weights_of_integers_are_no_integers():
    losses = F.binary_cross_entropy_with_logits([0, 0], [1, 0], [0.5, 0.5], reduction="none", pos_weight=2.5)
    np.testing.assert_allclose(losses, [1.25 * np.log(2), 0.5 * np.log(2)])


def test_an_unknown_reduction_is_refused():
    for loss in (nn.MSELoss(reduction="average"), nn.CrossEntropyLoss(reduction="average")):
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
        loss = nn.CrossEntropyLoss(reduction=reduction)(logits, target)
        assert np.shape(loss) == np.shape(expected)
        np.testing.assert_allclose(loss, expected, rtol=1e-13)


@REDUCTIONS
@LOGITS
def test_cross_entropy_of_certain_probabilities_is_that_of_classes(reduction, shape, axis):
    logits = numbers(*shape)
    classes = np.random.default_rng(1).integers(0, 3, shape[:axis] + shape[axis + 1 :])
    certain = np.moveaxis(np.eye(3)[classes], -1, axis)
    by_class, by_probability = (F.cross_entropy(logits, target, reduction=reduction) for target in (classes, certain))
    assert np.shape(by_class) == np.shape(by_probability)
    np.testing.assert_allclose(by_class, by_probability, rtol=1e-13)


@pytest.mark.parametrize("target", [np.zeros(0, int), np.zeros((0, 3))], ids=["classes", "probabilities"])
def test_no_samples_have_no_losses(target):
    assert F.cross_entropy(np.zeros((0, 3)), target, reduction="none").shape == (0,)
    assert F.cross_entropy(np.zeros((0, 3)), target, reduction="sum") == 0.0


@LOGITS
def test_cross_entropy_of_probabilities_is_their_weighted_sum(shape, axis):
    logits, p = numbers(2, *shape)
    np.testing.assert_allclose(
        F.cross_entropy(logits, p, reduction="none"),
        -np.sum(p * log_probabilities(logits, axis), axis=axis),
        rtol=1e-12,
        atol=1e-14,
    )


@REDUCTIONS
@pytest.mark.parametrize(("shape", "axis"), [((3, 2), 1), ((3,), 0), ((2, 3, 2), 1)])
def test_cross_entropy_has_derivatives(reduction, shape, axis):
    classes = np.random.default_rng(1).integers(0, shape[axis], shape[:axis] + shape[axis + 1 :])
    assert_derivatives(lambda logits: F.cross_entropy(logits, classes, reduction=reduction), numbers(*shape))
    assert_derivatives(lambda logits, p: F.cross_entropy(logits, p, reduction=reduction), *numbers(2, *shape), orders=1)


def test_huge_logits_give_finite_losses_and_exact_gradients():
    logits = ag.tensor([[1e4, -1e4, 0.0], [0.0, 1e4, 1e4]], requires_grad=True)
    loss = F.cross_entropy(logits, np.array([1, 1]), reduction="none")
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
        ((24, 3), (24, 3), "Write target.argmax(1) for the classes of one-hot integers, target.astype(float) for probabilities."),
        ((24, 3), (25,), "must have shape (24,), not (25,). Each sample needs one class."),
        ((2, 3, 5), (2, 3), "has 3 classes along axis 1, so classes as target must have shape (2, 5), not (2, 3)"),
        ((3,), (1,), "has 3 classes along axis 0, so classes as target must have shape (), not (1,)"),
    ],
)
def test_classes_of_another_shape_are_refused(logits, classes, message):
    with pytest.raises(ValueError) as error:
        F.cross_entropy(np.zeros(logits), np.zeros(classes, int))
    assert f"input of shape {logits}" in str(error.value)
    assert message in str(error.value)
    with pytest.raises(ValueError) as error:
        F.nll_loss(np.zeros(logits), np.zeros(classes, int))
    assert "probabilities" not in str(error.value)  # it takes none


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


# -- all losses ---------------------------------------------------------------------------------------------------

A, B, C = (np.random.default_rng(seed).standard_normal((3, 4)) for seed in (1, 2, 3))
P, Q, V = (np.random.default_rng(seed).uniform(0.1, 0.9, (3, 4)) for seed in (4, 5, 6))
SIGNS = np.where(C > 0, 1.0, -1.0)
CLASSES = np.array([2, 0, 3])
WEIGHT = np.array([0.5, 1.0, 2.0, 1.5])

# function, the arguments that are differentiated, the others, options
ROWS = np.cos(np.arange(20.0)).reshape(5, 4).astype(np.float32)  # of a linear map
LOSSES = {
    "mse_loss": (F.mse_loss, (A, B), (), {}),
    "l1_loss": (F.l1_loss, (A, B), (), {}),
    "huber_loss": (F.huber_loss, (A, B), (), {"delta": 0.7}),
    "smooth_l1_loss": (F.smooth_l1_loss, (A, B), (), {"beta": 0.7}),
    "poisson_nll_loss": (F.poisson_nll_loss, (A, P + 2), (), {"full": True}),
    "poisson_nll_loss, rates": (F.poisson_nll_loss, (P, Q), (), {"log_input": False}),
    "gaussian_nll_loss": (F.gaussian_nll_loss, (A, B, V), (), {"full": True}),
    "gaussian_nll_loss, one": (F.gaussian_nll_loss, (A, B, V[:, :1]), (), {}),
    "cross_entropy": (F.cross_entropy, (A,), (CLASSES, WEIGHT), {"label_smoothing": 0.2}),
    "cross_entropy, probabilities": (F.cross_entropy, (A, P), (WEIGHT,), {"label_smoothing": 0.2}),
    "linear_cross_entropy": (lambda a, *rest, **options: F.linear_cross_entropy(a, ROWS, *rest, **options), (A,), (CLASSES,), {}),
    "nll_loss": (F.nll_loss, (A,), (CLASSES, WEIGHT), {}),
    "kl_div": (F.kl_div, (A, P), (), {}),
    "kl_div, log": (F.kl_div, (A, B), (), {"log_target": True}),
    "binary_cross_entropy": (F.binary_cross_entropy, (P, Q), (WEIGHT,), {}),
    "binary_cross_entropy_with_logits": (F.binary_cross_entropy_with_logits, (A, Q), (WEIGHT,), {"pos_weight": WEIGHT}),
    "soft_margin_loss": (F.soft_margin_loss, (A,), (SIGNS,), {}),
    "multilabel_soft_margin_loss": (F.multilabel_soft_margin_loss, (A, Q), (WEIGHT,), {}),
    "hinge_embedding_loss": (F.hinge_embedding_loss, (np.abs(A),), (SIGNS,), {}),
    "margin_ranking_loss": (F.margin_ranking_loss, (A, B), (SIGNS, 0.5), {}),
    "cosine_embedding_loss": (F.cosine_embedding_loss, (A, B), (SIGNS[:, 0],), {}),
    "triplet_margin_loss": (F.triplet_margin_loss, (A, B, C), (), {"margin": 3.0}),
    "triplet_margin_loss, swap": (F.triplet_margin_loss, (A, B, C), (), {"margin": 3.0, "p": 3.0, "swap": True}),
    "triplet_margin_with_distance_loss": (F.triplet_margin_with_distance_loss, (A, B, C), (), {"margin": 3.0, "swap": True}),
    "multi_margin_loss": (F.multi_margin_loss, (A,), (CLASSES,), {"p": 2, "weight": WEIGHT}),
    "multilabel_margin_loss": (F.multilabel_margin_loss, (A,), (np.array([[3, 0, -1, 1], [0, 1, 2, 3], [-1, 1, 2, 3]]),), {}),
}
EACH = pytest.mark.parametrize("name", LOSSES)
WEIGHTED_MEAN = {"cross_entropy", "nll_loss"}  # divided by the sum of the weights


def test_every_loss_has_a_row():
    assert {name.partition(",")[0] for name in LOSSES} == {name for name in nn.losses.__all__ if name.islower()}


@EACH
def test_the_sum_and_the_mean_are_those_of_the_losses(name):
    function, arrays, others, options = LOSSES[name]
    each, total, mean = (function(*arrays, *others, **options, reduction=r) for r in ("none", "sum", "mean"))
    assert each.ndim > 0
    np.testing.assert_allclose(total, each.sum(), rtol=1e-13)
    expected = each.sum() / WEIGHT[CLASSES].sum() if name in WEIGHTED_MEAN else each.mean()
    np.testing.assert_allclose(mean, expected, rtol=1e-13)
    assert function(*arrays, *others, **options) == mean


@EACH
def test_losses_have_derivatives(name):
    function, arrays, others, options = LOSSES[name]
    small = name in ("huber_loss", "gaussian_nll_loss, one", "kl_div", "nll_loss")  # their second derivatives suffice here
    assert_derivatives(lambda *args: function(*args, *others, **options), *arrays, orders=2 if small else 1)


@EACH
def test_losses_refuse_an_unknown_reduction(name):
    function, arrays, others, options = LOSSES[name]
    with pytest.raises(ValueError, match=f"{name.partition(',')[0]}: reduction='average'; write 'mean', 'sum' or 'none'"):
        function(*arrays, *others, **options, reduction="average")


@EACH
def test_losses_never_broadcast_a_target(name):
    function, (input, *rest), others, options = LOSSES[name]
    second, *more = [*rest, *others]
    shared = name.startswith("gaussian_nll_loss")  # an observation may serve all, as PyTorch says
    for wrong in (second[..., None], np.concatenate([second, second]), *([] if shared else [second[:1]])):
        with pytest.raises(ValueError, match=f"{name.partition(',')[0]}: .*{re.escape(str(wrong.shape))}"):
            function(input, wrong, *more, **options)


@EACH
def test_losses_keep_single_precision(name):
    function, arrays, others, options = LOSSES[name]
    inputs = [ag.tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    loss = function(*inputs, *others, **options)  # classes, signs and weights are in double precision or integers
    loss.backward()
    if not any(isinstance(a, np.ndarray) and a is SIGNS for a in others) and name != "cosine_embedding_loss":
        assert loss.dtype == np.float32
    assert {x.grad.dtype for x in inputs} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "function", [F.mse_loss, F.l1_loss, F.huber_loss, F.binary_cross_entropy_with_logits, F.soft_margin_loss]
)
def test_integer_targets_do_not_widen(function):
    assert function(np.ones((2, 2), np.float32), np.ones((2, 2), int)).dtype == np.float32


@pytest.mark.parametrize(
    ("loss", "far", "values", "slopes"),
    [
        (lambda x: F.binary_cross_entropy_with_logits(x, np.ones(2), reduction="none"), 800.0, [800.0, 0.0], [-1.0, 0.0]),
        (lambda x: F.binary_cross_entropy_with_logits(x, np.zeros(2), reduction="none"), 800.0, [0.0, 800.0], [0.0, 1.0]),
        (lambda x: F.soft_margin_loss(x, np.ones(2), reduction="none"), 800.0, [800.0, 0.0], [-1.0, 0.0]),
        (lambda x: F.huber_loss(x, np.zeros(2), reduction="none"), 1e200, [1e200, 1e200], [-1.0, 1.0]),
    ],
)
def test_losses_are_exact_far_from_the_target(loss, far, values, slopes):
    x = ag.tensor([-far, far], requires_grad=True)
    y = loss(x)
    y.sum().backward()
    assert y.data.tolist() == values
    assert x.grad.tolist() == slopes


def test_logits_lose_nothing_where_the_probability_is_all_but_certain():
    x = np.array([-40.0, 40.0])
    right = F.binary_cross_entropy_with_logits(x, np.array([0.0, 1.0]), reduction="none")
    np.testing.assert_allclose(right, np.exp(-40.0), rtol=1e-14)
    both = F.binary_cross_entropy_with_logits(A, Q)
    np.testing.assert_allclose(both, F.binary_cross_entropy(F.sigmoid(A), Q), rtol=1e-12)


def test_certain_probabilities_have_bounded_losses():
    p = ag.tensor([0.0, 0.0, 1.0, 1.0], requires_grad=True)
    loss = F.binary_cross_entropy(p, np.array([0.0, 1.0, 0.0, 1.0]), reduction="none")
    assert loss.data.tolist() == [0.0, 100.0, 100.0, 0.0]
    loss.sum().backward()
    assert p.grad.tolist() == [0.0, -1e12, 1e12, 0.0]


def test_ignored_samples_do_not_count():
    logits, classes = numbers(4, 3), np.array([0, -100, 2, -100])
    kept = F.cross_entropy(logits[::2], classes[::2])
    assert F.cross_entropy(logits, classes) == pytest.approx(kept, rel=1e-15)
    assert F.cross_entropy(logits, classes, reduction="none")[[1, 3]].tolist() == [0.0, 0.0]
    other = np.array([0, 1, 2, 1])
    assert F.nll_loss(logits, other, ignore_index=1) == pytest.approx(F.nll_loss(logits[::2], other[::2]), rel=1e-15)
    x = ag.tensor(logits, requires_grad=True)
    F.cross_entropy(x, classes).backward()
    assert not x.grad[[1, 3]].any()


def test_ignored_samples_do_not_count_where_their_losses_are_infinite():
    assert F.nll_loss(np.array([[-np.inf, 0.0], [-1.0, -2.0]]), np.array([-100, 0])) == 1.0


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weight", [None, np.array([1.0, 2.0, 3.0])])
def test_classes_that_are_not_the_right_one_may_be_impossible(reduction, weight):
    p, classes = np.array([[0.5, 0.5, 0.0], [0.0, 0.3, 0.7]]), np.array([0, 2])
    with np.errstate(divide="ignore"):

        def loss(p):
            return F.nll_loss(np.log(p), classes, weight, reduction=reduction)

        slopes, curvatures = ag.grad(loss)(p), np.diagonal(ag.hessian(loss)(p).reshape(6, 6)).reshape(2, 3)
    of_right = np.take_along_axis(p, classes[:, None], 1).ravel()
    each = np.ones(2) if weight is None else weight[classes]
    share = each / (each.sum() if reduction == "mean" else 1)
    right = np.arange(3) == classes[:, None]
    assert np.allclose(slopes, np.where(right, (-share / of_right)[:, None], 0.0), rtol=1e-14, atol=0)
    assert np.allclose(curvatures, np.where(right, (share / of_right**2)[:, None], 0.0), rtol=1e-14, atol=0)


def test_the_squared_error_of_long_doubles_keeps_their_digits():
    x = np.sin(np.arange(4096, dtype=np.longdouble)) + 1
    expected = np.mean(x * x)  # which adds in pairs
    assert abs(F.mse_loss(x, np.zeros_like(x)) - expected) <= 2 * np.finfo(x.dtype).eps * expected


def test_half_precision_counts_more_classes_than_it_can_hold():
    x = ag.tensor(np.zeros((70_000, 2), np.float16), requires_grad=True)
    F.cross_entropy(x, np.zeros(len(x), int)).backward()
    assert np.array_equal(x.grad[0], np.array([-0.5, 0.5], np.float16) * np.float16(1 / 70_000))


def test_only_the_index_that_is_ignored_may_be_out_of_range():
    with pytest.raises(IndexError, match="classes from -1 to 2, but input has 3"):
        F.cross_entropy(np.zeros((3, 3)), np.array([-1, -100, 2]))


def test_weights_given_to_a_module_are_a_buffer():
    loss = nn.CrossEntropyLoss(WEIGHT, label_smoothing=0.1)
    assert list(loss.state_dict()) == ["weight"]
    assert list(loss.parameters()) == []
    assert loss(A, CLASSES) == F.cross_entropy(A, CLASSES, WEIGHT, label_smoothing=0.1)
    assert list(nn.BCEWithLogitsLoss(pos_weight=WEIGHT).state_dict()) == ["pos_weight"]
    assert list(nn.NLLLoss().state_dict()) == []


def test_a_divergence_of_a_batch_is_divided_by_its_length():
    assert F.kl_div(A, P, reduction="batchmean") == pytest.approx(F.kl_div(A, P, reduction="sum") / 3)
    assert F.kl_div(np.log(P), P) == pytest.approx(0.0, abs=1e-16)
    assert F.kl_div(np.log([0.5, 0.5]), np.array([1.0, 0.0]), reduction="sum") == np.log(2)


@pytest.mark.parametrize("var", [V[:, 0], V[:, :1], np.array(0.3), 0.3, V])
def test_variances_may_be_shared(var):
    full = np.broadcast_to(np.expand_dims(var, -1) if np.ndim(var) == 1 else var, A.shape)
    assert F.gaussian_nll_loss(A, B, var) == pytest.approx(F.gaussian_nll_loss(A, B, full.copy()), rel=1e-14)


@pytest.mark.parametrize("target", [B[:, :1], B[:1], B[:1, :1], B[0, 0]])
def test_observations_may_be_shared(target):
    def loss(target):
        return F.gaussian_nll_loss(ag.Tensor(A), target, V)

    full = np.broadcast_to(target, A.shape).copy()
    assert loss(target).item() == loss(full).item()
    summed = ag.grad(loss)(full)
    shared = tuple(axis for axis in range(2) if target.ndim == 0 or target.shape[axis] == 1)
    np.testing.assert_allclose(ag.grad(loss)(target), summed.sum(shared, keepdims=target.ndim > 0), rtol=1e-12)


def test_a_number_observed_keeps_single_precision():
    x = A.astype(np.float32)
    assert F.gaussian_nll_loss(x, 0.5, np.float32(1), reduction="none").dtype == np.float32


def test_the_size_of_a_ranking_target_weighs_the_difference():
    weights = np.linspace(0.5, 3.0, A.size).reshape(A.shape)
    weighed = F.margin_ranking_loss(A * weights, B * weights, SIGNS, 0.5, reduction="none")
    np.testing.assert_allclose(F.margin_ranking_loss(A, B, SIGNS * weights, 0.5, reduction="none"), weighed, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.huber_loss(A, B, delta=0.0), ValueError, "delta=0.0 must be above 0"),
        (lambda: F.smooth_l1_loss(A, B, beta=-1.0), ValueError, "beta=-1.0 must be at least 0"),
        (lambda: F.gaussian_nll_loss(A, B, -V), ValueError, "a variance is at least 0"),
        (lambda: F.gaussian_nll_loss(A, B, V[:2]), ValueError, r"var has shape \(2, 4\)"),
        (lambda: F.binary_cross_entropy(A, Q), ValueError, "write binary_cross_entropy_with_logits"),
        (lambda: F.binary_cross_entropy(P, Q, np.ones(3)), ValueError, r"weight has shape \(3,\), which does not broadcast"),
        (lambda: F.binary_cross_entropy(P, Q, np.ones((2, 3, 4))), ValueError, "does not broadcast"),
        (lambda: F.binary_cross_entropy_with_logits(A, Q, pos_weight=np.ones(3)), ValueError, "pos_weight has shape"),
        (lambda: F.hinge_embedding_loss(A, (SIGNS + 1) / 2), ValueError, "the target must be 1 or -1 everywhere"),
        (lambda: F.soft_margin_loss(A, (SIGNS + 1) / 2), ValueError, "soft_margin_loss: the target must be 1 or -1 everywhere"),
        (lambda: F.gaussian_nll_loss(A, B[:, 0], V), ValueError, r"input has shape \(3, 4\), target has shape \(3,\)"),
        (lambda: F.gaussian_nll_loss(A[:, :1], B, V), ValueError, "they must be the same"),
        (lambda: F.gaussian_nll_loss(A, np.ma.masked_array(B[:, :1]), V), TypeError, "none of them masked"),
        (lambda: F.margin_ranking_loss(A, B, (SIGNS + 1) / 2), ValueError, r"the target is 0 or nan somewhere.* 2 \* target - 1"),
        (lambda: F.margin_ranking_loss(A, B, SIGNS * np.nan), ValueError, "the target is 0 or nan somewhere"),
        (lambda: F.margin_ranking_loss(A, B[:1], SIGNS), ValueError, "input1 has shape .* input2 has shape"),
        (lambda: F.cosine_embedding_loss(A, B, np.zeros(3)), ValueError, "the target must be 1 or -1 everywhere"),
        (lambda: F.triplet_margin_loss(A, B, C[:1]), ValueError, "anchor has shape .* negative has shape"),
        (lambda: F.multi_margin_loss(A, CLASSES, p=3), ValueError, "p=3 must be 1 or 2"),
        (lambda: F.multi_margin_loss(A, CLASSES + 2), IndexError, "classes from 2 to 5, but input has 4"),
        (lambda: F.multilabel_margin_loss(A, np.full((3, 4), 4)), IndexError, "classes from 4 to 4"),
        (lambda: F.multilabel_margin_loss(A, B), ValueError, "target dtype float64; they must be .* and integers"),
        (lambda: F.cross_entropy(A, CLASSES, label_smoothing=1.5), ValueError, "label_smoothing=1.5 must be from 0 to 1"),
        (lambda: F.cross_entropy(A, CLASSES, WEIGHT[:3]), ValueError, r"weight is float64\[3\]; it needs a number for each of 4"),
        (lambda: F.cross_entropy(A, CLASSES, "sum"), TypeError, "write reduction='sum' if that is meant"),
        (lambda: F.cross_entropy(A, CLASSES, ag.tensor(WEIGHT, requires_grad=True)), TypeError, "would lose the gradient"),
        (lambda: F.cross_entropy(A, F.softmax(B), ignore_index=1), ValueError, "ignore_index=1 has no meaning for probabilities"),
        (lambda: F.nll_loss(np.array(1.0), np.array(0), WEIGHT), ValueError, "nll_loss: .* must have an axis of classes"),
        (lambda: F.cross_entropy(np.array(1.0), np.array(0)), ValueError, "cross_entropy: .* must have an axis of classes"),
    ],
)
def test_nonsense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@REDUCTIONS
@pytest.mark.parametrize("inner", [(), (3,), (2, 1)])
def test_the_cross_entropy_of_a_linear_map_is_that_of_what_it_gives(inner, reduction):
    weight, bias = numbers(1, 5, *inner, 4)[0], numbers(1, 5, *inner)[0]
    logits = np.tensordot(A, weight, (1, -1)) + bias
    classes = np.arange(3 * int(np.prod(inner))).reshape(3, *inner) % 5
    for target in (classes, F.softmax(logits, 1)):
        options = {"weight": np.arange(1.0, 6.0), "reduction": reduction, "label_smoothing": 0.1}
        loss = F.linear_cross_entropy(A, weight, target, linear_bias=bias, **options)
        np.testing.assert_allclose(loss, F.cross_entropy(logits, target, **options), rtol=1e-13)
    if not inner:
        single = F.linear_cross_entropy(A[0], weight, classes[0], linear_bias=bias, reduction=reduction)
        np.testing.assert_allclose(single, F.cross_entropy(logits[0], classes[0], reduction=reduction), rtol=1e-13)


def test_the_cross_entropy_of_a_linear_map_has_derivatives_by_the_map():
    weight, bias = numbers(1, 2, 2, 3)[0], numbers(1, 2, 2)[0]
    x, classes = numbers(1, 2, 3)[0], np.array([[0, 1], [1, 1]])
    assert_derivatives(lambda x, w, b: F.linear_cross_entropy(x, w, classes, linear_bias=b, ignore_index=0), x, weight, bias)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.linear_cross_entropy(A[None], ROWS, CLASSES), r"input has shape \(1, 3, 4\)"),
        (lambda: F.linear_cross_entropy(A, ROWS[:, :3], CLASSES), r"linear_weight \(5, 3\); they must be"),
        (lambda: F.linear_cross_entropy(A, ROWS, CLASSES, linear_bias=np.ones(4)), r"linear_bias \(4,\)"),
        (lambda: F.linear_cross_entropy(A[0], ROWS[None], np.array(0)), r"linear_weight \(1, 5, 4\)"),
        (lambda: F.linear_cross_entropy(A, ROWS, np.full((3, 5), 0.2), ignore_index=1), "no meaning for probabilities"),
        (lambda: F.linear_cross_entropy(A, ROWS, CLASSES, label_smoothing=2.0), "linear_cross_entropy: label_smoothing=2.0"),
    ],
)
def test_a_linear_map_that_does_not_fit_a_loss_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# -- distances ----------------------------------------------------------------------------------------------------


def test_distances_are_their_formulas_and_have_derivatives():
    np.testing.assert_allclose(F.pairwise_distance(A, B, 3.0, 0.0), (np.abs(A - B) ** 3).sum(axis=1) ** (1 / 3))
    np.testing.assert_allclose(F.cosine_similarity(A, B), (A * B).sum(axis=1) / np.sqrt((A**2).sum(axis=1) * (B**2).sum(axis=1)))
    np.testing.assert_allclose(np.abs(F.normalize(A, 3.0) ** 3).sum(axis=1), 1.0)
    assert F.normalize(np.zeros((1, 2))).tolist() == [[0.0, 0.0]]
    assert_derivatives(F.normalize, A[:2, :3])
    for function in (F.pairwise_distance, F.cosine_similarity):
        assert_derivatives(function, A[:2, :3], B[:2, :3])


def test_the_zero_vector_has_a_cosine_of_0():
    x = ag.tensor(np.zeros((1, 2)), requires_grad=True)
    y = F.cosine_similarity(x, np.ones((1, 2)))
    y.sum().backward()
    F.cosine_embedding_loss(x, np.ones((1, 2)), [1]).backward()
    assert y.data.tolist() == [0.0]
    assert F.cosine_embedding_loss(x, np.zeros((1, 2)), [1]).item() == 1.0
    assert np.isfinite(x.grad).all()


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
        loss = F.cross_entropy(ours, target, reduction=reduction)
        expected = torch.nn.functional.cross_entropy(theirs, torch.from_numpy(target), reduction=reduction)
        np.testing.assert_allclose(loss.data, expected.detach().numpy(), rtol=1e-12)
        loss.sum().backward()
        expected.sum().backward()
        np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("target", [[0, 2, 3, 2], [3, 1, 0, 0], [2, 2, -1, 2], [1, 1, 1, 1]])
def test_a_class_listed_twice_counts_twice(target):
    x = np.array([0.3, -1.2, 0.5, 2.0])
    listed = target[: target.index(-1)] if -1 in target else target
    by_hand = sum(max(0.0, 1 - x[j] + x[k]) for j in listed for k in range(4) if k not in listed) / 4
    assert float(F.multilabel_margin_loss(x, np.array(target))) == pytest.approx(by_hand)
    assert ag.check_gradients(lambda x: F.multilabel_margin_loss(x, np.array(target)), x + 0.01).ok


def test_numbers_alone_are_vectors_of_one_element():
    assert F.cosine_similarity(np.array(2.0), np.array(-3.0), dim=0) == -1
    assert F.multilabel_margin_loss(np.array(2.0), np.array(0)) == 0


@pytest.mark.parametrize("var", [0.5, 2])
def test_a_variance_that_is_a_number_keeps_the_precision_of_the_input(var):
    for dtype in (np.float32, np.float64):
        x = np.array([0.0, 3.0], dtype)
        loss = F.gaussian_nll_loss(ag.Tensor(x), np.zeros(2, dtype), var)
        assert loss.dtype == dtype
        assert loss.item() == pytest.approx(F.gaussian_nll_loss(x, x * 0, np.full(2, var, dtype)))
    assert F.gaussian_nll_loss(np.array([0, 3]), np.zeros(2, int), 0.5) == F.gaussian_nll_loss([0.0, 3.0], [0.0, 0.0], [0.5, 0.5])


class OfAnotherLibrary:
    """As an array of torch looks: its dtype is not NumPy's."""

    shape, dtype = (3, 4), "torch.float32"


@pytest.mark.parametrize(
    "f",
    [
        F.relu,
        F.gelu,
        F.softmax,
        lambda x: F.layer_norm(x, 4),
        lambda x: F.mse_loss(A, x),
        lambda x: F.l1_loss(A, x),
        lambda x: F.mse_loss(x, A),
    ],
)
def test_arrays_of_other_libraries_are_refused_with_what_to_write(f):
    with pytest.raises(TypeError, match=r"is a OfAnotherLibrary of torch.float32, .* Write t.detach\(\).numpy\(\)"):
        f(OfAnotherLibrary())

"""Labels without alignment: the sum over all alignments written out, derivatives, and PyTorch's answers."""

import itertools

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, wave

STEPS, BATCH, CLASSES = 5, 4, 3
LOG_P = F.log_softmax(2 * wave(STEPS, BATCH, CLASSES), -1)
LABELS = np.array([[1, 2], [2, 2], [1, 0], [0, 0]])  # those behind the lengths stand for nothing
INPUT_LENGTHS, TARGET_LENGTHS = np.array([5, 4, 3, 5]), np.array([2, 2, 1, 0])
GIVEN = LABELS, INPUT_LENGTHS, TARGET_LENGTHS


def merged(path, blank=0):
    """The labels that an alignment stands for."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def every_alignment(log_p, labels, blank=0):
    """Minus the logarithm of the sum over all alignments of a sequence."""
    steps, classes = log_p.shape
    paths = [path for path in itertools.product(range(classes), repeat=steps) if merged(path, blank) == tuple(labels)]
    with np.errstate(divide="ignore"):
        return -np.log(sum(np.exp(log_p[np.arange(steps), list(path)].sum()) for path in paths))


def test_the_loss_adds_up_all_alignments():
    losses = F.ctc_loss(LOG_P, *GIVEN, reduction="none")
    expected = [
        every_alignment(LOG_P[:steps, k], LABELS[k, :count])
        for k, (steps, count) in enumerate(zip(INPUT_LENGTHS, TARGET_LENGTHS, strict=True))
    ]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    assert F.ctc_loss(LOG_P, *GIVEN, reduction="sum") == pytest.approx(sum(expected))
    assert F.ctc_loss(LOG_P, *GIVEN) == pytest.approx(np.mean(np.array(expected) / [2, 2, 1, 1]))
    assert nn.CTCLoss()(LOG_P, *GIVEN) == F.ctc_loss(LOG_P, *GIVEN)


@pytest.mark.parametrize("blank", [0, 1, 2])
def test_any_class_may_be_blank(blank):
    label = (blank + 1) % 3
    loss = F.ctc_loss(LOG_P[:, 0], [label, label], 5, 2, blank, "none")
    assert loss == pytest.approx(every_alignment(LOG_P[:, 0], [label, label], blank))
    assert nn.CTCLoss(blank, "none")(LOG_P[:, 0], [label, label], 5, 2) == loss
    assert np.shape(loss) == ()


def test_labels_may_stand_end_to_end():
    ends = np.concatenate([row[:count] for row, count in zip(LABELS, TARGET_LENGTHS, strict=True)])
    assert F.ctc_loss(LOG_P, ends, INPUT_LENGTHS, TARGET_LENGTHS) == F.ctc_loss(LOG_P, *GIVEN)


def test_the_loss_has_derivatives():
    assert_derivatives(lambda x: F.ctc_loss(x, LABELS[1:3], [4, 3], [2, 1], reduction="none"), LOG_P[:4, 1:3])


def test_steps_are_normalised_so_that_numbers_need_not_be_log_probabilities():
    moved = LOG_P + wave(STEPS, BATCH, 1)
    np.testing.assert_allclose(F.ctc_loss(moved, *GIVEN, reduction="none"), F.ctc_loss(LOG_P, *GIVEN, reduction="none"))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_loss_is_pytorchs(reduction):
    torch = pytorch()
    given = [torch.tensor(a) for a in GIVEN]
    for scale in (1, 300):  # probabilities of 1e-600 too
        log_p = np.asarray(F.log_softmax(scale * LOG_P, -1))
        assert_same(
            lambda x: F.ctc_loss(x, *GIVEN, reduction=reduction),
            lambda x: torch.nn.functional.ctc_loss(x, *given, reduction=reduction),
            log_p,
        )


def test_a_sequence_that_is_too_short_has_an_infinite_loss_or_none():
    x = ag.tensor(LOG_P, requires_grad=True)
    lengths = np.array([5, 2, 3, 5])  # the second has a label twice, between which there must be a blank: 3 steps
    losses = F.ctc_loss(x, LABELS, lengths, TARGET_LENGTHS, reduction="none")
    assert np.isposinf(losses.data).tolist() == [False, True, False, False]
    losses.sum().backward()
    assert not np.isfinite(x.grad[:, 1]).all()
    assert np.isfinite(x.grad[:, [0, 2, 3]]).all()
    x.grad = None
    losses = nn.CTCLoss(reduction="none", zero_infinity=True)(x, LABELS, lengths, TARGET_LENGTHS)
    assert losses.data[1] == 0
    losses.sum().backward()
    assert not x.grad[:, 1].any()
    assert x.grad[:, 0].any()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_loss_keeps_the_precision_of_log_probs(dtype):
    x = ag.tensor(LOG_P.astype(dtype), requires_grad=True)
    for reduction in ("mean", "sum", "none"):
        x.grad = None
        loss = F.ctc_loss(x, *GIVEN, reduction=reduction)
        assert loss.dtype == dtype
        np.testing.assert_allclose(loss.data, F.ctc_loss(LOG_P, *GIVEN, reduction=reduction), rtol=2e-3)
        loss.sum().backward()
        assert x.grad.dtype == dtype


def test_long_sequences_of_certain_wrong_classes_have_finite_losses_in_single_precision():
    logits = np.zeros((200, 1, 3), np.float32)
    logits[..., 0] = 30  # each step says blank: a label costs 30
    loss = F.ctc_loss(logits, [[1] * 40], [200], [40], reduction="sum")
    assert 900 < loss < 40 * 30


def test_a_network_learns_labels_without_being_told_where_they_stand():
    logits = nn.Parameter(np.zeros((8, 1, 3)))
    optimizer = nn.optim.Adam([logits], lr=0.3)
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.ctc_loss(F.log_softmax(logits, -1), [[2, 1, 1]], [8], [3])
        loss.backward()
        optimizer.step()
    assert merged(np.argmax(logits.data[:, 0], -1)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.ctc_loss(LOG_P[0, 0], [1], 1, 1), ValueError, "(T, N, C) or (T, C)"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS[:2], TARGET_LENGTHS), ValueError, "input_lengths are int64[2]"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS + 1, TARGET_LENGTHS), ValueError, "log_probs have 5 steps"),
        (lambda: F.ctc_loss(LOG_P, LABELS, 0 * INPUT_LENGTHS, TARGET_LENGTHS), ValueError, "of at least 1"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, -TARGET_LENGTHS), ValueError, "target_lengths are int64[4]"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, TARGET_LENGTHS + 1), ValueError, "targets are int64[4, 2]"),
        (lambda: F.ctc_loss(LOG_P, LABELS / 2, INPUT_LENGTHS, TARGET_LENGTHS), ValueError, "integers"),
        (lambda: F.ctc_loss(LOG_P, LABELS + 1, INPUT_LENGTHS, TARGET_LENGTHS), IndexError, "labels from 2 to 3"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, TARGET_LENGTHS, 2), ValueError, "the label 2, which is blank"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, TARGET_LENGTHS, 3), ValueError, "blank=3"),
        (lambda: F.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, TARGET_LENGTHS, reduction="max"), ValueError, "reduction='max'"),
        (lambda: F.ctc_loss(LOG_P.astype(int), LABELS, INPUT_LENGTHS, TARGET_LENGTHS), ValueError, "floating-point"),
    ],
)
def test_the_loss_refuses_what_does_not_fit(call, error, message):
    refuses(error, call, message)

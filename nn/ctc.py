"""The loss of sequences whose labels are not aligned: connectionist temporal classification.

A network says at each step how likely each class is, one of which is blank. Labels are right wherever the classes become these
labels when repetitions are merged and then blanks are left out. The loss adds up the probabilities of all such alignments, step
by step (Graves et al., Connectionist temporal classification, 2006, section 4.1), as logarithms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layers.activations import log_softmax
from .losses import Loss, reduced
from .module import array_of, as_operand

__all__ = ["CTCLoss", "ctc_loss"]


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Minus the log-probability of labels, wherever in a sequence they may stand.

    Parameters
    ----------
    log_probs
        Log-probabilities of C classes in T steps of N sequences, shape (T, N, C), or (T, C) of a single one.
    targets
        The labels, integers: shape (N, S), or (S) of a single sequence; or those of all sequences end to end.
    input_lengths, target_lengths
        The number of steps, and of labels, of each sequence: shape (N), or () of a single one.
    blank
        The class that stands for no label.
    reduction
        "mean" of the losses, each divided by the number of its labels; "sum", or "none".
    zero_infinity
        True: the loss is 0 where a sequence is too short for its labels. Otherwise it is infinite, with gradients that are
        infinite or nan.

    Returns
    -------
    A number, or with "none" one for each sequence.

    Raises
    ------
    ValueError
        Shapes or lengths do not fit; blank is a label.
    IndexError
        A label is below 0 or above C - 1.

    Notes
    -----
    Each step is normalised by `log_softmax` first, which leaves log-probabilities as they are. So the gradient is that of
    PyTorch, which assumes them to be normalised, and that of the loss too.

    Examples
    --------
    >>> even = np.log(np.full((2, 1, 2), 0.5))                     # of 2 steps, blank or label: 3 of 4 alignments are right
    >>> float(np.exp(-ctc_loss(even, [[1]], [2], [1])).round(6))
    0.75
    """
    log_probs = as_operand(log_probs)
    single = log_probs.ndim == 2
    if log_probs.ndim not in (2, 3) or log_probs.dtype.kind != "f" or 0 in log_probs.shape:
        raise ValueError(
            f"ctc_loss: log_probs are {log_probs.dtype}{list(log_probs.shape)}; they must be floating-point, (T, N, C) or (T, C)."
        )
    log_p = log_softmax(log_probs[:, None] if single else log_probs, -1)
    if log_p.dtype == np.float16:  # which ends at 65504: sums of logarithms could not be told from those of 0
        log_p = log_p.astype(np.float32)
    steps, batch, classes = log_p.shape
    if not 0 <= blank < classes:
        raise ValueError(f"ctc_loss: blank={blank}, but there are {classes} classes.")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"ctc_loss: reduction={reduction!r}; write 'mean', 'sum' or 'none'.")
    lasts = sequence_lengths("input_lengths", input_lengths, batch, 1, steps)
    counts = sequence_lengths("target_lengths", target_lengths, batch, 0, None)
    labels = padded_labels(targets, counts, blank, classes)
    losses = -log_likelihoods(log_p, labels, lasts, counts, blank)
    impossible = array_of(losses) > -lowest(log_p) / 2
    if impossible.any():
        beyond = np.where(impossible, np.inf, 1.0).astype(losses.dtype)
        losses = np.where(impossible, 0.0, losses) if zero_infinity else losses * beyond
    losses = losses.astype(log_probs.dtype) if losses.dtype != log_probs.dtype else losses
    if reduction == "mean":
        losses = losses / np.maximum(counts, 1).astype(log_probs.dtype)
    return losses[0] if single and reduction == "none" else reduced("ctc_loss", losses, reduction)


def sequence_lengths(called: str, lengths: Any, batch: int, least: int, most: int | None) -> NDArray[Any]:
    """A number of steps, or of labels, for each sequence."""
    given = array_of(lengths)
    numbers = given.reshape(1) if given.ndim == 0 and batch == 1 else given
    if numbers.shape != (batch,) or numbers.dtype.kind not in "iu" or (numbers < least).any():
        raise ValueError(
            f"ctc_loss: {called} are {given.dtype}{list(given.shape)}; they must be {batch} integers, of at least {least}, one "
            f"for each sequence."
        )
    if most is not None and (numbers > most).any():
        raise ValueError(f"ctc_loss: {called} has {numbers.max()}, but log_probs have {most} steps.")
    return numbers


def padded_labels(targets: Any, counts: NDArray[Any], blank: int, classes: int) -> NDArray[Any]:
    """The labels of each sequence in a row, (N, longest), and `blank` behind them.

    >>> padded_labels([3, 1, 2], np.array([1, 2]), 0, 4)
    array([[3, 0],
           [1, 2]])
    """
    given = array_of(targets)
    there = np.arange(counts.max()) < counts[:, None]
    labels = np.full(there.shape, blank)
    rows = given.ndim == 2 and len(given) == len(counts) and there.shape[1] <= given.shape[1]
    if (given.dtype.kind not in "iu" and given.size) or not (rows or given.shape == (counts.sum(),)):
        raise ValueError(
            f"ctc_loss: targets are {given.dtype}{list(given.shape)}, and target_lengths {counts.tolist()}: targets must be "
            f"integers, ({len(counts)}, {there.shape[1]}) or longer, or ({counts.sum()}) end to end."
        )
    found = given[:, : there.shape[1]][there] if rows else given
    if found.size and not (found.min() >= 0 and found.max() < classes):
        raise IndexError(f"ctc_loss: targets have labels from {found.min()} to {found.max()}, but there are {classes} classes.")
    if (found == blank).any():
        raise ValueError(f"ctc_loss: targets have the label {blank}, which is blank. Write another class as blank=.")
    labels[there] = found
    return labels


def lowest(log_p: Any) -> float:
    """The number for the logarithm of 0: so low that no sum of logarithms comes near, and finite, so that it has derivatives."""
    return float(np.finfo(log_p.dtype).min) / (4 * len(log_p) + 4)


def log_likelihoods(log_p: Any, labels: NDArray[Any], lasts: NDArray[Any], counts: NDArray[Any], blank: int) -> Any:
    """The log-probability of the labels of each sequence.

    The places at which an alignment may be are the labels and the blanks before, between and behind them. In a step it stays,
    moves on by one, or by two from label to label past a blank, if these differ.
    """
    batch, longest = labels.shape
    low = lowest(log_p)
    places = np.full((batch, 2 * longest + 1), blank)
    places[:, 1::2] = labels
    may_pass = np.zeros(places.shape, bool)
    may_pass[:, 1:2] = True  # from before the first blank
    may_pass[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    at_places = np.maximum(log_p[:, np.arange(batch)[:, None], places], low)
    before = np.full((batch, 2), low, log_p.dtype)
    reached: Any = np.full((batch, places.shape[1] + 2), low, log_p.dtype)
    reached[:, 1] = 0  # two places stand before the first blank: alignments begin at the second of them
    for step, here in enumerate(at_places):
        moved = np.logaddexp(reached[:, 2:], reached[:, 1:-1])
        passed = np.logaddexp(moved, np.where(may_pass, reached[:, :-2], low))
        new = np.concatenate([before, passed + here], axis=1)
        reached = new if (step < lasts).all() else np.where((step < lasts)[:, None], new, reached)
    rows = np.arange(batch)
    ends = [reached[rows, 2 * counts + 2], np.where(counts > 0, reached[rows, 2 * counts + 1], low)]
    return np.logaddexp(*ends)


class CTCLoss(Loss):
    """Minus the log-probability of labels, wherever in a sequence they may stand; see `nn.functional.ctc_loss`.

    >>> import numpy as np, nn
    >>> even = np.log(np.full((2, 1, 2), 0.5))
    >>> float(np.exp(-nn.CTCLoss()(even, [[1]], [2], [1])).round(6))
    0.75
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
        options = self.blank, self.reduction, self.zero_infinity
        return ctc_loss(log_probs, targets, input_lengths, target_lengths, *options)

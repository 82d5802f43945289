"""An epoch of training: all samples once, a step for each batch, then the weights are judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

from ..data import batches
from ..optim import lr_scheduler
from ..optim.closure_optimizer import ClosureOptimizer
from ..utils import clip_grad_norm_, clip_grad_value_
from .arguments import Inputs, counts_of_labels, loss_of_samples
from .run import Run
from .step import is_watched, scalar_loss, train_step

__all__ = ["Trainer"]

Array = NDArray[Any]


class Trainer:
    """The epochs of a run; batches, clipping and schedule are as `run.settings` says.

    Attributes
    ----------
    x, y
        The samples.
    held_out
        x and y of the validation, or None.
    loss
        A function of prediction and target.
    rng
        The generator for shuffling.
    weights
        Of the samples in the loss, or None.
    metrics
        Functions of prediction and target, by name.
    full_steps
        True if the loss before each step judges the weights at no cost: all samples make a step, and none are held out.
    program
        The step as a program, or None.
    """

    def __init__(
        self,
        run: Run,
        x: Inputs,
        y: Array,
        held_out: tuple[Inputs, Array] | None,
        loss: Any,
        rng: np.random.Generator,
        weights: Array | None = None,
        metrics: Mapping[str, Any] | None = None,
        compile: bool = False,
    ) -> None:
        self.run, self.x, self.y, self.held_out, self.loss, self.rng = run, x, y, held_out, loss, rng
        self.weights, self.metrics = weights, dict(metrics or {})
        self.single_loss = None if weights is None else loss_of_samples(loss)
        settings = run.settings
        self.batch_size, self.shuffle = settings["batch_size"], settings["shuffle"]
        self.drop_last = settings["drop_last"]
        self.clip_grad_norm, self.clip_grad_value = settings["clip_grad_norm"], settings["clip_grad_value"]
        self.steps_by_batch = run.scheduler is not None and settings["schedule"] == "batch"
        self.steps_by_epoch = run.scheduler is not None and settings["schedule"] == "epoch"
        self.wants_loss = isinstance(run.scheduler, lr_scheduler.ReduceLROnPlateau)
        self.full_steps = self.batch_size is None and held_out is None
        self.parameters = [p for group in run.optimizer.param_groups for p in group["params"]]
        clips = self.clip_grad_norm is not None or self.clip_grad_value is not None
        judges_buffers = self.full_steps and run.has_buffers  # as they are between forward and update
        plain = weights is None and len(x.arrays) == 1 and x.names is None  # one input, and the loss as it was given
        watched = is_watched(run.model)
        can = compile and plain and not (clips or judges_buffers or watched or isinstance(run.optimizer, ClosureOptimizer))
        self.program: Any = train_step(run.model, loss, run.optimizer, compile=True) if can else None

    def train_epoch(self, epoch: int) -> None:
        """Go through all samples once, note the losses, and remember the weights if they are the best."""
        run, history = self.run, self.run.history
        latest, seen = 0.0, 0.0
        for rows in self.batches(self.x, self.y, self.weights, shuffle=self.shuffle, drop_last=self.drop_last):
            share = float(len(rows[0])) if self.weights is None else float(rows[-1].sum())
            latest, seen = latest + self.step(rows, epoch) * share, seen + share
            if self.steps_by_batch:
                run.scheduler.step()
        if not seen:
            raise ValueError(
                f"fit: drop_last leaves no batch: {len(self.y)} samples are fewer than batch_size={self.batch_size}."
            )
        latest /= seen
        history.loss.append(latest)
        history.lr.append(float(run.optimizer.param_groups[0]["lr"]))
        if self.held_out is not None or self.metrics:
            modes = [(module, module.training) for module in run.model.modules()]
            run.model.eval()
            if self.held_out is not None:
                latest = self.finite("validation loss", self.judged(*self.held_out), epoch, self.held_out[1])
                history.validation_loss.append(latest)
            self.note_metrics(*(self.held_out or (self.x, self.y)))
            for module, mode in modes:  # some may be meant to stay in eval mode
                module.training = mode
        if not self.full_steps:
            run.note_if_best(latest, epoch)
        if self.steps_by_epoch:
            run.scheduler.step(latest) if self.wants_loss else run.scheduler.step()

    def batches(self, x: Inputs, y: Array, weights: Array | None, **options: Any) -> Iterator[tuple[Array, ...]]:
        """The rows of the inputs, of y and, if there are any, of the weights, a batch at a time."""
        arrays = [*x.arrays, y] if weights is None else [*x.arrays, y, weights]
        return batches(*arrays, batch_size=self.batch_size, rng=self.rng, **options)

    def loss_of(self, rows: tuple[Array, ...]) -> Any:
        """The loss of a batch: the mean, or with weights the weighted mean of its samples."""
        count = len(self.x.arrays)
        prediction, y = self.x.call(self.run.model, rows[:count]), rows[count]
        if self.weights is None:
            return self.loss(prediction, y)
        single: Any = self.single_loss(prediction, y)  # type: ignore[misc]
        if single.shape[:1] != y.shape[:1]:
            raise ValueError(f"fit: the loss of each sample has shape {single.shape}, and there are {len(y)} samples.")
        weights = rows[count + 1].astype(single.dtype)
        means = single.reshape(len(y), -1).mean(axis=1)
        counts = counts_of_labels(self.single_loss, y)
        counted = weights if counts is None else weights * counts.reshape(len(y), -1).mean(axis=1)
        return (means * weights).sum() / (float(counted.sum()) or 1.0)

    def step(self, rows: tuple[Array, ...], epoch: int) -> float:
        """One step of the optimiser; the loss before it."""
        run, optimizer = self.run, self.run.optimizer
        if self.program is not None:
            before = run.drawn() if self.program.programs == 0 else []
            weights = run.weights() if self.full_steps else None
            try:
                loss = float(self.program(*rows).item())
            except ag.CannotRecord:  # which has changed nothing but the generators
                self.program = None
                for rng, state in before:
                    rng.bit_generator.state = state
            else:
                if self.full_steps:
                    run.note_if_best(loss, epoch, weights)
                return self.finite("loss", loss, epoch, rows[1])

        def closure() -> Any:  # L-BFGS calls it several times
            optimizer.zero_grad()
            result = scalar_loss("fit", self.loss_of(rows))
            if self.full_steps:
                run.note_if_best(float(result.item()), epoch)
            result.backward()
            if self.clip_grad_norm is not None:
                clip_grad_norm_(self.parameters, self.clip_grad_norm)
            if self.clip_grad_value is not None:
                clip_grad_value_(self.parameters, self.clip_grad_value)
            return result

        return self.finite("loss", float(optimizer.step(closure).item()), epoch, rows[len(self.x.arrays)])

    def finite(self, kind: str, value: float, epoch: int, y: Array) -> float:
        """The loss of samples with these labels, unless it makes no sense to go on."""
        if math.isfinite(value):
            return value
        best, loss = self.run.history.best_epoch, self.run.history.best_loss
        kept = "weights it had" if best < 0 else f"weights of epoch {best} (loss {loss:.4g})"
        advice = self.nothing_counts(y) or "Try a smaller learning rate, standardise x and y, and look for nan in them."
        raise FloatingPointError(f"fit: the {kind} became {value} in epoch {epoch}; the model keeps the {kept}. {advice}")

    def nothing_counts(self, y: Array) -> str:
        """Why no label of a batch counts, if so: a mean of nothing is nan."""
        if y.dtype.kind not in "iu" or not y.size:
            return ""
        options = getattr(self.loss, "keywords", {})  # of functools.partial
        ignored = getattr(self.loss, "ignore_index", options.get("ignore_index", -100))
        weight = getattr(self.loss, "weight", options.get("weight"))
        counted = y[y != ignored]
        if not counted.size:
            return f"All labels of a batch are to be ignored ({ignored}): leave such samples out, or take larger batches."
        if weight is not None and counted.min() >= 0 and not np.asarray(weight)[counted].any():
            return "The weights of all classes in a batch are 0: leave such samples out, or take larger batches."
        return ""

    def judged(self, x: Inputs, y: Array) -> float:
        """The mean loss over samples, without a step."""
        total, weights = 0.0, self.weights if y is self.y else None
        everything = len(y) if weights is None else float(weights.sum())
        with ag.no_grad():
            for rows in self.batches(x, y, weights, shuffle=False):
                # a model of derivatives gives arrays where none records
                prediction = self.loss_of(rows) if weights is not None or self.weights is None else self.plain_loss(x, rows)
                share = len(rows[0]) if weights is None else float(rows[-1].sum())
                total += float(scalar_loss("fit", ag.as_tensor(prediction), learns=False).item()) * (share / everything)
        return total

    def plain_loss(self, x: Inputs, rows: tuple[Array, ...]) -> Any:
        """The loss of samples that have no weights."""
        return self.loss(x.call(self.run.model, rows[:-1]), rows[-1])

    def note_metrics(self, x: Inputs, y: Array) -> None:
        """The metrics of all samples together."""
        if not self.metrics:
            return
        with ag.no_grad():
            parts = [x.call(self.run.model, rows[:-1]) for rows in self.batches(x, y, None, shuffle=False)]
        prediction = np.concatenate([part.data if isinstance(part, ag.Tensor) else np.asarray(part) for part in parts])
        for name, metric in self.metrics.items():
            value = np.asarray(metric(prediction, y))
            if value.size != 1 or value.dtype.kind not in "biuf":
                what = f"an array of shape {value.shape}" if value.ndim else repr(value.item())
                raise TypeError(f"fit: the metric {name!r} gave {what}; it must give a number, such as the mean. Write .mean().")
            self.run.history.metrics.setdefault(name, []).append(float(value.item()))

    def judge_last_step(self) -> None:
        """Remember the weights after the last step if they are the best; others than `full_steps` have been judged already."""
        if self.full_steps:
            self.run.note_if_best(self.judged(self.x, self.y), len(self.run.history.loss))

"""An epoch of training: all samples once, a step for each batch, then the weights are judged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

from ..data import batches
from ..optim import lr_scheduler
from ..optim.closure_optimizer import ClosureOptimizer
from ..utils import clip_grad_norm_, clip_grad_value_
from .history import History
from .run import Run
from .step import train_step

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
    full_steps
        True if the loss before each step judges the weights at no cost: all samples make a step, and none are held out.
    program
        The step as a program, or None.
    """

    def __init__(
        self, run: Run, x: Array, y: Array, held_out: tuple[Array, Array] | None, loss: Any, rng: np.random.Generator,
        compile: bool = False,
    ) -> None:  # fmt: skip
        self.run, self.x, self.y, self.held_out, self.loss, self.rng = run, x, y, held_out, loss, rng
        settings = run.settings
        self.batch_size, self.shuffle = settings["batch_size"], settings["shuffle"]
        self.clip_grad_norm, self.clip_grad_value = settings["clip_grad_norm"], settings["clip_grad_value"]
        self.steps_by_batch = run.scheduler is not None and settings["schedule"] == "batch"
        self.steps_by_epoch = run.scheduler is not None and settings["schedule"] == "epoch"
        self.wants_loss = isinstance(run.scheduler, lr_scheduler.ReduceLROnPlateau)
        self.full_steps = self.batch_size is None and held_out is None
        self.parameters = [p for group in run.optimizer.param_groups for p in group["params"]]
        clips = self.clip_grad_norm is not None or self.clip_grad_value is not None
        judges_buffers = self.full_steps and run.has_buffers  # as they are between forward and update
        can = compile and not (clips or judges_buffers or isinstance(run.optimizer, ClosureOptimizer))
        self.program: Any = train_step(run.model, loss, run.optimizer, compile=True) if can else None

    def train_epoch(self, epoch: int) -> None:
        """Go through all samples once, note the losses, and remember the weights if they are the best."""
        run, history, x, y = self.run, self.run.history, self.x, self.y
        latest = 0.0
        for batch_x, batch_y in batches(x, y, batch_size=self.batch_size, shuffle=self.shuffle, rng=self.rng):
            latest += self.step(batch_x, batch_y, epoch) * (len(batch_x) / len(x))
            if self.steps_by_batch:
                run.scheduler.step()
        history.loss.append(latest)
        history.lr.append(float(run.optimizer.param_groups[0]["lr"]))
        if self.held_out is not None:
            run.model.eval()
            latest = finite_loss("validation loss", self.judged(*self.held_out), epoch, history)
            run.model.train()
            history.validation_loss.append(latest)
        if not self.full_steps:
            run.note_if_best(latest, epoch)
        if self.steps_by_epoch:
            run.scheduler.step(latest) if self.wants_loss else run.scheduler.step()

    def step(self, batch_x: Array, batch_y: Array, epoch: int) -> float:
        """One step of the optimiser; the loss before it."""
        run, optimizer = self.run, self.run.optimizer
        if self.program is not None:
            before = run.drawn() if self.program.programs == 0 else []
            weights = run.weights() if self.full_steps else None
            try:
                loss = float(self.program(batch_x, batch_y).item())
            except ag.CannotRecord:  # which has changed nothing but the generators
                self.program = None
                for rng, state in before:
                    rng.bit_generator.state = state
            else:
                if self.full_steps:
                    run.note_if_best(loss, epoch, weights)
                return finite_loss("loss", loss, epoch, run.history)

        def closure() -> Any:  # L-BFGS calls it several times
            optimizer.zero_grad()
            result = scalar_loss(self.loss(run.model(batch_x), batch_y))
            if self.full_steps:
                run.note_if_best(float(result.item()), epoch)
            result.backward()
            if self.clip_grad_norm is not None:
                clip_grad_norm_(self.parameters, self.clip_grad_norm)
            if self.clip_grad_value is not None:
                clip_grad_value_(self.parameters, self.clip_grad_value)
            return result

        return finite_loss("loss", float(optimizer.step(closure).item()), epoch, run.history)

    def judged(self, x: Array, y: Array) -> float:
        """The mean loss over samples, without a step."""
        total = 0.0
        with ag.no_grad():
            for batch_x, batch_y in batches(x, y, batch_size=self.batch_size, shuffle=False):
                # a model of derivatives gives arrays where none records
                result = ag.as_tensor(self.loss(self.run.model(batch_x), batch_y))
                total += float(scalar_loss(result).item()) * (len(batch_x) / len(x))
        return total

    def judge_last_step(self) -> None:
        """Remember the weights after the last step if they are the best; others than `full_steps` have been judged already."""
        if self.full_steps:
            self.run.note_if_best(self.judged(self.x, self.y), len(self.run.history.loss))


def scalar_loss(result: Any) -> ag.Tensor:
    """The loss of a step, if it is one Tensor with one element."""
    if not isinstance(result, ag.Tensor) or result.size != 1:
        what = f"a Tensor of shape {result.shape}" if isinstance(result, ag.Tensor) else f"a {type(result).__name__}"
        raise TypeError(f"fit: the loss must be a Tensor with a single number, not {what}. Write reduction='mean'.")
    return result


def finite_loss(kind: str, value: float, epoch: int, history: History) -> float:
    """The loss, unless it makes no sense to go on."""
    if math.isfinite(value):
        return value
    kept = "weights it had" if history.best_epoch < 0 else f"weights of epoch {history.best_epoch} (loss {history.best_loss:.4g})"
    raise FloatingPointError(
        f"fit: the {kind} became {value} in epoch {epoch}; the model keeps the {kept}. "
        f"Try a smaller learning rate, standardise x and y, and look for nan in them."
    )

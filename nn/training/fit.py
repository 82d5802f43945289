"""Training: the loop that everyone writes, once."""

from __future__ import annotations

import errno
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from .. import functional as F
from ..data import batches, real_numbers, whole_number
from ..module import Module
from ..optim import Adam, LevenbergMarquardt, Optimizer, lr_scheduler
from ..random import Rng, generator
from ..storage import StorageError, load, save
from ..utils import clip_grad_norm_, clip_grad_value_
from .history import History
from .progress import shown
from .run import Run

__all__ = ["fit"]

Array = NDArray[Any]


def fit(
    model: Module,
    x: ArrayLike,
    y: ArrayLike,
    *,
    loss: Callable[[Any, Any], Any] = F.mse_loss,
    optimizer: Optimizer | None = None,
    epochs: int = 1000,
    batch_size: int | None = None,
    shuffle: bool = True,
    rng: Rng = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    patience: int | None = None,
    scheduler: Any = None,
    schedule: str = "epoch",
    clip_grad_norm: float | None = None,
    clip_grad_value: float | None = None,
    callbacks: Sequence[Callable[[Run], bool | None]] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1,
    resume: bool = False,
    progress: bool | None = None,
) -> History:
    """Train `model` to give `y` for `x`, and leave it with the best weights it had.

    Parameters
    ----------
    model
        Called with x or a batch of its rows.
    x, y
        Arrays with one sample in each row.
    loss
        A function or module of (prediction, target) that returns a number; default: the mean squared error.
    optimizer
        Default: `Adam(model.parameters())`, with a learning rate of 1e-3.
    epochs
        How often all samples are gone through.
    batch_size
        How many samples make a step; default: all of them.
    shuffle
        Whether batches are drawn anew each epoch, from `rng`.
    rng
        Generator or seed for shuffling; default: the one of `nn.manual_seed`.
    validation
        x and y of other samples. Then the best weights are those with the least loss on them, after an epoch, in `eval` mode.
    patience
        Stop when that many epochs have not lowered the validation loss; default: never.
    scheduler
        From `nn.optim.lr_scheduler`, made of the same optimizer. `ReduceLROnPlateau` gets the validation loss, or the loss if
        there is none.
    schedule
        "epoch" or "batch": after which the scheduler is stepped.
    clip_grad_norm, clip_grad_value
        The largest norm of all gradients together, and the largest size of an element; default: any.
    callbacks
        Functions called with the `Run` after each epoch; one that returns True ends the training.
    checkpoint
        A file, `.npz` or `.safetensors`, into which the whole run is saved.
    checkpoint_every
        After how many epochs it is saved; and after the last.
    resume
        Go on from `checkpoint` if the file is there, to exactly the weights and history that the run would have had without
        a break. `epochs` counts from the very beginning.
    progress
        Show losses, learning rate and speed on standard error: with tqdm when it is installed, else as a plain line. Default:
        when that is a terminal.

    Returns
    -------
    History
        The losses. Ctrl-C ends the training early and is noted there.

    Raises
    ------
    TypeError
        x or y is not of real numbers, or an option is of another kind.
    ValueError
        x and y have different numbers of rows, or none; a count is no whole number; patience without validation; a
        scheduler of another optimizer; a checkpoint of another run.
    FloatingPointError
        The loss became infinite or nan; the model has the best weights it had before.
    StorageError
        `checkpoint` is damaged.
    FileExistsError
        `checkpoint` is there already, and `resume` was not asked for.

    Notes
    -----
    A checkpoint has the weights, buffers and best weights, the states of optimizer, scheduler and random generators
    (shuffling, those that modules hold as attributes, and the default one), and the history. `nn.load(file)["model"]` is a
    `state_dict`. What a module or a callback keeps otherwise is not in it.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 9).reshape(-1, 1)
    >>> model = nn.Linear(1, 1, rng=0)
    >>> history = nn.fit(model, x, 3 * x + 1, optimizer=nn.optim.Adam(model.parameters(), lr=0.05), epochs=500)
    >>> model.weight.data.round(3), model.bias.data.round(3)
    (array([[3.]]), array([1.]))
    """
    x, y = samples("", x, y)
    held_out = None if validation is None else samples("validation ", *pair(validation))
    counts = {"batch_size": batch_size, "epochs": epochs, "patience": patience, "checkpoint_every": checkpoint_every}
    for name, number in counts.items():
        if number is not None or name in ("epochs", "checkpoint_every"):
            whole_number("fit", name, number, 0 if name == "epochs" else 1)
    for name, largest in (("clip_grad_norm", clip_grad_norm), ("clip_grad_value", clip_grad_value)):
        if largest is not None and not (isinstance(largest, (int, float, np.number)) and largest >= 0):
            raise ValueError(f"fit: {name}={largest!r} must be a number that is not negative.")
    for name, switch in (("shuffle", shuffle), ("resume", resume), ("progress", progress)):
        if switch not in (True, False) and not (name == "progress" and switch is None):
            raise TypeError(f"fit: {name}={switch!r}; write True or False.")
    for name, given, kind in (("loss", loss, "nn.MSELoss()"), ("optimizer", optimizer, "nn.optim.Adam(model.parameters())")):
        if isinstance(given, type):
            raise TypeError(f"fit: {name} is the class {given.__name__}; pass an object of it, such as {kind}.")
    if not callable(loss):
        raise TypeError(f"fit: loss={loss!r} is no function; write nn.functional.mse_loss, for example.")
    if not (optimizer is None or isinstance(optimizer, Optimizer)):
        raise TypeError(f"fit: optimizer={optimizer!r} is no optimizer; write nn.optim.Adam(model.parameters()).")
    if not isinstance(callbacks, (tuple, list)) or not all(callable(callback) for callback in callbacks):
        raise TypeError(f"fit: callbacks={callbacks!r} must be a list of functions; write [callback].")
    if not isinstance(model, Module):
        raise TypeError(f"fit: model is a {type(model).__name__}, not a Module: there are no parameters to train.")
    if patience is not None and held_out is None:
        raise ValueError("fit: patience needs data to judge by. Write validation=(x_validation, y_validation).")
    if optimizer is None:
        optimizer = Adam(model.parameters())
    if isinstance(optimizer, LevenbergMarquardt):
        raise TypeError(
            "fit: LevenbergMarquardt wants residuals, not a loss. Write nn.optim.least_squares_fit, or call its step."
        )
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if {id(p) for p in parameters}.isdisjoint(id(p) for p in model.parameters()):
        raise ValueError(
            "fit: the optimizer has none of the parameters of the model. Make it of model.parameters(), after the model."
        )
    wants_loss = checked(scheduler, schedule, optimizer)
    own_rng, rng = rng is not None, generator(rng)
    settings = {
        "x": x.shape, "y": y.shape, "batch_size": batch_size, "shuffle": shuffle, "own rng": own_rng, "schedule": schedule,
        "clip_grad_norm": clip_grad_norm, "clip_grad_value": clip_grad_value, "validation": held_out is not None,
    }  # fmt: skip
    run = Run(model, optimizer, scheduler, rng, settings)
    history = run.history
    begin(run, checkpoint, resume)
    full_steps = batch_size is None and held_out is None  # then the loss before a step judges the weights at no cost

    def step(batch_x: Array, batch_y: Array, epoch: int) -> float:
        """One step of the optimiser; the loss before it."""

        def closure() -> Any:  # L-BFGS calls it several times
            optimizer.zero_grad()
            result = single(loss(model(batch_x), batch_y))
            if full_steps:
                run.credit(float(result.item()), epoch)
            result.backward()
            if clip_grad_norm is not None:
                clip_grad_norm_(parameters, clip_grad_norm)
            if clip_grad_value is not None:
                clip_grad_value_(parameters, clip_grad_value)
            return result

        return finite("loss", float(optimizer.step(closure).item()), epoch, history)

    def judged(x: Array, y: Array) -> float:
        """The mean loss over samples, without a step."""
        total = 0.0
        with ag.no_grad():
            for batch_x, batch_y in batches(x, y, batch_size=batch_size, shuffle=False):
                result = ag.as_tensor(loss(model(batch_x), batch_y))  # a model of derivatives gives arrays where none records
                total += float(single(result).item()) * (len(batch_x) / len(x))
        return total

    def is_over() -> bool:
        return history.stopped_early or (patience is not None and len(history.loss) > history.best_epoch + patience)

    modes = [(module, module.training) for module in model.modules()]
    model.train()
    started = time.perf_counter() - history.seconds
    try:
        for epoch in shown(len(history.loss), epochs, history, progress):
            if is_over():
                history.stopped_early = True
                break
            latest = 0.0
            for batch_x, batch_y in batches(x, y, batch_size=batch_size, shuffle=shuffle, rng=rng):
                latest += step(batch_x, batch_y, epoch) * (len(batch_x) / len(x))
                if schedule == "batch":
                    scheduler.step()
            history.loss.append(latest)
            history.lr.append(float(optimizer.param_groups[0]["lr"]))
            if held_out is not None:
                model.eval()
                latest = finite("validation loss", judged(*held_out), epoch, history)
                model.train()
                history.validation_loss.append(latest)
            if not full_steps:
                run.credit(latest, epoch)
            if scheduler is not None and schedule == "epoch":
                scheduler.step(latest) if wants_loss else scheduler.step()
            answers = [asked_to_stop(callback(run)) for callback in callbacks]
            history.stopped_early = any(answers)
            if checkpoint is not None and (len(history.loss) % checkpoint_every == 0 or epoch == epochs - 1 or is_over()):
                history.seconds = time.perf_counter() - started
                save(checkpoint, run.state_dict())
        if full_steps:
            run.credit(judged(x, y), len(history.loss))
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        run.restore_best()
        for module, mode in modes:
            module.training = mode
        history.seconds = time.perf_counter() - started
    return history


# -- what is refused --------------------------------------------------------------------------------------------------


def samples(what: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Both as arrays of numbers, if they have the same number of rows, and some."""
    x, y = real_numbers("fit", f"{what}x", x), real_numbers("fit", f"{what}y", y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"fit: {what}x has shape {x.shape}, {what}y has shape {y.shape}; both need one row for each sample, and at least one."
        )
    return x, y


def pair(validation: Any) -> Any:
    """The two things that a tuple or list holds."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"fit: validation is a {type(validation).__name__}; write validation=(x_validation, y_validation).")
    return validation


def checked(scheduler: Any, schedule: str, optimizer: Optimizer) -> bool:
    """Whether the scheduler's step wants a loss, if there is a scheduler and it can be used so."""
    if schedule not in ("epoch", "batch"):
        raise ValueError(f"fit: schedule={schedule!r}; write 'epoch' or 'batch'.")
    if scheduler is None:
        if schedule == "batch":
            raise ValueError("fit: schedule='batch', but there is no scheduler.")
        return False
    if getattr(scheduler, "optimizer", None) is not optimizer:
        raise ValueError("fit: the scheduler is not one of the optimizer. Make it of the optimizer that is passed here, too.")
    wants_loss = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
    if wants_loss and schedule == "batch":
        raise ValueError(f"fit: a {type(scheduler).__name__} goes by the loss of an epoch; write schedule='epoch'.")
    return wants_loss


def begin(run: Run, checkpoint: str | os.PathLike[str] | None, resume: bool) -> None:
    """Go on from the checkpoint if that is asked for; else make the first one, so that what cannot be saved is told at once."""
    if checkpoint is None:
        if resume:
            raise ValueError("fit: resume needs a file to go on from. Write checkpoint='run.npz'.")
    elif not Path(checkpoint).is_file():
        save(checkpoint, run.state_dict())
    elif resume:
        try:
            run.load_state_dict(load(checkpoint))
        except StorageError:
            raise
        except ValueError as error:
            raise ValueError(f"fit: {os.fspath(checkpoint)}: {error}") from error
    else:
        raise FileExistsError(
            errno.EEXIST,
            "fit: there is a checkpoint already; write resume=True to go on from it, or delete it",
            os.fspath(checkpoint),
        )


def asked_to_stop(answer: Any) -> bool:
    """What a callback returned, if it is None or a truth value."""
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return bool(answer)
    raise TypeError(
        f"fit: a callback returned a {type(answer).__name__}; it may return True, to end the training, False or None."
    )


def single(result: Any) -> ag.Tensor:
    """The loss of a step, if it is one Tensor with one element."""
    if not isinstance(result, ag.Tensor) or result.size != 1:
        what = f"a Tensor of shape {result.shape}" if isinstance(result, ag.Tensor) else f"a {type(result).__name__}"
        raise TypeError(f"fit: the loss must be a Tensor with a single number, not {what}. Write reduction='mean'.")
    return result


def finite(kind: str, value: float, epoch: int, history: History) -> float:
    """A loss, unless it makes no sense to go on."""
    if math.isfinite(value):
        return value
    kept = "weights it had" if history.best_epoch < 0 else f"weights of epoch {history.best_epoch} (loss {history.best_loss:.4g})"
    raise FloatingPointError(
        f"fit: the {kind} became {value} in epoch {epoch}; the model keeps the {kept}. "
        f"Try a smaller learning rate, standardise x and y, and look for nan in them."
    )

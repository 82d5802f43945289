"""Training: the loop that everyone writes, once."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..losses import mse_loss
from ..module import Module
from ..optim import Optimizer
from ..random import Rng, generator
from ..storage import StorageError, load, save
from ..storage.files import save_for_trial
from .arguments import (
    check_counts,
    check_kinds,
    check_limits,
    check_metrics,
    check_schedule,
    check_switches,
    held_out_samples,
    samples,
    suitable_optimizer,
    weights_of_samples,
)
from .history import History
from .progress import with_progress
from .run import Run
from .standstill import warn_of_standstill, warn_of_strangers
from .trainer import Trainer

__all__ = ["fit"]


def fit(
    model: Module,
    x: Any,
    y: ArrayLike,
    *,
    loss: Callable[[Any, Any], Any] = mse_loss,
    optimizer: Optimizer | None = None,
    epochs: int = 1000,
    batch_size: int | None = None,
    shuffle: bool = True,
    drop_last: bool = False,
    rng: Rng = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Mapping[Any, float] | str | None = None,
    validation: tuple[Any, ArrayLike] | None = None,
    metrics: Mapping[str, Callable[[Any, Any], Any]] | None = None,
    patience: int | None = None,
    scheduler: Any = None,
    schedule: str = "epoch",
    clip_grad_norm: float | None = None,
    clip_grad_value: float | None = None,
    callbacks: Sequence[Callable[[Run], bool | None]] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | float | None = None,
    resume: bool = False,
    progress: bool | None = None,
    compile: bool = False,
    keep_weights: int | None = None,
) -> History:
    """Train `model` to give `y` for `x`, and leave it with the best weights it had.

    Parameters
    ----------
    model
        Called with x or a batch of its rows. Parts in `eval` mode stay in it, unless the whole model is in it.
    x, y
        Arrays with one sample in each row. x may also be a tuple of arrays, for a model of several arguments, or a dict of
        them by the names of these.
    loss
        A function or module of (prediction, target) that returns a number; default: the mean squared error.
    optimizer
        Default: `Adam(model.parameters())`, with a learning rate of 1e-3.
    epochs
        The number of times that all samples are gone through.
    batch_size
        The number of samples in a step; default: all of them.
    shuffle
        Draw the batches anew each epoch, from `rng`.
    drop_last
        Leave the last batch of an epoch out if it is smaller than the others.
    rng
        Generator or seed for shuffling; default: the one of `nn.manual_seed`.
    sample_weight
        A number for each sample: the loss is the weighted mean. The loss needs the option `reduction`, as ours have it. The class
        weights of a loss, and the labels it ignores, are seen in ours and in `functools.partial` of them.
    class_weight
        A weight for the samples of each label in y: a dict, or "balanced" for such that all classes count the same.
    metrics
        Functions of (prediction, target), arrays, by name: their values after each epoch, over all validation data, or over the
        samples where there are none, are in `history.metrics`.
    validation
        x and y of other samples. Then the best weights are those with the least loss on them, after an epoch, in `eval` mode.
    patience
        Stop when that many epochs have not lowered the validation loss; default: never.
    scheduler
        From `nn.optim.lr_scheduler`, made of the same optimizer. `ReduceLROnPlateau` gets the validation loss, or the loss if
        there is none.
    schedule
        "epoch" or "batch": the scheduler is stepped after each.
    clip_grad_norm, clip_grad_value
        The largest norm of all gradients together, and the largest size of an element; default: any.
    callbacks
        Functions called with the `Run` after each epoch; one that returns True ends the training.
    checkpoint
        A file, `.npz` or `.safetensors`, into which the whole run is saved.
    checkpoint_every
        It is saved after so many epochs if this is an int, or so many seconds if it is a float; and after the last. Default: as
        often as takes a fiftieth of the time. Ctrl-C or an error saves the last whole epoch.
    resume
        Go on from `checkpoint` if the file is there, to exactly the weights and history that the run would have had without
        a break. `epochs` counts from the very beginning.
    progress
        Show losses, learning rate and speed on standard error: with tqdm when it is installed, else as a plain line. Default:
        when that is a terminal.
    compile
        True: steps run as programs of NumPy calls where they can, with the same numbers (see `train_step`): not with
        clipped gradients, an optimizer that calls the loss itself, or within `nn.record`, which train as without. It pays from
        some hundred steps on. A program does not call what prints, counts or changes numbers of its own, and keeps no gradients:
        so it is not the default.
    keep_weights
        The number of epochs, at least 2, of which the weights are kept in `history.weights`, for `nn.film`: evenly spread over
        all, with those before the first and after the last. Default: none.

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
        scheduler that was made for another optimizer; a checkpoint of another run.
    FloatingPointError
        The loss became infinite or nan; the model has the best weights it had before.
    StorageError
        `checkpoint` is damaged.
    TrainingWarning
        A warning: the loss did not fall, units are dead or saturated in all samples, or parameters of the model are not in the
        optimizer; it names the layer and the remedy.
    FileExistsError
        `checkpoint` is there already, and `resume` was not asked for.

    Notes
    -----
    A checkpoint has the weights, buffers and best weights, the states of optimizer, scheduler and random generators
    (shuffling, those that modules hold as attributes, and the default one), and the history. `nn.load(file)["model"]` is a
    `state_dict`. Anything else that a module or a callback keeps is not in it.

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
    held_out = held_out_samples(validation, x)
    check_counts(batch_size=batch_size, epochs=epochs, patience=patience, keep_weights=keep_weights)
    check_interval(checkpoint_every)
    check_metrics(metrics)
    check_limits(clip_grad_norm=clip_grad_norm, clip_grad_value=clip_grad_value)
    check_switches(shuffle=shuffle, drop_last=drop_last, resume=resume, progress=progress, compile=compile)
    check_kinds(model, loss, optimizer, callbacks)
    if patience is not None and held_out is None:
        raise ValueError("fit: patience needs data to judge by. Write validation=(x_validation, y_validation).")
    optimizer = suitable_optimizer(optimizer, model)
    batches = len(y) // batch_size if batch_size and drop_last else -(-len(y) // (batch_size or len(y)))
    check_schedule(scheduler, schedule, optimizer, epochs, batches, to_the_end=patience is None and not callbacks)
    weights = weights_of_samples(sample_weight, class_weight, y)
    settings = {
        "x": x.shape, "y": y.shape, "batch_size": batch_size, "shuffle": shuffle, "own rng": rng is not None,
        "schedule": schedule, "clip_grad_norm": clip_grad_norm, "clip_grad_value": clip_grad_value,
        "validation": held_out is not None, "drop_last": drop_last, "weights": weights is not None,
    }  # fmt: skip
    rng = generator(rng)
    run = Run(model, optimizer, scheduler, rng, settings, loss, keep_weights)
    begin(run, checkpoint, resume)
    known = warn_of_strangers(model, optimizer)
    trainer = Trainer(run, x, y, held_out, loss, rng, weights, metrics, compile)
    train(trainer, epochs, patience, callbacks, Checkpoints(run, checkpoint, checkpoint_every), progress)
    warn_of_strangers(model, optimizer, known)
    warn_of_standstill(model, x, run.history)
    return run.history


def begin(run: Run, checkpoint: str | os.PathLike[str] | None, resume: bool) -> None:
    """Go on from the checkpoint if asked to; else rehearse the first one, so that a run that cannot be saved fails at once."""
    if checkpoint is None:
        if resume:
            raise ValueError("fit: resume needs a file to go on from. Write checkpoint='run.npz'.")
    elif not os.path.isfile(os.fspath(checkpoint)):
        save_for_trial(run.state_dict(), checkpoint)
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


def train(
    trainer: Trainer,
    epochs: int,
    patience: int | None,
    callbacks: Sequence[Callable[[Run], bool | None]],
    checkpoints: Checkpoints,
    progress: bool | None,
) -> None:
    """Train epoch after epoch, until all are done, patience runs out, a callback or Ctrl-C ends it; keep the best weights."""
    run, history = trainer.run, trainer.run.history

    def is_over() -> bool:
        return history.stopped_early or (patience is not None and len(history.loss) > history.best_epoch + patience)

    modes = [(module, module.training) for module in run.model.modules()]
    if not run.model.training:  # else parts in eval mode are meant to be in it
        run.model.train()
    started = time.perf_counter() - history.seconds
    run.keep_weights()
    try:
        for epoch in with_progress(len(history.loss), epochs, history, progress):
            if is_over():
                history.stopped_early = True
                break
            checkpoints.whole = False
            trainer.train_epoch(epoch)
            run.keep_weights()
            checkpoints.whole = True
            answers = [asked_to_stop(callback(run)) for callback in callbacks]
            history.stopped_early = any(answers)
            history.seconds = time.perf_counter() - started
            checkpoints.note(last=epoch == epochs - 1 or is_over())
        trainer.judge_last_step()
    except KeyboardInterrupt:
        checkpoints.rescue()
        history.interrupted = True
    except BaseException:  # such as SystemExit, by which a handler of signals ends a program
        checkpoints.rescue()
        raise
    finally:
        run.keep_weights(last=True)
        run.restore_best()
        for module, mode in modes:
            module.training = mode
        history.seconds = time.perf_counter() - started


class Checkpoints:
    """When a run is saved: by epochs, by seconds, or as often as takes a fiftieth of the time; and its last whole epoch."""

    def __init__(self, run: Run, path: str | os.PathLike[str] | None, every: int | float | None) -> None:
        self.run, self.path, self.every = run, path, every
        self.state = None if path is None else run.state_dict()  # of the last whole epoch that was noted, until it is saved
        self.whole = True  # the weights now are those between two epochs
        self.last_save = self.last_copy = time.perf_counter()
        self.busy = time.thread_time()  # seconds of computing, of which others on the machine take none, until the last copy
        self.cost_of_save, self.cost_of_copy = 0.02, 0.0  # seconds; the first is a guess until one is measured

    def note(self, last: bool) -> None:
        """After an epoch: save, keep a copy, or neither."""
        if self.path is None:
            return
        now, busy = time.perf_counter(), time.thread_time()
        if isinstance(self.every, (int, np.integer)):
            due = len(self.run.history.loss) % self.every == 0
        else:
            due = now - self.last_save >= (50 * self.cost_of_save if self.every is None else self.every)
        cheap = busy - self.busy >= 100 * self.cost_of_copy or now - self.last_copy >= 1 + 50 * self.cost_of_copy
        if due or last:
            save(self.run.state_dict(), self.path)
            self.state, self.last_save = None, time.perf_counter()
            self.cost_of_save = self.last_save - now
        elif cheap:
            self.state, self.last_copy, self.busy = self.run.state_dict(), now, time.thread_time()
            self.cost_of_copy = self.busy - busy  # so it takes a hundredth of the time, and no file

    def rescue(self) -> None:
        """Save the run if it is between two epochs, else its last copy if that is newer than the file."""
        state = self.run.state_dict() if self.whole else self.state
        if self.path is not None and state is not None:
            save(state, self.path)


def check_interval(every: Any) -> None:
    """Refuse what is neither a number of epochs nor of seconds."""
    whole = isinstance(every, (int, np.integer)) and not isinstance(every, bool) and every >= 1
    if not (every is None or whole or (isinstance(every, float) and every >= 0)):
        raise ValueError(f"fit: checkpoint_every={every!r} must be a whole number of epochs above 0, or a float of seconds.")


def asked_to_stop(answer: Any) -> bool:
    """The answer of a callback as a truth value, if it is one or None."""
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return bool(answer)
    raise TypeError(
        f"fit: a callback returned a {type(answer).__name__}; it may return True, to end the training, False or None."
    )

"""Training: the loop that everyone writes, once."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from . import functional as F
from .module import Module
from .optim import Adam, Optimizer
from .random import Rng, generator

__all__ = ["History", "fit"]


@dataclass
class History:
    """What happened in a training run."""

    loss: list[float] = field(default_factory=list)
    """The loss of each epoch, counted from 0: before its step, or with batches their mean during it."""
    best_loss: float = math.inf
    """The least loss: the model has its weights now."""
    best_epoch: int = -1
    """The epoch of the least loss; the number of epochs if it is the loss after the last step."""
    seconds: float = 0.0
    """How long it took."""
    interrupted: bool = False
    """Whether it was stopped with Ctrl-C."""

    def __repr__(self) -> str:
        best = f"best loss {self.best_loss:.4g} in epoch {self.best_epoch}"
        return f"History({len(self.loss)} epochs, {best}, {self.seconds:.1f} s{', interrupted' if self.interrupted else ''})"


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
    progress
        Show progress on standard error: with tqdm when it is installed, else a plain line. Default: when that is a
        terminal.

    Returns
    -------
    History
        The losses. Ctrl-C ends the training early and is noted there.

    Raises
    ------
    ValueError
        x and y have different numbers of rows, or none; batch_size is below 1.
    FloatingPointError
        The loss became infinite or nan; the model has the best weights it had before.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 9).reshape(-1, 1)
    >>> model = nn.Linear(1, 1, rng=0)
    >>> history = nn.fit(model, x, 3 * x + 1, optimizer=nn.optim.Adam(model.parameters(), lr=0.05), epochs=500)
    >>> model.weight.data.round(3), model.bias.data.round(3)
    (array([[3.]]), array([1.]))
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"fit: x has shape {x.shape}, y has shape {y.shape}; both need one row for each sample, and at least one."
        )
    for name, number, least in (("batch_size", batch_size, 1), ("epochs", epochs, 0)):
        if number is not None and (not isinstance(number, (int, np.integer)) or number < least):
            raise ValueError(f"fit: {name}={number!r} must be a whole number of at least {least}.")
    for name, given, kind in (("loss", loss, "nn.MSELoss()"), ("optimizer", optimizer, "nn.optim.Adam(model.parameters())")):
        if isinstance(given, type):
            raise TypeError(f"fit: {name} is the class {given.__name__}; pass an object of it, such as {kind}.")
    if not isinstance(model, Module):
        raise TypeError(f"fit: model is a {type(model).__name__}, not a Module: there are no parameters to train.")
    if optimizer is None:
        optimizer = Adam(model.parameters())
    rng = generator(rng)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if {id(p) for p in parameters}.isdisjoint(id(p) for p in model.parameters()):
        raise ValueError(
            "fit: the optimizer has none of the parameters of the model. Make it of model.parameters(), after the model."
        )
    history = History()
    best = weights_of(parameters)

    def credit(value: float, epoch: int) -> None:
        """Remember the weights of now if they are the best so far."""
        nonlocal best
        if value < history.best_loss:
            best, history.best_loss, history.best_epoch = weights_of(parameters), value, epoch

    modes = [(module, module.training) for module in model.modules()]
    model.train()
    started = time.perf_counter()
    try:
        for epoch in with_progress(epochs, history, progress):
            total = 0.0
            for batch_x, batch_y in batches(x, y, batch_size, shuffle, rng):
                optimizer.zero_grad()
                result = loss(model(batch_x), batch_y)
                value = finite(single(result), history)
                total += value * len(batch_x)
                if batch_size is None:
                    credit(value, epoch)
                result.backward()
                optimizer.step()
            history.loss.append(total / len(x))
            if batch_size is not None:
                credit(history.loss[-1], epoch)
        if batch_size is None:
            with ag.no_grad():
                credit(loss(model(x), y).item(), epochs)
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        for p, weights in zip(parameters, best, strict=True):
            p.data = weights
        for module, mode in modes:
            module.training = mode
        history.seconds = time.perf_counter() - started
    return history


def weights_of(parameters: list[ag.Tensor]) -> list[NDArray[Any]]:
    return [p.data.copy() for p in parameters]


def single(result: Any) -> float:
    """The loss of a step as a Python number, if it is one Tensor with one element."""
    if not isinstance(result, ag.Tensor) or result.size != 1:
        what = f"a Tensor of shape {result.shape}" if isinstance(result, ag.Tensor) else f"a {type(result).__name__}"
        raise TypeError(f"fit: the loss must be a Tensor with a single number, not {what}. Write reduction='mean'.")
    return float(result.item())


def finite(value: float, history: History) -> float:
    """The loss of a step, unless it makes no sense to go on."""
    if math.isfinite(value):
        return value
    kept = "weights it had" if history.best_epoch < 0 else f"weights of epoch {history.best_epoch} (loss {history.best_loss:.4g})"
    raise FloatingPointError(
        f"fit: the loss became {value} in epoch {len(history.loss)}; the model keeps the {kept}. "
        f"Try a smaller learning rate, standardise x and y, and look for nan in them."
    )


def batches(
    x: NDArray[Any], y: NDArray[Any], batch_size: int | None, shuffle: bool, rng: np.random.Generator
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """The samples of one epoch in batches, the last of which may be smaller."""
    if batch_size is None:
        yield x, y
        return
    order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def with_progress(epochs: int, history: History, progress: bool | None) -> Iterator[int]:
    """The numbers of the epochs, with the loss shown on standard error ten times a second."""
    if not (sys.stderr.isatty() if progress is None else progress):
        yield from range(epochs)
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield from with_plain_line(epochs, history)
        return
    due = 0.0
    with tqdm(total=epochs, unit="epoch", desc="fit", file=sys.stderr) as bar:
        for epoch in range(epochs):
            yield epoch
            if time.perf_counter() >= due or epoch == epochs - 1:
                bar.set_postfix_str(f"loss {history.loss[-1]:.4g}, best {history.best_loss:.4g}", refresh=False)
                bar.update(epoch + 1 - bar.n)
                due = time.perf_counter() + 0.1


def with_plain_line(epochs: int, history: History) -> Iterator[int]:
    """As `with_progress`, in a line that is written over."""
    due = 0.0
    try:
        for epoch in range(epochs):
            yield epoch
            if time.perf_counter() >= due or epoch == epochs - 1:
                print(f"\rfit: epoch {epoch + 1}/{epochs}, loss {history.loss[-1]:.4g}", end="  ", file=sys.stderr, flush=True)
                due = time.perf_counter() + 0.1
    finally:
        print(file=sys.stderr)

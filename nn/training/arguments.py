"""Arguments of `fit` that make no sense are refused before anything is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import real_numbers, whole_number
from ..module import Module
from ..optim import Adam, LevenbergMarquardt, Optimizer, lr_scheduler

__all__ = [
    "check_counts",
    "check_kinds",
    "check_limits",
    "check_schedule",
    "check_switches",
    "pair",
    "samples",
    "suitable_optimizer",
]

Array = NDArray[Any]


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


def check_counts(**counts: Any) -> None:
    """Refuse options that are no whole numbers; two may not be None, and `epochs` alone may be 0."""
    for name, number in counts.items():
        if number is not None or name in ("epochs", "checkpoint_every"):
            whole_number("fit", name, number, 0 if name == "epochs" else 1)


def check_limits(**limits: Any) -> None:
    """Refuse limits that are neither None nor numbers, or negative."""
    for name, largest in limits.items():
        if largest is not None and not (isinstance(largest, (int, float, np.number)) and largest >= 0):
            raise ValueError(f"fit: {name}={largest!r} must be a number that is not negative.")


def check_switches(**switches: Any) -> None:
    """Refuse options that are neither True nor False; `progress` may be None."""
    for name, switch in switches.items():
        if switch not in (True, False) and not (name == "progress" and switch is None):
            raise TypeError(f"fit: {name}={switch!r}; write True or False.")


def check_kinds(model: Any, loss: Any, optimizer: Any, callbacks: Any) -> None:
    """Refuse objects that cannot be what they are passed for."""
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


def suitable_optimizer(optimizer: Optimizer | None, model: Module) -> Optimizer:
    """The optimiser, by default Adam, if it goes by a loss and has parameters of the model."""
    if optimizer is None:
        optimizer = Adam(model.parameters())
    if isinstance(optimizer, LevenbergMarquardt):
        raise TypeError(
            "fit: LevenbergMarquardt wants residuals, not a loss. Write nn.optim.least_squares_fit, or call its step."
        )
    parameters = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if parameters.isdisjoint(id(p) for p in model.parameters()):
        raise ValueError(
            "fit: the optimizer has none of the parameters of the model. Make it of model.parameters(), after the model."
        )
    return optimizer


def check_schedule(scheduler: Any, schedule: str, optimizer: Optimizer) -> None:
    """Refuse a scheduler that cannot be stepped after each `schedule`, an epoch or a batch."""
    if schedule not in ("epoch", "batch"):
        raise ValueError(f"fit: schedule={schedule!r}; write 'epoch' or 'batch'.")
    if scheduler is None:
        if schedule == "batch":
            raise ValueError("fit: schedule='batch', but there is no scheduler.")
        return
    if getattr(scheduler, "optimizer", None) is not optimizer:
        raise ValueError(
            "fit: the scheduler is not one of the optimizer's: it was made for another optimizer. "
            "Make it of the optimizer that is passed here, too."
        )
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) and schedule == "batch":
        raise ValueError(f"fit: a {type(scheduler).__name__} goes by the loss of an epoch; write schedule='epoch'.")

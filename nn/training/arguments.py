"""Arguments of `fit` that make no sense are refused before anything is trained."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data import real_numbers
from ..losses import CrossEntropyLoss, NLLLoss, cross_entropy, nll_loss
from ..module import Module, in_range, whole_number
from ..optim import Adam, LevenbergMarquardt, Optimizer, lr_scheduler

__all__ = [
    "Inputs",
    "check_counts",
    "check_kinds",
    "check_limits",
    "check_metrics",
    "check_schedule",
    "check_switches",
    "counts_of_labels",
    "held_out_samples",
    "loss_of_samples",
    "samples",
    "suitable_optimizer",
    "weights_of_classes",
    "weights_of_samples",
]

Array = NDArray[Any]


class Inputs:
    """The inputs of a model with a row for each sample: one array, or several, which go to it in order or by name."""

    def __init__(self, what: str, x: Any) -> None:
        several = isinstance(x, Mapping) or (isinstance(x, tuple) and any(hasattr(part, "shape") for part in x))
        self.names = list(x) if isinstance(x, Mapping) else None
        parts = list(x.values() if isinstance(x, Mapping) else x) if several else [x]
        labels = [f"{what}x[{key!r}]" for key in (self.names or range(len(parts)))] if several else [f"{what}x"]
        self.arrays = [real_numbers("fit", label, part) for label, part in zip(labels, parts)]
        self.shape: Any = [array.shape for array in self.arrays] if several else self.arrays[0].shape

    @property
    def kind(self) -> str:
        """Words for one array, or several in order or by name."""
        if self.names is not None:
            return f"a dict of {self.names}"
        return "one array" if isinstance(self.shape, tuple) else f"a tuple of {len(self.arrays)} arrays"

    def call(self, model: Module, arrays: Sequence[Array]) -> Any:
        """The model of these rows of the inputs."""
        return model(*arrays) if self.names is None else model(**dict(zip(self.names, arrays)))


def samples(what: str, x: Any, y: ArrayLike) -> tuple[Inputs, Array]:
    """Both with numbers alone, if they have the same number of rows, and some."""
    inputs, y = Inputs(what, x), real_numbers("fit", f"{what}y", y)
    for array in inputs.arrays:
        if array.ndim == 0 or y.ndim == 0 or len(array) != len(y) or len(array) == 0:
            listed = isinstance(x, list) and all(np.shape(part)[:1] == y.shape[:1] for part in x)
            raise ValueError(
                f"fit: {what}x has shape {inputs.shape}, {what}y has shape {y.shape}; both need one row for each sample, "
                + ("as several inputs in a tuple have. Write x=(x1, x2)." if listed else "and at least one.")
            )
    return inputs, y


def held_out_samples(validation: Any, x: Inputs) -> tuple[Inputs, Array] | None:
    """The samples of the validation, if there are any, and if their inputs are of the kind of x."""
    if validation is None:
        return None
    held_out = samples("validation ", *pair(validation))
    if held_out[0].kind != x.kind:
        raise ValueError(
            f"fit: x is {x.kind}, validation x is {held_out[0].kind}: the model takes the same inputs of both. "
            "Write validation=(x, y), x a tuple or dict as that of the training is."
        )
    return held_out


def weights_of_samples(sample_weight: ArrayLike | None, class_weight: Any, y: Array) -> Array | None:
    """A weight for each sample: the one given, times that of its class; None if neither is given."""
    if sample_weight is None and class_weight is None:
        return None
    weights: Array = (
        np.ones(len(y)) if sample_weight is None else real_numbers("fit", "sample_weight", sample_weight).astype(float)
    )
    if weights.shape != (len(y),) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(
            f"fit: sample_weight has shape {weights.shape}; it must be {len(y)} numbers that are not negative, and not all 0."
        )
    if class_weight is None:
        return weights
    labels = y.reshape(len(y), -1)
    if labels.shape[1] != 1:
        raise ValueError(f"fit: class_weight needs a label for each sample, and y has shape {y.shape}. Write sample_weight=.")
    classes, which = np.unique(labels[:, 0], return_inverse=True)
    if not isinstance(class_weight, Mapping) and class_weight != "balanced":
        raise TypeError(f"fit: class_weight={class_weight!r}; write 'balanced', or a dict of a number for each class.")
    products: Array = np.multiply(weights, weights_of_classes("fit", class_weight, classes, which, weights))
    if not products.any():
        raise ValueError(f"fit: class_weight={class_weight!r} leaves no sample with a weight above 0.")
    return products


def weights_of_classes(name: str, class_weight: Any, classes: Array, which: Array, weights: Array) -> Array:
    """The weight of each sample's class: as given by label, else 1; or "balanced", such that all classes weigh the same."""
    if isinstance(class_weight, Mapping):
        labels = classes.tolist()
        complete = all(label in class_weight for label in labels)  # then y may lack some, as in a part of the samples
        for label, weight in class_weight.items():
            if label not in labels and not complete:
                raise ValueError(f"{name}: class_weight has {label!r}, which is no label in y; these are {labels}.")
            if not in_range(weight, 0):
                raise ValueError(f"{name}: class_weight[{label!r}]={weight!r} must be a finite number that is not negative.")
        found: Array = np.array([float(class_weight.get(label, 1.0)) for label in labels])
    else:
        total = np.bincount(which, weights)  # by which a sample of weight 2 counts as two, and one of weight 0 is not there
        found = np.where(total > 0, weights.sum() / (np.count_nonzero(total) * np.where(total > 0, total, 1.0)), 0.0)
    return found[which]


def loss_of_samples(loss: Any) -> Callable[[Any, Any], Any]:
    """The loss of each sample instead of their mean: by its option `reduction`."""
    if isinstance(loss, Module) and hasattr(loss, "reduction"):
        single = copy.copy(loss)
        single.reduction = "none"
        return single
    if not isinstance(loss, Module):
        with suppress(TypeError, ValueError):
            if "reduction" in inspect.signature(loss).parameters:
                return functools.partial(loss, reduction="none")
    raise TypeError(
        f"fit: sample_weight and class_weight need the loss of each sample, and {loss!r} has no option reduction. "
        "Write one of nn.functional, or a function with reduction='mean' as an option."
    )


def counts_of_labels(loss: Any, y: Array) -> Array | None:
    """What each label counts in a loss of classes: the weight of its class, or 0 if it is ignored. None: all count the same."""
    partial = isinstance(loss, functools.partial)
    if y.dtype.kind not in "iu" or not (
        isinstance(loss, (CrossEntropyLoss, NLLLoss)) or (partial and loss.func in (cross_entropy, nll_loss))
    ):
        return None
    options = loss.keywords if partial else {"weight": loss.weight, "ignore_index": loss.ignore_index}
    weight: Any = options.get("weight")
    counted: Array = np.not_equal(y, options.get("ignore_index", -100))
    return counted if weight is None else counted * np.asarray(weight)[np.where(counted, y, 0)]


def pair(validation: Any) -> Any:
    """The two things that a tuple or list holds."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"fit: validation is a {type(validation).__name__}; write validation=(x_validation, y_validation).")
    return validation


def check_counts(**counts: Any) -> None:
    """Refuse options that are no whole numbers; two may not be None, and `epochs` alone may be 0."""
    for name, number in counts.items():
        if number is not None or name == "epochs":
            whole_number("fit", name, number, {"epochs": 0, "keep_weights": 2}.get(name, 1))


def check_limits(**limits: Any) -> None:
    """Refuse limits that are neither None nor numbers, or negative."""
    for name, largest in limits.items():
        if largest is not None and not (isinstance(largest, (int, float, np.number)) and largest >= 0):
            raise ValueError(f"fit: {name}={largest!r} must be a number that is not negative.")


def check_metrics(metrics: Any) -> None:
    """Refuse metrics that are no functions by name."""
    if metrics is not None and not (isinstance(metrics, Mapping) and all(callable(metric) for metric in metrics.values())):
        raise TypeError(f"fit: metrics={metrics!r}; write a dict of functions of (prediction, target), by name.")


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
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("fit: all parameters of the model are frozen: there is nothing to train. Write model.requires_grad_().")
    if parameters.isdisjoint(id(p) for p in model.parameters()):
        raise ValueError(
            "fit: the optimizer has none of the parameters of the model. Make it of model.parameters(), after the model."
        )
    return optimizer


def check_schedule(
    scheduler: Any, schedule: str, optimizer: Optimizer, epochs: int, batches: int, to_the_end: bool = True
) -> None:
    """Refuse a scheduler that cannot be stepped after each `schedule`, an epoch or a batch, nor so often if `to_the_end`."""
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
    by_epoch = schedule == "epoch"
    if by_epoch and isinstance(scheduler, lr_scheduler.OneCycleLR) and scheduler.total_steps == epochs * batches > epochs:
        raise ValueError(
            f"fit: the OneCycleLR was made for {scheduler.total_steps} steps, and there are {epochs} epochs: it is meant to be "
            "stepped after each batch. Write schedule='batch', or make it with total_steps=epochs."
        )
    steps = epochs if by_epoch else epochs * batches
    if to_the_end and isinstance(scheduler, lr_scheduler.OneCycleLR) and scheduler.total_steps < steps:
        raise ValueError(
            f"fit: the OneCycleLR was made for {scheduler.total_steps} steps, and there are {steps}: after each "
            f"{'of ' + str(epochs) + ' epochs' if by_epoch else f'of {batches} batches in {epochs} epochs'}. "
            f"Make it with total_steps={steps}."
        )
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) and schedule == "batch":
        raise ValueError(f"fit: a {type(scheduler).__name__} goes by the loss of an epoch; write schedule='epoch'.")

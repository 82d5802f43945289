"""Averages of weights over a training, with PyTorch's names: equal for all steps (SWA), or exponential (EMA)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..absent import refusing
from ..module import Module, array_of

__all__ = ["AveragedModel", "get_ema_avg_fn", "get_swa_avg_fn", "update_bn"]

Average = Callable[[NDArray[Any], NDArray[Any], int], NDArray[Any]]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential average: `decay` of the average and `1 - decay` of the new values.

    Raises
    ------
    ValueError
        decay is not from 0 to 1.

    Examples
    --------
    >>> float(get_ema_avg_fn(0.75)(np.array(0.0), np.array(1.0), 3))
    0.25
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"get_ema_avg_fn: decay={decay} must be from 0 to 1.")
    if decay < 0.5:  # from the new value, which the difference may have lost beside a large average
        return lambda average, value, count: value + decay * (average - value)
    return lambda average, value, count: average + (1 - decay) * (value - average)


def get_swa_avg_fn() -> Average:
    """The mean of all values, of which the average has `count` so far.

    >>> float(get_swa_avg_fn()(np.array(1.0), np.array(4.0), 2))
    2.0
    """
    return lambda average, value, count: average + (value - average) / (count + 1)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those that the model had (Izmailov et al., Averaging weights leads to
    wider optima and better generalization, 2018).

    Parameters
    ----------
    model
        It is copied; its parameters are taken anew by each `update_parameters`.
    avg_fn
        Takes the average, the new values and the number of updates before, and returns the new average: by default
        `get_swa_avg_fn()`, their mean; `get_ema_avg_fn(decay)` for an exponential one.
    use_buffers
        True: buffers of floating-point numbers are averaged as parameters are; otherwise they become those of the model.

    Attributes
    ----------
    module
        The copy.
    n_averaged : buffer, an integer
        The number of updates.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.Linear(1, 1)
    >>> averaged = AveragedModel(model, avg_fn=get_ema_avg_fn(0.5))
    >>> for value in (0.0, 1.0, 1.0):
    ...     model.weight.data = np.array([[value]])          # instead of a step of an optimiser
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.data
    array([[0.75]])
    >>> list(averaged.state_dict())
    ['n_averaged', 'module.weight', 'module.bias']
    """

    n_averaged: Any

    def __init__(self, model: Module, *, avg_fn: Average | None = None, use_buffers: bool = False) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"AveragedModel: model is a {type(model).__name__}, not an nn.Module.")
        self.module = copy.deepcopy(model)
        self.avg_fn = get_swa_avg_fn() if avg_fn is None else avg_fn
        self.use_buffers = use_buffers
        self.register_buffer("n_averaged", np.zeros((), np.int64))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters that the model has now into the average; the first time they are copied.

        Raises
        ------
        ValueError
            The model is not like the one that was copied.
        """
        mine, theirs = dict(self.module.named_parameters()), dict(model.named_parameters())
        buffers, new = dict(self.module.named_buffers()), dict(model.named_buffers())
        if [(k, v.shape) for k, v in mine.items()] != [(k, v.shape) for k, v in theirs.items()] or buffers.keys() != new.keys():
            raise ValueError(
                f"update_parameters: the model differs from the {type(self.module).__name__} that was averaged so far."
            )
        count = int(array_of(self.n_averaged))
        for name, parameter in mine.items():
            value = theirs[name].data
            parameter.data = np.array(self.avg_fn(parameter.data, value, count) if count else value, parameter.dtype)
        for name, buffer in buffers.items():
            into, value = array_of(buffer), array_of(new[name])
            averages = self.use_buffers and count and into.dtype.kind == "f"
            into[...] = self.avg_fn(into, value, count) if averages else value
        self.n_averaged = np.array(count + 1)


def update_bn(loader: Iterable[Any], model: Module) -> None:
    """Compute the running statistics of batch normalisation anew for averaged weights, as means over the batches.

    Parameters
    ----------
    loader
        Batches: inputs, or tuples that begin with them.
    model
        It is called with each in training mode, without its mode or weights being changed afterwards.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.BatchNorm1d(1)
    >>> update_bn([np.array([[1.0], [3.0]]), np.array([[2.0], [8.0]])], model)
    >>> model.running_mean
    array([3.5])
    """
    layers: list[Any] = [layer for layer in model.modules() if getattr(layer, "running_mean", None) is not None]
    modes = [(layer, layer.training) for layer in model.modules()]
    momenta = [(layer, layer.momentum) for layer in layers]
    try:
        model.train()
        for layer in layers:
            array_of(layer.running_mean)[...] = 0
            array_of(layer.running_var)[...] = 1
            array_of(layer.num_batches_tracked)[...] = 0
            layer.momentum = None
        for batch in loader:
            model(batch[0] if isinstance(batch, (tuple, list)) else batch)
    finally:
        for layer, momentum in momenta:
            layer.momentum = momentum
        for layer, mode in modes:
            layer.training = mode


__getattr__ = refusing(__name__)

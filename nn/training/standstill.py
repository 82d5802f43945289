"""Warnings of trainings that go nowhere: they name the layer and the remedy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Container
from contextlib import suppress
from typing import Any

import numpy as np

import autograd_lite as ag

from ..layers.activations import ReLU, ReLU6, Sigmoid, Tanh
from ..module import Module
from ..optim import Optimizer
from ..record import record
from .arguments import Inputs
from .history import History
from .run import TrainingWarning

__all__ = ["warn_of_standstill", "warn_of_strangers"]

ENOUGH = 10  # epochs after which a loss should have fallen
LOOKED_AT = 256  # samples
FLAT = 1e-4  # of the derivative of tanh or sigmoid at 0: so little is left where they are saturated


def warn_of_strangers(model: Module, optimizer: Optimizer, known: Container[int] = ()) -> set[int]:
    """Warn of parameters of the model that could learn, but that the optimiser does not have; return those that are `known` now.

    Called before a training and after it, since a callback may put in a layer.
    """
    own = {id(p) for group in optimizer.param_groups for p in group["params"]}
    strangers = {path: id(p) for path, p in model.named_parameters() if p.requires_grad and id(p) not in own}
    if not all(number in known for number in strangers.values()):
        named = the_first(list(strangers))
        warn(
            f"{named} will not be trained: the optimizer does not have them. Make it of model.parameters() after the last layer "
            "was put in, or freeze them: p.requires_grad = False."
        )
    return set(strangers.values())


def warn_of_standstill(model: Module, x: Inputs, history: History) -> None:
    """Warn once of what is the matter with a training that has ended: units that pass nothing on, or a loss that stood still."""
    stopped = layers_at_rest(model, x)
    curve = history.loss
    still = len(curve) >= ENOUGH and math.isfinite(curve[0]) and curve[0] - min(curve) <= 1e-6 * abs(curve[0]) and curve[0] != 0
    if stopped:
        warn("; ".join(stopped) + ".")
    elif len(curve) >= ENOUGH and not curve[-1] <= 1e-12 * curve[0] and (unmoved := parameters_at_rest(model)):
        named = the_first(unmoved)
        warn(
            f"the gradient of {named} is 0 in the last step, so nothing there learns: what follows is flat in all samples. Try "
            "other initial weights, a smaller learning rate, standardise x (nn.data.Standardizer), or another activation."
        )
    elif still:
        warn(
            f"the loss has not fallen in {len(curve)} epochs: it went from {curve[0]:.4g} to {curve[-1]:.4g}. Try another "
            "learning rate, standardise x and y (nn.data.Standardizer), and see whether the gradients are 0."
        )


def the_first(names: list[str]) -> str:
    """The first four names, and whether there are others.

    >>> the_first(["a", "b", "c", "d", "e"])
    'a, b, c, d and others'
    """
    return ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")


def parameters_at_rest(model: Module) -> list[str]:
    """The names of the parameters whose last gradient is 0 in all elements, if others learn."""
    gradients = {path: p.grad for path, p in model.named_parameters() if p.requires_grad and p.grad is not None}
    zero = [path for path, g in gradients.items() if not np.any(g.data if isinstance(g, ag.Tensor) else g)]
    return zero if len(zero) < len(gradients) else []


def layers_at_rest(model: Module, x: Inputs) -> list[str]:
    """A line for each activation of which most units are dead, or flat, in all samples."""
    if not any(isinstance(module, (ReLU, ReLU6, Sigmoid, Tanh)) for module in model.modules()):
        return []
    modes = [(module, module.training) for module in model.modules()]
    rows = [array[:LOOKED_AT] for array in x.arrays]
    lines: list[str] = []
    try:
        with ag.no_grad(), np.errstate(all="ignore"), suppress(Exception):  # a look that fails must not end a training
            model.eval()
            with record(model) as seen:
                x.call(model, rows)
            lines = [line for path, outputs in seen.outputs.items() for line in at_rest(model, path, outputs[-1])]
    finally:
        for module, mode in modes:
            module.training = mode
    return lines


def at_rest(model: Module, path: str, output: Any) -> list[str]:
    """The fault of the output of one activation, as a list of at most one line."""
    kind = model.get_submodule(path)
    y = np.asarray(output.data if isinstance(output, ag.Tensor) else output)
    last = path == [name for name, _ in model.named_modules()][-1]
    if y.ndim < 2 or len(y) < 2 or not isinstance(kind, (ReLU, ReLU6, Sigmoid, Tanh)):
        return []
    units = y.reshape(len(y), -1)
    name = f"the {type(kind).__name__} at {path!r}" if path else f"the {type(kind).__name__}"
    if isinstance(kind, (ReLU, ReLU6)):
        dead = int((units <= 0).all(axis=0).sum())
        if dead == units.shape[1] or (dead >= 0.9 * units.shape[1] and dead >= 8):
            return [
                f"{name}: {dead} of {units.shape[1]} units are 0 in all samples, so nothing before them learns. Try a smaller "
                "learning rate, standardise x, or LeakyReLU"
            ]
        return []
    slope = 1 - units**2 if isinstance(kind, Tanh) else 4 * units * (1 - units)
    flat = int((slope < FLAT).all(axis=0).sum())
    if not last and (flat == units.shape[1] or (flat >= 0.9 * units.shape[1] and flat >= 8)):
        return [
            f"{name}: {flat} of {units.shape[1]} units are saturated in all samples, so nothing before them learns. "
            "Standardise x (nn.data.Standardizer), or start with smaller weights"
        ]
    return []


def warn(text: str) -> None:
    """One warning, where `fit` was called."""
    warnings.warn(f"fit: {text}", TrainingWarning, stacklevel=4)

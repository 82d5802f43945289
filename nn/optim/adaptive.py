"""Adagrad, RMSprop and Adadelta: steps divided by the past sizes of each parameter's own gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .flat import Flat, take_in
from .optimizer import Optimizer

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


class Adagrad(Optimizer):
    """Adagrad (Duchi et al., Adaptive subgradient methods for online learning and stochastic optimization, 2011, figure 1).

    Each step is the gradient divided by the root of the sum of all its squares so far.

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr` is 1e-2 by default.
    lr_decay
        In step t the learning rate is `lr / (1 + (t - 1) * lr_decay)`.
    initial_accumulator_value
        The sum of squares before the first step.
    eps
        Added to the root of the sum.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Adagrad([w], lr=0.1).step()
    >>> w.data.round(6)
    array([ 0.9, -1.9])
    """

    required_state = ("step", "sum")

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "maximize": maximize,
        })  # fmt: skip

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        step, squares = flat.count(), flat.full("sum", group["initial_accumulator_value"])
        squares += np.multiply(flat.gradient, flat.gradient, flat.scratch)
        np.sqrt(squares, flat.scratch)
        flat.scratch += group["eps"]
        np.divide(flat.gradient, flat.scratch, flat.update)
        flat.update *= group["lr"] / (1 + (step - 1) * group["lr_decay"])


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton, lecture 6.5 of Neural networks for machine learning, 2012).

    Each step is the gradient divided by the root of a running mean of its square.

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr` is 1e-2 by default.
    alpha
        The share of the running means that is kept each step.
    eps
        Added to the root of the mean square.
    momentum
        The velocity is `momentum * velocity + gradient / root`, and steps go along it.
    centered
        Divide by the root of the variance: of the mean square less the square of the mean (Graves, Generating sequences
        with recurrent neural networks, 2013, equations 38 to 41).

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.RMSprop([w], lr=0.1, alpha=0.75).step()
    >>> w.data.round(6)
    array([ 0.8, -1.8])
    """

    required_state = ("step", "square_avg")
    optional_state = ("grad_avg", "momentum_buffer")

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0,
        momentum: float = 0.0, centered: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
            "maximize": maximize,
        })  # fmt: skip

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        self.require_factor("alpha", group["alpha"], 1)

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        flat.count()
        gradient, scratch, update, alpha = flat.gradient, flat.scratch, flat.update, group["alpha"]
        square = flat.full("square_avg")
        square *= alpha
        np.multiply(gradient, gradient, scratch)
        square += np.multiply(scratch, 1 - alpha, scratch)
        if group["centered"]:
            mean = flat.full("grad_avg")
            take_in(mean, gradient, alpha, scratch)
            np.multiply(mean, mean, scratch)
            np.subtract(square, scratch, scratch)
            np.sqrt(scratch, scratch)
        else:
            np.sqrt(square, scratch)
        scratch += group["eps"]
        np.divide(gradient, scratch, update)
        if group["momentum"] > 0:
            velocity = flat.full("momentum_buffer")
            velocity *= group["momentum"]
            velocity += update
            update[...] = velocity
        update *= group["lr"]


class Adadelta(Optimizer):
    """Adadelta (Zeiler, Adadelta: an adaptive learning rate method, 2012, algorithm 1).

    Each step is the gradient times the ratio of the roots of two running means: of the square of the steps, and of the
    square of the gradients. It has the unit of the parameter, and needs no learning rate.

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr`, a factor without a unit, is 1 by default.
    rho
        The share of the running means that is kept each step.
    eps
        Added to both means under the root.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Adadelta([w]).step()
    >>> w.data.round(6)
    array([ 0.996838, -1.996838])
    """

    required_state = ("step", "square_avg", "acc_delta")

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, *,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize})

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        self.require_factor("rho", group["rho"], 1)

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        flat.count()
        gradient, scratch, update, rho, eps = flat.gradient, flat.scratch, flat.update, group["rho"], group["eps"]
        square, step_square = flat.full("square_avg"), flat.full("acc_delta")
        square *= rho
        np.multiply(gradient, gradient, scratch)
        square += np.multiply(scratch, 1 - rho, scratch)
        # sqrt(step_square + eps) / sqrt(square + eps) * gradient
        np.sqrt(np.add(step_square, eps, update), update)
        update /= np.sqrt(np.add(square, eps, scratch), scratch)
        update *= gradient
        step_square *= rho
        np.multiply(update, update, scratch)
        step_square += np.multiply(scratch, 1 - rho, scratch)
        update *= group["lr"]

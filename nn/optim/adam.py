"""Adam and its kin: steps along a running mean of gradients, divided by a running measure of their size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .flat import Array, Flat, take_in
from .optimizer import Optimizer

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


class Adam(Optimizer):
    """Adam (Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1).

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr` is 1e-3 by default.
    betas
        The shares of the running means of the gradient and of its square that are kept each step.
    eps
        Added to the root of the mean square.
    amsgrad
        Divide by the root of the largest mean square so far (Reddi et al., On the convergence of Adam and beyond, 2018).
    decoupled_weight_decay
        Shrink the parameter itself by `lr * weight_decay` instead, as `AdamW` does.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Adam([w], lr=0.1).step()
    >>> w.data.round(6)
    array([ 0.9, -1.9])
    """

    required_state = ("step", "exp_avg", "exp_avg_sq")
    optional_state = ("max_exp_avg_sq",)

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False, decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        })  # fmt: skip

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        mean, square = running_means(flat, beta1, beta2)
        if group["amsgrad"]:
            largest = flat.full("max_exp_avg_sq")
            square = np.maximum(largest, square, out=largest)
        # lr * (mean / (1 - beta1**step)) / (sqrt(square / (1 - beta2**step)) + eps), with one multiplication less
        step, update = flat.count(), flat.update
        root = (1 - beta2**step) ** 0.5
        np.sqrt(square, update)
        np.add(update, group["eps"] * root, update)
        np.divide(mean, update, update)
        np.multiply(update, group["lr"] * root / (1 - beta1**step), update)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2).

    Parameters
    ----------
    params, lr, betas, eps, amsgrad, maximize
        As for `Adam`.
    weight_decay
        The parameter shrinks by `lr * weight_decay` each step, whatever its gradient; default 0.01.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w.data.round(6)
    array([ 0.85, -1.8 ])
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the mean square (Kingma and Ba, 2015, algorithm 2).

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr` is 2e-3 by default.
    betas
        The shares of the running mean of the gradient, and of its largest size so far, that are kept each step.
    eps
        Added to the size of the gradient.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Adamax([w], lr=0.1).step()
    >>> w.data.round(6)
    array([ 0.9, -1.9])
    """

    required_state = ("step", "exp_avg", "exp_inf")

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize})

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        step, mean, largest = flat.count(), flat.full("exp_avg"), flat.full("exp_inf")
        take_in(mean, flat.gradient, beta1, flat.scratch)
        largest *= beta2
        np.abs(flat.gradient, flat.scratch)
        flat.scratch += group["eps"]
        np.maximum(largest, flat.scratch, out=largest)
        np.divide(mean, largest, flat.update)
        flat.update *= group["lr"] / (1 - beta1**step)


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, Incorporating Nesterov momentum into Adam, 2016, algorithm 2).

    The momentum of step t is `betas[0] * (1 - 0.96**(t * momentum_decay) / 2)`.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize
        As for `Adam`; `lr` is 2e-3 by default.
    momentum_decay
        The speed at which the momentum grows from half of `betas[0]` to all of it.

    Notes
    -----
    PyTorch keeps the product of the momenta, `mu_product`, in its default dtype: with float32 there, the two agree to
    seven digits.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.NAdam([w], lr=0.1).step()
    >>> w.data.round(4)
    array([ 0.8944, -1.8944])
    """

    required_state = ("step", "mu_product", "exp_avg", "exp_avg_sq")

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize,
        })  # fmt: skip

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        (beta1, beta2), lr, decay = group["betas"], group["lr"], group["momentum_decay"]
        step, (mean, square) = flat.count(), running_means(flat, beta1, beta2)
        momentum, next_momentum = (beta1 * (1 - 0.5 * 0.96 ** (t * decay)) for t in (step, step + 1))
        product = flat.numbers["mu_product"] = flat.numbers.get("mu_product", 1.0) * momentum
        np.divide(square, 1 - beta2**step, flat.scratch)
        np.sqrt(flat.scratch, flat.scratch)
        flat.scratch += group["eps"]
        flat.gradient *= lr * (1 - momentum) / (1 - product)
        np.multiply(mean, lr * next_momentum / (1 - product * next_momentum), flat.update)
        flat.update += flat.gradient
        flat.update /= flat.scratch


class RAdam(Optimizer):
    """Adam that divides by the root of the mean square only after enough steps (Liu et al., On the variance of the adaptive
    learning rate and beyond, 2020, algorithm 2).

    Parameters
    ----------
    params, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize
        As for `Adam`.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.RAdam([w], lr=0.1).step()
    >>> w.data.round(6)
    array([ 0.8, -1.6])
    """

    required_state = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize,
        })  # fmt: skip

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        step, (mean, square) = flat.count(), running_means(flat, beta1, beta2)
        np.multiply(mean, group["lr"] / (1 - beta1**step), flat.update)
        # the number of steps that the mean square is worth, at most and now
        most = 2 / (1 - beta2) - 1
        length = most - 2 * step * beta2**step / (1 - beta2**step)
        if length > 5:
            rectified = ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) ** 0.5
            np.sqrt(square, flat.scratch)
            flat.scratch += group["eps"]
            flat.update /= flat.scratch
            flat.update *= rectified * (1 - beta2**step) ** 0.5


def running_means(flat: Flat, beta1: float, beta2: float) -> tuple[Array, Array]:
    """`exp_avg` and `exp_avg_sq`, with the gradient and its square taken in."""
    gradient, room = flat.gradient, flat.update  # each array more that a step touches costs time: `update` is not needed yet
    mean, square = flat.full("exp_avg"), flat.full("exp_avg_sq")
    take_in(mean, gradient, beta1, room)
    take_in(square, np.multiply(gradient, gradient, room), beta2, room)
    return mean, square

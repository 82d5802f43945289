"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..module import in_range
from .flat import Flat
from .optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al., On the importance of initialization and momentum, 2013).

    Parameters
    ----------
    params, lr, weight_decay, maximize
        As for every `Optimizer`; `lr` is 1e-3 by default.
    momentum, dampening
        The velocity is `momentum * velocity + (1 - dampening) * gradient`; it begins as the gradient.
    nesterov
        Step along `gradient + momentum * velocity`; needs momentum, and no dampening.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, 2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.SGD([w], lr=0.25).step()
    >>> w.data
    array([0.5, 1. ])
    """

    optional_state = ("momentum_buffer",)

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0,
        nesterov: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        })  # fmt: skip

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        self.require(in_range(group["dampening"]), "dampening", group["dampening"], "a finite number")
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError(f"{self.name}: nesterov=True needs a momentum, such as 0.9, and dampening=0.")

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        gradient, momentum = flat.gradient, group["momentum"]
        if momentum != 0:
            if "momentum_buffer" in flat.state:
                velocity = flat.state["momentum_buffer"]
                velocity *= momentum
                velocity += np.multiply(gradient, 1 - group["dampening"], out=flat.scratch)
            else:
                velocity = flat.state["momentum_buffer"] = gradient.copy()
            if group["nesterov"]:
                gradient += np.multiply(velocity, momentum, out=flat.scratch)
            else:
                gradient = velocity
        np.multiply(gradient, group["lr"], out=flat.update)

"""Rprop: steps from the signs of the gradients alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..module import in_range
from .flat import Flat
from .optimizer import Optimizer

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """Resilient backpropagation (Riedmiller and Braun, A direct adaptive method for faster backpropagation learning, 1993).

    Each element has a step size of its own, which grows while the sign of its gradient stays and shrinks where it changes;
    there it makes no step and forgets the gradient (the variant iRprop- of Igel and Huesken, Improving the Rprop learning
    algorithm, 2000). For whole data sets, not for batches.

    Parameters
    ----------
    params, maximize
        As for every `Optimizer`.
    lr
        The first step size, default 1e-2.
    etas
        The factors by which a step size shrinks and grows.
    step_sizes
        The least and the largest step size.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0, -2.0])
    >>> (w * w).sum().backward()
    >>> nn.optim.Rprop([w], lr=0.1).step()
    >>> w.data
    array([ 0.9, -1.9])
    """

    required_state = ("step", "prev", "step_size")

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        etas, sizes = group["etas"], group["step_sizes"]
        pair = isinstance(etas, tuple) and len(etas) == 2 and in_range(etas[0], 0, 1) and in_range(etas[1], 1)
        holds = pair and 0 < etas[0] < 1 < etas[1]
        self.require(holds, "etas", etas, "a number between 0 and 1 and one above 1")
        holds = isinstance(sizes, tuple) and len(sizes) == 2 and in_range(sizes[0], 0) and in_range(sizes[1], sizes[0])
        self.require(holds, "step_sizes", sizes, "two numbers, neither negative, the smaller one first")

    def compute_update(self, flat: Flat, group: dict[str, Any]) -> None:
        flat.count()
        shrink, grow = group["etas"]
        before, size = flat.full("prev"), flat.full("step_size", group["lr"])
        agreement = np.multiply(flat.gradient, before, flat.scratch)
        size *= np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0))
        np.clip(size, *group["step_sizes"], out=size)
        flat.gradient[agreement < 0] = 0
        np.sign(flat.gradient, flat.update)
        flat.update *= size
        before[...] = flat.gradient

"""Optimisers that call the function themselves, as often as they like, and see all parameters as one vector."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import autograd_lite as ag

from ..utils import vector_to_parameters
from .flat import Array
from .optimizer import Optimizer

__all__ = ["ClosureOptimizer"]


class ClosureOptimizer(Optimizer):
    """One group of parameters, one state for all of them (kept as that of the first, as in PyTorch), and a `step(closure)`.

    Attributes
    ----------
    memory : dict
        The state: numbers, vectors, and lists of them.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)
        self.memory: dict[str, Any] = {}

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add the group, if it is the first."""
        if self.param_groups:
            raise ValueError(f"{self.name}: all parameters have the same options: pass one list, not groups.")
        super().add_param_group(param_group)
        if any(p.dtype.kind == "c" for p in self.param_groups[0]["params"]):
            raise TypeError(f"{self.name}: a parameter is complex. Make it of two real ones: z = x + 1j * y.")

    def _pack(self, params: list[ag.Tensor]) -> None:
        """Leave the arrays of the parameters where they are: each step makes vectors of its own."""

    def needed(self, closure: Callable[[], Any] | None, returns: str) -> Callable[[], Any]:
        """The closure as it is to be called, if there is one."""
        if closure is None:
            raise TypeError(f"{self.name}: step needs a closure: a function that {returns}.")
        return ag.enable_grad()(closure)

    def values(self) -> Array:
        """All parameters as one new vector."""
        return np.concatenate([p.data.ravel() for p in self._parameters()])

    def set(self, vector: Array) -> None:
        """Give all parameters their part of a vector."""
        vector_to_parameters(vector, self._parameters())

    def _states(self) -> list[dict[str, Any]]:
        """The memory of the whole, as the state of the first parameter."""
        return [copy.deepcopy(self.memory), *({} for _ in self._parameters()[1:])]

    def _fitting_state(self, p: ag.Tensor, given: Mapping[str, Any]) -> Any:
        parameters = self._parameters()
        misfits = [f"missing: {name}" for name in self.required_state if given and name not in given]
        known = (*self.required_state, *self.optional_state) if p is parameters[0] else ()
        misfits += [f"unexpected: {name}" for name in given if name not in known]
        if misfits:
            raise ValueError(", ".join(misfits))
        size = sum(q.size for q in parameters)
        return {name: self._fitting_value(name, value, size) for name, value in given.items()}

    def _fitting_value(self, name: str, value: Any, size: int) -> Any:
        """A number, a vector of that size, or a list of them; None where there is nothing yet."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self._fitting_value(name, element, size) for element in value]
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.shape not in ((), (size,)):
            raise ValueError(f"{name}: {array.dtype}{list(array.shape)} given, a number or float64[{size}] needed")
        return array.item() if array.ndim == 0 else array.copy()

    def _take(self, states: list[Any]) -> None:
        self.memory = states[0]

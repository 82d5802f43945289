"""Layers with weights, and the container that chains layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import DTypeLike

from . import functional as F
from .module import Module, Parameter
from .random import Rng, generator

__all__ = ["Linear", "Sequential"]


class Linear(Module):
    """`x @ weight.T + bias`.

    Parameters
    ----------
    in_features, out_features
        The lengths of the last axis of the input and of the output.
    bias
        Whether a bias is added.
    dtype
        Of the parameters; default float64.
    rng
        The generator, or a seed, from which the parameters are drawn; default: the one of `nn.manual_seed`.

    Attributes
    ----------
    weight : Parameter (out_features, in_features)
    bias : Parameter (out_features) or None
        Both uniform within 1 / sqrt(in_features) of 0, PyTorch's default.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Linear(2, 3)(np.ones((5, 2))).shape
    (5, 3)
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, dtype: DTypeLike | None = None, rng: Rng = None
    ) -> None:
        self.in_features = in_features
        self.out_features = out_features
        rng = generator(rng)
        bound = 1 / math.sqrt(in_features) if in_features > 0 else 0.0
        dtype = float if dtype is None else dtype
        self.weight = Parameter(rng.uniform(-bound, bound, (out_features, in_features)), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_features), dtype=dtype) if bias else None

    def forward(self, input: Any) -> Any:
        if not hasattr(input, "shape"):
            input = np.asarray(input)
        shape = input.shape
        if not shape or shape[-1] != self.in_features:
            raise ValueError(
                f"{self}: the input has shape {shape}, but its last axis must have length {self.in_features}."
                + (f" Write x.reshape(-1, {self.in_features})." if self.in_features == 1 else "")
            )
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Sequential(Module):
    """Modules called one after the other, named `0`, `1`, ... or by the keys of a dict.

    >>> import nn
    >>> nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    Sequential(
      (0): Linear(in_features=1, out_features=4, bias=True)
      (1): Tanh()
      (2): Linear(in_features=4, out_features=1, bias=True)
    )
    """

    def __init__(self, *modules: Module | dict[str, Module]) -> None:
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else enumerate(modules)
        for name, module in named:
            self._add(str(name), module)

    def _add(self, name: str, module: Any) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"Sequential: element {name} is a {type(module).__name__}, not a Module. Write nn.Tanh(), with brackets."
            )
        setattr(self, name, module)

    def forward(self, input: Any) -> Any:
        for module in vars(self).values():
            if isinstance(module, Module):
                input = module(input)
        return input

    def append(self, module: Module) -> Sequential:
        """Add a module at the end."""
        number = len(self)
        while str(number) in vars(self):  # a slice keeps the names it had
            number += 1
        self._add(str(number), module)
        return self

    def __iter__(self) -> Iterator[Module]:
        return (value for value in vars(self).values() if isinstance(value, Module))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module:
        named = [(name, value) for name, value in vars(self).items() if isinstance(value, Module)]
        return Sequential(dict(named[index])) if isinstance(index, slice) else named[index][1]

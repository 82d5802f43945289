"""A module is an object with a `forward`; its parameters are whatever its attributes hold."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_lite as ag

__all__ = ["Module", "Parameter"]


class Parameter(ag.Tensor):
    """A Tensor that a module is to learn: it requires grad unless told otherwise.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike | ag.Tensor, requires_grad: bool = True, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, requires_grad, dtype)


class Module:
    """The base of layers and networks: plain attributes and one method, `forward`.

    Parameters and modules are found by walking the attributes, also inside lists, tuples and dicts, in the order
    in which they were set. Their names are the path to them, as in PyTorch: `layers.0.weight`.

    Examples
    --------
    >>> import nn
    >>> class Double(nn.Module):
    ...     def __init__(self):
    ...         self.layers = [nn.Linear(1, 3), nn.Linear(3, 1)]
    ...     def forward(self, x):
    ...         for layer in self.layers:
    ...             x = layer(x)
    ...         return x
    >>> [name for name, _ in Double().named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; subclasses write it."""
        raise TypeError(f"{type(self).__name__} has no forward: write 'def forward(self, x): ...' in its class.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    # -- walking --------------------------------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, each once, with their names."""
        seen: set[int] = set()
        for name, child in self._named_children():
            if id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def _named_children(self) -> Iterator[tuple[str, Module]]:
        """As `named_children`, one that is used several times under each of its names."""
        return ((name, value) for name, value in held(vars(self)) if isinstance(value, Module))

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        return (module for _, module in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, each once, with their paths."""
        seen: set[int] = set()
        for path, module in self._named_modules(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module

    def _named_modules(self, path: str = "", around: tuple[Module, ...] = ()) -> Iterator[tuple[str, Module]]:
        """As `named_modules`, one that is used several times under each of its paths; a cycle is entered once."""
        yield path, self
        around = (*around, self)
        for name, child in self._named_children():
            if not any(child is module for module in around):
                yield from child._named_modules(f"{path}.{name}" if path else name, around)

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """All parameters with their paths; one that is shared comes once, under its first path."""
        seen: set[int] = set()
        for name, parameter in self._named_parameters(prefix):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def _named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """As `named_parameters`, one that is shared under each of its paths in the modules that hold it."""
        for path, module in self._named_modules(prefix):
            for name, value in held(vars(module)):
                if isinstance(value, Parameter):
                    yield (f"{path}.{name}" if path else name), value

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, each once."""
        return (parameter for _, parameter in self.named_parameters())

    # -- state ----------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """A copy of every parameter's array, by its path.

        >>> import nn
        >>> list(nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        return {name: parameter.data.copy() for name, parameter in self._named_parameters()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> None:
        """Copy arrays into the parameters of the same path.

        Parameters
        ----------
        state_dict
            What `state_dict()` returned, here or in PyTorch.
        strict
            Whether missing and unexpected names are an error. Shapes that differ always are.

        Raises
        ------
        ValueError
            Something does not fit. All that does not is listed, and nothing has been loaded.
        """
        own = dict(self._named_parameters())
        given = {name: np.asarray(value.data if isinstance(value, ag.Tensor) else value) for name, value in state_dict.items()}
        problems = []
        if strict:
            problems += [f"missing: {name} {list(own[name].shape)}" for name in own if name not in given]
            problems += [f"unexpected: {name} {list(given[name].shape)}" for name in given if name not in own]
        for name in own:
            if name in given and given[name].shape != own[name].shape:
                problems.append(f"shape of {name}: {list(given[name].shape)} given, {list(own[name].shape)} needed")
            elif name in given and given[name].dtype.kind not in "biuf":
                problems.append(f"dtype of {name}: {given[name].dtype} given, real numbers needed")
        if problems:
            head = f"load_state_dict: the state does not fit this {type(self).__name__}; nothing was loaded."
            raise ValueError("\n  ".join([head, *problems]))
        for name, parameter in own.items():
            if name in given:
                parameter.data = given[name].astype(parameter.dtype)

    def zero_grad(self) -> None:
        """Forget all gradients: `.grad` becomes None."""
        for parameter in self.parameters():
            if parameter.requires_grad:
                parameter.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters (False) or let them learn (True)."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def train(self, mode: bool = True) -> Self:
        """Set the mode of this module and all inside it: layers such as dropout act in training only."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set the mode for using the model: `train(False)`."""
        return self.train(False)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside, children first, and with this one."""
        for module in self._inside_out(set()):
            fn(module)
        return self

    def _inside_out(self, seen: set[int]) -> Iterator[Module]:
        """This module and all inside it, each once, children before what holds them."""
        seen.add(id(self))
        for child in self.children():
            if id(child) not in seen:
                yield from child._inside_out(seen)
        yield self

    # -- showing --------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets of the module's line; subclasses write it."""
        return ""

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self._named_children()]
        head = f"{type(self).__name__}({self.extra_repr()}"
        return head + "".join(f"\n  {line}" for line in lines) + ("\n)" if lines else ")")


def held(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every parameter and module in a dict of attributes, also inside lists, tuples and dicts, with its name."""
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        if isinstance(value, (Parameter, Module)):
            yield f"{prefix}{key}", value
        elif isinstance(value, (list, tuple, dict)):
            yield from held(value, f"{prefix}{key}.")

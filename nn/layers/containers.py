"""Containers: modules that hold other modules or parameters, as a list or a dict does."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Generic, Self, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

import autograd_lite as ag

from ..module import Module, Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]

Element = TypeVar("Element", Module, Parameter)


class Container(Module, Generic[Element]):
    """Common to all containers: the elements are the attributes of their kind, in the order of the attributes."""

    def _elements(self) -> dict[str, Element]:
        """The elements by their names."""
        return {name: value for name, value in vars(self).items() if self._holds(value)}

    def _holds(self, value: Any) -> bool:
        """True if an attribute is an element."""
        return isinstance(value, Module)

    def _accepted(self, name: str, value: Any) -> Any:
        """A value as an element, if it can be one."""
        if not isinstance(value, Module):
            kind = type(self).__name__
            raise TypeError(f"{kind}: element {name} is a {type(value).__name__}, not a Module. Write nn.Tanh(), with brackets.")
        return value

    def _replace(self, elements: Mapping[str, Any]) -> None:
        """Let these be the elements, if all can be."""
        accepted = {name: self._accepted(name, value) for name, value in elements.items()}
        for name in self._elements():
            del vars(self)[name]
        vars(self).update(accepted)

    def __len__(self) -> int:
        return len(self._elements())


class Listed(Container[Element]):
    """Common to lists: the elements are named `0`, `1`, ..."""

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements().values())

    @overload
    def __getitem__(self, index: int) -> Element: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, slice):
            return self._elements()[self._name_of(index)]
        part = type(self).__new__(type(self))  # a subclass may need arguments
        part._replace(self._named(index))
        return part

    def _named(self, index: slice) -> dict[str, Element]:
        """The elements of a slice with the names that they have in it."""
        return {str(k): element for k, element in enumerate(list(self)[index])}

    def _name_of(self, index: int) -> str:
        """The name of the element with that number."""
        names = list(self._elements())
        try:
            return names[index]
        except IndexError:
            raise IndexError(f"{type(self).__name__}: there is no element {index}: it has {len(names)}.") from None

    def __setitem__(self, index: int, value: Any) -> None:
        name = self._name_of(index)
        vars(self)[name] = self._accepted(name, value)

    def __delitem__(self, index: int | slice) -> None:
        elements = list(self)
        if not isinstance(index, slice):
            self._name_of(index)
        del elements[index]
        self._replace({str(k): element for k, element in enumerate(elements)})

    def insert(self, index: int, value: Any) -> Self:
        """Put an element before the one at `index`; those behind it are numbered anew."""
        elements = list(self)
        elements.insert(index, value)
        self._replace({str(k): element for k, element in enumerate(elements)})
        return self

    def append(self, value: Any) -> Self:
        """Add an element at the end."""
        return self.extend([value])

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several elements at the end."""
        elements: dict[str, Any] = dict(self._elements())
        for value in list(values):
            number = len(elements)
            while str(number) in elements:  # a slice of a Sequential keeps the names it had
                number += 1
            elements[str(number)] = value
        self._replace(elements)
        return self

    def pop(self, index: int = -1) -> Element:
        """Take an element out; those behind it are numbered anew."""
        value = self[index]
        del self[index]
        return value

    def __add__(self, other: Iterable[Any]) -> Self:
        return self[:].extend(other)

    def __iadd__(self, other: Iterable[Any]) -> Self:
        return self.extend(other)


class Sequential(Listed[Module]):
    """Modules called one after the other, named `0`, `1`, ... or by the keys of a dict.

    >>> import nn
    >>> nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    Sequential(
      (0): Linear(in_features=1, out_features=4, bias=True)
      (1): Tanh()
      (2): Linear(in_features=4, out_features=1, bias=True)
    )
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            self._replace(modules[0])
        else:
            self._replace({str(k): module for k, module in enumerate(modules)})

    def forward(self, input: Any) -> Any:
        for module in vars(self).values():
            if isinstance(module, Module):
                input = module(input)
        return input

    def _named(self, index: slice) -> dict[str, Module]:
        return dict(list(self._elements().items())[index])


class ModuleList(Listed[Module]):
    """Modules in a list. A plain list as an attribute works too; this one is a module itself.

    >>> import nn
    >>> layers = nn.ModuleList([nn.Linear(1, 4), nn.Linear(4, 1)])
    >>> layers.insert(1, nn.Tanh())
    ModuleList(
      (0): Linear(in_features=1, out_features=4, bias=True)
      (1): Tanh()
      (2): Linear(in_features=4, out_features=1, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)


class Parameters(Container[Parameter]):
    """Common to containers of parameters: arrays become Parameters."""

    def _holds(self, value: Any) -> bool:
        return isinstance(value, (ag.Tensor, np.ndarray))  # in a functional_call they are arrays

    def _accepted(self, name: str, value: Any) -> Any:
        if isinstance(value, Module):
            raise TypeError(f"{type(self).__name__}: element {name} is a Module; use nn.ModuleList or nn.ModuleDict.")
        return value if isinstance(value, Parameter) else Parameter(value)

    def extra_repr(self) -> str:
        lines = [f"({name}): Parameter {list(p.shape)} {p.dtype}" for name, p in self._elements().items()]
        return "".join(f"\n  {line}" for line in lines) + ("\n" if lines else "")


class ParameterList(Parameters, Listed[Parameter]):
    """Parameters in a list, at first `values`; arrays and Tensors that are put into it become Parameters.

    >>> import numpy as np, nn
    >>> nn.ParameterList([np.ones(2), np.zeros((2, 3))])
    ParameterList(
      (0): Parameter [2] float64
      (1): Parameter [2, 3] float64
    )
    """

    def __init__(self, values: Iterable[ArrayLike | ag.Tensor] = ()) -> None:
        self.extend(values)


class Keyed(Container[Element]):
    """Common to dicts: the elements are named by their keys, which are attributes as well."""

    def __getitem__(self, key: str) -> Element:
        return self._elements()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def __contains__(self, key: object) -> bool:
        return key in self._elements()

    def __iter__(self) -> Iterator[str]:
        return iter(self._elements())

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._elements().keys()

    def values(self) -> ValuesView[Element]:
        """The elements."""
        return self._elements().values()

    def items(self) -> ItemsView[str, Element]:
        """Names and elements."""
        return self._elements().items()

    def update(self, elements: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add elements, or replace those of the same name."""
        own: dict[str, Any] = self._elements()
        given = dict(elements.items() if isinstance(elements, Keyed) else elements)
        for key in given:
            self._refuse_name(type(self).__name__, key, key in own)
        self._replace({**own, **given})

    def pop(self, key: str) -> Element:
        """Take an element out."""
        elements = self._elements()
        element = elements.pop(key)
        self._replace(elements)
        return element

    def clear(self) -> None:
        """Take all elements out."""
        self._replace({})


class ModuleDict(Keyed[Module]):
    """Modules in a dict.

    >>> import nn
    >>> nn.ModuleDict({"hidden": nn.Linear(1, 4), "squash": nn.Tanh()})
    ModuleDict(
      (hidden): Linear(in_features=1, out_features=4, bias=True)
      (squash): Tanh()
    )
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        self.update(modules)


class ParameterDict(Parameters, Keyed[Parameter]):
    """Parameters in a dict, at first `values`; arrays and Tensors that are put into it become Parameters.

    >>> import numpy as np, nn
    >>> nn.ParameterDict({"gain": np.ones(2)})
    ParameterDict(
      (gain): Parameter [2] float64
    )
    """

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        self.update(values)

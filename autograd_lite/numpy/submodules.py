"""Submodules: `import autograd_lite.numpy.polynomial`, and so on for each of NumPy's that has no file here."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .delegation import opened

__all__ = ["Submodule", "shown"]

DOOR = __name__.rpartition(".")[0]


class Submodule(ModuleType):
    """One of NumPy's modules as the door shows it: its functions take nested lists that hold Tensors.

    >>> import autograd_lite.numpy.lib.stride_tricks as tricks
    >>> tricks.sliding_window_view([1.0, 2.0, 3.0], 2).shape
    (2, 2)
    """

    def __init__(self, name: str, home: ModuleType) -> None:
        super().__init__(name, home.__doc__)
        self._home, self.__path__ = home, list[str]()
        self.__all__ = getattr(home, "__all__", [name for name in dir(home) if not name.startswith("_")])

    def __getattr__(self, name: str) -> Any:
        found = shown(self.__name__, self._home, name)
        vars(self)[name] = found
        return found

    def __dir__(self) -> list[str]:
        return dir(self._home)


def shown(door: str, home: ModuleType, name: str) -> Any:
    """What stands under a name of one of NumPy's modules, `home`, as its counterpart here shows it: opened, or a `Submodule`."""
    found = getattr(home, name)
    if isinstance(found, ModuleType) and found.__name__ == f"{home.__name__}.{name}":
        return importlib.import_module(f"{door}.{name}")
    return opened(found)


class Finder:
    """Asked by Python's import when it has found no file."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith(f"{DOOR}."):
            return None
        try:
            importlib.import_module(home_of(name))
        except ImportError:
            return None
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Submodule(spec.name, importlib.import_module(home_of(spec.name)))

    def exec_module(self, module: ModuleType) -> None: ...


def home_of(name: str) -> str:
    """The name of NumPy's own module.

    >>> home_of("autograd_lite.numpy.polynomial")
    'numpy.polynomial'
    """
    return f"numpy{name.removeprefix(DOOR)}"


sys.meta_path.append(Finder())

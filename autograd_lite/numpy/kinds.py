"""Kinds: NumPy's `ndarray` and its types of numbers, as which a Tensor passes too."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..array.dispatch import RECORDERS, joined
from ..functions import cast
from ..graph import Value
from ..safety.views import is_scalar

__all__ = ["KINDS", "Kind", "issubdtype"]

ABSTRACT = ("generic", "number", "inexact", "floating", "complexfloating")


class Kind:
    """A class of NumPy's, which `isinstance` says of Tensors too: `float64(t)` casts, also as a dtype it is NumPy's own.

    >>> import autograd_lite as ag
    >>> isinstance(ag.zeros(3), KINDS["ndarray"]), isinstance(np.zeros(3), KINDS["ndarray"])
    (True, True)
    >>> KINDS["float32"](ag.tensor(2.0))
    tensor(2., dtype=float32)
    """

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.__doc__ = cls.__doc__
        if issubclass(cls, np.generic) and cls.__name__ not in ABSTRACT:
            self.dtype = np.dtype(cls)

    def __call__(self, *args: Any, **options: Any) -> Any:
        x = joined(args[0]) if args else None
        if not isinstance(x, Value):
            return self.cls(*args, **options)
        made = RECORDERS[cast](x, self.dtype)
        made._array.flags.writeable = made.ndim > 0
        return made

    def __instancecheck__(self, x: Any) -> bool:
        if not isinstance(x, Value):
            return isinstance(x, self.cls)
        return self.cls is np.ndarray or (is_scalar(x) and issubclass(x.dtype.type, self.cls))

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, self.cls) or (self.cls is np.ndarray and issubclass(cls, Value))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__name__", "__qualname__", "__bases__", "__mro__"):
            raise AttributeError(name)  # the protocols of its objects are not its own
        return getattr(self.cls, name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.cls,)

    def __reduce__(self) -> tuple[Any, ...]:
        return Kind, (self.cls,)

    # fmt: off
    def __eq__(self, other: object) -> Any: return self.cls == (other.cls if isinstance(other, Kind) else other)
    def __hash__(self) -> int: return hash(self.cls)
    def __or__(self, other: Any) -> Any: return self.cls | getattr(other, "cls", other)
    def __ror__(self, other: Any) -> Any: return other | self.cls
    def __getitem__(self, of: Any) -> Any: return self.cls[of]
    def __repr__(self) -> str: return repr(self.cls)
    # fmt: on


NAMES = (
    "ndarray", "half", "single", "double", "float16", "float32", "float64", "longdouble", "int8", "int16", "int32", "int64",
    "int_", "intp", "uint8", "uint16", "uint32", "uint64", "complex64", "complex128", "csingle", "cdouble", "clongdouble",
)  # fmt: skip
KINDS = {name: Kind(getattr(np, name)) for name in NAMES + ABSTRACT}


@functools.wraps(np.issubdtype)
def issubdtype(arg1: Any, arg2: Any) -> bool:
    return np.issubdtype(*(x.cls if isinstance(x, Kind) else x for x in (arg1, arg2)))

"""Records: classes of a few named values, cheap to import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, dataclass_transform

__all__ = ["Record", "same_fields"]


@dataclass_transform(frozen_default=True)
class Record:
    """The base class of records. A subclass lists its fields as annotations; they are given by position or by name.

    Fields do not change. A NamedTuple or a dataclass compiles methods for each class, which takes time at import; here the
    methods of the base class serve all.

    >>> class Interval(Record):
    ...     low: float
    ...     high: float = 1.0
    >>> Interval(0.0)
    Interval(low=0.0, high=1.0)
    >>> low, high = Interval(0.0, high=2.0)
    >>> high
    2.0
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        names = list(kind.__annotations__)
        given = dict(zip(names, values, strict=False)) | named
        if len(given) < len(values) + len(named) or not given.keys() <= set(names):
            raise TypeError(f"{kind.__name__}({', '.join(names)}) was given {len(values)} values, and by name {list(named)}.")
        missing = [name for name in names if name not in given and not hasattr(kind, name)]
        if missing:
            raise TypeError(f"{kind.__name__}({', '.join(names)}) was not given {', '.join(missing)}.")
        vars(self).update({name: given[name] if name in given else getattr(kind, name) for name in names})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} does not change.")

    def __iter__(self) -> Iterator[Any]:
        return iter(vars(self).values())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and same_fields(self, other)

    def __hash__(self) -> int:
        return hash((type(self), *(value for value in self if value == value)))  # nan, which equals nan here, has many hashes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def same_fields(one: object, other: object) -> bool:
    """True if all fields of two objects are equal; nan equals nan."""
    pairs = [(value, vars(other).get(name)) for name, value in vars(one).items()]
    return vars(one).keys() == vars(other).keys() and all(a is b or a == b or (a != a and b != b) for a, b in pairs)

"""Random numbers: `numpy.random`, under a name that programs import, whose `shuffle` takes Tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Value
from .delegation import opened
from .kinds import Kind

__all__ = list(np.random.__all__)


def shuffled(shuffle: Callable[..., None], x: Any, **axis: int) -> None:
    """Shuffle x in place: for a Tensor, whose rows NumPy swaps as if they were no views, the places are shuffled first.

    >>> import autograd_lite as ag
    >>> t = ag.tensor([[1.0], [2.0], [3.0]])
    >>> shuffled(np.random.RandomState(0).shuffle, t)
    >>> t
    tensor([[3.],
            [2.],
            [1.]], dtype=float64)
    """
    if not isinstance(x, Value):
        return shuffle(x, **axis)
    along = axis.get("axis", 0)
    order = np.arange(x.shape[along])
    if x.size:  # else NumPy draws nothing
        shuffle(order)
    x[...] = np.take(x, order, along)  # type: ignore[index, call-overload]


class ShufflingGenerator(np.random.Generator):
    """NumPy's generator of random numbers, whose `shuffle` takes Tensors."""

    def shuffle(self, x: Any, axis: int = 0) -> None:
        shuffled(super().shuffle, x, axis=axis)

    def __reduce__(self) -> tuple[Any, ...]:
        return ShufflingGenerator, (self.bit_generator,)


class ShufflingState(np.random.RandomState):
    """NumPy's older generator of random numbers, whose `shuffle` takes Tensors."""

    def shuffle(self, x: Any) -> None:
        shuffled(super().shuffle, x)

    def __reduce__(self) -> tuple[Any, ...]:
        return ShufflingState, (self._bit_generator,), self.get_state(legacy=False)


class Source(Kind):
    """A class of NumPy's generators, which makes one of the class `made` here."""

    def __init__(self, made: Any) -> None:
        super().__init__(made.__base__)
        self.made = made

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.made(*args, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        return Source, (self.made,)


@functools.wraps(np.random.shuffle)
def shuffle(x: Any) -> None:
    shuffled(np.random.shuffle, x)


@functools.wraps(np.random.default_rng)
def default_rng(seed: Any = None) -> np.random.Generator:
    return seed if isinstance(seed, ShufflingGenerator) else ShufflingGenerator(np.random.default_rng(seed).bit_generator)


Generator, RandomState = Source(ShufflingGenerator), Source(ShufflingState)


def __getattr__(name: str) -> Any:
    found = globals()[name] = opened(getattr(np.random, name))
    return found


def __dir__() -> list[str]:
    return dir(np.random)

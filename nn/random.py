"""The source of random numbers: the generator that is passed as `rng`, else the default one."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Rng", "generator", "manual_seed"]

Rng: TypeAlias = "np.random.Generator | int | None"  # a text: NumPy imports its random numbers when they are first asked for

default_generator: list[np.random.Generator] = []  # one at most: made when it is first needed, replaced by `manual_seed`


def manual_seed(seed: int) -> np.random.Generator:
    """Set the default generator to one with this `seed`, so that everything drawn from it afterwards is the same in every run.

    >>> import nn
    >>> g = nn.manual_seed(0)
    >>> first = nn.Linear(1, 1).weight.item()
    >>> g = nn.manual_seed(0)
    >>> nn.Linear(1, 1).weight.item() == first
    True
    """
    default_generator[:] = [np.random.default_rng(seed)]
    return default_generator[0]


def generator(rng: Rng = None) -> np.random.Generator:
    """`rng` as a generator: itself, one seeded with that integer, or the default one.

    >>> bool(generator(3).integers(10) == generator(3).integers(10))
    True
    """
    if rng is None:
        if not default_generator:
            default_generator.append(np.random.default_rng())
        return default_generator[0]
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"rng={rng}: a seed is not negative.")
        return np.random.default_rng(rng)
    raise TypeError(f"rng is a {type(rng).__name__}: pass np.random.default_rng(seed), or the seed alone.")

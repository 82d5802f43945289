"""Random numbers: `numpy.random`, under a name that programs import."""

from __future__ import annotations

from typing import Any

import numpy as np

from .delegation import opened

__all__ = list(np.random.__all__)


def __getattr__(name: str) -> Any:
    found = globals()[name] = opened(getattr(np.random, name))
    return found


def __dir__() -> list[str]:
    return dir(np.random)

"""Linear algebra: `numpy.linalg`, whose functions take nested lists that hold Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .delegation import opened

__all__ = list(np.linalg.__all__)


def __getattr__(name: str) -> Any:
    found = globals()[name] = opened(getattr(np.linalg, name))
    return found


def __dir__() -> list[str]:
    return dir(np.linalg)

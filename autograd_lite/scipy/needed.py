"""A module of SciPy, or the word to install it."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["needed"]


def needed(name: str) -> Any:
    """The module of this name.

    >>> needed("scipy_that_is_missing.stats")
    Traceback (most recent call last):
    ImportError: autograd_lite.scipy.stats needs SciPy, which is not installed: python -m pip install scipy
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        part = name.rpartition(".")[2]
        raise ImportError(
            f"autograd_lite.scipy.{part} needs SciPy, which is not installed: python -m pip install scipy"
        ) from error

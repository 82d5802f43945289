"""Storage: nested state in a file, from which nothing is ever executed.

The order in which to read: `structure.py`, `npz.py`, `safetensors.py`, `files.py`.
"""

from .files import StorageError, load, save

__all__ = ["StorageError", "load", "save"]

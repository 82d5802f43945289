"""Data-parallel training: rows of the data on several processes or machines.

The order in which to read: `shards.py`, `data_parallel.py`.
"""

from .data_parallel import DataParallel, connect

__all__ = ["DataParallel", "connect"]

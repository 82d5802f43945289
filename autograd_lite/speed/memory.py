"""Memory: glibc keeps what a step frees, for the next step.

glibc's `malloc` maps each array above some size into memory anew, and each page costs a fault when it is first touched: on arrays
from 128 kB on, up to two thirds of an elementwise step. The size grows with the largest mapped block that was ever freed, up to
32 MB ("dynamic mmap threshold" in mallopt(3)). So one block just below that, freed before it was touched, raises it for the whole
process, which then gives memory back to the system only from 64 MB of free memory on.

Set the environment variable `AUTOGRAD_LITE_KEEP_MEMORY=0` before the first import to leave `malloc` as it is. Other C libraries
than glibc are not affected.
"""

from __future__ import annotations

import os

import numpy as np

__all__ = ["keep_memory"]

LARGEST = 2**25 - 2**14  # bytes: glibc's DEFAULT_MMAP_THRESHOLD_MAX of 64-bit systems, less its own bookkeeping


def keep_memory() -> None:
    """Have `malloc` keep freed blocks of up to 32 MB, unless the environment says no."""
    if os.environ.get("AUTOGRAD_LITE_KEEP_MEMORY", "1") != "0":
        np.empty(LARGEST, np.uint8)

"""Compiling: the calls of a recorded function, forward and derivatives alike, as a NumPy program that people read.

In the order in which to read: `recording.py` (lines and values), `stand_in.py` (what stands for arrays meanwhile), `exchange.py`
(how it gets there), `passes.py` (fewer lines), `blocks.py` (large arrays in pieces), `program.py` (the text), `compiler.py`
(`ag.compile`).
"""

from __future__ import annotations

from .compiler import CannotRecord, Compiled, compile

__all__ = ["CannotRecord", "Compiled", "compile"]

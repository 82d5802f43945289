"""Seeing: a network drawn with its neurons, and its training as a film.

Read `network.py`, `marks.py`, `diagram.py`.
"""

from __future__ import annotations

from .diagram import Diagram, diagram

__all__ = ["Diagram", "diagram"]

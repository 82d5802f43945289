"""Seeing: a network drawn with its neurons, and its training as a film.

Read `network.py`, `marks.py`, `diagram.py`, `film.py` with `film.js`.
"""

from __future__ import annotations

from .diagram import Diagram, diagram
from .film import Film, film

__all__ = ["Diagram", "Film", "diagram", "film"]

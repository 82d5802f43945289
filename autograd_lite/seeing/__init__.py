"""Seeing: the inside of a graph made visible, as text, as a picture, as a page to step through, and where numbers go wrong.

* `source.py`: the rules as they stand in the table. `words.py`: an array in few characters. `names.py`: what to call a value;
* `walk.py`: the backward pass with the contribution of each edge kept apart;
* `watching.py`: `ag.watch()`, within which each call leaves a note of its value and of the user's line;
* `tracing.py`: `ag.trace(loss)`, the backward pass as text.
"""

from __future__ import annotations

from .tracing import trace
from .watching import watch

__all__ = ["trace", "watch"]

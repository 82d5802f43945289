"""Seeing: the inside of a graph made visible, as text, as a picture, as a page to step through, and where numbers go wrong.

* `source.py`: the rules as they stand in the table. `words.py`: an array in few characters. `names.py`: what to call a value;
* `walk.py`: the backward pass with the contribution of each edge kept apart;
* `watching.py`: `ag.watch()`, within which each call leaves a note of its value and of the user's line;
* `tracing.py`: `ag.trace(loss)`, the backward pass as text;
* `picture.py`: what a drawing shows; `layout.py`: where it stands; `drawing.py`: as SVG; `stepping.py`: a page to step
  through, written in `page.html`, `page.css` and `stepping.js`; `page.py`: the graph in it; `dot.py`: for Graphviz;
  `showing.py`: `ag.show(loss)`;
* `anomaly.py`: `ag.detect_anomaly()`, within which the first nan or inf raises.
"""

from __future__ import annotations

from .anomaly import AnomalyError, detect_anomaly
from .showing import show
from .stepping import stepped_page
from .tracing import trace
from .watching import watch

__all__ = ["AnomalyError", "detect_anomaly", "show", "stepped_page", "trace", "watch"]

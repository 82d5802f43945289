"""Stepping: one HTML file in which one goes forward and back through steps, whatever they show.

The page is written in `page.html` and `page.css`, and how one goes in `stepping.js`.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["stepped_page"]

PAGE, STYLE, STEPPING = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "stepping.js")
)


def stepped_page(title: str, content: str, data: Any, script: str, style: str = "", keys: str = "") -> str:
    """A page that is complete in itself, with buttons, a slider and keys for going from step to step, light and dark.

    Parameters
    ----------
    title
        Its heading.
    content
        HTML below the buttons. What a step says in words goes into `#status`, which is there, and which screen readers read out.
    data
        What the script reads: anything that JSON has, without nan and infinities.
    script
        JavaScript. `JSON.parse(document.getElementById("data").textContent)` is the data, and
        `stepping(last, show, pause)(0)` begins: `show(step)` is called with each step from 0 to `last`, `pause` are the
        milliseconds between two while it plays.
    style
        CSS of the content.
    keys
        HTML of the line at the end, behind the keys of all such pages.

    Raises
    ------
    ValueError
        A number in the data is not finite.

    Examples
    --------
    >>> page = stepped_page("Squares", "<p id='square'></p>", [0, 1, 4], '''
    ...     const squares = JSON.parse(document.getElementById("data").textContent);
    ...     stepping(2, (step) => { document.getElementById("square").textContent = squares[step]; }, 500)(0);
    ... ''')
    >>> page.startswith("<!DOCTYPE html>"), "<h1>Squares</h1>" in page
    (True, True)
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    parts = {
        "title": escape(title),
        "style": style + STYLE,
        "heading": escape(title),
        "content": content,
        "keys": keys,
        "data": text,
        "script": STEPPING + script,
    }
    page = PAGE
    for name, part in parts.items():  # each mark stands in the page once, in this order
        before, _, after = page.partition(f"<!-- {name} -->")
        page = before + part + after
    return page

"""Notebook: what Jupyter shows of a Tensor, of a node and of any text, as HTML that takes the colours of the page around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["NodeInNotebook", "array_block", "escaped", "table", "text_block"]

WRITTEN = 60  # numbers of an array that are written out


def escaped(text: str) -> str:
    """Text with HTML's special characters replaced, as `html.escape` does, whose module takes a millisecond to import.

    >>> escaped("<a> & 'b'")
    '&lt;a&gt; &amp; &#x27;b&#x27;'
    """
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
        text = text.replace(character, entity)
    return text


def text_block(text: str) -> str:
    """Text with its lines as they are."""
    return f'<pre style="margin:.3em 0;max-height:24em;overflow:auto">{escaped(text)}</pre>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows of text under a head."""
    cell = 'style="text-align:left;padding:.1em .8em .1em 0"'
    lines = ["".join(f"<th {cell}>{escaped(text)}</th>" for text in head)]
    lines += ["".join(f"<td {cell}>{escaped(text)}</td>" for text in row) for row in rows]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def array_block(what: str, array: Any) -> str:
    """An array: dtype, shape, of a large one the least and largest number, and its numbers.

    >>> array_block("grad", np.array([1.0, 2.0]))
    '<div><b>grad</b> float64[2]</div><pre style="margin:.3em 0;max-height:24em;overflow:auto">[1., 2.]</pre>'
    """
    array = np.asarray(array)
    ends = ""
    if array.size > WRITTEN and array.dtype.kind in "iuf":
        finite = array[np.isfinite(array)]
        bad = array.size - finite.size
        ends = f", from {finite.min():.5g} to {finite.max():.5g}" if finite.size else ""
        ends += f", {bad} not finite" if bad else ""
    written = np.array2string(array, separator=", ", threshold=WRITTEN, edgeitems=3)
    return f"<div><b>{escaped(what)}</b> {array.dtype}{list(array.shape)}{ends}</div>{text_block(written)}"


class NodeInNotebook:
    """The lines that show a node: its call, and for each tracked argument where it came from and what is kept for its rule."""

    __slots__ = ()

    primitive: Any
    edges: Any

    def _repr_html_(self) -> str:
        head = f"<div><b>{escaped(repr(self))}</b></div>"
        if self.edges is None:
            return f"{head}<div>A backward pass has freed what it had saved.</div>"
        if not self.edges:
            return head
        rows = []
        for parent, _, saved, argument in self.edges:
            name, label = (argument, argument) if isinstance(argument, str) else (argument[0], f"{argument[0]}[{argument[1]}]")
            reads = self.primitive.reads.get(name, ())
            rows.append([label, repr(parent), ", ".join(map(kept, reads, saved)) or "nothing"])
        return head + table(["argument", "from", "keeps for its rule"], rows)


def kept(name: str, value: Any) -> str:
    """A value that a rule reads, in a few characters."""
    if isinstance(value, np.ndarray):
        return f"{name} {value.dtype}{list(value.shape)}"
    return f"{name} {value!r:.30}"

"""Showing: `ag.show(loss)` draws the graph, as SVG, as a page to step through, or in the language of Graphviz."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .dot import dot
from .drawing import svg
from .names import names_given, names_in
from .page import html
from .picture import picture
from .walk import starting_gradient, steps
from .words import sentence

__all__ = ["Shown", "show"]

IN_A_PICTURE, ON_A_PAGE = 60, 2000  # calls that are drawn


class Shown:
    """A graph to look at: `svg`, `html` and `dot` are texts, each made when first asked for. A notebook shows the picture."""

    def __init__(self, loss: Any, gradient: Any, names: Mapping[Any, str], fold: int | None) -> None:
        self._walked = list(steps(starting_gradient("show", loss, gradient)))
        self._loss, self._names, self._fold = loss, names, fold
        name = names.get(loss.node, "the result")
        self.title = f"{name} = {sentence(loss)}"

    @cached_property
    def svg(self) -> str:
        """The picture, complete in itself."""
        return svg(picture(self._loss, self._walked, self._names, self._fold or IN_A_PICTURE))

    @cached_property
    def html(self) -> str:
        """The page to step through, complete in itself."""
        return html(picture(self._loss, self._walked, self._names, self._fold or ON_A_PAGE), self.title)

    @cached_property
    def dot(self) -> str:
        """The picture for Graphviz."""
        return dot(picture(self._loss, self._walked, self._names, self._fold or IN_A_PICTURE))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it into a file that ends in .svg, .html or .dot.

        Raises
        ------
        ValueError
            The name ends in something else.
        """
        ending = Path(path).suffix
        if ending not in (".svg", ".html", ".dot"):
            raise ValueError(f"show: {os.fspath(path)!r} ends in {ending or 'nothing'!r}; write a name in .svg, .html or .dot.")
        Path(path).write_text(getattr(self, ending[1:]) + "\n", encoding="utf-8")

    def _repr_html_(self) -> str:
        return f'<div style="overflow: auto">{self.svg}</div>'

    def __repr__(self) -> str:
        return f"<the graph of {self.title}: its .svg, .html and .dot; .save('graph.html') writes a page>"


def show(
    loss: Any,
    path: str | os.PathLike[str] | None = None,
    gradient: Any = None,
    *,
    names: Mapping[str, Any] | None = None,
    fold: int | None = None,
) -> Shown:
    """The graph of a Tensor with its values and gradients: a picture, or a page on which one steps through both passes.

    It is drawn here, without Graphviz: in layers, each call below those it was made from. No `.grad` changes, and the graph
    can be walked again. Values that no rule reads are not kept by a graph: record within `ag.watch()` to see them all.

    Parameters
    ----------
    loss
        The result of recorded calls.
    path
        A file to write: in `.svg` the picture, in `.html` the page (one file, which loads nothing), in `.dot` for Graphviz.
    gradient
        The gradient to start from, as for `backward`; by default 1, for a Tensor with a single element.
    names
        Tensors by the names to give them. By default they are called as the variables of the caller are.
    fold
        The number of calls from which on those in the middle are folded into one; by default 60 in a picture, 2,000 on a page.

    Returns
    -------
    Shown
        It has the texts `svg`, `html` and `dot`, and shows itself in a notebook.

    Raises
    ------
    RuntimeError
        Nothing requires grad; or an earlier backward pass has freed the graph: show it before, or keep the graph.
    ValueError
        It has many elements and no gradient is given; `fold` is less than 2; or the path has another ending.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> w = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> shown = ag.show((w * w).sum())
    >>> shown.svg.count('<g class="node'), "grad [2, 4]" in shown.svg
    (3, True)
    """
    if fold is not None and fold < 2:
        raise ValueError(f"show: fold={fold} leaves nothing to see; it is at least 2.")
    shown = Shown(loss, gradient, names_given("show", names) if names is not None else names_in(sys._getframe(1)), fold)
    if path is not None:
        shown.save(path)
    return shown

"""Tracing: `ag.trace(loss)` tells the backward pass step by step, as text."""

from __future__ import annotations

import functools
import inspect
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..functions import conj
from ..graph import Leaf, Node
from .names import argument_name, call_name, names_given, names_in
from .source import row_source, rule_source
from .walk import Sent, Step, arguments, starting_gradient, steps
from .watching import note_of
from .words import kind, sentence

__all__ = ["Text", "how_fitted", "reads_shown", "trace"]


class Text(str):
    """Text that shows itself as it is, without quotes, at a prompt and in a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def trace(
    loss: Any,
    gradient: Any = None,
    *,
    where: bool = False,
    names: Mapping[str, Any] | None = None,
    width: int | None = None,
    limit: int | None = 200,
) -> Text:
    """The backward pass from a Tensor step by step, as text: what each call is sent, by which rule, and what it sends on.

    It runs the engine's own pass over a copy of the graph: no `.grad` changes, and the graph can be walked again.

    Parameters
    ----------
    loss
        The result of recorded calls.
    gradient
        The gradient to start from, as for `backward`; by default 1, for a Tensor with a single element.
    where
        True tells the user's line that made each value. The forward pass must have run within `ag.watch()`.
    names
        Tensors by the names to give them. By default they are called as the variables of the caller are.
    width
        The number of characters in a line; by default that of the terminal.
    limit
        The number of steps that are told; None for all.

    Returns
    -------
    Text
        A `str` that prints itself at a prompt. Arrays of up to six numbers are written out, of others shape and range.

    Raises
    ------
    RuntimeError
        Nothing requires grad; or an earlier backward pass has freed the graph: trace before it, or keep the graph.
    ValueError
        It has many elements and no gradient is given; or `where`, and nothing of the graph was recorded within `ag.watch()`.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd_lite as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> u = x * x
    >>> loss = np.sin(u).sum()
    >>> text = ag.trace(loss, width=100)
    >>> print(text[text.index("3  "):])
    3  multiply -> u  float64[2]
       np.multiply: (lambda g, b: g * b, lambda g, a: g * a),  autograd_lite/rules/elementwise.py:...
       g = [0.5403, -0.65364]
       for a: g * b  with b = [1, 2]
         sends [0.5403, -1.3073] to x
       for b: g * a  with a = [1, 2]
         sends [0.5403, -1.3073] to x; the sum of its 2 contributions so far is [1.0806, -2.6146]
    <BLANKLINE>
    leaves
       x  float64[2]  gradient [1.0806, -2.6146]
    """
    walked = list(steps(starting_gradient("trace", loss, gradient)))
    named = names_given("trace", names) if names is not None else names_in(sys._getframe(1))
    if where and not any(note_of(step.node) for step in walked):
        raise ValueError(
            "trace: where=True tells lines that were kept while the graph was recorded, and none were. Record it within "
            "ag.watch(): with ag.watch(): loss = ...; then ag.trace(loss, where=True)."
        )
    labels = labelled(walked, named)
    calls = [step for step in walked if step.node.__class__ is not Leaf]
    leaves = [step for step in walked if step.node.__class__ is Leaf]
    lines = [heading(loss, labels, len(calls), len(leaves))]
    for i, step in enumerate(calls[:limit], 1):
        lines += ["", *told(i, step, labels, where)]
    if limit is not None and len(calls) > limit:
        lines += ["", f"... and {len(calls) - limit:,} more steps; limit=None tells all."]
    lines += ["", "leaves"]
    lines += [f"   {labels[s.node]}  {kind(s.node)}  gradient {sentence(conj(s.gradient))}" for s in leaves]
    return Text("\n".join(wrapped(lines, width or shutil.get_terminal_size().columns)))


def heading(loss: Any, labels: Mapping[Node, str], calls: int, leaves: int) -> str:
    """The value that was computed, and the size of the graph."""
    name = labels[loss.node]
    what = "the result" if name.startswith("step ") else name
    several = "call" if calls == 1 else "calls"
    return f"{what} = {sentence(loss)}, by {calls:,} {several} from {leaves:,} {'leaf' if leaves == 1 else 'leaves'}"


def labelled(walked: Iterable[Step], named: Mapping[Node, str]) -> dict[Node, str]:
    """The name of each node: as the user calls it, else by its step; leaves by their number."""
    labels: dict[Node, str] = {}
    calls = leaves = 0
    for step in walked:
        node = step.node
        if node.__class__ is Leaf:
            leaves += 1
            labels[node] = named.get(node, f"leaf {leaves}")
        else:
            calls += 1
            labels[node] = named.get(node, f"step {calls}")
    return labels


def told(i: int, step: Step, labels: Mapping[Node, str], where: bool) -> Iterator[str]:
    """The lines of one step."""
    node = step.node
    name = "" if labels[node].startswith("step ") else f" -> {labels[node]}"
    yield f"{i}  {call_name(node)}{name}  {kind(node)}"
    if where:
        note = note_of(node)
        yield f"   at {note.place}" if note and note.place else "   at a line that was not kept"
    row = row_source(node.primitive)
    if row is not None:
        yield f"   {row.text}  {row.place}"
    yield f"   g = {sentence(step.gradient)}"
    for sent in step.sent:
        yield from told_of_edge(step, sent, labels, row is None)


def told_of_edge(step: Step, sent: Sent, labels: Mapping[Node, str], alone: bool) -> Iterator[str]:
    """The lines of one contribution; `alone` where the rule stands in no table."""
    parent, rule, _, argument = sent.edge
    source = rule_source(rule)
    if alone and source.line:
        yield f"   {source.line}  {source.place}"
    reads = ", ".join(f"{name} = {sentence(value)}" for name, value in reads_shown(step.node, sent.edge))
    yield f"   for {argument_name(argument)}: {source.body}" + (f"  with {reads}" if reads else "")
    sums = f"; the sum of its {sent.part} contributions so far is {sentence(sent.total)}" if sent.part > 1 else ""
    yield f"     sends {sentence(sent.contribution)} to {labels[parent]}{how_fitted(step.gradient, sent)}{sums}"


def how_fitted(gradient: Any, sent: Sent) -> str:
    """The change that the engine makes to the result of a rule before it is sent, in words; "" if there is none."""
    parent, rule, saved, _ = sent.edge
    if parent.shape is None:  # a call with several results
        return ""
    with np.errstate(all="ignore"):
        found = np.asarray(rule(gradient, *saved))
    if found.size != sent.contribution.size:
        return f", {'summed' if found.size > sent.contribution.size else 'repeated'} to its shape {parent.shape}"
    masked = ~np.isfinite(found).reshape(parent.shape) & (sent.contribution == 0)
    return ", with 0 for nan or inf, behind a mask or a root of 0" if masked.any() else ""


def reads_shown(node: Node, edge: Any) -> Iterator[tuple[str, Any]]:
    """The values that a rule reads beside `g`, without options that have their default."""
    read = read_by(edge[1])
    parameters: Mapping[str, Any] = getattr(getattr(node.primitive, "signature", None), "parameters", {})
    for name, value in arguments(edge, node):
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        if value is not default and name in read:
            yield name, value


@functools.lru_cache(maxsize=4096)
def read_by(rule: Any) -> frozenset[str]:
    """The names that a rule reads, as its author wrote it."""
    return frozenset(inspect.signature(inspect.unwrap(rule)).parameters)


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, each broken where it would be wider, and indented further there."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 6)
        broken = textwrap.wrap(line, max(width, 20), subsequent_indent=indent, break_on_hyphens=False) or [""]
        yield from broken

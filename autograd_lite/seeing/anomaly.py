"""Anomalies: within `ag.detect_anomaly()` the first nan or inf raises, with the call, the user's line and the element.

So does a saved array that was written into since: arrays that calls keep for their rules are fingerprinted.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np

from ..engine import ancestors
from ..graph import Leaf, Node
from ..safety.operands import values_of
from ..safety.stale import arrays_in
from ..several import Several
from .names import argument_name, call_name
from .source import rule_source
from .tracing import reads_shown
from .walk import Sent, Step, arguments, steps
from .watching import WALK, Watching, frames, note_of, user_place
from .words import first_bad, first_true, kind, range_of, sentence

__all__ = ["AnomalyError", "detect_anomaly"]

NO_NUMBERS = {"ord", "p", "out"}  # options of which an inf says what norm is meant, and where the result itself is


class AnomalyError(FloatingPointError):
    """A nan or inf within `ag.detect_anomaly()`, or a saved array that was written into since. Printed, it is the message.

    Attributes
    ----------
    operation
        The name of the call.
    place
        The user's line that made it, with `file`, `line` and `function`; None if it was recorded outside of the block.
    index
        The index of the first element that is not finite; None where the whole has no numbers of its own.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> x = ag.tensor([4.0, -1.0], requires_grad=True)
    >>> try:
    ...     with np.errstate(invalid="ignore"), ag.detect_anomaly():
    ...         np.sqrt(x)
    ... except ag.AnomalyError as error:
    ...     error.operation, error.index
    ('sqrt', (1,))
    """

    def __init__(self, message: str, operation: str, place: Any, index: tuple[int, ...] | None) -> None:
        super().__init__(message)
        self.operation, self.place, self.index = operation, place, index


class WrittenError(AnomalyError, RuntimeError):
    """A saved array was written into since. A RuntimeError, as the engine's own is for writes that it knows of."""


fingerprints: weakref.WeakKeyDictionary[Node, list[int]] = weakref.WeakKeyDictionary()  # of the arrays that a call has saved


class detect_anomaly(Watching):  # noqa: N801  (PyTorch's name)
    """Raise where the first nan or inf arises, in the forward pass or in the backward pass.

    The forward pass raises at the call that makes one: its result has an inf although nothing that it was given, operand or
    option, has an inf or nan; or a nan although nothing that it was given has a nan, so inf - inf is told. A call that works
    element by element is looked at so too. What was handed in is no news: not the -inf that max pooling pads with and attention
    masks add, and a nan of the data not before a leaf would get it.

    The backward pass raises before it changes any `.grad`, if a leaf would get one, and names the rule that made it of finite
    numbers. An infinite slope that a mask keeps out, or that meets a zero which is known to win, reaches no leaf and raises
    nothing. It holds for the current thread, for calls that are recorded there, and for graphs that were recorded before; only
    the lines of these are not known. It costs nothing outside.

    It also raises if an array that a call within the block keeps for its rules was written into since, where no Tensor can
    know: an element of `w.data`, or a NumPy operand.

    Programs of `ag.compile` are not looked into, nor is a function while it is compiled: call the function itself.

    Parameters
    ----------
    inf
        False raises for nan alone, where infinities that arise are meant, such as the log of a probability of 0.

    Raises
    ------
    AnomalyError
        With the call, the line, the shapes and ranges, and the index of the first such element. It is a FloatingPointError;
        for a saved array that was written into also a RuntimeError, with the array and without an index.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd_lite as ag
    >>> x = ag.tensor([4.0, 0.0], requires_grad=True)
    >>> with np.errstate(divide="ignore"), ag.detect_anomaly():  # doctest: +ELLIPSIS
    ...     y = np.log(x)
    Traceback (most recent call last):
    autograd_lite.seeing.anomaly.AnomalyError: log, at ...: the first nan or inf is -inf at index (1,) of its result, ...
    """

    values = False

    def __init__(self, inf: bool = True) -> None:
        self.inf = inf

    def recorded(self, frame: FrameType, made: list[Any]) -> None:
        """Look at the results of a call."""
        super().recorded(frame, made)
        if any(above.f_code is WALK for above in frames(frame)):  # a pass that is recorded: it was looked at before
            return
        for tensor in made:
            if first_bad(tensor._array, self.inf) is not None:
                index = self.arisen(frame, tensor._array)
                if index is not None:
                    raise self.of_call(frame, tensor._array, index)

    def note(self, tensor: Any, place: Any) -> None:
        """Keep the place of a call, and the fingerprints of what it has saved."""
        super().note(tensor, place)
        if (node := tensor._node) is not None and node.edges:
            for made in (node, *(edge[0] for edge in node.edges if edge[0].shape is None)):
                if made.edges and made not in fingerprints:
                    fingerprints[made] = [fingerprint(array) for _, _, array in saved_arrays(made)]

    def arisen(self, frame: FrameType, y: Any) -> tuple[int, ...] | None:
        """The index of the first nan or inf of a result that was in nothing the call was given; None if there is none."""
        primitive = frame.f_globals["_primitive"]
        had_nan, had_any = np.zeros(y.shape, bool), np.zeros(y.shape, bool)
        for name, parameter in primitive.signature.parameters.items():
            x = frame.f_locals.get(name)
            if name in NO_NUMBERS or x is parameter.default:
                continue
            for part in parts_of(values_of(x)):
                if first_bad(part) is None:
                    continue
                nan, bad = np.isnan(part), ~np.isfinite(part)
                one_by_one = primitive.elementwise and broadcasts(part, y.shape)
                had_nan |= nan if one_by_one else nan.any()
                had_any |= bad if one_by_one else True
        new = np.isnan(y) & ~had_nan | (np.isinf(y) & ~had_any if self.inf else False)
        return first_true(new)

    def of_call(self, frame: FrameType, y: Any, index: tuple[int, ...]) -> AnomalyError:
        """The error for a call with such a result."""
        primitive = frame.f_globals["_primitive"]
        place = user_place(frame.f_back)
        given = [(name, values_of(frame.f_locals.get(name))) for name in primitive.rules]
        name = primitive.name
        message = (
            f"{name}{at(place)}: the first nan or inf is {y[index]} at index {index} of its result, {kind(y)} {range_of(y)}. "
            f"It was given {'; '.join(operand(a, x, y.shape, index) for a, x in given)}.{self.already(given)}"
        )
        return AnomalyError(message, name, place, index)

    def already(self, given: list[tuple[str, Any]]) -> str:
        """A sentence about arguments that are not finite themselves."""
        bad = [name for name, x in given for part in parts_of(x) if first_bad(part, self.inf) is not None]
        return f" There {'was' if len(bad) == 1 else 'were'} one already in {', '.join(dict.fromkeys(bad))}." if bad else ""

    def walking(self, frame: FrameType) -> None:
        """Walk back over a copy of the graph first, and look at what reaches the leaves."""
        given = frame.f_locals
        start, until = given["gradients"], given.get("until", ())
        stop = frozenset(until) if isinstance(until, (tuple, list, set, frozenset, dict)) else frozenset()
        self.refuse_written(ancestors(start, stop))
        self.look(list(steps({node: values_of(g) for node, g in start.items()}, stop)), stop)

    def refuse_written(self, order: list[Node]) -> None:
        """Raise if an array that a call of the pass has saved is no longer what it was."""
        for node in order:
            for before, (argument, name, array) in zip(fingerprints.get(node, ()), saved_arrays(node), strict=False):
                if fingerprint(array) == before:
                    continue
                note = note_of(node)
                place = note.place if note else None
                what = "its result" if name == "y" else name
                message = (
                    f"backward of {call_name(node)}{at(place)}: {what}, {kind(array)} now {range_of(array)}, kept for the "
                    f"rule for {argument}, was written into since it was recorded. Compute the loss anew after the change, call "
                    f"backward before it, or give the call a copy: x.copy()."
                )
                raise WrittenError(message, call_name(node), place, None)

    def look(self, walked: list[Step], stop: frozenset[Node]) -> None:
        """Raise if the gradient of a leaf is not finite."""
        bad = {step.node: step for step in walked if any(first_bad(g, self.inf) is not None for g in parts_of(step.gradient))}
        ends = [step for step in walked if (step.node.__class__ is Leaf or step.node in stop) and step.node in bad]
        if not ends:
            return
        came: dict[Node, list[tuple[Step, Sent]]] = {}
        for step in walked:
            for sent in step.sent:
                if any(first_bad(part, self.inf) is not None for part in parts_of(sent.contribution)):
                    came.setdefault(sent.edge[0], []).append((step, sent))
        origin = ends[0]
        while came.get(origin.node):  # back to the call that made it of finite numbers
            step, sent = came[origin.node][0]
            if step.node not in bad:
                raise self.of_rule(step, sent)
            origin = step
        raise self.of_gradient(origin)

    def of_rule(self, step: Step, sent: Sent) -> AnomalyError:
        """The error for a rule that made a nan or inf."""
        node, (parent, rule, _, argument) = step.node, sent.edge
        note, source = note_of(node), rule_source(rule)
        place = note.place if note else None
        (part,) = list(parts_of(sent.contribution))[:1] or [np.array(np.nan)]
        index = first_bad(part, self.inf) or ()
        label = argument_name(argument)
        reads = [("g", step.gradient), *reads_shown(node, sent.edge)]
        name = call_name(node)
        message = (
            f"backward of {name}{at(place)}: its rule for {label}, {source.body} ({source.place}), made the first nan or inf: "
            f"{part[index]} at index {index} of the gradient of {label}, {kind(parent)} {range_of(part)}. "
            f"It read {'; '.join(operand(a, x, part.shape, index) for a, x in reads)}.{self.already(reads)}"
        )
        return AnomalyError(message, name, place, index)

    def of_gradient(self, step: Step) -> AnomalyError:
        """The error for finite contributions whose sum is not, and for a gradient to start from."""
        note, g = note_of(step.node), next(iter(parts_of(step.gradient)))
        place, name, index = note.place if note else None, call_name(step.node), first_bad(g, self.inf)
        message = (
            f"backward at {name}{at(place)}: the gradient to start from, or a sum of finite contributions, is not finite: "
            f"{g[index]} at index {index} of {kind(step.node)} {range_of(g)}."
        )
        return AnomalyError(message, name, place, index)


def saved_arrays(node: Node) -> Iterator[tuple[str, str, Any]]:
    """The arrays that a call has saved: for the rule of which argument, by which name, and the array."""
    for edge in node.edges or ():
        for name, value in arguments(edge, node):
            for array in arrays_in([value]):
                if not array.dtype.hasobject:
                    yield argument_name(edge[3]), name, array


def fingerprint(array: Any) -> int:
    """A number that is another one, but for one case in 2**64, if an element is."""
    return hash(array.tobytes())


def at(place: Any) -> str:
    """Where a call was made."""
    return f", at {place}" if place else ""


def parts_of(x: Any) -> Iterator[Any]:
    """The arrays of a gradient or an argument."""
    if isinstance(x, (np.ndarray, np.generic, float, complex)):
        yield np.asarray(x)
    elif isinstance(x, (Several, tuple, list)):
        for part in x:
            yield from parts_of(part)


def broadcasts(x: Any, shape: tuple[int, ...]) -> bool:
    """True if an argument has one element for each element of a result of that shape, or one for many."""
    return x.ndim <= len(shape) and all(n in (1, m) for n, m in zip(x.shape[::-1], shape[::-1], strict=False))


def operand(name: str, x: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """An argument: shape, range, and its element there."""
    if not isinstance(x, (np.ndarray, np.generic)):
        return f"{name} = {sentence(x)}"
    x = np.asarray(x)
    there = ""
    if x.shape and broadcasts(x, shape):
        own = index[len(shape) - len(x.shape) :]
        there = f", there {sentence(x[tuple(0 if n == 1 else i for n, i in zip(x.shape, own, strict=True))])}"
    return f"{name}: {kind(x)} {range_of(x) if x.size > 1 else sentence(x)}{there}"

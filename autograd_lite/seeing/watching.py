"""Watching: within `ag.watch()` each recorded call leaves a note of its value and of the user's line that made it.

Nothing in the engine knows of it, so it costs nothing when it is off: while it is on, Python's own profiler hook
(`sys.setprofile`) reports each return of a recorder, and the notes are kept beside the nodes, as long as these live. It holds
for the current thread. A profiler that ran before has to wait until the end of the last that watches, in whatever order they end.
"""

from __future__ import annotations

import itertools
import linecache
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, Self

import numpy as np

from ..compiled.recording import recording
from ..engine import backpropagate
from ..graph import Node, Value
from ..plain_pass import gradients_of_leaves

__all__ = ["Note", "Place", "Watching", "note_of", "user_place", "watch"]

HERE = Path(__file__).parents[1]
OURS = (f"{HERE}{os.sep}", f"{HERE.parent / 'nn'}{os.sep}", "<recorder of ")  # the files of this distribution
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
WALK, PLAIN = backpropagate.__code__, gradients_of_leaves.__code__


class Place(NamedTuple):
    """A line of the user's that made a call."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        """File, line and the line itself: `train.py:12: loss = np.log(p)`."""
        file = Path(self.file)
        shown = file.name if file.is_relative_to(Path.cwd()) or len(self.file) > 40 else self.file
        text = linecache.getline(self.file, self.line).strip()
        return f"{shown}:{self.line}" + (f": {text}" if text else "")


class Note(NamedTuple):
    """Facts about a node that the graph does not hold."""

    place: Place | None
    """None for what a function of the library made without a user's line on the stack."""
    value: Any
    """A copy of its value; None where only places are kept."""


notes: weakref.WeakKeyDictionary[Node, Note] = weakref.WeakKeyDictionary()


def note_of(node: Node) -> Note | None:
    """The note of a node that was made within `ag.watch()`; None for any other."""
    return notes.get(node)


class Watching:
    """A context manager: while it is on, `recorded` is given the results of each recorded call on Tensors.

    Subclasses also have `walking`, which is called before each backward pass.
    """

    values = True

    def __enter__(self) -> Self:
        entered.stack.append((self, sys.getprofile()))
        self.stack = entered.stack
        sys.setprofile(hear)
        return self

    def __exit__(self, *_: object) -> None:
        stack = self.stack
        at = max(i for i, (watching, _) in enumerate(stack) if watching is self)
        before = stack.pop(at)[1]
        if at < len(stack):  # one that was entered later goes on, and puts back what was there before this one
            stack[at] = stack[at][0], before
        elif stack is entered.stack:  # else a generator ends in another thread
            sys.setprofile(before)

    def event(self, frame: FrameType, event: str, result: Any) -> None:
        """An event that Python's profiler hook reports."""
        code = frame.f_code
        if event == "return" and code.co_filename.startswith("<recorder of ") and result is not None:
            made = [t for t in (result if isinstance(result, tuple) else (result,)) if isinstance(t, Value)]
            if made:
                self.recorded(frame, made)
        elif event == "call" and (code is PLAIN or (code is WALK and begins(frame))):
            self.walking(frame)

    def recorded(self, frame: FrameType, made: list[Any]) -> None:
        """A recorder is about to return these Tensors."""
        place = user_place(frame.f_back)
        for tensor in made:
            self.note(tensor, place)

    def note(self, tensor: Any, place: Place | None) -> None:
        """Keep the value and the place of a Tensor's node; the first call on its way has made it."""
        node = tensor._node
        if node is None or not node.edges or node in notes:
            return
        notes[node] = Note(place, np.array(tensor._array) if self.values else None)
        for edge in node.edges:
            if edge[0].shape is None and edge[0] not in notes:  # the call of which this is one result
                notes[edge[0]] = Note(place, None)

    def walking(self, frame: FrameType) -> None:
        """A backward pass is about to begin."""


class Entered(threading.local):
    """The watchers of the current thread: each with the profiler that ran before it, the last that was entered at the end."""

    def __init__(self) -> None:
        self.stack: list[tuple[Watching, Any]] = []


entered = Entered()


def hear(frame: FrameType, event: str, result: Any) -> None:
    """The profiler hook: all that watch hear of each call, but not while `ag.compile` records it on stand-ins."""
    if not entered.stack:  # the last has ended in another thread
        sys.setprofile(None)
    if recording.get() is None:
        for watching, _ in tuple(entered.stack):
            watching.event(frame, event, result)


class watch(Watching):  # noqa: N801  (a context manager is called like a function)
    """Within, each recorded call keeps its value and the user's line, for `ag.trace(loss, where=True)` and `ag.show(loss)`.

    Nothing is kept outside, where recording costs what it did. Within, a call takes some microseconds more, and each value
    that was recorded is copied and held as long as the graph is. It holds for the current thread.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.watch():
    ...     loss = x * x + 1.0
    >>> note_of(loss.node).value, note_of(loss.node).place.line
    (array(5.), 2)
    """

    def __getitem__(self, node: Node) -> Any:
        """The value of a node that was recorded within, a copy.

        Raises
        ------
        KeyError
            It was recorded elsewhere, or is a leaf.

        Examples
        --------
        >>> import autograd_lite as ag
        >>> x = ag.tensor(2.0, requires_grad=True)
        >>> with ag.watch() as seen:
        ...     y = x + 1.0
        >>> seen[y.node]
        array(3.)
        """
        note = notes.get(node)
        if note is None:
            raise KeyError(f"{node} was recorded elsewhere, or is a leaf: its array is the data of its Tensor.")
        return note.value


def begins(frame: FrameType) -> bool:
    """True if `backpropagate` begins a pass: it neither goes on behind a `yield` nor does the rest of a plain pass."""
    return "order" not in frame.f_locals and all(above.f_code is not PLAIN for above in itertools.islice(frames(frame), 4))


def user_place(frame: FrameType | None) -> Place | None:
    """The innermost frame that is neither of this library nor of an installed one; else the innermost of an installed one."""
    installed = None
    for at in frames(frame):
        file = at.f_code.co_filename
        if file.startswith(OURS):
            continue
        place = Place(file, at.f_lineno, at.f_code.co_name)
        if not any(part in file for part in INSTALLED):
            return place
        installed = installed or place
    return installed


def frames(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it."""
    while frame is not None:
        yield frame
        frame = frame.f_back

"""Views: Tensors that show parts of one piece of memory, and the way from the whole to each part."""

from __future__ import annotations

import operator
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .layouts import copied, laid_out, layout_of
from .stale import owner_of

__all__ = [
    "IMAGINARY", "REAL", "Memory", "Part", "Place", "detach_part", "held_elsewhere", "is_scalar", "laid_out_like",
    "leave_memory", "lock", "may_share_memory", "own", "scalar_as", "shares_memory",
]  # fmt: skip

Step = Callable[[Any], Any]
REAL, IMAGINARY = operator.attrgetter("real"), operator.attrgetter("imag")  # the steps to the parts of complex numbers
lock = threading.RLock()  # held while a view is noted, made anew or written into: threads may share the memory


class Memory:
    """One piece of memory, and the Tensors that show parts of it.

    A write to one of them changes `array`, the whole. The others are out of date then: each makes its array and node anew of the
    whole when it is asked for them (`array/live.py`). So a write costs the same however many views are alive, and a view that is
    never read again costs nothing.
    """

    __slots__ = ("__weakref__", "array", "current", "due", "origin")

    def __init__(self, tensor: Any, origin: Origin) -> None:
        self.array = tensor._array
        self.origin = weakref.ref(origin)  # lives as long as a Tensor that is not detached shows some of the memory
        self.current: list[weakref.ref[Any]] = [weakref.ref(tensor)]  # the Tensors that are up to date
        self.due = 8

    def join(self, tensor: Any) -> None:
        """`tensor` is up to date."""
        if len(self.current) >= self.due:
            self.current = [ref for ref in self.current if ref() is not None]
            self.due = 2 * len(self.current) + 8
        self.current.append(weakref.ref(tensor))


class Origin:
    """How the whole of a piece of memory was computed, for some of the Tensors that show it: its node, None if it is constant.

    Those that are detached have an origin of their own.
    """

    __slots__ = ("__weakref__", "node")

    def __init__(self, node: Any) -> None:
        self.node = node


class Part:
    """The part of a piece of memory that one Tensor shows: the views, one of the other, that lead to it from the whole."""

    __slots__ = ("memory", "origin", "steps")

    def __init__(self, memory: Memory, origin: Origin, steps: tuple[Step, ...]) -> None:
        self.memory, self.origin, self.steps = memory, origin, steps

    def array(self) -> Any:
        """The part as NumPy's view into the memory."""
        part = self.memory.array
        for step in self.steps:
            part = step(part)
        return part

    def place(self, key: Any = ...) -> Place | None:
        """Where `key` of this part is in the whole; None where NumPy would not write."""
        return Place(self.steps, layout_of(self.memory.array), key) if self.array().flags.writeable else None


class Place:
    """A key for the whole of a piece of memory that names elements of a part: it shows them in every array laid out alike."""

    __slots__ = ("imaginary", "key", "layout", "real", "steps")

    def __init__(self, steps: tuple[Step, ...], layout: Any, key: Any) -> None:
        self.steps, self.layout, self.key = steps, layout, key
        self.real, self.imaginary = REAL in steps, IMAGINARY in steps  # a part of complex numbers

    def __repr__(self) -> str:
        return f"<place of {self.key!r} behind {len(self.steps)} views>"

    def __call__(self, whole: Any) -> Any:
        """The elements in `whole`."""
        part, key = self.target(self.arranged(whole))
        return part[key]

    def target(self, whole: Any) -> tuple[Any, Any]:
        """The part of `whole`, and the key into it."""
        for step in self.steps:
            whole = step(whole)
        return whole, self.key

    def dtype(self, part: Any) -> Any:
        """The dtype of a whole of which the elements are of dtype `part`."""
        return np.result_type(part, np.complex64) if self.real or self.imaginary else part

    def arranged(self, whole: Any) -> Any:
        """`whole`, laid out like the memory that the steps were made for; itself if it is."""
        whole = np.asarray(whole)
        return whole if layout_of(whole) == self.layout and whole.flags.writeable else laid_out(whole, self.layout)


def laid_out_like(array: Any, like: Any) -> Any:
    """`array` in the memory layout of `like`, as if it had been written into it; itself if it is laid out so."""
    if array.strides == like.strides and array.flags.writeable:
        return array
    return laid_out(array, layout_of(like))


def shares_memory(view: Any, base: Any, step: Step, detached: bool = False) -> Any:
    """Note that `view` shows `step` of what `base` shows, and return `view`."""
    if not base._array.ndim and is_scalar(base):  # never written into: NumPy makes an array of its own
        view._array = np.array(view._array)
        return view
    with lock:
        array = base._array
        if own(base) and np.may_share_memory(view._array, array):
            view._array = step(base._array)
        part = base._part or first_part(base)
        origin = part.origin
        if detached or (view._node is None and base._node is not None):  # made under no_grad
            origin = Origin(None)
        view._part = Part(part.memory, origin, (*part.steps, step))
        part.memory.join(view)
    return view


def first_part(tensor: Any) -> Any:
    """The whole of a piece of memory, as the part of the first Tensor that shows it."""
    origin = Origin(tensor._node)
    part = tensor._part = Part(Memory(tensor, origin), origin, ())
    return part


def own(tensor: Any) -> bool:
    """Give a variable that is lent the array of a transform's caller a copy, before somebody writes; True if it was."""
    lent = getattr(tensor._node, "is_lent", False)
    if lent:
        tensor._array, tensor._node.is_lent = copied(tensor._array), False
    return lent


def may_share_memory(result: Any, argument: Any, step: Step) -> None:
    """Note that `result` shows `step` of `argument`, if it does: a reshape is a copy where there is no such view.

    The transpose of a scalar is a scalar.
    """
    if owner_of(result._array) is owner_of(argument._array) and (result._array.ndim or not is_scalar(argument)):
        shares_memory(result, argument, step)


def leave_memory(tensor: Any) -> None:
    """`tensor` gets an array of its own, and shows nothing that another Tensor shows."""
    tensor._part = None


def detach_part(tensor: Any) -> None:
    """`tensor` becomes a constant, and shows what it has shown."""
    part = tensor._part
    if part is not None:
        tensor._part = Part(part.memory, Origin(None), part.steps)


def is_scalar(tensor: Any) -> bool:
    """True for a value that NumPy would have as a scalar, which nothing can write into."""
    array = tensor._array
    return not (array.ndim or array.flags.writeable)


def scalar_as(made: Any, tensor: Any) -> Any:
    """`made`, of its own memory, as a scalar if `tensor` is one."""
    if not made._array.ndim:
        made._array.flags.writeable = tensor._array.flags.writeable
    return made


def held_elsewhere(array: Any) -> bool:
    """True if more than one object holds `array`, or the memory that it shows: a node may have saved it.

    Call it with an attribute that holds the array: a name would hold it too.
    """
    if references(array) > ALONE:
        return True
    return array.base is not None and (not isinstance(array.base, np.ndarray) or held_elsewhere(array.base))


class Holder:
    """The one object that holds an array."""

    array = np.empty(0)


references = sys.getrefcount
ALONE = (lambda array: references(array))(Holder.array)

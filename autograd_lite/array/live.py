"""Live views: what is written into a Tensor is seen by all that show the same memory, with its gradient, as in NumPy."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..graph import Value, wrap
from ..rules.indexing import getitem, is_basic, setitem
from ..safety.layouts import copied
from ..safety.modes import enable_grad
from ..safety.stale import changes
from ..safety.views import Memory, Part, held_elsewhere, laid_out_like, lock, own
from .dispatch import RECORDERS

__all__ = [
    "array_of_memory", "exchange", "is_outdated", "note_change", "read_element", "shows_the_same", "write", "write_unrecorded",
]  # fmt: skip

record_getitem = RECORDERS[getitem]
record_setitem = RECORDERS[setitem]


outdated_classes: set[type[Any]] = set()


@functools.cache
def outdated(kind: type[Any]) -> type[Any]:
    """The class of a Tensor of `kind` that is out of date: it has no array and node, and makes them when it is asked for them.

    A class of its own, because a class that has `__getattr__` is slower in all it does.
    """

    class Outdated(kind):  # type: ignore[misc]
        __slots__ = ()
        __doc__ = kind.__doc__

        def __getattr__(self, name: str) -> Any:
            if name not in ("_array", "_node"):
                raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}", name=name, obj=self)
            with lock:
                if is_outdated(self):  # another thread has not renewed it meanwhile
                    renew(self, kind)
                return getattr(self, name)

    Outdated.__name__, Outdated.__qualname__, Outdated.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    outdated_classes.add(Outdated)
    return Outdated


def is_outdated(tensor: Any) -> bool:
    """True if `tensor` shows memory that was written into since it had array and node."""
    return tensor.__class__ in outdated_classes


def outdate(memory: Memory) -> None:
    """Put all Tensors that show some of the memory out of date: it is about to be written into."""
    with lock:
        current, memory.current = memory.current, []
        for ref in current:
            tensor: Any = ref()
            part = None if tensor is None else tensor._part
            if part is not None and part.memory is memory and not is_outdated(tensor):
                tensor.__class__ = outdated(tensor.__class__)  # first: another thread may be reading
                del tensor._array, tensor._node


def renew(tensor: Any, kind: type[Any]) -> None:
    """Make a Tensor that is out of date one of `kind` again, with array and node."""
    part = tensor._part
    made = whole_of(part)
    if part.steps:
        place = part.place()
        with enable_grad():
            if place is not None:
                made = record_getitem(made, place, True)
            else:  # what NumPy would not write into, where elements may be shown twice
                for step in part.steps:
                    made = step(made)
    tensor._array, tensor._node = made._array, made._node
    tensor.__class__ = kind
    part.memory.join(tensor)


def whole_of(part: Part) -> Any:
    """The whole of the memory as a Tensor."""
    return wrap(part.memory.array, part.origin.node)


def read_element(tensor: Any, key: Any) -> Any:
    """`tensor[key]` of a Tensor that is out of date: straight from the whole, as fast for an element of a large part."""
    part = tensor._part
    place = part.place(key) if part.steps else None
    whole = tensor if place is None else whole_of(part)
    return record_getitem(whole, key if place is None else place, whole._node is not None or place is not None)


def shows_the_same(part: Part, key: Any, value: Any) -> bool:
    """True if `value` shows what `key` of `part` shows: `t[i:j] += u` hands back the view that it has written into."""
    other = value._part
    if other is None or other.memory is not part.memory or other.origin is not part.origin or not is_basic(key):
        return False
    a, b = part.array()[key], other.array()
    first = (0,) * a.ndim + (...,)
    alike = (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype)
    return alike and (not a.size or bool(np.may_share_memory(a[first], b[first])))


def write(tensor: Any, key: Any, value: Any) -> Any:
    """`tensor[key] = value`, recorded: the node of `tensor`, or of the whole memory, is another one then."""
    with lock:
        part = tensor._part
        if isinstance(value, Value):
            value = wrap(value._array, value._node)  # which the write might outdate
        if part is None:
            if held_elsewhere(tensor._array):
                tensor._array = copied(tensor._array)  # rules may have saved the array as it was
            made: Any = record_setitem(tensor, key, value)
            if made is not NotImplemented:
                tensor._node = made._node
            return made
        make_writable(part.memory)
        made = record_setitem(whole_of(part), part.place(key) if part.steps else key, value)
        if made is not NotImplemented:
            part.origin.node = made._node
        return made


def make_writable(memory: Memory) -> None:
    """Prepare `memory` for a recorded write: what rules have saved stays as it was."""
    outdate(memory)
    if held_elsewhere(memory.array) or not memory.array.flags.writeable:
        memory.array = copied(memory.array)


def exchange(tensor: Any, made: Any) -> None:
    """`tensor[...] = made`, recorded, where `made` is as large: `tensor` has the array and node of `made` then."""
    with lock:
        array, node, part = laid_out_like(made._array, tensor._array), made._node, tensor._part
        if part is None:
            tensor._array, tensor._node = array, node
            return
        if part.steps:
            write(tensor, ..., wrap(array, node))
        else:
            outdate(part.memory)
            part.memory.array, part.origin.node = array, node
        tensor._array, tensor._node = array, node
        if is_outdated(tensor):
            tensor.__class__ = tensor.__class__.__base__
        part.memory.join(tensor)


def array_of_memory(tensor: Any) -> Any:
    """The array to write into, unrecorded, to change `tensor`."""
    own(tensor)
    part = tensor._part
    return tensor._array if part is None else part.array()


def write_unrecorded(tensor: Any, key: Any, value: Any) -> None:
    """`tensor[key] = value`, as a change of numbers alone."""
    with lock:
        array_of_memory(tensor)[key] = value
        note_change(tensor)


def note_change(tensor: Any) -> None:
    """The array of `tensor`, or the memory that it shows, has been written into, unrecorded."""
    part = tensor._part
    if part is None:
        changes.note(tensor._array)
    else:
        changes.note(part.memory.array)
        outdate(part.memory)

"""Live views: what is written into a Tensor is seen by all that show the same memory, with its gradient, as in NumPy."""

from __future__ import annotations

from typing import Any

from ..functions import copied, getitem, is_basic
from ..graph import Value, wrap
from ..rules.indexing import setitem
from ..safety.modes import enable_grad
from ..safety.stale import changes
from ..safety.views import Memory, Part, held_elsewhere, laid_out_like, views_of
from .dispatch import RECORDERS

__all__ = ["Live", "array_of_memory", "exchange", "is_outdated", "note_change", "read_element", "shows_the_same", "write"]

record_getitem = RECORDERS[getitem]
record_setitem = RECORDERS[setitem]
read_array = Value._array.__get__  # type: ignore[attr-defined]  # of a slot: without a look for __getattr__ where it is empty


class Live(Value):
    """A Tensor without array and node makes them of the whole of the memory that it shows."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        part = views_of(self) if name in ("_array", "_node") else None
        if part is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        renew(self, part)
        return getattr(self, name)


def is_outdated(tensor: Any) -> bool:
    """True if `tensor` shows memory that was written into since it had array and node."""
    try:
        read_array(tensor)
    except AttributeError:
        return True
    return False


def renew(tensor: Any, part: Part) -> None:
    """Give `tensor` array and node anew."""
    made = whole_of(part)
    place = part.place()
    with enable_grad():
        if place is not None and part.steps:
            made = record_getitem(made, place, True)
        else:  # the whole, or what NumPy would not write into, where elements may be shown twice
            for step in part.steps:
                made = step(made)
    tensor._array, tensor._node = made._array, made._node
    part.memory.join(tensor)


def whole_of(part: Part) -> Any:
    """The whole of the memory as a Tensor; a constant for what is detached."""
    return wrap(part.memory.array, part.history.node if part.history is not None else None)


def read_element(part: Part, key: Any) -> Any:
    """`tensor[key]`, straight from the whole: as fast for an element of a large part. None where that is not possible."""
    place = part.place(key)
    return None if place is None or not part.steps else record_getitem(whole_of(part), place, True)


def shows_the_same(part: Part, key: Any, value: Any) -> bool:
    """True if `value` shows what `key` of `part` shows: `t[i:j] += u` hands back the view that it has written into."""
    other = views_of(value)
    if other is None or other.memory is not part.memory or other.history is not part.history or not is_basic(key):
        return False
    a, b = part.array()[key], other.array()
    return a.shape == b.shape and a.strides == b.strides and a.__array_interface__["data"] == b.__array_interface__["data"]


def write(tensor: Any, key: Any, value: Any) -> Any:
    """`tensor[key] = value`, recorded: the node of `tensor`, or of the whole memory, is another one then."""
    part = views_of(tensor)
    if isinstance(value, Value):
        value = wrap(value._array, value._node)  # which the write might outdate
    if part is None:
        if held_elsewhere(tensor._array):
            tensor._array = copied(tensor._array)  # rules may have saved the array as it was
        made: Any = record_setitem(tensor, key, value)
        if made is not NotImplemented:
            tensor._node = made._node
        return made
    memory, history = part.memory, part.history
    make_writable(memory)
    made = record_setitem(whole_of(part), part.place(key) if part.steps else key, value)
    if made is not NotImplemented and history is not None:
        history.node = made._node
    return made


def make_writable(memory: Memory) -> None:
    """Prepare `memory` for a recorded write: what rules have saved stays as it was."""
    memory.outdate()
    if held_elsewhere(memory.array) or not memory.array.flags.writeable:
        memory.array = copied(memory.array)


def exchange(tensor: Any, made: Any) -> None:
    """`tensor[...] = made`, recorded, where `made` is as large: `tensor` has the array and node of `made` then."""
    array, node, part = laid_out_like(made._array, tensor._array), made._node, views_of(tensor)
    if part is not None and part.steps:
        write(tensor, ..., wrap(array, node))
    elif part is not None and part.history is not None:
        part.memory.outdate()
        part.memory.array, part.history.node = array, node
    tensor._array, tensor._node = array, node
    if part is not None:
        part.memory.join(tensor)


def array_of_memory(tensor: Any) -> Any:
    """The array to write into, unrecorded, to change `tensor`."""
    part = views_of(tensor)
    return tensor._array if part is None else part.array()


def note_change(tensor: Any) -> None:
    """The array of `tensor`, or the memory that it shows, has been written into, unrecorded."""
    part = views_of(tensor)
    if part is None:
        changes.note(tensor._array)
    else:
        changes.note(part.memory.array)
        part.memory.outdate()

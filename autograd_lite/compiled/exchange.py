"""The exchange: what is another than usual while a function is recorded, and is put back afterwards.

The arrays in Tensors are stand-ins then, and the modules of this package and of `nn` see another `np`, whose functions that
make arrays return stand-ins.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import graph
from ..array.conversions import Conversions
from ..array.packed import Packed
from ..rules import PRIMITIVES
from ..safety.views import Memory
from ..speed.recorder import recorders
from .recording import Recording, recording
from .stand_in import StandIn, as_numbers, holds_stand_in
from .watching import OURS

__all__ = ["while_recording"]


@contextlib.contextmanager
def while_recording(run: Recording) -> Iterator[None]:
    """Record what this thread does. Other threads see what they always see."""
    with swapping:
        active.append(run)
        if len(active) == 1:
            swap(there=True)
    token = recording.set(run)
    try:
        yield
        if run.snapshot.has_drawn():
            run.cannot(
                "the function draws random numbers, and a program would draw none",
                "Draw them outside, and pass them as an argument; a network has a generator as an attribute",
            )
        if run.caught is not None:
            name = type(run.caught).__name__
            article = "an" if name[0] in "AEIOU" else "a"
            run.cannot(
                f"the function catches {article} {name}, and would go another way for other numbers", "Test for them before"
            )
    except Exception as error:
        if run.failure in (None, error):
            raise
        raise run.failure from error  # NumPy's own words, where a stand-in had refused in C code
    finally:
        recording.reset(token)
        run.give_back_state()
        for ref, slot in run.given:
            owner = ref()
            if owner is not None:
                with contextlib.suppress(AttributeError):  # it is out of date, and has none
                    value = slot.__get__(owner)
                    if type(value) is StandIn and slot is ON_CLASSES[1][2] and id(owner) in run.tensors and not run.state:
                        run.cannot(
                            "the function leaves a gradient in a Tensor outside, and a program would not",
                            "Return it, as ag.grad does; for a step of training write nn.train_step(model, loss, optimizer, "
                            "compile=True)",
                        )
                    slot.__set__(owner, as_numbers(value))
        run.given.clear()
        with swapping:
            active.remove(run)
            if not active:
                swap(there=False)
    if run.failure is not None:
        raise run.failure


active: list[Recording] = []  # of all threads
swapping = threading.RLock()


def swap(there: bool) -> None:
    """Put what is another in place, or back."""
    if there:
        exchanged[:] = in_modules(len(sys.modules))
    for names, key, usual, other in exchanged:
        names[key] = other if there else usual
    functions = PUBLIC if there else PLAIN
    for primitive in PRIMITIVES.values():
        primitive.function = functions.get(primitive.function, primitive.function)
    for recorder in recorders:
        names = recorder.__globals__
        if "_function" in names:  # it has been called
            names |= {"_function": names["_primitive"].function, "_array": np.array if not there else other_array}
    for owner, name, usual, other in ON_CLASSES:
        setattr(owner, name, other if there else usual)


# -- the arrays in Tensors ------------------------------------------------------------------------------------------


def lifting(slot: Any) -> tuple[Any, Any]:
    """A slot for an array, and a property in its place, which returns a stand-in in the thread that records."""

    def read(owner: Any) -> Any:
        array, now = slot.__get__(owner), recording.get()
        if now is None or type(array) is StandIn or not isinstance(array, np.ndarray):
            return array
        if slot is ON_CLASSES[0][2]:
            now.tensors.setdefault(id(owner), (owner, array, getattr(owner, "_node", None)))
        return now.lifted(array)

    def write(owner: Any, array: Any) -> None:
        now = recording.get()
        if now is not None and type(array) is StandIn:
            now.given.append((weakref.ref(owner), slot))  # to take it out in the end
        slot.__set__(owner, array)

    return slot, property(read, write, slot.__delete__)


def is_whole(packed: Any) -> bool:
    """`Packed.is_whole`, which compares the arrays themselves."""
    arrays = ON_CLASSES[0][2]
    return all(arrays.__get__(x) is part and x._part is None for x, part in packed._places)


def numbers_of(tensor: Any, *args: Any, **options: Any) -> Any:
    """`Tensor.__array__`, which NumPy asks in C code, where only the refusal of a stand-in is understood."""
    found: Any = usual_numbers_of(tensor, *args, **options)
    return found.__array__() if type(found) is StandIn else found


usual_numbers_of = Conversions.__array__
ON_CLASSES: tuple[tuple[Any, str, Any, Any], ...] = (  # the class, the attribute, what it usually is, what it is meanwhile
    (graph.Value, "_array", *lifting(graph.Value.__dict__["_array"])),
    (graph.Value, "_grad", *lifting(graph.Value.__dict__["_grad"])),
    (Memory, "array", *lifting(Memory.__dict__["array"])),
    (Packed, "is_whole", Packed.is_whole, is_whole),
    (Conversions, "__array__", usual_numbers_of, numbers_of),
)

# -- functions ------------------------------------------------------------------------------------------------------


def recorded(function: Callable[..., Any], always: bool = False) -> Callable[..., Any]:
    """A function of NumPy's that makes arrays: recorded if it is given a stand-in, or `always`."""

    def record(*args: Any, **options: Any) -> Any:
        now = recording.get()
        of_tensors = any(isinstance(x, graph.Value) for x in args)  # which record, and call again with their arrays
        if now is None or of_tensors or not (always or holds_stand_in(args)):
            return function(*args, **options)
        return now.call(function, args, options)

    return record


def other_numpy() -> types.ModuleType:
    """NumPy with functions that make stand-ins."""
    other = types.ModuleType("numpy")
    asking = (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.take)
    vars(other).update(vars(np))
    vars(other).update({f.__name__: recorded(f) for f in asking})
    vars(other).update({name: recorded(getattr(np, name), always=True) for name in ("empty", "zeros", "ones")})
    vars(other)["__getattr__"] = lambda name: getattr(np, name)
    return other


def remembered(function: Any) -> Callable[..., Any]:
    """A function with a cache, which outlives the recording: it keeps arrays, and the recording sees them as outside."""

    def remember(*args: Any, **options: Any) -> Any:
        if holds_stand_in(args):
            return function.__wrapped__(*args, **options)
        now = recording.get()
        token = recording.set(None)
        try:
            found = function(*args, **options)
        finally:
            recording.reset(token)
        if now is None or not isinstance(found, np.ndarray):
            return found
        return now.lifted(found) if found.ndim else found.item()  # the program has numbers of its own

    return remember


@functools.lru_cache(maxsize=1)
def in_modules(count: int) -> list[tuple[dict[str, Any], str, Any, Any]]:
    """The names that are exchanged in the `count` modules: the dict, the name, its usual value, and that while recording."""
    found = []
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] in OURS and not module_name.startswith(f"{__package__}"):
            for name, usual in list(vars(module).items()):
                if name in OTHER and usual is OTHER[name][0]:
                    found.append((vars(module), name, *OTHER[name]))
                elif type(usual) is CACHED:
                    found.append((vars(module), name, usual, remembered(usual)))
    return found


OTHER = {"np": (np, other_numpy()), "as_strided": (as_strided, recorded(as_strided))}
CACHED = type(in_modules)
other_array = recorded(np.array)
exchanged: list[tuple[dict[str, Any], str, Any, Any]] = []  # those of now

# primitives call what NumPy's functions do for plain arrays; the functions themselves ask stand-ins
PUBLIC = {p.function: f for f, p in PRIMITIVES.items() if p.function is not f and p.function is inspect.unwrap(f)}
PLAIN = {f: plain for plain, f in PUBLIC.items()}

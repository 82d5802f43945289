"""Parameters laid end to end, so that a step takes some ten NumPy calls however many there are."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

__all__ = ["Array", "Flat", "take_in", "wide"]

Array = NDArray[Any]


class Flat:
    """Parameters of one dtype and one age laid end to end: their gradients, their state, and scratch to compute in.

    A complex parameter is two real ones, its real and its imaginary part, as in PyTorch: the flat arrays are real. For half
    precision, in which the square of 256 is infinite and that of 1e-4 is 0, they are in single precision.

    Attributes
    ----------
    parameters, places : lists
        The parameters, and the place of each among those of its group that have a gradient.
    gradient, update, scratch : arrays (size of all parameters together)
        The gradients as copied in, the numbers to subtract, and a place for intermediate results.
    numbers : dict of floats
        State that is one number, the same for all parameters: how many steps they have made, for one.
    state : dict of arrays
        State that is one number for each element, such as running means.
    """

    def __init__(
        self, parameters: list[ag.Tensor], places: list[int], numbers: dict[str, float], packed: ag.Packed | None = None
    ) -> None:
        self.parameters = parameters
        self.places = places
        self.packed = packed  # if the parameters are all that it holds, and still have its dtype
        self.shapes = [p.shape for p in parameters]
        self.numbers = dict(numbers)
        self.dtype = wide(parameters[0].dtype)
        if packed is not None and packed.array.dtype != parameters[0].dtype:  # model.to(dtype) since it was made
            self.packed = packed = None
        dtype = np.empty(0, self.dtype).real.dtype
        self.whole: Any = None if packed is None else packed.array.view(packed.array.real.dtype)
        size = sum(p.size for p in parameters) * (2 if self.dtype.kind == "c" else 1)
        self.gradient = np.empty(size, dtype)
        self.scratch = np.empty(size, dtype)
        self.update = np.empty(size, dtype)
        self.state: dict[str, Array] = {}
        self.gradients = self.parts(self.gradient)
        self.updates = self.parts(self.update)

    def parts(self, flat: Array) -> list[Array]:
        """Views of a flat array in the shapes of the parameters."""
        flat = flat.view(self.dtype)
        sizes = [math.prod(shape) for shape in self.shapes]
        ends = np.cumsum(sizes).tolist()
        return [flat[end - size : end].reshape(shape) for end, size, shape in zip(ends, sizes, self.shapes, strict=True)]

    def states(self) -> Iterator[tuple[ag.Tensor, tuple[dict[str, float], dict[str, Array]]]]:
        """Each parameter, its numbers, and its part of each array; those that were given another shape start anew, without."""
        parts = {name: self.parts(array) for name, array in self.state.items()}
        for k, p in enumerate(self.parameters):
            if self.shapes[k] == p.shape:
                yield p, (self.numbers, {name: views[k] for name, views in parts.items()})

    def values(self) -> Array:
        """The parameters themselves, end to end: not to be written into."""
        if self.packed is not None and self.packed.is_whole() and self.whole.itemsize > 2:
            whole: Array = self.whole
            return whole
        return self.joined([p.data for p in self.parameters])

    def joined(self, arrays: list[Array]) -> Array:
        """Arrays of the shapes of the parameters, end to end, in one dtype: state may be of the one they had before."""
        flat: Array = np.concatenate([x.ravel() for x in arrays], dtype=self.dtype)
        return flat.view(self.gradient.dtype)

    def takes_all(self, parameters: list[ag.Tensor]) -> bool:
        """Copy the gradients in, if these are its parameters, in this order, and each has one. False if not."""
        return self.packed is not None and self.packed.copy_gradients(parameters, self.gradients)

    def subtract_update(self) -> None:
        """Subtract `update` from the parameters, which tells the engine that they were written into."""
        if self.packed is not None and self.packed.is_whole():
            np.subtract(self.whole, self.update, self.whole)
            self.packed.note_change()
            return
        for p, update in zip(self.parameters, self.updates):
            data = p.data
            np.subtract(data, update, data)
            p.data = data

    def full(self, name: str, value: float = 0.0) -> Array:
        """The state of that name; the first time an array full of this value."""
        found = self.state.get(name)
        if found is None:
            found = self.state[name] = np.full_like(self.gradient, value)
        return found

    def count(self) -> float:
        """The number of this step, from 1 on."""
        step = self.numbers["step"] = self.numbers.get("step", 0.0) + 1.0
        return step


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which the steps of parameters are computed, and their state is kept: at least single precision."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def take_in(mean: Array, new: Array, beta: float, room: Array) -> None:
    """Move a running mean to `beta * mean + (1 - beta) * new`, in place; `room`, which is written into, may be `new`.

    >>> mean, new = np.array([1e30]), np.array([1.0])
    >>> take_in(mean, new, 0.0, new)
    >>> mean
    array([1.])
    """
    if beta < 0.5:  # mean + (1 - beta) * (new - mean) would lose a small `new` beside a large mean
        np.multiply(mean, beta, mean)
        np.multiply(new, 1 - beta, room)
    else:
        np.subtract(new, mean, room)
        np.multiply(room, number(1 - beta, mean.dtype), room)
    np.add(mean, room, mean)


@functools.lru_cache(maxsize=256)
def number(value: float, dtype: Any) -> Array:
    """`value` as an array without axes, which NumPy's calls take in half of the time of a Python number."""
    return np.array(value, dtype)

"""Packed leaves: their arrays lie end to end in one array, so that one NumPy call changes them all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph import Value
from ..safety.stale import changes
from ..safety.views import lock

__all__ = ["Packed"]


class Packed:
    """Leaves of one dtype, whose arrays are moved to lie end to end in one array. An optimiser steps through it.

    Parameters
    ----------
    leaves
        Tensors of one dtype that were not computed from others. Where there are several, each `.data` is another array
        afterwards, of the same values; a leaf stays where it is while other Tensors show its memory.

    Attributes
    ----------
    array : array of one axis
        The values of all leaves, end to end.

    Examples
    --------
    >>> import autograd_lite as ag
    >>> w, b = ag.tensor([[1.0, 2.0]], requires_grad=True), ag.tensor([3.0], requires_grad=True)
    >>> packed = Packed([w, b])
    >>> packed.array -= 1.0
    >>> packed.note_change()
    >>> w.data, b.data
    (array([[0., 1.]]), array([2.]))
    """

    def __init__(self, leaves: Sequence[Value]) -> None:
        self.leaves = list(leaves)
        with lock:
            arrays = [leaf._array for leaf in self.leaves]
            if len(arrays) == 1 and arrays[0].flags.c_contiguous:  # one that lies well already
                self.array: NDArray[Any] = arrays[0].reshape(-1)
                self._places = list(zip(self.leaves, arrays, strict=True))
                return
            self.array = np.concatenate([array.ravel() for array in arrays])
            ends = itertools.accumulate(array.size for array in arrays)
            parts = [self.array[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)]
            self._places = list(zip(self.leaves, parts, strict=True))
            for leaf, part in self._places:
                if leaf._part is None:
                    leaf._array = part

    def holds(self, leaves: Sequence[Value]) -> bool:
        """True if these are its leaves, in this order."""
        return [id(leaf) for leaf in leaves] == [id(leaf) for leaf in self.leaves]

    def is_whole(self) -> bool:
        """True if each leaf still has its array here, and no other Tensor shows a part of it."""
        for leaf, part in self._places:  # noqa: SIM110  (a generator takes twice as long)
            if leaf._array is not part or leaf._part is not None:
                return False
        return True

    def copy_gradients(self, leaves: Sequence[Value], into: Sequence[NDArray[Any]]) -> bool:
        """Copy the gradient of each leaf into an array of its shape.

        False if `leaves` are not those that lie here, in this order, or one has no gradient, or a Tensor for a gradient: then
        some may not have been copied.

        >>> import autograd_lite as ag
        >>> w = ag.tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> into = np.zeros(2)
        >>> Packed([w]).copy_gradients([w], [into]), into
        (True, array([2., 4.]))
        """
        if len(leaves) != len(self._places):
            return False
        for (leaf, part), given, room in zip(self._places, leaves, into, strict=True):
            gradient = leaf._grad
            if leaf is not given or leaf._array is not part or gradient.__class__ is not np.ndarray:
                return False
            room[...] = gradient
        return True

    def note_change(self) -> None:
        """`array` has been written into: graphs that were recorded before are stale."""
        changes.note(self.array)

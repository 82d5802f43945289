"""Gradients of leaves: they add up exactly from several threads, and one that was recorded makes no cycle with its leaf."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

__all__ = ["KeepsGradient", "accumulate"]


class RecordedGrad(weakref.ref[Any]):
    """A Tensor that a leaf's owner holds."""

    __slots__ = ()

    @property
    def data(self) -> Any:
        """The array inside the Tensor."""
        held = self()
        return None if held is None else held._array


class KeepsGradient:
    """The gradient of a leaf, in its slots `grad` and `owner`.

    A gradient that was recorded leads back to the leaf's node: the Tensor, its `owner`, holds that one, and `grad` is a weak
    reference.
    """

    __slots__ = ()

    grad: Any
    owner: weakref.ref[Any]

    def keep(self, grad: Any) -> None:
        """Make `grad` the gradient: an array, a Tensor, or None."""
        owner = self.owner()
        if owner is not None:
            recorded = not (grad is None or isinstance(grad, np.ndarray))
            owner._recorded_grad, grad = (grad, RecordedGrad(grad)) if recorded else (None, grad)
        self.grad = grad

    def kept(self) -> Any:
        """The gradient; None before the first backward pass."""
        return self.grad() if self.grad.__class__ is RecordedGrad else self.grad


adding = threading.RLock()  # several threads may add to one gradient at once


def accumulate(found: Iterable[tuple[Any, Any]], copied: Callable[[Any], Any] | None) -> None:
    """Add to each leaf its gradient; `copied` makes a recorded one the leaf's own, since two leaves may be given the same."""
    adding.acquire()  # not `with`, which takes twice as long
    try:
        for leaf, g in found:
            if leaf.grad is None and copied is None and g.__class__ is np.ndarray:
                leaf.grad = g
                continue
            if leaf.grad is not None:
                g = leaf.kept() + g
            elif copied is not None:
                g = copied(g)
            leaf.keep(np.asarray(g) if isinstance(g, np.generic) else g)
    finally:
        adding.release()

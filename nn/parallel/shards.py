"""Shards: gradients by parts of the rows, which together must be the gradients by all rows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd_lite as ag

from ..module import Module, array_of
from ..random import generator

__all__ = ["combined", "gradients", "learning", "refuse_unless_additive", "shards", "telling_rows"]

Array = NDArray[Any]
Result = tuple[float, list[Array | None]]  # a loss, and its gradients by the parameters that learn

PROBED = 32  # rows, and as many more for classes


def shards(n: int, k: int) -> list[slice]:
    """The numbers 0 to n - 1 in k runs that differ by at most one in length, none of them empty.

    >>> shards(5, 2), shards(1, 2)
    ([slice(0, 2, None), slice(2, 5, None)], [slice(0, 1, None)])
    """
    k = min(n, k)
    return [slice(n * i // k, n * (i + 1) // k) for i in range(k)]


def learning(model: Module) -> list[Any]:
    """The parameters that are not frozen."""
    return [p for p in model.parameters() if p.requires_grad]


def gradients(model: Module, loss: Callable[[Any, Any], Any], x: Array, y: Array) -> Result:
    """The loss and its gradients, computed in this process; the gradients that the model had are forgotten."""
    model.zero_grad()
    result = loss(model(x), y)
    if not isinstance(result, ag.Tensor) or result.size != 1:
        raise ValueError(f"DataParallel: the loss is {result!r:.60}, not a Tensor with one number. Write reduction='mean'.")
    result.backward()
    return float(result.item()), [None if p.grad is None else array_of(p.grad) for p in learning(model)]


def combined(results: Sequence[Result], shares: Sequence[float]) -> Result:
    """The sum of the losses and of the gradients, each times the share of its part.

    >>> combined([(1.0, [np.array([4.0])]), (5.0, [np.array([8.0])])], [0.75, 0.25])
    (2.0, [array([5.])])
    """
    total = sum(share * loss for share, (loss, _) in zip(shares, results, strict=True))
    by_parameter = zip(*(found for _, found in results), strict=True)
    terms = [[share * g for share, g in zip(shares, found, strict=True) if g is not None] for found in by_parameter]
    return total, [sum(some[1:], some[0]) if some else None for some in terms]


def telling_rows(x: Array, y: Array) -> tuple[Array, Array]:
    """A few rows from everywhere, on which it is tried whether parts make up the whole."""
    some = np.unique(np.linspace(0, len(x) - 1, PROBED).astype(int))
    if y.dtype.kind in "iub":  # classes: one row of each, also of one that the loss leaves out
        some = np.union1d(some, np.unique(y, return_index=True)[1][:PROBED] // (y.size // len(y)))
    some = some[np.argsort(y[some].reshape(len(some), -1)[:, 0], kind="stable")]  # parts have other classes than the whole
    return x[some], y[some]


def refuse_unless_additive(model: Module, loss: Callable[[Any, Any], Any], x: Array, y: Array, is_sum: bool) -> None:
    """Raise unless the gradients by parts of these rows make up those by all of them. The model is left as it is."""
    probe = copy.deepcopy(model)
    own = [value for module in probe.modules() for value in vars(module).values() if isinstance(value, np.random.Generator)]
    before = [copy.deepcopy(rng.bit_generator.state) for rng in (generator(), *own)]
    statistics = {path: np.array(array_of(buffer)) for path, buffer in probe.named_buffers()}
    try:
        whole = gradients(probe, loss, x, y)
        if str(before) != str([rng.bit_generator.state for rng in (generator(), *own)]):
            suspects = [f"{path or 'the model'} ({type(m).__name__})" for path, m in model.named_modules() if "rng" in vars(m)]
            raise ValueError(
                f"DataParallel: random numbers are drawn in training, by one of {', '.join(suspects) or 'the functions called'}; "
                "each worker would draw its own, and the gradients would be others than those of one process. Write .eval() for "
                "it, or let its probability be 0."
            )
        for path, buffer in probe.named_buffers():
            if not np.array_equal(buffer, statistics[path]):
                raise ValueError(
                    f"DataParallel: {path} changes with each batch, and each worker would see its own. Write .eval() for this "
                    "module, which freezes it, or take one that looks at single samples, such as nn.LayerNorm or nn.GroupNorm."
                )
        for cut in {len(x) // 3, len(x) // 2} - {0}:
            parts = [gradients(probe, loss, x[half], y[half]) for half in (slice(cut), slice(cut, None))]
            shares = [1.0, 1.0] if is_sum else [cut / len(x), 1 - cut / len(x)]
            refuse_difference(whole, combined(parts, shares), "sum" if is_sum else "mean")
    finally:
        generator().bit_generator.state = before[0]


def refuse_difference(whole: Result, parts: Result, kind: str) -> None:
    """Raise unless both are the same up to rounding."""
    a, b = (np.concatenate([[loss], *(g.ravel() for g in found if g is not None)]) for loss, found in (whole, parts))
    precision = max(np.finfo(g.dtype).eps for g in whole[1] if g is not None) ** 0.5
    size = np.max(np.abs(a), where=np.isfinite(a), initial=0.0)
    if a.shape != b.shape or not np.allclose(a, b, rtol=precision, atol=precision * size, equal_nan=True):
        raise ValueError(
            f"DataParallel: the loss of some rows is not the {kind} of the losses of their parts, up to {precision:.0e}, or its "
            "gradients are not. Does the model compare samples with each other, as batch normalisation does? Are some samples "
            "weighted or left out by the loss? Then let it have reduction='sum', as in nn.CrossEntropyLoss(reduction='sum')."
        )

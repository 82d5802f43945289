"""Bags: rows of a table that are looked up by integers, and then added up, averaged, or searched for their largest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_lite as ag

from ..module import array_of, as_numbers, as_operand
from ..random import Rng
from .linear import Embedding, row_numbers

__all__ = ["EmbeddingBag", "embedding_bag"]


def _bag_sums(x: Any, bag: Any, count: int) -> Any:
    y = np.zeros((count, *x.shape[1:]), x.dtype)
    if len(bag):
        starts = np.flatnonzero(np.diff(bag, prepend=-1))
        y[bag[starts]] = np.add.reduceat(x, starts)
    return y


bag_sums: Callable[..., Any] = ag.primitive(_bag_sums, trusted=True, x=lambda g, bag: g[bag])  # `bag` never falls


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    *,
    mode: str = "mean",
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, the mean or the largest elements of some rows of `weight`, for each bag of their numbers.

    Parameters
    ----------
    input
        Integers, which number rows: shape (B, n), a bag in each row; or (n), bags one after the other.
    weight
        Shape (rows, dim).
    offsets
        Where each bag begins in an input of shape (n): B integers, from 0 on. A bag may be empty. None for shape (B, n).
    mode
        "sum", "mean" or "max", the largest in each column. The first of several largest gets the gradient.
    per_sample_weights
        Factors of the rows, in the shape of `input`: for "sum" alone.
    include_last_offset
        True: n stands behind the offsets, so that B + 1 are given.
    padding_idx
        Row that does not count, wherever it is numbered.

    Returns
    -------
    Shape (B, dim). An empty bag gives 0.

    Raises
    ------
    ValueError
        Shapes do not fit; offsets do not rise from 0.
    IndexError
        A number is that of no row.

    Examples
    --------
    >>> table = np.array([[1.0], [2.0], [4.0]])
    >>> embedding_bag([0, 2, 1], table, [0, 2], mode="sum")
    array([[5.],
           [2.]])
    >>> embedding_bag([[0, 2], [1, 1]], table)
    array([[2.5],
           [2. ]])
    """
    name = "embedding_bag"
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"{name}: mode={mode!r}; write 'sum', 'mean' or 'max'.")
    weight = as_numbers(weight)
    if weight.ndim != 2:
        raise ValueError(f"{name}: weight has shape {weight.shape}; it must be (rows, dim).")
    rows = len(weight)
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise ValueError(f"{name}: padding_idx={padding_idx}, but there are {rows} rows.")
    numbers = row_numbers(name, input, rows)
    bag, count = bags_of(name, numbers, offsets, include_last_offset)
    factors = None if per_sample_weights is None else as_operand(per_sample_weights)
    if factors is not None and (mode != "sum" or factors.shape != numbers.shape):
        raise ValueError(
            f"{name}: per_sample_weights of shape {factors.shape} with mode={mode!r} and input of shape {numbers.shape}; they go "
            f"with mode='sum', and have the shape of the input."
        )
    counted = slice(None) if padding_idx is None else numbers.ravel() != padding_idx % rows
    numbers, bag = numbers.ravel()[counted], bag[counted]
    if mode == "max" and len(bag):
        return largest_in_bags(weight, numbers, bag, count)
    found = weight[numbers]
    if factors is not None:
        found = found * np.expand_dims(factors.reshape(-1)[counted], -1)
    sums = bag_sums(found, bag, count)
    if mode == "sum":
        return sums
    return sums / np.maximum(np.bincount(bag, minlength=count), 1)[:, None].astype(weight.dtype)


def bags_of(name: str, numbers: NDArray[Any], offsets: Any, include_last_offset: bool) -> tuple[NDArray[Any], int]:
    """The bag of each number, row by row, and the number of bags.

    >>> bags_of("", np.array([7, 7, 7]), [0, 2, 2], False)
    (array([0, 0, 2]), 3)
    """
    if numbers.ndim == 2:
        if offsets is not None:
            raise ValueError(f"{name}: each row of input {numbers.shape} is a bag. Write offsets=None, or input.ravel().")
        return np.repeat(np.arange(len(numbers)), numbers.shape[1]), len(numbers)
    if numbers.ndim != 1 or offsets is None:
        raise ValueError(f"{name}: input has shape {numbers.shape}; it must be (B, n), or (n) and offsets of its bags.")
    starts = array_of(offsets)
    if starts.ndim != 1 or starts.dtype.kind not in "iu":
        raise ValueError(f"{name}: offsets are {starts.dtype}{list(starts.shape)}; they must be integers along one axis.")
    bounds = starts if include_last_offset else np.append(starts, len(numbers))
    if not (bounds.size and bounds[0] == 0 and bounds[-1] == len(numbers) and (bounds[1:] >= bounds[:-1]).all()):
        end = f"to {len(numbers)}" if include_last_offset else f"to at most {len(numbers)}"
        raise ValueError(f"{name}: offsets={starts.tolist()} must begin with 0, and rise {end}.")
    return np.repeat(np.arange(len(bounds) - 1), np.diff(bounds)), len(bounds) - 1


def largest_in_bags(weight: Any, numbers: NDArray[Any], bag: NDArray[Any], count: int) -> Any:
    """Choose the row with the largest element for each bag and column, and look it up."""
    sizes = np.bincount(bag, minlength=count)
    within = np.arange(len(bag)) - (np.cumsum(sizes) - sizes)[bag]
    values = np.full((count, sizes.max(), weight.shape[1]), -np.inf, weight.dtype)
    values[bag, within] = array_of(weight)[numbers]
    rows = np.zeros(values.shape[:2], int)
    rows[bag, within] = numbers
    chosen = np.take_along_axis(rows, np.argmax(values, 1), 1)
    filled = (sizes > 0)[:, None]
    return np.where(filled, weight[np.where(filled, chosen, 0), np.arange(weight.shape[1])], 0.0)


class EmbeddingBag(Embedding):
    """A table of vectors, of which the sum, the mean or the largest elements are taken for each bag of their numbers.

    Parameters
    ----------
    num_embeddings, embedding_dim
        The number of vectors, and the length of each.
    mode, include_last_offset
        As in `nn.functional.embedding_bag`.
    padding_idx
        The number of a vector that begins as 0 and does not count.
    dtype, rng
        As for `Linear`.

    Attributes
    ----------
    weight : Parameter (num_embeddings, embedding_dim)
        Drawn from the normal distribution.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.EmbeddingBag(10, 3)(np.array([[1, 2], [2, 9]])).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        mode: str = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, dtype=dtype, rng=rng)
        self.mode = mode
        self.include_last_offset = include_last_offset

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        embeddings: ArrayLike,
        freeze: bool = True,
        *,
        mode: str = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A table with the rows of a 2-d array, which is copied; by default it is not learnt further."""
        made = super().from_pretrained(embeddings, freeze, padding_idx)
        made.mode, made.include_last_offset = mode, include_last_offset
        return made

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return embedding_bag(
            input,
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, mode={self.mode!r}"

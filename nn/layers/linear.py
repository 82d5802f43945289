"""Linear maps of features, tables of vectors, and changes of shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_lite as ag

from ..module import Configured, Module, Parameter, as_numbers, as_operand, require_sizes
from ..random import Rng, generator

__all__ = ["Bilinear", "Embedding", "Flatten", "Identity", "Linear", "Unflatten", "bilinear", "embedding", "linear", "one_hot"]


def _linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`: shapes (..., in), (out, in), (out) give (..., out).

    >>> linear(np.ones((5, 2)), np.ones((3, 2)), np.zeros(3)).shape
    (5, 3)
    """
    if input.ndim == 2 == weight.ndim:  # as mostly
        y = input.dot(weight.T)
    elif weight.ndim == 2:
        y = _dot(input, weight.T)
    else:
        raise ValueError(f"the weight has shape {weight.shape}, and it must be (out, in). Write np.dot(input, weight) for (in,).")
    if bias is None:
        return y
    return np.add(y, bias, y) if y.ndim and y.dtype is bias.dtype else y + bias


def _rows(x: Any) -> Any:
    """All axes but the last joined to one."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _dot(x: Any, w: Any) -> Any:
    """`x @ w`, of other than two axes: of more NumPy's own product is some five times slower than that of the rows."""
    return np.matmul(x, w) if x.ndim < 2 else _rows(x).dot(w).reshape(*x.shape[:-1], w.shape[-1])


linear = ag.primitive(  # one call instead of three halves the time of a small network's step
    _linear,
    trusted=True,
    input=lambda g, weight: g.dot(weight) if g.ndim == 2 else _dot(g, weight),
    weight=lambda g, input: g.T.dot(input) if g.ndim == 2 else _rows(g).T.dot(_rows(input)),
    bias=lambda g: g,
)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """`input1 @ weight[k] @ input2 + bias[k]` for each output k: a linear map of all products of two features.

    Shapes (..., in1), (..., in2), (out, in1, in2), (out) give (..., out).

    >>> bilinear(np.array([1.0, 2.0]), np.array([3.0]), np.ones((1, 2, 1)))
    array([9.])
    """
    one, two, table = np.shape(input1), np.shape(input2), np.shape(weight)
    if len(table) != 3 or one[:-1] != two[:-1] or one[-1:] + two[-1:] != table[1:]:
        raise ValueError(
            f"bilinear: the inputs have shapes {one} and {two}, the weight has {table}: they must be (..., in1), (..., in2) "
            f"and (out, in1, in2)."
        )
    products = np.expand_dims(as_numbers(input1), -1) * np.expand_dims(input2, -2)
    size = table[1] * table[2]
    return linear(np.reshape(products, (*one[:-1], size)), np.reshape(weight, (table[0], size)), bias)


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` that the integers in `input` number: shapes (...), (rows, dim) give (..., dim).

    Row `padding_idx` is read as the others are, but gets no gradient.

    >>> embedding([2, 0], np.array([[1.0], [2.0], [3.0]]))
    array([[3.],
           [1.]])
    """
    weight = as_operand(weight)
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise ValueError(f"embedding: padding_idx={padding_idx}, but there are {rows} rows.")
    index = row_numbers("embedding", input, rows)
    found = weight[index]
    if padding_idx is None or not isinstance(found, ag.Tensor):
        return found
    return np.where((index == padding_idx % rows)[..., None], found.data, found)


def row_numbers(name: str, input: Any, rows: int) -> NDArray[Any]:
    """The numbers of rows as an array of integers, none of which is beyond the rows there are."""
    index: NDArray[Any] = input.data if isinstance(input, ag.Tensor) else np.asarray(input)
    if index.size == 0:
        index = index.astype(int)
    if index.dtype.kind not in "iu":
        raise TypeError(f"{name}: input holds the numbers of rows and must be integers, not {index.dtype}.")
    if index.size and not (index.min() >= 0 and index.max() < rows):
        raise IndexError(f"{name}: input has numbers from {index.min()} to {index.max()}, but there are {rows} rows.")
    return index


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """A row of integers for each number of `input`: 1 at its place, else 0; `num_classes` long (-1: as the largest needs).

    >>> one_hot([2, 0])
    array([[0, 0, 1],
           [1, 0, 0]])
    """
    index = np.asarray(input)
    if index.dtype.kind not in "iu":
        raise TypeError(f"one_hot: input holds the numbers of classes and must be integers, not {index.dtype}.")
    classes = num_classes if num_classes >= 0 else int(index.max()) + 1 if index.size else 0
    if index.size and not (index.min() >= 0 and index.max() < classes):
        raise IndexError(f"one_hot: input has numbers from {index.min()} to {index.max()}, but there are {classes} classes.")
    return (index[..., None] == np.arange(classes)).astype(int)


class Identity(Module):
    """The input itself; takes and ignores any arguments.

    >>> Identity()(np.ones(2))
    array([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """`x @ weight.T + bias`.

    Parameters
    ----------
    in_features, out_features
        The lengths of the last axis of the input and of the output.
    bias
        True: a bias is added.
    dtype
        Of the parameters; default float64.
    rng
        The generator, or a seed, from which the parameters are drawn; default: the one of `nn.manual_seed`.

    Attributes
    ----------
    weight : Parameter (out_features, in_features)
    bias : Parameter (out_features) or None
        Both uniform within 1 / sqrt(in_features) of 0, PyTorch's default.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Linear(2, 3)(np.ones((5, 2))).shape
    (5, 3)
    """

    takes_tuples = False

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, dtype: DTypeLike | None = None, rng: Rng = None
    ) -> None:
        require_sizes(self, in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        rng = generator(rng)
        bound = 1 / math.sqrt(in_features) if in_features > 0 else 0.0
        dtype = float if dtype is None else dtype
        self.weight = Parameter(rng.uniform(-bound, bound, (out_features, in_features)), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_features), dtype=dtype) if bias else None

    def forward(self, input: Any) -> Any:
        try:
            return linear(input, self.weight, self.bias)
        except (AttributeError, ValueError):  # a float has no ndim
            shape = np.shape(input)
            if shape and shape[-1] == self.in_features:
                raise
            advice = f" Write x.reshape(-1, {self.in_features})." if self.in_features == 1 else ""
            raise ValueError(
                f"{self}: the input has shape {shape}, but its last axis must have length {self.in_features}.{advice}"
            ) from None

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """`x1 @ weight[k] @ x2 + bias[k]` for each output feature k; options as for `Linear`.

    Attributes
    ----------
    weight : Parameter (out_features, in1_features, in2_features)
    bias : Parameter (out_features) or None
        Both uniform within 1 / sqrt(in1_features) of 0, PyTorch's default.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Bilinear(2, 3, 4)(np.ones((5, 2)), np.ones((5, 3))).shape
    (5, 4)
    """

    takes_tuples = False

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        require_sizes(self, in1_features=in1_features, in2_features=in2_features, out_features=out_features)
        if in1_features == 0:
            raise ValueError(f"Bilinear: in1_features={in1_features} must be at least 1.")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        rng = generator(rng)
        bound = 1 / math.sqrt(in1_features)
        dtype = float if dtype is None else dtype
        self.weight = Parameter(rng.uniform(-bound, bound, (out_features, in1_features, in2_features)), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_features), dtype=dtype) if bias else None

    def forward(self, input1: Any, input2: Any) -> Any:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors that is looked up by integers.

    Parameters
    ----------
    num_embeddings, embedding_dim
        The number of vectors, and the length of each.
    padding_idx
        The number of a vector that begins as 0 and gets no gradient.
    dtype, rng
        As for `Linear`.

    Attributes
    ----------
    weight : Parameter (num_embeddings, embedding_dim)
        Drawn from the normal distribution.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Embedding(10, 3)(np.array([[1, 2], [2, 9]])).shape
    (2, 2, 3)
    """

    takes_tuples = False

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        require_sizes(self, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx={padding_idx}, but there are {num_embeddings} embeddings.")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        table = generator(rng).standard_normal((num_embeddings, embedding_dim))
        if self.padding_idx is not None:
            table[self.padding_idx] = 0.0
        self.weight = Parameter(table, dtype=float if dtype is None else dtype)

    @classmethod
    def from_pretrained(cls, embeddings: ArrayLike, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """A table with the rows of a 2-d array, which is copied; by default it is not learnt further."""
        table = np.asarray(embeddings)
        if table.ndim != 2:
            raise ValueError(f"Embedding.from_pretrained: embeddings has shape {table.shape}; it must have two axes.")
        made = cls(table.shape[0], table.shape[1], padding_idx=padding_idx, rng=0)
        made.weight = Parameter(table, requires_grad=not freeze)
        return made

    def forward(self, input: Any) -> Any:
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Flatten(Configured):
    """The axes from `start_dim` to `end_dim` joined to one.

    >>> import numpy as np, nn
    >>> nn.Flatten()(np.ones((5, 2, 3, 4))).shape
    (5, 24)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        shape = np.shape(input)
        start = normalize_axis_index(self.start_dim, len(shape), "Flatten: start_dim")
        end = normalize_axis_index(self.end_dim, len(shape), "Flatten: end_dim") + 1
        if start >= end:
            raise ValueError(f"{self}: in an input of shape {shape}, start_dim comes after end_dim.")
        return np.reshape(input, (*shape[:start], math.prod(shape[start:end]), *shape[end:]))


class Unflatten(Configured):
    """The axis `dim` split into several, of the lengths `unflattened_size`; one of -1 is inferred.

    >>> import numpy as np, nn
    >>> nn.Unflatten(1, (2, -1))(np.ones((5, 24))).shape
    (5, 2, 12)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Any) -> Any:
        shape = np.shape(input)
        dim = normalize_axis_index(self.dim, len(shape), "Unflatten: dim")
        try:  # the axis alone, so that -1 is known also where another axis is empty
            sizes = np.empty(shape[dim]).reshape(self.unflattened_size).shape
        except ValueError:
            raise ValueError(f"{self}: axis {dim} of an input of shape {shape} cannot be split so.") from None
        return np.reshape(input, (*shape[:dim], *sizes, *shape[dim + 1 :]))

"""Normalisation: numbers brought to mean 0 and variance 1 over features, over channels, or over a batch."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd_lite as ag

from ..module import (
    Configured,
    Module,
    Parameter,
    array_of,
    as_numbers,
    as_operand,
    in_range,
    in_single,
    mean,
    real_operand,
    require_sizes,
    whole_number,
    widened,
)

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]


@in_single
def _variance(x: Any, axes: tuple[int, ...], ddof: int = 0) -> Any:
    """`np.var(x, axes, ddof=ddof, keepdims=True)`, as `mean` takes the mean."""
    if x.dtype.char not in "fd":
        return np.var(x, axis=axes, ddof=ddof, keepdims=True)
    total = np.add.reduce(np.square(x - mean(x, axes, True)), axes, keepdims=True)
    return total / (x.size // (total.size or 1) - ddof)


def _standardized(input: Any, axes: tuple[int, ...], eps: float) -> Any:
    shifted = input - mean(input, axes, True)
    return shifted / np.sqrt(mean(np.square(shifted), axes, True) + eps)


# The mean along the axes taken away, divided by the root of the variance plus eps. This map of x to y has a symmetric
# Jacobian: a change dx, less its mean and its part along y, divided by the same root.
standardized = in_single(
    ag.primitive(
        _standardized,
        trusted=True,
        real=True,
        input=lambda g, y, input, axes, eps: (
            (g - mean(g, axes, True) - y * mean(g * y, axes, True)) / np.sqrt(_variance(input, axes) + eps)
        ),
    )
)


def _scaled_and_shifted(x: Any, weight: Any, bias: Any) -> Any:
    return x * weight + bias


scaled_and_shifted = ag.primitive(
    _scaled_and_shifted,
    trusted=True,
    elementwise=True,
    x=lambda g, weight: g * weight,
    weight=lambda g, x: g * x,
    bias=lambda g: g,
)


def affine(normalized: Any, weight: Any, bias: Any, shape: tuple[int, ...] = (-1,)) -> Any:
    """`normalized * weight + bias`, where either may be None; `shape` is theirs beside the input."""
    if len(shape) > 1:
        weight, bias = (None if parameter is None else np.reshape(parameter, shape) for parameter in (weight, bias))
    if weight is None:
        return normalized if bias is None else normalized + bias
    return normalized * weight if bias is None else scaled_and_shifted(normalized, weight, bias)


def last_axes(
    name: str, shape: tuple[int, ...], normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None
) -> tuple[int, ...]:
    """The axes of `normalized_shape`, which must be the last ones of an input of that shape."""
    wanted = as_shape(normalized_shape)
    if not wanted or shape[-len(wanted) :] != wanted:
        raise ValueError(f"{name}: the input has shape {shape}, but normalized_shape is {wanted}: it must end so.")
    for what, given in (("weight", weight), ("bias", bias)):
        if given is not None and as_operand(given).shape != wanted:
            raise ValueError(f"{name}: {what} has shape {np.shape(given)}, but normalized_shape is {wanted}: it must be so.")
    return tuple(range(-len(wanted), 0))


def as_shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return tuple(normalized_shape) if np.iterable(normalized_shape) else (normalized_shape,)


def layer_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """`(x - mean) / sqrt(var + eps) * weight + bias` over the last axes (Ba et al., Layer normalization, 2016).

    Parameters
    ----------
    input
        Shape (..., *normalized_shape).
    normalized_shape
        The lengths of the last axes, over which mean and variance (divided by n) are taken.
    weight, bias
        Of that shape, or None.
    eps
        Added to the variance.

    Raises
    ------
    ValueError
        The input does not end in `normalized_shape`.

    Examples
    --------
    >>> layer_norm(np.array([[1.0, 3.0]]), 2, eps=0.0)
    array([[-1.,  1.]])
    """
    input = real_operand("layer_norm", input)
    axes = last_axes("layer_norm", input.shape, normalized_shape, weight, bias)
    return affine(standardized(input, axes, eps), weight, bias)


def rms_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """`x / sqrt(mean(x**2) + eps) * weight` over the last axes (Zhang and Sennrich, Root mean square layer normalization, 2019).

    As `layer_norm` without taking the mean away; eps is the dtype's machine epsilon by default.

    >>> rms_norm(np.array([[3.0, 3.0]]), 2, eps=0.0)
    array([[1., 1.]])
    """
    input = as_numbers(input)
    axes = last_axes("rms_norm", input.shape, normalized_shape, weight)
    if eps is None:
        eps = float(np.finfo(input.dtype).eps)
    return affine(_by_root_mean_square(input, axes, eps), weight, None)


@in_single
def _by_root_mean_square(input: Any, axes: tuple[int, ...], eps: float) -> Any:
    return input / np.sqrt(np.mean(np.square(input), axis=axes, keepdims=True) + eps)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each sample's channels in groups, each brought to mean 0 and variance 1 (Wu and He, Group normalization, 2018).

    Parameters
    ----------
    input
        Shape (N, C, ...).
    num_groups
        A divisor of C.
    weight, bias
        Shape (C), or None.
    eps
        Added to the variance.

    Raises
    ------
    ValueError
        The channels cannot be divided into the groups, or there are none.

    Examples
    --------
    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0)
    array([[-1.,  1., -1.,  1.]])
    """
    shape = np.shape(input)
    whole_number("group_norm", "num_groups", num_groups, 1)
    if len(shape) < 2 or shape[1] % num_groups:
        raise ValueError(
            f"group_norm: the input has shape {shape}; it must be (N, C, ...) with C divisible by num_groups={num_groups}."
        )
    groups = np.reshape(real_operand("group_norm", input), (shape[0], num_groups, math.prod(shape[1:]) // num_groups))
    beside = beside_channels("group_norm", shape, 2, None, None, weight, bias)
    return affine(np.reshape(standardized(groups, (-1,), eps), shape), weight, bias, beside)


def batch_norm(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Each channel brought to mean 0 and variance 1 over the batch (Ioffe and Szegedy, Batch normalization, 2015).

    Parameters
    ----------
    input
        Shape (N, C, ...).
    running_mean, running_var
        Arrays of shape (C), or None: in training they are moved towards the mean and variance (divided by n - 1) of the
        batch, in place; otherwise they are used in their place.
    weight, bias
        Shape (C), or None.
    training
        True: the statistics are those of the batch.
    momentum
        The share by which the running ones move, from 0 to 1.
    eps
        Added to the variance.

    Raises
    ------
    ValueError
        In training, a channel has a single value; or there are no running statistics to be used; or shapes do not fit.

    Examples
    --------
    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 30.0]]), None, None, training=True, eps=0.0)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    input = real_operand("batch_norm", input)
    shape = input.shape
    beside = beside_channels("batch_norm", shape, 2, running_mean, running_var, weight, bias)
    axes = (0, *range(2, len(shape)))
    if not training:
        normalized = by_running_statistics("batch_norm: training", input, running_mean, running_var, eps, beside)
        return affine(normalized, weight, bias, beside)
    count = math.prod(shape[k] for k in axes)
    if count < 2:
        raise ValueError(
            f"batch_norm: training needs more than one value in each channel, and the input has shape {shape}. To predict, write "
            f"model.eval(); to train, leave a last batch of one out, drop_last=True in nn.fit."
        )
    values = widened(array_of(input))
    if running_mean is not None:
        move(running_mean, mean(values, axes), momentum)
    if running_var is not None:
        move(running_var, _variance(values, axes, 1), momentum)
    return affine(standardized(input, axes, eps), weight, bias, beside)


def instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Each channel of each sample brought to mean 0 and variance 1 (Ulyanov et al., Instance normalization, 2016).

    Parameters
    ----------
    input
        Shape (N, C, L, ...).
    running_mean, running_var
        As in `batch_norm`; they are moved towards the means over the samples.
    weight, bias
        Shape (C), or None.
    use_input_stats
        True: the statistics are those of the input; otherwise the running ones.
    momentum, eps
        As in `batch_norm`.

    Raises
    ------
    ValueError
        With statistics of the input, a channel has a single value, or there are running statistics and no samples; or there
        are no running statistics to be used; or shapes do not fit.

    Examples
    --------
    >>> instance_norm(np.array([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    input = real_operand("instance_norm", input)
    shape = input.shape
    beside = beside_channels("instance_norm", shape, 3, running_mean, running_var, weight, bias)
    if not use_input_stats:
        normalized = by_running_statistics("instance_norm: use_input_stats", input, running_mean, running_var, eps, beside)
        return affine(normalized, weight, bias, beside)
    if math.prod(shape[2:]) < 2:
        raise ValueError(f"instance_norm: more than one value is needed in each channel, and the input has shape {shape}.")
    if shape[0] == 0 and not (running_mean is None and running_var is None):
        raise ValueError(f"instance_norm: running statistics need one sample or more, and the input has shape {shape}.")
    axes, values = tuple(range(2, len(shape))), widened(array_of(input))
    if running_mean is not None:
        move(running_mean, mean(values, (0, *axes)), momentum)
    if running_var is not None:
        move(running_var, mean(_variance(values, axes, 1), (0,)), momentum)
    return affine(standardized(input, axes, eps), weight, bias, beside)


def beside_channels(
    name: str, shape: tuple[int, ...], least: int, running_mean: Any, running_var: Any, weight: Any, bias: Any
) -> tuple[int, ...]:
    """The shape of what there is for each channel beside an input of shape (N, C, ...) with that many axes or more."""
    if len(shape) < least:
        raise ValueError(f"{name}: the input has shape {shape}; it must be {'(N, C, ...)' if least == 2 else '(N, C, L, ...)'}.")
    for what, given in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if given is not None and as_operand(given).shape != shape[1:2]:
            raise ValueError(f"{name}: {what} has shape {np.shape(given)}, but the input {shape} has {shape[1]} channels.")
    return (-1,) + (1,) * (len(shape) - 2)


def by_running_statistics(
    option: str, input: Any, running_mean: Any, running_var: Any, eps: float, beside: tuple[int, ...]
) -> Any:
    """The input less the running mean, divided by the root of the running variance plus eps; `option` is False."""
    if running_mean is None or running_var is None:
        raise ValueError(f"{option}=False needs running_mean and running_var. Write {option.partition(': ')[2]}=True.")
    mean, variance = (np.reshape(read_anew(x), beside) for x in (running_mean, running_var))
    return (input - mean) / np.sqrt(variance + eps)


def read_anew(buffer: Any) -> Any:
    """A buffer, which a compiled program reads in each call: what is computed of plain arrays alone it would keep."""
    return ag.as_tensor(buffer).data if isinstance(buffer, np.ndarray) else buffer


def move(running: Any, moment: Any, momentum: float) -> None:
    """Move running statistics towards those of a batch, in place."""
    into = array_of(running)
    into[...] = (1 - momentum) * into + momentum * moment.reshape(into.shape)


@in_single
def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Each element divided by `(k + alpha * m)**beta`, m the mean square of `size` channels around (Krizhevsky et al., ImageNet
    classification with deep convolutional neural networks, 2012).

    Shape (N, C, L, ...) of `input`; beyond the first and last channel there are zeros.

    >>> local_response_norm(np.ones((1, 2, 1)), 1, alpha=1.0, beta=1.0)
    array([[[0.5],
            [0.5]]])
    """
    shape = np.shape(input)
    whole_number("local_response_norm", "size", size, 1)
    if len(shape) < 3:
        raise ValueError(f"local_response_norm: the input has shape {shape}; it must be (N, C, L, ...).")
    input = real_operand("local_response_norm", input)
    width = [(0, 0)] * len(shape)
    width[1] = (size // 2, (size - 1) // 2)
    squares = np.pad(np.square(input), width)
    mean = functools.reduce(np.add, [squares[:, i : i + shape[1]] for i in range(size)]) / size
    return input / (k + alpha * mean) ** beta


def require_eps(layer: Module, eps: Any) -> None:
    """Refuse an `eps` below 0, by which a small variance would have no root."""
    if not in_range(eps, 0):
        raise ValueError(f"{type(layer).__name__}: eps={eps!r} must be a finite number that is not negative.")


class LastAxesNorm(Module):
    """Common to `LayerNorm` and `RMSNorm`: the options, and a weight for each element that begins as 1."""

    takes_tuples = False

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None, elementwise_affine: bool, dtype: DTypeLike | None
    ) -> None:
        self.normalized_shape = as_shape(normalized_shape)
        for size in self.normalized_shape:
            require_sizes(self, normalized_shape=size)
        if eps is not None:
            require_eps(self, eps)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LayerNorm(LastAxesNorm):
    """Mean 0 and variance 1 over the last axes, then a scale and a shift for each element; see `nn.functional.layer_norm`.

    Parameters
    ----------
    normalized_shape
        The lengths of the last axes, or the length of the last one.
    eps
        Added to the variance.
    elementwise_affine, bias
        True: there are a scale and a shift. With `bias=False` there is only the scale.
    dtype
        Of the parameters; default float64.

    Attributes
    ----------
    weight, bias : Parameter of normalized_shape, or None
        They begin as 1 and 0.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.LayerNorm(2, eps=0.0)(np.array([[1.0, 3.0]])).data
    array([[-1.,  1.]])
    """

    eps: float

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        *, dtype: DTypeLike | None = None,
    ) -> None:  # fmt: skip
        super().__init__(normalized_shape, eps, elementwise_affine, dtype)
        self.bias = Parameter(np.zeros(self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, input: Any) -> Any:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(LastAxesNorm):
    """Mean square 1 over the last axes, then a scale for each element; see `nn.functional.rms_norm`.

    Options are those of `LayerNorm`; `weight` begins as 1.

    >>> import numpy as np, nn
    >>> nn.RMSNorm(2, eps=0.0)(np.array([[3.0, 3.0]])).data
    array([[1., 1.]])
    """

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True, *,
        dtype: DTypeLike | None = None,
    ) -> None:  # fmt: skip
        super().__init__(normalized_shape, eps, elementwise_affine, dtype)

    def forward(self, input: Any) -> Any:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(Module):
    """Mean 0 and variance 1 over groups of channels, then a scale and a shift for each; see `nn.functional.group_norm`.

    Parameters
    ----------
    num_groups, num_channels
        The groups, and the channels that are divided among them.
    eps
        Added to the variance.
    affine, bias
        True: there are `weight` and `bias` of shape (num_channels), which begin as 1 and 0. With `bias=False`: `weight` alone.
    dtype
        Of the parameters; default float64.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.GroupNorm(2, 4, eps=0.0)(np.array([[1.0, 3.0, 10.0, 30.0]])).data
    array([[-1.,  1., -1.,  1.]])
    """

    takes_tuples = False

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:  # fmt: skip
        require_sizes(self, num_groups=num_groups, num_channels=num_channels)
        require_eps(self, eps)
        if num_groups == 0 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: num_channels={num_channels} must be divisible by num_groups={num_groups}.")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.weight = Parameter(np.ones(num_channels, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_channels, dtype)) if affine and bias else None

    def forward(self, input: Any) -> Any:
        shape = np.shape(input)
        if len(shape) < 2 or shape[1] != self.num_channels:
            raise ValueError(f"{self}: the input has shape {shape}, but it must be (N, {self.num_channels}, ...).")
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class ChannelNorm(Module):
    """Common to batch and instance normalisation: a scale and a shift for each channel, and running statistics."""

    takes_tuples = False

    shapes: Mapping[int, str]  # of the input, by the number of axes
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool, bias: bool,
        dtype: DTypeLike | None,
    ) -> None:  # fmt: skip
        require_sizes(self, num_features=num_features)
        require_eps(self, eps)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine and bias else None
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if track_running_stats else None)

    def checked_shape(self, input: Any) -> tuple[int, ...]:
        """The shape of the input, if it is one of `shapes` with as many channels as this has."""
        shape: tuple[int, ...] = as_operand(input).shape
        names = self.shapes.get(len(shape))
        if names is None or shape[1 if "N" in names else 0] != self.num_features:
            wanted = " or ".join(self.shapes.values())
            raise ValueError(f"{self}: the input has shape {shape}, but it must be {wanted} with C = {self.num_features}.")
        return shape

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(ChannelNorm):
    """Mean 0 and variance 1 for each channel of (N, C) or (N, C, L), then a scale and a shift; see `nn.functional.batch_norm`.

    In training the statistics are those of the batch, and move the running ones; in evaluation they are the running ones.

    Parameters
    ----------
    num_features
        The number of channels C.
    eps
        Added to the variance.
    momentum
        The share by which the running statistics move with each batch; None: they are the means over all batches.
    affine, bias
        True: there are `weight` and `bias`. With `bias=False`: `weight` alone.
    track_running_stats
        Without, there are none, and the batch's are used in evaluation too.
    dtype
        Of parameters and statistics; default float64.

    Attributes
    ----------
    weight, bias : Parameter (num_features) or None
        They begin as 1 and 0.
    running_mean, running_var : buffers (num_features) or None
        They begin as 0 and 1.
    num_batches_tracked : buffer, an integer, or None
        The number of batches seen in training.

    Raises
    ------
    ValueError
        The input has another shape; or, in training, one value in each channel.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.BatchNorm1d(1, eps=0.0)
    >>> layer(np.array([[1.0], [3.0]])).data.tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean, layer.running_var
    (array([0.2]), array([1.1]))
    >>> list(layer.state_dict())
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """

    shapes: Mapping[int, str] = {2: "(N, C)", 3: "(N, C, L)"}

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, *, bias: bool = True, dtype: DTypeLike | None = None,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Any) -> Any:
        self.checked_shape(input)
        mean, var, momentum = self.running_mean, self.running_var, self.momentum
        if self.training and mean is not None:
            batches = array_of(self.num_batches_tracked)
            momentum = 1 / (float(batches) + 1) if momentum is None else momentum
        result = batch_norm(
            input,
            mean,
            var,
            self.weight,
            self.bias,
            self.training or mean is None,
            0.0 if momentum is None else momentum,
            self.eps,
        )
        if self.training and mean is not None:
            batches += 1  # in place, after a batch that was accepted
        return result


class BatchNorm2d(BatchNorm1d):
    """As `BatchNorm1d`, for inputs of shape (N, C, H, W).

    >>> import numpy as np, nn
    >>> nn.BatchNorm2d(3)(np.zeros((2, 3, 4, 5))).shape
    (2, 3, 4, 5)
    """

    shapes: Mapping[int, str] = {4: "(N, C, H, W)"}


class InstanceNorm1d(ChannelNorm):
    """Mean 0 and variance 1 for each channel of each sample, (N, C, L) or (C, L); see `nn.functional.instance_norm`.

    Parameters
    ----------
    num_features
        The number of channels C.
    eps
        Added to the variance.
    momentum
        The share by which the running statistics move with each batch; None: they stay.
    affine, bias
        True: there are `weight` and `bias`. With `bias=False`: `weight` alone.
    track_running_stats
        True: there are running statistics, which evaluation uses.
    dtype
        Of parameters and statistics; default float64.

    Raises
    ------
    ValueError
        The input has another shape; or one value in each channel, without running statistics to use.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.InstanceNorm1d(2, eps=0.0)(np.array([[1.0, 3.0], [10.0, 30.0]]))
    array([[-1.,  1.],
           [-1.,  1.]])
    >>> nn.InstanceNorm1d(2).state_dict()
    {}
    """

    shapes: Mapping[int, str] = {2: "(C, L)", 3: "(N, C, L)"}

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
        track_running_stats: bool = False, *, bias: bool = True, dtype: DTypeLike | None = None,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias, dtype)

    def forward(self, input: Any) -> Any:
        single = len(self.checked_shape(input)) == min(self.shapes)
        mean, var, momentum = self.running_mean, self.running_var, self.momentum
        result = instance_norm(
            np.expand_dims(input, 0) if single else input,
            mean,
            var,
            self.weight,
            self.bias,
            self.training or mean is None,
            0.0 if momentum is None else momentum,
            self.eps,
        )
        return result[0] if single else result


class InstanceNorm2d(InstanceNorm1d):
    """As `InstanceNorm1d`, for inputs of shape (N, C, H, W) or (C, H, W).

    >>> import numpy as np, nn
    >>> nn.InstanceNorm2d(3)(np.zeros((2, 3, 4, 5))).shape
    (2, 3, 4, 5)
    """

    shapes: Mapping[int, str] = {3: "(C, H, W)", 4: "(N, C, H, W)"}


class LocalResponseNorm(Configured):
    """Each element divided by a power of the mean square of the channels around; see `nn.functional.local_response_norm`.

    >>> LocalResponseNorm(3, alpha=3.0)(np.ones((1, 3, 1))).ravel().round(6)  # the middle one has two neighbours
    array([0.438691, 0.353553, 0.438691])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)

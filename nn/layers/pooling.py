"""Pooling: the largest element, or the mean, of each window that slides over the last one or two axes.

The largest element is chosen, which has no derivative, and then gathered, which has: the gradient goes to the first of
several that tie, as in PyTorch (elsewhere in this library they would share it).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag

from ..module import Configured, array_of, in_single
from .convolution import Size, per_axis, with_channels

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "max_pool1d",
    "max_pool2d",
    "max_unpool1d",
    "max_unpool2d",
]


def _scattered(x: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which `x` is added at `places`, which count its elements row by row."""
    y = np.zeros(shape, x.dtype)
    np.add.at(y.reshape(-1), places.reshape(-1), x.reshape(-1))
    return y


def _gathered(x: Any, places: Any) -> Any:
    """The elements of `x` at `places`."""
    return x.reshape(-1)[places]


gathered: Callable[..., Any] = ag.primitive(
    _gathered,
    trusted=True,
    selects=True,
    x=lambda g, places, x_shape: scattered(g, places, x_shape),
)
scattered: Callable[..., Any] = ag.primitive(_scattered, trusted=True, x=lambda g, places: gathered(g, places))


def of_windows(axis: int, i: int, count: int, step: int) -> Any:
    """The key of the i-th element of every window along an axis, which counts from the last."""
    return (..., slice(i, i + (count - 1) * step + 1, step), *(slice(None),) * (-1 - axis))


def _window_means(x: Any, elements: Any, kernel: tuple[int, ...], steps: tuple[int, ...], counts: tuple[int, ...]) -> Any:
    """The sum of each window, one axis after the other, divided by `elements`."""
    for axis, k, n, s in zip(range(-len(kernel), 0), kernel, counts, steps):
        x = functools.reduce(np.add, [x[of_windows(axis, i, n, s)] for i in range(k)])
    return x / elements


def _spread(x: Any, shape: tuple[int, ...], kernel: tuple[int, ...], steps: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which each number is added at every element of its window."""
    for axis in range(-1, -len(kernel) - 1, -1):
        k, n, s, length = kernel[axis], x.shape[axis], steps[axis], shape[axis]
        if k == s and n * k == length:  # side by side
            x = x.repeat(k, axis)
            continue
        lengths = list(x.shape)
        lengths[axis] = length
        y = np.zeros(lengths, x.dtype)
        for i in range(k):
            part = y[of_windows(axis, i, n, s)]
            part += x
        x = y
    return x


window_means: Callable[..., Any] = in_single(
    ag.primitive(
        _window_means,
        trusted=True,
        selects=True,
        x=lambda g, x_shape, elements, kernel, steps: spread(g / elements, x_shape, kernel, steps),
    )
)
spread: Callable[..., Any] = ag.primitive(
    _spread, trusted=True, x=lambda g, x_shape, kernel, steps: window_means(g, 1, kernel, steps, x_shape[-len(kernel) :])
)


def max_pool1d(
    input: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """As `max_pool2d` over the last axis alone.

    >>> max_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2)
    array([[5., 3.]])
    """
    return max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window.

    Parameters
    ----------
    input
        Shape (N, C, H, W) or (C, H, W).
    kernel_size
        The shape of the window: an integer, or one for each axis.
    stride
        The step from window to window; default: `kernel_size`, windows side by side.
    padding
        The number of elements of minus infinity on both sides, at most half a window.
    dilation
        The step from element to element within a window.
    ceil_mode
        True: a window that hangs over the end counts, as long as it begins before.
    return_indices
        True: the result is a tuple with the places of these elements, as integers that count each channel's row by row.

    Returns
    -------
    Shape (..., H_out, W_out), with H_out = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1, or rounded
    up with `ceil_mode`.

    Raises
    ------
    ValueError
        No window fits, or the padding exceeds half a window.

    Notes
    -----
    The first of several largest elements gets the gradient. A window with a nan is nan.

    Examples
    --------
    >>> max_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 5.,  7.],
            [13., 15.]]])
    """
    return max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    input: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    """As `avg_pool2d` over the last axis alone.

    >>> avg_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2)
    array([[3. , 2.5]])
    """
    return avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window.

    Parameters
    ----------
    input, kernel_size, stride, ceil_mode
        As in `max_pool2d`.
    padding
        The number of zeros on both sides, at most half a window.
    count_include_pad
        True: these zeros count as elements. Those beyond them, in `ceil_mode`, never do.
    divisor_override
        The divisor of the sum, instead of the number of elements.

    Examples
    --------
    >>> avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """
    if divisor_override == 0:
        raise ValueError("avg_pool2d: divisor_override=0. Write None for the number of elements.")
    return avg_pool("avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


Lengths = int | tuple[int | None, ...] | None


def adaptive_avg_pool1d(input: Any, output_size: Lengths) -> Any:
    """As `adaptive_avg_pool2d` over the last axis alone.

    >>> adaptive_avg_pool1d(np.array([[1.0, 5.0, 2.0]]), 2)
    array([[3. , 3.5]])
    """
    return adaptive_avg_pool("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Lengths) -> Any:
    """The means of windows that divide images into `output_size` parts: window i of n from floor(i H / n) to ceil((i + 1) H / n).

    `output_size` is an integer or one for each axis, None for the length that the axis has. `input` is (N, C, H, W) or (C, H, W).

    >>> adaptive_avg_pool2d(np.arange(6.0).reshape(1, 2, 3), (1, 2))
    array([[[2., 3.]]])
    """
    return adaptive_avg_pool("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_max_pool1d(input: Any, output_size: Lengths, return_indices: bool = False) -> Any:
    """As `adaptive_max_pool2d` over the last axis alone.

    >>> adaptive_max_pool1d(np.array([[1.0, 5.0, 2.0]]), 2)
    array([[5., 5.]])
    """
    return adaptive_max_pool("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Lengths, return_indices: bool = False) -> Any:
    """The largest elements of the windows of `adaptive_avg_pool2d`; with `return_indices` and their places, as in `max_pool2d`.

    >>> adaptive_max_pool2d(np.arange(6.0).reshape(1, 2, 3), (1, 2))
    array([[[4., 5.]]])
    """
    return adaptive_max_pool("adaptive_max_pool2d", 2, input, output_size, return_indices)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Any:  # fmt: skip
    """As `max_unpool2d` over the last axis alone.

    >>> max_unpool1d(np.array([[5.0, 3.0]]), np.array([[1, 3]]), 2)
    array([[0., 5., 0., 3.]])
    """
    return max_unpool("max_unpool1d", 1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Any:  # fmt: skip
    """Zeros with each element at its place: what `max_pool2d` chose, where it was.

    Parameters
    ----------
    input, indices
        What `max_pool2d` returned with `return_indices`, of one shape (N, C, H, W) or (C, H, W).
    kernel_size, stride, padding
        Those of the pooling.
    output_size
        (H_out, W_out), or a whole shape that ends so: several shapes have the same one after pooling. Default: the least.

    Returns
    -------
    Shape (..., H_out, W_out), by default with H_out = (H - 1) stride - 2 padding + kernel_size.

    Raises
    ------
    ValueError
        The shapes differ; or windows overlapped, so that two elements have one place.
    IndexError
        A place lies beyond the output.

    Examples
    --------
    >>> max_unpool2d(*max_pool2d(np.arange(4.0).reshape(1, 2, 2), 2, return_indices=True), 2)
    array([[[0., 0.],
            [0., 3.]]])
    """
    return max_unpool("max_unpool2d", 2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool(
    name: str, axes: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    """Check the places, and scatter."""
    input, places = floating_input(name, axes, input), array_of(indices)
    if places.shape != input.shape or places.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: input has shape {input.shape}, but indices have shape {places.shape} and dtype {places.dtype}: "
            f"they must be integers, one for each element."
        )
    kernel, steps, around = window_options(name, axes, kernel_size, stride, padding)
    least = tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(input.shape[-axes:], kernel, steps, around))
    lengths = least if output_size is None else per_axis(name, "output_size", tuple(output_size)[-axes:], axes, 1)
    if any(abs(n - m) >= s for n, m, s in zip(lengths, least, steps)):
        raise ValueError(f"{name}: output_size={lengths} must differ by less than stride={steps} from {least}.")
    each = math.prod(lengths)
    if places.size and not (places.min() >= 0 and places.max() < each):
        raise IndexError(
            f"{name}: indices from {places.min()} to {places.max()}, but each channel has {each} elements: {lengths}."
        )
    channels = input.shape[:-axes]
    places = places.reshape(math.prod(channels), -1) + each * np.arange(math.prod(channels))[:, None]
    if len(np.unique(places)) < places.size:
        raise ValueError(f"{name}: two elements have one place, as windows overlapped. Pool with stride={kernel} or larger.")
    return scattered(input, places.reshape(input.shape), (*channels, *lengths))


def adaptive_windows(name: str, axes: int, input: Any, output_size: Any) -> list[list[slice]]:
    """For each of the last axes its windows, which cover it."""
    lengths = input.shape[-axes:]
    if 0 in lengths:
        raise ValueError(f"{name}: an input of shape {input.shape} has no elements, and a window needs one.")
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * axes
    counts = per_axis(name, "output_size", [lengths[i % axes] if n is None else n for i, n in enumerate(wanted)], axes, 1)
    return [[slice(i * m // n, -(-(i + 1) * m // n)) for i in range(n)] for m, n in zip(lengths, counts)]


def adaptive_avg_pool(name: str, axes: int, input: Any, output_size: Any) -> Any:
    """The mean of each window, one axis after the other."""
    input = floating_input(name, axes, input)
    for axis, windows in zip(range(-axes, 0), adaptive_windows(name, axes, input, output_size)):
        after = (slice(None),) * (-1 - axis)
        input = np.stack([np.mean(input[(..., window, *after)], axis) for window in windows], axis)
    return input


def adaptive_max_pool(name: str, axes: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    """Choose the place of the largest element in each window, and gather; with `return_indices` these places too."""
    input = floating_input(name, axes, input)
    windows = adaptive_windows(name, axes, input, output_size)
    lengths, channels = input.shape[-axes:], input.shape[:-axes]
    numbers = np.arange(math.prod(lengths)).reshape(lengths)
    values: Any = array_of(input)
    chosen = []
    for key in itertools.product(*windows):
        largest = np.argmax(values[(..., *key)].reshape(*channels, numbers[key].size), -1)
        chosen.append(np.take(numbers[key], largest))
    indices = np.stack(chosen, -1).reshape(*channels, *map(len, windows))
    starts = np.arange(math.prod(channels)).reshape(*channels, *(1,) * axes) * numbers.size
    found = gathered(input, indices + starts)
    return (found, indices) if return_indices else found


def max_pool(
    name: str, axes: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Any:  # fmt: skip
    """Choose the place of the largest element in each window over the last `axes` axes, and gather; perhaps the places too."""
    input = floating_input(name, axes, input)
    lengths = input.shape[-axes:]
    kernel, steps, around, gaps, counts = window_layout(name, lengths, kernel_size, stride, padding, dilation, ceil_mode)
    input = pad_to_windows(input, kernel, steps, around, gaps, counts, -np.inf)
    numbers = numbers_of_largest(array_of(input), kernel, steps, around, gaps, counts)
    padded = input.shape[-axes:]
    places = np.take(places_of_grid(kernel, gaps, padded), numbers).reshape(-1, math.prod(counts))
    places += places_of_grid(counts, steps, padded).ravel()
    places += np.arange(len(places))[:, None] * math.prod(padded)
    places = places.reshape(numbers.shape)
    found = gathered(input, places)
    if not return_indices:
        return found
    try:
        return found, unpadded_places(places, padded, around, lengths)
    except ValueError:
        raise ValueError(
            f"{name}: with dilation={gaps} and padding={around} a window lies beside all elements of {lengths}, and none has a "
            f"place. Pad less."
        ) from None


def numbers_of_largest(
    values: Any, kernel: tuple[int, ...], steps: tuple[int, ...], around: tuple[int, ...], gaps: tuple[int, ...],
    counts: tuple[int, ...],
) -> Any:  # fmt: skip
    """The number of the largest element within each window, whose elements are counted row by row.

    Of several in a row it is the first, and then the first of such rows; a nan counts as larger.
    """
    number = np.uint8 if math.prod(kernel) <= 256 else np.intp
    numbers: Any = None
    for axis in range(-1, -len(kernel) - 1, -1):
        n, s, d = counts[axis], steps[axis], gaps[axis]
        row = math.prod(kernel[axis:][1:])
        first: Any = of_windows(axis, 0, n, s)
        outside: Any = 0
        if around[axis]:  # where all are -inf, the first that is no padding is chosen
            outside = -(-np.maximum(around[axis] - np.arange(n) * s, 0) // d)
            first = (..., np.arange(n) * s + outside * d, *(slice(None),) * (-1 - axis))
            outside = (outside * row).astype(number).reshape(n, *(1,) * (-1 - axis))
        largest = values[first].copy()  # in one piece, it is compared in less time
        chosen = outside if numbers is None else numbers[first] + outside
        for i in range(1, kernel[axis]):
            key = of_windows(axis, i * d, n, s)
            part = values[key].copy()
            better = (part > largest) | (part != part)  # nan != nan
            this = number(i * row) if numbers is None else numbers[key] + number(i * row)
            chosen = np.maximum(chosen, better * this)  # three times as fast as np.where
            largest = np.maximum(largest, part)
        values, numbers = largest, np.broadcast_to(chosen, largest.shape)
    return numbers


def places_of_grid(counts: tuple[int, ...], steps: tuple[int, ...], lengths: tuple[int, ...]) -> Any:
    """The places of a grid of elements of an array of `lengths`, which count its elements row by row.

    >>> places_of_grid(counts=(2, 2), steps=(1, 3), lengths=(2, 5))
    array([[0, 3],
           [5, 8]])
    """
    axes = [np.arange(n) * step * math.prod(lengths[i + 1 :]) for i, (n, step) in enumerate(zip(counts, steps))]
    return functools.reduce(np.add.outer, axes)


def unpadded_places(places: Any, padded: tuple[int, ...], around: tuple[int, ...], lengths: tuple[int, ...]) -> Any:
    """Places in a padded input as those in each channel of the input without its padding.

    >>> unpadded_places(np.array([3, 7]), (5,), (1,), (3,))
    array([2, 1])
    """
    along = np.unravel_index(places % math.prod(padded), padded)
    return np.ravel_multi_index([i - before for i, before in zip(along, around)], lengths)


def avg_pool(
    name: str, axes: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor: int | None,
) -> Any:  # fmt: skip
    """Add up the windows, and divide."""
    input = floating_input(name, axes, input)
    lengths = input.shape[-axes:]
    kernel, steps, around, gaps, counts = window_layout(name, lengths, kernel_size, stride, padding, 1, ceil_mode)
    padded = pad_to_windows(input, kernel, steps, around, gaps, counts, 0)
    borders = around if count_include_pad else (0,) * axes
    elements = divisor or window_sizes(lengths, kernel, steps, around, counts, borders)
    elements = elements.astype(input.dtype) if isinstance(elements, np.ndarray) else elements
    return window_means(padded, elements, kernel, steps, counts)


def window_sizes(
    lengths: tuple[int, ...],
    kernel: tuple[int, ...],
    steps: tuple[int, ...],
    around: tuple[int, ...],
    counts: tuple[int, ...],
    borders: tuple[int, ...],
) -> Any:
    """The number of elements in each window, with those of the borders: an integer where no window reaches beyond them.

    >>> window_sizes((5,), (3,), (2,), (1,), (3,), (0,))
    array([2, 3, 2])
    """
    elements: Any = 1
    for i, (length, k, s, p, n, border) in enumerate(zip(lengths, kernel, steps, around, counts, borders)):
        inside: Any = k
        if p > border or (n - 1) * s - p + k > length + border:
            starts = np.arange(n) * s - p
            inside = np.minimum(starts + k, length + border) - np.maximum(starts, -border)
            inside = inside.reshape(n, *(1 for _ in lengths[i + 1 :]))
        elements = elements * inside
    return elements


def floating_input(name: str, axes: int, input: Any) -> Any:
    """The input as an array or Tensor of floating-point numbers, with axes for channels and perhaps samples."""
    input = with_channels(name, axes, input)
    if input.dtype.kind != "f":
        raise TypeError(f"{name}: input must be floating-point, not {input.dtype}. Write x.astype(float).")
    return input


def window_options(name: str, axes: int, kernel_size: Any, stride: Any, padding: Any) -> tuple[tuple[int, ...], ...]:
    """Kernel, stride and padding along each axis; windows without a stride stand side by side."""
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    steps = kernel if stride in (None, ()) else per_axis(name, "stride", stride, axes, 1)
    return kernel, steps, per_axis(name, "padding", padding, axes, 0)


def window_layout(
    name: str, lengths: tuple[int, ...], kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[tuple[int, ...], ...]:
    """Kernel, stride, padding, dilation and the number of windows along each axis."""
    axes = len(lengths)
    kernel, steps, around = window_options(name, axes, kernel_size, stride, padding)
    gaps = per_axis(name, "dilation", dilation, axes, 1)
    spans = tuple([d * (k - 1) + 1 for k, d in zip(kernel, gaps)])
    if any(2 * p > span for p, span in zip(around, spans)):
        raise ValueError(
            f"{name}: padding={around} is more than half a window of {spans}, which could then lie outside the input."
        )
    counts = []
    for n, span, s, p in zip(lengths, spans, steps, around):
        windows = (n + 2 * p - span + (s - 1 if ceil_mode else 0)) // s + 1
        counts.append(windows - (ceil_mode and (windows - 1) * s >= n + p))
    if min(counts) < 1:
        raise ValueError(
            f"{name}: windows of {spans} do not fit into {lengths} with padding={around}. Write kernel_size={min(lengths)}."
        )
    return kernel, steps, around, gaps, tuple(counts)


def pad_to_windows(
    input: Any,
    kernel: tuple[int, ...],
    steps: tuple[int, ...],
    around: tuple[int, ...],
    gaps: tuple[int, ...],
    counts: tuple[int, ...],
    value: float,
) -> Any:
    """The input with as much of `value` around it as its windows reach beyond it."""
    axes = len(kernel)
    ends = [(n - 1) * s + d * (k - 1) + 1 - p for n, s, d, k, p in zip(counts, steps, gaps, kernel, around)]
    width = [(p, max(0, end - n)) for p, end, n in zip(around, ends, input.shape[-axes:])]
    if not any(map(any, width)):
        return input
    return np.pad(input, [(0, 0)] * (input.ndim - axes) + width, constant_values=value)


# -- modules ------------------------------------------------------------------------------------------------------


class MaxPool(Configured):
    """Common to max pooling over one and over two axes."""

    axes: int

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        options = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        return max_pool(type(self).__name__, self.axes, input, *options, self.return_indices)

    def extra_repr(self) -> str:
        shown = super().extra_repr()
        return shown if self.return_indices else shown.replace(", return_indices=False", "")


class MaxPool1d(MaxPool):
    """The largest element of each window over the last axis; see `max_pool2d` for the options.

    >>> import numpy as np, nn
    >>> nn.MaxPool1d(2)(np.array([[1.0, 5.0, 2.0, 3.0]]))
    array([[5., 3.]])
    """

    axes = 1


class MaxPool2d(MaxPool):
    """The largest element of each window over the last two axes; see `max_pool2d` for the options.

    >>> import numpy as np, nn
    >>> nn.MaxPool2d(2)(np.zeros((10, 16, 9, 8))).shape
    (10, 16, 4, 4)
    """

    axes = 2


class AvgPool1d(Configured):
    """The mean of each window over the last axis; see `avg_pool2d` for the options.

    >>> import numpy as np, nn
    >>> nn.AvgPool1d(2)(np.array([[1.0, 5.0, 2.0, 3.0]]))
    array([[3. , 2.5]])
    """

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        return avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(AvgPool1d):
    """The mean of each window over the last two axes; see `avg_pool2d` for the options.

    >>> import numpy as np, nn
    >>> nn.AvgPool2d(2)(np.zeros((10, 16, 9, 8))).shape
    (10, 16, 4, 4)
    """

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        options = self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        return avg_pool2d(input, *options)


class MaxUnpool(Configured):
    """Common to max unpooling over one and over two axes."""

    axes: int

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        options = self.kernel_size, self.stride, self.padding, output_size
        return max_unpool(type(self).__name__, self.axes, input, indices, *options)


class MaxUnpool1d(MaxUnpool):
    """Zeros with each element where `MaxPool1d` took it from; see `max_unpool2d`.

    >>> import numpy as np, nn
    >>> nn.MaxUnpool1d(2)(np.array([[5.0, 3.0]]), np.array([[1, 3]]))
    array([[0., 5., 0., 3.]])
    """

    axes = 1


class MaxUnpool2d(MaxUnpool):
    """Zeros with each element where `MaxPool2d` took it from; see `max_unpool2d`.

    >>> import numpy as np, nn
    >>> y, places = nn.MaxPool2d(2, return_indices=True)(np.ones((10, 16, 8, 8)))
    >>> nn.MaxUnpool2d(2)(y, places).shape
    (10, 16, 8, 8)
    """

    axes = 2


class AdaptiveAvgPool(Configured):
    """Common to the means over windows that cover one or two axes."""

    axes: int

    def __init__(self, output_size: Lengths) -> None:
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        return adaptive_avg_pool(type(self).__name__, self.axes, input, self.output_size)


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """The means of `output_size` windows that cover the last axis; see `adaptive_avg_pool2d`.

    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool1d(1)(np.ones((10, 16, 9))).shape
    (10, 16, 1)
    """

    axes = 1


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """The means of `output_size` windows that cover the last two axes; see `adaptive_avg_pool2d`.

    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool2d(1)(np.ones((10, 16, 9, 8))).shape
    (10, 16, 1, 1)
    """

    axes = 2


class AdaptiveMaxPool(Configured):
    """Common to the largest elements of windows that cover one or two axes."""

    axes: int

    def __init__(self, output_size: Lengths, return_indices: bool = False) -> None:
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        return adaptive_max_pool(type(self).__name__, self.axes, input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """The largest elements of `output_size` windows that cover the last axis; see `adaptive_max_pool2d`.

    >>> import numpy as np, nn
    >>> nn.AdaptiveMaxPool1d(1)(np.ones((10, 16, 9))).shape
    (10, 16, 1)
    """

    axes = 1


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest elements of `output_size` windows that cover the last two axes; see `adaptive_max_pool2d`.

    >>> import numpy as np, nn
    >>> nn.AdaptiveMaxPool2d(1)(np.ones((10, 16, 9, 8))).shape
    (10, 16, 1, 1)
    """

    axes = 2

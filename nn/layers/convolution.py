"""Convolution in one and two dimensions, and its transpose.

All of it is one form, linear in each of three arrays. At position p of sample n, a kernel with offsets k looks at the
input through a window (stride s, dilation d):

    sum over n, o, c, p, k of   output[n, o, p] * weight[o, c, k] * input[n, c, s * p + d * k]

Leave one array out, and the sum over the other two is the derivative by it: `outputs` is convolution, `inputs` the transposed
convolution, `weights` the gradient of the kernel. So each of the three has the other two as its rules, to every order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike

import autograd_lite as ag

from ..module import Module, Parameter, as_numbers, as_operand, require_sizes
from ..random import Rng, generator
from .padding import MODES, pad_axes

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"]

CACHE = 2**20  # bytes that stay close to the processor

Size = int | tuple[int, ...]


class Grid:
    """The places of the windows: for each spatial axis the stride, the zeros before and behind, the dilation; and the groups.

    Fewer than 0 zeros behind are elements that no window looks at.
    """

    __slots__ = ("dilation", "groups", "padding", "stride")

    def __init__(
        self, stride: tuple[int, ...], padding: tuple[tuple[int, int], ...], dilation: tuple[int, ...], groups: int
    ) -> None:
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups

    def positions(self, lengths: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, ...]:
        """The number of windows along each axis of an input.

        >>> Grid(stride=(2,), padding=((1, 1),), dilation=(1,), groups=1).positions((5,), (3,))
        (3,)
        """
        axes = zip(lengths, kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple((n + before + behind - d * (k - 1) - 1) // s + 1 for n, k, s, (before, behind), d in axes)

    def inside(self, lengths: tuple[int, ...]) -> tuple[Any, ...]:
        """The key of the input within the padded input."""
        return (..., *(slice(before, before + n) for n, (before, _) in zip(lengths, self.padding)))

    def padded(self, x: Any) -> Any:
        """`x` with its zeros around it; `x` itself where there are none."""
        if not any(map(any, self.padding)):
            return x
        lengths = x.shape[2:]
        zeros = np.zeros((*x.shape[:2], *(a + n + max(b, 0) for n, (a, b) in zip(lengths, self.padding))), x.dtype)
        zeros[self.inside(lengths)] = x
        return zeros

    def sliding_windows(self, x: Any, kernel: tuple[int, ...], positions: tuple[int, ...]) -> Any:
        """All windows into a padded input, a view of shape (samples, groups, channels, *kernel, *positions)."""
        samples, channel, *spatial = x.strides
        channels = x.shape[1] // self.groups
        offsets = [d * step for d, step in zip(self.dilation, spatial)]
        moves = [s * step for s, step in zip(self.stride, spatial)]
        return as_strided(
            x,
            (len(x), self.groups, channels, *kernel, *positions),
            (samples, channels * channel, channel, *offsets, *moves),
        )

    def weight_matrices(self, weight: Any) -> Any:
        """A weight as one matrix for each group, (groups, outputs, channels * kernel)."""
        return weight.reshape(self.groups, len(weight) // self.groups, math.prod(weight.shape[1:]))


def window_matrices(windows: Any, axes: int) -> Any:
    """Windows as matrices (samples, groups, channels * kernel, positions): copied, unless the kernel is a single element."""
    samples, groups, *rest = windows.shape
    return windows.reshape(samples, groups, math.prod(rest[:-axes]), math.prod(rest[-axes:]))


def cache_sized_parts(windows: Any) -> Iterator[slice]:
    """The samples in parts whose columns stay in the cache, which takes two thirds of the time of all at once."""
    together = max(1, CACHE * len(windows) // max(1, windows.size * windows.itemsize))
    return (slice(i, i + together) for i in range(0, len(windows), together))


def _outputs(input: Any, weight: Any, grid: Grid, bias: Any = None) -> Any:
    kernel = weight.shape[2:]
    positions = grid.positions(input.shape[2:], kernel)
    windows = grid.sliding_windows(grid.padded(input), kernel, positions)
    w = grid.weight_matrices(weight)
    dtype = np.result_type(input, weight, weight if bias is None else bias)
    y = np.empty((len(input), *w.shape[:2], math.prod(positions)), dtype)
    for part in cache_sized_parts(windows):
        np.matmul(w, window_matrices(windows[part], len(kernel)), out=y[part])
        if bias is not None:
            y[part] += bias.reshape(*w.shape[:2], 1)
    return y.reshape(len(input), len(weight), *positions)


def _inputs(output: Any, weight: Any, lengths: tuple[int, ...], grid: Grid) -> Any:
    samples, _, *positions = output.shape
    kernel = weight.shape[2:]
    x = grid.padded(np.zeros((samples, grid.groups * weight.shape[1], *lengths), np.result_type(output, weight)))
    windows = grid.sliding_windows(x, kernel, tuple(positions))
    w = grid.weight_matrices(weight)
    fits = grid.stride == (1, 1) and positions[0] > 0 and positions[1] <= x.shape[-1] < 2 * positions[1]
    if fits and np.isfinite(w).all():
        windows, output = as_runs(windows, output, x.shape[-1])
    g = output.reshape(samples, *w.shape[:2], math.prod(output.shape[2:]))
    for part in cache_sized_parts(windows):
        into = windows[part]
        add_to_windows(into, np.matmul(w.mT, g[part]).reshape(into.shape), kernel)
    return x[grid.inside(lengths)]


def as_runs(windows: Any, output: Any, width: int) -> tuple[Any, Any]:
    """The two position axes of the windows into images, and of the output, as one, which NumPy walks along in half of the time.

    With zeros behind each row of the output, rows are as long as those of the image, and one follows the other there too. What
    the zeros are multiplied by must be finite.
    """
    *others, rows, columns = output.shape
    wide = np.zeros((*others, rows, width), output.dtype)
    wide[..., :columns] = output
    run = (rows - 1) * width + columns
    windows = as_strided(windows, (*windows.shape[:-2], run), (*windows.strides[:-2], windows.itemsize))
    return windows, wide.reshape(*others, rows * width)[..., :run]


def add_to_windows(windows: Any, pieces: Any, kernel: tuple[int, ...]) -> None:
    """Add to all windows, which share elements, in place."""
    for offset in np.ndindex(kernel):  # at one offset, the elements of all windows are different ones
        key = (slice(None), slice(None), slice(None), *offset)
        windows[key] += pieces[key]


def _weights(input: Any, output: Any, kernel: tuple[int, ...], grid: Grid) -> Any:
    samples, filters, *positions = output.shape
    windows = grid.sliding_windows(grid.padded(input), kernel, tuple(positions))
    g = output.reshape(samples, grid.groups, filters // grid.groups, math.prod(positions))
    shape = (filters, input.shape[1] // grid.groups, *kernel)
    w = grid.weight_matrices(np.zeros(shape, np.result_type(input, output)))
    for part in cache_sized_parts(windows):
        w += np.sum(np.matmul(g[part], window_matrices(windows[part], len(kernel)).mT), 0)
    return w.reshape(shape)


outputs: Callable[..., Any] = ag.primitive(
    _outputs,
    trusted=True,
    input=lambda g, weight, input_shape, grid: inputs(g, weight, input_shape[2:], grid),
    weight=lambda g, input, weight_shape, grid: weights(input, g, weight_shape[2:], grid),
    bias=lambda g: np.sum(g, (0, *range(2, g.ndim))),
)
inputs: Callable[..., Any] = ag.primitive(
    _inputs,
    trusted=True,
    output=lambda g, weight, grid: outputs(g, weight, grid),
    weight=lambda g, output, weight_shape, grid: weights(g, output, weight_shape[2:], grid),
)
weights: Callable[..., Any] = ag.primitive(
    _weights,
    trusted=True,
    input=lambda g, output, input_shape, grid: inputs(output, g, input_shape[2:], grid),
    output=lambda g, input, grid: outputs(input, g, grid),
)


# -- functions ----------------------------------------------------------------------------------------------------


def conv1d(
    input: Any, weight: Any, bias: Any = None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1, groups: int = 1
) -> Any:
    """As `conv2d` with one spatial axis: input (N, C_in, L) or (C_in, L), weight (C_out, C_in / groups, K).

    >>> conv1d(np.array([[1.0, 2.0, 4.0]]), np.array([[[1.0, -1.0]]]))
    array([[-1., -2.]])
    """
    return convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1, groups: int = 1
) -> Any:
    """Slide kernels over images: at each position, the sum of a window's elements times the kernel's (not flipped).

    Parameters
    ----------
    input
        Shape (N, C_in, H, W), or (C_in, H, W) for a single image.
    weight
        Shape (C_out, C_in / groups, K_h, K_w).
    bias
        Shape (C_out), added to each output channel; or None.
    stride, dilation
        The step from window to window, and from element to element within one: an integer, or one for each axis.
    padding
        Zeros on both sides of each axis: an integer or one for each axis; "valid" is 0, and "same" as many as give
        the output the input's shape (for a stride of 1; an odd one goes behind).
    groups
        The channels are split into as many groups, each with kernels of its own.

    Returns
    -------
    Shape (N, C_out, H_out, W_out), with H_out = floor((H + 2 padding - dilation (K_h - 1) - 1) / stride) + 1.

    Raises
    ------
    ValueError
        The shapes do not fit, or a window is larger than the padded input.

    Examples
    --------
    >>> conv2d(np.arange(9.0).reshape(1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[ 8., 12.],
            [20., 24.]]])
    """
    return convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any, weight: Any, bias: Any = None, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
    groups: int = 1, dilation: Size = 1,
) -> Any:  # fmt: skip
    """As `conv_transpose2d` with one spatial axis: input (N, C_in, L) or (C_in, L), weight (C_in, C_out / groups, K).

    >>> conv_transpose1d(np.array([[1.0, 2.0]]), np.ones((1, 1, 2)), stride=2)
    array([[1., 1., 2., 2.]])
    """
    return convolve_transposed("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any, weight: Any, bias: Any = None, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
    groups: int = 1, dilation: Size = 1,
) -> Any:  # fmt: skip
    """The transpose of `conv2d` as a linear map, which is its derivative by the input: each element paints a kernel.

    Parameters
    ----------
    input, bias
        As in `conv2d`.
    weight
        Shape (C_in, C_out / groups, K_h, K_w).
    stride, padding, dilation, groups
        Those of the `conv2d` that this is the transpose of.
    output_padding
        Rows and columns more at the end: several shapes have the same one after a convolution with a stride.

    Returns
    -------
    Shape (N, C_out, H_out, W_out), with H_out = (H - 1) stride - 2 padding + dilation (K_h - 1) + output_padding + 1.

    Raises
    ------
    ValueError
        The shapes do not fit, or output_padding is neither below the stride nor below the dilation.

    Examples
    --------
    >>> conv_transpose2d(np.array([[[1.0, 2.0]]]), np.ones((1, 1, 1, 2)), stride=2)
    array([[[1., 1., 2., 2.]]])
    """
    return convolve_transposed("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def convolve(
    name: str, axes: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """Check the operands, and convolve over that many spatial axes."""
    input, weight, single = checked_operands(name, axes, input, weight, groups, of_weight=(1, "C_out, C_in / groups"))
    if len(weight) % groups:
        raise ValueError(f"{name}: the {len(weight)} output channels of weight {weight.shape} do not split into groups={groups}.")
    kernel, lengths = weight.shape[2:], input.shape[2:]
    steps, gaps = per_axis(name, "stride", stride, axes, 1), per_axis(name, "dilation", dilation, axes, 1)
    grid = Grid(steps, zeros_around(name, padding, kernel, steps, gaps), gaps, groups)
    positions = grid.positions(lengths, kernel)
    if min(positions) < 1:
        spans = tuple(d * (k - 1) + 1 for d, k in zip(gaps, kernel))
        have = tuple(n + a + b for n, (a, b) in zip(lengths, grid.padding))
        raise ValueError(
            f"{name}: windows of {spans} do not fit into the input, {have} with its padding. Pad more, or take a smaller kernel."
        )
    y = outputs(input, weight, grid, None if bias is None else bias_per_channel(name, bias, len(weight)))
    return y[0] if single else y


def convolve_transposed(
    name: str, axes: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int,
    dilation: Any,
) -> Any:  # fmt: skip
    """Check the operands, and add up the painted kernels over that many spatial axes."""
    input, weight, single = checked_operands(name, axes, input, weight, groups, of_weight=(0, "C_in, C_out / groups"))
    kernel = weight.shape[2:]
    steps, gaps = per_axis(name, "stride", stride, axes, 1), per_axis(name, "dilation", dilation, axes, 1)
    around, more = per_axis(name, "padding", padding, axes, 0), per_axis(name, "output_padding", output_padding, axes, 0)
    if any(m >= max(s, d) for m, s, d in zip(more, steps, gaps)):
        raise ValueError(f"{name}: output_padding={more} must be below stride={steps} or dilation={gaps}.")
    each = zip(input.shape[2:], kernel, steps, around, gaps, more)
    lengths = tuple((n - 1) * s - 2 * p + d * (k - 1) + m + 1 for n, k, s, p, d, m in each)
    if min(lengths) < 1:
        raise ValueError(f"{name}: input of shape {input.shape} with padding={around} leaves an output of {lengths}. Pad less.")
    grid = Grid(steps, tuple((p, p - m) for p, m in zip(around, more)), gaps, groups)
    y = inputs(input, weight, lengths, grid)
    if bias is not None:
        y = y + bias_per_channel(name, bias, y.shape[1]).reshape(-1, *(1,) * axes)
    return y[0] if single else y


def checked_operands(
    name: str, axes: int, input: Any, weight: Any, groups: int, of_weight: tuple[int, str]
) -> tuple[Any, Any, bool]:
    """Input with a batch axis and weight, if they fit; and whether the input was a single sample."""
    axis, meaning = of_weight
    input = with_channels(name, axes, input)
    weight = as_numbers(weight)
    if weight.ndim != axes + 2:
        raise ValueError(f"{name}: weight has shape {weight.shape}, but must have {axes + 2} axes, ({meaning}, kernel).")
    if groups < 1:
        raise ValueError(f"{name}: groups={groups} must be at least 1.")
    single = input.ndim == axes + 1
    channels = input.shape[-axes - 1]
    takes = weight.shape[axis] * (groups if axis else 1)
    if channels % groups:
        raise ValueError(f"{name}: the {channels} channels of input {input.shape} do not split into groups={groups}.")
    if channels != takes:
        raise ValueError(
            f"{name}: input of shape {input.shape} has {channels} channels, but weight of shape {weight.shape} with "
            f"groups={groups} takes {takes}." + (" Write x[:, None] for a batch of one channel." if single and takes == 1 else "")
        )
    return (input[None] if single else input), weight, single


def with_channels(name: str, axes: int, input: Any) -> Any:
    """The input as an array or Tensor, if it has an axis for channels, and perhaps one for samples, before the spatial ones."""
    input = as_operand(input)
    if input.ndim not in (axes + 1, axes + 2):
        spatial = ", ".join("L" if axes == 1 else "HW")
        raise ValueError(f"{name}: input has shape {input.shape}, but must have (N, C, {spatial}) or (C, {spatial}).")
    return input


def per_axis(name: str, option: str, value: Any, axes: int, least: int) -> tuple[int, ...]:
    """An option as one integer for each axis.

    >>> per_axis("conv2d", "stride", 2, 2, least=1)
    (2, 2)
    """
    found = (value,) * axes if isinstance(value, (int, np.integer)) else tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(found) == 1:
        found *= axes
    if len(found) != axes or not all(isinstance(n, (int, np.integer)) and n >= least for n in found):
        raise ValueError(
            f"{name}: {option}={value!r} must be an integer of at least {least}, or a tuple of {axes} such integers."
        )
    return tuple(map(int, found))


def zeros_around(
    name: str, padding: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """The zeros before and behind each axis that `padding` asks for.

    >>> zeros_around("conv1d", "same", (4,), (1,), (1,))
    ((1, 2),)
    """
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ValueError(f"{name}: padding='same' needs a stride of 1, not {stride}: write the padding in numbers.")
        needed = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return tuple((n // 2, n - n // 2) for n in needed)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"{name}: padding={padding!r}; write 'same', 'valid' or numbers.")
    return tuple((n, n) for n in per_axis(name, "padding", 0 if padding == "valid" else padding, len(kernel), 0))


def bias_per_channel(name: str, bias: Any, channels: int) -> Any:
    """`bias`, if it has one number for each output channel."""
    bias = as_operand(bias)
    if bias.shape != (channels,):
        raise ValueError(
            f"{name}: bias has shape {bias.shape}, but there are {channels} output channels. Its shape must be ({channels},)."
        )
    return bias


# -- modules ------------------------------------------------------------------------------------------------------


class Convolution(Module):
    """Common to convolutions: their options, and parameters that begin uniform within 1 / sqrt(fan_in) of 0.

    As in PyTorch, fan_in is the number of weights for each index of the weight's first axis.
    """

    takes_tuples = False

    axes: int
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size | str = 0,
        dilation: Size = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", *,
        dtype: DTypeLike | None = None, rng: Rng = None,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        require_sizes(self, in_channels=in_channels, out_channels=out_channels, groups=groups)
        for option, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if groups == 0 or channels % groups:
                raise ValueError(f"{name}: {option}={channels} does not split into groups={groups}.")
        modes = ["zeros"] if self.transposed else [mode for mode in MODES if mode != "constant"]
        if padding_mode not in modes:
            raise ValueError(f"{name}: padding_mode={padding_mode!r}; write {' or '.join(map(repr, modes))}.")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes, 1)
        self.stride = per_axis(name, "stride", stride, self.axes, 1)
        self.dilation = per_axis(name, "dilation", dilation, self.axes, 1)
        self.padding = padding if isinstance(padding, str) else per_axis(name, "padding", padding, self.axes, 0)
        self.zeros_around = zeros_around(name, self.padding, self.kernel_size, self.stride, self.dilation)
        self.groups = groups
        self.padding_mode = padding_mode
        rng = generator(rng)
        dtype = float if dtype is None else dtype
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (first, second // groups, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]) or 1)
        self.weight = Parameter(rng.uniform(-bound, bound, shape), dtype=dtype)
        self.bias = Parameter(rng.uniform(-bound, bound, out_channels), dtype=dtype) if bias else None

    def forward(self, input: Any) -> Any:
        name = type(self).__name__
        padding: Size | str = self.padding
        if self.padding_mode != "zeros":
            input = pad_axes(f"{name}: padding_mode", with_channels(name, self.axes, input), self.zeros_around, self.padding_mode)
            padding = 0
        return convolve(name, self.axes, input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        none, one = (0,) * self.axes, (1,) * self.axes
        usual = {"padding": none, "dilation": one, "output_padding": none, "groups": 1, "bias": True, "padding_mode": "zeros"}
        have = {**vars(self), "bias": self.bias is not None}
        return ", ".join(shown + [f"{k}={have[k]!r}" for k, default in usual.items() if have.get(k, default) != default])


class Conv1d(Convolution):
    """`conv1d` with a weight and a bias to learn; see `Conv2d`. Input (N, C_in, L) or (C_in, L).

    >>> import numpy as np, nn
    >>> nn.Conv1d(2, 5, kernel_size=3)(np.ones((4, 2, 10))).shape
    (4, 5, 8)
    """

    axes = 1


class Conv2d(Convolution):
    """`conv2d` with a weight and a bias to learn. Input (N, C_in, H, W) or (C_in, H, W).

    Parameters
    ----------
    in_channels, out_channels
        The numbers of channels of the input and of the output.
    kernel_size
        The shape of the kernel: an integer, or one for each axis.
    stride, padding, dilation, groups
        As in `conv2d`.
    bias
        True: a bias is added.
    padding_mode
        The border of the input: "zeros", "reflect" (without repeating the edge), "replicate" (the edge), "circular".
    dtype, rng
        As for `Linear`.

    Attributes
    ----------
    weight : Parameter (out_channels, in_channels / groups, *kernel_size)
    bias : Parameter (out_channels) or None
        Both uniform within 1 / sqrt(in_channels / groups * prod(kernel_size)) of 0, PyTorch's default.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Conv2d(1, 16, 3, padding="same")
    >>> layer
    Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding='same')
    >>> layer(np.ones((10, 1, 8, 8))).shape
    (10, 16, 8, 8)
    """

    axes = 2


class TransposedConvolution(Convolution):
    """Common to transposed convolutions: `output_padding`, and the `output_size` that a call may name."""

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0,
        output_padding: Size = 0, groups: int = 1, bias: bool = True, dilation: Size = 1, padding_mode: str = "zeros", *,
        dtype: DTypeLike | None = None, rng: Rng = None,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        self.output_padding = per_axis(name, "output_padding", output_padding, self.axes, 0)
        padding = per_axis(name, "padding", padding, self.axes, 0)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype=dtype, rng=rng
        )

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        name = type(self).__name__
        more = self.output_padding
        padding: Any = self.padding
        if output_size is not None:
            wanted = per_axis(name, "output_size", tuple(output_size)[-self.axes :], self.axes, 1)
            axes = zip(np.shape(input)[-self.axes :], self.kernel_size, self.stride, padding, self.dilation)
            least = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in axes)
            more = tuple(w - n for w, n in zip(wanted, least))
            if any(not 0 <= m < s for m, s in zip(more, self.stride)):
                most = tuple(n + s - 1 for n, s in zip(least, self.stride))
                raise ValueError(f"{name}: output_size={wanted} must be from {least} to {most}, for this input and stride.")
        return convolve_transposed(
            name, self.axes, input, self.weight, self.bias, self.stride, padding, more, self.groups, self.dilation
        )


class ConvTranspose1d(TransposedConvolution):
    """`conv_transpose1d` with a weight and a bias to learn; see `ConvTranspose2d`. Input (N, C_in, L) or (C_in, L).

    >>> import numpy as np, nn
    >>> nn.ConvTranspose1d(16, 1, 2, stride=2)(np.ones((10, 16, 4))).shape
    (10, 1, 8)
    """

    axes = 1


class ConvTranspose2d(TransposedConvolution):
    """`conv_transpose2d` with a weight and a bias to learn. Input (N, C_in, H, W) or (C_in, H, W).

    The options are those of `Conv2d`, in PyTorch's order, and `output_padding`; the weight has shape
    (in_channels, out_channels / groups, *kernel_size), and padding is of zeros. A call may name the `output_size` that is
    wanted, (H_out, W_out) or a whole shape, which takes the place of `output_padding`.

    >>> import numpy as np, nn
    >>> nn.ConvTranspose2d(16, 1, 2, stride=2)(np.ones((10, 16, 4, 4))).shape
    (10, 1, 8, 8)
    """

    axes = 2

"""Windows as columns, and columns added up where the windows were: each map is the transpose of the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

from ..module import Configured, as_numbers
from .convolution import Grid, Size, add_to_windows, per_axis, with_channels

__all__ = ["Fold", "Unfold", "fold", "unfold"]


def _columns(input: Any, kernel: tuple[int, ...], grid: Grid) -> Any:
    positions = grid.positions(input.shape[2:], kernel)
    windows = grid.sliding_windows(grid.padded(input), kernel, positions)
    return windows.reshape(len(input), input.shape[1] * math.prod(kernel), math.prod(positions))


def _images(columns: Any, lengths: tuple[int, ...], kernel: tuple[int, ...], grid: Grid) -> Any:
    channels = columns.shape[1] // math.prod(kernel)
    y = grid.padded(np.zeros((len(columns), channels, *lengths), columns.dtype))
    windows = grid.sliding_windows(y, kernel, grid.positions(lengths, kernel))
    add_to_windows(windows, columns.reshape(windows.shape), kernel)
    return y[grid.inside(lengths)]


columns_of: Callable[..., Any] = ag.primitive(
    _columns, trusted=True, input=lambda g, input_shape, kernel, grid: images_of(g, input_shape[2:], kernel, grid)
)
images_of: Callable[..., Any] = ag.primitive(_images, trusted=True, columns=lambda g, kernel, grid: columns_of(g, kernel, grid))


def unfold(input: Any, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> Any:
    """The windows of images as columns: what `conv2d` multiplies with its weights.

    Parameters
    ----------
    input
        Shape (N, C, H, W) or (C, H, W).
    kernel_size, dilation, padding, stride
        The windows, as in `conv2d`.

    Returns
    -------
    Shape (N, C K_h K_w, L) for L windows row by row, or without N.

    Raises
    ------
    ValueError
        No window fits.

    Examples
    --------
    >>> unfold(np.arange(6.0).reshape(1, 2, 3), (2, 2))
    array([[0., 1.],
           [1., 2.],
           [3., 4.],
           [4., 5.]])
    """
    input = with_channels("unfold", 2, input)
    kernel, grid, _ = layout("unfold", input.shape[-2:], kernel_size, dilation, padding, stride)
    return columns_of(input, kernel, grid) if input.ndim == 4 else columns_of(input[None], kernel, grid)[0]


def fold(input: Any, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> Any:
    """Columns added up where the windows of `unfold` were: its transpose, not its inverse where windows overlap.

    Parameters
    ----------
    input
        Shape (N, C K_h K_w, L) or (C K_h K_w, L).
    output_size
        The height and width of the images.
    kernel_size, dilation, padding, stride
        Those of `unfold`.

    Returns
    -------
    Shape (N, C, H, W) or (C, H, W).

    Raises
    ------
    ValueError
        The columns are not those of such windows.

    Examples
    --------
    >>> fold(np.ones((4, 2)), (2, 3), (2, 2))
    array([[[1., 2., 1.],
            [1., 2., 1.]]])
    """
    input = as_numbers(with_channels("fold", 1, input))
    lengths = per_axis("fold", "output_size", output_size, 2, 1)
    kernel, grid, windows = layout("fold", lengths, kernel_size, dilation, padding, stride)
    if input.shape[-2] % math.prod(kernel) or input.shape[-1] != windows:
        raise ValueError(
            f"fold: input has shape {input.shape}, but {windows} windows of {kernel} in {lengths} are "
            f"(N, C * {math.prod(kernel)}, {windows}) or without N."
        )
    return images_of(input, lengths, kernel, grid) if input.ndim == 3 else images_of(input[None], lengths, kernel, grid)[0]


def layout(
    name: str, lengths: tuple[int, ...], kernel_size: Size, dilation: Size, padding: Size, stride: Size
) -> tuple[tuple[int, ...], Grid, int]:
    """The kernel, the places of its windows, and their number."""
    kernel = per_axis(name, "kernel_size", kernel_size, 2, 1)
    around = tuple((n, n) for n in per_axis(name, "padding", padding, 2, 0))
    grid = Grid(per_axis(name, "stride", stride, 2, 1), around, per_axis(name, "dilation", dilation, 2, 1), 1)
    positions = grid.positions(lengths, kernel)
    if min(positions) < 1:
        raise ValueError(f"{name}: windows of {kernel}, dilation={dilation}, do not fit into {lengths} with padding={padding}.")
    return kernel, grid, math.prod(positions)


class Unfold(Configured):
    """The windows of images as columns; see `nn.functional.unfold`.

    >>> import numpy as np, nn
    >>> nn.Unfold(3)(np.ones((10, 2, 8, 8))).shape
    (10, 18, 36)
    """

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> None:
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(Configured):
    """Columns added up where the windows were; see `nn.functional.fold`.

    >>> import numpy as np, nn
    >>> nn.Fold((8, 8), 3)(np.ones((10, 18, 36))).shape
    (10, 2, 8, 8)
    """

    def __init__(self, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> None:
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Any:
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

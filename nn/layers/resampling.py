"""Images and series brought to another size: between the elements there are, or by moving channels into space."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..module import Configured, as_numbers, as_operand, whole_number

__all__ = [
    "ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample", "channel_shuffle", "interpolate", "pixel_shuffle",
    "pixel_unshuffle",
]  # fmt: skip

AXES = {"nearest": (1, 2), "nearest-exact": (1, 2), "area": (1, 2), "linear": (1,), "bilinear": (2,), "bicubic": (2,)}
CUBIC = -0.75  # the slope of Keys' kernel at 1 (Cubic convolution interpolation, 1981), as PyTorch has it


def interpolate(
    input: Any,
    size: int | tuple[int, ...] | None = None,
    scale_factor: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The input at another size along its last axes: each output element is a weighted mean of some of the input.

    Parameters
    ----------
    input
        Shape (N, C, L) or (N, C, H, W).
    size, scale_factor
        The new lengths, or the factors to the old ones: one of the two, a number or one for each axis.
    mode
        "nearest", "nearest-exact", "area"; "linear" for series; "bilinear" or "bicubic" for images.
    align_corners
        True: the first and last elements stay at the ends; otherwise elements are areas that fill the same space. Not for
        "nearest" and "area".
    recompute_scale_factor
        True: positions follow the rounded lengths, not the factors given.
    antialias
        Only False.

    Raises
    ------
    ValueError
        The axes, the mode or the sizes do not fit.

    Examples
    --------
    >>> interpolate(np.array([[[0.0, 1.0, 2.0]]]), size=5, mode="linear", align_corners=True)
    array([[[0. , 0.5, 1. , 1.5, 2. ]]])
    >>> interpolate(np.array([[[0.0, 1.0]]]), scale_factor=2.0)
    array([[[0., 0., 1., 1.]]])
    """
    input = as_operand(input)
    axes = input.ndim - 2
    if mode not in AXES or axes not in AXES[mode]:
        known = [name for name, fitting in AXES.items() if axes in fitting]
        if axes not in (1, 2):
            raise ValueError(
                f"interpolate: the input has shape {input.shape}; it must be (N, C, L) or (N, C, H, W). Move a third dimension "
                f"into the channels; give a single image as x[None]."
            )
        raise ValueError(f"interpolate: mode={mode!r} with an input of shape {input.shape}; for it there are {known}.")
    if antialias:
        raise ValueError("interpolate: antialias=True is not supported. Write mode='area', or avg_pool2d before it.")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(f"interpolate: align_corners={align_corners} has no meaning with mode={mode!r}.")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate: size={size} and scale_factor={scale_factor}: give one of them.")
    if not mode.startswith("nearest"):  # which takes elements as they are
        input = as_numbers(input)
    lengths = input.shape[2:]
    given: Any = size if size is not None else scale_factor
    each = list(given) if isinstance(given, (tuple, list)) else [given] * axes
    if len(each) != axes or not all(n > 0 for n in each):
        raise ValueError(f"interpolate: {given} must be a number above 0, or one for each of the last {axes} axes.")
    for k, (n, wanted) in enumerate(zip(lengths, each)):
        if size is not None:
            whole_number("interpolate", "size", wanted, 1)
        count = int(wanted) if size is not None else math.floor(n * wanted)
        if count < 1:
            raise ValueError(f"interpolate: scale_factor={scale_factor} leaves nothing of length {n}.")
        step = n / count if size is not None or recompute_scale_factor else 1 / wanted
        weights = weights_between(mode, n, count, step, bool(align_corners)).astype(input.dtype)
        input = np.swapaxes(np.swapaxes(input, 2 + k, -1) @ weights.T, 2 + k, -1)
    return input


def weights_between(mode: str, n: int, count: int, step: float, align_corners: bool) -> NDArray[Any]:
    """The share of each of n input elements in each of `count` output elements: shape (count, n)."""
    weights, rows = np.zeros((count, n)), np.arange(count)
    if mode in ("nearest", "nearest-exact"):
        places = rows * step if mode == "nearest" else (rows + 0.5) * step
        weights[rows, np.minimum(places.astype(int), n - 1)] = 1
        return weights
    if mode == "area":
        for i in rows:
            first, end = i * n // count, -(-(i + 1) * n // count)
            weights[i, first:end] = 1 / (end - first)
        return weights
    if align_corners:
        places = rows * ((n - 1) / (count - 1) if count > 1 else 0.0)
    else:
        places = (rows + 0.5) * step - 0.5
    if mode != "bicubic":
        places = np.maximum(places, 0)
    low = np.floor(places).astype(int)
    beyond = places - low
    parts = cubic_weights(beyond) if mode == "bicubic" else {0: 1 - beyond, 1: beyond}
    for offset, part in parts.items():
        np.add.at(weights, (rows, np.clip(low + offset, 0, n - 1)), part)
    return weights


def cubic_weights(t: NDArray[Any]) -> dict[int, NDArray[Any]]:
    """Keys' weights of the four neighbours of a place t beyond the second of them."""

    def inner(d: NDArray[Any]) -> Any:
        return ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1

    def outer(d: NDArray[Any]) -> Any:
        return ((CUBIC * d - 5 * CUBIC) * d + 8 * CUBIC) * d - 4 * CUBIC

    return {-1: outer(t + 1), 0: inner(t), 1: inner(1 - t), 2: outer(2 - t)}


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels as squares of pixels (Shi et al., Sub-pixel convolution, 2016).

    `input` of shape (..., C r**2, H, W), r being `upscale_factor`, becomes (..., C, H r, W r).

    >>> pixel_shuffle(np.arange(4.0).reshape(4, 1, 1), 2)
    array([[[0., 1.],
            [2., 3.]]])
    """
    input, r = as_operand(input), upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise ValueError(f"pixel_shuffle: input of shape {input.shape} must be (..., C * {r}**2, H, W).")
    *lead, c, h, w = input.shape
    k = len(lead)
    parts = input.reshape(*lead, c // (r * r), r, r, h, w)
    moved = np.transpose(parts, (*range(k), k, k + 3, k + 1, k + 4, k + 2))
    return moved.reshape(*lead, c // (r * r), h * r, w * r)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """The inverse of `pixel_shuffle`: `input` (..., C, H r, W r) becomes (..., C r**2, H, W), r being `downscale_factor`.

    >>> pixel_unshuffle(np.arange(4.0).reshape(1, 2, 2), 2).ravel()
    array([0., 1., 2., 3.])
    """
    input, r = as_operand(input), downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r:
        raise ValueError(f"pixel_unshuffle: input of shape {input.shape} must be (..., C, H * {r}, W * {r}).")
    *lead, c, h, w = input.shape
    k = len(lead)
    parts = input.reshape(*lead, c, h // r, r, w // r, r)
    moved = np.transpose(parts, (*range(k), k, k + 2, k + 4, k + 1, k + 3))
    return moved.reshape(*lead, c * r * r, h // r, w // r)


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of all groups in turn, the first of each, then the second of each (Zhang et al., ShuffleNet, 2018).

    The shape (N, C, ...) of `input`, with C divisible by `groups`, stays.

    >>> channel_shuffle(np.arange(4.0).reshape(1, 4, 1), 2).ravel()
    array([0., 2., 1., 3.])
    """
    input = as_operand(input)
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise ValueError(f"channel_shuffle: input of shape {input.shape} must be (N, C, ...), C divisible by groups={groups}.")
    n, c, *rest = input.shape
    return np.swapaxes(input.reshape(n, groups, c // groups, *rest), 1, 2).reshape(input.shape)


class Upsample(Configured):
    """The input at another size; see `nn.functional.interpolate`.

    >>> import numpy as np, nn
    >>> nn.Upsample(scale_factor=2)(np.ones((1, 3, 4, 5))).shape
    (1, 3, 8, 10)
    """

    def __init__(
        self,
        size: int | tuple[int, ...] | None = None,
        scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: Any) -> Any:
        return interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor)


class PixelShuffle(Configured):
    """Channels as squares of pixels; see `nn.functional.pixel_shuffle`.

    >>> PixelShuffle(2)(np.ones((1, 8, 3, 4))).shape
    (1, 2, 6, 8)
    """

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        return pixel_shuffle(input, self.upscale_factor)


class ChannelShuffle(Configured):
    """The channels of all groups in turn; see `nn.functional.channel_shuffle`.

    >>> ChannelShuffle(2)(np.arange(4.0).reshape(1, 4, 1)).ravel()
    array([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return channel_shuffle(input, self.groups)


class PixelUnshuffle(Configured):
    """Squares of pixels as channels; see `nn.functional.pixel_unshuffle`.

    >>> PixelUnshuffle(2)(np.ones((1, 2, 6, 8))).shape
    (1, 8, 3, 4)
    """

    def __init__(self, downscale_factor: int) -> None:
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        return pixel_unshuffle(input, self.downscale_factor)

"""Images looked up at places between their elements: turned, bent, moved.

The gradient by these places, too, is used by Jaderberg et al., Spatial transformer networks, 2015.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..module import array_of, as_numbers, as_operand, real_operand
from .resampling import cubic_weights

__all__ = ["affine_grid", "grid_sample"]


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The places `theta @ (x, y, 1)` at which `grid_sample` looks up each element of an image at (x, y).

    Parameters
    ----------
    theta
        Shape (N, 2, 3): a linear map and a move of places (x, y), which run from -1 to 1 over the image.
    size
        The shape of the images that shall be made, (N, C, H, W).
    align_corners
        True: -1 and 1 are the middles of the first and the last element; otherwise their outer ends.

    Returns
    -------
    Shape (N, H, W, 2).

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> affine_grid(np.array([[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]]), (1, 1, 1, 2))      # x and y exchanged
    array([[[[ 0. , -0.5],
             [ 0. ,  0.5]]]])
    """
    theta = as_numbers(theta)
    lengths = tuple(size) if np.iterable(size) else (size,)
    if theta.ndim != 3 or theta.shape[1:] != (2, 3) or len(lengths) != 4 or len(theta) != lengths[0] or min(lengths) < 1:
        raise ValueError(
            f"affine_grid: theta has shape {theta.shape} and size is {lengths}; they must be (N, 2, 3) and (N, C, H, W), "
            f"of images. Volumes are not offered."
        )
    y, x = (middles(n, bool(align_corners)) for n in lengths[2:])
    places = np.ones((len(y), len(x), 3))
    places[..., 0], places[..., 1] = x, y[:, None]
    return np.einsum("hwi,nki->nhwk", places.astype(theta.dtype), theta)


def middles(n: int, align_corners: bool) -> NDArray[Any]:
    """The places of the middles of n elements, as `affine_grid` counts.

    >>> middles(2, False)
    array([-0.5,  0.5])
    """
    ends = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return ends if align_corners else ends * ((n - 1) / n)


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """The elements of images at the places that a grid says, between four elements, or sixteen, a weighted mean of these.

    Parameters
    ----------
    input
        Shape (N, C, H, W).
    grid
        Shape (N, H_out, W_out, 2): places (x, y), which run from -1 to 1 over the image.
    mode
        "bilinear", "nearest" or "bicubic".
    padding_mode
        Beyond the image are "zeros", its "border" elements, or its "reflection".
    align_corners
        True: -1 and 1 are the middles of the first and the last element; otherwise their outer ends.

    Returns
    -------
    Shape (N, C, H_out, W_out).

    Raises
    ------
    ValueError
        The shapes do not fit, or a place is infinite or nan.

    Notes
    -----
    As in PyTorch, a place at the border or beyond has gradient 0 with "border". With "nearest" all places have gradient 0.

    Examples
    --------
    >>> image = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grid_sample(image, np.array([[[[0.0, 0.0], [-0.5, 0.5]]]]))
    array([[[[2.5, 3. ]]]])
    """
    input, grid = as_operand(input), real_operand("grid_sample", grid, "grid")
    if input.ndim != 4 or grid.ndim != 4 or grid.shape[-1] != 2 or len(grid) != len(input) or 0 in input.shape[2:]:
        raise ValueError(
            f"grid_sample: input has shape {input.shape} and grid {grid.shape}; they must be (N, C, H, W) and "
            f"(N, H_out, W_out, 2), of images. Volumes are not offered."
        )
    if mode not in ("bilinear", "nearest", "bicubic") or padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            f"grid_sample: mode={mode!r} and padding_mode={padding_mode!r}; write 'bilinear', 'nearest' or 'bicubic', and "
            f"'zeros', 'border' or 'reflection'."
        )
    if not np.isfinite(array_of(grid)).all():
        raise ValueError("grid_sample: the grid has places that are infinite or nan.")
    along_x, along_y = (
        neighbours(grid[..., axis], length, mode, padding_mode, bool(align_corners))
        for axis, length in ((0, input.shape[3]), (1, input.shape[2]))
    )
    samples, channels = np.ogrid[: input.shape[0], : input.shape[1]]
    key = samples[..., None, None], channels[..., None, None]
    total: Any = 0
    for row, column in itertools.product(along_y, along_x):
        found = input[(*key, row.places[:, None], column.places[:, None])]
        inside = (row.inside & column.inside)[:, None]
        found = found if inside.all() else np.where(inside, found, 0.0)
        total = total + (found if row.weight is None else found * np.expand_dims(row.weight * column.weight, 1))
    return total


class Neighbour(NamedTuple):
    """One of the elements between which places lie along an axis: its number, whether there is one, and its weight."""

    places: NDArray[Any]
    inside: NDArray[Any]
    weight: Any  # None stands for 1


def neighbours(x: Any, n: int, mode: str, padding_mode: str, align_corners: bool) -> list[Neighbour]:
    """The neighbours along one axis of places from -1 to 1 over n elements."""
    x = (x + 1) * ((n - 1) / 2) if align_corners else ((x + 1) * n - 1) / 2
    if mode != "bicubic":  # which looks beyond the image for each neighbour
        x = brought_inside(x, n, padding_mode, align_corners)
    values = array_of(x)
    if mode == "nearest":
        return [neighbour(np.rint(values), n, None)]
    low = np.floor(values)
    beyond = x - low
    weights = cubic_weights(beyond) if mode == "bicubic" else {0: 1 - beyond, 1: beyond}
    found = []
    for offset, weight in weights.items():
        places = low + offset
        if mode == "bicubic":
            places = brought_inside(places, n, padding_mode, align_corners)
        found.append(neighbour(places, n, weight))
    return found


def neighbour(places: NDArray[Any], n: int, weight: Any) -> Neighbour:
    """A neighbour at whole numbers, of which those beyond the n elements stand for none."""
    inside = (places >= 0) & (places <= n - 1)
    return Neighbour(np.where(inside, places, 0).astype(int), inside, weight)


def brought_inside(x: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """Places x as those of n elements that are seen there: reflected at both ends, or moved to the nearer one.

    The map is made of straight pieces: its value at x and its slope there are computed of numbers alone.

    >>> brought_inside(np.array([-1.0, 0.5, 3.0]), 3, "border", True)
    array([0. , 0.5, 2. ])
    >>> brought_inside(np.array([-1.0, 0.5, 3.0]), 3, "reflection", True)
    array([1. , 0.5, 1. ])
    """
    if padding_mode == "zeros":
        return x
    values: Any = array_of(x)
    seen, slope = values, np.ones_like(values)
    if padding_mode == "reflection":
        first, span = (0.0, n - 1) if align_corners else (-0.5, n)
        far = np.abs(values - first)
        turns, rest = np.floor(far / span) if span else far, np.fmod(far, span) if span else far * 0
        even = np.fmod(turns, 2) == 0
        seen = np.where(even, rest, span - rest) + first
        slope = np.where(even, 1.0, -1.0) * np.where(values < first, -1.0, 1.0) * (span > 0)
    slope = np.where((seen > 0) & (seen < n - 1), slope, 0.0)
    seen = np.clip(seen, 0, n - 1)
    return np.where(slope == 0, seen, seen + slope * (x - values)).astype(values.dtype)

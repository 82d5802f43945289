"""Dropout: elements or channels that are left out at random while training."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..module import Configured
from ..random import Rng, generator

__all__ = [
    "AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "FeatureAlphaDropout", "alpha_dropout", "dropout", "dropout1d",
    "dropout2d", "feature_alpha_dropout",
]  # fmt: skip


def _keep_mask(name: str, input: Any, shape: tuple[int, ...], p: float, rng: Rng) -> Any:
    """1 where an element stays and 0 where it is left out, with probability `p`, in the dtype of the input."""
    dtype = input.dtype if hasattr(input, "dtype") else np.asarray(input).dtype
    if dtype.kind != "f":
        raise TypeError(f"{name}: the input must be floating-point, not {dtype}.")
    return (generator(rng).random(shape) >= p).astype(dtype)


def _probability(name: str, p: float) -> float:
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p={p} must be a probability, from 0 to 1.")
    return p


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """In training, each element is 0 with probability `p`, and the others are divided by 1 - p.

    So the mean stays what it was (Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, 2014).

    Parameters
    ----------
    input
        Floating-point numbers of any shape.
    p
        The probability that an element is left out.
    training
        Otherwise the input is returned as it is.
    rng
        The generator, or a seed; default: the one of `nn.manual_seed`.

    Raises
    ------
    ValueError
        p is not from 0 to 1.

    Examples
    --------
    >>> dropout(np.ones(6), 0.5, rng=0)
    array([2., 0., 0., 0., 2., 2.])
    """
    return _dropout("dropout", input, np.shape(input), p, training, rng)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """As `dropout`, for whole channels of an input of shape (N, C, L) or (C, L).

    >>> dropout1d(np.ones((1, 3, 2)), 0.5, rng=0)
    array([[[2., 2.],
            [0., 0.],
            [0., 0.]]])
    """
    return _dropout("dropout1d", input, _channels("dropout1d", input, {2: 1, 3: 1}), p, training, rng)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: Rng = None) -> Any:
    """As `dropout`, for whole channels of an input of shape (N, C, H, W).

    Three axes are read as (N, C, L), as in PyTorch, with a warning.

    >>> dropout2d(np.ones((1, 3, 1, 2)), 0.5, rng=0)[0, :, 0]
    array([[2., 2.],
           [0., 0.],
           [0., 0.]])
    """
    if np.ndim(input) == 3:
        warnings.warn(
            f"dropout2d: the input has shape {np.shape(input)}; it is read as (N, C, L), for which write dropout1d. "
            "Of one image (C, H, W) write x[None].",
            stacklevel=2,
        )
        return dropout1d(input, p, training, inplace, rng=rng)
    return _dropout("dropout2d", input, _channels("dropout2d", input, {4: 2}), p, training, rng)


def _dropout(name: str, input: Any, shape: tuple[int, ...], p: float, training: bool, rng: Rng) -> Any:
    _probability(name, p)
    if not training or p == 0:
        return input
    return input * (_keep_mask(name, input, shape, p, rng) / (1 - p or 1.0))  # with p = 1 nothing is left to be divided


def _channels(name: str, input: Any, inner: dict[int, int]) -> tuple[int, ...]:
    """The shape of the input with 1 for the axes inside a channel; `inner` says how many, by the number of axes."""
    shape: tuple[int, ...] = np.shape(input)
    if len(shape) not in inner:
        raise ValueError(f"{name}: the input has shape {shape}; it must have {' or '.join(map(str, inner))} axes.")
    k = inner[len(shape)]
    return shape[:-k] + (1,) * k


_SATURATED = -1.7580993408473766  # selu(-infinity)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None) -> Any:
    """As `dropout`, keeping mean 0 and variance 1 (Klambauer et al., Self-normalizing neural networks, 2017).

    >>> alpha_dropout(np.zeros(6), 0.5, training=True, rng=0).round(6)
    array([ 0.779194, -0.779194, -0.779194, -0.779194,  0.779194,  0.779194])
    """
    return _alpha_dropout("alpha_dropout", input, np.shape(input), p, training, rng)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, *, rng: Rng = None) -> Any:
    """As `alpha_dropout`, for whole channels of an input of shape (N, C, ...).

    >>> feature_alpha_dropout(np.zeros((1, 3, 2)), 0.5, training=True, rng=0).round(6)
    array([[[ 0.779194,  0.779194],
            [-0.779194, -0.779194],
            [-0.779194, -0.779194]]])
    """
    shape = np.shape(input)
    if len(shape) < 2 and training and p:
        raise ValueError(f"feature_alpha_dropout: the input has shape {shape}; it must be (N, C, ...).")
    return _alpha_dropout("feature_alpha_dropout", input, shape[:2] + (1,) * (len(shape) - 2), p, training, rng)


def _alpha_dropout(name: str, input: Any, shape: tuple[int, ...], p: float, training: bool, rng: Rng) -> Any:
    _probability(name, p)
    if not training or p == 0:
        return input
    kept = _keep_mask(name, input, shape, p, rng)
    if p == 1:
        return input * kept
    a = ((1 - p) * (1 + p * _SATURATED**2)) ** -0.5
    return input * (a * kept) + (1 - kept - p) * (a * _SATURATED)


class Dropout(Configured):
    """Leaves out each element with probability `p` in training; see `nn.functional.dropout`.

    Parameters
    ----------
    p
        The probability, default 0.5.
    rng
        A generator, or a seed for one of its own; default: the one of `nn.manual_seed`, at the time of the call.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.Dropout(0.5, rng=0)
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, rng: Rng = None) -> None:
        self.p = _probability(type(self).__name__, p)
        self.rng = None if rng is None else generator(rng)

    def forward(self, input: Any) -> Any:
        return dropout(input, self.p, self.training, rng=self.rng)


class Dropout1d(Dropout):
    """Leaves out whole channels of (N, C, L) or (C, L); otherwise as `Dropout`.

    >>> Dropout1d(0.5, rng=0)(np.ones((1, 3, 2)))
    array([[[2., 2.],
            [0., 0.],
            [0., 0.]]])
    """

    def forward(self, input: Any) -> Any:
        return dropout1d(input, self.p, self.training, rng=self.rng)


class Dropout2d(Dropout):
    """Leaves out whole channels of (N, C, H, W); otherwise as `Dropout`.

    >>> Dropout2d(0.5, rng=0)(np.ones((1, 3, 1, 2)))[0, :, 0]
    array([[2., 2.],
           [0., 0.],
           [0., 0.]])
    """

    def forward(self, input: Any) -> Any:
        return dropout2d(input, self.p, self.training, rng=self.rng)


class AlphaDropout(Dropout):
    """Dropout that keeps mean 0 and variance 1, for networks with SELU; see `nn.functional.alpha_dropout`.

    >>> AlphaDropout(0.5, rng=0)(np.zeros(6)).round(6)
    array([ 0.779194, -0.779194, -0.779194, -0.779194,  0.779194,  0.779194])
    """

    def forward(self, input: Any) -> Any:
        return alpha_dropout(input, self.p, self.training, rng=self.rng)


class FeatureAlphaDropout(Dropout):
    """`AlphaDropout` of whole channels of (N, C, ...); see `nn.functional.feature_alpha_dropout`.

    >>> FeatureAlphaDropout(0.5, rng=0)(np.zeros((1, 3, 2))).round(6)
    array([[[ 0.779194,  0.779194],
            [-0.779194, -0.779194],
            [-0.779194, -0.779194]]])
    """

    def forward(self, input: Any) -> Any:
        return feature_alpha_dropout(input, self.p, self.training, rng=self.rng)

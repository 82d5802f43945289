"""Least squares from several random starts, of which the best is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..module import Module, in_range
from ..random import Rng, generator
from .levenberg_marquardt import LevenbergMarquardt

__all__ = ["LeastSquaresFit", "least_squares_fit"]


class LeastSquaresFit(NamedTuple):
    """The best of several fits, and how all of them ended.

    >>> import numpy as np, nn
    >>> x = np.arange(4.0).reshape(4, 1)
    >>> fit = nn.optim.least_squares_fit(lambda rng: nn.Linear(1, 1, rng=rng), x, 2 * x, starts=2, rng=0)
    >>> fit.model.weight.data.round(6), fit.loss < 1e-20, len(fit.losses)
    (array([[2.]]), True, 2)
    """

    model: Any
    """The model of the start that ended lowest."""
    loss: float
    """Its mean squared error."""
    losses: list[float]
    """The mean squared error that each start ended with: far apart means that more starts may find better ones."""


def least_squares_fit(
    make: Callable[[np.random.Generator], Any],
    x: Any,
    y: ArrayLike,
    *,
    starts: int = 5,
    rng: Rng = None,
    max_iter: int = 100,
    tolerance: float = 1e-2,
    weight_decay: float = 0.0,
) -> LeastSquaresFit:
    """Fit a small model to data with Levenberg-Marquardt, from several random starts.

    For networks with up to some hundred parameters this takes milliseconds, and ends lower than thousands of steps of Adam.

    Parameters
    ----------
    make
        Makes a model with random parameters out of a generator: `lambda rng: nn.Linear(1, 1, rng=rng)`.
    x
        The argument of the model.
    y
        The wanted result: an array of the shape of `model(x)`; best standardised.
    starts
        The number of models that are made and trained: 5 to 20.
    rng
        The generator, or a seed, from which one generator for each start is spawned; default: the one of `nn.manual_seed`.
    max_iter, tolerance
        The end of a start: see `LevenbergMarquardt`.
    weight_decay
        Times the sum of the squares of all parameters it is added to the mean squared error. Of standardised data a millionth
        keeps a curve from bending between the points; default: 0. The start with the lowest sum is kept.

    Returns
    -------
    LeastSquaresFit
        The best model, its mean squared error, and those of all starts.

    Raises
    ------
    ValueError
        y and the model's result have different shapes, starts is below 1, or weight_decay is negative.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 24).reshape(24, 1)
    >>> def make(rng):
    ...     return nn.Sequential(nn.Linear(1, 4, rng=rng), nn.Tanh(), nn.Linear(4, 1, rng=rng))
    >>> fit = nn.optim.least_squares_fit(make, x, np.sin(3 * x), rng=0)
    >>> fit.loss < 1e-6
    True
    >>> fit.model(np.array([[0.5]])).data.round(3), np.sin(1.5).round(3)
    (array([[0.997]]), np.float64(0.997))
    """
    if not isinstance(starts, (int, np.integer)) or starts < 1:
        raise ValueError(f"least_squares_fit: starts={starts!r} must be a whole number of at least 1.")
    y = np.asarray(y)
    if y.dtype.kind not in "biuf" or not y.size:
        raise ValueError(f"least_squares_fit: y is {y.dtype} of shape {y.shape}; it must be real numbers, at least one.")
    if not callable(make) or isinstance(make, Module):
        raise TypeError(f"least_squares_fit: make is a {type(make).__name__}; write lambda rng: nn.Linear(1, 1, rng=rng).")
    if not in_range(weight_decay, 0):
        raise ValueError(f"least_squares_fit: weight_decay={weight_decay!r} must be a finite number that is not negative.")
    models, losses, sums = [], [], []
    for own in generator(rng).spawn(int(starts)):
        model = make(own)

        parameters = list(model.parameters())

        def residuals(model: Any = model) -> Any:
            prediction = model(x)
            if prediction.shape != y.shape:
                raise ValueError(
                    f"least_squares_fit: model(x) has shape {prediction.shape}, y has shape {y.shape}: they must be the same."
                    + (f" Write y.reshape{prediction.shape}." if prediction.size == y.size else "")
                )
            return prediction - y

        decay = float(weight_decay) * y.size
        optimizer = LevenbergMarquardt(parameters, max_iter=max_iter, tolerance=tolerance, weight_decay=decay)
        sums.append(optimizer.step(residuals) / y.size)
        losses.append(sums[-1] - weight_decay * sum(float(p.data.ravel().dot(p.data.ravel())) for p in parameters))
        models.append(model)
    best = int(np.argmin(sums))
    return LeastSquaresFit(models[best], losses[best], losses)

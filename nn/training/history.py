"""The log of a training run: as numbers, as a line of text, and as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..summary import escaped

__all__ = ["History", "sparkline"]

BARS = "▁▂▃▄▅▆▇█"


class History:
    """The log of a training run; epochs are counted from 0.

    Attributes
    ----------
    loss : list of floats
        The loss of each epoch: before its step, or with batches their mean during it.
    validation_loss : list of floats
        The loss of the validation data after each epoch, where there are such.
    metrics : dict of lists of floats
        For each name in `metrics` the numbers after each epoch: of the validation data, or of the samples where there are none.
    lr : list of floats
        The learning rate (of the first group) in each epoch; if it changes from batch to batch, at the end of the epoch.
    best_loss : float
        The least loss, of the validation data where there are such: the model has its weights now.
    best_epoch : int
        The epoch of the least loss; the number of epochs if it is the loss after the last step; -1 if there is none.
    seconds : float
        The time that it took.
    interrupted : bool
        True if it was stopped with Ctrl-C.
    stopped_early : bool
        True if patience ran out, or a callback ended it.
    weights : dict
        With `keep_weights` in `fit` the weights and buffers after some of the epochs, by the number of epochs that were done: 0
        are those before the first. They are not in a checkpoint, nor compared by `==`.

    Examples
    --------
    >>> print(History(loss=[1.0, 0.1, 0.01], lr=[0.1, 0.1, 0.1], best_loss=0.01, best_epoch=2))
    History(3 epochs, best loss 0.01 in epoch 2, 0.0 s)
    loss █▅▁ from 1 to 0.01
    """

    __hash__ = None  # type: ignore[assignment]  # it changes from epoch to epoch

    def __init__(
        self,
        loss: list[float] | None = None,
        validation_loss: list[float] | None = None,
        lr: list[float] | None = None,
        best_loss: float = math.inf,
        best_epoch: int = -1,
        seconds: float = 0.0,
        interrupted: bool = False,
        stopped_early: bool = False,
        metrics: dict[str, list[float]] | None = None,
        weights: dict[int, dict[str, NDArray[Any]]] | None = None,
    ) -> None:
        self.loss = [] if loss is None else loss
        self.validation_loss = [] if validation_loss is None else validation_loss
        self.lr = [] if lr is None else lr
        self.best_loss, self.best_epoch = best_loss, best_epoch
        self.seconds = seconds
        self.interrupted, self.stopped_early = interrupted, stopped_early
        self.metrics = {} if metrics is None else metrics
        self.weights = {} if weights is None else weights

    def _log(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "weights"}

    def __eq__(self, other: object) -> bool:
        return self._log() == other._log() if isinstance(other, History) else NotImplemented

    def __repr__(self) -> str:
        kind = "validation loss" if self.validation_loss else "loss"
        how = ", interrupted" if self.interrupted else ", stopped early" if self.stopped_early else ""
        best = f"best {kind} {self.best_loss:.4g} in epoch {self.best_epoch}"
        return f"History({len(self.loss)} epochs, {best}, {self.seconds:.1f} s{how})"

    def __str__(self) -> str:
        curves = {"loss": self.loss, "validation": self.validation_loss}
        return "\n".join(
            [
                repr(self),
                *(f"{name} {sparkline(curve)} from {curve[0]:.4g} to {curve[-1]:.4g}" for name, curve in curves.items() if curve),
            ]
        )

    def _repr_html_(self) -> str:
        curves = {"loss": (self.loss, "#2f7fd0"), "validation loss": (self.validation_loss, "#d9730d")}
        return f"<div>{escaped(repr(self))}</div>{chart(curves)}"

    def plot(self, axes: Any = None) -> Any:
        """Draw the losses over the epochs, on a logarithmic axis if they are positive.

        Parameters
        ----------
        axes
            A matplotlib Axes to draw on; default: a new one.

        Returns
        -------
        matplotlib Axes
            `history.plot().figure.savefig("loss.png")` writes a picture.

        Raises
        ------
        ImportError
            matplotlib is not installed.
        """
        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError("history.plot needs matplotlib: pip install 'autograd-lite[plot]'.") from error
        if axes is None:
            _, axes = pyplot.subplots(layout="constrained")
        axes.plot(self.loss, label="loss", linewidth=1)
        if self.validation_loss:
            axes.plot(self.validation_loss, label="validation loss", linewidth=1)
        if self.best_epoch >= 0:
            axes.plot(self.best_epoch, self.best_loss, "o", label=f"best: {self.best_loss:.4g}")
        curve = [*self.loss, *self.validation_loss]
        if curve and min(curve) > 0:
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.legend()
        return axes

    def state_dict(self) -> dict[str, Any]:
        """Everything but the weights, for a checkpoint; the curves as arrays."""
        arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in self._log().items()}
        return arrays | {"metrics": {name: np.array(values) for name, values in self.metrics.items()}}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the result of `state_dict()`."""
        for name in self._log().keys() & state_dict.keys():
            value = state_dict[name]
            if name == "metrics":
                value = {key: np.asarray(values).tolist() for key, values in value.items()}
            vars(self)[name] = value.tolist() if isinstance(value, np.ndarray) else value


def chart(curves: Mapping[str, tuple[list[float], str]]) -> str:
    """Curves over the epochs as SVG, in colours that are read on white and on black; logarithmic if all are positive."""
    numbers = [x for values, _ in curves.values() for x in values if math.isfinite(x)]
    if not numbers:
        return ""
    low, high, longest = min(numbers), max(numbers), max(len(values) for values, _ in curves.values())
    scale = math.log if low > 0 else float
    bottom, height = scale(low), (scale(high) - scale(low)) or 1.0
    parts, left = [], 8.0
    for name, (values, colour) in curves.items():
        if values:
            step = -(-len(values) // 400)  # one point for each pixel
            points = [(8 + 400 * k / max(longest - 1, 1), values[k]) for k in (*range(0, len(values), step), len(values) - 1)]
            way = " ".join(f"{x:.1f},{104 - 90 * (scale(y) - bottom) / height:.1f}" for x, y in points if math.isfinite(y))
            parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
            said = f"{name} {values[0]:.4g} to {values[-1]:.4g}"
            parts.append(f'<text x="{left}" y="124" fill="{colour}" font-size="12">{said}</text>')
            left += 200
    title = f"Losses of {longest} epochs between {low:.4g} and {high:.4g}"
    return f'<svg width="420" height="132" viewBox="0 0 420 132" role="img" aria-label="{title}">{"".join(parts)}</svg>'


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """Numbers as bars of eight heights in a line of text, on a logarithmic scale if all are positive.

    Parameters
    ----------
    values
        Where there are more than `width`, each bar is the mean of several.
    width
        The number of bars at most.

    Examples
    --------
    >>> sparkline([1.0, 2.0, 4.0, 8.0])
    '▁▃▆█'
    """
    numbers = np.asarray(values, float)
    if not numbers.size:
        return ""
    heights = np.log(numbers) if numbers.min() > 0 else numbers
    bins = np.array_split(heights, min(width, len(heights)))
    heights = np.array([part.mean() for part in bins])
    low, span = heights.min(), np.ptp(heights) or 1.0
    return "".join(BARS[round(7 * float((height - low) / span))] for height in heights)

"""A film of a training: a page on which one goes through the epochs, and sees the fit settle and the loss fall."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from ..module import Module, array_of, functional_call
from ..summary import escaped
from ..training.history import History
from .diagram import axes_of, scaled, span
from .marks import Mark, framed, styles, written

__all__ = ["Film", "film"]

Array = NDArray[Any]

FIT, LOSS = (56.0, 12.0, 304.0, 220.0), (56.0, 12.0, 304.0, 90.0)  # left, top, width, height of the plots
WIDTH = 376.0
LINES = ("ink", "plus", "minus", "data")  # the colours of several outputs
POINTS = 160  # of a curve
DOTS = 400
TRAIL = 8  # earlier curves that are still seen
SCRIPT = Path(__file__).with_name("film.js").read_text(encoding="utf-8")
STYLE = """
#picture svg, #step svg { width: 100%; max-width: 640px; height: auto; }
.network .trail { opacity: .25; }
"""
CONTENT = """\
  <section id="picture" aria-label="The fit" tabindex="0">
{fit}
  </section>
  <section id="panel" aria-label="The loss">
    <div id="step">
<h2>Loss</h2>
{loss}
<dl><dt>epochs done</dt><dd id="epoch"></dd><dt>loss</dt><dd id="loss"></dd><dt>typical error</dt><dd id="error"></dd></dl>
    </div>
  </section>"""


class Film:
    """A film to look at: `html` is the page, complete in itself. `epochs` are those after which it has a frame."""

    def __init__(self, html: str, epochs: list[int]) -> None:
        self.html, self.epochs = html, epochs

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it into a file that ends in .html.

        Raises
        ------
        ValueError
            The name ends in something else.
        """
        if Path(path).suffix != ".html":
            raise ValueError(f"film: {os.fspath(path)!r} does not end in .html: a film is a page. nn.diagram draws a picture.")
        Path(path).write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{escaped(self.html)}" width="100%" height="560" style="border:0" title="A film"></iframe>'

    def __repr__(self) -> str:
        return f"<a film of {len(self.epochs)} frames, to epoch {self.epochs[-1]}: its .html; .save('fit.html') writes the page>"


def film(model: Module, x: ArrayLike, y: ArrayLike, history: History, path: str | os.PathLike[str] | None = None) -> Film:
    """The training of a model as a page to step through: how its fit settles, epoch by epoch, and how the loss falls.

    With one input the predictions are drawn as curves over it, and y as dots; with several inputs each prediction over its
    target, so that all of them come to the diagonal.

    Parameters
    ----------
    model
        The model that was trained; it is left as it is.
    x, y
        The samples, one in each row; y has the shape of the predictions, or lacks their last axis of length 1.
    history
        What `nn.fit(..., keep_weights=60)` returned: it has the weights of so many epochs.
    path
        A file to write, in .html: one file, which loads nothing.

    Returns
    -------
    Film
        It has the text `html` and a method `save(path)`, and shows itself in a notebook.

    Raises
    ------
    ValueError
        The history has no weights; y does not have the shape of the predictions, as labels of classes have not; or the path has
        another ending.
    TypeError
        A prediction is no array of real numbers.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 9).reshape(-1, 1)
    >>> model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.Tanh(), nn.Linear(4, 1, rng=0))
    >>> history = nn.fit(model, x, x**2, epochs=100, keep_weights=10)
    >>> nn.film(model, x, x**2, history)
    <a film of 8 frames, to epoch 100: its .html; .save('fit.html') writes the page>
    """
    if not history.weights:
        raise ValueError("film: the history has no weights. Write nn.fit(..., keep_weights=60), and pass what it returns.")
    x, y = array_of(x), array_of(y)
    curve = x.ndim > 1 and x[0].size == 1
    over = np.linspace(x.min(), x.max(), POINTS, dtype=x.dtype).reshape(-1, *x.shape[1:]) if curve else x[:0]
    epochs = sorted(history.weights)
    at_rows, at_curve = predictions(model, x, y, history, epochs), []
    if curve:
        at_curve = predictions(model, over, None, history, epochs)
    targets = y.reshape(len(y), -1).astype(float)
    few = np.unique(np.linspace(0, len(x) - 1, min(len(x), DOTS)).astype(int))
    known = [losses(history, epoch) for epoch in epochs]
    fit, frames = curves(x, targets, few, over, at_curve) if curve else diagonal(targets, few, at_rows)
    loss, marker = loss_plot(history, epochs)
    data = {
        "epochs": epochs,
        "frames": frames,
        "marker": marker,
        "loss": [number if np.isfinite(number) else None for number in known],
        "error": [float(np.sqrt(np.mean((p - targets) ** 2))) if np.isfinite(p).all() else None for p in at_rows],
        "trail": TRAIL if curve else 0,
    }
    html = ag.stepped_page(
        f"{type(model).__name__}, {len(history.loss)} epochs",
        CONTENT.format(fit=fit, loss=loss),
        data,
        SCRIPT,
        f"{styles()}{STYLE}",
    )
    made = Film(html, epochs)
    if path is not None:
        made.save(path)
    return made


def predictions(model: Module, x: Array, y: Array | None, history: History, epochs: list[int]) -> list[Array]:
    """The outputs of the model for x with the weights of each epoch: a row for each sample."""
    modes = [(module, module.training) for module in model.modules()]
    own = {name for named in (model.named_parameters(), model.named_buffers()) for name, _ in named}  # not those of a loss
    model.eval()
    try:
        with ag.no_grad():
            kept = [{name: w for name, w in history.weights[epoch].items() if name in own} for epoch in epochs]
            made = [functional_call(model, weights, x) for weights in kept]
    finally:
        for module, mode in modes:
            module.training = mode
    found = []
    for result in made:
        array = array_of(result)
        if array.dtype.kind != "f":
            raise TypeError(f"film: the model made {array.dtype} of x; it needs real numbers.")
        if y is not None and array.shape not in (y.shape, (*y.shape, 1)):
            raise ValueError(
                f"film: y has shape {y.shape} and the predictions {array.shape}; they must be the same. Of classes give the "
                "probabilities that the model should say, as np.eye(classes)[labels] for a model that ends in Softmax."
            )
        found.append(array.reshape(len(array), -1).astype(float))
    return found


def losses(history: History, epoch: int) -> float:
    """The loss of an epoch; at the end that of the last."""
    return history.loss[min(epoch, len(history.loss) - 1)] if history.loss else np.nan


def plot(marks: list[Mark], height: float, said: str, more: str) -> str:
    """Marks, and what the script moves, as SVG."""
    return framed("\n".join([*map(written, marks), more]), WIDTH, height, said)


def curves(x: Array, targets: Array, few: Array, over: Array, made: list[Array]) -> tuple[str, list[list[str]]]:
    """The plot of targets over one input, and for each frame the ways of the curves."""
    across, at = over.reshape(-1).astype(float), x.reshape(-1).astype(float)
    room = 0.15 * np.ptp(targets)
    ends, along = span(np.array([targets.min() - room, targets.max() + room])), span(at)
    marks = axes_of(FIT, ends, along, (["x"], ["y"]), first=True)
    for k in range(targets.shape[1]):
        dots = scaled(at[few], targets[few, k], ends, FIT, along)
        marks += [Mark("disc", [dot], "paper", 0.5, radius=3, fill="data" if targets.shape[1] == 1 else "faint") for dot in dots]
    frames = [[way(scaled(across, np.clip(p[:, k], 2 * ends[0] - ends[1], 2 * ends[1] - ends[0]), ends, FIT, along))
               for k in range(p.shape[1])] for p in made]  # fmt: skip
    inside = f'<clipPath id="inside"><rect x="{FIT[0]}" y="0" width="{FIT[2]}" height="{FIT[1] + FIT[3]}"/></clipPath>'
    colours = [LINES[k % len(LINES)] for k in range(targets.shape[1])]
    line = '<path class="{} {}" clip-path="url(#inside)" fill="none" stroke="currentColor" stroke-width="{}" d="M0 0"/>'
    lines = [line.format(colour, kind, wide) for kind, wide in (("trail", 1), ("curve", 2.2)) for colour in colours]
    return plot(marks, FIT[1] + FIT[3] + 24, "The predictions over x, and the targets as dots", inside + "".join(lines)), frames


def diagonal(targets: Array, few: Array, made: list[Array]) -> tuple[str, list[list[str]]]:
    """The plot of predictions over targets, and for each frame the dots."""
    ends = span(targets)
    marks = axes_of(FIT, ends, ends, (["target"], ["prediction"]), first=True)
    marks.append(Mark("line", scaled(np.array(ends), np.array(ends), ends, FIT), "grid", 1.5))
    low, high = 1.1 * ends[0] - 0.1 * ends[1], 1.1 * ends[1] - 0.1 * ends[0]
    frames = []
    for p in made:
        dots = scaled(targets[few].ravel(), np.clip(p[few], low, high).ravel(), ends, FIT, ends)
        frames.append(["".join(f"M{a - 2.5:.1f} {b:.1f}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" for a, b in dots)])
    moving = '<path class="plus curve" fill="currentColor" fill-opacity="0.55" d="M0 0"/>'
    return plot(
        marks, FIT[1] + FIT[3] + 24, "Each prediction over its target; the line is where they are the same", moving
    ), frames


def way(points: list[tuple[float, float]]) -> str:
    """The points of a line as SVG has them; a point where there are none."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points or [(-9.0, -9.0)])


def loss_plot(history: History, epochs: list[int]) -> tuple[str, list[list[float]]]:
    """The losses over the epochs, and for each frame where the marker stands."""
    values = np.array(history.loss or [1.0], float)
    positive = bool((values[np.isfinite(values)] > 0).all())
    heights = np.log10(np.where(values > 0, values, np.nan)) if positive else values
    ends, along = span(heights), (0.0, float(max(len(values), 2) - 1))
    every = max(1, len(values) // 600)
    shown = np.unique([*range(0, len(values), every), len(values) - 1])
    words = tuple(10**end if positive else end for end in ends)
    marks = axes_of(LOSS, (words[0], words[1]), along, (["epoch"], ["loss"]), first=True)
    marks.append(Mark("line", scaled(shown.astype(float), heights[shown], ends, LOSS, along), "plus", 1.6))
    rows = np.minimum(epochs, len(values) - 1)
    finite = np.where(np.isfinite(heights[rows]), heights[rows], ends[1])
    places = [list(at) for at in scaled(rows.astype(float), finite, ends, LOSS, along)]
    moving = '<circle class="minus marker" r="5" cx="-9" cy="-9" fill="currentColor"/>'
    return plot(marks, LOSS[1] + LOSS[3] + 24, f"The loss of {len(history.loss)} epochs", moving), places

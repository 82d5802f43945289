"""Progress of a training on standard error: a bar of tqdm's, or a plain line that is written over."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from .history import History

__all__ = ["with_progress"]

INTERVAL = 0.1  # seconds


def with_progress(first: int, epochs: int, history: History, progress: bool | None) -> Iterator[int]:
    """The numbers of the epochs from `first` on, with losses and rates shown ten times a second and at the end.

    They are shown if `progress` is True, or None and standard error is a terminal or a notebook.
    """
    if not (sys.stderr.isatty() or "ipykernel" in sys.modules if progress is None else progress):
        yield from range(first, epochs)
        return
    try:
        from tqdm import auto  # a widget in notebooks
    except ImportError:
        display: Any = ProgressLine(first, epochs, advise=progress is True)
    else:
        display = Bar(auto.tqdm(initial=first, total=epochs, unit="epoch", desc="fit", file=sys.stderr))
    due = 0.0
    try:
        for epoch in range(first, epochs):
            yield epoch
            if time.perf_counter() >= due:
                display.show(epoch + 1, status(history))
                due = time.perf_counter() + INTERVAL
    finally:  # also after a break, an error, or Ctrl-C
        if history.loss:
            display.show(len(history.loss), status(history))
        display.close()


def status(history: History) -> str:
    """The last losses, the best one and the learning rate."""
    validation = f", validation {history.validation_loss[-1]:.4g}" if history.validation_loss else ""
    return f"loss {history.loss[-1]:.4g}{validation}, best {history.best_loss:.4g}, lr {history.lr[-1]:.3g}"


class Bar:
    """A bar of tqdm's, which shows the rate too."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def show(self, done: int, text: str) -> None:
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        self.bar.close()


class ProgressLine:
    """A line that is written over; where a bar was asked for, it ends with the way to get one."""

    def __init__(self, first: int, epochs: int, advise: bool) -> None:
        self.first, self.epochs, self.advise = first, epochs, advise
        self.started = time.perf_counter()

    def show(self, done: int, text: str) -> None:
        rate = (done - self.first) / max(time.perf_counter() - self.started, 1e-9)
        print(f"\rfit: epoch {done}/{self.epochs}, {text}, {rate:.3g} epochs/s", end="  ", file=sys.stderr, flush=True)

    def close(self) -> None:
        print("(for a bar: pip install 'autograd-lite[progress]')" if self.advise else "", file=sys.stderr)

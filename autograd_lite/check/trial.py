"""One run of the checker: the function at its point, the gradient under test, and the findings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..numerical.estimate import Measured
from ..numerical.point import Array, EvaluationPoint, as_array
from .budget import Budget
from .report import Entry, GradientCheck
from .subject import Pull, RefusedError, Subject
from .verdict import OK, OWN_ROUNDINGS, VERDICTS

__all__ = ["Trial", "largest", "same"]

KEPT = 1000  # entries that a result lists


class Trial:
    """A subject at its point, with the limits of cost and the result so far."""

    def __init__(self, subject: Subject, rng: int, budget: Budget) -> None:
        self.subject = subject
        self.rng = np.random.default_rng(rng)
        self.budget = budget
        self.result = GradientCheck(subject.name, seed=rng)
        with budget.timed_call():
            self.point = EvaluationPoint(subject.value, subject.arrays)
        budget.points.append(self.point)
        self.pull: Pull = lambda cotangents: []  # until the gradient has been asked for

    def mutated(self) -> bool:
        """True if a call has left other numbers in its arguments."""
        return any(not same(a, b) for a, b in zip(self.point.arrays, self.subject.arrays, strict=True))

    def condemn(self, code: int, problem: str) -> None:
        """Give all derivatives the same verdict."""
        self.result.problems.append(problem)
        self.result.verdicts = {VERDICTS[code]: max(1, self.point.x.size * self.point.y.size)}

    def cotangents(self) -> list[Array]:
        """Random cotangents of the results, with no small numbers."""
        return [
            np.asarray(self.rng.choice((-1.0, 1.0), shape) * self.rng.uniform(0.5, 2, shape)).astype(dtype)
            for shape, dtype in self.point.results
        ]

    def split(self, flat: Array) -> list[Array]:
        """One vector cut into cotangents of the results."""
        ends = np.cumsum([math.prod(shape) for shape, _ in self.point.results])[:-1]
        parts = np.split(flat, ends)
        return [part.reshape(shape).astype(dtype) for part, (shape, dtype) in zip(parts, self.point.results, strict=True)]

    def pulled(self, cotangents: list[Array], pull: Pull | None = None) -> Array:
        """The gradients end to end; RefusedError unless they have the shapes of the arguments."""
        found = []
        for name, x, g in zip(self.subject.names, self.point.arrays, (pull or self.pull)(cotangents), strict=True):
            array = np.zeros(x.shape, x.dtype) if g is None else np.asarray(as_array(g))
            if array.shape != x.shape:
                raise RefusedError(wrong_shape(name, x, array))
            if array.dtype.kind not in "fiu":
                raise RefusedError(f"dtype: the gradient by {name} is of {array.dtype}, not of real numbers.")
            found.append(array)
        return self.point.laid_out(found)

    def output(self, i: int) -> str:
        """The name of number i of the results."""
        name = self.subject.name if self.subject.name.isidentifier() else "f"
        for k, (shape, _) in enumerate(self.point.results):
            if i < math.prod(shape):
                place = f"[{', '.join(str(int(p)) for p in np.unravel_index(i, shape))}]" if shape else ""
                return (name if len(self.point.results) == 1 else f"{name}[{k}]") + place
            i -= math.prod(shape)
        return name

    def entry(self, j: int, output: str, a: float, found: Measured, code: int) -> Entry:
        """One derivative for the report."""
        k = int(np.searchsorted(self.point.ends, j, side="right"))
        x, start = self.point.arrays[k], self.point.ends[k] - self.point.arrays[k].size
        index = tuple(int(i) for i in np.unravel_index(j - start, x.shape)) if x.ndim else ()
        return Entry(
            self.subject.names[k], index, output, float(self.point.x[j]), float(a), float(found.value), float(found.error),
            float(found.step), VERDICTS[code], code in OK, float(found.left), float(found.right), float(np.finfo(x.dtype).eps),
        )  # fmt: skip

    def record(self, codes: Iterable[int], entries: Sequence[Entry], bars: Sequence[Array]) -> None:
        """Count the verdicts and list the entries, the most wrong first."""
        counts = Counter(codes)
        self.result.compared = counts.total()
        self.result.verdicts = {verdict: counts[c] for c, verdict in enumerate(VERDICTS) if counts[c]}
        self.result.entries = sorted(entries, key=badness)[:KEPT]
        bar = np.concatenate([np.zeros(0), *bars])
        bar = bar[np.isfinite(bar)]
        self.result.sharpness = float(np.median(bar)) if bar.size else math.nan


def badness(e: Entry) -> tuple[Any, ...]:
    """A sort key, the most wrong first: single entries before directions, ranked by distance in error bars."""
    off = abs(e.analytic - e.numerical) / (e.error + OWN_ROUNDINGS * e.eps * abs(e.analytic) + 1e-300)
    return (e.ok, math.isnan(e.x), e.verdict != "fails", -off if math.isfinite(off) else 0.0)


def wrong_shape(name: str, x: Array, g: Array) -> str:
    """The message for a wrong shape, with the repair if there is a simple one."""
    text = f"shape: the gradient by {name} has shape {g.shape}, but the argument has {x.shape}."
    lead = g.ndim - x.ndim
    if lead >= 0 and all(n in (1, g.shape[i + lead]) for i, n in enumerate(x.shape)):
        stretched = [i + lead for i, n in enumerate(x.shape) if g.shape[i + lead] != n]
        axes = (*range(lead), *stretched)
        keep = f"np.sum(g, axis={axes}{', keepdims=True' if stretched and not lead else ''})"
        if lead and stretched:
            keep += f".reshape{x.shape}"
        return f"{text} A sum over a broadcast axis is missing: write {keep}."
    if g.T.shape == x.shape:
        return f"{text} It is transposed."
    if g.size == x.size:
        return f"{text} Write g.reshape{x.shape}."
    if g.ndim < x.ndim or g.size < x.size:
        return f"{text} It was summed over too many axes."
    return text


def largest(x: Array) -> float:
    """The largest finite absolute value; 0 if there is none."""
    return float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0))


def same(a: Array, b: Array) -> bool:
    """True if two arrays have equal elements; nan equals nan."""
    return np.array_equal(a, b, equal_nan=True)

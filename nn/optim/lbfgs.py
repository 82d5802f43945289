"""L-BFGS: steps from the last gradients' estimate of the curvature, for smooth functions of few variables without noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import autograd_lite as ag

from .closure_optimizer import ClosureOptimizer
from .flat import Array

__all__ = ["LBFGS"]


class LBFGS(ClosureOptimizer):
    """Limited-memory BFGS (Nocedal and Wright, Numerical optimization, 2006, algorithm 7.5), as in PyTorch.

    Parameters
    ----------
    params
        A list of parameters, without groups.
    lr
        The first step length to try, default 1.
    max_iter
        The largest number of iterations in one call of `step`.
    max_eval
        The largest number of calls of the closure in it; default: `max_iter * 5 // 4`.
    tolerance_grad
        It ends when no element of the gradient is larger.
    tolerance_change
        It ends when the loss, or all parameters, change by less.
    history_size
        The number of differences of gradients that are remembered.
    line_search_fn
        None: every step is of length `lr`. "strong_wolfe": a length with the strong Wolfe conditions (algorithms 3.5 and 3.6,
        c1 = 1e-4 and c2 = 0.9) is looked for: the choice for a function without noise.

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([-1.0, 2.0])
    >>> optimizer = nn.optim.LBFGS([w], max_iter=50, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> w.data.round(5)
    array([1., 1.])
    """

    required_state = ("func_evals", "n_iter")
    optional_state = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if max_eval is None and isinstance(max_iter, int):
            max_eval = max_iter * 5 // 4
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_eval, "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change, "history_size": history_size, "line_search_fn": line_search_fn,
        })  # fmt: skip

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        for option in ("max_iter", "max_eval", "history_size"):
            self.require_whole(option, group[option])
        for option in ("tolerance_grad", "tolerance_change"):
            self.require_factor(option, group[option])
        search = group["line_search_fn"]
        self.require(search in (None, "strong_wolfe"), "line_search_fn", search, "'strong_wolfe' or None")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make up to `max_iter` iterations.

        Parameters
        ----------
        closure
            A function without arguments that calls `zero_grad()`, computes the loss, calls its `backward()` and returns it.

        Returns
        -------
        The closure's first result.

        Raises
        ------
        FloatingPointError
            The first loss is infinite or nan.
        """
        closure = self.needed(closure, "calls zero_grad(), computes the loss, calls its backward() and returns it")
        group, memory = self.param_groups[0], self.memory
        lr, max_iter, max_eval, tolerance = (group[o] for o in ("lr", "max_iter", "max_eval", "tolerance_change"))
        memory.setdefault("func_evals", 0)
        memory.setdefault("n_iter", 0)

        def evaluate() -> tuple[Any, float, Array]:
            memory["func_evals"] += 1
            result = closure()
            return result, float(result.item() if isinstance(result, ag.Tensor) else result), self.gradient()

        first, loss, gradient = evaluate()
        if not math.isfinite(loss):
            raise FloatingPointError(f"LBFGS: the loss is {loss}. Look for nan in the data, and standardise them.")
        evaluations = 1
        if np.max(np.abs(gradient)) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, max_iter + 1):
            memory["n_iter"] += 1
            direction = memory["d"] = self.direction(gradient, group["history_size"])
            memory["prev_flat_grad"], memory["prev_loss"] = gradient, loss
            t = lr * min(1.0, 1.0 / float(np.sum(np.abs(gradient)))) if memory["n_iter"] == 1 else lr
            memory["t"] = t
            slope = float(gradient.dot(direction))
            if slope > -tolerance:
                break
            start = self.values()
            if group["line_search_fn"] is None:
                self.set(start + t * direction)
                if iteration < max_iter:  # else it is evaluated at the beginning of the next step
                    _, loss, gradient = evaluate()
                    evaluations += 1
            else:

                def along(t: float, start: Array = start, direction: Array = direction) -> LinePoint:
                    memory["t"] = t
                    self.set(start + t * direction)
                    _, loss, gradient = evaluate()
                    return LinePoint(t, loss, gradient, float(gradient.dot(direction)))

                reach = float(np.max(np.abs(direction)))
                origin = LinePoint(0.0, loss, gradient, slope)
                before = memory["func_evals"]
                found = strong_wolfe(along, origin, t, max_eval - evaluations, tolerance / reach if reach else 0.0)
                t, loss, gradient = found.t, found.loss, found.gradient
                evaluations += memory["func_evals"] - before
                if memory["t"] != t:  # the last place that was tried is not the best
                    memory["t"] = t
                    self.set(start + t * direction)
            if (
                evaluations >= max_eval
                or np.max(np.abs(gradient)) <= group["tolerance_grad"]
                or np.max(np.abs(t * direction)) <= tolerance
                or abs(loss - memory["prev_loss"]) < tolerance
            ):
                break
        return first

    def _fitting_state(self, p: ag.Tensor, given: Mapping[str, Any]) -> Any:
        state = super()._fitting_state(p, {name: value for name, value in given.items() if name != "al"})  # PyTorch's scratch
        missing = [f"missing: {name}" for name in self.optional_state if state.get("n_iter", 0) > 0 and name not in state]
        if missing:
            raise ValueError(", ".join(missing))
        return state

    def gradient(self) -> Array:
        """All gradients as one vector, zeros where there is none."""
        parts = [np.zeros(p.size, p.dtype) if p.grad is None else p.grad for p in self._parameters()]
        return np.concatenate([(part.data if isinstance(part, ag.Tensor) else part).ravel() for part in parts])

    def direction(self, gradient: Array, history_size: int) -> Array:
        """Minus the gradient times the inverse Hessian, estimated from the last steps (algorithm 7.4)."""
        memory = self.memory
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        changes, steps, inverses = memory["old_dirs"], memory["old_stps"], memory["ro"]
        change, step = gradient - memory["prev_flat_grad"], memory["d"] * memory["t"]
        curvature = float(change.dot(step))
        if curvature > 1e-10:
            if len(changes) == history_size:
                for oldest in (changes, steps, inverses):
                    oldest.pop(0)
            changes.append(change)
            steps.append(step)
            inverses.append(1.0 / curvature)
            memory["H_diag"] = curvature / float(change.dot(change))
        d = -gradient
        shares = []
        for change, step, inverse in zip(reversed(changes), reversed(steps), reversed(inverses), strict=True):
            shares.append(float(step.dot(d)) * inverse)
            d -= shares[-1] * change
        d *= memory["H_diag"]
        for change, step, inverse in zip(changes, steps, inverses, strict=True):
            d += (shares.pop() - float(change.dot(d)) * inverse) * step
        return d


class LinePoint:
    """A place on the line: how far along, and the loss, its gradient and its slope there."""

    __slots__ = ("gradient", "loss", "slope", "t")

    def __init__(self, t: float, loss: float, gradient: Array, slope: float) -> None:
        self.t, self.loss, self.gradient, self.slope = t, loss, gradient, slope


def strong_wolfe(along: Callable[[float], LinePoint], start: LinePoint, t: float, trials: int, nearest: float) -> LinePoint:
    """A point with `loss <= start.loss + 1e-4 * t * start.slope` and `abs(slope) <= 0.9 * abs(start.slope)`.

    First points further and further out until two have such a point between them (Nocedal and Wright, algorithm 3.5),
    then closer and closer ones (algorithm 3.6); after `trials` of them, or when they are nearer than `nearest`, the best.
    """

    def is_high(point: LinePoint) -> bool:
        return point.loss > start.loss + 1e-4 * point.t * start.slope

    def is_flat(point: LinePoint) -> bool:
        return abs(point.slope) <= -0.9 * start.slope

    before, new, tried = start, along(t), 0
    while tried < trials:
        if is_high(new) or (tried > 1 and new.loss >= before.loss):
            break
        if is_flat(new):
            return new
        if new.slope >= 0:
            break
        t = lowest(before, new, new.t + 0.01 * (new.t - before.t), 10 * new.t)
        before, new, tried = new, along(t), tried + 1
    else:
        before = start
    bracket = [before, new]
    low = int(bracket[1].loss < bracket[0].loss)
    stuck = False
    while tried < trials:
        left, right = sorted(point.t for point in bracket)
        if right - left < nearest:
            break
        t = lowest(bracket[0], bracket[1], left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            stuck = False
        elif stuck or not left < t < right:  # twice at an end: away from it
            t = right - margin if right - t < t - left else left + margin
            stuck = False
        else:
            stuck = True
        new, tried = along(t), tried + 1
        if is_high(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = int(bracket[1].loss < bracket[0].loss)
            continue
        if is_flat(new):
            return new
        if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
    return bracket[low]


def lowest(a: LinePoint, b: LinePoint, least: float, most: float) -> float:
    """The minimum of the cubic through two points with their slopes (Nocedal and Wright, equation 3.59), kept in a range."""
    if a.t > b.t:
        a, b = b, a
    mean = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = mean**2 - a.slope * b.slope
    root = math.sqrt(square) if square >= 0 else math.nan
    across = b.slope - a.slope + 2 * root
    if not abs(across) > 0:  # no minimum, or no slope at all
        return (least + most) / 2
    return min(max(b.t - (b.t - a.t) * ((b.slope + root - mean) / across), least), most)

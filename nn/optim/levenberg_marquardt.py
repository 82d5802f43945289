"""Levenberg-Marquardt: least squares by steps between Gauss-Newton's and the gradient's, for few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import autograd_lite as ag

from ..module import in_range
from .batched_rows import parameter_jacobian
from .closure_optimizer import ClosureOptimizer
from .flat import Array

__all__ = ["LevenbergMarquardt"]

MOST_DAMPING = 1e16  # with which a step is lost in rounding
STALLED = 10  # so many iterations without much progress are the end


class LevenbergMarquardt(ClosureOptimizer):
    """Least squares for models with up to some hundred parameters and data without much noise in the gradient: whole data sets.

    A step h solves `(J.T J + damping * D) h = -J.T r`, with the residuals r, their Jacobian J, and D the largest diagonal of
    `J.T J` so far (Levenberg, A method for the solution of certain non-linear problems in least squares, 1944; Marquardt, An
    algorithm for least-squares estimation of nonlinear parameters, 1963; D as in More, The Levenberg-Marquardt algorithm:
    implementation and theory, 1978). The damping follows how well the linear model had predicted the gain (Nielsen, Damping
    parameter in Marquardt's method, 1999; Madsen, Nielsen and Tingleff, Methods for non-linear least squares problems, 2004,
    algorithm 3.16).

    Parameters
    ----------
    params
        A list of parameters, without groups.
    damping
        The first damping, default 0.1: small for a start near the solution.
    min_damping
        The floor under it, which keeps the equations solvable where parameters do not matter or stand for each other.
    max_iter
        The largest number of iterations in one call of `step`. Each computes the residuals once.
    weight_decay
        This times the sum of the squares of the parameters is added to the sum of squares; default: 0.
    tolerance
        It ends when ten iterations have lowered the sum of squares by less than this share of it.

    Notes
    -----
    A result depends on the start: make 5 to 20 and keep the best, as `least_squares_fit` does.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(0, 2, 9)
    >>> a, b = nn.Parameter(1.0), nn.Parameter(0.0)
    >>> optimizer = nn.optim.LevenbergMarquardt([a, b])
    >>> optimizer.step(lambda: a * np.exp(b * x) - 2 * np.exp(-0.5 * x)) < 1e-20
    True
    >>> round(a.item(), 6), round(b.item(), 6)
    (2.0, -0.5)
    """

    required_state = ("n_iter", "func_evals", "damping", "growth", "scale")

    def __init__(
        self,
        params: Iterable[Any],
        damping: float = 0.1,
        min_damping: float = 1e-10,
        max_iter: int = 100,
        tolerance: float = 1e-3,
        weight_decay: float = 0.0,
    ) -> None:
        options = {"damping": damping, "min_damping": min_damping, "max_iter": max_iter, "tolerance": tolerance}
        super().__init__(params, options | {"weight_decay": weight_decay})

    def check(self, group: Mapping[str, Any]) -> None:
        super().check(group)
        self.require_whole("max_iter", group["max_iter"])
        for option in ("damping", "min_damping"):
            self.require(in_range(group[option], 0) and group[option] > 0, option, group[option], "a positive number")
        self.require_factor("tolerance", group["tolerance"], 1)
        self.require(in_range(group["weight_decay"], 0), "weight_decay", group["weight_decay"], "a number that is not negative")

    def step(self, closure: Callable[[], Any] | None = None) -> float:
        """Make up to `max_iter` iterations; if that was too few, the next call goes on with the damping.

        Parameters
        ----------
        closure
            A function without arguments that returns the residuals, such as `model(x) - y`: a Tensor of any shape. It calls no
            `backward`.

        Returns
        -------
        float
            The sum of their squares with the parameters that there are now, and the penalty on these.

        Raises
        ------
        TypeError
            The closure does not return a Tensor that depends on the parameters.
        FloatingPointError
            The residuals are infinite or nan at the start. Later on such steps are taken back.
        """
        closure = self.needed(closure, "returns the residuals, such as model(x) - y")
        group, memory, parameters = self.param_groups[0], self.memory, self._parameters()
        if not memory:
            memory.update(n_iter=0, func_evals=0, damping=group["damping"], growth=2.0, scale=np.zeros(self.values().size))

        residuals, r, loss = self.evaluate(closure)
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"LevenbergMarquardt: the sum of squares is {loss}. Look for nan in the data, and standardise them."
            )
        here, better, decay = self.values(), True, group["weight_decay"]
        loss += decay * float(here.dot(here))
        losses = [loss]
        for _ in range(group["max_iter"]):
            memory["n_iter"] += 1
            if better:
                j = parameter_jacobian(residuals, parameters)
                normal, gradient = j.T.dot(j), j.T.dot(r)
                if decay:
                    normal.reshape(-1)[:: len(normal) + 1] += decay
                    gradient = gradient + decay * here
                memory["scale"] = np.maximum(memory["scale"], normal.diagonal())
                scale = np.where(memory["scale"] > 0, memory["scale"], 1.0)  # what does not matter stays where it is
            damped = normal.copy()
            damped.reshape(-1)[:: len(damped) + 1] += memory["damping"] * scale
            h = np.linalg.solve(damped, -gradient)
            self.set(here + h)
            try:
                with np.errstate(all="ignore"):  # a step too far is taken back
                    residuals, r, new_loss = self.evaluate(closure)
            except BaseException:  # Ctrl-C, for one
                self.set(here)
                raise
            new_loss += decay * float((here + h).dot(here + h))
            better = new_loss < loss
            if better:
                ratio = (loss - new_loss) / float(h.dot(memory["damping"] * scale * h - gradient))
                memory["damping"] = max(group["min_damping"], memory["damping"] * max(1 / 3, 1 - (2 * ratio - 1) ** 3))
                memory["growth"] = 2.0
                here, loss = here + h, new_loss
            else:
                self.set(here)
                memory["damping"] *= memory["growth"]
                memory["growth"] *= 2
            losses.append(loss)
            stalled = len(losses) > STALLED and losses[-1 - STALLED] - loss <= group["tolerance"] * losses[-1 - STALLED]
            if stalled or memory["damping"] > MOST_DAMPING:
                memory.update(damping=group["damping"], growth=2.0)  # for what comes next
                break
        return float(loss)

    def evaluate(self, closure: Callable[[], Any]) -> tuple[ag.Tensor, Array, float]:
        """The residuals as recorded, as a vector, and the sum of their squares."""
        self.memory["func_evals"] += 1
        residuals = closure()
        if not isinstance(residuals, ag.Tensor) or not residuals.requires_grad:
            raise TypeError(
                "LevenbergMarquardt: the closure must return the residuals as a Tensor that depends on the parameters, "
                f"such as model(x) - y, not {type(residuals).__name__}."
            )
        if not residuals.size:
            raise ValueError(f"LevenbergMarquardt: the residuals have shape {residuals.shape}: there are none to make small.")
        r = residuals.data.ravel()
        return residuals, r, float(r.dot(r))

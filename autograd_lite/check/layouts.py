"""Arguments that are read-only, or have gaps between their elements: results and gradients must stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..numerical.noise import measure_noise
from ..numerical.point import Array, as_array
from .own_rounding import own_rounding
from .subject import RefusedError, inexact_leaves
from .trial import Trial, largest

__all__ = ["check_layouts"]


def check_layouts(trial: Trial, u: list[Array], expected: Array) -> None:
    """Note every layout of the arguments for which the function or its gradient along `u` fails, or is another one."""
    point, subject = trial.point, trial.subject
    for what, arrays in (("read-only", read_only_copies(point.arrays)), ("not contiguous", strided(point.arrays))):

        def value(arrays: Sequence[Array] = arrays) -> Array:
            return point.laid_out([as_array(y) for y in inexact_leaves(subject.value(arrays))])

        def gradient(arrays: Sequence[Array] = arrays) -> Array:
            return trial.pulled([c.copy() for c in u], subject.pullback(arrays))

        known: tuple[tuple[str, Callable[[], Array], Array, Callable[[], Array]], ...] = (
            ("f", value, point.y, lambda: rounding_of_values(trial)),
            ("gradient", gradient, expected, lambda: rounding_of_gradient(trial, u)),
        )
        for who, answer, before, rounding in known:
            try:
                close = near(answer(), before, point.eps, rounding)
            except RefusedError as error:
                trial.result.problems.append(f"{what}: {error}")
            except Exception as error:  # whatever a user's function may raise
                trial.result.problems.append(
                    f"{what}: {who} fails for arguments that are {what}: {type(error).__name__}: {error}"
                )
            else:
                if not close:
                    trial.result.problems.append(f"{what}: {who} gives another answer for arguments that are {what}.")


def near(a: Array, b: Array, eps: float, rounding: Callable[[], Array]) -> bool:
    """True if two arrays are equal but for rounding in another order, which is measured where terms may have cancelled."""
    finite = np.isfinite(b)
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), finite):
        return False
    off = np.abs(a - b)[finite]
    return bool(np.all(off <= 1e3 * eps * largest(b))) or bool(np.all(off <= rounding()[finite]))


def rounding_of_values(trial: Trial) -> Array:
    """The rounding inside the function, for each result."""
    point = trial.point
    noise = measure_noise(point, np.arange(point.x.size), point.unit, 0.1, trial.rng, brief=True)
    return 16 * noise.near


def rounding_of_gradient(trial: Trial, u: list[Array]) -> Array:
    """The rounding inside the gradient along `u`, for each entry."""
    weights = np.concatenate([np.zeros(0), *(c.ravel() for c in u)])
    return 4 * own_rounding(trial, weights, np.arange(trial.point.x.size))


def read_only_copies(arrays: Sequence[Array]) -> list[Array]:
    """Copies that cannot be written into."""
    copies = [x.copy() for x in arrays]
    for copy in copies:
        copy.flags.writeable = False
    return copies


def strided(arrays: Sequence[Array]) -> list[Array]:
    """Copies with gaps between their elements."""
    return [np.repeat(x[..., None], 2, axis=-1)[..., 0] for x in arrays]

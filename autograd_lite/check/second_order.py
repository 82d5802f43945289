"""Second derivatives: the vjp checked as a function of its own, and by the identities that it must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..numerical.point import Array, as_array
from ..transforms import jvp, vjp
from .subject import Subject, inexact_leaves, with_cotangents

__all__ = ["broken_identities", "gradient_as_subject"]


def gradient_as_subject(subject: Subject, rng: np.random.Generator) -> Subject:
    """The function (x, u) -> vjp(x; u). As a function of x alone it would not show rules detached from the graph."""
    arrays = [x.copy() for x in subject.arrays]
    u = random_like(inexact_leaves(vjp(subject, arrays)[0]), rng)

    def gradient_of(x: list[Any], u: list[Any]) -> Any:
        return recorded_vjp(subject, x, u)

    inner = Subject(gradient_of, (arrays, u), None)
    inner.name = "gradient"
    inner.names = subject.names + [f"cotangent {i}" if len(u) > 1 else "cotangent" for i in range(len(u))]
    return inner


def broken_identities(subject: Subject, rng: np.random.Generator) -> list[str]:
    """Messages if <u, jvp(x; v)> = <vjp(x; u), v> does not hold, or if the Hessian of <u, f(x)> is not symmetric."""
    arrays = [x.copy() for x in subject.arrays]
    u, v, w = random_like(inexact_leaves(vjp(subject, arrays)[0]), rng), random_like(arrays, rng), random_like(arrays, rng)
    tangent = inexact_leaves(jvp(subject, (arrays,), (v,))[1])
    _, pull = vjp(lambda x: recorded_vjp(subject, x, u), arrays)
    gradients = [as_array(g) for g in recorded_vjp(subject, arrays, u)]
    eps = max(float(np.finfo(x.dtype).eps) for x in arrays)
    problems = []
    if difference := product_difference((tangent, u), (gradients, v), eps):
        problems.append(f"adjoint: <u, jvp(x; v)> and <vjp(x; u), v> differ: {difference}.")
    slopes = [np.sum(np.abs(g) / np.where(x == 0, 1, np.abs(x))) for g, x in zip(gradients, arrays, strict=True)]
    if difference := product_difference((pull(v)[0], w), (pull(w)[0], v), eps, floor=float(sum(slopes))):
        problems.append(f"symmetry: for the Hessian H <w, H v> and <v, H w> differ: {difference}.")
    return problems


def recorded_vjp(subject: Subject, x: Any, u: Sequence[Any]) -> Any:
    """The gradient of <u, f(x)> by x. For Tensors it is recorded."""
    value, pull = vjp(subject, x)
    return pull(with_cotangents(value, u))[0]


def random_like(like: Sequence[Any], rng: np.random.Generator) -> list[Array]:
    """Random arrays of the same shapes and dtypes, with no small numbers."""
    arrays = [as_array(x) for x in like]
    return [np.asarray(rng.choice((-1, 1), a.shape) * rng.uniform(0.5, 2, a.shape)).astype(a.dtype) for a in arrays]


def product_difference(
    one: tuple[Sequence[Any], Sequence[Any]], other: tuple[Sequence[Any], Sequence[Any]], eps: float, floor: float = 0.0
) -> str:
    """Two scalar products as text if they differ by more than rounding, else "". `floor` adds to the size of the terms."""
    terms = [
        np.concatenate([np.zeros(0), *(np.ravel(as_array(p) * as_array(q)) for p, q in zip(*pair, strict=True))])
        for pair in (one, other)
    ]
    size = floor + sum(np.sum(np.abs(t)) for t in terms)
    a, b = (t.sum() for t in terms)
    return "" if not np.isfinite(size) or abs(a - b) <= 1e3 * eps * size else f"{a:.9g} and {b:.9g}"

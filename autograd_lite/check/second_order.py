"""The derivatives of the derivatives: the vjp as a function of its own, and what holds between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numerical.point import plain
from ..transforms import jvp, vjp
from .subject import Subject, floating, with_cotangents

__all__ = ["broken_identities", "gradient_as_subject"]

Array = NDArray[Any]


def gradient_as_subject(subject: Subject, rng: np.random.Generator) -> Subject:
    """The function (x, u) -> vjp(x; u): in x alone one would not see rules that are detached from the graph."""
    arrays = [x.copy() for x in subject.arrays]
    u = drawn(floating(vjp(subject, arrays)[0]), rng)

    def gradient_of(x: list[Any], u: list[Any]) -> Any:
        return pulled(subject, x, u)

    inner = Subject(gradient_of, (arrays, u), None)
    inner.name = "gradient"
    inner.names = subject.names + [f"cotangent {i}" if len(u) > 1 else "cotangent" for i in range(len(u))]
    return inner


def broken_identities(subject: Subject, rng: np.random.Generator) -> list[str]:
    """What is broken of <u, jvp(x; v)> = <vjp(x; u), v>, and of the symmetry of the Hessian of <u, f(x)>."""
    arrays = [x.copy() for x in subject.arrays]
    u, v, w = drawn(floating(vjp(subject, arrays)[0]), rng), drawn(arrays, rng), drawn(arrays, rng)
    tangent = floating(jvp(subject, (arrays,), (v,))[1])
    _, pull = vjp(lambda x: pulled(subject, x, u), arrays)
    gradients = [plain(g) for g in pulled(subject, arrays, u)]
    eps = max(float(np.finfo(x.dtype).eps) for x in arrays)
    problems = []
    if difference := between((tangent, u), (gradients, v), eps):
        problems.append(f"adjoint: <u, jvp(x; v)> and <vjp(x; u), v> differ: {difference}.")
    slopes = [np.sum(np.abs(g) / np.where(x == 0, 1, np.abs(x))) for g, x in zip(gradients, arrays, strict=True)]
    if difference := between((pull(v)[0], w), (pull(w)[0], v), eps, floor=float(sum(slopes))):
        problems.append(f"symmetry: for the Hessian H <w, H v> and <v, H w> differ: {difference}.")
    return problems


def pulled(subject: Subject, x: Any, u: Sequence[Any]) -> Any:
    """The vjp; given Tensors it records."""
    value, pull = vjp(subject, x)
    return pull(with_cotangents(value, u))[0]


def drawn(like: Sequence[Any], rng: np.random.Generator) -> list[Array]:
    """Random arrays of these shapes and dtypes, with no small numbers."""
    arrays = [plain(x) for x in like]
    return [np.asarray(rng.choice((-1, 1), a.shape) * rng.uniform(0.5, 2, a.shape)).astype(a.dtype) for a in arrays]


def between(
    one: tuple[Sequence[Any], Sequence[Any]], other: tuple[Sequence[Any], Sequence[Any]], eps: float, floor: float = 0.0
) -> str:
    """How two scalar products differ; nothing if by rounding alone, of their terms or of numbers as large as `floor`."""
    terms = [
        np.concatenate([np.zeros(0), *(np.ravel(plain(p) * plain(q)) for p, q in zip(*pair, strict=True))])
        for pair in (one, other)
    ]
    size = floor + sum(np.sum(np.abs(t)) for t in terms)
    a, b = (t.sum() for t in terms)
    return "" if not np.isfinite(size) or abs(a - b) <= 1e3 * eps * size else f"{a:.9g} and {b:.9g}"

"""Second derivatives: the vjp checked as a function of its own, and by the identities that it must satisfy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from ..numerical.point import Array, as_array
from ..transforms import jvp, vjp
from .subject import Subject, inexact_leaves, with_cotangents

__all__ = ["broken_identities", "gradient_as_subject"]

TRIES = 6  # of an identity that seems broken
ADJOINT = "adjoint: <u, jvp(x; v)> and <vjp(x; u), v>"
SYMMETRY = "symmetry: for the Hessian H <w, H v> and <v, H w>"
Vectors: TypeAlias = Sequence[Any]


def gradient_as_subject(subject: Subject, rng: np.random.Generator) -> Subject:
    """The function (x, u) -> vjp(x; u). As a function of x alone it would not show rules detached from the graph."""
    arrays = [x.copy() for x in subject.arrays]
    u = random_like(inexact_leaves(vjp(subject, arrays)[0]), rng)

    def gradient_of(x: list[Any], u: list[Any]) -> Any:
        return subject.or_nan(lambda x: recorded_vjp(subject, x, u), x)

    inner = Subject(gradient_of, (arrays, u), None)
    inner.name = "gradient"
    inner.names = subject.names + [f"cotangent {i}" if len(u) > 1 else "cotangent" for i in range(len(u))]
    return inner


def broken_identities(subject: Subject, rng: np.random.Generator) -> list[str]:
    """Messages if <u, jvp(x; v)> = <vjp(x; u), v> does not hold, or if the Hessian of <u, f(x)> is not symmetric.

    Terms may cancel inside the derivatives, so the size of the products does not tell how much they round. But the
    identities hold at any point, and for any multiple of u, v and w. So they are tried again at points beside x, with multiples
    that are no powers of 2: a broken one stays broken by as much, while rounding scatters about 0.
    """
    arrays = [x.copy() for x in subject.arrays]
    u, v, w = random_like(inexact_leaves(vjp(subject, arrays)[0]), rng), random_like(arrays, rng), random_like(arrays, rng)
    eps = max(float(np.finfo(x.dtype).eps) for x in arrays)
    problems = []
    for text, products in ((ADJOINT, adjoint_products), (SYMMETRY, hessian_products)):
        one, other, terms = products(subject, arrays, u, v, w)
        if not np.isfinite(terms) or abs(one - other) <= 1e3 * eps * terms:
            continue
        again = []
        for _ in range(TRIES):
            beside = [x + np.asarray(eps**0.5 * rng.uniform(-1, 1, x.shape) * x).astype(x.dtype) for x in arrays]
            by_u, by_v, by_w = rng.uniform(0.5, 1, 3).tolist()
            a, b, _ = products(subject, beside, multiples(by_u, u), multiples(by_v, v), multiples(by_w, w))
            again.append((a - b) / (by_u * by_v * (by_w if products is hessian_products else 1.0)))
        if abs(one - other) > 8 * np.ptp([one - other, *again]):
            problems.append(f"{text} differ: {one:.9g} and {other:.9g}.")
    return problems


def adjoint_products(subject: Subject, x: Vectors, u: Vectors, v: Vectors, w: Vectors) -> tuple[float, float, float]:
    """<u, jvp(x; v)>, <vjp(x; u), v>, and the size of the terms that are added up in both."""
    tangent = inexact_leaves(jvp(subject, (x,), (v,))[1])
    return products((tangent, u), (recorded_vjp(subject, x, u), v))


def hessian_products(subject: Subject, x: Vectors, u: Vectors, v: Vectors, w: Vectors) -> tuple[float, float, float]:
    """For the Hessian H of <u, f(x)>: <w, H v>, <v, H w>, and the size of the terms, at least that of gradient / x."""
    gradient, pull = vjp(lambda x: recorded_vjp(subject, x, u), x)
    one, other, terms = products((pull(v)[0], w), (pull(w)[0], v))
    slopes = [np.sum(np.abs(as_array(g)) / np.where(a == 0, 1, np.abs(a))) for g, a in zip(gradient, x, strict=True)]
    return one, other, terms + float(sum(slopes))


def products(one: tuple[Sequence[Any], Sequence[Any]], other: tuple[Sequence[Any], Sequence[Any]]) -> tuple[float, float, float]:
    """Two scalar products of lists of arrays, and the sum of the sizes of all of their terms."""
    terms = [
        np.concatenate([np.zeros(0), *(np.ravel(as_array(p) * as_array(q)) for p, q in zip(*pair, strict=True))])
        for pair in (one, other)
    ]
    return float(terms[0].sum()), float(terms[1].sum()), float(sum(np.sum(np.abs(t)) for t in terms))


def multiples(factor: float, vectors: Vectors) -> list[Array]:
    """The arrays times a number."""
    return [np.asarray(factor * v) for v in vectors]


def recorded_vjp(subject: Subject, x: Any, u: Sequence[Any]) -> Any:
    """The gradient of <u, f(x)> by x. For Tensors it is recorded."""
    value, pull = vjp(subject, x)
    subject.differentiable(value)
    return pull(with_cotangents(value, u))[0]


def random_like(like: Sequence[Any], rng: np.random.Generator) -> list[Array]:
    """Random arrays of the same shapes and dtypes, with no small numbers."""
    arrays = [as_array(x) for x in like]
    return [np.asarray(rng.choice((-1, 1), a.shape) * rng.uniform(0.5, 2, a.shape)).astype(a.dtype) for a in arrays]

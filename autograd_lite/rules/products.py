"""Products of matrices and arrays. Each is linear in each argument; its rules are products again."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import axes, einsum
from .row import Row


def matmul_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """g b^T; a vector counts as the matrix that makes the product fit."""
    if b.ndim == 1:
        return g[..., None] * b
    if len(a_shape) == 1:
        return (b @ g[..., None])[..., 0]
    return g @ b.mT


def matmul_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """a^T g; a vector counts as the matrix that makes the product fit."""
    if a.ndim == 1:
        return a * g[..., None] if len(b_shape) == 1 else a[:, None] * g[..., None, :]
    if len(b_shape) == 1:
        return (g[..., None, :] @ a)[..., 0, :]
    return a.mT @ g


def dot_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """The last axis of a met the last but one of b (its only one, for a vector)."""
    n = len(a_shape)
    if n == 0 or b.ndim == 0:
        return g * b
    if b.ndim <= 2 and n == 2:
        return np.dot(g, b.T) if b.ndim == 2 else g[:, None] * b
    return contract(g, b, tuple(range(n - 1, g.ndim)), kept(b.ndim, max(b.ndim - 2, 0)))


def dot_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """As `dot_a`; the contracted axis comes out first and is moved to its place."""
    n = len(b_shape)
    if n == 0 or a.ndim == 0:
        return g * a
    if n == 2 and a.ndim == 2:
        return np.dot(a.T, g)  # a may be an array where g is a Tensor
    lead = tuple(range(a.ndim - 1))
    return np.moveaxis(contract(a, g, lead, lead), 0, max(n - 2, 0))


def inner_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """The last axes met; g has the axes of a and then those of b before them."""
    n = len(a_shape)
    if n == 0 or b.ndim == 0:
        return g * b
    return contract(g, b, tuple(range(n - 1, g.ndim)), tuple(range(b.ndim - 1)))


def inner_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    n = len(b_shape)
    if n == 0 or a.ndim == 0:
        return g * a
    lead = tuple(range(a.ndim - 1))
    return np.moveaxis(contract(a, g, lead, lead), 0, -1)


def kept(ndim: int, contracted: int) -> tuple[int, ...]:
    """All axes but one."""
    return tuple(i for i in range(ndim) if i != contracted)


def contract(a: Any, b: Any, of_a: tuple[int, ...], of_b: tuple[int, ...]) -> Any:
    """`np.tensordot` over lists of axes."""
    return np.tensordot(a, b, (of_a, of_b))


def met(ndim_a: int, ndim_b: int, over: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that tensordot's option `axes` lets meet, as numbers from the front."""
    if isinstance(over, (int, np.integer)):
        return tuple(range(ndim_a - int(over), ndim_a)), tuple(range(int(over)))
    of_a, of_b = over
    return axes(seq(of_a), ndim_a), axes(seq(of_b), ndim_b)


def seq(x: Any) -> tuple[int, ...]:
    return tuple(np.atleast_1d(np.asarray(x, int)).tolist())


def tensordot_a(g: Any, a_shape: tuple[int, ...], b: Any, axes: Any) -> Any:
    """g met with b along b's free axes has a's free axes, then a's contracted ones in the order of b's."""
    of_a, of_b = met(len(a_shape), b.ndim, axes)
    free_a = [i for i in range(len(a_shape)) if i not in of_a]
    free_b = [i for i in range(b.ndim) if i not in of_b]
    made = contract(g, b, tuple(range(len(free_a), g.ndim)), tuple(free_b))
    partner = [of_a[of_b.index(i)] for i in sorted(of_b)]
    return np.transpose(made, tuple(int(i) for i in np.argsort([*free_a, *partner])))


def tensordot_b(g: Any, a: Any, b_shape: tuple[int, ...], axes: Any) -> Any:
    """a's free axes met with g's first: b's contracted axes in the order of a's, then b's free ones."""
    of_a, of_b = met(a.ndim, len(b_shape), axes)
    free_a = [i for i in range(a.ndim) if i not in of_a]
    free_b = [i for i in range(len(b_shape)) if i not in of_b]
    made = contract(a, g, tuple(free_a), tuple(range(len(free_a))))
    partner = [of_b[of_a.index(i)] for i in sorted(of_a)]
    return np.transpose(made, tuple(int(i) for i in np.argsort([*partner, *free_b])))


def einsum_operand(g: Any, i: int, subscripts: str, operands: Any, operands_shape: Any, optimize: Any) -> Any:
    """The einsum of g with all the other operands that has the labels of operand i.

    A label that is nowhere else was summed alone: a vector of ones repeats it. A label that stands twice in
    the operand took a diagonal: an identity matrix under two labels puts it back.
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    wanted = terms.pop(i)
    factors = [g, *(x for k, x in enumerate(operands) if k != i)]
    terms = [output, *terms]
    free = iter(c for c in LETTERS if c not in subscripts)
    labels = ""
    for label, n in zip(wanted, operands_shape[i], strict=True):
        if label in labels:  # a diagonal
            twin = next(free)
            factors.append(np.eye(n, dtype=g.dtype))
            terms.append(label + twin)
            label = twin
        elif not any(label in term for term in terms):
            factors.append(np.ones(n, dtype=g.dtype))
            terms.append(label)
        labels += label
    return einsum(f"{','.join(terms)}->{labels}", *factors, optimize=optimize)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# fmt: off
RULES: dict[Any, Any] = {
    # f(a, b)      for a                                            for b
    np.matmul:    (matmul_a,                                        matmul_b),
    np.dot:       Row("a, b, out=None",         a=dot_a,            b=dot_b),
    np.inner:     Row("a, b",                   a=inner_a,          b=inner_b),
    np.tensordot: Row("a, b, axes=2",           a=tensordot_a,      b=tensordot_b),
    np.outer:     Row("a, b, out=None",
                      a=lambda g, a_shape, b: (g @ np.ravel(b)).reshape(a_shape),
                      b=lambda g, a, b_shape: (np.ravel(a) @ g).reshape(b_shape)),
    np.vdot:      Row("a, b, /",
                      a=lambda g, a_shape, b: g * b.reshape(a_shape),
                      b=lambda g, a, b_shape: g * a.reshape(b_shape)),
    einsum:       Row("subscripts, *operands, optimize=False", operands=einsum_operand),
}
# fmt: on

__all__ = ["RULES"]

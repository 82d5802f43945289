"""Products of matrices and arrays. Each is linear in each argument; its rules are products again."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import conj, normalize_axes, overridable
from .row import Row


@overridable
def dot_transposed(a: Any, b: Any) -> Any:
    """a b^T of two matrices: where it is recorded, one call and not two, and no transpose comes back."""
    return np.dot(a, b.T)


@overridable
def transposed_dot(a: Any, b: Any) -> Any:
    """a^T b of two matrices."""
    return np.dot(a.T, b)


def matmul_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """g b^T; a vector counts as the matrix that makes the product fit."""
    if b.ndim == 1:
        return g[..., None] * b
    if len(a_shape) == 1:
        return (b @ g[..., None])[..., 0]
    if len(a_shape) == b.ndim == 2:
        return dot_transposed(g, b)  # which is up to five times faster on narrow matrices than g @ b.mT
    return g @ b.mT


def matmul_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """a^T g; a vector counts as the matrix that makes the product fit."""
    if a.ndim == 1:
        return a * g[..., None] if len(b_shape) == 1 else a[:, None] * g[..., None, :]
    if len(b_shape) == 1:
        return (g[..., None, :] @ a)[..., 0, :]
    if a.ndim == len(b_shape) == 2:
        return transposed_dot(a, g)
    return a.mT @ g


def dot_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """g b^T: dot contracts the last axis of a with the last but one of b, or with the only one of a vector."""
    n = len(a_shape)
    if n == 0 or b.ndim == 0:
        return g * b
    if b.ndim <= 2 and n == 2:
        return dot_transposed(g, b) if b.ndim == 2 else g[:, None] * b
    return contract(g, b, tuple(range(n - 1, g.ndim)), all_but(b.ndim, max(b.ndim - 2, 0)))


def dot_b(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    """a^T g, as in `dot_a`; the contracted axis comes out first and is moved to its place."""
    n = len(b_shape)
    if n == 0 or a.ndim == 0:
        return g * a
    if n == 2 and a.ndim == 2:
        return transposed_dot(a, g)
    lead = tuple(range(a.ndim - 1))
    return np.moveaxis(contract(a, g, lead, lead), 0, max(n - 2, 0))


def inner_a(g: Any, a_shape: tuple[int, ...], b: Any) -> Any:
    """g contracted with b: inner contracts the last axes, and g has the other axes of a and then those of b."""
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


def all_but(ndim: int, contracted: int) -> tuple[int, ...]:
    """All axes but one."""
    return tuple(i for i in range(ndim) if i != contracted)


def contract(a: Any, b: Any, of_a: tuple[int, ...], of_b: tuple[int, ...]) -> Any:
    """`np.tensordot` over lists of axes."""
    return np.tensordot(a, b, (of_a, of_b))


def contracted_axes(ndim_a: int, ndim_b: int, option: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of a and of b that tensordot's option `axes` contracts, as numbers from the front."""
    if isinstance(option, (int, np.integer)):
        return tuple(range(ndim_a - int(option), ndim_a)), tuple(range(int(option)))
    of_a, of_b = option
    return normalize_axes(as_integers(of_a), ndim_a), normalize_axes(as_integers(of_b), ndim_b)


def as_integers(x: Any) -> tuple[int, ...]:
    """An integer or a sequence of integers as a tuple."""
    return tuple(np.atleast_1d(np.asarray(x, int)).tolist())


def tensordot_a(g: Any, a_shape: tuple[int, ...], b: Any, axes: Any) -> Any:
    """g contracted with b along b's free axes: it has a's free axes, then a's contracted ones in the order of b's."""
    of_a, of_b = contracted_axes(len(a_shape), b.ndim, axes)
    free_a = [i for i in range(len(a_shape)) if i not in of_a]
    free_b = [i for i in range(b.ndim) if i not in of_b]
    made = contract(g, b, tuple(range(len(free_a), g.ndim)), tuple(free_b))
    partner = [of_a[of_b.index(i)] for i in sorted(of_b)]
    return np.transpose(made, tuple(int(i) for i in np.argsort([*free_a, *partner])))


def tensordot_b(g: Any, a: Any, b_shape: tuple[int, ...], axes: Any) -> Any:
    """a contracted with g along a's free axes: it has b's contracted axes in the order of a's, then b's free ones."""
    of_a, of_b = contracted_axes(a.ndim, len(b_shape), axes)
    free_a = [i for i in range(a.ndim) if i not in of_a]
    free_b = [i for i in range(len(b_shape)) if i not in of_b]
    made = contract(a, g, tuple(free_a), tuple(range(len(free_a))))
    partner = [of_b[of_a.index(i)] for i in sorted(of_a)]
    return np.transpose(made, tuple(int(i) for i in np.argsort([*partner, *free_b])))


@overridable
def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """`np.einsum` in its explicit form: every label written out, no ellipsis, `->` and the output's labels given.

    >>> einsum("ij,j->i", np.eye(2), np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return np.einsum(subscripts, *operands, optimize=optimize)


def einsum_operands(g: Any, i: int, subscripts: str, operands: Any, operands_shape: Any, optimize: Any) -> Any:
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
    way = optimize if isinstance(optimize, (bool, str)) else True  # a path is for the operands as they were
    return einsum(f"{','.join(terms)}->{labels}", *factors, optimize=way)


def from_end(axis: int, ndim: int) -> int:
    """The axis counted from the end, where those that broadcasting adds do not count."""
    return axis if axis < 0 else axis - ndim


def vecdot_a(g: Any, a_shape: tuple[int, ...], b: Any, axis: int) -> Any:
    """The conjugate of a is multiplied."""
    return conj(along_vectors(g, a_shape, b, axis))


def vecdot_b(g: Any, a: Any, b_shape: tuple[int, ...], axis: int) -> Any:
    return along_vectors(g, b_shape, conj(a), axis)


def along_vectors(g: Any, a_shape: tuple[int, ...], b: Any, axis: int) -> Any:
    """g times b, whose vectors may lie along another axis than those of a."""
    scaled = g[..., None] * np.moveaxis(b, axis, -1)
    return np.moveaxis(scaled, -1, from_end(axis, len(a_shape)))


def multi_dot_arrays(g: Any, i: int, arrays: Any, arrays_shape: Any) -> Any:
    """(the matrices before)^T g (those behind)^T, in the best order too; a vector is a row in front and a column behind."""
    shape = arrays_shape[i]
    n, m = (1 if len(end) == 1 else end[k] for end, k in ((arrays_shape[0], 0), (arrays_shape[-1], -1)))
    g = g.reshape((n, m))
    matrices = [a if a.ndim == 2 else a[None, :] if k == 0 else a[:, None] for k, a in enumerate(arrays)]
    transposed = [np.transpose(a) for a in matrices]
    return np.linalg.multi_dot([*transposed[:i][::-1], g, *transposed[i + 1 :][::-1]]).reshape(shape)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# fmt: off
RULES: dict[Any, Any] = {
    # f(a, b)      for a                                            for b
    np.matmul:    (matmul_a,                                        matmul_b),
    np.dot:       Row("a, b, out=None",         a=dot_a,            b=dot_b),
    dot_transposed: (lambda g, b: np.dot(g, b),                     lambda g, a: transposed_dot(g, a)),
    transposed_dot: (lambda g, b: dot_transposed(b, g),             lambda g, a: np.dot(a, g)),
    np.inner:     Row("a, b",                   a=inner_a,          b=inner_b),
    np.tensordot: Row("a, b, axes=2",           a=tensordot_a,      b=tensordot_b),
    np.outer:     Row("a, b, out=None",
                      a=lambda g, a_shape, b: (g @ np.ravel(b)).reshape(a_shape),
                      b=lambda g, a, b_shape: (np.ravel(a) @ g).reshape(b_shape)),
    np.vdot:      Row("a, b, /",
                      a=lambda g, a_shape, b: conj(g * b.reshape(a_shape)),  # the first is conjugated
                      b=lambda g, a, b_shape: g * conj(a).reshape(b_shape)),
    np.vecdot:    Row("a, b, /, *, axis=-1",    a=vecdot_a,         b=vecdot_b),
    np.linalg.multi_dot: Row("arrays, *, out=None", arrays=multi_dot_arrays),

    # since NumPy 2.2
    getattr(np, "matvec", None): (lambda g, b: g[..., None] * b[..., None, :],  lambda g, a: (g[..., None, :] @ a)[..., 0, :]),
    getattr(np, "vecmat", None): (lambda g, b: conj(b @ g[..., None])[..., 0], lambda g, a: conj(a[..., None]) * g[..., None, :]),
    einsum:       Row("subscripts, *operands, optimize=False", operands=einsum_operands),
}
# fmt: on


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: every element of a times the whole of b, side by side."""
    a, b = with_shape(a), with_shape(b)
    n = max(a.ndim, b.ndim)
    a, b = (x.reshape((1,) * (n - x.ndim) + x.shape) for x in (a, b))
    spread = a.reshape([k for side in a.shape for k in (side, 1)]) * b.reshape([k for side in b.shape for k in (1, side)])
    return spread.reshape([p * q for p, q in zip(a.shape, b.shape, strict=True)])


def with_shape(x: Any) -> Any:
    """A list or a number as an array; an array or a Tensor as it is."""
    return x if hasattr(x, "shape") else np.asarray(x)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The cross product of vectors of 3 numbers."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            f"cross of vectors of {a.shape[-1]} and {b.shape[-1]} numbers: they must have 3. "
            f"In the plane write a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]."
        )
    (a0, a1, a2), (b0, b1, b2) = ([x[..., i] for i in range(3)] for x in (a, b))
    return np.moveaxis(np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], -1), -1, axisc)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return cross(x1, x2, axis=axis)


def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    return np.matmul(x1, x2)


def linalg_outer(x1: Any, x2: Any, /) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"linalg.outer of shapes {np.shape(x1)} and {np.shape(x2)}: they must have one axis. Write np.outer.")
    return np.outer(x1, x2)


def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes)


def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.kron:             kron,
    np.cross:            cross,
    np.linalg.cross:     linalg_cross,
    np.linalg.matmul:    linalg_matmul,
    np.linalg.outer:     linalg_outer,
    np.linalg.tensordot: linalg_tensordot,
    np.linalg.vecdot:    linalg_vecdot,
}
# fmt: on

__all__ = ["COMPOSITIONS", "LETTERS", "RULES", "einsum", "with_shape"]

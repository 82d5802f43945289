"""The rows of products: of vectors, matrices, and any axes."""

import math
import operator

import numpy as np

from autograd_lite.rules import products

from .row import NUMPY, Call, Row, method


def dot_shapes(s):
    k = s.among(1, 2, 3, 0)
    lead_a, lead_b = s.shape(ndim=s.among(0, 1, 2)), s.shape(ndim=s.among(0, 1))
    a, b = (*lead_a, k), s.among((k,), (*lead_b, k, s.among(1, 2, 3)))
    return s.among(((), b), (a, ()), *[(a, b)] * 6)


def inner_shapes(s):
    k = s.among(1, 2, 3, 0)
    lead_a, lead_b = s.shape(ndim=s.among(0, 1, 2)), s.shape(ndim=s.among(0, 1, 2))
    a, b = (*lead_a, k), (*lead_b, k)
    return s.among(((), b), (a, ()), *[(a, b)] * 6)


def product(function, shapes, ways=()):
    """Of two arrays, whose shapes are drawn, or given by the signature of a generalised ufunc."""
    of = shapes if callable(shapes) else lambda s: s.broadcastable(shapes)
    return Row(function, lambda s: Call(function, tuple(map(s.array, of(s)))), ways)


def matrices_with_equal(axis):
    """The shapes of two matrices that have one axis of the same length."""

    def draw(s):
        met, m, n = (s.among(1, 2, 3, 0) for _ in range(3))
        return ((m, met), (n, met)) if axis else ((met, m), (met, n))

    return draw


def vdot_shapes(s):
    shape = s.shape()
    return shape, s.among(shape, shape[::-1], (math.prod(shape),))


def tensordot(s):
    """Some axes of a meet as many of b, in any order."""
    met = s.shape(ndim=s.among(0, 1, 2))
    free_a, free_b = s.shape(ndim=s.among(0, 1)), s.shape(ndim=s.among(0, 1, 2))
    n = len(met)
    if s.among(True, False):
        return Call(np.tensordot, (s.array((*free_a, *met)), s.array((*met, *free_b))), {"axes": n} if n != 2 else {})
    of_a, of_b = s.rng.permutation(n + len(free_a)), s.rng.permutation(n + len(free_b))
    a = np.transpose(s.array((*met, *free_a)), np.argsort(of_a))
    b = np.transpose(s.array((*met, *free_b)), np.argsort(of_b))
    axes = [of_a[:n].tolist(), [i - b.ndim for i in of_b[:n].tolist()]]
    return Call(np.tensordot, (np.array(a), np.array(b)), {"axes": (axes[0][0], axes[1][0]) if n == 1 else tuple(axes)})


EXPLICIT = (
    "i->i", "ij->ji", "ij->", "ijk->j", "ii->i", "ii->", "iii->i", "iij->j", "i,i->", "i,j->ij", "i,j->", "ij,jk->ik",
    "ij,kj->ik", "bij,bjk->bik", "ij,ij,ij->ij", "i,ij,j->", "aab,b->a", "ij,k->i", "iij,jk->k", "ij,jk,kl->il", ",i->i",
)  # fmt: skip


def of_labels(s, subscripts):
    """Arrays whose axes have the lengths of their labels; an ellipsis stands for axes that broadcast."""
    terms = subscripts.replace(" ", "").split("->")[0].split(",")
    sizes = dict(zip(sorted(set("".join(terms)) - {"."}), s.shape(ndim=12)))
    shapes = []
    for term, batch in zip(terms, s.broadcastable(len(terms))):
        before, dots, after = term.partition("...")
        shapes.append((*(sizes[c] for c in before), *(batch[-2:] if dots else ()), *(sizes[c] for c in after)))
    return tuple(map(s.array, shapes))


def explicit_einsum(s):
    subscripts = s.among(*EXPLICIT)
    options = s.some(optimize=True)
    return Call(products.einsum, of_labels(s, subscripts), options, lambda *arrays: (subscripts, *arrays))


def crossed(function):
    def draw(s):
        a, b = map(s.array, s.broadcastable("(3),(3)->(3)", max_dims=2))
        axis = s.among(-1, -1, 0) if a.ndim == b.ndim else -1
        if function is np.linalg.cross:
            a, b = (np.array(np.moveaxis(x, -1, axis)) for x in (a, b))
            return Call(function, (a, b), {"axis": axis})
        axisa, axisb, axisc = (s.axis(n, int) for n in (a.ndim, b.ndim, max(a.ndim, b.ndim)))
        if s.among(True, False):
            moved = [np.array(np.moveaxis(x, -1, i)) for x, i in ((a, axisa), (b, axisb))]
            return Call(function, tuple(moved), {"axisa": axisa, "axisb": axisb, "axisc": axisc})
        a, b = (np.array(np.moveaxis(x, -1, axis)) for x in (a, b))
        return Call(function, (a, b), s.among({"axis": axis}, {}) if axis == -1 else {"axis": axis})

    return Row(function, draw)


def vectors(function):
    """Pairs of vectors along the last axis or another."""

    def draw(s):
        a, b = map(s.array, s.broadcastable("(n),(n)->()"))
        if s.among(True, False):
            return Call(function, (a, b))
        axis = s.among(-1, -min(a.ndim, b.ndim), *([0] if a.ndim == b.ndim else []))
        return Call(function, tuple(np.array(np.moveaxis(x, -1, axis)) for x in (a, b)), {"axis": axis})

    return Row(function, draw)


def chain(s):
    """Two to five matrices, with a vector in front, behind, or both."""
    k = s.among(2, 3, 4, 5)
    sides = [s.among(1, 2, 3, 4) for _ in range(k + 1)]
    shapes = list(zip(sides[:-1], sides[1:]))
    if s.among(True, False, False):
        shapes[0] = shapes[0][1:]
    if s.among(True, False, False):
        shapes[-1] = shapes[-1][:1]
    constant = s.array(shapes[-1])
    if s.among(True, True, False):
        return Call(np.linalg.multi_dot, tuple(map(s.array, shapes)), {}, lambda *arrays: (list(arrays),))
    return Call(np.linalg.multi_dot, tuple(map(s.array, shapes[:-1])), {}, lambda *arrays: ([*arrays, constant],))


def linalg_tensordot(s):
    n = s.among(0, 1, 2)
    met = s.shape(ndim=n)
    a, b = s.array((*s.shape(ndim=1), *met)), s.array((*met, *s.shape(ndim=1)))
    return Call(np.linalg.tensordot, (a, b), {"axes": n} if n != 2 else {})


ROWS = (
    product(np.matmul, np.matmul.signature, ways=(operator.matmul,)),
    product(np.dot, dot_shapes, ways=(method("dot"),)),
    product(products.dot_transposed, matrices_with_equal(axis=1)),
    product(products.transposed_dot, matrices_with_equal(axis=0)),
    product(np.inner, inner_shapes),
    Row(np.tensordot, tensordot),
    product(np.outer, lambda s: (s.shape(), s.shape())),
    product(np.vdot, vdot_shapes),
    vectors(np.vecdot),
    Row(np.linalg.multi_dot, chain),
    Row(products.einsum, explicit_einsum),
    product(np.kron, lambda s: (s.shape(), s.shape())),
    crossed(np.cross),
    crossed(np.linalg.cross),
    product(np.linalg.matmul, np.matmul.signature),
    product(np.linalg.outer, lambda s: (s.shape(ndim=1), s.shape(ndim=1))),
    Row(np.linalg.tensordot, linalg_tensordot),
    vectors(np.linalg.vecdot),
)
if NUMPY >= (2, 2):
    ROWS += (product(np.matvec, np.matvec.signature), product(np.vecmat, np.vecmat.signature))

"""The properties of a rule as checks of one call, for the tests that must be green and the mutants that must not."""

import numpy as np

import autograd_lite as ag
from autograd_lite.transforms import tree

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def leaves(y):
    return [leaf for _, leaf in tree.leaves(y)]


def dot(a, b):
    """The scalar product of two containers of arrays; a complex number counts as the two real ones that it is made of.

    So the checks below do not know how complex numbers are differentiated, nor what is conjugated on the way.
    """
    return sum(np.real(np.sum(np.multiply(np.conj(x), y))) for x, y in zip(leaves(a), leaves(b), strict=True))


def size(a, b):
    """The size of the terms of `dot(a, b)`, which its rounding errors are measured by."""
    return sum(float(np.sum(np.abs(np.multiply(x, y)))) for x, y in zip(leaves(a), leaves(b), strict=True))


def random_like(y, rng):
    """Cotangents for y: numbers between 1/2 and 2 of either sign, none of which could hide an error by being small."""

    def one(x):
        shape = np.shape(x)
        found = rng.choice((-1, 1), shape) * rng.uniform(0.5, 2, shape)
        if np.iscomplexobj(x):
            found = found + 1j * (rng.choice((-1, 1), shape) * rng.uniform(0.5, 2, shape))
        return np.asarray(found, np.asarray(x).dtype)

    return tree.map_leaves(one, y)


def moved_by(t, xs, directions):
    return tree.rebuild(xs, [x + t * v for x, v in zip(leaves(xs), leaves(directions), strict=True)])


def slope_at_0(f, h=2e-3, levels=4):
    """The derivative of f at 0: central differences with ever smaller steps, extrapolated to none at all (Richardson)."""
    table = [(f(h / 2**i) - f(-h / 2**i)) / (2 * h / 2**i) for i in range(levels)]
    for k in range(1, levels):
        table = [fine + (fine - coarse) / (4**k - 1) for coarse, fine in zip(table[:-1], table[1:], strict=True)]
    return table[0]


def gradients(call, arrays, g):
    """The vjp: one gradient for each array. Given Tensors it is differentiable."""
    return ag.vjp(call, *arrays)[1](g)


def gradient_is_the_derivative(call, rng):
    """<vjp(x; g), v> is the slope of <g, f(x + t v)>."""
    value = call(*call.arrays)
    g, v = random_like(value, rng), random_like(call.arrays, rng)
    found = gradients(call, call.arrays, g)
    slope = slope_at_0(lambda t: dot(g, call(*moved_by(t, call.arrays, v))))
    np.testing.assert_allclose(float(dot(found, v)), float(slope), rtol=0, atol=1e-9 * (1 + size(g, value) + size(found, v)))


def second_derivative_is_the_derivative_of_the_first(call, rng):
    """As above for the function (x, g) -> vjp(x; g), jointly in x and g: in x alone it would not see rules that are detached."""
    g = random_like(call(*call.arrays), rng)
    first = gradients(call, call.arrays, g)
    w, v, u = random_like(first, rng), random_like(call.arrays, rng), random_like(g, rng)
    _, pullback = ag.vjp(lambda arrays, g: gradients(call, arrays, g), call.arrays, g)
    by_x, by_g = pullback(w)
    slope = slope_at_0(lambda t: dot(w, gradients(call, moved_by(t, call.arrays, v), moved_by(t, g, u))))
    scale = 1 + size(w, first) + size(by_x, v) + size(by_g, u)
    np.testing.assert_allclose(float(dot(by_x, v) + dot(by_g, u)), float(slope), rtol=0, atol=1e-8 * scale)


def forward_and_reverse_are_adjoint(call, rng):
    """<g, jvp(x; v)> = <vjp(x; g), v>."""
    value = call(*call.arrays)
    g, v = random_like(value, rng), random_like(call.arrays, rng)
    _, tangent = ag.jvp(call, call.arrays, v)
    found = gradients(call, call.arrays, g)
    np.testing.assert_allclose(float(dot(g, tangent)), float(dot(found, v)), rtol=0, atol=1e-11 * (1 + size(found, v)))


def kinds_are_kept(call, rng):
    """Gradients have the shapes and dtypes of their leaves, and so have the gradients of gradients."""
    tensors = [ag.tensor(x, requires_grad=True) for x in call.arrays]
    with np.errstate(all="ignore"):
        y = call(*tensors)
        total = sum((part * g).sum() for part, g in zip(leaves(y), leaves(random_like(values(y), rng))))
        total.real.backward(create_graph=True)
        first = [t.grad for t in tensors]
        assert [(g.shape, g.dtype) for g in first] == [(t.shape, t.dtype) for t in tensors]
        for t in tensors:
            t.grad = None
        total = sum((g * g).sum() for g in first).real
        if total.requires_grad:
            total.backward()
    for t in tensors:
        assert t.grad is None or (type(t.grad), t.grad.shape, t.grad.dtype) == (np.ndarray, t.shape, t.dtype)


def values(y):
    return tree.map_leaves(lambda t: t.data if isinstance(t, ag.Tensor) else t, y)


CHECKS = (
    gradient_is_the_derivative,
    second_derivative_is_the_derivative_of_the_first,
    forward_and_reverse_are_adjoint,
    kinds_are_kept,
)

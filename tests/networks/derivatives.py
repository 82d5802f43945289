"""Derivatives by differences, for comparison."""

import numpy as np

import autograd_lite as ag


def by_differences(f, *arrays, h=1e-3):
    """The gradient of a number `f` by each array, from central differences of fourth order."""
    found = []
    for k, array in enumerate(arrays):
        gradient = np.zeros(np.shape(array))
        for i in np.ndindex(gradient.shape):

            def at(step, k=k, i=i):
                moved = [np.array(a, float) for a in arrays]
                moved[k][i] += step
                return f(*moved)

            gradient[i] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        found.append(gradient)
    return found


def assert_derivatives(f, *arrays, orders=2):
    """Gradients of `f` up to that order agree with differences, jointly by the arrays and by the gradient `g` given."""
    rng = np.random.default_rng(0)
    everything = (*arrays, rng.uniform(0.5, 1.5, np.shape(f(*arrays))))
    argnums = tuple(range(len(everything)))

    def number(*args):
        *xs, g = args
        return np.sum(f(*xs) * g)

    gradient = ag.grad(number, argnums)
    found = gradient(*everything)
    for ours, expected in zip(found, by_differences(number, *everything), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-8)
    if orders > 1:
        vs = [rng.uniform(0.5, 1.5, np.shape(d)) for d in found]
        assert_derivatives(
            lambda *args: sum(np.sum(v * d) for v, d in zip(vs, gradient(*args), strict=True)), *everything, orders=orders - 1
        )

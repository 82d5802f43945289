"""Roots, fixed points and functions of symmetric matrices: derivatives of every order, and nothing lost on the way."""

import numpy as np
import pytest

import autograd_lite as ag

RNG = np.random.default_rng(5)
W = RNG.normal(size=(3, 3)) * 0.3


def step(x, a, p=None):
    return np.tanh(W @ x + a) if p is None else np.tanh(W @ x * p["scale"] + a + p["shift"][0])


def unrolled(a):
    x = np.zeros(3)
    for _ in range(120):
        x = step(x, a)
    return x


A, V = RNG.normal(size=3), RNG.normal(size=3)
WAYS = {
    "fixed_point": lambda a: ag.fixed_point(step, np.zeros(3), a),
    "root": lambda a: ag.root(lambda x, a: step(x, a) - x, np.zeros(3), a),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_derivatives_of_every_order_are_those_of_the_unrolled_iteration(way):
    def loss(solution):
        return lambda a: np.sum(np.sin(solution(a)) * V)

    exact, found = loss(unrolled), loss(way)
    np.testing.assert_allclose(way(A), unrolled(A), rtol=1e-14)
    np.testing.assert_allclose(ag.grad(found)(A), ag.grad(exact)(A), rtol=1e-12)
    np.testing.assert_allclose(ag.hessian(found)(A), ag.hessian(exact)(A), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(ag.jvp(way, (A,), (V,))[1], ag.jvp(unrolled, (A,), (V,))[1], rtol=1e-12)
    third = [ag.hvp(lambda a, f=f: np.sum(ag.grad(f)(a) * V))(A, V) for f in (found, exact)]
    np.testing.assert_allclose(*third, rtol=1e-10, atol=1e-12)


def test_backward_reaches_every_leaf_of_containers():
    a = ag.tensor(A, requires_grad=True)
    p = {"scale": ag.tensor(0.9, requires_grad=True), "shift": [ag.tensor(0.1, requires_grad=True)]}
    ag.fixed_point(step, np.zeros(3), a, p).sum().backward()

    def loss(a, p):
        x = np.zeros(3)
        for _ in range(120):
            x = step(x, a, p)
        return np.sum(x)

    of_a, of_p = ag.grad(loss, (0, 1))(A, {"scale": 0.9, "shift": [0.1]})
    np.testing.assert_allclose(a.grad, of_a, rtol=1e-12)
    np.testing.assert_allclose(p["scale"].grad, of_p["scale"], rtol=1e-12)
    np.testing.assert_allclose(p["shift"][0].grad, of_p["shift"][0], rtol=1e-12)


def test_a_solver_of_the_users_own_is_called_with_arrays():
    def bisection(g, x0):
        low, high = x0, x0 + 10
        for _ in range(80):
            middle = (low + high) / 2
            assert type(g(middle)) is np.ndarray
            low, high = (middle, high) if g(middle) < 0 else (low, middle)
        return low

    def square_root(a):
        return ag.root(lambda x, a: x**2 - a, 0.0, a, solve=bisection)

    assert float(ag.grad(ag.grad(square_root))(4.0)) == pytest.approx(-1 / 32, rel=1e-13)


def test_a_tensor_that_is_closed_over_is_refused_with_the_line_to_write():
    t = ag.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"root: .* is no argument.*ag\.root\(lambda x, t"):
        ag.root(lambda x: x**2 - t, 1.0)
    with pytest.raises(TypeError, match=r"fixed_point: .*ag\.fixed_point"):
        ag.fixed_point(lambda x: np.cos(x) * t, 1.0)
    constant = t.detach()
    assert float(ag.root(lambda x: x**2 - constant, 1.0)) == pytest.approx(2**0.5, rel=1e-15)


WRONG = {
    "shape": (lambda: ag.root(lambda x: np.sum(x), np.ones(2)), ValueError, "as many equations as unknowns"),
    "no root": (lambda: ag.root(lambda x: x**2 + 1, 1.5), RuntimeError, "found no root"),
    "no fixed point": (lambda: ag.fixed_point(lambda x: x + 1, 0.0, max_iterations=9), RuntimeError, "still moves after 9"),
    "away to inf": (lambda: ag.fixed_point(lambda x: 2 * x + 1, 0.5), RuntimeError, "leads away from x0"),
    "away to nan": (lambda: ag.fixed_point(lambda x: np.log(x), 0.5), RuntimeError, "leads away from x0"),
    "no derivative": (lambda: ag.grad(lambda a: ag.root(lambda x, a: x * a, 0.0, a))(0.0), np.linalg.LinAlgError, "Singular"),
}


@pytest.mark.parametrize(("call", "kind", "text"), WRONG.values(), ids=WRONG)
def test_what_has_no_solution_says_so(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


# -- functions of symmetric matrices -------------------------------------------------------------------------------------


def with_eigenvalues(*w):
    q = np.linalg.qr(np.random.default_rng(len(w)).normal(size=(len(w), len(w))))[0]
    return q * np.array(w) @ q.T


def by_series(a):
    """exp(a) as a polynomial, which has derivatives at every matrix."""
    term = total = np.eye(a.shape[-1])
    for k in range(1, 40):
        term = term @ a / k
        total = total + term
    return total


MATRICES = {
    "different": with_eigenvalues(0.1, 0.9, 1.7, 2.2),
    "two equal": with_eigenvalues(1, 1, 2, 3),
    "all equal": np.eye(3),
    "nearly equal": with_eigenvalues(1, 1 + 1e-7, 2.0),
    "a little apart": with_eigenvalues(1, 1.004, 1.03),
}


@pytest.mark.parametrize("a", MATRICES.values(), ids=MATRICES)
def test_functions_of_matrices_are_right_at_equal_eigenvalues_to_every_order(a):
    rng = np.random.default_rng(0)
    b, v, u = rng.normal(size=(3, *a.shape))

    def losses():
        yield lambda a: np.sum(b * ag.symmetric_function(np.exp, a))
        yield lambda a: np.sum(b * by_series((a + a.T) / 2))

    f, g = losses()
    np.testing.assert_allclose(ag.grad(f)(a), ag.grad(g)(a), rtol=0, atol=1e-11)
    np.testing.assert_allclose(ag.hvp(f)(a, v), ag.hvp(g)(a, v), rtol=0, atol=1e-9)
    third = [ag.hvp(lambda a, h=h: np.sum(ag.grad(h)(a) * u))(a, v) for h in losses()]
    np.testing.assert_allclose(*third, rtol=0, atol=1e-6)
    tangent = ag.jvp(lambda a: ag.symmetric_function(np.exp, a), (a,), (v,))[1]
    np.testing.assert_allclose(tangent, ag.jvp(lambda a: by_series((a + a.T) / 2), (a,), (v,))[1], rtol=0, atol=1e-11)


def test_a_batch_of_matrices_is_each_of_them():
    batch = np.stack([MATRICES["all equal"], MATRICES["nearly equal"]])
    found = ag.grad(lambda a: np.sum(ag.symmetric_function(np.sqrt, a) ** 3))(batch)
    for a, g in zip(batch, found):
        np.testing.assert_allclose(g, ag.grad(lambda a: np.sum(ag.symmetric_function(np.sqrt, a) ** 3))(a), atol=1e-13)


def test_a_function_that_uses_a_tensor_is_refused():
    t = ag.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"symmetric_function\(np.exp, t \* a\)"):
        ag.symmetric_function(lambda w: np.exp(t * w), np.eye(2))

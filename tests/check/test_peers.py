"""The checker with the arrays, functions and gradients of other libraries, where they are installed."""

import numpy as np
import pytest

import autograd_lite as ag
from tests.check.checking import check

X = np.array([1.0, 2.0, 0.5])
W = np.arange(6.0).reshape(3, 2) / 5 + 0.1


def test_pytorch_gives_gradients_to_arrays():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def f(x, w):
        return torch.tanh(torch.as_tensor(x) @ torch.as_tensor(w)).numpy()

    def gradient(x, w, v):
        inputs = (torch.as_tensor(x), torch.as_tensor(w))
        return torch.autograd.functional.vjp(lambda x, w: torch.tanh(x @ w), inputs, torch.as_tensor(v))[1]

    assert ag.check_gradients(f, X, W, gradient=gradient).compared == 2 * 9
    wrong = check(f, X, W, gradient=lambda x, w, v: [2 * g for g in gradient(x, w, v)])
    assert wrong.diagnosis[0].startswith("x: 2 times")


def test_pytorch_from_tensor_to_tensor():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = torch.tensor(X)
    assert ag.check_gradients(torch.sin, x, gradient=lambda x, v: v * torch.cos(x)).compared == 9
    assert not check(torch.sin, x, gradient=lambda x, v: v * torch.sin(x)).ok
    single = ag.check_gradients(torch.sin, x.float(), gradient=lambda x, v: v * torch.cos(x))
    assert single.compared == 9
    assert torch.equal(x, torch.tensor(X))

    def squares(x, i, v):
        g = torch.zeros_like(x)
        g[i] = 2 * v * x[i]
        return g

    assert ag.check_gradients(lambda x, i: x[i] ** 2, x, torch.tensor([0, 2]), gradient=squares).compared == 6


def test_a_pytorch_module_needs_a_gradient():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    with pytest.raises(TypeError, match="Linear is a module of another library; give its gradient too"):
        ag.check_gradients(torch.nn.Linear(3, 2), X)


def test_jax_gives_gradients_to_arrays():
    jax = pytest.importorskip("jax", reason="JAX is not installed")

    def f(x, w):
        return jax.numpy.tanh(x @ w)

    def gradient(x, w, v):
        return jax.vjp(f, x, w)[1](v)

    x, w = X.astype(np.float32), W.astype(np.float32)  # what JAX computes in by default
    assert ag.check_gradients(f, x, w, gradient=gradient).compared == 2 * 9
    assert ag.check_gradients(f, jax.numpy.asarray(x), jax.numpy.asarray(w), gradient=gradient).compared == 2 * 9
    assert not check(f, x, w, gradient=lambda x, w, v: gradient(x, 1.01 * w, v)).ok


def test_jax_functions_are_given_jax_arrays():
    jax = pytest.importorskip("jax", reason="JAX is not installed")

    def f(x):
        return x.at[0].set(0.0) ** 2

    x = jax.numpy.asarray(X, dtype=np.float32)
    assert ag.check_gradients(f, x, gradient=lambda x, v: jax.vjp(f, x)[1](v)[0]).compared == 9


def test_hips_autograd_gives_gradients():
    numpy_of_autograd = pytest.importorskip("autograd.numpy", reason="HIPS autograd is not installed")
    from autograd import grad, make_vjp

    def f(x):
        return numpy_of_autograd.sum(numpy_of_autograd.sin(x) * x)

    assert ag.check_gradients(f, X, gradient=grad(f)(X)).ok
    assert ag.check_gradients(f, X, gradient=lambda x, v: make_vjp(f)(x)[0](v)).ok

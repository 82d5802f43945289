"""Complex numbers beside PyTorch, where it is installed: gradients of real losses and of gradients, in the same convention.

A function that both know by one name is given the same numbers; the loss is the real part of a weighted sum.
"""

import operator

import numpy as np
import pytest

import autograd_lite as ag

torch = pytest.importorskip("torch")

OF_NUMBERS = """
    exp exp2 expm1 log log2 log10 log1p sqrt square reciprocal sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh
    arctanh negative positive conj angle abs real imag sinc sign
"""
OF_TWO = "add subtract multiply divide power matmul dot vdot outer kron tensordot"
OF_ARRAYS = "sum mean prod std var cumsum cumprod trace diagonal ravel"
FOURIER = ["fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "hfft", "ihfft", "fftshift", "ifftshift", "rfft", "irfft"]
OF_MATRICES = "inv det pinv eigvalsh svdvals cholesky"
NAMES = {"reciprocal": "reciprocal", "conj": "conj_physical", "abs": "abs", "sign": "sgn", "arccos": "acos", "arcsin": "asin"}
RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.uniform(-0.9, 0.9, shape) + 1j * RNG.uniform(0.1, 0.9, shape)


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def compare(ours, theirs, *arrays):
    """The value, the gradient and the gradient of a sum over it."""
    y = np.asarray(ours(*arrays))
    c, w = RNG.standard_normal(y.shape) + 1j * RNG.standard_normal(y.shape), [numbers(*x.shape) for x in arrays]
    places = tuple(range(len(arrays)))

    def loss(*xs):
        return np.sum(np.real(np.conj(c) * ours(*xs)))

    def of_gradients(*xs):
        return sum(np.sum(np.real(np.conj(v) * g)) for v, g in zip(w, ag.grad(loss, places)(*xs), strict=True))

    xs = [torch.from_numpy(x.copy()).requires_grad_() for x in arrays]
    expected = theirs(*xs)
    same(y, expected.detach().resolve_conj().numpy())
    first = torch.autograd.grad((torch.as_tensor(np.conj(c)) * expected).real.sum(), xs, create_graph=True)
    for g, h in zip(ag.grad(loss, places)(*arrays), first, strict=True):
        same(g, h.detach().resolve_conj().numpy())
    total = sum((torch.as_tensor(np.conj(v)) * g).real.sum() for v, g in zip(w, first, strict=True))
    if not total.requires_grad:  # linear
        return
    second = torch.autograd.grad(total, xs, allow_unused=True)
    for g, h, x in zip(ag.grad(of_gradients, places)(*arrays), second, arrays, strict=True):
        same(g, np.zeros(x.shape) if h is None else h.resolve_conj().numpy())


@pytest.mark.parametrize("name", OF_NUMBERS.split())
def test_functions_of_numbers(name):
    compare(getattr(np, name), getattr(torch, NAMES.get(name, name)), numbers(3, 4))


@pytest.mark.parametrize("name", OF_TWO.split())
def test_functions_of_two_arrays(name):
    shapes = {"dot": [(4,), (4,)], "vdot": [(4,), (4,)], "outer": [(3,), (4,)], "tensordot": [(2, 3, 4), (3, 4, 2)]}
    theirs = getattr(torch, {"power": "pow"}.get(name, name))
    compare(getattr(np, name), theirs, *(numbers(*shape) for shape in shapes.get(name, [(3, 3), (3, 3)])))


@pytest.mark.parametrize("name", OF_ARRAYS.split())
def test_functions_of_an_array(name):
    ours = {"cumsum": lambda x: np.cumsum(x, 0), "cumprod": lambda x: np.cumprod(x, 0)}.get(name, getattr(np, name))
    theirs = {
        "cumsum": lambda x: torch.cumsum(x, 0),
        "cumprod": lambda x: torch.cumprod(x, 0),
        "std": lambda x: torch.std(x, correction=0),
        "var": lambda x: torch.var(x, correction=0),
    }.get(name, getattr(torch, name))
    compare(ours, theirs, numbers(3, 3))


@pytest.mark.parametrize("name", FOURIER)
def test_fourier_transforms(name):
    x = numbers(4, 4)
    x = x.real.copy() if name in ("rfft", "ihfft") else x
    compare(getattr(np.fft, name), getattr(torch.fft, name), x)


@pytest.mark.parametrize("name", OF_MATRICES.split())
def test_linear_algebra(name):
    hermitian = name in ("eigvalsh", "cholesky")

    def ours(m):
        return getattr(np.linalg, name)(m @ np.conj(m.mT) + 2 * np.eye(3) if hermitian else m)

    def theirs(m):
        return getattr(torch.linalg, name)(m @ m.mT.conj() + 2 * torch.eye(3) if hermitian else m)

    compare(ours, theirs, numbers(3, 3))


@pytest.mark.parametrize("operate", [operator.add, operator.sub, operator.mul, operator.truediv, operator.matmul])
@pytest.mark.parametrize("real", [0, 1])
def test_a_real_and_a_complex_argument(operate, real):
    arrays = [numbers(3, 3), numbers(3, 3)]
    arrays[real] = arrays[real].real.copy()
    compare(operate, lambda a, b: operate(a + 0j, b + 0j), *arrays)

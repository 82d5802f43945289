"""Errors say which expression of the caller's they are about, and the line to write instead."""

import cmath
import math
import operator
import types

import numpy as np
import pytest

import autograd_lite as ag

t = ag.tensor([1.0, 2.0], requires_grad=True)
s = ag.tensor(0.5, requires_grad=True)
a, n = np.ones((2, 2)), 3
masked = np.ma.masked_array([1.0, 2.0], [False, True])


def library(name, source):
    """A module of another library, whose functions turn what they are given into arrays."""
    module = types.ModuleType(name)
    exec(compile(source, f"/site-packages/{name}.py", "exec"), module.__dict__)
    return module


SERIES = "import numpy as np\nclass Series:\n    __array_ufunc__ = None\n    def __mul__(self, other): return np.asarray(other)"
series = library("pandas.core", SERIES).Series()
norm = library("scipy.stats", "import numpy as np\ndef logpdf(x): return np.asarray(x) ** 2")
S = library("scipy.sparse", "import numpy as np\nclass csr:\n    def __matmul__(self, x): return np.asarray(x)").csr()
eigh = library("scipy._lib._util", "import numpy as np\ndef eigh(x): return np.asarray(x)").eigh
series_of = np.polynomial
doubled = np.vectorize(lambda x: 2.0 * x)
other = library("elsewhere", "import numpy as np\ndef smooth(x): return np.asarray(x) ** 2")
frame = type("DataFrame", (), {"__module__": "pandas", "__array_function__": lambda *_: NotImplemented})()


def matrix():
    return np.asmatrix(a)


# fmt: off
MESSAGES = {  # the call, its expression as the error shows it, and what to write
    "arr.dot(t)": (lambda: a.dot(t), "a.dot(t)", "a @ t, or np.dot(a, t)"),
    "np.full": (lambda: np.full(n, s), "np.full(n, s)", "np.broadcast_to(t, n)"),
    "np.array([t, t])": (lambda: np.array([s, s]), "np.array([s, s])", "np.stack([...])"),
    "np.sum([t, t])": (lambda: np.sum([s, s]), "np.sum([s, s])", "import autograd_lite.numpy as np"),
    "np.array of a door": (lambda: np.array([s, s]), "np.array([s, s])", "import autograd_lite.numpy as np"),
    "np.full, the door": (lambda: np.full(n, s), "np.full(n, s)", "import autograd_lite.numpy as np"),
    "np.float64": (lambda: np.float64(s), "np.float64(s)", "import autograd_lite.numpy as np"),
    "arr[i:j] += t": (lambda: operator.iadd(a[0], t), "np.add: out=", "import autograd_lite.numpy as np"),
    "np.copyto": (lambda: np.copyto(a[0], t), "np.copyto", "import autograd_lite.numpy as np"),
    "np.r_": (lambda: np.r_[t, 1.0], "np.r_[t, 1.0]", "np.concatenate"),
    "np.c_": (lambda: np.c_[t, t], "np.c_[t, t]", "np.stack([a, b], axis=1)"),
    "np.arange": (lambda: np.arange(s), "np.arange(s)", "start + step * np.arange(n)"),
    "np.polynomial": (
        lambda: np.polynomial.polynomial.polyval(a, t),
        "np.polynomial.polynomial.polyval(a, t)",
        "write np.polyval(c[::-1], x)",
    ),
    "legval": (lambda: np.polynomial.legendre.legval(a, t), "np.polynomial.legendre.legval(a, t)", "legvander(x, len(c) - 1)"),
    "np.vectorize": (lambda: np.vectorize(math.sin)(t), "np.vectorize(math.sin)(t)", "NumPy's functions"),
    "a vectorized function": (lambda: doubled(t), "doubled(t)", "import autograd_lite.numpy as np"),
    "nanstd about a mean": (lambda: np.nanstd([1.0], mean=s), "np.nanstd([1.0], mean=s): there is no", "np.nanmean((a - mean)"),
    "polyval": (lambda: series_of.polynomial.polyval(1.5, t), "polyval(1.5, t)", "np.polyval(c[::-1], x)"),
    "chebval": (lambda: series_of.chebyshev.chebval(1.5, t), "chebval(1.5, t)", "chebvander"),
    "a Polynomial": (lambda: series_of.Polynomial([1.0, 2.0])(s), "series_of.Polynomial([1.0, 2.0])(s)", "polyval(t, p.coef)"),
    "np.frompyfunc": (lambda: np.frompyfunc(lambda x: x, 1, 1)(t), "<lambda>, as np.frompyfunc", "import autograd_lite.numpy"),
    "scipy.linalg of a wrapper": (lambda: eigh(t), "eigh(t)", "np.linalg.eigh"),
    "random": (lambda: np.random.default_rng(0).normal(s), "np.random.default_rng(0).normal(s)", "mean + scale * rng.normal"),
    "math.sin": (lambda: math.sin(s), "math.sin(s)", "np.sin(s)"),
    "math.pow": (lambda: math.pow(s, 2), "math.pow(s, 2)", "np.power(s, 2)"),
    "math.hypot": (lambda: math.hypot(s, 1.0), "math.hypot(s, 1.0)", "np.hypot(s, 1.0)"),
    "math.gamma": (lambda: math.gamma(s), "math.gamma(s)", "special.gamma(s), after 'from autograd_lite.scipy import special'"),
    "math.fsum": (lambda: math.fsum(t), "math.fsum(t)", "np.sum(t)"),
    "math.fsum of a list": (lambda: math.fsum([s, s]), "math.fsum([s, s])", "np.sum(np.stack([s, s]))"),
    "math.log with a base": (lambda: math.log(s, 2), "math.log(s, 2)", "np.log(x) / np.log(base)"),
    "cmath.sqrt": (lambda: cmath.sqrt(s), "cmath.sqrt(s)", "np.sqrt(s + 0j)"),
    "cmath.exp": (lambda: cmath.exp(s), "cmath.exp(s)", "np.exp(s)"),
    "np.array of a Tensor": (lambda: np.array(t), "np.array(t)", "write t.copy()"),
    "np.ascontiguousarray": (lambda: np.ascontiguousarray(t), "np.ascontiguousarray(t)", "write t.copy()"),
    "np.where of lists": (lambda: np.where([True, False], [s, 1.0], 0.0), "np.where([True, False]", "ag.tensor([a, 1.0])"),
    "np.interp, ends": (lambda: np.interp(0.5, [0.0], [1.0], left=s), "np.interp(0.5", "np.interp(ag.tensor(x), ...)"),
    "np.interp of a list": (lambda: np.interp(0.5, [0.0, 1.0], [s, s]), "np.interp(0.5", "ag.tensor([a, 1.0])"),
    "np.stack of lists": (lambda: np.stack([[s, 0.0], [0.0, s]]), "np.stack([[s", "ag.tensor([a, 1.0])"),
    "a permutation": (lambda: np.random.default_rng(0).permutation(t), ".permutation(t)", "t[rng.permutation(len(t))]"),
    "a draw of whole numbers": (lambda: np.random.default_rng(0).poisson(abs(t)), ".poisson(abs(t))", "rng.poisson(t.data)"),
    "a masked array * t": (lambda: masked * t, "masked * t", "a.filled(0.0)"),
    "out= with where=": (
        lambda: np.divide(1.0, t, out=np.zeros(2), where=t > 0), "np.divide: out=", "np.where(mask, np.divide(...), a)"
    ),
    "percent": (lambda: "%.2f" % s, '"%.2f" % s', 'f"{t:.2f}"'),  # noqa: UP031
    "a list beside an array": (lambda: a + [s, s], "a + [s, s]", "ag.tensor([a, 1.0])"),
    "pandas": (lambda: series * t, "series * t", "a.to_numpy(float)"),
    "scipy.stats": (lambda: norm.logpdf(t), "norm.logpdf(t)", "ag.primitive(norm.logpdf"),
    "scipy.sparse": (lambda: S @ t, "S @ t", "ag.linear(S)(t)"),
    "another library": (lambda: other.smooth(t), "other.smooth(t)", "ag.primitive(other.smooth"),
    "t * a masked array": (lambda: t * masked, "multiply", "a.filled(0.0)"),
    "np.where of a masked array": (lambda: np.where([True, False], t, masked), "where", "a.filled(0.0)"),
    "np.concatenate of a masked array": (lambda: np.concatenate([t, masked]), "concatenate", "a.filled(0.0)"),
    "a matrix @ t": (lambda: matrix() @ t, "matmul", "np.asarray(a)"),
    "np.dot of a matrix": (lambda: np.dot(matrix(), t), "dot", "np.asarray(a)"),
    "np.dot of a DataFrame": (lambda: np.dot(frame, t), "dot", "a.to_numpy(float)"),
    "np.stack of a DataFrame": (lambda: np.stack([frame, t]), "stack", "a.to_numpy(float)"),
    "t * a DataFrame": (lambda: t * frame, "multiply", "a.to_numpy(float)"),
    "argnum=": (lambda: ag.grad(np.sum, argnum=0), "ag.grad: there is no option argnum=", "argnums=0"),
    "outputs=": (lambda: ag.grad(outputs=t, inputs=[t]), "ag.grad: there is no option outputs=", "y.backward(create_graph=True)"),
    "wrt=": (lambda: ag.hessian(np.sum, wrt=1), "ag.hessian: there is no option wrt=", "argnums=0"),
    "modes=": (lambda: ag.jacobian(np.sum, modes="forward"), "ag.jacobian: there is no option modes=", "mode"),
    "argnums by name": (lambda: ag.grad(lambda x, y: x * y, argnums="y")(1.0, 2.0), "argnums='y'", "Write argnums=1"),
    "argnums by names": (lambda: ag.grad(lambda x, y: x * y, ("y", "x"))(1.0, 2.0), "argnums=('y', 'x')", "argnums=(1, 0)"),
    "argnums=None": (lambda: ag.grad(lambda x: x, argnums=None)(1.0), "argnums=None", "position"),
    "grad of a Tensor": (lambda: ag.grad(s * 2.0), "ag.grad takes a function, not an object of type Tensor", "loss.backward()"),
    "jacobian of f at x": (lambda: ag.jacobian(np.sin, np.ones(2)), "ag.jacobian makes a function", "ag.jacobian(f)(x)"),
    "hvp of f at x": (lambda: ag.hvp(np.sum, np.ones(2), np.ones(2)), "ag.hvp makes a function", "ag.hvp(f)(x, v)"),
    "grad of f at a number": (lambda: ag.grad(np.sin, 1.0), "ag.grad makes a function", "ag.grad(f)(x)"),
    "view of a dtype": (lambda: t.view(np.int64), "view(", "t.astype(dtype)"),
    "view of a shape": (lambda: t.view(2, 1), "view(2, 1)", "t.reshape(shape)"),
}
# fmt: on


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix
@pytest.mark.parametrize(("call", "what", "instead"), MESSAGES.values(), ids=MESSAGES)
def test_an_error_names_the_expression_and_the_line_to_write(call, what, instead):
    with pytest.raises(TypeError) as caught:
        call()
    text = str(caught.value)
    assert what in text
    assert instead in text
    assert "NotImplemented" not in text
    assert "no implementation found" not in text


def test_writing_into_an_array_names_the_line_to_write():
    with pytest.raises(ValueError, match="setting an array element") as caught:
        a[0, 0] = s
    assert "In a[0, 0]: write a = ag.zeros(n)" in str(caught.value.__cause__)


def test_the_recipe_for_sparse_products_has_derivatives_of_every_order():
    def product(a):
        return ag.primitive(lambda x: a @ x, x=lambda g: product(a.T)(g))

    m = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 4.0]])
    found = ag.hessian(lambda x: np.sum(product(m)(x) ** 3))(np.ones(3))
    assert np.allclose(found, ag.hessian(lambda x: np.sum((m @ x) ** 3))(np.ones(3)))


def test_an_error_without_a_source_is_the_general_one():
    with pytest.raises(TypeError, match="would lose the gradient.*Write t.detach"):
        eval(compile("math.sin(s)", "<nowhere>", "eval"))


def test_the_attributes_of_an_array_are_there_or_refused_in_words():
    x = ag.tensor(np.ones((2, 3), np.float32), requires_grad=True)
    for name in ("itemsize", "nbytes", "strides"):
        assert getattr(x, name) == getattr(x.data, name)
    assert x.flags.c_contiguous
    assert not x.T.flags.c_contiguous
    assert x.conjugate() is x
    assert np.array_equal(x.view().data, x.data)
    np.sum(x.view() * 2.0).backward()
    assert np.array_equal(x.grad, np.full((2, 3), 2.0))
    with pytest.raises(AttributeError, match=r"t\.data\.base"):
        x.base

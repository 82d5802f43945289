"""The checker takes what people give it: arguments, results and gradients in every form."""

from collections import namedtuple
from functools import partial

import numpy as np
import pytest

import autograd_lite as ag
import nn
from tests.check.checking import check, cosine, total

X = np.array([1.0, 2.0, 0.5])
Pair = namedtuple("Pair", "a b")


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


# -- arguments -------------------------------------------------------------------------------------------------------------

POINTS = {
    "float": 1.0,
    "float64": np.float64(1.0),
    "float32": np.float32(1.0),
    "0-d": np.array(1.0),
    "float16 array": X.astype(np.float16),
    "float32 array": X.astype(np.float32),
    "longdouble array": X.astype(np.longdouble),
    "big-endian": X.astype(">f8"),
    "big-endian float32": X.astype(">f4"),
    "read-only": read_only(X),
    "not contiguous": np.arange(1.0, 9.0)[::2],
    "negative strides": X[::-1],
    "Fortran": np.asfortranarray(np.arange(1.0, 9.0).reshape(2, 4)),
    "Tensor": ag.tensor(X),
    "subclass": X.view(np.recarray),
}


@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize("gradient", [None, cosine], ids=["ours", "theirs"])
def test_a_point_is_given_as_anything_that_numpy_takes(x, gradient):
    if isinstance(x, ag.Tensor) and gradient is None:
        x = ag.tensor(X, requires_grad=True)
    right = check(np.sin, x, gradient=gradient)
    assert right.ok, str(right)
    assert right.compared == np.size(getattr(x, "data", x) if isinstance(x, ag.Tensor) else x) ** 2
    wrong = check(np.sin, x, gradient=lambda x, v: 2 * cosine(x, v))
    assert not wrong.ok
    assert "dtype" not in str(wrong)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
@pytest.mark.parametrize("f", [np.sin, np.sum])
def test_of_nothing_zero_entries_are_compared(f, shape):
    result = check(f, np.zeros(shape))
    assert result.ok
    assert str(result).startswith(f"gradients of {f.__name__}: correct. 0 entries compared.\n  how: no derivatives, ")
    assert ag.check_gradients(np.sin, np.zeros(shape), gradient=cosine, order=1).ok


CONTAINERS = {
    "list": (lambda p: np.sin(p[0]) + p[1], [1.0, 2.0]),
    "dict": (lambda p: np.sum(p["w"] * p["b"]), {"w": X, "b": 2.0}),
    "namedtuple": (lambda p: np.sum(p.a * p.b), Pair(X, 2.0)),
    "nested": (lambda p: np.sum(p["q"][0].a * p["q"][1]), {"q": [Pair(X, 2.0), 3.0], "none": None}),
}


@pytest.mark.parametrize(("f", "x"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers_of_arrays(f, x):
    assert ag.check_gradients(f, x, order=2).ok
    assert ag.check_gradients(f, x, gradient=lambda x, v: ag.vjp(f, x)[1](v)).ok
    assert ag.check_gradients(f, x, gradient=ag.grad(f)(x)).ok


def test_a_tensor_is_left_as_it_was():
    x = ag.tensor(X, requires_grad=True)
    np.sum(x * x).backward()
    before = (x.data, x.grad)
    ag.check_gradients(lambda x: np.sum(x**2), x, order=2)
    ag.check_gradients(lambda y: np.sum(x * y), X)
    assert (x.data is before[0], x.grad is before[1], x.requires_grad) == (True, True, True)
    assert np.array_equal(x.grad, 2 * X)


def test_what_is_not_of_floating_point_numbers_is_constant():
    result = ag.check_gradients(lambda x, n, name, nothing: np.sum(x**n), X, 3, "name", None)
    assert result.compared == 3


@pytest.mark.parametrize(
    ("f", "args", "text"),
    [
        (np.sin, (3,), "no argument of sin has floating-point numbers. Write 3.0 instead of 3"),
        (np.sin, (np.arange(3),), "no argument of sin has floating-point numbers"),
        (np.argmax, (X,), "argmax returned int64: no floating-point numbers, so there is nothing to differentiate"),
        (lambda x: None, (X,), "returned nothing: no floating-point numbers"),
        (lambda x: "text", (X,), "returned str: no floating-point numbers"),
    ],
)
def test_nothing_to_differentiate_is_an_error(f, args, text):
    with pytest.raises(TypeError) as error:
        ag.check_gradients(f, *args, gradient=lambda x, v: x)
    assert text in str(error.value)


Z = np.array([1 + 2j, -0.5 + 0.3j])


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (np.sin, (1j,)),
        (np.abs, (Z,)),
        (lambda z: np.sum(np.conj(z) * z**2), (Z,)),
        (lambda x: x * 1j, (X,)),
        (lambda x, z: {"product": np.outer(x, z), "sum": np.sum(x)}, (X, Z.astype(np.complex64))),
        (lambda z: np.fft.fft(z.real + 2 * z.imag), (Z,)),
    ],
)
def test_complex_functions_are_judged_by_their_parts(f, args):
    result = ag.check_gradients(f, *args, order=2)
    assert result.compared >= 4


@pytest.mark.parametrize(
    ("gradient", "right"),
    [
        (lambda z, v: np.conj(2 * z) * v, True),
        (lambda z, v: 2 * z * v, False),  # the conjugate forgotten
        (lambda z, v: np.conj(2 * z * v), False),
        (lambda z, v: (np.conj(2 * z) * v).real, False),
    ],
)
def test_a_complex_gradient_given_is_that_of_pytorch(gradient, right):
    """dL/dRe z + i dL/dIm z from the same of the result: the conjugate of the derivative times the cotangent."""
    assert ag.check_gradients(np.square, Z, gradient=gradient, raise_=False).ok == right


@pytest.mark.parametrize(("order", "text"), [(3, "order=3"), (0, "order=0")])
def test_orders_are_one_and_two(order, text):
    with pytest.raises(ValueError, match=text):
        ag.check_gradients(np.sin, 1.0, order=order)


def test_the_second_order_is_of_our_own_derivatives():
    with pytest.raises(TypeError, match="leave out gradient"):
        ag.check_gradients(np.sin, 1.0, gradient=cosine, order=2)


# -- functions -------------------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "tuple": (lambda x: (np.sin(x), x**2), 18),
    "dict with other things": (lambda x: {"a": np.sin(x), "n": 3, "shape": x.shape}, 9),
    "list": (lambda x: [x, 2 * x], 18),
    "constant": (lambda x: 3.0, 3),
    "an empty result": (lambda x: x[:0], 0),
    "keyword-only": (lambda x, *, n=2: x**n, 9),
    "partial": (partial(np.power, 2.0), 9),
    "only positional": (lambda *a: a[0] ** 2, 9),
}


@pytest.mark.parametrize(("f", "compared"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_return_numbers_in_any_container(f, compared):
    assert ag.check_gradients(f, X).compared == compared


def test_python_functions_without_a_signature():
    assert ag.check_gradients(max, 2.0, 3.0, gradient=lambda x, y, v: (0.0, v)).ok


def test_what_a_function_raises_passes_through():
    def f(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        check(f, X)
    with pytest.raises(ZeroDivisionError):
        check(np.sin, X, gradient=lambda x, v: 1 / 0)


def test_a_result_of_changing_shape_is_an_error():
    with pytest.raises(ValueError, match=r"\(1,\).* at a nearby point"):
        check(lambda x: x[x >= 1], X[:2], gradient=lambda x, v: v)


# -- gradients -------------------------------------------------------------------------------------------------------------


def product(x, y):
    return np.sum(np.sin(x) * y)


def powers(x, n):
    return np.sum(x**n)


GRADIENTS = {
    "array": (total, (X,), np.cos(X)),
    "list": (total, (X,), np.cos(X).tolist()),
    "list of lists": (total, (np.ones((2, 2)),), np.cos(np.ones((2, 2))).tolist()),
    "list for float32": (total, (np.ones(2, np.float32),), np.cos(np.ones(2)).tolist()),
    "number": (np.sin, (1.0,), float(np.cos(1.0))),
    "integer": (lambda x: 3 * x, (1.0,), 3),
    "integers": (lambda x: np.sum(3 * x), (X,), np.array([3, 3, 3])),
    "Tensor": (total, (X,), ag.tensor(np.cos(X))),
    "tuple of one": (total, (X,), (np.cos(X),)),
    "list of one array": (total, (X,), [np.cos(X)]),
    "list of one number": (total, (np.ones(1),), [np.cos(1.0)]),
    "one row in a list": (total, (X[None],), [np.cos(X).tolist()]),
    "tuple of two": (product, (X, X), (np.cos(X) * X, np.sin(X))),
    "list of two": (product, (X, X), [np.cos(X) * X, np.sin(X)]),
    "function": (product, (X, X), lambda x, y, v: (v * np.cos(x) * y, v * np.sin(x))),
    "None for zeros": (lambda x, y: np.sum(x), (X, 2.0), lambda x, y, v: (v * np.ones(3), None)),
    "constants left out": (powers, (X, 2), lambda x, n, v: v * n * x ** (n - 1)),
    "None for constants": (powers, (X, 2), lambda x, n, v: (v * n * x ** (n - 1), None)),
    "a view of the cotangent": (np.transpose, (np.ones((2, 3)),), lambda x, v: v.T),
    "the cotangent": (lambda x: x, (X,), lambda x, v: v),
    "array for a list": (lambda x: np.sum(np.sin(x)), ([1.0, 2.0],), cosine),
    "two results": (lambda x: (np.sin(x), x**2), (X,), lambda x, v: v[0] * np.cos(x) + 2 * x * v[1]),
    "of a model": (nn.Linear(3, 2), (X,), lambda x, v: ag.vjp(lambda x: model(x), x)[1](v)[0]),
}
model = GRADIENTS["of a model"][0]


@pytest.mark.parametrize(("f", "args", "gradient"), GRADIENTS.values(), ids=GRADIENTS)
def test_a_gradient_is_given_in_any_form(f, args, gradient):
    result = check(f, *args, gradient=gradient)
    assert result.ok, str(result)
    assert result.compared > 0


@pytest.mark.parametrize(
    ("f", "args", "gradient", "text"),
    [
        (product, (X, X), lambda x, y, v: (x, y, y), "gradient returned 3 gradients for 2 arguments; return a tuple"),
        (product, (X, X), lambda x, y, v: x, "gradient returned one ndarray for 2 arguments; return a tuple"),
        (total, (X,), lambda x, v: (total(x), cosine(x, v)), "gradient returned 2 gradients for 1 argument; return one."),
        (total, (X,), lambda x, v: [1.0, [2.0]], "lists of different lengths"),
        (CONTAINERS["dict"][0], CONTAINERS["dict"][1:], lambda p, v: {"w": X}, "the whole has the parts ['w'], not ['w', 'b']"),
        (CONTAINERS["dict"][0], CONTAINERS["dict"][1:], lambda p, v: X, "the whole is no container"),
    ],
)
def test_gradients_of_another_number_or_container_are_named(f, args, gradient, text):
    result = check(f, *args, gradient=gradient)
    assert not result.ok
    assert text in result.problems[0]


@pytest.mark.parametrize("gradient", [lambda x: np.cos(x), np.cos, lambda x, v, w: v])
def test_a_gradient_takes_the_cotangent_last(gradient):
    with pytest.raises(TypeError, match=r"gradient must take 2 arguments.*Write gradient\(x, v\)"):
        check(np.sin, X, gradient=gradient)


def test_an_array_is_no_gradient_of_many_results():
    with pytest.raises(TypeError, match=r"sin returned \[\(3,\)\], not one number. Give a function gradient\(x, v\)"):
        check(np.sin, X, gradient=np.cos(X))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [3, 3000], ids=["all", "directions"])
def test_a_gradient_that_is_not_finite_is_wrong(bad, size):
    x = np.linspace(0.5, 1, size)
    factor = np.where(np.arange(size) == 1, bad, 1.0)
    result = check(total, x, gradient=lambda x, v: factor * cosine(x, v))
    assert not result.ok
    assert result.worst.index == (1,)
    assert "nan or infinite, where the derivative is finite" in result.diagnosis[0]


# -- modules ---------------------------------------------------------------------------------------------------------------


def network():
    rng = np.random.default_rng(0)
    return nn.Sequential(nn.Linear(3, 2, rng=rng), nn.Tanh(), nn.Linear(2, 1, rng=rng))


def state(module):
    return [(p, p.data, p.data.copy(), p.grad, p.requires_grad) for p in module.parameters()]


def assert_unchanged(module, before):
    for p, (same, data, values, grad, requires_grad) in zip(module.parameters(), before, strict=True):
        assert (p is same, p.data is data, p.grad is grad, p.requires_grad) == (True, True, True, requires_grad)
        assert np.array_equal(p.data, values)


@pytest.mark.parametrize("order", [1, 2])
def test_a_module_is_checked_by_its_parameters_and_left_alone(order):
    module = network()
    np.sum(module(np.ones((4, 3)))).backward()
    before = state(module)
    result = ag.check_gradients(module, np.ones((2, 3)), order=order)
    assert result.compared >= 2 * 11
    assert_unchanged(module, before)


def test_a_graph_of_the_module_outlives_the_check():
    module = network()
    loss = np.sum(module(np.ones((4, 3))))
    ag.check_gradients(module, np.ones((2, 3)))
    loss.backward()
    assert module[0].weight.grad is not None


def test_frozen_parameters_are_constants():
    module = network()
    module[0].weight.requires_grad = False
    assert ag.check_gradients(module, np.ones((1, 3))).compared == 5
    module.requires_grad_(False)
    assert ag.check_gradients(module, np.ones((1, 3))).compared == 3  # by the input


def test_a_module_without_parameters_is_checked_by_its_input():
    assert ag.check_gradients(nn.Tanh(), X).compared == 9


def test_shared_parameters_count_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(2, 2, rng=np.random.default_rng(0))
            self.other = self.one

        def forward(self, x):
            return self.other(np.tanh(self.one(x)))

    assert ag.check_gradients(Twice(), np.ones((1, 2))).compared == 2 * 6


def test_a_module_that_raises_is_left_alone():
    class Failing(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.calls = nn.Linear(2, 2), 0

        def forward(self, x):
            self.calls += 1
            if self.calls == 6:
                raise RuntimeError("mine")
            return self.inner(x)

    module = Failing()
    before = state(module)
    with pytest.raises(RuntimeError, match="mine"):
        ag.check_gradients(module, np.ones((1, 2)))
    assert module.calls == 6
    assert_unchanged(module, before)


def test_running_statistics_are_put_back():
    class Centred(nn.Linear):
        mean = np.zeros(2)

        def forward(self, x):
            y = super().forward(x)
            self.mean = 0.9 * self.mean + 0.1 * y.data.mean(axis=0)
            return y - np.mean(y, axis=0)

        def state_dict(self):
            return super().state_dict() | {"mean": self.mean.copy()}

        def load_state_dict(self, state_dict, strict=True):
            self.mean = state_dict["mean"]
            super().load_state_dict({k: v for k, v in state_dict.items() if k != "mean"}, strict=strict)

    module = Centred(3, 2)
    before = state(module)
    assert ag.check_gradients(module, np.arange(12.0).reshape(4, 3)).ok
    assert np.array_equal(module.mean, np.zeros(2))
    assert_unchanged(module, before)


def test_dropout_in_training_is_not_deterministic():
    class Noisy(nn.Linear):
        def forward(self, x):
            y = super().forward(x)
            return y * (noise.random(y.shape) < 0.5) if self.training else y

    noise = np.random.default_rng(0)
    module = Noisy(2, 2)
    result = check(module, np.ones((1, 2)))
    assert set(result.verdicts) == {"non-deterministic"}
    assert "model.eval()" in result.problems[0]
    assert ag.check_gradients(module.eval(), np.ones((1, 2))).ok


# -- second order ----------------------------------------------------------------------------------------------------------


def bare(t):
    return t.data if isinstance(t, ag.Tensor) else t


cosine_but_steeper = ag.primitive(lambda x: np.cos(x), x=lambda g, x: -1.01 * g * np.sin(x))
WRONG_IN_SECOND_ORDER = {
    "detached": (ag.primitive(np.sin, x=lambda g, x: g * np.cos(bare(x))), "x: zero"),
    "detached cotangent": (ag.primitive(np.sin, x=lambda g, x: bare(g) * np.cos(x)), "cotangent: zero"),
    "wrong rule inside": (ag.primitive(np.sin, x=lambda g, x: g * cosine_but_steeper(x)), "1.01 times"),
}


@pytest.mark.parametrize(("f", "diagnosis"), WRONG_IN_SECOND_ORDER.values(), ids=WRONG_IN_SECOND_ORDER)
def test_rules_that_are_wrong_in_second_order_alone_are_caught(f, diagnosis):
    assert ag.check_gradients(f, X).ok
    result = check(f, X, order=2)
    assert not result.ok
    assert diagnosis in result.diagnosis[0]
    assert result.diagnosis[0].startswith("second order: ")
    assert "d gradient[" in str(result.worst)


def test_a_hessian_that_is_not_symmetric_is_caught():
    multiply = ag.primitive(lambda a, b: a * b, a=lambda g, b: g * bare(b), b=lambda g, a: g * a)
    assert ag.check_gradients(multiply, 2.0, 3.0).ok
    result = check(multiply, 2.0, 3.0, order=2)
    assert any(problem.startswith("second order: symmetry: ") for problem in result.problems), str(result)


def test_forward_and_reverse_mode_are_compared():
    result = check(WRONG_IN_SECOND_ORDER["detached cotangent"][0], X, order=2)
    assert any(problem.startswith("second order: adjoint: ") for problem in result.problems)


def test_second_derivatives_wait_for_the_first():
    result = check(ag.primitive(np.sin, x=lambda g, x: g), X, order=2)
    assert result.method.endswith("not the second derivatives, since the first are wrong")


# -- the end of the real numbers ---------------------------------------------------------------------------------------------

ENDS = {  # which are complex at some points nearby; sums, as their order is not smooth
    "eigvals": lambda a: np.sum(np.exp(np.linalg.eigvals(a))),
    "eig": lambda a: np.sum(np.linalg.eig(a)[0] ** 3),
}


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="eigenvalues are complex everywhere")
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("gap", [1e-6, 1e-3, 0.01, 1.0])
@pytest.mark.parametrize("name", ENDS)
def test_a_result_that_is_complex_at_points_nearby_is_undefined_there(name, gap, order):
    """Eigenvalues meet as the entry below the diagonal goes to 0, and leave the real numbers beyond."""
    result = check(ENDS[name], np.array([[2.0, 1.0], [gap, 2.0]]), order=order)
    assert "fails" not in result.verdicts, str(result)
    assert not result.problems
    if gap >= 0.01:
        assert result.ok, str(result)


def test_a_gradient_that_cannot_be_computed_at_the_point_itself_is_still_an_error():
    def no_tensors(x):
        if isinstance(x, ag.Tensor):
            raise TypeError("arrays only")
        return np.sum(x)

    for order in (1, 2):
        with pytest.raises(TypeError, match="arrays only"):
            check(no_tensors, X, order=order)


def test_where_a_square_root_of_complex_numbers_leaves_the_real_ones_its_derivative_ends():
    value, error = ag.numerical_derivative(lambda x: np.emath.sqrt(x), 0.3)
    assert abs(value - 0.5 / np.sqrt(0.3)) <= error < 1e-9
    assert ag.numerical_derivative(lambda x: np.emath.sqrt(x), 0.0).error == np.inf


def test_the_checker_takes_complex_steps_where_a_function_takes_complex_numbers():
    weights = np.array([1e3, 1e-7])
    doubles = lambda x: np.sum(weights * np.sin(x.astype(float)))  # noqa: E731
    either = lambda x: np.sum(weights * np.sin(x)) if np.iscomplexobj(x) else doubles(x)  # noqa: E731
    sharp, blunt = (check(f, X[:2], gradient=lambda x, v: v * weights * np.cos(x)) for f in (either, doubles))
    assert sharp.verdicts == {"passes": 2}
    assert blunt.verdicts == {"passes": 1, "below resolution": 1}


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("x", [0.0, 709.0])
def test_a_gradient_that_is_not_finite_is_no_subgradient(x, wrong):
    f = (lambda x: np.sum(np.maximum(x, 0))) if x == 0 else (lambda x: np.sum(np.exp(x)))
    assert not check(f, np.array([x]), gradient=lambda x, v=1.0: v * np.full_like(x, wrong)).ok


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.exp, [300.0, 1e-200]),
        (np.square, [1e100, 1e-150]),
        (np.arccos, [1 - 1e-13]),
        (np.log1p, [-1 + 1e-15]),
        (np.sqrt, [1.7e308, 1e-320]),
    ],
)
def test_a_right_gradient_beside_the_end_of_the_numbers_is_not_called_wrong(f, x):
    text = str(check(lambda x: np.sum(f(x)), np.array(x)))
    assert "NOT correct" not in text, text


def test_the_smallest_and_the_largest_numbers_are_reported_on():
    for f, x, factor in ((lambda x: np.sum(x * 1e-310), [1.0, 2.0], 1e-310), (np.sum, [1.7e308], 1.0)):
        result = check(f, np.array(x), gradient=lambda x, v, factor=factor: v * (2 * factor + 0 * x))
        assert not result.ok
        assert str(result)

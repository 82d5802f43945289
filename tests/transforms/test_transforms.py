"""Functions of functions: each gives what calculus says, in any nesting, and loses nothing."""

import collections
import inspect
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.transforms import tree

X = np.array([0.5, -1.5, 2.0])
A = np.array([[2.0, 1.0, 0.0], [1.0, -3.0, 0.5], [0.0, 0.5, 1.0]])  # symmetric
Pair = collections.namedtuple("Pair", "w b")


def quadratic(x):
    """Gradient A x, Hessian A."""
    return 0.5 * (x @ (A @ x))


def cubic(x):
    return np.sum(x**3)


def close(a, b):
    np.testing.assert_allclose(a.data if isinstance(a, ag.Tensor) else a, b, rtol=1e-12, atol=1e-12)


# -- what calculus says -------------------------------------------------------------------------------------------


def test_grad():
    close(ag.grad(quadratic)(X), A @ X)


def test_value_and_grad():
    value, gradient = ag.value_and_grad(quadratic)(X)
    close(value, quadratic(X))
    close(gradient, A @ X)


def test_jacobian_has_the_axes_of_the_output_and_then_those_of_the_input():
    close(ag.jacobian(lambda x: A @ x)(X), A)
    assert ag.jacobian(lambda x: np.outer(x, x))(X).shape == (3, 3, 3)
    assert ag.jacobian(lambda x: x.reshape(1, 3))(np.ones((3, 1))).shape == (1, 3, 3, 1)
    assert ag.jacobian(lambda x: x[:0])(X).shape == (0, 3)


def test_hessian():
    close(ag.hessian(quadratic)(X), A)
    close(ag.hessian(cubic)(X), np.diag(6 * X))


def test_hvp():
    close(ag.hvp(quadratic)(X, np.arange(3.0)), A @ np.arange(3.0))


def test_vjp_can_be_pulled_again():
    value, pullback = ag.vjp(np.multiply, X, 2 * X)
    close(value, 2 * X * X)
    for g in (np.ones(3), X):
        a, b = pullback(g)
        close(a, g * 2 * X)
        close(b, g * X)


def test_jvp():
    value, tangent = ag.jvp(np.multiply, (X, A), (np.ones(3), 0 * A))
    close(value, X * A)
    close(tangent, A)


@pytest.mark.parametrize("f", [cubic, quadratic, lambda x: np.prod(np.sin(x)), lambda x: np.log(np.sum(np.exp(x)))])
def test_the_transforms_agree(f):
    v = np.array([1.0, 2.0, -1.0])
    gradient, hessian = ag.grad(f)(X), ag.hessian(f)(X)
    close(ag.jacobian(f)(X), gradient)
    close(ag.vjp(f, X)[1](1.0)[0], gradient)
    close(ag.jvp(f, (X,), (v,))[1], gradient @ v)
    close(ag.hvp(f)(X, v), hessian @ v)
    close(ag.jacobian(ag.grad(f))(X), hessian)
    close(ag.jvp(ag.grad(f), (X,), (v,))[1], hessian @ v)
    close(ag.grad(lambda x: ag.grad(f)(x) @ v)(X), hessian @ v)
    close(hessian, hessian.T)


# -- arguments ----------------------------------------------------------------------------------------------------


def f3(a, b, c):
    return a * b**2 * c**3


@pytest.mark.parametrize("argnums", [0, 1, 2, -1, -3, (0, 1), [1, -1], (1,), ()])
def test_argnums_choose_the_arguments(argnums):
    a, b, c = 2.0, 3.0, 4.0
    by_hand = (b**2 * c**3, 2 * a * b * c**3, 3 * a * b**2 * c**2)
    wanted = tuple(by_hand[i] for i in argnums) if isinstance(argnums, (tuple, list)) else by_hand[argnums]
    found = ag.grad(f3, argnums)(a, b, c)
    assert isinstance(found, tuple) == isinstance(argnums, (tuple, list))
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("transform", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian])
@pytest.mark.parametrize("argnums", [3, -4, (0, 7)])
def test_an_argnum_that_is_not_there_is_refused(transform, argnums):
    with pytest.raises(TypeError, match="3 positional arguments"):
        transform(f3, argnums)(1.0, 1.0, 1.0)


SEVERAL_RESULTS = {
    "an array": lambda x: np.stack([x[0] * x[1], x[1] ** 3, np.sin(x[2])]),
    "more results than arguments": lambda x: np.outer(x, x**2),
    "a linear function": lambda x: 2 * x,
    "containers": lambda x: {"a": x**2, "b": (np.sum(x**3), x[:1] * x[1:])},
}


@pytest.mark.parametrize("mode", [None, "forward", "reverse"])
@pytest.mark.parametrize("f", SEVERAL_RESULTS.values(), ids=SEVERAL_RESULTS)
def test_the_hessian_of_several_numbers_has_that_of_each(f, mode):
    found = [h for _, h in tree.leaves(ag.hessian(f, mode=mode)(X))]
    for k, (hessian, (_, y)) in enumerate(zip(found, tree.leaves(f(X)), strict=True)):
        assert hessian.shape == (*np.shape(y), 3, 3)
        for i in np.ndindex(np.shape(y)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ag.GradientWarning)
                close(hessian[i], ag.hessian(lambda x, k=k, i=i: np.sum(list(tree.leaves(f(x)))[k][1][i]))(X))


def test_the_hessian_of_several_numbers_has_the_containers_of_the_arguments_twice():
    found, aux = ag.hessian(lambda p, b: (p["a"] * b, "aux"), (0, 1), has_aux=True)({"a": X}, 2.0)
    assert aux == "aux"
    close(found[0]["a"][1], np.eye(3))
    close(found[1][0]["a"], np.eye(3))
    assert found[0]["a"][0]["a"].shape == (3, 3, 3)
    assert ag.jacobian(ag.hessian(np.sin))(X).shape == (3,) * 4


def test_a_hessian_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no array. Does it end in a return"):
        ag.hessian(lambda x: None)(X)


def test_several_argnums_make_blocks():
    found = ag.hessian(lambda a, b: np.sum(a * b) ** 2, (0, 1))(np.ones(2), 2 * np.ones(2))
    assert [[block.shape for block in row] for row in found] == [[(2, 2)] * 2] * 2
    close(found[0][1], found[1][0].T)


def test_other_arguments_are_handed_through_as_they_are():
    def f(x, how, *, scale):
        return np.sum(x) * scale if how == "sum" else None

    assert ag.grad(f)(X, "sum", scale=3.0).tolist() == [3, 3, 3]


def test_has_aux_hands_the_second_value_through():
    def f(x):
        return np.sum(x * x), {"twice": 2.0 * x, "name": "f", "none": None}

    gradient, aux = ag.grad(f, has_aux=True)(X)
    close(gradient, 2 * X)
    close(aux["twice"], 2 * X)
    assert type(aux["twice"]) is np.ndarray
    assert aux["name"] == "f"
    (value, aux), gradient = ag.value_and_grad(f, has_aux=True)(X)
    close(value, X @ X)
    value, pullback, aux = ag.vjp(f, X, has_aux=True)
    close(pullback(1.0)[0], 2 * X)
    value, tangent, aux = ag.jvp(f, (X,), (X,), has_aux=True)
    close(tangent, 2 * X @ X)
    jacobian, aux = ag.jacobian(f, has_aux=True)(X)
    close(jacobian, 2 * X)
    hessian, aux = ag.hessian(f, has_aux=True)(X)
    close(hessian, 2 * np.eye(3))
    assert type(aux["twice"]) is np.ndarray
    product, aux = ag.hvp(f, has_aux=True)(X, X)
    close(product, 2 * X)
    with pytest.raises(TypeError, match="pair"):
        ag.grad(quadratic, has_aux=True)(X)


@pytest.mark.parametrize(
    "parameters",
    [
        {"w": X, "b": {"deep": [1.0, (2.0,)]}},
        [X, [X, {}], 1.0],
        (X, (), None),
        Pair(X, {"b": 1.0}),
        [Pair(X, None), {"a": Pair(1.0, X)}],
        collections.OrderedDict(b=X, a=1.0),
    ],
    ids=repr,
)
def test_containers_come_back_as_they_went_in(parameters):
    def total(p):
        return sum(np.sum(leaf * leaf) for leaf in flatten(p))

    gradient = ag.grad(total)(parameters)
    assert structure(gradient) == structure(parameters)
    for g, x in zip(flatten(gradient), flatten(parameters)):
        close(g, 2 * np.asarray(x))


def flatten(p):
    if isinstance(p, dict):
        p = list(p.values())
    return [] if p is None else [leaf for part in p for leaf in flatten(part)] if isinstance(p, (list, tuple)) else [p]


def structure(p):
    if isinstance(p, dict):
        return type(p), {k: structure(v) for k, v in p.items()}
    return (type(p), [structure(v) for v in p]) if isinstance(p, (list, tuple)) else type(p) if p is None else "leaf"


def test_outputs_may_be_containers():
    def f(x):
        return {"sum": np.sum(x), "squares": Pair(x * x, [x])}

    value, pullback = ag.vjp(f, X)
    assert structure(value) == structure(f(X))
    (gradient,) = pullback({"sum": 1.0, "squares": Pair(np.ones(3), [np.zeros(3)])})
    close(gradient, 1 + 2 * X)
    _, tangent = ag.jvp(f, (X,), (np.ones(3),))
    close(tangent["squares"].w, 2 * X)
    jacobian = ag.jacobian(f)(X)
    close(jacobian["squares"].w, np.diag(2 * X))
    close(jacobian["squares"].b[0], np.eye(3))


def test_an_output_may_be_its_input_or_stand_twice():
    value, pullback = ag.vjp(lambda x: (x, x, 1.0), X)
    close(value[0], X)
    close(pullback((np.ones(3), X, 5.0))[0], 1 + X)
    close(ag.jvp(lambda x: (x, x), (X,), (X,))[1][1], X)


# -- kinds --------------------------------------------------------------------------------------------------------


def test_python_floats_are_arguments():
    assert ag.grad(lambda x: x * x)(3.0) == 6
    assert ag.hessian(lambda x: x**3)(2.0) == 12
    assert ag.jvp(np.sin, (0.0,), (2.0,))[1] == 2


@pytest.mark.parametrize(
    ("argument", "text"),
    [(3, "3.0"), (True, "3.0"), (np.arange(3), "dtype=float"), ({"w": [1]}, r"\['w'\]\[0\](.|\n)*3\.0")],
    ids=repr,
)
@pytest.mark.parametrize("transform", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian])
def test_integers_are_refused_with_what_to_write(transform, argument, text):
    with pytest.raises(TypeError, match=text):
        transform(lambda x: x)(argument)


@pytest.mark.parametrize("argument", ["a", object(), {1.0}, np.array(["a"])], ids=lambda x: type(x).__name__)
def test_what_is_no_array_is_refused(argument):
    with pytest.raises(TypeError):
        ag.grad(lambda x: 1.0)(argument)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_each_precision_stays(dtype):
    x = X.astype(dtype)
    found = [ag.grad(cubic)(x), ag.hessian(cubic)(x), ag.jvp(np.sin, (x,), (x,))[1], ag.vjp(np.sin, x)[1](x)[0]]
    found += [ag.hvp(cubic)(x, x), ag.jacobian(np.sin)(x), ag.value_and_grad(cubic)(x)[0]]
    assert {np.asarray(y).dtype for y in found} == {np.dtype(dtype)}


@pytest.mark.parametrize("transform", [ag.grad, ag.hessian, ag.jacobian])
@pytest.mark.parametrize("x", [X, X.reshape(3, 1), np.ones((0, 2)), 1.0])
def test_arrays_give_arrays_of_their_own(transform, x):
    found = transform(lambda x: np.sum(x * x))(x)
    assert type(found) is np.ndarray
    found[...] = 7.0


def test_gradients_of_one_pass_share_no_memory():
    a, b = ag.grad(lambda a, b: np.sum(a + b), (0, 1))(X, X)
    a[0] = 9.0
    assert b[0] == 1


def test_results_share_no_memory_with_what_was_given():
    x = X.copy()
    x.flags.writeable = False
    for f in (lambda x: x, lambda x: +x, lambda x: x.reshape(3, 1)):
        value, pullback = ag.vjp(f, x)
        g = np.ones_like(value)
        assert not np.shares_memory(value, x)
        assert not np.shares_memory(pullback(g)[0], g)
        assert not np.shares_memory(ag.jvp(f, (x,), (x,))[1], x)


def test_writing_into_a_value_changes_no_pullback():
    """exp saves its output, which is the value handed out."""
    value, pullback = ag.vjp(np.exp, X)
    value[...] = 7.0
    close(pullback(np.ones(3))[0], np.exp(X))


def test_constant_functions_have_derivatives_of_zero():
    assert ag.grad(lambda x, y: np.sum(y * y), (0, 1))(X, X)[0].tolist() == [0, 0, 0]
    assert not ag.hessian(lambda x: np.sum(x))(X).any()
    assert not ag.hvp(np.sum)(X, X).any()
    with pytest.warns(ag.GradientWarning):
        assert ag.grad(lambda x: 1.0)(X).tolist() == [0, 0, 0]
    with pytest.warns(ag.GradientWarning):
        assert not ag.jacobian(lambda x: np.ones(2))(X).any()
    with pytest.warns(ag.GradientWarning):
        assert not ag.hessian(lambda x: 1.0)(X).any()
    with pytest.warns(ag.GradientWarning):
        assert not ag.jvp(lambda x: np.ones(2), (X,), (X,))[1].any()
    with pytest.warns(ag.GradientWarning):
        assert not ag.vjp(lambda x: np.ones(2), X)[1](np.ones(2))[0].any()
    with pytest.warns(ag.GradientWarning):
        assert ag.grad(lambda x: ag.grad(lambda y: x * 1.0)(2.0))(3.0) == 0


def test_integer_outputs_have_no_derivative():
    value, pullback = ag.vjp(lambda x: (np.argmax(x), x * x), X)
    assert value[0] == 2
    close(pullback((0, np.ones(3)))[0], 2 * X)
    with pytest.raises(TypeError, match="floating-point"):
        ag.grad(np.argmax)(X)


@pytest.mark.parametrize(
    ("misuse", "error", "text"),
    [
        (lambda: ag.grad(np.sin)(X), ValueError, "jacobian"),
        (lambda: ag.grad(lambda x: (x, x))(1.0), ValueError, "has_aux"),
        (lambda: ag.grad(lambda x: None)(1.0), ValueError, "single number, but returned no array. Does it end in a return"),
        (lambda: ag.grad(lambda x: 2 * x)(np.ones(3)), ValueError, r"returned an array of shape \(3,\). Reduce it"),
        (lambda: ag.grad(lambda x: (x, x))(1.0), ValueError, r"returned 2 arrays, of shapes .* has_aux=True"),
        (lambda: ag.grad(lambda x: "a")(1.0), TypeError, "returned str"),
        (lambda: ag.vjp(np.sin, X)[1](np.ones(2)), ValueError, r"shape \(2,\), but must have \(3,\)"),
        (lambda: ag.vjp(np.sin, X)[1](1.0), ValueError, r"\(3,\)"),
        (lambda: ag.vjp(np.sin, X)[1]((X,)), ValueError, "containers"),
        (lambda: ag.vjp(lambda x: {"a": x}, X)[1]({"b": X}), ValueError, "containers"),
        (lambda: ag.jvp(np.sin, (X,), (np.ones(2),)), ValueError, r"shape \(2,\)"),
        (lambda: ag.jvp(np.sin, X, X), TypeError, r"ag\.jvp\(f, \(x,\), \(v,\)\)"),
        (lambda: ag.jvp(np.add, (X, X), (X,)), ValueError, "containers"),
        (lambda: ag.hvp(quadratic)(X), TypeError, "vector"),
        (lambda: ag.hvp(quadratic)(X, np.ones(2)), ValueError, r"\(2,\)"),
    ],
)
def test_misuse_is_refused_with_what_to_write(misuse, error, text):
    with pytest.raises(error, match=text):
        misuse()


def test_a_transformed_function_keeps_its_name():
    for transform in (ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian, ag.hvp):
        assert transform(quadratic).__name__ == "quadratic"
        assert inspect.getdoc(transform(quadratic)) == quadratic.__doc__


# -- nesting ------------------------------------------------------------------------------------------------------


def test_grads_nest_to_any_order():
    f = np.sin
    for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin, np.cos):
        f = ag.grad(f)
        close(f(0.7), expected(0.7))


def test_perturbations_are_not_confused():
    """d/dx (x * d/dy (x + y)) = 1, which a confused tape calls 2 (Siskind and Pearlmutter, 2005)."""
    assert ag.grad(lambda x: x * ag.grad(lambda y: x + y)(1.0))(1.0) == 1
    assert ag.grad(lambda x: x * ag.grad(lambda y: x * y)(2.0))(3.0) == 6
    assert ag.jvp(lambda x: x * ag.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1


def test_a_loss_may_call_grad():
    def loss(x):
        return np.sum(ag.grad(cubic)(x) ** 2)  # sum of 9 x^4

    close(ag.grad(loss)(X), 36 * X**3)
    close(ag.hessian(loss)(X), np.diag(108 * X**2))
    close(ag.hvp(loss)(X, X), 108 * X**3)


def test_grad_through_every_transform():
    v = np.array([1.0, 2.0, 3.0])
    close(ag.grad(lambda x: np.sum(ag.jacobian(np.sin)(x)))(X), -np.sin(X))
    close(ag.grad(lambda x: np.sum(ag.hessian(cubic)(x)))(X), [6.0] * 3)
    close(ag.grad(lambda x: ag.jvp(cubic, (x,), (v,))[1])(X), 6 * X * v)
    close(ag.grad(lambda v: ag.jvp(cubic, (X,), (v,))[1])(v), 3 * X**2)
    close(ag.grad(lambda x: ag.vjp(cubic, x)[1](2.0)[0] @ v)(X), 12 * X * v)
    close(ag.grad(lambda g: ag.vjp(cubic, X)[1](g)[0] @ v)(2.0), 3 * X**2 @ v)
    close(ag.grad(lambda x: ag.hvp(cubic)(x, v) @ v)(X), 6 * v**2)
    close(ag.grad(lambda v: ag.hvp(cubic)(X, v) @ v)(v), 12 * X * v)
    close(ag.grad(lambda x: ag.value_and_grad(cubic)(x)[0])(X), 3 * X**2)
    close(ag.grad(lambda x: ag.value_and_grad(cubic)(x)[1] @ v)(X), 6 * X * v)


def test_jvp_of_every_transform():
    v = np.array([1.0, 2.0, 3.0])
    close(ag.jvp(ag.grad(cubic), (X,), (v,))[1], 6 * X * v)
    close(ag.jvp(ag.jacobian(np.sin), (X,), (v,))[1], -np.diag(np.sin(X) * v))
    close(ag.jvp(lambda x: ag.jvp(cubic, (x,), (v,))[1], (X,), (v,))[1], 6 * X @ v**2)
    close(ag.jvp(lambda x: ag.vjp(cubic, x)[1](1.0)[0], (X,), (v,))[1], 6 * X * v)
    close(ag.jacobian(lambda x: ag.jvp(np.sin, (x,), (v,))[1])(X), -np.diag(np.sin(X) * v))


def test_a_step_of_training_can_be_differentiated_by_its_rate():
    """One step of descent on x^2/2 from 3: the loss after it is (3 - 3 r)^2 / 2, with slope -9 (1 - r)."""

    def after(rate):
        x = 3.0
        for _ in range(2):
            x = x - rate * ag.grad(lambda x: 0.5 * x * x)(x)
        return 0.5 * x * x

    close(ag.grad(after)(0.25), -2 * 9 * 0.75**3)


# -- what is tracked outside --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda w: ag.grad(lambda x: np.sum(w * x * x))(X), 2 * X),
        (lambda w: ag.value_and_grad(lambda x: np.sum(w * x * x))(X)[0], X**2),
        (lambda w: ag.value_and_grad(lambda x: np.sum(w * x * x))(X)[1], 2 * X),
        (lambda w: ag.vjp(lambda x: w * x, X)[0], X),
        (lambda w: ag.vjp(lambda x: w * x, X)[1](X)[0], X),
        (lambda w: ag.vjp(lambda x: x * x, X)[1](w)[0], 2 * X),
        (lambda w: ag.jvp(lambda x: w * x, (X,), (X,))[1], X),
        (lambda w: ag.jvp(lambda x: x * x, (X,), (w,))[1], 2 * X),
        (lambda w: ag.jacobian(lambda x: w * x * x)(X).sum(0), 2 * X),
        (lambda w: ag.hessian(lambda x: np.sum(w * x**3))(X).sum(0), 6 * X),
        (lambda w: ag.hvp(lambda x: np.sum(w * x**3))(X, X), 6 * X**2),
        (lambda w: ag.grad(lambda x: np.sum(x**3))(w), 6 * np.ones(3)),
        pytest.param(
            lambda w: ag.grad(lambda x: np.sum(w))(X) + w,
            np.ones(3),
            marks=pytest.mark.filterwarnings("ignore::autograd_lite.GradientWarning"),
        ),
        (lambda w: ag.grad(lambda x: (np.sum(x), w * X), has_aux=True)(X)[1], X),
    ],
)
def test_a_tracked_tensor_in_a_closure_or_an_argument_gets_its_gradient(call, expected):
    w = ag.tensor(np.ones(3), requires_grad=True)
    found = call(w)
    assert isinstance(found, ag.Tensor)
    found.sum().backward()
    close(w.grad, expected)


def test_leaves_in_a_closure_are_given_no_gradient_by_a_transform():
    w = ag.tensor(X, requires_grad=True)
    ag.grad(lambda x: np.sum(w * x))(X)
    assert w.grad is None


def test_an_argument_that_is_a_leaf_keeps_its_gradient():
    w = ag.tensor(X, requires_grad=True)
    gradient = ag.grad(cubic)(w)
    assert w.grad is None
    close(gradient, 3 * X**2)


def test_constant_tensors_in_give_tensors_out():
    found = ag.grad(cubic)(ag.tensor(X))
    assert isinstance(found, ag.Tensor)
    assert not found.requires_grad


def test_transforms_work_inside_no_grad_and_leave_nothing_connected():
    w = ag.tensor(np.ones(3), requires_grad=True)
    with ag.no_grad():
        gradient = ag.grad(lambda x: np.sum(w * x * x))(X)
        close(ag.hessian(cubic)(X), np.diag(6 * X))
        close(ag.jvp(cubic, (X,), (X,))[1], 3 * X**2 @ X)
    assert not isinstance(gradient, ag.Tensor) or not gradient.requires_grad
    close(gradient, 2 * X)


def test_tracked_arguments_inside_no_grad_have_their_derivatives():
    x = ag.tensor(X, requires_grad=True)
    with ag.no_grad():
        found = ag.grad(cubic)(x), ag.vjp(cubic, x)[1](1.0)[0], ag.jacobian(cubic)(x), ag.hvp(cubic)(x, np.ones(3))
        both = ag.grad(lambda a, b: np.sum(a**3 * b), argnums=(0, 1))(x, np.ones(3))
    for g, expected in zip((*found, *both), (3 * X**2, 3 * X**2, 3 * X**2, 6 * X, 3 * X**2, X**3), strict=True):
        assert not isinstance(g, ag.Tensor) or not g.requires_grad
        close(g, expected)


@pytest.mark.parametrize("where", ["outside, under no_grad", "inside"])
def test_a_transform_frees_no_graph_but_its_own(where):
    kept = []

    def with_a_leaf_of_its_own(x):
        w = ag.tensor(X, requires_grad=True)
        kept.append((w, w * w))
        return np.sum(x * kept[-1][1])

    if where == "inside":
        ag.grad(with_a_leaf_of_its_own)(X)
    else:
        with_a_leaf_of_its_own(X)
        with ag.no_grad():
            ag.grad(lambda x: np.sum(x * kept[0][1]))(X)
    w, y = kept[0]
    y.sum().backward()
    close(w.grad, 2 * X)


def test_no_grad_inside_cuts():
    def f(x):
        with ag.no_grad():
            constant = x * 2.0
        return np.sum(constant * x)

    close(ag.grad(f)(X), 2 * X)


def test_an_error_inside_leaves_the_mode_as_it_was():
    with ag.no_grad():
        with pytest.raises(ZeroDivisionError):
            ag.grad(lambda x: 1 / 0)(1.0)
        assert not ag.is_grad_enabled()
    assert ag.is_grad_enabled()


# -- containers of other kinds, misuse ----------------------------------------------------------------------------


def test_dicts_of_other_kinds_keep_their_kind():
    for make in (collections.OrderedDict, lambda d: collections.defaultdict(list, d), collections.Counter):
        given = make({"a": 2.0, "b": 3.0})
        found = ag.grad(lambda d: d["a"] * d["b"] ** 2)(given)
        assert type(found) is type(given)
        assert {key: float(value) for key, value in found.items()} == {"a": 9.0, "b": 12.0}


def test_the_order_of_a_dict_does_not_matter():
    value, tangent = ag.jvp(lambda d: d["a"] ** 2 * d["b"], ({"a": 1.0, "b": 2.0},), ({"b": 1.0, "a": 0.0},))
    assert (value, tangent) == (2, 1)
    with pytest.raises(ValueError, match="must have the containers"):
        ag.jvp(lambda d: d["a"], ({"a": 1.0},), ({"b": 1.0},))


@pytest.mark.parametrize("argnums", [(0, 0), (0, -2)])
def test_an_argument_named_twice_is_refused(argnums):
    with pytest.raises(TypeError, match="twice"):
        ag.grad(lambda a, b: a * b, argnums)(1.0, 2.0)


# -- a gradient of nothing ----------------------------------------------------------------------------------------


def swallowed(x):
    try:
        return float(np.sum(x * x))
    except TypeError:
        return 0.0


INDEPENDENT = {
    "item": lambda x: np.sum(x * x).item() * 2.0,
    "isinstance": lambda x: np.sum(x * x) if isinstance(x, np.ndarray) else 3.0,
    "a swallowed exception": swallowed,
    "data": lambda x: np.sum(x.data**2) if isinstance(x, ag.Tensor) else np.sum(x**2),
    "detach": lambda x: np.sum(x.detach() ** 2) if isinstance(x, ag.Tensor) else np.sum(x**2),
    "another variable": lambda x: np.sum(ag.tensor(X, requires_grad=True) ** 2).detach(),
}
TRANSFORMS = {
    "grad": lambda f: ag.grad(f)(X),
    "value_and_grad": lambda f: ag.value_and_grad(f)(X)[1],
    "jacobian": lambda f: ag.jacobian(f)(X),
    "hessian": lambda f: ag.hessian(f)(X),
    "hvp": lambda f: ag.hvp(f)(X, X),
    "jvp": lambda f: ag.jvp(f, (X,), (X,))[1],
    "vjp": lambda f: ag.vjp(f, X)[1](1.0)[0],
    "grad of grad": lambda f: ag.grad(lambda x: np.sum(ag.grad(f)(x)))(X),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("f", INDEPENDENT.values(), ids=INDEPENDENT)
def test_a_result_that_does_not_depend_on_its_argument_warns_once_where_it_was_asked_for(f, transform):
    with pytest.warns(ag.GradientWarning, match=r"does not depend on its argument.*\.item\(\).*isinstance.*exception") as caught:
        assert not np.any(transform(f))
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_loop_warns_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(5):
            ag.grad(lambda x: 1.0)(X)
    assert len(caught) == 1


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize(
    "f",
    [np.sum, lambda x: np.sum(x[:1]), lambda x: np.sum(0.0 * x), lambda x: np.sum(np.floor(x)), lambda x: np.sum(x * x)],
    ids=["linear", "a part", "times 0", "flat", "quadratic"],
)
def test_zeros_that_are_right_do_not_warn(f, transform):
    transform(f)  # a warning is an error here


def test_partial_dependence_and_nothing_do_not_warn():
    ag.grad(lambda x, y: np.sum(y), (0, 1))(X, X)
    ag.grad(lambda p: np.sum(p["a"]))({"a": X, "b": X})
    ag.jacobian(lambda x: (np.sum(x), 1.0))(X)
    ag.grad(lambda x: np.sum(np.ones(0)))(np.ones(0))
    ag.jacobian(lambda x: np.ones(0))(X)


def test_backward_inside_a_transform_asks_for_create_graph():
    def by_backward(x, **options):
        y = np.sum(x**3)
        y.backward(**options)
        return np.sum(x.grad * x)

    with pytest.raises(RuntimeError, match=r"backward\(create_graph=True\)"):
        ag.grad(by_backward)(X)
    close(ag.grad(lambda x: by_backward(x, create_graph=True))(X), 9 * X**2)

    def alone(x):  # of its own leaf: nothing is lost
        w = ag.tensor(X, requires_grad=True)
        np.sum(w**2).backward()
        return np.sum(x * w.grad)

    close(ag.grad(alone)(X), 2 * X)

    def as_numbers(x):
        y = np.sum(x**3)
        with ag.no_grad():
            y.backward(retain_graph=True)
        return y

    close(ag.grad(as_numbers)(X), 3 * X**2)

    with pytest.raises(RuntimeError, match="create_graph"):  # the variable of a transform further out
        ag.grad(lambda x: ag.grad(lambda w: np.sum(w * lost(x)))(X)[0])(X)


def lost(x):
    w = ag.tensor(1.0, requires_grad=True)
    np.sum(w * x).backward()
    return w.grad


def test_tolist_of_a_tracked_tensor_is_refused():
    t = ag.tensor(X, requires_grad=True)
    for tracked in (t, t * 2.0):
        with pytest.raises(TypeError, match=r"tolist\(\) would lose the gradient"):
            tracked.tolist()
    assert t.detach().tolist() == t.data.tolist() == X.tolist()
    with ag.no_grad():
        assert t.tolist() == X.tolist()


# -- the two sides of a Jacobian ----------------------------------------------------------------------------------


@given(m=st.integers(0, 30), n=st.integers(0, 5), k=st.integers(0, 3), seed=st.integers(0, 99), single=st.booleans())
def test_both_sides_of_a_jacobian_are_equal(m, n, k, seed, single):
    rng = np.random.default_rng(seed)
    a, b, x, z = (rng.standard_normal(s).astype(np.float32 if single else float) for s in ((m, n), (m, k), n, (k, 1)))

    def f(p, z):
        tall = np.tanh(a @ p["x"]) * np.exp(b @ z[:, 0])
        return {"tall": tall, "count": np.argmax(np.ones(3)), "one": np.sum(p["x"] ** 3), "rows": np.outer(p["x"], z)}

    found = [ag.jacobian(f, (0, 1), mode=mode)({"x": x}, z) for mode in ("reverse", "forward", None)]
    for name, shape in (("tall", (m,)), ("count", ()), ("one", ()), ("rows", (n, k))):
        blocks = [(j[name][0]["x"], j[name][1]) for j in found]
        for pair in zip(*blocks, strict=True):
            expected = (*shape, *(x.shape if pair[0] is blocks[0][0] else z.shape))
            assert all(type(j) is np.ndarray and j.shape == expected and j.dtype == x.dtype for j in pair)
            for j in pair[1:]:
                np.testing.assert_allclose(j, pair[0], rtol=1e-4 if single else 1e-12, atol=1e-5 if single else 1e-13)


@pytest.mark.parametrize("mode", ["forward", "reverse", None])
def test_hessians_of_both_modes(mode):
    close(ag.hessian(quadratic, mode=mode)(X), A)
    close(ag.hessian(cubic, mode=mode)(X), np.diag(6 * X))
    assert ag.hessian(lambda x: np.sum(x), mode=mode)(np.ones(0)).shape == (0, 0)


@pytest.mark.parametrize("outer", ["forward", "reverse"])
@pytest.mark.parametrize("inner", ["forward", "reverse"])
def test_jacobians_nest_in_any_mode(outer, inner):
    f = lambda x: np.array([1.0, 2.0]) * np.sum(x**3)  # noqa: E731
    third = ag.jacobian(ag.jacobian(f, mode=inner), mode=outer)(X)
    close(third, np.stack([np.diag(6 * X), np.diag(12 * X)]))
    close(ag.grad(lambda x: np.sum(ag.jacobian(f, mode=inner)(x) ** 2))(X), 180 * X**3)
    w = ag.tensor(2.0, requires_grad=True)
    ag.jacobian(lambda x: w * np.tanh(x), mode=outer)(X).sum().backward()
    close(w.grad, np.sum(1 - np.tanh(X) ** 2))


def test_a_tall_jacobian_takes_few_passes():
    passes = []

    def counted(g):
        passes.append(1)
        return g * 2.0

    f = ag.primitive(lambda x: x * 2.0, x=counted)
    a = np.ones((500, 3))
    close(ag.jacobian(lambda x: a @ f(x))(X), 2 * a)
    assert len(passes) < 10
    passes.clear()
    close(ag.jacobian(lambda x: a.T @ f(x))(np.ones(500)), 2 * a.T)
    assert len(passes) == 3


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match="'forward', 'reverse', or None"):
        ag.jacobian(np.sin, mode="backward")


# -- large arrays are lent, not copied ----------------------------------------------------------------------------


@pytest.fixture
def lending(monkeypatch):
    """All arrays count as large, and as if nothing else were tracked anywhere."""
    monkeypatch.setattr("autograd_lite.transforms.recorded_call.LENT", 1)
    monkeypatch.setattr("autograd_lite.transforms.recorded_call.living_leaves", ())


def write_into_a_view(x):
    x[1:][0] = 0.0


def write_as_a_statement(x):
    x *= 2.0


def write_without_record(x):
    with ag.no_grad():
        x[...] = 7.0


def assign_data(x):
    x.data = np.zeros(3)


def write_into_data(x):
    x.data[0] = 7.0


def write_into_data_of_a_view(x):
    x[:].data[...] = 7.0


def write_into_what_is_detached(x):
    x.detach().data[0] = 7.0


def copy_to(x):
    np.copyto(x, np.zeros(3))


def shuffle_part(x):
    np.put(x.reshape(3, 1), [0], 9.0)


RECORDED = [write_into_a_view, write_as_a_statement, copy_to, shuffle_part]
WRITERS = [*RECORDED, write_without_record, assign_data, write_into_data, write_into_data_of_a_view, write_into_what_is_detached]


@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_what_a_function_writes_into_its_argument_is_its_own_also_where_that_is_lent(lending, write, read_before):
    def f(x):
        before = np.sum(x**3) if read_before else 0.0
        write(x)
        return before + np.sum(np.exp(x) * x)

    x = X.copy()
    expected, pullback = ag.vjp(f, x)  # which copies
    value, gradient = ag.value_and_grad(f)(x)
    assert value == expected
    assert x.tobytes() == X.tobytes()
    if write in RECORDED or not read_before:
        np.testing.assert_array_equal(gradient, *pullback(1.0))


def test_what_a_function_keeps_of_an_argument_that_is_lent_does_not_change_with_it(lending):
    kept = []

    def f(x):
        kept[:] = x, np.sum(x**3)
        return np.sum(x**2)

    x = X.copy()
    ag.grad(f)(x)
    x[...] = 9.0
    close(kept[0], X)
    with pytest.raises(RuntimeError, match="written into since"):
        kept[1].backward()


def test_nothing_is_lent_where_a_later_pass_may_come(monkeypatch):
    """The function of something outside gives a Tensor, which leads to the argument as it was."""
    monkeypatch.setattr("autograd_lite.transforms.recorded_call.LENT", 1)
    scale, x = ag.tensor(2.0, requires_grad=True), X.copy()
    slope = ag.grad(lambda x: scale * np.sum(x**3))(x)
    x[...] = 9.0
    np.sum(slope).backward()
    close(scale.grad, np.sum(3 * X**2))


@pytest.mark.parametrize("transform", [ag.grad, ag.elementwise_grad, ag.jacobian, lambda f: lambda x: ag.hvp(f)(x, x)])
def test_no_result_shows_the_memory_of_an_argument_that_is_lent(lending, transform):
    half_square = ag.primitive(lambda x: x * x / 2, x=lambda g, x: x, trusted=True)  # its rule gives out what was saved
    x = X.copy()
    assert not np.may_share_memory(transform(lambda x: np.sum(half_square(x)))(x), x)


def test_a_pullback_is_of_the_argument_as_it_was_given(lending):
    x = X.copy()
    _, pullback = ag.vjp(np.square, x)
    x[...] = 0.0
    close(pullback(np.ones(3))[0], 2 * X)


def test_a_large_argument_is_not_copied(monkeypatch):
    monkeypatch.setattr("autograd_lite.transforms.recorded_call.living_leaves", ())
    x = np.ones(2**22)
    tracemalloc.start()
    try:
        ag.grad(lambda x: np.sum(x * 2))(x)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * x.nbytes  # the product, the gradient
    finally:
        tracemalloc.stop()

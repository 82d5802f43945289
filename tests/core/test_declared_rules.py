"""Rules of one's own: what they are given, what they may return, and what an error says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import strategies

X = np.array([0.5, -1.0, 2.0])


def gradient_with(rule, function=lambda x: 2 * x, x=X, **options):
    declared = ag.primitive(function, x=rule, **options)
    return ag.grad(lambda x: np.sum(declared(x)))(x)


def written(g):
    g *= 2.0
    return g


def put(g):
    np.copyto(g, 0.0)
    return g


def into_x(g, x):
    x += 1.0
    return g * x


def into_part(g):
    g[0] = 0.0
    return g


@pytest.mark.parametrize("rule", [written, put, into_x, into_part])
def test_a_rule_that_writes_into_what_it_is_given_is_refused(rule):
    x = X.copy()
    with pytest.raises(ValueError, match=r"rule of '<lambda>' for 'x' writes into an array .*g = g \* x"):
        gradient_with(rule, x=x)
    assert np.array_equal(x, X)
    with pytest.raises(ValueError, match="writes into an array"):
        ag.primitive(lambda x: 2 * x, x=rule, check=[X])


def test_siblings_of_a_rule_keep_their_gradient():
    twice = ag.primitive(lambda x: 2 * x, x=written)
    a, b = (ag.tensor(X, requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="writes into"):
        (twice(a * 1.0) + b).sum().backward()
    assert a.grad is None
    assert b.grad is None


WRONG_SHAPES = {
    "(3, 1)": lambda g: 2 * g[:, None],
    "()": lambda g: 2 * g.sum(),
    "(2, 3)": lambda g: np.ones((2, 3)) * g,
    "(1, 3)": lambda g: 2 * g[None],
    "(1,)": lambda g: 2 * g[:1],
    "(4,)": lambda g: np.ones(4),
    "(0,)": lambda g: g[:0],
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("shape", WRONG_SHAPES)
def test_a_gradient_of_another_shape_is_refused_with_both_shapes(shape, order):
    declared = ag.primitive(lambda x: 2 * x, x=WRONG_SHAPES[shape])
    f = lambda x: np.sum(declared(x) ** 2)  # noqa: E731
    with pytest.raises(ValueError) as caught:
        (ag.grad if order == 1 else ag.hessian)(f)(X)
    assert shape in str(caught.value)
    assert "(3,)" in str(caught.value)
    assert "rule of '<lambda>' for 'x'" in str(caught.value)


WRONG_KINDS = {
    "complex": lambda g: g * 1j,
    "object": lambda g: g.astype(object),
    "bool": lambda g: g > 0,
    "integer": lambda g: np.ones(3, int),
    "a list": lambda g: [2.0, 2.0, 2.0],
    "a number": lambda g: 2.0,
    "nothing": lambda g: None,
    "a masked array": lambda g: np.ma.masked_array(2 * g, [True, False, False]),
    "text": lambda g: np.array(["a", "b", "c"]),
}


@pytest.mark.parametrize("kind", WRONG_KINDS)
def test_a_gradient_of_another_kind_is_refused(kind):
    with pytest.raises(TypeError, match="rule of '<lambda>' for 'x' returned"):
        gradient_with(WRONG_KINDS[kind])


def test_the_precision_of_the_argument_is_restored():
    assert gradient_with(lambda g: 2 * np.asarray(g, np.float64), x=X.astype(np.float32)).dtype == np.float32


C = np.array([1.0, 2.0, 3.0])
ALIASES = {
    "the argument": lambda g, x: x,
    "a view of the argument": lambda g, x: x[:],
    "the result": lambda g, y: y,
    "a constant": lambda g: C,
    "g": lambda g: g,
}


@pytest.mark.parametrize("rule", ALIASES.values(), ids=ALIASES)
def test_a_gradient_shares_memory_with_nothing(rule):
    declared = ag.primitive(lambda x: 2 * x, x=rule)
    x, g = ag.tensor(X, requires_grad=True), np.ones(3)
    y = declared(x)
    y.backward(g)
    before = [a.copy() for a in (x.data, y.data, g, C)]
    x.grad *= 0.0
    assert all(map(np.array_equal, (x.data, y.data, g, C), before))
    found = ag.grad(lambda x: np.sum(declared(x)))(X)
    found *= 0.0
    assert np.array_equal(C, [1, 2, 3])


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    "f",
    [lambda a, b: a + b, lambda a, b: np.stack([a, b]), lambda a, b: a * b, lambda a, b: (+a) - b],
    ids=["sum", "stack", "product", "difference"],
)
def test_gradients_of_two_leaves_share_no_memory(f, create_graph):
    a, b = (ag.tensor(X, requires_grad=True) for _ in range(2))
    y = f(a, b)
    g = ag.tensor(np.ones(y.shape))
    y.backward(g, create_graph=create_graph)
    arrays = [getattr(t, "data", t) if create_graph else t for t in (a.grad, b.grad)] + [a.data, b.data, g.data, y.data]
    for i in range(2):
        assert not any(np.may_share_memory(arrays[i], other) for k, other in enumerate(arrays) if k != i)


def test_a_tensor_inside_a_rule():
    constant, leaf = ag.tensor(C), ag.tensor(C, requires_grad=True)
    assert np.array_equal(gradient_with(lambda g: g * constant), C)  # a constant is one
    with pytest.raises(TypeError, match=r"returned a Tensor that requires grad.*t\.detach\(\)\.numpy\(\)"):
        gradient_with(lambda g: g * leaf)


def test_a_rule_that_keeps_an_intermediate_is_refused():
    def f(x):
        t = np.tanh(x)
        own = ag.primitive(lambda x: np.tanh(x), x=lambda g: g * (1 - t.data**2))
        return np.sum(own(x))

    with pytest.raises(TypeError, match="keeps 't', a Tensor that was computed outside of it"):
        ag.hessian(f)(X)


def values(t):
    return np.array([v.item() for v in t])


@pytest.mark.parametrize("rule", [lambda g, y: g * (1 - values(y) ** 2), lambda g, y: values(g) * (1 - y**2)])
def test_check_looks_at_second_derivatives_where_there_are_some(rule):
    with pytest.raises(ValueError, match="a rule does not agree"):
        ag.primitive(np.tanh, x=rule, check=[X])


def test_check_leaves_second_derivatives_alone_where_there_are_none():
    ag.primitive(np.tanh, x=lambda g, y: g * (1 - y**2), check=[X])
    ag.primitive(np.tanh, x=lambda g, y: g * np.asarray(1 - np.asarray(y) ** 2), check=[X])


def test_a_rule_that_forgets_g_at_second_order_is_refused():
    own = ag.primitive(lambda x: x**2, x=lambda g: 2 * values(g))
    f = lambda x: np.sum(np.sin(own(np.sin(x))))  # noqa: E731
    ag.grad(f)(X)
    with pytest.raises(TypeError, match="does not remember how it used g"):
        ag.hessian(f)(X)


@given(shapes=strategies.broadcastable_shapes(2, min_side=1), seed=st.integers(0, 99))
def test_broadcasting_that_the_call_explains_is_undone(shapes, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal(s) for s in shapes)
    own = ag.primitive(lambda a, b: a * b, a=lambda g, b: g * b, b=lambda g, a: g * a)
    held = ag.primitive(lambda x, c: x * c, x=lambda g, c: g * c)
    for f, argnums in ((own, (0, 1)), (lambda a, b: held(a, b), 0)):
        found = ag.grad(lambda a, b, f=f: np.sum(f(a, b) ** 2), argnums)(a, b)
        expected = ag.grad(lambda a, b: np.sum((a * b) ** 2), argnums)(a, b)
        pairs = [(found, expected)] if argnums == 0 else zip(found, expected, strict=True)
        for g, e in pairs:
            assert np.allclose(g, e, rtol=1e-12, atol=1e-12)


def test_a_bias_may_be_given_the_gradient_of_the_result():
    linear = ag.primitive(
        lambda x, w, b: x @ w.T + b, x=lambda g, w: g @ w, w=lambda g, x: np.transpose(g) @ x, b=lambda g: g,
        check=[np.ones((4, 2)), np.ones((3, 2)), np.ones(3)],
    )  # fmt: skip
    assert np.array_equal(ag.grad(lambda b: np.sum(linear(np.ones((4, 2)), np.ones((3, 2)), b)))(np.ones(3)), [4, 4, 4])


def test_sequences_and_variable_arguments_are_judged_one_by_one():
    total = ag.primitive(lambda *parts: sum(parts), parts=lambda g, i: g * (1.0 if i == 0 else 1))
    assert all(np.array_equal(g, np.ones(3)) for g in ag.grad(lambda *p: np.sum(total(*p)), (0, 1))(X, X))
    wrong = ag.primitive(lambda *parts: sum(parts), parts=lambda g, i: g[:, None])
    with pytest.raises(ValueError, match=r"shape \(3, 1\), but parts has shape \(3,\)"):
        ag.grad(lambda *p: np.sum(wrong(*p)), (0, 1))(X, X)


def test_trusted_rules_are_called_as_they_are():
    assert np.array_equal(gradient_with(lambda g: 2 * g.sum(), trusted=True), [6, 6, 6])


# -- several results ----------------------------------------------------------------------------------------------


def polar(x):
    return np.hypot(x[0], x[1]), np.arctan2(x[1], x[0])


def polar_x(g, y, x):
    r, _ = y
    by_radius = 0.0 if g[0] is None else g[0] * x / r
    by_angle = 0.0 if g[1] is None else g[1] * np.stack([-x[1], x[0]]) / r**2
    return by_radius + by_angle


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("use", [lambda r, a: r * a, lambda r, a: r, lambda r, a: a * a], ids=["both", "first", "second"])
def test_a_rule_for_several_results_has_derivatives_of_every_order(use, trusted):
    declared = ag.primitive(polar, x=polar_x, several=True, trusted=trusted)
    at = np.array([[3.0, -1.0], [0.5, 2.0]])

    def number(f):
        return lambda x: np.sum(use(*f(x)) ** 2)

    assert np.allclose(ag.grad(number(declared))(at), ag.grad(number(polar))(at), rtol=1e-13)
    assert np.allclose(ag.hessian(number(declared))(at), ag.hessian(number(polar))(at), rtol=1e-12)
    third = [ag.grad(lambda x, f=f: np.sum(np.sin(ag.grad(number(f))(x))))(at) for f in (declared, polar)]
    assert np.allclose(*third, rtol=1e-12)


def test_rules_for_several_results_are_held_to_their_contract():
    with pytest.raises(TypeError, match="cannot read 'y_shape'"):
        ag.primitive(polar, x=lambda g, y_shape: g[0], several=True)
    at = ag.tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=r"returned shape \(3,\), but x has shape \(2, 3\)"):
        ag.primitive(polar, x=lambda g: g[0], several=True)(at)[0].sum().backward()
    with pytest.raises(ValueError, match="writes into an array"):
        ag.primitive(polar, x=lambda g: written(g[0]), several=True)(at)[0].sum().backward()
    with pytest.raises(TypeError, match="returned a tuple: a primitive returns one array, or a tuple with several=True"):
        ag.primitive(polar, x=polar_x)(at)


def test_after_a_rule_has_raised_the_graph_says_why_it_is_used_up():
    def fails(g, x):
        raise ZeroDivisionError

    w = ag.tensor([1.0, 2.0], requires_grad=True)
    loss = np.sum(ag.primitive(np.sin, x=fails)(np.exp(w)))
    with pytest.raises(ZeroDivisionError):
        loss.backward(retain_graph=True)
    with pytest.raises(ZeroDivisionError):  # it was kept, and so the rule is asked again
        loss.backward()
    with pytest.raises(RuntimeError, match="also one that ended in an error"):
        loss.backward()
    assert w.grad is None


def test_a_function_is_called_with_the_number_that_it_was_given():
    def power(x, k):
        assert type(k) is float
        return x**k

    declared = ag.primitive(power, x=lambda g, x, k: g * k * x ** (k - 1), k=lambda g, y, x: g * y * np.log(x))
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    declared(x, 3.0).sum().backward()
    np.testing.assert_allclose(x.grad, [3.0, 12.0])

"""Writing into Tensors means what NumPy means, is differentiable, costs what it should, and never gives a stale gradient."""

import gc
import operator
import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite.rules import indexing

W = np.array([0.5, -1.5, 2.0, 3.0])


def leaf(data):
    return ag.tensor(data, requires_grad=True)


# -- t[key] = value, t += u ---------------------------------------------------------------------------------------

KEYS = [0, -1, slice(1, 3), ..., slice(None, None, -2), [0, 2], [3, 0], np.array([True, False, True, True]), (None, 1)]
IN_PLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]


@st.composite
def programs(draw):
    """A few statements that write into t, reading t and w."""
    statements = st.one_of(
        st.tuples(st.just("set number"), st.sampled_from(KEYS), st.floats(-2, 2)),
        st.tuples(st.just("set tensor"), st.sampled_from(KEYS), st.integers(0, 3)),
        st.tuples(st.just("set from itself"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("in place"), st.sampled_from(IN_PLACE[:3]), st.floats(-2, 2)),
        st.tuples(st.just("in place by w"), st.sampled_from(IN_PLACE[:3]), st.just(None)),
    )
    return draw(st.lists(statements, max_size=6))


def run(program, w, t):
    """The same statements on arrays or on Tensors; t is what is written into."""
    for kind, where, what in program:
        if kind == "set number":
            t[where] = what
        elif kind == "set tensor":
            t[where] = w[what] * w[0]
        elif kind == "set from itself":
            t[where] = t[what] * t[what] + w[1]
        elif kind == "in place":
            t = where(t, what)
        else:
            t = where(t, w)
    return t


@example([("set from itself", 0, 3), ("set from itself", 0, 0)], "product")  # sin where its argument grows 17,000 times as fast
@given(programs(), st.sampled_from(["copy of w", "zeros", "product"]))
def test_programs_that_write_compute_and_differentiate_as_numpy_would(program, start):
    starts = {
        "copy of w": (np.copy, lambda w: w.copy()),
        "zeros": (np.zeros_like, lambda w: ag.zeros(4)),
        "product": (lambda w: w * w, lambda w: w * w),
    }
    plain, recorded = starts[start]

    w = leaf(W)
    t = run(program, w, recorded(w))
    assert np.array_equal(t.data, run(program, W, plain(W)))
    total = np.sum(np.sin(t))
    steps = [W + h for h in np.eye(4) * 1e-150j]  # complex steps: exact to rounding however steep the program
    each = np.array([np.sin(run(program, step, plain(step))).imag / 1e-150 for step in steps])
    expected, rounding = each.sum(axis=1), 1e-12 * (1 + np.max(np.abs(each)))
    if total.requires_grad:
        total.backward(create_graph=True)
        first = np.zeros(4) if w.grad is None else w.grad.data
        assert np.allclose(first, expected, rtol=1e-12, atol=rounding)
        again = leaf(W)
        np.sum(np.sin(run(program, again, recorded(again)))).backward()  # in buffers, not through recorded rules
        assert np.allclose(0 if again.grad is None else again.grad, first, rtol=1e-12, atol=1e-12)
    else:
        assert not np.any(expected)


def test_second_derivatives_go_through_writes():
    def f(x):
        u = ag.zeros(4)
        u[0] = x
        for i in range(3):
            u[i + 1] = u[i] * np.sin(u[i])
        return u[3]

    h = 1e-5
    second = (ag.grad(f)(1.0 + h) - ag.grad(f)(1.0 - h)) / (2 * h)
    assert ag.grad(ag.grad(f))(1.0) == pytest.approx(second, rel=1e-8)


def test_the_result_of_a_rule_may_be_written_into():
    """exp saves its output for the derivative; the first write makes a copy."""
    w = leaf(W)
    y = np.exp(w)
    y[0] = 0.0
    y.sum().backward()
    assert np.array_equal(w.grad, np.exp(W) * [0, 1, 1, 1])


def test_a_result_that_does_not_fit_is_refused():
    t = leaf(np.ones((1, 2))) * 1.0
    with pytest.raises(ValueError, match=r"t = t \+ u"):
        t += np.ones((3, 2))


# -- views --------------------------------------------------------------------------------------------------------

VIEWS = {
    "t[1:3]": lambda t: t[1:3],
    "t[..., None]": lambda t: t[..., None],
    "t.reshape": lambda t: t.reshape(2, 2),
    "t.ravel": lambda t: t.ravel(),
    "t.T": lambda t: t.T,
    "np.flip": np.flip,
    "np.squeeze": np.squeeze,
    "np.expand_dims": lambda t: np.expand_dims(t, 0),
    "np.broadcast_to": lambda t: np.broadcast_to(t, (2, 4)),
    "t.detach": lambda t: t.detach(),
    "np.split": lambda t: np.split(t, 2)[1],
    "a view of a small part": lambda t: t[1:3].reshape(2, 1),
    "a part of a small part": lambda t: t[1:4][:2],
    "einsum": lambda t: np.einsum("i->i", t),
    "a view of a view": lambda t: t.reshape(2, 2)[1],
}
START = {"tracked": lambda: leaf(W) * 1.0, "constant": lambda: ag.tensor(W)}


WRITES = {
    "an element of the whole": lambda t, shown: operator.setitem(t, 2, 7.0),
    "the whole": lambda t, shown: operator.setitem(t, slice(None), 7.0),
    "the view": lambda t, shown: operator.setitem(shown, ..., 7.0),
    "more of the whole": lambda t, shown: operator.iadd(t, 1.0),
    "more of the view": lambda t, shown: operator.imul(shown, 3.0),
    "one after the other": lambda t, shown: (operator.iadd(t, 1.0), operator.imul(shown, 3.0), operator.isub(t, 1.0)),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("start", START.values(), ids=START)
def test_a_write_is_seen_by_all_that_show_the_same_elements_as_in_numpy(view, write, start):
    t = start()
    shown = view(t)
    if view is VIEWS["t.detach"]:
        plain = plainly_shown = W.copy()
    else:
        plain = W.copy()
        plainly_shown = view(plain)
    try:
        write(plain, plainly_shown)
    except ValueError:  # read-only
        with pytest.raises(ValueError, match="read-only|does not write into it"):
            write(t, shown)
        return
    if view is VIEWS["t.detach"] and t.requires_grad and write in (WRITES["the view"], *list(WRITES.values())[-2:]):
        with pytest.raises(RuntimeError, match="detached"):
            write(t, shown)
        return
    write(t, shown)
    assert np.array_equal(t.data, plain)
    assert np.array_equal(shown.data, plainly_shown)
    assert shown.requires_grad == (t.requires_grad and view is not VIEWS["t.detach"])
    assert np.array_equal((shown + t[0]).data, plainly_shown + plain[0])


@pytest.mark.parametrize("start", START.values(), ids=START)
def test_a_view_of_other_elements_does_not_hinder(start):
    t = start()
    first = t[:2]
    t[3] = 7.0
    assert first.data.tolist() == W[:2].tolist()
    assert t.data.tolist() == [*W[:3], 7.0]


def test_a_view_may_be_written_into_when_nobody_else_can_see():
    part = (leaf(W) * 1.0)[1:3]
    part[0] = 7.0
    assert part.data.tolist() == [7.0, 2.0]


def test_the_record_of_views_does_not_grow():
    t = leaf(np.ones((4, 2))) * 1.0
    for _ in range(1000):
        t[0:2]
    assert len(t._part.memory.current) < 100


# -- cost ---------------------------------------------------------------------------------------------------------


def elements_touched(n, monkeypatch):
    """The number of elements that are allocated by zeros and copies in the backward pass of a loop that writes n times."""
    touched = []
    zeros, array = np.zeros, np.array
    u = ag.zeros(n + 1)
    x = leaf(1.0)
    u[0] = x
    for i in range(n):
        u[i + 1] = u[i] + 0.1 * np.sin(u[i])
    total = u.sum()
    with monkeypatch.context() as patch:
        patch.setattr(np, "zeros", lambda shape, *rest: touched.append(np.prod(shape)) or zeros(shape, *rest))
        patch.setattr(np, "array", lambda a, *rest, **options: touched.append(np.size(a)) or array(a, *rest, **options))
        total.backward()
    assert np.isfinite(x.grad)
    return sum(touched)


def test_the_cost_of_a_loop_that_writes_grows_linearly(monkeypatch):
    small, large = elements_touched(50, monkeypatch), elements_touched(200, monkeypatch)
    assert large <= 6 * small


def test_the_cost_of_a_loop_that_reads_grows_linearly(monkeypatch):
    made = []
    zeros = np.zeros
    x = leaf(np.ones(300))
    total = sum((x[i] ** 2 for i in range(300)), start=0.0) + sum((x[i : i + 2].sum() for i in range(299)), start=0.0)
    monkeypatch.setattr(np, "zeros", lambda shape, *rest: made.append(shape) or zeros(shape, *rest))
    total.backward()
    assert made.count((300,)) <= 1
    assert x.grad[5] == 4.0


def test_a_loop_that_writes_leaves_no_cycle():
    gc.collect()
    gc.disable()
    try:
        u = ag.zeros(9)
        x = leaf(1.0)
        u[0] = x
        for i in range(8):
            u[i + 1] = np.sin(u[i])
        u.sum().backward()
        del u, x
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- stale arrays -------------------------------------------------------------------------------------------------


def step(w):
    nn.optim.SGD([w], lr=0.1).step()


def load(w):
    layer = nn.Module()
    layer.w = w
    layer.load_state_dict({"w": 2 * W})


def under_no_grad(w):
    with ag.no_grad():
        w[1] = 7.0


def subtract(w):
    w.data -= 0.1


CHANGES = {
    "w.data -= ...": subtract,
    "w.data = ...": lambda w: setattr(w, "data", 2 * W),
    "an optimiser's step": step,
    "load_state_dict": load,
    "w[i] = v under no_grad": under_no_grad,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_saved_array_that_was_written_into_is_refused_by_name(change):
    w = nn.Parameter(W)
    w.grad = np.ones(4)
    old = np.sum(w * w)
    change(w)
    with pytest.raises(RuntimeError, match="'multiply'.*written into since"):
        old.backward()
    w.grad = None
    np.sum(w * w).backward()  # what is computed after the change is not stale
    assert np.array_equal(w.grad, 2 * w.data)


def test_a_constant_that_was_written_into_is_refused_too():
    w, c = leaf(W), ag.tensor(W)
    old = np.sum(w * c)
    c[0] = 7.0
    with pytest.raises(RuntimeError, match="'multiply'"):
        old.backward()


def test_a_view_of_what_was_written_into_is_refused_too():
    w = leaf(W)
    old = np.sum(w.reshape(2, 2) ** 2)
    w.data -= 1
    with pytest.raises(RuntimeError, match="'square'"):
        old.backward()


def test_what_saved_nothing_is_never_stale():
    w = leaf(W)
    old = np.sum(w + w)
    w.data -= 1
    old.backward()
    assert w.grad.tolist() == [2.0] * 4


def test_writing_elsewhere_makes_nothing_stale():
    w, other = leaf(W), leaf(W)
    old = np.sum(w * w)
    other.data -= 1
    old.backward()
    assert np.array_equal(w.grad, 2 * W)


# -- masked zeros -------------------------------------------------------------------------------------------------

MASKED = {
    "where sqrt": (lambda x: np.where(x > 0, np.sqrt(x), 0), [-1.0, 0.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32]),
    "where x log x": (lambda x: np.where(x > 0, x * np.log(x), 0), [-1.0, 0.0, 1.0], [0, 0, 1], [0, 0, 1]),
    "selection": (lambda x: np.sqrt(x)[x > 0], [-1.0, 0.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32]),
    "integer selection": (lambda x: np.sqrt(x)[[2]], [-1.0, 0.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32]),
    "where divide": (lambda b: np.where(b != 0, 1 / b, 0), [0.0, 2.0], [0, -0.25], [0, 0.25]),
    "maximum": (lambda x: np.maximum(np.log(x), -5), [0.0, 1.0], [0, 1], [0, -1]),
    "clip": (lambda x: np.clip(np.log(x), -5, 5), [0.0, 1.0], [0, 1], [0, -1]),
    "fmin": (lambda x: np.fmin(1 / x, 5), [0.0, 1.0], [0, -1], [0, 2]),
    "relu": (lambda x: nn.functional.relu(np.log(x)), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "through a reshape": (lambda x: np.sqrt(x).reshape(1, -1)[:, 1:], [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    "where power": (lambda x: np.where(x > 0, x**0.5, 0), [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    "sum where": (lambda x: np.sum(np.log(x), where=x > 0), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "mean where": (lambda x: np.mean(np.log(x), where=x > 0), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "prod where": (lambda x: np.prod(np.log(x), where=x > 0), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "max": (lambda x: np.max(np.log(x)), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "max of a stack": (lambda x: np.max(np.stack([np.log(x), 0 * x - 5]), axis=0), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "sort": (lambda x: np.sort(np.log(x))[1:], [0.0, 2.0], [0, 0.5], [0, -0.25]),
    "median": (lambda x: np.median(np.log(x)), [0.0, 2.0, 3.0], [0, 0.5, 0], [0, -0.25, 0]),
    "erased": (lambda x: indexing.erase(np.sqrt(x), 0), [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
}


@pytest.mark.parametrize(("f", "x", "first", "second"), MASKED.values(), ids=MASKED)
def test_masked_points_have_zero_derivatives(f, x, first, second):
    x = np.array(x)

    def total(x):
        with np.errstate(all="ignore"):  # the forward values are computed and warned of as in NumPy
            return np.sum(f(x))

    assert ag.grad(total)(x).tolist() == pytest.approx(first)
    assert np.diag(ag.hessian(total)(x)).tolist() == pytest.approx(second)


def test_the_backward_pass_warns_of_nothing():
    x = leaf([-1.0, 0.0, 4.0])
    with np.errstate(all="ignore"):
        y = np.sum(np.where(x > 0, np.sqrt(x) + 1 / x, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y.backward()


def test_without_a_mask_infinity_is_told():
    assert ag.grad(lambda x: np.sum(np.sqrt(x)))(np.zeros(1)) == np.inf
    assert np.isnan(ag.grad(lambda x: np.sum(0.0 * np.sqrt(x)))(np.zeros(1)))


def test_the_diagonal_that_einsum_shows_is_a_view():
    t = leaf(np.ones((2, 2))) * 1.0
    diagonal = np.einsum("ii->i", t)
    t[0, 0] = 9.0
    assert diagonal.data.tolist() == [9, 1]


@pytest.mark.parametrize("value", [None, "3", 1j])
def test_what_is_no_number_cannot_be_written(value):
    t = leaf(W) * 1.0
    with pytest.raises((TypeError, ValueError)):
        t[0] = value


@pytest.mark.parametrize("root", [np.sqrt, lambda x: x**0.5])
def test_the_root_of_a_sum_of_squares_has_a_derivative_at_zero(root):
    assert ag.grad(lambda x: root(np.sum(x**2)))(np.zeros(3)).tolist() == [0, 0, 0]


def test_a_range_is_written_as_into_an_array():
    def f(x):
        a = np.zeros(3) * x
        a[:] = range(3)
        return np.sum(a * x)

    assert ag.grad(f)(np.ones(3)).tolist() == [0, 1, 2]

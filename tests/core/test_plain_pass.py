"""What makes passes fast changes none of their numbers: the plain pass and silence."""

from contextvars import Context

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.engine import backpropagate
from autograd_lite.graph import Leaf
from autograd_lite.plain_pass import gradients_of_leaves
from autograd_lite.speed.silence import beginning_and_end, end_silence, silence

rng = np.random.default_rng(0)
A, B, C = rng.standard_normal((3, 4)), rng.standard_normal((4, 2)), rng.standard_normal(2)
KEPT = np.array([[True, False], [False, True], [True, True]])


def shared_twice(a, b, c):
    h = np.tanh(a @ b + c)
    return np.sum(h * h + h)


def masked_in_the_middle(a, b, c):
    h = np.square(a @ b) * KEPT  # where it is 0, the slope of the root is infinite
    return np.sum(np.exp(np.where(KEPT, np.sqrt(h), 0.0)) * c)


def parts_behind_a_mask(a, b, c):
    steep = np.arcsin(np.exp(-np.square(a @ b) * KEPT))
    h = np.stack([row[::-1] * c for row in steep])  # `backpropagate` goes on from the rows, and must know of the mask
    return np.sum(np.where(KEPT[:, ::-1], h, 0.0))


def a_mask_and_parts(a, b, c):
    h = np.square(a[:, :2] @ b[:2] + a[:, 2:] @ b[2:]) * KEPT
    return np.sum(np.where(KEPT, np.arcsin(np.exp(-h)), c)) + np.linalg.norm(0.0 * c)


def read_by_parts(a, b, c):
    return np.sum(a[0] * a[1]) + np.sum(a[2] @ b) + np.sum(c[::-1] * c)


def several_results(a, b, c):
    q, r = np.linalg.qr(a.T @ a + 3 * np.eye(4))
    return np.sum(q[:, :2] * b) + np.sum(r) + np.sum(c)


def over_complex_numbers(a, b, c):
    z = a @ b + 1j * c
    return np.sum(np.abs(z) ** 2)


def branches_of_several_lengths(a, b, c):
    h = a @ b
    far = np.exp(0.1 * np.sin(np.tanh(h)))
    near = h * c
    return np.sum(near * far) + np.sum(h) + np.sum(far + c) * np.sum(near)


GRAPHS = [
    shared_twice, branches_of_several_lengths, masked_in_the_middle, parts_behind_a_mask,
    a_mask_and_parts, read_by_parts, several_results, over_complex_numbers,
]  # fmt: skip


def leaves():
    return [ag.tensor(x, requires_grad=True) for x in (A, B, C)]


@pytest.mark.parametrize("f", GRAPHS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("retain_graph", [False, True])
def test_the_plain_pass_gives_what_backpropagate_gives(f, retain_graph):
    given = leaves()
    y = f(*given)
    with np.errstate(all="ignore"):
        walk = backpropagate({y.node: np.float64(1)}, retain_graph=True)
        expected = {node: np.array(g) for node, g in walk if node.__class__ is Leaf}
        found = dict(gradients_of_leaves({y.node: np.float64(1)}, retain_graph))
    assert found.keys() == expected.keys() == {t.node for t in given}
    for node, g in found.items():
        assert np.asarray(g).tobytes() == expected[node].tobytes()
        assert not any(np.shares_memory(g, other) for n, other in found.items() if n is not node)
    assert (y.node.edges is None) is not retain_graph


@pytest.mark.parametrize("to_saved", [False, True])
def test_behind_new_calls_an_old_one_is_refused_if_what_it_saved_was_written_into(to_saved):
    a, b, other = ag.tensor(A, requires_grad=True), ag.tensor(B, requires_grad=True), ag.tensor(C, requires_grad=True)
    old = a @ b
    with ag.no_grad():
        (b if to_saved else other).data -= 1.0
    new = np.sum(np.tanh(old) * other)
    if to_saved:
        with pytest.raises(RuntimeError, match=r"backward through 'matmul'.* written into since"):
            new.backward()
        assert a.grad is b.grad is other.grad is None
    else:
        new.backward()
        np.testing.assert_allclose(a.grad, ((C - 1) / np.cosh(A @ B) ** 2) @ B.T)


@pytest.mark.parametrize("f", GRAPHS, ids=lambda f: f.__name__)
def test_recorded_passes_inside_no_grad_have_graphs(f):
    given = leaves()
    y = f(*given)
    with ag.no_grad():
        y.backward(create_graph=True)
    assert sum(t.grad.requires_grad for t in given) >= 1


WITHOUT = beginning_and_end(Context())


@pytest.mark.parametrize(("begin", "end"), [(silence, end_silence), WITHOUT], ids=["variable", "no variable"])
def test_silence_is_errstate_and_ends(begin, end):
    before = np.geterr()
    outer = begin()
    assert set(np.geterr().values()) == {"ignore"}
    inner = begin()
    assert np.isinf(np.ones(1) / np.zeros(1)).all()
    end(inner)
    assert set(np.geterr().values()) == {"ignore"}
    end(outer)
    assert np.geterr() == before


def refused(g, x):
    raise KeyError


@pytest.mark.parametrize("differentiate", [lambda f: f(ag.tensor(1.0, requires_grad=True)).backward(), lambda f: ag.grad(f)(1.0)])
def test_silence_ends_with_a_rule_that_raises(differentiate):
    before = np.geterr()
    with pytest.raises(KeyError):
        differentiate(ag.primitive(np.square, x=refused, trusted=True))
    assert np.geterr() == before

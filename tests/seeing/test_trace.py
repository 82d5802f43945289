"""`ag.trace`: its numbers are those of the backward pass, to the last bit, and its sentences say where they come from."""

import ast
import re
import sys
import time
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite.functions import conj
from autograd_lite.graph import Leaf
from autograd_lite.rules import COMPOSITIONS, PRIMITIVES, name_of, scipy_special
from autograd_lite.seeing import source, watching
from autograd_lite.seeing.source import row_source, rule_source
from autograd_lite.seeing.walk import known_values, steps
from autograd_lite.seeing.watching import note_of
from autograd_lite.strategies import expressions
from tests.table import ROWS, parameter
from tests.table.row import calls

DIFFERENTIATED = [row for row in ROWS if row.function in PRIMITIVES or row.function in COMPOSITIONS]
every_row = pytest.mark.parametrize("row", [parameter(row, name=f"{i}-{row}") for i, row in enumerate(DIFFERENTIATED)])


def result_of(call):
    """The Tensors given to a call, and the first of its results that depends on them."""
    leaves = [ag.tensor(array, requires_grad=True) for array in call.arrays]
    result = call(*leaves)
    return leaves, next((t for t in (result if isinstance(result, tuple) else (result,)) if getattr(t, "node", None)), None)


def equal(a, b):
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


@every_row
@given(data=st.data())
def test_the_steps_are_those_of_the_pass_to_the_last_bit(row, data):
    call, rng = data.draw(calls(row))
    leaves, result = result_of(call)
    if result is None:
        return
    gradient = rng.normal(size=result.shape).astype(result.dtype)
    walked = list(steps({result.node: conj(gradient)}))
    seen = {step.node: conj(step.gradient) for step in walked if step.node.__class__ is Leaf}
    with np.errstate(all="ignore"):
        expected = {n: g for n, g in ag.backpropagate({result.node: conj(gradient)}) if n.__class__ is Leaf}
    assert seen.keys() == expected.keys()
    assert all(equal(seen[node], conj(np.asarray(expected[node]))) for node in seen)
    assert all(leaf.grad is None for leaf in leaves)


@given(expressions())
def test_what_a_value_is_sent_adds_up_to_its_gradient(drawn):
    function, arrays = drawn
    leaves = [ag.tensor(array, requires_grad=True) for array in arrays]
    loss = function(*leaves).sum()
    start = {loss.node: np.float64(1.0)}
    sent: dict = {}
    for step in steps(start):
        for i, s in enumerate(sent.get(step.node, ()), 1):
            assert s.part == i
            assert equal(s.total, s.contribution if i == 1 else sent[step.node][i - 2].total + s.contribution)
        assert step.node is loss.node or equal(step.gradient, sent[step.node][-1].total)
        for s in step.sent:
            sent.setdefault(s.edge[0], []).append(s)
    expected = {node: np.array(g) for node, g in ag.backpropagate(start, retain_graph=True)}
    assert all(equal(totals[-1].total, expected[node]) for node, totals in sent.items())


@given(expressions())
def test_values_that_rules_have_saved_are_those_of_the_forward_pass(drawn):
    function, arrays = drawn
    with ag.watch():
        loss = function(*(ag.tensor(array, requires_grad=True) for array in arrays)).sum()
    nodes = [step.node for step in steps({loss.node: np.float64(1.0)})]
    kept = known_values(nodes)
    calls = [node for node in nodes if node.__class__ is not Leaf]
    assert all(equal(kept[node], note_of(node).value) for node in calls if node in kept)
    assert all(note_of(node).value.shape == node.shape for node in calls)


def test_a_value_that_a_later_rule_reads_is_known_without_watching():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    u = x + 1.0  # read by the sine
    v = np.exp(np.sin(u))  # read by the rule of exp itself
    w = np.stack([v, v * 2.0])  # read by nothing
    nodes = [step.node for step in steps({w.node: np.ones((2, 2))})]
    kept = known_values(nodes)
    assert equal(kept[u.node], u.data)
    assert equal(kept[v.node], v.data)
    assert equal(kept[x.node], x.data)
    assert w.node not in kept


def test_a_leaf_that_was_written_into_since_is_not_shown_with_its_new_value():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    x.data = np.array([3.0, 4.0])  # before it is used
    loss = (x + 1.0).sum()
    assert equal(known_values([x.node, *(edge[0] for edge in loss.node.edges)])[x.node], np.array([3.0, 4.0]))
    assert "[3, 4]" in ag.show(loss).svg
    x.data = np.array([5.0, 6.0])
    assert "[5, 6]" not in ag.show(loss).svg


def test_a_traced_graph_is_as_it_was():
    x = ag.tensor([1.0, 4.0], requires_grad=True)
    loss = np.sqrt(x).sum()
    edges = loss.node.edges
    first = ag.trace(loss)
    assert x.grad is None
    assert loss.node.edges is edges
    assert ag.trace(loss) == first
    loss.backward()
    assert np.array_equal(x.grad, [0.5, 0.25])


@pytest.mark.parametrize("look", [ag.trace, ag.show])
def test_a_graph_that_backward_has_freed_says_to_look_before(look):
    loss = ag.tensor(2.0, requires_grad=True) * 3.0
    loss.backward()
    with pytest.raises(RuntimeError, match=rf"{look.__name__}: .* Write ag.{look.__name__}\(...\) before it, or keep"):
        look(loss)


def test_a_node_that_was_not_watched_is_named():
    x = ag.tensor(2.0, requires_grad=True)
    with ag.watch() as seen:
        _ = x + 1.0
    with pytest.raises(KeyError, match="leaf float64.* was recorded elsewhere, or is a leaf"):
        seen[x.node]


def test_what_the_engine_does_to_the_result_of_a_rule_is_told():
    x, b = ag.tensor([0.0, 4.0], requires_grad=True), ag.tensor([1.0], requires_grad=True)
    text = ag.trace((np.where(x > 0, np.sqrt(x), 0.0) + b).sum(), names={"x": x, "b": b}, width=200)
    assert "sends [1, 1] to step 2, repeated to its shape (2,)" in text
    assert "sends [2] to b, summed to its shape (1,)" in text
    assert "sends [0, 0.25] to x, with 0 for nan or inf, behind a mask or a root of 0" in text
    zero = ag.tensor([0.0, 0.0], requires_grad=True)
    assert "sends [0, 0] to zero, with 0 for nan or inf, behind" in ag.trace(np.sqrt((zero**2).sum()), width=200)
    assert "sends [1, 1] to step 3\n" in text


def test_each_row_of_the_table_is_found_where_it_is_written():
    for function, primitive in PRIMITIVES.items():
        row = row_source(primitive)
        name = name_of(function).rpartition(".")[2]
        assert row is not None, name
        assert name in row.text or "for " in row.text, (name, row.text)
        assert row_source(primitive.selecting) == row
        assert "lambda" not in row.text.partition(" # ")[2], row.text  # a comment hides nothing
        for rule in primitive.rules.values():
            if rule.__name__ in vars(sys.modules[rule.__module__]):  # a named function, not a lambda
                assert rule.__name__ in row.text, row.text


def test_each_rule_computes_what_its_source_says():
    """The body, evaluated where the rule was written, is the rule."""
    for primitive in PRIMITIVES.values():
        for rule in primitive.rules.values():
            found = rule_source(rule)
            names = list(rule.__code__.co_varnames[: rule.__code__.co_argcount])
            if rule.__name__ == "<lambda>":
                again = eval(f"lambda {', '.join(names)}: {found.body}", {})
                assert again.__code__.co_code == rule.__code__.co_code or again.__code__.co_names == rule.__code__.co_names
            assert found.line
            assert re.fullmatch(r"autograd_lite/rules/\w+\.py:\d+", found.place)


def test_rules_of_ufuncs_of_scipy_are_found_too():
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = ag.tensor([0.5, 1.5], requires_grad=True)
    assert '"gammaln": ' in ag.trace(special.gammaln(x).sum(), width=200)
    assert "gammaln" in scipy_special.RULES


def test_a_line_is_no_wider_than_asked_and_a_rule_is_told_as_it_stands_in_the_table():
    x = ag.tensor(np.linspace(0.1, 1, 50), requires_grad=True)
    loss = np.max(np.exp(x) * x) + np.tanh(x).sum()
    for width in (40, 79, 120):
        assert max(map(len, ag.trace(loss, width=width).splitlines())) <= width
    assert "np.exp: (lambda g, y: g * y,)," in ag.trace(loss, width=200)
    assert "for x: g * y  with y = float64[50] in [1.1052, 2.7183]" in ag.trace(loss, width=200)


def test_values_are_called_as_the_user_calls_them():
    weights = [ag.tensor(1.0, requires_grad=True), ag.tensor(2.0, requires_grad=True)]
    model = nn.Linear(2, 1, rng=0)
    hidden = model(np.ones((1, 2))) * weights[0]
    loss = (hidden * weights[1]).sum()
    text = ag.trace(loss, width=200)
    for name in ("loss = ", "-> hidden", "weights[0]  f", "weights[1]  f", "model.weight  f", "model.bias  f"):
        assert name in text
    assert "to slope" in ag.trace(loss, names={"slope": weights[0]})
    with pytest.raises(TypeError, match="names={'c': ...} is a float"):
        ag.trace(loss, names={"c": 1.0})


def test_where_tells_the_line_that_made_a_value():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.watch():
        squares = x * x
        loss = nn.functional.mse_loss(squares, np.zeros(2))
    line = test_where_tells_the_line_that_made_a_value.__code__.co_firstlineno
    text = ag.trace(loss, where=True, width=200)
    assert f"at test_trace.py:{line + 3}: squares = x * x" in text
    assert f"at test_trace.py:{line + 4}: loss = nn.functional.mse_loss(squares, np.zeros(2))" in text
    with pytest.raises(ValueError, match=r"within ag\.watch"):
        ag.trace((x * x).sum(), where=True)


def test_watching_ends_with_its_block_and_lets_go_of_what_it_kept():
    seen = []
    x = ag.tensor(2.0, requires_grad=True)

    def profiler(frame, event, argument):
        seen.append(event)

    sys.setprofile(profiler)
    try:
        with ag.watch():
            y = x * x
            with ag.watch():
                z = y * x
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert seen
    after = z * x
    assert note_of(y.node) is not None
    assert note_of(z.node) is not None
    assert note_of(after.node) is None
    before = len(watching.notes)
    del y, z, after
    assert len(watching.notes) <= before - 2


def test_a_call_with_several_results_shows_both_gradients():
    a = ag.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    with ag.watch():
        w, v = np.linalg.eigh(a)
        loss = (w * w).sum() + v[0, 0]
    text = ag.trace(loss, width=200, where=True)
    assert "eigh, result 0 -> w" in text
    assert "eigh, result 1 -> v" in text
    assert "of result 1 [[1, 0], [0, 0]]; of result 0 [" in text or "of result 0 [" in text
    assert "w, v = np.linalg.eigh(a)" in text


def test_a_rule_of_the_users_is_told_from_the_users_file():
    own = ag.primitive(lambda x: x * 3, x=lambda g: g * 3)
    x = ag.tensor(2.0, requires_grad=True)
    text = ag.trace(own(x), width=200)
    assert "for x: g * 3" in text
    assert "own = ag.primitive(lambda x: x * 3, x=lambda g: g * 3)" in text
    assert "test_trace.py:" in text


def test_a_rule_without_a_source_is_told_by_its_name():
    space: dict = {}
    exec("rule = lambda g, x: g * x", space)
    own = ag.primitive(lambda x: x * x / 2, x=space["rule"])
    assert "for x: <lambda>(g, x)  with x = 2" in ag.trace(own(ag.tensor(2.0, requires_grad=True)), width=200)


def test_steps_beyond_the_limit_are_counted():
    y = x = ag.tensor(1.0, requires_grad=True)
    for _ in range(30):
        y = y * 1.5
    assert "... and 25 more steps; limit=None tells all." in ag.trace(y, limit=5)
    assert ag.trace(y, limit=5).count("g = ") == 5
    assert ag.trace(y, limit=None).count("g = ") == 30
    assert x.grad is None


def test_what_cannot_be_traced_is_refused_in_words():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="trace: a ndarray was given; it takes a Tensor"):
        ag.trace(np.ones(3))
    with pytest.raises(RuntimeError, match="trace: this Tensor does not depend on anything that requires grad"):
        ag.trace(ag.tensor(1.0))
    with pytest.raises(ValueError, match="only a single element"):
        ag.trace(x * x)
    assert "gradient [2, 8]" in ag.trace(x * x, np.array([1.0, 2.0]))
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="an earlier backward pass"):
        ag.trace(loss)
    loss = (x * x).sum()
    x.data = x.data + 1
    with pytest.raises(RuntimeError, match="was written into since"):
        ag.trace(loss)


def test_one_thread_parses_at_a_time(monkeypatch):
    """CPython 3.11 may raise SystemError where two parse at once."""
    parse, busy, most = ast.parse, [], []

    def slow(text):
        busy.append(text)
        most.append(len(busy))
        time.sleep(0.002)
        busy.pop()
        return parse(text)

    monkeypatch.setattr(source, "ast", types.SimpleNamespace(parse=slow))
    texts = [f"x = {i}  # parsed by no other test" for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(source.parsed, texts))
    assert [ast.unparse(tree) for tree in found] == [f"x = {i}" for i in range(8)]
    assert most == [1] * 8

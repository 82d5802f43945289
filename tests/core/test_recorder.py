"""Generated recorders are only faster than `record`: for every row of the table both make the same result and the same edges."""

import functools
import inspect
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.array.dispatch import RECORDERS
from autograd_lite.primitive import Primitive, record
from autograd_lite.rules import PRIMITIVES
from autograd_lite.speed.recorder import recorder, source
from tests.rules.checks import leaves
from tests.table import ROWS, parameter
from tests.table.row import calls

every_row = pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in ROWS if row.function in PRIMITIVES])


def assert_same(a, b):
    """Equal to the bit: kinds, dtypes, shapes, numbers."""
    assert type(a) is type(b)
    if isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            assert_same(x, y)
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    elif not callable(a):
        assert a == b or a is b or (a != a and b != b)


def assert_same_nodes(a, b):
    assert a.primitive is not None
    assert b.primitive is not None
    assert (a.primitive.name, a.primitive.selects, a.shape, a.dtype) == (b.primitive.name, b.primitive.selects, b.shape, b.dtype)
    assert len(a.edges) == len(b.edges)
    for (parent, rule, saved, argument), (other_parent, other_rule, other_saved, other_argument) in zip(a.edges, b.edges):
        if parent is not other_parent:
            assert_same_nodes(parent, other_parent)  # made inside the call
        assert rule is other_rule
        assert argument == other_argument
        assert_same(saved, other_saved)


def both_ways(row, call, tracked):
    """The call made by the recorder and by `record`, with Tensors where `tracked` says so."""
    by_record = functools.partial(record, PRIMITIVES[row.function])
    args = call.place(*(ag.tensor(x, requires_grad=True) if t else x for x, t in zip(call.arrays, tracked)))
    if call.function is row.function:
        return RECORDERS[row.function](*args, **call.options), by_record(*args, **call.options)
    first = call.function(*args, **call.options)
    with mock.patch.dict(RECORDERS, {row.function: by_record}):
        return first, call.function(*args, **call.options)


@every_row
@given(st.data())
def test_a_recorder_makes_the_edges_that_record_makes(row, data):
    call, _ = data.draw(calls(row))
    tracked = data.draw(st.lists(st.booleans(), min_size=len(call.arrays), max_size=len(call.arrays)))
    a, b = both_ways(row, call, tracked)
    if not any(tracked):
        assert_same(a, b)
    else:
        for one, other in zip(leaves(a), leaves(b), strict=True):
            assert_same_tensors(one, other)


def assert_same_tensors(a, b):
    assert_same(a.data, b.data)
    assert (a._array.base is None) == (b._array.base is None)
    assert (a._part is None) == (b._part is None)
    assert_same_nodes(a.node, b.node)


@every_row
@given(st.data())
def test_nothing_is_recorded_either_way_without_grad(row, data):
    call, _ = data.draw(calls(row))
    with ag.no_grad():
        a, b = both_ways(row, call, [True] * len(call.arrays))
    for one, other in zip(leaves(a), leaves(b), strict=True):
        assert one.node is None
        assert other.node is None
        assert_same(one.data, other.data)


class Foreign:
    """An operand of which NumPy knows nothing."""


@pytest.mark.parametrize("function", [np.add, np.multiply, np.power])
def test_an_unknown_operand_is_left_to_its_own_type_either_way(function):
    t = ag.tensor(1.0, requires_grad=True)
    assert RECORDERS[function](t, Foreign()) is NotImplemented
    assert record(PRIMITIVES[function], t, Foreign()) is NotImplemented


LISTS = {
    "a list": lambda t: [t[0], 3.0],
    "a tuple, nested": lambda t: ((t[0], 1.0), [2.0, t[1]]),
    "rows": lambda t: [t, [1.0, 2.0]],
}


@pytest.mark.parametrize("made", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("swapped", [False, True])
def test_a_list_that_holds_tensors_is_one_operand_either_way(made, swapped):
    def difference(way, of_list):
        t = ag.tensor([2.0, 5.0], requires_grad=True)
        return t, way(*((of_list(made(t)), t) if swapped else (t, of_list(made(t)))))

    expected_t, expected = difference(np.subtract, ag.tensor)
    nodes = []
    for way in (RECORDERS[np.subtract], functools.partial(record, PRIMITIVES[np.subtract]), np.subtract):
        t, y = difference(way, lambda made: made)
        assert_same(y.data, expected.data)
        nodes.append(y.node)
        for leaf, result in ((t, y), (expected_t, expected)):
            leaf.grad = None
            result.backward(np.arange(1.0, y.size + 1).reshape(y.shape), retain_graph=True)
        assert_same(t.grad, expected_t.grad)
    assert len(nodes[0].edges) == len(nodes[1].edges) == 2
    assert [[(rule, name) for _, rule, _, name in node.edges] for node in nodes[:2]] == [
        [(PRIMITIVES[np.subtract].rules[name], name) for name in "ab"]
    ] * 2


WRONG = {
    "shapes that do not fit": (np.add, (ag.ones(2), np.ones(3)), {}),
    "a matrix product": (np.matmul, (ag.ones((2, 3)), np.ones((2, 3))), {}),
    "an axis that is not there": (np.sum, (ag.ones(2), 3), {}),
    "out=": (np.sum, (ag.ones(2),), {"out": np.zeros(())}),
    "an option that is tracked": (np.repeat, (ag.ones(2), ag.tensor(2.0, requires_grad=True)), {}),
    "a list of something else": (np.concatenate, ([ag.ones(2), "text"],), {}),
}


@pytest.mark.parametrize(("function", "args", "options"), WRONG.values(), ids=WRONG)
def test_errors_have_the_same_words_either_way(function, args, options):
    said = []
    for way in (RECORDERS[function], lambda *args, **options: record(PRIMITIVES[function], *args, **options)):
        with pytest.raises((TypeError, ValueError)) as raised:
            way(*args, **options)
        said.append((raised.type, str(raised.value)))
    assert said[0] == said[1]


def test_a_recorder_is_written_at_its_first_call_and_stays_the_same_function():
    made = recorder(Primitive(np.sin, {"x": lambda g, x: g * np.cos(x)}, "x"))
    before = made.__code__
    assert made(np.float64(0.0)) == 0.0
    written = made.__code__
    assert written is not before
    assert made(ag.tensor(1.0)).data == np.sin(1.0)
    assert made.__code__ is written
    assert inspect.getsource(made).strip() == source(made.primitive)


def test_an_unknown_option_is_refused_by_the_name_of_the_function():
    made = recorder(Primitive(np.sin, {"x": lambda g, x: g * np.cos(x)}, "x", "sine"))
    for _ in range(2):  # at the first call, and when it is written
        with pytest.raises(TypeError, match=r"sine\(\) got an unexpected keyword argument 'axes'"):
            made(ag.tensor(1.0), axes=2)

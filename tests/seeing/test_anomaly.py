"""`ag.detect_anomaly`: the first nan or inf raises where it is made, and where all is well nothing changes."""

import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite.seeing.watching import note_of
from autograd_lite.strategies import expressions

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def line_of(test):
    return test.__code__.co_firstlineno


def test_the_forward_pass_raises_at_the_call_with_the_line_and_the_element():
    x = ag.tensor([[4.0, 1.0], [0.0, 2.0]], requires_grad=True)
    with pytest.raises(ag.AnomalyError) as raised, ag.detect_anomaly():
        np.exp(np.log(x))
    error = raised.value
    assert isinstance(error, FloatingPointError)
    assert error.operation == "log"
    assert error.index == (1, 0)
    assert error.place.file == __file__
    assert error.place.line == line_of(test_the_forward_pass_raises_at_the_call_with_the_line_and_the_element) + 3
    for said in (
        "-inf at index (1, 0)",
        "float64[2, 2] in [0, 1.3863], 1 of 4 not finite",
        "x: float64[2, 2] in [0, 4], there 0",
        "np.exp(np.log(x))",
    ):
        assert said in str(error)


def test_the_backward_pass_raises_before_any_gradient_changes_and_shows_the_rule():
    x = ag.tensor([4.0, 0.0], requires_grad=True)
    other = ag.tensor(1.0, requires_grad=True)
    with ag.detect_anomaly():
        roots = np.sqrt(x * 1.0)
        loss = (roots * other).sum()
        with pytest.raises(ag.AnomalyError) as raised:
            loss.backward()
    error = raised.value
    assert error.operation == "sqrt"
    assert error.index == (1,)
    assert error.place.line == line_of(test_the_backward_pass_raises_before_any_gradient_changes_and_shows_the_rule) + 4
    assert "its rule for x, g * (0.5 / y) (autograd_lite/rules/elementwise.py:" in str(error)
    assert "g: float64[2] in [1, 1], there 1; y: float64[2] in [0, 2], there 0" in str(error)
    assert x.grad is None
    assert other.grad is None


def test_a_graph_that_was_recorded_before_is_looked_at_too():
    x = ag.tensor(0.0, requires_grad=True)
    loss = np.sqrt(x)
    with pytest.raises(ag.AnomalyError, match=r"^backward of sqrt: its rule") as raised, ag.detect_anomaly():
        loss.backward()
    assert raised.value.place is None


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.where(t > 0, np.sqrt(t), 0.0).sum(),
        lambda t: np.sqrt(np.sum(t * t * 0.0)),
        lambda t: np.maximum(np.log(t + 1e-300), -1.0).sum(),
    ],
    ids=["masked", "norm of zeros", "clipped"],
)
def test_an_infinite_slope_that_is_kept_out_is_none(f):
    x = np.array([0.0, 1.0])
    with ag.detect_anomaly():
        assert np.isfinite(ag.grad(f)(x)).all()


@given(expressions(), st.booleans())
def test_where_all_is_finite_nothing_changes(given_to, second):
    function, arrays = given_to
    f = lambda *xs: function(*xs).sum()
    transform = ag.grad(lambda *xs: ag.grad(f)(*xs).sum()) if second else ag.grad(f)
    expected = transform(*arrays)
    with ag.detect_anomaly():
        assert np.array_equal(transform(*arrays), expected)


def floats(*shape):
    return ag.tensor(np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape), requires_grad=True)


HANDED_IN = {
    "max pooling": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, rng=0), nn.MaxPool2d(3, 2, 1))(np.ones((1, 1, 6, 6))),
    "causal": lambda: nn.functional.scaled_dot_product_attention(*[floats(1, 4, 3)] * 3, is_causal=True),
    "attention mask": lambda: nn.MultiheadAttention(6, 2, rng=0)(
        *[floats(4, 1, 6)] * 3, attn_mask=np.triu(np.ones((4, 4), bool), 1)
    )[0],
    "option": lambda: np.max(np.pad(floats(3), 1, constant_values=-np.inf), initial=-np.inf),
    "chosen": lambda: np.exp(np.where([True, False, True], floats(3), -np.inf)),
    "joined": lambda: np.concatenate([floats(3), [np.inf]])[:3],
    "written": lambda: np.exp(written(floats(3) * 1.0, -np.inf)),
}
ARISES = {
    "overflow": lambda: np.exp(floats(3) * 1000.0),
    "log of 0": lambda: np.log(floats(3)),
    "division": lambda: 1 / floats(3),
    "nan of infinities": lambda: np.sum(floats(3) * [np.inf, 0.0, np.inf]),
    "0 times infinity": lambda: floats(3) * np.inf,
    "beside a mask": lambda: np.exp(floats(3) * [np.inf, 0.0, 1000.0]),
    "the order is no number": lambda: np.linalg.norm(floats(2, 2) * 1e308 * 1.7, ord=np.inf, axis=(0, 1)),
}


def written(tensor, value):
    tensor[0] = value
    return tensor


@pytest.mark.parametrize("call", HANDED_IN.values(), ids=HANDED_IN)
def test_what_was_handed_in_is_no_anomaly(call):
    with ag.detect_anomaly():
        call().sum().backward()


@pytest.mark.parametrize("call", ARISES.values(), ids=ARISES)
def test_what_arises_is_one(call):
    with pytest.raises(ag.AnomalyError, match="the first nan or inf is"), ag.detect_anomaly():
        call()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_constant_that_had_it_already_is_named_where_a_leaf_would_get_it(bad):
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        loss = (x * np.array([1.0, bad])).sum()
        with pytest.raises(ag.AnomalyError, match=r"^backward of multiply, at .*There was one already in b\.$"):
            loss.backward()


def test_infinities_may_be_allowed():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly(inf=False):
        scores = np.where([True, False], x, -np.inf)
        weights = np.exp(scores - np.max(scores))
        (weights * x).sum().backward()
        with pytest.raises(ag.AnomalyError, match="nan at index"):
            scores - scores
    assert np.isfinite(x.grad).all()


def test_second_derivatives_are_looked_at():
    with (
        pytest.raises(ag.AnomalyError, match=r"^backward of power_derivative.*made the first nan or inf: inf"),
        ag.detect_anomaly(),
    ):
        ag.grad(ag.grad(lambda t: t**1.5))(np.array(0.0))


def test_a_sum_that_overflows_is_told():
    x, c = ag.tensor(np.float32(1.0), requires_grad=True), np.float32(3e38)
    with pytest.raises(ag.AnomalyError, match="a sum of finite contributions, is not finite: inf"), ag.detect_anomaly():
        (c * x + c * (x - 2)).backward()  # 0, and its slope 6e38
    with pytest.raises(ag.AnomalyError, match="the gradient to start from"), ag.detect_anomaly():
        (x * 2).backward(np.array(np.nan, np.float32))


def test_the_line_in_a_network_is_that_of_the_user():
    model = nn.Sequential(nn.Linear(1, 2, rng=0), nn.Tanh())
    model[0].weight.data = np.full((2, 1), np.inf)
    with pytest.raises(ag.AnomalyError, match=r"^linear, at .*There was one already in weight") as raised, ag.detect_anomaly():
        model(np.zeros((3, 1)))  # 0 times inf
    assert raised.value.place.function == "test_the_line_in_a_network_is_that_of_the_user"


def test_an_error_leaves_nothing_behind():
    x = ag.tensor(0.0, requires_grad=True)
    with pytest.raises(ag.AnomalyError), ag.detect_anomaly():
        np.log(x)
    assert sys.getprofile() is None
    assert np.log(x).item() == -np.inf


def test_it_is_seen_inside_of_watching_and_around_it():
    x = ag.tensor(0.0, requires_grad=True)
    with ag.watch(), pytest.raises(ag.AnomalyError), ag.detect_anomaly():
        np.log(x)
    with pytest.raises(ag.AnomalyError), ag.detect_anomaly(), ag.watch():
        np.log(x)


def test_generators_that_end_out_of_order_leave_nothing_on():
    def watching(watch):
        with watch:
            yield

    def profiler(frame, event, result):
        pass

    x = ag.tensor(0.0, requires_grad=True)
    for before in (None, profiler):
        first, second, third = (watching(watch()) for watch in (ag.detect_anomaly, ag.watch, ag.detect_anomaly))
        sys.setprofile(before)
        for each in (first, second, third):
            next(each)
        for each in (first, third):
            each.close()
        kept = note_of(np.log(x).node)  # no anomaly is looked for any more, and the other still watches
        second.close()
        after = sys.getprofile()
        sys.setprofile(None)
        assert kept is not None
        assert after is before


def test_a_watch_may_be_entered_again_within_itself():
    x, watch = ag.tensor(1.0, requires_grad=True), ag.watch()
    with watch:
        with watch:
            np.exp(x)
        assert note_of(np.exp(x).node) is not None
    assert sys.getprofile() is None


def test_a_watch_that_is_closed_in_another_thread_ends_all_the_same():
    def watching():
        with ag.detect_anomaly():
            yield

    x, each = ag.tensor(0.0, requires_grad=True), watching()
    next(each)
    thread = threading.Thread(target=each.close)
    thread.start()
    thread.join()
    assert np.log(x).item() == -np.inf
    assert sys.getprofile() is None


def test_what_is_compiled_is_not_looked_into():
    """Not the recording, which runs on stand-ins, and not the program; the function itself is."""
    f = ag.grad(lambda x: np.sum(np.sqrt(x)))
    x = np.array([0.0, 4.0])
    for watch in (ag.detect_anomaly, ag.watch):
        program = ag.compile(f)
        with watch():
            found = [program(x) for _ in range(3)]
        assert program.programs == 1
        assert all(np.array_equal(each, f(x)) for each in found)
    with pytest.raises(ag.AnomalyError, match="^backward of sqrt"), ag.detect_anomaly():
        f(x)


def test_outside_a_call_costs_what_it_did():
    """A block that was entered and left has changed nothing that a call runs."""
    x = ag.tensor(np.ones(3), requires_grad=True)
    before = {name: vars(sys.modules[f"autograd_lite.{name}"]).copy() for name in ("tensor", "engine", "graph", "primitive")}
    np.sin(x)
    code = np.sin(x).node.primitive, type(x).__array_ufunc__.__code__
    with ag.detect_anomaly(), ag.watch():
        np.sin(x).sum().backward()
    assert (np.sin(x).node.primitive, type(x).__array_ufunc__.__code__) == code
    after = {name: vars(sys.modules[f"autograd_lite.{name}"]) for name in before}
    assert all(after[name][key] is value for name, kept in before.items() for key, value in kept.items())
    assert sys.getprofile() is None


def through_data(w, c):
    w.data[0] = 5.0


def through_an_operand(w, c):
    c[1, 0] = 7.0


def through_a_view(w, c):
    c.T[0][...] *= 2


WRITES = {"through .data": (through_data, "b"), "an operand": (through_an_operand, "a"), "a view": (through_a_view, "a")}


@pytest.mark.parametrize(("write", "name"), WRITES.values(), ids=WRITES)
def test_a_saved_array_that_was_written_into_is_named(write, name):
    w, c = ag.tensor([[1.0], [2.0]], requires_grad=True), np.array([[3.0], [4.0]])
    with ag.detect_anomaly():
        loss = (c * (w * w)).sum()
        write(w, c)
        with pytest.raises(ag.AnomalyError, match="was written into since it was recorded") as raised:
            loss.backward()
    error = raised.value
    assert isinstance(error, RuntimeError)
    assert error.operation == "multiply"
    assert f": {name}, float64[2, 1] now in [" in str(error)
    assert error.place.line == line_of(test_a_saved_array_that_was_written_into_is_named) + 4
    assert error.index is None
    assert w.grad is None


def test_the_result_that_a_rule_reads_is_fingerprinted_too():
    x = ag.tensor([0.0, 1.0], requires_grad=True)
    with ag.detect_anomaly():
        y = np.exp(x)
        y.data[1] = 3.0
        with pytest.raises(ag.AnomalyError, match="backward of exp, at .*: its result, float64"):
            y.sum().backward()


def test_what_no_rule_reads_may_be_written_into():
    x, c = ag.tensor([0.0, 1.0], requires_grad=True), np.array([1.0, 2.0])
    with ag.detect_anomaly():
        loss = (x + c).sum()
        c[0] = 9.0
        loss.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_writes_that_the_engine_knows_of_are_allowed_or_refused_as_ever():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        y = x * 2.0
        z = np.exp(y)
        y[0] = 3.0  # a write of a Tensor has a derivative
        (z.sum() + (y * y).sum()).backward()
        assert np.allclose(x.grad, [2 * np.exp(2.0), 2 * np.exp(4.0) + 16.0])
        loss = (x * x).sum()
        x.data = np.zeros(2)
        with pytest.raises(RuntimeError, match="was written into since"):
            loss.backward()


def test_a_fingerprint_keeps_nothing_alive():
    x = ag.tensor(np.ones(5), requires_grad=True)
    with ag.detect_anomaly():
        y = x * np.full(5, 2.0)
        node = y.node
        (saved,) = (value for edge in node.edges for value in edge[2])
        gone = weakref.ref(saved)
        del saved
        y.sum().backward()
        assert gone() is None

"""The laws of recording and walking back: depth, memory, freedom from cycles, modes."""

import asyncio
import contextlib
import gc
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graph import Leaf


def leaf(*values):
    return ag.tensor(values[0] if len(values) == 1 else values, requires_grad=True, dtype=float)


@contextlib.contextmanager
def nothing_left_for_the_collector():
    """Everything made inside is freed without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        yield
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- depth and order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [lambda y: y + 1.0, lambda y: y * 1.0, np.negative], ids=["add", "multiply", "negative"])
def test_a_hundred_thousand_operations_deep(step):
    x = y = leaf(1.0)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)  # enough for this test and for NumPy, not for a walk over the graph
    try:
        for _ in range(100_000):
            y = step(y)
        y.backward(retain_graph=True)
        del y
    finally:
        sys.setrecursionlimit(limit)
    assert abs(x.grad) == 1


def test_a_deep_graph_that_is_never_walked_is_freed():
    y = leaf(1.0)
    for _ in range(100_000):
        y = y + 1.0
    node = weakref.ref(y.node)
    del y
    assert node() is None


def test_a_deep_graph_has_a_second_derivative():
    x = y = leaf(2.0)
    for _ in range(2_000):
        y = y * 1.0
    (y * y).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward()
    assert x.grad == 2


def test_each_node_is_visited_once():
    """60 doublings: 2**60 paths, 61 nodes."""
    x = y = leaf(1.0)
    for _ in range(60):
        y = y + y
    visited = [node for node, _ in ag.backpropagate({y.node: np.ones(())})]
    assert len(visited) == len(set(visited)) == 61
    assert (visited[0], visited[-1]) == (y.node, x.node)


def test_a_diamond_adds_up():
    x = y = leaf(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_nodes_come_after_everything_made_from_them():
    x = leaf(1.0, 2.0)
    a, b = np.sin(x), np.exp(x)
    y = (a * b + a).sum()
    order = [node for node, _ in ag.backpropagate({y.node: np.ones(())})]
    place = {node: i for i, node in enumerate(order)}
    assert place[y.node] == 0
    assert max(place[a.node], place[b.node]) < place[x.node] == len(order) - 1


def test_a_walk_until_a_node_goes_no_further_and_no_other_way():
    x, z = leaf(2.0), leaf(3.0)
    middle = x * x
    y = middle * z
    found = dict(ag.backpropagate({y.node: np.ones(())}, until=[middle.node]))
    assert found.keys() == {y.node, middle.node}
    assert found[middle.node] == 3


def test_a_walk_until_a_node_does_not_ask_what_came_before_it():
    x, z = leaf(2.0), leaf(3.0)
    freed = np.exp(x)
    middle = freed * 1.0
    (freed * 2.0).backward()
    y = middle * z
    assert middle.node in dict(ag.backpropagate({y.node: np.ones(())}, until=[middle.node, z.node]))


def test_several_starts_are_added():
    x = leaf(2.0)
    a, b = x * 3.0, x * 5.0
    found = dict(ag.backpropagate({a.node: np.ones(()), b.node: np.array(10.0)}))
    assert found[x.node] == 53


@pytest.mark.parametrize(
    "f", [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.power, np.matmul, np.dot, np.inner]
)
def test_a_value_may_be_used_twice_in_one_call(f):
    x = np.array([1.0, 2.0])
    g = np.ones_like(f(x, x))
    a, b = ag.vjp(f, x, x)[1](g)
    (both,) = ag.vjp(lambda x: f(x, x), x)[1](g)
    np.testing.assert_allclose(both, a + b)


# -- memory -------------------------------------------------------------------------------------------------------


def loss(x):
    return (np.tanh(x * x + np.exp(-x)) @ x).sum()


def backward(x, **options):
    x = ag.tensor(x, requires_grad=True)
    loss(x).backward(**options)
    return x.grad


def second_by_backward(x):
    x = ag.tensor(x, requires_grad=True)
    loss(x).backward(create_graph=True)
    g, x.grad = x.grad, None
    (g * g).sum().backward()
    return x.grad


def errors(x):
    t = ag.tensor(x, requires_grad=True)
    y = loss(t)
    y.backward()
    for wrong in (y.backward, lambda: t @ np.ones(7), lambda: np.sum(t, axis=5), lambda: np.asarray(t), lambda: np.fft.fft(t)):
        with contextlib.suppress(Exception):
            wrong()


def walk_left_early(x):
    for _ in ag.backpropagate({loss(ag.tensor(x, requires_grad=True)).node: np.ones(())}):
        break


TRANSFORMS = {
    "backward": backward,
    "backward, graph kept": lambda x: backward(x, retain_graph=True),
    "second derivative": second_by_backward,
    "no backward at all": lambda x: loss(ag.tensor(x, requires_grad=True)),
    "errors": errors,
    "a walk left early": walk_left_early,
    "grad": ag.grad(loss),
    "grad of grad": ag.grad(lambda x: np.sum(ag.grad(loss)(x) ** 2)),
    "value_and_grad": ag.value_and_grad(loss),
    "vjp": lambda x: ag.vjp(np.sin, x)[1](x),
    "jvp": lambda x: ag.jvp(np.sin, (x,), (x,)),
    "jacobian": ag.jacobian(np.sin),
    "hessian": ag.hessian(loss),
    "hvp": lambda x: ag.hvp(loss)(x, x),
}


@pytest.mark.parametrize("f", TRANSFORMS.values(), ids=TRANSFORMS)
def test_nothing_is_left_for_the_collector(f):
    x = np.array([0.5, 1.5])
    f(x)  # what is imported or cached at the first call is not the graph's
    with nothing_left_for_the_collector():
        f(x)


def test_the_test_for_cycles_sees_one():
    with pytest.raises(AssertionError), nothing_left_for_the_collector():
        (lambda cycle: cycle.append(cycle))([])


def test_a_graph_dies_with_its_last_tensor():
    x = leaf(1.0, 2.0)
    y = np.exp(np.sin(x))
    nodes = [weakref.ref(y.node), weakref.ref(y.node.edges[0][0])]
    del y
    assert [node() for node in nodes] == [None, None]


def test_backward_frees_what_was_saved():
    x = leaf(1.0, 2.0)
    middle = np.exp(x)
    kept = weakref.ref(middle.data)
    y = (middle * middle).sum()
    del middle
    assert kept() is not None
    y.backward()
    assert kept() is None


def alive(call, *arrays):
    """The arrays of a call (its arguments, its output) that the node of its output keeps alive."""
    tensors = [ag.tensor(x) + 0.0 if not tracked else ag.tensor(x, requires_grad=True) * 1.0 for x, tracked in arrays]
    y = call(*tensors)
    node, refs = y.node, [weakref.ref(t.data) for t in (*tensors, y)]
    for t in tensors:
        if t.node is not None:
            t.node.edges = ()  # what came before this call is not its business
    del tensors, y, t
    assert node is not None
    return [ref() is not None for ref in refs]


X = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("call", "tracked", "kept"),
    [
        (np.add, (True, True), [False, False, False]),
        (np.subtract, (True, True), [False, False, False]),
        (np.multiply, (True, False), [False, True, False]),
        (np.multiply, (False, True), [True, False, False]),
        (np.multiply, (True, True), [True, True, False]),
        (np.divide, (True, False), [False, True, False]),
        (np.divide, (False, True), [False, True, True]),
        (np.matmul, (True, False), [False, True, False]),
        (np.exp, (True,), [False, True]),
        (np.sqrt, (True,), [False, True]),
        (np.sin, (True,), [True, False]),
        (np.sum, (True,), [False, False]),
        (np.mean, (True,), [False, False]),
        (lambda x: x.reshape(4), (True,), [False, False]),
        (lambda x: x[[0, 0]], (True,), [False, False]),
        (lambda x: x.astype(np.float32), (True,), [False, False]),
        (lambda x: x.T.copy(), (True,), [False, False]),
        (lambda a, b: np.concatenate([a, b]), (True, True), [False, False, False]),
        (lambda a, b: np.where([True, False], a, b), (True, True), [False, False, False]),
    ],
)
def test_a_call_keeps_alive_what_its_rules_read_and_nothing_else(call, tracked, kept):
    assert alive(call, *((X, t) for t in tracked)) == kept


# -- backward -----------------------------------------------------------------------------------------------------


def peak_memory(call):
    """The most memory that a call takes beyond what there is before it, in bytes."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("walk", [lambda y: y.backward(), lambda y: list(ag.backpropagate({y.node: np.float64(1)}))[-1]])
def test_large_contributions_are_added_in_place_where_numpy_adds_temporaries_so(walk):
    x, a, b = (np.ones(1 << 17) for _ in range(3))
    w = ag.tensor(x, requires_grad=True)
    y = np.sum(w * a + w * b)
    peak_memory(lambda: walk(np.sum(w * a + w * b)))  # the first pass makes what it keeps
    assert peak_memory(lambda: walk(y)) < peak_memory(lambda: (x * a) + (x * b)) + x.nbytes // 2


def test_a_second_backward_names_the_operation_and_says_what_to_do():
    y = np.sin(leaf(1.0))
    y.backward()
    with pytest.raises(RuntimeError, match=r"'sin'(.|\n)*retain_graph=True"):
        y.backward()


def test_a_shared_part_that_was_freed_is_refused():
    shared = np.exp(leaf(1.0))
    (shared * 2.0).backward()
    with pytest.raises(RuntimeError, match="'exp'"):
        (shared * 3.0).backward()


def test_a_refused_pass_leaves_gradients_as_they_were():
    x, z = leaf(1.0), leaf(1.0)
    shared = np.exp(x)
    (shared * 2.0).backward()
    before = x.grad.copy()
    with pytest.raises(RuntimeError):
        (shared * z).backward()
    assert x.grad == before
    assert z.grad is None


def test_a_kept_graph_can_be_walked_again_and_gradients_accumulate():
    x = leaf(3.0)
    y = x * x
    for times in (1, 2, 3):
        y.backward(retain_graph=True)
        assert x.grad == 6 * times


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_a_gradient_is_an_array_that_can_be_written_also_when_accumulated(shape):
    x = ag.tensor(np.ones(shape), requires_grad=True)
    for _ in range(2):
        (x * 2.0).sum().backward()
        assert type(x.grad) is np.ndarray
        x.grad[...] = 5.0


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (np.sin, (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin)),
        (np.exp, (np.exp,) * 4),
        (lambda x: x**4, (lambda x: 4 * x**3, lambda x: 12 * x**2, lambda x: 24 * x, lambda x: 24)),
        (lambda x: 1 / x, (lambda x: -(x**-2), lambda x: 2 * x**-3, lambda x: -6 * x**-4, lambda x: 24 * x**-5)),
    ],
    ids=["sin", "exp", "x**4", "1 / x"],
)
def test_create_graph_gives_derivatives_of_any_order(f, derivatives, order):
    x = leaf(0.7)
    y = f(x)
    for _ in range(order):
        x.grad = None
        y.backward(create_graph=True)
        y = x.grad
    assert isinstance(y, ag.Tensor)
    assert y.item() == pytest.approx(derivatives[order - 1](0.7), rel=1e-13)


def test_leaves_share_no_gradient():
    """add hands the same g to both sides."""
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).backward(np.ones(2))
    a.grad[0] = 9.0
    assert b.grad.tolist() == [1, 1]


@pytest.mark.parametrize("make", [lambda a: a, lambda a: a + 0.0, lambda a: a.reshape(2), lambda a: a.T, lambda a: a[:], np.copy])
def test_a_given_gradient_is_neither_shared_nor_written(make):
    a = leaf(1.0, 2.0)
    g = np.ones(2)
    y = make(a)
    y.backward(g, retain_graph=True)
    y.backward(g, retain_graph=True)
    a.grad += 5.0
    assert g.tolist() == [1, 1]
    assert a.grad.tolist() == [7, 7]


def test_one_gradient_array_for_two_calls_is_not_summed_into():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + a + b + a).backward(np.ones(2))
    assert (a.grad.tolist(), b.grad.tolist()) == ([3, 3], [1, 1])


def test_accumulating_does_not_write_into_a_gradient_kept_from_before():
    x = leaf(1.0, 2.0)
    (x * 2.0).sum().backward()
    kept = x.grad
    (x * 2.0).sum().backward()
    assert kept.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("gradient", "error", "text"),
    [
        (None, ValueError, "only a single element"),
        (np.ones(3), ValueError, r"shape \(3,\)"),
        (np.ones(2, np.float32), TypeError, "float32"),
        (np.ones(2, int), TypeError, "astype"),
        (ag.tensor([1.0]), ValueError, r"shape \(1,\)"),
    ],
)
def test_a_gradient_of_another_kind_is_refused(gradient, error, text):
    with pytest.raises(error, match=text):
        leaf(1.0, 2.0).backward(gradient)


def test_backward_of_a_constant_is_refused():
    with pytest.raises(RuntimeError, match="requires_grad=True"):
        ag.tensor(1.0).backward()


def test_a_gradient_given_as_a_tracked_tensor_is_differentiated_too():
    x, g = leaf(3.0), leaf(5.0)
    (x * x).backward(g, create_graph=True)
    x.grad.backward()
    assert g.grad == 6


def test_interior_values_have_no_gradient():
    x = leaf(1.0)
    y = x * 2.0
    y.backward()
    assert y.grad is None
    assert isinstance(x.node, Leaf)


def test_no_rule_is_run_for_a_constant():
    """A product with one tracked side is multiplied once on the way back."""
    calls = []
    counted = ag.primitive(
        lambda a, b: a * b, a=lambda g, b: calls.append("a") or g * b, b=lambda g, a: calls.append("b") or g * a
    )
    counted(leaf(1.0), np.ones(())).backward()
    assert calls == ["a"]


def test_a_python_number_is_saved_in_the_dtype_of_the_result():
    """Saved as a float, it would widen what a rule computes from it, as in np.log(2.0)."""
    seen = []
    product = ag.primitive(lambda a, b: a * b, a=lambda g, b: seen.append(b.dtype) or g * b, b=lambda g, a: g * a)
    product(ag.tensor(1.0, requires_grad=True, dtype=np.float32), 2.0).backward()
    assert seen == [np.float32]


# -- modes --------------------------------------------------------------------------------------------------------


def recording():
    """True if a call is recorded; it is tried."""
    assert (np.sin(leaf(1.0)).node is not None) == ag.is_grad_enabled()
    return ag.is_grad_enabled()


def test_modes_nest_and_end():
    seen = [recording()]
    with ag.no_grad():
        seen.append(recording())
        with ag.enable_grad():
            seen.append(recording())
            with ag.no_grad():
                seen.append(recording())
            seen.append(recording())
        seen.append(recording())
    assert [*seen, recording()] == [True, False, True, False, True, False, True]


def test_a_mode_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), ag.no_grad():
        1 / 0
    assert recording()


def test_one_manager_can_be_entered_again():
    mode = ag.no_grad()
    with mode, ag.enable_grad(), mode:
        assert not recording()
    assert recording()


def test_decorators():
    assert not ag.no_grad()(recording)()
    assert ag.no_grad()(ag.enable_grad()(recording))()
    assert recording()


def test_a_decorated_function_keeps_its_name_and_may_call_itself():
    @ag.no_grad()
    def countdown(n):
        """To zero."""
        assert not recording()
        return countdown(n - 1) if n else "done"

    assert (countdown(5), countdown.__name__, countdown.__doc__) == ("done", "countdown", "To zero.")
    assert recording()


def test_threads_have_their_own_mode():
    seen = []
    with ag.no_grad():
        thread = threading.Thread(target=lambda: seen.append(recording()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_tasks_have_their_own_mode():
    seen = []

    async def one(mode):
        with mode():
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append((mode, recording()))

    async def both():
        await asyncio.gather(one(ag.no_grad), one(ag.enable_grad))
        assert recording()

    asyncio.run(both())
    assert len(seen) == 6
    assert all(recorded == (mode is ag.enable_grad) for mode, recorded in seen)


def test_coroutine_functions_are_decorated_while_they_run():
    @ag.no_grad()
    async def inner():
        await asyncio.sleep(0)
        return recording()

    async def outer():
        waiting = inner()
        before = recording()
        return before, await waiting, recording()

    assert asyncio.run(outer()) == (True, False, True)


def test_generators_are_refused():
    def numbers():
        yield 1

    async def more_numbers():
        yield 1

    for generator in (numbers, more_numbers):
        with pytest.raises(TypeError, match=r"with ag.no_grad\(\)"):
            ag.no_grad()(generator)


def test_nothing_is_recorded_for_constants_and_integers():
    assert np.sin(ag.tensor(1.0)).node is None
    assert leaf(1.5).astype(int).node is None
    with ag.no_grad():
        assert (leaf(1.0) * 2.0).node is None


def test_backward_works_inside_no_grad():
    x = leaf(3.0)
    y = x * x
    with ag.no_grad():
        y.backward()
    assert x.grad == 6


# -- primitives of one's own --------------------------------------------------------------------------------------


def test_a_declared_function_has_derivatives_of_every_order():
    cube = ag.primitive(lambda x: x**3, x=lambda g, x: g * 3 * x**2)
    assert cube(2.0) == 8.0
    assert [ag.grad(f)(2.0).item() for f in (cube, ag.grad(cube), ag.grad(ag.grad(cube)))] == [12, 12, 6]


@pytest.mark.parametrize("wrong", [np.ma.masked_array([1.0], [True]), {"a": 1.0}, "1", None], ids=str)
def test_what_a_declared_function_cannot_take_is_refused_by_name(wrong):
    product = ag.primitive(lambda a, b: a * b, a=lambda g, b: g * b, b=lambda g, a: g * a)
    for a, b, name in ((ag.tensor([1.0]), wrong, "b"), (wrong, np.ones(1), "a")):  # it was returned as NotImplemented
        with pytest.raises(TypeError, match=f"{name} is a .*Pass numbers, none of them masked"):
            product(a, b)


def test_a_declared_function_may_have_options_sequences_and_read_shapes():
    def total(arrays, scale=1.0):
        return scale * sum(np.sum(x) for x in arrays)

    total = ag.primitive(total, arrays=lambda g, i, arrays_shape, scale: np.broadcast_to(g * scale, arrays_shape[i]))
    a, b = leaf(1.0, 2.0), leaf(3.0)
    total([a, b], scale=4.0).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([4, 4], 4)


@pytest.mark.parametrize(
    ("function", "rules", "text"),
    [
        (np.sin, {}, "give a rule"),
        (lambda x: x, {"z": lambda g: g}, "arguments are x"),
        (lambda x: x, {"x": lambda g, z: g}, "cannot read 'z'"),
        (lambda x: x, {"x": lambda x: x}, "begins with 'x'"),
        (lambda g: g, {"g": lambda g: g}, "Rename it"),
        (lambda x, y: x, {"x": lambda g: g}, "Rename it"),
        (lambda x, x_shape: x, {"x": lambda g: g}, "Rename it"),
        (max, {"x": lambda g: g}, "Wrap it"),
    ],
)
def test_a_wrong_declaration_is_refused_when_it_is_made(function, rules, text):
    with pytest.raises(TypeError, match=text):
        ag.primitive(function, **rules)


# -- the public door ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [lambda g: None, lambda g: 1.0])
def test_a_rule_that_returns_no_array_is_named(wrong):
    double = ag.primitive(lambda x: 2 * x, x=wrong)
    with pytest.raises(TypeError, match="rule of '<lambda>' for 'x' returned a (NoneType|float)"):
        ag.grad(double)(1.0)


@pytest.mark.parametrize("result", [(1.0, 2.0), None, "x"])
def test_a_function_that_returns_no_array_is_named(result):
    f = ag.primitive(lambda x: result, x=lambda g: g)
    with pytest.raises(TypeError, match="a primitive returns one array"):
        f(ag.tensor(1.0))


def test_options_that_cannot_be_named_are_refused_at_declaration():
    with pytest.raises(TypeError, match="declared by name"):
        ag.primitive(lambda x, **options: x, x=lambda g: g)


def test_a_users_own_error_keeps_its_cause():
    def broken(x):
        raise ValueError("inside")

    with pytest.raises(ValueError, match="broken of .*inside") as caught:
        ag.primitive(broken, x=lambda g: g)(ag.tensor(1.0))
    assert caught.value.__cause__ is not None


def test_joining_many_arrays_saves_each_part_once():
    pieces = [ag.tensor([1.0], requires_grad=True) for _ in range(50)]
    saved = [edge[2] for edge in np.concatenate(pieces).node.edges]
    assert [part[0][0] for part in saved] == [(slice(i, i + 1),) for i in range(50)]


def test_leaving_a_mode_that_was_entered_elsewhere_leaves_recording_on():
    ag.no_grad().__exit__()
    assert ag.is_grad_enabled()


CHECKED_AT = [np.array([0.5, -1.5]), np.array([2.0, 3.0])]


def declared(rule):
    return ag.primitive(lambda a, b: a * b, a=rule, b=lambda g, a: g * a, check=CHECKED_AT)


def test_a_right_rule_passes_its_check():
    assert declared(lambda g, b: g * b)(ag.tensor(2.0), 3.0).item() == 6


@pytest.mark.parametrize("wrong", [lambda g, b: g * b * (1 + 1e-4), lambda g: g, lambda g, b: -g * b])
def test_a_wrong_rule_is_found_where_it_is_declared(wrong):
    with pytest.raises(ValueError, match=r"a rule does not agree with the function[^$]*d f.* / d rules\['a'\]"):
        declared(wrong)


def test_a_check_needs_all_its_arguments():
    with pytest.raises(TypeError, match="gives no array for the argument 'b'"):
        ag.primitive(lambda a, b: a * b, a=lambda g, b: g * b, b=lambda g, a: g * a, check=CHECKED_AT[:1])


def test_recorded_gradients_leave_nothing_to_the_collector():
    gc.collect()
    gc.disable()
    try:
        for again in (False, True):
            w = ag.tensor([1.0, 2.0], requires_grad=True)
            y = np.sum(np.tanh(w) * w**3)
            y.backward(create_graph=True)
            if again:
                y = np.sum(w.grad * w.grad)
                w.grad = None
                y.backward(create_graph=True)
                y.backward(create_graph=True)
            gone = [weakref.ref(w), weakref.ref(y.node), weakref.ref(w.node), weakref.ref(w.grad), weakref.ref(w.grad.node)]
            assert all(ref() is not None for ref in gone)
            del w, y
            assert [ref() for ref in gone] == [None] * 5
        for k in range(21):
            if k == 1:  # recorders are written now
                before = len(gc.get_objects())
            w = ag.tensor([1.0, 2.0], requires_grad=True)
            np.sum(np.tanh(w) * w**3).backward(create_graph=True)
            np.sum(w.grad**2).backward(create_graph=True)
            ag.hessian(lambda x: np.sum(x**3))(np.ones(2))
            ag.jvp(ag.grad(lambda x: np.sum(x**3)), (np.ones(2),), (np.ones(2),))
        assert len(gc.get_objects()) - before < 15
    finally:
        gc.enable()


def test_a_recorded_gradient_is_kept_as_long_as_its_leaf_and_replaced_by_the_next():
    w = ag.tensor(2.0, requires_grad=True)
    (w**3).backward(create_graph=True)
    first = w.grad
    assert w.grad is first
    assert w.node.owner() is w
    gone = weakref.ref(first)
    del first
    w.grad = None
    assert gone() is None
    (w**3).backward()
    assert w.grad == 12
    (w**2).backward(create_graph=True)
    assert isinstance(w.grad, ag.Tensor)
    assert float(w.grad.data) == 16

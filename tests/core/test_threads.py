"""Threads: gradients into a shared leaf add up, work side by side never fails, one graph walked twice says so."""

import sys
import threading

import numpy as np
import pytest

import autograd_lite as ag
import nn


@pytest.fixture(autouse=True)
def frequent_switches():
    """The interpreter changes threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def side_by_side(work, threads=8):
    """`work(i)` in each of several threads at once; their results in order. The first error is raised here."""
    results, errors = [None] * threads, []
    start = threading.Barrier(threads)

    def run(i):
        try:
            start.wait()
            results[i] = work(i)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(i,)) for i in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]
    return results


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_gradients_into_a_shared_leaf_add_up_exactly(shape, create_graph):
    w = ag.tensor(np.ones(shape), requires_grad=True)

    def work(i):
        for _ in range(30 if create_graph else 400):
            w.sum().backward(create_graph=create_graph)

    side_by_side(work)
    total = w.grad.data if create_graph else w.grad
    assert np.array_equal(total, np.full(shape, 8 * (30 if create_graph else 400.0)))


def test_gradients_of_several_shared_leaves_add_up_exactly():
    a, b = (ag.tensor(np.ones(2), requires_grad=True) for _ in range(2))

    def work(i):
        for _ in range(200):
            (a * (i + 1) + b * 2.0).sum().backward()

    side_by_side(work)
    assert np.array_equal(a.grad, np.full(2, 200.0 * 36))
    assert np.array_equal(b.grad, np.full(2, 200.0 * 16))


def decay(rate, n=60):
    u = ag.zeros(n + 1)
    u[0] = 1.0
    for i in range(n):
        u[i + 1] = u[i] - rate / n * u[i]
    return u[n]


def test_writes_side_by_side_have_their_own_gradients():
    expected = ag.grad(decay)(0.5)
    for found in side_by_side(lambda i: [ag.grad(decay)(0.5) for _ in range(25)]):
        assert all(np.array_equal(g, expected) for g in found)


def test_views_of_a_shared_tensor_are_taken_and_written_side_by_side():
    shared = ag.tensor(np.arange(64.0))
    w = ag.tensor(1.0, requires_grad=True)

    def work(i):
        for k in range(200):
            part = shared[8 * i + 4 : 8 * i + 4 + k % 4]
            shared[8 * i : 8 * i + 4] = float(i)  # `part` and those of the other threads show other elements
            assert (w * part).shape == (k % 4,)
        return shared.data[8 * i : 8 * i + 8]

    for i, found in enumerate(side_by_side(work)):
        assert np.array_equal(found[:4], np.full(4, float(i)))
        assert np.array_equal(found[4:], np.arange(8.0 * i + 4, 8 * i + 8))


def test_the_first_views_of_one_tensor_know_of_each_other():
    bases = [ag.tensor(np.zeros(4)) for _ in range(3000)]
    first, second = side_by_side(lambda i: [base[i : i + 2] for base in bases], 2)
    for base, mine, other in zip(bases, first, second, strict=True):
        base[1] = 1.0
        mine[0] = 2.0
        assert (mine.tolist(), other.tolist(), base.tolist()) == ([2.0, 1.0], [1.0, 0.0], [2.0, 1.0, 0.0, 0.0])


def test_recorded_writes_side_by_side_into_one_tensor_are_all_remembered():
    w = ag.tensor(np.arange(1.0, 9.0), requires_grad=True)
    shared = ag.zeros(64)
    parts = [shared[8 * i : 8 * i + 8] for i in range(8)]

    def work(i):
        for k in range(8):
            if k % 2:
                shared[8 * i + k] = w[i] * float(k)
            else:
                parts[i][k] = w[i] * float(k)
            assert parts[i].data[k] == k * (i + 1)
        parts[i] *= 2.0

    for _ in range(4):
        side_by_side(work)
        expected = 2 * np.outer(np.arange(1.0, 9.0), np.arange(8.0))
        assert np.array_equal(shared.data.reshape(8, 8), expected)
        w.grad = None
        shared.sum().backward(retain_graph=True)
        assert np.array_equal(w.grad, np.full(8, 56.0))


def test_models_train_side_by_side_and_end_where_each_ends_alone():
    x = np.linspace(-1, 1, 12).reshape(12, 1)
    target = np.sin(3 * x)

    def train(i, steps=60):
        rng = np.random.default_rng(i)
        model = nn.Sequential(nn.Linear(1, 4, rng=rng), nn.Tanh(), nn.Linear(4, 1, rng=rng))
        optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), target).backward()
            optimizer.step()
        return [p.data.copy() for p in model.parameters()]

    alone = [train(i) for i in range(6)]
    for mine, expected in zip(side_by_side(train, 6), alone, strict=True):
        assert all(map(np.array_equal, mine, expected))


def test_recorders_are_written_once_by_whoever_comes_first():
    for _ in range(40):
        cube = ag.primitive(lambda x, k=3: x**k, x=lambda g, x, k: g * k * x ** (k - 1))
        assert side_by_side(lambda i, cube=cube: float(ag.grad(cube)(2.0 + i))) == [3.0 * (2 + i) ** 2 for i in range(8)]


def test_transforms_nest_side_by_side():
    def work(i):
        return [float(ag.grad(ag.grad(lambda x: np.sin(x) * x**3))(1.0 + i)) for _ in range(20)]

    for i, found in enumerate(side_by_side(work)):
        x = 1.0 + i
        expected = -np.sin(x) * x**3 + 6 * np.cos(x) * x**2 + 6 * x * np.sin(x)
        assert np.allclose(found, expected, rtol=1e-12)


def test_a_graph_that_is_kept_can_be_walked_by_several_threads():
    w = ag.tensor(np.ones(3), requires_grad=True)
    y = w
    for _ in range(50):
        y = np.tanh(y) + w
    y = y.sum()
    y.backward(retain_graph=True)
    alone, w.grad = w.grad, None

    side_by_side(lambda i: [y.backward(retain_graph=True) for _ in range(10)])
    assert np.allclose(w.grad, 80 * alone, rtol=1e-13)


def test_a_graph_that_is_freed_by_one_thread_is_refused_in_words_to_the_others():
    for _ in range(60):
        w = ag.tensor(np.ones(3), requires_grad=True)
        y = w
        for _ in range(60):
            y = y * w
        y = y.sum()

        def work(i, y=y):
            try:
                y.backward()
            except RuntimeError as error:
                return "freed" if "freed" in str(error) else error
            return "walked"

        found = side_by_side(work, 3)
        assert set(found) <= {"freed", "walked"}
        walked = found.count("walked")
        assert np.array_equal(0.0 if w.grad is None else w.grad, np.full(3, 61.0) * walked if walked else 0.0)


def test_gradients_are_not_lost_while_another_thread_looks_at_stale_arrays():
    t = [ag.tensor(np.zeros(2)) for _ in range(50)]

    def work(i):
        w = ag.tensor(1.0, requires_grad=True)
        for k in range(300):
            t[(7 * i + k) % 50].data = np.full(2, float(k))
            if k % 10 == 0:
                (w * w).backward()
        return float(w.grad)

    assert side_by_side(work) == [60.0] * 8

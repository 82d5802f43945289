"""Gradients by parts of the rows, here and on the workers of a cluster, are those by all rows in one process."""

import functools
import os
import signal
import sys
import time

import numpy as np
import pytest

import nn
from nn import functional as F
from nn.parallel.shards import combined, gradients, learning, refuse_unless_additive, shards, telling_rows

N = 37
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
Y = RNG.normal(size=(N, 2))
LABELS = np.arange(N) % 4
LABELS[5] = -100  # left out by default
WEIGHTS = np.array([1.0, 0.5, 1.5, 1.0])


def network(*layers, outputs=2, dtype=None):
    rng = np.random.default_rng(1)
    return nn.Sequential(nn.Linear(3, 5, rng=rng, dtype=dtype), nn.Tanh(), *layers, nn.Linear(5, outputs, rng=rng, dtype=dtype))


def assert_same(results, others, precision=1e-13):
    assert results[0] == pytest.approx(others[0], rel=precision)
    for a, b in zip(results[1], others[1], strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert np.max(np.abs(a - b)) <= precision * np.max(np.abs(b))


# -- parts of the rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k"), [(1, 1), (1, 3), (2, 3), (10, 3), (11, 4), (100, 7)])
def test_shards_have_every_row_once_and_nearly_equal_lengths(n, k):
    parts = shards(n, k)
    lengths = {part.stop - part.start for part in parts}
    assert np.concatenate([np.arange(n)[part] for part in parts]).tolist() == list(range(n))
    assert len(parts) == min(n, k)
    assert min(lengths) >= 1
    assert max(lengths) - min(lengths) <= 1


LOSSES = {
    "squared error": (F.mse_loss, Y, False),
    "sum of squares": (nn.MSELoss(reduction="sum"), Y, True),
    "cross-entropy": (nn.CrossEntropyLoss(ignore_index=-1), np.maximum(LABELS, 0) % 2, False),
    "weighted sum": (nn.CrossEntropyLoss(WEIGHTS[:2], reduction="sum"), np.minimum(LABELS, LABELS % 2), True),
}


@pytest.mark.parametrize("ends", [[N // 2], [1], [3, 20, 36], list(range(1, N))], ids=lambda ends: f"{len(ends) + 1} parts")
@pytest.mark.parametrize("what", LOSSES)
def test_parts_make_up_the_whole(what, ends):
    loss, y, is_sum = LOSSES[what]
    model = network()
    parts = list(zip(np.split(X, ends), np.split(y, ends)))
    shares = [1.0 if is_sum else len(a) / N for a, _ in parts]
    refuse_unless_additive(model, loss, *telling_rows(X, y), is_sum)
    assert_same(combined([gradients(model, loss, *part) for part in parts], shares), gradients(model, loss, X, y))


def test_single_precision_stays_single():
    model, x, y = network(dtype=np.float32), X.astype(np.float32), Y.astype(np.float32)
    refuse_unless_additive(model, F.mse_loss, x, y, False)
    parts = [gradients(model, F.mse_loss, x[half], y[half]) for half in (slice(10), slice(10, None))]
    assert_same(combined(parts, [10 / N, 27 / N]), gradients(model, F.mse_loss, x, y), 1e-6)


def test_a_parameter_that_no_part_uses_has_no_gradient():
    assert combined([(1.0, [None, None]), (2.0, [np.ones(2), None])], [0.5, 0.25])[1][0].tolist() == [0.25, 0.25]
    assert combined([(1.0, [None]), (2.0, [None])], [0.5, 0.5]) == (1.5, [None])


def test_frozen_parameters_are_left_out():
    model = network()
    model[0].requires_grad_(False)
    assert len(gradients(model, F.mse_loss, X, Y)[1]) == 2 == len(learning(model))


# -- what is refused --------------------------------------------------------------------------------------------------


class Sequence(nn.Module):
    """Each row as a sequence of three numbers, for layers that want one."""

    def __init__(self, layer):
        self.layer, self.out = layer, nn.Linear(4, 2, rng=0)

    def forward(self, x):
        steps = x[:, :, None] * np.ones(4)
        inner = self.layer(steps, steps, steps) if isinstance(self.layer, nn.MultiheadAttention) else self.layer(steps)
        return self.out((inner[0] if isinstance(inner, tuple) else inner)[:, -1])


class Centred(nn.Module):
    """Compares samples with each other, without a buffer or a mode."""

    def forward(self, x):
        return x - x.mean(axis=0)


REFUSED = {
    "Dropout": (network(nn.Dropout(0.1)), F.mse_loss, Y, ["random numbers", r"2 \(Dropout\)", r"\.eval\(\)"]),
    "its own generator": (network(nn.Dropout(0.1, rng=0)), F.mse_loss, Y, ["random numbers", r"2 \(Dropout\)"]),
    "RReLU": (network(nn.RReLU()), F.mse_loss, Y, [r"2 \(RReLU\)"]),
    "LSTM": (Sequence(nn.LSTM(4, 4, 2, batch_first=True, dropout=0.5)), F.mse_loss, Y, [r"layer \(LSTM\)"]),
    "attention": (Sequence(nn.MultiheadAttention(4, 2, 0.5, batch_first=True)), F.mse_loss, Y, [r"layer \(MultiheadAttention\)"]),
    "BatchNorm1d": (network(nn.BatchNorm1d(5)), F.mse_loss, Y, ["2.running_mean", r"nn\.LayerNorm"]),
    "no statistics kept": (
        network(nn.BatchNorm1d(5, track_running_stats=False)), F.mse_loss, Y, ["not the mean", "batch normalisation"],
    ),
    "samples compared": (network(Centred()), F.mse_loss, Y, ["not the mean"]),
    "weights": (network(outputs=4), nn.CrossEntropyLoss(WEIGHTS), np.arange(N) % 4, ["not the mean", "reduction='sum'"]),
    "a row left out": (network(outputs=4), F.cross_entropy, LABELS, ["not the mean", "left out"]),
    "an unknown sum": (network(), functools.partial(F.mse_loss, reduction="sum"), Y, ["not the mean"]),
    "reduction none": (network(), nn.MSELoss(reduction="none"), Y, ["reduction='mean'"]),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_parts_cannot_make_up_is_refused(what):
    model, loss, y, words = REFUSED[what]
    with pytest.raises(ValueError, match=".*".join(words)):
        refuse_unless_additive(model, loss, *telling_rows(X, y), False)


def test_a_class_is_tried_however_rare_it_is():
    x, y = RNG.normal(size=(1000, 3)), np.zeros(1000, int)
    y[5] = -100
    with pytest.raises(ValueError, match="left out"):
        refuse_unless_additive(network(), F.cross_entropy, *telling_rows(x, y), False)


@pytest.mark.parametrize("what", ["Dropout", "RReLU", "LSTM", "attention", "BatchNorm1d"])
def test_it_is_taken_in_evaluation_mode(what):
    model, loss, y, _ = REFUSED[what]
    model.eval()
    try:
        refuse_unless_additive(model, loss, *telling_rows(X, y), False)
    finally:
        model.train()


def test_trying_leaves_no_trace():
    rng = nn.manual_seed(3)
    model = network(nn.BatchNorm1d(5), nn.Dropout(0.5, rng=7), nn.Dropout(0.5))
    before = model.state_dict(), str(rng.bit_generator.state), str(model[3].rng.bit_generator.state)
    with pytest.raises(ValueError, match="random"):
        refuse_unless_additive(model, F.mse_loss, X, Y, False)
    after = model.state_dict(), str(rng.bit_generator.state), str(model[3].rng.bit_generator.state)
    assert after[1:] == before[1:]
    assert all(np.array_equal(after[0][name], array) for name, array in before[0].items())
    assert all(p.grad is None for p in model.parameters())


def test_a_single_row_has_no_parts():
    refuse_unless_additive(network(), F.mse_loss, X[:1], Y[:1], False)


def test_what_is_missing_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-lite\[parallel\]'"), nn.parallel.connect():
        pass


@pytest.mark.parametrize(
    ("x", "y", "loss", "words"),
    [
        (X, Y[1:], F.mse_loss, "one row for each sample"),
        (X[:0], Y[:0], F.mse_loss, "no rows"),
        (X, Y, network(), "the loss has parameters"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_sent(x, y, loss, words):
    with pytest.raises(ValueError, match=words):
        nn.parallel.DataParallel(None, network(), x, y, loss=loss)


# -- on workers -------------------------------------------------------------------------------------------------------


def cluster():
    pytest.importorskip("distributed", reason="Dask's distributed is not installed")
    with nn.parallel.connect() as client:
        yield client


client = pytest.fixture(cluster, scope="module", name="client")
mortal = pytest.fixture(cluster, name="mortal")  # for the test that ends a worker: no other test shall miss it


ROWS = {
    "all": None,
    "unequal parts": [30, 2, 17, 5, 11],
    "one part only": [36, 20, 20],
    "unsigned": np.array([1, 36], np.uint8),
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("what", LOSSES)
def test_workers_give_the_gradients_of_one_process(client, what, rows):
    loss, y, _ = LOSSES[what]
    chosen = np.arange(N) if ROWS[rows] is None else ROWS[rows]
    model = network()
    workers = nn.parallel.DataParallel(client, model, X, y, loss=loss)
    assert [part.stop - part.start for part in workers.parts] == [18, 19]
    found = workers.backward(ROWS[rows])
    assert_same((found, [p.grad for p in model.parameters()]), gradients(network(), loss, X[chosen], y[chosen]))


def test_two_clusters_on_one_machine_do_not_meet(client):
    """Neither warns that the port of the other is in use."""
    with nn.parallel.connect(n_workers=1) as other:
        assert other.submit(sum, [1, 2]).result(timeout=60) == 3
        assert other.scheduler.address != client.scheduler.address


def test_training_is_the_same(client):
    alone, shared = network(), network()
    workers = nn.parallel.DataParallel(client, shared, X, Y)
    losses = []
    for model in (alone, shared):
        optimizer, order = nn.optim.Adam(model.parameters(), lr=0.05), np.random.default_rng(0)
        for _ in range(10):
            for (rows,) in nn.data.batches(np.arange(N), batch_size=10, rng=order):
                optimizer.zero_grad()
                if model is shared:
                    losses.append(workers.backward(rows))
                else:
                    F.mse_loss(model(X[rows]), Y[rows]).backward()
                optimizer.step()
    assert losses[-1] < losses[0]
    for a, b in zip(alone.parameters(), shared.parameters()):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-10)


def test_gradients_add_up_and_changes_of_the_model_are_seen(client):
    model = network(nn.Dropout(0.5)).eval()
    workers = nn.parallel.DataParallel(client, model, X, Y)
    workers.backward()
    once = [p.grad for p in model.parameters()]
    workers.backward()
    assert_same((0.0, [p.grad for p in model.parameters()]), (0.0, [2 * g for g in once]))
    model[0].requires_grad_(False)
    model[3].bias.data = np.array([1.0, 2.0])
    found = workers.backward()
    assert found == pytest.approx(F.mse_loss(model(X), Y).item(), rel=1e-13)


def test_a_mode_that_is_refused_is_refused_later_too(client):
    model = network(nn.Dropout(0.5)).eval()
    workers = nn.parallel.DataParallel(client, model, X, Y)
    model.train()
    with pytest.raises(ValueError, match="random numbers"):
        workers.backward()
    model.eval()
    assert workers.backward() > 0


def test_more_workers_than_rows_are_not_used(client):
    assert len(nn.parallel.DataParallel(client, network(), X[:1], Y[:1]).parts) == 1


@pytest.mark.parametrize("rows", [[], [0.5], [[1]], [-1], [N]])
def test_wrong_rows_are_told(client, rows):
    with pytest.raises(ValueError, match=r"DataParallel.backward: rows"):
        nn.parallel.DataParallel(client, network(), X, Y).backward(rows)


class Strict(nn.Module):
    """Refuses, or kills the process that it is in, when it sees a certain row; not in the process that made it."""

    def __init__(self, row, kill=False):
        self.inner, self.row, self.kill, self.home = network(), row, kill, os.getpid()

    def forward(self, x):
        if os.getpid() != self.home and (x == self.row).all(axis=1).any():
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise LookupError("not this row")
        return self.inner(x)


def test_an_error_on_a_worker_is_raised_here(client):
    workers = nn.parallel.DataParallel(client, Strict(X[30]), X, Y)
    with pytest.raises(LookupError, match="not this row"):
        workers.backward()
    assert workers.backward([1, 20]) > 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_a_worker_that_dies_is_told_and_training_goes_on_with_others(mortal):
    model = Strict(X[30], kill=True)
    before = model.state_dict()
    workers = nn.parallel.DataParallel(mortal, model, X, Y)
    for gone in (False, True):
        while gone and workers.workers[1] in mortal.nthreads():
            time.sleep(0.1)
        with pytest.raises(RuntimeError, match=r"worker tcp\S+ was lost, with rows 18 to 36. .* make a new DataParallel"):
            workers.backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(np.array_equal(array, before[name]) for name, array in model.state_dict().items())
    mortal.wait_for_workers(1, timeout=30)
    found = nn.parallel.DataParallel(mortal, model.inner, X, Y).backward()
    assert found == pytest.approx(F.mse_loss(model.inner(X), Y).item(), rel=1e-13)

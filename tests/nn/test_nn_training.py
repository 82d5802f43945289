"""fit: what it returns, which weights it leaves, how it stops, and what it shows."""

import contextlib
import io
import re
import sys

import numpy as np
import pytest

import nn
from nn import functional as F

X = np.linspace(-1, 1, 12).reshape(-1, 1)
Y = np.sin(3 * X)


def network(seed=0):
    return nn.Sequential(nn.Linear(1, 8, rng=seed), nn.Tanh(), nn.Linear(8, 1, rng=seed + 1))


def adam(model, lr=0.02):
    return nn.optim.Adam(model.parameters(), lr=lr)


def loss_of(model):
    return F.mse_loss(model(X), Y).item()


def unchanged(model, state):
    return all(np.array_equal(array, state[name]) for name, array in model.state_dict().items())


class Counting:
    """The squared error; in one of its calls, counted from 1, something happens."""

    def __init__(self, then=None, at=None):
        self.then, self.at = then, at
        self.calls, self.losses, self.rows = 0, [], []

    def __call__(self, prediction, target):
        self.calls += 1
        self.rows.append(target[:, 0].tolist())
        loss = F.mse_loss(prediction, target)
        if self.calls == self.at:
            loss = self.then(loss)
        self.losses.append(loss.item())
        return loss


def interrupt(loss):
    raise KeyboardInterrupt


# -- the run ------------------------------------------------------------------------------------------------------


def test_a_function_is_learnt():
    model = network()
    before = loss_of(model)
    history = nn.fit(model, X, Y, optimizer=adam(model), epochs=400)
    assert loss_of(model) < before / 100
    assert history.seconds > 0
    assert not history.interrupted


def test_the_history_has_the_loss_before_each_step():
    model, by_hand = network(), network()
    history = nn.fit(model, X, Y, optimizer=adam(model), epochs=20)
    optimizer, losses = adam(by_hand), []
    for _ in range(20):
        optimizer.zero_grad()
        loss = F.mse_loss(by_hand(X), Y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert history.loss == losses


def test_adam_at_a_thousandth_is_the_default():
    first, second = network(), network()
    histories = [nn.fit(first, X, Y, epochs=5), nn.fit(second, X, Y, optimizer=adam(second, 1e-3), epochs=5)]
    assert histories[0].loss == histories[1].loss


def test_a_thousand_epochs_are_the_default():
    assert len(nn.fit(nn.Linear(1, 1, rng=0), X, Y).loss) == 1000


@pytest.mark.parametrize("batch_size", [None, 5])
def test_the_same_seeds_give_exactly_the_same_run(batch_size):
    models = [network() for _ in range(3)]
    histories = [
        nn.fit(model, X, Y, optimizer=adam(model), epochs=30, batch_size=batch_size, rng=rng)
        for model, rng in zip(models, (7, np.random.default_rng(7), 7))
    ]
    assert histories[0].loss == histories[1].loss == histories[2].loss
    assert unchanged(models[1], models[0].state_dict())
    assert unchanged(models[2], models[0].state_dict())


def test_batches_follow_manual_seed():
    runs = []
    for seed in (3, 3, 4):
        nn.manual_seed(seed)
        runs.append(nn.fit(network(), X, Y, epochs=3, batch_size=5).loss)
    assert runs[0] == runs[1] != runs[2]


def test_numbers_may_come_as_lists():
    assert nn.fit(network(), X.tolist(), Y.tolist(), epochs=2).loss == nn.fit(network(), X, Y, epochs=2).loss


# -- batches ------------------------------------------------------------------------------------------------------


def test_every_epoch_goes_through_every_sample_once_in_another_order():
    loss = Counting()
    nn.fit(network(), X, Y, loss=loss, epochs=3, batch_size=5, rng=0)
    assert [len(rows) for rows in loss.rows] == [5, 5, 2] * 3
    epochs = [sum(loss.rows[k : k + 3], []) for k in (0, 3, 6)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(epochs[2]) == sorted(Y[:, 0].tolist())
    assert epochs[0] != epochs[1] != epochs[2]


def test_samples_stay_with_their_targets():
    def loss(prediction, target):
        np.testing.assert_array_equal(np.sin(3 * seen[-1]), target)
        return F.mse_loss(prediction, target)

    class Seeing(nn.Linear):
        def forward(self, x):
            seen.append(x)
            return super().forward(x)

    seen = []
    nn.fit(Seeing(1, 1), X, Y, loss=loss, epochs=2, batch_size=5)
    assert len(seen) == 6


def test_batches_keep_their_order_without_shuffling():
    loss = Counting()
    nn.fit(network(), X, Y, loss=loss, epochs=2, batch_size=5, shuffle=False)
    assert sum(loss.rows[:3], []) == sum(loss.rows[3:], []) == Y[:, 0].tolist()


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    loss = Counting()
    history = nn.fit(network(), X, Y, loss=loss, epochs=2, batch_size=5)
    np.testing.assert_allclose(history.loss, np.reshape(loss.losses, (2, 3)) @ [5 / 12, 5 / 12, 2 / 12], rtol=1e-14)
    assert history.best_loss == min(history.loss)


def test_a_batch_of_all_samples_is_a_full_step():
    one, other = network(), network()
    full = nn.fit(one, X, Y, epochs=3)
    batched = nn.fit(other, X, Y, epochs=3, batch_size=100, shuffle=False)
    np.testing.assert_allclose(batched.loss, full.loss, rtol=1e-14)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_has_at_least_one_sample(batch_size):
    with pytest.raises(ValueError, match=f"batch_size={batch_size} must be a whole number of at least 1"):
        nn.fit(network(), X, Y, batch_size=batch_size)


# -- the best weights ---------------------------------------------------------------------------------------------


def test_the_model_keeps_the_weights_of_the_best_loss():
    model = network()
    wild = nn.optim.SGD(model.parameters(), lr=1.5)
    history = nn.fit(model, X, Y, optimizer=wild, epochs=40)
    assert history.best_loss == history.loss[history.best_epoch] == min(history.loss) < history.loss[-1]
    assert loss_of(model) == history.best_loss


def test_the_loss_after_the_last_step_counts_too():
    model = network()
    history = nn.fit(model, X, Y, optimizer=adam(model, 1e-3), epochs=10)
    assert history.best_epoch == len(history.loss) == 10
    assert loss_of(model) == history.best_loss < min(history.loss)


def test_no_epochs_leave_the_model_as_it_is():
    model = network()
    before = model.state_dict()
    for batch_size in (None, 5):
        history = nn.fit(model, X, Y, epochs=0, batch_size=batch_size)
        assert history.loss == []
        assert unchanged(model, before)
    assert nn.fit(model, X, Y, epochs=0).best_loss == loss_of(model)


@pytest.mark.parametrize("batch_size", [None, 12])
def test_one_epoch_is_one_step(batch_size):
    model, by_hand = network(), network()
    history = nn.fit(model, X, Y, epochs=1, batch_size=batch_size, shuffle=False)
    assert len(history.loss) == 1
    optimizer = adam(by_hand, 1e-3)
    F.mse_loss(by_hand(X), Y).backward()
    optimizer.step()
    assert unchanged(model, by_hand.state_dict())


# -- stopping -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 12])
def test_ctrl_c_ends_the_training_with_the_best_weights(batch_size):
    model = network()
    wild = nn.optim.SGD(model.parameters(), lr=1.5)
    history = nn.fit(model, X, Y, optimizer=wild, epochs=100, batch_size=batch_size, loss=Counting(interrupt, at=21))
    assert history.interrupted
    assert len(history.loss) == 20
    assert history.best_loss == min(history.loss)
    assert re.fullmatch(r"History\(20 epochs, best loss .* in epoch \d+, .* s, interrupted\)", repr(history))
    if batch_size is None:
        assert loss_of(model) == history.best_loss


def test_ctrl_c_in_the_first_step_leaves_the_model_as_it_is():
    model = network()
    before = model.state_dict()
    history = nn.fit(model, X, Y, loss=Counting(interrupt, at=1), batch_size=5)
    assert history.interrupted
    assert history.loss == []
    assert unchanged(model, before)


@pytest.mark.parametrize("factor", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_the_training_with_the_best_weights(factor):
    model = network()
    loss = Counting(lambda value: value * factor, at=21)
    with pytest.raises(FloatingPointError) as error:
        nn.fit(model, X, Y, optimizer=nn.optim.SGD(model.parameters(), lr=1.5), epochs=100, loss=loss)
    best = int(np.argmin(loss.losses[:20]))
    assert loss_of(model) == loss.losses[best]
    message = f"the loss became {factor} in epoch 20; the model keeps the weights of epoch {best} (loss {loss.losses[best]:.4g})"
    assert message in str(error.value)
    assert "Try a smaller learning rate" in str(error.value)


def test_a_loss_that_never_was_finite_leaves_the_model_as_it_is():
    model = network()
    before = model.state_dict()
    with pytest.raises(FloatingPointError, match="became nan in epoch 0; the model keeps the weights it had"):
        nn.fit(model, X, np.full_like(Y, np.nan), batch_size=5)
    assert unchanged(model, before)


def test_the_best_weights_stay_when_the_last_step_spoils_them():
    model = network()
    before = model.state_dict()
    history = nn.fit(model, X, Y, loss=Counting(lambda value: value * np.nan, at=2), epochs=1)
    assert history.best_epoch == 0
    assert unchanged(model, before)


def test_any_other_error_passes_and_leaves_the_best_weights():
    def fail(loss):
        raise RuntimeError("mine")

    model = network()
    loss = Counting(fail, at=5)
    with pytest.raises(RuntimeError, match="mine"):
        nn.fit(model, X, Y, loss=loss)
    assert loss_of(model) == min(loss.losses)


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("then", [lambda loss: loss, interrupt, lambda loss: loss * np.nan], ids=["end", "ctrl-c", "nan"])
def test_the_model_trains_in_training_mode_and_gets_its_own_back(mode, then):
    modes = []

    class Watching(nn.Linear):
        def forward(self, x):
            modes.append(self.training)
            return super().forward(x)

    model = nn.Sequential(Watching(1, 1)).train(mode)
    with contextlib.suppress(FloatingPointError):
        nn.fit(model, X, Y, epochs=4, loss=Counting(then, at=3))
    assert modes[:3] == [True] * 3
    assert [module.training for module in model.modules()] == [mode, mode]


def test_every_module_gets_its_own_mode_back():
    model = network()
    model[1].eval()
    nn.fit(model, X, Y, epochs=1)
    assert [module.training for module in model] == [True, False, True]


@pytest.mark.parametrize(("x", "y"), [((12, 1), (11, 1)), ((0, 1), (0, 1)), ((), ()), ((1,), ())])
def test_each_sample_needs_a_row_of_x_and_of_y(x, y):
    with pytest.raises(ValueError) as error:
        nn.fit(network(), np.zeros(x), np.zeros(y))
    assert f"x has shape {x}, y has shape {y}; both need one row for each sample" in str(error.value)


def test_targets_of_another_shape_are_refused_with_the_reshape_to_write():
    with pytest.raises(ValueError, match=r"\(12, 1\).*\(12,\).*Write target.reshape\(12, 1\)"):
        nn.fit(network(), X, Y[:, 0])


@pytest.mark.parametrize("loss", [F.cross_entropy, nn.CrossEntropyLoss()], ids=["function", "module"])
@pytest.mark.parametrize("batch_size", [None, 4])
def test_classes_are_learnt(loss, batch_size):
    classes = (X[:, 0] > 0).astype(int) + (X[:, 0] > 0.5)
    model = nn.Sequential(nn.Linear(1, 8, rng=0), nn.Tanh(), nn.Linear(8, 3, rng=1))
    nn.fit(model, X, classes, loss=loss, optimizer=adam(model, 0.1), epochs=150, batch_size=batch_size, rng=0)
    assert model(X).argmax(axis=1).tolist() == classes.tolist()


def test_single_precision_stays_single():
    model = nn.Linear(1, 1, dtype=np.float32)
    nn.fit(model, X.astype(np.float32), Y.astype(np.float32), epochs=3)
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}


# -- progress -----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, **options):
    monkeypatch.setattr(sys, "stderr", stream)
    history = nn.fit(network(), X, Y, epochs=7, **options)
    assert len(history.loss) == 7
    return stream.getvalue()


def test_progress_is_quiet_where_there_is_no_terminal(monkeypatch, capsys):
    assert shown(monkeypatch, io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), progress=False) == ""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("batch_size", [None, 5])
def test_progress_is_a_line_where_tqdm_is_missing(monkeypatch, capsys, batch_size):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    for output in (shown(monkeypatch, io.StringIO(), progress=True, batch_size=batch_size), shown(monkeypatch, Terminal())):
        lines = output.split("\r")
        assert lines[1].startswith("fit: epoch 1/7, loss ")
        assert lines[-1].startswith("fit: epoch 7/7, loss ")
        assert output.endswith("\n")
    assert capsys.readouterr().out == ""


def test_the_line_is_ended_when_the_training_is_interrupted(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    nn.fit(network(), X, Y, loss=Counting(interrupt, at=3), progress=True)
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize("batch_size", [None, 5])
def test_progress_is_a_bar_where_tqdm_is_there(monkeypatch, capsys, batch_size):
    pytest.importorskip("tqdm")
    for output in (shown(monkeypatch, io.StringIO(), progress=True, batch_size=batch_size), shown(monkeypatch, Terminal())):
        assert "fit: " in output
        assert "7/7" in output
        assert "best" in output
        assert output.endswith("\n")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("tqdm_is_there", [True, False])
def test_progress_changes_nothing(monkeypatch, tqdm_is_there):
    if not tqdm_is_there:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    runs = []
    for progress in (True, False):
        model = network()
        optimizer = nn.optim.SGD(model.parameters(), lr=1.5)
        runs.append((model, nn.fit(model, X, Y, optimizer=optimizer, epochs=9, progress=progress)))
    (first, shown_), (second, quiet) = runs
    assert shown_.loss == quiet.loss
    assert shown_.best_epoch == quiet.best_epoch
    assert unchanged(first, second.state_dict())


@pytest.mark.parametrize("option", [{"batch_size": 1.5}, {"epochs": -1}, {"epochs": 2.5}])
def test_counts_are_whole_numbers(option):
    (name, value), *_ = option.items()
    with pytest.raises(ValueError, match=f"{name}={value} must be a whole number"):
        nn.fit(nn.Linear(1, 1), np.zeros((2, 1)), np.zeros((2, 1)), **option)


@pytest.mark.parametrize("loss", [nn.MSELoss("none"), lambda a, b: 1.0])
def test_a_loss_is_a_tensor_with_a_single_number(loss):
    with pytest.raises(TypeError, match="must be a Tensor with a single number"):
        nn.fit(nn.Linear(1, 1), np.zeros((2, 1)), np.zeros((2, 1)), loss=loss)


def test_an_optimizer_of_another_model_is_refused():
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    with pytest.raises(ValueError, match="none of the parameters"):
        nn.fit(model, np.zeros((2, 1)), np.zeros((2, 1)), optimizer=nn.optim.Adam(other.parameters()))


@pytest.mark.parametrize("option", [{"loss": nn.MSELoss}, {"optimizer": nn.optim.Adam}])
def test_a_class_in_place_of_an_object_is_told(option):
    with pytest.raises(TypeError, match="is the class"):
        nn.fit(nn.Linear(1, 1), np.zeros((2, 1)), np.zeros((2, 1)), **option)


def test_only_modules_are_trained():
    with pytest.raises(TypeError, match="not a Module"):
        nn.fit(np.tanh, np.zeros((2, 1)), np.zeros((2, 1)))

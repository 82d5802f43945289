"""fit: what it returns, which weights it leaves, how it stops, and what it shows."""

import contextlib
import io
import re
import sys
import warnings

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from nn.optim import lr_scheduler as lr

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


def test_a_function_is_learnt_from_its_derivative():
    """Where nothing records, such a model gives an array, and so does the loss: it is judged all the same."""

    class Slope(nn.Module):
        def __init__(self):
            self.network = network()

        def forward(self, x):
            return ag.grad(lambda x: np.sum(self.network(x)))(x)

    model, slopes = Slope(), 3 * np.cos(3 * X)
    history = nn.fit(model, X, slopes, optimizer=adam(model), epochs=300, validation=(X, slopes))
    assert history.best_loss < 0.01 < history.loss[0]
    values = model.network(X).data
    assert np.allclose(values - values[0], Y - Y[0], atol=0.1)
    assert nn.fit(model, X, slopes, optimizer=adam(model), epochs=1).best_loss < 0.02


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


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    "loss", [nn.MSELoss(), nn.BCELoss(), nn.BCEWithLogitsLoss(), nn.SoftMarginLoss(), nn.CrossEntropyLoss(), nn.HuberLoss()]
)
def test_nan_in_x_is_told_as_such_whatever_the_loss(loss, compile):
    model = nn.Sequential(nn.Linear(3, 1, rng=0), nn.Sigmoid())
    before = model.state_dict()
    with pytest.raises(FloatingPointError, match="became nan in epoch 0.* look for nan"), np.errstate(invalid="ignore"):
        nn.fit(model, np.full((2, 3), np.nan), np.ones((2, 1)), loss=loss, epochs=2, compile=compile)
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


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X.astype(str), "x is a ndarray of <U"),
        (X.astype(object), "x is a ndarray of object; it must be an array of real numbers"),
        ((row for row in X), "x is a generator"),
        (np.ma.masked_array(X, X > 0), "x is a masked array. Leave the rows out"),
        ([[1.0], [1.0, 2.0]], "x has rows of different lengths"),
    ],
)
def test_samples_are_real_numbers(x, message):
    for given in ({"x": x, "y": Y}, {"x": X, "y": Y, "validation": (x, Y)}):
        with pytest.raises((TypeError, ValueError), match=f"fit: (validation )?{message}"):
            nn.fit(network(), **given)


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


@pytest.mark.parametrize("loss", [nn.MSELoss(reduction="none"), lambda a, b: 1.0])
def test_a_loss_is_a_tensor_with_a_single_number(loss):
    with pytest.raises(TypeError, match="must be a Tensor with a single number"):
        nn.fit(nn.Linear(1, 1), np.zeros((2, 1)), np.zeros((2, 1)), loss=loss)


class Plain(nn.Module):
    """A model that forgets how it computed: what it returns knows of no parameter."""

    def __init__(self, forget):
        self.inner, self.forget = nn.Linear(1, 1), forget

    def forward(self, x):
        return self.forget(self.inner(x))


@pytest.mark.parametrize("forget", [lambda y: y.data, lambda y: y.detach()])
@pytest.mark.parametrize("options", [{}, {"batch_size": 1}, {"step": "by hand"}, {"sample_weight": [1.0, 2.0]}])
def test_a_model_that_returns_plain_numbers_is_told_so(forget, options):
    model, x, y = Plain(forget), np.zeros((2, 1)), np.ones((2, 1))
    if "step" in options:
        step = nn.train_step(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=0.1))
        with pytest.raises(TypeError, match="train_step: the loss must be .* Tensors became plain numbers"):
            step(x, y)
    else:
        with pytest.raises(TypeError, match="fit: the loss must be .* Tensors became plain numbers"):
            nn.fit(model, x, y, **options)


def test_hooks_are_called_in_every_step():
    model, calls = nn.Sequential(nn.Linear(1, 1), nn.Tanh()), []
    model[1].register_forward_hook(lambda *what: calls.append(1))
    nn.fit(model, np.zeros((2, 1)), np.ones((2, 1)), epochs=9, compile=True)
    assert len(calls) >= 9


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


# -- validation, and stopping by it -------------------------------------------------------------------------------

HELD_OUT = (X[::3] + 0.05, np.sin(3 * (X[::3] + 0.05)) + 0.1)


class Modes(nn.Module):
    """Notes its mode in each call."""

    def __init__(self):
        self.modes = []

    def forward(self, input):
        self.modes.append(self.training)
        return input


@pytest.mark.parametrize("batch_size", [None, 5])
def test_the_best_weights_are_those_of_the_best_validation_loss(batch_size):
    model = network()
    wild = nn.optim.SGD(model.parameters(), lr=1.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nn.TrainingWarning)  # the loss does not fall: it is wild
        history = nn.fit(model, X, Y, optimizer=wild, epochs=40, batch_size=batch_size, validation=HELD_OUT, rng=0)
    assert len(history.validation_loss) == len(history.loss) == 40
    assert history.best_loss == min(history.validation_loss) == history.validation_loss[history.best_epoch]
    np.testing.assert_allclose(F.mse_loss(model(HELD_OUT[0]), HELD_OUT[1]).item(), history.best_loss, rtol=1e-14)
    assert "best validation loss" in repr(history)


def test_validation_changes_nothing_but_the_choice():
    runs = []
    for validation in (None, HELD_OUT):
        model = nn.Sequential(nn.Linear(1, 8, rng=0), nn.BatchNorm1d(8), nn.Dropout(0.3, rng=1), nn.Linear(8, 1, rng=2))
        runs.append(nn.fit(model, X, Y, epochs=20, batch_size=5, rng=0, validation=validation).loss)
    assert runs[0] == runs[1]


def test_validation_is_in_eval_mode_and_records_nothing():
    model = nn.Sequential(nn.Linear(1, 1), Modes())
    recorded = []

    def loss(prediction, target):
        recorded.append(prediction.requires_grad)
        return F.mse_loss(prediction, target)

    nn.fit(model, X, Y, epochs=2, batch_size=6, loss=loss, validation=[HELD_OUT[0][:3], HELD_OUT[1][:3]])
    assert model[1].modes == recorded == [True, True, False] * 2


def test_patience_ends_the_training_with_the_best_weights():
    model = network()
    losses = iter([5.0, 4.0, 4.0, 3.0, 3.0, 3.5, 3.0, 1.0])

    def loss(prediction, target):
        return F.mse_loss(prediction, target) if prediction.requires_grad else ag.tensor(next(losses))

    weights = []
    history = nn.fit(
        model, X, Y, loss=loss, validation=HELD_OUT, patience=3, callbacks=[lambda run: weights.append(run.model.state_dict())]
    )
    assert history.validation_loss == [5.0, 4.0, 4.0, 3.0, 3.0, 3.5, 3.0]
    assert history.best_epoch == 3
    assert history.stopped_early
    assert repr(history).endswith(", stopped early)")
    assert unchanged(model, weights[3])
    assert not unchanged(model, weights[6])


def test_buffers_are_part_of_the_best_weights():
    model = nn.Sequential(nn.Linear(1, 4, rng=0), nn.BatchNorm1d(4), nn.Linear(4, 1, rng=1))
    states = []
    history = nn.fit(
        model, X, Y, optimizer=nn.optim.SGD(model.parameters(), lr=0.1), epochs=30, validation=HELD_OUT,
        callbacks=[lambda run: states.append(run.model.state_dict())],
    )  # fmt: skip
    assert history.best_epoch < 29
    assert unchanged(model, states[history.best_epoch])


# -- schedulers, clipping, callbacks ------------------------------------------------------------------------------


def halving(optimizer):
    return lr.ExponentialLR(optimizer, 0.5)


def test_a_scheduler_is_stepped_after_each_epoch():
    model = network()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.4)
    history = nn.fit(model, X, Y, optimizer=optimizer, epochs=3, batch_size=5, scheduler=halving(optimizer))
    assert history.lr == [0.4, 0.2, 0.1]


def test_a_scheduler_is_stepped_after_each_batch():
    model = network()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.4)
    history = nn.fit(model, X, Y, optimizer=optimizer, epochs=2, batch_size=6, scheduler=halving(optimizer), schedule="batch")
    assert history.lr == [0.1, 0.025]


@pytest.mark.parametrize("validation", [None, HELD_OUT])
def test_a_scheduler_that_goes_by_the_loss_gets_it(validation):
    model = network()
    optimizer = adam(model)
    scheduler = lr.ReduceLROnPlateau(optimizer, patience=0, threshold=0.0, threshold_mode="abs")
    history = nn.fit(model, X, Y, optimizer=optimizer, epochs=9, scheduler=scheduler, validation=validation)
    assert scheduler.best == min(history.validation_loss if validation else history.loss)


@pytest.mark.parametrize(
    ("option", "size"),
    [
        ({"clip_grad_norm": 0.01}, lambda g: np.sqrt(sum(np.sum(a**2) for a in g))),
        ({"clip_grad_value": 0.01}, lambda g: max(map(np.max, map(np.abs, g)))),
    ],
)
def test_gradients_are_clipped(option, size):
    sizes = []

    class Watching(nn.optim.SGD):
        def compute_update(self, flat, group):
            sizes.append(size([flat.gradient]))
            super().compute_update(flat, group)

    for options in ({}, option):
        model = network()
        nn.fit(model, X, 10 * Y, optimizer=Watching(model.parameters(), lr=1e-3), epochs=3, **options)
    assert min(sizes[:3]) > 0.02
    np.testing.assert_allclose(sizes[3:], 0.01, rtol=1e-3)


def test_every_callback_sees_every_epoch_and_one_can_end_the_training():
    seen = []
    model = network()
    callbacks = [lambda run: len(run.history.loss) == 3, lambda run: seen.append((run.model, len(run.history.loss)))]
    history = nn.fit(model, X, Y, epochs=9, callbacks=callbacks)
    assert seen == [(model, 1), (model, 2), (model, 3)]
    assert len(history.loss) == 3
    assert history.stopped_early


def test_lbfgs_is_trained_with_the_same_call():
    model = network()
    optimizer = nn.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
    history = nn.fit(model, X, Y, optimizer=optimizer, epochs=30)
    assert history.best_loss == loss_of(model) < 1e-5


# -- checkpoints --------------------------------------------------------------------------------------------------


class Wandering(nn.Module):
    """A network with all that a checkpoint must hold: buffers, dropout of its own generator and of the default one."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.layers = nn.Sequential(nn.Linear(1, 8, rng=rng), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Dropout(0.2, rng=5))
        self.last = nn.Linear(8, 1, rng=rng)
        self.frozen = nn.Parameter([1.0], requires_grad=False)

    def forward(self, x):
        return self.last(self.layers(x)) * self.frozen


OPTIMIZERS = {
    "SGD": lambda p: nn.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda p: nn.optim.Adam(p, lr=0.02, amsgrad=True),
    "groups": lambda p: nn.optim.AdamW([{"params": p[:2], "lr": 0.1}, {"params": p[2:]}], lr=0.01),
    "NAdam": lambda p: nn.optim.NAdam(p, lr=0.02),
    "Rprop": nn.optim.Rprop,
    "LBFGS": lambda p: nn.optim.LBFGS(p, max_iter=4),
}


SCHEDULERS = {
    "exponential": lambda o: lr.ExponentialLR(o, 0.9),
    "one cycle": lambda o: lr.OneCycleLR(o, max_lr=0.1, total_steps=100),
    "plateau": lambda o: lr.ReduceLROnPlateau(o, patience=0),
    "lambda": lambda o: lr.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "warm-up": lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.1, total_iters=5), lr.CosineAnnealingLR(o, 9)], [3]),
}


def a_run(path, epochs, seed, optimizer="Adam", scheduler="exponential", **options):
    """A training as a script would begin it, in a process whose generators are anywhere."""
    nn.manual_seed(seed)
    model = Wandering()
    made = OPTIMIZERS[optimizer](list(model.parameters()))
    rng = None if seed % 2 else np.random.default_rng(seed)
    history = nn.fit(
        model, X, Y, optimizer=made, scheduler=SCHEDULERS[scheduler](made), epochs=epochs, rng=rng, checkpoint=path,
        resume=path is not None, progress=False, **options,
    )  # fmt: skip
    return model, made, history


def identical(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(identical, a, b))
    return np.array_equal(a, b, equal_nan=isinstance(a, float))


@pytest.mark.parametrize(
    ("made", "options"),
    [
        *[({"optimizer": name}, {}) for name in OPTIMIZERS],
        *[({"optimizer": name}, {"batch_size": 5}) for name in OPTIMIZERS if name != "LBFGS"],
        *[({"scheduler": name}, {"batch_size": 5, "validation": HELD_OUT}) for name in SCHEDULERS],
        *[({"scheduler": name}, {"batch_size": 5, "schedule": "batch"}) for name in SCHEDULERS if name != "plateau"],
        ({}, {"batch_size": 5, "clip_grad_norm": 0.1, "patience": 100, "validation": HELD_OUT}),
    ],
    ids=str,
)
@pytest.mark.parametrize("seeds", [(2, 4), (3, 5)], ids=["own rng", "default rng"])
def test_a_resumed_run_is_the_run_without_a_break(tmp_path, made, options, seeds):
    path = tmp_path / "run.npz"
    whole, whole_optimizer, expected = a_run(tmp_path / "whole.npz", 9, seeds[0], **made, **options)
    a_run(path, 4, seeds[0], **made, **options)
    model, made, history = a_run(path, 9, seeds[1], **made, **options)
    assert history.loss == expected.loss
    assert history.validation_loss == expected.validation_loss
    assert history.lr == expected.lr
    assert (history.best_loss, history.best_epoch) == (expected.best_loss, expected.best_epoch)
    assert unchanged(model, whole.state_dict())
    assert identical(made.state_dict(), whole_optimizer.state_dict())
    saved, other = nn.storage.load(path), nn.storage.load(tmp_path / "whole.npz")
    for state in (saved, other):
        del state["history"]["seconds"]
    assert identical(saved, other)


def test_a_checkpoint_may_be_a_file_of_tensors(tmp_path):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    whole, _, expected = a_run(None, 9, 2, batch_size=5)
    a_run(tmp_path / "run.safetensors", 4, 2, batch_size=5)
    model, _, history = a_run(tmp_path / "run.safetensors", 9, 4, batch_size=5)
    assert history.loss == expected.loss
    assert unchanged(model, whole.state_dict())


@pytest.mark.parametrize("at", [1, 7, 14, 20])
def test_a_run_killed_anywhere_goes_on_from_the_last_epoch(tmp_path, at):
    path = tmp_path / "run.npz"
    whole, _, expected = a_run(None, 7, 2, batch_size=5)

    def killed(loss):
        raise SystemExit

    with pytest.raises(SystemExit):
        a_run(path, 7, 2, batch_size=5, loss=Counting(killed, at))
    model, _, history = a_run(path, 7, 4, batch_size=5, loss=Counting())
    assert history.loss == expected.loss
    assert unchanged(model, whole.state_dict())


@pytest.mark.parametrize("every", [2, 3, 100])
def test_checkpoints_are_made_as_often_as_asked_and_at_the_end(tmp_path, monkeypatch, every):
    done = []
    module = sys.modules["nn.training.fit"]  # the name nn.training.fit is the function
    real = module.save
    monkeypatch.setattr(module, "save", lambda state, path: (done.append(len(state["history"]["loss"])), real(state, path)))
    model = network()
    nn.fit(model, X, Y, epochs=7, checkpoint=tmp_path / "a.npz", checkpoint_every=every)
    assert done == sorted({*range(every, 8, every), 7})


def test_a_run_that_cannot_be_saved_fails_at_once_and_one_that_fails_at_once_is_saved(tmp_path):
    loss = Counting()
    with pytest.raises(FileNotFoundError, match="no such folder"):
        nn.fit(network(), X, Y, loss=loss, epochs=2, checkpoint=tmp_path / "missing" / "a.npz")
    assert loss.calls == 0
    for error in (ValueError, KeyboardInterrupt):  # in the first epoch
        path, model = tmp_path / f"{error.__name__}.npz", network()

        def broken(prediction, target, error=error):
            raise error

        with pytest.raises(ValueError) if error is ValueError else contextlib.nullcontext():
            nn.fit(model, X, Y, loss=broken, epochs=2, checkpoint=path)
        assert unchanged(model, nn.load(path)["model"])
        assert [file.name for file in tmp_path.iterdir() if file.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    "stop",
    [{"patience": 2, "validation": HELD_OUT}, {"callbacks": [lambda run: len(run.history.loss) == 3]}],
    ids=["patience", "callback"],
)
def test_a_run_that_stopped_early_stays_stopped(tmp_path, stop):
    histories = []
    for _ in range(2):
        model = network()
        wild = nn.optim.SGD(model.parameters(), lr=3.0)
        histories.append(
            nn.fit(model, X, Y, optimizer=wild, epochs=50, checkpoint=tmp_path / "a.npz", checkpoint_every=7, resume=True, **stop)
        )
    first, second = histories
    assert len(nn.storage.load(tmp_path / "a.npz")["history"]["loss"]) == len(first.loss)
    assert second.seconds > nn.storage.load(tmp_path / "a.npz")["history"]["seconds"] > 0
    assert first.stopped_early
    assert second.stopped_early
    assert first.loss == second.loss
    assert 0 < len(first.loss) < 50


def test_a_checkpoint_has_weights_that_are_frozen_and_weights_that_are_not_the_models(tmp_path):
    class Scaled(nn.MSELoss):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(1.0)

        def forward(self, input, target):
            return super().forward(input * self.scale, target)

    found = []
    for file, start, epochs in (("whole", 1.0, 6), ("run", 1.0, 3), ("run", 2.0, 6)):
        model, loss = Wandering(), Scaled()
        model.frozen.data[...] = loss.scale.data[...] = start
        nn.manual_seed(0)
        optimizer = nn.optim.SGD([p for p in (*model.parameters(), *loss.parameters()) if p.requires_grad], lr=0.01)
        nn.fit(model, X, Y, loss=loss, optimizer=optimizer, epochs=epochs, checkpoint=tmp_path / f"{file}.npz", resume=True)
        found.append((model.frozen.item(), loss.scale.item()))
    assert found[0] == found[2] != found[1]
    assert found[0][0] == 1.0


def test_a_checkpoint_has_the_weights_of_the_model(tmp_path):
    model, other = network(), network(5)
    nn.fit(model, X, Y, epochs=3, checkpoint=tmp_path / "a.npz")
    other.load_state_dict(nn.storage.load(tmp_path / "a.npz")["model"])
    assert unchanged(other, model.state_dict())


def test_a_checkpoint_is_not_written_over_unasked(tmp_path):
    nn.fit(network(), X, Y, epochs=2, checkpoint=tmp_path / "a.npz")
    before = (tmp_path / "a.npz").read_bytes()
    with pytest.raises(FileExistsError, match=r"write resume=True to go on from it, or delete it.*a\.npz"):
        nn.fit(network(), X, Y, epochs=2, checkpoint=tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == before


OTHER = nn.Sequential(nn.Linear(1, 9), nn.Tanh(), nn.Linear(9, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model, o: {"batch_size": 4}, "settings batch_size: 5 in the checkpoint, 4 now"),
        (lambda model, o: {"clip_grad_norm": 1.0}, "settings clip_grad_norm: None in the checkpoint, 1.0 now"),
        (lambda model, o: {"x": X[1:], "y": Y[1:]}, r"settings x: \(12, 1\) in the checkpoint, \(11, 1\) now"),
        (lambda model, o: {"rng": 3}, "settings own rng: False in the checkpoint, True now"),
        (lambda model, o: {"model": OTHER, "optimizer": adam(OTHER)}, r"weights 0\.bias: \[8\] in the checkpoint, \[9\] now"),
        (lambda model, o: {"optimizer": nn.optim.SGD(model.parameters())}, "does not fit this SGD"),
        (lambda model, o: {"scheduler": halving(o)}, "scheduler: none in the checkpoint"),
    ],
)  # fmt: skip
def test_a_checkpoint_of_another_run_is_refused_and_loads_nothing(tmp_path, change, message):
    nn.fit(network(), X, Y, epochs=2, batch_size=5, checkpoint=tmp_path / "a.npz")
    model = network(7)
    optimizer = adam(model)
    options = {"model": model, "x": X, "y": Y, "optimizer": optimizer, "batch_size": 5} | change(model, optimizer)
    before, state = options["model"].state_dict(), options["optimizer"].state_dict()
    with pytest.raises(ValueError, match=message) as error:
        nn.fit(**options, epochs=4, checkpoint=tmp_path / "a.npz", resume=True)
    assert "a.npz" in str(error.value)
    assert unchanged(options["model"], before)
    assert identical(options["optimizer"].state_dict(), state)


@pytest.mark.parametrize("state", [3, [], {"weight": np.ones(2)}], ids=str)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, state):
    nn.storage.save(tmp_path / "a.npz", state)
    with pytest.raises(ValueError, match=r"a.npz: the checkpoint is of another run; nothing was loaded.\n  missing: settings"):
        nn.fit(network(), X, Y, checkpoint=tmp_path / "a.npz", resume=True)


def test_what_cannot_be_saved_is_told_before_the_first_step(tmp_path):
    model = network()
    optimizer = adam(model)
    scheduler = halving(optimizer)
    before = model.state_dict()
    cases = [("a.pt", 1, ValueError), ("no/a.npz", 1, OSError), ("a.npz", print, TypeError)]
    for name, scheduler.kept, error in cases:
        with pytest.raises(error):
            nn.fit(model, X, Y, optimizer=optimizer, scheduler=scheduler, checkpoint=tmp_path / name)
    assert unchanged(model, before)
    assert list(tmp_path.iterdir()) == []


# -- the history --------------------------------------------------------------------------------------------------


def test_a_history_prints_its_curves():
    history = nn.fit(network(), X, Y, epochs=100, validation=HELD_OUT)
    first, loss, validation = str(history).splitlines()
    assert first == repr(history)
    assert re.fullmatch(r"loss [▁-█]{60} from \S+ to \S+", loss)
    assert re.fullmatch(r"validation [▁-█]{60} from \S+ to \S+", validation)
    assert str(nn.History()) == repr(nn.History())


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], ""), ([3.0], "▁"), ([2.0, 2.0], "▁▁"), ([-1.0, 0.0, 1.0], "▁▅█"), ([1.0, 100.0, 10.0], "▁█▅"), (range(-1, 240), None)],
)
def test_a_sparkline_is_lowest_where_the_numbers_are(values, expected):
    line = nn.training.history.sparkline(values)
    if expected is None:
        assert len(line) == 60
        assert list(line) == sorted(line)
    else:
        assert line.replace("▄", "▅") == expected


def test_a_history_plots_itself(tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    history = nn.fit(network(), X, Y, epochs=5, validation=HELD_OUT)
    axes = history.plot()
    assert [line.get_ydata().tolist() for line in axes.lines[:2]] == [history.loss, history.validation_loss]
    assert axes.get_yscale() == "log"
    axes.figure.savefig(tmp_path / "loss.png")
    assert history.plot(axes) is axes
    assert nn.History(loss=[1.0, -1.0]).plot().get_yscale() == "linear"
    pyplot.close("all")


def test_a_missing_matplotlib_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-lite\[plot\]'"):
        nn.History(loss=[1.0]).plot()


def test_progress_shows_losses_rates_and_what_is_missing_for_a_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    for progress, stream in ((True, io.StringIO()), (None, Terminal())):
        last = shown(monkeypatch, stream, progress=progress, validation=HELD_OUT).split("\r")[-1]
        number = r"[\d.e+-]+"
        line = rf"fit: epoch 7/7, loss {number}, validation {number}, best {number}, lr 0.001, {number} epochs/s  "
        assert re.fullmatch(line + (r"\(for a bar: pip install 'autograd-lite\[progress\]'\)\n" if progress else "\n"), last)


@pytest.mark.parametrize("tqdm_is_there", [True, False])
def test_progress_ends_where_the_training_does(monkeypatch, tqdm_is_there):
    if not tqdm_is_there:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    nn.fit(network(), X, Y, epochs=50, progress=True, callbacks=[lambda run: len(run.history.loss) == 3])
    assert "3/50" in stream.getvalue().split("\r")[-1]


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patience": 3}, ValueError, r"patience needs data to judge by. Write validation=\(x_validation, y_validation\)"),
        ({"patience": 0, "validation": HELD_OUT}, ValueError, "patience=0 must be a whole number of at least 1"),
        ({"validation": X}, TypeError, "validation is a ndarray; write validation="),
        ({"validation": (X, Y[1:])}, ValueError, r"validation x has shape \(12, 1\), validation y has shape \(11, 1\)"),
        ({"validation": (X, np.full_like(Y, np.nan))}, FloatingPointError, "the validation loss became nan in epoch 0"),
        ({"schedule": "batch"}, ValueError, "there is no scheduler"),
        ({"schedule": "step"}, ValueError, "schedule='step'; write 'epoch' or 'batch'"),
        ({"scheduler": halving(adam(network()))}, ValueError, "the scheduler is not one of the optimizer"),
        ({"resume": True}, ValueError, r"resume needs a file to go on from. Write checkpoint='run.npz'"),
        ({"checkpoint_every": 0}, ValueError, "checkpoint_every=0 must be"),
        ({"checkpoint": ""}, nn.StorageError, "the path must end in .npz or .safetensors"),
        ({"clip_grad_norm": -1.0}, ValueError, "clip_grad_norm=-1.0 must be a number that is not negative"),
        ({"clip_grad_value": "1"}, ValueError, "clip_grad_value='1' must be a number"),
        ({"epochs": True}, ValueError, "epochs=True must be a whole number"),
        ({"epochs": None}, ValueError, "epochs=None must be a whole number"),
        ({"shuffle": "no"}, TypeError, "shuffle='no'; write True or False"),
        ({"progress": "no"}, TypeError, "progress='no'; write True or False"),
        ({"loss": "mse"}, TypeError, "loss='mse' is no function; write nn.functional.mse_loss"),
        ({"optimizer": "adam"}, TypeError, r"optimizer='adam' is no optimizer; write nn.optim.Adam\(model.parameters\(\)\)"),
        ({"callbacks": print}, TypeError, r"must be a list of functions; write \[callback\]"),
        ({"callbacks": iter([print])}, TypeError, "must be a list of functions"),  # would be called in the first epoch alone
        ({"rng": -1}, ValueError, "a seed is not negative"),
        ({"rng": True}, TypeError, "rng is a bool"),
        ({"optimizer": nn.optim.LevenbergMarquardt([nn.Parameter(1.0)])}, TypeError, "wants residuals, not a loss"),
        ({"callbacks": [lambda run: "stop"]}, TypeError, "a callback returned a str"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_named(options, error, message):
    with pytest.raises(error, match=message):
        nn.fit(network(), X, Y, **{"epochs": 2, **options})


def test_a_scheduler_that_goes_by_the_loss_is_not_stepped_by_batch():
    model = network()
    optimizer = adam(model)
    with pytest.raises(ValueError, match="a ReduceLROnPlateau goes by the loss of an epoch; write schedule='epoch'"):
        nn.fit(model, X, Y, optimizer=optimizer, scheduler=lr.ReduceLROnPlateau(optimizer), schedule="batch")

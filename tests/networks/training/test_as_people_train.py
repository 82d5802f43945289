"""Trainings as people run them: modes that stay, warnings that name a layer, checkpoints by name, weights and metrics."""

import functools
import time
import warnings

import numpy as np
import pytest

import autograd_lite as ag
import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = X[:, :1] * 2 + X[:, 1:] ** 2
LABELS = (X[:, 0] > 0.8).astype(int)


def net(activation=nn.Tanh, out=1):
    return nn.Sequential(nn.Linear(2, 8, rng=0), activation(), nn.Linear(8, out, rng=1))


class Two(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 1, rng=0)

    def forward(self, first, second):
        return self.layer(np.concatenate([first, second], axis=1))


class Halves(nn.Module):
    """The same two layers, defined in either order."""

    def __init__(self, swapped):
        a, b = nn.Linear(2, 2, rng=1), nn.Linear(2, 2, rng=2)
        if swapped:
            self.b, self.a = b, a
        else:
            self.a, self.b = a, b

    def forward(self, x):
        return self.b(np.tanh(self.a(x)))


@pytest.mark.parametrize("validation", [None, (X, Y)])
def test_parts_in_eval_mode_stay_in_it(validation):
    model = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2), nn.Linear(2, 1, rng=0))
    model[0].eval()
    before, other = model[0].running_mean.copy(), model[1].running_mean.copy()
    nn.fit(model, X + 5, Y, epochs=3, batch_size=20, validation=validation, metrics={"mae": lambda p, t: np.abs(p - t).mean()})
    assert np.array_equal(model[0].running_mean, before)
    assert not np.array_equal(model[1].running_mean, other)
    assert [module.training for module in model] == [False, True, True]


def test_several_inputs_go_in_order_or_by_name():
    first, second = X[:, :1], X[:, 1:]
    by_order, by_name = (first, second), {"second": second, "first": first}
    losses = [nn.fit(Two(), x, Y, epochs=4, batch_size=16, rng=0, validation=(x, Y)).validation_loss for x in (by_order, by_name)]
    assert losses[0] == losses[1]
    with pytest.raises(ValueError, match="one row for each sample"):
        nn.fit(Two(), (first, second[:-1]), Y, epochs=1)


@pytest.mark.parametrize("batch_size", [None, 7])
def test_weights_of_0_and_1_are_a_choice_of_samples(batch_size):
    kept = np.arange(60) < 42
    one, other = net(), net()
    options = {"epochs": 5, "shuffle": False, "batch_size": batch_size}
    weighted = nn.fit(one, X, Y, sample_weight=kept.astype(float), **options)
    chosen = nn.fit(other, X[kept], Y[kept], **options)
    if batch_size is None:
        assert np.allclose(weighted.loss, chosen.loss)
        assert all(np.allclose(a.data, b.data) for a, b in zip(one.parameters(), other.parameters()))
    else:
        assert np.allclose(weighted.loss[0], chosen.loss[0])


def test_a_weight_of_a_class_is_that_of_its_samples():
    weights = {0: 1.0, 1: 3.0}
    options = {"loss": nn.CrossEntropyLoss(), "epochs": 5}
    by_class = nn.fit(net(out=2), X, LABELS, class_weight=weights, **options)
    by_sample = nn.fit(net(out=2), X, LABELS, sample_weight=np.where(LABELS == 1, 3.0, 1.0), **options)
    repeated = np.concatenate([np.arange(60), np.repeat(np.flatnonzero(LABELS), 2)])
    by_hand = nn.fit(net(out=2), X[repeated], LABELS[repeated], **options)
    assert by_class.loss == by_sample.loss
    assert np.allclose(by_class.loss, by_hand.loss)
    balanced = nn.fit(net(out=2), X, LABELS, class_weight="balanced", **options)
    share = LABELS.mean()
    alike = nn.fit(net(out=2), X, LABELS, sample_weight=np.where(LABELS == 1, 0.5 / share, 0.5 / (1 - share)), **options)
    assert np.allclose(balanced.loss, alike.loss)


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(np.array([1.0, 2.0, 30.0])),
        nn.CrossEntropyLoss(ignore_index=0),
        nn.CrossEntropyLoss(np.array([0.5, 2.0, 30.0]), ignore_index=1, label_smoothing=0.1),
        nn.NLLLoss(np.array([1.0, 2.0, 30.0])),
        functools.partial(nn.functional.cross_entropy, weight=np.array([1.0, 2.0, 30.0])),
        nn.BCEWithLogitsLoss(np.array([1.0, 2.0, 30.0])),
        nn.MSELoss(),
    ],
)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_sample_of_weight_2_counts_as_two_whatever_its_label_weighs(loss, batch_size):
    labels = np.arange(60) % 3
    y = np.eye(3)[labels] if isinstance(loss, (nn.MSELoss, nn.BCEWithLogitsLoss)) else labels
    options = {"loss": loss, "epochs": 3, "rng": 0}
    plain, ones = (nn.fit(net(out=3), X, y, batch_size=batch_size, sample_weight=w, **options) for w in (None, np.ones(60)))
    assert np.allclose(plain.loss, ones.loss)
    counts = RNG.integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), counts)
    weighted = nn.fit(net(out=3), X, y, sample_weight=counts, **options)
    assert np.allclose(weighted.loss, nn.fit(net(out=3), X[repeated], y[repeated], **options).loss)


def test_balanced_classes_weigh_the_same_whatever_their_samples_weigh():
    options, labels = {"loss": nn.CrossEntropyLoss(), "epochs": 5}, np.arange(60) % 3
    counts = RNG.integers(0, 4, 60) * np.where(labels == 1, 3, 1)
    repeated = np.repeat(np.arange(60), counts)
    weighted = nn.fit(net(out=3), X, labels, class_weight="balanced", sample_weight=counts, **options)
    by_hand = nn.fit(net(out=3), X[repeated], labels[repeated], class_weight="balanced", **options)
    assert np.allclose(weighted.loss, by_hand.loss)
    totals = np.bincount(labels, counts)
    alike = nn.fit(net(out=3), X, labels, sample_weight=counts / totals[labels], **options)
    assert np.allclose(weighted.loss, alike.loss)
    counts[labels == 2] = 0  # a class that is left out
    weighted, two = (
        nn.fit(net(out=3), X[kept], labels[kept], class_weight="balanced", sample_weight=counts[kept], **options)
        for kept in (slice(None), labels != 2)
    )
    assert np.allclose(weighted.loss, two.loss)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"sample_weight": np.ones(3)}, ValueError, "60 numbers"),
        ({"sample_weight": -np.ones(60)}, ValueError, "not negative"),
        ({"sample_weight": np.ones(60), "loss": lambda p, y: ((p - y) ** 2).mean()}, TypeError, "reduction"),
        ({"class_weight": {7: 2.0}, "y": LABELS}, ValueError, "no label"),
        ({"class_weight": "even", "y": LABELS}, TypeError, "balanced"),
        ({"metrics": [np.mean]}, TypeError, "metrics"),
        (
            {"metrics": {"e": lambda p, y: abs(p - y)}},
            TypeError,
            r"the metric 'e' gave an array of shape \(60, 1\); it must",
        ),
        ({"metrics": {"e": lambda p, y: None}}, TypeError, "the metric 'e' gave None; it must give a number"),
        ({"metrics": {"e": lambda p, y: 1j}}, TypeError, "the metric 'e' gave 1j; it must give a number"),
        ({"checkpoint_every": 0}, ValueError, "checkpoint_every"),
        ({"drop_last": True, "batch_size": 100}, ValueError, "drop_last"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        nn.fit(net(), X, options.pop("y", Y), epochs=1, **options)


def test_metrics_are_of_all_samples_together():
    model = net()
    metrics = {"worst": lambda p, y: np.abs(p - y).max()}
    history = nn.fit(model, X, Y, epochs=3, batch_size=7, rng=0, validation=(X[:30], Y[:30]), metrics=metrics)
    with ag.no_grad():
        best = np.abs(model(X[:30]).data - Y[:30]).max()
    assert len(history.metrics["worst"]) == 3
    assert history.metrics["worst"][history.best_epoch] == pytest.approx(best)


def test_a_last_batch_that_is_smaller_can_be_left_out():
    sizes = []

    class Sized(nn.Linear):
        def forward(self, x):
            sizes.append(len(x))
            return super().forward(x)

    nn.fit(Sized(2, 1, rng=0), X, Y, epochs=2, batch_size=16, drop_last=True)
    assert sizes == [16] * 6


def dead():
    model = net(nn.ReLU)
    model[0].bias.data = np.full(8, -1e3)
    return model, X, None


def saturated():
    return net(), X * 1e6, None


def replaced():
    model = net()
    optimizer = nn.optim.Adam(model.parameters())
    model[2] = nn.Linear(8, 1, rng=3)
    return model, X, optimizer


def standing():
    model = net()
    return model, X, nn.optim.SGD(model.parameters(), lr=0.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (dead, ["ReLU", "'1'", "8 of 8"]),
        (saturated, ["Tanh", "'1'", "Standard"]),
        (replaced, ["2.weight", "Make it"]),
        (standing, ["not fallen"]),
    ],
)
def test_what_goes_nowhere_is_said_once_with_the_layer_and_the_remedy(make, words):
    model, x, optimizer = make()
    with pytest.warns(nn.TrainingWarning) as said:
        nn.fit(model, x, Y, optimizer=optimizer, epochs=12)
    assert len(said) == 1
    assert said[0].filename == __file__
    assert all(word in str(said[0].message) for word in words)


def test_an_ordinary_training_is_not_warned_of():
    for activation in (nn.ReLU, nn.Tanh, nn.Sigmoid):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nn.fit(net(activation), X, Y, epochs=12)


def interrupted(path, model, at=7, **options):
    def stop(run):
        if len(run.history.loss) == at:
            raise KeyboardInterrupt

    return nn.fit(model, X, np.hstack([Y, Y]), epochs=15, batch_size=20, rng=0, checkpoint=path, callbacks=[stop], **options)


@pytest.mark.parametrize("every", [None, 100, 1e9])
def test_ctrl_c_loses_next_to_nothing_and_the_run_goes_on_by_name(tmp_path, every):
    whole, path = Halves(False), tmp_path / "run.npz"
    reference = nn.fit(whole, X, np.hstack([Y, Y]), epochs=15, batch_size=20, rng=0)
    assert interrupted(path, Halves(False), checkpoint_every=every).interrupted
    assert len(nn.load(path)["history"]["loss"]) == 7
    model = Halves(True)
    history = nn.fit(model, X, np.hstack([Y, Y]), epochs=15, batch_size=20, rng=0, checkpoint=path, resume=True)
    assert history.loss == reference.loss
    assert all(np.array_equal(model.state_dict()[name], value) for name, value in whole.state_dict().items())


def test_options_that_differ_from_the_checkpoints_are_named(tmp_path):
    interrupted(tmp_path / "run.npz", Halves(False))
    model = Halves(False)
    with pytest.warns(nn.TrainingWarning, match=r"lr=\): 0.001 in the checkpoint, 0.5 now"):
        nn.fit(
            model, X, np.hstack([Y, Y]), epochs=8, batch_size=20, rng=0, checkpoint=tmp_path / "run.npz", resume=True,
            optimizer=nn.optim.Adam(model.parameters(), lr=0.5),
        )  # fmt: skip


def test_a_checkpoint_as_often_as_is_cheap_costs_little(tmp_path):
    def seconds(**options):
        started = time.process_time()
        nn.fit(net(), X, Y, epochs=4000, rng=0, **options)
        return time.process_time() - started

    ratios = [seconds(checkpoint=tmp_path / f"{k}.npz") / seconds() for k in range(3)]
    assert min(ratios) < 1.3


class Inside(nn.Module):
    """A network that calls its activation as a function."""

    def __init__(self, activation):
        self.first, self.last, self.activation = nn.Linear(2, 8, rng=0), nn.Linear(8, 1, rng=1), activation

    def forward(self, x):
        return self.last(self.activation(self.first(x)))


@pytest.mark.parametrize("activation", [nn.functional.relu, nn.functional.gelu, nn.functional.elu, nn.SiLU()])
def test_layers_whose_gradient_is_0_are_named(activation):
    model = Inside(activation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(model, X, Y, epochs=12, progress=False)
    model.first.bias.data = np.full(8, -1000.0)
    with pytest.warns(nn.TrainingWarning, match=r"gradient of first\.weight, first\.bias.* is 0 in the last step"):
        nn.fit(model, X, Y, epochs=12, progress=False)


def test_an_exact_solution_is_no_standstill():
    model = nn.Linear(2, 1, rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.fit(model, X, X @ [[1.0], [2.0]], optimizer=nn.optim.LBFGS(model.parameters()), epochs=20, progress=False)


def test_a_layer_that_is_put_in_during_the_training_is_named_once():
    model = net()

    def put_in(run):
        if len(run.history.loss) == 2:
            run.model[2] = nn.Linear(8, 1, rng=2)

    with pytest.warns(nn.TrainingWarning, match=r"2\.weight, 2\.bias will not be trained") as seen:
        nn.fit(model, X, Y, epochs=4, callbacks=[put_in], progress=False)
    assert len(seen) == 1


def with_decay(model, gamma, lr=0.01):
    optimizer = nn.optim.SGD(model.parameters(), lr=lr)
    return {"optimizer": optimizer, "scheduler": nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma)}


def test_a_schedule_or_a_loss_that_differs_from_the_checkpoints_is_named(tmp_path):
    path, l1 = tmp_path / "run.npz", nn.functional.l1_loss
    model = net()
    nn.fit(model, X, Y, epochs=2, checkpoint=path, **with_decay(model, 0.5))
    for epochs, options, words in (
        (4, {"gamma": 0.9}, r"option ExponentialLR\(gamma=\): 0.5 in the checkpoint, 0.9 now"),
        (6, {"gamma": 0.9}, r"option ExponentialLR\(gamma=\): 0.5 in the checkpoint, 0.9 now"),  # it was 0.5 that held
        (8, {"gamma": 0.5, "lr": 0.2}, r"option SGD\(lr=\): 0.01 in the checkpoint, 0.2 now"),
    ):
        model = net()
        with pytest.warns(nn.TrainingWarning, match=words) as seen:
            history = nn.fit(model, X, Y, epochs=epochs, checkpoint=path, resume=True, **with_decay(model, **options))
        assert len(seen) == 1
        assert np.allclose(history.lr, 0.01 * 0.5 ** np.arange(epochs))
    model = net()
    with pytest.warns(nn.TrainingWarning, match="the loss is l1_loss now, and was mse_loss"):
        nn.fit(model, X, Y, epochs=9, checkpoint=path, resume=True, loss=l1, **with_decay(model, 0.5))


def test_a_cycle_of_too_few_steps_is_refused_before_anything_is_trained():
    model = net()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before = model[0].weight.data.copy()
    scheduler = nn.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=8)
    with pytest.raises(ValueError, match="made for 8 steps, and there are 9: after each of 3 batches in 3 epochs.*total_steps=9"):
        nn.fit(model, X, Y, optimizer=optimizer, scheduler=scheduler, schedule="batch", epochs=3, batch_size=20)
    with pytest.raises(ValueError, match="made for 8 steps, and there are 9: after each of 9 epochs"):
        nn.fit(model, X, Y, optimizer=optimizer, scheduler=scheduler, epochs=9)
    assert np.array_equal(model[0].weight.data, before)
    nn.fit(model, X, Y, optimizer=optimizer, scheduler=scheduler, schedule="batch", epochs=4, batch_size=25, drop_last=True)


def test_a_validation_with_inputs_of_another_kind_says_which():
    first, second = X[:, :1], X[:, 1:]
    with pytest.raises(ValueError, match=r"x is a dict of \['first', 'second'\], validation x is a tuple of 2 arrays"):
        nn.fit(Two(), {"first": first, "second": second}, Y, validation=((first, second), Y), epochs=1)


def test_labels_that_a_part_of_a_function_ignores_are_named():
    loss = functools.partial(nn.functional.cross_entropy, ignore_index=9)
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=r"All labels of a batch are to be ignored \(9\)"):
        nn.fit(net(out=2), X, np.full(60, 9), loss=loss, epochs=1)


def test_a_cycle_meant_for_batches_is_not_stepped_by_epoch():
    model = net()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = nn.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=5, steps_per_epoch=3)
    with pytest.raises(ValueError, match="schedule='batch'"):
        nn.fit(model, X, Y, optimizer=optimizer, scheduler=scheduler, epochs=5, batch_size=20)


def test_outputs_and_gradients_of_inner_layers_are_those_computed_by_hand():
    model = net()
    with nn.record(model) as seen:
        loss = (model(X) ** 2).mean()
    hidden = np.tanh(X @ model[0].weight.data.T + model[0].bias.data)
    assert np.allclose(seen["1"].data, hidden)
    outer = model[2](hidden)
    assert np.allclose(seen.gradients(loss)["1"], (2 * outer.data / outer.size) @ model[2].weight.data)
    loss.backward()
    assert "forward" not in vars(model[1])
    assert model[0].weight.grad is not None
    with pytest.raises(KeyError, match="'9'"):
        seen["9"]


S = nn.optim.lr_scheduler
SCHEDULERS = {
    "plateau": lambda o: S.ReduceLROnPlateau(o, patience=0),
    "lambda": lambda o: S.LambdaLR(o, lambda epoch: 0.5**epoch),
    "multiplicative": lambda o: S.MultiplicativeLR(o, lambda epoch: 0.5),
    "cosine": lambda o: S.CosineAnnealingLR(o, 10),
    "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 4),
    "one cycle": lambda o: S.OneCycleLR(o, 0.1, total_steps=10),
    "step": lambda o: S.StepLR(o, 2),
    "sequence": lambda o: S.SequentialLR(o, [S.ConstantLR(o), S.StepLR(o, 1)], [2]),
}


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_groups_that_are_added_later_are_scheduled_too(kind):
    optimizer = nn.optim.SGD([nn.Parameter(1.0)], lr=0.1, momentum=0.9)
    scheduler = SCHEDULERS[kind](optimizer)
    metric = (1.0,) if kind == "plateau" else ()
    scheduler.step(*metric)
    optimizer.add_param_group({"params": [nn.Parameter(1.0)], "lr": 0.01})
    before = [group["lr"] for group in optimizer.param_groups]
    for _ in range(2):
        scheduler.step(*metric)
    after = [group["lr"] for group in optimizer.param_groups]
    assert len(after) == 2
    assert after[0] != before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize(("start", "sign"), [(-1.0, 1), (1.0, 1), (-1.0, -1), (1.0, -1)])
def test_a_plateau_is_one_whatever_the_sign_of_the_metric(start, sign):
    optimizer = nn.optim.SGD([nn.Parameter(1.0)], lr=0.1)
    scheduler = S.ReduceLROnPlateau(optimizer, mode="min" if sign > 0 else "max", patience=1)
    for k in range(4):
        scheduler.step(start + sign * k * 1e-5)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)
    for k in range(1, 4):
        scheduler.step(start - sign * k * 0.1)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_parameters_are_given_with_or_without_names_but_in_order():
    model = net()
    named, plain = nn.optim.SGD(model.named_parameters(), lr=0.1), nn.optim.SGD(model.parameters(), lr=0.1)
    assert [p.shape for p in named.param_groups[0]["params"]] == [p.shape for p in plain.param_groups[0]["params"]]
    for given in (set(model.parameters()), [{"params": set(model.parameters())}]):
        with pytest.raises(TypeError, match="order"):
            nn.optim.SGD(given, lr=0.1)


def test_inplace_is_accepted_and_changes_nothing():
    x = np.linspace(-2, 2, 9)
    for module in (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Mish, nn.SELU, nn.Hardswish, nn.ELU, nn.LeakyReLU, nn.CELU, nn.Hardtanh):
        before = x.copy()
        assert np.array_equal(module(inplace=True)(x), module()(x))
        assert np.array_equal(x, before)
        function = getattr(nn.functional, module.__name__.lower().replace("leakyrelu", "leaky_relu"))
        assert np.array_equal(function(x, inplace=True), module()(x))
    assert repr(nn.Dropout(0.5, inplace=True)) == repr(nn.Dropout(0.5))


def test_a_state_is_saved_in_either_order(tmp_path):
    state = {"a": np.ones(2)}
    for order in ((state, tmp_path / "a.npz"), (str(tmp_path / "b.npz"), state)):
        nn.save(*order)
        assert np.array_equal(nn.load(max(order, key=lambda part: isinstance(part, str) or hasattr(part, "name")))["a"], [1, 1])
    with pytest.raises(TypeError, match=r"nn\.save\(state"):
        nn.save(state, state)


# -- what a message advises -------------------------------------------------------------------------------------------

ROWS, ONES = np.random.default_rng(0).normal(size=(9, 3)), np.ones((9, 1))
IGNORED = np.full(9, -100)


class Both(nn.Module):
    """A model of two inputs."""

    def __init__(self):
        self.layer = nn.Linear(6, 1, rng=0)

    def forward(self, first, second):
        return self.layer(np.concatenate([first, second], axis=-1))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: nn.fit(nn.Linear(3, 2), ROWS, IGNORED, loss=nn.CrossEntropyLoss()),
            r"All labels of a batch are to be ignored \(-100\)",
        ),
        (
            lambda: nn.fit(nn.Linear(3, 2), ROWS, IGNORED, loss=nn.functional.cross_entropy),
            "All labels of a batch are to be ignored",
        ),
        (
            lambda: nn.fit(
                nn.Linear(3, 2), ROWS, np.r_[[0] * 8, 7], loss=nn.CrossEntropyLoss(ignore_index=7), batch_size=4, shuffle=False
            ),
            r"All labels of a batch are to be ignored \(7\)",
        ),
        (
            lambda: nn.fit(nn.Linear(3, 2), ROWS, np.zeros(9, int), loss=nn.CrossEntropyLoss(np.array([0.0, 1.0]))),
            "weights of all classes in a batch are 0",
        ),
        (
            lambda: nn.fit(
                nn.Linear(3, 2), ROWS, np.zeros(9, int), loss=nn.CrossEntropyLoss(), validation=(ROWS, IGNORED), epochs=1
            ),
            "the validation loss became nan .* All labels",
        ),
        (
            lambda: nn.fit(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), ROWS, np.ones((9, 4)), batch_size=4),
            "drop_last=True in nn.fit",
        ),
        (lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))(ROWS[:1]), r"To predict, write model.eval\(\)"),
        (lambda: nn.fit(Both(), [ROWS, ROWS], ONES), r"Write x=\(x1, x2\)"),
        (lambda: nn.fit(Both(), (ROWS, ROWS), ONES, validation=(ROWS, ONES)), "the model takes the same inputs of both"),
        (lambda: nn.fit(Both(), {"first": ROWS, "second": ROWS}, ONES, validation=((ROWS, ROWS), ONES)), "takes the same inputs"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_messages_name_the_cause_and_the_remedy(call, words):
    with pytest.raises((ValueError, FloatingPointError), match=words):
        call()


def test_other_losses_that_are_nan_keep_the_usual_advice():
    with pytest.raises(FloatingPointError, match="Try a smaller learning rate"):
        nn.fit(nn.Linear(3, 1), ROWS, ONES, loss=lambda prediction, y: (prediction * np.nan).sum(), epochs=1)

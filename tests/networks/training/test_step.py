"""A compiled step of training is the step, to the last bit: losses, parameters, state, buffers."""

import collections
import copy
import itertools
import pickle
import random
import types

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from nn.random import default_generator, generator

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((16, 3)), rng.standard_normal((16, 2))
CLASSES = rng.integers(0, 2, 16)
IMAGES, SERIES = rng.standard_normal((4, 2, 8, 8)), rng.standard_normal((4, 5, 3))


def network(*between, width=6):
    return nn.Sequential(nn.Linear(3, 6, rng=0), *between, nn.Linear(width, 2, rng=1))


class LastOf(nn.Module):
    """The outputs of a layer that returns several results."""

    def __init__(self, layer, *sizes):
        self.layer, self.out = layer, nn.Linear(*sizes, rng=2)

    def forward(self, x):
        return self.out(self.layer(x)[0])


class Attention(nn.Module):
    def __init__(self):
        self.enter, self.out = nn.Linear(3, 4, rng=0), nn.Linear(4, 2, rng=2)
        self.attend = nn.MultiheadAttention(4, 2, batch_first=True, rng=1)

    def forward(self, x):
        h = self.enter(x)
        return self.out(self.attend(h, h, h)[0])


def assert_equal_steps(model, loss, make_optimizer, x, y, steps=16, change=lambda optimizer, k: None):
    other = copy.deepcopy(model)
    optimizers = make_optimizer(model.parameters()), make_optimizer(other.parameters())
    plain, compiled = nn.train_step(model, loss, optimizers[0]), nn.train_step(other, loss, optimizers[1], compile=True)
    for k in range(steps):
        for optimizer in optimizers:
            change(optimizer, k)
        inputs = x * (1 + k / 64) if x.dtype.kind == "f" else x
        assert plain(inputs, y).tobytes() == compiled(inputs, y).tobytes(), k
    assert compiled.programs == 1
    for a, b in zip(model.state_dict().values(), other.state_dict().values()):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    states = [optimizer.state_dict()["state"] for optimizer in optimizers]
    assert states[0].keys() == states[1].keys()
    for i, state in states[0].items():
        assert {name: np.asarray(x).tobytes() for name, x in state.items()} == {
            name: np.asarray(x).tobytes() for name, x in states[1][i].items()
        }
    assert all(p.grad is None or type(p.grad) is np.ndarray for p in other.parameters())
    return compiled


def halve_rate(optimizer, k):
    if k in (7, 11):
        optimizer.param_groups[0]["lr"] *= 0.5


@pytest.mark.parametrize(
    "make",
    [
        lambda p: nn.optim.SGD(p, 0.1),
        lambda p: nn.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: nn.optim.Adam(p, amsgrad=True),
        lambda p: nn.optim.AdamW(p, maximize=True),
        nn.optim.Adamax,
        nn.optim.NAdam,
        nn.optim.RAdam,
        lambda p: nn.optim.Adam(p, betas=(0.0, 0.3)),
        lambda p: nn.optim.Adamax(p, betas=(0.3, 0.0)),
        lambda p: nn.optim.RMSprop(p, centered=True, momentum=0.5),
        lambda p: nn.optim.RMSprop(p, centered=True, alpha=0.1),
        nn.optim.Adagrad,
        nn.optim.Adadelta,
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_optimizers(make, dtype):
    model = network(nn.Tanh()).to(dtype)
    assert_equal_steps(model, F.mse_loss, make, X.astype(dtype), Y.astype(dtype), change=halve_rate)


@pytest.mark.parametrize(
    "layer",
    [
        nn.ReLU(), nn.GELU(), nn.SiLU(), nn.ELU(), nn.Softplus(), nn.Sigmoid(), nn.PReLU(), nn.LeakyReLU(), nn.Softmax(1),
        nn.LayerNorm(6), nn.RMSNorm(6), nn.GroupNorm(2, 6), nn.BatchNorm1d(6),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_layers(layer):
    assert_equal_steps(network(layer), F.mse_loss, nn.optim.Adam, X, Y, steps=7)


@pytest.mark.parametrize(
    ("model", "loss", "x", "y"),
    [
        (network(nn.ReLU()), F.cross_entropy, X, CLASSES),
        (network(nn.Tanh()), F.binary_cross_entropy_with_logits, X, (Y > 0).astype(float)),
        (network(nn.Tanh()), F.huber_loss, X, Y),
        (
            nn.Sequential(
                nn.Conv2d(2, 3, 3, padding=1, rng=0), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.AvgPool2d(2),
                nn.Flatten(), nn.Linear(12, 3, rng=0),
            ),
            F.cross_entropy, IMAGES, CLASSES[:4],
        ),
        (
            nn.Sequential(
                nn.Conv2d(2, 3, 3, padding=1, rng=0), nn.AdaptiveMaxPool2d((2, 3)), nn.Flatten(), nn.Linear(18, 3, rng=0)
            ),
            F.cross_entropy, IMAGES, CLASSES[:4],
        ),
        (LastOf(nn.RNN(3, 4, batch_first=True, rng=0), 4, 2), F.mse_loss, SERIES, np.ones((4, 5, 2))),
        (LastOf(nn.LSTM(3, 4, batch_first=True, rng=0), 4, 2), F.mse_loss, SERIES, np.ones((4, 5, 2))),
        (LastOf(nn.GRU(3, 4, batch_first=True, rng=0), 4, 2), F.mse_loss, SERIES, np.ones((4, 5, 2))),
        (Attention(), F.mse_loss, SERIES, np.ones((4, 5, 2))),
    ],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_networks_and_losses(model, loss, x, y):
    assert_equal_steps(model, loss, nn.optim.Adam, x, y, steps=7)


def test_hundreds_of_steps_in_single_precision():
    model = nn.Sequential(nn.Linear(3, 8, rng=0, dtype=np.float32), nn.Tanh(), nn.Linear(8, 2, rng=1, dtype=np.float32))
    assert_equal_steps(model, F.mse_loss, nn.optim.Adam, X.astype(np.float32), Y.astype(np.float32), steps=300, change=halve_rate)


def test_saved_and_loaded_state_is_the_state():
    def save_and_load(optimizer, k):
        if k == 8:
            optimizer.load_state_dict(optimizer.state_dict())

    model = network(nn.Tanh())
    other = copy.deepcopy(model)
    optimizers = nn.optim.Adam(model.parameters()), nn.optim.Adam(other.parameters())
    steps = nn.train_step(model, F.mse_loss, optimizers[0]), nn.train_step(other, F.mse_loss, optimizers[1], compile=True)
    for k in range(20):
        for m, optimizer in zip((model, other), optimizers):
            save_and_load(optimizer, k)
            if k == 14:
                m.load_state_dict({name: np.asarray(x) * 0.5 for name, x in m.state_dict().items()})
        assert steps[0](X, Y).tobytes() == steps[1](X, Y).tobytes(), k


def relabelled(model, optimizer, *_):
    model[2] = nn.Linear(6, 2, rng=9)
    optimizer.add_param_group({"params": model[2].parameters()})


def rebound(model, optimizer, *_):
    model[0].weight = nn.Parameter(model[0].weight.data * 0.5)
    optimizer.add_param_group({"params": [model[0].weight]})


def grown(model, optimizer, *_):
    model.append(nn.Tanh())


def hooked(model, optimizer, *_):
    model[0].register_forward_hook(lambda module, args, output: output * 0.5)


def without_a_group(model, optimizer, *_):
    optimizer.add_param_group({"params": [nn.Parameter([1.0])]})
    optimizer.param_groups.pop()


CHANGES = {
    "a layer": relabelled,
    "a parameter": rebound,
    "one more layer": grown,
    "an activation": lambda model, *_: setattr(model, "1", nn.ReLU()),
    "a function": lambda model, *_: setattr(model[1], "forward", np.sin),
    "a hook": hooked,
    "the reduction of the loss": lambda model, optimizer, loss, older: setattr(loss, "reduction", "sum"),
    "an older state": lambda model, optimizer, loss, older: optimizer.load_state_dict(older),
    "no state": lambda model, optimizer, *_: optimizer.load_state_dict({**optimizer.state_dict(), "state": {}}),
    "a parameter that rests": lambda model, optimizer, *_: optimizer.param_groups[0]["params"].pop(),
    "fewer groups": without_a_group,
    "a copy": lambda model, optimizer, *_: copy.deepcopy((model, optimizer)),
    "a pickle": lambda model, optimizer, *_: pickle.dumps((model, optimizer)),
}


@pytest.mark.parametrize("steps", [1, 2, 8])  # of which the first runs as it is, and the second is recorded
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("make", [lambda p: nn.optim.SGD(p, 0.05, momentum=0.9), nn.optim.Adam], ids=["SGD", "Adam"])
def test_models_and_optimizers_that_change_are_seen(make, change, steps):
    found = []
    for compile in (False, True):
        model = nn.Sequential(nn.Linear(3, 6, rng=0), nn.Tanh(), nn.Linear(6, 2, rng=1))
        optimizer, loss = make(model.parameters()), nn.MSELoss()
        step = nn.train_step(model, loss, optimizer, compile=compile)
        losses = [float(step(X, Y)) for _ in range(steps // 2)]
        older = optimizer.state_dict()
        losses += [float(step(X, Y)) for _ in range(steps - steps // 2)]
        change(model, optimizer, loss, older)
        losses += [float(step(X, Y)) for _ in range(6)]
        found.append((losses, [p.data.tobytes() for p in model.parameters()], repr(optimizer.state_dict())))
        assert not compile or step.programs
    assert found[0] == found[1]


@pytest.mark.parametrize("generator", [None, 5])
@pytest.mark.parametrize("layers", ["BatchNorm1d ReLU Dropout", "Dropout ReLU", "ReLU Dropout BatchNorm1d ReLU"])
def test_what_was_written_before_a_rule_looks_is_put_back(layers, generator):
    def layer(name):
        return nn.Dropout(0.4, rng=generator) if name == "Dropout" else getattr(nn, name)(*[6] * (name == "BatchNorm1d"))

    found = []
    for compile in (False, True):
        nn.manual_seed(3)
        model = nn.Sequential(nn.Linear(3, 6, rng=0), *map(layer, layers.split()), nn.Linear(6, 2, rng=1))
        step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model.parameters()), compile=compile)
        steps = [step(X, Y).tobytes() for _ in range(6)]
        with np.errstate(all="ignore"):
            step(np.where(X.max() == X, np.inf, X), Y)  # gradients are infinite, and rules go another way
        drawn = [m.rng or default_generator[0] for m in model if isinstance(m, nn.Dropout)][0]
        found.append((steps, [np.asarray(x).tobytes() for x in model.state_dict().values()], drawn.bit_generator.state))
        assert not compile or step.programs
    assert found[0] == found[1]


class Keeping(nn.Module):
    """A network that keeps something new in each call."""

    def __init__(self, keep):
        self.inner, self.outer, self.keep = nn.Linear(3, 6, rng=0), nn.Linear(6, 2, rng=1), keep

    def forward(self, x):
        hidden = np.tanh(self.inner(x))
        self.keep(self, hidden)
        return self.outer(hidden)


def named_anew(model, hidden):
    model.kept = f"{hidden.shape}{id(object())}"


TICKS = itertools.count()
KEEP = {
    "a count": lambda model, hidden: setattr(model, "kept", getattr(model, "kept", 1000) + 1),
    "a Tensor": lambda model, hidden: setattr(model, "kept", hidden),
    "numbers": lambda model, hidden: setattr(model, "kept", hidden.detach()),
    "text": named_anew,
    "text, now and then": lambda model, hidden: setattr(model, "kept", f"tick {next(TICKS) // 2}"),
    "text, at other times": lambda model, hidden: setattr(model, "kept", f"tick {(next(TICKS) + 1) // 2}"),
    "a function": lambda model, hidden: setattr(model, "kept", lambda z: z),
    "a dict": lambda model, hidden: setattr(model, "kept", {"n": 1}),
}


@pytest.mark.parametrize("keep", KEEP.values(), ids=KEEP)
def test_a_model_may_keep_what_it_computes(keep):
    found = []
    for compile in (False, True):
        model = Keeping(keep)
        step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model.parameters()), compile=compile)
        losses = [step(X, Y).tobytes() for _ in range(8)]
        assert not compile or step.programs == 1
        if compile:
            kept = model.kept
            losses += [step(X, Y).tobytes() for _ in range(4)]
            assert model.kept is kept  # the program runs, and no Python
            model.inner = nn.Linear(3, 6, rng=5)
            assert step(X, Y).tobytes() != losses[-1]
        found.append(losses[:8])
    assert found[0] == found[1]


class Scaled(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.layer, self.factor = nn.Linear(3, 2, rng=0), factor

    def forward(self, x):
        factor = self.factor[0] if isinstance(self.factor, (list, tuple)) else self.factor
        return self.layer(x) * (factor["k"] if isinstance(factor, dict) else abs(factor))


FACTORS = {
    "bool": (True, False), "complex": (1 + 1j, 2 + 2j), "an integer of NumPy's": (np.int64(1), np.int64(3)),
    "a bool of NumPy's": (np.bool_(1), np.bool_(0)), "float": (0.5, 0.25), "integer": (1, 2), "tuple": ((1.0,), (2.0,)),
    "list": ([1.0], [2.0]), "nested": ([{"k": 1.0}], [{"k": 2.0}]),
}  # fmt: skip


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("name", FACTORS)
def test_an_attribute_may_change(name, in_place):
    found = []
    for compile in (False, True):
        factors = copy.deepcopy(FACTORS[name])
        model = Scaled(factors[0])
        step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.01), compile=compile)
        losses = [float(step(X, Y)) for _ in range(4)]
        if in_place and name == "list":
            model.factor[0] *= 3
        elif in_place and name == "nested":
            model.factor[0]["k"] = 5.0
        else:
            model.factor = factors[1]
        found.append(losses + [float(step(X, Y)) for _ in range(6)])
    assert found[0] == found[1]


class Fading(nn.optim.Optimizer):
    def __init__(self, params):
        super().__init__(params, {"lr": 0.1, "maximize": False})
        self.beta = 0.9

    def compute_update(self, flat, group):
        np.multiply(flat.gradient, group["lr"] * self.beta, out=flat.update)


class Recorder:
    """A trainer: what it notes is no part of a program."""

    def __init__(self):
        self.last, self.log, self.epoch, self.weights = None, [], 0, [1.0, 1.0]

    def loss(self, prediction, target):
        self.last = F.mse_loss(prediction * np.array(self.weights), target)
        return self.last


def test_trainers_and_models_may_keep_logs():
    found, recordings = [], 0
    for compile in (False, True):
        model, trainer = Scaled([1.0]), Recorder()
        model.losses, model.history, model.table = [], {"loss": []}, np.arange(3.0)
        model.table.flags.writeable = False
        step = nn.train_step(model, trainer.loss, nn.optim.SGD(model.parameters(), lr=0.01), compile=compile)
        for k in range(80):
            trainer.epoch = k
            for log in (trainer.log, model.losses, model.history["loss"]):
                log.append(float(step(X, Y)) if log is trainer.log else trainer.log[-1])
        found.append(trainer.log)
        recordings = step._dropped if compile else 0
    assert found[0] == found[1]
    assert recordings == 0
    assert step.programs == 1


class Centred(nn.Module):
    """It keeps a running mean in a plain list, whose place an array takes that no program knows."""

    def __init__(self):
        super().__init__()
        self.layer, self.means = nn.Linear(3, 2, rng=0), [np.zeros(3)]

    def forward(self, x):
        self.means[0] = 0.9 * self.means[0] + np.mean(x, 0)
        return self.layer(x - self.means[0])


def test_arrays_that_are_replaced_in_a_list_are_refused():
    model = Centred()
    step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.01), compile=True)
    with pytest.raises(ag.CannotRecord):
        [step(X, Y) for _ in range(5)]


def layer_is_replaced(model, optimizer, k):
    if k == 3:
        model[2] = nn.Linear(6, 2, rng=9)


def learns_elsewhere(model, optimizer, k):
    F.l1_loss(model(X), Y).backward()
    optimizer.step()


def gradient_is_left(model, optimizer, k):
    model[2].bias.grad = np.ones(2)


BETWEEN = {
    "a number of the optimizer": (Fading, lambda model, optimizer, k: setattr(optimizer, "beta", optimizer.beta * 0.5)),
    "other groups": (nn.optim.SGD, lambda model, optimizer, k: setattr(
        optimizer, "param_groups", [{**g, "lr": g["lr"] * 0.5} for g in optimizer.param_groups])),
    "the state it has": (nn.optim.Adam, lambda model, optimizer, k: optimizer.load_state_dict(optimizer.state_dict())),
    "a copy": (nn.optim.Adam, lambda model, optimizer, k: copy.deepcopy(optimizer)),
    "a layer": (nn.optim.SGD, layer_is_replaced),
    "another step": (nn.optim.SGD, learns_elsewhere),
    "a gradient": (nn.optim.Adam, gradient_is_left),
    "parameters turned round": (nn.optim.Adam, lambda model, optimizer, k: optimizer.param_groups[0]["params"].reverse()),
}  # fmt: skip


@pytest.mark.parametrize("name", BETWEEN)
def test_between_steps_all_may_change(name):
    make, change = BETWEEN[name]
    found = []
    for compile in (False, True):
        model = nn.Sequential(nn.Linear(3, 6, rng=0), nn.Tanh(), nn.Linear(6, 2, rng=1))
        optimizer = make(model.parameters(), lr=0.1) if make is nn.optim.SGD else make(model.parameters())
        step, losses = nn.train_step(model, F.mse_loss, optimizer, compile=compile), []
        for k in range(9):
            losses.append(float(step(X, Y)))
            assert all(p.grad is None for p in (model.parameters() if compile else optimizer.param_groups[0]["params"]))
            change(model, optimizer, k)
        found.append((losses, [p.data.tobytes() for p in model.parameters()], repr(optimizer.state_dict())))
    assert found[0] == found[1]


def test_two_models_may_share_an_optimizer():
    found = []
    for compile in (False, True):
        models = [network(nn.Tanh()) for _ in range(2)]
        optimizer = nn.optim.Adam([p for model in models for p in model.parameters()])
        steps = [nn.train_step(model, F.mse_loss, optimizer, compile=compile) for model in models]
        found.append([float(step(X, Y)) for _ in range(8) for step in steps])
    assert found[0] == found[1]


def test_adversaries_may_leave_gradients_to_each_other():
    found = []
    for compile in (False, True):
        maker, judge = nn.Linear(3, 3, rng=0), nn.Linear(3, 2, rng=1)
        optimizers = [nn.optim.SGD(m.parameters(), lr=0.1) for m in (maker, judge)]
        step, losses = nn.train_step(nn.Sequential(maker, judge), F.mse_loss, optimizers[0], compile=compile), []
        for _ in range(8):
            optimizers[1].zero_grad()
            F.mse_loss(judge(X), 0 * Y).backward()
            optimizers[1].step()
            losses.append(float(step(X, Y)))
        found.append(losses)
    assert found[0] == found[1]


def test_attributes_may_be_taken_away():
    found = []
    for compile in (False, True):
        model = nn.Sequential(nn.Linear(3, 6, rng=0), nn.Tanh(), nn.Linear(6, 2, rng=1))
        model.note = "a"
        step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1), compile=compile)
        losses = [step(X, Y).tobytes() for _ in range(6)]
        del model.note
        model.phase = "b"
        found.append(losses + [step(X, Y).tobytes() for _ in range(6)])
    assert found[0] == found[1]


def test_what_is_replaced_at_every_step_is_recorded_so_often_and_no_more():
    model = network(nn.Tanh())
    step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1), compile=True)

    def train():
        for k in range(200):
            model.note = f"step {k // 3}"
            step(X, Y)

    with pytest.warns(UserWarning, match="was recorded 64 times, as objects that it uses are replaced"):
        train()
    assert step.programs == 0


def test_what_is_not_trained_keeps_no_gradient():
    for compile in (False, True):
        model = nn.Sequential(nn.Linear(3, 6, rng=0), nn.Tanh(), nn.Linear(6, 2, rng=1))
        step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model[2].parameters()), compile=compile)
        losses = [float(step(X, Y)) for _ in range(6)]
        assert losses == sorted(losses, reverse=True)
        assert all(p.grad is None for p in model.parameters())


def test_options_and_modes_that_change_are_seen():
    model = network(nn.BatchNorm1d(6))
    other = copy.deepcopy(model)
    optimizers = nn.optim.Adam(model.parameters()), nn.optim.Adam(other.parameters())
    steps = nn.train_step(model, F.mse_loss, optimizers[0]), nn.train_step(other, F.mse_loss, optimizers[1], compile=True)
    for k in range(24):
        for m, optimizer in zip((model, other), optimizers):
            if k == 6:
                optimizer.param_groups[0]["betas"] = (0.5, 0.9)
            if k == 8:
                optimizer.param_groups[0]["betas"] = (0.25, 0.9)
            if k == 10:
                m.eval()
            if k == 16:
                optimizer.param_groups[0]["weight_decay"] = 0.1
            if k == 20:
                m[0].weight.requires_grad = False
        assert steps[0](X, Y).tobytes() == steps[1](X, Y).tobytes(), k


def test_eager_and_compiled_steps_may_take_turns():
    model = network(nn.Tanh())
    other = copy.deepcopy(model)
    optimizers = nn.optim.Adam(model.parameters()), nn.optim.Adam(other.parameters())
    plain = nn.train_step(model, F.mse_loss, optimizers[0])
    other_plain = nn.train_step(other, F.mse_loss, optimizers[1])
    compiled = nn.train_step(other, F.mse_loss, optimizers[1], compile=True)
    for k in range(20):
        x = X if k % 3 else X[:10]  # two programs
        assert plain(x, Y[: len(x)]).tobytes() == (other_plain if k % 7 == 6 else compiled)(x, Y[: len(x)]).tobytes(), k
    assert compiled.programs == 2


def test_a_graph_from_before_a_step_is_stale():
    model = network(nn.Tanh())
    step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model.parameters()), compile=True)
    for _ in range(6):
        step(X, Y)
    before = F.mse_loss(model(X), Y)
    step(X, Y)
    with pytest.raises(RuntimeError, match="written into"):
        before.backward()


@pytest.mark.parametrize("own", [True, False], ids=["own generator", "default generator"])
def test_dropout_draws_the_same_numbers_in_a_program(own):
    """From the generator that is there now, also if another one was put in its place; and no number more."""
    runs = []
    for compiled in (False, True):
        nn.manual_seed(1)
        dropout = nn.Dropout(0.5, rng=2 if own else None)
        model = network(dropout, nn.BatchNorm1d(6), nn.Tanh(), nn.AlphaDropout(0.2, rng=4), Jitter(np.random.default_rng(5)))
        step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model.parameters()), compile=compiled)
        losses = []
        for _ in range(2):
            losses += [float(step(X, Y)) for _ in range(9)]
            nn.manual_seed(7)
            dropout.rng = np.random.default_rng(3) if own else None
        losses += [float(step(X, Y)) for _ in range(9)]
        if compiled:
            assert step.programs == 1
            assert ".random(" in step.source or " = random(" in step.source
        runs.append((losses, generator(dropout.rng).random()))
    assert runs[0] == runs[1]


def test_other_random_numbers_are_refused_and_nothing_is_changed():
    model = network(Noisy(), nn.BatchNorm1d(6))
    step = nn.train_step(model, F.mse_loss, nn.optim.Adam(model.parameters()), compile=True)
    step(X, Y)
    before = {name: np.array(value) for name, value in model.state_dict().items()}
    with pytest.raises(ag.CannotRecord, match="random"):
        step(X, Y)
    for name, value in model.state_dict().items():
        assert np.array_equal(before[name], value), name


class Jitter(nn.Module):
    """A user's module that draws from a generator of its own."""

    def __init__(self, source):
        self.source = source

    def forward(self, x):
        return x + self.source.normal(0, 0.1, x.shape)


class Settling(nn.Module):
    """A number that each call reads, and sets to a constant."""

    def __init__(self):
        self.scale = 1.0

    def forward(self, x):
        found = x * self.scale
        self.scale = 0.5
        return found


def test_a_number_that_is_set_to_a_constant_is_set_by_the_program_too():
    losses = []
    for compiled in (False, True):
        settling = Settling()
        model = network(settling)
        step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1), compile=compiled)
        for k in range(9):
            settling.scale = 2.0 if k == 6 else settling.scale
            losses.append(step(X, Y).tobytes())
    assert step.programs == 1
    assert losses[:9] == losses[9:]


def drawn(shape, noise=np.random.default_rng(1)):  # noqa: B008
    return noise.standard_normal(shape)


class Noisy(nn.Module):
    def forward(self, x):
        return x + drawn(x.shape)


class Loud(nn.Module):
    """A user's module: what it does beside computing is no part of a program."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return np.tanh(x)


def test_by_default_fit_calls_what_users_write_at_every_step():
    module = Loud()
    nn.fit(network(module), X, Y, epochs=300, progress=False)
    assert module.calls >= 300


def test_within_record_no_step_is_a_program():
    model = network(nn.Tanh())
    with nn.record(model) as seen:
        nn.fit(model, X, Y, epochs=12, compile=True, progress=False)
    assert len(seen.outputs["0"]) >= 12


def test_a_number_of_the_loss_may_change_on_the_way():
    losses = []
    for compiled in (False, True):
        model, loss = network(nn.Tanh()), nn.HuberLoss()
        step = nn.train_step(model, loss, nn.optim.SGD(model.parameters(), lr=0.1), compile=compiled)
        for k in range(20):
            loss.delta = 1.0 if k < 10 else 0.01
            value = step(X, Y)
        losses.append(value)
    assert losses[0].tobytes() == losses[1].tobytes()


def test_the_program_names_parameters_and_state():
    model = network(nn.Tanh())
    step = assert_equal_steps(model, F.mse_loss, nn.optim.Adam, X, Y, steps=5)
    for word in ("# forward", "# backward", "# optimizer", "weight_0", "bias_2", "exp_avg_sq", "['lr']", "['step']", "# (16, 6)"):
        assert word in step.source
    compile(step.source, "step", "exec")


@pytest.mark.parametrize(
    "between", [(nn.Tanh(),), (nn.BatchNorm1d(6), nn.ReLU()), (nn.Dropout(0.25, rng=3),)], ids=["tanh", "norm", "dropout"]
)
@pytest.mark.parametrize("batch_size", [None, 6])
def test_fit_trains_the_same_with_programs(between, batch_size):
    model = network(*between)
    other = copy.deepcopy(model)
    histories = [
        nn.fit(m, X, Y, batch_size=batch_size, epochs=8, rng=0, compile=compile, progress=False, clip_grad_norm=None)
        for m, compile in ((model, False), (other, True))
    ]
    assert histories[0].loss == histories[1].loss
    for a, b in zip(model.state_dict().values(), other.state_dict().values()):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_an_optimizer_that_calls_the_loss_itself_is_refused():
    model = network(nn.Tanh())
    with pytest.raises(TypeError, match="closure"):
        nn.train_step(model, F.mse_loss, nn.optim.LBFGS(model.parameters()), compile=True)(X, Y)
    nn.fit(model, X, Y, optimizer=nn.optim.LBFGS(model.parameters()), epochs=2, compile=True, progress=False)


@pytest.mark.parametrize(
    ("loss", "optimizer", "text"),
    [
        ("mse", nn.optim.SGD([nn.Parameter(1.0)]), "loss='mse' is no function; write"),
        (F.mse_loss, None, "optimizer=None is no optimizer; write"),
        (F.mse_loss, nn.optim.SGD, "is no optimizer; write"),
    ],
)
def test_what_is_no_loss_or_optimizer_is_refused_at_once(loss, optimizer, text):
    with pytest.raises(TypeError, match=f"train_step: .*{text}"):
        nn.train_step(network(), loss, optimizer)


class Own(nn.Module):
    """A network with something of its own, which `forward` reads and changes."""

    def __init__(self):
        super().__init__()
        self.layer, self.n, self.mean, self.recent = nn.Linear(3, 2, rng=0), 0, ag.zeros(2), collections.deque(maxlen=3)
        self.arrays, self.named, self.space = [np.zeros(2)], {"a": np.zeros(2)}, types.SimpleNamespace(a=np.zeros(2))


class Counting(Own):
    def forward(self, x):
        self.n += 1
        return self.layer(x) / self.n


class Averaging(Own):
    def forward(self, x):
        h = self.layer(x)
        self.mean = 0.9 * self.mean + 0.1 * h.detach().mean(0)
        return h - self.mean


class Drawing(Own):
    def forward(self, x):
        return self.layer(x) + np.random.normal(size=2) + random.random()


class Decaying(Own):
    """By a number in a dict."""

    def forward(self, x):
        self.named["t"] = self.named.get("t", 1.0) * 0.5
        return self.layer(x) * self.named["t"]


class Alternating(Own):
    """By a flag, which decides a branch."""

    flag = True

    def forward(self, x):
        self.flag = not self.flag
        return self.layer(x) * (1.0 if self.flag else 0.5)


class Late(Own):
    """By a count, which decides a branch later."""

    def forward(self, x):
        self.n += 1
        return self.layer(x) * (2.0 if self.n > 5 else 1.0)


class Remembering(Own):
    def forward(self, x):
        h = self.layer(x)
        self.recent.append(h.data.mean(0))
        self.space.last = h.data.mean()
        return h


class Centring(Own):
    """By the mean of what it has seen."""

    def forward(self, x):
        h = self.layer(x)
        self.recent.append(h.data.mean(0))
        return h - sum(self.recent) / len(self.recent)


class TwoHeads(Own):
    """For large batches the one, for small ones the other."""

    def __init__(self):
        super().__init__()
        self.other = nn.Linear(3, 2, rng=1)

    def forward(self, x):
        return self.layer(x) if len(x) > 6 else self.other(x)


OWN = {
    "decays": Decaying,
    "alternates": Alternating,
    "changes later": Late,
    "counts": Counting,
    "averages": Averaging,
    "draws": Drawing,
    "remembers": Remembering,
    "two heads": TwoHeads,
}


@pytest.mark.parametrize("kind", OWN.values(), ids=OWN)
@pytest.mark.parametrize("optimizer", [nn.optim.SGD, nn.optim.Adam, nn.optim.RMSprop])
def test_fit_gives_the_same_numbers_where_a_step_can_be_no_program(kind, optimizer):
    found = []
    for compile in (False, True):
        np.random.seed(3)
        random.seed(3)
        model = kind()
        options = {"epochs": 5, "batch_size": 9, "shuffle": False, "compile": compile}
        history = nn.fit(model, X, Y, optimizer=optimizer(model.parameters(), lr=0.05), loss=F.mse_loss, **options)
        found.append((history.loss, [p.data.tobytes() for p in model.parameters()], model.n, len(model.recent)))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Counting, "changes 'n' and computes with it"),
        (Averaging, "replaces 'mean'"),
        (Drawing, "draws random"),
        (Decaying, "changes 't' and computes"),
        (Alternating, "changes 'flag' and computes"),
        (Late, "changes 'n' and computes"),
    ],
)
def test_a_step_that_is_refused_has_changed_nothing(kind, words):
    model = kind()
    step = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), compile=True)
    for _ in range(4):
        before = copy.deepcopy((model.state_dict(), model.n, model.mean.data, random.getstate(), np.random.get_state()[1:3]))
        try:
            step(X, Y)
        except ag.CannotRecord as error:
            said = str(error)
            break
    else:
        pytest.fail("it was compiled")
    assert words in said
    np.testing.assert_equal((model.state_dict(), model.n, model.mean.data, random.getstate(), np.random.get_state()[1:3]), before)


class Scaling(Own):
    def __init__(self, place):
        super().__init__()
        self.place = place

    def array(self):
        return {"list": self.arrays[0], "dict": self.named["a"], "namespace": self.space.a}[self.place]

    def forward(self, x):
        return self.layer(x) * (1 - self.array())


@pytest.mark.parametrize("place", ["list", "dict", "namespace"])
def test_arrays_in_what_a_module_holds_may_be_written_into(place):
    found = []
    for compile in (False, True):
        model = Scaling(place)
        step, losses = nn.train_step(model, F.mse_loss, nn.optim.SGD(model.parameters(), lr=0.1), compile=compile), []
        for k in range(8):
            model.array()[0] = k / 5
            losses.append(step(X, Y).tobytes())
        assert not compile or step.programs == 1
        found.append(losses)
    assert found[0] == found[1]

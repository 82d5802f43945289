"""The state of optimisers: saved, loaded, exchanged with PyTorch, copied, and refused where it does not fit."""

import copy
import pickle

import numpy as np
import pytest

import nn

# every optimiser, with options that need all its state
KINDS = {
    "SGD": {"lr": 0.05, "momentum": 0.9},
    "SGD without momentum": {"lr": 0.05},
    "Adam": {"lr": 0.05, "amsgrad": True},
    "AdamW": {"lr": 0.05},
    "Adamax": {"lr": 0.05},
    "NAdam": {"lr": 0.05},
    "RAdam": {"lr": 0.05, "betas": (0.9, 0.99)},
    "RMSprop": {"lr": 0.01, "momentum": 0.9, "centered": True},
    "Adagrad": {"lr": 0.05, "lr_decay": 0.1},
    "Adadelta": {"lr": 5.0},
    "Rprop": {"lr": 0.01},
    "LBFGS": {"lr": 0.1, "max_iter": 3, "history_size": 2},
    "LBFGS along lines": {"max_iter": 2, "line_search_fn": "strong_wolfe"},
    "LevenbergMarquardt": {"max_iter": 2},
}
EVERY = pytest.mark.parametrize("name", KINDS)
AS_IN_PYTORCH = pytest.mark.parametrize("name", [name for name in KINDS if name != "LevenbergMarquardt"])
WHOLE = ("LBFGS", "LevenbergMarquardt")
STARTS = [np.array([[0.5, -0.3], [0.8, 1.2]]), np.array([-0.7, 0.4]), np.array(0.3)]


def residuals(parameters, tanh=np.tanh):
    weight, bias, scale = parameters
    return scale * tanh(weight * 0.9 + bias) - 0.25 * weight


def optimizer_of(optimizers, parameters, name):
    """In groups where that is possible."""
    kind = name.split()[0]
    groups = parameters if kind in WHOLE else [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.02}]
    return getattr(optimizers, kind)(groups, **KINDS[name])


class Training:
    """Parameters, their optimiser and the steps it makes."""

    def __init__(self, name, starts=STARTS):
        self.parameters = [nn.Parameter(start) for start in starts]
        self.optimizer = optimizer_of(nn.optim, self.parameters, name)

    def loss(self):
        self.optimizer.zero_grad()
        loss = (residuals(self.parameters) ** 2).sum()
        loss.backward()
        return loss

    def closure(self):
        return residuals(self.parameters) if isinstance(self.optimizer, nn.optim.LevenbergMarquardt) else self.loss()

    def run(self, steps):
        """The parameters that it arrives at."""
        for _ in range(steps):
            self.optimizer.step(self.closure)
        return [p.data.tolist() for p in self.parameters]


class TorchTraining:
    """The same in PyTorch."""

    def __init__(self, name, starts=STARTS):
        self.torch = pytest.importorskip("torch")
        before = self.torch.get_default_dtype()
        self.torch.set_default_dtype(self.torch.float64)  # of what NAdam keeps
        try:
            self.parameters = [self.torch.nn.Parameter(self.torch.tensor(start)) for start in starts]
            self.optimizer = optimizer_of(self.torch.optim, self.parameters, name)
            self.run(1)  # which makes the state
        finally:
            self.torch.set_default_dtype(before)

    def closure(self):
        self.optimizer.zero_grad()
        loss = (residuals(self.parameters, self.torch.tanh) ** 2).sum()
        loss.backward()
        return loss

    def run(self, steps):
        for _ in range(steps):
            self.optimizer.step(self.closure)
        return [p.data.tolist() for p in self.parameters]


def assert_close(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


@EVERY
def test_a_training_goes_on_from_a_saved_state(name):
    training = Training(name)
    reached = training.run(5)
    state = training.optimizer.state_dict()
    expected = training.run(5)
    again = Training(name, [np.array(start) for start in reached])
    again.optimizer.load_state_dict(state)
    assert again.run(5) == expected


@EVERY
def test_saving_changes_nothing(name):
    training, undisturbed = Training(name), Training(name)
    for _ in range(5):
        training.run(1)
        training.optimizer.state_dict()
    assert training.run(1) == undisturbed.run(6)


@EVERY
def test_a_saved_state_stays_as_it_was(name):
    training = Training(name)
    training.run(3)
    state = training.optimizer.state_dict()
    before = copy.deepcopy(state)
    training.run(3)
    np.testing.assert_equal(state, before)
    training.optimizer.load_state_dict(state)
    training.run(3)
    np.testing.assert_equal(state, before)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("SGD without momentum", "LBFGS along lines")])
def test_what_is_done_to_a_saved_state_does_not_reach_the_optimizer(name):
    training, undisturbed = Training(name), Training(name)
    training.run(3), undisturbed.run(3)
    for load in (False, True):
        state = training.optimizer.state_dict()
        if load:
            training.optimizer.load_state_dict(state)
        for value in state["state"][0].values():
            for array in value if isinstance(value, list) else [value]:
                if isinstance(array, np.ndarray):
                    array[...] = 100.0
        state["param_groups"][0]["lr"] = 100.0
        assert training.run(1) == undisturbed.run(1)


@EVERY
@pytest.mark.parametrize("copied", [lambda t: pickle.loads(pickle.dumps(t)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copy_with_its_parameters_goes_on_alike_and_alone(name, copied):
    training = Training(name)
    before = training.run(5)
    other = copied(training)
    assert other.optimizer.param_groups[0]["params"][0] is other.parameters[0]
    expected = other.run(5)
    assert [p.data.tolist() for p in training.parameters] == before
    assert training.run(5) == expected


@EVERY
def test_a_fresh_optimizer_has_an_empty_state_which_can_be_loaded(name):
    training = Training(name)
    state = training.optimizer.state_dict()
    assert state["state"] == {}
    training.run(2)
    training.optimizer.load_state_dict(state)
    assert training.optimizer.state_dict()["state"] == {}


# -- PyTorch's structure --------------------------------------------------------------------------------------------------


@AS_IN_PYTORCH
def test_pytorchs_state_goes_on_here(name):
    theirs = TorchTraining(name)
    own = Training(name, [np.array(p) for p in theirs.run(4)])
    own.optimizer.load_state_dict(theirs.optimizer.state_dict())
    assert_close(own.run(3), theirs.run(3))


@AS_IN_PYTORCH
def test_the_state_goes_on_in_pytorch(name):
    own = Training(name)
    own.run(5)
    theirs = TorchTraining(name)
    torch = theirs.torch
    for p, q in zip(theirs.parameters, own.parameters):
        p.data = torch.tensor(q.data)
    as_tensors = lambda value: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
    nested = lambda value: [as_tensors(element) for element in value] if isinstance(value, list) else as_tensors(value)
    state = own.optimizer.state_dict()
    state["state"] = {i: {key: nested(value) for key, value in of_one.items()} for i, of_one in state["state"].items()}
    theirs.optimizer.load_state_dict(state)
    assert_close(theirs.run(3), own.run(3))


@AS_IN_PYTORCH
def test_the_state_has_pytorchs_names_and_shapes(name):
    theirs, own = TorchTraining(name), Training(name)
    own.run(1)
    expected, found = theirs.optimizer.state_dict(), own.optimizer.state_dict()
    shapes = lambda state: {
        i: {key: np.shape(value) for key, value in s.items() if key not in ("al", "H_diag", "ro")} for i, s in state.items()
    }
    if "LBFGS" not in name:
        assert shapes(found["state"]) == shapes(expected["state"])
    else:
        assert found["state"][0].keys() == expected["state"][0].keys() - {"al"}  # which is room for computing
    for group, like in zip(found["param_groups"], expected["param_groups"], strict=True):
        assert group["params"] == like["params"]
        assert group.keys() <= like.keys()
        assert {option: like[option] for option in group} == group
        assert like.keys() - group.keys() <= {"foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}


NAMES = {
    "SGD": "momentum_buffer",
    "SGD without momentum": "",
    "Adam": "step exp_avg exp_avg_sq max_exp_avg_sq",
    "AdamW": "step exp_avg exp_avg_sq",
    "Adamax": "step exp_avg exp_inf",
    "NAdam": "step mu_product exp_avg exp_avg_sq",
    "RAdam": "step exp_avg exp_avg_sq",
    "RMSprop": "step square_avg grad_avg momentum_buffer",
    "Adagrad": "step sum",
    "Adadelta": "step square_avg acc_delta",
    "Rprop": "step prev step_size",
    "LBFGS": "func_evals n_iter d t old_dirs old_stps ro H_diag prev_flat_grad prev_loss",
    "LevenbergMarquardt": "n_iter func_evals damping growth scale",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_the_state(name):
    training = Training(name)
    training.run(3)
    state = training.optimizer.state_dict()["state"]
    assert sorted(state.get(0, {})) == sorted(NAMES[name].split())
    if name not in WHOLE:
        assert state.keys() == (set(range(3)) if NAMES[name] else set())
        assert all(state[i].get("step", 3) == 3 for i in state)


# -- what does not fit ----------------------------------------------------------------------------------------------------


def without(mapping, *keys):
    return {key: value for key, value in mapping.items() if key not in keys}


def change(state, group=None, parameter=None, **values):
    """A copy of a state with other options in a group, or other state of a parameter."""
    state = copy.deepcopy(state)
    (state["param_groups"][group] if parameter is None else state["state"][parameter]).update(values)
    return state


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda s: [], "it must be a dict with 'state' and 'param_groups'"),
        (lambda s: without(s, "state"), "it must be a dict with 'state' and 'param_groups'"),
        (lambda s: {**s, "param_groups": s["param_groups"][:1]}, r"groups of \[1\] parameters given, \[1, 2\] needed"),
        (lambda s: change(s, 1, params=[1, 2, 3]), r"groups of \[1, 3\] parameters given, \[1, 2\] needed"),
        (lambda s: change(s, 1, momentum=0.9), "group 1, unexpected: momentum"),
        (lambda s: change(s, 1, lr=-1.0), "group 1, Adam: lr=-1.0 must be a finite number"),
        (lambda s: change(s, 0, betas=[0.9, 1.0]), r"group 0, Adam: betas=\(0.9, 1.0\) must be"),
        (lambda s: {**s, "param_groups": [without(s["param_groups"][0], "eps"), s["param_groups"][1]]}, "group 0, missing: eps"),
        (lambda s: {**s, "state": {**s["state"], 7: {}}}, "state of parameter 7, which is in no group"),
        (lambda s: {**s, "state": {**s["state"], 1: without(s["state"][1], "exp_avg")}}, "parameter 1, missing: exp_avg"),
        (lambda s: change(s, parameter=1, velocity=np.zeros(2)), "parameter 1, unexpected: velocity"),
        (lambda s: change(s, parameter=1, exp_avg=np.zeros(3)), r"parameter 1, exp_avg: float64\[3\] given, float64\[2\] needed"),
        (lambda s: change(s, parameter=2, exp_avg=np.array("x")), r"parameter 2, exp_avg: <U1\[\] given, float64\[\] needed"),
        (lambda s: change(s, parameter=2, step=np.zeros(2)), r"parameter 2, step: float64\[2\] given, float64\[\] needed"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_whole(spoil, message):
    training, undisturbed = Training("Adam"), Training("Adam")
    training.run(3), undisturbed.run(3)
    state = training.optimizer.state_dict()
    state["param_groups"][0]["lr"] = 0.5
    with pytest.raises(
        ValueError, match=rf"^load_state_dict: the state does not fit this Adam; nothing was loaded\.\n  {message}"
    ):
        training.optimizer.load_state_dict(spoil(state))
    assert training.run(3) == undisturbed.run(3)


def test_all_that_does_not_fit_is_listed():
    training = Training("Adam")
    training.run(1)
    with pytest.raises(ValueError) as caught:
        Training("SGD").optimizer.load_state_dict(training.optimizer.state_dict())
    lines = str(caught.value).splitlines()
    assert "  group 1, missing: momentum" in lines
    assert "  group 0, unexpected: betas" in lines
    assert "  parameter 2, unexpected: step, unexpected: exp_avg, unexpected: exp_avg_sq, unexpected: max_exp_avg_sq" in lines


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {0: {"func_evals": 1, "n_iter": 1, "d": np.zeros(6)}},
            r"parameter 0, d: float64\[6\] given, a number or float64\[7\] needed",
        ),
        ({0: {"func_evals": 1}}, "parameter 0, missing: n_iter"),
        ({0: {"func_evals": 1, "n_iter": 1, "d": np.zeros(7)}}, "parameter 0, missing: t, missing: old_dirs"),
        ({1: {"func_evals": 1, "n_iter": 1}}, "parameter 1, unexpected: func_evals, unexpected: n_iter"),
        ({0: {"func_evals": 1, "n_iter": 1, "old_dirs": ["x"]}}, "parameter 0, old_dirs: <U1"),
    ],
)
def test_a_state_of_the_whole_that_does_not_fit_is_refused(state, message):
    optimizer = Training("LBFGS").optimizer
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    assert optimizer.state_dict()["state"] == {}


def test_single_precision_stays_single_in_a_state_from_elsewhere():
    training = Training("Adam")
    training.run(2)
    single = Training("Adam", [start.astype(np.float32) for start in STARTS])
    single.optimizer.load_state_dict(training.optimizer.state_dict())
    single.run(2)
    assert {p.dtype for p in single.parameters} == {np.dtype(np.float32)}
    assert single.optimizer.state_dict()["state"][0]["exp_avg"].dtype == np.float32


def test_what_schedulers_note_in_a_group_is_saved_with_it():
    training, other = Training("Adam"), Training("Adam")
    nn.optim.lr_scheduler.ExponentialLR(training.optimizer, 0.9)
    training.optimizer.param_groups[0]["lr"] = 0.001
    other.optimizer.load_state_dict(training.optimizer.state_dict())
    assert other.optimizer.param_groups[0]["initial_lr"] == 0.05
    assert other.optimizer.param_groups[0]["lr"] == 0.001


def test_state_and_options_can_be_looked_at():
    w, still = nn.Parameter([1.0, 2.0]), nn.Parameter(0.0)
    optimizer = nn.optim.Adam([w, still], lr=0.5)
    assert optimizer.state == {}
    (w * w).sum().backward()
    optimizer.step()
    assert list(optimizer.state) == [w]
    assert sorted(optimizer.state[w]) == ["exp_avg", "exp_avg_sq", "step"]
    assert optimizer.state[w]["step"] == 1
    assert "Adam (\nParameter Group 0\n    amsgrad: False\n" in repr(optimizer)
    assert "    lr: 0.5\n" in repr(optimizer)

"""Optimisers: PyTorch's trajectories, groups, state, and what they refuse."""

import numpy as np
import pytest

import autograd_lite as ag
import nn

STEPS = 200
WEIGHT, BIAS = [[0.5, -0.3], [0.8, 1.2]], [-0.7, 0.4]
X, Y = np.array([0.9, -1.4]), np.array([0.3, -0.6])


def gradients(weight, bias, k):
    """Of a tanh unit's squared error; target and scale change with the step k, so that nothing comes to rest."""
    y = np.tanh(weight @ X + bias)
    slope = (y - Y * np.cos(k / 5)) * (1 - y * y) * (1 + np.sin(3 * k))
    return slope[:, None] * X, slope


# name: optimiser, its options, and what happens on the way: "skip" leaves out the bias's gradient in some steps, "groups"
# gives the bias options of its own, "decay" divides the learning rate on the way
SCENARIOS = {
    "SGD by default": ("SGD", {}, ""),
    "SGD": ("SGD", {"lr": 0.1}, ""),
    "SGD, momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}, ""),
    "SGD, dampening": ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5}, ""),
    "SGD, nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}, ""),
    "SGD, weight decay": ("SGD", {"lr": 0.05, "weight_decay": 0.1}, ""),
    "SGD, maximize": ("SGD", {"lr": 0.05, "maximize": True}, ""),
    "SGD, all": ("SGD", {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1, "maximize": True}, ""),
    "SGD, on the way": ("SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.1}, "skip groups decay"),
    "Adam by default": ("Adam", {}, ""),
    "Adam": ("Adam", {"lr": 0.03}, ""),
    "Adam, betas": ("Adam", {"lr": 0.01, "betas": (0.5, 0.9)}, ""),
    "Adam, eps": ("Adam", {"lr": 0.01, "eps": 0.1}, ""),
    "Adam, weight decay": ("Adam", {"lr": 0.01, "weight_decay": 0.1}, ""),
    "Adam, amsgrad": ("Adam", {"lr": 0.01, "betas": (0.9, 0.8), "amsgrad": True}, ""),
    "Adam, maximize": ("Adam", {"lr": 0.01, "maximize": True}, ""),
    "Adam, all": ("Adam", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1, "amsgrad": True, "maximize": True}, ""),
    "Adam, on the way": ("Adam", {"lr": 0.01, "betas": (0.9, 0.8), "amsgrad": True}, "skip groups decay"),
}


def trajectory(optimizers, parameter, array, as_gradient, name):
    """The parameters after each step, end to end; the optimiser and its parameters are ours or PyTorch's."""
    kind, options, way = SCENARIOS[name]
    weight, bias = parameter(WEIGHT), parameter(BIAS)
    params = [{"params": [weight]}, {"params": [bias], "lr": 0.03, "weight_decay": 0.2}] if "groups" in way else [weight, bias]
    optimizer = getattr(optimizers, kind)(params, **options)
    found = []
    for k in range(STEPS):
        weight.grad, bias.grad = map(as_gradient, gradients(array(weight), array(bias), k))
        if "skip" in way and k % 7 in (0, 3, 4):
            bias.grad = None
        if "decay" in way and k == 100:
            optimizer.param_groups[0]["lr"] /= 3
        optimizer.step()
        found.append(np.concatenate([array(weight).ravel(), array(bias)]))
    return np.array(found)


def ours(name):
    return trajectory(nn.optim, nn.Parameter, lambda p: p.data, lambda g: g, name)


def pytorchs(name):
    torch = pytest.importorskip("torch")
    make = lambda data: torch.nn.Parameter(torch.tensor(data, dtype=torch.float64))
    return trajectory(torch.optim, make, lambda p: p.detach().numpy().copy(), torch.from_numpy, name)


# `pytorchs(name)[-1]` of PyTorch 2.13.0, weight and then bias, to 13 digits
RECORDED = {
    "SGD by default": [0.4798894186793, -0.2687168735011, 0.8577771354274, 1.110124456002, -0.7223450903564, 0.4641968171415],
    "SGD": [0.4442805127149, -0.213325242001, 0.9587240098338, 0.953095984703, -0.7619105414278, 0.5763600109264],
    "SGD, momentum": [0.4050661050861, -0.1523250523561, -0.05683757379502, 2.532858448126, -0.8054821054599, -0.5520417486611],
    "SGD, dampening": [0.612951550773, -0.4757024123135, 0.4369800229319, 1.764697742106, -0.5744982769189, -0.003355530075667],
    "SGD, nesterov": [0.4113643928688, -0.162122388907, 1.62113488972, -0.07732093956486, -0.7984840079236, 1.312372099689],
    "SGD, weight decay": [0.1755803594014, -0.09780071091084, 0.323543266644, 0.3937184827733, -0.265646643499, 0.1800909167606],
    "SGD, maximize": [1.121883477165, -1.267374297812, 0.2606528224309, 2.038984498441, -0.009018358705617, -0.1992746417434],
    "SGD, all": [-0.4502252351789, 0.7622025470594, -0.3711993147847, 0.893874176555, -0.6627920398791, -0.4757342871388],
    "SGD, on the way": [0.29725293017, 0.01538433084667, 0.9985601023413, 0.8911287296913, 0.05472664877197, -0.126503920529],
    "Adam by default": [0.4566295256994, -0.2566295252931, 0.8968515924371, 1.103148407114, -0.7433704744144, 0.4968515925629],
    "Adam": [0.530856581894, -0.33085658169, 0.8899085143791, 1.11009148549, -0.6691434181631, 0.4899085144157],
    "Adam, betas": [0.4723223194124, -0.2723223189524, 0.9328021712794, 1.067197827782, -0.7276776807164, 0.5328021715421],
    "Adam, eps": [0.4684936844403, -0.2679836740921, 0.9442737486261, 1.048840004086, -0.7317319126396, 0.5462152156965],
    "Adam, weight decay": [0.2477032390071, -0.1816777462425, 0.6504783368072, 0.7680996128328, -0.3919250184906, 0.394340716866],
    "Adam, amsgrad": [0.4622808780515, -0.2622808787337, 0.9554121177825, 1.044587882931, -0.7377191217575, 0.5554121175828],
    "Adam, maximize": [-0.314604765169, 0.5146047768819, 0.2313849771755, 1.768615025416, -1.514604768449, -0.1686150235501],
    "Adam, all": [0.7763742054429, -0.7271445798183, 0.1741331830287, 1.397526333877, 0.06091577446427, -0.08636262593752],
    "Adam, on the way": [0.3452939872613, -0.1452939870937, 0.9835384898814, 1.016461510584, -0.4259546305639, 0.4414016166164],
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_parameters_end_where_pytorch_ends(name):
    np.testing.assert_allclose(ours(name)[-1], RECORDED[name], rtol=1e-9)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_step_is_that_of_pytorch(name):
    np.testing.assert_allclose(ours(name), pytorchs(name), rtol=1e-9, atol=1e-12)


def test_no_two_scenarios_are_the_same():
    ends = np.array(list(RECORDED.values()))
    distances = np.abs(ends[:, None] - ends).max(axis=-1)
    assert np.all(distances + np.eye(len(ends)) > 1e-5)


# -- which parameters move, and how -------------------------------------------------------------------------------

KINDS = pytest.mark.parametrize(
    ("kind", "options"),
    [
        (nn.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        (nn.optim.Adam, {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    ],
    ids=["SGD", "Adam"],
)


def step_with(optimizer, *pairs):
    """One step in which these parameters have these gradients, and all others none."""
    optimizer.zero_grad()
    for parameter, gradient in pairs:
        parameter.grad = np.full(parameter.shape, gradient, parameter.dtype)
    optimizer.step()


def alone(kind, options, start, given):
    """Where a parameter gets to that is the only one."""
    parameter = nn.Parameter(start)
    optimizer = kind([parameter], **options)
    for gradient in given:
        step_with(optimizer, (parameter, gradient))
    return parameter.data


@KINDS
def test_parameters_do_not_feel_each_other(kind, options):
    starts = [np.ones((2, 3)), np.array(2.0), np.zeros((0, 2)), np.ones(2, np.float32), np.full(3, 2.0, np.float32)]
    parameters = [nn.Parameter(start) for start in starts]
    optimizer = kind(parameters, **options)
    given = [[], [], [], [], []]
    for k in range(30):
        chosen = [i for i in range(5) if (k >> i) % 2 == 0 or k > 25]  # every set of them
        step_with(optimizer, *((parameters[i], np.sin(k + i)) for i in chosen))
        for i in chosen:
            given[i].append(np.sin(k + i))
    for parameter, start, gradients_ in zip(parameters, starts, given):
        expected = alone(kind, options, start, gradients_)
        assert parameter.dtype == expected.dtype == start.dtype
        np.testing.assert_array_equal(parameter.data, expected)


@KINDS
def test_a_parameter_without_gradient_rests(kind, options):
    moving, resting = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = kind([moving, resting], **options)
    step_with(optimizer, (moving, 1.0), (resting, 1.0))
    before = resting.item()
    step_with(optimizer, (moving, 1.0))
    assert resting.item() == before
    step_with(optimizer)
    assert moving.item() != before


@KINDS
def test_single_precision_stays_single(kind, options):
    parameter = nn.Parameter(np.ones(3, np.float32))
    optimizer = kind([parameter], **{name: np.float64(value) if name != "nesterov" else value for name, value in options.items()})
    for _ in range(3):
        step_with(optimizer, (parameter, 1.0))
    assert parameter.dtype == np.float32
    assert parameter.tolist() != [1.0, 1.0, 1.0]


@pytest.mark.parametrize("turned_on_first", [False, True])
def test_momentum_turned_on_or_off_on_the_way_is_each_parameters_own(turned_on_first):
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.optim.SGD([p, q], lr=0.1, momentum=0.9 * turned_on_first)
    step_with(optimizer, (p, 1.0))
    optimizer.param_groups[0]["momentum"] = 0.9 * (not turned_on_first)
    step_with(optimizer, (q, 1.0))
    optimizer.param_groups[0]["momentum"] = 0.9
    step_with(optimizer, (p, 1.0), (q, 1.0))
    expected = [0.71, 0.8] if turned_on_first else [0.8, 0.71]
    np.testing.assert_allclose([p.item(), q.item()], expected)


@KINDS
def test_gradients_are_read_and_never_written(kind, options):
    parameter = nn.Parameter([1.0, 2.0])
    gradient = np.array([0.5, -0.5])
    parameter.grad = gradient
    kind([parameter], **options, maximize=True).step()
    assert gradient.tolist() == [0.5, -0.5]


@KINDS
def test_a_step_keeps_the_parameters_array(kind, options):
    parameter = nn.Parameter([1.0])
    array = parameter.data
    step_with(kind([parameter], **options), (parameter, 1.0))
    assert parameter.data is array


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_of_several_passes_add_up_also_for_a_single_number(dtype):
    w = nn.Parameter(2.0, dtype=dtype)
    for _ in range(2):
        (w * 3.0).backward()
    nn.optim.SGD([w], lr=0.5).step()
    assert w.item() == -1.0
    assert w.dtype == dtype


def test_gradients_that_can_be_differentiated_again_make_the_same_step():
    ends = []
    for create_graph in (False, True):
        w = nn.Parameter([1.0, 2.0])
        (w**3).sum().backward(create_graph=create_graph)
        assert isinstance(w.grad, ag.Tensor) == create_graph
        nn.optim.Adam([w], lr=0.1).step()
        ends.append(w.tolist())
    assert ends[0] == ends[1]


def test_zero_grad_forgets_the_gradients_of_all_groups_also_where_some_are_frozen():
    p, q, frozen = (nn.Parameter([1.0]) for _ in range(3))
    optimizer = nn.optim.SGD([{"params": [p, frozen]}, {"params": q}])
    p.grad = q.grad = np.ones(1)
    frozen.requires_grad = False
    optimizer.zero_grad()
    assert p.grad is None
    assert q.grad is None


def test_groups_have_the_options_they_set_and_the_defaults_else():
    p, q, r = (nn.Parameter([1.0]) for _ in range(3))
    optimizer = nn.optim.SGD([{"params": [p]}, {"params": iter([q]), "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": r, "lr": 0.25, "maximize": True})
    step_with(optimizer, (p, 1.0), (q, 1.0), (r, 1.0))
    assert [p.item(), q.item(), r.item()] == [0.9, 0.5, 1.25]
    optimizer.param_groups[1]["lr"] = 0.25
    step_with(optimizer, (p, 1.0), (q, 1.0))
    assert [p.item(), q.item(), r.item()] == [0.8, 0.25, 1.25]


# -- what is refused ----------------------------------------------------------------------------------------------

W = nn.Parameter([1.0, 2.0])


@pytest.mark.parametrize("kind", [nn.optim.SGD, nn.optim.Adam], ids=["SGD", "Adam"])
@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "there are no parameters to optimise"),
        (iter([]), ValueError, "there are no parameters to optimise"),
        (W, TypeError, "params is a single Parameter; pass a list"),
        ({"params": [W]}, TypeError, "params is a single dict; pass a list"),
        (np.ones(2), TypeError, "params is a single ndarray; pass a list"),
        ([W, W], ValueError, r"a parameter of shape \(2,\) is given twice"),
        ([{"params": [W]}, {"params": [W]}], ValueError, r"a parameter of shape \(2,\) is given twice"),
        ([W * 2.0], ValueError, "parameter 0 was computed from others; only leaves"),
        ([W, 3.0], TypeError, "parameter 1 is a float, not a Tensor"),
        ([{"params": [W], "rate": 1.0}], ValueError, "unknown option 'rate'; it takes lr, "),
        ([{"params": [W], "lr": -1.0}], ValueError, "lr=-1.0 must be a finite number that is not negative"),
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(kind, params, error, message):
    with pytest.raises(error, match=rf"^{kind.__name__}: {message}"):
        kind(params)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        *(
            (kind, {option: value}, f"{option}={value} must be a finite number that is not negative")
            for kind, names in (("SGD", ("lr", "momentum", "weight_decay")), ("Adam", ("lr", "eps", "weight_decay")))
            for option in names
            for value in (-0.5, np.nan, np.inf)
        ),
        ("SGD", {"nesterov": True}, "nesterov=True needs a momentum, such as 0.9, and dampening=0"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "nesterov=True needs a momentum"),
        *(
            ("Adam", {"betas": betas}, r"betas=\(.*\) must be two numbers from 0 up to, but not including, 1")
            for betas in ((1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (np.nan, 0.9))
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(kind, options, message):
    with pytest.raises(ValueError, match=f"^{kind}: {message}"):
        getattr(nn.optim, kind)([W], **options)


@pytest.mark.parametrize("betas", [(0.9,), (0.9, 0.9, 0.9)])
def test_betas_are_two(betas):
    with pytest.raises(ValueError, match="must be two numbers"):
        nn.optim.Adam([W], betas=betas)


def test_a_parameter_put_in_place_of_another_is_the_one_that_moves():
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.optim.Adam([p], lr=0.1)
    for one in (p, q):
        optimizer.param_groups[0]["params"][0] = one
        one.grad = np.ones(1)
        optimizer.step()
    assert np.allclose([p.item(), q.item()], 0.9)


def test_a_parameter_of_a_new_shape_starts_anew():
    p = nn.Parameter([1.0])
    optimizer = nn.optim.SGD([p], lr=0.1, momentum=0.9)
    for shape in ((1,), (3,)):
        p.data = np.ones(shape)
        p.grad = np.ones(shape)
        optimizer.step()
    assert np.allclose(p.data, 0.9)


def test_gradients_are_set_to_zero_where_that_is_asked_for():
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    p.grad = np.ones(1)
    nn.optim.SGD([p, q]).zero_grad(set_to_none=False)
    assert p.grad == 0
    assert q.grad is None

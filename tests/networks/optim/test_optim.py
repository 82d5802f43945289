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
    "Adam, decoupled": ("Adam", {"lr": 0.01, "weight_decay": 0.2, "decoupled_weight_decay": True}, ""),
    "Adam, on the way": ("Adam", {"lr": 0.01, "betas": (0.9, 0.8), "amsgrad": True}, "skip groups decay"),
    "AdamW by default": ("AdamW", {}, ""),
    "AdamW, all": ("AdamW", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1, "amsgrad": True, "maximize": True}, ""),
    "AdamW, on the way": ("AdamW", {"lr": 0.01, "eps": 1e-3}, "skip groups decay"),
    "Adamax by default": ("Adamax", {}, ""),
    "Adamax, all": ("Adamax", {"lr": 0.01, "betas": (0.8, 0.9), "eps": 0.01, "weight_decay": 0.1, "maximize": True}, ""),
    "Adamax, on the way": ("Adamax", {"lr": 0.01}, "skip groups decay"),
    "NAdam by default": ("NAdam", {}, ""),
    "NAdam, all": ("NAdam", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True}, ""),
    "NAdam, decoupled": ("NAdam", {"lr": 0.01, "eps": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}, ""),
    "NAdam, on the way": ("NAdam", {"lr": 0.01}, "skip groups decay"),
    "RAdam by default": ("RAdam", {}, ""),
    "RAdam, all": ("RAdam", {"lr": 0.01, "betas": (0.8, 0.9), "eps": 0.01, "weight_decay": 0.1, "maximize": True}, ""),
    "RAdam, never sure": ("RAdam", {"lr": 0.01, "betas": (0.9, 0.6)}, ""),
    "RAdam, decoupled": ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}, ""),
    "RAdam, on the way": ("RAdam", {"lr": 0.01}, "skip groups decay"),
    "RMSprop by default": ("RMSprop", {}, ""),
    "RMSprop, momentum": ("RMSprop", {"lr": 0.003, "alpha": 0.9, "momentum": 0.5}, ""),
    "RMSprop, all": (
        "RMSprop",
        {"lr": 0.002, "eps": 0.1, "weight_decay": 0.1, "momentum": 0.5, "centered": True, "maximize": True},
        "",
    ),
    "RMSprop, on the way": ("RMSprop", {"lr": 0.01, "centered": True}, "skip groups decay"),
    "Adagrad by default": ("Adagrad", {}, ""),
    "Adagrad, all": (
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 0.1, "maximize": True},
        "",
    ),
    "Adagrad, on the way": ("Adagrad", {"lr": 0.05, "lr_decay": 0.01}, "skip groups decay"),
    "Adadelta by default": ("Adadelta", {}, ""),
    "Adadelta, all": ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}, ""),
    "Adadelta, on the way": ("Adadelta", {"lr": 2.0}, "skip groups decay"),
    "Rprop by default": ("Rprop", {}, ""),
    "Rprop, all": ("Rprop", {"lr": 0.02, "etas": (0.4, 1.5), "step_sizes": (1e-3, 0.1), "maximize": True}, ""),
    "Rprop, on the way": ("Rprop", {"lr": 0.02, "etas": (0.6, 1.1)}, "skip"),
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
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # of what NAdam keeps for each parameter
    try:
        return trajectory(
            torch.optim,
            lambda data: torch.nn.Parameter(torch.tensor(data)),
            lambda p: p.detach().numpy().copy(),
            torch.from_numpy,
            name,
        )
    finally:
        torch.set_default_dtype(before)


def record():
    """Print RECORDED, where PyTorch is installed: `python -c "import test_nn_optim; test_nn_optim.record()"` in this folder."""
    for name in SCENARIOS:
        print(f'    "{name}": [{", ".join(f"{x:.11g}" for x in pytorchs(name)[-1])}],')


# printed by `record` with PyTorch 2.13.0: weight and then bias after the last step, to 11 digits
RECORDED = {
    "SGD by default": [0.47988941868, -0.2687168735, 0.85777713543, 1.110124456, -0.72234509036, 0.46419681714],
    "SGD": [0.44428051271, -0.213325242, 0.95872400983, 0.9530959847, -0.76191054143, 0.57636001093],
    "SGD, momentum": [0.40506610509, -0.15232505236, -0.056837573795, 2.5328584481, -0.80548210546, -0.55204174866],
    "SGD, dampening": [0.61295155077, -0.47570241231, 0.43698002293, 1.7646977421, -0.57449827692, -0.0033555300757],
    "SGD, nesterov": [0.41136439287, -0.16212238891, 1.6211348897, -0.077320939565, -0.79848400792, 1.3123720997],
    "SGD, weight decay": [0.1755803594, -0.097800710911, 0.32354326664, 0.39371848277, -0.2656466435, 0.18009091676],
    "SGD, maximize": [1.1218834772, -1.2673742978, 0.26065282243, 2.0389844984, -0.0090183587056, -0.19927464174],
    "SGD, all": [-0.45022523518, 0.76220254706, -0.37119931478, 0.89387417656, -0.66279203988, -0.47573428714],
    "SGD, on the way": [0.29725293017, 0.015384330847, 0.99856010234, 0.89112872969, 0.054726648772, -0.12650392053],
    "Adam by default": [0.4566295257, -0.25662952529, 0.89685159244, 1.1031484071, -0.74337047441, 0.49685159256],
    "Adam": [0.53085658189, -0.33085658169, 0.88990851438, 1.1100914855, -0.66914341816, 0.48990851442],
    "Adam, betas": [0.47232231941, -0.27232231895, 0.93280217128, 1.0671978278, -0.72767768072, 0.53280217154],
    "Adam, eps": [0.46849368444, -0.26798367409, 0.94427374863, 1.0488400041, -0.73173191264, 0.5462152157],
    "Adam, weight decay": [0.24770323901, -0.18167774624, 0.65047833681, 0.76809961283, -0.39192501849, 0.39434071687],
    "Adam, amsgrad": [0.46228087805, -0.26228087873, 0.95541211778, 1.0445878829, -0.73771912176, 0.55541211758],
    "Adam, maximize": [-0.31460476517, 0.51460477688, 0.23138497718, 1.7686150254, -1.5146047684, -0.16861502355],
    "Adam, all": [0.77637420544, -0.72714457982, 0.17413318303, 1.3975263339, 0.060915774464, -0.086362625938],
    "Adam, decoupled": [0.32614815128, -0.19213782898, 0.62430144209, 0.71580178562, -0.47791378508, 0.35628079653],
    "Adam, on the way": [0.34529398726, -0.14529398709, 0.98353848988, 1.0164615106, -0.42595463056, 0.44140161662],
    "AdamW by default": [0.45571923852, -0.25611884037, 0.89508584951, 1.1009181274, -0.74188314802, 0.49588505416],
    "AdamW, all": [-0.21654597071, 0.38027574243, 0.23935743086, 1.3979402283, -1.1989245677, -0.088102100993],
    "AdamW, on the way": [0.38788443318, -0.19047072296, 0.96783918893, 1.0056554208, -0.5504940817, 0.45459659568],
    "Adamax by default": [0.46113220967, -0.26113220972, 0.87811099082, 1.1218890093, -0.73886779032, 0.47811099078],
    "Adamax, all": [0.62186353398, -0.81034187877, -0.3174004646, 0.97833285012, 0.37853687989, -0.41116906316],
    "Adamax, on the way": [0.38445519985, -0.18445520018, 0.96058814509, 1.0394118557, -0.51007051578, 0.4986005487],
    "NAdam by default": [0.45568419741, -0.25568419689, 0.94141193713, 1.0585880619, -0.74431580273, 0.54141193739],
    "NAdam, all": [0.55285712436, -0.80208051948, -0.36574407463, 0.90524147973, 0.44602549244, -0.45169953068],
    "NAdam, decoupled": [0.39528999274, -0.23119111232, 0.76085999484, 0.87536428068, -0.58718996095, 0.43369739551],
    "NAdam, on the way": [0.27722868791, -0.07722868468, 1.0152244667, 0.98477553135, -0.25182738158, 0.33688426845],
    "RAdam by default": [0.48355628276, -0.28384208635, 0.82378987027, 1.1763287928, -0.71638655658, 0.42376613771],
    "RAdam, all": [0.58003350339, -0.80710624098, -0.29150703062, 0.98342011664, 0.40836846691, -0.41928524066],
    "RAdam, never sure": [0.46593095309, -0.2470037048, 0.92068442004, 1.0122686799, -0.73785449657, 0.53409380005],
    "RAdam, decoupled": [0.37365660684, -0.21218782336, 0.77301924215, 0.8652324034, -0.60826979223, 0.44536891329],
    "RAdam, on the way": [0.4276073554, -0.23030407805, 0.90716994767, 1.0939689973, -0.6128718821, 0.54293702887],
    "RMSprop by default": [0.43986949072, -0.23986949236, 0.93277888086, 1.0672210939, -0.76013050882, 0.53277888793],
    "RMSprop, momentum": [0.46904416214, -0.26904416269, 0.94491368835, 1.055086312, -0.7309558377, 0.54491368825],
    "RMSprop, all": [0.83623244224, -0.7845334971, 0.2528081288, 1.4324590813, -0.083009243714, -0.076509154884],
    "RMSprop, on the way": [0.1478565743, 0.052143445892, 1.1290430408, 0.87095692148, -0.020599641934, 0.077133260742],
    "Adagrad by default": [0.45446123747, -0.25446123747, 0.91992472887, 1.0800752711, -0.74553876253, 0.51992472887],
    "Adagrad, all": [0.058590374676, 0.18458778455, 0.44841694752, 1.3465428595, -1.0338235855, 0.090724748183],
    "Adagrad, on the way": [0.36628549183, -0.16628549182, 1.0317585226, 0.9682414774, -0.5102453959, 0.38357642546],
    "Adadelta by default": [0.4578534677, -0.25784568247, 0.95375681355, 1.0461639454, -0.74214905271, 0.55378244956],
    "Adadelta, all": [0.53620680557, -0.79194402234, -0.41856710893, 0.85733594707, 0.5050608739, -0.48904427403],
    "Adadelta, on the way": [0.43727201266, -0.23726018127, 1.0173033821, 0.98257114459, -0.69607827904, 0.40018500747],
    "Rprop by default": [0.47974349613, -0.27974349613, 1.0466602674, 0.95333973262, -0.72025650387, 0.64666026738],
    "Rprop, all": [-5.3625, 5.5625, 6.7625, -4.7625, -6.5625, 6.3625],
    "Rprop, on the way": [0.31113879717, -0.11113879717, 0.97760530757, 1.0223946924, -0.5988027263, 0.4505975129],
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

KINDS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "Adam": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
    "AdamW": {"lr": 0.1, "weight_decay": 0.1},
    "Adamax": {"lr": 0.1, "weight_decay": 0.1},
    "NAdam": {"lr": 0.1, "weight_decay": 0.1},
    "RAdam": {"lr": 0.1, "betas": (0.9, 0.99), "weight_decay": 0.1},
    "RMSprop": {"lr": 0.1, "momentum": 0.9, "centered": True, "weight_decay": 0.1},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1, "weight_decay": 0.1},
    "Adadelta": {"lr": 10.0, "weight_decay": 0.1},
    "Rprop": {"lr": 0.1},
}
KINDS = pytest.mark.parametrize(("kind", "options"), [(getattr(nn.optim, kind), KINDS[kind]) for kind in KINDS], ids=list(KINDS))


def step_with(optimizer, *pairs):
    """One step in which these parameters have these gradients, and all others none."""
    optimizer.zero_grad()
    for parameter, gradient in pairs:
        parameter.grad = np.full(parameter.shape, gradient, parameter.dtype)
    optimizer.step()


def alone(kind, options, start, given):
    """The value at which the only parameter arrives."""
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
    wide = {name: np.float64(value) if isinstance(value, float) else value for name, value in options.items()}
    optimizer = kind([parameter], **wide)
    for _ in range(3):
        step_with(optimizer, (parameter, 1.0))
    assert parameter.dtype == np.float32
    assert parameter.data.tolist() != [1.0, 1.0, 1.0]


@KINDS
def test_numpys_numbers_are_the_options_that_pythons_are(kind, options):
    """A step size of float32 beside doubles would round what it is multiplied by to single precision."""
    single = {name: np.float32(x) if type(x) is float else x for name, x in options.items()} | {"lr": np.float32(0.1)}
    same = {name: x.item() if isinstance(x, np.float32) else x for name, x in single.items()}
    parameters = nn.Parameter(np.ones(3)), nn.Parameter(np.ones(3))
    optimizers = [kind([p], **given) for p, given in zip(parameters, (single, same), strict=True)]
    for k in range(3):
        for p, optimizer in zip(parameters, optimizers, strict=True):
            step_with(optimizer, (p, np.sin(k)))
    assert parameters[0].data.tobytes() == parameters[1].data.tobytes()
    assert not any(isinstance(x, np.generic) for x in optimizers[0].param_groups[0].values())


@KINDS
@pytest.mark.parametrize("size", [1e-3, 0.1, 300.0, 1e4])
def test_half_precision_goes_where_single_goes(kind, options, size):
    if kind is nn.optim.SGD:
        options = options | {"lr": 0.1 / size, "weight_decay": 0.0}
    half, loaded, single = (nn.Parameter(np.ones((2, 3), dtype)) for dtype in ("f2", "f2", "f4"))
    optimizers = [kind([p], **options) for p in (half, loaded, single)]
    for k in range(6):
        if k == 3:
            loaded.data = half.data.copy()
            optimizers[1].load_state_dict(optimizers[0].state_dict())
        for p, optimizer in zip((half, loaded, single), optimizers, strict=True):
            step_with(optimizer, (p, np.float16(np.cos(k) * size)))
    assert half.dtype == np.float16
    assert np.array_equal(half.data, loaded.data)
    np.testing.assert_allclose(half.data, single.data, rtol=0.005, atol=0.003)
    assert abs(single.data - 1).min() > 0.01


def test_a_small_weight_decay_is_not_lost_in_half_precision():
    parameter = nn.Parameter(np.full(2, 2.0**-10, np.float16))
    optimizer = nn.optim.SGD([parameter], lr=2.0**9, weight_decay=2.0**-16)  # their product is 0 in half precision
    step_with(optimizer, (parameter, 0.0))
    assert parameter.data.tolist() == [2.0**-10 - 2.0**-17] * 2


@pytest.mark.parametrize(("kind", "expected"), [("Adam", 0.978), ("AdamW", 0.978), ("RMSprop", 0.8989), ("RAdam", -4.328)])
def test_large_gradients_in_half_precision_make_the_steps_of_pytorch(kind, expected):
    parameter = nn.Parameter(np.ones(1, np.float16))
    optimizer = getattr(nn.optim, kind)([parameter], lr=0.01)
    for gradient in (300.0, 1.0, 1.0):
        step_with(optimizer, (parameter, gradient))
    np.testing.assert_allclose(parameter.data, expected, rtol=1e-3)


SHORT_MEMORY = {"Adam": "betas", "AdamW": "betas", "Adamax": "betas", "NAdam": "betas", "RAdam": "betas", "RMSprop": "alpha"}


@pytest.mark.parametrize("kind", SHORT_MEMORY)
@pytest.mark.parametrize("beta", [0.0, 1e-9, 0.01])
def test_a_short_memory_sees_small_gradients_after_large_ones(kind, beta):
    options = {"betas": (beta, beta)} if SHORT_MEMORY[kind] == "betas" else {"alpha": beta, "centered": beta == 0.01}
    ends = []
    for dtype in (np.float32, np.longdouble):
        parameter = nn.Parameter(np.zeros(2, dtype))
        optimizer = getattr(nn.optim, kind)([parameter], lr=0.1, weight_decay=0.0, **options)
        for gradient in (1e3, 1e-3, 2e-3):
            step_with(optimizer, (parameter, gradient))
        ends.append(parameter.data)
    np.testing.assert_allclose(*ends, rtol=1e-5)


@KINDS
@pytest.mark.parametrize(("before", "after"), [("f4", "f8"), ("f8", "f4"), ("f8", "f2"), ("f4", "c16")])
def test_the_state_takes_the_dtype_that_its_parameters_are_given(kind, options, before, after):
    starts = [np.ones((2, 4), before), np.array(2.0, before)]  # nine in all: an odd number does not fit the doubled width
    going_on, loaded = [[nn.Parameter(start) for start in starts] for _ in range(2)]
    optimizer, other = kind(going_on, **options), kind(loaded, **options)
    for k in range(4):
        if k == 2:
            for p, q in zip(going_on, loaded, strict=True):
                q.data, p.data = p.data.astype(after), p.data.astype(after)
            other.load_state_dict(optimizer.state_dict())  # which casts it
        step_with(optimizer, *((p, np.sin(k + 1)) for p in going_on))
        if k >= 2:
            step_with(other, *((q, np.sin(k + 1)) for q in loaded))
    for p, q in zip(going_on, loaded, strict=True):
        assert p.dtype == after
        assert np.array_equal(p.data, q.data)
    kept = np.dtype("f4" if after == "f2" else after)
    assert {array.dtype for state in optimizer.state.values() for array in state.values() if array.ndim} == {kept}


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
        ends.append(w.data.tolist())
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


EVERY = [
    getattr(nn.optim, name)
    for name in ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Rprop")
]


@pytest.mark.parametrize("kind", [*EVERY, nn.optim.LBFGS], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "there are no parameters to optimise"),
        (iter([]), ValueError, "there are no parameters to optimise"),
        ([{"params": []}], ValueError, "group 0 has no parameters"),
        (W, TypeError, "params is a single Parameter; pass a list"),
        ({"params": [W]}, TypeError, "params is a single dict; pass a list"),
        (np.ones(2), TypeError, "params is a single ndarray; pass a list"),
        (nn.Linear(1, 1), TypeError, r"params is a Linear; pass a list, such as model.parameters\(\)"),
        (nn.Linear(1, 1).parameters, TypeError, "params is a method; pass a list"),
        (None, TypeError, "params is a NoneType; pass a list"),
        ([W, W], ValueError, r"a parameter of shape \(2,\) is given twice"),
        ([W * 2.0], ValueError, "parameter 0 was computed from others; only leaves"),
        ([W, 3.0], TypeError, "parameter 1 is a float, not a Tensor"),
        ([{"params": [W]}, [W]], (TypeError, ValueError), "a group is a dict with 'params' and options|all parameters have"),
        ([{"lr": 1.0}], TypeError, "a group is a dict with 'params' and options"),
        ([{"params": [W], "rate": 1.0}], ValueError, "unknown option 'rate'; it takes lr, "),
        ([{"params": [W], "lr": -1.0}], ValueError, "lr=-1.0 must be a finite number that is not negative"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(kind, params, error, message):
    with pytest.raises(error, match=rf"^{kind.__name__}: ({message})"):
        kind(params)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_a_parameter_is_in_one_group(kind):
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: a parameter of shape \(2,\) is given twice"):
        kind([{"params": [W]}, {"params": [W]}])


NUMBERS = {"lr": EVERY, "weight_decay": EVERY[:-1], "eps": EVERY[1:-1], "momentum": [nn.optim.SGD, nn.optim.RMSprop]}
NUMBERS |= {"momentum_decay": [nn.optim.NAdam], "lr_decay": [nn.optim.Adagrad], "initial_accumulator_value": [nn.optim.Adagrad]}


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for option, kinds in NUMBERS.items() for kind in kinds])
@pytest.mark.parametrize("value", [-0.5, np.nan, np.inf, "0.1", None, W])
def test_numbers_that_make_no_sense_are_refused(kind, option, value):
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: {option}=[\s\S]* must be a finite number that is not negative"):
        kind([W], **{option: value})


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("SGD", {"dampening": np.nan}, "dampening=nan must be a finite number"),
        ("SGD", {"nesterov": True}, "nesterov=True needs a momentum, such as 0.9, and dampening=0"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "nesterov=True needs a momentum"),
        *(
            (kind, {"betas": betas}, r"betas=.* must be two numbers from 0 up to, but not including, 1")
            for kind in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam")
            for betas in ((1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (np.nan, 0.9), (0.9,), 0.9, ("0", 0.5))
        ),
        *(("RMSprop", {"alpha": alpha}, "alpha=.* must be a number from 0 to 1") for alpha in (-0.1, 1.1, np.nan)),
        *(("Adadelta", {"rho": rho}, "rho=.* must be a number from 0 to 1") for rho in (-0.1, 1.1, np.nan)),
        *(
            ("Rprop", {"etas": etas}, "etas=.* must be a number between 0 and 1 and one above 1")
            for etas in ((0.5, 1.0), (0.0, 1.2), (1.0, 1.2), (0.5, np.inf), (np.nan, 1.2), 0.5)
        ),
        *(
            ("Rprop", {"step_sizes": sizes}, "step_sizes=.* must be two numbers, neither negative, the smaller one first")
            for sizes in ((1.0, 0.1), (-1.0, 1.0), (np.nan, 1.0), (0.1,), 0.1)
        ),
        *(
            ("LBFGS", {option: 0}, f"{option}=0 must be a whole number of at least 1")
            for option in ("max_iter", "max_eval", "history_size")
        ),
        *(("LBFGS", {o: np.nan}, f"{o}=nan must be a finite number") for o in ("tolerance_grad", "tolerance_change")),
        ("LBFGS", {"line_search_fn": "wolfe"}, "line_search_fn='wolfe' must be 'strong_wolfe' or None"),
        *(("LevenbergMarquardt", {o: 0.0}, f"{o}=0.0 must be a positive number") for o in ("damping", "min_damping")),
        ("LevenbergMarquardt", {"tolerance": 1.5}, "tolerance=1.5 must be a number from 0 to 1"),
        ("LevenbergMarquardt", {"max_iter": 1.5}, "max_iter=1.5 must be a whole number of at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(kind, options, message):
    with pytest.raises(ValueError, match=f"^{kind}: {message}"):
        getattr(nn.optim, kind)([W], **options)


def test_a_parameter_put_in_place_of_another_is_the_one_that_moves():
    p, q = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = nn.optim.Adam([p], lr=0.1)
    for one in (p, q):
        optimizer.param_groups[0]["params"][0] = one
        one.grad = np.ones(1)
        optimizer.step()
    assert np.allclose([p.item(), q.item()], 0.9)


def test_parameters_put_into_a_list_or_taken_out_of_it_move_or_rest():
    p, q, r = (nn.Parameter([1.0]) for _ in range(3))
    optimizer = nn.optim.SGD([p, q], lr=0.1)
    params = optimizer.param_groups[0]["params"]
    for now in ([p, q], [p, q, r], [q, r], [r]):
        params[:] = now
        for one in (p, q, r):
            one.grad = np.ones(1)
        optimizer.step()
    assert np.allclose([p.item(), q.item(), r.item()], [0.8, 0.7, 0.7])


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

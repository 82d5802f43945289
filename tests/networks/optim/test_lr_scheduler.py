"""Schedulers: PyTorch's learning rates, their state, and what they refuse."""

import copy
import math
import pickle
from collections import Counter

import numpy as np
import pytest

import nn

EPOCHS = 40
METRICS = np.concatenate([np.exp(-np.arange(12) / 4), np.full(14, 0.05), [math.nan, 0.04, 0.03999, 0.02], np.full(10, 0.03)])

# name: the scheduler of an optimiser, made with the classes of a module `s`: ours or PyTorch's
SCHEDULERS = {
    "StepLR": lambda s, o: s.StepLR(o, 7),
    "StepLR, gamma": lambda s, o: s.StepLR(o, 3, gamma=0.7),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [20, 5, 5], gamma=0.5),
    "MultiStepLR at 0": lambda s, o: s.MultiStepLR(o, [0, 12]),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR, all": lambda s, o: s.ConstantLR(o, factor=0.2, total_iters=13),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR, all": lambda s, o: s.LinearLR(o, start_factor=0.9, end_factor=0.1, total_iters=17),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR, all": lambda s, o: s.PolynomialLR(o, total_iters=30, power=2.5),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 12),
    "CosineAnnealingLR, eta_min": lambda s, o: s.CosineAnnealingLR(o, 35, eta_min=0.01),
    "CosineAnnealingLR of 1": lambda s, o: s.CosineAnnealingLR(o, 1, eta_min=0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 9),
    "CosineAnnealingWarmRestarts, all": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.01),
    "CosineAnnealingWarmRestarts, 3": lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, T_mult=3),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=6),
    "CyclicLR, halves": lambda s, o: s.CyclicLR(o, 0.0, 0.3, 4, 7, mode="triangular2", base_momentum=0.7, max_momentum=0.95),
    "CyclicLR, powers": lambda s, o: s.CyclicLR(o, 0.1, 0.3, 5, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "CyclicLR, each": lambda s, o: s.CyclicLR(
        o, [0.01, 0.02], [0.1, 0.3], 3, 5, scale_fn=lambda k: 1 / (1 + k), scale_mode="iterations"
    ),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 1.0, total_steps=40),
    "OneCycleLR, all": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.3], epochs=5, steps_per_epoch=9, pct_start=0.4, anneal_strategy="linear", base_momentum=0.7, max_momentum=0.9,
        div_factor=10, final_div_factor=100, three_phase=True,
    ),
    "OneCycleLR, rates alone": lambda s, o: s.OneCycleLR(o, 1.0, total_steps=44, cycle_momentum=False),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "LambdaLR, each": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.95**epoch, lambda epoch: 1 + math.sin(epoch)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 1 - 1 / (2 + epoch)),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o),
    "ReduceLROnPlateau, all": lambda s, o: s.ReduceLROnPlateau(
        o, factor=0.5, patience=2, threshold=0.01, threshold_mode="abs", cooldown=3, min_lr=[0.02, 0.001], eps=1e-4
    ),
    "ReduceLROnPlateau, max": lambda s, o: s.ReduceLROnPlateau(o, "max", 0.8, 1, threshold=0.1),
    "ReduceLROnPlateau, max, abs": lambda s, o: s.ReduceLROnPlateau(o, "max", 0.9, 0, threshold=1e-3, threshold_mode="abs"),
    "ReduceLROnPlateau, eps": lambda s, o: s.ReduceLROnPlateau(o, factor=0.8, patience=1, eps=0.015),
    "two at once": lambda s, o: [s.ExponentialLR(o, 0.95), s.StepLR(o, 10)],
    "three at once": lambda s, o: [s.CosineAnnealingLR(o, 12), s.LinearLR(o), s.ConstantLR(o, 0.5, 10)],
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=8), s.CosineAnnealingLR(o, 32)], [8]),
    "SequentialLR of all kinds": lambda s, o: s.SequentialLR(
        o,
        [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.StepLR(o, 2), s.PolynomialLR(o, 4),
         s.LambdaLR(o, lambda k: 1 / (2 + k)), s.MultiplicativeLR(o, lambda k: 0.9), s.CosineAnnealingWarmRestarts(o, 3),
         s.MultiStepLR(o, [2]), s.LinearLR(o)],
        [4, 8, 12, 16, 20, 24, 30, 34],
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)]),
}  # fmt: skip


def rates(optimizers, parameter, as_gradient, name):
    """The options of both groups in each epoch under the scheduler: learning rates, and first momenta."""
    parameters = [parameter(), parameter()]
    optimizer = optimizers.Adam([{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.02}], lr=0.1)
    made = SCHEDULERS[name](optimizers.lr_scheduler, optimizer)
    found = []
    for epoch in range(EPOCHS):
        found.append([value for group in optimizer.param_groups for value in (group["lr"], group["betas"][0])])
        for p in parameters:
            p.grad = as_gradient(np.zeros(1))
        optimizer.step()
        for scheduler in made if isinstance(made, list) else [made]:
            scheduler.step(*[METRICS[epoch]] * ("Plateau" in name))
            assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups] or isinstance(made, list)
    return np.array(found)


def ours(name):
    return rates(nn.optim, lambda: nn.Parameter(np.zeros(1)), lambda g: g, name)


def pytorchs(name):
    torch = pytest.importorskip("torch")
    return rates(torch.optim, lambda: torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)), torch.from_numpy, name)


def record():
    """Print RECORDED, where PyTorch is installed: `python -W ignore -c "import test_nn_lr_scheduler as t; t.record()"` here."""
    for name in SCHEDULERS:
        print(f'    "{name}": [{", ".join(f"{x:.11g}" for x in digest(pytorchs(name)))}],')


def digest(found):
    """The learning rates of some epochs, and the means of all four columns."""
    return [*found[[0, 1, 6, 21, 39], 0], *found.mean(axis=0)]


# printed by `record` with PyTorch 2.13.0
RECORDED = {
    "StepLR": [0.1, 0.1, 0.1, 0.0001, 1e-06, 0.019444375, 0.9, 0.003888875, 0.9],
    "StepLR, gamma": [0.1, 0.1, 0.049, 0.00823543, 0.00096889010407, 0.024781999727, 0.9, 0.0049563999453, 0.9],
    "MultiStepLR": [0.1, 0.1, 0.025, 0.0125, 0.0125, 0.028125, 0.9, 0.005625, 0.9],
    "MultiStepLR at 0": [0.01, 0.01, 0.01, 0.001, 0.001, 0.0037, 0.9, 0.00074, 0.9],
    "ConstantLR": [0.033333333333, 0.033333333333, 0.1, 0.1, 0.1, 0.091666666667, 0.9, 0.018333333333, 0.9],
    "ConstantLR, all": [0.02, 0.02, 0.02, 0.1, 0.1, 0.074, 0.9, 0.0148, 0.9],
    "LinearLR": [0.033333333333, 0.046666666667, 0.1, 0.1, 0.1, 0.095, 0.9, 0.019, 0.9],
    "LinearLR, all": [0.09, 0.085294117647, 0.061764705882, 0.01, 0.01, 0.028, 0.9, 0.0056, 0.9],
    "ExponentialLR": [0.1, 0.09, 0.0531441, 0.010941898913, 0.0016423203268, 0.024630477926, 0.9, 0.0049260955853, 0.9],
    "PolynomialLR": [0.1, 0.08, 0, 0, 0, 0.0075, 0.9, 0.0015, 0.9],
    "PolynomialLR, all": [0.1, 0.091873837721, 0.057243340224, 0.0049295030175, 0, 0.022695936618, 0.9, 0.0045391873236, 0.9],
    "CosineAnnealingLR": [0.1, 0.098296291314, 0.05, 0.085355339059, 0.014644660941, 0.046826177486, 0.9, 0.0093652354972, 0.9],
    "CosineAnnealingLR, eta_min": [
        0.1,
        0.09981884323,
        0.093630195712,
        0.041094235253,
        0.012869430821,
        0.050634885684,
        0.9,
        0.014514987298,
        0.9,
    ],
    "CosineAnnealingLR of 1": [0.1, 0.01, 0.1, 0.01, 0.01, 0.055, 0.9, 0.015, 0.9],
    "CosineAnnealingWarmRestarts": [0.1, 0.096984631039, 0.025, 0.075, 0.075, 0.05900717133, 0.9, 0.011801434266, 0.9],
    "CosineAnnealingWarmRestarts, all": [0.1, 0.0775, 0.055, 0.1, 0.023180194847, 0.064608207585, 0.9, 0.016067578621, 0.9],
    "CosineAnnealingWarmRestarts, 3": [0.1, 0.1, 0.088302222156, 0.079857929585, 0.0003380821129, 0.055, 0.9, 0.011, 0.9],
    "OneCycleLR": [0.04, 0.059443372665, 0.58831112237, 0.71694300179, 4e-06, 0.49350145, 0.90125, 0.49350145, 0.90125],
    "OneCycleLR, all": [0.05, 0.076470588235, 0.20882352941, 0.39411764706, 0.02525, 0.23939375, 0.815, 0.14363625, 0.815],
    "OneCycleLR, rates alone": [
        0.04,
        0.0558266921,
        0.50764100145,
        0.81174565395,
        0.041045543206,
        0.54320169279,
        0.9,
        0.54320169279,
        0.9,
    ],
    "LambdaLR": [0.1, 0.05, 0.014285714286, 0.0045454545455, 0.0025, 0.010696357597, 0.9, 0.0021392715195, 0.9],
    "LambdaLR, each": [0.1, 0.095, 0.073509189062, 0.034056162629, 0.013527595428, 0.043574392172, 0.9, 0.020576549124, 0.9],
    "MultiplicativeLR": [0.1, 0.066666666667, 0.025, 0.0086956521739, 0.0048780487805, 0.016514666414, 0.9, 0.0033029332828, 0.9],
    "ReduceLROnPlateau": [0.1, 0.1, 0.1, 0.1, 0.01, 0.064, 0.9, 0.0128, 0.9],
    "ReduceLROnPlateau, all": [0.1, 0.1, 0.1, 0.05, 0.02, 0.05725, 0.9, 0.0108125, 0.9],
    "ReduceLROnPlateau, max": [0.1, 0.1, 0.064, 0.01073741824, 0.0014411518808, 0.027175740827, 0.9, 0.0054351481654, 0.9],
    "ReduceLROnPlateau, max, abs": [
        0.1,
        0.1,
        0.059049,
        0.012157665459,
        0.0018248003631,
        0.027089419918,
        0.9,
        0.0054178839837,
        0.9,
    ],
    "ReduceLROnPlateau, eps": [0.1, 0.1, 0.1, 0.064, 0.064, 0.0783, 0.9, 0.02, 0.9],
    "two at once": [0.1, 0.095, 0.073509189062, 0.00034056162629, 1.3527595428e-05, 0.021340638032, 0.9, 0.0042681276064, 0.9],
    "three at once": [
        0.016666666667,
        0.022935801307,
        0.025,
        0.085355339059,
        0.014644660941,
        0.036441541877,
        0.9,
        0.0072883083754,
        0.9,
    ],
    "SequentialLR": [0.01, 0.02125, 0.0775, 0.064514233863, 0.00024076366639, 0.051125, 0.9, 0.010225, 0.9],
    "SequentialLR of all kinds": [0.01, 0.01, 0.081, 0.0162, 0.1, 0.056103383333, 0.9, 0.011220676667, 0.9],
    "ChainedScheduler": [0.01, 0.009, 0.0531441, 0.010941898913, 0.0016423203268, 0.016892727926, 0.9, 0.0033785455853, 0.9],
    "CyclicLR": [0.01, 0.025, 0.1, 0.055, 0.055, 0.05275, 0.8525, 0.05275, 0.8525],
    "CyclicLR, halves": [
        0,
        0.075,
        0.21428571429,
        0.021428571429,
        0.026785714286,
        0.076004464286,
        0.88666294643,
        0.076004464286,
        0.88666294643,
    ],
    "CyclicLR, powers": [0.1, 0.1388, 0.23327552079, 0.12109922051, 0.11219432113, 0.15768988275, 0.9, 0.15768988275, 0.9],
    "CyclicLR, each": [
        0.01,
        0.025,
        0.015142857143,
        0.012454545455,
        0.01045,
        0.013928112997,
        0.89563543,
        0.032220795989,
        0.89563543,
    ],
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_learning_rates_are_the_recorded_ones(name):
    np.testing.assert_allclose(digest(ours(name)), RECORDED[name], rtol=1e-9, atol=1e-16)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_learning_rate_is_that_of_pytorch(name):
    np.testing.assert_allclose(ours(name), pytorchs(name), rtol=1e-9, atol=1e-16)


def test_no_two_schedulers_are_the_same():
    ends = np.array(list(RECORDED.values()))
    distances = np.abs(ends[:, None] - ends).max(axis=-1)
    assert np.all(distances + np.eye(len(ends)) > 1e-4)


def optimizer_of(lr=0.1, kind=nn.optim.SGD, **options):
    return kind([nn.Parameter([1.0])], lr=lr, **options)


def step_often(scheduler, times, first=0):
    """The learning rates of that many epochs."""
    found = []
    for epoch in range(first, first + times):
        scheduler.step(*[METRICS[epoch]] * isinstance(scheduler, nn.optim.lr_scheduler.ReduceLROnPlateau))
        found.append(scheduler.optimizer.param_groups[0]["lr"])
    return found


SINGLE = [
    name
    for name in SCHEDULERS
    if "at once" not in name and name not in ("OneCycleLR, all", "LambdaLR, each", "CyclicLR, each") and "min_lr" not in name
]
SINGLE.remove("ReduceLROnPlateau, all")


@pytest.mark.parametrize("name", SINGLE)
def test_a_training_goes_on_from_the_saved_states(name):
    make = lambda optimizer: SCHEDULERS[name](nn.optim.lr_scheduler, optimizer)
    scheduler = make(optimizer_of(kind=nn.optim.Adam))
    step_often(scheduler, 9)
    saved = scheduler.state_dict(), scheduler.optimizer.state_dict()
    expected = step_often(scheduler, 20, 9)
    again = make(optimizer_of(kind=nn.optim.Adam))
    again.load_state_dict(saved[0])
    again.optimizer.load_state_dict(saved[1])
    assert step_often(again, 20, 9) == expected


@pytest.mark.parametrize(
    "name", [name for name in SINGLE if "Lambda" not in name and "Multiplicative" not in name and "kinds" not in name]
)
@pytest.mark.parametrize("copied", [lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copy_goes_on_alike_and_alone(name, copied):
    scheduler = SCHEDULERS[name](nn.optim.lr_scheduler, optimizer_of(kind=nn.optim.Adam))
    step_often(scheduler, 5)
    other = copied(scheduler)
    before = scheduler.get_last_lr()
    expected = step_often(other, 20, 5)
    assert scheduler.get_last_lr() == before
    assert step_often(scheduler, 20, 5) == expected


@pytest.mark.parametrize(
    "name",
    [
        "StepLR",
        "MultiStepLR",
        "ConstantLR",
        "LinearLR",
        "ExponentialLR",
        "LambdaLR",
        "CosineAnnealingLR",
        "MultiplicativeLR",
        "PolynomialLR",
    ],
)
@pytest.mark.parametrize("epoch", [0, 4, 6])
def test_a_training_goes_on_from_an_epoch_as_in_pytorch(name, epoch):
    torch = pytest.importorskip("torch")
    arguments = {
        "StepLR": (7,),
        "MultiStepLR": ([5, 7],),
        "LambdaLR": (lambda k: 1 / (1 + k),),
        "MultiplicativeLR": (lambda k: 0.5,),
    }
    arguments |= {"ExponentialLR": (0.9,), "CosineAnnealingLR": (12,)}
    found = []
    for optimizers, p in ((nn.optim, nn.Parameter([1.0])), (torch.optim, torch.nn.Parameter(torch.ones(1)))):
        optimizer = optimizers.SGD([{"params": [p], "initial_lr": 0.3}], lr=0.1)
        scheduler = getattr(optimizers.lr_scheduler, name)(optimizer, *arguments.get(name, ()), last_epoch=epoch)
        optimizer.step()
        found.append([*scheduler.get_last_lr(), *step_often(scheduler, 10)])
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_restarts_take_parts_of_epochs():
    scheduler = nn.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer_of(1.0), 2, T_mult=2)
    found = []
    for epoch in (0, 0.5, 1, 2, 3, 4, 6, 5.999, 100):
        scheduler.step(epoch)
        found += scheduler.get_last_lr()
    half = (1 + math.cos(math.pi / 4)) / 2
    expected = [1, half, 0.5, 1, half, 0.5, 1, 0, (1 + math.cos(math.pi * 38 / 64)) / 2]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_sequences_of_sequences_and_chains():
    s, o = nn.optim.lr_scheduler, optimizer_of(1.0)
    inner = s.SequentialLR(o, [s.ConstantLR(o, 0.5, 2), s.ExponentialLR(o, 0.5)], [2])
    chain = s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.5)])
    outer = s.SequentialLR(o, [s.ConstantLR(o, 0.25, 9), inner, chain], [2, 6])
    found = outer.get_last_lr() + step_often(outer, 9)
    np.testing.assert_allclose(found, [0.25, 0.25, 0.5, 0.5, 1.0, 0.5, 0.1, 0.05, 0.25, 0.125])


# -- what is refused ------------------------------------------------------------------------------------------------------

s = nn.optim.lr_scheduler
WRONG_NUMBERS = (-0.1, math.nan, math.inf, "0.1")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        *((lambda o, v=v: s.StepLR(o, v), rf"StepLR: step_size={v} must be a whole number of at least 1") for v in (0, -3, 1.5)),
        *(
            (lambda o, v=v: s.StepLR(o, 3, v), "StepLR: gamma=.* must be a finite number that is not negative")
            for v in WRONG_NUMBERS
        ),
        *((lambda o, v=v: s.ExponentialLR(o, v), "ExponentialLR: gamma=.* must be a finite") for v in WRONG_NUMBERS),
        (lambda o: s.MultiStepLR(o, [3, -1]), "MultiStepLR: milestones=-1 must be a whole number of at least 0"),
        (lambda o: s.MultiStepLR(o, [3], -1.0), "MultiStepLR: gamma=-1.0"),
        *(
            (lambda o, v=v: s.ConstantLR(o, v), "ConstantLR: factor=.* must be a number above 0 and up to 1")
            for v in (0, 1.1, math.nan)
        ),
        (lambda o: s.ConstantLR(o, total_iters=0), "ConstantLR: total_iters=0"),
        *((lambda o, v=v: s.LinearLR(o, v), "LinearLR: start_factor=.* must be a number above 0 and up to 1") for v in (0, 1.1)),
        *((lambda o, v=v: s.LinearLR(o, 0.5, v), "LinearLR: end_factor=.* must be a number from 0 to 1") for v in (-1, 1.1)),
        (lambda o: s.LinearLR(o, total_iters=0), "LinearLR: total_iters=0"),
        (lambda o: s.PolynomialLR(o, 0), "PolynomialLR: total_iters=0"),
        (lambda o: s.PolynomialLR(o, 5, -1.0), "PolynomialLR: power=-1.0"),
        (lambda o: s.CosineAnnealingLR(o, 0), "CosineAnnealingLR: T_max=0"),
        (lambda o: s.CosineAnnealingLR(o, 5, math.nan), "CosineAnnealingLR: eta_min=nan"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 0), "CosineAnnealingWarmRestarts: T_0=0"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5, 0), "CosineAnnealingWarmRestarts: T_mult=0"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5, eta_min=-1), "CosineAnnealingWarmRestarts: eta_min=-1"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5).step(-1), "CosineAnnealingWarmRestarts: epoch=-1"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, 0), "CyclicLR: step_size_up=0"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, 3, 0), "CyclicLR: step_size_down=0"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, mode="sin"), "CyclicLR: mode='sin' must be 'triangular', 'triangular2' or"),
        (lambda o: s.CyclicLR(o, 0.1, -1.0), "CyclicLR: max_lr=-1.0 must be a finite number"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, scale_mode="x"), "CyclicLR: scale_mode='x' must be 'cycle' or 'iterations'"),
        (lambda o: s.OneCycleLR(o, 1.0), "OneCycleLR: give total_steps, or epochs and steps_per_epoch"),
        (lambda o: s.OneCycleLR(o, 1.0, 0), "OneCycleLR: total_steps=0"),
        (lambda o: s.OneCycleLR(o, 1.0, epochs=0, steps_per_epoch=3), "OneCycleLR: epochs=0"),
        (lambda o: s.OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=0), "OneCycleLR: steps_per_epoch=0"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, pct_start=1.5), "OneCycleLR: pct_start=1.5"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, anneal_strategy="sin"), "OneCycleLR: anneal_strategy='sin' must be 'cos' or 'linear'"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, div_factor=0), "OneCycleLR: div_factor=0 must be a positive"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, final_div_factor=0), "OneCycleLR: final_div_factor=0 must be a positive"),
        (lambda o: s.OneCycleLR(o, -1.0, 9), "OneCycleLR: max_lr=-1.0 must be a finite number that is not negative"),
        (lambda o: s.OneCycleLR(o, [1.0, 1.0], 9), r"OneCycleLR: max_lr=\[1.0, 1.0\] must be .* or a list of 1"),
        (lambda o: step_often(s.OneCycleLR(o, 1.0, 9), 10), "OneCycleLR: step 10 of 9"),
        (lambda o: s.LambdaLR(o, 0.5), "LambdaLR: lr_lambda=0.5 must be a function of the epoch, or a list of 1"),
        (lambda o: s.LambdaLR(o, [abs, abs]), "LambdaLR: lr_lambda=.* must be a function of the epoch, or a list of 1"),
        (lambda o: s.ReduceLROnPlateau(o, "least"), "ReduceLROnPlateau: mode='least' must be 'min' or 'max'"),
        (lambda o: s.ReduceLROnPlateau(o, threshold_mode="x"), "ReduceLROnPlateau: threshold_mode='x' must be 'rel' or 'abs'"),
        (lambda o: s.ReduceLROnPlateau(o, factor=1.0), "ReduceLROnPlateau: factor=1.0"),
        (lambda o: s.ReduceLROnPlateau(o, patience=-1), "ReduceLROnPlateau: patience=-1"),
        (lambda o: s.ReduceLROnPlateau(o, cooldown=0.5), "ReduceLROnPlateau: cooldown=0.5"),
        (lambda o: s.ReduceLROnPlateau(o, threshold=-1), "ReduceLROnPlateau: threshold=-1"),
        (lambda o: s.ReduceLROnPlateau(o, eps=-1), "ReduceLROnPlateau: eps=-1"),
        (lambda o: s.ReduceLROnPlateau(o, min_lr=[0.1, 0.1]), "ReduceLROnPlateau: min_lr="),
        (lambda o: s.SequentialLR(o, [], []), r"SequentialLR: schedulers=\[\] must be a list of at least one"),
        (
            lambda o: s.SequentialLR(o, [s.StepLR(o, 1), s.StepLR(o, 1)], []),
            r"SequentialLR: milestones=\[\] must be 1 rising epochs",
        ),
        (lambda o: s.SequentialLR(o, [s.StepLR(o, 1)] * 3, [5, 2]), r"SequentialLR: milestones=\[5, 2\] must be 2 rising epochs"),
        (
            lambda o: s.SequentialLR(o, [s.StepLR(o, 1)] * 2, [0]),
            "SequentialLR: milestones=0 must be a whole number of at least 1",
        ),
        (
            lambda o: s.SequentialLR(o, [s.StepLR(optimizer_of(), 1)], []),
            "SequentialLR: scheduler 0, a StepLR, belongs to another optimizer",
        ),
        (
            lambda o: s.ChainedScheduler([s.StepLR(o, 1), s.StepLR(optimizer_of(), 1)]),
            "ChainedScheduler: scheduler 1, a StepLR, belongs",
        ),
        (lambda o: s.StepLR(o, 3, last_epoch=5), r"StepLR: last_epoch=5, but group 0 has no 'initial_lr'"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make(optimizer_of())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: s.StepLR(None, 3), "StepLR: optimizer is a NoneType, not an nn.optim.Optimizer"),
        (lambda o: s.StepLR(nn.Linear(1, 1), 3), "StepLR: optimizer is a Linear, not"),
        (lambda o: s.LambdaLR(None, abs), "LambdaLR: optimizer is a NoneType"),
        (lambda o: s.OneCycleLR(None, 0.1, 3), "OneCycleLR: optimizer is a NoneType"),
        (lambda o: s.ReduceLROnPlateau(None), "ReduceLROnPlateau: optimizer is a NoneType"),
        (lambda o: s.ReduceLROnPlateau(o).step(), "ReduceLROnPlateau: step needs the metric"),
        (
            lambda o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
            "SequentialLR: scheduler 0 is a ReduceLROnPlateau, which cannot",
        ),
        (lambda o: s.ChainedScheduler([3.0]), "ChainedScheduler: scheduler 0 is a float, which cannot"),
        (
            lambda o: s.StepLR(nn.optim.LevenbergMarquardt([nn.Parameter(1.0)]), 3),
            "StepLR: LevenbergMarquardt has no learning rate",
        ),
        (lambda o: s.LRScheduler(o).step(), "LRScheduler has no get_lr"),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused(make, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        make(optimizer_of())


def test_momentum_is_cycled_where_there_is_one_alone():
    adagrad = optimizer_of(kind=nn.optim.Adagrad)
    with pytest.raises(ValueError, match="^OneCycleLR: Adagrad has neither momentum nor betas. Write cycle_momentum=False"):
        s.OneCycleLR(adagrad, 1.0, 9)
    s.OneCycleLR(adagrad, 1.0, 9, cycle_momentum=False)
    sgd = optimizer_of()
    s.OneCycleLR(sgd, 1.0, 9)
    assert sgd.param_groups[0]["momentum"] == 0.95


@pytest.mark.parametrize("name", ["StepLR", "SequentialLR", "ChainedScheduler"])
def test_a_state_that_does_not_fit_changes_nothing(name):
    scheduler = SCHEDULERS[name](s, optimizer_of())
    step_often(scheduler, 3)
    before = scheduler.state_dict()
    wrong = SCHEDULERS["CosineAnnealingLR"](s, optimizer_of()).state_dict()
    half_wrong = copy.deepcopy(before)
    if "_schedulers" in before:
        half_wrong["_schedulers"][0]["last_epoch"] = 99
        half_wrong["_schedulers"][1] = wrong if name == "ChainedScheduler" else {}
    else:
        half_wrong["rate"] = 1.0
    for state in (wrong, half_wrong, {}):
        with pytest.raises(ValueError, match="load_state_dict: the state does not fit this .*; nothing was loaded"):
            scheduler.load_state_dict(state)
        assert scheduler.state_dict() == before


def test_milestones_may_be_counted_as_pytorch_counts_them():
    optimizers = optimizer_of(), optimizer_of()
    one, other = s.MultiStepLR(optimizers[0], [20, 5, 5, 8], gamma=0.5), s.MultiStepLR(optimizers[1], [3])
    step_often(one, 6)
    other.load_state_dict(one.state_dict() | {"milestones": Counter({20: 1, 5: 2, 8: 1})})
    optimizers[1].load_state_dict(optimizers[0].state_dict())
    assert other.state_dict() == one.state_dict()
    assert step_often(other, 20) == step_often(one, 20)


@pytest.mark.parametrize(
    "make", [lambda s, o: s.CosineAnnealingLR(o, 12), lambda s, o: s.MultiStepLR(o, [7, 3, 7]), lambda s, o: s.LinearLR(o)]
)
def test_the_state_of_pytorchs_scheduler_fits(make):
    torch = pytest.importorskip("torch")
    theirs = make(torch.optim.lr_scheduler, torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1))
    theirs.optimizer.step()
    step_often(theirs, 5)
    own = make(s, optimizer_of())
    own.load_state_dict(theirs.state_dict())
    own.optimizer.load_state_dict(theirs.optimizer.state_dict())
    np.testing.assert_allclose(step_often(own, 10), step_often(theirs, 10), rtol=1e-9)

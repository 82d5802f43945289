"""Each rule is broken on purpose, and the checks must see it: a test that cannot fail proves nothing."""

import functools
import importlib

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd_lite as ag
from autograd_lite import engine
from autograd_lite.primitive import Primitive
from autograd_lite.rules import PRIMITIVES, primitive_for
from autograd_lite.rules.elementwise import zero_slope
from autograd_lite.several import Several
from autograd_lite.speed.recorder import recorder
from tests.rules.checks import CHECKS, kinds_are_kept, slope_at_0
from tests.rules.test_complex import curved
from tests.rules.test_rules import test_kinks as kink_is_as_expected
from tests.table import KINKS, PIECEWISE, ROWS, parameter
from tests.table.row import Call, calls

tensor = importlib.import_module("autograd_lite.tensor")  # the attribute of this name is the function


def bare(value):
    """The arrays in what a rule was given, without their past."""
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if isinstance(value, Several):
        return Several({k: bare(g) for k, g in value.parts.items()}, value.dtype)
    return value.data if isinstance(value, ag.Tensor) else value


MUTANTS = {
    "scaled": lambda rule, g, *saved: rule(g, *saved) * 1.001,
    "negated": lambda rule, g, *saved: -rule(g, *saved),
    "zero": lambda rule, g, *saved: 0 * rule(g, *saved),
    "reversed": lambda rule, g, *saved: np.flip(rule(g, *saved)),
    "detached": lambda rule, g, *saved: rule(bare(g), *map(bare, saved)),
    "detached from what it saved": lambda rule, g, *saved: rule(g, *map(bare, saved)),
    "not flat": lambda rule, g, *saved: rule(g, *saved) + g,
}


def mutations_of(function, primitive, argument):
    """The mutations that make another function of this rule."""
    if primitive.rules[argument] is zero_slope:
        return ["not flat"]
    names = [name for name in MUTANTS if name != "not flat"]
    reads_values = {"y", *primitive.rules} & set(primitive.reads[argument])
    if not reads_values or function in PIECEWISE:
        names.remove("detached from what it saved")
    return names


MUTATIONS = [
    parameter(row, argument, MUTANTS[name], name=f"{row}: rule for {argument} {name}")
    for row in ROWS
    if row.function in PRIMITIVES
    for argument in PRIMITIVES[row.function].rules
    for name in mutations_of(row.function, PRIMITIVES[row.function], argument)
]


def install(monkeypatch, function, argument, rule):
    """Put another rule in every place where Tensors look for one."""
    original, right = tensor.RECORDERS[function], primitive_for(function)
    mutant = Primitive(
        right.function,
        right.rules | {argument: rule},
        right.signature,
        right.name,
        parts=right.parts,
        defers=True,
        several=right.several,
    )
    mutated = recorder(mutant)
    monkeypatch.setitem(tensor.RECORDERS, function, mutated)
    for name, value in list(vars(tensor).items()):
        if value is original:
            monkeypatch.setattr(tensor, name, mutated)


@functools.cache
def samples(row, n):
    """So many calls, the same each time."""
    found = []

    @settings(max_examples=n, derandomize=True, phases=[Phase.generate])
    @given(calls(row))
    def collect(drawn):
        found.append(drawn[0])

    collect()
    return found


FLAT_FOR_REAL_NUMBERS = {"np.sign", "complex_parts.imag_part"}  # their rules are of complex ones


def goes_red(row):
    """True if some check of some sampled call fails: of a few, and of more if those do not tell."""
    for n in (8, 40, 200):
        for seed, call in enumerate(samples(row, n)):
            if str(row) in FLAT_FOR_REAL_NUMBERS:
                call = call._replace(arrays=tuple(curved(x, 1) for x in call.arrays))
            for check in CHECKS:
                try:
                    check(call, np.random.default_rng(seed))
                except (AssertionError, ValueError):  # a rule that is wrong may find that a loss depends on phases
                    return True
    return False


@pytest.mark.parametrize(("row", "argument", "mutate"), MUTATIONS)
def test_a_wrong_rule_goes_red(row, argument, mutate, monkeypatch):
    rule = PRIMITIVES[row.function].rules[argument]
    install(monkeypatch, row.function, argument, functools.wraps(rule)(functools.partial(mutate, rule)))
    assert goes_red(row)


@pytest.mark.parametrize(
    ("kink", "function", "rule"),
    [
        ("maximum: a tie is shared", np.maximum, lambda g, a, b: g * (a >= b)),
        ("abs at 0 has the middle of [-1, 1]", np.absolute, lambda g, x: g * np.where(x >= 0, 1, -1)),
        ("hypot at 0", np.hypot, lambda g, y, a: g * a / y),
        ("prod with one 0", np.prod, lambda g, y, a: g * y / a),
        ("max: ties share", np.max, lambda g, y, a: g * (a == y)),
    ],
)
def test_a_textbook_formula_goes_red_at_its_kink(kink, function, rule, monkeypatch):
    kink_is_as_expected(KINKS[kink])
    install(monkeypatch, function, next(iter(PRIMITIVES[function].rules)), rule)
    with pytest.raises(AssertionError):
        kink_is_as_expected(KINKS[kink])


def test_a_backward_pass_that_restores_no_dtype_goes_red(monkeypatch):
    x, y = np.ones(3, np.float32), np.ones(3)
    monkeypatch.setattr(engine, "cast", lambda x, dtype: x)
    with pytest.raises(AssertionError):
        kinds_are_kept(Call(np.multiply, (x, y)), np.random.default_rng(0))


def test_a_backward_pass_that_sums_over_no_axis_goes_red(monkeypatch):
    monkeypatch.setattr(engine, "match_shape", lambda x, shape: x)
    with pytest.raises(AssertionError):
        kinds_are_kept(Call(np.multiply, (np.ones(3), np.ones((2, 3)))), np.random.default_rng(0))


@pytest.mark.parametrize("order", [1, 2])
def test_the_numerical_derivative_is_good_to_ten_digits(order):
    """exp is its own derivative."""
    x = 0.7
    slope = slope_at_0(lambda t: np.exp(x + t)) if order == 1 else slope_at_0(lambda t: slope_at_0(lambda u: np.exp(x + t + u)))
    assert slope == pytest.approx(np.exp(x), rel=1e-11 if order == 1 else 1e-7)

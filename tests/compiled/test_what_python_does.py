"""What Python does beside NumPy's calls: a compiled function does the same, or is refused in words that say what to write."""

import collections
import copy
import itertools
import pickle
import random
import types
import unittest.mock
import weakref

import numpy as np
import pytest

import autograd_lite as ag
import nn
from tests.compiled.test_compile import assert_same

X = np.array([1.0, 2.0, 3.0])
PLANE = np.arange(9.0).reshape(3, 3)
TABLE = {1.0: 5.0}
COUNTED = np.zeros(3)
NUMBERS = itertools.count()
GENERATOR = np.random.default_rng(5)


def grown(x):
    w, s = np.ones(3), x * 0
    for _ in range(3):
        s = s + x * w
        w *= 2
    return s


def columns(a):
    e, found = np.zeros(3), []
    for i in range(3):
        e[i] = 1
        found.append(a @ e)
        e[i] = 0
    return np.stack(found, 1)


def counted(x):
    COUNTED[...] += 1
    return x * COUNTED


def appended(given, x):
    given.append(x * 2)
    return x + 1


def unless_it_is_too_far(x, i):
    try:
        return x[i] * 2
    except IndexError:
        return x[0] * 1.0


def quantile_or_0(x, q):
    try:
        return np.quantile(x, q)
    except ValueError:
        return np.float64(0)


def inverse_or_0(x):
    try:
        with np.errstate(all="raise"):
            return 1 / x
    except FloatingPointError:
        return x * 0


def product_in_place(x):
    t = np.ones_like(x)
    np.matmul(t, t, out=t)
    return np.sum(t) * x


def dot_into(x):
    t, made = np.ones_like(x), np.empty_like(x)
    np.vecdot(t, t, out=made)
    return made * x


def drawn_for_a_branch(x):
    return x * 2 if GENERATOR.random() < 0.9 else x * 3


def given_another_dtype(x):
    y = x * 1
    y.dtype = np.int64
    return y


LEFT = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)


def leaves_a_gradient(x):
    LEFT.grad = None
    loss = np.sum(LEFT * x)
    loss.backward()
    return loss.data


OTHER_KIND = "returns something else while it is recorded"
REFUSED = {
    "an array that is used and then written": (grown, [(X,)], "writes into a plain array after"),
    "an array that is written between": (columns, [(PLANE,)], "writes into a plain array after"),
    "an array outside that counts": (counted, [(X,)] * 2, "it writes into an array outside"),
    "an object": (lambda x, o: x * o.k, [(X, types.SimpleNamespace(k=2.0))], "an argument is a SimpleNamespace"),
    "a set": (lambda x, s: x * sum(s), [(X, {2})], "an argument is a set"),
    "a deque": (lambda x, s: x * s[0], [(X, collections.deque([2]))], "an argument is a deque"),
    "a generator": (lambda x, g: x * sum(g), [(X, (v for v in [1.0, 2.0]))], "an argument is a generator"),
    "a list that grows": (appended, [([X], X)], "changes a list or a dict that it is given"),
    "a look into a dict": (lambda x, k: x * TABLE.get(k, 7.0), [(X, 1.0)], "what is looked up in a dict or a set"),
    "a look into a set": (lambda k: 1.0 * (k in {1.0, 2.0}) + 0 * k, [(1.0,)], "what is looked up in a dict or a set"),
    "a number drawn for the result": (lambda x: (x * 2, random.random()), [(X,)], "draws random numbers"),
    "a number drawn for a branch": (drawn_for_a_branch, [(X,)], "draws random numbers"),
    "numbers drawn by an argument": (lambda x, g: x + g.normal(size=3), [(X, GENERATOR)], "draws random numbers"),
    "a gradient that is left outside": (leaves_a_gradient, [(X,)], "leaves a gradient in a Tensor outside"),
    "another dtype in place": (given_another_dtype, [(X,)], r"x.dtype = .* Write x = x.view"),
    "an object as the result": (lambda x: types.SimpleNamespace(y=x * 2), [(X,)], "a result is a SimpleNamespace"),
    "a generator as the result": (lambda x: (v for v in x), [(X,)], "a result is a generator"),
    "a text as the result": (lambda x: (x, f"{np.sum(x)}"), [(X,)], "a result is a str"),
    "the type of an array": (lambda x: x * 2 if type(x) is np.ndarray else x * 3, [(X,)], OTHER_KIND),
    "the type of a number": (lambda x, t: x * t if hasattr(t, "__len__") else x, [(X, 2.0)], OTHER_KIND),
    "a type as the result": (lambda x: (x * 2, type(x)), [(X,)], OTHER_KIND),
    "a number counted for the result": (lambda x: {"y": x, "n": next(NUMBERS)}, [(X,)], "it returned something else"),
    "an IndexError that is caught": (unless_it_is_too_far, [(X, np.array([7]))], "catches an IndexError"),
    "a ValueError that is caught": (quantile_or_0, [(X, 2.0)], "catches a ValueError"),
    "a NumPy number to the power of another": (lambda x, p: x * np.float64(1.1) ** p, [(X, 0.1)], r"Write float\(a\) \*\* x"),
    "errors by errstate": (inverse_or_0, [(X,)], "by np.errstate"),
    "an attribute of masked arrays": (
        lambda x: x * 2 if hasattr(x, "mask") else x * 3, [(np.ma.array(X, mask=[0, 1, 0]),)], "x.mask is an attribute"
    ),
    "a field": (lambda x: x.u * 2, [(np.rec.array([(1.0, 2)], dtype=[("u", "f8"), ("v", "i4")]),)], "x.u is an attribute"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_program_does_again_is_refused(name):
    f, calls, words = REFUSED[name]
    compiled = ag.compile(f)
    with pytest.raises(ag.CannotRecord, match=words):
        list(itertools.starmap(compiled, calls))


def written_after_it_was_read(x):
    zeros = np.zeros_like(x)
    both = np.hstack([x, zeros])
    np.add.at(zeros, [0, 0], 1)
    return both, zeros.astype("f4")


def broadcast_or_not(x):
    try:
        return np.broadcast_to(x, (32, 6, 1)).sum()
    except ValueError:
        return x.sum()


def eighth_or_first(x):
    try:
        return x[7] * 2
    except IndexError:
        return x[0] * 3


def difference_of_two(x, y):
    one, other = np.broadcast_arrays(x, y)
    return one - other


def over_outer(x):
    one, other = np.broadcast_arrays(x, OUTER)
    return one - other


OUTER = np.array([3.0, 2.0, 1.0])

SAME = {
    "an array that is given twice": (difference_of_two, [(X, X), (X, 2 * X), (X, X)]),
    "an array that is outside, too": (over_outer, [(OUTER,), (X,)]),
    "a root that is complex later": (lambda x, t: x * t**0.5, [(X, 4.0), (X, -4.0)]),
    "whole numbers": (lambda x, t: np.where(t.is_integer(), x, -x), [(X, 2.0), (X, 2.5)]),
    "names that are none": (lambda p: p["lambda"] * p["x²"], [({"lambda": X, "x²": 2.0},)]),
    "a name of Python's": (lambda len, zip: np.sum(np.tanh(len) * zip), [(np.ones(600_000), 2.0), (np.ones(600_000), 3.0)]),
    "a NumPy number to the power of an array": (lambda x: np.float64(1.1) ** x, [(X,), (2 * X,)]),
    "an array to the power of a NumPy number": (lambda x: x ** np.float64(1.1), [(X,), (2 * X,)]),
    "a recorded number to the power of a NumPy number": (lambda x, p: x * p ** np.float64(1.1), [(X, 0.1), (X, 0.7)]),
    "shapes that do not fit": (broadcast_or_not, [(X,), (2 * X,)]),
    "an index of another shape": (eighth_or_first, [(X,), (np.arange(9.0),), (2 * X,)]),
    "constants that are written after they were read": (written_after_it_was_read, [(X,), (2 * X,)]),
    "slices": (lambda x, s: x[s] * 1.0, [(X, slice(0, n)) for n in (1, 2, 3, 2, 1)]),
    "an index too far, later": (unless_it_is_too_far, [(X, np.array([i])) for i in (1, 7, 2)]),
    "a quantile of nothing, later": (quantile_or_0, [(X, q) for q in (0.5, 2.0, 0.25)]),
    "products in place": (product_in_place, [(X,), (2 * X,)]),
    "a product that is repeated": (dot_into, [(X,), (2 * X,)]),
    "arrays that were unpickled": (
        ag.grad(lambda x: np.sum((np.zeros_like(x) + x) ** 2)), [(pickle.loads(pickle.dumps(k * X)),) for k in (1, 2)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_a_program_does_is_what_the_function_does(name):
    f, calls = SAME[name]
    compiled = ag.compile(f)
    for _ in range(2):
        for given in calls:
            assert_same(compiled(*given), f(*given))


class Model:
    """An object with attributes, as an argument or outside."""

    def __init__(self):
        self.weight, self.parts, self.factor = np.array([0.5, 1.0, 2.0]), [np.ones(3)], 2.0

    def loss(self, x):
        return np.sum((x * self.weight + self.parts[0]) ** 2) * self.factor


def replaced(model):
    model.weight = model.weight * 2


def replaced_in_a_list(model):
    model.parts[0] = np.zeros(3)


def written_into_a_list(model):
    model.parts[0][...] = 5.0


def another_number(model):
    model.factor = 3.0


@pytest.mark.parametrize("change", [replaced, replaced_in_a_list, written_into_a_list, another_number], ids=lambda f: f.__name__)
@pytest.mark.parametrize("through", ["an argument", "a bound method", "a name outside", "grad"])
def test_what_objects_hold_may_be_replaced(change, through):
    model = Model()
    f, given = {
        "an argument": (Model.loss, (model, X)),
        "a bound method": (model.loss, (X,)),
        "a name outside": (lambda x: model.loss(x), (X,)),
        "grad": (ag.grad(lambda x: model.loss(x)), (X,)),
    }[through]
    compiled = ag.compile(f)
    for _ in range(3):
        assert_same(compiled(*given), f(*given))
    assert compiled.programs == 1
    change(model)
    for _ in range(3):
        assert_same(compiled(*given), f(*given))
    assert compiled.programs == 1


def test_a_name_outside_may_be_bound_anew():
    weight, factor = np.ones(3), 2.0

    def f(x):
        return x * weight * factor

    compiled = ag.compile(f)
    for weight, factor in [(np.ones(3), 2.0), (np.ones(3), 3.0), (np.zeros(3), 3.0)]:  # noqa: B007
        for _ in range(3):
            assert_same(compiled(X), f(X))


def test_running_statistics_outside_are_read_anew():
    model = nn.Sequential(nn.Linear(3, 2, rng=0), nn.BatchNorm1d(2)).eval()
    compiled = ag.compile(lambda x: values(model, x))
    other = nn.Sequential(nn.Linear(3, 2, rng=1), nn.BatchNorm1d(2))
    other(PLANE)
    for change in (lambda: None, lambda: model.load_state_dict(other.state_dict()), lambda: model[1].running_var.fill(5.0)):
        change()
        for _ in range(3):
            assert_same(compiled(PLANE), values(model, PLANE))


def values(model, x):
    with ag.no_grad():
        return model(x).data


def test_what_is_refused_leaves_random_numbers_and_lists_as_they_were():
    log = []

    def f(x, generator):
        log.append(np.sum(x))
        return x + generator.normal() + np.random.rand() + random.random()

    generator = np.random.default_rng(1)
    states = [generator.bit_generator.state, random.getstate(), np.random.get_state()[1:3]]
    with pytest.raises(ag.CannotRecord, match="draws random numbers"):
        ag.compile(f)(X, generator)
    np.testing.assert_equal([generator.bit_generator.state, random.getstate(), np.random.get_state()[1:3]], states)
    assert [type(x) for x in log] == [np.float64]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))], ids=["copied", "pickled"])
def test_compiled_functions_are_copied_and_pickled(copied):
    compiled = ag.compile(np.sin)
    compiled(X)
    assert_same(copied(compiled)(X), np.sin(X))


class Trainer:
    """An object of which the function that is compiled does not read all."""

    def __init__(self):
        self.weight, self.steps, self.log, self._factor = np.ones(3), 0, [], 2.0

    @property
    def factor(self):
        return self._factor

    def scaled(self, x):
        return x * self.weight * self.factor

    @ag.compile
    def loss(self, x):
        return np.sum(self.scaled(x) ** 2)

    def step(self):
        self.steps += 1
        self.log.append(self.loss(X))
        return self.log[-1]


CONFIG = {"scale": 2.0, "epoch": 0}
mean = 0.0


def test_what_a_function_does_not_read_may_change_in_each_call():
    """An attribute of an array has the name of a number outside; another key of a dict; a count of its own."""
    global mean
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return (x * CONFIG["scale"]).mean()

    compiled = ag.compile(f)
    for k in range(80):
        CONFIG["epoch"], CONFIG["scale"] = k, 2.0 + k // 40
        mean = compiled(X)
        assert mean == (X * CONFIG["scale"]).mean()
    assert (compiled.programs, compiled._dropped) == (1, 1)
    assert count < 12


class Slotted:
    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return x * self.factor


class Answering:
    """An object that has an answer to everything."""

    __slots__ = ()

    def __getattr__(self, name):
        return 2.0


@pytest.mark.parametrize("f", [
    lambda x: OBJECTS["slotted"].forward(x), lambda x: x * OBJECTS["answering"].anything, lambda x: x * len(OBJECTS["mock"].k),
], ids=["slots", "an answer to everything", "a mock"])  # fmt: skip
def test_objects_of_any_kind_may_be_outside(f):
    compiled = ag.compile(f)
    for _ in range(3):
        assert_same(compiled(X), f(X))


OBJECTS = {"slotted": Slotted(2.0), "answering": Answering(), "mock": unittest.mock.MagicMock()}


def test_what_a_function_leaves_outside_are_arrays():
    class Keeper:
        pass

    kept, keeper = {}, Keeper()

    def f(x):
        kept["last"] = keeper.last = x * 2
        return f"{x}"

    with pytest.raises(ag.CannotRecord, match="a result is a str"):  # so that nothing is run after the recordings
        ag.compile(f)(X)
    for last in (kept["last"], keeper.last):
        assert type(last) is np.ndarray
        assert_same(last, X * 2)


def test_arguments_are_let_go():
    compiled, x = ag.compile(lambda x: np.sum(x * 2.0)), np.ones(5)
    alive = weakref.ref(x)
    compiled(x)
    compiled(X)
    del x
    assert alive() is None


@pytest.mark.parametrize("constant", [range(3), slice(1, None), {1, 2}, Slotted(1.0), len, "text", None])
def test_constants_may_be_results(constant):
    compiled = ag.compile(lambda x: (x * 2, constant))
    for _ in range(2):
        found, same = compiled(X)
        assert_same(found, X * 2)
        assert same == constant


def test_what_a_method_does_not_read_may_change_in_each_call():
    trainer, plain = Trainer(), Trainer.loss.f
    for k in range(60):
        trainer._factor = 2.0 + k // 20
        assert trainer.step() == plain(trainer, X)
    assert Trainer.loss.programs == 1
    assert Trainer.loss._dropped == 2

"""The second door is NumPy where nothing is differentiated, and reaches what NumPy's protocols do not where something is."""

import copy
import importlib
import math
import pickle
import subprocess
import sys

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
import autograd_lite.numpy as np
from autograd_lite import graph, strategies
from autograd_lite.numpy import axes, delegation, making
from tests.table import ROWS
from tests.table.row import calls

LOOKING_FOR_LEAVES = (axes, delegation, making)


@pytest.fixture
def nothing_to_differentiate(monkeypatch):
    for module in LOOKING_FOR_LEAVES:
        monkeypatch.setattr(module, "living_leaves", set())


def leaf(x):
    return ag.tensor(x, requires_grad=True)


def values(x):
    return x.data if isinstance(x, ag.Tensor) else x


def tracked(x):
    return isinstance(x, ag.Tensor) and x.requires_grad


# -- it is NumPy --------------------------------------------------------------------------------------------------


def test_it_has_every_name_of_numpys():
    for door, home in ((np, numpy), (np.linalg, numpy.linalg), (np.fft, numpy.fft), (np.random, numpy.random)):
        assert set(dir(door)) == set(dir(home))
        assert set(home.__all__) <= set(door.__all__)
        for name in home.__all__:
            assert hasattr(door, name)


def test_a_new_name_of_numpys_is_there_at_once(monkeypatch):
    monkeypatch.setattr(numpy, "fresh_from_numpy", lambda x: 2 * x, raising=False)
    assert np.fresh_from_numpy(3) == 6
    del np.__dict__["fresh_from_numpy"]
    with pytest.raises(AttributeError):
        np.never_in_numpy


def test_its_modules_can_be_imported():
    code = (
        "import sys, numpy, autograd_lite; assert 'autograd_lite.numpy' not in sys.modules; import autograd_lite.numpy as np;"
        "import autograd_lite.numpy.random as npr; from autograd_lite.numpy.linalg import norm;"
        "from autograd_lite.numpy import *;"
        "assert type(np.zeros(3)) is numpy.ndarray and npr.rand(2).shape == (2,) and norm([3.0, 4.0]) == 5.0;"
        "assert sin(2.0) == numpy.sin(2.0) and sin.nin == 1"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("name", ["polynomial", "polynomial.polynomial", "lib.stride_tricks", "testing", "typing", "ma", "rec"])
def test_each_module_of_numpys_can_be_imported(name):
    full = f"autograd_lite.numpy.{name}"
    code = (
        f"import sys, numpy.{name} as home; import autograd_lite.numpy as np; assert '{full}' not in sys.modules;"
        f"import {full} as door; assert np.{name} is door is sys.modules['{full}'];"
        "assert dir(door) == dir(home) and door.__doc__ == home.__doc__;"
        f"from {full} import *; assert door.__all__ and all(hasattr(door, n) for n in door.__all__)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
    with pytest.raises(ModuleNotFoundError, match="never_there"):
        importlib.import_module(f"{full}.never_there")


NAMED = [row for row in ROWS if getattr(numpy, str(row).removeprefix("np."), None) is row.function and str(row) != "np.trapz"]


@pytest.mark.usefixtures("nothing_to_differentiate")
@pytest.mark.filterwarnings("ignore:numpy.fix:DeprecationWarning")
@pytest.mark.parametrize("row", NAMED, ids=str)
def test_without_tensors_it_does_what_numpy_does(row):
    door = getattr(np, str(row).removeprefix("np."))

    @settings(max_examples=4)
    @given(st.data())
    def same(data):
        call, _ = data.draw(calls(row))
        if call.function is row.function:
            with numpy.errstate(all="ignore"):
                found, expected = call._replace(function=door)(*call.arrays), call(*call.arrays)
            assert type(found) is type(expected)
            numpy.testing.assert_array_equal(*map(numpy.ravel, (found, expected))) if isinstance(found, numpy.ndarray) else None

    same()


@pytest.mark.usefixtures("nothing_to_differentiate")
def test_it_makes_arrays_where_nothing_is_differentiated():
    for array in (np.zeros(2), np.full(2, 7.0), np.array([1.0]), np.eye(2), np.arange(3.0), np.zeros_like([1.0]), np.c_[1.0, 2]):
        assert type(array) is numpy.ndarray


def test_a_leaf_is_counted_as_long_as_it_lives():
    before = len(graph.living_leaves)
    x = leaf(1.0)
    assert len(graph.living_leaves) == before + 1
    del x
    assert len(graph.living_leaves) == before


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_several_keys_sort_and_matrices_are_made_of_constants_only():
    t = ag.tensor([3.0, 1.0, 2.0], requires_grad=True)
    assert np.lexsort((t, t)).tolist() == np.lexsort([t, t]).tolist() == [1, 2, 0]
    assert isinstance(np.bmat([[np.zeros((2, 1)), np.ones((2, 1))]]), numpy.matrix)
    with pytest.raises(TypeError, match="would lose the gradient"):
        np.bmat([[t, t]])


def test_a_constant_number_is_rounded_to_an_integer_of_pythons():
    x = ag.tensor([0.25, 2.75], requires_grad=True)
    number = np.array([0.0, 0.3])[1] / 0.1
    assert list(range(round(number))) == [0, 1, 2]
    assert (type(math.trunc(number)), math.trunc(number), math.trunc(-number)) == (int, 2, -2)
    assert round(number, 1).item() == 3.0
    assert round(x[1]).requires_grad
    with pytest.raises(TypeError, match="would lose the gradient"):
        math.trunc(x[1])


def test_types_of_numbers_stay_types():
    assert numpy.zeros(2, np.float32).dtype == np.float32 == numpy.float32
    assert np.float32 in {numpy.float32}
    single = numpy.dtype(np.float32)
    assert single in (np.float64, np.float32)
    assert [np.float64, np.float32].index(single) == 1
    assert np.float32 == single == np.float32
    assert np.float64 not in (single, float, "float64")  # as numpy.float64
    assert (single in {np.float32}) == (single in {numpy.float32})
    assert isinstance(numpy.float64(1), np.float64)
    assert not isinstance(1, np.float64)
    assert isinstance(numpy.zeros(1), np.ndarray)
    assert issubclass(numpy.float64, np.float64)
    assert not issubclass(int, np.float64)
    assert np.float64("2.5") == 2.5
    assert numpy.finfo(np.float32).eps == numpy.finfo(numpy.float32).eps
    assert np.issubdtype(np.float32, np.floating)
    assert repr(np.float64) == repr(numpy.float64)
    assert isinstance(numpy.zeros(1), np.ndarray | None)
    assert isinstance(None, None | np.ndarray)
    assert np.ndarray[tuple, np.dtype] == numpy.ndarray[tuple, numpy.dtype]

    class Own(np.ndarray):
        pass

    assert isinstance(numpy.zeros(1).view(Own), numpy.ndarray)


@pytest.mark.parametrize("name", ["sum", "zeros", "full", "array", "float64", "ndarray", "sin", "vectorize"])
def test_what_it_shows_has_numpys_name_and_can_be_copied(name):
    shown = getattr(np, name)
    assert shown.__name__ == name
    assert shown.__doc__
    assert copy.deepcopy(shown) == shown
    assert not isinstance(shown, type(np.float64)) or pickle.loads(pickle.dumps(shown)) == shown


# -- arrays of Tensors --------------------------------------------------------------------------------------------


def nested(shape, numbers):
    """Nested lists of numbers; some rows are tuples."""
    if not shape:
        return next(numbers)
    return (list, tuple)[len(shape) % 2](nested(shape[1:], numbers) for _ in range(shape[0]))


@given(shape=strategies.shapes(min_dims=1, min_side=1), inner=strategies.shapes(max_dims=1, min_side=1), data=st.data())
def test_an_array_of_nested_lists_is_numpys_and_each_element_has_its_gradient(shape, inner, data):
    n = int(numpy.prod(shape))
    rng = data.draw(strategies.generators())
    tracked = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    arrays = [rng.normal(size=inner) for _ in range(n)]
    leaves = [leaf(x) if t else x for x, t in zip(arrays, tracked)]
    made = np.array(nested(shape, iter(leaves)))
    expected = numpy.array(nested(shape, iter(arrays)))
    assert (made.shape, made.dtype) == (expected.shape, expected.dtype)
    assert numpy.array_equal(values(made), expected)
    weights = rng.normal(size=made.shape)
    if any(tracked):
        np.sum(made * weights).backward()
        for x, w in zip(leaves, weights.reshape((n, *inner))):
            assert not isinstance(x, ag.Tensor) or numpy.array_equal(x.grad, w)


def test_ragged_lists_are_refused_as_by_numpy():
    x = leaf(1.0)
    for ragged in ([[x, x], [x]], [x, [x, 1.0]], [[x], [[1.0]]]):
        with pytest.raises(ValueError, match=r"ragged.*\(2,\).*\(1,\)|ragged"):
            np.array(ragged)


@pytest.mark.parametrize("kind", ["generic", "number", "inexact", "floating", "complexfloating", "float64", "integer"])
def test_a_number_that_is_a_tensor_is_of_the_kinds_that_numpys_is(kind):
    """Programs ask `isinstance(x, (float, np.number))`: another answer would take another branch in silence."""

    def answers(np, x):
        asked = getattr(np, kind)
        return [isinstance(v, asked) for v in (x[0], x, x[0] * 1j, np.array(2.0), np.sum(x), 1.0, 1)]

    def f(x):
        found.append(answers(np, x))
        return x.sum()

    found = []
    x = numpy.array([1.5, 2.5])
    ag.grad(f)(x)
    assert found == [answers(numpy, x)]
    for dtype in (numpy.float32, numpy.dtype(complex), np.float64, int, "f4"):
        plain = numpy.float64 if dtype is np.float64 else dtype
        assert np.issubdtype(dtype, getattr(np, kind)) == numpy.issubdtype(plain, getattr(numpy, kind))
        assert issubclass(numpy.dtype(plain).type, getattr(np, kind)) == numpy.issubdtype(plain, getattr(numpy, kind))


OF_LISTS = {
    "sum": lambda np, a, b: np.sum([a, b, 2.0]),
    "max": lambda np, a, b: np.max([a, b]) - np.min([[a, b], [b, 9.0]]),
    "mean": lambda np, a, b: np.mean([a, a * b]) + np.var([a, b]) + np.prod((a, b, 3.0)),
    "dot": lambda np, a, b: np.dot([a, 1.0], [b, a]) + np.inner([a], [b]),
    "concatenate": lambda np, a, b: np.concatenate([[a], np.ones(2), [b, 1.0]]) ** 2,
    "stack": lambda np, a, b: np.stack([[a, 1.0], [b, a]]) * np.vstack([[a, b], (b, b)]) + np.column_stack([[a, b], [1.0, 2.0]]),
    "hstack": lambda np, a, b: np.hstack([a, 1.0, [b, a]]) + np.append([a, b, a], b),
    "norm": lambda np, a, b: np.linalg.norm([a, b]),
    "select": lambda np, a, b: np.select([[True, False], [False, True]], [[a, b], [b, b]]),
    "ends of interp": lambda np, a, b: np.interp([-1.0, 0.5, 3.0], [0.0, 1.0], [1.0, 2.0], left=a, right=a * b),
    "interp": lambda np, a, b: np.interp([0.2, 1.5], [0.0, 1.0, 2.0], [a, b, 1.0]),
    "block": lambda np, a, b: np.block([[a, np.ones(2)], [np.zeros(1), b, b]]),
    "diag": lambda np, a, b: np.diag([a, b]) + np.outer([a, b], [1.0, b]) + np.full((2, 2), a) + np.full_like(np.eye(2), b),
    "r_": lambda np, a, b: np.r_[a, 1.0, [b, a], 2:4, np.zeros(1)],
    "c_": lambda np, a, b: np.c_[[a, b], np.ones((2, 2)), [b, 1.0]],
    "arange": lambda np, a, b: np.arange(a, a + 2.9 * b, b) + np.arange(a, a + 2.9 * b, b, dtype=float),
    "arange to": lambda np, a, b: np.arange(3.0) * a + np.arange(b + 2.0)[:3] + np.arange(start=0.0, stop=2.9 * b, step=b),
    "fromiter": lambda np, a, b: np.fromiter((x * a for x in (1.0, b, a)), float) + np.fromiter([a, b, a, a], float, 3),
    "float64": lambda np, a, b: np.float64(a) * np.float64(b) + np.float64([a, b]),
    "asarray": lambda np, a, b: np.asarray([a, b]) * np.asarray(a) + np.array(b) + np.array([a], ndmin=2)[0, 0],
    "vectorize": lambda np, a, b: np.vectorize(lambda x, y: x * y if x > y else y)([a, b], b),
    "vectorize, two results": lambda np, a, b: np.add(*np.vectorize(lambda x, k=1.0: (x, k * x))(np.array([a, b]), k=b)),
    "frompyfunc": lambda np, a, b: np.frompyfunc(lambda x, y: x * y if x > y else y, 2, 1)(np.array([a, b]), b).astype(float),
    "vectorize, excluded": lambda np, a, b: np.vectorize(lambda x, p: x * p[1], excluded={1})(np.array([a, b]), [a, b]),
    "nditer": lambda np, a, b: sum((i + 1) * v for i, v in enumerate(np.nditer(np.array([[b, a, 1.0], [a, b, 2.0]]).T))),
    "ndenumerate": lambda np, a, b: sum(i * j * v for (i, j), v in np.ndenumerate(np.array([[b, a], [a, b]]))),
    "zeros": lambda np, a, b: written(np.zeros(3), a, b) + written(np.empty(3), a, b) + written(np.array([1.0, 2, 3]), a, b),
    "methods": lambda np, a, b: np.eye(2).dot(np.array([a, b])) + np.identity(2).dot([a, b]),
    "ufuncs": lambda np, a, b: np.sin([a, 2.0]) * np.add([a, b], [[b, 1.0]]) + np.arctan2(a, (b, 2.0)) + np.add.nin,
    "methods of ufuncs": lambda np, a, b: np.maximum.reduce([a, b, 0.1]) + np.add.accumulate((a, b)) + np.add.outer([a, 1.0], b),
    "functions of functions": lambda np, a, b: (
        np.apply_along_axis(lambda row: np.convolve(row, [a, b]), 1, np.eye(2)).sum(0)[:2]
        + np.piecewise(np.array([0.5, 2.0]), [np.array([True, False])], [lambda x: a * x, lambda x: x / b])
        + np.apply_over_axes(lambda x, axis: np.sum(x, axis) * a, np.ones((2, 2)), [0, 1]).ravel()
    ),
    "copies": lambda np, a, b: written(np.copy([1.0, 2.0, 3.0]), a, b) + written(np.ones_like([1.0, 2.0, 3.0]), b, a),
    "copies of lists": lambda np, a, b: np.copy([a, b]) * b + np.zeros_like([a, b]) + np.ones_like([[a], [b]]) * np.array([a, b]),
    "kaiser": lambda np, a, b: np.kaiser(5, a + 2.0) * np.kaiser(1, b) + np.kaiser(5, 2.0) * b,
}  # fmt: skip


def written(u, a, b):
    u[0] = a
    u[1:] = b
    u[1:] += a * b
    u *= 2.0
    return u


@pytest.mark.parametrize("program", OF_LISTS.values(), ids=OF_LISTS)
def test_functions_take_lists_of_tensors(program):
    def through(np):
        return lambda x: program(np, x[0], x[1])

    x = numpy.array([0.7, 0.45])
    found, expected = ag.jacobian(through(np))(x), through(numpy)(x)
    assert numpy.array_equal(ag.vjp(through(np), x)[0], expected)
    measured = [(through(numpy)(x + h) - through(numpy)(x - h)) / 2e-6 for h in 1e-6 * numpy.eye(2)]
    assert numpy.allclose(found, numpy.stack(measured, -1), atol=1e-8)


def test_what_it_makes_can_be_written_with_a_leaf_outside_of_a_transform():
    a = leaf(3.0)
    u = np.zeros(2)
    u[0] = a
    (u @ np.ones(2)).backward()
    assert a.grad == 1.0


@pytest.mark.parametrize("dtype", [int, bool, object, "U1"])
def test_arrays_without_derivatives_are_numpys(dtype):
    x = leaf(1.0)
    assert type(np.zeros(2, dtype)) is numpy.ndarray
    with ag.no_grad():
        assert type(np.zeros(2)) is numpy.ndarray
    del x


def test_constants_come_back_as_arrays():
    value, aux = ag.grad(lambda x: (x[0] * 2.0, np.zeros(3)), has_aux=True)(numpy.ones(1))
    assert type(aux) is numpy.ndarray
    assert type(value) is numpy.ndarray


def test_a_tensor_passes_for_what_numpy_would_have():
    x = leaf([1.0, 2.0])
    assert isinstance(x, np.ndarray)
    assert not np.isscalar(x)
    assert np.isscalar(np.sum(x))
    assert isinstance(np.sum(x), np.float64)
    assert not isinstance(np.sum(x), np.float32)
    assert np.isscalar(2.0)
    assert np.int64(x).tolist() == [1, 2]
    assert np.float32(x).dtype == np.float32
    assert issubclass(ag.Tensor, np.ndarray)


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        (lambda t: np.r_["0,2", t], "np.concatenate"),
        (lambda t: np.vectorize(np.sum, signature="(n)->()")(np.stack([t, t])), "np.stack"),
        (lambda t: np.vectorize(math.exp)(t), "Write np.exp"),
    ],
)
def test_a_refusal_says_what_to_write(call, instead):
    with pytest.raises(TypeError, match=instead):
        call(leaf([1.0, 2.0]))


# -- whole programs, written for NumPy ----------------------------------------------------------------------------


def rotations(np, x):
    a, b = x
    r = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    q = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.sum((r @ q @ np.array([1.0, 2.0, 3.0])) * np.array([0.5, -1.0, 2.0]))


def kalman_filter(np, x):
    a, h = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    q, r = x[0] ** 2 * np.array([[0.1, 0.2], [0.2, 0.5]]), np.array([[x[1] ** 2]])
    m, p, total = np.zeros((2, 1)), np.eye(2), 0.0
    for y in (0.3, -0.1, 0.8, 0.5):
        m, p = a @ m, a @ p @ a.T + q
        s = h @ p @ h.T + r
        gain, error = p @ h.T / s, y - h @ m
        m, p = m + gain @ error, p - gain @ h @ p
        total -= 0.5 * (np.log(2 * np.pi * s[0, 0]) + error[0, 0] ** 2 / s[0, 0])
    return total


def cholesky_in_loops(np, x):
    points = np.linspace(0, 1, 4)
    k = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            k[i, j] = np.exp(x[0] - (points[i] - points[j]) ** 2 / x[1] ** 2) + (0.1 if i == j else 0.0)
    low = np.zeros_like(k)
    for i in range(4):
        for j in range(i + 1):
            rest = k[i, j] - np.sum(low[i, :j] * low[j, :j])
            low[i, j] = np.sqrt(rest) if i == j else rest / low[j, j]
    return np.sum(np.log(np.diag(low)))


def diffusion(np, x):
    u = np.exp(-(np.linspace(-2, 2, 9) ** 2) / x[1])
    for _ in range(5):
        change = np.zeros_like(u)
        change[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
        u = u + 0.2 * x[0] * change
        u[0] = u[-1] = 0
    return u.max() + np.sum(u**2)


def hidden_markov(np, x):
    step = np.exp(np.array([[x[0], 0.1], [0.3, x[1]]]))
    step = step / np.sum(step, axis=1, keepdims=True)
    alpha = np.empty((4, 2))
    for k, y in enumerate((0.2, 1.1, -0.3, 0.4)):
        seen = np.exp(-0.5 * (y - np.array([0.0, x[0]])) ** 2)
        alpha[k] = 0.5 * seen if k == 0 else seen * alpha[k - 1].dot(step)
    return np.log(np.sum(alpha[-1]))


def in_place(np, x):
    k = np.outer(x, x) + np.eye(2)
    np.fill_diagonal(k, x[0])
    k.flat[1] = x[1] * 2
    k[k > 1.0] *= 2
    np.copyto(k[1], x)
    return np.sum(k * np.array([[1.0, 2.0], [3.0, 4.0]])) + sum(v**2 for v in k.flat)


@pytest.mark.parametrize("program", [rotations, kalman_filter, cholesky_in_loops, diffusion, hidden_markov, in_place])
def test_programs_run_unchanged(program):
    x = numpy.array([0.8, 0.6])
    value, gradient = ag.value_and_grad(lambda x: program(np, x))(x)
    assert value == program(numpy, x)
    assert ag.check_gradients(lambda x: program(numpy, x), x, gradient=lambda x, g: g * ag.grad(lambda x: program(np, x))(x)).ok
    assert ag.check_gradients(lambda x: program(np, x), x, order=2).ok


# -- what shares memory, and what is a scalar ------------------------------------------------------------------------

MAKERS = {
    "ascontiguousarray": lambda n, a: n.ascontiguousarray(a),
    "ascontiguousarray of T": lambda n, a: n.ascontiguousarray(a.T),
    "asfortranarray": lambda n, a: n.asfortranarray(a),
    "asfortranarray of T": lambda n, a: n.asfortranarray(a.T),
    "asfortranarray of a part": lambda n, a: n.asfortranarray(a[::2, ::2]),
    "array order": lambda n, a: n.array(a, order="F"),
    "array order of T": lambda n, a: n.array(a.T, order="C"),
    "array keeps": lambda n, a: n.array(a.T),
    "array where needed": lambda n, a: n.array(a, copy=None),
    "array without copy": lambda n, a: n.array(a.T, copy=False),
    "array ndmin": lambda n, a: n.array(a, ndmin=3),
    "array ndmin shares": lambda n, a: n.array(a, float, ndmin=3, copy=None),
    "array of list": lambda n, a: n.array([a, a], order="F"),
    "asarray": lambda n, a: n.asarray(a, dtype=float),
    "asarray copy": lambda n, a: n.asarray(a, copy=True),
    "asarray order": lambda n, a: n.asarray(a, None, "F"),
    "asanyarray": lambda n, a: n.asanyarray(a),
    "asarray_chkfinite": lambda n, a: n.asarray_chkfinite(a),
    "method copy": lambda n, a: a.T.copy("F"),
    "astype": lambda n, a: a.astype(float, order="F"),
    "astype where needed": lambda n, a: a.astype(float, copy=False),
}  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
def test_writes_are_seen_where_numpy_shares_memory(maker):
    def program(x, n):
        a = x * 1.0
        made = MAKERS[maker](n, a)
        made.reshape(-1)[0] = 9.0
        made.ravel()[1] = a[1, 1] ** 2
        made[-1] *= 3.0
        return n.sum(a**2) + n.sum(made**3)

    agrees_with_numpy(program, numpy.arange(1.0, 7.0).reshape(2, 3))


def agrees_with_numpy(program, x):
    """The value is that of NumPy's program, and the gradient that of its differences."""
    value, slope = ag.value_and_grad(lambda x: program(x, np))(x.copy())
    assert float(value) == program(x.copy(), numpy)
    d = numpy.cos(numpy.arange(x.size)).reshape(x.shape)
    measured = (program(x + 1e-6 * d, numpy) - program(x - 1e-6 * d, numpy)) / 2e-6
    assert float(numpy.sum(slope * d)) == pytest.approx(float(measured), rel=1e-6)


def test_checking_for_finite_numbers_checks():
    with pytest.raises(ValueError, match="must not contain infs or NaNs"):
        ag.grad(lambda x: np.sum(np.asarray_chkfinite(x * numpy.inf)))(numpy.ones(2))


SINGLE = {
    "itself": lambda n, e: e, "array": lambda n, e: n.array(e), "asarray": lambda n, e: n.asarray(e),
    "asanyarray": lambda n, e: n.asanyarray(e), "where needed": lambda n, e: n.array(e, copy=None),
    "copy": lambda n, e: n.copy(e), "method copy": lambda n, e: e.copy(), "float64": lambda n, e: n.float64(e),
    "float64 of array": lambda n, e: n.float64(n.array(e)), "product": lambda n, e: e * 1, "[...]": lambda n, e: e[...],
    "[()]": lambda n, e: e[()], "full": lambda n, e: n.full((), e), "np.reshape": lambda n, e: n.reshape(e, ()),
    "reshape": lambda n, e: e.reshape(()), "real": lambda n, e: e.real, "np.real": lambda n, e: n.real(e),
    "T": lambda n, e: e.T, "squeeze": lambda n, e: e.squeeze(), "astype": lambda n, e: e.astype(float),
    "transpose": lambda n, e: n.transpose(e), "of array": lambda n, e: n.array(e).T,
    "ascontiguousarray": lambda n, e: n.ascontiguousarray(e), "atleast_1d": lambda n, e: n.atleast_1d(e),
    "ravel": lambda n, e: n.ravel(e), "where": lambda n, e: n.where(True, e, 0.0), "sum": lambda n, e: n.sum(e),
    "array of list": lambda n, e: n.array([e])[0], "squeezed": lambda n, e: n.squeeze(n.array([[e]])),
}  # fmt: skip


@pytest.mark.parametrize("made", SINGLE)
def test_a_single_number_is_a_scalar_or_an_array_as_in_numpy(made):
    """`f += 1` changes an array, and so the other name of it; of a scalar it makes another one."""

    def program(x, n):
        e = SINGLE[made](n, x[0])
        f = e
        f += x[1]
        return n.sum(e * f * x[1])

    agrees_with_numpy(program, numpy.array([0.5, 3.0]))


def test_arrays_of_objects_that_hold_tensors_are_arrays_of_numbers():
    def filled(x):
        a = numpy.empty((2, 2), object)
        a[0, 0], a[0, 1], a[1, 0], a[1, 1] = x, 1.0, x * x, 3.0
        return np.sum(np.exp(a)) + np.linalg.inv(a).sum() + np.dot(a, a).sum() + np.sum(np.array(a.tolist()) ** 2)

    def same(x):
        a = numpy.array([[x, 1.0], [x * x, 3.0]])
        return numpy.exp(a).sum() + numpy.linalg.inv(a).sum() + (a @ a).sum() + (a**2).sum()

    slope = (same(0.3 + 1e-5) - same(0.3 - 1e-5)) / 2e-5
    assert float(ag.grad(filled)(0.3)) == pytest.approx(float(slope), abs=1e-7)
    with pytest.raises(TypeError, match=r"If it holds Tensors: np\.array\(a\.tolist\(\)\) after import autograd_lite\.numpy"):
        ag.tensor([1.0], requires_grad=True) * numpy.array([None])


# -- random numbers -----------------------------------------------------------------------------------------------


SHUFFLING = {
    "Generator": (lambda door: door.random.default_rng(3), True),
    "Generator of bits": (lambda door: door.random.Generator(door.random.PCG64(3)), True),
    "of a generator": (lambda door: door.random.default_rng(numpy.random.default_rng(3)), True),
    "spawned": (lambda door: door.random.default_rng(3).spawn(2)[1], True),
    "RandomState": (lambda door: door.random.RandomState(3), False),
    "np.random": (lambda door: door.random.seed(3) or door.random, False),
}


@pytest.mark.parametrize(("make", "any_axis"), SHUFFLING.values(), ids=SHUFFLING)
@pytest.mark.parametrize("shape", [(7,), (1,), (6, 2), (3, 5, 4), (0, 3)])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_tensor_is_shuffled_in_place_as_an_array_is(make, any_axis, shape, axis):
    options = {"axis": axis} if any_axis else {}
    before = numpy.random.default_rng(0).normal(size=shape)
    expected = before.copy()
    rng = make(numpy)
    rng.shuffle(expected, **options)
    following = rng.normal()
    w = leaf(2.0)
    for x in (np.array(before), before * w, before.copy()):
        rng = make(np)
        rng.shuffle(x, **options)
        assert numpy.array_equal(values(x), 2 * expected if tracked(x) else expected)
        assert rng.normal() == following
        if tracked(x):
            np.sum(x * numpy.arange(x.size).reshape(shape)).backward()
    assert float(w.grad) == pytest.approx(numpy.sum(expected * numpy.arange(expected.size).reshape(shape)), rel=1e-12)


def test_generators_are_numpys():
    for door, home in ((np.random, numpy.random), (numpy.random, np.random)):
        assert isinstance(door.default_rng(0), home.Generator)
        assert isinstance(door.RandomState(0), home.RandomState)
        assert not isinstance(door.RandomState(0), home.Generator)
    for x in (np.random.default_rng(0), np.random.Generator, np.random.RandomState):
        assert type(pickle.loads(pickle.dumps(x))) in (type(x), numpy.random.Generator)


def test_nditer_of_tensors_takes_one_and_no_options():
    x, constant = leaf([1.0, 2.0]), np.array([[1.0, 2.0]])
    assert [float(v) for v in np.nditer(constant, flags=["multi_index"])] == [1.0, 2.0]
    for call in (lambda: np.nditer(x, flags=["multi_index"]), lambda: np.nditer([x, constant])):
        with pytest.raises(TypeError, match=r"np\.nditer: .* Write t\[place\] for place in np\.ndindex\(t\.shape\)"):
            call()


def test_a_list_of_tensors_is_shuffled_itself():
    w = leaf([1.0, 2.0, 3.0])
    tensors, numbers = list(w), [1.0, 2.0, 3.0]
    np.random.default_rng(0).shuffle(tensors)
    numpy.random.default_rng(0).shuffle(numbers)
    assert [t.item() for t in tensors] == numbers


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda rng: pickle.loads(pickle.dumps(rng))])
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_copied_generators_shuffle_tensors(make, copied):
    rng, usual = copied(make(3)), copied(make(3))
    x, order = ag.tensor(numpy.arange(12.0).reshape(6, 2)), numpy.arange(6)
    rng.shuffle(x)
    usual.shuffle(order)
    numpy.testing.assert_array_equal(x.data, numpy.arange(12.0).reshape(6, 2)[order])
    assert rng.random() == usual.random()


def test_a_generator_is_its_own_default():
    rng = np.random.default_rng(0)
    assert np.random.default_rng(rng) is rng

"""The array that remembers: how it is made, written, indexed and shown, and everything that it refuses."""

import copy
import math
import operator
import pickle
import re
import warnings

import numpy as np
import pytest

import autograd_lite as ag


def leaf(values, dtype=float):
    return ag.tensor(values, requires_grad=True, dtype=dtype)


# -- making -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [ag.Tensor, ag.tensor])
@pytest.mark.parametrize(
    "data", [3.0, 3, True, [1.0, 2.0], [[1, 2]], (1.0,), np.float32(1), np.arange(3), np.ones((2, 0)), range(3)]
)
def test_values_and_dtypes_are_those_of_np_array(make, data):
    t, expected = make(data), np.array(data)
    assert (t.dtype, t.shape, t.ndim, t.size) == (expected.dtype, expected.shape, expected.ndim, expected.size)
    assert np.array_equal(t.data, expected)
    assert not t.requires_grad
    assert t.is_leaf


def test_a_new_tensor_owns_a_copy_and_as_tensor_shares():
    a = np.ones(2)
    copied, tracked, shared = ag.tensor(a), leaf(a), ag.as_tensor(a)
    a[0] = 5.0
    assert (copied.data[0], tracked.data[0], shared.data[0]) == (1, 1, 5)
    assert ag.as_tensor(shared) is shared


def test_requiring_grad_later_stops_sharing():
    a = np.ones(2)
    t = ag.as_tensor(a).requires_grad_()
    a[0] = 5.0
    assert t.data[0] == 1


def test_dtype_is_converted_when_given():
    assert ag.tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert ag.as_tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert ag.as_tensor(ag.tensor([1, 2]), dtype=np.float32).dtype == np.float32


def test_a_tensor_of_a_tensor_remembers_it_or_is_refused():
    x = leaf([1.0])
    for make in (ag.Tensor, ag.as_tensor, lambda x: ag.tensor(x, requires_grad=True)):
        with pytest.raises(TypeError, match="detach"):
            make([x] if make is ag.as_tensor else x)
    y = ag.tensor(x)
    (y * 2.0).sum().backward()
    assert x.grad == 2
    z = ag.Tensor(x.detach(), requires_grad=True)
    (z * 3.0).sum().backward()
    assert (x.grad, z.grad) == (2, 3)


def test_lists_of_tensors_are_stacked_differentiably():
    a, b = leaf(2.0), leaf(3.0)
    t = ag.tensor([[a, b], [0.0, a * b]])
    assert t.data.tolist() == [[2, 3], [0, 6]]
    t.sum().backward()
    assert (a.grad, b.grad) == (4, 3)


def test_lists_of_constant_tensors_make_a_leaf_when_asked():
    t = ag.tensor([ag.tensor(1.0), ag.tensor(2.0)], requires_grad=True)
    assert t.is_leaf
    assert t.requires_grad


def test_grad_can_be_set_on_leaves_to_their_kind():
    x = leaf([1.0, 2.0])
    x.grad = np.zeros(2)
    (x * 1.0).sum().backward()
    assert x.grad.tolist() == [1, 1]
    x.grad = None
    assert x.grad is None
    with pytest.raises(ValueError, match="shape"):
        x.grad = np.zeros(3)
    with pytest.raises(TypeError, match="float32"):
        x.grad = np.zeros(2, np.float32)
    with pytest.raises(TypeError, match="leaf"):
        (x * 2.0).grad = np.zeros(2)


def test_requires_grad_can_be_cleared_on_leaves_alone():
    x = leaf([1.0])
    y = x * 2.0
    with pytest.raises(ValueError, match="detach"):
        y.requires_grad = False
    x.requires_grad = False
    assert not x.requires_grad


def test_detach_shares_and_copy_does_not():
    x = leaf([1.0, 2.0])
    assert x.detach().data is x.data
    assert not x.detach().requires_grad
    y = x.copy()
    assert not np.shares_memory(y.data, x.data)
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


# -- operators ----------------------------------------------------------------------------------------------------

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
OTHERS = [
    2,
    2.0,
    True,
    np.float32(2),
    np.float64(2),
    np.int64(2),
    np.array(2.0),
    np.array([2, 1]),
    np.array([2.0, 1.0]),
    [2.0, 1.0],
]


def shown(x):
    return f"{type(x).__name__} {x}"


@pytest.mark.parametrize("other", OTHERS, ids=shown)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("f", [*BINARY, divmod], ids=lambda f: f.__name__)
def test_operators_take_what_arrays_take_on_both_sides(f, dtype, other):
    x = np.array([1.5, 3.0], dtype)
    for found, expected in ((f(leaf(x, dtype), other), f(x, other)), (f(other, leaf(x, dtype)), f(other, x))):
        for t, e in zip(found, expected) if f is divmod else [(found, expected)]:
            assert isinstance(t, ag.Tensor)
            assert t.dtype == e.dtype
            assert np.array_equal(t.data, e)


@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("other", OTHERS, ids=shown)
def test_a_python_number_has_no_dtype_of_its_own_on_the_way_back_either(f, other):
    for call in (lambda x: f(x, other), lambda x: f(other, x)):
        x = leaf([1.5, 3.0], np.float32)
        call(x).sum().backward()
        assert x.grad.dtype == np.float32


@pytest.mark.parametrize(
    "other", [np.ones(2), np.ones((2, 2)), [1.0, 2.0], leaf([1.0, 2.0])], ids=["vector", "matrix", "list", "Tensor"]
)
def test_matmul_on_both_sides(other):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    plain = other.data if isinstance(other, ag.Tensor) else other
    assert np.array_equal((leaf(x) @ other).data, x @ np.asarray(plain))
    assert np.array_equal((other @ leaf(x)).data, np.asarray(plain) @ x)


@pytest.mark.parametrize("other", [*OTHERS, leaf([2.0, 1.0])], ids=shown)
@pytest.mark.parametrize("f", COMPARISONS, ids=lambda f: f.__name__)
def test_comparisons_are_numpys_arrays(f, other):
    x = np.array([1.0, 2.0])
    plain = other.data if isinstance(other, ag.Tensor) else other
    for found, expected in ((f(leaf(x), other), f(x, plain)), (f(other, leaf(x)), f(plain, x))):
        assert type(found) is np.ndarray
        assert np.array_equal(found, expected)


def test_comparison_with_something_else_is_pythons():
    x = leaf([1.0])
    assert (x == "a") is False
    assert (x != None) is True  # noqa: E711
    with pytest.raises(TypeError):
        operator.lt(x, "a")


@pytest.mark.parametrize(
    "f", [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift], ids=lambda f: f.__name__
)
def test_logic_of_integers_is_numpys(f):
    a, b = np.array([1, 2, 3]), np.array([1, 1, 2])
    for found in (f(ag.tensor(a), b), f(a, ag.tensor(b)), f(ag.tensor(a), ag.tensor(b))):
        assert np.array_equal(found, f(a, b))
    assert np.array_equal(~ag.tensor(a), ~a)


def test_unary_operators():
    x = leaf([-1.5, 2.5])
    assert (-x).data.tolist() == [1.5, -2.5]
    assert (+x).data.tolist() == [-1.5, 2.5]
    assert abs(x).data.tolist() == [1.5, 2.5]
    assert round(x).data.tolist() == [-2, 2]
    assert all(f(x).requires_grad for f in (operator.neg, operator.pos, abs, round))


def test_attributes_that_are_calls_are_recorded():
    x = leaf(np.arange(6.0).reshape(2, 3))
    assert np.array_equal(x.T.data, x.data.T)
    assert np.array_equal(x.mT.data, x.data.T)
    assert x.T.requires_grad
    with pytest.raises(ValueError, match="2 axes"):
        leaf([1.0]).mT


@pytest.mark.parametrize(
    ("on_tensor", "on_array"),
    [
        (lambda t: np.add.reduce(t), lambda a: np.sum(a, 0)),
        (lambda t: np.add.reduce(t, 1), lambda a: np.sum(a, 1)),
        (lambda t: np.add.reduce(t, axis=None, keepdims=True), lambda a: np.sum(a, keepdims=True)),
        (lambda t: np.multiply.reduce(t), lambda a: np.prod(a, 0)),
        (lambda t: np.maximum.reduce(t, axis=1), lambda a: np.max(a, 1)),
        (lambda t: np.minimum.reduce(t, axis=1), lambda a: np.min(a, 1)),
        (lambda t: np.add.accumulate(t, 1), lambda a: np.cumsum(a, 1)),
        (lambda t: np.multiply.outer(t, t), lambda a: np.multiply.outer(a, a)),
        (lambda t: np.subtract.outer([1.0, 2.0], t), lambda a: np.subtract.outer([1.0, 2.0], a)),
        (lambda t: np.exp(t, dtype=np.longdouble), lambda a: np.exp(a, dtype=np.longdouble)),
        (lambda t: np.add(t, 1.0, where=True, casting="same_kind", out=None), lambda a: np.add(a, 1.0)),
        (lambda t: t.var(0, ddof=1), lambda a: a.var(0, ddof=1)),
        (lambda t: t.sum((0, 1)), lambda a: a.sum((0, 1))),
        (lambda t: t.reshape(3, 2), lambda a: a.reshape(3, 2)),
        (lambda t: t.reshape(-1), lambda a: a.reshape(-1)),
        (lambda t: t.transpose(1, 0), lambda a: a.transpose(1, 0)),
        (lambda t: t.transpose(), lambda a: a.transpose()),
    ],
)
def test_longer_names_are_the_same_calls(on_tensor, on_array):
    a = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, 4.0]])
    t = leaf(a)
    found, expected = on_tensor(t), on_array(a)
    assert found.requires_grad
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.array_equal(found.data, expected)


@pytest.mark.parametrize(
    "f", [np.isnan, np.argmax, np.sign, np.zeros_like, np.ones_like, np.count_nonzero, np.shape, np.size, np.argsort]
)
def test_functions_that_only_look_have_no_derivative_to_lose(f):
    a = np.array([[3.0, 1.0], [np.nan, 2.0]])
    found, expected = f(leaf(a)), f(a)
    found = found.data if isinstance(found, ag.Tensor) else found
    assert np.array_equal(found, expected, equal_nan=f is np.sign)


@pytest.mark.parametrize("name", ["argmax", "argmin", "argsort", "all", "any", "nonzero"])
def test_methods_that_only_look_are_numpys(name):
    a = np.array([3.0, 0.0, 2.0])
    assert np.array_equal(getattr(leaf(a), name)(), getattr(a, name)())


# -- indexing -----------------------------------------------------------------------------------------------------


def test_an_index_may_be_a_tensor():
    x = leaf([1.0, 2.0, 3.0])
    assert x[ag.tensor([0, 0, 2])].data.tolist() == [1, 1, 3]
    assert x[ag.tensor([True, False, True])].data.tolist() == [1, 3]
    assert x[ag.tensor(1)].data == 2
    assert x[x > 1.5].data.tolist() == [2, 3]
    assert x[ag.tensor([0, 1]), None].shape == (2, 1)


@pytest.mark.parametrize("key", [[0, 0], np.array([0, 0]), ([0, 0],)])
def test_an_index_changed_later_changes_no_gradient(key):
    x = leaf([1.0, 2.0])
    y = x[key]
    (key[0] if isinstance(key, tuple) else key)[0] = 1
    y.sum().backward()
    assert x.grad.tolist() == [2, 0]


def test_an_element_named_twice_gets_both_gradients():
    x = leaf([1.0, 2.0, 3.0])
    x[[0, 0, 1]].backward(np.array([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [11, 100, 0]


@pytest.mark.parametrize("key", [5, (0, 0), [7], "a", 0.5, [True, False]])
def test_a_wrong_index_is_an_index_error_with_the_shape(key):
    with pytest.raises(IndexError, match=r"getitem of float64\[3\]"):
        leaf([1.0, 2.0, 3.0])[key]


def test_containers():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    rows = list(x)
    assert [row.data.tolist() for row in rows] == [[1, 2], [3, 4]]
    (rows[0] * rows[1]).sum().backward()
    assert x.grad.tolist() == [[3, 4], [1, 2]]
    assert len(x) == 2
    assert 3.0 in x
    assert ag.tensor(9.0) not in x
    assert [*reversed(leaf([1.0, 2.0]))][0].data == 2
    a, b = leaf([1.0, 2.0])
    assert (a.data, b.data) == (1, 2)


@pytest.mark.parametrize("f", [len, iter, list])
def test_a_single_number_is_no_container(f):
    with pytest.raises(TypeError, match="0-d"):
        f(leaf(1.0))


# -- Python's conversions -----------------------------------------------------------------------------------------


def test_a_single_element_is_true_or_false_and_many_are_neither():
    assert leaf(1.0)
    assert not leaf([0.0])
    with pytest.raises(ValueError, match="ambiguous"):
        bool(leaf([1.0, 2.0]))


def test_constants_convert_to_numbers_and_indices():
    assert float(ag.tensor(1.5)) == 1.5
    assert int(ag.tensor(3)) == 3
    assert complex(ag.tensor(1.5)) == 1.5
    assert [1, 2, 3][ag.tensor(1)] == 2
    assert math.sin(ag.tensor(0.0)) == 0
    assert leaf([1.0, 2.5]).item(1) == 2.5
    with pytest.raises(TypeError):
        operator.index(ag.tensor(1.0))


def test_constants_convert_to_bytes():
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert bytes(ag.tensor(a)) == ag.tensor(a).tobytes() == bytes(a)
    assert ag.tensor(a).tobytes("F") == a.tobytes("F")
    for convert in (bytes, lambda t: t.tobytes()):
        with pytest.raises(TypeError, match=r"tobytes\(\) would lose the gradient"):
            convert(leaf(a))


STEPS = {
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "rint": np.rint, "sign": np.sign, "np.round": np.round, "round": round,
    "floor_divide": lambda t: t // 0.5, "floor_divide, by the divisor": lambda t: 7.0 // t,
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_number_of_a_step_function_loses_no_gradient(step):
    x = leaf([2.6, 1.0, 3.0, 0.5, 7.0, 0.0])
    t = step(x[0])
    assert (int(t), float(t)) == (int(t.data), float(t.data))
    (x[int(t)] * 2).backward()
    assert x.grad.tolist() == [2.0 * (i == int(t.data)) for i in range(6)]
    for number in (int, float):
        for tracked in (2 * step(x[0]), step(x[0]) * x[0], x[0] % 1.0, np.heaviside(x[0], 0.5), np.abs(x[0]), x[0]):
            with pytest.raises(TypeError, match=rf"{number.__name__}\(\) would lose the gradient"):
                number(tracked)


def test_the_sign_of_a_complex_number_is_no_step():
    with pytest.raises(TypeError, match="would lose the gradient"):
        float(np.sign(ag.tensor(1 + 2j, requires_grad=True)))


def test_formats_and_representations():
    assert f"{leaf(1.23456):.2f}" == "1.23"
    assert repr(leaf([1.0, 2.0])) == "tensor([1., 2.], dtype=float64, requires_grad=True)"
    assert repr(ag.tensor([1, 2], dtype=np.int64)) == "tensor([1, 2], dtype=int64)"
    assert repr(leaf([1.0], np.float32)) == "tensor([1.], dtype=float32, requires_grad=True)"
    assert repr(np.exp(leaf(0.0))) == "tensor(1., dtype=float64, made by exp)"
    assert repr(ag.tensor(np.ones((0, 2)))) == "tensor([], shape=(0, 2), dtype=float64)"
    assert f"{leaf([1.0])}" == repr(leaf([1.0])) == str(leaf([1.0]))
    with pytest.raises(TypeError):
        f"{leaf([1.0, 2.0]):.2f}"


def test_tensors_are_told_apart_by_identity():
    a, b = leaf(1.0), leaf(1.0)
    assert len({a, b}) == 2
    assert {a: "first", b: "second"}[a] == "first"


# -- copies and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))], ids=["copy", "deepcopy", "pickle"]
)
def test_leaves_can_be_duplicated(duplicate):
    x = leaf([1.0, 2.0], np.float32)
    y = duplicate(x)
    assert (y.requires_grad, y.dtype, y.data.tolist()) == (True, np.float32, [1, 2])
    assert y is not x
    y.data[0] = 5.0
    assert x.data[0] == 1
    assert not duplicate(ag.tensor(1.0)).requires_grad


def test_a_copy_of_a_computed_value_is_differentiable_and_its_pickle_refused():
    for duplicate in copy.copy, copy.deepcopy:
        x = leaf([1.0, 2.0])
        y = np.exp(x)
        (duplicate(y) * x).sum().backward()
        assert np.allclose(x.grad, np.exp([1, 2]) * [2, 3])
    x = leaf([1.0, 2.0])
    copy.deepcopy({"y": [x * x]})["y"][0].sum().backward()
    assert x.grad.tolist() == [2, 4]
    with pytest.raises(TypeError, match="exp"):
        pickle.dumps(np.exp(leaf([1.0])))


@pytest.mark.parametrize(
    "transform", [ag.grad, ag.hessian, lambda f: lambda x: ag.jvp(f, (x,), (x,)), lambda f: lambda x: ag.vjp(f, x)]
)
def test_a_pickle_of_an_argument_of_a_transform_would_lose_its_gradient_and_is_refused(transform):
    for pickled in (lambda x: x, lambda x: {"x": [x]}):
        with pytest.raises(TypeError, match="pickle"):
            transform(lambda x, pickled=pickled: np.sum(x * len(pickle.dumps(pickled(x)))))(np.arange(3.0))


def test_a_deep_copy_keeps_what_was_shared_shared():
    x = leaf([1.0])
    a, b = copy.deepcopy([x, x])
    assert a is b


# -- writing ------------------------------------------------------------------------------------------------------


def test_a_step_by_hand_stays_in_the_same_array():
    w = leaf([1.0, 2.0])
    array = w.data
    w.grad = np.ones(2)
    w.data -= 0.5 * w.grad
    assert w.data is array
    assert array.tolist() == [0.5, 1.5]
    with ag.no_grad():
        w -= 0.5 * w.grad
        w[0] = 7.0
    assert array.tolist() == [7, 1]


def test_new_data_of_the_same_kind_is_copied_in():
    w, new = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    array = w.data
    w.data = new
    assert w.data is array
    new[0] = 9.0
    assert w.data.tolist() == [3, 4]


def test_new_data_of_another_dtype_makes_a_leaf_a_new_variable():
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w.data = np.array([3.0, 4.0], np.float32)
    assert w.grad is None
    (w * w).sum().backward()
    assert (w.dtype, w.grad.dtype) == (np.float32, np.float32)
    with pytest.raises(TypeError, match="requires_grad needs a floating-point dtype, not int64"):
        w.data = np.array([5, 6])
    assert w.data.tolist() == [3.0, 4.0]


def test_new_data_of_another_shape_makes_a_leaf_a_new_variable():
    w = leaf([1.0, 2.0])
    w.data = np.ones((2, 2))
    (w * 3.0).sum().backward()
    assert w.grad.tolist() == [[3, 3], [3, 3]]
    y = w * 2.0
    with pytest.raises(ValueError, match="multiply"):
        y.data = np.ones(3)


IN_PLACE = [
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod, operator.ipow,
]  # fmt: skip


@pytest.mark.parametrize("f", IN_PLACE, ids=lambda f: f.__name__)
def test_writing_in_place_is_numpys_and_a_leaf_refuses_it(f):
    a = np.array([1.5, 3.0])
    for t in (ag.tensor(a), +leaf(a)):
        assert f(t, 2.0) is t
        assert np.array_equal(t.data, f(a.copy(), 2.0))
    with pytest.raises(TypeError, match="t.copy()"):
        f(leaf([1.0]), 2.0)


# -- nothing is silent --------------------------------------------------------------------------------------------

T = leaf([1.0, 2.0])
S = leaf(0.5)
A = np.zeros(2)
MASKED = np.ma.array([1.0, 2.0], mask=[True, False])
with warnings.catch_warnings(action="ignore"):
    MATRIX = np.matrix([[1.0, 2.0]])

Z = leaf([1 + 1j, 2 - 1j], complex)

MISUSES = {
    "np.asarray(t)": (lambda: np.asarray(T), "detach"),
    "np.array(t)": (lambda: np.array(T), "detach"),
    "np.array([t, t])": (lambda: np.array([T, T]), "np.stack"),
    "np.array([s, s])": (lambda: np.array([S, S]), "np.stack"),
    "np.asarray([s, 1.0])": (lambda: np.asarray([S, 1.0]), "np.stack"),
    "np.float64(s)": (lambda: np.float64(S), "item"),
    "t.numpy()": (lambda: T.numpy(), "detach"),
    "float(t)": (lambda: float(S), "item"),
    "int(t)": (lambda: int(S), "item"),
    "complex(t)": (lambda: complex(S), "item"),
    "math.sin(t)": (lambda: math.sin(S), "item"),
    "arr[i] = t": (lambda: operator.setitem(A, 0, S), "np.stack"),
    "arr[:] = t": (lambda: operator.setitem(A, slice(None), T), "np.stack"),
    "arr += t": (lambda: operator.iadd(A, T), "a = a - t|w.grad.data"),
    "np.add(a, t, out=a)": (lambda: np.add(A, T, out=A), "out="),
    "np.add(a, t, a)": (lambda: np.add(A, T, A), "out="),
    "np.sum(t, out=)": (lambda: np.sum(T, out=np.zeros(())), "out="),
    "np.clip(t, out=)": (lambda: np.clip(T, 0, 1, out=A), "out="),
    "np.einsum(t, out=)": (lambda: np.einsum("i->i", T, out=A), "out="),
    "np.concatenate(t, out=)": (lambda: np.concatenate([T], out=A), "out="),
    "np.matmul(t, out=)": (lambda: np.matmul(T, T, out=np.zeros(())), "out="),
    "t.sum(out=)": (lambda: T.sum(out=np.zeros(())), "out="),
    "np.exp(t, where=)": (lambda: np.exp(T, where=[True, False]), "np.where"),
    "np.full(3, t)": (lambda: np.full(3, S), "detach"),
    "np.full_like(a, t)": (lambda: np.full_like(A, S), "detach"),
    "np.vectorize": (lambda: np.vectorize(lambda x: 2.0 * x)(T), "detach"),
    "np.copyto": (lambda: np.copyto(A, T), "writes in place"),
    "np.put": (lambda: np.put(A, [0], S), "writes in place"),
    "np.add.at(a, i, t)": (lambda: np.add.at(A, [0], S), "no derivative rule"),
    "np.hypot.accumulate(t)": (lambda: np.hypot.accumulate(T), "no derivative rule"),
    "a function without a rule": (lambda: np.frexp(T), "np.frexp is not supported"),
    "a ufunc without a rule": (lambda: np.frompyfunc(abs, 1, 1)(T), "ag.primitive"),
    "np.sum(t, unknown=)": (lambda: np.sum(T, unknown=1), "unknown"),
    "an option not supported": (lambda: np.einsum("i->i", T, dtype=float), "dtype"),
    "a ufunc's axes": (lambda: np.matmul(T, T, axes=[(0,), (0,), ()]), "axes"),
    "an option that requires grad": (lambda: np.sum(T, initial=S), "initial"),
    "a mean that requires grad": (lambda: np.var(T, mean=leaf([1.0])), "mean"),
    "an integer leaf": (lambda: ag.tensor(3, requires_grad=True), "3.0"),
    "an integer array as leaf": (lambda: ag.tensor([1, 2], requires_grad=True), "dtype=float"),
    "a boolean leaf": (lambda: ag.tensor(True, requires_grad=True), "bool"),
    "backward of a complex number": (lambda: leaf(1j, complex).backward(), r"t\.real\.backward\(\)"),
    "backward of complex numbers": (lambda: leaf([1j, 2j], complex).backward(), r"t\.real\.backward\(\)"),
    "z.astype(float)": (lambda: Z.astype(float), r"astype: .*imaginary part.*t\.real"),
    "np.astype(z, float)": (lambda: np.astype(Z, float) if hasattr(np, "astype") else Z.astype(float), "imaginary part"),
    "ag.as_tensor(z, float)": (lambda: ag.as_tensor(Z, float), "imaginary part"),
    "np.sum(z, dtype=float)": (lambda: np.sum(Z, dtype=float), r"sum: .*dtype=float64.*imaginary part"),
    "np.prod(z, dtype=float)": (lambda: np.prod(Z, dtype=float), r"prod: .*dtype=float64.*imaginary part"),
    "np.cumsum(z, dtype=float)": (lambda: np.cumsum(Z, dtype=float), r"cumsum: .*dtype=float64.*imaginary part"),
    "np.nanvar(z, dtype=float)": (lambda: np.nanvar(Z, dtype=float), r"nanvar: .*dtype=float64.*imaginary part"),
    "np.geomspace(z, dtype=float)": (lambda: np.geomspace(1, Z, dtype=float), r"geomspace: .*dtype=float64.*imaginary part"),
    "np.add(z, dtype=float)": (lambda: np.add(Z, 1, dtype=float), "imaginary part"),
    "np.stack([z], dtype=float)": (lambda: np.stack([Z, T], dtype=float), r"stack: .*imaginary part"),
    "x[0] = z": (lambda: operator.setitem(T.copy(), 0, Z[0]), r"written into float64.*v\.real.*astype\(complex\)"),
    "x[...] = a complex constant": (lambda: operator.setitem(ag.tensor([1.0]), 0, 1j), r"written into float64.*v\.real"),
    "x += z": (lambda: operator.iadd(T.copy(), Z), "does not fit"),
    "np.copyto(x, z)": (lambda: np.copyto(ag.tensor([1.0, 2.0]), Z), "complex128"),
    "np.put(x, 0, z)": (lambda: np.put(ag.tensor([1.0, 2.0]), 0, Z[0]), "complex128|imaginary"),
    "np.add.at(x, 0, z)": (lambda: np.add.at(ag.tensor([1.0, 2.0]), 0, Z[0]), "complex128|imaginary"),
    "np.insert(x, 0, z)": (lambda: np.insert(T, 0, Z), "complex128"),
    "np.piecewise(x, z)": (lambda: np.piecewise(T, [T > 0], [lambda x: x * 1j]), "imaginary part"),
    "np.interp(z)": (lambda: np.interp(Z, [0.0, 1.0], [0.0, 1.0]), "complex128"),
    "np.interp(period=)": (lambda: np.interp(Z, [0.0, 1.0], [0.0, 1.0], period=2.0), "imaginary part"),
    "np.cov(z, dtype=float)": (lambda: np.cov(Z, dtype=float), "imaginary part"),
    "np.real_if_close(z)": (lambda: np.real_if_close(Z), r"t\.real"),
    "float(z)": (lambda: float(ag.tensor(1j)), r"float\(\).*t\.real"),
    "int(z)": (lambda: int(ag.tensor(1j)), r"int\(\).*t\.real"),
    "np.asarray(z, float)": (lambda: np.asarray(ag.tensor(1j), float), r"imaginary part.*t\.real"),
    "y.backward([1j])": (lambda: T.backward([1j] * T.size), r"complex128.*float64.*gradient\.real"),
    "y.backward(1j * T)": (lambda: T.backward(1j * A), r"gradient\.real"),
    "y.backward(['a'])": (lambda: T.backward(["a"] * T.size), "a Tensor holds numbers"),
    "y.backward([None])": (lambda: T.backward([None] * T.size), "a Tensor holds numbers"),
    "t += 1j": (lambda: operator.iadd(ag.tensor([1.0]), 1j), "complex128.*does not fit"),
    "t += a larger one": (lambda: operator.iadd(ag.tensor([1.0]), [1.0, 2.0]), r"shape|fit"),
    "np.pad(t, 1j)": (lambda: np.pad(T, 1, constant_values=1j), r"imaginary part would be lost.*t \+ 0j"),
    "np.floor(z)": (lambda: np.floor(Z), r"floor of complex128.*t\.real"),
    "np.fft.rfft(z)": (lambda: np.fft.rfft(Z), r"rfft of complex128.*t\.real"),
    "z % 2": (lambda: Z % 2, r"remainder of complex128.*t\.real"),
    "a complex write into z.real": (lambda: operator.setitem((Z * 1).real, 0, Z[0]), "imaginary part would be lost"),
    "a write into t.imag": (lambda: operator.setitem((T * 1).imag, 0, 1.0), "read-only"),
    "a write into a scalar": (lambda: operator.setitem(T.sum(), ..., 1.0), "scalar"),
    "a tensor of strings": (lambda: ag.tensor(["a"]), "a Tensor holds numbers"),
    "a tensor of objects": (lambda: ag.tensor([None]), "a Tensor holds numbers"),
    "a tensor of dates": (lambda: ag.tensor(np.array(["2020-01-01"], "M8[D]")), "a Tensor holds numbers"),
    "t + a string": (lambda: T + "a", ""),
    "t + None": (lambda: T + None, ""),
    "t + an object array": (lambda: T + np.array([None, None]), ""),
    "a tensor of a masked array": (lambda: ag.tensor(MASKED), "mask"),
    "t + a masked array": (lambda: T + MASKED, ""),
    "a masked array + t": (lambda: MASKED + T, ""),
    "np.add(t, a masked array)": (lambda: np.add(T, MASKED), ""),
    "np.concatenate([t, a masked array])": (lambda: np.concatenate([T, MASKED]), ""),
    "np.ma.exp(t)": (lambda: np.ma.exp(T), ""),
    "np.concatenate([t, strings])": (lambda: np.concatenate([T, ["a"]]), ""),
    "t * np.matrix": (lambda: T * MATRIX, ""),
    "np.matrix * t": (lambda: MATRIX * T, ""),
    "np.matrix @ t": (lambda: MATRIX @ T, ""),
    "t += u": (lambda: operator.iadd(T, 1.0), r"t = t.copy\(\)"),
    "t[i] = u": (lambda: operator.setitem(T, 0, 1.0), r"t = t.copy\(\)"),
    "integers[i] = t": (lambda: operator.setitem(ag.tensor([0, 0]), 0, S), "dtype=float"),
    "w.data -= a tracked Tensor": (lambda: setattr(leaf([1.0]), "data", leaf([1.0])), r"w.grad.data"),
    "backward of a constant": (lambda: ag.tensor(1.0).backward(), "requires_grad=True"),
    "np.reshape order": (lambda: np.reshape(leaf([[1.0]]), 1, order="A"), "order"),
    "shapes that do not fit": (lambda: T + np.ones(3), r"add of float64\[2\], float64\[3\]"),
    "np.concatenate of axes that do not fit": (lambda: np.concatenate([T, np.ones((2, 2))]), r"concatenate of float64\[2\]"),
    "an axis that is not there": (lambda: np.sum(T, axis=3), r"sum of float64\[2\]"),
}


def with_causes(error):
    """The text of an error and of those that it was raised from."""
    return "\n".join(map(str, [error, *([with_causes(error.__cause__)] if error.__cause__ else [])]))


@pytest.mark.parametrize(("misuse", "text"), MISUSES.values(), ids=MISUSES)
def test_nothing_is_silent(misuse, text):
    with pytest.raises((TypeError, ValueError, IndexError, RuntimeError)) as caught:
        misuse()
    assert re.search(text, with_causes(caught.value))
    assert not A.any()
    assert T.data.tolist() == [1, 2]


@pytest.mark.parametrize("constant", [ag.tensor([1.0, 2.0]), leaf([1.0, 2.0]).detach()])
def test_constants_are_arrays_to_anyone(constant):
    assert np.asarray(constant).tolist() == [1, 2]
    assert constant.numpy() is constant.data
    with ag.no_grad():
        assert np.asarray(T).tolist() == [1, 2]


def test_without_grad_nothing_can_be_lost():
    with ag.no_grad():
        assert float(S) == math.sin(math.asin(0.5)) == pytest.approx(0.5)
        assert np.array([S, S]).tolist() == [0.5, 0.5]


def test_a_subclass_of_tensor_records_as_any():
    class Parameter(ag.Tensor):
        pass

    p = Parameter([1.0, 2.0], requires_grad=True)
    (p * p + np.exp(p)).sum().backward()
    np.testing.assert_allclose(p.grad, 2 * p.data + np.exp(p.data))


WRONG_SHAPES = {
    "add": (lambda: leaf(np.ones(3)) + np.ones(2), ["add", "(3,)", "(2,)"]),
    "matmul": (lambda: leaf(np.ones((2, 3))) @ np.ones((2, 3)), ["matmul", "(2, 3)", "last but one"]),
    "reshape": (lambda: leaf(np.ones(6)).reshape(4), ["reshape", "[6]", "(4,)"]),
    "concatenate": (lambda: np.concatenate([leaf(np.ones((2, 3))), np.ones((2, 2))]), ["concatenate", "[2, 3]", "[2, 2]"]),
    "broadcast_to": (lambda: np.broadcast_to(leaf(np.ones((3, 4))), (2, 2)), ["broadcast_to", "[3, 4]", "(2,2)"]),
    "split": (lambda: np.split(leaf(np.ones(4)), 3), ["np.split", "(4,)"]),
    "trapezoid": (lambda: np.trapezoid(leaf(np.ones(4)), np.ones(3)), ["np.trapezoid", "(4,)", "(3,)"]),
    "einsum": (lambda: np.einsum("ij,jk", leaf(np.ones((3, 4))), np.ones((2, 5))), ["einsum", "[3, 4]", "[2, 5]"]),
}


@pytest.mark.parametrize(("wrong", "words"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_errors_about_shapes_name_the_operation_and_the_shapes(wrong, words):
    with pytest.raises(ValueError) as caught:
        wrong()
    assert all(word in str(caught.value) for word in words), str(caught.value)


class Foreign:
    """A type of its own, which knows what to do with Tensors."""

    def _reflected(self, other):
        return "asked"

    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rmatmul__ = __rdivmod__ = _reflected


@pytest.mark.parametrize("f", [*BINARY, operator.matmul, divmod])
def test_every_operator_asks_an_operand_of_another_type(f):
    assert f(leaf([1.0, 2.0]), Foreign()) == "asked"
    with pytest.raises(TypeError, match="unsupported operand"):
        f(leaf([1.0, 2.0]), object())

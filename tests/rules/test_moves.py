"""Moves and orderings, beyond the table of rows: refusals, places and counts, views, creation."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import autograd_lite as ag
from autograd_lite.rules import COMPOSITIONS, LOOKING, PRIMITIVES
from autograd_lite.rules.refused import REFUSED

VECTOR = np.array([3.0, 1.0, 3.0, 2.0])
MATRIX = np.arange(6.0).reshape(2, 3)
t = ag.tensor(VECTOR, requires_grad=True)
m = ag.tensor(MATRIX, requires_grad=True)
RULER = np.arange(4)

REFUSALS = {
    "as_strided": (lambda: as_strided(t, (2,), (8,)), "detach"),
    "t.resize(3)": (lambda: t.resize(3), "t = np.resize(t, shape)"),
    "pad: a function": (lambda: np.pad(t, 1, lambda *_: None), "np.concatenate"),
    "pad: odd reflection": (lambda: np.pad(t, 1, "reflect", reflect_type="odd"), "2 * edge"),
    "pad: a tracked constant": (lambda: np.pad(t, 1, constant_values=t[0]), "detach"),
    "nan_to_num in place": (lambda: np.nan_to_num(t, copy=False), "t = np.nan_to_num(t)"),
    "writeable windows": (lambda: sliding_window_view(t, 2, writeable=True), "writeable=True"),
    **({"astype without a copy": (lambda: np.astype(t, float, copy=False), "t.astype(dtype)")} if hasattr(np, "astype") else {}),
    "insert into integers": (lambda: np.insert([1, 2], 0, t), "arr.astype(float)"),
    "take into an array": (lambda: np.take(t, [0], out=np.empty(1)), "out= is not supported"),
    "trace into an array": (lambda: np.trace(m, out=np.empty(())), "out= is not supported"),
    "tracked repeats": (lambda: np.repeat(t, t), "repeats=t.detach()"),
    "full of a tracked number": (lambda: np.full(3, t[0], like=t), "np.broadcast_to"),
    "full_like of a tracked number": (lambda: np.full_like(m, t[0]), "np.broadcast_to"),
    "np.r_": (lambda: np.r_[t, t], "np.stack"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "instead"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_say_what_to_write(call, instead):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert instead in str(error.value)
    np.testing.assert_array_equal(t.data, VECTOR)
    np.testing.assert_array_equal(m.data, MATRIX)


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_a_refused_function_is_refused_alone(function):
    assert function not in {*PRIMITIVES, *COMPOSITIONS, *LOOKING}


def test_what_to_write_instead_is_the_same():
    def written(a, place):
        a = a.copy()
        place(a)
        return a

    places, values = np.array([5, 0]), np.array([7.0, 8.0])
    x = m.copy()
    x[np.unravel_index(places, x.shape)] = values
    np.testing.assert_array_equal(x.data, written(MATRIX, lambda a: np.put(a, places, values)))
    x = m.copy()
    x[np.arange(2)[:, None], [[0], [1]]] = 1.0
    np.testing.assert_array_equal(x.data, written(MATRIX, lambda a: np.put_along_axis(a, np.array([[0], [1]]), 1.0, 1)))
    square = np.arange(9.0).reshape(3, 3)
    filled = np.where(np.eye(3, dtype=bool), 5.0, ag.tensor(square))
    np.testing.assert_array_equal(filled.data, written(square, lambda a: np.fill_diagonal(a, 5.0)))


@pytest.mark.parametrize(
    "options", [{"return_index": True}, {"return_inverse": True, "return_counts": True}, {"axis": 0, "return_index": True}]
)
def test_unique_returns_places_and_counts_as_numpy(options):
    array = np.array([[1.0, np.nan], [0.5, 1.0], [1.0, np.nan], [0.5, 1.0]])
    x = ag.tensor(array, requires_grad=True)
    for found, expected in zip(np.unique(x, **options), np.unique(array, **options), strict=True):
        np.testing.assert_array_equal(found.data if isinstance(found, ag.Tensor) else found, expected)


@pytest.mark.parametrize("function", [np.unique_all, np.unique_counts, np.unique_inverse])
def test_unique_all_and_its_parts_are_numpys_tuples(function):
    found, expected = function(t), function(VECTOR)
    assert type(found) is type(expected)
    assert found.values.requires_grad
    for name in expected._fields:
        np.testing.assert_array_equal(np.asarray(getattr(found, name).data), getattr(expected, name))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
@pytest.mark.parametrize(
    "function", [np.sort, lambda x: np.sort(x, 0), np.unique, lambda x: np.unique(x, axis=0), np.unique_values]
)
def test_nothing_can_be_ordered(function, shape):
    value, pullback = ag.vjp(function, np.zeros(shape))
    np.testing.assert_array_equal(value, function(np.zeros(shape)))
    assert pullback(np.ones_like(value))[0].shape == shape


def test_an_axis_that_is_not_padded_may_be_empty():
    widths = ((1, 2), (0, 0))
    for mode in ("mean", "median", "linear_ramp", "edge"):
        value, pullback = ag.vjp(lambda x, mode=mode: np.pad(x, widths, mode), np.zeros((3, 0)))
        assert value.shape == (6, 0)
        assert pullback(value)[0].shape == (3, 0)


def test_unique_in_any_order():
    if tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3):
        np.testing.assert_array_equal(np.unique(t, sorted=False).data, np.unique(VECTOR, sorted=False))


def test_intersect1d_returns_places():
    values, *places = np.intersect1d(t, np.array([2.0, 3.0]), return_indices=True)
    expected, *there = np.intersect1d(VECTOR, np.array([2.0, 3.0]), return_indices=True)
    np.testing.assert_array_equal(values.data, expected)
    np.testing.assert_array_equal(places, there)


def test_padding_with_nothing_in_particular_keeps_the_gradient():
    padded = np.pad(t, 2, "empty")
    assert padded.shape == (8,)
    x = ag.tensor(VECTOR, requires_grad=True)
    (np.pad(x, (1, 2), "empty")[1:5] * RULER).sum().backward()
    np.testing.assert_array_equal(x.grad, RULER)


def test_integer_tensors_are_places_and_counts():
    twice = ag.tensor([1, 0, 2, 0])
    np.testing.assert_array_equal(np.repeat(t, twice).data, np.repeat(VECTOR, twice.data))
    np.testing.assert_array_equal(np.take(t, twice).data, VECTOR[twice.data])
    np.testing.assert_array_equal(twice.choose([t, t, t]).data, VECTOR)


def test_functions_that_give_places_give_arrays():
    for found, expected in [
        (np.lexsort((t, t)), np.lexsort((VECTOR, VECTOR))),
        (t.searchsorted(2.5), VECTOR.searchsorted(2.5)),
        (t.argpartition(1), VECTOR.argpartition(1)),
        (np.searchsorted(np.sort(t), t), np.searchsorted(np.sort(VECTOR), VECTOR)),
        (np.triu_indices_from(m), np.triu_indices_from(MATRIX)),
        (np.ix_(ag.tensor([0, 1]), ag.tensor([2])), np.ix_([0, 1], [2])),
    ]:
        assert not isinstance(found, ag.Tensor)
        for a, b in zip(found, expected) if isinstance(expected, tuple) else [(found, expected)]:
            np.testing.assert_array_equal(a, b)


VIEWS = {
    "flipud": np.flipud,
    "rot90": np.rot90,
    "rollaxis": lambda x: np.rollaxis(x, 1),
    "atleast_3d": np.atleast_3d,
    "diagonal": np.diagonal,
    "diag": np.diag,
    "matrix_transpose": np.matrix_transpose,
    "hsplit": lambda x: np.hsplit(x, 3)[0],
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, np.zeros((2, 2, 3)))[0],
    "meshgrid without copies": lambda x: np.meshgrid(x, x, copy=False)[0],
    "real": lambda x: x.real,
    "real_if_close": np.real_if_close,
    "windows": lambda x: sliding_window_view(x, 2, 0),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_is_a_view_in_numpy_shows_what_is_written_into_the_array(view):
    array, x = MATRIX.copy(), m.copy()
    before = view(array).copy()
    seen, expected = view(x), view(array)
    array[...] = MATRIX + 9.0
    x[...] = m * 1.0 + 9.0
    assert not np.array_equal(expected, before)
    np.testing.assert_array_equal(seen.data, expected)
    gradient = ag.grad(lambda x: np.sum(view(x) ** 2))(array)
    np.testing.assert_array_equal(ag.grad(written_before_it_is_read(view))(MATRIX), gradient)


def written_before_it_is_read(view):
    def f(x):
        t = x.copy()
        seen = view(t)
        t[...] = x + 9.0
        return np.sum(seen**2)

    return f


def test_numbers_made_like_a_tensor_are_tensors():
    a, b = t[0], t[1]
    joined = np.array([[a, 2.0], [b, a * b]], like=t)
    assert joined.requires_grad
    np.testing.assert_array_equal(joined.data, [[3, 2], [1, 3]])
    assert np.asarray(t, like=t) is t
    assert np.asarray([1.0, 2.0], np.float32, like=t).dtype == np.float32
    for made in (np.zeros(3, like=t), np.full(3, 2.0, like=t), np.arange(3.0, like=t), np.eye(3, like=t)):
        assert isinstance(made, ag.Tensor)
        assert not made.requires_grad
        assert made.shape[0] == 3
    with pytest.raises(TypeError, match="ndmin="):
        np.array([a], ndmin=2, like=t)

"""NumPy's functions and methods that write in place do to a Tensor what they do to an array, with the derivative of that."""

import numpy as np
import pytest

import autograd_lite as ag

A = np.array([[0.5, -1.0, 2.0, 0.3], [1.5, -0.2, 0.7, -2.0], [0.1, 0.9, -0.6, 1.1]])
B = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
V = np.array([0.25, -0.75, 1.25])


def flat_elements(a, v):
    a.flat[2] = v[0]
    a.flat[3:6] = v
    a.flat[[7, 8]] = v[1]
    a.flat[9:] = a.flat[0]
    parts = [a.flat[:2], a.flat[:], a.flat[::2], a.flat[[0, 1]], a.flat[np.ravel(A > 0)]]
    for part in parts:  # copies
        part *= 10
    a.flat[10:] = parts[0]
    a.flat[0:2] = v[:0]  # nothing
    a.flat[[0, 1]] = []
    with pytest.raises(ValueError):
        a.flat[0] = v[:2]


def flat_as_a_whole(a, v):
    a.flat = v


def methods(a, v):
    a.sort()
    a[0].fill(v[2])
    a.put([1, 2], v[:2])
    a[1].partition(1)


PROGRAMS = {
    "copyto": (lambda a, v: np.copyto(a, v[:, None]), A),
    "copyto where": (lambda a, v: np.copyto(a, v[0], where=np.array([True, False, True, True])), A),
    "fill_diagonal": (np.fill_diagonal, A),
    "fill_diagonal with a number": (lambda a, v: np.fill_diagonal(a, v[0]), A),
    "fill_diagonal, wrapped": (lambda a, v: np.fill_diagonal(a, v[:2], wrap=True), B),
    "put": (lambda a, v: np.put(a, [0, -1, 5], v), A),
    "put, fewer values": (lambda a, v: np.put(a, [0, 19, 5], v[:2], mode="wrap"), A),
    "put of nothing": (lambda a, v: (np.put(a, [0, 1], v[:0]), np.put(a, 99, [])), A),
    "place": (lambda a, v: np.place(a, A > 0, v), A),
    "putmask": (lambda a, v: np.putmask(a, A > 0, v), A),
    "putmask of nothing": (lambda a, v: np.putmask(a, A > 0, v[:0]), A),
    "put_along_axis": (lambda a, v: np.put_along_axis(a, np.array([[0], [1], [3]]), v[:, None], 1), A),
    "put_along_axis of all": (lambda a, v: np.put_along_axis(a, np.array([0, 5, 11]), v, None), A),
    "add.at": (lambda a, v: np.add.at(a, ([0, 1, 0], [1, 1, 1]), v), A),
    "subtract.at": (lambda a, v: np.subtract.at(a, [0, 0], v[0]), A),
    "multiply.at": (lambda a, v: np.multiply.at(a, ([0, 1, 0, 0], [1, 1, 1, 1]), v[[0, 1, 2, 1]]), A),
    "divide.at a row": (lambda a, v: np.divide.at(a, [0, 2, 0], v[0] + 2), A),
    "hypot.at a mask": (lambda a, v: np.hypot.at(a, A > 0, v[0]), A),
    "power.at in order": (lambda a, v: np.power.at(a, ([1, 1], [2, 2]), np.array([2.0, 3.0])), A),
    "multiply.at by itself": (lambda a, v: np.multiply.at(a, [0, 2, 0], a), A),
    "subtract.at of itself": (lambda a, v: np.subtract.at(a, [0, 2, 0], a), A),
    "negative.at": (lambda a, v: np.negative.at(a, ([0, 1, 0], [1, 1, 1])), A),
    "maximum.at nothing": (lambda a, v: np.maximum.at(a, np.zeros(0, int), v[:1]), A),
    "flat": (flat_elements, A),
    "flat as a whole": (flat_as_a_whole, A),
    "methods": (methods, A),
}


@pytest.mark.parametrize(("program", "start"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_write_in_place_is_numpys_and_has_its_derivative(program, start):
    expected, found = start.copy(), ag.tensor(start)
    program(expected, V)
    program(found, V)  # nothing is tracked
    assert np.array_equal(found.data, expected)

    def written(a, v):
        a = a * 1.0
        program(a, v)
        return a

    assert np.array_equal(ag.vjp(written, start, V)[0], expected)
    assert ag.check_gradients(written, start, V).ok


def test_the_elements_in_one_axis_are_read_like_an_arrays():
    a = A.copy()
    t = ag.tensor(a, requires_grad=True)
    assert len(t.flat) == len(a.flat)
    assert [float(x.item()) for x in t.flat] == list(a.flat)
    assert np.array_equal(t.flat[1:3].data, a.flat[1:3])
    with pytest.raises(TypeError, match="would lose the gradient"):
        np.asarray(t.flat)


def test_a_copy_that_does_not_fit_is_refused_as_by_numpy():
    with pytest.raises(TypeError, match="casting='same_kind'"):
        np.copyto(ag.tensor([1, 2]), ag.tensor([0.5, 1.5]))


@pytest.mark.parametrize("function", [np.linalg.svd, np.roots, np.fft.fft])
def test_what_has_no_rule_computes_with_constants(function):
    x = np.array([[2.0, 1.0], [1.0, 3.0]]) if function is np.linalg.svd else np.array([1.0, -3.0, 2.0])
    for found, expected in zip(function(ag.tensor(x)), function(x)):
        assert np.array_equal(found, expected)
    with ag.no_grad():
        function(ag.tensor(x, requires_grad=True))


def test_a_cast_takes_numpys_options():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    assert t.astype(float, copy=False) is t
    assert t.astype(float) is not t
    assert t.astype(np.float32, order="C", casting="same_kind").dtype == np.float32
    with pytest.raises(TypeError, match="casting='safe'"):
        t.astype(np.float32, casting="safe")

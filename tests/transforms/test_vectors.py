"""A container as one vector and back; values as constants; derivatives by element; Jacobians by name."""

from typing import NamedTuple

import numpy as np
import pytest

import autograd_lite as ag


class Line(NamedTuple):
    slope: float
    points: np.ndarray


CONTAINER = {"w": np.arange(6.0).reshape(2, 3), "lines": [Line(0.5, np.array([1.0, -1.0])), (2.5,)], "none": None}


def test_a_vector_has_the_elements_and_goes_back():
    vector, unravel = ag.ravel(CONTAINER)
    assert np.array_equal(vector, [0, 1, 2, 3, 4, 5, 0.5, 1, -1, 2.5])
    back = unravel(vector)
    assert np.array_equal(back["w"], CONTAINER["w"])
    assert isinstance(back["lines"][0], Line)
    assert back["lines"][0].slope == 0.5
    assert back["lines"][1] == (2.5,)
    assert back["none"] is None


def test_precisions_come_back():
    vector, unravel = ag.ravel((np.ones(2, np.float32), np.float64(3.0), np.ones((), np.float16)))
    assert vector.dtype == np.float64
    assert [x.dtype for x in unravel(vector)] == [np.float32, np.float64, np.float16]
    assert ag.ravel([np.ones(2, np.float32)])[0].dtype == np.float32
    assert ag.ravel([])[0].shape == (0,)


def test_both_ways_have_derivatives():
    vector, unravel = ag.ravel(CONTAINER)

    def loss(p):
        return np.sum(p["w"] ** 3) * p["lines"][0].slope + np.sum(p["lines"][0].points ** 2) * p["lines"][1][0]

    of_vector = ag.grad(lambda x: loss(unravel(x)))(vector)
    of_container = ag.grad(loss)({"w": CONTAINER["w"], "lines": CONTAINER["lines"]})
    assert np.allclose(of_vector, ag.ravel(of_container)[0])
    assert ag.check_gradients(lambda x: loss(unravel(x)), vector, order=2).ok
    weights = np.arange(10.0)
    found = ag.grad(lambda p: ag.ravel(p)[0] @ weights)(CONTAINER)
    assert np.array_equal(found["w"], weights[:6].reshape(2, 3))
    assert found["lines"][1][0] == 9.0


@pytest.mark.parametrize(
    ("container", "what"), [({"n": 3}, "'n' is of int"), ([np.array([True])], "0 is of bool"), (3, "the value")]
)
def test_what_cannot_be_varied_is_refused_by_name(container, what):
    with pytest.raises(TypeError, match=f"{what}.*Write 3.0"):
        ag.ravel(container)


def test_a_vector_of_another_shape_is_refused():
    _, unravel = ag.ravel(CONTAINER)
    for wrong in (np.ones(9), np.ones((10, 1))):
        with pytest.raises(ValueError, match=r"must have \(10,\)"):
            unravel(wrong)


def test_no_derivative_goes_through_a_constant():
    for order in (1, 2):
        f = lambda x: x**2 * ag.stop_gradient(x**3)  # noqa: E731
        for _ in range(order):
            f = ag.grad(f)
        assert f(2.0) == {1: 2 * 2 * 8, 2: 2 * 8}[order]
    array = np.ones(2)
    assert ag.stop_gradient(array) is array
    assert ag.stop_gradient({"a": array, "b": 2.0}) == {"a": array, "b": 2.0}
    assert not ag.stop_gradient([ag.tensor(1.0, requires_grad=True)])[0].requires_grad


def test_the_derivative_of_each_element():
    x = np.linspace(0.1, 2, 5)
    assert np.allclose(ag.elementwise_grad(np.log)(x), 1 / x)
    assert np.allclose(ag.elementwise_grad(ag.elementwise_grad(np.sin))(x), -np.sin(x))
    assert np.allclose(ag.elementwise_grad(lambda a, b: a * b**2, argnums=1)(x, x), 2 * x * x)


def test_jacobians_by_name():
    x = np.array([0.5, 1.5])

    def f(x):
        return np.stack([x[0] * x[1], np.sin(x[0]), x[1] ** 2])

    expected = [[1.5, 0.5], [np.cos(0.5), 0], [0, 3.0]]
    for jacobian in (ag.jacfwd, ag.jacrev):
        assert np.allclose(jacobian(f)(x), expected)
        assert jacobian(lambda x: (f(x), "aux"), has_aux=True)(x)[1:] == ("aux",)
        with pytest.raises(TypeError, match="argnums"):
            jacobian(f, argnum=0)

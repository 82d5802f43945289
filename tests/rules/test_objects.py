"""Operands that are no numbers to NumPy: refused by the name of the call, or differentiated; never a gradient lost."""

import decimal
import fractions

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from tests.rules.checks import leaves
from tests.table import ROWS, parameter
from tests.table.row import calls

T = ag.tensor([1.0, 2.0], requires_grad=True)
OBJECTS = np.array([3.0, 4.0], dtype=object)


@pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in ROWS])
@given(data=st.data())
def test_an_object_array_never_costs_a_gradient(row, data):
    call, _ = data.draw(calls(row))
    if len(call.arrays) < 2:
        return
    i = data.draw(st.integers(0, len(call.arrays) - 1))
    of_objects = call.holding(i, np.array(call.arrays[i], dtype=object))
    of_numbers = call.holding(i, call.arrays[i])

    def total(held):
        return lambda *arrays: sum(np.sum(np.real(v)) for v in leaves(held(*arrays)))

    every = tuple(range(len(of_numbers.arrays)))
    with np.errstate(all="ignore"):
        expected = ag.grad(total(of_numbers), every)(*of_numbers.arrays)
        try:
            found = ag.grad(total(of_objects), every)(*of_numbers.arrays)
        except TypeError as error:
            found, text = None, str(error)
    if found is None:
        of_rules = getattr(row.function, "__module__", None) == "autograd_lite.rules.accurate"  # which users do not call
        assert "astype" in text or of_rules
        return
    for g, right in zip(found, expected, strict=True):
        assert np.allclose(g, right, equal_nan=True)


WAYS = {
    "a @ t": lambda a: np.array([a, a]) @ T,
    "t @ a": lambda a: T @ a,
    "a * t": lambda a: a * T,
    "t * a": lambda a: T * a,
    "t / a": lambda a: T / a,
    "t ** a": lambda a: T**a,
    "a - t": lambda a: a - T,
    "t += a": lambda a: (T * 1.0).__iadd__(a),
    "np.hypot(t, a)": lambda a: np.hypot(T, a),
    "np.arctan2(a, t)": lambda a: np.arctan2(a, T),
    "np.maximum(t, a)": lambda a: np.maximum(T, a),
    "np.where(c, t, a)": lambda a: np.where([True, False], T, a),
    "np.einsum": lambda a: np.einsum("i,i", T, a),
    "np.concatenate": lambda a: np.concatenate([T, a]),
    "np.stack": lambda a: np.stack([a, T]),
    "np.dot": lambda a: np.dot(a, T),
    "t.dot": lambda a: T.dot(a),
    "np.average(weights=)": lambda a: np.average(T, weights=a),
    "ag.tensor * a": lambda a: ag.tensor([1.0, 2.0]) * a,
}
KINDS = {
    "objects": OBJECTS,
    "time spans": np.array([1, 2], "m8[s]"),
    "dates": np.array(["2024-01-01", "2024-01-02"], "M8[D]"),
    "text": np.array(["1.0", "2.0"]),
}


@pytest.mark.parametrize("a", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_no_number_is_refused_in_words(way, a):
    with pytest.raises(TypeError, match=r"astype\(float\)|timedelta64\(1, 's'\)"):
        way(a)


@pytest.mark.parametrize("number", [decimal.Decimal(2), fractions.Fraction(1, 2)], ids=str)
def test_other_numbers_are_to_be_made_floats(number):
    for way in (lambda: T * number, lambda: number * T, lambda: T**number, lambda: np.add(T, number)):
        with pytest.raises(TypeError, match=r"float\(a\)"):
            way()


def test_the_ridge_loss_of_an_object_matrix_is_refused_and_of_numbers_is_right():
    x = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=object)

    def loss(w, x):
        return np.mean((x @ w - 1) ** 2) + 0.01 * np.sum(w * w)

    with pytest.raises(TypeError, match=r"matmul: .*astype\(float\).*to_numpy\(float\)"):
        ag.grad(loss)(np.array([0.5, 0.25]), x)
    assert np.allclose(ag.grad(loss)(np.array([0.5, 0.25]), x.astype(float)), [4.51, 6.005], rtol=1e-14)

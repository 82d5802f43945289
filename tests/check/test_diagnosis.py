"""Known mistakes are recognised, in several shapes; and nothing is said of others."""

import math

import numpy as np
import pytest

import autograd_lite as ag
from tests.check.checking import total

rng = np.random.default_rng(1)
SQUARE, TALL, ROWS = rng.normal(size=(3, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 3))
BATCH, X, BIAS = rng.normal(size=(6, 3)), rng.normal(size=7), rng.normal(size=3)
LARGE, WIDE = rng.normal(size=5000), rng.normal(size=(70, 70))
SINGLE = X.astype(np.float32)


def diagnosed(f, args, gradient):
    result = ag.check_gradients(f, *args, gradient=gradient, raise_=False)
    assert not result.ok
    return result.diagnosis


def mistakes(rows):
    return pytest.mark.parametrize(("f", "args", "gradient", "text"), rows.values(), ids=rows)


# -- places ----------------------------------------------------------------------------------------------------------------


def matrix(w):
    return np.sum(np.sin(ROWS @ w))


def matrix_gradient(w, v):
    return v * ROWS.T @ np.cos(ROWS @ w)


def gram(w):
    return np.sum(np.sin(w @ w.T / 50))


def gram_gradient(w, v):
    slope = v * np.cos(w @ w.T / 50) / 50
    return (slope + slope.T) @ w


BLOCKS = np.arange(18.0).reshape(2, 3, 3)


PLACES = {
    "2-D": (matrix, (SQUARE,), lambda w, v: matrix_gradient(w, v).T, "w: transposed: the last two axes"),
    "of many results": (lambda w: ROWS @ w, (SQUARE,), lambda w, v: (ROWS.T @ v).T, "w: transposed: the last two axes"),
    "a batch": (
        lambda w: np.sum(np.sin(w) * BLOCKS),
        (rng.normal(size=(2, 3, 3)),),
        lambda w, v: v * np.swapaxes(np.cos(w) * BLOCKS, 1, 2),
        "w: transposed: the last two axes",
    ),
    "large": (gram, (WIDE,), lambda w, v: gram_gradient(w, v).T, "w: transposed: the last two axes"),
    "reshaped": (matrix, (TALL,), lambda w, v: matrix_gradient(w, v).T.reshape(3, 2), "w: the transposed matrix in the right"),
    "Jacobian": (lambda x: SQUARE @ x, (BIAS,), lambda x, v: SQUARE @ v, "x: the Jacobian is transposed"),
    "shifted": (total, (X,), lambda x, v: np.roll(v * np.cos(x), 1), "x: shifted by one along axis 0."),
    "shifted, large": (total, (LARGE,), lambda x, v: np.roll(v * np.cos(x), -1), "x: shifted by one along axis 0."),
    "reversed": (total, (X,), lambda x, v: (v * np.cos(x))[::-1], "x: reversed along axis 0."),
    "exchanged": (lambda x, y: x * y, (X, X + 1), lambda x, y, v: (v * x, v * y), "x and y are exchanged"),
    "exchanged, large": (
        lambda x, y: np.sum(np.sin(x) * y**2),
        (LARGE, LARGE[::-1] + 1),
        lambda x, y, v: (2 * v * np.sin(x) * y, v * np.cos(x) * y**2),
        "x and y are exchanged",
    ),
    "invisible": (np.sort, (X,), lambda x, v: v, "a: the errors cancel in the sum of the results"),
}


@mistakes(PLACES)
def test_numbers_in_other_places(f, args, gradient, text):
    (found,) = diagnosed(f, args, gradient)
    assert found.startswith(text)


# -- factors ---------------------------------------------------------------------------------------------------------------

FACTORS = {
    -1: "the sign is flipped.",
    2: "2 times the derivative in every entry: added twice, or the 2 of a square.",
    -2: "-2 times the derivative in every entry: added twice",
    0.5: "0.5 times the derivative in every entry: one of two equal terms is missing",
    7: "7 times the derivative in every entry, which is the size of axis 0: a sum that should be a mean",
    1 / 7: "0.142857 times the derivative in every entry, 1 over the size of axis 0: a mean that should be a sum.",
    1 / 13: "1 over 13, perhaps the size of a batch: a mean that should be a sum.",
    32: "which is 32, perhaps the size of a batch",
    1.001: "1.001 times the derivative in every entry: a constant that is slightly off.",
    1 + 1e-5: "1.00001 times the derivative in every entry: a constant that is slightly off.",
    math.pi: "which is pi.",
    math.pi / 180: "which is pi / 180, of degrees.",
    180 / math.pi: "which is 180 / pi, of degrees.",
    math.log(2): "which is log(2), of base 2.",
    1 / math.log(10): "which is 1 / log(10), of base 10.",
    math.sqrt(math.pi) / 2: "which is sqrt(pi) / 2.",
    1 / math.sqrt(2 * math.pi): "which is 1 / sqrt(2 pi).",
    0.3711: "0.3711 times the derivative in every entry.",
}


@pytest.mark.parametrize(("factor", "text"), FACTORS.items())
def test_factors(factor, text):
    (found,) = diagnosed(lambda x: np.sum(np.sin(x) * x), (X,), lambda x, v: factor * v * (np.cos(x) * x + np.sin(x)))
    assert found.startswith("x: ")
    assert text in found


@pytest.mark.parametrize("factor", [-1, 2, 0.5, 7, 1 / 7, math.pi / 180])
def test_factors_in_single_precision(factor):
    (found,) = diagnosed(total, (SINGLE,), lambda x, v: np.float32(factor) * v * np.cos(x))
    assert FACTORS[factor].split(" times the derivative")[-1] in found


@pytest.mark.parametrize("factor", [-1, 2, 1.001, math.pi / 180])
def test_factors_in_large_inputs(factor):
    (found,) = diagnosed(total, (LARGE,), lambda x, v: factor * v * np.cos(x))
    assert FACTORS[factor] in found


def test_the_number_of_elements_of_a_large_input():
    (found,) = diagnosed(lambda x: np.mean(np.sin(x)), (LARGE,), lambda x, v: v * np.cos(x))
    assert "5000 times the derivative in every entry, which is the size of axis 0: a sum that should be a mean" in found


def test_a_factor_that_half_precision_does_not_show_gets_no_name():
    (found,) = diagnosed(total, (X.astype(np.float16),), lambda x, v: (v * np.cos(x) * 1.128).astype(np.float16))
    assert "pi" not in found


def test_a_forgotten_division_by_the_result():
    (found,) = diagnosed(np.linalg.norm, (X,), lambda x, v: v * x)
    assert "which is the value of the function" in found


def test_numbers_of_single_precision():
    (found,) = diagnosed(total, (X,), lambda x, v: v * np.cos(x).astype(np.float32).astype(float))
    assert "float32" in found


# -- sums, zeros, terms ----------------------------------------------------------------------------------------------------


def layer(b):
    return np.tanh(BATCH + b)


def layer_slope(b, v):
    return v * (1 - np.tanh(BATCH + b) ** 2)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def normalised(x):
    return (x - x.mean()) / x.std()


def without_variance(x, v):
    return (v - v.mean()) / x.std()


def without_mean(x, v):
    y = normalised(x)
    return (v - y * np.mean(v * y)) / x.std()


NORMALISATION = "x: one term is missing: the difference is in each row a constant and a multiple of the result"
DETACHED = "zero, where the function does change: detached?"
TERMS = {
    "mean over the batch": (
        layer,
        (BIAS,),
        lambda b, v: layer_slope(b, v).mean(axis=0),
        "b: 0.166667 times the derivative in ev",
    ),
    "the first row": (
        layer,
        (BIAS,),
        lambda b, v: layer_slope(b, v)[0],
        "b: only the first of the results that an entry acts on",
    ),
    "the last row": (layer, (BIAS,), lambda b, v: layer_slope(b, v)[-1], "b: only the last of the results that an entry acts on"),
    "mean of everything": (
        lambda s: np.tanh(BATCH * s),
        (0.7,),
        lambda s, v: np.mean(v * BATCH * (1 - np.tanh(BATCH * s) ** 2)),
        "s: 0.0555556 times the derivative in every entry, 1 over the number of results",
    ),
    "one argument detached": (lambda x, y: x * y, (X, X + 1), lambda x, y, v: (0 * v, v * x), f"x: {DETACHED}"),
    "detached": (total, (X,), lambda x, v: None, f"x: {DETACHED}"),
    "detached, large": (total, (LARGE,), lambda x, v: 0 * x, f"x: {DETACHED}"),
    "half of the entries": (total, (X,), lambda x, v: v * np.cos(x) * (np.arange(7) > 3), "x: zero in the wrong entries"),
    "square of the weights": (
        lambda w: matrix(w) + 0.1 * np.sum(w**2),
        (TALL,),
        matrix_gradient,
        "w: one term is missing: the difference is 0.2 times the argument itself",
    ),
    "size of the weights": (
        lambda w: matrix(w) + 0.1 * np.sum(np.abs(w)),
        (TALL,),
        matrix_gradient,
        "w: one term is missing: the difference is 0.1 times the sign of the argument",
    ),
    "square of the weights, large": (
        lambda w: gram(w) + 0.1 * np.sum(w**2),
        (WIDE,),
        gram_gradient,
        "w: one term is missing: the difference is 0.2 times the argument itself",
    ),
    "mean": (lambda x: x - x.mean(), (X,), lambda x, v: v, "x: one term is missing: the difference is -0.142857 in every entry"),
    "mean of the layer norm": (
        normalised,
        (X,),
        without_mean,
        "x: one term is missing: the difference is -0.258836 in every entry",
    ),
    "variance of the layer norm": (normalised, (X,), without_variance, NORMALISATION),
    "both of the layer norm": (normalised, (X,), lambda x, v: v / x.std(), NORMALISATION),
    "softmax": (softmax, (X,), lambda x, v: softmax(x) * v, NORMALISATION),
    "softmax of rows": (softmax, (BATCH,), lambda x, v: softmax(x) * v, NORMALISATION),
    "a factor of a product": (
        lambda x: x * np.sin(x),
        (X,),
        lambda x, v: v * x * np.cos(x),
        "x: one term is missing: the differen",
    ),
}


@mistakes(TERMS)
def test_missing_sums_and_terms(f, args, gradient, text):
    (found,) = diagnosed(f, args, gradient)
    assert found.startswith(text), found


# -- sides and stale arrays ------------------------------------------------------------------------------------------------


def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


@pytest.mark.parametrize("x", [X, LARGE], ids=["all", "directions"])
@pytest.mark.parametrize(
    ("slope", "side"),
    [(lambda x: 1.0 * (x > 0), "below 0 and right above"), (lambda x: np.full_like(x, 0.1), "above 0 and right below")],
)
def test_right_on_one_side_of_a_kink(x, slope, side):
    found = diagnosed(lambda x: np.sum(leaky(x)), (x,), lambda x, v: v * slope(x))
    assert any(f"wrong wherever the argument is {side}" in sentence for sentence in found), found


def test_a_stale_array():
    slope = np.cos(X + 0.1)
    (found,) = diagnosed(np.sin, (X,), lambda x, v: v * slope)
    assert "the gradient stays the same as the arguments change" in found


# -- silence ---------------------------------------------------------------------------------------------------------------


def but_one(factor, n=7):
    return lambda x, v: v * np.cos(x) * np.where(np.arange(n) == 2, factor, 1)


SILENT = {
    "the larger two of four": (total, (X[:4],), lambda x, v: v * np.cos(x) * np.where(x > np.median(x), [1.3, 1.7, 0.4, 0.6], 1)),
    "one sign": (total, (X,), but_one(-1)),
    "one half": (total, (X,), but_one(0.5)),
    "one of equal numbers": (np.sum, (np.ones(7),), lambda a, v: v * np.where(np.arange(7) == 2, 3.0, 1)),
    "one of equal numbers, large": (total, (np.ones(5000),), but_one(2, 5000)),
    "one of large": (total, (LARGE,), but_one(2, 5000)),
    "two, by different factors": (total, (X,), lambda x, v: but_one(0.3)(x, v) * np.where(np.arange(7) == 4, 1.7, 1)),
    "noise": (total, (X,), lambda x, v: v * np.cos(x) * (1 + 1e-3 * np.sin(100 * x))),
    "one entry of a symmetric Jacobian": (
        lambda x: (SQUARE + SQUARE.T) @ x,
        (BIAS,),
        lambda x, v: (SQUARE + SQUARE.T) @ v + np.array([1e-2, 0, 0]) * v,
    ),
    "one entry of a diagonal Jacobian": (lambda x: x * BIAS, (BIAS,), lambda x, v: v * BIAS * np.array([1, 1.5, 1])),
    "one of a matrix": (matrix, (SQUARE,), lambda w, v: matrix_gradient(w, v) + v * np.eye(3)[:, :1] * [1.0, 0, 0]),
    "another function": (total, (X,), lambda x, v: v * np.exp(x)),
}


@pytest.mark.parametrize(("f", "args", "gradient"), SILENT.values(), ids=SILENT)
def test_nothing_is_said_of_a_mistake_without_a_pattern(f, args, gradient):
    assert diagnosed(f, args, gradient) == []


def test_a_slope_in_the_wrong_entries_is_no_size_of_a_batch():
    found = diagnosed(lambda x: np.where(x > 0, x, 0.01 * x), (X,), lambda x, v: 0.01 * v)
    assert found[0] == "x: 0.01 times the derivative in the wrong entries."


def test_a_single_number_is_not_transposed():
    (found,) = diagnosed(total, (np.ones((1, 1)),), lambda x, v: 1.3 * v * np.cos(x))
    assert found == "x: 1.3 times the derivative in every entry."

"""Initialisers: the distributions that are drawn from, and the structure of what is built."""

import math

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import init
from tests.networks.distributions import assert_normal, assert_truncated_normal, assert_uniform

SHAPE = (40, 30, 5)  # 150 inputs, 200 outputs


def parameter(*shape, dtype=float):
    return nn.Parameter(np.full(shape, np.nan), dtype=dtype)


UNIFORM = {
    "uniform_": (lambda t: init.uniform_(t, -2.0, 3.0, rng=0), -2.0, 3.0),
    "uniform_, default": (lambda t: init.uniform_(t, rng=0), 0.0, 1.0),
    "xavier_uniform_": (lambda t: init.xavier_uniform_(t, 2.0, rng=0), -2 * math.sqrt(6 / 350), 2 * math.sqrt(6 / 350)),
    "kaiming_uniform_": (lambda t: init.kaiming_uniform_(t, rng=0), -math.sqrt(6 / 150), math.sqrt(6 / 150)),
    "kaiming_uniform_, linear": (
        lambda t: init.kaiming_uniform_(t, nonlinearity="linear", rng=0), -math.sqrt(3 / 150), math.sqrt(3 / 150),
    ),
    "kaiming_uniform_, a": (lambda t: init.kaiming_uniform_(t, math.sqrt(5), rng=0), -1 / math.sqrt(150), 1 / math.sqrt(150)),
}  # fmt: skip
NORMAL = {
    "normal_": (lambda t: init.normal_(t, 1.0, 2.0, rng=0), 1.0, 2.0),
    "normal_, default": (lambda t: init.normal_(t, rng=0), 0.0, 1.0),
    "xavier_normal_": (lambda t: init.xavier_normal_(t, 3.0, rng=0), 0.0, 3 * math.sqrt(2 / 350)),
    "kaiming_normal_": (lambda t: init.kaiming_normal_(t, nonlinearity="relu", rng=0), 0.0, math.sqrt(2 / 150)),
    "kaiming_normal_, fan_out": (lambda t: init.kaiming_normal_(t, 0.5, "fan_out", rng=0), 0.0, math.sqrt(2 / 1.25 / 200)),
    "kaiming_normal_, tanh": (lambda t: init.kaiming_normal_(t, nonlinearity="tanh", rng=0), 0.0, 5 / 3 / math.sqrt(150)),
}


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_are(name):
    fill, low, high = UNIFORM[name]
    assert_uniform(fill(parameter(*SHAPE)).data, low, high)


@pytest.mark.parametrize("name", NORMAL)
def test_normal_ones_are(name):
    fill, mean, std = NORMAL[name]
    assert_normal(fill(parameter(*SHAPE)).data, mean, std)


def test_normal_ones_are_truncated():
    assert_truncated_normal(init.trunc_normal_(parameter(*SHAPE), rng=0).data, 0.0, 1.0, -2.0, 2.0)
    assert_uniform(init.trunc_normal_(parameter(*SHAPE), a=0.0, b=1e-6, rng=0).data, 0.0, 1e-6)
    assert_truncated_normal(init.trunc_normal_(parameter(*SHAPE), 1.0, 2.0, -0.5, 1.5, rng=0).data, 1.0, 2.0, -0.5, 1.5)


ALL = {
    "uniform_": {}, "normal_": {}, "trunc_normal_": {}, "xavier_uniform_": {}, "xavier_normal_": {}, "kaiming_uniform_": {},
    "kaiming_normal_": {}, "orthogonal_": {}, "sparse_": {"sparsity": 0.3}, "constant_": {"val": 2.0}, "ones_": {}, "zeros_": {},
    "eye_": {},
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_values_are_written_in_place_in_the_dtype_that_is_there(name):
    function, options = getattr(init, name), ALL[name]
    for dtype in (np.float32, np.float64):
        weight = parameter(6, 4, dtype=dtype)
        inside = weight.data
        assert function(weight, **options) is weight
        assert weight.data is inside
        assert weight.dtype == dtype
        assert weight.is_leaf
        assert weight.requires_grad
        array = np.full((6, 4), np.nan, dtype)
        assert function(array, **options) is array
        assert np.isfinite([weight.data, array]).all()


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("constant_", "ones_", "zeros_", "eye_")])
def test_the_same_seed_gives_the_same_values(name):
    function, options = getattr(init, name), ALL[name]
    first, second, other = (function(np.empty((6, 4)), **options, rng=seed) for seed in (1, np.random.default_rng(1), 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    nn.manual_seed(1)
    assert np.array_equal(function(np.empty((6, 4)), **options), first)


def test_constants():
    assert init.constant_(parameter(2), 3.0).data.tolist() == [3.0, 3.0]
    assert init.ones_(parameter(2)).data.tolist() == [1.0, 1.0]
    assert init.zeros_(parameter(2)).data.tolist() == [0.0, 0.0]
    assert init.eye_(parameter(2, 3)).data.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (4, 2, 3)])
def test_orthogonal_rows_or_columns_are_at_right_angles(shape):
    w = init.orthogonal_(parameter(*shape), 2.0, rng=0).data.reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_point_in_all_directions_alike():
    rng = np.random.default_rng(0)
    corners = [init.orthogonal_(np.empty((3, 3)), rng=rng)[0, 0] for _ in range(2000)]
    assert_uniform(corners, -1.0, 1.0)  # as a coordinate on the sphere is (Archimedes)


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_kernels_keep_channels(size, groups):
    w = init.dirac_(parameter(4, 2, size), groups).data
    x = np.random.default_rng(0).standard_normal(20)
    for out in range(4):
        for channel in range(2):
            kept = np.correlate(x, w[out, channel], "valid")
            expected = x[size // 2 :][: kept.size] if channel == out % (4 // groups) else np.zeros(kept.size)
            np.testing.assert_array_equal(kept, expected)
    assert np.argwhere(init.dirac_(parameter(2, 2, 3, 5)).data).tolist() == [[0, 0, 1, 2], [1, 1, 1, 2]]


def test_sparse_columns_have_that_many_zeros():
    w = init.sparse_(parameter(50, 40), 0.33, 0.5, rng=0).data
    assert np.count_nonzero(w == 0, axis=0).tolist() == [17] * 40
    assert_normal(w[w != 0], 0.0, 0.5)
    in_rows = np.count_nonzero(w == 0, axis=1)  # which ones differs from column to column
    assert in_rows.min() > 0
    assert in_rows.max() < 40


def test_gains_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    for name in ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]:
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
    assert init.calculate_gain("leaky_relu", 0.2) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.2), rel=1e-15)
    assert {name for name in dir(torch.nn.init) if name.endswith("_") and name[0] != "_"} <= set(init.__all__)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.xavier_uniform_(parameter(3)), r"xavier_uniform_: the tensor has shape \(3,\)"),
        (lambda: init.kaiming_normal_(parameter(3)), "kaiming_normal_: the tensor has shape"),
        (lambda: init.kaiming_uniform_(parameter(3, 2), mode="fan_avg"), "mode='fan_avg'; write 'fan_in' or 'fan_out'"),
        (
            lambda: init.kaiming_uniform_(parameter(3, 2), nonlinearity="gelu"),
            "nonlinearity='gelu'; write 'leaky_relu' or",
        ),
        (lambda: init.uniform_(parameter(3), 1.0, 0.0), "uniform_: a=1.0 and b=0.0 must be finite, and b not below a"),
        (lambda: init.uniform_(parameter(3), 0.0, math.inf), "uniform_: a=0.0 and b=inf must be finite"),
        (lambda: init.normal_(parameter(3), 0.0, -1.0), "normal_: std=-1.0 must be finite and not negative"),
        (lambda: init.normal_(parameter(3), 0.0, math.nan), "normal_: std=nan must be finite"),
        (lambda: init.trunc_normal_(parameter(3), a=2.0, b=1.0), "a=2.0 and b=1.0"),
        (lambda: init.trunc_normal_(parameter(3), a=8.0, b=9.0), "leave next to nothing"),
        (lambda: init.eye_(parameter(3)), "must have two axes"),
        (lambda: init.orthogonal_(parameter(3)), "two axes or more"),
        (lambda: init.sparse_(parameter(3), 0.5), "must have two axes"),
        (lambda: init.sparse_(parameter(3, 2), 1.5), "sparsity=1.5 must be from 0 to 1"),
        (lambda: init.dirac_(parameter(3, 2)), "3, 4 or 5 axes"),
        (lambda: init.dirac_(parameter(3, 2, 3), 2), "3 channels cannot be divided into groups=2"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("make", [lambda shape, dtype: ag.tensor(np.zeros(shape, dtype)), np.zeros])
@pytest.mark.parametrize("dtype", [int, bool, np.int8])
@pytest.mark.parametrize("name", ALL)
def test_integers_hold_whole_numbers_alone(name, dtype, make):
    into = make((20, 20), dtype)
    if name in ("ones_", "zeros_", "eye_") or (name == "constant_" and dtype is not bool):
        filled = getattr(init, name)(into, **ALL[name])
        assert np.array_equal(filled, getattr(init, name)(np.empty((20, 20)), **ALL[name]))
        return
    with pytest.raises(TypeError, match=r"nn.init: an array of \w+ cannot hold such numbers. Write x.astype\(float\)"):
        getattr(init, name)(into, **ALL[name])
    assert not np.asarray(into).any()


def test_only_tensors_and_arrays_are_written_into():
    with pytest.raises(TypeError, match="writes into Tensors and arrays, not into a list"):
        init.zeros_([1.0])

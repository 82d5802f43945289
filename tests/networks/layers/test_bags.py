"""Bags: each is what its rows give by themselves, with derivatives, and PyTorch's answer where it is installed."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, wave

TABLE = wave(6, 3)
NUMBERS = np.array([4, 1, 1, 0, 5, 2, 4])
OFFSETS = np.array([0, 3, 3, 4])  # the second bag is empty
MODES = pytest.mark.parametrize("mode", ["sum", "mean", "max"])
OF_ROWS = {"sum": np.sum, "mean": np.mean, "max": np.max}
FORMS = {
    "offsets": (NUMBERS, OFFSETS, {}),
    "last offset": (NUMBERS, np.array([0, 2, 2, 7]), {"include_last_offset": True}),
    "rows": (NUMBERS[:6].reshape(3, 2), None, {}),
    "padding": (NUMBERS, OFFSETS, {"padding_idx": -5}),
    "only padding": (NUMBERS[1:3], np.array([0, 1, 2]), {"padding_idx": 1}),
    "rows of padding": (np.array([[1, 1], [1, 0]]), None, {"padding_idx": 1}),
    "no numbers": (np.zeros(0, int), np.array([0, 0]), {}),
    "no bags": (np.zeros(0, int), np.zeros(0, int), {}),
}
EACH = pytest.mark.parametrize("form", FORMS)


def members(numbers, offsets, include_last_offset=False, padding_idx=None):
    """The numbers in each bag."""
    if offsets is None:
        bags = list(numbers)
    else:
        ends = offsets if include_last_offset else [*offsets, len(numbers)]
        bags = [numbers[a:b] for a, b in zip(ends[:-1], ends[1:])]
    return [bag[bag != (-1 if padding_idx is None else padding_idx % len(TABLE))] for bag in bags]


@EACH
@MODES
def test_a_bag_is_the_sum_the_mean_or_the_largest_of_its_rows_and_an_empty_one_is_0(form, mode):
    numbers, offsets, options = FORMS[form]
    y = F.embedding_bag(numbers, TABLE, offsets, mode=mode, **options)
    expected = [OF_ROWS[mode](TABLE[bag], 0) if len(bag) else np.zeros(3) for bag in members(numbers, offsets, **options)]
    np.testing.assert_allclose(y, np.reshape(expected, (-1, 3)), rtol=1e-14)


@EACH
@MODES
def test_bags_have_derivatives(form, mode):
    numbers, offsets, options = FORMS[form]
    assert_derivatives(lambda w: np.square(F.embedding_bag(numbers, w, offsets, mode=mode, **options)), TABLE)


@pytest.mark.parametrize("form", ["offsets", "rows", "padding"])
def test_factors_of_rows_have_derivatives_and_belong_to_the_input(form):
    numbers, offsets, options = FORMS[form]
    factors = 1 + wave(*numbers.shape, start=2.0)
    assert_derivatives(
        lambda w, f: F.embedding_bag(numbers, w, offsets, mode="sum", per_sample_weights=f, **options), TABLE, factors
    )
    repeated = F.embedding_bag(numbers, TABLE, offsets, mode="sum", per_sample_weights=np.full(numbers.shape, 2.0), **options)
    np.testing.assert_allclose(repeated, 2 * F.embedding_bag(numbers, TABLE, offsets, mode="sum", **options))


@EACH
@MODES
def test_bags_are_those_of_pytorch(form, mode):
    torch = pytorch()
    numbers, offsets, options = FORMS[form]
    bags = None if offsets is None else torch.tensor(offsets)
    assert_same(
        lambda w: F.embedding_bag(numbers, w, offsets, mode=mode, **options),
        lambda w: torch.nn.functional.embedding_bag(torch.tensor(numbers), w, bags, mode=mode, **options),
        TABLE,
    )


def test_the_first_of_several_largest_rows_gets_the_gradient():
    weight = ag.tensor(np.ones((3, 1)), requires_grad=True)
    F.embedding_bag([[2, 0, 2]], weight, mode="max").sum().backward()
    assert weight.grad.tolist() == [[0.0], [0.0], [1.0]]


@MODES
def test_a_nan_is_in_its_own_bag_alone(mode):
    table = np.array([[np.nan], [1.0]])
    y = F.embedding_bag([0, 1, 1], table, [0, 2], mode=mode)
    assert np.isnan(y).tolist() == [[True], [False]]


@MODES
def test_a_module_holds_the_table_in_its_own_precision(mode):
    layer = nn.EmbeddingBag(6, 3, mode=mode, padding_idx=2, dtype=np.float32, rng=0)
    assert layer.weight.dtype == np.float32
    assert not layer.weight.data[2].any()
    y = layer(NUMBERS, OFFSETS)
    assert y.dtype == np.float32
    y.sum().backward()
    assert layer.weight.grad.dtype == np.float32
    assert not layer.weight.grad[2].any()
    assert repr(layer) == f"EmbeddingBag(6, 3, padding_idx=2, mode='{mode}')"


def test_a_table_can_be_given():
    layer = nn.EmbeddingBag.from_pretrained(TABLE, mode="sum", padding_idx=0, include_last_offset=True)
    assert isinstance(layer, nn.EmbeddingBag)
    assert not layer.weight.requires_grad
    assert np.array_equal(layer.weight.data, TABLE)
    np.testing.assert_allclose(layer([0, 1, 2], [0, 2, 3]).data, TABLE[1:3])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.embedding_bag([0, 1], TABLE), ValueError, "it must be (B, n), or (n) and offsets"),
        (lambda: F.embedding_bag([[0, 1]], TABLE, [0]), ValueError, "each row of input (1, 2) is a bag"),
        (lambda: F.embedding_bag([0, 1], TABLE, [1]), ValueError, "must begin with 0, and rise to at most 2"),
        (lambda: F.embedding_bag([0, 1], TABLE, [0, 3]), ValueError, "must begin with 0, and rise to at most 2"),
        (lambda: F.embedding_bag([0, 1], TABLE, [0, 2, 1]), ValueError, "must begin with 0, and rise"),
        (lambda: F.embedding_bag([0, 1], TABLE, [0, 1], include_last_offset=True), ValueError, "begin with 0, and rise to 2"),
        (lambda: F.embedding_bag([], TABLE, [], include_last_offset=True), ValueError, "offsets are float64[0]"),
        (lambda: F.embedding_bag([0, 1], TABLE, [0.0]), ValueError, "offsets are float64[1]"),
        (lambda: F.embedding_bag([0, 6], TABLE, [0]), IndexError, "numbers from 0 to 6, but there are 6 rows"),
        (lambda: F.embedding_bag([0.5], TABLE, [0]), TypeError, "must be integers, not float64"),
        (lambda: F.embedding_bag([0], TABLE, [0], mode="min"), ValueError, "write 'sum', 'mean' or 'max'"),
        (lambda: F.embedding_bag([0], TABLE[0], [0]), ValueError, "it must be (rows, dim)"),
        (lambda: F.embedding_bag([0], TABLE, [0], padding_idx=6), ValueError, "padding_idx=6, but there are 6 rows"),
        (lambda: F.embedding_bag([0], TABLE, [0], per_sample_weights=[1.0]), ValueError, "they go with mode='sum'"),
        (
            lambda: F.embedding_bag([0], TABLE, [0], mode="sum", per_sample_weights=[1.0, 2.0]),
            ValueError,
            "per_sample_weights of shape (2,)",
        ),
    ],
)
def test_bags_refuse_what_does_not_fit(call, error, message):
    refuses(error, call, message)

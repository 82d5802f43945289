"""Padding against PyTorch and NumPy, folding against PyTorch and as the transpose of unfolding."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, wave

PADS = {  # shape, pad, options
    "last axis": ((3,), (1, 2), {}),
    "value": ((2, 3), (1, 0, 0, 2), {"value": 1.5}),
    "less": ((4, 5), (-1, 2, -2, 0), {}),
    "reflect": ((2, 4, 5), (3, 1, 0, 2), {"mode": "reflect"}),
    "reflect, less": ((2, 3), (-1, 2), {"mode": "reflect"}),
    "replicate": ((2, 3, 2), (4, 1, 0, 2), {"mode": "replicate"}),
    "replicate, less": ((1, 2, 3, 4), (-1, 2, 3, -1), {"mode": "replicate"}),
    "circular": ((2, 3, 4), (4, 1), {"mode": "circular"}),
    "circular, less": ((1, 3, 4, 4), (-1, 1, -2, 1), {"mode": "circular"}),
}
FOLDS = {  # shape of the images, kernel, options
    "plain": ((2, 3, 4, 5), 2, {}),
    "single": ((1, 4, 3), (3, 2), {"padding": (1, 0)}),
    "uneven": ((2, 2, 6, 7), (2, 3), {"dilation": (2, 1), "padding": (1, 2), "stride": (2, 3)}),
}
EACH_PAD = pytest.mark.parametrize("name", PADS)
EACH_FOLD = pytest.mark.parametrize("name", FOLDS)


@EACH_PAD
def test_padding_is_pytorchs(name):
    shape, width, options = PADS[name]
    there = pytorch().nn.functional.pad
    assert_same(lambda x: F.pad(x, width, **options), lambda x: there(x, width, **options), wave(*shape))


@EACH_PAD
def test_padding_has_derivatives_and_is_numpys_where_nothing_is_taken_away(name):
    shape, width, options = PADS[name]
    assert_derivatives(lambda x: F.pad(x, width, **options), wave(*shape))
    if min(width) >= 0:
        pairs = [(0, 0)] * (len(shape) - len(width) // 2) + list(zip(width[-2::-2], width[::-2]))
        mode = {"replicate": "edge", "circular": "wrap"}.get(options.get("mode"), options.get("mode", "constant"))
        value = {"constant_values": options.get("value", 0)} if mode == "constant" else {}
        np.testing.assert_array_equal(F.pad(wave(*shape), width, **options), np.pad(wave(*shape), pairs, mode, **value))


def test_what_goes_around_is_what_is_left():
    x = np.arange(4.0)
    assert F.pad(x, (-1, 2), "circular").tolist() == [1, 2, 3, 1, 2]
    assert F.pad(x, (2, -1), "circular").tolist() == [1, 2, 0, 1, 2]
    assert F.pad(x[:3], (-1, 2), "reflect").tolist() == [1, 2, 1, 0]


@EACH_FOLD
def test_unfolding_and_folding_are_pytorchs(name):
    shape, kernel, options = FOLDS[name]
    torch = pytorch()
    x = wave(*shape)
    assert_same(lambda x: F.unfold(x, kernel, **options), lambda x: torch.nn.functional.unfold(x, kernel, **options), x)
    columns = F.unfold(x, kernel, **options)
    size = shape[-2:]
    assert_same(
        lambda x: F.fold(x, size, kernel, **options), lambda x: torch.nn.functional.fold(x, size, kernel, **options), columns
    )
    np.testing.assert_array_equal(nn.Unfold(kernel, **options)(x), columns)
    np.testing.assert_array_equal(nn.Fold(size, kernel, **options)(columns), F.fold(columns, size, kernel, **options))


@EACH_FOLD
def test_folding_is_the_transpose_of_unfolding(name):
    shape, kernel, options = FOLDS[name]
    x = wave(*shape)
    columns = F.unfold(x, kernel, **options)
    g = wave(*columns.shape, start=1.0)
    folded = F.fold(g, shape[-2:], kernel, **options)
    np.testing.assert_allclose(np.sum(columns * g), np.sum(x * folded), rtol=1e-12)
    assert_derivatives(lambda x: F.unfold(x, kernel, **options), x)
    assert_derivatives(lambda x: F.fold(x, shape[-2:], kernel, **options), g)


def test_convolution_is_a_product_with_the_columns():
    x, w = wave(2, 3, 5, 4), wave(6, 3, 2, 3, start=1.0)
    product = w.reshape(6, -1) @ F.unfold(x, (2, 3))
    np.testing.assert_allclose(product.reshape(2, 6, 4, 2), F.conv2d(x, w), rtol=1e-12)


def test_single_precision_stays_single():
    t = ag.tensor(np.ones((2, 4, 4), np.float32), requires_grad=True)
    y = F.fold(F.unfold(F.pad(t, (1, 1)), 2), (4, 6), 2)
    y.sum().backward()
    assert y.dtype == t.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: F.pad(np.ones(3), (1,)), "pad: pad=(1,) must be pairs of integers, at most 1"),
        (ValueError, lambda: F.pad(np.ones((1, 2)), 1), "pad: pad=1 must be pairs of integers, at most 2"),
        (ValueError, lambda: F.pad(np.ones(3), (1, 1, 1, 1)), "must be pairs of integers, at most 1 of them for shape (3,)"),
        (ValueError, lambda: F.pad(np.ones(3), (1, 1), "edge"), "pad: mode='edge'; write 'constant', 'reflect'"),
        (ValueError, lambda: F.pad(np.ones(3), (1, 1), "reflect", 2.0), "value=2.0 has no meaning with mode='reflect'"),
        (
            ValueError,
            lambda: F.pad(np.ones(3), (3, 0), "reflect"),
            "pad: mode='reflect' cannot put ((3, 0),) elements around (3,)",
        ),
        (ValueError, lambda: F.pad(np.ones(3), (-2, -2)), "with ((-2, -2),) takes more away than the lengths (3,)"),
        (ValueError, lambda: F.unfold(np.ones((1, 2, 2)), 3), "unfold: windows of (3, 3), dilation=1, do not fit into (2, 2)"),
        (ValueError, lambda: F.fold(np.ones((3, 4)), 3, 2), "fold: input has shape (3, 4), but 4 windows of (2, 2) in (3, 3)"),
        (ValueError, lambda: F.fold(np.ones((4, 3)), 3, 2), "are (N, C * 4, 4) or without N"),
    ],
)
def test_what_does_not_fit_is_refused(error, call, message):
    refuses(error, call, message)

"""Integers and bools as inputs, targets and weights: what is computed of them is what is computed of the same float64."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.rows import EACH as EACH_CLASS
from tests.networks.rows import ROWS

KINDS = {"uint8": (0, 256), "int8": (-128, 128), "int32": (-(2**31), 2**31), "bool": (0, 2)}
OWN_NUMBERS = {
    "Tanh": "NumPy's own function", "Identity": "the input itself", "Flatten": "so", "Unflatten": "so", "Dropout": "refused",
    "AlphaDropout": "refused", "FeatureAlphaDropout": "refused",
}  # fmt: skip
ROWS_OF_NUMBERS = [name for name in ROWS if name.partition(",")[0] not in OWN_NUMBERS and "spread" not in name]


def drawn(kind, array, probabilities=False):
    """Integers of all sizes in place of numbers; classes and signs stay, as integers."""
    if array.dtype.kind == "i" or set(np.unique(array)) == {-1, 1}:
        return array.astype(int)
    low, high = (0, 2) if probabilities else KINDS[kind]
    return np.random.default_rng(0).integers(low, high, array.shape).astype(kind)


@pytest.mark.filterwarnings("ignore")  # of overflow and of 0 / 0, in both
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ROWS_OF_NUMBERS)
def test_modules_compute_with_integers_as_with_float64(name, kind):
    build, arrays, differentiated = ROWS[name]
    module = build(nn, EACH_CLASS) if name.endswith("weights") else build(nn)
    module.eval()
    bounded = ("BCE", "MultiLabelSoft", "KLDiv")
    given = [
        drawn(kind, a, name.startswith(bounded) or i == (2 if "Gaussian" in name else differentiated))
        for i, a in enumerate(arrays)
    ]
    whole = [a if a.dtype == int else a.astype(float) for a in given]
    y, expected = (ag.as_tensor(module(*inputs)).data for inputs in (given, whole))
    assert y.dtype == expected.dtype
    np.testing.assert_array_equal(y, expected)


FUNCTIONS = {
    "ag.sigmoid": (ag.sigmoid, (5,)),
    "sigmoid of a Tensor": (lambda x: F.sigmoid(ag.tensor(x)), (5,)),
    "sine": (lambda x: F.sine(x, 30), (5,)),
    "pdist": (F.pdist, (3, 4)),
    "embedding_bag": (lambda x: F.embedding_bag([[0, 1], [1, 1]], x), (3, 2)),
    "embedding_bag, sum": (lambda x: F.embedding_bag([[0, 1], [1, 1]], x, mode="sum"), (3, 2)),
    "embedding_bag, max": (lambda x: F.embedding_bag([[0, 1], [1, 1]], x, mode="max"), (3, 2)),
    "rrelu": (lambda x: F.rrelu(x, training=True, rng=0), (5,)),
    "hinge": (lambda x: F.hinge_embedding_loss(x, np.int8([1, -1, 1]), 3), (3,)),
    "conv1d": (lambda x: F.conv1d(x, x), (1, 2, 6)),
    "conv_transpose1d": (lambda x: F.conv_transpose1d(x, np.swapaxes(x, 0, 1)), (1, 2, 6)),
    "fold": (lambda x: F.fold(x, (4, 4), 2), (1, 4, 9)),
    "linear": (lambda x: F.interpolate(x, 5, mode="linear", align_corners=True), (1, 2, 3)),
    "bilinear": (lambda x: F.interpolate(x, 5, mode="bilinear"), (1, 2, 3, 3)),
    "bicubic": (lambda x: F.interpolate(x, 5, mode="bicubic"), (1, 2, 3, 3)),
    "area": (lambda x: F.interpolate(x, 2, mode="area"), (1, 2, 3, 3)),
    "affine_grid": (lambda x: F.affine_grid(x, (1, 1, 2, 3)), (1, 2, 3)),
    "batch_norm": (lambda x: F.batch_norm(x, None, None, training=True), (5, 3)),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x, x), (1, 3, 4)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_compute_with_integers_as_with_float64(name, kind):
    function, shape = FUNCTIONS[name]
    x = drawn(kind, np.zeros(shape))
    y, expected = ag.as_tensor(function(x)).data, ag.as_tensor(function(x.astype(float))).data
    assert y.dtype == expected.dtype
    np.testing.assert_array_equal(y, expected)

"""Resampling: what a mean of neighbours must give, and PyTorch's answers where it is installed."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F

RNG = np.random.default_rng(0)
SERIES, IMAGE = RNG.normal(size=(2, 3, 7)), RNG.normal(size=(2, 3, 5, 6))
MODES = [
    (x, mode, corners)
    for x, own in ((SERIES, ("linear",)), (IMAGE, ("bilinear", "bicubic")))
    for modes in (("nearest", "nearest-exact", "area", *own),)
    for mode in modes
    for corners in ((None, True, False) if "linear" in mode or mode == "bicubic" else (None,))
]  # fmt: skip
SIZES = [{"size": 4}, {"size": 13}, {"scale_factor": 2}, {"scale_factor": 1.7}, {"scale_factor": 0.6}]
SIZES.append({"scale_factor": 1.7, "recompute_scale_factor": True})
EACH = pytest.mark.parametrize(("x", "mode", "corners"), MODES)


@EACH
@pytest.mark.parametrize("sizes", SIZES)
def test_resampling_is_pytorchs(x, mode, corners, sizes):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.interpolate(torch.tensor(x), mode=mode, align_corners=corners, **sizes)
    assert np.allclose(F.interpolate(x, mode=mode, align_corners=corners, **sizes), theirs.numpy(), atol=1e-12)


@EACH
def test_what_is_the_same_everywhere_stays_so_and_gradients_are_right(x, mode, corners):
    y = F.interpolate(np.ones_like(x), 9, mode=mode, align_corners=corners)
    assert np.allclose(y, 1)
    assert y.shape[2:] == (9,) * (x.ndim - 2)
    assert np.allclose(F.interpolate(x, x.shape[2:], mode=mode, align_corners=corners), x)
    assert ag.check_gradients(lambda t: (F.interpolate(t, 4, mode=mode, align_corners=corners) ** 2).sum(), x).ok
    assert nn.Upsample(9, mode=mode, align_corners=corners)(x.astype(np.float32)).dtype == np.float32


def test_straight_lines_stay_straight():
    line = np.linspace(0, 1, 5).reshape(1, 1, 5)
    assert np.allclose(F.interpolate(line, 17, mode="linear", align_corners=True).ravel(), np.linspace(0, 1, 17))


@pytest.mark.parametrize("r", [1, 2, 3])
def test_shuffling_and_back_is_nothing(r):
    x = RNG.normal(size=(2, 2 * r * r, 3, 4))
    shuffled = nn.PixelShuffle(r)(x)
    assert shuffled.shape == (2, 2, 3 * r, 4 * r)
    assert np.array_equal(nn.PixelUnshuffle(r)(shuffled), x)
    assert np.array_equal(shuffled[:, 0, 0, :r], x[:, :r, 0, 0])


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        (SERIES, {"size": 3, "mode": "bilinear"}, "mode"),
        (IMAGE, {"size": 3, "scale_factor": 2}, "one of them"),
        (IMAGE, {}, "one of them"),
        (IMAGE, {"size": (3,)}, "axes"),
        (IMAGE, {"size": 2.5}, "^interpolate: size=2.5 must be a whole number of at least 1"),
        (IMAGE, {"size": (3, 2.0)}, "^interpolate: size=2.0 must be a whole number of at least 1"),
        (IMAGE, {"size": 3, "align_corners": True}, "align_corners"),
        (IMAGE, {"size": 3, "mode": "bilinear", "antialias": True}, "antialias"),
        (IMAGE, {"scale_factor": 0.01}, "leaves nothing"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(x, options, words):
    with pytest.raises(ValueError, match=words):
        F.interpolate(x, **options)
    with pytest.raises(ValueError, match="pixel_shuffle"):
        F.pixel_shuffle(SERIES, 2)


@pytest.mark.parametrize("shape", [(1, 3), (1, 2, 3, 4, 5)])
def test_images_of_other_dimensions_are_refused_with_what_to_write(shape):
    with pytest.raises(ValueError, match=r"it must be \(N, C, L\) or \(N, C, H, W\). Move a third dimension into the channels"):
        F.interpolate(np.ones(shape), size=3)

"""Images at places between their elements: what a mean of neighbours must give, derivatives, and PyTorch's answers."""

import numpy as np
import pytest

import autograd_lite as ag
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, wave

IMAGE = wave(2, 3, 4, 5)
GRID = 1.9 * wave(2, 3, 2, 2, start=0.3)  # also beyond the image, on all sides
WAYS = [
    (mode, padding, corners)
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection")
    for corners in (False, True)
]
EACH = pytest.mark.parametrize(("mode", "padding", "corners"), WAYS)


def unmoved(size, corners):
    return F.affine_grid(np.broadcast_to(np.eye(2, 3), (size[0], 2, 3)), size, corners)


@EACH
@pytest.mark.parametrize("scale", [1, 40])
def test_sampling_is_pytorchs(mode, padding, corners, scale):
    torch, way = pytorch(), (mode, padding, corners)
    places = torch.tensor(scale * GRID)
    if mode == "nearest":  # of which places have no gradient
        sample = torch.nn.functional.grid_sample
        assert_same(lambda x: F.grid_sample(x, scale * GRID, *way), lambda x: sample(x, places, *way), IMAGE)
        return
    assert_same(
        lambda x, places: F.grid_sample(x, places, *way),
        lambda x, places: torch.nn.functional.grid_sample(x, places, *way),
        IMAGE,
        scale * GRID,
    )


@EACH
def test_sampling_has_derivatives(mode, padding, corners):
    assert_derivatives(lambda x, places: F.grid_sample(x, places, mode, padding, corners), IMAGE[:1, :1, :3, :3], GRID[:1, :1])


@EACH
def test_an_image_at_its_own_places_is_itself(mode, padding, corners):
    np.testing.assert_allclose(F.grid_sample(IMAGE, unmoved(IMAGE.shape, corners), mode, padding, corners), IMAGE, atol=1e-14)


@EACH
def test_a_quarter_turn_is_that_of_numpy(mode, padding, corners):
    square = IMAGE[..., :4]
    turn = np.broadcast_to(np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]), (2, 2, 3))
    turned = F.grid_sample(square, F.affine_grid(turn, square.shape, corners), mode, padding, corners)
    np.testing.assert_allclose(turned, np.rot90(square, 1, (2, 3)), atol=1e-13)


@pytest.mark.parametrize(("padding", "beyond"), [("zeros", [0, 0, 0]), ("border", [3, 3, 1]), ("reflection", [2, 1, 2])])
def test_beyond_the_image_are_zeros_its_border_or_its_reflection(padding, beyond):
    row = np.array([[[[1.0, 2.0, 3.0]]]])
    places = np.array([[[[2.0, 0.0], [3.0, 0.0], [-4.0, 0.0]]]])  # elements 3, 4 and -3, of 0 to 2
    assert F.grid_sample(row, places, "bilinear", padding, True).ravel().tolist() == beyond


@EACH
def test_sampling_of_arrays_gives_arrays_in_their_precision(mode, padding, corners):
    x, places = IMAGE.astype(np.float32), GRID.astype(np.float32)
    assert F.grid_sample(x, places, mode, padding, corners).dtype == np.float32
    t = ag.tensor(x, requires_grad=True)
    F.grid_sample(t, places, mode, padding, corners).sum().backward()
    assert t.grad.dtype == np.float32


def test_what_is_infinite_beyond_a_place_does_not_reach_it():
    image = np.array([[[[1.0, np.inf]]]])
    assert F.grid_sample(image, np.array([[[[-3.0, 0.0]]]])).item() == 0


@pytest.mark.filterwarnings("ignore:Since version 1.3.0, affine_grid")
@pytest.mark.parametrize("corners", [None, False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 1, 1), (2, 2, 1, 3)])
def test_grids_are_those_of_pytorch_and_have_derivatives(size, corners):
    torch = pytorch()
    theta = wave(2, 2, 3)
    assert_same(
        lambda t: F.affine_grid(t, size, corners), lambda t: torch.nn.functional.affine_grid(t, size, bool(corners)), theta
    )
    assert_derivatives(lambda t: np.square(F.affine_grid(t, size, corners)), theta)
    assert F.affine_grid(theta.astype(np.float32), size, corners).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.grid_sample(IMAGE[0], GRID), "they must be (N, C, H, W) and"),
        (lambda: F.grid_sample(IMAGE, GRID[..., :1]), "(N, H_out, W_out, 2)"),
        (lambda: F.grid_sample(IMAGE[:1], GRID), "grid (2, 3, 2, 2)"),
        (lambda: F.grid_sample(IMAGE[None], GRID[None]), "Volumes are not offered"),
        (lambda: F.grid_sample(IMAGE, GRID, "linear"), "write 'bilinear', 'nearest' or 'bicubic'"),
        (lambda: F.grid_sample(IMAGE, GRID, padding_mode="zero"), "'zeros', 'border' or 'reflection'"),
        (lambda: F.grid_sample(IMAGE, np.where(GRID > 1, np.nan, GRID)), "places that are infinite or nan"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), 4), "size is (4,)"),
        (lambda: F.affine_grid(np.eye(2, 3), (1, 1, 2, 2)), "theta has shape (2, 3)"),
        (lambda: F.affine_grid(np.ones((1, 3, 4)), (1, 1, 2, 2, 2)), "Volumes are not offered"),
        (lambda: F.affine_grid(np.ones((1, 2, 3)), (2, 1, 2, 2)), "size is (2, 1, 2, 2)"),
    ],
)
def test_sampling_refuses_what_does_not_fit(call, message):
    refuses(ValueError, call, message)

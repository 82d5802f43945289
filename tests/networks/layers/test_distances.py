"""Distances against PyTorch and against sums written out."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, wave


@pytest.mark.parametrize("p", [0.0, 1.0, 1.5, 2.0, 3.0, np.inf])
def test_distances_of_all_pairs_are_pytorchs(p):
    torch = pytorch()
    assert_same(lambda x: F.pdist(x, p), lambda x: torch.nn.functional.pdist(x, p), wave(5, 3))


def test_distances_of_all_pairs_are_those_of_two_rows():
    x = wave(4, 3)
    expected = [np.linalg.norm(x[i] - x[j]) for i in range(4) for j in range(i + 1, 4)]
    np.testing.assert_allclose(F.pdist(x), expected)
    assert_derivatives(F.pdist, x)
    assert F.pdist(x[:1]).shape == (0,)
    assert F.pdist(ag.tensor(x.astype(np.float32))).dtype == np.float32


def test_equal_rows_have_distance_0_and_gradient_0():
    t = ag.tensor(np.ones((2, 3)), requires_grad=True)
    F.pdist(t).sum().backward()
    assert not t.grad.any()


@pytest.mark.parametrize(("a", "b", "dim"), [((1, 2, 3), (2, 1, 3), -2), ((2, 3), (3,), 1), ((4, 1), (4, 5), 1), ((), (), 0)])
def test_cosines_of_broadcast_vectors_are_those_of_whole_ones(a, b, dim):
    torch = pytorch()
    theirs = torch.nn.functional.cosine_similarity
    arrays = wave(*a, start=0.3), wave(*b, start=2.0)
    if a and dim == 1 and len(b) == 1:
        dim = -1
    assert_same(lambda x, y: F.cosine_similarity(x, y, dim), lambda x, y: theirs(x, y, dim), *arrays)


def test_a_number_is_a_vector_of_one_element():
    assert F.normalize(np.array(-3.0), dim=0) == -1.0


def test_what_is_no_list_of_rows_is_refused():
    refuses(ValueError, lambda: F.pdist(np.ones(3)), "pdist: input has shape (3,) and p=2.0; they must be (N, M)")
    refuses(ValueError, lambda: F.pdist(np.ones((3, 2)), -1.0), "and p=-1.0")


@pytest.mark.parametrize("given", [np.asarray, ag.Tensor])
@pytest.mark.parametrize("name", ["pairwise_distance", "cosine_similarity"])
@pytest.mark.parametrize("shapes", [((4, 3), (4, 2)), ((2, 3), (2, 4)), ((3, 2), (4, 2)), ((2, 4, 3), (3, 3)), ((3,), (2, 4))])
def test_vectors_of_other_lengths_or_numbers_are_refused_with_both_shapes(name, shapes, given):
    with pytest.raises(ValueError) as error:
        getattr(F, name)(given(np.ones(shapes[0])), np.ones(shapes[1]))
    assert str(error.value) == f"{name}: x1 has shape {shapes[0]} and x2 has shape {shapes[1]}; they must broadcast to one shape."


OF_ORDER = {
    "normalize": lambda x, p: F.normalize(x, p),
    "pairwise_distance": lambda x, p: F.pairwise_distance(x, x[::-1], p),
    "PairwiseDistance": lambda x, p: nn.PairwiseDistance(p)(x, x[::-1]),
    "pdist": lambda x, p: F.pdist(x, p),
    "triplet_margin_loss": lambda x, p: F.triplet_margin_loss(x, x[::-1], x + 1, p=p),
}


@pytest.mark.parametrize("of", [np.asarray, ag.tensor])
@pytest.mark.parametrize("name", OF_ORDER)
def test_an_order_that_would_lose_its_gradient_is_refused(name, of):
    x, p = of(wave(4, 3)), ag.tensor(3.0, requires_grad=True)
    refuses(TypeError, lambda: OF_ORDER[name](x, p), "there is no derivative with respect to 'p'")
    np.testing.assert_array_equal(ag.as_tensor(OF_ORDER[name](x, p.detach())).data, OF_ORDER[name](wave(4, 3), 3.0))


@pytest.mark.parametrize("name", ["normalize", "cosine_similarity"])
def test_an_axis_that_is_not_there_is_refused_by_name(name):
    x = np.array([3.0, 4.0])
    given = (x,) if name == "normalize" else (x, x)
    refuses(ValueError, lambda: getattr(F, name)(*given), f"{name}: dim=1, and the input has shape (2,). Write dim=-1")

"""Linear algebra at its corners: singular, degenerate and badly conditioned matrices, triangles, several results."""

import itertools
import math

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.strategies import positive_definite, symmetric, well_conditioned

L = np.linalg
RNG = np.random.default_rng(3)


def orthogonal(n):
    return L.qr(np.random.default_rng(n).normal(size=(n, n)))[0]


def with_eigenvalues(*w):
    q = orthogonal(len(w))
    a = q * np.array(w) @ q.T
    return (a + a.T) / 2


# -- determinants at every rank ------------------------------------------------------------------------------------------


def leibniz(a):
    """The determinant as a sum over permutations: a polynomial, right at every rank and to every order."""
    n = a.shape[-1]
    total = 0.0
    for order in itertools.permutations(range(n)):
        sign = (-1) ** sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term = sign
        for i, j in enumerate(order):
            term = term * a[i, j]
        total = total + term
    return total


def of_rank(n, rank, small=0.0):
    u, v = orthogonal(n), orthogonal(n + 10)[:n, :n]
    v = L.qr(v)[0]
    return u * np.where(np.arange(n) < rank, 1.5, small) @ v


SINGULAR = {
    f"{n} x {n} of rank {rank}": of_rank(n, rank) for n in (2, 3, 4) for rank in {n, n - 1, n - 2, 0}
} | {"nearly singular": of_rank(3, 2, 1e-9), "exact zeros": np.diag([0.0, 0.0, 2.0])}  # fmt: skip


@pytest.mark.parametrize("a", SINGULAR.values(), ids=SINGULAR)
def test_the_determinant_has_its_derivatives_of_every_order_at_every_rank(a):
    v, w = np.random.default_rng(1).normal(size=(2, *a.shape))

    def orders(f):
        yield ag.grad(f)(a)
        yield ag.hvp(f)(a, v)
        yield ag.hvp(lambda x: np.sum(ag.hvp(f)(x, v) * w))(a, w) if a.shape[-1] < 4 else np.zeros(1)

    for found, expected in zip(orders(L.det), orders(leibniz)):
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-13 * max(1, np.abs(expected).max()))


def test_a_batch_of_determinants_may_hold_any_rank():
    batch = np.stack([of_rank(3, k) for k in (0, 1, 2, 3)])
    found = ag.grad(lambda a: np.sum(L.det(a)))(batch)
    np.testing.assert_allclose(found, [ag.grad(leibniz)(a) for a in batch], atol=1e-14)


# -- degenerate values ---------------------------------------------------------------------------------------------------

DOUBLE, UNIT = with_eigenvalues(1, 1, 2, 3), np.eye(3)


@pytest.mark.parametrize("a", [DOUBLE, UNIT], ids=["1, 1, 2, 3", "identity"])
def test_values_alone_have_a_first_derivative_at_equal_eigenvalues(a):
    found = ag.grad(lambda a: np.sum(np.exp(L.eigvalsh(a))))(a)
    w, v = L.eigh(a)
    expected = v * np.exp(w) @ v.T
    np.testing.assert_allclose(found, np.tril(2 * expected) - np.diag(np.diag(expected)), rtol=0, atol=1e-13)


def through_vectors(b):
    def f(a):
        w, v = L.eigh((a + a.T) / 2)
        return np.sum(b * (v * np.exp(w) @ v.T))

    return f


@pytest.mark.parametrize("a", [DOUBLE, UNIT], ids=["1, 1, 2, 3", "identity"])
def test_what_needs_vectors_of_equal_eigenvalues_is_nan_not_a_number(a):
    b = RNG.normal(size=a.shape)
    assert np.isnan(ag.grad(through_vectors(b))(a)).any()
    assert np.isnan(ag.hvp(lambda a: np.sum(np.exp(L.eigvalsh(a))))(a, b)).any()


def test_vectors_of_other_eigenvalues_are_right_beside_equal_ones():
    a, direction = with_eigenvalues(1, 2, 3, 3), RNG.normal(size=(4, 4))
    direction = direction + direction.T

    def simple(a):
        v = L.eigh(a)[1][:, :2]
        return v[:, 0] ** 2 * v[:, 1] ** 2

    h = 1e-5
    slope = (simple(a + h * direction) - simple(a - h * direction)) / (2 * h)
    np.testing.assert_allclose(ag.jvp(simple, (a,), (direction,))[1], slope, atol=1e-8)
    g = ag.grad(lambda a: np.sum(simple(a)))(a)
    np.testing.assert_allclose(np.sum(g * direction), slope.sum(), atol=1e-8)


@pytest.mark.parametrize("f", [lambda x: L.norm(x, "nuc"), lambda x: np.sum(L.svdvals(x))], ids=["nuc", "svdvals"])
def test_the_nuclear_norm_of_low_rank_has_its_least_subgradient(f):
    u, v = orthogonal(6)[:, :2], orthogonal(4)[:, :2]
    a = u * [3.0, 1.0] @ v.T
    np.testing.assert_allclose(ag.grad(f)(a), u @ v.T, atol=1e-14)
    assert np.isnan(ag.hvp(f)(a, a)).any()
    assert np.array_equal(ag.grad(f)(0 * a), 0 * a)


def test_the_largest_singular_values_share():
    assert np.allclose(ag.grad(lambda x: L.norm(x, 2))(2 * UNIT), UNIT / 3)
    assert np.allclose(ag.grad(lambda x: L.norm(x, -2))(2 * UNIT), UNIT / 3)


@pytest.mark.parametrize("f", [lambda a: L.pinv(a), lambda a: L.lstsq(a, np.arange(6.0), rcond=None)[0]], ids=["pinv", "lstsq"])
def test_at_a_lower_rank_the_derivative_is_that_along_matrices_of_this_rank(f):
    x, y = RNG.normal(size=(6, 2)), RNG.normal(size=(2, 4))
    dx, dy = RNG.normal(size=x.shape), RNG.normal(size=y.shape)
    h = 1e-5
    slope = (f((x + h * dx) @ (y + h * dy)) - f((x - h * dx) @ (y - h * dy))) / (2 * h)
    found = ag.jvp(lambda x, y: f(x @ y), (x, y), (dx, dy))[1]
    np.testing.assert_allclose(found, slope, atol=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("ord", [0.5, 1.5, 2, 3, 3.5, -1, "fro", "nuc"])
def test_a_norm_has_no_second_derivative_at_0(ord):
    x = np.zeros((2, 3) if isinstance(ord, str) else 3)
    with np.errstate(all="ignore"):  # of 1 / 0 NumPy warns itself
        assert np.isnan(ag.hvp(lambda x: L.norm(x, ord))(x, np.ones_like(x))).all()


def test_a_matrix_with_too_few_eigenvectors_has_no_derivative():
    assert np.isnan(ag.grad(lambda a: np.sum(L.eigvals(a) ** 2).real)(np.array([[1.0, 1.0], [0.0, 1.0]]))).any()


def test_qr_of_a_lower_rank_has_no_derivative():
    assert np.isnan(ag.grad(lambda a: np.sum(L.qr(a)[0]))(np.ones((3, 2)))).any()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 3, 0)])
def test_nothing_changes_with_an_empty_matrix(shape):
    assert ag.grad(lambda a: sum(np.sum(part**3) for part in L.svd(a)))(np.empty(shape)).shape == shape


def test_a_loss_of_an_arbitrary_basis_is_refused_and_of_its_space_is_right():
    a = RNG.normal(size=(5, 2))
    with pytest.raises(ValueError, match=r"complement.*full_matrices=False"):
        ag.grad(lambda a: np.sum(L.svd(a)[0] ** 3))(a)

    def outside(a):
        c = L.svd(a)[0][:, 2:]
        return np.sum(np.sin(c @ c.T))

    def by_projection(a):
        return np.sum(np.sin(np.eye(5) - a @ L.pinv(a)))

    np.testing.assert_allclose(ag.grad(outside)(a), ag.grad(by_projection)(a), atol=1e-13)
    v = RNG.normal(size=a.shape)
    np.testing.assert_allclose(ag.hvp(outside)(a, v), ag.hvp(by_projection)(a, v), atol=1e-11)


# -- conditioning, triangles, results ------------------------------------------------------------------------------------


def test_a_badly_conditioned_system_loses_no_more_digits_than_its_condition():
    n = 8
    a = 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0)  # Hilbert's matrix
    from mpmath import mp

    with mp.workdps(60):
        exact = np.array((mp.matrix(a.tolist()) ** -1).tolist(), dtype=object).astype(float)
    found = ag.grad(lambda b: np.sum(L.solve(a, b)))(np.ones(n))
    error = np.abs(found - exact.sum(0)).max() / np.abs(exact.sum(0)).max()
    assert error < 1e-16 * L.cond(a)


@pytest.mark.parametrize("function", [L.eigvalsh, lambda a: L.eigh(a)[0], L.cholesky], ids=["eigvalsh", "eigh", "cholesky"])
def test_the_triangle_that_is_not_read_has_gradient_0(function):
    a = positive_definite()(RNG, (3, 3))
    found = ag.grad(lambda a: np.sum(function(a) ** 3))(a)
    assert not np.triu(found, 1).any()
    assert found[np.tril_indices(3)].all()


@pytest.mark.parametrize("name", ["eigh", "eig", "svd", "qr", "slogdet"])
def test_results_come_in_numpys_named_tuple(name):
    a = symmetric()(RNG, (3, 3))
    found, expected = getattr(L, name)(ag.tensor(a)), getattr(L, name)(a)
    assert type(found) is type(expected)
    assert found._fields == expected._fields
    assert all(np.array_equal(t.data, x) for t, x in zip(found, expected, strict=True))


def test_a_result_that_is_not_used_costs_no_derivative():
    """The values of eigh alone have derivatives where their vectors have none."""
    t = ag.tensor(np.eye(3), requires_grad=True)
    w, _ = L.eigh(t)
    w.sum().backward()
    assert np.array_equal(t.grad, np.eye(3))


def test_results_of_one_call_are_freed_kept_and_walked_as_any():
    t = ag.tensor(symmetric()(RNG, (3, 3)), requires_grad=True)
    w, v = L.eigh(t)
    w.sum().backward(retain_graph=True)
    (v * v).sum().backward()
    assert repr(w.node) == "<eigh float64[3]>"
    assert repr(w.node.edges[0][0]) == "<eigh float64 with 2 results>"
    with pytest.raises(RuntimeError, match="'eigh', several results: an earlier backward pass"):
        w.sum().backward()
    x = ag.tensor(symmetric()(RNG, (3, 3)), requires_grad=True)
    w = L.eigh(x).eigenvalues
    x.data[0, 0] = 3.0
    w = L.eigh(x)[0]
    with ag.no_grad():
        assert L.eigh(x)[0].node is None


def test_least_squares_returns_what_numpy_returns():
    a, b = well_conditioned()(RNG, (4, 2)), RNG.normal(size=4)
    x, residuals, rank, s = L.lstsq(ag.tensor(a, requires_grad=True), b, rcond=None)
    assert rank == 2
    assert x.requires_grad
    assert residuals.shape == (1,)
    assert s.shape == (2,)


def test_powers_and_conditions_are_numpys():
    a = well_conditioned()(RNG, (3, 3))
    for n in range(-4, 9):
        assert np.array_equal(L.matrix_power(ag.tensor(a), n).data, L.matrix_power(a, n))
    for singular in (np.zeros((2, 2)), np.ones((2, 2))):
        assert float(L.cond(ag.tensor(singular))) == L.cond(singular)


REFUSED = {
    "raw factors": (lambda t: L.qr(t, "raw"), r"qr of .*: mode='raw'.*np\.linalg\.qr\(a\)"),
    "columns beyond": (lambda t: L.qr(t[:, :1], "complete"), "qr of .*: mode='complete'.*arbitrary"),
    "a singular system": (lambda t: L.solve(t * 0, np.ones(2)), "solve of .*Singular matrix"),
    "half precision": (lambda t: L.inv(t.astype(np.float16)), "inv of float16"),
    "shapes": (lambda t: L.solve(t, np.ones(3)), "solve of"),
}


@pytest.mark.parametrize(("call", "text"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_what_and_why(call, text):
    with pytest.raises((ValueError, TypeError), match=text):
        call(ag.tensor([[1.0, 2.0], [0.0, 1.0]], requires_grad=True))


def test_sizes_of_none():
    empty = np.zeros((0, 0))
    for function in (L.det, lambda a: np.sum(L.inv(a)), lambda a: np.sum(L.eigvalsh(a)), lambda a: L.slogdet(a)[1]):
        assert ag.grad(function)(empty).shape == (0, 0)
    assert math.prod(ag.grad(lambda a: np.sum(L.svdvals(a)))(np.zeros((0, 2))).shape) == 0


VECTORS = {
    "eigh": lambda z: np.linalg.eigh(z + np.conj(z.mT))[1],
    "eig": lambda z: np.linalg.eig(z)[1],
    "svd": lambda z: np.linalg.svd(z)[0],
}


@pytest.mark.parametrize("vectors", VECTORS.values(), ids=VECTORS)
def test_forward_derivatives_that_depend_on_phases_are_refused_as_backward_ones_are(vectors):
    rng = np.random.default_rng(3)
    a, v, g = rng.normal(size=(3, 3, 3)) + 1j * rng.normal(size=(3, 3, 3))
    for derivative in (
        lambda f: ag.vjp(f, a)[1](g),
        lambda f: ag.jvp(f, (a,), (v,)),
        lambda f: ag.jacobian(lambda x, y: f(x + 1j * y), (0, 1), mode="forward")(a.real, a.imag),
    ):
        with pytest.raises(ValueError, match="phases of complex vectors"):
            derivative(vectors)
    sizes = ag.jvp(lambda z: np.abs(vectors(z)), (a,), (v,))[1]
    moved = (np.abs(vectors(a + 1e-6 * v)) - np.abs(vectors(a - 1e-6 * v))) / 2e-6
    np.testing.assert_allclose(sizes, moved, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("batch", [(), (2,)])
def test_singular_values_that_are_cut_off_and_are_no_rounding_errors_are_refused(batch):
    """Their gradient was that of a matrix without them, in silence."""
    a = np.broadcast_to(np.array([[1.1, 0.1], [0.1, 0.101]]), (*batch, 2, 2)).copy()
    with pytest.raises(np.linalg.LinAlgError, match=r"pinv: a singular value of 0\.09.* is left out"):
        ag.grad(lambda a: np.sum(np.linalg.pinv(a, rcond=0.5)))(a)
    if not batch:
        for by in (lambda a: np.linalg.lstsq(a, np.ones(2), rcond=0.5)[0], lambda b: np.linalg.lstsq(a, b[0], rcond=0.5)[0]):
            with pytest.raises(np.linalg.LinAlgError, match=r"lstsq: a singular value of 0\.09"):
                ag.grad(lambda x, by=by: np.sum(by(x)))(a)


def test_what_a_rank_deficient_matrix_leaves_out_is_a_rounding_error():
    a = np.outer([1.0, 2.0, 3.0], [1.0, 0.3]) @ np.array([[1.0, 0.2], [0.1, 1.0]])
    inverse = np.linalg.pinv(a, rcond=1e-10)
    np.testing.assert_allclose(ag.grad(lambda a: np.sum(a * np.linalg.pinv(a, rcond=1e-10).mT))(a), 0, atol=1e-12)  # the rank
    assert np.all(np.isfinite(ag.grad(lambda a: np.sum(np.linalg.pinv(a, rcond=1e-10) * inverse))(a)))


def test_the_sum_of_complex_eigenvalues_has_the_second_derivative_0():
    """What cancelled were rounding errors, of which some were taken for phases of vectors."""
    rng = np.random.default_rng(0)
    for a in rng.normal(size=(20, 3, 3)):
        assert np.abs(ag.hessian(lambda a: np.sum(np.linalg.eigvals(a)).real)(a)).max() < 1e-8

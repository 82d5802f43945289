"""autograd_lite.scipy.linalg: SciPy's values and options, and derivatives of first and second order that agree with them."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.strategies import positive_definite, symmetric, well_conditioned
from tests.rules.checks import gradient_is_the_derivative
from tests.table.row import Call

pytest.importorskip("scipy", reason="SciPy is not installed: python -m pip install 'autograd-lite[scipy]'")
import scipy.linalg

from autograd_lite.scipy import linalg
from autograd_lite.scipy.options import by_scipys_formula
from tests.scipy.holding import holds

RNG = np.random.default_rng(11)
A, B = well_conditioned()(RNG, (3, 3)), RNG.normal(size=(3, 2))
P, Q = positive_definite()(RNG, (3, 3)), positive_definite()(RNG, (3, 3)) + np.eye(3)
S, TALL, WIDE = symmetric()(RNG, (3, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=(2, 4))
X, Y = RNG.uniform(0.5, 2, 3), RNG.normal(size=2)
STABLE = A / (2 * np.abs(np.linalg.eigvals(A)).max())
C = A + 1j * S
HERMITIAN = P + 1j * (A - A.T) / 3
R2 = np.array([[2.0, 0.3], [0.3, 1.5]])
BANDS = np.stack([np.full(4, 0.3), np.linspace(0.4, 0.7, 4), np.linspace(2, 3, 4)])


def numbers(t):
    """All results but constants, such as permutations and ranks, and what is empty."""
    return tuple(x for x in t if getattr(x, "dtype", np.dtype(int)).kind in "fc" and np.size(x)) if isinstance(t, tuple) else t


# function, arrays, options
ROWS = {
    "solve upper triangle": ("solve", (A, B), {"assume_a": "upper triangular"}),
    "solve diagonal": ("solve", (A + 2 * np.eye(3), B), {"assume_a": "diagonal"}),
    "solve pos lower": ("solve", (P, B), {"assume_a": "pos", "lower": True, "check_finite": False, "overwrite_b": True}),
    "solve_triangular unit": ("solve_triangular", (A, B), {"unit_diagonal": True, "check_finite": False}),
    "solveh_banded": ("solveh_banded", (BANDS, X[[0, 1, 2, 0]]), {}),
    "solveh_banded lower": ("solveh_banded", (BANDS[::-1].copy(), TALL), {"lower": True}),
    "cholesky unchecked": ("cholesky", (P,), {"lower": True, "overwrite_a": True, "check_finite": False}),
    "inv": ("inv", (A,), {"check_finite": False}), "det": ("det", (A,), {"overwrite_a": True}),
    "lstsq": ("lstsq", (TALL, TALL[:, :2] + 1), {}), "lstsq of a vector": ("lstsq", (TALL, X[[0, 1, 2, 0]]), {"cond": 1e-9}),
    "pinv": ("pinv", (TALL,), {}), "norm": ("norm", (A, ), {"ord": "nuc"}),
    "lu": ("lu", (A,), {}), "lu tall": ("lu", (TALL,), {"permute_l": True}), "lu wide": ("lu", (WIDE,), {"p_indices": True}),
    "lu_factor": ("lu_factor", (A,), {}), "lu_factor tall": ("lu_factor", (TALL,), {}),
    "lu complex": ("lu", (C,), {}),
    "qr": ("qr", (A,), {}), "qr economic": ("qr", (TALL,), {"mode": "economic"}), "qr r": ("qr", (TALL,), {"mode": "r"}),
    "qr wide": ("qr", (WIDE,), {}), "qr pivoting": ("qr", (TALL,), {"mode": "economic", "pivoting": True}),
    "qr pivoted r": ("qr", (A,), {"mode": "r", "pivoting": True}), "qr complex": ("qr", (C,), {}),
    "eigh vectors": ("eigh", (S,), {}), "eigh upper vectors": ("eigh", (A,), {"lower": False}),
    "eigh vectors of two": ("eigh", (S, Q), {}), "eigh vectors of two upper": ("eigh", (A, Q), {"lower": False}),
    "eigh values of two": ("eigh", (S, Q), {"eigvals_only": True}),
    "eigvalsh of two": ("eigvalsh", (S, Q), {}), "eigvalsh upper": ("eigvalsh", (A,), {"lower": False}),
    "eigh_tridiagonal vectors": ("eigh_tridiagonal", (X, Y), {}),
    "its values": ("eigh_tridiagonal", (X, Y), {"eigvals_only": True}),
    "eigvalsh_tridiagonal": ("eigvalsh_tridiagonal", (X, Y), {}),
    "eigvals": ("eigvals", (A,), {}), "eig values": ("eig", (A,), {"right": False}),
    "svd vectors": ("svd", (TALL,), {"full_matrices": False}), "svd vectors gesvd": ("svd", (A,), {"lapack_driver": "gesvd"}),
    "svd values": ("svd", (WIDE,), {"compute_uv": False}), "svdvals": ("svdvals", (WIDE,), {"check_finite": False}),
    "polar": ("polar", (A,), {}), "polar tall": ("polar", (TALL,), {}), "polar wide left": ("polar", (WIDE,), {"side": "left"}),
    "polar of the identity": ("polar", (np.eye(3),), {}), "polar complex": ("polar", (C,), {}),
    "orthogonal_procrustes": ("orthogonal_procrustes", (TALL, TALL + RNG.normal(size=(4, 3))), {}),
    **{name: (name, (A / 2,), {}) for name in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm")},
    "cosm complex": ("cosm", (C / 3,), {}),
    "solve_continuous_lyapunov": ("solve_continuous_lyapunov", (A, B @ B.T), {}),
    "solve_continuous_lyapunov complex": ("solve_continuous_lyapunov", (C + 4 * np.eye(3), HERMITIAN), {}),
    "solve_discrete_lyapunov": ("solve_discrete_lyapunov", (STABLE, A), {}),
    "solve_discrete_lyapunov bilinear": ("solve_discrete_lyapunov", (STABLE, A), {"method": "bilinear"}),
    "solve_discrete_lyapunov complex": ("solve_discrete_lyapunov", (C / 4, HERMITIAN), {}),
    "hankel": ("hankel", (X, Y), {}), "hankel of one": ("hankel", (X,), {}), "circulant": ("circulant", (X,), {}),
    "circulant of rows": ("circulant", (TALL,), {}),
    "companion": ("companion", (X,), {}), "leslie": ("leslie", (X, Y), {}), "khatri_rao": ("khatri_rao", (A, TALL), {}),
    **{f"convolution_matrix {mode}": ("convolution_matrix", (X,), {"n": n, "mode": mode})
       for mode, n in (("full", 4), ("same", 4), ("valid", 5), ("same", 2))},
}  # fmt: skip
# vectors with the signs of their first elements: LAPACK's own may change when a matrix is moved a little
STEADY = {
    "eigh": lambda w, v: (w, v * np.sign(v[:1])),
    "eigh_tridiagonal": lambda w, v: (w, v * np.sign(v[:1])),
    "svd": lambda u, s, vh: (u * np.sign(u[:1]), s, vh * np.sign(u[0, : len(vh), None])),
}
SLOW = {"polar complex", "cosm complex"}  # their second derivatives are functions of matrices eight times as wide


@pytest.mark.filterwarnings("ignore:.*may be inaccurate|.*might be inaccurate|.*might not have")
@pytest.mark.parametrize("name", ROWS)
def test_a_function_has_scipys_value_and_its_derivatives(name):
    function, arrays, options = ROWS[name]

    def result(module, arrays):
        found = getattr(module, function)(*arrays, **options)
        return STEADY[function](*found) if "vectors" in name else numbers(found)

    holds(Call(lambda *a: result(linalg, a), arrays), result(scipy.linalg, [a.copy() for a in arrays]), name not in SLOW)


STACKS = {
    "svd": ((TALL,), {"full_matrices": False}), "svd of all": ((A,), {}), "qr": ((TALL,), {"mode": "economic"}),
    "qr of pivots": ((TALL,), {"mode": "economic", "pivoting": True}), "lstsq": ((TALL, TALL[:, :2] + 1), {}),
    "polar": ((A,), {}), "orthogonal_procrustes": ((A, P), {}), "eigh": ((S,), {}), "eigh of two": ((S, Q), {}),
    "eigh_tridiagonal": ((X, Y), {}), "eigvalsh_tridiagonal": ((X, Y), {}), "solve_sylvester": ((A, P, S), {}),
    "solve_continuous_lyapunov": ((A, P), {}), "solve_discrete_lyapunov": ((STABLE, A), {}), "lu": ((A,), {}),
    "solve_triangular": ((A, B), {}), "inv": ((A,), {}), "pinv": ((TALL,), {}), "solve_continuous_are": ((A, B, Q, R2), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_of_a_stack_are_the_values_and_gradients_of_each(name):
    arrays, options = STACKS[name]
    function = name.split()[0]
    stacks = [np.stack([a, 0.9 * a]) for a in arrays]

    def loss(*arrays):
        found = numbers(getattr(linalg, function)(*arrays, **options))
        return sum(np.sum(part**3) for part in (found if isinstance(found, tuple) else (found,)))

    stacked = getattr(scipy.linalg, function)(*stacks, **options)
    for ours, scipys in zip(*(x if isinstance(x, (tuple, list)) else (x,) for x in (
        getattr(linalg, function)(*map(ag.tensor, stacks), **options), stacked)), strict=True):  # fmt: skip
        assert np.array_equal(np.asarray(getattr(ours, "data", ours)), scipys)
    places = tuple(range(len(arrays)))
    each = zip(*(ag.grad(loss, places)(*one) for one in zip(*stacks, strict=True)), strict=True)
    for whole, parts in zip(ag.grad(loss, places)(*stacks), each, strict=True):
        np.testing.assert_allclose(whole, np.stack(parts), rtol=1e-9, atol=1e-10)


FORMS = {
    "block_diag": (TALL, B), "toeplitz": (X, Y), "hankel": (X, Y), "circulant": (X,), "companion": (X,), "leslie": (X, Y),
    "convolution_matrix": (X, 4), "khatri_rao": (A, TALL),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Beginning in SciPy")
@pytest.mark.parametrize("name", FORMS)
def test_arrays_and_stacks_of_them_reach_scipy_and_stacks_of_tensors_are_not_taken_for_one_matrix(name):
    stacks = [np.stack([a, a]) if isinstance(a, np.ndarray) else a for a in FORMS[name]]
    ours, scipys = getattr(linalg, name), getattr(scipy.linalg, name)
    for arrays in (FORMS[name], stacks):
        assert np.array_equal(ours(*arrays), scipys(*arrays))
    if name in ("circulant", "khatri_rao", "hankel"):  # as SciPy takes them
        assert np.array_equal(ours(ag.tensor(stacks[0]), *stacks[1:]).data, scipys(*stacks))
    else:
        with pytest.raises(ValueError, match=rf"linalg\.{name} of shape \(2, .*np\.stack\(\[linalg\.{name}"):
            ours(ag.tensor(stacks[0]), *stacks[1:])


def test_a_right_side_may_be_a_list():
    for b in ([1.0, 2.0, 0.5], [[1.0], [2.0], [0.5]]):
        found = ag.grad(lambda a, b=b: np.sum(linalg.lu_solve(linalg.lu_factor(a), b)))(A)
        np.testing.assert_allclose(found, ag.grad(lambda a, b=b: np.sum(linalg.solve(a, np.array(b))))(A), rtol=1e-9)
    by_element = ag.grad(lambda t: np.sum(linalg.lu_solve(scipy.linalg.lu_factor(A), [t, 2.0, t])))(1.0)
    assert float(by_element) == pytest.approx(np.sum(np.linalg.solve(A, [1.0, 0, 1.0])), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_least_squares_and_inverses_leave_rounding_errors_out(scale):
    """Also beside singular values that are small themselves; what is left out by a cut of its own is refused."""
    u, v = np.linalg.qr(A)[0], np.linalg.qr(S)[0]
    a = u * (np.array([1, 1e-9, 1.7e-17]) * scale) @ v.T
    for f in (linalg.pinv, lambda t: linalg.lstsq(t, B)[0], np.linalg.pinv):
        assert np.all(np.isfinite(ag.grad(lambda t, f=f: np.sum(f(t)))(a)))
    with pytest.raises(np.linalg.LinAlgError, match=r"is left out.*rcond= of np\.linalg, cond= of scipy\.linalg\.lstsq"):
        ag.grad(lambda t: np.sum(linalg.lstsq(t, B, cond=0.5)[0]))(u * (np.array([1.0, 0.3, 1e-9]) * scale) @ v.T)


def test_options_without_a_derivative_are_scipys_where_none_is_asked():
    t = ag.tensor(S, requires_grad=True)
    with ag.no_grad():
        without = linalg.eigh(t, Q, type=2)
    for found in (without, linalg.eigh(ag.tensor(S), Q, type=2)):
        assert all(np.array_equal(a, b) for a, b in zip(found, scipy.linalg.eigh(S, Q, type=2), strict=True))


def test_a_scipy_without_an_option_has_the_derivative_of_its_default():
    def inv(a, overwrite_a=False, check_finite=True):
        return scipy.linalg.inv(a)

    older = by_scipys_formula(inv, lambda a, assume_a=None, lower=False: np.linalg.inv(a), ("a",))
    np.testing.assert_allclose(ag.grad(lambda a: np.sum(older(a)))(A), ag.grad(lambda a: np.sum(np.linalg.inv(a)))(A), rtol=1e-12)


@pytest.mark.parametrize("name", ["solve_continuous_are", "solve_discrete_are"])
def test_riccatis_equations(name):
    """SciPy refuses a q or r that is not symmetric, so they move as symmetric ones."""

    def solved(a, b, q, r):
        return getattr(linalg, name)(a, b, (q + q.mT) / 2, (r + r.mT) / 2)

    holds(Call(solved, (A, B, Q, R2)), getattr(scipy.linalg, name)(A, B, Q, R2))


@pytest.mark.parametrize("matrices", [(HERMITIAN,), (HERMITIAN, Q + 0.3j * (A - A.T))], ids=["one", "two"])
def test_hermitian_matrices_up_to_phases(matrices):
    def of_both(*matrices):
        w, v = linalg.eigh(*matrices)
        return w, np.abs(v), v * np.exp(w / 4) @ v.conj().mT

    call = Call(of_both, matrices)
    gradient_is_the_derivative(call, RNG)
    with pytest.raises(ValueError, match="eigh: the loss depends on the phases"):
        ag.grad(lambda a: np.sum(linalg.eigh(a, *matrices[1:])[1].real))(matrices[0])


def test_general_eigenvectors_and_complex_factors_up_to_phases():
    gradient_is_the_derivative(Call(lambda a: tuple(map(np.abs, linalg.eig(a))), (A,)), RNG)
    gradient_is_the_derivative(Call(lambda a: np.abs(linalg.svd(a)[0]), (C,)), RNG)


def test_toeplitz_systems():
    c, r, b = np.array([3.0, 0.4, 0.2]), np.array([3.0, -0.3, 0.5]), B
    holds(Call(lambda c, r, b: linalg.solve_toeplitz((c, r), b), (c, r, b)), scipy.linalg.solve_toeplitz((c, r), b))
    holds(Call(linalg.solve_toeplitz, (c, b[:, 0])), scipy.linalg.solve_toeplitz(c, b[:, 0]))


@pytest.mark.parametrize("trans", [0, 1, 2])
def test_factors_l_and_u_solve(trans):
    call = Call(lambda a, b: linalg.lu_solve(linalg.lu_factor(a), b, trans), (C, B + 0j))
    np.testing.assert_allclose(call(C, B), scipy.linalg.lu_solve(scipy.linalg.lu_factor(C), B, trans), rtol=1e-13)
    found = linalg.lu_solve(linalg.lu_factor(ag.tensor(C)), B, trans)
    np.testing.assert_allclose(found.data, call(C, B), rtol=1e-12)
    gradient_is_the_derivative(call, RNG)


def test_a_subset_of_eigenvalues_is_part_of_all():
    for options in (
        {"subset_by_index": [1, 2]},
        {"subset_by_value": [-0.1, np.inf]},
        {"subset_by_index": [0, 0], "driver": "evx"},
    ):
        w, v = linalg.eigh(ag.tensor(S), **options)
        expected_w, expected_v = scipy.linalg.eigh(S, **options)
        np.testing.assert_allclose(w.data, expected_w, rtol=1e-12)
        np.testing.assert_allclose(np.abs(v.data), np.abs(expected_v), rtol=1e-9)
    slope = ag.grad(lambda a: np.sum(linalg.eigh(a, subset_by_index=[2, 2], eigvals_only=True)))(S)
    v = np.linalg.eigh(S)[1][:, 2]
    np.testing.assert_allclose((slope + slope.T) / 2, np.outer(v, v), rtol=1e-10)


def test_powers_of_a_matrix():
    holds(Call(lambda a: linalg.fractional_matrix_power(a, 0.3), (P,)), scipy.linalg.fractional_matrix_power(P, 0.3))
    with pytest.raises(TypeError, match=r"by t here. Write expm\(t \* logm\(A\)\)"):
        ag.grad(lambda t: np.sum(linalg.fractional_matrix_power(P, t)))(0.3)


def test_arrays_that_may_be_overwritten_are_kept_for_the_backward_pass():
    a, b = P.copy(), B.copy()
    ag.grad(lambda s: np.sum(linalg.cho_solve(linalg.cho_factor(a * s, overwrite_a=True), b * s, overwrite_b=True)))(1.0)
    ag.grad(lambda b: np.sum(linalg.solve(a, b, overwrite_a=True, overwrite_b=True)))(b)
    assert np.array_equal(a, P)
    assert np.array_equal(b, B)


def test_lists_of_tensors_are_matrices():
    def largest(a, b):
        return (
            linalg.eigvalsh([[a, b], [b, 2.0]])[-1]
            + linalg.norm([a, b])
            + np.sum(linalg.circulant([a, b, 1.0]) @ [1.0, 2.0, 3.0])
        )

    found = ag.grad(largest, (0, 1))(1.0, 0.5)
    stepped = [(largest(1 + h, 0.5 + k) - largest(1 - h, 0.5 - k)) / 2e-6 for h, k in ((1e-6, 0.0), (0.0, 1e-6))]
    np.testing.assert_allclose(np.array(found), np.array(stepped), rtol=1e-8)


REFUSED = {
    "eigh: the option type=2": lambda t: linalg.eigh(t, Q, type=2),
    "eig: the option left=True": lambda t: linalg.eig(t, left=True),
    "eig: the option b=array": lambda t: linalg.eig(t, Q),
    "pinv: the option rtol=0.1": lambda t: linalg.pinv(t, rtol=0.1),
    r"qr: mode='full'.*arbitrary": lambda t: linalg.qr(TALL @ t),
    r"linalg\.schur has no derivative here.*eigh for a symmetric": lambda t: linalg.schur(t),
    r"linalg\.null_space.*pinv\(a\) @ a": lambda t: linalg.null_space(t),
    r"singular value of 0\.\d+ is left out": lambda t: linalg.lstsq(t @ np.diag([1.0, 1.0, 0.1]), B, cond=0.5)[0],
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_has_no_derivative_is_refused_by_name(message):
    with pytest.raises((TypeError, ValueError, np.linalg.LinAlgError), match=message):
        ag.grad(lambda t: np.sum(REFUSED[message](t)))(np.eye(3) * 1.5)


def test_arrays_go_to_scipy_with_all_of_its_options():
    assert all(np.array_equal(a, b) for a, b in zip(linalg.eig(A, Q, left=True), scipy.linalg.eig(A, Q, left=True)))
    assert np.array_equal(linalg.schur(ag.tensor(A))[0], scipy.linalg.schur(A)[0])  # a constant

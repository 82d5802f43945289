"""Numeric functions, beyond the table of rows: accuracy, orders, cost, the other names, and what is refused."""

import functools

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.rules import wide
from tests.table.row import NUMPY


def worst(found, expected):
    """The largest error in units in the last place."""
    pairs = zip(found.tolist(), expected, strict=True)
    return max(float(abs(mpmath.mpf(a) - b)) / float(np.spacing(abs(float(b)))) for a, b in pairs)


def test_the_derivative_of_sinc_is_accurate_near_0():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 1, 300), 10 ** rng.uniform(-30, 0, 100)])
    with mpmath.workdps(100):
        pi = mpmath.pi
        expected = [(mpmath.cos(pi * z) - mpmath.sinc(pi * z)) / z for z in map(mpmath.mpf, x.tolist())]
        assert worst(ag.grad(lambda x: np.sum(np.sinc(x)))(x), expected) < 4


def test_the_derivative_of_i0_is_accurate():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-700, 700, 100), rng.uniform(-20, 20, 200), 10 ** rng.uniform(-200, 2, 100)])
    with mpmath.workdps(40):
        expected = [mpmath.besseli(1, mpmath.mpf(z)) for z in x.tolist()]
    assert worst(ag.grad(lambda x: np.sum(np.i0(x)))(x), expected) < 10


@pytest.mark.parametrize("x", [0.0, 1e-8, 0.3, 1.0, 2.5])
@pytest.mark.parametrize(
    ("f", "reference"), [(np.sinc, lambda x: mpmath.sinc(mpmath.pi * x)), (np.i0, lambda x: mpmath.besseli(0, x))]
)
def test_derivatives_of_every_order_are_right_also_near_0(f, reference, x):
    for order in range(1, 7):
        f = ag.grad(f)
        with mpmath.workdps(40):
            expected = float(mpmath.diff(reference, mpmath.mpf(x), order))
        assert f(x) == pytest.approx(expected, rel=1e-13, abs=1e-13 * np.pi**order)


def test_third_derivatives_of_a_product_with_zeros_are_exact():
    def third(x, i, j, k):
        parts = (lambda f, n: lambda x: ag.grad(f)(x)[n],) * 3
        f = functools.reduce(lambda f, step: step[0](f, step[1]), zip(parts, (i, j, k)), np.prod)
        return f(x)

    assert third(np.array([0.0, 0.0, 3.0, 5.0]), 0, 1, 2) == 5
    assert third(np.array([0.0, 0.0, 3.0, 5.0]), 0, 2, 3) == 0


@pytest.mark.parametrize("f", [np.prod, lambda x: np.sum(np.cumprod(x))])
def test_products_with_zeros_take_no_room_for_n_times_n_numbers(f):
    x = np.ones(100_000)
    x[500] = 0
    found = ag.grad(f)(x)
    assert found[500] == (1 if f is np.prod else 99_500)


M = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("f", "same"),
    [
        (lambda t: np.multiply.accumulate(t), lambda t: np.cumprod(t, 0)),
        (lambda t: np.multiply.accumulate(t, axis=1), lambda t: np.cumprod(t, 1)),
        (lambda t: np.add.accumulate(t, 1), lambda t: np.cumsum(t, 1)),
        (lambda t: np.fmax.reduce(t), lambda t: np.max(t, 0)),
        (lambda t: np.fmin.reduce(t, 1, keepdims=True), lambda t: np.min(t, 1, keepdims=True)),
        (lambda t: np.multiply.reduce(t, axis=(0, 1)), lambda t: np.prod(t)),
        (lambda t: np.logaddexp.reduce(t, axis=None), lambda t: np.log(np.sum(np.exp(t)))),
        (lambda t: np.logaddexp.reduce(t, 1, initial=0.5), lambda t: np.log(np.sum(np.exp(t), 1) + np.exp(0.5))),
        (
            lambda t: np.logaddexp2.reduce(t, (0, 1), keepdims=True, initial=0.5, where=M != 2),
            lambda t: np.log2(np.sum((M != 2) * 2**t, keepdims=True) + 2**0.5),
        ),
        (
            lambda t: np.logaddexp.reduce(t, 0, initial=0.5, where=M < 3),
            lambda t: np.log(np.sum((M < 3) * np.exp(t), 0) + np.exp(0.5)),
        ),
        (lambda t: np.arctan2.outer(t, [1.0, 2.0]), lambda t: np.arctan2(t[..., None], np.array([1.0, 2.0]))),
        (lambda t: np.multiply.outer(t, t), lambda t: t[:, :, None, None] * t),
        (
            lambda t: np.einsum("ij,jk,k->i", t, t.T, t[:, 0], optimize=["einsum_path", (1, 2), (0, 1)]),
            lambda t: t @ (t.T @ t[:, 0]),
        ),
    ],
)
def test_another_name_has_the_same_derivatives(f, same):
    for g in (lambda f: ag.grad(lambda t: np.sum(f(t) ** 2)), lambda f: ag.hessian(lambda t: np.sum(f(t) ** 2))):
        np.testing.assert_allclose(g(f)(M / 3), g(same)(M / 3), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda t: np.multiply.at(t, [0], 1.0), "requires grad"),
        (lambda t: np.add.reduceat(t, [0, 1]), "np.stack"),
        (lambda t: np.hypot.accumulate(t), "hypot.accumulate"),
        (lambda t: np.hypot.reduce(t), "np.linalg.norm"),
        (lambda t: np.quantile(t, 0.5, method="inverted_cdf", weights=t, axis=0), "'weights'"),
        (lambda t: np.nanquantile(t, [0.5], axis=()), "nothing to order"),
        (lambda t: np.cross(t[:, :2], t[:, :2]), "must have 3"),
        (lambda t: np.nan_to_num(t, copy=False), "copy=False"),
        (lambda t: np.nan_to_num(t, nan=t[0, 0]), "'nan'"),
        (lambda t: np.unwrap(t, period=t[0, 0]), "'period'"),
        (lambda t: np.cov(t, aweights=[-1.0, 2.0, 3.0]), "negative"),
        (lambda t: np.cov(t, fweights=[0.5, 2.0, 3.0]), "integer"),
        (lambda t: np.polyval(np.poly1d([1.0, 2.0]), t), "poly1d"),
        (lambda t: np.frexp(t), "frexp"),
        (lambda t: np.average(t, weights=t[0]), "axis="),
        (lambda t: np.diff(t, -1), "negative"),
        (lambda t: np.diff(t[0, 0]), "0-d"),
        (lambda t: np.gradient(t[0, 0], axis=0), "no axis"),
        (lambda t: (t * 1).fill([1.0]), r"fill: .* shape \(1,\)"),
        (lambda t: np.ptp(t, out=np.empty(())), "out="),
    ],
)
def test_what_is_refused_names_what_it_is(f, words):
    with pytest.raises((TypeError, ValueError), match=words):
        f(ag.tensor(M, requires_grad=True))


def test_functions_of_integers_and_positions_only_look():
    t = ag.tensor([4, 6])
    assert np.gcd(t, 6).tolist() == [2, 6]
    assert np.lcm(t, 6).tolist() == [12, 6]
    assert np.nanargmax(ag.tensor([1.0, np.nan, 3.0], requires_grad=True)) == 2
    assert np.einsum_path("ij,j", ag.tensor(M), np.ones(3))[0] == ["einsum_path", (0, 1)]


def test_nothing_is_done_to_what_has_no_size():
    t = ag.tensor(2.0, requires_grad=True)
    assert np.diff(t, n=0) == 2
    assert np.gradient(t) == ()
    assert np.linalg.tensorsolve(ag.tensor(np.zeros((0, 0)), requires_grad=True), np.zeros(0)).shape == (0,)


def test_a_median_does_not_overwrite_its_tensor():
    t = ag.tensor([3.0, 1.0, 2.0], requires_grad=True)
    assert np.median(t, overwrite_input=True).item() == 2
    assert t.data.tolist() == [3, 1, 2]


@pytest.mark.skipif(NUMPY < (2, 1), reason="came with NumPy 2.1")
def test_cumulative_sums_may_begin_with_0():
    f = lambda x: np.sum(np.cumulative_sum(x, include_initial=True) * [9.0, 1.0, 2.0])
    assert ag.grad(f)(np.array([5.0, 7.0])).tolist() == [3, 2]


def test_recurrences_are_those_of_a_loop():
    x, b = np.array([9.0, 2.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0, 1.0])
    assert wide.linear_recurrence([b], [x])[0].tolist() == [1, 3, 1, 4]

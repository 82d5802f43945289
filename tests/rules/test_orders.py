"""Derivatives of every order: of whole powers, of pieces, and beside kinks."""

import operator
from math import perm

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd_lite as ag

POWERS = [np.power, np.float_power, operator.pow]
NEAR_0 = st.one_of(st.sampled_from([0.0, -0.0, 1e-8, -1e-8, 1e-200, 5e-324, 1e-5, 1.0, -2.0]), st.floats(-3, 3))


def of_order(f, n):
    for _ in range(n):
        f = ag.grad(f)
    return f


@pytest.mark.parametrize("power", POWERS)
@given(x=NEAR_0, n=st.integers(0, 5), order=st.integers(1, 7), kind=st.sampled_from([int, float, np.float64, np.array]))
@example(x=1e-8, n=3, order=5, kind=int)
def test_whole_powers_have_the_derivative_0_after_their_degree(power, x, n, order, kind):
    found = float(of_order(lambda x: power(x, kind(n)), order)(x))
    expected = perm(n, order) * float(mpf(x) ** max(n - order, 0))
    rounding = perm(n, order) * 5e-324  # of what is expected: the power may be subnormal
    assert found == expected or abs(found - expected) <= 1e-14 * abs(expected) + rounding


@pytest.mark.parametrize("power", POWERS)
@given(x=NEAR_0, order=st.integers(1, 6))
def test_arrays_of_whole_exponents_too(power, x, order):
    exponents = np.arange(5.0)
    found = of_order(lambda x: np.sum(power(x, exponents)), order)(x)
    expected = [perm(n, order) * float(mpf(x) ** max(n - order, 0)) for n in range(5)]
    assert found == pytest.approx(sum(expected), rel=1e-13, abs=1e-14 * max(map(abs, expected)))


@pytest.mark.parametrize("power", POWERS)
@given(a=st.floats(1e-8, 1e8), b=st.floats(-6, 6), n=st.integers(0, 4), m=st.integers(0, 3))
def test_mixed_derivatives_of_powers(power, a, b, n, m):
    """By the product rule: a**b log(a)**m, differentiated n times; errors are measured by the largest of its terms."""
    f = power
    for _ in range(m):
        f = ag.grad(f, 1)
    for _ in range(n):
        f = ag.grad(f)
    with mp.workdps(50):
        x, e, terms = mpf(a), mpf(b), {m: [mpf(1)]}
        for k in range(n):
            following = {}
            for i, factors in terms.items():
                following.setdefault(i, []).extend((e - k) * c for c in factors)
                if i:
                    following.setdefault(i - 1, []).extend(i * c for c in factors)
            terms = following
        parts = [c * x ** (e - n) * mp.log(x) ** i for i, cs in terms.items() for c in cs]
        expected, size = sum(parts), sum(map(abs, parts))
        assert abs(mpf(float(f(a, b))) - expected) <= 1e-14 * size + 1e-322


def test_the_mixed_derivative_of_0_to_the_0_is_infinite():
    assert ag.grad(lambda b: ag.grad(lambda a: a**b)(0.0))(0.0) == np.inf
    assert ag.grad(lambda b: ag.grad(lambda a: a**b)(2.0))(0.0) == 0.5


@pytest.mark.parametrize("bound", [1.0, np.array([1.0, 1.0, 1.0])])
def test_between_equal_bounds_nothing_moves(bound):
    x = np.array([0.0, 1.0, 2.0])
    assert ag.grad(lambda x: np.sum(np.clip(x, bound, bound)))(x).tolist() == [0, 0, 0]
    assert ag.hessian(lambda x: np.sum(np.clip(x, bound, bound) ** 2 * x))(x).tolist() == np.zeros((3, 3)).tolist()


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=3, max_size=3))
def test_the_shares_of_clip_sum_to_1(values):
    """The result moves by 1 when the number and both bounds do."""
    assert sum(map(float, ag.grad(np.clip, (0, 1, 2))(*values))) == 1


@given(st.floats(-1e6, 1e6).map(np.rint))
def test_at_whole_numbers_the_pieces_have_their_slopes(x):
    assert ag.grad(lambda x: np.modf(x)[0])(x) == 1
    assert ag.grad(lambda x: np.modf(x)[1])(x) == 0
    for f in (np.fmod, np.remainder):
        for b in (1.0, -1.0, 0.5):
            of_a, of_b = ag.grad(f, (0, 1))(x, b)
            assert of_a == 1
            assert of_b == -x / b  # the value is 0 there, and a - b * (a / b) has this slope

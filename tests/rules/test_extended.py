"""Extended precision: no constant of 53 bits in a rule, where the elementwise table (`test_accuracy.py`) does not look."""

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import autograd_lite as ag
from tests.rules.test_accuracy import exactly

LONG = np.longdouble
EPS = float(np.finfo(LONG).eps)
pytestmark = pytest.mark.skipif(np.finfo(LONG).nmant <= 52, reason="longdouble is float64 here")


def assert_close(found, expected, ulps=16):
    assert found.dtype == LONG
    for a, b in zip(exactly(np.ravel(found)), expected, strict=True):
        assert abs(a - b) <= ulps * EPS * abs(b), f"{mp.nstr(a, 25)} for {mp.nstr(b, 25)}"


def points(low, high, n=20):
    return np.linspace(low, high, n).astype(LONG) + LONG(1) / 7


def slope_of(f):
    return ag.grad(lambda x: np.sum(f(x)))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_sinc(order):
    f = np.sinc
    for _ in range(order):
        f = slope_of(f)
    x = points(-3.1, 3.3)
    with mp.workdps(50):
        assert_close(f(x), [mpmath.diff(lambda z: mpmath.sinc(mp.pi * z), z, order) for z in exactly(x)])


def test_i0():
    x = points(-9, 40)
    with mp.workdps(50):
        assert_close(ag.grad(lambda x: np.sum(np.i0(x)))(x), [mpmath.besseli(1, z) for z in exactly(x)])


@pytest.mark.parametrize("i", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("endpoint", [True, False])
def test_spaces(endpoint, i):
    start, stop = LONG(1) / 3, LONG(5) / 7
    (a,), (b,) = exactly(np.array([start])), exactly(np.array([stop]))
    n = 6 if endpoint else 7
    w = mpf(i) / n
    of_both = ag.grad(lambda a, b: np.linspace(a, b, 7, endpoint)[i], (0, 1))(start, stop)
    assert_close(np.array(of_both), [1 - w, w], 4)
    of_both = ag.grad(lambda a, b: np.geomspace(a, b, 7, endpoint)[i], (0, 1))(start, stop)
    assert_close(np.array(of_both), [(1 - w) * (b / a) ** w, w * (a / b) ** (1 - w)], 32)


def test_shares():
    x = np.ones(3, LONG)
    third = [mpf(1) / 3] * 3
    for f in (np.max, np.min, np.nanmax, np.median, lambda x: np.linalg.norm(x, np.inf), lambda x: np.quantile(x, 0.5)):
        assert_close(ag.grad(f)(x), third, 2)
    assert_close(ag.grad(lambda x: np.sum(np.sort(x) * np.array([1, 0, 0], LONG)))(x), third, 2)
    assert_close(ag.grad(np.mean)(x), third, 2)
    assert_close(ag.grad(lambda x: np.linalg.norm(x[None], 1))(x), third, 2)


@pytest.mark.parametrize("q", [0.1, 0.3])
def test_quantiles_are_where_numpy_sees_them(q):
    x = np.arange(5, dtype=LONG)
    gradient = ag.grad(lambda x: np.quantile(x, LONG(q)))(x)
    assert np.sum(gradient * x) == pytest.approx(np.quantile(x, LONG(q)), rel=2 * EPS, abs=0)


def test_angles():
    for f, true in ((np.deg2rad, lambda: mp.pi / 180), (np.rad2deg, lambda: 180 / mp.pi), (np.radians, lambda: mp.pi / 180)):
        with mp.workdps(40):
            assert_close(slope_of(f)(points(1, 2, 2)), [true()] * 2, 2)

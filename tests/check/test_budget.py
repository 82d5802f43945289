"""A check costs as much as it may, and finds the same on a slow machine as on a fast one."""

import numpy as np
import pytest

from autograd_lite.check import budget
from tests.check.checking import check, cosine

N = (1, 30, 3000)


def counted(f):
    """The function, with the list of its calls."""
    calls = []
    return lambda x: calls.append(1) or f(x), calls


def off_by_a_percent(x, v):
    return cosine(x, v) * np.where(np.arange(x.size) == x.size // 2, 1.01, 1)


@pytest.mark.parametrize("limit", [100, 1000])
@pytest.mark.parametrize("n", N)
@pytest.mark.parametrize(
    ("gradient", "order"), [(cosine, 1), (off_by_a_percent, 1), (None, 2)], ids=["right", "wrong", "order 2"]
)
def test_a_limit_of_evaluations_holds(n, limit, gradient, order):
    f, calls = counted(lambda x: np.sum(np.sin(x)))
    result = check(f, np.random.default_rng(n).normal(size=n), gradient=gradient, order=order, max_evaluations=limit)
    assert max(len(calls), result.evaluations) <= 1.2 * limit
    assert result.compared > 0


@pytest.mark.parametrize(("order", "least"), [(1, 60), (2, 120)])
def test_a_limit_below_the_least_check_is_told_in_words(order, least):
    f, calls = counted(lambda x: np.sum(np.sin(x)))
    x = np.random.default_rng(0).normal(size=30)
    for limit in (1, 20, least):
        calls.clear()
        text = str(check(f, x, order=order, max_evaluations=limit))
        assert len(calls) <= 1.2 * least
        assert (f"the least check, though max_evaluations={limit}," in text) == (limit != least)


class Clock:
    """A clock that stands still but for the calls of a function."""

    def __init__(self, monkeypatch):
        self.seconds = 0.0
        for name in ("perf_counter", "thread_time"):
            monkeypatch.setattr(budget.time, name, lambda: self.seconds)

    def slow(self, f, seconds):
        def slowly(*arguments):
            self.seconds += seconds
            return f(*arguments)

        return slowly


@pytest.mark.parametrize("cost", [1e-3, 1e-2])
@pytest.mark.parametrize("n", N)
@pytest.mark.parametrize("gradient", [cosine, off_by_a_percent], ids=["right", "wrong"])
def test_a_limit_of_seconds_holds(n, gradient, cost, monkeypatch):
    clock = Clock(monkeypatch)
    f, gradient = clock.slow(lambda x: np.sum(np.sin(x)), cost), clock.slow(gradient, cost)
    result = check(f, np.random.default_rng(n).normal(size=n), gradient=gradient, max_seconds=1.0)
    assert clock.seconds <= 1.2
    assert result.compared > 0


@pytest.mark.parametrize("n", [3, 300])
def test_without_a_limit_of_seconds_nothing_depends_on_the_clock(n, monkeypatch):
    x = np.random.default_rng(n).normal(size=n)
    f, calls = counted(lambda x: np.sum(np.tanh(x) * x[::-1]))
    results = [check(f, x, order=2, max_evaluations=500)]
    first = len(calls)
    results.append(check(Clock(monkeypatch).slow(f, 100.0), x, order=2, max_evaluations=500))
    assert len(calls) == 2 * first
    one, other = (vars(result) | {"seconds": 0.0, "function": ""} for result in results)
    assert str(one) == str(other)

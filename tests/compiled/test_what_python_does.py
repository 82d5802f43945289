"""What Python does beside NumPy's calls: a compiled function does the same, or is refused in words that say what to write."""

import collections
import itertools
import pickle
import random
import types

import numpy as np
import pytest

import autograd_lite as ag
from tests.compiled.test_compile import assert_same

X = np.array([1.0, 2.0, 3.0])
PLANE = np.arange(9.0).reshape(3, 3)
TABLE = {1.0: 5.0}
COUNTED = np.zeros(3)
NUMBERS = itertools.count()


def grown(x):
    w, s = np.ones(3), x * 0
    for _ in range(3):
        s = s + x * w
        w *= 2
    return s


def columns(a):
    e, found = np.zeros(3), []
    for i in range(3):
        e[i] = 1
        found.append(a @ e)
        e[i] = 0
    return np.stack(found, 1)


def counted(x):
    COUNTED[...] += 1
    return x * COUNTED


def appended(given, x):
    given.append(x * 2)
    return x + 1


def unless_it_is_too_far(x, i):
    try:
        return x[i] * 2
    except IndexError:
        return x[0] * 1.0


def quantile_or_0(x, q):
    try:
        return np.quantile(x, q)
    except ValueError:
        return np.float64(0)


def inverse_or_0(x):
    try:
        with np.errstate(all="raise"):
            return 1 / x
    except FloatingPointError:
        return x * 0


def product_in_place(x):
    t = np.ones_like(x)
    np.matmul(t, t, out=t)
    return np.sum(t) * x


def dot_into(x):
    t, made = np.ones_like(x), np.empty_like(x)
    np.vecdot(t, t, out=made)
    return made * x


REFUSED = {
    "an array that is used and then written": (grown, [(X,)], "writes into a plain array after"),
    "an array that is written between": (columns, [(PLANE,)], "writes into a plain array after"),
    "an array outside that counts": (counted, [(X,)] * 2, "it writes into an array outside"),
    "an object": (lambda x, o: x * o.k, [(X, types.SimpleNamespace(k=2.0))], "an argument is a SimpleNamespace"),
    "a set": (lambda x, s: x * sum(s), [(X, {2})], "an argument is a set"),
    "a deque": (lambda x, s: x * s[0], [(X, collections.deque([2]))], "an argument is a deque"),
    "a generator": (lambda x, g: x * sum(g), [(X, (v for v in [1.0, 2.0]))], "an argument is a generator"),
    "a list that grows": (appended, [([X], X)], "changes a list or a dict that it is given"),
    "a look into a dict": (lambda x, k: x * TABLE.get(k, 7.0), [(X, 1.0)], "what is looked up in a dict or a set"),
    "a look into a set": (lambda k: 1.0 * (k in {1.0, 2.0}) + 0 * k, [(1.0,)], "what is looked up in a dict or a set"),
    "a number drawn for the result": (lambda x: (x * 2, random.random()), [(X,)], "draws random numbers"),
    "a number counted for the result": (lambda x: {"y": x, "n": next(NUMBERS)}, [(X,)], "it returned something else"),
    "an IndexError that is caught": (unless_it_is_too_far, [(X, np.array([7]))], "catches an IndexError"),
    "a ValueError that is caught": (quantile_or_0, [(X, 2.0)], "catches a ValueError"),
    "a NumPy number to the power of another": (lambda x, p: x * np.float64(1.1) ** p, [(X, 0.1)], r"Write float\(a\) \*\* x"),
    "errors by errstate": (inverse_or_0, [(X,)], "by np.errstate"),
    "an attribute of masked arrays": (
        lambda x: x * 2 if hasattr(x, "mask") else x * 3, [(np.ma.array(X, mask=[0, 1, 0]),)], "x.mask is an attribute"
    ),
    "a field": (lambda x: x.u * 2, [(np.rec.array([(1.0, 2)], dtype=[("u", "f8"), ("v", "i4")]),)], "x.u is an attribute"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_program_does_again_is_refused(name):
    f, calls, words = REFUSED[name]
    compiled = ag.compile(f)
    with pytest.raises(ag.CannotRecord, match=words):
        list(itertools.starmap(compiled, calls))


def written_after_it_was_read(x):
    zeros = np.zeros_like(x)
    both = np.hstack([x, zeros])
    np.add.at(zeros, [0, 0], 1)
    return both, zeros.astype("f4")


def broadcast_or_not(x):
    try:
        return np.broadcast_to(x, (32, 6, 1)).sum()
    except ValueError:
        return x.sum()


def eighth_or_first(x):
    try:
        return x[7] * 2
    except IndexError:
        return x[0] * 3


SAME = {
    "a NumPy number to the power of an array": (lambda x: np.float64(1.1) ** x, [(X,), (2 * X,)]),
    "an array to the power of a NumPy number": (lambda x: x ** np.float64(1.1), [(X,), (2 * X,)]),
    "a recorded number to the power of a NumPy number": (lambda x, p: x * p ** np.float64(1.1), [(X, 0.1), (X, 0.7)]),
    "shapes that do not fit": (broadcast_or_not, [(X,), (2 * X,)]),
    "an index of another shape": (eighth_or_first, [(X,), (np.arange(9.0),), (2 * X,)]),
    "constants that are written after they were read": (written_after_it_was_read, [(X,), (2 * X,)]),
    "slices": (lambda x, s: x[s] * 1.0, [(X, slice(0, n)) for n in (1, 2, 3, 2, 1)]),
    "an index too far, later": (unless_it_is_too_far, [(X, np.array([i])) for i in (1, 7, 2)]),
    "a quantile of nothing, later": (quantile_or_0, [(X, q) for q in (0.5, 2.0, 0.25)]),
    "products in place": (product_in_place, [(X,), (2 * X,)]),
    "a product that is repeated": (dot_into, [(X,), (2 * X,)]),
    "arrays that were unpickled": (
        ag.grad(lambda x: np.sum((np.zeros_like(x) + x) ** 2)), [(pickle.loads(pickle.dumps(k * X)),) for k in (1, 2)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_a_program_does_is_what_the_function_does(name):
    f, calls = SAME[name]
    compiled = ag.compile(f)
    for _ in range(2):
        for given in calls:
            assert_same(compiled(*given), f(*given))

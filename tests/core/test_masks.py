"""Masks are structure: programs full of masks around roots, logarithms, powers and quotients have no finite wrong derivative.

The derivatives expected are those of hyper-dual numbers (Fike and Alonso, AIAA 2011-886) in 50 digits: each number carries its
derivatives in two directions and the mixed second one, and an element that nobody selects takes no part. Where these
are not finite, differences in 200 digits decide. A derivative is right, or it is nan.
"""

import functools
import operator
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mpf

import autograd_lite as ag
from autograd_lite.rules import PRIMITIVES
from autograd_lite.safety.masks import parameter_names

N = 3
NUMBERS = [0.0, 0.25, 1.0, 1.5, 2.0, 4.0]


class Tie(Exception):
    """Two numbers tie, or a number is on a kink: conventions, not derivatives, decide there."""


class Dual:
    """A number, its derivatives in two directions, and the mixed second one. The int 0 is a derivative by structure."""

    def __init__(self, v, a=0, b=0, c=0):
        self.v, self.a, self.b, self.c = v, a, b, c

    def map(self, value, first, second):
        """f of it, from f, f' and f'' there."""
        return Dual(
            value, times(first, self.a), times(first, self.b), plus(times(first, self.c), times(times(second, self.a), self.b))
        )


def times(x, y):
    return 0 if (type(x) is int and x == 0) or (type(y) is int and y == 0) else x * y


def plus(x, y):
    return y if type(x) is int and x == 0 else x if type(y) is int and y == 0 else x + y


def over(x, y):
    return x / y if y else mpmath.nan if x == 0 or mpmath.isnan(x) else mpf(x) * mpmath.inf


def add(x, y):
    return Dual(x.v + y.v, plus(x.a, y.a), plus(x.b, y.b), plus(x.c, y.c))


def multiply(x, y):
    mixed = plus(plus(times(x.v, y.c), times(x.c, y.v)), plus(times(x.a, y.b), times(x.b, y.a)))
    return Dual(x.v * y.v, plus(times(x.v, y.a), times(x.a, y.v)), plus(times(x.v, y.b), times(x.b, y.v)), mixed)


def power(x, p):
    """x**p, also at 0."""

    def at(q, factor):
        if factor == 0:
            return mpf(0)
        if x.v < 0:
            return mpmath.nan
        return factor * (x.v**q if x.v or q > 0 else mpf(1) if q == 0 else mpmath.inf)

    return x.map(at(p, mpf(1)), at(p - 1, mpf(p)), at(p - 2, mpf(p) * (p - 1)))


def logarithm(x):
    if x.v < 0:
        return x.map(mpmath.nan, mpmath.nan, mpmath.nan)
    return x.map(mpmath.log(x.v) if x.v else -mpmath.inf, over(mpf(1), x.v), -over(mpf(1), x.v * x.v))


def exponential(x):
    y = mpmath.exp(x.v)
    return x.map(y, y, y)


def sine(x):
    if not mpmath.isfinite(x.v):
        return x.map(mpmath.nan, mpmath.nan, mpmath.nan)
    return x.map(mpmath.sin(x.v), mpmath.cos(x.v), -mpmath.sin(x.v))


def reciprocal(x):
    return x.map(over(mpf(1), x.v), -over(mpf(1), x.v**2), over(mpf(2), x.v**3))


def decided(x, y):
    """True if x > y; ties and nan are left out."""
    if mpmath.isnan(x.v) or mpmath.isnan(y.v) or abs(x.v - y.v) <= mpf(10) ** -12 * (1 + abs(y.v)):
        raise Tie
    return x.v > y.v


ELEMENTWISE = {
    "sqrt": (np.sqrt, lambda x: power(x, 0.5)),
    "log": (np.log, logarithm),
    "** 0.25": (lambda x: x**0.25, lambda x: power(x, 0.25)),
    "** 1.5": (lambda x: np.power(x, 1.5), lambda x: power(x, 1.5)),
    "** 3": (lambda x: x**3, lambda x: multiply(multiply(x, x), x)),
    "x * x": (lambda x: x * x, lambda x: multiply(x, x)),
    "1 / x": (lambda x: 1 / x, reciprocal),
    "exp(-x)": (lambda x: np.exp(-x), lambda x: exponential(multiply(x, Dual(mpf(-1))))),
    "sin": (np.sin, sine),
    "x log x": (lambda x: x * np.log(x), lambda x: multiply(x, logarithm(x))),
}
BINARY = {
    "+": (operator.add, add),
    "*": (operator.mul, multiply),
    "/": (operator.truediv, lambda x, y: multiply(x, reciprocal(y))),
    "maximum": (np.maximum, lambda x, y: x if decided(x, y) else y),
}


def set_at(t, k, value):
    t = t.copy()
    t[k] = value
    return t


def sorted_duals(x):
    for i, a in enumerate(x):
        for b in x[:i]:
            decided(a, b)
    return sorted(x, key=lambda a: a.v)


def clipped(x):
    low, high = Dual(mpf("0.3")), Dual(mpf("1.7"))
    return [a if decided(a, low) and decided(high, a) else low if not decided(a, low) else high for a in x]


ZERO = Dual(mpf(0))
MASKS = {
    "where": (lambda x, m: np.where(m, x, 0.0), lambda x, m: [a if k else ZERO for a, k in zip(x, m)]),
    "where, the other": (lambda x, m: np.where(m, 1.0, x), lambda x, m: [Dual(mpf(1)) if k else a for a, k in zip(x, m)]),
    "slice": (lambda x, m: np.concatenate([x[1:], [0.5]]), lambda x, m: [*x[1:], Dual(mpf("0.5"))]),
    "integers": (lambda x, m: x[np.array([2, 0, 0])], lambda x, m: [x[2], x[0], x[0]]),
    "booleans": (
        lambda x, m: np.concatenate([x[m], np.ones(N - m.sum())]),
        lambda x, m: [a for a, k in zip(x, m) if k] + [Dual(mpf(1))] * int(N - m.sum()),
    ),
    "take": (lambda x, m: np.take(x, [1, 1, 2]), lambda x, m: [x[1], x[1], x[2]]),
    "pad": (lambda x, m: np.pad(x[:2], (1, 0)), lambda x, m: [ZERO, x[0], x[1]]),
    "sort": (lambda x, m: np.sort(x), lambda x, m: sorted_duals(x)),
    "clip": (lambda x, m: np.clip(x, 0.3, 1.7), lambda x, m: clipped(x)),
    "set": (lambda x, m: set_at(x, 1, x[2] * 2), lambda x, m: [x[0], multiply(x[2], Dual(mpf(2))), x[2]]),
    "set a number": (lambda x, m: set_at(x, m, 2.0), lambda x, m: [Dual(mpf(2)) if k else a for a, k in zip(x, m)]),
    "flip": (np.flip and (lambda x, m: np.flip(x)), lambda x, m: x[::-1]),
}

A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [2.0, 0.0, 1.0]])


def summed(duals):
    return functools.reduce(add, duals)


PRODUCTS = {  # which end masks, and behind which roots are 0
    "A @ x": (lambda x, m: A @ x, lambda x, m: [summed(multiply(Dual(mpf(a)), e) for a, e in zip(row, x)) for row in A]),
    "x @ x": (lambda x, m: x @ x * np.ones(N), lambda x, m: [summed(multiply(e, e) for e in x)] * N),
    "einsum": (
        lambda x, m: np.einsum("i,ij,j->i", x, A, x),
        lambda x, m: [multiply(e, summed(multiply(Dual(mpf(a)), f) for a, f in zip(row, x))) for e, row in zip(x, A)],
    ),
    "norm": (
        lambda x, m: np.sqrt(np.dot(x, x)) + x,
        lambda x, m: [add(power(summed(multiply(e, e) for e in x), 0.5), e) for e in x],
    ),
}

steps = st.one_of(
    st.tuples(st.sampled_from([*ELEMENTWISE]), st.integers(0, 5)),
    st.tuples(st.sampled_from([*BINARY]), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.sampled_from([*MASKS, *PRODUCTS]), st.integers(0, 5), st.lists(st.booleans(), min_size=N, max_size=N)),
)


def run(program, x, ours):
    """The program on a Tensor or array, or on a list of duals: its values, the last one summed by the caller."""
    values = [x]
    for name, i, *more in program:
        a = values[i % len(values)]
        if name in ELEMENTWISE:
            f = ELEMENTWISE[name][not ours]
            values.append(f(a) if ours else [f(e) for e in a])
        elif name in BINARY:
            f, b = BINARY[name][not ours], values[more[0] % len(values)]
            values.append(f(a, b) if ours else [f(p, q) for p, q in zip(a, b)])
        else:
            values.append((MASKS | PRODUCTS)[name][not ours](a, np.array(more[0])))
    return values[-1]


def duals(program, x, i, j):
    """The sum of the program's last value, with its derivatives by x[i], by x[j], and by both."""
    inputs = [Dual(mpf(v), mpf(1) if k == i else 0, mpf(1) if k == j else 0) for k, v in enumerate(x)]
    total = Dual(mpf(0))
    for element in run(program, inputs, False):
        total = add(total, element)
    return total


def plain(program, x):
    total = mpf(0)
    for element in run(program, [Dual(v) for v in x], False):
        total += element.v
    return total


def differences(program, x, i, j=None):
    """The derivatives to the left and to the right in 200 digits; for a second one the difference of four values, twice."""
    with mpmath.workdps(200):
        h = mpf(10) ** -60

        def f(di, dj=0):
            return plain(program, [mpf(v) + h * (di * (k == i) + dj * (k == j)) for k, v in enumerate(x)])

        try:
            if j is None:
                return f(0) / h - f(-1) / h, f(1) / h - f(0) / h
            mixed = (f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1)) / (4 * h * h)
            return mixed, mixed
        except Tie:
            return mpmath.nan, mpmath.nan


def is_right(found, expected, program, x, i, j=None):
    if np.isnan(found):
        return True
    if isinstance(expected, int):
        expected = mpf(0)
    if mpmath.isfinite(expected):
        return abs(mpf(float(found)) - expected) <= mpf(10) ** -8 * (1 + abs(expected))
    if np.isinf(found):
        return True
    left, right = differences(program, x, i, j)
    if not (mpmath.isfinite(left) and mpmath.isfinite(right)):
        return True  # undefined on one side: nothing to compare with
    slack = mpf(10) ** -8 * (1 + abs(left) + abs(right))
    return min(left, right) - slack <= mpf(float(found)) <= max(left, right) + slack


@settings(max_examples=50 * settings.default.max_examples)  # 20,000 in the thorough profile
@given(st.lists(steps, min_size=1, max_size=7), st.lists(st.sampled_from(NUMBERS), min_size=N, max_size=N))
def test_programs_of_masks_have_no_finite_wrong_derivative(program, x):
    with mpmath.workdps(50):
        try:
            halves = {(i, j): duals(program, x, i, j) for i in range(N) for j in range(i, N)}
        except Tie:
            assume(False)
        assume(mpmath.isfinite(halves[0, 0].v) and abs(halves[0, 0].v) < 1e6)
        point = np.array(x)

        def f(x):
            return np.sum(run(program, x, True))

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            gradient = ag.grad(f)(point)
            hessian = ag.hessian(f)(point)
            for i, unit in enumerate(np.eye(N)):
                first = [gradient[i], ag.jvp(f, (point,), (unit,))[1]]
                assert all(is_right(found, halves[i, i].a, program, x, i) for found in first), (i, first, halves[i, i].a)
                products = [hessian[i], ag.jvp(ag.grad(f), (point,), (unit,))[1], ag.hvp(f)(point, unit)]
                for j in range(N):
                    second = [row[j] for row in products]
                    wanted = halves[min(i, j), max(i, j)].c
                    assert all(is_right(found, wanted, program, x, i, j) for found in second), (i, j, second, wanted)


# -- the reports that started it --------------------------------------------------------------------------------------


def where_log(x):
    return np.sum(np.where(x > 0, x * np.log(x), 0))


REPORTED = {
    "jvp through where": (
        lambda x: ag.jvp(lambda x: np.where(x > 0, np.sqrt(x), 0), (x,), (np.ones(2),))[1],
        [0.0, 4.0],
        [0, 0.25],
    ),
    "jvp of grad": (lambda x: ag.jvp(ag.grad(where_log), (x,), (np.ones(2),))[1], [0.0, 4.0], [0, 0.25]),
    "log of a maximum": (ag.grad(lambda x: np.sum(np.log(np.maximum(x, 0)))), [-1.0, 2.0], [0, 0.5]),
    "a row of sums": (ag.grad(lambda x: np.sum(np.log(x.reshape(2, 2)), axis=1)[0]), [1.0, 2.0, 0.0, 1.0], [1, 0.5, 0, 0]),
    "an honest nan": (ag.grad(lambda x: np.sum(np.cbrt(x)[0:2] ** 3)), [0.0, 2.0], [np.nan, 1]),
    "nan that where selects": (ag.grad(lambda x: np.exp(np.log(x)[0])), [0.0, 2.0], [np.nan, 0]),
}


@pytest.mark.parametrize(("derivative", "x", "expected"), REPORTED.values(), ids=REPORTED)
def test_reported_masks(derivative, x, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(derivative(np.array(x)), expected, rtol=1e-14)


def test_hessians_behind_masks_are_symmetric():
    hessian = ag.hessian(lambda p: np.sum(p[2:] * np.where(p[:2] > 0, np.sqrt(p[:2]), 0)))(np.array([0.0, 4.0, 1.0, 0.0]))
    assert hessian[1, 3] == hessian[3, 1] == 0.25
    assert np.array_equal(hessian, hessian.T)


def length(x):
    return np.sqrt(np.sum(x * x))


FLAT = {
    "r**2": lambda x: length(x) ** 2,
    "exp(-r**2)": lambda x: np.exp(-(length(x) ** 2)),
    "cos(r)": lambda x: np.cos(length(x)),
    "Matern 3/2": lambda x: (1 + 3**0.5 * length(x)) * np.exp(-(3**0.5) * length(x)),
    "power(s, .5)**2": lambda x: np.power(np.sum(x * x), 0.5) ** 2,
    "(s**.25)**4": lambda x: (np.sum(x * x) ** 0.25) ** 4,
    "cbrt(s)**2": lambda x: np.cbrt(np.sum(x * x)) ** 2,
    "x @ x": lambda x: np.cosh(np.sqrt(x @ x)),
    "x @ A @ x": lambda x: (x @ np.array([[2.0, 1.0], [1.0, 2.0]]) @ x) ** 0.5,
    "dot": lambda x: np.sqrt(np.dot(x, x)) ** 2,
    "einsum": lambda x: np.sqrt(np.einsum("i,i", x, x)) ** 3,
    "the last of cumulative sums": lambda x: np.sqrt(np.cumsum(x * x)[-1]) ** 2,
    "an element of a product": lambda x: np.cosh(np.sqrt((x[None] @ x[:, None])[0, 0])),
    "the middle of a convolution": lambda x: np.sqrt(np.convolve(x, x)[1]) ** 2,
    "the least": lambda x: np.exp(-(np.sqrt(np.sort(x * x)[0] + np.max(x * x)) ** 2)),
    "a trapezoid": lambda x: np.sqrt(np.trapezoid(x * x)) ** 2,
    "trace of an outer product": lambda x: np.sqrt(np.trace(np.outer(x, x))) ** 2,
    "r itself, by convention": length,
    "norm**2": lambda x: np.linalg.norm(x) ** 2,
    "norm, by convention": np.linalg.norm,
    "std**2 of equal numbers": lambda x: np.std(x) ** 2,
    "hypot**2": lambda x: np.hypot(x[0], x[1]) ** 2,
}


@pytest.mark.parametrize("f", FLAT.values(), ids=FLAT)
def test_at_a_root_that_is_0_the_gradient_is_0_and_second_derivatives_are_not_made_up(f):
    zero = np.zeros(2)
    assert np.array_equal(ag.grad(f)(zero), zero)
    assert ag.jvp(f, (zero,), (np.ones(2),))[1] == 0
    assert np.all(np.isnan(ag.hessian(f)(zero)))
    assert np.array_equal(ag.compile(ag.grad(f))(zero), zero)
    assert np.all(np.isnan(ag.compile(ag.hessian(f))(zero)))


LENGTHS = {
    "sum": lambda x: np.sqrt(np.sum(x * x, axis=1)),
    "einsum": lambda x: np.sqrt(np.einsum("ij,ij->i", x, x)),
    "matmul": lambda x: np.sqrt((x[:, None, :] @ x[:, :, None]).ravel()),
    "diagonal": lambda x: np.sqrt(np.diagonal(x @ x.T)),
}


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_a_row_of_zeros_leaves_the_other_rows_their_derivatives(lengths):
    x, ones = np.array([[0.0, 0.0], [3.0, 4.0]]), np.ones((2, 2))

    def f(x):
        return np.sum(lengths(x) ** 2)

    np.testing.assert_allclose(ag.grad(f)(x), 2 * x)
    np.testing.assert_allclose(ag.jvp(f, (x,), (ones,))[1], 14)
    np.testing.assert_allclose(ag.jvp(ag.grad(f), (x,), (ones,))[1], [[np.nan, np.nan], [2, 2]])


def test_a_root_of_any_sign_is_no_minimum():
    """cbrt(x**3) is x."""
    assert np.isnan(ag.grad(lambda x: np.cbrt(x**3))(0.0))
    assert np.isnan(ag.grad(lambda x: np.sqrt(x) ** 2)(0.0))


SOME = np.array([True, False, True])
OF_ROWS = {  # each has no second derivative, or none that is known, at the last row: of zeros, of equal numbers, without a number
    "norm": lambda x: np.linalg.norm(x, axis=1),
    "norm of order 3": lambda x: np.linalg.norm(x, 3, axis=-1),
    "norm, keepdims": lambda x: np.linalg.norm(x, axis=1, keepdims=True)[:, 0],
    "vector_norm": lambda x: np.linalg.vector_norm(x, axis=1),
    "matrix_norm": lambda x: np.linalg.matrix_norm(x[:, None] * np.ones((2, 1))),
    "norm of complex numbers": lambda x: np.linalg.norm(x * (1 + 2j), axis=1),
    "std": lambda x: np.std(x, axis=1),
    "std of some": lambda x: np.std(x, axis=1, where=SOME),
    "nanstd": lambda x: np.nanstd(x, axis=1),
    "logaddexp": lambda x: np.logaddexp.reduce(x + np.log(np.sign(np.abs(x))), axis=1),
    "logaddexp of some": lambda x: np.logaddexp.reduce(x + np.log(np.sign(np.abs(x))), axis=1, where=SOME),
}
LEFT_OUT = {
    "where": lambda r: np.where(np.arange(3) < 2, r, 0),
    "slice": lambda r: r[:2],
    "indices": lambda r: r[[1, 0, 1]],
    "maximum": lambda r: np.maximum(r, 0.01),
}


@pytest.mark.parametrize("left_out", LEFT_OUT.values(), ids=LEFT_OUT)
@pytest.mark.parametrize("of_rows", OF_ROWS.values(), ids=OF_ROWS)
def test_a_row_that_a_mask_leaves_out_has_second_and_third_derivative_0(of_rows, left_out):
    x = np.array([[1.0, 2.0, 4.0], [3.0, -1.0, 0.5], [0.0, 0.0, 0.0]])
    other = np.concatenate([x[:2], [[1e-5, -1e-5, 2e-5]]])  # a row that needs no mask, with a result as small

    def f(x):
        return np.sum(left_out(of_rows(x)) ** 3)

    def slope(x):
        return ag.hvp(f)(x, np.cos(x))

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if np.isneginf(of_rows(x)[2]):
            other[2] = -1e3
        for derivative in (ag.grad(f), slope, ag.grad(lambda x: np.sum(np.sin(slope(x))))):
            expected = derivative(other)
            expected[2] = 0
            np.testing.assert_allclose(derivative(x), expected, rtol=1e-12, atol=1e-12)


def test_a_pair_of_the_same_point_leaves_the_hessian_of_the_others_alone():
    """Distances of all pairs, of which those above the diagonal count."""
    x, above = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, -2.0]]), np.triu_indices(3, 1)

    def energy(x):
        return np.sum((np.linalg.norm(x[:, None] - x[None], axis=-1)[above] - 1) ** 2)

    def of_pairs(x):
        return sum((np.linalg.norm(x[i] - x[j]) - 1) ** 2 for i, j in zip(*above, strict=True))

    np.testing.assert_allclose(ag.hessian(energy)(x), ag.hessian(of_pairs)(x), rtol=1e-13)
    np.testing.assert_allclose(ag.compile(ag.hessian(energy))(x), ag.hessian(of_pairs)(x), rtol=1e-13)


def test_what_a_mask_reads_is_what_the_rule_reads():
    for primitive in PRIMITIVES.values():
        asked = [*filter(callable, (primitive.selects, primitive.moves))]
        if "where" in primitive.signature.parameters and not primitive.elementwise:
            asked.append(primitive.selecting.selects)
        for argument in primitive.rules:
            for function in asked:
                assert {*parameter_names(function)} <= {"passes", *primitive.reads[argument]}, (primitive, argument)

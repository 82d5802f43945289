"""Where values decide on a shape, a dtype, an error or a routine, compiled functions are what they are, or are refused."""

import numpy as np
import pytest

import autograd_lite as ag
from tests.compiled.test_compile import assert_same

A, B = np.array([0.3, -1.2, 2.0]), np.array([5.0, 1.0, 2.0])
POSITIVE, NEGATIVE = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[-1.0, 0.5], [0.5, -1.0]])
RNG = np.random.default_rng(0)
PLANE = RNG.normal(size=(100, 100))
SINGLE = [np.array([complex(*RNG.normal(size=2))]) for _ in range(10)]


class Matrix(np.ndarray):
    def __mul__(self, other):
        return np.matmul(self, other)


def root_or_not(a):
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.linalg.cholesky(a + 3 * np.eye(2))


def inverse_or_zero(x):
    y = x + 0.0
    try:
        return np.linalg.inv(y)
    except np.linalg.LinAlgError:
        return np.zeros_like(y)


def ratio_or_zero(x):
    try:
        return np.ones(1) * (float(2) / x)
    except ZeroDivisionError:
        return np.zeros(1) * x


def powers_in_place(x):
    y = x.copy()
    y **= 0.5
    return y


def shaped_in_place(x):
    y = x.copy()
    y.shape = (3, 1)
    return y


def part_set(x):
    y = x * 1
    y[: np.argmax(x)] = 0
    return y


def shifted_by(w, x):
    v = (y := x.copy())[:2]
    y -= w
    return np.sum(v**2) + np.sum(y)


def reduced(x):
    return np.add.reduce(np.sin(x) * 2)


SAME = {
    "a view twice": (lambda x: (x[1:], x[1:], (x * 2)[1:], (x * 2)[1:], {"a": x.T, "b": x.T}), [A, B]),
    "a reduction of one axis": (reduced, [np.ones((1100, 1000)), np.ones((1100, 1000)) / 2]),
    "a reduction of an axis beside one of length 1": (reduced, [np.ones((1500000, 1)), np.zeros((1500000, 1))]),
    "an error for numbers that come later": (root_or_not, [POSITIVE, *[NEGATIVE] * 5, POSITIVE]),
    "an error that zeros would raise": (inverse_or_zero, [RNG.normal(size=(800, 800))]),
    "an error of Python's numbers": (ratio_or_zero, [2.0, 0.0, 4.0]),
    "the end of a slice": (lambda x: np.sin(x[: np.argmax(x) + 1]) * 2, [A, B, A]),
    "the start of a slice": (lambda x: x[np.argmax(x) :] * 2, [A, B, A]),
    "a slice that is set": (part_set, [A, B, A]),
    "repeat": (lambda x: np.repeat(x, np.argmax(x) + 1), [A, B, A]),
    "x.repeat": (lambda x: x.repeat(np.argmax(x) + 1), [A, B, A]),
    "tile": (lambda x: np.tile(x, np.argmax(x) + 1), [A, B, A]),
    "pad": (lambda x: np.pad(x, np.argmax(x) + 1), [A, B, A]),
    "split": (lambda x: np.split(x, [np.argmax(x)]), [A, B, A]),
    "diag": (lambda x: np.diag(x, np.argmax(x)), [A, B, A]),
    "linspace": (lambda x: np.linspace(x[0], 1, num=np.argmax(x) + 2), [A, B, A]),
    "an axis": (lambda x: np.sum(np.outer(x, x), axis=np.argmax(x) // 2), [A, B, A]),
    "an element": (lambda x: x[np.argmax(x)] * x + np.take(x, np.argmin(x)), [A, B, A]),
    "real or complex roots": (lambda x: np.emath.sqrt(x) * 2 + 1, [A, B, A]),
    "complex or real roots": (lambda x: np.emath.sqrt(x) * 2 + 1, [B, A, B]),
    "a rank": (lambda a: np.linalg.lstsq(a, np.ones(2), rcond=None)[1] * 2 + 1, [np.eye(2)[:, :1], np.zeros((2, 1))]),
    "equal operands": (lambda x: np.sin(x) @ np.sin(x).T, [PLANE.astype(t) for t in ("f4", "f8", "c16")]),
    "a copy as the other operand": (lambda x: np.dot(x.copy(), x.T), [PLANE.astype(t) for t in ("f4", "f8", "c16")]),
    "an inner product": (lambda x: np.inner(x * 2, x * 2), [PLANE.astype(t) for t in ("f4", "f8", "c16")]),
    "one complex number": (lambda z: np.conjugate(np.exp(z) * np.sin(z)), SINGLE),
    "1 times a complex number": (lambda z: np.sin(np.ones_like(z) * z), [np.array([complex(-0.0, -1)]), SINGLE[0]]),
    "a masked array": (lambda x: (x * 2).sum(), [np.ma.array(np.ones(1 << 20), mask=np.arange(1 << 20) % 2 == 0)]),
    "a subclass with an operator of its own": (lambda x: x * x, [POSITIVE.view(Matrix), NEGATIVE.view(Matrix)]),
    "roots of integers in place": (powers_in_place, [np.array([4, 9, 5]), A, B]),
    "a Tensor into an array": (lambda x: ag.grad(lambda w: shifted_by(w, x))(B), [A]),
    "a long number": (lambda x: x * np.longdouble("0.1") + 1, [np.arange(3, dtype=np.longdouble) / 7, A]),
    "a large integer": (lambda x: x * (2**63 + 1), [np.arange(3, dtype=np.longdouble) / 7, A]),
    "out= of another dtype": (lambda x: np.copy(np.equal(x, 1, out=np.empty_like(x))), [A, B]),
    "the other order of bytes": (lambda x: (x + x) + x, [np.arange(1 << 20).astype(">f8")]),
    "a short integer": (lambda n: (np.copy(n), np.stack([n, n]), np.tile(n, n), n * 2), [np.array(3, np.int8), np.int8(2)]),
    "shifts": (lambda x: (x << 1) + (3 << x) + (x >> 1), [np.array([1, 2]), np.array([5, 0]), np.int64(2)]),
}


@pytest.mark.parametrize("name", SAME)
def test_values_decide_as_they_do_without_a_program(name):
    f, given = SAME[name]
    compiled = ag.compile(f)
    with np.errstate(all="ignore"):
        for x in given:
            for _ in range(2):
                try:
                    expected = f(x)
                except (TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                    with pytest.raises(type(error)):
                        compiled(x)
                else:
                    assert_same(compiled(x), expected)


def test_times_are_added():
    times = np.arange(1 << 20).astype("m8[s]")
    compiled = ag.compile(lambda t: (t + t) + t)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(times), 3 * times)


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (root_or_not, NEGATIVE, "the function catches a LinAlgError"),
        (ratio_or_zero, 0.0, "the function catches a ZeroDivisionError"),
        (lambda x: np.repeat(x, np.argsort(x)), A, "np.repeat: the shape of the result depends on values"),
        (lambda x: x.repeat(np.argsort(x)), A, "x.repeat.* depends on values"),
        (shaped_in_place, A, r"Write x = x.reshape\(\(3, 1\)\)"),
        (lambda x: np.real_if_close(x + 0j) * 2, A, "np.real_if_close: the dtype of the result depends on values"),
        (lambda x: np.outer(x, x)[np.ix_(x > 0, x > 0)], A, "np.ix_ of masks"),
        (lambda x: x * float(f"{np.sum(x):.2f}"), A, r'f"{x:\.2f}" takes the number out'),
    ],
)
def test_what_cannot_be_decided_again_is_refused(f, x, words):
    with pytest.raises(ag.CannotRecord, match=words):
        ag.compile(f)(x)


def test_where_rules_look_elsewhere_time_and_again_one_is_told():
    slope = ag.compile(ag.grad(np.prod))

    def go_to_and_fro():
        for k in range(600):
            x = A * [1, 1, k // 4 % 2]  # four calls with a zero, four without
            assert_same(slope(x), ag.grad(np.prod)(x))

    with pytest.warns(UserWarning, match="was recorded 64 times, .* or its rules look at numbers that lead elsewhere"):
        go_to_and_fro()
    assert slope.programs == 0

"""Each contract of a gradient, seen broken, and what is said then."""

import numpy as np
import pytest

from tests.check.checking import check, cosine

X = np.array([1.0, 2.0, 0.5])
ROWS = np.arange(12.0).reshape(4, 3) / 7 + 0.1


def affine(x, b):
    return 2 * x + b


# -- shape and dtype -------------------------------------------------------------------------------------------------------

SHAPES = {
    "sum over the first axis": (
        (4, 3),
        (3,),
        "(4, 3), but the argument has (3,). A sum over a broadcast axis is missing",
        "(0,)).",
    ),
    "sum that keeps": ((4, 3), (4, 1), "A sum over a broadcast axis is missing: write np.sum(g, axis=(1,), keepdims=True)."),
    "sum over both": ((5, 4, 3), (4, 1), "write np.sum(g, axis=(0, 2)).reshape(4, 1)."),
    "sum over all": ((5, 4), (), "write np.sum(g, axis=(0, 1))."),
    "one axis too many": ((1, 4), (4,), "shape (1, 4), but the argument has (4,)."),
    "flat": ((6,), (2, 3), "shape (6,), but the argument has (2, 3). Write g.reshape(2, 3)."),
    "transposed": ((2, 4), (4, 2), "It is transposed."),
    "summed too far": ((), (4,), "It was summed over too many axes."),
    "summed without keepdims": ((4,), (1, 4), "Write g.reshape(1, 4)."),
    "something else": ((5,), (4,), "shape (5,), but the argument has (4,)."),
}


@pytest.mark.parametrize(("given", "shape", "texts"), [(a, b, t) for a, b, *t in SHAPES.values()], ids=SHAPES)
def test_a_wrong_shape_comes_with_what_repairs_it(given, shape, texts):
    result = check(np.sum, np.ones(shape), gradient=lambda a, v: v * np.ones(given))
    assert not result.ok
    assert result.compared == 0
    assert all(text in result.problems[0] for text in texts), result.problems


def test_a_missing_sum_is_found_in_any_argument():
    result = check(affine, ROWS, X, gradient=lambda x, b, v: (2 * v, v))
    assert result.problems == [
        "shape: the gradient by b has shape (4, 3), but the argument has (3,). A sum over a broadcast axis is missing: write "
        "np.sum(g, axis=(0,))."
    ]


@pytest.mark.parametrize(
    ("x", "dtype", "text"),
    [
        (X, np.float32, "dtype: the gradient by x is float32, but the argument is float64."),
        (X.astype(np.float32), np.float64, "dtype: the gradient by x is float64, but the argument is float32."),
        (X, int, "dtype: the gradient by x is int64, but the argument is float64."),
        (X, complex, "dtype: the gradient by x is of complex128, not of real numbers."),
        (X, object, "dtype: the gradient by x is of object, not of real numbers."),
    ],
)
def test_the_dtype_is_that_of_the_argument(x, dtype, text):
    result = check(lambda x: 2 * x, x, gradient=lambda x, v: (2 * np.round(v, 3)).astype(dtype))
    assert text in result.problems
    assert not result.ok


def test_single_precision_is_not_taken_for_a_lack_of_linearity():
    result = check(np.sin, X, gradient=lambda x, v: cosine(x, v).astype(np.float32))
    assert result.problems == ["dtype: the gradient by x is float32, but the argument is float64."]


# -- mutation --------------------------------------------------------------------------------------------------------------


def in_place(x):
    x *= 2
    return np.sin(x)


class Sometimes:
    """Changes its argument in every seventh call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        y = np.sin(x)
        if self.calls % 7 == 0 and x.flags.writeable:
            x[...] = 5
        return y


def backward_in_place(x, v):
    x *= 2
    return cosine(x / 2, v)


def cotangent_in_place(x, v):
    v *= np.cos(x)
    return v


@pytest.mark.parametrize(
    ("f", "gradient", "text"),
    [
        (in_place, cosine, "f changed its argument. Let it work on a copy: x = x.copy()."),
        (Sometimes(), cosine, "changed its argument in one of the calls"),
        (np.sin, backward_in_place, "gradient changed its argument. Let it work on a copy: x = x.copy()."),
        (np.sin, cotangent_in_place, "gradient changed the cotangent that it was given. Let it work on a copy: v = v.copy()."),
    ],
)
def test_an_argument_that_is_changed_is_named_and_is_not_the_users(f, gradient, text):
    x = X.copy()
    result = check(f, x, gradient=gradient)
    assert set(result.verdicts) == {"argument mutated"}
    assert text in result.problems[-1]
    assert np.array_equal(x, X)


def test_a_change_that_the_checker_itself_undoes_is_seen():
    result = check(Sometimes(), X[:1], gradient=cosine)
    assert set(result.verdicts) == {"argument mutated"}


# -- determinism -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_never_averaged_away(size, seed):
    noise = np.random.default_rng(seed)
    result = check(lambda x: np.sin(x) + size * noise.normal(), X, gradient=cosine)
    assert set(result.verdicts) == {"non-deterministic"}
    assert "f gave two answers for the same argument" in result.problems[0]


@pytest.mark.parametrize("rate", [0.5, 0.1])
@pytest.mark.parametrize("seed", range(5))
def test_a_mask_that_drops_few_numbers_is_not_deterministic(rate, seed):
    noise = np.random.default_rng(seed)
    result = check(lambda x: np.sin(x) * (noise.random(3) > rate), X)
    assert set(result.verdicts) == {"non-deterministic"}


def test_a_random_gradient_is_not_deterministic():
    noise = np.random.default_rng(0)
    result = check(np.sin, X, gradient=lambda x, v: cosine(x, v) * (1 + 1e-12 * noise.normal()))
    assert set(result.verdicts) == {"non-deterministic"}
    assert "gradient gave two answers" in result.problems[0]


@pytest.mark.parametrize("seed", range(8))
def test_a_gradient_with_a_random_mask_is_not_deterministic(seed):
    noise = np.random.default_rng(seed)
    result = check(np.sin, X[:2], gradient=lambda x, v: cosine(x, v) * (noise.random(2) < 0.5))
    assert set(result.verdicts) == {"non-deterministic"}


# -- linearity -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gradient", "texts"),
    [
        (lambda x, v: v * v * np.cos(x), ["linearity: for the cotangent 2 u - w/2"]),
        (lambda x, v: np.abs(v) * np.cos(x), ["linearity: for the cotangent 2 u - w/2"]),
        (lambda x, v: v * np.cos(x) + 1e-6, ["linearity: for the cotangent 2 u - w/2", "zero: for a cotangent of zeros"]),
        (lambda x, v: np.cos(x), ["linearity: gradient gives the same for every cotangent v", "zero: for a cotangent of zeros"]),
        (lambda x, v: v * np.cos(x) if v.any() else x, ["zero: for a cotangent of zeros the gradient is up to 2, not 0."]),
    ],
)
def test_a_gradient_is_linear_in_the_cotangent(gradient, texts):
    result = check(np.sin, X, gradient=gradient)
    assert not result.ok
    assert [problem[: len(text)] for problem, text in zip(result.problems, texts, strict=True)] == texts


TEACHER = np.exp(X) / np.sum(np.exp(X))
CANCELLING = {  # functions whose gradients are a thousandth, or less, of the terms that they are a sum of
    "a little more than x": (lambda x: x * 1.001 - x, X),
    "sin x beside x": (lambda x: (np.sin(x) - x) / 2 * np.cos(x), X / 10),
    "a sum of centred numbers": (lambda x: np.sum(x - np.mean(x)) + np.sum(x) / 2**40, X),
    "divergence from a near teacher": (
        lambda x: np.sum(TEACHER * (np.log(TEACHER) - x)) + np.log(np.sum(np.exp(x))),
        X + [1e-4, -1e-4, 2e-4],
    ),
}


@pytest.mark.parametrize("name", CANCELLING)
def test_rounding_of_terms_that_cancel_is_no_lack_of_linearity(name):
    f, x = CANCELLING[name]
    problems = [check(f, x, rng=seed).problems for seed in range(8)]
    assert problems == [[]] * 8


@pytest.mark.parametrize(
    "added",
    [lambda v: 1e-10 * v * v, lambda v: 1e-12 * np.abs(v), lambda v: 1e-13 * np.sum(v) ** 2 / np.max(v, initial=0.5)],
    ids=["a square", "an absolute value", "a ratio"],
)
def test_a_lack_of_linearity_is_seen_where_terms_cancel(added):
    result = check(CANCELLING["a little more than x"][0], X, gradient=lambda x, v: v * 1.001 - v + added(v))
    assert [problem.partition(":")[0] for problem in result.problems] == ["linearity"]


# -- layouts ---------------------------------------------------------------------------------------------------------------


def writes_and_restores(x, v=None):
    x += 1
    x -= 1
    return np.sin(x) if v is None else cosine(x, v)


@pytest.mark.parametrize(
    ("f", "gradient", "text"),
    [
        (writes_and_restores, cosine, "read-only: f fails for arguments that are read-only: ValueError"),
        (np.sin, writes_and_restores, "read-only: gradient fails for arguments that are read-only: ValueError"),
        (
            np.sin,
            lambda x, v: cosine(x, v) if x.flags.c_contiguous else v,
            "not contiguous: gradient gives another answer for arguments that are not contiguous.",
        ),
        (
            lambda x: np.sin(x) if x.flags.c_contiguous else x,
            cosine,
            "not contiguous: f gives another answer for arguments that are not contiguous.",
        ),
        (
            np.sin,
            lambda x, v: cosine(x, v) if x.flags.c_contiguous else v[:1],
            "not contiguous: shape: the gradient by x has shape (1,)",
        ),
    ],
)
def test_arguments_may_be_read_only_and_have_gaps(f, gradient, text):
    x = np.array([0.5, 0.75, 1.0])  # to which 1 is added without rounding
    result = check(f, x, gradient=gradient)
    assert not result.ok
    assert any(problem.startswith(text) or text in problem for problem in result.problems), result.problems


# -- memory ----------------------------------------------------------------------------------------------------------------


def test_a_gradient_kept_from_an_earlier_call_is_stale():
    kept = {}
    result = check(np.sin, X, gradient=lambda x, v: v * kept.setdefault("cos", np.cos(x)))
    assert set(result.verdicts) == {"passes"}  # here it is right
    assert result.problems[0].startswith("stale: gradient gives the same at another point")


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (lambda x: 3 * x, lambda x, v: 3 * v),
        (lambda x: x + np.floor(x), lambda x, v: v),
        (lambda x: np.abs(x), lambda x, v: v * np.sign(x)),
        (lambda x: 1e9 + x, lambda x, v: v),
        (lambda x: (np.sum(x) * 1e-9, -x), lambda x, v: v[0] * 1e-9 - v[1]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(3))
def test_a_derivative_that_is_constant_is_not_stale(f, gradient, dtype, seed):
    x = np.random.default_rng(seed).normal(size=4).astype(dtype) * 10
    result = check(f, x, gradient=gradient, rng=seed)
    assert not result.problems, str(result)

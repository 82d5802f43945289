"""Compiled functions equal themselves to the last bit, or are refused in words."""

import contextlib
import copy
import operator
import threading
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.compiled import compiler, recording
from autograd_lite.compiled.blocks import adds_halves
from autograd_lite.compiled.recording import LARGE
from tests.core.programs import laid_out_as, problems, run, total
from tests.rules.checks import leaves, values
from tests.table import ROWS, parameter
from tests.table.row import calls

once = settings(
    max_examples=2, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

# rows of which no call can be compiled, and the words of the refusal
SHAPED = {
    "np.compress", "np.delete", "np.extract", "np.trim_zeros", "np.union1d", "np.intersect1d", "np.setdiff1d",
    "np.setxor1d", "np.unique", "np.unique_all", "np.unique_counts", "np.unique_inverse", "np.unique_values",
    "np.nanmedian", "np.nanquantile", "np.nanpercentile", "ordering.unique_values", "np.roots", "np.polymul",
}  # fmt: skip
LOOKED_AT = {"np.i0", "special.bessel_i"}
BY_C_CODE = {"accurate.power_derivative", "reductions.softmax_of"}
REFUSED = SHAPED | LOOKED_AT | BY_C_CODE

X = np.array([0.3, -1.2, 2.0])


def assert_same(found, expected):
    """Bit for bit: nan, the sign of 0, shapes, dtypes and layouts."""
    found, expected = leaves(values(found)), leaves(values(expected))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert type(a) is type(b)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        if a.size:
            assert [s for n, s in zip(a.shape, a.strides) if n > 1] == [s for n, s in zip(b.shape, b.strides) if n > 1]
        for x, y in ((a.real, b.real), (a.imag, b.imag)) if a.dtype.kind == "c" else ((a, b),):
            assert np.array_equal(x, y, equal_nan=True)
            assert np.array_equal(np.signbit(x), np.signbit(y))


def values_and_gradients(call):
    def both(cotangent, *arrays):
        value, pullback = ag.vjp(call, *arrays)
        return value, pullback(cotangent)

    return both


def alone(compiled, *args):
    """What the text of the program returns in an empty namespace."""
    names = {}
    exec(compiled.source, names)
    with np.errstate(all="ignore"):
        return names["build"](**compiled.outer)(*args)


@pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in ROWS])
def test_values_and_gradients_are_equal_to_the_last_bit(row):
    @once
    @given(calls(row))
    def for_calls(drawn):
        call, rng = drawn
        value = call(*call.arrays)
        cotangent = ag.transforms.tree.map_leaves(
            lambda y: rng.standard_normal(np.shape(y)).astype(np.asarray(y).dtype) if np.shape(y) else np.asarray(y), value
        )
        others = [np.asarray(x * (1 - 1e-3), x.dtype) if x.dtype.kind == "f" else x for x in call.arrays]
        f = values_and_gradients(call)
        compiled = ag.compile(f)
        try:
            first = compiled(cotangent, *call.arrays)
        except ag.CannotRecord:
            assert str(row) in REFUSED
            return
        assert_same(first, f(cotangent, *call.arrays))
        assert_same(compiled(cotangent, *call.arrays), f(cotangent, *call.arrays))
        assert_same(compiled(cotangent, *others), f(cotangent, *others))
        found = alone(compiled, *leaves(cotangent), *call.arrays)
        if found is not None:  # a guard has failed
            assert_same(list(found), leaves(first))

    for_calls()


def test_every_refusal_is_still_one():
    names = set(map(str, ROWS))
    assert names >= REFUSED


def loss(w, x=X):
    return np.sum(np.tanh(x * w) ** 2) / w.size


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (loss, (X,)),
        (ag.grad(loss), (X,)),
        (ag.value_and_grad(loss), (X,)),
        (ag.hvp(loss), (X, X[::-1])),
        (ag.jacobian(lambda w: np.tanh(w) * w[0]), (X,)),
        (ag.jacobian(lambda w: np.tanh(w) * w[0], mode="forward"), (X,)),
        (ag.hessian(loss), (X,)),
        (lambda w, v: ag.jvp(loss, (w,), (v,)), (X, X + 1)),
        (ag.grad(lambda p: np.sum(p["w"] ** 3) * p["b"][0]), ({"w": X, "b": [X[:1]]},)),
        (ag.grad(np.tanh), (0.5,)),
        (ag.hvp(lambda w: np.sum(np.take(w, np.argmax(w)) ** 3)), (X, X[::-1])),
        (ag.hvp(lambda w: w[np.argmax(w)] ** 3), (X, X[::-1])),
        (ag.value_and_grad(lambda w: (loss(w), {"twice": 2 * w}), has_aux=True), (X,)),
        (ag.grad(lambda low, x: np.clip(x, low, low + 1) ** 3), (0.5, 2.0)),
    ],
)
def test_transforms(f, args):
    compiled = ag.compile(f)
    for k in range(4):
        given_now = ag.transforms.tree.map_leaves(lambda x: x * (1 + k / 8), args)  # noqa: B023
        assert_same(compiled(*given_now), f(*given_now))
    assert compiled.programs == 1


def test_single_precision_stays_single():
    f = ag.compile(ag.value_and_grad(lambda w, rate: np.sum(np.tanh(w * 0.1) * rate)))
    for _ in range(3):
        value, gradient = f(X.astype(np.float32), 0.25)
        assert value.dtype == gradient.dtype == np.float32


def test_a_float_is_an_argument_and_an_integer_is_not():
    f = ag.compile(lambda x, rate, power: rate * x**power)
    for rate in (0.5, 0.25, 0.125):
        assert_same(f(X, rate, 2), rate * X**2)
    assert f.programs == 1
    assert_same(f(X, 0.5, 3), 0.5 * X**3)
    assert f.programs == 2


@pytest.mark.parametrize("f", [operator.and_, operator.or_, operator.xor, np.logical_and, np.logical_or])
def test_truths_of_numbers_are_combined_in_each_call(f):
    for first in (-1.0, 0.5, 2.0):  # np.True_ is one object, so that a result may be an operand by chance
        compiled = ag.compile(lambda x: np.where(f(x > 0, x < 1), x, -2 * x))
        for x in (first, -1.0, 0.5, 2.0):
            assert compiled(x) == compiled.f(x)


@pytest.mark.parametrize("f", [lambda x: divmod(x, 2), lambda x: divmod(7.0, x), lambda x: np.divmod(x, x)])
def test_divmod(f):
    for kind in (float, np.float32, np.array, lambda x: np.array([x, -x])):
        compiled = ag.compile(f)
        for x in (0.3, -1.2, 2.0):
            found, expected = compiled(kind(x)), f(kind(x))
            assert [*map(type, found)] == [*map(type, expected)]
            assert np.asarray(found).tobytes() == np.asarray(expected).tobytes()


@pytest.mark.parametrize("like", [np.zeros_like, np.ones_like, np.full_like])
def test_an_array_like_a_number_is_made(like):
    compiled = ag.compile(lambda x: like(x, *[2.0] * (like is np.full_like)) + x)
    for x in (0.5, 0.25, np.float32(2), np.array(3.0)):
        assert_same(compiled(x), compiled.f(x))


def test_parameters_outside_are_used_by_reference():
    w = ag.tensor(X)
    weights = X.copy()
    f = ag.compile(ag.grad(lambda x: np.sum(w * x**2 * weights)))
    f(X)
    w.data -= 1.0
    weights += 1.0
    assert_same(f(X), ag.grad(lambda x: np.sum(w * x**2 * weights))(X))
    w.data = np.float32([1, 2, 3])  # another array
    assert_same(f(X), ag.grad(lambda x: np.sum(w * x**2 * weights))(X))


def test_results_belong_to_the_caller():
    f = ag.compile(lambda x: (np.sin(x), np.zeros_like(x) + 2, np.cos(np.sin(x))))
    for _ in range(2):
        first = f(X)
        kept = [part.copy() for part in first]
        f(X + 1)
        assert_same(first, kept)
        for part in first:
            part[...] = -7.0
        assert_same(f(X), kept)


def test_with_reuse_results_lie_in_the_program():
    f = ag.compile(lambda x: np.exp(np.sin(x)), reuse=True)
    f(X)
    first = f(X)
    assert_same(f(X + 1), np.exp(np.sin(X + 1)))
    assert_same(first, np.exp(np.sin(X + 1)))


def if_positive(x):
    return x if x[0] > 0 else -x


def counting(x, calls=[]):  # noqa: B006
    calls.append(1)
    return x * len(calls)


def written(x):
    x += 1.0
    return x


def into_zeros(x):
    y = np.zeros(2)
    y[1] = x[0]
    return y


def through_flat(x):
    y = x * 1
    y.flat = 0.0
    return y


def of_outside(x, memory=np.zeros(3)):  # noqa: B008
    memory += x
    return memory * 2


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (if_positive, "np.where"),
        (lambda x: x * float(x[0]), "float"),
        (lambda x: x * x[0].item(), "item"),
        (lambda x: list(x.tolist()), "tolist"),
        (lambda x: np.array([x[0], x[1]]) + np.asarray(x).sum(), "asarray"),
        (lambda x: x * np.random.default_rng().standard_normal(3), "random"),
        (counting, "counter"),
        (written, "copy"),
        (lambda x: np.clip(x, 0.0, 1.0, x), "writes into its argument"),
        (of_outside, "train_step"),
        (into_zeros, "takes the number out"),
        (lambda x: x * round(x[0]), r"Write np\.round\(x\)"),
        (through_flat, "ravel"),
        (lambda x: x.flat[0], "ravel"),
        (lambda x: np.asarray(ag.zeros(3) + x), "asked for the numbers"),
        (lambda x: x[x > 0], "shape"),
        (lambda x: np.unique(x), "shape"),
        (lambda x: np.nonzero(x)[0], "shape"),
        (lambda x: x * ag.tensor(1.0, requires_grad=True), "no_grad"),
        (lambda x: [x[i] for i in range(np.argmax(x))], "range"),
        (
            ag.grad(lambda x: np.nanmedian(np.where(x > 0, x, np.nan))),
            "the derivative of nanmedian cannot be followed: .* outside of what is compiled",
        ),
        (ag.grad(lambda x: np.sum(abs(np.roots(x)))), "np.roots cannot be followed"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_line_to_write(f, words):
    compiled = ag.compile(f)
    for _ in range(2):
        with pytest.raises(ag.CannotRecord, match=words):
            compiled(X.copy())


def written_with(write):
    def f(x):
        y = x * 1
        write(y)
        return np.sum(y * y * x)

    return f


FOLLOWED = {
    "fill_diagonal": written_with(lambda y: np.fill_diagonal(y, 2.0)),
    "fill_diagonal with several": written_with(lambda y: np.fill_diagonal(y, y[0] * 3)),
    "putmask": written_with(lambda y: np.putmask(y, y > 0, y * y)),
    "putmask of a number": written_with(lambda y: np.putmask(y, y > 0, -1.0)),
    "place": written_with(lambda y: np.place(y, y > 0, [1.0, 2.0])),
    "place of what is recorded": written_with(lambda y: np.place(y, y > 0, y[1:] * y[0])),
    "hypot.at": written_with(lambda y: np.hypot.at(y, [0, 2, 0], np.sin(y[1]))),
    "copies": lambda x: np.sum(copy.copy(x.T) ** 2 * copy.deepcopy({"x": x})["x"] * copy.copy(x[0, 0])),
    "median": lambda x: np.median(x) ** 2,
    "medians": lambda x: np.sum(np.median(x, axis=0) ** 2),
    "percentiles": lambda x: np.subtract(*np.percentile(x, [75, 25])) ** 2,
    "a quantile by q": lambda x: np.quantile(np.array([3.0, 1.0, 2.0]), 1 / (1 + x[0, 0] ** 2)),
    "pad by medians": lambda x: np.sum(np.pad(x, 1, "median") ** 3),
    "interp": lambda x: np.sum(np.interp(x, [-1.0, 0.0, 1.0], [0.0, 2.0, 1.0]) ** 2),
    "interp by the points": lambda x: np.sum(np.interp([0.1, 0.5], np.cumsum(np.exp(x[0])), x[1]) ** 2),
    "bincount": lambda x: np.sum(np.bincount([0, 1, 1, 0], weights=x[0], minlength=3) ** 2),
    "delete": lambda x: np.sum(np.delete(x, [1], axis=0) ** 2),
    "compress": lambda x: np.sum(np.compress([True, False, True, True], x, axis=0) ** 2),
    "eigenvalues of either kind": lambda x: np.sum(np.abs(np.linalg.eigvals(x)) ** 2),
    "eigenvectors of either kind": lambda x: np.sum(np.abs(np.linalg.eig(x)[1])),
}


@pytest.mark.parametrize("f", FOLLOWED.values(), ids=FOLLOWED)
def test_what_has_one_shape_is_followed_whatever_the_values(f):
    for transform in (f, ag.grad(f), lambda x: ag.hvp(f)(x, np.ones_like(x))):
        compiled = ag.compile(transform)
        for seed in range(6):
            x = np.random.default_rng(seed).standard_normal((4, 4)) + (seed % 2) * 3 * np.diag(np.arange(4.0))
            assert_same(compiled(x), transform(x))


WRITTEN = {
    "cumsum": lambda x, y: np.cumsum(x, 0, None, y),
    "cumsum of a list": lambda x, y: np.cumsum([1.0, 2.0, 3.0], 0, None, y),
    "clip in place": lambda x, y: np.clip(y, -1.0, 1.0, y),
    "take": lambda x, y: np.take(x, [2, 0, 0], 0, y),
    "round": lambda x, y: np.round(x, 1, y),
    "dot": lambda x, y: np.dot(np.eye(3)[::-1], x, y),
    "x.dot": lambda x, y: x.dot(np.diag(X), y),
    "x.cumsum": lambda x, y: x.cumsum(0, None, y),
    "nan_to_num": lambda x, y: np.nan_to_num(np.copyto(y, np.log(x)) or y, copy=False),
    "the second of two": lambda x, y: np.modf(x * 3, x * 0, y),
    "byteswap": lambda x, y: y.byteswap(True),
    "what is handed back as it is": lambda x, y: np.copyto(np.atleast_1d(y), 0.5),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_an_array_given_as_out_without_the_name_is_written_into(write):
    def f(x):
        y = x * 2
        part = y[1:]
        write(x, y)
        return y * x, part + 1

    compiled = ag.compile(f)
    for k in range(3):
        assert_same(compiled(X + k), f(X + k))


def test_a_refusal_leaves_nothing_behind():
    w = ag.tensor(X, requires_grad=True)
    with pytest.raises(ag.CannotRecord):
        ag.compile(lambda x: np.sum(x * w).backward() or float(x[0]))(X)
    assert type(w.data) is np.ndarray
    assert type(w.grad) is np.ndarray
    assert ag.graph.Value.__dict__["_array"].__class__.__name__ == "member_descriptor"
    assert ag.engine.np is ag.functions.np is np


def test_a_guard_that_fails_leads_to_the_function_itself():
    f = ag.value_and_grad(np.linalg.norm)
    compiled = ag.compile(f)
    compiled(X)
    assert "return None" in compiled.source
    for x in (X, np.zeros(3), X, np.zeros(3), np.zeros(3), np.zeros(3), X):
        assert_same(compiled(x), f(x))


def test_inside_a_transform_it_has_a_gradient():
    f = ag.compile(lambda x: np.sum(np.sin(x)))
    f(X), f(X)
    assert_same(ag.grad(lambda x: f(x) * 2)(X), 2 * np.cos(X))
    t = ag.tensor(X, requires_grad=True)
    f(t).backward()
    assert_same(t.grad, np.cos(X))


def test_the_mode_belongs_to_the_program():
    w = ag.tensor(X, requires_grad=True)
    f = ag.compile(lambda x: x * w)
    with ag.no_grad():
        f(X), f(X)
    with pytest.raises(ag.CannotRecord):
        f(X)


def test_tensors_go_in_and_come_out():
    f = ag.compile(lambda t: np.exp(t) * 2)
    for _ in range(3):
        found = f(ag.tensor(X))
        assert isinstance(found, ag.Tensor)
        assert_same(found.data, np.exp(X) * 2)


def test_it_is_a_decorator_of_functions_and_of_methods():
    @ag.compile
    def double(x):
        """Twice."""
        return 2 * x

    class Scaled:
        @ag.compile
        def __call__(self, x):
            return x * 3

    assert double.__doc__ == "Twice."
    assert_same(double(X), 2 * X)
    scaled = Scaled()
    assert_same(scaled(X), 3 * X)


def test_new_shapes_make_new_programs_up_to_a_limit():
    f = ag.compile(lambda x, n: x * n)
    for n in range(64):
        f(X, n)
    with pytest.warns(UserWarning, match="64 programs"):
        assert_same(f(X, 64), X * 64)
    assert f.programs == 64
    for shape in ((3,), (3, 1), (1, 3)):
        g = ag.compile(lambda x: np.sum(np.sin(x), axis=0))
        g(X)
        assert_same(g(X.reshape(shape)), np.sum(np.sin(X.reshape(shape)), axis=0))


def test_other_strides_are_other_arguments():
    f = ag.compile(lambda x: np.sum(x * 3, axis=0))
    wide = np.arange(12.0).reshape(3, 4)
    for x in (wide, np.asfortranarray(wide), wide[:, ::-1], wide):
        assert_same(f(x), np.sum(x * 3, axis=0))


def test_threads_have_buffers_of_their_own():
    f = ag.compile(ag.value_and_grad(lambda x: np.sum(np.exp(np.sin(x)) * x)))
    inputs = [np.linspace(0, k + 1, 2000) for k in range(4)]
    expected = [f(x) for x in inputs]
    wrong = []

    def work(k):
        for _ in range(200):
            value, gradient = f(inputs[k])
            if not (np.array_equal(gradient, expected[k][1]) and value == expected[k][0]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_thread_that_records_does_not_disturb_another():
    stop, wrong = threading.Event(), []

    def work():
        t = ag.tensor(X, requires_grad=True)
        while not stop.is_set():
            t.grad = None
            np.sum(np.tanh(t) * np.cumsum(t)).backward()
            if type(t.grad) is not np.ndarray:
                wrong.append(t.grad)

    thread = threading.Thread(target=work)
    thread.start()
    for n in range(30):
        ag.compile(ag.grad(lambda x: np.sum(np.cumsum(x) * np.tanh(x)) * n))(X)  # noqa: B023
    stop.set()
    thread.join()
    assert not wrong


def test_the_program_shares_calls_and_leaves_out_what_nobody_needs():
    def f(x):
        np.cos(x)
        return np.exp(x) * np.exp(x) + np.sum(np.ones(3))

    compiled = ag.compile(f)
    assert_same(compiled(X), f(X))
    body = compiled.source.partition("    def ")[2]
    assert body.count("exp(") == 1
    assert "cos" not in compiled.source
    assert "ones" not in body


def test_memory_is_used_again():
    def f(x):
        for _ in range(20):
            x = np.sin(x) * 0.5
        return x

    compiled = ag.compile(f)
    compiled(X)
    assert compiled.source.count("np.empty((3,)") == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_arrays_are_computed_in_pieces(dtype):
    def f(x, rate):
        return np.sum(np.tanh(x) * np.exp(-x * x) + np.log1p(x * x) * rate)

    both = ag.value_and_grad(f)
    compiled = ag.compile(both)
    x = np.random.default_rng(0).standard_normal(1_234_567).astype(dtype)
    for k in range(3):
        assert_same(compiled(x * dtype(1 + k), 0.5 + k), both(x * dtype(1 + k), 0.5 + k))
    assert compiled.source.count("for i0, j0 in") == 1
    assert compiled.source.count("np.empty((1234567,)") == 2 - adds_halves()  # the result; else the terms of the sum, too
    wide = x[:1_200_000].reshape(1200, 1000)
    gradient = ag.grad(lambda x: np.sum(np.tanh(x) * np.max(x, axis=1, keepdims=True)))
    compiled = ag.compile(gradient)
    for k in range(3):
        assert_same(compiled(wide * dtype(1 + k)), gradient(wide * dtype(1 + k)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.complex128])
@settings(max_examples=5, deadline=None)
@given(st.integers(1 << 20, 1 << 22), st.integers(0, 2**32))
def test_sums_of_pieces_are_the_sum(dtype, size, seed):
    def f(x, rate):
        y = np.add(x, 1)
        sums = np.sum(x * x), np.add.reduce(x - rate, axis=None), (x * 3).sum(), np.mean(y), np.sum(x * 0 * -1)
        return *sums, np.sum(y / np.sum(x * rate)), np.sum(y, keepdims=True), np.max(y.real)

    compiled = ag.compile(f)
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal(size) * np.exp(rng.standard_normal(size))).astype(dtype)
    with np.errstate(all="ignore"):  # in half precision the sums are infinite
        for given_now in (x, x[: size // 64 * 64].reshape(1, -1, 64)):
            assert_same(compiled(given_now, 0.5), f(given_now, 0.5))
    assert ("s1.append(" in compiled.source) == (adds_halves() and np.dtype(dtype).char in "fd")


@contextlib.contextmanager
def large_from(size):
    """Arrays of so many bytes are large to a recording."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (compiler, recording):
            patch.setattr(module, "LARGE", size)
        yield


def test_large_arrays_are_not_computed_while_recording(monkeypatch):
    computed, runs = set(), []

    def noted(function, args, options):
        found = blank_result(function, args, options)
        if found is None and any(isinstance(x, np.ndarray) and x.nbytes >= LARGE for x in args):
            computed.add(function)
        return found

    def f(x):
        runs.append(x.shape)
        y = np.where(x > 3, 0, x)
        y += 1
        return np.sum(np.tanh(y) * np.exp(-x * x) / 2 + np.log1p(x * x))

    blank_result = recording.blank_result
    monkeypatch.setattr(recording, "blank_result", noted)
    large = np.random.default_rng(0).standard_normal((1100, 1000)).astype(np.float32)
    for g in (f, ag.grad(f), ag.value_and_grad(f)):
        compiled, usual = ag.compile(g), g(large)
        runs.clear()
        assert_same(compiled(large), usual)
        assert len(runs) == 2
        assert_same(compiled(2 * large), g(2 * large))
    assert computed  # np.where and np.sum are
    assert not {function for function in computed if isinstance(function, np.ufunc)}


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x) / x,  # its rule looks for 0
        lambda x: np.sum(np.abs(x) ** np.abs(x)),
        lambda x: np.linalg.inv(x) @ x,  # of zeros there is none
        lambda x: x * (1 / np.sum(x)),
    ],
)
def test_what_needs_numbers_is_recorded_with_them(f):
    x = np.random.default_rng(1).standard_normal((9, 9))
    for g in (f, ag.grad(lambda x: np.sum(f(x)))):
        compiled = ag.compile(g)
        with large_from(0), warnings.catch_warnings():
            warnings.simplefilter("error")
            for k in range(3):
                assert_same(compiled(x + k), g(x + k))
        assert compiled.programs == 1


def test_what_is_refused_of_large_arrays_is_refused_in_the_same_words():
    x = np.ones(1 << 20)
    for f in (lambda x: x * float(np.sum(x)), lambda x: x if x[0] > 0 else -x, lambda x: x[x > 0]):
        with pytest.raises(ag.CannotRecord) as small:
            ag.compile(f)(x[:3])
        with pytest.raises(ag.CannotRecord) as large:
            ag.compile(f)(x)
        assert str(small.value) == str(large.value)
    with pytest.raises(OverflowError), large_from(0):
        ag.compile(lambda x: x + 300)(np.ones(3, np.uint8))
    with pytest.raises(TypeError, match="bitwise_and"), large_from(0):
        ag.compile(lambda x: np.bitwise_and(x, x, out=x.copy()))(np.ones(3))


def test_parts_of_a_tensor_that_is_an_argument_are_views_of_it():
    def shown(x):
        y = x[1:] * 2
        return y, x.T, x[::-1]

    x = ag.tensor(np.arange(6.0).reshape(3, 2))
    compiled = ag.compile(shown)
    for _ in range(3):
        for found, expected in zip(compiled(x), shown(x), strict=True):
            assert type(found) is type(expected)
            assert np.array_equal(found.data, expected.data)
            assert np.array_equal(found[0].data, expected[0].data)  # results may be viewed, too


@pytest.mark.parametrize(("to", "of"), [(0, 1), (slice(1, None), slice(None, -1)), ((..., 1), (..., 0))], ids=str)
def test_a_part_written_into_another_part(to, of):
    def f(x):
        y = x * 1
        y[to] = y[of]
        return np.sum(y**2)

    compiled = ag.compile(ag.value_and_grad(f))
    for k in range(4):
        x = np.arange(12.0).reshape(4, 3) + k
        for found, expected in zip(compiled(x), ag.value_and_grad(f)(x), strict=True):
            assert found.tobytes() == expected.tobytes()
    assert compiled.programs == 1


def test_parts_of_complex_numbers_are_written_into():
    def f(z, u):
        y = z * 1j
        real, imag = y.real, y.imag
        imag[1:] *= real[:-1]
        y.real = np.sin(u)
        y.imag[0] += 2.0
        return np.sum(np.abs(y) ** 3) + np.sum(real * imag)

    for g in (ag.value_and_grad(f, (0, 1)), f):
        compiled = ag.compile(g)
        for k in range(4):
            z, u = X + 1j * X[::-1] + k, X * (k + 1)
            assert_same(compiled(z, u), g(z, u))
        assert compiled.programs == 1


def test_a_function_made_of_text_is_followed():
    names = {"np": np}
    exec("def f(x):\n    return np.sin(x) * x", names)  # as sympy.lambdify makes them: they belong to no module
    f = names["f"]
    compiled = ag.compile(lambda x: f(x) + 1)
    for _ in range(2):
        assert_same(compiled(X), f(X) + 1)


VIEWS_OF_THE_WHOLE = {
    "reshape": lambda y: y.reshape(2, -1),
    "reshape in Fortran order": lambda y: y.reshape(-1, order="F"),
    "swapaxes": lambda y: y.swapaxes(0, 1),
    "expand_dims": lambda y: np.expand_dims(y, 0),
    "slices": lambda y: y[::-1, 1:],
    "sliding windows": lambda y: np.lib.stride_tricks.sliding_window_view(y, 2, axis=0),
    "a view of a view": lambda y: np.moveaxis(y.reshape(2, 2, -1), 0, -1)[None],
}


@pytest.mark.parametrize("size", [3, 300], ids=["small", "large"])
@pytest.mark.parametrize("view", VIEWS_OF_THE_WHOLE.values(), ids=VIEWS_OF_THE_WHOLE)
def test_what_a_derivative_reads_of_a_view_stays_as_it_was(view, size):
    def f(x):
        y = np.sin(x)
        part = view(y)
        cosines = np.cos(part)  # whose derivative reads the part as it is now
        y[0, 1] = 3.0
        y[1] += y[0]
        return np.sum(cosines * part) + np.sum(np.exp(y))

    for g in (f, ag.grad(f), lambda x: ag.hvp(f)(x, np.ones_like(x))):
        compiled = ag.compile(g)
        for k in range(3):
            x = np.linspace(-1, 2, 4 * size).reshape(4, size) * (k + 1)
            assert_same(compiled(x), g(x))


def filled(y):
    y.fill(2.0)


def multiplied(y):
    y[...] = y * y


@pytest.mark.parametrize("write", [lambda y: y.sort(), filled, multiplied], ids=["sort", "fill", "[...] ="])
@pytest.mark.parametrize("key", [0, slice(1, None), [2, 0]], ids=str)
def test_a_part_is_written_into_after_the_whole(write, key):
    def f(x):
        y = np.exp(x)
        write(y)
        y[key] *= 3.0
        write(y)
        y[key] = x[key] * x[0]
        return np.sum(y**3)

    for g in (f, ag.grad(f), lambda x: ag.hvp(f)(x, np.ones_like(x))):
        compiled = ag.compile(g)
        for k in range(3):
            assert_same(compiled(X * (k + 1)), g(X * (k + 1)))


OF_A_PROGRAM = {
    "the values": lambda f, x, d: f(x),
    "value_and_grad": lambda f, x, d: ag.value_and_grad(f)(x),
    "jvp": lambda f, x, d: ag.jvp(f, (x,), (d,)),
    "vjp": lambda f, x, d: ag.vjp(lambda x: x * f(x), x)[1](d),
    "jacobian": lambda f, x, d: ag.jacobian(lambda x: np.ravel(x)[:2] * f(x))(x),
    "hvp": lambda f, x, d: ag.hvp(f)(x, d),
    "jvp of grad": lambda f, x, d: ag.jvp(ag.grad(f), (x,), (d,)),
    "grad of grad": lambda f, x, d: ag.grad(lambda x: np.sum(ag.grad(f)(x) * d))(x),
    "grad of hvp": lambda f, x, d: ag.grad(lambda x: np.sum(ag.hvp(f)(x, d) * d))(x),
}


@pytest.mark.parametrize("derivative", OF_A_PROGRAM.values(), ids=OF_A_PROGRAM)
@given(problems(most=8), st.booleans())
def test_programs_of_views_and_writes_are_equal(derivative, problem, blank):
    x, program = problem
    direction = np.random.default_rng(0).standard_normal(x.shape)

    def f(x):
        return derivative(lambda x: total(run(program, x.copy("K"))), x, direction)

    compiled = ag.compile(f)
    for number in (x, 1.5 * x, -x):
        argument = laid_out_as(x, number)
        with np.errstate(all="ignore"), large_from(0 if blank else LARGE):  # of 1.5 x some numbers may overflow
            assert_same(compiled(argument), f(argument))


@pytest.mark.parametrize(
    "f", [lambda x: x.take([0, 1]), lambda x: x.repeat(2), lambda x: x.compress([1, 0, 1]), lambda x: x.flatten()]
)
def test_methods_that_select_are_recorded(f):
    g = ag.grad(lambda x: np.sum(f(x) ** 2))
    assert np.array_equal(ag.compile(g)(np.arange(3.0)), g(np.arange(3.0)))

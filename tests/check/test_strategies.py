"""The strategies keep what they promise, show every case there is, and make tests that can fail."""

import collections
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import strategies
from autograd_lite.check import GradientError, check_gradients

REAL = strategies.between(-3, 3)
many = settings(max_examples=60)
patient = settings(max_examples=5000, database=None)


def shows(strategy, case):
    """Something that the strategy draws for this case; raises if it never does."""
    return find(strategy, case, settings=settings(patient, phases=[Phase.generate]))


# -- domains ------------------------------------------------------------------------------------------------------


def test_magnitudes_are_as_frequent_in_every_decade():
    x = strategies.magnitudes(1e-3, 1e3)(np.random.default_rng(0), (60_000,))
    assert 1e-3 <= np.min(np.abs(x)) < 1.001e-3
    assert 0.999e3 < np.max(np.abs(x)) <= 1e3
    counts = collections.Counter(np.floor(np.log10(np.abs(x))).astype(int).tolist())
    assert [round(counts[decade] / 1e4, 1) for decade in range(-3, 3)] == [1] * 6
    assert round(np.mean(x > 0), 1) == 0.5
    assert np.min(strategies.magnitudes(0.5, 2, signed=False)(np.random.default_rng(0), (99,))) >= 0.5


@given(strategies.generators(), st.sets(st.integers(-3, 3)), st.floats(0.01, 0.3))
def test_numbers_keep_their_distance_from_kinks_and_lie_on_either_side(rng, points, margin):
    x = strategies.away_from(*points, margin=margin, low=-4, high=4)(rng, (2000,))
    distances = x[:, None] - np.array(sorted(points), float)
    assert np.min(np.abs(distances), initial=1) >= margin * (1 - 1e-12)
    assert np.all(np.abs(x) <= 4)
    assert np.all((distances < 0).any(0) & (distances > 0).any(0))


@many
@given(strategies.broadcastable_arrays(3, elements=strategies.apart(0.1), layout="C"))
def test_no_two_numbers_of_any_array_are_near_each_other(arrays):
    numbers = np.sort(np.concatenate([x.ravel() for x in arrays]))
    assert np.min(np.diff(numbers), initial=1) >= 0.1 - 1e-12
    assert np.max(np.abs(numbers), initial=0) <= 0.1 * (len(numbers) + 1)


@many
@given(strategies.generators(), st.integers(0, 5), st.sampled_from([(), (3,), (2, 0)]), st.sampled_from([1.5, 10.0, 1e6]))
def test_matrices_have_the_condition_promised(rng, n, batch, condition):
    shape = (*batch, n, n)
    general, symmetric, definite = (
        domain(condition)(rng, shape)
        for domain in (strategies.well_conditioned, strategies.symmetric, strategies.positive_definite)
    )
    assert general.shape == symmetric.shape == definite.shape == shape
    assert np.array_equal(symmetric, symmetric.mT)
    assert np.array_equal(definite, definite.mT)
    for sizes in (
        np.linalg.svd(general, compute_uv=False),
        np.sort(np.abs(np.linalg.eigvalsh(symmetric)))[..., ::-1],
        np.linalg.eigvalsh(definite)[..., ::-1],
    ):
        assert np.all((condition**-0.5 < sizes) & (sizes < condition**0.5))
        assert np.all(sizes[..., :-1] > sizes[..., 1:] * condition ** (1 / (2 * max(n, 1))) * (1 - 1e-6))


def test_symmetric_matrices_have_eigenvalues_of_either_sign():
    signs = np.sign(np.linalg.eigvalsh(strategies.symmetric()(np.random.default_rng(0), (100, 3, 3)))).sum(-1)
    assert set(signs) == {-3, -1, 1, 3}


@given(strategies.generators())
def test_a_matrix_need_not_be_square(rng):
    a = strategies.well_conditioned(10)(rng, (2, 3, 5))
    assert a.shape == (2, 3, 5)
    assert np.all(np.linalg.cond(a) < 10)


# -- shapes, axes, indices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@given(st.data())
def test_shapes_broadcast_against_each_other(n, data):
    shapes = data.draw(strategies.broadcastable_shapes(n))
    assert len(shapes) == n
    np.broadcast_shapes(*shapes)


@pytest.mark.parametrize("function", [np.matmul, np.vecdot])
@many
@given(st.data())
def test_shapes_are_those_of_the_signature(function, data):
    arrays = data.draw(strategies.broadcastable_arrays(function.signature))
    assert function(*arrays).dtype == np.float64


PAIRS = strategies.broadcastable_shapes(2)
CASES = {
    "0-d": (strategies.shapes(), lambda shape: shape == ()),
    "empty": (strategies.shapes(), lambda shape: 0 in shape),
    "not empty": (strategies.shapes(), lambda shape: len(shape) == 3 and 0 not in shape),
    "a side of 1": (strategies.shapes(), lambda shape: 1 in shape and len(shape) > 1),
    "a side that is stretched": (PAIRS, lambda p: any(a == 1 < b for a, b in zip(p[0][::-1], p[1][::-1]))),
    "a side that vanishes": (PAIRS, lambda p: any(a == 1 > b for a, b in zip(p[0][::-1], p[1][::-1]))),
    "missing axes": (PAIRS, lambda p: 0 < len(p[0]) < len(p[1])),
    "no axes": (PAIRS, lambda p: p[0] == () != p[1]),
    "a vector times a matrix": (strategies.broadcastable_shapes(np.matmul.signature), lambda p: len(p[0]) < 2 <= len(p[1])),
    "stacks of matrices": (strategies.broadcastable_shapes(np.matmul.signature), lambda p: len(p[0]) > 2 < len(p[1])),
    "float16": (strategies.arrays(dtype=strategies.dtypes()), lambda x: x.dtype == np.float16),
    "float32": (strategies.arrays(dtype=strategies.dtypes()), lambda x: x.dtype == np.float32),
    "different dtypes": (strategies.broadcastable_arrays(dtype=strategies.dtypes()), lambda p: p[0].dtype != p[1].dtype),
    "all axes": (strategies.axes(3), lambda axis: axis is None),
    "an axis": (strategies.axes(3), lambda axis: axis == 2),
    "an axis from the end": (strategies.axes(3), lambda axis: axis == -1),
    "several axes": (strategies.axes(3), lambda axis: isinstance(axis, tuple) and len(axis) == 3 and min(axis) < 0 < max(axis)),
    "no axis": (strategies.axes(0), lambda axis: axis == ()),
}


@pytest.mark.parametrize(("strategy", "case"), CASES.values(), ids=CASES)
def test_every_case_is_drawn(strategy, case):
    shows(strategy, case)


@given(st.integers(0, 4), st.data())
def test_axes_are_valid(ndim, data):
    np.sum(np.ones((1,) * ndim), axis=data.draw(strategies.axes(ndim)))


def parts(key):
    return key if isinstance(key, tuple) else (key,)


def has(kind):
    return lambda key: any(kind(part) for part in parts(key))


def is_array(part, dtype="i", ndim=None):
    return isinstance(part, np.ndarray) and part.dtype.kind == dtype and ndim in (None, part.ndim)


def is_places(part):
    return isinstance(part, list) or (is_array(part) and part.ndim > 0)


INDICES = {
    "an integer alone": lambda key: isinstance(key, int),
    "a NumPy integer": has(lambda part: isinstance(part, np.integer)),
    "a slice alone": lambda key: isinstance(key, slice),
    "backwards": has(lambda part: isinstance(part, slice) and part.step is not None and part.step < 0),
    "every second": has(lambda part: isinstance(part, slice) and part.step == 2),
    "None": has(lambda part: part is None),
    "...": has(lambda part: part is ...),
    "nothing": lambda key: isinstance(key, tuple) and not key,
    "a mask of all": lambda key: is_array(key, "b", 2),
    "a mask of rows": lambda key: is_array(key, "b", 1),
    "a mask of no axes": lambda key: is_array(key, "b", 0),
    "a mask beside others": lambda key: len(parts(key)) > 1 and has(lambda part: is_array(part, "b"))(key),
    "an array of no axes": has(lambda part: is_array(part, ndim=0)),
    "an array": has(lambda part: is_array(part, ndim=1)),
    "an array of two axes": has(lambda part: is_array(part, ndim=2)),
    "no integers": has(lambda part: is_array(part) and part.size == 0),
    "a list": has(lambda part: isinstance(part, list)),
    "an element twice": has(lambda part: is_places(part) and len(np.unique(part)) < np.size(part)),
    "arrays that broadcast": lambda key: len({np.shape(part) for part in parts(key) if is_places(part)}) > 1,
    "arrays apart from each other": lambda key: [is_places(part) for part in parts(key)] == [True, False, True],
    "an array beside a slice": lambda key: {type(part) for part in parts(key)} == {np.ndarray, slice},
    "an array, then ...": lambda key: [type(part) for part in parts(key)] == [np.ndarray, type(...)],
}


@pytest.mark.parametrize("kind", INDICES.values(), ids=INDICES)
def test_every_kind_of_index_is_drawn(kind):
    shows(strategies.indices((3, 2)), kind)


@settings(max_examples=300)
@given(strategies.shapes(), st.data())
def test_indices_are_valid_for_arrays_and_tensors(shape, data):
    x = data.draw(strategies.arrays(shape))
    key = data.draw(strategies.indices(shape))
    np.testing.assert_array_equal(ag.tensor(x)[key].data, x[key])


# -- arrays -------------------------------------------------------------------------------------------------------


@many
@given(strategies.arrays(dtype=strategies.dtypes(), layout="C"), st.sampled_from(strategies.LAYOUTS))
def test_a_layout_changes_no_number(x, layout):
    y = strategies.laid_out(x, layout)
    assert type(y) is np.ndarray
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert np.array_equal(x, y)
    assert y.flags.writeable == (layout != "read-only")
    assert layout != "F" or y.flags.f_contiguous
    assert layout != "reversed" or y.strides == tuple(-step for step in x.strides)
    assert layout != "strided" or np.isnan(y.base[..., 1]).all()


@pytest.mark.parametrize("layout", strategies.LAYOUTS)
def test_arrays_of_every_layout_are_drawn(layout):
    kinds = {
        "C": lambda x: x.flags.c_contiguous and x.flags.writeable,
        "F": lambda x: x.flags.f_contiguous and not x.flags.c_contiguous,
        "strided": lambda x: not x.flags.forc and min(x.strides) > 0,
        "reversed": lambda x: max(x.strides, default=0) < 0,
        "read-only": lambda x: not x.flags.writeable,
    }
    shows(strategies.arrays(), kinds[layout])


def test_one_domain_fills_all_arrays_and_several_each_its_own():
    elements = (strategies.between(0, 1), strategies.between(10, 11))
    a, b = shows(strategies.broadcastable_arrays(2, elements=elements), lambda p: p[0].size and p[1].size)
    assert a.max() <= 1 < 10 <= b.min()


def test_numbers_that_are_drawn_one_by_one_shrink():
    x = find(strategies.arrays((2, 2), elements=st.floats(0, 9)), lambda x: x.max() >= 4, settings=patient)
    assert set(x.ravel().tolist()) <= {0, 4}


@given(strategies.tensors(strategies.broadcastable_arrays(2, dtype=strategies.dtypes())))
def test_tensors_are_leaves_of_the_arrays_drawn(drawn):
    a, b = drawn
    (a * b).sum().backward()
    assert [(t.grad.shape, t.grad.dtype) for t in drawn] == [(t.shape, t.dtype) for t in drawn]


# -- expressions --------------------------------------------------------------------------------------------------


def uses(f):
    return collections.Counter(i for _, operands in f.steps for i in operands)


@many
@given(strategies.expressions())
def test_expressions_use_every_array_and_share_a_node(drawn):
    f, arrays = drawn
    used = uses(f)
    assert 2 <= len(f.steps) <= 8
    last = f.n + len(f.steps) - 1
    assert {*range(last)} == {*used}
    assert max(used.values()) > 1
    with np.errstate(all="raise", under="ignore"):
        assert np.max(np.abs(f(*arrays))) <= max(np.max(np.abs(x)) for x in arrays) + len(f.steps)


@many
@given(strategies.expressions())
def test_an_expression_shows_its_program(drawn):
    f, arrays = drawn
    arguments, program = repr(f).split(" -> ")
    scope = {"np": np, **dict(zip(arguments[1:-1].split(", "), arrays, strict=True))}
    exec(program, scope)
    np.testing.assert_array_equal(f(*arrays), scope[f"y{len(f.steps) - 1}"])


def test_expressions_grow_as_deep_as_allowed():
    shows(strategies.expressions(max_steps=12), lambda drawn: len(drawn[0].steps) == 12)
    shows(strategies.expressions(), lambda drawn: max(uses(drawn[0]).values()) >= 4)


@pytest.mark.parametrize("operation", strategies.OPERATIONS)
def test_every_operation_is_drawn(operation):
    shows(strategies.expressions(), lambda drawn: operation in dict(drawn[0].steps))


# -- one line -----------------------------------------------------------------------------------------------------


@strategies.gradient_test(w=strategies.arrays((), elements=strategies.between(1, 2)), x=strategies.arrays())
def test_softplus(x, w):
    return np.logaddexp(0, w * x) / w


@strategies.gradient_test(strategies.broadcastable_arrays(np.matmul.signature))
def test_product(a, b):
    return a @ b


@strategies.gradient_test(strategies.arrays(), strategies.arrays((), elements=strategies.away_from(0.0)))
def test_quotient(a, b):
    return a / b


@settings(max_examples=5)
@strategies.gradient_test(strategies.arrays(elements=strategies.apart()), order=2)
def test_maximum(x):
    return np.max(x**3, initial=-1e9)


@strategies.gradient_test(strategies.arrays(strategies.shapes(1)))
@settings(max_examples=5)
def test_sums_of_squares(x):
    return np.sum(x * x, axis=-1)


@strategies.gradient_test(x=strategies.arrays(), gradient=lambda x, v: v * np.cos(x))
def test_a_gradient_by_hand(x):
    return np.sin(x)


@many
@given(strategies.expressions())
def test_gradients_of_shared_nodes(drawn):
    f, arrays = drawn
    check_gradients(f, *arrays)


def sine(x):
    """A sine."""
    return np.sin(x)


def seen_by(seen, *args):
    """Arrays, each noted when it is drawn."""
    return strategies.arrays(*args).map(lambda x: seen.append(x) or x)


def test_a_wrong_gradient_fails_with_the_simplest_arguments():
    seen = []
    test = strategies.gradient_test(x=seen_by(seen), gradient=lambda x, v: 1.001 * v * np.cos(x))(sine)
    assert (test.__name__, test.__doc__) == ("sine", "A sine.")
    with pytest.raises(GradientError):
        test()
    assert seen[-1].size == 1
    strategies.gradient_test(x=strategies.arrays())(sine)()


def test_settings_stand_above_or_below():
    seen = []
    of = strategies.gradient_test(seen_by(seen, (2,)))
    few = settings(max_examples=3, phases=[Phase.generate])
    for test in (few(of(lambda x: x)), of(few(lambda x: x))):
        seen.clear()
        test()
        assert len(seen) == 3


def test_the_function_is_called_as_it_was_written():
    calls = []

    def f(x, y, scale=2.0):
        calls.append((x, y))
        return scale * x - y

    strategies.gradient_test(y=strategies.arrays((2,)), x=strategies.arrays((1,)))(f)()
    assert {(np.shape(x), np.shape(y)) for x, y in calls} == {((1,), (2,))}


# -- errors -------------------------------------------------------------------------------------------------------

rng = np.random.default_rng(0)
arrays = strategies.arrays()


def drawn(strategy):
    settings(database=None, max_examples=1)(given(strategy)(lambda value: None))()


ERRORS = {
    "magnitudes of 0": (lambda: strategies.magnitudes(0, 1), "0 < low <= high"),
    "a margin too wide": (lambda: strategies.away_from(0.0, margin=3), "smaller margin"),
    "a vector is no matrix": (lambda: strategies.well_conditioned()(rng, (3,)), "not an array of shape (3,)"),
    "a bound of 1": (lambda: strategies.symmetric(1)(rng, (2, 2)), "condition=1"),
    "not square": (lambda: strategies.symmetric()(rng, (2, 3)), "not an array of shape (2, 3)"),
    "one matrix domain for several arrays": (
        lambda: drawn(strategies.broadcastable_arrays("(n,n),(n)->(n)", elements=strategies.positive_definite())),
        "give each its own domain",
    ),
    "a domain that ignores the shape": (
        lambda: drawn(strategies.arrays((2,), elements=lambda rng, shape: rng.normal())),
        "rng.normal(size=shape)",
    ),
    "a domain too few": (
        lambda: drawn(strategies.broadcastable_arrays(2, elements=(REAL,))),
        "1 domains were given for 2 arrays",
    ),
    "a layout that is none": (lambda: strategies.laid_out(np.ones(3), "K"), "'C', 'F'"),
    "no strategy": (lambda: strategies.gradient_test(order=2), "in their order or by their names"),
    "with and without names": (lambda: strategies.gradient_test(arrays, x=arrays), "in their order or by their names"),
    "a name that is no argument": (lambda: strategies.gradient_test(y=arrays)(sine), "sine"),
    "an argument without a strategy": (lambda: strategies.gradient_test(x=arrays)(lambda x, y: x), "'y'"),
    "an argument left out": (lambda: strategies.gradient_test(x=arrays, z=arrays)(lambda x, y=1, z=2: x), "arrays alone"),
}


@pytest.mark.parametrize(("call", "words"), ERRORS.values(), ids=ERRORS)
def test_errors_say_what_to_write(call, words):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert words in str(error.value)


def test_without_hypothesis_the_error_says_what_to_install():
    program = "import sys; sys.modules['hypothesis'] = None; import autograd_lite; from autograd_lite import strategies"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "ImportError: autograd_lite.strategies draws with hypothesis" in done.stderr
    assert "pip install hypothesis" in done.stderr


def test_the_package_does_not_import_hypothesis():
    program = "import sys, autograd_lite; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


@pytest.mark.parametrize("length", [3, np.int64(3), st.just(3), (3,), [3]], ids=repr)
@given(st.data())
def test_a_number_is_the_shape_of_a_vector(length, data):
    assert data.draw(strategies.arrays(length)).shape == (3,)
    assert data.draw(strategies.arrays(length, elements=st.floats(0, 1))).shape == (3,)

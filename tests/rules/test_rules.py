"""Every property of a derivative, over every row of the table."""

import ast
import functools
import inspect
import operator
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import functions, rules, strategies
from autograd_lite.array.dispatch import LIKE
from autograd_lite.rules import COMPOSITIONS, LOOKING, PRIMITIVES, indexing
from tests import THOROUGH
from tests.rules.checks import (
    CHECKS,
    EXACT,
    forward_and_reverse_are_adjoint,
    gradient_is_the_derivative,
    gradients,
    kinds_are_kept,
    leaves,
    random_like,
    second_derivative_is_the_derivative_of_the_first,
    values,
)
from tests.table import CHAPTERS as TABLES
from tests.table import DEPRECATED, KINKS, ROWS, parameter
from tests.table.row import Call, calls

every_row = pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in ROWS])
ufunc_rows = pytest.mark.parametrize(
    "row",
    [r for r in ROWS if isinstance(r.function, np.ufunc) and r.function.signature is None and r.function is not np.ldexp],
    ids=str,
)  # np.ldexp takes an integer besides
choices = given(st.data())
OF_SEVERAL = {f for f, p in PRIMITIVES.items() if len(p.rules) > 1} | COMPOSITIONS.keys()


def cast_to(call, *dtypes):
    """The call with its arrays in the dtypes given, in turn."""
    return call._replace(arrays=tuple(x.astype(dtypes[i % len(dtypes)]) for i, x in enumerate(call.arrays)))


def assert_same(found, expected):
    """Bit for bit: also nan, the sign of 0, the shape and the dtype."""
    found, expected = leaves(values(found)), leaves(expected)
    assert len(found) == len(expected)
    for a, b in zip(found, map(np.asarray, expected)):
        assert type(a) is np.ndarray
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert np.array_equal(a, b, equal_nan=True)
        for part_a, part_b in ((a.real, b.real), (a.imag, b.imag)):
            assert np.array_equal(np.signbit(part_a), np.signbit(part_b))


def numpys(call):
    with np.errstate(all="ignore"):
        return call(*call.arrays)


def on_tensors(call, *which):
    """The call with Tensors for the arrays at the positions given, for all when none is."""
    mixed = [ag.as_tensor(x) if i in which or not which else x for i, x in enumerate(call.arrays)]
    with np.errstate(all="ignore"):
        return call(*mixed)


def test_the_table_has_a_row_for_each_rule():
    rows = [row.function for row in ROWS]
    assert len(set(rows)) == len(rows)
    old_names = {getattr(np, "trapz", None)}  # NumPy 2.0 warns of it: the same as np.trapezoid
    assert set(rows) == {*PRIMITIVES, *COMPOSITIONS} - old_names


def functions_of(chapter):
    module = getattr(rules, chapter)
    return {*getattr(module, "RULES", {}), *getattr(module, "COMPOSITIONS", {})} - {None, getattr(np, "trapz", None)}


@pytest.mark.parametrize("chapter", TABLES)
def test_the_rows_of_a_chapter_stand_in_its_table(chapter):
    assert {row.function for row in TABLES[chapter].ROWS} == functions_of(chapter)


@pytest.mark.parametrize("function", DEPRECATED)
def test_a_deprecated_function_warns_of_a_tensor_as_of_an_array(function):
    """Once, when the user calls it; its derivative calls nothing deprecated."""

    def warned(x):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            y = function(x)
            if isinstance(y, ag.Tensor):
                y.sum().backward(create_graph=True)
        return [(warning.category, str(warning.message)) for warning in found]

    x = np.array([1.5, -2.5])
    assert warned(ag.tensor(x, requires_grad=True)) == warned(x)


def test_no_function_is_listed_twice():
    assert not PRIMITIVES.keys() & COMPOSITIONS.keys()
    assert not LOOKING & {*PRIMITIVES, *COMPOSITIONS}


@every_row
@choices
def test_values_and_dtypes_are_numpys(row, data):
    call, rng = data.draw(calls(row))
    call = cast_to(call, data.draw(st.sampled_from(call.precisions)))
    assert_same(on_tensors(call), numpys(call))


@every_row
@choices
def test_mixed_dtypes_promote_as_numpys_do(row, data):
    call, rng = data.draw(calls(row))
    call = cast_to(call, data.draw(st.sampled_from(call.precisions)), data.draw(st.sampled_from(call.precisions)))
    assert_same(on_tensors(call), numpys(call))
    kinds_are_kept(call, rng)


@every_row
@choices
def test_every_way_of_calling_is_the_same_call(row, data):
    call, _ = data.draw(calls(row))
    for way in (call.function, *row.ways):
        if (found := on_tensors(call._replace(function=way))) is NotImplemented:
            continue  # an attribute takes no options
        assert_same(found, numpys(call))


@every_row
@choices
def test_any_argument_may_be_the_tensor(row, data):
    call, _ = data.draw(calls(row))
    for way in (call.function, *(way for way in row.ways if way in vars(operator).values())):
        for i in range(len(call.arrays)):
            found = on_tensors(call._replace(function=way), i)
            assert all(isinstance(y, ag.Tensor) for y in leaves(found))
            assert_same(found, numpys(call))


@every_row
@choices
def test_gradient_is_the_derivative(row, data):
    call, rng = data.draw(calls(row))
    gradient_is_the_derivative(call, rng)


@every_row
@choices
def test_second_derivative_is_the_derivative_of_the_first(row, data):
    call, rng = data.draw(calls(row))
    second_derivative_is_the_derivative_of_the_first(call, rng)
    if len(call.arrays) > 1:  # rules meet arrays where the other arguments are constants
        i = data.draw(st.integers(0, len(call.arrays) - 1))
        second_derivative_is_the_derivative_of_the_first(call.holding(i, call.arrays[i]), rng)


@every_row
@settings(max_examples=2 if THOROUGH else 1)
@choices
def test_the_checker_finds_nothing_wrong(row, data):
    call, _ = data.draw(calls(row))
    ag.check_gradients(call, *call.arrays, order=2 if THOROUGH else 1, max_evaluations=1000)


@every_row
@choices
def test_forward_and_reverse_are_adjoint(row, data):
    call, rng = data.draw(calls(row))
    forward_and_reverse_are_adjoint(call, rng)


@every_row
@choices
def test_a_constant_argument_changes_no_other_gradient(row, data):
    call, rng = data.draw(calls(row))
    g = random_like(numpys(call), rng)
    together = gradients(call, call.arrays, g)
    for i, x in enumerate(call.arrays):
        others = [j for j in range(len(call.arrays)) if j != i]
        held = functools.reduce(lambda held, j: held.holding(j, call.arrays[j]), reversed(others), call)
        (alone,) = gradients(held, (x,), g)
        assert (alone.shape, alone.dtype) == (together[i].shape, together[i].dtype)
        rounding = 64 * np.finfo(alone.dtype).eps * np.max(np.abs(alone), initial=0, where=np.isfinite(alone))
        np.testing.assert_allclose(alone, together[i], rtol=0, atol=rounding)  # BLAS sees a constant in another layout


BY_LEVELS = {np.quantile, np.percentile, np.nanquantile, np.nanpercentile}  # NumPy finds places in the precision of the level


@pytest.mark.parametrize(
    "row", [parameter(r, name=str(r)) for r in ROWS if r.function in OF_SEVERAL - BY_LEVELS and str(r)[:2] in "np op"]
)
@choices
def test_a_constant_of_any_kind_counts_as_the_double_that_it_is(row, data):
    """Where NumPy's value does: unsigned integers wrap, booleans have no -, logarithms of bytes have three digits."""
    call, rng = data.draw(calls(row))
    if len(call.arrays) < 2:
        return
    kind = data.draw(st.sampled_from([np.uint8, np.int8, bool, np.float16, np.float32]))
    i = data.draw(st.integers(0, len(call.arrays) - 1))
    constant = call.arrays[i] if np.dtype(kind).kind == "f" else np.abs(np.rint(call.arrays[i]))
    small = call.holding(i, constant.astype(kind))
    wide = call.holding(i, constant.astype(kind).astype(float))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = wide(*wide.arrays)
            if any(
                a.dtype != np.result_type(b) or not np.array_equal(a, b)
                for a, b in zip(leaves(value), leaves(small(*small.arrays)))
            ):
                return
            g = random_like(value, rng)
            expected = gradients(wide, wide.arrays, g)
        except (TypeError, ValueError, np.linalg.LinAlgError):
            return  # refused of the doubles, or NumPy refuses the kind
        w = random_like(expected, rng)

        def first_and_second(call):
            first, pullback = ag.vjp(lambda arrays, g: gradients(call, arrays, g), call.arrays, g)
            return leaves(first) + leaves(pullback(w))

        for a, b in zip(first_and_second(small), first_and_second(wide), strict=True):
            size = np.max(np.abs(b), initial=0, where=np.isfinite(b))
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * size)


@every_row
@choices
def test_gradients_have_the_shape_and_dtype_of_their_leaf(row, data):
    call, rng = data.draw(calls(row))
    kinds_are_kept(cast_to(call, data.draw(st.sampled_from(call.precisions))), rng)


@every_row
@choices
def test_single_precision_computes_the_same_gradient(row, data):
    call, rng = data.draw(calls(row))
    single = cast_to(call, np.float32)
    double = cast_to(single, np.float64)
    g = random_like(numpys(single), rng)
    for a, b in zip(gradients(single, single.arrays, g), gradients(double, double.arrays, g)):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * (1 + np.max(np.abs(b), initial=0)))


@every_row
@choices
def test_layout_in_memory_does_not_matter_and_nothing_is_written(row, data):
    call, rng = data.draw(calls(row))
    g = random_like(numpys(call), rng)
    kept = [frozen(data, x) for x in call.arrays]
    assert_same(on_tensors(call._replace(arrays=kept)), numpys(call._replace(arrays=kept)))
    found = gradients(call, kept, [frozen(data, part) for part in leaves(g)] if isinstance(g, (list, tuple)) else frozen(data, g))
    for a, b, x, before in zip(found, gradients(call, call.arrays, g), kept, call.arrays):
        np.testing.assert_allclose(a, b, **EXACT)
        assert np.array_equal(x, before, equal_nan=True)


def frozen(data, x):
    """The same numbers, lying otherwise in memory, and not to be written."""
    view = strategies.laid_out(np.asarray(x), data.draw(strategies.ANY_LAYOUT))
    view.flags.writeable = False
    return view


@ufunc_rows
@choices
def test_empty_and_single_elements_are_arrays_as_any(row, data):
    call, rng = data.draw(calls(row))
    shape = data.draw(st.sampled_from([(), (0,), (1,), (0, 3), (1, 1, 1)]))
    numbers = [np.resize(x, shape) if x.size else np.ones(shape) for x in call.arrays]
    call = Call(row.function, tuple(numbers * row.function.nin)[: row.function.nin])
    assert_same(on_tensors(call), numpys(call))
    kinds_are_kept(call, rng)


@ufunc_rows
@choices
def test_the_gradient_of_a_stretched_argument_is_summed(row, data):
    call, rng = data.draw(calls(row))
    g = random_like(numpys(call), rng)
    shape = np.shape(leaves(g)[0])
    full = [np.broadcast_to(x, shape) for x in call.arrays]
    for a, b in zip(gradients(call, call.arrays, g), gradients(call, full, g)):
        lead = tuple(range(b.ndim - a.ndim))
        stretched = tuple(i for i in range(a.ndim) if a.shape[i] != b.shape[i + len(lead)])
        np.testing.assert_allclose(a, b.sum(lead).sum(stretched, keepdims=True), **EXACT)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@given(strategies.expressions(), strategies.generators())
def test_graphs_with_shared_nodes_have_every_property_of_a_rule(check, drawn, rng):
    check(Call(*drawn), rng)


@pytest.mark.parametrize("kink", KINKS.values(), ids=KINKS)
def test_kinks(kink):
    arrays = [np.array(x, float) for x in kink.arrays]
    with np.errstate(all="ignore"):
        value, pullback = ag.vjp(kink.call, *arrays)
        found = pullback(np.ones_like(value))
    for a, b in zip(found, kink.gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: np.prod(x), [0.0, 2.0, 3.0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
        (lambda x: np.prod(x), [0.0, 0.0, 3.0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
        (lambda x: np.sum(np.cumprod(x)), [0.0, 2.0, 3.0], [[0, 4, 2], [4, 0, 0], [2, 0, 0]]),
        (lambda x: np.sum(np.cumprod(x)), [0.0, 0.0, 3.0], [[0, 4, 0], [4, 0, 0], [0, 0, 0]]),
        (lambda x: np.sum(np.vander(x, 4)), [0.0], [[2]]),
        (lambda x: np.sum(np.sinc(x)), [0.0], [[-(np.pi**2) / 3]]),
        (lambda x: np.sum(np.i0(x)), [0.0], [[0.5]]),
        (lambda x: np.linalg.norm(x), [0.0, 0.0], [[np.nan, np.nan], [np.nan, np.nan]]),  # its slope 0 there is a choice
        (lambda x: np.linalg.norm(x, 3), [0.0, 2.0], [[0, 0], [0, 0]]),
        (lambda x: np.sum(x**2), [0.0, 1.0], [[2, 0], [0, 2]]),
        (lambda x: np.sum(np.power(x, 2)), [0.0, 1.0], [[2, 0], [0, 2]]),
        (lambda x: np.sum(np.power(x, 3.0)), [0.0, 1.0], [[0, 0], [0, 6]]),
        (lambda x: np.sum(np.power(x, 1.0)), [0.0, 1.0], [[0, 0], [0, 0]]),
        (lambda x: np.sum(np.power(x, 0.0)), [0.0, 1.0], [[0, 0], [0, 0]]),
        (lambda x: np.sum(np.abs(x)), [0.0, 1.0], [[0, 0], [0, 0]]),
        (lambda x: np.var(x), [2.0, 2.0], [[0.5, -0.5], [-0.5, 0.5]]),
    ],
)
def test_second_derivatives_at_0(f, x, expected):
    np.testing.assert_allclose(ag.hessian(f)(np.array(x)), expected, rtol=1e-15, atol=0)


# -- the laws of the rules' sources -------------------------------------------------------------------------------

CHAPTERS = [
    rules.accurate, rules.elementwise, rules.special, rules.reductions, rules.factors, rules.shapes, rules.indexing,
    rules.products, rules.decompositions, rules.norms, rules.linear_systems, rules.order_statistics, rules.sequences,
    rules.statistics, rules.compositions, rules.moves, rules.complex_parts, rules.fourier,
    rules.ordering, rules.spaces,
]  # fmt: skip
FROM_SHAPES = {  # make arrays of shapes and axes, never of Tensors
    np.eye, np.ones, np.zeros, np.asarray, np.atleast_1d, np.arange, np.broadcast_shapes,
}  # fmt: skip
OF_KEYS = {  # compute with a key and a shape, never with Tensors
    indexing.last_writes, indexing.target, indexing.names_each_element_once, indexing.is_basic,
}  # fmt: skip
OF_ARRAYS = {
    rules.accurate.in_precision_of,
    rules.order_statistics.shares_of_rows,
    rules.statistics.refuse_options,
}  # called by functions that have rules
IN_PLACE = {f for p in PRIMITIVES.values() if p.into for f in p.into.values()}  # instead of a rule where all are arrays
CONTAINERS = (str, float, list, tuple, dict)


def tree_of(chapter):
    """The chapter's source without the functions that never see Tensors, such as those that have a rule themselves."""
    tree = ast.parse(inspect.getsource(chapter))
    no_rules = {*PRIMITIVES, *LOOKING, *OF_KEYS, *OF_ARRAYS, *IN_PLACE}
    functions_of = [node for node in tree.body if isinstance(node, ast.FunctionDef) and getattr(chapter, node.name) in no_rules]
    return ast.Module([node for node in tree.body if node not in functions_of], [])


def calls_in(source):
    return [node.func for node in ast.walk(source) if isinstance(node, ast.Call)]


def helpers(chapter):
    """The functions of `functions.py` that the chapter uses and that have no rule: they are part of its rules."""
    names = {name: f for name, f in vars(functions).items() if inspect.isfunction(f) and f.__module__ == functions.__name__}
    used = {node.id for node in ast.walk(chapter) if isinstance(node, ast.Name)}
    return [f for name, f in names.items() if name in used and f not in {*PRIMITIVES, *LOOKING, *OF_KEYS}]


def sources():
    for module in CHAPTERS:
        yield pytest.param(tree_of(module), id=module.__name__.rpartition(".")[2])
    everything = ast.Module([tree_of(module) for module in CHAPTERS], [])
    for helper in helpers(everything):
        yield pytest.param(ast.parse(inspect.getsource(helper)), id=helper.__name__)


SOURCES = [*sources()]


@pytest.mark.parametrize("tree", SOURCES)
def test_every_function_that_a_rule_calls_has_a_rule_itself(tree):
    known = {*PRIMITIVES, *COMPOSITIONS, *LOOKING, *LIKE, *FROM_SHAPES}
    for f in calls_in(tree):
        if not isinstance(f, ast.Attribute):
            continue
        if ast.unparse(f.value) in ("np", "np.linalg", "np.fft"):
            assert operator.attrgetter(ast.unparse(f)[3:])(np) in known, f"np.{f.attr} has no rule"
        elif not (isinstance(f.value, ast.Name) and f.value.id in sys.modules):
            assert hasattr(ag.Tensor, f.attr) or any(hasattr(c, f.attr) for c in CONTAINERS), f".{f.attr}() is not for Tensors"


@pytest.mark.parametrize("tree", SOURCES)
def test_rules_never_write_in_place(tree):
    for node in ast.walk(tree):
        targets = getattr(node, "targets", []) + [getattr(node, "target", None)]  # += on a Tensor's name is refused when it runs
        assert not any(isinstance(part, ast.Subscript) for t in targets if t for part in ast.walk(t)), ast.unparse(node)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called == "np.sort" or not called.endswith((".at", ".fill", ".sort", ".put", ".copyto", ".put_along_axis")), (
                called
            )
            assert not any(k.arg == "out" for k in node.keywords), called


@pytest.mark.parametrize("tree", SOURCES)
def test_rules_know_neither_tensors_nor_their_data(tree):
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"Tensor", "data", "_array", "node", "_node", "requires_grad"}


@pytest.mark.parametrize("tree", SOURCES)
def test_rules_read_no_dtype_but_that_of_g(tree):
    """They may ask whether a number is complex or an integer, and not which precision it has."""
    asked = {id(node.left.value) for node in ast.walk(tree) if isinstance(node, ast.Compare) and is_of_kind(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "dtype" and id(node) not in asked:
            assert ast.unparse(node) == "g.dtype"


def is_of_kind(node):
    """True for `x.dtype.kind == "c"` and `!=`, and for `x.dtype.kind in "biu"`."""
    kind = isinstance(node.left, ast.Attribute) and node.left.attr == "kind"
    return kind and ast.unparse(node.comparators[0]) in ("'c'", "'biu'")

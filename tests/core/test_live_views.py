"""Random programs of reads, views, writes and copies compute what NumPy computes and differentiate it, whatever the transform."""

import copy
import time

import numpy as np
import pytest
from hypothesis import given

import autograd_lite as ag
from autograd_lite.safety.layouts import copied, laid_out, layout_of
from tests.core.programs import COMPLEX_STATEMENTS, laid_out_as, problems, run, total


def laid_out_alike(x, dtype):
    """A copy of another dtype that lies in memory as `x` does."""
    return laid_out(x.astype(dtype), layout_of(x))


def by_complex_step(program, x, i, offset=0.0):
    """The derivative of the program's result by element i, exact to rounding, at x + offset."""
    step = laid_out_alike(x, complex)
    step += offset
    step[np.unravel_index(i, x.shape)] += 1e-150j
    return total(run(program, step)).imag / 1e-150


def gradient_by_jvp(f, x):
    return np.array([ag.jvp(f, (x,), (e.reshape(x.shape),))[1] for e in np.eye(x.size)]).reshape(x.shape)


def gradient_by_create_graph(f, x):
    t = ag.tensor(0.0, requires_grad=True)
    f_of_sum = ag.grad(lambda x: f(x) + 0 * t)(x)  # through Tensors: t is tracked
    assert isinstance(f_of_sum, ag.Tensor)
    return f_of_sum.data


TRANSFORMS = {
    "grad": lambda f, x: ag.grad(f)(x),
    "vjp": lambda f, x: ag.vjp(f, x)[1](1.0)[0],
    "jvp": gradient_by_jvp,
    "jacobian": lambda f, x: ag.jacobian(f)(x),
    "create_graph": gradient_by_create_graph,
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@given(problems())
def test_programs_compute_and_differentiate_as_numpy_would(transform, problem):
    x, program = problem
    given_ = x.copy()
    seen = []

    def f(t):
        values = run(program, t)
        seen[:] = [v.data.copy() if isinstance(v, ag.Tensor) else v for v in values]
        return total(values)

    gradient = transform(f, x)  # nothing of all this is refused
    assert np.array_equal(x, given_)
    for found, expected in zip(seen, run(program, copied(x)), strict=True):
        assert np.shape(found) == np.shape(expected)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12)
    expected = np.array([by_complex_step(program, x, i) for i in range(x.size)]).reshape(x.shape)
    assert np.allclose(gradient, expected, rtol=1e-10, atol=1e-10 * (1 + np.max(np.abs(expected))))


@given(problems(most=8))
def test_second_derivatives_go_through_programs(problem):
    x, program = problem
    hessian = ag.hessian(lambda t: total(run(program, t)))(x).reshape(x.size, x.size)
    direction = np.random.default_rng(0).standard_normal(x.shape)
    h = 1e-5
    up, down = ([by_complex_step(program, x, i, s * h * direction) for i in range(x.size)] for s in (1, -1))
    expected = (np.array(up) - np.array(down)) / (2 * h)
    assert np.allclose(hessian, hessian.T, rtol=1e-8, atol=1e-8 * (1 + np.max(np.abs(hessian))))
    assert np.allclose(hessian @ direction.ravel(), expected, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(hessian))))


# -- complex numbers ------------------------------------------------------------------------------------------------


def total_of_parts(values):
    return sum(np.sum(np.sin(0.05 * np.real(v)) + np.cos(0.1 * np.imag(v))) * (1 + 0.1 * i) for i, v in enumerate(values))


def along(f, x, direction):
    """The derivative of f along a direction, by differences."""
    once, twice = ((f(x + h * direction) - f(x - h * direction)) / (2 * h) for h in (1e-3, 2e-3))
    return (4 * once - twice) / 3


@pytest.mark.filterwarnings("error::numpy.exceptions.ComplexWarning")
@given(problems(statements=COMPLEX_STATEMENTS, factor=np.exp(0.6j), largest=30))
def test_programs_read_and_write_parts_of_complex_numbers_as_numpy_would(problem):
    x, program = problem
    seen = []

    def f(z):
        values = run(program, z)
        seen[:] = [v.data.copy() if isinstance(v, ag.Tensor) else v for v in values]
        return total_of_parts(values)

    gradient = ag.grad(f)(x)
    for found, expected in zip(seen, run(program, copied(x)), strict=True):
        assert np.shape(found) == np.shape(expected)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12)
    rng = np.random.default_rng(0)
    v, w = (copied(x) * 0 + rng.standard_normal(x.shape) + 1j * rng.standard_normal(x.shape) for _ in range(2))
    by_differences = along(lambda z: total_of_parts(run(program, laid_out_as(x, z))), x, v)
    assert np.allclose(
        np.sum(np.real(np.conj(v) * gradient)), by_differences, rtol=1e-6, atol=1e-6 * (1 + np.max(np.abs(gradient)))
    )
    twice = ag.hvp(f)(x, w)
    by_differences = along(lambda z: np.sum(np.real(np.conj(w) * ag.grad(f)(laid_out_as(x, z)))), x, v)
    assert np.allclose(np.sum(np.real(np.conj(v) * twice)), by_differences, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(twice))))


@pytest.mark.parametrize("part", ["real", "imag"])
@pytest.mark.parametrize("key", [..., slice(0, 1), slice(None, None, -1)])
def test_a_part_of_complex_numbers_is_written_over_them(part, key):
    z = np.array([1 + 2j, 3 + 4j])

    def f(z):
        z[key] = getattr(z, part)[key]
        return np.sum(z.real * z.real + 5 * z.imag)

    value, gradient = ag.value_and_grad(f)(z)
    assert value == f(z.copy())
    by_differences = [along(f, z, v) for v in (np.array([1, 0]), np.array([0, 1]), np.array([1j, 0]), np.array([0, 1j]))]
    assert np.allclose([*gradient.real, *gradient.imag], by_differences, rtol=1e-9, atol=1e-9)


# -- a function that writes into its argument -----------------------------------------------------------------------


def doubled(x):
    x *= 2.0
    return np.sum(x**3)


GIVEN = {"array": np.array, "Tensor": ag.tensor, "leaf": lambda x: ag.tensor(x, requires_grad=True)}


@pytest.mark.parametrize("given_", GIVEN.values(), ids=GIVEN)
def test_a_function_may_write_into_its_argument(given_):
    x, one = given_([1.0, 2.0]), np.ones(2)

    def values(y):
        return (y.data if isinstance(y, ag.Tensor) else y).tolist()

    assert values(ag.grad(doubled)(x)) == [24, 96]
    assert values(ag.value_and_grad(doubled)(x)[1]) == [24, 96]
    assert values(ag.vjp(doubled, x)[1](1.0)[0]) == [24, 96]
    assert values(ag.jvp(doubled, (x,), (one,))[1]) == 120
    assert values(ag.jacobian(doubled)(x)) == [24, 96]
    assert values(ag.hessian(doubled)(x)) == [[48, 0], [0, 96]]
    assert values(ag.hvp(doubled)(x, one)) == [48, 96]
    assert values(ag.grad(lambda x: np.sum(ag.grad(doubled)(x)))(x)) == [48, 96]
    assert values(x) == [1, 2]


# -- scalars, which NumPy never changes -----------------------------------------------------------------------------


def two_names(x):
    a, b = x
    e = a
    e -= b
    return a * b


def another_name(a):
    s = a * 2.0
    t = s
    t += 1.0
    return s * t


def one_name(x):
    y = x
    y += 1
    return x * y


@pytest.mark.parametrize(
    ("f", "x", "value", "gradient"),
    [
        (two_names, np.array([3.0, 2.0]), 6, [2, 3]),
        (another_name, 3.0, 42, 26),
        (another_name, np.array(3.0), 42, 26),
        (one_name, 3.0, 12, 7),
        (one_name, np.float64(3.0), 12, 7),
        (one_name, np.array(3.0), 16, 8),  # an array with no axes is written into
    ],
)
def test_scalars_are_never_changed(f, x, value, gradient):
    assert f(x.copy() if isinstance(x, np.ndarray) else x) == value
    found = ag.value_and_grad(f)(x)
    assert (found[0], found[1].tolist()) == (value, gradient)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda s: s.copy(), lambda s: s.view()])
def test_a_copy_of_a_scalar_is_a_scalar(duplicate):
    def f(x):
        s = duplicate(x[0])
        t = s.T
        s *= 3.0
        return s + 10 * t

    x = np.array([2.0])
    assert f(x) == f(ag.tensor(x)).item() == 26
    assert ag.value_and_grad(f)(x) == (26, 13)


def test_an_array_without_axes_is_shown_by_its_views():
    x = np.array([1.0, 2.0])

    def f(x):
        a = x * 1.0
        v = a[0, ...]
        v += 100
        z = np.squeeze(a[1:])
        z *= a[0]
        return np.sum(a * a)

    expected = [2 * 101 + 2 * 2 * 101 * 2, 2 * 2 * 101**2]
    assert ag.grad(f)(x).tolist() == expected


def test_an_array_without_axes_may_be_read_twice():
    z = ag.tensor(2.0, requires_grad=True) * 1.0
    (z[...] * z[...] * z[...]).backward()


# -- copies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_of_what_is_differentiated_depends_on_it(duplicate):
    x = np.array([1.0, 2.0])
    assert ag.grad(lambda x: np.sum(duplicate(x) * x))(x).tolist() == [2, 4]
    assert ag.hessian(lambda x: np.sum(duplicate(x) * x))(x).tolist() == [[2, 0], [0, 2]]
    assert ag.grad(lambda x: np.sum(duplicate(x * x)))(x).tolist() == [2, 4]


def test_a_deep_copy_of_parameters_depends_on_them():
    found = ag.grad(lambda p: np.sum(copy.deepcopy(p)["w"][0] * p["w"][0]))({"w": [np.array([1.0, 2.0])]})
    assert found["w"][0].tolist() == [2, 4]


# -- leaves exchanged -----------------------------------------------------------------------------------------------


def test_a_leaf_that_is_frozen_and_thawed_keeps_its_place_in_the_graph():
    w = ag.tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum()
    w.requires_grad = False
    w.requires_grad = True
    y.backward()
    assert w.grad.tolist() == [2, 4]


@pytest.mark.parametrize("new", [np.ones(2, np.float32), np.ones(3)])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_leaf_of_another_dtype_or_shape_says_that_the_graph_is_old(new, frozen):
    w = ag.tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum()
    w.requires_grad = not frozen
    w.data = new
    w.requires_grad = True
    with pytest.raises(RuntimeError, match="Compute the loss anew"):
        y.backward()
    (w * w).sum().backward()
    assert w.grad.dtype == new.dtype


# -- what is written elsewhere --------------------------------------------------------------------------------------


def test_a_write_is_not_forgotten_with_the_view_that_it_went_through():
    w, x = ag.tensor([1.0, 2.0], requires_grad=True), ag.tensor([3.0, 4.0])
    y = (w * w * x).sum()
    for view in (lambda t: t.reshape(-1), lambda t: t[::-1], lambda t: t.T, lambda t: t.detach(), np.flip):
        seen = view(x)
        seen[:] = 0.0
        del seen
        with pytest.raises(RuntimeError, match="written into since"):
            y.backward(retain_graph=True)


def test_what_rules_have_saved_stays_as_it_was():
    w = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    t = np.exp(w)
    v = t[2:]
    t[0] = 5.0
    square = t * t
    t[1] = 6.0
    (t.sum() + v.sum() + square.sum()).backward()
    e = np.exp(w.data)
    assert np.allclose(w.grad, [0, 2 * e[1] ** 2, 2 * e[2] + 2 * e[2] ** 2])


def test_a_view_of_a_leaf_is_not_written_into():
    w = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with pytest.raises(TypeError, match="shows a part of one that requires grad"):
        w[1:][0] = 5.0
    with ag.no_grad():
        w[1:] *= 2.0
    assert w.data.tolist() == [1, 4, 6]


def test_copies_lie_in_memory_as_in_numpy():
    x = np.arange(6.0).reshape(2, 3)

    def f(x):
        u = x.T.copy()
        u.reshape(-1)[0] = 10.0
        grid = np.meshgrid(x[0], x[1])[0]
        grid.reshape(-1)[1] = 20.0
        return np.sum(u) + np.sum(grid)

    assert ag.value_and_grad(f)(x)[0] == f(x)


IN_MEMORY = {
    "C": lambda x: x,
    "F": lambda x: x.reshape(4, 3).T,
    "backwards": lambda x: x[::-1],
    "with gaps": lambda x: np.concatenate([x, x], 1)[:, ::2],
    "F with gaps": lambda x: x.reshape(4, 3).T[1:],
}
ORDERED = {
    "an axis in front": lambda x: x[None],
    "an axis in the middle": lambda x: x[:, None],
    "an axis behind": lambda x: np.expand_dims(x, -1),
    "a column": lambda x: x[:, 1:2],
    "a column, turned": lambda x: x[:, 1:2].T[None],
    "axes exchanged": lambda x: np.swapaxes(x[None], 0, 2),
    "indices": lambda x: x.reshape(-1)[np.asfortranarray([[0, 1], [2, 3], [4, 5]])],
    "indices of rows": lambda x: x[np.array([[0, 1], [1, 0], [1, 1]]).T],
    "blocks": lambda x: np.block([[x, 2 * x], [x, x]]),
    "gradient": lambda x: np.gradient(x, axis=0),
    "gradient by coordinates": lambda x: np.gradient(x, [0.0, 1.0, 3.0, 4.0], axis=1),
    "gradients": lambda x: np.gradient(x, 0.5)[1],
}


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("layout", IN_MEMORY.values(), ids=IN_MEMORY)
@pytest.mark.parametrize("f", ORDERED.values(), ids=ORDERED)
def test_results_lie_in_memory_as_in_numpy(f, layout, tracked):
    x = np.arange(12.0).reshape(3, 4)
    expected, found = f(layout(x)), f(layout(1 * ag.tensor(x, requires_grad=tracked))).data

    def order(a):
        return np.argsort([-abs(step) for step, n in zip(a.strides, a.shape, strict=True) if n > 1], kind="stable").tolist()

    assert np.array_equal(found, expected)
    assert order(found) == order(expected)
    assert found.flags.c_contiguous == expected.flags.c_contiguous
    assert found.flags.f_contiguous == expected.flags.f_contiguous


def test_a_value_with_axes_of_length_one_in_front_is_written():
    v = ag.tensor([[2.0]], requires_grad=True)
    t = ag.zeros(3)
    t[...] = v
    t.sum().backward()
    assert v.grad.tolist() == [[3]]


def test_lists_of_tensors_are_joined_with_tensors():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    (np.concatenate([[t[0] * t[1]], t]).sum() + np.stack([t, [t[0], 1.0]]).sum()).backward()
    assert t.grad.tolist() == [5, 3]


# -- cost -----------------------------------------------------------------------------------------------------------


def add_to_slices(n, x):
    t = ag.zeros(n + 2) + 0 * x
    for i in range(n):
        t[i : i + 2] += x * t[i] + 1e-3
    return t.sum()


def change_rows(n, x):
    t = np.zeros((n, 3)) + 0 * x
    for row, before in zip(list(t)[1:], list(t)[:-1], strict=True):
        row += 0.5 * before
        row[0] = row[1] * x
    return t.sum()


def change_elements_of_a_view(n, x):
    t = np.zeros((2, n // 2)) + 0 * x
    flat = t.reshape(-1)
    for i in range(1, n):
        flat[i] = 0.5 * flat[i - 1] + x
    return t.sum()


def write_once_each(n, x):
    kept, result = [], 0.0
    for i in range(n):
        t = ag.zeros(3)
        t[0] = i * x
        kept.append(t)
        result = result + t[0]
    return result


def write_beside_views(n, x):
    t = np.zeros((n, 3)) + 0 * x
    rows = [t[i] for i in range(n // 2)]
    for i in range(n // 2):
        t[n // 2 + i] = rows[i] + x
    return t.sum()


LOOPS = (add_to_slices, change_rows, change_elements_of_a_view, write_once_each, write_beside_views)


@pytest.mark.parametrize("loop", LOOPS)
def test_loops_that_write_cost_what_they_do(loop):
    def seconds(n):
        start = time.process_time()
        loop(n, ag.tensor(1.001, requires_grad=True)).backward()
        return time.process_time() - start

    def ratio():
        small, large = (min(seconds(n) for _ in range(3)) for n in (250, 2000))
        return large / small

    assert any(ratio() < 24 for _ in range(5))  # linear: 8 times; the square: 64 times, however busy the machine is


@pytest.mark.parametrize("shares", [np.shares_memory, np.may_share_memory])
def test_a_view_shares_the_memory_of_its_tensor(shares):
    t = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True) * 2
    assert shares(t, t[1:])
    assert shares(t[0], t.T)
    assert not shares(t[0], t[1].data)
    t[0] = 1.0
    assert shares(t, t[:1])
    assert not shares(t, t.copy())

"""Complex Tensors: the convention, transforms, dtypes, and the parts that a real Tensor does not have."""

import operator

import numpy as np
import pytest

import autograd_lite as ag
import autograd_lite.numpy as agnp
import nn

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))


def leaf(values):
    return ag.tensor(values, requires_grad=True)


def test_the_gradient_points_uphill():
    """Its parts are the partial derivatives; a step against it goes downhill."""
    z = leaf(1 + 2j)
    (abs(z) ** 2).backward()
    assert z.grad == 2 + 4j
    before = abs(z.item())
    z.data -= 0.1 * z.grad
    assert abs(z.item()) < before


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_gradients_have_the_dtype_of_their_leaf(dtype):
    z, x = leaf(Z.astype(dtype)), leaf(Z.real.astype(np.real(np.zeros(0, dtype)).dtype))
    np.sum(np.abs(np.fft.fft(z * x)) ** 2).backward()
    assert (z.grad.dtype, x.grad.dtype) == (z.dtype, x.dtype)
    assert not np.iscomplexobj(x.grad)


def test_a_seed_is_the_gradient_of_the_final_result():
    """backward(v) is backward of the real scalar product with v."""
    v = Z * 1j
    z, w = leaf(Z), leaf(Z)
    np.exp(z).backward(v)
    np.sum(np.real(np.conj(v) * np.exp(w))).backward()
    np.testing.assert_allclose(z.grad, w.grad, rtol=1e-14)


def test_second_derivatives_are_those_of_the_parts():
    def by_parts(x):
        return loss(x[0] + 1j * x[1])

    def loss(z):
        return np.sum(np.abs(np.sin(z)) ** 2 + np.real(z**3) * np.imag(z))

    v = RNG.normal(size=Z.shape) + 1j * RNG.normal(size=Z.shape)
    expected = ag.hvp(by_parts)(np.stack([Z.real, Z.imag]), np.stack([v.real, v.imag]))
    np.testing.assert_allclose(ag.hvp(loss)(Z, v), expected[0] + 1j * expected[1], rtol=1e-12)
    first = ag.grad(by_parts)(np.stack([Z.real, Z.imag]))
    np.testing.assert_allclose(ag.grad(loss)(Z), first[0] + 1j * first[1], rtol=1e-12)
    z = leaf(Z)
    loss(z).backward(create_graph=True)
    gradient, z.grad = z.grad, None
    np.sum(np.real(np.conj(v) * gradient)).backward()
    np.testing.assert_allclose(z.grad, expected[0] + 1j * expected[1], rtol=1e-12)


def test_a_0_that_is_always_one_leaves_the_slope_of_the_absolute_value_alone():
    """Cholesky's factor has zeros above its diagonal."""
    a = np.array([[2, 1 - 1j], [1 + 1j, 3]])

    def f(x, absolute):
        return np.sum(absolute(np.linalg.cholesky(a * (1 + np.sum(x * x)))))

    x = np.array([0.5, -1.0])
    expected = ag.hessian(lambda x: f(x, lambda z: np.real(z) ** 2 + np.imag(z) ** 2))(x)
    np.testing.assert_allclose(ag.hessian(lambda x: f(x, lambda z: np.abs(z) ** 2))(x), expected, atol=1e-13)


@pytest.mark.parametrize("f", [lambda z: np.abs(z) ** 2, lambda z: np.hypot(np.abs(z), 1.0), lambda z: np.cos(np.abs(z))])
def test_at_0_the_slope_of_the_absolute_value_is_0_and_its_own_is_not_made_up(f):
    def loss(p):
        return np.sum(f(p[:2] + 1j * p[2:]))

    p = np.array([0.0, 3.0, 0.0, 4.0])
    hessian, without = ag.hessian(loss)(p), ag.hessian(lambda q: f(q[0] + 1j * q[1]))(np.array([3.0, 4.0]))
    assert ag.grad(loss)(p)[[0, 2]].tolist() == [0, 0]
    assert np.isnan(hessian[[0, 2], [0, 2]]).all()
    np.testing.assert_allclose(hessian[np.ix_([1, 3], [1, 3])], without)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_jacobian_of_a_holomorphic_function_is_its_derivative(mode):
    jacobian = ag.jacobian(lambda z: np.stack([z[0] * z[1], np.exp(z[0])]), mode=mode)
    a, b = 1 + 2j, 0.5 - 1j
    np.testing.assert_allclose(jacobian(np.array([a, b])), [[b, a], [np.exp(a), 0]], rtol=1e-14)
    assert ag.jacobian(ag.jacobian(np.exp, mode=mode), mode=mode)(1j) == pytest.approx(np.exp(1j))
    matrix = np.fft.fft(np.eye(5))
    np.testing.assert_allclose(ag.jacobian(np.fft.fft, mode=mode)(np.ones(5)), matrix, atol=1e-14)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", [np.abs, np.conj, np.real, lambda z: z * np.conj(z)], ids=lambda f: f.__name__)
def test_the_jacobian_of_what_is_not_holomorphic_is_refused(f, mode):
    with pytest.raises(TypeError, match=r"not holomorphic.*f\(x \+ 1j \* y\), argnums=\(0, 1\)"):
        ag.jacobian(f, mode=mode)(1 + 1j)


def test_a_complex_loss_is_refused():
    with pytest.raises(TypeError, match="no uphill.*real part or its size.*ag.jacobian"):
        ag.grad(np.sin)(1j)
    with pytest.raises(TypeError, match=r"size to go uphill in. Write t.real.backward\(\)"):
        leaf(1j).backward()


def test_a_complex_tangent_of_a_real_number_is_refused():
    with pytest.raises(TypeError, match="complex, and must be real"):
        ag.jvp(np.sin, (1.0,), (1j,))
    with pytest.raises(TypeError, match="complex, and must be real"):
        ag.vjp(np.sin, 1.0)[1](1j)


def test_parts_of_a_tensor_are_numpys():
    z = leaf(Z)
    assert np.array_equal(z.real.data, Z.real)
    assert np.array_equal(z.imag.data, Z.imag)
    assert np.array_equal(z.conj().data, Z.conj())
    assert np.array_equal(np.angle(z, deg=True).data, np.angle(Z, deg=True))
    assert repr(ag.tensor(1j)) == "tensor(0.+1.j, dtype=complex128)"
    assert complex(ag.tensor(1j)) == 1j


def test_writing_a_part_is_recorded():
    def f(z, u):
        w = z * 1j
        row = w[0]
        w.real = w.real + u
        w.imag = np.sin(u) * w.imag
        return np.sum(np.abs(w * z) ** 2) + np.sum(np.abs(row) ** 3)

    assert ag.check_gradients(f, Z, Z.real).ok
    ours, numpys = ag.tensor(Z), Z.copy()
    ours.real, numpys.real = 5, 5
    ours.imag, numpys.imag = ours.real[0], numpys.real[0]
    assert np.array_equal(ours.data, numpys)


@pytest.mark.parametrize(
    "statement",
    [
        "z.real += 1.0",
        "z.real[...] = u",
        "z.imag[0] *= u[0]",
        "z.imag[[0, 0], [1, 1]] = 1.0",
        "z[0].imag.T[...] = u[0]",
        "np.real(z)[...] = u",
        "z *= 2j",
        "z[1:] = z[:1] * 1j",
        "z.imag.sort()",
    ],
)
def test_a_part_and_the_whole_show_the_same_memory(statement):
    def f(z, u):
        z = z * 1j
        real, imag, row = z.real, z.imag, z[0].imag
        exec(statement, {"z": z, "u": u, "np": np})
        return np.sum(np.abs(z) ** 3) + np.sum(real * imag**2) + np.sum(np.sin(row))

    assert np.isclose(f(Z, Z.real), f(ag.tensor(Z), ag.tensor(Z.real)).item(), rtol=1e-14)
    assert ag.check_gradients(f, Z, Z.real).ok
    v, of_z = 1e-5j * Z[::-1], ag.grad(lambda z: f(z, Z.real))
    assert np.allclose(ag.hvp(lambda z: f(z, Z.real))(Z, v), (of_z(Z + v) - of_z(Z - v)) / 2, rtol=1e-5, atol=1e-11)


def test_writing_a_part_leaves_the_other_as_it_is():
    ours, numpys = (make([complex(1, np.inf), complex(np.nan, 2), complex(-np.inf, -np.inf)]) for make in (ag.tensor, np.array))
    ours.real, numpys.real = 3, 3
    assert np.array_equal(ours.data, numpys, equal_nan=True)
    ours.real = numpys.real = [np.inf, -np.inf, np.nan]
    ours.imag, numpys.imag = 4, 4
    assert np.array_equal(ours.data, numpys, equal_nan=True)


@pytest.mark.parametrize("statement", ["z.real = 1.0", "z.imag = 1.0", "z.real[...] = 1.0"])
def test_a_scalar_is_not_written_into(statement):
    for z in (leaf(Z).sum(), ag.tensor(Z).sum()):
        with pytest.raises(ValueError, match="scalar"):
            exec(statement, {"z": z})


def test_a_part_is_real():
    z = leaf(Z) * 1
    with pytest.raises(TypeError, match=r"imaginary part would be lost. Write v\.real"):
        z.real = z
    with pytest.raises(TypeError, match="no imaginary part to set"):
        leaf(Z.real).imag = 1.0


@pytest.mark.parametrize("write", [operator.iadd, operator.imul])
def test_writing_into_a_complex_tensor_is_recorded(write):
    def f(z):
        u = np.zeros_like(z)
        u[0] = z[1]
        u[1:] = 2.0 * z[1:]
        u[2] = 1.0
        return np.sum(np.abs(write(u, 1j)) ** 2)

    assert ag.check_gradients(f, Z).ok


def test_the_second_door_makes_complex_arrays():
    def f(z, x):
        u = agnp.zeros(3, dtype=complex)
        u[1] = z
        u[2] = x
        both = agnp.array([[z, x], [1j, 2.0]])
        spectrum = agnp.fft.fft([z, x, 1.0])
        return np.sum(np.abs(both @ both + u[1] * u[2]) ** 2) + np.abs(spectrum[1])

    assert ag.check_gradients(f, 1 + 2j, 0.5).ok
    assert agnp.complex64(leaf(1.0)).dtype == np.complex64


# -- accuracy, at branch points, poles and saturation ---------------------------------------------------------------

POINTS = {
    "tanh, saturated": (np.tanh, 20 + 1j, lambda mp, z: mp.sech(z) ** 2),
    "tanh, far": (np.tanh, 300 - 2j, lambda mp, z: mp.sech(z) ** 2),
    "tan, far from the axis": (np.tan, 1 + 20j, lambda mp, z: mp.sec(z) ** 2),
    "arcsinh, large": (np.arcsinh, 1e200 * (1 + 1j), lambda mp, z: 1 / mp.sqrt(1 + z * z)),
    "arcsin, at its branch point": (np.arcsin, 1 + 1e-9j, lambda mp, z: 1 / mp.sqrt(1 - z * z)),
    "arccosh, at its branch point": (np.arccosh, 1 + 1e-9j, lambda mp, z: 1 / (mp.sqrt(z - 1) * mp.sqrt(z + 1))),
    "expm1, far": (np.expm1, -40 + 1j, lambda mp, z: mp.exp(z)),
    "arctan, near its pole": (np.arctan, 1e-3 + 1j, lambda mp, z: 1 / (1 + z * z)),
    "arctan, large": (np.arctan, 1e200 * (1 + 1j), lambda mp, z: 1 / (1 + z * z)),
    "arctanh, large": (np.arctanh, 1e120 * (1 + 1j), lambda mp, z: 1 / (1 - z * z)),
    "log, near 0": (np.log, 1e-300 * (1 - 1j), lambda mp, z: 1 / z),
    "power": (lambda z: z**2.5, -1 + 0.1j, lambda mp, z: mp.mpf(2.5) * z ** mp.mpf(1.5)),
}


@pytest.mark.parametrize(("f", "z", "slope"), POINTS.values(), ids=POINTS)
def test_derivatives_keep_their_digits(f, z, slope):
    from mpmath import mp

    with mp.workdps(500):
        exact = complex(slope(mp, mp.mpc(z.real, z.imag)))
    assert abs(complex(ag.jacobian(f)(z)) - exact) <= 1e-13 * abs(exact)


def test_far_beyond_saturation_the_slope_is_0():
    assert ag.jacobian(np.tanh)(800 + 1j) == 0


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("z", [2.0, -2.0, 30.0])
def test_both_sides_of_the_cuts_of_arcsinh_have_their_own_slope(z, side):
    near = ag.jacobian(np.arcsinh)(complex(1e-12 * side, z))
    assert ag.jacobian(np.arcsinh)(complex(0.0 * side, z)) == pytest.approx(near, rel=1e-9)


@pytest.mark.parametrize(("f", "z"), [(np.arcsin, 2.0), (np.arcsin, -2.0), (np.arccos, 2.0), (np.arccosh, -2.0)])
def test_both_sides_of_a_cut_have_their_own_slope(f, z):
    above, below = ag.jacobian(f)(complex(z, 0.0)), ag.jacobian(f)(complex(z, -0.0))
    assert above == pytest.approx(ag.jacobian(f)(complex(z, 1e-12)), rel=1e-9)
    assert below == pytest.approx(ag.jacobian(f)(complex(z, -1e-12)), rel=1e-9)


# -- networks ---------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}, "Adam": {"lr": 0.1}, "AdamW": {"lr": 0.1}, "RMSprop": {"lr": 0.1},
    "Adagrad": {"lr": 0.1}, "Adadelta": {}, "Adamax": {"lr": 0.1}, "NAdam": {"lr": 0.1}, "RAdam": {"lr": 0.1},
    "Rprop": {"lr": 0.1},
}  # fmt: skip


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS.items(), ids=OPTIMIZERS)
def test_a_complex_parameter_is_two_real_ones(name, options):
    """As in PyTorch, whose optimisers see `view_as_real`."""
    whole, parts = nn.Parameter(Z.copy()), nn.Parameter(np.stack([Z.real, Z.imag]))
    for parameter, as_complex in ((whole, lambda p: p), (parts, lambda p: p[0] + 1j * p[1])):
        optimizer = getattr(nn.optim, name)([parameter], **options)
        for _ in range(5):
            optimizer.zero_grad()
            np.sum(np.abs(as_complex(parameter) ** 2 - 1) ** 2).backward()
            optimizer.step()
        state = optimizer.state_dict()
        optimizer.load_state_dict(state)
    np.testing.assert_allclose(whole.data, parts.data[0] + 1j * parts.data[1], rtol=1e-12)


@pytest.mark.parametrize("name", ["LBFGS", "LevenbergMarquardt"])
def test_optimizers_of_one_real_vector_refuse_complex_parameters(name):
    with pytest.raises(TypeError, match="complex.*real"):
        getattr(nn.optim, name)([nn.Parameter(Z.copy())])


OF_COMPLEX_NUMBERS = {"sigmoid", "silu", "sine", "tanh", "tanhshrink"}
WITH_OPTIONS = {"prelu": (0.1,), "threshold": (0.1, 0.2)}
ACTIVATIONS = [name for name in nn.layers.activations.__all__ if name.islower()]


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in OF_COMPLEX_NUMBERS])
def test_activations_that_compare_refuse_complex_numbers(name):
    with pytest.raises(TypeError, match=r"complex"):
        getattr(nn.functional, name)(leaf(Z), *WITH_OPTIONS.get(name, ()))


@pytest.mark.parametrize("name", sorted(OF_COMPLEX_NUMBERS))
def test_other_activations_have_the_derivative_of_their_formula(name):
    assert ag.check_gradients(getattr(nn.functional, name), Z).ok


@pytest.mark.parametrize(
    "loss",
    [
        lambda z: nn.functional.mse_loss(z, Z.real), lambda z: nn.functional.kl_div(z, Z.real),
        lambda z: nn.functional.nll_loss(z, [0, 1, 2]), lambda z: nn.functional.cross_entropy(z, [0, 1, 2]),
        lambda z: nn.functional.margin_ranking_loss(z, Z.real, np.ones((3, 4))),
        lambda z: nn.functional.hinge_embedding_loss(z, np.ones((3, 4))),
        lambda z: nn.functional.multi_margin_loss(z, [0, 1, 2]), lambda z: nn.functional.triplet_margin_loss(Z.real, Z.imag, z),
        lambda z: nn.functional.cosine_embedding_loss(z, Z.real, [1, 1, -1]), lambda z: nn.functional.cosine_similarity(z, Z),
    ],
)  # fmt: skip
def test_losses_of_real_numbers_refuse_complex_ones(loss):
    with pytest.raises(TypeError, match="complex"):
        loss(leaf(Z))


def test_the_absolute_error_is_of_complex_numbers_too():
    assert ag.check_gradients(nn.functional.l1_loss, Z, Z[::-1] * 1j).ok


def test_a_complex_layer_has_the_derivative_of_its_formula():
    weight, bias = RNG.normal(size=(2, 4)) * 1j + 0.3, RNG.normal(size=2) + 1j
    result = ag.check_gradients(lambda z, w, b: np.abs(nn.functional.linear(z, w, b)), Z, weight, bias)
    assert result.ok


def test_a_rule_of_ones_own_may_be_complex():
    def size(z):
        return np.abs(z)

    right = ag.primitive(size, z=lambda g, z: g * np.conj(np.sign(z)), check=[Z])
    assert ag.check_gradients(right, Z, order=2).ok
    real = ag.primitive(np.sin, x=lambda g, x: g * np.cos(x), real=True)
    with pytest.raises(TypeError, match="sin: it is of real numbers"):
        real(leaf(Z))

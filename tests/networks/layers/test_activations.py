"""Activations: their formulas, derivatives, kinks, and digits far from zero. (Against PyTorch: test_parity.py.)"""

import inspect
import math

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from nn.layers import activations
from tests.networks.derivatives import assert_derivatives
from tests.networks.distributions import assert_uniform


def away_from_joints(*shape):
    """Numbers that are not near 0, 0.5, 1, 3 or 6."""
    x = 2 * np.random.default_rng(0).standard_normal(shape)
    return np.where(np.abs(x * 2 - np.round(x * 2)) < 0.1, x + 0.1, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def normal_cdf(x):
    return np.vectorize(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2, otypes=[float])(x)


def softmax(x, axis=-1):
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


# module, what it computes
ACTIVATIONS = {
    "Identity": (nn.Identity(3, any="thing"), lambda x: x),
    "Tanh": (nn.Tanh(), lambda x: np.sinh(x) / np.cosh(x)),
    "Sine": (nn.Sine(), np.sin),
    "Sine, omega": (nn.Sine(3.0), lambda x: np.sin(3 * x)),
    "Sigmoid": (nn.Sigmoid(), sigmoid),
    "LogSigmoid": (nn.LogSigmoid(), lambda x: np.log(sigmoid(x))),
    "SiLU": (nn.SiLU(), lambda x: x * sigmoid(x)),
    "Mish": (nn.Mish(), lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
    "Softplus": (nn.Softplus(), lambda x: np.log(1 + np.exp(x))),
    "Softplus, beta": (nn.Softplus(beta=2.0), lambda x: np.log(1 + np.exp(2 * x)) / 2),
    "Softplus, threshold": (nn.Softplus(2.0, 0.9), lambda x: np.where(2 * x > 0.9, x, np.log(1 + np.exp(2 * x)) / 2)),
    "Softsign": (nn.Softsign(), lambda x: x / (1 + abs(x))),
    "Tanhshrink": (nn.Tanhshrink(), lambda x: x - np.tanh(x)),
    "GELU": (nn.GELU(), lambda x: x * normal_cdf(x)),
    "GELU, tanh": (nn.GELU("tanh"), lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
    "ReLU": (nn.ReLU(), lambda x: np.where(x > 0, x, 0)),
    "ReLU6": (nn.ReLU6(), lambda x: np.minimum(np.maximum(x, 0), 6)),
    "Hardtanh": (nn.Hardtanh(-1.2, 0.7), lambda x: np.clip(x, -1.2, 0.7)),
    "Hardsigmoid": (nn.Hardsigmoid(), lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    "Hardswish": (nn.Hardswish(), lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "LeakyReLU": (nn.LeakyReLU(0.2), lambda x: np.where(x > 0, x, 0.2 * x)),
    "PReLU": (lambda x: F.prelu(x, np.array([0.25])), lambda x: np.where(x > 0, x, 0.25 * x)),
    "RReLU": (nn.RReLU().eval(), lambda x: np.where(x > 0, x, (1 / 8 + 1 / 3) / 2 * x)),
    "ELU": (nn.ELU(2.0), lambda x: np.where(x > 0, x, 2 * (np.exp(x) - 1))),
    "CELU": (nn.CELU(2.0), lambda x: np.where(x > 0, x, 2 * (np.exp(x / 2) - 1))),
    "SELU": (nn.SELU(), lambda x: 1.05070098735548 * np.where(x > 0, x, 1.673263242354377 * (np.exp(x) - 1))),
    "Threshold": (nn.Threshold(0.3, 7.0), lambda x: np.where(x > 0.3, x, 7.0)),
    "Hardshrink": (nn.Hardshrink(), lambda x: np.where(abs(x) > 0.5, x, 0)),
    "Softshrink": (nn.Softshrink(), lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0)),
}
ALONG_AN_AXIS = {
    "Softmax": (nn.Softmax(), softmax),
    "Softmax, dim": (nn.Softmax(0), lambda x: softmax(x, 0)),
    "LogSoftmax": (nn.LogSoftmax(1), lambda x: np.log(softmax(x, 1))),
    "Softmin": (nn.Softmin(), lambda x: softmax(-x)),
    "Softmax2d": (nn.Softmax2d(), lambda x: softmax(x, -3)),
    "GLU": (nn.GLU(), lambda x: x[..., :2] * sigmoid(x[..., 2:])),
    "GLU, dim": (nn.GLU(0), lambda x: x[:1] * sigmoid(x[1:])),
}
EACH = pytest.mark.parametrize("name", ACTIVATIONS)


def test_every_activation_has_a_row():
    classes = {name for name in activations.__all__ if inspect.isclass(getattr(activations, name))}
    assert classes <= {name.partition(",")[0] for name in ACTIVATIONS | ALONG_AN_AXIS}


@EACH
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0, 2)])
def test_activations_are_what_their_formulas_say(name, shape):
    activation, formula = ACTIVATIONS[name]
    x = away_from_joints(*shape)
    for y in (activation(x), activation(ag.tensor(x))):
        assert np.shape(y) == shape
        np.testing.assert_allclose(y.data if isinstance(y, ag.Tensor) else y, formula(x), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ALONG_AN_AXIS)
def test_activations_along_an_axis_are_what_their_formulas_say(name):
    activation, formula = ALONG_AN_AXIS[name]
    x = away_from_joints(2, 3, 4)
    np.testing.assert_allclose(activation(x), formula(x), rtol=1e-12)
    assert_derivatives(activation, away_from_joints(2, 1, 2) if name == "GLU, dim" else away_from_joints(2, 2, 2))


@EACH
def test_activations_have_derivatives(name):
    activation, _ = ACTIVATIONS[name]
    assert_derivatives(activation, away_from_joints(2, 3))


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"Threshold", "ReLU"}))
def test_nan_stays_nan(name):
    with np.errstate(invalid="ignore"):
        assert np.isnan(ACTIVATIONS[name][0](np.array([np.nan, 1.0]))).sum() == 1


@EACH
def test_activations_take_lists_and_integers(name):
    activation, _ = ACTIVATIONS[name]
    expected = activation(np.array([-2.0, 0.0, 3.0]))
    for given in ([-2.0, 0.0, 3.0], np.array([-2, 0, 3])):
        np.testing.assert_allclose(activation(given), expected, rtol=1e-15)


# limits far from zero: value and slope at -1e300 and at 1e300
LIMITS = {
    "Tanh": ([-1, 1], [0, 0]), "Sigmoid": ([0, 1], [0, 0]), "LogSigmoid": ([-1e300, 0], [1, 0]), "SiLU": ([0, 1e300], [0, 1]),
    "Mish": ([0, 1e300], [0, 1]), "Softplus": ([0, 1e300], [0, 1]), "Softsign": ([-1, 1], [0, 0]), "GELU": ([0, 1e300], [0, 1]),
    "GELU, tanh": ([0, 1e300], [0, 1]), "ReLU": ([0, 1e300], [0, 1]), "ReLU6": ([0, 6], [0, 0]),
    "Hardtanh": ([-1.2, 0.7], [0, 0]), "Hardsigmoid": ([0, 1], [0, 0]), "Hardswish": ([0, 1e300], [0, 1]),
    "ELU": ([-2, 1e300], [0, 1]), "CELU": ([-2, 1e300], [0, 1]), "Tanhshrink": ([-1e300, 1e300], [1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_activations_are_exact_far_from_zero(name):
    values, slopes = LIMITS[name]
    x = ag.tensor([-1e300, 1e300], requires_grad=True)
    y = ACTIVATIONS[name][0](x)
    y.sum().backward()
    assert y.data.tolist() == values
    assert x.grad.tolist() == slopes


def mp_sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def mp_softplus(x):
    return mpmath.log1p(mpmath.exp(x))


# function, its definition in high precision, and how many units in the last place value and slope may be off; beside where
# a slope crosses 0 (silu, mish at -1.3) terms cancel
PRECISE = {
    "tanh": (F.tanh, mpmath.tanh, 1, 4),
    "sigmoid": (F.sigmoid, mp_sigmoid, 2, 5),
    "logsigmoid": (F.logsigmoid, lambda x: -mp_softplus(-x), 1, 2),
    "silu": (F.silu, lambda x: x * mp_sigmoid(x), 2, 20),
    "mish": (F.mish, lambda x: x * mpmath.tanh(mp_softplus(x)), 2, 20),
    "softplus": (F.softplus, mp_softplus, 2, 2),
    "softsign": (F.softsign, lambda x: x / (1 + abs(x)), 1, 4),
    "elu": (F.elu, lambda x: x if x > 0 else mpmath.expm1(x), 1, 1),
    "gelu": (F.gelu, lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2, 600, 600),  # x**2 in the exponent costs digits
}


@pytest.mark.parametrize("name", PRECISE)
def test_activations_are_right_to_the_last_digits(name):
    function, definition, of_value, of_slope = PRECISE[name]
    x = np.array([-700.0, -300, -100, -40, -37, -20, -8, -3, -1, -0.1, -1e-8, 1e-8, 0.1, 1, 3, 8, 20, 37, 40, 100, 700])
    values, slopes = function(x), ag.grad(lambda x: function(x).sum())(x)
    with mpmath.workdps(700):
        h = mpmath.mpf(10) ** -330
        for point, value, slope in zip(x.tolist(), values.tolist(), slopes.tolist(), strict=True):
            right = float(definition(mpmath.mpf(point)))
            rising = float((definition(point + h) - definition(point - h)) / (2 * h))
            assert abs(value - right) <= of_value * np.spacing(abs(right)), point
            assert abs(slope - rising) <= of_slope * np.spacing(abs(rising)), point


def test_softplus_is_exact_where_pytorch_is_linear():
    x = np.array([20.5, 25.0, 30.0])
    assert np.all(F.softplus(x) > x)
    assert F.softplus(x, threshold=20.0).tolist() == x.tolist()


def test_tanh_and_sine_are_exact_near_zero():
    for activation in (nn.Tanh(), nn.Sine()):
        assert activation(np.array([1e-12, -1e-300])).tolist() == [1e-12, -1e-300]


# activation, points where pieces join, and the slope there, as in PyTorch
JOINTS = [
    (F.relu, [0.0, -0.0], [0, 0]),
    (F.relu6, [0.0, 6.0], [0, 0]),
    (F.hardtanh, [-1.0, 1.0], [0, 0]),
    (F.hardsigmoid, [-3.0, 3.0], [0, 0]),
    (F.hardswish, [-3.0, 3.0], [0, 1]),
    (F.leaky_relu, [0.0], [0.01]),
    (lambda x: F.elu(x, 2.0), [0.0], [2]),
    (lambda x: F.celu(x, 2.0), [0.0], [1]),
    (lambda x: F.threshold(x, 0.5, 7.0), [0.5], [0]),
    (F.hardshrink, [-0.5, 0.5], [0, 0]),
    (F.softshrink, [-0.5, 0.5], [0, 0]),
    (F.tanhshrink, [0.0], [0]),
    (F.softsign, [0.0], [1]),
]


@pytest.mark.parametrize(("function", "points", "slopes"), JOINTS)
def test_slopes_at_joints_are_those_of_pytorch(function, points, slopes):
    assert ag.grad(lambda x: function(x).sum())(np.array(points)).tolist() == slopes


def test_prelu_learns_one_slope_or_one_for_each_channel():
    for count, shape in ((1, (5,)), (1, (2, 3)), (3, (2, 3)), (3, (2, 3, 4))):
        layer = nn.PReLU(count, init=0.5)
        x = away_from_joints(*shape)
        y = layer(x)
        np.testing.assert_array_equal(y.data, np.where(x > 0, x, x / 2))
        y.sum().backward()
        below = np.minimum(x, 0.0)
        axes = tuple(k for k in range(x.ndim) if k != 1) if count > 1 else None
        np.testing.assert_allclose(layer.weight.grad, np.sum(below, axis=axes).reshape(count))
    assert_derivatives(F.prelu, away_from_joints(2, 3, 2), np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (2, 4, 3)])
def test_prelu_refuses_slopes_that_are_not_one_for_each_channel(shape):
    with pytest.raises(ValueError, match=r"weight has shape \(3,\), but the input"):
        nn.PReLU(3)(np.zeros(shape))


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "celu", "softplus", "softshrink"])
def test_an_option_that_is_a_number_may_be_learnt(name):
    assert_derivatives(getattr(F, name), away_from_joints(2, 3), np.array(0.5))
    assert_derivatives(getattr(F, name), away_from_joints(2, 3), np.array([0.5, 1.0, 2.0]))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, a: F.hardtanh(x, -a, a),
        lambda x, a: F.softplus(x, 2.0, a),
        lambda x, a: F.threshold(x, a, 0.5),
        lambda x, a: F.hardshrink(x, a),
        F.sine,
    ],
)
def test_an_option_may_be_another_number_in_each_column(f):
    x, a = away_from_joints(4, 3), np.array([0.3, 0.5, 0.7])
    columns = [f(x[:, i], float(a[i])) for i in range(3)]
    np.testing.assert_array_equal(f(x, a), np.stack(columns, axis=1))
    assert_derivatives(lambda x: f(x, a), x)


@pytest.mark.parametrize("name", ["leaky_relu", "prelu", "elu"])
def test_a_parameter_of_negative_elements_is_masked_where_elements_are_positive(name):
    x, a = np.array([[1.0, -2.0, 3.0]]), np.array([0.0, 1.0, 0.0])  # where the slope of the root is infinite
    found = ag.grad(lambda a: np.sum(getattr(F, name)(x, np.sqrt(a))))(a)
    assert found[0] == found[2] == 0.0
    assert 0.0 < abs(found[1]) < np.inf


def test_rrelu_draws_slopes_in_training_and_takes_their_mean_in_evaluation():
    x = np.full((20, 50), -1.0)
    layer = nn.RReLU(0.2, 0.6, rng=0)
    drawn = -layer(x)
    assert_uniform(drawn, 0.2, 0.6)
    assert not np.array_equal(drawn, -layer(x))
    np.testing.assert_array_equal(-nn.RReLU(0.2, 0.6, rng=0)(x), drawn)
    np.testing.assert_allclose(-layer.eval()(x), 0.4)
    t = ag.tensor([-2.0, 3.0], requires_grad=True)
    y = F.rrelu(t, training=True, rng=1)
    y.sum().backward()
    np.testing.assert_allclose(t.grad * t.data, y.data)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.gelu(np.ones(2), "erf"), "approximate='erf'; write 'none' or 'tanh'"),
        (lambda: F.hardtanh(np.ones(2), 1.0, -1.0), "min_val=1.0 must not be above max_val=-1.0"),
        (lambda: F.celu(np.ones(2), 0.0), "alpha=0.0 must not be 0"),
        (lambda: F.celu(np.ones(2), np.array([1.0, 0.0])), r"alpha=\[1\. 0\.\] must not be 0"),
        (lambda: F.softshrink(np.ones(2), -1.0), "lambd=-1.0 must be at least 0"),
        (lambda: F.glu(np.ones((2, 3))), r"shape \(2, 3\); its length along dim=-1 must be even"),
        (lambda: nn.Softmax2d()(np.ones((2, 3))), r"shape \(2, 3\), but it must be \(N, C, H, W\) or \(C, H, W\)"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_options_are_shown():
    shown = {
        "ReLU()": nn.ReLU(), "Softplus(beta=2.0, threshold=inf)": nn.Softplus(beta=2.0), "Sine(omega_0=30.0)": nn.Sine(30.0),
        "PReLU(num_parameters=3)": nn.PReLU(3), "GELU(approximate='tanh')": nn.GELU("tanh"),
        "RReLU(lower=0.1, upper=0.2)": nn.RReLU(0.1, 0.2, rng=0).eval(),
    }  # fmt: skip
    assert [repr(module) for module in shown.values()] == list(shown)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_a_softmax_is_along_one_axis(name):
    for x in (np.ones((2, 3)), nn.Parameter(np.ones((2, 3)))):
        with pytest.raises(TypeError, match=f"^{name}: dim=None.* Write dim=-1 for the last"):
            getattr(F, name)(x, dim=None)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_an_empty_batch_has_an_empty_softmax(name):
    for shape, dim in [((0, 3), 0), ((0, 3), 1), ((2, 0), 1), ((0,), 0)]:
        x = ag.Tensor(np.zeros(shape), requires_grad=True)
        out = getattr(F, name)(x, dim)
        out.sum().backward()
        assert out.shape == x.grad.shape == shape
    with pytest.raises(ValueError, match="axis 1 is out of bounds"):
        getattr(F, name)(np.zeros(0), 1)


REAL = [
    "relu", "relu6", "hardtanh", "hardsigmoid", "hardswish", "leaky_relu", "elu", "celu", "selu", "hardshrink", "softshrink",
    "softsign", "softplus", "logsigmoid", "mish", "gelu", "softmax", "log_softmax", "softmin", "glu",
]  # fmt: skip


@pytest.mark.parametrize("given", [np.asarray, ag.Tensor])
@pytest.mark.parametrize("name", REAL)
def test_complex_numbers_are_refused_in_the_name_of_the_function(name, given):
    with pytest.raises(TypeError, match=f"^{name}: the input is complex"):
        getattr(F, name)(given(np.ones((2, 2)) + 1j))


def test_a_slope_that_is_a_number_keeps_single_precision():
    assert F.prelu(np.float32([-2.0, 1.0]), 0.25).dtype == np.float32
    assert F.prelu(np.array([-2, 1]), 0.25).tolist() == [-0.5, 1.0]


@EACH
def test_masked_numbers_stay_masked_or_are_refused(name):
    activation, _ = ACTIVATIONS[name]
    x = np.ma.array([1.0, 2.0, 3.0, 4.0], mask=[False, True, False, True])
    try:
        y = activation(x)
    except TypeError as error:
        assert "MaskedArray" in str(error)  # noqa: PT017
    else:
        assert np.ma.getmaskarray(y)[1]


@EACH
def test_files_in_memory_are_arrays(name, tmp_path):
    activation, _ = ACTIVATIONS[name]
    x = np.memmap(tmp_path / "x", float, "w+", shape=(2, 4))
    x[:] = away_from_joints(2, 4)
    np.testing.assert_array_equal(activation(x), activation(np.array(x)))

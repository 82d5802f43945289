"""Convolutions against sums written out, against PyTorch, and against differences."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from nn.layers import convolution as C
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, assert_same_module, assert_same_start, filled, pytorch, refuses, signature, wave

# function, shapes of input, weight and bias, options
CASES = {
    "1d": ("conv1d", [(2, 3, 7), (4, 3, 3), (4,)], {}),
    "1d, single": ("conv1d", [(3, 7), (4, 3, 3)], {}),
    "1d, strided": ("conv1d", [(2, 4, 9), (6, 2, 2), (6,)], {"stride": 3, "padding": 2, "dilation": 2, "groups": 2}),
    "1d, same": ("conv1d", [(2, 1, 5), (2, 1, 4)], {"padding": "same"}),
    "2d": ("conv2d", [(2, 3, 5, 4), (2, 3, 3, 2), (2,)], {}),
    "2d, single": ("conv2d", [(1, 4, 4), (2, 1, 2, 2), (2,)], {"padding": 1}),
    "2d, 1x1": ("conv2d", [(2, 3, 2, 3), (2, 3, 1, 1), (2,)], {}),
    "2d, 1x1 strided": ("conv2d", [(2, 3, 4, 3), (2, 3, 1, 1)], {"stride": 2}),
    "2d, uneven": (
        "conv2d",
        [(2, 2, 6, 7), (4, 1, 3, 2), (4,)],
        {"stride": (2, 3), "padding": (1, 2), "dilation": (2, 1), "groups": 2},
    ),
    "2d, each channel": ("conv2d", [(1, 3, 4, 4), (3, 1, 2, 2), (3,)], {"groups": 3}),
    "2d, same": ("conv2d", [(1, 2, 3, 5), (2, 2, 2, 3)], {"padding": "same", "dilation": (1, 2)}),
    "2d, valid": ("conv2d", [(1, 1, 3, 3), (1, 1, 2, 2)], {"padding": "valid", "stride": 2}),
    "transpose": ("conv_transpose2d", [(2, 3, 3, 2), (3, 2, 2, 3), (2,)], {}),
    "transpose, single": ("conv_transpose2d", [(2, 3, 3), (2, 1, 2, 2)], {"stride": 2}),
    "transpose, uneven": (
        "conv_transpose2d",
        [(1, 4, 3, 3), (4, 1, 3, 2), (2,)],
        {"stride": (3, 2), "padding": (1, 0), "output_padding": (2, 1), "groups": 2, "dilation": (1, 2)},
    ),
    "transpose 1d": ("conv_transpose1d", [(2, 3, 4), (3, 2, 3), (2,)], {}),
    "transpose 1d, strided": (
        "conv_transpose1d",
        [(4, 3), (4, 1, 3), (2,)],
        {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2, "dilation": 2},
    ),
    "transpose, beyond": ("conv_transpose2d", [(1, 1, 2, 3), (1, 1, 3, 2)], {"output_padding": 2, "dilation": 3}),
}
EACH = pytest.mark.parametrize("name", CASES)
SAME = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # PyTorch's, about its speed

# module, arguments, options, shape of the input
MODULES = {
    "1d": ("Conv1d", (2, 4, 3), {"stride": 2, "padding": 1}, (3, 2, 7)),
    "2d": ("Conv2d", (2, 4, 3), {}, (3, 2, 5, 4)),
    "2d, single": ("Conv2d", (1, 2, (3, 2)), {"bias": False}, (1, 5, 4)),
    "2d, groups": ("Conv2d", (4, 6, 2), {"groups": 2, "dilation": 2}, (1, 4, 5, 4)),
    "2d, reflect": ("Conv2d", (1, 2, 3), {"padding": (1, 2), "padding_mode": "reflect"}, (2, 1, 3, 4)),
    "2d, replicate": ("Conv2d", (1, 2, 3), {"padding": "same", "dilation": 2, "padding_mode": "replicate"}, (2, 1, 3, 4)),
    "2d, circular": ("Conv2d", (1, 2, 2), {"padding": 1, "padding_mode": "circular", "stride": 2}, (1, 3, 4)),
    "1d, circular": ("Conv1d", (1, 2, 4), {"padding": "same", "padding_mode": "circular"}, (2, 1, 6)),
    "transpose": ("ConvTranspose2d", (2, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, (3, 2, 3, 2)),
    "transpose 1d": ("ConvTranspose1d", (2, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, (3, 2, 4)),
    "transpose 1d, single": ("ConvTranspose1d", (2, 1, 2), {"bias": False, "dilation": 2}, (2, 3)),
    "transpose, single": ("ConvTranspose2d", (2, 1, 2), {"bias": False, "dilation": 2}, (2, 2, 2)),
}
EACH_MODULE = pytest.mark.parametrize("name", MODULES)


def case(name):
    function, shapes, options = CASES[name]
    arrays = [wave(*shape, start=i) for i, shape in enumerate(shapes)]
    return lambda *arrays: getattr(C, function)(*arrays, **options), arrays


def module(name, library=C):
    kind, args, options, shape = MODULES[name]
    return getattr(library, kind)(*args, **options), wave(*shape)


# -- values and gradients -----------------------------------------------------------------------------------------


@SAME
@EACH
def test_functions_agree_with_pytorch(name):
    f, arrays = case(name)
    function, _, options = CASES[name]
    there = getattr(pytorch().nn.functional, function)
    assert_same(f, lambda *arrays: there(*arrays, **options), *arrays)


@EACH
def test_functions_agree_with_numbers_recorded_from_pytorch(name):
    f, arrays = case(name)
    np.testing.assert_allclose(signature(f, *arrays), FUNCTIONS_THERE[name], rtol=1e-10)


@EACH
def test_functions_have_derivatives_jointly_by_input_weight_bias_and_g(name):
    f, arrays = case(name)
    assert_derivatives(f, *arrays)


@SAME
@EACH_MODULE
def test_modules_agree_with_pytorch(name):
    ours, x = module(name)
    theirs, _ = module(name, pytorch().nn)
    assert_same_module(ours, theirs, x)
    assert repr(ours).replace("'", "") == repr(theirs)


@EACH_MODULE
def test_modules_agree_with_numbers_recorded_from_pytorch(name):
    ours, x = module(name)
    parameters = list(filled(ours).parameters())
    np.testing.assert_allclose(signature(ours, x, parameters=parameters), MODULES_THERE[name], rtol=1e-10)


@SAME
@pytest.mark.parametrize("stride", [1, 2, (3, 2)])
@pytest.mark.parametrize("padding", [0, 1, (2, 0), "same"])
def test_all_combinations_are_accepted_or_refused_and_computed_as_in_pytorch(stride, padding):
    torch = pytorch()
    for kernel, dilation, groups, size in itertools.product([(2, 3), (3, 1)], [1, (1, 3)], [1, 2], [(5, 7), (4, 6)]):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        calls = [("conv2d", (6, 4 // groups, *kernel), {})]
        if padding != "same":
            calls += [("conv_transpose2d", (4, 3, *kernel), {"output_padding": more}) for more in (0, 1, (2, 1))]
        for function, shape, more in calls:
            given = options | more
            arrays = wave(1, 4, *size), wave(*shape, start=1.0)
            there, here = getattr(torch.nn.functional, function), getattr(C, function)
            try:
                there(*map(torch.tensor, arrays), **given)
            except (RuntimeError, ValueError):
                with pytest.raises(ValueError):
                    here(*arrays, **given)
            else:
                assert_same(
                    lambda *a, here=here, given=given: here(*a, **given),
                    lambda *a, there=there, given=given: there(*a, **given),
                    *arrays,
                )


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [0, 1, 2, 3, 4])
def test_borders_are_accepted_or_refused_and_made_as_in_pytorch(mode, padding):
    ours, theirs = (library.Conv1d(1, 2, 2, padding=padding, padding_mode=mode, stride=2) for library in (C, pytorch().nn))
    x = wave(2, 1, 3)
    try:
        theirs(pytorch().tensor(x, dtype=pytorch().float32))
    except RuntimeError:
        with pytest.raises(ValueError, match="Write a smaller padding"):
            ours(x)
    else:
        assert_same_module(ours, theirs, x)


# -- what convolution is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [1, 2])
def test_an_output_is_the_sum_over_its_window(groups):
    x, w, b = wave(2, 4, 6, 5), wave(6, 4 // groups, 2, 3, start=1.0), wave(6, start=2.0)
    y = C.conv2d(x, w, b, stride=(2, 1), padding=(1, 0), dilation=(3, 1), groups=groups)
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (0, 0)])
    assert y.shape == (2, 6, 3, 3)
    for n, o, i, j in np.ndindex(y.shape):
        channels = range(4) if groups == 1 else range(2) if o < 3 else range(2, 4)
        window = padded[n, channels, 2 * i : 2 * i + 4 : 3, j : j + 3]
        assert y[n, o, i, j] == pytest.approx(np.sum(window * w[o]) + b[o], rel=1e-12, abs=1e-14)


def test_the_transpose_is_the_transpose():
    options = {"stride": (2, 3), "padding": (1, 0), "dilation": (1, 2), "groups": 2}
    x, w = wave(2, 4, 7, 9), wave(6, 2, 3, 2, start=1.0)
    y = C.conv2d(x, w, **options)
    z = wave(*y.shape, start=2.0)
    back = C.conv_transpose2d(z, w, output_padding=(0, 0), **options)
    assert back.shape == x.shape
    assert np.sum(y * z) == pytest.approx(np.sum(x * back), rel=1e-12)


@given(st.data())
def test_the_transpose_paints_a_kernel_for_each_element(data):
    """Of whole numbers: the sums are exact. What a kernel's infinity does not reach is finite."""
    axes, groups = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    kernel, lengths, steps, gaps = (
        tuple(data.draw(st.integers(1, most)) for _ in range(axes)) for most in (3, 5, data.draw(st.integers(1, 2)), 2)
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    g = rng.integers(-9, 10, (2, 2 * groups, *lengths)).astype(float)
    w = rng.integers(-9, 10, (2 * groups, 3, *kernel)).astype(float)
    if data.draw(st.booleans()):
        w.flat[rng.integers(w.size)] = np.inf
    transposed = C.conv_transpose1d if axes == 1 else C.conv_transpose2d
    size = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(lengths, steps, gaps, kernel)]
    expected = np.zeros((2, 3 * groups, *size))
    with np.errstate(invalid="ignore"):  # 0 * inf
        found = transposed(g, w, stride=steps, dilation=gaps, groups=groups)
        for n, o in np.ndindex(g.shape[:2]):
            channels = slice(o // 2 * 3, o // 2 * 3 + 3)
            for place in np.ndindex(*lengths):
                window = tuple(slice(p * s, p * s + d * (k - 1) + 1, d) for p, s, d, k in zip(place, steps, gaps, kernel))
                expected[n, channels][(slice(None), *window)] += g[n, o][place] * w[o]
    np.testing.assert_array_equal(found, expected)


def test_samples_in_blocks_are_computed_as_all_at_once(monkeypatch):
    layer = C.Conv2d(2, 3, 3, padding=1, rng=0)
    x = wave(7, 2, 5, 4)
    found = []
    for cache in (1, 10**4, 10**9):
        monkeypatch.setattr(C, "CACHE", cache)
        layer.zero_grad()
        t = ag.tensor(x, requires_grad=True)
        y = layer(t)
        np.sum(y * y).backward()
        found.append([y.data, t.grad, layer.weight.grad, layer.bias.grad])
    for others in found[1:]:
        for a, b in zip(found[0], others):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


def test_no_samples_have_no_outputs_and_gradients_of_0():
    layer = C.Conv2d(1, 2, 3)
    y = layer(np.zeros((0, 1, 5, 5)))
    assert y.shape == (0, 2, 3, 3)
    y.sum().backward()
    assert not np.any(layer.weight.grad)


def test_an_infinite_pixel_reaches_only_the_windows_that_see_it():
    x = np.zeros((1, 5, 5))
    x[0, 0, 0] = np.inf
    assert np.count_nonzero(~np.isfinite(C.conv2d(x, np.ones((1, 1, 2, 2))))) == 1


@EACH
def test_functions_of_arrays_are_arrays_and_single_precision_stays_single(name):
    f, arrays = case(name)
    assert type(f(*arrays)) is np.ndarray
    tensors = [ag.tensor(array.astype(np.float32), requires_grad=True) for array in arrays]
    y = f(*tensors)
    y.sum().backward()
    assert {t.grad.dtype for t in tensors} == {y.dtype} == {np.dtype(np.float32)}


def test_a_bias_of_double_precision_is_not_rounded():
    one = np.ones((1, 1, 1), np.float32)
    assert C.conv1d(one, one, np.array([1e-12]))[0, 0, 0] == 1 + 1e-12


def test_lists_are_inputs_like_arrays():
    assert C.conv1d([[1.0, 2.0, 4.0]], [[[1.0, -1.0]]], [10.0]).tolist() == [[9.0, 8.0]]


# -- parameters ---------------------------------------------------------------------------------------------------

# module, arguments, options, the bound of the uniform distribution
STARTS = [
    ("Conv1d", (4, 500, 4), {}, 1 / 4),
    ("Conv2d", (8, 500, 2), {"groups": 2}, 1 / 4),
    ("ConvTranspose2d", (500, 8, 2), {"groups": 2}, 1 / 4),  # PyTorch counts the outputs of each input here
]


@pytest.mark.parametrize(("kind", "args", "options", "bound"), STARTS)
def test_parameters_begin_as_in_pytorch(kind, args, options, bound):
    ours = getattr(C, kind)(*args, **options, rng=0)
    for parameter in ours.parameters():
        assert 0.8 * bound < np.abs(parameter.data).max() <= bound
    assert np.std(ours.weight.data) == pytest.approx(bound / np.sqrt(3), rel=0.05)
    same = getattr(C, kind)(*args, **options, rng=0)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(ours.parameters(), same.parameters()))


@pytest.mark.parametrize(("kind", "args", "options", "bound"), STARTS)
def test_parameters_begin_as_live_pytorch_draws_them(kind, args, options, bound):
    assert_same_start(getattr(C, kind)(*args, **options, rng=0), getattr(pytorch().nn, kind)(*args, **options))


def test_parameters_have_the_dtype_asked_for():
    layer = C.Conv2d(1, 2, 3, dtype=np.float32)
    assert {p.dtype for p in layer.parameters()} == {layer(np.ones((1, 4, 4), np.float32)).dtype} == {np.dtype(np.float32)}


# -- what is refused ----------------------------------------------------------------------------------------------

image, kernel = np.zeros((2, 3, 5, 5)), np.zeros((4, 3, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: C.conv2d(np.zeros((5, 5)), kernel), r"conv2d: input has shape (5, 5), but must have (N, C, H, W) or (C, H, W)."),
        (
            lambda: C.conv1d(image, np.zeros((4, 3, 2))),
            r"conv1d: input has shape (2, 3, 5, 5), but must have (N, C, L) or (C, L).",
        ),
        (
            lambda: C.conv2d(image, np.zeros((3, 2))),
            "weight has shape (3, 2), but must have 4 axes, (C_out, C_in / groups, kernel).",
        ),
        (lambda: C.conv2d(image, kernel[:, :2]), "has 3 channels, but weight of shape (4, 2, 2, 2) with groups=1 takes 2."),
        (lambda: C.conv2d(np.zeros((9, 5, 5)), np.zeros((4, 1, 2, 2))), "takes 1. Write x[:, None] for a batch of one channel."),
        (
            lambda: C.conv2d(image, np.zeros((4, 1, 2, 2)), groups=3),
            "conv2d: the 4 output channels of weight (4, 1, 2, 2) do not split",
        ),
        (lambda: C.conv2d(image, kernel, groups=2), "conv2d: the 3 channels of input (2, 3, 5, 5) do not split into groups=2."),
        (
            lambda: C.conv_transpose2d(image, np.zeros((3, 1, 2, 2)), groups=2),
            "the 3 channels of input (2, 3, 5, 5) do not split",
        ),
        (lambda: C.conv2d(image, kernel, groups=0), "groups=0 must be at least 1"),
        (
            lambda: C.conv2d(image, kernel, np.zeros(3)),
            "bias has shape (3,), but there are 4 output channels. Its shape must be (4,)",
        ),
        (
            lambda: C.conv2d(image, np.zeros((4, 3, 7, 7))),
            "windows of (7, 7) do not fit into the input, (5, 5) with its padding.",
        ),
        (lambda: C.conv2d(image, kernel, dilation=5), "windows of (6, 6) do not fit into the input, (5, 5) with its padding."),
        (lambda: C.conv2d(image, kernel, stride=0), "stride=0 must be an integer of at least 1, or a tuple of 2 such integers."),
        (
            lambda: C.conv2d(image, kernel, padding=(1, 1, 1)),
            "padding=(1, 1, 1) must be an integer of at least 0, or a tuple of 2",
        ),
        (lambda: C.conv2d(image, kernel, dilation=1.5), "dilation=1.5 must be an integer"),
        (lambda: C.conv2d(image, kernel, padding="full"), "padding='full'; write 'same', 'valid' or numbers."),
        (lambda: C.conv2d(image, kernel, padding="same", stride=2), "padding='same' needs a stride of 1, not (2, 2)"),
        (lambda: C.conv_transpose2d(image, kernel), "has 3 channels, but weight of shape (4, 3, 2, 2) with groups=1 takes 4."),
        (
            lambda: C.conv_transpose2d(image, np.zeros((3, 1, 2, 2)), stride=2, output_padding=2),
            "output_padding=(2, 2) must be below stride=(2, 2) or dilation=(1, 1).",
        ),
        (lambda: C.conv_transpose2d(image, np.zeros((3, 1, 2, 2)), padding=3), "leaves an output of (0, 0). Pad less."),
        (lambda: C.Conv2d(3, 4, 2, groups=2), "Conv2d: in_channels=3 does not split into groups=2."),
        (lambda: C.Conv2d(4, 3, 2, groups=2), "Conv2d: out_channels=3 does not split into groups=2."),
        (lambda: C.Conv2d(3, 4, 0), "Conv2d: kernel_size=0 must be an integer of at least 1"),
        (lambda: C.Conv2d(3, 4, 2, padding_mode="mirror"), "padding_mode='mirror'; write 'zeros' or 'reflect' or"),
        (lambda: C.ConvTranspose2d(3, 4, 2, padding_mode="reflect"), "padding_mode='reflect'; write 'zeros'."),
        (lambda: C.Conv1d(3, 4, 2, padding="same", stride=2), "Conv1d: padding='same' needs a stride of 1"),
        (
            lambda: C.Conv1d(1, 1, 2, padding=3, padding_mode="reflect")(np.zeros((1, 3))),
            "Conv1d: padding_mode='reflect' cannot put ((3, 3),) elements around (3,). Write a smaller padding.",
        ),
        (
            lambda: C.Conv1d(1, 1, 2, padding=1, padding_mode="reflect")(np.zeros(3)),
            "Conv1d: input has shape (3,), but must have",
        ),
        (lambda: C.Conv2d(2, 4, 3)(image), "Conv2d: input of shape (2, 3, 5, 5) has 3 channels, but weight of shape"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(call, message):
    refuses(ValueError, call, message)


# -- recorded from PyTorch 2.13: the weighted output, then the weighted gradients by each array and parameter -----

FUNCTIONS_THERE = {
    "1d": [13.60796944806, -5.656590793946, 13.53150674833, -1.109142372351],
    "1d, single": [13.2389394477, 3.923670351015, 13.2389394477],
    "1d, strided": [-3.600364259102, 5.689974185216, -3.602469791648, 0.0003715225008486],
    "1d, same": [2.800411461721, 1.372057173319, 2.800411461721],
    "2d": [0.2457701283976, 1.088949813869, -0.8614736143339, 2.229689901246],
    "2d, single": [1.633180109833, -0.2217624511185, 1.689834476505, -0.7945379193139],
    "2d, 1x1": [0.7259274241554, 4.369626054015, 1.315261794338, -2.302999940628],
    "2d, 1x1 strided": [5.024195411061, 0.6569523449622, 5.024195411061],
    "2d, uneven": [-0.9102596196331, 0.1479363020886, 0.181554060072, -0.6862953218734],
    "2d, each channel": [0.6140164517159, 0.2327097449365, -0.4816930832235, 0.2570471552492],
    "2d, same": [-2.671526135274, -13.52824298509, -2.671526135274],
    "2d, valid": [0.7539773618455, 0.4647329080131, 0.7539773618455],
    "transpose": [7.324202705265, 7.008193390016, 7.248779240616, 1.145911834672],
    "transpose, single": [3.67236520952, 0.1746442900098, 3.67236520952],
    "transpose, uneven": [1.434308665573, -2.437572950801, 1.347829768405, -0.0239279009639],
    "transpose, beyond": [-5.397154798017, -5.286109896696, -5.397154798017],
    "transpose 1d": [0.2889596634566, 3.667585069374, 0.8782940336395, -2.302999940628],
    "transpose 1d, strided": [3.165610434885, 0.1384360723838, 3.040242015098, 0.03607741223755],
}
MODULES_THERE = {
    "1d": [1.087840562934, 1.2051945939, 1.015548813145, 0.002141150439677],
    "2d": [-0.3352183078608, -0.006523816018699, 0.002600326759728, -0.6645158142639],
    "2d, single": [1.735944879317, 0.1047729191843, 3.417734848929],
    "2d, groups": [0.1516894339888, -0.09076226705511, 0.01007916803891, 0.4500114991852],
    "2d, reflect": [0.4036692368813, -0.4765510115747, -0.7921430828789, -0.3915964096959],
    "2d, replicate": [9.231985150752, 11.45991024048, 17.2292817925, 0.005612166838788],
    "2d, circular": [-0.7021783991657, -0.2957130067151, 0.6511266104749, -1.418196770538],
    "1d, circular": [0.842011754627, 1.752115997199, 0.3883121392953, -2.302999940628],
    "transpose": [-0.7940836119144, -1.231532212649, 1.372140158619, -0.4058602458835],
    "transpose, single": [-0.158338683902, -0.3035525103611, 0.0441101947101],
    "transpose 1d": [-2.354828697565, -2.258152171097, -4.360242330937, 0.0651054138189],
    "transpose 1d, single": [0.8335362126151, 0.2322684519867, 1.771274930872],
}


def test_a_transposed_convolution_can_be_told_the_size_of_its_output():
    layer = C.ConvTranspose2d(1, 2, 3, stride=2, padding=1, rng=0)
    x = np.ones((4, 1, 3, 3))
    assert layer(x).shape == (4, 2, 5, 5)
    assert layer(x, output_size=(6, 5)).shape == layer(x, (4, 2, 6, 5)).shape == (4, 2, 6, 5)
    layer.output_padding = (1, 1)
    np.testing.assert_array_equal(layer(x, output_size=(6, 6)).data, layer(x).data)
    for wrong in [(7, 5), (4, 5)]:
        with pytest.raises(ValueError, match=r"output_size=\(., 5\) must be from \(5, 5\) to \(6, 6\)"):
            layer(x, output_size=wrong)

"""Pooling against windows written out, against PyTorch, and against differences."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from nn.layers import pooling as P
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, pytorch, refuses, signature, wave

# function, module, shape of the input, arguments, options (by the names that function and module share)
CASES = {
    "max 1d": ("max_pool1d", "MaxPool1d", (2, 3, 7), (3,), {}),
    "max 1d, strided": ("max_pool1d", "MaxPool1d", (3, 8), (3,), {"stride": 2, "padding": 1, "ceil_mode": True}),
    "max 1d, beginning beyond": ("max_pool1d", "MaxPool1d", (3, 5), (2,), {"padding": 1, "ceil_mode": True}),
    "max 2d": ("max_pool2d", "MaxPool2d", (2, 3, 4, 5), (2,), {}),
    "max 2d, overlapping": ("max_pool2d", "MaxPool2d", (1, 2, 5, 6), (3, 1), {"padding": 1}),
    "max 2d, uneven": (
        "max_pool2d",
        "MaxPool2d",
        (2, 7, 6),
        ((2, 3),),
        {"stride": (3, 1), "padding": (1, 0), "dilation": (3, 2), "ceil_mode": True},
    ),
    "mean 1d": ("avg_pool1d", "AvgPool1d", (2, 3, 7), (3,), {}),
    "mean 1d, hanging over": (
        "avg_pool1d",
        "AvgPool1d",
        (3, 8),
        (3,),
        {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
    "mean 2d": ("avg_pool2d", "AvgPool2d", (2, 3, 4, 5), (2,), {}),
    "mean 2d, overlapping": ("avg_pool2d", "AvgPool2d", (1, 2, 5, 6), (3, 1), {"padding": 1}),
    "mean 2d, uneven": (
        "avg_pool2d",
        "AvgPool2d",
        (2, 6, 6),
        ((2, 3),),
        {"stride": (3, 2), "padding": (1, 0), "ceil_mode": True, "count_include_pad": False},
    ),
    "mean 2d, hanging over": ("avg_pool2d", "AvgPool2d", (2, 6, 6), (3,), {"stride": 2, "padding": 1, "ceil_mode": True}),
    "mean 2d, divisor": ("avg_pool2d", "AvgPool2d", (2, 6, 6), (3,), {"padding": 1, "divisor_override": 4}),
    "adaptive, one": ("adaptive_avg_pool2d", "AdaptiveAvgPool2d", (2, 3, 4, 5), (1,), {}),
    "adaptive, even": ("adaptive_avg_pool2d", "AdaptiveAvgPool2d", (2, 4, 6), (2,), {}),
    "adaptive, uneven": ("adaptive_avg_pool2d", "AdaptiveAvgPool2d", (1, 2, 5, 7), ((3, 4),), {}),
    "adaptive 1d": ("adaptive_avg_pool1d", "AdaptiveAvgPool1d", (2, 3, 7), (3,), {}),
    "adaptive max 1d": ("adaptive_max_pool1d", "AdaptiveMaxPool1d", (3, 7), (4,), {}),
    "adaptive max, one": ("adaptive_max_pool2d", "AdaptiveMaxPool2d", (2, 3, 4, 5), (1,), {}),
    "adaptive max, uneven": ("adaptive_max_pool2d", "AdaptiveMaxPool2d", (2, 2, 5, 7), ((3, 4),), {}),
    "adaptive max, more": ("adaptive_max_pool2d", "AdaptiveMaxPool2d", (1, 2, 3), ((None, 5),), {}),
    "adaptive, more": ("adaptive_avg_pool2d", "AdaptiveAvgPool2d", (1, 1, 2, 3), ((3, None),), {}),
}
EACH = pytest.mark.parametrize("name", CASES)


def case(name, library=P):
    function, _, shape, args, options = CASES[name]
    return lambda x: getattr(library, function)(x, *args, **options), wave(*shape)


def module(name, library=P):
    _, kind, _, args, options = CASES[name]
    return getattr(library, kind)(*args, **options)


# -- values and gradients -----------------------------------------------------------------------------------------


@EACH
def test_functions_and_modules_agree_with_pytorch(name):
    torch = pytorch()
    f, x = case(name)
    there, _ = case(name, torch.nn.functional)
    assert_same(f, there, x)
    assert_same(module(name), module(name, torch.nn), x)


@EACH
def test_functions_agree_with_numbers_recorded_from_pytorch(name):
    f, x = case(name)
    np.testing.assert_allclose(signature(f, x), THERE[name], rtol=1e-11)
    np.testing.assert_array_equal(module(name)(x), f(x))


@EACH
def test_functions_have_derivatives_jointly_by_input_and_g(name):
    f, x = case(name)
    apart = np.argsort(np.argsort(x, axis=None)).reshape(x.shape) / 10  # differences must not change which is the largest
    assert_derivatives(f, apart)


@pytest.mark.parametrize(("kernel", "stride"), [*itertools.product([1, 3, (2, 3)], [None, 1, (3, 2)])])
def test_all_combinations_are_accepted_or_refused_and_computed_as_in_pytorch(kernel, stride):
    torch = pytorch()
    for size, padding, ceil in itertools.product([(5, 7), (3, 6)], [0, 1, (1, 0)], [False, True]):
        x = wave(1, 2, *size)
        calls = [("max_pool2d", dilation, ceil) for dilation in (1, 2, (2, 1))]
        calls += [("avg_pool2d", ceil, include, divisor) for include in (True, False) for divisor in (None, 3)]
        for function, *options in calls:
            there, here = getattr(torch.nn.functional, function), getattr(P, function)
            args = kernel, stride, padding, *options
            try:
                there(torch.tensor(x), *args)
            except RuntimeError:
                with pytest.raises(ValueError):
                    here(x, *args)
            else:
                assert_same(lambda x, f=here, a=args: f(x, *a), lambda x, f=there, a=args: f(x, *a), x)
                if function == "max_pool2d":  # with ties
                    assert_same(lambda x, f=here, a=args: f(x, *a), lambda x, f=there, a=args: f(x, *a), np.round(x))


# -- what pooling is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pool", "reduce"), [(P.max_pool2d, np.max), (P.avg_pool2d, np.mean)])
def test_an_output_is_the_maximum_or_the_mean_of_its_window(pool, reduce):
    x = wave(2, 3, 5, 7)
    y = pool(x, (2, 3), (2, 2))
    assert y.shape == (2, 3, 2, 3)
    for n, c, i, j in np.ndindex(y.shape):
        assert y[n, c, i, j] == pytest.approx(reduce(x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 3]), rel=1e-14)


def test_of_several_that_tie_the_first_has_the_gradient():
    x = ag.tensor(np.ones((1, 2, 4)), requires_grad=True)
    P.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1, 0, 1, 0], [0, 0, 0, 0]]]


def test_a_window_with_a_nan_is_nan_and_no_other_is():
    x = wave(1, 4, 4)
    x[0, 1, 1] = np.nan
    for pool in P.max_pool2d, P.avg_pool2d, lambda x, k: P.adaptive_avg_pool2d(x, k):
        assert np.isnan(pool(x, 2)).tolist() == [[[True, False], [False, False]]]


@st.composite
def windows(draw):
    """Images with ties, infinities and nan, and the kernel, stride, padding, dilation of a pooling; some kernels are large."""
    axes = draw(st.integers(1, 2))
    kernel = tuple(draw(st.integers(1, 18 if axes == 2 and draw(st.booleans()) else 4)) for _ in range(axes))
    steps, gaps = (tuple(draw(st.integers(1, 3)) for _ in range(axes)) for _ in "sd")
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, gaps)]
    padding = tuple(draw(st.integers(0, span // 2)) for span in spans)
    # long enough that an element of each window lies inside
    lengths = [draw(st.integers(max(d, span - 2 * p), span + 4)) for span, d, p in zip(spans, gaps, padding)]
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    x = rng.choice([*range(-2, 3), -np.inf, *[np.nan] * draw(st.integers(0, 1))], (2, *lengths))
    return x, {"kernel_size": kernel, "stride": steps, "padding": padding, "dilation": gaps, "ceil_mode": draw(st.booleans())}


@given(windows())
def test_of_each_window_the_first_of_the_largest_is_chosen_or_the_last_nan(drawn):
    x, options = drawn
    axes = x.ndim - 1
    y, places = (P.max_pool1d if axes == 1 else P.max_pool2d)(x, **options, return_indices=True)
    for index in np.ndindex(y.shape):
        starts = [i * s - p for i, s, p in zip(index[1:], options["stride"], options["padding"])]
        along = [
            [start + i * d for i in range(k) if 0 <= start + i * d < n]
            for start, k, d, n in zip(starts, options["kernel_size"], options["dilation"], x.shape[1:])
        ]
        inside = [np.ravel_multi_index(place, x.shape[1:]) for place in itertools.product(*along)]
        values = x[index[0]].ravel()[inside]
        if np.isnan(values).any():
            expected = inside[int(np.flatnonzero(np.isnan(values))[-1])]  # as in PyTorch
        else:
            expected = inside[int(np.argmax(values))]
        assert places[index] == expected
        np.testing.assert_equal(y[index], x[index[0]].ravel()[expected])


def test_windows_of_minus_infinity_are_minus_infinity():
    x = ag.tensor(np.full((1, 2, 2), -np.inf), requires_grad=True)
    y = P.max_pool2d(x, 3, 1, 1)
    assert np.all(y.data == -np.inf)


@EACH
def test_functions_of_arrays_are_arrays_and_single_precision_stays_single(name):
    f, x = case(name)
    assert type(f(x)) is np.ndarray
    t = ag.tensor(x.astype(np.float32), requires_grad=True)
    y = f(t)
    y.sum().backward()
    assert t.grad.dtype == y.dtype == np.float32


def test_no_samples_have_no_outputs():
    for name in CASES:
        f, x = case(name)
        if x.ndim == 4:
            assert f(x[:0]).shape == (0, *f(x).shape[1:])


def test_lists_are_inputs_like_arrays():
    assert P.max_pool1d([[1.0, 5.0, 2.0, 3.0]], 2).tolist() == [[5, 3]]


@pytest.mark.parametrize(
    ("shown", "layer"),
    [
        ("MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)", P.MaxPool2d(2)),
        ("MaxPool1d(kernel_size=3, stride=1, padding=1, dilation=1, ceil_mode=True)", P.MaxPool1d(3, 1, 1, ceil_mode=True)),
        ("AvgPool1d(kernel_size=3, stride=1, padding=0, ceil_mode=False, count_include_pad=True)", P.AvgPool1d(3, 1)),
        ("AdaptiveAvgPool2d(output_size=(1, None))", P.AdaptiveAvgPool2d((1, None))),
    ],
)
def test_modules_show_their_options(shown, layer):
    assert repr(layer) == shown


# -- places -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "options", "places"),
    [
        ((1, 4), {"kernel_size": 3, "stride": 1, "padding": 1}, [[0, 0, 1, 2]]),
        ((1, 4), {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 2}, [[1, 0]]),
        ((1, 3, 3), {"kernel_size": 3, "stride": 2, "padding": 1}, [[[0, 1], [3, 4]]]),
        ((1, 3, 5), {"kernel_size": (1, 3), "stride": (1, 2), "padding": (0, 1), "ceil_mode": True}, None),
    ],
)
def test_of_a_window_of_minus_infinity_the_first_element_inside_has_place_and_gradient(shape, options, places):
    pool = {2: P.max_pool1d, 3: P.max_pool2d}[len(shape)]
    x = ag.Tensor(np.full(shape, -np.inf), requires_grad=True)
    found, where = pool(x, return_indices=True, **options)
    assert places is None or where.tolist() == places
    found.backward(np.ones(found.shape))
    assert np.array_equal(x.grad.ravel(), np.bincount(where.ravel(), minlength=x.size))


MAXIMA = [name for name in CASES if "max" in name]


@pytest.mark.parametrize("name", MAXIMA)
def test_places_are_those_of_the_largest_elements(name):
    function, kind, shape, args, options = CASES[name]
    x = wave(*shape)
    y, places = getattr(P, function)(ag.tensor(x), *args, return_indices=True, **options)
    assert places.dtype == np.int64
    axes = 1 if "1d" in function else 2
    flat, each = x.reshape(*x.shape[:-axes], -1), places.reshape(*x.shape[:-axes], -1)
    np.testing.assert_array_equal(np.take_along_axis(flat, each, -1).reshape(places.shape), y.data)
    np.testing.assert_array_equal(getattr(P, kind)(*args, return_indices=True, **options)(x)[1], places)


@pytest.mark.parametrize("name", MAXIMA)
def test_places_are_counted_as_in_pytorch(name):
    torch = pytorch()
    function, _, shape, args, options = CASES[name]
    places = getattr(P, function)(wave(*shape), *args, return_indices=True, **options)[1]
    theirs = getattr(torch.nn.functional, function)(torch.tensor(wave(*shape)), *args, return_indices=True, **options)[1]
    np.testing.assert_array_equal(places, theirs.numpy())


UNPOOLED = {  # function, module, shape of what is pooled, arguments, the size asked for
    "1d": ("max_unpool1d", "MaxUnpool1d", (2, 3, 7), (2,), None),
    "1d, size": ("max_unpool1d", "MaxUnpool1d", (3, 7), (2,), (7,)),
    "1d, strided": ("max_unpool1d", "MaxUnpool1d", (2, 1, 9), (2, 3), (2, 1, 9)),
    "2d": ("max_unpool2d", "MaxUnpool2d", (2, 3, 4, 5), (2,), (4, 5)),
    "2d, uneven": ("max_unpool2d", "MaxUnpool2d", (1, 6, 8), ((2, 4), None, (1, 2)), (6, 8)),
}


@pytest.mark.parametrize("name", UNPOOLED)
def test_unpooling_puts_the_largest_elements_back_as_pytorch_does(name):
    torch = pytorch()
    function, kind, shape, args, size = UNPOOLED[name]
    pooling = function.replace("unpool", "pool")
    y, places = getattr(P, pooling)(wave(*shape), *args, return_indices=True)
    there = torch.tensor(places)
    theirs = getattr(torch.nn.functional, function)
    f = lambda x: getattr(P, function)(x, places, *args, output_size=size)  # noqa: E731
    assert_same(f, lambda x: theirs(x, there, *args, output_size=size), y)
    module = getattr(P, kind)(*args)
    assert_same(lambda x: module(x, places, size), lambda x: theirs(x, there, *args, output_size=size), y)
    assert_derivatives(f, y)


def test_what_is_put_back_is_pooled_to_the_same():
    y, places = P.max_pool2d(1 + wave(2, 3, 6, 4), 2, return_indices=True)
    np.testing.assert_array_equal(P.max_pool2d(P.max_unpool2d(y, places, 2), 2), y)


# -- what is refused ----------------------------------------------------------------------------------------------

image = np.zeros((2, 3, 5, 5))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            ValueError,
            lambda: P.max_pool2d(np.zeros((5, 5)), 2),
            "max_pool2d: input has shape (5, 5), but must have (N, C, H, W) or",
        ),
        (
            ValueError,
            lambda: P.avg_pool1d(image, 2),
            "avg_pool1d: input has shape (2, 3, 5, 5), but must have (N, C, L) or (C, L).",
        ),
        (TypeError, lambda: P.max_pool2d(image.astype(int), 2), "must be floating-point, not int64. Write x.astype(float)."),
        (
            ValueError,
            lambda: P.max_pool2d(image, 6),
            "windows of (6, 6) do not fit into (5, 5) with padding=(0, 0). Write kernel_size",
        ),
        (ValueError, lambda: P.avg_pool2d(image, 2, padding=2), "padding=(2, 2) is more than half a window of (2, 2)"),
        (
            ValueError,
            lambda: P.max_pool1d(np.zeros((1, 2)), 2, 1, 1, 3, return_indices=True),
            "with dilation=(3,) and padding=(1,) a window lies beside all elements of (2,), and none has a place.",
        ),
        (ValueError, lambda: P.max_unpool2d(image, image.astype(int), 2), "two elements have one place, as windows overlapped"),
        (ValueError, lambda: P.max_unpool2d(image, image, 2), "indices have shape (2, 3, 5, 5) and dtype float64"),
        (ValueError, lambda: P.max_unpool1d(image[0], image[0, :, :4].astype(int), 2), "indices have shape (3, 4, 5)"),
        (
            ValueError,
            lambda: P.MaxUnpool1d(2)(np.ones((1, 1)), [[0]], (4,)),
            "output_size=(4,) must differ by less than stride=(2,)",
        ),
        (IndexError, lambda: P.max_unpool1d(np.ones((1, 1)), [[2]], 2), "indices from 2 to 2, but each channel has 2 elements"),
        (ValueError, lambda: P.adaptive_max_pool1d(np.ones((1, 0)), 1), "an input of shape (1, 0) has no elements"),
        (ValueError, lambda: P.adaptive_avg_pool1d(np.ones((1, 0)), 1), "an input of shape (1, 0) has no elements"),
        (ValueError, lambda: P.adaptive_avg_pool2d(np.ones((1, 3, 0)), 2), "an input of shape (1, 3, 0) has no elements"),
        (ValueError, lambda: P.max_pool2d(image, 0), "kernel_size=0 must be an integer of at least 1"),
        (ValueError, lambda: P.max_pool2d(image, 2, stride=0), "stride=0 must be an integer of at least 1"),
        (
            ValueError,
            lambda: P.avg_pool2d(image, 2, divisor_override=0),
            "divisor_override=0. Write None for the number of elements.",
        ),
        (
            ValueError,
            lambda: P.adaptive_avg_pool2d(image, (1, 2, 3)),
            "output_size=[1, 2, 3] must be an integer of at least 1, or a tuple of 2",
        ),
        (ValueError, lambda: P.adaptive_avg_pool2d(image, 0), "output_size=[0, 0] must be an integer of at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(error, call, message):
    refuses(error, call, message)


# -- recorded from PyTorch 2.13: the weighted output, then the weighted gradient by the input ----------------------

THERE = {
    "max 1d": [0.8387487483276, 0.4531559384818],
    "max 1d, strided": [-0.4746997257773, 0.5186082337417],
    "max 1d, beginning beyond": [0.1029755167364, 0.9437339456174],
    "max 2d": [-0.122292969098, -0.4381904014345],
    "max 2d, overlapping": [0.8529390365286, 0.4799925481297],
    "max 2d, uneven": [-0.1136324979, 0.47460263944],
    "mean 1d": [-0.2132526414908, -0.03500874427146],
    "mean 1d, hanging over": [-0.437178763424, -0.4768277240798],
    "mean 2d": [-0.01558528897045, 0.05236353421],
    "mean 2d, overlapping": [-0.2595591866605, -0.3580712363485],
    "mean 2d, uneven": [0.6229592460217, 0.5426573026375],
    "mean 2d, hanging over": [-0.07218130995109, -0.1117661344162],
    "mean 2d, divisor": [0.4474279280056, 0.2480265160766],
    "adaptive, one": [0.006957562525453, -0.02209332625309],
    "adaptive, even": [0.06547606128128, 0.0546205684448],
    "adaptive, uneven": [1.032278891121, -0.08527363222007],
    "adaptive, more": [3.600521680619, 3.276050766271],
    "adaptive 1d": [-0.1239970746448, 0.08585729890379],
    "adaptive max 1d": [-1.228941850046, -1.560603950352],
    "adaptive max, one": [-0.6162914892187, -0.2436765805168],
    "adaptive max, uneven": [-0.5631158593944, -1.956255273228],
    "adaptive max, more": [0.2293976919041, -0.9394078913268],
}

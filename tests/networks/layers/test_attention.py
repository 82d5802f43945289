"""Attention against its formula, against PyTorch, and against differences."""

import itertools
import math

import numpy as np
import pytest

import autograd_lite as ag
from nn.layers import attention as A
from nn.module import functional_call
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same, assert_same_module, assert_same_start, filled, pytorch, refuses, signature, wave

CAUSAL = np.tri(3, 5, dtype=bool)
SOME = wave(2, 3, 5) > 0
BLIND = SOME & (np.arange(3) != 1)[:, None]  # query 1 may look at nothing

# shapes of query, key and value, and options
CASES = {
    "plain": ([(2, 3, 4), (2, 5, 4), (2, 5, 3)], {}),
    "single": ([(3, 4), (5, 4), (5, 3)], {"scale": 0.3}),
    "heads": ([(2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)], {"attn_mask": CAUSAL}),
    "causal": ([(2, 3, 4), (2, 3, 4), (2, 3, 4)], {"is_causal": True}),
    "some": ([(2, 3, 4), (2, 5, 4), (2, 5, 3)], {"attn_mask": SOME}),
    "blind": ([(2, 3, 4), (2, 5, 4), (2, 5, 3)], {"attn_mask": BLIND}),
    "numbers": ([(2, 3, 4), (2, 5, 4), (2, 5, 3)], {"attn_mask": wave(3, 5)}),
    "minus infinity": ([(2, 3, 4), (2, 5, 4), (2, 5, 3)], {"attn_mask": np.where(BLIND, 0.5, -np.inf)}),
}
EACH = pytest.mark.parametrize("name", CASES)


def case(name):
    shapes, options = CASES[name]
    arrays = [wave(*shape, start=i) for i, shape in enumerate(shapes)]
    return lambda *arrays: A.scaled_dot_product_attention(*arrays, **options), arrays


HIDDEN = np.array([[0, 0, 1, 0, 1], [0, 0, 0, 0, 1]], bool)  # the keys that are padding
MASKS = {"none": None, "bool": ~np.tri(3, 5, 1, dtype=bool), "numbers": wave(3, 5), "each head": wave(4, 3, 5) > 0.5}

# module, arguments, options, shapes of what it is called with, options of the call
MODULES = {
    "attention": ("MultiheadAttention", (4, 2), {}, [(3, 2, 4), (5, 2, 4), (5, 2, 4)], {}),
    "attention, all": (
        "MultiheadAttention",
        (4, 2),
        {"batch_first": True, "kdim": 3, "vdim": 2},
        [(2, 3, 4), (2, 5, 3), (2, 5, 2)],
        {"key_padding_mask": HIDDEN, "attn_mask": MASKS["bool"], "average_attn_weights": False},
    ),
    "attention, single": (
        "MultiheadAttention",
        (4, 2),
        {"bias": False},
        [(3, 4), (5, 4), (5, 4)],
        {"attn_mask": MASKS["numbers"], "need_weights": False},
    ),
    "layer": ("TransformerEncoderLayer", (4, 2, 6, 0.0), {}, [(3, 2, 4)], {}),
    "layer, all": (
        "TransformerEncoderLayer",
        (4, 2, 6, 0.0, "gelu", 1e-3),
        {"norm_first": True, "batch_first": True, "bias": False},
        [(2, 5, 4)],
        {"src_key_padding_mask": HIDDEN, "src_mask": ~np.tri(5, dtype=bool)},
    ),
}
EACH_MODULE = pytest.mark.parametrize("name", MODULES)


def module(name, library=A):
    kind, args, options, shapes, _ = MODULES[name]
    return getattr(library, kind)(*args, **options), [wave(*shape, start=i) for i, shape in enumerate(shapes)]


def call(name):
    options = MODULES[name][-1]

    def with_masks(layer, *arrays):
        here = layer.__class__.__module__.startswith("nn.")
        return layer(*arrays, **{k: v if here or isinstance(v, bool) else pytorch().tensor(v) for k, v in options.items()})

    return with_masks


# -- values and gradients -----------------------------------------------------------------------------------------


@EACH
def test_attention_agrees_with_pytorch(name):
    f, arrays = case(name)
    torch = pytorch()
    options = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in CASES[name][1].items()}
    assert_same(f, lambda *arrays: torch.nn.functional.scaled_dot_product_attention(*arrays, **options), *arrays)


@EACH
def test_attention_agrees_with_numbers_recorded_from_pytorch(name):
    f, arrays = case(name)
    np.testing.assert_allclose(signature(f, *arrays), FUNCTIONS_THERE[name], rtol=1e-10)


@EACH
def test_attention_has_derivatives_jointly_by_query_key_value_and_g(name):
    f, arrays = case(name)
    assert_derivatives(f, *arrays)


def test_attention_has_derivatives_by_a_mask_of_numbers():
    q, k, v = (wave(2, 3, start=i) for i in range(3))
    assert_derivatives(lambda mask, q: A.scaled_dot_product_attention(q, k, v, mask), wave(2, 2, start=5.0), q)


@EACH_MODULE
def test_modules_agree_with_pytorch(name):
    ours, arrays = module(name)
    theirs, _ = module(name, pytorch().nn)
    assert_same_module(ours, theirs, *arrays, call=call(name))


@EACH_MODULE
def test_modules_agree_with_numbers_recorded_from_pytorch(name):
    ours, arrays = module(name)
    parameters = list(filled(ours).parameters())
    found = signature(lambda *arrays: call(name)(ours, *arrays), *arrays, parameters=parameters)
    np.testing.assert_allclose(found, MODULES_THERE[name], rtol=1e-10, atol=1e-13)


@pytest.mark.filterwarnings("ignore:Support for mismatched key_padding_mask and attn_mask")
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("padding", ["none", "bool", "numbers"])
def test_all_masks_and_shapes_are_computed_as_in_pytorch(mask, padding):
    torch = pytorch()

    def there_too(array, theirs):
        return torch.tensor(array) if theirs and array is not None else array

    for batch_first, single, kdim, need, average in itertools.product(
        [True, False], [True, False], [None, 3], [True, False], [True, False]
    ):
        options = {"batch_first": batch_first, "kdim": kdim}
        ours, theirs = A.MultiheadAttention(4, 2, **options), torch.nn.MultiheadAttention(4, 2, **options)
        arrays = [
            wave(*((n, d) if single else (2, n, d) if batch_first else (n, 2, d)), start=i)
            for i, (n, d) in enumerate([(3, 4), (5, kdim or 4), (5, 4)])
        ]
        hidden = {"none": None, "bool": HIDDEN, "numbers": wave(2, 5)}[padding]
        hidden = hidden[0] if single and hidden is not None else hidden
        among = MASKS[mask][:2] if mask == "each head" and single else MASKS[mask]

        def forward(m, *x, theirs=theirs, hidden=hidden, among=among, need=need, average=average):
            return m(*x, there_too(hidden, m is theirs), need, there_too(among, m is theirs), average)

        assert_same_module(ours, theirs, *arrays, call=forward)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_encoder_layers_are_computed_as_in_pytorch(norm_first, activation):
    torch = pytorch()
    for batch_first, bias in itertools.product([True, False], repeat=2):
        options = {"batch_first": batch_first, "norm_first": norm_first, "bias": bias, "activation": activation}
        ours = A.TransformerEncoderLayer(4, 2, 6, 0.0, **options)
        theirs = torch.nn.TransformerEncoderLayer(4, 2, 6, 0.0, **options)
        assert_same_module(ours, theirs, wave(3, 2, 4))


@pytest.mark.parametrize("norm", [True, False])
def test_a_stack_of_layers_is_computed_as_in_pytorch(norm):
    torch = pytorch()
    last = A.LayerNorm(4) if norm else None
    last_there = torch.nn.LayerNorm(4) if norm else None
    ours = A.TransformerEncoder(A.TransformerEncoderLayer(4, 2, 6, 0.0), 2, last)
    theirs = torch.nn.TransformerEncoder(
        torch.nn.TransformerEncoderLayer(4, 2, 6, 0.0), 2, last_there, enable_nested_tensor=False
    )
    assert_same_module(ours, theirs, wave(3, 2, 4))


def test_modules_have_derivatives_by_input_and_parameters():
    layer = filled(A.TransformerEncoderLayer(2, 1, 2, 0.0, activation="gelu"))
    names, values = zip(*((name, p.data) for name, p in layer.named_parameters()))
    assert_derivatives(lambda x, *own: functional_call(layer, dict(zip(names, own)), x), wave(3, 2), *values, orders=1)
    assert_derivatives(lambda x: functional_call(layer, dict(zip(names, values)), x), wave(3, 2))


# -- what attention is --------------------------------------------------------------------------------------------


def test_weights_are_the_softmax_of_the_products():
    q, k, v = (wave(3, 4, start=i) for i in range(3))
    e = np.exp(q @ k.T / 2)
    np.testing.assert_allclose(A.scaled_dot_product_attention(q, k, v), e / e.sum(1, keepdims=True) @ v, rtol=1e-12)


def test_a_query_that_may_look_at_nothing_gets_zeros_and_gives_no_gradient():
    x = ag.tensor(wave(3, 4), requires_grad=True)
    mask = np.array([[True, False, False], [False] * 3, [True] * 3])
    y = A.scaled_dot_product_attention(x, wave(3, 4), wave(3, 2), mask)
    y.sum().backward()
    assert y.data[1].tolist() == [0, 0]
    assert x.grad[1].tolist() == [0, 0, 0, 0]
    assert np.all(np.isfinite(x.grad))
    layer = A.MultiheadAttention(4, 2)
    output, weights = layer(x, x, x, attn_mask=~mask)
    assert weights.data[1].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(output.data[1], layer.out_proj.bias.data)


def test_causal_attention_does_not_look_ahead():
    layer = A.MultiheadAttention(4, 2, rng=0)
    x = wave(5, 4)
    later = x.copy()
    later[3:] += 1
    before, after = (layer(z, z, z, is_causal=True, need_weights=False)[0].data for z in (x, later))
    np.testing.assert_array_equal(before[:3], after[:3])
    assert not np.any(before[3:] == after[3:])
    mask = ~np.tri(5, dtype=bool)
    np.testing.assert_array_equal(before, layer(x, x, x, attn_mask=mask)[0].data)
    encoder = A.TransformerEncoder(A.TransformerEncoderLayer(4, 2, 6, 0.0, rng=0), 2)
    before, after = (encoder(z, is_causal=True).data for z in (x, later))
    np.testing.assert_array_equal(before[:3], after[:3])
    np.testing.assert_array_equal(before, encoder(x, mask).data)


def test_what_is_padding_does_not_matter():
    layer = A.TransformerEncoderLayer(4, 2, 6, batch_first=True, rng=0).eval()
    x = wave(2, 5, 4)
    other = np.where(HIDDEN[..., None], 9.0, x)
    first, second = (layer(z, src_key_padding_mask=HIDDEN).data for z in (x, other))
    np.testing.assert_allclose(first[~HIDDEN], second[~HIDDEN], rtol=1e-12)


def test_without_positions_attention_does_not_know_the_order():
    layer = A.TransformerEncoderLayer(4, 2, 6, batch_first=True, rng=0).eval()
    x, order = wave(5, 4), [3, 0, 4, 1, 2]
    np.testing.assert_allclose(layer(x).data[order], layer(x[order]).data, rtol=1e-12)


@EACH
def test_attention_of_single_precision_stays_single(name):
    f, arrays = case(name)
    tensors = [ag.tensor(array.astype(np.float32), requires_grad=True) for array in arrays]
    if name not in ("numbers", "minus infinity"):  # masks in double precision
        assert f(*tensors).dtype == np.float32


@EACH_MODULE
def test_modules_of_single_precision_stay_single(name):
    kind, args, options, shapes, masks = MODULES[name]
    layer = getattr(A, kind)(*args, **options, dtype=np.float32)
    masks = {k: v.astype(np.float32) if getattr(v, "dtype", None) == np.float64 else v for k, v in masks.items()}
    y = layer(*(wave(*shape).astype(np.float32) for shape in shapes), **masks)
    y = y[0] if isinstance(y, tuple) else y
    y.sum().backward()
    assert {y.dtype} | {p.grad.dtype for p in layer.parameters()} == {np.dtype(np.float32)}


def test_attention_of_arrays_is_an_array_and_of_lists_too():
    f, arrays = case("some")
    assert type(f(*arrays)) is np.ndarray
    np.testing.assert_array_equal(f(*(array.tolist() for array in arrays)), f(*arrays))


# -- dropout ------------------------------------------------------------------------------------------------------


def test_dropout_leaves_out_weights_and_keeps_their_mean():
    q, k, v = wave(400, 2), wave(50, 2, start=1.0), np.eye(50)
    weights = A.scaled_dot_product_attention(q, k, v)
    kept = A.scaled_dot_product_attention(q, k, v, dropout_p=0.25, rng=0)
    assert np.mean(kept == 0) == pytest.approx(0.25, abs=0.02)
    np.testing.assert_allclose(kept[kept != 0], weights[kept != 0] / 0.75, rtol=1e-12)


def test_dropout_acts_in_training_only_and_follows_the_seed():
    def layer(p):
        return A.TransformerEncoderLayer(4, 2, 6, p, rng=0)

    x = wave(3, 4)
    training = [layer(0.5)(x).data for _ in range(2)]
    np.testing.assert_array_equal(*training)
    np.testing.assert_array_equal(layer(0.5).eval()(x).data, layer(0.0)(x).data)
    assert not np.array_equal(training[0], layer(0.0)(x).data)


def test_layers_of_a_stack_leave_out_different_elements():
    model = A.TransformerEncoder(A.TransformerEncoderLayer(4, 2, 6, 0.5, rng=0), 2)
    first, second = model.layers
    ones = np.ones(100)
    assert not np.array_equal(first.dropout(ones), second.dropout(ones))
    assert first.linear1.weight is not second.linear1.weight


# -- parameters ---------------------------------------------------------------------------------------------------

# module, arguments, options
STARTS = [
    ("MultiheadAttention", (40, 2), {}),
    ("MultiheadAttention", (40, 2), {"kdim": 30, "vdim": 50}),
    ("TransformerEncoderLayer", (40, 2, 60), {}),
]


@pytest.mark.parametrize(("kind", "args", "options"), STARTS)
def test_parameters_begin_as_live_pytorch_draws_them(kind, args, options):
    assert_same_start(getattr(A, kind)(*args, **options, rng=0), getattr(pytorch().nn, kind)(*args, **options))


def test_projections_begin_as_by_xavier_and_biases_as_zeros():
    layer = A.MultiheadAttention(40, 2, rng=0)
    bound = math.sqrt(6 / (120 + 40))
    assert 0.95 * bound < np.abs(layer.in_proj_weight.data).max() <= bound
    assert not layer.in_proj_bias.data.any()
    assert not layer.out_proj.bias.data.any()
    assert 0.95 / math.sqrt(40) < np.abs(layer.out_proj.weight.data).max() <= 1 / math.sqrt(40)
    same = A.MultiheadAttention(40, 2, rng=0)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(layer.parameters(), same.parameters()))


def test_names_are_those_of_pytorch():
    names = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    assert list(A.MultiheadAttention(4, 2).state_dict()) == names
    apart = ["q_proj_weight", "k_proj_weight", "v_proj_weight", *names[1:]]
    assert list(A.MultiheadAttention(4, 2, vdim=3).state_dict()) == apart
    layer = [f"self_attn.{name}" for name in names]
    layer += [f"{part}.{name}" for part in ("linear1", "linear2", "norm1", "norm2") for name in ("weight", "bias")]
    assert list(A.TransformerEncoderLayer(4, 2, 6).state_dict()) == layer
    stack = A.TransformerEncoder(A.TransformerEncoderLayer(4, 2, 6), 2)
    assert list(stack.state_dict()) == [f"layers.{i}.{name}" for i in range(2) for name in layer]


# -- what is refused ----------------------------------------------------------------------------------------------

q, k = np.zeros((2, 3, 4)), np.zeros((2, 5, 4))
heads = A.MultiheadAttention(4, 2, batch_first=True)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            ValueError,
            lambda: A.scaled_dot_product_attention(q, k[..., :3], k),
            "scaled_dot_product_attention: query (2, 3, 4), key (2, 5, 3) and value (2, 5, 4) do not fit: they must be",
        ),
        (ValueError, lambda: A.scaled_dot_product_attention(q, k, q), "key (2, 5, 4) and value (2, 3, 4) do not fit"),
        (
            ValueError,
            lambda: A.scaled_dot_product_attention(q, k, k, np.zeros((5, 3))),
            "attn_mask has shape (5, 3), which does not broadcast to (2, 3, 5).",
        ),
        (
            ValueError,
            lambda: A.scaled_dot_product_attention(q[0], k[0], k[0], np.zeros((2, 3, 5))),
            "does not broadcast to (3, 5)",
        ),
        (
            TypeError,
            lambda: A.scaled_dot_product_attention(q, k, k, np.zeros((3, 5), int)),
            "True and False or floating-point numbers",
        ),
        (ValueError, lambda: A.MultiheadAttention(5, 2), "MultiheadAttention: num_heads=2 does not divide embed_dim=5."),
        (ValueError, lambda: A.MultiheadAttention(4, 2, add_bias_kv=True), "add_bias_kv and add_zero_attn are not supported"),
        (ValueError, lambda: A.MultiheadAttention(4, 2, add_zero_attn=True), "add_bias_kv and add_zero_attn are not supported"),
        (ValueError, lambda: A.MultiheadAttention(4, 2, dropout=-0.1), "MultiheadAttention: dropout=-0.1 must be a probability"),
        (
            ValueError,
            lambda: heads(q, k[..., :3], k),
            "query, key and value have shapes (2, 3, 4), (2, 5, 3), (2, 5, 4), but must have 2 or 3 axes, the last of (4, 4, 4).",
        ),
        (ValueError, lambda: heads(q, k, k[0]), "but must have 2 or 3 axes"),
        (ValueError, lambda: heads(q[:1], k, k), "which differ in batch or sequence length."),
        (ValueError, lambda: heads(q, k, k[:, :4]), "which differ in batch or sequence length."),
        (
            ValueError,
            lambda: heads(q, k, k, attn_mask=np.zeros((5, 3), bool)),
            "attn_mask has shape (5, 3), but must have (3, 5) or (4, 3, 5).",
        ),
        (ValueError, lambda: heads(q, k, k, np.zeros((5, 2), bool)), "key_padding_mask has shape (5, 2), but must have (2, 5)."),
        (
            TypeError,
            lambda: heads(q, k, k, np.zeros((2, 5), int)),
            "key_padding_mask must hold True and False or floating-point numbers",
        ),
        (
            ValueError,
            lambda: A.TransformerEncoderLayer(4, 2, activation="tanh"),
            "activation='tanh'; write 'relu', 'gelu' or a function.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(error, call, message):
    refuses(error, call, message)


# -- recorded from PyTorch 2.13: the weighted results, then the weighted gradients by each array and parameter -----

FUNCTIONS_THERE = {
    "plain": [0.9397324524898, 1.041076251974, 0.5805502388059, 1.607009973174],
    "single": [0.320271352357, 0.3804419873483, -0.02708567592097, 0.9379283261145],
    "heads": [-6.377314572788, 0.2231156952985, 0.74797261638, 2.977692524508],
    "causal": [8.492884428208, -0.1706148493315, 0.2467967547432, 10.72002027923],
    "some": [1.197756447855, 0.7169388684425, 0.8045882204056, 1.873033949976],
    "blind": [1.338691237287, 0.6297706668005, 0.6135318353734, 2.554333855467],
    "numbers": [1.255566340491, 0.9262727237199, 0.5589624486047, 1.752503043963],
    "minus infinity": [1.338691237287, 0.6297706668005, 0.6135318353734, 2.554333855467],
}
MODULES_THERE = {
    "attention": [
        1.478594115685,
        0.3484329939703,
        -0.1323062305037,
        0.4921524579068,
        0.2871522619567,
        -3.106100548937,
        1.083102918123,
        1.65361504408,
    ],
    "attention, all": [
        -5.662830852145,
        0.02081061805001,
        0.09692689791363,
        0.004117415997769,
        0.4616677659881,
        0.1938537958273,
        0.4285582339013,
        -1.263854976965,
        3.515361889754,
        1.65361504408,
    ],
    "attention, single": [
        -0.2743541743953,
        0.1459740264572,
        0.1014635729606,
        -0.05137718525919,
        -0.5914780968017,
        -0.5487083487906,
    ],
    "layer": [
        -4.01730901329,
        0.09015373974422,
        0.126820669639,
        0.2199264943198,
        0.1810018778442,
        -1.461034515761,
        -0.9746711380327,
        2.456270456465,
        -2.868171389993,
        2.289647479438,
        -3.195575371137,
        1.552043959189,
        2.708335642082,
        1.65361504408,
    ],
    "layer, all": [
        10.6547216081,
        19.53717866154,
        -0.3070144831905,
        -0.308377162682,
        0.07673341250649,
        -0.00547807257069,
        0.3287083201642,
        -0.03333618026286,
    ],
}


def test_complex_queries_and_keys_are_refused_in_the_name_of_the_function():
    x, layer = np.ones((2, 3, 4)), A.MultiheadAttention(4, 2)
    for what, query, key in (("query", x + 1j, x), ("key", x, x + 1j)):
        with pytest.raises(TypeError, match=f"^MultiheadAttention: the {what} is complex"):
            layer(query, key, x)
        with pytest.raises(TypeError, match=f"^scaled_dot_product_attention: the {what} is complex"):
            A.scaled_dot_product_attention(query, key, x)

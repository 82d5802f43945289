"""Recurrent layers against their formulas, against PyTorch, and against differences."""

import itertools
import pickle

import numpy as np
import pytest

import autograd_lite as ag
from nn.layers import recurrent as R
from nn.module import functional_call
from tests.networks.derivatives import assert_derivatives
from tests.networks.parity import assert_same_module, assert_same_start, filled, parts, pytorch, refuses, signature, wave

# module, options, shape of the input, whether the states are given
CASES = {
    "RNN": ("RNN", {}, (5, 2, 3), False),
    "RNN, relu": ("RNN", {"nonlinearity": "relu", "bidirectional": True}, (5, 2, 3), True),
    "RNN, single": ("RNN", {"num_layers": 2}, (5, 3), True),
    "LSTM": ("LSTM", {}, (5, 2, 3), False),
    "LSTM, all": ("LSTM", {"num_layers": 2, "bidirectional": True, "batch_first": True}, (2, 5, 3), True),
    "LSTM, single": ("LSTM", {"bias": False, "bidirectional": True}, (5, 3), True),
    "GRU": ("GRU", {}, (5, 2, 3), True),
    "GRU, all": ("GRU", {"num_layers": 2, "bidirectional": True, "batch_first": True}, (2, 5, 3), True),
    "GRU, single": ("GRU", {"bias": False, "num_layers": 2}, (1, 3), False),
    "RNNCell": ("RNNCell", {"nonlinearity": "relu"}, (2, 3), True),
    "LSTMCell": ("LSTMCell", {}, (2, 3), True),
    "LSTMCell, single": ("LSTMCell", {"bias": False}, (3,), False),
    "GRUCell": ("GRUCell", {}, (2, 3), True),
}
EACH = pytest.mark.parametrize("name", CASES)
KINDS = pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])


def module(name, library=R):
    kind, options, *_ = CASES[name]
    return getattr(library, kind)(3, 4, **options)


def inputs(name):
    """The input and, where they are given, the states."""
    kind, options, shape, given = CASES[name]
    states = 2 if "LSTM" in kind else 1
    batch = () if len(shape) == (1 if "Cell" in kind else 2) else (2,)
    layers = () if "Cell" in kind else (options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1),)
    return [wave(*shape), *(wave(*layers, *batch, 4, start=i + 0.5) for i in range(states * given))]


def call(layer, x, *states):
    return layer(x, states[0] if len(states) == 1 else states) if states else layer(x)


# -- values and gradients -----------------------------------------------------------------------------------------


@EACH
def test_modules_agree_with_pytorch(name):
    ours, theirs = module(name), module(name, pytorch().nn)
    assert_same_module(ours, theirs, *inputs(name), call=call)
    assert repr(ours).replace(", nonlinearity='relu'", "") == repr(theirs).replace(", nonlinearity=relu", "")


@pytest.mark.parametrize(("kind", "layers", "bias"), [*itertools.product(["RNN", "LSTM", "GRU"], [1, 2], [True, False])])
def test_all_combinations_are_computed_as_in_pytorch(kind, layers, bias):
    torch = pytorch()
    for batch_first, bidirectional, given, single in itertools.product([True, False], repeat=4):
        options = {"num_layers": layers, "bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
        ours, theirs = getattr(R, kind)(3, 4, **options), getattr(torch.nn, kind)(3, 4, **options)
        count = layers * (1 + bidirectional)
        shape = (5, 3) if single else (2, 5, 3) if batch_first else (5, 2, 3)
        state = (count, 4) if single else (count, 2, 4)
        states = [wave(*state, start=i + 0.5) for i in range(len(ours.states))] if given else []
        assert_same_module(ours, theirs, wave(*shape), *states, call=call)


@EACH
def test_modules_agree_with_numbers_recorded_from_pytorch(name):
    layer = filled(module(name))
    found = signature(lambda *x: call(layer, *x), *inputs(name), parameters=list(layer.parameters()))
    np.testing.assert_allclose(found, THERE[name], rtol=1e-10)


@pytest.mark.parametrize(
    ("step", "shapes"),
    [
        (R.lstm, [(8,), (2,)]),
        (R.lstm, [(2, 8), (2, 2)]),
        (R.gru, [(6,), (6,), (2,)]),
        (R.gru, [(2, 6), (2, 6), (2, 2)]),
    ],
)
def test_steps_have_derivatives_jointly_by_what_they_see_the_state_and_g(step, shapes):
    assert_derivatives(step, *(wave(*shape, start=i) for i, shape in enumerate(shapes)))


@pytest.mark.parametrize("name", ["RNN", "LSTM, single", "GRU, single"])
def test_layers_have_derivatives_jointly_by_input_states_parameters_and_g(name):
    kind, options, *_ = CASES[name]
    layer = filled(getattr(R, kind)(2, 2, **options))
    names, values = zip(*layer.state_dict().items())
    count = layer.num_layers * (1 + layer.bidirectional)
    states = [wave(count, 2, start=i + 0.5) for i in range(len(layer.states))]

    def f(x, *rest):
        own, hx = dict(zip(names, rest)), rest[len(names) :]
        output, _ = functional_call(layer, own, (x, hx[0] if len(hx) == 1 else hx))
        return output

    assert_derivatives(f, wave(3, 2), *values, *states, orders=1)
    assert_derivatives(lambda x, *hx: f(x, *values, *hx), wave(3, 2), *states)
    assert_derivatives(lambda w, u: f(wave(3, 2), w, u, *values[2:], *states), *values[:2])


@pytest.mark.parametrize("which", [(0,), (1,), (0, 1)], ids=["output", "states", "both"])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_derivatives_of_every_order_are_those_of_its_cell_repeated(kind, which):
    layer, cell = filled(getattr(R, kind)(2, 2)), getattr(R, f"{kind}Cell")(2, 2)
    names = list(layer.state_dict())

    def whole(x, *weights):
        output, last = functional_call(layer, dict(zip(names, weights)), (x,))
        return output, parts(last)

    def repeated(x, *weights):
        own, state, seen = {name.removesuffix("_l0"): w for name, w in zip(names, weights)}, None, []
        for t in range(3):
            state = functional_call(cell, own, (x[t], state))
            seen.append(parts(state)[0])
        return np.stack(seen), parts(state)

    def orders(f):
        def number(*args):
            output, last = f(*args)
            return sum(np.sum(np.sin(y)) for k, kept in enumerate([[output], last]) if k in which for y in kept)

        everything, by_x_and_w = tuple(range(5)), lambda f: ag.grad(f, (0, 2))
        second = lambda *args: sum(np.sum(np.cos(g)) for g in ag.grad(number, everything)(*args))  # noqa: E731
        third = lambda *args: sum(np.sum(g * g) for g in by_x_and_w(second)(*args))  # noqa: E731
        at = wave(3, 1, 2), *layer.state_dict().values()
        return [*ag.grad(number, everything)(*at), *ag.grad(second, everything)(*at), *by_x_and_w(third)(*at)]

    for found, expected in zip(orders(whole), orders(repeated), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_relu_does_not_grow_over_the_padding():
    layer = R.RNN(2, 3, nonlinearity="relu", rng=0)
    layer.weight_hh_l0.data = 1e30 * np.ones((3, 3))
    layer.bias_hh_l0.data = np.ones(3)
    output, _ = layer(np.ones((50, 2, 2)), lengths=[2, 3])
    output.sum().backward()
    alone = layer.weight_hh_l0.grad
    layer.zero_grad()
    for count in (2, 3):
        layer(np.ones((count, 1, 2)))[0].sum().backward()
    assert np.allclose(alone, layer.weight_hh_l0.grad, rtol=1e-12)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_outputs_may_be_written_into_before_the_backward_pass(kind):
    layer = R.__dict__[kind](2, 3, rng=0)
    output, _ = layer(wave(4, 2, 2))
    output[1:] = 0.0
    output.sum().backward()
    expected = layer.weight_ih_l0.grad
    layer.zero_grad()
    layer(wave(1, 2, 2, start=0.0) * 0 + wave(4, 2, 2)[:1])[0].sum().backward()
    assert np.allclose(expected, layer.weight_ih_l0.grad)


def test_derivatives_of_third_order_are_there():
    first = ag.grad(lambda z, c: np.sum(R.lstm(z, c)[..., 0, :]))
    second = ag.grad(lambda z, c: np.sum(first(z, c) ** 2))
    assert_derivatives(second, wave(4), wave(1, start=3.0), orders=1)


# -- what they are ------------------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_an_lstm_is_its_formula():
    layer = filled(R.LSTMCell(3, 4))
    x, h, c = wave(2, 3), wave(2, 4, start=1.0), wave(2, 4, start=2.0)
    z = x @ layer.weight_ih.data.T + layer.bias_ih.data + h @ layer.weight_hh.data.T + layer.bias_hh.data
    i, f, a, o = np.split(z, 4, -1)
    new = sigmoid(f) * c + sigmoid(i) * np.tanh(a)
    found = layer(x, (h, c))
    np.testing.assert_allclose(found[0].data, sigmoid(o) * np.tanh(new), rtol=1e-12)
    np.testing.assert_allclose(found[1].data, new, rtol=1e-12)


def test_a_gru_is_its_formula():
    layer = filled(R.GRUCell(3, 4))
    x, h = wave(2, 3), wave(2, 4, start=1.0)
    xr, xu, xa = np.split(x @ layer.weight_ih.data.T + layer.bias_ih.data, 3, -1)
    hr, hu, ha = np.split(h @ layer.weight_hh.data.T + layer.bias_hh.data, 3, -1)
    u = sigmoid(xu + hu)
    a = np.tanh(xa + sigmoid(xr + hr) * ha)
    np.testing.assert_allclose(layer(x, h).data, (1 - u) * a + u * h, rtol=1e-12)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_layer_is_its_cell_repeated(kind):
    layer, cell = filled(getattr(R, kind)(3, 4)), getattr(R, f"{kind}Cell")(3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): values for name, values in layer.state_dict().items()})
    x = wave(5, 2, 3)
    output, last = layer(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        h = state[0] if kind == "LSTM" else state
        np.testing.assert_allclose(output.data[t], h.data, rtol=1e-13, atol=1e-15)
    for ours, expected in zip(parts(last), parts(state)):
        np.testing.assert_allclose(ours.data[0], expected.data, rtol=1e-13, atol=1e-15)


def test_saturated_gates_are_open_or_shut_without_overflow():
    z = np.array([1e4, -1e4, 1e4, 1e4])  # input open, forget shut, candidate 1, output open
    h, c, *_ = R.lstm(z, np.array([9.0]))
    assert (h.item(), c.item()) == (np.tanh(1.0), 1.0)


@EACH
def test_single_precision_stays_single(name):
    kind, options, *_ = CASES[name]
    layer = getattr(R, kind)(3, 4, **options, dtype=np.float32)
    results = parts(call(layer, *(x.astype(np.float32) for x in inputs(name))))
    sum(np.sum(y) for y in results).backward()
    assert {y.dtype for y in results} | {p.grad.dtype for p in layer.parameters()} == {np.dtype(np.float32)}


@KINDS
def test_given_arrays_for_parameters_results_are_arrays(kind):
    layer = getattr(R, kind)(3, 4)
    assert all(type(y) is np.ndarray for y in parts(functional_call(layer, layer.state_dict(), wave(5, 3))))


@KINDS
def test_lists_are_inputs_like_arrays_and_layers_pickle(kind):
    layer = getattr(R, kind)(1, 2)
    x = wave(5, 1)
    again = pickle.loads(pickle.dumps(layer))
    for ours, expected in zip(parts(again(x.tolist())), parts(layer(x))):
        np.testing.assert_array_equal(ours.data, expected.data)


# -- dropout ------------------------------------------------------------------------------------------------------


@KINDS
def test_dropout_acts_between_layers_in_training_only(kind):
    layer = getattr(R, kind)(3, 50, num_layers=2, dropout=0.5, rng=0)
    x = wave(4, 3)
    first, second = layer(x)[0].data, layer(x)[0].data
    assert not np.array_equal(first, second)
    layer.eval()
    plain = getattr(R, kind)(3, 50, num_layers=2)
    plain.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(layer(x)[0].data, plain(x)[0].data)
    same = getattr(R, kind)(3, 50, num_layers=2, dropout=0.5, rng=0)
    np.testing.assert_array_equal(same(x)[0].data, first)


@KINDS
def test_with_everything_left_out_the_second_layer_sees_zeros(kind):
    layer = getattr(R, kind)(3, 4, num_layers=2, dropout=1.0)
    output = layer(wave(5, 3))[0].data
    np.testing.assert_array_equal(output, layer(wave(5, 3, start=1.0))[0].data)
    assert np.all(output)  # and what it computes from its biases is not left out


def test_dropout_with_one_layer_is_warned_of():
    with pytest.warns(UserWarning, match=r"GRU: dropout=0.5 acts between layers, and there is one."):
        R.GRU(3, 4, dropout=0.5)


# -- parameters ---------------------------------------------------------------------------------------------------


EVERY = pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"])


@EVERY
def test_parameters_begin_uniform_within_one_by_the_root_of_the_hidden_size(kind):
    layer = getattr(R, kind)(40, 100, rng=0)
    for parameter in layer.parameters():
        assert 0.09 < np.abs(parameter.data).max() <= 0.1
        assert np.std(parameter.data) == pytest.approx(0.1 / np.sqrt(3), rel=0.1)
    same = getattr(R, kind)(40, 100, rng=np.random.default_rng(0))
    assert all(np.array_equal(a.data, b.data) for a, b in zip(layer.parameters(), same.parameters()))


@EVERY
def test_parameters_begin_as_live_pytorch_draws_them(kind):
    assert_same_start(getattr(R, kind)(40, 100, rng=0), getattr(pytorch().nn, kind)(40, 100))


def test_names_are_those_of_pytorch():
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    names += [f"{name}_reverse" for name in names]
    names += [name.replace("l0", "l1") for name in names]
    state = R.GRU(3, 4, num_layers=2, bidirectional=True).state_dict()
    assert list(state) == names
    assert state["weight_ih_l1_reverse"].shape == (12, 8)
    assert list(R.LSTMCell(3, 4).state_dict()) == ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]


# -- what is refused ----------------------------------------------------------------------------------------------


class Packed:
    batch_sizes = ()


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: R.RNN(3, 4)(np.zeros((5, 2))), "RNN: input has shape (5, 2), but must have (T, N, input_size)"),
        (ValueError, lambda: R.RNN(3, 4)(np.zeros(3)), "input has shape (3,)"),
        (ValueError, lambda: R.GRU(3, 4)(np.zeros((0, 2, 3))), "GRU: input of shape (0, 2, 3) is a sequence of no steps."),
        (
            ValueError,
            lambda: R.GRU(3, 4)(np.zeros((5, 2, 3)), np.zeros((2, 4))),
            "GRU: h_0 has shape (2, 4), but must have (1, 2, 4): (layers * directions, batch, hidden_size).",
        ),
        (
            ValueError,
            lambda: R.GRU(3, 4)(np.zeros((5, 3)), np.zeros((2, 4))),
            "GRU: h_0 has shape (2, 4), but must have (1, 4): (layers * directions, hidden_size).",
        ),
        (
            ValueError,
            lambda: R.LSTM(3, 4)(np.zeros((5, 2, 3)), (np.zeros((1, 2, 4)), np.zeros((1, 2, 5)))),
            "LSTM: c_0 has shape (1, 2, 5), but must have (1, 2, 4)",
        ),
        (
            TypeError,
            lambda: R.LSTM(3, 4)(np.zeros((5, 2, 3)), np.zeros((1, 2, 4))),
            "LSTM: the state is a tuple (h_0, c_0), not a ndarray.",
        ),
        (
            ValueError,
            lambda: R.GRUCell(3, 4)(np.zeros((5, 2, 3))),
            "GRUCell: input has shape (5, 2, 3), but must have (N, input_size)",
        ),
        (
            ValueError,
            lambda: R.GRUCell(3, 4)(np.zeros(3), np.zeros(5)),
            "GRUCell: h has shape (5,), but must have (4,): (hidden_size)",
        ),
        (TypeError, lambda: R.GRU(3, 4)(Packed()), "GRU: packed sequences are not supported. Pad the sequences"),
        (ValueError, lambda: R.LSTM(3, 4, proj_size=2), "LSTM: proj_size=2 is not supported. Write nn.Linear(4, 2) behind it."),
        (ValueError, lambda: R.RNN(3, 4, nonlinearity="sin"), "RNN: nonlinearity='sin'; write 'tanh' or 'relu'."),
        (ValueError, lambda: R.GRU(3, 4, num_layers=0), "GRU: num_layers=0 and hidden_size=4 must be at least 1."),
        (ValueError, lambda: R.GRU(3, 4, num_layers=2, dropout=1.5), "GRU: dropout=1.5 must be a probability, from 0 to 1."),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(error, call, message):
    refuses(error, call, message)


# -- recorded from PyTorch 2.13: the weighted results, then the weighted gradients by each array and parameter -----

THERE = {
    "RNN": [2.459502891128, 0.2060663593718, -1.23360143626, -1.305414375824, -0.09110603275432, -0.09110603275432],
    "RNN, relu": [
        2.740124672869,
        2.792537314493,
        0.2239290450779,
        -4.420341096244,
        -2.345038978259,
        2.711185152542,
        2.711185152542,
        -1.486420315256,
        -4.618233860553,
        0.4536271787666,
        0.4536271787666,
    ],
    "RNN, single": [
        0.2226018262511,
        0.09872710636953,
        0.2218031353146,
        -0.4677460132195,
        -1.035779633979,
        3.463687974998,
        3.463687974998,
        5.256570603539,
        -8.849288176486,
        8.063051037041,
        8.063051037041,
    ],
    "LSTM": [-1.705670046655, 0.1843295777945, -0.1418792456639, -0.2495307127129, 1.073184494928, 1.073184494928],
    "LSTM, all": [
        -1.512641782584,
        -2.18150585213,
        -0.1590646218136,
        0.9179974988253,
        1.20965123397,
        0.0001936111472505,
        -0.08274794937917,
        -0.08274794937918,
        2.899365197907,
        1.467721429545,
        4.085615951139,
        4.085615951139,
        -0.5896350293498,
        0.4343584546383,
        0.9426943279921,
        0.9426943279921,
        1.213454950256,
        1.451933032297,
        0.2229821475749,
        0.2229821475749,
    ],
    "LSTM, single": [
        0.134208108612,
        0.2918288504528,
        -0.1164073336239,
        0.03310593123648,
        -0.1088879611,
        -0.8958165001694,
        2.636375446706,
        -0.03671130797298,
    ],
    "GRU": [2.714713331023, 0.3108813850112, 1.511202746095, -0.1383077965081, 0.1947426775298, 1.401763779866, 1.242040560636],
    "GRU, all": [
        -1.337827322163,
        -6.339222024908,
        0.5519045353454,
        4.568876258999,
        -1.801943623997,
        -1.160929826811,
        -0.9273555725771,
        6.107117622601,
        -0.7277607259221,
        1.419314812181,
        0.2574960620116,
        -4.504625371067,
        0.01617022621399,
        3.476214036224,
        1.95985182614,
        1.327414156966,
        1.752109508914,
        0.7873823679308,
        0.1761054699241,
    ],
    "GRU, single": [0.5197664177815, 0.08581546225018, 0.6956469231369, 0, 0.4176399666769, 0],
    "RNNCell": [
        -0.7121276497073,
        0.05530225162027,
        -1.128764168729,
        -2.196975505939,
        -1.554725399933,
        2.072004250606,
        2.072004250606,
    ],
    "LSTMCell": [
        1.364061796325,
        0.7804934926497,
        -0.3895711379299,
        1.885559465447,
        2.089429205603,
        -2.771843482647,
        1.984579385275,
        1.984579385275,
    ],
    "LSTMCell, single": [0.06644496268551, -0.3124481814838, 0.8607530113198, 0],
    "GRUCell": [1.643722199768, 0.821429662515, 1.020696344995, 1.906095933636, -1.210197981116, 1.458670022322, 0.82968082087],
}


@pytest.mark.parametrize("kind", [R.LSTM, R.GRU, R.LSTMCell, R.GRUCell])
def test_complex_numbers_at_gates_are_refused_in_the_name_of_the_layer(kind):
    layer = kind(3, 2)
    x, states = (
        (np.ones((5, 4, 3)), np.ones((1, 4, 2))) if isinstance(layer, (R.LSTM, R.GRU)) else (np.ones((4, 3)), np.ones((4, 2)))
    )
    with pytest.raises(TypeError, match=f"^{kind.__name__}: the input is complex"):
        layer(x + 1j)
    with pytest.raises(TypeError, match=f"^{kind.__name__}: the h(_0)? is complex"):
        layer(x, (states + 1j, states) if "LSTM" in kind.__name__ else states + 1j)


@KINDS
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}], ids=str)
def test_an_empty_batch_has_gradients_of_0(kind, options):
    layer, x = getattr(R, kind)(3, 2, **options), ag.tensor(np.zeros((4, 0, 3)), requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad.shape == x.shape
    assert all(not p.grad.any() for p in layer.parameters())

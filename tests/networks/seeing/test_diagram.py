"""`nn.diagram`: its labels are the weights, its curves what the neurons compute, and what is no chain of layers is refused."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn.seeing.network import columns

PNG = b"\x89PNG"


def network(*sizes, function=nn.Tanh, last=(), **options):
    layers = [nn.Linear(a, b, rng=k, **options) for k, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    between = [part for layer in layers[:-1] for part in (layer, function())]
    return nn.Sequential(*between, layers[-1], *last)


def weights_in(svg, tag):
    """The exact numbers that edges (path) or rims (circle) stand for, in the order in which they are drawn."""
    return [float(found) for found in re.findall(rf'<{tag} [^>]*data-weight="([^"]+)"', svg)]


class ByHand(nn.Module):
    """Parameters and functions of NumPy, without a layer."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.w1, self.b1 = nn.Parameter(rng.normal(size=(2, 3))), nn.Parameter(rng.normal(size=3))
        self.w2, self.b2 = nn.Parameter(rng.normal(size=(3, 1))), nn.Parameter(rng.normal(size=1))

    def forward(self, x):
        return np.tanh(x @ self.w1 + self.b1) @ self.w2 + self.b2


class Literal(nn.Module):
    """The activation also around each output term, as in the formula that the main job began with."""

    def __init__(self):
        self.hidden = nn.Linear(1, 4, rng=0)
        self.w2, self.b2 = nn.Parameter(np.array([1.0, -2.0, 0.5, 3.0])), nn.Parameter(0.25)

    def forward(self, x):
        return np.tanh(self.w2 * np.tanh(self.hidden(x)) + self.b2).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("sizes", [(1, 4, 1), (3, 4, 2), (2, 3, 3, 1), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_edge_and_rim_is_a_weight_or_bias_of_the_model(sizes, dtype):
    model = network(*sizes).to(dtype)
    svg = nn.diagram(model).svg
    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    expected = [w for layer in layers for w in layer.weight.data.ravel()]
    assert np.array_equal(np.array(weights_in(svg, "path"), dtype), expected)
    biases = [b for layer in layers for b in layer.bias.data]
    assert np.allclose(weights_in(svg, "circle"), biases, rtol=1e-3 if dtype == np.float32 else 1e-9, atol=1e-6)
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", svg)
    for w in (*expected, *biases):
        assert f"{w:.3g}".replace("-", "−") in shown


def test_a_network_by_hand_is_drawn_as_one_of_layers():
    by_hand, layers = ByHand(), network(2, 3, 1)
    layers[0].weight.data, layers[0].bias.data = by_hand.w1.data.T, by_hand.b1.data
    layers[2].weight.data, layers[2].bias.data = by_hand.w2.data.T, by_hand.b2.data
    x = np.random.default_rng(0).normal(size=(20, 2))
    first, second = columns(by_hand, x, 8), columns(layers, x, 8)
    assert [column.names for column in first] == [[], ["tanh"], []]
    for a, b in zip(first[1:], second[1:], strict=True):
        assert np.allclose(a.weights, b.weights)
        assert np.allclose(a.biases, b.biases)
        assert np.allclose(a.values, b.values)


def test_the_literal_formula_has_a_column_of_terms():
    found = columns(Literal(), np.linspace(-1, 1, 9)[:, None], 8)
    assert [column.names for column in found] == [[], ["tanh"], ["tanh"], []]
    assert np.allclose(found[2].weights, np.diag([1.0, -2.0, 0.5, 3.0]))
    assert np.allclose(found[2].biases, 0.25)
    assert np.allclose(found[3].weights, 1)


ACTIVATIONS = [nn.ReLU, nn.GELU, nn.SiLU, nn.Softplus, nn.ELU, nn.LeakyReLU, nn.Hardswish, nn.PReLU, nn.Sigmoid, nn.Hardtanh]


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda function: function.__name__)
def test_an_activation_is_its_own_curve(function):
    x = np.random.default_rng(0).normal(size=(50, 2))
    model = network(2, 3, 1, function=function)
    column = columns(model, x, 8)[1]
    assert column.names == [function.__name__]
    sums, made = column.curves
    assert np.allclose(sums, model[0](x).data)
    assert np.allclose(made, model[1](sums).data)


def test_a_rectifier_is_drawn_where_it_lets_everything_through():
    model = network(1, 2, 1, function=nn.ReLU)
    model[0].bias.data = np.array([10.0, 10.0])
    assert columns(model, np.linspace(-1, 1, 9)[:, None], 8)[1].names == ["ReLU"]


def test_what_acts_on_all_neurons_together_is_named_and_dropout_and_flattening_are_not_drawn():
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(4, 3, rng=0), nn.LayerNorm(3), nn.Tanh(), nn.Dropout(), nn.Linear(3, 2, rng=1), nn.Softmax(1)
    )
    found = columns(model, np.random.default_rng(0).normal(size=(20, 2, 2)), 8)
    assert [column.names for column in found] == [[], ["LayerNorm", "Tanh"], ["Softmax"]]
    assert np.array_equal(found[1].weights, model[1].weight.data)
    assert model.training  # as it was


def test_batch_normalisation_is_the_scale_and_shift_that_it_uses_afterwards():
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.BatchNorm1d(3), nn.Linear(3, 1, rng=1))
    model(np.random.default_rng(0).normal(size=(50, 2)))
    norm = model[1]
    found = columns(model, np.random.default_rng(1).normal(size=(9, 2)), 8)
    assert found[2].names == ["BatchNorm1d"]
    assert np.allclose(found[2].weights, np.diag(1 / np.sqrt(norm.running_var + norm.eps)))


def test_large_layers_are_folded():
    picture = nn.diagram(network(3, 64, 2), most=6)
    assert picture.title == "3-64-2"
    assert "58 more" in picture.svg
    assert len(weights_in(picture.svg, "path")) == 3 * 6 + 6 * 2
    assert len(weights_in(picture.svg, "circle")) == 6 + 2


def test_the_terms_add_up_to_the_output():
    model = network(1, 4, 1)
    x = np.linspace(-3, 3, 7)[:, None]
    svg = nn.diagram(model, x, np.zeros(7)).svg
    assert [f"neuron {k}" in svg for k in (1, 2, 3, 4)] == [True] * 4
    assert svg.count('class="data"') == 7
    curves = [re.findall(r'd="M([^"]*)"', line)[0] for line in svg.splitlines() if 'stroke-width="2.00"' in line]
    heights = [np.array([float(point.split()[1]) for point in curve.split("L")]) for curve in curves]
    assert len(curves) == 5
    assert np.array_equal(heights[3], heights[4])  # the last sum is the output
    down = model(np.linspace(-3, 3, 240)[:, None]).data[:, 0]
    assert np.corrcoef(heights[4], down)[0, 1] == pytest.approx(-1, abs=1e-6)  # y runs down


def test_it_is_well_formed_and_escapes_names():
    svg = nn.diagram(network(2, 3, 1), inputs=["<a> & b", '"c"'], outputs=["y<1"]).svg
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == "A network of 2-3-1 neurons"
    assert {"<a> & b", '"c"', "y<1"} <= {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert "prefers-color-scheme:dark" in svg


def test_it_is_written_as_svg_and_png(tmp_path):
    pytest.importorskip("matplotlib")
    model = network(1, 4, 1)
    picture = nn.diagram(model, path=tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg + "\n"
    picture.save(tmp_path / "light.png")
    picture.save(tmp_path / "dark.png", dark=True)
    light, dark = ((tmp_path / f"{name}.png").read_bytes() for name in ("light", "dark"))
    assert light.startswith(PNG)
    assert dark.startswith(PNG)
    assert light != dark
    with pytest.raises(ValueError, match=r"ends in '\.gif'; write a name in \.svg or \.png"):
        picture.save(tmp_path / "a.gif")


def test_without_matplotlib_an_svg_is_written_and_a_png_says_what_it_needs(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('hidden')")
    code = f"""if True:
        import sys; sys.path.insert(0, {str(tmp_path)!r})
        import nn
        picture = nn.diagram(nn.Linear(2, 1))
        picture.save({str(tmp_path / "a.svg")!r})
        try:
            picture.save({str(tmp_path / "a.png")!r})
        except ImportError as error:
            assert "pip install 'autograd-lite[plot]'" in str(error)
        else:
            sys.exit("nothing was raised")
    """
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "a.svg").exists()
    assert not (tmp_path / "a.png").exists()


class Residual(nn.Module):
    def __init__(self):
        self.inner = nn.Linear(2, 2, rng=0)

    def forward(self, x):
        return x + np.tanh(self.inner(x))


class Two(nn.Module):
    def forward(self, x):
        return x, x


X = np.random.default_rng(0).normal(size=(6, 2))
REFUSED = {
    "shortcut": (Residual(), X, ValueError, "tanh, add is neither a weighted sum nor a function of neurons, or leads around"),
    "pooling": (nn.Sequential(nn.MaxPool1d(2), nn.Flatten()), X[:, None], ValueError, "MaxPool1d is neither"),
    "recurrent": (nn.RNN(2, 3), X[:, None], ValueError, "the result is a tuple"),
    "two results": (Two(), X, ValueError, "the result is a tuple"),
    "a constant": (lambda x: np.ones((6, 1)), X, ValueError, "the result is a ndarray"),
    "not of x": (lambda x: nn.Linear(2, 2)(X), X, ValueError, "does not depend on x"),
    "rows lost": (lambda x: (x * 2.0).sum(axis=0), X, ValueError, r"makes float64\[2\] of 6 rows"),
    "integers": (nn.Embedding(3, 2), np.arange(4), TypeError, "floating-point numbers are needed"),
    "no rows": (nn.Linear(2, 1), np.ones(2), ValueError, r"write x.reshape|as x\.reshape\(-1, 1\) has"),
    "size": (nn.Sequential(nn.Tanh()), None, ValueError, r"Give some rows of it: nn\.diagram\(model, x\)"),
}


@pytest.mark.parametrize(("model", "x", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_chain_of_layers_is_refused_in_words(model, x, error, words):
    with pytest.raises(error, match=words) as raised:
        nn.diagram(model, x)
    assert str(raised.value).startswith("diagram: ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"most": 2}, "at least 3"),
        ({"inputs": ["a"]}, "write a list of 2 names"),
        ({"outputs": "y"}, "write a list of 1 name"),
        ({"y": np.zeros(6)}, "x was not given"),
        ({"x": X, "y": np.zeros(6)}, "one input and one output"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        nn.diagram(network(2, 3, 1), **options)


def test_the_model_is_left_as_it_was():
    model = network(2, 3, 1)
    before = {name: value.copy() for name, value in model.state_dict().items()}
    with ag.no_grad():  # it records all the same
        nn.diagram(model, X)
    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert sys.getprofile() is None

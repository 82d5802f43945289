"""What notebooks show is well-formed and escaped HTML, and the notebook among the examples runs."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
import nn

ALONE = {"circle", "path", "polyline", "rect"}  # as SVG writes them: with a slash, and without an end


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in ALONE
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def with_gradient():
    w = ag.tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    return w


def freed():
    y = np.sin(ag.tensor(1.0, requires_grad=True))
    y.backward()
    return y.node


def compiled():
    f = ag.compile(lambda x: np.tanh(x) * 2)
    f(np.ones(3)), f(np.ones(3))
    return f


class Pair(nn.Module):
    def __init__(self):
        self.parts = {"<b>&": nn.Linear(2, 3), "other": nn.Linear(3, 1)}


W = ag.tensor(np.ones((2, 3)), requires_grad=True)
SHOWN = {
    "constant": (ag.tensor([1.0, np.nan]), ["Tensor float64[2]", "[ 1., nan]"]),
    "leaf": (with_gradient(), ["leaf Tensor, requires grad float64[2]", "[1., 2.]", "grad float64[2]", "[2., 4.]"]),
    "result": (np.tanh(W), ["Tensor made by tanh float64[2, 3]", "0.76159416"]),
    "large": (ag.tensor(np.arange(1000.0)), ["float64[1000], from 0 to 999", "..."]),
    "not finite": (ag.tensor(np.full(100, np.inf)), ["float64[100], 100 not finite"]),
    "number": (ag.tensor(2.0), ["float64[]", "2."]),
    "empty": (ag.tensor(np.zeros((0, 2))), ["float64[0, 2]"]),
    "complex": (ag.tensor(1 + 2j), ["complex128[]", "1.+2.j"]),
    "node": ((W * np.ones(3)).node, ["<multiply float64[2, 3]>", "<leaf float64[2, 3]>", "b float64[3]"]),
    "leaf's node": (W.node, ["<leaf float64[2, 3]>"]),
    "lambda's node": (ag.primitive(lambda x: 2 * x, x=lambda g: 2 * g)(W).node, ["<<lambda>"]),
    "stacked": (np.stack([W, W]).node, ["arrays[0]", "arrays[1]"]),
    "freed": (freed(), ["A backward pass has freed"]),
    "module": (Pair(), ["(parts.<b>&) Linear", "9", "13 parameters"]),
    "summary": (nn.Linear(2, 3).summary(np.ones((5, 2))), ["output", "(5, 3)"]),
    "empty history": (nn.History(), ["History(0 epochs"]),
    "history": (
        nn.History(loss=[1.0, 0.1], validation_loss=[2.0, 1.0], lr=[0.1, 0.1]),
        ["loss 1 to 0.1", "validation loss 2 to 1"],
    ),
    "history of nan": (nn.History(loss=[1.0, np.nan, -1.0]), ["loss 1 to -1"]),
    "check": (ag.check_gradients(np.sin, np.ones(2)), ["gradients of sin: correct"]),
    "program": (compiled(), ["<compiled <lambda>, 1 program>", "np.tanh", "def build("]),
    "not compiled": (ag.compile(np.tanh), ["0 programs"]),
    "diagram": (nn.diagram(nn.Linear(1, 2)), ["x", "y1", "y2"]),
    "graph": (ag.show(np.tanh(W).sum()), ["tanh"]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_well_formed_small_and_escaped(name):
    value, words = SHOWN[name]
    html = value._repr_html_()
    page = Page(html)
    assert not page.open
    assert not {"b>&", "lambda"} & set(page.seen)
    text = " ".join(page.text.split())
    for said in words:
        assert said in text
    assert len(html) < 20_000
    assert "<script" not in html


def test_colours_are_read_on_white_and_on_black():
    """Either the colours of the page around it, or some of middle brightness: contrast of 3 at least with both."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    wrong = ag.check_gradients(np.sin, np.ones(2), gradient=lambda x, g: g * x * 3, raise_=False)
    for value in [wrong, *(value for name, (value, _) in SHOWN.items() if name not in ("diagram", "graph"))]:
        for colour in re.findall(r"#[0-9a-f]{6}\b", value._repr_html_()):
            light = luminance(colour)
            assert 1.05 / (light + 0.05) > 3
            assert (light + 0.05) / 0.05 > 3
        assert "background" not in value._repr_html_()


def test_a_chart_of_many_epochs_is_small():
    assert len(nn.History(loss=list(np.linspace(1, 2, 100_000)))._repr_html_()) < 12_000


# -- the notebook among the examples ----------------------------------------------------------------------------------

NOTEBOOK = Path(__file__).parents[2] / "examples" / "20_notebook.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
SOURCES = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]


def test_the_notebook_is_stored_without_outputs_and_is_short():
    code = [cell for cell in CELLS if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
    assert sum(source.count("\n") + 1 for source in SOURCES) < 80


def test_the_notebook_runs_and_each_cell_shows_what_it_ends_in(monkeypatch):
    """Without Jupyter: each cell is run, and its last expression shown, as Jupyter would."""
    monkeypatch.chdir(NOTEBOOK.parent)
    names, shown = {}, []
    for source in SOURCES:
        *body, last = ast.parse(source).body
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(Page(eval(compile(ast.Expression(last.value), "cell", "eval"), names)._repr_html_()))
        else:
            exec(compile(ast.Module([last], []), "cell", "exec"), names)
    assert len(shown) == len(SOURCES) - 1  # the first imports
    assert not any(page.open for page in shown)
    text = [" ".join(page.text.split()) for page in shown]
    assert "grad float64[3]" in text[0]
    assert "<multiply float64[3]>" in text[1]
    assert "NOT correct" in text[3]
    assert names["history"].best_loss < 0.01
    assert "neuron 4" in text[6]


def test_the_notebook_runs_in_jupyter():
    missing = [
        name for name in ("nbclient", "ipykernel") if not importlib.util.find_spec(name)
    ]  # imported, fit shows its progress
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}: python -m pip install 'autograd-lite[notebook]'")
    code = """if True:
        import json, sys
        import nbformat
        from nbclient import NotebookClient
        notebook = nbformat.read(sys.argv[1], as_version=4)
        nbformat.validate(notebook)
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        print(json.dumps([[sorted(output.get("data", {})) for output in cell.outputs] for cell in cells]))
    """
    environment = {**os.environ, "PYTHONPATH": str(NOTEBOOK.parents[1]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, NOTEBOOK, NOTEBOOK.parent], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)
    assert outputs[0] == []
    assert all(output == [["text/html", "text/plain"]] for output in outputs[1:])

"""`ag.show`: pictures and pages show the graph as it is, with its own numbers, and load nothing."""

import base64
import itertools
import json
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite.graph import Leaf
from autograd_lite.seeing.layout import LONGEST, crossings, layers_of, layout, spread
from autograd_lite.seeing.page import GRID, NUMBERS, entry_of
from autograd_lite.strategies import expressions

SVG = "{http://www.w3.org/2000/svg}"


def data_of(page):
    """What a page knows."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def classes(element):
    return element.get("class", "").split()


def drawn(svg):
    """The cells and the edges of a picture: (groups that are no copies, paths)."""
    root = ET.fromstring(svg)
    groups = [g for g in root.iter(f"{SVG}g") if "node" in classes(g) and "again" not in classes(g)]
    return groups, [p for p in root.iter(f"{SVG}path") if "edge" in classes(p)]


@st.composite
def graphs(draw):
    """The number of cells, and lines from earlier to later ones."""
    count = draw(st.integers(1, 24))
    pairs = list(itertools.combinations(range(count), 2))
    return count, sorted(draw(st.sets(st.sampled_from(pairs), max_size=40))) if pairs else []


@given(graphs())
def test_cells_stand_below_those_they_are_made_of_and_side_by_side(graph):
    count, lines = graph
    found = layout(count, lines)
    for (start, end), path in zip(lines, found.paths, strict=True):
        spots = [found.spots[i] for i in path]
        assert (spots[0].cell, spots[-1].cell) == (start, end)
        assert [spot.layer for spot in spots] == list(range(spots[0].layer, spots[-1].layer + 1))
        assert len(path) <= LONGEST + 1
        assert spots[0].again == (found.spots[end].layer - found.spots[start].layer > LONGEST)
    for layer in found.layers:
        places = [found.spots[i] for i in layer]
        for a, b in itertools.pairwise(places):
            assert b.x - a.x >= (1.0 if a.cell is not None and b.cell is not None else 0.3) - 1e-9


@given(graphs())
def test_ordering_never_adds_crossings(graph):
    count, lines = graph
    found = layout(count, lines)
    below = [[] for _ in found.spots]
    for path in found.paths:
        for a, b in itertools.pairwise(path):
            below[a].append(b)
    place = {i: k for layer in found.layers for k, i in enumerate(layer)}
    first = [sorted(layer) for layer in found.layers]
    before = {i: k for layer in first for k, i in enumerate(layer)}
    after = crossings(found.layers, below, place)
    assert after <= crossings(first, below, before)
    pairs = [
        (a, b, c, d) for (a, b), (c, d) in itertools.combinations([p for q in found.paths for p in itertools.pairwise(q)], 2)
    ]
    same = [p for p in pairs if found.spots[p[0]].layer == found.spots[p[2]].layer]
    assert after == sum((place[a] - place[c]) * (place[b] - place[d]) < 0 for a, b, c, d in same)


def test_two_crossed_pairs_are_uncrossed():
    found = layout(4, [(0, 3), (1, 2)])
    x = [spot.x for spot in found.spots]
    assert (x[0] < x[1]) == (x[3] < x[2])


@given(st.lists(st.tuples(st.floats(-9, 9), st.sampled_from([0.3, 1.0])), min_size=1, max_size=8))
def test_no_small_shift_brings_places_nearer_to_those_wanted(drawn_places):
    wanted, widths = map(list, zip(*drawn_places))
    found = spread(wanted, widths)
    gaps = [(a + b) / 2 for a, b in itertools.pairwise(widths)]
    assert all(b - a >= gap - 1e-9 for a, b, gap in zip(found, found[1:], gaps))
    cost = sum((x - w) ** 2 for x, w in zip(found, wanted))
    for first in range(len(found)):
        for end in range(first + 1, len(found) + 1):
            for shift in (-0.01, 0.01):
                other = [x + shift * (first <= i < end) for i, x in enumerate(found)]
                if all(b - a >= gap - 1e-9 for a, b, gap in zip(other, other[1:], gaps)):
                    assert sum((x - w) ** 2 for x, w in zip(other, wanted)) >= cost - 1e-9


def test_a_leaf_stands_just_above_its_first_use():
    assert layers_of(5, [(0, 1), (1, 2), (2, 4), (3, 4)]) == [0, 1, 2, 2, 3]


@given(expressions())
def test_the_picture_has_each_value_and_each_use(given_to):
    function, arrays = given_to
    leaves = [ag.tensor(array, requires_grad=True) for array in arrays]
    loss = function(*leaves).sum()
    nodes, seen = [loss.node], {loss.node}
    uses = 0
    for node in nodes:
        for edge in node.edges if node.__class__ is not Leaf else ():
            uses += 1
            if edge[0] not in seen:
                seen.add(edge[0])
                nodes.append(edge[0])
    shown = ag.show(loss)
    groups, _ = drawn(shown.svg)
    assert len(groups) == len(nodes)
    assert sum("leaf" in classes(g) for g in groups) == sum(node.__class__ is Leaf for node in nodes)
    lines = re.findall(r'label="\(.*?\)(?: x(\d+))?"\];', shown.dot)
    assert sum(int(many or 1) for many in lines) == uses


@given(expressions())
def test_the_numbers_of_the_page_are_the_gradients(given_to):
    function, arrays = given_to
    names = {f"x{i}": ag.tensor(array, requires_grad=True) for i, array in enumerate(arrays)}
    loss = function(*names.values()).sum()
    data = data_of(ag.show(loss, names=names).html)
    loss.backward()
    found = {cell["name"]: data["arrays"][cell["gradient"]] for cell in data["cells"] if cell["kind"] == "leaf"}
    for name, leaf in names.items():
        if leaf.size <= NUMBERS:
            assert np.array_equal(np.reshape(np.array(found[name]["numbers"], float), leaf.shape), leaf.grad)
    # the last sum that a leaf is sent is its gradient
    for i, cell in enumerate(data["cells"]):
        sums = [sent["total"] for back in data["backward"] for sent in back["sent"] if sent["to"] == i]
        assert not sums or sums[-1] == cell["gradient"]


def test_values_come_in_the_order_in_which_they_are_computed():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.watch():
        u = x + 1.0
        v = np.exp(u)
        loss = (u * v).sum()
    data = data_of(ag.show(loss).html)
    assert [data["cells"][i]["title"] for i in data["forward"]] == ["add", "exp", "multiply", "sum"]
    assert [data["cells"][back["cell"]]["title"] for back in data["backward"]] == ["sum", "multiply", "exp", "add"]
    assert data["backward"][2]["rule"] == "np.exp: (lambda g, y: g * y,),"
    assert data["backward"][2]["sent"][0]["body"] == "g * y"
    values = {cell["name"]: data["arrays"][cell["value"]]["numbers"] for cell in data["cells"] if cell["name"]}
    assert values["u"] == [2.0, 3.0]
    assert values["loss"] == [loss.item()]


def test_a_value_that_nothing_kept_is_told_as_such():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    loss = (x + 1.0).sum()
    assert "value not kept" in ag.show(loss).svg
    with ag.watch():
        loss = (x + 1.0).sum()
    assert "value not kept" not in ag.show(loss).svg


class Loaded(HTMLParser):
    """The addresses that a page would ask the network for."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href", "data", "action", "srcset")]


def test_the_page_loads_nothing_and_says_what_its_parts_are():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    page = ag.show((x * x).sum()).html
    loaded = Loaded()
    loaded.feed(page)
    assert set(loaded.addresses) <= {"data:,"}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|import\(", page)
    assert page.count("aria-label=") >= 12
    assert "prefers-color-scheme: dark" in page
    assert "<!-- " not in page
    assert 'lang="en"' in page


def test_text_of_the_users_is_escaped():
    a = ag.tensor([1.0], requires_grad=True)
    shown = ag.show((a * a).sum(), names={"<b>&</script>": a})
    ET.fromstring(shown.svg)
    assert "<b>" not in re.sub(r'<script type="application/json".*', "", shown.html, flags=re.DOTALL)
    assert shown.html.count("</script>") == 2  # the data's and the program's
    assert any(cell["name"] == "<b>&</script>" for cell in data_of(shown.html)["cells"])


def test_many_calls_are_folded_and_the_ends_are_kept():
    w = ag.tensor(0.9, requires_grad=True)
    y = first = ag.tensor(1.0, requires_grad=True)
    for _ in range(100):
        y = np.tanh(y * w)
    shown = ag.show(y, fold=20)
    groups, _ = drawn(shown.svg)
    assert len(groups) == 20 + 1 + 2
    assert "180 calls folded" in shown.svg
    data = data_of(shown.html)
    y.backward()
    found = {cell["name"]: data["arrays"][cell["gradient"]]["numbers"] for cell in data["cells"] if cell["kind"] == "leaf"}
    assert found == {"w": [w.grad], "first": [first.grad]}
    assert len(drawn(ag.show(np.tanh(first * w)).svg)[0]) == 4
    with pytest.raises(ValueError, match="fold=1 leaves nothing to see"):
        ag.show(np.tanh(first * w), fold=1)


def test_a_leaf_alone_and_several_results_are_drawn():
    x = ag.tensor(2.0, requires_grad=True)
    assert len(drawn(ag.show(x).svg)[0]) == 1
    data_of(ag.show(x).html)
    a = ag.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    w, v = np.linalg.eigh(a)
    assert "eigh, result 1 → v" in ag.show((w * w).sum() + v[0, 0]).svg


def test_a_model_shows_the_paths_of_its_parameters():
    model = nn.Sequential(nn.Linear(2, 9, rng=0), nn.Tanh(), nn.Linear(9, 1, rng=0))
    loss = nn.functional.mse_loss(model(np.ones((30, 2))), np.zeros((30, 1)))
    shown = ag.show(loss)
    assert all(f"model.{path}" in shown.svg for path in ("0.weight", "0.bias", "2.weight", "2.bias"))
    assert max(len(text.text) for text in ET.fromstring(shown.svg).iter(f"{SVG}text")) <= 26  # the width of a cell


@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (NUMBERS + 1,), (200, 3), (5, 6, 7), (1000, 1000)])
def test_a_heat_map_has_the_mean_of_its_array(shape):
    x = np.random.default_rng(0).normal(size=shape)
    entry = entry_of(x)
    if x.size <= NUMBERS:
        assert entry["numbers"] == x.ravel().tolist()
    else:
        columns = len(base64.b64decode(entry["map"])) / entry["rows"]
        assert entry["rows"] <= GRID
        assert columns <= GRID
        assert entry["low"] <= x.mean() <= entry["high"]


def test_numbers_that_are_not_finite_are_shown_as_such():
    with np.errstate(all="ignore"):
        x = ag.tensor([0.0, 1.0], requires_grad=True)
        data = data_of(ag.show(np.log(x).sum()).html)
    assert ["inf", 1.0] in [entry.get("numbers") for entry in data["arrays"]]
    bad = entry_of(np.array([np.nan] * 100))
    assert math.isfinite(bad["low"])


def test_files_are_written_by_their_endings(tmp_path):
    x = ag.tensor(3.0, requires_grad=True)
    loss = x * x
    for ending, start in {".svg": "<svg ", ".html": "<!DOCTYPE html>", ".dot": "digraph {"}.items():
        ag.show(loss, tmp_path / f"graph{ending}")
        assert (tmp_path / f"graph{ending}").read_text(encoding="utf-8").startswith(start)
    with pytest.raises(ValueError, match=r"ends in '\.png'; write a name in \.svg, \.html or \.dot"):
        ag.show(loss, tmp_path / "graph.png")
    assert "<svg" in ag.show(loss)._repr_html_()
    assert "the graph of loss = 9" in repr(ag.show(loss))
    with pytest.raises(TypeError, match="show: a float was given"):
        ag.show(1.0)


def test_values_that_a_notebook_has_shown_are_called_by_their_variables():
    Out = {2: ag.tensor([1.0, 2.0], requires_grad=True)}  # noqa: N806
    x = Out[2]
    assert ">x<" in ag.show((x * x).sum()).svg

"""summary: the table, and that the model is left as it was."""

import numpy as np
import pytest

import nn
from nn.summary import summary

X = np.ones((5, 2))


class Listed(nn.Module):
    """Layers in a list, one of them used twice, one never; a shared weight; two outputs."""

    def __init__(self):
        self.layers = [nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 3))]
        self.unused = nn.Linear(7, 7)
        self.tied = nn.Linear(2, 2)
        self.tied.weight = self.layers[0].weight
        self.scale = nn.Parameter(1.0)

    def forward(self, x, twice=True):
        x = self.layers[0](self.layers[0](x)) if twice else self.layers[0](x)
        return self.layers[1](self.tied(x)) * self.scale, {"first": [x, None]}


def test_the_table_of_a_nested_model():
    model = Listed()
    model.unused.requires_grad_(False)
    assert str(summary(model, X)).splitlines() == [
        "layer                    output                             parameters",
        "----------------------------------------------------------------------",
        "Listed                   ((5, 3), {first: [(5, 2), None]})           1",
        "  (layers.0) Linear      (5, 2) x 2                                  6",
        "  (layers.1) Sequential  (5, 3)                                      0",
        "    (0) Linear           (5, 3)                                      9",
        "  (unused) Linear        -                                   56 frozen",
        "  (tied) Linear          (5, 2)                                      2",
        "----------------------------------------------------------------------",
        "18 parameters, 56 frozen, 592 bytes",
    ]


def test_every_parameter_is_counted_once():
    model = Listed()
    table = summary(model)
    assert table.parameters == sum(p.size for p in model.parameters())
    assert {layer.shape for layer in table.layers} == {"-"}


def test_options_are_passed_on():
    assert [layer.calls for layer in summary(Listed(), X, twice=False).layers] == [1, 1, 1, 1, 0, 1]


class Failing(nn.Linear):
    def forward(self, input):
        raise KeyboardInterrupt


@pytest.mark.parametrize("last", [nn.Linear, Failing])
def test_the_model_is_left_as_it_was(last):
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5, rng=0), last(2, 2))
    model[1].eval()
    model[0].forward = own = lambda x: nn.BatchNorm1d.forward(model[0], x)
    before = [dict(vars(module)) for module in model.modules()]
    state = model.state_dict()
    random = model[1].rng.bit_generator.state
    try:
        summary(model, X)
    except KeyboardInterrupt:
        assert last is Failing
    for module, attributes in zip(model.modules(), before, strict=True):
        assert vars(module).keys() == attributes.keys()
        assert all(vars(module)[name] is value for name, value in attributes.items())
    assert model[0].forward is own
    assert model[1].rng.bit_generator.state == random
    assert all(np.array_equal(array, state[name]) for name, array in model.state_dict().items())


def test_a_summary_records_nothing():
    seen = []

    class Watching(nn.Linear):
        def forward(self, input):
            seen.append(result := super().forward(input))
            return result

    summary(Watching(2, 2), X)
    assert not seen[0].requires_grad

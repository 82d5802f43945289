"""Every module against PyTorch: values, gradients, buffers, names, defaults; recorded, and live where torch is installed."""

import inspect

import numpy as np
import pytest

import autograd_lite as ag
import nn
from nn import functional as F
from tests.networks.recorded import RECORDED
from tests.networks.rows import EACH as EACH_CLASS
from tests.networks.rows import ROWS, Torch, fingerprint

EACH = pytest.mark.parametrize("name", ROWS)


class Ours:
    """The part of `nn` that a fingerprint needs."""

    nn = nn

    def tensor(self, array, requires_grad):
        return ag.tensor(array, requires_grad=requires_grad)

    def fill(self, parameter, array):
        parameter.data = array

    def array(self, tensor):
        return tensor.data if isinstance(tensor, ag.Tensor) else tensor


@EACH
def test_modules_compute_what_pytorch_recorded(name):
    np.testing.assert_allclose(fingerprint(Ours(), name), RECORDED[name], rtol=1e-7, atol=2e-8)


@EACH
def test_the_calls_of_a_module_have_names(name):
    build, arrays, differentiated = ROWS[name]
    module = build(nn, EACH_CLASS) if name.endswith("weights") else build(nn)
    y = module(*(ag.tensor(array, requires_grad=i < differentiated) for i, array in enumerate(arrays)))
    if y.node is not None:
        names = [node.primitive.name for node, _ in ag.backpropagate({y.node: np.ones(y.shape)}) if node.edges]
        assert all(call.isidentifier() and not call.startswith("_") for call in names), names


def test_every_row_is_recorded_and_every_module_has_a_row():
    assert list(RECORDED) == list(ROWS)
    of_topics = {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name)) and getattr(nn, name).__module__.rpartition(".")[2] in TOPICS
    }
    without_rows = {"Sine", "Dropout1d", "Dropout2d"}  # PyTorch has no Sine; what is drawn cannot be compared
    assert of_topics - {name.partition(",")[0] for name in ROWS} == without_rows


TOPICS = {"activations", "distances", "dropout", "linear", "losses", "normalization"}
OWN = {"rng", "dtype", "inplace"}
THEIRS = {"size_average", "reduce", "device", "inplace", "dtype", "out", "_stacklevel", "min_value", "max_value"}
NOT_OFFERED = {  # by name: an option that is given all the same is a TypeError
    "Embedding": {"max_norm", "norm_type", "scale_grad_by_freq", "sparse", "_weight", "_freeze"},
    "embedding": {"max_norm", "norm_type", "scale_grad_by_freq", "sparse"},
    "embedding_bag": {"max_norm", "norm_type", "scale_grad_by_freq", "sparse"},
    "linear_cross_entropy": {"options"},
    "mse_loss": {"weight"}, "l1_loss": {"weight"}, "huber_loss": {"weight"},
}  # fmt: skip
OTHER_DEFAULTS = {  # PyTorch's guess of an axis is deprecated; softplus needs no threshold to be exact
    name: {"dim": -1} for name in ("Softmax", "LogSoftmax", "Softmin", "softmax", "log_softmax", "softmin")
} | {"Softplus": {"threshold": float("inf")}, "softplus": {"threshold": float("inf")}}  # fmt: skip


def options(function, left_out):
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters
    return {k: p.default for k, p in parameters.items() if k not in {"self", *left_out} and p.kind not in kinds}


def test_options_and_defaults_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    modules = {name: (getattr(nn, name), getattr(torch.nn, name).__init__) for name in {row.partition(",")[0] for row in ROWS}}
    functions = {name: (getattr(F, name), getattr(torch.nn.functional, name)) for name in F.__all__ if name != "sine"}
    for name, (ours, theirs) in (modules | functions).items():
        try:
            expected = options(theirs, THEIRS | NOT_OFFERED.get(name, set()))
        except ValueError:  # written in C, without a signature
            continue
        if not expected:  # a wrapper that takes anything
            continue
        assert options(ours, OWN) == expected | OTHER_DEFAULTS.get(name, {}), name


@EACH
def test_pytorch_computes_what_was_recorded(name):
    torch = pytest.importorskip("torch")
    np.testing.assert_allclose(fingerprint(Torch(torch), name), RECORDED[name], rtol=1e-10, atol=1e-11)


@EACH
def test_modules_keep_single_precision(name):
    build, arrays, differentiated = ROWS[name]
    if name.endswith("weights"):
        module = build(nn, np.array([0.5, 1.0, 2.0, 1.5]))
    else:
        module = build(nn)
    for parameter in module.parameters():
        parameter.data = parameter.data.astype(np.float32)
    single = [np.asarray(a).astype(np.float32) if np.asarray(a).dtype.kind == "f" else a for a in arrays]
    inputs = [ag.tensor(a, requires_grad=True) if i < differentiated else a for i, a in enumerate(single)]
    y = module(*inputs)
    assert y.dtype == np.float32
    if y.requires_grad:
        y.sum().backward()
    assert {t.grad.dtype for t in inputs[:differentiated]} <= {np.dtype(np.float32)}


@EACH
def test_modules_of_arrays_give_arrays(name):
    build, arrays, _ = ROWS[name]
    module = build(nn, np.array([0.5, 1.0, 2.0, 1.5])) if name.endswith("weights") else build(nn)
    if not list(module.parameters()):
        assert not isinstance(module(*arrays), ag.Tensor)


@EACH
def test_modules_are_shown_on_one_line(name):
    build, _, _ = ROWS[name]
    module = build(nn, np.array([0.5, 1.0, 2.0, 1.5])) if name.endswith("weights") else build(nn)
    assert repr(module).startswith(f"{name.partition(',')[0]}(")
    assert "array" not in repr(module)
    assert "\n" not in repr(module)

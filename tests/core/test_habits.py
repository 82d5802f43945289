"""Names of PyTorch's: those that mean something here work, others say what to write, and the line is one that works."""

import re

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.array.habits import ELSEWHERE, Habits, Instead

REFUSED = {name: value.line for name, value in vars(Habits).items() if isinstance(value, Instead)}
T, U = np.array([[1.0, 4.0], [2.0, 3.0]]), np.array([[0.5, 2.0], [1.0, 1.5]])
MEANT = {
    "t": T, "u": U, "axis": 0, "n": 2, "places": 1, "axes": (1, 0), "shape": (3, 2, 2), "low": 1.5, "high": 2.5, "mask": T > 2,
    "index": np.array([[0, 1]]), "value": 0.0, "values": 7.0,
}  # fmt: skip


def lines(advice):
    """The expressions that an advice says to write: the first, and others that are no words."""
    first, *others = re.split(r", or |, and ", advice.removeprefix("write "))
    return [first, *filter(is_code, others)] if advice.startswith("write ") else []


def is_code(text):
    try:
        return bool(compile(text, "", "exec"))
    except SyntaxError:
        return False


@pytest.mark.parametrize("name", REFUSED)
def test_methods_of_other_libraries_say_what_to_write_and_the_line_runs(name):
    t = ag.tensor(T, requires_grad=True)
    with pytest.raises(AttributeError, match=rf"Tensor.{name} is (PyTorch|HIPS autograd)'s: {re.escape(REFUSED[name])}"):
        getattr(t, name)
    assert not hasattr(np.ndarray, name)
    for line in lines(REFUSED[name]):
        if "backpropagate" not in line:
            written = "t.data" in line
            t = ag.tensor(T, requires_grad=not written)
            scope = MEANT | {"np": np, "ag": ag, "nn": nn, "t": t, "u": U if written else ag.tensor(U), "dtype": np.float32}
            scope["index"] = 0 if name == "index_select" else MEANT["index"]
            exec(line, scope)


def test_the_loop_for_gradients_inside_a_graph_finds_that_of_a_tensor():
    x = ag.tensor(T, requires_grad=True)
    t = x * 3.0
    loss = (t * t).sum()
    found = dict(ag.backpropagate({loss.node: np.ones(())}))
    assert np.array_equal(found[t.node], 2 * t.data)


@pytest.mark.parametrize("name", [*ELSEWHERE, "exp", "where", "float32", "arange"])
def test_functions_of_pytorch_say_what_to_write(name):
    with pytest.raises(AttributeError, match=f"autograd_lite.{name} is not here: "):
        getattr(ag, name)
    assert not hasattr(ag, name)


def test_other_names_are_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'autograd_lite' has no attribute 'tensr'"):
        ag.tensr  # noqa: B018
    with pytest.raises(AttributeError, match="object has no attribute 'unsqueze'"):
        ag.tensor(1.0).unsqueze  # noqa: B018


def test_the_one_device_is_main_memory():
    t = ag.tensor(T, requires_grad=True)
    assert t.cpu() is t
    assert t.to("cpu") is t
    assert t.contiguous() is t
    assert (t.dim(), t.numel()) == (2, 4)
    assert t.to(device=t.device) is t
    assert t.to(U) is t
    assert t.detach().cpu().numpy() is not None
    for other in ("cuda", "cuda:0", "mps"):
        with pytest.raises(ValueError, match=f"there is no device '{other}'"):
            t.to(other)
    with pytest.raises(TypeError, match="nothing was given"):
        t.to()


@pytest.mark.parametrize("dtype", [np.float32, "float32", np.dtype(np.float32), np.zeros(1, np.float32)])
def test_a_dtype_converts_and_the_gradient_comes_back_in_the_old_one(dtype):
    t = ag.tensor(T, requires_grad=True)
    made = t.to("cpu", dtype)
    assert made.dtype == np.float32
    made.sum().backward()
    assert t.grad.dtype == np.float64
    assert np.array_equal(t.grad, np.ones((2, 2)))


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std", "argmax", "argmin", "all", "any"])
def test_axes_by_the_name_of_pytorch_say_what_to_write_and_numpys_options_stay(name):
    t = ag.tensor(T)
    for options in ({"dim": 0}, {"dim": 0, "keepdim": True}):
        with pytest.raises(TypeError, match=f"{name}: dim= and keepdim= are PyTorch's. Write axis= and keepdims="):
            getattr(t, name)(**options)
    with pytest.raises(TypeError, match="dimm"):
        getattr(t, name)(dimm=0)
    assert np.array_equal(getattr(t, name)(axis=0, keepdims=True), getattr(T, name)(axis=0, keepdims=True))
    if not name.startswith("arg"):
        where = np.array([[True, False], [True, True]])
        more = {"initial": 0.0} if name in ("max", "min") else {}
        assert np.array_equal(getattr(t, name)(axis=0, where=where, **more), getattr(T, name)(axis=0, where=where, **more))

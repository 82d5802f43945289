"""Every public name has a docstring that names its parameters, and an example that runs."""

import doctest
import functools
import importlib.util
import inspect
import re
import sys

import numpy as np
import pytest

import autograd_lite as ag
import nn

MODULES = [
    "autograd_lite", "autograd_lite.coverage", "autograd_lite.strategies", "nn", "nn.data", "nn.functional", "nn.init",
    "nn.optim", "nn.optim.lr_scheduler", "nn.optim.swa_utils", "nn.parallel", "nn.utils",
]  # fmt: skip
if importlib.util.find_spec("scipy"):
    MODULES += [f"autograd_lite.scipy.{name}" for name in ("fft", "integrate", "linalg", "signal", "special", "stats")]
WITHOUT_EXAMPLE = {
    "nn.parallel.DataParallel": "starts processes: examples/11_data_parallel.py is its example, and is run",
    "nn.parallel.connect": "as DataParallel",
}
NOT_NAMED = {
    "inplace": "taken for PyTorch's sake everywhere, and without effect, as nn.functional.relu says",
}


def is_ours(found):
    """True for what these packages define: SciPy's own functions are described by SciPy, also where they have a rule here."""
    return (getattr(found, "__module__", None) or "").split(".")[0] in ("autograd_lite", "nn")


def public(name):
    """The public functions, classes and other callables of a module, by their names."""
    module = importlib.import_module(name)
    members = {f"{name}.{member}": getattr(module, member) for member in module.__all__}
    return {path: found for path, found in members.items() if callable(found) and is_ours(found)}


def methods(cls):
    """The public methods and properties of a class, also those that it inherits."""
    found = {name: inspect.getattr_static(cls, name) for name in dir(cls) if not name.startswith("_")}
    found = {name: value.fget if isinstance(value, property) else value for name, value in found.items()}
    return {f"{cls.__name__}.{name}": value for name, value in found.items() if callable(value)}


@functools.cache
def everything():
    names = {path: found for module in MODULES for path, found in public(module).items()}
    return {**names, **methods(ag.Tensor), **methods(nn.Module)}


@functools.cache
def collected():
    """The docstrings that pytest finds itself, and whose examples it runs (`--doctest-modules`)."""
    modules = {sys.modules[found.__module__] for found in everything().values() if found.__module__ in sys.modules}
    finder = doctest.DocTestFinder()
    return {test.docstring for module in modules for test in finder.find(module) if test.examples}


@functools.cache
def by_name():
    """The public things of each name: `relu`, also where it is written as `nn.functional.relu`."""
    found = {}
    for path, value in everything().items():
        found.setdefault(path.rpartition(".")[2], []).append(value)
    return found


def described(found, around=()):
    """All that describes it: its docstring, those of its module and its bases, and those of the names that it refers to."""
    own = inspect.getdoc(found) or ""
    parts = [own, sys.modules[found.__module__].__doc__ or ""]
    if inspect.isclass(found):
        parts += [base.__doc__ or "" for base in found.__mro__[1:] if is_ours(base)]
    for name in re.findall(r"`(?:[\w.]*\.)?(\w+)", own):
        parts += [described(other, (*around, found)) for other in by_name().get(name, ()) if other not in (*around, found)]
    return "\n".join(parts)


def unnamed(path, found):
    """The parameters that nothing says a word of; a method that ndarray has too is described by NumPy."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except ValueError:  # an exception without parameters of its own
        return []
    named = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != "self"]
    home, _, name = path.rpartition(".")
    text = described(found) + (getattr(np.ndarray, name, None).__doc__ or "" if home == "Tensor" else "")
    words = set(re.findall(r"\w+", text))
    return [name for name in named if name not in words and name not in NOT_NAMED]


@pytest.mark.parametrize("module", MODULES)
def test_a_public_name_has_an_example_that_is_run(module):
    found = public(module)
    assert found
    assert [path for path, value in found.items() if value.__doc__ not in collected()] == [
        path for path in found if path in WITHOUT_EXAMPLE
    ]


@pytest.mark.parametrize("cls", [ag.Tensor, nn.Module])
def test_a_public_method_has_an_example_that_is_run(cls):
    assert len(methods(cls)) > 20
    assert [path for path, method in methods(cls).items() if method.__doc__ not in collected()] == []


@pytest.mark.parametrize("module", [*MODULES, "Tensor", "Module"])
def test_a_parameter_is_named_in_the_docstring(module):
    found = {"Tensor": ag.Tensor, "Module": nn.Module}.get(module)
    names = methods(found) if found else public(module)
    lacking = {path: unnamed(path, value) for path, value in names.items()}
    assert {path: parameters for path, parameters in lacking.items() if parameters} == {}


def test_exceptions_are_needed():
    """What is excepted is there, and lacks what it is excepted for."""
    for path in WITHOUT_EXAMPLE:
        assert ">>>" not in everything()[path].__doc__

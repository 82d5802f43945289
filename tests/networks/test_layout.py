"""The laws of the sources of `nn`: the packages and names they use, and the order in which they import each other."""

import ast
import importlib
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import autograd_lite as ag
import nn

ROOT = Path(nn.__file__).parent
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}
FOLDERS = sorted({file.rpartition("/")[0] for file in SOURCES})  # "" for nn itself


def reading_order(folder=""):
    """The files as the docstrings of the packages name them, each folder's where its turn comes; `__init__.py` comes last."""
    for name in re.findall(r"`(\w+\.py|\w+/)`", ast.get_docstring(TREES[f"{folder}__init__.py"])):
        yield from reading_order(folder + name) if name.endswith("/") else [folder + name]
    yield f"{folder}__init__.py"


ORDER = list(reading_order())
OPTIONAL = {"dask", "distributed", "matplotlib", "safetensors", "sklearn", "tqdm"}  # imported where they are used
FILES = pytest.mark.parametrize("file", sorted(SOURCES))


def nodes(file, *kinds):
    return [node for node in ast.walk(TREES[file]) if isinstance(node, kinds)]


def imported(file):
    """The files of nn that a file imports."""
    folder = file.split("/")[:-1]
    for node in nodes(file, ast.ImportFrom):
        if node.level:
            assert node.level <= 1 + len(folder)
            base = folder[: len(folder) + 1 - node.level]
            for name in [node.module.replace(".", "/")] if node.module else [alias.name for alias in node.names]:
                path = "/".join([*base, name])
                found = {f"{path}.py", f"{path}/__init__.py"} & SOURCES.keys()
                assert found, f"{file} imports {path}"
                yield from found


def test_the_reading_order_lists_every_file_once():
    assert sorted(ORDER) == sorted(SOURCES)


@FILES
def test_a_file_imports_only_files_before_it(file):
    assert set(imported(file)) <= set(ORDER[: ORDER.index(file)])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder or "nn")
def test_the_rooms_of_a_folder_import_each_other_in_no_circle(folder):
    """A room is a file of the folder, or a folder in it with all that it holds."""
    inside = f"{folder}/" if folder else ""
    rooms = {}
    for file in SOURCES:
        if file.startswith(inside):
            room = file.removeprefix(inside).split("/")[0]
            others = {other.removeprefix(inside).split("/")[0] for other in imported(file) if other.startswith(inside)}
            rooms.setdefault(room, set()).update(others - {room})
    assert len(list(TopologicalSorter(rooms).static_order())) == len(rooms) > 1


def packages(node):
    """The names of the packages from outside that an import statement imports."""
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] * (node.level == 0)
    return {name.split(".")[0] for name in names}


@FILES
def test_a_file_imports_numpy_autograd_lite_and_the_standard_library(file):
    for node in nodes(file, ast.Import, ast.ImportFrom):
        assert packages(node) <= {"numpy", "autograd_lite", *OPTIONAL, *sys.stdlib_module_names}


@FILES
def test_only_optional_packages_are_imported_where_they_are_used(file):
    """And `nn` has one `if TYPE_CHECKING`, for what it imports when that is first asked for."""
    typed = [node.body for node in TREES[file].body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    assert not typed or file == "__init__.py"
    for node in nodes(file, ast.Import, ast.ImportFrom):
        assert (node in sum(typed, TREES[file].body)) != bool(packages(node) & OPTIONAL), ast.unparse(node)


@FILES
def test_autograd_lite_is_imported_as_ag_and_used_through_public_names(file):
    for node in nodes(file, ast.Import, ast.ImportFrom):
        if "autograd_lite" in ast.unparse(node):
            assert ast.unparse(node) == "import autograd_lite as ag"
    used = {node.attr for node in nodes(file, ast.Attribute) if isinstance(node.value, ast.Name) and node.value.id == "ag"}
    assert used <= set(ag.__all__)


@FILES
def test_private_attributes_are_those_of_nn_itself(file):
    private = {name for kind in (ag.Tensor, ag.Node) for name in dir(kind) if re.match(r"_[^_]", name)}
    assert private
    for node in nodes(file, ast.Attribute):
        if re.match(r"_[^_]", node.attr):
            assert node.attr not in private, ast.unparse(node)
            assert not isinstance(node.value, ast.Name) or node.value.id not in ("ag", "np"), ast.unparse(node)


def test_public_names_are_there():
    assert all(hasattr(nn, name) for name in nn.__all__)
    for module in (nn.functional, nn.optim):
        assert all(hasattr(module, name) for name in module.__all__)


def test_functional_is_a_list_of_the_functions_of_the_topics():
    imports, assigned = nodes("functional.py", ast.ImportFrom), nodes("functional.py", ast.Assign)
    body = [node for node in TREES["functional.py"].body if node not in imports and node not in assigned]
    imports = [node for node in imports if node.module != "absent"]
    assert len(body) == 1  # the docstring
    offered = set()
    for node in imports:
        topic = sys.modules[f"nn.{node.module}"]
        functions = {name for name in topic.__all__ if name.islower()}
        assert {alias.name for alias in node.names} == functions, node.module
        offered |= functions
    assert set(nn.functional.__all__) == offered


def test_every_module_is_offered_by_the_package():
    for name in ORDER:
        topic = importlib.import_module(f"nn.{name}".replace("/", ".").removesuffix(".py").removesuffix(".__init__"))
        for public in getattr(topic, "__all__", []):
            made = getattr(topic, public)
            if isinstance(made, type) and issubclass(made, nn.Module):
                folder = name.rpartition("/")[0]
                assert getattr(nn, public, None) is made or folder in nn.__all__


@pytest.mark.parametrize(
    ("where", "name", "words"),
    [
        (nn, "Conv3d", "of one and two dimensions"),
        (nn, "BatchNorm3d", "of one and two dimensions"),
        (nn.functional, "max_pool3d", "of one and two dimensions"),
        (nn, "LazyLinear", "sizes are given when a layer is made"),
        (nn, "ReflectionPad2d", "write nn.functional.pad"),
        (nn, "Transformer", "larger than these. Write TransformerEncoder"),
        (nn, "LinearCrossEntropyLoss", "Write Linear, then"),
        (nn.functional, "relu_", "Write relu"),
        (nn.functional, "upsample_bilinear", "write interpolate"),
        (nn, "FractionalMaxPool2d", "Write adaptive_max_pool2d"),
    ],
)
def test_names_of_pytorch_that_are_not_here_say_what_to_write(where, name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(where, name)
    assert not hasattr(where, name)


def test_other_names_are_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'Liner'"):
        nn.Liner  # noqa: B018

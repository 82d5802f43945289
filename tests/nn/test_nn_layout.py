"""What the sources of `nn` may use, and in which order they import each other."""

import ast
import re
import sys
from pathlib import Path

import pytest

import autograd_lite as ag
import nn

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in Path(nn.__file__).parent.glob("*.py")}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}
ORDER = re.findall(r"`(\w+\.py)`", nn.__doc__)
OPTIONAL = {"tqdm"}  # imported where they are used
FILES = pytest.mark.parametrize("file", sorted(SOURCES))


def nodes(file, *kinds):
    return [node for node in ast.walk(TREES[file]) if isinstance(node, kinds)]


def test_the_reading_order_lists_every_file_once():
    assert sorted([*ORDER, "__init__.py"]) == sorted(SOURCES)


@FILES
def test_a_file_imports_only_files_before_it(file):
    earlier = SOURCES.keys() if file == "__init__.py" else ORDER[: ORDER.index(file)]
    for node in nodes(file, ast.ImportFrom):
        if node.level:
            assert node.level == 1
            imported = [node.module] if node.module else [alias.name for alias in node.names]
            assert {f"{name}.py" for name in imported} <= set(earlier)


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
    for node in nodes(file, ast.Import, ast.ImportFrom):
        assert (node in TREES[file].body) != bool(packages(node) & OPTIONAL), ast.unparse(node)


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


def test_public_names_are_there_and_sorted():
    assert nn.__all__ == sorted(nn.__all__)
    assert all(hasattr(nn, name) for name in nn.__all__)
    for module in (nn.functional, nn.optim):
        assert all(hasattr(module, name) for name in module.__all__)

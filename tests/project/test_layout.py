"""The rooms and their doors: imports go one way, and no module does at a distance what it does not say."""

import ast
import importlib
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import autograd_lite as ag
from tests.project import reading_order

ROOT = Path(ag.__file__).parent
ORDER = (
    "speed",
    "speed.memory",
    "shortcuts",
    "notebook",
    "functions",
    "rules.wide",
    "rules.row",
    "rules.accurate",
    "rules.reductions",
    "rules.factors",
    "rules.elementwise",
    "safety",
    "safety.callers",
    "safety.layouts",
    "safety.modes",
    "graph",
    "several",
    "safety.running",
    "safety.stale",
    "safety.operands",
    "safety.masks",
    "safety.views",
    "safety.declarations",
    "speed.buffers",
    "engine",
    "primitive",
    "speed.recorder",
    "rules.special",
    "rules.running",
    "rules.shapes",
    "rules.indexing",
    "rules.products",
    "rules.degenerate",
    "rules.decompositions",
    "rules.norms",
    "rules.linear_systems",
    "rules.order_statistics",
    "rules.sequences",
    "rules.statistics",
    "rules.compositions",
    "rules.padding",
    "rules.moves",
    "rules.complex_parts",
    "rules.polynomials",
    "rules.fourier",
    "rules.ordering",
    "rules.spaces",
    "rules.scipy_special",
    "rules.refused",
    "rules.looking",
    "rules",
    "array",
    "array.in_place",
    "array.packed",
    "array.dispatch",
    "array.live",
    "array.writing",
    "array.indexing",
    "array.methods",
    "array.habits",
    "array.comparisons",
    "array.conversions",
    "array.copies",
    "speed.silence",
    "plain_pass",
    "tensor",
    "transforms.tree",
    "transforms.recorded_call",
    "transforms",
    "transforms.vectors",
    "transforms.implicit",
    "transforms.symmetric",
    "compiled.watching",
    "compiled.recording",
    "compiled.stand_in",
    "compiled.exchange",
    "compiled.passes",
    "compiled.blocks",
    "compiled.program",
    "compiled.compiler",
    "compiled",
    "numpy.delegation",
    "numpy.kinds",
    "numpy.submodules",
    "numpy.axes",
    "numpy.making",
    "numpy.linalg",
    "numpy.fft",
    "numpy.random",
    "numpy",
    "numerical.record",
    "numerical.point",
    "numerical.noise",
    "numerical.sampling",
    "numerical.complex_step",
    "numerical.staircase",
    "numerical.estimate",
    "numerical.survey",
    "numerical",
    "check.budget",
    "check.verdict",
    "check.subject",
    "check.report",
    "check.trial",
    "check.own_rounding",
    "check.layouts",
    "check.linearity",
    "check.diagnosis",
    "check.contracts",
    "check.jacobian",
    "check.directions",
    "check.second_order",
    "check",
    "declare",
    "coverage",
    "seeing.source",
    "seeing.words",
    "seeing.names",
    "seeing.walk",
    "seeing.watching",
    "seeing.tracing",
    "seeing.picture",
    "seeing.layout",
    "seeing.drawing",
    "seeing.stepping",
    "seeing.page",
    "seeing.dot",
    "seeing.showing",
    "seeing.anomaly",
    "seeing",
    "scipy.needed",
    "scipy.by_formula",
    "scipy.options",
    "scipy.structured",
    "scipy.systems",
    "scipy.equations",
    "scipy.matrix_functions",
    "scipy.decompositions",
    "scipy.linalg",
    "scipy.special",
    "scipy.distributions",
    "scipy.multivariate",
    "scipy.stats",
    "scipy.closures",
    "scipy.integrate",
    "scipy.signal",
    "scipy.fft",
    "scipy",
    "strategies.domains",
    "strategies.matrices",
    "strategies.broadcasting",
    "strategies.indexing",
    "strategies.layouts",
    "strategies.filled_arrays",
    "strategies.programs",
    "strategies.decorator",
    "strategies",
)
CHAPTERS = [name for name in ORDER if name.startswith("rules.")]
PACKAGES = {"", *(name.rpartition(".")[0] for name in ORDER)}
OPTIONAL = {"hypothesis", "matplotlib", "tqdm"}  # imported where they are used
FILES = sorted(ROOT.rglob("*.py"))


def name_of(path):
    """The module's name inside the package: "" for the package itself."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


MODULES = {name_of(path): ast.parse(path.read_text()) for path in FILES}
every_module = pytest.mark.parametrize("name", MODULES, ids=lambda name: name or "__init__")


def imports(name, tree):
    """The imports of a module: (modules of this package, others)."""
    inside, outside = set(), set()
    package = name if name in PACKAGES else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            outside |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            outside.add(node.module.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".") if package else []
            base = base[: len(base) - node.level + 1] + ([node.module] if node.module else [])
            for alias in node.names:
                full = ".".join([*base, alias.name])
                inside.add(full if full in MODULES else ".".join(base))
    return inside, outside


@pytest.mark.parametrize("name", ORDER)
def test_imports_go_one_way(name):
    inside, _ = imports(name, MODULES[name])
    assert inside <= set(ORDER[: ORDER.index(name)])


def test_each_module_has_its_place_in_the_reading_order():
    assert {*ORDER, ""} == set(MODULES)


@pytest.mark.parametrize("files", [reading_order.CORE, reading_order.BESIDE], ids=["core", "beside the core"])
def test_readme_lists_files_in_the_order_in_which_they_import_each_other(files):
    places = [ORDER.index(file.removesuffix(".py").replace("/", ".")) for file in files]
    assert places == sorted(places)


@pytest.mark.parametrize("folder", sorted(PACKAGES), ids=lambda folder: folder or "autograd_lite")
def test_the_rooms_of_a_folder_import_each_other_in_no_circle(folder):
    """A room is a file of the folder, or a folder in it with all that it holds."""
    inside = f"{folder}." if folder else ""
    rooms = {}
    for name, tree in MODULES.items():
        if name.startswith(inside) and name:
            room = name.removeprefix(inside).split(".")[0]
            others = {other.removeprefix(inside).split(".")[0] for other in imports(name, tree)[0] if other.startswith(inside)}
            rooms.setdefault(room, set()).update(others - {room, ""})
    TopologicalSorter(rooms).prepare()  # raises CycleError


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapters_of_rules_know_numpy_and_functions_alone(name):
    inside, outside = imports(name, MODULES[name])
    assert inside <= {"functions", "shortcuts", "safety.layouts", *CHAPTERS}
    assert outside <= {"numpy", *sys.stdlib_module_names}


@every_module
def test_the_engine_needs_numpy_alone_and_knows_nothing_of_nn(name):
    _, outside = imports(name, MODULES[name])
    assert outside <= {"numpy", *sys.stdlib_module_names, *OPTIONAL}


@every_module
def test_imports_stand_at_the_top(name):
    """But for optional packages, and with no TYPE_CHECKING to dodge a circle: the package has it, for what it imports late."""
    tree = MODULES[name]
    typed = [node.body for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    assert not typed or name == ""
    top = [node for node in sum(typed, tree.body) if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and node not in top:
            imported = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module}
            assert {module.partition(".")[0] for module in imported} <= OPTIONAL


EXCHANGING = {"compiled.exchange"}  # it exchanges names while a function is recorded, and puts them back


@pytest.mark.parametrize("name", sorted({*MODULES} - EXCHANGING), ids=lambda name: name or "__init__")
def test_nothing_is_attached_at_a_distance(name):
    """No setattr, no metaclass, no assignment to an attribute of an imported module or class."""
    tree = MODULES[name]
    outer = {
        alias.asname or alias.name for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names
    }
    outer |= {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("setattr", "delattr")
        if isinstance(node, ast.ClassDef):
            assert not node.keywords, f"class {node.name} has a metaclass"
        for target in getattr(node, "targets", []):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                assert target.value.id not in outer, ast.unparse(target)


@every_module
def test_a_file_says_at_its_top_what_it_is(name):
    docstring = ast.get_docstring(MODULES[name])
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":"))


@every_module
def test_public_names_are_declared_and_there(name):
    if f"{name}.".startswith("scipy.") and name not in ("scipy.needed", "scipy.by_formula", "scipy.options", "scipy.closures"):
        pytest.importorskip("scipy", reason="SciPy is not installed: python -m pip install 'autograd-lite[scipy]'")
    module = importlib.import_module(f"autograd_lite.{name}".rstrip("."))
    assert module.__all__
    assert all(hasattr(module, public) for public in module.__all__)


def test_what_training_never_needs_is_imported_when_it_is_first_asked_for():
    """It is half of the time that importing everything takes."""
    code = """if True:
        import sys, nn, autograd_lite as ag
        late = ["autograd_lite." + room for room in ("check", "numerical", "seeing", "strategies")]
        late = (*late, "autograd_lite.rules.scipy_special", *("nn." + module for module in nn.LATER))
        late = (*late, "json", "zipfile", "fractions", "numpy.random", "hashlib", "html")
        assert not [name for name in sys.modules if name.startswith(late)]
        assert {"check_gradients", "numerical_derivative"} <= set(dir(ag))
        assert ag.check_gradients is ag.check.check_gradients and ag.numerical.numerical_jacobian is ag.numerical_jacobian
        assert not hasattr(ag, "nothing_of_that_name")
        assert {"LSTM", "Regressor", "parallel"} <= set(dir(nn)) and nn.LSTM is nn.layers.recurrent.LSTM
        assert nn.parallel.DataParallel and nn.estimators.Regressor is nn.Regressor and not hasattr(nn, "nothing_of_that_name")
    """
    subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, check=True)

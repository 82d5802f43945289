"""The examples run, answer what they promise, and say what is wrong with a wrong input."""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autograd_lite as ag

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICK = ["--steps", "0", "--starts", "1"]


def run(script, *options, path=()):
    """The finished process, in which the folders of `path` come before all others."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*path, EXAMPLES.parent])), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *map(str, options)], capture_output=True, text=True, env=environment, check=False
    )


def load(script):
    """An example as a module, without its main part."""
    spec = importlib.util.spec_from_file_location(script.removesuffix(".py"), EXAMPLES / script)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)  # as for a script: examples share a module
        spec.loader.exec_module(module)
    return module


def answer(*options):
    done = run("02_temperature.py", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def degrees(output, what):
    return [float(x) for x in re.findall(rf"{what} +(-?\d+\.\d+) C", output)]


@pytest.fixture(scope="module")
def page():
    return load("00_engine_in_a_page.py")


def test_the_engine_in_a_page_agrees_with_the_library_and_learns():
    done = run("00_engine_in_a_page.py")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ +1  leaf +0.500000 +1.284025 ", done.stdout, re.MULTILINE)
    differences = re.findall(r"largest difference (\S+)$", done.stdout, re.MULTILINE)
    assert len(differences) == 4
    assert max(map(float, differences)) < 1e-12
    losses = [float(loss) for loss in re.findall(r"^step +\d+, loss +(\S+)", done.stdout, re.MULTILINE)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.1


def fits(function, arguments):
    if function is np.matmul:
        return all(a.ndim == 2 for a in arguments) and arguments[0].shape[1] == arguments[1].shape[0]
    try:
        np.broadcast_shapes(*(a.shape for a in arguments))
    except ValueError:
        return False
    return function is not np.exp or np.all(arguments[0] < 5)


@st.composite
def programs(draw):
    """Leaves, and steps that fit: each a function and the places of its arguments among the leaves and earlier results."""
    shapes = st.sampled_from([(), (3,), (1, 3), (2, 1), (2, 3), (3, 2)])
    leaves = draw(st.lists(shapes.flatmap(lambda shape: arrays(float, shape, elements=st.floats(-2, 2))), min_size=1, max_size=3))
    values, steps = list(leaves), []
    for function in draw(st.lists(st.sampled_from([np.add, np.multiply, np.matmul, np.exp, np.sum]), min_size=1, max_size=8)):
        places = draw(st.lists(st.integers(0, len(values) - 1), min_size=2, max_size=2))[: getattr(function, "nin", 1)]
        if fits(function, [values[place] for place in places]):
            steps.append((function, places))
            values.append(np.asarray(function(*(values[place] for place in places))))
    return leaves, steps


def gradients_of(leaves, steps):
    """The gradient of the sum of all leaves and results by each leaf, a Tensor of either engine."""
    values = list(leaves)
    for function, places in steps:
        arguments = [values[place] for place in places]
        values.append(arguments[0].sum() if function is np.sum else function(*arguments))
    total = values[0].sum()
    for value in values[1:]:
        total = total + value.sum()
    total.backward()
    return [leaf.grad for leaf in leaves]


@given(programs())
def test_the_engine_in_a_page_has_the_gradients_of_the_library(page, program):
    leaves, steps = program
    ours = gradients_of([page.Tensor(leaf) for leaf in leaves], steps)
    theirs = gradients_of([ag.tensor(leaf, requires_grad=True) for leaf in leaves], steps)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.shape == other.shape
        assert np.array_equal(mine, other)


def test_the_engine_in_a_page_visits_a_node_used_twice_once(page):
    x = t = page.Tensor(1.0)
    for _ in range(60):  # 2**60 ways lead back to x
        t = t + t
    walked = list(page.backpropagate(t))
    assert len(walked) == len({node.number for node, _ in walked}) == 61
    assert walked[-1] == (x, 2.0**60)


def test_the_engine_in_a_page_walks_deep_chains(page):
    x = t = page.Tensor([1.0, 2.0])
    for _ in range(50_000):
        t = t * 1.0 + x
    t.sum().backward()
    assert x.grad.tolist() == [50_001.0, 50_001.0]


def test_the_engine_in_a_page_refuses_a_function_without_a_rule(page):
    with pytest.raises(KeyError, match="tanh"):
        np.tanh(page.Tensor(1.0))


def test_the_network_by_hand_and_from_layers_are_the_same():
    done = run("01_first_network.py")
    assert done.returncode == 0, done.stderr
    differences = [float(x) for x in re.findall(r"largest difference of a weight: (\S+)", done.stdout)]
    assert len(differences) == 2
    assert max(differences) < 1e-9
    slopes = re.findall(r"by w1_1: (\S+); by the difference of two losses: (\S+)", done.stdout)
    assert all(float(a) == pytest.approx(float(b), rel=1e-6) for a, b in slopes)


def test_the_temperature_is_answered_within_hundredths_of_a_degree(tmp_path):
    plot = tmp_path / "answer.png"
    output = answer("--plot", plot, "--diagram", plot.with_name("network.svg"))
    error = float(re.search(r"training error (\S+) C", output)[1])
    assert error <= 0.08
    (network, noon), (spline,) = degrees(output, "network"), degrees(output, "natural cubic spline")
    low, high = map(float, re.search(r"with 90 % between (\S+) and (\S+) C", output).groups())
    assert low < network < high < low + 1
    assert network == pytest.approx(spline, abs=0.05)
    assert noon == pytest.approx(degrees(output, "same as today")[0], abs=0.1)
    assert "At hour 36" in output
    trained = re.findall(r"^  (Levenberg-Marquardt|Adam).*?(\S+) C +(\S+)$", output, re.MULTILINE)
    (lm, lm_error, lm_seconds), (adam, adam_error, adam_seconds) = trained
    assert (lm, adam) == ("Levenberg-Marquardt", "Adam")
    assert float(lm_error) == error < float(adam_error) < 0.5
    assert float(lm_seconds) < float(adam_seconds)
    assert plot.read_bytes().startswith(b"\x89PNG")
    drawn = plot.with_name("network.svg").read_text(encoding="utf-8")
    weights, biases = (
        np.array(re.findall(rf'<{tag} [^>]*data-weight="([^"]+)"', drawn), float) for tag in ("path", "circle")
    )  # of the network from hours to degrees
    assert weights[4:] @ np.tanh(weights[:4] * 13.75 + biases[:4]) + biases[4] == pytest.approx(network, abs=0.006)
    assert all(f"neuron {k}" in drawn for k in (1, 2, 3, 4))


def test_the_same_seed_gives_the_same_answer():
    first, second, other = (degrees(answer(*QUICK, "--seed", seed), "network") for seed in (3, 3, 4))
    assert first == second != other


def test_the_literal_formula_is_answered_and_drawn_too(tmp_path):
    output = answer("--literal", "--steps", "0", "--diagram", tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_text(encoding="utf-8").count(">tanh<") == 2
    assert float(re.search(r"training error (\S+) C", output)[1]) <= 0.1
    assert "Adam" not in output


def test_a_day_without_any_change_is_answered(tmp_path):
    file = tmp_path / "hours.csv"
    file.write_text(HEAD + "".join(f"2010-07-15T{h:02}:00,21\n" for h in range(24)))
    assert degrees(answer("--csv", file, "--steps", "20"), "network") == [21.0, 21.0]


def test_a_time_beyond_the_hours_seen_is_warned_of():
    assert "Warning" in answer(*QUICK, "--at", "23:30")
    assert "Warning" not in answer(*QUICK, "--at", "22:30")


def test_the_band_opens_beyond_the_hours_seen_and_in_gaps():
    module = load("02_temperature.py")
    options = argparse.Namespace(neurons=4, starts=3, seed=0, benchmark=True)
    hours = np.array([h for h in range(23) if not 9 < h < 14], float)
    fit = module.Fit(hours, 15 + 5 * np.sin(hours / 4) + 0.05 * np.cos(9 * hours), options, literal=False)
    inside, gap = fit.deviation(5.5)[0], fit.deviation(11.5)[0]
    beyond = fit.deviation([22, 23, 24, 30, 36])
    assert inside < gap
    assert inside < beyond[1]
    assert np.all(np.diff(beyond) > 0)
    assert beyond[-1] > 3


def test_a_file_of_a_service_is_answered():
    for form, options in (("sentinels", []), ("semicolons", ["--at", "13:45"]), ("fahrenheit", ["--unit", "F"])):
        output = answer(*QUICK, EXAMPLES / "data" / "forms" / f"{form}.csv", *options)
        assert degrees(output, "network")[0] == pytest.approx(degrees(output, "natural cubic spline")[0], abs=0.5)
        assert ("Line 6 left out: -9999" in output) == (form == "sentinels")


def test_the_spline_is_the_natural_one():
    module = load("02_temperature.py")
    hours = np.arange(24.0)
    line, values = 3 * hours - 2, np.sin(hours / 4)
    assert np.allclose(module.natural_spline(line)([0, 13.75, 23, 36]), [-2, 39.25, 67, 106])
    spline = module.natural_spline(values)
    assert np.allclose(spline(hours), values)
    h = 1e-3  # no jump in the first two derivatives at the knots, no curvature at the ends
    for knot in (1.0, 12.0, 22.0):
        left, right = spline(knot - h * np.arange(4)), spline(knot + h * np.arange(4))
        assert (left[0] - left[1]) / h == pytest.approx((right[1] - right[0]) / h, abs=1e-3)
        assert left[0] - 2 * left[1] + left[2] == pytest.approx(right[0] - 2 * right[1] + right[2], abs=1e-8)
    ends = spline(h * np.arange(3)), spline(23 - h * np.arange(3))
    assert all(abs(e[0] - 2 * e[1] + e[2]) < 1e-8 for e in ends)


HEAD = "time,temperature_c\n"
WRONG = {
    "no column": ("time,pressure\n2010-07-15T00:00,1\n", [], ["line 1", "--temperature"]),
    "no number": (HEAD + "2010-07-15T00:00,1\n2010-07-15T01:00,warm\n", [], ["line 3", "'temperature_c'", "'warm'"]),
    "nan": (HEAD + "2010-07-15T00:00,nan\n", [], ["line 2", "'temperature_c'", "no observations"]),
    "no time": (HEAD + "yesterday,1\n", [], ["line 2", "'time'", "'yesterday'"]),
    "short line": (HEAD + "2010-07-15T00:00\n", [], ["line 2", "'temperature_c'"]),
    "empty file": ("", [], ["line 1", "'time'"]),
    "no rows": (HEAD, [], ["line 2", "'time'"]),
    "an hour twice": (HEAD + "2010-07-15T00:00,1\n2010-07-15T00:00,2\n", [], ["line 3", "'time'", "at least 6"]),
    "missing hours": (HEAD + "2010-07-15T00:00,1\n2010-07-15T02:00,2\n", [], ["line 3", "'time'", "at least 6"]),
    "unknown day": (HEAD + "2010-07-15T00:00,1\n", ["--day", "2011-01-01"], ["line", "'time'", "2011-01-01"]),
    "decimal comma": (HEAD + "2010-07-15T00:00,3,9\n", [], ["line 2", "decimal comma"]),
    "the end of time": (HEAD + "".join(f"9999-12-31T{h:02}:00,1\n" for h in range(24)), [], ["next day"]),
    "no day to judge": (HEAD + "2010-12-20T00:00,1\n", ["--benchmark"], ["line"]),
    "binary": ("\x00\x01\x80", [], ["not a CSV text file"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_told_by_name_line_and_column(what, tmp_path):
    content, options, words = WRONG[what]
    file = tmp_path / "hours.csv"
    file.write_bytes(content.encode("latin-1"))
    done = run("02_temperature.py", "--csv", file, *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in ["hours.csv", *words])


@pytest.mark.parametrize(
    "options",
    [
        ["--csv", "absent.csv"],
        ["absent.csv"],
        ["one.csv", "--csv", "another.csv"],
        ["--at", "25:00"],
        ["--day", "x"],
        ["--neurons", "0"],
        ["--seed", "-1"],
        [*QUICK, "--plot", "absent/a.png"],
        [*QUICK, "--diagram", "absent/a.svg"],
        [*QUICK, "--diagram", "a.gif"],
    ],
)
def test_a_wrong_option_is_told_without_a_traceback(options):
    done = run("02_temperature.py", *options)
    assert done.returncode == 2
    assert options[-1] in done.stderr
    assert "Traceback" not in done.stderr


def test_an_operation_is_declared():
    done = run("03_own_operation.py")
    assert done.returncode == 0, done.stderr
    assert "a rule does not agree" in done.stdout


def test_finite_differences_are_as_good_as_theory_says(tmp_path):
    done = run("04_finite_differences.py", tmp_path)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(float\d\d) +(\w+) +(\S+) +(\S+) +(\S+) +(\S+)$", done.stdout, re.MULTILINE)
    assert len(rows) == 8
    for _, _, step, step_in_theory, error, error_in_theory in rows:
        assert float(error) < float(error_in_theory)
        assert 1 / 30 < float(step) / float(step_in_theory) < 30
    claimed, off = re.search(r"ag.numerical_derivative: \S+ \+- (\S+); it is off by (\S+)\.$", done.stdout, re.MULTILINE).groups()
    assert float(off) <= float(claimed) < 1e-9
    assert (tmp_path / "finite_differences.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_told():
    done = run("04_finite_differences.py", "absent")
    assert done.returncode != 0
    assert "there is no folder absent" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_planted_mistake_is_found():
    done = run("05_planted_mistake.py")
    assert done.returncode == 0, done.stderr
    wrong, right = done.stdout.split("And with a sum in place of the mean?")
    assert "Is the gradient right? False" in wrong
    assert "b1" in wrong.split("False")[1]
    assert right.startswith(" True")
    assert done.stdout.rstrip().endswith("autograd_lite? True")


def test_training_on_workers_is_the_same_or_what_is_missing_is_told():
    done = run("11_data_parallel.py", "--quick", "--width", "8")
    if importlib.util.find_spec("distributed") is None:
        assert done.returncode == 1
        assert done.stderr.strip().endswith("pip install 'autograd-lite[parallel]'.")
        return
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"relative difference (\S+),", done.stdout)[1]) < 1e-12
    alone, shared = re.findall(r"^  (?:in this process|on 2 workers) +(\S+) +(\S+) +(\S+) C", done.stdout, re.MULTILINE)
    assert alone == shared
    assert float(shared[1]) < float(shared[0])


def test_two_moons_are_parted(tmp_path):
    done = run("07_two_moons.py", "--quick", "--plot", tmp_path / "moons.png")
    assert done.returncode == 0, done.stderr
    steps, trained, new = re.search(r"^ +0 +(\d+) +(\S+)% +(\S+)%$", done.stdout, re.MULTILINE).groups()
    assert int(steps) < 500
    assert float(trained) == 100
    assert float(new) >= 98
    assert (tmp_path / "moons.png").read_bytes().startswith(b"\x89PNG")


def test_digits_are_read(tmp_path):
    done = run("08_digits.py", "--quick", "--plot", tmp_path / "digits.png")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\S+, shifted images|\S+) +(\d+) +(\S+)% +(\S+)% +(\S+)% ", done.stdout, re.MULTILINE)
    assert [int(weights) for _, weights, *_ in rows] == [9610, 9610, 9930]
    assert all(float(mean) > 90 for _, _, mean, *_ in rows)
    assert float(rows[2][2]) > float(rows[1][2])
    assert (tmp_path / "digits.png").read_bytes().startswith(b"\x89PNG")


def test_the_digits_are_scikit_learns():
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn packages the digits")
    theirs = datasets.load_digits()
    with np.load(EXAMPLES / "data" / "digits.npz") as ours:
        assert ours["images"].dtype == ours["labels"].dtype == np.uint8
        assert np.array_equal(ours["images"], theirs.images)
        assert np.array_equal(ours["labels"], theirs.target)


def test_shifts_move_images_and_are_for_training_alone():
    shift = load("08_digits.py").Shift(np.random.default_rng(0))
    image = np.zeros((200, 8, 8))
    image[:, 3, 4] = 1
    moved = shift(image)
    assert {(i, j) for _, i, j in np.argwhere(moved)} == {(i, j) for i in (2, 3, 4) for j in (3, 4, 5)}
    assert np.all(moved.sum(axis=(1, 2)) == 1)
    assert shift.eval()(image) is image


def test_names_are_spelt(tmp_path):
    done = run("09_names.py", "--quick", "--plot", tmp_path / "names.png")
    assert done.returncode == 0, done.stderr
    cost = {name: float(bits) for name, bits in re.findall(r"^([\w -]+?) +(\d\.\d+)[ ,]", done.stdout, re.MULTILINE)}
    assert cost["nothing known"] == pytest.approx(np.log2(27), abs=1e-3)
    assert cost["5-grams"] < 2.75 < cost["trigrams"] < 3.05
    assert cost["GRU"] < cost["bigrams"] - 0.2  # two epochs; after twenty it is below all tables
    invented = re.search(r"are not in the list: (.*)\.$", done.stdout, re.MULTILINE)[1].split(", ")
    assert not set(invented) & set((EXAMPLES / "data" / "names.txt").read_text().split())
    assert (tmp_path / "names.png").read_bytes().startswith(b"\x89PNG")


def test_tables_of_names_give_probabilities():
    names = load("09_names.py")
    for order in (1, 3, 5):
        table = names.KneserNey(["ann", "anna", "nan"], order)
        for past in (".", ".a", ".an", ".ann", ".zz", ".na"):
            shares = [table.probability(past, character, 0.7) for character in names.CHARACTERS]
            assert min(shares) > 0
            assert sum(shares) == pytest.approx(1)
    assert np.allclose(
        table.bits(["ann"]), -sum(np.log2(table.probability(".ann"[:i], ".ann."[i], table.discount)) for i in range(1, 5))
    )


def test_a_model_of_names_sees_only_what_came_before():
    names = load("09_names.py")
    read, said = names.encoded(["ann", "zoe"])
    assert [names.CHARACTERS[k] for k in read[0, :4]] == [".", "a", "n", "n"]
    assert [names.CHARACTERS[k] for k in said[0, :4]] == ["a", "n", "n", "."]
    assert np.all(said[:, 4:] == -100)
    model = names.Speller(0).eval()
    later = read.copy()
    later[:, 3:] = 5
    assert np.allclose(model(read).data[:, :3], model(later).data[:, :3])
    one_by_one = [names.bits(model, [name])[0] for name in ("ann", "zoe")]
    assert np.allclose(names.bits(model, ["ann", "zoe"]), one_by_one)


def test_a_differential_equation_is_solved(tmp_path):
    done = run("10_oscillator.py", "--quick", "--plot", tmp_path / "wave.png")
    assert done.returncode == 0, done.stderr
    after_adam, after_lbfgs = re.search(r"^ +0 +(\S+) +(\S+) +\S+$", done.stdout, re.MULTILINE).groups()
    assert float(after_lbfgs) < 1e-3 < float(after_adam)
    assert (tmp_path / "wave.png").read_bytes().startswith(b"\x89PNG")


STATISTICS = {
    "13_gaussian_process.py": r"found +\S+ +\S+ +\S+ +(\S+)",
    "14_kalman_filter.py": r"error of measuring +1\.500 +1\.000 +(1\.\d+) ",
    "15_standard_errors.py": r"log spread +1\.\d+ +(0\.0\d+)",
}


@pytest.mark.parametrize("script", STATISTICS)
def test_a_statistical_model_is_fitted(script, tmp_path):
    done = run(script, "--quick", "--plot", tmp_path / "picture.png")
    assert done.returncode == 0, done.stderr
    assert re.search(STATISTICS[script], done.stdout), done.stdout
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_networks_at_their_defaults_learn_what_a_line_cannot_and_no_noise():
    done = run("18_estimators.py", "--quick")
    assert done.returncode == 0, done.stderr
    found = {name.strip(): float(score) for name, score in re.findall(r"^(\w.{16}) +(-?\d\.\d{3}) ", done.stdout, re.MULTILINE)}
    assert len(found) == 6
    assert found["xor"] == 1
    assert min(found[name] for name in ("sine, 10 rows", "line, 3 rows", "circles")) > 0.95
    assert -0.15 < found["noise"] < 0.1
    assert ("scikit-learn is not installed" in done.stdout) != ("MLP" in done.stdout)


def test_an_object_is_found_from_brightness_alone(tmp_path):
    done = run("17_phase_retrieval.py", "--quick", "--plot", tmp_path / "picture.png")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) < 1e-5
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


PICTURED = ["07_two_moons.py", "08_digits.py", "09_names.py", "10_oscillator.py", *STATISTICS]


@pytest.mark.parametrize("script", PICTURED)
@pytest.mark.parametrize("file", ["absent/a.png", "a.txt"])
def test_a_picture_that_cannot_be_written_is_told_before_the_work(script, file):
    done = run(script, "--plot", file)
    assert done.returncode == 2
    assert file in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("script", ["07_two_moons.py", "08_digits.py"])
def test_without_the_optional_packages_there_are_the_numbers(script, tmp_path):
    """matplotlib and tqdm are hidden by empty ones; the script says what is missing, and ends well."""
    for package in ("matplotlib", "tqdm"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('hidden')")
    done = run(script, "--quick", "--plot", tmp_path / "a.png", path=[tmp_path])
    assert done.returncode == 0, done.stderr
    assert "autograd-lite[plot]" in done.stdout
    assert not (tmp_path / "a.png").exists()


def test_the_benchmarks_run():
    output = answer("--benchmark", "--steps", "2", "--starts", "1")
    network, worst = map(float, re.search(r"usual formula, Levenberg-Marquardt +(\S+) / *(\S+)$", output, re.MULTILINE).groups())
    assert network < 0.15
    assert worst < 1
    assert 60 < float(re.search(r"the 90 % band holds (\S+) %", output)[1]) < 99
    medians = dict(re.findall(r"^(\w+ formula, [A-Z]\w+).*?(\d\.\d+) /", output, re.MULTILINE))
    assert list(medians) == [
        f"{formula} formula, {method}" for formula in ("usual", "literal") for method in ("Levenberg", "Adam")
    ]
    assert float(medians["usual formula, Levenberg"]) < 0.1 < float(medians["usual formula, Adam"])
    done = run("benchmark.py", "import", "b", "h")
    assert done.returncode == 0, done.stderr
    assert "autograd_lite + nn" in done.stdout
    assert re.search(r"^  autograd_lite \+ nn +\d+\.\d\d ms ", done.stdout, re.MULTILINE)
    arrays = dict(re.findall(r"^  (autograd_lite|the same, compiled) +(\d+\.\d\d)  ", done.stdout, re.MULTILINE))
    if arrays:  # on Linux
        assert float(arrays["autograd_lite"]) < 9.5
        assert float(arrays["the same, compiled"]) < 1.5 + (np.lib.NumpyVersion(np.__version__) < "2.3.0")


@pytest.fixture(scope="module")
def forecast():
    return load("06_forecast.py")


def test_no_hour_is_both_learnt_from_and_judged(forecast):
    data = forecast.windows_of(*forecast.read_series())

    def hours_of(windows):
        return np.unique(data.now[windows][:, None] + np.arange(1 - forecast.PAST, forecast.AHEAD + 1) * forecast.HOUR)

    blocks = forecast.blocks_of(data.now, data.now[0])
    for judged in ([blocks[0]], [blocks[11]], [blocks[-1]], blocks[3:20:4], blocks[20:]):
        learnt, inside = hours_of(~data.touches(judged)), hours_of(data.inside(judged))
        assert len(learnt) > 5000
        assert len(inside) > 200
        assert not np.isin(learnt, inside).any()
        for hours, within in ((inside, True), (learnt, False)):
            assert np.all(np.any([(hours >= start) & (hours < end) for start, end in judged], axis=0) == within)


def test_what_is_judged_changes_nothing_that_is_learnt(forecast):
    times, celsius = forecast.read_series()
    blocks = forecast.blocks_of(times, times[0])
    start, end = judged = blocks[11]
    other = celsius.copy()
    other[(times >= start) & (times < end)] += np.random.default_rng(0).normal(0, 5, np.sum((times >= start) & (times < end)))
    first, second = (
        forecast.Forecaster(forecast.windows_of(times, series), blocks, [judged], parts=2, seeds=1) for series in (celsius, other)
    )
    x = forecast.windows_of(times, celsius).x[::100]
    assert np.array_equal(first(x), second(x))
    assert np.array_equal(first.ridge(x), second.ridge(x))
    assert np.array_equal([first.low, first.high], [second.low, second.high])


def test_the_hours_forecast_follow_the_hours_known(forecast):
    class Same:  # forecasts no change
        low = high = np.zeros(forecast.AHEAD)
        ridge = __call__ = staticmethod(lambda x: np.zeros((len(x), forecast.AHEAD)))

    times = np.datetime64("2013-05-01T00", "h") + np.arange(400) * forecast.HOUR
    data = forecast.windows_of(times, np.arange(400.0))  # a degree more each hour
    verdicts = forecast.judge(data, Same(), (times[0], times[-1]))
    persistence, yesterday, ridge, network = verdicts.errors.mean(axis=0)
    assert np.allclose([persistence, ridge, network], np.arange(1, 25))
    assert np.allclose(yesterday, 24)


def test_the_clock_is_put_right(forecast):
    times, celsius = forecast.read_series()
    shown = [line.split(",")[0] for line in (EXAMPLES / "data" / "jfk-2013.csv").read_text().split()[1:]]
    clocks = forecast.clock(times)
    assert len(shown) == len(times) + 1  # the hour in which the thermometer erred is left out
    assert set(np.array(shown, "datetime64[h]")) - set(clocks) == {np.datetime64("2013-05-08T22", "h")}
    assert np.diff(times).min() == forecast.HOUR
    spring = times[np.searchsorted(clocks, np.datetime64("2013-03-10T01")) :][:2]
    assert np.diff(spring) == forecast.HOUR  # the clock went from 1 to 3
    evenings = forecast.standard(np.array(["2013-03-08T23", "2013-03-09T23", "2013-07-15T23", "2013-11-02T23"], "datetime64[h]"))
    assert forecast.hours_to_noon(evenings).tolist() == [13, 12, 13, 14]


def test_the_interval_is_that_of_the_mean_of_blocks(forecast):
    rng = np.random.default_rng(0)
    means, block = rng.normal(0, 1, 200), np.repeat(np.arange(200), 30)
    low, high = forecast.interval(means[block], block, 2000)  # 6,000 values, but only 200 that are independent
    assert (high - low) / (2 * 1.96 * means.std() / 200**0.5) == pytest.approx(1, abs=0.05)
    assert low < means.mean() < high


def test_the_forecast_is_honest_about_what_it_gains(tmp_path):
    plot = tmp_path / "forecast.png"
    done = run("06_forecast.py", "--quick", "--plot", plot)
    assert done.returncode == 0, done.stderr
    year, hard = re.split(r"The hard case", done.stdout)
    row = r"^1 to 24 +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) \[(\S+), (\S+)\] +(\S+) \[(\S+), (\S+)\]  (.+)$"
    for part, gain in ((year, -0.2), (hard, -0.5)):
        *numbers, word = re.search(row, part, re.MULTILINE).groups()
        persistence, yesterday, ridge, network, less, low, high, less_ridge, low_ridge, high_ridge = map(float, numbers)
        assert network < yesterday < persistence or network < persistence < yesterday
        assert less == pytest.approx(network - yesterday, abs=2e-3)
        assert less_ridge == pytest.approx(network - ridge, abs=2e-3)
        assert low < less < high < gain
        assert low_ridge < less_ridge < high_ridge < 0.06
        assert word == ("better" if high_ridge < 0 else "no difference shown")
        assert re.search(rf"less ridge: \S+ %, {word};", part)
        assert re.search(r"^ +24 .*$", part, re.MULTILINE)[0].endswith("no difference shown")
        assert "are rough themselves" in part
    assert re.search(r"network +\S+ C, with 90 % between \S+ and \S+ C", hard)
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("option", "value"), [("--day", "x"), ("--day", "2013-10-25"), ("--plot", "absent/a.png")])
def test_a_forecast_that_cannot_be_made_is_told(option, value):
    done = run("06_forecast.py", "--quick", option, value)
    assert done.returncode == 2
    assert f"{option} {value}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_vector_for_scipy_has_the_gradient_and_the_hessian_of_the_chain():
    chain = load("12_minimise.py")
    given_to_scipy, vector, unravel = chain.for_scipy(chain.energy, chain.start())
    assert given_to_scipy["fun"](vector) == chain.energy(chain.start())
    assert ag.check_gradients(given_to_scipy["fun"], vector, gradient=lambda x, g: g * given_to_scipy["jac"](x)).ok
    hessian = ag.hessian(given_to_scipy["fun"])(vector)
    v = np.linspace(-1, 1, len(vector))
    assert np.allclose(given_to_scipy["hessp"](vector, v), hessian @ v)
    assert np.array_equal(unravel(vector)["y"], chain.start()["y"])


def test_scipy_finds_the_chain_at_rest_or_the_example_says_what_to_install():
    done = run("12_minimise.py")
    if importlib.util.find_spec("scipy") is None:
        assert done.returncode == 1
        assert "python -m pip install scipy" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        rows = re.findall(r" (\d+) +(\d+) +(\d+) +-27\.0930\d+ +(\S+)$", done.stdout, re.MULTILINE)
        assert len(rows) == 3
        assert int(rows[0][0]) > 10 * int(rows[1][0])  # values alone take many calls
        assert float(rows[2][3]) < 1e-3


def test_the_program_of_a_step_is_explained_and_runs_alone():
    done = run("16_the_program.py")
    assert done.returncode == 0, done.stderr
    assert "to the last bit: True" in done.stdout
    body = done.stdout.partition("# forward")[2].partition("return step")[0]
    calls = [line for line in body.splitlines() if "(" in line and not line.strip().startswith("#")]
    assert len(calls) > 20
    assert all(" <- " in line for line in calls)


@pytest.mark.parametrize("ending", ["html", "svg", "dot"])
def test_the_watched_pass_is_told_and_drawn(tmp_path, ending):
    done = run("19_watching.py", "--page", tmp_path / f"graph.{ending}")
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())  # without the breaks of lines
    assert "at 19_watching.py:" in told
    assert "the sum of its 2 contributions so far is" in told
    assert "backward of arccos, at 19_watching.py:" in told
    assert "made the first nan or inf: -inf at index ()" in told
    before, after = map(float, re.findall(r"was (\S+), and is (\S+)$", told)[0])
    assert after < before
    module = load("19_watching.py")
    weights = module.network()
    module.loss_of(**weights).backward()
    assert f"gradient [{weights['b2'].grad[0]:.5g}]" in told
    assert "w2" in (tmp_path / f"graph.{ending}").read_text(encoding="utf-8")

"""The examples run, answer what they promise, and say what is wrong with a wrong input."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
QUICK = ["--steps", "200", "--starts", "1"]


def run(script, *options):
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *map(str, options)], capture_output=True, text=True, env=environment, check=False
    )


def answer(*options):
    done = run("02_temperature.py", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def degrees(output, what):
    return [float(x) for x in re.findall(rf"{what} +(-?\d+\.\d+) C", output)]


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
    output = answer("--plot", plot)
    error = float(re.search(r"training error (\S+) C", output)[1])
    assert error <= 0.10
    (network, noon), (spline,) = degrees(output, "network"), degrees(output, "natural cubic spline")
    assert network == pytest.approx(spline, abs=0.1)
    assert noon == pytest.approx(degrees(output, "same as today")[0], abs=0.1)
    assert "At hour 36" in output
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_answer():
    first, second, other = (degrees(answer(*QUICK, "--seed", seed), "network") for seed in (3, 3, 4))
    assert first == second != other


def test_the_literal_formula_is_answered_too():
    output = answer("--literal", "--steps", "3000", "--starts", "2")
    assert float(re.search(r"training error (\S+) C", output)[1]) < 0.5


def test_a_time_beyond_the_hours_seen_is_warned_of():
    assert "Warning" in answer(*QUICK, "--at", "23:30")
    assert "Warning" not in answer(*QUICK, "--at", "22:30")


def test_the_spline_is_the_natural_one():
    import importlib.util

    import numpy as np

    spec = importlib.util.spec_from_file_location("temperature", EXAMPLES / "02_temperature.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["temperature"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
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
    "no column": ("time,celsius\n2010-07-15T00:00,1\n", [], ["line 1", "'temperature_c'"]),
    "no number": (HEAD + "2010-07-15T00:00,1\n2010-07-15T01:00,warm\n", [], ["line 3", "'temperature_c'", "'warm'"]),
    "nan": (HEAD + "2010-07-15T00:00,nan\n", [], ["line 2", "'temperature_c'", "finite"]),
    "no time": (HEAD + "yesterday,1\n", [], ["line 2", "'time'", "'yesterday'"]),
    "short line": (HEAD + "2010-07-15T00:00\n", [], ["line 2", "'temperature_c'"]),
    "empty file": ("", [], ["line 1", "'time'"]),
    "no rows": (HEAD, [], ["line 2", "'time'"]),
    "an hour twice": (HEAD + "2010-07-15T00:00,1\n2010-07-15T00:00,2\n", [], ["line 3", "'time'", "line 2"]),
    "missing hours": (HEAD + "2010-07-15T00:00,1\n2010-07-15T02:00,2\n", [], ["line 2", "'time'", "1:00"]),
    "unknown day": (HEAD + "2010-07-15T00:00,1\n", ["--day", "2011-01-01"], ["line", "'time'", "2011-01-01"]),
    "decimal comma": (HEAD + "2010-07-15T00:00,3,9\n", [], ["line 2", "decimal comma"]),
    "time zone": (HEAD + "2010-07-15T00:00Z,3\n", [], ["line 2", "'time'", "time zone"]),
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
        ["--at", "25:00"],
        ["--day", "x"],
        ["--neurons", "0"],
        ["--seed", "-1"],
        [*QUICK, "--plot", "absent/a.png"],
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


def test_the_benchmarks_run():
    assert "usual formula" in answer("--benchmark", "--steps", "2", "--starts", "1")
    done = run("benchmark.py", "b")
    assert done.returncode == 0, done.stderr
    assert "autograd_lite + nn" in done.stdout

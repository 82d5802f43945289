"""The path of `examples/`: its steps are short, they run, and each ends in the numbers that it promises."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import reading_order

EXAMPLES = Path(__file__).parents[2] / "examples"
INDEX = (EXAMPLES / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^\| \d+ \| \[(\w+\.py)\]", INDEX, re.MULTILINE)
ENDS = {  # what each prints at the end; a number that stands for two is named, `small` and `less` are errors
    "00a_chain_rule_by_hand.py": r"by at most (?P<small>\S+), the error of the nudging\n.*ag.grad.*: (?P<less>\S+)$",
    "00b_a_graph_grows.py": r"5 rounds +16 +(?P<a>\S+) +(?P<b>\S+)\n.*: +(?P=a) +(?P=b)\n",
    "00c_the_diamond.py": r"finds 1, the patient one 2\n.* (?P<ways>\d+) ways, 61 nodes: the derivative is (?P=ways)$",
    "00d_broadcasting.py": r"rows: \[(?P<sum>.*)\]\nthe gradient of the bias: \[(?P=sum)\]$",
    "00e_masks.py": r"(?s)by hand: +\[ *nan 0.25\].*the library: +\[0. +0.25\].*add up to 0\):.*\[ 1.6 -0.8\]\]$",
    "00f_derivatives_of_derivatives.py": r"(?s)function: -3.16\d+\n.*    8   +0.60\d+   (?P<small>\S+)$",
}


def test_the_index_leads_through_the_steps():
    numbers = re.findall(r"^\| (\d+) \| \[", INDEX, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert set(ENDS) < set(STEPS)
    assert len(STEPS) >= 12


def test_the_index_names_every_example():
    for path in EXAMPLES.glob("*.py"):
        assert path.name in INDEX


@pytest.mark.parametrize("script", STEPS)
def test_a_step_is_short(script):
    """Below 80 lines of code. Options, pictures and words of the main job stand beside it."""
    assert reading_order.code_lines(EXAMPLES / script) < 80


@pytest.mark.parametrize("script", STEPS)
def test_a_step_builds_on_steps_before_it(script):
    """What its docstring refers to has been read."""
    tree = ast.parse((EXAMPLES / script).read_text(encoding="utf-8"))
    named = set(re.findall(r"\b\d\d\w?_\w+\.py", ast.get_docstring(tree))) - {script}
    assert named <= set(STEPS[: STEPS.index(script)])


@pytest.mark.parametrize("script", ENDS)
def test_a_step_ends_in_its_numbers(script):
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, EXAMPLES / script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = re.search(ENDS[script], done.stdout.rstrip())
    assert found, done.stdout
    for name, number in found.groupdict().items():
        if name in ("small", "less"):
            assert abs(float(number)) < {"small": 1e-3, "less": 1e-15}[name]

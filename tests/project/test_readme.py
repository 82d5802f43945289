"""What README.md says is true: its code runs, its line counts are right, its commands are the ones the gate runs."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COUNTS = re.findall(r"^\| `([\w/.]+)` \| (\d+) \|", README, re.MULTILINE)


def test_its_code_prints_what_it_shows():
    code = "\n".join(re.findall(r"```python\n(>>>.*?)```", README, re.DOTALL))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL)
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 20
    assert runner.run(test).failed == 0


@pytest.mark.parametrize(("path", "lines"), COUNTS)
def test_its_line_counts_are_right(path, lines):
    files = sorted((ROOT / path).glob("*.py")) if path.endswith("/") else [ROOT / path]
    assert int(lines) == sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def test_its_reading_order_leaves_no_source_out():
    named = {path for path, _ in COUNTS}
    sources = [p.relative_to(ROOT).as_posix() for package in ("autograd_lite", "nn") for p in (ROOT / package).glob("*.py")]
    assert {s for s in sources if not s.endswith("__init__.py")} <= named


def test_the_gate_runs_its_commands():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python examples/02_temperature.py", "python -m pytest"):
        assert f"&& {command}\n" in README
        assert f"\n{command}\n" in gate

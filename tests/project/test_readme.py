"""README.md is true: its code runs, its line counts are right, its commands are the ones the gate runs."""

import doctest
import re
from pathlib import Path

from tests.project import reading_order

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_code_prints_what_it_shows():
    code = "\n".join(re.findall(r"```python\n(>>>.*?)```", README, re.DOTALL))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL)
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 20
    assert runner.run(test).failed == 0


def test_its_reading_order_is_the_one_generated():
    """`python -m tests.project.reading_order` writes it anew."""
    assert reading_order.table() in README


def test_its_reading_order_leaves_no_source_out():
    listed = {path.rstrip("/") for path in re.findall(r"^\| `([\w/.]+)` \|", README, re.MULTILINE)}
    for package in ("autograd_lite", "nn"):
        for path in (ROOT / package).rglob("*.py"):
            place = path.relative_to(ROOT)
            if place.name != "__init__.py":
                assert {place.as_posix(), *(folder.as_posix() for folder in place.parents)} & listed


def test_the_core_is_small():
    """Reverse mode at any order takes at most 700 lines of code."""
    (lines,) = [int(found) for found in re.findall(r"^\| \*\*core\*\* \| \*\*(\d+)\*\* \|", README, re.MULTILINE)]
    assert lines == sum(reading_order.code_lines(ROOT / "autograd_lite" / file) for file in reading_order.CORE) <= 700


def test_the_gate_runs_its_commands():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python examples/02_temperature.py", "python -m pytest"):
        assert f"&& {command}\n" in README
        assert f"\n{command}\n" in gate

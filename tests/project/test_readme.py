"""README.md is true: its code runs, its line counts are right, its commands are the ones the gate runs."""

import doctest
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite as ag
import nn
from tests.project import reading_order

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


PAGES = ["README.md", *sorted(f"examples/{path.name}" for path in (ROOT / "examples").glob("*.md"))]
LEAST = {"README.md": 20, "examples/coming_from.md": 8, "examples/when_it_does_not_work.md": 60}  # lines of code


def blocks(page):
    """The pieces of code on a page that show what they print."""
    return re.findall(r"^```(?:python|pycon)\n(>>>.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)])
def test_its_code_prints_what_it_shows(page):
    code = "\n".join(blocks(page))
    assert len(doctest.DocTestParser().get_examples(code)) > LEAST.get(page, 0)
    run = (
        "import sys, doctest as d; flags = d.ELLIPSIS | d.NORMALIZE_WHITESPACE;"
        "test = d.DocTestParser().get_doctest(sys.stdin.read(), {}, 'page', 'page', 0);"
        "sys.exit(d.DocTestRunner(optionflags=flags).run(test).failed)"
    )  # in a process of its own: the second door makes arrays as long as no Tensor of another test requires grad
    done = subprocess.run([sys.executable, "-c", run], input=code, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_of_messages_has_twenty():
    messages = "".join(blocks("examples/when_it_does_not_work.md")).count("Traceback (most recent call last):")
    numbers = re.findall(r"^### (\d+)\. ", (ROOT / "examples/when_it_does_not_work.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert messages >= 20
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def anchor(heading):
    """The address of a heading within its page, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", re.sub(r"`[^`]*`", "", text))
    for link in (first or second for first, second in links):
        path, _, place = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if place:
            assert place in map(anchor, re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)), link
    for file in re.findall(r"`(?:examples/)?([\w/]+\.(?:py|md|ipynb))`", text):
        places = [ROOT / "examples" / file, ROOT / file, reading_order.ROOT / file, reading_order.ROOT / "autograd_lite" / file]
        assert any(place.exists() for place in places), file


def test_the_readme_is_short_and_its_pictures_are_small():
    assert len(README.splitlines()) < 200
    pictures = list((ROOT / "examples" / "pictures").iterdir())
    assert {path.name for path in pictures} == {
        f"{what}_{theme}.png" for what in ("show", "network") for theme in ("light", "dark")
    }
    assert sum(path.stat().st_size for path in pictures) < 300_000


def test_the_names_that_the_page_of_names_gives_are_there():
    text = (ROOT / "examples" / "coming_from.md").read_text(encoding="utf-8")
    homes = {"ag": ag, "nn": nn}
    names = {
        found
        for row in re.findall(r"^\|.*\| (.*) \|$", text, re.MULTILINE)
        for found in re.findall(r"\b(ag|nn)((?:\.\w+)+)", row)
    }
    assert len(names) >= 20
    for home, path in names:
        functools.reduce(getattr, path[1:].split("."), homes[home])


def test_its_reading_order_is_the_one_generated():
    """`python -m tests.project.reading_order` writes it anew."""
    for page, table in reading_order.TABLES.items():
        assert table in page.read_text(encoding="utf-8")


def test_its_reading_order_leaves_no_source_out():
    text = reading_order.PAGE.read_text(encoding="utf-8")
    listed = {path.rstrip("/") for path in re.findall(r"^\| `([\w/.]+)` \|", text, re.MULTILINE)}
    for package in ("autograd_lite", "nn"):
        paths = list((reading_order.ROOT / package).rglob("*.py"))
        assert len(paths) > 30
        for path in paths:
            place = path.relative_to(reading_order.ROOT)
            if place.name != "__init__.py":
                assert {place.as_posix(), *(folder.as_posix() for folder in place.parents)} & listed


def test_the_core_is_small():
    """Reverse mode at any order takes at most 700 lines of code."""
    (lines,) = [int(found) for found in re.findall(r"^\| \*\*core\*\* \| \*\*(\d+)\*\* \|", README, re.MULTILINE)]
    files = [reading_order.ROOT / "autograd_lite" / file for file in reading_order.CORE]
    assert lines == sum(map(reading_order.code_lines, files)) <= 700


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "examples" / "changelog.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)$", text, re.MULTILINE)
    assert versions[0] == ag.__version__
    assert versions == sorted(versions, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def test_the_gate_runs_its_commands():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("python examples/02_temperature.py", "python -m pytest"):
        assert f"&& {command}\n" in README
        assert f"\n{command}\n" in gate

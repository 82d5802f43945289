"""The order in which to read the sources, which is the order in which they import each other, as a table.

`python -m tests.project.reading_order` writes the core's part into README.md, and all of it into examples/reading_the_sources.md;
a test holds both there.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import autograd_lite as ag

README = Path(__file__).parents[2] / "README.md"
PAGE = README.parent / "examples" / "reading_the_sources.md"
ROOT = Path(ag.__file__).parents[1]  # where both packages are: elsewhere than README when the wheel is tested

# autograd_lite, as the table lists it: a heading, then its files, or folders for all their files that are not named already
CORE = (
    "functions.py", "rules/row.py", "rules/elementwise.py", "graph.py", "engine.py", "primitive.py", "tensor.py",
)  # fmt: skip
BESIDE = (
    "speed/memory.py", "shortcuts.py", "notebook.py", "rules/accurate.py", "safety/callers.py", "safety/layouts.py",
    "safety/modes.py",
    "several.py", "safety/running.py", "safety/stale.py", "safety/operands.py", "safety/masks.py", "safety/views.py",
    "safety/declarations.py", "speed/buffers.py", "speed/recorder.py", "array/in_place.py", "array/packed.py",
    "array/dispatch.py", "array/live.py", "array/writing.py", "array/indexing.py", "array/methods.py", "array/habits.py",
    "array/comparisons.py", "array/conversions.py", "array/copies.py", "speed/silence.py", "plain_pass.py",
)  # fmt: skip
MORE = ("rules/", "transforms/", "compiled/", "numpy/", "numerical/", "check/", "declare.py", "coverage.py", "scipy/",
    "strategies/", "seeing/",
)  # fmt: skip

SUMS = {
    "core": "reverse-mode differentiation of arrays, to any order",
    "beside the core": "whatever makes it complete, safe or fast: to be skipped at first",
    "on top": "the rest of calculus, functions of functions, and doubt",
    "nn": "networks, built from the public names of `autograd_lite`",
}


def docstring(path):
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def named_files(folder):
    """The files of `nn` in the order that the docstrings of its packages give; folders are not opened."""
    return re.findall(r"`(\w+\.py|\w+/)`", docstring(ROOT / folder / "__init__.py"))


def code_lines(path):
    """The number of lines without docstrings, comments and blanks."""
    source = path.read_text(encoding="utf-8")
    documented = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)) and ast.get_docstring(node):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in layout]
    return len({line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - documented)


def sentence(path):
    """The first sentence of a file, as a cell of the table."""
    first = docstring(path).splitlines()[0].rstrip(".:")
    return first.replace("|", "\\|")


def rows():
    """The rows of the table: (cell, lines, sentence)."""
    seen = set()
    sections = [("core", "autograd_lite", CORE), ("beside the core", "autograd_lite", BESIDE), ("on top", "autograd_lite", MORE)]
    for heading, package, names in [*sections, ("nn", "nn", named_files("nn"))]:
        found = []
        for name in names:
            path = ROOT / package / name
            files = [file for file in (sorted(path.rglob("*.py")) if name.endswith("/") else [path]) if file not in seen]
            seen.update(files)
            said = sentence(path / "__init__.py" if name.endswith("/") else path)
            found.append((f"`{package}/{name}`", sum(map(code_lines, files)), said))
        yield f"**{heading}**", f"**{sum(lines for _, lines, _ in found)}**", SUMS[heading]
        yield from found


def table(headings=tuple(SUMS)):
    """The parts of the table with these headings, in Markdown."""
    lines, heading = ["| file | code lines | what it says |", "|---|---|---|"], ""
    for cell, count, said in rows():
        heading = cell if cell.startswith("*") else heading
        if heading.strip("*") in headings:
            lines.append(f"| {cell} | {count} | {said} |")
    return "\n".join(lines) + "\n"


TABLES = {README: table(["core"]), PAGE: table()}
TABLE = re.compile(r"\| file \| code lines \|.*?\n(?=\n)", re.DOTALL)


def write():
    """Put the tables of today in the place of those that are there."""
    for page, table_of_today in TABLES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(TABLE.search(text)[0], table_of_today), encoding="utf-8")


if __name__ == "__main__":
    write()

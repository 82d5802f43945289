"""The documentation as a site: README and the pages of examples/, the examples, every public name, and the table of rules.

    python -m pip install --editable '.[docs]'
    python .ci/site.py [FOLDER]           # build/site if none is given

It ends with an error if a public name has no docstring, or a link leads nowhere.
"""

import html
import importlib
import inspect
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pdoc
from pdoc import render, render_helpers
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograd_lite.seeing.source import one_line, places_of_rows

ROOT = Path(__file__).resolve().parent.parent
MODULES = (
    "autograd_lite", "autograd_lite.strategies", "autograd_lite.scipy", "autograd_lite.coverage", "nn", "nn.functional",
    "nn.init", "nn.optim", "nn.optim.lr_scheduler", "nn.data", "nn.utils", "nn.parallel",
)  # fmt: skip
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md"]
PAGES += [path for path in sorted((ROOT / "examples").rglob("*.md")) if path not in PAGES]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NAMES = {"index.html": "autograd-lite", "examples/index.html": "the path"}


def address(path: Path) -> str:
    """The place of a page or a source in the site."""
    place = path.relative_to(ROOT).as_posix().removesuffix(".md")
    return re.sub(r"README$", "index", place) + ".html"


def places() -> list[tuple[str, list[tuple[str, str]]]]:
    """What stands at the side of each page: headings, and beneath them names and addresses."""
    pages = [(NAMES.get(address(page), page.stem.replace("_", " ")), address(page)) for page in PAGES]
    reference = [(name, name.replace(".", "/") + ".html") for name in MODULES]
    return [("Pages", pages), ("Reference", [*reference, ("the table of rules", "rules.html")])]


def write_page(folder: Path, place: str, title: str, text: str) -> None:
    """One page of the site, of HTML."""
    template = render.env.get_template("page.html.jinja2")
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(template.render(title=title, text=text, places=places(), top="../" * place.count("/")), encoding="utf-8")


def site_link(found: re.Match[str]) -> str:
    """A link to a page or source as it is written in Markdown, as it is in the site."""
    before, path, after = found.groups()
    return before + re.sub(r"README$", "index", path.removesuffix(".md")) + ".html" + after


def write_pages(folder: Path) -> None:
    """README and the pages, the examples and the chapters of rules as they stand, and the pictures."""
    for page in PAGES:
        text = render_helpers.to_html(page.read_text(encoding="utf-8"))
        text = re.sub(r'(href="(?!https?:))([^"#]+\.(?:md|py))((?:#[^"]*)?")', site_link, text)
        write_page(folder, address(page), NAMES.get(address(page), page.stem.replace("_", " ")), text)
    chapters = sorted((ROOT / "autograd_lite" / "rules").glob("*.py"))
    for source in [*EXAMPLES, *chapters]:
        as_html = highlight(
            source.read_text(encoding="utf-8"), PythonLexer(), HtmlFormatter(cssclass="pdoc-code", lineanchors="line")
        )
        write_page(folder, address(source), source.name, f"<h1>{source.relative_to(ROOT)}</h1>{as_html}")
    for notebook in (ROOT / "examples").glob("*.ipynb"):
        shutil.copy(notebook, folder / "examples")
    shutil.copytree(ROOT / "examples" / "pictures", folder / "examples" / "pictures", dirs_exist_ok=True)


def unlink_absent(folder: Path) -> None:
    """pdoc links to members that it does not write down, such as those of a base class that is not public: the name alone."""
    links = re.compile(r'<a href="#([^"]+)">(.*?)</a>', re.DOTALL)
    for file in folder.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        for found in set(links.findall(text)):
            if found[0] not in ids:
                text = text.replace(f'<a href="#{found[0]}">{found[1]}</a>', found[1])
        file.write_text(text, encoding="utf-8")


def write_rules(folder: Path) -> None:
    """The table of derivatives: each function, its row as it stands, and the line where it stands."""
    rows = []
    for (name, _), (file, start, end) in sorted(places_of_rows().items(), key=lambda row: row[0][0].removeprefix("np.")):
        lines = Path(file).read_text(encoding="utf-8").splitlines()[start - 1 : end]
        source = Path(file).relative_to(ROOT)
        code = highlight(one_line("\n".join(lines)), PythonLexer(), HtmlFormatter(cssclass="pdoc-code"))
        where = f'<a href="{source}.html#line-{start}">{source.name}:{start}</a>'
        rows.append(f'<tr id="{html.escape(name)}"><td><code>{html.escape(name)}</code><br>{where}</td><td>{code}</td></tr>')
    head = (
        f"<h1>The table of rules</h1><p>{len(rows)} functions. A rule names what it reads: <code>g</code>, the gradient of the "
        "output, <code>y</code>, the output, and arguments.</p>"
    )
    write_page(folder, "rules.html", "The table of rules", f"{head}<table>{''.join(rows)}</table>")


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The public names of a module that need a docstring: functions and classes, and the methods that a class of ours defines."""
    for name in getattr(module, "__all__", ()):
        found = getattr(module, name)
        if not callable(found):
            continue
        yield f"{module.__name__}.{name}", found
        if inspect.isclass(found):
            for method, value in vars(found).items():
                if not method.startswith("_") and (
                    inspect.isfunction(value) or isinstance(value, (property, classmethod, staticmethod))
                ):
                    yield f"{module.__name__}.{name}.{method}", getattr(found, method)


def undocumented() -> list[str]:
    """The public names without a docstring."""
    modules = [importlib.import_module(name) for name in MODULES]
    return sorted({name for module in modules for name, found in public(module) if not inspect.getdoc(found)})


def broken_links(folder: Path) -> list[str]:
    """Links of the site that lead to no file, or to no place in one."""
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    ids = {place: set(re.findall(r'\b(?:id|name)="([^"]+)"', text)) for place, text in texts.items()}
    broken = []
    for place, text in texts.items():
        bare = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
        for link in sorted(set(re.findall(r'\b(?:href|src|srcset)="(?!https?:|data:|mailto:)([^"]*)"', bare))):
            path, _, mark = html.unescape(unquote(link)).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(place), path)) if path else place
            if not (folder / target).is_file() or (mark and target in ids and mark not in ids[target]):
                broken.append(f"{place}: {link}")
    return broken


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site")
    with tempfile.TemporaryDirectory() as templates:
        shutil.copytree(ROOT / ".ci" / "site", templates, dirs_exist_ok=True)
        dark = HtmlFormatter(style="github-dark").get_style_defs(".pdoc-code")
        with open(Path(templates) / "custom.css", "a", encoding="utf-8") as file:
            file.write(f"@media (prefers-color-scheme: dark) {{\n{dark}\n.pdoc-code {{ background: var(--code); }}\n}}\n")
        render.configure(docformat="numpy", template_directory=Path(templates))
        not_listed = f"!(?!({'|'.join(map(re.escape, MODULES))})$)"
        pdoc.pdoc(*MODULES, not_listed, output_directory=folder)
        unlink_absent(folder)
        write_pages(folder)
        write_rules(folder)
    wrong = [f"no docstring: {name}" for name in undocumented()] + [f"broken link: {link}" for link in broken_links(folder)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{folder}: {len(list(folder.rglob('*.html')))} pages, no public name without a docstring, no broken link")


if __name__ == "__main__":
    main()

"""Sources of rules: a rule as it stands in the table, found in the file where it is written."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .. import rules as table
from ..rules import scipy_special

__all__ = ["RowSource", "RuleSource", "row_source", "rule_source"]

ROOT = Path(__file__).parents[2]
ONE_PARSES = threading.Lock()  # CPython 3.11 may raise SystemError where two threads parse at once


class RuleSource(NamedTuple):
    """The expression of a rule, and where it is written."""

    body: str
    """The expression that it returns; for a function of several statements its call, `power_a(g, a, b)`."""
    line: str
    """The source line on which it begins; "" where there is no source, as for a rule typed at a prompt."""
    place: str
    """File and line."""


class RowSource(NamedTuple):
    """A row of the table of rules, and where it is written."""

    text: str
    """The row as it stands there, with one blank for many."""
    place: str
    """File and line."""


@functools.lru_cache(maxsize=4096)
def rule_source(rule: Callable[..., Any]) -> RuleSource:
    """The source of a rule, a lambda or a function.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules.elementwise import RULES
    >>> found = rule_source(RULES[np.sin][0])
    >>> found.body, found.line
    ('g * np.cos(x)', 'np.sin: (lambda g, x: g * np.cos(x),),')
    """
    rule = inspect.unwrap(rule)
    called = f"{getattr(rule, '__name__', 'rule')}({', '.join(inspect.signature(rule).parameters)})"
    code = getattr(rule, "__code__", None)
    if code is None:
        return RuleSource(called, "", "no source")
    line = linecache.getline(code.co_filename, code.co_firstlineno, getattr(rule, "__globals__", None))
    body = returned(code) if line else None
    return RuleSource(body or called, one_line(line), place_of(code.co_filename, code.co_firstlineno))


def row_source(primitive: Any) -> RowSource | None:
    """The row of the table that a primitive was made of; None for a function that a user declared.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.rules import PRIMITIVES
    >>> row_source(PRIMITIVES[np.exp]).text
    'np.exp: (lambda g, y: g * y,),'
    """
    first = next(iter(primitive.rules.values()), None)
    found = places_of_rows().get((primitive.name, getattr(first, "__code__", None)))
    if found is None:
        return None
    file, start, end = found
    lines = [linecache.getline(file, i) for i in range(start, end + 1)]
    code = [line.partition("  # ")[0] for line in lines[:-1]]  # on one line a comment would hide what follows
    text = one_line(" ".join([*code, lines[-1]]))
    return RowSource(text, place_of(file, start))


# -- the table, read as text --------------------------------------------------------------------------------------


@functools.cache
def places_of_rows() -> dict[tuple[str, Any], tuple[str, int, int]]:
    """For the name and the first rule of each row: its file, and its first and last line."""
    found = {}
    for chapter in (*table.CHAPTERS, scipy_special):
        for key, start, end in rows_in(chapter):
            row = chapter.RULES.get(key)
            if key is not None and row is not None:  # else this NumPy does not have it yet
                rules = row.rules.values() if isinstance(row, table.Row) else row
                name = key if isinstance(key, str) else table.name_of(key)
                found[name, getattr(next(iter(rules), None), "__code__", None)] = (str(chapter.__file__), start, end)
    return found


def rows_in(chapter: types.ModuleType) -> Iterator[tuple[Any, int, int]]:
    """The rows in the source of a chapter: the function of each, its first and its last line."""
    names = dict(vars(chapter))
    for statement in tree_of(str(chapter.__file__)).body:
        target = getattr(statement, "target", None)
        if getattr(target, "id", None) != "RULES" or not isinstance(statement.value, ast.Dict):  # type: ignore[attr-defined]
            continue
        for key, value in zip(statement.value.keys, statement.value.values, strict=True):  # type: ignore[attr-defined]
            start, end = (value if key is None else key).lineno, value.end_lineno or value.lineno
            if key is not None:
                yield evaluated(key, names), start, end
            else:  # **{...} or **dict.fromkeys([...], ...): many functions with the same rules
                for function in evaluated(value, names):
                    yield function, start, end


def evaluated(expression: ast.expr, names: dict[str, Any]) -> Any:
    """The value of an expression of the table, by the names of its chapter."""
    return eval(compile(ast.Expression(expression), "<row>", "eval"), names)


@functools.lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module:
    with ONE_PARSES:
        return ast.parse(text)


def tree_of(file: str) -> ast.Module:
    """The syntax tree of a file; an empty one where it cannot be read."""
    try:
        return parsed("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def returned(code: types.CodeType) -> str | None:
    """The expression that a lambda, or a function of one statement, returns, as it is written; None for a longer function."""
    for node in ast.walk(tree_of(code.co_filename)):
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            if names_of(node.args) == code.co_varnames[: code.co_argcount] and surrounds(node, code):
                return one_line(ast.unparse(node.body))
        elif isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if first == code.co_firstlineno and len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value:
                return one_line(ast.unparse(body[0].value))
    return None


def names_of(arguments: ast.arguments) -> tuple[str, ...]:
    return tuple(argument.arg for argument in [*arguments.posonlyargs, *arguments.args])


def surrounds(node: ast.Lambda, code: types.CodeType) -> bool:
    """True if `code` is that of a lambda: it begins on the line of it, and computes what stands in its body."""
    if node.lineno != code.co_firstlineno:
        return False
    body = (node.body.lineno, node.body.col_offset), (node.body.end_lineno, node.body.end_col_offset)
    spans = [p for p in code.co_positions() if None not in p and (p[0], p[2]) != (p[1], p[3])]
    return all(body[0] <= (first, left) and (last, right) <= body[1] for first, last, left, right in spans)


def one_line(text: str) -> str:
    """Text with one blank for each stretch of white space, and none inside of brackets.

    >>> one_line("f( a,\\n   b )")
    'f(a, b)'
    """
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")")


def place_of(file: str, line: int) -> str:
    """`rules/elementwise.py:66` as a reader finds it: relative to the folder of the library, or to the current one.

    >>> place_of(str(ROOT / "autograd_lite" / "engine.py"), 3)
    'autograd_lite/engine.py:3'
    """
    for folder in (ROOT, Path.cwd()):
        if Path(file).is_relative_to(folder):
            return f"{Path(file).relative_to(folder).as_posix()}:{line}"
    return f"{file}:{line}"

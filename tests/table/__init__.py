"""The table of the tests: one row for each rule, in a file for each chapter of `autograd_lite.rules`."""

from importlib import import_module

import numpy as np
import pytest

OF_RULES = (
    "accurate", "elementwise", "special", "running", "reductions", "factors", "shapes", "indexing", "products",
    "decompositions", "norms", "linear_systems", "order_statistics", "sequences", "statistics", "compositions", "padding",
    "moves", "complex_parts", "polynomials", "fourier", "ordering", "spaces",
)  # fmt: skip
CHAPTERS = {name: import_module(f"tests.table.{name}") for name in OF_RULES}


def named(name):
    """The values of this name in the chapters that have it."""
    return [getattr(chapter, name) for chapter in CHAPTERS.values() if hasattr(chapter, name)]


ROWS = tuple(row for rows in named("ROWS") for row in rows)

# points without a derivative, or where a formula would lose it
KINKS = {name: kink for kinks in named("KINKS") for name, kink in kinks.items()}
assert len(KINKS) == sum(map(len, named("KINKS"))), "two kinks have one name"

# rules that read values only to choose a piece, and whose pieces are linear: there is nothing to detach in what they save
PIECEWISE = {function for functions in named("PIECEWISE") for function in functions}

DEPRECATED = {np.fix: "numpy.fix is deprecated"}  # since NumPy 2.5


def parameter(row, *others, name):
    """A row as the parameter of a test: where it calls a deprecated function, NumPy's warning is no error."""
    ignored = f"ignore:{DEPRECATED.get(row.function)}:DeprecationWarning"
    marks = [pytest.mark.filterwarnings(ignored)] if row.function in DEPRECATED else []
    return pytest.param(row, *others, id=name, marks=marks)

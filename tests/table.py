"""The whole table: the rows and kinks of every chapter."""

import numpy as np
import pytest
import rows
import rows_moves
import rows_numeric

CHAPTERS = (rows, rows_moves, rows_numeric)
ROWS = tuple(row for chapter in CHAPTERS for row in chapter.ROWS)
KINKS = {name: kink for chapter in CHAPTERS for name, kink in chapter.KINKS.items()}
PIECEWISE = frozenset().union(*(getattr(chapter, "PIECEWISE", ()) for chapter in CHAPTERS))

assert len(KINKS) == sum(len(chapter.KINKS) for chapter in CHAPTERS), "two chapters have a kink of the same name"

DEPRECATED = {np.fix: "numpy.fix is deprecated"}  # since NumPy 2.5


def parameter(row, *others, name):
    """A row as the parameter of a test: where it calls a deprecated function, NumPy's warning is no error."""
    ignored = f"ignore:{DEPRECATED.get(row.function)}:DeprecationWarning"
    marks = [pytest.mark.filterwarnings(ignored)] if row.function in DEPRECATED else []
    return pytest.param(row, *others, id=name, marks=marks)

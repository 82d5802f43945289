"""The whole table: the rows and kinks of every chapter."""

import rows
import rows_moves
import rows_numeric

CHAPTERS = (rows, rows_moves, rows_numeric)
ROWS = tuple(row for chapter in CHAPTERS for row in chapter.ROWS)
KINKS = {name: kink for chapter in CHAPTERS for name, kink in chapter.KINKS.items()}
PIECEWISE = frozenset().union(*(getattr(chapter, "PIECEWISE", ()) for chapter in CHAPTERS))

assert len(KINKS) == sum(len(chapter.KINKS) for chapter in CHAPTERS), "two chapters have a kink of the same name"

"""The table of the tests: one row for each rule, in a file for each chapter of the rules."""

from . import (
    compositions,
    elementwise,
    indexing,
    moves,
    norms,
    order_statistics,
    ordering,
    products,
    reductions,
    sequences,
    shapes,
    spaces,
    special,
    statistics,
)

CHAPTERS = {
    "elementwise": elementwise, "special": special, "reductions": reductions, "shapes": shapes, "indexing": indexing,
    "products": products, "norms": norms, "order_statistics": order_statistics, "sequences": sequences, "statistics": statistics,
    "compositions": compositions, "moves": moves, "ordering": ordering, "spaces": spaces,
}  # fmt: skip
ROWS = tuple(row for chapter in CHAPTERS.values() for row in chapter.ROWS)

# points without a derivative, or where a formula would lose it
KINKS = {name: kink for chapter in CHAPTERS.values() for name, kink in getattr(chapter, "KINKS", {}).items()}

# rules that read values only to choose a piece, and whose pieces are linear: there is nothing to detach in what they save
PIECEWISE = frozenset().union(*(getattr(chapter, "PIECEWISE", ()) for chapter in CHAPTERS.values()))

assert len(KINKS) == sum(len(getattr(chapter, "KINKS", ())) for chapter in CHAPTERS.values()), "two kinks have one name"

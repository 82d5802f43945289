"""Passes: each takes the lines of a recording and returns fewer, which compute the same numbers.

In examples v0, v1, ... are values, and x is an argument.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .recording import Line, Operand, Storage, check, dtypes_of, line_key, mapped

__all__ = [
    "Uses", "is_copy", "with_constants_first", "with_early_guards", "with_new_values", "with_shared", "with_straight_writes",
    "without_copies", "without_dead", "without_stretching",
]  # fmt: skip


def without_dead(lines: Sequence[Line], results: Iterable[Operand]) -> list[Line]:
    """The lines that a result, a guard or a write outside depends on.

    v0 = np.sin(x)               v1 = np.cos(x)
    v1 = np.cos(x)       ->      return v1
    return v1
    """
    results = list(results)
    values, storages = {id(v) for v in results}, {id(v.storage) for v in results}
    kept = []
    for line in reversed(lines):
        writes = any(storage.kind != "made" or id(storage) in storages for storage in line.writes)
        asks = line.function is check and (not isinstance(line.args[1], type) or id(line.args[0]) in values)
        if asks or writes or any(id(value) in values for value in line.results):
            kept.append(line)
            for value in line.reads:
                values.add(id(value))
                storages.add(id(value.storage))
    return kept[::-1]


class Uses:
    """Where each storage is written and read last, by the number of the line; `escaping` are those of results."""

    def __init__(self, lines: Sequence[Line], results: Iterable[Operand]) -> None:
        self.writes: dict[int, list[int]] = {}
        self.last: dict[int, int] = {}
        self.born: dict[int, int] = {}
        self.escaping = {id(v.storage) for v in results}
        for i, line in enumerate(lines):
            for storage in line.writes:
                self.writes.setdefault(id(storage), []).append(i)
            for value in line.reads:
                self.last[id(value.storage)] = i
            for value in line.results:
                self.born.setdefault(id(value.storage), i)
                self.last[id(value.storage)] = max(i, self.last.get(id(value.storage), i))

    def is_fixed(self, storage: Storage) -> bool:
        """True if nothing is written into it after the line that makes it, and no caller is given it."""
        return id(storage) not in self.writes and id(storage) not in self.escaping


def with_new_values(lines: Sequence[Line], results: Iterable[Operand]) -> list[Line]:
    """A write over all of an array is a new value, where nothing shows a part of the array.

    v0 = np.cosh(x)              v0 = np.cosh(x)
    np.square(v0, out=v0)  ->    v1 = np.square(v0)
    """
    shown: dict[int, set[int]] = {}
    for line in lines:
        for value in (*line.reads, *line.results):
            shown.setdefault(id(value.storage), set()).add(id(value))
    escaping = {id(value.storage) for value in results}
    renaming, kept = Renaming(), []
    for line in lines:
        target = overwritten(line)
        renaming.rename(line)
        if target is not None and len(shown[id(target.storage)]) == 1 and id(target.storage) not in escaping:
            if line.function is operator.setitem:
                line = Line(np.full, (target.shape, line.args[2], target.dtype), {}, line.section)
            else:
                line = Line(line.function, line.args, {}, line.section)
            line.results = [target.again()]
            renaming.same(target, line.results[0])
        kept.append(line)
    return kept


def overwritten(line: Line) -> Operand | None:
    """The value that a line overwrites as a whole, with what NumPy would make of the operands anyway; None if it does not."""
    if line.function is operator.setitem and line.args[1] is Ellipsis:
        target = line.args[0]
    elif isinstance(line.function, np.ufunc) and line.function.nout == 1 and line.options.keys() == {"out"}:
        if line.function.signature is not None:  # it reads elements that it has written into already
            return None
        target = line.options["out"][0]
        arrays = [x for x in line.args if type(x) is Operand and x.kind is np.ndarray]
        if any(x.dtype != target.dtype for x in arrays) or not any(x.layout() == target.layout() for x in arrays):
            return None
        made = dtypes_of(line.function, line.args)[-1]
        if made is None or made != target.dtype:
            return None
        if not all(type(x) in (int, float) or x in arrays for x in line.args):
            return None
    else:
        return None
    return target if target.is_own() and target.is_in_order() else None


def without_stretching(lines: Sequence[Line], results: Iterable[Operand]) -> list[Line]:
    """Sums and products stretch their operands themselves.

    v0 = np.full((9, 9), x)
    v1 = v0 * y            ->    v1 = x * y
    """
    uses = Uses(lines, results)
    source = {
        id(line.results[0]): line.args[1]
        for line in lines
        if line.function is np.full and type(line.args[1]) is Operand and line.args[1].kind is np.ndarray
    }
    for line in lines:
        if line.function not in EXACT or line.options or len(line.results) != 1:
            continue
        made = line.results[0]
        for i, x in enumerate(line.args):
            small, other = source.get(id(x)), line.args[1 - i]
            if small is None or type(other) is not Operand or not uses.is_fixed(small.storage) or id(x.storage) in uses.writes:
                continue
            if small.dtype == x.dtype and other.layout() == made.layout() and made.is_in_order():
                line.give((small, other) if i == 0 else (other, small), {})
    return list(lines)


EXACT = {np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum}  # rounded in one way, however arrays lie


class Renaming:
    """Values in place of others that are the same."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.values: dict[int, Operand] = {}
        self.storages: dict[int, Storage] = {}
        self.apart = [{id(value.storage) for value in line.reads} for line in lines if line.function in PRODUCTS]

    def may_be_same(self, value: Operand, instead: Operand) -> bool:
        """False for the two operands of a product: BLAS rounds that of an array and itself in another way (syrk, not gemm)."""
        one, other = id(value.storage), id(instead.storage)
        return one == other or not any(one in storages and other in storages for storages in self.apart)

    def same(self, value: Operand, instead: Operand) -> None:
        """`value` is `instead` from here on."""
        self.values[id(value)] = instead
        self.storages[id(value.storage)] = instead.storage
        for storages in self.apart:
            if id(value.storage) in storages:
                storages.add(id(instead.storage))

    def of(self, x: Any) -> Any:
        return self.values.get(id(x), x) if type(x) is Operand else x

    def rename(self, line: Line) -> None:
        """Let the line read the values that are left."""
        if any(id(value) in self.values for value in line.reads):
            line.give(mapped(self.of, line.args), mapped(self.of, line.options))
        line.writes = [self.storages.get(id(s), s) for s in line.writes]
        line.results = [self.of(value) for value in line.results]
        for value in line.results:
            value.storage = self.storages.get(id(value.storage), value.storage)


PRODUCTS = {np.matmul, np.dot, np.ndarray.dot, np.inner, np.vdot, np.tensordot, np.einsum, np.linalg.multi_dot}


def with_shared(lines: Sequence[Line], results: Iterable[Operand]) -> tuple[list[Line], list[Operand]]:
    """Equal calls of equal arguments are made once.

    v0 = np.exp(x)               v0 = np.exp(x)
    v1 = np.exp(x)       ->      v2 = v0 * v0
    v2 = v0 * v1
    """
    results = list(results)
    uses, renaming = Uses(lines, results), Renaming(lines)
    known: dict[Any, Line] = {}
    kept: list[Line] = []
    writes: Counter[int] = Counter()  # how often each storage has been written into so far
    for line in lines:
        renaming.rename(line)
        writes.update(map(id, line.writes))
        makes = line.makes()
        if line.writes or not all(map(uses.is_fixed, makes)):
            kept.append(line)
            continue
        views = line.results and not makes  # which show what is written later
        states = () if views else tuple(writes[id(value.storage)] for value in line.reads)
        layouts = tuple(value.layout() for value in line.results)
        key = (line_key(line, id), states, layouts)
        before = known.setdefault(key, line)
        if before is line or not all(map(renaming.may_be_same, line.results, before.results)):
            kept.append(line)
            continue
        for value, instead in zip(line.results, before.results, strict=True):
            if value is not instead:
                renaming.same(value, instead)
    return kept, [renaming.of(value) for value in results]


def is_copy(line: Line) -> Operand | None:
    """The value of which a line makes a copy of the same layout; None for other lines.

    A number as a 0-d array is no copy: NumPy computes with numbers in another way.
    """
    if line.function not in COPIES or line.writes or not line.args or len(line.results) != 1:
        return None
    source, made = line.args[0], line.results[0]
    same = type(source) is Operand and source.layout() == made.layout() and source.storage is not made.storage
    return source if same and source.kind is np.ndarray else None


COPIES = {np.ndarray.copy, np.array, np.copy, np.positive}


def without_copies(lines: Sequence[Line], results: Iterable[Operand]) -> tuple[list[Line], list[Operand]]:
    """A copy, or 1 times an array, is the original, where neither is written into while the other is in use.

    v0 = x.copy()                v1 = np.sin(x)
    v1 = np.sin(v0)      ->
    """
    results = list(results)
    uses, renaming, kept = Uses(lines, results), Renaming(lines), []
    ones: set[int] = set()  # values that are 1 throughout
    for i, line in enumerate(lines):
        renaming.rename(line)
        ones |= {id(value) for value in line.results if is_one(line, ones) and uses.is_fixed(value.storage)}
        source = is_copy(line) or times_one(line, ones)
        if source is None or not (renaming.may_be_same(line.results[0], source) and may_be_one(uses, source, line.results[0], i)):
            kept.append(line)
            continue
        made = line.results[0]
        uses.last[id(source.storage)] = max(i, uses.last.get(id(made.storage), i))
        if id(made.storage) in uses.escaping:
            uses.escaping.add(id(source.storage))
        renaming.same(made, source)
    return kept, [renaming.of(value) for value in results]


def is_one(line: Line, ones: set[int]) -> bool:
    """True for a line that makes ones, or fills an array with them, stretches or reshapes them."""
    if line.function in (np.broadcast_to, np.reshape, np.ndarray.reshape):
        return id(line.args[0]) in ones
    return line.function in (np.ones, np.ones_like) or (line.function is np.full and id(line.args[1]) in ones)


def times_one(line: Line, ones: set[int]) -> Operand | None:
    """The array that a line multiplies by 1, or divides by it, if the result lies as it does; None for other lines."""
    if line.function not in (np.multiply, np.divide) or line.options or line.results[0].dtype.kind == "c":
        return None  # 1 * (-0.0 - 1j) is 0.0 - 1j
    for x, one in (line.args, line.args[::-1])[: 2 if line.function is np.multiply else 1]:
        if id(one) in ones and type(x) is Operand and x.kind is np.ndarray and x.layout() == line.results[0].layout():
            return x
    return None


def may_be_one(uses: Uses, source: Operand, copied: Operand, i: int) -> bool:
    """True if line `i`, by which `copied` is a copy of `source` in memory of its own, can be left out."""
    made = copied.storage
    if id(made) in uses.writes or any(j > i for j in uses.writes.get(id(source.storage), [])):
        return False
    if id(made) not in uses.escaping:
        return True
    return source.is_own() and id(source.storage) not in uses.escaping and uses.last.get(id(source.storage), i) <= i


def with_early_guards(lines: Sequence[Line]) -> tuple[list[Line], list[Storage]]:
    """Guards come before the first write outside: where one fails, nothing has been done yet.

    Some cannot: they look at numbers that depend on what was written, such as running statistics or drawn numbers. What was
    written before these is returned, too, to be put back where they fail.

    state['step'] = v0           v1 = v0 > 5
    v1 = v0 > 5          ->      if not v1: return None
    if not v1: return None       state['step'] = v0
    """
    early: list[Line] = []
    late: list[Line] = []
    exposed: list[Storage] = []
    for line in lines:
        late.append(line)
        if line.function is not check:
            continue
        needed = leading_to(line, late)
        of_numbers = all(value.kind is not np.ndarray for part in needed for value in part.reads)
        if of_numbers or any(s.kind != "made" for part in late for s in part.writes):
            if not may_come_first(needed, late):
                exposed += [s for part in late for s in part.writes if s.kind != "made"]
                continue
            chosen = set(map(id, needed))
            early += needed
            late = [part for part in late if id(part) not in chosen]
            for part in needed:
                part.section = "checks" if of_numbers else part.section
    return early + late, exposed


def leading_to(guard: Line, lines: Sequence[Line]) -> list[Line]:
    """The lines that compute what a guard, the last of `lines`, asks for; and the guard."""
    values, storages = set(map(id, guard.reads)), {id(value.storage) for value in guard.reads}
    found = [guard]
    for line in reversed(lines[:-1]):
        touched = [*line.writes, *(value.storage for value in line.results)]
        if any(id(v) in values for v in line.results) or any(s.kind == "made" and id(s) in storages for s in touched):
            found.append(line)
            values |= set(map(id, line.reads))
            storages |= {id(value.storage) for value in line.reads}
    return found[::-1]


def may_come_first(needed: Sequence[Line], lines: Sequence[Line]) -> bool:
    """True if some of the lines compute the same when they are run before the others."""
    chosen = set(map(id, needed))
    others_read: set[int] = set()
    others_wrote: set[int] = set()
    for line in lines:
        if id(line) not in chosen:
            others_read |= {id(value.storage) for value in line.reads}
            others_wrote |= {id(s) for s in line.writes}
        elif any(id(s) in others_read or s.kind != "made" for s in line.writes) or any(
            id(value.storage) in others_wrote for value in line.reads
        ):
            return False
    return True


def with_straight_writes(lines: Sequence[Line], results: Iterable[Operand]) -> tuple[list[Line], dict[int, Operand]]:
    """Compute in its place what is computed only to be written into an array; returns the lines, and for values their places.

    v0 = np.sin(x)               np.sin(x, out=a)
    a[...] = v0          ->
    """
    uses = Uses(lines, results)
    kept: list[Line] = []
    places: dict[int, Operand] = {}
    for i, line in enumerate(lines):
        target, key, source = line.args if line.function is operator.setitem else (None, None, None)
        if type(source) is not Operand or key is not Ellipsis or source.layout() != target.layout():
            kept.append(line)
            continue
        born, storage = uses.born.get(id(source.storage), i), source.storage
        own = source.is_own() and uses.is_fixed(storage) and uses.last[id(storage)] == i
        between = lines[born : i + 1]
        touched = any(not v.is_apart(target) for part in between[:-1] for v in (*part.reads, *part.results))
        if own and not touched and not any(part.function is check for part in between) and target.storage.kind == "outer":
            places[id(source)] = target
        else:
            kept.append(line)
    return kept, places


def with_constants_first(lines: Sequence[Line], results: Iterable[Operand]) -> tuple[list[Line], int]:
    """Compute once, before all else, what is the same for all arguments; returns the lines, and how many these are.

    v0 = x * 2                   v1 = np.ones(3)   # in the set-up
    v1 = np.ones(3)      ->      v0 = x * 2
    v2 = v0 * v1                 v2 = v0 * v1
    """
    varying = {id(v.storage) for v in results}
    varying |= {id(s) for line in lines for s in line.touches() if s.kind != "made"}
    place = {id(line): i for i, line in enumerate(lines)}
    written = {id(s): i for i, line in enumerate(lines) for s in line.writes}  # where for the last time
    first, late = list(lines), list(lines)
    while late:
        late = [line for line in first if line.function is check or any(id(s) in varying for s in line.touches())]
        varying |= {id(s) for line in late for s in (*line.writes, *(value.storage for value in line.results))}
        read = {id(value.storage): place[id(line)] for line in reversed(late) for value in line.reads}  # where first
        varying |= {
            s for s, i in written.items() if i > read.get(s, i)
        }  # what is read before it is written cannot be written first
        first = without(first, late)
    return first + without(lines, first), len(first)


def without(lines: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    """The lines that are none of the others."""
    left_out = set(map(id, others))
    return [line for line in lines if id(line) not in left_out]

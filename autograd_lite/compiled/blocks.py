"""Blocks: runs of elementwise calls on large arrays, done piece by piece, so that a piece stays in the processor's cache.

    tanh(x, h0)                  for i, j in zip(ends, ends[1:]):
    multiply(h0, x, h1)    ->        tanh(x[i:j], h0)
    v0 = add.reduce(h1)              multiply(h0, x[i:j], h1)
                                     sums.append(add.reduce(h1))

Each element is computed by the same calls, so the numbers are the same. A buffer that is read within the run alone, as h0 and h1
are, is as short as a piece. Sums are the same, too: NumPy adds the sums of two halves of an array, and the sum of a half is that
of its halves (Higham, The accuracy of floating point summation, 1993); the pieces are halves of halves.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .recording import LARGE, Line, Operand

__all__ = ["runs", "with_sums_behind", "write_run"]

PIECE = 32768  # elements at the most


def is_elementwise(line: Line) -> bool:
    """True for a call of large arrays of one shape in C order, and numbers, that computes each element alone."""
    f = line.function
    if not isinstance(f, np.ufunc) or f.signature is not None or f.nout != 1 or line.options:
        return False
    made = line.results[0]
    if not is_large(made) or made.dtype.kind not in "biufc" or not made.dtype.isbuiltin:
        return False
    return all(type(x) in (int, float) or isinstance(x, np.generic) or fits_block(x, made) for x in line.args)


def is_large(value: Operand) -> bool:
    """True for a large array in C order."""
    return value.is_in_order() and math.prod(value.shape) * value.dtype.itemsize >= LARGE


def fits_block(x: object, made: Operand) -> bool:
    """True for a value that is a single number, or has the shape of `made` and lies in C order, or repeats one number."""
    if type(x) is not Operand:
        return False
    return x.shape == () or (x.shape == made.shape and (x.is_in_order() or not any(x.strides)))


def with_sums_behind(lines: Sequence[Line]) -> list[Line]:
    """Sums wait for the elementwise lines behind them that do not need them, so that these are one run.

    v0 = np.sin(x)               v0 = np.sin(x)
    v1 = np.add.reduce(v0)  ->   v2 = np.cos(x)
    v2 = np.cos(x)               v1 = np.add.reduce(v0)
    """
    found: list[Line] = []
    waiting: list[Line] = []
    begun = 0  # where the run begins
    made: set[int] = set()  # the values of the run, and of those that wait
    for line in lines:
        needs = {id(value) for late in waiting for value in late.results}
        reads = set(map(id, line.reads))
        if is_elementwise(line) and not reads & needs:
            found.append(line)
        elif made and is_small(line):
            if reads & made:
                waiting.append(line)
            else:
                found.insert(begun, line)
                begun += 1
                continue
        else:
            found += sorted(waiting, key=is_whole_sum, reverse=True)
            waiting, begun, made = [], len(found), set()
            found.append(line)
            begun += not is_elementwise(line)
        if waiting or is_elementwise(line):
            made |= set(map(id, line.results))
    return found + sorted(waiting, key=is_whole_sum, reverse=True)


def is_small(line: Line) -> bool:
    """True for a call that changes nothing and makes numbers or small arrays."""
    small = all(math.prod(value.shape) < PIECE for value in line.results)
    return not line.writes and small and len(line.makes()) == len(line.results) > 0


def is_whole_sum(line: Line) -> bool:
    """True for the sum of all elements of a large array of floats in C order, as a number."""
    if line.function not in SUMS or type(line.args[0]) is not Operand or line.results[0].kind is np.ndarray or not adds_halves():
        return False
    x, usual = line.args[0], all(value is None or value is USUAL.get(key) for key, value in line.options.items())
    floats = is_large(x) and x.dtype in (np.float64, np.float32) and line.results[0].dtype == x.dtype
    return floats and usual and all(value is None for value in line.args[1:])


@functools.cache
def adds_halves() -> bool:
    """True if NumPy adds the sums of halves; before version 2.3 it adds one buffer after the other."""
    x = np.sqrt(np.arange(100000, dtype=np.float32))

    def of_halves(x: Any) -> Any:
        middle = x.size // 16 * 8
        return np.sum(x[:middle]) + np.sum(x[middle:])

    return all(np.sum(x[n:]) == of_halves(x[n:]) for n in range(9))


SUMS = {np.sum, np.ndarray.sum, np.add.reduce}
USUAL = {"dtype": None, "keepdims": False, "where": True, "out": None, "initial": np._NoValue}  # what they do without options


def runs(lines: Sequence[Line], once: int) -> dict[int, int]:
    """The runs of elementwise lines of one shape behind the first `once`, and the sums behind them.

    For the number of each first line that of the last.
    """
    found: dict[int, int] = {}
    first = None
    for i, line in enumerate(lines):
        is_sum, fit = is_whole_sum(line), i >= once and is_elementwise(line)
        shape = line.args[0].shape if is_sum else line.results[0].shape if fit else None
        if first is not None and shape == lines[first].results[0].shape and (is_sum or not is_whole_sum(lines[i - 1])):
            found[first] = i
        else:
            first = i if fit else None
    return found


def write_run(text: Any, first: int, last: int) -> None:
    """Write a run of lines into a `Text`, as a loop over pieces."""
    shape = text.lines[first].results[0].shape
    before, text.body, head, start, stop = text.body, [], [], text.new("i"), text.new("j")
    names: dict[int, str] = {}  # of whole arrays, by value
    cuts: dict[str, str] = {}  # a piece of each array, by its name

    def piece(name: str, part: str) -> str:
        if name not in cuts:
            cuts[name] = text.new("b")
            head.append(f"{cuts[name]} = {part}")
        return cuts[name]

    def piece_of(value: Operand, name: str) -> str:
        """The piece of a whole array."""
        names[id(value)] = name
        flat = f"{name}.reshape(-1)"
        return piece(name, f"{text.kept(flat, 'w') if name in text.static else flat}[{start}:{stop}]")

    sums = {id(line.results[0]): text.new("s") for line in text.lines[first : last + 1] if is_whole_sum(line)}
    before += [f"{number} = []" for number in sums.values()]
    for i in range(first, last + 1):
        line, value = text.lines[i], text.lines[i].results[0]
        for x in line.reads:
            if x.shape == shape and id(x) not in names and text.of(x) not in cuts.values():
                text.expression[id(x)] = piece_of(x, text.of(x))
        if id(value) in sums:
            text.body.append(f"{sums[id(value)]}.append({text.function(np.add)}.reduce({text.of(line.args[0])}))")
            text.release(i)
            continue
        if text.uses.last[id(value.storage)] <= last and not text.leaves(value):  # only a piece is needed at a time
            value.shape, value.strides = (PIECE,), (value.dtype.itemsize,)
            name = text.buffer(line, value, i)
            text.expression[id(value)] = piece(name, f"{name}[:{stop} - {start}]")
        else:
            whole = text.buffer(line, value, i)
            if whole is None:  # the caller's
                whole = text.new("v")
                before.append(f"{whole} = np.empty({shape}, '{value.dtype.str}')")
            text.expression[id(value)] = piece_of(value, whole)
        text.body.append(text.into_text(line, text.expression[id(value)]))
        text.release(i)
    ends = ends_of_pieces(text, math.prod(shape))
    before.append(f"for {start}, {stop} in zip({ends}, {ends}[1:]):  # {shape}, in pieces")
    before += [f"    {line}" for line in (*head, *text.body)]
    for number in sums.values():
        before += [f"while len({number}) > 1: {number} = [a + b for a, b in zip({number}[::2], {number}[1::2])]"]
    text.body = before
    text.expression |= names | {key: f"{number}[0]" for key, number in sums.items()}


def ends_of_pieces(text: Any, size: int) -> str:
    """The name of the list of the ends of pieces, which is made in the set-up: NumPy halves an array at a multiple of 8."""
    halvings, largest = 0, size
    while largest > PIECE:
        halvings, largest = halvings + 1, largest - largest // 16 * 8
    known = f"[0, {size}]" in text.texts
    ends: str = text.kept(f"[0, {size}]", "e")
    if not known:
        halves = f"[0, *(j for a, b in zip({ends}, {ends}[1:]) for j in (a + (b - a) // 16 * 8, b))]"
        text.setup.append(f"for _ in range({halvings}): {ends} = {halves}")
    return ends

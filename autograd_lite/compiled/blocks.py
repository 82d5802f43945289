"""Blocks: runs of elementwise calls on large arrays, done piece by piece, so that a piece stays in the processor's cache.

    tanh(x, h0)                  for i in range(0, 10000000, 32768):
    multiply(h0, x, h1)    ->        tanh(x[i:i+32768], h0)
                                     multiply(h0, x[i:i+32768], h1[i:i+32768])

Each element is computed by the same calls, so the numbers are the same. A buffer that is read within the run alone, such as h0,
is as short as a piece.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .recording import LARGE, Line, Operand

__all__ = ["runs", "with_sums_behind", "write_run"]

PIECE = 32768  # elements; a multiple of whatever a processor computes at once


def is_elementwise(line: Line) -> bool:
    """True for a call of large arrays of one shape in C order, and numbers, that computes each element alone."""
    f = line.function
    if not isinstance(f, np.ufunc) or f.signature is not None or f.nout != 1 or line.options:
        return False
    made = line.results[0]
    if made.kind is not np.ndarray or not made.is_in_order() or math.prod(made.shape) * made.dtype.itemsize < LARGE:
        return False
    return all(type(x) in (int, float) or isinstance(x, np.generic) or fits_block(x, made) for x in line.args)


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
            found += waiting
            waiting, begun, made = [], len(found), set()
            found.append(line)
            begun += not is_elementwise(line)
        if waiting or is_elementwise(line):
            made |= set(map(id, line.results))
    return found + waiting


def is_small(line: Line) -> bool:
    """True for a call that changes nothing and makes numbers or small arrays."""
    small = all(math.prod(value.shape) < PIECE for value in line.results)
    return not line.writes and small and len(line.makes()) == len(line.results) > 0


def runs(lines: Sequence[Line], once: int) -> dict[int, int]:
    """The runs of elementwise lines of one shape behind the first `once`: for the number of each first line that of the last."""
    found: dict[int, int] = {}
    first = None
    for i, line in enumerate(lines):
        fit = i >= once and is_elementwise(line)
        if first is not None and fit and line.results[0].shape == lines[first].results[0].shape:
            found[first] = i
        else:
            first = i if fit else None
    return found


def write_run(text: Any, first: int, last: int) -> None:
    """Write a run of lines into a `Text`, as a loop over pieces."""
    shape = text.lines[first].results[0].shape
    before, text.body, head, at = text.body, [], [], text.new("i")
    names: dict[int, str] = {}  # of whole arrays, by value
    cuts: dict[str, str] = {}  # a piece of each array, by its name

    def piece(name: str, start: str) -> str:
        if name not in cuts:
            cuts[name] = text.new("b")
            head.append(f"{cuts[name]} = {start}")
        return cuts[name]

    def piece_of(value: Operand, name: str) -> str:
        """The piece of a whole array."""
        names[id(value)] = name
        flat = f"{name}.reshape(-1)"
        return piece(name, f"{text.kept(flat, 'w') if name in text.static else flat}[{at}:{at} + {PIECE}]")

    for i in range(first, last + 1):
        line, value = text.lines[i], text.lines[i].results[0]
        for x in line.reads:
            if x.shape == shape and id(x) not in names and text.of(x) not in cuts.values():
                text.expression[id(x)] = piece_of(x, text.of(x))
        if text.uses.last[id(value.storage)] <= last and not text.leaves(value):  # only a piece is needed at a time
            value.shape, value.strides = (PIECE,), (value.dtype.itemsize,)
            name = text.buffer(line, value, i)
            text.expression[id(value)] = piece(name, f"{name}[:{math.prod(shape)} - {at}]")
        else:
            whole = text.buffer(line, value, i)
            if whole is None:  # the caller's
                whole = text.new("v")
                before.append(f"{whole} = np.empty({shape}, '{value.dtype.str}')")
            text.expression[id(value)] = piece_of(value, whole)
        text.body.append(text.into_text(line, text.expression[id(value)]))
        text.release(i)
    before.append(f"for {at} in range(0, {math.prod(shape)}, {PIECE}):  # {shape}, in pieces")
    before += [f"    {line}" for line in (*head, *text.body)]
    text.body = before
    text.expression |= names

"""Random programs of reads, views, writes and copies, which NumPy runs to their end."""

import copy
import operator
import random

import numpy as np
from hypothesis import strategies as st
from numpy.exceptions import ComplexWarning

from autograd_lite.safety.layouts import copied

NUMBERS = (0.7, -0.4, 1.3)
# read-only, a scalar, a shape that does not fit; numbers that overflow
REFUSALS = (ValueError, TypeError, IndexError, AttributeError, ComplexWarning, RuntimeWarning)
IN_PLACE = (operator.iadd, operator.isub, operator.imul)
SLICES = (slice(None), slice(None, None, -1), slice(0, 2), slice(1, None), slice(None, None, 2), 0, -1, 1, ..., None)

# -- statements, each drawn anew from its seed, on a list of arrays or Tensors -----------------------------------------


def key_for(r, shape):
    """A key into an array of `shape`: slices and integers, a list of integers, a mask."""
    kind = r.random()
    if kind < 0.65 or not shape:
        parts = [r.choice(SLICES) for _ in range(r.randint(1, max(1, len(shape))))]
        parts = [p for i, p in enumerate(parts) if p is not ... or ... not in parts[:i]]
        return tuple(parts) if len(parts) > 1 or r.random() < 0.7 else parts[0]
    if kind < 0.8 and shape[0]:
        return [r.randrange(shape[0]) for _ in range(r.randint(1, 3))]
    return np.array([r.random() < 0.5 for _ in range(int(np.prod(shape)))]).reshape(shape)


def value_for(r, values, shape):
    """Something that fits into `shape`: a number, a scalar, another array."""
    kind = r.random()
    if kind < 0.3:
        return r.choice(NUMBERS)
    if kind < 0.5:
        return np.sum(r.choice(values)) * 0.3
    fitting = [v for v in values if np.shape(v) == shape]
    return r.choice(fitting) if fitting else NUMBERS[0]


def read(r, values):
    v = r.choice(values)
    values.append(v[key_for(r, v.shape)])


VIEWS = (
    lambda v: v.reshape(-1),
    lambda v: v.reshape(v.shape[::-1] or (1,)),
    lambda v: v.T,
    np.ravel,
    np.squeeze,
    np.flip,
    lambda v: np.expand_dims(v, 0),
    lambda v: np.swapaxes(v, 0, -1) if v.ndim else v[...],
    lambda v: np.diagonal(v) if v.ndim > 1 else v.reshape(1, -1),
    lambda v: np.array_split(v, 2)[1] if v.ndim else v[...],
    lambda v: np.einsum("ii->i", v) if v.ndim == 2 and v.shape[0] == v.shape[1] else np.broadcast_to(v, (2, *v.shape)),
)
COMPUTED = (np.sin, lambda v: v * 0.7 - 0.4, lambda v: v * v, lambda v: np.exp(0.1 * v), np.sum)
COPIES = (lambda v: v.copy(), np.copy, copy.copy, lambda v: copy.deepcopy([v])[0], lambda v: v)


def apply(functions):
    def statement(r, values):
        values.append(r.choice(functions)(r.choice(values)))

    return statement


def write(r, values):
    v = r.choice(values)
    key = key_for(r, v.shape)
    value = value_for(r, values, np.shape(np.empty(v.shape)[key]))
    # through a mask or a list NumPy may read an overlapping view while it writes, as in x[mask] = x[::2]; here it is read first
    v[key] = value * 1.0 if isinstance(key, (np.ndarray, list)) else value


def change_at_key(r, values):
    v = r.choice(values)
    key = key_for(r, v.shape)
    change = r.choice(IN_PLACE)
    v[key] = change(v[key], value_for(r, values, np.shape(np.empty(v.shape)[key])))  # as Python reads v[key] += ...


def change(r, values):
    i = r.randrange(len(values))
    values[i] = r.choice(IN_PLACE)(values[i], value_for(r, values, values[i].shape))


def scale_rows(v, u):
    for i, row in enumerate(v):
        row *= 0.7
        v[-1 - i] = row + v[i]


def exchange_rows(v, u):
    v[0], v[-1] = v[-1], v[0] * 1.0


CALLS = (  # of an array with axes, and a number or an array of its shape
    lambda v, u: v.sort(),
    lambda v, u: v.sort(axis=0),
    lambda v, u: operator.setitem(v, v > 0.6, 0.3),
    lambda v, u: v.fill(np.max(u)),
    lambda v, u: np.copyto(v, u),
    lambda v, u: np.copyto(v, u, where=v > 0.6),
    lambda v, u: np.put(v, [0, -1], u),
    lambda v, u: np.putmask(v, v > 0.6, u),
    lambda v, u: np.fill_diagonal(v, 0.3 * np.sum(u)),
    lambda v, u: np.put_along_axis(v, np.argsort(v, axis=0), u, 0),
    lambda v, u: np.add.at(v, [0, -1, 0], np.sum(u)),
    lambda v, u: np.multiply.at(v, [-1, -1], v[0]),
    lambda v, u: np.negative.at(v, [0]),
    lambda v, u: operator.setitem(v, slice(1, None), v[1:] + v[:-1]),
    lambda v, u: operator.setitem(v, slice(None, None, -1), v),
    lambda v, u: operator.setitem(v, ..., np.sort(v, axis=None).reshape(v.shape)),
    scale_rows,
    exchange_rows,
)


def call(r, values):
    """`v.sort()`, `np.add.at(v, ...)` and their kin, and small loops."""
    with_axes = [v for v in values if v.ndim]
    if with_axes:
        v = r.choice(with_axes)
        v[:0] = 0.0  # read-only arrays are refused, into which np.add.at would write
        r.choice(CALLS)(v, value_for(r, values, v.shape))


def forget(r, values):
    if len(values) > 1:
        del values[r.randrange(len(values))]


def change_part(r, values):
    """`v.real = u`, `v.imag *= u` and their kin."""
    v = r.choice(values)
    part = r.choice(("real", "imag"))
    if r.random() < 0.5:
        setattr(v, part, value_for(r, values, v.shape))
    else:
        setattr(v, part, r.choice(IN_PLACE)(getattr(v, part), value_for(r, values, v.shape)))


PARTS = (
    lambda v: v.real,
    lambda v: v.imag,
    np.real,
    np.imag,
    lambda v: v.conj(),
    lambda v: np.abs(v + 3j),  # not at 0, where it has no second derivative
)
OF_ANY_NUMBERS = (read, apply(VIEWS), apply(COMPUTED), apply(COPIES), write, write, change_at_key, change_at_key, change, forget)
STATEMENTS = (*OF_ANY_NUMBERS, call, call)
COMPLEX_STATEMENTS = (*OF_ANY_NUMBERS, apply(PARTS), apply(PARTS), change_part)


def run(program, x):
    values = [x]
    for statement, seed in program:
        statement(random.Random(seed), values)
        if len(values) > 9:
            del values[1:4]
    return values


def total(values):
    return sum(np.sum(np.sin(0.05 * v)) * (1 + 0.1 * i) for i, v in enumerate(values))


LAYOUTS = (
    lambda x: x,
    np.asfortranarray,
    lambda x: np.repeat(x, 2, -1)[..., ::2] if x.ndim else x,
    lambda x: np.repeat(x, 2, 0)[::2] if x.ndim else x,
    lambda x: x[::-1] if x.ndim else x,
)


def laid_out_as(x, values):
    """`values` in an array that lies in memory as `x` does."""
    made = copied(x)
    made[...] = values
    return made


@st.composite
def problems(draw, most=12, statements=STATEMENTS, factor=1.0, largest=1e4):
    """An array, and a program that NumPy runs to its end with numbers of ordinary size."""
    shape = draw(st.sampled_from([(3,), (2, 3), (3, 3), (4,), (2, 2, 2), (), (1, 3), (6,)]))
    numbers = np.random.default_rng(draw(st.integers(0, 99))).uniform(0.5, 1.5, shape)
    x = draw(st.sampled_from(LAYOUTS))(np.asarray(numbers * factor))
    statement = st.tuples(st.sampled_from(statements), st.integers(0, 2**40))
    program = draw(st.lists(statement, min_size=1, max_size=most))
    while True:
        try:
            values = run(program, copied(x))
        except REFUSALS:
            program = program[:-1]
        else:
            if all(np.all(np.abs(v) < largest) for v in values):
                return x, program
            program = program[:-1]

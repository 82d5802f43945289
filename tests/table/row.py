"""A row of the table: a function, and how to draw calls of it.

A row draws with hypothesis, from the strategies that users have too, so that what fails shrinks. Calls keep away from
kinks by a margin wider than the steps of a numerical derivative; a `Kink` sits on one, with the gradients expected there.
"""

import functools
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from autograd_lite import functions, rules, strategies

NUMPY = tuple(map(int, np.__version__.split(".")[:2]))
PRECISIONS, LAPACK = (np.float16, np.float32, np.float64, np.longdouble), (np.float32, np.float64)
half, inf, nan = 0.5, np.inf, np.nan


class Call(NamedTuple):
    """A call of `function`: the arrays to differentiate by, and how they stand among its arguments."""

    function: Callable[..., Any]
    arrays: tuple[np.ndarray, ...]
    options: dict[str, Any] = {}
    place: Callable[..., tuple[Any, ...]] = lambda *arrays: arrays
    precisions: tuple[Any, ...] = PRECISIONS

    def __call__(self, *arrays):
        return self.function(*self.place(*arrays), **self.options)

    def holding(self, i, value):
        """The same call with `value` for array i, as a constant."""
        rest = self.arrays[:i] + self.arrays[i + 1 :]
        return self._replace(arrays=rest, place=lambda *arrays: self.place(*arrays[:i], value, *arrays[i:]))


def lapack(function, arrays, options=types.MappingProxyType({})):
    """A call of a function that NumPy has in single and double precision alone."""
    return Call(function, arrays, dict(options), precisions=LAPACK)


class Row(NamedTuple):
    """A function, how to draw calls of it, and the other ways to write them: methods and operators."""

    function: Callable[..., Any]
    draw: Callable[["Source"], Call]
    ways: tuple[Callable[..., Any], ...] = ()

    def __str__(self):
        package, _, module = str(getattr(self.function, "__module__", None)).rpartition(".")
        home = "operator" if module == "_operator" else module if package.startswith("autograd_lite") else "np"
        return f"{home}.{rules.name_of(self.function)}"


class Kink(NamedTuple):
    """A call at a point without a derivative, or where a formula would lose it, and the gradients expected there."""

    call: Callable[..., Any]
    arrays: tuple[Any, ...]
    gradients: tuple[Any, ...]


# -- domains: arrays of a shape, where a function is smooth -------------------------------------------------------


REAL, POSITIVE = strategies.between(-3, 3), strategies.between(0.3, 3)
UNIT, ABOVE_ONE = strategies.between(-0.8, 0.8), strategies.between(1.3, 4)
NONZERO = strategies.away_from(0.0, margin=0.3)
QUARTERS = strategies.away_from(*np.arange(-3, 3.5, 0.5), margin=0.2)  # away from whole and half numbers
APART = strategies.apart(0.125)


def some_zeros(rng, shape):
    return NONZERO(rng, shape) * (rng.random(shape) < 0.7)


# -- drawing ----------------------------------------------------------------------------------------------------


below = functools.cache(lambda n: st.integers(0, n - 1))


class Source:
    """Shapes, numbers and options, all of them drawn by hypothesis."""

    def __init__(self, draw):
        self.draw = draw

    @functools.cached_property
    def rng(self):
        return self.draw(strategies.generators())

    def among(self, *choices):
        return choices[self.draw(below(len(choices)))]

    def some(self, **options):
        """Some of the options, each half of the time."""
        return {name: value for name, value in options.items() if self.draw(st.booleans())}

    def shape(self, least=0, ndim=None):
        dims = {} if ndim is None else {"min_dims": ndim, "max_dims": ndim}
        return self.draw(strategies.shapes(min_side=least, **dims))

    def broadcastable(self, n, least=0, max_dims=3):
        """So many shapes that broadcast against each other, or those of a signature."""
        return self.draw(strategies.broadcastable_shapes(n, min_side=least, max_dims=max_dims))

    def array(self, shape, domain=REAL):
        return np.asarray(domain(self.rng, shape), float)

    def apart(self, *shapes):
        """Arrays of which no two numbers are nearer to each other than 1/8."""
        return self.draw(strategies.broadcastable_arrays(st.just(shapes), elements=APART, layout="C"))

    def axis(self, ndim, *kinds):
        return self.draw(strategies.axes(ndim, *kinds))

    def key(self, shape):
        return self.draw(strategies.indices(shape))

    def mask(self, shape, axis, least=1):
        """A mask for where= that leaves at least so many elements on each reduced axis."""
        index = np.indices(shape)
        reduced = functions.normalize_axes(axis, len(shape))
        first = np.all([index[i] < least for i in reduced], axis=0) if reduced else np.ones(shape, bool)
        return first | (self.rng.random(shape) < 0.5)


@st.composite
def calls(draw, row):
    """A call of the row, and a generator for what a test needs besides."""
    source = Source(draw)
    return row.draw(source), source.rng


def one_held(s, call, domains):
    held = s.among(*(None,) * 4, *range(len(domains))) if len(domains) > 1 else None
    if held is None:
        return call
    value = s.array((), domains[held])
    forms = [float(value), np.float64(value), np.array([value])]
    if not getattr(call.function, "__module__", "numpy").startswith("autograd_lite.rules"):  # those take arrays alone
        forms.append([float(value)])
    return call.holding(held, s.among(*forms))


def wider(s):
    return s.among(np.float64, np.longdouble, "longdouble")


# -- the other ways to write a call -----------------------------------------------------------------------------


def method(name):
    """Written as a method of the first argument."""

    def way(x, *args, **options):
        return getattr(x, name)(*args, **options)

    return way


def attribute(name):
    """Written as an attribute, where no options are given."""
    return lambda x, *args, **options: NotImplemented if args or options else getattr(x, name)


def without_options(way):
    return lambda *args, **options: NotImplemented if options else way(*args)

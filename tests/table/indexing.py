"""The rows of functions that choose elements or write them."""

import operator

import numpy as np

from autograd_lite.rules import indexing

from .row import REAL, Call, Kink, Row, one_held


def chosen_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(indexing.getitem, (s.array(shape),), {}, lambda x: (x, key))


def written_elements(s):
    shape = s.shape()
    key = s.key(shape)
    value = s.array(s.among(np.empty(shape)[key].shape, ()))
    return Call(indexing.setitem, (s.array(shape), value), {}, lambda x, value: (np.copy(x), key, value))


def added_elements(s):
    shape = s.shape()
    key = s.key(shape)
    value = s.array(s.among(np.empty(shape)[key].shape, ()))
    return Call(indexing.add_to, (s.array(shape), value), {}, lambda x, value: (x, key, value))


def counted(s):
    places = s.rng.integers(0, 4, s.among(1, 2, 5))
    options = s.some(minlength=s.among(0, 6))
    return Call(np.bincount, (s.array(places.shape),), options, lambda weights: (places, doubles(weights)))


def doubles(x):
    """np.bincount takes no more than double precision."""
    return x.astype(float) if x.dtype == np.longdouble else x


def erased_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(indexing.erase, (s.array(shape),), {}, lambda x: (x, key))


def scattered_elements(s):
    shape = s.shape()
    key = s.key(shape)
    return Call(indexing.scatter, (s.array(np.empty(shape)[key].shape),), {}, lambda x: (x, key, shape))


def chosen_where(s):
    of_condition, *shapes = s.broadcastable(3)
    condition = s.among(s.rng.random(of_condition) < 0.5, True, (s.rng.random(of_condition) * 3).astype(int))
    call = Call(np.where, tuple(map(s.array, shapes)), {}, lambda a, b: (condition, a, b))
    return one_held(s, call, (REAL, REAL))


def clipped(function):
    """Between two bounds, which may be numbers, missing, or the wrong way round."""

    def draw(s):
        call = Call(function, s.apart(*s.broadcastable(3)))
        within = call.holding(2, 1.125).holding(1, 0.125)
        above, below = call.holding(2, None), call.holding(1, None)
        return s.among(call, within, above, below, above.holding(1, 0.125), below.holding(1, 1.125))

    return draw


ROWS = (
    Row(indexing.getitem, chosen_elements, (operator.getitem,)),
    Row(indexing.scatter, scattered_elements),
    Row(indexing.setitem, written_elements),
    Row(indexing.add_to, added_elements),
    Row(np.bincount, counted),
    Row(indexing.erase, erased_elements),
    Row(np.where, chosen_where),
    Row(indexing.clip, clipped(indexing.clip)),
)

PIECEWISE = {indexing.clip}

KINKS = {
    "an element named twice": Kink(lambda x: x[[0, 0, 1]], ([1.0, 2.0, 3.0],), ([2, 1, 0],)),
}

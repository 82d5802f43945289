"""The rows of products and cumulative products, and of their derivatives."""

import numpy as np

from autograd_lite import functions
from autograd_lite.rules import factors

from .reductions import cumulation, cumulative, nan_function, reduction
from .row import NUMPY, REAL, Call, Kink, Row, method, some_zeros, wider


def cumulated_product(function, ways=()):
    row = cumulation(function, ways)

    def draw(s):
        call = row.draw(s)
        return call._replace(arrays=(s.array(call.arrays[0].shape, some_zeros),))

    return Row(function, draw, ways)


def others(s):
    ndim = s.among(1, 2)
    shape = s.shape(1, ndim)
    axes = functions.normalize_axes(s.axis(ndim), ndim)
    directions = [s.array(shape, some_zeros) for _ in range(s.among(0, 1, 2))]
    return Call(factors.product_of_others, (s.array(shape), s.array(shape, some_zeros), *directions), {"axes": axes})


def along_the_last_axis(function, weighted):
    def draw(s):
        shape = s.shape(1, s.among(1, 2))
        directions = [s.array(shape, some_zeros) for _ in range(s.among(0, 1, 2))]
        return Call(function, (*[s.array(shape, REAL)] * weighted, s.array(shape, some_zeros), *directions))

    return Row(function, draw)


of_products = reduction(np.prod, some_zeros, initial=lambda s: 1.5)

ROWS = (
    reduction(np.prod, some_zeros, dtype=wider, initial=lambda s: 1.5, ways=(method("prod"),)),
    cumulated_product(np.cumprod, ways=(method("cumprod"),)),
    nan_function(np.nanprod, of_products),
    nan_function(np.nancumprod, cumulated_product(np.cumprod)),
    Row(factors.product_of_others, others),
    along_the_last_axis(factors.cumprod_tangent, 0),
    along_the_last_axis(factors.cumprod_gradient, 1),
)
if NUMPY >= (2, 1):
    ROWS += (cumulative(np.cumulative_prod, some_zeros),)

KINKS = {
    "prod with one 0": Kink(np.prod, ([0.0, 2.0, 3.0],), ([6.0, 0, 0],)),
    "prod with two 0s": Kink(np.prod, ([0.0, 2.0, 0.0],), ([0, 0, 0],)),
    "prod with 0s in some rows": Kink(lambda a: np.prod(a, 1), ([[0.0, 2.0], [4.0, 3.0]],), ([[2, 0], [3, 4]],)),
    "prod where the 0 is left out": Kink(lambda a: np.prod(a, where=[False, True]), ([0.0, 2.0],), ([0, 1],)),
    "cumprod with a 0 in front": Kink(np.cumprod, ([0.0, 2.0, 3.0],), ([9, 0, 0],)),
    "cumprod with a 0 within": Kink(np.cumprod, ([2.0, 0.0, 3.0],), ([1, 8, 0],)),
    "cumprod with two 0s": Kink(np.cumprod, ([0.0, 0.0, 3.0],), ([1, 0, 0],)),
    "prod that underflows": Kink(np.prod, ([1e-200, 1e-200],), ([1e-200, 1e-200],)),
}

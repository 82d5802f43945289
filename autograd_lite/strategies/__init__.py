"""Hypothesis strategies for property tests of functions of arrays, and `gradient_test`, which makes such a test in a line.

Shapes, layouts in memory, axes and indices are drawn choice by choice, so that a failing example shrinks. The numbers of an
array come from a drawn `numpy.random.Generator` and a *domain*: a function `(rng, shape) -> numbers`. Choose a domain where
the function under test is smooth: numbers away from kinks (`away_from`, `apart`), of many sizes (`magnitudes`), or matrices
that can be inverted (`well_conditioned`, `symmetric`, `positive_definite`). A domain of your own is a line:
`lambda rng, shape: rng.integers(-6, 6, shape) + 0.5`.

In the order in which to read: `domains.py`, `matrices.py`, `broadcasting.py`, `indexing.py`, `layouts.py`, `filled_arrays.py`,
`programs.py`, `decorator.py`.
"""

try:
    import hypothesis  # noqa: F401  (each file imports it: here it is missed first)
except ImportError as error:
    raise ImportError(
        "autograd_lite.strategies draws with hypothesis, which is not installed: pip install hypothesis, "
        "or pip install 'autograd-lite[check]'."
    ) from error

from .broadcasting import broadcastable_shapes, shapes
from .decorator import gradient_test
from .domains import Domain as Domain
from .domains import apart, away_from, between, generators, magnitudes
from .filled_arrays import arrays, broadcastable_arrays, dtypes, tensors
from .indexing import axes, indices
from .layouts import ANY_LAYOUT, LAYOUTS, laid_out
from .matrices import positive_definite, symmetric, well_conditioned
from .programs import OPERATIONS as OPERATIONS
from .programs import Expression, expressions

__all__ = [
    "ANY_LAYOUT",
    "LAYOUTS",
    "Expression",
    "apart",
    "arrays",
    "away_from",
    "axes",
    "between",
    "broadcastable_arrays",
    "broadcastable_shapes",
    "dtypes",
    "expressions",
    "generators",
    "gradient_test",
    "indices",
    "laid_out",
    "magnitudes",
    "positive_definite",
    "shapes",
    "symmetric",
    "tensors",
    "well_conditioned",
]

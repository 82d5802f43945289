"""What holds of a function of SciPy's with derivatives: SciPy's value to the bit, and derivatives that are those of the call."""

import numpy as np

import autograd_lite as ag
from tests.rules.checks import (
    forward_and_reverse_are_adjoint,
    gradient_is_the_derivative,
    kinds_are_kept,
    leaves,
    second_derivative_is_the_derivative_of_the_first,
    values,
)


def holds(call, value, second=True):
    """The value is SciPy's, and the derivatives are those of the call."""
    found = leaves(values(call(*map(ag.tensor, call.arrays))))
    expected = leaves(value)
    assert len(found) == len(expected)
    assert all(np.array_equal(a, np.asarray(b), equal_nan=True) for a, b in zip(found, expected, strict=True))
    for check in (gradient_is_the_derivative, forward_and_reverse_are_adjoint, kinds_are_kept):
        check(call, np.random.default_rng(0))
    if second:
        second_derivative_is_the_derivative_of_the_first(call, np.random.default_rng(0))

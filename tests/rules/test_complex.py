"""Complex numbers, in every row of the table: with some or all arguments complex, each property of a derivative holds.

The checks take a complex number for the two real ones that it is made of (`checks.dot`). So they do not depend on a convention.
"""

import contextlib
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from tests.rules.checks import CHECKS, gradients, random_like
from tests.table import ROWS, parameter
from tests.table.row import calls


def rows(*groups, but=()):
    """The rows with a name in one of the groups, or all but those."""
    chosen = [row for row in ROWS if (str(row) in set().union(*groups) if groups else str(row) not in set().union(*but))]
    return pytest.mark.parametrize("row", [parameter(row, name=str(row)) for row in chosen])


# NumPy itself takes no complex numbers there: they have no order, no rounding and no remainder
OF_NUMPY = """
    floor_divide remainder fmod hypot arctan2 logaddexp logaddexp2 copysign heaviside ldexp fabs cbrt deg2rad radians rad2deg
    degrees floor ceil trunc fix i0 logaddexp.accumulate logaddexp2.accumulate logaddexp.reduce logaddexp2.reduce bincount
    quantile percentile nanquantile nanpercentile unwrap divmod modf rfft ihfft rfft2 rfftn
"""
REFUSED_BY_NUMPY = {
    *(f"np.{name}" for name in OF_NUMPY.split()),
    "accurate.hypot_slope", "accurate.inverse_power", "reductions.softmax_of", "order_statistics.quantile_shares",
}  # fmt: skip
# they would lose the imaginary part, or be silently wrong; each says so
REFUSED_HERE = {
    "functions.cast", "np.astype", "np.real_if_close", "special.bessel_i", "accurate.softmax_weight", "accurate.softmax2_weight",
    "norms.norm_slope",
}  # fmt: skip


def curved(x, sign):
    """x as the real part of complex numbers, equal ones where x has equal ones."""
    return x + 1j * sign * (0.6 + 0.3 * np.cos(5 * np.nan_to_num(x, nan=0, posinf=0, neginf=0)))


STEPS = {"np.round", "np.around", "np.rint"}  # both parts must be away from the steps, as x is


@contextlib.contextmanager
def losing_no_part():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def complex_call(data, row):
    """A call of the row with complex numbers for some or all of its arrays, and a generator."""
    call, rng = data.draw(calls(row))
    n = len(call.arrays)
    assume(n)
    which = data.draw(st.sets(st.integers(0, n - 1), min_size=1)) if n > 1 else {0}
    made = (lambda x, sign: x * (1 + 1j * sign)) if str(row) in STEPS else curved
    arrays = [made(x, rng.choice((-1, 1))) if i in which else x for i, x in enumerate(call.arrays)]
    return call._replace(arrays=tuple(arrays)), rng


def is_taken(call):
    """True if NumPy takes the call; else we refuse it as well."""
    with losing_no_part():
        try:
            call(*call.arrays)
        except (TypeError, ValueError, np.exceptions.ComplexWarning):  # LinAlgError is a ValueError
            tensors = [ag.tensor(x, requires_grad=True) for x in call.arrays]
            with pytest.raises((TypeError, ValueError)):
                call(*tensors)
            return False
    return True


@rows(but=(REFUSED_HERE, REFUSED_BY_NUMPY))
@settings(max_examples=4)
@given(st.data())
def test_every_row_takes_complex_numbers(row, data):
    call, rng = complex_call(data, row)
    assume(not ("mean" in call.options and "dtype" in call.options))  # which NumPy's var takes, and we refuse
    if is_taken(call):
        for check in CHECKS:
            check(call, rng)


@rows(REFUSED_BY_NUMPY)
@settings(max_examples=2)
@given(st.data())
def test_numpy_refuses_complex_numbers_and_so_do_we(row, data):
    call, _ = complex_call(data, row)
    assume(all(x.size for x in call.arrays))
    assert not is_taken(call)


@pytest.mark.parametrize("function", [np.quantile, np.percentile, np.nanquantile, np.nanpercentile])
@pytest.mark.parametrize("method", ["nearest", "closest_observation", "linear", "lower"])
@pytest.mark.parametrize("q", [0.5 + 1j, np.array([0.5, 0.25 + 1j])])
def test_no_quantile_is_at_a_complex_place(function, method, q):
    with pytest.raises(TypeError, match=f"{function.__name__}: q must be real numbers"):
        function(ag.tensor([1.0, 2.0], requires_grad=True), q, method=method)


@rows(REFUSED_HERE)
@settings(max_examples=2)
@given(st.data())
def test_what_would_lose_the_imaginary_part_is_refused(row, data):
    call, _ = complex_call(data, row)
    with losing_no_part(), pytest.raises(TypeError):
        call(*[ag.tensor(x, requires_grad=True) for x in call.arrays])


def test_each_name_above_is_a_row():
    assert {*map(str, ROWS)} >= REFUSED_BY_NUMPY | REFUSED_HERE


@rows(but=(REFUSED_HERE, REFUSED_BY_NUMPY))
@settings(max_examples=2)
@given(st.data())
def test_single_precision_stays_single(row, data):
    call, rng = complex_call(data, row)
    assume(np.float32 in call.precisions and not call.options.get("dtype"))
    kinds = [np.complex64 if x.dtype.kind == "c" else np.float32 for x in call.arrays]
    single = call._replace(arrays=tuple(x.astype(kind) for x, kind in zip(call.arrays, kinds, strict=True)))
    if is_taken(single):
        with losing_no_part():
            g = random_like(single(*single.arrays), rng)
        found = gradients(single, single.arrays, g)
        assert [x.dtype for x in found] == [x.dtype for x in single.arrays]

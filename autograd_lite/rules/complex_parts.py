"""Parts of complex numbers: real, imaginary, angle.

A complex call contributes to a real argument the real part of what its rule gives (`engine.py`). So the rule of the imaginary
part needs no case of its own: with dL = Re(g * dx) it is -i g, whose real part is 0 for a real g.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, overridable
from .indexing import getitem
from .products import with_shape


@overridable
def real_part(x: Any) -> Any:
    """The real part: that of a copy where `x` is small."""
    return getitem(x, ...).real


@overridable
def imag_part(x: Any) -> Any:
    """The imaginary part: that of a copy where `x` is small."""
    return getitem(x, ...).imag


# fmt: off
KIND = {"elementwise": True}
RULES: dict[Any, Any] = {
    real_part: (lambda g: g,),
    imag_part: (lambda g: g * -1j,),
}
# fmt: on


def angle(z: Any, deg: bool = False) -> Any:
    """The angle to the positive real axis; its slope is 0 at 0."""
    z = with_shape(z)
    found = np.arctan2(z.imag, z.real)
    return found * (180 / math.pi) if deg else found


def real_if_close(a: Any, tol: float = 100) -> Any:
    """The Tensor itself: of a complex one it would depend on the values what it returns."""
    if a.dtype.kind == "c":
        raise TypeError("real_if_close: a complex Tensor would stay complex or not, depending on its values. Write t.real.")
    return a[...]


def as_complex(x: Any, leaves_reals: Any) -> Any:
    """`x`, as complex numbers if a function has a complex value at one of these real ones: what np.emath does.

    >>> as_complex(np.array([4.0, -4.0]), lambda x: x < 0)
    array([ 4.+0.j, -4.+0.j])
    """
    x = with_shape(x)
    if x.dtype.kind == "c" or not np.any(leaves_reals(x)):
        return x
    return cast(x, np.complex64 if np.result_type(x) == np.float32 else np.complex128)


def negative(x: Any) -> Any:
    return x < 0


def beyond_one(x: Any) -> Any:
    return np.abs(x) > 1


def power(x: Any, p: Any) -> Any:
    p = with_shape(p)
    return np.power(as_complex(x, negative), p * 1.0 if np.any(p < 0) else p)


def log_to_base(n: Any, x: Any) -> Any:
    return np.log(as_complex(x, negative)) / np.log(as_complex(n, negative))


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.real:          lambda val: val.real,
    np.imag:          lambda val: val.imag,
    np.angle:         angle,
    np.real_if_close: real_if_close,

    # complex where a real number leaves the reals: the square root of -1 is 1j
    np.emath.sqrt:    lambda x: np.sqrt(as_complex(x, negative)),
    np.emath.log:     lambda x: np.log(as_complex(x, negative)),
    np.emath.log2:    lambda x: np.log2(as_complex(x, negative)),
    np.emath.log10:   lambda x: np.log10(as_complex(x, negative)),
    np.emath.logn:    log_to_base,
    np.emath.power:   power,
    np.emath.arccos:  lambda x: np.arccos(as_complex(x, beyond_one)),
    np.emath.arcsin:  lambda x: np.arcsin(as_complex(x, beyond_one)),
    np.emath.arctanh: lambda x: np.arctanh(as_complex(x, beyond_one)),
}
# fmt: on

__all__ = ["COMPOSITIONS", "KIND", "RULES", "imag_part", "real_part"]

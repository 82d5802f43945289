"""Parts of complex numbers: real, imaginary, angle.

A complex call contributes to a real argument the real part of what its rule gives (`engine.py`). So the rule of the imaginary
part needs no case of its own: with dL = Re(g * dx) it is -i g, whose real part is 0 for a real g.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import overridable
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


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.real:          lambda val: val.real,
    np.imag:          lambda val: val.imag,
    np.angle:         angle,
    np.real_if_close: real_if_close,
}
# fmt: on

__all__ = ["COMPOSITIONS", "KIND", "RULES", "imag_part", "real_part"]

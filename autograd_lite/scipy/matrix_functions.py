"""Functions of square matrices that are given by a power series: expm, logm, sqrtm, cosm and their kin, and powers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import of_values
from ..graph import is_tracked
from ..safety.operands import values_of
from .needed import needed

linalg = needed("scipy.linalg")


def power_of_two(g: Any) -> Any:
    """The next power of 2 above the size of the gradient: numbers are divided by it without rounding.

    >>> power_of_two(np.array([0.0, -5.0]))
    np.float64(8.0)
    """
    largest = np.max(np.abs(g), initial=0)
    return np.ldexp(np.ones_like(largest), np.frexp(largest if np.isfinite(largest) else 1)[1])


DOCSTRING = """SciPy's `{name}(a)` of a square matrix, with derivatives of every order, at repeated eigenvalues too.

    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy import linalg
    >>> a, v = np.diag([1.0, 2.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> _, tangent = ag.jvp(linalg.{name}, (a,), (v,))
    >>> f = np.diag(linalg.{name}(a))
    >>> bool(np.isclose(tangent[0, 1], f[1] - f[0]))  # divided by 2 - 1
    True
    """


def of_matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices given by a power series, with derivatives of every order, at repeated eigenvalues too.

    f([[A, G], [0, A]]) holds the derivative of f at A in the direction G in its corner (Mathias, SIAM J. Matrix Anal. 17, 1996;
    Al-Mohy and Higham, 2009). At A^T it is the transposed map, and the rule calls the same function of a larger matrix. Its
    corner is linear in G, which is brought to the size 1: a larger one would cost digits, as SciPy goes by the norm of the whole.
    """

    def value(a: Any) -> Any:
        return function(a)

    def rule(g: Any, a: Any) -> Any:
        if g.dtype.kind == "c" != a.dtype.kind:  # eigenvalues on a branch cut stay there, as those of a real matrix do
            return rule(np.real(g), a) + 1j * rule(np.imag(g), a)
        n, size = a.shape[-1], of_values(power_of_two, g)
        upper = np.concatenate([a.mT, g / size], -1)
        return made(np.concatenate([upper, np.concatenate([0 * g, a.mT], -1)], -2))[..., :n, n:] * size

    value.__name__ = function.__name__
    value.__doc__ = DOCSTRING.format(name=function.__name__)
    made = primitive(value, a=rule, trusted=True)
    return made


expm, sqrtm, logm = (of_matrices(f) for f in (linalg.expm, linalg.sqrtm, linalg.logm))
cosm, sinm, tanm = (of_matrices(f) for f in (linalg.cosm, linalg.sinm, linalg.tanm))
coshm, sinhm, tanhm = (of_matrices(f) for f in (linalg.coshm, linalg.sinhm, linalg.tanhm))


def fractional_matrix_power(A: Any, t: Any) -> Any:
    """The power t of a matrix, a number that is a constant.

    Raises
    ------
    TypeError
        t is a Tensor that requires grad: write expm(t * logm(A)).

    Examples
    --------
    >>> fractional_matrix_power(np.diag([4.0, 9.0]), 0.5)
    array([[2., 0.],
           [0., 3.]])
    """
    if is_tracked(t):
        raise TypeError("fractional_matrix_power: there is no derivative by t here. Write expm(t * logm(A)).")
    exponent = values_of(t)

    def power(a: Any) -> Any:
        return linalg.fractional_matrix_power(a, exponent)

    power.__name__ = "fractional_matrix_power"
    return of_matrices(power)(A)


__all__ = ["coshm", "cosm", "expm", "fractional_matrix_power", "logm", "sinhm", "sinm", "sqrtm", "tanhm", "tanm"]

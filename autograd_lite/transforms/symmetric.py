"""Functions of symmetric matrices, with derivatives of every order also where eigenvalues are equal.

For a = V diag(w) V^T the function of the matrix is V diag(f(w)) V^T. Its derivative in the direction e is V (D * (V^T e V)) V^T
with the divided differences D_ij = (f(w_i) - f(w_j)) / (w_i - w_j), which are f'(w_i) where both are equal (Daleckii and Krein,
1965; Higham, "Functions of Matrices", 2008, theorem 3.11). It needs no derivative of eigenvectors, which have none at equal w.

Higher derivatives are sums of

    F(a; e1, ..., en) = V T V^T,    T_il = sum_jk... D_ijk...l (V^T e1 V)_ij (V^T e2 V)_jk ...

with the divided differences of order n; and the derivatives of F by a and by each e are F again. So one primitive is closed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..primitive import Primitive, parse, record
from ..safety.operands import result_of_arrays
from . import grad
from .recorded_call import function_name

__all__ = ["symmetric_function"]

SCALING = "Scale the matrix or the result, as in ag.symmetric_function(np.exp, t * a); for a constant write t.detach()."
TERMS = 5  # of Taylor's series for equal and nearly equal eigenvalues


def symmetric_function(f: Callable[[Any], Any], a: Any) -> Any:
    """V diag(f(w)) V^T for the eigenvalues w and eigenvectors V of (a + a^T) / 2, with derivatives of every order by a.

    They are right where eigenvalues are equal: `np.linalg.eigh` has no derivative of its vectors there.

    Parameters
    ----------
    f
        An elementwise NumPy function, such as np.exp or `lambda w: 1 / (1 + w)`; derivatives of higher order need its own.
    a
        Symmetric matrices in the last two axes, of any batch shape.

    Raises
    ------
    TypeError
        f uses a Tensor that requires grad: scale the matrix instead, as in `symmetric_function(np.exp, t * a)`.

    Notes
    -----
    A derivative of order n costs of the order of m**(n + 2) for m x m matrices.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> ag.symmetric_function(np.sqrt, np.array([[5.0, 4.0], [4.0, 5.0]]))
    array([[2., 1.],
           [1., 2.]])
    >>> ag.grad(lambda a: ag.symmetric_function(np.exp, a)[0, 1])(np.zeros((2, 2)))
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    derivatives = [f]

    def derivative(n: int) -> Callable[[Any], Any]:
        while len(derivatives) <= n:
            derivatives.append(grad(lambda w, last=derivatives[-1]: np.sum(last(w))))
        return derivatives[n]

    def value(a: Any, *factors: Any) -> Any:
        w, v = np.linalg.eigh(a)
        table = divided_differences(lambda n, x: result_of_arrays(function_name(f), derivative(n)(x), SCALING), w, len(factors))
        if not factors:
            return v * table[..., None, :] @ v.mT
        letters = "abcdefghijklmnopqrstuvwxyz"[: len(factors) + 1]
        pairs = "".join(f",...{i}{j}" for i, j in itertools.pairwise(letters))
        turned = (v.mT @ e @ v for e in factors)
        return v @ np.einsum(f"...{letters}{pairs}->...{letters[0]}{letters[-1]}", table, *turned) @ v.mT

    def by_factor(g: Any, i: int, a: Any, factors: Any) -> Any:
        return through(a, *(e.mT for e in factors[:i][::-1]), g, *(e.mT for e in factors[i + 1 :][::-1]))

    def by_a(g: Any, a: Any, factors: Any) -> Any:
        places = range(len(factors) + 1)
        return sum(through(a, *(e.mT for e in factors[:i][::-1]), g, *(e.mT for e in factors[i:][::-1])) for i in places)

    primitive = Primitive(value, {"a": by_a, "factors": by_factor}, parse("a, *factors"), "symmetric_function")

    def through(a: Any, *factors: Any) -> Any:
        return record(primitive, a, *factors)

    return through((a + np.swapaxes(a, -1, -2)) / 2)


def divided_differences(f: Callable[[int, Any], Any], w: Any, n: int) -> Any:
    """f[w_i, w_j, ...] for all choices of n + 1 of the numbers w, which ascend; `f(k, x)` is the k-th derivative at x.

    By (f[x1...xn] - f[x0...x(n-1)]) / (xn - x0), with the largest and the least number at the ends. Where Taylor's series around
    their mean converges in a few terms, it is used instead: the difference has fewer digits there, and none at equal numbers.
    """
    m = w.shape[-1]
    found = f(0, w)
    for order in range(1, n + 1):
        chosen = np.sort(np.indices((m,) * (order + 1)).reshape(order + 1, -1), axis=0)
        sides = [np.ravel_multi_index(tuple(part), (m,) * order) for part in (chosen[1:], chosen[:-1])]
        gaps = w[..., chosen[-1]] - w[..., chosen[0]]
        flat = found.reshape((*w.shape[:-1], -1))
        with np.errstate(all="ignore"):
            quotient = (flat[..., sides[0]] - flat[..., sides[1]]) / gaps
        series, close = taylor(f, np.moveaxis(w[..., chosen], -2, 0), order)
        found = np.where(close | (gaps == 0), series, quotient)
    return found.reshape((*w.shape[:-1], *(m,) * (n + 1)))


def taylor(f: Callable[[int, Any], Any], x: Any, n: int) -> tuple[Any, Any]:
    """sum_k f^(n + k)(c) / (n + k)! h_k(x - c) around the mean c of x (stacked along the first axis), and where it has converged.

    h_k are the complete homogeneous symmetric polynomials, made of sums of powers by Newton's identities.
    """
    center = np.mean(x, axis=0)
    d = x - center
    powers = [np.sum(d**k, axis=0) for k in range(TERMS)]
    h = [np.ones_like(center)]
    for k in range(1, TERMS):
        h.append(sum(powers[i] * h[k - i] for i in range(1, k + 1)) / k)
    near = np.max(np.abs(d), axis=0) <= 0.02 * (1 + np.abs(center))
    at = np.where(near, center, np.mean(center[near]) if near.any() else center)  # derivatives only where they are needed
    with np.errstate(all="ignore"):
        terms = [f(n + k, at) / math.factorial(n + k) * h[k] for k in range(TERMS)] if near.any() else [center] * TERMS
    total = sum(terms[1:], terms[0])
    rest = np.maximum(np.abs(terms[-1]), np.abs(terms[-2]))
    return total, near & (rest <= 1e-14 * np.abs(total))

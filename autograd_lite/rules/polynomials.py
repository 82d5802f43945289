"""Polynomials by their coefficients, highest power first: their values, sums, products, quotients, slopes and integrals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import cast, of_values
from .products import with_shape


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients p at x, by Horner's rule as in NumPy."""
    p, x = coefficients("polyval", p), coefficients("polyval", x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def coefficients(name: str, p: Any) -> Any:
    """The argument, with a shape; a poly1d is refused."""
    if isinstance(p, np.poly1d):
        raise TypeError(f"{name}: a poly1d has no derivatives. Give its coefficients as an array: np.{name}(p.coef, ...).")
    return with_shape(p)


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the polynomial with these roots, or the eigenvalues of a square matrix: real for conjugate pairs."""
    roots = np.atleast_1d(with_shape(seq_of_zeros))
    if roots.ndim == 2 and roots.shape[0] == roots.shape[1] != 0:
        roots = np.linalg.eigvals(roots)
    elif roots.ndim != 1:
        raise ValueError(f"poly of shape {roots.shape}: roots stand along one axis, and a matrix is square.")
    roots = cast(roots, np.dtype(np.mintypecode(np.result_type(roots).char)))
    p = one = np.ones_like(roots, shape=1)
    for root in roots:
        p = np.convolve(p, np.concatenate([one, -root[None]]))
    return p.real if np.iscomplexobj(p) and of_values(in_pairs, roots) else p


def in_pairs(roots: Any) -> Any:
    """True if the conjugates of complex numbers are the same numbers."""
    return np.array_equal(np.sort(roots), np.sort(np.conj(roots)))


def added(name: str, ufunc: Any) -> Callable[..., Any]:
    """`ufunc` of two polynomials, of which the shorter begins with zeros."""

    def both(a1: Any, a2: Any) -> Any:
        a, b = (np.atleast_1d(coefficients(name, p)) for p in (a1, a2))
        return ufunc(*(np.pad(p, (max(len(a), len(b)) - len(p), 0)) for p in (a, b)))

    return both


def polymul(a1: Any, a2: Any) -> Any:
    """The product, without the zeros that either begins with."""
    return np.convolve(*(without_first_zeros(np.atleast_1d(coefficients("polymul", p))) for p in (a1, a2)))


def without_first_zeros(p: Any) -> Any:
    """The coefficients from the first one on that is not 0; the last of zeros."""
    places = np.flatnonzero(p)
    return p[int(places[0]) if places.size else len(p) - 1 :]


def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder, by long division as in NumPy; what is 0 to within 1e-8 in front of the remainder is left out."""
    u, v = (np.atleast_1d(coefficients("polydiv", p)) + 0.0 for p in (u, v))
    steps = len(u) - len(v) + 1
    quotient, rest = [], u + 0.0 * v[0]
    for k in range(steps):
        quotient.append(1 / v[0] * rest[k])
        rest = rest - np.pad(quotient[-1] * v, (k, len(u) - len(v) - k))
    while len(rest) > 1 and of_values(np.allclose, rest[0], 0, 1e-14):
        rest = rest[1:]
    return np.stack(quotient) if quotient else np.zeros_like(rest[:1]), rest


def polyder(p: Any, m: int = 1) -> Any:
    """The m-th derivative."""
    if m < 0:
        raise ValueError(f"polyder: m is {m}, and must not be negative. Write np.polyint(p, {-m}).")
    p = coefficients("polyder", p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The m-th integral, with the constants k, one for each integration: 0 by default."""
    if m < 0:
        raise ValueError(f"polyint: m is {m}, and must not be negative. Write np.polyder(p, {-m}).")
    p, k = coefficients("polyint", p), np.atleast_1d(with_shape(0.0 if k is None else k))
    if len(k) not in (1, m):
        raise ValueError(f"polyint: k has {len(k)} constants for {m} integrations: there must be one for each.")
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), k[i : i + 1] if len(k) > 1 else k])
    return p


# fmt: off
COMPOSITIONS: dict[Any, Any] = {
    np.polyval: polyval,
    np.poly:    poly,
    np.polyadd: added("polyadd", np.add),
    np.polysub: added("polysub", np.subtract),
    np.polymul: polymul,
    np.polydiv: polydiv,
    np.polyder: polyder,
    np.polyint: polyint,
}
# fmt: on

__all__ = ["COMPOSITIONS"]

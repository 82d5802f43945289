"""Every name of scipy.special; those that are no ufuncs, and so need rules of their own, stand here."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare import primitive
from ..functions import normalize_axes, restore_axes
from ..numpy.delegation import opened, taking_lists
from .needed import needed

special = needed("scipy.special")


def softmax_weights(a: Any, y: Any, axis: Any, keepdims: bool) -> Any:
    """exp(a - logsumexp(a)); 0 where the sum is 0, which is that of nothing."""
    total = restore_axes(y, a.shape, axis, keepdims)
    return np.exp(a - np.where(np.isneginf(np.real(total)), 0, total))


def by_a(g: Any, y: Any, a: Any, axis: Any, b: Any, keepdims: bool) -> Any:
    share = restore_axes(g, a.shape, axis, keepdims) * softmax_weights(a, y, axis, keepdims)
    return share if b is None else share * b


def by_b(g: Any, y: Any, a: Any, axis: Any, b: Any, keepdims: bool) -> Any:
    wide = np.broadcast_shapes(a.shape, b.shape)
    full = np.broadcast_to(a, wide)
    return restore_axes(g, wide, axis, keepdims) * softmax_weights(full, y, axis, keepdims)


def of_sum(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    return special.logsumexp(a, axis=axis, b=b, keepdims=keepdims)


of_sum.__name__ = "logsumexp"
log_of_sum = primitive(of_sum, a=by_a, b=by_b, trusted=True)


@taking_lists
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """log(sum(b exp(a))) over `axis`, which stays with `keepdims`, as scipy.special.logsumexp, with derivatives by a and by b.

    The derivative by a is the softmax, b exp(a) / sum(b exp(a)). With `return_sign` the pair of the logarithm of the absolute
    value, and the sign, which is a constant.

    >>> import autograd_lite as ag
    >>> ag.grad(logsumexp)(np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])
    """
    a = a if hasattr(a, "ndim") else np.asarray(a, float)
    if b is not None:
        b = b if hasattr(b, "ndim") else np.asarray(b, float)
        wide = np.broadcast_shapes(np.shape(a), np.shape(b))
        a = a if np.shape(a) == wide else np.broadcast_to(a, wide)
    if not return_sign:
        return log_of_sum(a, axis, b, keepdims)
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        raise TypeError(
            "logsumexp: return_sign=True of complex numbers, whose sign has derivatives. Write y = logsumexp(z), and y.real and "
            "np.exp(1j * y.imag) for the two."
        )
    bare = [x if x is None or isinstance(x, np.ndarray) else x.detach().numpy() for x in (a, b)]
    _, sign = special.logsumexp(bare[0], axis=axis, b=bare[1], keepdims=True, return_sign=True)
    found = log_of_sum(a, axis, sign if b is None else b * sign, keepdims)
    return found, sign if keepdims else np.squeeze(sign, normalize_axes(axis, np.ndim(a)))


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)) over `axis`.

    >>> softmax(np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])
    """
    return special.softmax(x, axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """x - logsumexp(x) over `axis`.

    >>> np.exp(log_softmax(np.array([0.0, np.log(3.0)])))
    array([0.25, 0.75])
    """
    return special.log_softmax(x, axis)


softmax = primitive(softmax, trusted=True, x=lambda g, y, axis: y * (g - np.sum(y * g, axis, keepdims=True)))
log_softmax = primitive(log_softmax, trusted=True, x=lambda g, y, axis: g - np.exp(y) * np.sum(g, axis, keepdims=True))


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of the digamma function at x.

    >>> round(float(polygamma(1, 1.0)), 6)  # pi**2 / 6
    1.644934
    """
    return special.polygamma(n, x)


polygamma = primitive(polygamma, trusted=True, x=lambda g, n, x: g * polygamma(n + 1, x))


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension d at a.

    >>> float(multigammaln(2.0, 1))
    0.0
    """
    return special.multigammaln(a, d)


multigammaln = primitive(multigammaln, trusted=True, a=lambda g, a, d: g * sum(special.psi(a - 0.5 * j) for j in range(d)))


def __getattr__(name: str) -> Any:
    found = globals()[name] = opened(getattr(special, name))
    return found


__all__ = ["log_softmax", "logsumexp", "multigammaln", "polygamma", "softmax"]

"""Functions of points along a line: differences, interpolation, convolutions, powers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import cast, conj, normalize_axes, of_values, overridable, ratio
from .indexing import scatter
from .products import with_shape
from .row import Row

# -- convolutions -------------------------------------------------------------------------------------------------


def full_gradient(g: Any, n: int, m: int, lead: int) -> Any:
    """The gradient for the full convolution of n with m numbers, of which the result is the part that begins at `lead`."""
    return scatter(g, slice(lead, lead + len(g)), (n + m - 1,))


def convolve_full_gradient(g: Any, n: int, m: int, mode: str) -> Any:
    """The gradient for the full convolution, of which the option `mode` chooses the result.

    "full" is the whole, "same" as many numbers as the longer array has, the middle ones, "valid" those of entire overlap.
    """
    shorter = min(n, m)
    return full_gradient(g, n, m, {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[mode])


def correlate_full_gradient(g: Any, n: int, m: int, mode: str) -> Any:
    """The same with v reversed; if a is shorter, NumPy reverses the correlation of v with a, its middle too."""
    middle = (m - 1) // 2 if n >= m else n // 2
    return full_gradient(g, n, m, {"full": 0, "same": middle, "valid": min(n, m) - 1}[mode])


def convolve_a(g: Any, a_shape: tuple[int, ...], v: Any, mode: str) -> Any:
    """The transpose of a convolution with v is the correlation with v, whose conjugate NumPy takes."""
    v = np.ravel(v)
    return np.correlate(convolve_full_gradient(g, math.prod(a_shape), len(v), mode), conj(v), "valid").reshape(a_shape)


def convolve_v(g: Any, a: Any, v_shape: tuple[int, ...], mode: str) -> Any:
    """A convolution is symmetric in its arguments."""
    a = np.ravel(a)
    return np.correlate(convolve_full_gradient(g, len(a), math.prod(v_shape), mode), conj(a), "valid").reshape(v_shape)


def correlate_a(g: Any, a_shape: tuple[int, ...], v: Any, mode: str) -> Any:
    """The transpose of a correlation with v is the convolution with v, of which a correlation takes the conjugate."""
    v = conj(np.ravel(v))
    return np.convolve(correlate_full_gradient(g, math.prod(a_shape), len(v), mode), v, "valid").reshape(a_shape)


def correlate_v(g: Any, a: Any, v_shape: tuple[int, ...], mode: str) -> Any:
    """The correlation with a, reversed and conjugated, because v enters a correlation so."""
    a = np.ravel(a)
    found = np.correlate(correlate_full_gradient(g, len(a), math.prod(v_shape), mode), conj(a), "valid")
    return conj(np.flip(found)).reshape(v_shape)


# -- interpolation ------------------------------------------------------------------------------------------------


def interp_segment(x: Any, xp: Any, side: Any) -> tuple[Any, Any, Any]:
    """The indices of the points to the left and to the right of each x, and True where x lies between two points.

    At a point itself, `side` chooses the segment to its left or to its right.
    """
    found = of_values(np.searchsorted, xp, x, side) - 1
    low = np.clip(found, 0, max(len(xp) - 2, 0))
    return low, np.minimum(low + 1, len(xp) - 1), (found == low) & (len(xp) > 1) & of_values(np.equal, x, x)


def interp_slope(x: Any, xp: Any, fp: Any, side: str) -> Any:
    """The slope of the segment in which x lies; 0 outside."""
    low, high, between = interp_segment(x, xp, side)
    return np.where(between, ratio(np.take(fp, high) - np.take(fp, low), np.take(xp, high) - np.take(xp, low)), 0)


def interp_fraction(x: Any, xp: Any, side: str) -> Any:
    """The position of x in its segment: 0 at its left end, 1 at its right end or beyond the last point."""
    low, high, between = interp_segment(x, xp, side)
    return np.where(between, ratio(x - np.take(xp, low), np.take(xp, high) - np.take(xp, low)), x >= np.take(xp, high))


def scatter_to_ends(left: Any, right: Any, low: Any, high: Any, shape: tuple[int, ...]) -> Any:
    """The gradient for each point: the sum over the segments that have it as their left or right end."""
    return scatter(left, low, shape) + scatter(right, high, shape)


@overridable
def interp(x: Any, xp: Any, fp: Any) -> Any:
    """`np.interp` without its options.

    >>> interp(np.array([0.5, 9.0]), np.array([0.0, 1.0]), np.array([2.0, 4.0]))
    array([3., 4.])
    """
    return np.interp(x, xp, fp)


def interp_x(g: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The slope of the segment; at a point between two, the mean of theirs; outside 0."""
    return g * (0.5 * (interp_slope(x, xp, fp, "right") + interp_slope(x, xp, fp, "left")))


def interp_xp(g: Any, x: Any, xp: Any, fp: Any) -> Any:
    """Moving a point to the right moves the line through it as moving x to the left."""
    found = 0
    for side in ("right", "left"):
        low, high, _ = interp_segment(x, xp, side)
        part, moved = interp_fraction(x, xp, side), -0.5 * g * interp_slope(x, xp, fp, side)
        found = found + scatter_to_ends(moved * (1 - part), moved * part, low, high, xp.shape)
    return found


def interp_fp(g: Any, x: Any, xp: Any, fp_shape: tuple[int, ...]) -> Any:
    """Each value is a mean of the two at the ends of its segment; outside it is the nearer one."""
    low, high, _ = interp_segment(x, xp, "right")
    part = interp_fraction(x, xp, "right")
    return scatter_to_ends(g * (1 - part), g * part, low, high, fp_shape)


def in_double(x: Any) -> Any:
    """Constants in double precision, in which np.interp computes: booleans have no differences, unsigned integers wrap."""
    x = with_shape(x)
    return cast(x, np.result_type(x, float)) if isinstance(x, np.ndarray) else x


def interp_with_options(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """np.interp, which computes in double precision; a period repeats the last point in front and the first behind."""
    x, xp, fp = map(in_double, (x, xp, fp))
    if period is not None:
        x, xp, fp = cast(x, float), cast(xp, float), cast(fp, np.result_type(fp, float))
        period = np.abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    y = interp(x, xp, fp)
    if left is not None:
        y = np.where(x < xp[0], left, y)
    return y if right is None else np.where(x > xp[-1], right, y)


# -- differences --------------------------------------------------------------------------------------------------


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    """Differences of neighbours, taken n times."""
    if n < 0:
        raise ValueError(f"diff: the number of differences n must not be negative, but is {n}.")
    a = with_shape(a)
    if n == 0:
        return a
    if a.ndim == 0:
        raise ValueError("diff of a 0-d Tensor: it needs an axis.")
    axis = range(a.ndim)[axis]
    end = (*a.shape[:axis], 1, *a.shape[axis + 1 :])
    if not (prepend is np._NoValue and append is np._NoValue):
        ends = [np.broadcast_to(e, end) if np.ndim(e) == 0 else e for e in (prepend, append) if e is not np._NoValue]
        a = np.concatenate([*ends[: prepend is not np._NoValue], a, *ends[prepend is not np._NoValue :]], axis)
    if isinstance(a, np.ndarray):  # points of np.trapezoid, say, which may be booleans
        return np.diff(a, n, axis)
    for _ in range(n):
        a = part_along(a, axis, slice(1, None)) - part_along(a, axis, slice(None, -1))
    return a


def part_along(a: Any, axis: int, key: Any) -> Any:
    """`a[key]` along an axis."""
    return a[(slice(None),) * axis + (key,)]


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """`to_begin`, the differences of neighbours of the ravelled array, `to_end`; in the dtype of `ary`."""
    x = np.ravel(with_shape(ary))
    parts = [np.ravel(with_shape(part)) for part in (to_begin, x[1:] - x[:-1], to_end) if part is not None]
    if not all(np.can_cast(np.result_type(part), np.result_type(x), "same_kind") for part in parts):
        raise TypeError("ediff1d: to_begin and to_end must be of the kind of the array. Convert them with astype.")
    return np.concatenate([cast(part, np.result_type(x)) for part in parts])


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """np.gradient: differences between neighbours over their distance, one array for each axis.

    Distances and coordinates may be Tensors: by coordinates that require grad the derivative is that of unequal distances.
    """
    f = with_shape(f)
    if f.ndim == 0 and axis not in (None, ()):
        raise ValueError("gradient of a 0-d Tensor: it has no axis. Leave out axis=.")
    chosen = normalize_axes(axis, f.ndim)
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        varargs *= len(chosen)
    elif len(varargs) not in (0, len(chosen)):
        raise TypeError(f"gradient: {len(varargs)} spacings for {len(chosen)} axes. Give one for each axis, or one number.")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order must be 1 or 2, and is {edge_order}.")
    few = [i for i in chosen if f.shape[i] < edge_order + 1]
    if few:
        raise ValueError(f"gradient of shape {f.shape}: axis {few[0]} needs at least {edge_order + 1} elements.")
    spacings = [distances_along(dx, f, i) for dx, i in zip(varargs or (1.0,) * len(chosen), chosen, strict=True)]
    steps = of_values(np.asarray, f).strides
    order = sorted(range(f.ndim), key=lambda i: -abs(steps[i]))  # NumPy's results lie in memory as f does
    back = [order.index(i) for i in range(f.ndim)]
    ordered = np.transpose(f, order)
    found = [np.transpose(slope_along(ordered, back[i], dx, edge_order), back) for i, dx in zip(chosen, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def distances_along(dx: Any, f: Any, axis: int) -> Any:
    """The distances of neighbours, or the one that they all have."""
    if np.ndim(dx) == 0:
        return dx
    points, tracked = with_shape(dx), getattr(dx, "requires_grad", False)
    if points.shape != (f.shape[axis],):
        raise ValueError(f"gradient of shape {f.shape}: there are {points.shape} coordinates for axis {axis}.")
    distances = np.diff(points if np.result_type(points).kind in "fc" else cast(points, float))
    return distances[0] if not tracked and np.all(distances == distances[0]) else distances


def slope_along(f: Any, axis: int, dx: Any, edge_order: int) -> Any:
    """Second-order differences inside (Fornberg's weights for 3 points), of first or second order at the edges."""
    if np.result_type(f).kind not in "fc":
        f = cast(f, float)
    kind = np.result_type(f)
    uniform = np.ndim(dx) == 0
    column = [-1 if i == axis else 1 for i in range(f.ndim)]

    def weighted(key: Any, h1: Any, h2: Any, weights: Any) -> Any:
        before, at, behind = (part_along(f, axis, k) for k in key)
        a, b, c = weights(h1, h2)
        return a * before + b * at + c * behind

    inner = slice(None, -2), slice(1, -1), slice(2, None)
    if uniform:
        middle = (part_along(f, axis, inner[2]) - part_along(f, axis, inner[0])) / (2.0 * dx)
    else:
        middle = weighted(inner, dx[:-1].reshape(column), dx[1:].reshape(column), lambda h, k: (
            -k / (h * (h + k)), (k - h) / (h * k), h / (k * (h + k))
        ))
    if edge_order == 1:
        first = (part_along(f, axis, 1) - part_along(f, axis, 0)) / (dx if uniform else dx[0])
        last = (part_along(f, axis, -1) - part_along(f, axis, -2)) / (dx if uniform else dx[-1])
    elif uniform:
        first = weighted((0, 1, 2), dx, dx, lambda h, k: (-1.5 / h, 2.0 / h, -0.5 / h))
        last = weighted((-3, -2, -1), dx, dx, lambda h, k: (0.5 / h, -2.0 / h, 1.5 / h))
    else:
        first = weighted((0, 1, 2), dx[0], dx[1], lambda h, k: (
            -(2.0 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))
        ))
        last = weighted((-3, -2, -1), dx[-2], dx[-1], lambda h, k: (
            k / (h * (h + k)), -(k + h) / (h * k), (2.0 * k + h) / (k * (h + k))
        ))
    edges = [cast(edge, kind)[(slice(None),) * axis + (None,)] for edge in (first, last)]
    return np.concatenate([edges[0], cast(middle, kind), edges[1]], axis)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule, over points x or at distances dx."""
    y = with_shape(y)
    axis = range(y.ndim)[axis]
    if x is None:
        d = dx
    elif np.ndim(x) == 1:
        d = diff(x).reshape([-1 if i == axis else 1 for i in range(y.ndim)])
    else:
        d = diff(x, axis=axis - y.ndim if np.ndim(x) < y.ndim else axis)
    return np.sum(d * (part_along(y, axis, slice(1, None)) + part_along(y, axis, slice(None, -1))) / 2.0, axis)


# -- powers -------------------------------------------------------------------------------------------------------


def vander_x(g: Any, x: Any, increasing: bool) -> Any:
    """The column x**k gives k * x**(k - 1)."""
    n = max(g.shape[1] - 1, 0)
    ascending = g if increasing else np.flip(g, 1)
    return np.sum(ascending[:, 1:] * (np.arange(1, n + 1) * np.vander(x, n, increasing=True)), 1)


@overridable
def polyfit(x: Any, f: Any, w: Any, deg: int, rcond: Any = None) -> Any:
    """`np.polyfit` with weights: the coefficients y that make the length of w * (vander(x) @ y - f) the least.

    >>> polyfit(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]), np.ones(3), 1)
    array([2., 1.])
    """
    return np.polyfit(x, f, deg, rcond, w=w)


def polyfit_gradients(g: Any, y: Any, x: Any, f: Any, w: Any, deg: int, rcond: Any) -> tuple[Any, Any, Any]:
    """The gradients for z = w * f and for b = diag(w) @ vander(x), of which y = pinv(b) @ z; and f as a matrix.

    Where the columns of b are independent, dy = pinv(b) @ (dz - db @ y) + inv(b^H @ b) @ db^H @ (z - b @ y), and inv(b^H @ b)
    is pinv(b) @ pinv(b)^H (G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 1973).
    """
    g, y, f = (np.reshape(z, (len(z), -1)) for z in (g, y, f))
    inverse = polyfit(x, np.eye(len(x), dtype=np.result_type(g, np.float64)), w, deg, rcond) / w
    left_over = w[:, None] * (f - np.vander(x, deg + 1) @ y)
    of_z = np.transpose(inverse) @ g
    outside = conj(left_over) @ (conj(np.transpose(g)) @ conj(inverse) @ np.transpose(inverse))
    return of_z, outside - of_z @ np.transpose(y), f


def polyfit_x(g: Any, y: Any, x: Any, f: Any, w: Any, deg: int, rcond: Any) -> Any:
    _, of_b, _ = polyfit_gradients(g, y, x, f, w, deg, rcond)
    return vander_x(w[:, None] * of_b, x, False)


def polyfit_f(g: Any, x: Any, f_shape: Any, w: Any, deg: int, rcond: Any) -> Any:
    inverse = polyfit(x, np.eye(len(x), dtype=np.result_type(g, np.float64)), w, deg, rcond)
    return np.reshape(np.transpose(inverse) @ np.reshape(g, (deg + 1, -1)), f_shape)


def polyfit_w(g: Any, y: Any, x: Any, f: Any, w: Any, deg: int, rcond: Any) -> Any:
    of_z, of_b, f = polyfit_gradients(g, y, x, f, w, deg, rcond)
    return np.sum(of_z * f, 1) + np.sum(of_b * np.vander(x, deg + 1), 1)


def polyfit_with_options(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:  # fmt: skip
    if full or cov:
        raise ValueError("polyfit: full= and cov= are not supported on Tensors. The residuals are np.polyval(c, x) - y.")
    x, y = with_shape(x), with_shape(y)
    return polyfit(x, y, np.ones(x.shape) if w is None else with_shape(w), deg, rcond)


# fmt: off
RULES: dict[Any, Any] = {
    np.convolve:  Row("a, v, mode='full'",   a=convolve_a,   v=convolve_v),
    np.correlate: Row("a, v, mode='valid'",  a=correlate_a,  v=correlate_v),
    interp:       Row("x, xp, fp", x=interp_x, xp=interp_xp, fp=interp_fp),
    np.unwrap:    Row(f"p, discont=None, axis=-1, *, period={2 * math.pi}", p=lambda g: g),  # adds whole periods
    np.vander:    Row("x, N=None, increasing=False", x=vander_x),
    polyfit:      Row("x, f, w, deg, rcond=None", x=polyfit_x, f=polyfit_f, w=polyfit_w),
}

COMPOSITIONS: dict[Any, Any] = {
    np.interp:    interp_with_options,
    np.diff:      diff,
    np.ediff1d:   ediff1d,
    np.gradient:  gradient,
    np.trapezoid: trapezoid,
    getattr(np, "trapz", None): trapezoid,  # as NumPy 2.0 still calls it
    np.polyfit:   polyfit_with_options,
}
# fmt: on

__all__ = ["COMPOSITIONS", "RULES"]

"""Recurrences along a whole sequence: the states of an RNN, an LSTM or a GRU at all steps, as one primitive with one rule.

The walk back along the steps finds the gradients of everything that a step reads, so a recurrence has one argument: `prepared`
puts the contributions of the input, the weight and the first states behind one another. What does not depend on the next
step, such as the slopes of all gates, is computed for the whole sequence at once. The gates are results beside the states,
so that the rule finds them, and the rule takes gradients for the gates too: so its own derivatives are right as well.

Shapes: T steps, N sequences, n numbers in a state; the sums at k gates are (T, N, k n), the gates (k, T, N, n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag

__all__ = ["elman_relu", "elman_tanh", "gru", "lstm", "open_gates", "prepared"]

Shapes = Sequence[tuple[int, ...]]

# -- several arrays as one ----------------------------------------------------------------------------------------


def joined(*arrays: Any) -> Any:
    """Their elements, in one row."""
    return np.concatenate([array.reshape(-1) for array in arrays])


def parts(flat: Any, shapes: Shapes) -> list[Any]:
    """The arrays of those shapes that `joined` puts behind one another.

    >>> parts(np.arange(5), [(2, 2), (1,)])
    [array([[0, 1],
           [2, 3]]), array([4])]
    """
    found, start = [], 0
    for shape in shapes:
        end = start + math.prod(shape)
        found.append(flat[start:end].reshape(shape))
        start = end
    return found


def rows(x: Any) -> Any:
    """All axes but the last joined to one."""
    return x.reshape(-1, x.shape[-1])


def _prepared(x: Any, weight: Any, bias: Any, *arrays: Any) -> Any:
    """`x @ weight.T + bias` for all steps at once, and behind it the other arrays."""
    dtype = np.result_type(x, weight, bias, *arrays)
    shape = (*x.shape[:-1], len(weight))
    size = math.prod(shape)
    flat = np.empty(size + sum(array.size for array in arrays), dtype)
    sums = flat[:size].reshape(shape)
    if x.dtype == weight.dtype == dtype:
        np.dot(rows(x), weight.T, out=rows(sums))
    else:
        sums[:] = x @ weight.T
    sums += bias
    flat[size:] = joined(*arrays)
    return flat


def sums(flat: Any, x_shape: tuple[int, ...], weight_shape: tuple[int, ...]) -> Any:
    """The first of what `prepared` puts behind one another."""
    return parts(flat, [(*x_shape[:-1], weight_shape[0])])[0]


prepared: Callable[..., Any] = ag.primitive(
    _prepared,
    trusted=True,
    x=lambda g, x_shape, weight: sums(g, x_shape, weight.shape) @ weight,
    weight=lambda g, x, weight_shape: rows(sums(g, x.shape, weight_shape)).T @ rows(x),
    bias=lambda g, x_shape, weight_shape: sums(g, x_shape, weight_shape),
    arrays=lambda g, i, x_shape, weight_shape, arrays_shape: parts(g, [(*x_shape[:-1], weight_shape[0]), *arrays_shape])[i + 1],
)


def one_before(first: Any, states: Any) -> Any:
    """The state that each step begins with."""
    return np.concatenate([first[None], states[:-1]])


def weight_gradient(by_sums: Any, before: Any) -> Any:
    """The gradient of a weight that each step multiplies by the state before it."""
    return rows(by_sums).T.dot(rows(before))


# -- the Elman network --------------------------------------------------------------------------------------------


def elman(activation: np.ufunc | Callable[..., Any], back: Callable[[Any, Any], Any], real: bool = False) -> Callable[..., Any]:
    """The recurrence `h[t] = activation(x[t] + weight @ h[t - 1])`; `back(g, y)` is the gradient behind the activation."""

    def rnn(flat: Any, shapes: Shapes) -> Any:
        x, weight, h = parts(flat, shapes)
        across = np.ascontiguousarray(weight.T)
        y = np.empty(x.shape, flat.dtype)
        for t in range(len(y)):
            np.dot(h, across, out=y[t])
            h = np.add(y[t], x[t], out=y[t])
            activation(h, out=h)
        return y

    def rule(g: Any, y: Any, flat: Any, shapes: Shapes) -> Any:
        _, weight, h = parts(flat, shapes)
        by_h, by_sums = np.zeros(h.shape, y.dtype), []
        for t in reversed(range(len(y))):
            by_sums.append(back(g[t] + by_h, y[t]))
            by_h = by_sums[-1].dot(weight)
        by_x = np.stack(by_sums[::-1])
        return joined(by_x, weight_gradient(by_x, one_before(h, y)), by_h)

    return ag.primitive(rnn, flat=rule, trusted=True, real=real)


def _positive(x: Any, out: Any) -> Any:
    return np.maximum(x, 0, out=out)


elman_tanh = elman(np.tanh, lambda g, y: g * (1 - y * y))
elman_relu = elman(_positive, lambda g, y: np.where(y > 0, g, np.zeros((), y.dtype)), real=True)

# -- long short-term memory ---------------------------------------------------------------------------------------

# the logistic function is a tanh: sigmoid(x) = s * tanh(s * x) + 1 - s with s = 1/2, and with s = 1 that is tanh(x)
GATE_SCALES = [0.5, 0.5, 1.0, 0.5]  # of an LSTM's gates: input, forget, candidate, output


def open_gates(sums: Any, scales: Any, others: Any, out: Any) -> None:
    """The gates with those sums at them: sigmoids and, where the scale is 1, tanhs; `others` is 1 - scales."""
    np.multiply(sums, scales, out=out)
    np.tanh(out, out=out)
    out *= scales
    out += others


def _lstm(flat: Any, shapes: Shapes) -> tuple[Any, ...]:
    """From the sums at the gates, the weight, and the first h and c: all h, all c, the gates i, f, a, o, and tanh(c).

    c[t] = f * c[t - 1] + i * a and h[t] = o * tanh(c[t]) (Hochreiter and Schmidhuber, Long short-term memory, 1997; with the
    forget gate of Gers et al., 2000).
    """
    x, weight, h, c = parts(flat, shapes)
    across, scales = np.ascontiguousarray(weight.T), np.array(GATE_SCALES, flat.dtype)[:, None, None]
    others = 1 - scales
    hidden, cells, tanh_c = (np.empty((len(x), *c.shape), flat.dtype) for _ in range(3))
    gates = np.empty((4, *cells.shape), flat.dtype)
    sums, product = np.empty(x.shape[1:], flat.dtype), np.empty(c.shape, flat.dtype)
    at_gates = sums.reshape(-1, 4, c.shape[1]).swapaxes(0, 1)
    for t in range(len(x)):
        np.dot(h, across, out=sums)
        sums += x[t]
        i, f, a, o = gates[:, t]
        open_gates(at_gates, scales, others, gates[:, t])
        np.multiply(i, a, out=product)
        c = np.multiply(f, c, out=cells[t])
        c += product
        h = np.multiply(o, np.tanh(c, out=tanh_c[t]), out=hidden[t])
    return hidden, cells, gates, tanh_c


def products(pairs: Sequence[tuple[Any, Any]], out: Any = None) -> Any:
    """The products `a * b`, all (N, n), side by side, (N, k n): a new array, or in `out`."""
    if out is None:
        return np.concatenate([a * b for a, b in pairs], -1)
    blocks = out.reshape(len(out), len(pairs), pairs[0][0].shape[-1])  # not -1: a batch may be empty
    for k, (a, b) in enumerate(pairs):
        np.multiply(a, b, out=blocks[:, k])
    return out


def _lstm_flat(g: Any, y: Any, flat: Any, shapes: Shapes) -> Any:
    _, weight, h, c = parts(flat, shapes)
    hidden, cells, (i, f, a, o), tanh_c = y
    c_slope, before = 1 - tanh_c * tanh_c, one_before(c, cells)
    slopes = i * (1 - i), f * (1 - f), 1 - a * a, o * (1 - o)
    c_in_h, sums_in_h = o * c_slope, tanh_c * slopes[3]
    sums_in_c = a * slopes[0], before * slopes[1], i * slopes[2]
    of_sums = None if g[2] is None else np.concatenate([part * slope for part, slope in zip(g[2], slopes)], -1)
    of_cells = [part for part in (g[1], None if g[3] is None else g[3] * c_slope) if part is not None]
    # of arrays the steps are written into the result, which saves three copies; of Tensors they are put together in the end
    plain = of_sums is None and all(part.__class__ is np.ndarray for part in (flat, *g))
    room = np.empty(flat.shape, flat.dtype) if plain else None
    by_x: Any = [None] * len(cells) if room is None else parts(room, shapes[:1])[0]
    by_h, by_c = np.zeros(h.shape, flat.dtype), np.zeros(c.shape, flat.dtype)
    for t in reversed(range(len(by_x))):
        by_h = by_h if g[0] is None else by_h + g[0][t]
        by_c = by_c + by_h * c_in_h[t]
        for part in of_cells:
            by_c = by_c + part[t]
        step = products([*((by_c, s[t]) for s in sums_in_c), (by_h, sums_in_h[t])], by_x[t])
        if room is None:
            by_x[t] = step = step if of_sums is None else step + of_sums[t]
        by_c = by_c * f[t]
        by_h = step.dot(weight)
    by_x = np.stack(by_x) if room is None else by_x
    others = weight_gradient(by_x, one_before(h, hidden)), by_h, by_c
    if room is None:
        return joined(by_x, *others)
    room[by_x.size :] = joined(*others)
    return room


lstm: Callable[..., Any] = ag.primitive(_lstm, flat=_lstm_flat, trusted=True, real=True, several=True)

# -- the gated recurrent unit -------------------------------------------------------------------------------------


def _gru(flat: Any, shapes: Shapes) -> tuple[Any, Any]:
    """From the contributions of the input, the weight and bias of the state, and the first h: all h, and r, u, a, k.

    k = weight @ h[t - 1] + bias has a block for each sum; r = sigmoid(x_r + k_r), u = sigmoid(x_u + k_u), a = tanh(x_a + r * k_a)
    and h[t] = (1 - u) * a + u * h[t - 1] (Cho et al., Learning phrase representations, 2014; as in PyTorch and cuDNN, r acts
    behind the product with the state). The last result is k_a.
    """
    x, weight, bias, h = parts(flat, shapes)
    across, half = np.ascontiguousarray(weight.T), np.array(0.5, flat.dtype)
    hidden = np.empty((len(x), *h.shape), flat.dtype)
    gates = np.empty((4, *hidden.shape), flat.dtype)
    sums = np.empty(x.shape[1:], flat.dtype)
    k = sums.reshape(-1, 3, h.shape[1]).swapaxes(0, 1)
    x = x.reshape(len(x), -1, 3, h.shape[1]).swapaxes(1, 2)
    for t in range(len(x)):
        np.dot(h, across, out=sums)
        sums += bias
        gates[3, t] = k[2]
        k[:2] += x[t, :2]
        r, u, a, k_a = gates[:, t]
        open_gates(k[:2], half, half, gates[:2, t])
        np.multiply(r, k_a, out=a)
        a += x[t, 2]
        np.tanh(a, out=a)
        new = np.subtract(h, a, out=hidden[t])
        new *= u
        new += a
        h = new
    return hidden, gates


def _gru_flat(g: Any, y: Any, flat: Any, shapes: Shapes) -> Any:
    _, weight, _, h = parts(flat, shapes)
    hidden, (r, u, a, k) = y
    before, r_slope, u_slope, a_slope = one_before(h, hidden), r * (1 - r), u * (1 - u), 1 - a * a
    a_in_h = (1 - u) * a_slope
    k_in_h = a_in_h * k * r_slope, (before - a) * u_slope, a_in_h * r
    of_gates = None
    if g[1] is not None:
        by_r, by_u, by_a, by_k = g[1]
        of_a = by_a * a_slope
        of_gates = np.concatenate([(of_a * k + by_r) * r_slope, by_u * u_slope, of_a * r + by_k], -1)
    by_h, by_new, by_sums = np.zeros(h.shape, flat.dtype), [], []
    for t in reversed(range(len(hidden))):
        by_h = by_h if g[0] is None else by_h + g[0][t]
        by_new.append(by_h)
        step = np.concatenate([by_h * s[t] for s in k_in_h], -1)
        by_sums.append(step if of_gates is None else step + of_gates[t])
        by_h = by_h * u[t] + by_sums[-1].dot(weight)
    by_k = np.stack(by_sums[::-1])
    by_a = np.stack(by_new[::-1]) * a_in_h
    by_a = by_a if g[1] is None else by_a + of_a
    by_x = np.concatenate([by_k[..., : 2 * h.shape[-1]], by_a], -1)
    return joined(by_x, weight_gradient(by_k, before), np.sum(rows(by_k), 0), by_h)


gru: Callable[..., Any] = ag.primitive(_gru, flat=_gru_flat, trusted=True, real=True, several=True)

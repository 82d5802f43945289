"""Recurrent layers: a step that turns an input and a state into the next state, repeated along a sequence.

One product computes the contribution of the input for all steps; `recurrences.py` walks along them. A cell makes a single step:
those of the LSTM and of the GRU are one primitive each. It returns its gates beside the state, so that its rules find
them, and a rule takes gradients for the gates as well: so its own derivative is right too.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_lite as ag

from ..module import Module, Parameter, as_operand, real_operand, require_sizes
from ..random import Rng, generator
from . import recurrences
from .activations import relu
from .dropout import dropout
from .linear import linear

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

Hidden = tuple[Any, ...]

# -- one step -----------------------------------------------------------------------------------------------------


def gate_scales(dtype: Any) -> Any:
    """A column of 1/2 for each sigmoid and 1 for the tanh among an LSTM's gates."""
    return np.array(recurrences.GATE_SCALES, dtype)[:, None]


def _lstm(z: Any, c: Any) -> Any:
    """From the sums at the gates, (..., 4 n), and the old cell, (..., n): h, c and the gates i, f, a, o, stacked as (..., 6, n).

    c = f * c_old + i * a and h = o * tanh(c) (Hochreiter and Schmidhuber, Long short-term memory, 1997; with the forget
    gate of Gers et al., 2000).
    """
    lead, n = c.shape[:-1], c.shape[-1]
    y = np.empty((*lead, 6, n), np.result_type(z, c))
    gates = y[..., 2:, :]
    scales = gate_scales(y.dtype)
    recurrences.open_gates(z.reshape(*lead, 4, n), scales, 1 - scales, gates)
    i, f, a, o = (gates[..., k, :] for k in range(4))
    y[..., 1, :] = f * c + i * a
    y[..., 0, :] = o * np.tanh(y[..., 1, :])
    return y


def _cell_gradient(g: Any, y: Any, tanh_c: Any) -> Any:
    """The gradient of the new cell, by itself and by way of h."""
    return g[..., 1, :] + g[..., 0, :] * y[..., 5, :] * (1 - tanh_c * tanh_c)


def _lstm_z(g: Any, y: Any, c: Any) -> Any:
    tanh_c = np.tanh(y[..., 1, :])
    dc = _cell_gradient(g, y, tanh_c)
    gates = y[..., 2:, :]
    by_gates = g[..., 2:, :] + np.stack([dc * y[..., 4, :], dc * c, dc * y[..., 2, :], g[..., 0, :] * tanh_c], -2)
    lowest = 1 - 2 * gate_scales(y.dtype)  # a gate between these and 1 has the slope (gate - lowest) * (1 - gate)
    return (by_gates * (gates - lowest) * (1 - gates)).reshape(*c.shape[:-1], 4 * c.shape[-1])


lstm: Callable[..., Any] = ag.primitive(
    _lstm, trusted=True, real=True, z=_lstm_z, c=lambda g, y: _cell_gradient(g, y, np.tanh(y[..., 1, :])) * y[..., 3, :]
)


def _gru(x: Any, k: Any, h: Any) -> Any:
    """From the contributions of input and state, both (..., 3 n), and the old state: h, r, u and the candidate a, as (..., 4, n).

    r = sigmoid(x_r + k_r), u = sigmoid(x_u + k_u), a = tanh(x_a + r * k_a), h = (1 - u) * a + u * h_old (Cho et al., Learning
    phrase representations, 2014; as in PyTorch and cuDNN, r acts behind the product with the state).
    """
    lead, n = h.shape[:-1], h.shape[-1]
    x, k = x.reshape(*lead, 3, n), k.reshape(*lead, 3, n)
    y = np.empty((*lead, 4, n), np.result_type(x, k, h))
    half = np.array(0.5, y.dtype)
    recurrences.open_gates(x[..., :2, :] + k[..., :2, :], half, half, y[..., 1:3, :])
    y[..., 3, :] = np.tanh(x[..., 2, :] + y[..., 1, :] * k[..., 2, :])
    y[..., 0, :] = y[..., 3, :] + y[..., 2, :] * (h - y[..., 3, :])
    return y


def _gru_sums(g: Any, y: Any, k: Any, h: Any) -> tuple[Any, Any]:
    """The gradients of the sums at the two gates and at the candidate: (..., 2, n) and (..., n)."""
    u, a, n = y[..., 2, :], y[..., 3, :], h.shape[-1]
    by_sum = (g[..., 3, :] + g[..., 0, :] * (1 - u)) * (1 - a * a)
    by_gates = g[..., 1:3, :] + np.stack([by_sum * k[..., 2 * n :], g[..., 0, :] * (h - a)], -2)
    gates = y[..., 1:3, :]
    return (by_gates * gates * (1 - gates)).reshape(*h.shape[:-1], 2 * n), by_sum


def _gru_x(g: Any, y: Any, k: Any, h: Any) -> Any:
    return np.concatenate(_gru_sums(g, y, k, h), -1)


def _gru_k(g: Any, y: Any, k: Any, h: Any) -> Any:
    gates, candidate = _gru_sums(g, y, k, h)
    return np.concatenate([gates, candidate * y[..., 1, :]], -1)


gru: Callable[..., Any] = ag.primitive(
    _gru, trusted=True, real=True, x=_gru_x, k=_gru_k, h=lambda g, y: g[..., 0, :] * y[..., 2, :]
)


def tanh_step(x: Any, state: Hidden, weight: Any, bias: Any) -> Hidden:
    """The next state of an Elman network: the tanh of both contributions together."""
    return (np.tanh(x + linear(state[0], weight, bias)),)


def relu_step(x: Any, state: Hidden, weight: Any, bias: Any) -> Hidden:
    """The same with a relu."""
    return (relu(x + linear(state[0], weight, bias)),)


def lstm_step(x: Any, state: Hidden, weight: Any, bias: Any) -> Hidden:
    """The next h and c of an LSTM."""
    h, c = state
    y = lstm(x + linear(h, weight, bias), c)
    return y[..., 0, :], y[..., 1, :]


def gru_step(x: Any, state: Hidden, weight: Any, bias: Any) -> Hidden:
    """The next state of a GRU."""
    (h,) = state
    return (gru(x, linear(h, weight, bias), h)[..., 0, :],)


# -- sequences ----------------------------------------------------------------------------------------------------


def walk(recurrence: Callable[..., Any], x: Any, weight: Any, bias: Any, *others: Any) -> Any:
    """The states at all steps: the input, its weight and bias, the weight of the state, and the first states."""
    shapes = [(*x.shape[:-1], len(weight)), *(array.shape for array in others)]
    return recurrence(recurrences.prepared(x, weight, bias, *others), shapes)


def biases(weights: Hidden) -> Hidden:
    """Both biases; zeros, in the dtype of the weights, where there are none."""
    weight, _, *given = weights
    return tuple(np.zeros(len(weight), weight.dtype) if bias is None else bias for bias in given)


def tanh_states(x: Any, state: Hidden, weights: Hidden, steps: Steps) -> Hidden:
    """The states of an Elman network at all steps; the weights are in the order of `WEIGHT_KINDS`."""
    return (walk(recurrences.elman_tanh, x, weights[0], np.add(*biases(weights)), weights[1], *state),)


def relu_states(x: Any, state: Hidden, weights: Hidden, steps: Steps) -> Hidden:
    """The same with a relu: beyond the ends 0, as they might grow without bound there."""
    bias = steps.without_padding(np.add(*biases(weights)), -np.inf)
    return (walk(recurrences.elman_relu, x, weights[0], bias, weights[1], *state),)


def lstm_states(x: Any, state: Hidden, weights: Hidden, steps: Steps) -> Hidden:
    """All h and all c of an LSTM."""
    hidden, cells, *_ = walk(recurrences.lstm, x, weights[0], np.add(*biases(weights)), weights[1], *state)
    return hidden, cells


def gru_states(x: Any, state: Hidden, weights: Hidden, steps: Steps) -> Hidden:
    """The states of a GRU at all steps."""
    bias_ih, bias_hh = biases(weights)
    hidden, _ = walk(recurrences.gru, x, weights[0], bias_ih, weights[1], bias_hh, *state)
    return (hidden,)


WEIGHT_KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # of the input and of the state


class Recurrent(Module):
    """Common to the layers: parameters uniform within 1 / sqrt(hidden_size) of 0, and the walk along the sequence."""

    takes_tuples = False

    blocks = 1  # how many vectors of hidden_size a step computes from each contribution
    states: tuple[str, ...] = ("h_0",)
    along: Callable[[Any, Hidden, Hidden, Steps], Hidden]  # all states, from the input, the first states and the weights

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, *, dtype: DTypeLike | None = None, rng: Rng = None,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        require_sizes(self, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        if num_layers == 0 or hidden_size == 0:
            raise ValueError(f"{name}: num_layers={num_layers} and hidden_size={hidden_size} must be at least 1.")
        if not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout={dropout} must be a probability, from 0 to 1.")
        if dropout and num_layers == 1:
            warnings.warn(f"{name}: dropout={dropout} acts between layers, and there is one.", stacklevel=2)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.rng = rng = None if rng is None else generator(rng)
        for layer in range(num_layers):
            for suffix in self.suffixes(layer):
                width = input_size if layer == 0 else hidden_size * len(self.suffixes(layer))
                new = new_parameters(self.blocks * hidden_size, width, hidden_size, bias, dtype, generator(rng))
                for kind, parameter in zip(WEIGHT_KINDS, new):
                    setattr(self, kind + suffix, parameter)

    def suffixes(self, layer: int) -> list[str]:
        """The endings of the names of a layer's parameters: `_l0`, and `_l0_reverse` if it reads backwards too."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def forward(self, input: Any, hx: Any = None, *, lengths: ArrayLike | None = None) -> tuple[Any, Any]:
        name = type(self).__name__
        input = checked_sequence(name, input, self.input_size)
        single = input.ndim == 2
        x = input[:, None] if single else np.swapaxes(input, 0, 1) if self.batch_first else input
        if len(x) == 0:
            raise ValueError(f"{name}: input of shape {input.shape} is a sequence of no steps.")
        counts = None if lengths is None else whole_lengths(name, lengths, x, single)
        steps = Steps(len(x), counts)
        x = steps.without_padding(x)  # which may be anything, also nan
        count = self.num_layers * len(self.suffixes(0))
        shape = (count, self.hidden_size) if single else (count, x.shape[1], self.hidden_size)
        states = given_states(name, hx, self.states, shape, "(layers * directions, batch, hidden_size)", x.dtype)
        refuse_complex_gates(self, x, states)
        if single:
            states = tuple(state[:, None] for state in states)
        last: list[Hidden] = []
        for layer in range(self.num_layers):
            directions = []
            for suffix in self.suffixes(layer):
                weights = tuple(getattr(self, kind + suffix) for kind in WEIGHT_KINDS)
                backwards = suffix.endswith("_reverse")
                state = tuple(s[len(last)] for s in states)
                found = self.along(steps.turned(x) if backwards else x, state, weights, steps)
                last.append(tuple(map(steps.last, found)))
                hidden = steps.without_padding(found[0])
                directions.append(steps.turned(hidden) if backwards else hidden)
            x = joined_along(directions, -1)
            if layer < self.num_layers - 1:
                x = dropout(x, self.dropout, self.training, rng=self.rng)
        ends = tuple(joined_along(kind, 0)[:, 0] if single else joined_along(kind, 0) for kind in zip(*last))
        output = x[:, 0] if single else np.swapaxes(x, 0, 1) if self.batch_first else x
        return output, ends[0] if len(ends) == 1 else ends

    def extra_repr(self) -> str:
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        return unusual_options(self, usual | {"nonlinearity": "tanh"})


class RNN(Recurrent):
    """The Elman network: `h[t] = tanh(weight_ih @ x[t] + bias_ih + weight_hh @ h[t - 1] + bias_hh)`.

    The options but `nonlinearity`, "tanh" or "relu", and the results are those of `LSTM`, with h_0 and h_n alone as states.

    >>> import numpy as np, nn
    >>> output, h_n = nn.RNN(3, 5, batch_first=True)(np.ones((2, 7, 3)))
    >>> output.shape, h_n.shape
    ((2, 7, 5), (1, 2, 5))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, *,
        dtype: DTypeLike | None = None, rng: Rng = None,
    ) -> None:  # fmt: skip
        self.along = of_nonlinearity("RNN", nonlinearity, tanh=tanh_states, relu=relu_states)
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype, rng=rng)


class LSTM(Recurrent):
    """Long short-term memory: a cell that gates fill, keep and show.

    Parameters
    ----------
    input_size, hidden_size
        The lengths of the vectors of the input and of the state.
    num_layers
        Further layers read the output of the one before.
    bias
        True: biases are added.
    batch_first
        True: input and output are (N, T, ...) instead of (T, N, ...); the states are not affected.
    dropout
        The probability with which elements are left out between layers in training.
    bidirectional
        True: each layer reads the sequence backwards too, with weights of its own; the outputs are joined.
    proj_size
        Only 0.
    dtype, rng
        As for `Linear`; dropout draws from `rng` too.

    Attributes
    ----------
    weight_ih_l0 : Parameter (4 * hidden_size, input_size)
    weight_hh_l0 : Parameter (4 * hidden_size, hidden_size)
    bias_ih_l0, bias_hh_l0 : Parameter (4 * hidden_size)
        The gates in the order input, forget, cell, output; likewise for `_l1`, ... and `_l0_reverse`, .... All uniform within
        1 / sqrt(hidden_size) of 0, PyTorch's default.

    Notes
    -----
    Called with `input` of shape (T, N, input_size), or (T, input_size) without a batch, and optionally with (h_0, c_0) of
    shape (num_layers * directions, N, hidden_size), it returns the output of the last layer at all steps, of shape
    (T, N, directions * hidden_size), and the last states (h_n, c_n). Packed sequences are not supported: with `lengths=`, a
    number of steps for each of the N sequences, the steps beyond are padding. Each sequence is read, in both directions, as it
    would be alone; outputs are 0 beyond its end, and the last states are those at its end.

    Raises
    ------
    ValueError
        The shapes do not fit, or the sequence has no steps.

    Examples
    --------
    >>> import numpy as np, nn
    >>> output, (h_n, c_n) = nn.LSTM(3, 5, num_layers=2)(np.ones((7, 2, 3)))
    >>> output.shape, h_n.shape, c_n.shape
    ((7, 2, 5), (2, 2, 5), (2, 2, 5))
    """

    blocks = 4
    states = ("h_0", "c_0")

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, *,
        dtype: DTypeLike | None = None, rng: Rng = None,
    ) -> None:  # fmt: skip
        if proj_size:
            raise ValueError(
                f"LSTM: proj_size={proj_size} is not supported. Write nn.Linear({hidden_size}, {proj_size}) behind it."
            )
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype=dtype, rng=rng)

    along = staticmethod(lstm_states)


class GRU(Recurrent):
    """The gated recurrent unit: a state of which gates keep a part.

    The options and results are those of `LSTM`, with h_0 and h_n alone as states. The blocks of the weights are in the order
    reset, update, new; the bias of the state's contribution to the new one is multiplied by the reset gate too.

    >>> import numpy as np, nn
    >>> output, h_n = nn.GRU(3, 5, bidirectional=True)(np.ones((7, 2, 3)))
    >>> output.shape, h_n.shape
    ((7, 2, 10), (2, 2, 5))
    """

    blocks = 3

    along = staticmethod(gru_states)


# -- single steps -------------------------------------------------------------------------------------------------


class Cell(Module):
    """Common to single steps: the parameters `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, as in the layers."""

    takes_tuples = False

    blocks = 1
    states: tuple[str, ...] = ("h",)
    step: Callable[[Any, Hidden, Any, Any], Hidden]

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, *, dtype: DTypeLike | None = None, rng: Rng = None
    ) -> None:
        require_sizes(self, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        parameters = new_parameters(self.blocks * hidden_size, input_size, hidden_size, bias, dtype, generator(rng))
        self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh = parameters

    def forward(self, input: Any, hx: Any = None) -> Any:
        name = type(self).__name__
        x = checked_sequence(name, input, self.input_size, axes=(1, 2), meaning="(N, input_size) or (input_size)")
        shape = (*x.shape[:-1], self.hidden_size)
        state = given_states(name, hx, self.states, shape, "(batch, hidden_size)", x.dtype)
        refuse_complex_gates(self, x, state)
        new = self.step(linear(x, self.weight_ih, self.bias_ih), state, self.weight_hh, self.bias_hh)
        return new[0] if len(new) == 1 else new

    def extra_repr(self) -> str:
        return unusual_options(self, {"bias": True, "nonlinearity": "tanh"})


class RNNCell(Cell):
    """One step of `RNN`: input (N, input_size) and state (N, hidden_size), zeros by default, give the next state.

    >>> import numpy as np, nn
    >>> nn.RNNCell(3, 5)(np.ones((2, 3))).shape
    (2, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        self.step = of_nonlinearity("RNNCell", nonlinearity, tanh=tanh_step, relu=relu_step)
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, bias, dtype=dtype, rng=rng)


class LSTMCell(Cell):
    """One step of `LSTM`: input (N, input_size) and states (h, c), zeros by default, give the next (h, c).

    >>> import numpy as np, nn
    >>> h, c = nn.LSTMCell(3, 5)(np.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    blocks = 4
    states = ("h", "c")

    step = staticmethod(lstm_step)


class GRUCell(Cell):
    """One step of `GRU`: input (N, input_size) and state (N, hidden_size), zeros by default, give the next state.

    >>> import numpy as np, nn
    >>> nn.GRUCell(3, 5)(np.ones((2, 3))).shape
    (2, 5)
    """

    blocks = 3

    step = staticmethod(gru_step)


# -- common to both ----------------------------------------------------------------------------------------------


def new_parameters(
    rows: int, width: int, hidden: int, bias: bool, dtype: DTypeLike | None, rng: np.random.Generator
) -> list[Parameter | None]:
    """The weights for the input and the state, and the biases of both, or None."""
    bound = 1 / math.sqrt(hidden)
    shapes = [(rows, width), (rows, hidden), (rows,), (rows,)]
    wanted = [True, True, bias, bias]
    dtype = float if dtype is None else dtype
    return [Parameter(rng.uniform(-bound, bound, shape), dtype=dtype) if w else None for shape, w in zip(shapes, wanted)]


def unusual_options(module: Any, usual: dict[str, Any]) -> str:
    """The sizes, and the options that are not as usual."""
    unusual = [f"{name}={value!r}" for name, default in usual.items() if (value := getattr(module, name, default)) != default]
    return ", ".join([f"{module.input_size}, {module.hidden_size}", *unusual])


def of_nonlinearity(name: str, nonlinearity: str, **choices: Callable[..., Hidden]) -> Callable[..., Hidden]:
    """The step of an Elman network with the nonlinearity of that name."""
    if nonlinearity not in choices:
        raise ValueError(f"{name}: nonlinearity={nonlinearity!r}; write 'tanh' or 'relu'.")
    return choices[nonlinearity]


def refuse_complex_gates(module: Any, input: Any, states: Hidden) -> None:
    """Refuse complex numbers in the module's name where there are gates, which are between 0 and 1."""
    if module.blocks > 1:
        for what, value in (("input", input), *zip(module.states, states)):
            real_operand(type(module).__name__, value, what)


class Steps:
    """The steps of sequences that are padded to one number of them; `counts` None: all have as many.

    >>> steps = Steps(3, np.array([3, 2]))
    >>> x = np.array([[[1], [4]], [[2], [5]], [[3], [np.nan]]])
    >>> steps.turned(steps.without_padding(x))[..., 0]
    array([[3., 5.],
           [2., 4.],
           [1., 0.]])
    """

    def __init__(self, number: int, counts: NDArray[np.integer[Any]] | None) -> None:
        self.within: Any = None
        self.ends: Any = slice(-1, None)
        self.order: Any = slice(None, None, -1)
        if counts is not None:
            t, n = np.arange(number)[:, None], np.arange(len(counts))
            self.within = (t < counts)[..., None]
            self.ends = counts[None] - 1, n[None]
            self.order = np.where(t < counts, counts - 1 - t, t), n

    def without_padding(self, x: Any, instead: float = 0.0) -> Any:
        """The same with zeros, or another number, beyond the ends."""
        return x if self.within is None else np.where(self.within, x, np.array(instead, x.dtype))

    def turned(self, x: Any) -> Any:
        """Each sequence from its last step to its first; the padding stays where it is."""
        return x[self.order]

    def last(self, x: Any) -> Any:
        """Each sequence at its last step: (1, N, n)."""
        return x[self.ends]


def joined_along(arrays: Sequence[Any], axis: int) -> Any:
    """One array, which may be written into: of one alone a copy, in a fifth of the time that `np.concatenate` takes."""
    return arrays[0].copy() if len(arrays) == 1 else np.concatenate(arrays, axis)


def whole_lengths(name: str, lengths: ArrayLike, x: Any, single: bool) -> NDArray[np.integer[Any]]:
    """The number of steps of each sequence, if there are so many."""
    numbers = np.asarray(lengths.data if isinstance(lengths, ag.Tensor) else lengths)
    steps, count = x.shape[:2]
    numbers = numbers.reshape(1) if single and numbers.ndim == 0 else numbers
    if numbers.shape != (count,) or numbers.dtype.kind not in "iu" or (numbers < 1).any() or (numbers > steps).any():
        raise ValueError(f"{name}: lengths={lengths!r} must be {count} whole numbers from 1 to {steps}, one for each sequence.")
    return numbers.astype(int)


def checked_sequence(
    name: str,
    input: Any,
    size: int,
    axes: tuple[int, int] = (2, 3),
    meaning: str = "(T, N, input_size), (N, T, input_size) with batch_first, or (T, input_size)",
) -> Any:
    """The input as an array or Tensor, if its vectors have the right size."""
    if hasattr(input, "batch_sizes"):
        raise TypeError(
            f"{name}: packed sequences are not supported. Pad the sequences, and give their lengths: lstm(x, lengths=[5, 3])."
        )
    input = as_operand(input)
    if input.ndim not in axes or input.shape[-1] != size:
        raise ValueError(f"{name}: input has shape {input.shape}, but must have {meaning}, with input_size={size}.")
    return input


def given_states(name: str, hx: Any, names: tuple[str, ...], shape: tuple[int, ...], meaning: str, dtype: Any) -> Hidden:
    """The states to begin with, one of that shape for each name: zeros, or the given ones if they fit."""
    if hx is None:
        return (np.zeros(shape, dtype),) * len(names)
    if len(names) > 1 and not (isinstance(hx, (tuple, list)) and len(hx) == len(names)):
        raise TypeError(f"{name}: the state is a tuple ({', '.join(names)}), not a {type(hx).__name__}.")
    states = tuple(map(as_operand, hx if len(names) > 1 else (hx,)))
    for label, state in zip(names, states):
        if state.shape != shape:
            what = meaning if len(shape) == meaning.count(",") + 1 else meaning.replace("batch, ", "")
            raise ValueError(f"{name}: {label} has shape {state.shape}, but must have {shape}: {what}.")
    return states

"""Attention: every query takes the mean of all values, weighted by how well their keys fit it (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..init import xavier_uniform_
from ..module import Module, Parameter, array_of, as_operand, broadcasts, in_single, real_operand, require_sizes
from ..random import Rng, generator
from .activations import gelu, relu, softmax
from .containers import ModuleList
from .dropout import Dropout, dropout
from .linear import Linear, linear
from .normalization import LayerNorm

__all__ = ["MultiheadAttention", "TransformerEncoder", "TransformerEncoderLayer", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    rng: Rng = None,
) -> Any:
    """`softmax(query @ key.mT * scale + attn_mask) @ value`.

    Parameters
    ----------
    query, key, value
        Shapes (..., L, E), (..., S, E), (..., S, E_v).
    attn_mask
        Broadcasts to (..., L, S): True where a query may look at a key; or numbers that are added, minus infinity where not.
    dropout_p
        The probability with which a weight is left out; there is no evaluation mode here.
    is_causal
        True: query i may look at keys 0 to i only.
    scale
        Default: 1 / sqrt(E).
    rng
        The generator for dropout, or a seed; default: the one of `nn.manual_seed`.

    Returns
    -------
    Shape (..., L, E_v). A query that may look at no key gets 0, as in PyTorch.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> x = np.eye(2)
    >>> scaled_dot_product_attention(x, x, x, is_causal=True)[0]
    array([1., 0.])
    """
    query, key, value = map(as_operand, (query, key, value))
    weights = attention_weights(query, key, value, attn_mask, "scaled_dot_product_attention", is_causal, scale)
    return dropout(weights, dropout_p, rng=rng) @ value


@in_single
def attention_weights(
    query: Any, key: Any, value: Any, attn_mask: Any, name: str, is_causal: bool = False, scale: float | None = None
) -> Any:
    """The weights (..., L, S) of all values for each query, which add up to 1, or are all 0 where nothing may be looked at."""
    if min(query.ndim, key.ndim, value.ndim) < 2 or query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"{name}: query {query.shape}, key {key.shape} and value {value.shape} do not fit: "
            f"they must be (..., L, E), (..., S, E) and (..., S, E_v)."
        )
    query, key = real_operand(name, query, "query"), real_operand(name, key, "key")
    scores = (query * (1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale)) @ key.mT
    masks = [attn_mask] if attn_mask is not None else []
    masks += [np.tri(*scores.shape[-2:], dtype=bool)] if is_causal else []
    if not masks:
        return softmax(scores)
    seen: Any = True
    for mask in masks:
        mask = additive_mask(name, mask, scores)
        scores = scores + mask
        seen = seen & (array_of(mask) > -np.inf)
    blind = ~np.any(seen, -1, keepdims=True)
    if not blind.any():
        return softmax(scores)
    return np.where(blind, 0, softmax(np.where(blind, 0, scores)))  # all minus infinity would become nan


def additive_mask(name: str, mask: Any, scores: Any) -> Any:
    """A mask as numbers to add to the scores: 0 for True and minus infinity for False; numbers stay."""
    mask = as_operand(mask)
    if not broadcasts(mask.shape, scores.shape):
        raise ValueError(f"{name}: attn_mask has shape {mask.shape}, which does not broadcast to {scores.shape}.")
    if mask.dtype.kind == "b":
        return np.where(array_of(mask), 0, -np.inf).astype(scores.dtype)
    if mask.dtype.kind != "f":
        raise TypeError(f"{name}: attn_mask must hold True and False or floating-point numbers, not {mask.dtype}.")
    return mask


class MultiheadAttention(Module):
    """Attention by several heads, each of which sees queries, keys and values through a linear map of its own.

    Parameters
    ----------
    embed_dim
        The length of the queries and of the output.
    num_heads
        It divides embed_dim among them.
    dropout
        The probability with which a weight is left out in training.
    bias
        True: the linear maps have biases.
    add_bias_kv, add_zero_attn
        Only False.
    kdim, vdim
        The lengths of keys and values; default: embed_dim.
    batch_first
        True: shapes are (N, L, E) instead of (L, N, E).
    dtype, rng
        As for `Linear`; dropout draws from `rng` too.

    Attributes
    ----------
    in_proj_weight : Parameter (3 * embed_dim, embed_dim)
        For queries, keys and values, uniform as by `nn.init.xavier_uniform_`. Where kdim or vdim is given these are
        `q_proj_weight`, `k_proj_weight` and `v_proj_weight` instead.
    in_proj_bias : Parameter (3 * embed_dim) or None
        Zeros.
    out_proj : Linear (embed_dim, embed_dim)
        Its bias begins as zeros.

    Raises
    ------
    ValueError
        The shapes do not fit, or num_heads does not divide embed_dim.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.ones((2, 5, 8))
    >>> output, weights = nn.MultiheadAttention(8, num_heads=2, batch_first=True)(x, x, x)
    >>> output.shape, weights.shape
    ((2, 5, 8), (2, 5, 5))
    """

    takes_tuples = False

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        require_sizes(self, embed_dim=embed_dim, num_heads=num_heads)
        if num_heads == 0 or embed_dim == 0 or embed_dim % num_heads:
            raise ValueError(f"MultiheadAttention: num_heads={num_heads} does not divide embed_dim={embed_dim}.")
        if add_bias_kv or add_zero_attn:
            raise ValueError(
                "MultiheadAttention: add_bias_kv and add_zero_attn are not supported. Append to key and value instead."
            )
        if not 0 <= dropout <= 1:
            raise ValueError(f"MultiheadAttention: dropout={dropout} must be a probability, from 0 to 1.")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        require_sizes(self, kdim=self.kdim, vdim=self.vdim)
        self.batch_first = batch_first
        self.rng = None if rng is None else generator(rng)
        dtype = float if dtype is None else dtype

        def drawn(*shape: int) -> Parameter:
            weight = Parameter(np.zeros(shape), dtype=dtype)
            xavier_uniform_(weight, rng=self.rng)
            return weight

        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = drawn(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = drawn(embed_dim, embed_dim)
            self.k_proj_weight = drawn(embed_dim, self.kdim)
            self.v_proj_weight = drawn(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim), dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, rng=self.rng)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data = np.zeros(embed_dim, dtype)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The output and the weights of all heads.

        Parameters
        ----------
        query, key, value
            Shapes (L, N, embed_dim), (S, N, kdim), (S, N, vdim); or with the batch first, or without one.
        key_padding_mask
            Shape (N, S): True for the keys that no query may look at; or numbers that are added to the scores.
        need_weights
            True: the weights are returned; False: None in their place.
        attn_mask
            Shape (L, S) or (N * num_heads, L, S): True where a query may NOT look at a key, the opposite of
            `scaled_dot_product_attention`; or numbers that are added to the scores.
        average_attn_weights
            True: the mean of the weights over the heads is returned, (N, L, S), instead of (N, num_heads, L, S).
        is_causal
            True: query i may look at keys 0 to i only.

        Notes
        -----
        A query that may look at no key gets weights of 0. PyTorch does so without need_weights, and gives nan with it.
        """
        name = "MultiheadAttention"
        given = [as_operand(x) for x in (query, key, value)]
        single = given[0].ndim == 2
        shapes = ", ".join(str(x.shape) for x in given)
        widths = (self.embed_dim, self.kdim, self.vdim)
        if given[0].ndim not in (2, 3) or any(x.ndim != given[0].ndim or x.shape[-1] != n for x, n in zip(given, widths)):
            raise ValueError(
                f"{name}: query, key and value have shapes {shapes}, but must have 2 or 3 axes, the last of {widths}."
            )
        q, k, v = (x[None] if single else x if self.batch_first else x.swapaxes(0, 1) for x in given)
        (batch, targets, _), sources = q.shape, k.shape[1]
        if k.shape[:2] != v.shape[:2] or len(k) != batch:
            raise ValueError(f"{name}: query, key and value have shapes {shapes}, which differ in batch or sequence length.")
        mask = self.merged_masks(name, attn_mask, key_padding_mask, (batch, targets, sources), single)
        q, k, v = (self.heads(x, *projection) for x, projection in zip((q, k, v), self.projections()))
        weights = attention_weights(q, k, v, mask, name, is_causal)
        weights = dropout(weights, self.dropout, self.training, rng=self.rng)
        y = (weights @ v).swapaxes(1, 2).reshape(batch, targets, self.embed_dim)
        y = self.out_proj(y)
        y = y[0] if single else y if self.batch_first else y.swapaxes(0, 1)
        if not need_weights:
            return y, None
        weights = weights.mean(1) if average_attn_weights else weights
        return y, weights[0] if single else weights

    def projections(self) -> list[tuple[Any, Any]]:
        """The weight and the bias that make queries, keys and values."""
        n = self.embed_dim
        thirds = [slice(0, n), slice(n, 2 * n), slice(2 * n, 3 * n)]
        if self.kdim == self.vdim == n:
            weights = [self.in_proj_weight[third] for third in thirds]
        else:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        return [(w, None if self.in_proj_bias is None else self.in_proj_bias[third]) for w, third in zip(weights, thirds)]

    def heads(self, x: Any, weight: Any, bias: Any) -> Any:
        """The part of `x` for each head: (batch, heads, length, embed_dim / heads)."""
        y = linear(x, weight, bias)
        return y.reshape(*y.shape[:2], self.num_heads, self.embed_dim // self.num_heads).swapaxes(1, 2)

    def merged_masks(self, name: str, attn_mask: Any, key_padding_mask: Any, sizes: tuple[int, int, int], single: bool) -> Any:
        """Both masks as one that is added to the scores (batch, heads, L, S), or None."""
        batch, targets, sources = sizes
        total = None
        padding = [(batch, sources)] + [(sources,)] * single
        among = [(targets, sources), (batch * self.num_heads, targets, sources)]
        for label, mask, shapes in ("attn_mask", attn_mask, among), ("key_padding_mask", key_padding_mask, padding):
            if mask is None:
                continue
            mask = as_operand(mask)
            if mask.shape not in shapes:
                raise ValueError(f"{name}: {label} has shape {mask.shape}, but must have {' or '.join(map(str, shapes))}.")
            if mask.dtype.kind not in "bf":
                raise TypeError(f"{name}: {label} must hold True and False or floating-point numbers, not {mask.dtype}.")
            if mask.dtype.kind == "b":  # True is a key that may not be looked at
                mask = np.where(array_of(mask), -np.inf, 0).astype(self.out_proj.weight.dtype)
            if label == "key_padding_mask":
                mask = mask.reshape(batch, 1, 1, sources)
            elif mask.ndim == 3:
                mask = mask.reshape(batch, self.num_heads, targets, sources)
            total = mask if total is None else total + mask
        return total


class TransformerEncoderLayer(Module):
    """Self-attention and then a network at each position, each added to its input (Vaswani et al., 2017).

    Parameters
    ----------
    d_model
        The length of the vectors of input and output.
    nhead
        The number of heads of the attention.
    dim_feedforward
        The width of the network's hidden layer.
    dropout
        The probability with which elements are left out in training.
    activation
        Of the hidden layer: "relu", "gelu" or a function.
    layer_norm_eps
        `eps` of the normalisations.
    batch_first
        True: shapes are (N, L, d_model) instead of (L, N, d_model).
    norm_first
        True: each part normalises its input (Xiong et al., 2020); False: its sum with the input.
    bias
        True: linear maps and normalisations have biases.
    dtype, rng
        As for `Linear`; dropout draws from `rng` too.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)(np.ones((2, 5, 8))).shape
    (2, 5, 8)
    """

    takes_tuples = False

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: DTypeLike | None = None,
        rng: Rng = None,
    ) -> None:
        known: dict[Any, Any] = {"relu": relu, "gelu": gelu}
        if not callable(activation) and activation not in known:
            raise ValueError(f"TransformerEncoderLayer: activation={activation!r}; write 'relu', 'gelu' or a function.")
        require_sizes(self, d_model=d_model, nhead=nhead, dim_feedforward=dim_feedforward)
        rng = None if rng is None else generator(rng)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, rng=rng)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype, rng=rng)
        self.dropout = Dropout(dropout, rng=rng)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype, rng=rng)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rng=rng)
        self.dropout2 = Dropout(dropout, rng=rng)
        self.activation = known.get(activation, activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """The output in the shape of `src`; the masks are `attn_mask` and `key_padding_mask` of `MultiheadAttention`."""

        def attend(x: Any) -> Any:
            y, _ = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)
            return self.dropout1(y)

        def feed_forward(x: Any) -> Any:
            return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

        x = src
        if self.norm_first:
            x = x + attend(self.norm1(x))
            return x + feed_forward(self.norm2(x))
        x = self.norm1(x + attend(x))
        return self.norm2(x + feed_forward(x))


class TransformerEncoder(Module):
    """A stack of `num_layers` copies of `encoder_layer`, all with its parameters at first as in PyTorch, and a `norm` at the end.

    >>> import numpy as np, nn
    >>> model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), num_layers=3)
    >>> model(np.ones((2, 5, 8))).shape
    (2, 5, 8)
    """

    takes_tuples = False

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        require_sizes(self, num_layers=num_layers)
        generators = {id(rng): rng for module in encoder_layer.modules() if (rng := getattr(module, "rng", None)) is not None}
        # the copies share a generator: with one of its own, each would leave out the same elements
        self.layers = ModuleList([copy.deepcopy(encoder_layer, dict(generators)) for _ in range(num_layers)])
        self.norm = norm

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """The output in the shape of `src`; see `TransformerEncoderLayer.forward`."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, is_causal)
        return src if self.norm is None else self.norm(src)

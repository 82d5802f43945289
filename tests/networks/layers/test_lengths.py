"""Sequences of several lengths in one batch are read as each alone."""

import numpy as np
import pytest

import autograd_lite as ag
import nn

LENGTHS = [4, 1, 6, 3]
KINDS = {
    "RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU,
    "relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
}  # fmt: skip


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_padded_sequences_are_read_as_each_alone(kind, bidirectional, batch_first):
    rng = np.random.default_rng(0)
    layer = KINDS[kind](3, 5, num_layers=2, bidirectional=bidirectional, batch_first=batch_first, rng=0)
    x = rng.normal(size=(6, 4, 3))
    for n, length in enumerate(LENGTHS):
        x[length:, n] = np.nan  # whatever the padding is
    states = rng.normal(size=(2 if kind == "LSTM" else 1, 4 if bidirectional else 2, 4, 5))

    def hx(n):
        chosen = tuple(state[:, n] for state in states)
        return chosen if kind == "LSTM" else chosen[0]

    def flat(h):
        return np.stack([part.data for part in h]) if isinstance(h, tuple) else h.data[None]

    def turned(a):
        return np.swapaxes(a, 0, 1) if batch_first else a

    output, last = layer(turned(x), hx(slice(None)), lengths=LENGTHS)
    weights = rng.normal(size=output.shape)
    (output * weights).sum().backward()
    together = {name: p.grad for name, p in layer.named_parameters()}
    layer.zero_grad()
    for n, length in enumerate(LENGTHS):
        alone, end = layer(x[:length, n], hx(n))
        assert np.allclose(turned(output.data)[:length, n], alone.data, atol=1e-14)
        assert np.all(turned(output.data)[length:, n] == 0)
        assert np.allclose(flat(last)[:, :, n], flat(end), atol=1e-14)
        (alone * turned(weights)[:length, n]).sum().backward()
    for name, p in layer.named_parameters():
        assert np.allclose(together[name], p.grad, atol=1e-12), name


def test_full_lengths_change_nothing():
    layer = nn.LSTM(3, 5, bidirectional=True, rng=0)
    x = np.random.default_rng(0).normal(size=(4, 2, 3))
    assert np.array_equal(layer(x)[0].data, layer(x, lengths=[4, 4])[0].data)
    assert np.array_equal(layer(x[:, 0])[0].data, layer(x[:, 0], lengths=4)[0].data)
    assert ag.check_gradients(lambda x: (layer(x, lengths=[3, 1])[0] ** 2).sum(), x).ok


@pytest.mark.parametrize("lengths", [[4], [0, 4], [5, 4], [1.5, 2.0], 4])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match=r"GRU: lengths=.* whole numbers from 1 to 4"):
        nn.GRU(3, 5)(np.ones((4, 2, 3)), lengths=lengths)


def test_a_mask_of_padding_hides_it_from_attention():
    rng = np.random.default_rng(0)
    attention, x = nn.MultiheadAttention(4, 2, batch_first=True, rng=0), rng.normal(size=(2, 5, 4))
    mask = nn.utils.padding_mask([5, 3])
    together, _ = attention(x, x, x, key_padding_mask=mask)
    alone, _ = attention(x[1:, :3], x[1:, :3], x[1:, :3])
    assert np.allclose(together.data[1, :3], alone.data[0])
    with pytest.raises(ValueError, match="whole numbers"):
        nn.utils.padding_mask([1.5])

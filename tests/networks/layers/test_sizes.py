"""Layers are made with sizes that are whole numbers, and refuse others in their own words."""

import numpy as np
import pytest

import nn

SIZES = {  # each layer with sizes that it takes
    nn.Linear: {"in_features": 3, "out_features": 2},
    nn.Bilinear: {"in1_features": 3, "in2_features": 2, "out_features": 4},
    nn.Embedding: {"num_embeddings": 5, "embedding_dim": 3},
    nn.EmbeddingBag: {"num_embeddings": 5, "embedding_dim": 3},
    nn.Conv1d: {"in_channels": 2, "out_channels": 4, "groups": 2, "kernel_size": 2},
    nn.Conv2d: {"in_channels": 2, "out_channels": 4, "groups": 2, "kernel_size": 2},
    nn.ConvTranspose1d: {"in_channels": 2, "out_channels": 4, "groups": 2, "kernel_size": 2},
    nn.BatchNorm1d: {"num_features": 3},
    nn.BatchNorm2d: {"num_features": 3},
    nn.InstanceNorm1d: {"num_features": 3},
    nn.LayerNorm: {"normalized_shape": 3},
    nn.RMSNorm: {"normalized_shape": 3},
    nn.GroupNorm: {"num_groups": 2, "num_channels": 4},
    nn.PReLU: {"num_parameters": 3},
    nn.RNN: {"input_size": 3, "hidden_size": 2, "num_layers": 2},
    nn.LSTM: {"input_size": 3, "hidden_size": 2, "num_layers": 2},
    nn.GRU: {"input_size": 3, "hidden_size": 2, "num_layers": 2},
    nn.RNNCell: {"input_size": 3, "hidden_size": 2},
    nn.LSTMCell: {"input_size": 3, "hidden_size": 2},
    nn.GRUCell: {"input_size": 3, "hidden_size": 2},
    nn.MultiheadAttention: {"embed_dim": 4, "num_heads": 2, "kdim": 3, "vdim": 5},
    nn.TransformerEncoderLayer: {"d_model": 4, "nhead": 2, "dim_feedforward": 8},
}


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind, sizes in SIZES.items() for option in sizes])
@pytest.mark.parametrize("size", [-2, 2.0, "2", None, True, np.float64(2)])
def test_a_size_that_is_none_is_refused(kind, option, size):
    if (option, size) in [("kdim", None), ("vdim", None)] or (option == "kernel_size" and size is True):
        return
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: {option}=.* must be a(n integer| whole number) of at least [01]"):
        kind(**SIZES[kind] | {option: size})


def test_sizes_may_be_numpys_and_shapes_have_several():
    assert nn.Linear(np.int64(3), np.int32(2)).weight.shape == (2, 3)
    assert nn.LayerNorm([np.int64(3), 2]).normalized_shape == nn.LayerNorm(np.array([3, 2])).normalized_shape == (3, 2)
    for shape in ((3, -2), (3, 2.5)):
        with pytest.raises(ValueError, match=rf"^LayerNorm: normalized_shape={shape[1]} must be a whole number"):
            nn.LayerNorm(shape)
    with pytest.raises(ValueError, match=r"^layer_norm: .* normalized_shape is \(2.5,\)"):
        nn.functional.layer_norm(np.ones((3, 2)), 2.5)
    with pytest.raises(ValueError, match="^TransformerEncoder: num_layers=-1 must be"):
        nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2), -1)

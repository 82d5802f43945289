"""Small neural networks on `autograd_lite`, with PyTorch's names, shapes and defaults.

The order in which to read: `absent.py`, `hooks.py`, `random.py`, `summary.py`, `module.py`, `record.py`, `init.py`, `layers/`,
`losses.py`, `ctc.py`, `functional.py`, `utils.py`, `optim/`, `storage/`, `data.py`, `training/`, `estimators.py`, `parallel/`,
`seeing/`. Each folder gives its own order. Only public names of `autograd_lite` are used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import data, init, optim, utils
from .absent import absent
from .layers.activations import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Sigmoid,
    SiLU,
    Sine,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
    Threshold,
)
from .layers.containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .layers.distances import CosineSimilarity, PairwiseDistance
from .layers.dropout import AlphaDropout, Dropout, Dropout1d, Dropout2d, FeatureAlphaDropout
from .layers.linear import Bilinear, Embedding, Flatten, Identity, Linear, Unflatten
from .losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from .module import Module, Parameter, functional_call
from .random import manual_seed
from .record import Recorded, record
from .storage import StorageError, load, save
from .training import History, TrainingWarning, fit, train_step

if TYPE_CHECKING:
    from . import functional, parallel
    from .ctc import CTCLoss
    from .estimators import Classifier, OutsideRangeWarning, Regressor
    from .layers.attention import MultiheadAttention, TransformerEncoder, TransformerEncoderLayer
    from .layers.bags import EmbeddingBag
    from .layers.convolution import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
    from .layers.folding import Fold, Unfold
    from .layers.normalization import (
        BatchNorm1d,
        BatchNorm2d,
        GroupNorm,
        InstanceNorm1d,
        InstanceNorm2d,
        LayerNorm,
        LocalResponseNorm,
        RMSNorm,
    )
    from .layers.pooling import (
        AdaptiveAvgPool1d,
        AdaptiveAvgPool2d,
        AdaptiveMaxPool1d,
        AdaptiveMaxPool2d,
        AvgPool1d,
        AvgPool2d,
        MaxPool1d,
        MaxPool2d,
        MaxUnpool1d,
        MaxUnpool2d,
    )
    from .layers.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
    from .layers.resampling import ChannelShuffle, PixelShuffle, PixelUnshuffle, Upsample
    from .seeing import diagram, film

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "GRU", "LSTM", "RNN", "SELU", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d", "AlphaDropout", "AvgPool1d", "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d",
    "Bilinear", "CTCLoss", "ChannelShuffle", "Classifier", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d",
    "CosineEmbeddingLoss", "CosineSimilarity", "CrossEntropyLoss", "Dropout", "Dropout1d", "Dropout2d", "Embedding",
    "EmbeddingBag", "FeatureAlphaDropout", "Flatten", "Fold", "GRUCell", "GaussianNLLLoss", "GroupNorm", "Hardshrink",
    "Hardsigmoid", "Hardswish", "Hardtanh", "HingeEmbeddingLoss", "History", "HuberLoss", "Identity", "InstanceNorm1d",
    "InstanceNorm2d", "KLDivLoss", "L1Loss", "LSTMCell", "LayerNorm", "LeakyReLU", "Linear", "LocalResponseNorm", "LogSigmoid",
    "LogSoftmax", "MSELoss", "MarginRankingLoss", "MaxPool1d", "MaxPool2d", "MaxUnpool1d", "MaxUnpool2d", "Mish", "Module",
    "ModuleDict", "ModuleList", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "MultiheadAttention",
    "NLLLoss", "OutsideRangeWarning", "PReLU", "PairwiseDistance", "Parameter", "ParameterDict", "ParameterList",
    "PixelShuffle", "PixelUnshuffle", "PoissonNLLLoss", "RMSNorm", "RNNCell", "RReLU", "ReLU", "ReLU6", "Recorded", "Regressor",
    "Sequential", "SiLU", "Sigmoid", "Sine", "SmoothL1Loss", "SoftMarginLoss", "Softmax", "Softmax2d", "Softmin", "Softplus",
    "Softshrink", "Softsign", "StorageError", "Tanh", "Tanhshrink", "Threshold", "TrainingWarning", "TransformerEncoder",
    "TransformerEncoderLayer", "TripletMarginLoss", "TripletMarginWithDistanceLoss", "Unflatten", "Unfold", "Upsample", "data",
    "diagram", "film", "fit", "functional", "functional_call", "init", "load", "manual_seed", "optim", "parallel", "record",
    "save", "train_step", "utils",
]  # fmt: skip

LATER = {
    "ctc": ["CTCLoss"],
    "estimators": ["Classifier", "OutsideRangeWarning", "Regressor"],
    "functional": [],
    "layers.attention": ["MultiheadAttention", "TransformerEncoder", "TransformerEncoderLayer"],
    "layers.bags": ["EmbeddingBag"],
    "layers.convolution": ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"],
    "layers.folding": ["Fold", "Unfold"],
    "layers.normalization": [
        "BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "LayerNorm", "LocalResponseNorm",
        "RMSNorm",
    ],
    "layers.pooling": [
        "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AvgPool1d", "AvgPool2d",
        "MaxPool1d", "MaxPool2d", "MaxUnpool1d", "MaxUnpool2d",
    ],
    "layers.recurrent": ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"],
    "layers.resampling": ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample"],
    "parallel": [],
    "seeing": ["diagram", "film"],
}  # fmt: skip
"""Modules, and the names in them, that are imported when first asked for: a network of linear layers needs none of them."""


def __getattr__(name: str) -> Any:
    for module, names in LATER.items():
        if name == module:
            return importlib.import_module(f".{module}", __name__)
        if name in names:
            found = globals()[name] = getattr(importlib.import_module(f".{module}", __name__), name)
            return found
    raise absent(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

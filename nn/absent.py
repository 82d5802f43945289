"""PyTorch's names that are not here, each with the reason and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never

__all__ = ["absent", "refusing"]

DIMENSIONS = "layers are of one and two dimensions. Move the third into the channels, or write it as a sum over its slices"
LARGE = "it is made for models larger than these"
INSTEAD = {
    "AdaptiveLogSoftmaxWithLoss": f"{LARGE}. Write CrossEntropyLoss",
    "DataParallel": "there are no devices. Write nn.parallel.DataParallel for processes",
    "LPPool1d": "write x**p, AvgPool1d, and the root of it",
    "LPPool2d": "write x**p, AvgPool2d, and the root of it",
    "SyncBatchNorm": f"{LARGE}. Write BatchNorm1d or BatchNorm2d",
    "Transformer": f"{LARGE}. Write TransformerEncoder",
    "TransformerDecoder": f"{LARGE}. Write TransformerEncoder with a mask",
    "TransformerDecoderLayer": f"{LARGE}. Write TransformerEncoderLayer with a mask",
    "UpsamplingBilinear2d": "write Upsample(..., mode='bilinear', align_corners=True)",
    "UpsamplingNearest2d": "write Upsample",
    "LinearCrossEntropyLoss": f"{LARGE}. Write Linear, then CrossEntropyLoss",
    "gumbel_softmax": "write softmax((logits - np.log(-np.log(u))) / tau) with uniform numbers u",
    "lp_pool1d": "write x**p, avg_pool1d, and the root of it",
    "lp_pool2d": "write x**p, avg_pool2d, and the root of it",
    "multi_head_attention_forward": "write MultiheadAttention, or scaled_dot_product_attention",
    "upsample": "write interpolate",
    "upsample_bilinear": "write interpolate(..., mode='bilinear', align_corners=True)",
    "upsample_nearest": "write interpolate",
}
IN_PLACE = ("celu_", "elu_", "hardtanh_", "leaky_relu_", "relu_", "rrelu_", "selu_", "threshold_")
PADDING = ("ConstantPad", "ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad")


def absent(module: str, name: str) -> AttributeError:
    """The error for a name that a module does not have.

    >>> absent("nn", "Conv3d")                               # doctest: +ELLIPSIS
    AttributeError('nn.Conv3d is not offered: layers are of one and two dimensions. ...
    """
    reason = INSTEAD.get(name)
    if name.startswith("Lazy"):
        reason = "sizes are given when a layer is made"
    elif name.startswith(PADDING):
        reason = "write nn.functional.pad in forward"
    elif name.startswith(("fractional_max_pool", "FractionalMaxPool")):
        reason = "windows at random are not offered. Write adaptive_max_pool2d"
    elif name.endswith("3d"):
        reason = DIMENSIONS
    elif name in IN_PLACE:
        reason = f"nothing is written in place. Write {name[:-1]}"
    if reason is None:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return AttributeError(f"{module}.{name} is not offered: {reason}.")


def refusing(module: str) -> Callable[[str], Never]:
    """The `__getattr__` of a module, which raises the error."""

    def refuse(name: str) -> Never:
        raise absent(module, name)

    return refuse

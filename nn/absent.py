"""PyTorch's names that are not here, each with the reason and what to write instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Never, Self

__all__ = ["KnowsOptions", "NotOffered", "absent", "refuse_device", "refusing"]

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
INSTEAD |= dict.fromkeys(
    ("IterableDataset", "ConcatDataset", "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler"),
    "write 'for x, y in nn.data.batches(x_train, y_train, batch_size=32):' in each epoch, of the rows that you choose",
)
INSTEAD |= dict.fromkeys(("random_split", "Subset"), "write nn.data.split(n, (0.8, 0.2)), which gives the numbers of rows")
INSTEAD |= dict.fromkeys(
    ("weight_norm", "spectral_norm", "remove_weight_norm", "remove_spectral_norm", "parametrizations", "parametrize"),
    "write the weight as a function of parameters in forward, and nn.functional.linear(x, weight, bias)",
)
INSTEAD |= {
    "DataLoader": "write nn.data.DataLoader, or nn.data.batches",
    "Buffer": "write self.register_buffer(name, array)",
    "Tensor": "write autograd_lite.Tensor",
    "data": "write nn.data",
    "clip_grad_norm": "write clip_grad_norm_",
    "clip_grad_value": "write clip_grad_value_",
    "get_total_norm": "write clip_grad_norm_(parameters, math.inf), which returns the norm",
    "prune": "write weight.data *= mask after each step",
    "rnn": "recurrent layers take padded sequences with lengths=. Write padding_mask for attention and pooling",
    "stateless": "write nn.functional_call",
    "xavier_normal": "write xavier_normal_",
    "xavier_uniform": "write xavier_uniform_",
    "kaiming_normal": "write kaiming_normal_",
    "kaiming_uniform": "write kaiming_uniform_",
}
INSTEAD |= {
    "ASGD": "write SGD, and nn.optim.swa_utils.AveragedModel",
    "Adafactor": f"{LARGE}. Write Adam",
    "Muon": f"{LARGE}. Write AdamW",
    "SparseAdam": "gradients are dense. Write Adam",
    "SWALR": "write nn.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=anneal_epochs, eta_min=swa_lr)",
    "get_ema_multi_avg_fn": "write AveragedModel(model, avg_fn=get_ema_avg_fn(decay))",
    "get_swa_multi_avg_fn": "write AveragedModel(model), whose averages are means",
}
OPTIONS = {
    "device": "arrays are NumPy's, on one device. Leave it out",
    "size_average": "write reduction='mean' or 'sum'",
    "reduce": "write reduction='none' for one loss for each element",
    "differentiable": "write the step as an expression of Tensors, such as w = w - lr * g",
    "verbose": "write print(scheduler.get_last_lr()) after a step",
    "max_norm": "shorten the rows of weight.data after each step",
    "scale_grad_by_freq": "divide the rows of weight.grad by the counts, np.bincount(index), before a step",
    "sparse": "gradients are dense. Leave it out",
    "_weight": "write from_pretrained(weight, freeze=False)",
    "multi_avg_fn": "write avg_fn=get_ema_avg_fn(decay)",
} | dict.fromkeys(
    ("foreach", "fused", "capturable", "enable_nested_tensor", "mask_check"), "it would change nothing. Leave it out"
)
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


def refuse_device(what: str, device: Any) -> None:
    """Raise unless it is the one device, "cpu", or None.

    >>> refuse_device("to", "cpu")
    """
    if device is not None and str(device).partition(":")[0] != "cpu":
        raise ValueError(f"{what}: there is no device {str(device)!r}, as arrays are NumPy's. Leave it out, or write 'cpu'.")


class KnowsOptions:
    """The base of classes that are made with options: one of PyTorch's that they do not take says what to write instead."""

    def __new__(cls, *args: Any, **options: Any) -> Self:
        if cls.__init__ is object.__init__ and (args or options):
            raise TypeError(f"{cls.__name__}() takes no arguments")
        if not OPTIONS.keys().isdisjoint(options):
            taken = inspect.signature(cls.__init__).parameters
            unknown = [name for name in options if name in OPTIONS and name not in taken]
            if unknown and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
                raise TypeError(f"{cls.__name__}: {unknown[0]}= is not an option here: {OPTIONS[unknown[0]]}.")
        return super().__new__(cls)


class NotOffered:
    """A method of PyTorch's that is not here: to ask for it is an AttributeError that says what to write."""

    def __init__(self, instead: str) -> None:
        self.instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Never:
        raise AttributeError(f"{owner.__name__}.{self.name} is not offered: {self.instead}.")


def refusing(module: str) -> Callable[[str], Never]:
    """The `__getattr__` of a module, which raises the error."""

    def refuse(name: str) -> Never:
        raise absent(module, name)

    return refuse

"""One row for each module and its options: how it is built, in `nn` and in `torch.nn` alike, and what it is called with.

The fingerprint of a row is the output, the gradients and the buffers of a training pass and of an evaluation, each
projected on a fixed direction. `python tests/networks/rows.py`, where torch is installed, prints those of torch anew.
"""

import textwrap

import numpy as np


def wave(*shape, shift=0.0):
    """Numbers between -1 and 1 that no two elements share."""
    return np.cos(np.arange(1.0, np.prod(shape, dtype=int) + 1) * 1.7 + shift).reshape(shape)


X = np.array([-6.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0])  # with the joints of all pieces
U, V, W = 2 * wave(5, 4), 2 * wave(5, 4, shift=1.0), 2 * wave(5, 4, shift=2.0)
P, Q = 0.5 + 0.49 * wave(5, 4), 0.5 + 0.49 * wave(5, 4, shift=1.0)
SIGNS = np.where(wave(5, 4, shift=3.0) > 0, 1.0, -1.0)
SPREAD = np.exp(U) / np.exp(U).sum(axis=1, keepdims=True)
COUNTS = np.floor(3 + 3 * wave(5, 4))
CLASSES, SOME = np.array([2, 0, 3, 3, 1]), np.array([2, -100, 3, 3, 1])
IMAGE, PLACES = 2 * wave(2, 4, 3, 2), np.array([[[0, 1], [2, 3], [3, 3]], [[1, 1], [0, 2], [2, 0]]])
EACH = np.array([0.5, 1.0, 2.0, 1.5])  # what classes count
LISTED = np.array([[3, 0, -1, 1], [0, 1, 2, 3], [-1, 1, 2, 3], [2, -1, -1, -1], [1, 3, 2, -1]])

# name: how to build it, what to call it with, and how many of these arguments are differentiated
ROWS = {
    "Tanh": (lambda nn: nn.Tanh(), (X,), 1),
    "Sigmoid": (lambda nn: nn.Sigmoid(), (X,), 1),
    "LogSigmoid": (lambda nn: nn.LogSigmoid(), (X,), 1),
    "SiLU": (lambda nn: nn.SiLU(), (X,), 1),
    "Mish": (lambda nn: nn.Mish(), (X,), 1),
    "Softplus": (lambda nn: nn.Softplus(), (X,), 1),
    "Softplus, beta": (lambda nn: nn.Softplus(2.0, 3.5), (X,), 1),
    "Softsign": (lambda nn: nn.Softsign(), (X,), 1),
    "Tanhshrink": (lambda nn: nn.Tanhshrink(), (X,), 1),
    "GELU": (lambda nn: nn.GELU(), (X,), 1),
    "GELU, tanh": (lambda nn: nn.GELU("tanh"), (X,), 1),
    "ReLU": (lambda nn: nn.ReLU(), (X,), 1),
    "ReLU6": (lambda nn: nn.ReLU6(), (X,), 1),
    "Hardtanh": (lambda nn: nn.Hardtanh(), (X,), 1),
    "Hardtanh, other": (lambda nn: nn.Hardtanh(-2.0, 0.25), (X,), 1),
    "Hardsigmoid": (lambda nn: nn.Hardsigmoid(), (X,), 1),
    "Hardswish": (lambda nn: nn.Hardswish(), (X,), 1),
    "LeakyReLU": (lambda nn: nn.LeakyReLU(), (X,), 1),
    "LeakyReLU, slope": (lambda nn: nn.LeakyReLU(0.3), (X,), 1),
    "PReLU": (lambda nn: nn.PReLU(), (X,), 1),
    "PReLU, channels": (lambda nn: nn.PReLU(4), (IMAGE,), 1),
    "RReLU, equal": (lambda nn: nn.RReLU(0.2, 0.2), (X,), 1),
    "ELU": (lambda nn: nn.ELU(), (X,), 1),
    "ELU, alpha": (lambda nn: nn.ELU(2.0), (X,), 1),
    "CELU": (lambda nn: nn.CELU(), (X,), 1),
    "CELU, alpha": (lambda nn: nn.CELU(2.0), (X,), 1),
    "SELU": (lambda nn: nn.SELU(), (X,), 1),
    "Threshold": (lambda nn: nn.Threshold(0.5, 7.0), (X,), 1),
    "Hardshrink": (lambda nn: nn.Hardshrink(), (X,), 1),
    "Softshrink": (lambda nn: nn.Softshrink(), (X,), 1),
    "Softmax": (lambda nn: nn.Softmax(1), (IMAGE,), 1),
    "LogSoftmax": (lambda nn: nn.LogSoftmax(1), (IMAGE,), 1),
    "Softmin": (lambda nn: nn.Softmin(1), (IMAGE,), 1),
    "Softmax2d": (lambda nn: nn.Softmax2d(), (IMAGE,), 1),
    "GLU": (lambda nn: nn.GLU(1), (IMAGE,), 1),
    "Linear": (lambda nn: nn.Linear(4, 3), (U,), 1),
    "Linear, no bias": (lambda nn: nn.Linear(4, 3, bias=False), (U,), 1),
    "Bilinear": (lambda nn: nn.Bilinear(4, 4, 3), (U, V), 2),
    "Bilinear, no bias": (lambda nn: nn.Bilinear(2, 4, 3, False), (U[:, :2].copy(), V), 2),
    "Embedding": (lambda nn: nn.Embedding(4, 3), (PLACES,), 0),
    "Embedding, padding": (lambda nn: nn.Embedding(4, 3, padding_idx=-2), (PLACES,), 0),
    "Identity": (lambda nn: nn.Identity(), (U,), 1),
    "Flatten": (lambda nn: nn.Flatten(), (IMAGE,), 1),
    "Flatten, some": (lambda nn: nn.Flatten(0, -2), (IMAGE,), 1),
    "Unflatten": (lambda nn: nn.Unflatten(1, (2, -1)), (U,), 1),
    "Dropout, none": (lambda nn: nn.Dropout(0.0), (U,), 1),
    "Dropout, all": (lambda nn: nn.Dropout(1.0), (U,), 1),
    "AlphaDropout, all": (lambda nn: nn.AlphaDropout(1.0), (U,), 1),
    "FeatureAlphaDropout, all": (lambda nn: nn.FeatureAlphaDropout(1.0), (IMAGE,), 1),
    "LayerNorm": (lambda nn: nn.LayerNorm(4), (U,), 1),
    "LayerNorm, axes": (lambda nn: nn.LayerNorm((3, 2), 0.1, bias=False), (IMAGE,), 1),
    "LayerNorm, plain": (lambda nn: nn.LayerNorm(4, elementwise_affine=False), (U,), 1),
    "RMSNorm": (lambda nn: nn.RMSNorm(4), (U,), 1),
    "RMSNorm, axes": (lambda nn: nn.RMSNorm((3, 2), 0.1), (IMAGE,), 1),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 4), (IMAGE,), 1),
    "GroupNorm, plain": (lambda nn: nn.GroupNorm(2, 4, 0.1, affine=False), (U,), 1),
    "BatchNorm1d": (lambda nn: nn.BatchNorm1d(4), (U,), 1),
    "BatchNorm1d, lengths": (lambda nn: nn.BatchNorm1d(4, momentum=None), (IMAGE[:, :, 0].copy(),), 1),
    "BatchNorm1d, plain": (lambda nn: nn.BatchNorm1d(4, 0.1, 0.5, affine=False), (U,), 1),
    "BatchNorm1d, untracked": (lambda nn: nn.BatchNorm1d(4, track_running_stats=False), (U,), 1),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(4), (IMAGE,), 1),
    "InstanceNorm1d": (lambda nn: nn.InstanceNorm1d(4), (IMAGE[:, :, 0].copy(),), 1),
    "InstanceNorm1d, single": (lambda nn: nn.InstanceNorm1d(5, affine=True), (U,), 1),
    "InstanceNorm1d, tracked": (lambda nn: nn.InstanceNorm1d(4, 0.1, 0.3, True, True), (IMAGE[:, :, 1].copy(),), 1),
    "InstanceNorm2d": (lambda nn: nn.InstanceNorm2d(4, affine=True, bias=False), (IMAGE,), 1),
    "InstanceNorm2d, tracked": (lambda nn: nn.InstanceNorm2d(4, track_running_stats=True), (IMAGE,), 1),
    "LocalResponseNorm": (lambda nn: nn.LocalResponseNorm(2, alpha=0.5), (IMAGE,), 1),
    "LocalResponseNorm, all": (lambda nn: nn.LocalResponseNorm(5, 2.0, 0.6, 1.5), (IMAGE,), 1),
    "CosineSimilarity": (lambda nn: nn.CosineSimilarity(), (U, V), 2),
    "PairwiseDistance": (lambda nn: nn.PairwiseDistance(), (U, V), 2),
    "PairwiseDistance, p": (lambda nn: nn.PairwiseDistance(3.0, keepdim=True), (U, V), 2),
    "MSELoss": (lambda nn: nn.MSELoss(), (U, V), 2),
    "L1Loss": (lambda nn: nn.L1Loss(), (U, np.where(W > 0, U, V)), 2),
    "HuberLoss": (lambda nn: nn.HuberLoss(), (X, np.zeros(12)), 2),
    "HuberLoss, delta": (lambda nn: nn.HuberLoss(delta=0.5), (X, np.zeros(12)), 2),
    "SmoothL1Loss": (lambda nn: nn.SmoothL1Loss(beta=2.0), (X, np.zeros(12)), 2),
    "SmoothL1Loss, beta 0": (lambda nn: nn.SmoothL1Loss(beta=0.0), (X, np.zeros(12)), 2),
    "PoissonNLLLoss": (lambda nn: nn.PoissonNLLLoss(), (U, COUNTS), 1),
    "PoissonNLLLoss, full": (lambda nn: nn.PoissonNLLLoss(False, True), (P, COUNTS), 1),
    "GaussianNLLLoss": (lambda nn: nn.GaussianNLLLoss(), (U, V, P), 3),
    "GaussianNLLLoss, rows": (lambda nn: nn.GaussianNLLLoss(), (U, V, P[:1].copy()), 3),
    "GaussianNLLLoss, full": (lambda nn: nn.GaussianNLLLoss(full=True, eps=0.5), (U, V, P[:, :1].copy()), 3),
    "CrossEntropyLoss": (lambda nn: nn.CrossEntropyLoss(), (U, CLASSES), 1),
    "CrossEntropyLoss, one": (lambda nn: nn.CrossEntropyLoss(), (U[0].copy(), CLASSES[0]), 1),
    "CrossEntropyLoss, ignored": (lambda nn: nn.CrossEntropyLoss(), (U, SOME), 1),
    "CrossEntropyLoss, smooth": (lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), (U, SOME), 1),
    "CrossEntropyLoss, places": (lambda nn: nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.2), (IMAGE, PLACES), 1),
    "CrossEntropyLoss, spread": (lambda nn: nn.CrossEntropyLoss(), (V, SPREAD), 2),
    "CrossEntropyLoss, spread, smooth": (lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), (V, SPREAD), 2),
    "NLLLoss": (lambda nn: nn.NLLLoss(), (U, SOME), 1),
    "NLLLoss, places": (lambda nn: nn.NLLLoss(ignore_index=3), (IMAGE, PLACES), 1),
    "KLDivLoss": (lambda nn: nn.KLDivLoss(reduction="sum"), (np.log(P), Q), 2),
    "KLDivLoss, zeros": (lambda nn: nn.KLDivLoss(reduction="batchmean"), (np.log(P), np.where(U > 0, Q, 0.0)), 1),
    "KLDivLoss, log": (lambda nn: nn.KLDivLoss(reduction="none", log_target=True), (np.log(P), np.log(Q)), 2),
    "BCELoss": (lambda nn: nn.BCELoss(), (P, Q), 2),
    "BCELoss, certain": (lambda nn: nn.BCELoss(reduction="sum"), (np.array([0.0, 1.0]), np.array([0.0, 1.0])), 1),
    "BCEWithLogitsLoss": (lambda nn: nn.BCEWithLogitsLoss(), (U, Q), 2),
    "SoftMarginLoss": (lambda nn: nn.SoftMarginLoss(), (U, SIGNS), 1),
    "MultiLabelSoftMarginLoss": (lambda nn: nn.MultiLabelSoftMarginLoss(), (U, Q), 1),
    "HingeEmbeddingLoss": (lambda nn: nn.HingeEmbeddingLoss(), (np.abs(U), SIGNS), 1),
    "HingeEmbeddingLoss, at 0": (lambda nn: nn.HingeEmbeddingLoss(2.0), (np.full((5, 4), 2.0), SIGNS), 1),
    "MarginRankingLoss": (lambda nn: nn.MarginRankingLoss(0.5), (U, V, SIGNS), 2),
    "MarginRankingLoss, at 0": (lambda nn: nn.MarginRankingLoss(), (U, U, SIGNS), 2),
    "CosineEmbeddingLoss": (lambda nn: nn.CosineEmbeddingLoss(), (U, V, SIGNS[:, 0].copy()), 2),
    "CosineEmbeddingLoss, margin": (lambda nn: nn.CosineEmbeddingLoss(0.3), (U[0].copy(), V[0].copy(), SIGNS[0, 0]), 2),
    "TripletMarginLoss": (lambda nn: nn.TripletMarginLoss(), (U, V, W), 3),
    "TripletMarginLoss, swap": (lambda nn: nn.TripletMarginLoss(2.0, 3.0, 1e-3, True), (U, V, W), 3),
    "TripletMarginWithDistanceLoss": (lambda nn: nn.TripletMarginWithDistanceLoss(), (U, V, W), 3),
    "TripletMarginWithDistanceLoss, own": (
        lambda nn: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda a, b: 1 - nn.functional.cosine_similarity(a, b), margin=0.3, swap=True
        ),
        (U, V, W),
        3,
    ),
    "MultiMarginLoss": (lambda nn: nn.MultiMarginLoss(), (U, CLASSES), 1),
    "MultiMarginLoss, p": (lambda nn: nn.MultiMarginLoss(2, 0.5), (U, CLASSES), 1),
    "MultiLabelMarginLoss": (lambda nn: nn.MultiLabelMarginLoss(), (U, LISTED), 1),
}  # fmt: skip

# those with what each class counts, which is an array of one library or the other
WEIGHTED = {
    "CrossEntropyLoss": (lambda nn, w: nn.CrossEntropyLoss(w), (U, CLASSES), 1),
    "CrossEntropyLoss, ignored": (lambda nn, w: nn.CrossEntropyLoss(w), (U, SOME), 1),
    "CrossEntropyLoss, smooth": (lambda nn, w: nn.CrossEntropyLoss(w, label_smoothing=0.1), (U, SOME), 1),
    "CrossEntropyLoss, none": (lambda nn, w: nn.CrossEntropyLoss(w, reduction="none"), (IMAGE, PLACES), 1),
    "CrossEntropyLoss, spread": (lambda nn, w: nn.CrossEntropyLoss(w, label_smoothing=0.1), (V, SPREAD), 2),
    "NLLLoss": (lambda nn, w: nn.NLLLoss(w), (U, SOME), 1),
    "NLLLoss, places": (lambda nn, w: nn.NLLLoss(w, ignore_index=2), (IMAGE, PLACES), 1),
    "BCELoss": (lambda nn, w: nn.BCELoss(w), (P, Q), 2),
    "BCEWithLogitsLoss": (lambda nn, w: nn.BCEWithLogitsLoss(w), (U, Q), 2),
    "BCEWithLogitsLoss, positive": (lambda nn, w: nn.BCEWithLogitsLoss(pos_weight=w), (U, Q), 2),
    "MultiLabelSoftMarginLoss": (lambda nn, w: nn.MultiLabelSoftMarginLoss(w), (U, Q), 1),
    "MultiMarginLoss": (lambda nn, w: nn.MultiMarginLoss(weight=w), (U, CLASSES), 1),
}  # fmt: skip
ROWS |= {f"{name}, weights": row for name, row in WEIGHTED.items()}
CHANGING = (
    "BatchNorm",
    "InstanceNorm",
    "Dropout",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "RReLU",
)  # those that do something else in evaluation


def projected(array):
    return float(np.sum(array * wave(*np.shape(array), shift=0.5)))


def fingerprint(lib, name):
    """The numbers of a row from `nn`, or from `torch.nn`: output, gradients, buffers; in training, then in evaluation."""
    build, arrays, differentiated = ROWS[name]
    module = build(lib.nn, lib.tensor(EACH, False)) if name.endswith("weights") else build(lib.nn)
    module.double()  # torch makes its parameters and buffers in single precision
    for _, parameter in module.named_parameters():
        lib.fill(parameter, 0.3 + wave(*parameter.shape))
    numbers = []
    for mode in (True, False) if name.startswith(CHANGING) else (True,):
        module.train(mode)
        module.zero_grad()
        inputs = [lib.tensor(array, i < differentiated) for i, array in enumerate(arrays)]
        y = module(*inputs)
        if differentiated or list(module.parameters()):
            (y * lib.tensor(wave(*y.shape, shift=0.5), False)).sum().backward()
        gradients = [t.grad for t in (*inputs[:differentiated], *module.parameters())]
        numbers += [projected(lib.array(a)) for a in (y, *gradients, *module.buffers())]
    return numbers


class Torch:
    """The part of torch that a fingerprint needs."""

    def __init__(self, torch):
        self.torch = torch
        self.nn = torch.nn

    def tensor(self, array, requires_grad):
        return self.torch.tensor(array, requires_grad=requires_grad)

    def fill(self, parameter, array):
        parameter.data.copy_(self.torch.from_numpy(array))

    def array(self, tensor):
        return tensor.detach().numpy()


if __name__ == "__main__":
    import torch

    print('"""The answers of torch to each row of `rows.py`, by `python tests/networks/rows.py`."""\n\n# fmt: off\nRECORDED = {')
    for name in ROWS:
        line = f'"{name}": {[float(f"{number:.12g}") for number in fingerprint(Torch(torch), name)]},'
        print(textwrap.fill(line, 130, initial_indent="    ", subsequent_indent=" " * 8))
    print("}")

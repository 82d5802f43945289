"""Initial values of parameters: `nn.init.xavier_uniform_(layer.weight)` draws them anew, in place.

Each function takes `tensor`, a Tensor or an array, writes into it and returns it. `rng` is a generator or a seed; by default the
generator of `nn.manual_seed`. A gradient is not recorded.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd_lite as ag

from .absent import refusing
from .random import Rng, generator

__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


Array = NDArray[Any]


def fill(tensor: Any, values: ArrayLike) -> Any:
    """Put values into a Tensor or an array, rounded to its dtype; into one of integers, whole numbers alone."""
    if isinstance(tensor, (ag.Tensor, np.ndarray)) and tensor.dtype.kind not in "fc":
        with np.errstate(invalid="ignore"):
            if np.not_equal(np.asarray(values).astype(tensor.dtype), values).any():
                raise TypeError(f"nn.init: an array of {tensor.dtype} cannot hold such numbers. Write x.astype(float).")
    if isinstance(tensor, ag.Tensor):
        tensor.data = np.broadcast_to(np.asarray(values), tensor.shape).astype(tensor.dtype)
    elif isinstance(tensor, np.ndarray):
        tensor[...] = values
    else:
        raise TypeError(f"nn.init writes into Tensors and arrays, not into a {type(tensor).__name__}.")
    return tensor


def fans(name: str, tensor: Any) -> tuple[int, int]:
    """Fan-in and fan-out: the inputs that an output depends on, and the outputs that an input takes part in.

    A weight is (out, in) or (out, in, *kernel), and each of its elements counts once.
    """
    if tensor.ndim < 2:
        raise ValueError(f"{name}: the tensor has shape {tensor.shape}; inputs and outputs need two axes, (out, in).")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity wants the standard deviation larger; `param` is the slope of "leaky_relu", default 0.01.

    >>> calculate_gain("tanh") == 5 / 3
    True
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"calculate_gain: nonlinearity={nonlinearity!r}; write 'leaky_relu' or one of {', '.join(GAINS)}.")
    return GAINS[nonlinearity]


LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
GAINS = {**dict.fromkeys(LINEAR, 1.0), "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, *, rng: Rng = None) -> Any:
    """Uniform from `a` to `b`.

    >>> bool(np.all(uniform_(np.empty(9), 2.0, 3.0) >= 2.0))
    True
    """
    if not -math.inf < a <= b < math.inf:
        raise ValueError(f"uniform_: a={a} and b={b} must be finite, and b not below a.")
    return fill(tensor, generator(rng).uniform(a, b, tensor.shape))


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, *, rng: Rng = None) -> Any:
    """Normal, with that mean and standard deviation `std`.

    >>> normal_(np.empty(3), 5.0, 0.1, rng=0).round(2)
    array([5.01, 4.99, 5.06])
    """
    if not 0 <= std < math.inf:
        raise ValueError(f"normal_: std={std} must be finite and not negative.")
    return fill(tensor, generator(rng).normal(mean, std, tensor.shape))


def trunc_normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, *, rng: Rng = None) -> Any:
    """Normal (`mean`, `std`), but only within `a` and `b`: the inverse of the distribution function at uniform numbers.

    >>> bool(np.all(np.abs(trunc_normal_(np.empty(99))) <= 2.0))
    True
    """
    if not (std > 0 and mean - 4 * std <= b and a <= mean + 4 * std and a < b):
        raise ValueError(f"trunc_normal_: a={a} and b={b} leave next to nothing of mean={mean}, std={std}.")
    low, high = (0.5 * (1 + math.erf((end - mean) / (std * math.sqrt(2)))) for end in (a, b))
    p = np.clip(generator(rng).uniform(low, high, tensor.shape), 1e-300, 1 - 1e-16)
    return fill(tensor, np.clip(mean + normal_quantile(p) * std, a, b))


def normal_quantile(p: Array) -> Array:
    """The numbers below which a standard normal variable is with probabilities `p`, of 0 to 1.

    The ratios of polynomials are those of Wichura, Algorithm AS 241: the percentage points of the normal distribution, 1988.
    The standard library's `statistics` has them too, and takes 3 ms to import.

    >>> normal_quantile(np.array([0.025, 0.5, 0.975])).round(6)
    array([-1.959964,  0.      ,  1.959964])
    """
    p = np.asarray(p)
    q = p - 0.5
    root = np.sqrt(-np.asarray(_log(np.where(q <= 0, p, 1 - p)), float))
    r = 0.180625 - q * q
    middle = np.polyval(MIDDLE[0], r) * q / np.polyval(MIDDLE[1], r)
    near, far = (np.polyval(over, root - start) / np.polyval(under, root - start) for start, over, under in TAILS)
    tail = np.where(root <= 5, near, far)
    return np.where(np.abs(q) <= 0.425, middle, np.copysign(tail, q))


_log = np.frompyfunc(math.log, 1, 1)  # the last bit of NumPy's depends on the processor
MIDDLE = (  # numerator and denominator in 0.425**2 - (p - 1/2)**2
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
     1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
     687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
TAILS = (  # in sqrt(-log(p)), which starts at 1.6 or at 5
    (1.6,
     (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
      3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
     (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
      0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0)),
    (5.0,
     (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
      0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
     (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
      0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0)),
)  # fmt: skip


def constant_(tensor: Any, val: float) -> Any:
    """`val` everywhere.

    >>> constant_(np.empty(3), 0.5)
    array([0.5, 0.5, 0.5])
    """
    return fill(tensor, val)


def ones_(tensor: Any) -> Any:
    """1 everywhere.

    >>> ones_(np.empty(3))
    array([1., 1., 1.])
    """
    return fill(tensor, 1.0)


def zeros_(tensor: Any) -> Any:
    """0 everywhere.

    >>> zeros_(np.empty(3))
    array([0., 0., 0.])
    """
    return fill(tensor, 0.0)


def eye_(tensor: Any) -> Any:
    """1 on the diagonal of a matrix, 0 elsewhere: as much of the input as can be is kept.

    >>> eye_(np.empty((2, 3)))
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError(f"eye_: the tensor has shape {tensor.shape}; it must have two axes.")
    return fill(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """The kernels (out, in, *kernel) of a convolution that keeps as many channels as it can, in each of `groups`.

    >>> dirac_(np.empty((1, 1, 3)))
    array([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"dirac_: the tensor has shape {tensor.shape}; it must have 3, 4 or 5 axes, (out, in, *kernel).")
    if groups < 1 or tensor.shape[0] % groups:
        raise ValueError(f"dirac_: {tensor.shape[0]} channels cannot be divided into groups={groups}.")
    values = np.zeros(tensor.shape)
    middle = tuple(size // 2 for size in tensor.shape[2:])
    values[(slice(None), slice(None), *middle)] = np.tile(np.eye(tensor.shape[0] // groups, tensor.shape[1]), (groups, 1))
    return fill(tensor, values)


def xavier_uniform_(tensor: Any, gain: float = 1.0, *, rng: Rng = None) -> Any:
    """Uniform within `gain * sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, Training deep feedforward networks, 2010).

    >>> bool(np.all(np.abs(xavier_uniform_(np.empty((2, 4)))) <= 1.0))
    True
    """
    bound = gain * math.sqrt(6 / (sum(fans("xavier_uniform_", tensor)) or 1))
    return uniform_(tensor, -bound, bound, rng=rng)


def xavier_normal_(tensor: Any, gain: float = 1.0, *, rng: Rng = None) -> Any:
    """Normal with a standard deviation of `gain * sqrt(2 / (fan_in + fan_out))`; see `xavier_uniform_`.

    >>> float(xavier_normal_(np.empty((100, 100)), rng=0).std().round(2))
    0.1
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / (sum(fans("xavier_normal_", tensor)) or 1)), rng=rng)


def kaiming_uniform_(
    tensor: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng = None
) -> Any:
    """Uniform within `gain * sqrt(3 / fan)` (He et al., Delving deep into rectifiers, 2015).

    Parameters
    ----------
    tensor
        Of shape (out, in) or (out, in, *kernel).
    a
        The slope of the leaky relu that follows.
    mode
        The fan that counts, "fan_in" or "fan_out".
    nonlinearity
        The nonlinearity that follows; see `calculate_gain`.
    rng
        A generator or a seed.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Linear(6, 50)
    >>> bool(np.all(np.abs(nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu").data) <= 1.0))
    True
    """
    bound = math.sqrt(3) * _kaiming("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng=rng)


def kaiming_normal_(
    tensor: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng = None
) -> Any:
    """Normal with a standard deviation of `gain / sqrt(fan)`; options as for `kaiming_uniform_`.

    >>> float(kaiming_normal_(np.empty((100, 200)), nonlinearity="relu", rng=0).std().round(2))
    0.1
    """
    return normal_(tensor, 0.0, _kaiming("kaiming_normal_", tensor, a, mode, nonlinearity), rng=rng)


def _kaiming(name: str, tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fan_in, fan_out = fans(name, tensor)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode={mode!r}; write 'fan_in' or 'fan_out'.")
    fan = fan_in if mode == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a) / math.sqrt(fan) if fan else 0.0


def orthogonal_(tensor: Any, gain: float = 1.0, *, rng: Rng = None) -> Any:
    """Rows (or columns, whichever are fewer) at right angles to each other, of length `gain`, in any direction alike.

    Axes behind the first are taken as one (Saxe et al., Exact solutions to the nonlinear dynamics of learning, 2014; signs as
    in Mezzadri, How to generate random matrices from the classical compact groups, 2007).

    >>> w = orthogonal_(np.empty((2, 3)))
    >>> bool(np.allclose(w @ w.T, np.eye(2)))
    True
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: the tensor has shape {tensor.shape}; it must have two axes or more.")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    if not rows or not columns:
        return tensor
    q, r = np.linalg.qr(generator(rng).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diagonal(r))  # without, the directions would not be uniform
    return fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, *, rng: Rng = None) -> Any:
    """The part `sparsity` of each column of a matrix 0, the rest normal with deviation `std` (Martens, 2010, Hessian-free).

    >>> np.count_nonzero(sparse_(np.empty((4, 3)), 0.5), axis=0)
    array([2, 2, 2])
    """
    if tensor.ndim != 2:
        raise ValueError(f"sparse_: the tensor has shape {tensor.shape}; it must have two axes.")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_: sparsity={sparsity} must be from 0 to 1.")
    rng = generator(rng)
    values = rng.normal(0.0, std, tensor.shape)
    order = np.argsort(rng.random(tensor.shape), axis=0)
    values[order < math.ceil(sparsity * tensor.shape[0])] = 0.0
    return fill(tensor, values)


__getattr__ = refusing(__name__)

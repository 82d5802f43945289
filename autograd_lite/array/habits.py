"""Habits: names of PyTorch's on a Tensor and in this package. Those that mean something here work; others say what to write."""

from __future__ import annotations

from typing import Any, Never, TypeVar

import numpy as np

from ..safety.operands import values_of
from .methods import Methods

__all__ = ["Habits", "absent"]

T = TypeVar("T")
DEVICES = ("cpu", "cuda", "gpu", "meta", "mps", "tpu", "xpu")
NO_DEVICE = "there are no devices. Leave it out"


class Instead:
    """A method that is not here: to ask for it is an AttributeError with the line to write instead."""

    def __init__(self, line: str, of: str = "PyTorch") -> None:
        self.line, self.of = line, of

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, tensor: object, kind: type) -> Never:
        raise AttributeError(f"{kind.__name__}.{self.name} is {self.of}'s: {self.line}.")


class Habits(Methods[T]):
    """The methods of PyTorch's tensors that ndarray has not."""

    __slots__ = ()

    @property
    def device(self) -> str:
        """The device: "cpu", as of an ndarray.

        >>> import autograd_lite as ag
        >>> ag.tensor(1.0).device
        'cpu'
        """
        return "cpu"

    def cpu(self) -> Any:
        """The Tensor itself: its numbers are in main memory.

        >>> import autograd_lite as ag
        >>> ag.tensor(1.0).cpu().item()
        1.0
        """
        return self

    def contiguous(self) -> Any:
        """The Tensor itself: NumPy's functions take arrays of any order.

        >>> import autograd_lite as ag
        >>> ag.tensor([[1.0, 2.0]]).T.contiguous().shape
        (2, 1)
        """
        return self

    def dim(self) -> Any:
        """The number of axes, `ndim`.

        >>> import autograd_lite as ag
        >>> ag.tensor([[1.0, 2.0]]).dim()
        2
        """
        return self.ndim

    def numel(self) -> Any:
        """The number of elements, `size`.

        >>> import autograd_lite as ag
        >>> ag.tensor([[1.0, 2.0]]).numel()
        2
        """
        return self.size

    def to(
        self, *given: Any, device: Any = None, dtype: Any = None, non_blocking: Any = False, copy: bool = False
    ) -> Any:  # fmt: skip
        """The Tensor itself for the device "cpu", the only one; or as `astype` for a dtype, or for an array that has it.

        With `copy` it is a copy in any case. `non_blocking` is taken for PyTorch's sake, and without effect.

        >>> import autograd_lite as ag
        >>> ag.tensor([1.0, 2.0]).to("cpu").to(np.float32).dtype
        dtype('float32')
        """
        if not given and device is None and dtype is None:
            raise TypeError("to: nothing was given; write a dtype, such as np.float32.")
        given, device, dtype = (*given, device, dtype), None, None
        for value in given:
            named = str(value).removeprefix("torch.") if type(value).__module__ == "torch" else value
            if isinstance(named, str) and named.partition(":")[0] in DEVICES:
                device = named
            elif value is not None:
                dtype = values_of(value).dtype if isinstance(value, (np.ndarray, Habits)) else named
        if device is not None and str(device).partition(":")[0] != "cpu":
            raise ValueError(f"to: there is no device {str(device)!r}, as arrays are NumPy's. Leave it out, or write 'cpu'.")
        return self.astype(self.dtype if dtype is None else dtype, copy=copy)

    abs = Instead("write abs(t)")
    add = Instead("write t + u")
    add_ = Instead("write t.data += u, or t = t + u")
    amax = Instead("write t.max(axis)")
    amin = Instead("write t.min(axis)")
    bmm = Instead("write t @ u")
    bool = Instead("write t != 0")
    chunk = Instead("write np.split(t, n, axis)")
    clamp = Instead("write np.clip(t, low, high)")
    copy_ = Instead("write t.data[...] = values")
    cos = Instead("write np.cos(t)")
    cuda = Instead(NO_DEVICE)
    detach_ = Instead("write t = t.detach()")
    div = Instead("write t / u")
    div_ = Instead("write t.data /= u, or t = t / u")
    double = Instead("write t.astype(np.float64)")
    eq = Instead("write t == u")
    exp = Instead("write np.exp(t)")
    expand = Instead("write np.broadcast_to(t, shape)")
    expand_as = Instead("write np.broadcast_to(t, u.shape)")
    fill_ = Instead("write t.data[...] = values")
    float = Instead("write t.astype(np.float32)")
    floor = Instead("write np.floor(t)")
    gather = Instead("write np.take_along_axis(t, index, axis)")
    ge = Instead("write t >= u")
    grad_fn = Instead("write t.node")
    gt = Instead("write t > u")
    half = Instead("write t.astype(np.float16)")
    index_select = Instead("write np.take(t, index, axis)")
    int = Instead("write t.astype(np.int32)")
    is_cuda = Instead(NO_DEVICE)
    le = Instead("write t <= u")
    log = Instead("write np.log(t)")
    log1p = Instead("write np.log1p(t)")
    log_softmax = Instead("write nn.functional.log_softmax(t, axis)")
    long = Instead("write t.astype(np.int64)")
    lt = Instead("write t < u")
    masked_fill = Instead("write np.where(mask, value, t)")
    masked_select = Instead("write t[mask]")
    matmul = Instead("write t @ u")
    mm = Instead("write t @ u")
    mul = Instead("write t * u")
    mul_ = Instead("write t.data *= u, or t = t * u")
    mv = Instead("write t @ u")
    ne = Instead("write t != u")
    neg = Instead("write -t")
    new_ones = Instead("write np.ones(shape, t.dtype)")
    new_zeros = Instead("write np.zeros(shape, t.dtype)")
    norm = Instead("write np.linalg.norm(t)")
    normal_ = Instead("write t.data[...] = values")
    permute = Instead("write t.transpose(axes)")
    pow = Instead("write t ** n")
    register_hook = Instead("write 'for node, g in ag.backpropagate({loss.node: np.ones(())})', and ask for t.node")
    relu = Instead("write nn.functional.relu(t)")
    reshape_as = Instead("write t.reshape(u.shape)")
    retain_grad = Instead("write 'for node, g in ag.backpropagate({loss.node: np.ones(())})', and ask for t.node")
    sigmoid = Instead("write ag.sigmoid(t)")
    sign = Instead("write np.sign(t)")
    sin = Instead("write np.sin(t)")
    softmax = Instead("write nn.functional.softmax(t, axis)")
    split = Instead("write np.split(t, places, axis)")
    sqrt = Instead("write np.sqrt(t)")
    sub = Instead("write t - u")
    sub_ = Instead("write t.data -= u, or t = t - u")
    t = Instead("write t.T")
    tanh = Instead("write np.tanh(t)")
    topk = Instead("write np.sort(t, axis), and slice")
    type = Instead("write t.astype(dtype)")
    uniform_ = Instead("write t.data[...] = values")
    unsqueeze = Instead("write np.expand_dims(t, axis)")
    view_as = Instead("write t.reshape(u.shape)")
    zero_ = Instead("write t.data[...] = values")
    _value = Instead("write t.data", of="HIPS autograd")


RANDOM = "draw from np.random.default_rng(seed), and write ag.tensor for what requires grad"
ELSEWHERE = {  # of PyTorch, JAX and HIPS autograd
    "Variable": "write ag.tensor(values, requires_grad=True)",
    "FloatTensor": "write ag.tensor(values)",
    "LongTensor": "write np.array(values)",
    "autocast": NO_DEVICE,
    "autograd": "write ag.grad, ag.jacobian and so on; ag.primitive for a function of your own",
    "backends": NO_DEVICE,
    "bmm": "write a @ b",
    "cat": "write np.concatenate(tensors, axis), which takes Tensors",
    "clamp": "write np.clip(t, low, high), which takes Tensors",
    "cuda": NO_DEVICE,
    "device": NO_DEVICE,
    "flatten": "write t.reshape(len(t), -1)",
    "from_numpy": "write ag.tensor(array)",
    "func": "write ag.grad, ag.jacrev and so on",
    "hessian_vector_product": "write ag.hvp(f)(x, v)",
    "inference_mode": "write ag.no_grad()",
    "jit": "write ag.compile(f)",
    "load": "write nn.load(path)",
    "log_softmax": "write nn.functional.log_softmax(t, axis)",
    "long": "write np.int64",
    "make_jvp": "write ag.jvp(f, (x,), (v,))",
    "make_vjp": "write ag.vjp(f, x)",
    "manual_seed": "write nn.manual_seed(seed)",
    "mm": "write a @ b",
    "nn": "write import nn",
    "norm": "write np.linalg.norm(t), which takes Tensors",
    "normal": RANDOM,
    "optim": "write nn.optim",
    "rand": RANDOM,
    "randint": RANDOM,
    "randn": RANDOM,
    "rand_like": RANDOM,
    "randn_like": RANDOM,
    "randperm": RANDOM,
    "bernoulli": RANDOM,
    "multinomial": RANDOM,
    "relu": "write nn.functional.relu(t)",
    "save": "write nn.save(state, path)",
    "set_grad_enabled": "write ag.no_grad() or ag.enable_grad()",
    "softmax": "write nn.functional.softmax(t, axis)",
    "unsqueeze": "write np.expand_dims(t, axis), which takes Tensors",
    "vmap": "write f for whole arrays: broadcasting, axis=, or np.einsum with ...",
    "utils": "write nn.data for torch.utils.data",
}


def absent(package: str, name: str) -> AttributeError:
    """The error for a name that this package does not have.

    >>> absent("autograd_lite", "cat")
    AttributeError('autograd_lite.cat is not here: write np.concatenate(tensors, axis), which takes Tensors.')
    >>> absent("autograd_lite", "exp")
    AttributeError('autograd_lite.exp is not here: write np.exp, which takes Tensors.')
    """
    line = ELSEWHERE.get(name)
    if line is None and not name.startswith("_") and hasattr(np, name):
        takes_tensors = isinstance(getattr(np, name), (np.ufunc, type(np.sum)))
        line = f"write np.{name}" + (", which takes Tensors" if takes_tensors else "")
    if line is None:
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    return AttributeError(f"{package}.{name} is not here: {line}.")

"""One step of training: forward, backward and update, as it is or as one program of NumPy calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd_lite as ag

from ..module import Module
from ..optim import Optimizer
from ..random import default_generator

__all__ = ["train_step"]


def train_step(
    model: Module, loss: Callable[[Any, Any], Any], optimizer: Optimizer, *, compile: bool = False
) -> Callable[[Any, Any], Any]:
    """The function `step(x, y)`, which trains `model` by one step and returns the loss before it.

    Parameters
    ----------
    model
        Called with x.
    loss
        A function or module of (prediction, target) that returns a single number.
    optimizer
        Of the model's parameters.
    compile
        True: from the third call on, with x and y of the same shapes and dtypes, a step is one program of NumPy calls that were
        recorded, equal to the last bit; `step.source` is its text. See `ag.compile`. What modules and the optimizer hold may be
        replaced; numbers of other objects are constants. What Python code does beside computing is not repeated: functions that
        print or count, hooks and `nn.record` see the first call once and the second twice.

    Returns
    -------
    callable
        Takes arrays x and y; returns the loss as a 0-d array. Gradients are not kept: `.grad` is None afterwards.

    Raises
    ------
    TypeError
        `loss` cannot be called, or `optimizer` is none.
    autograd_lite.CannotRecord
        With `compile`, where a step cannot be a program: with an optimizer that calls the loss itself. Nothing has
        been changed then.

    Examples
    --------
    >>> import numpy as np, nn
    >>> x = np.linspace(-1, 1, 9).reshape(-1, 1)
    >>> model = nn.Linear(1, 1, rng=0)
    >>> step = nn.train_step(model, nn.functional.mse_loss, nn.optim.SGD(model.parameters(), lr=0.5), compile=True)
    >>> losses = [float(step(x, 3 * x + 1)) for _ in range(100)]
    >>> losses[-1] < 1e-8
    True
    """

    if not callable(loss):
        raise TypeError(f"train_step: loss={loss!r} is no function; write nn.functional.mse_loss, for example.")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"train_step: optimizer={optimizer!r} is no optimizer; write nn.optim.Adam(model.parameters()).")

    parameters = list(model.parameters())

    def forget_gradients() -> None:
        optimizer.zero_grad()
        for p in model.parameters() if compile else parameters:  # also of those that are not trained
            p.grad = None

    def step(x: Any, y: Any) -> Any:
        forget_gradients()
        result = scalar_loss("train_step", loss(model(x), y))
        result.backward()
        optimizer.step()
        forget_gradients()
        return result.data

    return ag.compile(step, state=lambda: state_of(model, loss, optimizer)) if compile else step


def is_watched(model: Module) -> bool:
    """True if Python code sees each call of a module, by nn.record or by hooks: a program would not call it."""
    return any("forward" in vars(module) or module._hooks for module in model.modules())


def scalar_loss(name: str, result: Any, learns: bool = True) -> ag.Tensor:
    """The loss of a step, if it is one Tensor with one element, from which something can be learnt."""
    if result is None:
        raise TypeError(f"{name}: the loss is None. Write return in its function.")
    if np.size(result.data if isinstance(result, ag.Tensor) else result) != 1:
        what = f"a Tensor of shape {result.shape}" if isinstance(result, ag.Tensor) else f"a {type(result).__name__}"
        raise TypeError(f"{name}: the loss must be a Tensor with a single number, not {what}. Write reduction='mean'.")
    if not isinstance(result, ag.Tensor) or (learns and not result.requires_grad):
        what = "a Tensor that does not require grad" if isinstance(result, ag.Tensor) else f"a {type(result).__name__}"
        raise TypeError(
            f"{name}: the loss must be a Tensor with a single number, and is {what}: in the model or in the loss, Tensors became "
            f"plain numbers, from which nothing is learnt. Compute with the parameters themselves, such as self.weight, without "
            f".data, .detach(), .numpy() or no_grad()."
        )
    return result


def state_of(model: Module, loss: Any, optimizer: Optimizer) -> Iterator[Any]:
    """The modules, and the dicts and lists of the optimizer, with the names, or places, of what a step may change in them."""
    roots = [x for x in (model, loss) if isinstance(x, Module)]
    for module in [module for root in roots for module in root.modules()]:
        module.training = module.training  # an attribute of its own, in place of the default
    yield from roots
    yield default_generator, list(range(len(default_generator)))
    yield from optimizer.step_state()
    parameters: dict[str, Any] = dict(model.named_parameters())
    yield parameters, list(parameters)  # last, for the names that they have in the program

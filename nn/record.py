"""The outputs of inner layers, and their gradients, of the calls of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd_lite as ag

from .module import Module

__all__ = ["Recorded", "record"]


class Recorded:
    """The outputs of the modules of a model, by their paths, in the order in which they were computed.

    Attributes
    ----------
    outputs : dict of lists
        For the path of each module that was called what it returned, a value for each call; "" is the model itself.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    >>> with nn.record(model) as seen:
    ...     output = model(np.ones((1, 2)))
    >>> list(seen.outputs)
    ['0', '1', '']
    >>> seen["0"].shape
    (1, 3)
    """

    def __init__(self) -> None:
        self.outputs: dict[str, list[Any]] = {}

    def __getitem__(self, path: str) -> Any:
        """The last output of the module at a path."""
        if path not in self.outputs:
            raise KeyError(
                f"record: the module at {path!r} was not called; there are {', '.join(map(repr, self.outputs)) or 'none'}."
            )
        return self.outputs[path][-1]

    def gradients(self, of: Any) -> dict[str, Any]:
        """The gradients of a number, such as the loss, by the last output of each module; None where it has no part in it."""
        tracked = {
            path: values[-1]
            for path, values in self.outputs.items()
            if isinstance(values[-1], ag.Tensor) and values[-1].requires_grad
        }
        wanted = {value.node for value in tracked.values()}
        start = {of.node: np.ones(of.shape, of.dtype)}
        found: dict[Any, Any] = {node: np.array(g) for node, g in ag.backpropagate(start, retain_graph=True) if node in wanted}
        return {path: found.get(value.node) for path, value in tracked.items()}


@contextmanager
def record(model: Module) -> Iterator[Recorded]:
    """Note what each module inside a model returns, while it is called in a `with` block.

    Parameters
    ----------
    model
        Its modules are those that it has when the block begins.

    Returns
    -------
    Recorded
        The outputs by path; `gradients(loss)` are the gradients by them.

    Raises
    ------
    TypeError
        It is no Module.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, rng=0))
    >>> with nn.record(model) as seen:
    ...     loss = model(np.ones((4, 2))).sum()
    >>> seen["1"].shape, list(seen.outputs)
    ((4, 3), ['0', '1', '2', ''])
    >>> seen.gradients(loss)["1"].shape
    (4, 3)
    """
    if not isinstance(model, Module):
        raise TypeError(f"record: a {type(model).__name__} was given; it takes a Module.")
    seen = Recorded()
    replaced = []

    def noting(path: str, forward: Any) -> Any:
        def noted(*args: Any, **kwargs: Any) -> Any:
            result = forward(*args, **kwargs)
            seen.outputs.setdefault(path, []).append(result)
            return result

        return noted

    for path, module in model.named_modules():
        replaced.append((module, vars(module).get("forward")))
        vars(module)["forward"] = noting(path, module.forward)
    try:
        yield seen
    finally:
        for module, own in replaced:
            if own is None:
                del vars(module)["forward"]
            else:
                vars(module)["forward"] = own

"""Hooks: functions that a module calls with what it is given, or with what it returns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from .absent import NotOffered

__all__ = ["HookHandle", "Hooked"]

_numbers = itertools.count()
GRADIENTS = "write 'with nn.record(model) as seen: ...', and seen.gradients(loss) for the gradient by each module's output"


class Hook(NamedTuple):
    """A function, and whether it is called before `forward`."""

    function: Callable[..., Any]
    before: bool


class Hooked:
    """The part of a module that holds its hooks."""

    _hooks: Mapping[int, Hook] = MappingProxyType({})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output of the module."""
        raise NotImplementedError

    def register_forward_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook(module, args, output)` after each `forward`; what it returns, unless None, is the output instead.

        Parameters
        ----------
        hook
            `args` is the tuple of positional arguments.

        Returns
        -------
        HookHandle
            Its `remove()` ends it, or the end of a `with` block.

        Notes
        -----
        Hooks are called in the order in which they were registered. To look at all modules at once write `nn.record`.

        Examples
        --------
        >>> import numpy as np, nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        >>> shapes = []
        >>> handle = model[1].register_forward_hook(lambda module, args, output: shapes.append(output.shape))
        >>> _ = model(np.ones((4, 2)))
        >>> handle.remove()
        >>> shapes
        [(4, 3)]
        """
        return self._register("register_forward_hook", hook, False)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook(module, args)` before each `forward`; what it returns, unless None, are the arguments instead, as a tuple
        or a single one.

        >>> import numpy as np, nn
        >>> layer = nn.Tanh()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: 0 * args[0])
        >>> layer(np.ones(2))
        array([0., 0.])
        """
        return self._register("register_forward_pre_hook", hook, True)

    register_full_backward_hook = NotOffered(GRADIENTS)
    register_full_backward_pre_hook = NotOffered(GRADIENTS)
    register_backward_hook = NotOffered(GRADIENTS)

    def _register(self, name: str, hook: Callable[..., Any], before: bool) -> HookHandle:
        if not callable(hook):
            raise TypeError(f"{name}: {hook!r} is no function; write a function of (module, args{'' if before else ', output'}).")
        number = next(_numbers)
        vars(self)["_hooks"] = {**self._hooks, number: Hook(hook, before)}
        return HookHandle(self, number)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output of `forward`, as the hooks let it be."""
        hooks = list(self._hooks.values())  # which may be removed in the call
        for hook in hooks:
            if hook.before and (given := hook.function(self, args)) is not None:
                args = given if isinstance(given, tuple) else (given,)
        output = self.forward(*args, **kwargs)
        for hook in hooks:
            if not hook.before and (made := hook.function(self, args, output)) is not None:
                output = made
        return output


class HookHandle:
    """The end of a hook: `remove()`, or that of a `with` block."""

    def __init__(self, module: Hooked, number: int) -> None:
        self.module = module
        self.number = number

    def remove(self) -> None:
        """Call the hook no more. A second time does nothing."""
        left = {number: hook for number, hook in self.module._hooks.items() if number != self.number}
        if left:
            vars(self.module)["_hooks"] = left
        else:
            vars(self.module).pop("_hooks", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

"""Hooks: functions that a module calls with what it is given, or with what it returns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from .absent import KnowsOptions, NotOffered

__all__ = ["HookHandle", "Hooked"]

_numbers = itertools.count()
GRADIENTS = "write 'with nn.record(model) as seen: ...', and seen.gradients(loss) for the gradient by each module's output"


class Hook(NamedTuple):
    """A function, whether it is called before `forward`, and whether it is given the arguments by name too."""

    function: Callable[..., Any]
    before: bool
    with_kwargs: bool


class Hooked(KnowsOptions):
    """The part of a module that holds its hooks."""

    _hooks: Mapping[int, Hook] = MappingProxyType({})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output of the module."""
        raise NotImplementedError

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> HookHandle:
        """Call `hook(module, args, output)` after each `forward`; what it returns, unless None, is the output instead.

        Parameters
        ----------
        hook
            `args` is the tuple of positional arguments.
        prepend
            Call it before the hooks that there are.
        with_kwargs
            Call `hook(module, args, kwargs, output)`, with the dict of arguments given by name.
        always_call
            Must be False: after an error there is no output. Write `try` around the call.

        Returns
        -------
        HookHandle
            Its `remove()` ends it, or the end of a `with` block.

        Notes
        -----
        Hooks are called in the order in which they were registered, unless prepended. To look at all modules at once write
        `nn.record`.

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
        if always_call:
            raise ValueError("register_forward_hook: after an error there is no output. Write 'try' around the call.")
        return self._register("register_forward_hook", Hook(hook, False, with_kwargs), prepend)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call `hook(module, args)` before each `forward`; what it returns, unless None, are the arguments instead, as a tuple
        or a single one.

        `prepend`: before the hooks that there are. `with_kwargs`: as `hook(module, args, kwargs)`, which returns None or a tuple
        of both.

        >>> import numpy as np, nn
        >>> layer = nn.Tanh()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: 0 * args[0])
        >>> layer(np.ones(2))
        array([0., 0.])
        """
        return self._register("register_forward_pre_hook", Hook(hook, True, with_kwargs), prepend)

    register_full_backward_hook = NotOffered(GRADIENTS)
    register_full_backward_pre_hook = NotOffered(GRADIENTS)
    register_backward_hook = NotOffered(GRADIENTS)

    def _register(self, name: str, hook: Hook, first: bool) -> HookHandle:
        if not callable(hook.function):
            takes = f"(module, args{', kwargs' if hook.with_kwargs else ''}{'' if hook.before else ', output'})"
            raise TypeError(f"{name}: {hook.function!r} is no function; write a function of {takes}.")
        number = next(_numbers)
        vars(self)["_hooks"] = {number: hook, **self._hooks} if first else {**self._hooks, number: hook}
        return HookHandle(self, number)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output of `forward`, as the hooks let it be."""
        hooks = list(self._hooks.values())  # which may be removed in the call
        for hook in hooks:
            if hook.before and hook.with_kwargs:
                args, kwargs = _both(hook.function(self, args, kwargs), args, kwargs)
            elif hook.before and (given := hook.function(self, args)) is not None:
                args = given if isinstance(given, tuple) else (given,)
        output = self.forward(*args, **kwargs)
        for hook in hooks:
            if not hook.before:
                made = hook.function(self, args, kwargs, output) if hook.with_kwargs else hook.function(self, args, output)
                output = output if made is None else made
        return output


def _both(given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that a hook which is given both kinds returns, or those that there were."""
    if given is None:
        return args, kwargs
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], tuple) and isinstance(given[1], dict):
        return given
    raise TypeError(
        f"register_forward_pre_hook: with_kwargs=True: the hook returned a {type(given).__name__}, not (args, kwargs)."
    )


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

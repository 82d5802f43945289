"""The recording modes: `no_grad` switches recording off, `enable_grad` on again."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

__all__ = ["enable_grad", "is_grad_enabled", "mode", "no_grad"]

F = TypeVar("F", bound=Callable[..., Any])

# A linked list, (recording, the mode before): entering and leaving need no state of their own, and every thread and
# every asyncio task has its own.
mode: ContextVar[tuple[bool, Any]] = ContextVar("mode", default=(True, None))


def is_grad_enabled() -> bool:
    """True where operations on Tensors that require grad are recorded.

    >>> import autograd_lite as ag
    >>> with ag.no_grad():
    ...     ag.is_grad_enabled()
    False
    """
    return mode.get()[0]


class _Mode(contextlib.ContextDecorator):
    """A context manager that is a decorator too, also of coroutine functions."""

    recording = True

    def __enter__(self) -> None:
        mode.set((self.recording, mode.get()))

    def __exit__(self, *_: object) -> None:
        mode.set(mode.get()[1] or (True, None))  # None: a generator was entered in one thread and left in another

    def __call__(self, func: F) -> F:
        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise TypeError(
                f"ag.{type(self).__name__}() cannot decorate the generator {func.__name__}: between two values its caller "
                f"would run in the same mode. Write 'with ag.{type(self).__name__}():' around the lines that need it."
            )
        if not inspect.iscoroutinefunction(func):
            return super().__call__(func)

        @functools.wraps(func)
        async def wrapped(*args: Any, **options: Any) -> Any:
            with self:
                return await func(*args, **options)

        return wrapped  # type: ignore[return-value]


class no_grad(_Mode):  # noqa: N801  (PyTorch's name)
    """Record nothing: a context manager, or with `@no_grad()` a decorator. It holds for the current thread or task.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    recording = False


class enable_grad(_Mode):  # noqa: N801  (PyTorch's name)
    """Record again inside `no_grad`: a context manager, or with `@enable_grad()` a decorator.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

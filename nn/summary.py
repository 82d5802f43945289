"""A model as a table: its layers, the shapes of their outputs, and the numbers that they learn.

It comes before `module.py`, which delegates to it; it only walks modules and calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import autograd_lite as ag

__all__ = ["Layer", "Summary", "escaped", "summary"]


def escaped(text: str) -> str:
    """Text as it stands in SVG and HTML.

    >>> escaped('a < "b" & c')
    'a &lt; &quot;b&quot; &amp; c'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class Layer(NamedTuple):
    """One line of a summary."""

    path: str
    """The path to the module, as in a `state_dict`; empty for the model itself."""
    kind: str
    """The name of its class."""
    shape: str
    """The shape of its last result, containers as they are; "-" if it was not called."""
    calls: int
    """The number of its calls."""
    parameters: int
    """The numbers that it learns itself, without the modules inside; shared ones are counted where they come first."""
    frozen: int
    """Those that do not require grad."""


class Summary:
    """The layers of a model, and the bytes of all parameters, `size`; printed, it is a table."""

    def __init__(self, layers: list[Layer], size: int) -> None:
        self.layers = layers
        self.size = size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Summary) and (self.layers, self.size) == (other.layers, other.size)

    @property
    def parameters(self) -> int:
        """The number of all parameters that are learnt."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def frozen(self) -> int:
        """The number of all that are frozen."""
        return sum(layer.frozen for layer in self.layers)

    def _rows(self) -> Iterator[tuple[int, str, str, str]]:
        """For each layer how deep it stands, its name, the shape of its output, and the numbers that it learns."""
        depths: dict[str, int] = {}
        for layer in self.layers:
            around = layer.path  # the path of the module around it, which need not be one name shorter: `layers.0` in a list
            while around and around not in depths:
                around = around.rpartition(".")[0]
            depths[layer.path] = depths.get(around, -1) + 1
            name = layer.path[len(around) :].removeprefix(".")
            times = f" x {layer.calls}" if layer.calls > 1 else ""
            frozen = f"{layer.frozen:,} frozen" if layer.frozen else ""
            count = f"{layer.parameters:,}" if layer.parameters or not frozen else ""
            label = (f"({name}) " if name else "") + layer.kind
            yield depths[layer.path], label, layer.shape + times, " + ".join(filter(None, [count, frozen]))

    def _total(self) -> str:
        frozen = f", {self.frozen:,} frozen" if self.frozen else ""
        return f"{self.parameters:,} parameters{frozen}, {self.size:,} bytes"

    def __str__(self) -> str:
        rows = [("layer", "output", "parameters"), *(("  " * depth + label, *rest) for depth, label, *rest in self._rows())]
        first, second, third = (max(map(len, column)) for column in zip(*rows))
        lines = [f"{a:<{first}}  {b:<{second}}  {c:>{third}}" for a, b, c in rows]
        lines.insert(1, "-" * len(lines[0]))
        return "\n".join([*lines, lines[1], self._total()])

    @property
    def html(self) -> str:
        """The table as HTML, which notebooks show."""
        called = any(layer.calls for layer in self.layers)
        names, cells = ("layer", "output", "parameters") if called else ("layer", "parameters"), []
        for depth, label, shape, count in self._rows():
            left = f'<td style="text-align:left;padding-left:{depth * 1.4 + 0.4}em">{escaped(label)}</td>'
            cells.append(left + f'<td style="text-align:left">{escaped(shape)}</td>' * called + f"<td>{escaped(count)}</td>")
        head = "".join(f'<th style="text-align:left">{name}</th>' for name in names)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table><tr>{head}</tr>{body}</table><div>{self._total()}</div>"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html


def summary(model: Any, *args: Any, **kwargs: Any) -> Summary:
    """Call a model once, and note the output of each of its modules.

    Parameters
    ----------
    model
        An `nn.Module`. It is called in `eval` mode and without recording, and left as it was.
    *args, **kwargs
        The arguments of the call, such as one sample; without any it is not called, and no shapes are known.

    Returns
    -------
    Summary
        Its `str` is the table.

    Examples
    --------
    >>> import numpy as np, nn
    >>> model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    >>> summary(model, np.zeros((5, 2)))
    layer         output   parameters
    ---------------------------------
    Sequential    (5, 1)            0
      (0) Linear  (5, 16)          48
      (1) Tanh    (5, 16)           0
      (2) Linear  (5, 1)           17
    ---------------------------------
    65 parameters, 520 bytes
    """
    modules = dict(model.named_modules())
    seen: dict[int, list[str]] = {id(module): [] for module in modules.values()}
    if args or kwargs:
        with watched(modules.values(), lambda module, _, result: seen[id(module)].append(result_shape(result))), ag.no_grad():
            model(*args, **kwargs)
    counted: set[int] = set()
    layers = []
    for path, module in modules.items():
        inside = {id(p) for child in module.children() for p in child.parameters()}
        own = [p for p in module.parameters() if id(p) not in inside | counted]
        counted |= {id(p) for p in own}
        shapes = seen[id(module)]
        learnt, frozen = (sum(p.size for p in own if p.requires_grad is wanted) for wanted in (True, False))
        layers.append(Layer(path, type(module).__name__, shapes[-1] if shapes else "-", len(shapes), learnt, frozen))
    return Summary(layers, sum(p.data.nbytes for p in model.parameters()))


@contextmanager
def watched(modules: Any, note: Callable[[Any, Any, Any], None]) -> Iterator[None]:
    """Within, `note` gets each module, the arguments and the result of its `forward`, and all are in `eval` mode.

    A module looks its `forward` up when it is called: one that is set on the object, for a while, comes before the
    one of its class.
    """
    before = [(vars(module), dict(vars(module))) for module in modules]
    try:
        for module in modules:

            def forward(*args: Any, module: Any = module, inner: Any = module.forward, **kwargs: Any) -> Any:
                result = inner(*args, **kwargs)
                note(module, args, result)
                return result

            vars(module).update(forward=forward, training=False)
        yield
    finally:
        for attributes, kept in before:
            for name in ("forward", "training"):
                if name in kept:
                    attributes[name] = kept[name]
                else:
                    attributes.pop(name, None)


def result_shape(result: Any) -> str:
    """The shape of an array or Tensor, and of those in a tuple, list or dict.

    >>> import numpy as np
    >>> result_shape((np.zeros((2, 3)), [np.zeros(4)]))
    '((2, 3), [(4,)])'
    """
    if isinstance(result, dict):
        return "{" + ", ".join(f"{key}: {result_shape(part)}" for key, part in result.items()) + "}"
    if isinstance(result, (list, tuple)):
        left, right = "[]" if isinstance(result, list) else "()"
        return left + ", ".join(map(result_shape, result)) + right
    return str(getattr(result, "shape", None if result is None else type(result).__name__))

"""DOT: a picture in the language of Graphviz, for those who have it: `dot -Tsvg graph.dot`."""

from __future__ import annotations

import json

from .drawing import short
from .picture import Picture
from .words import kind

__all__ = ["dot"]


def dot(picture: Picture) -> str:
    """The picture as DOT.

    >>> import autograd_lite as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> print(ag.show(x * x).dot)
    digraph {
      node [shape=box, style="rounded,filled", fillcolor="#eef3fb", fontname="sans-serif"];
      n0 [label="x\\nfloat64[]\\nvalue 3\\ngrad 6", fillcolor="#e7f5ec"];
      n1 [label="multiply\\nfloat64[]\\nvalue 9\\ngrad 1"];
      n0 -> n1 [label="() x2"];
    }
    """
    lines = ["digraph {", '  node [shape=box, style="rounded,filled", fillcolor="#eef3fb", fontname="sans-serif"];']
    for i, cell in enumerate(picture.cells):
        said = [f"{cell.title} -> {cell.name}" if cell.kind == "call" and cell.name else cell.title]
        if cell.kind != "fold":
            said += [kind(cell.node), f"value {short(cell.value, 'not kept')}", f"grad {short(cell.gradient, '?')}"]
        colour = ', fillcolor="#e7f5ec"' if cell.kind == "leaf" else ""
        lines.append(f"  n{i} [label={json.dumps(chr(10).join(said), ensure_ascii=False)}{colour}];")
    for line in picture.lines:
        many = f" x{line.count}" if line.count > 1 else ""
        lines.append(f"  n{line.start} -> n{line.end} [label={json.dumps(line.label + many)}];")
    return "\n".join([*lines, "}"])

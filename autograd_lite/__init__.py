"""Reverse-mode automatic differentiation over NumPy arrays, small enough to read.

The files of this folder are the core, to be read in this order: `functions.py`, `rules/row.py` and `rules/elementwise.py`
(calculus), `graph.py`, `engine.py` (the chain rule), `primitive.py` (recording a call), `tensor.py` (the array that remembers).

The folders complete it:

* `safety/`, `speed/`, `array/`: beside the core. No number wrong in silence; the same sooner; all else that an ndarray can do.
* `rules/`: the other chapters of calculus.
* `transforms/`: functions of functions, `grad`, `jacobian` and their kin.
* `numerical/`, `check/`, `strategies/`: doubt. Derivatives measured from values, gradients compared with them, property tests.

`declare.py` is the door for functions of your own; `coverage.py` lists what is differentiated.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .declare import linear, primitive
from .engine import backpropagate
from .graph import Node
from .rules.accurate import sigmoid
from .safety.modes import enable_grad, is_grad_enabled, no_grad
from .safety.running import GradientWarning
from .tensor import Tensor, as_tensor, ones, tensor, zeros
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .transforms.implicit import fixed_point, root
from .transforms.symmetric import symmetric_function

if TYPE_CHECKING:
    from .check import GradientCheck, GradientError, check_gradients
    from .numerical import numerical_derivative, numerical_jacobian

__version__ = "0.1.0"

__all__ = [
    "GradientCheck",
    "GradientError",
    "GradientWarning",
    "Node",
    "Tensor",
    "as_tensor",
    "backpropagate",
    "check_gradients",
    "enable_grad",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "linear",
    "no_grad",
    "numerical_derivative",
    "numerical_jacobian",
    "ones",
    "primitive",
    "root",
    "sigmoid",
    "symmetric_function",
    "tensor",
    "value_and_grad",
    "vjp",
    "zeros",
]

DOUBT = {
    "GradientCheck": "check",
    "GradientError": "check",
    "check_gradients": "check",
    "numerical_derivative": "numerical",
    "numerical_jacobian": "numerical",
}


def __getattr__(name: str) -> Any:
    """The checker, imported when it is first asked for: an eighth of the time to import all, which training never needs."""
    if name in DOUBT:
        return getattr(importlib.import_module(f".{DOUBT[name]}", __name__), name)
    if name in DOUBT.values():
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

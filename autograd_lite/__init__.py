"""Reverse-mode automatic differentiation over NumPy arrays, small enough to read.

The files of this folder are the core, to be read in this order: `functions.py`, `rules/row.py` and `rules/elementwise.py`
(calculus), `graph.py`, `engine.py` (the chain rule), `primitive.py` (recording a call), `tensor.py` (the array that remembers).

The folders complete it:

* `safety/`, `speed/`, `array/`: beside the core. No number wrong in silence; the same sooner; all else that an ndarray can do.
* `rules/`: the other chapters of calculus.
* `transforms/`: functions of functions, `grad`, `jacobian` and their kin.
* `compiled/`: what a function computes, derivatives too, as a program of NumPy calls.
* `numpy/`: the second door, for what NumPy's protocols do not reach: `import autograd_lite.numpy as np`.
* `numerical/`, `check/`, `strategies/`: doubt. Derivatives measured from values, gradients compared with them, property tests.
* `seeing/`: the inside made visible. The backward pass as text, the graph as a picture and as a page to step through.

`declare.py` is the door for functions of your own; `coverage.py` lists what is differentiated.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .array.habits import absent
from .array.packed import Packed
from .declare import linear, primitive
from .engine import backpropagate
from .graph import Node
from .rules.accurate import sigmoid
from .safety.modes import enable_grad, is_grad_enabled, no_grad
from .safety.running import GradientWarning
from .shortcuts import kept
from .speed.memory import keep_memory
from .tensor import Tensor, as_tensor, ones, tensor, zeros
from .transforms import elementwise_grad, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, value_and_grad, vjp
from .transforms.vectors import ravel, stop_gradient

if TYPE_CHECKING:
    from .check import GradientCheck, GradientError, check_gradients
    from .compiled import CannotRecord, compile
    from .numerical import numerical_derivative, numerical_jacobian
    from .seeing import AnomalyError, detect_anomaly, show, stepped_page, trace, watch
    from .transforms.implicit import fixed_point, root
    from .transforms.symmetric import symmetric_function

__version__ = "0.2.0"

__all__ = [
    "AnomalyError",
    "CannotRecord",
    "GradientCheck",
    "GradientError",
    "GradientWarning",
    "Node",
    "Packed",
    "Tensor",
    "as_tensor",
    "backpropagate",
    "check_gradients",
    "compile",
    "detect_anomaly",
    "elementwise_grad",
    "enable_grad",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "kept",
    "linear",
    "no_grad",
    "numerical_derivative",
    "numerical_jacobian",
    "ones",
    "primitive",
    "ravel",
    "root",
    "show",
    "sigmoid",
    "stepped_page",
    "stop_gradient",
    "symmetric_function",
    "tensor",
    "trace",
    "value_and_grad",
    "vjp",
    "watch",
    "zeros",
]

keep_memory()

LATER = {
    "check": ["GradientCheck", "GradientError", "check_gradients"],
    "compiled": ["CannotRecord", "compile"],
    "numerical": ["numerical_derivative", "numerical_jacobian"],
    "seeing": ["AnomalyError", "detect_anomaly", "show", "stepped_page", "trace", "watch"],
    "transforms.implicit": ["fixed_point", "root"],
    "transforms.symmetric": ["symmetric_function"],
}
"""Modules, and the names in them, that are imported when first asked for: half of the time, and training needs none."""


def __getattr__(name: str) -> Any:
    for module, names in LATER.items():
        if name == module:
            return importlib.import_module(f".{module}", __name__)
        if name in names:
            found = globals()[name] = getattr(importlib.import_module(f".{module}", __name__), name)
            return found
    raise absent(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

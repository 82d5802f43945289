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

from .check import GradientCheck, GradientError, check_gradients
from .declare import primitive
from .engine import backpropagate
from .graph import Node
from .numerical import numerical_derivative, numerical_jacobian
from .rules.accurate import sigmoid
from .safety.modes import enable_grad, is_grad_enabled, no_grad
from .safety.running import GradientWarning
from .tensor import Tensor, as_tensor, ones, tensor, zeros
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

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
    "grad",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "no_grad",
    "numerical_derivative",
    "numerical_jacobian",
    "ones",
    "primitive",
    "sigmoid",
    "tensor",
    "value_and_grad",
    "vjp",
    "zeros",
]

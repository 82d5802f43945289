"""Reverse-mode automatic differentiation over NumPy arrays, small enough to read.

The order in which to read the sources is the order in which they import each other:

1. `functions.py`, `rules/`: calculus. Every derivative, an ordinary NumPy expression.
2. `engine.py`, `primitive.py`: the chain rule. Walking back over calls, and recording them.
3. `tensor.py`: the array that remembers.
4. `transforms/`: functions of functions. `grad`, `jacobian` and their kin.
5. `numerical/`: derivatives measured from values alone, with error bars.
6. `check/`: doubt. Gradients, ours or anyone's, compared with measured ones.
7. `declare.py`: the door for functions of your own.
8. `strategies/`: property tests of gradients, with hypothesis; imported by its own name.
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

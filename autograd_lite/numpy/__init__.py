"""The second door: NumPy's own namespace, in which what NumPy's protocols do not reach takes Tensors too.

    import autograd_lite.numpy as np

is the one line to change in a program written for NumPy or for HIPS autograd. Every name is NumPy's own. In addition,

* `array` and its kin, every function of arrays and the methods of ufuncs take nested lists that hold Tensors:
  `np.array([[c, -s], [s, c]])`, `np.maximum.reduce([t, u])`;
* `zeros`, `ones`, `empty`, `full`, `eye`, `array`, `copy` and their kin make constant Tensors while there is a Tensor that
  requires grad, as inside of `ag.grad(f)(x)`: `a[i] = t` and `a[i:j] += t` are recorded, `a.dot(t)` too. Else they make arrays;
* `arange`, `fromiter`, `vectorize`, `isscalar`, `r_`, `c_`, `float64` and its kin take Tensors; a Tensor is an `ndarray`.

Where nothing is differentiated it is NumPy, at a tenth of a microsecond a call.

>>> import autograd_lite as ag
>>> import autograd_lite.numpy as np
>>> def turned(angle):
...     c, s = np.cos(angle), np.sin(angle)
...     return np.sum(np.array([[c, -s], [s, c]]) @ np.array([1.0, 2.0]))
>>> ag.grad(turned)(0.0)
array(-1.)
>>> def decay(rate, n=100):
...     u = np.ones(n + 1)
...     for i in range(n):
...         u[i + 1] = u[i] - rate / n * u[i]
...     return u[n]
>>> ag.grad(decay)(0.5)
array(-0.60881451)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import axes, fft, linalg, making, random
from .kinds import KINDS, issubdtype
from .submodules import shown

OWN = KINDS | {"issubdtype": issubdtype} | {name: getattr(module, name) for module in (axes, making) for name in module.__all__}

__all__ = ["fft", "linalg", "random"] + [name for name in np.__all__ if name not in ("fft", "linalg", "random")]


def __getattr__(name: str) -> Any:
    found = globals()[name] = OWN[name] if name in OWN else shown(__name__, np, name)
    return found


def __dir__() -> list[str]:
    return dir(np)

"""SciPy's functions with derivatives, where NumPy's protocols do not reach them: `from autograd_lite.scipy import stats`.

SciPy computes the values, and rules from here differentiate them, to every order. SciPy is not required by the package, and is
imported by these modules alone:

* `special`: every name of scipy.special; logsumexp, softmax, polygamma and others that are no ufuncs;
* `stats`: distributions and their densities, distribution functions and quantiles;
* `linalg`: systems, matrix equations, decompositions, functions of matrices, matrices of a form;
* `integrate`: `odeint` and `solve_ivp`, differentiated by the adjoint equation; `quad`, and integrals of samples;
* `signal`: convolutions, correlations, `lfilter`;
* `fft`: Fourier, cosine and sine transforms.

In the order in which they import each other: `needed`, `by_formula`, `options`; the parts of `linalg`, which are `structured`,
`systems`, `equations`, `matrix_functions` and `decompositions`; those of `stats`, `distributions` and `multivariate`;
`closures`; and these. Other names of SciPy's modules are handed through.
For a sparse matrix S there is `ag.linear(S)`.
"""

from __future__ import annotations

import importlib

__all__ = ["fft", "integrate", "linalg", "signal", "special", "stats"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"autograd_lite.scipy has no module {name!r}, but {', '.join(__all__)}.")

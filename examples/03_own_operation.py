"""Declaring an operation of your own: any function of arrays, compiled or not, with its derivative.

python examples/03_own_operation.py
"""

import math

import numpy as np

import autograd_lite as ag
import nn

# The error function, from the standard library: it knows Python floats alone.
erf_of_numbers = np.vectorize(math.erf, otypes=[float])

# A rule names what it reads: g, the gradient of the result, and the argument. It is checked here, against differences.
erf = ag.primitive(
    lambda x: np.asarray(erf_of_numbers(x)),
    elementwise=True,
    x=lambda g, x: g * (2 / math.sqrt(math.pi)) * np.exp(-x * x),
    check=[np.linspace(-2, 2, 9)],
)


def gelu(x):
    """x times the probability that a normal variable is below it (Hendrycks and Gimpel, 2016): from here on plain NumPy."""
    return x * (1 + erf(x / math.sqrt(2))) / 2


class GELU(nn.Module):
    def forward(self, x):
        return gelu(x)


def main() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    print("erf                      ", erf(x))
    print("its derivative           ", ag.grad(lambda x: np.sum(erf(x)))(x))
    print("and the second           ", np.diag(ag.hessian(lambda x: np.sum(erf(x)))(x)))

    print("\nA rule that is wrong is found where it is declared:")
    try:
        ag.primitive(lambda x: np.asarray(erf_of_numbers(x)), x=lambda g, x: g * np.exp(-x * x), check=[np.linspace(-2, 2, 9)])
    except ValueError as error:
        print("  ", error)

    print("\nIn a network, sin(3 x) from 32 points:")
    x = np.linspace(-1, 1, 32).reshape(-1, 1)
    model = nn.Sequential(nn.Linear(1, 8, rng=0), GELU(), nn.Linear(8, 1, rng=1))
    history = nn.fit(model, x, np.sin(3 * x), optimizer=nn.optim.Adam(model.parameters(), lr=0.02), epochs=2000)
    print("  ", history.loss[0], "->", history.best_loss)

    try:
        from scipy import special
    except ImportError:
        print("\nWith SciPy installed, its functions are declared in the same way.")
    else:
        gammaln = ag.primitive(special.gammaln, elementwise=True, x=lambda g, x: g * digamma(x))
        digamma = ag.primitive(special.digamma, elementwise=True, x=lambda g, x: g * trigamma(x))
        trigamma = ag.primitive(lambda x: special.polygamma(1, x), elementwise=True, x=lambda g, x: g * special.polygamma(2, x))
        print("\nlog gamma at 3.5 and its first two derivatives, from SciPy:")
        print("  ", special.gammaln(3.5), ag.grad(gammaln)(3.5), ag.grad(ag.grad(gammaln))(3.5))


if __name__ == "__main__":
    main()

"""Functions drawn at random, by the kind of rounding inside them, with exact derivatives.

Each is written once, as `term(x, m)`: with NumPy's functions for `m` it is the function that is measured, with mpmath's, in 110
digits, the one that is meant. Rounding is the only difference: `m.single` and `m.round` do nothing in mpmath, and sums are exact.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import mpmath
import numpy as np

DIGITS = 110
NUMPY = SimpleNamespace(
    sin=np.sin,
    cos=np.cos,
    exp=np.exp,
    log=np.log,
    sqrt=np.sqrt,
    tanh=np.tanh,
    arctan=np.arctan,
    round=np.round,
    single=np.float32,
)
EXACT = SimpleNamespace(
    sin=mpmath.sin, cos=mpmath.cos, exp=mpmath.exp, log=mpmath.log, sqrt=mpmath.sqrt, tanh=mpmath.tanh, arctan=mpmath.atan,
    round=lambda x, n: x, single=lambda x: x,
)  # fmt: skip

Term = Callable


class Drawn(NamedTuple):
    """A function of one number, its point, and what it takes: all numbers, real ones, or doubles alone."""

    family: str
    text: str
    term: Term
    x: float
    takes: str

    def __call__(self, x):
        if self.takes != "all" and np.iscomplexobj(x):
            raise TypeError("real numbers only")
        y = self.term(np.float64(x) if self.takes == "doubles" else x, NUMPY)
        return y if np.asarray(y).dtype.char in "gdD" else y.astype(np.float64)

    def exact(self):
        """The derivative, rounded once."""
        return float(self.slope())

    def slope(self):
        """The derivative in many digits."""
        with mpmath.workdps(DIGITS):
            return mpmath.diff(lambda x: self.term(x, EXACT), mpmath.mpf(self.x))


def size(rng, low, high):
    """A number between two, its logarithm even, of either sign."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))) * rng.choice((-1.0, 1.0)))


def pick(rng, *choices):
    return choices[rng.integers(len(choices))]


def smooth(rng):
    """(text, term) of a smooth function of numbers of any sign, without large values."""
    a, b, c = size(rng, 0.2, 4), rng.uniform(-3, 3), size(rng, 0.3, 3)
    return pick(
        rng,
        (f"sin({a:.3g} x + {b:.3g})", lambda x, m: m.sin(a * x + b)),
        (f"cos({a:.3g} x)", lambda x, m: m.cos(a * x)),
        (f"tanh({a:.3g} x + {b:.3g})", lambda x, m: m.tanh(a * x + b)),
        (f"arctan({a:.3g} x)", lambda x, m: m.arctan(a * x)),
        (f"1/(1 + ({a:.3g} x)^2)", lambda x, m: 1 / (1 + (a * x) ** 2)),
        (f"sqrt({c * c:.3g} + x^2)", lambda x, m: m.sqrt(c * c + x * x)),
        (f"log({c * c:.3g} + x^2)", lambda x, m: m.log(c * c + x * x)),
        (f"exp(-x^2/{c * c:.3g})", lambda x, m: m.exp(-x * x / (c * c))),
        (f"exp({a:.3g} sin x)", lambda x, m: m.exp(a * m.sin(x))),
        (f"x^3 + {a:.3g} x + {b:.3g}", lambda x, m: x * x * x + a * x + b),
        (f"x/({c * c:.3g} + x^2)", lambda x, m: x / (c * c + x * x)),
    )


def ordinary(rng):
    """Sums, products, quotients and compositions, of all scales, at all scales."""
    (t, f), (s, g), k = smooth(rng), smooth(rng), size(rng, 1e-8, 1e8)
    text, term = pick(
        rng,
        (t, f),
        (f"{k:.3g} ({t})", lambda x, m: k * f(x, m)),
        (f"({t})({s})", lambda x, m: f(x, m) * g(x, m)),
        (f"({t})/(2 + ({s})^2)", lambda x, m: f(x, m) / (2 + g(x, m) ** 2)),
        (f"{t} at {s}", lambda x, m: f(g(x, m), m)),
        (f"x ({t})", lambda x, m: x * f(x, m)),
        ("x^2", lambda x, m: x * x),
        ("1/x", lambda x, m: 1 / x),
        ("log |x|", lambda x, m: m.log(m.sqrt(x * x))),
        (f"sin x + {k:.3g}", lambda x, m: m.sin(x) + min(abs(k), 1e3)),
    )
    return text, term, pick(rng, size(rng, 1e-6, 1e3), size(rng, 0.1, 10), size(rng, 0.1, 10), size(rng, 10, 2e5))


def linear(rng):
    """Functions linear in x, in which larger terms cancel."""
    d, a, c = size(rng, 1e-9, 0.3), size(rng, 0.1, 1e3), size(rng, 1, 1e8)
    b = a * (1 + d)
    parts = rng.normal(size=5)
    text, term = pick(
        rng,
        (f"x {1 + d!r} - x", lambda x, m: x * (1 + d) - x),
        (f"{b!r} x - {a!r} x", lambda x, m: b * x - a * x),
        (f"(x + {c:.3g}) - {c:.3g}", lambda x, m: (x + c) - c),
        (f"({a:.3g} x + {c:.3g}) - {b:.3g} x", lambda x, m: (a * x + c) - b * x),
        (f"x - (x {1 + d!r} + {c:.3g})", lambda x, m: x - (x * (1 + d) + c)),
        (f"x/3 + x/3 - {2 / 3 * (1 + d)!r} x", lambda x, m: x / 3 + x / 3 - 2 / 3 * (1 + d) * x),
        ("a sum less its parts", lambda x, m: sum(p * x for p in parts) - float(parts.sum() * (1 + d)) * x),
        (f"({a:.3g} x + {c:.3g}) - ({b:.3g} x + {c:.3g})", lambda x, m: (a * x + c) - (b * x + c)),
        (f"(x - {c:.3g}) {a:.3g} + {c * a:.3g}", lambda x, m: (x - c) * a + c * a),
    )
    return text, term, pick(rng, size(rng, 0.1, 10), size(rng, 1e-3, 1e3))


def cancelling(rng):
    """Functions in which terms cancel, most of all near a point."""
    (t, f), c, a, small = smooth(rng), size(rng, 1, 1e6), rng.uniform(-3, 3), size(rng, 1e-8, 0.3)
    n = 5 + rng.normal(size=4)
    base = float(pick(rng, 1e2, 1e4, 0.0))
    teacher = rng.dirichlet(np.ones(3))
    text, term, x = pick(
        rng,
        ("x - sin x", lambda x, m: x - m.sin(x), small),
        ("exp x - 1 - x", lambda x, m: m.exp(x) - 1 - x, small),
        ("(exp x - 1)/x", lambda x, m: (m.exp(x) - 1) / x, small),
        ("1 - cos x", lambda x, m: 1 - m.cos(x), small),
        ("tanh x - x", lambda x, m: m.tanh(x) - x, small),
        ("log(1 + x) - x", lambda x, m: m.log(1 + x) - x, small),
        ("log(1 + x) - log x", lambda x, m: m.log(1 + x) - m.log(x), abs(size(rng, 1, 1e7))),
        ("sqrt(x^2 + 1) - x", lambda x, m: m.sqrt(x * x + 1) - x, abs(size(rng, 1, 1e5))),
        (f"sin(x + {a:.3g}) - sin {a:.3g}", lambda x, m: m.sin(x + a) - m.sin(a + 0 * x), small),
        (f"({t} + {c:.3g}) - {c:.3g}", lambda x, m: (f(x, m) + c) - c, size(rng, 0.1, 10)),
        (f"variance at {base:g}", lambda x, m: mean_square(x, n + base) - mean(x, n + base) ** 2, size(rng, 0.1, 10) + base),
        ("(x - 1)^7, expanded", lambda x, m: expanded(x), 1 + size(rng, 1e-3, 0.5)),
        ("1/x - 1/(x + 1e-4)", lambda x, m: 1 / x - 1 / (x + 1e-4), size(rng, 0.1, 10)),
        ("divergence near the teacher", lambda x, m: divergence(x, teacher, m), size(rng, 1e-7, 1e-2)),
        ("x^2 - y^2", lambda x, m: x * x - 9.0, 3 + size(rng, 1e-8, 0.1)),
        (
            "cos^2 - sin^2 - cos 2x, and x",
            lambda x, m: m.cos(x) ** 2 - m.sin(x) ** 2 - m.cos(2 * x) + small * x,
            size(rng, 0.1, 10),
        ),
    )
    return text, term, x


def mean(x, others):
    return (x + sum(float(n) for n in others)) / 5


def mean_square(x, others):
    return (x * x + sum(float(n) * float(n) for n in others)) / 5


def expanded(x):
    return x**7 - 7 * x**6 + 21 * x**5 - 35 * x**4 + 35 * x**3 - 21 * x**2 + 7 * x - 1


def divergence(x, teacher, m):
    """Of a softmax from itself with the first logit moved by x."""
    z = [float(v) for v in np.log(teacher)]
    logits = [z[0] + x, z[1] + 0 * x, z[2] + 0 * x]
    norm = m.log(m.exp(logits[0]) + m.exp(logits[1]) + m.exp(logits[2]))
    return sum(m.exp(0 * x + a) * (a - (b - norm)) for a, b in zip(z, logits))


def saturated(rng):
    """Functions that are nearly constant where they are measured."""
    c, k, a = rng.uniform(10, 40), size(rng, 0.1, 10), rng.uniform(0.5, 2)
    text, term, x = pick(
        rng,
        ("1 - tanh x", lambda x, m: 1 - m.tanh(x), rng.uniform(3, 18)),
        ("tanh x", lambda x, m: m.tanh(x), size(rng, 3, 19)),
        ("log(1 + exp(-x))", lambda x, m: m.log(1 + m.exp(-x)), rng.uniform(5, 36)),
        (f"{c:.3g} - log(exp x + exp {c:.3g})", lambda x, m: c - m.log(m.exp(x) + m.exp(c + 0 * x)), c - rng.uniform(5, 36)),
        (f"log(exp x + exp {c:.3g}) - x", lambda x, m: m.log(m.exp(x) + m.exp(c + 0 * x)) - x, c + rng.uniform(5, 36)),
        ("1/(1 + exp(-x))", lambda x, m: 1 / (1 + m.exp(-x)), rng.uniform(3, 36)),
        (f"{k:.3g} - {k:.3g}/(1 + exp(-x))", lambda x, m: k - k / (1 + m.exp(-x)), rng.uniform(3, 36)),
        (f"arctan {c**3:.3g} x", lambda x, m: m.arctan(c**3 * x), size(rng, 0.3, 30)),
        (f"exp(-x^2) + {k:.3g}", lambda x, m: m.exp(-x * x) + k, size(rng, 2, 5)),
        (f"sqrt(1 + exp(-{a:.3g} x))", lambda x, m: m.sqrt(1 + m.exp(-a * x)), rng.uniform(5, 30)),
        (f"x {k:.3g}/(1 + |x|)", lambda x, m: x * k / (1 + m.sqrt(x * x)), size(rng, 1e2, 1e6)),
    )
    return text, term, x


def staircase(rng):
    """Functions rounded to steps, and on the way through larger numbers."""
    (t, f), c, digits, k = smooth(rng), size(rng, 1e3, 1e10), int(rng.integers(6, 14)), size(rng, 1e-3, 1e3)
    text, term = pick(
        rng,
        (f"round({t}, {digits})", lambda x, m: m.round(f(x, m), digits)),
        (f"({t} + {c:.3g}) - {c:.3g}", lambda x, m: (f(x, m) + c) - c),
        (f"{k:.3g} (({t} + {c:.3g}) - {c:.3g})", lambda x, m: k * ((f(x, m) + c) - c)),
        (f"sin x + ((1e-6 ({t}) + {c:.3g}) - {c:.3g})", lambda x, m: m.sin(x) + ((1e-6 * f(x, m) + c) - c)),
    )
    return text, term, size(rng, 0.1, 10)


def single(rng):
    """Functions computed in float32, or through it."""
    (t, f), (s, g), small = smooth(rng), smooth(rng), size(rng, 1e-4, 0.3)
    text, term, x = pick(
        rng,
        (f"single: {t}", lambda x, m: f(m.single(x), m), size(rng, 0.1, 10)),
        (f"rounded to single: {t}", lambda x, m: m.single(f(x, m)), size(rng, 0.1, 10)),
        (f"single times double: {t}, {s}", lambda x, m: f(m.single(x), m) * g(x, m), size(rng, 0.1, 10)),
        ("single: x - sin x", lambda x, m: m.single(x) - m.sin(m.single(x)), size(rng, 0.01, 3)),
        ("single: x 1.001 - x", lambda x, m: m.single(x) * m.single(np.float32(1.001).item()) - m.single(x), size(rng, 0.1, 10)),
        ("single: 1 - cos x", lambda x, m: 1 - m.cos(m.single(x)), small),
        (f"1000 + {t}, rounded to single", lambda x, m: m.single(1000 + f(x, m)), size(rng, 0.1, 10)),
        (f"single: exp at {t}", lambda x, m: m.exp(m.single(f(x, m)) / 4), size(rng, 0.1, 3)),
    )
    return text, term, x


FAMILIES = {f.__name__: f for f in (ordinary, linear, cancelling, saturated, staircase, single)}


def drawn(family, seed):
    """The function of this family and seed."""
    rng = np.random.default_rng([list(FAMILIES).index(family), seed])
    text, term, x = FAMILIES[family](rng)
    return Drawn(family, text, term, float(x), str(rng.choice(["all", "reals", "doubles"], p=[0.6, 0.2, 0.2])))

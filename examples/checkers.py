"""The checkers of gradients, checked: wrong gradients that must be caught, right ones that must pass.

    python examples/checkers.py

prints the verdict of `ag.check_gradients` and of each peer that is installed on each case, mistakes in capitals, and the
cost of a check of a function from 1000 numbers to 1000. A case is plain NumPy and belongs to no library: a function, its
arguments, and a hand-written `gradient(x, v)` that takes the arguments and the cotangent v of the output.

How the peers are asked, each at its own defaults:

* `torch.autograd.gradcheck`, slow and fast mode; JAX's and HIPS autograd's `check_grads`, first order: the function and
  its gradient are wrapped as an operation of that library (for forward mode, the gradients of all entries of the result).
  An exception is a refusal, whatever its type.
* numdifftools, jacobi and `scipy.differentiate` give numbers with error bars: a gradient passes if it agrees within ten
  of them and 1e-9 of the largest entry for that output (float32 and float16: ten units of rounding).
  `scipy.optimize.approx_fprime` gives numbers: `numpy.allclose` judges at its defaults, as people do by hand. These see all
  arguments as one vector of float64, and more than 100 outputs through one random projection.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported
os.environ.setdefault("JAX_ENABLE_X64", "1")

import importlib.util
import logging
import math
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import autograd_lite as ag


class Case(NamedTuple):
    """A function, where it is differentiated, and `gradient(*arguments, v)`: a tuple if there are several arguments."""

    name: str
    f: Callable
    arguments: tuple
    gradient: Callable
    note: str = ""


def elementwise(name: str, f: Callable, slope: Callable, x: object, note: str = "") -> Case:
    """The case of a function that treats each element alone, from its slope."""
    return Case(name, f, (np.asarray(x),), lambda x, v: v * slope(x), note)


# -- functions and gradients that several cases use -----------------------------------------------------------------------

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 1.5, 8)
MANY = RNG.uniform(0.5, 1.5, 1000)
SQUARE = RNG.normal(size=(4, 4))
BATCH, WEIGHT, BIAS = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)
MIX = RNG.normal(size=(6, 6))
POSITIVE = MIX @ MIX.T + np.eye(6)
STEEP = 1 / (np.arange(7)[:, None] + np.arange(7) + 1.0)
HILBERT = 1 / (np.arange(4)[:, None] + np.arange(4) + 1.0)  # its condition number is 15514


def changed(gradient: np.ndarray, index: object, value: object) -> np.ndarray:
    """A copy with one entry replaced."""
    copy = np.array(gradient)
    copy[index] = value
    return copy


def affine(x, w, b):
    return x @ w + b


def affine_but(bias_gradient: Callable) -> Callable:
    """The gradient of `affine`, except for the bias."""
    return lambda x, w, b, v: (v @ w.T, x.T @ v, bias_gradient(v))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def softmax_gradient(x, v):
    s = softmax(x)
    return s * (v - np.sum(v * s))


def logsumexp(x):
    return x.max() + np.log(np.sum(np.exp(x - x.max())))


def layer_norm(x):
    return (x - x.mean()) / x.std()


def layer_norm_gradient(x, v):
    y = layer_norm(x)
    return (v - v.mean() - y * np.mean(v * y)) / x.std()


def batch_norm_gradient(x, v):
    y = (x - x.mean(0)) / x.std(0)
    return (v - v.mean(0) - y * np.mean(v * y, 0)) / x.std(0)


def cross_entropy(z):
    """Of 5 rows of logits, with labels 0 1 2 0 1."""
    return np.mean([logsumexp(row) - row[i % 3] for i, row in enumerate(z)])


def cross_entropy_gradient(z, v):
    return v * (np.array([softmax(row) for row in z]) - np.eye(3)[[0, 1, 2, 0, 1]]) / len(z)


def network_loss(w1, b1, w2):
    return np.mean((np.tanh(BATCH @ w1 + b1) @ w2 - 1) ** 2)


def network_gradient(w1, b1, w2, v):
    h = np.tanh(BATCH @ w1 + b1)
    r = v * 2 * (h @ w2 - 1) / len(h)
    d = np.outer(r, w2) * (1 - h**2)
    return BATCH.T @ d, d.sum(0), h.T @ r


def cumprod_gradient(x, v):
    """From the definition, so that zeros need no division."""
    terms = [[np.prod(np.delete(x[: k + 1], i)) if i <= k else 0.0 for i in range(len(x))] for k in range(len(x))]
    return v @ np.array(terms)


def masked_root(x):
    return np.where(x > 0, np.sqrt(np.abs(x)), 0)


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def rosenbrock_gradient(x, v):
    steep = 200 * (x[1] - x[0] ** 2)
    return v * np.array([-2 * (1 - x[0]) - 2 * x[0] * steep, steep])


def rastrigin(x):
    return 10 + x**2 - 10 * np.cos(2 * np.pi * x)


def fixed_point(a):
    """Of x**3 + x = a, as near as steps of 1e-7 get."""
    x = np.ones_like(a)
    while np.max(np.abs(step := 0.1 * (a - x - x**3))) > 1e-7:
        x = x + step
    return x


def fixed_point_slope(a):
    x = [np.roots([1, 0, 1, -ai]) for ai in a]
    return 1 / (1 + 3 * np.array([r[np.abs(r.imag) < 1e-9].real[0] for r in x]) ** 2)


def fading_sum(x):
    return np.sum(FADING * np.sin(x))


def log_softmax(z):
    return z - logsumexp(z)


def divergence(z):
    """Of the distribution with the logits z from the teacher's."""
    return np.sum(TEACHER * (np.log(TEACHER) - log_softmax(z)))


def label_loss(z):
    """The cross entropy of one row of logits, with label 2."""
    return logsumexp(z) - z[2]


def label_loss_gradient(z, v):
    return v * changed(softmax(z), 2, -np.sum(np.delete(softmax(z), 2)))


def classifier_loss(w):
    """The cross entropy of a linear classifier of three clouds of points."""
    z = CLOUDS @ w
    top = z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z - top), axis=1)) + top[:, 0] - np.sum(z * LABELS, axis=1))


def classifier_gradient(w, v):
    e = np.exp(CLOUDS @ w - (CLOUDS @ w).max(axis=1, keepdims=True))
    return v * CLOUDS.T @ (e / e.sum(axis=1, keepdims=True) - LABELS) / len(CLOUDS)


def trained(epochs):
    w = np.zeros((2, 3))
    for _ in range(epochs):
        w = w - 2 * classifier_gradient(w, 1.0)
    return w


def variance_gradient(x, v):
    return v * 2 * (x - x.mean()) / len(x)


def logistic(x):
    for _ in range(15):
        x = 3.9 * x * (1 - x)
    return x


def logistic_slope(x):
    slope = 1.0
    for _ in range(15):
        x, slope = 3.9 * x * (1 - x), slope * 3.9 * (1 - 2 * x)
    return slope


def bell(x):
    return np.exp(-((1e3 * (x - 1)) ** 2))


def rising(x):
    return np.prod(x + np.arange(8.0))


def rising_gradient(x, v):
    return v * rising(x) * np.sum(1 / (x + np.arange(8.0)))


def logaddexp_gradient(a, b, v):
    return v / (1 + np.exp(b - a)), v / (1 + np.exp(a - b))


def saturated(x):
    return np.tanh(4 * MIX @ x)


def log_det(a):
    return np.linalg.slogdet(a)[1]


def sum_of_inverse_gradient(a, v):
    inverse = np.linalg.inv(a)
    return -v * np.outer(inverse.sum(0), inverse.sum(1))


def in_single(f: Callable) -> Callable:
    """The function computed in float32, the result handed back in the dtype of the argument."""
    return lambda x: f(x.astype(np.float32)).astype(x.dtype)


def hash_noise(x):
    """Between -1/2 and 1/2, always the same for the same x, and without any pattern that a step could follow."""
    return np.modf(np.abs(x) * 1e13 * math.sqrt(2))[0] - 0.5


def relu(x):
    return np.maximum(x, 0)


def hinge(x):
    return relu(x - 1)


def tent(x):
    """Up to 1, and down twice as steep."""
    return np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, -1.0])


def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


def piecewise(x):
    return np.where(x > 1.45, x**2, 3 * x)


def doubled_in_place(x, v):
    x *= 2
    return v * np.cos(x / 2)


def cotangent_in_place(x, v):
    v *= np.cos(x)
    return v


def argument_in_place(x):
    x += 1e-3
    return np.sin(x)


PAIR = np.where(np.arange(8) == 1, 0.1, np.where(np.arange(8) == 5, -0.1, 0.0))  # two errors, whose sum is 0
FAR_PAIR = np.where(np.arange(1000) == 3, 0.5, np.where(np.arange(1000) == 700, -0.5, 0.0))
FADING = 10.0 ** -np.arange(8)
TWICE = np.array([0, 1, 1, 5])
OMEGA = 2 * np.pi / 86400  # a turn a day
MAGNITUDES = 10.0 ** np.arange(-8, 9)
TEACHER = np.array([0.2, 0.5, 0.3])
NEAR_TEACHER = np.array([1.0, -2.0, 0.5])
LABELS = np.eye(3)[np.arange(30) % 3]
CLOUDS = LABELS @ np.array([[3.0, 0.0], [-2.0, 2.0], [-1.0, -3.0]]) + RNG.normal(scale=0.3, size=(30, 2))
LOGITS = np.array([12.0, -15.0, 8.0, -3.0, 20.0, -11.0])
X_SINGLE, X_HALF = X.astype(np.float32), X.astype(np.float16)


# -- wrong: each must be caught --------------------------------------------------------------------------------------------

WRONG = [
    # a factor
    elementwise("scaled by 1 + 1e-5", np.sin, lambda x: np.cos(x) * (1 + 1e-5), X),
    elementwise("scaled by 1 + 1e-5, scalar result", lambda x: np.exp(x), lambda x: np.exp(x) * (1 + 1e-5), 0.7),
    elementwise("0.1 % too large", np.sin, lambda x: np.cos(x) * 1.001, X),
    elementwise("0.1 % too large, at 1e6", np.square, lambda x: 2 * x * 1.001, [1e6, 2e6]),
    elementwise("1 % too large, log at 1e-8", np.log, lambda x: 1.01 / x, [1e-8, 1e-5]),
    elementwise("1 % too large, sin(1/x) at 0.01", lambda x: np.sin(1 / x), lambda x: -1.01 * np.cos(1 / x) / x**2, 0.01),
    elementwise("1 % too large, exp(30 x)", lambda x: np.exp(30 * x), lambda x: 30.3 * np.exp(30 * x), [0.5, 1.0]),
    elementwise("sign flipped", np.cos, np.sin, X),
    Case("factor of 2 forgotten", lambda x: np.sum(x**2), (X,), lambda x, v: v * x),
    Case("factor of n: the 1 / n of a mean forgotten", np.mean, (X,), lambda x, v: v * np.ones_like(x)),
    Case("factor of n: divided twice", cross_entropy, (BATCH,), lambda z, v: cross_entropy_gradient(z, v) / len(z)),
    # some entries
    elementwise("one of 1000 entries half as large", np.sin, lambda x: changed(np.cos(x), 617, np.cos(x[617]) / 2), MANY),
    Case(
        "one of 1000 entries half as large, scalar result",
        lambda x: np.sum(np.sin(x)),
        (MANY,),
        lambda x, v: v * changed(np.cos(x), 617, np.cos(x[617]) / 2),
    ),
    Case("one entry zero", lambda x: np.sum(np.sin(x)), (X,), lambda x, v: v * changed(np.cos(x), 3, 0)),
    Case("two errors that cancel in the sum", lambda x: np.sum(np.sin(x)), (X,), lambda x, v: v * (np.cos(x) + PAIR)),
    Case("two errors that cancel, of 1000 entries", np.sum, (MANY,), lambda x, v: v * (1 + FAR_PAIR)),
    elementwise("wrong where a mask selects one entry", piecewise, lambda x: np.where(x > 1.45, x, 3.0), changed(X, 2, 1.47)),
    Case(
        "an off-diagonal entry of the Jacobian",
        lambda x: MIX @ np.sin(x),
        (X[:6],),
        lambda x, v: changed(MIX, (1, 4), MIX[1, 4] + 0.01).T @ v * np.cos(x),
    ),
    elementwise("the smallest of 17 magnitudes, 1 % wrong", lambda x: x**2, lambda x: changed(2 * x, 0, 2.02e-8), MAGNITUDES),
    elementwise("zero at 0 among large entries", lambda x: 3 * x, lambda x: np.where(x == 0, 0.0, 3.0), [0.0, 1e6, -2e6]),
    elementwise(
        "1 instead of 0 where tanh is saturated", np.tanh, lambda x: np.where(x > 9, 1, 1 / np.cosh(x) ** 2), [1.0, 40.0]
    ),
    # axes and arguments
    Case("transposed", lambda w: np.sum(np.tanh(w) * MIX[:4, :4]), (SQUARE,), lambda w, v: v * (MIX[:4, :4] / np.cosh(w) ** 2).T),
    Case("transposed Jacobian: A v, not A.T v", lambda x: MIX @ x, (X[:6],), lambda x, v: MIX @ v),
    Case("log |det A|: the inverse not transposed", log_det, (SQUARE,), lambda a, v: v * np.linalg.inv(a)),
    Case(
        "sum over the batch missing in a bias",
        affine,
        (BATCH, WEIGHT, BIAS),
        affine_but(lambda v: v),
        "PyTorch's engine sums surplus axes away before its checker can see them; so it does for the shape (1, n)",
    ),
    Case("one row instead of the sum over the batch", affine, (BATCH, WEIGHT, BIAS), affine_but(lambda v: v[-1])),
    Case("mean instead of the sum over the batch", affine, (BATCH, WEIGHT, BIAS), affine_but(lambda v: v.mean(0))),
    Case("two inputs swapped", lambda a, b: a * b**2, (X, X[::-1].copy()), lambda a, b, v: (v * 2 * a * b, v * b**2)),
    Case("reversed", lambda x: np.sum(np.sin(x)), (X,), lambda x, v: v * np.cos(x)[::-1]),
    # terms
    elementwise("a factor taken for a constant", lambda x: x * np.sin(x), np.sin, X),
    Case("one input detached", lambda a, b: np.sum(a * b), (X, X + 1), lambda a, b, v: (v * b, np.zeros_like(b))),
    Case(
        "a network with b1 detached",
        network_loss,
        (WEIGHT, BIAS, BIAS + 1),
        lambda w1, b1, w2, v: (network_gradient(w1, b1, w2, v)[0], np.zeros_like(b1), network_gradient(w1, b1, w2, v)[2]),
    ),
    Case("softmax without its second term", softmax, (X,), lambda x, v: v * softmax(x)),
    Case("batch normalisation with a constant mean", lambda x: x - x.mean(0), (BATCH,), lambda x, v: v),
    elementwise("stale: computed a step ago", np.sin, lambda x: np.cos(X + 1e-3), X),
    Case("standard deviation: n - 1 in place of n", np.std, (X,), lambda x, v: v * (x - x.mean()) / x.std() / (len(x) - 1)),
    Case("a small term of a large sum, 10 % wrong", fading_sum, (X,), lambda x, v: v * changed(FADING, 7, 1.1e-7) * np.cos(x)),
    # indices
    Case("sort: the order not undone", np.sort, (X,), lambda x, v: v[np.argsort(x)]),
    Case("cumsum: summed from the wrong end", np.cumsum, (X,), lambda x, v: np.cumsum(v)),
    Case("an index twice: set, not added", lambda x: x[TWICE], (X,), lambda x, v: changed(np.zeros_like(x), TWICE, v)),
    Case("dropout: another mask than forward", lambda x: x * (X > 1), (X,), lambda x, v: v * (X < 1)),
    elementwise("clip: passed on outside", lambda x: np.clip(x, -1, 1), np.ones_like, [-2.0, 0.5, 3.0]),
    # cotangents
    Case("softmax, invisible to a cotangent of ones", softmax, (X,), lambda x, v: softmax(x) * (v - v.mean())),
    Case("layer norm, invisible to ones: all zero", layer_norm, (X,), lambda x, v: np.zeros_like(x)),
    Case("the cotangent cubed: right for 1 and -1", np.sin, (X,), lambda x, v: v**3 * np.cos(x)),
    Case("the cotangent forgotten", lambda x: np.sum(x**2), (X,), lambda x, v: 2 * x, "right wherever v is 1"),
    Case("not zero for a zero cotangent", lambda x: np.sum(x**2), (X,), lambda x, v: 2 * x * v if v else np.ones_like(x)),
    Case("the absolute value of the cotangent", np.sin, (X,), lambda x, v: np.abs(v) * np.cos(x)),
    # scales
    elementwise("100 times too large, scale 1e-9", lambda x: 1e-9 * np.sin(x), lambda x: 1e-7 * np.cos(x), X),
    elementwise("0.1 % too large, scale 1e-9", lambda x: 1e-9 * np.sin(x), lambda x: 1.001e-9 * np.cos(x), X),
    elementwise("0.1 % too large, scale 1e9", lambda x: 1e9 * np.sin(x), lambda x: 1.001e9 * np.cos(x), X),
    elementwise("zero, scale 1e-9", lambda x: 1e-9 * np.sin(x), np.zeros_like, X),
    elementwise("zero, scale 1e-30", lambda x: 1e-30 * np.sin(x), np.zeros_like, X),
    elementwise("1000 times too large, exp at 1e-20, where it is 1", np.exp, lambda x: 1e3 * np.exp(x), 1e-20),
    elementwise("zero at 1e-20, where 1 + x is 1", lambda x: 1 + x, lambda x: np.where(x < 1e-9, 0.0, 1.0), [1e-20, 1.0]),
    elementwise("zero where f is too fast to follow", lambda x: np.sin(1.3e17 * x), np.zeros_like, X),
    # terms that cancel, and saturation
    elementwise("x 1.001 - x, scaled by 1 + 1e-5", lambda x: x * 1.001 - x, lambda x: 0.001 * (1 + 1e-5), X),
    elementwise("x - sin x at 0.1, scaled by 1 + 1e-5", lambda x: x - np.sin(x), lambda x: (1 - np.cos(x)) * (1 + 1e-5), 0.1),
    elementwise("exp(x) - 1 - x at 1e-3, x**2 / 2 for x", lambda x: np.exp(x) - 1 - x, lambda x: x**2 / 2, [1e-3, -2e-3]),
    Case(
        "divergence 1e-4 from the teacher, 1 % too large",
        divergence,
        (np.log(TEACHER) + 1e-4 * NEAR_TEACHER,),
        lambda z, v: v * 1.01 * (softmax(z) - TEACHER),
    ),
    Case(
        "variance as a difference, at 1e4: divided by n - 1",
        lambda x: np.mean(x**2) - np.mean(x) ** 2,
        (X + 1e4,),
        lambda x, v: variance_gradient(x, v) * 8 / 7,
    ),
    Case(
        "cross entropy of -3, 2, 12: the label's sign flipped",
        label_loss,
        (np.array([-3.0, 2.0, 12.0]),),
        lambda z, v: np.abs(label_loss_gradient(z, v)) * np.sign(v),
    ),
    Case(
        "a trained classifier, divided by n twice",
        classifier_loss,
        (trained(500),),
        lambda w, v: classifier_gradient(w, v) / len(CLOUDS),
    ),
    # precision
    elementwise("30 % too large, 1000 entries of float32", np.sin, lambda x: np.cos(x) * np.float32(1.3), MANY.astype("f4")),
    elementwise("0.1 % too large, float32", np.sin, lambda x: np.cos(x) * np.float32(1.001), X_SINGLE),
    elementwise("0.01 % too large, float32", np.sin, lambda x: np.cos(x) * np.float32(1.0001), X_SINGLE),
    elementwise("10 % too large, float16", np.square, lambda x: x * np.float16(2.2), X_HALF),
    elementwise("1 % too large, computed in float32", in_single(np.sin), lambda x: np.cos(x) * 1.01, X),
    elementwise("0.1 % too large beneath noise of 1e-8", lambda x: x**2 + 1e-8 * hash_noise(x), lambda x: 2.002 * x, X),
    # kinks and jumps
    elementwise("right to the left of a kink alone", leaky, lambda x: np.full_like(x, 0.1), [-2.0, -1.0, 1.0, 2.0]),
    elementwise("right to the right of a kink alone", np.abs, np.ones_like, [-2.0, -1.0, 1.0, 2.0]),
    elementwise("relu at 0: no subgradient is 1.5", relu, lambda x: np.where(x == 0, 1.5, x > 0), [-1.0, 0.0, 1.0]),
    elementwise("relu at 0: no subgradient is -0.1", relu, lambda x: np.where(x == 0, -0.1, x > 0), [-1.0, 0.0, 1.0]),
    elementwise("abs at 0: no subgradient is 2", np.abs, lambda x: np.where(x == 0, 2, np.sign(x)), [-1.0, 0.0, 1.0]),
    elementwise("relu beside 0: wrong side", relu, lambda x: np.where(x < 0, 1.0, 0.0), [-1e-9, 1e-9]),
    Case(
        "max: each of two that tie gets all of it",
        np.max,
        (np.array([1.0, 3.0, 3.0]),),
        lambda x, v: v * (x == x.max()),
        "each entry is a subgradient of its own; together they promise a slope of 2 where both grow, and max has 1",
    ),
    elementwise("1 % too large, 6e-5 beside a kink", tent, lambda x: np.where(x < 1, 1.0, -1.98), [0.5, 1 + 6e-5]),
    elementwise("between slopes of 1 and -2: no subgradient is 1.2", tent, lambda x: np.where(x == 1, 1.2, 1.0), [0.5, 1.0]),
    elementwise("floor called flat where it jumps", np.floor, np.zeros_like, [1.0, 2.0]),
    elementwise("a jump of 1e-9 not seen", lambda x: x + 1e-9 * (x >= 1), np.ones_like, 1.0),
    elementwise("sign called flat where it jumps", np.sign, np.zeros_like, [-1.0, 0.0, 1.0]),
    elementwise("round called 1", np.round, np.ones_like, [0.3, 1.7]),
    elementwise("zero where steps of 1/8, 1/16... see no change", lambda x: np.sin(2 * np.pi * 1024 * x), np.zeros_like, 0.75),
    # contracts
    Case("changes its argument in place", np.sin, (X,), doubled_in_place),
    Case("changes the cotangent in place", np.sin, (X,), cotangent_in_place),
    Case("the function changes its argument", argument_in_place, (X,), lambda x, v: v * np.cos(x)),
    elementwise("random gradient", np.sin, lambda x: np.random.default_rng().normal(size=x.shape), X),
    elementwise("right within random noise", np.sin, lambda x: np.cos(x) * np.random.default_rng().normal(1, 1e-12, x.shape), X),
    elementwise(
        "the function is random", lambda x: x**2 + 1e-9 * np.random.default_rng().normal(size=x.shape), lambda x: 2 * x, X
    ),
    Case("shape (1, n) instead of (n,)", np.sin, (X,), lambda x, v: (v * np.cos(x))[None]),
    Case("one number instead of n", lambda x: np.sum(3 * x), (X,), lambda x, v: v * 3.0),
    Case("float32 instead of float64", np.sin, (X,), lambda x, v: (v * np.cos(x)).astype(np.float32)),
    Case("float64 instead of float32", np.sin, (X_SINGLE,), lambda x, v: v.astype(float) * np.cos(x)),
    Case("one gradient for two inputs", lambda a, b: a * b, (X, X + 1), lambda a, b, v: v * b),
    elementwise("nan", np.sin, lambda x: changed(np.cos(x), 4, np.nan), X),
    elementwise("infinite", np.sin, lambda x: changed(np.cos(x), 4, np.inf), X),
    elementwise("a number where the function is nan", np.log, lambda x: 1 / x, [-1.0, 1.0]),
]


# -- right, if hard: none may be called wrong ----------------------------------------------------------------------------

RIGHT = [
    # small and large arguments
    elementwise("log at 1e-8 and 1e-5", np.log, lambda x: 1 / x, [1e-8, 1e-5]),
    elementwise("log at 1e-300", np.log, lambda x: 1 / x, 1e-300),
    elementwise("x**2 at 1e6", lambda x: x**2, lambda x: 2 * x, [1e6, -3e6]),
    elementwise("x**2 at 1e-12", lambda x: x**2, lambda x: 2 * x, [1e-12, -1e-9]),
    elementwise("1 / x at 1e-6", lambda x: 1 / x, lambda x: -1 / x**2, [1e-6, -1e-6]),
    elementwise("sqrt at 1e-12 and 1e-20", np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-12, 1e-20]),
    elementwise("expm1 at 1e-12", np.expm1, np.exp, [1e-12, -1e-12]),
    elementwise("log1p at -1 + 1e-9", np.log1p, lambda x: 1 / (1 + x), -1 + 1e-9),
    elementwise("arcsin at 1 - 1e-9", np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)), [1 - 1e-9, -1 + 1e-9]),
    elementwise("log-odds at 1e-9", lambda p: np.log(p / (1 - p)), lambda p: 1 / (p * (1 - p)), [1e-9, 0.5]),
    elementwise("magnitudes from 1e-8 to 1e8 in one array", lambda x: x**2, lambda x: 2 * x, MAGNITUDES),
    elementwise("0 among entries of 1e6", lambda x: x**2 + x, lambda x: 2 * x + 1, [0.0, 1e6, -2e6]),
    elementwise("Rastrigin at 1e-9, where it rounds to 0", rastrigin, lambda x: 2 * x + 20 * np.pi * np.sin(2 * np.pi * x), 1e-9),
    # steep, fast, flat
    elementwise("sin(1/x) at 0.01", lambda x: np.sin(1 / x), lambda x: -np.cos(1 / x) / x**2, 0.01),
    elementwise("exp(30 x)", lambda x: np.exp(30 * x), lambda x: 30 * np.exp(30 * x), [0.5, 1.0, 2.0]),
    elementwise("exp at 709 and -700", np.exp, np.exp, [709.0, -700.0], "it overflows at 709.8"),
    elementwise("sin at 1e5", np.sin, np.cos, [1e5, 123456.7]),
    elementwise("sin(1e4 x)", lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), [0.3, 1.1]),
    *(
        elementwise(
            f"sin(2 pi {n} x) at {x}",
            lambda x, n=n: np.sin(2 * np.pi * n * x),
            lambda x, n=n: 2 * np.pi * n * np.cos(2 * np.pi * n * x),
            x,
        )
        for n, x in ((1024, 0.75), (2**20, 0.75), (1000, 0.3))  # steps of 2**-k or 10**-k see no change: whole periods
    ),
    elementwise("tanh at 20 and 40", np.tanh, lambda x: 1 / np.cosh(x) ** 2, [20.0, 40.0, -40.0]),
    elementwise("x**x", lambda x: x**x, lambda x: x**x * (np.log(x) + 1), [0.01, 1.0, 5.0]),
    elementwise("a bell of width 1e-3", bell, lambda x: -2e6 * (x - 1) * bell(x), [1.001, 1.0]),
    elementwise("a constant", lambda x: np.full_like(x, 3.7), np.zeros_like, X),
    Case("x (x+1) ... (x+7)", rising, (np.array(0.3),), rising_gradient),
    elementwise("x**100 at 1.5", lambda x: x**100, lambda x: 100 * x**99, [1.5, 0.9]),
    elementwise("exp(-1 / x) at 0.01", lambda x: np.exp(-1 / x), lambda x: np.exp(-1 / x) / x**2, [0.01, 0.1]),
    elementwise("1 / (1 - x) at 1 - 1e-6", lambda x: 1 / (1 - x), lambda x: 1 / (1 - x) ** 2, [1 - 2.0**-20, 1 + 2.0**-20]),
    elementwise("sqrt at 1e20", np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e20, 1.0]),
    elementwise("log(1 + exp(x)) at -30", lambda x: np.log(1 + np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), [-30.0, 30.0]),
    elementwise(
        "a wave of a day at 1.7e9 seconds", lambda t: np.sin(OMEGA * t), lambda t: OMEGA * np.cos(OMEGA * t), 1.7e9 + 12345
    ),
    elementwise(
        "(1 - cos x) / x**2 at 1e-4", lambda x: (1 - np.cos(x)) / x**2, lambda x: x * (x**2 / 180 - 1 / 12), [1e-4, 3e-4]
    ),
    elementwise("the logistic map, 15 times", logistic, logistic_slope, [0.3, 0.7]),
    # offsets and scales
    elementwise("1e8 + x", lambda x: 1e8 + x, np.ones_like, X),
    elementwise("1e8 + sin", lambda x: 1e8 + np.sin(x), np.cos, X),
    *(elementwise(f"{c:g} sin", lambda x, c=c: c * np.sin(x), lambda x, c=c: c * np.cos(x), X) for c in (1e-30, 1e-9, 1e9, 1e30)),
    # precision
    elementwise("float32", np.sin, np.cos, X_SINGLE),
    elementwise("float32, 1000 entries", np.sin, np.cos, MANY.astype("f4")),
    elementwise("float32, log at 1e-8", np.log, lambda x: 1 / x, np.float32([1e-8, 1e-5])),
    Case("float32, a sum of squares", lambda x: np.sum(x**2), (X_SINGLE,), lambda x, v: v * 2 * x),
    elementwise("float16", np.tanh, lambda x: 1 - np.tanh(x) ** 2, X_HALF),
    elementwise("float16, x**2", np.square, lambda x: 2 * x, X_HALF),
    elementwise("float16, exp", np.exp, np.exp, X_HALF[:3] * np.float16([8, -8, 1])),
    elementwise("computed in float32", in_single(np.sin), np.cos, X),
    elementwise("computed in float32, exp", in_single(np.exp), np.exp, X),
    elementwise("computed in float32, exp at 4e-7", in_single(np.exp), np.exp, [4e-7, 0.06]),
    Case("computed in float32, a sum", lambda x: in_single(np.exp)(x).sum(), (X,), lambda x, v: v * np.exp(x)),
    elementwise("noise of 1e-8 in waves", lambda x: x**2 + 1e-8 * np.sin(1e12 * x), lambda x: 2 * x, X),
    elementwise("noise of 1e-8 without a pattern", lambda x: np.sin(x) + 1e-8 * hash_noise(x), np.cos, X),
    elementwise("noise of 1e-8 of 1e-9", lambda x: 1e-9 * (np.sin(x) + 1e-8 * hash_noise(x)), lambda x: 1e-9 * np.cos(x), X),
    # kinks, and beside them
    *(
        elementwise(f"relu at 0, {s} there", relu, lambda x, s=s: np.where(x == 0, s, x > 0), [-1.0, 0.0, 1.0])
        for s in (0.0, 0.5, 1.0)
    ),
    elementwise("relu at 1e-9", relu, lambda x: np.where(x > 0, 1.0, 0.0), [1e-9, -1e-9, 1.0]),
    elementwise("relu(x - 1) 1e-9 beside 1", hinge, lambda x: np.where(x > 1, 1.0, 0.0), [1 + 1e-9, 1 - 1e-9]),
    elementwise("relu(x - 1) 4e-16 beside 1", hinge, lambda x: np.where(x > 1, 1.0, 0.0), [1 + 2.0**-51, 1 - 2.0**-51]),
    *(
        elementwise(f"abs at 0, {s} there", np.abs, lambda x, s=s: np.where(x == 0, s, np.sign(x)), [-1.0, 0.0, 1.0])
        for s in (-1.0, 0.0, 1.0)
    ),
    elementwise("abs at 1e-12", np.abs, np.sign, [1e-12, -1e-12]),
    elementwise("x |x| at 0 and 1e-9", lambda x: x * np.abs(x), lambda x: 2 * np.abs(x), [0.0, 1e-9, -1.0]),
    Case("max of two that tie, shared", np.max, (np.array([1.0, 3.0, 3.0]),), lambda x, v: v * np.array([0, 0.5, 0.5])),
    Case("norm", lambda x: np.sqrt(np.sum(x**2)), (X,), lambda x, v: v * x / np.sqrt(np.sum(x**2))),
    Case("norm at 0, 0 there", lambda x: np.sqrt(np.sum(x**2)), (np.zeros(3),), lambda x, v: np.zeros(3)),
    elementwise("floor between the whole numbers", np.floor, np.zeros_like, [0.5, 1.3, -2.7]),
    elementwise("x - floor(x) at 1 + 1e-7", lambda x: x - np.floor(x), np.ones_like, 1 + 1e-7),
    Case(
        "arctan2 beside its cut",
        np.arctan2,
        (np.array([1e-9, -1e-9]), np.array([-1.0, -1.0])),
        lambda y, x, v: (v * x / (x**2 + y**2), -v * y / (x**2 + y**2)),
    ),
    elementwise("sqrt behind a mask", masked_root, lambda x: np.where(x > 0, 0.5 / np.sqrt(np.abs(x)), 0), [-1.0, 4.0]),
    # several entries together
    Case("logsumexp of 1000, 1001, 999", logsumexp, (np.array([1000.0, 1001.0, 999.0]),), lambda x, v: v * softmax(x)),
    Case("logaddexp", np.logaddexp, (np.array([0.0, 1000.0]), np.array([1e-3, 990.0])), logaddexp_gradient),
    Case("softmax", softmax, (X,), softmax_gradient),
    Case("layer norm", layer_norm, (X,), layer_norm_gradient),
    Case("batch norm", lambda x: (x - x.mean(0)) / x.std(0), (BATCH,), batch_norm_gradient),
    Case("cross entropy", cross_entropy, (BATCH,), cross_entropy_gradient),
    Case("an affine layer", affine, (BATCH, WEIGHT, BIAS), affine_but(lambda v: v.sum(0))),
    Case("a network", network_loss, (WEIGHT, BIAS, BIAS + 1), network_gradient),
    Case("cumprod with a zero", np.cumprod, (np.array([2.0, 0.0, 3.0, 4.0]),), cumprod_gradient),
    Case("cumprod with two zeros", np.cumprod, (np.array([2.0, 0.0, 3.0, 0.0, 5.0]),), cumprod_gradient),
    Case("variance as a difference, at 1e4", lambda x: np.mean(x**2) - np.mean(x) ** 2, (X + 1e4,), variance_gradient),
    Case("standard deviation", np.std, (X,), lambda x, v: v * (x - x.mean()) / x.std() / len(x)),
    Case("sort", np.sort, (X,), lambda x, v: v[np.argsort(np.argsort(x))]),
    Case("cumsum", np.cumsum, (X,), lambda x, v: np.cumsum(v[::-1])[::-1]),
    Case("an index twice", lambda x: x[TWICE], (X,), lambda x, v: np.bincount(TWICE, v, len(x))),
    Case("terms from 1 to 1e-7 in one sum", fading_sum, (X,), lambda x, v: v * FADING * np.cos(x)),
    Case("Rosenbrock", rosenbrock, (np.array([-1.2, 1.0]),), rosenbrock_gradient),
    Case("Rosenbrock at its minimum", rosenbrock, (np.array([1.0, 1.0]),), rosenbrock_gradient),
    *(
        Case(
            f"x.T inv(A) x, condition {np.linalg.cond(a):.0e}",
            lambda x, a=a: x @ np.linalg.solve(a, x),
            (X[: len(a)],),
            lambda x, v, a=a: v * 2 * np.linalg.solve(a, x),
        )
        for a in (POSITIVE, HILBERT)
    ),
    Case("log |det A|", log_det, (SQUARE,), lambda a, v: v * np.linalg.inv(a).T),
    Case("tanh(A x), saturated", saturated, (X[:6],), lambda x, v: (4 * MIX).T @ (v / np.cosh(4 * MIX @ x) ** 2)),
    Case("sum of inv(A)", lambda a: np.sum(np.linalg.inv(a)), (POSITIVE,), sum_of_inverse_gradient),
    # terms that cancel, and saturation
    elementwise("x 1.001 - x", lambda x: x * 1.001 - x, lambda x: 1.001 - 1, [0.7, -1.2, 0.3]),
    elementwise("x (1 - 1e-6) - x", lambda x: x * (1 - 1e-6) - x, lambda x: (1 - 1e-6) - 1, [0.7, -1.2, 0.3]),
    elementwise("x - sin x", lambda x: x - np.sin(x), lambda x: 1 - np.cos(x), [0.7, 0.01, 1e-4]),
    elementwise("tanh x - x", lambda x: np.tanh(x) - x, lambda x: -(np.tanh(x) ** 2), [0.7, 0.01, 1e-4]),
    elementwise("log(1 + x) - log x", lambda x: np.log(1 + x) - np.log(x), lambda x: 1 / (1 + x) - 1 / x, [30.0, 1e3, 1e5]),
    elementwise(
        "(exp x - 1) / x, and a gradient that rounds alike",
        lambda x: (np.exp(x) - 1) / x,
        lambda x: np.exp(x) / x - (np.exp(x) - 1) / x**2,
        [1e-6, 1e-3, 0.3],
    ),
    Case(
        "divergence near the teacher",
        divergence,
        (np.log(TEACHER) + 1e-3 * NEAR_TEACHER,),
        lambda z, v: v * (softmax(z) - TEACHER),
    ),
    Case(
        "divergence 1e-8 from the teacher",
        divergence,
        (np.log(TEACHER) + 1e-8 * NEAR_TEACHER,),
        lambda z, v: v * (softmax(z) - TEACHER),
    ),
    Case("cross entropy of 0, -1, 35", label_loss, (np.array([0.0, -1.0, 35.0]),), label_loss_gradient),
    Case("log softmax of logits up to 20", log_softmax, (LOGITS,), lambda z, v: v - softmax(z) * np.sum(v)),
    elementwise("1 - tanh x at 10 and 18", lambda x: 1 - np.tanh(x), lambda x: -1 / np.cosh(x) ** 2, [10.0, 18.0]),
    elementwise(
        "30 - log(exp x + exp 30) at 0",
        lambda x: 30 - np.log(np.exp(x) + np.exp(30.0)),
        lambda x: -1 / (1 + np.exp(30.0 - x)),
        0.0,
    ),
    Case("a classifier after 500 epochs", classifier_loss, (trained(500),), classifier_gradient),
    # sizes
    elementwise("1000 entries", np.sin, np.cos, MANY),
    Case("a sum of 1000 entries", lambda x: np.sum(np.sin(x)), (MANY,), lambda x, v: v * np.cos(x)),
    elementwise("one number", np.sin, np.cos, 0.7),
    elementwise("no numbers", np.sin, np.cos, np.zeros((0, 3))),
]


# -- nobody can tell from values of f: such a gradient may be left undecided, but not be called wrong ---------------------

OPEN = [
    elementwise("a staircase of 1e-6, the slope of its ramp", lambda x: np.round(x, 6), np.ones_like, X),
    elementwise("x + a staircase of 1e-6", lambda x: x + np.round(x, 6), lambda x: np.full_like(x, 2.0), X),
    elementwise("a staircase of 6e-5, computed in float32", in_single(lambda x: 1000 + np.sin(x)), np.cos, X),
    elementwise("sin at 1e15, where numbers are 1/8 apart", np.sin, np.cos, 1e15),
    elementwise("noise of 1e-3", lambda x: x**2 + 1e-3 * hash_noise(x), lambda x: 2 * x, X),
    elementwise("x**1.5 at 0, where it begins", lambda x: x**1.5, lambda x: 1.5 * np.sqrt(x), [0.0, 1.0]),
    elementwise("steps that stop near a fixed point", fixed_point, fixed_point_slope, [0.77361220831125221]),
    elementwise(
        "a kink and a jump 6e-14 beside 0.14",
        lambda x: np.where(x > 0.14, 1.1 * x - 3e-7, -0.9 * x),
        lambda x: np.where(x > 0.14, 1.1, -0.9),
        [0.14 * (1 + 6e-14), 0.2],
    ),
    Case(
        "x.T inv(A) x, condition 5e+08",
        lambda x: x @ np.linalg.solve(STEEP, x),
        (X[:7],),
        lambda x, v: v * 2 * np.linalg.solve(STEEP, x),
    ),
    elementwise("x - floor(x) at 1 + 1e-14", lambda x: x - np.floor(x), np.ones_like, 1 + 1e-14),
]


# -- the checkers ---------------------------------------------------------------------------------------------------------


def as_tuple(gradient: object) -> tuple:
    return gradient if isinstance(gradient, tuple) else (gradient,)


def autograd_lite_accepts(case: Case) -> bool:
    return ag.check_gradients(case.f, *case.arguments, gradient=case.gradient, raise_=False).ok


def torch_accepts(case: Case, fast_mode: bool = False) -> bool:
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, *x: object) -> object:
            ctx.save_for_backward(*x)
            return torch.tensor(np.asarray(case.f(*(xi.detach().numpy() for xi in x))))

        @staticmethod
        def backward(ctx: object, v: object) -> tuple:
            gradient = case.gradient(*(x.detach().numpy() for x in ctx.saved_tensors), v.numpy())
            return tuple(torch.tensor(np.array(g, order="C")) for g in as_tuple(gradient))  # it takes no negative strides

    torch.manual_seed(0)
    inputs = [torch.tensor(x, requires_grad=True) for x in case.arguments]
    return torch.autograd.gradcheck(Function.apply, inputs, fast_mode=fast_mode)


def torch_fast_accepts(case: Case) -> bool:
    return torch_accepts(case, fast_mode=True)


def jax_accepts(case: Case, mode: str = "rev") -> bool:
    import jax
    from jax.test_util import check_grads

    logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)  # it prints what the callback raises

    def on_host(f: Callable, like: object, x: tuple) -> object:
        return jax.pure_callback(lambda *x: f(*(np.asarray(xi) for xi in x)), like, *x)

    def shaped_like(a: np.ndarray) -> object:
        return jax.ShapeDtypeStruct(a.shape, a.dtype)

    y = np.asarray(case.f(*fresh(case)))
    result, arguments = shaped_like(y), tuple(shaped_like(x) for x in case.arguments)

    def f(*x: object) -> object:
        return on_host(lambda *x: np.asarray(case.f(*x)), result, x)

    def backward(x: tuple, v: object) -> tuple:
        return on_host(lambda *xv: tuple(np.asarray(g) for g in as_tuple(case.gradient(*xv))), arguments, (*x, v))

    def forward(*xt: np.ndarray) -> np.ndarray:
        """The tangent of the result: the gradient of each of its entries times the tangents of the arguments."""
        x, t = xt[: len(arguments)], xt[len(arguments) :]
        units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
        rows = (zip(as_tuple(case.gradient(*x, v[()])), t) for v in units)
        return np.array([sum(np.sum(g * ti) for g, ti in row) for row in rows], y.dtype).reshape(y.shape)

    if mode == "rev":
        differentiable = jax.custom_vjp(f)
        differentiable.defvjp(lambda *x: (f(*x), x), backward)
    else:
        differentiable = jax.custom_jvp(f)
        differentiable.defjvp(lambda x, t: (f(*x), on_host(forward, result, (*x, *t))))
    check_grads(differentiable, tuple(jax.numpy.asarray(x) for x in case.arguments), order=1, modes=[mode])
    return True


def jax_forward_accepts(case: Case) -> bool:
    return jax_accepts(case, mode="fwd")


def hips_accepts(case: Case) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda *x: np.asarray(case.f(*x)))
    numbers = range(len(case.arguments))
    defvjp(f, *(lambda y, *x, i=i: lambda v: as_tuple(case.gradient(*x, v))[i] for i in numbers))
    np.random.seed(0)  # its direction is drawn from NumPy's global generator
    check_grads(f, tuple(numbers), modes=["rev"], order=1)(*case.arguments)
    return True


class FlatCase:
    """The case as a function of one vector, with the Jacobian that its gradient claims."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.x = np.concatenate([np.ravel(x).astype(float) for x in case.arguments])
        y = np.asarray(case.f(*fresh(case)))
        rng = np.random.default_rng(0)
        self.projection = np.eye(y.size) if y.size <= 100 else rng.normal(size=(1, y.size))
        cotangents = self.projection.astype(y.dtype).reshape(len(self.projection), *y.shape)
        gradients = [as_tuple(case.gradient(*fresh(case), v[()])) for v in cotangents]
        self.jacobian = np.array([np.concatenate([np.ravel(g) for g in row]) for row in gradients])
        self.rounding = max(1e-9, *(10 * np.finfo(np.asarray(g).dtype).eps for g in gradients[0])) if gradients else 0.0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        ends = np.cumsum([a.size for a in self.case.arguments])
        parts = [x[end - a.size : end].reshape(a.shape) for end, a in zip(ends, self.case.arguments)]
        return self.projection @ np.ravel(self.case.f(*parts))

    def agrees(self, numerical: object, error: object) -> bool:
        numerical, error = (np.reshape(a, self.jacobian.shape) for a in (numerical, error))
        scale = np.max(np.abs(numerical), axis=1, keepdims=True, initial=0)
        return bool(np.all(np.abs(self.jacobian - numerical) <= 10 * error + self.rounding * scale))


def numdifftools_accepts(case: Case) -> bool:
    import numdifftools

    flat = FlatCase(case)
    result = numdifftools.Jacobian(flat, full_output=True)(flat.x)
    return flat.agrees(result.estimate, result.error_estimate)


def jacobi_accepts(case: Case) -> bool:
    from jacobi import jacobi

    flat = FlatCase(case)
    return flat.agrees(*jacobi(flat, flat.x))


def scipy_differentiate_accepts(case: Case) -> bool:
    from scipy.differentiate import jacobian

    flat = FlatCase(case)
    result = jacobian(lambda x: np.apply_along_axis(flat, 0, x), flat.x)
    return flat.agrees(result.df, result.error)


def approx_fprime_accepts(case: Case) -> bool:
    from scipy.optimize import approx_fprime

    flat = FlatCase(case)
    return np.allclose(flat.jacobian, np.reshape(approx_fprime(flat.x, flat), flat.jacobian.shape))


CHECKERS: dict[str, tuple[str, Callable[[Case], bool]]] = {  # the package that it needs, and True where it accepts
    "autograd_lite": ("autograd_lite", autograd_lite_accepts),
    "torch slow": ("torch", torch_accepts),
    "torch fast": ("torch", torch_fast_accepts),
    "JAX vjp": ("jax", jax_accepts),
    "JAX jvp": ("jax", jax_forward_accepts),
    "HIPS": ("autograd", hips_accepts),
    "numdifftools": ("numdifftools", numdifftools_accepts),
    "jacobi": ("jacobi", jacobi_accepts),
    "SciPy diff.": ("scipy", scipy_differentiate_accepts),
    "SciPy fprime": ("scipy", approx_fprime_accepts),
}


def fresh(case: Case) -> tuple:
    """Copies of its arguments, since a case may change them in place."""
    return tuple(x.copy() for x in case.arguments)


def accepts(checker: Callable[[Case], bool], case: Case) -> bool:
    """True if the checker lets the gradient pass; an exception is a refusal."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(checker(case._replace(arguments=fresh(case))))
        except Exception:
            return False


# -- the table ------------------------------------------------------------------------------------------------------------


def print_table(title: str, cases: list[Case], checkers: dict, words: tuple[str, str], good: bool) -> None:
    """A row for each case; `words` are for a gradient that is accepted and for one that is not, `good` the right one."""
    width = max(len(case.name) for case in WRONG + RIGHT)
    print(f"\n{title:<{width}}" + "".join(f"{name:>14}" for name in checkers))
    right = dict.fromkeys(checkers, 0)
    for case in cases:
        print(f"{case.name:<{width}}", end="", flush=True)
        for name, checker in checkers.items():
            accepted = accepts(checker, case)
            right[name] += accepted is good
            word = words[0] if accepted else words[1]
            print(f"{word if accepted is good else word.upper():>14}", end="", flush=True)
        print()
    print(f"{words[not good] + ', of ' + str(len(cases)):<{width}}" + "".join(f"{count:>14}" for count in right.values()))
    for case in cases:
        if case.note:
            print(f"  * {case.name}: {case.note}")


def print_times(checkers: dict, rounds: int = 3) -> None:
    """The cost of a check of 1000 -> 1000 elementwise, in one run: CPU time, the median of a few rounds."""
    case = next(case for case in RIGHT if case.name == "1000 entries")
    seconds = {name: [] for name in ("autograd_lite", "torch slow") if name in checkers}
    for _ in range(rounds):
        for name in seconds:
            start = time.process_time()
            accepts(checkers[name], case)
            seconds[name].append(time.process_time() - start)
    print("\nseconds of CPU time to check all entries of sin, 1000 -> 1000:")
    for name, times in seconds.items():
        print(f"  {name:<14}{np.median(times):8.3f}")


def main() -> None:
    checkers = {name: checker for name, (package, checker) in CHECKERS.items() if importlib.util.find_spec(package)}
    absent = sorted({package for package, _ in CHECKERS.values() if not importlib.util.find_spec(package)})
    print(f"{len(WRONG)} wrong gradients and {len(RIGHT)} right ones; mistakes are in CAPITALS. Not installed: ", end="")
    print(", ".join(absent) or "nothing")
    print_table("WRONG", WRONG, checkers, ("missed", "caught"), good=False)
    print_table("RIGHT", RIGHT, checkers, ("passes", "rejected"), good=True)
    print_times(checkers)


if __name__ == "__main__":
    main()

"""A check that returns its result, and functions to check."""

import numpy as np

import autograd_lite as ag


def check(*args, **options):
    return ag.check_gradients(*args, raise_=False, **options)


def total(x):
    return np.sum(np.sin(x))


def cosine(x, v):
    """The gradient of the sines of x."""
    return v * np.cos(x)

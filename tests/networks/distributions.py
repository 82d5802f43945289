"""The test of Kolmogorov and Smirnov: numbers that were drawn from a distribution pass."""

import math

import numpy as np


def assert_drawn(sample, distribution):
    """The empirical distribution of a sample is nowhere far from `distribution`, by chance in 1 of 10 million samples."""
    p = distribution(np.sort(np.ravel(sample)))
    n = p.size
    steps = np.arange(n + 1) / n
    assert max(np.max(steps[1:] - p), np.max(p - steps[:-1])) < 2.9 / math.sqrt(n)


def assert_uniform(sample, low, high):
    assert low <= np.min(sample)
    assert np.max(sample) <= high
    assert_drawn(sample, lambda x: (x - low) / (high - low))


def normal(mean, std):
    return np.vectorize(lambda x: math.erfc((mean - x) / (std * math.sqrt(2))) / 2)


def assert_normal(sample, mean, std):
    assert_drawn(sample, normal(mean, std))


def assert_truncated_normal(sample, mean, std, low, high):
    assert low <= np.min(sample)
    assert np.max(sample) <= high
    p = normal(mean, std)
    assert_drawn(sample, lambda x: (p(x) - p(low)) / (p(high) - p(low)))

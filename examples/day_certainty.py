"""Certainty of a temperature: the standard deviation of a network's answer, by the derivatives of all its parameters."""

import copy
from collections.abc import Callable

import numpy as np

import autograd_lite as ag
import nn

SPREAD_90 = 1.645  # standard deviations of a normal distribution to either side that hold 90 % of it


class Certainty:
    """A trained network that tells how sure its answers are; a subclass has `model`, the data, the scales, `decay` and `rms`."""

    model: nn.Module
    hours: np.ndarray
    celsius: np.ndarray
    center: float
    scale: float
    decay: float
    rms: float
    seconds: float

    def __call__(self, hours: np.ndarray | float) -> np.ndarray:
        """The answers of the network in degrees Celsius."""
        raise NotImplementedError

    @staticmethod
    def scaled(hours: np.ndarray) -> np.ndarray:
        """Hours 0 to 23 as a column from -1 to 1."""
        return (np.asarray(hours, float).reshape(-1, 1) - 11.5) / 11.5

    def in_units(self) -> Callable:
        """The same network from hours to degrees Celsius: the two scales are taken into its weights and biases."""
        if not isinstance(self.model, nn.Sequential):  # the literal formula has a tanh behind the last of them
            return lambda hours: self.model((hours - 11.5) / 11.5) * self.scale + self.center
        model = copy.deepcopy(self.model)
        w1, b1, w2, b2 = model.parameters()
        w1.data, b1.data = w1.data / 11.5, b1.data - w1.data[:, 0]
        w2.data, b2.data = w2.data * self.scale, b2.data * self.scale + self.center
        return model

    def slopes(self, hours: np.ndarray) -> np.ndarray:
        """The Jacobian of the answers by the parameters, in degrees: shape (hours, parameters)."""
        parameters = dict(self.model.named_parameters())
        x = self.scaled(hours)
        by_name = ag.jacobian(lambda p: nn.functional_call(self.model, p, x)[:, 0])({n: p.data for n, p in parameters.items()})
        return np.concatenate([by_name[n].reshape(len(x), -1) for n in parameters], axis=1) * self.scale

    def deviation(self, hours: np.ndarray | float) -> np.ndarray:
        """The standard deviation of a temperature measured at these hours from the answer, in degrees.

        From the Gauss-Newton covariance (Bishop, Pattern Recognition and Machine Learning, 2006, 5.7): the noise, by the errors
        at the hours seen, and the parameters' part of it. Beyond the hours seen the temperature walks on at random, as far in
        an hour as it went in one.
        """
        hours = np.atleast_1d(np.asarray(hours, float))
        j = self.slopes(self.hours)
        normal = j.T @ j + np.eye(j.shape[1]) * self.decay * len(j) * self.scale**2
        inverse = np.linalg.pinv(normal, rcond=1e-13, hermitian=True)
        used = float(np.trace(inverse @ (j.T @ j)))  # the number of parameters that the data settle
        noise = len(j) * self.rms**2 / max(len(j) - used, 1.0)
        new = self.slopes(hours)
        beyond = np.maximum(np.maximum(self.hours[0] - hours, hours - self.hours[-1]), 0)
        walk = np.mean(np.diff(self.celsius) ** 2) / np.mean(np.diff(self.hours))
        return np.sqrt(noise * (1 + np.einsum("ni,ij,nj->n", new, inverse, new)) + walk * beyond)

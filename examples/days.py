"""Shared by the examples of statistics: the mean temperature of each day in New York, and Newton's method."""

from pathlib import Path

import numpy as np
import weather_file

import autograd_lite as ag

JFK = Path(__file__).parent / "data" / "jfk-2013.csv"


def daily_means(path=JFK):
    """The days of a file's year counted from 1 January, and the mean temperature of each in degrees Celsius.

    The default is JFK airport in 2013; any file will do that `weather_file` reads.
    """
    observations = weather_file.read(path).observations
    dates = np.array([o.time.date() for o in observations], "M8[D]")
    day, which = np.unique(dates, return_inverse=True)
    means = np.bincount(which, [o.celsius for o in observations]) / np.bincount(which)
    kept = day.astype("M8[Y]") == day[0].astype("M8[Y]")
    return (day - day[0].astype("M8[Y]").astype("M8[D]")).astype(float)[kept], means[kept]


def minimum(f, x, tolerance=1e-9, steps=100):
    """Newton's method with the Hessian made positive definite: (x, number of steps)."""
    gradient, hessian = ag.value_and_grad(f), ag.hessian(f)

    def at(x):
        try:
            return float(f(x))
        except np.linalg.LinAlgError:  # outside of where the model makes sense
            return np.inf

    for step in range(steps):
        value, g = gradient(x)
        if np.max(np.abs(g)) < tolerance * (1 + abs(float(value))):
            return x, step
        w, v = np.linalg.eigh(hessian(x))
        way = -v @ (v.T @ g / np.maximum(np.abs(w), 1e-6))
        length = 1.0
        while not (ahead := at(x + length * way)) <= float(value) + 1e-4 * length * float(g @ way) and length > 1e-10:
            length /= 2  # also where it is nan
        x = x + length * way
        if abs(ahead - float(value)) < 1e-15 * abs(ahead):
            return x, step + 1
    return x, steps


def standard_errors(f, x):
    """The square roots of the diagonal of the inverse Hessian of a negative log likelihood, at its minimum."""
    return np.sqrt(np.diag(np.linalg.inv(ag.hessian(f)(x))))

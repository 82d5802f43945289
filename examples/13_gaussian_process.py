"""A Gaussian process: the temperature of a year from one day in eight, with a band that says how far to trust it.

    python examples/13_gaussian_process.py [--quick] [--plot gaussian_process.png]

Temperatures are thought of as one draw from a normal distribution over curves: days near each other are alike, by the kernel
k(s, t) = a**2 exp(-(s - t)**2 / 2 l**2), plus noise of its own for each day. How much, for how long and how noisy is found by
maximising the likelihood of the measured days (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, 5.8):

    log p(y) = -1/2 y^T K^-1 y - sum(log(diag(L))) - n/2 log(2 pi),    K = L L^T

It is differentiated through np.linalg.cholesky and np.linalg.solve, twice for Newton's method.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: threads would only wait for each other

import command_line
import numpy as np
from days import daily_means, minimum

import autograd_lite as ag

NAMES = ("variation", "days alike", "noise")
START = np.log([10.0, 20.0, 5.0])  # logarithms: all three are positive


# %% The model
def kernel(s, t, variation, alike):
    return variation**2 * np.exp(-0.5 * ((s[:, None] - t) / alike) ** 2)


def negative_log_likelihood(logs, t, y):
    """Of the temperatures y (less their mean) on the days t."""
    variation, alike, noise = np.exp(logs)
    covariance = kernel(t, t, variation, alike) + noise**2 * np.eye(len(t))
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, y)
    return 0.5 * z @ z + np.sum(np.log(np.diagonal(factor))) + 0.5 * len(t) * np.log(2 * np.pi)


def predicted(logs, t, y, new):
    """The mean and the standard deviation of the temperature on new days, its noise included."""
    variation, alike, noise = np.exp(logs)
    factor = np.linalg.cholesky(kernel(t, t, variation, alike) + noise**2 * np.eye(len(t)))
    across = np.linalg.solve(factor, kernel(t, new, variation, alike))
    mean = across.T @ np.linalg.solve(factor, y)
    return mean, np.sqrt(variation**2 + noise**2 - np.sum(across**2, axis=0))


def judged(logs, t, y, new, truth):
    """The root mean square error on new days, and the share of them within the band of 90 %."""
    mean, deviation = predicted(logs, t, y, new)
    off = np.abs(truth - mean)
    return np.sqrt(np.mean(off**2)), np.mean(off < 1.645 * deviation)


# %% The picture
def draw(file, logs, known, center, others):
    from matplotlib.figure import Figure

    t, y = known
    days = np.linspace(0, 364, 1000)
    mean, deviation = predicted(logs, t, y, days)
    figure = Figure(figsize=(12, 5), layout="constrained")
    axes = figure.subplots()
    low, high = (center + mean + side * 1.645 * deviation for side in (-1, 1))
    axes.fill_between(days, low, high, color="#cfe0f3", label="90 % band")
    axes.plot(days, center + mean, color="#1f4e8c", label="mean")
    axes.plot(others[0], center + others[1], ".", color="0.6", markersize=4, label="days that it did not see")
    axes.plot(t, center + y, "o", color="#d95f02", markersize=6, label="measured days")
    axes.set(xlabel="day of 2013", ylabel="mean temperature (C)", title="A year in New York from one day in eight", xlim=(0, 364))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=2)
    figure.savefig(file, dpi=150)
    print(f"\n{file}: the curve, its band and the days.")


# %% All of it
def main():
    options = command_line.quick_and_plot(__doc__, quick="one day in sixteen", plot="gaussian_process.png")
    day, celsius = daily_means()
    measured = np.arange(len(day)) % (16 if options.quick else 8) == 0
    center = celsius[measured].mean()
    t, y, new, truth = day[measured], celsius[measured] - center, day[~measured], celsius[~measured] - center

    def loss(logs):
        return negative_log_likelihood(logs, t, y)

    found, steps = minimum(loss, START)
    slope = np.abs(ag.grad(loss)(found)).max()
    print(f"{len(t)} measured days, {len(new)} others; {steps} steps of Newton's method, slope {slope:.0e} at the end\n")
    print(f"{'':>12}" + "".join(f"{name:>12}" for name in NAMES) + f"{'-log p':>10}{'error (C)':>11}{'in the band':>13}")
    for name, logs in (("start", START), ("found", found)):
        error, share = judged(logs, t, y, new, truth)
        values = "".join(f"{value:>12.2f}" for value in np.exp(logs))
        print(f"{name:>12}{values}{float(loss(logs)):>10.1f}{error:>11.2f}{share:>13.0%}")
    if options.plot:
        draw(options.plot, found, (t, y), center, (new, truth))


if __name__ == "__main__":
    main()

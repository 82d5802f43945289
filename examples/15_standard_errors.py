"""A statistical model by maximum likelihood, with standard errors from the Hessian: is winter weather less steady than summer's?

    python examples/15_standard_errors.py [--quick] [--plot standard_errors.png]

The mean temperature of a day in New York is modelled as normal, with a mean and a spread that go with the season:

    mean = m0 + m1 cos + m2 sin,    log(spread) = s0 + s1 cos + s2 sin        of 2 pi day / 365

Six numbers are found by maximising the likelihood. Its Hessian there is the observed information, whose inverse holds their
variances (Fisher, 1922). Data drawn from the model many times and fitted each time scatter as much as that says. But the model
takes the days as independent, and a warm day follows a warm day: with a correlation r of neighbours the errors of the mean are
larger, by sqrt((1 + r) / (1 - r)) (Bartlett, 1935). No Hessian of a model knows what the model leaves out.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import command_line
import numpy as np
from days import daily_means, minimum, standard_errors

NAMES = ("mean", "mean, cos", "mean, sin", "log spread", "spread, cos", "spread, sin")
START = np.array([10.0, 0.0, 0.0, 2.0, 0.0, 0.0])


def curves(p, day):
    """The mean and the logarithm of the spread on these days."""
    angle = 2 * np.pi * day / 365
    season = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)])
    return p[:3] @ season, p[3:] @ season


def negative_log_likelihood(p, day, celsius):
    mean, log_spread = curves(p, day)
    z = (celsius - mean) * np.exp(-log_spread)
    return np.sum(0.5 * z**2 + log_spread) + 0.5 * len(day) * np.log(2 * np.pi)


def fitted(day, celsius, start=START):
    """The six numbers and their standard errors."""

    def loss(p):
        return negative_log_likelihood(p, day, celsius)

    found, _ = minimum(loss, start)
    return found, standard_errors(loss, found)


def scatter(rng, day, p, times):
    """The standard deviations of fits to data drawn from the model."""
    mean, log_spread = curves(p, day)
    return np.std([fitted(day, rng.normal(mean, np.exp(log_spread)), p)[0] for _ in range(times)], axis=0, ddof=1)


# %% The picture
def draw(file, day, celsius, p, errors):
    from matplotlib.figure import Figure

    mean, log_spread = curves(p, day)
    figure = Figure(figsize=(13, 5), layout="constrained")
    year, numbers = figure.subplots(1, 2, width_ratios=(2, 1), gridspec_kw={"wspace": 0.06})
    for k, shade in ((2, "#e4ecf6"), (1, "#c5d7ee")):
        year.fill_between(
            day, mean - k * np.exp(log_spread), mean + k * np.exp(log_spread), color=shade, label=f"{k} spread{'s' * (k > 1)}"
        )
    year.plot(day, celsius, ".", color="0.45", markersize=4)
    year.plot(day, mean, color="#1f4e8c", linewidth=2, label="mean")
    year.set(xlabel="day of 2013", ylabel="mean temperature (C)", title="Winter days spread wider", xlim=(0, 363))
    year.legend(frameon=False, loc="lower center", ncols=3)
    z = p / errors
    numbers.barh(NAMES[::-1], z[::-1], color=["#1f4e8c" if abs(v) > 1.96 else "#d95f02" for v in z[::-1]])
    numbers.set_xscale("symlog", linthresh=2)
    numbers.axvspan(-1.96, 1.96, color="#f8e6da", linewidth=0, zorder=0)
    numbers.axvline(0, color="0.4", linewidth=0.8)
    numbers.set(xlabel="value / standard error", title="Shaded: not told from 0 (95 %)", xticks=(-10, -1, 0, 1, 10, 100))
    numbers.set_xticklabels(["-10", "-1", "0", "1", "10", "100"])
    for axes in (year, numbers):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=150)
    print(f"\n{file}: the year with its spread, and how far each number is from 0.")


# %% All of it
def main():
    options = command_line.quick_and_plot(__doc__, quick="5 draws instead of 200", plot="standard_errors.png")
    day, celsius = daily_means()
    found, errors = fitted(day, celsius)
    times = 5 if options.quick else 200
    drawn = scatter(np.random.default_rng(0), day, found, times)
    mean, log_spread = curves(found, day)
    z = (celsius - mean) * np.exp(-log_spread)
    r = np.mean(z[1:] * z[:-1])
    print(f"{len(day)} days; the model drawn and fitted {times} times\n")
    print(f"{'':>14}{'found':>10}{'error':>9}{'z':>8}{'scatter of draws':>19}")
    for row in zip(NAMES, found, errors, found / errors, drawn):
        print("{:>14}{:>10.3f}{:>9.3f}{:>8.1f}{:>19.3f}".format(*row))
    winter, summer = (np.exp(float(curves(found, np.array([d]))[1][0])) for d in (15.0, 197.0))
    print(f"\nSpread in the middle of January {winter:.1f} C, of July {summer:.1f} C.")
    print(f"Neighbouring days correlate by {r:.2f}: the errors of the mean are {np.sqrt((1 + r) / (1 - r)):.1f} times as large.")
    if options.plot:
        draw(options.plot, day, celsius, found, errors)


if __name__ == "__main__":
    main()

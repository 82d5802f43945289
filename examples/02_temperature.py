"""The temperature at 1:45 PM and around noon tomorrow, asked of a 1-4-1 network trained on the hours of one day.

python examples/02_temperature.py                                  # a summer day in Seattle
python examples/02_temperature.py --day 2010-01-15 --at 16:20 --plot answer.png
python examples/02_temperature.py my.csv --day 2024-05-01          # a weather service's file; see weather_file.py
python examples/02_temperature.py --diagram network.svg            # its weights, and its four curves adding up to the day
python examples/02_temperature.py --benchmark                      # 24 days over the year beside the baselines
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import argparse
import sys
import time

import day_options
import day_pictures
import day_words
import numpy as np
from day_certainty import SPREAD_90, Certainty
from day_comparisons import Literal, benchmark, by_adam, natural_spline
from weather_file import clock

import nn

WEIGHT_DECAY = 1.5e-6  # of the variance of the targets: keeps the curve from bending between the hours


class Fit(Certainty):
    """A network trained on the temperatures of a day at its hours: call it with hours to get degrees Celsius.

    By Levenberg-Marquardt with a little weight decay, or by `steps` steps of Adam for each of the same starts.
    """

    def __init__(
        self, hours: np.ndarray, celsius: np.ndarray, options: argparse.Namespace, literal: bool, steps: int | None = None
    ) -> None:
        # tanh is bounded: the literal formula can only give values between plus and minus the number of neurons,
        # and is at its best well inside; the usual one has a linear output and takes standardised values
        self.center = (celsius.max() + celsius.min()) / 2 if literal else celsius.mean()
        self.scale = (np.ptp(celsius) / 0.4 if literal else celsius.std()) or 1.0
        self.hours, self.celsius = hours, celsius
        x, y = self.scaled(hours), ((celsius - self.center) / self.scale).reshape(-1, 1)
        self.decay = WEIGHT_DECAY * (float(y.var()) or 1.0)

        def make(rng: np.random.Generator) -> nn.Module:
            if literal:
                return Literal(options.neurons, rng)
            return nn.Sequential(nn.Linear(1, options.neurons, rng=rng), nn.Tanh(), nn.Linear(options.neurons, 1, rng=rng))

        started = time.perf_counter()
        if steps is None:
            starts, seed = options.starts, options.seed
            self.model = nn.optim.least_squares_fit(make, x, y, starts=starts, rng=seed, weight_decay=self.decay).model
        else:
            self.model = by_adam(make, x, y, steps, options)
        self.seconds = time.perf_counter() - started
        self.rms = float(np.sqrt(np.mean((self(hours) - celsius) ** 2)))

    def __call__(self, hours: np.ndarray | float) -> np.ndarray:
        return self.model(self.scaled(np.atleast_1d(hours))).data[:, 0] * self.scale + self.center


def answer(options: argparse.Namespace) -> None:
    """The temperature at the time asked for, and around noon tomorrow."""
    started = time.perf_counter()
    file, day = day_options.file_and_day(options)
    hours, celsius = np.array(day.hours), np.array(day.celsius)
    fit = Fit(hours, celsius, options, options.literal)
    spline, at = natural_spline(celsius, hours), options.at
    day_words.say_data(file, day, fit, options)

    print(f"At {clock(at)}")
    value, within = fit(at)[0], SPREAD_90 * fit.deviation(at)[0]
    print(f"  network               {value:7.2f} C, and with 90 % between {value - within:.2f} and {value + within:.2f} C")
    print(f"  natural cubic spline  {spline(at)[0]:7.2f} C")
    print(f"  linear interpolation  {np.interp(at, hours, celsius):7.2f} C")
    day_words.warn_of_a_guess(at, hours)

    next_day, tomorrow = day_options.noon_after(file, day)
    print(f"\nAt noon on {next_day}")
    print(f"  network               {fit(12.0)[0]:7.2f} C")
    print(f"  same as today         {np.interp(12.0, hours, celsius):7.2f} C")
    if tomorrow is not None:
        print(f"  what the file has     {tomorrow:7.2f} C")
    day_words.say_what_it_can_know(fit)

    if options.steps:
        day_words.say_methods(fit, Fit(hours, celsius, options, options.literal, options.steps), options.steps)
    day_pictures.draw_wanted(options, day, fit, spline, tomorrow)
    print(f"\n{time.perf_counter() - started:.1f} seconds")


if __name__ == "__main__":
    sys.exit(day_options.run(__doc__, answer, lambda options: benchmark(options, Fit)))

"""The answers of `02_temperature.py` in words: what was read and how well it was learnt, and which answers are guesses."""

import argparse

import numpy as np
from day_certainty import SPREAD_90, Certainty
from weather_file import Day, WeatherFile, clock


def say_data(file: WeatherFile, day: Day, fit: Certainty, options: argparse.Namespace) -> None:
    """Print what was read, what the network is, and how far from the temperatures it is."""
    hours, celsius = fit.hours, fit.celsius
    formula = "y = sum tanh(w2_i tanh(x w1_i + b1_i) + b2)" if options.literal else "y = sum w2_i tanh(x w1_i + b1_i) + b2"
    print(f"{options.csv.name}: {file.taken}")
    for note in [*file.notes, *day.notes]:
        print(f"  {note}")
    times = (
        "the 24 full hours"
        if list(hours) == list(range(24))
        else f"{len(hours)} times from {clock(hours[0])} to {clock(hours[-1])}"
    )
    print(f"{options.csv.name}, {options.day}: {celsius.min():.1f} to {celsius.max():.1f} C at {times}")
    print(f"network 1-{options.neurons}-1, {formula}")
    print(f"training error {fit.rms:.3f} C (root mean square), the best of {options.starts} starts\n")


def warn_of_a_guess(at: float, hours: np.ndarray) -> None:
    """A warning where nothing was measured around the time asked for."""
    if not hours[0] <= at <= hours[-1]:
        seen, side = (hours[0], "begin") if at < hours[0] else (hours[-1], "end")
        print(f"  Warning: the hours seen {side} at {clock(seen)}; this is beyond them, and the answers are guesses.")
    else:
        k = max(int(np.searchsorted(hours, at)), 1)
        if hours[k] - hours[k - 1] > 3:
            print(f"  Warning: nothing was measured from {clock(hours[k - 1])} to {clock(hours[k])}; the answers are guesses.")


def say_what_it_can_know(fit: Certainty) -> None:
    """Why the network knows nothing of tomorrow."""
    within = SPREAD_90 * fit.deviation(36.0)[0]
    print(
        "  The network is a function of the hour: it can only repeat today's noon. At hour 36, which it has never seen,\n"
        f"  it would say {fit(36.0)[0]:.2f} C, give or take {within:.1f}. Weather needs more than the hour."
    )


def say_methods(fit: Certainty, adam: Certainty, steps: int) -> None:
    """Print how far off each of the two ways to train ends, and how long it takes."""
    print(f"\n{'The same network and starts, trained by':<40}{'training error':>16}{'seconds':>10}")
    for method, trained in {"Levenberg-Marquardt": fit, f"Adam, {steps} steps a start": adam}.items():
        print(f"  {method:<38}{trained.rms:>14.3f} C{trained.seconds:>10.2f}")

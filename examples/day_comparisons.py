"""Comparisons for the network of a day: another formula, Adam, a spline, and 24 days over the year."""

import argparse
import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import product

import numpy as np
import weather_file
from day_certainty import SPREAD_90, Certainty
from day_options import weather_options
from weather_file import UserError, WeatherFile, day_of

import nn

Fitted = Callable[..., Certainty]  # of hours, temperatures, options, whether by the literal formula, and steps of Adam


class Literal(nn.Module):
    """y = sum over i of tanh(w2_i * tanh(x * w1_i + b1_i) + b2): the activation also around each output term."""

    def __init__(self, neurons: int, rng: np.random.Generator) -> None:
        self.hidden = nn.Linear(1, neurons, rng=rng)
        self.w2 = nn.Parameter(rng.uniform(-1, 1, neurons) / neurons**0.5)
        self.b2 = nn.Parameter(0.0)

    def forward(self, x: np.ndarray) -> object:
        return np.tanh(self.w2 * np.tanh(self.hidden(x)) + self.b2).sum(axis=1, keepdims=True)


def by_adam(
    make: Callable[[np.random.Generator], nn.Module], x: np.ndarray, y: np.ndarray, steps: int, options: argparse.Namespace
) -> nn.Module:
    """The best of the same starts as `nn.optim.least_squares_fit` makes, each with this many steps of Adam."""
    best = math.inf
    for rng in np.random.default_rng(options.seed).spawn(options.starts):
        model = make(rng)
        optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
        history = nn.fit(model, x, y, optimizer=optimizer, epochs=steps, progress=False if options.benchmark else None)
        if history.best_loss < best:
            best, chosen = history.best_loss, model
        if history.interrupted:
            break
    return chosen


def natural_spline(celsius: np.ndarray, hours: Sequence[float] | None = None) -> Callable[[np.ndarray | float], np.ndarray]:
    """The natural cubic spline through the hours (de Boor, A Practical Guide to Splines, chapter IV), ends straight on."""
    knots = np.arange(float(len(celsius))) if hours is None else np.asarray(hours, float)
    n, h = len(knots), np.diff(knots)
    slopes = np.diff(celsius) / h
    matrix = np.eye(n)  # no curvature at the ends
    right = np.zeros(n)
    inner = np.arange(1, n - 1)
    matrix[inner, inner - 1], matrix[inner, inner], matrix[inner, inner + 1] = h[:-1] / 6, (h[:-1] + h[1:]) / 3, h[1:] / 6
    right[1:-1] = np.diff(slopes)
    curvature = np.linalg.solve(matrix, right)

    def spline(at: np.ndarray | float) -> np.ndarray:
        at = np.atleast_1d(np.asarray(at, float))
        k = np.clip(np.searchsorted(knots, at, "right") - 1, 0, n - 2)
        a, b = (knots[k + 1] - at) / h[k], (at - knots[k]) / h[k]
        bent = ((a**3 - a) * curvature[k] + (b**3 - b) * curvature[k + 1]) * h[k] ** 2 / 6
        inside = a * celsius[k] + b * celsius[k + 1] + bent
        first = slopes[0] - curvature[1] * h[0] / 6
        last = slopes[-1] + curvature[-2] * h[-1] / 6
        late = celsius[-1] + last * (at - knots[-1])
        return np.where(at > knots[-1], late, np.where(at < knots[0], celsius[0] + first * (at - knots[0]), inside))

    return spline


def left_out_errors(
    fitted: Fitted, hours: np.ndarray, celsius: np.ndarray, options: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """For each hour but the first and last, by a network fitted without it: the error, and the error in deviations."""
    errors, ratios = [], []
    for k in range(1, len(hours) - 1):
        fit = fitted(np.delete(hours, k), np.delete(celsius, k), options, literal=False)
        errors.append(fit(hours[k])[0] - celsius[k])
        ratios.append(abs(errors[-1]) / fit.deviation(hours[k])[0])
    return np.array(errors), np.array(ratios)


def full_days(file: WeatherFile) -> dict[date, tuple[np.ndarray, np.ndarray]]:
    """Two days in each month that have their 24 full hours: hours and temperatures by date."""
    year, found = file.observations[0].time.year, {}
    for start in (date(year, month, day) for month in range(1, 13) for day in (5, 20)):
        for day in (start + timedelta(days=k) for k in range(15)):
            if any(o.time.date() == day for o in file.observations):
                of_day = day_of(file, day)
                if of_day.hours == list(range(24)):
                    found[day] = np.array(of_day.hours), np.array(of_day.celsius)
                    break
    return found


def benchmark(options: argparse.Namespace, fitted: Fitted) -> None:
    """Errors over 24 days, two in each month, as median and worst, for both formulas and both ways to train."""
    file = weather_file.read(options.csv, weather_options(options))
    noon = {o.time.date(): o.celsius for o in file.observations if o.time.hour == 12 and o.time.minute == 0}
    days = {day: of_day for day, of_day in full_days(file).items() if day < date.max and day + timedelta(days=1) in noon}
    if not days:
        raise UserError(f"{options.csv}, lines 2 to {file.last_line}: there is no full day whose next noon is known.")
    print(f"{options.csv.name}: {len(days)} days, the best of {options.starts} starts; in C: median / worst\n")
    print(f"{'':<42}{'training error':>18}{'13:45 less spline':>20}{'next noon':>18}{'same as today':>18}{'seconds':>10}")
    methods = {"Levenberg-Marquardt": None} | ({f"Adam, {options.steps} steps a start": options.steps} if options.steps else {})
    for literal, (method, steps) in product((False, True), methods.items()):
        results = []
        for day, (hours, celsius) in days.items():
            tomorrow = noon[day + timedelta(days=1)]
            fit = fitted(hours, celsius, options, literal, steps)
            from_spline = abs(fit(13.75)[0] - natural_spline(celsius)(13.75)[0])
            results.append([fit.rms, from_spline, abs(fit(12.0)[0] - tomorrow), abs(celsius[12] - tomorrow), fit.seconds])
        median, worst = np.median(results, axis=0), np.max(results, axis=0)
        cells = "".join(f"{m:>{width}.3f} /{w:6.3f}" for m, w, width in zip(median, worst, (10, 12, 10, 10)))
        print(f"{('literal' if literal else 'usual') + ' formula, ' + method:<42}{cells}{median[-1]:>10.2f}")
    gaps = [abs(np.interp(13.75, hours, c) - natural_spline(c)(13.75)[0]) for hours, c in days.values()]
    print(f"{'linear interpolation':<42}{'':>18}{np.median(gaps):>12.3f} /{np.max(gaps):6.3f}")
    network, spline, inside = [], [], []
    for hours, celsius in days.values():
        errors, ratios = left_out_errors(fitted, hours, celsius, options)
        network.append(np.sqrt(np.mean(errors**2)))
        inside.append(ratios < SPREAD_90)
        others = [natural_spline(np.delete(celsius, k), np.delete(hours, k))(hours[k])[0] - celsius[k] for k in range(1, 23)]
        spline.append(np.sqrt(np.mean(np.square(others))))
    print("\nAn hour from 1 to 22 left out and asked for, root mean square of a day")
    for name, errors in {"usual formula, Levenberg-Marquardt": network, "natural cubic spline": spline}.items():
        print(f"  {name:<40}{np.median(errors):>10.3f} /{np.max(errors):6.3f}")
    print(f"  the 90 % band holds {100 * np.mean(inside):.1f} % of these hours")

"""The temperature at 1:45 PM and around noon tomorrow, asked of a 1-4-1 network trained on the hours of one day.

python examples/02_temperature.py                                  # a summer day in Seattle
python examples/02_temperature.py --day 2010-01-15 --at 16:20 --plot answer.png
python examples/02_temperature.py --csv my.csv --day 2024-05-01    # a weather service's file; see weather_file.py
python examples/02_temperature.py --diagram network.svg            # its weights, and its four curves adding up to the day
python examples/02_temperature.py --benchmark                      # 24 days over the year beside the baselines
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import argparse
import copy
import math
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import command_line
import moments
import numpy as np
import weather_file
from weather_file import Day, UserError, WeatherFile, clock, day_of, first_good_day, value_at

import autograd_lite as ag
import nn

SEATTLE = Path(__file__).parent / "data" / "seattle-normals.csv"
SUMMER_DAY = date(2010, 7, 15)
WEIGHT_DECAY = 1.5e-6  # of the variance of the targets: keeps the curve from bending between the hours
SPREAD_90 = 1.645  # standard deviations of a normal distribution to either side that hold 90 % of it


# -- the network ------------------------------------------------------------------------------------------------------


class Literal(nn.Module):
    """y = sum over i of tanh(w2_i * tanh(x * w1_i + b1_i) + b2): the activation also around each output term."""

    def __init__(self, neurons: int, rng: np.random.Generator) -> None:
        self.hidden = nn.Linear(1, neurons, rng=rng)
        self.w2 = nn.Parameter(rng.uniform(-1, 1, neurons) / neurons**0.5)
        self.b2 = nn.Parameter(0.0)

    def forward(self, x: np.ndarray) -> object:
        return np.tanh(self.w2 * np.tanh(self.hidden(x)) + self.b2).sum(axis=1, keepdims=True)


class Fit:
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
            self.model = nn.optim.least_squares_fit(
                make, x, y, starts=options.starts, rng=options.seed, weight_decay=self.decay
            ).model
        else:
            self.model = by_adam(make, x, y, steps, options)
        self.seconds = time.perf_counter() - started
        self.rms = float(np.sqrt(np.mean((self(hours) - celsius) ** 2)))

    @staticmethod
    def scaled(hours: np.ndarray) -> np.ndarray:
        """Hours 0 to 23 as a column from -1 to 1."""
        return (np.asarray(hours, float).reshape(-1, 1) - 11.5) / 11.5

    def __call__(self, hours: np.ndarray | float) -> np.ndarray:
        return self.model(self.scaled(np.atleast_1d(hours))).data[:, 0] * self.scale + self.center

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


# -- the baselines ----------------------------------------------------------------------------------------------------


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


# -- the answers ------------------------------------------------------------------------------------------------------


def answer(options: argparse.Namespace) -> None:
    started = time.perf_counter()
    file = weather_file.read(options.csv, weather_options(options))
    if options.day is None:
        options.day = SUMMER_DAY if options.csv == SEATTLE else first_good_day(file)
    day = day_of(file, options.day)
    if options.day == date.max:
        raise UserError(f"{options.csv}, column {file.columns[0]!r}: {options.day} has no next day.")
    hours, celsius = np.array(day.hours), np.array(day.celsius)
    fit = Fit(hours, celsius, options, options.literal)
    spline, at = natural_spline(celsius, hours), options.at

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
    say_at(at, fit, spline, hours, celsius)
    tomorrow = say_tomorrow(file, day, fit)
    if options.steps:
        adam = Fit(hours, celsius, options, options.literal, options.steps)
        print(f"\n{'The same network and starts, trained by':<40}{'training error':>16}{'seconds':>10}")
        for method, trained in {"Levenberg-Marquardt": fit, f"Adam, {options.steps} steps a start": adam}.items():
            print(f"  {method:<38}{trained.rms:>14.3f} C{trained.seconds:>10.2f}")
    if options.plot:
        draw(options.plot, options, day, fit, spline, tomorrow)
        print(f"\nPlot: {options.plot}")
    if options.diagram:
        draw_network(options.diagram, hours, celsius, fit)
        print(f"\nDiagram: {options.diagram}")
    print(f"\n{time.perf_counter() - started:.1f} seconds")


def say_at(at: float, fit: Fit, spline: Callable, hours: np.ndarray, celsius: np.ndarray) -> None:
    """The answer at a time, how sure it is, and what the baselines say."""
    print(f"At {clock(at)}")
    value, within = fit(at)[0], SPREAD_90 * fit.deviation(at)[0]
    print(f"  network               {value:7.2f} C, and with 90 % between {value - within:.2f} and {value + within:.2f} C")
    print(f"  natural cubic spline  {spline(at)[0]:7.2f} C")
    print(f"  linear interpolation  {np.interp(at, hours, celsius):7.2f} C")
    if not hours[0] <= at <= hours[-1]:
        seen, side = (hours[0], "begin") if at < hours[0] else (hours[-1], "end")
        print(f"  Warning: the hours seen {side} at {clock(seen)}; this is beyond them, and the answers are guesses.")
    else:
        k = max(int(np.searchsorted(hours, at)), 1)
        if hours[k] - hours[k - 1] > 3:
            print(f"  Warning: nothing was measured from {clock(hours[k - 1])} to {clock(hours[k])}; the answers are guesses.")


def say_tomorrow(file: WeatherFile, day: Day, fit: Fit) -> float | None:
    """The answers around noon of the next day; and what the file has, or None."""
    next_day = day.date + timedelta(days=1)
    tomorrow = value_at(file, datetime(next_day.year, next_day.month, next_day.day, 12))
    today = float(np.interp(12.0, day.hours, day.celsius))
    within = SPREAD_90 * fit.deviation(36.0)[0]
    print(f"\nAt noon on {next_day}")
    print(f"  network               {fit(12.0)[0]:7.2f} C")
    print(f"  same as today         {today:7.2f} C")
    if tomorrow is not None:
        print(f"  what the file has     {tomorrow:7.2f} C")
    print(
        "  The network is a function of the hour: it can only repeat today's noon. At hour 36, which it has never seen,\n"
        f"  it would say {fit(36.0)[0]:.2f} C, give or take {within:.1f}. Weather needs more than the hour."
    )
    return tomorrow


def draw(path: Path, options: argparse.Namespace, day: Day, fit: Fit, spline: Callable, tomorrow: float | None) -> None:
    """The day's data, the fit with its band and the answers as a picture."""
    from matplotlib.figure import Figure  # looked for before the training, see main

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    first, last, at = min(day.hours[0], 0.0), day.hours[-1], options.at
    fine = np.linspace(first, max(last, at, 23.0), 481)
    curve, within = fit(fine), SPREAD_90 * fit.deviation(fine)
    axes.axvspan(last, 37, color="0.95", zorder=0)
    axes.fill_between(fine, curve - within, curve + within, color="tab:blue", alpha=0.2, linewidth=0, label="90 % band")
    axes.plot(fine, spline(fine), color="0.6", linewidth=4, alpha=0.5, label="natural cubic spline")
    axes.plot(fine, curve, color="tab:blue", label=f"network 1-{options.neurons}-1, {fit.rms:.3f} C off")
    axes.plot(day.hours, day.celsius, "o", color="black", markersize=4, label=f"temperatures measured, {options.day}")
    axes.plot(at, fit(at)[0], "D", color="tab:red", label=f"{clock(at)}: {fit(at)[0]:.2f} C")
    axes.plot(36, fit(12.0)[0], "D", color="tab:orange", label=f"noon tomorrow, as today: {fit(12.0)[0]:.2f} C")
    if tomorrow is not None:
        axes.plot(36, tomorrow, "o", color="black", markerfacecolor="white", label=f"noon tomorrow in the file: {tomorrow:.2f} C")
    axes.set_xticks([*range(0, 24, 3), 36], [*(f"{h}:00" for h in range(0, 24, 3)), "noon\ntomorrow"])
    axes.set_xlabel("local time")
    axes.set_ylabel("temperature in degrees Celsius")
    axes.set_title(f"{options.csv.name}: one day and a network with {options.neurons} neurons")
    axes.legend(loc="best", fontsize=8)
    try:
        figure.savefig(path, dpi=130)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot write the plot: {error}.") from None


def draw_network(path: Path, hours: np.ndarray, celsius: np.ndarray, fit: Fit) -> None:
    """The trained network, and how the curves of its neurons add up to the day."""
    try:
        nn.diagram(fit.in_units(), hours.reshape(-1, 1), celsius, path, inputs=["hour"], outputs=["C"])
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"{path}: cannot write the diagram: {error}") from None


def left_out_errors(hours: np.ndarray, celsius: np.ndarray, options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """For each hour but the first and last, by a network fitted without it: the error, and the error in deviations."""
    errors, ratios = [], []
    for k in range(1, len(hours) - 1):
        fit = Fit(np.delete(hours, k), np.delete(celsius, k), options, literal=False)
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


def benchmark(options: argparse.Namespace) -> None:
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
            fit = Fit(hours, celsius, options, literal, steps)
            from_spline = abs(fit(13.75)[0] - natural_spline(celsius)(13.75)[0])
            results.append([fit.rms, from_spline, abs(fit(12.0)[0] - tomorrow), abs(celsius[12] - tomorrow), fit.seconds])
        median, worst = np.median(results, axis=0), np.max(results, axis=0)
        cells = "".join(f"{m:>{width}.3f} /{w:6.3f}" for m, w, width in zip(median, worst, (10, 12, 10, 10)))
        print(f"{('literal' if literal else 'usual') + ' formula, ' + method:<42}{cells}{median[-1]:>10.2f}")
    gaps = [abs(np.interp(13.75, hours, c) - natural_spline(c)(13.75)[0]) for hours, c in days.values()]
    print(f"{'linear interpolation':<42}{'':>18}{np.median(gaps):>12.3f} /{np.max(gaps):6.3f}")
    network, spline, inside = [], [], []
    for hours, celsius in days.values():
        errors, ratios = left_out_errors(hours, celsius, options)
        network.append(np.sqrt(np.mean(errors**2)))
        inside.append(ratios < SPREAD_90)
        others = [natural_spline(np.delete(celsius, k), np.delete(hours, k))(hours[k])[0] - celsius[k] for k in range(1, 23)]
        spline.append(np.sqrt(np.mean(np.square(others))))
    print("\nAn hour from 1 to 22 left out and asked for, root mean square of a day")
    for name, errors in {"usual formula, Levenberg-Marquardt": network, "natural cubic spline": spline}.items():
        print(f"  {name:<40}{np.median(errors):>10.3f} /{np.max(errors):6.3f}")
    print(f"  the 90 % band holds {100 * np.mean(inside):.1f} % of these hours")


# -- the command line -------------------------------------------------------------------------------------------------


def weather_options(options: argparse.Namespace) -> weather_file.Options:
    return weather_file.Options(options.time, options.temperature, options.unit, options.station, options.dates, options.zone)


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Options for what a file does not say itself."""
    parser.add_argument("--csv", type=Path, default=SEATTLE, help="temperatures with their times, as weather services write them")
    parser.add_argument(
        "--time", metavar="COLUMN", help="the column of the time, or two such as date+hour (default: found by name)"
    )
    parser.add_argument("--temperature", metavar="COLUMN", help="the column of the temperature (default: found by name)")
    parser.add_argument("--unit", choices=["C", "F", "K", "0.1C"], help="of the temperature (default: as the file says)")
    parser.add_argument("--station", help="the one to take of a file with several")
    parser.add_argument("--dates", choices=["dmy", "mdy"], help="the order of day and month in dates such as 3/4/2024")
    parser.add_argument("--zone", type=parsed_zone, help="the clock to read times with a zone by: Europe/Berlin, or -8")


def parsed_zone(text: str) -> object:
    try:
        return moments.zone_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parsed_hour(text: str) -> float:
    try:
        moment = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 13:45") from None
    return moment.hour + moment.minute / 60


def parsed_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2010-07-15") from None


def whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def main() -> int:
    parser = command_line.parser(__doc__)
    add_file_options(parser)
    parser.add_argument(
        "--day",
        type=parsed_day,
        help=f"the day to train on (default: {SUMMER_DAY}; of another file the first without a long gap)",
    )
    parser.add_argument("--at", type=parsed_hour, default=13.75, metavar="HH:MM", help="the time asked for (default: 13:45)")
    parser.add_argument(
        "--neurons", type=command_line.positive_integer, default=4, help="in the hidden layer (default: %(default)s)"
    )
    parser.add_argument("--literal", action="store_true", help="the activation also around each output term")
    parser.add_argument(
        "--starts",
        type=command_line.positive_integer,
        default=10,
        help="with other weights; the best is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--steps", type=whole, default=2000, help="of Adam for each start, to compare with; 0: none (default: %(default)s)"
    )
    parser.add_argument("--seed", type=whole, default=0, help="of the random weights (default: %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, .png or .svg")
    parser.add_argument("--diagram", type=Path, metavar="FILE", help="draw the trained network, .svg or .png")
    parser.add_argument("--benchmark", action="store_true", help="errors over 24 days beside the baselines")
    options = parser.parse_args()
    try:
        if options.diagram and options.diagram.suffix not in (".svg", ".png"):
            raise UserError(f"{options.diagram}: write a name in .svg or .png.")
        if options.plot or (options.diagram and options.diagram.suffix == ".png"):
            try:
                import matplotlib  # noqa: F401
            except ImportError:
                what = "--plot" if options.plot else "--diagram in .png"
                raise UserError(f"{what} needs matplotlib: pip install 'autograd-lite[plot]'.") from None
        for file in filter(None, (options.plot, options.diagram)):
            if not file.parent.is_dir():
                raise UserError(f"{file}: there is no folder {file.parent}.")
        (benchmark if options.benchmark else answer)(options)
    except UserError as error:
        print(f"{Path(__file__).name}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

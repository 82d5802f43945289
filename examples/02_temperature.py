"""The temperature at 1:45 PM and around noon tomorrow, asked of a 1-4-1 network trained on the hours of one day.

python examples/02_temperature.py                                  # a summer day in Seattle
python examples/02_temperature.py --day 2010-01-15 --at 16:20 --plot answer.png
python examples/02_temperature.py --csv my.csv --day 2024-05-01    # columns: time, temperature_c
python examples/02_temperature.py --benchmark                      # 24 days over the year beside the baselines
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are tiny: threads would only wait for each other

import argparse
import csv
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path

import command_line
import numpy as np

import nn

SEATTLE = Path(__file__).parent / "data" / "seattle-normals.csv"
SUMMER_DAY = date(2010, 7, 15)
COLUMNS = ("time", "temperature_c")


class UserError(Exception):
    """Something that the person at the keyboard can put right: shown without a traceback."""


# -- the data ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Observation:
    line: int
    time: datetime
    celsius: float


def read_observations(path: Path) -> list[Observation]:
    """All observations of a CSV file with the columns `time` (ISO 8601, local) and `temperature_c`."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, strict=True)
            missing = [column for column in COLUMNS if column not in (rows.fieldnames or [])]
            if missing:
                found = ", ".join(rows.fieldnames or []) or "nothing"
                raise UserError(f"{path}, line 1: there is no column {missing[0]!r} (found: {found}).")
            observations = [observation(path, rows.line_num, row) for row in rows]
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: this is not a CSV text file ({error}).") from None
    if not observations:
        raise UserError(f"{path}, line 2, column 'time': there are no observations.")
    return observations


def observation(path: Path, line: int, row: dict[str, str | None]) -> Observation:
    def refuse(column: str, wanted: str) -> UserError:
        return UserError(f"{path}, line {line}, column {column!r}: {row[column] or ''!r} is not {wanted}.")

    if None in row:
        raise UserError(f"{path}, line {line}: there are more fields than columns; is there a decimal comma in 'temperature_c'?")
    try:
        moment = datetime.fromisoformat((row["time"] or "").strip())
    except ValueError:
        raise refuse("time", "a time such as 2010-07-15T13:00") from None
    try:
        celsius = float(row["temperature_c"] or "")
    except ValueError:
        raise refuse("temperature_c", "a number") from None
    if not math.isfinite(celsius):
        raise refuse("temperature_c", "a finite number")
    if moment.tzinfo is not None:
        raise refuse("time", "a local time; leave the time zone out")
    return Observation(line, moment, celsius)


def hours_of(observations: list[Observation], day: date, path: Path) -> np.ndarray:
    """The 24 temperatures of a day at the full hours."""
    of_day = [o for o in observations if o.time.date() == day]
    if not of_day:
        days = [o.time.date() for o in observations]
        raise UserError(
            f"{path}, lines 2 to {observations[-1].line}, column 'time': there is no observation on {day}; "
            f"the file has {min(days)} to {max(days)}."
        )
    by_hour: dict[int, Observation] = {}
    for o in of_day:
        if o.time.minute or o.time.second:
            continue  # an observation between the hours is not needed
        if o.time.hour in by_hour:
            first = by_hour[o.time.hour].line
            raise UserError(f"{path}, line {o.line}, column 'time': {o.time:%Y-%m-%d %H:%M} was on line {first} already.")
        by_hour[o.time.hour] = o
    absent = [hour for hour in range(24) if hour not in by_hour]
    if absent:
        after = max((o.line for o in of_day if o.time.hour < absent[0]), default=of_day[0].line)
        listed = ", ".join(f"{hour}:00" for hour in absent)
        raise UserError(
            f"{path}, line {after}, column 'time': {day} lacks {len(absent)} of its 24 hours ({listed}). Choose another --day."
        )
    return np.array([by_hour[hour].celsius for hour in range(24)])


def first_complete(observations: list[Observation], path: Path, earliest: date) -> date:
    """The first day from `earliest` on that has all its 24 hours."""
    first_problem = UserError(f"{path}, line {observations[-1].line}, column 'time': there is no observation from {earliest} on.")
    for i, day in enumerate(sorted({o.time.date() for o in observations if o.time.date() >= earliest})):
        try:
            hours_of(observations, day, path)
            return day
        except UserError as error:
            first_problem = error if i == 0 else first_problem
    raise first_problem


# -- the network ------------------------------------------------------------------------------------------------------

HOURS = np.arange(24.0)


class Literal(nn.Module):
    """y = sum over i of tanh(w2_i * tanh(x * w1_i + b1_i) + b2): the activation also around each output term."""

    def __init__(self, neurons: int, rng: np.random.Generator) -> None:
        self.hidden = nn.Linear(1, neurons, rng=rng)
        self.w2 = nn.Parameter(rng.uniform(-1, 1, neurons) / neurons**0.5)
        self.b2 = nn.Parameter(0.0)

    def forward(self, x: np.ndarray) -> object:
        return np.tanh(self.w2 * np.tanh(self.hidden(x)) + self.b2).sum(axis=1, keepdims=True)


class Fit:
    """A network trained on the 24 hours of a day: call it with hours to get degrees Celsius.

    By Levenberg-Marquardt, or by `steps` steps of Adam for each of the same starts.
    """

    def __init__(self, celsius: np.ndarray, options: argparse.Namespace, literal: bool, steps: int | None = None) -> None:
        # tanh is bounded: the literal formula can only give values between plus and minus the number of neurons,
        # and is at its best well inside; the usual one has a linear output and takes standardised values
        self.center = (celsius.max() + celsius.min()) / 2 if literal else celsius.mean()
        self.scale = (np.ptp(celsius) / 0.4 if literal else celsius.std()) or 1.0
        x, y = self.scaled(HOURS), ((celsius - self.center) / self.scale).reshape(-1, 1)

        def make(rng: np.random.Generator) -> nn.Module:
            if literal:
                return Literal(options.neurons, rng)
            return nn.Sequential(nn.Linear(1, options.neurons, rng=rng), nn.Tanh(), nn.Linear(options.neurons, 1, rng=rng))

        started = time.perf_counter()
        if steps is None:
            self.model = nn.optim.least_squares_fit(make, x, y, starts=options.starts, rng=options.seed).model
        else:
            self.model = by_adam(make, x, y, steps, options)
        self.seconds = time.perf_counter() - started
        self.rms = float(np.sqrt(np.mean((self(HOURS) - celsius) ** 2)))

    @staticmethod
    def scaled(hours: np.ndarray) -> np.ndarray:
        """Hours 0 to 23 as a column from -1 to 1."""
        return (np.asarray(hours, float).reshape(-1, 1) - 11.5) / 11.5

    def __call__(self, hours: np.ndarray | float) -> np.ndarray:
        return self.model(self.scaled(np.atleast_1d(hours))).data[:, 0] * self.scale + self.center


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


def natural_spline(celsius: np.ndarray) -> Callable[[np.ndarray | float], np.ndarray]:
    """The natural cubic spline through the 24 hours (de Boor, A Practical Guide to Splines, chapter IV), ends straight on."""
    n = len(celsius)
    matrix = np.diag(np.full(n, 4.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    matrix[[0, -1]] = np.eye(n)[[0, -1]]  # no curvature at the ends
    right = np.zeros(n)
    right[1:-1] = 6 * np.diff(celsius, 2)
    curvature = np.linalg.solve(matrix, right)

    def spline(hours: np.ndarray | float) -> np.ndarray:
        hours = np.atleast_1d(np.asarray(hours, float))
        k = np.clip(hours.astype(int), 0, n - 2)
        a, b = k + 1 - hours, hours - k
        inside = a * celsius[k] + b * celsius[k + 1] + ((a**3 - a) * curvature[k] + (b**3 - b) * curvature[k + 1]) / 6
        slope = celsius[k + 1] - celsius[k] + (2 * curvature[k + 1] + curvature[k]) / 6
        return np.where(hours > n - 1, celsius[-1] + slope * (hours - (n - 1)), inside)

    return spline


# -- the answers ------------------------------------------------------------------------------------------------------


def answer(options: argparse.Namespace) -> None:
    started = time.perf_counter()
    observations = read_observations(options.csv)
    if options.day is None:
        options.day = SUMMER_DAY if options.csv == SEATTLE else first_complete(observations, options.csv, date.min)
    celsius = hours_of(observations, options.day, options.csv)
    if options.day == date.max:
        raise UserError(f"{options.csv}, column 'time': {options.day} has no next day.")
    next_day = options.day + timedelta(days=1)
    truth = {o.time: o.celsius for o in observations}
    tomorrow = truth.get(datetime(next_day.year, next_day.month, next_day.day, 12))
    fit = Fit(celsius, options, options.literal)
    spline, at = natural_spline(celsius), options.at

    formula = "y = sum tanh(w2_i tanh(x w1_i + b1_i) + b2)" if options.literal else "y = sum w2_i tanh(x w1_i + b1_i) + b2"
    print(f"{options.csv.name}, {options.day}: {celsius.min():.1f} to {celsius.max():.1f} C at the 24 full hours")
    print(f"network 1-{options.neurons}-1, {formula}")
    print(f"training error {fit.rms:.3f} C (root mean square), the best of {options.starts} starts\n")

    print(f"At {hour_and_minute(at)}")
    print(f"  network               {fit(at)[0]:7.2f} C")
    print(f"  natural cubic spline  {spline(at)[0]:7.2f} C")
    print(f"  linear interpolation  {np.interp(at, HOURS, celsius):7.2f} C")
    if at > 23:
        print("  Warning: the hours seen end at 23:00; this is beyond them, and the answers are guesses.")

    print(f"\nAt noon on {next_day}")
    print(f"  network               {fit(12.0)[0]:7.2f} C")
    print(f"  same as today         {celsius[12]:7.2f} C")
    if tomorrow is not None:
        print(f"  what the file has     {tomorrow:7.2f} C")
    print(
        "  The network is a function of the hour: it can only repeat today's noon. At hour 36, which it has never seen,\n"
        f"  it would say {fit(36.0)[0]:.2f} C. Weather needs more than the hour."
    )
    if options.steps:
        adam = Fit(celsius, options, options.literal, options.steps)
        print(f"\n{'The same network and starts, trained by':<40}{'training error':>16}{'seconds':>10}")
        for method, trained in {"Levenberg-Marquardt": fit, f"Adam, {options.steps} steps a start": adam}.items():
            print(f"  {method:<38}{trained.rms:>14.3f} C{trained.seconds:>10.2f}")
    if options.plot:
        draw(options.plot, options, celsius, fit, spline, tomorrow)
        print(f"\nPlot: {options.plot}")
    print(f"\n{time.perf_counter() - started:.1f} seconds")


def hour_and_minute(hour: float) -> str:
    return f"{int(hour)}:{round(hour % 1 * 60):02d}"


def draw(
    path: Path, options: argparse.Namespace, celsius: np.ndarray, fit: Fit, spline: Callable, tomorrow: float | None
) -> None:
    """The day's data, the fit and the answers as a picture."""
    from matplotlib.figure import Figure  # looked for before the training, see main

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    fine, at = np.linspace(0, 23, 461), options.at
    axes.axvspan(23, 37, color="0.95", zorder=0)
    axes.plot(fine, spline(fine), color="0.6", linewidth=4, alpha=0.5, label="natural cubic spline")
    axes.plot(fine, fit(fine), color="tab:blue", label=f"network 1-{options.neurons}-1, {fit.rms:.3f} C off")
    axes.plot(HOURS, celsius, "o", color="black", markersize=4, label=f"hourly temperatures, {options.day}")
    axes.plot(at, fit(at)[0], "D", color="tab:red", label=f"{hour_and_minute(at)}: {fit(at)[0]:.2f} C")
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


def benchmark(options: argparse.Namespace) -> None:
    """Errors over 24 days, two in each month, as median and worst, for both formulas and both ways to train."""
    observations = read_observations(options.csv)
    noon = {o.time.date(): o.celsius for o in observations if o.time.hour == 12 and o.time.minute == 0}
    year = observations[0].time.year
    days = [first_complete(observations, options.csv, date(year, month, day)) for month in range(1, 13) for day in (5, 20)]
    days = [day for day in days if day < date.max and day + timedelta(days=1) in noon]
    if not days:
        raise UserError(f"{options.csv}, lines 2 to {observations[-1].line}: there is no day whose next noon is known.")
    print(f"{options.csv.name}: {len(days)} days, the best of {options.starts} starts; in C: median / worst\n")
    print(f"{'':<42}{'training error':>18}{'13:45 less spline':>20}{'next noon':>18}{'same as today':>18}{'seconds':>10}")
    methods = {"Levenberg-Marquardt": None} | ({f"Adam, {options.steps} steps a start": options.steps} if options.steps else {})
    for literal, (method, steps) in product((False, True), methods.items()):
        results = []
        for day in days:
            celsius, tomorrow = hours_of(observations, day, options.csv), noon[day + timedelta(days=1)]
            fit = Fit(celsius, options, literal, steps)
            from_spline = abs(fit(13.75)[0] - natural_spline(celsius)(13.75)[0])
            results.append([fit.rms, from_spline, abs(fit(12.0)[0] - tomorrow), abs(celsius[12] - tomorrow), fit.seconds])
        median, worst = np.median(results, axis=0), np.max(results, axis=0)
        cells = "".join(f"{m:>{width}.3f} /{w:6.3f}" for m, w, width in zip(median, worst, (10, 12, 10, 10)))
        print(f"{('literal' if literal else 'usual') + ' formula, ' + method:<42}{cells}{median[-1]:>10.2f}")
    gaps = [
        abs(np.interp(13.75, HOURS, c) - natural_spline(c)(13.75)[0])
        for c in (hours_of(observations, d, options.csv) for d in days)
    ]
    print(f"{'linear interpolation':<42}{'':>18}{np.median(gaps):>12.3f} /{np.max(gaps):6.3f}")


# -- the command line -------------------------------------------------------------------------------------------------


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
    parser.add_argument("--csv", type=Path, default=SEATTLE, help="hourly temperatures; columns: time, temperature_c")
    parser.add_argument(
        "--day", type=parsed_day, help=f"the day to train on (default: {SUMMER_DAY}; of another file the first complete one)"
    )
    parser.add_argument("--at", type=parsed_hour, default=13.75, metavar="HH:MM", help="the time asked for (default: 13:45)")
    parser.add_argument(
        "--neurons", type=command_line.positive_integer, default=4, help="in the hidden layer (default: %(default)s)"
    )
    parser.add_argument("--literal", action="store_true", help="the activation also around each output term")
    parser.add_argument(
        "--starts",
        type=command_line.positive_integer,
        default=5,
        help="with other weights; the best is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--steps", type=whole, default=2000, help="of Adam for each start, to compare with; 0: none (default: %(default)s)"
    )
    parser.add_argument("--seed", type=whole, default=0, help="of the random weights (default: %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, .png or .svg")
    parser.add_argument("--benchmark", action="store_true", help="errors over 24 days beside the baselines")
    options = parser.parse_args()
    try:
        if options.plot:
            try:
                import matplotlib  # noqa: F401
            except ImportError:
                raise UserError("--plot needs matplotlib: pip install 'autograd-lite[plot]'.") from None
            if not options.plot.parent.is_dir():
                raise UserError(f"{options.plot}: there is no folder {options.plot.parent}.")
        (benchmark if options.benchmark else answer)(options)
    except UserError as error:
        print(f"{Path(__file__).name}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

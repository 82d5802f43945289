"""The command line of `02_temperature.py`: which file, which day, which time, and what else is wanted."""

import argparse
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import command_line
import moments
import weather_file
from weather_file import Day, UserError, WeatherFile, day_of, first_good_day, value_at

SEATTLE = Path(__file__).parent / "data" / "seattle-normals.csv"
SUMMER_DAY = date(2010, 7, 15)
Work = Callable[[argparse.Namespace], None]


def weather_options(options: argparse.Namespace) -> weather_file.Options:
    return weather_file.Options(options.time, options.temperature, options.unit, options.station, options.dates, options.zone)


def file_and_day(options: argparse.Namespace) -> tuple[WeatherFile, Day]:
    """The contents of the file, and the day asked for, or else the one that is taken by default."""
    file = weather_file.read(options.csv, weather_options(options))
    if options.day is None:
        options.day = SUMMER_DAY if options.csv == SEATTLE else first_good_day(file)
    day = day_of(file, options.day)
    if options.day == date.max:
        raise UserError(f"{options.csv}, column {file.columns[0]!r}: {options.day} has no next day.")
    return file, day


def noon_after(file: WeatherFile, day: Day) -> tuple[date, float | None]:
    """The next day, and the temperature that the file has at its noon, or None."""
    next_day = day.date + timedelta(days=1)
    return next_day, value_at(file, datetime(next_day.year, next_day.month, next_day.day, 12))


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Options for what a file does not say itself."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the same as --csv FILE")
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


def run(description: str, answer: Work, benchmark: Work) -> int:
    """Read the options, and do what they say: the exit code of the program."""
    parser = command_line.parser(description)
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
    if options.file is not None and options.csv != SEATTLE:
        parser.error(f"there are two files: {options.file} and --csv {options.csv}")
    options.csv = options.file or options.csv
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
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 2
    return 0

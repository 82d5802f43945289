"""Options that several examples take, checked before the work begins."""

import argparse
from pathlib import Path


def positive_integer(text):
    """A whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def picture(text):
    """The path of a picture that can be written."""
    file = Path(text)
    if file.suffix not in (".png", ".svg", ".pdf") or not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a .png, .svg or .pdf file in a folder that exists")
    return file


def parser(description):
    """A parser that prints the docstring of an example as it stands."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)


def quick_and_plot(description, quick, plot):
    """The options --quick and --plot; `plot` is the file unless another is named, and None without matplotlib."""
    arguments = parser(description)
    arguments.add_argument("--quick", action="store_true", help=quick)
    arguments.add_argument("--plot", type=picture, default=plot, help="the picture (default: %(default)s)")
    options = arguments.parse_args()
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("There will be no picture: it needs matplotlib. Write pip install 'autograd-lite[plot]'.\n")
        options.plot = None
    return options

"""The rows of padding with what is computed of the array."""

from autograd_lite.rules import padding

from .row import Call, Kink, Row, half


def widths(s, n):
    return s.among(0, 1, (2, 1), [(s.among(0, 1, 3), s.among(0, 2)) for _ in range(n)])


def computed(function):
    def draw(s):
        shape = s.shape(1, s.among(1, 2, 3))
        n = len(shape)
        width, mode = widths(s, n), s.among("mean", "median", "maximum", "minimum", "linear_ramp")
        if mode == "median":  # along one axis: medians of medians, which are means of two, may be close to a tie
            width = [(0, 0)] * (n - 1) + [(s.among(0, 1, 3), s.among(0, 2))]
        if mode == "linear_ramp":
            options = s.some(end_values=s.among(1.5, (1.0, 2.0), [(0.5, 1.0)] * n))
        else:
            options = s.some(stat_length=s.among(1, 2, (2, 3), [(1, 2)] * n))
        return Call(function, s.apart(shape), options, lambda a: (a, width, mode))

    return draw


ROWS = (Row(padding.pad_computed, computed(padding.pad_computed)),)

PIECEWISE = {padding.pad_computed}

KINKS = {
    "pad: ties for the maximum share": Kink(
        lambda a: padding.pad_computed(a, (1, 0), "maximum")[0], ([2.0, 2.0, 1.0],), ([half, half, 0],)
    ),
}

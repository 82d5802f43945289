"""The rows of running results along an axis."""

import numpy as np

from .row import Call, Kink, Row, half, wider


def accumulated(f, apart):
    def draw(s):
        shape = s.shape(ndim=s.among(1, 2, 3))
        options = {"axis": s.axis(len(shape), int), **s.some(dtype=wider(s))}
        return Call(f.accumulate, s.apart(shape) if apart else (s.array(shape),), options)

    return Row(f.accumulate, draw)


ROWS = (
    accumulated(np.maximum, apart=True),
    accumulated(np.minimum, apart=True),
    accumulated(np.logaddexp, apart=False),
    accumulated(np.logaddexp2, apart=False),
)

PIECEWISE = {np.maximum.accumulate, np.minimum.accumulate}

KINKS = {
    "maximum.accumulate: what is passed over has no gradient": Kink(np.maximum.accumulate, ([1.0, 3.0, 2.0],), ([1, 2, 0],)),
    "maximum.accumulate: ties share, two by two": Kink(
        lambda x: np.maximum.accumulate(x)[2], ([2.0, 2.0, 2.0],), ([1 / 4, 1 / 4, half],)
    ),
    "minimum.accumulate: ties share": Kink(lambda x: np.minimum.accumulate(x)[1], ([2.0, 2.0],), ([half, half],)),
    "logaddexp.accumulate of what overflows": Kink(np.logaddexp.accumulate, ([800.0, 0.0, 800.0],), ([2.5, 0, half],)),
}

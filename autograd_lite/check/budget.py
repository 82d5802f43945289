"""The limits of cost of a check, which all of its parts share."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator

from ..numerical.point import EvaluationPoint

__all__ = ["Budget"]

OVERHEAD = 50e-6  # seconds that the checker itself needs for a call, about
TELLING = 100  # calls from which their pace so far tells more than that of the first


class Budget:
    """Evaluations and seconds, and the part of them that is left.

    A part of the check asks before it begins whether its calls are affordable, and does less or nothing if they are not.
    Seconds are those that the check itself takes: on a machine that is busy with other things a check finds the same, and
    takes up to twice as long.
    """

    def __init__(self, evaluations: float, seconds: float) -> None:
        self.evaluations, self.seconds = evaluations, seconds
        self.started = time.thread_time(), time.perf_counter()
        self.points: list[EvaluationPoint] = []  # their calls count
        self.seconds_per_call = self.waiting_per_call = math.inf  # of them, those in which this thread does not work

    @contextlib.contextmanager
    def timed_call(self) -> Iterator[None]:
        """One call of the function, which is timed; the quickest tells."""
        wall, work = time.perf_counter(), time.thread_time()
        yield
        wall, work = time.perf_counter() - wall, time.thread_time() - work
        self.seconds_per_call = min(self.seconds_per_call, wall)
        self.waiting_per_call = min(self.waiting_per_call, max(0.0, wall - work))

    def used(self) -> int:
        """The number of calls of the function so far."""
        return sum(point.evaluations for point in self.points)

    def calls_left(self) -> float:
        """The number of calls of the function that are left."""
        used = self.used()
        work, wall = time.thread_time() - self.started[0], time.perf_counter() - self.started[1]
        seconds = max(work + used * self.waiting_per_call, wall / 2)
        pace = self.seconds_per_call + OVERHEAD
        if used > TELLING:
            pace = max(pace, seconds / used)
        return max(0.0, min(self.evaluations - used, (self.seconds - seconds) / pace))

    def affords(self, calls: float, more_seconds: float = 0.0) -> bool:
        """True if so many calls, and seconds for other things, are left."""
        return calls + more_seconds / (self.seconds_per_call + OVERHEAD) <= self.calls_left()

    def share(self, part: float, cost: float, least: int, most: int) -> int:
        """How many things of this cost a part of what is left pays for, between two bounds."""
        count = self.calls_left() * part / max(cost, 1.0)
        return max(least, most if math.isinf(count) else min(most, int(count)))

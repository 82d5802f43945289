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
    """Evaluations, and seconds if these are limited, and the part of them that is left.

    A part of the check asks before it begins whether its calls are affordable, and does less or nothing if they are not.
    Without a limit of seconds nothing depends on the clock: the same check does the same on any machine. Seconds are those
    that the check itself takes: a machine that is busy with other things makes it take up to twice as long.
    """

    def __init__(self, evaluations: float, seconds: float | None) -> None:
        self.evaluations, self.seconds = evaluations, seconds
        self.started = time.thread_time(), time.perf_counter()
        self.points: list[EvaluationPoint] = []  # their calls count
        self.seconds_per_call = self.waiting_per_call = math.inf  # of them, those in which this thread does not work
        self.seconds_per_pull = 0.0  # of the gradient under test

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
        left = self.evaluations - used
        if self.seconds is not None:
            work, wall = time.thread_time() - self.started[0], time.perf_counter() - self.started[1]
            seconds = max(work + used * self.waiting_per_call, wall / 2)
            pace = self.seconds_per_call + OVERHEAD
            if used > TELLING:
                pace = max(pace, seconds / used)
            left = min(left, (self.seconds - seconds) / pace)
        return max(0.0, left)

    def cost_of_pull(self) -> float:
        """The number of calls of the function that the gradient under test costs as much as."""
        return 1.0 if self.seconds is None else self.seconds_per_pull / (self.seconds_per_call + OVERHEAD)

    def affords(self, calls: float, pulls: float = 0.0) -> bool:
        """True if so many calls of the function, and of the gradient, are left."""
        return calls + pulls * self.cost_of_pull() <= self.calls_left()

    def share(self, part: float, cost: float, least: int, most: int) -> int:
        """How many things of this cost a part of what is left pays for, between two bounds."""
        count = self.calls_left() * part / max(cost, 1.0)
        return max(least, most if math.isinf(count) else min(most, int(count)))

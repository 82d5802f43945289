"""The limits of cost of a check, which all of its parts share."""

from __future__ import annotations

import math
import time

from ..numerical.point import EvaluationPoint

__all__ = ["Budget"]

OVERHEAD = 50e-6  # seconds that the checker itself needs for a call, about


class Budget:
    """Evaluations and seconds, and the part of them that is left.

    A part of the check asks before it begins whether its calls are affordable, and does less or nothing if they are not.
    """

    def __init__(self, evaluations: float, seconds: float) -> None:
        self.evaluations, self.seconds = evaluations, seconds
        self.started = time.perf_counter()
        self.points: list[EvaluationPoint] = []  # their calls count
        self.seconds_per_call = 0.0

    def used(self) -> int:
        """The number of calls of the function so far."""
        return sum(point.evaluations for point in self.points)

    def calls_left(self) -> float:
        """The number of calls of the function that are left."""
        seconds = self.seconds - (time.perf_counter() - self.started)
        return max(0.0, min(self.evaluations - self.used(), seconds / (self.seconds_per_call + OVERHEAD)))

    def affords(self, calls: float, more_seconds: float = 0.0) -> bool:
        """True if so many calls, and seconds for other things, are left."""
        return calls + more_seconds / (self.seconds_per_call + OVERHEAD) <= self.calls_left()

    def share(self, part: float, cost: float, least: int, most: int) -> int:
        """How many things of this cost a part of what is left pays for, between two bounds."""
        count = self.calls_left() * part / max(cost, 1.0)
        return max(least, most if math.isinf(count) else min(most, int(count)))

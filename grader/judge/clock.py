"""How long calls take, beside the reference's: evidence for checks that ask for operations on whole arrays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from grader.errors import Overtime

LONGEST = 2.0
"""Seconds that a call may take by extrapolation; larger samples are not asked for."""
SHORTEST = 1e-4
"""Seconds below which the reference's time is not told from nothing."""


@dataclass(frozen=True)
class Times:
    """Seconds of one call of the team's code and of the reference's, for n points (and m others)."""

    n: int
    m: int
    team: float
    reference: float

    @property
    def ratio(self) -> float:
        """How many times longer the team's code takes."""
        return self.team / max(self.reference, SHORTEST)

    def too_long(self, n: int, m: int) -> bool:
        """Whether a call with so many points would take too long, when time grows with n times m."""
        return self.team * (n * m) / (self.n * self.m) > LONGEST


def fastest(call: Callable[[], object], calls: int) -> tuple[float, bool]:
    """The quickest of several calls in seconds, and whether a limit of ours ended one."""
    seconds: list[float] = []
    for _ in range(calls):
        start = time.perf_counter()
        try:
            call()
        except Overtime:
            return time.perf_counter() - start, True
        seconds.append(time.perf_counter() - start)
        if seconds[-1] > LONGEST / 2:
            break
    return min(seconds), False

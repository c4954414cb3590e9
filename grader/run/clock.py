"""Time as a hand-in is charged for it: wall time, but on a crowded machine no more than it had of the processor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

PATIENCE = 4.0
"""Where the machine is crowded, waiting is charged at most at one part in so many."""


class FairClock:
    """Adds up seconds each time it is looked at.

    ``used`` gives the processor seconds of the process so far, or None where nobody can tell (then wall time
    counts alone); ``crowded`` says whether others compete for the processors just now.
    """

    def __init__(
        self,
        used: Callable[[], float | None],
        *,
        crowded: Callable[[], bool] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._used, self._now = used, now
        self._crowded = crowded or machine_is_crowded
        self._last, self._last_used, self._seconds = now(), used(), 0.0

    def seconds(self) -> float:
        """Seconds charged since the clock was made; look at it often, each look charges the time since the last."""
        now, used = self._now(), self._used()
        passed = now - self._last
        if used is not None and self._last_used is not None and self._crowded():
            passed = min(passed, max(used - self._last_used, passed / PATIENCE))
        self._last, self._last_used = now, used
        self._seconds += passed
        return self._seconds


def machine_is_crowded() -> bool:
    """Whether more wants to run than there are processors."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)

"""The clock that charges a hand-in: wall time alone, unless others compete for the processors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.run.clock import PATIENCE, FairClock


def clock(wall: list[float], used: list[float | None], crowded: bool) -> FairClock:
    times: Iterator[float] = iter(wall)
    spent: Iterator[Any] = iter(used)
    return FairClock(lambda: next(spent), crowded=lambda: crowded, now=lambda: next(times))


@pytest.mark.parametrize(
    ("wall", "used", "crowded", "charged"),
    [
        ([0, 10], [0, 2], False, 10),
        ([0, 10], [0, 6], True, 6),
        ([0, 10], [0, 0], True, 10 / PATIENCE),
        ([0, 10], [0, 18], True, 10),
        ([0, 10], [None, None], True, 10),
        ([0, 10], [3, None], True, 10),
    ],
    ids=["quiet", "crowded", "asleep", "several threads", "nobody can tell", "gone in between"],
)
def test_what_is_charged(wall: list[float], used: list[float | None], crowded: bool, charged: float) -> None:
    assert clock(wall, used, crowded).seconds() == pytest.approx(charged)


def test_every_look_charges_the_time_since_the_last() -> None:
    watch = clock([0, 1, 3], [0, 1, 1.5], True)
    assert watch.seconds() == pytest.approx(1)
    assert watch.seconds() == pytest.approx(1.5)

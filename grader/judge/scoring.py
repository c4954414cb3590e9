"""From findings to points; a tutor's mark outranks the machine, and nothing open is counted as zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import UsageFault
from grader.records import OPEN, Finding, ItemResult, Verdict
from grader.rubric import Item, Rubric

STEPS = (0, 25, 50, 75, 100)
"""Percentages that tutors give per task."""


@dataclass(frozen=True)
class TaskScore:
    """One task of the sheet: its points and the percentage step proposed for it."""

    task: str
    points: float
    max: float
    open: int
    """Items still without points."""
    percent: float | None
    """Raw percentage without bonus; ``None`` while something is open."""
    step: int | None
    """Nearest of :data:`STEPS`, ties upward; ``None`` while something is open."""


@dataclass(frozen=True)
class Score:
    """Points of one hand-in."""

    items: tuple[ItemResult, ...]
    points: float
    """Sum of all points that are decided, bonus included."""
    max: float
    """Without bonus."""
    bonus: float
    """The part of ``points`` earned on bonus items."""
    points_open: float
    items_open: int
    tasks: tuple[TaskScore, ...]


def score(
    findings: Iterable[Finding], rubric: Rubric, marks: Mapping[str, Mapping[str, Any]] | None = None
) -> Score:
    """Add up the findings under the rubric, in its order; items without a finding are left out.

    ``marks``: item id -> ``{"points": number or None, ...}``; a mark with a number decides the item, whatever
    the machine said; ``None`` or no ``points`` leaves the points to the machine (a comment alone).
    Raises ``UsageFault`` for a mark on an unknown item or outside of 0 and the item's points.
    """
    marks = marks or {}
    known = {item.id for item in rubric.items}
    for name in marks:
        if name not in known:
            raise UsageFault(f"a mark names the item '{name}', which the rubric does not have")
    found = {finding.item: finding for finding in findings}
    items = tuple(
        item_result(item, found[item.id], marks.get(item.id)) for item in rubric.items if item.id in found
    )
    undecided = [row for row in items if row.points is None]
    return Score(
        items=items,
        points=_total(row.points for row in items),
        max=rubric.max,
        bonus=_total(row.points for row in items if row.bonus),
        points_open=_total(row.max for row in undecided),
        items_open=len(undecided),
        tasks=tuple(task_score(task, worth, items) for task, worth in rubric.tasks.items()),
    )


def item_result(item: Item, finding: Finding, mark: Mapping[str, Any] | None = None) -> ItemResult:
    """One row of ``result.json``; raises ``UsageFault`` when the mark lies outside of 0 and the item's points."""
    machine_points = None if finding.verdict in OPEN else round(item.points * finding.share, 4)
    verdict, points = finding.verdict, machine_points
    if mark is not None and mark.get("points") is not None:
        points = _marked(item, mark["points"])
        verdict = (
            Verdict(mark["verdict"]) if mark.get("verdict") else _verdict_of(points, item.points, verdict)
        )
    return ItemResult(
        id=item.id,
        task=item.task,
        title=item.title,
        asked=item.asked,
        bonus=item.bonus,
        public=item.public,
        verdict=verdict,
        points=points,
        max=item.points,
        machine={"verdict": finding.verdict, "points": machine_points},
        mark=None if mark is None else dict(mark),
        judged_on=finding.judged_on,
        message=finding.message,
        diagnosis=finding.diagnosis,
        next_step=finding.next_step,
        readings=finding.readings,
        evidence=finding.evidence,
        seconds=finding.seconds,
    )


def task_score(task: str, worth: float, items: Iterable[ItemResult]) -> TaskScore:
    """Points of the items whose task number starts with ``task``."""
    rows = [row for row in items if row.task.split(".")[0] == task]
    regular = [row for row in rows if not row.bonus]
    undecided = sum(row.points is None for row in regular)
    complete = abs(sum(row.max for row in regular) - worth) < 1e-9
    earned = _total(row.points for row in regular)
    percent = 100 * earned / worth if worth and complete and not undecided else None
    return TaskScore(
        task=task,
        points=_total(row.points for row in rows),
        max=worth,
        open=undecided,
        percent=percent,
        step=None if percent is None else nearest_step(percent),
    )


def nearest_step(percent: float) -> int:
    """The nearest of 0, 25, 50, 75 and 100; halfway goes up."""
    return min(100, max(0, 25 * math.floor(percent / 25 + 0.5 + 1e-9)))


def _marked(item: Item, points: Any) -> float:
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points <= item.points:
        raise UsageFault(
            "a mark does not fit the item",
            where=item.id,
            expected=f"a number between 0 and {item.points:g}",
            got=repr(points),
        )
    return float(points)


def _verdict_of(points: float, most: float, machine: Verdict) -> Verdict:
    """The word for a tutor's points; on an item worth nothing the machine's word stays unless it was open."""
    if most == 0:
        return Verdict.PASSED if machine in OPEN else machine
    if points >= most:
        return Verdict.PASSED
    return Verdict.FAILED if points <= 0 else Verdict.PARTIAL


def _total(points: Iterable[float | None]) -> float:
    return round(math.fsum(value for value in points if value is not None), 4)

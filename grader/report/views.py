"""What a page says of a scorecard, worked out before any markup: sums, groups of items, the next step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.records import Evidence, ItemResult, Verdict
from grader.report.exhibits import Exhibit
from grader.report.panels import Picture
from grader.rubric import Rubric

MOST_CELLS = 12
"""Cells to which one item links."""


@dataclass(frozen=True)
class Tally:
    """Points of a group of items without bonus: earned, open, not earned, and not judged at all."""

    got: float
    open: float
    lost: float
    unjudged: float
    max: float

    @property
    def whole(self) -> float:
        """What the bar's full length stands for."""
        return max(self.max, self.got + self.open + self.lost, 1e-9)


@dataclass(frozen=True)
class ItemView:
    """An item as the page shows it."""

    row: ItemResult
    pictures: tuple[Picture, ...]
    cell: int
    """Number of the cell that defines what was judged; 0 if it is not known."""
    repeats: bool = False
    """Missing for the very reason that the item before it gives."""
    cells: tuple[int, ...] = ()
    """Numbers of the cells that the finding speaks of, the most telling first."""
    exhibit: Exhibit | None = None
    """What of their own text and figures belongs to it."""

    @property
    def places(self) -> tuple[int, ...]:
        """Numbers of all cells that it has to do with: those it speaks of, then the defining one."""
        return tuple(dict.fromkeys((*self.cells, self.cell))) if self.cell else self.cells

    @property
    def others(self) -> tuple[int, ...]:
        """Numbers of the cells that it speaks of, without the defining one."""
        return tuple(number for number in self.cells if number != self.cell)[:MOST_CELLS]

    @property
    def open(self) -> bool:
        """Whether it is unfolded at first."""
        return bool(self.mark) or (self.row.verdict is not Verdict.PASSED and not self.repeats)

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"item-{self.row.id}"

    @property
    def lost(self) -> float:
        """Points decided and not earned."""
        return 0.0 if self.row.points is None else max(self.row.max - self.row.points, 0.0)

    @property
    def diagnosis(self) -> tuple[str, bool]:
        """The likely cause, and whether it is a name rather than a sentence."""
        text = self.row.diagnosis
        name = bool(re.fullmatch(r"[\w.-]{1,60}", text))
        return (text.replace("_", " ") if name else text), name

    @property
    def judged_on_names(self) -> bool:
        """Whether it was judged on names of the team's code rather than on something else."""
        return bool(re.fullmatch(r"[\w.]+(, [\w.]+)*", self.row.judged_on))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was measured, at most 40 rows."""
        return self.row.evidence[:40]

    @property
    def mark(self) -> dict[str, str]:
        """A tutor's words on the item, if there are any."""
        mark = self.row.mark or {}
        said = {"comment": mark.get("comment") or mark.get("text"), "by": mark.get("by") or mark.get("tutor")}
        return {key: str(value) for key, value in said.items() if value}


@dataclass(frozen=True)
class Group:
    """Items of one task number, such as 1.4."""

    task: str
    title: str
    items: tuple[ItemView, ...]

    @property
    def tally(self) -> Tally:
        """Its points."""
        return tally((view.row for view in self.items), None)


@dataclass(frozen=True)
class Task:
    """One task of the sheet with its groups."""

    anchor: str
    title: str
    tally: Tally
    groups: tuple[Group, ...]
    not_yet: str = ""


@dataclass(frozen=True)
class Step:
    """The one most useful next step."""

    lead: str
    text: str = ""
    worth: float = 0.0
    anchor: str = ""


def tally(items: Iterable[ItemResult], most: float | None) -> Tally:
    """Add up items without bonus; what ``most`` has beyond them is not judged, which is not the same as lost."""
    rows = [row for row in items if not row.bonus]
    got = sum(row.points for row in rows if row.points is not None)
    lost = sum(max(row.max - row.points, 0.0) for row in rows if row.points is not None)
    waiting = sum(row.max for row in rows if row.points is None)
    judged = sum(row.max for row in rows)
    whole = judged if most is None else most
    return Tally(got, waiting, lost, max(whole - judged, 0.0), whole)


def tasks(views: Sequence[ItemView], rubric: Rubric) -> tuple[Task, ...]:
    """The sheet's tasks in its order, then whatever belongs to none of them."""
    majors = list(dict.fromkeys([*rubric.tasks, *(view.row.task.split(".")[0] for view in views)]))
    found = []
    for major in majors:
        mine = [view for view in views if view.row.task.split(".")[0] == major]
        not_yet = " ".join(text for task, text in rubric.not_yet.items() if task.split(".")[0] == major)
        if not mine and not not_yet and major not in rubric.tasks:
            continue
        title = task_title(major, rubric)
        sums = tally((view.row for view in mine), rubric.tasks.get(major))
        found.append(Task(f"task-{major}", title, sums, _groups(mine, rubric), not_yet))
    return tuple(found)


def elsewhere(rubric: Rubric) -> list[tuple[str, str]]:
    """What is not judged yet and stands below no task of the sheet."""
    return [(name, text) for name, text in rubric.not_yet.items() if name.split(".")[0] not in rubric.tasks]


def task_title(major: str, rubric: Rubric) -> str:
    """How a task is headed; what is no task of the sheet are the rules of handing in."""
    return f"Task {major}" if major in rubric.tasks else "Hand-in and rules"


def _groups(views: Sequence[ItemView], rubric: Rubric) -> tuple[Group, ...]:
    numbers = dict.fromkeys(view.row.task for view in views)
    asked = {item.id: item.roles for item in rubric.items}
    groups = []
    for number in numbers:
        mine = tuple(view for view in views if view.row.task == number)
        roles = {role for view in mine for role in asked.get(view.row.id, ())}
        title = rubric.roles[roles.pop()].title if len(roles) == 1 else ""
        groups.append(Group(number, title if "." in number else "", mine))
    return tuple(groups)


def next_step(views: Sequence[ItemView], rubric: Rubric) -> Step:
    """The step that wins most: points of the item itself and of items that wait for it.

    Among equals, what is there and can be repaired comes before what is missing.
    """

    needs = {item.id: item.needs for item in rubric.items}
    blocked = [view for view in views if view.row.verdict is Verdict.BLOCKED]

    def worth(view: ItemView) -> float:
        return view.lost + sum(v.row.max for v in blocked if view.row.id in needs.get(v.row.id, ()))

    losing = [view for view in views if view.lost > 0]
    if losing:
        best = max(
            losing,
            key=lambda v: (
                not v.row.bonus,
                worth(v),
                v.row.verdict is not Verdict.MISSING,
                bool(v.row.next_step),
            ),
        )
        lead, text = best.row.next_step or best.row.message, best.row.message
        return Step(lead, text if text != lead else "", best.lost, best.anchor)
    broken_rules = [
        v for v in views if v.row.verdict in {Verdict.FAILED, Verdict.MISSING} and v.row.next_step
    ]
    if broken_rules:
        best = broken_rules[0]
        return Step(best.row.next_step, best.row.message, 0.0, best.anchor)
    if any(view.row.points is None for view in views):
        return Step(
            "Nothing to do for now.", "Everything the machine could decide passed. A person reads the rest."
        )
    return Step("Nothing is left to repair.", "Everything we judged passed.")

"""The tutor's overview of a sheet and the table of points: ``index.html`` and ``grades.csv``."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import numpy as np
from markupsafe import Markup

from grader.records import ItemResult, Scorecard, Verdict
from grader.report import layout
from grader.report.drawing import Axes
from grader.report.views import Tally, tally, task_title
from grader.rubric import Rubric
from grader.store import write_atomic

WITHOUT_POINTS = frozenset({Verdict.FAILED, Verdict.MISSING})
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Beginnings of a cell that spreadsheet programs take for a formula, or skip on the way to one."""
STEPS = 12
"""About as many columns the distribution has."""


@dataclass(frozen=True)
class TeamRow:
    """One line of the table of teams."""

    number: int
    card: Scorecard
    tally: Tally
    link: str

    @property
    def waits(self) -> str:
        """What a person has to do about it, in few words."""
        card = self.card
        if card.status == "unreadable":
            return "ask for a file that opens"
        if card.status == "broken":
            return "our fault: grade again"
        if card.items_open:
            return f"{card.items_open} to decide"
        if card.final is not None:
            return "released"
        return "the rest, by a person" if self.tally.unjudged > 0 else "ready to release"


@dataclass(frozen=True)
class ItemRow:
    """How one item went over all teams that were judged on it."""

    id: str
    title: str
    max: float
    passed: int
    partial: int
    none: int
    open: int

    @property
    def teams(self) -> int:
        """Teams with a verdict on the item."""
        return self.passed + self.partial + self.none + self.open

    @property
    def rate(self) -> str:
        """Share of passes among what is decided."""
        decided = self.passed + self.partial + self.none
        return f"{100 * self.passed / decided:.0f} %" if decided else "–"


@dataclass
class Mistake:
    """A cause, or an item that was not fulfilled, with the teams it happened to."""

    item: str
    what: str
    sentence: str
    named: bool
    teams: list[TeamRow] = field(default_factory=list)
    lost: float = 0.0


@dataclass(frozen=True)
class Waiting:
    """One kind of thing that waits for a person."""

    verdict: str
    head: str
    what: str
    detail: str


@dataclass(frozen=True)
class Place:
    """One item of one team that a person has to decide, and where it stands."""

    row: TeamRow
    verdict: Verdict
    link: str


@dataclass
class ToDecide:
    """An item with everybody whose points on it are open."""

    item: ItemResult
    places: list[Place] = field(default_factory=list)

    @property
    def points(self) -> float:
        """Points that are open in it, over all teams."""
        return self.item.max * len(self.places)


def write_overview(folder: Path, rubric: Rubric, cards: Sequence[Scorecard]) -> None:
    """Write ``index.html`` for everything graded so far; also without a single hand-in there is a page."""
    rows = team_rows(cards, rubric)
    script, digest = layout.script("overview.js")
    judged = [row for row in rows if row.card.status == "graded"]
    page = layout.render(
        "overview.html",
        rubric=rubric,
        title=rubric.title or rubric.sheet,
        rows=rows,
        judged=judged,
        worth=sum(item.points for item in rubric.items if not item.bonus),
        middle=median(row.card.points for row in judged) if judged else None,
        waiting=waiting(rows),
        to_decide=to_decide(judged, rubric),
        distribution=distribution(judged, rubric),
        mistakes=mistakes(judged),
        items=item_rows(rubric, [row.card for row in judged]),
        levels=sorted({row.card.isolation for row in rows}),
        script=script,
        script_hash=digest,
    )
    write_atomic(folder / "index.html", page)


def team_rows(cards: Sequence[Scorecard], rubric: Rubric) -> list[TeamRow]:
    """One row per hand-in: first what could not be judged, then by name."""
    ordered = sorted(cards, key=lambda card: (card.status == "graded", card.team.casefold()))
    return [
        TeamRow(number, card, tally(card.items, rubric.max), link(card))
        for number, card in enumerate(ordered, 1)
    ]


def to_decide(rows: Sequence[TeamRow], rubric: Rubric) -> list[ToDecide]:
    """What a person has to decide, item by item in the sheet's order, so that like is compared with like."""
    found: dict[str, ToDecide | None] = {item.id: None for item in rubric.items}
    for row in rows:
        for item in row.card.items:
            if item.points is None:
                entry = found.get(item.id) or ToDecide(item)
                found[item.id] = entry
                address = f"{row.link}#item-{quote(layout.printable(item.id), safe='')}" if row.link else ""
                entry.places.append(Place(row, item.verdict, address))
    return [entry for entry in found.values() if entry is not None]


def link(card: Scorecard) -> str:
    """Address of a team's page relative to the overview; empty when its folder is not known."""
    return f"{quote(layout.printable(card.folder), safe='')}/feedback.html" if card.folder else ""


def waiting(rows: Sequence[TeamRow]) -> list[Waiting]:
    """What waits for a person, the most first."""
    cards = [row.card for row in rows if row.card.status == "graded"]
    items = [item for card in cards for item in card.items if item.points is None]
    found = []
    unsure = [item for item in items if item.verdict is Verdict.REVIEW and item.judged_on]
    read = [item for item in items if item.verdict is Verdict.REVIEW and not item.judged_on]
    blocked = [item for item in items if item.verdict is Verdict.BLOCKED]
    broken = [item for item in items if item.verdict is Verdict.BROKEN]
    if read:
        found.append(Waiting("review", f"{len(read)} to read", _items(read), "No machine decides these. Read one item across all teams, so that you compare like with like."))  # fmt: skip
    if unsure:
        found.append(Waiting("review", f"{len(unsure)} in doubt", _items(unsure), "The machine has evidence but does not decide: the pages say why."))  # fmt: skip
    if blocked:
        found.append(Waiting("blocked", f"{len(blocked)} blocked", _items(blocked), "Something they build on did not pass. Their points are open, not lost."))  # fmt: skip
    late = [row.card.team for row in rows if row.card.late]
    if late:
        found.append(Waiting("review", f"{len(late)} late", _names(late), "Judged like the others. Whether it counts is yours to say."))  # fmt: skip
    if broken:
        found.append(Waiting("broken", f"{len(broken)} our fault", _items(broken), "Our checks broke. Repair, then grade again: nothing is lost."))  # fmt: skip
    for status, head, detail in (
        ("unreadable", "unreadable", "Nothing to judge could be read. The page tells the team what to do."),
        ("broken", "not judged", "Our program failed on them. Grading again after the repair costs nothing."),
    ):
        teams = [row.card.team for row in rows if row.card.status == status]
        if teams:
            found.append(Waiting("broken", f"{len(teams)} {head}", _names(teams), detail))
    done = [
        row
        for row in rows
        if row.card.status == "graded" and not row.card.items_open and row.card.final is None
    ]
    part = [row.card.team for row in done if row.tally.unjudged > 0]
    ready = [row.card.team for row in done if row.tally.unjudged <= 0]
    if part:
        found.append(Waiting("review", f"{len(part)} in part", _names(part), "What the machine judges is decided; the rest of this sheet is read by a person."))  # fmt: skip
    if ready:
        found.append(Waiting("passed", f"{len(ready)} ready", _names(ready), "Nothing is open. A person releases them."))  # fmt: skip
    return found


def _items(items: Iterable[ItemResult]) -> str:
    """Titles with how often each occurs."""
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        counts[item.title] += 1
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    words = [f"{title} ({count})" for title, count in ordered[:6]]
    return "; ".join(words) + (f"; {len(ordered) - 6} more" if len(ordered) > 6 else "")


def _names(teams: Sequence[str]) -> str:
    """Team names, not too many of them."""
    shown = [layout.shortened(team, 60) for team in teams[:8]]
    return "; ".join(shown) + (f"; {len(teams) - 8} more" if len(teams) > 8 else "")


def item_rows(rubric: Rubric, cards: Sequence[Scorecard]) -> list[tuple[str, list[ItemRow]]]:
    """Pass rates in the rubric's order, by task."""
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for card in cards:
        for judged in card.items:
            verdicts[judged.id].append(judged.verdict)
    tasks: dict[str, list[ItemRow]] = {}
    for item in rubric.items:
        seen = verdicts[item.id]
        passed, partial = seen.count(Verdict.PASSED), seen.count(Verdict.PARTIAL)
        none = sum(verdict in WITHOUT_POINTS for verdict in seen)
        row = ItemRow(
            item.id, item.title, item.points, passed, partial, none, len(seen) - passed - partial - none
        )
        tasks.setdefault(task_title(item.task.split(".")[0], rubric), []).append(row)
    return list(tasks.items())


def mistakes(rows: Sequence[TeamRow]) -> list[Mistake]:
    """What cost points or broke a rule, the most frequent first; same item and same cause is one mistake."""
    found: dict[tuple[str, str], Mistake] = {}
    for row in rows:
        for item in row.card.items:
            if item.verdict not in WITHOUT_POINTS and item.verdict is not Verdict.PARTIAL:
                continue
            cause = item.diagnosis or str(item.verdict)
            named = bool(item.diagnosis)
            what = (
                item.diagnosis.replace("_", " ")
                if named
                else f"{item.title}: {layout.WORDS[item.verdict].text.lower()}"
            )
            mistake = found.setdefault((item.id, cause), Mistake(item.id, what, item.message, named))
            mistake.teams.append(row)
            mistake.lost += max(item.max - (item.points or 0.0), 0.0)
    return sorted(found.values(), key=lambda m: (-len(m.teams), -m.lost))


def distribution(rows: Sequence[TeamRow], rubric: Rubric) -> Markup | None:
    """One square per team over its points so far, numbered as in the table; ``None`` without a judged team."""
    if not rows:
        return None
    judged = max(
        max(row.tally.max - row.tally.unjudged for row in rows), *(row.card.points for row in rows), 1.0
    )
    width = next(step for step in (0.5, 1, 2, 4, 5, 10, 20, 50, 1e9) if judged / step <= STEPS)
    columns = int(np.ceil(judged / width + 1e-9))
    stacks: dict[int, int] = defaultdict(int)
    squares = []
    for row in sorted(rows, key=lambda r: r.card.points):
        column = min(int(row.card.points / width), columns - 1)
        squares.append((column, stacks[column]))
        stacks[column] += 1
    tallest = max(stacks.values())
    label = f"Points so far of {len(rows)} teams in steps of {width:g}, one square per team"
    axes = Axes(
        (0, columns * width), (0, max(tallest, 3) + 0.3), label, "points so far", "teams", identity="points"
    )
    for column, height in squares:
        axes.box((column * width + 0.06 * width, height + 0.08), ((column + 1) * width - 0.06 * width, height + 1), "--fig-yours")  # fmt: skip
    middle = median(row.card.points for row in rows)
    axes.line(np.array([[middle, 0], [middle, max(tallest, 3) + 0.3]]), "--fig-grey", dashed=True)
    return axes.svg()


def write_grades(folder: Path, rubric: Rubric, cards: Sequence[Scorecard]) -> None:
    """Write ``grades.csv``: one line per hand-in, one column per item; what is open is a word, never 0.

    Cells that a spreadsheet program would take for a formula get an apostrophe in front.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [item.id for item in rubric.items]
    writer.writerow(["team", "id", "members", "status", "points", "open", "final", *map(safe_cell, names)])
    for card in cards:
        points = {item.id: _item_cell(item) for item in card.items}
        head = [card.team, card.id, "; ".join(card.members), card.status]
        judged = card.status == "graded"
        numbers = [layout.points(card.points), layout.points(card.points_open)] if judged else ["", ""]
        final = "" if card.final is None else layout.points(card.final)
        cells = [points.get(name, "") if judged else "" for name in names]
        writer.writerow([*map(safe_cell, head), *numbers, final, *cells])
    write_atomic(folder / "grades.csv", stream.getvalue())


def _item_cell(item: ItemResult) -> str:
    """Points, or the word for why there are none yet."""
    return str(item.verdict) if item.points is None else layout.points(item.points)


def safe_cell(value: Any) -> str:
    """Text that stays text in a spreadsheet program."""
    text = str(value)
    risky = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    clean = layout.printable(text)
    return f"'{clean}" if risky else clean

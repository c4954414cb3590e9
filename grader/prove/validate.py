"""``grader validate``: the reference gets full marks, right twins pass, each wrong twin costs its item only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grader.course import Course, Sheet
from grader.errors import UsageFault
from grader.prove.calibrate import mismatch
from grader.prove.pool import Errand, grade_all
from grader.prove.twins import Twin, load_twins
from grader.records import LOST, Scorecard, Verdict
from grader.rubric import Rubric


@dataclass(frozen=True)
class Row:
    """What became of one twin under one seed."""

    name: str
    verdicts: dict[str, str]
    messages: dict[str, str]
    misses: tuple[str, ...]
    seconds: float

    @property
    def good(self) -> bool:
        """Whether every item came out as it should."""
        return not self.misses


@dataclass(frozen=True)
class Validation:
    """A sheet's twins, one row each, and every miss in words."""

    sheet: str
    items: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    misses: tuple[str, ...] = field(default=())


def validate_sheet(
    sheet: Sheet,
    course: Course,
    *,
    quick: bool = False,
    jobs: int = 1,
    names: Sequence[str] = (),
    advance: Callable[[Row], object] = lambda _: None,
    begin: Callable[[str, int], object] = lambda *_: None,
) -> Validation:
    """Send the reference and every twin through the whole pipeline and compare with what they declare.

    Twins that are whole notebooks, and the reference, are judged with their run, all others by their
    definitions. ``quick`` takes each twin once and spares the run of a reference that has no solution
    notebook; otherwise right hand-ins go through under three seeds. ``names`` restricts to some twins. ``begin`` is told the sheet and the number of
    hand-ins, ``advance`` each finished row.
    """
    twins = [t for t in load_twins(sheet.reference) if not names or t.name in names]
    if not twins:
        raise UsageFault("no twin has such a name", got=", ".join(names))
    work = [
        Errand(twin, seed, whole_run=twin.whole or (twin.name == "reference" and not quick))
        for twin in twins
        for seed in range(3 if twin.right and not quick else 1)
    ]
    begin(sheet.name, len(work))
    done: dict[Errand, Row] = {}
    for errand, card in grade_all(sheet, course, work, jobs):
        done[errand] = _row(errand, card, sheet.rubric)
        advance(done[errand])
    rows = [done[errand] for errand in work]
    items = tuple(item.id for item in sheet.rubric.items if item.checks)
    stale = mismatch(sheet, course)
    misses = (
        *([stale] if stale else []),
        *unknown_names(sheet.rubric, twins),
        *(miss for row in rows for miss in row.misses),
        *untouched(sheet.rubric, twins, names),
    )
    return Validation(sheet.name, items, tuple(rows), misses)


def unknown_names(rubric: Rubric, twins: Sequence[Twin]) -> tuple[str, ...]:
    """Items in the headers of twins that the rubric does not have, and breaks that are never compared."""
    items = [item.id for item in rubric.items]
    unknown = [
        f"{twin.name}: {key} the unknown item '{name}'"
        for twin in twins
        for key, names in (("breaks", twin.breaks), ("names", twin.also))
        for name in names
        if name not in items
    ]
    for twin in twins:
        for part in twin.only:
            if not any(item == part or item.startswith(f"{part}.") for item in items):
                unknown.append(f"{twin.name}: compares only the unknown item '{part}'")
        unknown += [
            f"{twin.name}: breaks '{item}', which 'only' leaves out"
            for item in twin.breaks
            if item in items and not twin.speaks_of(item)
        ]
    return tuple(unknown)


def untouched(rubric: Rubric, twins: Sequence[Twin], names: Sequence[str] = ()) -> tuple[str, ...]:
    """Items that the machine judges and no wrong twin breaks: nothing proves that these checks can fail."""
    if names:
        return ()
    broken = {item for twin in twins for item in (*twin.breaks, *twin.opens)}
    return tuple(
        f"{item.id}: no twin breaks it, so nothing shows that its checks can fail"
        for item in rubric.items
        if item.checks and item.points > 0 and item.kind != "review" and item.id not in broken
    )


def _row(errand: Errand, card: Scorecard, rubric: Rubric) -> Row:
    """Hold a twin's scorecard against its header."""
    twin = errand.twin
    checked = compared_items(rubric, twin, whole_run=errand.whole_run)
    verdicts = {item.id: str(item.verdict) for item in card.items if item.id in checked}
    messages = {item.id: item.message for item in card.items if item.id in checked}
    label = f"{twin.name}#{errand.seed}" if errand.seed else twin.name
    misses = compare(twin, card, checked, label, read_by_people=_read_by_people(rubric))
    return Row(label, verdicts, messages, misses, sum(card.seconds.values()))


def compared_items(rubric: Rubric, twin: Twin, *, whole_run: bool) -> set[str]:
    """Items on which a twin is held against its header: those with checks that it speaks of.

    What is judged on the whole run counts only where whole notebooks ran.
    """
    return {
        item.id
        for item in rubric.items
        if item.checks and twin.speaks_of(item.id) and (whole_run or not item.run)
    }


def _read_by_people(rubric: Rubric) -> frozenset[str]:
    return frozenset(item.id for item in rubric.items if item.kind == "review")


def compare(
    twin: Twin,
    card: Scorecard,
    checked: set[str],
    label: str,
    *,
    read_by_people: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Every item that came out otherwise than the twin's header says, in words.

    Items ``read_by_people`` are as they should be when they pass or wait for a person.
    """
    if card.status != "graded":
        return (f"{label}: {card.status}: {'; '.join(card.notes)}",)
    misses = []
    for item in card.items:
        if item.id not in checked or not twin.speaks_of(item.id):
            continue
        lost = item.verdict in LOST
        fine = item.verdict is Verdict.PASSED or (
            item.id in read_by_people and item.verdict is Verdict.REVIEW
        )
        if item.id in twin.opens:
            if item.verdict not in {Verdict.REVIEW, Verdict.BLOCKED}:
                misses.append(f"{label}: {item.id} should be left to a person but is {item.verdict}")
            continue
        if item.id in twin.breaks and not lost:
            misses.append(f"{label}: {item.id} should be lost but is {item.verdict}")
        if item.id not in twin.breaks and item.id not in twin.also and not fine:
            misses.append(f"{label}: {item.id} should pass but is {item.verdict}: {item.message}")
    return tuple(misses)

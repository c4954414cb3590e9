"""Which mistake is named for which: every wrong twin in a team's place, under several seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from grader.judge.checks import load_checks
from grader.judge.diagnosis import Diagnose, load_diagnoser
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.records import Finding, Verdict
from grader.rubric import Rubric

LOST = frozenset({Verdict.FAILED, Verdict.PARTIAL})
NONE = ""
"""Counted where an item was lost and nothing was named."""
NOT_LOST = "(not lost)"
"""Counted where the item was not lost, so that there was nothing to name."""

Confusion = dict[tuple[str, str], Counter[str]]


def confusion(
    rubric: Rubric, folder: Path, seeds: Iterable[int] = range(3), names: Collection[str] = ()
) -> Confusion:
    """For every twin and item that it breaks: how often which diagnosis was given, one count per seed.

    ``folder`` is the sheet's reference; ``names`` restricts to some twins. Twins are asked in this process.
    Empty for a sheet without ``diagnoses.py``.
    """
    diagnoser = load_diagnoser(folder)
    if diagnoser is None:
        return {}
    chosen = [c for c in diagnoser.candidates if c.name and (not names or c.name in names)]
    found: Confusion = {}
    for seed in seeds:
        for twin in chosen:
            team = twin.team(diagnoser.roles, seed)
            broken = broken_items(rubric, twin.breaks)
            for item, finding in _findings(
                team, rubric, folder, broken, diagnoser, f"{twin.name} {seed}"
            ).items():
                told = finding.diagnosis if finding.verdict in LOST else NOT_LOST
                found.setdefault((twin.name, item), Counter())[told] += 1
    return found


def broken_items(rubric: Rubric, items: Iterable[str]) -> list[str]:
    """Those of the items that have checks and do not need a whole run."""
    known = {item.id for item in rubric.items if item.checks and not item.run}
    return [item for item in items if item in known]


def _findings(
    team: ReferenceTeam, rubric: Rubric, folder: Path, items: Collection[str], diagnose: Diagnose, label: str
) -> dict[str, Finding]:
    """Findings of these items for one team."""
    factory = LabFactory(load_reference(folder), key=b"confusion", hand_in=label)
    made = judge(team, rubric, load_checks(folder), factory, only=items, diagnose=diagnose)
    return {finding.item: finding for finding in made if finding.item in items}


def rates(found: Confusion) -> tuple[float, float]:
    """Precision (share of given diagnoses that name the twin, alone or in a group) and coverage (share of lost
    items with a diagnosis that is right); 1 and 0 where there is nothing to count."""
    given = right = lost = 0
    for (twin, _), counts in found.items():
        for told, times in counts.items():
            if told == NOT_LOST:
                continue
            lost += times
            given += times * (told != NONE)
            right += times * (twin in told.split(" or "))
    return (right / given if given else 1.0), (right / lost if lost else 0.0)

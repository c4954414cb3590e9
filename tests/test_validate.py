"""What validation calls a miss: an item that came out otherwise than the twin's header says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.course import Course
from grader.judge import scoring
from grader.prove.twins import Twin
from grader.prove.validate import compare, untouched
from grader.records import Finding, Scorecard, Verdict

ROOT = Path(__file__).resolve().parent.parent
RUBRIC = Course(ROOT).sheet("generative_baselines").rubric
CHECKED = {item.id for item in RUBRIC.items if item.checks}


def card(**verdicts: Verdict) -> Scorecard:
    """A scorecard on which every item passed but those named (dots as double underscores)."""
    chosen = {name.replace("__", "."): verdict for name, verdict in verdicts.items()}
    findings = [
        Finding(i.id, chosen.get(i.id, Verdict.PASSED), 0.0 if i.id in chosen else 1.0) for i in RUBRIC.items
    ]
    score = scoring.score(findings, RUBRIC)
    return Scorecard(
        "s", "plain", "t", "t", (), None, False, "", {}, "graded", 4, score.points, score.max, 0.0, 0.0, 0, None,
        score.items, {}, (), {},
    )  # fmt: skip


def twin(*breaks: str, also: tuple[str, ...] = ()) -> Twin:
    return Twin("wrong/t", False, breaks, "says", "", also)


def test_a_twin_that_loses_its_item_and_no_other_is_no_miss() -> None:
    assert compare(twin("kde.density"), card(kde__density=Verdict.FAILED), CHECKED, "t") == ()
    assert compare(twin("kde.density"), card(kde__density=Verdict.PARTIAL), CHECKED, "t") == ()


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.REVIEW, Verdict.BLOCKED, Verdict.BROKEN])
def test_a_twin_that_keeps_its_item_is_a_miss(verdict: Verdict) -> None:
    missed = compare(twin("kde.density"), card(kde__density=verdict), CHECKED, "t")
    assert len(missed) == 1
    assert "kde.density should be lost" in missed[0]


def test_another_item_that_is_lost_is_a_miss_unless_it_is_declared() -> None:
    lost = card(kde__density=Verdict.FAILED, kde__sampling=Verdict.FAILED)
    assert "kde.sampling should pass" in compare(twin("kde.density"), lost, CHECKED, "t")[0]
    assert compare(twin("kde.density", also=("kde.sampling",)), lost, CHECKED, "t") == ()


def test_a_hand_in_that_was_not_graded_is_a_miss() -> None:
    assert "broken" in compare(twin("kde.density"), replace(card(), status="broken"), CHECKED, "t")[0]


def test_an_item_whose_checks_no_twin_breaks_is_named() -> None:
    missed = untouched(RUBRIC, [twin(*(CHECKED - {"mmd.se"}))])
    assert missed == ("mmd.se: no twin breaks it, so nothing shows that its checks can fail",)

"""What validation calls a miss: an item that came out otherwise than the twin's header says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.course import Course
from grader.judge import scoring
from grader.prove.twins import Twin
from grader.prove.validate import compare, compared_items, unknown_names, untouched
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


@pytest.mark.parametrize(
    ("verdict", "misses"), [(Verdict.REVIEW, 0), (Verdict.PASSED, 1), (Verdict.FAILED, 1)]
)
def test_an_item_that_a_person_must_be_asked_about_is_neither_passed_nor_lost(
    verdict: Verdict, misses: int
) -> None:
    asks = Twin("wrong/t", False, (), "says", "", opens=("kde.density",))
    assert len(compare(asks, card(kde__density=verdict), CHECKED, "t")) == misses


def test_a_hand_in_that_was_not_graded_is_a_miss() -> None:
    assert "broken" in compare(twin("kde.density"), replace(card(), status="broken"), CHECKED, "t")[0]


def test_an_item_whose_checks_no_twin_breaks_is_named() -> None:
    missed = untouched(RUBRIC, [twin(*(CHECKED - {"mmd.se"}))])
    assert missed == ("mmd.se: no twin breaks it, so nothing shows that its checks can fail",)


def test_items_that_a_twin_does_not_speak_of_are_not_compared() -> None:
    narrow = replace(twin("kde.density"), only=("kde.density", "mmd"))
    lost = card(kde__density=Verdict.FAILED, kde__sampling=Verdict.FAILED)
    assert compare(narrow, lost, CHECKED, "t") == ()
    also_mmd = card(kde__density=Verdict.FAILED, mmd__se=Verdict.FAILED)
    assert "mmd.se should pass" in compare(narrow, also_mmd, CHECKED, "t")[0]


def test_what_people_read_may_wait_but_not_be_lost() -> None:
    right = Twin("right/t", True, (), "", "")
    waiting, lost = card(mmd__se=Verdict.REVIEW), card(mmd__se=Verdict.MISSING)
    assert compare(right, waiting, CHECKED, "t", read_by_people=frozenset({"mmd.se"})) == ()
    assert "mmd.se should pass" in compare(right, waiting, CHECKED, "t")[0]
    assert "is missing" in compare(right, lost, CHECKED, "t", read_by_people=frozenset({"mmd.se"}))[0]


def test_items_of_the_whole_run_count_only_where_it_ran() -> None:
    item = RUBRIC.item("mmd.se")
    others = [entry for entry in RUBRIC.items if entry.id != "mmd.se"]
    rubric = RUBRIC.model_copy(update={"items": (*others, item.model_copy(update={"run": True}))})
    assert "mmd.se" not in compared_items(rubric, twin("kde.density"), whole_run=False)
    assert "mmd.se" in compared_items(rubric, twin("kde.density"), whole_run=True)
    assert "kde.density" in compared_items(rubric, twin("kde.density"), whole_run=False)
    narrow = replace(twin("kde.density"), only=("kde",))
    assert "mmd.se" not in compared_items(rubric, narrow, whole_run=True)


def test_names_in_headers_that_the_rubric_does_not_have_are_misses() -> None:
    assert unknown_names(RUBRIC, [replace(twin("kde.density"), only=("kde",))]) == ()
    wrong = replace(twin("kde.color", also=("kde.taste",)), only=("colours",))
    words = " ".join(unknown_names(RUBRIC, [wrong]))
    for name in ("breaks the unknown item 'kde.color'", "'kde.taste'", "only the unknown item 'colours'"):
        assert name in words
    left_out = replace(twin("kde.density"), only=("mmd",))
    assert "which 'only' leaves out" in unknown_names(RUBRIC, [left_out])[0]

"""`grader diff`: what a regrade would change and what earlier ones changed, without running or writing anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.changes import changed_items, noted_changes
from grader.cli import app
from tests.small_course import RIGHT, WRONG, make_course, write_hand_in

HARSHER = ("check: spread_scales, tolerance: 1.0e-9", "check: spread_is_right, tolerance: 1.0e-9")


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A course with two graded hand-ins, results below ``out``."""
    course = make_course(tmp_path / "course")
    write_hand_in(tmp_path / "in", "right", RIGHT)
    write_hand_in(tmp_path / "in", "wrong", WRONG)
    assert grader("grade", str(tmp_path / "in"), course=course).exit_code == 0
    return course


def grader(command: str, *arguments: str, course: Path) -> object:
    line = [
        command,
        "centring",
        *arguments,
        "--course",
        str(course),
        "--out",
        str(course / "out"),
        "--trust-hand-ins",
    ]
    return CliRunner().invoke(app, line)


def make_harsher(course: Path) -> None:
    rubric = course / "rubrics" / "centring.yaml"
    rubric.write_text(rubric.read_text().replace(*HARSHER))


def test_nothing_changes_without_a_reason(graded: Path) -> None:
    found = grader("diff", course=graded)
    assert found.exit_code == 0, found.output
    assert "nothing in 2 hand-ins" in found.output


def test_a_changed_rubric_shows_who_would_lose_what_and_writes_nothing(graded: Path) -> None:
    make_harsher(graded)
    before = {path: path.read_bytes() for path in (graded / "out").glob("centring/*/*") if path.is_file()}
    found = grader("diff", "--json", course=graded)
    assert found.exit_code == 1, found.output
    told = json.loads(found.stdout)
    assert [(c["team"], c["item"], c["before"], c["after"]) for c in told["would"]] == [
        ("wrong", "spread.scale", "passed", "failed")
    ]
    assert {path: path.read_bytes() for path in before} == before


def test_a_changed_rubric_is_judged_from_stored_runs(graded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_harsher(graded)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a hand-in was run again")

    monkeypatch.setattr("grader.pipeline.run_notebook", forbidden)
    assert grader("diff", course=graded).exit_code == 1


def test_a_regrade_notes_what_it_changed(graded: Path) -> None:
    make_harsher(graded)
    assert grader("grade", str(graded.parent / "in"), course=graded).exit_code == 0
    made = list(noted_changes(graded / "out" / "centring"))
    assert [(c.team, c.item, c.points_before, c.points_after) for c in made] == [
        ("wrong", "spread.scale", 2.0, 0.0)
    ]
    found = grader("diff", course=graded)
    assert found.exit_code == 0 and "earlier regrades changed" in found.output


def test_a_hand_in_whose_files_are_gone_is_named(graded: Path) -> None:
    for path in sorted((graded.parent / "in" / "right").rglob("*"), reverse=True):
        path.unlink()
    (graded.parent / "in" / "right").rmdir()
    found = grader("diff", course=graded)
    assert "files are gone: right" in found.output


def test_a_folder_without_results_is_a_usage_fault(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    found = grader("diff", course=course)
    assert found.exit_code != 0 and "no results" in str(found.exception)


def test_damaged_lines_in_the_record_of_changes_are_left_out(graded: Path) -> None:
    make_harsher(graded)
    grader("grade", str(graded.parent / "in"), course=graded)
    record = graded / "out" / "centring" / ".store" / "changes.jsonl"
    record.write_text("{not json\n" + record.read_text() + '{"when": 1}\n')
    assert len(list(noted_changes(graded / "out" / "centring"))) == 1


def test_equal_cards_have_no_changes(graded: Path) -> None:
    from grader.batch import read_card

    card = read_card(graded / "out" / "centring" / "right" / "result.json")
    assert card is not None
    assert changed_items(card, card) == ()

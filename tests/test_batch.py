"""A batch outlives our own mistakes: a page that cannot be drawn, a stage that breaks."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader import batch as batches
from grader import pipeline
from grader.course import Course
from grader.intake.collect import collect
from grader.records import Verdict
from grader.report import page as pages

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def hand_ins(tmp_path: Path) -> Path:
    """Two tiny hand-ins."""
    for name in ("<b>one</b>", "two"):
        folder = tmp_path / "in" / name.replace("/", "-")
        folder.mkdir(parents=True)
        book = new_notebook(cells=[new_code_cell("x = 1")])
        (folder / "generative-baselines.ipynb").write_text(nbformat.writes(book))
    return tmp_path / "in"


def run(paths: Path, out: Path) -> list[pipeline.Scorecard]:
    course = Course(ROOT)
    batch = batches.Batch(course.sheet("generative_baselines"), course, out)
    return batch.run(collect([paths]).submissions, lambda *_: None)


def test_a_page_that_cannot_be_drawn_is_our_fault_and_the_batch_goes_on(
    hand_ins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise KeyError("no such colour")

    monkeypatch.setattr(pages, "render_page", broken)
    cards = run(hand_ins, tmp_path / "out")
    assert [card.status for card in cards] == ["broken", "broken"]
    assert all("could not draw" in card.notes[0] for card in cards)
    for card in cards:
        page = (tmp_path / "out" / "generative_baselines" / card.folder / "feedback.html").read_text()
        assert "no such colour" in page
        assert "<b>one" not in page


def test_a_stage_that_breaks_costs_no_points_and_is_tried_again_next_time(
    hand_ins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> dict[str, object]:
        raise RuntimeError("our own mistake")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "find", broken)
        cards = run(hand_ins, tmp_path / "out")
    assert {card.status for card in cards} == {"broken"}
    assert {item.verdict for card in cards for item in card.items} == {Verdict.BROKEN}
    assert all(item.points is None for card in cards for item in card.items)
    assert all("our own mistake" in " ".join(card.notes) for card in cards)
    again = run(hand_ins, tmp_path / "out")
    assert {card.status for card in again} == {"graded"}


def test_results_of_earlier_runs_stay_in_the_overview(hand_ins: Path, tmp_path: Path) -> None:
    first, second = sorted(hand_ins.iterdir())
    run(first, tmp_path / "out")
    run(second, tmp_path / "out")
    rows = (tmp_path / "out" / "generative_baselines" / "grades.csv").read_text().splitlines()
    assert len(rows) == 3


def test_a_damaged_result_does_not_stop_the_overview(hand_ins: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "generative_baselines" / "old"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps({"sheet": 1}))
    assert len(run(hand_ins, tmp_path / "out")) == 2


def test_a_tutors_binding_that_does_not_fit_is_said_as_such_and_the_batch_goes_on(
    hand_ins: Path, tmp_path: Path
) -> None:
    first = run(hand_ins, tmp_path / "out")
    folder = tmp_path / "out" / "generative_baselines" / first[0].folder
    (folder / "bindings.yaml").write_text("kde_: {symbol: X}\n")
    cards = run(hand_ins, tmp_path / "out")
    assert sorted(card.status for card in cards) == ["broken", "graded"]
    broken = next(card for card in cards if card.status == "broken")
    assert any("kde_" in note for note in broken.notes)
    assert not any("Our program failed" in note for note in broken.notes)

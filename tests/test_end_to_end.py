"""From a folder of hand-ins to pages: every bad input has one, the batch ends, the second run does nothing twice."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch import Batch
from grader.course import Course
from grader.intake.collect import collect
from grader.records import Scorecard, Submission, Verdict
from tests.bad_inputs import BUILDERS

ROOT = Path(__file__).resolve().parent.parent
SHEET = "generative_baselines"


def silent(*_: object) -> None:
    """No progress."""


def run(paths: list[Path], out: Path, *, jobs: int = 1, fresh: bool = False) -> tuple[Batch, list[Scorecard]]:
    """Grade what lies at the paths into ``out``."""
    course = Course(ROOT)
    batch = Batch(course.sheet(SHEET), course, out, jobs=jobs, fresh=fresh)
    return batch, batch.run(collect(paths).submissions, silent)


@pytest.fixture(scope="module")
def bad_batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Scorecard]]:
    """Every bad input as a hand-in of its own, graded in one batch."""
    inputs, out = tmp_path_factory.mktemp("inputs"), tmp_path_factory.mktemp("out")
    submissions = []
    for name, build in BUILDERS.items():
        folder = inputs / name
        folder.mkdir()
        found = collect([build(folder)]).submissions
        assert found, f"{name}: nothing collected"
        first = found[0]
        submissions.append(Submission(first.platform, name, name, first.path, first.entry, folder=name))
    course = Course(ROOT)
    sheet = course.sheet(SHEET)
    short = sheet.rubric.budget.model_copy(update={"cell_seconds": 6.0, "notebook_seconds": 20.0})
    sheet = replace(sheet, rubric=sheet.rubric.model_copy(update={"budget": short}))
    cards = Batch(sheet, course, out, jobs=2).run(submissions, silent)
    return out / SHEET, {card.team: card for card in cards}


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_every_bad_input_has_a_page_that_says_what_happened(
    bad_batch: tuple[Path, dict[str, Scorecard]], name: str
) -> None:
    folder, cards = bad_batch
    card = cards[name]
    page = (folder / name / "feedback.html").read_text(encoding="utf-8")
    assert card.status in {"graded", "unreadable"}, card.notes
    assert len(page) > 2000
    if card.status == "unreadable":
        assert card.notes, "an unreadable hand-in says why"
    assert json.loads((folder / name / "result.json").read_text())["team"] == name


def test_no_bad_input_earns_a_point(bad_batch: tuple[Path, dict[str, Scorecard]]) -> None:
    earned = {name: card.points for name, card in bad_batch[1].items() if card.points}
    assert not earned


def test_an_overview_lists_every_hand_in(bad_batch: tuple[Path, dict[str, Scorecard]]) -> None:
    folder, cards = bad_batch
    overview = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f"{name}/feedback.html" in overview for name in cards)
    assert len((folder / "grades.csv").read_text().splitlines()) == len(cards) + 1


@pytest.fixture
def reference_hand_in(tmp_path: Path) -> Path:
    """The reference as a hand-in folder."""
    from grader.prove.twins import Twin, base_source, render

    twin = Twin("models", True, (), "", base_source(ROOT / "reference" / SHEET))
    render(twin, tmp_path / "in" / "Ann Example", "generative-baselines.ipynb")
    return tmp_path / "in" / "Ann Example"


def test_the_reference_models_get_every_automatic_point_and_the_second_run_does_nothing(
    reference_hand_in: Path, tmp_path: Path
) -> None:
    batch, cards = run([reference_hand_in], tmp_path / "out")
    assert [card.team for card in cards] == ["Ann Example"]
    rubric = batch.sheet.rubric
    judged = {item.id for item in rubric.items if item.checks and not item.run}
    lost = {i.id: i.message for i in cards[0].items if i.id in judged and i.verdict is not Verdict.PASSED}
    assert not lost
    assert cards[0].isolation == batch_level()
    page = tmp_path / "out" / SHEET / "Ann_Example" / "feedback.html"
    before = page.stat().st_mtime_ns
    again, same = run([reference_hand_in], tmp_path / "out")
    assert again.reused == 1
    assert page.stat().st_mtime_ns == before
    assert same == cards


def batch_level() -> int:
    """The level this machine confines at."""
    from grader.sandbox.levels import probe

    return probe().level


def test_a_tutors_binding_is_used_and_only_that_hand_in_is_judged_again(
    reference_hand_in: Path, tmp_path: Path
) -> None:
    run([reference_hand_in], tmp_path / "out")
    folder = tmp_path / "out" / SHEET / "Ann_Example"
    (folder / "bindings.yaml").write_text("kde: {symbol: Gaussian, kind: class}\n")
    batch, cards = run([reference_hand_in], tmp_path / "out")
    assert batch.reused == 0
    assert cards[0].bindings["kde"]["symbol"] == "Gaussian"
    verdicts = {item.id: item.verdict for item in cards[0].items}
    assert verdicts["kde.density"] is not Verdict.PASSED
    assert verdicts["histogram.density"] is Verdict.PASSED


def test_a_binding_inside_a_hand_in_is_ignored_and_reported(reference_hand_in: Path, tmp_path: Path) -> None:
    (reference_hand_in / "bindings.yaml").write_text("kde: {symbol: Gaussian, kind: class}\n")
    _, cards = run([reference_hand_in], tmp_path / "out")
    assert cards[0].bindings["kde"]["symbol"] != "Gaussian"
    assert any("bindings.yaml" in note for note in cards[0].notes)


def test_a_page_that_was_deleted_comes_back(reference_hand_in: Path, tmp_path: Path) -> None:
    run([reference_hand_in], tmp_path / "out")
    folder = tmp_path / "out" / SHEET / "Ann_Example"
    shutil.rmtree(folder)
    batch, _ = run([reference_hand_in], tmp_path / "out")
    assert batch.reused == 0
    assert (folder / "feedback.html").is_file()

"""Calibration: exact bounds, counts of correct and wrong work, rows that outlive a stop, and what belongs together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from scipy import stats

from grader.course import Course
from grader.prove.calibrate import (
    _compared,
    calibrate,
    calibration_path,
    knobs_digest,
    lower_bound,
    mismatch,
    save,
    threshold,
    upper_bound,
)
from grader.prove.calibration_page import page_text, rows_of, share, write_page
from tests.small_course import make_course


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A course and its calibration with four clean runs and two of the mistake."""
    course = Course(make_course(tmp_path_factory.mktemp("course"), twins=True))
    rows = tmp_path_factory.mktemp("rows")
    found = calibrate(course.sheet("centring"), course, rows, clean_runs=4, wrong_seeds=2)
    return course, rows, found


@pytest.mark.parametrize(("events", "runs"), [(0, 3000), (2, 50), (7, 10)])
def test_the_upper_bound_is_the_rate_at_which_so_few_events_are_a_5_percent_chance(
    events: int, runs: int
) -> None:
    assert stats.binom.cdf(events, runs, upper_bound(events, runs)) == pytest.approx(0.05)


def test_the_bounds_at_their_ends() -> None:
    assert upper_bound(5, 5) == 1.0 and lower_bound(0, 5) == 0.0
    assert stats.binom.sf(4, 5, lower_bound(5, 5)) == pytest.approx(0.05)


def test_correct_work_and_mistakes_are_counted_apart(measured) -> None:  # type: ignore[no-untyped-def]
    _, _, found = measured
    assert (found.clean_runs, found.clean_lost) == (4, 0)
    assert {(rate.item, rate.runs, rate.lost) for rate in found.items} == {
        ("spread.exact", 4, 0),
        ("spread.scale", 4, 0),
    }
    (wrong,) = found.twins
    assert (wrong.twin, wrong.item, wrong.runs, wrong.caught) == ("wrong/not_centred", "spread.exact", 2, 2)
    assert {s.work for s in found.spreads if s.item == "spread.exact"} == {"right", "wrong/not_centred"}


def test_a_stopped_calibration_goes_on_where_it_was(measured, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    course, rows, found = measured
    (file,) = rows.glob("*.jsonl")
    file.write_text(file.read_text() + '{"twin": "right/lo')  # the line at which it was killed

    def forbidden(*_: object) -> None:
        raise AssertionError("a run was repeated")

    monkeypatch.setattr("grader.prove.calibrate.grade_all", forbidden)
    again = calibrate(course.sheet("centring"), course, rows, clean_runs=4, wrong_seeds=2)
    assert (again.items, again.twins) == (found.items, found.twins)


def test_a_calibration_belongs_to_its_rubric(measured) -> None:  # type: ignore[no-untyped-def]
    course, _, found = measured
    sheet = course.sheet("centring")
    assert mismatch(sheet, course) == "", "none is stored yet"
    save(found, course)
    assert mismatch(sheet, course) == ""
    rubric = course.root / "rubrics" / "centring.yaml"
    before = rubric.read_text()
    rubric.write_text(
        before.replace(
            "tolerance: 1.0e-9}]}\n  - {id: spread.scale", "tolerance: 1.0e-2}]}\n  - {id: spread.scale"
        )
    )
    assert "changed since" in mismatch(course.sheet("centring"), course)
    rubric.write_text(before)
    calibration_path(course, "centring").write_text("{")
    assert "cannot be read" in mismatch(sheet, course)


def test_the_digest_sees_thresholds_and_not_titles(measured) -> None:  # type: ignore[no-untyped-def]
    rubric = measured[0].sheet("centring").rubric
    item = next(i for i in rubric.items if i.id == "spread.exact")
    other = rubric.model_copy(
        update={
            "items": tuple(
                i if i is not item else item.model_copy(update={"title": "x"}) for i in rubric.items
            )
        }
    )
    assert knobs_digest(other) == knobs_digest(rubric)
    dearer = rubric.model_copy(
        update={
            "items": tuple(
                i if i is not item else item.model_copy(update={"points": 3}) for i in rubric.items
            )
        }
    )
    assert knobs_digest(dearer) != knobs_digest(rubric)


def test_the_page_says_counts_and_bounds_and_draws_the_thresholds(measured, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    found = measured[2]
    page = write_page(found, tmp_path)
    text = page.read_text()
    assert "0 of 4 clean hand-ins" in text and "| not centred | spread.exact | 2 | 2 |" in text
    assert (tmp_path / "images" / "calibration-centring.png").stat().st_size > 5000
    label, right, wrong = next(row for row in rows_of(found) if row[0].startswith("spread.exact"))
    assert (
        right.work == "right" and [w.work for w in wrong] == ["wrong/not_centred"] and "difference" in label
    )


def test_the_page_of_many_runs_counts_diagnoses(measured) -> None:  # type: ignore[no-untyped-def]
    found = measured[2]
    named = replace(found, twins=tuple(replace(t, named=2, named_right=1) for t in found.twins))
    assert "given in 2 of 2 caught runs, right in 1 of 2" in page_text(named)
    assert "none were given" in page_text(found)


@pytest.mark.parametrize(("rate", "words"), [(0.001, "1 in 1,000"), (0.7, "70%"), (0.0, "0%")])
def test_rates_in_words(rate: float, words: str) -> None:
    assert share(rate) == words


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("at most 0.02 nats", 0.02), ("p at least 1e-05", 1e-5), ("between 1 and 2", None), ("none", None)],
)
def test_thresholds_are_read_from_words(wanted: str, number: float | None) -> None:
    assert threshold(wanted) == number


def test_the_stored_calibrations_belong_to_their_rubrics(root: Path) -> None:
    course = Course(root)
    assert [mismatch(course.sheet(name), course) for name in course.sheets()] == [""] * len(course.sheets())
    for path in (root / "rubrics" / "calibration").glob("*.json"):
        assert json.loads(path.read_text())["clean_runs"] > 0


def test_a_twin_of_one_part_is_not_counted_on_the_others() -> None:
    twin = SimpleNamespace(speaks_of=lambda item: item.startswith("mean."))
    row = {
        "twin": "right/part",
        "items": {"mean.value": {"verdict": "passed"}, "spread": {"verdict": "missing"}},
    }
    assert list(_compared(row, twin)["items"]) == ["mean.value"]  # type: ignore[arg-type]

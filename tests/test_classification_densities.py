"""Densities that divide by a number of their own, and p(x|c) got by p(x) with the points of one class."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.judge.checks import load_checks
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.judge.transcript import Transcript, read_transcript
from grader.records import Binding, Call, Execution, Finding, Observed, Verdict
from grader.rubric import load
from reference.classification.models import KNearestNeighbours

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "reference" / "classification"
RUBRIC = load(ROOT / "rubrics" / "classification.yaml")
CHECKS, REFERENCE = load_checks(SHEET / "checks.py"), load_reference(SHEET)
PLAN = {"calls": {"density": {"arguments": [{"name": "cloud", "slot": "train:X"}]}}}
METHODS = ("__init__", "fit", "kneighbours", "_nearest", "_checked")
BY_CLASS = "N = len(X)\ndef p_of_x(cloud, places, k):\n    return k / N\nfor c in np.unique(y):\n    member = y == c\n    part = X[member]\n    draw(p_of_x(part, grid, k))"


class Team(ReferenceTeam):
    """Nearest neighbours with a function ``p_of_x(cloud, places, k)`` and none for p(x|c)."""

    def binding(self, role: str) -> Binding:
        return Binding(role, "p_of_x", "functions", {"density": "p_of_x"}, confidence=0.9, plan=PLAN)


def team(density: Any) -> Team:
    methods = {name: vars(KNearestNeighbours)[name] for name in METHODS}
    return Team({"knn": type("KNN", (), {**methods, "density": density})})


def dividing_by(number: Any) -> Any:
    """k / (number V); a number of points where none is given."""

    def density(self: Any, Q: Any) -> Any:
        radius = self.kneighbours(Q)[0][:, -1]
        return self.k / ((number or len(self.data_)) * np.pi * radius**2)

    return density


def work(source: str, rows: Sequence[int] = ()) -> Transcript:
    """A notebook of one cell in which p_of_x was called with so many points."""
    cells = [{"cell_type": "code", "source": source, "outputs": []}]
    calls = tuple(
        Call(0, "p_of_x", {"cloud": {"shape": [n, 2]}, "places": {"shape": [2500, 2]}}) for n in rows
    )
    read = read_transcript(json.dumps({"cells": cells}), Execution("complete"))
    return replace(read, observed=Observed(calls=calls))


def found(item: str, density: Any, transcript: Transcript) -> Finding:
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=transcript)
    findings = judge(team(density), definitions_only(item), CHECKS, factory, only=[item])
    return next(one for one in findings if one.item == item)


def definitions_only(item: str) -> Any:
    """The rubric with the item's first check alone: figures are another matter."""
    items = tuple(
        one.model_copy(update={"checks": one.checks[:1]}) if one.id == item else one for one in RUBRIC.items
    )
    return RUBRIC.model_copy(update={"items": items})


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [([480], Verdict.PASSED), ([480, 120], Verdict.PASSED), ([90], Verdict.FAILED), ([], Verdict.REVIEW)],
)
def test_a_number_from_outside_is_right_for_the_points_it_counts(rows: list[int], wanted: Verdict) -> None:
    finding = found("knn.density", dividing_by(480), work("p_of_x(X, grid, 4)", rows))
    assert finding.verdict is wanted, finding.message
    assert "480" in " ".join([finding.message, *finding.readings])


@pytest.mark.parametrize("number", [1, 0.5])
def test_a_factor_is_no_number_of_points(number: float) -> None:
    finding = found("knn.density", dividing_by(number), work("p_of_x(X, grid, 4)", [480]))
    assert finding.verdict is Verdict.FAILED
    assert "however many" not in finding.message


def test_the_density_of_one_class_is_asked_with_its_points() -> None:
    assert found("knn.class_density", dividing_by(None), work(BY_CLASS)).verdict is Verdict.PASSED
    elsewhere = work("draw(p_of_x(X, grid, k))")
    assert found("knn.class_density", dividing_by(None), elsewhere).verdict is Verdict.REVIEW


def test_the_number_of_all_points_is_wrong_for_one_class() -> None:
    finding = found("knn.class_density", dividing_by(480), work(BY_CLASS, [480, 160, 200, 120]))
    assert (finding.verdict, finding.diagnosis) == (Verdict.FAILED, "knn_class_density_over_all")
    assert "480" in finding.message and "120, 160, 200" in finding.message


def test_a_number_that_is_set_anew_for_each_class_goes_to_a_person() -> None:
    again = BY_CLASS.replace("    draw", "    N = len(part)\n    draw")
    rows = [480, 160]
    assert found("knn.class_density", dividing_by(480), work(BY_CLASS, rows)).verdict is Verdict.FAILED
    assert found("knn.class_density", dividing_by(480), work(again, rows)).verdict is Verdict.REVIEW
    assert found("knn.class_density", dividing_by(480), work(BY_CLASS)).verdict is Verdict.REVIEW


def test_equal_classes_whose_number_is_written_down_are_right() -> None:
    finding = found("knn.class_density", dividing_by(160), work(BY_CLASS, [160]))
    assert finding.verdict is Verdict.PASSED, finding.message


def test_another_mistake_of_the_density_is_said() -> None:
    def twice(self: Any, Q: Any) -> Any:
        return 2 * dividing_by(None)(self, Q)

    finding = found("knn.class_density", twice, work(BY_CLASS))
    assert finding.verdict is Verdict.FAILED
    assert "2 times as large" in finding.message

"""Boundaries that are drawn, accuracies that are told and classes that are shown, against the points in the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hand_made_runs import ROOT, Found, cloud, figure, packed, panel, ran

from grader.judge.checks import load_checks
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, load_reference
from grader.judge.transcript import Transcript
from grader.records import Binding, Call, Finding, Layer, Panel, Verdict
from grader.rubric import load
from reference.classification.models import LinearLeastSquares
from reference.classification.questions.two_classes import FORMS, has_two_classes, named_classes

RUBRIC = load(ROOT / "rubrics" / "classification.yaml")
CHECKS = load_checks(ROOT / "reference" / "classification" / "checks.py")
REFERENCE = load_reference(ROOT / "reference" / "classification")
CELLS = ["#: # Task 1: nearest neighbours", "KNN(3).fit(X, y)", "#: # Task 2: least squares",
         "for n in (1, 2, 4, 8, 16):\n    LLS().fit(X, y)\n    plt.plot(x, line)\n    print('test accuracy')"]  # fmt: skip
RNG = np.random.default_rng(3)
SETS = (1, 2, 4, 8, 16)


class Team(Found):
    """A hand-in whose least squares are the solution."""

    lls = LinearLeastSquares

    def __init__(self) -> None:
        super().__init__(
            {name: Binding(name, name.upper(), "class", confidence=1.0) for name in ("knn", "lls")}
        )


def data(n: int) -> tuple[Any, Any]:
    """Two classes that overlap, with n points far away."""
    signs = np.repeat([-1, 1], 60)
    points = np.outer(signs, [0.8, 0.4]) + RNG.normal(size=(120, 2)) + [2, 1]
    return np.vstack([points, RNG.normal([9, -6], 0.3, (n, 2))]), np.append(signs, np.ones(n, dtype=int))


DATA = {n: data(n) for n in SETS}


def clouds(points: Any, signs: Any) -> list[Layer]:
    return [replace(cloud(int((signs == s).sum()), points[signs == s]), label=f"y = {s}") for s in (-1, 1)]


def drawn(n: int, order: tuple[int, int, int], field: bool = False) -> Panel:
    """A panel with the points and the line whose numbers (w1, w2, b) are taken in this order."""
    points, signs = DATA[n]
    a, b, c = LinearLeastSquares().fit(points, signs).theta_[list(order)]
    x = np.linspace(-4, 10, 30)
    line = Layer("line", "", (30,), (-4.0, 10.0), (-9.0, 9.0), packed(np.column_stack([x, -(a * x + c) / b])))
    more = [Layer("contour", "", (3,), (-4.0, 10.0), (-8.0, 6.0))] if field else []
    return panel(*clouds(points, signs), line, *more, title=f"n = {n}", xlim=(-4.0, 10.0), ylim=(-8.0, 6.0))


def fits(numbers: Any = SETS, name: str = "LLS.fit") -> list[Call]:
    """Noted calls with the points of these sets."""
    return [Call(3, name, {"X": summary(DATA[n][0], n)}) for n in numbers]


def summary(points: Any, key: Any) -> dict[str, Any]:
    return {"shape": list(points.shape), "dtype": "float64", "print": str(key), "mean": float(points.mean())}


def judged(item: str, transcript: Transcript) -> Finding:
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=transcript)
    found = RUBRIC.item(item).model_copy(update={"needs": ()})
    return judge_item(Team(), found, RUBRIC, CHECKS, factory(item, {}))


def boundary(order: tuple[int, int, int], calls: Any = None, **more: Any) -> Finding:
    shown = figure(3, *[drawn(n, order, **more) for n in SETS], title="data, legend and classes")
    return judged("lls.boundary", ran(CELLS, fits() if calls is None else calls, [shown]))


def test_the_line_of_the_fit_is_right() -> None:
    assert boundary((0, 1, 2)).verdict is Verdict.PASSED


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2)])
def test_the_line_of_numbers_in_another_order_fails(order: tuple[int, int, int]) -> None:
    found = boundary(order)
    assert found.verdict is Verdict.FAILED
    assert "takes the bias and the weights for one another" in found.message


def test_a_line_beside_points_that_nothing_was_fitted_to_says_nothing() -> None:
    assert boundary((2, 0, 1), calls=fits(name="LLS.predict")).verdict is Verdict.PASSED
    assert boundary((2, 0, 1), calls=[]).verdict is Verdict.PASSED


def test_a_line_among_regions_says_nothing() -> None:
    assert boundary((2, 0, 1), field=True).verdict is Verdict.PASSED


def test_wrong_lines_beside_points_that_are_not_all_known_go_to_a_person() -> None:
    assert boundary((2, 0, 1), calls=fits((4, 8, 16))).verdict is Verdict.REVIEW


def accuracy(asked: str, points: Any, calls: Any = ()) -> Finding:
    """The item where these accuracies are printed for the test set."""
    lines = []
    for n in SETS:
        model = LinearLeastSquares().fit(*DATA[n])
        share = np.mean(model.predict(points(n)[0]) == points(n)[1])
        lines.append(f"n = {n}: {asked} {share:.3f}")
    shown = figure(3, *[panel(*clouds(*DATA[n]), title=f"n = {n}") for n in SETS])
    printed = {"output_type": "stream", "name": "stdout", "text": "\n".join(lines)}
    return judged(
        "lls.accuracy", ran(CELLS, [*fits(), *calls], [shown], shown=[*CELLS[:-1], (CELLS[-1], [printed])])
    )


def test_the_accuracy_of_the_training_points_is_not_that_of_the_test_set() -> None:
    predicted = fits(name="LLS.predict")
    found = accuracy("accuracy on the test set", DATA.__getitem__, predicted)
    assert found.verdict is Verdict.PARTIAL
    assert "told for the test set" in found.message
    other = Call(3, "LLS.predict", {"X": summary(DATA[1][0] + 1, "other")})
    assert (
        accuracy("accuracy on the test set", DATA.__getitem__, [*predicted, other]).verdict is Verdict.REVIEW
    )


def test_the_accuracy_of_other_points_is_right() -> None:
    test = data(0)
    assert accuracy("accuracy on the test set", lambda _: test).verdict is Verdict.PASSED


def test_two_classes_are_told_by_their_names_in_figures() -> None:
    def two(*names: str) -> bool:
        layers = [replace(cloud(40), label=name) for name in names]
        found = ran(CELLS, [], [figure(1, panel(*layers)), figure(1, panel(cloud(40)))])
        factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=found)
        return has_two_classes(Team(), factory("knn.predict", {}))

    assert two("class 0", "class 1")
    assert not two("class 0", "class 1", "class 2")
    assert not two("train", "test")
    assert not two("")
    assert named_classes(panel(*[replace(cloud(3), label=str(k)) for k in range(2)])) == 0


def test_two_classes_are_labelled_in_every_usual_way() -> None:
    labels = np.array([0, 1, 2])
    forms = {name: form((labels, labels))[1].tolist() for name, form in FORMS.items()}
    assert forms == {"0 and 1": [0, 1, 1], "-1 and 1": [-1, 1, 1], "1 and 2": [1, 2, 2]}

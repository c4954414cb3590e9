"""Nearest neighbours and least squares: the reference passes, each mistake costs its item and is named, habits cost nothing."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from grader.errors import Raised
from grader.judge.checks import load_checks
from grader.judge.diagnosis import load_diagnoser
from grader.judge.diagnosis_candidates import Candidate, read_candidates
from grader.judge.judging import judge
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.judge.transcript import Transcript, read_transcript
from grader.records import Binding, CellRun, Execution, Finding, Verdict
from grader.rubric import load
from reference.classification.models import KNearestNeighbours, LinearLeastSquares
from reference.classification.questions import class_shares, speed

ROOT = Path(__file__).resolve().parent.parent
SHEET = (ROOT / "reference" / "classification").resolve()
RUBRIC = load(ROOT / "rubrics" / "classification.yaml")
CHECKS, REFERENCE, DIAGNOSER = load_checks(SHEET / "checks.py"), load_reference(SHEET), load_diagnoser(SHEET)
ITEMS = [
    item.id for item in RUBRIC.items if item.roles in (("knn",), ("lls",)) and item.checks and not item.run
]
CLOCKED = "knn.vectorised"
TWINS = [c for c in read_candidates(SHEET) if c.name.startswith(("knn_", "lls_")) and CLOCKED not in c.breaks]
STOPS = {"knn_fails_for_all_points", "knn_sorted_along_queries"}
"""Mistakes that stop with an error: outside of a hand-in's own process that is no answer of the team."""


def findings(
    team: Any, items: list[str], transcript: Transcript | None = None, diagnose: Any = None
) -> dict[str, Finding]:
    """The findings of some items and of what they need."""
    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash", transcript=transcript or Transcript())
    return {f.item: f for f in judge(team, RUBRIC, CHECKS, factory, only=items, diagnose=diagnose)}


def knn(**methods: Any) -> ReferenceTeam:
    """A team whose nearest neighbours differ from the reference's in some methods."""
    return ReferenceTeam({"knn": type("KNN", (KNearestNeighbours,), methods)})


def lls(**methods: Any) -> ReferenceTeam:
    """The same for least squares."""
    return ReferenceTeam({"lls": type("LLS", (LinearLeastSquares,), methods)})


def one(team: Any, item: str, **more: Any) -> Finding:
    """The finding of one item."""
    return findings(team, [item], **more)[item]


def notebook(*cells: str) -> str:
    """A notebook of code cells as JSON text."""
    return json.dumps({"cells": [{"cell_type": "code", "source": text, "outputs": []} for text in cells]})


def test_the_reference_passes_every_item_with_evidence() -> None:
    found = findings(REFERENCE.team(1), ITEMS)
    assert {name: f.message for name, f in found.items() if f.verdict is not Verdict.PASSED} == {}
    assert all(f.evidence for f in found.values())


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_each_mistake_costs_its_item_and_is_named(twin: Candidate) -> None:
    assert DIAGNOSER is not None
    header = yaml.safe_load(
        ast.get_docstring(ast.parse((SHEET / "wrong" / f"{twin.name}.py").read_text("utf-8"))) or ""
    )
    items = [i for i in ITEMS if i.startswith(twin.name[:3]) and i != CLOCKED]
    found = findings(twin.team(DIAGNOSER.roles, 1), items, transcript=WITHOUT_ONES, diagnose=DIAGNOSER)
    for name, finding in found.items():
        if name in twin.breaks and twin.name not in STOPS:
            assert finding.verdict in (Verdict.FAILED, Verdict.PARTIAL), (name, finding.message)
            assert twin.name in finding.diagnosis.split(" or ")
        elif name in header.get("opens", ()):
            assert finding.verdict in (Verdict.REVIEW, Verdict.BLOCKED), (name, finding.message)
        elif name not in (*twin.breaks, *header.get("also", ()), CLOCKED):
            assert finding.verdict is Verdict.PASSED, (name, finding.message)


# ---- neighbours -----------------------------------------------------------------------------------------


def changed(change: Any) -> Any:
    """kneighbours with its (distances, indices) changed."""
    return lambda self, Q: change(*KNearestNeighbours.kneighbours(self, Q))


@pytest.mark.parametrize(
    "change",
    [
        lambda d, i: (i, d),
        lambda d, i: (d[:, ::-1], i[:, ::-1]),
        lambda d, i: (np.where(d == 0, np.nan, d), i),
        lambda d, i: (d.astype(np.float32), i),
        lambda d, i: (i, d, d),
    ],
    ids=["indices first", "farthest first", "NaN for zero", "single precision", "three arrays"],
)
def test_order_and_rounding_of_neighbours_are_free(change: Any) -> None:
    assert one(knn(kneighbours=changed(change)), "knn.kneighbours").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d, i: i, "no distances"),
        (lambda d, i: d, "no indices"),
        (lambda d, i: (d**2, i), "squares"),
        (lambda d, i: (d, np.zeros_like(i)), "do not count"),
        (lambda d, i: (d, i[:, ::-1]), "do not belong together"),
    ],
)
def test_points_or_distances_alone_earn_a_part(change: Any, words: str) -> None:
    found = one(knn(kneighbours=changed(change)), "knn.kneighbours")
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.5)
    assert words in found.message


def test_a_point_may_leave_itself_out() -> None:
    def without_itself(self: Any, Q: Any) -> Any:
        distances = np.sqrt(((Q[:, None] - self.data_) ** 2).sum(axis=2))
        distances[distances == 0] = np.inf
        order = np.argsort(distances, axis=1)[:, : self.k]
        return np.take_along_axis(distances, order, axis=1), order

    found = one(knn(kneighbours=without_itself), "knn.kneighbours")
    assert found.verdict is Verdict.PASSED
    assert "A training point is not its own neighbour." in found.readings


def test_as_many_neighbours_as_points_is_asked_for_and_costs_a_part() -> None:
    def fails(self: Any, Q: Any) -> Any:
        if self.k == len(self.data_):
            raise Raised("kth(=60) out of bounds (60)", kind="ValueError")
        return KNearestNeighbours.kneighbours(self, Q)

    found = one(knn(kneighbours=fails), "knn.kneighbours")
    assert (found.verdict, found.share) == (Verdict.PARTIAL, 0.75)
    assert "out of bounds" in found.message
    assert found.diagnosis == "knn_fails_for_all_points"


def test_neighbours_that_are_not_there_are_missing() -> None:
    team = ReferenceTeam(
        {"knn": type("KNN", (), {"fit": lambda self, X, y: self, "__init__": lambda self, k: None})}
    )
    assert one(team, "knn.kneighbours").verdict is Verdict.MISSING
    assert one(team, "knn.predict").verdict is Verdict.MISSING


# ---- labels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", [(0, 1), (-1, 1), (1, 2)])
def test_a_vote_that_knows_two_classes_goes_to_a_person(codes: tuple[int, int]) -> None:
    def of_two(self: Any, Q: Any) -> Any:
        mean = self.votes(Q) @ self.classes_ / self.k
        return np.where(mean > np.mean(codes), codes[1], codes[0])

    found = one(knn(predict=of_two), "knn.predict")
    assert found.verdict is Verdict.REVIEW, found.message
    assert f"labelled {codes[0]} and {codes[1]}" in found.message
    assert one(knn(predict=lambda self, Q: 3 - of_two(self, Q)), "knn.predict").verdict is Verdict.FAILED


def test_labels_with_equally_many_votes_stand_for_each_other() -> None:
    def last_of_them(self: Any, Q: Any) -> Any:
        return self.classes_[::-1][self.votes(Q)[:, ::-1].argmax(axis=1)]

    found = findings(knn(predict=last_of_them), ["knn.predict", "knn.matches_sklearn"])
    assert all(f.verdict is Verdict.PASSED for f in found.values())


def test_a_vote_of_wrong_neighbours_is_a_right_vote() -> None:
    def second_to_last(self: Any, Q: Any) -> Any:
        distances = ((Q[:, None] - self.data_) ** 2).sum(axis=2)
        order = np.argsort(-distances, axis=1)[:, : self.k]
        return np.sqrt(np.take_along_axis(distances, order, axis=1)), order

    found = findings(knn(kneighbours=second_to_last), ["knn.predict", "knn.matches_sklearn", "knn.density"])
    assert found["knn.kneighbours"].verdict is Verdict.FAILED
    assert found["knn.predict"].verdict is Verdict.PASSED
    assert found["knn.matches_sklearn"].verdict is Verdict.BLOCKED
    assert found["knn.density"].verdict is Verdict.PASSED


# ---- densities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", ["own_circle", "shared_circle", "reduced_circle"])
def test_each_reading_of_the_density_of_a_class_passes_and_is_told(reading: str) -> None:
    found = one(
        knn(class_density=lambda self, Q: KNearestNeighbours.class_density(self, Q, reading)),
        "knn.class_density",
    )
    assert found.verdict is Verdict.PASSED
    assert any("p(x|c) is read as" in told for told in found.readings)


@pytest.mark.parametrize("first", [0, 1])
def test_a_density_of_the_points_asked_about_among_themselves_passes(first: int) -> None:
    def among_themselves(self: Any, Q: Any) -> Any:
        radius = np.sort(np.sqrt(((Q[:, None] - Q) ** 2).sum(axis=2)), axis=1)[:, self.k - 1 + first]
        return self.k / (len(Q) * np.pi * radius**2)

    found = one(knn(density=among_themselves), "knn.density")
    assert found.verdict is Verdict.PASSED
    assert "as the data set" in found.readings[0]


def test_a_density_divided_by_all_points_is_told_with_its_factor() -> None:
    def joint(self: Any, Q: Any, reading: str = "own_circle") -> Any:
        return KNearestNeighbours.class_density(self, Q, reading) * self.class_probabilities()

    finding = one(knn(class_density=joint), "knn.class_density")
    assert finding.verdict is Verdict.FAILED
    assert "N_c / N = p(c)" in finding.message


def test_densities_without_a_function_go_to_a_person() -> None:
    methods = {
        name: vars(KNearestNeighbours)[name]
        for name in ("__init__", "fit", "kneighbours", "_nearest", "_checked")
    }
    team = ReferenceTeam({"knn": type("KNN", (), methods)})
    assert one(team, "knn.density").verdict is Verdict.REVIEW
    assert one(team, "knn.class_density").verdict is Verdict.REVIEW


# ---- shares of the classes ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [dict, list, tuple, "beside the classes"])
def test_class_probabilities_may_come_in_any_form(form: Any) -> None:
    def shares(self: Any) -> Any:
        values = KNearestNeighbours.class_probabilities(self)
        if form is dict:
            return dict(zip([0, 1, 2], values.tolist(), strict=True))
        return (np.arange(3), values) if form == "beside the classes" else form(values)

    assert one(knn(class_probabilities=shares), "knn.class_probabilities").verdict is Verdict.PASSED


COUNTS = "print(np.bincount(y) / len(y))"


def shares_of(printed: str, source: str = COUNTS, *, ran: bool = True) -> Any:
    """The verdict on p(c) of a notebook without a function for it."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}]
    text = json.dumps({"cells": [{"cell_type": "code", "source": source, "outputs": outputs}]})
    execution = Execution("complete" if ran else "not_run", cells=(CellRun(0, "ok"),) if ran else ())
    team = ReferenceTeam({"knn": type("KNN", (), {"__init__": lambda self, k: None})})
    return one(team, "knn.class_probabilities", transcript=read_transcript(text, execution)).verdict


def test_printed_shares_count_where_code_counts() -> None:
    assert shares_of("[0.5 0.3 0.2]") is Verdict.PASSED
    assert shares_of("class 0: 48.0 %\nclass 1: 52 %") is Verdict.PASSED
    assert shares_of("[300 180 120]") is Verdict.REVIEW
    assert shares_of("0.5 0.3 0.2", "print(a)") is Verdict.MISSING
    assert shares_of("", "print(a)", ran=False) is Verdict.REVIEW


def test_numbers_add_up_to_one_only_in_a_row() -> None:
    assert class_shares.adding_up("k = 5: 0.91, p(0) = 0.25, p(1) = 0.75") == [0.25, 0.75]
    assert class_shares.adding_up("accuracy 0.9, loss 0.3") == []
    assert class_shares.adding_up("1.0") == []


# ---- speed ----------------------------------------------------------------------------------------------


def judged(ratio: float, loops: tuple[Any, ...] = ("a loop",), reach: Any = "known") -> Verdict | None:
    """The verdict on a method that takes so many times as long as the reference."""

    class Loop:
        over, kind, inside, where = "Q", "for", "kneighbours", "cell 1"

    factory = LabFactory(REFERENCE, key=b"tests", hand_in="hash")
    times = speed.Times(400, 100, 0.01 * ratio, 0.01)
    found = speed.judged(factory("knn.vectorised", {}), "it", reach, [Loop()] if loops else [], times, 10, 15)
    return found.verdict or (Verdict.PASSED if found.earned == 1 else Verdict.FAILED)


def test_loops_cost_points_only_where_they_are_slow() -> None:
    assert judged(3) is Verdict.PASSED
    assert judged(12) is Verdict.REVIEW
    assert judged(40) is Verdict.FAILED
    assert judged(40, loops=(), reach=None) is Verdict.REVIEW


# ---- least squares --------------------------------------------------------------------------------------


def both(team: Any, **more: Any) -> tuple[Verdict, Verdict]:
    """Verdicts on fit and on predict."""
    found = findings(team, ["lls.fit", "lls.predict"], **more)
    return found["lls.fit"].verdict, found["lls.predict"].verdict


PASSES = (Verdict.PASSED, Verdict.PASSED)


def kept(**values: Any) -> Any:
    """A fit that keeps the solution in other attributes."""

    def fit(self: Any, X: Any, y: Any) -> Any:
        LinearLeastSquares.fit(self, X, y)
        for name, part in values.items():
            setattr(self, name, part(self.theta_))
        return self

    return fit


def test_scores_and_other_codes_for_labels_cost_nothing_and_are_told() -> None:
    for method, words in (
        (lambda self, Q: self.decision_function(Q), "scores"),
        (lambda self, Q: self.decision_function(Q) > 0, "0 and 1"),
    ):
        found = findings(lls(predict=method), ["lls.fit", "lls.predict"])
        assert found["lls.predict"].verdict is Verdict.PASSED
        assert words in " ".join(found["lls.predict"].readings)


def test_a_fit_that_maps_the_codes_0_and_1_is_asked_with_them() -> None:
    def fit(self: Any, X: Any, y: Any) -> Any:
        self.theta_ = np.linalg.pinv(self._extended(X)) @ (2.0 * y - 1)
        return self

    def strict(self: Any, X: Any, y: Any) -> Any:
        if y.min() < 0:
            raise Raised("labels are 0 and 1", kind="ValueError")
        return fit(self, X, y)

    codes = {"predict": lambda self, Q: 1 * (self.decision_function(Q) > 0)}
    for method in (fit, strict):
        assert both(lls(fit=method, **codes)) == PASSES
    assert (
        one(lls(fit=fit), "lls.fit").verdict is Verdict.FAILED
    )  # labels -1 and 1 come out: these were mapped twice


def test_a_small_ridge_and_the_bias_anywhere_pass() -> None:
    def ridge(self: Any, X: Any, y: Any) -> Any:
        extended = self._extended(X)
        self.theta_ = np.linalg.solve(extended.T @ extended + 1e-3 * np.eye(X.shape[1] + 1), extended.T @ y)
        return self

    assert both(lls(fit=ridge)) == PASSES
    hidden = {"theta_": property(lambda self: np.append(self.w, self.b), lambda self, v: self.split(v))}
    apart = {"split": lambda self, v: (setattr(self, "w", v[:-1]), setattr(self, "b", float(v[-1])))}
    assert both(lls(**hidden, **apart)) == PASSES
    first = {"split": lambda self, v: setattr(self, "p", np.append(v[-1], v[:-1]))}
    shown = {"theta_": property(lambda self: np.append(self.p[1:], self.p[0]), lambda self, v: self.split(v))}
    assert both(lls(**shown, **first)) == PASSES


class Sealed:
    """Nothing that was learned can be read from it."""

    def __init__(self) -> None:
        self._inner: list[Any] = []

    def fit(self, X: Any, y: Any) -> Any:
        self._inner = [LinearLeastSquares().fit(X, y)]
        return self

    def predict(self, Q: Any) -> Any:
        return self._inner[0].predict(Q)


def test_labels_alone_prove_the_line() -> None:
    assert both(ReferenceTeam({"lls": Sealed})) == PASSES
    beside = {"fit": lambda self, X, y: Sealed.fit(self, X + np.array([0.8, 0.0]), y)}
    found = findings(ReferenceTeam({"lls": type("Line", (Sealed,), beside)}), ["lls.fit", "lls.predict"])
    assert found["lls.fit"].verdict is Verdict.FAILED
    assert found["lls.predict"].verdict is Verdict.BLOCKED
    constant = {"predict": lambda self, Q: np.ones(len(Q))}
    assert one(ReferenceTeam({"lls": type("Line", (Sealed,), constant)}), "lls.fit").verdict is Verdict.REVIEW


def test_a_fit_that_stops_on_singular_data_loses_nothing() -> None:
    def inverse(self: Any, X: Any, y: Any) -> Any:
        if np.linalg.matrix_rank(self._extended(X)) < X.shape[1] + 1:
            raise Raised("Singular matrix", kind="LinAlgError")
        return LinearLeastSquares.fit(self, X, y)

    found = one(lls(fit=inverse), "lls.fit")
    assert found.verdict is Verdict.PASSED
    assert "pseudo-inverse" in " ".join(found.readings)


# ---- a column of ones that the caller adds --------------------------------------------------------------

WITHOUT_ONES = read_transcript(
    notebook(
        "X, y = make_data(3)\nlabels = np.hstack([np.ones(5), -np.ones(5)])",
        "model = LinearLeastSquares()\nmodel.fit(X, y)",
    ),
    Execution("not_run"),
)


class Plain(LinearLeastSquares):
    """Least squares without a bias of its own."""

    def fit(self, X: Any, y: Any) -> Any:
        self.theta_ = np.linalg.pinv(X) @ y
        return self

    def decision_function(self, Q: Any) -> Any:
        return Q @ self.theta_


class PlainTeam(ReferenceTeam):
    """A hand-in with that class, bound as `LLS.fit`."""

    def __init__(self) -> None:
        super().__init__({"lls": Plain})

    def binding(self, role: str) -> Binding:
        methods = {"fit": "fit", "predict": "predict"}
        return Binding(role, "LLS", "class", methods, confidence=1.0)


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (["A = np.hstack([X, np.ones((len(X), 1))])", "m = LLS()\nm.fit(A, y)"], Verdict.PASSED),
        (["LLS().fit(np.c_[X, np.ones(len(X))], y)"], Verdict.PASSED),
        (["def trick(X):\n    return np.insert(X, 0, 1, axis=1)", "LLS().fit(trick(X), y)"], Verdict.PASSED),
        (
            [
                "def run(n):\n    A = np.concatenate([X, np.ones((n, 1))], axis=1)\n    m = LLS()\n    m.fit(A, y)"
            ],
            Verdict.PASSED,
        ),
        (["X, y = make_data(3)\nLLS().fit(X, y)"], Verdict.FAILED),
        (["X = np.concatenate([a, np.ones((3, 2))])\nLLS().fit(X, y)"], Verdict.FAILED),
        (["A = np.hstack([X, np.ones((3, 1))])\nOther().fit(A, y)", "LLS().fit(X, y)"], Verdict.FAILED),
        (["pass"], Verdict.REVIEW),
    ],
    ids=["hstack", "c_", "own function", "in a function", "not", "below", "for another class", "no call"],
)
def test_ones_may_be_added_by_the_caller_and_then_are(cells: list[str], verdict: Verdict) -> None:
    transcript = read_transcript(notebook(*cells), Execution("not_run"))
    found = findings(PlainTeam(), ["lls.fit", "lls.predict"], transcript=transcript)
    assert found["lls.fit"].verdict is verdict, found["lls.fit"].message
    assert found["lls.predict"].verdict is Verdict.PASSED

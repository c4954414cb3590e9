"""The checks on softmax regression from both sides, and the instruments by which they tell a right path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_digits
from stubs.workbench import ForkedChild, moons_probe

from grader.judge.checks import load_checks
from grader.judge.diagnosis import load_diagnoser
from grader.judge.diagnosis_candidates import namespace_of
from grader.judge.images import written
from grader.judge.judging import diagnosed, judge_item
from grader.judge.lab import LabFactory, ReferenceTeam, load_reference
from grader.judge.transcript import Transcript, read_transcript
from grader.prove.twins import load_twins
from grader.records import LOST, Execution, Finding, Known, Verdict
from grader.rubric import load
from grader.run.slice import slice_notebook
from grader.team.finding import find
from grader.team.proxies import HandInTeam
from grader.team.session import Session
from reference.classification.models import softmax
from reference.classification.questions import softmax_living, softmax_paths, softmax_words
from reference.classification.questions.softmax_explanations import explain
from reference.classification.questions.softmax_look import look
from reference.classification.questions.softmax_paths import Problem, Reading, arrangements, centred, slope
from reference.classification.questions.softmax_roles import softmax_role
from reference.classification.questions.softmax_training import End

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hand-ins overflow
ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "reference" / "classification"
RUBRIC = load(ROOT / "rubrics" / "classification.yaml")
CHECKS = load_checks(SHEET)
REFERENCE = load_reference(SHEET)
DIAGNOSE = load_diagnoser(SHEET)
ITEMS = ("softmax.gradient", "softmax.training", "softmax.stable")
WRONG = {path.stem: path for path in sorted((SHEET / "wrong").glob("softmax_*.py"))}
TWINS = {twin.name: twin for twin in load_twins(SHEET) if "softmax" in twin.name}


def header_of(path: Path) -> Mapping[str, Any]:
    """The YAML in front of a twin."""
    found = yaml.safe_load(path.read_text(encoding="utf-8").split('"""')[1])
    assert isinstance(found, dict)
    return found


STYLES = [
    f"right/softmax_{name}" for name in ("class_random_start", "german", "steps_outside", "trainer_and_model")
]
"""The others go through the whole pipeline in ``validate``."""
OF_THE_MODELS = [name for name, path in WRONG.items() if "base" not in header_of(path)]
ALONE = [name for name in WRONG if name not in OF_THE_MODELS]


def judged(team: Any, transcript: Transcript | None = None, hand_in: str = "a") -> dict[str, Finding]:
    """The three items of a team, with diagnoses."""
    factory = LabFactory(
        REFERENCE, key=b"0123456789abcdef", hand_in=hand_in, transcript=transcript or Transcript()
    )
    findings: dict[str, Finding] = {}
    for name in ITEMS:
        item, lab = RUBRIC.item(name), factory(name, findings)
        found = judge_item(team, item, RUBRIC, CHECKS, lab)
        findings[name] = diagnosed(found, team, item, lab, DIAGNOSE)
    return findings


def in_process(name: str = "") -> ReferenceTeam:
    """The reference, or a twin of its models, in a team's place."""
    return ReferenceTeam({"softmax": softmax_role(namespace_of(SHEET, name))})


def notebook_of(source: str) -> dict[str, Any]:
    """A notebook of the cells between marks."""
    cells = [part.partition("\n")[2] for part in ("\n" + source).split("# %%")]
    code = [{"cell_type": "code", "source": c, "outputs": [], "metadata": {}} for c in cells]
    return {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def handed_in(source: str, folder: Path) -> tuple[dict[str, Finding], Any]:
    """Findings for a hand-in given as text, and where the role was found."""
    notebook = notebook_of(source)
    cut = slice_notebook(notebook)
    transcript = read_transcript(json.dumps(notebook), Execution("not_run"))
    with Session(lambda: ForkedChild(folder), cut, seed=3, budget=RUBRIC.budget) as session:
        team = HandInTeam(session, find(cut, session, RUBRIC, moons_probe()), RUBRIC)
        return judged(team, transcript), team.binding("softmax")


# ---- from both sides ------------------------------------------------------------------------------------


def test_the_reference_passes() -> None:
    findings = judged(in_process())
    assert {f.verdict for f in findings.values()} == {Verdict.PASSED}, findings


def squashing(squash: Any) -> Finding:
    """The finding on large logits for the reference with another softmax of logits."""
    role = softmax_role(namespace_of(SHEET, ""))
    other = type("Softmax", (role,), {"squash": staticmethod(squash)})
    return judged(ReferenceTeam({"softmax": other}))["softmax.stable"]


@pytest.mark.parametrize(
    ("squash", "words"),
    [
        (lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "overflows"),
        (lambda z: np.exp(z - z.max(0)) / np.exp(z - z.max(0)).sum(axis=1, keepdims=True), "beside it"),
        (lambda z: 2.0 ** (z - z.max(1)[:, None]) / (2.0 ** (z - z.max(1)[:, None])).sum(1)[:, None], "not exp(g)"),
        (lambda z: np.full_like(z, 1 / 3) if abs(z).max() > 500 else softmax(z), "but not those"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_softmax_of_logits_is_said_as_it_is_seen(squash: Any, words: str) -> None:
    found = squashing(squash)
    assert found.verdict is Verdict.FAILED and words in found.message, found.message


BESIDE = """
import numpy as np
def softmax(scores):
    grown = np.exp(scores - scores.max(axis=0))
    return grown / grown.sum(axis=1, keepdims=True)
def softmax_gradient(theta, X, y):
    share = softmax(X @ theta)
    share[np.arange(len(y)), y] -= 1
    return X.T @ share
"""


def test_a_maximum_over_the_points_is_named_for_all_that_it_breaks_also_without_a_bias(
    tmp_path: Path,
) -> None:
    findings, _ = handed_in(BESIDE, tmp_path)
    for item in ("softmax.gradient", "softmax.stable"):
        assert findings[item].verdict is Verdict.FAILED, findings[item]
        assert findings[item].diagnosis == "softmax_maximum_over_points"
    findings, _ = handed_in(BESIDE.replace("max(axis=0)", "max(axis=1, keepdims=True)"), tmp_path)
    assert {findings[item].verdict for item in ("softmax.gradient", "softmax.stable")} == {Verdict.PASSED}


@pytest.mark.parametrize("name", OF_THE_MODELS)
def test_a_mistake_costs_its_item_and_is_named(name: str) -> None:
    findings, header = judged(in_process(name)), header_of(WRONG[name])
    for item, finding in findings.items():
        if item in header["breaks"]:
            assert finding.verdict in LOST, finding
            assert finding.diagnosis == name
            assert finding.message and finding.next_step
        elif item not in (header.get("also") or ()):
            assert finding.verdict is Verdict.PASSED, finding


@pytest.mark.parametrize("name", ALONE)
def test_a_whole_hand_in_with_a_mistake_loses_its_item(name: str, tmp_path: Path) -> None:
    findings, _ = handed_in(TWINS[f"wrong/{name}"].source, tmp_path)
    header = header_of(WRONG[name])
    lost = {item for item, found in findings.items() if found.verdict in LOST}
    assert lost - set(TWINS[f"wrong/{name}"].also) == set(header["breaks"])
    for item in header["breaks"]:
        assert findings[item].diagnosis in {name, *(header.get("same_as") or ())}


@pytest.mark.parametrize("name", STYLES)
def test_correct_work_in_other_styles_passes(name: str, tmp_path: Path) -> None:
    findings, binding = handed_in(TWINS[name].source, tmp_path)
    assert binding.confidence >= RUBRIC.confidence, binding.why
    for item, finding in findings.items():
        wanted = Verdict.REVIEW if item in TWINS[name].opens else Verdict.PASSED
        assert finding.verdict is wanted, finding


def test_code_without_functions_goes_to_a_person_and_nothing_is_missing(tmp_path: Path) -> None:
    top = "import numpy as np\np = np.exp(X @ theta)\np /= p.sum()\ntheta -= 0.001 * X.T @ (p - Y)  # softmax"
    findings, _ = handed_in(top, tmp_path)
    assert {f.verdict for f in findings.values()} == {Verdict.REVIEW}
    assert findings["softmax.gradient"].cells == (1,) or findings["softmax.gradient"].cells == (0,)
    findings, _ = handed_in("x = 1", tmp_path)
    assert {f.verdict for f in findings.values()} == {Verdict.MISSING}


def test_a_gradient_of_another_method_is_left_to_a_person(tmp_path: Path) -> None:
    source = TWINS["right/softmax_german"].source
    other = source.replace(
        "self.lernrate * self.gradient", "self.lernrate * np.sign(momentum := self.gradient"
    )
    findings, _ = handed_in(
        other.replace(
            "(daten, klassen)\n            self.verlauf", "(daten, klassen))\n            self.verlauf"
        ),
        tmp_path,
    )
    assert findings["softmax.gradient"].verdict is Verdict.REVIEW, findings


def test_parameters_of_a_run_show_where_steps_outside_of_functions_end() -> None:
    X, y = load_digits(return_X_y=True)
    rows = np.column_stack([np.ones(len(X)), X / 16])
    theta = softmax_paths.plain(np.zeros((65, 10)), rows, np.eye(10)[y], 0.001, 60)
    known = [
        Known(1, 0, "theta", "array", shape=(10, 65), answers={"values": {"npy": written(theta.T)}}),
        Known(2, 0, "X", "array", shape=(1797, 64)),
    ]
    assert [question.key for question in softmax_living.questions(tuple(known))] == [1]
    accuracy = softmax_living.best_accuracy(known)
    assert accuracy is not None and accuracy > 0.85
    assert softmax_living.best_accuracy(known[1:]) is None


# ---- instruments ----------------------------------------------------------------------------------------


def problem(seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    return Problem(rng.normal(size=(20, 4)), np.arange(20) % 3, rng.normal(size=(9, 4)), 3)


def test_the_slope_is_that_of_finite_differences() -> None:
    one = problem()
    rows, rng = Reading().extended(one.X, one), np.random.default_rng(1)
    theta, step = rng.normal(size=(5, 3)), 1e-6

    def loss(parameters: np.ndarray) -> float:
        scores = rows @ parameters
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(20), one.y]).sum())

    for place in np.ndindex(5, 3):
        aside = np.zeros((5, 3))
        aside[place] = step
        change = (loss(theta + aside) - loss(theta - aside)) / (2 * step)
        assert change == pytest.approx(slope(theta, rows, one.one_hot)[place], abs=1e-6)


def test_descent_from_centred_parameters_stays_centred() -> None:
    one = problem()
    rows = Reading().extended(one.X, one)
    theta = np.random.default_rng(2).normal(size=(5, 3))
    ends = [softmax_paths.plain(start, rows, one.one_hot, 0.1, 7) for start in (theta, centred(theta))]
    np.testing.assert_allclose(centred(ends[0]), ends[1], atol=1e-12)


@pytest.mark.parametrize(
    ("arrays", "way"),
    [
        (lambda t: {"theta": t}, "theta, bias first"),
        (lambda t: {"theta": np.roll(t, -1, axis=0)}, "theta, bias last"),
        (lambda t: {"W": np.roll(t, -1, axis=0).T}, "W turned, bias last"),
        (lambda t: {"W": t[1:], "b": t[:1]}, "W with b"),
        (lambda t: {"W": t[1:].T, "b": t[0][:, None]}, "W turned with b"),
        (lambda t: {"flat": t.ravel()}, "flat in rows, bias first"),
    ],
)
def test_parameters_are_read_in_every_arrangement(arrays: Any, way: str) -> None:
    theta = np.random.default_rng(3).normal(size=(5, 3))
    np.testing.assert_array_equal(arrangements(arrays(theta), 4, 3)[way], theta)


def test_recipes_differ_and_all_descend() -> None:
    one = problem()
    rows, zero = Reading().extended(one.X, one), np.zeros((5, 3))
    ends = {name: go(zero, rows, one.one_hot, 0.02, 4) for name, go in softmax_paths.RECIPES.items()}
    for name, end in ends.items():
        assert (slope(zero, rows, one.one_hot) * end).sum() < 0, name
        if name != "plain":
            assert np.abs(centred(end) - ends["plain"]).max() > 1e-3, name


def test_runs_tell_factor_steps_and_recipe() -> None:
    class Halved(softmax_role(namespace_of(SHEET, ""))):  # type: ignore[misc]
        def __init__(self, rate: float = 0.001, steps: int = 1000, **more: Any) -> None:
            super().__init__(rate=rate / 2, steps=steps + 1, **more)

    lab = LabFactory(REFERENCE, key=b"0" * 16, hand_in="b")("softmax.gradient", {})
    best = explain(look(ReferenceTeam({"softmax": Halved}), lab))[0]
    assert best.factor == pytest.approx(0.5, rel=0.02)
    assert (best.more, best.recipe) == (1, "plain")
    assert best.direction > 0.9999
    assert best.error < 0.01


def test_the_end_may_lie_high_after_a_rise_but_not_above_its_start() -> None:
    end = End(100, 1.1, 0.05, 0.6)
    assert end.bound(2.3, 0.2) == pytest.approx(1.38)
    assert end.bound(2.3, 2.28) == pytest.approx(2.3)
    assert end.bound(2.3, 5.0) >= 5.0


@pytest.mark.parametrize("text", ["lr=0.001", "lr = 1e-3", "alpha=.001", "10**-3", "1/1000", "eta=1.0e-03"])
def test_the_rate_is_found_however_it_is_written(text: str) -> None:
    assert softmax_words.RATE.search(text)


@pytest.mark.parametrize("text", ["lr=0.01", "0.0001", "0.0015", "lr=1e-4", "10.001"])
def test_other_rates_are_not_the_sheets(text: str) -> None:
    assert not softmax_words.RATE.search(text)


@pytest.mark.parametrize(("text", "there"), [("range(1000)", True), ("1_000", True), ("1e3", True), ("10**3", True),
                                             ("range(100)", False), ("10000", False), ("1000.5", False)])  # fmt: skip
def test_the_number_of_steps_is_found(text: str, there: bool) -> None:
    assert bool(softmax_words.STEPS.search(text)) is there


@pytest.mark.parametrize(("text", "scaled"), [("X = X / 16", True), ("X / X.max()", True), ("StandardScaler()", True),
                                              ("X /= 16.0", True), ("X / max_value", True), ("X = digits.data", False), ("n / 160", False)])  # fmt: skip
def test_scaling_is_seen_in_code(text: str, scaled: bool) -> None:
    assert bool(softmax_words.SCALED.search(text)) is scaled

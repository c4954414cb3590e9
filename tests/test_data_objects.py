"""Data in one object, functions that a fit returns, a gradient as an object: found, called, and never failed for our call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stubs.workbench import opened, rubric_with
from test_classifier_roles import DISTANCES, POINTS, QUERIES, SIGNS, THREE, team_of, vote

from grader.errors import Raised, TeamFault
from grader.judge.checks import check
from grader.judge.judging import run_check
from grader.pipeline import probe_data
from grader.records import Verdict
from grader.rubric import Rubric, load
from grader.team.finding import find
from grader.team.proxies import HandInTeam

SEARCH = """
    gaps = ((spots[:, None, :] - {points}[None, :, :]) ** 2).sum(-1) ** 0.5
    order = np.argsort(gaps, axis=1)[:, :k]
"""
VOTE = "np.array([np.bincount(row).argmax() for row in {labels}[order]])"
RECORD = """
import numpy as np
class Sample:
    def __init__(self, points, labels):
        self.points, self.labels = points, labels
    def of(self, label):
        return self.points[self.labels == label]
"""
GIVEN_TO_FIT = (
    RECORD
    + """
class NearestNeighbours:
    def __init__(self, k):
        self.k = k
    def fit(self, sample):
        self.sample = sample
    def kneighbours(self, spots):
        k = self.k"""
    + SEARCH.format(points="self.sample.points").replace("\n    ", "\n        ")
    + """        return order, np.take_along_axis(gaps, order, axis=1)
    def predict(self, spots):
        order = self.kneighbours(spots)[0]
        return """
    + VOTE.format(labels="self.sample.labels")
)
GIVEN_TO_FUNCTIONS = (
    RECORD
    + "def kneighbours(s, spots, k):"
    + SEARCH.format(points="s.points")
    + "    return order, np.take_along_axis(gaps, order, axis=1)\n"
    + "def knn_predict(s, spots, k):\n    order = kneighbours(s, spots, k)[0]\n    return "
    + VOTE.format(labels="s.labels")
)
CLOSURES = """
import numpy as np
def build_knn(X, y):
    def kneighbours(k, spots):{search}
        return order, np.take_along_axis(gaps, order, axis=1)
    def predict(k, spots):
        order = kneighbours(k, spots)[0]
        return {vote}
    {ending}
"""
FILLED = {
    "search": SEARCH.format(points="X").replace("\n    ", "\n        "),
    "vote": VOTE.format(labels="y"),
}
ANSWERED_BY_RECORDS = (
    """
from typing import NamedTuple
import numpy as np
class Neighbours(NamedTuple):
    places: np.ndarray
    gaps: np.ndarray
def find_neighbours(spots, X, k):"""
    + SEARCH.format(points="X")
    + "    return Neighbours(order, np.take_along_axis(gaps, order, axis=1))\n"
    + "def knn_predict(spots, X, y, k):\n    order = find_neighbours(spots, X, k).places\n    return "
    + VOTE.format(labels="y")
)
STYLES = {
    "an object of data for fit": GIVEN_TO_FIT,
    "an object of data for functions": GIVEN_TO_FUNCTIONS,
    "closures in a tuple": CLOSURES.format(**FILLED, ending="return kneighbours, predict"),
    "closures in a dict": CLOSURES.format(**FILLED, ending="return {'kneighbours': kneighbours, 'predict': predict}"),
    "closures as attributes": CLOSURES.format(
        **FILLED, ending="predict.kneighbours = kneighbours\n    return predict"
    ),
    "closures in a namespace": "from types import SimpleNamespace\n"
    + CLOSURES.format(**FILLED, ending="return SimpleNamespace(kneighbours=kneighbours, predict=predict)"),
    "records as answers": ANSWERED_BY_RECORDS,
}  # fmt: skip
LINE = (
    RECORD
    + """
class LeastSquares:
    def fit(self, s):
        self.theta = np.linalg.lstsq(np.c_[s.points, np.ones(len(s.points))], s.labels, rcond=None)[0]
    def predict(self, spots):
        return np.sign(np.c_[spots, np.ones(len(spots))] @ self.theta)
"""
)
SLOPES = """
import numpy as np
class SoftmaxWeights:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def scores(self, X):
        return self.W @ X.T + self.b
    def gradient(self, X, y):
        grown = np.exp(self.scores(X))
        share = grown / grown.sum(axis=0)
        share[y, np.arange(len(y))] -= 1
        return SoftmaxWeights(share @ X, share.sum(axis=1, keepdims=True))
"""
TRAINED = """
import numpy as np
def softmax(z):
    grown = np.exp(z - z.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)
def train_softmax(X, y, lr, steps, callback):
    theta = np.zeros((X.shape[1], y.max() + 1))
    for step in range(steps):
        theta = theta - lr * X.T @ (softmax(X @ theta) - np.eye(theta.shape[1])[y])
        callback(step, theta)
    return theta
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The roles of the sheet on classification, as they are shipped."""
    whole = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml")
    return rubric_with({name: role.model_dump() for name, role in whole.roles.items()})


@pytest.mark.parametrize("name", STYLES)
def test_neighbours_are_found_and_right(name: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(STYLES[name], tmp_path, rubric) as team:
        assert team.binding("knn").confidence >= 0.6
        for k in (1, 5):
            model = team.knn(k=k).fit(POINTS, THREE)
            first, second = model.kneighbours(QUERIES)
            order = next(a for a in (first, second) if np.all(a == np.round(a))).astype(int)
            near = np.sort(np.take_along_axis(DISTANCES, order, axis=1))
            assert np.allclose(near, np.sort(DISTANCES)[:, :k])
            assert vote(order)[np.arange(25), model.predict(QUERIES).astype(int)].all()


def test_a_line_is_fitted_to_one_object_of_data(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(LINE, tmp_path, rubric) as team:
        wanted = np.linalg.lstsq(np.c_[POINTS, np.ones(40)], SIGNS, rcond=None)[0]
        model = team.lls().fit(POINTS, SIGNS)
        assert np.allclose(model.learned["theta"], wanted)
        assert np.array_equal(model.predict(QUERIES), np.sign(np.c_[QUERIES, np.ones(25)] @ wanted))


def test_numbers_under_a_plural_are_a_list_of_the_hyperparameter(tmp_path: Path, rubric: Rubric) -> None:
    source = STYLES["records as answers"] + (
        "\ndef knn_density(X, spots, ks):\n    r = [find_neighbours(spots, X, k).gaps[:, -1] for k in ks]\n"
        "    return {k: k / (len(X) * np.pi * one**2) for k, one in zip(ks, r)}\n"
    )
    with team_of(source, tmp_path, rubric) as team:
        answered = np.asarray(team.knn(k=4).fit(POINTS, THREE).density(QUERIES))
        wanted = 4 / (40 * np.pi * np.sort(DISTANCES)[:, 3] ** 2)
        assert np.allclose(answered, wanted) or np.allclose(answered, np.log(wanted))


@pytest.mark.parametrize(("source", "by"), [(SLOPES, "gradient"), (TRAINED, "fit")])
def test_softmax_regression_is_trained(source: str, by: str, tmp_path: Path, rubric: Rubric) -> None:
    X, y = np.random.default_rng(1).normal(size=(30, 64)), np.arange(30) % 10
    with opened(source, tmp_path) as (slice_, session):
        team = HandInTeam(session, find(slice_, session, rubric, probe_data()), rubric)
        assert team.softmax.trainings[0] == by
        arrays = team.softmax(rate=0.01, steps=2, classes=10).fit(X, y).arrays
        assert {640} <= {array.size for array in arrays.values()}


def fault_of(what: str, kind: str = "AttributeError") -> Raised:
    """What the team's code raised."""
    return Raised(f"{kind}: {what}", kind=kind, where="file.py, line 3, in fit")


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (fault_of("'numpy.ndarray' object has no attribute 'points'"), Verdict.REVIEW),
        (fault_of("'int' object has no attribute 'labels'"), Verdict.REVIEW),
        (fault_of("'tuple' object has no attribute 'weights'"), Verdict.REVIEW),
        (fault_of("'Model' object has no attribute 'theta'"), None),
        (fault_of("'NoneType' object has no attribute 'shape'"), None),
        (fault_of("operands could not be broadcast together", "ValueError"), None),
    ],
)
def test_only_a_plain_value_taken_for_an_object_is_our_fault(
    fault: TeamFault, verdict: Verdict | None
) -> None:
    @check
    def asks(team: object, lab: object) -> None:
        """Everything answers."""
        raise fault

    outcome, broken = run_check(asks, None, None, {})  # type: ignore[arg-type]
    assert outcome.verdict == verdict and not broken
    assert ("our way of calling" in outcome.message) == (verdict is not None)

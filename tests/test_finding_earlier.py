"""Definitions whose names are used again later, and functions that only their code speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from stubs.workbench import opened, rubric_with

from grader.pipeline import probe_data
from grader.rubric import Rubric, load
from grader.team.descent_steps import slopes_in, stepped_against
from grader.team.finding import find
from grader.team.proxies import HandInTeam

RNG = np.random.default_rng(12)
POINTS, QUERIES, LABELS = RNG.normal(size=(40, 2)), RNG.normal(size=(15, 2)), np.arange(40) % 3
NEIGHBOURS = """
import numpy as np
def gaps(a, b):
    return np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))
def kneighbours(q, k, X):
    near = gaps(q, X).argsort(axis=1)[:, :k]
    return near, np.take_along_axis(gaps(q, X), near, axis=1)
def predict(q, k, X, y):
    return np.array([np.bincount(row).argmax() for row in y[kneighbours(q, k, X)[0]]])
"""
LINE = """
def fit(X, y):
    A = np.column_stack([X, np.ones(len(X))])
    return np.linalg.inv(A.T @ A) @ A.T @ y
def predict(X, theta):
    return np.sign(np.column_stack([X, np.ones(len(X))]) @ theta)
"""
DENSITY = """
def g(q, k, X):
    r = kneighbours(q, k, X)[1].max(axis=1)
    return k / len(X) / (np.pi * r ** {power})
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """The classifiers of the sheet on classification, as they are shipped."""
    whole = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml")
    return rubric_with({name: role.model_dump() for name, role in whole.roles.items()})


@contextmanager
def team_of(source: str, folder: Path, rubric: Rubric) -> Iterator[HandInTeam]:
    with opened(source, folder) as (slice_, session):
        yield HandInTeam(session, find(slice_, session, rubric, probe_data()), rubric)


def test_an_earlier_predict_is_asked_for_its_own_role(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(NEIGHBOURS + LINE, tmp_path, rubric) as team:
        assert team.binding("knn").methods["predict"] == "predict#0"
        assert team.binding("lls").symbol == "fit, predict"
        nearest = ((QUERIES[:, None] - POINTS) ** 2).sum(axis=2).argmin(axis=1)
        assert np.array_equal(team.knn(k=1).fit(POINTS, LABELS).predict(QUERIES), LABELS[nearest])


def test_of_two_definitions_for_one_role_the_last_counts(tmp_path: Path, rubric: Rubric) -> None:
    first = NEIGHBOURS.replace("argmax()", "argmin()")
    again = "def predict(" + NEIGHBOURS.partition("def predict(")[2]
    with team_of(first + again, tmp_path, rubric) as team:
        assert team.binding("knn").methods["predict"] == "predict"


def test_an_earlier_definition_whose_parts_changed_is_left_alone(tmp_path: Path, rubric: Rubric) -> None:
    changed = "def gaps(a, b):\n    return a - b\n"
    with team_of(NEIGHBOURS + LINE + changed, tmp_path, rubric) as team:
        assert team.binding("knn").methods.get("predict") != "predict#0"


def test_a_density_is_known_by_the_area_of_its_circle(tmp_path: Path, rubric: Rubric) -> None:
    with team_of(NEIGHBOURS + LINE + DENSITY.format(power=2), tmp_path, rubric) as team:
        assert team.binding("knn").methods["density"] == "g"
        reach = np.sqrt(np.sort(((QUERIES[:, None] - POINTS) ** 2).sum(axis=2))[:, 3])
        mine = team.knn(k=4).fit(POINTS, LABELS).density(QUERIES)
        assert np.allclose(mine, 4 / (40 * np.pi * reach**2))
        assert "knn" in team.doubts.raised  # a wrong answer would be left to a person


def test_code_that_draws_or_has_no_circle_is_no_density(tmp_path: Path, rubric: Rubric) -> None:
    drawing = DENSITY.format(power=2).replace("return", "plt.plot(r)\n    return")
    for more in (drawing, DENSITY.format(power=2).replace("np.pi", "3")):
        with team_of(NEIGHBOURS + more, tmp_path, rubric) as team:
            assert not team.has("knn", "density")


def test_a_bias_slope_that_is_one_number_moves_all_biases_alike() -> None:
    weights = np.ones((4, 3))
    start = {"theta": np.zeros((4, 3)), "bias": np.zeros(3)}
    for answer in ((7.5, weights, 0.5), (weights, 0.5, 7.5)):
        moved = stepped_against(slopes_in(answer), start, 0.1)
        assert np.allclose(moved["theta"], -0.1)
        assert np.allclose(moved["bias"], -0.05)


def test_a_loss_alone_is_no_slope_of_the_bias() -> None:
    start = {"theta": np.zeros((4, 3)), "bias": np.zeros(3)}
    assert stepped_against(slopes_in((7.5, np.ones((4, 3)))), start, 0.1) == {}
    whole = slopes_in((7.5, np.ones((4, 3)), np.ones(3)))
    assert [slope.shape for slope in whole] == [(4, 3), (3,)]

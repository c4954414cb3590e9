"""Loose functions whose training data stand in globals or defaults are asked about ours, or not judged at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from stubs.classifiers import NEIGHBOURS
from stubs.workbench import opened, rubric_with

from grader.pipeline import probe_data
from grader.rubric import load
from grader.team import finding
from grader.team.finding import find
from grader.team.probing import Prober, Trial
from grader.team.proxies import HandInTeam
from grader.team.symbols import Symbol

ROLES = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml").roles
RUBRIC = rubric_with({name: ROLES[name].model_dump() for name in ("knn", "lls")})
RNG = np.random.default_rng(8)
POINTS, QUERIES = RNG.normal(size=(50, 2)), RNG.normal(size=(20, 2))
THREE, SIGNS = np.arange(50) % 3, np.where(POINTS @ [1, 0.4] > 0.3, 1, -1)
NEAREST = np.argsort(((QUERIES[:, None] - POINTS) ** 2).sum(axis=2), axis=1)[:, :4]

TABLE = """
import numpy as np
TABLE = np.random.default_rng(0).normal(size=(90, 2))
CODES = np.arange(90) % 3
"""
IN_GLOBALS = """
def gap(q):
    return np.hypot(*(q[:, None] - TABLE).T).T
def kneighbours(q, k):
    order = np.argsort(gap(q), axis=1)[:, :k]
    return np.sort(gap(q), axis=1)[:, :k], order
def knn_predict(q, k):
    return np.array([np.bincount(row).argmax() for row in CODES[kneighbours(q, k)[1]]])
def class_probabilities():
    return np.bincount(CODES) / CODES.size
"""
IN_DEFAULTS = """
def kneighbours(q, k, X=TABLE):
    gaps = np.hypot(*(q[:, None] - X).T).T
    return np.sort(gaps, axis=1)[:, :k], np.argsort(gaps, axis=1)[:, :k]
def knn_predict(q, k, X_train=TABLE, y_train=CODES):
    return np.array([np.bincount(row).argmax() for row in y_train[kneighbours(q, k, X_train)[1]]])
"""
OUT_OF_REACH = """
def made():
    hidden = TABLE.copy()
    def kneighbours(q, k):
        gaps = np.hypot(*(q[:, None] - hidden).T).T
        return np.sort(gaps, axis=1)[:, :k], np.argsort(gaps, axis=1)[:, :k]
    return kneighbours
kneighbours = made()
def knn_predict(q, k):
    return CODES[kneighbours(q, k)[1][:, 0]]
"""
LEARNED = """
import numpy as np
def lls_fit(A, labels):
    return np.linalg.lstsq(np.c_[A, np.ones(len(A))], labels, rcond=None)[0]
line = lls_fit(np.eye(9, 2), np.ones(9))
def lls_predict(A):
    return np.sign(np.c_[A, np.ones(len(A))] @ line)
"""


@contextmanager
def team_of(source: str, folder: Path) -> Iterator[HandInTeam]:
    """The hand-in of one source text, found and ready to be questioned."""
    with opened(dedent(source), folder) as (slice_, session):
        yield HandInTeam(session, find(slice_, session, RUBRIC, probe_data()), RUBRIC)


@pytest.mark.parametrize("source", [IN_GLOBALS, IN_DEFAULTS])
def test_data_in_globals_and_defaults_are_ours_while_we_ask(source: str, tmp_path: Path) -> None:
    with team_of(TABLE + source, tmp_path) as team:
        model = team.knn(k=4).fit(POINTS, THREE)
        indices = next(a for a in model.kneighbours(QUERIES) if np.all(a == np.round(a))).astype(int)
        assert np.array_equal(np.sort(indices, axis=1), np.sort(NEAREST, axis=1))
        votes = np.stack([(THREE[NEAREST] == c).sum(axis=1) for c in range(3)], axis=1)
        mine = model.predict(QUERIES).astype(int)
        assert np.array_equal(votes[np.arange(20), mine], votes.max(axis=1))
        if team.has("knn", "class_probabilities"):
            np.testing.assert_allclose(model.class_probabilities(), np.bincount(THREE) / 50)
        assert not team.doubts.raised


def test_two_models_have_their_own_data(tmp_path: Path) -> None:
    with team_of(TABLE + IN_GLOBALS, tmp_path) as team:
        first, second = team.knn(k=4).fit(POINTS, THREE), team.knn(k=4).fit(POINTS[:9] + 5, THREE[:9])
        before = first.kneighbours(QUERIES)
        assert second.kneighbours(QUERIES)[1].max() < 9
        for old, new in zip(before, first.kneighbours(QUERIES), strict=True):
            np.testing.assert_array_equal(old, new)


def test_answers_that_have_nothing_to_do_with_our_data_are_in_doubt(tmp_path: Path) -> None:
    with team_of(TABLE + OUT_OF_REACH, tmp_path) as team:
        model = team.knn(k=4).fit(POINTS, THREE)
        assert not team.doubts.raised
        model.kneighbours(QUERIES)
        assert "whatever training data" in team.doubts.raised["knn"]


def test_what_a_fit_gave_back_is_put_where_the_prediction_reads_it(tmp_path: Path) -> None:
    with team_of(LEARNED, tmp_path) as team:
        wide = np.c_[POINTS, np.ones(50)]
        theta = np.linalg.lstsq(wide, SIGNS.astype(float), rcond=None)[0]
        answers = team.lls().fit(POINTS, SIGNS).predict(QUERIES)
        assert np.array_equal(answers, np.sign(np.c_[QUERIES, np.ones(20)] @ theta))
        assert not team.doubts.raised


def test_a_mistake_of_ours_spoils_one_candidate_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = finding.try_class

    def stumbling(prober: Prober, symbol: Symbol, *more: Any) -> Trial:
        if symbol.name == "KNN":
            raise KeyError("a mistake")
        return real(prober, symbol, *more)

    monkeypatch.setattr(finding, "try_class", stumbling)
    other = NEIGHBOURS["usual"].replace("KNN", "KNearest")
    with team_of(NEIGHBOURS["usual"] + other, tmp_path) as team:
        assert team.binding("knn").symbol == "KNearest"
        assert "KeyError" in team.binding("knn").why
    with team_of(NEIGHBOURS["usual"], tmp_path) as team:
        assert team.binding("knn").kind == "broken"


def test_another_model_s_fit_and_prediction_do_not_complete_a_model(tmp_path: Path) -> None:
    lines = LEARNED.replace("lls_fit", "fit").replace("lls_predict(A)", "predict(A, line)")
    nearest = IN_DEFAULTS.partition("def knn_predict")[0]
    with team_of(TABLE + nearest + lines, tmp_path) as team:
        assert team.binding("knn").symbol == "kneighbours"
        assert not team.has("knn", "predict")
        assert team.binding("lls").symbol == "fit, predict"

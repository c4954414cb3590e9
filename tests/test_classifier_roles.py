"""Classifiers are found and questioned however they are written: with labels, neighbours, loose functions, theta."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stubs.classifiers import LEAST_SQUARES, NEIGHBOURS
from stubs.workbench import opened, rubric_with

from grader.errors import Malformed
from grader.pipeline import probe_data
from grader.rubric import Method, Parameter, Role, Rubric, load
from grader.team.evidence import speaks_of_method
from grader.team.finding import find
from grader.team.proxies import HandInTeam
from grader.team.rows import as_rows, by_place, read_rows
from grader.team.state import State
from grader.team.symbols import Symbol

RNG = np.random.default_rng(4)
POINTS, QUERIES = RNG.normal(size=(40, 2)), RNG.normal(size=(25, 2))
THREE, SIGNS = np.arange(40) % 3, np.where(POINTS[:, 0] + 0.3 * RNG.normal(size=40) > 0.2, 1, -1)
DISTANCES = np.sqrt(((QUERIES[:, None] - POINTS) ** 2).sum(axis=2))


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    """Two roles of the sheet on classification, as they are shipped."""
    whole = load(Path(__file__).parent.parent / "rubrics" / "classification.yaml")
    return rubric_with({name: whole.roles[name].model_dump() for name in ("knn", "lls")})


@contextmanager
def team_of(source: str, folder: Path, rubric: Rubric) -> Iterator[HandInTeam]:
    """The team of one source text, ready to be asked."""
    with opened(source, folder) as (slice_, session):
        yield HandInTeam(session, find(slice_, session, rubric, probe_data()), rubric)


def vote(indices: Any) -> Any:
    """Labels with most votes among the neighbours, one truth table per query."""
    votes = np.stack([(THREE[indices] == label).sum(axis=1) for label in range(3)], axis=1)
    return votes == votes.max(axis=1, keepdims=True)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_found_and_answer_for_many_queries(name: str, tmp_path: Path, rubric: Rubric) -> None:
    with team_of(NEIGHBOURS[name], tmp_path, rubric) as team:
        assert team.binding("knn").confidence >= 0.6
        assert not team.has("lls")
        for k in (1, 5):
            model = team.knn(k=k).fit(POINTS, THREE)
            arrays = model.kneighbours(QUERIES)
            indices = next(a for a in arrays if np.all(a == np.round(a))).astype(int)
            assert indices.shape == (25, k)
            assert np.allclose(
                np.sort(np.take_along_axis(DISTANCES, indices, axis=1)), np.sort(DISTANCES)[:, :k]
            )
            answers = model.predict(QUERIES)
            assert answers.shape == (25,)
            assert vote(indices)[np.arange(25), answers.astype(int)].all()


@pytest.mark.parametrize("name", [n for n in NEIGHBOURS if "dens" in n])
def test_optional_methods_and_functions_answer_where_they_are_there(
    name: str, tmp_path: Path, rubric: Rubric
) -> None:
    wanted = 5 / (40 * np.pi * np.sort(DISTANCES)[:, 4] ** 2)
    with team_of(NEIGHBOURS[name], tmp_path, rubric) as team:
        model = team.knn(k=5).fit(POINTS, THREE)
        assert np.allclose(model.density(QUERIES), wanted)
        if team.has("knn", "class_density"):
            (mine,) = model.class_density(QUERIES, 1)
            own = np.sort(DISTANCES[:, THREE == 1])[:, 4]
            assert np.allclose(mine[:, 0], 5 / (np.sum(THREE == 1) * np.pi * own**2))


def test_what_is_optional_is_neither_missed_nor_taken_from_functions_that_say_nothing(
    tmp_path: Path, rubric: Rubric
) -> None:
    with team_of(NEIGHBOURS["functions that take the query first"], tmp_path, rubric) as team:
        assert not team.has("knn", "density")
        assert "density" not in team.binding("knn").why
        assert team.binding("knn").confidence > 0.9


@pytest.mark.parametrize("name", LEAST_SQUARES)
def test_least_squares_are_found_and_what_they_learned_can_be_read(
    name: str, tmp_path: Path, rubric: Rubric
) -> None:
    extended = np.column_stack([POINTS, np.ones(40)])
    theta = np.linalg.lstsq(extended, SIGNS.astype(float), rcond=None)[0]
    with team_of(LEAST_SQUARES[name], tmp_path, rubric) as team:
        assert not team.has("knn")
        model = team.lls().fit(POINTS, SIGNS)
        right = np.sign(np.column_stack([QUERIES, np.ones(25)]) @ theta)
        assert np.array_equal(np.sign(model.predict(QUERIES)), right)
        numbers = np.concatenate([np.empty(0), *(np.ravel(v) for v in model.learned.values())])
        kept = name != "a function for everything"
        assert all(np.isclose(numbers, entry).any() for entry in theta) == kept


def test_functions_that_are_only_called_fit_and_predict_are_taken_and_never_certain(
    tmp_path: Path, rubric: Rubric
) -> None:
    source = LEAST_SQUARES["functions"].replace("lls_fit", "fit").replace("lls_predict", "predict")
    with team_of(source + NEIGHBOURS["usual"], tmp_path, rubric) as team:
        assert team.binding("lls").symbol == "fit, predict"
        assert team.binding("lls").confidence < 0.6
        assert team.binding("knn").symbol == "KNN"


def test_a_function_goes_to_the_role_that_alone_is_asked_for_such_a_thing(rubric: Rubric) -> None:
    def spoken(name: str, *words: str) -> str:
        return speaks_of_method(Symbol(name, "function", words=frozenset(words)), rubric.roles)

    assert spoken("kneighbors") == "knn"
    assert spoken("estimate_density") == "knn"
    assert spoken("predict", "theta", "sign", "ones") == "lls"
    assert spoken("predict", "argsort", "counter", "neighbours") == "knn"
    assert spoken("predict") == ""
    assert spoken("plot_density") == ""
    assert spoken("accuracy") == ""


def test_roles_that_are_asked_all_the_same_things_share_no_function_by_its_words() -> None:
    both = {
        name: Role(
            kind="model", title=name, names=(name,), hints=(name,), methods={"fit": Method(returns="self")}
        )
        for name in ("first", "second")
    }
    assert speaks_of_method(Symbol("fit", "function", words=frozenset(["first"])), both) == ""


def test_trial_labels_are_those_of_the_rubric_and_all_occur() -> None:
    probe = probe_data()
    labels = probe.labels((-1, 1))
    assert labels.shape == (len(probe.train),)
    assert set(labels.tolist()) == {-1, 1}
    assert Parameter(labels=[0, 1]).labels == (0, 1)


# ---- answers with one row per point ---------------------------------------------------------------------

D, I = np.arange(12.0).reshape(4, 3) + 0.5, np.arange(12).reshape(4, 3)


@pytest.mark.parametrize(
    "answer",
    [
        (D, I),
        [D, I],
        {"distances": D, "indices": I},
        np.stack([D, I]),
        np.stack([D, I], axis=1),
        np.stack([D, I], axis=2),
        (D.T, I.T),
        np.stack([D.T, I.T]),
        [(d, i) for d, i in zip(D, I, strict=True)],
        [[(a, b) for a, b in zip(d, i, strict=True)] for d, i in zip(D, I, strict=True)],
    ],
    ids=[
        "tuple", "list", "dict", "stacked", "stacked per point", "pairs", "turned", "turned and stacked", "list of tuples",
        "list of lists of pairs",
    ],
)  # fmt: skip
def test_two_arrays_are_read_from_any_form(answer: Any) -> None:
    first, second = as_rows(answer, 4, "there", State())
    assert np.array_equal(first, D)
    assert np.array_equal(second, I)
    assert read_rows(answer, 4) == ""


def test_one_array_a_vector_and_arrays_of_other_widths_are_read() -> None:
    assert [a.shape for a in as_rows(I, 4, "there", State())] == [(4, 3)]
    assert [a.shape for a in as_rows(I[:, 0], 4, "there", State())] == [(4, 1)]
    assert [a.shape for a in as_rows((I[:, 0], D[:, 0]), 4, "there", State())] == [(4, 1), (4, 1)]
    assert [a.shape for a in as_rows((I, np.ones((4, 9))), 4, "there", State())] == [(4, 3), (4, 9)]


def test_turned_arrays_are_remarked_and_other_shapes_refused() -> None:
    state = State()
    as_rows(I.T, 4, "there", state)
    assert "one point per column" in state.remarks[0]
    for answer in (I[:3], None, "text", 7.0, [], (I, I[:2])):
        with pytest.raises(Malformed, match="one per point"):
            as_rows(answer, 4, "there", State())
        assert read_rows(answer, 4)


@pytest.mark.parametrize("k", [1, 3])
def test_answers_for_single_points_are_put_together(k: int) -> None:
    d, i = D[:, :k], I[:, :k]
    forms: list[list[Any]] = [
        [(d[p], i[p]) for p in range(4)],
        [{"d": d[p], "i": i[p]} for p in range(4)],
        [np.column_stack([d[p], i[p]]) for p in range(4)],
        [np.array([d[p], i[p]]) for p in range(4)],
        [(d[p : p + 1], i[p : p + 1]) for p in range(4)],
    ]
    for answers in forms:
        first, second = by_place(answers)
        assert np.array_equal(first, d)
        assert np.array_equal(second, i)
    assert np.array_equal(by_place([i[p] for p in range(4)])[0], i)


def test_answers_for_single_points_of_different_form_are_refused() -> None:
    for answers in ([D[0], (D[1], I[1])], [D[0], D[1, :2]], [None, None], []):
        with pytest.raises(Malformed, match="single points"):
            by_place(answers)

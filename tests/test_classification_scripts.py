"""Several scripts as one work: names that files share are told apart, places are said by file and line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hand_made_runs import Found, cloud, figure, panel
from test_classification_run import judged

from grader.judge.transcript import Transcript, read_transcript, spoken_places
from grader.records import Binding, Call, CellRun, Execution, Figure, Observed, Verdict
from reference.classification.questions.run_work import Work

FILES = {
    "task1.py": [
        "class NearestNeighbours:\n    def fit(self, X, y):\n        pass\n    def predict(self, Q):\n        return vote(Q)",
        "NearestNeighbours().fit(X, y)\nplt.scatter(*X.T)",
    ],
    "task2.py": [
        "def fit(X, y):\n    return np.linalg.pinv(X) @ y\ndef predict(w, X):\n    return np.sign(X @ w)",
        "for n in (1, 2, 4, 8, 16):\n    X, y = two_clouds(n)\n    axes.scatter(*X.T)\n    hits = predict(fit(X, y), X_test)",
    ],
    "task3.py": [
        "def predict(W, X):\n    return softmax(X @ W).argmax(axis=1)",
        "W = train(X, y)\nprint(np.mean(predict(W, X_test) == y_test))",
    ],
}
TEAM = Found(
    {
        "knn": Binding("knn", "NearestNeighbours", "class", confidence=1.0),
        "lls": Binding("lls", "fit, task2.predict", "functions", {"fit": "fit", "predict": "task2.predict"}),
        "softmax": Binding("softmax", "train, task3.predict", "functions", {"fit": "train", "predict": "task3.predict"}),
    }
)  # fmt: skip


def scripts(files: Sequence[str] = (), figures: Sequence[Figure] = (), **sources: list[str]) -> Transcript:
    """The scripts, each under its name as a heading, run to their end."""
    cells: list[dict[str, Any]] = []
    for name, texts in (FILES | sources).items():
        cells.append(
            {"cell_type": "markdown", "source": f"# {name}", "metadata": {"part": name, "place": name}}
        )
        for number, text in enumerate(texts):
            place = {"part": name, "place": f"{name}, line {1 + 10 * number}"}
            cells.append({"cell_type": "code", "source": text, "metadata": place, "outputs": []})
    stored = json.dumps({"cells": cells})
    states = tuple(CellRun(index, "ok") for index in range(len(cells)))
    calls = (Call(2, "NearestNeighbours.fit"), Call(5, "fit"), Call(5, "predict"), Call(8, "predict"))
    observed = Observed(figures=tuple(figures), calls=calls)
    return replace(
        read_transcript(stored, Execution("complete", states, stored), files=tuple(files)), observed=observed
    )


def test_functions_of_the_same_name_belong_to_the_task_of_their_file() -> None:
    work = Work(TEAM, scripts())
    assert {index: set(tasks) for index, tasks in work.tasks.items()} == {1: {1}, 2: {1}, 4: {2}, 5: {2}, 7: {3}, 8: {3}}  # fmt: skip
    assert [(call.cell, call.name) for call in work.calls(2)] == [(5, "fit"), (5, "predict")]


def test_a_function_of_another_file_is_followed_where_the_own_file_has_none() -> None:
    work = Work(TEAM, scripts(**{"task3.py": ["print(predict(W, X_test))"]}))
    reached = {getattr(node, "attr", "") for node in work.source.reached(work.transcript.cells[7])}
    assert "sign" in reached
    own = Work(TEAM, scripts())
    reached = {getattr(node, "attr", "") for node in own.source.reached(own.transcript.cells[8])}
    assert "argmax" in reached and "sign" not in reached


def test_a_figure_of_the_second_script_is_one_of_the_second_task() -> None:
    sets = figure(5, *(panel(cloud(), title=f"n = {2**i}") for i in range(5)))
    transcript = replace(scripts(), observed=Observed(figures=(sets,)))
    cells = tuple(replace(c, figures=(sets,)) if c.index == 5 else c for c in transcript.cells)
    found = judged("lls.plot", replace(transcript, cells=cells), team=TEAM)
    assert found.verdict in {Verdict.PASSED, Verdict.PARTIAL}, found.message
    assert found.cells == (5,)


@pytest.mark.parametrize(
    ("name", "wanted"), [("plots/outliers.png", Verdict.REVIEW), ("data.csv", Verdict.MISSING)]
)
def test_saved_pictures_may_show_what_our_run_did_not(name: str, wanted: Verdict) -> None:
    found = judged("lls.plot", scripts((name,), **{"task2.py": FILES["task2.py"][:1]}), team=TEAM)
    assert found.verdict is wanted, found.message
    assert (name in found.message) is (wanted is Verdict.REVIEW)


def test_places_are_said_as_teams_say_them() -> None:
    cells = scripts().cells
    assert spoken_places(cells[4:6]) == "task2.py, line 1; task2.py, line 11"
    bare = [replace(cell, part="", place="") for cell in cells]
    assert spoken_places([bare[2], bare[1], bare[2]]) == "cells 3, 2"
    assert (spoken_places(bare[:1]), bare[0].named, cells[1].named) == (
        "cell 1",
        "Cell 1",
        "task1.py, line 1",
    )


def drawn_in(index: int, transcript: Transcript) -> Transcript:
    """The transcript with five sets of data drawn in one cell."""
    sets = figure(index, *(panel(cloud(), title=f"n = {2**i}") for i in range(5)))
    cells = tuple(replace(c, figures=(sets,)) if c.index == index else c for c in transcript.cells)
    return replace(transcript, cells=cells, observed=Observed(figures=(sets,)))


INNER = "def nearest(X, y):\n    def neighbours(q):\n        return X\n    def predict(q):\n        return neighbours(q)\n    return predict"  # fmt: skip
LINES = "for n in (1, 2, 4, 8, 16):\n    X, y = two_clouds(n)\n    theta, predict = solved(X, y)\n    axes.scatter(*X.T)\n    predict(X)"  # fmt: skip


def test_a_name_that_a_script_binds_itself_leads_into_no_other_script() -> None:
    work = Work(TEAM, scripts(**{"task1.py": [INNER], "lines.py": [LINES]}))
    cell = next(c for c in work.transcript.code if c.part == "lines.py")
    assert "neighbours" not in {getattr(node, "id", "") for node in work.source.reached(cell)}
    other = Work(
        TEAM, scripts(**{"task1.py": [INNER], "lines.py": [LINES.replace("theta, predict", "theta, w")]})
    )
    cell = next(c for c in other.transcript.code if c.part == "lines.py")
    assert "neighbours" in {getattr(node, "id", "") for node in other.source.reached(cell)}


def test_the_words_in_a_files_name_tell_its_task_whatever_else_its_code_speaks_of() -> None:
    files = {"task2.py": FILES["task2.py"][:1], "least_squares.py": ["neighbour = fits\nplt.scatter(*X.T)"]}
    transcript = scripts(**files)
    found = judged("lls.plot", drawn_in(len(transcript.cells) - 1, transcript), team=TEAM)
    assert found.verdict in {Verdict.PASSED, Verdict.PARTIAL}, found.message


@pytest.mark.parametrize(("source", "wanted"), [("draw(X)", Verdict.REVIEW), ("draw(knn)", Verdict.MISSING)])
def test_a_figure_that_nothing_claims_may_be_the_one_that_is_asked_for(source: str, wanted: Verdict) -> None:
    files = {"task1.py": FILES["task1.py"][:1], "task2.py": ["pass"], "task3.py": [*FILES["task3.py"]]}
    transcript = scripts(**files, **{"more.py": [source]})
    cells = tuple(replace(c, headings=()) if c.part == "more.py" else c for c in transcript.cells)
    transcript = drawn_in(len(cells) - 1, replace(transcript, cells=cells))
    assert judged("lls.plot", transcript, team=TEAM).verdict is wanted

"""The transcript: cells with headings, outputs of three sources, noted calls, and the names that code reaches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.judge.transcript import columns_of, is_named, prints_of, read_transcript, text_in, words_of
from grader.records import Call, CellRun, Execution, Figure, Observed


def notebook(*cells: tuple[str, str] | tuple[str, str, list[dict[str, Any]]]) -> str:
    made = [
        {"cell_type": kind, "source": source, "outputs": list(*outputs), "metadata": {}}
        for kind, source, *outputs in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def picture() -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": "<Figure>"}}


NOT_RUN = Execution("not_run")


def test_headings_form_a_path_and_a_new_one_ends_deeper_ones() -> None:
    text = notebook(
        ("markdown", "# Task 1\n## Data"),
        ("code", "x = 1"),
        ("markdown", "Task 2\n======\nWords."),
        ("code", "y = 2"),
    )
    cells = read_transcript(text, NOT_RUN).cells
    assert cells[1].headings == ("Task 1", "Data")
    assert cells[2].headings == cells[3].headings == ("Task 2",)


def test_a_comment_in_a_fenced_block_is_no_heading() -> None:
    text = notebook(("markdown", "# One\n```python\n# two\n```"), ("code", "x = 1"))
    assert read_transcript(text, NOT_RUN).cells[1].headings == ("One",)


def test_stored_outputs_and_those_of_our_run_are_kept_apart() -> None:
    stored = notebook(("code", "print(2)", [printed("2"), picture()]))
    ran = notebook(("code", "print(2)", [printed("3")]))
    cell = read_transcript(stored, Execution("complete", (CellRun(0, "ok"),), ran)).cells[0]
    assert (cell.ours.text, cell.stored.text, cell.images, cell.ran) == ("3", "2", 1, True)
    assert cell.text == "3" and cell.shows


def test_a_cell_that_our_run_did_not_finish_is_hidden_and_still_shows_what_is_stored() -> None:
    stored = notebook(("code", "a()", [picture()]), ("code", "b()"))
    states = (CellRun(0, "limit"), CellRun(1, "not_reached"))
    whole = read_transcript(stored, Execution("limit", states, notebook(("code", "a()"), ("code", "b()"))))
    assert [cell.index for cell in whole.hidden()] == [0, 1]
    assert whole.cells[0].shows and not whole.cells[1].shows and not whole.complete


def test_tables_in_html_give_their_text() -> None:
    table = {
        "output_type": "execute_result",
        "data": {"text/html": "<table><tr><td>GMM<td>0.01</table>", "text/plain": "x"},
    }
    cell = read_transcript(notebook(("code", "frame", [table])), NOT_RUN).cells[0]
    assert cell.stored.tables == 1 and "GMM 0.01" in cell.text


def test_names_follow_the_functions_that_a_cell_calls_but_not_those_it_defines() -> None:
    text = notebook(
        ("code", "def inner(x):\n    return score(x)\n\ndef outer(x):\n    plt.pcolormesh(inner(x))"),
        ("code", "outer(3)"),
        ("code", "%matplotlib inline\n!pip install x\ny = 2"),
    )
    cells = read_transcript(text, NOT_RUN).cells
    assert not cells[0].uses("pcolormesh")
    assert cells[1].uses("score") and cells[1].uses("pcolormesh") and not cells[1].uses("y")
    assert cells[2].uses("y") and cells[2].numbers == {2.0}


def test_names_follow_modules_of_the_hand_in() -> None:
    text = notebook(("code", "from helper import study\nstudy()"))
    cell = read_transcript(text, NOT_RUN, modules=["def study():\n    return draw()"]).cells[0]
    assert cell.uses("draw")


def test_figures_and_calls_stand_at_their_cells() -> None:
    seen = Observed(
        (Figure(1),), (Call(1, "Tree.fit", {"X": {"shape": [5, 2], "print": "ab"}}), Call(0, "outfit"))
    )
    text = notebook(("code", "a"), ("code", "b"))
    whole = read_transcript(text, Execution("complete", (), text, observed=seen))
    assert len(whole.cells[1].figures) == 1 and not whole.cells[0].figures
    assert [call.cell for call in whole.calls("fit")] == [1]
    assert columns_of(whole.calls("fit")[0]) == {2}
    assert prints_of(whole.calls("fit")[0].arguments["X"]) == {"ab"}


def test_a_name_matches_only_after_a_dot() -> None:
    assert is_named("a.b.fit", "b.fit") and is_named("fit", "fit") and not is_named("outfit", "fit")


def test_arrays_in_lists_of_arguments_are_seen_and_the_object_itself_is_not() -> None:
    call = Call(0, "f", {"self": {"shape": [3, 9]}, "both": [{"shape": [4, 64]}, {"shape": [4]}]})
    assert columns_of(call) == {64}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("# Only a heading", 0),
        ("![figure](a.png)", 0),
        ("The histogram is too coarse here.", 6),
        ("Das Modell glättet zu stark.", 5),
        ("```\ncode here\n```\nTwo words", 2),
        ("| a table | of words |\n|---|---|", 0),
    ],
)
def test_words_of_running_text_are_counted(source: str, words: int) -> None:
    assert words_of(source) == words


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", '{"cells": 3}', '{"cells": [1, {"cell_type": 7, "source": [1]}]}']
)
def test_junk_gives_a_transcript_without_anything_to_see(junk: str) -> None:
    whole = read_transcript(junk, NOT_RUN)
    assert not any(cell.shows or cell.names for cell in whole.cells)


def test_the_words_of_a_page_come_without_markup() -> None:
    assert text_in("<p>MMD<sup>2</sup> = <b>0.1</b></p>") == "MMD 2 = 0.1"

"""Where a notebook speaks: text, comments, printed sentences; task statements and headings say nothing."""

from __future__ import annotations

import pytest
from hand_made_runs import not_run

from grader.judge import prose

ANSWER = (
    "The histogram with few bins is too coarse, and with many bins it only remembers the training points, "
    "which the discrepancy hardly punishes."
)
GERMAN = (
    "Mit wenigen Kästen ist das Histogramm zu grob, mit vielen merkt es sich nur die Trainingspunkte, "
    "was die Diskrepanz kaum bestraft."
)
TASK = "Implement the four models as classes. Evaluate them for several sizes of the training set. Comment on what you find."


@pytest.mark.parametrize("text", [ANSWER, GERMAN])
@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("#: {}", "text"),
        ("#: ## Findings\n{}", "text"),
        ("#: - {}", "text"),
        ("x = 1\n# {}", "comment"),
        ('print("{}")', "printed"),
        ('"""{}"""', "docstring"),
        ('def f():\n    """{}"""', "docstring"),
        ('from IPython.display import Markdown\nMarkdown("{}")', "printed"),
    ],
)
def test_text_counts_wherever_it_stands_and_in_either_language(text: str, cell: str, kind: str) -> None:
    found = prose.passages(not_run([cell.format(text)]), 15)
    assert [(p.kind, p.cell.index) for p in found] == [(kind, 0)]


@pytest.mark.parametrize(
    "cell",
    [
        "#: # Exercise 1\n## Findings\n### A long heading of more than fifteen words that goes on and on and says nothing at all here",
        f"#: {TASK}",
        "#: ok",
        "x = 1  # one\n\n# two words",
        "#: | a | table | of | many | words | which | is | no | running | text | at | all | but | numbers | only |",
        "#: ```\nsome code that is long enough to be fifteen words but is code and so it does not count at all\n```",
        "result = {'text': 1}",
    ],
)
def test_headings_tasks_tables_and_code_are_no_answers(cell: str) -> None:
    assert prose.passages(not_run([cell]), 15) == ()


def test_an_answer_below_a_task_counts_alone() -> None:
    assert prose.answer_words(f"{TASK}\n\n{ANSWER}") == prose.answer_words(ANSWER)


def test_comments_on_neighbouring_lines_are_one_piece() -> None:
    lines = "x = 1\n# the first half of what is said here\n# and the second half of the same sentence"
    assert [p.words for p in prose.passages(not_run([lines]), 15)] == [16]


def test_the_nearest_passages_come_first_those_below_before_those_above() -> None:
    transcript = not_run([f"#: {ANSWER}", "plot()", f"#: {GERMAN}", "x = 1", f"#: {ANSWER}"])
    found = prose.passages(transcript, 15)
    assert [p.cell.index for p in prose.nearest(found, [1], 2)] == [2, 0]
    assert len(prose.nearest(found, [], 1)) == 1


def test_passages_under_a_heading_are_found_by_its_words() -> None:
    transcript = not_run(["#: ## Results and discussion", f"#: {ANSWER}", "#: ## Next", f"#: {GERMAN}"])
    assert [p.cell.index for p in prose.headed(prose.passages(transcript, 15), "discuss")] == [1]


def test_text_that_only_the_export_has_is_counted() -> None:
    cells = ["x = 1\nprint(x)", "#: ## Findings"]
    assert prose.only_in_export(not_run(cells, export="")) == 0
    assert prose.only_in_export(not_run(cells, export="x = 1 print(x) Findings page 1")) < 5
    assert prose.only_in_export(not_run(cells, export=f"x = 1 {ANSWER} {GERMAN}")) > 30

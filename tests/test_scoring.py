"""Findings to points: what is decided counts, what is open does not, and a tutor's mark outranks the machine."""

import pytest

from grader.errors import UsageFault
from grader.judge.scoring import nearest_step, score
from grader.records import Finding, Verdict
from grader.rubric import Rubric


def rubric():
    items = [
        {"id": "a.first", "task": "1.1", "title": "first", "points": 2, "kind": "review"},
        {"id": "a.second", "task": "1.2", "title": "second", "points": 2, "kind": "review"},
        {"id": "b.extra", "task": "2", "title": "extra", "points": 1, "kind": "review", "bonus": True},
        {"id": "b.third", "task": "2.1", "title": "third", "points": 4, "kind": "review"},
        {"id": "rules.name", "task": "0", "title": "name", "points": 0, "kind": "review"},
    ]
    return Rubric.model_validate(
        {"sheet": "s", "title": "t", "max": 8, "tasks": {"1": 4, "2": 4}, "items": items}
    )


def findings(**verdicts):
    default = {"a.first": (Verdict.PASSED, 1.0), "a.second": (Verdict.PARTIAL, 0.5)}
    default |= {"b.extra": (Verdict.PASSED, 1.0), "b.third": (Verdict.FAILED, 0.0)}
    default |= {"rules.name": (Verdict.FAILED, 0.0)} | {k.replace("__", "."): v for k, v in verdicts.items()}
    return [Finding(item, verdict, share) for item, (verdict, share) in default.items()]


def test_shares_become_points_and_bonus_is_counted_apart():
    found = score(findings(), rubric())
    assert (found.points, found.max, found.bonus) == (4.0, 8.0, 1.0)
    assert [row.points for row in found.items] == [2.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.REVIEW, Verdict.BROKEN])
def test_open_items_have_no_points_and_no_zero(verdict):
    found = score(findings(b__third=(verdict, 0.0)), rubric())
    assert found.items[3].points is None
    assert (found.points_open, found.items_open) == (4.0, 1)
    assert found.tasks[1].step is None


def test_missing_is_zero_and_decided():
    found = score(findings(b__third=(Verdict.MISSING, 0.0)), rubric())
    assert found.items[3].points == 0.0
    assert found.items_open == 0


def test_a_mark_overrides_points_and_word_and_keeps_what_the_machine_said():
    found = score(findings(), rubric(), {"b.third": {"points": 3, "comment": "nearly", "author": "A. Tutor"}})
    row = found.items[3]
    assert (row.points, row.verdict) == (3.0, Verdict.PARTIAL)
    assert row.machine == {"verdict": Verdict.FAILED, "points": 0.0}
    assert row.mark is not None and row.mark["comment"] == "nearly"


def test_a_mark_closes_an_open_item():
    found = score(findings(b__third=(Verdict.REVIEW, 0.0)), rubric(), {"b.third": {"points": 4}})
    assert (found.items[3].verdict, found.items_open) == (Verdict.PASSED, 0)


def test_a_comment_without_points_leaves_the_points_to_the_machine():
    found = score(findings(), rubric(), {"a.second": {"points": None, "comment": "nice"}})
    assert found.items[1].points == 1.0
    assert found.items[1].mark == {"points": None, "comment": "nice"}


@pytest.mark.parametrize("points", [-0.5, 4.5, "3", True, float("nan")])
def test_a_mark_that_does_not_fit_is_refused_in_words(points):
    with pytest.raises(
        UsageFault, match=r"b\.third: a mark does not fit the item: expected a number between"
    ):
        score(findings(), rubric(), {"b.third": {"points": points}})


def test_a_mark_for_an_unknown_item_is_refused():
    with pytest.raises(UsageFault, match=r"'b\.fourth'"):
        score(findings(), rubric(), {"b.fourth": {"points": 1}})


def test_percent_per_task_is_the_nearest_step_and_leaves_bonus_out():
    tasks = score(findings(b__third=(Verdict.PARTIAL, 0.375)), rubric()).tasks
    assert (tasks[0].percent, tasks[0].step) == (75.0, 75)
    assert (tasks[1].percent, tasks[1].step) == (37.5, 50)
    assert tasks[1].points == 2.5


@pytest.mark.parametrize(
    ("percent", "step"), [(0, 0), (12.4, 0), (12.5, 25), (37.5, 50), (62.4, 50), (87.5, 100), (100, 100)]
)
def test_steps_round_ties_upward(percent, step):
    assert nearest_step(percent) == step


def test_a_task_whose_items_do_not_add_up_gets_no_percentage():
    found = score([f for f in findings() if f.item != "a.second"], rubric())
    assert found.tasks[0].percent is None

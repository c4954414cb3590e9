"""The engine: a killed warm process comes back, a killed hand-in is tried again, the cold path agrees."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from grader.batch import Batch
from grader.course import Course
from grader.engine import Engine, unexplained
from grader.intake.collect import collect
from grader.intake.words import words_of
from grader.pipeline import grade_submission
from grader.sandbox.child import Ending
from grader.sandbox.machine import cores, free_memory, slots
from grader.team.session import Session
from tests.small_course import RIGHT, make_course, write_hand_in


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(make_course(tmp_path / "course"))


def hand_in(folder: Path, *cells: str):  # type: ignore[no-untyped-def]
    return collect([write_hand_in(folder, "one", *cells)]).submissions[0]


def test_a_warm_process_that_was_killed_is_started_again(course: Course, tmp_path: Path) -> None:
    submission = hand_in(tmp_path / "in", RIGHT)
    with Engine(course.sheet("centring"), course) as engine:
        first, _ = grade_submission(submission, engine)
        assert engine._server is not None
        os.kill(engine._server.pid, signal.SIGKILL)
        second, _ = grade_submission(submission, engine)
        assert engine.restarts == 1
    assert first.points == second.points == 4


def test_a_warm_process_that_has_served_its_time_makes_way_for_a_new_one(
    course: Course, tmp_path: Path
) -> None:
    submission = hand_in(tmp_path / "in", RIGHT)
    with Engine(course.sheet("centring"), course, recycle=1) as engine:
        cards, servers = [], set()
        for _ in range(3):
            cards.append(grade_submission(submission, engine)[0])
            assert engine._server is not None
            servers.add(engine._server.pid)
        assert len(engine._retired) <= 2
        assert engine.restarts == 0
    assert [card.points for card in cards] == [4, 4, 4]
    assert len(servers) == 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in servers)


def test_a_question_child_killed_from_outside_costs_nothing(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = hand_in(tmp_path / "in", RIGHT)
    call, struck = Session.call, []

    def strike(session: Session, *arguments: object, **named: object) -> object:
        alive = [c for own in engine._mine.values() for c in own if c.ending is None and c._process >= 0]
        if alive and not struck:
            facts = Path(f"/proc/self/fdinfo/{alive[-1]._process}").read_text()
            os.kill(int(facts.split("Pid:")[1].split()[0]), signal.SIGKILL)
            struck.append(alive[-1])
        return call(session, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "call", strike)
    with Engine(course.sheet("centring"), course) as engine:
        card, _ = grade_submission(submission, engine)
    assert struck, card.notes
    assert card.points == 4


def test_a_hand_in_that_kills_itself_every_time_is_believed_the_second_time(
    course: Course, tmp_path: Path
) -> None:
    deadly = "import os, signal\ndef spread(X):\n    os.kill(os.getpid(), signal.SIGKILL)"
    with Engine(course.sheet("centring"), course) as engine:
        card, _ = grade_submission(hand_in(tmp_path / "in", deadly), engine)
    assert card.status == "graded" and card.points == 0


def test_a_process_warmed_for_one_hand_in_leaves_out_packages_that_it_does_not_speak_of(
    course: Course, tmp_path: Path
) -> None:
    submission = hand_in(tmp_path / "in", RIGHT)
    with Engine(course.sheet("centring"), course) as engine:
        engine.warm_up(words_of(submission))
        card, _ = grade_submission(submission, engine)
        assert engine._preload == ("numpy",)
        assert engine.restarts == 0
    with Engine(course.sheet("centring"), course) as engine:
        engine.warm_up(words_of(hand_in(tmp_path / "other", "print(1)")))
        assert engine._preload == ()
    assert card.points == 4


def test_the_cold_path_agrees_and_leaves_no_process(course: Course, tmp_path: Path) -> None:
    submission = hand_in(tmp_path / "in", RIGHT, "print(spread(np.ones((3, 2))))")
    cards = {}
    for cold in (False, True):
        out = tmp_path / f"out {cold}"
        cards[cold] = Batch(course.sheet("centring"), course, out, cold=cold).run(
            [submission], lambda *_: None
        )[0]
    assert [(i.id, i.verdict) for i in cards[True].items] == [(i.id, i.verdict) for i in cards[False].items]


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending(None, signal.SIGKILL), True),
        (Ending(None, None), True),
        (Ending(None, signal.SIGKILL, killed_by_us=True), False),
        (Ending(None, signal.SIGKILL, out_of_memory=True), False),
        (Ending(None, signal.SIGKILL, limit="disk"), False),
        (Ending(None, signal.SIGSEGV), False),
        (Ending(3, None), False),
    ],
)
def test_only_a_kill_by_nobody_we_know_is_unexplained(ending: Ending, expected: bool) -> None:
    assert unexplained(ending) is expected


def test_at_least_one_and_at_most_one_per_core_run_at_a_time() -> None:
    assert slots(10**15) == 1
    assert slots(1) == cores()
    assert free_memory() > 0

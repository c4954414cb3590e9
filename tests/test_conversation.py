"""Questions with deadlines, and how every kind of ending is told apart from outside."""

from __future__ import annotations

import json
import os
import socket
import struct
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_child import PlainChild, PlainEnding

from grader.errors import Died, Malformed, Overtime, Raised, TeamFault
from grader.records import Slice, Statement
from grader.team import conversation as conversation_module
from grader.team.conversation import Conversation
from grader.team.session import Restarted, Session
from grader.team.wire import Name

DEADLY = """
import os, signal, time
class Model:
    def loop(self):
        while True:
            time.sleep(0.01)
    def stubborn(self):
        while True:
            try:
                time.sleep(0.05)
            except KeyboardInterrupt:
                pass
    def swallows(self):
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            return 'a late answer'
    def leave(self):
        os._exit(0)
    def abort(self):
        os.abort()
    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)
    def close(self):
        os.closerange(3, 4096)
    def forge(self):
        for number in range(3, 200):
            try:
                os.write(number, b'\\xff\\xff\\xff\\xff' * 4)
            except OSError:
                pass
        time.sleep(60)
    def daemon(self):
        if os.fork() == 0:
            time.sleep(1.0)
            os._exit(0)
        os._exit(3)
    def fine(self):
        return 1
"""


def as_slice(*sources: str) -> Slice:
    statements = []
    for number, source in enumerate(sources):
        text = textwrap.dedent(source).strip()
        statements.append(
            Statement(text, f"cell {number + 1}, line 1", (f"name{number}",), "assignment", number)
        )
    return Slice(tuple(statements))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(lambda: PlainChild(tmp_path), as_slice(DEADLY)) as session:
        yield session


@pytest.mark.parametrize(
    ("method", "fault", "words", "survives"),
    [
        ("loop", Overtime, "within 0.3 s and was interrupted", False),
        ("swallows", Overtime, "within 0.3 s and was interrupted", False),
        ("stubborn", Overtime, "could not be interrupted", False),
        ("leave", Died, "exit code 0", False),
        ("abort", Died, "signal 6", False),
        ("kill", Died, "signal 9", False),
        ("close", Died, "closed the channel", False),
        ("forge", Malformed, "no answer", False),
        ("daemon", Died, "exit code 3", False),
    ],
)
def test_endings_are_told_apart_and_the_next_question_is_answered(
    session: Session, method: str, fault: type[TeamFault], words: str, survives: bool
) -> None:
    model = session.construct("Model")
    with pytest.raises(fault, match=words):
        session.call(model, method, seconds=0.3)
    assert session.alive is survives
    if not survives:
        with pytest.raises(Restarted, match="Model object went with it"):
            session.call(model, "fine")
        model = session.construct("Model")
    assert session.call(model, "fine") == 1
    assert session.restarts == (0 if survives else 1)


def test_a_deadline_is_kept_to_the_grace_second(session: Session) -> None:
    model = session.construct("Model")
    begun = time.monotonic()
    with pytest.raises(Overtime):
        session.call(model, "stubborn", seconds=0.2)
    assert 1.2 <= time.monotonic() - begun < 3.0


def test_reset_gives_a_fresh_process_and_close_ends_it(session: Session) -> None:
    model = session.construct("Model")
    session.reset()
    with pytest.raises(Restarted):
        session.call(model, "fine")
    assert session.generation == 2
    session.close()
    assert not session.alive
    assert session.get("Model", "__name__") == "Model"


def test_a_restarted_session_refuses_old_handles_inside_lists_too(session: Session) -> None:
    model = session.construct("Model")
    session.reset()
    with pytest.raises(Restarted):
        session.call("print", None, [[model]])


def test_a_statement_that_ends_the_process_is_found_and_left_out(tmp_path: Path) -> None:
    slice_ = as_slice("first = 1", "import os; os._exit(5)", "third = first + 2")
    with Session(lambda: PlainChild(tmp_path), slice_) as session:
        assert session.get("third") == 3
        assert [outcome["ok"] for outcome in session.outcomes] == [True, False, True]
        assert [remark.where for remark in session.remarks] == ["cell 2, line 1"]
        assert "ends the whole process" in session.remarks[0].what
        session.reset()
        assert session.get("third") == 3
        assert [outcome["ok"] for outcome in session.outcomes] == [True, False, True]


def test_missing_packages_are_remarked_once_by_name(tmp_path: Path) -> None:
    slice_ = as_slice("import nosuch.a", "import nosuch.b", "x = 1 / 0", "y = 1")
    with Session(lambda: PlainChild(tmp_path), slice_) as session:
        assert session.get("y") == 1
    assert [remark.kind for remark in session.remarks] == ["missing_package", "definition_failed"]
    assert "'nosuch'" in session.remarks[0].what
    assert "ZeroDivisionError" in session.remarks[1].what


def test_names_seed_drop_and_get_go_through_the_session(session: Session) -> None:
    described = {entry["name"]: entry for entry in session.names()}
    assert "fine" in described["Model"]["methods"]
    session.seed(3)
    model = session.construct("Model")
    session.drop([model])
    with pytest.raises(Malformed, match="not kept"):
        session.call(model, "fine")
    with pytest.raises(Raised, match="NameError"):
        session.get("nothing_of_this_name")


# ---- forged answers, from a peer that we play ourselves -----------------------------------------------


class Peer:
    """A process of which nothing is real but the channel; it answers what it is told to answer."""

    def __init__(self, answer: Callable[[dict[str, Any]], bytes]) -> None:
        self.channel, self._inner = socket.socketpair()
        self.pidfd, self._gone = os.pipe()
        self.interrupts, self.kills = 0, 0
        self._thread = threading.Thread(target=self._serve, args=(answer,))
        self._thread.start()

    def _serve(self, answer: Callable[[dict[str, Any]], bytes]) -> None:
        size = struct.unpack(">I", self._inner.recv(4, socket.MSG_WAITALL))[0]
        told = json.loads(self._inner.recv(size, socket.MSG_WAITALL))
        left = sum(told["blobs"])
        while left:
            left -= len(self._inner.recv(min(left, 1 << 16)))
        self._inner.sendall(answer(told))

    def interrupt(self) -> None:
        self.interrupts += 1

    def kill(self) -> PlainEnding:
        self.kills += 1
        return PlainEnding(None, 9)

    def close(self) -> None:
        self._thread.join(5)
        self._inner.close()
        for end in (self.pidfd, self._gone):
            os.close(end)


def framed(blobs: bytes = b"", **fields: Any) -> bytes:
    text = json.dumps({"blobs": [len(blobs)] if blobs else [], **fields}).encode()
    return struct.pack(">I", len(text)) + text + blobs


@pytest.mark.parametrize(
    "answer",
    [
        lambda told: framed(id=told["id"] + 1, ok=1),
        lambda told: framed(id=told["id"]),
        lambda told: framed(id=told["id"], ok={"@": "array", "blob": 7}),
        lambda told: framed(b"not an array", id=told["id"], ok={"@": "array", "blob": 0}),
        lambda told: struct.pack(">I", 2**31) + b"x" * 100,
        lambda told: struct.pack(">I", 4) + b"\x00\x01\x02\x03",
    ],
)
def test_a_forged_answer_is_malformed_and_ends_the_conversation(
    answer: Callable[[dict[str, Any]], bytes],
) -> None:
    peer = Peer(answer)
    talk = Conversation(peer.channel, peer)
    with pytest.raises(Malformed):
        talk.ask("ping")
    assert talk.dead
    assert peer.kills == 1
    with pytest.raises(Died, match="has ended"):
        talk.ask("ping")


def test_an_honest_answer_of_the_same_peer_is_taken() -> None:
    peer = Peer(lambda told: framed(id=told["id"], ok="pong", printed=3))
    talk = Conversation(peer.channel, peer)
    assert talk.ask("ping") == "pong"
    assert talk.printed == 3
    talk.end()


def test_an_answer_that_stops_half_way_is_overtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_module, "GRACE_SECONDS", 0.1)
    peer = Peer(lambda told: framed(id=told["id"], ok="pong")[:-5])
    talk = Conversation(peer.channel, peer)
    with pytest.raises(Overtime, match="could not be interrupted"):
        talk.ask("ping", seconds=0.2)
    assert peer.interrupts == 1
    assert talk.dead


def test_large_arrays_go_both_ways_without_a_dead_lock(tmp_path: Path) -> None:
    slice_ = as_slice("def double(X):\n    return 2 * X")
    big = np.random.default_rng(0).normal(size=(400_000, 3))
    with Session(lambda: PlainChild(tmp_path), slice_) as session:
        np.testing.assert_array_equal(session.call(Name("double"), None, [big]), 2 * big)

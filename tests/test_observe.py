"""What arrives from a run is a claim: it is fetched in pages, checked, cut, and its models are asked within limits."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain_child import PlainChild

from grader.errors import Died, Overtime, Raised
from grader.records import Call, Figure, Known, Observed, from_json, to_json
from grader.run import observe as module
from grader.run.claims import packed, unpacked
from grader.run.notebook import _in_cells
from grader.run.observe import Question, observe
from grader.team.conversation import Conversation
from grader.team.wire import Handle

FIGURE = {
    "cell": 2,
    "title": "above",
    "texts": ["a"],
    "legend": [],
    "panels": [
        {
            "kind": "plane", "title": "one", "xlabel": "x", "ylabel": "y", "legend": ["data"], "equal": True,
            "axis_off": False, "xlim": [0, 2.5], "ylim": [1.0, 3.0], "xscale": "linear", "yscale": "log", "texts": [],
            "layers": [{"kind": "points", "label": "data", "shape": [3], "x": [0.0, 1.0], "y": None,
                        "values": packed(np.zeros((3, 2)))}],
        }
    ],
}  # fmt: skip
CALL = {
    "cell": 1,
    "name": "KDE.fit",
    "arguments": {"self": {"type": "KDE", "key": 3}, "n": 4},
    "within": ["run"],
}
MODEL = {
    "key": 3,
    "cell": 1,
    "name": "model",
    "family": "model",
    "type": "a.KDE",
    "shape": [9, 2],
    "settings": {"h": 1},
}


class Process:
    """A conversation with a process whose answers are given."""

    def __init__(self, **seen: Any) -> None:
        self.seen = {"figures": [], "calls": [], "known": [], **seen}
        self.answers: dict[str | None, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.dead = False

    def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
        self.asked.append((op, {"seconds": seconds, **header}))
        if self.dead:
            raise Died("The process has ended.")
        if op in self.seen:
            page = self.seen[op]
            return page if isinstance(page, dict) else {"items": page, "next": None}
        if op == "recall":
            return Handle(header["key"] + 100, "KDE")
        answer = self.answers.get(header.get("attribute"))
        if isinstance(answer, Died):
            self.dead = True
        if isinstance(answer, Exception):
            raise answer
        return answer


def answered(answer: Any, method: str = "sample", **changes: Any) -> dict[str, Any]:
    """Answers of one model to one question."""
    process = Process(known=[{**MODEL, **changes}])
    process.answers[method or None] = answer
    return observe(process, lambda known: [Question(3, "it", method, (5,))]).known[0].answers


def test_sound_claims_become_records() -> None:
    seen = observe(Process(figures=[FIGURE], calls=[CALL], known=[MODEL]))
    figure, call, known = seen.figures[0], seen.calls[0], seen.known[0]
    panel = figure.panels[0]
    assert (figure.cell, figure.title, figure.texts, panel.legend) == (2, "above", ("a",), ("data",))
    assert (panel.xlim, panel.yscale, panel.equal, panel.layers[0].shape) == ((0.0, 2.5), "log", True, (3,))
    assert (panel.layers[0].x, panel.layers[0].y) == ((0.0, 1.0), None)
    assert unpacked(panel.layers[0].values).shape == (3, 2)  # type: ignore[union-attr]
    assert (call.name, call.arguments["n"], call.within) == ("KDE.fit", 4, ("run",))
    assert (known.key, known.settings, known.shape) == (3, {"h": 1}, (9, 2))
    assert seen.trouble == ""
    assert from_json(Observed, json.loads(json.dumps(to_json(seen)))) == seen


def test_pages_are_joined_and_endless_ones_end() -> None:
    class Paged(Process):
        def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
            if op == "calls":
                start = header["start"]
                return {"items": [{**CALL, "cell": start}], "next": start + 1 if start < 3 else 1}
            return super().ask(op, seconds=seconds, **header)

    assert [call.cell for call in observe(Paged()).calls] == [0, 1, 2, 3]


HOSTILE: list[Any] = [
    None, 7, "text", [], {}, {"cell": "1"}, {"cell": 10**9}, {"cell": True}, {"cell": float("nan")},
    {"cell": 1, "panels": 3, "title": [], "texts": {}, "legend": "x"},
    {"cell": 1, "panels": [None, {"kind": 4}, {"kind": "plane", "xlim": ["a", 1], "layers": 5}]},
    {"cell": 1, "panels": [{"kind": "plane", "layers": [{"kind": "points", "shape": "x", "x": [1], "values": 5}]}]},
    {"cell": 1, "panels": [{"kind": "plane", "layers": [{"kind": "secret"}, {"kind": "line", "shape": [-1, 2.5]}]}]},
    {"cell": 1, "name": "f", "arguments": []}, {"cell": 1, "name": 3, "arguments": {}},
    {"cell": 1, "name": "f" * 10_000, "arguments": {"a" * 900: "b" * 9_000, "c": 10**400}},
    {"key": 1, "cell": 1, "family": "king"}, {"key": -5, "cell": 1, "family": "model"},
    {"key": 1, "cell": 1, "family": "model", "settings": [1], "answers": {"values": {"npy": "AAAA"}}},
    {"key": 2, "cell": 1, "family": "curve", "shape": [2**70], "dtype": 5, "answers": {"it": {"value": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("kind", ["figures", "calls", "known"])
def test_hostile_claims_are_cut_or_dropped(kind: str) -> None:
    deep: Any = 1
    for _ in range(60):
        deep = {"a": [deep]}
    sound = {"figures": FIGURE, "calls": CALL, "known": MODEL}[kind]
    more = {"cell": 1, "name": "f", "family": "model", "key": 9, "arguments": deep, "settings": deep}
    seen = observe(Process(**{kind: [*HOSTILE, more, sound]}))
    found = getattr(seen, kind)
    assert found[-1] == getattr(observe(Process(**{kind: [sound]})), kind)[0]
    text = json.dumps(to_json(seen), allow_nan=False)
    assert len(text) < 20_000
    assert "secret" not in text
    assert "king" not in text
    for one in seen.known:
        assert one.answers == {}


@pytest.mark.parametrize(
    "page", [None, [], 5, {"items": 5}, {"items": [CALL], "next": "x"}, {"items": [CALL], "next": -1}]
)
def test_a_page_of_another_form_is_the_last(page: Any) -> None:
    process = Process()
    process.seen["calls"] = page if isinstance(page, dict) else {"items": page}
    assert len(observe(process).calls) <= 1
    assert [op for op, _ in process.asked] == ["figures", "calls", "known"]


def test_counts_are_limited() -> None:
    figure = {**FIGURE, "panels": FIGURE["panels"] * 400, "texts": ["t"] * 500}  # type: ignore[operator]
    seen = observe(Process(figures=[figure] * 500, known=[MODEL] * 3_000))
    assert (len(seen.figures), len(seen.figures[0].panels), len(seen.known)) == (400, 150, 2_000)
    assert len(seen.figures[0].texts) == 40


def test_only_arrays_of_our_own_form_are_read() -> None:
    array = np.arange(6.0, dtype="<f4").reshape(3, 2)
    np.testing.assert_array_equal(unpacked(packed(array)), array)
    np.testing.assert_array_equal(np.load(io.BytesIO(base64.b64decode(packed(array)))), array)
    raw = base64.b64decode(packed(array))
    other = io.BytesIO()
    np.save(other, array.astype("f8"))
    bad = [
        b"", raw[:-1], raw + b"0", raw.replace(b"(3, 2, )", b"(3, 9, )"), raw.replace(b"<f4", b"|O8"),
        raw.replace(b"(3, 2, )", b"(3,-2, )"), b"\x93NUMPY\x02" + raw[7:], other.getvalue(), raw[:9],
    ]  # fmt: skip
    assert [unpacked(base64.b64encode(one).decode()) for one in bad] == [None] * len(bad)
    assert unpacked("no base64 ä") is None


def test_figures_are_read_even_when_calls_cannot_be() -> None:
    class Deaf(Process):
        def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
            if op == "calls":
                raise Overtime("The code gave no answer within 10 s.")
            return super().ask(op, seconds=seconds, **header)

    seen = observe(Deaf(figures=[FIGURE], known=[MODEL]))
    assert (len(seen.figures), len(seen.known)) == (1, 1)
    assert "calls" in seen.trouble
    assert "no answer within 10 s" in seen.trouble


def test_a_dead_process_is_told_and_nothing_more_is_asked() -> None:
    process = Process(figures=[FIGURE])
    process.dead = True
    seen = observe(process, lambda known: pytest.fail("nothing can be asked"))
    assert seen == Observed(trouble=seen.trouble)
    assert "has ended" in seen.trouble


def test_arrays_numbers_and_texts_are_answers() -> None:
    answer = answered(np.arange(6).reshape(3, 2))["it"]
    assert unpacked(answer["npy"]).tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]  # type: ignore[union-attr]
    assert unpacked(answered([1, 2.5])["it"]["npy"]).tolist() == [1.0, 2.5]  # type: ignore[union-attr]
    assert answered(2.5) == {"it": {"value": 2.5}}
    assert answered("good") == {"it": {"value": "good"}}
    assert answered(float("nan")) == {"it": {"value": "nan"}}


def test_several_arrays_are_answers_with_numbers() -> None:
    answers = answered((np.zeros((5, 2)), np.ones(5), Handle(4, "Odd")))
    assert list(answers) == ["it.0", "it.1", "it.2"]
    assert unpacked(answers["it.1"]["npy"]).tolist() == [1.0] * 5  # type: ignore[union-attr]
    assert "Odd" in answers["it.2"]["fault"]


@pytest.mark.parametrize("answer", [None, Handle(4, "KDE"), {"a": 1}, np.zeros((0, 2))])
def test_what_is_no_data_is_told_in_words(answer: Any) -> None:
    assert set(answered(answer)["it"]) == {"fault"}


def test_a_large_answer_keeps_its_first_rows_and_its_true_shape() -> None:
    answer = answered(np.ones((300_000, 2)))["it"]
    kept = unpacked(answer["npy"])
    assert kept is not None
    assert (answer["shape"], kept.shape, kept.nbytes) == ([300_000, 2], (131_072, 2), module.ANSWER_BYTES)


def test_all_answers_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL_ANSWER_BYTES", 100)
    process = Process(known=[MODEL])
    process.answers["sample"] = np.zeros(10)
    seen = observe(process, lambda known: [Question(3, label, "sample", (1,)) for label in "abc"])
    assert [set(seen.known[0].answers[label]) for label in "abc"] == [{"npy"}, {"npy"}, {"fault"}]


def test_questions_are_spelled_for_the_conversation() -> None:
    process = Process(
        known=[MODEL, {**MODEL, "key": 4, "family": "module"}, {**MODEL, "key": 5, "family": "array"}]
    )
    process.answers[None] = np.zeros(3)
    probe = np.zeros((2, 2))

    def questions(known: tuple[Known, ...]) -> Iterator[Question]:
        assert [one.key for one in known] == [3, 4, 5]
        yield Question(3, "a", "predict", {"X": probe}, 2.0)
        yield Question(3, "b", "sample", (5,))
        yield Question(4, "c", "encode", [probe])
        yield Question(5, "d")
        yield Question(99, "nobody", "sample")

    observe(process, questions)
    told = [(op, header) for op, header in process.asked if op not in process.seen]
    assert [op for op, _ in told] == [
        "recall",
        "call",
        "call",
        "drop",
        "recall",
        "call",
        "drop",
        "recall",
        "get",
    ]
    first, third = told[1][1], told[5][1]
    assert (first["target"], first["attribute"], first["args"], first["seconds"]) == (
        Handle(103, "KDE"),
        "predict",
        [],
        2.0,
    )
    assert first["kwargs"]["X"] is probe
    assert "evaluate" not in first
    assert (third["evaluate"], third["args"][0] is probe) == (True, True)


def test_a_question_that_fails_is_told_and_the_next_is_asked() -> None:
    process = Process(known=[MODEL])
    process.answers.update(predict=Raised("ValueError: not fitted"), sample=np.zeros(2))
    asked = [Question(3, "labels", "predict"), Question(3, "points", "sample")]
    answers = observe(process, lambda known: asked).known[0].answers
    assert answers["labels"] == {"fault": "ValueError: not fitted"}
    assert "npy" in answers["points"]


def test_when_the_process_dies_at_a_question_the_rest_is_told_and_what_came_before_stays() -> None:
    process = Process(known=[MODEL], figures=[FIGURE])
    process.answers.update(sample=np.zeros(2), predict=Died("The process is gone."))
    asked = [Question(3, "a", "sample"), Question(3, "b", "predict"), Question(3, "c", "sample")]
    seen = observe(process, lambda known: asked)
    answers = seen.known[0].answers
    assert [set(answers[label]) for label in "abc"] == [{"npy"}, {"fault"}, {"fault"}]
    assert len(seen.figures) == 1
    assert "ended" in seen.trouble


def test_after_the_deadline_nothing_more_is_asked() -> None:
    process = Process(known=[MODEL])
    seen = observe(process, lambda known: [Question(3, "a", "sample")], seconds=0.0)
    assert "no time left" in seen.known[0].answers["a"]["fault"]
    assert "no time left" in seen.trouble
    assert [op for op, _ in process.asked] == ["figures", "calls", "known"]


def test_a_mistake_in_our_own_questions_is_told_as_ours() -> None:
    def questions(known: tuple[Known, ...]) -> Iterator[Question]:
        yield Question(3, "a", "sample")
        raise KeyError("forgotten")

    process = Process(known=[MODEL])
    process.answers["sample"] = 1.5
    seen = observe(process, questions)
    assert seen.known[0].answers == {"a": {"value": 1.5}}
    assert "Our own questions failed: KeyError" in seen.trouble


def test_a_process_that_gives_no_object_is_told_so() -> None:
    class Odd(Process):
        def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
            return 7 if op == "recall" else super().ask(op, seconds=seconds, **header)

    seen = observe(Odd(known=[MODEL]), lambda known: [Question(3, "a", "sample")])
    assert "not given" in seen.known[0].answers["a"]["fault"]
    assert seen.trouble == ""


def test_a_process_in_which_nothing_is_noted_says_so_and_lives_on(tmp_path: Path) -> None:
    child = PlainChild(tmp_path)
    conversation = Conversation(child.channel, child)
    seen = observe(conversation, lambda known: [])
    assert "'figures' is not answered here" in seen.trouble
    assert conversation.ask("ping") == "pong"
    conversation.end()


def test_claims_about_cells_that_the_notebook_does_not_have_are_dropped() -> None:
    known = tuple(Known(key, cell, "m", "model") for key, cell in ((1, 0), (2, 5), (3, -1)))
    seen = Observed((Figure(1), Figure(2)), (Call(-1, "f"), Call(1, "g")), known, "why")
    kept = _in_cells(seen, 2)
    assert (kept.figures, kept.calls) == ((Figure(1),), (Call(1, "g"),))
    assert ([one.key for one in kept.known], kept.trouble) == ([1], "why")

"""What a run shows from inside, fetched and checked: figures, calls, what is known, and its answers.

Everything that arrives is a claim of the hand-in's process, and nothing that is said can make this fail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from grader.errors import Malformed, TeamFault
from grader.records import Known, Observed
from grader.run import claims

FETCH_SECONDS = 8.0
ANSWER_BYTES, ALL_ANSWER_BYTES, PARTS = 1 << 20, 24 << 20, 16


class Asking(Protocol):
    """The part of a conversation that is needed here."""

    dead: bool

    def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
        """Ask one question; raises a ``TeamFault`` when there is no answer."""


@dataclass(frozen=True)
class Question:
    """One question to a known object."""

    key: int
    """Of the object, as in ``Known.key``."""
    label: str
    """Under which the answer stands in ``Known.answers``."""
    method: str = ""
    """Empty: the object itself is called, and of an array or curve the values are asked for."""
    arguments: Mapping[str, Any] | Sequence[Any] = ()
    """By name or in order: arrays, numbers, texts."""
    seconds: float = 5.0
    """Wall time after which the code is interrupted."""


Questions = Callable[[tuple[Known, ...]], Iterable[Question]]


def observe(conversation: Asking, questions: Questions | None = None, *, seconds: float = 60.0) -> Observed:
    """Fetch what was seen of a run, then ask ``questions`` about what is known, within ``seconds`` in all.

    Never raises for what the hand-in says or does; ``trouble`` tells when not everything could be seen. A fault
    in ``questions`` itself is ours and is told there as well.
    """
    fetched: dict[str, list[Any]] = {}
    trouble = ""
    for kind in ("figures", "calls", "known"):
        try:
            fetched[kind] = list(_pages(conversation, kind))
        except (TeamFault, OSError) as fault:
            trouble = trouble or f"The {kind} of the run could not be read: {fault}"
    observed = claims.observed(fetched.get("figures"), fetched.get("calls"), fetched.get("known"), trouble)
    if questions is None or conversation.dead:
        return observed
    asked = _Interview(conversation, observed.known, time.monotonic() + seconds)
    try:
        asked.ask_all(questions(observed.known))
    except Exception as error:
        asked.trouble = asked.trouble or f"Our own questions failed: {type(error).__name__}: {error}"
    known = tuple(replace(one, answers=asked.answers[one.key]) for one in observed.known)
    return replace(observed, known=known, trouble=(trouble or asked.trouble)[: claims.TEXT])


def _pages(conversation: Asking, kind: str) -> Iterator[Any]:
    start, deadline = 0, time.monotonic() + FETCH_SECONDS
    while time.monotonic() < deadline:
        page = conversation.ask(kind, seconds=FETCH_SECONDS / 2, start=start)
        items = page.get("items") if isinstance(page, dict) else None
        if not isinstance(items, list):
            return
        yield from items
        following = page.get("next")
        if type(following) is not int or following <= start or following > claims.CALLS:
            return
        start = following


# ---- questions ----------------------------------------------------------------------------------------------


class _Interview:
    """Asks known objects, and keeps the answers within their budgets."""

    def __init__(self, conversation: Asking, known: Iterable[Known], deadline: float) -> None:
        self.answers: dict[int, dict[str, Any]] = {one.key: dict(one.answers) for one in known}
        self.trouble = ""
        self._families = {one.key: one.family for one in known}
        self._conversation, self._deadline, self._left = conversation, deadline, ALL_ANSWER_BYTES
        self._handle: tuple[int, Any] | None = None

    def ask_all(self, questions: Iterable[Question]) -> None:
        """Ask one after the other; what is late gets a sentence in place of an answer."""
        for question in questions:
            if question.key not in self.answers:
                continue
            left = self._deadline - time.monotonic()
            if self._conversation.dead:
                fault = "The process ended before this could be asked."
                self.trouble = self.trouble or "The process ended while its models were asked."
            elif left <= 0:
                fault = "There was no time left to ask this."
                self.trouble = self.trouble or "There was no time left for all questions."
            else:
                fault = self._ask(question, left)
            if fault:
                self.answers[question.key][question.label] = {"fault": fault[: claims.TEXT]}

    def _ask(self, question: Question, left: float) -> str:
        """Ask and keep the answer; a sentence says why there is none."""
        limit = min(question.seconds, left)
        try:
            handle = self._object(question.key)
            values = self._families[question.key] in ("array", "held", "curve") and not question.method
            if values:
                answer = self._conversation.ask("get", seconds=limit, target=handle)
            else:
                given = _call_of(question, self._families[question.key] == "module")
                answer = self._conversation.ask("call", seconds=limit, target=handle, **given)
        except (TeamFault, OSError) as fault:
            return str(fault)
        return self._keep(question, answer)

    def _object(self, key: int) -> Any:
        """The handle of an object; the one asked before is let go."""
        if self._handle is not None and self._handle[0] == key:
            return self._handle[1]
        if self._handle is not None:
            number, self._handle = self._handle[1].id, None
            self._conversation.ask("drop", handles=[number])
        handle = self._conversation.ask("recall", key=key, keep=True)
        if not isinstance(getattr(handle, "id", None), int):
            raise Malformed("the object was not given")
        self._handle = (key, handle)
        return handle

    def _keep(self, question: Question, answer: Any) -> str:
        answers = self.answers[question.key]
        if isinstance(answer, list | tuple) and any(isinstance(part, np.ndarray) for part in answer):
            parts = {f"{question.label}.{index}": part for index, part in enumerate(answer[:PARTS])}
        else:
            parts = {question.label: answer}
        for label, part in parts.items():
            answers[label] = self._told(part)
        return ""

    def _told(self, part: Any) -> dict[str, Any]:
        """An answer as the record has it; an array that is too long keeps its first rows."""
        if isinstance(part, list | tuple) and part:
            part = _as_numbers(part)
        if isinstance(part, np.ndarray):
            if part.size == 0 or part.ndim == 0:
                return {"fault": f"The answer is an array of shape {part.shape}."}
            rows = max(1, ANSWER_BYTES * len(part) // (4 * part.size))
            kept = part[:rows].astype("<f4")
            if kept.nbytes > min(ANSWER_BYTES, self._left):
                return {"fault": "The answer is too large to be kept."}
            self._left -= kept.nbytes
            cut = {"shape": list(part.shape)} if rows < len(part) else {}
            return {"npy": claims.packed(kept), **cut}
        plain = claims.plain(part)
        if plain is None or isinstance(plain, dict):
            kind = getattr(part, "type", type(part).__name__)
            return {"fault": f"The answer is neither numbers nor a text but {claims.word(kind)}."}
        return {"value": plain}


def _call_of(question: Question, module: bool) -> dict[str, Any]:
    """The call as the conversation spells it; a network is asked in evaluation mode, without gradients."""
    given = question.arguments
    named = dict(given) if isinstance(given, Mapping) else {}
    ordered = [] if isinstance(given, Mapping) else list(given)
    return {
        "attribute": question.method or None,
        "args": ordered,
        "kwargs": named,
        **({"evaluate": True} if module else {}),
    }


def _as_numbers(part: Any) -> Any:
    """A list of numbers as an array; anything else as it is."""
    plain = all(type(one) in (int, float, bool) for one in part)
    return np.asarray(part, dtype=float) if plain else part

"""A small sheet, findings and notebooks from which the tests of the pages are made."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from grader.judge import scoring
from grader.records import Blame, Evidence, Finding, Remark, Scorecard, Verdict
from grader.rubric import Rubric

ITEMS: list[dict[str, Any]] = [
    {"id": "rules.archive", "task": "rules", "title": "Archive named as asked", "points": 0},
    {"id": "one.data", "task": "1", "title": "Data", "points": 0.5},
    {"id": "one.fit", "task": "1.1", "title": "Fit", "points": 1, "roles": ["model"]},
    {"id": "one.density", "task": "1.2", "title": "Density", "points": 1.5, "roles": ["model"]},
    {"id": "one.sampling", "task": "1.2", "title": "Sampling", "points": 2, "needs": ["one.density"]},
    {"id": "two.study", "task": "2", "title": "Study", "points": 1},
    {"id": "two.crashed", "task": "2", "title": "Crashed", "points": 1},
    {"id": "two.extra", "task": "2", "title": "Extra", "points": 2, "bonus": True},
]
FINDINGS = (
    Finding("rules.archive", Verdict.PASSED, 1.0, "Found ex01.zip."),
    Finding("one.data", Verdict.PASSED, 1.0, "Two moons.", readings=("noise as standard deviation",)),
    Finding("one.fit", Verdict.PARTIAL, 0.5, "Half of it.", judged_on="Thing.fit"),
    Finding(
        "one.density",
        Verdict.FAILED,
        0.0,
        "The density integrates to 2.",
        judged_on="Thing.score",
        diagnosis="not_normalised",
        next_step="Check the factor in front.",
        evidence=(
            Evidence("integral", 2.0, "between 0.98 and 1.02", "", 41, False),
            Evidence("median error", float("nan"), "at most 0.1 nats", "nats"),
        ),
    ),
    Finding("one.sampling", Verdict.BLOCKED, 0.0, "Not decided by the machine."),
    Finding("two.study", Verdict.REVIEW, 0.0, "A person looks at this."),
    Finding("two.crashed", Verdict.BROKEN, 0.0, "The check itself broke."),
    Finding("two.extra", Verdict.MISSING, 0.0, "Nothing found."),
)


def sheet(**changes: Any) -> Rubric:
    """The sheet of the samples: 7 points in two tasks and 2 bonus points."""
    items = [{"kind": "mix", "points": 1.0} | item for item in ITEMS]
    role = {"kind": "model", "title": "The model", "names": ["thing"], "expected": "a class with fit"}
    data = {"sheet": "sample", "title": "A sample sheet", "max": 7, "tasks": {"1": 5, "2": 2}, "items": items,
            "roles": {"model": role}}  # fmt: skip
    return Rubric.model_validate(data | changes)


def scorecard(
    findings: Sequence[Finding] = FINDINGS, rubric: Rubric | None = None, **changes: Any
) -> Scorecard:
    """The scorecard that belongs to the findings."""
    score = scoring.score(findings, rubric or sheet())
    binding = {"symbol": "Thing", "kind": "class", "methods": {"score_samples": "score"}, "parameters": {},
               "answers": "log_density", "confidence": 0.97, "why": "name and methods", "candidates": ["Thing"]}  # fmt: skip
    fields: dict[str, Any] = {
        "sheet": "sample", "platform": "plain", "team": "Ada, Bo", "id": "7", "members": ("Ada", "Bo"),
        "received": "2025-11-05T21:14:00", "late": False, "return_name": "",
        "hand_in": {"path": "ex01.zip", "sha256": "ab" * 32, "files": ["work.ipynb"]}, "status": "graded",
        "isolation": 3, "points": score.points, "max": score.max, "bonus": score.bonus,
        "points_open": score.points_open, "items_open": score.items_open, "final": None, "items": score.items,
        "bindings": {"model": binding}, "notes": ("A note.",), "seconds": {"unpack": 0.01, "run": 2.5},
        "grader": "0.1.0", "folder": "Ada, Bo",
        "remarks": (Remark("our_limit", "We stopped it after 120 s.", "cell 2", blame=Blame.GRADER),),
    }  # fmt: skip
    return Scorecard(**(fields | changes))


def notebook(*cells: dict[str, Any]) -> str:
    """A notebook as JSON text."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": list(outputs),
    }


def text(source: str, **more: Any) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def printed(content: str) -> dict[str, Any]:
    """Printed output."""
    return {"output_type": "stream", "name": "stdout", "text": content}


def shown(**kinds: str) -> dict[str, Any]:
    """A displayed object; ``image_png`` stands for ``image/png``."""
    data = {name.replace("_", "/", 1).replace("svg", "svg+xml"): content for name, content in kinds.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def png(width: int = 2, height: int = 2, padding: int = 0) -> str:
    """A grey picture as base64 text, made larger by ``padding`` bytes."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"tEXt", b"x" * padding), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


class Page(HTMLParser):
    """A parsed page: its elements with their attributes, its text, its headings."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.unclosed: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.unclosed += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unclosed.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in {"style", "script"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Everything a reader sees, with single spaces."""
        return " ".join(" ".join(self.words).split())

    @property
    def levels(self) -> list[int]:
        """Levels of the headings in their order."""
        return [
            int(tag[1]) for tag, _ in self.elements if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
        ]

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of all elements with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]

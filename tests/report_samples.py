"""A small sheet, findings and notebooks from which the tests of the pages are made."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np

from grader.judge import scoring
from grader.records import (
    Blame,
    Call,
    CellRun,
    Evidence,
    Execution,
    Finding,
    Known,
    Observed,
    Remark,
    Scorecard,
    Verdict,
)
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


def pictures() -> dict[str, dict[str, Any]]:
    """One picture of every kind, with plausible numbers."""
    rng = np.random.default_rng(3)
    cloud = np.concatenate([rng.normal((-1, 0), 0.4, (300, 2)), rng.normal((1, 0.5), 0.3, (300, 2))])
    lattice = np.round(cloud / 0.2) * 0.2
    x, y = np.linspace(-2.5, 2.5, 60), np.linspace(-1.5, 2, 42)
    truth = -((x[None, :] - 1) ** 2 + (y[:, None] - 0.5) ** 2) / 0.2
    h = np.geomspace(0.02, 2, 9)
    digits = np.clip(rng.normal(8, 5, (24, 8, 8)), 0, 16)
    counts = np.diag(rng.integers(20, 40, 10)) + (rng.random((10, 10)) < 0.15) * rng.integers(1, 6, (10, 10))
    models = ("histogram", "Gaussian", "mixture", "kernel density")
    return {
        "samples": {"yours": lattice.tolist(), "expected": cloud.tolist(), "train": cloud[:200].tolist(),
                    "x_edges": np.arange(-2.5, 2.6, 0.2).tolist(), "y_edges": np.arange(-1.5, 2, 0.2).tolist()},
        "density": {"x": x.tolist(), "y": y.tolist(), "yours": (truth / 2).tolist(), "reference": truth.tolist()},
        "log_density": {"yours": (-rng.random(80) * 6).tolist(), "reference": (-rng.random(80) * 6).tolist()},
        "ranks": {"ranks": rng.beta(1, 2, 400).tolist()},
        "counts": {"yours": rng.poisson(50, 40).tolist(), "expected": [50.0] * 40},
        "curve": {"x": h.tolist(), "yours": (h**2).tolist(), "reference": (h**2 * 1.1).tolist(), "log_x": True,
                  "x_name": "bandwidth", "y_name": "MMD²"},
        "curves": {"x": h.tolist(), "x_name": "bandwidth", "y_name": "MMD²", "log_x": True, "log_y": True, "recomputed": True,
                   "series": [{"label": "kernel density", "y": (0.01 + (np.log(h) + 1) ** 2 / 40).tolist(),
                               "low": (0.006 + (np.log(h) + 1) ** 2 / 55).tolist(), "high": (0.02 + (np.log(h) + 1) ** 2 / 30).tolist()},
                              {"label": "histogram", "y": (0.02 + h / 50).tolist()},
                              {"label": "reference", "y": [0.01] * 9, "reference": True}]},
        "bars": {"yours": rng.dirichlet(np.full(10, 30)).tolist(), "expected": [0.1] * 10, "low": [0.07] * 10, "high": [0.13] * 10,
                 "x_name": "digit", "y_name": "share"},
        "scale": {"x_name": "MMD² per model", "log": True,
                  "rows": [{"label": name, "value": float(v), "references": (v * rng.lognormal(0, 0.4, 20)).tolist()}
                           for name, v in zip(models, (0.004, 0.02, 0.003, 0.001), strict=True)]},
        "images": {"images": digits.tolist(), "labels": rng.integers(0, 10, 24).tolist(), "certainty": rng.random(24).tolist(),
                   "expected": rng.integers(0, 3, 24).tolist()},
        "confusion": {"counts": counts.tolist(), "labels": list(range(10))},
        "kernel": {"distance": h.tolist(), "answer": np.exp(-h**2).tolist()},
        "structure": {"text": "Sequential(\n  (0): Linear(in_features=2, out_features=64)\n  (1): ReLU()\n)"},
        "band": {"value": 0.93, "low": 0.95, "high": 0.98, "x_name": "accuracy"},
    }  # fmt: skip


ESSAY = """## Findings

The kernel density estimator with **h = 0.2** is closest to the test set ($MMD^2 \\approx 0.001$). The histogram
suffers from empty bins:

- small bins: noisy, many zeros
- large bins: blurred

| model | MMD² |
|---|---|
| histogram | 0.004 |
| Gaussian | 0.020 |
"""


def rich() -> tuple[Scorecard, Rubric, tuple[Finding, ...], str, str, Execution]:
    """A card with every verdict, every kind of picture, notes, a tutor's mark, and a notebook with all outputs.

    Returns what ``render_page`` takes: card, rubric, findings, executed notebook, stored notebook, execution.
    """
    drawn = pictures()
    halves = dict(list(drawn.items())[:7]), dict(list(drawn.items())[7:])
    findings = (
        *FINDINGS[:2],
        replace(FINDINGS[2], pictures=halves[1], cells=(3,), next_step="Update the weights as well."),
        replace(FINDINGS[3], pictures=halves[0]),
        replace(FINDINGS[4], cells=(3, 4)),
        replace(FINDINGS[5], cells=(5, 4, 3), message="A person reads your findings beside your figure."),
        *FINDINGS[6:],
    )
    rubric = sheet(draft=True, max=9, tasks={"1": 5, "2": 4}, not_yet={"2": "The comparison of runs."})
    marked = scoring.score(
        findings, rubric, {"one.fit": {"points": 0.75, "comment": "The idea is right.", "by": "Jana"}}
    )
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "no data",
        "traceback": ["ValueError: no data"],
    }
    plot = code("plt.plot(h, mmd)\nplt.show()", shown(image_png=png(320, 200)))
    cells = [
        text("# Our solution\n\nAda and Bo"), code("import numpy as np  # all we need"),
        code("class Thing:\n    def fit(self, X):\n        return self\n\n    def score(self, X):\n        return -(X**2).sum(1)"),
        code("print(table)", printed("model      MMD2\nhistogram  0.004\nGaussian   0.020\n")), plot, text(ESSAY),
        code("load('missing.csv')", error), code("plt.hist(x)"),
    ]  # fmt: skip
    stored = [*cells[:7], code("plt.hist(x)", shown(image_png=png(300, 180)))]
    known = Known(1, 2, "model", "model", "package.Thing", (500, 2), settings={"bandwidth": 0.2})
    call = Call(3, "Thing.fit")
    runs = tuple(CellRun(index, "error" if index == 6 else "ok", 0.1) for index in range(8))
    execution = Execution("errors", runs, seconds=2.5, observed=Observed(calls=(call,) * 3, known=(known,)))
    card = scorecard(findings, rubric, items=marked.items, points=marked.points, late=True,
                     seconds={"unpack": 0.01, "slice": 0.02, "run": 2.5, "find": 0.3, "judge": 1.9},
                     hand_in={"path": "ex01.zip", "sha256": "ab" * 32, "files": ["work.ipynb", "work.pdf"]})  # fmt: skip
    return card, rubric, findings, notebook(*cells), notebook(*stored), execution

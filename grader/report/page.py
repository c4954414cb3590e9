"""The page a team gets: one file that asks no network for anything, readable on a screen, a phone and paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.records import OPEN, Blame, Finding, Remark, Scorecard, Verdict
from grader.report import layout, notebook_html, pictures
from grader.report.notebook_html import Cell, NotebookPage
from grader.report.pictures import Picture
from grader.report.views import ItemView, Step, elsewhere, next_step, tally, tasks
from grader.rubric import Rubric

WHOLE = 2_000_000
"""Bytes that a page may have; pictures of items, then the notebook, give way."""
SPACE_FOR_PICTURES = 500_000
ISOLATION = {
    4: "a closed room of its own: no network, only your files, memory and processes counted",
    3: "a closed room of its own: no network, only your files",
    2: "no network, only your files readable",
    1: "limits on time and memory only",
    0: "no confinement (a check of one's own work)",
}
STAGES = {
    "unpack": "Unpack the files", "slice": "Read the definitions", "run": "Run the notebook",
    "find": "Find your classes", "judge": "Ask them questions", "score": "Add up", "report": "Write this page",
}  # fmt: skip
GROUPS: tuple[tuple[Blame, str], ...] = (
    (Blame.TEAM, "About your hand-in"),
    (Blame.GRADER, "Limits and mistakes of ours"),
    (Blame.COURSE, "About the sheet and what it hands out"),
    (Blame.NOBODY, "Good to know"),
)


@dataclass
class NotebookBlock:
    """Neighbouring cells: either one that a finding speaks of, or several without findings."""

    cells: list[Cell] = field(default_factory=list)
    findings: list[ItemView] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether something is said about it."""
        return bool(self.findings or self.remarks) or any(cell.error for cell in self.cells)

    @property
    def figures(self) -> int:
        """Number of figures in it."""
        return sum(cell.figures for cell in self.cells)


def render_page(card: Scorecard, rubric: Rubric, findings: Sequence[Finding], *, notebook: str = "") -> str:
    """The whole page of one hand-in as HTML, below 2 MB, whatever the hand-in holds.

    ``findings`` bring the arrays from which pictures are drawn; ``notebook`` is the executed notebook as JSON
    text and may be empty.
    """
    cells = notebook_html.read_notebook(notebook)
    views = _views(card, rubric, findings, cells)
    page = _render(card, rubric, views, cells)
    if len(page.encode()) > WHOLE:
        cells = NotebookPage(
            remarks=["The notebook is left out to keep this page small; your own file has it."]
        )
        page = _render(card, rubric, views, cells)
    return page


def _render(card: Scorecard, rubric: Rubric, views: Sequence[ItemView], cells: NotebookPage) -> str:
    script, digest = layout.script("page.js")
    return layout.render(
        "feedback.html",
        card=card,
        rubric=rubric,
        title=rubric.title or card.sheet,
        tally=tally(card.items, rubric.max),
        tasks=tasks(views, rubric),
        elsewhere=elsewhere(rubric),
        step=next_step(views, rubric) if card.status == "graded" else problem_step(card),
        lost=sorted((v for v in views if v.lost > 0), key=lambda v: -v.lost),
        waiting=sorted(
            (v for v in views if v.row.verdict in OPEN and v.row.points is None), key=lambda v: -v.row.max
        ),
        bindings=_bindings(card, rubric),
        remarks=_remarks(card),
        stages=STAGES,
        isolation=ISOLATION.get(card.isolation, ""),
        blocks=_blocks(cells, views, card.remarks),
        notebook=cells,
        script=script,
        script_hash=digest,
    )


def _views(
    card: Scorecard, rubric: Rubric, findings: Sequence[Finding], cells: NotebookPage
) -> tuple[ItemView, ...]:
    """The items with their pictures, which are drawn for what did not pass as long as there is room."""
    by_item = {finding.item: finding for finding in findings}
    questioned = {item.id for item in rubric.items if item.roles}
    room = SPACE_FOR_PICTURES
    views: list[ItemView] = []
    for row in card.items:
        drawn: tuple[Picture, ...] = ()
        finding = by_item.get(row.id)
        if finding is not None and finding.pictures and row.verdict is not Verdict.PASSED and room > 0:
            drawn = pictures.draw(finding.pictures, re.sub(r"[^\w-]", "-", row.id))
            room -= sum(len(panel.svg) for picture in drawn for panel in picture.panels)
        cell = defining_cell(row.judged_on, cells.cells) if row.id in questioned else 0
        last = views[-1].row if views else row
        repeats = (
            row.verdict is last.verdict is Verdict.MISSING and row.message == last.message and bool(views)
        )
        views.append(ItemView(row, drawn, cell, repeats))
    return tuple(views)


def defining_cell(judged_on: str, cells: Sequence[Cell]) -> int:
    """Number of the last cell that defines the first name in ``judged_on``; 0 if none does."""
    name = re.match(r"[^\W\d]\w*", judged_on)
    if name is None:
        return 0
    definition = re.compile(
        rf"^[ \t]*(?:class|def|async def)[ \t]+{name[0]}\b|^{name[0]}[ \t]*=", re.MULTILINE
    )
    found = (cell.number for cell in reversed(cells) if cell.source and definition.search(cell.source))
    return next(found, 0)


def problem_step(card: Scorecard) -> Step:
    """What to do when a hand-in could not be judged at all."""
    if card.status == "broken":
        return Step("Nothing for you to do.", "Your tutor grades it again once we have repaired our mistake.")
    first = next((r.next_step for r in card.remarks if r.next_step), "")
    return Step(
        first
        or "Open the file you handed in, on another computer if you can, and send your tutor a copy that opens.",
        "Files do break on the way, for instance when an upload stops early. No points are given or taken yet: "
        "a person decides what happens next.",
    )


def _bindings(card: Scorecard, rubric: Rubric) -> list[dict[str, Any]]:
    """One row per role of the rubric: what was taken for it, how it is called, how sure we are and why."""
    rows = []
    for role, wanted in rubric.roles.items():
        found = card.bindings.get(role) or {}
        confidence = float(found.get("confidence") or 0.0)
        rows.append(
            {
                "title": wanted.title,
                "expected": wanted.expected,
                "symbol": str(found.get("symbol") or ""),
                "kind": str(found.get("kind") or ""),
                "names": [
                    pair
                    for pair in _renamed(found.get("methods")) + _renamed(found.get("parameters"))
                    if pair[1] != found.get("symbol")
                ],
                "answers": str(found.get("answers") or "").replace("_", " ")
                if wanted.kind == "model"
                else "",
                "confidence": confidence,
                "sure": confidence >= rubric.confidence,
                "why": _sentence(str(found.get("why") or "")),
                "candidates": [str(c) for c in found.get("candidates") or () if c != found.get("symbol")][:5],
            }
        )
    return rows


def _sentence(text: str) -> str:
    """Text that ends as a sentence does."""
    return text if not text or text[-1] in ".?!" else f"{text}."


def _renamed(names: Any) -> list[tuple[str, str]]:
    """Pairs (our name, theirs) where the two differ."""
    return [(str(a), str(b)) for a, b in names.items() if a != b] if isinstance(names, dict) else []


def _remarks(card: Scorecard) -> list[tuple[str, list[Remark]]]:
    """Remarks by whose doing they describe; bare notes count as nobody's."""
    told = {remark.what for remark in card.remarks}
    notes = tuple(Remark("note", note) for note in card.notes if note not in told)
    everything = list(dict.fromkeys((*card.remarks, *notes)))
    groups = ((words, [r for r in everything if r.blame is blame]) for blame, words in GROUPS)
    return [(words, found) for words, found in groups if found]


def _blocks(page: NotebookPage, views: Sequence[ItemView], remarks: Sequence[Remark]) -> list[NotebookBlock]:
    """Cells in order; those that nothing is said about are put together."""
    placed: dict[int, list[Remark]] = {}
    for remark in remarks:
        if place := re.fullmatch(r"cell (\d{1,6})", remark.where):
            placed.setdefault(int(place[1]), []).append(remark)
    blocks: list[NotebookBlock] = []
    for cell in page.cells:
        said = [v for v in views if v.cell == cell.number and v.row.verdict is not Verdict.PASSED]
        block = NotebookBlock([cell], said, placed.get(cell.number, []))
        if not block.open and blocks and not blocks[-1].open:
            blocks[-1].cells.append(cell)
        else:
            blocks.append(block)
    return blocks

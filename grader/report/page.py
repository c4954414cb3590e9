"""The page a team gets: one file that asks no network for anything, readable on a screen, a phone and paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.records import OPEN, Execution, Finding, ItemResult, Scorecard, Verdict
from grader.report import layout, notebook_html, pictures, run_view
from grader.report.exhibits import exhibit
from grader.report.notebook_blocks import blocks
from grader.report.notebook_html import Cell, NotebookPage
from grader.report.panels import Picture
from grader.report.views import ItemView, Step, elsewhere, next_step, tally, tasks
from grader.rubric import Rubric

WHOLE = 2_000_000
"""Bytes that a page may have; pictures of items, then the notebook, give way."""
SPACE_FOR_PICTURES = 500_000
"""Characters for pictures of what did not pass; what is left is for those of passed items."""
SPACE_FOR_PASSED = 250_000


def render_page(
    card: Scorecard,
    rubric: Rubric,
    findings: Sequence[Finding],
    *,
    notebook: str = "",
    stored: str = "",
    execution: Execution | None = None,
) -> str:
    """The whole page of one hand-in as HTML, below 2 MB, whatever the hand-in holds.

    ``findings`` bring the arrays from which pictures are drawn and the cells they speak of; ``notebook`` is the
    executed notebook as JSON text, ``stored`` the notebook as it was handed in, whose outputs stand in where ours
    has none; ``execution`` tells what became of the run and what was seen of it. All three may be absent.
    """
    cells = notebook_html.read_notebook(notebook, stored)
    views = _views(card, rubric, findings, cells)
    page = _render(card, rubric, views, cells, execution)
    if len(page.encode()) > WHOLE:
        cells = NotebookPage(
            remarks=["The notebook is left out to keep this page small; your own file has it."]
        )
        views = _views(card, rubric, findings, cells)
        page = _render(card, rubric, views, cells, execution)
    return page


def _render(
    card: Scorecard,
    rubric: Rubric,
    views: Sequence[ItemView],
    cells: NotebookPage,
    execution: Execution | None,
) -> str:
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
        bindings=run_view.bindings(card, rubric),
        remarks=run_view.remarks(card),
        stages=run_view.STAGES,
        isolation=run_view.ISOLATION.get(card.isolation, ""),
        sources=run_view.sources(card, cells, execution) if card.status == "graded" else (),
        known=run_view.known(execution),
        calls=run_view.calls(execution),
        shown_cells={cell.number for cell in cells.cells},
        blocks=blocks(cells, views, card.remarks),
        notebook=cells,
        script=script,
        script_hash=digest,
    )


def _views(
    card: Scorecard, rubric: Rubric, findings: Sequence[Finding], cells: NotebookPage
) -> tuple[ItemView, ...]:
    """The items with their pictures and what of the notebook belongs to them."""
    by_item = {finding.item: finding for finding in findings}
    questioned = {item.id for item in rubric.items if item.roles}
    shown = {cell.number for cell in cells.cells}
    drawn = _drawn(card.items, by_item)
    views: list[ItemView] = []
    for row in card.items:
        finding = by_item.get(row.id)
        spoken = (
            tuple(dict.fromkeys(index + 1 for index in finding.cells if index + 1 in shown))
            if finding
            else ()
        )
        cell = defining_cell(row.judged_on, cells.cells) if row.id in questioned else 0
        last = views[-1].row if views else row
        repeats = (
            row.verdict is last.verdict is Verdict.MISSING and row.message == last.message and bool(views)
        )
        seen = exhibit(spoken, cells) if row.verdict is not Verdict.PASSED else None
        views.append(ItemView(row, drawn.get(row.id, ()), cell, repeats, spoken, seen))
    return tuple(views)


def _drawn(rows: Sequence[ItemResult], findings: dict[str, Finding]) -> dict[str, tuple[Picture, ...]]:
    """Pictures per item: first for what did not pass, then, with the room that is left, for what did."""
    room, drawn = SPACE_FOR_PICTURES, {}
    for passed in (False, True):
        room = min(room, SPACE_FOR_PASSED) if passed else room
        for row in rows:
            finding = findings.get(row.id)
            if (
                finding is None
                or (row.verdict is Verdict.PASSED) is not passed
                or not finding.pictures
                or room <= 0
            ):
                continue
            found = pictures.draw(finding.pictures, re.sub(r"[^\w-]", "-", row.id), room)
            room -= sum(picture.size for picture in found)
            drawn[row.id] = found
    return drawn


def defining_cell(judged_on: str, cells: Sequence[Cell]) -> int:
    """Number of the last cell that defines the first name in ``judged_on``; 0 if none does."""
    name = re.match(r"[^\W\d]\w*", judged_on)
    if name is None:
        return 0
    definition = re.compile(
        rf"^[ \t]*(?:class|def|async def)[ \t]+{name[0]}\b|^{name[0]}[ \t]*=", re.MULTILINE
    )
    code = (cell for cell in reversed(cells) if cell.kind == "code")
    return next((cell.number for cell in code if cell.source and definition.search(cell.source)), 0)


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

"""The notebook as the page shows it: cells with what is said of them beside, the others folded together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.records import Remark, Verdict
from grader.report.notebook_html import Cell, NotebookPage
from grader.report.views import ItemView


@dataclass(frozen=True)
class Said:
    """A finding beside a cell."""

    view: ItemView
    first: bool
    """Whether this is the cell where its whole sentence stands; elsewhere its title is enough."""


@dataclass
class NotebookBlock:
    """Neighbouring cells: either one that something is said about, or several to be folded."""

    cells: list[Cell] = field(default_factory=list)
    findings: list[Said] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    passed: dict[int, list[ItemView]] = field(default_factory=dict)
    """Number of a cell -> items that passed and have to do with it."""

    @property
    def open(self) -> bool:
        """Whether it is unfolded: somebody has to look at it."""
        return bool(self.findings or self.remarks) or any(cell.error for cell in self.cells)

    @property
    def figures(self) -> int:
        """Number of figures in it."""
        return sum(cell.figures for cell in self.cells)

    @property
    def stored(self) -> bool:
        """Whether outputs stand in it that the hand-in brought along."""
        return any(cell.stored for cell in self.cells)

    @property
    def good(self) -> int:
        """Number of different items in it that passed."""
        return len({view.anchor for views in self.passed.values() for view in views})


def blocks(page: NotebookPage, views: Sequence[ItemView], remarks: Sequence[Remark]) -> list[NotebookBlock]:
    """Cells in order; those that nobody has to look at are put together."""
    placed: dict[int, list[Remark]] = {}
    for remark in remarks:
        if place := re.fullmatch(r"cell (\d{1,6})", remark.where):
            placed.setdefault(int(place[1]), []).append(remark)
    shown = {cell.number for cell in page.cells}
    made: list[NotebookBlock] = []
    for cell in page.cells:
        here = [view for view in views if cell.number in view.places]
        said = [Said(v, _first(v, shown) == cell.number) for v in here if v.row.verdict is not Verdict.PASSED]
        passed = [view for view in here if view.row.verdict is Verdict.PASSED]
        block = NotebookBlock(
            [cell], said, placed.get(cell.number, []), {cell.number: passed} if passed else {}
        )
        if not block.open and made and not made[-1].open:
            made[-1].cells.append(cell)
            made[-1].passed.update(block.passed)
        else:
            made.append(block)
    return made


def _first(view: ItemView, shown: set[int]) -> int:
    """The most telling cell of a finding that is on the page."""
    return next((number for number in view.places if number in shown), 0)

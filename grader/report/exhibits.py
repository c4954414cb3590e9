"""What a person needs to judge an item without scrolling: the team's passage beside its figure and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.report.notebook_html import Cell, NotebookPage, Shot
from grader.report.prose import Prose

MOST_QUOTED = 1_200
"""Characters of a passage that are quoted."""
ENDS = ("\n\n", ". ", "\n", " ")
"""Where a passage is best cut, best first."""
MOST_PASSAGES, MOST_FIGURES, MOST_PRINTS = 3, 3, 1


@dataclass(frozen=True)
class Passage:
    """A piece of the team's own text."""

    number: int
    """Number of its cell."""
    body: Markup
    cut: bool


@dataclass(frozen=True)
class Figure:
    """A figure of the team, carried by the notebook further below."""

    number: int
    shot: Shot
    stored: bool


@dataclass(frozen=True)
class Exhibit:
    """Passages, figures and printed numbers of the cells that a finding speaks of."""

    passages: tuple[Passage, ...] = ()
    figures: tuple[Figure, ...] = ()
    prints: tuple[Passage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.passages or self.figures or self.prints)


def exhibit(numbers: Sequence[int], notebook: NotebookPage) -> Exhibit:
    """Collect what the cells with these numbers show, the most telling first."""
    cells = [cell for number in numbers if (cell := notebook.cell(number)) is not None]
    prose = Prose(lambda kind, content: None, quoted=True)
    texts = [cell for cell in cells if cell.kind == "text" and cell.source.strip()][:MOST_PASSAGES]
    figures = [
        Figure(cell.number, shot, cell.stored or not notebook.ours)
        for cell in cells
        for shot in cell.shots
        if shot.name
    ]
    prints = [cell for cell in cells if cell.printed and not cell.shots][:MOST_PRINTS]
    return Exhibit(
        tuple(_quoted(cell, prose) for cell in texts),
        tuple(figures[:MOST_FIGURES]),
        tuple(Passage(cell.number, Markup("{}").format(cell.printed), True) for cell in prints),
    )


def _quoted(cell: Cell, prose: Prose) -> Passage:
    text = cell.source.strip()
    if len(text) <= MOST_QUOTED:
        return Passage(cell.number, prose.render(text, {}), False)
    places = ((text.rfind(mark, MOST_QUOTED // 2, MOST_QUOTED), len(mark)) for mark in ENDS)
    end = next((place + length for place, length in places if place > 0), MOST_QUOTED)
    return Passage(cell.number, prose.render(f"{text[:end].rstrip()} …", {}), True)

"""Whether there is anything to read on findings, and which passages a person should read; what is said is for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from grader.judge import prose
from grader.judge.checks import Outcome
from grader.judge.lab import Lab
from grader.judge.transcript import CellView, spoken_places
from grader.records import Verdict

HEADINGS = (
    r"finding|discuss|conclu|observ|comment|result|interpret|strength|weakness|ergebnis|diskussion|beobacht|fazit|auswert|"
    r"stärken|schwächen|erkenntnis|kommentar|bewertung|zusammenfassung"
)
ELSEWHERE = 40
"""Words of an export that stand in no cell, from which on it holds a text of its own."""
ABOVE, BELOW = -2, 3
"""Cells above and below a figure in which text probably speaks of it."""


@dataclass(frozen=True)
class Asked:
    """What a person is to look for in the text."""

    question: str
    least: int
    """Words from which on a piece of text counts."""
    passages: int
    """Most passages that are pointed at."""
    headings: str = HEADINGS
    """Pattern of headings below which findings stand."""
    step: str = "Write down in a few sentences what you found."


def to_read(
    lab: Lab, asked: Asked, places: Collection[int], cells: Iterable[CellView] | None = None
) -> Outcome:
    """Review with the passages to read; missing where there is no text at all besides headings and tasks.

    ``places`` are indices of the cells whose results the text should speak of, ``cells`` those in which it is
    looked for first.
    """
    transcript = lab.transcript
    own = None if cells is None else list(cells)
    found = prose.passages(transcript, asked.least, own) or prose.passages(transcript, asked.least)
    if not found:
        return _no_text(lab, asked)
    texts = [passage for passage in found if passage.kind in {"text", "printed"}] or list(found)
    near = [p for p in texts if any(ABOVE <= p.cell.index - place <= BELOW for place in places)]
    chosen = prose.nearest(near, places, asked.passages)
    chosen += prose.nearest(prose.headed(texts, asked.headings), places, 2)
    chosen = chosen or prose.nearest(texts, places, asked.passages)
    chosen = list({id(passage): passage for passage in chosen}.values())[: asked.passages + 1]
    lab.point(*(passage.cell for passage in chosen))
    lab.point(*(transcript.cells[place] for place in list(places)[:2]))
    places_named = spoken_places(passage.cell for passage in chosen)
    words = lab.measured("words of text in these cells", sum(p.words for p in chosen), at_least=asked.least)
    return lab.outcome(
        Verdict.REVIEW,
        f"Text stands in {places_named}. {asked.question}",
        "You need do nothing: a person reads it.",
        words,
    )


def _no_text(lab: Lab, asked: Asked) -> Outcome:
    if prose.only_in_export(lab.transcript) > ELSEWHERE:
        return lab.outcome(
            Verdict.REVIEW, "Beside the code there is no text, but the export has some. " + asked.question
        )
    return lab.outcome(
        Verdict.MISSING,
        f"There is no text of {asked.least} words or more: no Markdown, comment or printed sentence.",
        asked.step,
    )

"""Items that rest on several sources: what is there, what is surely not, and what a person has to look at.

A sentence of a sheet often has parts. Each part is in one of three states: evidence shows it, it is certainly
not there in any source, or there is something of the kind that we could not see happen. Only certainty costs
points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from grader.judge.checks import Measured, Outcome
from grader.judge.lab import Lab
from grader.judge.transcript import CellView
from grader.records import Verdict


class State(Enum):
    """How sure we are of a part."""

    THERE = "seen"
    UNSURE = "not certain"
    ABSENT = "not found"


@dataclass(frozen=True)
class Part:
    """One part of what an item asks for."""

    name: str
    """What is asked for, in a few words that fit into ``... is not there``."""
    state: State
    said: str = ""
    """What we saw, as a sentence; used where the state is unsure, shown as evidence otherwise."""
    cells: tuple[CellView, ...] = ()
    """Where it is, the most telling first."""
    weight: float = 1.0
    """Its share of the item's points, relative to the other parts."""

    def measured(self) -> Measured:
        """The row of evidence."""
        return Measured(self.name, self.said or self.state.value, "seen", self.state is State.THERE)


def done(cell: CellView) -> bool:
    """Whether a cell's work is known to have happened: in our run, or as stored outputs without an error."""
    return cell.ran or (not cell.stored.empty and not cell.stored.error)


def state_of(cells: Iterable[CellView], shown: bool = False) -> State:
    """State of something that the code of these cells does; with ``shown`` an output must be there, too."""
    cells = tuple(cells)
    if not cells:
        return State.ABSENT
    return State.THERE if any(done(c) and (c.shows or not shown) for c in cells) else State.UNSURE


def reason(cells: Sequence[CellView]) -> str:
    """Why cells that contain the code are no evidence, in a sentence."""
    if not cells:
        return ""
    cell = cells[0]
    place = f"{cell.named} contains code for it"
    error = cell.ours.error or cell.stored.error
    if cell.status == "error" or (error and not cell.status):
        return f"{place}, but it ended with {error or 'an error'}."
    if cell.status == "limit":
        return f"{place}, but it was still running when our time limit came, and no output is stored."
    if done(cell):
        return f"{place}, but it shows no output."
    return f"{place}, but our run did not get there and no output is stored."


def told(lab: Lab, parts: Sequence[Part], missing: str, next_step: str, *more: Measured) -> Outcome:
    """The outcome of an item from its parts; ``missing`` is the sentence for the case that all are absent.

    All there: passed. Something unsure: review, with what was seen. Everything absent: missing. Otherwise the
    share of the parts that are there, by weight; a failed one among ``more`` counts as usual.
    """
    for part in sorted(parts, key=lambda p: (State.THERE, State.UNSURE, State.ABSENT).index(p.state)):
        lab.point(*part.cells)
    if any(part.state is State.THERE and part.cells and not any(c.ran for c in part.cells) for part in parts):
        lab.note("Judged on the outputs that are stored in the notebook.")
    rows = (*(part.measured() for part in parts), *more)
    unsure = [part for part in parts if part.state is State.UNSURE]
    absent = [part for part in parts if part.state is State.ABSENT]
    if unsure:
        words = " ".join(
            dict.fromkeys(
                [part.said or f"Perhaps there: {part.name}." for part in unsure]
                + [f"Not found: {part.name}." for part in absent]
            )
        )
        return lab.outcome(Verdict.REVIEW, words, "You need do nothing: a person looks at this.", *rows)
    if len(absent) == len(parts):
        return lab.outcome(Verdict.MISSING, missing, next_step, *rows)
    if absent:
        whole = sum(part.weight for part in parts)
        share = sum(part.weight for part in parts if part.state is State.THERE) / whole
        words = " ".join(f"Not found: {part.name}." for part in absent)
        return lab.partial(share, words, next_step, *more, *(part.measured() for part in parts if part not in absent), *(_costless(part, share) for part in absent))  # fmt: skip
    return Outcome(rows, independent=True)


def _costless(part: Part, share: float) -> Measured:
    row = part.measured()
    return Measured(row.name, row.value, row.wanted, False, share=share)

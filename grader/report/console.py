"""What the command line prints: progress on stderr, tables on stdout."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grader.changes import Change
from grader.records import LOST, Scorecard, Submission, Verdict

MARKS = {
    Verdict.PASSED: ("passed", "green"),
    Verdict.PARTIAL: ("partial", "yellow"),
    Verdict.FAILED: ("failed", "red"),
    Verdict.MISSING: ("missing", "red"),
    Verdict.BLOCKED: ("blocked", "cyan"),
    Verdict.REVIEW: ("review", "blue"),
    Verdict.BROKEN: ("our fault", "magenta"),
}


class BatchProgress:
    """A progress bar over hand-ins with the time left; one line each on a terminal that cannot redraw."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.done = console, total, 0
        self.running: list[str] = []
        self.bar = _bar(console)
        self.task = self.bar.add_task("grading", total=total)

    def __enter__(self) -> BatchProgress:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def __call__(self, event: str, submission: Submission, card: Scorecard | None, reused: bool) -> None:
        """Take one event of the batch."""
        if event == "started":
            self.running.append(submission.team)
            self.bar.update(self.task, description=f"grading {plain(submission.team)[:30]}")
            return
        if submission.team in self.running:
            self.running.remove(submission.team)
        self.done += 1
        self.bar.advance(self.task)
        if card is not None and not self.console.is_terminal:
            kept = " (unchanged)" if reused else ""
            line = f"[{self.done}/{self.total}] {plain(submission.team)}: {card.status}, {card.points:g} of {card.max:g}{kept}"
            self.console.print(line, markup=False)


class CountProgress:
    """Progress over many runs of known truth; ``remarks`` says what a finished one is worth telling."""

    def __init__(self, console: Console, what: str, remarks: Callable[[Any], Iterable[str]]) -> None:
        self.console, self.what, self.remarks = console, what, remarks
        self.bar = _bar(console)

    def __enter__(self) -> CountProgress:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def begin(self, sheet: str, total: int) -> None:
        """Say which sheet and how many."""
        self.task = self.bar.add_task(sheet, total=total)
        self.console.print(f"{sheet}: {total} {self.what}", markup=False)

    def advance(self, row: Any) -> None:
        """Take one finished run."""
        self.bar.advance(self.task)
        for remark in self.remarks(row):
            self.console.print(remark, markup=False)


def twin_progress(console: Console) -> CountProgress:
    """Progress over the twins of a sheet; misses are told as they come."""
    return CountProgress(
        console, "hand-ins of known truth", lambda row: (f"miss: {miss}" for miss in row.misses)
    )


def run_progress(console: Console) -> CountProgress:
    """Progress over measured runs; correct work on which an item lost points is told as it comes."""

    def remarks(row: dict[str, Any]) -> list[str]:
        items = row["items"].items()
        lost = [n for n, item in items if item["verdict"] in LOST and n not in row["announced"]]
        return [f"{row['twin']}, seed {row['seed']}: {', '.join(lost)}"] if row["right"] and lost else []

    return CountProgress(console, "runs to go", remarks)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("left"), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip


def plain(text: str) -> str:
    """Text without control characters, safe for a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def summary_table(cards: list[Scorecard]) -> Table:
    """One row per hand-in: status, points, what is open."""
    table = Table(box=None, pad_edge=False)
    for title in ("team", "status", "points", "open", "next"):
        table.add_column(title, justify="right" if title in {"points", "open"} else "left")
    for card in cards:
        first = next((i for i in card.items if i.verdict in LOST and i.max), None)  # fmt: skip
        hint = f"{first.id}: {first.message}" if first else ""
        if card.status != "graded":
            hint = card.notes[0] if card.notes else ""
        open_points = f"{card.points_open:g}" if card.points_open else ""
        points = f"{card.points:g} / {card.max:g}"
        table.add_row(Text(plain(card.team)), card.status, points, open_points, Text(plain(hint)[:90]))
    return table


def item_table(card: Scorecard) -> Table:
    """One row per item: verdict, points, message and next step."""
    table = Table(box=None, pad_edge=False, title=f"{plain(card.team)}: {card.points:g} of {card.max:g} points", title_justify="left")  # fmt: skip
    for title in ("item", "verdict", "points", "what we saw"):
        table.add_column(title)
    for item in card.items:
        word, colour = MARKS[item.verdict]
        points = "open" if item.points is None else f"{item.points:g}/{item.max:g}"
        text = plain(" ".join(part for part in (item.message, item.next_step) if part))
        table.add_row(item.id, Text(word, style=colour), points, Text(text))
    for note in card.notes:
        table.add_row("", "", "", Text(f"note: {plain(note)}", style="dim"))
    return table


def matrix_table(result: Any) -> Table:
    """The item-by-twin matrix of a validation: one row per twin, one letter per item."""
    table = Table(box=None, pad_edge=False, title=result.sheet, title_justify="left")
    table.add_column("twin", no_wrap=True, overflow="fold")
    table.add_column(_ruler(len(result.items)), no_wrap=True)
    table.add_column("as it should", no_wrap=True)
    letters = {
        Verdict.PASSED: Text("."),
        Verdict.PARTIAL: Text("p", style="yellow"),
        Verdict.FAILED: Text("F", style="red"),
        Verdict.MISSING: Text("M", style="red"),
        Verdict.BLOCKED: Text("b", style="cyan"),
        Verdict.REVIEW: Text("r", style="blue"),
        Verdict.BROKEN: Text("X", style="magenta"),
    }
    for row in result.rows:
        cells = Text()
        for item in result.items:
            cells += letters[Verdict(row.verdicts[item])] if item in row.verdicts else Text(" ")
        table.add_row(Text(row.name), cells, "yes" if row.good else Text("NO", style="red"))
    table.caption = "   ".join(f"{n} {item}" for n, item in enumerate(result.items, 1))
    table.caption_justify = "left"
    return table


def _ruler(columns: int) -> str:
    """Numbers over letters: ``....5....10``, each ending above its column."""
    marks = "".join(str(n).rjust(5, ".") for n in range(5, columns + 1, 5))
    return marks.ljust(columns, ".")


def changes_table(title: str, changes: Sequence[Change]) -> Table:
    """One row per changed item: whose, which, from what to what."""
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("team", "item", "before", "after", "what is said now"):
        table.add_column(name)
    for change in changes:
        sides = (
            f"{verdict or 'not there'} {'open' if points is None else f'{points:g}'}".strip()
            for verdict, points in (
                (change.before, change.points_before),
                (change.after, change.points_after),
            )
        )
        table.add_row(Text(plain(change.team)), change.item, *sides, Text(plain(change.message)[:100]))
    return table


def doctor_table(found: Any) -> Table:
    """What each level of isolation needs and whether this machine has it."""
    table = Table(box=None, pad_edge=False, title=f"isolation level {found.level} of 4", title_justify="left")
    for title in ("level", "works", "what it is", "what is missing and how to get it"):
        table.add_column(title)
    for entry in found.levels:
        row = dataclasses.asdict(entry)
        table.add_row(str(row["level"]), "yes" if row["works"] else "no", row["title"], row["reason"])
    return table

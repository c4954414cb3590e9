"""Many hand-ins: slots, progress, results that are written as they come and found again by the same command."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader import store
from grader.changes import changed_items, note_change
from grader.course import Course, Sheet
from grader.digests import findings_key
from grader.engine import Engine
from grader.records import Scorecard, Submission, from_json, to_json
from grader.report.overview import write_grades, write_overview

if TYPE_CHECKING:  # loaded when the first hand-in is graded: one in which nothing changed needs none of it
    from grader.pipeline import Dossier

Progress = Callable[[str, Submission, Scorecard | None, bool], None]
"""Called with ``started`` or ``finished``, the hand-in, its scorecard, and whether it was found in the store."""


@dataclass
class Batch:
    """One sheet's hand-ins on their way into ``out / sheet``."""

    sheet: Sheet
    course: Course
    out: Path
    jobs: int = 1
    fresh: bool = False
    cards: dict[str, Scorecard] = field(default_factory=dict)
    reused: int = 0
    cold: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        """Where this sheet's results lie."""
        return self.out / self.sheet.name

    def remember(self, paths: Sequence[Path], platform: str | None) -> None:
        """Keep what was graded from where, so that a later comparison finds the hand-ins again."""
        keep = store.Store(self.folder / ".store")
        call = {"paths": [str(path.absolute()) for path in paths], "platform": platform}
        calls = [old for old in keep.get("batches", "calls") or [] if old != call]
        keep.put("batches", "calls", [*calls, call][-50:])

    def run(self, submissions: Sequence[Submission], progress: Progress) -> list[Scorecard]:
        """Grade all hand-ins that have no stored result yet; the results of all are returned in order.

        Raises ``KeyboardInterrupt`` after the running hand-ins were ended; finished ones stay finished.
        """
        keep = store.Store(self.folder / ".store")
        with store.locked(self.folder), Engine(self.sheet, self.course, cold=self.cold) as engine:
            left = [s for s in submissions if not self._reuse(s, engine, keep, progress)]
            try:
                if left:
                    engine.warm_up()
                    engine.prepare()
                    self._run_slots(left, engine, keep, progress)
            finally:
                self._write_summary()
        return [self.cards[s.folder] for s in submissions if s.folder in self.cards]

    def _reuse(self, submission: Submission, engine: Engine, keep: store.Store, progress: Progress) -> bool:
        """Take a hand-in's result from the store when nothing that could change it has changed."""
        if self.fresh or not (self.folder / submission.folder / "feedback.html").is_file():
            return False
        stored = keep.get("findings", self._key(submission, engine))
        if stored is None:
            return False
        card = from_json(Scorecard, stored)
        self.cards[submission.folder] = card
        self.reused += 1
        progress("finished", submission, card, True)
        return True

    def _run_slots(
        self,
        submissions: Sequence[Submission],
        engine: Engine,
        keep: store.Store,
        progress: Progress,
    ) -> None:
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            waiting: set[Future[None]] = {
                pool.submit(self._grade_one, submission, engine, keep, progress) for submission in submissions
            }
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            except BaseException:
                self.stopped.set()
                for future in waiting:
                    future.cancel()
                engine.close()
                raise

    def _grade_one(
        self, submission: Submission, engine: Engine, keep: store.Store, progress: Progress
    ) -> None:
        if self.stopped.is_set():
            return
        from grader import pipeline

        folder = self.folder / submission.folder
        progress("started", submission, None, False)
        card, dossier = pipeline.grade_submission(
            submission, engine, overrides=folder / "bindings.yaml", keep=keep, fresh=self.fresh
        )
        if self.stopped.is_set():
            return
        before = read_card(folder / "result.json")
        if before is not None and (changes := changed_items(before, card)):
            note_change(self.folder, card, before, changes)
        card = write_result(folder, card, dossier, self.sheet)
        if card.status != "broken":
            keep.put("findings", self._key(submission, engine), to_json(card))
        self.cards[submission.folder] = card
        progress("finished", submission, card, False)

    def _key(self, submission: Submission, engine: Engine) -> str:
        return findings_key(submission, engine, overrides=self.folder / submission.folder / "bindings.yaml")

    def _write_summary(self) -> None:
        """Write the overview of everything graded so far in this folder, this run's hand-ins first."""
        cards = {**_earlier(self.folder, known=self.cards), **self.cards}
        ordered = sorted(cards.values(), key=lambda card: card.team.casefold())
        write_overview(self.folder, self.sheet.rubric, ordered)
        write_grades(self.folder, self.sheet.rubric, ordered)


def write_result(folder: Path, card: Scorecard, dossier: Dossier, sheet: Sheet) -> Scorecard:
    """Write a hand-in's files and return the card as written; ``result.json`` comes last: it means complete.

    When our own drawing of the page fails, a plain page with all verdicts stands in and the card says broken.
    """
    from grader.report.page import render_page

    notebook = dossier.execution.notebook
    try:
        page = render_page(
            card,
            sheet.rubric,
            dossier.findings,
            notebook=notebook,
            stored=dossier.stored,
            execution=dossier.execution,
        )
    except Exception as error:  # our fault: the verdicts are kept, the batch goes on
        note = (
            f"Our program could not draw the full page ({type(error).__name__}: {error}); the verdicts stand."
        )
        card = replace(card, status="broken", notes=(note, *card.notes))
        page = plain_page(card)
    if notebook:
        store.write_atomic(folder / "executed.ipynb", notebook)
    store.write_atomic(folder / "feedback.html", page)
    store.write_atomic(folder / "result.json", json.dumps(to_json(card), indent=1, ensure_ascii=False))
    return card


def plain_page(card: Scorecard) -> str:
    """A page of bare verdicts, for the case that the real one cannot be drawn."""
    rows = "".join(
        f"<tr><td>{html.escape(i.id)}<td>{i.verdict}<td>{'open' if i.points is None else f'{i.points:g}'} of {i.max:g}"
        f"<td>{html.escape(i.message)} {html.escape(i.next_step)}</tr>"
        for i in card.items
    )
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in card.notes)
    title = html.escape(f"{card.team}: {card.sheet}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{notes}'
        f"<table><tr><th>item<th>verdict<th>points<th>what we saw</tr>{rows}</table></html>"
    )


def read_card(path: Path) -> Scorecard | None:
    """The scorecard in a ``result.json``; None where there is none or it cannot be read."""
    try:
        return from_json(Scorecard, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _earlier(folder: Path, known: Collection[str]) -> dict[str, Scorecard]:
    """Scorecards of earlier runs in the same folder, without those of folders that are known already."""
    places = {path.parent.name: path for path in folder.glob("*/result.json")}
    cards = {name: read_card(path) for name, path in places.items() if name not in known}
    return {name: card for name, card in cards.items() if card is not None}

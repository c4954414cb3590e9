"""Twins through the whole pipeline, several at a time: one process per slot, each with an engine of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.course import Course, Sheet
from grader.engine import Engine
from grader.pipeline import grade_submission
from grader.prove.twins import Twin, render
from grader.records import Scorecard, Submission
from grader.sandbox.privileges import die_with_parent


@dataclass(frozen=True)
class Errand:
    """One twin to be graded as a hand-in of its own."""

    twin: Twin
    seed: int = 0
    whole_run: bool = False
    """Run the whole notebook; otherwise definitions only are judged."""


def grade_all(
    sheet: Sheet, course: Course, errands: Iterable[Errand], jobs: int
) -> Iterator[tuple[Errand, Scorecard]]:
    """Grade every errand and give each with its scorecard as it comes; what a worker raises is raised here."""
    spawn = multiprocessing.get_context("spawn")
    waiting: set[Future[tuple[Errand, Scorecard]]] = set()
    todo = iter(errands)
    with ProcessPoolExecutor(
        jobs, mp_context=spawn, initializer=_open, initargs=(sheet.name, course.root, os.getpid())
    ) as pool:
        while True:
            waiting |= {pool.submit(_grade, errand) for errand in islice(todo, 2 * jobs - len(waiting))}
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)


_here: list[Engine] = []
"""The engine that one process of the pool keeps between twins."""


def _open(name: str, root: Path, parent: int) -> None:
    die_with_parent()  # else a pool whose parent was killed waits for ever, with its warm process
    if os.getppid() != parent:
        raise SystemExit("the parent was killed before this process was ready")
    course = Course(root)
    engine = Engine(course.sheet(name), course)
    engine.prepare()
    multiprocessing.util.Finalize(None, engine.close, exitpriority=10)
    _here[:] = [engine]


def _grade(errand: Errand) -> tuple[Errand, Scorecard]:
    (engine,), twin = _here, errand.twin
    with tempfile.TemporaryDirectory(prefix="gr-twin-") as folder:
        place = Path(folder) / "hand-in"
        notebook = engine.sheet.rubric.rules.notebook or "solution.ipynb"
        render(twin, place, notebook, seed=errand.seed)
        submission = Submission("plain", twin.name, twin.name, place, folder="twin")
        return errand, grade_submission(submission, engine, whole_run=errand.whole_run)[0]

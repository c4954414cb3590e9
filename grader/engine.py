"""What grading one sheet needs for as long as a batch lasts: the warm process, the checks, the reference, the key."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.course import Course, Sheet
from grader.errors import GraderFault, RubricFault
from grader.judge.checks import Check, load_checks, validate_uses
from grader.judge.lab import Reference, load_reference
from grader.judge.sheet import import_part
from grader.records import Known
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import Child, ForkServer
from grader.sandbox.levels import probe

PACKAGE = Path(__file__).resolve().parent
AGENT = PACKAGE / "team" / "agent.py"


class Engine:
    """What grading one sheet needs for as long as a batch lasts: the warm process, the checks, the key."""

    def __init__(self, sheet: Sheet, course: Course, *, level: int | None = None) -> None:
        self.sheet, self.course = sheet, course
        self.level = probe().level if level is None else level
        self.budget = Budget(**sheet.rubric.budget.model_dump())
        self._server: ForkServer | None = None
        self._children: weakref.WeakSet[Child] = weakref.WeakSet()
        self._closed = False
        self._lock = threading.Lock()
        self._scratch = Path(tempfile.mkdtemp(prefix="gr-"))

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """The sheet's checks; raises ``RubricFault`` when the rubric uses them wrongly."""
        checks = load_checks(self.sheet.reference)
        validate_uses(self.sheet.rubric, checks)
        return checks

    @cached_property
    def reference(self) -> Reference:
        """The sheet's reference models and data sets."""
        return load_reference(self.sheet.reference)

    @cached_property
    def living(self) -> Callable[[tuple[Known, ...]], Iterable[Any]] | None:
        """What the sheet asks of the objects that live at the end of a run (``living.py``); None if nothing."""
        if not (self.sheet.reference / "living.py").is_file():
            return None
        found = getattr(import_part(self.sheet.reference, "living"), "questions", None)
        if not callable(found):
            raise RubricFault(
                "defines no function 'questions'", where=str(self.sheet.reference / "living.py")
            )
        return found  # type: ignore[no-any-return]

    def prepare(self) -> None:
        """Load what the judge needs, so that a fault of the rubric shows before the first hand-in."""
        assert self.checks is not None
        assert self.reference is not None
        assert self.living is None or callable(self.living)

    @property
    def key(self) -> bytes:
        """The course's secret, from which probe data is drawn."""
        return self.course.key()

    def child(self, folder: Path, *, seed: int, kernel: Any = None) -> Child:
        """A fresh confined process over ``folder``; the warm process behind it is started on first use."""
        with self._lock:
            if self._closed:
                raise GraderFault("the run was stopped.")
            if self._server is None:
                self._server = ForkServer(
                    agent=AGENT,
                    preload=("ipykernel", *self.sheet.rubric.preload),
                    level=self.level,
                    masked=(self.course.root, PACKAGE),
                )
            child = self._server.child(folder, self.budget, seed=seed, kernel=kernel)
            self._children.add(child)
            return child

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """A private folder for one hand-in, gone afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End every process and forget the scratch folder; nothing can be asked any more."""
        with self._lock:
            self._closed = True
            for child in list(self._children):
                with suppress(GraderFault, OSError, ValueError):
                    child.kill()
            if self._server is not None:
                self._server.close()
                self._server = None
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

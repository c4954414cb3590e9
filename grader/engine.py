"""What grading one sheet needs for as long as a batch lasts: the warm process, the checks, the reference, the key."""

from __future__ import annotations

import signal
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course import Course, Sheet
from grader.errors import GraderFault, RubricFault
from grader.records import Known
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import Child, Ending, ForkServer
from grader.sandbox.levels import probe
from grader.sandbox.removal import remove

if TYPE_CHECKING:  # loaded when first needed: a batch in which nothing changed judges nothing
    from grader.judge.checks import Check
    from grader.judge.diagnosis import Diagnoser
    from grader.judge.lab import Reference

PACKAGE = Path(__file__).resolve().parent
AGENT = PACKAGE / "team" / "agent.py"
RECYCLE_AFTER = 2000
"""Processes that one warm process serves before a new one takes its place, so that nothing piles up in it."""


class Engine:
    """What grading one sheet needs for as long as a batch lasts: the warm process, the checks, the key."""

    def __init__(
        self,
        sheet: Sheet,
        course: Course,
        *,
        level: int | None = None,
        cold: bool = False,
        recycle: int = RECYCLE_AFTER,
    ) -> None:
        """``cold`` gives every process a fresh interpreter of its own: slower, and a second opinion."""
        self.sheet, self.course, self.cold = sheet, course, cold
        self.level = probe().level if level is None else level
        self.budget = Budget(**sheet.rubric.budget.model_dump())
        self.restarts = 0
        """How often the warm process had to be started again."""
        self._server: ForkServer | None = None
        self._recycle, self._served = recycle, 0
        self._retired: list[tuple[ForkServer, weakref.WeakSet[Child]]] = []
        """Warm processes that serve nobody new, with the processes that they still have to look after."""
        self._served_now: weakref.WeakSet[Child] = weakref.WeakSet()
        """Processes of the warm process of today."""
        self._own_servers: dict[int, list[ForkServer]] = {}
        """Of each slot's thread: the servers that serve one process each, where none is shared."""
        self._mine: dict[int, list[Child]] = {}
        """Of each slot's thread: the processes of the hand-in it is at."""
        self._children: weakref.WeakSet[Child] = weakref.WeakSet()
        self._closed = False
        self._preload = sheet.rubric.preload
        self._lock = threading.Lock()
        self._scratch = Path(tempfile.mkdtemp(prefix="gr-"))

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """The sheet's checks; raises ``RubricFault`` when the rubric uses them wrongly."""
        from grader.judge.checks import load_checks, validate_uses

        checks = load_checks(self.sheet.reference)
        validate_uses(self.sheet.rubric, checks)
        return checks

    @cached_property
    def reference(self) -> Reference:
        """The sheet's reference models and data sets."""
        from grader.judge.lab import load_reference

        return load_reference(self.sheet.reference)

    @cached_property
    def living(self) -> Callable[[tuple[Known, ...]], Iterable[Any]] | None:
        """What the sheet asks of the objects that live at the end of a run (``living.py``); None if nothing."""
        from grader.judge.sheet import import_part

        if not (self.sheet.reference / "living.py").is_file():
            return None
        found = getattr(import_part(self.sheet.reference, "living"), "questions", None)
        if not callable(found):
            raise RubricFault(
                "defines no function 'questions'", where=str(self.sheet.reference / "living.py")
            )
        return found  # type: ignore[no-any-return]

    @cached_property
    def diagnose(self) -> Diagnoser | None:
        """Names the mistake behind a failed item; None where the sheet has no probes for that."""
        from grader.judge.diagnosis import load_diagnoser

        return load_diagnoser(self.sheet.reference)

    def warm_up(self, words: frozenset[str] | None = None) -> None:
        """Start the warm process on the side, while this process loads what it needs itself.

        ``words`` are those of the only hand-in there is: packages that it does not speak of are left out. What
        goes wrong here comes up again, and is told, when the first process is asked for.
        """
        if words is not None:
            self._preload = tuple(name for name in self._preload if words.issuperset(name.split(".")))
        threading.Thread(target=self._start_early, name="warm-up").start()

    def _start_early(self) -> None:
        with self._lock, suppress(GraderFault, OSError, ValueError):
            if not self.cold and not self._closed:
                self._warm()

    def prepare(self) -> None:
        """Load what the judge needs, so that a fault of the rubric shows before the first hand-in."""
        assert self.checks is not None
        assert self.reference is not None
        assert self.living is None or callable(self.living)
        assert self.diagnose is None or callable(self.diagnose)

    @property
    def key(self) -> bytes:
        """The course's secret, from which probe data is drawn."""
        return self.course.key()

    def child(self, folder: Path, *, seed: int, kernel: Any = None) -> Child:
        """A fresh confined process over ``folder``; the warm process behind it is started on first use.

        A warm process that was killed is started again. Raises ``GraderFault`` when no process is to be had.
        """
        with self._lock:
            if self._closed:
                raise GraderFault("the run was stopped.")
            self._change_guard()
            try:
                child = self._warm().child(folder, self.budget, seed=seed, kernel=kernel)
            except GraderFault:
                if self.cold or self._server is None or self._server.alive:
                    raise
                self._forget_server()
                self.restarts += 1
                child = self._warm().child(folder, self.budget, seed=seed, kernel=kernel)
            if not self.cold:
                self._served += 1
                self._served_now.add(child)
            self._children.add(child)
            self._mine.setdefault(threading.get_ident(), []).append(child)
            return child

    def _change_guard(self) -> None:
        """Retire a warm process that has served its time, and end retired ones once nobody needs them."""
        if self._server is not None and self._served >= self._recycle:
            self._retired.append((self._server, self._served_now))
            self._server, self._served, self._served_now = None, 0, weakref.WeakSet()
        over = [one for one in self._retired if all(child.ending is not None for child in one[1])]
        self._retired = [one for one in self._retired if one not in over]
        for server, _ in over:
            with suppress(GraderFault, OSError, ValueError):
                server.close()

    def disturbed(self) -> bool:
        """Whether a process of the hand-in at hand was killed by nobody we know of.

        That may be the hand-in's own doing or a stranger's (an operator, the system short of memory): who sees
        it tries once more before believing it.
        """
        mine = self._mine.get(threading.get_ident(), [])
        return any(unexplained(ending) for child in mine if (ending := child.ending) is not None)

    def _warm(self) -> ForkServer:
        """The shared warm process, or on the cold path a fresh one."""
        if self.cold:
            server = self._start(())
            self._own_servers.setdefault(threading.get_ident(), []).append(server)
            return server
        if self._server is None:
            self._server = self._start(self._preload)
        return self._server

    def _start(self, preload: Iterable[str]) -> ForkServer:
        return ForkServer(
            agent=AGENT,
            preload=("ipykernel", *preload),
            level=self.level,
            masked=(self.course.root, PACKAGE),
        )

    def _forget_server(self) -> None:
        if self._server is not None:
            with suppress(GraderFault, OSError, ValueError):
                self._server.close()
            self._server = None

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """A private folder for one hand-in, gone afterwards with every server that only it used."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            self._mine.pop(threading.get_ident(), None)
            for server in self._own_servers.pop(threading.get_ident(), []):
                server.close()
            remove(folder)

    def close(self) -> None:
        """End every process and forget the scratch folder; nothing can be asked any more."""
        with self._lock:
            self._closed = True
            for child in list(self._children):
                with suppress(GraderFault, OSError, ValueError):
                    child.kill()
            self._forget_server()
            for server, _ in self._retired:
                with suppress(GraderFault, OSError, ValueError):
                    server.close()
            for server in [one for own in self._own_servers.values() for one in own]:
                server.close()
        remove(self._scratch)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def unexplained(ending: Ending) -> bool:
    """Whether a process ended by a kill that neither we nor one of its limits gave, or in a way nobody saw."""
    if ending.killed_by_us or ending.out_of_memory or ending.limit:
        return False
    return ending.signal == signal.SIGKILL or (ending.signal is None and ending.code is None)

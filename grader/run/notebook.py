"""Run a whole notebook once, in a kernel that is handed in, and note what became of every cell."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import re
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import nbformat
from jupyter_client.utils import ensure_async
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output

from grader.records import Blame, CellRun, Execution, Observed, Remark, Workspace
from grader.run.cell_source import python_source
from grader.run.clock import FairClock
from grader.run.kernel import end_kernel, execute_silently, start_kernel
from grader.run.notebook_file import read_notebook
from grader.run.outputs import CappedClient
from grader.run.work_parts import Parts, forget_parts, place_of
from grader.syntax import parse

GRACE_SECONDS = 2.0
PROGRESS_SECONDS, PROGRESS_SHARE = 1.0, 0.05
"""Fewest seconds between two readings of what was seen so far, and the share of the time that they may take."""
_POLL_SECONDS = 0.5
_INSTALLS = re.compile(
    r"(?m)^\s*[!%]?\s*(?:python3? -m )?(?:pip3?|conda|mamba|uv pip)\s+install\s+(?P<what>[^#\n]+)"
)
_NO_MEMORY = re.compile(r"(?i)(?:can't|cannot|unable to|failed to) allocate (?:memory|\d)|not enough memory")
_MISSING = re.compile(r"No module named '([\w.]+)'")


class Limits(Protocol):
    """The part of a budget that a run needs; wall seconds and bytes."""

    @property
    def cell_seconds(self) -> float:
        """Of one cell."""

    @property
    def notebook_seconds(self) -> float:
        """Of the whole notebook."""

    @property
    def output_bytes(self) -> int:
        """Printed in all."""


def run_notebook(
    workspace: Workspace,
    notebook_name: str,
    *,
    kernel_manager_factory: Callable[[], Any],
    budget: Limits,
    on_cell: Callable[[CellRun], None] | None = None,
    before_end: Callable[[Any], Observed | None] | None = None,
    on_progress: Callable[[Any], Observed | None] | None = None,
) -> Execution:
    """Run all cells in order, going on after errors, and give the run with its executed notebook as JSON.

    ``kernel_manager_factory`` gives a fresh ``jupyter_client`` kernel manager, not yet started. ``on_cell`` is
    told of every cell; ``before_end`` gets the manager while the kernel still lives, and what it returns becomes
    ``observed``; ``on_progress`` gets it now and then between two cells, and what it returns is kept for the case
    that the kernel dies. The notebook on disk is not touched. A limit of ours is reported as ``limit``, never as an error of the team. Raises
    ``GraderFault`` when no kernel can be started.
    """
    try:
        notebook = _without_outputs(read_notebook(workspace.folder / notebook_name))
    except (OSError, ValueError) as error:
        what = f"The notebook was not run: {error}."
        return Execution(
            "not_run", remarks=(Remark("unreadable_file", what, notebook_name, blame=Blame.TEAM),)
        )
    spec = notebook.metadata.get("kernelspec")
    language = str(spec.get("language", "python") if isinstance(spec, dict) else "python").lower()
    if language not in {"python", ""}:
        what = f"The notebook is written for {language}, not Python, so it was not run."
        return Execution(
            "not_run", remarks=(Remark("other_language", what, notebook_name, blame=Blame.TEAM),)
        )
    if notebook_name in workspace.notebooks:
        forget_parts(notebook)
    run = _Run(notebook, workspace.folder, notebook_name, budget, on_cell)
    run.before_end, run.on_progress = before_end, on_progress
    return _without_loop(lambda: run.run(kernel_manager_factory))


def _without_outputs(notebook: Any) -> Any:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    return notebook


def _without_loop(work: Callable[[], Any]) -> Execution:
    """Run a coroutine to its end, in a thread of its own if this one has an event loop already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        result: Execution = asyncio.run(work())
        return result
    box: list[Any] = []

    def inside() -> None:
        try:
            box.append(asyncio.run(work()))
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    if isinstance(box[0], BaseException):
        raise box[0]
    return box[0]  # type: ignore[no-any-return]


class _Run:
    """One run of one notebook."""

    def __init__(
        self,
        notebook: Any,
        folder: Path,
        name: str,
        budget: Limits,
        on_cell: Callable[[CellRun], None] | None,
    ) -> None:
        self.notebook, self.folder, self.name, self.budget = notebook, folder, name, budget
        self.on_cell = on_cell
        self.before_end: Callable[[Any], Observed | None] | None = None
        self.on_progress: Callable[[Any], Observed | None] | None = None
        self.observed = Observed()
        self.cells: list[CellRun] = []
        self.remarks: list[Remark] = []
        self.over = ""
        """Why no further cell is run: ``limit`` or ``died``; empty while the run goes on."""
        self._named: set[str] = set()
        self._parts = Parts(notebook, folder)

    async def run(self, factory: Callable[[], Any]) -> Execution:
        """Start a kernel, run the cells, end the kernel."""
        manager, client = await start_kernel(
            factory, self.notebook, self.folder, self.name, self.budget.output_bytes
        )
        started = time.monotonic()
        self.clock = FairClock(lambda: _processor_seconds(manager))
        due = started + PROGRESS_SECONDS
        try:
            for index, cell in enumerate(self.notebook.cells):
                if cell.cell_type == "code" and cell.source.strip():
                    if not self.over and not await self._parts.before(client, index, cell):
                        continue
                    done = await self._cell(client, manager, index, cell)
                    self._add(replace(done, place=place_of(cell)))
                    begun = time.monotonic()
                    if not self.over and begun > due:
                        self._observe(self.on_progress, manager)
                        taken = time.monotonic() - begun
                        due = time.monotonic() + max(PROGRESS_SECONDS, taken / PROGRESS_SHARE)
            self._observe(self.before_end, manager)
        finally:
            await end_kernel(manager, client)
        self._remark_trimmed(client)
        seconds = time.monotonic() - started
        return Execution(
            self._status(), tuple(self.cells), self._written(), seconds, tuple(self.remarks), self.observed
        )

    def _observe(self, look: Callable[[Any], Observed | None] | None, manager: Any) -> None:
        """Read what was seen; where the kernel is gone, what was read before stays, and the trouble is told."""
        if look is None:
            return
        if self.over == "died":
            seen: Observed | None = Observed(trouble="The kernel died before what it had seen could be read.")
        else:
            try:
                seen = look(manager)
            except OSError:
                seen = Observed(trouble="The kernel was gone before what it had seen could be read.")
        if seen is not None and (seen.figures or seen.calls or seen.known or not seen.trouble):
            self.observed = _in_cells(seen, len(self.notebook.cells))
        elif seen is not None:
            self.observed = replace(self.observed, trouble=seen.trouble)

    def _status(self) -> str:
        states = {cell.status for cell in self.cells}
        for word, status in (
            ("died", "died"),
            ("limit", "limit"),
            ("not_reached", "limit"),
            ("error", "errors"),
        ):
            if word in states:
                return status
        return "complete"

    def _add(self, cell: CellRun) -> None:
        self.cells.append(cell)
        if self.on_cell is not None:
            self.on_cell(cell)

    # ---- one cell -----------------------------------------------------------------------------------

    async def _cell(self, client: CappedClient, manager: Any, index: int, cell: Any) -> CellRun:
        left = self.budget.notebook_seconds - self.clock.seconds()
        if left <= 0 and not self.over:
            self._stop_here(index)
        if self.over:
            return CellRun(index, "not_reached")
        self._remark_install(index, cell.source)
        client.begin_cell()
        client.kc.session.metadata = {
            "cellId": str(index)
        }  # the kernel passes it on to whoever watches cells
        begun = time.monotonic()
        task = asyncio.ensure_future(client.async_execute_cell(cell, index))
        reason = await self._watch(task, client, min(left, self.budget.cell_seconds))
        if reason:
            await self._interrupt(task, manager)
        status, error = self._outcome(task, client, manager, reason, left)
        if status == "error" and self._parts.ended(cell, client.reply):
            status, error = "ok", ""
        seconds = time.monotonic() - begun
        client.finish_cell(cell, index)
        if status == "limit":
            _mark_limit(cell, error)
            self._remark_limit(error, index)
        if status == "error":
            await self._after_error(client, index, cell)
        return CellRun(index, status, seconds, error)

    async def _watch(self, task: asyncio.Future[Any], client: CappedClient, seconds: float) -> str:
        """Wait for a cell: empty when it came to its end, else ``time`` or ``output``."""
        end = self.clock.seconds() + seconds
        while not task.done():
            left = end - self.clock.seconds()
            if left <= 0:
                return "time"
            if client.flooded:
                return "output"
            await asyncio.wait({task}, timeout=min(left, _POLL_SECONDS))
        return ""

    async def _interrupt(self, task: asyncio.Future[Any], manager: Any) -> None:
        """Interrupt a cell; kill the kernel when it goes on after the grace time."""
        with contextlib.suppress(Exception):
            await ensure_async(manager.interrupt_kernel())
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        if not task.done():
            self.over = "limit"
            with contextlib.suppress(Exception):
                await ensure_async(manager.shutdown_kernel(now=True))
            await asyncio.wait({task}, timeout=2 * GRACE_SECONDS)
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE_SECONDS)

    def _outcome(
        self, task: asyncio.Future[Any], client: CappedClient, manager: Any, reason: str, left: float
    ) -> tuple[str, str]:
        """Status and error of a cell that is over."""
        failure = None if task.cancelled() or not task.done() else task.exception()
        if reason:
            if failure is not None:
                self.over = "limit"
            return "limit", self._limit_words(reason, left)
        if isinstance(failure, DeadKernelError):
            ending = getattr(getattr(manager, "confined", None), "ending", None)
            ours = bool(getattr(ending, "limit", "") or getattr(ending, "out_of_memory", False))
            self.over = "limit" if ours else "died"
            words = ending.describe() if ending is not None else "the kernel died"
            return self.over, words[:1].upper() + words[1:] + "."
        if failure is not None:
            return "error", f"The outputs of this cell could not be read: {type(failure).__name__}"
        if client.reply.get("status") == "error" and _out_of_memory(client.reply):
            return "limit", "This cell needed more memory than one run is given here."
        if client.reply.get("status") == "error":
            return "error", f"{client.reply.get('ename')}: {client.reply.get('evalue')}"[:500]
        return "ok", ""

    def _limit_words(self, reason: str, left: float) -> str:
        if reason == "output":
            return "This cell was stopped because it sent far more output than is kept."
        if left <= self.budget.cell_seconds:
            self.over = "limit"
            return (
                f"The run was stopped here after {self.budget.notebook_seconds:g} s for the whole notebook."
            )
        ended = " and could not be interrupted, so the run ended with it" if self.over else ""
        return f"This cell was stopped after {self.budget.cell_seconds:g} s{ended}."

    def _stop_here(self, index: int) -> None:
        self.over = "limit"
        what = f"The whole notebook has {self.budget.notebook_seconds:g} s; from here on no cell was run."
        self._remark_limit(what, index)

    def _where(self, index: int) -> str:
        return place_of(self.notebook.cells[index]) or f"cell {index + 1}"

    def _remark_limit(self, words: str, index: int) -> None:
        what = f"{words} That is our limit, not an error."
        self.remarks.append(Remark("our_limit", what, self._where(index), blame=Blame.GRADER))

    # ---- what a reader should know ------------------------------------------------------------------

    async def _after_error(self, client: CappedClient, index: int, cell: Any) -> None:
        """Name a missing package once and do the other imports of its cell; explain ``input``."""
        name, message = str(client.reply.get("ename")), str(client.reply.get("evalue"))
        missing = _MISSING.search(message) if name in {"ModuleNotFoundError", "ImportError"} else None
        if name == "StdinNotImplementedError":
            step = "Write the value into a variable instead."
            what = "input() waits for a person, and nobody is there when a notebook runs on its own."
            self.remarks.append(Remark("input", what, self._where(index), step, Blame.TEAM))
        if missing is None:
            return
        await self._other_imports(client, cell.source)
        package = missing[1].partition(".")[0]
        if package not in self._named:
            self._named.add(package)
            what = f"'{package}' is neither installed here nor a file of the hand-in."
            step = "Hand in your own modules beside the notebook, and use only the course's packages."
            self.remarks.append(Remark("missing_package", what, self._where(index), step))

    async def _other_imports(self, client: CappedClient, source: str) -> None:
        """One import that fails takes the rest of its cell along: do the remaining ones quietly."""
        tree = parse(python_source(source))
        imports = (
            [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)] if tree else []
        )
        for node in imports[:50]:
            await execute_silently(client, f"try:\n    {ast.unparse(node)}\nexcept Exception:\n    pass")

    def _remark_install(self, index: int, source: str) -> None:
        found = _INSTALLS.search(source)
        if found and "install" not in self._named:
            self._named.add("install")
            what = f"Installing packages does nothing here ({found['what'].strip()[:80]})."
            step = "Use the packages that the course provides."
            self.remarks.append(Remark("install_skipped", what, self._where(index), step))

    def _remark_trimmed(self, client: CappedClient) -> None:
        if client.trimmed:
            where = ", ".join(self._where(index) for index in sorted(client.trimmed)[:10])
            what = "More output was printed or drawn than we keep; the rest was left out of the executed notebook."
            self.remarks.append(Remark("output_trimmed", what, where))

    def _written(self) -> str:
        """The executed notebook as JSON text; pictures pasted into text cells go if it would be too large."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text: str = nbformat.writes(self.notebook)
            if len(text) > 4 * self.budget.output_bytes:
                for cell in self.notebook.cells:
                    cell.pop("attachments", None)
                text = nbformat.writes(self.notebook)
        return text if len(text) <= 8 * self.budget.output_bytes else ""


def _processor_seconds(manager: Any) -> float | None:
    """Processor time of the kernel so far, where the sandbox can tell."""
    ask = getattr(getattr(getattr(manager, "confined", None), "child", None), "cpu_seconds", None)
    return ask() if callable(ask) else None


def _out_of_memory(reply: dict[str, Any]) -> bool:
    """Whether a cell's error says that no memory was left: the budget's doing, not the team's."""
    name, words = str(reply.get("ename")), str(reply.get("evalue"))
    return name in {"MemoryError", "_ArrayMemoryError"} or bool(_NO_MEMORY.search(words))


def _in_cells(seen: Observed, count: int) -> Observed:
    """What was seen, without claims about cells that the notebook does not have."""
    return replace(
        seen,
        figures=tuple(one for one in seen.figures if 0 <= one.cell < count),
        calls=tuple(one for one in seen.calls if 0 <= one.cell < count),
        known=tuple(one for one in seen.known if 0 <= one.cell < count),
    )


def _mark_limit(cell: Any, words: str) -> None:
    """Replace the KeyboardInterrupt that our own interrupt left in a cell by a sentence."""
    kept = [
        one
        for one in cell.outputs
        if one.get("output_type") != "error" or one.get("ename") != "KeyboardInterrupt"
    ]
    cell.outputs = [*kept, new_output("stream", name="stderr", text=f"\n[{words}]\n")]

"""Notes, inside a kernel, what a run draws, calls and leaves behind; answers with plain data.

Lives in the kernel's process beside student code (standard library and NumPy only). Nothing here may break a
cell or hold on to data; whatever it says is a claim of the student's process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from . import call_notes, figure_notes, object_notes, summaries

PAGE_CHARACTERS = 1_500_000
"""Answers are cut into pages of about this size."""
_dumps = json.dumps

Operation = Callable[[dict[str, Any], list[bytes]], Any]


class Recorder:
    """Watches one kernel from its first cell to its end."""

    def __init__(self) -> None:
        self._number, self._counted, self._depth = -1, -1, 0
        describe = summaries.Summaries()
        self.figures = figure_notes.FigureNotes(self._current)
        self.objects = object_notes.ObjectNotes(self._current, describe)
        self.calls = call_notes.CallNotes(self._current, describe, self.objects.fitted)
        self._pages: dict[str, list[str]] = {}
        self._namespace: dict[str, Any] = {}

    def _current(self) -> int:
        """Index of the cell that runs now, or ran last."""
        return self._number

    def install(self, shell: Any, watch: Sequence[str] = ()) -> None:
        """Begin to watch a shell; ``watch`` are full names of library functions whose calls are noted."""
        self._namespace = shell.user_ns
        self.calls.install(shell, os.getcwd())  # noqa: PTH109
        self.calls.watch(watch)
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_execute", self._hook)
        shell.events.register("post_run_cell", self._end)
        self._hook()

    def _begin(self, info: Any = None) -> None:
        """A cell starts: it is known by the index that came with it, else by counting.

        A cell inside a cell (``%%capture``) comes without an index and belongs to the outer one.
        """
        name = getattr(info, "cell_id", None)
        numbered = isinstance(name, str) and name.isdecimal()
        self._depth = 1 if numbered else self._depth + 1
        if self._depth == 1:
            self._counted += 1
            self._number = int(name) if isinstance(name, str) and numbered else self._counted
        self._hook()

    def _hook(self) -> None:
        """Reach for what has been loaded meanwhile."""
        try:
            self.figures.hook()
            self.calls.watch(())
        except Exception:
            return

    def _end(self, result: Any = None) -> None:
        self._depth = max(0, self._depth - 1)
        try:
            self.objects.after_cell(self._namespace)
        except Exception:
            return

    # ---- questions ----------------------------------------------------------------------------------

    def operations(self) -> dict[str, Operation]:
        """What the agent answers in addition: figures, calls and known things page by page, and one object."""
        return {
            "figures": lambda header, _: self._page(self.figures.figures, header),
            "calls": lambda header, _: self._page(self.calls.calls, header),
            "known": lambda header, _: self._page(self.objects.known(), header),
            "recall": lambda header, _: self.objects.recall(header["key"]),
        }

    def _page(self, entries: list[dict[str, Any]], header: dict[str, Any]) -> dict[str, Any]:
        """Entries from ``start`` on, as many as fit, and where the next page starts (None at the end)."""
        start, size = int(header.get("start", 0)), 0
        page: list[dict[str, Any]] = []
        for entry in entries[start:]:
            try:
                length = len(_dumps(entry, allow_nan=False))
            except (ValueError, TypeError):
                entry, length = {}, 2
            size += length
            if page and size > PAGE_CHARACTERS:
                return {"items": page, "next": start + len(page)}
            page.append(entry)
        return {"items": page, "next": None}

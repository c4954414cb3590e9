"""What our own run of a hand-in says of the rule that the work runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.records import Execution, Finding, Verdict

RUNS = ("rules.runs_top_to_bottom", "rules.runs")
"""Names that sheets have for the rule that the work runs."""


def run_findings(execution: Execution, parts: Sequence[str]) -> tuple[Finding, ...]:
    """What our own run says of the rule that the work runs, under the names that sheets have for it."""
    found = _run_finding(execution, parts)
    return tuple(replace(found, item=item) for item in RUNS) if found else ()


def _run_finding(execution: Execution, parts: Sequence[str]) -> Finding | None:
    item = RUNS[0]
    if execution.status == "complete":
        text = "Every cell ran, from top to bottom, in a fresh kernel."
        if any(cell.place for cell in execution.cells):
            named = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
            text = f"{named} ran from the first line to the last, in a fresh process."
        return Finding(item, Verdict.PASSED, 1.0, text)
    if execution.status == "errors":
        broken = [cell for cell in execution.cells if cell.status == "error"]
        first = broken[0]
        place = first.place or f"cell {first.index + 1}"
        cells = "steps" if first.place else "cells"
        message = f"{len(broken)} of {len(execution.cells)} {cells} stop with an error, first {place}: {first.error}"
        step = "Restart the kernel, run all cells, and repair the first one that stops."
        if first.place:
            step = "Start every file in a fresh process, from its own folder, and repair the first step that stops."
        return Finding(item, Verdict.FAILED, 0.0, message, judged_on="our run", next_step=step)
    if execution.status == "not_run":
        return None
    reached = sum(cell.status != "not_reached" for cell in execution.cells)
    stopped = ", ".join(c.place or f"cell {c.index + 1}" for c in execution.cells if c.status == "limit")
    message = (
        f"Our time, memory or output limit {f'stopped {stopped}' if stopped else 'ended the run'}; {reached} of {len(execution.cells)} "
        "cells were reached. That is our limit, not an error of yours. Your definitions were judged all the same."
        if execution.status == "limit"
        else f"The kernel died after {reached} of {len(execution.cells)} cells."
    )
    return Finding(item, Verdict.REVIEW, 0.0, message, judged_on="our run")

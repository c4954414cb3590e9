"""What a page says of the run: names found, stages and their time, where the evidence came from, remarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from grader.records import Blame, Execution, Known, Remark, Scorecard
from grader.report.layout import number, shortened
from grader.report.notebook_html import NotebookPage
from grader.rubric import Rubric

ISOLATION = {
    4: "a closed room of its own: no network, only your files, memory and processes counted",
    3: "a closed room of its own: no network, only your files",
    2: "no network, only your files readable",
    1: "limits on time and memory only",
    0: "no confinement (a check of one's own work)",
}
STAGES = {
    "unpack": "Unpack the files", "slice": "Read the definitions", "run": "Run the notebook",
    "find": "Find your classes", "judge": "Ask them questions", "score": "Add up", "report": "Write this page",
}  # fmt: skip
ENDED = {
    "complete": "It ran from top to bottom.",
    "errors": "It ran to the end, and some cells stopped with an error.",
    "limit": "One of our limits ended it. That is our limit, not an error of yours.",
    "died": "Its process ended before the last cell.",
    "not_run": "It was not run as a whole; your definitions were questioned all the same.",
}
GROUPS: tuple[tuple[Blame, str], ...] = (
    (Blame.TEAM, "About your hand-in"),
    (Blame.GRADER, "Limits and mistakes of ours"),
    (Blame.COURSE, "About the sheet and what it hands out"),
    (Blame.NOBODY, "Good to know"),
)
EXPORTS = frozenset({".pdf", ".html", ".htm"})
MOST_KNOWN, MOST_CALLS = 30, 12


@dataclass(frozen=True)
class Source:
    """One of the three places where evidence can come from."""

    name: str
    words: str


def sources(card: Scorecard, notebook: NotebookPage, execution: Execution | None) -> tuple[Source, ...]:
    """Our run, the outputs the hand-in brought along, and its export: what each of them gave."""
    shown = [cell for cell in notebook.cells if cell.shots or cell.printed]
    own = [cell for cell in shown if notebook.ours and not cell.stored]
    kept = [cell for cell in shown if not notebook.ours or cell.stored]
    words = [_run_words(execution)] if execution is not None else []
    words.append(_amount(own) if own else "No output of a cell came from it.")
    stored = (
        f"{_amount(kept)} They stand in where our run has none."
        if kept
        else "Not needed on this page: where a cell has an output, it is from our run."
    )
    exports = [
        str(name)
        for name in card.hand_in.get("files") or ()
        if PurePosixPath(str(name)).suffix.lower() in EXPORTS
    ]
    export = (
        f"{', '.join(shortened(name, 80) for name in exports[:3])}." if exports else "None was handed in."
    )
    return (
        Source("Our run", " ".join(words)),
        Source("Stored in your notebook", stored if own or kept else "No outputs."),
        Source("Your export", export),
    )


def _run_words(execution: Execution) -> str:
    reached = sum(cell.status in {"ok", "error"} for cell in execution.cells)
    count = f" {reached} of {len(execution.cells)} cells were reached." if execution.cells else ""
    return ENDED.get(execution.status, "") + count


def _amount(cells: list[Any]) -> str:
    figures = sum(cell.figures for cell in cells)
    return f"Outputs of {len(cells)} {'cell' if len(cells) == 1 else 'cells'}, {figures} {'figure' if figures == 1 else 'figures'}."


def known(execution: Execution | None) -> list[dict[str, str]]:
    """What was alive in the notebook and could be asked: name, kind, cell and settings."""
    found = execution.observed.known if execution is not None else ()
    return [_known(entry) for entry in found if entry.name and entry.family != "held"][:MOST_KNOWN]


def _known(entry: Known) -> dict[str, str]:
    settings = [f"{key}={number(value)}" for key, value in list(entry.settings.items())[:6]]
    shape = " × ".join(str(side) for side in entry.shape)
    return {
        "name": shortened(entry.name, 60),
        "type": shortened(entry.type.rsplit(".", 1)[-1] or entry.family, 60),
        "cell": str(entry.cell + 1),
        "about": shortened(", ".join([*([shape] if shape else []), *settings]), 160),
    }


def calls(execution: Execution | None) -> list[tuple[str, int]]:
    """How often each noted function was called in our run, the most called first."""
    noted = execution.observed.calls if execution is not None else ()
    return Counter(shortened(call.name, 80) for call in noted).most_common(MOST_CALLS)


def bindings(card: Scorecard, rubric: Rubric) -> list[dict[str, Any]]:
    """One row per role of the rubric: what was taken for it, how it is called, how sure we are and why."""
    return [_binding(wanted, card.bindings.get(role) or {}, rubric) for role, wanted in rubric.roles.items()]


def _binding(wanted: Any, found: Mapping[str, Any], rubric: Rubric) -> dict[str, Any]:
    confidence = float(found.get("confidence") or 0.0)
    symbol = str(found.get("symbol") or "")
    names = _renamed(found.get("methods")) + _renamed(found.get("parameters"))
    return {
        "title": wanted.title,
        "expected": wanted.expected,
        "symbol": symbol,
        "kind": str(found.get("kind") or ""),
        "names": [pair for pair in names if pair[1] != symbol],
        "answers": str(found.get("answers") or "").replace("_", " ") if wanted.kind == "model" else "",
        "confidence": confidence,
        "sure": confidence >= rubric.confidence,
        "why": _sentence(str(found.get("why") or "")),
        "candidates": [str(c) for c in found.get("candidates") or () if c != symbol][:5],
    }


def _sentence(text: str) -> str:
    """Text that ends as a sentence does."""
    return text if not text or text[-1] in ".?!" else f"{text}."


def _renamed(names: Any) -> list[tuple[str, str]]:
    """Pairs (our name, theirs) where the two differ."""
    return [(str(a), str(b)) for a, b in names.items() if a != b] if isinstance(names, dict) else []


def remarks(card: Scorecard) -> list[tuple[str, list[Remark]]]:
    """Remarks by whose doing they describe; bare notes count as nobody's."""
    told = {remark.what for remark in card.remarks}
    notes = tuple(Remark("note", note) for note in card.notes if note not in told)
    everything = list(dict.fromkeys((*card.remarks, *notes)))
    groups = ((words, [r for r in everything if r.blame is blame]) for blame, words in GROUPS)
    return [(words, found) for words, found in groups if found]

"""What a regrade would change: every stored hand-in judged anew by the rules of now, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader import store
from grader.batch import read_card
from grader.changes import Change, changed_items, noted_changes
from grader.course import Course, Sheet
from grader.digests import findings_key
from grader.engine import Engine
from grader.errors import UsageFault
from grader.intake.collect import collect
from grader.pipeline import grade_submission
from grader.records import Scorecard, Submission, from_json

Advance = Callable[[Submission, int, int], object]


@dataclass(frozen=True)
class Difference:
    """The comparison of what lies in an output folder with what grading again would give."""

    sheet: str
    would: tuple[Change, ...] = ()
    """What grading again would change now."""
    made: tuple[Change, ...] = ()
    """What the regrades so far have changed."""
    compared: int = 0
    gone: tuple[str, ...] = field(default_factory=tuple)
    """Hand-ins with a result whose files are not where they were graded from."""


def difference(sheet: Sheet, course: Course, out: Path, *, advance: Advance | None = None) -> Difference:
    """Compare the results below ``out`` with the verdicts of today's rubric, checks and bindings.

    Runs are taken from the store; only what has to be judged anew is. Raises ``UsageFault`` when nothing was
    graded there.
    """
    folder = out / sheet.name
    keep = store.Store(folder / ".store")
    calls = keep.get("batches", "calls") or []
    results = {path.parent.name: read_card(path) for path in sorted(folder.glob("*/result.json"))}
    if not results:
        raise UsageFault(
            f"there are no results in {folder}.", next_step="Grade something first, or name --out."
        )
    submissions = _submissions(calls, results)
    would: list[Change] = []
    with Engine(sheet, course) as engine:
        engine.prepare()
        for number, submission in enumerate(submissions.values(), 1):
            if advance:
                advance(submission, number, len(submissions))
            before = results[submission.folder]
            after = _judged_now(submission, engine, folder, keep)
            if before is not None:
                would.extend(changed_items(before, after))
    gone = tuple(sorted(set(results) - set(submissions)))
    return Difference(sheet.name, tuple(would), tuple(noted_changes(folder)), len(submissions), gone)


def _submissions(
    calls: Sequence[dict[str, object]], results: dict[str, Scorecard | None]
) -> dict[str, Submission]:
    """The hand-ins of all commands that wrote into the folder, as far as they still lie there, by output folder."""
    found: dict[str, Submission] = {}
    for call in calls:
        paths = [Path(str(path)) for path in call.get("paths", ())]  # type: ignore[attr-defined]
        there = [path for path in paths if path.exists()]
        if there:
            platform = call.get("platform")
            chosen = collect(there, platform=str(platform) if platform else None)
            found.update({s.folder: s for s in chosen.submissions if s.folder in results})
    return found


def _judged_now(submission: Submission, engine: Engine, folder: Path, keep: store.Store) -> Scorecard:
    overrides = folder / submission.folder / "bindings.yaml"
    stored = keep.get("findings", findings_key(submission, engine, overrides=overrides))
    if stored is not None:
        return from_json(Scorecard, stored)
    return grade_submission(submission, engine, overrides=overrides, keep=keep)[0]

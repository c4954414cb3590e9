"""``grader calibrate``: how often checks fail correct work, and how often they catch each known mistake.

Every run sends one twin under one seed through finding, questions and judging, as a hand-in of its own. Rows are
kept as they come, so that a calibration that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from grader import __version__, store
from grader.course import Course, Sheet
from grader.digests import judging_digest
from grader.errors import UsageFault
from grader.prove.pool import Errand, grade_all
from grader.prove.twins import Twin, load_twins
from grader.records import LOST, Scorecard, to_json
from grader.rubric import Rubric

CONFIDENCE = 0.95
QUANTILES = (0.0, 0.01, 0.5, 0.99, 1.0)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class ItemRate:
    """How an item treats correct work."""

    item: str
    runs: int
    lost: int
    """Runs in which correct work lost points."""
    asked: int
    """Runs in which a person was asked, or the check could not decide."""
    bound: float
    """Upper 95 % bound on the rate of losing points (Clopper and Pearson 1934)."""


@dataclass(frozen=True)
class TwinRate:
    """How often a known mistake is caught on the item that it breaks."""

    twin: str
    item: str
    runs: int
    caught: int
    asked: int
    named: int
    """Runs in which a diagnosis was given."""
    named_right: int
    """... and it was this mistake, or a group with it."""
    bound: float
    """Lower 95 % bound on the rate of catching it."""


@dataclass(frozen=True)
class Spread:
    """Values of one measured quantity over all runs of one kind of work."""

    item: str
    name: str
    wanted: str
    work: str
    """``right``, or the wrong twin."""
    runs: int
    quantiles: tuple[float, ...]
    """At 0, 1, 50, 99 and 100 per cent."""


@dataclass(frozen=True)
class Calibration:
    """Measured error rates of a sheet's checks, with where they come from."""

    sheet: str
    rubric: str
    """Digest of what the rates hold for: items, checks and their knobs."""
    clean_runs: int
    clean_lost: int
    """Clean runs that lost a point on any item."""
    clean_bound: float
    seeds: int
    items: tuple[ItemRate, ...]
    twins: tuple[TwinRate, ...]
    spreads: tuple[Spread, ...]
    made: dict[str, str]

    @property
    def mistakes(self) -> tuple[TwinRate, ...]:
        """The rates of wrong twins alone; right ones too may break an item, such as one on the form of the code."""
        return tuple(rate for rate in self.twins if rate.twin.startswith("wrong/"))


def knobs_digest(rubric: Rubric) -> str:
    """Hash of everything in a rubric that decides: items with their checks, knobs and prerequisites."""
    parts = [
        (item.id, item.points, item.needs, item.roles, [(use.check, use.knobs) for use in item.checks])
        for item in rubric.items
        if item.checks and not item.run
    ]
    return store.fingerprint(parts, rubric.confidence)[:16]


def upper_bound(events: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """One-sided exact upper bound on a rate after ``events`` in ``runs`` (Clopper and Pearson 1934)."""
    return 1.0 if events >= runs else float(stats.beta.ppf(confidence, events + 1, runs - events))


def lower_bound(events: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """One-sided exact lower bound on a rate."""
    return 0.0 if events <= 0 else float(stats.beta.ppf(1 - confidence, events, runs - events + 1))


def calibrate(
    sheet: Sheet,
    course: Course,
    work_folder: Path,
    *,
    clean_runs: int,
    wrong_seeds: int,
    jobs: int = 1,
    begin: Callable[[str, int], object] = lambda *_: None,
    advance: Callable[[dict[str, Any]], object] = lambda _: None,
) -> Calibration:
    """Measure until there are ``clean_runs`` runs of correct work and ``wrong_seeds`` of every mistake.

    Rows of earlier calls with the same rubric, checks and engine are taken from ``work_folder``.
    """
    twins = [twin for twin in load_twins(sheet.reference) if not twin.whole]
    if not any(twin.right for twin in twins):
        raise UsageFault(f"the sheet '{sheet.name}' has no right twin to calibrate with.")
    rows_file = work_folder / f"{sheet.name}-{sheet.digest[:12]}-{judging_digest()[:12]}.jsonl"
    rows = list(_read_rows(rows_file))
    done = {(row["twin"], row["seed"]) for row in rows}
    plan = [e for e in _plan(twins, clean_runs, wrong_seeds) if (e.twin.name, e.seed) not in done]
    judged = {item.id for item in sheet.rubric.items if item.checks and not item.run}
    begin(sheet.name, len(plan))
    rows_file.parent.mkdir(parents=True, exist_ok=True)
    with rows_file.open("a", encoding="utf-8") as stream:
        for errand, card in grade_all(sheet, course, plan, jobs) if plan else ():
            row = _row(errand, card, judged)
            stream.write(json.dumps(row) + "\n")
            stream.flush()
            rows.append(row)
            advance(row)
    return summarise(sheet, twins, rows)


def _plan(twins: Sequence[Twin], clean_runs: int, wrong_seeds: int) -> Iterator[Errand]:
    """Right twins in turn over ever new seeds, then every wrong twin over its seeds."""
    right = [twin for twin in twins if twin.right]
    for number in range(clean_runs):
        yield Errand(right[number % len(right)], number // len(right))
    for seed in range(wrong_seeds):
        yield from (Errand(twin, seed) for twin in twins if not twin.right)


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:  # the line that was being written when it was stopped
            continue
        yield row


def _row(errand: Errand, card: Scorecard, judged: set[str]) -> dict[str, Any]:
    items = {
        item.id: {
            "verdict": str(item.verdict),
            "diagnosis": item.diagnosis,
            "evidence": [[e.name, e.value, e.wanted] for e in item.evidence if isinstance(e.value, float)],
        }
        for item in card.items
        if item.id in judged
    }
    twin = errand.twin
    return {
        "twin": twin.name,
        "seed": errand.seed,
        "right": twin.right,
        "announced": [*twin.also, *twin.breaks],
        "status": card.status,
        "items": items,
    }


def summarise(sheet: Sheet, twins: Sequence[Twin], rows: Sequence[dict[str, Any]]) -> Calibration:
    """Count what the rows show."""
    by_name = {twin.name: twin for twin in twins}
    known = [_compared(row, by_name[row["twin"]]) for row in rows if row["twin"] in by_name]
    clean = [row for row in known if row["right"]]
    lost = sum(any(_lost(row, item, by_name) for item in row["items"]) for row in clean)
    names = [item.id for item in sheet.rubric.items if item.checks and not item.run]
    return Calibration(
        sheet.name,
        knobs_digest(sheet.rubric),
        len(clean),
        lost,
        upper_bound(lost, len(clean)),
        1 + max((row["seed"] for row in known), default=0),
        tuple(_item_rate(name, clean, by_name) for name in names),
        tuple(_twin_rates(twins, known)),
        tuple(_spreads(by_name, known)),
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "grader": __version__,
            "engine": judging_digest()[:16],
            "sheet": sheet.digest[:16],
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
        },
    )


def _compared(row: dict[str, Any], twin: Twin) -> dict[str, Any]:
    """A row with the items that its twin is there for; a twin of one part of a sheet has nothing of the others."""
    return {**row, "items": {item: found for item, found in row["items"].items() if twin.speaks_of(item)}}


def _lost(row: dict[str, Any], item: str, twins: dict[str, Twin]) -> bool:
    """Whether a run lost points on an item without its twin having announced it."""
    twin = twins[row["twin"]]
    return row["items"][item]["verdict"] in LOST and item not in (*twin.also, *twin.breaks)


def _item_rate(name: str, clean: Sequence[dict[str, Any]], twins: dict[str, Twin]) -> ItemRate:
    rows = [row for row in clean if name in row["items"]]
    lost = sum(_lost(row, name, twins) for row in rows)
    asked = sum(
        row["items"][name]["verdict"] in {"review", "blocked", "broken"}
        and name not in twins[row["twin"]].also
        for row in rows
    )
    return ItemRate(name, len(rows), lost, asked, upper_bound(lost, len(rows)))


def _twin_rates(twins: Sequence[Twin], rows: Sequence[dict[str, Any]]) -> Iterator[TwinRate]:
    for twin in twins:
        mine = [row["items"] for row in rows if row["twin"] == twin.name]
        for item in twin.breaks if mine else ():
            seen = [items[item] for items in mine if item in items]
            if not seen:
                continue
            caught = sum(one["verdict"] in LOST for one in seen)
            asked = sum(one["verdict"] in {"review", "blocked"} for one in seen)
            named = [one["diagnosis"] for one in seen if one["diagnosis"]]
            names = {twin.name.rpartition("/")[2], *twin.same_as}
            right = sum(not names.isdisjoint(re.split(r"[\s,|+]+", words)) for words in named)
            yield TwinRate(
                twin.name, item, len(seen), caught, asked, len(named), right, lower_bound(caught, len(seen))
            )


def _spreads(twins: Mapping[str, Twin], rows: Iterable[dict[str, Any]]) -> Iterator[Spread]:
    """Values of quantities with one threshold: over all right work, and for each mistake that breaks the item."""
    values: dict[tuple[str, str, str, str], list[float]] = {}
    for row in rows:
        work = "right" if row["right"] else row["twin"]
        for item, told in row["items"].items():
            for name, value, wanted in told["evidence"]:
                meant = row["right"] or item in twins[work].breaks
                if meant and threshold(wanted) is not None:
                    values.setdefault((item, name, wanted, work), []).append(float(value))
    for (item, name, wanted, work), found in sorted(values.items()):
        finite = [value for value in found if np.isfinite(value)]
        if finite:
            cuts = tuple(float(f"{q:.6g}") for q in np.quantile(finite, QUANTILES))
            yield Spread(item, name, wanted, work, len(found), cuts)


def threshold(wanted: str) -> float | None:
    """The number in the words of what was wanted: ``at most 0.02 nats``; None where there is not exactly one."""
    found = _NUMBER.findall(wanted)
    return float(found[0]) if len(found) == 1 else None


def calibration_path(course: Course, sheet: str) -> Path:
    """Where a sheet's calibration lies."""
    return course.root / "rubrics" / "calibration" / f"{sheet}.json"


def save(calibration: Calibration, course: Course) -> Path:
    """Write a calibration beside the rubrics."""
    path = calibration_path(course, calibration.sheet)
    data = {name: _lines(value) for name, value in to_json(calibration).items()}
    store.write_atomic(path, "{\n" + ",\n".join(f'"{name}": {text}' for name, text in data.items()) + "\n}\n")
    return path


def _lines(value: Any) -> str:
    """JSON with one line per record of a list, so that a change of one number is one line of a difference."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def mismatch(sheet: Sheet, course: Course) -> str:
    """Why the stored calibration does not belong to the rubric; empty if it does, or if there is none."""
    path = calibration_path(course, sheet.name)
    if not path.is_file():
        return ""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["rubric"]
    except (ValueError, KeyError, TypeError):
        return f"{path.name}: the calibration cannot be read; run 'grader calibrate {sheet.name}'"
    if stored != knobs_digest(sheet.rubric):
        return (
            f"{sheet.name}: items, checks or thresholds changed since the calibration was measured; "
            f"run 'grader calibrate {sheet.name}'"
        )
    return ""

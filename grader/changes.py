"""What changed between two judgements of the same hand-in, and the record of such changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.records import Scorecard, from_json, to_json

CHANGES = "changes.jsonl"


@dataclass(frozen=True)
class Change:
    """One item that came out otherwise than before; ``None`` points are open."""

    team: str
    folder: str
    item: str
    before: str
    after: str
    """Verdicts; empty where the item is not there."""
    points_before: float | None
    points_after: float | None
    message: str = ""
    """What is said of it now."""
    when: str = ""
    """ISO 8601 time of a change that was made; empty for one that would be."""

    @property
    def moves_points(self) -> bool:
        """Whether points change and not just words."""
        return self.points_before != self.points_after


def changed_items(before: Scorecard, after: Scorecard) -> tuple[Change, ...]:
    """The items whose verdict or points differ, in the order of ``after``, vanished ones last."""
    old, new = ({item.id: item for item in card.items} for card in (before, after))
    found = []
    for name in dict.fromkeys([*new, *old]):
        was, now = old.get(name), new.get(name)
        left, right = ((str(i.verdict), i.points) if i else ("", None) for i in (was, now))
        if left != right:
            message = now.message if now else "The item is not in the rubric any more."
            found.append(
                Change(after.team, after.folder, name, left[0], right[0], left[1], right[1], message)
            )
    return tuple(found)


def note_change(folder: Path, card: Scorecard, before: Scorecard, changes: Sequence[Change]) -> None:
    """Keep a change that a regrade makes, before it is made; ``folder`` is that of the sheet's results."""
    path = folder / ".store" / CHANGES
    path.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = {
        "when": now,
        "team": card.team,
        "points": [before.points, card.points],
        "items": [to_json(change) for change in changes],
    }
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def noted_changes(folder: Path) -> Iterator[Change]:
    """All changes that regrades made, oldest first; damaged lines are left out."""
    path = folder / ".store" / CHANGES
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for line in lines:
        try:
            data = json.loads(line)
            for item in data["items"]:
                yield from_json(Change, {**item, "when": data["when"]})
        except (ValueError, TypeError, KeyError):
            continue

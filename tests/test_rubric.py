"""A rubric that contradicts itself is refused with the place and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.errors import RubricFault
from grader.rubric import load


def rubric(**changes: Any) -> dict[str, Any]:
    """A small rubric that is in order."""
    base = {
        "sheet": "small",
        "title": "A small sheet",
        "max": 3,
        "tasks": {"1": 3},
        "roles": {"line": {"kind": "model", "title": "line", "names": ["Line"]}},
        "items": [
            {"id": "line.fit", "task": "1.1", "title": "fit", "points": 1, "roles": ["line"], "checks": [{"check": "fits", "tolerance": 0.1}]},
            {"id": "line.text", "task": "1.2", "title": "text", "points": 2, "kind": "review", "needs": ["line.fit"]},
        ],
    }  # fmt: skip
    return {**base, **changes}


def write(folder: Path, data: Any) -> Path:
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(data) if not isinstance(data, str) else data)
    return path


def test_a_rubric_in_order_is_read_with_its_knobs(tmp_path: Path) -> None:
    found = load(write(tmp_path, rubric()))
    assert found.item("line.fit").checks[0].knobs == {"tolerance": 0.1}
    assert found.max == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max": 4}, "add up to 3 points, not to 4"),
        ({"tasks": {"1": 5}, "max": 5}, "task 1 is worth 5 points but its items add up to 3"),
        ({"items": [{"id": "a", "task": "1", "title": "a", "points": 3}]}, "has no check"),
        ({"items": [{"id": "a", "task": "1", "title": "a", "points": 3, "kind": "review", "needs": ["b"]}]}, "does not stand before it"),
        ({"items": [{"id": "a", "task": "1", "title": "a", "points": 3, "kind": "review", "roles": ["circle"]}]}, "unknown role 'circle'"),
        ({"items": [{"id": "a", "task": "1", "title": "a", "points": 1.5, "kind": "review"}] * 2}, "named twice: a"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_contradiction_is_refused_in_words(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(RubricFault, match=words) as fault:
        load(write(tmp_path, rubric(**change)))
    assert "small.yaml" in fault.value.sentence()


def test_a_draft_may_leave_points_out(tmp_path: Path) -> None:
    assert load(write(tmp_path, rubric(max=40, draft=True))).draft


def test_broken_yaml_says_where(tmp_path: Path) -> None:
    with pytest.raises(RubricFault, match="not valid YAML"):
        load(write(tmp_path, "items: [1, {"))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(RubricFault, match="cannot be read"):
        load(tmp_path / "none.yaml")

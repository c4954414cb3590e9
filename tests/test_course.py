"""A course folder is found, a sheet is loaded, the key is secret and stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import Course, find_course
from grader.errors import UsageFault

ROOT = Path(__file__).resolve().parent.parent


def test_the_nearest_parent_with_rubrics_is_the_course(tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_course(start=deep).root == tmp_path.resolve()


def test_no_course_folder_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="--course DIR"):
        find_course(start=tmp_path)
    with pytest.raises(UsageFault, match="no folder 'rubrics'"):
        find_course(tmp_path)


def test_a_mistyped_sheet_gets_its_nearest_name() -> None:
    course = Course(ROOT)
    name = course.sheets()[0]
    with pytest.raises(UsageFault, match=f"Did you mean '{name}'"):
        course.sheet(name[:-1])


def test_every_rubric_of_this_course_is_in_order() -> None:
    course = Course(ROOT)
    assert course.sheets()
    for name in course.sheets():
        assert course.sheet(name).rubric.sheet == name


def test_the_key_is_made_once_and_lies_outside_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    course = Course(tmp_path / "course")
    key = course.key()
    assert len(key) == 32
    assert course.key() == key
    files = list((tmp_path / "data").rglob("*.key"))
    assert len(files) == 1
    assert files[0].stat().st_mode & 0o077 == 0
    assert Course(tmp_path / "other").key() != key


def test_a_damaged_key_is_said_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    course = Course(tmp_path)
    course.key()
    next(tmp_path.rglob("*.key")).write_bytes(b"short")
    with pytest.raises(UsageFault, match="damaged"):
        course.key()

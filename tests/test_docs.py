"""Every command that the documentation shows is one that works."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.small_course import make_course

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    """All fenced blocks of a language: page name and text."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(page.name, text) for page in PAGES for text in pattern.findall(page.read_text(encoding="utf-8"))]


def commands() -> list[str]:
    """Every line of a shell block, without its remark, each once."""
    lines = [line.split("  #")[0].strip() for _, text in blocks("sh") for line in text.splitlines()]
    return sorted({line.removeprefix(".venv/bin/") for line in lines if line})


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("grader ")])
def test_a_grader_command_of_the_docs_runs(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)[1:]
    if words[0] == "grade":  # one small hand-in stands for the folder of samples; the words stay the same
        sample = tmp_path / "samples"
        shutil.copytree(ROOT / "submissions" / words[1] / "crashed half-way", sample / "one")
        words = [str(sample) if word == f"submissions/{words[1]}" else word for word in words]
        words += ["--out", str(tmp_path / "out"), "--trust-hand-ins"]
    if words[0] == "diff":
        graded = ["grade", words[1], str(ROOT / "submissions" / words[1] / "empty notebook.zip")]
        place = ["--out", str(tmp_path / "out"), "--trust-hand-ins"]
        subprocess.run(
            [sys.executable, "-m", "grader", *graded, *place], cwd=ROOT, check=True, capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        words += place
    if words[0] == "calibrate":  # the words are tried on a small course: the real measurement takes minutes
        words = [
            "calibrate",
            "centring",
            "--runs",
            "2",
            "--seeds",
            "1",
            "--jobs",
            "1",
            "--out",
            str(tmp_path / "rows"),
        ]
        words += ["--course", str(make_course(tmp_path / "course", twins=True))]
    if words[0] == "validate":
        words += ["--twin", "reference"]
    done = subprocess.run(
        [sys.executable, "-m", "grader", *words], cwd=ROOT, capture_output=True, text=True, timeout=400,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    allowed = {0, 1} if words[0] == "check" else {0}
    assert done.returncode in allowed, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make ")])
def test_a_make_target_of_the_docs_exists(command: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(command.split()[1:]) <= targets


def test_no_command_of_the_docs_is_of_another_kind() -> None:
    assert [c for c in commands() if not c.startswith(("grader ", "make "))] == []


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_a_bindings_example_is_accepted(page: str, text: str, tmp_path: Path) -> None:
    from grader.course import Course
    from grader.team.overrides import load_overrides

    path = tmp_path / "bindings.yaml"
    path.write_text(text)
    rubric = Course(ROOT).sheet("generative_baselines").rubric
    assert set(load_overrides(path, rubric)) == set(yaml.safe_load(text)), page


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"

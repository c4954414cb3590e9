"""What a user types: help with examples, typos, empty folders, exit codes, JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def grader(*words: str, cwd: Path = ROOT, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *words], cwd=cwd, capture_output=True, text=True, timeout=timeout,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def small_hand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hand-in with one correct class, in German."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    source = """import numpy as np

class Normalverteilung:
    def fit(self, X):
        self.mittel = X.mean(axis=0)
        self.kovarianz = np.cov(X.T)
        return self

    def score_samples(self, X):
        d = X - self.mittel
        q = (d @ np.linalg.inv(self.kovarianz) * d).sum(axis=1)
        return -0.5 * (q + np.log(np.linalg.det(2 * np.pi * self.kovarianz)))

    def sample(self, n):
        return np.random.multivariate_normal(self.mittel, self.kovarianz, n)
"""
    folder = tmp_path_factory.mktemp("small") / "Team Eins"
    folder.mkdir()
    cells = [new_code_cell(source), new_code_cell("1 / 0")]
    (folder / "generative-baselines.ipynb").write_text(nbformat.writes(new_notebook(cells=cells)))
    return folder


@pytest.mark.parametrize("command", ["", "grade", "check", "validate", "doctor"])
def test_help_has_words_and_an_example(command: str) -> None:
    words = [command, "--help"] if command else ["--help"]
    done = grader(*words)
    assert done.returncode == 0
    assert "Example: grader" in done.stdout or not command
    assert len(done.stdout) > 200


def test_a_mistyped_sheet_is_answered_with_the_right_one() -> None:
    done = grader("grade", "generative_baseline", str(ROOT / "submissions"))
    assert done.returncode == 2
    assert "Did you mean 'generative_baselines'?" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_path_that_is_not_there_is_a_usage_fault(tmp_path: Path) -> None:
    done = grader("grade", "generative_baselines", str(tmp_path / "none.zip"))
    assert done.returncode == 2
    assert "none.zip" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr


def test_an_empty_folder_is_a_usage_fault(tmp_path: Path) -> None:
    done = grader("grade", "generative_baselines", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_outside_a_course_the_way_in_is_named(tmp_path: Path) -> None:
    done = grader("grade", "x", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "--course" in done.stderr


def test_doctor_answers_in_words_and_in_json() -> None:
    assert "isolation level" in grader("doctor").stdout
    data = json.loads(grader("doctor", "--json").stdout)
    assert 0 <= data["level"] <= 4


def test_check_says_what_passes_and_what_is_missing(small_hand_in: Path) -> None:
    done = grader("check", "generative_baselines", str(small_hand_in), "--json")
    card = json.loads(done.stdout)
    verdicts = {item["id"]: item["verdict"] for item in card["items"]}
    assert verdicts["gaussian.density"] == "passed", card["items"]
    assert verdicts["gaussian.sampling"] == "passed"
    assert verdicts["kde.density"] == "missing"
    assert done.returncode == 1


def test_grade_writes_the_files_it_promises_and_json_goes_to_stdout(
    small_hand_in: Path, tmp_path: Path
) -> None:
    done = grader(
        "grade", "generative_baselines", str(small_hand_in), "--out", str(tmp_path), "--json", "--trust-hand-ins"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["results"][0]["team"] == "Team Eins"
    folder = tmp_path / "generative_baselines" / "Team_Eins"
    assert {p.name for p in folder.iterdir()} == {"feedback.html", "result.json", "executed.ipynb"}
    stored = json.loads((folder / "result.json").read_text())
    assert stored["final"] is None
    assert "ZeroDivisionError" in (folder / "executed.ipynb").read_text()
    ran = next(i for i in stored["items"] if i["id"] == "rules.runs_top_to_bottom")
    assert ran["verdict"] == "failed"
    assert "cell 2" in ran["message"]


def test_ctrl_c_ends_cleanly_and_says_how_to_continue(small_hand_in: Path, tmp_path: Path) -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    for number in range(2):
        folder = tmp_path / "in" / f"loop {number}"
        folder.mkdir(parents=True)
        book = new_notebook(cells=[new_code_cell("while True:\n    pass")])
        (folder / "generative-baselines.ipynb").write_text(nbformat.writes(book))
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", "grade", "generative_baselines", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--trust-hand-ins"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    )  # fmt: skip
    time.sleep(12)
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, errors
    assert "The same command continues from here" in " ".join(errors.split())
    assert "Traceback" not in errors

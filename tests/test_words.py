"""The words of a hand-in's code, read before anything of it runs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat

from grader.intake.collect import collect
from grader.intake.words import words_of


def test_words_come_from_notebooks_and_scripts_and_from_inside_a_zip(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("from sklearn import mixture\nimport numpy as np")
    with zipfile.ZipFile(tmp_path / "team.zip", "w") as archive:
        archive.writestr("work.ipynb", nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))
        archive.writestr("own.py", "import scipy.stats\n")
        archive.writestr("notes.txt", "torch")
    words = words_of(collect([tmp_path / "team.zip"]).submissions[0])
    assert {"sklearn", "mixture", "numpy", "scipy", "stats"} <= words
    assert "torch" not in words


def test_a_file_that_nobody_can_read_has_no_words(tmp_path: Path) -> None:
    (tmp_path / "team.zip").write_bytes(b"PK\x03\x04 and then nothing")
    assert words_of(collect([tmp_path / "team.zip"]).submissions[0]) == frozenset()

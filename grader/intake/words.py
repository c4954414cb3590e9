"""The words of a hand-in's code, read before anything of it runs: enough to see which packages it can ask for."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from grader.intake.unpack import unpack
from grader.records import Submission

LONGEST = 2**21
"""Bytes of a file that are read; stored pictures make notebooks longer than their code."""
_WORD = re.compile(r"[A-Za-z_]\w*")


def words_of(submission: Submission) -> frozenset[str]:
    """All identifiers in the notebooks and scripts of a hand-in; empty where nothing can be read."""
    with tempfile.TemporaryDirectory(prefix="gr-", ignore_cleanup_errors=True) as folder:
        workspace = unpack(submission, Path(folder) / "files")
        words: set[str] = set()
        for name in (*workspace.notebooks, *workspace.scripts):
            with (workspace.folder / name).open("rb") as file:
                words.update(_WORD.findall(file.read(LONGEST).decode(errors="replace")))
        return frozenset(words)

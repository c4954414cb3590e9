"""Hashes under which results are stored: of our own code, by what rests on it, and of a hand-in as it came."""

from __future__ import annotations

import hashlib
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from grader import store
from grader.course import digest_files
from grader.engine import AGENT, PACKAGE, Engine
from grader.records import Submission, Workspace, to_json


@cache
def run_digest() -> str:
    """Hash of the code that runs hand-ins; stored executions of older code are not reused."""
    return digest_files([*_code("run", "sandbox", "intake"), AGENT])


@cache
def judging_digest() -> str:
    """Hash of the code on which verdicts rest: everything but reports, commands and proofs."""
    files = _code("intake", "sandbox", "run", "team", "judge")
    return digest_files([*files, PACKAGE / "pipeline.py", PACKAGE / "engine.py"])


def _code(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py"))]


@cache
def engine_digest() -> str:
    """Hash of the whole engine; stored verdicts of older code are not reused."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return digest_files(sorted(files))


def execution_key(workspace: Workspace, engine: Engine) -> str:
    """Under which hash a run is stored: files, environment, budgets, what is watched, asked and handed out."""
    rubric = engine.sheet.rubric
    return store.fingerprint(
        workspace.sha256, workspace.main, workspace.parts, to_json(engine.budget), rubric.preload, engine.level, engine.cold,
        rubric.watch, engine.sheet.run_digest, run_digest(),
    )  # fmt: skip


def findings_key(submission: Submission, engine: Engine, *, overrides: Path | None = None) -> str:
    """Under which hash a hand-in's verdicts are stored: files, rubric, checks, our own code, a tutor's bindings."""
    fixed = overrides.read_text(encoding="utf-8") if overrides and overrides.is_file() else ""
    return store.fingerprint(
        source_digest(submission), to_json(submission), engine.sheet.digest, engine_digest(), engine.level,
        engine.cold, fixed,
    )  # fmt: skip


def source_digest(submission: Submission) -> str:
    """Hash of a hand-in as it was collected, without unpacking it: its bytes, or those below its folder."""
    total = hashlib.sha256(f"{submission.entry}\0{submission.team}\0{submission.late}".encode())
    path = submission.path
    if submission.entry and path.is_file():
        with suppress(OSError, zipfile.BadZipFile):
            _digest_entries(path, submission.entry, total)
            return total.hexdigest()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        total.update(str(file.relative_to(path)).encode())
        with suppress(OSError), file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _digest_entries(archive: Path, entry: str, total: Any) -> None:
    """Hash the still compressed bytes of the entries that belong to a hand-in: files, or all below a folder."""
    names = entry.split("\n")
    folders = tuple(name for name in names if name.endswith("/"))
    with zipfile.ZipFile(archive) as outer, archive.open("rb") as stream:
        for info in outer.infolist():
            if info.filename in names or info.filename.startswith(folders):
                label = f"{info.filename}\0{info.file_size}\0{info.CRC}"
                total.update(label.encode(errors="surrogatepass"))
                stream.seek(info.header_offset)
                left = info.compress_size + 30 + len(info.filename)
                while left > 0 and (piece := stream.read(min(left, 1 << 20))):
                    total.update(piece)
                    left -= len(piece)

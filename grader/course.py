"""Where things lie: a course folder, its sheets, and the key that makes hidden inputs unpredictable."""

from __future__ import annotations

import ast
import difflib
import functools
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from grader import rubric as rubrics
from grader.errors import UsageFault
from grader.rubric import Rubric
from grader.syntax import parsed


@dataclass(frozen=True)
class Sheet:
    """One sheet of a course: its rubric and where its reference lies."""

    name: str
    rubric: Rubric
    rubric_path: Path
    reference: Path
    course: Path

    @functools.cached_property
    def digest(self) -> str:
        """Hash of the rubric, the list of participants and every file of the reference that judges."""
        files = [self.rubric_path, *sorted(self.reference.rglob("*.py"))]
        roster = self.rubric_path.with_name("roster.csv")
        if roster.is_file():
            files.append(roster)
        return digest_files(path for path in files if "__pycache__" not in path.parts)

    @functools.cached_property
    def run_digest(self) -> str:
        """Hash of what a whole run depends on: the questions to living objects, their data, what is handed out."""
        provided = [self.reference / "provides" / name for name in sorted(set(self.rubric.provides.values()))]
        files = [*_with_imports(self.reference / "living.py", self.course), *provided]
        return digest_files(path for path in files if path.is_file())


@dataclass(frozen=True)
class Course:
    """A folder with ``rubrics/`` and ``reference/``."""

    root: Path

    def sheets(self) -> tuple[str, ...]:
        """Names of all sheets that have a rubric, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "rubrics").glob("*.yaml")))

    def sheet(self, name: str) -> Sheet:
        """Load one sheet; raises ``UsageFault`` with the nearest name when there is no such sheet."""
        known = self.sheets()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known sheets: {', '.join(known) or 'none'}."
            raise UsageFault(f"there is no sheet '{name}' in {self.root}.", next_step=hint)
        path = self.root / "rubrics" / f"{name}.yaml"
        return Sheet(name, rubrics.load(path), path, self.root / "reference" / name, self.root)

    def key(self) -> bytes:
        """The course's secret, 32 bytes: made on first use, kept outside the course folder, mode 0600.

        Probe data is drawn from it, so that nobody who has only the course folder can foresee the questions.
        """
        folder = _data_home() / "grader" / "keys"
        path = folder / f"{hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:24]}.key"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            stored = path.read_bytes()
            if len(stored) == 32:
                return stored
            raise UsageFault(
                "the course key is damaged.", where=str(path), next_step="Delete it; probe data will change."
            ) from None
        with os.fdopen(descriptor, "wb") as stream:
            key = secrets.token_bytes(32)
            stream.write(key)
        return key


def find_course(given: Path | None = None, start: Path | None = None) -> Course:
    """The course folder: ``given``, else the nearest parent of ``start`` that holds ``rubrics/``.

    Raises ``UsageFault`` when there is none.
    """
    if given is not None:
        if not (given / "rubrics").is_dir():
            raise UsageFault(f"{given} is not a course folder: it has no folder 'rubrics'.")
        return Course(given.resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "rubrics").is_dir():
            return Course(folder)
    raise UsageFault(
        f"no course folder at or above {here}: no folder named 'rubrics' there.",
        next_step="Name one with --course DIR.",
    )


def _with_imports(start: Path, course: Path) -> list[Path]:
    """A file of the course's code and all files of it that this one imports, sorted."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                place = course.joinpath(*node.module.split("."))
                names = [place / alias.name for alias in node.names]
                waiting += [one.with_suffix(".py") for one in (place, *names)]
    return sorted(found)


def digest_files(paths: object) -> str:
    """SHA-256 over names and contents of files, in the order given."""
    total = hashlib.sha256()
    for path in paths:  # type: ignore[attr-defined]
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")

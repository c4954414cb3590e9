"""The source of the modules that a hand-in brings along, under the names by which it imports them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from grader.records import Statement, Workspace
from grader.run.cell_source import MAX_CHARACTERS
from grader.run.slice import slice_script


def own_modules(workspace: Workspace) -> dict[str, tuple[Statement, ...]]:
    """Importable name (``models``, ``tools.distance``) -> statements; files that cannot be read are left out."""
    found: dict[str, tuple[Statement, ...]] = {}
    beside = PurePosixPath(workspace.main).parent
    for name in workspace.scripts:
        if name == workspace.main:
            continue
        statements = _statements(workspace.folder / name, name)
        for start in (beside, PurePosixPath()):
            if PurePosixPath(name).is_relative_to(start):
                found.setdefault(_dotted(PurePosixPath(name).relative_to(start)), statements)
    return found


def _dotted(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _statements(path: Path, name: str) -> tuple[Statement, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        return slice_script(text[: 10 * MAX_CHARACTERS], name).statements
    except (OSError, ValueError):
        return ()

"""The source of the modules that a hand-in brings along, under the names by which it imports them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from grader.records import Statement, Workspace
from grader.run.cell_source import MAX_CHARACTERS
from grader.run.notebook_file import read_notebook
from grader.run.slice import slice_notebook, slice_script
from grader.run.work_slice import part_modules


def own_modules(workspace: Workspace) -> dict[str, tuple[Statement, ...]]:
    """Importable name (``models``, ``tools.distance``) -> statements; files that cannot be read are left out.

    Where several files are the work, each of them is such a module too.
    """
    parts = part_modules(workspace)
    found = {name: _statements(workspace.folder / file, file) for file, name in parts.items()}
    starts = dict.fromkeys(PurePosixPath(file).parent for file in (workspace.main, "", *workspace.parts))
    for name in workspace.scripts:
        if name == workspace.main or name in parts:
            continue
        statements = _statements(workspace.folder / name, name)
        for start in starts:
            if PurePosixPath(name).is_relative_to(start):
                found.setdefault(_dotted(PurePosixPath(name).relative_to(start)), statements)
    return found


def _dotted(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def _statements(path: Path, name: str) -> tuple[Statement, ...]:
    try:
        if name.lower().endswith(".ipynb"):
            return slice_notebook(read_notebook(path), name).statements
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        return slice_script(text[: 10 * MAX_CHARACTERS], name).statements
    except (OSError, ValueError):
        return ()

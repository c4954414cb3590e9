"""How much of a hand-in's code an exported page shows: by its lines, and by the names that it gives to things."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from grader.errors import Unreadable
from grader.intake.notebook import code_of, read_notebook
from grader.records import Workspace
from grader.syntax import parse, without_magics

MOST_LINES = 1000
SHORTEST_LINE, SHORTEST_NAME = 8, 5
LEAST_TEXT = 40
"""Characters below which a page has no text: a scan, or empty."""
_SAME = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "−": "-", "–": "-", "↪": ""}
)


def work_files(workspace: Workspace) -> list[str]:
    """The files that hold the hand-in's code: its parts and the scripts that they mention, else all there are."""
    if not workspace.parts:
        return [*workspace.notebooks, *workspace.scripts]
    files = list(workspace.parts)
    for name in files:  # grows on the way: what a mentioned script mentions counts too
        code = code_in(workspace.folder, [name])
        files += [
            script
            for script in workspace.scripts
            if script not in files and re.search(rf"\b{re.escape(PurePosixPath(script).stem)}\b", code)
        ]
    return files


def code_in(folder: Path, names: Sequence[str]) -> str:
    """The code of notebooks and scripts, one after the other; what cannot be read is left out."""
    sources = []
    for name in names:
        try:
            if name.lower().endswith(".py"):
                sources.append((folder / name).read_text(encoding="utf-8-sig", errors="replace"))
            else:
                sources.append(code_of(read_notebook(folder / name)))
        except (Unreadable, OSError):
            continue
    return "\n".join(sources)


def telling_lines(code: str) -> list[str]:
    """The distinct lines of code, squeezed; short ones say nothing, and of very many only some are taken."""
    squeezed = dict.fromkeys(squeeze(line) for line in code.splitlines())
    telling = [line for line in squeezed if len(line) >= SHORTEST_LINE]
    return telling[:: len(telling) // MOST_LINES + 1]


def own_names(code: str) -> list[str]:
    """Names of classes, functions, arguments and variables that the code defines, without short ones."""
    tree = parse(without_magics(code))
    if tree is None:
        names = re.findall(r"(?m)^\s*(?:def|class)\s+(\w+)|^\s*(\w+)\s*=[^=]", code)
        return _long(one or other for one, other in names)
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
    return _long(found)


def _long(names: object) -> list[str]:
    return [name for name in dict.fromkeys(names) if len(name) >= SHORTEST_NAME and name[:2] != "__"]  # type: ignore[call-overload]


def share_of_lines(text: str, lines: Sequence[str]) -> float | None:
    """Share of ``lines`` (see :func:`telling_lines`) in a page's text; ``None`` if it has none.

    A line that a page break or margin cut in two still counts: spaces, line breaks and the marks that
    typesetting adds are ignored, and of a long line its first or last 40 characters are enough.
    """
    page = squeeze(text)
    if len(page) < LEAST_TEXT:
        return None
    found = sum(
        line in page or (len(line) > 60 and (line[:40] in page or line[-40:] in page)) for line in lines
    )
    return round(found / len(lines), 3) if lines else 0.0


def share_of_names(text: str, names: Sequence[str]) -> float:
    """Share of the names that occur in a page's text."""
    page = squeeze(text)
    return round(sum(squeeze(name) in page for name in names) / len(names), 3) if names else 0.0


def squeeze(text: str) -> str:
    """Text without white space and with one writing of quotes, dashes and ligatures."""
    return re.sub(r"\s+|\u200b|,→", "", unicodedata.normalize("NFKC", text).translate(_SAME))

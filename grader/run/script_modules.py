"""Scripts that run by themselves and are imported by others: what the others get without running them again."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from grader.syntax import imported_names, is_main_guard, parse

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def imported_parts(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Part -> the ``modules`` by which later files import it, and the text of its ``definitions``.

    Only scripts without a main block: those are made to be imported, and importing them does not run them.
    """
    parts = [name for name in names if name.lower().endswith(".py")]
    if len(parts) < 2:
        return {}
    trees = {part: _tree(folder / part) for part in parts}
    others = {p.relative_to(folder).as_posix(): _tree(p) for p in folder.rglob("*.py") if p.is_file()}
    found = {}
    for part in parts:
        text, tree = trees[part]
        if tree is None or any(map(is_main_guard, tree.body)):
            continue
        path = PurePosixPath(part).with_suffix("").parts
        known = {".".join(path[start:]) for start in range(len(path))}
        asked = {
            n for name, (_, other) in others.items() if other and name != part for n in imported_names(other)
        } & known
        if asked:
            found[part] = {"modules": sorted(asked), "definitions": _definitions(text, tree)}
    return found


def _tree(path: Path) -> tuple[str, ast.Module | None]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return "", None
    return text, parse(text)


def _definitions(text: str, tree: ast.Module) -> str:
    """The text with every line emptied that belongs to no class or function at the top level."""
    kept: set[int] = set()
    for node in tree.body:
        if isinstance(node, _Definition):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            kept.update(range(first, (node.end_lineno or node.lineno) + 1))
    return "\n".join(line if k in kept else "" for k, line in enumerate(text.splitlines(), 1)) + "\n"

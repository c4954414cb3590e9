"""Twins: hand-ins of known truth, written as small differences from a base, and rendered as students hand in.

A twin is a Python file whose docstring is YAML: ``breaks`` (items it must lose; empty for a right twin),
``says`` (the sentence a student should read, for wrong twins) and ``base``:

``models``
    the reference's model sources; functions, classes and methods defined in the twin replace those of the
    same name, everything else in the twin is added in front.
``none``
    the file itself is the whole hand-in.
a name
    the right twin of that name is the base.

Cells are split at lines ``# %%``; ``# %% file: NAME`` puts what follows into a module beside the notebook.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.errors import RubricFault

MARKER = re.compile(r"^# %%[ \t]*(?:file:[ \t]*(?P<file>\S+))?.*$", re.MULTILINE)


@dataclass(frozen=True)
class Twin:
    """A hand-in of known truth."""

    name: str
    right: bool
    breaks: tuple[str, ...]
    says: str
    source: str
    """The complete hand-in with cell markers."""
    also: tuple[str, ...] = ()
    """Items that may be open or lost too, because they rest on a broken one."""


def load_twins(reference: Path) -> list[Twin]:
    """All twins of a sheet, the reference itself first.

    Raises ``RubricFault`` when a header is not readable or replaces something that the base does not have.
    """
    base = base_source(reference)
    right = [_read(path, reference, right=True) for path in sorted((reference / "right").glob("*.py"))]
    wrong = [_read(path, reference, right=False) for path in sorted((reference / "wrong").glob("*.py"))]
    return [Twin("reference", True, (), "", base), *right, *wrong]


def base_source(reference: Path) -> str:
    """The reference as a student would hand it in: model sources, then the demonstration, as cells."""
    models = [p for p in sorted((reference / "models").glob("*.py")) if p.stem != "__init__"]
    cells = [path.read_text(encoding="utf-8") for path in models]
    demonstration = reference / "demonstration.py"
    if demonstration.is_file():
        cells.append(demonstration.read_text(encoding="utf-8"))
    return "\n\n# %%\n".join(cells)


def _read(path: Path, reference: Path, *, right: bool) -> Twin:
    text = path.read_text(encoding="utf-8")
    header, body = _split_header(text, path)
    kind = str(header.get("base", "models"))
    if kind == "none":
        source = body
    elif kind == "models":
        source = replace_definitions(base_source(reference), body, where=str(path))
    else:
        other = _read(reference / "right" / f"{kind}.py", reference, right=True)
        source = replace_definitions(other.source, body, where=str(path))
    name = f"{'right' if right else 'wrong'}/{path.stem}"
    breaks, also = tuple(header.get("breaks") or ()), tuple(header.get("also") or ())
    if not right and not (breaks and header.get("says")):
        raise RubricFault("a wrong twin names what it breaks and what it says", where=str(path))
    return Twin(name, right, breaks, str(header.get("says", "")), source, also)


def _split_header(text: str, path: Path) -> tuple[dict[str, Any], str]:
    tree = ast.parse(text)
    first = tree.body[0] if tree.body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise RubricFault("a twin starts with a YAML docstring", where=str(path))
    header = yaml.safe_load(str(first.value.value))
    if not isinstance(header, dict):
        raise RubricFault("the docstring of a twin is a YAML mapping", where=str(path))
    unknown = set(header) - {"breaks", "says", "base", "also", "habit"}
    if unknown:
        raise RubricFault(f"unknown keys in the header: {', '.join(sorted(unknown))}", where=str(path))
    return header, "\n".join(text.split("\n")[first.end_lineno :]).strip("\n")


def replace_definitions(base: str, difference: str, *, where: str) -> str:
    """Put the definitions of ``difference`` in the place of those of the same name in ``base``.

    A class in the difference replaces methods one by one, so that only what changes is written down.
    Raises ``RubricFault`` when a class or function is not in the base.
    """
    lines = base.split("\n")
    places = _definitions(ast.parse(base))
    edits: list[tuple[int, int, list[str]]] = []
    extra: list[str] = []
    ends = {
        node.name: node.end_lineno or 0 for node in ast.parse(base).body if isinstance(node, ast.ClassDef)
    }
    for node in ast.parse(difference).body:
        text = _lines_of(node, difference)
        if isinstance(node, ast.ClassDef):
            if node.name not in ends:
                raise RubricFault(f"the base has no class '{node.name}'", where=where)
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    place = places.get(f"{node.name}.{part.name}", (ends[node.name] + 1, ends[node.name]))
                    edits.append((*place, _lines_of(part, difference)))
        elif isinstance(node, ast.FunctionDef):
            if node.name not in places:
                raise RubricFault(f"the base has no function '{node.name}'", where=where)
            edits.append((*places[node.name], text))
        else:
            extra.extend(text)
    for first, last, new in sorted(edits, reverse=True):
        lines[first - 1 : last] = ["", *new] if last < first else new
    return "\n".join([*extra, "", *lines] if extra else lines)


def _definitions(tree: ast.Module) -> dict[str, tuple[int, int]]:
    """Name, or ``Class.method``, to its first and last line (decorators included)."""
    places: dict[str, tuple[int, int]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            places[node.name] = _span(node)
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    places[f"{node.name}.{part.name}"] = _span(part)
    return places


def _span(node: ast.FunctionDef) -> tuple[int, int]:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first, node.end_lineno or first


def _lines_of(node: ast.stmt, text: str) -> list[str]:
    lines = text.split("\n")
    first, last = _span(node) if isinstance(node, ast.FunctionDef) else (node.lineno, node.end_lineno or 0)
    return lines[first - 1 : last]


def render(twin: Twin, folder: Path, notebook: str, *, seed: int = 0) -> Path:
    """Write a twin as a hand-in folder: the notebook of the given name and the modules beside it.

    ``seed`` only changes a remark in the first cell, and with it the hidden inputs that are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cells = [new_markdown_cell(f"# Solution\n\nVersion {seed}.")]
    for name, text in _cells(twin.source):
        if name:
            (folder / name).write_text(text + "\n", encoding="utf-8")
        elif text.strip():
            cells.append(new_code_cell(text.strip("\n")))
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    path = folder / notebook
    path.write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")
    return path


def _cells(source: str) -> list[tuple[str, str]]:
    """Split at the markers: pairs of file name (empty for a cell) and text."""
    pieces, position, name = [], 0, ""
    for match in MARKER.finditer(source):
        pieces.append((name, source[position : match.start()]))
        position, name = match.end() + 1, match.group("file") or ""
    pieces.append((name, source[position:]))
    return pieces

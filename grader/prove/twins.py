"""Twins: hand-ins of known truth, written as small differences from a base, and rendered as students hand in.

A twin is a Python file whose docstring is YAML: ``breaks`` (items it must lose; empty for a right twin),
``says`` (the sentence a student should read, for wrong twins) and ``base``:

``models``
    the reference's model sources; functions, classes and methods defined in the twin replace those of the
    same name, everything else in the twin is added in front.
``solution``
    the full solution notebook (``solution.py`` of the reference); the twin's cells replace those of the same
    tag, an empty one removes them. ``drop: [tags]`` leaves cells out.
``none``
    the file itself is the whole hand-in.
a name
    the right twin of that name is the base.

``also`` names items that may be lost too, ``opens`` items that must be left to a person, ``same_as`` other names of the mistake, ``only`` the items (or the beginnings of their names) that are
compared at all. How cells are marked is told in ``grader.prove.percent``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat.v4 import new_notebook

from grader.errors import RubricFault
from grader.prove.percent import exchange, execute, notebook_cells, read_cells, write_cells
from grader.syntax import parsed

KEYS = frozenset({"breaks", "says", "base", "also", "habit", "drop", "only", "opens", "same_as"})


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
    only: tuple[str, ...] = ()
    """Items, or beginnings of their names, that are compared; empty for all."""
    opens: tuple[str, ...] = ()
    """Items that a person must be asked about, neither passed nor lost."""
    same_as: tuple[str, ...] = ()
    """Other names of its mistakes: twins with the same one, or what a check calls it."""
    whole: bool = False
    """A whole notebook, to be judged with its run; otherwise its definitions are what matters."""

    def speaks_of(self, item: str) -> bool:
        """Whether the item is among those on which the twin is compared."""
        return not self.only or any(item == part or item.startswith(f"{part}.") for part in self.only)


def load_twins(reference: Path) -> list[Twin]:
    """All twins of a sheet, the reference itself first: its solution notebook, or models and demonstration.

    Raises ``RubricFault`` when a header is not readable or replaces something that the base does not have.
    """
    whole = (reference / "solution.py").is_file()
    base = solution_source(reference) if whole else base_source(reference)
    right = [_read(path, reference, right=True) for path in sorted((reference / "right").glob("*.py"))]
    wrong = [_read(path, reference, right=False) for path in sorted((reference / "wrong").glob("*.py"))]
    return [Twin("reference", True, (), "", base, whole=whole), *right, *wrong]


def base_source(reference: Path) -> str:
    """The reference's definitions as a hand-in: model sources, then the demonstration, as cells."""
    models = [p for p in sorted((reference / "models").glob("*.py")) if p.stem != "__init__"]
    cells = [path.read_text(encoding="utf-8") for path in models]
    demonstration = reference / "demonstration.py"
    if demonstration.is_file():
        cells.append(demonstration.read_text(encoding="utf-8"))
    return "\n\n# %%\n".join(cells)


def solution_source(reference: Path) -> str:
    """The full solution notebook as text, included files written out."""
    path = reference / "solution.py"
    if not path.is_file():
        raise RubricFault("the reference has no solution notebook", where=str(path))
    return write_cells(read_cells(path.read_text(encoding="utf-8"), reference, where=str(path)))


def _read(path: Path, reference: Path, *, right: bool) -> Twin:
    if not path.is_file():
        raise RubricFault("the base of a twin is not there", where=str(path))
    header, body = _split_header(path.read_text(encoding="utf-8"), path)
    name = f"{'right' if right else 'wrong'}/{path.stem}"
    lists = {
        key: tuple(header.get(key) or ()) for key in ("breaks", "also", "only", "opens", "same_as", "drop")
    }
    if not right and not ((lists["breaks"] or lists["opens"]) and header.get("says")):
        raise RubricFault("a wrong twin names what it breaks (or opens) and what it says", where=str(path))
    drop = lists.pop("drop")
    source, whole = _combine(str(header.get("base", "models")), body, drop, path, reference)
    return Twin(name, right, says=str(header.get("says", "")), source=source, whole=whole, **lists)


def _combine(kind: str, body: str, drop: tuple[str, ...], path: Path, reference: Path) -> tuple[str, bool]:
    """The whole hand-in: the base with the twin's differences, and whether it is a whole notebook."""
    where = str(path)
    whole = kind == "solution"
    if kind == "none":
        base = ""
    elif kind in ("models", "solution"):
        base = solution_source(reference) if whole else base_source(reference)
    else:
        other = _read(reference / "right" / f"{kind}.py", reference, right=True)
        base, whole = other.source, other.whole
    if whole:
        new = read_cells(body, reference, where=where)
        return write_cells(exchange(read_cells(base), new, drop, where=where)), True
    if drop:
        raise RubricFault("only the cells of a whole notebook can be dropped", where=where)
    return (replace_definitions(base, body, where=where) if base else body), False


def _split_header(text: str, path: Path) -> tuple[dict[str, Any], str]:
    tree = parsed(text)
    first = tree.body[0] if tree.body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        raise RubricFault("a twin starts with a YAML docstring", where=str(path))
    header = yaml.safe_load(str(first.value.value))
    if not isinstance(header, dict):
        raise RubricFault("the docstring of a twin is a YAML mapping", where=str(path))
    unknown = set(header) - KEYS
    if unknown:
        raise RubricFault(f"unknown keys in the header: {', '.join(sorted(unknown))}", where=str(path))
    return header, "\n".join(text.split("\n")[first.end_lineno :]).strip("\n")


def replace_definitions(base: str, difference: str, *, where: str) -> str:
    """Put the definitions of ``difference`` in the place of those of the same name in ``base``.

    A class in the difference replaces methods one by one, so that only what changes is written down.
    Raises ``RubricFault`` when a class or function is not in the base.
    """
    lines = base.split("\n")
    places = _definitions(parsed(base))
    edits: list[tuple[int, int, list[str]]] = []
    extra: list[str] = []
    ends = {node.name: node.end_lineno or 0 for node in parsed(base).body if isinstance(node, ast.ClassDef)}
    for node in parsed(difference).body:
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


def render(twin: Twin, folder: Path, notebook: str, *, seed: int = 0, executed: bool = False) -> Path:
    """Write a twin as a hand-in folder: the notebook of the given name and the modules beside it.

    ``seed`` only changes a remark in the first cell, and with it the hidden inputs that are drawn. With
    ``executed`` the notebook is run in its folder, in which what the sheet provides must lie already, and
    its outputs are stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cells = read_cells(twin.source)
    for cell in cells:
        if cell.file:
            (folder / cell.file).write_text(cell.text + "\n", encoding="utf-8")
    path = folder / notebook
    made = new_notebook(cells=notebook_cells(cells, f"Version {seed}."))
    path.write_text(nbformat.writes(made), encoding="utf-8")
    if executed:
        execute(path)
    return path

"""Scripts, and several files that are one work, as notebooks, so that one runner serves all."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.records import Workspace
from grader.run.notebook_file import read_notebook
from grader.run.script_cells import chunks_of
from grader.run.script_modules import imported_parts

JOINED = "whole-work.script.ipynb"
_DRAWS = re.compile(r"\b(matplotlib|seaborn|pylab)\b")


def script_as_notebook(folder: Path, name: str) -> str:
    """Write ``name`` of ``folder`` as a notebook beside it and give the new file's name relative to ``folder``.

    Raises ``OSError`` when the script cannot be read or the notebook cannot be written.
    """
    target = Path(name).with_suffix(".script.ipynb")
    notebook = notebook_of_files(folder, (name,))
    (folder / target).write_text(nbformat.writes(notebook), encoding="utf-8")
    return target.as_posix()


def runnable_notebook(workspace: Workspace, folder: Path) -> str:
    """The notebook that is run: the main one as it is, else one that is made of scripts or several parts.

    ``folder`` holds the hand-in's files; what is made is written there. Raises ``OSError`` and ``ValueError``.
    """
    parts = workspace.parts or (workspace.main,)
    if len(parts) > 1:
        (folder / JOINED).write_text(nbformat.writes(notebook_of_files(folder, parts)), encoding="utf-8")
        return JOINED
    return parts[0] if parts[0].lower().endswith(".ipynb") else script_as_notebook(folder, parts[0])


def notebook_of_files(folder: Path, names: tuple[str, ...]) -> nbformat.NotebookNode:
    """Notebooks and scripts, one after the other, as one notebook; stored outputs of notebooks stay.

    The metadata of every cell name the file it comes from (``part``) and where it stands there (``place``); several
    files have their name as a heading. Raises ``OSError`` and ``ValueError`` for files that cannot be read.
    """
    cells: list[nbformat.NotebookNode] = []
    for name in names:
        if len(names) > 1:
            cells.append(_placed(new_markdown_cell(f"# {name}"), name, name))
        cells += _cells(folder / name, name)
    for number, cell in enumerate(cells):
        cell["id"] = f"part-{number + 1}"
    notebook = _python(cells)
    notebook.metadata["modules"] = imported_parts(folder, names)
    texts = [path.read_text("utf-8", errors="replace") for path in folder.rglob("*.py") if path.is_file()]
    texts += [cell.source for cell in cells]
    notebook.metadata["draws"] = any(_DRAWS.search(text) for text in texts)
    return notebook


def _cells(path: Path, name: str) -> list[nbformat.NotebookNode]:
    if name.lower().endswith(".ipynb"):
        found = read_notebook(path).cells
        return [_placed(cell, name, f"{name}, cell {k}") for k, cell in enumerate(found, 1)]
    source = path.read_text(encoding="utf-8-sig", errors="replace")
    chunks = notebook_of_script(source).cells
    return [_placed(cell, name, f"{name}, line {cell.metadata['line']}") for cell in chunks]


def _placed(cell: nbformat.NotebookNode, part: str, place: str) -> nbformat.NotebookNode:
    cell.metadata = {**cell.metadata, "part": part, "place": place}
    return cell


def notebook_of_script(source: str) -> nbformat.NotebookNode:
    """Turn a script into a notebook; see :func:`grader.run.script_cells.chunks_of` for how it is cut.

    The metadata of every cell tell at which ``line`` of the script it begins.
    """
    cells = []
    for number, chunk in enumerate(chunks_of(source), 1):
        cell = new_markdown_cell(chunk.text) if chunk.prose else new_code_cell(chunk.text)
        cell["id"], cell.metadata = f"part-{number}", {"line": chunk.line}
        cells.append(cell)
    return _python(cells)


def _python(cells: list[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook

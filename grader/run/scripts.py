"""Scripts as notebooks, so that one runner serves both."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.run.cell_source import parse

_MARK = re.compile(r"(?m)^#[ \t]*%%.*$")
_NOTEBOOK_EXPORT = re.compile(r"(?m)^# In\[[ \d]*\]:?[ \t]*$")
_TEXT = re.compile(r"^#[ \t]*%%[ \t]*\[markdown\]")


def script_as_notebook(folder: Path, name: str) -> str:
    """Write ``name`` of ``folder`` as a notebook beside it and give the new file's name relative to ``folder``.

    Raises ``OSError`` when the script cannot be read or the notebook cannot be written.
    """
    source = (folder / name).read_text(encoding="utf-8-sig", errors="replace")
    target = Path(name).with_suffix(".script.ipynb")
    notebook = notebook_of_script(source)
    notebook.metadata["script"] = Path(name).name
    (folder / target).write_text(nbformat.writes(notebook), encoding="utf-8")
    return target.as_posix()


def notebook_of_script(source: str) -> nbformat.NotebookNode:
    """Turn a script into a notebook: cells at ``# %%`` or exported ``# In[1]:`` lines, else per statement group.

    Without marks, neighbouring imports, definitions and simple statements share a cell, and every loop, ``if``
    or call that stands alone gets its own, so that one failure does not take the rest along.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if _MARK.search(source):
        parts = _at_marks(source, _MARK)
    elif _NOTEBOOK_EXPORT.search(source):
        parts = _at_marks(source, _NOTEBOOK_EXPORT)
    else:
        parts = _at_statements(source)
    cells = [_cell(part) for part in parts if part.strip()]
    for number, cell in enumerate(cells):
        cell["id"] = f"part-{number + 1}"
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _cell(part: str) -> nbformat.NotebookNode:
    if _TEXT.match(part):
        lines = part.split("\n")[1:]
        return new_markdown_cell(
            "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines).strip()
        )
    return new_code_cell(part.strip("\n"))


def _at_marks(source: str, mark: re.Pattern[str]) -> list[str]:
    starts = [found.start() for found in mark.finditer(source)]
    return [source[begin:end] for begin, end in zip([0, *starts], [*starts, len(source)], strict=True)]


def _at_statements(source: str) -> list[str]:
    """Groups of top-level statements, each with the comments before it; the whole if it does not parse."""
    tree = parse(source)
    if tree is None or not tree.body:
        return [source]
    lines = source.split("\n")
    firsts = [
        min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))]) - 1
        for node in tree.body
    ]
    kinds = [type(node).__name__ for node in tree.body]
    starts = [0]
    for index in range(1, len(firsts)):
        same = kinds[index] == kinds[index - 1] or {kinds[index], kinds[index - 1]} <= {
            "Import",
            "ImportFrom",
        }
        previous_end = tree.body[index - 1].end_lineno or 0
        if firsts[index] >= previous_end and not (
            same and kinds[index] in {"Import", "ImportFrom", "Assign"}
        ):
            starts.append(_with_comments(lines, firsts[index], previous_end))
    return ["\n".join(lines[begin:end]) for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _with_comments(lines: list[str], first: int, lowest: int) -> int:
    while first > lowest and lines[first - 1].startswith("#"):
        first -= 1
    return first

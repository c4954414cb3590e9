"""Notebooks written as Python text: cells between markers, with tags by which they can be exchanged.

``# %%``
    begins a code cell, ``# %% [markdown]`` a text cell, written as comment lines.
``tag: NAME``
    on the marker names a cell; several cells may bear the same name.
``include: PATH``
    on the marker takes the cell's text from that file, relative to the sheet's reference folder.
``file: NAME``
    on the marker makes what follows a module that lies beside the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.errors import RubricFault

MARKER = re.compile(r"^# %%(?P<rest>.*)$", re.MULTILINE)
ATTRIBUTE = re.compile(r"\b(tag|file|include):[ \t]*(\S+)")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, or one module beside it (``file``)."""

    text: str
    markdown: bool = False
    tag: str = ""
    file: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is in it: such a cell is not written."""
        return not self.text.strip()


def read_cells(source: str, folder: Path | None = None, *, where: str = "") -> list[Cell]:
    """Split ``source`` at its markers; text before the first one is a code cell without a tag, unless all of it
    is remarks.

    ``folder`` is where included files lie. Raises ``RubricFault`` for an include that is not there or that is
    followed by text of its own, and for a text cell with lines that are no comments.
    """
    matches = list(MARKER.finditer(source))
    first = source[: matches[0].start()] if matches else source
    remarks = all(line.startswith("#") for line in first.split("\n") if line.strip())
    cells = [] if remarks else [Cell(first.strip("\n"))]
    ends = [*(match.start() for match in matches[1:]), len(source)][: len(matches)]
    for match, end in zip(matches, ends, strict=True):
        text = source[match.end() : end].strip("\n")
        cells.append(_read_cell(match.group("rest"), text, folder, where))
    return cells


def _read_cell(marker: str, text: str, folder: Path | None, where: str) -> Cell:
    attributes = dict(ATTRIBUTE.findall(marker))
    if "include" in attributes:
        path = (folder or Path()) / attributes["include"]
        if text.strip() or not path.is_file():
            problem = "an included file is not there" if not text.strip() else "text follows an include"
            raise RubricFault(problem, where=where, got=attributes["include"])
        text = path.read_text(encoding="utf-8").strip("\n")
    markdown = "[markdown]" in marker
    if markdown:
        text = _uncommented(text, where)
    return Cell(text, markdown, attributes.get("tag", ""), attributes.get("file", ""))


def _uncommented(text: str, where: str) -> str:
    lines = text.split("\n")
    wrong = next((line for line in lines if line.strip() and not line.startswith("#")), None)
    if wrong is not None:
        raise RubricFault("the lines of a text cell start with '# '", where=where, got=wrong[:60])
    return "\n".join(line[1:].removeprefix(" ") for line in lines).strip("\n")


def write_cells(cells: Iterable[Cell]) -> str:
    """The inverse of ``read_cells``, includes being written out."""
    pieces = []
    for cell in cells:
        marker = "# %%" + " [markdown]" * cell.markdown
        marker += f" tag: {cell.tag}" * bool(cell.tag) + f" file: {cell.file}" * bool(cell.file)
        lines = cell.text.split("\n")
        text = "\n".join(f"# {line}".rstrip() for line in lines) if cell.markdown else cell.text
        pieces.append(f"{marker}\n{text}\n")
    return "\n".join(pieces)


def exchange(
    base: Sequence[Cell], new: Sequence[Cell], drop: Iterable[str] = (), *, where: str
) -> list[Cell]:
    """Put the tagged cells of ``new`` in the place of those of the same tag, and leave out tags in ``drop``.

    All new cells of a tag stand where the first old one stood; an empty one removes the tag. Modules (``file``)
    of ``new`` are added. Raises ``RubricFault`` for a cell without a tag and for a tag that the base lacks.
    """
    dropped = set(drop)
    known = {cell.tag for cell in base if cell.tag}
    groups: dict[str, list[Cell]] = {tag: [] for tag in dropped}
    for cell in new:
        if not cell.file and not cell.tag and not cell.empty:
            raise RubricFault("a cell of a notebook twin needs a tag", where=where, got=cell.text[:60])
        if cell.tag and not cell.file:
            groups.setdefault(cell.tag, []).append(cell)
    unknown = set(groups) - known
    if unknown:
        raise RubricFault(f"the base has no cell tagged {', '.join(sorted(unknown))}", where=where)
    both = dropped & {cell.tag for cell in new}
    if both:
        raise RubricFault(f"dropped and replaced at the same time: {', '.join(sorted(both))}", where=where)
    made, seen = [cell for cell in new if cell.file], set()
    for cell in base:
        if cell.tag not in groups:
            made.append(cell)
        elif cell.tag not in seen:
            seen.add(cell.tag)
            made.extend(groups[cell.tag])
    return [cell for cell in made if not cell.empty]


def notebook_cells(cells: Iterable[Cell], remark: str) -> list[nbformat.NotebookNode]:
    """The cells in nbformat, numbered; ``remark`` goes into the first text cell, which is made if missing."""
    nodes = [
        (new_markdown_cell if cell.markdown else new_code_cell)(cell.text)
        for cell in cells
        if not cell.file and not cell.empty
    ]
    if not nodes or nodes[0].cell_type != "markdown":
        nodes.insert(0, new_markdown_cell("# Solution"))
    nodes[0]["source"] += f"\n\n{remark}"
    for index, node in enumerate(nodes):
        node["id"] = f"cell-{index}"
    return nodes


def execute(path: Path, *, seconds: int = 600) -> nbformat.NotebookNode:
    """Run the notebook at ``path`` in its folder, write it back with its outputs and return it.

    Raises ``nbclient.exceptions.CellExecutionError`` when a cell raises, and ``CellTimeoutError`` when one
    takes longer than ``seconds``.
    """
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=seconds, kernel_name="python3", resources=resources).execute()
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return notebook

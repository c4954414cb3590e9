"""Notebook files as they come: any version, with fields missing, read into one shape."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import nbformat


def read_notebook(path: Path) -> Any:
    """Read a notebook of any version as a version 4 ``nbformat`` node; stored outputs stay.

    Missing fields of cells are filled in. Raises ``ValueError`` when the file is no notebook and ``OSError``
    when it cannot be read.
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(json.dumps(_completed(json.loads(text))), as_version=4)
        for cell in notebook.cells:
            source = cell.get("source", "")
            cell.source = "".join(source) if isinstance(source, list) else str(source)
        return notebook
    except Exception as error:
        raise ValueError(f"this is no notebook: {type(error).__name__}") from error


def _completed(notebook: Any) -> Any:
    """The parsed file with the fields that nbformat cannot do without."""
    if not isinstance(notebook, dict):
        raise ValueError("not a JSON object")
    if not isinstance(notebook.get("metadata"), dict):
        notebook["metadata"] = {}
    notebook.setdefault("nbformat", 4)
    notebook.setdefault("nbformat_minor", 4)
    if notebook["nbformat"] == 4:
        notebook["cells"] = [
            _completed_cell(cell) for cell in notebook.get("cells") or () if isinstance(cell, dict)
        ]
    return notebook


def _completed_cell(cell: dict[str, Any]) -> dict[str, Any]:
    if cell.get("cell_type") not in {"code", "markdown", "raw"}:
        cell["cell_type"] = "raw"
    cell.setdefault("source", "")
    if not isinstance(cell.get("metadata"), dict):
        cell["metadata"] = {}
    if not isinstance(cell.get("id", ""), str):
        del cell["id"]
    if cell["cell_type"] == "code":
        cell["outputs"] = [one for one in cell.get("outputs") or () if isinstance(one, dict)]
        cell.setdefault("execution_count", None)
    return cell

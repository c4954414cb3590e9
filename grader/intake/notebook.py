"""Reading a notebook that students saved: tolerant of old versions and missing parts, precise about broken ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import NotebookNode

from grader.errors import Unreadable

LARGEST = 100 * 10**6
"""Largest notebook in bytes that is read."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TEXT_OUTPUTS = frozenset(("stream", "display_data", "execute_result", "error"))


def read_notebook(path: Path, *, need_code: bool = True) -> NotebookNode:
    """Read a notebook as format 4.5 with whatever was missing filled in.

    Cells keep their order and source; outputs that no viewer could show are dropped. Raises ``Unreadable``
    with line and column when the file is not JSON, and in words when it is empty, too large, no notebook, or
    (with ``need_code``) without any code.
    """
    data = _parse(_text(path), path.name)
    if not isinstance(data, dict) or not ({"cells", "worksheets"} & data.keys()):
        raise Unreadable("it is JSON but not a notebook: it has no cells.", where=path.name)
    cells = [cell for cell in _cells(data) if isinstance(cell, dict)]
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=_metadata(data), cells=[])
    for position, cell in enumerate(cells):
        notebook.cells.append(_cell(cell, position))
    if not notebook.cells:
        raise Unreadable("the notebook is empty: it has no cells.", where=path.name)
    if need_code and not code_of(notebook):
        raise Unreadable("the notebook has no code: no cell holds anything to run.", where=path.name)
    return notebook


def code_of(notebook: NotebookNode) -> str:
    """The source of all code cells, joined by empty lines; empty if there is no code."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code").strip()


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Unreadable(
                f"the notebook has {size / 10**6:.0f} MB; at most {LARGEST / 10**6:.0f} MB are read here.",
                where=path.name,
                next_step="Clear its outputs and save it again.",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(
            f"the notebook cannot be read ({error.strerror or error}).", where=path.name
        ) from error
    if not raw.strip(b" \t\r\n\0"):
        raise Unreadable(f"the notebook is empty ({size} bytes).", where=path.name)
    encoding = next((name for mark, name in _BOMS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("latin-1" if encoding == "utf-8" else "utf-8", "replace")


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
            what = f"the notebook breaks off: its text ends or is cut in {place}."
        elif "<<<<<<<" in text and ">>>>>>>" in text:
            what = f"the notebook holds the marks of an unfinished merge and is no JSON (first at {place})."
        else:
            what = f"the file is not a notebook: it is no JSON from {place} on ({error.msg.lower()})."
        step = "Open it in Jupyter, save it and hand it in again."
        raise Unreadable(what, where=name, next_step=step) from error
    except (RecursionError, ValueError) as error:
        raise Unreadable("the notebook's JSON is nested or sized beyond reason.", where=name) from error


def _cells(data: dict[str, Any]) -> list[Any]:
    """The cells of formats 4 and 3 (where sheets hold them)."""
    cells = data.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = data.get("worksheets")
    found: list[Any] = []
    for sheet in sheets if isinstance(sheets, list) else []:
        inner = sheet.get("cells") if isinstance(sheet, dict) else None
        found += inner if isinstance(inner, list) else []
    return found


def _metadata(data: dict[str, Any]) -> NotebookNode:
    metadata = data.get("metadata")
    kept = dict(metadata) if isinstance(metadata, dict) else {}
    for key in ("kernelspec", "language_info"):
        if key in kept and not (isinstance(kept[key], dict) and isinstance(kept[key].get("name"), str)):
            del kept[key]
    kept.pop("signature", None)
    return cast(NotebookNode, nbformat.from_dict(kept))


def _cell(cell: dict[str, Any], position: int) -> NotebookNode:
    kind = str(cell.get("cell_type"))
    source = _joined(cell.get("source", cell.get("input", "")))
    if kind == "heading":
        level = cell.get("level")
        source = f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
    metadata = cell.get("metadata")
    made: dict[str, Any] = {
        "id": f"cell-{position}",
        "cell_type": kind if kind in {"code", "raw"} else "markdown",
        "metadata": metadata if isinstance(metadata, dict) else {},
        "source": source,
    }
    if kind == "code":
        count = cell.get("execution_count", cell.get("prompt_number"))
        outputs = cell.get("outputs")
        made["execution_count"] = count if isinstance(count, int) and not isinstance(count, bool) else None
        made["outputs"] = _outputs(outputs if isinstance(outputs, list) else [], made["execution_count"])
    elif isinstance(cell.get("attachments"), dict):
        made["attachments"] = cell["attachments"]
    return cast(NotebookNode, nbformat.from_dict(made))


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _outputs(outputs: list[Any], count: int | None) -> list[dict[str, Any]]:
    found = []
    for output in outputs:
        if isinstance(output, dict):
            kind = _OLD_KINDS.get(str(output.get("output_type")), str(output.get("output_type")))
            if kind in _TEXT_OUTPUTS:
                found.append(_output(kind, output, count))
    return found


_OLD_KINDS = {"pyout": "execute_result", "pyerr": "error"}
_OLD_TYPES = {
    "text": "text/plain",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "html": "text/html",
    "latex": "text/latex",
    "json": "application/json",
}


def _output(kind: str, output: dict[str, Any], count: int | None) -> dict[str, Any]:
    if kind == "stream":
        name = str(output.get("name", output.get("stream")))
        stream = name if name in {"stdout", "stderr"} else "stdout"
        return {"output_type": kind, "name": stream, "text": _joined(output.get("text"))}
    if kind == "error":
        trace = output.get("traceback")
        lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
        name, value = str(output.get("ename", "")), str(output.get("evalue", ""))
        return {"output_type": kind, "ename": name, "evalue": value, "traceback": lines}
    data = output.get("data")
    if not isinstance(data, dict):
        data = {_OLD_TYPES[key]: value for key, value in output.items() if key in _OLD_TYPES}
    metadata = output.get("metadata")
    made: dict[str, Any] = {
        "output_type": kind,
        "data": {str(key): _shown(str(key), value) for key, value in data.items()},
        "metadata": metadata if isinstance(metadata, dict) else {},
    }
    if kind == "execute_result":
        made["execution_count"] = count
    return made


def _shown(kind: str, value: Any) -> Any:
    return value if kind.endswith("json") else _joined(value)
